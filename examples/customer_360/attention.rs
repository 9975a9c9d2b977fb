//! Whom to look at first: good customers who have gone quiet.

use std::{cmp::Reverse, fmt};

use custometry::{
    data::{Assignments, CustomerIx},
    value::Summary,
};
use serde::Serialize;

use crate::common::{
    money::Money,
    tables::{self, count, or_none, table},
};

/// The segments of those who used to buy often and have not for a while.
const GONE_QUIET: [&str; 3] = ["Can't lose", "At risk", "Need attention"];

/// How many are listed.
const LISTED: usize = 10;

#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct Attention {
    customers: Vec<Customer>,
    #[serde(skip)]
    of: usize,
    #[serde(skip)]
    currency: String,
}

#[derive(Serialize)]
struct Customer {
    key: String,
    segment: String,
    days_since_last: Option<u32>,
    purchase_days: u32,
    revenue: Option<Money>,
}

impl Attention {
    pub(crate) fn new(summary: &Summary, segments: &Assignments) -> Self {
        let quiet = |customer: &CustomerIx| {
            let name = segments.name_of(customer.at());
            name.is_some_and(|name| GONE_QUIET.contains(&name))
        };
        let mut quiet: Vec<CustomerIx> = summary.customers().numbers().filter(quiet).collect();
        // The sort is stable: of equals, who came first in the file comes first.
        quiet.sort_by_key(|&customer| Reverse(summary.total_money(customer)));
        let describe = |&customer: &CustomerIx| Customer {
            key: or_none(summary.customers().key(customer)),
            segment: or_none(segments.name_of(customer.at())),
            days_since_last: summary.days_since_last(customer),
            purchase_days: summary.frequency()[customer.at()] + 1,
            revenue: (summary.total_money(customer))
                .map(|money| Money::new(money, summary.currency())),
        };
        Self {
            customers: quiet.iter().take(LISTED).map(describe).collect(),
            of: quiet.len(),
            currency: summary.currency().code().to_owned(),
        }
    }
}

impl fmt::Display for Attention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second, third] = GONE_QUIET;
        if self.of == 0 {
            return writeln!(f, "Nobody is in {first}, {second} or {third}.");
        }
        let revenue = format!("Revenue, {}", self.currency);
        let headers = [
            "Customer",
            "Segment",
            "Days since last purchase",
            "Purchase days",
            &revenue,
        ];
        let rows = self.customers.iter().map(|customer| {
            [
                tables::printable(&customer.key),
                customer.segment.clone(),
                or_none(customer.days_since_last),
                count(customer.purchase_days),
                or_none(customer.revenue),
            ]
        });
        writeln!(f, "{}", table(headers, 2, rows))?;
        writeln!(
            f,
            "By revenue, of the {} in {first}, {second} and {third}.",
            count(self.of)
        )
    }
}
