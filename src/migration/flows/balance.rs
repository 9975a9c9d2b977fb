//! The balance of each state and step.

use serde::Serialize;

use super::{Flows, count::Sums, minor, state::Cell};
use crate::data::{MinorUnits, Segment};

/// What a state had before a step, what went in and out, and what it has now.
///
/// # Example
///
/// See [`Flows::balance`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Balance {
    /// The number of the step, from 0.
    pub step: usize,
    /// The label of the period before.
    pub from: String,
    /// The label of the period after.
    pub to: String,
    /// The state; `None` for all states together.
    pub state: Option<Segment>,
    /// In customers.
    pub customers: CustomerBalance,
    /// In money; `None` without values.
    pub money: Option<MoneyBalance>,
}

/// A balance in customers:
///
/// ```text
/// closing = opening + born + returned + arrived - left - paused - churned
/// opening = stayed + left + paused + churned
/// ```
///
/// # Example
///
/// See [`Flows::balance`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct CustomerBalance {
    /// In the state before.
    pub opening: u64,
    /// New customers.
    pub born: u64,
    /// Customers who had been inactive.
    pub returned: u64,
    /// From other states.
    pub arrived: u64,
    /// To other states.
    pub left: u64,
    /// Inactive now, and seen again later.
    pub paused: u64,
    /// Not seen again.
    pub churned: u64,
    /// In the state now.
    pub closing: u64,
    /// In the state before and now.
    pub stayed: u64,
}

/// A balance in money: who goes takes the money of before along, who comes brings that of now.
///
/// ```text
/// closing = opening + born + returned + arrived + change - left - paused - churned
/// ```
///
/// # Example
///
/// See [`Flows`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct MoneyBalance {
    /// The money of the state before.
    pub opening: MinorUnits,
    /// Money of new customers, now.
    pub born: MinorUnits,
    /// Money of customers who had been inactive, now.
    pub returned: MinorUnits,
    /// Money of customers from other states, now.
    pub arrived: MinorUnits,
    /// Money of those who stayed, now, less their money before.
    pub change: MinorUnits,
    /// Money, before, of customers who went to other states.
    pub left: MinorUnits,
    /// Money, before, of customers who are inactive now.
    pub paused: MinorUnits,
    /// Money, before, of customers who are not seen again.
    pub churned: MinorUnits,
    /// The money of the state now.
    pub closing: MinorUnits,
}

/// What went in and out of a state, by kind.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Terms {
    pub(super) born: Sums,
    pub(super) returned: Sums,
    pub(super) arrived: Sums,
    pub(super) stayed: Sums,
    pub(super) left: Sums,
    pub(super) paused: Sums,
    pub(super) churned: Sums,
}

impl Terms {
    /// The terms of each state over some steps.
    pub(super) fn of<'a>(cells: impl IntoIterator<Item = &'a Cell>, order: usize) -> Vec<Self> {
        let mut all = vec![Self::default(); order];
        for &Cell { from, to, sums } in cells {
            if from == to && from < order {
                all[from].stayed.add(sums);
                continue;
            }
            if let Some(terms) = all.get_mut(from) {
                let term = match to.checked_sub(order) {
                    None => &mut terms.left,
                    Some(1) => &mut terms.paused,
                    Some(_) => &mut terms.churned,
                };
                term.add(sums);
            }
            if let Some(terms) = all.get_mut(to) {
                let term = match from.checked_sub(order) {
                    None => &mut terms.arrived,
                    Some(0) => &mut terms.born,
                    Some(_) => &mut terms.returned,
                };
                term.add(sums);
            }
        }
        all
    }

    /// All states as one: who goes from one state to another stays.
    fn together(all: &[Self]) -> Self {
        let mut together = Self::default();
        for terms in all {
            together.born.add(terms.born);
            together.returned.add(terms.returned);
            together.stayed.add(terms.stayed);
            together.stayed.add(terms.left);
            together.paused.add(terms.paused);
            together.churned.add(terms.churned);
        }
        together
    }
}

impl Flows {
    /// The balance of every state in every step, steps first.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::migration::SegmentPanel;
    ///
    /// let panel = SegmentPanel::builder()
    ///     .int_keys(&[1, 2, 3, 2, 3, 4, 1])
    ///     .periods(&["1", "1", "1", "2", "2", "2", "3"])
    ///     .segments(&["a", "a", "b", "b", "b", "b", "a"])
    ///     .build()?;
    /// let balance = panel.flows()?.balance();
    /// assert_eq!(balance.len(), 4); // two states, two steps
    /// let a = balance[0].customers;
    /// assert_eq!((a.opening, a.left, a.paused, a.closing), (2, 1, 1, 0));
    /// let b = balance[1].customers;
    /// assert_eq!((b.opening, b.stayed, b.arrived, b.born, b.closing), (1, 1, 1, 1, 3));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn balance(&self) -> Vec<Balance> {
        let rows = (0..self.steps()).flat_map(|step| {
            let terms = Terms::of(&self.state.steps[step], self.order());
            let rows = terms.into_iter().enumerate();
            rows.map(move |(place, terms)| {
                let [opening, closing] = [step, step + 1].map(|at| self.stocks[at][place]);
                let state = Some(self.states()[place].clone());
                self.balance_of(step, state, opening, closing, &terms)
            })
        });
        rows.collect()
    }

    /// The balance of all states together in every step: nobody arrives from other states or leaves
    /// for them, and `change` is that of all who were in a state before and are in one now.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::migration::SegmentPanel;
    /// # let panel = SegmentPanel::builder()
    /// #     .int_keys(&[1, 2, 3, 2, 3, 4, 1])
    /// #     .periods(&["1", "1", "1", "2", "2", "2", "3"])
    /// #     .segments(&["a", "a", "b", "b", "b", "b", "a"])
    /// #     .build()?;
    /// let last = panel.flows()?.total_balance()[1].customers;
    /// assert_eq!((last.opening, last.churned, last.returned, last.closing), (3, 3, 1, 1));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn total_balance(&self) -> Vec<Balance> {
        let total = |period: usize| {
            let mut total = Sums::default();
            for &stock in &self.stocks[period][..self.order()] {
                total.add(stock);
            }
            total
        };
        let rows = (0..self.steps()).map(|step| {
            let terms = Terms::of(&self.state.steps[step], self.order());
            let terms = Terms::together(&terms);
            self.balance_of(step, None, total(step), total(step + 1), &terms)
        });
        rows.collect()
    }

    fn balance_of(
        &self,
        step: usize,
        state: Option<Segment>,
        opening: Sums,
        closing: Sums,
        terms: &Terms,
    ) -> Balance {
        let customers = CustomerBalance {
            opening: opening.customers,
            born: terms.born.customers,
            returned: terms.returned.customers,
            arrived: terms.arrived.customers,
            left: terms.left.customers,
            paused: terms.paused.customers,
            churned: terms.churned.customers,
            closing: closing.customers,
            stayed: terms.stayed.customers,
        };
        let money = self.currency().map(|_| MoneyBalance {
            opening: minor(opening.before),
            born: minor(terms.born.after),
            returned: minor(terms.returned.after),
            arrived: minor(terms.arrived.after),
            change: minor(terms.stayed.after - terms.stayed.before),
            left: minor(terms.left.before),
            paused: minor(terms.paused.before),
            churned: minor(terms.churned.before),
            closing: minor(closing.before),
        });
        Balance {
            step,
            from: self.periods()[step].clone(),
            to: self.periods()[step + 1].clone(),
            state,
            customers,
            money,
        }
    }
}
