//! The mutual information that two groupings have by chance.

/// Terms smaller than this share of the sum so far end it.
const NEGLIGIBLE: f64 = 1e-18;

/// The mean of the mutual information, in nats, over all groupings with clusters of these sizes.
///
/// A cell of sizes a and b then holds x rows with a hypergeometric law of mean `m = a b / n`:
///
/// ```text
/// EMI = sum over a, b of m/n E[(x/m) ln(x/m)] = sum m/n E[(1 + d) ln(1 + d) - d],  d = x/m - 1
/// ```
///
/// where the second form holds since `E[d] = 0`, and has no term below 0, so nothing cancels.
/// Reference: Vinh, Epps and Bailey (2010), 3.3; the form is ours.
pub(super) fn expected_information(firsts: &[u64], seconds: &[u64], rows: u64) -> f64 {
    let (firsts, seconds) = (tally(firsts), tally(seconds));
    let mut sum = 0.0;
    for &(a, times_a) in &firsts {
        for &(b, times_b) in &seconds {
            let share = a as f64 / rows as f64 * (b as f64 / rows as f64);
            sum += (times_a * times_b) as f64 * share * expected_of_cell(a, b, rows);
        }
    }
    sum
}

/// The different sizes and how often each occurs. Sizes sum to the number of rows, so there are
/// no more than about the square root of twice that.
fn tally(sizes: &[u64]) -> Vec<(u64, u64)> {
    let mut sizes = sizes.to_vec();
    sizes.sort_unstable();
    let same = sizes.chunk_by(|one, other| one == other);
    same.map(|run| (run[0], run.len() as u64)).collect()
}

/// `E[(1 + d) ln(1 + d) - d]`. The law is followed from its mode to both sides by the ratio of
/// neighbours, starting from 1, and divided by its sum: no factorial is needed.
fn expected_of_cell(a: u64, b: u64, rows: u64) -> f64 {
    let product = i128::from(a) * i128::from(b);
    let excess = |x: u64| {
        let d = (i128::from(x) * i128::from(rows) - product) as f64 / product as f64;
        // An empty cell has d = -1 exactly.
        if x == 0 {
            1.0
        } else {
            (1.0 + d) * libm::log1p(d) - d
        }
    };
    let (low, high) = ((a + b).saturating_sub(rows), a.min(b));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "at most a"
    )]
    let mode = ((product + i128::from(a + b) + 1) / (i128::from(rows) + 2)) as u64;
    let mode = mode.clamp(low, high);
    // x + 1 rows against x rows.
    let step = |x: u64| {
        let up = (a - x) as f64 * (b - x) as f64;
        up / ((x + 1) as f64 * (rows + x + 1 - a - b) as f64)
    };
    let (mut weight, mut sum) = (1.0, excess(mode));
    let mut chance = 1.0;
    for x in mode..high {
        chance *= step(x);
        let term = chance * excess(x + 1);
        weight += chance;
        sum += term;
        if chance.max(term) < NEGLIGIBLE * sum {
            break;
        }
    }
    chance = 1.0;
    for x in (low..mode).rev() {
        chance /= step(x);
        weight += chance;
        sum += chance * excess(x);
        if chance < NEGLIGIBLE * sum {
            break;
        }
    }
    sum / weight
}
