//! From records to who is who: rules, a model, weights, clusters.

use custometry::{
    ErrorKind,
    identity::{
        Agreement, Alternatives, AlternativesParams, Blocking, BlockingParams, ClusterDiagnosis,
        FellegiSunter, FellegiSunterParams, MatchWeight, PairKind, Records, Resolution,
        ResolveParams,
    },
};
use serde::Serialize;

use crate::common::{Result, progress, tables::count};

/// Pairs below this weight are counted and not kept.
const FLOOR_BITS: f64 = -10.0;

/// How many pairs the rules may make: so many, or so many a record if that is more.
const MOST_PAIRS: u64 = 2_000_000;
const MOST_PAIRS_PER_RECORD: u64 = 50;

/// What became of records.
pub(crate) enum Outcome<'r> {
    Resolved(Box<Resolved<'r>>),
    /// No rule pairs any two, and what to say of that.
    Alone(String),
}

/// Who is who, and how it was found.
pub(crate) struct Resolved<'r> {
    pub(crate) blocking: Blocking<'r>,
    pub(crate) model: FellegiSunter,
    pub(crate) pairs_scored: u64,
    pub(crate) resolution: Resolution,
    diagnoses: Vec<ClusterDiagnosis>,
    pub(crate) alternatives: Alternatives,
}

/// A step that is done.
#[derive(Clone, Copy)]
pub(crate) enum Step {
    Block,
    Train,
    Score,
    Cluster,
}

/// How right the pairs within clusters are by the model.
#[derive(Serialize)]
pub(crate) struct Estimated {
    pub(crate) precision: f64,
    pub(crate) recall: f64,
}

/// What could be otherwise.
#[derive(Serialize)]
pub(crate) struct InDoubt {
    /// Clusters that one pair below even odds holds together.
    pub(crate) weakly_linked: usize,
    /// Clusters in which some pairs speak against.
    pub(crate) with_conflicts: usize,
    /// Merges that were made, or not, and are neither certain nor out of the question.
    pub(crate) merges: usize,
}

/// How right they are by the truth.
#[derive(Serialize)]
pub(crate) struct Shares {
    pub(crate) precision: f64,
    pub(crate) recall: f64,
    pub(crate) f1: f64,
}

/// Finds out who is who. Rules, levels and threshold are chosen by the library.
pub(crate) fn resolve<'r>(
    records: &'r Records,
    kind: PairKind,
    done: &mut dyn FnMut(Step),
) -> Result<Outcome<'r>> {
    let most = MOST_PAIRS.max(MOST_PAIRS_PER_RECORD * records.len() as u64);
    let chosen = BlockingParams::suited_to(records, kind, most);
    let blocking = chosen.and_then(|rules| rules.block(records));
    done(Step::Block);
    let blocking = match blocking {
        Ok(blocking) => blocking,
        Err(error) if error.kind() == ErrorKind::NotEnoughData => {
            let most = count(most);
            return Ok(Outcome::Alone(format!(
                "No rule pairs records within {most} pairs: every record is a cluster of its own."
            )));
        }
        Err(error) => return Err(error.into()),
    };
    let model = FellegiSunterParams::default().fit(&blocking)?;
    let scorer = model.scorer(records)?;
    done(Step::Train);
    let floor = MatchWeight::from_bits(FLOOR_BITS)?;
    let scored = scorer.score_observed(&blocking, floor, &mut progress::follow())?;
    done(Step::Score);
    let resolution = ResolveParams::default().resolve(&scorer, &blocking, &scored)?;
    done(Step::Cluster);
    let diagnoses = resolution.diagnose(&scorer, &scored)?;
    let alternatives = AlternativesParams::default().draw(&resolution, &scorer, &scored)?;
    drop(scorer);
    Ok(Outcome::Resolved(Box::new(Resolved {
        pairs_scored: scored.pairs(),
        blocking,
        model,
        resolution,
        diagnoses,
        alternatives,
    })))
}

impl Resolved<'_> {
    pub(crate) fn estimate(&self) -> Estimated {
        let expected = self.resolution.expected();
        Estimated {
            precision: expected.precision,
            recall: expected.recall,
        }
    }

    pub(crate) fn in_doubt(&self) -> InDoubt {
        let weakest = self.diagnoses.iter().filter_map(|of| of.weakest);
        let with_conflicts = self.diagnoses.iter().filter(|of| of.conflicts > 0);
        InDoubt {
            weakly_linked: weakest.filter(|&weight| weight < MatchWeight(0)).count(),
            with_conflicts: with_conflicts.count(),
            merges: self.alternatives.doubtful().len(),
        }
    }

    /// What the training says against its model.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let warnings = self.model.report().map(|report| report.warnings.iter());
        let warnings = warnings.into_iter().flatten();
        warnings.map(ToString::to_string).collect()
    }
}

impl Shares {
    pub(crate) fn new(agreement: &Agreement) -> Self {
        Self {
            precision: agreement.precision,
            recall: agreement.recall,
            f1: agreement.f1,
        }
    }
}
