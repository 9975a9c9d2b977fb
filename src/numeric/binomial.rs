//! Whole numbers drawn at random: how many of n, and how n fall into cells.

use super::{rng::Stream, special::ln_gamma};

/// Up to this mean the terms are added up one after the other.
const FEW: f64 = 12.0;

/// Of more trials the logarithms of factorials are so large that their differences are noise.
pub(crate) const MOST_TRIALS: u64 = 1_000_000_000_000;

/// How many of `n` trials succeed that each do with probability `p`. A `p` outside [0, 1] counts as
/// the end that is nearer. Above [`MOST_TRIALS`] the law is only met roughly.
///
/// Inversion for a small mean, else the transformed rejection BTRS of Hörmann (1993, "The generation
/// of binomial random variates", doi:10.1080/00949659308811496).
pub(crate) fn binomial(draw: &mut Stream, n: u64, p: f64) -> u64 {
    if n == 0 || p <= 0.0 || p.is_nan() {
        return 0;
    }
    if p >= 1.0 {
        return n;
    }
    if p > 0.5 {
        return n - binomial(draw, n, 1.0 - p);
    }
    if n as f64 * p < FEW {
        by_inversion(draw, n, p)
    } else {
        by_rejection(draw, n, p)
    }
}

/// The least k whose probability to be reached is above a uniform number.
fn by_inversion(draw: &mut Stream, n: u64, p: f64) -> u64 {
    let odds = p / (1.0 - p);
    let trials = n as f64;
    let mut left = draw.uniform();
    let mut term = (trials * (-p).ln_1p()).exp();
    let mut k = 0;
    // Terms vanish long before 200 where the mean is 12.
    while left > term && k < n && k < 200 {
        left -= term;
        term *= odds * (trials - k as f64) / (k as f64 + 1.0);
        k += 1;
    }
    k
}

fn by_rejection(draw: &mut Stream, n: u64, p: f64) -> u64 {
    let trials = n as f64;
    let spread = (trials * p * (1.0 - p)).sqrt();
    let b = 1.15 + 2.53 * spread;
    let a = -0.0873 + 0.0248 * b + 0.01 * p;
    let centre = trials * p + 0.5;
    let squeeze = 0.92 - 4.2 / b;
    let alpha = (2.83 + 5.1 / b) * spread;
    let mode = ((trials + 1.0) * p).floor();
    let log_odds = (p / (1.0 - p)).ln();
    // The logarithm of the probability of k over that of the mode.
    let at_mode = ln_gamma(mode + 1.0) + ln_gamma(trials - mode + 1.0);
    let height =
        |k: f64| at_mode - ln_gamma(k + 1.0) - ln_gamma(trials - k + 1.0) + (k - mode) * log_odds;
    loop {
        let u = draw.uniform() - 0.5;
        let v = draw.uniform();
        let from_edge = 0.5 - u.abs();
        let k = ((2.0 * a / from_edge + b) * u + centre).floor();
        if !(k >= 0.0 && k <= trials) {
            continue;
        }
        let sure = from_edge >= 0.07 && v <= squeeze;
        if sure || (v * alpha / (a / (from_edge * from_edge) + b)).ln() <= height(k) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a whole number from 0 to n"
            )]
            let k = k as u64;
            return k.min(n);
        }
    }
}

/// Spreads `n` over cells with these probabilities, cell after cell, and adds what falls into each
/// to `counts`. The last cell that can be reached takes the rest.
pub(crate) fn multinomial(draw: &mut Stream, n: u64, probabilities: &[f64], counts: &mut [u64]) {
    let (mut left, mut rest) = (n, 1.0);
    let last = probabilities.iter().rposition(|&p| p > 0.0);
    for (at, &p) in probabilities.iter().enumerate() {
        if left == 0 {
            break;
        }
        let taken = if Some(at) == last {
            left
        } else {
            binomial(draw, left, p / rest)
        };
        counts[at] += taken;
        left -= taken;
        rest -= p;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::special::chi_square_upper_tail;

    /// Draws against the probabilities that the ratio of neighbours gives, by a chi-square test.
    fn check(n: u64, p: f64) {
        const DRAWS: u64 = 20_000;
        let trials = n as f64;
        let ln_p = |k: f64| {
            ln_gamma(trials + 1.0) - ln_gamma(k + 1.0) - ln_gamma(trials - k + 1.0)
                + k * p.ln()
                + (trials - k) * (-p).ln_1p()
        };
        let (mean, spread) = (trials * p, (trials * p * (1.0 - p)).sqrt());
        let from = (mean - 5.0 * spread).floor().max(0.0);
        let to = (mean + 5.0 * spread).ceil().min(trials);
        // Up to 20 bins of equal width.
        let width = ((to - from + 1.0) / 20.0).max(1.0);
        let edges: Vec<f64> = (1..=20u8).map(|at| from + width * f64::from(at)).collect();
        let bin = |k: f64| edges.iter().position(|&edge| k < edge).unwrap_or(19);
        let mut expected = [0.0; 20];
        let mut k = from;
        while k <= to {
            expected[bin(k)] += ln_p(k).exp() * DRAWS as f64;
            k += 1.0;
        }
        let mut seen = [0.0; 20];
        for item in 0..DRAWS {
            let k = binomial(&mut Stream::new(5, 0, item), n, p);
            assert!(k <= n);
            seen[bin(k as f64)] += 1.0;
        }
        let (mut chi, mut cells) = (0.0, 0.0);
        for (seen, expected) in seen.iter().zip(&expected) {
            if *expected > 3.0 {
                chi += (seen - expected) * (seen - expected) / expected;
                cells += 1.0;
            }
        }
        let tail = chi_square_upper_tail(chi, cells);
        assert!(tail > 1e-4, "{n} {p}: chi-square {chi} of {cells}");
    }

    #[test]
    fn draws_have_the_probabilities_of_the_binomial_law() {
        for (n, p) in [
            (1, 0.3),
            (7, 0.5),
            (40, 0.2),
            (24, 0.5),
            (30, 0.9),
            (300, 0.05),
            (5_000, 0.37),
            (100_000, 0.999),
        ] {
            check(n, p);
        }
    }

    #[test]
    fn the_edges_are_answered() {
        let mut draw = Stream::new(1, 0, 0);
        assert_eq!(binomial(&mut draw, 9, 0.0), 0);
        assert_eq!(binomial(&mut draw, 9, 1.0), 9);
        assert_eq!(binomial(&mut draw, 0, 0.4), 0);
        assert_eq!(binomial(&mut draw, 9, f64::NAN), 0);
        assert!(binomial(&mut draw, 1 << 50, 1e-13) < 1_000);
    }

    #[test]
    fn everybody_falls_into_a_cell_that_can_be_reached() {
        for item in 0..200 {
            let mut counts = [0; 4];
            let mut draw = Stream::new(3, 0, item);
            multinomial(&mut draw, 1_000, &[0.2, 0.0, 0.8, 0.0], &mut counts);
            assert_eq!(counts.iter().sum::<u64>(), 1_000);
            assert_eq!((counts[1], counts[3]), (0, 0));
            assert!(counts[0].abs_diff(200) < 70);
        }
    }
}
