//! States by name.

use std::collections::HashMap;

use arrow_array::RecordBatch;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::super::{Answer, Arguments};
use crate::{
    Error, Result,
    arrow::{
        Tables,
        migration::{Key, Money, Tell},
    },
    data::{Currency, Segment, SegmentId},
};

/// A result that knows states by number and money by minor units, with what these stand for.
pub(super) struct Told<T> {
    pub(super) it: T,
    states: Vec<Segment>,
    money: Money,
}

impl<T> Told<T> {
    pub(super) fn new(it: T, key: Key<'_>) -> Self {
        Self {
            it,
            states: key.states.unwrap_or_default().to_vec(),
            money: key.money,
        }
    }

    /// A result that has no money.
    pub(super) fn of_states(it: T, states: &[Segment]) -> Self {
        Self::new(it, key_of(states))
    }

    pub(super) fn states(&self) -> &[Segment] {
        &self.states
    }

    pub(super) fn currency(&self) -> Option<Currency> {
        match self.money {
            Money::Of(currency) => Some(currency),
            Money::None | Money::Minor => None,
        }
    }
}

impl<T: Tell> Tables for Told<T> {
    const TABLES: &'static [&'static str] = T::NAMES;

    fn table(&self, name: &str) -> Result<RecordBatch> {
        let key = Key {
            states: Some(&self.states),
            money: self.money,
        };
        self.it.tell(name, key)
    }
}

/// Gives results with their states the names of the results.
macro_rules! told {
    ($($type:ident),+ $(,)?) => {
        $(impl $crate::host::Held for $crate::host::migration::states::Told<$type> {
            const KIND: &'static str = concat!("migration.", stringify!($type));
        })+
    };
}
pub(super) use told;

/// The key of results that have no money.
pub(super) fn key_of(states: &[Segment]) -> Key<'_> {
    Key {
        states: Some(states),
        money: Money::None,
    }
}

/// The main table of a result that has no money.
pub(super) fn table_of<T: Tell + ?Sized>(it: &T, states: &[Segment]) -> Result<RecordBatch> {
    it.tell(
        T::NAMES.first().copied().unwrap_or_default(),
        key_of(states),
    )
}

/// States by name, for many that are looked up.
pub(super) struct Names<'s> {
    states: &'s [Segment],
    /// `None` for a name that several have.
    places: HashMap<&'s str, Option<usize>>,
}

impl<'s> Names<'s> {
    pub(super) fn of(states: &'s [Segment]) -> Self {
        let mut places = HashMap::with_capacity(states.len());
        for (at, state) in states.iter().enumerate() {
            let place = places.entry(state.name.as_str());
            place.and_modify(|place| *place = None).or_insert(Some(at));
        }
        Self { states, places }
    }

    /// The state of that name.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a name that no state or several have.
    pub(super) fn find(&self, argument: &'static str, name: &str) -> Result<&'s Segment> {
        let wrong = |what: &str| {
            let names: Vec<&str> = self.states.iter().map(|it| it.name.as_str()).collect();
            Error::parameter(argument, name, format!("{what} {}", names.join(", ")))
        };
        match self.places.get(name) {
            None => Err(wrong("one of the states:")),
            Some(None) => Err(wrong("a name that one state alone has; rename one of")),
            Some(&Some(at)) => self.states.get(at).ok_or_else(|| wrong("one of")),
        }
    }

    pub(super) fn id(&self, argument: &'static str, name: &str) -> Result<SegmentId> {
        self.find(argument, name).map(|state| state.id)
    }

    pub(super) fn ids(&self, argument: &'static str, names: &[String]) -> Result<Vec<SegmentId>> {
        names.iter().map(|name| self.id(argument, name)).collect()
    }

    /// Paths of states; none where a customer is outside.
    pub(super) fn paths(
        &self,
        argument: &'static str,
        paths: &[Vec<Option<String>>],
    ) -> Result<Vec<Vec<Option<SegmentId>>>> {
        let id = |name: &Option<String>| name.as_ref().map(|it| self.id(argument, it)).transpose();
        paths
            .iter()
            .map(|path| path.iter().map(id).collect())
            .collect()
    }
}

/// The state that an argument names.
pub(super) fn state(
    arguments: &Arguments<'_>,
    argument: &'static str,
    states: &[Segment],
) -> Result<SegmentId> {
    Names::of(states).id(argument, &arguments.json::<String>(argument)?)
}

/// The states that an argument lists.
pub(super) fn states_named(
    arguments: &Arguments<'_>,
    argument: &'static str,
    states: &[Segment],
) -> Result<Vec<SegmentId>> {
    Names::of(states).ids(argument, &arguments.json::<Vec<String>>(argument)?)
}

/// The argument `states`: names, whose numbers are then their places, or segments with number and name.
pub(super) fn states_given(arguments: &Arguments<'_>) -> Result<Vec<Segment>> {
    Ok(numbered(arguments.json("states")?))
}

/// As [`states_given`], where they need not be given.
pub(super) fn optional_states(arguments: &Arguments<'_>) -> Result<Option<Vec<Segment>>> {
    Ok(arguments.optional_json("states")?.map(numbered))
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Given {
    Names(Vec<String>),
    Segments(Vec<Segment>),
}

fn numbered(given: Given) -> Vec<Segment> {
    match given {
        Given::Segments(segments) => segments,
        Given::Names(names) => named(names),
    }
}

/// States with their places as numbers.
pub(super) fn named(names: impl IntoIterator<Item = String>) -> Vec<Segment> {
    let ids = (0..).map(SegmentId);
    ids.zip(names)
        .map(|(id, name)| Segment { id, name })
        .collect()
}

/// Parameters in which one field lists states by name.
pub(super) fn params_naming<P: DeserializeOwned>(
    arguments: &Arguments<'_>,
    field: &'static str,
    states: &[Segment],
) -> Result<P> {
    let mut params: Map<String, Value> = arguments.optional_json("params")?.unwrap_or_default();
    if let Some(value) = params.get_mut(field) {
        let wrong = |error: serde_json::Error| {
            Error::parameter(field, error, "a list of the names of states")
        };
        let names: Vec<String> = Vec::deserialize(&*value).map_err(wrong)?;
        let ids = Names::of(states).ids(field, &names)?;
        *value = ids.into_iter().map(|id| Value::from(id.0)).collect();
    }
    P::deserialize(Value::Object(params))
        .map_err(|error| Error::parameter("params", error, "parameters that can be read"))
}

/// The names of states.
pub(super) fn names(states: &[Segment]) -> Vec<String> {
    states.iter().map(|state| state.name.clone()).collect()
}

/// The name of a state.
pub(super) fn name_of(states: &[Segment], id: SegmentId) -> Answer {
    let named = states.iter().find(|state| state.id == id);
    named.map_or(Answer::Nothing, |state| Answer::Text(state.name.clone()))
}

/// A period that an argument gives: its place from 0, or its label.
pub(super) fn period(
    arguments: &Arguments<'_>,
    argument: &'static str,
    periods: &[String],
) -> Result<usize> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        Place(usize),
        Label(String),
    }
    match arguments.json(argument)? {
        Given::Place(place) => Ok(place),
        Given::Label(label) => periods.iter().position(|it| *it == label).ok_or_else(|| {
            let expected = format!("one of the periods: {}", periods.join(", "));
            Error::parameter(argument, label, expected)
        }),
    }
}
