//! The profit of each customer, and what all come to.

use std::{cmp::Reverse, fmt};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Allocation, Concentration, ProfitState, WhaleCurve, state::Sums};
use crate::{
    Error, Result,
    data::{Assignments, Currency, CustomerIx, Customers, MinorUnits, SegmentId, Window},
};

/// What customers cost besides their rows.
///
/// # Example
///
/// ```
/// use custometry::{data::{Currency, MinorUnits, Transactions},
///                  value::{Activity, ProfitParams, ProfitState}};
/// let log = Transactions::builder(Currency::EUR)
///     .text_keys(&["ann", "bob"])
///     .days(vec![0; 2])
///     .amounts(vec![10_000, 4_000])
///     .costs(vec![6_000, 3_000])
///     .build()?;
/// // A call centre that cost 20.00; Bob called three times as often.
/// let calls = Activity::new(MinorUnits(2_000)).allocate(&[1, 3])?;
/// let profits = ProfitParams::default()
///     .activity("calls", calls)
///     .cost_to_serve("credit", vec![100, 0])
///     .evaluate(&ProfitState::new(&log)?)?;
/// assert_eq!(profits.profit(), [3_400, -500]);
/// assert_eq!(profits.ladder()?.profit, MinorUnits(2_900));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct ProfitParams {
    lines: Vec<(String, Allocation)>,
}

/// What the profit of a log is made of.
///
/// # Example
///
/// ```
/// use custometry::{data::{Currency, Transactions}, value::{ProfitBasis, ProfitParams, ProfitState}};
/// let log = Transactions::builder(Currency::EUR).int_keys(&[1]).days(vec![0]).amounts(vec![5]).build()?;
/// let profits = ProfitParams::default().evaluate(&ProfitState::new(&log)?)?;
/// assert_eq!(profits.basis(), ProfitBasis::Revenue);
/// assert!(profits.basis().statement().contains("no costs"));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProfitBasis {
    /// Costs are known of the rows, of the customers, or both.
    Costs,
    /// No costs are known: profit is revenue.
    Revenue,
}

impl ProfitBasis {
    /// The basis in words.
    ///
    /// # Example
    ///
    /// See [`ProfitBasis`].
    pub fn statement(self) -> &'static str {
        match self {
            Self::Costs => "profit is net sales less the costs that are known",
            Self::Revenue => "no costs are known, so that profit is net sales",
        }
    }
}

/// The profit of each customer; columns in the order of the customers, in minor units.
///
/// A customer is *active* with a row in the period or a cost to serve; the others stay
/// in the columns with zeros, and out of ranks, counts and shares.
///
/// # Example
///
/// See [`ProfitParams`].
#[derive(Clone, PartialEq)]
pub struct Profitability {
    currency: Currency,
    window: Option<Window>,
    basis: ProfitBasis,
    customers: Customers,
    active: Vec<CustomerIx>,
    gross_sales: i128,
    lines: Vec<Line>,
    net_sales: Vec<i64>,
    costs: Vec<i64>,
    to_serve: Vec<i64>,
    profit: Vec<i64>,
}

/// A cost to serve in total.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    name: String,
    of_customers: i128,
    unallocated: i128,
}

/// From gross sales to profit, of all customers.
///
/// # Example
///
/// ```
/// use custometry::{data::{Currency, MinorUnits, Transactions},
///                  value::{Activity, ProfitParams, ProfitState}};
/// let log = Transactions::builder(Currency::EUR)
///     .text_keys(&["ann", "ann"])
///     .days(vec![0, 4])
///     .amounts(vec![10_000, -1_000])
///     .costs(vec![6_000, 200])
///     .build()?;
/// let visits = Activity::new(MinorUnits(900)).capacity(3).allocate(&[1])?;
/// let params = ProfitParams::default().activity("visits", visits);
/// let ladder = params.evaluate(&ProfitState::new(&log)?)?.ladder()?;
/// assert_eq!((ladder.gross_sales.0, ladder.refunds.0, ladder.net_sales.0), (10_000, -1_000, 9_000));
/// assert_eq!((ladder.costs.0, ladder.contribution.0), (6_200, 2_800));
/// assert_eq!(ladder.to_serve, [("visits".to_owned(), MinorUnits(300))]);
/// // Two of three visits were not made to anybody.
/// assert_eq!((ladder.of_customers.0, ladder.unallocated.0, ladder.profit.0), (2_500, 600, 1_900));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ProfitLadder {
    /// Active customers.
    pub customers: u64,
    /// Rows of amount 0 or more.
    pub gross_sales: MinorUnits,
    /// Rows below 0.
    pub refunds: MinorUnits,
    /// The two together.
    pub net_sales: MinorUnits,
    /// Costs of the rows.
    pub costs: MinorUnits,
    /// Net sales less the costs of the rows.
    pub contribution: MinorUnits,
    /// Costs to serve by name.
    pub to_serve: Vec<(String, MinorUnits)>,
    /// Contribution less costs to serve: the profit of all customers.
    pub of_customers: MinorUnits,
    /// Costs of activities that no customer bears.
    pub unallocated: MinorUnits,
    /// The profit of customers less that.
    pub profit: MinorUnits,
}

/// The profit of one customer.
///
/// # Example
///
/// ```
/// use custometry::{data::{Currency, Transactions}, value::{ProfitParams, ProfitState}};
/// let log = Transactions::builder(Currency::EUR)
///     .text_keys(&["ann", "bob"])
///     .days(vec![0; 2])
///     .amounts(vec![900, 500])
///     .costs(vec![400, 700])
///     .build()?;
/// let profits = ProfitParams::default().evaluate(&ProfitState::new(&log)?)?;
/// let worst = profits.unprofitable(10);
/// assert_eq!(worst.len(), 1);
/// assert_eq!((worst[0].net_sales.0, worst[0].costs.0, worst[0].profit.0), (500, 700, -200));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CustomerProfit {
    /// The customer.
    pub who: CustomerIx,
    /// Sales less refunds.
    pub net_sales: MinorUnits,
    /// Costs of the rows.
    pub costs: MinorUnits,
    /// Costs to serve.
    pub to_serve: MinorUnits,
    /// What is left.
    pub profit: MinorUnits,
}

/// The profit of a group of customers.
///
/// # Example
///
/// ```
/// # use custometry::{data::{Currency, Transactions, date_of_day}, value::*};
/// let log = Transactions::builder(Currency::EUR)
///     .text_keys(&["ann", "bob", "cid"])
///     .days(vec![0; 3])
///     .amounts(vec![900, 80, 20])
///     .costs(vec![500, 90, 5])
///     .build()?;
/// let profits = ProfitParams::default().evaluate(&ProfitState::new(&log)?)?;
/// let classes = AbcParams::default().assign(&profits, date_of_day(0).unwrap())?;
/// let table = profits.by_segment(&classes)?;
/// assert_eq!((table[1].net_sales.0, table[1].profit.0), (80, -10));
/// assert_eq!(table[1].margin(), Some(-0.125));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ProfitGroup<K> {
    /// Which group.
    pub group: K,
    /// Its active customers.
    pub customers: u64,
    /// Those of them who make a loss.
    pub unprofitable: u64,
    /// Sales less refunds.
    pub net_sales: MinorUnits,
    /// Costs of the rows.
    pub costs: MinorUnits,
    /// Costs to serve.
    pub to_serve: MinorUnits,
    /// What is left.
    pub profit: MinorUnits,
}

impl<K> ProfitGroup<K> {
    /// Profit as a share of net sales; `None` unless these are above 0.
    ///
    /// # Example
    ///
    /// See [`ProfitGroup`].
    pub fn margin(&self) -> Option<f64> {
        (self.net_sales.0 > 0).then(|| self.profit.0 as f64 / self.net_sales.0 as f64)
    }
}

/// A tenth of the active customers, by falling profit.
///
/// # Example
///
/// See [`Profitability::deciles`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ProfitDecile {
    /// 1 for the most profitable customers, 10 for the least.
    pub decile: u32,
    /// Its customers and what they come to.
    pub customers: u64,
    /// Sales less refunds.
    pub net_sales: MinorUnits,
    /// Profit.
    pub profit: MinorUnits,
    /// Profit of this decile and those above it.
    pub cumulative_profit: MinorUnits,
    /// The smallest profit in it; `None` if nobody is in it.
    pub lowest_profit: Option<MinorUnits>,
}

impl fmt::Debug for ProfitParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.lines.iter().map(|(name, _)| name);
        f.debug_list().entries(names).finish()
    }
}

impl fmt::Debug for Profitability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profitability")
            .field("customers", &self.customers.len())
            .field("active", &self.active.len())
            .field("basis", &self.basis)
            .finish_non_exhaustive()
    }
}

impl ProfitParams {
    /// A cost to serve by customer, in minor units, in the order of the customers.
    ///
    /// # Example
    ///
    /// See [`ProfitParams`].
    pub fn cost_to_serve(self, name: &str, costs: Vec<i64>) -> Self {
        self.activity(name, Allocation::known(costs))
    }

    /// The cost of an activity as it was shared out.
    ///
    /// # Example
    ///
    /// See [`ProfitParams`].
    pub fn activity(mut self, name: &str, allocation: Allocation) -> Self {
        self.lines.push((name.to_owned(), allocation));
        self
    }

    /// The profit of each customer.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`] unless costs to serve are of the same customers,
    /// [`Error::DuplicateKey`] for a name given twice, [`Error::Overflow`] if the money
    /// of one customer exceeds `i64`.
    ///
    /// # Example
    ///
    /// See [`ProfitParams`].
    pub fn evaluate(&self, state: &ProfitState) -> Result<Profitability> {
        let count = state.customers().len();
        let name_of = |at: usize| &self.lines[at].0;
        for (at, (name, line)) in self.lines.iter().enumerate() {
            Error::check_length(name, count, line.costs().len())?;
            if let Some(first) = (0..at).find(|&first| name_of(first) == name) {
                return Err(Error::DuplicateKey {
                    key: format!("cost to serve {name}").into(),
                    first_row: first,
                    row: at,
                });
            }
        }
        let sums = state.sums();
        let to_serve = |at: usize| -> i128 {
            let costs = self
                .lines
                .iter()
                .map(|(_, line)| i128::from(line.costs()[at]));
            costs.sum()
        };
        let column = |of: &(dyn Fn(usize) -> i128 + Sync)| -> Result<Vec<i64>> {
            let narrow = |at: usize| Ok(MinorUnits::from_sum(of(at), "one customer")?.0);
            (0..count).into_par_iter().map(narrow).collect()
        };
        let costed = |at: &usize| self.lines.iter().any(|(_, line)| line.costs()[*at] != 0);
        let active = (state.customers().numbers())
            .filter(|customer| sums[customer.at()].rows > 0 || costed(&customer.at()))
            .collect();
        let line = |(name, line): &(String, Allocation)| Line {
            name: name.clone(),
            of_customers: total(line.costs()),
            unallocated: line.unallocated().0.into(),
        };
        let basis = if state.costed() || !self.lines.is_empty() {
            ProfitBasis::Costs
        } else {
            ProfitBasis::Revenue
        };
        Ok(Profitability {
            currency: state.currency(),
            window: state.window(),
            basis,
            customers: state.customers().clone(),
            active,
            gross_sales: sums.iter().map(|sums: &Sums| i128::from(sums.sales)).sum(),
            lines: self.lines.iter().map(line).collect(),
            net_sales: column(&|at| sums[at].net_sales())?,
            costs: column(&|at| sums[at].costs())?,
            to_serve: column(&to_serve)?,
            profit: column(&|at| sums[at].net_sales() - sums[at].costs() - to_serve(at))?,
        })
    }
}

fn total(column: &[i64]) -> i128 {
    column.iter().map(|&money| i128::from(money)).sum()
}

fn minor(sum: i128) -> Result<MinorUnits> {
    MinorUnits::from_sum(sum, "these customers together")
}

/// Sums of a group in the making.
#[derive(Clone, Default)]
struct GroupSums {
    customers: u64,
    unprofitable: u64,
    net_sales: i128,
    costs: i128,
    to_serve: i128,
    profit: i128,
}

impl Profitability {
    /// The customers, in the order of the columns.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Currency, Transactions}, value::{ProfitParams, ProfitState}};
    /// let log = Transactions::builder(Currency::EUR).int_keys(&[4]).days(vec![0]).amounts(vec![5]).build()?;
    /// let profits = ProfitParams::default().evaluate(&ProfitState::new(&log)?)?;
    /// assert_eq!((profits.customers(), profits.currency()), (log.customers(), Currency::EUR));
    /// assert_eq!((profits.window(), profits.active().count()), (None, 1));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn customers(&self) -> &Customers {
        &self.customers
    }

    /// The currency of the money.
    ///
    /// # Example
    ///
    /// See [`customers`](Self::customers).
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// The period; `None` for all days.
    ///
    /// # Example
    ///
    /// See [`customers`](Self::customers).
    pub fn window(&self) -> Option<Window> {
        self.window
    }

    /// What the profit is made of.
    ///
    /// # Example
    ///
    /// See [`ProfitBasis`].
    pub fn basis(&self) -> ProfitBasis {
        self.basis
    }

    /// The active customers: those with rows in the period, or a cost to serve.
    ///
    /// # Example
    ///
    /// See [`customers`](Self::customers).
    pub fn active(&self) -> impl ExactSizeIterator<Item = CustomerIx> {
        self.active.iter().copied()
    }

    /// Sales less refunds of each customer.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Currency, Transactions}, value::{ProfitParams, ProfitState}};
    /// let log = Transactions::builder(Currency::EUR)
    ///     .int_keys(&[4, 4])
    ///     .days(vec![0, 1])
    ///     .amounts(vec![500, -100])
    ///     .costs(vec![200, 20])
    ///     .build()?;
    /// let params = ProfitParams::default().cost_to_serve("calls", vec![30]);
    /// let profits = params.evaluate(&ProfitState::new(&log)?)?;
    /// assert_eq!((profits.net_sales(), profits.costs()), (&[400][..], &[220][..]));
    /// assert_eq!((profits.to_serve(), profits.profit()), (&[30][..], &[150][..]));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn net_sales(&self) -> &[i64] {
        &self.net_sales
    }

    /// The costs of the rows of each customer.
    ///
    /// # Example
    ///
    /// See [`net_sales`](Self::net_sales).
    pub fn costs(&self) -> &[i64] {
        &self.costs
    }

    /// The costs to serve of each customer.
    ///
    /// # Example
    ///
    /// See [`net_sales`](Self::net_sales).
    pub fn to_serve(&self) -> &[i64] {
        &self.to_serve
    }

    /// The profit of each customer.
    ///
    /// # Example
    ///
    /// See [`net_sales`](Self::net_sales).
    pub fn profit(&self) -> &[i64] {
        &self.profit
    }

    /// From gross sales to profit, of all customers.
    ///
    /// # Errors
    ///
    /// [`Error::Overflow`] if the money of all exceeds `i64`.
    ///
    /// # Example
    ///
    /// See [`ProfitLadder`].
    pub fn ladder(&self) -> Result<ProfitLadder> {
        let (net_sales, costs) = (total(&self.net_sales), total(&self.costs));
        let of_customers = total(&self.profit);
        let unallocated = self.lines.iter().map(|line| line.unallocated).sum();
        let line = |line: &Line| Ok((line.name.clone(), minor(line.of_customers)?));
        Ok(ProfitLadder {
            customers: self.active.len() as u64,
            gross_sales: minor(self.gross_sales)?,
            refunds: minor(net_sales - self.gross_sales)?,
            net_sales: minor(net_sales)?,
            costs: minor(costs)?,
            contribution: minor(net_sales - costs)?,
            to_serve: self.lines.iter().map(line).collect::<Result<_>>()?,
            of_customers: minor(of_customers)?,
            unallocated: minor(unallocated)?,
            profit: minor(of_customers - unallocated)?,
        })
    }

    /// The profit of the best customer, the best two, and so on.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] if no customer is active; [`Error::Overflow`].
    ///
    /// # Example
    ///
    /// See [`WhaleCurve`].
    pub fn whale_curve(&self) -> Result<WhaleCurve> {
        WhaleCurve::new(self.active(), &self.profit)
    }

    /// How unevenly net sales are spread over the active customers.
    ///
    /// # Errors
    ///
    /// As [`Concentration::new`].
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{simulate::PurchaseLogParams, value::{ProfitParams, ProfitState}};
    /// # let log = PurchaseLogParams::default().generate()?.transactions;
    /// let profits = ProfitParams::default().evaluate(&ProfitState::new(&log)?)?;
    /// let sales = profits.concentration()?;
    /// assert!(sales.gini()? > 0.4 && sales.share_of_top(0.1)? > 0.3);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn concentration(&self) -> Result<Concentration> {
        let sales = self.active().map(|customer| self.net_sales[customer.at()]);
        Concentration::new(&sales.collect::<Vec<i64>>())
    }

    /// The active customers in tenths by falling profit, cut at floor(i n/10).
    ///
    /// # Errors
    ///
    /// As [`whale_curve`](Self::whale_curve).
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{simulate::PurchaseLogParams, value::{ProfitParams, ProfitState}};
    /// # let log = PurchaseLogParams::default().generate()?.transactions;
    /// let profits = ProfitParams::default().evaluate(&ProfitState::new(&log)?)?;
    /// let deciles = profits.deciles()?;
    /// assert_eq!((deciles.len(), deciles[0].customers), (10, 100));
    /// assert!(deciles.is_sorted_by_key(|decile| -decile.profit.0));
    /// assert_eq!(deciles[9].cumulative_profit, profits.whale_curve()?.total());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn deciles(&self) -> Result<Vec<ProfitDecile>> {
        let whale = self.whale_curve()?;
        let (order, cumulative) = (whale.order(), whale.cumulative());
        let n = order.len();
        // Of the customers before a place.
        let until = |place: usize| place.checked_sub(1).map_or(0, |at| cumulative[at]);
        (1..=10u32)
            .map(|decile| {
                let at = decile as usize;
                let (start, end) = ((at - 1) * n / 10, at * n / 10);
                let members = &order[start..end];
                let sales = members
                    .iter()
                    .map(|who| i128::from(self.net_sales[who.at()]));
                let lowest = members.last().map(|who| MinorUnits(self.profit[who.at()]));
                Ok(ProfitDecile {
                    decile,
                    customers: (end - start) as u64,
                    net_sales: minor(sales.sum())?,
                    profit: minor(i128::from(until(end)) - i128::from(until(start)))?,
                    cumulative_profit: MinorUnits(until(end)),
                    lowest_profit: lowest,
                })
            })
            .collect()
    }

    /// The profit of one customer; `None` for one that does not exist.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Currency, CustomerIx, Transactions}, value::{ProfitParams, ProfitState}};
    /// let log = Transactions::builder(Currency::EUR).int_keys(&[4]).days(vec![0]).amounts(vec![5]).build()?;
    /// let profits = ProfitParams::default().evaluate(&ProfitState::new(&log)?)?;
    /// assert_eq!(profits.of(CustomerIx(0)).unwrap().profit.0, 5);
    /// assert_eq!(profits.of(CustomerIx(1)), None);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn of(&self, customer: CustomerIx) -> Option<CustomerProfit> {
        let at = customer.at();
        Some(CustomerProfit {
            who: customer,
            net_sales: MinorUnits(*self.net_sales.get(at)?),
            costs: MinorUnits(self.costs[at]),
            to_serve: MinorUnits(self.to_serve[at]),
            profit: MinorUnits(self.profit[at]),
        })
    }

    /// The customers who make a loss, the largest first, at most so many. Equal ones
    /// are in the order of the customers.
    ///
    /// # Example
    ///
    /// See [`CustomerProfit`].
    pub fn unprofitable(&self, count: usize) -> Vec<CustomerProfit> {
        let losing = self
            .active()
            .filter(|customer| self.profit[customer.at()] < 0);
        self.first(
            count,
            losing.map(|who| (self.profit[who.at()], who)).collect(),
        )
    }

    /// The customers with the largest profit, at most so many. Equal ones are in the
    /// order of the customers.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{simulate::PurchaseLogParams, value::{ProfitParams, ProfitState}};
    /// # let log = PurchaseLogParams::default().generate()?.transactions;
    /// let profits = ProfitParams::default().evaluate(&ProfitState::new(&log)?)?;
    /// let best = profits.most_profitable(20);
    /// let whale = profits.whale_curve()?;
    /// assert_eq!(best.iter().map(|best| best.profit.0).sum::<i64>(), whale.cumulative()[19]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn most_profitable(&self, count: usize) -> Vec<CustomerProfit> {
        let profit = |who: CustomerIx| (Reverse(self.profit[who.at()]), who);
        self.first(count, self.active().map(profit).collect())
    }

    /// The first in the order of a rank.
    fn first<R: Ord>(&self, count: usize, mut ranked: Vec<(R, CustomerIx)>) -> Vec<CustomerProfit> {
        if count > 0 && count < ranked.len() {
            ranked.select_nth_unstable(count - 1);
        }
        ranked.truncate(count);
        ranked.sort_unstable();
        let of = |(_, who)| self.of(who);
        ranked.into_iter().filter_map(of).collect()
    }

    /// Each segment, in the order of the scheme, and at the end, as `None`, the active
    /// customers without one if there are any; together they are all customers.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`] unless the assignments are of the same customers;
    /// [`Error::Overflow`] if the money of a segment exceeds `i64`.
    ///
    /// # Example
    ///
    /// See [`ProfitGroup`].
    pub fn by_segment(
        &self,
        segments: &Assignments,
    ) -> Result<Vec<ProfitGroup<Option<SegmentId>>>> {
        Error::check_length("segment", self.customers.len(), segments.len())?;
        let count = segments.segments().len();
        let mut sums = vec![GroupSums::default(); count + 1];
        for customer in self.active() {
            let at = customer.at();
            let sum = &mut sums[segments.place(at).unwrap_or(count)];
            sum.customers += 1;
            sum.unprofitable += u64::from(self.profit[at] < 0);
            sum.net_sales += i128::from(self.net_sales[at]);
            sum.costs += i128::from(self.costs[at]);
            sum.to_serve += i128::from(self.to_serve[at]);
            sum.profit += i128::from(self.profit[at]);
        }
        let ids = segments.segments().iter().map(|segment| Some(segment.id));
        let groups = ids.chain([None]).zip(sums);
        let used = groups.filter(|(id, sums)| id.is_some() || sums.customers > 0);
        used.map(|(group, sums)| {
            Ok(ProfitGroup {
                group,
                customers: sums.customers,
                unprofitable: sums.unprofitable,
                net_sales: minor(sums.net_sales)?,
                costs: minor(sums.costs)?,
                to_serve: minor(sums.to_serve)?,
                profit: minor(sums.profit)?,
            })
        })
        .collect()
    }
}
