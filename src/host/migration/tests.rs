#![expect(
    clippy::too_many_lines,
    reason = "a test goes through the operations of a family"
)]

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray,
    cast::AsArray,
    types::{Decimal128Type, Float64Type, Int64Type, UInt32Type},
};
use serde_json::{Value, json};

use crate::{
    Error, ErrorKind, Result,
    data::{Features, MissingValues},
    host::{Answer, Argument, Object, call, load},
};

fn run<const N: usize>(operation: &str, arguments: [(&str, Argument); N]) -> Result<Answer> {
    let arguments = arguments.map(|(name, argument)| (name.to_owned(), argument));
    call(operation, arguments.into(), &mut ())
}

/// What an operation gives; the error of one that fails is shown.
fn ask<const N: usize>(operation: &str, arguments: [(&str, Argument); N]) -> Answer {
    run(operation, arguments).unwrap_or_else(|error| panic!("{operation}: {error}"))
}

fn refused<const N: usize>(operation: &str, arguments: [(&str, Argument); N]) -> Error {
    run(operation, arguments).map(|_| ()).unwrap_err()
}

fn object<const N: usize>(operation: &str, arguments: [(&str, Argument); N]) -> Argument {
    match ask(operation, arguments) {
        Answer::Object(object) => Argument::Object(object),
        other => panic!("{operation} gave {other:?}"),
    }
}

fn of(it: &Argument, verb: &str) -> Answer {
    ask(&format!("{}.{verb}", kind(it)), [("self", it.clone())])
}

fn kind(it: &Argument) -> &'static str {
    match it {
        Argument::Object(object) => object.kind(),
        other => panic!("{other:?} is no object"),
    }
}

fn table(it: &Argument, name: &str) -> RecordBatch {
    let name = ("name", Argument::Json(name.into()));
    batch(ask(
        &format!("{}.table", kind(it)),
        [("self", it.clone()), name],
    ))
}

fn batch(answer: Answer) -> RecordBatch {
    match answer {
        Answer::Table(batch) => batch,
        other => panic!("{other:?} is no table"),
    }
}

fn column(answer: Answer) -> ArrayRef {
    match answer {
        Answer::Column(values) => values,
        other => panic!("{other:?} is no column"),
    }
}

fn floats(values: &ArrayRef) -> Vec<f64> {
    values
        .as_primitive::<Float64Type>()
        .iter()
        .map(|it| it.unwrap_or(f64::NAN))
        .collect()
}

fn ints(batch: &RecordBatch, name: &str) -> Vec<i64> {
    let values = batch
        .column_by_name(name)
        .unwrap()
        .as_primitive::<Int64Type>();
    values.iter().map(|it| it.unwrap_or(-1)).collect()
}

fn texts(batch: &RecordBatch, name: &str) -> Vec<String> {
    let values = batch.column_by_name(name).unwrap();
    let at = |values: &ArrayRef, row: usize| {
        let texts = values.as_string::<i32>();
        if texts.is_null(row) {
            "-".to_owned()
        } else {
            texts.value(row).to_owned()
        }
    };
    if values.as_any_dictionary_opt().is_none() {
        return (0..values.len()).map(|row| at(values, row)).collect();
    }
    let labels = values.as_dictionary::<UInt32Type>();
    let codes = labels.keys().iter();
    codes
        .map(|code| code.map_or("-".to_owned(), |code| at(labels.values(), code as usize)))
        .collect()
}

fn json(value: Value) -> Argument {
    Argument::Json(value)
}

fn frame(columns: Vec<(&str, ArrayRef)>) -> Argument {
    Argument::Table(RecordBatch::try_from_iter(columns).unwrap().into())
}

fn near(found: &[f64], want: &[f64], tolerance: f64) {
    assert_eq!(found.len(), want.len());
    for (found, want) in found.iter().zip(want) {
        assert!((found - want).abs() <= tolerance, "{found} is not {want}");
    }
}

fn again(it: &Argument) -> Argument {
    let Answer::Text(text) = of(it, "to_json") else {
        panic!("no text")
    };
    Argument::Object(load(&text).unwrap())
}

fn given(names: &[&str], rows: Value) -> Argument {
    object(
        "migration.TransitionMatrix.given",
        [("states", json(json!(names))), ("rows", json(rows))],
    )
}

fn counted(names: &[&str], rows: Value) -> Argument {
    object(
        "migration.TransitionCounts.new",
        [("states", json(json!(names))), ("rows", json(rows))],
    )
}

fn oz() -> Argument {
    given(
        &["rain", "nice", "snow"],
        json!([[0.5, 0.25, 0.25], [0.5, 0.0, 0.5], [0.25, 0.25, 0.5]]),
    )
}

#[test]
fn the_land_of_oz() {
    let oz = oz();
    let steady = Argument::Object(match of(&oz, "steady_state") {
        Answer::Object(object) => object,
        other => panic!("{other:?}"),
    });
    assert_eq!(
        texts(&table(&steady, "shares"), "state"),
        ["rain", "nice", "snow"]
    );
    near(
        &floats(&column(of(&steady, "shares"))),
        &[0.4, 0.2, 0.4],
        1e-15,
    );
    near(
        &floats(&column(of(&oz, "return_times"))),
        &[2.5, 5.0, 2.5],
        1e-13,
    );
    let passages = batch(of(&oz, "first_passages"));
    assert_eq!(texts(&passages, "to")[..2], ["rain", "nice"]);
    let steps = floats(passages.column_by_name("steps").unwrap());
    near(&steps[1..3], &[4.0, 10.0 / 3.0], 1e-13);
    let to = ask(
        "migration.TransitionMatrix.first_passage",
        [("self", oz.clone()), ("to", json("nice".into()))],
    );
    near(&floats(&column(to))[..1], &[4.0], 1e-13);
    assert_eq!(batch(of(&oz, "classes")).num_rows(), 3);
    let Answer::Record(mobility) = of(&oz, "mobility") else {
        panic!()
    };
    assert_eq!(mobility[0].0, "half_life");
    let Answer::Record(verdict) = of(&oz, "embeddability") else {
        panic!()
    };
    assert!(matches!(&verdict[0].1, Answer::Text(text) if text == "not_embeddable"));
    let long = match of(&oz, "long_run") {
        Answer::Object(object) => Argument::Object(object),
        other => panic!("{other:?}"),
    };
    assert!(matches!(of(&long, "converges"), Answer::Flag(true)));
    assert_eq!(table(&long, "classes").num_rows(), 3);
    assert_eq!(table(&long, "arrival").num_rows(), 3);
    assert_eq!(
        of(&again(&oz), "states").to_json(),
        json!(["rain", "nice", "snow"])
    );
    let error = refused(
        "migration.TransitionMatrix.sojourn",
        [("self", oz), ("state", json("sun".into()))],
    );
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    assert!(error.to_string().contains("rain, nice, snow"), "{error}");
}

/// Craig and Sendi 2002, the counts of table 2.
#[test]
fn counts_come_as_tables_and_as_lists() {
    let rows = json!([[682, 33, 25], [154, 64, 47], [19, 19, 43]]);
    let listed = counted(&["a", "b", "c"], rows);
    // A table with a column a state, as a cross table has them.
    let column = |values: [i64; 3]| Arc::new(Int64Array::from(values.to_vec())) as ArrayRef;
    let crossed = frame(vec![
        ("a", column([682, 154, 19])),
        ("b", column([33, 64, 19])),
        ("c", column([25, 47, 43])),
    ]);
    let crossed = object("migration.TransitionCounts.new", [("rows", crossed)]);
    assert_eq!(
        table(&crossed, "transitions"),
        table(&listed, "transitions")
    );
    let read = object(
        "migration.TransitionCounts.read",
        [
            (
                "table",
                Argument::Table(table(&listed, "transitions").into()),
            ),
            ("states", json(json!(["a", "b", "c"]))),
            ("columns", json(json!({"customers": "customers"}))),
        ],
    );
    assert_eq!(table(&read, "states"), table(&listed, "states"));
    let merged = object(
        "migration.TransitionCounts.merge",
        [("states", Argument::List(vec![read, crossed]))],
    );
    assert!(matches!(of(&merged, "total"), Answer::Int(2172)));
    let matrix = object(
        "migration.TransitionMatrix.of_counts",
        [("counts", listed.clone())],
    );
    let month = object(
        "migration.TransitionMatrix.power",
        [
            ("self", matrix.clone()),
            ("periods", json(json!(1.0 / 6.0))),
        ],
    );
    let own = |name: &str| {
        let state = || json(name.into());
        match ask(
            "migration.TransitionMatrix.probability",
            [("self", month.clone()), ("from", state()), ("to", state())],
        ) {
            Answer::Float(own) => own,
            other => panic!("{other:?}"),
        }
    };
    near(
        &[own("a"), own("b"), own("c")],
        &[0.9819015926, 0.7517043897, 0.8830110654],
        5.1e-11,
    );
    assert_eq!(table(&matrix, "transitions").num_rows(), 9);
    let fit = object(
        "migration.TransitionMatrix.generator",
        [("self", matrix), ("adjustment", json("diagonal".into()))],
    );
    let Answer::Object(rates) = of(&fit, "generator") else {
        panic!()
    };
    assert_eq!(table(&Argument::Object(rates), "rates").num_rows(), 9);
    assert!(matches!(of(&fit, "adjusted"), Answer::Flag(_)));
    let Answer::Record(_) = of(&fit, "embeddability") else {
        panic!()
    };
    let error = refused(
        "migration.TransitionCounts.new",
        [
            ("states", json(json!(["a", "b"]))),
            ("rows", json(json!([[1, 2]]))),
        ],
    );
    assert_eq!(error.kind(), ErrorKind::LengthMismatch);
    let double = counted(&["a", "a"], json!([[1, 2], [3, 4]]));
    let a = || json("a".into());
    let error = refused(
        "migration.TransitionCounts.count",
        [("self", double), ("from", a()), ("to", a())],
    );
    assert!(error.to_string().contains("one state alone"), "{error}");
    let scale = ask(
        "migration.TransitionCounts.directions",
        [
            ("self", listed.clone()),
            ("scale", json(json!(["c", "b", "a"]))),
        ],
    );
    assert_eq!(scale.to_json()["up"], json!(19 + 19 + 154));
    let marked = counted(&["a", "b"], json!([[1, 0], [3, 4]]));
    let marked = object(
        "migration.TransitionCounts.impossible",
        [("self", marked), ("from", a()), ("to", json("b".into()))],
    );
    assert_eq!(
        of(&marked, "impossible_cells").to_json(),
        json!([["a", "b"]])
    );
    assert_eq!(
        of(&again(&marked), "cells").to_json(),
        json!([[1, 0], [3, 4]])
    );
}

/// Pfeifer and Carraway 2000, and the sequence of the package markovchain.
#[test]
fn worth_and_tests_of_chains() {
    let names = ["r1", "r2", "r3", "r4", "former"];
    let matrix = given(
        &names,
        json!([
            [0.3, 0.7, 0.0, 0.0, 0.0],
            [0.2, 0.0, 0.8, 0.0, 0.0],
            [0.15, 0.0, 0.0, 0.85, 0.0],
            [0.05, 0.0, 0.0, 0.0, 0.95],
            [0.0, 0.0, 0.0, 0.0, 1.0]
        ]),
    );
    let params = |stop: Value| {
        json(json!({"rewards": [36.0, -4.0, -4.0, -4.0, 0.0], "discount": 0.2, "stop_in": stop}))
    };
    let value = |stop| {
        floats(&column(ask(
            "migration.markov_value",
            [("matrix", matrix.clone()), ("params", params(stop))],
        )))
    };
    near(
        &value(json!([])),
        &[52.31960944, 5.55378356, 1.25077299, -1.82001627, 0.0],
        5.1e-9,
    );
    near(
        &value(json!(["r4"])),
        &[53.149425, 6.620690, 2.643678, 0.0, 0.0],
        5.1e-7,
    );
    let best = object(
        "migration.OptimalStopping.optimal_stopping",
        [("matrix", matrix.clone()), ("params", params(json!([])))],
    );
    assert_eq!(of(&best, "stop_in").to_json(), json!(["r4"]));
    assert_eq!(texts(&table(&best, "values"), "state"), names);
    assert_eq!(texts(&table(&best, "stop_in"), "state"), ["r4"]);
    let error = refused(
        "migration.markov_value",
        [
            ("matrix", matrix.clone()),
            ("params", params(json!(["r9"]))),
        ],
    );
    assert!(
        error.to_string().contains("stop_in") && error.to_string().contains("former"),
        "{error}"
    );
    let Answer::Object(absorbed) = of(&matrix, "absorption") else {
        panic!()
    };
    let absorbed = Argument::Object(absorbed);
    assert_eq!(texts(&table(&absorbed, "classes"), "state"), ["former"]);
    near(
        &floats(table(&absorbed, "states").column_by_name("steps").unwrap()),
        &[6.05042, 4.621849, 3.014706, 1.302521],
        5.1e-7,
    );
    assert_eq!(
        (
            table(&absorbed, "visits").num_rows(),
            table(&absorbed, "arrival").num_rows()
        ),
        (16, 4)
    );
    let forecast = object(
        "migration.Forecast.customers",
        [
            ("matrix", matrix.clone()),
            ("start", json(json!([100, 0, 0, 0, 0]))),
            (
                "params",
                json(json!({"steps": 4, "replicates": 20, "values": [1.0, 1.0, 1.0, 1.0, 0.0]})),
            ),
        ],
    );
    let at = ask(
        "migration.Forecast.at",
        [
            ("self", forecast.clone()),
            ("step", json(json!(4))),
            ("state", json("former".into())),
        ],
    );
    assert!((at.to_json()["value"].as_f64().unwrap() - 45.22).abs() < 0.005);
    assert_eq!(
        (
            table(&forecast, "forecast").num_rows(),
            table(&forecast, "worth").num_rows()
        ),
        (25, 5)
    );
    let step = ask(
        "migration.Forecast.step",
        [("self", forecast.clone()), ("step", json(json!(1)))],
    );
    assert_eq!(step.to_json().as_array().unwrap().len(), 5);

    let path: Vec<String> = "abaaaabababaabbba".chars().map(String::from).collect();
    let states = || json(json!(["a", "b"]));
    let triples = object(
        "migration.TripleCounts.of_paths",
        [("states", states()), ("paths", json(json!([path])))],
    );
    let test = ask(
        "migration.ChainTest.first_order",
        [("triples", triples.clone())],
    )
    .to_json();
    assert!((test["g"].as_f64().unwrap() - 0.599161283).abs() < 5.1e-10);
    assert_eq!(
        (&test["df"], &test["verdict"]),
        (&json!(2), &json!("few_expected"))
    );
    let read = object(
        "migration.TripleCounts.read",
        [
            ("table", Argument::Table(table(&triples, "triples").into())),
            ("states", states()),
            ("columns", json(json!({"customers": "customers"}))),
        ],
    );
    assert_eq!(table(&read, "triples"), table(&again(&triples), "triples"));
    let test = ask(
        "migration.ChainTest.table",
        [("rows", json(json!([[127, 59], [11, 7], [36, 20], [9, 4]])))],
    )
    .to_json();
    assert!((test["pearson"].as_f64().unwrap() - 0.636110621).abs() < 5.1e-10);
    let ones = || counted(&["a", "b"], json!([[9, 1], [0, 5]]));
    let sure = given(&["a", "b"], json!([[1.0, 0.0], [0.5, 0.5]]));
    let Answer::Record(test) = ask(
        "migration.ChainTest.against",
        [("counts", ones()), ("matrix", sure)],
    ) else {
        panic!()
    };
    assert!(matches!(test[0].1, Answer::Float(g) if g.is_infinite()));
    ask(
        "migration.ChainTest.homogeneity",
        [("groups", Argument::List(vec![ones(), ones()]))],
    );
    ask(
        "migration.ChainTest.stationarity",
        [("periods", Argument::List(vec![ones(), ones()]))],
    );
    ask(
        "migration.ChainTest.independence",
        [
            ("counts", ones()),
            ("params", json(json!({"replicates": 5, "seed": 1}))),
        ],
    );
}

fn panel(values: bool) -> Argument {
    let customers = ["ann", "bob", "cid", "ann", "bob", "eve"];
    let mut columns = vec![
        (
            "who",
            Arc::new(StringArray::from(customers.to_vec())) as ArrayRef,
        ),
        (
            "year",
            Arc::new(Int64Array::from(vec![1, 1, 1, 2, 2, 2])) as ArrayRef,
        ),
        (
            "tier",
            Arc::new(StringArray::from(vec![
                "gold", "gold", "silver", "gold", "silver", "gold",
            ])) as ArrayRef,
        ),
    ];
    let mut names = json!({"customer": "who", "period": "year", "segment": "tier", "order": ["silver", "gold"]});
    if values {
        columns.push((
            "spend",
            Arc::new(Float64Array::from(vec![9.0, 8.0, 2.0, 9.5, 3.0, 7.0])) as ArrayRef,
        ));
        names["value"] = "spend".into();
        return object(
            "migration.SegmentPanel.read",
            [
                ("table", frame(columns)),
                ("columns", json(names)),
                ("currency", json("EUR".into())),
            ],
        );
    }
    object(
        "migration.SegmentPanel.read",
        [("table", frame(columns)), ("columns", json(names))],
    )
}

fn held(answer: Answer) -> Argument {
    match answer {
        Answer::Object(object) => Argument::Object(object),
        other => panic!("{other:?}"),
    }
}

#[test]
fn panels_and_flows() {
    let panel = panel(true);
    let where_is = |period: Value, who: &str| {
        ask(
            "migration.SegmentPanel.presence",
            [
                ("self", panel.clone()),
                ("period", json(period)),
                ("customer", json(who.into())),
            ],
        )
        .to_json()
    };
    assert_eq!(
        (where_is(json!(0), "eve"), where_is(json!("2"), "cid")),
        (json!("not yet"), json!("churned"))
    );
    assert_eq!(where_is(json!("1"), "bob"), json!("gold"));
    let value = ask(
        "migration.SegmentPanel.value",
        [
            ("self", panel.clone()),
            ("period", json(json!(1))),
            ("customer", json("ann".into())),
        ],
    );
    assert_eq!(value.to_json(), json!("9.50"));
    let error = refused(
        "migration.SegmentPanel.presence",
        [
            ("self", panel.clone()),
            ("period", json(json!("3"))),
            ("customer", json("ann".into())),
        ],
    );
    assert!(error.to_string().contains("1, 2"), "{error}");
    let places = table(&panel, "places");
    assert_eq!(
        texts(&places, "customer")[..4],
        ["ann", "bob", "cid", "eve"]
    );
    assert_eq!(
        texts(&places, "place"),
        [
            "gold", "gold", "silver", "not yet", "gold", "silver", "churned", "gold"
        ]
    );
    assert_eq!(
        of(&panel, "segments").to_json()[0],
        json!({"id": 0, "name": "silver"})
    );

    let flows = held(of(&panel, "flows"));
    let balance = table(&flows, "balance");
    assert_eq!(texts(&balance, "state"), ["silver", "gold"]);
    assert_eq!(
        (
            ints(&balance, "opening")[1],
            ints(&balance, "born")[1],
            ints(&balance, "left")[1]
        ),
        (2, 1, 1)
    );
    let money = balance
        .column_by_name("money_opening")
        .unwrap()
        .as_primitive::<Decimal128Type>()
        .value(1);
    assert_eq!(money, 1700);
    let gold = ask(
        "migration.Flows.growth_between",
        [
            ("self", flows.clone()),
            ("first", json("1".into())),
            ("last", json(json!(1))),
        ],
    );
    assert_eq!(ints(&batch(gold), "change"), [0, 0]);
    for name in ["total_balance", "growth", "moves", "stocks", "states"] {
        assert!(table(&flows, name).num_rows() > 0, "{name}");
    }
    let moves = batch(ask(
        "migration.Flows.moves",
        [("self", flows.clone()), ("step", json(json!(0)))],
    ));
    assert_eq!(texts(&moves, "to"), ["churned", "silver", "gold", "gold"]);
    assert_eq!(
        batch(ask(
            "migration.Flows.stock",
            [("self", flows.clone()), ("period", json(json!(1)))]
        ))
        .num_rows(),
        2
    );
    let risk = batch(ask(
        "migration.Flows.at_risk",
        [
            ("self", flows.clone()),
            ("scale", json(json!(["silver", "gold"]))),
            ("level", json(json!(0.95))),
        ],
    ));
    assert_eq!(
        (
            texts(&risk, "from")[0].as_str(),
            texts(&risk, "to")[0].as_str()
        ),
        ("gold", "silver")
    );
    let ladder = object(
        "migration.Flows.ladder",
        [
            ("self", flows.clone()),
            ("scale", json(json!(["silver", "gold"]))),
        ],
    );
    let steps = table(&ladder, "steps");
    assert_eq!(
        (
            texts(&steps, "way")[2].as_str(),
            ints(&steps, "customers")[2]
        ),
        ("down", 1)
    );
    assert_eq!(table(&ladder, "pooled").num_rows(), 6);
    let mix = object(
        "migration.Flows.mix",
        [
            ("self", flows.clone()),
            ("first", json(json!(0))),
            ("last", json(json!(1))),
        ],
    );
    assert!(
        matches!(of(&mix, "opening"), Answer::Float(each) if (each - 19.0 / 3.0).abs() < 1e-12)
    );
    assert_eq!(
        (
            table(&mix, "states").num_rows(),
            table(&mix, "mix").num_rows()
        ),
        (2, 1)
    );
    let sankey = held(of(&flows, "sankey"));
    assert_eq!(table(&sankey, "links").num_rows(), 4);
    assert!(table(&sankey, "nodes").column_by_name("money").is_some());
    assert_eq!(of(&flows, "fastest_growing").to_json(), Value::Null);
    let state = held(of(&flows, "state"));
    assert_eq!(
        table(&held(of(&again(&state), "flows")), "moves"),
        table(&flows, "moves")
    );
    let Answer::List(cohorts) = ask("migration.FlowState.by_cohort", [("panel", panel.clone())])
    else {
        panic!()
    };
    let merged = object(
        "migration.FlowState.merge",
        [(
            "states",
            Argument::List(cohorts.into_iter().map(held).collect()),
        )],
    );
    assert_eq!(
        table(&held(of(&merged, "flows")), "moves"),
        table(&flows, "moves")
    );

    let sequences = held(of(&panel, "sequences"));
    assert_eq!(
        texts(&table(&sequences, "sequences"), "customer"),
        ["ann", "bob", "cid", "eve"]
    );
    assert_eq!(ints(&table(&sequences, "sequences"), "moves"), [0, 1, 0, 0]);
    assert_eq!(
        (
            table(&sequences, "stays").num_rows(),
            table(&sequences, "stay_lengths").num_rows()
        ),
        (2, 3)
    );
    let paths = ask(
        "migration.Sequences.paths",
        [("self", sequences.clone()), ("most", json(json!(9)))],
    )
    .to_json();
    assert_eq!(
        paths[0],
        json!({"path": ["gold"], "customers": 2, "share": 0.5})
    );
    let shape = ask(
        "migration.Sequences.of",
        [("self", sequences), ("customer", json("bob".into()))],
    )
    .to_json();
    assert_eq!(shape["moves"], json!(1));
    assert_eq!(
        of(&held(of(&panel, "triples")), "total").to_json(),
        json!(0)
    );
}

#[test]
fn without_values_there_is_no_money() {
    let flows = held(of(&panel(false), "flows"));
    for name in ["balance", "growth", "moves", "stocks"] {
        let schema = table(&flows, name).schema();
        assert!(
            schema
                .fields()
                .iter()
                .all(|field| !field.name().contains("money") && field.name() != "before"),
            "{name}"
        );
    }
    assert!(
        table(&held(of(&flows, "sankey")), "nodes")
            .column_by_name("money")
            .is_none()
    );
    let spend = frame(vec![
        (
            "1",
            Arc::new(Float64Array::from(vec![1.0, 2.0, 3.0, 0.0])) as ArrayRef,
        ),
        (
            "2",
            Arc::new(Float64Array::from(vec![4.0, 5.0, 0.0, 6.5])) as ArrayRef,
        ),
    ]);
    let valued = object(
        "migration.SegmentPanel.with_values",
        [
            ("self", panel(false)),
            ("values", spend),
            ("currency", json("EUR".into())),
        ],
    );
    assert_eq!(of(&valued, "currency").to_json()["code"], json!("EUR"));
}

fn assigned(scheme: &str, day: &str, names: &[&str], rows: &[Option<&str>]) -> Argument {
    use crate::data::{Assignments, Segment, SegmentId};
    let segments: Vec<Segment> = (1..)
        .zip(names)
        .map(|(id, name)| Segment {
            id: SegmentId(id),
            name: (*name).into(),
        })
        .collect();
    let id = |name: &&str| segments.iter().find(|it| it.name == **name).map(|it| it.id);
    let rows = rows.iter().map(|row| row.as_ref().and_then(id)).collect();
    Argument::Object(Object::new(
        Assignments::new(scheme, day.parse().unwrap(), segments, rows).unwrap(),
    ))
}

#[test]
fn segmentations_are_held_against_one_another() {
    let (a, b) = (Some("a"), Some("b"));
    let (x, y) = (Some("x"), Some("y"));
    let old = assigned("v1", "2024-01-01", &["a", "b"], &[a, a, a, b, b, None]);
    let between = assigned("v1", "2024-02-01", &["a", "b"], &[a, a, b, b, b, a]);
    let new = assigned("v2", "2024-02-01", &["x", "y"], &[y, x, x, x, x, y]);
    let overlap = object(
        "migration.OverlapCounts.of_assignments",
        [("old", between.clone()), ("new", new.clone())],
    );
    assert_eq!(of(&overlap, "both").to_json(), json!([[1, 2], [3, 0]]));
    assert_eq!(
        table(&again(&overlap), "overlap"),
        table(&overlap, "overlap")
    );
    assert_eq!(
        (
            table(&overlap, "old").num_rows(),
            table(&overlap, "new").num_rows()
        ),
        (2, 2)
    );
    let alignment = object(
        "migration.Alignment.align",
        [
            ("overlap", overlap.clone()),
            ("params", json(json!({"measure": "jaccard"}))),
        ],
    );
    let pairs = batch(of(&again(&alignment), "pairs"));
    assert_eq!(
        (texts(&pairs, "old"), texts(&pairs, "new")),
        (
            vec!["a".to_owned(), "b".to_owned()],
            vec!["y".to_owned(), "x".to_owned()]
        )
    );
    let becomes = ask(
        "migration.Alignment.becomes",
        [("self", alignment.clone()), ("new", json("x".into()))],
    );
    assert_eq!(becomes.to_json(), json!("b"));
    object(
        "migration.Alignment.apply",
        [("self", alignment.clone()), ("assignments", new.clone())],
    );
    for name in ["segments", "unmatched_old", "unmatched_new"] {
        table(&alignment, name);
    }
    let events = object("migration.ClusterEvents.events", [("overlap", overlap)]);
    assert_eq!(texts(&table(&events, "old"), "fate").len(), 2);
    for name in ["new", "fates", "origins", "old_parts", "new_parts"] {
        assert!(
            texts(&table(&events, name), "segment")
                .iter()
                .all(|it| it != "-"),
            "{name}"
        );
    }

    let split = object(
        "migration.ChangeSplit.split",
        [
            ("before", old.clone()),
            ("between", between.clone()),
            ("after", new),
            ("alignment", alignment),
            (
                "rematched",
                json(json!([false, false, false, false, false, true])),
            ),
        ],
    );
    assert_eq!(of(&split, "counts").to_json()["rematched"], json!(1));
    assert_eq!(
        texts(&table(&split, "causes"), "cause")[..3],
        ["unchanged", "definition", "behaviour"]
    );
    assert_eq!(table(&split, "segments").num_rows(), 2);
    let total = held(of(&split, "total"));
    assert_eq!(
        ints(&table(&total, "moves"), "customers")
            .iter()
            .sum::<i64>(),
        6
    );
    assert_eq!(
        texts(&table(&total, "moves"), "to"),
        ["a", "b", "-", "a", "b", "-", "a", "b", "-"]
    );
    let net = ask(
        "migration.ChangeMatrix.net",
        [("self", total), ("segment", json("b".into()))],
    );
    assert_eq!(net.to_json(), json!(2));

    let panel = object(
        "migration.SegmentPanel.of_assignments",
        [(
            "snapshots",
            Argument::List(vec![old.clone(), between.clone()]),
        )],
    );
    assert_eq!(
        of(&panel, "period_days").to_json(),
        json!(["2024-01-01", "2024-02-01"])
    );
    assert!(table(&panel, "places").column_by_name("row").is_some());
    let keys = |keys: Vec<i64>| frame(vec![("key", Arc::new(Int64Array::from(keys)) as ArrayRef)]);
    let keys = || {
        Argument::List(vec![
            keys(vec![1, 2, 3, 4, 5, 6]),
            keys(vec![7, 2, 3, 4, 5, 6]),
        ])
    };
    let snapshots = || Argument::List(vec![old.clone(), between.clone()]);
    let joined = object(
        "migration.SegmentPanel.of_snapshots",
        [("snapshots", snapshots()), ("keys", keys())],
    );
    assert_eq!(of(&joined, "len").to_json(), json!(7));
    let state = object(
        "migration.FlowState.of_snapshots",
        [("snapshots", snapshots()), ("keys", keys())],
    );
    assert_eq!(
        table(&held(of(&state, "flows")), "moves"),
        table(&held(of(&joined, "flows")), "moves")
    );
}

#[test]
fn drift_drivers_and_watches() {
    let totals = |pairs: Value| json(pairs);
    let evidently = json!([
        ["a", 16],
        ["b", 18],
        ["c", 16],
        ["d", 14],
        ["e", 12],
        ["f", 12]
    ]);
    let now = json!([
        ["a", 16],
        ["b", 16],
        ["c", 16],
        ["d", 16],
        ["e", 16],
        ["f", 8]
    ]);
    let reference = object(
        "migration.DriftReference.of_totals",
        [("feature", json("x".into())), ("totals", totals(evidently))],
    );
    let sample = object(
        "migration.DriftReference.totals",
        [("self", again(&reference)), ("totals", totals(now))],
    );
    let drift = object(
        "migration.DriftReference.compare",
        [("self", reference.clone()), ("sample", sample)],
    );
    let record = of(&drift, "record").to_json();
    assert!((record["psi"].as_f64().unwrap() - 0.0372183816).abs() < 5.1e-11);
    assert!((record["hellinger"].as_f64().unwrap() - 0.06812774).abs() < 5.1e-9);
    assert_eq!(
        (
            table(&drift, "bins").num_rows(),
            table(&drift, "drift").num_rows()
        ),
        (8, 1)
    );
    assert_eq!(texts(&table(&reference, "bins"), "label")[0], "a");
    let numbers = |values: &[f64]| {
        frame(vec![(
            "v",
            Arc::new(Float64Array::from(values.to_vec())) as ArrayRef,
        )])
    };
    let reference = object(
        "migration.DriftReference.of_numbers",
        [
            ("feature", json("age".into())),
            ("values", numbers(&[1.0, 2.0, 3.0, 4.0])),
            (
                "params",
                json(json!({"bins": 2, "zero_shares": {"as": 0.001}})),
            ),
        ],
    );
    assert_eq!(
        of(&reference, "labels").to_json(),
        json!(["<= 2", "> 2", "(missing)"])
    );
    object(
        "migration.DriftReference.numbers",
        [("self", reference), ("values", json(json!([1.0, null])))],
    );
    object(
        "migration.DriftReference.of_given_edges",
        [
            ("feature", json("age".into())),
            ("edges", json(json!([2.5]))),
            ("values", json(json!([1.0, 3.0]))),
        ],
    );
    object(
        "migration.DriftReference.of_categories",
        [
            ("feature", json("c".into())),
            ("column", json(json!(["web", null, "web"]))),
        ],
    );
    let rows = assigned("v1", "2024-01-01", &["a", "b"], &[Some("a"), Some("b")]);
    object("migration.DriftReference.of_segments", [("rows", rows)]);
    let gap = ask(
        "migration.KolmogorovSmirnov.two_sample",
        [
            ("reference", json(json!([1.0, 2.0, 3.0]))),
            ("sample", json(json!([1.0, 2.0, 3.0]))),
        ],
    );
    assert_eq!(gap.to_json()["p"], json!(1.0));

    let features = |spend: &[f64]| {
        Argument::Object(Object::new(
            Features::from_columns(&[("spend", spend)], MissingValues::Refuse).unwrap(),
        ))
    };
    let drifts = object(
        "migration.Drifts.features",
        [
            ("before", features(&[3.0, 8.0, 5.0, 1.0])),
            ("after", features(&[2.0, 9.0, 5.0])),
        ],
    );
    let Answer::List(each) = of(&drifts, "drifts") else {
        panic!()
    };
    assert_eq!((each.len(), table(&drifts, "drift").num_rows()), (1, 1));
    let (a, b) = (Some("a"), Some("b"));
    let from = assigned("v1", "2024-01-01", &["a", "b"], &[b, b, b, b, a]);
    let to = assigned("v1", "2024-02-01", &["a", "b"], &[b, b, a, a, a]);
    let drivers = object(
        "migration.Drivers.drivers",
        [
            ("before", features(&[5.0, 6.0, 2.0, 1.0, 1.0])),
            ("after", features(&[5.5, 6.0, 0.0, 0.5, 1.0])),
            ("from", from),
            ("to", to),
            (
                "params",
                json(json!({"min_customers": 2, "scale": ["a", "b"]})),
            ),
        ],
    );
    assert_eq!(
        (
            texts(&table(&drivers, "moves"), "from"),
            texts(&table(&drivers, "downgrades"), "to")
        ),
        (vec!["b".to_owned()], vec!["-".to_owned()])
    );
    assert_eq!(texts(&table(&drivers, "features"), "feature"), ["spend"]);
    for name in ["downgrade_features", "skipped"] {
        table(&drivers, name);
    }
    let month = |moved: u64| counted(&["a", "b"], json!([[100 - moved, moved], [0, 50]]));
    let watch = object(
        "migration.MoveWatch.fit",
        [(
            "history",
            Argument::List(vec![month(10), month(12), month(11)]),
        )],
    );
    let rings = batch(ask(
        "migration.MoveWatch.check",
        [
            ("self", again(&watch)),
            ("latest", month(40)),
            ("values", json(json!([9.0, 1.0]))),
        ],
    ));
    assert_eq!(
        (
            texts(&rings, "to"),
            rings.column_by_name("rings").unwrap().as_boolean().value(0)
        ),
        (vec!["b".to_owned()], true)
    );
}

/// The list of capabilities names operations that there are.
#[test]
fn the_list_of_capabilities_is_true() {
    let list = include_str!("../../../bindings/capabilities/migration.tsv");
    let names: Vec<&str> = crate::host::registry()
        .operations()
        .map(|(name, _)| name)
        .collect();
    for line in list.lines() {
        let mut fields = line.split('\t');
        let (Some(path), Some(operation), Some(_)) = (fields.next(), fields.next(), fields.next())
        else {
            panic!("{line}");
        };
        let operation = operation.split(' ').next().unwrap_or_default();
        if operation == "-" || operation.starts_with("params:") {
            continue;
        }
        let operation = match operation.split_once(".table:") {
            Some((kind, _)) => format!("{kind}.table"),
            None => operation.to_owned(),
        };
        assert!(names.contains(&operation.as_str()), "{path}: {operation}");
    }
}
