//! What to do.

use super::{
    draw::{Axis, Bar, Bars, Figure, Unit, grouped, kind},
    picture::{Picture, nothing},
};
use crate::{Result, overview::Actions};

impl Picture {
    /// What each kind of action is expected to gain.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`](crate::Error::NotEnoughData) for a list without rows.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::*, overview::*, report::Picture, simulate::PurchaseLogParams};
    /// # let log = PurchaseLogParams::default().customers(600).generate()?.transactions;
    /// # let agreed = log.customers().numbers().map(|who| (who, ContactStatus::Allowed));
    /// # let contact = ContactStatuses::new(log.customers(), agreed)?;
    /// # let inputs = OverviewInputs::new().transactions(&log).contact(&contact);
    /// # let overview = OverviewParams::default().fit(&inputs, date_of_day(10_407).unwrap())?;
    /// let actions = overview.actions(&ActionParams::default().count(10))?;
    /// let (_, rows) = Picture::actions(&actions)?.table();
    /// let gain: f64 = rows.iter().map(|row| row[1].parse::<f64>().unwrap()).sum();
    /// assert!((gain - actions.expected_gain()).abs() < 1e-9);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn actions(actions: &Actions) -> Result<Self> {
        let totals = actions.by_action();
        let listed = totals
            .iter()
            .enumerate()
            .filter(|(_, total)| total.rows > 0);
        let bars: Vec<Bar> = listed
            .map(|(at, total)| Bar {
                name: format!("{} ({})", total.action, grouped(total.rows as f64, 0)),
                value: total.gain,
                interval: None,
                ink: kind(at),
            })
            .collect();
        if bars.is_empty() {
            return Err(nothing("actions on the list"));
        }
        let label = format!("expected gain ({})", actions.currency().code());
        let axis = Axis::over(&label, Unit::Plain, bars.iter().map(|bar| bar.value));
        Ok(Self::new(
            "actions",
            "What actions are expected to gain",
            "Margin that is expected to be kept or won, less what is spent, by the save rates that are assumed: \
             the customers who are left alone will tell how right they are. In brackets: customers on the list."
                .to_owned(),
            Figure::Bars(Bars { bars, axis }),
        ))
    }
}
