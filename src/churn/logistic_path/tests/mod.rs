//! Golden numbers are of R 4.2.2 with glmnet 4.1-6 (`thresh = 1e-20`, `epsnr = 1e-14`) and, the same to
//! 1e-11, of a direct minimisation in Python (scipy 1.17.1, L-BFGS-B on the positive and negative parts of
//! the coefficients, then Newton's method on those that are not 0).

mod properties;
mod saved;
mod validation;

use self::Case::{Both, Plain, Weights};
use super::*;
use crate::{
    churn::{Folds, LogisticParams, LogisticVerdict, golden},
    data::{Categories, Features, MissingValues},
    numeric::rng::Stream,
    persist,
};

const NAMES: [&str; 7] = ["fin", "age", "race", "wexp", "mar", "paro", "prio"];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Case {
    Plain,
    Weights,
    /// Weights and offsets.
    Both,
}

/// Rossi, Berk and Lenihan (1980): 432 people released from prison; some of them were arrested again.
struct Rossi {
    features: Features,
    left: Vec<bool>,
    offset: Vec<f64>,
}

impl Rossi {
    fn new(case: Case) -> Self {
        let features = golden::features(golden::ROSSI, &NAMES);
        let arrest = golden::numbers(golden::ROSSI, "arrest");
        // i <- 0:431; w <- 1 + (i %% 3) / 2; w[i %% 7 == 0] <- 0; offset <- (i %% 5 - 2) / 4
        let weight = |row: usize| match row % 7 {
            0 => 0.0,
            _ => 1.0 + (row % 3) as f64 / 2.0,
        };
        let weights: Vec<f64> = (0..432).map(weight).collect();
        Self {
            features: match case {
                Plain => features,
                Weights | Both => features.with_weights(&weights).unwrap(),
            },
            left: arrest.iter().map(|&arrest| arrest > 0.5).collect(),
            offset: (0..432)
                .map(|row| (f64::from(row % 5) - 2.0) / 4.0)
                .collect(),
        }
    }

    fn data(&self, case: Case) -> LogisticData<'_> {
        let data = LogisticData::new(&self.features, &self.left);
        if case == Both {
            data.offset(&self.offset)
        } else {
            data
        }
    }
}

#[track_caller]
fn near(found: &[f64], want: &[f64], tolerance: f64) {
    assert_eq!(found.len(), want.len());
    for (found, want) in found.iter().zip(want) {
        assert!(
            (found - want).abs() <= tolerance * want.abs().max(1e-300),
            "{found} {want}"
        );
    }
}

/// Case, alpha, lambda, coefficients with the intercept first, and the mean deviance.
type Golden = (Case, f64, f64, [f64; 8], f64);

#[rustfmt::skip]
const GOLDEN: [Golden; 27] = [
    (Plain, 1.0, 0.05, [-0.526948757139, 0.0, -0.0245343126414, 0.0, 0.0, 0.0, 0.0, 0.0323531327534], 1.12346409084),
    (Plain, 1.0, 0.01, [0.181107316539, -0.313962149812, -0.0565666794359, 0.150073677331, -0.128640209287, -0.33002119964, 0.0, 0.086873445946], 1.08517328825),
    (Plain, 1.0, 0.0005, [0.333508367159, -0.430909435932, -0.0668270753809, 0.343033648013, -0.151218797464, -0.48167127689, -0.0825171312325, 0.10063094812], 1.08188204141),
    (Plain, 0.5, 0.05, [-0.162353374143, -0.131977346451, -0.0377043194038, 0.0, -0.104469802745, -0.101119940063, 0.0, 0.0587057165668], 1.10071388214),
    (Plain, 0.5, 0.01, [0.209698616727, -0.364344446283, -0.0592441698341, 0.237534568422, -0.149987533962, -0.398325165493, -0.0311452478632, 0.0918486283957], 1.08311168261),
    (Plain, 0.5, 0.0005, [0.335731214922, -0.433457817893, -0.0669759545218, 0.347649495777, -0.152346703545, -0.485220012127, -0.085161020489, 0.100862209994], 1.08187618766),
    (Plain, 0.0, 0.05, [0.0225645418837, -0.340166760925, -0.0485238979973, 0.246131625512, -0.204684391288, -0.388126935019, -0.066830749071, 0.0814202229592], 1.08485514243),
    (Plain, 0.0, 0.01, [0.254099400767, -0.413177383988, -0.062099951738, 0.32472421686, -0.171200302519, -0.464306385396, -0.0820037379641, 0.096340935987], 1.08207661546),
    (Plain, 0.0, 0.0005, [0.337947545886, -0.4360015994, -0.0671246875729, 0.352260847983, -0.153476968259, -0.488771037035, -0.0877997452822, 0.101093389853], 1.08187337036),
    (Weights, 1.0, 0.05, [-0.630666547367, 0.0, -0.0200091035638, 0.0, 0.0, 0.0, 0.0, 0.0404722547894], 1.13656580356),
    (Weights, 1.0, 0.01, [0.262475360982, -0.311655825306, -0.053611466713, 0.0, -0.028049711433, -0.499199389021, -0.0971759377903, 0.0964423874325], 1.09729036258),
    (Weights, 1.0, 0.0005, [0.500252258431, -0.427909431309, -0.0633609877471, 0.0973743666582, -0.0547401766417, -0.674380623046, -0.196644296873, 0.110105525164], 1.09428614815),
    (Weights, 0.5, 0.05, [-0.262627962051, -0.130593950156, -0.0351760206025, 0.0, -0.0138663143244, -0.217886626143, 0.0, 0.0690649455959], 1.11312177365),
    (Weights, 0.5, 0.01, [0.378589410545, -0.359466967344, -0.0562703171739, 0.00425656245278, -0.0555878417544, -0.569968841951, -0.144421112376, 0.100342527942], 1.0955250046),
    (Weights, 0.5, 0.0005, [0.502462435012, -0.430526480298, -0.0635112965562, 0.101950060899, -0.0560561188881, -0.677832959487, -0.199134428118, 0.110363067007], 1.09428027234),
    (Weights, 0.0, 0.05, [0.184179250531, -0.335048466686, -0.04672594558, 0.0508017578914, -0.130402766988, -0.501986703429, -0.162810702551, 0.0886459620584], 1.09736114786),
    (Weights, 0.0, 0.01, [0.422479989655, -0.409574240027, -0.0591755516338, 0.0915070308163, -0.0803079591055, -0.63424822849, -0.192237407485, 0.105308785476], 1.09448607611),
    (Weights, 0.0, 0.0005, [0.504665598673, -0.433139034021, -0.0636614090944, 0.106521002317, -0.0573736320516, -0.681287545926, -0.201620324906, 0.110620521861], 1.0942774513),
    (Both, 1.0, 0.05, [-0.654338959409, 0.0, -0.0202097530732, 0.0, 0.0, 0.0, 0.0, 0.0408219337492], 1.15996710839),
    (Both, 1.0, 0.01, [0.226316865402, -0.332936434086, -0.0533660168968, 0.0, 0.0, -0.648273463042, -0.0867569098456, 0.0993099578206], 1.11670373766),
    (Both, 1.0, 0.0005, [0.463966888616, -0.449879028334, -0.0640859035029, 0.104453808678, 0.00578425054903, -0.83971653107, -0.18937227962, 0.114077087641], 1.11367271953),
    (Both, 0.5, 0.05, [-0.285986612568, -0.148272334605, -0.0349301542443, 0.0, 0.0, -0.333376112755, 0.0, 0.0705656748448], 1.13282034696),
    (Both, 0.5, 0.01, [0.342854664913, -0.380911073491, -0.056806411218, 0.00778636738278, 0.0, -0.724391943223, -0.13631780526, 0.103982741357], 1.11496410612),
    (Both, 0.5, 0.0005, [0.466467746998, -0.452553326523, -0.0644317250015, 0.10963807068, 0.0110250503561, -0.84521453881, -0.19198733987, 0.114528956778], 1.11366314836),
    (Both, 0.0, 0.05, [0.150697767766, -0.351498101006, -0.0471877556915, 0.0540446801426, -0.0832129913564, -0.615640262553, -0.158337508647, 0.0912457082045], 1.11723680501),
    (Both, 0.0, 0.01, [0.386986964237, -0.430201637402, -0.0600822332417, 0.0983604946812, -0.0140372001513, -0.788071215355, -0.185900575679, 0.109163270999], 1.11390749816),
    (Both, 0.0, 0.0005, [0.468952936626, -0.455222493826, -0.0647763192261, 0.114811782186, 0.0162426115609, -0.850697282847, -0.1945980509, 0.114979861021], 1.11365848578),
];

#[test]
fn rossi_is_that_of_glmnet() {
    for (case, alpha, lambda, coefficients, deviance) in GOLDEN {
        let rossi = Rossi::new(case);
        let params = LogisticPathParams::new().l1_share(alpha);
        let params = params.penalties(&[0.0005, 0.01, 0.05]);
        let path = params.fit(&rossi.data(case)).unwrap();
        let at = path
            .penalties()
            .iter()
            .position(|own| own.to_bits() == lambda.to_bits());
        let at = at.unwrap();
        // Exactly 0 where 0; ten digits of the others.
        near(path.coefficients(at).unwrap(), &coefficients, 5e-11);
        near(&[path.deviances[at]], &[deviance], 1e-11);
    }
}

#[test]
fn the_share_of_deviance_explained_is_that_of_glmnet() {
    let rossi = Rossi::new(Both);
    let params = LogisticPathParams::new().penalties(&[0.05, 0.01, 0.0005]);
    let path = params.fit(&rossi.data(Both)).unwrap();
    let explained: Vec<f64> = (0..3)
        .map(|at| path.deviance_explained(at).unwrap())
        .collect();
    let want = [0.02535370043636, 0.06170514857708, 0.06425191959126];
    near(&explained, &want, 1e-11);
    // f$nulldev is the sum over weights.
    let weights: f64 = rossi.features.weights().unwrap().iter().sum();
    near(&[path.null_deviance * weights], &[661.1236599353], 1e-12);
}

#[test]
fn the_penalties_made_are_those_of_glmnet() {
    let rossi = Rossi::new(Plain);
    // lambda[c(1, 2, 50, 100)] and df[c(2, 10, 30)] of glmnet(X, y, family = "binomial", alpha = ..)
    let cases = [
        (
            1.0,
            [
                0.07926069110294,
                0.07221938975698,
                0.0008303474857644,
                7.926069110294e-06,
            ],
            [1, 4, 7],
        ),
        (
            0.5,
            [
                0.1585213822059,
                0.144438779514,
                0.001660694971529,
                1.585213822059e-05,
            ],
            [1, 4, 7],
        ),
        (
            0.0,
            [
                79.26069110294,
                72.21938975698,
                0.8303474857644,
                0.007926069110294,
            ],
            [7, 7, 7],
        ),
    ];
    for (alpha, lambda, count) in cases {
        let params = LogisticPathParams::new().l1_share(alpha);
        let path = params.fit(&rossi.data(Plain)).unwrap();
        let found = [0, 1, 49, 99].map(|at| path.penalties()[at]);
        near(&found, &lambda, 1e-11);
        assert_eq!([1, 9, 29].map(|at| path.nonzero(at).unwrap().len()), count);
        let first = path.nonzero(0).unwrap().len();
        assert_eq!(first, if alpha > 0.0 { 0 } else { 7 });
    }
    let both = Rossi::new(Both);
    let params = LogisticPathParams::new().l1_share(0.5);
    let path = params.fit(&both.data(Both)).unwrap();
    near(
        &path.penalties()[..2],
        &[0.1532478891725, 0.1396337690673],
        1e-11,
    );
}

#[test]
fn without_a_penalty_it_is_the_regression_of_r() {
    // glm(arrest ~ fin + age + race + wexp + mar + paro + prio, binomial, rossi, epsilon = 1e-15)
    let plain = [
        0.3428887786392,
        -0.4372828259317,
        -0.06742163068686,
        0.353856100826,
        -0.1523641286242,
        -0.4901521357574,
        -0.08814596774936,
        0.1013625598273,
    ];
    // the same with weights and offset
    let both = [
        0.4737239238511,
        -0.4566342466959,
        -0.06505221906208,
        0.1157738584108,
        0.01808443080066,
        -0.8543723892173,
        -0.1950903313482,
        0.1153111962153,
    ];
    for (case, want) in [(Plain, plain), (Both, both)] {
        let rossi = Rossi::new(case);
        for alpha in [0.0, 0.3, 1.0] {
            let params = LogisticPathParams::new()
                .l1_share(alpha)
                .penalties(&[0.0, 1e-14]);
            let path = params.fit(&rossi.data(case)).unwrap();
            near(path.coefficients(1).unwrap(), &want, 1e-11);
            near(path.coefficients(0).unwrap(), &want, 1e-9);
        }
    }
}

#[test]
fn an_offset_of_all_is_taken_by_the_intercept() {
    let rossi = Rossi::new(Plain);
    let params = LogisticPathParams::new().penalties(&[0.01]);
    let plain = params.fit(&rossi.data(Plain)).unwrap();
    let far = vec![1000.0; 432];
    let shifted = params.fit(&rossi.data(Plain).offset(&far)).unwrap();
    let (plain, shifted) = (
        plain.coefficients(0).unwrap(),
        shifted.coefficients(0).unwrap(),
    );
    near(&shifted[1..], &plain[1..], 1e-10);
    near(&[shifted[0]], &[plain[0] - 1000.0], 1e-12);
}

#[test]
fn levels_are_columns_and_aliased_ones_are_named() {
    let plans = ["a", "b", "c", "b", "a", "c", "b", "a"];
    let is_c: Vec<f64> = plans
        .iter()
        .map(|&plan| f64::from(u8::from(plan == "c")))
        .collect();
    let columns: [(&str, &[f64]); 3] = [
        ("constant", &[0.1; 8]),
        ("calls", &[1.0, 2.0, 5.0, 2.0, 0.0, 3.0, 1.0, 4.0]),
        ("is_c", &is_c),
    ];
    let features = Features::from_columns(&columns, MissingValues::Refuse)
        .unwrap()
        .with_categories("plan", Categories::new(&plans).unwrap())
        .unwrap()
        .with_categories("single", Categories::new(&["x"; 8]).unwrap())
        .unwrap();
    let left = [true, false, true, false, false, true, true, false];
    let path = LogisticPathParams::new()
        .fit(&LogisticData::new(&features, &left))
        .unwrap();
    assert_eq!(path.names(), ["(Intercept)", "calls", "is_c", "plan=b"]);
    assert_eq!(path.aliased(), ["constant", "plan=c", "single"]);
    assert_eq!(path.left(), 4);
}

#[test]
fn customers_are_predicted_by_the_names_of_their_columns() {
    let plans = ["a", "b", "c", "b", "a", "c", "b", "a"];
    let [calls, age] = [
        [1.0, 2.0, 5.0, 2.0, 0.0, 3.0, 1.0, 4.0],
        [31.0, 47.0, 22.0, 60.0, 35.0, 41.0, 28.0, 53.0],
    ];
    let with = |columns: &[(&str, &[f64])], plans: &[&str]| {
        let features = Features::from_columns(columns, MissingValues::Keep).unwrap();
        features
            .with_categories("plan", Categories::new(plans).unwrap())
            .unwrap()
    };
    let features = with(&[("calls", &calls), ("age", &age)], &plans);
    let left = [true, false, true, false, false, true, true, false];
    let path = LogisticPathParams::new()
        .l1_share(0.5)
        .fit(&LogisticData::new(&features, &left))
        .unwrap();
    let offset = [0.5; 8];
    let predictors = path.linear_predictor(80, &features, Some(&offset)).unwrap();
    let b = path.coefficients(80).unwrap();
    let added = path.contributions(80, &features).unwrap();
    for row in 0..8 {
        let level = [0.0, b[3], b[4]][["a", "b", "c"]
            .iter()
            .position(|&of| of == plans[row])
            .unwrap()];
        let want = b[0] + b[1] * calls[row] + b[2] * age[row] + level + 0.5;
        assert!((predictors[row] - want).abs() < 1e-12);
        let sum = added
            .row(row)
            .iter()
            .fold(path.base(80).unwrap(), |sum, term| sum + term);
        assert_eq!((sum + 0.5).to_bits(), predictors[row].to_bits());
    }
    let other = with(
        &[("age", &age), ("more", &calls), ("calls", &calls)],
        &plans,
    );
    assert_eq!(
        path.linear_predictor(80, &other, Some(&offset)).unwrap(),
        predictors
    );
    let said = |features: &Features| path.predict(80, features, None).unwrap_err().to_string();
    assert!(said(&with(&[("age", &age)], &plans)).contains("with calls"));
    let mut gap = calls;
    gap[6] = f64::NAN;
    let error = said(&with(&[("calls", &gap), ("age", &age)], &plans));
    assert!(error.starts_with("column calls, row 6"), "{error}");
    let unknown = ["a", "b", "z", "b", "a", "c", "b", "a"];
    let error = said(&with(&[("calls", &calls), ("age", &age)], &unknown));
    assert!(error.starts_with("column plan, row 2"), "{error}");
    assert!(path.predict(80, &features, Some(&[0.0])).is_err());
}

#[test]
fn bad_input_is_refused_with_a_remedy() {
    let x = Features::from_columns(&[("x", &[1.0, 2.0, 3.0])], MissingValues::Refuse).unwrap();
    let left = [true, false, true];
    let data = LogisticData::new(&x, &left);
    let said = |params: LogisticPathParams, data: &LogisticData<'_>| {
        params.fit(data).unwrap_err().to_string()
    };
    let new = LogisticPathParams::new;
    for l1_share in [-0.1, 1.1, f64::NAN] {
        assert!(said(new().l1_share(l1_share), &data).contains("from 0 (ridge) to 1 (lasso)"));
    }
    for penalty in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(said(new().penalties(&[0.1, penalty]), &data).contains("finite number of 0"));
    }
    for share in [0.0, 1.0, f64::NAN] {
        assert!(said(new().smallest_share(share), &data).contains("between 0 and 1"));
    }
    assert!(said(new().count(0), &data).contains("from 1 to"));
    assert!(said(new().penalties(&[]), &data).contains("from 1 to"));
    assert!(said(new(), &LogisticData::new(&x, &left[..2])).contains("length 2, expected 3"));
    assert!(said(new(), &data.offset(&[0.0])).starts_with("column offset"));
    assert!(said(new(), &data.offset(&[0.0, f64::NAN, 0.0])).contains("row 1"));
    assert!(said(new(), &data.offset(&[1e308; 3])).contains("with the offsets"));
    assert!(said(new(), &data.offset(&[1e5, 0.0, -1e5])).contains("with the offsets"));
    assert!(said(new(), &data.clusters(&[0])).starts_with("column clusters"));
    let one = |left: [bool; 3]| said(new(), &LogisticData::new(&x, &left));
    assert_eq!(one([true; 3]), "needs at least 1 rows that stayed, found 0");
    assert_eq!(one([false; 3]), "needs at least 1 rows that left, found 0");
    let weighted = x.clone().with_weights(&[1.0, 0.0, 1.0]).unwrap();
    let error = said(new(), &LogisticData::new(&weighted, &left));
    assert_eq!(error, "needs at least 1 rows that stayed, found 0");
    let constant = Features::from_columns(&[("x", &[0.1; 3])], MissingValues::Refuse).unwrap();
    assert!(said(new(), &LogisticData::new(&constant, &left)).contains("no column varies"));
    let none = Features::from_columns(&[], MissingValues::Refuse).unwrap();
    assert!(said(new(), &LogisticData::new(&none, &[])).contains("at least one number"));
    let huge = [1e200, -1e200, 0.0];
    let huge = Features::from_columns(&[("x", &huge)], MissingValues::Refuse).unwrap();
    assert!(said(new(), &LogisticData::new(&huge, &left)).contains("change the unit"));
    let missing = [f64::NAN; 3];
    let missing = Features::from_columns(&[("x", &missing)], MissingValues::Keep).unwrap();
    let data = LogisticData::new(&missing, &left);
    assert!(said(new(), &data).starts_with("column x, row 0"));
    let error = said(new().missing(MissingRows::LeaveOut), &data);
    assert_eq!(error, "needs at least 1 rows that left, found 0");
}

#[test]
fn what_is_asked_of_a_penalty_that_is_not_there_is_refused() {
    let rossi = Rossi::new(Plain);
    let params = LogisticPathParams::new().count(2);
    let path = params.fit(&rossi.data(Plain)).unwrap();
    let error = path.coefficients(2).unwrap_err().to_string();
    assert_eq!(
        error,
        "penalty is 2, expected a place among 2 penalties, from 0"
    );
    assert!(path.nonzero(2).is_err() && path.deviance_explained(2).is_err());
    assert!(path.predict(2, &rossi.features, None).is_err());
}

#[test]
fn separated_customers_have_a_path_but_no_end_of_it() {
    let x = Features::from_columns(
        &[("x", &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])],
        MissingValues::Refuse,
    )
    .unwrap();
    // All beyond 3; and all but those at 3 or 4, who are of both kinds.
    let complete = [false, false, false, true, true, true];
    let data = LogisticData::new(&x, &complete);
    let path = LogisticPathParams::new()
        .smallest_share(1e-6)
        .fit(&data)
        .unwrap();
    let grows =
        |at: usize| path.coefficients(at + 1).unwrap()[1] > path.coefficients(at).unwrap()[1];
    assert!((0..99).all(grows));
    assert!(path.deviance_explained(99).unwrap() > 0.999);
    let at_zero = LogisticPathParams::new().penalties(&[0.1, 0.0]);
    let error = at_zero.fit(&data).unwrap_err().to_string();
    assert!(error.contains("leave out the penalty 0"), "{error}");
    let quasi = Features::from_columns(
        &[("x", &[1.0, 2.0, 3.0, 3.0, 5.0, 6.0])],
        MissingValues::Refuse,
    )
    .unwrap();
    let data = LogisticData::new(&quasi, &complete);
    let error = at_zero.fit(&data).unwrap_err().to_string();
    assert!(error.contains("leave out the penalty 0"), "{error}");
}

#[test]
fn columns_that_separate_only_together_have_no_fit_without_a_penalty() {
    // Each column says who left but for some noise; a step along all of them is a small one of each.
    let mut stream = Stream::new(20, 0, 0);
    for (rows, noise) in [(400, 0.3), (400, 0.3), (400, 0.5), (400, 3.0)] {
        let left: Vec<bool> = (0..rows).map(|_| stream.uniform() < 0.4).collect();
        let column = |_: usize| -> Vec<f64> {
            let label = |left: bool| f64::from(u8::from(left));
            let mut between = || noise * (2.0 * stream.uniform() - 1.0);
            left.iter().map(|&left| label(left) + between()).collect()
        };
        let columns: Vec<Vec<f64>> = (0..20).map(column).collect();
        let names: Vec<String> = (0..20).map(|at| format!("x{at}")).collect();
        let pairs = names.iter().map(String::as_str);
        let pairs: Vec<(&str, &[f64])> = pairs.zip(columns.iter().map(Vec::as_slice)).collect();
        let features = Features::from_columns(&pairs, MissingValues::Refuse).unwrap();
        let data = LogisticData::new(&features, &left);
        let fit = LogisticPathParams::new().penalties(&[0.0]).fit(&data);
        if noise > 2.0 {
            assert!(fit.is_ok(), "{fit:?}"); // they overlap
        } else {
            let error = fit.unwrap_err().to_string();
            assert!(error.contains("leave out the penalty 0"), "{error}");
            let params = LogisticPathParams::new().penalties(&[0.01]);
            assert!(params.fit(&data).is_ok());
        }
    }
}

/// [`Logistic`](crate::churn::Logistic) is checked against the cone of all directions that separate.
#[test]
fn without_a_penalty_it_is_refused_where_the_regression_is_separated() {
    let mut draw = Stream::new(4, 0, 0);
    let mut below = |end: u64| u32::try_from(draw.next_u64() % end).unwrap();
    let params = LogisticPathParams::new().penalties(&[0.0]);
    let mut seen = [0; 2];
    for case in 0..400 {
        let rows = 8 + case % 30;
        let columns: Vec<Vec<f64>> = (0..3)
            .map(|_| (0..rows).map(|_| f64::from(below(5))).collect())
            .collect();
        let tilt = f64::from(below(3));
        let left: Vec<bool> = (0..rows)
            .map(|row| tilt * (columns[0][row] - 2.0) + columns[1][row] + f64::from(below(5)) > 4.0)
            .collect();
        let pairs: [(&str, &[f64]); 3] =
            [("x", &columns[0]), ("y", &columns[1]), ("z", &columns[2])];
        let features = Features::from_columns(&pairs, MissingValues::Refuse).unwrap();
        let data = LogisticData::new(&features, &left);
        let Ok(model) = LogisticParams::default().fit(&data) else {
            continue;
        };
        let is_finite = *model.verdict() == LogisticVerdict::Converged;
        seen[usize::from(is_finite)] += 1;
        match params.fit(&data) {
            Ok(path) => {
                assert!(is_finite, "{columns:?} {left:?}");
                let pairs = path
                    .coefficients(0)
                    .unwrap()
                    .iter()
                    .zip(model.coefficients());
                for (a, b) in pairs {
                    assert!((a - b).abs() < 1e-7 * (1.0 + b.abs()), "{a} {b}");
                }
            }
            Err(error) => assert!(
                !is_finite && error.to_string().contains("leave out the penalty 0"),
                "{error} {columns:?} {left:?}"
            ),
        }
    }
    assert!(seen[0] > 50 && seen[1] > 50, "{seen:?}");
}

#[test]
fn penalties_made_are_each_there_once() {
    let rossi = Rossi::new(Plain);
    let data = rossi.data(Plain);
    let folds = Folds::stratified(&rossi.left, 3, 1).unwrap();
    for (share, most) in [(1.0 - 1e-14, 99), (1.0 - f64::EPSILON, 9), (1e-300, 100)] {
        let params = LogisticPathParams::new().smallest_share(share);
        let path = params.fit(&data).unwrap();
        assert!(path.penalties().len() <= most);
        assert!(path.penalties().windows(2).all(|pair| pair[0] > pair[1]));
        let validation = params.cross_validate(&data, &folds).unwrap();
        assert_eq!(validation.path, path);
        assert_eq!(validation.deviances.len(), path.penalties().len());
        let text = persist::to_json(&path).unwrap();
        assert_eq!(persist::from_json::<LogisticPath>(&text).unwrap(), path);
    }
}

#[test]
fn offsets_that_tell_all_leave_nothing_to_explain() {
    let x = Features::from_columns(&[("x", &[1.0, -1.0, 1.0, -1.0])], MissingValues::Refuse);
    let x = x.unwrap();
    let left = [true, false, true, false];
    let mut refused = Vec::new();
    for size in [
        1.0, 10.0, 30.0, 40.0, 300.0, 700.0, 740.0, 745.0, 750.0, 1000.0, 1e5,
    ] {
        let offset = [size, -size, size, -size];
        let data = LogisticData::new(&x, &left).offset(&offset);
        match LogisticPathParams::new().penalties(&[0.1]).fit(&data) {
            Ok(path) => {
                let explained = path.deviance_explained(0).unwrap();
                assert!(explained.is_finite(), "{size}");
                let text = persist::to_json(&path).unwrap();
                assert_eq!(persist::from_json::<LogisticPath>(&text).unwrap(), path);
            }
            Err(error) => {
                assert!(
                    error.to_string().contains("with the offsets"),
                    "{size} {error}"
                );
                refused.push(size);
            }
        }
    }
    assert!(
        refused.contains(&1000.0) && !refused.contains(&10.0),
        "{refused:?}"
    );
}

#[test]
fn rows_are_those_that_count() {
    let x = [1.0, -1.0, 1.0, -1.0, f64::NAN, f64::NAN];
    let x = Features::from_columns(&[("x", &x)], MissingValues::Keep).unwrap();
    let weighted = x.with_weights(&[1.0, 2.0, 0.0, 1.0, 1.0, 0.0]).unwrap();
    let left = [true, false, true, true, false, true];
    let data = LogisticData::new(&weighted, &left);
    let path = LogisticPathParams::new().missing(MissingRows::LeaveOut);
    let path = path.fit(&data).unwrap();
    let model = LogisticParams::default().missing(MissingRows::LeaveOut);
    let model = model.fit(&data).unwrap();
    let counts = (path.rows(), path.rows_left_out(), path.left());
    assert_eq!(counts, (3, 1, 2));
    assert_eq!(counts, (model.rows(), model.rows_left_out(), model.left()));
}
