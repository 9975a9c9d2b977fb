//! Which actions there is room for.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::{Action, ActionParams, choose::Choice};
use crate::data::Customers;

/// A sum of amounts in two parts, the second what rounding took off the first (Neumaier 1974,
/// doi:10.1002/zamm.19740540106): the same to the last digit in any order, so that a budget holds for
/// the list as well, which is in another order.
#[derive(Clone, Copy, Default)]
pub(super) struct Total {
    sum: f64,
    lost: f64,
}

impl Total {
    pub(super) fn plus(self, amount: f64) -> Self {
        let sum = self.sum + amount;
        let lost = if self.sum.abs() >= amount.abs() {
            (self.sum - sum) + amount
        } else {
            (amount - sum) + self.sum
        };
        Self {
            sum,
            lost: self.lost + lost,
        }
    }

    pub(super) fn of(amounts: impl Iterator<Item = f64>) -> f64 {
        amounts.fold(Self::default(), Self::plus).get()
    }

    pub(super) fn get(self) -> f64 {
        let total = self.sum + self.lost;
        // Beyond all numbers what was lost is none.
        if total.is_nan() { self.sum } else { total }
    }
}

/// The order of the list: by falling gain, those to let go last and by falling value at stake; ties
/// in the order of the keys, which is not that of the customers.
fn by_rank(a: &Choice, b: &Choice, customers: &Customers) -> Ordering {
    let last = |choice: &Choice| choice.action == Action::LetGo;
    let amount = |choice: &Choice| match choice.action {
        Action::LetGo => choice.value_at_stake,
        _ => choice.gain,
    };
    let by_amount = || amount(b).total_cmp(&amount(a));
    let by_key = || customers.key(a.customer).cmp(&customers.key(b.customer));
    last(a).cmp(&last(b)).then_with(by_amount).then_with(by_key)
}

/// Those that there is room for, in the order of the list.
pub(super) fn select(
    params: &ActionParams,
    customers: &Customers,
    mut offered: Vec<Choice>,
) -> Vec<Choice> {
    if let Some(budget) = params.budget {
        offered = within(budget, customers, offered);
    }
    let order = |a: &Choice, b: &Choice| by_rank(a, b, customers);
    if let Some(count) = params.count.filter(|&count| count < offered.len()) {
        // The first so many, whose order among them comes below.
        offered.select_nth_unstable_by(count, order);
        offered.truncate(count);
    }
    offered.par_sort_unstable_by(order);
    offered
}

/// Those that fit, the best by gain for what is spent first (Dantzig 1957, doi:10.1287/opre.5.2.266).
fn within(budget: f64, customers: &Customers, offered: Vec<Choice>) -> Vec<Choice> {
    // To let go is 0 / 0, and fits wherever it comes.
    let rate = |choice: &Choice| choice.gain / choice.spend;
    let mut rated: Vec<(f64, Choice)> = offered
        .into_iter()
        .map(|choice| (rate(&choice), choice))
        .collect();
    rated.par_sort_unstable_by(|(rate_a, a), (rate_b, b)| {
        rate_b
            .total_cmp(rate_a)
            .then_with(|| by_rank(a, b, customers))
    });
    // A hundred times .55 is 55, but not to the last digit: a price and the budget are rounded too.
    let budget = budget * (1.0 + 4.0 * f64::EPSILON);
    let mut spent = Total::default();
    let fits = |(_, choice): (f64, Choice)| {
        let with = spent.plus(choice.spend);
        let fits = with.get() <= budget;
        if fits {
            spent = with;
        }
        fits.then_some(choice)
    };
    rated.into_iter().filter_map(fits).collect()
}
