//! Whether probabilities are too bold or too shy, and too high or too low on the whole.

use serde::Serialize;

use super::{
    auc::sample_factor,
    probability::ProbabilityEvaluation,
    ranks::{Block, Blocks},
};
use crate::{
    Error, Result,
    data::Estimate,
    numeric::{exp_of_negative, map_chunks},
};

/// Blocks that are added up by one thread.
const CHUNK: usize = 1 << 14;
const MODEL: &str = "the calibration slope";
const ITERATIONS: usize = 100;
/// A step this small is the last: the next would be its square.
const TOLERANCE: f64 = 1e-9;
/// The part of a log-likelihood that may be rounding.
const ROUNDING: f64 = 1e-12;
/// How often the centre is looked for at one line.
const CENTERINGS: usize = 3;

/// Calibration by a logistic regression on the logits of the probabilities.
///
/// # Example
///
/// See [`ProbabilityEvaluation::calibration_slope`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CalibrationSlope {
    /// The slope: 1 is right; below 1 the probabilities are too extreme, as those of an overfitted
    /// model are; above 1 they are too shy.
    pub slope: Estimate,
    /// The intercept beside that slope, 0 if all is right.
    pub intercept: Estimate,
    /// The intercept with the slope held at 1, called calibration in the large: 0 is right, above 0
    /// the probabilities are too low on the whole.
    pub in_the_large: Estimate,
}

/// Log-likelihood, its gradient and the information, and the mean squares of the gradient.
#[derive(Default)]
struct Sums {
    log_likelihood: f64,
    gradient: [f64; 2],
    information: [f64; 3],
    squares: [f64; 3],
}

fn logit(p: f64) -> f64 {
    libm::log(p) - libm::log1p(-p)
}

/// Logits, moved and scaled to mean 0 and deviation 1.
struct Logits<'a> {
    blocks: &'a Blocks,
    x: Vec<f64>,
    mean: f64,
    deviation: f64,
}

/// A height at a centre and a slope.
#[derive(Clone, Copy)]
struct Line {
    at: [f64; 2],
    center: f64,
}

impl Line {
    fn moved(self, step: [f64; 2]) -> Self {
        let at = [self.at[0] + step[0], self.at[1] + step[1]];
        Self { at, ..self }
    }
}

impl<'a> Logits<'a> {
    fn new(blocks: &'a Blocks) -> Self {
        let logits = blocks.list.iter().map(|block| logit(block.score));
        let mut x: Vec<f64> = logits.collect();
        let all = blocks.weight();
        let mean_of = |of: &dyn Fn(f64) -> f64| {
            let parts = blocks.list.iter().zip(&x);
            parts.map(|(block, &x)| block.weight() * of(x)).sum::<f64>() / all
        };
        let mean = mean_of(&|x| x);
        let deviation = mean_of(&|x| (x - mean).powi(2)).sqrt();
        for x in &mut x {
            *x = (*x - mean) / deviation;
        }
        Self {
            blocks,
            x,
            mean,
            deviation,
        }
    }

    fn sums(&self, [a, b]: [f64; 2], center: f64) -> Sums {
        let parts = map_chunks(self.x.len(), CHUNK, |range| {
            let mut sums = Sums::default();
            for at in range {
                let (block, x) = (self.blocks.list[at], self.x[at] - center);
                sums.add(&block, self.blocks.squares(at), a + b * x, x);
            }
            sums
        });
        let mut sums = Sums::default();
        for part in &parts {
            sums.merge(part);
        }
        sums
    }

    /// The sums at a line, which is told anew from the mean of the information where that lies far
    /// from the centre: far from it the information is singular but for rounding.
    fn centered(&self, mut line: Line) -> (Line, Sums) {
        let mut sums = self.sums(line.at, line.center);
        for _ in 0..CENTERINGS {
            let [aa, ab, bb] = sums.information;
            let off = ab / aa;
            if !off.is_finite() || off * ab <= 0.5 * bb {
                break;
            }
            line.center += off;
            line.at[0] += line.at[1] * off;
            sums = self.sums(line.at, line.center);
        }
        (line, sums)
    }

    /// The line of the largest likelihood, on the scaled logits.
    ///
    /// The likelihood has one maximum. Where no step raises it by more than its rounding, that is
    /// it.
    fn climb(&self) -> Result<(Line, Sums)> {
        let (mut line, mut sums) = self.centered(Line {
            at: [self.blocks.logit_rate(), 0.0],
            center: 0.0,
        });
        let mut last_change = f64::INFINITY;
        let mut flat = false;
        for _ in 0..ITERATIONS {
            let [aa, ab, bb] = inverse(sums.information);
            let [ga, gb] = sums.gradient;
            let mut step = [aa * ga + ab * gb, ab * ga + bb * gb];
            let size = |step: [f64; 2]| step[0].abs().max(step[1].abs());
            let least = size(line.at).max(1.0);
            let change = size(step) / least;
            // Twice what the step promises to add to the likelihood.
            let decrement = ga * step[0] + gb * step[1];
            flat = decrement.abs() <= ROUNDING * self.blocks.weight();
            if change <= TOLERANCE || flat && change > 0.5 * last_change {
                return Ok(self.centered(line.moved(step)));
            }
            last_change = change;
            loop {
                let (tried, found) = self.centered(line.moved(step));
                // Near the maximum all that differs is rounding.
                let enough = sums.log_likelihood - ROUNDING * sums.log_likelihood.abs();
                if found.log_likelihood >= enough {
                    (line, sums) = (tried, found);
                    break;
                }
                if flat {
                    return Ok((line, sums));
                }
                if !size(step).is_finite() || size(step) <= f64::EPSILON * least {
                    return Err(not_converged(last_change));
                }
                step = step.map(|part| 0.5 * part);
            }
        }
        if flat {
            return Ok((line, sums));
        }
        Err(not_converged(last_change))
    }

    /// The intercept with a slope of 1 on the logits themselves, and its variance. The mean
    /// probability rises with it, and at the ends below is on either side of the rate.
    fn in_the_large(&self) -> [f64; 2] {
        let logit_rate = self.blocks.logit_rate();
        let (first, last) = (self.x[0], self.x[self.x.len() - 1]);
        // On the scale of a: what is added to the centred logits.
        let mut low = logit_rate - self.deviation * first;
        let mut high = logit_rate - self.deviation * last;
        // Probabilities that are right on the whole need no shift.
        let mut at = self.mean.max(low).min(high);
        let mut longest = high - low;
        // A step that is taken is at most half as long as the one before it, one that is not taken
        // halves the interval: both come to an end.
        loop {
            let sums = self.sums([at, self.deviation], 0.0);
            let step = sums.gradient[0] / sums.information[0];
            longest = longest.min(high - low);
            let end = TOLERANCE * at.abs().max(1.0);
            if step.abs() <= end || longest.is_nan() || longest <= end {
                if step.abs() <= end {
                    at += step;
                }
                let sums = self.sums([at, self.deviation], 0.0);
                let bread = [sums.information[0].recip(), 0.0, 0.0];
                return [at - self.mean, self.covariance(bread, &sums)[0]];
            }
            if sums.gradient[0] > 0.0 {
                low = at;
            } else {
                high = at;
            }
            let tried = at + step;
            if tried > low && tried < high && step.abs() <= 0.5 * longest {
                longest = step.abs();
                at = tried;
            } else {
                longest = 0.5 * (high - low);
                at = f64::midpoint(low, high);
            }
        }
    }

    /// The covariance by the information, or robust if customers differ in weight.
    fn covariance(&self, bread: [f64; 3], sums: &Sums) -> [f64; 3] {
        if self.blocks.unit.is_some() {
            return bread;
        }
        let [aa, ab, bb] = bread;
        let [maa, mab, mbb] = sums.squares;
        // bread · squares, then · bread
        let left = [
            [aa * maa + ab * mab, aa * mab + ab * mbb],
            [ab * maa + bb * mab, ab * mab + bb * mbb],
        ];
        let factor = sample_factor(self.blocks.rows[0] + self.blocks.rows[1]);
        [
            left[0][0] * aa + left[0][1] * ab,
            left[0][0] * ab + left[0][1] * bb,
            left[1][0] * ab + left[1][1] * bb,
        ]
        .map(|part| part * factor)
    }
}

impl Sums {
    fn add(&mut self, block: &Block, squares: [f64; 2], eta: f64, x: f64) {
        // The smaller of the two probabilities is e^-|eta| of the larger, and so right to its last
        // digits.
        let odds = exp_of_negative(-eta.abs());
        let (larger, smaller) = ((1.0 + odds).recip(), odds / (1.0 + odds));
        let (leaves, stays) = if eta < 0.0 {
            (smaller, larger)
        } else {
            (larger, smaller)
        };
        // -ln of the larger; that of the smaller is |eta| more.
        let loss = libm::log1p(odds);
        let against = if eta < 0.0 { block.left } else { block.stayed };
        self.log_likelihood -= block.weight() * loss + against * eta.abs();
        let residual = block.left * stays - block.stayed * leaves;
        let information = block.weight() * leaves * stays;
        let square = squares[0] * stays.powi(2) + squares[1] * leaves.powi(2);
        self.gradient[0] += residual;
        self.gradient[1] += residual * x;
        for (to, part) in [
            (&mut self.information, information),
            (&mut self.squares, square),
        ] {
            to[0] += part;
            to[1] += part * x;
            to[2] += part * x * x;
        }
    }

    fn merge(&mut self, other: &Self) {
        self.log_likelihood += other.log_likelihood;
        for at in 0..2 {
            self.gradient[at] += other.gradient[at];
        }
        for at in 0..3 {
            self.information[at] += other.information[at];
            self.squares[at] += other.squares[at];
        }
    }
}

fn inverse([aa, ab, bb]: [f64; 3]) -> [f64; 3] {
    let determinant = aa * bb - ab * ab;
    [bb / determinant, -ab / determinant, aa / determinant]
}

fn not_converged(last_change: f64) -> Error {
    Error::NotConverged {
        model: MODEL,
        iterations: ITERATIONS,
        last_change,
        tolerance: TOLERANCE,
    }
}

/// Refuses probabilities under which those who left and those who stayed do not overlap.
fn check_overlap(blocks: &[Block]) -> Result<()> {
    let left = |block: &Block| block.left > 0.0;
    let stayed = |block: &Block| block.stayed > 0.0;
    let [first_left, last_left] = [blocks.iter().position(left), blocks.iter().rposition(left)];
    let [first_stayed, last_stayed] = [
        blocks.iter().position(stayed),
        blocks.iter().rposition(stayed),
    ];
    let what = if blocks.len() == 1 {
        "all probabilities are equal, so there is no slope; compare the mean probability with the \
         rate"
    } else if last_left <= first_stayed || last_stayed <= first_left {
        "the probabilities part those who left from those who stayed without overlap, so the slope \
         is infinite; judge on more customers"
    } else {
        return Ok(());
    };
    Err(Error::Degenerate { what: what.into() })
}

impl ProbabilityEvaluation {
    /// Slope and intercept of calibration: the logistic regression of who left on the logit of the
    /// probability, by maximum likelihood.
    ///
    /// ```text
    /// logit P(left) = intercept + slope · ln(p / (1 - p))
    /// logit P(left) = in_the_large + ln(p / (1 - p))
    /// ```
    ///
    /// Standard errors come from the information; with weights that differ, from the robust
    /// covariance, in which their scale does not matter: `n/(n-1) H⁻¹ (sum of w² s s') H⁻¹` with
    /// the information H and the score s of a customer. Intervals are value ± z · se.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] for a probability of 0 or 1, whose logit is infinite;
    /// [`Error::Degenerate`] if all left or all stayed, all probabilities are equal, or they part
    /// the two without overlap; [`Error::InvalidParameter`] for a level that is not between 0 and
    /// 1; [`Error::NotConverged`] where weights differ by so many powers of ten that the light
    /// customers, on whom the slope hangs, vanish in the rounding of the heavy ones.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::ProbabilityEvaluation;
    ///
    /// // Half as far from even on the scale of logits as is told: 0.1 and 0.9, where 1/4 and 3/4
    /// // leave.
    /// let left = [true, false, false, false, true, true, true, false];
    /// let told = [0.1, 0.1, 0.1, 0.1, 0.9, 0.9, 0.9, 0.9];
    /// let found = ProbabilityEvaluation::new(&told, &left)?.calibration_slope(0.95)?;
    /// assert!((found.slope.value - 0.5).abs() < 1e-12);
    /// assert!(found.in_the_large.value.abs() < 1e-12);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    ///
    /// # References
    ///
    /// Cox, D. (1958), "Two further applications of a model for binary regression",
    /// doi:10.1093/biomet/45.3-4.562.
    pub fn calibration_slope(&self, level: f64) -> Result<CalibrationSlope> {
        // A level out of range is told before any work.
        Estimate::normal(0.0, 0.0, level)?;
        if let Some(row) = self.certain() {
            let reason = "is 0 or 1, whose logit is infinite; keep probabilities between, say by \
                          clipping them to 1e-6 and 1 - 1e-6";
            return Err(Error::value("probabilities", row, reason));
        }
        self.blocks.check_both()?;
        check_overlap(&self.blocks.list)?;
        let logits = Logits::new(&self.blocks);
        let (line, sums) = logits.climb()?;
        let [a, b] = line.at;
        let [aa, ab, bb] = logits.covariance(inverse(sums.information), &sums);
        // Back from the scaled logits.
        let ratio = line.center + logits.mean / logits.deviation;
        let variance = aa - 2.0 * ratio * ab + ratio * ratio * bb;
        let [large, large_variance] = logits.in_the_large();
        Ok(CalibrationSlope {
            slope: Estimate::normal(b / logits.deviation, bb.sqrt() / logits.deviation, level)?,
            intercept: Estimate::normal(a - b * ratio, variance.sqrt(), level)?,
            in_the_large: Estimate::normal(large, large_variance.sqrt(), level)?,
        })
    }
}
