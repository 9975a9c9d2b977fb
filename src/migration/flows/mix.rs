//! Money per customer: how much of its change is that of the mix of states.

use serde::Serialize;

use super::Flows;
use crate::{Error, Result, data::Segment};

/// The change of money between two periods, and of money per customer, in parts:
///
/// ```text
/// money         M1 - M0 = (N1 - N0) (R0 + R1)/2 + (mix + within) (N0 + N1)/2
/// per customer  R1 - R0 = mix + within
/// mix           = sum over states of (s1 - s0) (r0 + r1)/2
/// within        = sum over states of (r1 - r0) (s0 + s1)/2
/// ```
///
/// where N is the number of customers in a state, R their money per customer, and s and r are the share
/// of a state in the customers and its own money per customer. Each effect is taken at the mean of both
/// periods, so that nothing is left over. A state that nobody is in in one of the periods counts with
/// its money per customer of the other: all of it is mix.
///
/// # Example
///
/// See [`Flows::mix`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Mix {
    /// Money per customer in the first period, in minor units.
    pub opening: f64,
    /// Money per customer in the last period, in minor units.
    pub closing: f64,
    /// The part that comes from customers in other states.
    pub mix: f64,
    /// The part that comes from other money per customer in the same states.
    pub within: f64,
    /// The change of all money that comes from more or fewer customers, in minor units.
    pub volume: f64,
    /// For each state its mix effect, against the mean of all customers, and its effect within.
    pub states: Vec<MixState>,
}

/// The part of one state in a [`Mix`].
///
/// # Example
///
/// See [`Flows::mix`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MixState {
    /// The state.
    pub state: Segment,
    /// Its part in `mix`: more customers in a state that is better than the mean are good.
    pub mix: f64,
    /// Its part in `within`.
    pub within: f64,
}

impl Flows {
    /// How much of the change of money per customer, from one period to another, comes from the mix of
    /// states.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a period that does not exist, or that is not after the first;
    /// [`Error::NotEnoughData`] without values, or if nobody is in a state in one of the periods.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::Currency, migration::SegmentPanel};
    ///
    /// // Silver is worth 100 and gold 300, in both periods: all of the change is mix.
    /// let panel = SegmentPanel::builder()
    ///     .int_keys(&[1, 2, 1, 2])
    ///     .periods(&["1", "1", "2", "2"])
    ///     .segments(&["silver", "gold", "gold", "gold"])
    ///     .values(Currency::EUR, vec![100, 300, 300, 300])
    ///     .build()?;
    /// let mix = panel.flows()?.mix(0, 1)?;
    /// assert_eq!((mix.opening, mix.closing, mix.mix, mix.within), (200.0, 300.0, 100.0, 0.0));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn mix(&self, first: usize, last: usize) -> Result<Mix> {
        self.check_periods(first, last)?;
        if self.currency().is_none() {
            return Err(Error::NotEnoughData {
                what: "columns of values".into(),
                needed: 1,
                found: 0,
            });
        }
        let [before, after] = [first, last].map(|period| &self.stocks[period][..self.order()]);
        let mut totals = [(0u64, 0i128); 2];
        for (total, stocks) in totals.iter_mut().zip([before, after]) {
            for stock in stocks {
                *total = (total.0 + stock.customers, total.1 + stock.before);
            }
            if total.0 == 0 {
                return Err(Error::NotEnoughData {
                    what: "customers in a state in each of the periods".into(),
                    needed: 1,
                    found: 0,
                });
            }
        }
        let [people, money] = [
            totals.map(|total| total.0 as f64),
            totals.map(|total| total.1 as f64),
        ];
        let [opening, closing] = [money[0] / people[0], money[1] / people[1]];
        let mean = f64::midpoint(opening, closing);
        let of = |(place, state): (usize, &Segment)| {
            let stocks = [before[place], after[place]];
            let share = |at: usize| stocks[at].customers as f64 / people[at];
            let each = |at: usize| {
                let stock = stocks[at];
                (stock.customers > 0).then(|| stock.before as f64 / stock.customers as f64)
            };
            let old = each(0).or(each(1)).unwrap_or(mean);
            let new = each(1).unwrap_or(old);
            MixState {
                state: state.clone(),
                mix: (share(1) - share(0)) * (f64::midpoint(old, new) - mean),
                within: (new - old) * f64::midpoint(share(0), share(1)),
            }
        };
        let states: Vec<MixState> = self.states().iter().enumerate().map(of).collect();
        Ok(Mix {
            opening,
            closing,
            mix: states.iter().map(|state| state.mix).sum(),
            within: states.iter().map(|state| state.within).sum(),
            volume: (people[1] - people[0]) * mean,
            states,
        })
    }
}
