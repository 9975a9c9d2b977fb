//! What a retention campaign earns.

use serde::{Deserialize, Serialize};

use super::ranks::{Blocks, RankEvaluation};
use crate::{Error, Result, numeric::special::beta_upper_tail};

/// The largest amount of money that is taken.
const LARGEST: f64 = 1e100;

/// What keeping a customer is worth and costs.
///
/// Contacting a customer costs `contact`. One who is about to leave takes the offer with
/// probability g, stays, and is worth `lifetime_value` less the `incentive`; one who would have
/// stayed takes the incentive and stays all the same. How many take the offer is not known before
/// the campaign; g has a beta distribution.
///
/// Amounts are in any one unit of money, and the lifetime values those of an average customer.
///
/// # Example
///
/// ```
/// use custometry::churn::{RankEvaluation, RetentionEconomics};
///
/// let economics = RetentionEconomics::new().lifetime_value(500.0).incentive(25.0).contact(2.0);
/// let left = [true, false, true, false, false];
/// let ranks = RankEvaluation::new(&[0.9, 0.8, 0.7, 0.2, 0.1], &left)?;
/// let best = ranks.expected_maximum_profit(&economics)?;
/// assert!(best.per_customer > 45.0 && best.share > 0.59 && best.share < 0.6);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetentionEconomics {
    lifetime_value: f64,
    incentive: f64,
    contact: f64,
    acceptance: [f64; 2],
}

impl Default for RetentionEconomics {
    fn default() -> Self {
        Self::new()
    }
}

impl RetentionEconomics {
    /// The case of Verbraken and others (2013): a lifetime value of 200, an incentive of 10, a
    /// contact at 1, and an acceptance of beta(6, 14), 30 % on average.
    ///
    /// # Example
    ///
    /// See [`RetentionEconomics`].
    pub fn new() -> Self {
        Self {
            lifetime_value: 200.0,
            incentive: 10.0,
            contact: 1.0,
            acceptance: [6.0, 14.0],
        }
    }

    /// What a customer who stays is worth.
    ///
    /// # Example
    ///
    /// See [`RetentionEconomics`].
    pub fn lifetime_value(mut self, amount: f64) -> Self {
        self.lifetime_value = amount;
        self
    }

    /// What the offer costs if it is taken.
    ///
    /// # Example
    ///
    /// See [`RetentionEconomics`].
    pub fn incentive(mut self, amount: f64) -> Self {
        self.incentive = amount;
        self
    }

    /// What it costs to contact a customer.
    ///
    /// # Example
    ///
    /// See [`RetentionEconomics`].
    pub fn contact(mut self, amount: f64) -> Self {
        self.contact = amount;
        self
    }

    /// The beta distribution of the share of those about to leave who take the offer; its mean is
    /// `alpha / (alpha + beta)`, and the larger both are, the surer it is.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::churn::RetentionEconomics;
    /// let sure_of_half = RetentionEconomics::new().acceptance(500.0, 500.0);
    /// assert_ne!(sure_of_half, RetentionEconomics::new());
    /// ```
    pub fn acceptance(mut self, alpha: f64, beta: f64) -> Self {
        self.acceptance = [alpha, beta];
        self
    }

    fn check(&self) -> Result<()> {
        let money = [
            ("lifetime_value", self.lifetime_value),
            ("incentive", self.incentive),
            ("contact", self.contact),
        ];
        for (name, amount) in money {
            if !(0.0..=LARGEST).contains(&amount) {
                return Err(Error::parameter(name, amount, "an amount from 0 to 1e100"));
            }
        }
        if self.incentive >= self.lifetime_value {
            let expected = format!(
                "less than the lifetime value, which is {}; otherwise nobody is worth keeping",
                self.lifetime_value
            );
            return Err(Error::parameter("incentive", self.incentive, expected));
        }
        let [alpha, beta] = self.acceptance;
        for (name, shape) in [("alpha", alpha), ("beta", beta)] {
            if !(1e-3..=1e6).contains(&shape) {
                return Err(Error::parameter(name, shape, "a number from 0.001 to 1e6"));
            }
        }
        Ok(())
    }

    fn mean_acceptance(&self) -> f64 {
        let [alpha, beta] = self.acceptance;
        alpha / (alpha + beta)
    }

    /// What one customer who takes the offer brings.
    fn kept(&self) -> f64 {
        self.lifetime_value - self.incentive
    }

    /// What customers bring who are contacted while a share of those about to leave takes the
    /// offer.
    fn profit(&self, acceptance: f64, [left, stayed]: [f64; 2]) -> f64 {
        (acceptance * self.kept() - self.contact) * left - (self.incentive + self.contact) * stayed
    }

    /// The acceptance from which on it pays to contact such customers.
    fn pays_from(&self, [left, stayed]: [f64; 2]) -> f64 {
        ((self.incentive + self.contact) * (stayed / left) + self.contact) / self.kept()
    }

    /// The mean of how much the acceptance g exceeds a bound, E max(g - bound, 0), and the
    /// probability that it does.
    fn excess(&self, bound: f64) -> [f64; 2] {
        if bound >= 1.0 {
            return [0.0; 2];
        }
        let [alpha, beta] = self.acceptance;
        let exceeds = beta_upper_tail(bound, alpha, beta);
        let mean = self.mean_acceptance() * beta_upper_tail(bound, alpha + 1.0, beta);
        [(mean - bound * exceeds).max(0.0), exceeds]
    }
}

/// The most that a campaign can earn, and whom it contacts.
///
/// # Example
///
/// See [`RetentionEconomics`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MaximumProfit {
    /// The profit divided by the number of all customers, contacted or not, in the unit of the
    /// lifetime value. Never below 0, as one may contact nobody.
    pub per_customer: f64,
    /// The share of the customers to contact, those with the highest scores.
    pub share: f64,
}

/// What contacting a share of the customers earns.
///
/// # Example
///
/// See [`RankEvaluation::profit_curve`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ProfitPoint {
    /// The share of the customers that is contacted, those with the highest scores.
    pub share: f64,
    /// The profit divided by the number of all customers, contacted or not.
    pub per_customer: f64,
}

impl Blocks {
    /// The stretches of the convex hull of the ROC curve from its origin on, as the weights of
    /// those who left and who stayed; the share who left falls from each to the next.
    fn hull(&self) -> Vec<[f64; 2]> {
        let mut corners = vec![[0.0; 2]];
        for (block, above) in self.with_above() {
            let point = [above[0] + block.left, above[1] + block.stayed];
            // A corner on or below the line from the one before it to the point is none.
            while let [.., from, over] = corners.as_slice()
                && (over[0] - from[0]) * (point[1] - over[1])
                    <= (point[0] - over[0]) * (over[1] - from[1])
            {
                corners.pop();
            }
            corners.push(point);
        }
        let stretches = corners.windows(2);
        stretches
            .map(|ends| [ends[1][0] - ends[0][0], ends[1][1] - ends[0][1]])
            .collect()
    }
}

impl RankEvaluation {
    /// The expected maximum profit of a campaign (EMPC) and the share of customers it contacts.
    ///
    /// ```text
    /// EMPC = integral over g of max over T of [(g (V - d) - f) L(T) - (d + f) S(T)] h(g)
    /// ```
    ///
    /// where L(T) and S(T) are the customers with scores from T on who left and who stayed, each
    /// divided by the number of all customers, V is the lifetime value, d the incentive, f the
    /// contact, and h the beta density of the acceptance. Whoever runs the campaign is taken to
    /// learn g and to choose T by it; the share is that of the customers contacted, averaged over g.
    ///
    /// Only the corners of the convex hull of the ROC curve can be chosen. The stretch of the hull
    /// with l who left and s who stayed pays if g is above `c = ((d + f) s/l + f) / (V - d)`, so
    ///
    /// ```text
    /// EMPC  = sum over stretches of (V - d) l E max(g - c, 0)
    /// E max(g - c, 0) = a/(a+b) (1 - I_c(a + 1, b)) - c (1 - I_c(a, b))
    /// share = sum over stretches of (l + s) (1 - I_c(a, b))
    /// ```
    ///
    /// with I the regularised incomplete beta function and a, b the parameters of h.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for amounts that are negative, not finite or above 1e100, an
    /// incentive that is not below the lifetime value, or an alpha or beta that is not between
    /// 0.001 and 1e6.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::{RankEvaluation, RetentionEconomics};
    /// let left = [false, true, false, true, false, true, false, true];
    /// let scores = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8];
    /// let ranks = RankEvaluation::new(&scores, &left)?;
    /// let best = ranks.expected_maximum_profit(&RetentionEconomics::new())?;
    /// assert!((best.per_customer - 23.875593418348124).abs() < 1e-12);
    /// assert!((best.share - 0.874370076349).abs() < 1e-12);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    ///
    /// # References
    ///
    /// Verbraken, T., Verbeke, W. and Baesens, B. (2013), "A novel profit maximizing metric for
    /// measuring classification performance of customer churn prediction models",
    /// doi:10.1109/TKDE.2012.50.
    pub fn expected_maximum_profit(&self, economics: &RetentionEconomics) -> Result<MaximumProfit> {
        economics.check()?;
        let (mut profit, mut contacted) = (0.0, 0.0);
        // Nobody left in the last stretch, if it is level.
        for stretch in self
            .blocks
            .hull()
            .into_iter()
            .filter(|[left, _]| *left > 0.0)
        {
            let [left, stayed] = stretch;
            let [excess, pays] = economics.excess(economics.pays_from(stretch));
            profit += economics.kept() * left * excess;
            contacted += (left + stayed) * pays;
        }
        Ok(self.maximum(profit, contacted))
    }

    /// The maximum profit of a campaign (MPC) if the acceptance is its mean for sure, and the
    /// smallest share of customers that gives it.
    ///
    /// # Errors
    ///
    /// As [`expected_maximum_profit`](Self::expected_maximum_profit).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::{RankEvaluation, RetentionEconomics};
    /// let ranks = RankEvaluation::new(&[0.9, 0.8, 0.2, 0.1], &[true, true, false, false])?;
    /// // Half of the customers bring 0.3 · 190 - 1 each.
    /// let best = ranks.maximum_profit(&RetentionEconomics::new())?;
    /// assert!((best.per_customer - 28.0).abs() < 1e-12 && best.share == 0.5);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn maximum_profit(&self, economics: &RetentionEconomics) -> Result<MaximumProfit> {
        economics.check()?;
        let acceptance = economics.mean_acceptance();
        let (mut profit, mut contacted) = (0.0, 0.0);
        for stretch in self.blocks.hull() {
            let more = economics.profit(acceptance, stretch);
            if more <= 0.0 {
                break;
            }
            profit += more;
            contacted += stretch[0] + stretch[1];
        }
        Ok(self.maximum(profit, contacted))
    }

    fn maximum(&self, profit: f64, contacted: f64) -> MaximumProfit {
        let all = self.blocks.weight();
        MaximumProfit {
            per_customer: profit / all,
            share: contacted / all,
        }
    }

    /// What a campaign earns by the share of customers it contacts, at the mean acceptance: from
    /// nobody to all in so many steps, with the borders of [`gains`](Self::gains).
    ///
    /// # Errors
    ///
    /// As `gains` and [`expected_maximum_profit`](Self::expected_maximum_profit).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::{RankEvaluation, RetentionEconomics};
    /// let ranks = RankEvaluation::new(&[0.9, 0.8, 0.2, 0.1], &[true, true, false, false])?;
    /// let curve = ranks.profit_curve(&RetentionEconomics::new(), 4)?;
    /// let profits: Vec<f64> = curve.iter().map(|point| point.per_customer).collect();
    /// assert_eq!(profits, [0.0, 14.0, 28.0, 25.25, 22.5]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn profit_curve(
        &self,
        economics: &RetentionEconomics,
        parts: usize,
    ) -> Result<Vec<ProfitPoint>> {
        economics.check()?;
        let blocks = &self.blocks;
        blocks.check_parts(parts)?;
        let all = blocks.weight();
        let acceptance = economics.mean_acceptance();
        let cuts = blocks.cuts((0..=parts).map(|part| blocks.border_after(part, parts)));
        let points = cuts.into_iter().map(|cut| ProfitPoint {
            share: cut.customers / all,
            per_customer: economics.profit(acceptance, [cut.left, cut.customers - cut.left]) / all,
        });
        Ok(points.collect())
    }
}
