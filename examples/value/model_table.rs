//! The models: parameters, how sure they are, how well they fit.

use std::{collections::BTreeMap, fmt};

use custometry::value::{FitReport, FitVerdict, Holdout, Prediction, SpendEligibility};
use serde::Serialize;

use crate::{
    common::{
        Result,
        tables::{or_none, table},
    },
    models::Models,
};

#[derive(Serialize)]
pub(crate) struct ModelTable {
    #[serde(flatten)]
    models: BTreeMap<&'static str, Line>,
    #[serde(skip)]
    order: Vec<&'static str>,
}

#[derive(Serialize, Default)]
struct Line {
    #[serde(skip_serializing_if = "Option::is_none")]
    params: Option<Named>,
    /// `None` where they do not exist.
    standard_errors: Option<Named>,
    log_likelihood: Option<f64>,
    bic: Option<f64>,
    verdict: &'static str,
    /// The verdict in words.
    statement: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    holdout_expected: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    eligibility: Option<SpendEligibility>,
}

/// Numbers by the name of the parameter, in the order of the model.
struct Named(Vec<(&'static str, f64)>);

impl Serialize for Named {
    fn serialize<S: serde::Serializer>(
        &self,
        serializer: S,
    ) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

impl Line {
    fn new(params: Vec<(&'static str, f64)>, report: Option<&FitReport>) -> Self {
        let Some(report) = report else {
            return Self::default();
        };
        let errors = report.standard_errors().map(|errors| {
            let names = params.iter().map(|(name, _)| *name);
            Named(names.zip(errors).collect())
        });
        Self {
            standard_errors: errors,
            log_likelihood: Some(report.log_likelihood),
            bic: Some(report.bic()),
            verdict: match report.verdict {
                FitVerdict::Converged => "converged",
                _ => "on_boundary",
            },
            statement: report.verdict.statement(),
            params: Some(Named(params)),
            ..Self::default()
        }
    }

    fn failed(error: &custometry::Error) -> Self {
        Self {
            verdict: "failed",
            statement: error.to_string(),
            ..Self::default()
        }
    }
}

impl ModelTable {
    pub(crate) fn new(fitted: &Models, holdout: Option<&Holdout>) -> Result<Self> {
        let mut models = BTreeMap::new();
        for purchases in &fitted.purchases {
            let line = match &purchases.model {
                Err(error) => Line::failed(error),
                Ok(model) => {
                    let mut line = Line::new(model.parameters(), model.fit_report());
                    if let Some(holdout) = holdout {
                        let what = Prediction::Expected(holdout.horizon());
                        let expected = model.predict(holdout.histories(), what)?;
                        let known = expected.iter().filter(|purchases| !purchases.is_nan());
                        line.holdout_expected = Some(known.sum());
                    }
                    line
                }
            };
            models.insert(purchases.name, line);
        }
        let spend = match &fitted.spend {
            Err(error) => Line::failed(error),
            Ok(model) => {
                let params = vec![("p", model.p()), ("q", model.q()), ("gamma", model.gamma())];
                let mut line = Line::new(params, model.fit_report());
                line.eligibility = model.eligibility().cloned();
                line
            }
        };
        models.insert("gamma_gamma", spend);
        let purchases = fitted.purchases.iter().map(|fitted| fitted.name);
        Ok(Self {
            models,
            order: purchases.chain(["gamma_gamma"]).collect(),
        })
    }
}

impl fmt::Display for ModelTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = || self.order.iter().map(|name| (*name, &self.models[name]));
        let parameter = |line: &Line, at: usize| {
            let (name, value) = line.params.as_ref()?.0.get(at)?;
            let error = line.standard_errors.as_ref().map(|errors| errors.0[at].1);
            let error = error.map_or_else(String::new, |error| format!(" ±{error:.3}"));
            Some(format!("{name} {value:.3}{error}"))
        };
        let rows = lines().map(|(name, line)| {
            [
                name.to_owned(),
                or_none(parameter(line, 0)),
                or_none(parameter(line, 1)),
                or_none(parameter(line, 2)),
                or_none(parameter(line, 3)),
                or_none(line.bic.map(|bic| format!("{bic:.1}"))),
                or_none(line.holdout_expected.map(|days| format!("{days:.0}"))),
                line.verdict.replace('_', " "),
            ]
        });
        let headers = ["Model", "", "", "", "", "BIC", "Expected after", "Verdict"];
        writeln!(f, "{}", table(headers, 5, rows))?;
        for (name, line) in lines().filter(|(_, line)| line.verdict != "converged") {
            writeln!(f, "{name}: {}.", line.statement)?;
        }
        let spend = self.models["gamma_gamma"].eligibility.as_ref();
        if let Some(told) = spend {
            let correlation = told.correlation.map_or(String::new(), |r| {
                format!("; frequency and amount correlate by {:.2}", r.value)
            });
            writeln!(f, "Spend: {}{correlation}.", told.verdict().statement())?;
        }
        Ok(())
    }
}
