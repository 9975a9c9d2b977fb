//! The rows of a fit: sorted by stratum and time, with centred and scaled columns.

use std::ops::Range;

use rayon::prelude::*;

use super::CoxData;
use crate::{Error, Result, churn::design::Bound, numeric::map_chunks};

/// Rows that are worked on together; a constant, so that sums do not depend on the threads.
pub(super) const BLOCK: usize = 16_384;
/// Rows that are fetched from all over the memory before they are worked on.
const FETCHED: usize = 64;
/// A column that varies less than this share of its mean is constant.
const CONSTANT: f64 = 1e-12;

/// The rows at risk at some event, in blocks of columns.
///
/// A row that is watched from an entry on is two rows: one up to its exit, and one with its weight
/// taken negatively up to its entry. All that is added up over rows is then right.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) columns: usize,
    /// Blocks of [`BLOCK`] rows, column by column, centred and scaled.
    pub(super) x: Vec<f64>,
    /// The weight, negative for what is taken off up to an entry.
    pub(super) weight: Vec<f64>,
    pub(super) offset: Option<Vec<f64>>,
    /// The event time, by number, that is the last not after the end of the row. Ascending.
    pub(super) group: Vec<u32>,
    /// 1 for a row that left, 0 for others.
    pub(super) died: Vec<f64>,
    /// The row of the data that each came from.
    pub(super) of: Vec<u32>,
    pub(super) groups: Vec<EventTime>,
    /// The event times and the rows of each stratum that has any.
    pub(super) strata: Vec<Stratum>,
    /// The means of the columns over all rows.
    pub(super) means: Vec<f64>,
    /// The means of the columns over the rows that are at risk at some event.
    pub(super) centre: Vec<f64>,
    /// The standard deviation of each column over those; 0 for a constant one.
    pub(super) scale: Vec<f64>,
    /// Highest less lowest value of each scaled column over those.
    pub(super) range: Vec<f64>,
}

/// A time at which somebody left.
#[derive(Debug, Clone, Copy)]
pub(super) struct EventTime {
    pub(super) place: u32,
    pub(super) deaths: u32,
    pub(super) mean_weight: f64,
}

#[derive(Debug, Clone)]
pub(super) struct Stratum {
    /// The code of the stratum.
    pub(super) code: u32,
    pub(super) groups: Range<usize>,
    pub(super) rows: Range<usize>,
}

/// One row, or the part of it up to its entry.
#[derive(Clone, Copy)]
struct Spell {
    row: u32,
    place: u32,
    is_entry: bool,
}

impl Rows {
    /// The rows of the data that are usable, sorted.
    pub(super) fn new(
        data: &CoxData<'_>,
        bound: &Bound<'_>,
        columns: usize,
        usable: &[u32],
    ) -> Result<Self> {
        let sorted = sorted(data, usable)?;
        let mut rows = Self {
            columns,
            x: Vec::new(),
            weight: Vec::new(),
            offset: None,
            group: Vec::new(),
            died: Vec::new(),
            of: Vec::new(),
            groups: Vec::new(),
            strata: Vec::new(),
            means: Vec::new(),
            centre: Vec::new(),
            scale: Vec::new(),
            range: Vec::new(),
        };
        rows.number(data, &sorted)?;
        rows.measure(data, bound, usable);
        rows.gather(bound);
        if let Some(offset) = data.offset {
            rows.offset = Some(rows.of.iter().map(|&row| offset[row as usize]).collect());
        }
        Ok(rows)
    }

    pub(super) fn len(&self) -> usize {
        self.group.len()
    }

    /// The weight of one who left, on average: what the log-likelihood is measured in.
    pub(super) fn mean_weight_of_leaving(&self) -> f64 {
        let sums = self.groups.iter().fold((0.0, 0.0), |sums, time| {
            let deaths = f64::from(time.deaths);
            (sums.0 + deaths * time.mean_weight, sums.1 + deaths)
        });
        sums.0 / sums.1
    }

    /// A cell of the centred and scaled columns.
    pub(super) fn value(&self, row: usize, column: usize) -> f64 {
        let rows = self.block(row / BLOCK);
        self.x[rows.start * self.columns + column * rows.len() + row - rows.start]
    }

    /// The rows of a block.
    pub(super) fn block(&self, at: usize) -> Range<usize> {
        at * BLOCK..((at + 1) * BLOCK).min(self.len())
    }

    /// The columns of a block, one after the other.
    pub(super) fn block_columns(&self, at: usize) -> &[f64] {
        let rows = self.block(at);
        &self.x[rows.start * self.columns..rows.end * self.columns]
    }

    /// Numbers the event times and keeps the rows that were at risk at one.
    fn number(&mut self, data: &CoxData<'_>, sorted: &[Spell]) -> Result<()> {
        let durations = data.durations;
        let cause = durations.cause();
        let stratum_of = |spell: &Spell| data.stratum(spell.row as usize);
        let left = |spell: &Spell| !spell.is_entry && cause[spell.row as usize] > 0;
        for stratum in sorted.chunk_by(|a, b| stratum_of(a) == stratum_of(b)) {
            let (first_group, first_row) = (self.groups.len(), self.group.len());
            // Who came after one event and was gone before the next would only be added and taken
            // off again, and leave rounding behind.
            let at: Vec<u32> = stratum
                .iter()
                .filter(|spell| left(spell))
                .map(|spell| spell.place)
                .collect();
            let events_until = |place: u32| at.partition_point(|&event| event <= place);
            let never_at_risk = |spell: &Spell| {
                durations.entry_places().is_some_and(|entries| {
                    let row = spell.row as usize;
                    events_until(entries[row]) == events_until(durations.exit_places()[row])
                })
            };
            for ties in stratum.chunk_by(|a, b| a.place == b.place) {
                let (mut deaths, mut weight) = (0, 0.0);
                for spell in ties.iter().filter(|spell| left(spell)) {
                    deaths += 1;
                    weight += durations.weight_of(spell.row as usize);
                }
                if deaths > 0 {
                    self.groups.push(EventTime {
                        place: ties[0].place,
                        deaths,
                        mean_weight: weight / f64::from(deaths),
                    });
                }
                if self.groups.len() == first_group {
                    continue; // gone before the first event: never at risk
                }
                let group = as_u32(self.groups.len() - 1)?;
                for spell in ties.iter().filter(|spell| !never_at_risk(spell)) {
                    let weight = durations.weight_of(spell.row as usize);
                    self.group.push(group);
                    self.weight
                        .push(if spell.is_entry { -weight } else { weight });
                    self.died.push(f64::from(u8::from(left(spell))));
                    self.of.push(spell.row);
                }
            }
            if self.groups.len() > first_group {
                self.strata.push(Stratum {
                    code: stratum_of(&stratum[0]),
                    groups: first_group..self.groups.len(),
                    rows: first_row..self.group.len(),
                });
            }
        }
        Ok(())
    }

    /// Who is at risk at no event says nothing, and must not set the scale.
    fn measure(&mut self, data: &CoxData<'_>, bound: &Bound<'_>, usable: &[u32]) {
        let of_all = Moments::new(data, bound, self.columns, usable);
        self.means.clone_from(&of_all.mean);
        let mut is_at_risk = vec![false; data.durations.len()];
        for &row in &self.of {
            is_at_risk[row as usize] = true;
        }
        let at_risk = |row: &u32| is_at_risk[*row as usize];
        let moments = if usable.iter().all(at_risk) {
            of_all
        } else {
            let usable: Vec<u32> = usable.iter().copied().filter(at_risk).collect();
            Moments::new(data, bound, self.columns, &usable)
        };
        self.centre = moments.mean;
        self.scale = moments.deviation;
        self.range = moments.range;
    }

    /// How far a step of the coefficients of some columns moves rows of a stratum apart.
    pub(super) fn spread(&self, columns: &[usize], step: &[f64]) -> f64 {
        let moves = map_chunks(self.len(), BLOCK, |range| {
            let mut moves = vec![0.0; range.len()];
            let x = self.block_columns(range.start / BLOCK);
            for (&column, step) in columns.iter().zip(step) {
                let of_column = &x[column * range.len()..(column + 1) * range.len()];
                for (to, x) in moves.iter_mut().zip(of_column) {
                    *to += step * x;
                }
            }
            moves
        })
        .concat();
        let of_stratum = |stratum: &Stratum| {
            let rows = &moves[stratum.rows.clone()];
            let high = rows.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let low = rows.iter().copied().fold(f64::INFINITY, f64::min);
            high - low
        };
        self.strata.iter().map(of_stratum).fold(0.0, f64::max)
    }

    fn gather(&mut self, bound: &Bound<'_>) {
        let columns = self.columns;
        self.x = vec![0.0; self.len() * columns];
        let (of, centre, scale) = (&self.of, &self.centre, &self.scale);
        self.x
            .par_chunks_mut(BLOCK * columns.max(1))
            .enumerate()
            .for_each(|(at, block)| {
                let len = block.len() / columns;
                let mut cells = vec![0.0; FETCHED * columns];
                for start in (0..len).step_by(FETCHED) {
                    let end = (start + FETCHED).min(len);
                    let fetched = &of[at * BLOCK + start..at * BLOCK + end];
                    for (&row, cells) in fetched.iter().zip(cells.chunks_exact_mut(columns)) {
                        bound.write(row as usize, cells);
                    }
                    for column in (0..columns).filter(|&column| scale[column] > 0.0) {
                        let (centre, scale) = (centre[column], scale[column]);
                        let of_column = cells[column..].iter().step_by(columns);
                        let out = &mut block[column * len + start..column * len + end];
                        for (out, cell) in out.iter_mut().zip(of_column) {
                            *out = (cell - centre) / scale;
                        }
                    }
                }
            });
    }
}

fn as_u32(number: usize) -> Result<u32> {
    u32::try_from(number).map_err(|_| Error::Overflow {
        what: "more than 4294967295 rows and entries; split them".into(),
    })
}

/// The spells in the order of strata, and of times within each.
fn sorted(data: &CoxData<'_>, usable: &[u32]) -> Result<Vec<Spell>> {
    let exits = data.durations.exit_places();
    let spell = |row: u32, place: u32, is_entry| Spell {
        row,
        place,
        is_entry,
    };
    let mut spells: Vec<Spell> = usable
        .iter()
        .map(|&row| spell(row, exits[row as usize], false))
        .collect();
    if let Some(entries) = data.durations.entry_places() {
        spells.extend(
            usable
                .iter()
                .map(|&row| spell(row, entries[row as usize], true)),
        );
    }
    as_u32(spells.len())?;
    let by_time = counting_sort(&spells, data.durations.times().len(), |spell| spell.place);
    Ok(match data.strata {
        None => by_time,
        Some(strata) => {
            let of = |spell: &Spell| data.stratum(spell.row as usize);
            counting_sort(&by_time, strata.labels().len(), of)
        }
    })
}

/// A stable sort by a key below `keys`.
fn counting_sort(spells: &[Spell], keys: usize, key: impl Fn(&Spell) -> u32) -> Vec<Spell> {
    let mut next = vec![0usize; keys + 1];
    for spell in spells {
        next[key(spell) as usize + 1] += 1;
    }
    for at in 1..next.len() {
        next[at] += next[at - 1];
    }
    let mut out = spells.to_vec();
    for spell in spells {
        let place = &mut next[key(spell) as usize];
        out[*place] = *spell;
        *place += 1;
    }
    out
}

struct Moments {
    mean: Vec<f64>,
    deviation: Vec<f64>,
    range: Vec<f64>,
}

impl Moments {
    fn new(data: &CoxData<'_>, bound: &Bound<'_>, columns: usize, usable: &[u32]) -> Self {
        let mut origin = vec![0.0; columns];
        bound.write(usable[0] as usize, &mut origin);
        let parts = map_chunks(usable.len(), BLOCK, |range| {
            let mut cells = vec![0.0; columns];
            let mut sums = vec![[0.0, 0.0, f64::INFINITY, f64::NEG_INFINITY]; columns];
            let mut total = 0.0;
            for &row in &usable[range] {
                let weight = data.durations.weight_of(row as usize);
                bound.write(row as usize, &mut cells);
                total += weight;
                for ((sums, cell), origin) in sums.iter_mut().zip(&cells).zip(&origin) {
                    let gap = cell - origin;
                    sums[0] += weight * gap;
                    sums[1] += weight * gap * gap;
                    sums[2] = sums[2].min(gap);
                    sums[3] = sums[3].max(gap);
                }
            }
            (total, sums)
        });
        let mut total = 0.0;
        let mut sums = vec![[0.0, 0.0, f64::INFINITY, f64::NEG_INFINITY]; columns];
        for (weight, part) in parts {
            total += weight;
            for (sums, part) in sums.iter_mut().zip(part) {
                sums[0] += part[0];
                sums[1] += part[1];
                sums[2] = sums[2].min(part[2]);
                sums[3] = sums[3].max(part[3]);
            }
        }
        let mut moments = Self {
            mean: Vec::new(),
            deviation: Vec::new(),
            range: Vec::new(),
        };
        for (sums, origin) in sums.iter().zip(&origin) {
            let gap = sums[0] / total;
            let deviation = (sums[1] / total - gap * gap).max(0.0).sqrt();
            let spread = sums[3] - sums[2];
            let is_constant = spread <= CONSTANT * origin.abs() || deviation <= 0.0;
            let deviation = if is_constant { 0.0 } else { deviation };
            moments.mean.push(origin + gap);
            moments.deviation.push(deviation);
            moments
                .range
                .push(if is_constant { 0.0 } else { spread / deviation });
        }
        moments
    }
}
