//! How many customers there really are, and how wrong the figures are if every key is
//! taken for one of them.

use std::path::PathBuf;

use chrono::NaiveDate;
use custometry::{
    Error,
    data::{Crosswalk, Estimate, Transactions},
    identity::{
        Alternatives, FellegiSunter, PairKind, Records, TrainingWarning, blocking_recall, pairwise,
    },
};
use serde::Serialize;

use crate::{
    common::{Result, progress},
    counts::Counts,
    people::{
        columns::PersonColumns,
        read::People,
        resolve::{Estimated, InDoubt, Outcome, Shares, resolve},
    },
    resolved::{Entry, Matched, Resolved, Shared},
    summarise,
    synthetic::Synthetic,
};

/// Said where no key of the log is that of a record.
const NOBODY: &str = "No purchase belongs to any of the records: their keys are written in another \
                      way (such as 001 and 1), or another column has the keys of the customers; \
                      name it with --id.";

/// Who the customers are.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct PeopleArgs {
    /// CSV files of the people whose keys are in FILE, one record a row; name FILE before
    /// them
    #[arg(long, value_name = "PEOPLE", num_args = 1..)]
    pub(crate) people: Vec<PathBuf>,

    #[command(flatten)]
    columns: PersonColumns,
}

/// Of draws that put doubtful records together, or not.
const LEVEL: f64 = 0.95;

/// So many rows may be summarised again for the draws, so that they take seconds.
const MOST_ROWS: usize = 10_000_000;

/// A log whose customers were resolved, and how.
pub(crate) struct WhoIsWho {
    records: Records,
    alternatives: Option<Alternatives>,
    /// The log before that, where it is not the one that was read.
    pub(crate) fragmented: Option<Transactions>,
    pub(crate) resolved: Resolved,
    pub(crate) identity: Identity,
}

/// How sure the figures of resolved customers are, as far as it is in doubt who is who.
#[derive(Serialize)]
pub(crate) struct Intervals {
    /// Of all records, with a purchase or without.
    pub(crate) people: Estimate,
    /// Of those with a purchase; the figures by draw are left out for very large files.
    #[serde(flatten)]
    pub(crate) with_purchase: Option<WithPurchase>,
}

#[derive(Serialize)]
pub(crate) struct WithPurchase {
    pub(crate) customers: Estimate,
    pub(crate) one_time_share: Estimate,
    pub(crate) repeat_rate: Estimate,
}

/// How people were resolved.
#[derive(Serialize)]
pub(crate) struct Identity {
    /// Whether the people are simulated.
    pub(crate) synthetic: bool,
    pub(crate) records: usize,
    #[serde(flatten)]
    pub(crate) found: Found,
    #[serde(rename = "match")]
    pub(crate) matched: Matched,
}

/// What resolution finds.
#[derive(Default, Serialize)]
pub(crate) struct Found {
    pub(crate) pairs_scored: u64,
    /// In bits; none where no pair was weighed.
    threshold: Option<f64>,
    pub(crate) clusters: u32,
    pub(crate) estimated: Option<Estimated>,
    pub(crate) in_doubt: Option<InDoubt>,
    /// Where the truth is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pairwise: Option<Shares>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blocking_recall: Option<f64>,
    /// What the page says besides.
    pub(crate) notes: Vec<String>,
    /// What the training says against its model.
    warnings: Vec<String>,
    /// Of each record.
    #[serde(skip)]
    cluster: Vec<u32>,
}

impl PeopleArgs {
    /// The people of the files that are named, if any is. A column called as `like` is the
    /// first guess for their keys.
    pub(crate) fn read(&self, like: &str) -> Result<Option<People>> {
        if !self.people.is_empty() {
            return People::read(&self.people, &self.columns, Some(like), None).map(Some);
        }
        if self.columns != PersonColumns::default() {
            let message = "columns of people are named, but no file of them: --people FILE";
            return Err(message.into());
        }
        Ok(None)
    }
}

impl WhoIsWho {
    /// Whose the keys of a log are, by records of people.
    pub(crate) fn of_people(log: &Transactions, people: &People) -> Result<Self> {
        let (records, _) = people.prepare()?;
        let files: Vec<String> = (people.files.iter())
            .map(|file| file.path.display().to_string())
            .collect();
        let (found, alternatives) = Found::new(&records, None)?;
        let rows = people.keys.iter().zip(&people.places);
        let entries = rows.zip(&found.cluster);
        let entries = entries.map(|((key, &(file, _)), &cluster)| Entry {
            key,
            file: &files[file],
            cluster,
        });
        let (resolved, matched) = Resolved::new(log, entries, Shared::Refused)?;
        Ok(Self {
            fragmented: None,
            identity: Identity::new(&records, found, matched, false),
            resolved,
            records,
            alternatives,
        })
    }

    /// What becomes of a log if people with two keys are put in, and resolved again.
    pub(crate) fn synthetic(log: &Transactions) -> Result<Self> {
        let made = Synthetic::new(log)?;
        let (found, alternatives) = Found::new(&made.records, Some(&made.person))?;
        let entries = made.keys.iter().zip(&found.cluster);
        let entries = entries.map(|(key, &cluster)| Entry {
            key,
            file: "",
            cluster,
        });
        let (resolved, matched) = Resolved::new(&made.log, entries, Shared::Refused)?;
        Ok(Self {
            identity: Identity::new(&made.records, found, matched, true),
            fragmented: Some(made.log),
            resolved,
            records: made.records,
            alternatives,
        })
    }

    /// How sure the figures of a log are whose keys were resolved; none where there was
    /// nothing to resolve.
    pub(crate) fn intervals(
        &self,
        log: &Transactions,
        as_of: NaiveDate,
    ) -> Result<Option<Intervals>> {
        let Some(alternatives) = &self.alternatives else {
            return Ok(None);
        };
        let of_draw = |crosswalk: &Crosswalk| {
            let failed = |error: Box<dyn std::error::Error>| Error::Degenerate {
                what: error.to_string().into(),
            };
            let keys: Vec<(String, u32)> = (crosswalk.entries())
                .map(|(_, key, customer)| (key.to_string(), customer.0))
                .collect();
            let entries = keys.iter().map(|(key, cluster)| Entry {
                key,
                file: "",
                cluster: *cluster,
            });
            let (resolved, _) = Resolved::new(log, entries, Shared::First).map_err(failed)?;
            let (_, summary) = summarise(&resolved.log, as_of, &mut ()).map_err(failed)?;
            let counts = Counts::new(&resolved.log, &summary).map_err(failed)?;
            let once = counts.one_time as f64 / counts.customers as f64;
            Ok([counts.customers as f64, once, 1.0 - once])
        };
        let work = alternatives.draws() * (log.len() + self.records.len());
        let estimates = (work <= MOST_ROWS).then(|| {
            let follow = &mut progress::follow();
            alternatives.estimate_observed(&self.records, LEVEL, of_draw, follow)
        });
        let with_purchase = estimates.transpose()?;
        let with_purchase =
            with_purchase.map(|[customers, one_time_share, repeat_rate]| WithPurchase {
                customers,
                one_time_share,
                repeat_rate,
            });
        Ok(Some(Intervals {
            people: alternatives.customers(LEVEL)?,
            with_purchase,
        }))
    }
}

impl Found {
    fn new(records: &Records, truth: Option<&[u32]>) -> Result<(Self, Option<Alternatives>)> {
        let mut found = Self::default();
        let mut alternatives = None;
        match resolve(records, PairKind::All, &mut |_| ())? {
            Outcome::Alone(statement) => {
                found.clusters = u32::try_from(records.len())?;
                found.cluster = (0..found.clusters).collect();
                found.notes.push(statement);
            }
            Outcome::Resolved(resolved) => {
                found.clusters = resolved.resolution.clusters();
                found.cluster = resolved.resolution.cluster().to_vec();
                found.pairs_scored = resolved.pairs_scored;
                found.threshold = Some(resolved.resolution.threshold().bits());
                found.estimated = Some(resolved.estimate());
                found.in_doubt = Some(resolved.in_doubt());
                found.warnings = resolved.warnings();
                found.notes = grave_warnings(&resolved.model);
                let recall = truth.map(|truth| blocking_recall(&resolved.blocking, truth));
                found.blocking_recall = recall.transpose()?;
                alternatives = Some(resolved.alternatives);
            }
        }
        if let Some(truth) = truth {
            found.pairwise = Some(Shares::new(&pairwise(&found.cluster, truth)?));
        }
        Ok((found, alternatives))
    }
}

impl Identity {
    fn new(records: &Records, mut found: Found, matched: Matched, synthetic: bool) -> Self {
        if matched.known_customers == 0 {
            found.notes.push(NOBODY.to_owned());
        }
        Self {
            synthetic,
            records: records.len(),
            found,
            matched,
        }
    }
}

/// What makes the outcome doubtful as a whole.
fn grave_warnings(model: &FellegiSunter) -> Vec<String> {
    let grave = |warning: &&TrainingWarning| {
        matches!(
            warning,
            TrainingWarning::AllAlike
                | TrainingWarning::PerhapsFamilies { .. }
                | TrainingWarning::LabelSwitch { .. }
        )
    };
    let warnings = model.report().map(|report| report.warnings.iter());
    let grave = warnings.into_iter().flatten().filter(grave);
    grave.map(|warning| format!("Note: {warning}.")).collect()
}
