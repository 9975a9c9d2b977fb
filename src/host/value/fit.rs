//! What fits tell, and which of two nested models to believe.

use super::list;
use crate::{
    Error, Result,
    host::{Answer, Arguments, Held, IntoAnswer, Object, Room},
    value::{
        Bdw, BgBb, BgNbd, ContractModel, FitReport, GammaGamma, LikelihoodRatio, MbgNbd, Nbd,
        ParetoNbd, PurchaseModel, Sbg,
    },
};

pub(super) fn register(room: &mut Room<'_>) {
    room.function("LikelihoodRatio.new", &["smaller", "larger"], |arguments| {
        let (smaller, larger) = (report(arguments, "smaller")?, report(arguments, "larger")?);
        Answer::written(&LikelihoodRatio::new(&smaller, &larger)?)
    });
    room.function("LikelihoodRatio.of_parts", &["all", "parts"], |arguments| {
        let all = report(arguments, "all")?;
        let parts: Vec<FitReport> = match arguments.any_of("parts") {
            Ok(models) => models
                .into_iter()
                .map(|model| report_of("parts", model).cloned())
                .collect::<Result<_>>()?,
            Err(_) => arguments.json("parts")?,
        };
        let parts: Vec<&FitReport> = parts.iter().collect();
        Answer::written(&LikelihoodRatio::of_parts(&all, &parts)?)
    });
}

/// A fitted model, or the report of one.
fn report(arguments: &Arguments<'_>, name: &'static str) -> Result<FitReport> {
    match arguments.any(name) {
        Ok(model) => report_of(name, model).cloned(),
        Err(_) => arguments.json(name),
    }
}

fn report_of<'o>(name: &'static str, object: &'o Object) -> Result<&'o FitReport> {
    fn purchases<M: Held + PurchaseModel>(object: &Object) -> Option<&FitReport> {
        object.get::<M>()?.fit_report()
    }
    fn contract<M: Held + ContractModel>(object: &Object) -> Option<&FitReport> {
        object.get::<M>()?.fit_report()
    }
    purchases::<BgNbd>(object)
        .or_else(|| purchases::<MbgNbd>(object))
        .or_else(|| purchases::<Nbd>(object))
        .or_else(|| purchases::<ParetoNbd>(object))
        .or_else(|| contract::<Sbg>(object))
        .or_else(|| contract::<Bdw>(object))
        .or_else(|| object.get::<BgBb>()?.fit_report())
        .or_else(|| object.get::<GammaGamma>()?.fit_report())
        .ok_or_else(|| Error::parameter(name, object.kind(), "a model that was fitted"))
}

/// What a fit tells besides the parameters; nothing for a model by its parameters.
pub(super) fn fit_report(report: Option<&FitReport>) -> Result<Answer> {
    let Some(report) = report else {
        return Ok(Answer::Nothing);
    };
    let numbers = |numbers: Option<&[f64]>| numbers.map_or(Answer::Nothing, list);
    Ok(Answer::record([
        ("verdict", Answer::written(&report.verdict)?),
        ("statement", Answer::Text(report.verdict.statement())),
        ("log_likelihood", Answer::Float(report.log_likelihood)),
        ("customers", Answer::Float(report.customers)),
        ("parameters", report.parameters.into_answer()?),
        ("iterations", report.iterations.into_answer()?),
        ("covariance", numbers(report.covariance.as_deref())),
        (
            "standard_errors",
            numbers(report.standard_errors().as_deref()),
        ),
        ("aic", Answer::Float(report.aic())),
        ("bic", Answer::Float(report.bic())),
    ]))
}
