//! Movements added up.

use serde::Serialize;

use super::{
    Movement,
    moves::{Seen, persistence},
};
use crate::{Result, data::MinorUnits};

/// The bridge of some customers, exact to the minor unit.
///
/// # Example
///
/// ```
/// # use custometry::{data::{Window, date_of_day}, simulate::PurchaseLogParams, value::*};
/// # let log = PurchaseLogParams::default().generate()?.transactions;
/// # let state = SummaryState::new(&log)?;
/// # let days = |first, last| Window::new(date_of_day(first).unwrap(), date_of_day(last).unwrap());
/// let bridge = BridgeParams::new(days(9_862, 10_042)?, days(10_043, 10_223)?).evaluate(&state)?;
/// let line = bridge.total()?;
/// let gains = line.new.0 + line.reactivated.0 + line.expansion.0;
/// let losses = line.contraction.0 + line.lost.0;
/// assert_eq!(line.opening.0 + gains + losses, line.closing.0);
/// // Customers came in the first twelve weeks only.
/// assert_eq!(line.customers.new, 0);
/// assert!(line.net_retention().unwrap() < 1.0);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BridgeLine {
    /// The money of the opening period.
    pub opening: MinorUnits,
    /// Of customers who bought for the first time.
    pub new: MinorUnits,
    /// Of customers who came back.
    pub reactivated: MinorUnits,
    /// Of customers with more money than before; at least 0.
    pub expansion: MinorUnits,
    /// Of customers with less money than before; at most 0.
    pub contraction: MinorUnits,
    /// Of customers who bought no more.
    pub lost: MinorUnits,
    /// The money of the closing period.
    pub closing: MinorUnits,
    /// How many customers there are behind each.
    pub customers: BridgeCounts,
}

/// Customers by movement.
///
/// # Example
///
/// See [`BridgeLine`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BridgeCounts {
    /// Bought in the opening period.
    pub opening: u64,
    /// Bought for the first time.
    pub new: u64,
    /// Came back.
    pub reactivated: u64,
    /// Have more money than before.
    pub expansion: u64,
    /// Have less money than before.
    pub contraction: u64,
    /// Have the same money as before.
    pub unchanged: u64,
    /// Bought no more.
    pub lost: u64,
    /// Bought in the closing period.
    pub closing: u64,
}

/// The bridge of a group of customers, or of a channel or item.
///
/// # Example
///
/// See [`Bridge::by_segment`](super::Bridge::by_segment) and
/// [`BridgeParams::evaluate_labels`](super::BridgeParams::evaluate_labels).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct BridgeGroup<K> {
    /// Which group.
    pub group: K,
    /// Its bridge.
    pub line: BridgeLine,
    /// The chance that a part of the closing period lies on the side of the change
    /// when compared with a part of the opening one.
    pub persistence: f64,
}

impl BridgeLine {
    /// Closing less opening.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Window, date_of_day}, simulate::PurchaseLogParams, value::*};
    /// # let log = PurchaseLogParams::default().generate()?.transactions;
    /// # let state = SummaryState::new(&log)?;
    /// # let days = |first, last| Window::new(date_of_day(first).unwrap(), date_of_day(last).unwrap());
    /// let bridge = BridgeParams::new(days(9_862, 10_042)?, days(10_043, 10_223)?).evaluate(&state)?;
    /// let line = bridge.total()?;
    /// assert_eq!(line.change().0, line.closing.0 - line.opening.0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn change(&self) -> MinorUnits {
        MinorUnits(self.closing.0 - self.opening.0)
    }

    /// Net revenue retention: what the customers of the opening period bring in the
    /// closing one, as a share of what they brought. `None` unless the opening money
    /// is above 0.
    ///
    /// # Example
    ///
    /// See [`BridgeLine`].
    pub fn net_retention(&self) -> Option<f64> {
        let kept = i128::from(self.opening.0)
            + i128::from(self.expansion.0)
            + i128::from(self.contraction.0)
            + i128::from(self.lost.0);
        self.share_of_opening(kept)
    }

    /// Gross revenue retention: the same without expansion. `None` unless the opening
    /// money is above 0.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Window, date_of_day}, simulate::PurchaseLogParams, value::*};
    /// # let log = PurchaseLogParams::default().generate()?.transactions;
    /// # let state = SummaryState::new(&log)?;
    /// # let days = |first, last| Window::new(date_of_day(first).unwrap(), date_of_day(last).unwrap());
    /// let bridge = BridgeParams::new(days(9_862, 10_042)?, days(10_043, 10_223)?).evaluate(&state)?;
    /// let line = bridge.total()?;
    /// assert!(line.gross_retention() < line.net_retention());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn gross_retention(&self) -> Option<f64> {
        let kept =
            i128::from(self.opening.0) + i128::from(self.contraction.0) + i128::from(self.lost.0);
        self.share_of_opening(kept)
    }

    fn share_of_opening(&self, kept: i128) -> Option<f64> {
        (self.opening.0 > 0).then(|| kept as f64 / self.opening.0 as f64)
    }
}

/// Sums in the making.
#[derive(Clone)]
pub(super) struct Sums {
    /// Money by part: the opening period, then the closing one.
    parts: Vec<i128>,
    /// By place of the movement.
    money: [i128; MOVEMENTS],
    customers: [u64; MOVEMENTS],
    opening: u64,
    closing: u64,
}

const MOVEMENTS: usize = 6;

/// The place of a movement in the sums.
fn place(movement: Movement) -> usize {
    match movement {
        Movement::New => 0,
        Movement::Reactivated => 1,
        Movement::Expansion => 2,
        Movement::Contraction => 3,
        Movement::Unchanged => 4,
        Movement::Lost => 5,
    }
}

impl Sums {
    pub(super) fn new(parts: usize) -> Self {
        Self {
            parts: vec![0; 2 * parts],
            money: [0; MOVEMENTS],
            customers: [0; MOVEMENTS],
            opening: 0,
            closing: 0,
        }
    }

    /// Adds a customer, or nothing for one who did nothing.
    pub(super) fn add(&mut self, money: &[i64], movement: Option<Movement>, seen: Seen) {
        let Some(movement) = movement else { return };
        let (opening, closing) = money.split_at(money.len() / 2);
        let sum = |parts: &[i64]| parts.iter().map(|&part| i128::from(part)).sum::<i128>();
        for (total, part) in self.parts.iter_mut().zip(money) {
            *total += i128::from(*part);
        }
        self.money[place(movement)] += sum(closing) - sum(opening);
        self.customers[place(movement)] += 1;
        self.opening += u64::from(seen.has(Seen::OPENING));
        self.closing += u64::from(seen.has(Seen::CLOSING));
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (total, part) in self.parts.iter_mut().zip(&other.parts) {
            *total += part;
        }
        for at in 0..MOVEMENTS {
            self.money[at] += other.money[at];
            self.customers[at] += other.customers[at];
        }
        self.opening += other.opening;
        self.closing += other.closing;
    }

    /// Whether anybody did anything.
    pub(super) fn any(&self) -> bool {
        self.customers.iter().any(|&customers| customers > 0)
    }

    pub(super) fn group<K>(&self, group: K) -> Result<BridgeGroup<K>> {
        let money = |sum: i128| MinorUnits::from_sum(sum, "these customers together");
        let (opening, closing) = self.parts.split_at(self.parts.len() / 2);
        let of = |movement: Movement| money(self.money[place(movement)]);
        let count = |movement: Movement| self.customers[place(movement)];
        let line = BridgeLine {
            opening: money(opening.iter().sum())?,
            new: of(Movement::New)?,
            reactivated: of(Movement::Reactivated)?,
            expansion: of(Movement::Expansion)?,
            contraction: of(Movement::Contraction)?,
            lost: of(Movement::Lost)?,
            closing: money(closing.iter().sum())?,
            customers: BridgeCounts {
                opening: self.opening,
                new: count(Movement::New),
                reactivated: count(Movement::Reactivated),
                expansion: count(Movement::Expansion),
                contraction: count(Movement::Contraction),
                unchanged: count(Movement::Unchanged),
                lost: count(Movement::Lost),
                closing: self.closing,
            },
        };
        // So that the change of the line always exists.
        money(i128::from(line.closing.0) - i128::from(line.opening.0))?;
        Ok(BridgeGroup {
            group,
            line,
            persistence: persistence(opening, closing),
        })
    }
}
