//! Every operation of the room gives an answer, and every object its tables.

use std::{collections::BTreeSet, sync::Arc};

use arrow_array::{Float64Array, RecordBatch};
use serde_json::{Value, json};

use super::super::{Answer, Argument, Held, Object, call, load, registry};
use crate::{
    Error, ErrorKind,
    arrow::{Table, Tables},
    data::{
        Assignments, Categories, Customers, Features, MissingValues, Segment, SegmentId,
        date_of_day,
    },
    segmentation::*,
    value::{RfmParams, SegmentMap, SummaryState},
};

/// Calls operations, and knows which.
#[derive(Default)]
struct Host {
    called: BTreeSet<String>,
}

impl Host {
    fn attempt(&mut self, operation: &str, named: Vec<(&str, Argument)>) -> Result<Answer, Error> {
        let operation = format!("segmentation.{operation}");
        let named = named.into_iter().map(|(name, it)| (name.to_owned(), it));
        let answer = call(&operation, named.collect(), &mut ());
        self.called.insert(operation);
        answer
    }

    fn ask(&mut self, operation: &str, named: Vec<(&str, Argument)>) -> Answer {
        let answer = self.attempt(operation, named);
        answer.unwrap_or_else(|error| panic!("{operation}: {error}"))
    }

    fn make(&mut self, operation: &str, named: Vec<(&str, Argument)>) -> Object {
        match self.ask(operation, named) {
            Answer::Object(object) => object,
            other => panic!("{operation}: {other:?}"),
        }
    }

    /// All getters of an object.
    fn gets(&mut self, object: &Object, getters: &[&str]) {
        let kind = object.kind().strip_prefix("segmentation.").unwrap();
        for getter in getters {
            self.ask(&format!("{kind}.{getter}"), vec![("self", it(object))]);
        }
    }

    /// All tables of an object, the names of their columns each once.
    fn tables<T: Held + Tables>(&mut self, object: &Object) {
        let kind = T::KIND.strip_prefix("segmentation.").unwrap();
        let ask = format!("{kind}.table");
        for name in T::TABLES {
            let named = vec![("self", it(object)), ("name", plain(json!(name)))];
            let Answer::Table(batch) = self.ask(&ask, named) else {
                panic!("{ask} {name}");
            };
            let schema = batch.schema();
            let names: BTreeSet<&String> =
                schema.fields().iter().map(|field| field.name()).collect();
            assert_eq!(names.len(), batch.num_columns(), "{ask} {name}");
        }
        assert!(matches!(
            self.ask(&ask, vec![("self", it(object))]),
            Answer::Table(_)
        ));
        let named = vec![("self", it(object)), ("name", plain(json!("nothing")))];
        assert!(self.attempt(&ask, named).is_err());
    }

    /// What is saved can be loaded, and is the same then.
    fn saves(&mut self, object: &Object) {
        let kind = object
            .kind()
            .strip_prefix("segmentation.")
            .unwrap()
            .to_owned();
        let text = |host: &mut Self, object: &Object| match host
            .ask(&format!("{kind}.to_json"), vec![("self", it(object))])
        {
            Answer::Text(text) => text,
            other => panic!("{other:?}"),
        };
        let first = text(self, object);
        let again = load(&first).unwrap();
        assert_eq!((again.kind(), text(self, &again)), (object.kind(), first));
    }
}

fn it(object: &Object) -> Argument {
    Argument::Object(object.clone())
}

fn plain(value: Value) -> Argument {
    Argument::Json(value)
}

fn held<T: Held>(value: T) -> Argument {
    Argument::Object(Object::new(value))
}

fn get<T: Held + Clone>(object: &Object) -> T {
    object.get::<T>().unwrap().clone()
}

fn table(columns: &[(&str, &[f64])]) -> Argument {
    let columns = columns
        .iter()
        .map(|(name, values)| (*name, Arc::new(Float64Array::from(values.to_vec())) as _));
    Argument::Table(Table::from(RecordBatch::try_from_iter(columns).unwrap()))
}

const SPEND: [f64; 9] = [10.0, 11.0, 12.0, 90.0, 91.0, 93.0, 40.0, 41.0, 44.0];
const VISITS: [f64; 9] = [1.0, 2.0, 1.0, 9.0, 8.0, 9.0, 1.0, 2.0, 2.0];

fn numbers() -> Features {
    let columns: &[(&str, &[f64])] = &[("spend", &SPEND), ("visits", &VISITS)];
    Features::from_columns(columns, MissingValues::Refuse).unwrap()
}

fn mixed() -> Features {
    let channel = [
        "web", "web", "web", "shop", "shop", "shop", "web", "shop", "web",
    ];
    let channel = Categories::new(&channel).unwrap();
    numbers().with_categories("channel", channel).unwrap()
}

fn labels() -> Argument {
    plain(json!([0, 0, 0, 1, 1, 1, 2, 2, 2]))
}

fn groups() -> Assignments {
    let segments = [(1, "small"), (2, "large"), (3, "mid")]
        .map(|(id, name)| Segment {
            id: SegmentId(id),
            name: name.to_owned(),
        })
        .to_vec();
    let rows = (0..9u32).map(|row| Some(SegmentId(1 + row / 3))).collect();
    Assignments::new("size", date_of_day(0).unwrap(), segments, rows).unwrap()
}

#[test]
fn every_operation_answers() {
    let host = &mut Host::default();
    preparations(host);
    k_means(host);
    other_models(host);
    rules(host);
    segmentations(host);
    validity(host);
    numbers_of_clusters(host);
    profiles(host);
    let all = registry().operations().map(|(name, _)| name);
    let of_room = all.filter(|name| name.starts_with("segmentation."));
    let never: Vec<&str> = of_room
        .filter(|name| !host.called.contains(*name))
        .collect();
    assert!(never.is_empty(), "{never:?}");
}

fn preparations(host: &mut Host) {
    host.ask("Preparation.params", vec![]);
    let made = host.make("Preparation.fit", vec![("features", held(mixed()))]);
    host.tables::<Preparation>(&made);
    host.saves(&made);
    host.gets(
        &made,
        &["names", "own_segment_columns", "report", "warnings"],
    );
    let source = host.ask(
        "Preparation.source_of",
        vec![("self", it(&made)), ("at", plain(json!(2)))],
    );
    assert!(matches!(source, Answer::Text(name) if name == "channel"));
    let named = vec![("self", it(&made)), ("features", held(mixed()))];
    let prepared = host.make("Preparation.apply", named);
    host.tables::<Prepared>(&prepared);
    host.gets(&prepared, &["features", "set_apart", "set_apart_count"]);
    // A point back, and a table of two.
    let width = get::<Preparation>(&made).names().len();
    let point = vec![0.0; width];
    let named = vec![("self", it(&made)), ("point", plain(json!(point)))];
    let Answer::Column(restored) = host.ask("Preparation.restore", named) else {
        panic!("no column");
    };
    let names = get::<Preparation>(&made).names().to_vec();
    let columns: Vec<(&str, &[f64])> = names
        .iter()
        .map(|name| (name.as_str(), &[0.0, 0.0][..]))
        .collect();
    let named = vec![("self", it(&made)), ("points", table(&columns))];
    let Answer::Table(batch) = host.ask("Preparation.restore", named) else {
        panic!("no table");
    };
    assert_eq!(
        (batch.num_columns(), batch.num_rows(), restored.len()),
        (width, 2, width)
    );
    let named = vec![("self", it(&made)), ("points", table(&columns[1..]))];
    assert!(host.attempt("Preparation.restore", named).is_err());
}

fn k_means(host: &mut Host) {
    let features = || ("features", held(numbers()));
    let params = (
        "params",
        plain(json!({"clusters": 3, "size_limits": {"at_least": 2}})),
    );
    let model = host.make("KMeans.fit", vec![features(), params]);
    host.tables::<KMeans>(&model);
    host.saves(&model);
    let getters = [
        "clusters",
        "columns",
        "sizes",
        "within",
        "inertia",
        "iterations",
        "verdict",
    ];
    host.gets(&model, &getters);
    host.gets(&model, &["limits"]);
    host.ask("KMeans.assign", vec![("self", it(&model)), features()]);
    let limits = ("limits", plain(json!({"at_most": 3})));
    let found = host.make(
        "KMeans.assign_within",
        vec![("self", it(&model)), features(), limits],
    );
    host.tables::<LimitedAssignment>(&found);
    host.gets(
        &found,
        &["cluster", "cost", "unlimited_cost", "moved", "sizes"],
    );
    let error = host.attempt("KMeans.fit", vec![features()]).unwrap_err();
    assert!(
        error.to_string().contains("missing field `clusters`"),
        "{error}"
    );

    let params = ("params", plain(json!({"clusters": 3, "buffer": 4})));
    let columns = ("columns", plain(json!(["spend", "visits"])));
    let empty = host.make("KMeansStream.open", vec![columns, params]);
    let stream = host.make(
        "KMeansStream.update",
        vec![("self", it(&empty)), features()],
    );
    assert_eq!(
        (
            get::<KMeansStream>(&empty).rows(),
            get::<KMeansStream>(&stream).rows()
        ),
        (0, 9)
    );
    host.saves(&stream);
    host.gets(&stream, &["columns", "rows", "recent_inertia"]);
    host.make("KMeansStream.model", vec![("self", it(&stream))]);
}

fn other_models(host: &mut Host) {
    let features = || ("features", held(numbers()));
    let params = (
        "params",
        plain(json!({"clusters": 2, "covariance": "diagonal"})),
    );
    let model = host.make("GaussianMixture.fit", vec![features(), params]);
    host.tables::<GaussianMixture>(&model);
    host.saves(&model);
    let getters = [
        "clusters",
        "names",
        "weights",
        "log_likelihood",
        "parameters",
        "bic",
        "aic",
    ];
    host.gets(&model, &getters);
    host.gets(
        &model,
        &["icl", "iterations", "verdict", "statement", "soundness"],
    );
    for verb in ["assign", "log_density", "membership"] {
        let named = vec![("self", it(&model)), features()];
        host.ask(&format!("GaussianMixture.{verb}"), named);
    }
    let cluster = |cluster: u32| vec![("self", it(&model)), ("cluster", plain(json!(cluster)))];
    host.ask("GaussianMixture.covariance", cluster(1));
    assert!(
        host.attempt("GaussianMixture.covariance", cluster(2))
            .is_err()
    );

    let features = || ("features", held(mixed()));
    let params = (
        "params",
        plain(json!({"clusters": 3, "gamma": {"value": 1.0}})),
    );
    let model = host.make("KPrototypes.fit", vec![features(), params]);
    host.tables::<KPrototypes>(&model);
    host.saves(&model);
    let getters = [
        "clusters",
        "columns",
        "sizes",
        "gamma",
        "cost",
        "iterations",
        "converged",
    ];
    host.gets(&model, &getters);
    host.ask("KPrototypes.assign", vec![("self", it(&model)), features()]);
    let cell = [("row", plain(json!(0))), ("cluster", plain(json!(0)))];
    let named = [vec![("self", it(&model)), features()], cell.to_vec()].concat();
    host.ask("KPrototypes.contributions", named);

    let features = || ("features", held(numbers()));
    let params = ("params", plain(json!({"radius": 5.0, "min_points": 3})));
    let model = host.make("Dbscan.fit", vec![features(), params]);
    host.tables::<Dbscan>(&model);
    host.saves(&model);
    host.gets(
        &model,
        &[
            "clusters",
            "columns",
            "parameters",
            "sizes",
            "noise",
            "core_clusters",
        ],
    );
    host.ask("Dbscan.assign", vec![("self", it(&model)), features()]);
    let named = vec![features(), ("min_points", plain(json!(2)))];
    let proposal = host.make("Dbscan.propose_radius", named);
    host.tables::<RadiusProposal>(&proposal);
    host.gets(&proposal, &["radius", "core_share", "curve"]);
}

fn rules(host: &mut Host) {
    let features = || ("features", held(mixed()));
    let when = json!({"all": [
        {"quantile_at_least": {"feature": "spend", "share": 0.5}},
        {"not": {"one_of": {"feature": "channel", "labels": ["web"]}}},
    ]});
    let params = json!({"rules": [{"segment": {"id": 1, "name": "Shop"}, "when": when}]});
    let made = host.make("Rules.fit", vec![features(), ("params", plain(params))]);
    host.tables::<Rules>(&made);
    host.saves(&made);
    host.gets(&made, &["rules", "frozen", "segments", "columns"]);
    for verb in ["assign", "rule_of"] {
        host.ask(
            &format!("Rules.{verb}"),
            vec![("self", it(&made)), features()],
        );
    }
    let row = ("row", plain(json!(0)));
    let found = host.make("Rules.explain", vec![("self", it(&made)), features(), row]);
    host.tables::<RuleExplanation>(&found);
    host.gets(&found, &["report", "statement"]);
    for named in [vec![], vec![features()]] {
        let named = [vec![("self", it(&made))], named].concat();
        let report = host.make("Rules.validate", named);
        host.tables::<RuleReport>(&report);
        host.gets(&report, &["report", "statement"]);
    }
    let words = host.ask("Condition.statement", vec![("condition", plain(when))]);
    let expected = "spend at least its quantile 0.5 and channel not one of web";
    assert!(matches!(words, Answer::Text(words) if words == expected));
}

fn segmentations(host: &mut Host) {
    let features = || ("features", held(numbers()));
    let day = |name| (name, plain(json!("2024-12-31")));
    let model = json!({"k_means": {"clusters": 3}});
    let params = ("params", plain(json!({"name": "sizes", "model": model})));
    let made = host.make(
        "Segmentation.fit",
        vec![features(), day("fitted_at"), params],
    );
    host.tables::<Segmentation>(&made);
    host.saves(&made);
    let getters = [
        "name",
        "version",
        "scheme",
        "fitted_at",
        "fitted_on",
        "preparation",
        "model",
    ];
    host.gets(&made, &getters);
    host.gets(&made, &["segments", "sizes", "places_of_clusters"]);
    let own = || ("self", it(&made));
    let placed = host.make("Segmentation.assign", vec![own(), features(), day("as_of")]);
    host.tables::<Placements>(&placed);
    let (customers, _) = Customers::from_ints(&[1, 2, 3, 4, 5, 6, 7, 8, 9]).unwrap();
    let named = vec![("self", it(&placed)), ("customers", held(customers))];
    let Answer::Table(batch) = host.ask("Placements.table_of", named) else {
        panic!("no table");
    };
    assert_eq!(batch.schema().field(0).name(), "customer");
    host.gets(
        &placed,
        &["len", "assignments", "costs", "margins", "novel"],
    );
    let limits = ("limits", plain(json!({"at_least": 3})));
    host.ask(
        "Segmentation.assign_within",
        vec![own(), features(), day("as_of"), limits],
    );
    let row = || ("row", plain(json!(0)));
    let found = host.make("Segmentation.explain", vec![own(), features(), row()]);
    host.tables::<SegmentExplanation>(&found);
    host.gets(&found, &["report"]);
    let id = get::<SegmentExplanation>(&found).segment.unwrap().id.0;
    let other = ("other", plain(json!(if id == 1 { 2 } else { 1 })));
    let found = host.make(
        "Segmentation.explain_against",
        vec![own(), features(), row(), other],
    );
    assert!(get::<SegmentExplanation>(&found).segment.is_some());
    let names = json!([{"id": 1, "name": "One", "rule": null, "reasons": []}]);
    host.make(
        "Segmentation.rename_all",
        vec![own(), ("names", plain(names))],
    );
    let named = vec![
        own(),
        ("id", plain(json!(2))),
        ("name", plain(json!("Two"))),
    ];
    let renamed = host.make("Segmentation.rename", named);
    assert_eq!(get::<Segmentation>(&renamed).segments()[1].name, "Two");
    fitted_models(host, &made);

    let params = ("params", plain(json!({"resamples": 3})));
    let named = vec![
        ("segmentation", it(&made)),
        features(),
        ("model", plain(json!({"k_means": {"clusters": 3}}))),
        params,
    ];
    host.make("Stability.evaluate_segmentation", named);
}

/// Models and preparations that are objects.
fn fitted_models(host: &mut Host, made: &Object) {
    let features = || ("features", held(numbers()));
    let day = |name| (name, plain(json!("2024-12-31")));
    let preparation = get::<Segmentation>(made).preparation().unwrap().clone();
    let mixture = json!({"name": "m", "model": {"gaussian_mixture": {"clusters": 2, "covariance": "diagonal"}}});
    let named = vec![
        features(),
        day("fitted_at"),
        ("params", plain(mixture)),
        ("preparation", held(preparation)),
    ];
    let mixed = host.make("Segmentation.fit", named);
    let shares = host.ask(
        "Segmentation.membership",
        vec![("self", it(&mixed)), features()],
    );
    assert!(matches!(shares, Answer::Table(shares) if shares.num_columns() == 2));
    let shares = host.ask(
        "Segmentation.membership",
        vec![("self", it(made)), features()],
    );
    assert!(matches!(shares, Answer::Nothing));

    let product = host.make(
        "SegmentProduct.new",
        vec![("first", it(made)), ("second", it(&mixed))],
    );
    host.gets(&product, &["first", "second"]);
    let name = || ("params", plain(json!({"name": "both", "novelty": 0.9})));
    let mut fit = |model: Vec<(&'static str, Argument)>| {
        let named = [vec![features(), day("fitted_at"), name()], model].concat();
        host.attempt("Segmentation.fit", named)
    };
    assert!(fit(vec![("model", it(&product))]).is_ok());
    assert!(fit(vec![("model", it(made))]).is_err());
    assert!(fit(vec![]).is_err());

    let log = crate::data::Transactions::builder(crate::data::Currency::EUR)
        .int_keys(&[1, 2, 3, 3])
        .days(vec![0, 10, 20, 25])
        .amounts(vec![100, 300, 200, 100])
        .build()
        .unwrap();
    let summary = SummaryState::new(&log).unwrap();
    let summary = summary.summary(date_of_day(30).unwrap()).unwrap();
    let rfm = RfmParams::default().bins(2, 2, 2).fit(&summary).unwrap();
    let map = SegmentMap::standard([2, 2, 2]).unwrap();
    let columns = ("columns", plain(json!(["visits", "visits", "spend"])));
    let named = vec![("rfm", held(rfm)), ("map", held(map)), columns];
    let grid = host.make("RfmGrid.new", named);
    host.tables::<RfmGrid>(&grid);
    host.saves(&grid);
    host.gets(&grid, &["segments"]);
    host.ask("RfmGrid.assign", vec![("self", it(&grid)), features()]);
}

fn validity(host: &mut Host) {
    let features = || ("features", held(numbers()));
    let both = || vec![("first", labels()), ("second", labels())];
    let assigned = || vec![("first", held(groups())), ("second", held(groups()))];
    for kind in ["Contingency", "Agreement"] {
        host.ask(&format!("{kind}.of_labels"), both());
        host.ask(&format!("{kind}.of_assignments"), assigned());
    }
    let made = host.make("Contingency.of_labels", both());
    host.tables::<Contingency>(&made);
    host.gets(&made, &["agreement", "rows", "left_out"]);
    let cell = [("first", plain(json!(0))), ("second", plain(json!(0)))];
    host.ask(
        "Contingency.count",
        [vec![("self", it(&made))], cell.to_vec()].concat(),
    );
    let states = Argument::List(vec![it(&made), it(&made)]);
    let merged = host.make("Contingency.merge", vec![("states", states)]);
    assert_eq!(get::<Contingency>(&merged).rows(), 18);

    let labels = || ("labels", labels());
    let made = host.make("Silhouette.evaluate", vec![features(), labels()]);
    host.tables::<Silhouette>(&made);
    host.gets(&made, &["mean", "rows", "compared", "values"]);
    let distances = table(&[
        ("a", &[0.0, 1.0, 5.0]),
        ("b", &[1.0, 0.0, 4.0]),
        ("c", &[5.0, 4.0, 0.0]),
    ]);
    let two = ("labels", plain(json!([0, 0, null])));
    let named = vec![("distances", distances.clone()), two];
    assert!(
        host.attempt("Silhouette.evaluate_distances", named)
            .is_err(),
        "one cluster"
    );
    let two = ("labels", plain(json!([0, 0, 1])));
    host.make(
        "Silhouette.evaluate_distances",
        vec![("distances", distances), two],
    );
    host.ask("Silhouette.params", vec![]);
    let made = host.make("Dispersion.of_labels", vec![features(), labels()]);
    host.tables::<Dispersion>(&made);
    let getters = [
        "within",
        "between",
        "total",
        "rows",
        "explained",
        "calinski_harabasz",
    ];
    host.gets(&made, &getters);
    host.gets(&made, &["davies_bouldin"]);
}

fn numbers_of_clusters(host: &mut Host) {
    let features = || ("features", held(numbers()));
    let model = ("model", plain(json!({"k_means": {"clusters": 3}})));
    let params = ("params", plain(json!({"resamples": 3})));
    let made = host.make("Stability.evaluate", vec![features(), model, params]);
    host.tables::<Stability>(&made);
    host.gets(
        &made,
        &["resamples", "failed", "adjusted_rand", "least_jaccard"],
    );
    host.ask("Stability.params", vec![]);
    host.ask(
        "StabilityVerdict.of",
        vec![("mean_jaccard", plain(json!(0.9)))],
    );
    for (verdicts, verdict) in [
        ("StabilityVerdict", "stable"),
        ("MixtureVerdict", "unsound"),
    ] {
        let named = vec![("verdict", plain(json!(verdict)))];
        host.ask(&format!("{verdicts}.statement"), named);
    }
    let params = json!({"first": 1, "last": 3, "resamples": 3, "splits": 3, "references": 3});
    let made = host.make(
        "Panel.evaluate",
        vec![features(), ("params", plain(params))],
    );
    host.tables::<Panel>(&made);
    host.gets(&made, &["recommendation", "warnings"]);
    host.ask(
        "Panel.row",
        vec![("self", it(&made)), ("k", plain(json!(2)))],
    );
    let index = || ("index", plain(json!("silhouette")));
    host.ask("Panel.preferred", vec![("self", it(&made)), index()]);
    host.ask("PanelIndex.name", vec![index()]);
}

fn profiles(host: &mut Host) {
    let both = || vec![("features", held(mixed())), ("assignments", held(groups()))];
    let inputs = [
        ("revenue", plain(json!([1, 1, 1, 1, 1, 1, 1, 1, 1]))),
        ("exemplars_in", held(numbers())),
    ];
    let made = host.make("Profiles.profile", [both(), inputs.to_vec()].concat());
    host.tables::<Profiles>(&made);
    host.gets(&made, &["population", "unassigned", "report"]);
    host.ask(
        "Profiles.segment",
        vec![("self", it(&made)), ("id", plain(json!(1)))],
    );
    host.ask("Profiles.params", vec![]);
    host.ask("NamingRules.params", vec![]);
    let rules = json!({"rules": [{"when": [["spend", "high"]], "name": "Spends"}]});
    let named = vec![("profiles", it(&made)), ("params", plain(rules))];
    let Answer::List(names) = host.ask("NamingRules.propose", named) else {
        panic!("no list");
    };
    assert_eq!(names.len(), 3);
    host.ask("NamingLevel.word", vec![("level", plain(json!("mid")))]);
    let params = ("params", plain(json!({"max_leaves": 3})));
    let made = host.make("Surrogate.fit", [both(), vec![params]].concat());
    host.tables::<Surrogate>(&made);
    host.saves(&made);
    host.gets(&made, &["fidelity", "by_segment", "leaves"]);
    host.ask("Surrogate.params", vec![]);
    let features = || ("features", held(mixed()));
    host.ask("Surrogate.assign", vec![("self", it(&made)), features()]);
    let row = ("row", plain(json!(0)));
    let found = host.make(
        "Surrogate.explain_one",
        vec![("self", it(&made)), features(), row],
    );
    host.tables::<SurrogateExplanation>(&found);
    host.gets(&found, &["report", "statement", "number"]);
}

#[test]
fn null_is_no_cluster_and_errors_name_rows() {
    let host = &mut Host::default();
    let first = plain(json!([0, null, 1]));
    let named = vec![("first", first), ("second", plain(json!([5, 5, 7])))];
    let made = host.make("Contingency.of_labels", named);
    let table = get::<Contingency>(&made);
    assert_eq!((table.rows(), table.left_out()), (2, 1));

    let gaps: &[(&str, &[f64])] = &[("x", &[1.0, f64::NAN, 3.0])];
    let gaps = Features::from_columns(gaps, MissingValues::Keep).unwrap();
    let params = ("params", plain(json!({"clusters": 2})));
    let error = host.attempt("KMeans.fit", vec![("features", held(gaps)), params]);
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidValue);
    assert!(error.to_string().starts_with("column x, row 1"), "{error}");

    let error = host
        .attempt("KMeans.fit", vec![("rows", plain(json!(1)))])
        .unwrap_err();
    assert!(
        error.to_string().contains("one of: features, params"),
        "{error}"
    );
}
