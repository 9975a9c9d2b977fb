//! Panels of snapshots: assignments as of different days.

use rayon::prelude::*;

use super::{NO_ROW, SegmentPanel, builder::describe, check_cells, parts::map_parts};
use crate::{
    Error, Result,
    data::{Assignments, CustomerIx, Customers, Segment},
    migration::{chunks::CHUNK, states},
};

/// The keys of the customers of a snapshot, in the order of its rows.
///
/// # Example
///
/// See [`SegmentPanel::of_snapshots`].
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum SnapshotKeys<'a> {
    /// Whole numbers.
    Ints(&'a [i64]),
    /// Texts.
    Texts(&'a [&'a str]),
}

impl std::fmt::Debug for SnapshotKeys<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SnapshotKeys")
            .field("count", &self.len())
            .finish_non_exhaustive()
    }
}

impl SnapshotKeys<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Ints(keys) => keys.len(),
            Self::Texts(keys) => keys.len(),
        }
    }
}

impl SegmentPanel {
    /// A panel of assignments of the same customers, in one order, as of different days. The days
    /// are the periods. A customer without a segment is outside.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] without assignments or segments; [`Error::VersionMismatch`] for
    /// another scheme or list of segments than that of the first: their states are not comparable;
    /// [`Error::LengthMismatch`] for another number of customers; [`Error::InvalidParameter`] for
    /// days that do not ascend, more than 2,000 segments, or more than 2^31 cells (customers times
    /// days).
    ///
    /// # Example
    ///
    /// See [`with_values`](Self::with_values).
    pub fn of_assignments(snapshots: &[&Assignments]) -> Result<Self> {
        let (periods, states) = comparable(snapshots)?;
        let len = snapshots.first().map_or(0, |snapshot| snapshot.len());
        for snapshot in snapshots {
            let column = format!("segment as of {}", snapshot.as_of());
            Error::check_length(&column, len, snapshot.len())?;
        }
        check_cells(len, snapshots.len())?;
        let column = |snapshot: &&Assignments| {
            let codes = (0..len).into_par_iter().with_min_len(CHUNK);
            codes.map(|row| code_of(snapshot, row)).collect()
        };
        let codes = snapshots.iter().map(column).collect();
        Ok(Self::of_columns(None, len, periods, states, codes))
    }

    /// A panel of snapshots whose customers differ, or stand in another order: they are joined by
    /// their keys. The days of the assignments are the periods. A customer without a segment, or
    /// without a row, is outside.
    ///
    /// # Errors
    ///
    /// As [`of_assignments`](Self::of_assignments), and [`Error::LengthMismatch`] unless there is a
    /// key for each row; [`Error::InvalidValue`] for a blank key; [`Error::DuplicateKey`] for a key
    /// that occurs twice in a snapshot; [`Error::VersionMismatch`] for keys of both kinds. The row
    /// of an error is counted within its snapshot.
    ///
    /// # Complexity
    ///
    /// O(rows), in parallel.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::*, migration::{Presence, SegmentPanel, SnapshotKeys::Ints}};
    ///
    /// let segments = vec![Segment { id: SegmentId(4), name: "all".into() }];
    /// let of_day = |day, rows: usize| {
    ///     let rows = vec![Some(SegmentId(4)); rows];
    ///     Assignments::new("v1", date_of_day(day).unwrap(), segments.clone(), rows)
    /// };
    /// let (spring, summer) = (of_day(90, 3)?, of_day(181, 2)?);
    /// let panel = SegmentPanel::of_snapshots(&[(Ints(&[7, 8, 9]), &spring), (Ints(&[5, 8]), &summer)])?;
    /// let at = |key: i64| panel.customers().unwrap().find(key.into()).unwrap();
    /// assert_eq!(panel.presence(1, at(7)), Some(Presence::Churned));
    /// assert_eq!(panel.presence(0, at(5)), Some(Presence::NotYet));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn of_snapshots(snapshots: &[(SnapshotKeys<'_>, &Assignments)]) -> Result<Self> {
        let (periods, states) = joinable(snapshots)?;
        let assignments = snapshots.iter().map(|&(_, of)| of);
        let (customers, rows) = join(snapshots)?;
        check_cells(customers.len(), snapshots.len())?;
        let mut parts = Vec::with_capacity(snapshots.len());
        let mut rest = &rows[..];
        for (assignments, period) in assignments.zip(&periods) {
            let (part, more) = rest.split_at(assignments.len());
            parts.push((assignments, period, part));
            rest = more;
        }
        let codes = parts
            .par_iter()
            .map(|&(assignments, period, rows)| column_of(&customers, assignments, period, rows))
            .collect::<Vec<Result<Vec<u16>>>>();
        let codes = codes.into_iter().collect::<Result<_>>()?;
        let len = customers.len();
        Ok(Self::of_columns(
            Some(customers),
            len,
            periods,
            states,
            codes,
        ))
    }
}

impl SegmentPanel {
    /// What `f` makes of panels of parts of the customers, who are joined by their keys: each customer
    /// is in one part. Integer keys need no numbers for that.
    ///
    /// # Errors
    ///
    /// As [`of_snapshots`](Self::of_snapshots).
    pub(in crate::migration) fn map_parts<T: Send>(
        snapshots: &[(SnapshotKeys<'_>, &Assignments)],
        f: impl Fn(&Self) -> T + Sync,
    ) -> Result<Vec<T>> {
        let (periods, states) = joinable(snapshots)?;
        let ints = snapshots.iter().map(|&(keys, assignments)| match keys {
            SnapshotKeys::Ints(keys) => Some((keys, assignments)),
            SnapshotKeys::Texts(_) => None,
        });
        let ints: Option<Vec<(&[i64], &Assignments)>> = ints.collect();
        let made = ints.and_then(|ints| map_parts(&ints, &periods, &states, &f));
        match made {
            Some(made) => Ok(made),
            // Texts; or a key that occurs twice, which is named there.
            None => Ok(vec![f(&Self::of_snapshots(snapshots)?)]),
        }
    }
}

/// The periods and states of snapshots that can be joined.
fn joinable(snapshots: &[(SnapshotKeys<'_>, &Assignments)]) -> Result<(Vec<String>, Vec<Segment>)> {
    let assignments: Vec<&Assignments> = snapshots.iter().map(|&(_, of)| of).collect();
    let parts = comparable(&assignments)?;
    for (keys, assignments) in snapshots {
        let column = format!("key as of {}", assignments.as_of());
        Error::check_length(&column, assignments.len(), keys.len())?;
    }
    Ok(parts)
}

/// The periods and states of assignments that can be compared.
fn comparable(snapshots: &[&Assignments]) -> Result<(Vec<String>, Vec<Segment>)> {
    let first = snapshots.first().ok_or_else(|| Error::NotEnoughData {
        what: "assignments".into(),
        needed: 1,
        found: 0,
    })?;
    states::check(first.segments())?;
    for pair in snapshots.windows(2) {
        if pair[0].as_of() >= pair[1].as_of() {
            return Err(Error::parameter(
                "day of assignments",
                pair[1].as_of(),
                format!("a day after {}, that of those before", pair[0].as_of()),
            ));
        }
    }
    for snapshot in snapshots {
        if snapshot.scheme() != first.scheme() {
            return Err(Error::VersionMismatch {
                what: "the scheme of the assignments",
                expected: first.scheme().into(),
                found: snapshot.scheme().into(),
            });
        }
        states::same(first.segments(), snapshot.segments())?;
    }
    let periods = snapshots
        .iter()
        .map(|snapshot| snapshot.as_of().to_string());
    Ok((periods.collect(), first.segments().to_vec()))
}

pub(super) fn code_of(assignments: &Assignments, row: usize) -> u16 {
    let place = assignments.place(row);
    place.map_or(NO_ROW, |place| u16::try_from(place).unwrap_or(NO_ROW))
}

/// Numbers the customers of all snapshots together, one after the other.
fn join(snapshots: &[(SnapshotKeys<'_>, &Assignments)]) -> Result<(Customers, Vec<CustomerIx>)> {
    let rows: usize = snapshots.iter().map(|(keys, _)| keys.len()).sum();
    let (mut ints, mut texts) = (Vec::new(), Vec::new());
    for (keys, _) in snapshots {
        match keys {
            SnapshotKeys::Ints(keys) => {
                ints.reserve_exact(rows - ints.len());
                ints.extend_from_slice(keys);
            }
            SnapshotKeys::Texts(keys) => {
                texts.reserve_exact(rows - texts.len());
                texts.extend_from_slice(keys);
            }
        }
    }
    match (ints.is_empty(), texts.is_empty()) {
        (_, true) => Customers::from_ints(&ints),
        (true, false) => {
            let blank = |key: &&str| key.trim().is_empty();
            for (keys, _) in snapshots {
                let SnapshotKeys::Texts(keys) = keys else {
                    continue;
                };
                if let Some(row) = keys.iter().position(blank) {
                    let reason = "the key is blank; leave out rows of unknown customers";
                    return Err(Error::value("key", row, reason));
                }
            }
            Customers::from_texts(&texts)
        }
        (false, false) => Err(Error::VersionMismatch {
            what: "kind of customer key",
            expected: "integer".into(),
            found: "text".into(),
        }),
    }
}

/// The codes of one snapshot in the order of all customers.
fn column_of(
    customers: &Customers,
    assignments: &Assignments,
    period: &str,
    rows: &[CustomerIx],
) -> Result<Vec<u16>> {
    let mut codes = vec![NO_ROW; customers.len()];
    let mut seen = vec![0u64; customers.len().div_ceil(64)];
    for (row, customer) in rows.iter().enumerate() {
        let at = customer.at();
        let word = &mut seen[at / 64];
        if *word >> (at % 64) & 1 == 1 {
            return Err(Error::DuplicateKey {
                key: describe(customers, *customer, period),
                first_row: rows.iter().position(|it| it == customer).unwrap_or(row),
                row,
            });
        }
        *word |= 1 << (at % 64);
        codes[at] = code_of(assignments, row);
    }
    Ok(codes)
}
