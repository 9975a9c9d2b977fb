//! The base of customers that records and a log make together.

use super::keys::{KeyTable, Keys};
use crate::{
    Error, Result,
    data::{
        Crosswalk, CustomerIx, CustomerKey, Customers, MatchReport, MinorUnits, Transactions,
        UnknownCustomers,
    },
    identity::{RecordIx, Records},
};

/// What the log is called as a source of keys. Customers without a record have the key
/// `log:KEY`.
const LOG: &str = "log";

/// The customers of the base.
pub(super) struct Base {
    /// The log of the customers, and how much of it is of people with a record.
    pub(super) log: Option<(Transactions, MatchReport)>,
    pub(super) keys: Keys,
    /// The record that has each key of the log as it was, if one has it.
    pub(super) record_of: Vec<Option<u32>>,
    /// The customer that each person is, if the person is one.
    pub(super) customer_of: Vec<Option<CustomerIx>>,
}

/// Records and people, and among whose keys those of a log are looked up.
#[derive(Clone, Copy)]
pub(super) struct People<'a> {
    pub(super) records: &'a Records,
    /// All sources, where none is named.
    pub(super) source: Option<&'a str>,
    /// The person of each record.
    pub(super) cluster: &'a [u32],
    /// How many people there are.
    pub(super) count: u32,
}

/// Records of some sources, and the keys that they have.
struct Holders {
    record: Vec<u32>,
    /// The number of each record's key.
    key: Vec<CustomerIx>,
    keys: Customers,
}

impl Holders {
    fn new(records: &Records, wanted: impl Fn(&str) -> bool) -> Result<Self> {
        let all = (0u32..).map_while(|record| Some((record, records.key(RecordIx(record))?)));
        let chosen = all.filter(|(_, (source, _))| wanted(source));
        let (record, keys): (Vec<u32>, Vec<CustomerKey<'_>>) =
            chosen.map(|(record, (_, key))| (record, key)).unzip();
        let (keys, key) = numbered(&keys)?;
        Ok(Self { record, key, keys })
    }

    /// The same after the keys of a log, which have the first numbers.
    fn after(self, log: &Customers) -> Result<Self> {
        let (keys, places) = together(log, &self.keys)?;
        let key = self.key.iter().map(|key| places[key.at()]).collect();
        Ok(Self { key, keys, ..self })
    }

    /// Whose the keys are: the first those of the customers given, the others those of
    /// people.
    fn table(
        self,
        of_first: &[CustomerIx],
        people: &People<'_>,
        customer_of: &[Option<CustomerIx>],
    ) -> KeyTable {
        let holders = self.key.iter().zip(&self.record);
        let holders: Vec<(CustomerIx, u32)> = holders
            .map(|(&key, &record)| (key, people.person(record)))
            .collect();
        KeyTable::new(self.keys, of_first, &holders, customer_of)
    }
}

/// Keys of one kind as customers.
fn numbered(keys: &[CustomerKey<'_>]) -> Result<(Customers, Vec<CustomerIx>)> {
    if let Some(CustomerKey::Text(_)) = keys.first() {
        let texts = keys.iter().filter_map(|key| match key {
            CustomerKey::Text(key) => Some(*key),
            CustomerKey::Int(_) => None,
        });
        return Customers::from_texts(&texts.collect::<Vec<_>>());
    }
    let ints = keys.iter().filter_map(|key| match key {
        CustomerKey::Int(key) => Some(*key),
        CustomerKey::Text(_) => None,
    });
    Customers::from_ints(&ints.collect::<Vec<_>>())
}

/// All keys of both, those of the log first, and the numbers of the others. Keys are texts
/// where one has texts and the other whole numbers.
fn together(log: &Customers, others: &Customers) -> Result<(Customers, Vec<CustomerIx>)> {
    let is_text = |keys: &Customers| {
        let first = keys.key(CustomerIx(0))?;
        Some(matches!(first, CustomerKey::Text(_)))
    };
    match is_text(log).zip(is_text(others)) {
        Some((one, other)) if one != other => texts(log)?.union(&texts(others)?),
        _ => log.union(others),
    }
}

fn texts(keys: &Customers) -> Result<Customers> {
    let texts: Vec<String> = keys.keys().map(|key| key.to_string()).collect();
    Ok(Customers::from_texts(&texts)?.0)
}

/// `Ok` unless a source is named that the records do not have.
pub(super) fn check_source(records: &Records, source: Option<&str>) -> Result<()> {
    let sources = records.sources();
    match source {
        Some(source) if !sources.iter().any(|other| other == source) => {
            let expected = format!("one of the sources of the records, {sources:?}");
            Err(Error::parameter("source", format!("{source:?}"), expected))
        }
        _ => Ok(()),
    }
}

impl People<'_> {
    fn person(&self, record: u32) -> u32 {
        self.cluster[record as usize]
    }

    fn source_of(&self, record: u32) -> &str {
        let key = self.records.key(RecordIx(record));
        key.map_or("", |(source, _)| source)
    }

    /// The record of each of the first keys; of several that of the first source, so that
    /// the order of the records does not matter.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] if one of these keys is that of two people.
    fn owners(&self, keys: usize, holders: &Holders) -> Result<Vec<Option<u32>>> {
        let mut owner: Vec<Option<u32>> = vec![None; keys];
        // The first key of two people, and two records of them.
        let mut clash: Option<(CustomerIx, u32, u32)> = None;
        for (&record, &key) in holders.record.iter().zip(&holders.key) {
            let Some(owner) = owner.get_mut(key.at()) else {
                continue;
            };
            let other = *owner.get_or_insert(record);
            if self.person(other) != self.person(record)
                && clash.is_none_or(|(first, ..)| key < first)
            {
                clash = Some((key, other, record));
            }
            if self.source_of(record) < self.source_of(other) {
                *owner = Some(record);
            }
        }
        let Some((_, one, other)) = clash else {
            return Ok(owner);
        };
        let mut sources = [self.source_of(one), self.source_of(other)];
        sources.sort_unstable();
        let key = self
            .records
            .key(RecordIx(one))
            .map(|(_, key)| key.to_string());
        let expected = format!(
            "the source whose keys the log has: the key {} of the log is in {:?} and in {:?}, as that \
             of two people; name the source, or make the keys differ",
            key.unwrap_or_default(),
            sources[0],
            sources[1]
        );
        Err(Error::parameter("source", "not named", expected))
    }

    /// People as customers, in their order: the key of the first record of each, of the
    /// named source if one is; with its source where two people have one key.
    fn customers(&self, named: &Holders, others: &Holders) -> Result<Customers> {
        let mut first: Vec<Option<RecordIx>> = vec![None; self.count as usize];
        for &record in named.record.iter().chain(&others.record) {
            first[self.person(record) as usize].get_or_insert(RecordIx(record));
        }
        let first = first.iter().flatten();
        let keys: Vec<_> = first
            .filter_map(|&record| self.records.key(record))
            .collect();
        let plain: Vec<CustomerKey<'_>> = keys.iter().map(|(_, key)| *key).collect();
        let (customers, _) = numbered(&plain)?;
        if customers.len() == keys.len() {
            return Ok(customers);
        }
        // As the unknown customers of a log are called when it is brought over.
        let full = keys.iter().map(|(source, key)| {
            let source = source.replace('\\', r"\\").replace(':', r"\:");
            format!("{source}:{key}")
        });
        Ok(Customers::from_texts(&full.collect::<Vec<_>>())?.0)
    }
}

/// A log brought over from its keys to the people whose keys they are.
struct Rekeyed {
    log: Transactions,
    report: MatchReport,
    /// The customer of each key of the log.
    numbers: Vec<CustomerIx>,
    customer_of: Vec<Option<CustomerIx>>,
}

impl Rekeyed {
    /// Each customer has the first of its keys. Keys that no record has stay customers of
    /// their own, after the others; if no record has any, the log is left as it is.
    fn new(log: &Transactions, people: &People<'_>, record_of: &[Option<u32>]) -> Result<Self> {
        let keys = log.customers();
        let mut customer_of: Vec<Option<CustomerIx>> = vec![None; people.count as usize];
        let mut first: Vec<CustomerIx> = Vec::new();
        let mut known: Vec<Option<CustomerIx>> = Vec::with_capacity(keys.len());
        let mut next = CustomerIx(0);
        for (key, record) in keys.numbers().zip(record_of) {
            known.push(record.map(|record| {
                let of_person = &mut customer_of[people.person(record) as usize];
                *of_person.get_or_insert_with(|| {
                    first.push(key);
                    let number = next;
                    next.0 += 1;
                    number
                })
            }));
        }
        if first.is_empty() {
            return Ok(Self {
                log: log.clone(),
                report: nobody(log)?,
                numbers: keys.numbers().collect(),
                customer_of,
            });
        }
        let entries = keys.keys().zip(&known);
        let entries = entries.filter_map(|(key, &customer)| Some((LOG, key, customer?)));
        let crosswalk = Crosswalk::new(keys.only(&first), entries)?;
        let (log, report) = log.rekey(LOG, &crosswalk, UnknownCustomers::Keep)?;
        let numbers = known.into_iter().map(|known| {
            known.unwrap_or_else(|| {
                let number = next;
                next.0 += 1;
                number
            })
        });
        Ok(Self {
            numbers: numbers.collect(),
            log,
            report,
            customer_of,
        })
    }
}

/// How much of a log of people without a record is of people with one.
fn nobody(log: &Transactions) -> Result<MatchReport> {
    let mut report = MatchReport::default();
    let mut bought = vec![false; log.customers().len()];
    for customer in log.customer() {
        bought[customer.at()] = true;
    }
    report.unknown_customers = bought.iter().filter(|&&bought| bought).count() as u64;
    report.customers_before = report.unknown_customers;
    report.customers_after = report.unknown_customers;
    report.unknown_rows = log.len() as u64;
    let money = log.amounts().iter().map(|&amount| i128::from(amount)).sum();
    report.unknown_money = MinorUnits::from_sum(money, "unknown customers")?;
    Ok(report)
}

impl Base {
    /// From people, and the log whose keys are those of their records, if there is one.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] if a key of the log is that of two people; else as
    /// [`Transactions::rekey`].
    pub(super) fn new(people: &People<'_>, log: Option<&Transactions>) -> Result<Self> {
        let named = |source: &str| people.source.is_none_or(|name| name == source);
        let known = Holders::new(people.records, named)?;
        let others = Holders::new(people.records, |source| !named(source))?;
        let Some(log) = log else {
            let customers = people.customers(&known, &others)?;
            let customer_of: Vec<_> = customers.numbers().map(Some).collect();
            let known = known.table(&[], people, &customer_of);
            let others = others.table(&[], people, &customer_of);
            return Ok(Self {
                log: None,
                keys: Keys::new(customers, known, others),
                record_of: Vec::new(),
                customer_of,
            });
        };
        let known = known.after(log.customers())?;
        let record_of = people.owners(log.customers().len(), &known)?;
        let rekeyed = Rekeyed::new(log, people, &record_of)?;
        let known = known.table(&rekeyed.numbers, people, &rekeyed.customer_of);
        let others = others.table(&[], people, &rekeyed.customer_of);
        Ok(Self {
            keys: Keys::new(rekeyed.log.customers().clone(), known, others),
            log: Some((rekeyed.log, rekeyed.report)),
            record_of,
            customer_of: rekeyed.customer_of,
        })
    }
}
