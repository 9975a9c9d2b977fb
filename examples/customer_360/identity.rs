//! Whose the keys of the file are, by records of people.

use std::{collections::HashMap, path::PathBuf};

use chrono::NaiveDate;
use custometry::{
    Error,
    data::{Currency, Customers, Estimate, MatchReport},
    identity::{Agreement, Records, TrainingWarning},
    overview::{IdentityChapter, Overview, OverviewInputs, OverviewParams},
};
use serde::Serialize;

use crate::{
    common::{Result, money::Money, progress, tables::printable},
    people::{columns::PersonColumns, read::People},
    steps::Steps,
};

/// Said where no key of the log is that of a record.
const NOBODY: &str = "No purchase belongs to any of the records: their keys are written in another \
                      way (such as 001 and 1), or another column has the keys of the customers; \
                      name it with --id.";

/// Said where no rule pairs any two records.
const ALONE: &str = "No two records were compared, as no rule pairs few enough of them: every \
                     record is a cluster of its own.";

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

/// People, and the records of them.
pub(crate) struct Known {
    pub(crate) people: People,
    pub(crate) records: Records,
}

/// How people were resolved.
#[derive(Serialize)]
pub(crate) struct Identity {
    /// Whether the people are simulated.
    pub(crate) synthetic: bool,
    pub(crate) records: usize,
    pub(crate) pairs_scored: u64,
    /// In bits; none where no pair was weighed.
    threshold: Option<f64>,
    pub(crate) clusters: u32,
    pub(crate) estimated: Option<Estimated>,
    pub(crate) in_doubt: Option<InDoubt>,
    /// Where the truth is known.
    #[serde(flatten)]
    pub(crate) truth: Option<Truth>,
    /// What the page says besides.
    pub(crate) notes: Vec<String>,
    /// What the training says against its model.
    warnings: Vec<String>,
    #[serde(rename = "match")]
    pub(crate) matched: Matched,
}

/// How right the pairs within clusters are by the model.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Estimated {
    pub(crate) precision: f64,
    pub(crate) recall: f64,
}

/// How right they are by the truth, and the share of the right pairs that the rules make.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Truth {
    pub(crate) pairwise: Shares,
    #[serde(skip_serializing_if = "Option::is_none")]
    blocking_recall: Option<f64>,
}

#[derive(Clone, Copy, Serialize)]
pub(crate) struct Shares {
    pub(crate) precision: f64,
    pub(crate) recall: f64,
    f1: f64,
}

/// What could be otherwise.
#[derive(Serialize)]
pub(crate) struct InDoubt {
    /// Clusters that one pair below even odds holds together.
    weakly_linked: usize,
    /// Clusters in which some pairs speak against.
    pub(crate) with_conflicts: usize,
    /// Merges that were made, or not, and are neither certain nor out of the question.
    pub(crate) merges: usize,
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
    one_time_share: Estimate,
    pub(crate) repeat_rate: Estimate,
}

/// How much of the log is of people with a record.
#[derive(Serialize)]
pub(crate) struct Matched {
    pub(crate) known_customers: u64,
    pub(crate) unknown_customers: u64,
    pub(crate) known_rows: u64,
    pub(crate) unknown_rows: u64,
    known_money: Money,
    pub(crate) unknown_money: Money,
    pub(crate) customers_before: u64,
    pub(crate) customers_after: u64,
}

impl PeopleArgs {
    /// The people of the files that are named, if any is. A column called as `like` is the
    /// first guess for their keys.
    pub(crate) fn read(&self, like: &str) -> Result<Option<Known>> {
        if !self.people.is_empty() {
            let people = People::read(&self.people, &self.columns, Some(like), None)?;
            let (records, _) = people.prepare()?;
            return Ok(Some(Known { people, records }));
        }
        if self.columns != PersonColumns::default() {
            let message = "columns of people are named, but no file of them: --people FILE";
            return Err(message.into());
        }
        Ok(None)
    }
}

impl Known {
    /// The overview of inputs, these people among them. A key of the log that two people
    /// have is told with their files.
    pub(crate) fn overview(
        &self,
        params: &OverviewParams,
        inputs: OverviewInputs<'_>,
        keys: &Customers,
        as_of: NaiveDate,
        steps: &mut Steps,
    ) -> Result<Overview> {
        let inputs = inputs.records(&self.records);
        let told = params.fit_observed(&inputs, as_of, &mut steps.watch(progress::follow()));
        match told {
            Err(error @ Error::InvalidParameter { name: "source", .. }) => {
                let inputs = OverviewInputs::new().records(&self.records);
                let alone =
                    params.fit_observed(&inputs, as_of, &mut steps.watch(progress::follow()))?;
                let clash = alone.identity().told().map(IdentityChapter::cluster);
                let clash = clash.and_then(|cluster| self.shared(keys, cluster));
                Err(clash.map_or_else(|| error.into(), Into::into))
            }
            told => Ok(told?),
        }
    }

    /// The first key of the log that two people have, in two files.
    fn shared(&self, keys: &Customers, cluster: &[u32]) -> Option<String> {
        // Besides the first record of a key, one of another person.
        let mut owners: HashMap<&str, (usize, Option<usize>)> = HashMap::new();
        for (record, key) in self.people.keys.iter().enumerate() {
            let (first, other) = owners.entry(key).or_insert((record, None));
            if cluster[*first] != cluster[record] {
                other.get_or_insert(record);
            }
        }
        let file = |record: usize| {
            let (file, _) = self.people.places[record];
            self.people.files[file].path.display()
        };
        keys.keys().find_map(|key| {
            let key = key.to_string();
            let &(one, two) = owners.get(&key[..])?;
            let (key, one, two) = (printable(&key), file(one), file(two?));
            Some(format!(
                "key {key} of the log is in {one} and in {two}, as the key of two people; give \
                 one of the files only, or make their keys differ"
            ))
        })
    }
}

impl Identity {
    /// From the chapter, and how right it is if the truth is known, as it is of people who
    /// are simulated; none without a log.
    pub(crate) fn new(
        chapter: &IdentityChapter,
        truth: Option<Truth>,
        currency: Currency,
    ) -> Option<Self> {
        let matched = Matched::new(&chapter.matched?, currency);
        let compared = chapter.expected.is_some();
        let mut notes = grave_warnings(&chapter.warnings);
        notes.extend((!compared).then(|| ALONE.to_owned()));
        notes.extend((matched.known_customers == 0).then(|| NOBODY.to_owned()));
        Some(Self {
            synthetic: truth.is_some(),
            records: chapter.records,
            pairs_scored: chapter.pairs_compared,
            threshold: chapter.threshold,
            clusters: chapter.people,
            estimated: chapter.expected.map(|expected| Estimated {
                precision: expected.precision,
                recall: expected.recall,
            }),
            in_doubt: compared.then_some(InDoubt {
                weakly_linked: chapter.weakly_linked,
                with_conflicts: chapter.with_conflicts,
                merges: chapter.doubtful_merges,
            }),
            truth,
            notes,
            warnings: chapter.warnings.iter().map(ToString::to_string).collect(),
            matched,
        })
    }
}

impl Truth {
    pub(crate) fn new(agreement: &Agreement, blocking_recall: Option<f64>) -> Self {
        Self {
            pairwise: Shares {
                precision: agreement.precision,
                recall: agreement.recall,
                f1: agreement.f1,
            },
            blocking_recall,
        }
    }
}

impl Intervals {
    /// None where there was nothing to resolve.
    pub(crate) fn new(chapter: &IdentityChapter) -> Option<Self> {
        Some(Self {
            people: chapter.people_interval?,
            with_purchase: chapter.doubts.map(|of| WithPurchase {
                customers: of.customers,
                one_time_share: of.one_time_share,
                repeat_rate: of.repeat_rate,
            }),
        })
    }
}

impl Matched {
    fn new(report: &MatchReport, currency: Currency) -> Self {
        let money = |minor| Money::new(minor, currency);
        Self {
            known_customers: report.known_customers,
            unknown_customers: report.unknown_customers,
            known_rows: report.known_rows,
            unknown_rows: report.unknown_rows,
            known_money: money(report.known_money),
            unknown_money: money(report.unknown_money),
            customers_before: report.customers_before,
            customers_after: report.customers_after,
        }
    }
}

/// What makes the outcome doubtful as a whole.
fn grave_warnings(warnings: &[TrainingWarning]) -> Vec<String> {
    let grave = |warning: &&TrainingWarning| {
        matches!(
            warning,
            TrainingWarning::AllAlike
                | TrainingWarning::PerhapsFamilies { .. }
                | TrainingWarning::LabelSwitch { .. }
        )
    };
    let grave = warnings.iter().filter(grave);
    grave.map(|warning| format!("Note: {warning}.")).collect()
}
