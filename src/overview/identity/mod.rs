//! How many customers there really are, and how wrong the figures are if every key is taken
//! for one of them.
//!
//! # Question
//!
//! *Ann has a card of the shop, an account in the web and an old account she forgot. Is she
//! three customers who bought once, or one who comes again?*
//!
//! # Model
//!
//! Records of people are compared, weighed and put together as in the room
//! [`identity`](crate::identity). The keys of a log are those of records; keys of one person
//! become one customer, and the figures of the base are counted before and after.
//!
//! ```text
//! records -> rules -> model -> weights -> people
//! log, keyed by record -> log of people -> figures by key, figures by person, intervals
//! ```
//!
//! # How to read it
//!
//! Keys that are taken for customers make the base too large, the share of one-time
//! customers too high, and the revenue of a customer too low. The intervals come from
//! alternatives to the resolution: a customer with several keys is a one-time customer if
//! all of them bought on one and the same day.
//!
//! # Limits
//!
//! What no rule pairs is never compared, and the intervals hold the doubt about merges only,
//! as far as the model is right. The figures by draw are left out for more than ten million
//! draws times rows and records.
//!
//! # Complexity
//!
//! That of the room for the records; for the log, time in proportion to its rows and keys;
//! for each draw, to the records and the keys.

mod base;
mod doubt;
mod figures;
mod keys;
mod params;
mod who;

#[cfg(test)]
mod tests;

use std::fmt;

use chrono::NaiveDate;
use serde::Serialize;

pub(crate) use self::keys::Keys;
use self::{
    base::{Base, People},
    who::Who,
};
pub use self::{doubt::FiguresInDoubt, figures::BaseFigures, params::IdentityParams};
use crate::{
    Observer, Result,
    data::{CustomerIx, Estimate, MatchReport, Transactions},
    identity::{Expected, RecordIx, Records, TrainingWarning},
    observer::report,
    value::SummaryState,
};

/// So many draws times rows and records may be counted, so that it takes seconds.
const MOST_WORK: usize = 10_000_000;

/// Said where no key of the log is that of a record.
const NOBODY: &str = "No key of the log is that of a record, and so no purchase belongs to any of \
                      them: keys are written in another way (such as 001 and 1), or they are \
                      those of another source or of another column. Customers stay as they are \
                      keyed.";

/// Who the customers are, and what follows for the figures of the base.
///
/// `Debug` prints counts, never who anybody is.
///
/// # Example
///
/// See [`Overview::identity`](crate::overview::Overview::identity).
#[derive(Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct IdentityChapter {
    /// Records of people.
    pub records: usize,
    /// The people that they are found to be of, with a purchase or without.
    pub people: u32,
    /// Pairs of records that were compared.
    pub pairs_compared: u64,
    /// The weight in bits from which on a pair speaks for one person; `None` where no two
    /// records were compared.
    pub threshold: Option<f64>,
    /// How right the pairs that were put together are, as far as the model is right; `None`
    /// where no two records were compared.
    pub expected: Option<Expected>,
    /// People whose records one pair below even odds holds together.
    pub weakly_linked: usize,
    /// People with pairs of records that speak against.
    pub with_conflicts: usize,
    /// Merges, made or not, that are neither certain nor out of the question.
    pub doubtful_merges: usize,
    /// What the training says against its model.
    pub warnings: Vec<TrainingWarning>,
    /// What to do, where no two records were compared or no key of the log is that of a
    /// record.
    pub statement: Option<String>,
    /// How much of the log is of people with a record; `None` without a log.
    pub matched: Option<MatchReport>,
    /// The figures if every key is taken for one customer; `None` without a log.
    pub fragmented: Option<BaseFigures>,
    /// The figures of the people; `None` without a log.
    pub resolved: Option<BaseFigures>,
    /// How many people there are, with the interval of the alternatives; `None` where no two
    /// records were compared.
    pub people_interval: Option<Estimate>,
    /// The figures of the people with their intervals. `None` without a log, where no two
    /// records were compared, no key of the log is that of a record or nobody bought, and for
    /// more than ten million draws times rows and records.
    pub doubts: Option<FiguresInDoubt>,
    #[serde(skip)]
    cluster: Vec<u32>,
    #[serde(skip)]
    of_customer: RecordsOf,
}

impl fmt::Debug for IdentityChapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityChapter")
            .field("records", &self.records)
            .field("people", &self.people)
            .field("pairs_compared", &self.pairs_compared)
            .field("threshold", &self.threshold)
            .field("expected", &self.expected)
            .field("weakly_linked", &self.weakly_linked)
            .field("with_conflicts", &self.with_conflicts)
            .field("doubtful_merges", &self.doubtful_merges)
            .field("warnings", &self.warnings)
            .field("statement", &self.statement)
            .field("matched", &self.matched)
            .field("fragmented", &self.fragmented)
            .field("resolved", &self.resolved)
            .field("people_interval", &self.people_interval)
            .field("doubts", &self.doubts)
            .finish_non_exhaustive()
    }
}

impl IdentityChapter {
    /// The person of each record, in the order of the records. People are numbered from 0 by
    /// their first records in the order of sources and keys, or by their records, where no
    /// two were compared.
    ///
    /// # Example
    ///
    /// See [`Overview::identity`](crate::overview::Overview::identity).
    pub fn cluster(&self) -> &[u32] {
        &self.cluster
    }

    /// The records of a customer of the base, in their order: none for a customer without a
    /// record, and for a number that is not in use.
    ///
    /// # Example
    ///
    /// See [`Overview::identity`](crate::overview::Overview::identity).
    pub fn records_of(&self, customer: CustomerIx) -> &[RecordIx] {
        self.of_customer.get(customer)
    }
}

/// The records of each customer, one customer after the other.
#[derive(Clone, PartialEq)]
struct RecordsOf {
    records: Vec<RecordIx>,
    /// Where those of each customer end.
    ends: Vec<usize>,
}

impl RecordsOf {
    fn new(customers: usize, cluster: &[u32], customer_of: &[Option<CustomerIx>]) -> Self {
        let customer = |person: &u32| customer_of[*person as usize];
        // Where those of each customer begin, moved on as they are put in.
        let mut ends = vec![0; customers];
        for customer in cluster.iter().filter_map(customer) {
            ends[customer.at()] += 1;
        }
        let mut before = 0;
        for end in &mut ends {
            before += std::mem::replace(end, before);
        }
        let mut records = vec![RecordIx(0); before];
        for (record, person) in (0u32..).zip(cluster) {
            if let Some(customer) = customer(person) {
                let place = &mut ends[customer.at()];
                records[*place] = RecordIx(record);
                *place += 1;
            }
        }
        Self { records, ends }
    }

    fn get(&self, customer: CustomerIx) -> &[RecordIx] {
        let Some(&end) = self.ends.get(customer.at()) else {
            return &[];
        };
        let before = customer.at().checked_sub(1);
        &self.records[before.map_or(0, |at| self.ends[at])..end]
    }
}

/// What the rest of the overview works on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Resolved {
    /// The log of the customers of the base.
    pub(crate) log: Option<Transactions>,
    /// Whose the keys of other inputs are.
    pub(crate) keys: Keys,
    pub(crate) chapter: IdentityChapter,
}

/// Steps of the work; between them the observer is asked.
#[derive(Clone, Copy)]
enum Step {
    Blocked = 1,
    Trained,
    Scored,
    Resolved,
    Doubted,
    Matched,
    Counted,
}

fn reached(observer: &mut dyn Observer, step: Step) -> Result<()> {
    let steps = Step::Counted as usize;
    report(observer, "finding out who is who", step as usize, steps)
}

/// Finds out who is who, and brings a log over from its keys to people. The keys of the log
/// are looked up among those of the records of a source, or of all of them.
///
/// # Errors
///
/// [`Error::InvalidParameter`](crate::Error::InvalidParameter) for a source that the records
/// do not have, a key of the log that is that of two people in two sources, and a level that
/// is not between 0 and 1; [`Error::Cancelled`](crate::Error::Cancelled); and what the steps
/// return.
pub(crate) fn resolve(
    records: &Records,
    source: Option<&str>,
    log: Option<&Transactions>,
    as_of: NaiveDate,
    params: &IdentityParams,
    level: f64,
    observer: &mut dyn Observer,
) -> Result<Resolved> {
    // Fails for a level that cannot be.
    Estimate::with_interval(0.0, 0.0, 0.0, 0.0, level)?;
    base::check_source(records, source)?;
    let who = Who::new(records, params, observer)?;
    let people = People {
        records,
        source,
        cluster: &who.cluster,
        count: who.people,
    };
    let base = Base::new(&people, log)?;
    reached(observer, Step::Matched)?;
    let figures = match (log, &base.log) {
        (Some(log), Some((resolved, _))) => {
            let logs = [log, resolved];
            Some(Figures::new(logs, as_of, &who, &base, level, observer)?)
        }
        _ => None,
    };
    reached(observer, Step::Counted)?;
    let alternatives = who.alternatives.as_ref();
    let people_interval = alternatives.map(|of| of.customers(level)).transpose()?;
    let of_customer = RecordsOf::new(base.keys.customers().len(), &who.cluster, &base.customer_of);
    let (log, matched) = base.log.unzip();
    let unmatched = base.record_of.iter().all(Option::is_none) && !base.record_of.is_empty();
    let statements = [who.statement, unmatched.then(|| NOBODY.to_owned())];
    let statements: Vec<String> = statements.into_iter().flatten().collect();
    let chapter = IdentityChapter {
        records: records.len(),
        people: who.people,
        pairs_compared: who.pairs_compared,
        threshold: who.threshold,
        expected: who.expected,
        weakly_linked: who.weakly_linked,
        with_conflicts: who.with_conflicts,
        doubtful_merges: alternatives.map_or(0, |of| of.doubtful().len()),
        warnings: who.warnings,
        statement: (!statements.is_empty()).then(|| statements.join(" ")),
        matched,
        fragmented: figures.map(|of| of.fragmented),
        resolved: figures.map(|of| of.resolved),
        people_interval,
        doubts: figures.and_then(|of| of.doubts),
        cluster: who.cluster,
        of_customer,
    };
    Ok(Resolved {
        log,
        keys: base.keys,
        chapter,
    })
}

/// The figures by key and by person.
#[derive(Clone, Copy)]
struct Figures {
    fragmented: BaseFigures,
    resolved: BaseFigures,
    doubts: Option<FiguresInDoubt>,
}

impl Figures {
    /// From a log as it was and as it is.
    fn new(
        [log, resolved]: [&Transactions; 2],
        as_of: NaiveDate,
        who: &Who,
        base: &Base,
        level: f64,
        observer: &mut dyn Observer,
    ) -> Result<Self> {
        let by_key = SummaryState::new_observed(log, observer)?.summary(as_of)?;
        let by_person = SummaryState::new_observed(resolved, observer)?.summary(as_of)?;
        let any_known = base.record_of.iter().any(Option::is_some);
        let affordable = |draws: usize| {
            let each = log.len().saturating_add(who.cluster.len());
            draws.saturating_mul(each) <= MOST_WORK
        };
        let doubts = match &who.alternatives {
            Some(of) if any_known && affordable(of.draws()) => {
                let (cluster, record_of) = (&who.cluster, &base.record_of);
                FiguresInDoubt::new(cluster, of, record_of, &by_key, level, observer)?
            }
            _ => None,
        };
        Ok(Self {
            fragmented: BaseFigures::new(&by_key)?,
            resolved: BaseFigures::new(&by_person)?,
            doubts,
        })
    }
}
