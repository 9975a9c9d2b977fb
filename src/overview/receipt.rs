//! What an overview was made of.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{OverviewInputs, OverviewParams, OverviewState};
use crate::{
    Result,
    data::{Assignments, ContactStatuses, CustomerKey, Customers, Events, Transactions},
    identity::{RecordIx, Records},
    numeric::hash::fnv1a,
    persist::{fingerprint, fingerprint_of},
};

/// What an overview was made of: fingerprints of inputs and parameters, the version and the seed. The
/// same receipt gives the same bytes on every run, on any number of threads.
///
/// Fingerprints are FNV-1a of 64 bits, as hexadecimal digits: they tell inputs apart that differ by
/// mistake, not by intent. The order of rows counts, as it decides the order of the customers.
///
/// # Example
///
/// ```
/// use custometry::{data::*, overview::{OverviewInputs, OverviewParams}};
/// let log = |amount| Transactions::builder(Currency::EUR).int_keys(&[1]).days(vec![0]).amounts(vec![amount]).build();
/// let receipt = |log: &Transactions, seed| -> custometry::Result<_> {
///     let inputs = OverviewInputs::new().transactions(log);
///     let overview = OverviewParams::default().seed(seed).fit(&inputs, date_of_day(90).unwrap())?;
///     Ok(overview.receipt().clone())
/// };
/// let first = receipt(&log(900)?, 0)?;
/// assert_eq!(first, receipt(&log(900)?, 0)?);
/// assert_ne!(first.inputs, receipt(&log(901)?, 0)?.inputs);
/// assert_ne!(first.parameters, receipt(&log(900)?, 1)?.parameters);
/// assert_ne!(first.id(), receipt(&log(900)?, 1)?.id());
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Receipt {
    /// The version of this library.
    pub version: String,
    /// The last day that counts.
    pub as_of: NaiveDate,
    /// The seed of all that is drawn.
    pub seed: u64,
    /// Each input that was given, and its fingerprint.
    pub inputs: Vec<InputFingerprint>,
    /// The fingerprint of the parameters.
    pub parameters: String,
}

/// The fingerprint of an input.
///
/// # Example
///
/// See [`Receipt`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InputFingerprint {
    /// The input.
    pub input: String,
    /// Its rows.
    pub rows: usize,
    /// The fingerprint of all that is in it.
    pub fingerprint: String,
}

impl Receipt {
    /// One fingerprint of all.
    ///
    /// # Example
    ///
    /// See [`Receipt`].
    pub fn id(&self) -> String {
        let Self {
            version,
            as_of,
            seed,
            inputs,
            parameters,
        } = self;
        let mut text = format!("{version}\n{as_of}\n{seed}\n{parameters}\n");
        for input in inputs {
            text.push_str(&input.input);
            text.push('\n');
            text.push_str(&input.fingerprint);
            text.push('\n');
        }
        hex(fnv1a(text.bytes()))
    }

    pub(super) fn of_inputs(
        params: &OverviewParams,
        inputs: &OverviewInputs<'_>,
        as_of: NaiveDate,
    ) -> Result<Self> {
        let mut all = Vec::new();
        if let Some(records) = inputs.records {
            all.push(input("records", records.len(), of_records(records)));
        }
        if let Some(source) = inputs.source {
            all.push(input("source", 1, fnv1a(source.bytes())));
        }
        if let Some(log) = inputs.transactions {
            all.push(input("transactions", log.len(), of_transactions(log)));
        }
        if let Some(log) = inputs.events {
            all.push(input("events", log.len(), of_events(log)));
        }
        if let Some(contact) = inputs.contact {
            all.push(input(
                "contact",
                contact.as_slice().len(),
                of_contact(contact),
            ));
        }
        if let Some(rfm) = inputs.rfm {
            all.push(input("edges", 1, fingerprint(rfm)?));
        }
        for (customers, segments) in &inputs.earlier {
            let print = of_segments(customers, segments)?;
            all.push(input("earlier segments", segments.len(), print));
        }
        Self::new(params, all, as_of)
    }

    pub(super) fn of_state(params: &OverviewParams, state: &OverviewState) -> Result<Self> {
        let summary = state.summary();
        let daily = of_transactions(&summary.daily_log()?);
        let mut all = vec![
            input("state", summary.customers().len(), daily),
            input(
                "profit",
                state.profit().customers().len(),
                fingerprint_of(state.profit())?,
            ),
        ];
        if let Some(contact) = state.contact() {
            all.push(input(
                "contact",
                contact.as_slice().len(),
                of_contact(contact),
            ));
        }
        Self::new(params, all, state.as_of())
    }

    fn new(
        params: &OverviewParams,
        inputs: Vec<InputFingerprint>,
        as_of: NaiveDate,
    ) -> Result<Self> {
        Ok(Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            as_of,
            seed: params.seed,
            inputs,
            parameters: hex(fingerprint_of(params)?),
        })
    }
}

fn input(name: &str, rows: usize, print: u64) -> InputFingerprint {
    InputFingerprint {
        input: name.to_owned(),
        rows,
        fingerprint: hex(print),
    }
}

fn hex(print: u64) -> String {
    format!("{print:016x}")
}

/// The fingerprint of fingerprints.
fn of_parts(parts: impl IntoIterator<Item = u64>) -> u64 {
    fnv1a(parts.into_iter().flat_map(u64::to_le_bytes))
}

fn of_ints(column: &[i64]) -> u64 {
    fnv1a(column.iter().flat_map(|value| value.to_le_bytes()))
}

fn of_days(column: &[i32]) -> u64 {
    fnv1a(column.iter().flat_map(|value| value.to_le_bytes()))
}

fn of_texts<'a>(texts: impl Iterator<Item = &'a str>) -> u64 {
    // A byte that no text has keeps them apart.
    fnv1a(texts.flat_map(|text| text.bytes().chain([0xff])))
}

fn of_customers(customers: &Customers) -> u64 {
    of_parts(customers.keys().map(CustomerKey::stable_hash))
}

fn of_transactions(log: &Transactions) -> u64 {
    let rows = log.customer().iter().map(|customer| customer.0);
    of_parts([
        fnv1a(log.currency().code().bytes()),
        u64::from(log.currency().scale()),
        of_customers(log.customers()),
        fnv1a(rows.flat_map(u32::to_le_bytes)),
        of_days(log.days()),
        of_ints(log.amounts()),
        log.costs().map_or(0, of_ints),
        log.recorded_days().map_or(0, of_days),
    ])
}

fn of_events(log: &Events) -> u64 {
    let rows = log.customer().iter().map(|customer| customer.0);
    let kinds = (0..log.len()).map(|row| log.kinds().label(row).unwrap_or_default());
    of_parts([
        of_customers(log.customers()),
        fnv1a(rows.flat_map(u32::to_le_bytes)),
        of_ints(log.at_micros()),
        log.recorded_at_micros().map_or(0, of_ints),
        of_texts(kinds),
    ])
}

fn of_contact(contact: &ContactStatuses) -> u64 {
    of_parts([
        of_customers(contact.customers()),
        fnv1a(contact.as_slice().iter().map(|status| *status as u8)),
    ])
}

fn of_segments(customers: &Customers, segments: &Assignments) -> Result<u64> {
    let named = (segments.scheme(), segments.as_of(), segments.segments());
    let rows = segments
        .iter()
        .map(|id| id.map_or(u64::MAX, |id| id.0.into()));
    Ok(of_parts([
        of_customers(customers),
        fingerprint_of(&named)?,
        of_parts(rows),
    ]))
}

fn of_records(records: &Records) -> u64 {
    let names: Vec<&str> = records.fields().map(|(name, _)| name).collect();
    let records = (0..records.len()).map(|record| {
        let number = RecordIx(u32::try_from(record).unwrap_or(u32::MAX));
        let key = records.key(number);
        let key = key.map_or(0, |(source, key)| {
            of_parts([of_texts([source].into_iter()), key.stable_hash()])
        });
        let values = names.iter().map(|name| records.value(record, name));
        let print = |value: Option<String>| value.map_or(0, |value| fnv1a(value.bytes()));
        of_parts(std::iter::once(key).chain(values.map(print)))
    });
    of_parts(std::iter::once(of_texts(names.iter().copied())).chain(records))
}
