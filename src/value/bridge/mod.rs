//! The revenue bridge: what lies between the money of one period and of another.
//!
//! # Question
//!
//! Revenue went from here to there. How much of that is new customers, how much old
//! ones who came back, bought more, bought less or were lost? Who gained, who
//! declined, and does it last?
//!
//! # Definition
//!
//! ```text
//! closing = opening + new + reactivated + expansion + contraction + lost
//! ```
//!
//! exactly, in minor units, for all customers, each segment, and each channel or item.
//! Each customer makes one movement, the money of the closing period less that of the
//! opening one; which, the purchases say:
//!
//! ```text
//! bought in       opening   closing
//!                 no        yes       new, or reactivated if there is an earlier purchase
//!                 yes       no        lost
//!                 yes       yes       expansion or contraction, by the sign
//!                 no        no        the same: refunds of earlier purchases
//! ```
//!
//! By channel or item, what a customer is remains a matter of all purchases: one who
//! moves from the shop to the web is a contraction there and an expansion here, not
//! lost and new. New, reactivated and lost money therefore add up over channels to what
//! they are for all; expansion and contraction add up net.
//!
//! # How to read it
//!
//! A gain is worth most if it lasts. Both periods are cut into parts; the *persistence*
//! of a change is the chance that a part of the closing period, taken at random, lies
//! on the side of the change when compared with a part of the opening one, ties half
//! (the A of Vargha and Delaney 2000). 1 says that every part of the one is above, or
//! below, every part of the other; near one half, that one large day made the change.
//!
//! # Limits
//!
//! Compare periods of one length and season. Customers who bought before the log
//! begins are taken for new: the log should reach back well before the opening period.
//!
//! # Complexity
//!
//! One pass over the customer-days; lines and ranks, one over the customers.
//!
//! # References
//!
//! - Vargha, A. and Delaney, H. D. (2000). A critique and improvement of the CL common
//!   language effect size statistics of McGraw and Wong. *Journal of Educational and
//!   Behavioral Statistics* 25(2), 101-132. doi:10.3102/10769986025002101

mod line;
mod moves;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::line::{BridgeCounts, BridgeGroup, BridgeLine};
use self::{
    line::Sums,
    moves::{Moves, persistence},
};
use super::{LabelledState, Measure, SummaryState};
use crate::{
    Error, Result,
    data::{Assignments, Currency, CustomerIx, Customers, MinorUnits, SegmentId, Window},
    numeric::map_chunks,
};

/// Which periods to compare.
///
/// # Example
///
/// ```
/// use custometry::{data::{Currency, CustomerIx, Transactions, Window, date_of_day},
///                  value::{BridgeParams, Movement, SummaryState}};
///
/// // Ann buys more, Bob is lost, Cid is new.
/// let log = Transactions::builder(Currency::EUR)
///     .text_keys(&["ann", "bob", "ann", "cid"])
///     .days(vec![3, 5, 12, 19])
///     .amounts(vec![1000, 700, 1500, 400])
///     .build()?;
/// let days = |first, last| Window::new(date_of_day(first).unwrap(), date_of_day(last).unwrap());
/// let bridge = BridgeParams::new(days(0, 9)?, days(10, 19)?).evaluate(&SummaryState::new(&log)?)?;
/// let line = bridge.total()?;
/// assert_eq!((line.opening.0, line.closing.0), (1700, 1900));
/// assert_eq!((line.new.0, line.expansion.0, line.lost.0), (400, 500, -700));
/// assert_eq!(bridge.movements()[1], Some(Movement::Lost));
/// assert_eq!(bridge.gaining(1)[0].who, CustomerIx(0));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BridgeParams {
    opening: Window,
    closing: Window,
    #[serde(default = "three")]
    parts: u32,
}

fn three() -> u32 {
    3
}

/// What a customer did between two periods.
///
/// # Example
///
/// See [`BridgeParams`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Movement {
    /// Bought for the first time in the closing period.
    New,
    /// Bought in the closing period and some time before the opening one, or between
    /// the two.
    Reactivated,
    /// More money than in the opening period.
    Expansion,
    /// Less money than in the opening period.
    Contraction,
    /// The same money as in the opening period.
    Unchanged,
    /// Bought in the opening period only.
    Lost,
}

impl Movement {
    /// The movement in a word, for tables.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(custometry::value::Movement::Reactivated.name(), "reactivated");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Reactivated => "reactivated",
            Self::Expansion => "expansion",
            Self::Contraction => "contraction",
            Self::Unchanged => "unchanged",
            Self::Lost => "lost",
        }
    }
}

/// Who changed, by how much, and whether it lasts.
///
/// # Example
///
/// ```
/// use custometry::{data::{Currency, Transactions, Window, date_of_day},
///                  value::{BridgeParams, SummaryState}};
/// // Both double: Ann month by month, Bob by one large purchase.
/// let log = Transactions::builder(Currency::EUR)
///     .text_keys(&["ann", "ann", "ann", "ann", "ann", "ann", "bob", "bob"])
///     .days(vec![5, 35, 65, 95, 125, 155, 5, 125])
///     .amounts(vec![100, 100, 100, 200, 200, 200, 300, 600])
///     .build()?;
/// let days = |first, last| Window::new(date_of_day(first).unwrap(), date_of_day(last).unwrap());
/// let bridge = BridgeParams::new(days(0, 89)?, days(90, 179)?).evaluate(&SummaryState::new(&log)?)?;
/// let gaining = bridge.gaining(2);
/// assert_eq!((gaining[0].change.0, gaining[1].change.0), (300, 300));
/// assert_eq!(gaining[0].persistence, 1.0);
/// assert!(gaining[1].persistence < 0.6);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// The customer.
    pub who: CustomerIx,
    /// The money of the opening period.
    pub opening: MinorUnits,
    /// The money of the closing period.
    pub closing: MinorUnits,
    /// Closing less opening.
    pub change: MinorUnits,
    /// What made it.
    pub movement: Movement,
    /// The chance that a part of the closing period lies on the side of the change when
    /// compared with a part of the opening one.
    pub persistence: f64,
}

/// What each customer did between two periods, and what it comes to.
///
/// # Example
///
/// See [`BridgeParams`].
#[derive(Clone, PartialEq)]
pub struct Bridge {
    params: BridgeParams,
    measure: Measure,
    currency: Currency,
    customers: Customers,
    moves: Moves,
    movements: Vec<Option<Movement>>,
}

impl fmt::Debug for Bridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bridge")
            .field("customers", &self.customers.len())
            .field("params", &self.params)
            .finish_non_exhaustive()
    }
}

/// The most parts of a period: the money of each customer is kept for each.
const MOST_PARTS: u32 = 12;

/// Customers added up together; a constant.
const CHUNK: usize = 1 << 14;

impl BridgeParams {
    /// From an opening period to a closing one after it, each in three parts.
    ///
    /// # Example
    ///
    /// See [`BridgeParams`].
    pub fn new(opening: Window, closing: Window) -> Self {
        Self {
            opening,
            closing,
            parts: three(),
        }
    }

    /// Into how many parts of about equal length each period is cut to tell whether a
    /// change lasts: 1 to 12, and at most as many as it has days.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Window, date_of_day}, value::BridgeParams};
    /// let days = |first, last| Window::new(date_of_day(first).unwrap(), date_of_day(last).unwrap());
    /// let quarters = BridgeParams::new(days(0, 364)?, days(365, 729)?).parts(4);
    /// assert_ne!(quarters, BridgeParams::new(days(0, 364)?, days(365, 729)?));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn parts(mut self, parts: u32) -> Self {
        self.parts = parts;
        self
    }

    pub(crate) fn check(&self) -> Result<()> {
        let Self {
            opening,
            closing,
            parts,
        } = self;
        if opening.last() >= closing.first() {
            let periods = format!("until {}, then from {}", opening.last(), closing.first());
            let expected = "an opening period that ends before the closing one begins";
            return Err(Error::parameter("periods", periods, expected));
        }
        let most = opening.days().min(closing.days()).min(MOST_PARTS);
        if (1..=most).contains(parts) {
            return Ok(());
        }
        let expected = format!("1 to {most}, with at least a day for each");
        Err(Error::parameter("parts", parts, expected))
    }

    /// The bridge of each customer.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless the opening period ends before the closing
    /// one begins and the parts are 1 to 12 and at most the days of the shorter one;
    /// [`Error::NotEnoughData`] if there is nothing in either period;
    /// [`Error::Overflow`] if the money of one customer exceeds `i64`.
    ///
    /// # Example
    ///
    /// See [`BridgeParams`].
    pub fn evaluate(&self, state: &SummaryState) -> Result<Bridge> {
        self.check()?;
        let moves = Moves::new(self, state.table(), state.customers().len())?;
        moves.check_any(self)?;
        let movement = |at: usize| moves.movement(at, moves.seen(at), moves.change(at));
        let chunks = map_chunks(state.customers().len(), CHUNK, |range| {
            range.map(movement).collect::<Vec<_>>()
        });
        Ok(Bridge {
            params: self.clone(),
            measure: state.measure(),
            currency: state.currency(),
            customers: state.customers().clone(),
            movements: chunks.concat(),
            moves,
        })
    }

    /// The bridge of each label, such as channels or items, in their order; rows
    /// without a label come last, as `None`.
    ///
    /// # Errors
    ///
    /// As [`evaluate`](Self::evaluate), and [`Error::Overflow`] if the money of a label
    /// exceeds `i64`.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Currency, Transactions, Window, date_of_day},
    ///                  value::{BridgeParams, LabelledState}};
    /// // Ann moves from the shop to the web and spends more; Bob is new.
    /// let log = Transactions::builder(Currency::EUR)
    ///     .text_keys(&["ann", "ann", "bob"])
    ///     .days(vec![3, 12, 15])
    ///     .amounts(vec![1000, 1500, 400])
    ///     .channels(&["shop", "web", "web"])
    ///     .build()?;
    /// let state = LabelledState::new(&log, log.channels().unwrap())?;
    /// let days = |first, last| Window::new(date_of_day(first).unwrap(), date_of_day(last).unwrap());
    /// let channels = BridgeParams::new(days(0, 9)?, days(10, 19)?).evaluate_labels(&state)?;
    /// let (shop, web) = (&channels[0].line, &channels[1].line);
    /// assert_eq!((shop.contraction.0, shop.closing.0), (-1000, 0));
    /// assert_eq!((web.new.0, web.expansion.0, web.closing.0), (400, 1500, 1900));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn evaluate_labels(
        &self,
        state: &LabelledState,
    ) -> Result<Vec<BridgeGroup<Option<String>>>> {
        self.check()?;
        let cells: Vec<_> = state.cells().flatten().collect();
        let moves = Moves::new(self, state.table(), cells.len())?;
        moves.check_any(self)?;
        // What a customer is, all cells together say.
        let mut seen = vec![moves::Seen::default(); state.customers().len()];
        for (at, cell) in cells.iter().enumerate() {
            seen[cell.customer].add(moves.seen(at));
        }
        let labels = state.labels().len();
        let mut sums = vec![Sums::new(self.part_count()); labels + 1];
        for (at, cell) in cells.iter().enumerate() {
            let movement = moves.movement(at, seen[cell.customer], moves.change(at));
            sums[cell.label.unwrap_or(labels)].add(moves.money(at), movement, moves.seen(at));
        }
        let names = state.labels().map(|name| Some(name.to_owned()));
        let groups = names.chain([None]).zip(&sums);
        let used = groups.filter(|(name, sums)| name.is_some() || sums.any());
        used.map(|(name, sums)| sums.group(name)).collect()
    }

    fn part_count(&self) -> usize {
        self.parts as usize
    }
}

impl Bridge {
    /// The customers, in the order of the columns.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Window, date_of_day}, simulate::PurchaseLogParams, value::*};
    /// # let log = PurchaseLogParams::default().generate()?.transactions;
    /// # let state = SummaryState::new(&log)?;
    /// # let days = |first, last| Window::new(date_of_day(first).unwrap(), date_of_day(last).unwrap());
    /// let bridge = BridgeParams::new(days(9_862, 10_042)?, days(10_043, 10_223)?).evaluate(&state)?;
    /// assert_eq!(bridge.customers(), log.customers());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn customers(&self) -> &Customers {
        &self.customers
    }

    /// The currency of the money.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Currency, Window, date_of_day}, simulate::PurchaseLogParams, value::*};
    /// # let log = PurchaseLogParams::default().generate()?.transactions;
    /// # let state = SummaryState::new(&log)?;
    /// # let days = |first, last| Window::new(date_of_day(first).unwrap(), date_of_day(last).unwrap());
    /// let bridge = BridgeParams::new(days(9_862, 10_042)?, days(10_043, 10_223)?).evaluate(&state)?;
    /// assert_eq!(bridge.currency(), Currency::USD);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// What the money is.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Window, date_of_day}, simulate::PurchaseLogParams, value::*};
    /// # let log = PurchaseLogParams::default().generate()?.transactions;
    /// # let state = SummaryState::new(&log)?;
    /// # let days = |first, last| Window::new(date_of_day(first).unwrap(), date_of_day(last).unwrap());
    /// let bridge = BridgeParams::new(days(9_862, 10_042)?, days(10_043, 10_223)?).evaluate(&state)?;
    /// assert_eq!(bridge.measure(), Measure::Revenue);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn measure(&self) -> Measure {
        self.measure
    }

    /// What each customer did; `None` for those with neither purchases nor money in
    /// the two periods.
    ///
    /// # Example
    ///
    /// See [`BridgeParams`].
    pub fn movements(&self) -> &[Option<Movement>] {
        &self.movements
    }

    /// The change of one customer; `None` for one who did nothing in the two periods.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{CustomerIx, Window, date_of_day}, simulate::PurchaseLogParams, value::*};
    /// # let log = PurchaseLogParams::default().generate()?.transactions;
    /// # let state = SummaryState::new(&log)?;
    /// # let days = |first, last| Window::new(date_of_day(first).unwrap(), date_of_day(last).unwrap());
    /// let bridge = BridgeParams::new(days(9_862, 10_042)?, days(10_043, 10_223)?).evaluate(&state)?;
    /// let best = bridge.gaining(1)[0];
    /// assert_eq!(bridge.change(best.who), Some(best));
    /// assert_eq!(bridge.change(CustomerIx(1_000)), None);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn change(&self, customer: CustomerIx) -> Option<Change> {
        let at = customer.at();
        let movement = self.movements.get(at).copied().flatten()?;
        let (opening, closing) = self.moves.periods(at);
        let money = self.moves.money(at);
        let (before, after) = money.split_at(self.params.part_count());
        Some(Change {
            who: customer,
            opening: MinorUnits(opening),
            closing: MinorUnits(closing),
            change: MinorUnits(closing - opening),
            movement,
            persistence: persistence(before, after),
        })
    }

    /// All customers together.
    ///
    /// # Errors
    ///
    /// [`Error::Overflow`] if the money of all exceeds `i64`.
    ///
    /// # Example
    ///
    /// See [`BridgeParams`].
    pub fn total(&self) -> Result<BridgeLine> {
        let sums = self.sum(1, |_| Some(0));
        Ok(sums[0].group(())?.line)
    }

    /// Each segment, in the order of the scheme, and at the end, as `None`, those
    /// without one if there are any; the lines add up to [`total`](Self::total).
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`] unless the assignments are of the same customers;
    /// [`Error::Overflow`] if the money of a segment exceeds `i64`.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Window, date_of_day}, simulate::PurchaseLogParams, value::*};
    /// # let log = PurchaseLogParams::default().generate()?.transactions;
    /// # let state = SummaryState::new(&log)?;
    /// # let days = |first, last| Window::new(date_of_day(first).unwrap(), date_of_day(last).unwrap());
    /// // Segments as they were at the end of the opening period.
    /// let summary = state.summary(date_of_day(10_042).unwrap())?;
    /// let scores = RfmParams::default().fit(&summary)?.score(&summary)?;
    /// let segments = scores.assign(&SegmentMap::standard([5, 5, 5])?)?;
    ///
    /// let bridge = BridgeParams::new(days(9_862, 10_042)?, days(10_043, 10_223)?).evaluate(&state)?;
    /// let closing: i64 = bridge.by_segment(&segments)?.iter().map(|group| group.line.closing.0).sum();
    /// assert_eq!(closing, bridge.total()?.closing.0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn by_segment(
        &self,
        segments: &Assignments,
    ) -> Result<Vec<BridgeGroup<Option<SegmentId>>>> {
        Error::check_length("segment", self.customers.len(), segments.len())?;
        let count = segments.segments().len();
        let sums = self.sum(count + 1, |at| Some(segments.place(at).unwrap_or(count)));
        let ids = segments.segments().iter().map(|segment| Some(segment.id));
        let groups = ids.chain([None]).zip(&sums);
        let used = groups.filter(|(id, sums)| id.is_some() || sums.any());
        used.map(|(id, sums)| sums.group(id)).collect()
    }

    /// The customers whose money rose most, the largest change first, at most so many.
    /// Equal changes are in the order of the customers.
    ///
    /// # Example
    ///
    /// See [`BridgeParams`].
    pub fn gaining(&self, count: usize) -> Vec<Change> {
        self.ranked(count, |change| change)
    }

    /// The customers whose money fell most, the largest change first, at most so many.
    /// Equal changes are in the order of the customers.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Window, date_of_day}, simulate::PurchaseLogParams, value::*};
    /// # let log = PurchaseLogParams::default().generate()?.transactions;
    /// # let state = SummaryState::new(&log)?;
    /// # let days = |first, last| Window::new(date_of_day(first).unwrap(), date_of_day(last).unwrap());
    /// let bridge = BridgeParams::new(days(9_862, 10_042)?, days(10_043, 10_223)?).evaluate(&state)?;
    /// let declining = bridge.declining(10);
    /// assert!(declining.is_sorted_by_key(|change| change.change));
    /// assert!(declining[0].change.0 < 0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn declining(&self, count: usize) -> Vec<Change> {
        self.ranked(count, |change| -change)
    }

    /// Those with the largest positive measure of the change.
    fn ranked(&self, count: usize, measure: impl Fn(i128) -> i128 + Sync) -> Vec<Change> {
        let chunks = map_chunks(self.customers.len(), CHUNK, |range| {
            let of = |at: usize| (-measure(self.moves.change(at)), at);
            range
                .map(of)
                .filter(|(key, _)| *key < 0)
                .collect::<Vec<_>>()
        });
        let mut all = chunks.concat();
        if count < all.len() && count > 0 {
            all.select_nth_unstable(count - 1);
        }
        all.truncate(count);
        all.sort_unstable();
        #[expect(clippy::cast_possible_truncation, reason = "the number of a customer")]
        let change = |(_, at): (i128, usize)| self.change(CustomerIx(at as u32));
        all.into_iter().filter_map(change).collect()
    }

    /// The sums of groups; a customer without a group is in none.
    fn sum(&self, groups: usize, group: impl Fn(usize) -> Option<usize> + Sync) -> Vec<Sums> {
        let parts = self.params.part_count();
        let chunks = map_chunks(self.customers.len(), CHUNK, |range| {
            let mut sums = vec![Sums::new(parts); groups];
            for at in range {
                if let Some(group) = group(at) {
                    let (money, seen) = (self.moves.money(at), self.moves.seen(at));
                    sums[group].add(money, self.movements[at], seen);
                }
            }
            sums
        });
        let mut total = vec![Sums::new(parts); groups];
        for chunk in chunks {
            for (total, sums) in total.iter_mut().zip(&chunk) {
                total.merge(sums);
            }
        }
        total
    }
}
