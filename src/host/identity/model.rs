//! Models, and what they make of records.

use std::sync::Arc;

use self_cell::self_cell;

use super::{
    super::{Answer, Held, Room},
    in_bits, pairs,
    records::BoundBlocking,
    weight,
};
use crate::{
    Result,
    arrow::TermFrequencyColumns,
    identity::{
        ComparisonModel, FellegiSunter, FellegiSunterParams, LevelOrder, MatchWeight, Records,
        ScoredPairs, Scorer, SplinkModel, TermFrequencies,
    },
};

self_cell!(
    /// A scorer beside the records that it borrows.
    pub(super) struct BoundScorer {
        owner: Arc<Records>,
        #[covariant]
        dependent: Scorer,
    }
);

impl Held for BoundScorer {
    const KIND: &'static str = "identity.Scorer";
}

impl BoundScorer {
    pub(super) fn get(&self) -> &Scorer<'_> {
        self.borrow_dependent()
    }
}

pub(super) fn register(room: &mut Room<'_>) {
    made(room);
    trained(room);
    scorers(room);
    frequencies(room);
    room.function(
        "ComparisonModel.new",
        &["comparison", "m", "u", "family"],
        |arguments| {
            let (comparison, m) = (arguments.json("comparison")?, arguments.json("m")?);
            let mut model = ComparisonModel::new(comparison, m, arguments.json("u")?);
            model.family = arguments.optional_json("family")?;
            Answer::written(&model)
        },
    );
    room.kind::<SplinkModel>()
        .operation("from_json", &["text"], |arguments| {
            let text: String = arguments.json("text")?;
            SplinkModel::from_json(&text)
        })
        .get("model", |it| it.model.clone())
        .get("rules", |it| Answer::written(&it.rules))
        .get("pairs", |it| Answer::written(&it.pairs));
}

/// Models by their numbers, and what models say of themselves.
fn made(room: &mut Room<'_>) {
    room.kind::<FellegiSunter>()
        .operation("new", &["lambda", "comparisons"], |arguments| {
            let comparisons: Vec<ComparisonModel> = arguments.json("comparisons")?;
            FellegiSunter::new(arguments.json("lambda")?, comparisons)
        })
        .operation("with_families", &["self", "eta"], |arguments| {
            let model: FellegiSunter = arguments.this::<FellegiSunter>()?.clone();
            model.with_families(arguments.json("eta")?)
        })
        .operation("level_order", &["self", "order"], |arguments| {
            let order: LevelOrder = arguments.json("order")?;
            Ok(arguments
                .this::<FellegiSunter>()?
                .clone()
                .level_order(order))
        })
        .tables()
        .saved()
        .get("lambda", FellegiSunter::lambda)
        .get("families", FellegiSunter::families)
        .get("comparisons", |model| Answer::written(&model.comparisons()))
        .get("report", |model| Answer::written(&model.report()));
}

fn trained(room: &mut Room<'_>) {
    room.kind::<FellegiSunter>()
        .operation("fit", &["blocking", "params"], |arguments| {
            let params: FellegiSunterParams = arguments.params()?;
            params.fit(arguments.object::<BoundBlocking>("blocking")?.get())
        })
        .operation(
            "fit_labelled",
            &["blocking", "matches", "params"],
            |arguments| {
                let params: FellegiSunterParams = arguments.params()?;
                let matches = pairs(arguments, "matches")?;
                let blocking: &BoundBlocking = arguments.object("blocking")?;
                params.fit_labelled(blocking.get(), &matches)
            },
        )
        .defaults::<FellegiSunterParams>()
        .operation("scorer", &["self", "records", "frequencies"], |arguments| {
            let model: &FellegiSunter = arguments.this()?;
            let frequencies: Option<&TermFrequencies> = arguments.optional("frequencies")?;
            BoundScorer::try_new(arguments.share("records")?, |records| match frequencies {
                Some(frequencies) => model.scorer_with(records, frequencies),
                None => model.scorer(records),
            })
        });
}

fn scorers(room: &mut Room<'_>) {
    room.kind::<BoundScorer>()
        .get("records", |it| Arc::clone(it.borrow_owner()))
        .get("model", |it| it.get().model().clone())
        .operation("score", &["self", "blocking", "floor"], |arguments| {
            let scorer: Arc<BoundScorer> = arguments.share("self")?;
            let floor = weight(arguments, "floor")?;
            let (blocking, observer) = arguments.with_observer::<BoundBlocking>("blocking")?;
            scorer.get().score_observed(blocking.get(), floor, observer)
        })
        .operation("score_pairs", &["self", "pairs"], |arguments| {
            let pairs = pairs(arguments, "pairs")?;
            let weights = arguments.this::<BoundScorer>()?.get().score_pairs(&pairs)?;
            Ok(weights
                .into_iter()
                .map(MatchWeight::bits)
                .collect::<Vec<f64>>())
        })
        .operation("explain", &["self", "a", "b"], |arguments| {
            let (a, b) = (arguments.json("a")?, arguments.json("b")?);
            in_bits(&arguments.this::<BoundScorer>()?.get().explain(a, b)?)
        });
    room.kind::<ScoredPairs>()
        .tables()
        .get("pairs", ScoredPairs::pairs)
        .get("len", |scored| scored.edges().len());
}

fn frequencies(room: &mut Room<'_>) {
    room.kind::<TermFrequencies>()
        .operation("new", &["tables"], |arguments| {
            let tables: serde_json::Value = arguments.json("tables")?;
            let whole = serde_json::json!({ "tables": tables });
            <TermFrequencies as serde::Deserialize>::deserialize(&whole).map_err(|error| {
                let expected = format!("shares of values by column: {error}");
                crate::Error::parameter("tables", "of another form", expected)
            })
        })
        .operation(
            "read",
            &["self", "table", "column", "columns"],
            |arguments| {
                let columns: TermFrequencyColumns =
                    arguments.optional_json("columns")?.unwrap_or_default();
                let known: Option<&TermFrequencies> = arguments.optional("self")?;
                let column: String = arguments.json("column")?;
                let known = known.cloned().unwrap_or_default();
                columns.read(arguments.table("table")?, &column, known)
            },
        );
}

/// What an operation does with a scorer that it is given.
pub(super) fn scorer<'a>(arguments: &'a super::super::Arguments<'_>) -> Result<&'a Scorer<'a>> {
    Ok(arguments.object::<BoundScorer>("scorer")?.get())
}
