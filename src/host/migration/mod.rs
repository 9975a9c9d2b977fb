//! Operations of `migration`.
//!
//! Hosts name segments: where the library takes the number of a segment they give its name, and where
//! it gives a number they get the name.

mod alignment;
mod chain;
mod counts;
mod drift;
mod drivers;
mod flows;
mod panel;
mod states;
#[cfg(test)]
mod tests;

pub(super) use self::chain::told_test;
use super::Room;

pub(super) fn register(room: &mut Room<'_>) {
    counts::register(room);
    panel::register(room);
    flows::register(room);
    chain::register(room);
    alignment::register(room);
    drift::register(room);
    drivers::register(room);
}
