//! Records of persons, some of them twice, with the truth who is who.
//!
//! # Model
//!
//! Names are pseudo-words. How often each occurs follows Zipf and Mandelbrot
//! (Mandelbrot 1953, "An informational theory of the statistical structure of language"),
//! as do postcodes:
//!
//! ```text
//! P(rank k) ∝ 1 / (k + q)^s       k = 1 .. n
//! given names                     n =  3,000   s = 1.0   q =  8
//! surnames                        n = 20,000   s = 0.9   q = 20
//! postcodes                       n =  9,000   s = 0.5   q = 10
//! birth dates                     uniform over 25,550 days from 1935-01-01
//! e-mails                         15 % have none; three ways to make one of the name
//! phones                          20 % have none; ten digits
//! ```
//!
//! A member of a household has the surname, postcode and phone of a person who is at most
//! 49 numbers earlier. That person can be a member too, so households grow to any size.
//!
//! A copy is the record of a person drawn at random with one, two or three corruptions of
//! different kinds, which come one after the other as drawn:
//!
//! | corruption | weight |
//! |---|---|
//! | given name, surname mistyped | 12, 12 |
//! | given name missing, only the initial | 3, 4 |
//! | names swapped | 3 |
//! | another surname | 4 |
//! | birth date: a digit wrong, day and month swapped, missing | 7, 3, 4 |
//! | postcode: another, mistyped | 6, 5 |
//! | e-mail: another, mistyped, missing | 8, 6, 8 |
//! | phone: another, mistyped, missing | 7, 5, 8 |
//!
//! Mistyped is a character inserted, left out, replaced, or swapped with the next. Some
//! corruptions change nothing: a character replaced by itself, days after the twelfth, a
//! value that is missing already. A birth date with a wrong digit need not be a date.

use std::collections::BTreeSet;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Observer, Result,
    data::date_of_day,
    numeric::{Stage, map_chunks, map_chunks_observed, rng::Stream},
};

/// Records simulated together; a constant, for any number of threads.
const CHUNK: usize = 1 << 12;

/// What the random streams of one seed are for.
const GIVEN_NAMES: u32 = 0x5065_6f00;
const SURNAMES: u32 = 0x5065_6f01;
const HOUSEHOLD: u32 = 0x5065_6f02;
const HOME: u32 = 0x5065_6f03;
const PERSON: u32 = 0x5065_6f04;
const COPY: u32 = 0x5065_6f05;
const ROW_ORDER: u32 = 0x5065_6f06;

const FIRST_BIRTH: i32 = -12_784; // 1935-01-01
const BIRTH_DAYS: i32 = 70 * 365;
const POSTCODES: u32 = 9_000;
const PHONES: std::ops::Range<u64> = 2_000_000_000..9_999_999_999;
const NO_EMAIL: f64 = 0.15;
const NO_PHONE: f64 = 0.2;
/// A member of a household comes at most so many persons after another one.
const NEIGHBOURS: u64 = 49;

const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const DIGITS: &[u8] = b"0123456789";
const ONSETS: [&str; 25] = [
    "b", "br", "c", "ch", "d", "f", "g", "gr", "h", "j", "k", "l", "m", "n", "p", "r", "s", "sh",
    "st", "t", "th", "v", "w", "z", "",
];
const VOWELS: [&str; 9] = ["a", "e", "i", "o", "u", "ai", "ee", "ou", "ia"];
const CODAS: [&str; 12] = ["", "", "n", "r", "s", "l", "m", "t", "nd", "ck", "ng", "th"];
const DOMAINS: [&str; 8] = [
    "gmail.com",
    "yahoo.com",
    "outlook.com",
    "icloud.com",
    "mail.com",
    "web.de",
    "example.org",
    "firm.co",
];

/// What to simulate. By default 1,000 records, a fifth of them copies of the others, and
/// 15 % of the persons in a household with an earlier one.
///
/// # Example
///
/// ```
/// use custometry::simulate::PeopleParams;
///
/// let made = PeopleParams::default().records(10_000).seed(7).generate()?;
/// assert_eq!(made.person.len(), 10_000);
/// // 8,000 persons; the other records are copies.
/// assert_eq!(made.person.iter().max(), Some(&7_999));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PeopleParams {
    records: u32,
    seed: u64,
    copies: f64,
    households: f64,
}

impl Default for PeopleParams {
    fn default() -> Self {
        Self {
            records: 1_000,
            seed: 1,
            copies: 0.2,
            households: 0.15,
        }
    }
}

/// Simulated records of persons and the truth about them; columns of one length. An empty
/// text is a missing value.
///
/// # Example
///
/// ```
/// use custometry::simulate::PeopleParams;
///
/// let made = PeopleParams::default().copies(0.0).generate()?;
/// assert_eq!(made.record, (0..1_000).collect::<Vec<i64>>());
/// assert!(made.birth_date.iter().all(|date| date.len() == 10));
/// assert!(made.email.iter().any(|email| email.is_empty()));
/// // A household has one surname.
/// let members = made.household.iter().zip(&made.surname);
/// let of_first: Vec<_> = members.filter(|(at, _)| **at == made.household[0]).collect();
/// assert!(of_first.iter().all(|(_, surname)| *surname == &made.surname[0]));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct SimulatedPeople {
    /// Keys of the records: whole numbers from 0 on.
    pub record: Vec<i64>,
    /// Given names, in lower case.
    pub given_name: Vec<String>,
    /// Surnames, in lower case.
    pub surname: Vec<String>,
    /// Birth dates as year, month and day: `1970-12-31`.
    pub birth_date: Vec<String>,
    /// Postcodes of six digits.
    pub postcode: Vec<String>,
    /// E-mail addresses.
    pub email: Vec<String>,
    /// Phone numbers of ten digits.
    pub phone: Vec<String>,
    /// The truth: who the record is about. Persons are numbered from 0 on.
    pub person: Vec<u32>,
    /// The truth: the first person of the household; the person itself for those who live
    /// alone.
    pub household: Vec<u32>,
}

impl PeopleParams {
    /// How many records, copies included.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::simulate::PeopleParams;
    /// let none = PeopleParams::default().records(0).generate()?;
    /// assert!(none.record.is_empty());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn records(mut self, records: u32) -> Self {
        self.records = records;
        self
    }

    /// The seed; 1 by default.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::simulate::PeopleParams;
    /// let params = PeopleParams::default();
    /// assert_ne!(params.clone().seed(2).generate()?, params.seed(3).generate()?);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The share of the records that are copies of others; 0.2 by default. One record at
    /// least is none.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::simulate::PeopleParams;
    /// let made = PeopleParams::default().copies(0.5).generate()?;
    /// assert_eq!(made.person.iter().max(), Some(&499));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn copies(mut self, share: f64) -> Self {
        self.copies = share;
        self
    }

    /// The share of the persons who join the household of an earlier one; 0.15 by default.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::simulate::PeopleParams;
    /// let made = PeopleParams::default().households(0.0).generate()?;
    /// assert_eq!(made.household, made.person);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn households(mut self, share: f64) -> Self {
        self.households = share;
        self
    }

    /// Makes the records and their truth, in an order shuffled by the seed.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a share of copies outside of [0, 1) or a share of
    /// households outside of [0, 1].
    ///
    /// # Example
    ///
    /// See [`PeopleParams`].
    pub fn generate(&self) -> Result<SimulatedPeople> {
        self.generate_observed(&mut ())
    }

    /// [`generate`](Self::generate) under an [`Observer`].
    ///
    /// # Errors
    ///
    /// As [`generate`](Self::generate), and [`Error::Cancelled`].
    ///
    /// # Example
    ///
    /// See [`Observer`].
    pub fn generate_observed(&self, observer: &mut dyn Observer) -> Result<SimulatedPeople> {
        // Written so that NaN fails as well.
        if !(self.copies >= 0.0 && self.copies < 1.0) {
            return Err(Error::parameter("copies", self.copies, "a share below 1"));
        }
        if !(self.households >= 0.0 && self.households <= 1.0) {
            return Err(Error::parameter("households", self.households, "a share"));
        }
        let population = Population::new(self);
        let order = self.order();
        let chunks = map_chunks_observed(
            0..order.len(),
            CHUNK,
            Stage {
                name: "simulating people",
                total: order.len(),
            },
            observer,
            |range| {
                let mut chunk = SimulatedPeople::default();
                for row in range {
                    chunk.push(population.record(order[row]));
                }
                Ok(chunk)
            },
        )?;
        let mut all = SimulatedPeople {
            record: (0..i64::from(self.records)).collect(),
            ..SimulatedPeople::default()
        };
        for chunk in chunks {
            all.append(chunk);
        }
        Ok(all)
    }

    /// How many persons the records are about.
    fn people(&self) -> u32 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most the records"
        )]
        let copies = (f64::from(self.records) * self.copies).round() as u32;
        self.records - copies.min(self.records.saturating_sub(1))
    }

    /// The numbers of the records in the order of the rows: by a random number each, equal
    /// ones by number. Persons come first, then copies.
    fn order(&self) -> Vec<u32> {
        let mut order: Vec<(u64, u32)> = (0..self.records)
            .into_par_iter()
            .map(|at| {
                let mut draw = Stream::new(self.seed, ROW_ORDER, u64::from(at));
                (draw.next_u64(), at)
            })
            .collect();
        order.par_sort_unstable();
        order.into_iter().map(|(_, at)| at).collect()
    }
}

/// Words of a language and how often each is used.
struct Words {
    words: Vec<String>,
    law: Zipf,
}

impl Words {
    /// `count` different words of `syllables`, from 3 to 14 letters.
    fn new(count: usize, syllables: [usize; 2], law: Zipf, mut draw: Stream) -> Self {
        let [least, most] = syllables;
        let mut words = Vec::with_capacity(count);
        let mut seen = BTreeSet::new();
        while words.len() < count {
            let mut word = String::new();
            for _ in 0..least + draw.index(most - least + 1) {
                word += ONSETS[draw.index(ONSETS.len())];
                word += VOWELS[draw.index(VOWELS.len())];
                word += CODAS[draw.index(CODAS.len())];
            }
            if (3..=14).contains(&word.len()) && seen.insert(word.clone()) {
                words.push(word);
            }
        }
        Self { words, law }
    }

    fn draw(&self, draw: &mut Stream) -> &str {
        &self.words[self.law.draw(draw)]
    }
}

/// The law of Zipf and Mandelbrot: the sums of the weights up to each rank.
struct Zipf(Vec<f64>);

impl Zipf {
    fn new(count: u32, s: f64, q: f64) -> Self {
        let mut sum = 0.0;
        let up_to = |rank| {
            sum += (f64::from(rank) + q).powf(-s);
            sum
        };
        Self((1..=count).map(up_to).collect())
    }

    /// A rank, counted from 0.
    fn draw(&self, draw: &mut Stream) -> usize {
        let last = self.0.len() - 1;
        let target = draw.uniform() * self.0[last];
        self.0.partition_point(|&sum| sum <= target).min(last)
    }
}

/// What one record says, and about whom.
#[derive(Clone)]
struct Record {
    given_name: String,
    surname: String,
    birth_date: String,
    postcode: String,
    email: String,
    phone: String,
    person: u32,
    household: u32,
}

/// All that is the same for every record.
struct Population {
    seed: u64,
    people: u32,
    given_names: Words,
    surnames: Words,
    postcodes: Zipf,
    birth_dates: Vec<String>,
    /// The first person of the household of each person.
    household: Vec<u32>,
}

impl Population {
    fn new(params: &PeopleParams) -> Self {
        let (seed, people) = (params.seed, params.people());
        let words = |count: u32, syllables, s, q, purpose| {
            let law = Zipf::new(count, s, q);
            Words::new(
                count as usize,
                syllables,
                law,
                Stream::new(seed, purpose, 0),
            )
        };
        let dates = FIRST_BIRTH..FIRST_BIRTH + BIRTH_DAYS;
        Self {
            seed,
            people,
            given_names: words(3_000, [1, 3], 1.0, 8.0, GIVEN_NAMES),
            surnames: words(20_000, [2, 3], 0.9, 20.0, SURNAMES),
            postcodes: Zipf::new(POSTCODES, 0.5, 10.0),
            birth_dates: dates
                .map(|day| date_of_day(day).unwrap_or_default().to_string())
                .collect(),
            household: households(seed, people, params.households),
        }
    }

    /// A record by its number: persons first, then copies.
    fn record(&self, number: u32) -> Record {
        if number < self.people {
            return self.person(number);
        }
        let mut draw = Stream::new(self.seed, COPY, u64::from(number - self.people));
        #[expect(clippy::cast_possible_truncation, reason = "below the persons")]
        let person = draw.below(u64::from(self.people)) as u32;
        let mut record = self.person(person);
        for kind in draw_kinds(&mut draw) {
            self.corrupt(&mut record, kind, &mut draw);
        }
        record
    }

    fn person(&self, person: u32) -> Record {
        let household = self.household[person as usize];
        let mut home = Stream::new(self.seed, HOME, u64::from(household));
        let surname = self.surnames.draw(&mut home).to_owned();
        let postcode = postcode(self.postcodes.draw(&mut home));
        let phone = phone(&mut home);

        let mut draw = Stream::new(self.seed, PERSON, u64::from(person));
        let given_name = self.given_names.draw(&mut draw).to_owned();
        let birth_date = self.birth_dates[draw.index(self.birth_dates.len())].clone();
        let has_email = draw.uniform() >= NO_EMAIL;
        let has_phone = draw.uniform() >= NO_PHONE;
        let style = draw.index(3);
        let (number, domain) = (number_of_email(&mut draw), domain(&mut draw));
        let local = match style {
            0 => format!("{given_name}.{surname}{number}"),
            1 => format!("{}{surname}{number}", &given_name[..1]),
            _ => format!("{surname}.{}.{number}", &birth_date[..4]),
        };
        Record {
            email: if has_email {
                format!("{local}@{domain}")
            } else {
                String::new()
            },
            phone: if has_phone { phone } else { String::new() },
            given_name,
            surname,
            birth_date,
            postcode,
            person,
            household,
        }
    }

    fn corrupt(&self, record: &mut Record, kind: Corruption, draw: &mut Stream) {
        match kind {
            Corruption::GivenNameTypo => mistype(&mut record.given_name, LETTERS, draw),
            Corruption::SurnameTypo => mistype(&mut record.surname, LETTERS, draw),
            Corruption::GivenNameMissing => record.given_name.clear(),
            Corruption::Initial => record.given_name.truncate(1),
            Corruption::NamesSwapped => {
                std::mem::swap(&mut record.given_name, &mut record.surname);
            }
            Corruption::SurnameNew => {
                let words = &self.surnames.words;
                record.surname.clone_from(&words[draw.index(words.len())]);
            }
            Corruption::BirthDateTypo => {
                if !record.birth_date.is_empty() {
                    let at = [0, 1, 2, 3, 5, 6, 8, 9][draw.index(8)];
                    replace(&mut record.birth_date, at, one_of(DIGITS, draw));
                }
            }
            Corruption::BirthDateSwapped => swap_day_and_month(&mut record.birth_date),
            Corruption::BirthDateMissing => record.birth_date.clear(),
            Corruption::PostcodeNew => {
                record.postcode = postcode(draw.index(POSTCODES as usize));
            }
            Corruption::PostcodeTypo => mistype(&mut record.postcode, DIGITS, draw),
            Corruption::EmailNew => {
                let initial = record.given_name.get(..1).unwrap_or_default();
                let (surname, number) = (&record.surname, number_of_email(draw));
                record.email = format!("{initial}{surname}{number}@{}", domain(draw));
            }
            Corruption::EmailTypo => {
                if !record.email.is_empty() {
                    mistype(&mut record.email, LETTERS, draw);
                }
            }
            Corruption::EmailMissing => record.email.clear(),
            Corruption::PhoneNew => record.phone = phone(draw),
            Corruption::PhoneTypo => {
                if !record.phone.is_empty() {
                    mistype(&mut record.phone, DIGITS, draw);
                }
            }
            Corruption::PhoneMissing => record.phone.clear(),
        }
    }
}

/// The first person of the household of each person.
fn households(seed: u64, people: u32, share: f64) -> Vec<u32> {
    let joined = map_chunks(people as usize, CHUNK, |range| {
        let join = |person: usize| {
            let mut draw = Stream::new(seed, HOUSEHOLD, person as u64);
            let joins = draw.uniform() < share;
            let back = 1 + draw.below(NEIGHBOURS);
            if joins { back } else { 0 }
        };
        range.map(join).collect::<Vec<u64>>()
    });
    let mut first: Vec<u32> = Vec::with_capacity(people as usize);
    for (person, back) in (0..people).zip(joined.into_iter().flatten()) {
        let other = u64::from(person).saturating_sub(back);
        // The first person may be told to join itself.
        let known = usize::try_from(other).ok().and_then(|at| first.get(at));
        first.push(known.copied().unwrap_or(person));
    }
    first
}

fn postcode(rank: usize) -> String {
    format!("{:06}", rank * 11 + 1_000)
}

fn phone(draw: &mut Stream) -> String {
    (PHONES.start + draw.below(PHONES.end - PHONES.start)).to_string()
}

fn number_of_email(draw: &mut Stream) -> u64 {
    1 + draw.below(998)
}

fn domain(draw: &mut Stream) -> &'static str {
    DOMAINS[draw.index(DOMAINS.len())]
}

fn one_of(alphabet: &[u8], draw: &mut Stream) -> char {
    char::from(alphabet[draw.index(alphabet.len())])
}

fn replace(text: &mut String, at: usize, character: char) {
    text.remove(at);
    text.insert(at, character);
}

/// All texts here are ASCII: a place is a character.
fn mistype(text: &mut String, alphabet: &[u8], draw: &mut Stream) {
    if text.len() < 2 {
        text.push(one_of(alphabet, draw));
        return;
    }
    let (kind, at) = (draw.index(4), draw.index(text.len()));
    match kind {
        0 => text.insert(at, one_of(alphabet, draw)),
        1 => {
            text.remove(at);
        }
        2 => replace(text, at, one_of(alphabet, draw)),
        _ => {
            let at = at.min(text.len() - 2);
            let character = text.remove(at);
            text.insert(at + 1, character);
        }
    }
}

fn swap_day_and_month(date: &mut String) {
    if date.get(8..).is_some_and(|day| day <= "12") && date.len() == 10 {
        *date = format!("{}{}-{}", &date[..5], &date[8..], &date[5..7]);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Corruption {
    GivenNameTypo,
    SurnameTypo,
    GivenNameMissing,
    Initial,
    NamesSwapped,
    SurnameNew,
    BirthDateTypo,
    BirthDateSwapped,
    BirthDateMissing,
    PostcodeNew,
    PostcodeTypo,
    EmailNew,
    EmailTypo,
    EmailMissing,
    PhoneNew,
    PhoneTypo,
    PhoneMissing,
}

const WEIGHTS: [(Corruption, u64); 17] = [
    (Corruption::GivenNameTypo, 12),
    (Corruption::SurnameTypo, 12),
    (Corruption::GivenNameMissing, 3),
    (Corruption::Initial, 4),
    (Corruption::NamesSwapped, 3),
    (Corruption::SurnameNew, 4),
    (Corruption::BirthDateTypo, 7),
    (Corruption::BirthDateSwapped, 3),
    (Corruption::BirthDateMissing, 4),
    (Corruption::PostcodeNew, 6),
    (Corruption::PostcodeTypo, 5),
    (Corruption::EmailNew, 8),
    (Corruption::EmailTypo, 6),
    (Corruption::EmailMissing, 8),
    (Corruption::PhoneNew, 7),
    (Corruption::PhoneTypo, 5),
    (Corruption::PhoneMissing, 8),
];

/// One to three different kinds, by weight, those drawn already left out.
fn draw_kinds(draw: &mut Stream) -> Vec<Corruption> {
    let count = 1 + draw.index(3);
    let mut kinds = Vec::with_capacity(count);
    for _ in 0..count {
        let left = || WEIGHTS.iter().filter(|(kind, _)| !kinds.contains(kind));
        let mut at = draw.below(left().map(|(_, weight)| weight).sum());
        let hit = left().find(|(_, weight)| {
            let here = at < *weight;
            at = at.saturating_sub(*weight);
            here
        });
        kinds.extend(hit.map(|&(kind, _)| kind));
    }
    kinds
}

impl SimulatedPeople {
    /// All but the key.
    fn push(&mut self, record: Record) {
        self.given_name.push(record.given_name);
        self.surname.push(record.surname);
        self.birth_date.push(record.birth_date);
        self.postcode.push(record.postcode);
        self.email.push(record.email);
        self.phone.push(record.phone);
        self.person.push(record.person);
        self.household.push(record.household);
    }

    /// All but the keys.
    fn append(&mut self, mut next: Self) {
        self.given_name.append(&mut next.given_name);
        self.surname.append(&mut next.surname);
        self.birth_date.append(&mut next.birth_date);
        self.postcode.append(&mut next.postcode);
        self.email.append(&mut next.email);
        self.phone.append(&mut next.phone);
        self.person.append(&mut next.person);
        self.household.append(&mut next.household);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const N: u32 = 100_000;

    fn share(count: usize, of: usize) -> f64 {
        count as f64 / of as f64
    }

    /// `got` is within five standard errors of a share of `n`.
    fn near(got: f64, share: f64, n: usize) -> bool {
        (got - share).abs() < 5.0 * (share * (1.0 - share) / n as f64).sqrt()
    }

    /// Persons alone, in the order of their numbers.
    fn persons(households: f64) -> Vec<Record> {
        let params = PeopleParams::default().records(N).copies(0.0);
        let population = Population::new(&params.households(households));
        (0..N).map(|person| population.record(person)).collect()
    }

    /// The slope of ln(count) over ln(rank + q), weighted by the counts, over values by
    /// falling frequency.
    fn slope<'a>(values: impl Iterator<Item = &'a str>, q: f64, ranks: usize) -> f64 {
        let mut counts = BTreeMap::new();
        values.for_each(|value| *counts.entry(value).or_insert(0.0) += 1.0);
        let mut counts: Vec<f64> = counts.into_values().collect();
        counts.sort_by(|a, b| b.total_cmp(a));
        let points: Vec<[f64; 3]> = (1u32..)
            .zip(&counts[..ranks])
            .map(|(rank, &count)| [count, (f64::from(rank) + q).ln(), count.ln()])
            .collect();
        let sum = |f: &dyn Fn(&[f64; 3]) -> f64| points.iter().map(f).sum::<f64>();
        let n = sum(&|p| p[0]);
        let (x, y) = (sum(&|p| p[0] * p[1]) / n, sum(&|p| p[0] * p[2]) / n);
        sum(&|p| p[0] * (p[1] - x) * (p[2] - y)) / sum(&|p| p[0] * (p[1] - x).powi(2))
    }

    #[test]
    fn values_are_as_frequent_as_the_laws_say() {
        let people = persons(0.0);
        let given = slope(people.iter().map(|p| p.given_name.as_str()), 8.0, 300);
        let surname = slope(people.iter().map(|p| p.surname.as_str()), 20.0, 300);
        assert!((given + 1.0).abs() < 0.05, "{given}");
        assert!((surname + 0.9).abs() < 0.05, "{surname}");
        let top = people.iter().filter(|p| p.postcode == "001000").count();
        // 1 / 11^0.5 over the sum of (k + 10)^-0.5, k = 1 .. 9,000.
        let weight: f64 = (11..=9_010).map(|k| 1.0 / f64::from(k).sqrt()).sum();
        assert!(near(
            share(top, people.len()),
            1.0 / 11f64.sqrt() / weight,
            people.len()
        ));
    }

    #[test]
    fn addresses_are_missing_and_made_as_described() {
        let people = persons(0.0);
        let count = |is: &dyn Fn(&Record) -> bool| {
            share(people.iter().filter(|p| is(p)).count(), people.len())
        };
        assert!(near(count(&|p| p.email.is_empty()), 0.15, people.len()));
        assert!(near(count(&|p| p.phone.is_empty()), 0.2, people.len()));
        let dotted = |p: &Record| p.email.starts_with(&format!("{}.", p.given_name));
        let initial = |p: &Record| {
            let begins = format!("{}{}", &p.given_name[..1], p.surname);
            p.email.starts_with(&begins)
        };
        let year = |p: &Record| {
            let begins = format!("{}.{}.", p.surname, &p.birth_date[..4]);
            p.email.starts_with(&begins)
        };
        for style in [&dotted as &dyn Fn(&Record) -> bool, &initial, &year] {
            let got = count(style);
            assert!(near(got, 0.85 / 3.0, people.len()), "{got}");
        }
        assert!(people.iter().all(|p| p.postcode.len() == 6));
        assert!(people.iter().all(|p| matches!(p.phone.len(), 0 | 10)));
        let dates = people.iter().map(|p| p.birth_date.as_str());
        assert_eq!(dates.clone().min(), Some("1935-01-01"));
        assert_eq!(dates.max(), Some("2004-12-13"));
    }

    #[test]
    fn households_share_surname_postcode_and_phone() {
        let people = persons(0.15);
        let members: Vec<_> = people.iter().filter(|p| p.household != p.person).collect();
        assert!(near(share(members.len(), people.len()), 0.15, people.len()));
        for member in members {
            let first = &people[member.household as usize];
            assert_eq!(first.household, first.person);
            assert!(first.person < member.person);
            assert_eq!(
                (&member.surname, &member.postcode),
                (&first.surname, &first.postcode)
            );
            let phones = [&member.phone, &first.phone];
            assert!(phones[0] == phones[1] || phones.iter().any(|phone| phone.is_empty()));
        }
        // All in one: each joins somebody, and the first person nobody.
        assert!(persons(1.0).iter().all(|p| p.household == 0));
    }

    #[test]
    fn kinds_of_corruption_have_their_weights() {
        let draws: Vec<Vec<Corruption>> = (0..u64::from(N))
            .map(|copy| draw_kinds(&mut Stream::new(3, COPY, copy)))
            .collect();
        for count in 1..=3 {
            let got = draws.iter().filter(|kinds| kinds.len() == count).count();
            assert!(near(share(got, draws.len()), 1.0 / 3.0, draws.len()));
        }
        let total: u64 = WEIGHTS.iter().map(|(_, weight)| weight).sum();
        assert_eq!(total, 105);
        for (kind, weight) in WEIGHTS {
            let got = draws.iter().filter(|kinds| kinds[0] == kind).count();
            let expected = weight as f64 / total as f64;
            assert!(
                near(share(got, draws.len()), expected, draws.len()),
                "{kind:?}"
            );
        }
        assert!(
            draws
                .iter()
                .all(|kinds| (1..kinds.len()).all(|at| !kinds[..at].contains(&kinds[at])))
        );
        // The second of two kinds, with a first one left out: the chance of a kind that
        // weighs w is the sum over the others of v/105 · w/(105 - v).
        let second: Vec<Corruption> = draws.iter().filter_map(|k| k.get(1)).copied().collect();
        let others = WEIGHTS.iter().filter(|(kind, _)| *kind != WEIGHTS[0].0);
        let chance: f64 = others
            .map(|&(_, v)| v as f64 / 105.0 * 12.0 / (105 - v) as f64)
            .sum();
        let got = second.iter().filter(|kind| **kind == WEIGHTS[0].0).count();
        assert!(near(share(got, second.len()), chance, second.len()));
    }

    #[test]
    fn each_corruption_does_what_its_name_says() {
        let population = Population::new(&PeopleParams::default().copies(0.0));
        let mut draw = Stream::new(5, COPY, 0);
        let mut seen = [0u32; WEIGHTS.len()];
        for round in 0..1_000 {
            let before = population.person(round);
            for (at, (kind, _)) in WEIGHTS.iter().enumerate() {
                let mut after = before.clone();
                population.corrupt(&mut after, *kind, &mut draw);
                let columns = |record: &Record| {
                    [
                        record.given_name.clone(),
                        record.surname.clone(),
                        record.birth_date.clone(),
                        record.postcode.clone(),
                        record.email.clone(),
                        record.phone.clone(),
                    ]
                };
                let touched: &[usize] = match kind {
                    Corruption::GivenNameTypo
                    | Corruption::GivenNameMissing
                    | Corruption::Initial => &[0],
                    Corruption::NamesSwapped => &[0, 1],
                    Corruption::SurnameTypo | Corruption::SurnameNew => &[1],
                    Corruption::BirthDateTypo
                    | Corruption::BirthDateSwapped
                    | Corruption::BirthDateMissing => &[2],
                    Corruption::PostcodeNew | Corruption::PostcodeTypo => &[3],
                    Corruption::EmailNew | Corruption::EmailTypo | Corruption::EmailMissing => &[4],
                    Corruption::PhoneNew | Corruption::PhoneTypo | Corruption::PhoneMissing => &[5],
                };
                let (before, after) = (columns(&before), columns(&after));
                for column in 0..6 {
                    let same = before[column] == after[column];
                    assert!(same || touched.contains(&column), "{kind:?}");
                }
                seen[at] += u32::from(before != after);
            }
        }
        // Mistyped texts change but when a character replaces itself or its twin.
        for ((kind, _), seen) in WEIGHTS.iter().zip(seen) {
            let least = match kind {
                Corruption::BirthDateSwapped => 300,
                Corruption::EmailTypo | Corruption::EmailMissing => 750,
                Corruption::PhoneTypo | Corruption::PhoneMissing => 700,
                _ => 850,
            };
            assert!(seen > least, "{kind:?}: {seen}");
        }
    }

    #[test]
    fn copies_follow_persons_who_do_not_depend_on_them() {
        let params = PeopleParams::default().records(10_000);
        let made = params.generate().unwrap();
        let alone = params
            .clone()
            .records(8_000)
            .copies(0.0)
            .generate()
            .unwrap();
        let known: BTreeMap<u32, usize> = alone.person.iter().copied().zip(0..).collect();
        let mut as_they_are = vec![0; 8_000];
        for (row, &person) in made.person.iter().enumerate() {
            let at = known[&person];
            assert_eq!(made.household[row], alone.household[at]);
            let same = made.given_name[row] == alone.given_name[at]
                && made.surname[row] == alone.surname[at]
                && made.birth_date[row] == alone.birth_date[at]
                && made.postcode[row] == alone.postcode[at]
                && made.email[row] == alone.email[at]
                && made.phone[row] == alone.phone[at];
            as_they_are[person as usize] += u32::from(same);
        }
        assert!(as_they_are.iter().all(|&same| same >= 1));
        let unharmed = as_they_are.iter().map(|same| same - 1).sum::<u32>();
        assert!(unharmed < 150, "{unharmed} of 2,000 copies are exact");
    }

    #[test]
    fn impossible_populations_are_refused_by_name() {
        let fault = |params: PeopleParams| params.generate().unwrap_err().to_string();
        let params = PeopleParams::default;
        assert!(fault(params().copies(1.0)).starts_with("copies is 1"));
        assert!(fault(params().copies(f64::NAN)).starts_with("copies is NaN"));
        assert!(fault(params().households(1.1)).starts_with("households is 1.1"));
        assert!(fault(params().households(-0.1)).starts_with("households is -0.1"));
        // One record is left that is no copy.
        let most = params().records(10).copies(0.999).generate().unwrap();
        assert!(most.person.iter().all(|&person| person == 0));
    }
}
