//! States that can be reached from one another.

use serde::Serialize;

use crate::{
    Result, data::SegmentId, migration::matrix::TransitionMatrix, numeric::matrix::Square,
};

/// States that can all be reached from one another.
///
/// # Example
///
/// See [`TransitionMatrix::classes`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StateClass {
    /// The states, in the order of the matrix.
    pub states: Vec<SegmentId>,
    /// Whether the class is never left.
    pub recurrent: bool,
    /// The greatest common divisor of the lengths of all ways back to a state; `None` for a state to
    /// which there is no way back. 1 means that customers are spread over the class at any time.
    pub period: Option<u64>,
}

impl TransitionMatrix {
    /// The classes of states, in the order of their first states.
    ///
    /// # Errors
    ///
    /// [`Error::Degenerate`](crate::Error::Degenerate) if a row is not known.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Segment, SegmentId}, migration::TransitionMatrix};
    ///
    /// let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
    /// let states = vec![state(1, "trial"), state(2, "summer"), state(3, "winter")];
    /// let rows = [[0.5, 0.5, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]];
    /// let classes = TransitionMatrix::given(states, &rows)?.classes()?;
    /// assert!(!classes[0].recurrent && classes[1].recurrent);
    /// assert_eq!(classes[1].states, [SegmentId(2), SegmentId(3)]);
    /// assert_eq!(classes[1].period, Some(2));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn classes(&self) -> Result<Vec<StateClass>> {
        let classes = Classes::of(&self.dense()?);
        let class = |class: Class| StateClass {
            states: self.ids(&class.members),
            recurrent: class.recurrent,
            period: (class.period > 0).then_some(class.period),
        };
        Ok(classes.all.into_iter().map(class).collect())
    }
}

/// A class by places.
pub(super) struct Class {
    /// Ascending.
    pub(super) members: Vec<usize>,
    pub(super) recurrent: bool,
    /// 0 if there is no way back.
    pub(super) period: u64,
}

/// All classes.
pub(in crate::migration) struct Classes {
    /// By their first members.
    pub(super) all: Vec<Class>,
    /// The class of each state.
    pub(super) of: Vec<usize>,
}

const NONE: usize = usize::MAX;

impl Classes {
    /// By two searches in depth, the second one backwards in the order in which the first one has
    /// left the states (Sharir 1981, doi:10.1016/0898-1221(81)90008-0).
    pub(in crate::migration) fn of(matrix: &Square) -> Self {
        let order = matrix.order();
        let finished = finish_order(matrix);
        let mut of = vec![NONE; order];
        let mut found = 0;
        for &root in finished.iter().rev() {
            if of[root] != NONE {
                continue;
            }
            let mut open = vec![root];
            of[root] = found;
            while let Some(to) = open.pop() {
                for (from, class) in of.iter_mut().enumerate() {
                    if *class == NONE && matrix.at(from, to) > 0.0 {
                        *class = found;
                        open.push(from);
                    }
                }
            }
            found += 1;
        }
        // Number the classes by their first members.
        let mut number = vec![NONE; found];
        let mut all: Vec<Vec<usize>> = Vec::with_capacity(found);
        for (state, class) in of.iter_mut().enumerate() {
            if number[*class] == NONE {
                number[*class] = all.len();
                all.push(Vec::new());
            }
            *class = number[*class];
            all[*class].push(state);
        }
        let class = |members: Vec<usize>| {
            let here = of[members[0]];
            let mut steps = members.iter().flat_map(|&from| {
                let reached = matrix.row(from).iter().enumerate();
                reached.filter(|(_, p)| **p > 0.0).map(|(to, _)| to)
            });
            Class {
                recurrent: steps.all(|to| of[to] == here),
                period: period(matrix, &of, &members),
                members,
            }
        };
        Self {
            all: all.into_iter().map(class).collect(),
            of,
        }
    }
}

/// The states in the order in which a search in depth leaves them.
fn finish_order(matrix: &Square) -> Vec<usize> {
    let order = matrix.order();
    let mut seen = vec![false; order];
    let mut finished = Vec::with_capacity(order);
    for root in 0..order {
        if seen[root] {
            continue;
        }
        seen[root] = true;
        let mut open = vec![(root, 0)];
        while let Some((state, next)) = open.last_mut() {
            let row = matrix.row(*state);
            if let Some(to) = (*next..order).find(|&to| row[to] > 0.0 && !seen[to]) {
                *next = to + 1;
                seen[to] = true;
                open.push((to, 0));
            } else {
                finished.push(*state);
                open.pop();
            }
        }
    }
    finished
}

/// The greatest common divisor of what the steps of a class are off from its levels by.
fn period(matrix: &Square, of: &[usize], members: &[usize]) -> u64 {
    let here = of[members[0]];
    let mut level = vec![None; matrix.order()];
    level[members[0]] = Some(0u64);
    let mut queue = vec![members[0]];
    let (mut next, mut common) = (0, 0);
    while let Some(&from) = queue.get(next) {
        next += 1;
        let at = level[from].unwrap_or(0);
        for (to, p) in matrix.row(from).iter().enumerate() {
            if *p <= 0.0 || of[to] != here {
                continue;
            }
            if let Some(other) = level[to] {
                common = divisor(common, (at + 1).abs_diff(other));
            } else {
                level[to] = Some(at + 1);
                queue.push(to);
            }
        }
    }
    common
}

fn divisor(mut one: u64, mut other: u64) -> u64 {
    while other > 0 {
        (one, other) = (other, one % other);
    }
    one
}
