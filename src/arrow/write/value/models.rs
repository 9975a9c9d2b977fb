//! What models tell, and how well they did.

use arrow_array::RecordBatch;
use chrono::NaiveDate;

use super::super::Columns;
use crate::{
    Result,
    arrow::{Tables, tables::no_table},
    data::SegmentId,
    value::{
        Bootstrap, Clv, ClvGroup, ContractHistories, FrequencyFit, Holdout, HoldoutReport,
        PurchaseModel, SilenceDates, TrackingLine,
    },
};

/// `customers`, a row a customer: `customer`, `frequency`, `recency` and `age` in days as of the last
/// day of the calibration, and the purchase days in the holdout, `actual`; null for one who came
/// after.
impl Tables for Holdout {
    const TABLES: &'static [&'static str] = &["customers"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "customers" => holdout(self),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn holdout(it: &Holdout) -> Result<RecordBatch> {
    let summary = it.summary();
    let came: Vec<bool> = summary.has_purchase().collect();
    let count = |column: &[u32]| {
        let rows = column.iter().zip(&came);
        rows.map(|(&count, &came)| came.then_some(i64::from(count)))
            .collect::<Vec<_>>()
    };
    Columns::of(summary.customers())
        .ints("frequency", count(summary.frequency()))
        .ints("recency", count(summary.recency()))
        .ints("age", count(summary.age()))
        .ints("actual", count(it.actual()))
        .finish()
}

/// `by_frequency`, a row for each number of purchases before: `frequency`, `or_more`, `customers`, and
/// purchases of one of them, `expected` and `actual`; `deciles`, a row for each tenth by falling
/// P(alive): `decile` from 1, `customers`, `p_alive`, `expected_share` and `actual_share` of those who
/// buy.
impl Tables for HoldoutReport {
    const TABLES: &'static [&'static str] = &["by_frequency", "deciles"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        let (lines, deciles) = (&self.by_frequency, &self.deciles);
        match name {
            "by_frequency" => Columns::new()
                .counts("frequency", lines.iter().map(|line| line.frequency))
                .flags("or_more", lines.iter().map(|line| line.or_more))
                .counts("customers", lines.iter().map(|line| line.customers))
                .known("expected", lines.iter().map(|line| line.expected))
                .known("actual", lines.iter().map(|line| line.actual))
                .finish(),
            "deciles" => Columns::new()
                .counts("decile", 1..=deciles.len())
                .counts("customers", deciles.iter().map(|it| it.customers))
                .known("p_alive", deciles.iter().map(|it| it.p_alive))
                .known("expected_share", deciles.iter().map(|it| it.expected_share))
                .known("actual_share", deciles.iter().map(|it| it.actual_share))
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `tracking`, a row a period: its last day `end`, repeat purchases `actual` and `expected` in it, and
/// up to its end, `cumulative_actual` and `cumulative_expected`.
impl Tables for [TrackingLine] {
    const TABLES: &'static [&'static str] = &["tracking"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "tracking" => Columns::new()
                .dates("end", self.iter().map(|line| line.end))
                .counts("actual", self.iter().map(|line| line.actual))
                .known("expected", self.iter().map(|line| line.expected))
                .counts(
                    "cumulative_actual",
                    self.iter().map(|line| line.cumulative_actual),
                )
                .known(
                    "cumulative_expected",
                    self.iter().map(|line| line.cumulative_expected),
                )
                .finish(),
            _ => no_table(name, <Self as Tables>::TABLES),
        }
    }
}

/// `frequencies`, a row for each number of repeat purchases: `frequency`, and customers with so many,
/// `actual` and `expected`; the last row counts those with more too.
impl Tables for FrequencyFit {
    const TABLES: &'static [&'static str] = &["frequencies"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "frequencies" => Columns::new()
                .counts("frequency", 0..self.actual.len())
                .known("actual", self.actual.iter().copied())
                .known("expected", self.expected.iter().copied())
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `replicates`, a row a replicate: the parameters by name.
impl<M: PurchaseModel> Tables for Bootstrap<M> {
    const TABLES: &'static [&'static str] = &["replicates"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "replicates" => replicates(self.models()),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn replicates<M: PurchaseModel>(models: &[M]) -> Result<RecordBatch> {
    let rows: Vec<Vec<(&str, f64)>> = models.iter().map(PurchaseModel::parameters).collect();
    let names = rows.first().into_iter().flatten().map(|(name, _)| *name);
    let mut columns = Columns::new();
    for (at, name) in names.enumerate() {
        let value = |row: &Vec<(&str, f64)>| row.get(at).map(|(_, value)| *value);
        columns = columns.known(name, rows.iter().map(value));
    }
    columns.finish()
}

/// `dates`, a row a customer, in the order of the customers: the `date` on which P(alive) falls below
/// the threshold, null if it never does.
impl Tables for SilenceDates {
    const TABLES: &'static [&'static str] = &["dates"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "dates" => Columns::new()
                .dates("date", self.dates().iter().copied())
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `values`, a row a customer, in the order of the customers: the `value`, the discounted
/// `transactions` expected, and the expected amount of one, `mean_spend`; money in units of currency.
/// Null without a purchase.
impl Tables for Clv<'_> {
    const TABLES: &'static [&'static str] = &["values"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "values" => Columns::new()
                .known("value", self.values().iter().copied())
                .known("transactions", self.transactions().iter().copied())
                .known("mean_spend", self.mean_spend().iter().copied())
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `segments`, a row a segment: its number `id`, its `customers` with a value, and their value with
/// its standard error and interval, in units of currency; these are null without standard errors.
impl Tables for [ClvGroup<SegmentId>] {
    const TABLES: &'static [&'static str] = &["segments"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "segments" => {
                let ids = self.iter().map(|line| line.group.0);
                clv_groups(Columns::new().counts("id", ids), self)
            }
            _ => no_table(name, <Self as Tables>::TABLES),
        }
    }
}

/// `cohorts`, a row a period: its first day `start`, and the other columns as for segments.
impl Tables for [ClvGroup<NaiveDate>] {
    const TABLES: &'static [&'static str] = &["cohorts"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "cohorts" => {
                let starts = self.iter().map(|line| line.group);
                clv_groups(Columns::new().dates("start", starts), self)
            }
            _ => no_table(name, <Self as Tables>::TABLES),
        }
    }
}

fn clv_groups<K>(columns: Columns, groups: &[ClvGroup<K>]) -> Result<RecordBatch> {
    let estimate = |of: fn(&crate::data::Estimate) -> f64| {
        let values = groups
            .iter()
            .map(move |line| line.estimate.as_ref().map(of));
        values.collect::<Vec<_>>()
    };
    columns
        .counts("customers", groups.iter().map(|line| line.customers))
        .known("value", groups.iter().map(|line| line.total))
        .known("se", estimate(|it| it.se))
        .known("lower", estimate(|it| it.lo))
        .known("upper", estimate(|it| it.hi))
        .finish()
}

/// `renewals`, a row a renewal, from the first: `renewal`, how many made it, `renewed`, and how many
/// came to it and did not, `lost`; their `retention`; and the share still there after it, `survival`.
impl Tables for ContractHistories {
    const TABLES: &'static [&'static str] = &["renewals"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "renewals" => Columns::new()
                .counts("renewal", 1..=self.renewed().len())
                .counts("renewed", self.renewed().iter().copied())
                .counts("lost", self.lost().iter().copied())
                .known("retention", self.retention())
                .known("survival", self.survival().into_iter().skip(1))
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}
