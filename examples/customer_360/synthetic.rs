//! People whom nobody knows, for a log of which no people are known: each key gets a
//! simulated record, and one key in five is taken apart into two.

use custometry::{
    data::Transactions,
    identity::{FieldKind, Records},
    simulate::{PeopleParams, SimulatedPeople},
};

use crate::common::{Result, progress};

const SEED: u64 = 1;

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
    /// By record, as the two that follow.
    pub(crate) keys: Vec<String>,
    pub(crate) records: Records,
    pub(crate) person: Vec<u32>,
}

impl Synthetic {
    pub(crate) fn new(log: &Transactions) -> Result<Self> {
        let mut keys: Vec<String> = log.customers().keys().map(|key| key.to_string()).collect();
        let all = u32::try_from(keys.len())?;
        let simulate = |params: PeopleParams| {
            let params = params.seed(SEED);
            params.generate_observed(&mut progress::follow())
        };
        let people = simulate(PeopleParams::default().records(all).copies(0.0))?;
        // The same people, and as many copies of people drawn at random: enough for one
        // in five to have one that differs.
        let copied = simulate(
            PeopleParams::default()
                .records(all.saturating_mul(2))
                .copies(0.5),
        )?;

        // People are in random order, and so the first copies are of random keys.
        let mut key_of = vec![0; keys.len()];
        for (key, &person) in people.person.iter().enumerate() {
            key_of[person as usize] = key;
        }
        let mut second: Vec<Option<String>> = vec![None; keys.len()];
        let mut copies = Vec::new();
        let most = keys.len() / ONE_IN;
        for (copy, &person) in copied.person.iter().enumerate() {
            let key = key_of[person as usize];
            let differs = |(_, _, of): &Column| of(&copied)[copy] != of(&people)[key];
            if copies.len() < most && second[key].is_none() && COLUMNS.iter().any(differs) {
                second[key] = Some(format!("{}-2", keys[key]));
                copies.push(copy);
            }
        }
        let fragmented = split(log, &keys, &second)?;

        keys.extend(copies.iter().filter_map(|&copy| {
            let key = key_of[copied.person[copy] as usize];
            second[key].clone()
        }));
        let mut records = Records::builder().text_keys(&keys);
        let columns = COLUMNS.map(|(name, kind, of)| {
            let of_copies = copies.iter().map(|&copy| &of(&copied)[copy]);
            let values: Vec<&String> = of(&people).iter().chain(of_copies).collect();
            (name, kind, values)
        });
        for (name, kind, values) in &columns {
            records = records.column(name, *kind, values);
        }
        let person = copies.iter().map(|&copy| copied.person[copy]);
        Ok(Self {
            log: fragmented,
            records: records.build()?,
            person: people.person.iter().copied().chain(person).collect(),
            keys,
        })
    }
}

/// The log with the rows of a customer who has a second key dealt out to both by a coin.
fn split(log: &Transactions, keys: &[String], second: &[Option<String>]) -> Result<Transactions> {
    let key = |(row, customer): (u64, &custometry::data::CustomerIx)| -> &str {
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

/// The side on which the coin of a row falls: the last bit of `SplitMix64` (Steele, Lea
/// and Flood 2014, doi:10.1145/2660193.2660195).
fn coin(row: u64) -> bool {
    let step = 0x9e37_79b9_7f4a_7c15;
    let mut bits = SEED.wrapping_add(row.wrapping_add(1).wrapping_mul(step));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (bits ^ (bits >> 31)) & 1 == 1
}
