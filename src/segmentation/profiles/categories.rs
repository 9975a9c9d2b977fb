//! How the labels of a category feature spread over the groups.

use super::{
    groups::Groups,
    report::{Association, CategoryProfile, LevelShare},
};
use crate::{
    data::{Categories, Features},
    numeric::{map_chunks, special::chi_square_upper_tail},
};

/// A category feature: how much weight each label has in each group.
pub(super) struct Table<'a> {
    pub(super) name: &'a str,
    labels: Vec<&'a str>,
    /// Group by group.
    weights: Vec<f64>,
    count: Vec<usize>,
    missing: Vec<usize>,
}

/// The tables of all category features.
pub(super) fn tables<'a>(features: &'a Features, groups: &Groups<'_>) -> Vec<Table<'a>> {
    let named = |name| Some((name, features.categories(name)?));
    let columns: Vec<(&str, &Categories)> = features.category_names().filter_map(named).collect();
    map_chunks(columns.len(), 1, |at| {
        let (name, column) = columns[at.start];
        Table::new(name, column, groups)
    })
}

impl<'a> Table<'a> {
    fn new(name: &'a str, column: &'a Categories, groups: &Groups<'_>) -> Self {
        let labels: Vec<&str> = column.labels().collect();
        let mut table = Self {
            name,
            weights: vec![0.0; groups.count * labels.len()],
            count: vec![0; groups.count],
            missing: vec![0; groups.count],
            labels,
        };
        for row in 0..groups.len() {
            let Some(group) = groups.of(row) else {
                continue;
            };
            if let Some(code) = column.code(row) {
                table.count[group] += 1;
                table.weights[group * table.labels.len() + code as usize] += groups.weight(row);
            } else {
                table.missing[group] += 1;
            }
        }
        table
    }

    fn of_group(&self, group: usize) -> &[f64] {
        &self.weights[group * self.labels.len()..][..self.labels.len()]
    }

    fn of_groups(&self, groups: std::ops::Range<usize>) -> Vec<f64> {
        let mut all = vec![0.0; self.labels.len()];
        for group in groups {
            let own = self.of_group(group);
            all.iter_mut().zip(own).for_each(|(all, own)| *all += own);
        }
        all
    }

    /// All groups as one.
    pub(super) fn population(&self) -> CategoryProfile {
        let all = self.of_groups(0..self.count.len());
        let (count, missing) = (self.count.iter().sum(), self.missing.iter().sum());
        self.profile(&all, count, missing, &all)
    }

    pub(super) fn segment(&self, group: usize) -> CategoryProfile {
        let all = self.of_groups(0..self.count.len());
        let (count, missing) = (self.count[group], self.missing[group]);
        self.profile(self.of_group(group), count, missing, &all)
    }

    fn profile(&self, own: &[f64], count: usize, missing: usize, all: &[f64]) -> CategoryProfile {
        let total: f64 = all.iter().sum();
        let weight: f64 = own.iter().sum();
        let level = |at: usize| {
            let overall = all[at] / total;
            let share = (weight > 0.0).then(|| own[at] / weight);
            // The spread of a column of 0 and 1.
            let variance = overall * (1.0 - overall) * (total / (total - 1.0));
            let sd = (total > 1.0 && variance > 0.0).then(|| variance.sqrt());
            LevelShare {
                level: self.labels[at].to_owned(),
                weight: own[at],
                share,
                lift: share.filter(|_| overall > 0.0).map(|share| share / overall),
                standardised_difference: share.zip(sd).map(|(share, sd)| (share - overall) / sd),
            }
        };
        CategoryProfile {
            feature: self.name.to_owned(),
            count,
            missing,
            weight,
            levels: (0..self.labels.len()).map(level).collect(),
        }
    }

    /// Whether segment and label have to do with each other, over the customers who have both.
    pub(super) fn association(&self) -> Association {
        let segments = self.count.len() - 1;
        let columns = self.of_groups(0..segments);
        let total: f64 = columns.iter().sum();
        let rows: Vec<f64> = (0..segments)
            .map(|group| self.of_group(group).iter().sum())
            .collect();
        let used = |sums: &[f64]| sums.iter().filter(|&&sum| sum > 0.0).count();
        let (used_rows, used_columns) = (used(&rows), used(&columns));
        let freedom = used_rows.saturating_sub(1) * used_columns.saturating_sub(1);
        let mut association = Association {
            feature: self.name.to_owned(),
            chi_square: None,
            degrees_of_freedom: freedom as f64,
            p_value: None,
            cramers_v: None,
            smallest_expected: None,
        };
        if freedom == 0 {
            return association;
        }
        let (mut unevenness, mut smallest) = (0.0, f64::INFINITY);
        for (group, row) in rows.iter().enumerate().filter(|(_, sum)| **sum > 0.0) {
            for (own, column) in self.of_group(group).iter().zip(&columns) {
                if *column > 0.0 {
                    let expected = (row / total) * (column / total);
                    let gap = own / total - expected;
                    unevenness += gap * gap / expected;
                    smallest = expected.min(smallest);
                }
            }
        }
        let chi_square = unevenness * total;
        let most = used_rows.min(used_columns) - 1;
        association.chi_square = Some(chi_square);
        association.p_value = Some(chi_square_upper_tail(chi_square, freedom as f64));
        association.cramers_v = Some((unevenness / most as f64).sqrt().min(1.0));
        association.smallest_expected = Some(smallest * total);
        association
    }
}
