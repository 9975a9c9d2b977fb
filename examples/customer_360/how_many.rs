//! How many customers there really are, and how wrong the figures are if every key is
//! taken for one of them.

use std::fmt;

use chrono::NaiveDate;
use custometry::data::{Currency, Estimate, Transactions};
use serde::Serialize;

use crate::{
    Analysis,
    common::{
        Result, progress,
        tables::{count, percent, table_of},
    },
    counts::Counts,
    identity::{Identity, Intervals, WhoIsWho},
    summarise,
};

/// The figures by key and those by person. `--json` writes each under its own key.
#[derive(Serialize)]
pub(crate) struct HowMany<'a> {
    fragmented: Figures,
    resolved: Figures,
    identity: &'a Identity,
    /// Of the resolved figures.
    intervals: Option<Intervals>,
    #[serde(skip)]
    as_keyed: Figures,
    #[serde(skip)]
    currency: Currency,
}

#[derive(Clone, Copy, Serialize)]
struct Figures {
    #[serde(flatten)]
    counts: Counts,
    /// The share of customers with two purchase days at least.
    repeat_rate: f64,
    revenue_per_customer: f64,
}

impl Figures {
    fn new(counts: Counts, currency: Currency) -> Self {
        let again = counts.customers - counts.one_time;
        Self {
            repeat_rate: again as f64 / counts.customers as f64,
            revenue_per_customer: currency.to_f64(counts.revenue.minor) / counts.customers as f64,
            counts,
        }
    }

    fn of(log: &Transactions, as_of: NaiveDate) -> Result<Self> {
        let (_, summary) = summarise(log, as_of, &mut progress::follow())?;
        Ok(Self::new(Counts::new(log, &summary)?, log.currency()))
    }
}

impl<'a> HowMany<'a> {
    /// From the file as it is keyed and its counts. The analysis is of that file if people
    /// were put into it, and of resolved customers otherwise.
    pub(crate) fn new(
        who: &'a WhoIsWho,
        as_keyed: Counts,
        log: &Transactions,
        analysis: &Analysis<'_>,
    ) -> Result<Self> {
        let (currency, as_of) = (analysis.log.currency(), analysis.summary.as_of());
        let as_keyed = Figures::new(as_keyed, currency);
        let (fragmented, resolved) = if let Some(log) = &who.fragmented {
            let resolved = Figures::of(&who.resolved.log, as_of)?;
            (Figures::of(log, as_of)?, resolved)
        } else {
            let counts = Counts::new(analysis.log, &analysis.summary)?;
            (as_keyed, Figures::new(counts, currency))
        };
        let keyed = who.fragmented.as_ref().unwrap_or(log);
        Ok(Self {
            intervals: who.intervals(keyed, as_of)?,
            fragmented,
            resolved,
            identity: &who.identity,
            as_keyed,
            currency,
        })
    }

    fn show_figures(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (headers, columns) = if self.identity.synthetic {
            (
                vec!["", "As keyed", "Fragmented", "Resolved"],
                vec![self.as_keyed, self.fragmented, self.resolved],
            )
        } else {
            (
                vec!["", "By key", "Resolved"],
                vec![self.fragmented, self.resolved],
            )
        };
        let row = |label: &str, value: &dyn Fn(&Figures) -> String| {
            let label = std::iter::once(label.to_owned());
            label.chain(columns.iter().map(value)).collect()
        };
        let decimals = usize::from(self.currency.scale());
        let rows: [Vec<String>; 5] = [
            row("Customers with a purchase", &|of| {
                count(of.counts.customers)
            }),
            row("  of them with one purchase day", &|of| {
                let share = percent(Some(1.0 - of.repeat_rate));
                format!("{} ({share})", count(of.counts.one_time))
            }),
            row("Repeat purchase days", &|of| count(of.counts.repeat_days)),
            row("Repeat rate", &|of| percent(Some(of.repeat_rate))),
            row(
                &format!("Revenue per customer, {}", self.currency.code()),
                &|of| count(format!("{:.decimals$}", of.revenue_per_customer)),
            ),
        ];
        writeln!(f, "{}", table_of(&headers, 1, rows))?;
        let matched = &self.identity.matched;
        if matched.known_customers == 0 {
            // There is a note that says why.
            return Ok(());
        }
        if matched.customers_before == matched.customers_after {
            return writeln!(f, "No two keys with purchases are of one person.");
        }
        let customers = |of: Figures| of.counts.customers as f64;
        writeln!(
            f,
            "If every key is taken for one customer, there are {} more customers than resolved, \
             and the repeat rate is {} in place of {}.",
            percent(Some(
                customers(self.fragmented) / customers(self.resolved) - 1.0
            )),
            percent(Some(self.fragmented.repeat_rate)),
            percent(Some(self.resolved.repeat_rate))
        )
    }

    /// How sure it is who is who.
    fn show_sureness(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Identity { records, found, .. } = self.identity;
        writeln!(
            f,
            "Records of people: {}, found to be of {} people; pairs compared: {}.",
            count(records),
            count(found.clusters),
            count(found.pairs_scored)
        )?;
        let Some(estimated) = &found.estimated else {
            return Ok(());
        };
        let mut headers = vec!["Pairs of records", "Estimated"];
        let label = |text: &str, share: f64| vec![text.to_owned(), percent(Some(share))];
        let mut rows = [
            label(
                "Right ones among the joined (precision)",
                estimated.precision,
            ),
            label("Joined ones among the right (recall)", estimated.recall),
        ];
        if let Some(truth) = &found.pairwise {
            headers.push("True");
            rows[0].push(percent(Some(truth.precision)));
            rows[1].push(percent(Some(truth.recall)));
        }
        writeln!(f, "{}", table_of(&headers, 1, rows))?;
        self.show_intervals(f)
    }

    /// What doubtful records leave open.
    fn show_intervals(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(intervals) = &self.intervals else {
            return Ok(());
        };
        let number = |of: &Estimate| {
            format!(
                "{} to {}",
                count(format!("{:.0}", of.lo)),
                count(format!("{:.0}", of.hi))
            )
        };
        let share = |of: &Estimate| format!("{} to {}", percent(Some(of.lo)), percent(Some(of.hi)));
        if let Some(in_doubt) = &self.identity.found.in_doubt {
            writeln!(
                f,
                "Merges of records in doubt, made or not: {}; clusters with pairs that speak \
                 against: {}.",
                count(in_doubt.merges),
                count(in_doubt.with_conflicts)
            )?;
        }
        let people = number(&intervals.people);
        write!(
            f,
            "By that doubt, if the model is right (95%): people {people}"
        )?;
        if let Some(of) = &intervals.with_purchase {
            let (customers, rate) = (number(&of.customers), share(&of.repeat_rate));
            write!(
                f,
                ", customers with a purchase {customers}, repeat rate {rate}"
            )?;
        }
        writeln!(f, ".")
    }

    /// How much of the log the records say nothing about.
    fn show_unknown(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let matched = &self.identity.matched;
        // Where nobody is known there is a note.
        if matched.unknown_customers == 0 || matched.known_customers == 0 {
            return Ok(());
        }
        writeln!(
            f,
            "Customers without a record: {}, with {} of {} rows and {} {} of revenue. They stay \
             customers of their own, as log:KEY.",
            count(matched.unknown_customers),
            count(matched.unknown_rows),
            count(matched.known_rows + matched.unknown_rows),
            matched.unknown_money,
            self.currency.code()
        )
    }
}

impl fmt::Display for HowMany<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.show_figures(f)?;
        self.show_sureness(f)?;
        self.show_unknown(f)?;
        for note in &self.identity.found.notes {
            writeln!(f, "{note}")?;
        }
        if self.identity.synthetic {
            writeln!(
                f,
                "The people are synthetic: each key was given a simulated record, and one key in \
                 five was taken apart into two (Fragmented), the second with a faulty copy of the \
                 record. All other chapters look at the keys of the file. With people of your own: \
                 customer_360 FILE --people PEOPLE.csv."
            )?;
        }
        Ok(())
    }
}
