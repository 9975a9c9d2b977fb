//! Spells by what a purchase model says of those who are silent.

use chrono::NaiveDate;

use super::{Spells, purchases::Purchases};
use crate::{
    Result,
    churn::ChurnDefinition,
    data::Days,
    value::{Prediction, PurchaseHistories, PurchaseHistory, PurchaseModel, SummaryState},
};

/// Customers whose purchases are judged together: many of them have the same history. A constant.
const CHUNK: usize = 1 << 14;

impl Spells {
    /// Spells of purchases up to and including a day, each of which ends once a purchase model finds
    /// it unlikely that the customer is alive: on the first day on which P(alive), with no purchase
    /// since the last, is lower than `below`.
    ///
    /// ```text
    /// end = first day d > t with P(alive | x, t - f, d - f) < below
    /// ```
    ///
    /// where f is the first purchase day of the customer, t the last one of the spell and x the number
    /// of purchase days from f on up to t, f left out. Who buys on the day of the end goes on with
    /// the spell. On the day of a purchase a customer is one, whatever the model says of it. Where the
    /// model never falls so low (BG/NBD holds that who bought once cannot have left) the spell stays
    /// open.
    ///
    /// The definition is kept as [`ChurnDefinition::ProbabilityAlive`]; the model is not, keep it
    /// beside the spells. A model that was fitted to all purchases lets hindsight decide when earlier
    /// spells end: to foretell, fit it to the purchases before the first date of the snapshots.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) for a limit that is not between 0
    /// and 1 or for the last day of the calendar; [`Error::Overflow`](crate::Error::Overflow) for more than
    /// 4 294 967 295 spells.
    ///
    /// # Complexity
    ///
    /// One answer of the model for each different history among 16,384 customers; in parallel.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::Spells;
    /// use custometry::data::{Currency, CustomerIx, Days, TimeUnit, Transactions, date_of_day};
    /// use custometry::value::{BgNbd, PurchaseHistory, PurchaseModel, SummaryState};
    ///
    /// let log = Transactions::builder(Currency::EUR)
    ///     .text_keys(&["ann", "ann", "ann", "bob"])
    ///     .days(vec![0, 30, 50, 10])
    ///     .amounts(vec![500, 700, 600, 400])
    ///     .build()?;
    /// let model = BgNbd::new(TimeUnit::Weeks, 0.243, 4.414, 0.793, 2.426)?;
    /// let state = SummaryState::new(&log)?;
    /// let spells = Spells::of_purchase_model(&state, date_of_day(600).unwrap(), &model, 0.5)?;
    ///
    /// let spell = spells.of(CustomerIx(0)).next().unwrap();
    /// let end = spell.end.unwrap();
    /// let alive = |day: i32| -> Result<f64, custometry::Error> {
    ///     let history = PurchaseHistory::new(2, Days(50.0), Days(day.into()))?;
    ///     Ok(model.p_alive_one(&history))
    /// };
    /// assert!(alive(end - 1)? >= 0.5 && alive(end)? < 0.5);
    /// // Bob bought once.
    /// assert_eq!(spells.of(CustomerIx(1)).next().unwrap().end, None);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    ///
    /// # References
    ///
    /// P. S. Fader, B. G. S. Hardie, K. L. Lee (2005), *Marketing Science* 24, 275-284,
    /// [doi](https://doi.org/10.1287/mksc.1040.0098).
    pub fn of_purchase_model(
        state: &SummaryState,
        as_of: NaiveDate,
        model: &dyn PurchaseModel,
        below: f64,
    ) -> Result<Self> {
        let definition = ChurnDefinition::ProbabilityAlive { below };
        definition.check()?;
        Self::of_silences(state, as_of, definition, CHUNK, |bought| {
            allowed_days(bought, model, below)
        })
    }
}

/// After each purchase, the days until P(alive) is too low.
fn allowed_days(bought: &Purchases, model: &dyn PurchaseModel, below: f64) -> Result<Vec<u32>> {
    let (mut frequency, mut recency) = (Vec::new(), Vec::new());
    for days in bought.by_customer() {
        for (x, day) in (0..).zip(days) {
            frequency.push(x);
            recency.push(f64::from(day.abs_diff(days[0])));
        }
    }
    // The age does not matter: it is what is asked for.
    let histories = PurchaseHistories::from_columns(&frequency, &recency, &recency, None)?;
    let ages = model.predict(&histories, Prediction::SilenceAge(below))?;
    let rows = frequency.iter().zip(recency).zip(ages);
    let allowed = rows.map(|((&x, recency), age)| {
        let day = first_day_below(model, x, recency, age, below)?;
        Ok(whole(day - recency))
    });
    allowed.collect()
}

/// The first whole day after the last purchase on which P(alive) is lower than the limit, which it
/// crosses at `age`; both counted from the first purchase.
fn first_day_below(
    model: &dyn PurchaseModel,
    x: u32,
    recency: f64,
    age: f64,
    below: f64,
) -> Result<f64> {
    let nearest = age.round();
    // Where rounding decides on which side of a whole day the limit is crossed, ask for that day.
    let day = if (age - nearest).abs() <= NEAR * age && nearest > recency {
        let on_day = PurchaseHistory::new(x, Days(recency), Days(nearest))?;
        nearest + f64::from(u8::from(model.p_alive_one(&on_day) >= below))
    } else {
        age.floor() + 1.0
    };
    Ok(day.max(recency + 1.0))
}

/// What an age at which the limit is crossed may be off by, relatively.
const NEAR: f64 = 1e-9;

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at least 1; a cast of a float saturates, and more days than that never pass"
)]
fn whole(days: f64) -> u32 {
    days as u32
}
