#![expect(
    clippy::float_cmp,
    clippy::print_stderr,
    reason = "exact by construction; a test that cannot run says so"
)]

use proptest::prelude::*;

use super::*;
use crate::{
    Error, ErrorKind,
    data::{Categories, Features, MissingValues},
    persist,
};

fn iris() -> Features {
    let text = include_str!("../../../tests/golden/segmentation/iris.csv");
    table(text, 0..4)
}

fn wholesale() -> Option<Features> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/wholesale.csv");
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("NOT RUN: {path} is not there");
        return None;
    };
    Some(table(&text, 2..8))
}

fn table(text: &str, columns: std::ops::Range<usize>) -> Features {
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    let column = |at: usize| rows.iter().map(|row| row[at].parse().unwrap()).collect();
    let values: Vec<(&str, Vec<f64>)> = columns.map(|at| (names[at], column(at))).collect();
    let values: Vec<(&str, &[f64])> = values.iter().map(|(name, v)| (*name, &v[..])).collect();
    Features::from_columns(&values, MissingValues::Refuse).unwrap()
}

fn one(values: &[f64]) -> Features {
    Features::from_columns(&[("x", values)], MissingValues::Keep).unwrap()
}

fn by(params: ColumnParams, features: &Features) -> crate::Result<Preparation> {
    PreparationParams::default().all(params).fit(features)
}

fn transformed(transform: Transform) -> ColumnParams {
    ColumnParams::default().transform(transform)
}

fn scaled(scale: Scale) -> ColumnParams {
    ColumnParams::default().scale(scale)
}

fn refusal(params: ColumnParams, values: &[f64]) -> (ErrorKind, String) {
    let error = by(params, &one(values)).unwrap_err();
    (error.kind(), error.to_string())
}

fn lambdas(transform: Transform, features: &Features) -> Vec<f64> {
    let preparation = by(transformed(transform), features).unwrap();
    let lambda = |column: &ColumnReport| column.lambda.unwrap();
    preparation.report().columns.iter().map(lambda).collect()
}

fn close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!(
            (found - expected).abs() <= tolerance,
            "{at}: {found} {expected}"
        );
    }
}

/// Rows 0 and 77 one after the other.
fn two_rows(params: ColumnParams, features: &Features) -> Vec<f64> {
    let prepared = by(params, features).unwrap().apply(features).unwrap();
    let view = prepared.features().view();
    view.row(0).iter().chain(view.row(77)).copied().collect()
}

#[test]
fn powers_of_iris_against_a_fit_in_high_precision() {
    // Computed with more than 20 digits; scipy 1.17 agrees to 7 digits, as far as its search in
    // the flat likelihood goes.
    let box_cox = [-0.1447509052, 0.2810114007, 0.9312837718, 0.6433690728];
    close(&lambdas(Transform::BoxCox, &iris()), &box_cox, 2e-10);
    let yeo_johnson = [-0.3212234132, 0.0390755951, 1.0932181300, 0.8404842009];
    close(
        &lambdas(Transform::YeoJohnson, &iris()),
        &yeo_johnson,
        2e-10,
    );
}

#[test]
fn powers_medians_and_ranges_of_wholesale() {
    let Some(wholesale) = wholesale() else { return };
    // scipy 1.17 by scikit-learn 1.9.1 PowerTransformer, good to 1e-6.
    let box_cox = [
        0.295321661229615,
        0.066934842778903,
        0.128025016693875,
        0.089493747091849,
        0.06142510982883,
        0.190981080858483,
    ];
    let found = lambdas(Transform::BoxCox, &wholesale);
    close(&found, &box_cox, 1e-6);
    // In high precision.
    assert!((found[0] - 0.295321645).abs() < 1e-9, "{found:?}");
    let yeo_johnson = [
        0.294391240983197,
        0.066269469329339,
        0.123742122805317,
        0.087979964354814,
        0.055398830695179,
        0.185411053343687,
    ];
    let found = lambdas(Transform::YeoJohnson, &wholesale);
    close(&found, &yeo_johnson, 1e-6);
    assert!((found[0] - 0.294391215).abs() < 1e-9, "{found:?}");

    let robust = by(scaled(Scale::Robust), &wholesale).unwrap();
    let columns = &robust.report().columns;
    let medians: Vec<f64> = columns.iter().map(|column| column.centre).collect();
    close(
        &medians,
        &[8504.0, 3627.0, 4755.5, 1526.0, 816.5, 965.5],
        0.0,
    );
    let ranges: Vec<f64> = columns.iter().map(|column| column.scale).collect();
    close(
        &ranges,
        &[13806.0, 5657.25, 8502.75, 2812.0, 3665.25, 1412.0],
        0.0,
    );

    let logs = by(transformed(Transform::Ln), &wholesale).unwrap();
    // scipy 1.17: skew of the values and of their logarithms.
    let skew = |of: fn(&ColumnReport) -> f64| -> Vec<f64> {
        logs.report().columns.iter().map(of).collect()
    };
    let before = [
        2.552582687907157,
        4.039922122788574,
        3.575187220080783,
        5.887825728957787,
        3.619457578311593,
        11.113533648709083,
    ];
    close(&skew(|column| column.before.skew), &before, 1e-12);
    let after = [
        -1.624123526379801,
        -0.226166629321632,
        -0.737137558126622,
        -0.359574358444938,
        -0.271203829733137,
        -1.173154313628256,
    ];
    close(&skew(|column| column.after.skew), &after, 1e-12);
    let raw = by(ColumnParams::default(), &wholesale).unwrap();
    assert_eq!(raw.report().warnings.len(), 6, "every column is skewed");
    assert!(logs.report().warnings.is_empty());
}

#[test]
fn scales_of_iris_against_scikit_learn() {
    // scikit-learn 1.9.1: StandardScaler, RobustScaler, MinMaxScaler, PowerTransformer.
    let z = [
        -0.90068117029781,
        1.019004351971607,
        -1.340226526622764,
        -1.315444295007741,
        1.038004756800611,
        -0.131979479321626,
        0.705920842266949,
        0.659038469346772,
    ];
    close(&two_rows(scaled(Scale::ZScore), &iris()), &z, 1e-13);
    let robust = [
        -0.538461538461538,
        1.0,
        -0.842857142857143,
        -0.733333333333333,
        0.692307692307692,
        0.0,
        0.185714285714286,
        0.266666666666667,
    ];
    close(&two_rows(scaled(Scale::Robust), &iris()), &robust, 1e-14);
    let range = [
        0.222222222222222,
        0.625,
        0.067796610169492,
        0.041666666666667,
        0.666666666666667,
        0.416666666666667,
        0.677966101694915,
        0.666666666666667,
    ];
    close(&two_rows(scaled(Scale::MinMax), &iris()), &range, 1e-14);
    let box_cox = [
        -0.894742198028995,
        1.021729364106515,
        -1.347656651043867,
        -1.389716256195936,
        1.042035295159947,
        -0.081946507504156,
        0.709926045926555,
        0.697962673904716,
    ];
    close(
        &two_rows(transformed(Transform::BoxCox), &iris()),
        &box_cox,
        1e-6,
    );
    let yeo_johnson = [
        -0.895689557026205,
        1.022908123202809,
        -1.332305899156829,
        -1.33226631934116,
        1.042781760030695,
        -0.081917248400806,
        0.701203919654585,
        0.670688927597786,
    ];
    close(
        &two_rows(transformed(Transform::YeoJohnson), &iris()),
        &yeo_johnson,
        1e-6,
    );
}

#[test]
fn ranks_are_shares_with_ties_halved() {
    let params = transformed(Transform::QuantileRank).scale(Scale::None);
    let ranks = by(params, &one(&[10.0, 20.0, 20.0, 40.0])).unwrap();
    let at = |x: f64| ranks.apply(&one(&[x])).unwrap().features().view()[(0, 0)];
    for (x, share) in [(10.0, 0.125), (20.0, 0.5), (40.0, 0.875), (15.0, 0.3125)] {
        assert!((at(x) - share).abs() < 1e-15, "{x}");
    }
    assert_eq!((at(-1e9), at(1e9)), (0.125, 0.875));
    assert_eq!(ranks.restore(&[0.3125]).unwrap(), [15.0]);
}

#[test]
fn what_cannot_be_scaled_is_refused_with_a_remedy() {
    let (kind, message) = refusal(ColumnParams::default(), &[3.0, 3.0]);
    assert_eq!(kind, ErrorKind::Degenerate);
    assert!(message.contains("column x is 3 for all rows") && message.contains("leave it out"));
    for transform in [Transform::BoxCox, Transform::YeoJohnson] {
        let params = transformed(transform).scale(Scale::None);
        assert_eq!(refusal(params, &[3.0, 3.0]).0, ErrorKind::Degenerate);
    }
    let (kind, message) = refusal(scaled(Scale::Robust), &[1.0, 1.0, 1.0, 1.0, 9.0]);
    assert_eq!(kind, ErrorKind::Degenerate);
    assert!(message.contains("z-score"), "{message}");
    let allowed = by(scaled(Scale::None), &one(&[3.0, 3.0])).unwrap();
    assert!(allowed.report().columns[0].constant);
    let constant = &allowed.report().warnings[0];
    assert!(
        constant.to_string().starts_with("x is 3 for all"),
        "{constant}"
    );
}

#[test]
fn a_power_at_the_edge_is_refused() {
    // Years lie far from 0 for their spread, most of them late.
    let years = [
        2001.0, 2015.0, 2019.0, 2020.0, 2021.0, 2021.0, 2022.0, 2022.0,
    ];
    let (kind, message) = refusal(transformed(Transform::BoxCox), &years);
    assert_eq!(kind, ErrorKind::Degenerate);
    assert!(message.contains("subtract"), "{message}");
}

#[test]
fn values_that_a_transform_is_not_made_for_are_named_or_clamped() {
    for (transform, value, what) in [
        (Transform::Ln, 0.0, "0 has no logarithm"),
        (Transform::Log1p, -1.0, "-1 has no log1p"),
        (Transform::BoxCox, -2.0, "-2 has no Box-Cox power"),
    ] {
        let params = transformed(transform);
        let values = [5.0, 2.0, value, 9.0];
        let (kind, message) = refusal(params, &values);
        assert_eq!(kind, ErrorKind::InvalidValue);
        assert!(
            message.contains("column x, row 2") && message.contains(what),
            "{message}"
        );
        // Frozen, the same is said of a later row.
        let fitted = by(params, &one(&[5.0, 2.0, 9.0])).unwrap();
        let later = fitted.apply(&one(&[5.0, value])).unwrap_err().to_string();
        assert!(later.contains("row 1") && later.contains(what), "{later}");

        let clamped = by(params.outside(Outside::Clamp), &one(&values)).unwrap();
        assert_eq!(clamped.report().columns[0].clamped, 0.25);
        let prepared = clamped.apply(&one(&[value, 2.0])).unwrap();
        let view = prepared.features().view();
        assert_eq!(view[(0, 0)].to_bits(), view[(1, 0)].to_bits());
        assert_eq!(
            refusal(params.outside(Outside::Clamp), &[value]).0,
            ErrorKind::Degenerate
        );
    }
}

#[test]
fn clamping_holds_for_later_rows_if_there_was_nothing_to_clamp_at_the_fit() {
    let params = transformed(Transform::Ln).outside(Outside::Clamp);
    let fitted = by(params, &one(&[5.0, 2.0, 9.0])).unwrap();
    let prepared = fitted.apply(&one(&[0.0, 2.0])).unwrap();
    let view = prepared.features().view();
    assert_eq!(view[(0, 0)].to_bits(), view[(1, 0)].to_bits());
}

#[test]
fn missing_values_by_each_policy() {
    let nan = f64::NAN;
    let values = [4.0, nan, 8.0, 6.0];
    let (kind, message) = refusal(ColumnParams::default(), &values);
    assert_eq!(kind, ErrorKind::InvalidValue);
    assert!(
        message.contains("row 1") && message.contains("missing"),
        "{message}"
    );
    let prepared = |missing| {
        let params = scaled(Scale::None).missing(missing);
        let prepared = by(params, &one(&values))
            .unwrap()
            .apply(&one(&values))
            .unwrap();
        prepared
            .features()
            .view()
            .iter()
            .copied()
            .collect::<Vec<_>>()
    };
    assert_eq!(prepared(Missing::Median), [4.0, 6.0, 8.0, 6.0]);
    assert_eq!(prepared(Missing::Constant(-1.0)), [4.0, -1.0, 8.0, 6.0]);
    let marked = [4.0, 0.0, 6.0, 1.0, 8.0, 0.0, 6.0, 0.0];
    assert_eq!(prepared(Missing::IndicatorAndMedian), marked);
    assert_eq!(prepared(Missing::OwnSegment), [4.0, 0.0, 8.0, 6.0]);

    let indicator = ColumnParams::default()
        .missing(Missing::IndicatorAndMedian)
        .weight(9.0);
    let fitted = by(indicator, &one(&values)).unwrap();
    let prepared = fitted.apply(&one(&values)).unwrap();
    assert_eq!(
        prepared.features().view()[(1, 1)],
        3.0,
        "the root of the weight"
    );
    assert_eq!(fitted.source_of(1), Some("x"));
    close(&fitted.restore(&[0.0, 1.5]).unwrap(), &[6.0, 0.5], 1e-12);
    // Ranks do not take a missing value for a small one.
    let ranks = by(transformed(Transform::QuantileRank), &one(&[1.0, 2.0])).unwrap();
    assert!(ranks.apply(&one(&[nan])).is_err());
    // Winsorising neither.
    let clipped = by(
        ColumnParams::default().winsorise(0.1, 0.9),
        &one(&[1.0, 2.0]),
    )
    .unwrap();
    assert!(clipped.apply(&one(&[nan])).is_err());
}

#[test]
fn rows_set_apart_take_no_part() {
    let nan = f64::NAN;
    let columns: &[(&str, &[f64])] = &[
        ("a", &[1.0, nan, 3.0, 1e9]),
        ("b", &[5.0, -7.0, 9.0, nan]),
        ("c", &[2.0, nan, 4.0, 0.0]),
    ];
    let features = Features::from_columns(columns, MissingValues::Keep).unwrap();
    let apart = ColumnParams::default().missing(Missing::OwnSegment);
    let params = PreparationParams::default()
        .all(transformed(Transform::Ln))
        .column("a", apart)
        .column("b", apart);
    let fitted = params.fit(&features).unwrap();
    assert_eq!(fitted.report().set_apart, 2);
    assert_eq!(fitted.report().columns[0].before.max, 3.0);
    let prepared = fitted.apply(&features).unwrap();
    assert_eq!(prepared.set_apart(), Some(&[u32::MAX, 0, u32::MAX, 1][..]));
    assert_eq!(prepared.set_apart_count(), 2);
    for row in [1, 3] {
        assert_eq!(prepared.features().view().row(row).to_vec(), [0.0; 3]);
    }
    close(
        &prepared.features().view().column(0).to_vec(),
        &[-1.0, 0.0, 1.0, 0.0],
        1e-15,
    );
}

#[test]
fn huge_values_are_scaled_or_refused() {
    let huge = [1e300, -1e300, 3e299, 0.0];
    for scale in [Scale::ZScore, Scale::Robust, Scale::MinMax] {
        let fitted = by(scaled(scale), &one(&huge)).unwrap();
        let prepared = fitted.apply(&one(&huge)).unwrap();
        assert!(
            prepared.features().view().iter().all(|x| x.abs() < 3.0),
            "{scale:?}"
        );
    }
    let (kind, message) = refusal(scaled(Scale::None), &huge);
    assert_eq!(kind, ErrorKind::Overflow);
    assert!(
        message.contains("column x") && message.contains("logarithm"),
        "{message}"
    );
    let fitted = by(ColumnParams::default(), &one(&[1.0, 2.0])).unwrap();
    let error = fitted.apply(&one(&[1.0, 1e300])).unwrap_err().to_string();
    assert!(
        error.contains("row 1") && error.contains("2e300"),
        "{error}"
    );
    for transform in [Transform::YeoJohnson, Transform::QuantileRank] {
        // Either way nothing that is not a number comes out.
        if let Ok(prepared) =
            by(transformed(transform), &one(&huge)).and_then(|fitted| fitted.apply(&one(&huge)))
        {
            assert!(prepared.features().view().iter().all(|x| x.is_finite()));
        }
    }
    let ends = [f64::MAX, f64::MIN, 0.0];
    for scale in [Scale::None, Scale::ZScore, Scale::Robust, Scale::MinMax] {
        if let Ok(prepared) =
            by(scaled(scale), &one(&ends)).and_then(|fitted| fitted.apply(&one(&ends)))
        {
            assert!(prepared.features().view().iter().all(|x| x.is_finite()));
        }
    }
}

#[test]
fn parameters_out_of_range_are_refused_before_any_work() {
    let params = |params: ColumnParams| refusal(params, &[1.0, 2.0]);
    for bad in [
        ColumnParams::default().weight(0.0),
        ColumnParams::default().weight(f64::NAN),
        ColumnParams::default().winsorise(0.9, 0.1),
        ColumnParams::default().winsorise(f64::NAN, 0.1),
        ColumnParams::default().missing(Missing::Constant(f64::INFINITY)),
    ] {
        assert_eq!(params(bad).0, ErrorKind::InvalidParameter);
    }
    let fit = |params: PreparationParams| params.fit(&one(&[1.0, 2.0])).unwrap_err().to_string();
    let base = PreparationParams::default;
    let error = fit(base().column("y", ColumnParams::default()));
    assert_eq!(
        error,
        "column is y, expected the name of a numeric column; there are x"
    );
    let error = fit(base().category("x", CategoryParams::default()));
    assert!(error.ends_with("category column; there is none"), "{error}");
    let native = CategoryParams::default()
        .encoding(Encoding::Native)
        .weight(2.0);
    assert!(fit(base().all_categories(native)).contains("give the weight of categories"));
    let nothing = Features::from_columns(&[], MissingValues::Refuse).unwrap();
    assert_eq!(
        base().fit(&nothing).unwrap_err().kind(),
        ErrorKind::NotEnoughData
    );
    assert_eq!(
        base().fit(&one(&[])).unwrap_err().kind(),
        ErrorKind::NotEnoughData
    );
    let gaps = ColumnParams::default().missing(Missing::Median);
    assert_eq!(
        by(gaps, &one(&[f64::NAN])).unwrap_err().kind(),
        ErrorKind::NotEnoughData
    );
}

fn channels(labels: &[&str]) -> Features {
    let channels = Categories::new(labels).unwrap();
    Features::from_columns(&[], MissingValues::Refuse)
        .unwrap()
        .with_categories("channel", channels)
        .unwrap()
}

fn encoded(params: CategoryParams, labels: &[&str]) -> crate::Result<Preparation> {
    PreparationParams::default()
        .all_categories(params)
        .fit(&channels(labels))
}

#[test]
fn categories_by_each_policy() {
    let base = CategoryParams::default;
    let plain = encoded(base().weight(4.0), &["web", "shop", "web"]).unwrap();
    assert_eq!(plain.names(), ["channel=shop", "channel=web"]);
    let prepared = plain.apply(&channels(&["web", "shop"])).unwrap();
    let values: Vec<f64> = prepared.features().view().iter().copied().collect();
    assert_eq!(values, [0.0, 2.0, 2.0, 0.0]);
    assert_eq!(plain.restore(&[0.5, 1.5]).unwrap(), [0.25, 0.75]);
    let error = plain
        .apply(&channels(&["web", "phone"]))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("row 1") && error.contains("phone"),
        "{error}"
    );
    let error = encoded(base(), &["web", ""]).unwrap_err().to_string();
    assert!(
        error.contains("row 1") && error.contains("missing"),
        "{error}"
    );

    let native = base()
        .encoding(Encoding::Native)
        .missing(MissingCategory::OwnLevel)
        .unknown(UnknownCategory::AllZero);
    let carried = encoded(native, &["web", "", "shop"]).unwrap();
    assert!(carried.names().is_empty());
    let prepared = carried.apply(&channels(&["", "phone"])).unwrap();
    let column = prepared.features().categories("channel").unwrap();
    assert_eq!(
        (column.label(0), column.label(1)),
        (Some("(missing)"), Some("phone"))
    );
    assert_eq!(prepared.features().len(), 2);
    assert!(encoded(native, &["web", "(missing)"]).is_err());

    let many: Vec<String> = (0..1_001).map(|level| level.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let error = encoded(base(), &many).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overflow);
    assert!(error.to_string().contains("group the rare ones"));
    assert!(encoded(base(), &many[1..]).is_ok());
    let alone = encoded(base(), &["web"]).unwrap();
    assert!(
        alone.report().warnings[0]
            .to_string()
            .starts_with("channel has one level")
    );
}

#[test]
fn columns_are_found_by_name() {
    let fitted = by(transformed(Transform::Log1p), &iris()).unwrap();
    let features = iris();
    let expected = fitted.apply(&features).unwrap();
    let names = [
        "petal_width",
        "extra",
        "sepal_width",
        "sepal_length",
        "petal_length",
    ];
    let column = |name: &str| features.column(name).map(|column| column.to_vec());
    let columns: Vec<Vec<f64>> = (names.iter())
        .map(|name| column(name).unwrap_or_else(|| vec![f64::NAN; 150]))
        .collect();
    let columns: Vec<(&str, &[f64])> = names
        .iter()
        .copied()
        .zip(columns.iter().map(Vec::as_slice))
        .collect();
    let other = Features::from_columns(&columns, MissingValues::Keep).unwrap();
    assert_eq!(fitted.apply(&other).unwrap(), expected);
    let error = fitted.apply(&one(&[1.0])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::VersionMismatch);
    assert!(error.to_string().contains("sepal_length"), "{error}");
    assert!(fitted.restore(&[1.0]).is_err() && fitted.restore(&[f64::NAN; 4]).is_err());
}

#[test]
fn names_that_would_be_taken_twice_are_refused() {
    let features = Features::from_columns(&[("a=b", &[1.0, 2.0])], MissingValues::Refuse).unwrap();
    let features = features
        .with_categories("a", Categories::new(&["b", "c"]).unwrap())
        .unwrap();
    let error = PreparationParams::default()
        .fit(&features)
        .unwrap_err()
        .to_string();
    assert!(error.contains("a=b") && error.contains("rename"), "{error}");
}

#[test]
fn warnings_say_which_transform_fits() {
    let skewed = |shift: f64| {
        let mut values = vec![shift; 40];
        values.extend([shift + 1.0, shift + 900.0]);
        let fitted = by(ColumnParams::default(), &one(&values)).unwrap();
        fitted.report().warnings[0].to_string()
    };
    assert!(skewed(1.0).contains("ln (all values are above 0)"));
    assert!(skewed(0.0).contains("log1p"));
    assert!(skewed(-1.0).contains("Yeo-Johnson"));
    let mut values = vec![f64::NAN; 6];
    values.extend([0.0, 1.0, 1.0]);
    let params = ColumnParams::default()
        .missing(Missing::Median)
        .winsorise(0.0, 0.95);
    let told = by(params, &one(&values)).unwrap().report().clone();
    assert_eq!((told.columns[0].rows, told.columns[0].missing), (9, 6));
    let said: Vec<String> = told.warnings.iter().map(ToString::to_string).collect();
    assert!(
        said[0].contains("two values") && said[1].contains("66.7 %"),
        "{said:?}"
    );
}

#[test]
fn forged_files_are_refused() {
    let features = one(&[1.0, 2.0, 4.0]);
    let params = transformed(Transform::QuantileRank)
        .winsorise(0.0, 0.9)
        .missing(Missing::Median);
    let text = persist::to_json(&by(params, &features).unwrap()).unwrap();
    for (from, to) in [
        ("\"root\":1.0", "\"root\":0.0"),
        ("\"missing\":\"median\"", "\"missing\":\"refuse\""),
        ("\"values\":[1.0,", "\"values\":[9.0,"),
        ("\"columns\"", "\"colums\""),
    ] {
        assert!(text.contains(from), "{text}");
        let forged = text.replacen(from, to, 1);
        let error = persist::from_json::<Preparation>(&forged).unwrap_err();
        assert!(matches!(error, Error::ModelFormat { .. }), "{from}");
    }
}

const TRANSFORMS: [Transform; 6] = [
    Transform::None,
    Transform::Ln,
    Transform::Log1p,
    Transform::BoxCox,
    Transform::YeoJohnson,
    Transform::QuantileRank,
];

const SCALES: [Scale; 4] = [Scale::None, Scale::ZScore, Scale::Robust, Scale::MinMax];

fn bits(features: &Features) -> Vec<u64> {
    features.view().iter().map(|x| x.to_bits()).collect()
}

proptest! {
    #[test]
    fn what_is_prepared_can_be_restored(
        values in proptest::collection::vec(0.5..50.0_f64, 4..40),
        transform in 0..6_usize,
        scale in 0..4_usize,
        weight in 0.1..9.0_f64,
    ) {
        let params = transformed(TRANSFORMS[transform]).scale(SCALES[scale]).weight(weight);
        let Ok(fitted) = by(params, &one(&values)) else { return Ok(()) };
        let flat = fitted.report().columns[0].lambda.is_some_and(|l| l.abs() > 2.5);
        prop_assume!(!flat);
        let prepared = fitted.apply(&one(&values)).unwrap();
        for (&x, y) in values.iter().zip(prepared.features().view()) {
            let back = fitted.restore(&[*y]).unwrap()[0];
            prop_assert!((back - x).abs() <= 1e-9 * x, "{} {} {:?}", x, back, fitted);
        }
    }

    #[test]
    fn a_weight_of_two_is_two_rows_and_order_does_not_matter(
        rows in proptest::collection::vec((0.5..50.0_f64, 0_u8..4), 4..30),
        transform in 0..6_usize,
        scale in 0..4_usize,
    ) {
        let params = transformed(TRANSFORMS[transform])
            .scale(SCALES[scale])
            .winsorise(0.05, 0.9);
        let values: Vec<f64> = rows.iter().map(|row| row.0).collect();
        let weights: Vec<f64> = rows.iter().map(|row| f64::from(row.1)).collect();
        prop_assume!(weights.iter().any(|&weight| weight > 0.0));
        let copies: Vec<f64> = (rows.iter().rev())
            .flat_map(|row| vec![row.0; usize::from(row.1)])
            .collect();
        let weighted = by(params, &one(&values).with_weights(&weights).unwrap());
        let copied = by(params, &one(&copies));
        match (weighted, copied) {
            (Ok(weighted), Ok(copied)) => {
                let [a, b] = [weighted, copied].map(|fitted| fitted.apply(&one(&values)).unwrap());
                prop_assert_eq!(bits(a.features()), bits(b.features()));
            }
            (Err(a), Err(b)) => prop_assert_eq!(a.to_string(), b.to_string()),
            (a, b) => prop_assert!(false, "{:?} {:?}", a, b),
        }
    }

    #[test]
    fn frozen_means_the_same_bits_alone_in_a_batch_and_after_reading(
        values in proptest::collection::vec(0.5..50.0_f64, 4..40),
        transform in 0..6_usize,
        times in 1..900_usize,
    ) {
        let params = transformed(TRANSFORMS[transform]).weight(3.0);
        let Ok(fitted) = by(params, &one(&values)) else { return Ok(()) };
        let read: Preparation = persist::from_json(&persist::to_json(&fitted).unwrap()).unwrap();
        prop_assert_eq!(&read, &fitted);
        let many: Vec<f64> = values.iter().copied().cycle().take(values.len() * times).collect();
        let batch = bits(fitted.apply(&one(&many)).unwrap().features());
        for (at, &x) in values.iter().enumerate() {
            let alone = bits(read.apply(&one(&[x])).unwrap().features());
            prop_assert_eq!(alone[0], batch[at]);
            prop_assert_eq!(alone[0], batch[batch.len() - values.len() + at]);
        }
    }
}

#[test]
fn the_first_bad_row_is_named_for_any_number_of_threads() {
    let rows = 40_000;
    let mut a = vec![1.0; rows];
    let mut b = vec![1.0; rows];
    (a[0], b[0]) = (2.0, 2.0);
    let columns = |a: &[f64], b: &[f64]| {
        Features::from_columns(&[("a", a), ("b", b)], MissingValues::Keep).unwrap()
    };
    let fitted = by(transformed(Transform::Ln), &columns(&a, &b)).unwrap();
    b[20_001] = -1.0;
    a[20_002] = f64::NAN;
    a[39_999] = -1.0;
    for threads in [1, 2, 3, 8] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let error = pool
            .install(|| fitted.apply(&columns(&a, &b)))
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("column b, row 20001"), "{error}");
    }
}
