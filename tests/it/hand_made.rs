//! Records by three values each, and a model by numbers.

use custometry::{
    Error,
    identity::{
        Blocking, BlockingParams, BlockingRule, Comparison, ComparisonModel, FellegiSunter,
        FieldKind, Level, MatchWeight, PairKind, Records, Resolution, ResolveParams, ScoredPairs,
        Scorer, Test, Threshold,
    },
};

/// The same or not, without regard to how common a value is.
pub(crate) fn plain(column: &str) -> Comparison {
    let levels = vec![Level::new("same", Test::exact(column))];
    Comparison::new(column, Test::missing(column), levels)
}

/// A model on the columns a, b and c.
fn model() -> FellegiSunter {
    let of = |column: &str| ComparisonModel::new(plain(column), vec![0.95, 0.05], vec![0.01, 0.99]);
    FellegiSunter::new(0.01, vec![of("a"), of("b"), of("c")]).unwrap()
}

/// Resolves at a weight.
pub(crate) fn at(bits: f64) -> ResolveParams {
    let weight = MatchWeight::from_bits(bits).unwrap();
    ResolveParams::default().threshold(Threshold::Weight(weight))
}

/// Records with the keys 0, 1, 2 and so on, and which of them may be paired.
pub(crate) struct HandMade(pub(crate) Records, PairKind);

/// Records of the columns a, b and c. Across sources, they are of three sources in turn.
pub(crate) fn records(rows: &[[&str; 3]], kind: PairKind) -> HandMade {
    let keys: Vec<i64> = (0..).take(rows.len()).collect();
    let column = |at: usize| rows.iter().map(|row| row[at]).collect::<Vec<_>>();
    let mut builder = Records::builder().int_keys(&keys);
    let sources: Vec<String> = keys.iter().map(|key| (key % 3).to_string()).collect();
    if kind == PairKind::AcrossSources {
        builder = builder.sources(&sources);
    }
    for (at, name) in ["a", "b", "c"].into_iter().enumerate() {
        builder = builder.column(name, FieldKind::Verbatim, &column(at));
    }
    HandMade(builder.build().unwrap(), kind)
}

/// What a resolution was made of.
pub(crate) struct Made<'m> {
    pub(crate) scorer: &'m Scorer<'m>,
    pub(crate) blocking: &'m Blocking<'m>,
    pub(crate) scored: &'m ScoredPairs,
}

impl HandMade {
    /// Pairs those that share a value, weighs and resolves them, and looks at it.
    pub(crate) fn resolve<T>(
        &self,
        params: &ResolveParams,
        look: impl FnOnce(Resolution, Made<'_>) -> T,
    ) -> Result<T, Error> {
        let rules = ["a", "b", "c"].map(|name| BlockingRule::on([name]));
        let blocking = BlockingParams::new(rules.to_vec())
            .pairs(self.1)
            .block(&self.0)?;
        let model = model();
        let scorer = model.scorer(&self.0)?;
        let scored = scorer.score(&blocking, MatchWeight::from_bits(-40.0)?)?;
        let resolution = params.resolve(&scorer, &blocking, &scored)?;
        let made = Made {
            scorer: &scorer,
            blocking: &blocking,
            scored: &scored,
        };
        Ok(look(resolution, made))
    }
}
