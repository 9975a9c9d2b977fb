//! How much hangs on how few.

use std::fmt;

use chrono::NaiveDate;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Profitability;
use crate::{
    Error, Result,
    data::{Assignments, CustomerIx, MinorUnits, Segment, SegmentId},
};

/// How unevenly an amount is spread over customers.
///
/// ```text
/// Gini = Σ Σ |x_i - x_j| / (2 n Σ x_i)        over all pairs i, j of n customers
/// ```
///
/// 0 if all have the same, close to 1 if one has all. With customers below 0 it may
/// exceed 1; of a total that is not positive there is none.
///
/// # Example
///
/// ```
/// use custometry::value::Concentration;
/// let even = Concentration::new(&[100; 10])?;
/// assert_eq!(even.gini()?, 0.0);
/// let one_has_all = Concentration::new(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 500])?;
/// assert!((one_has_all.gini()? - 0.9).abs() < 1e-15);
/// assert_eq!(one_has_all.share_of_top(0.1)?, 1.0);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Concentration {
    /// Falling.
    amounts: Vec<i64>,
    total: i64,
}

impl fmt::Debug for Concentration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Concentration")
            .field("customers", &self.amounts.len())
            .field("total", &self.total)
            .finish_non_exhaustive()
    }
}

impl Concentration {
    /// The concentration of amounts, one a customer, in any order.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] without customers, [`Error::Overflow`] if the sizes of
    /// the amounts together exceed `i64`.
    ///
    /// # Example
    ///
    /// See [`Concentration`].
    pub fn new(amounts: &[i64]) -> Result<Self> {
        if amounts.is_empty() {
            return Err(Error::NotEnoughData {
                what: "customers".into(),
                needed: 1,
                found: 0,
            });
        }
        let size: u128 = amounts.iter().map(|x| u128::from(x.unsigned_abs())).sum();
        if i64::try_from(size).is_err() {
            return Err(MinorUnits::too_much("all customers"));
        }
        let mut falling = amounts.to_vec();
        falling.par_sort_unstable_by(|a, b| b.cmp(a));
        Ok(Self {
            total: falling.iter().sum(),
            amounts: falling,
        })
    }

    /// The number of customers.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::MinorUnits, value::Concentration};
    /// let some = Concentration::new(&[5, -2, 4])?;
    /// assert_eq!((some.customers(), some.negative(), some.total()), (3, 1, MinorUnits(7)));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn customers(&self) -> usize {
        self.amounts.len()
    }

    /// How many customers are below 0.
    ///
    /// # Example
    ///
    /// See [`customers`](Self::customers).
    pub fn negative(&self) -> usize {
        self.amounts.len() - self.amounts.partition_point(|&amount| amount >= 0)
    }

    /// The sum of the amounts.
    ///
    /// # Example
    ///
    /// See [`customers`](Self::customers).
    pub fn total(&self) -> MinorUnits {
        MinorUnits(self.total)
    }

    /// The total as something to be divided by.
    fn positive_total(&self) -> Result<f64> {
        if self.total > 0 {
            return Ok(self.total as f64);
        }
        Err(Error::Degenerate {
            what: format!(
                "the total is {} minor units: shares of what is not positive mean nothing; look at \
                 the amounts, or at the whale curve",
                self.total
            )
            .into(),
        })
    }

    /// The Gini coefficient.
    ///
    /// # Errors
    ///
    /// [`Error::Degenerate`] unless the total is above 0.
    ///
    /// # Example
    ///
    /// See [`Concentration`].
    pub fn gini(&self) -> Result<f64> {
        let total = self.positive_total()?;
        // With the amounts falling the double sum is 2 Σ (n - 1 - 2i) x_i. It fits: the
        // sizes of all amounts do in 63 bits, n in 64.
        let n = self.amounts.len() as i128;
        let terms = (0i128..).zip(&self.amounts);
        let sum: i128 = terms.map(|(i, &x)| (n - 1 - 2 * i) * i128::from(x)).sum();
        Ok(sum as f64 / (n as f64 * total))
    }

    /// The share of the total that the best customers hold, so large a share of all;
    /// 0.1 for the top decile. A part of a customer does not count.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless the share is above 0 and at most 1,
    /// [`Error::NotEnoughData`] if it is less than one customer,
    /// [`Error::Degenerate`] unless the total is above 0.
    ///
    /// # Example
    ///
    /// See [`Concentration`].
    pub fn share_of_top(&self, share: f64) -> Result<f64> {
        let total = self.positive_total()?;
        // Written so that NaN fails as well.
        if !(share > 0.0 && share <= 1.0) {
            let expected = "a share of the customers above 0 and at most 1, such as 0.1";
            return Err(Error::parameter("share", share, expected));
        }
        let all = self.amounts.len() as f64;
        // 0.29 of 100 is 28.999999999999996 in floating point.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a count"
        )]
        let [count, needed] =
            [(all * share + 1e-9).floor(), (1.0 / share - 1e-9).ceil()].map(|count| count as usize);
        if count == 0 {
            return Err(Error::NotEnoughData {
                what: format!("customers, for one to be a share of {share}").into(),
                needed,
                found: self.amounts.len(),
            });
        }
        let top: i64 = self.amounts[..count].iter().sum();
        Ok(top as f64 / total)
    }

    /// The fewest customers who hold a share of the total: 0.8 for the rule of eighty
    /// and twenty.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless the share is above 0 and at most 1,
    /// [`Error::Degenerate`] unless the total is above 0.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::value::Concentration;
    /// let amounts = Concentration::new(&[50, 30, 10, 10])?;
    /// assert_eq!(amounts.customers_for(0.8)?, 2);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn customers_for(&self, share: f64) -> Result<usize> {
        let total = self.positive_total()?;
        if !(share > 0.0 && share <= 1.0) {
            let expected = "a share of the total above 0 and at most 1, such as 0.8";
            return Err(Error::parameter("share", share, expected));
        }
        let mut held = 0;
        let enough = |&amount: &i64| {
            held += amount;
            held as f64 >= share * total
        };
        Ok(self
            .amounts
            .iter()
            .position(enough)
            .map_or(self.amounts.len(), |at| at + 1))
    }
}

/// Where the classes of an ABC analysis end, as shares of all sales.
///
/// # Example
///
/// ```
/// use custometry::{data::{Currency, Transactions, date_of_day},
///                  value::{AbcParams, ProfitParams, ProfitState}};
/// let log = Transactions::builder(Currency::EUR)
///     .text_keys(&["ann", "bob", "cid"])
///     .days(vec![0; 3])
///     .amounts(vec![900, 80, 20])
///     .build()?;
/// let profits = ProfitParams::default().evaluate(&ProfitState::new(&log)?)?;
/// let classes = AbcParams::default().assign(&profits, date_of_day(0).unwrap())?;
/// let names: Vec<_> = (0..3).map(|row| classes.name_of(row).unwrap()).collect();
/// assert_eq!(names, ["A", "B", "C"]);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AbcParams {
    a: f64,
    b: f64,
}

impl Default for AbcParams {
    /// A until 80 % of all sales, B until 95 %, C for the rest.
    fn default() -> Self {
        Self { a: 0.8, b: 0.95 }
    }
}

impl AbcParams {
    /// Where the classes A and B end.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::value::AbcParams;
    /// assert_ne!(AbcParams::default().ends(0.7, 0.9), AbcParams::default());
    /// ```
    pub fn ends(mut self, a: f64, b: f64) -> Self {
        (self.a, self.b) = (a, b);
        self
    }

    /// The class of each customer, as segments: by falling net sales, equal ones in the
    /// order of the customers. A customer with whom a class would end belongs to it, so
    /// that A has somebody in it. Who has no sales above 0 is in C, and who was not
    /// active in none.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless the ends are above 0, in order and at most 1;
    /// [`Error::Degenerate`] if nobody has sales above 0.
    ///
    /// # Example
    ///
    /// See [`AbcParams`].
    pub fn assign(&self, profits: &Profitability, as_of: NaiveDate) -> Result<Assignments> {
        let Self { a, b } = *self;
        // Written so that NaN fails as well.
        if !(a > 0.0 && a <= b && b <= 1.0) {
            let expected = "two shares of all sales above 0 and at most 1, in order";
            return Err(Error::parameter("ends", format!("{a} and {b}"), expected));
        }
        let sales = profits.net_sales();
        let mut order: Vec<usize> = profits.active().map(CustomerIx::at).collect();
        order.par_sort_by_key(|&at| std::cmp::Reverse(sales[at]));
        let positive = |at: usize| i128::from(sales[at].max(0));
        let total: i128 = order.iter().map(|&at| positive(at)).sum();
        if total == 0 {
            return Err(Error::Degenerate {
                what: "no customer has sales above 0, so there are no shares to class by".into(),
            });
        }
        let mut rows = vec![None; sales.len()];
        let mut before = 0i128;
        for at in order {
            let held = before as f64;
            let class = match () {
                () if sales[at] <= 0 => 3,
                () if held < a * total as f64 => 1,
                () if held < b * total as f64 => 2,
                () => 3,
            };
            rows[at] = Some(SegmentId(class));
            before += positive(at);
        }
        let segment = |(id, name): (u32, &str)| Segment {
            id: SegmentId(id),
            name: name.to_owned(),
        };
        let segments = [(1, "A"), (2, "B"), (3, "C")].map(segment).to_vec();
        Assignments::new(&format!("abc v1 {a} {b}"), as_of, segments, rows)
    }
}
