//! The models of purchases and of spend that are fitted, and which one speaks.

use custometry::{
    data::TimeUnit,
    value::{
        BgNbdParams, ClvParams, FitReport, GammaGamma, GammaGammaParams, MbgNbdParams, NbdParams,
        ParetoNbdParams, PurchaseHistories, PurchaseModel, SpendHistories, Summary,
    },
};

use crate::common::{Result, worth::WorthArgs};

/// How worth is worked out.
pub(crate) fn clv_params(args: &WorthArgs) -> Result<ClvParams> {
    Ok(ClvParams::new(args.margin(), args.discount()?).horizon(args.horizon()))
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
