//! What customers are worth: the models that are fitted, and which one speaks.

use custometry::{
    data::{Days, DiscountRate, TimeUnit},
    value::{
        BgNbdParams, ClvParams, FitReport, GammaGamma, GammaGammaParams, MbgNbdParams, NbdParams,
        ParetoNbdParams, PurchaseHistories, PurchaseModel, SpendHistories, Summary,
    },
};

use super::Result;

/// How to look ahead and what money is worth.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct WorthArgs {
    /// How many days to look ahead
    #[arg(
        long,
        value_name = "DAYS",
        default_value_t = 365.0,
        allow_negative_numbers = true
    )]
    horizon: f64,

    /// The margin, as a share of revenue
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = 0.3,
        allow_negative_numbers = true
    )]
    margin: f64,

    /// What money loses in worth by coming a year later, as a share
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = 0.15,
        allow_negative_numbers = true
    )]
    annual_discount: f64,
}

impl WorthArgs {
    pub(crate) fn horizon(&self) -> Days {
        Days(self.horizon)
    }

    pub(crate) fn clv(&self) -> Result<ClvParams> {
        let discount = DiscountRate::annual(self.annual_discount)?;
        Ok(ClvParams::new(self.margin, discount).horizon(self.horizon()))
    }
}

impl std::fmt::Display for WorthArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "over {} days, margin {:.0}%, discounted at {:.0}% a year",
            self.horizon,
            100.0 * self.margin,
            100.0 * self.annual_discount
        )
    }
}

/// A purchase model under its name in JSON, or why there is none.
pub(crate) struct Fitted {
    pub(crate) name: &'static str,
    pub(crate) model: custometry::Result<Box<dyn PurchaseModel>>,
}

/// All models, fitted to the customers of a summary.
pub(crate) struct Models {
    pub(crate) histories: PurchaseHistories,
    pub(crate) spends: SpendHistories,
    pub(crate) purchases: Vec<Fitted>,
    pub(crate) spend: custometry::Result<GammaGamma>,
}

fn boxed<M: PurchaseModel + 'static>(
    model: custometry::Result<M>,
) -> custometry::Result<Box<dyn PurchaseModel>> {
    model.map(|model| Box::new(model) as Box<dyn PurchaseModel>)
}

impl Models {
    pub(crate) fn fit(summary: &Summary, unit: TimeUnit) -> Result<Self> {
        let histories = PurchaseHistories::new(summary)?;
        let spends = SpendHistories::new(summary);
        let nbd = NbdParams::default().unit(unit).fit(&histories);
        let bg_nbd = BgNbdParams::default().unit(unit).fit(&histories);
        let mbg_nbd = MbgNbdParams::default().unit(unit).fit(&histories);
        let pareto_nbd = ParetoNbdParams::default().unit(unit).fit(&histories);
        let fitted = |name, model| Fitted { name, model };
        Ok(Self {
            purchases: vec![
                fitted("nbd", boxed(nbd)),
                fitted("bg_nbd", boxed(bg_nbd)),
                fitted("mbg_nbd", boxed(mbg_nbd)),
                fitted("pareto_nbd", boxed(pareto_nbd)),
            ],
            spend: GammaGammaParams::default().fit(&spends),
            histories,
            spends,
        })
    }

    /// The purchase model of the lowest BIC and its name; where none could be fitted,
    /// why.
    pub(crate) fn best(&self) -> custometry::Result<(&'static str, &dyn PurchaseModel)> {
        let bic = |model: &dyn PurchaseModel| model.fit_report().map_or(f64::MAX, FitReport::bic);
        let mut best: Option<(&'static str, &dyn PurchaseModel)> = None;
        let mut first_error = None;
        for Fitted { name, model } in &self.purchases {
            match model {
                Ok(model) if best.is_none_or(|(_, best)| bic(model.as_ref()) < bic(best)) => {
                    best = Some((name, model.as_ref()));
                }
                Ok(_) => {}
                Err(error) => drop(first_error.get_or_insert(error)),
            }
        }
        match (best, first_error) {
            (Some(best), _) => Ok(best),
            (None, error) => Err(error.cloned().unwrap_or(custometry::Error::Degenerate {
                what: "no model".into(),
            })),
        }
    }
}
