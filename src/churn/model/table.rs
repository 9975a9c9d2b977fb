//! The rows of a fit, of which some train at a time.

use crate::{
    Error, Result,
    churn::{CalibrationMethod, Folds, Logistic, LogisticData, LogisticParams, design::Design},
    data::Features,
    numeric::hash::mix,
};

use super::fitted::score;

/// Which rows of a larger table the data are.
#[derive(Debug)]
pub(super) enum Rows<'a> {
    All,
    /// These, of so many.
    Some {
        places: &'a [usize],
        of: usize,
    },
}

/// Rows without a missing value, with weights that say who trains: rows of weight 0 count for nothing in
/// a fit, but the columns and levels of the design are those of all rows.
#[derive(Debug)]
pub(super) struct Table<'a> {
    params: &'a LogisticParams,
    features: Features,
    left: Vec<bool>,
    weights: Vec<f64>,
    offset: Option<Vec<f64>>,
    clusters: Option<Vec<u32>>,
    /// The place of each row in the table that was given, and the number of rows of that.
    places: Vec<usize>,
    given: usize,
}

impl<'a> Table<'a> {
    pub(super) fn new(
        params: &'a LogisticParams,
        data: &LogisticData<'_>,
        rows: &Rows<'_>,
    ) -> Result<Self> {
        data.check()?;
        let policy = params.missing_rows();
        let design = Design::new(data.features, policy)?;
        let usable = design.bind(data.features)?.usable_rows(policy);
        let usable = usable.map_err(|error| match rows {
            Rows::All => error,
            Rows::Some { places, .. } => named(error, places),
        })?;
        let usable: Vec<usize> = match usable {
            None => (0..data.features.len()).collect(),
            Some(rows) => rows.into_iter().map(|row| row as usize).collect(),
        };
        let (places, given) = match rows {
            Rows::All => (usable.clone(), data.features.len()),
            Rows::Some { places, of } => (usable.iter().map(|&row| places[row]).collect(), *of),
        };
        let pick = |column: &[f64]| usable.iter().map(|&row| column[row]).collect::<Vec<f64>>();
        let clusters = data.clusters.map(|clusters| {
            let clusters = usable.iter().map(|&row| clusters[row]);
            clusters.collect::<Vec<u32>>()
        });
        Ok(Self {
            params,
            left: usable.iter().map(|&row| data.left[row]).collect(),
            weights: data
                .features
                .weights()
                .map_or_else(|| vec![1.0; usable.len()], pick),
            offset: data.offset.map(pick),
            clusters,
            features: data.features.of_rows(&usable),
            places,
            given,
        })
    }

    /// The place of each row in the table that was given.
    pub(super) fn places(&self) -> &[usize] {
        &self.places
    }

    /// The number of rows of the table that was given.
    pub(super) fn given(&self) -> usize {
        self.given
    }

    /// The rows that count.
    pub(super) fn counting(&self) -> Vec<usize> {
        let all: Vec<usize> = (0..self.weights.len()).collect();
        self.counting_of(&all)
    }

    /// Those of some rows that count.
    pub(super) fn counting_of(&self, rows: &[usize]) -> Vec<usize> {
        let rows = rows.iter().copied();
        rows.filter(|&row| self.weights[row] > 0.0).collect()
    }

    /// Who left, and the weight, of some rows.
    pub(super) fn outcomes(&self, rows: &[usize]) -> (Vec<bool>, Vec<f64>) {
        let pairs = rows.iter().map(|&row| (self.left[row], self.weights[row]));
        pairs.unzip()
    }

    /// Some rows dealt to folds: by cluster if there are any.
    pub(super) fn deal(&self, rows: &[usize], folds: usize, seed: u64) -> Result<Folds> {
        match &self.clusters {
            Some(clusters) => {
                let clusters: Vec<u32> = rows.iter().map(|&row| clusters[row]).collect();
                Folds::grouped(&clusters, folds, seed)
            }
            None => Folds::stratified(&self.outcomes(rows).0, folds, seed),
        }
    }

    /// An error that names the fold unless some of these rows left and some stayed.
    pub(super) fn check_classes(&self, rows: &[usize], what: &str) -> Result<()> {
        let counts = |kind: bool| {
            rows.iter()
                .any(|&row| self.left[row] == kind && self.weights[row] > 0.0)
        };
        for (kind, who) in [(true, "left"), (false, "stayed")] {
            if !counts(kind) {
                return Err(Error::NotEnoughData {
                    what: format!("customers who {who} among {what}; take fewer folds, or others")
                        .into(),
                    needed: 1,
                    found: 0,
                });
            }
        }
        Ok(())
    }

    /// The regression of some rows.
    pub(super) fn fit(&mut self, rows: &[usize]) -> Result<Logistic> {
        let mut weights = vec![0.0; self.weights.len()];
        for &row in rows {
            weights[row] = self.weights[row];
        }
        let none = Features::from_columns(&[], crate::data::MissingValues::Refuse)?;
        self.features = std::mem::replace(&mut self.features, none).with_weights(&weights)?;
        let mut data = LogisticData::new(&self.features, &self.left);
        if let Some(offset) = &self.offset {
            data = data.offset(offset);
        }
        self.params.fit(&data)
    }

    /// The scores of some rows, as a calibration by this method takes them.
    pub(super) fn scores(
        &self,
        logistic: &Logistic,
        rows: &[usize],
        method: CalibrationMethod,
    ) -> Result<Vec<f64>> {
        let offset = self.offset.as_ref();
        let offset = offset.map(|offset| rows.iter().map(|&row| offset[row]).collect::<Vec<f64>>());
        let features = self.features.of_rows(rows);
        let eta = logistic.linear_predictor(&features, offset.as_deref());
        let eta = eta.map_err(|error| {
            let places: Vec<usize> = rows.iter().map(|&row| self.places[row]).collect();
            named(error, &places)
        })?;
        let of_one = |eta: f64| score(logistic.link(), method, eta);
        Ok(eta.into_iter().map(of_one).collect())
    }
}

/// The error with the row of the table that was given: the place of the row it names.
pub(super) fn named(error: Error, places: &[usize]) -> Error {
    match error {
        Error::InvalidValue {
            column,
            row,
            reason,
        } => Error::InvalidValue {
            row: places.get(row).copied().unwrap_or(row),
            column,
            reason,
        },
        other => other,
    }
}

/// The seed of what happens within a fold.
pub(super) fn seed_within(seed: u64, fold: usize) -> u64 {
    mix(mix(seed) ^ (fold as u64 + 1))
}
