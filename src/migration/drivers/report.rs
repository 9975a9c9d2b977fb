//! Which features moved with customers, and which stood out before.

use serde::{Deserialize, Serialize};

use super::contrast::{Contrast, Weighted, auc, benjamini_hochberg};
use crate::{
    Error, Result,
    data::{Assignments, Features, SegmentId},
    migration::{drift::check_weights, states},
    numeric::map_chunks,
};

/// Which moves are looked at, and how.
///
/// # Example
///
/// ```
/// use custometry::{data::*, migration::DriverParams};
///
/// let day = date_of_day(0).unwrap();
/// let segments = ["gold", "silver"].iter().zip(1..)
///     .map(|(name, id)| Segment { id: SegmentId(id), name: (*name).into() }).collect::<Vec<_>>();
/// let made = |rows: Vec<u32>| {
///     let rows = rows.into_iter().map(|id| Some(SegmentId(id))).collect();
///     Assignments::new("v1", day, segments.clone(), rows)
/// };
/// // Those who will leave gold have more complaints, and visit less afterwards.
/// let leaves = |at: usize| at % 3 == 0;
/// let column = |f: &dyn Fn(usize) -> f64| (0..60).map(f).collect::<Vec<f64>>();
/// let complaints = column(&|at| at as f64 % 4.0 + if leaves(at) { 3.0 } else { 0.0 });
/// let before = column(&|at| at as f64 % 5.0);
/// let after = column(&|at| (at * at) as f64 % 5.0 - if leaves(at) { 4.0 } else { 0.0 });
/// let table = |visits: &[f64]| Features::from_columns(
///     &[("complaints", &complaints), ("visits", visits)], MissingValues::Refuse);
///
/// let from = made(vec![1; 60])?;
/// let to = made((0..60).map(|at| if leaves(at) { 2 } else { 1 }).collect())?;
/// let drivers = DriverParams::default()
///     .scale(&[SegmentId(2), SegmentId(1)]) // the lowest first
///     .drivers(&table(&before)?, &table(&after)?, &from, &to)?;
/// let gold = &drivers.moves[0];
/// assert_eq!((gold.movers, gold.stayers), (20, 40));
/// assert_eq!(gold.features[0].feature, "visits"); // changed most
/// assert!(gold.features[0].change.unwrap().standardised.unwrap() < -1.0);
/// let leading = &drivers.downgrades[0].features[0];
/// assert_eq!(leading.feature, "complaints"); // stood out most before
/// assert!(leading.auc.unwrap() > 0.9 && leading.level.unwrap().p_adjusted.unwrap() < 0.001);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DriverParams {
    min_customers: usize,
    scale: Vec<SegmentId>,
}

impl Default for DriverParams {
    fn default() -> Self {
        Self {
            min_customers: 10,
            scale: Vec::new(),
        }
    }
}

/// The features behind moves.
///
/// # Example
///
/// See [`DriverParams`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Drivers {
    /// Each move with enough customers, by the order of segments; features by the size of the
    /// standardised difference of changes, the largest first.
    pub moves: Vec<MoveDrivers>,
    /// From each segment all moves to a lower one, if there is a scale; features by how far the AUC of
    /// their levels before is from a half, the farthest first: leading indicators.
    pub downgrades: Vec<MoveDrivers>,
    /// Moves with too few movers or stayers: from, to, and their customers.
    pub skipped: Vec<(SegmentId, SegmentId, u64)>,
    /// Customers who had a segment before and have none afterwards: no movers here.
    pub left: u64,
    /// Customers who had no segment before and have one afterwards: neither movers nor stayers.
    pub entered: u64,
    /// The tests that are controlled together: changes and levels of all moves and downgrades. Both
    /// count, also where a segment has one lower segment to go to, so that its downgrade is the same
    /// move once more.
    pub tests: usize,
}

/// Movers against stayers of one segment.
///
/// # Example
///
/// See [`DriverParams`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MoveDrivers {
    /// The segment before.
    pub from: SegmentId,
    /// The segment afterwards; `None` for any lower one.
    pub to: Option<SegmentId>,
    /// Customers who made the move.
    pub movers: u64,
    /// Customers who stayed in the segment.
    pub stayers: u64,
    /// All features.
    pub features: Vec<FeatureDriver>,
}

/// One feature of movers and stayers.
///
/// # Example
///
/// See [`DriverParams`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FeatureDriver {
    /// The feature.
    pub feature: String,
    /// How it changed; `None` if no mover, or no stayer, has it on both days.
    pub change: Option<Contrast>,
    /// How it stood before; `None` if no mover, or no stayer, had it.
    pub level: Option<Contrast>,
    /// The probability that it stood higher before for a mover than for a stayer; `None` likewise.
    pub auc: Option<f64>,
    /// Movers and stayers without a value before.
    pub missing_before: u64,
    /// Movers and stayers with a value before and none afterwards.
    pub missing_after: u64,
}

/// The rows of one move and of those who stayed.
struct Job {
    from: SegmentId,
    to: Option<SegmentId>,
    movers: Vec<usize>,
    stayers: usize,
}

impl DriverParams {
    /// How many movers and how many stayers there must be, 2 or more; 10 at first. Other moves are
    /// skipped, and named.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::migration::DriverParams;
    /// assert_ne!(DriverParams::default().min_customers(50), DriverParams::default());
    /// ```
    pub fn min_customers(mut self, min_customers: usize) -> Self {
        self.min_customers = min_customers;
        self
    }

    /// The scale that downgrades go down on, its lowest segment first; none at first. Segments that are
    /// not on it neither go down nor are gone down to.
    ///
    /// # Example
    ///
    /// See [`DriverParams`].
    pub fn scale(mut self, scale: &[SegmentId]) -> Self {
        self.scale = scale.to_vec();
        self
    }

    /// Holds movers against stayers, the same customers in the same order in all four. The weights
    /// of the features before count, and rows of weight 0 are left out.
    ///
    /// # Errors
    ///
    /// [`Error::VersionMismatch`] unless features have the same columns and assignments the same scheme
    /// and segments; [`Error::LengthMismatch`]; [`Error::InvalidParameter`] for fewer than 2 customers
    /// or an unknown segment on the scale; [`Error::DuplicateKey`] for one that stands there twice;
    /// [`Error::InvalidValue`] for a weight that is neither 0 nor from 1e-100 to 1e100.
    ///
    /// # Example
    ///
    /// See [`DriverParams`].
    pub fn drivers(
        &self,
        before: &Features,
        after: &Features,
        from: &Assignments,
        to: &Assignments,
    ) -> Result<Drivers> {
        self.check(before, after, from, to)?;
        let ranks = states::ranks(from.segments(), &self.scale)?;
        let order = from.segments().len();
        let weight = |row: usize| before.weights().map_or(1.0, |weights| weights[row]);
        let mut rows: Vec<Vec<usize>> = vec![Vec::new(); order * order];
        let (mut left, mut entered) = (0, 0);
        for row in (0..from.len()).filter(|&row| weight(row) > 0.0) {
            match (from.place(row), to.place(row)) {
                (Some(old), Some(new)) => rows[old * order + new].push(row),
                (Some(_), None) => left += 1,
                (None, Some(_)) => entered += 1,
                (None, None) => {}
            }
        }
        let id = |at: usize| from.segments()[at].id;
        let (mut jobs, mut skipped) = (Vec::new(), Vec::new());
        for old in 0..order {
            let stayers = old * order + old;
            let enough = |movers: usize| movers.min(rows[stayers].len()) >= self.min_customers;
            let others = (0..order).filter(|&new| new != old);
            for new in others
                .clone()
                .filter(|&new| !rows[old * order + new].is_empty())
            {
                let movers = &rows[old * order + new];
                if enough(movers.len()) {
                    jobs.push(Job {
                        from: id(old),
                        to: Some(id(new)),
                        movers: movers.clone(),
                        stayers,
                    });
                } else {
                    skipped.push((id(old), id(new), movers.len() as u64));
                }
            }
            let lower = others.filter(|&new| ranks[new].is_some() && ranks[new] < ranks[old]);
            let mut movers: Vec<usize> = lower
                .flat_map(|new| rows[old * order + new].iter().copied())
                .collect();
            movers.sort_unstable();
            if enough(movers.len()) {
                jobs.push(Job {
                    from: id(old),
                    to: None,
                    movers,
                    stayers,
                });
            }
        }
        let width = before.names().len();
        // Each feature of each move is a piece of work of its own.
        let made = map_chunks(jobs.len() * width, 1, |piece| {
            let job = &jobs[piece.start / width];
            let stayers = &rows[job.stayers];
            driver(before, after, piece.start % width, &job.movers, stayers)
        });
        let mut features = made.into_iter();
        let mut all: Vec<MoveDrivers> = (jobs.iter())
            .map(|job| MoveDrivers {
                from: job.from,
                to: job.to,
                movers: job.movers.len() as u64,
                stayers: rows[job.stayers].len() as u64,
                features: features.by_ref().take(width).collect(),
            })
            .collect();
        let tests = control(&mut all);
        let (mut moves, mut downgrades): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|of| of.to.is_some());
        for of in &mut moves {
            sort_by(&mut of.features, |feature| {
                feature.change.and_then(|change| change.standardised)
            });
        }
        for of in &mut downgrades {
            sort_by(&mut of.features, |feature| feature.auc.map(|auc| auc - 0.5));
        }
        Ok(Drivers {
            moves,
            downgrades,
            skipped,
            left,
            entered,
            tests,
        })
    }

    fn check(
        &self,
        before: &Features,
        after: &Features,
        from: &Assignments,
        to: &Assignments,
    ) -> Result<()> {
        if self.min_customers < 2 {
            let expected = "2 or more: one customer does not vary";
            return Err(Error::parameter(
                "min_customers",
                self.min_customers,
                expected,
            ));
        }
        if before.names() != after.names() {
            return Err(Error::VersionMismatch {
                what: "the list of features",
                expected: before.names().join(", ").into(),
                found: after.names().join(", ").into(),
            });
        }
        Error::check_length("features afterwards", before.len(), after.len())?;
        Error::check_length("segments before", before.len(), from.len())?;
        Error::check_length("segments afterwards", before.len(), to.len())?;
        check_weights(before.len(), before.weights())?;
        states::check(from.segments())?;
        if from.scheme() != to.scheme() {
            return Err(Error::VersionMismatch {
                what: "the scheme of the segments (align the later one first)",
                expected: from.scheme().into(),
                found: to.scheme().into(),
            });
        }
        states::same(from.segments(), to.segments())
    }
}

/// Movers against stayers in one feature.
fn driver(
    before: &Features,
    after: &Features,
    at: usize,
    movers: &[usize],
    stayers: &[usize],
) -> FeatureDriver {
    let (old, new) = (before.view(), after.view());
    let (mut missing_before, mut missing_after) = (0, 0);
    let mut gather = |rows: &[usize]| {
        let mut levels: Vec<Weighted> = Vec::with_capacity(rows.len());
        let mut changes: Vec<Weighted> = Vec::with_capacity(rows.len());
        for &row in rows {
            let weight = before.weights().map_or(1.0, |weights| weights[row]);
            let (first, second) = (old[(row, at)], new[(row, at)]);
            if first.is_nan() {
                missing_before += 1;
                continue;
            }
            levels.push((first, weight));
            if second.is_nan() {
                missing_after += 1;
            } else {
                changes.push((second - first, weight));
            }
        }
        (levels, changes)
    };
    let (mover_levels, mover_changes) = gather(movers);
    let (stayer_levels, stayer_changes) = gather(stayers);
    let contrast = |movers: &[Weighted], stayers: &[Weighted]| {
        (!movers.is_empty() && !stayers.is_empty()).then(|| Contrast::of(movers, stayers))
    };
    let level = contrast(&mover_levels, &stayer_levels);
    FeatureDriver {
        feature: before.names()[at].clone(),
        change: contrast(&mover_changes, &stayer_changes),
        level,
        auc: level.map(|_| auc(&mover_levels, &stayer_levels)),
        missing_before,
        missing_after,
    }
}

/// Controls all p-values together, and tells how many there are.
fn control(all: &mut [MoveDrivers]) -> usize {
    fn contrasts(all: &mut [MoveDrivers]) -> impl Iterator<Item = &mut Contrast> {
        let features = all.iter_mut().flat_map(|of| &mut of.features);
        features
            .flat_map(|of| [&mut of.change, &mut of.level])
            .flatten()
    }
    let p_values: Vec<f64> = contrasts(all).filter_map(|contrast| contrast.p).collect();
    let tested = contrasts(all).filter(|contrast| contrast.p.is_some());
    for (contrast, adjusted) in tested.zip(benjamini_hochberg(&p_values)) {
        contrast.p_adjusted = Some(adjusted);
    }
    p_values.len()
}

/// The largest first, whatever its sign; equal ones in their order, and unknown ones last.
fn sort_by(features: &mut [FeatureDriver], key: impl Fn(&FeatureDriver) -> Option<f64>) {
    let size = |feature: &FeatureDriver| key(feature).map_or(-1.0, f64::abs);
    features.sort_by(|a, b| size(b).total_cmp(&size(a)));
}
