//! Quantiles.

/// The quantile of ascending values at `share` in [0, 1], by linear
/// interpolation between the order statistics around 1 + (n - 1) · share
/// (definition 7 of Hyndman and Fan 1996, doi:10.2307/2684934; the default of R
/// and of most spreadsheets). `None` if there are no values.
pub(crate) fn quantile_sorted(ascending: &[f64], share: f64) -> Option<f64> {
    let last = ascending.len().checked_sub(1)?;
    let place = share.clamp(0.0, 1.0) * last as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the place is between 0 and the last index"
    )]
    let below = place.floor() as usize;
    let low = ascending[below];
    let high = ascending[(below + 1).min(last)];
    Some(low + (high - low) * (place - place.floor()))
}

/// The quantile at `share` in [0, 1] of ascending values, each with a weight above 0; `None` if
/// there are none.
///
/// ```text
/// Q(p) = 1/u · integral of x(t) over t from p (W - u) to p (W - u) + u
/// ```
///
/// where W is the sum of the weights, x(t) the value within whose stretch of weight t falls, and u
/// the `unit`, the weight of one customer. Whole weights and a unit of 1 give definition 7 on so
/// many copies. Akinshin (2023), arXiv:2304.07265, has the idea with another u.
pub(crate) fn weighted_quantile(ascending: &[(f64, f64)], unit: f64, share: f64) -> Option<f64> {
    let total: f64 = ascending.iter().map(|(_, weight)| weight).sum();
    let from = share.clamp(0.0, 1.0) * (total - unit).max(0.0);
    let mut values = ascending.iter();
    let mut before = 0.0;
    let (base, mut beyond) = loop {
        let &(value, weight) = values.next()?;
        // How much of the unit lies beyond this value; taken so that no bit is lost.
        let beyond = from - (before + weight - unit);
        if beyond < unit || values.as_slice().is_empty() {
            break (value, beyond);
        }
        before += weight;
    };
    // The base holds for the whole unit; what is above it comes on top.
    let mut quantile = base;
    for &(value, weight) in values {
        if beyond <= 0.0 {
            break;
        }
        let part = beyond.min(weight) / unit;
        let step = value - base;
        quantile += if step.is_finite() {
            step * part
        } else {
            value * part - base * part
        };
        beyond -= weight;
    }
    Some(quantile)
}

/// The median of values in any order; `None` if there are none. The slice is
/// sorted in place.
pub(crate) fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    quantile_sorted(values, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_against_r_type_7() {
        // R 4.3: quantile(c(1, 2, 4, 8, 16), c(0, .1, .25, .5, .9, 1), type = 7)
        let values = [1.0, 2.0, 4.0, 8.0, 16.0];
        for (share, expected) in [
            (0.0, 1.0),
            (0.1, 1.4),
            (0.25, 2.0),
            (0.5, 4.0),
            (0.9, 12.8),
            (1.0, 16.0),
        ] {
            let got = quantile_sorted(&values, share).unwrap();
            assert!((got - expected).abs() < 1e-12, "{share}: {got}");
        }
        assert_eq!(quantile_sorted(&[], 0.5), None);
        assert_eq!(quantile_sorted(&[3.0], 0.7), Some(3.0));
    }

    #[test]
    fn the_median_of_an_even_number_is_halfway() {
        assert_eq!(median(&mut [9.0, 1.0, 3.0, 4.0]), Some(3.5));
        assert_eq!(median(&mut []), None);
    }
}
