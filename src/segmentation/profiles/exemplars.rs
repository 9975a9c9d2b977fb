//! The customers in the middle of each segment.

use super::{groups::Groups, moments::CHUNK, report::Exemplar};
use crate::{data::Features, numeric::map_chunks};

/// Where distances are taken: the middle of each group, and the unit of each feature; `None` for
/// a feature that does not vary.
pub(super) struct Space<'a> {
    pub(super) features: &'a Features,
    /// For each feature the median in each group, NaN where there is none.
    pub(super) middles: Vec<Vec<f64>>,
    pub(super) units: Vec<Option<f64>>,
}

/// A difference in units is held below this, so that its square is a number.
const FAR: f64 = 1e100;

/// What a row is ranked by: missing values, then distance, then row.
#[derive(Clone, Copy)]
struct Candidate {
    missing: usize,
    distance: f64,
    row: usize,
}

impl Candidate {
    fn order(&self, other: &Self) -> std::cmp::Ordering {
        (self.missing.cmp(&other.missing))
            .then(self.distance.total_cmp(&other.distance))
            .then(self.row.cmp(&other.row))
    }
}

impl Space<'_> {
    fn candidate(&self, row: usize, group: usize) -> Option<Candidate> {
        let (mut sum, mut known, mut missing) = (0.0, 0usize, 0);
        let values = self.features.view();
        for ((value, middles), unit) in values.row(row).iter().zip(&self.middles).zip(&self.units) {
            let Some(unit) = unit else { continue };
            let gap = (value - middles[group]) / unit;
            if gap.is_nan() {
                missing += 1;
            } else {
                let gap = gap.abs().min(FAR);
                sum += gap * gap;
                known += 1;
            }
        }
        (known > 0).then(|| Candidate {
            missing,
            distance: (sum / known as f64).sqrt(),
            row,
        })
    }
}

/// The nearest rows to the middle of each segment, nearest first.
pub(super) fn exemplars(space: &Space<'_>, groups: &Groups<'_>, most: usize) -> Vec<Vec<Exemplar>> {
    let segments = groups.count - 1;
    if most == 0 {
        return vec![Vec::new(); segments];
    }
    let parts = map_chunks(groups.len(), CHUNK, |rows| {
        let mut nearest: Vec<Vec<Candidate>> = vec![Vec::new(); segments];
        for row in rows {
            if let Some(group) = groups.of(row).filter(|&group| group < segments) {
                nearest[group].extend(space.candidate(row, group));
            }
        }
        for list in &mut nearest {
            keep(list, most);
        }
        nearest
    });
    let mut nearest: Vec<Vec<Candidate>> = vec![Vec::new(); segments];
    for part in parts {
        nearest
            .iter_mut()
            .zip(part)
            .for_each(|(all, own)| all.extend(own));
    }
    let exemplar = |candidate: &Candidate| Exemplar {
        row: candidate.row,
        distance: candidate.distance,
        missing: candidate.missing,
    };
    let finish = |mut list: Vec<Candidate>| {
        keep(&mut list, most);
        list.iter().map(exemplar).collect()
    };
    nearest.into_iter().map(finish).collect()
}

/// The first few of the order, in order.
fn keep(list: &mut Vec<Candidate>, most: usize) {
    if list.len() > most {
        list.select_nth_unstable_by(most - 1, Candidate::order);
        list.truncate(most);
    }
    list.sort_unstable_by(Candidate::order);
}
