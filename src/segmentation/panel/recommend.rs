//! What each index prefers, and which number can be defended best.

use super::{
    gap::{by_first_maximum, by_paper, within_an_error},
    knee::knee,
    report::{PanelGap, PanelIndex, PanelPreference, PanelReason, PanelRecommendation, PanelRow},
};
use crate::segmentation::Stability;

/// Clusters with less of the weight are small.
pub(super) const SMALL: f64 = 0.05;
/// Clusters with a mean Jaccard similarity from here on are stable (Hennig 2007).
pub(super) const STABLE: f64 = 0.75;
/// The prediction strength that is asked for (Tibshirani and Walther 2005).
const STRONG: f64 = 0.8;

/// Indices whose best value counts: the greatest, or with a minus sign the least.
const BY_VALUE: [(PanelIndex, f64); 4] = [
    (PanelIndex::Silhouette, 1.0),
    (PanelIndex::CalinskiHarabasz, 1.0),
    (PanelIndex::DaviesBouldin, -1.0),
    (PanelIndex::Bic, -1.0),
];

/// The value of an index at a number of clusters.
fn value(row: &PanelRow, index: PanelIndex) -> Option<f64> {
    match index {
        PanelIndex::Knee => Some(row.within),
        PanelIndex::Silhouette => row.silhouette.map(|mean| mean.value),
        PanelIndex::CalinskiHarabasz => row.calinski_harabasz,
        PanelIndex::DaviesBouldin => row.davies_bouldin,
        PanelIndex::Gap | PanelIndex::GapFirstMaximum => row.gap.map(|gap| gap.value),
        PanelIndex::Bic => row.bic,
        PanelIndex::PredictionStrength => row.strength.map(|strength| strength.mean),
        PanelIndex::Stability => least_jaccard(row),
    }
}

fn least_jaccard(row: &PanelRow) -> Option<f64> {
    row.stability.as_ref().map(Stability::least_jaccard)
}

/// The number at which an index is best, the first of equals.
fn best<'a>(
    rows: impl Iterator<Item = &'a PanelRow>,
    index: PanelIndex,
    sign: f64,
) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for row in rows {
        if let Some(value) = value(row, index).map(|value| sign * value)
            && best.is_none_or(|(_, best)| value > best)
        {
            best = Some((row.k, value));
        }
    }
    best.map(|(k, _)| k)
}

/// What each index prefers, and whether the gap still rises at the end.
pub(super) fn preferences(rows: &[PanelRow]) -> (Vec<PanelPreference>, bool) {
    let mut found = Vec::new();
    let mut prefers = |index, k: Option<usize>| {
        found.extend(k.map(|k| PanelPreference { index, k }));
    };
    let within: Vec<f64> = rows.iter().map(|row| row.within).collect();
    prefers(PanelIndex::Knee, knee(&within).map(|at| rows[at].k));
    for (index, sign) in BY_VALUE {
        prefers(index, best(rows.iter(), index, sign));
    }
    let gaps: Vec<PanelGap> = rows.iter().filter_map(|row| row.gap).collect();
    let mut rises = false;
    if gaps.len() > 1 {
        let last = gaps.len() - 1;
        rises = by_paper(&gaps).is_none();
        let paper = by_paper(&gaps).unwrap_or(last);
        prefers(PanelIndex::Gap, Some(rows[paper].k));
        // Of a gap that never falls the last is the maximum.
        let first = by_first_maximum(&gaps).unwrap_or_else(|| within_an_error(&gaps, last));
        prefers(PanelIndex::GapFirstMaximum, Some(rows[first].k));
    }
    let strong = |row: &&PanelRow| {
        let strength = row.strength;
        strength.is_some_and(|strength| strength.mean + strength.error >= STRONG)
    };
    let last = |row: Option<&PanelRow>| row.map(|row| row.k);
    prefers(
        PanelIndex::PredictionStrength,
        last(rows.iter().rfind(strong)),
    );
    let stable = |row: &&PanelRow| least_jaccard(row).is_some_and(|least| least >= STABLE);
    prefers(PanelIndex::Stability, last(rows.iter().rfind(stable)));
    (found, rises)
}

/// Whether the smallest cluster has less than a third of an even share.
pub(super) fn very_unequal(row: &PanelRow) -> bool {
    row.sizes[0] * 3.0 * (row.k as f64) < 1.0
}

/// By the rule of [`PanelRecommendation`].
pub(super) fn recommend(rows: &[PanelRow], preferences: &[PanelPreference]) -> PanelRecommendation {
    let preferred = |index: PanelIndex| {
        let found = preferences.iter().find(|found| found.index == index);
        found.map(|found| found.k)
    };
    let says_none = [PanelIndex::Gap, PanelIndex::PredictionStrength].map(preferred);
    let no_groups = rows.len() > 1
        && says_none.iter().any(Option::is_some)
        && says_none.iter().flatten().all(|&k| k == 1);
    let stands = |row: &&PanelRow| {
        let small = row.sizes[0] < SMALL || row.sizes.len() < row.k;
        row.k > 1 && !small && least_jaccard(row).is_none_or(|least| least >= STABLE)
    };
    let standing: Vec<&PanelRow> = rows.iter().filter(stands).collect();
    let (row, mut reasons) = if no_groups {
        (&rows[0], vec![PanelReason::NoGroups])
    } else if standing.is_empty() {
        let row = nearest(rows);
        let told = least_jaccard(row).map(|least| PanelReason::NoneStable {
            least_jaccard: least,
        });
        (row, told.into_iter().collect())
    } else {
        let row = most_votes(&standing, preferred);
        let told = least_jaccard(row).map(|least| PanelReason::Stable {
            least_jaccard: least,
        });
        (row, told.into_iter().collect())
    };
    let mut against = Vec::new();
    for preference in preferences {
        let at = |k: usize| rows.iter().find(|row| row.k == k);
        let index = preference.index;
        // The greatest stable number is no wish for that many.
        if index == PanelIndex::Stability {
            continue;
        }
        let same = preference.k == row.k;
        let reason = PanelReason::Prefers {
            index,
            k: preference.k,
            value: at(preference.k).and_then(|row| value(row, index)),
            here: if same { None } else { value(row, index) },
        };
        if same { &mut reasons } else { &mut against }.push(reason);
    }
    let warnings = row.warnings.iter().cloned();
    against.extend(warnings.map(PanelReason::Warning));
    PanelRecommendation {
        k: row.k,
        reasons,
        against,
    }
}

/// Where nothing stands: the most stable number from 2 on, or the one with the largest smallest
/// cluster.
fn nearest(rows: &[PanelRow]) -> &PanelRow {
    let merit = |row: &PanelRow| least_jaccard(row).unwrap_or(row.sizes[0]);
    let mut nearest = &rows[0];
    for row in &rows[1..] {
        if nearest.k == 1 || merit(row) > merit(nearest) {
            nearest = row;
        }
    }
    nearest
}

fn most_votes<'a>(
    standing: &[&'a PanelRow],
    preferred: impl Fn(PanelIndex) -> Option<usize>,
) -> &'a PanelRow {
    let own = BY_VALUE
        .iter()
        .map(|&(index, sign)| best(standing.iter().copied(), index, sign));
    let rules = [
        PanelIndex::Knee,
        PanelIndex::Gap,
        PanelIndex::PredictionStrength,
    ];
    let votes: Vec<usize> = own.chain(rules.map(preferred)).flatten().collect();
    let count = |row: &PanelRow| votes.iter().filter(|&&k| k == row.k).count();
    let mut most = standing[0];
    for &row in &standing[1..] {
        if count(row) > count(most) {
            most = row;
        }
    }
    most
}
