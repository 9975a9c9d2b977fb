//! Simulated people for a log of which no people are known: each key gets a record, and
//! one key in five is taken apart into two. And statuses for one of which it is not known
//! who may be contacted.

use chrono::NaiveDate;
use custometry::{
    Observer,
    data::{ContactStatus, ContactStatuses, CustomerIx, Customers, Transactions},
    identity::{BlockingParams, FieldKind, PairKind, Records, blocking_recall, pairwise},
    overview::{
        ChapterKind, IdentityChapter, IdentityParams, Overview, OverviewInputs, OverviewParams,
    },
    simulate::{PeopleParams, SimulatedPeople},
};

use crate::{
    common::{Result, progress},
    identity::Truth,
};

const SEED: u64 = 1;

/// The share of copies among the records that second records are taken from: as many as there are people,
/// which leaves no doubt that there are enough, or a third as many, where time counts.
const MANY: f64 = 0.5;
const FEW: f64 = 0.25;

/// One key in so many is taken apart.
const ONE_IN: usize = 5;

/// A column of people, and what it is.
type Column = (
    &'static str,
    FieldKind,
    fn(&SimulatedPeople) -> &Vec<String>,
);

const COLUMNS: [Column; 6] = [
    ("given_name", FieldKind::GivenName, |p| &p.given_name),
    ("surname", FieldKind::Surname, |p| &p.surname),
    ("birth_date", FieldKind::BirthDate, |p| &p.birth_date),
    ("postcode", FieldKind::Postcode, |p| &p.postcode),
    ("email", FieldKind::Email, |p| &p.email),
    ("phone", FieldKind::Phone, |p| &p.phone),
];

/// A log some of whose customers have two keys, and a record for each key.
pub(crate) struct Synthetic {
    pub(crate) log: Transactions,
    pub(crate) records: Records,
    /// Of each record.
    pub(crate) person: Vec<u32>,
}

/// What becomes of a log if people with two keys are put in, and resolved again.
pub(crate) struct Resolved {
    overview: Overview,
    truth: Truth,
}

/// How many pairs the rules may make.
const MOST_PAIRS: u64 = 2_000_000;

/// The chapters that are not looked at.
const LEFT_OUT: [ChapterKind; 8] = [
    ChapterKind::Worth,
    ChapterKind::Bridge,
    ChapterKind::Profit,
    ChapterKind::Cohorts,
    ChapterKind::Kinds,
    ChapterKind::Migration,
    ChapterKind::Churn,
    ChapterKind::Risk,
];

impl Resolved {
    pub(crate) fn new(log: &Transactions, as_of: NaiveDate) -> Result<Self> {
        let made = Synthetic::new(log, None, MANY, &mut progress::follow())?;
        let inputs = OverviewInputs::new()
            .transactions(&made.log)
            .records(&made.records);
        // The rules that the library would take by itself, to see what they miss.
        let rules = BlockingParams::suited_to(&made.records, PairKind::All, MOST_PAIRS)?;
        let recall = blocking_recall(&rules.block(&made.records)?, &made.person)?;
        let params = LEFT_OUT.into_iter();
        let params = params.fold(OverviewParams::default(), OverviewParams::without);
        let params = params.identity(IdentityParams::default().blocking(rules));
        let overview = params.fit_observed(&inputs, as_of, &mut progress::follow())?;
        let chapter = overview.identity().require("who is who")?;
        let pairs = pairwise(chapter.cluster(), &made.person)?;
        let truth = Truth::new(&pairs, Some(recall));
        Ok(Self { overview, truth })
    }

    /// Who is who, and how right that is.
    pub(crate) fn told(&self) -> Option<(&IdentityChapter, Truth)> {
        self.overview.identity().told().map(|of| (of, self.truth))
    }
}

impl Synthetic {
    /// The second keys, and their records, are of another source.
    pub(crate) fn of_two_sources(log: &Transactions, observer: &mut dyn Observer) -> Result<Self> {
        Self::new(log, Some(["shop", "web"]), FEW, observer)
    }

    fn new(
        log: &Transactions,
        sources: Option<[&str; 2]>,
        copies: f64,
        observer: &mut dyn Observer,
    ) -> Result<Self> {
        let mut keys: Vec<String> = log.customers().keys().map(|key| key.to_string()).collect();
        let all = u32::try_from(keys.len())?;
        let mut simulate = |records: u32, copies: f64| {
            let params = PeopleParams::default().seed(SEED);
            let params = params.records(records).copies(copies);
            params.generate_observed(observer)
        };
        let people = simulate(all, 0.0)?;
        // The same people, and copies of some drawn at random: enough for one in five to have one.
        let with_copies = (f64::from(all) / (1.0 - copies)).round();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most twice the customers, and no more than a u32 holds"
        )]
        let copied = simulate(with_copies as u32, copies)?;
        let copies = first_copies(&people, &copied);

        let mut second: Vec<Option<String>> = vec![None; keys.len()];
        for &(key, _) in &copies {
            second[key] = Some(format!("{}-2", keys[key]));
        }
        let fragmented = split(log, &keys, &second)?;

        keys.extend(copies.iter().filter_map(|&(key, _)| second[key].clone()));
        let columns = COLUMNS.map(|(name, kind, of)| {
            let of_copies = copies.iter().map(|&(_, copy)| &of(&copied)[copy]);
            let values: Vec<&String> = of(&people).iter().chain(of_copies).collect();
            (name, kind, values)
        });
        let mut records = Records::builder().text_keys(&keys);
        if let Some([first, other]) = sources {
            let second = all as usize;
            let of_record = |record| if record < second { first } else { other };
            let sources: Vec<&str> = (0..keys.len()).map(of_record).collect();
            records = records.sources(&sources);
        }
        for (name, kind, values) in &columns {
            records = records.column(name, *kind, values);
        }
        let of_copies = copies.iter().map(|&(_, copy)| &copied.person[copy]);
        Ok(Self {
            log: fragmented,
            records: records.build()?,
            person: people.person.iter().chain(of_copies).copied().collect(),
        })
    }
}

/// For one row of `people` in five a row of `copied` that is of the same person and says
/// something else. Rows are in random order, and so the first such copies are of random
/// people.
fn first_copies(people: &SimulatedPeople, copied: &SimulatedPeople) -> Vec<(usize, usize)> {
    let count = people.person.len();
    let mut row_of = vec![0; count];
    for (row, &person) in people.person.iter().enumerate() {
        row_of[person as usize] = row;
    }
    let mut has_copy = vec![false; count];
    let mut copies = Vec::new();
    for (copy, &person) in copied.person.iter().enumerate() {
        let row = row_of[person as usize];
        let differs = |(_, _, of): &Column| of(people)[row] != of(copied)[copy];
        if copies.len() < count / ONE_IN && !has_copy[row] && COLUMNS.iter().any(differs) {
            has_copy[row] = true;
            copies.push((row, copy));
        }
    }
    copies
}

/// The log with the rows of a customer who has a second key dealt out to both by a coin.
fn split(log: &Transactions, keys: &[String], second: &[Option<String>]) -> Result<Transactions> {
    let key = |(row, customer): (u64, &CustomerIx)| -> &str {
        match &second[customer.at()] {
            Some(second) if coin(row) => second,
            _ => &keys[customer.at()],
        }
    };
    let keys: Vec<&str> = (0..).zip(log.customer()).map(key).collect();
    let split = Transactions::builder(log.currency())
        .text_keys(&keys)
        .days(log.days().to_vec())
        .amounts(log.amounts().to_vec());
    Ok(split.build()?)
}

/// The side on which the coin of a row falls.
fn coin(row: u64) -> bool {
    random(row) & 1 == 1
}

/// Bits of chance, always the same of a number: `SplitMix64` (Steele, Lea and Flood 2014,
/// doi:10.1145/2660193.2660195).
fn random(number: u64) -> u64 {
    let step = 0x9e37_79b9_7f4a_7c15;
    let mut bits = SEED.wrapping_add(number.wrapping_add(1).wrapping_mul(step));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Contact statuses of the customers of a log, drawn by their keys: of ten about seven agreed,
/// one refused and two never said anything.
pub(crate) fn statuses(customers: &Customers) -> custometry::Result<ContactStatuses> {
    let status = |customer| {
        let key = customers.key(customer).map(|key| key.to_string());
        match random(fingerprint(&key.unwrap_or_default())) % 10 {
            0..7 => ContactStatus::Allowed,
            7 => ContactStatus::Refused,
            _ => ContactStatus::Unknown,
        }
    };
    let said = customers
        .numbers()
        .map(|customer| (customer, status(customer)));
    ContactStatuses::new(customers, said)
}

/// A number of a text: FNV-1a of 64 bits (Fowler, Noll and Vo, RFC 9923).
fn fingerprint(text: &str) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325_u64;
    text.bytes().fold(start, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
