//! Who has a row on which day, and what became of the customer.

use super::{Outcome, SnapshotPlan, dates::Dates};
use crate::{
    churn::{Spell, Spells},
    data::CustomerIx,
};

/// Which rows of each customer.
#[derive(Debug, Clone, Copy)]
pub(super) enum Turn {
    All,
    /// The one of this place in the order of days.
    Nth(usize),
}

impl SnapshotPlan {
    /// Does something with the spell and the day of rows of a customer, in order.
    pub(super) fn each_row(
        &self,
        spells: &Spells,
        customer: CustomerIx,
        turn: Turn,
        mut with: impl FnMut(&Spell, i32),
    ) {
        let mut place = 0;
        let mut row = |spell: &Spell, day: i32| {
            let tenure = tenure(spell, day);
            if tenure < 1 || tenure < i64::from(self.min_tenure) {
                return;
            }
            match turn {
                Turn::Nth(wanted) if wanted != place => {}
                Turn::All | Turn::Nth(_) => with(spell, day),
            }
            place += 1;
        };
        match &self.dates {
            Dates::Days(days) => {
                let mut of = spells.of(customer).peekable();
                for &day in days {
                    // Past are the spells that ended before the day before the snapshot was over.
                    while of
                        .peek()
                        .is_some_and(|spell| spell.end.is_some_and(|end| end < day))
                    {
                        of.next();
                    }
                    let Some(spell) = of.peek() else { break };
                    row(spell, day);
                }
            }
            Dates::Renewals(renewals) => {
                for spell in spells.of(customer) {
                    for day in renewals.days_of(&spell, spells.known_until()) {
                        row(&spell, day);
                    }
                }
            }
        }
    }

    pub(super) fn outcome(&self, spell: &Spell, day: i32, known_until: i32) -> Outcome {
        let window = i64::from(day) + i64::from(self.gap);
        let after = self.window_end(day);
        match spell.end {
            // Of a window seen in part only those who left would be known.
            _ if i64::from(known_until) < after => Outcome::Unknown,
            Some(at) if i64::from(at) < window => Outcome::LostInGap {
                cause: spell.cause,
                at,
            },
            Some(at) if i64::from(at) < after => Outcome::Churned {
                cause: spell.cause,
                at,
            },
            // There all through the window.
            Some(_) | None => Outcome::Retained,
        }
    }
}

/// Days since the customer became one.
pub(super) fn tenure(spell: &Spell, day: i32) -> i64 {
    i64::from(day) - i64::from(spell.start)
}

/// From the day before the snapshot to the end, or to the last day known, the day before `known_until`.
pub(super) fn exit_days(spell: &Spell, day: i32, known_until: i32) -> i32 {
    let until = spell.end.unwrap_or(known_until);
    let days = i64::from(until) - i64::from(day) + i64::from(spell.end.is_some());
    i32::try_from(days).unwrap_or(i32::MAX)
}

/// 0 while it lasts, else the place of the cause and 1; the last code where it has no name.
pub(super) fn cause_code(spell: &Spell, named: usize) -> u32 {
    let unnamed = u32::try_from(named).unwrap_or(u32::MAX - 1) + 1;
    match (spell.end, spell.cause) {
        (None, _) => 0,
        (Some(_), Some(cause)) => cause.saturating_add(1).min(unnamed),
        (Some(_), None) => unnamed,
    }
}
