//! Risk tables of groups, within strata where there are any.

use std::ops::Range;

use rayon::prelude::*;

use super::risk_table::RiskTable;
use crate::{
    Error, Result,
    churn::Durations,
    data::{Categories, merge_all},
    numeric::map_chunks,
};

/// A group of customers and its risk table.
///
/// # Example
///
/// See [`RiskTables`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Group {
    /// What the group is called.
    pub name: String,
    /// Who was there and who left.
    pub table: RiskTable,
}

/// Risk tables of groups of customers, such as segments or plans, groups by name.
///
/// # Example
///
/// ```
/// use custometry::{churn::{Durations, KaplanMeier, RiskTables}, data::Categories};
///
/// let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0], &[1, 1, 0, 1])?;
/// let plan = Categories::new(&["monthly", "monthly", "yearly", "yearly"])?;
/// let tables = RiskTables::new(&durations, &plan)?;
/// let names: Vec<&str> = tables.groups().iter().map(|group| group.name.as_str()).collect();
/// assert_eq!(names, ["monthly", "yearly"]);
/// let yearly = KaplanMeier::new(&tables.groups()[1].table)?;
/// assert_eq!(yearly.survival_at(3.5), 1.0);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RiskTables {
    groups: Vec<Group>,
    /// The tables of each stratum, by group; one stratum without strata.
    strata: Vec<Vec<RiskTable>>,
}

impl RiskTables {
    /// The tables of the groups.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`]; [`Error::InvalidValue`] for a row without a group.
    ///
    /// # Example
    ///
    /// See [`RiskTables`].
    pub fn new(durations: &Durations, groups: &Categories) -> Result<Self> {
        Self::of_strata(durations, groups, None)
    }

    /// The tables of the groups within strata, so that groups are compared within each stratum
    /// only: customers of one plan with customers of the same plan.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), for the strata too.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{churn::{Durations, RiskTables}, data::Categories};
    /// let durations = Durations::new(&[1.0, 2.0], &[1, 1])?;
    /// let plan = Categories::new(&["monthly", "yearly"])?;
    /// let country = Categories::new(&["de", ""])?;
    /// let error = RiskTables::stratified(&durations, &plan, &country).unwrap_err();
    /// assert!(error.to_string().starts_with("column strata, row 1"));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn stratified(
        durations: &Durations,
        groups: &Categories,
        strata: &Categories,
    ) -> Result<Self> {
        Self::of_strata(durations, groups, Some(strata))
    }

    fn of_strata(
        durations: &Durations,
        groups: &Categories,
        strata: Option<&Categories>,
    ) -> Result<Self> {
        let (names, group_of) = places("group", durations, groups)?;
        let (stratum_names, stratum_of) = match strata {
            Some(strata) => places("strata", durations, strata)?,
            None => (vec![String::new()], vec![0; durations.len()]),
        };
        let cells = names.len() * stratum_names.len();
        let cell_of = |row: usize| stratum_of[row] * names.len() + group_of[row];
        let tables = tables(durations, cell_of, cells);
        let strata: Vec<Vec<RiskTable>> = tables
            .chunks(names.len())
            .map(<[RiskTable]>::to_vec)
            .collect();
        let mut groups = Vec::with_capacity(names.len());
        for (at, name) in names.into_iter().enumerate() {
            let of_group = strata.iter().map(|tables| tables[at].clone());
            let table = merge_all(of_group)?.unwrap_or_else(|| RiskTable::empty(0));
            groups.push(Group { name, table });
        }
        Ok(Self { groups, strata })
    }

    /// The groups, by name; their tables are over all strata.
    ///
    /// # Example
    ///
    /// See [`RiskTables`].
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    pub(super) fn strata(&self) -> &[Vec<RiskTable>] {
        &self.strata
    }
}

/// The names of a column of labels, ascending, and the place of each row among them.
fn places(
    column: &str,
    durations: &Durations,
    labels: &Categories,
) -> Result<(Vec<String>, Vec<usize>)> {
    Error::check_length(column, durations.len(), labels.len())?;
    let mut names: Vec<(&str, usize)> = labels.labels().zip(0..).collect();
    names.sort_unstable();
    let mut place_of_code = vec![0; names.len()];
    for (place, &(_, code)) in names.iter().enumerate() {
        place_of_code[code] = place;
    }
    let mut of_row = Vec::with_capacity(labels.len());
    for row in 0..labels.len() {
        let Some(code) = labels.code(row) else {
            let reason = "the label is blank; name it, or leave the row out";
            return Err(Error::value(column, row, reason));
        };
        of_row.push(place_of_code[code as usize]);
    }
    let names = names.into_iter().map(|(name, _)| name.to_owned()).collect();
    Ok((names, of_row))
}

/// Cells of a table that is held whole; beyond it rows are sorted.
const DENSE: usize = 1 << 22;
/// Parts of the rows that are counted side by side, at most.
const PARTS: usize = 16;

/// The risk table of each cell. Sums are over rows in their order, by either way.
pub(super) fn tables(
    durations: &Durations,
    cell_of: impl Fn(usize) -> usize + Sync,
    cells: usize,
) -> Vec<RiskTable> {
    // Columns of a table: entered, then by cause, 0 for censored.
    let width = durations.causes() + 2;
    let times = durations.times().len();
    let dense = cells.checked_mul(times * width);
    match dense {
        Some(size) if size <= DENSE => of_dense(durations, cell_of, cells, width, size),
        _ => of_sorted(durations, cell_of, cells, width),
    }
}

fn of_dense(
    durations: &Durations,
    cell_of: impl Fn(usize) -> usize + Sync,
    cells: usize,
    width: usize,
    size: usize,
) -> Vec<RiskTable> {
    let times = durations.times();
    let at = |row, place, column| (cell_of(row) * times.len() + place) * width + column;
    let rows = durations.len();
    let amounts: Vec<f64> = if durations.weights().is_some() {
        let mut amounts = vec![0.0; size];
        for_each_mark(durations, 0..rows, |row, place, column| {
            amounts[at(row, place, column)] += durations.weight_of(row);
        });
        amounts
    } else {
        // Tables of parts of the rows, few enough to be small beside these.
        let part = rows.div_ceil(PARTS).max(size * 4);
        let mut parts = map_chunks(rows, part, |rows| {
            let mut counts = vec![0u32; size];
            for_each_mark(durations, rows, |row, place, column| {
                counts[at(row, place, column)] += 1;
            });
            counts
        })
        .into_iter();
        let mut counts = parts.next().unwrap_or_default();
        for part in parts {
            for (all, part) in counts.iter_mut().zip(part) {
                *all += part;
            }
        }
        counts.into_iter().map(f64::from).collect()
    };
    (0..cells)
        .map(|cell| {
            let of_cell = &amounts[cell * times.len() * width..][..times.len() * width];
            let lines = times.iter().zip(of_cell.chunks(width));
            let occupied = lines.filter(|(_, line)| line.iter().any(|&amount| amount > 0.0));
            from_lines(width, occupied.map(|(&time, line)| (time, line)))
        })
        .collect()
}

fn of_sorted(
    durations: &Durations,
    cell_of: impl Fn(usize) -> usize,
    cells: usize,
    width: usize,
) -> Vec<RiskTable> {
    // Cell, place, row, column: rows of one time stay in their order.
    let mut marks: Vec<([usize; 4], f64)> = Vec::new();
    for_each_mark(durations, 0..durations.len(), |row, place, column| {
        marks.push(([cell_of(row), place, row, column], durations.weight_of(row)));
    });
    marks.par_sort_unstable_by_key(|(key, _)| *key);
    let mut lines: Vec<Vec<(f64, Vec<f64>)>> = vec![Vec::new(); cells];
    for same in marks.chunk_by(|(a, _), (b, _)| a[..2] == b[..2]) {
        let ([cell, place, ..], _) = same[0];
        let mut line = vec![0.0; width];
        for &([.., column], weight) in same {
            line[column] += weight;
        }
        lines[cell].push((durations.times()[place], line));
    }
    lines
        .iter()
        .map(|lines| {
            from_lines(
                width,
                lines.iter().map(|(time, line)| (*time, line.as_slice())),
            )
        })
        .collect()
}

/// Tells of each of these rows the place and the column of its exit, and of its entry.
fn for_each_mark(
    durations: &Durations,
    rows: Range<usize>,
    mut tell: impl FnMut(usize, usize, usize),
) {
    let exits = durations.exit_places()[rows.clone()].iter();
    let causes = &durations.cause()[rows.clone()];
    for ((row, &exit), &cause) in rows.clone().zip(exits).zip(causes) {
        tell(row, exit as usize, usize::from(cause) + 1);
    }
    if let Some(entries) = durations.entry_places() {
        for (row, &entry) in rows.clone().zip(&entries[rows]) {
            tell(row, entry as usize, 0);
        }
    }
}

fn from_lines<'a>(width: usize, lines: impl Iterator<Item = (f64, &'a [f64])>) -> RiskTable {
    let mut times = Vec::new();
    let mut columns = vec![Vec::new(); width];
    for (time, line) in lines {
        times.push(time);
        for (column, &amount) in columns.iter_mut().zip(line) {
            column.push(amount);
        }
    }
    let left = columns.split_off(1);
    let entered = columns.pop().unwrap_or_default();
    RiskTable::from_columns(times, entered, left)
}
