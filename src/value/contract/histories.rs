//! What was seen of customers under contract.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    Error, Result,
    data::{Merge, merge_sealed},
    persist,
};

/// The most renewals of a customer: there is one count for each.
pub(super) const MOST_RENEWALS: u32 = 100_000;

/// How many customers came to each renewal, and how many of them renewed.
///
/// Renewals are counted from 1: the first is the end of the first paid period. For
/// any model in which the chance to renew depends on the renewals made so far, these
/// counts say all that the customers say. Cohorts that came at different times add
/// up, and so do shards ([`Merge`]).
///
/// # Example
///
/// ```
/// use custometry::value::ContractHistories;
/// // Two cohorts of 1,000: one seen for two renewals, one for one.
/// let histories = ContractHistories::from_survivors(&[vec![1000, 631, 468], vec![1000, 640]])?;
/// assert_eq!(histories.customers(), 2_000);
/// assert_eq!(histories.renewed(), [1_271, 468]);
/// assert_eq!(histories.lost(), [729, 163]);
/// assert!((histories.survival()[2] - 0.6355 * 468.0 / 631.0).abs() < 1e-12);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct ContractHistories {
    customers: u64,
    /// By renewal, the first at 0; as long as `lost`, without zeros at the end of both.
    renewed: Vec<u64>,
    lost: Vec<u64>,
}

/// How histories are saved.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    customers: u64,
    renewed: Vec<u64>,
    lost: Vec<u64>,
}

impl fmt::Debug for ContractHistories {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContractHistories")
            .field("customers", &self.customers)
            .field("renewals", &self.renewed.len())
            .finish_non_exhaustive()
    }
}

impl ContractHistories {
    /// Histories from survivor counts, one row a cohort: the customers it began with,
    /// and how many were left after each renewal.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] that names the cohort: without customers, with more of
    /// them after a renewal than before, or with more than 100,000 renewals;
    /// [`Error::Overflow`] past 2^64 customers.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::value::ContractHistories;
    /// let error = ContractHistories::from_survivors(&[[1000, 631], [1000, 1031]]).unwrap_err();
    /// assert!(error.to_string().contains("row 1"), "{error}");
    /// ```
    pub fn from_survivors<C: AsRef<[u64]>>(cohorts: &[C]) -> Result<Self> {
        let mut all = Self::none();
        for (row, cohort) in cohorts.iter().enumerate() {
            let cohort = cohort.as_ref();
            let fault = |reason: String| Error::value("survivors", row, reason);
            let Some(&customers) = cohort.first() else {
                return Err(fault("a cohort begins with its customers".to_owned()));
            };
            if cohort.len() > MOST_RENEWALS as usize {
                return Err(fault(too_many(cohort.len() - 1)));
            }
            let steps = || cohort.iter().zip(&cohort[1..]);
            if let Some(at) = steps().position(|(before, after)| after > before) {
                let (before, after) = (cohort[at], cohort[at + 1]);
                let renewal = at + 1;
                let reason = format!(
                    "{after} customers after renewal {renewal}, but {before} before; those who \
                     come later are a cohort of their own"
                );
                return Err(fault(reason));
            }
            all = all.merge(Self {
                customers,
                renewed: cohort[1..].to_vec(),
                lost: steps().map(|(before, after)| before - after).collect(),
            })?;
        }
        Ok(all.trimmed())
    }

    /// Histories from columns, one row a customer: the renewals made, and whether the
    /// next one was missed. Who has not come to it yet is still a customer.
    ///
    /// `entered` are the renewals already made when a customer was first looked at,
    /// 0 if left out. A base that is known from some day on needs it: of those who
    /// came before that day only who stayed is seen, and without it they would make
    /// everybody look faithful.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`]; [`Error::InvalidValue`] for more renewals at entry
    /// than in all, or more than 100,000.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::value::ContractHistories;
    /// // Ann made two renewals and missed the third, Bob made one and is there; Cid had
    /// // made one when the books begin, and has made another since.
    /// let histories = ContractHistories::from_columns(&[2, 1, 2], &[true, false, false], Some(&[0, 0, 1]))?;
    /// assert_eq!(histories.renewed(), [2, 2, 0]);
    /// assert_eq!(histories.lost(), [0, 0, 1]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn from_columns(renewals: &[u32], lost: &[bool], entered: Option<&[u32]>) -> Result<Self> {
        Error::check_length("lost", renewals.len(), lost.len())?;
        if let Some(entered) = entered {
            Error::check_length("entered", renewals.len(), entered.len())?;
        }
        let mut all = Self::none();
        all.customers = renewals.len() as u64;
        // Customers who come to be looked at, and who are no more, by renewals made.
        let longest = renewals.iter().copied().max().unwrap_or(0);
        let count = longest.min(MOST_RENEWALS) as usize + 1;
        let (mut came, mut went) = (vec![0u64; count], vec![0u64; count]);
        all.lost = vec![0; count];
        for (row, (&made, &lost)) in renewals.iter().zip(lost).enumerate() {
            let entered = entered.map_or(0, |entered| entered[row]);
            if made > MOST_RENEWALS {
                return Err(Error::value("renewals", row, too_many(made as usize)));
            }
            if entered > made {
                let reason = format!("{entered} renewals at entry, but {made} in all");
                return Err(Error::value("entered", row, reason));
            }
            came[entered as usize] += 1;
            went[made as usize] += 1;
            all.lost[made as usize] += u64::from(lost);
        }
        let mut there = 0;
        for (came, went) in came.iter().zip(went) {
            there += came;
            there -= went;
            all.renewed.push(there);
        }
        Ok(all.trimmed())
    }

    fn none() -> Self {
        Self {
            customers: 0,
            renewed: Vec::new(),
            lost: Vec::new(),
        }
    }

    /// Without renewals that nobody came to, so that equal histories are equal.
    fn trimmed(mut self) -> Self {
        let seen = |at: &usize| self.renewed[*at] + self.lost[*at] > 0;
        let len = (0..self.renewed.len())
            .rev()
            .find(seen)
            .map_or(0, |at| at + 1);
        self.renewed.truncate(len);
        self.lost.truncate(len);
        self
    }

    /// The number of customers.
    ///
    /// # Example
    ///
    /// See [`ContractHistories`].
    pub fn customers(&self) -> u64 {
        self.customers
    }

    /// How many made each renewal, from the first on.
    ///
    /// # Example
    ///
    /// See [`ContractHistories`].
    pub fn renewed(&self) -> &[u64] {
        &self.renewed
    }

    /// How many came to each renewal and did not make it.
    ///
    /// # Example
    ///
    /// See [`ContractHistories`].
    pub fn lost(&self) -> &[u64] {
        &self.lost
    }

    /// The share that made each renewal of those who came to it; NaN where nobody did.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::value::ContractHistories;
    /// let histories = ContractHistories::from_survivors(&[[1000, 600, 450]])?;
    /// assert_eq!(histories.retention(), [0.6, 0.75]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn retention(&self) -> Vec<f64> {
        let counts = self.renewed.iter().zip(&self.lost);
        let share = |(renewed, lost): (&u64, &u64)| *renewed as f64 / (renewed + lost) as f64;
        counts.map(share).collect()
    }

    /// The share still there after 0, 1, 2 ... renewals: the product of the
    /// retention, which is Kaplan and Meier's estimate (1958,
    /// doi:10.1080/01621459.1958.10501452). Each renewal is judged by those who came
    /// to it, so that young cohorts count for what they have shown.
    ///
    /// # Example
    ///
    /// See [`ContractHistories`].
    pub fn survival(&self) -> Vec<f64> {
        let mut there = 1.0;
        let after = self.retention().into_iter().map(|share| {
            there *= share;
            there
        });
        [1.0].into_iter().chain(after).collect()
    }
}

fn too_many(renewals: usize) -> String {
    format!("{renewals} renewals; use at most {MOST_RENEWALS}, by a longer period")
}

impl merge_sealed::Sealed for ContractHistories {}

impl Merge for ContractHistories {
    fn neutral(&self) -> Self {
        Self::none()
    }

    fn merge(self, other: Self) -> Result<Self> {
        let sum = |a: u64, b: u64| {
            a.checked_add(b).ok_or(Error::Overflow {
                what: "more than 2^64 customers".into(),
            })
        };
        let sums = |a: Vec<u64>, b: Vec<u64>| -> Result<Vec<u64>> {
            let (mut long, short) = if a.len() < b.len() { (b, a) } else { (a, b) };
            for (total, more) in long.iter_mut().zip(short) {
                *total = sum(*total, more)?;
            }
            Ok(long)
        };
        Ok(Self {
            customers: sum(self.customers, other.customers)?,
            renewed: sums(self.renewed, other.renewed)?,
            lost: sums(self.lost, other.lost)?,
        })
    }
}

impl From<ContractHistories> for Fields {
    fn from(histories: ContractHistories) -> Self {
        let ContractHistories {
            customers,
            renewed,
            lost,
        } = histories;
        Self {
            customers,
            renewed,
            lost,
        }
    }
}

impl TryFrom<Fields> for ContractHistories {
    type Error = Error;
    fn try_from(fields: Fields) -> Result<Self> {
        let Fields {
            customers,
            renewed,
            lost,
        } = fields;
        Error::check_length("lost", renewed.len(), lost.len())?;
        for (row, (renewed, lost)) in renewed.iter().zip(&lost).enumerate() {
            let came = u128::from(*renewed) + u128::from(*lost);
            if came > u128::from(customers) {
                let reason = format!("{came} customers at a renewal, of {customers} in all");
                return Err(Error::value("renewed", row, reason));
            }
        }
        Ok(Self {
            customers,
            renewed,
            lost,
        }
        .trimmed())
    }
}

impl persist::sealed::Sealed for ContractHistories {}
impl persist::Persist for ContractHistories {
    const FORMAT: &'static str = "custometry/contract-histories";
    const VERSION: u32 = 1;
}
