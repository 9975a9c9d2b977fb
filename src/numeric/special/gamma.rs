//! The gamma function's logarithm, its derivatives and its ratios.

/// From here on the asymptotic series below hold to the last bit.
const ASYMPTOTIC_FROM: f64 = 10.0;

/// `ln(2 pi) / 2`, the constant of Stirling's formula.
const HALF_LN_TWO_PI: f64 = 0.918_938_533_204_672_7;

/// Euler's constant.
const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;

/// `1 - gamma`: the slope of `ln_gamma` at 2.
const SLOPE_AT_TWO: f64 = 0.422_784_335_098_467_1;

/// `(zeta(k) - 1) / k` for k = 2, 3, ...: the Taylor series of `ln_gamma` at 2.
const TAYLOR_AT_TWO: [f64; 27] = [
    0.322_467_033_424_113_2,
    0.067_352_301_053_198_1,
    0.020_580_808_427_784_546,
    0.007_385_551_028_673_986,
    0.002_890_510_330_741_523_4,
    0.001_192_753_911_703_261,
    0.000_509_669_524_743_042_5,
    0.000_223_154_758_453_579_39,
    9.945_751_278_180_853e-5,
    4.492_623_673_813_314e-5,
    2.050_721_277_567_069e-5,
    9.439_488_275_268_397e-6,
    4.374_866_789_907_488e-6,
    2.039_215_753_801_366e-6,
    9.551_412_130_407_42e-7,
    4.492_469_198_764_566e-7,
    2.120_718_480_555_466_5e-7,
    1.004_322_482_396_809_9e-7,
    4.769_810_169_363_980_4e-8,
    2.271_109_460_894_316_4e-8,
    1.083_865_921_489_695_5e-8,
    5.183_475_041_970_047e-9,
    2.483_674_543_802_478_5e-9,
    1.192_140_140_586_091_2e-9,
    5.731_367_241_678_862e-10,
    2.759_522_885_124_233_4e-10,
    1.330_476_437_424_449e-10,
];

/// Bernoulli numbers `B(2k)`, k = 1, 2, ..., 10.
const BERNOULLI: [f64; 10] = [
    1.0 / 6.0,
    -1.0 / 30.0,
    1.0 / 42.0,
    -1.0 / 30.0,
    5.0 / 66.0,
    -691.0 / 2730.0,
    7.0 / 6.0,
    -3617.0 / 510.0,
    43867.0 / 798.0,
    -174_611.0 / 330.0,
];

/// Up to this many factors a rising factorial is multiplied out.
const MAX_FACTORS: f64 = 16.0;

/// Below this base, [`MAX_FACTORS`] factors cannot overflow.
const MAX_FACTOR_BASE: f64 = 1e18;

/// Bound on the steps of any loop over an incomplete gamma function. Near
/// `a = z` about `10 sqrt(z)` steps are needed, so this serves z up to 1e8.
const MAX_STEPS: u32 = 100_000;

/// Natural logarithm of the gamma function.
///
/// ```text
/// x >= 10:  (x - 1/2)(ln x - 1) + (ln(2 pi) - 1)/2 + correction(x)
/// else:     Taylor series at 2, reached by Gamma(x + 1) = x Gamma(x)
/// ```
///
/// Domain: x > 0. Accuracy: 8e-16 relative, also next to the zeros at
/// 1 and 2. Reference: DLMF 5.11.1, 5.7.3.
pub(crate) fn ln_gamma(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return f64::NAN;
    }
    if x >= ASYMPTOTIC_FROM {
        return (x - 0.5) * (x.ln() - 1.0) + (HALF_LN_TWO_PI - 0.5) + stirling_correction(x);
    }
    if x < 0.5 {
        return ln_gamma_one_plus(x) - x.ln();
    }
    if x < 1.5 {
        return ln_gamma_one_plus(x - 1.0);
    }
    let (mut base, mut product) = (x, 1.0);
    while base > 2.5 {
        base -= 1.0;
        product *= base;
    }
    product.ln() + ln_gamma_two_plus(base - 2.0)
}

/// `ln Gamma(1 + e)` for |e| <= 1/2, relative accuracy kept as e tends to 0.
fn ln_gamma_one_plus(e: f64) -> f64 {
    ln_gamma_two_plus(e) - e.ln_1p()
}

/// `ln Gamma(2 + e)` for |e| <= 1/2.
fn ln_gamma_two_plus(e: f64) -> f64 {
    let series = TAYLOR_AT_TWO.iter().rev().fold(0.0, |sum, c| c - e * sum);
    e * (SLOPE_AT_TWO + e * series)
}

/// What Stirling's formula leaves out: `sum B(2k) / (2k (2k - 1) x^(2k - 1))`
/// for x >= 10.
fn stirling_correction(x: f64) -> f64 {
    // The square of a huge x overflows to infinity, its inverse is 0: as wanted.
    let inverse_square = (x * x).recip();
    let mut even = 2.0 * BERNOULLI.len() as f64;
    let mut sum = 0.0;
    for number in BERNOULLI.iter().rev() {
        sum = sum * inverse_square + number / (even * (even - 1.0));
        even -= 2.0;
    }
    sum / x
}

/// Digamma function, the derivative of [`ln_gamma`].
///
/// ```text
/// psi(x) = ln x - 1/(2x) - sum B(2k) / (2k x^(2k)),  psi(x) = psi(x + 1) - 1/x
/// ```
///
/// Domain: x > 0. Accuracy: 1.3e-15 relative; absolute where |psi| < 1, that
/// is around the zero at 1.4616. Reference: DLMF 5.11.2, 5.5.2.
pub(crate) fn digamma(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return f64::NAN;
    }
    let (mut base, mut shift) = (x, 0.0);
    while base < ASYMPTOTIC_FROM {
        shift += base.recip();
        base += 1.0;
    }
    let inverse_square = (base * base).recip();
    let mut even = 2.0 * BERNOULLI.len() as f64;
    let mut sum = 0.0;
    for number in BERNOULLI.iter().rev() {
        sum = (sum + number / even) * inverse_square;
        even -= 2.0;
    }
    base.ln() - (0.5 / base + sum + shift)
}

/// Trigamma function, the derivative of [`digamma`].
///
/// ```text
/// psi'(x) = 1/x + 1/(2x^2) + sum B(2k) / x^(2k + 1),  psi'(x) = psi'(x + 1) + 1/x^2
/// ```
///
/// Domain: x > 0. Accuracy: 4e-16 relative. Reference: DLMF 5.15.8, 5.15.5.
pub(crate) fn trigamma(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return f64::NAN;
    }
    let (mut base, mut shift) = (x, 0.0);
    while base < ASYMPTOTIC_FROM {
        shift += (base * base).recip();
        base += 1.0;
    }
    let inverse = base.recip();
    let inverse_square = inverse * inverse;
    let series = BERNOULLI
        .iter()
        .rev()
        .fold(0.0, |sum, number| (sum + number) * inverse_square);
    shift + inverse * (1.0 + 0.5 * inverse + series)
}

/// Natural logarithm of the beta function.
///
/// ```text
/// ln B(a, b) = ln Gamma(a) + ln Gamma(b) - ln Gamma(a + b)
/// ```
///
/// For large arguments the three logarithms nearly cancel. Their leading terms
/// are therefore subtracted on paper, and only Stirling's corrections by machine.
///
/// Domain: a, b > 0. Accuracy: 3e-15 relative to `max(|result|, 1)`: on the
/// curve where `B(a, b) = 1` only absolute accuracy is possible. Reference: the
/// idea is that of Didonato and Morris (1992), TOMS 708; DLMF 5.12.1.
pub(crate) fn ln_beta(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() || a <= 0.0 || b <= 0.0 {
        return f64::NAN;
    }
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    if large < ASYMPTOTIC_FROM {
        return ln_gamma(small) + (ln_gamma(large) - ln_gamma(small + large));
    }
    if small < ASYMPTOTIC_FROM {
        return ln_gamma(small) - ln_gamma_step(large, small);
    }
    let ratio = small / large;
    let corrections = stirling_correction(small) + stirling_correction(large)
        - stirling_correction(small + large);
    (small - 0.5) * (ratio / (1.0 + ratio)).ln() - large * ratio.ln_1p() - 0.5 * large.ln()
        + (HALF_LN_TWO_PI + corrections)
}

/// `ln Gamma(x + step) - ln Gamma(x)` for x >= 10 and step >= 0.
fn ln_gamma_step(x: f64, step: f64) -> f64 {
    (x - 0.5 + step) * (step / x).ln_1p()
        + step * (x.ln() - 1.0)
        + (stirling_correction(x + step) - stirling_correction(x))
}

/// Natural logarithm of the rising factorial `r (r + 1) ... (r + x - 1)`.
///
/// ```text
/// ln Gamma(r + x) - ln Gamma(r)
/// ```
///
/// Domain: r > 0 and x >= 0, meant for whole x (a fractional x < 10 beside a
/// small r has absolute accuracy only). Accuracy: 4e-16 relative to
/// `max(|result|, |ln r|, 1)`.
/// Reference: DLMF 5.2.5.
pub(crate) fn ln_rising(r: f64, x: f64) -> f64 {
    if r.is_nan() || x.is_nan() || r <= 0.0 || x < 0.0 {
        return f64::NAN;
    }
    if x <= MAX_FACTORS && x.fract() == 0.0 && r < MAX_FACTOR_BASE {
        let (mut product, mut done) = (1.0, 0.0);
        while done < x {
            product *= r + done;
            done += 1.0;
        }
        return product.ln();
    }
    if r >= ASYMPTOTIC_FROM {
        ln_gamma_step(r, x)
    } else {
        ln_gamma(r + x) - ln_gamma(r)
    }
}

/// Natural logarithm of the upper incomplete gamma function.
///
/// ```text
/// Gamma(a, z) = integral of t^(a - 1) e^-t over t from z to infinity
/// ```
///
/// Domain: z > 0, any real a. Accuracy: 5e-15 relative to
/// `max(|result|, 1)`, for |a| and z up to 1e4. Reference: DLMF 8.9.2 (continued
/// fraction), 8.7.1 (lower series), 8.8.2 (recurrence); for a near 0 the poles
/// of `Gamma(a)` and of the lower series are cancelled as in DLMF 8.7.3.
pub(crate) fn ln_upper_gamma(a: f64, z: f64) -> f64 {
    if !a.is_finite() || z.is_nan() || z <= 0.0 {
        return f64::NAN;
    }
    if z.is_infinite() {
        return f64::NEG_INFINITY;
    }
    if a > 0.5 && a > z {
        // The lower part is at most 0.69 of the whole here: safe to subtract.
        return ln_gamma(a) + (-lower_gamma_share(a, z)).ln_1p();
    }
    if z < 1.0 && a >= -0.5 {
        return upper_gamma_near_zero(a, z).ln();
    }
    let scaled = if z >= 1.0 {
        upper_gamma_fraction(a, z)
    } else {
        upper_gamma_descent(a, z)
    };
    a * z.ln() - z + scaled.ln()
}

/// `P(a, z) = gamma(a, z) / Gamma(a)` by its series, for 0 < z < a.
fn lower_gamma_share(a: f64, z: f64) -> f64 {
    let (mut term, mut sum, mut k) = (1.0, 1.0, 0.0);
    for _ in 0..MAX_STEPS {
        k += 1.0;
        term *= z / (a + k);
        sum += term;
        if term <= f64::EPSILON * 0.1 * sum {
            break;
        }
    }
    (a * z.ln() - z - ln_gamma(a + 1.0)).exp() * sum
}

/// `Gamma(a, z)` for -1/2 <= a <= 1 and 0 < z < 1.
///
/// `(Gamma(1 + a) - z^a)/a` stays finite as a tends to 0 although both parts of
/// `Gamma(a) - gamma(a, z)` have a pole there.
fn upper_gamma_near_zero(a: f64, z: f64) -> f64 {
    let ln_z = z.ln();
    let lead = if a.abs() < f64::MIN_POSITIVE {
        -EULER_GAMMA - ln_z
    } else {
        let ln_gamma_above = if a > 0.5 {
            ln_gamma_two_plus(a - 1.0)
        } else {
            ln_gamma_one_plus(a)
        };
        (ln_gamma_above.exp_m1() - (a * ln_z).exp_m1()) / a
    };
    let (mut power, mut sum, mut k) = (-1.0, 0.0, 0.0);
    // z < 1, so that 1/k! alone ends this within 20 steps.
    while k < 20.0 {
        k += 1.0;
        power *= -z / k;
        sum += power / (a + k);
    }
    lead + (a * ln_z).exp() * sum
}

/// `Gamma(a, z) e^z z^-a` by Legendre's continued fraction, for z >= 1, a <= z.
#[expect(clippy::many_single_char_names, reason = "c and d are Lentz's names")]
fn upper_gamma_fraction(a: f64, z: f64) -> f64 {
    // Lentz's method. A zero denominator becomes this, which drops out again.
    let tiny = f64::MIN_POSITIVE;
    let away_from_zero = |x: f64| if x.abs() < tiny { tiny } else { x };
    let mut denominator = z + 1.0 - a;
    let mut c = tiny.recip();
    let mut d = denominator.recip();
    let (mut value, mut k) = (d, 0.0);
    for _ in 0..MAX_STEPS {
        k += 1.0;
        let numerator = k * (a - k);
        denominator += 2.0;
        d = away_from_zero(denominator + numerator * d).recip();
        c = away_from_zero(denominator + numerator / c);
        value *= c * d;
        if (c * d - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    value
}

/// `Gamma(a, z) e^z z^-a` for a < -1/2 and z < 1, from a larger a downwards.
///
/// With `g(a) = Gamma(a, z) e^z z^-a` the recurrence is
/// `g(a) = (1 - z g(a + 1)) / -a`. Downwards it damps errors by `z/|a|`, so that
/// from far below zero any start will do: 30 steps forget it.
fn upper_gamma_descent(a: f64, z: f64) -> f64 {
    let forget = 30.0;
    let (mut up, mut scaled) = if a < -2.0 * forget {
        (forget, 0.0)
    } else {
        // a + up is the nearest to 0 and, being a difference of near numbers, exact.
        let up = -a.round();
        (
            up,
            upper_gamma_near_zero(a + up, z) * (z - (a + up) * z.ln()).exp(),
        )
    };
    while up > 0.0 {
        up -= 1.0;
        scaled = (1.0 - z * scaled) / -(a + up);
    }
    scaled
}
