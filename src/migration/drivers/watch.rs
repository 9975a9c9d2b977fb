//! A watch over moves.

use std::{cmp::Ordering, fmt};

use serde::{Deserialize, Serialize};

use crate::{
    Error, Result,
    data::{Segment, SegmentId},
    migration::{counts::TransitionCounts, states},
    persist,
};

/// From when on a move rings.
///
/// # Example
///
/// See [`MoveWatch`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MoveWatchParams {
    z: f64,
    min_customers: u64,
}

impl Default for MoveWatchParams {
    fn default() -> Self {
        Self {
            z: 2.0,
            min_customers: 1,
        }
    }
}

/// What share of a segment usually makes each move: frozen on a history, saved by a host, and asked
/// about each new period.
///
/// ```text
/// usual     = x / n,   smoothed p = (x + 1/2) / (n + 1)
/// sd²       = P / (P - 1) sum over periods of (n_i / n) (x_i / n_i - x / n)²
/// spread    = max(sd, sqrt(p (1 - p) (1 / m + 1 / n)))
/// threshold = min(1, p + z spread),   excess = (share - p) / spread
/// ```
///
/// where `x_i` of `n_i` customers of the state made the move in each of the P periods that had any,
/// x and n are the sums of both, and m are the customers of the state in the latest period. Periods
/// are pooled, so that each counts by its customers. The half customer keeps a move that was never
/// seen from ringing with the first customer of a small state. For shares of all who were in a
/// state, those who then left as well, watch
/// [`Flows::by_step_with_outside`](crate::migration::Flows::by_step_with_outside).
///
/// # Example
///
/// ```
/// use custometry::{data::{Segment, SegmentId}, migration::*};
///
/// let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
/// let counts = |rows: [[u64; 2]; 2]| {
///     TransitionCounts::new(vec![state(1, "gold"), state(2, "silver")], &rows)
/// };
/// let history = [
///     counts([[900, 100], [40, 960]])?, counts([[880, 120], [50, 950]])?, counts([[890, 110], [60, 940]])?,
/// ];
/// let watch = MoveWatchParams::default().fit(&history)?;
/// // A gold customer is worth 70 more than a silver one.
/// let critical = watch.check(&counts([[820, 180], [55, 945]])?, Some(&[100.0, 30.0]))?;
/// let worst = &critical[0];
/// assert_eq!((worst.from, worst.to, worst.customers), (SegmentId(1), SegmentId(2), 180));
/// assert!(worst.rings && worst.share > worst.threshold.unwrap());
/// assert_eq!(worst.money_at_stake, Some(12_600.0));
/// assert!(!critical[1].rings && critical[1].money_at_stake == Some(0.0)); // upwards
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct MoveWatch {
    params: MoveWatchParams,
    states: Vec<Segment>,
    /// Row by row; `None` where fewer than two periods tell, and for staying.
    usual: Vec<Option<Usual>>,
}

/// One move over the periods of a history.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Usual {
    /// Customers who made it.
    moved: u64,
    /// Customers who could have.
    exposed: u64,
    /// Between the shares of periods.
    sd: f64,
}

impl Usual {
    fn share(&self) -> f64 {
        self.moved as f64 / self.exposed as f64
    }

    /// The smoothed share, and how far shares of `latest` customers spread around it. Both are above 0.
    fn expected(&self, latest: u64) -> (f64, f64) {
        let (exposed, latest) = (self.exposed as f64, latest as f64);
        let part = |customers: u64| (customers as f64 + 0.5) / (exposed + 1.0);
        let (moves, stays) = (part(self.moved), part(self.exposed - self.moved));
        let chance = (moves * stays * (1.0 / latest + 1.0 / exposed)).sqrt();
        (moves, chance.max(self.sd))
    }
}

/// How a watch is saved.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    params: MoveWatchParams,
    states: Vec<Segment>,
    usual: Vec<Option<Usual>>,
}

impl TryFrom<Fields> for MoveWatch {
    type Error = Error;
    fn try_from(fields: Fields) -> Result<Self> {
        fields.params.check()?;
        states::check(&fields.states)?;
        let cells = fields.states.len() * fields.states.len();
        Error::check_length("usual", cells, fields.usual.len())?;
        let order = fields.states.len();
        let sound = |at: usize, of: &Usual| {
            let counted = of.exposed >= 1 && of.moved <= of.exposed;
            counted && (0.0..=1.0).contains(&of.sd) && at / order != at % order
        };
        let bad = |(at, usual): (usize, &Option<Usual>)| usual.is_some_and(|of| !sound(at, &of));
        if let Some(row) = fields.usual.iter().enumerate().position(bad) {
            return Err(Error::value(
                "usual",
                row,
                "no more customers move than there are, shares spread by 0 to 1, and staying is no \
                 move; fit the watch anew",
            ));
        }
        Ok(Self {
            params: fields.params,
            states: fields.states,
            usual: fields.usual,
        })
    }
}

impl From<MoveWatch> for Fields {
    fn from(watch: MoveWatch) -> Self {
        Self {
            params: watch.params,
            states: watch.states,
            usual: watch.usual,
        }
    }
}

impl persist::sealed::Sealed for MoveWatch {}
impl persist::Persist for MoveWatch {
    const FORMAT: &'static str = "custometry/move-watch";
    const VERSION: u32 = 1;
}

impl fmt::Debug for MoveWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MoveWatch")
            .field("params", &self.params)
            .field("states", &self.states.len())
            .finish_non_exhaustive()
    }
}

/// A move of the latest period, held against what is usual.
///
/// # Example
///
/// See [`MoveWatch`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CriticalMove {
    /// The state before.
    pub from: SegmentId,
    /// The state afterwards.
    pub to: SegmentId,
    /// Customers who made the move.
    pub customers: u64,
    /// Their share of the customers of the state before.
    pub share: f64,
    /// The share over all periods of the history together; `None` if fewer than two of them had
    /// customers in the state before.
    pub usual_share: Option<f64>,
    /// The share above which the move rings, at the size of the latest period, at most 1:
    /// there it cannot ring, for too few customers tell. `None` likewise.
    pub threshold: Option<f64>,
    /// How many spreads the share is above the smoothed one; `None` likewise.
    pub excess: Option<f64>,
    /// Customers times what each is worth less afterwards, 0 if it is not less; `None` unless values
    /// were given.
    pub money_at_stake: Option<f64>,
    /// Whether the share is above the threshold.
    pub rings: bool,
}

impl MoveWatchParams {
    /// How many spreads above the smoothed share the threshold lies, 0 or more; 2 at first.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::migration::MoveWatchParams;
    /// assert_ne!(MoveWatchParams::default().z(3.0), MoveWatchParams::default());
    /// ```
    pub fn z(mut self, z: f64) -> Self {
        self.z = z;
        self
    }

    /// With fewer customers than this a move never rings; 1 at first.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::migration::MoveWatchParams;
    /// assert_ne!(MoveWatchParams::default().min_customers(20), MoveWatchParams::default());
    /// ```
    pub fn min_customers(mut self, min_customers: u64) -> Self {
        self.min_customers = min_customers;
        self
    }

    fn check(&self) -> Result<()> {
        if self.z.is_finite() && self.z >= 0.0 {
            return Ok(());
        }
        Err(Error::parameter(
            "z",
            self.z,
            "a finite number of 0 or more",
        ))
    }

    /// Freezes what is usual: the transitions of earlier periods, one count a period. Takes
    /// O(P k²) for P periods of k states.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for z out of range; [`Error::NotEnoughData`] for fewer than two
    /// periods; [`Error::VersionMismatch`] unless all are of the same states; [`Error::Overflow`] for
    /// more than 2^64 customers of a state in all periods.
    ///
    /// # Example
    ///
    /// See [`MoveWatch`].
    pub fn fit(&self, history: &[TransitionCounts]) -> Result<MoveWatch> {
        self.check()?;
        let [first, _, ..] = history else {
            return Err(Error::NotEnoughData {
                what: "periods before the one to watch".into(),
                needed: 2,
                found: history.len(),
            });
        };
        for period in history {
            states::same(first.states(), period.states())?;
        }
        let order = first.order();
        let mut usual = Vec::with_capacity(order * order);
        for from in 0..order {
            // The periods that tell of the state, and its customers in each.
            let mut periods: Vec<(&[u64], u64)> = Vec::with_capacity(history.len());
            let mut exposed = 0;
            for period in history {
                let row = period.row(from);
                let customers = added(row.iter().copied())?;
                exposed = added([exposed, customers])?;
                if customers > 0 {
                    periods.push((row, customers));
                }
            }
            let move_to = |to: usize| {
                if periods.len() < 2 || from == to {
                    return None;
                }
                let moved: u64 = periods.iter().map(|(row, _)| row[to]).sum();
                let share = moved as f64 / exposed as f64;
                let part = |&(row, customers): &(&[u64], u64)| {
                    let customers = customers as f64;
                    customers / exposed as f64 * (row[to] as f64 / customers - share).powi(2)
                };
                let count = periods.len() as f64;
                let variance = count / (count - 1.0) * periods.iter().map(part).sum::<f64>();
                let sd = variance.sqrt();
                Some(Usual { moved, exposed, sd })
            };
            usual.extend((0..order).map(move_to));
        }
        Ok(MoveWatch {
            usual,
            states: first.states().to_vec(),
            params: self.clone(),
        })
    }
}

impl MoveWatch {
    /// The states whose moves are watched.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Segment, SegmentId}, migration::*};
    /// let all = vec![Segment { id: SegmentId(1), name: "all".into() }];
    /// let counts = TransitionCounts::new(all, &[[5]])?;
    /// let watch = MoveWatchParams::default().fit(&[counts.clone(), counts.clone()])?;
    /// assert_eq!(watch.states().len(), 1);
    /// assert!(watch.check(&counts, None)?.is_empty()); // nobody can move
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn states(&self) -> &[Segment] {
        &self.states
    }

    /// All moves of a period, the most critical first: those that ring, then by money at stake, then by
    /// their excess, then by customers. `values` says what a customer of each state is worth, such as
    /// [`MarkovValueParams`](crate::migration::MarkovValueParams) tells.
    ///
    /// A move never seen in the history rings as soon as the half customer of its smoothed share does
    /// not explain it: of 100 customers now and 300 before, with the second one.
    ///
    /// # Errors
    ///
    /// [`Error::VersionMismatch`] for counts of other states; [`Error::LengthMismatch`] unless there is
    /// a value for each state; [`Error::InvalidValue`] for one that is not finite.
    ///
    /// # Example
    ///
    /// See [`MoveWatch`].
    pub fn check(
        &self,
        latest: &TransitionCounts,
        values: Option<&[f64]>,
    ) -> Result<Vec<CriticalMove>> {
        states::same(&self.states, latest.states())?;
        if let Some(values) = values {
            Error::check_length("values", self.states.len(), values.len())?;
            if let Some(row) = values.iter().position(|value| !value.is_finite()) {
                let reason = format!("{} is not what a customer is worth", values[row]);
                return Err(Error::value("values", row, reason));
            }
        }
        let order = self.states.len();
        let mut moves = Vec::new();
        for from in 0..order {
            let total: u64 = latest.row(from).iter().sum();
            for (to, &customers) in latest.row(from).iter().enumerate() {
                if to == from || customers == 0 {
                    continue;
                }
                let share = customers as f64 / total as f64;
                let usual = self.usual[from * order + to];
                let expected = usual.map(|of| of.expected(total));
                let threshold = expected.map(|(p, spread)| (p + self.params.z * spread).min(1.0));
                let excess = expected.map(|(p, spread)| (share - p) / spread);
                let lost = values.map(|values| (values[from] - values[to]).max(0.0));
                moves.push(CriticalMove {
                    from: self.states[from].id,
                    to: self.states[to].id,
                    customers,
                    share,
                    usual_share: usual.map(|of| of.share()),
                    threshold,
                    excess,
                    money_at_stake: lost.map(|lost| lost * customers as f64),
                    rings: customers >= self.params.min_customers
                        && threshold.is_some_and(|threshold| share > threshold),
                });
            }
        }
        moves.sort_by(more_critical);
        Ok(moves)
    }
}

/// The sum; fails beyond 2^64.
fn added(customers: impl IntoIterator<Item = u64>) -> Result<u64> {
    let sum = (customers.into_iter()).try_fold(0u64, u64::checked_add);
    sum.ok_or_else(|| Error::Overflow {
        what: "more than 18446744073709551615 customers of a state; give fewer periods".into(),
    })
}

/// The more critical move first; equal ones stay in the order of states.
fn more_critical(a: &CriticalMove, b: &CriticalMove) -> Ordering {
    let falling = |a: Option<f64>, b: Option<f64>| {
        let known = |value: Option<f64>| value.unwrap_or(f64::NEG_INFINITY);
        known(b).total_cmp(&known(a))
    };
    (b.rings.cmp(&a.rings))
        .then(falling(a.money_at_stake, b.money_at_stake))
        .then(falling(a.excess, b.excess))
        .then(b.customers.cmp(&a.customers))
}
