//! The results of `migration`.
//!
//! Some results know segments by number and money by minor units alone: what these stand for is known
//! where the result was made. So each is told with a [`Key`]: with the names and the currency where
//! they are known; else `state` is `state_id`, and `money` is `money_minor`.

mod alignment;
mod chain;
mod counts;
mod drift;
mod drivers;
mod flows;
mod panel;

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use serde::Serialize;

use super::Columns;
use crate::{
    Result,
    data::{Currency, MinorUnits, Segment, SegmentId},
};

#[cfg(any(feature = "ffi", feature = "python"))]
pub(crate) use self::{
    counts::known_pairs,
    flows::{flows_key, moves, stocks},
    panel::sequences,
};

/// What numbers of segments and minor units of money stand for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key<'k> {
    pub(crate) states: Option<&'k [Segment]>,
    pub(crate) money: Money,
}

/// What minor units of money are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Money {
    /// There is none: such columns are left out.
    None,
    Of(Currency),
    /// Of a currency that is not known here.
    Minor,
}

impl Key<'_> {
    /// For a result that stands alone.
    pub(crate) const ALONE: Key<'static> = Key {
        states: None,
        money: Money::Minor,
    };
}

impl From<Option<Currency>> for Money {
    fn from(currency: Option<Currency>) -> Self {
        currency.map_or(Self::None, Self::Of)
    }
}

/// A result that is told with a key.
pub(crate) trait Tell {
    /// The names of its tables; the first is the main one.
    const NAMES: &'static [&'static str];

    /// A table; one that is not there is refused.
    fn tell(&self, table: &str, key: Key<'_>) -> Result<RecordBatch>;
}

/// Tables of results that are told with a key, for those that stand alone.
macro_rules! tell_alone {
    ($($(#[$doc:meta])+ $type:ty;)+) => {
        $($(#[$doc])+
        impl $crate::arrow::Tables for $type {
            const TABLES: &'static [&'static str] = <Self as super::Tell>::NAMES;

            fn table(&self, name: &str) -> $crate::Result<arrow_array::RecordBatch> {
                super::Tell::tell(self, name, super::Key::ALONE)
            }
        })+
    };
}
use tell_alone;

impl Columns {
    /// Names of states.
    fn state_names<'s>(
        self,
        name: &str,
        states: &'s [Segment],
        places: impl IntoIterator<Item = Option<usize>>,
    ) -> Self {
        let names = states.iter().map(|state: &'s Segment| state.name.as_str());
        self.named(name, names, places)
    }

    /// States by their place: names, or `name_place`.
    fn places(self, name: &str, places: &[usize], key: Key<'_>) -> Self {
        match key.states {
            Some(states) => self.state_names(name, states, places.iter().copied().map(Some)),
            None => self.counts(&format!("{name}_place"), places.iter().copied()),
        }
    }

    /// States by their number: names, or `name_id`.
    fn ids(self, name: &str, ids: &[Option<SegmentId>], key: Key<'_>) -> Self {
        match key.states {
            Some(states) => {
                let places = Places::of(states);
                let place = |id: &Option<SegmentId>| places.find((*id)?);
                self.state_names(name, states, ids.iter().map(place))
            }
            None => self.ints(
                &format!("{name}_id"),
                ids.iter().map(|id| id.map(|id| i64::from(id.0))),
            ),
        }
    }

    /// Money of the books: amounts in the currency, or `name_minor`.
    fn amounts<N: Into<Option<MinorUnits>>>(
        self,
        name: &str,
        values: impl IntoIterator<Item = N>,
        key: Key<'_>,
    ) -> Self {
        match key.money {
            Money::None => self,
            Money::Of(currency) => self.money(name, currency, values),
            Money::Minor => {
                let minor = |value: N| value.into().map(|MinorUnits(minor)| minor);
                self.ints(
                    &format!("{name}_minor"),
                    values.into_iter().map(minor).collect::<Vec<_>>(),
                )
            }
        }
    }

    /// Expected money, from minor units: numbers in units of the currency, or `name_minor`.
    fn expected_amounts<N: Into<Option<f64>>>(
        self,
        name: &str,
        values: impl IntoIterator<Item = N>,
        key: Key<'_>,
    ) -> Self {
        match key.money {
            Money::None => self,
            Money::Of(currency) => {
                let unit = |value: N| value.into().map(|minor| in_units(minor, currency));
                self.known(name, values.into_iter().map(unit).collect::<Vec<_>>())
            }
            Money::Minor => self.known(&format!("{name}_minor"), values),
        }
    }
}

/// An amount that is not of the books, from minor units to units of its currency.
pub(crate) fn in_units(minor: f64, currency: Currency) -> f64 {
    minor / 10f64.powi(currency.scale().into())
}

/// Places of states by number.
struct Places(BTreeMap<SegmentId, usize>);

impl Places {
    fn of(states: &[Segment]) -> Self {
        let places = states.iter().enumerate();
        Self(places.map(|(place, state)| (state.id, place)).collect())
    }

    fn find(&self, id: SegmentId) -> Option<usize> {
        self.0.get(&id).copied()
    }
}

/// The name that serde gives to one of a list of choices.
pub(crate) fn choice(value: &impl Serialize) -> Option<String> {
    let value = serde_json::to_value(value).ok()?;
    value.as_str().map(str::to_owned)
}

/// `from` and `to` of all pairs of states, by `from`.
fn pairs(order: usize) -> impl Iterator<Item = (usize, usize)> + Clone {
    (0..order).flat_map(move |from| (0..order).map(move |to| (from, to)))
}

/// `id` and `state`: a row a state.
fn states_of(states: &[Segment]) -> Columns {
    Columns::new()
        .ints("state_id", states.iter().map(|state| i64::from(state.id.0)))
        .texts("state", states.iter().map(|state| state.name.as_str()))
}
