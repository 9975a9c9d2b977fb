//! The states that customers move between, in a fixed order.

use crate::{
    Error, Result,
    data::{Segment, SegmentId},
};

/// More states than this are refused: tables have a cell for each pair.
pub(super) const MOST_STATES: usize = 2_000;

/// `Ok` if there are states, of numbers that differ.
pub(super) fn check(states: &[Segment]) -> Result<()> {
    if states.is_empty() {
        return Err(Error::NotEnoughData {
            what: "states".into(),
            needed: 1,
            found: 0,
        });
    }
    if states.len() > MOST_STATES {
        return Err(Error::parameter(
            "states",
            states.len(),
            format!("at most {MOST_STATES}"),
        ));
    }
    for (at, state) in states.iter().enumerate() {
        if let Some(first) = place_of(&states[..at], state.id) {
            return Err(Error::DuplicateKey {
                key: format!("state {}", state.id.0).into(),
                first_row: first,
                row: at,
            });
        }
    }
    Ok(())
}

/// `Ok` if a number is given for each state, each finite and not below 0.
pub(super) fn check_amounts(column: &str, states: usize, amounts: &[f64]) -> Result<()> {
    Error::check_length(column, states, amounts.len())?;
    let bad = |amount: &f64| !(*amount >= 0.0 && amount.is_finite());
    match amounts.iter().position(bad) {
        None => Ok(()),
        Some(row) => {
            let reason = format!("{} is not a finite number of 0 or more", amounts[row]);
            Err(Error::value(column, row, reason))
        }
    }
}

/// The place of a state among the states.
pub(super) fn place_of(states: &[Segment], id: SegmentId) -> Option<usize> {
    states.iter().position(|state| state.id == id)
}

/// As [`place_of`], for a state that must be among them.
pub(super) fn place(states: &[Segment], id: SegmentId) -> Result<usize> {
    place_of(states, id).ok_or_else(|| {
        let known = states.iter().map(show).collect::<Vec<_>>().join(", ");
        Error::parameter("state", id.0, format!("one of {known}"))
    })
}

/// The places of states, for many that are asked for.
pub(super) struct Places<'a> {
    states: &'a [Segment],
    /// By number.
    sorted: Vec<(SegmentId, usize)>,
}

impl<'a> Places<'a> {
    pub(super) fn of(states: &'a [Segment]) -> Self {
        let numbers = states.iter().enumerate();
        let mut sorted: Vec<_> = numbers.map(|(at, state)| (state.id, at)).collect();
        sorted.sort_unstable();
        Self { states, sorted }
    }

    /// The places of a path's states.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] for a state that is not among the states.
    pub(super) fn path(
        &self,
        row: usize,
        path: &[Option<SegmentId>],
    ) -> Result<Vec<Option<usize>>> {
        let place = |id: SegmentId| match self.sorted.binary_search_by_key(&id, |state| state.0) {
            Ok(at) => Ok(self.sorted[at].1),
            Err(_) => {
                place(self.states, id).map_err(|error| Error::value("path", row, error.to_string()))
            }
        };
        path.iter().map(|id| id.map(place).transpose()).collect()
    }
}

/// A state for a person: its name, with its number.
pub(super) fn show(state: &Segment) -> String {
    format!("{:?} ({})", state.name, state.id.0)
}

/// `Ok` if the states of two objects are the same, in the same order.
pub(super) fn same(expected: &[Segment], found: &[Segment]) -> Result<()> {
    if expected == found {
        return Ok(());
    }
    let at = (expected.iter().zip(found)).position(|(one, other)| one != other);
    let differ = |states: &[Segment]| -> Box<str> {
        match at {
            Some(at) => format!("{} in place {at}", show(&states[at])).into(),
            None => format!("{} states", states.len()).into(),
        }
    };
    Err(Error::VersionMismatch {
        what: "the list of states",
        expected: differ(expected),
        found: differ(found),
    })
}

/// The place of each state on a scale, its lowest state first; `None` for those that are not on it.
pub(super) fn ranks(states: &[Segment], scale: &[SegmentId]) -> Result<Vec<Option<usize>>> {
    let mut ranks = vec![None; states.len()];
    for (at, &id) in scale.iter().enumerate() {
        let place = place(states, id)?;
        if let Some(first_row) = ranks[place] {
            return Err(Error::DuplicateKey {
                key: format!("state {}", id.0).into(),
                first_row,
                row: at,
            });
        }
        ranks[place] = Some(at);
    }
    Ok(ranks)
}
