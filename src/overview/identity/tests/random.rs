//! Random small bases against the obvious way: lists searched from the front.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

const KEYS: [&str; 6] = ["0", "1", "2", "3", "4", "5"];
const SOURCES: [&str; 2] = ["shop", "web"];

/// Records by source, key and person; keys of a log; the source that is named.
#[derive(Debug)]
struct Case {
    records: Vec<(usize, usize, u32)>,
    log: Vec<usize>,
    named: Option<usize>,
}

fn cases() -> impl Strategy<Value = Case> {
    let records = prop::collection::btree_map((0usize..2, 0usize..6), 0u32..4, 2..9);
    let row = |((source, key), person)| (source, key, person);
    let rows = records.prop_map(move |rows| rows.into_iter().map(row).collect::<Vec<_>>());
    let log = prop::collection::vec(0usize..6, 1..7);
    let named = prop::option::of(0usize..2);
    let all = (rows.prop_shuffle(), log, named);
    all.prop_map(|(records, log, named)| {
        // A source without a record cannot be named.
        let named = named.filter(|&named| records.iter().any(|row| row.0 == named));
        Case {
            records,
            log,
            named,
        }
    })
}

impl Case {
    /// The people with a key, in the sources that are looked at first, or in the others.
    fn people(&self, key: usize, first: bool) -> BTreeSet<u32> {
        let at = |source: usize| self.named.is_none_or(|named| named == source) == first;
        let rows = self.records.iter();
        let rows = rows.filter(|&&(source, other, _)| other == key && at(source));
        rows.map(|&(.., person)| person).collect()
    }

    fn only(people: &BTreeSet<u32>) -> Option<u32> {
        (people.len() == 1).then(|| people.first().copied())?
    }

    /// The own key of a person, if one of the keys of the log is hers.
    fn name_of(&self, person: u32) -> Option<String> {
        let first = |key: &&usize| Self::only(&self.people(**key, true)) == Some(person);
        self.log.iter().find(first).map(|&key| KEYS[key].to_owned())
    }

    /// The own key of whoever has a key.
    fn find(&self, key: usize, others_too: bool) -> Option<String> {
        let first = self.people(key, true);
        if let Some(person) = Self::only(&first) {
            return self.name_of(person);
        }
        if self.log.contains(&key) {
            let any = self
                .log
                .iter()
                .any(|&key| !self.people(key, true).is_empty());
            let key = KEYS[key];
            return Some(if any {
                format!("log:{key}")
            } else {
                key.to_owned()
            });
        }
        if first.is_empty() && others_too {
            return self.name_of(Self::only(&self.people(key, false))?);
        }
        None
    }

    /// The own keys of all who may be meant by a key.
    fn perhaps(&self, key: usize) -> Vec<String> {
        let found = self.find(key, false);
        let mut people = self.people(key, true);
        if people.is_empty() {
            people = self.people(key, false);
        }
        let named = people.iter().filter_map(|&person| self.name_of(person));
        found.map_or_else(|| named.collect(), |found| vec![found])
    }

    fn resolve(&self) -> Result<Resolved> {
        let keys: Vec<&str> = self.records.iter().map(|row| KEYS[row.1]).collect();
        let sources: Vec<&str> = self.records.iter().map(|row| SOURCES[row.0]).collect();
        let records = Records::builder().text_keys(&keys).sources(&sources);
        let teams = ["red", "blue"].repeat(keys.len());
        let teams = &teams[..keys.len()];
        let records = records.city(&vec!["Ulm"; keys.len()]);
        let records = records.column("team", crate::identity::FieldKind::Text, teams);
        let records = records.build().unwrap();
        let mut pairs = Vec::new();
        for (b, (.., person)) in (0u32..).zip(&self.records) {
            let a = self.records.iter().position(|row| row.2 == *person);
            pairs.push((u32::try_from(a.unwrap()).unwrap(), b));
        }
        pairs.retain(|(a, b)| a != b);
        let keys: Vec<&str> = self.log.iter().map(|&key| KEYS[key]).collect();
        let log = log_of(&keys, &vec![0; keys.len()], &vec![1; keys.len()]);
        let source = self.named.map(|source| SOURCES[source]);
        resolve(
            &records,
            source,
            Some(&log),
            day(9),
            &known(&pairs),
            LEVEL,
            &mut (),
        )
    }
}

proptest! {
    #[test]
    fn keys_agree_with_the_naive_way(
        case in cases(),
        said in prop::collection::btree_map(0usize..6, 0usize..3, 0..6),
    ) {
        let clash = case.log.iter().any(|&key| case.people(key, true).len() > 1);
        let of = match case.resolve() {
            Err(error) => {
                prop_assert!(clash, "{error}");
                prop_assert!(error.to_string().starts_with("source is not named"), "{error}");
                return Ok(());
            }
            Ok(of) => of,
        };
        prop_assert!(!clash);
        let name = |customer: CustomerIx| of.keys.customers().key(customer).unwrap().to_string();
        let (all, _) = Customers::from_texts(&KEYS).unwrap();
        let numbers = of.keys.numbers(&all);
        for (key, text) in KEYS.iter().enumerate() {
            prop_assert_eq!(of.keys.find((*text).into()).map(name), case.find(key, true));
            prop_assert_eq!(numbers[key].map(name), case.find(key, false));
        }
        // Which keys lead to a customer is what the customer's keys are.
        let mut expected: BTreeSet<(String, String)> = BTreeSet::new();
        for (key, text) in KEYS.iter().enumerate() {
            let mut people = case.people(key, true);
            people.extend(case.people(key, false));
            let names = people.iter().filter_map(|&person| case.name_of(person));
            let names = names.chain(case.find(key, false));
            expected.extend(names.map(|name| (name, (*text).to_owned())));
        }
        let mut listed = Vec::new();
        for customer in of.keys.customers().numbers() {
            let keys = of.keys.keys_of(customer).into_iter();
            listed.extend(keys.map(|key| (name(customer), key)));
            let persons: BTreeSet<u32> = (of.chapter.records_of(customer).iter())
                .map(|record| case.records[record.at()].2)
                .collect();
            let own = Case::only(&persons);
            if let Some(person) = own {
                prop_assert_eq!(case.name_of(person), Some(name(customer)));
                let count = case.records.iter().filter(|row| row.2 == person).count();
                prop_assert_eq!(of.chapter.records_of(customer).len(), count);
            } else {
                prop_assert!(persons.is_empty());
            }
        }
        let count = listed.len();
        let listed: BTreeSet<_> = listed.into_iter().collect();
        prop_assert_eq!(count, listed.len());
        prop_assert_eq!(listed, expected);

        let words = [Unknown, Allowed, Refused];
        let said: Vec<(usize, ContactStatus)> =
            said.into_iter().map(|(key, word)| (key, words[word])).collect();
        let named: Vec<(&str, ContactStatus)> =
            said.iter().map(|&(key, word)| (KEYS[key], word)).collect();
        let (contact, nobody) = of.keys.contact(&statuses(&named)).unwrap();
        let meant = |key: usize, word: ContactStatus| match word {
            Refused => case.perhaps(key),
            _ => case.find(key, false).into_iter().collect(),
        };
        for (customer, &status) in of.keys.customers().numbers().zip(contact.as_slice()) {
            let own = name(customer);
            let own = said.iter().filter(|&&(key, word)| meant(key, word).contains(&own));
            let strongest = own.map(|&(_, word)| word).max().unwrap_or_default();
            prop_assert_eq!(status, strongest);
        }
        let nobodys = said.iter().filter(|&&(key, word)| meant(key, word).is_empty());
        prop_assert_eq!(nobody, nobodys.count());
    }
}
