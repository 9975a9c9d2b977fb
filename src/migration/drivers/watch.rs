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
    /// Row by row; `None` where fewer than two periods tell.
    usual: Vec<Option<Usual>>,
}

/// The shares of one move over the periods of a history.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Usual {
    mean: f64,
    sd: f64,
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
        let share = |value: f64| (0.0..=1.0).contains(&value);
        let bad = |usual: &Option<Usual>| usual.is_some_and(|of| !(share(of.mean) && share(of.sd)));
        if let Some(row) = fields.usual.iter().position(bad) {
            return Err(Error::value(
                "usual",
                row,
                "mean and spread of shares are from 0 to 1",
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
    /// The mean share over the history; `None` if fewer than two of its periods had customers in the
    /// state before.
    pub usual_share: Option<f64>,
    /// The share above which the move rings, at the size of the latest period; `None` likewise.
    pub threshold: Option<f64>,
    /// How many spreads the share is above the mean; `None` likewise, or if there is no spread.
    pub excess: Option<f64>,
    /// Customers times what each is worth less afterwards, 0 if it is not less; `None` unless values
    /// were given.
    pub money_at_stake: Option<f64>,
    /// Whether the share is above the threshold.
    pub rings: bool,
}

impl MoveWatchParams {
    /// How many spreads above the mean the threshold lies, 0 or more; 2 at first.
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

    /// Freezes what is usual: the transitions of earlier periods, one count a period.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for z out of range; [`Error::NotEnoughData`] for fewer than two
    /// periods; [`Error::VersionMismatch`] unless all are of the same states.
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
        let usual = |cell: usize| {
            let (from, to) = (cell / order, cell % order);
            let share = |counts: &TransitionCounts| {
                let total: u64 = counts.row(from).iter().sum();
                (total > 0).then(|| counts.row(from)[to] as f64 / total as f64)
            };
            let shares: Vec<f64> = history.iter().filter_map(share).collect();
            if shares.len() < 2 || from == to {
                return None;
            }
            let periods = shares.len() as f64;
            let mean = shares.iter().sum::<f64>() / periods;
            let squares: f64 = shares.iter().map(|share| (share - mean).powi(2)).sum();
            let sd = (squares / (periods - 1.0)).sqrt();
            Some(Usual { mean, sd })
        };
        Ok(MoveWatch {
            usual: (0..order * order).map(usual).collect(),
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
    /// A move never seen in the history rings with its first customers.
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
                let spread =
                    |of: Usual| of.sd.max((of.mean * (1.0 - of.mean) / total as f64).sqrt());
                let threshold = usual.map(|of| of.mean + self.params.z * spread(of));
                let excess = usual.map(|of| (share - of.mean) / spread(of));
                let lost = values.map(|values| (values[from] - values[to]).max(0.0));
                moves.push(CriticalMove {
                    from: self.states[from].id,
                    to: self.states[to].id,
                    customers,
                    share,
                    usual_share: usual.map(|of| of.mean),
                    threshold,
                    excess: excess.filter(|excess| excess.is_finite()),
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
