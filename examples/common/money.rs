//! Exact money, added up and shown.

use std::fmt;

use custometry::data::{Currency, MinorUnits};
use serde::{Serialize, Serializer};

use super::{Result, tables::count};

/// An amount that knows its currency: grouped text for people, a decimal number
/// in units of currency for JSON.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Money {
    pub(crate) minor: MinorUnits,
    currency: Currency,
}

impl Money {
    pub(crate) fn new(minor: MinorUnits, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// The sum of amounts. A customer's money fits by the library's checks, that
    /// of all customers together need not.
    pub(crate) fn sum(
        amounts: impl IntoIterator<Item = MinorUnits>,
        currency: Currency,
    ) -> Result<Self> {
        let sum: i128 = amounts.into_iter().map(|amount| i128::from(amount.0)).sum();
        let minor = i64::try_from(sum).map_err(
            |_| "the money of all rows together exceeds 9.2e18 minor units; use fewer --decimals",
        )?;
        Ok(Self::new(MinorUnits(minor), currency))
    }

    /// The share in a positive whole.
    pub(crate) fn share_of(self, whole: Self) -> Option<f64> {
        let share = self.minor.0 as f64 / whole.minor.0 as f64;
        (whole.minor.0 > 0).then_some(share)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&count(self.currency.format(self.minor)))
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.currency.to_f64(self.minor))
    }
}
