//! How many customers there really are, and how wrong the figures are if every key is
//! taken for one of them.

use std::fmt;

use custometry::{
    data::{Currency, Estimate},
    overview::{BaseFigures, IdentityChapter},
};
use serde::Serialize;

use crate::{
    common::tables::{count, or_none, percent, table_of},
    counts::Counts,
    identity::{Identity, Intervals, Truth},
};

/// The figures by key and those by person. `--json` writes each under its own key.
#[derive(Serialize)]
pub(crate) struct HowMany {
    fragmented: Figures,
    resolved: Figures,
    identity: Identity,
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
    repeat_rate: Option<f64>,
    revenue_per_customer: Option<f64>,
}

impl Figures {
    fn new(base: &BaseFigures, currency: Currency) -> Self {
        Self {
            counts: Counts::new(base, currency),
            repeat_rate: base.repeat_rate,
            revenue_per_customer: base.revenue_per_customer,
        }
    }
}

impl HowMany {
    /// From the file as it is keyed, and the customers that were resolved, of that file or
    /// of one that people were put into, with the truth about them; none without a log.
    pub(crate) fn new(
        as_keyed: &BaseFigures,
        chapter: &IdentityChapter,
        truth: Option<Truth>,
        currency: Currency,
    ) -> Option<Self> {
        Some(Self {
            fragmented: Figures::new(&chapter.fragmented?, currency),
            resolved: Figures::new(&chapter.resolved?, currency),
            identity: Identity::new(chapter, truth, currency)?,
            intervals: Intervals::new(chapter),
            as_keyed: Figures::new(as_keyed, currency),
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
                let share = percent(of.repeat_rate.map(|rate| 1.0 - rate));
                format!("{} ({share})", count(of.counts.one_time))
            }),
            row("Repeat purchase days", &|of| count(of.counts.repeat_days)),
            row("Repeat rate", &|of| percent(of.repeat_rate)),
            row(
                &format!("Revenue per customer, {}", self.currency.code()),
                &|of| {
                    let each = of.revenue_per_customer;
                    or_none(each.map(|each| count(format!("{each:.decimals$}"))))
                },
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
            percent(self.fragmented.repeat_rate),
            percent(self.resolved.repeat_rate)
        )
    }

    /// How sure it is who is who.
    fn show_sureness(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = &self.identity;
        writeln!(
            f,
            "Records of people: {}, found to be of {} people; pairs compared: {}.",
            count(found.records),
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
        if let Some(truth) = found.truth.map(|truth| truth.pairwise) {
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
        if let Some(in_doubt) = &self.identity.in_doubt {
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

impl fmt::Display for HowMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.show_figures(f)?;
        self.show_sureness(f)?;
        self.show_unknown(f)?;
        for note in &self.identity.notes {
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
