//! From records to people: rules, a model, weights, clusters.

use super::{IdentityParams, Step, reached};
use crate::{
    ErrorKind, Observer, Result,
    identity::{
        Alternatives, Blocking, BlockingParams, Expected, MatchWeight, PairKind, Records,
        TrainingWarning,
    },
};

/// Pairs below this weight are counted and not kept.
const FLOOR_BITS: f64 = -10.0;

/// Who is who.
#[derive(Default)]
pub(super) struct Who {
    /// The person of each record.
    pub(super) cluster: Vec<u32>,
    pub(super) people: u32,
    pub(super) pairs_compared: u64,
    /// In bits, as the rest `None` or 0 where nobody was compared.
    pub(super) threshold: Option<f64>,
    pub(super) expected: Option<Expected>,
    pub(super) weakly_linked: usize,
    pub(super) with_conflicts: usize,
    pub(super) warnings: Vec<TrainingWarning>,
    pub(super) alternatives: Option<Alternatives>,
    /// What to do where nobody was compared.
    pub(super) statement: Option<String>,
}

impl Who {
    pub(super) fn new(
        records: &Records,
        params: &IdentityParams,
        observer: &mut dyn Observer,
    ) -> Result<Self> {
        let blocking = block(records, params)?;
        reached(observer, Step::Blocked)?;
        match blocking {
            Some(blocking) => Self::compared(records, &blocking, params, observer),
            None => Ok(Self::alone(records, params)),
        }
    }

    fn compared(
        records: &Records,
        blocking: &Blocking<'_>,
        params: &IdentityParams,
        observer: &mut dyn Observer,
    ) -> Result<Self> {
        let model = params.training.fit(blocking)?;
        let scorer = model.scorer(records)?;
        reached(observer, Step::Trained)?;
        let floor = MatchWeight::from_bits(FLOOR_BITS)?;
        let scored = scorer.score_observed(blocking, floor, observer)?;
        reached(observer, Step::Scored)?;
        let resolution = params.resolve.resolve(&scorer, blocking, &scored)?;
        reached(observer, Step::Resolved)?;
        let diagnoses = resolution.diagnose(&scorer, &scored)?;
        let weakest = diagnoses.iter().filter_map(|of| of.weakest);
        let alternatives = params.alternatives.draw(&resolution, &scorer, &scored)?;
        reached(observer, Step::Doubted)?;
        let report = model.report();
        Ok(Self {
            cluster: resolution.cluster().to_vec(),
            people: resolution.clusters(),
            pairs_compared: scored.pairs(),
            threshold: Some(resolution.threshold().bits()),
            expected: Some(resolution.expected()),
            weakly_linked: weakest.filter(|&weight| weight < MatchWeight(0)).count(),
            with_conflicts: diagnoses.iter().filter(|of| of.conflicts > 0).count(),
            warnings: report.map_or_else(Vec::new, |report| report.warnings.clone()),
            alternatives: Some(alternatives),
            statement: None,
        })
    }

    /// Every record is a person of its own.
    fn alone(records: &Records, params: &IdentityParams) -> Self {
        // There are no more than 2^32 - 1 records.
        let cluster: Vec<u32> = (0u32..).take(records.len()).collect();
        let statement = if records.len() < 2 {
            "There are fewer than two records: nobody is compared with anybody.".to_owned()
        } else if params.rules().is_some() {
            "No rule pairs any two records: every record is a person of its own. Give other rules."
                .to_owned()
        } else {
            let most = params.pairs_allowed(records);
            format!(
                "No rule pairs records within {most} pairs: every record is a person of its own. \
                 Add columns that two records of one person have in common, such as names, days of \
                 birth, postcodes, e-mail addresses or phone numbers, or allow more pairs."
            )
        };
        Self {
            people: cluster.last().map_or(0, |last| last + 1),
            cluster,
            statement: Some(statement),
            ..Self::default()
        }
    }
}

/// Which records are compared; `None` where none are.
fn block<'r>(records: &'r Records, params: &IdentityParams) -> Result<Option<Blocking<'r>>> {
    let blocking = if let Some(rules) = params.rules() {
        rules.block(records)?
    } else {
        let most = params.pairs_allowed(records);
        match BlockingParams::suited_to(records, PairKind::All, most) {
            Ok(rules) => rules.block(records)?,
            Err(error) if error.kind() == ErrorKind::NotEnoughData => return Ok(None),
            Err(error) => return Err(error),
        }
    };
    let any = blocking.rules().iter().any(|rule| rule.pairs > 0);
    Ok(any.then_some(blocking))
}
