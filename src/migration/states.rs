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
