//! Who makes money and who loses it, and how much hangs on how few.

use std::fmt;

use chrono::NaiveDate;
use custometry::{
    data::{Currency, MinorUnits},
    value::{AbcParams, CustomerProfit, ProfitBasis, Profitability, WhaleCurve},
};
use serde::Serialize;

use super::{
    Result,
    money::Money,
    tables::{self, count, or_none, percent, table},
};

/// How many customers are listed on either side.
const LISTED: usize = 10;

#[derive(Serialize)]
pub(crate) struct Profits {
    basis: ProfitBasis,
    /// With a row up to the day.
    customers: u64,
    gross_sales: Money,
    refunds: Money,
    net_sales: Money,
    costs: Money,
    contribution: Money,
    profit: Money,
    whale: Whale,
    /// Of net sales.
    gini: Option<f64>,
    top_decile_share: Option<f64>,
    deciles: Vec<Tenth>,
    abc: Vec<Group>,
    unprofitable_customers: Vec<Customer>,
    most_profitable: Vec<Customer>,
    /// What profit is, and what cannot be told and why.
    statement: String,
    #[serde(skip)]
    notes: Notes,
    #[serde(skip)]
    currency: Currency,
}

/// The profit of the best customers together, from one to all.
#[derive(Serialize)]
struct Whale {
    peak: Money,
    total: Money,
    peak_percent: Option<f64>,
    loss_drag: Option<f64>,
    profitable: usize,
    unprofitable: usize,
    break_even: Option<usize>,
}

#[derive(Serialize)]
struct Tenth {
    decile: u32,
    customers: u64,
    net_sales: Money,
    profit: Money,
    cumulative_profit: Money,
    lowest_profit: Option<Money>,
}

#[derive(Serialize)]
struct Group {
    class: String,
    customers: u64,
    net_sales: Money,
    profit: Money,
}

#[derive(Serialize)]
struct Customer {
    key: String,
    net_sales: Money,
    costs: Money,
    profit: Money,
}

/// What profit is, and what cannot be told; each reason once.
struct Notes(Vec<String>);

impl Notes {
    /// The answer, or none and a note.
    fn answer<T>(&mut self, what: &str, told: custometry::Result<T>) -> Option<T> {
        match told {
            Ok(told) => Some(told),
            Err(error) => {
                self.0.push(format!("{what} cannot be told: {error}."));
                None
            }
        }
    }
}

impl Whale {
    fn new(curve: &WhaleCurve, currency: Currency, notes: &mut Notes) -> Self {
        // The three are refused for one reason.
        let shares = || {
            Ok((
                curve.peak_percent()?,
                curve.loss_drag()?,
                curve.break_even()?,
            ))
        };
        let shares = notes.answer("The peak as a share of all profit", shares());
        Self {
            peak: Money::new(curve.peak(), currency),
            total: Money::new(curve.total(), currency),
            peak_percent: shares.map(|(peak, _, _)| peak),
            loss_drag: shares.map(|(_, drag, _)| drag),
            profitable: curve.profitable(),
            unprofitable: curve.unprofitable(),
            break_even: shares.map(|(_, _, customers)| customers),
        }
    }
}

impl Profits {
    /// Of profits up to the end of a day.
    pub(crate) fn new(profits: &Profitability, as_of: NaiveDate) -> Result<Self> {
        let ladder = profits.ladder()?;
        let currency = profits.currency();
        let money = |minor: MinorUnits| Money::new(minor, currency);

        let mut notes = Notes(vec![format!("Basis: {}.", profits.basis().statement())]);
        let whale = Whale::new(&profits.whale_curve()?, currency, &mut notes);
        let sales = profits.concentration()?;
        let gini = notes.answer("How unevenly net sales are spread", sales.gini());
        let top_decile_share = match gini {
            // For the same reason.
            None => None,
            Some(_) => notes.answer("The share of the best tenth", sales.share_of_top(0.1)),
        };
        let classes = AbcParams::default().assign(profits, as_of);
        let abc = match notes.answer("Classes", classes) {
            None => Vec::new(),
            Some(classes) => {
                let name = |id| {
                    let mut all = classes.segments().iter();
                    or_none(all.find(|class| Some(class.id) == id).map(|c| &c.name))
                };
                let groups = profits.by_segment(&classes)?;
                let class = |group: &custometry::value::ProfitGroup<_>| Group {
                    class: name(group.group),
                    customers: group.customers,
                    net_sales: money(group.net_sales),
                    profit: money(group.profit),
                };
                groups.iter().map(class).collect()
            }
        };
        let decile = |decile: &custometry::value::ProfitDecile| Tenth {
            decile: decile.decile,
            customers: decile.customers,
            net_sales: money(decile.net_sales),
            profit: money(decile.profit),
            cumulative_profit: money(decile.cumulative_profit),
            lowest_profit: decile.lowest_profit.map(money),
        };
        let customer = |customer: &CustomerProfit| Customer {
            key: or_none(profits.customers().key(customer.who)),
            net_sales: money(customer.net_sales),
            costs: money(customer.costs),
            profit: money(customer.profit),
        };
        let list = |customers: Vec<CustomerProfit>| customers.iter().map(customer).collect();
        Ok(Self {
            basis: profits.basis(),
            customers: ladder.customers,
            gross_sales: money(ladder.gross_sales),
            refunds: money(ladder.refunds),
            net_sales: money(ladder.net_sales),
            costs: money(ladder.costs),
            contribution: money(ladder.contribution),
            profit: money(ladder.profit),
            whale,
            gini,
            top_decile_share,
            deciles: profits.deciles()?.iter().map(decile).collect(),
            abc,
            unprofitable_customers: list(profits.unprofitable(LISTED)),
            most_profitable: list(profits.most_profitable(LISTED)),
            statement: notes.0.join(" "),
            notes,
            currency,
        })
    }

    /// The customers of one side.
    fn list(&self, f: &mut fmt::Formatter<'_>, side: &[Customer]) -> fmt::Result {
        let profit = format!("Profit, {}", self.currency.code());
        let headers = ["Customer", "Net sales", "Costs", &profit];
        let rows = side.iter().map(|customer| {
            [
                tables::printable(&customer.key),
                customer.net_sales.to_string(),
                customer.costs.to_string(),
                customer.profit.to_string(),
            ]
        });
        writeln!(f, "{}", table(headers, 1, rows))
    }

    /// From gross sales to profit, and how it is spread.
    fn ladder(&self) -> String {
        let (whale, currency) = (&self.whale, self.currency.code());
        let of = |amount: Money, share: Option<f64>, what: &str| match share {
            Some(share) => format!("{amount} ({share:.1}% of {what})"),
            None => amount.to_string(),
        };
        let line = |label: &str, value: String| [label.to_owned(), value];
        let whole = |value: Option<usize>| or_none(value.map(count));
        table(
            ["", ""],
            1,
            [
                line(
                    &format!("Gross sales, {currency}"),
                    self.gross_sales.to_string(),
                ),
                line("  refunds", self.refunds.to_string()),
                line("Net sales", self.net_sales.to_string()),
                line("  costs", self.costs.to_string()),
                line("Profit", self.profit.to_string()),
                line(
                    "  of those who make one",
                    of(whale.peak, whale.peak_percent, "it"),
                ),
                line("Customers", count(self.customers)),
                line("  who make a profit", count(whale.profitable)),
                line("  who make a loss", count(whale.unprofitable)),
                line(
                    "  who are enough for the profit of all",
                    whole(whale.break_even),
                ),
                line(
                    "Gini coefficient of net sales",
                    or_none(self.gini.map(|gini| format!("{gini:.3}"))),
                ),
                line(
                    "Share of the best tenth in net sales",
                    percent(self.top_decile_share),
                ),
            ],
        )
    }
}

impl fmt::Display for Profits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if matches!(self.basis, ProfitBasis::Revenue) {
            writeln!(
                f,
                "If a column holds the costs of the rows, name it: --cost COL."
            )?;
        }
        for note in &self.notes.0 {
            writeln!(f, "{note}")?;
        }
        writeln!(f, "{}", self.ladder())?;
        let profit = format!("Profit, {}", self.currency.code());
        let tenths = self.deciles.iter().filter(|decile| decile.customers > 0);
        let rows = tenths.map(|decile| {
            [
                format!("{}", decile.decile),
                count(decile.customers),
                decile.net_sales.to_string(),
                decile.profit.to_string(),
                decile.cumulative_profit.to_string(),
                or_none(decile.lowest_profit),
            ]
        });
        let headers = [
            "Tenth",
            "Customers",
            "Net sales",
            &profit,
            "So far",
            "Lowest",
        ];
        writeln!(f, "Tenths of the customers by falling profit:")?;
        writeln!(f, "{}", table(headers, 0, rows))?;
        if !self.abc.is_empty() {
            let rows = self.abc.iter().map(|class| {
                [
                    class.class.clone(),
                    count(class.customers),
                    class.net_sales.to_string(),
                    percent(class.net_sales.share_of(self.net_sales)),
                    class.profit.to_string(),
                ]
            });
            writeln!(f, "Classes by net sales:")?;
            let headers = ["Class", "Customers", "Net sales", "Share", &profit];
            writeln!(f, "{}", table(headers, 1, rows))?;
        }
        writeln!(f, "The most profitable:")?;
        self.list(f, &self.most_profitable)?;
        if self.unprofitable_customers.is_empty() {
            return writeln!(f, "Nobody makes a loss.");
        }
        writeln!(f, "The largest losses:")?;
        self.list(f, &self.unprofitable_customers)
    }
}
