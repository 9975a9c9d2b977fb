//! How good scores are.

use super::super::level;
use crate::{
    Result,
    arrow::{ScoreColumns, Tables},
    churn::{
        BrierScore, Judgement, LogLoss, PairedDifference, PairedScores, ProbabilityEvaluation,
        RankEvaluation, RankMeasure, RetentionEconomics,
    },
    data::Shared,
    host::{Answer, Arguments, Held, IntoAnswer, Room, held},
};

held!("churn": ProbabilityEvaluation, RankEvaluation);

pub(super) fn register(room: &mut Room<'_>) {
    judgement(room);
    ranks(room);
    probabilities(room);
    pairs(room);
    room.function("RetentionEconomics.params", &[], |_| {
        Answer::written(&RetentionEconomics::default())
    });
}

fn judgement(room: &mut Room<'_>) {
    room.function(
        "Judgement.new",
        &["chances", "left", "customers", "level"],
        |arguments| {
            let customers = arguments.optional_clusters("customers")?;
            let judged = Judgement::new(
                &arguments.numbers("chances")?,
                &arguments.flags("left")?,
                customers.as_deref(),
                level(arguments)?,
            )?;
            figures(&judged)
        },
    );
    room.function(
        "Judgement.read",
        &["table", "columns", "level"],
        |arguments| {
            let columns = columns(arguments)?;
            figures(&columns.judgement(arguments.table("table")?, level(arguments)?)?)
        },
    );
}

fn figures(judged: &Judgement) -> Result<Answer> {
    Ok(Answer::record([
        ("auc", Answer::Float(judged.auc)),
        ("auc_se", judged.auc_se.into_answer()?),
        ("average_precision", Answer::Float(judged.average_precision)),
        ("log_loss", Answer::Float(judged.log_loss)),
        ("brier", Answer::Float(judged.brier)),
        ("lift_at_10", Answer::Float(judged.lift_at_10)),
        ("captured_at_10", Answer::Float(judged.captured_at_10)),
        ("calibration_slope", judged.calibration_slope.into_answer()?),
        (
            "calibration_intercept",
            judged.calibration_intercept.into_answer()?,
        ),
    ]))
}

/// The argument `columns` of scores.
fn columns(arguments: &Arguments<'_>) -> Result<ScoreColumns> {
    Ok(arguments.optional_json("columns")?.unwrap_or_default())
}

fn ranks(room: &mut Room<'_>) {
    room.kind::<RankEvaluation>()
        .operation("new", &["scores", "left", "weights"], |arguments| {
            let (scores, left) = (arguments.numbers("scores")?, arguments.flags("left")?);
            match arguments.optional_numbers("weights")? {
                None => RankEvaluation::new(&scores, &left),
                Some(weights) => RankEvaluation::weighted(&scores, &left, &weights),
            }
        })
        .operation("read", &["table", "columns"], |arguments| {
            columns(arguments)?.ranks(arguments.table("table")?)
        })
        .get("rate", RankEvaluation::rate)
        .operation("auc", &["self", "level"], |arguments| {
            arguments.this::<RankEvaluation>()?.auc(level(arguments)?)
        })
        .operation("gini", &["self", "level"], |arguments| {
            arguments.this::<RankEvaluation>()?.gini(level(arguments)?)
        })
        .get("average_precision", RankEvaluation::average_precision)
        .get("kolmogorov_smirnov", RankEvaluation::kolmogorov_smirnov)
        .operation("measure", &["self", "measure"], |arguments| {
            let measure: RankMeasure = arguments.json("measure")?;
            arguments.this::<RankEvaluation>()?.measure(&measure)
        })
        .get("roc", |ranks| ranks.table("roc"))
        .get("precision_recall", |ranks| ranks.table("precision_recall"))
        .operation("gains", &["self", "parts"], |arguments| {
            let ranks: &RankEvaluation = arguments.this()?;
            ranks.gains(arguments.json("parts")?)?.record_batch()
        })
        .operation("lift_at", &["self", "share"], |arguments| {
            arguments
                .this::<RankEvaluation>()?
                .lift_at(arguments.json("share")?)
        })
        .operation("captured_at", &["self", "share"], |arguments| {
            arguments
                .this::<RankEvaluation>()?
                .captured_at(arguments.json("share")?)
        })
        .operation(
            "expected_maximum_profit",
            &["self", "economics"],
            |arguments| {
                let ranks: &RankEvaluation = arguments.this()?;
                Answer::written(&ranks.expected_maximum_profit(&economics(arguments)?)?)
            },
        )
        .operation("maximum_profit", &["self", "economics"], |arguments| {
            let ranks: &RankEvaluation = arguments.this()?;
            Answer::written(&ranks.maximum_profit(&economics(arguments)?)?)
        })
        .operation(
            "profit_curve",
            &["self", "economics", "parts"],
            |arguments| {
                let ranks: &RankEvaluation = arguments.this()?;
                let curve = ranks.profit_curve(&economics(arguments)?, arguments.json("parts")?)?;
                curve.record_batch()
            },
        )
        .tables();
}

/// The argument `economics`, or their defaults.
fn economics(arguments: &Arguments<'_>) -> Result<RetentionEconomics> {
    Ok(arguments.optional_json("economics")?.unwrap_or_default())
}

fn probabilities(room: &mut Room<'_>) {
    room.kind::<ProbabilityEvaluation>()
        .operation("new", &["probabilities", "left", "weights"], |arguments| {
            let (chances, left) = (
                arguments.numbers("probabilities")?,
                arguments.flags("left")?,
            );
            match arguments.optional_numbers("weights")? {
                None => ProbabilityEvaluation::new(&chances, &left),
                Some(weights) => ProbabilityEvaluation::weighted(&chances, &left, &weights),
            }
        })
        .operation("read", &["table", "columns"], |arguments| {
            columns(arguments)?.probabilities(arguments.table("table")?)
        })
        .get("rate", ProbabilityEvaluation::rate)
        .get("mean_probability", ProbabilityEvaluation::mean_probability)
        .get("brier", |judged| brier(&judged.brier()))
        .operation("binned_brier", &["self", "bins"], |arguments| {
            let judged: &ProbabilityEvaluation = arguments.this()?;
            brier(&judged.binned_brier(arguments.json("bins")?)?)
        })
        .get("log_loss", |judged| log_loss(&judged.log_loss()))
        .operation("calibration_slope", &["self", "level"], |arguments| {
            let judged: &ProbabilityEvaluation = arguments.this()?;
            let line = judged.calibration_slope(level(arguments)?)?;
            Ok(Answer::record([
                ("slope", line.slope.into_answer()?),
                ("intercept", line.intercept.into_answer()?),
                ("in_the_large", line.in_the_large.into_answer()?),
            ]))
        })
        .operation(
            "calibration_curve",
            &["self", "bins", "level"],
            |arguments| {
                let judged: &ProbabilityEvaluation = arguments.this()?;
                let bins = arguments.json("bins")?;
                judged
                    .calibration_curve(bins, level(arguments)?)?
                    .record_batch()
            },
        )
        .operation(
            "expected_calibration_error",
            &["self", "bins"],
            |arguments| {
                arguments
                    .this::<ProbabilityEvaluation>()?
                    .expected_calibration_error(arguments.json("bins")?)
            },
        );
}

fn brier(score: &BrierScore) -> Result<Answer> {
    Ok(Answer::record([
        ("value", Answer::Float(score.value)),
        ("reliability", Answer::Float(score.reliability)),
        ("resolution", Answer::Float(score.resolution)),
        ("uncertainty", Answer::Float(score.uncertainty)),
        ("within_variance", Answer::Float(score.within_variance)),
        ("within_covariance", Answer::Float(score.within_covariance)),
        ("skill", score.skill().into_answer()?),
    ]))
}

fn log_loss(loss: &LogLoss) -> Result<Answer> {
    Ok(Answer::record([
        ("value", Answer::Float(loss.value)),
        ("reliability", Answer::Float(loss.reliability)),
        ("resolution", Answer::Float(loss.resolution)),
        ("uncertainty", Answer::Float(loss.uncertainty)),
        ("certain_and_wrong", loss.certain_and_wrong.into_answer()?),
        ("skill", loss.skill().into_answer()?),
    ]))
}

/// Scores of two models for the same customers, with the columns they are read from.
struct Pair {
    scores: [Shared<f64>; 2],
    left: Vec<bool>,
    weights: Option<Shared<f64>>,
    clusters: Option<Vec<u32>>,
    level: f64,
}

impl Held for Pair {
    const KIND: &'static str = "churn.PairedScores";
}

impl Pair {
    fn scores(&self) -> PairedScores<'_> {
        let [first, second] = &self.scores;
        let mut pair = PairedScores::new(first, second, &self.left).level(self.level);
        if let Some(weights) = &self.weights {
            pair = pair.weights(weights);
        }
        if let Some(clusters) = &self.clusters {
            pair = pair.clusters(clusters);
        }
        pair
    }
}

fn pairs(room: &mut Room<'_>) {
    room.kind::<Pair>()
        .operation(
            "new",
            &["first", "second", "left", "weights", "clusters", "level"],
            |arguments| {
                Ok(Pair {
                    scores: [arguments.numbers("first")?, arguments.numbers("second")?],
                    left: arguments.flags("left")?,
                    weights: arguments.optional_numbers("weights")?,
                    clusters: arguments.optional_clusters("clusters")?,
                    level: level(arguments)?,
                })
            },
        )
        .get("auc", |pair| difference(pair.scores().auc()))
        .get("brier", |pair| difference(pair.scores().brier()))
        .get("log_loss", |pair| difference(pair.scores().log_loss()))
        .operation(
            "bootstrap",
            &["self", "measure", "draws", "seed"],
            |arguments| {
                let pair = arguments.this::<Pair>()?.scores();
                let measure: RankMeasure = arguments.json("measure")?;
                let (draws, seed) = (arguments.json("draws")?, arguments.json("seed")?);
                difference(pair.bootstrap(&measure, draws, seed))
            },
        );
}

fn difference(measured: Result<PairedDifference>) -> Result<Answer> {
    let it = measured?;
    Ok(Answer::record([
        ("first", Answer::Float(it.first)),
        ("second", Answer::Float(it.second)),
        ("difference", it.difference.into_answer()?),
        ("z", it.z.into_answer()?),
        ("p_value", it.p_value.into_answer()?),
    ]))
}
