//! Where a falling curve bends: Kneedle (Satopaa et al. 2011, doi:10.1109/ICDCSW.2011.20).

/// How far the curve must come back from a knee, in mean steps of k.
const SENSITIVITY: f64 = 1.0;

/// The place of the first knee of a curve that falls and flattens, at even steps. Without one, and
/// of fewer than three points, none.
///
/// Both axes are brought to 0..1 and the curve is turned over, so that it rises and flattens. A
/// knee is where it is farthest above the diagonal, once it has come back towards it by so much.
pub(super) fn knee(curve: &[f64]) -> Option<usize> {
    let last = curve.len().checked_sub(1).filter(|&last| last >= 2)?;
    let (high, low) = curve
        .iter()
        .fold((f64::NEG_INFINITY, f64::INFINITY), |(high, low), &y| {
            (high.max(y), low.min(y))
        });
    if high <= low {
        return None;
    }
    let above: Vec<f64> = curve
        .iter()
        .enumerate()
        .map(|(at, y)| (high - y) / (high - low) - at as f64 / last as f64)
        .collect();
    let step = 1.0 / last as f64;
    let mut top: Option<usize> = None;
    for at in 1..=last {
        if let Some(knee) = top
            && above[at] < above[knee] - SENSITIVITY * step
        {
            return Some(knee);
        }
        let is_peak = above[at] > above[at - 1] && at < last && above[at] >= above[at + 1];
        if is_peak {
            top = Some(at);
        }
    }
    None
}
