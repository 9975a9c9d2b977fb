//! A log brought over from its keys to the people whose keys they are.

use std::collections::HashMap;

use custometry::data::{
    Crosswalk, CustomerIx, Customers, MatchReport, MinorUnits, Transactions, UnknownCustomers,
};
use serde::Serialize;

use crate::common::{Result, money::Money, tables::printable};

/// What the log is called as a source of keys. Customers without a record have the key
/// `log:KEY`.
const LOG: &str = "log";

/// The key of a record, the file it is in and the cluster it is of.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) key: &'a str,
    pub(crate) file: &'a str,
    pub(crate) cluster: u32,
}

/// What becomes of a key that is in two files, as that of two people.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shared {
    Refused,
    /// It is that of the first.
    First,
}

/// A log of resolved customers. Each has the first of its keys as its own.
pub(crate) struct Resolved {
    pub(crate) log: Transactions,
    /// The keys of the log before.
    keys: Customers,
    /// Empty where no record has any of them.
    crosswalk: Crosswalk,
}

/// How much of the log is of people with a record.
#[derive(Serialize)]
pub(crate) struct Matched {
    pub(crate) known_customers: u64,
    pub(crate) unknown_customers: u64,
    pub(crate) known_rows: u64,
    pub(crate) unknown_rows: u64,
    pub(crate) known_money: Money,
    pub(crate) unknown_money: Money,
    pub(crate) customers_before: u64,
    pub(crate) customers_after: u64,
}

impl Resolved {
    /// Keys of the log that no record has stay customers of their own.
    pub(crate) fn new<'a>(
        log: &Transactions,
        entries: impl Iterator<Item = Entry<'a>>,
        shared: Shared,
    ) -> Result<(Self, Matched)> {
        let keys: Vec<String> = log.customers().keys().map(|key| key.to_string()).collect();
        let clusters = clusters_of(&keys, entries, shared)?;
        let mut names: Vec<&str> = Vec::new();
        let mut known: Vec<(&str, CustomerIx)> = Vec::new();
        let mut customer_of: HashMap<u32, CustomerIx> = HashMap::new();
        for (key, cluster) in keys.iter().zip(clusters) {
            let Some(cluster) = cluster else {
                continue;
            };
            let next = CustomerIx(u32::try_from(names.len())?);
            let customer = *customer_of.entry(cluster).or_insert(next);
            if customer == next {
                names.push(key);
            }
            known.push((key, customer));
        }
        if known.is_empty() {
            let resolved = Self {
                log: log.clone(),
                keys: log.customers().clone(),
                crosswalk: Crosswalk::default(),
            };
            return Ok((resolved, Matched::nobody(log)?));
        }
        let (customers, _) = Customers::from_texts(&names)?;
        let entries = known.iter().map(|&(key, ix)| (LOG, key.into(), ix));
        let crosswalk = Crosswalk::new(customers, entries)?;
        let (resolved, report) = log.rekey(LOG, &crosswalk, UnknownCustomers::Keep)?;
        let resolved = Self {
            log: resolved,
            keys: log.customers().clone(),
            crosswalk,
        };
        Ok((resolved, Matched::new(&report, log)))
    }

    /// The customer with a key of the log, or with that of a resolved customer.
    pub(crate) fn find(&self, key: &str) -> Option<CustomerIx> {
        let unknown = format!("{LOG}:{key}");
        let customers = self.log.customers();
        (self.crosswalk.find(LOG, key.into()))
            .or_else(|| customers.find(unknown.as_str().into()))
            .or_else(|| customers.find(key.into()))
    }

    /// The keys of the log that are a customer's.
    pub(crate) fn keys_of(&self, customer: CustomerIx) -> Vec<String> {
        let keys = self.keys.keys().map(|key| key.to_string());
        keys.filter(|key| self.find(key) == Some(customer))
            .collect()
    }
}

impl Matched {
    fn new(report: &MatchReport, log: &Transactions) -> Self {
        let money = |minor| Money::new(minor, log.currency());
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

    /// Of a log of people without a record.
    fn nobody(log: &Transactions) -> Result<Self> {
        let (customers, currency) = (log.customers().len() as u64, log.currency());
        let amounts = log.amounts().iter().copied().map(MinorUnits);
        Ok(Self {
            known_customers: 0,
            unknown_customers: customers,
            known_rows: 0,
            unknown_rows: log.len() as u64,
            known_money: Money::new(MinorUnits(0), currency),
            unknown_money: Money::sum(amounts, currency)?,
            customers_before: customers,
            customers_after: customers,
        })
    }
}

/// The cluster of each key of the log, if a record has that key.
fn clusters_of<'a>(
    keys: &[String],
    entries: impl Iterator<Item = Entry<'a>>,
    shared: Shared,
) -> Result<Vec<Option<u32>>> {
    // Besides the first record of a key, one of another cluster.
    let mut owners: HashMap<&str, (Entry<'_>, Option<Entry<'_>>)> = HashMap::new();
    for entry in entries {
        let (first, other) = owners.entry(entry.key).or_insert((entry, None));
        if shared == Shared::Refused && first.cluster != entry.cluster {
            other.get_or_insert(entry);
        }
    }
    let cluster = |key: &String| match owners.get(&key[..]) {
        None => Ok(None),
        Some((first, None)) => Ok(Some(first.cluster)),
        Some((first, Some(other))) => {
            let (key, one, two) = (printable(key), first.file, other.file);
            Err(format!(
                "key {key} of the log is in {one} and in {two}, as the key of two people; give \
                 one of the files only, or make their keys differ"
            )
            .into())
        }
    };
    keys.iter().map(cluster).collect()
}
