//! How well predictions of times came true.

use arrow_array::RecordBatch;

use super::{super::level, durations};
use crate::{
    Result,
    arrow::Tables,
    churn::{AucAt, BrierScores, CensoringWeights, Concordance, ConcordanceParams, Durations},
    data::Shared,
    host::{Answer, Arguments, Held, IntoAnswer, Room, held},
};

held!("churn": BrierScores, CensoringWeights);

/// The area under the ROC curve at some times.
struct Aucs(Vec<AucAt>);

impl Held for Aucs {
    const KIND: &'static str = "churn.AucAt";
}

impl Tables for Aucs {
    const TABLES: &'static [&'static str] = <[AucAt]>::TABLES;

    fn table(&self, name: &str) -> Result<RecordBatch> {
        self.0.as_slice().table(name)
    }
}

pub(super) fn register(room: &mut Room<'_>) {
    concordance(room);
    room.kind::<CensoringWeights>()
        .operation("new", &["training"], |arguments| {
            CensoringWeights::new(arguments.object("training")?)
        })
        .operation(
            "brier",
            &["self", "test", "times", "survival", "level"],
            |arguments| {
                let (it, test, times) = of_test(arguments)?;
                let survival = arguments.matrix("survival")?;
                it.brier(test, &times, survival.view(), level(arguments)?)
            },
        )
        .operation(
            "auc",
            &["self", "test", "times", "risk", "level"],
            |arguments| {
                let (it, test, times) = of_test(arguments)?;
                let risk = arguments.numbers("risk")?;
                it.auc(test, &times, &risk, level(arguments)?).map(Aucs)
            },
        )
        .operation(
            "auc_of_survival",
            &["self", "test", "times", "survival", "level"],
            |arguments| {
                let (it, test, times) = of_test(arguments)?;
                let survival = arguments.matrix("survival")?;
                it.auc_of_survival(test, &times, survival.view(), level(arguments)?)
                    .map(Aucs)
            },
        );
    room.kind::<BrierScores>()
        .get("integrated", |it| it.integrated)
        .tables();
    room.kind::<Aucs>()
        .operation("mean", &["self", "test"], |arguments| {
            AucAt::mean(&arguments.this::<Aucs>()?.0, arguments.object("test")?)
        })
        .tables();
}

/// The weights, and the test data at some times.
fn of_test<'a>(
    arguments: &'a Arguments<'_>,
) -> Result<(&'a CensoringWeights, &'a Durations, Shared<f64>)> {
    Ok((
        arguments.this()?,
        arguments.object("test")?,
        arguments.numbers("times")?,
    ))
}

fn concordance(room: &mut Room<'_>) {
    room.function("Concordance.params", &[], |_| {
        Answer::written(&ConcordanceParams::default())
    });
    room.function(
        "Concordance.fit",
        &["durations", "risk", "strata", "params"],
        |arguments| {
            let params: ConcordanceParams = arguments.params()?;
            let (durations, risk) = (durations(arguments)?, arguments.numbers("risk")?);
            let found = match arguments.optional_labels("strata")? {
                None => params.fit(durations, &risk)?,
                Some(strata) => params.fit_within(durations, &risk, &strata)?,
            };
            told(&found)
        },
    );
    room.function(
        "Concordance.count",
        &["durations", "risk", "params"],
        |arguments| {
            let params: ConcordanceParams = arguments.params()?;
            told(&params.count(durations(arguments)?, &arguments.numbers("risk")?)?)
        },
    );
}

fn told(it: &Concordance) -> Result<Answer> {
    Ok(Answer::record([
        ("concordant", Answer::Float(it.concordant)),
        ("discordant", Answer::Float(it.discordant)),
        ("tied_risk", Answer::Float(it.tied_risk)),
        ("tied_time", Answer::Float(it.tied_time)),
        ("tied_both", Answer::Float(it.tied_both)),
        ("value", Answer::Float(it.value)),
        ("estimate", it.estimate.into_answer()?),
    ]))
}
