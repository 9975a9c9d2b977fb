//! Which ways out of which states carry how much money.

use serde::Serialize;

use super::{Flows, Presence, id_of};
use crate::{
    Result,
    data::{Estimate, MinorUnits, SegmentId},
    migration::states,
};

/// A way out of a state, with what has gone it and what stands before it.
///
/// # Example
///
/// See [`Flows::at_risk`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RiskPath {
    /// The state that customers go from.
    pub from: SegmentId,
    /// Its name.
    pub from_name: String,
    /// Where they go: another state or outside.
    pub to: Presence,
    /// Its name.
    pub to_name: String,
    /// How many went this way, over all steps.
    pub customers: u64,
    /// Out of how many who were in the state before a step.
    pub exposed: u64,
    /// The probability of going this way within a step, with Wilson's interval.
    pub probability: Estimate,
    /// The money, before the step, of those who went; `None` without values.
    pub before: Option<MinorUnits>,
    /// Their money after the step.
    pub after: Option<MinorUnits>,
    /// How many customers are in the state now, in the last period.
    pub standing: u64,
    /// How many of them are expected to go this way in the next step.
    pub expected: f64,
    /// The money of those in the state now; `None` without values.
    pub standing_money: Option<MinorUnits>,
    /// That money times the probability, in minor units.
    pub money_at_risk: Option<f64>,
    /// What of it will be lost if who goes this way loses the same share as those who went: less than
    /// nothing where they gained. `None` unless they had money.
    pub expected_loss: Option<f64>,
}

impl Flows {
    /// The ways out of each state that somebody went, ranked by the money that stands before them now,
    /// or by the customers if there are no values.
    ///
    /// With a scale, its lowest state first, these are the ways down and outside; from and to states
    /// that are not on the scale all ways count. Without one they are all ways.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::Error::InvalidParameter) for a level that is not between 0 and 1,
    /// or a state that is not among the states; [`DuplicateKey`](crate::Error::DuplicateKey) for one
    /// that stands on the scale twice.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Currency, SegmentId}, migration::{Presence, SegmentPanel}};
    ///
    /// let panel = SegmentPanel::builder()
    ///     .int_keys(&[1, 2, 3, 1, 2, 4])
    ///     .periods(&["1", "1", "1", "2", "2", "2"])
    ///     .segments(&["low", "high", "high", "high", "high", "low"])
    ///     .values(Currency::EUR, vec![10, 50, 60, 55, 45, 12])
    ///     .order(&["low", "high"])
    ///     .build()?;
    /// let paths = panel.flows()?.at_risk(Some(&[SegmentId(0), SegmentId(1)]), 0.95)?;
    /// assert_eq!(paths.len(), 1); // one went up, one out of two went outside
    /// assert_eq!((&paths[0].from_name[..], paths[0].to), ("high", Presence::Churned));
    /// assert_eq!(paths[0].probability.value, 0.5);
    /// assert_eq!(paths[0].money_at_risk, Some(50.0)); // half of 100
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn at_risk(&self, scale: Option<&[SegmentId]>, level: f64) -> Result<Vec<RiskPath>> {
        // The level is checked even if there is no path.
        Estimate::normal(0.0, 0.0, level)?;
        let ranks = states::ranks(self.states(), scale.unwrap_or_default())?;
        let mut cells: Vec<_> = self.state.steps.iter().flatten().copied().collect();
        cells.sort_by_key(|cell| (cell.from, cell.to));
        cells.dedup_by(|next, kept| {
            let same = (next.from, next.to) == (kept.from, kept.to);
            if same {
                kept.sums.add(next.sums);
            }
            same
        });
        let mut exposed = vec![0u64; self.order()];
        for cell in &cells {
            if let Some(exposed) = exposed.get_mut(cell.from) {
                *exposed += cell.sums.customers;
            }
        }
        let mut paths = Vec::new();
        for cell in cells {
            let Some(from) = id_of(self.states(), cell.from) else {
                continue;
            };
            let up = match (ranks[cell.from], ranks.get(cell.to)) {
                (Some(from), Some(Some(to))) => from < *to,
                _ => false,
            };
            if cell.from == cell.to || up {
                continue;
            }
            let Some(standing) = self.stocks.last().map(|stock| stock[cell.from]) else {
                continue;
            };
            let n = exposed[cell.from];
            let p = cell.sums.customers as f64 / n as f64;
            let at_risk = self.currency().map(|_| standing.before as f64 * p);
            let (before, after) = (cell.sums.before as f64, cell.sums.after as f64);
            let to = Presence::of_code(self.states(), cell.to);
            paths.push(RiskPath {
                from,
                from_name: self.states()[cell.from].name.clone(),
                to,
                to_name: to.name(self.states()).to_owned(),
                customers: cell.sums.customers,
                exposed: n,
                probability: Estimate::wilson(p, n as f64, level)?,
                before: self.money(cell.sums.before),
                after: self.money(cell.sums.after),
                standing: standing.customers,
                expected: standing.customers as f64 * p,
                standing_money: self.money(standing.before),
                money_at_risk: at_risk,
                expected_loss: (before > 0.0)
                    .then(|| at_risk.map(|money| money * (before - after) / before))
                    .flatten(),
            });
        }
        let weight = |path: &RiskPath| path.money_at_risk.unwrap_or(path.expected);
        // Equal paths stay in the order of the states.
        paths.sort_by(|one, other| weight(other).total_cmp(&weight(one)));
        Ok(paths)
    }
}
