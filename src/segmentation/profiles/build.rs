//! What was counted, said.

use super::{
    categories::Table,
    exemplars::{Space, exemplars},
    groups::Groups,
    moments::{Cell, Column},
    params::ProfileParams,
    quantiles::quantiles,
    report::{
        NumericProfile, NumericSummary, PopulationProfile, Profiles, Quantile, SegmentProfile,
        VarianceTest,
    },
};
use crate::{
    data::{Assignments, Features, Segment},
    numeric::special::f_upper_tail,
};

/// Everything that was counted, before it is said.
pub(super) struct Work<'a> {
    pub(super) asked: &'a [f64],
    pub(super) columns: Vec<Column>,
    /// For each feature, for each group and then for all: the quantiles asked for, then those at
    /// .5, .25 and .75.
    pub(super) quantiles: Vec<Vec<Vec<f64>>>,
    pub(super) tables: Vec<Table<'a>>,
    pub(super) groups: Groups<'a>,
    pub(super) features: &'a Features,
    pub(super) revenue: Option<Vec<f64>>,
}

impl Work<'_> {
    pub(super) fn profiles(
        &self,
        assignments: &Assignments,
        params: &ProfileParams,
        space: Option<&Features>,
    ) -> Profiles {
        let segments = self.groups.count - 1;
        let (mut customers, mut weights) = (vec![0; segments + 1], vec![0.0; segments + 1]);
        for row in 0..self.groups.len() {
            if let Some(group) = self.groups.of(row) {
                customers[group] += 1;
                weights[group] += self.groups.weight(row);
            }
        }
        let weight: f64 = weights.iter().sum();
        let revenue: Option<f64> = self.revenue.as_ref().map(|all| all.iter().sum());
        let mut exemplars = exemplars(&self.space(space), &self.groups, params.exemplars);
        let profile = |(at, segment): (usize, &Segment)| {
            let own_revenue = self.revenue.as_ref().map(|all| all[at]);
            let all_revenue = revenue.filter(|&all| all > 0.0);
            let mut profile = SegmentProfile {
                id: segment.id,
                name: segment.name.clone(),
                customers: customers[at],
                weight: weights[at],
                share: weights[at] / weight,
                revenue: own_revenue,
                revenue_share: own_revenue.zip(all_revenue).map(|(own, all)| own / all),
                numeric: (0..self.columns.len())
                    .map(|column| self.numeric(column, at))
                    .collect(),
                categories: self.tables.iter().map(|table| table.segment(at)).collect(),
                distinguishing: Vec::new(),
                exemplars: std::mem::take(&mut exemplars[at]),
            };
            profile.distinguishing = profile.distinctions();
            profile.distinguishing.truncate(params.distinguishing);
            profile
        };
        Profiles {
            segments: assignments
                .segments()
                .iter()
                .enumerate()
                .map(profile)
                .collect(),
            population: PopulationProfile {
                customers: customers.iter().sum(),
                weight,
                revenue,
                numeric: (0..self.columns.len())
                    .map(|at| self.population(at))
                    .collect(),
                categories: self.tables.iter().map(Table::population).collect(),
            },
            unassigned: customers[segments],
            variance: (0..self.columns.len())
                .map(|at| self.variance(at))
                .collect(),
            associations: self.tables.iter().map(Table::association).collect(),
        }
    }

    fn summary(&self, at: usize, cell: &Cell, group: usize) -> NumericSummary {
        let column = &self.columns[at];
        let found = &self.quantiles[at][group];
        let quantile = |(place, &share): (usize, &f64)| Quantile {
            share,
            value: found.get(place).copied(),
        };
        let known = |value: f64| (cell.count > 0).then_some(value);
        NumericSummary {
            feature: self.features.names()[at].clone(),
            count: cell.count,
            missing: cell.missing,
            weight: cell.weight,
            mean: column.mean(cell),
            sd: column.sd(cell),
            median: found.get(self.asked.len()).copied(),
            quantiles: self.asked.iter().enumerate().map(quantile).collect(),
            min: known(cell.min),
            max: known(cell.max),
        }
    }

    fn population(&self, at: usize) -> NumericSummary {
        let all = self.columns[at].pooled(0..self.groups.count);
        self.summary(at, &all, self.groups.count)
    }

    fn numeric(&self, at: usize, group: usize) -> NumericProfile {
        let column = &self.columns[at];
        let all = column.pooled(0..self.groups.count);
        let own = column.cells[group];
        let summary = self.summary(at, &own, group);
        let mean = column.mean(&all).filter(|&mean| mean > 0.0);
        let index = summary.mean.zip(mean).map(|(own, all)| own / all * 100.0);
        let sd = Column::scaled_sd(&all).filter(|&sd| sd > 0.0 && own.count > 0);
        NumericProfile {
            summary,
            index: index.filter(|index| index.is_finite()),
            standardised_difference: sd.map(|sd| (own.delta - all.delta) / sd),
        }
    }

    fn variance(&self, at: usize) -> VarianceTest {
        let column = &self.columns[at];
        let segments = &column.cells[..self.groups.count - 1];
        let all = column.pooled(0..self.groups.count - 1);
        let inhabited = segments.iter().filter(|cell| cell.count > 0).count();
        let between_degrees = inhabited.saturating_sub(1) as f64;
        let within_degrees = (all.weight - inhabited as f64).max(0.0);
        let (mut between, mut within) = (0.0, 0.0);
        for cell in segments.iter().filter(|cell| cell.count > 0) {
            let gap = cell.delta - all.delta;
            between += gap * gap * cell.weight;
            within += cell.squares;
        }
        let f = (between_degrees > 0.0 && within_degrees > 0.0 && within > 0.0)
            .then(|| (between / between_degrees) / (within / within_degrees))
            .filter(|f| f.is_finite());
        let varies = inhabited > 0 && all.max > all.min;
        VarianceTest {
            feature: self.features.names()[at].clone(),
            f,
            between_degrees,
            within_degrees,
            p_value: f.map(|f| f_upper_tail(f, between_degrees, within_degrees)),
            eta_squared: varies.then(|| between / (between + within)),
        }
    }

    /// Where exemplars are looked for.
    fn space<'s>(&'s self, given: Option<&'s Features>) -> Space<'s> {
        if let Some(features) = given {
            let medians = quantiles(features, &self.groups, &[0.5]);
            let units = vec![Some(1.0); medians.len()];
            return Space {
                features,
                middles: middles(&medians, 0),
                units,
            };
        }
        let asked = self.asked.len();
        let unit = |at: usize| {
            let all = self.quantiles[at].last()?;
            let range = all.get(asked + 2)? - all.get(asked + 1)?;
            let sd = || {
                let column = &self.columns[at];
                column.sd(&column.pooled(0..self.groups.count))
            };
            let unit = Some(range).filter(|&range| range > 0.0).or_else(sd);
            unit.filter(|&unit| unit > 0.0)
        };
        Space {
            features: self.features,
            middles: middles(&self.quantiles, asked),
            units: (0..self.columns.len()).map(unit).collect(),
        }
    }
}

/// One of the quantiles, for each feature and group.
fn middles(quantiles: &[Vec<Vec<f64>>], at: usize) -> Vec<Vec<f64>> {
    let of_group = |found: &Vec<f64>| found.get(at).copied().unwrap_or(f64::NAN);
    let of_column = |column: &Vec<Vec<f64>>| column.iter().map(of_group).collect();
    quantiles.iter().map(of_column).collect()
}
