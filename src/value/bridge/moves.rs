//! What customers, or cells of customers, did in two periods, part by part.

use rayon::prelude::*;

use super::{BridgeParams, Movement};
use crate::{
    Error, Result,
    data::{MinorUnits, Window, day_of_date},
    value::day_table::{BLOCK, Block, DayTable},
};

/// When something was seen of a customer: a set of bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Seen(u8);

impl Seen {
    /// A purchase before the opening period, or between the two.
    const EARLIER: Self = Self(1);
    /// A purchase in the opening period.
    pub(super) const OPENING: Self = Self(2);
    /// A purchase in the closing period.
    pub(super) const CLOSING: Self = Self(4);
    /// Purchases or refunds in one of the periods.
    const ANY: Self = Self(8);

    pub(super) fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    fn add_if(&mut self, purchase: bool, bought: Self) {
        if purchase {
            self.add(bought);
        }
    }

    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// Money by part of the two periods, and when purchases were made.
#[derive(Clone, PartialEq)]
pub(super) struct Moves {
    parts: usize,
    /// For each customer the parts of the opening period, then those of the closing
    /// one. Sums over a period fit `i64`, and so does their difference.
    money: Vec<i64>,
    seen: Vec<Seen>,
}

/// A period in days, cut into parts.
struct Cut {
    first: i32,
    last: i32,
    parts: u64,
}

impl Cut {
    fn new(window: Window, parts: u32) -> Self {
        Self {
            first: day_of_date(window.first()),
            last: day_of_date(window.last()),
            parts: parts.into(),
        }
    }

    /// The part that a day of the period lies in.
    fn part(&self, day: i32) -> usize {
        let days = u64::from(self.last.abs_diff(self.first)) + 1;
        // Below the number of parts.
        #[expect(clippy::cast_possible_truncation)]
        let part = (u64::from(day.abs_diff(self.first)) * self.parts / days) as usize;
        part
    }
}

impl Moves {
    /// The moves of the first `count` entries of a table.
    pub(super) fn new(params: &BridgeParams, table: &DayTable, count: usize) -> Result<Self> {
        let parts = params.part_count();
        let opening = Cut::new(params.opening, params.parts);
        let closing = Cut::new(params.closing, params.parts);
        let mut money = vec![0i64; count * 2 * parts];
        let mut seen = vec![Seen::default(); count];
        let columns = (
            money.par_chunks_mut(BLOCK * 2 * parts),
            seen.par_chunks_mut(BLOCK),
        );
        let fill = |block: &Block, (money, seen): (&mut [i64], &mut [Seen])| {
            let mut sums = vec![0i128; 2 * parts];
            let rows = money.chunks_exact_mut(2 * parts).zip(seen);
            for (customer, (money, seen)) in rows.enumerate() {
                sums.fill(0);
                for (stamp, amount) in block.entries(customer) {
                    let day = stamp.day();
                    if day > closing.last {
                        break;
                    }
                    let part = if day >= closing.first {
                        seen.add_if(stamp.purchase(), Seen::CLOSING);
                        parts + closing.part(day)
                    } else if (opening.first..=opening.last).contains(&day) {
                        seen.add_if(stamp.purchase(), Seen::OPENING);
                        opening.part(day)
                    } else {
                        seen.add_if(stamp.purchase(), Seen::EARLIER);
                        continue;
                    };
                    seen.add(Seen::ANY);
                    sums[part] += i128::from(amount);
                }
                if seen.has(Seen::ANY) {
                    write(money, &sums)?;
                }
            }
            Ok(())
        };
        table.for_each_block(columns.into_par_iter(), fill)?;
        Ok(Self { parts, money, seen })
    }

    /// Refuses periods in which nothing happened.
    pub(super) fn check_any(&self, params: &BridgeParams) -> Result<()> {
        if self.seen.par_iter().any(|seen| seen.has(Seen::ANY)) {
            return Ok(());
        }
        let BridgeParams {
            opening, closing, ..
        } = params;
        Err(Error::NotEnoughData {
            what: format!(
                "days with money from {} to {} or {} to {}",
                opening.first(),
                opening.last(),
                closing.first(),
                closing.last()
            )
            .into(),
            needed: 1,
            found: 0,
        })
    }

    pub(super) fn seen(&self, at: usize) -> Seen {
        self.seen[at]
    }

    /// Money by part: the opening period, then the closing one.
    pub(super) fn money(&self, at: usize) -> &[i64] {
        &self.money[at * 2 * self.parts..][..2 * self.parts]
    }

    /// Money in the opening and in the closing period.
    pub(super) fn periods(&self, at: usize) -> (i64, i64) {
        let (opening, closing) = self.money(at).split_at(self.parts);
        // In any order: that the sums fit was seen when they were made.
        let sum = |parts: &[i64]| parts.iter().fold(0i64, |sum, &part| sum.wrapping_add(part));
        (sum(opening), sum(closing))
    }

    pub(super) fn change(&self, at: usize) -> i128 {
        let (opening, closing) = self.periods(at);
        i128::from(closing) - i128::from(opening)
    }

    /// The movement of money that changes so, of a customer who was seen so.
    pub(super) fn movement(&self, at: usize, customer: Seen, change: i128) -> Option<Movement> {
        if !self.seen[at].has(Seen::ANY) {
            return None;
        }
        let bought = (customer.has(Seen::OPENING), customer.has(Seen::CLOSING));
        Some(match bought {
            (false, true) if customer.has(Seen::EARLIER) => Movement::Reactivated,
            (false, true) => Movement::New,
            (true, false) => Movement::Lost,
            _ if change > 0 => Movement::Expansion,
            _ if change < 0 => Movement::Contraction,
            _ => Movement::Unchanged,
        })
    }
}

/// Writes the sums of one customer where they fit.
fn write(money: &mut [i64], sums: &[i128]) -> Result<()> {
    let fits = |sum: i128| MinorUnits::from_sum(sum, "one customer");
    let (opening, closing) = sums.split_at(sums.len() / 2);
    let (opening, closing): (i128, i128) = (opening.iter().sum(), closing.iter().sum());
    for sum in [opening, closing, closing - opening] {
        fits(sum)?;
    }
    for (money, &sum) in money.iter_mut().zip(sums) {
        *money = fits(sum)?.0;
    }
    Ok(())
}

/// The chance that a part of the closing period lies on the side of the change when
/// compared with a part of the opening one, ties half. One half if nothing changed.
pub(super) fn persistence<T: Copy + Into<i128>>(opening: &[T], closing: &[T]) -> f64 {
    let total = |parts: &[T]| parts.iter().map(|&part| part.into()).sum::<i128>();
    let change = (total(closing) - total(opening)).signum();
    if change == 0 {
        return 0.5;
    }
    let mut halves = 0u64;
    for &before in opening {
        for &after in closing {
            let side = (after.into() - before.into()).signum();
            halves += match side * change {
                1 => 2,
                0 => 1,
                _ => 0,
            };
        }
    }
    halves as f64 / (2 * opening.len() * closing.len()) as f64
}
