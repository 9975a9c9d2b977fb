//! Where a chain leads: forecasts, the long run, worth, and tests of chains.

use super::{
    super::{Answer, Arguments, IntoAnswer, Room, held, registry::Kind},
    counts::{rows, whole, with_states},
    states::{Told, name_of, params_naming, state, table_of, told},
};
use crate::{
    Result,
    arrow::migration::{choice, known_pairs},
    data::Segment,
    migration::{
        Absorption, ChainTest, ChainTestParams, Embeddability, EmbeddingVerdict, Forecast,
        ForecastParams, LongRun, MarkovValueParams, NoGenerator, OptimalStopping, SimulatedP,
        SteadyState, TransitionCounts, TransitionMatrix,
    },
};

held!("migration": Forecast);
told!(Absorption, LongRun, OptimalStopping, SteadyState);

pub(super) fn register(room: &mut Room<'_>) {
    forecast(room);
    long_run(room);
    worth(room);
    tests(room);
}

/// What a matrix tells of the chain.
pub(super) fn of_matrix(kind: Kind<'_, TransitionMatrix>) {
    kind.get("absorption", |it| {
        Ok(Told::of_states(it.absorption()?, it.states()))
    })
    .get("steady_state", |it| {
        Ok(Told::of_states(it.steady_state()?, it.states()))
    })
    .get("long_run", |it| {
        Ok(Told::of_states(it.long_run()?, it.states()))
    })
    .get("classes", |it| table_of(&it.classes()?[..], it.states()))
    .get("mobility", |it| Answer::written(&it.mobility()?))
    .operation("sojourn", &["self", "state"], |arguments| {
        let it: &TransitionMatrix = arguments.this()?;
        Answer::written(&it.sojourn(state(arguments, "state", it.states())?)?)
    })
    .operation("first_passage", &["self", "to"], |arguments| {
        let it: &TransitionMatrix = arguments.this()?;
        it.first_passage(state(arguments, "to", it.states())?)
    })
    .get("first_passages", |it| {
        known_pairs("steps", it.states(), &it.first_passages()?.concat())
    })
    .get("return_times", TransitionMatrix::return_times)
    .get("embeddability", |it| {
        Ok(embeddability(&it.embeddability()?, it.states()))
    })
    .operation("generator", &["self", "adjustment"], |arguments| {
        let it: &TransitionMatrix = arguments.this()?;
        it.generator(arguments.json("adjustment")?)
    });
}

/// Whether rates exist; the `reason` if they do not, and its states.
pub(super) fn embeddability(it: &Embeddability, states: &[Segment]) -> Answer {
    let text = |text: &str| Answer::Text(text.to_owned());
    let none = || Answer::Nothing;
    let (verdict, reason, from, to) = match it.verdict {
        EmbeddingVerdict::Embeddable => ("embeddable", none(), none(), none()),
        EmbeddingVerdict::Undecided => ("undecided", none(), none(), none()),
        EmbeddingVerdict::NotEmbeddable(reason) => {
            let name = |id| name_of(states, id);
            let (reason, from, to) = match reason {
                NoGenerator::DeterminantNotPositive => ("determinant_not_positive", none(), none()),
                NoGenerator::DeterminantAboveDiagonal => {
                    ("determinant_above_diagonal", none(), none())
                }
                NoGenerator::NotInOneStep { from, to } => ("not_in_one_step", name(from), name(to)),
                NoGenerator::NegativeEigenvalue => ("negative_eigenvalue", none(), none()),
                NoGenerator::NegativeRates => ("negative_rates", none(), none()),
            };
            ("not_embeddable", text(reason), from, to)
        }
    };
    Answer::record([
        ("verdict", text(verdict)),
        ("reason", reason),
        ("from", from),
        ("to", to),
        ("determinant", Answer::Float(it.determinant)),
        ("diagonal_product", Answer::Float(it.diagonal_product)),
        (
            "least_rate",
            it.least_rate.map_or(Answer::Nothing, Answer::Float),
        ),
    ])
}

fn forecast(room: &mut Room<'_>) {
    let kind = room
        .kind::<Forecast>()
        .operation("customers", &["matrix", "start", "params"], |arguments| {
            let params: ForecastParams = arguments.params()?;
            params.customers(arguments.object("matrix")?, &arguments.u64s("start")?)
        })
        .operation("shares", &["matrix", "start", "params"], |arguments| {
            let params: ForecastParams = arguments.params()?;
            params.shares(arguments.object("matrix")?, &arguments.numbers("start")?)
        })
        .get("steps", Forecast::steps)
        .operation("step", &["self", "step"], |arguments| {
            let it: &Forecast = arguments.this()?;
            let numbers = it.step(arguments.json("step")?);
            let list = |of: &[_]| of.iter().copied().map(IntoAnswer::into_answer).collect();
            let list = numbers.map(list).transpose()?;
            Ok(list.map_or(Answer::Nothing, Answer::List))
        })
        .operation("at", &["self", "step", "state"], |arguments| {
            let it: &Forecast = arguments.this()?;
            let state = state(arguments, "state", it.states())?;
            Ok(it.at(arguments.json("step")?, state))
        })
        .operation("worth", &["self", "step"], |arguments| {
            Ok(arguments.this::<Forecast>()?.worth(arguments.json("step")?))
        })
        .tables();
    with_states(kind, Forecast::states);
}

fn long_run(room: &mut Room<'_>) {
    room.kind::<Told<Absorption>>().tables();
    room.kind::<Told<SteadyState>>()
        .get("shares", |told| told.it.shares.clone())
        .get("period", |told| told.it.period)
        .tables();
    room.kind::<Told<LongRun>>()
        .get("periods", |told| told.it.periods.clone())
        .get("converges", |told| told.it.converges())
        .operation("from_start", &["self", "start"], |arguments| {
            let told: &Told<LongRun> = arguments.this()?;
            told.it.from_start(&arguments.numbers("start")?)
        })
        .tables();
}

fn worth(room: &mut Room<'_>) {
    room.function("markov_value", &["matrix", "params"], |arguments| {
        let (params, matrix) = value_params(arguments)?;
        params.value(matrix)
    });
    room.kind::<Told<OptimalStopping>>()
        .operation("optimal_stopping", &["matrix", "params"], |arguments| {
            let (params, matrix) = value_params(arguments)?;
            Ok(Told::of_states(
                params.optimal_stopping(matrix)?,
                matrix.states(),
            ))
        })
        .get("stop_in", |told| {
            let stops = told.it.stop_in.iter();
            Answer::List(stops.map(|&id| name_of(told.states(), id)).collect())
        })
        .get("values", |told| told.it.values.clone())
        .get("policies", |told| told.it.policies)
        .tables();
}

fn value_params<'a>(
    arguments: &'a Arguments<'_>,
) -> Result<(MarkovValueParams, &'a TransitionMatrix)> {
    let matrix: &TransitionMatrix = arguments.object("matrix")?;
    Ok((
        params_naming(arguments, "stop_in", matrix.states())?,
        matrix,
    ))
}

/// A test of several counts.
type OfSeveral = fn(&ChainTestParams, &[TransitionCounts]) -> Result<ChainTest>;

fn tests(room: &mut Room<'_>) {
    room.function("ChainTest.params", &[], |_| {
        Answer::written(&ChainTestParams::default())
    });
    room.function(
        "ChainTest.against",
        &["counts", "matrix", "params"],
        |arguments| {
            let params: ChainTestParams = arguments.params()?;
            let counts = arguments.object("counts")?;
            Ok(told_test(
                &params.against(counts, arguments.object("matrix")?)?,
            ))
        },
    );
    let of_several: [(_, _, OfSeveral); 2] = [
        (
            "ChainTest.homogeneity",
            "groups",
            ChainTestParams::homogeneity,
        ),
        (
            "ChainTest.stationarity",
            "periods",
            ChainTestParams::stationarity,
        ),
    ];
    for (name, several, test) in of_several {
        room.function(name, &[several, "params"], move |arguments| {
            let params: ChainTestParams = arguments.params()?;
            let counts = arguments.objects::<TransitionCounts>(several)?;
            let counts: Vec<TransitionCounts> = counts.into_iter().cloned().collect();
            Ok(told_test(&test(&params, &counts)?))
        });
    }
    room.function(
        "ChainTest.independence",
        &["counts", "params"],
        |arguments| {
            let params: ChainTestParams = arguments.params()?;
            Ok(told_test(
                &params.independence(arguments.object("counts")?)?,
            ))
        },
    );
    room.function(
        "ChainTest.first_order",
        &["triples", "params"],
        |arguments| {
            let params: ChainTestParams = arguments.params()?;
            Ok(told_test(
                &params.first_order(arguments.object("triples")?)?,
            ))
        },
    );
    room.function("ChainTest.table", &["rows", "params"], |arguments| {
        let params: ChainTestParams = arguments.params()?;
        let rows = rows(arguments, "rows", whole)?;
        Ok(told_test(&params.table(&rows)?))
    });
}

/// By hand, for JSON has no statistic that is infinite.
pub(in crate::host) fn told_test(test: &ChainTest) -> Answer {
    let simulated = |it: &SimulatedP| {
        Answer::record([
            ("g", Answer::Float(it.g)),
            ("pearson", Answer::Float(it.pearson)),
            ("replicates", Answer::Int(it.replicates as i128)),
        ])
    };
    let verdict = choice(&test.verdict);
    Answer::record([
        ("g", Answer::Float(test.g)),
        ("pearson", Answer::Float(test.pearson)),
        ("df", Answer::Int(test.df.into())),
        ("p_g", Answer::Float(test.p_g)),
        ("p_pearson", Answer::Float(test.p_pearson)),
        (
            "simulated",
            test.simulated.as_ref().map_or(Answer::Nothing, simulated),
        ),
        ("cells", Answer::Int(test.cells.into())),
        (
            "cells_below_five",
            Answer::Int(test.cells_below_five.into()),
        ),
        ("smallest_expected", Answer::Float(test.smallest_expected)),
        ("verdict", verdict.map_or(Answer::Nothing, Answer::Text)),
    ])
}
