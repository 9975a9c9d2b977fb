//! The results of `simulate`: what was observed, and the truth behind it.

use arrow_array::RecordBatch;

use super::Columns;
use crate::{
    Result,
    arrow::{Tables, tables::no_table},
    simulate::{ChurnHistory, OpportunityHistory, PurchaseLog, RenewalHistory, SimulatedPeople},
};

/// `transactions`, the log: as those of [`Transactions`](crate::data::Transactions).
///
/// `truth`, a row a customer, also those who never came: `customer`, `rate_per_week` of purchases
/// while active, `dropout` (the chance to leave after a purchase, or a rate of leaving a week),
/// `mean_spend` in units of currency, and whether `active` at the end.
impl Tables for PurchaseLog {
    const TABLES: &'static [&'static str] = &["transactions", "truth"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        let truth = &self.truth;
        match name {
            "transactions" => self.transactions.table(name),
            "truth" => Columns::of(self.transactions.customers())
                .floats("rate_per_week", truth.rate_per_week.clone())
                .floats("dropout", truth.dropout.clone())
                .floats("mean_spend", truth.mean_spend.clone())
                .flags("active", truth.active.iter().copied())
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `people`, a row a record: `record`, its key; `given_name`, `surname`, `birth_date` (text),
/// `postcode`, `email` and `phone`, null where missing; and the truth: `person` and `household`, by
/// number.
impl Tables for SimulatedPeople {
    const TABLES: &'static [&'static str] = &["people"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        fn known(texts: &[String]) -> impl Iterator<Item = Option<&String>> {
            texts
                .iter()
                .map(|text| Some(text).filter(|text| !text.is_empty()))
        }
        match name {
            "people" => Columns::new()
                .ints("record", self.record.iter().copied())
                .known_texts("given_name", known(&self.given_name))
                .known_texts("surname", known(&self.surname))
                .known_texts("birth_date", known(&self.birth_date))
                .known_texts("postcode", known(&self.postcode))
                .known_texts("email", known(&self.email))
                .known_texts("phone", known(&self.phone))
                .counts("person", self.person.iter().copied())
                .counts("household", self.household.iter().copied())
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `customers`, a row a customer: `frequency`, the opportunities used; the number of the `last` of
/// them, from 1 (0: none); how many `opportunities` there were; and the truth: the chance to buy at
/// one while active (`buys`), the chance to leave before one (`leaves`), and whether the customer is
/// still `active` at the last.
impl Tables for OpportunityHistory {
    const TABLES: &'static [&'static str] = &["customers"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "customers" => Columns::new()
                .counts("frequency", self.frequency.iter().copied())
                .counts("last", self.last.iter().copied())
                .counts("opportunities", self.opportunities.iter().copied())
                .floats("buys", self.buys.clone())
                .floats("leaves", self.leaves.clone())
                .flags("active", self.active.iter().copied())
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `customers`, a row a customer who was seen: days from their start to the begin of the records
/// (`entry`, 0 for who came later) and to leaving or the end of watching (`exit`); the `cause` of
/// leaving, by number from 1 (0: still there); the features `x1`, `x2` ...; and the truth: `leaves`,
/// when they leave, watched or not, in days from the start.
impl Tables for ChurnHistory {
    const TABLES: &'static [&'static str] = &["customers"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        if name != "customers" {
            return no_table(name, Self::TABLES);
        }
        let mut columns = Columns::new()
            .floats("entry", self.entry.clone())
            .floats("exit", self.exit.clone())
            .counts("cause", self.cause.iter().copied());
        for feature in self.features.names() {
            let column = self.features.column(feature);
            columns = columns.known(feature, column.iter().flatten().copied());
        }
        columns.floats("leaves", self.leaves.clone()).finish()
    }
}

/// `customers`, a row a customer: `renewals` made, whether the next one was missed (`lost`), and the
/// truth: the chance to leave at the first renewal (`leaves`).
impl Tables for RenewalHistory {
    const TABLES: &'static [&'static str] = &["customers"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "customers" => Columns::new()
                .counts("renewals", self.renewals.iter().copied())
                .flags("lost", self.lost.iter().copied())
                .floats("leaves", self.leaves.clone())
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}
