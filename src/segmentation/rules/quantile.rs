//! The threshold of a quantile condition, with weights.

use crate::{Error, Result, data::Features, numeric::quantile::weighted_quantile};

/// The present values of a column in ascending order, each with its weight.
pub(super) struct Ascending {
    values: Vec<(f64, f64)>,
}

impl Ascending {
    pub(super) fn of(features: &Features, name: &str) -> Result<Self> {
        let column = features.column(name);
        let values = column.iter().flatten().copied();
        let mut values: Vec<(f64, f64)> = match features.weights() {
            None => values.map(|value| (value, 1.0)).collect(),
            Some(weights) => values.zip(weights.iter().copied()).collect(),
        };
        values.retain(|(value, weight)| !value.is_nan() && *weight > 0.0);
        values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        // Equal values are one value that counts as often.
        values.dedup_by(|next, kept| {
            let same = next.0.total_cmp(&kept.0).is_eq();
            if same {
                kept.1 += next.1;
            }
            same
        });
        let total: f64 = values.iter().map(|(_, weight)| weight).sum();
        if values.is_empty() {
            return Err(Error::NotEnoughData {
                what: format!("values of {name} that are not missing, for its quantiles").into(),
                needed: 1,
                found: 0,
            });
        }
        if values.len() > 1 && !(total >= 2.0 && total.is_finite()) {
            return Err(Error::parameter(
                "weights",
                format!("{total} in all over the rows with a {name}"),
                "a finite sum of at least 2: a weight says how many customers a row stands for",
            ));
        }
        Ok(Self { values })
    }

    /// The quantile at a share, where a value of weight w stands w times in the row.
    pub(super) fn quantile(&self, share: f64) -> Option<f64> {
        weighted_quantile(&self.values, 1.0, share)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{data::MissingValues, numeric::quantile::quantile_sorted};

    fn ascending(values: &[f64], weights: Option<&[f64]>) -> Result<Ascending> {
        let columns: &[(&str, &[f64])] = &[("spend", values)];
        let mut features = Features::from_columns(columns, MissingValues::Keep)?;
        if let Some(weights) = weights {
            features = features.with_weights(weights)?;
        }
        Ascending::of(&features, "spend")
    }

    #[test]
    fn weighted_quantiles_against_numpy() {
        // numpy 2.4.6: quantile(repeat([1, 2, 4, 8], [3, 1, 2, 4]), p, method='linear')
        let row = ascending(&[4.0, 8.0, 1.0, 2.0], Some(&[2.0, 4.0, 3.0, 1.0])).unwrap();
        for (share, expected) in [(0.0, 1.0), (0.25, 1.25), (0.5, 4.0), (0.6, 5.6), (1.0, 8.0)] {
            let got = row.quantile(share).unwrap();
            assert!((got - expected).abs() < 1e-12, "{share}: {got}");
        }
    }

    #[test]
    fn huge_values_and_weights_that_are_no_counts() {
        let far = ascending(&[f64::MIN, f64::MAX], None).unwrap();
        assert!(far.quantile(0.5).unwrap().abs() < 1e300);
        let shares = ascending(&[1.0, 2.0], Some(&[0.5, 0.5])).err().unwrap();
        assert!(shares.to_string().contains("at least 2"), "{shares}");
        let one = ascending(&[7.0, f64::NAN], Some(&[0.5, 3.0])).unwrap();
        assert_eq!(one.quantile(0.9), Some(7.0));
        assert!(ascending(&[f64::NAN], None).is_err());
    }

    proptest! {
        #[test]
        fn whole_weights_are_copies(
            rows in prop::collection::vec((-3i8..4, 0u8..4), 1..12),
            share in 0.0f64..=1.0,
        ) {
            let values: Vec<f64> = rows.iter().map(|row| f64::from(row.0) * 0.37).collect();
            let weights: Vec<f64> = rows.iter().map(|row| f64::from(row.1)).collect();
            let mut copies: Vec<f64> = rows
                .iter()
                .zip(&values)
                .flat_map(|(row, &value)| vec![value; row.1.into()])
                .collect();
            copies.sort_unstable_by(f64::total_cmp);
            prop_assume!(copies.len() > 1);
            let expected = quantile_sorted(&copies, share).unwrap();
            let weighted = ascending(&values, Some(&weights)).unwrap().quantile(share).unwrap();
            let copied = ascending(&copies, None).unwrap().quantile(share).unwrap();
            prop_assert!((weighted - expected).abs() < 1e-12);
            prop_assert_eq!(weighted.to_bits(), copied.to_bits());
        }

        #[test]
        fn quantiles_rise_with_the_share(
            rows in prop::collection::vec((-3i8..4, 0.01f64..4.0), 1..12),
            a in 0.0f64..=1.0,
            b in 0.0f64..=1.0,
        ) {
            let values: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
            let weights: Vec<f64> = rows.iter().map(|row| row.1).collect();
            prop_assume!(weights.iter().sum::<f64>() >= 2.0);
            let row = ascending(&values, Some(&weights)).unwrap();
            let (low, high) = (row.quantile(a.min(b)).unwrap(), row.quantile(a.max(b)).unwrap());
            prop_assert!(low <= high + 1e-12);
            prop_assert!(values.iter().any(|&value| value <= low + 1e-12));
        }
    }
}
