//! Fits and predictions of R.

use super::*;
use crate::data::Categories;

/// Coefficients, their standard errors (and that of the logarithm of the scale), scale, and the
/// log-likelihoods without and with columns.
struct Printed {
    family: AftFamily,
    coefficients: [f64; 8],
    se: &'static [f64],
    scale: f64,
    log_likelihoods: [f64; 2],
}

/// R 4.2.2, survival 3.5.3: survreg(Surv(week, arrest) ~ fin + age + race + wexp + mar + paro + prio,
/// dist, rel.tolerance = 1e-14).
const ROSSI: [Printed; 4] = [
    Printed {
        family: AftFamily::Weibull,
        coefficients: [
            3.990134797204686,
            0.2721633597459617,
            0.0407137983242671,
            -0.2248024431731797,
            0.1065565869057347,
            0.31127326495467,
            0.0588272526161929,
            -0.0658169048219990,
        ],
        se: &[
            0.4190951891792037,
            0.1379619168489516,
            0.0160035510754460,
            0.2201588836002508,
            0.1515409670501935,
            0.2733022466030352,
            0.1396382397228831,
            0.0209405752800518,
            0.0890266906993255,
        ],
        scale: 0.712405333857334,
        log_likelihoods: [-696.624396947785, -679.916563937091],
    },
    Printed {
        family: AftFamily::LogNormal,
        coefficients: [
            4.267665703822376,
            0.3428476792434298,
            0.0272018415027574,
            -0.3631599589440658,
            0.2681320619533996,
            0.4603533747439364,
            0.0558793761605433,
            -0.0655175101376406,
        ],
        se: &[
            0.4616895016645218,
            0.1640863321426942,
            0.0157559633672290,
            0.2646917778320652,
            0.1788891717868725,
            0.2951481813010033,
            0.1691112280062116,
            0.0270906586226547,
            0.0764358800839660,
        ],
        scale: 1.29456992612668,
        log_likelihoods: [-697.910424777669, -683.234625278392],
    },
    Printed {
        family: AftFamily::LogLogistic,
        coefficients: [
            3.918304143028932,
            0.2888761393896543,
            0.0363655890975023,
            -0.2791492592550797,
            0.1784238146034517,
            0.3473039773708497,
            0.0507981698971307,
            -0.0691822442974525,
        ],
        se: &[
            0.4274341376493179,
            0.145585226177798,
            0.0155719246004382,
            0.2296536521923746,
            0.1571852031720192,
            0.2696686055066983,
            0.1495741713773834,
            0.0227418436417627,
            0.0864163385146915,
        ],
        scale: 0.647134756010362,
        log_likelihoods: [-696.674468693215, -679.938411052732],
    },
    Printed {
        family: AftFamily::Exponential,
        coefficients: [
            4.050691537930798,
            0.366264337185624,
            0.0555980396229605,
            -0.3049390763940761,
            0.1467461377414993,
            0.4269866908739346,
            0.0826479156636844,
            -0.0856592107896187,
        ],
        se: &[
            0.5860395518436049,
            0.1911157062743198,
            0.0218412877354523,
            0.3079402426373479,
            0.2116997929919673,
            0.3813821237636156,
            0.195604118902116,
            0.0283133383699426,
        ],
        scale: 1.0,
        log_likelihoods: [-701.977025993375, -686.365940853551],
    },
];

#[test]
fn rossi_is_that_of_r() {
    let (durations, features) = rossi();
    for want in &ROSSI {
        let model = AftParams::new(want.family)
            .fit(&durations, &features)
            .unwrap();
        assert_eq!(*model.verdict(), AftVerdict::Converged);
        all_near(model.coefficients(), &want.coefficients, 1e-9);
        all_near(&model.standard_errors(), want.se, 1e-9);
        near(model.scale(), want.scale, 1e-9);
        near(model.null_log_likelihood(), want.log_likelihoods[0], 1e-12);
        near(model.log_likelihood(), want.log_likelihoods[1], 1e-12);
        let text = persist::to_json(&model).unwrap();
        assert_eq!(persist::from_json::<Aft>(&text).unwrap(), model);
        let median = model.quantile(&features, 0.5).unwrap();
        let half = model.survival(&features, &median[3..4]).unwrap();
        near(half[[3, 0]], 0.5, 1e-12);
    }
}

#[test]
fn weights_are_those_of_r() {
    // As above: survreg(Surv(week, arrest) ~ fin + age + prio, weights = age / 20, dist = "loglogistic").
    let features = golden::features(golden::ROSSI, &["fin", "age", "prio"]);
    let weights = |unit: f64| -> Vec<f64> {
        let ages = golden::numbers(golden::ROSSI, "age");
        ages.iter().map(|age| age / unit).collect()
    };
    let (durations, _) = rossi();
    let fit = |unit| {
        let weighted = durations.clone().with_weights(&weights(unit)).unwrap();
        AftParams::new(AftFamily::LogLogistic)
            .fit(&weighted, &features)
            .unwrap()
    };
    let model = fit(20.0);
    let want = [
        3.7623795556523256,
        0.3340966676741394,
        0.0414973049536428,
        -0.0721808001317979,
    ];
    all_near(model.coefficients(), &want, 1e-9);
    let want = [
        0.3251752160866207,
        0.1439312364849759,
        0.0126842878019145,
        0.0217319598561846,
        0.0818312734481565,
    ];
    all_near(&model.standard_errors(), &want, 1e-9);
    near(model.scale(), 0.692440327011691, 1e-9);
    near(model.null_log_likelihood(), -805.526637909922, 1e-12);
    near(model.log_likelihood(), -789.600707454252, 1e-12);
    // The unit of weights changes errors only.
    for unit in [20e6, 20e-6] {
        all_near(fit(unit).coefficients(), model.coefficients(), 1e-9);
    }
}

/// Coefficients, scale, standard errors, and log-likelihoods without and with columns.
type Lung = (AftFamily, [f64; 5], f64, [f64; 5], [f64; 2]);

/// As above, lung of the package: survreg(Surv(time, status) ~ age + factor(ph.ecog)), rows without
/// ph.ecog left out.
const LUNG: [Lung; 4] = [
    (
        AftFamily::Weibull,
        [
            6.765342522665921,
            -0.00731543890178887,
            -0.25663213293984605,
            -0.6290477178889414,
            -1.4825771750750343,
        ],
        0.735566635236648,
        [
            0.44060884012098556,
            0.00690659182087167,
            0.14624962741063852,
            0.1700024106976517,
            0.7479071122775457,
        ],
        [-1147.4280568733, -1137.7618650533],
    ),
    (
        AftFamily::LogNormal,
        [
            7.258391182870994,
            -0.0212118448965008,
            -0.1991323465313615,
            -0.6994496709251733,
            -1.0028774156502696,
        ],
        1.04677151103925,
        [
            0.5508066394448591,
            0.00849757255897105,
            0.17909127178402878,
            0.2124306690752891,
            1.0589882996560631,
        ],
        [-1163.17598441688, -1152.22090204843],
    ),
    (
        AftFamily::LogLogistic,
        [
            6.702886030288277,
            -0.0106624110019986,
            -0.2928011389000186,
            -0.7725073130194821,
            -1.1858326356827071,
        ],
        0.549951316348321,
        [
            0.4890762702140625,
            0.0076446558813286,
            0.1582251727582653,
            0.1913128728511972,
            0.7909736123661486,
        ],
        [-1154.54917931852, -1143.76450168707],
    ),
    (
        AftFamily::Exponential,
        [
            7.039630451146688,
            -0.0105775383990707,
            -0.313280557006021,
            -0.7541608806192883,
            -1.5285181387460773,
        ],
        1.0,
        [
            0.5930758555514299,
            0.00930100865446911,
            0.19829220124199387,
            0.22868479986516288,
            1.0166741111936146,
        ],
        [-1156.12326446575, -1148.28278776842],
    ),
];

#[test]
fn categories_are_those_of_r() {
    let rows = golden::column(golden::LUNG, "ph.ecog");
    let features = golden::features(golden::LUNG, &["age"]);
    let label = |cell: &&str| {
        if cell.parse::<f64>().is_ok() {
            (*cell).to_owned()
        } else {
            String::new()
        }
    };
    let labels: Vec<String> = rows.iter().map(label).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let ecog = Categories::new(&labels).unwrap();
    let features = features.with_categories("ph", ecog).unwrap();
    let durations = golden::durations(golden::LUNG, "time", "status");
    let refused = AftParams::new(AftFamily::Weibull)
        .fit(&durations, &features)
        .unwrap_err();
    assert!(
        refused.to_string().starts_with("column ph, row"),
        "{refused}"
    );
    for (family, coefficients, scale, se, log_likelihoods) in LUNG {
        let params = AftParams::new(family).missing(MissingRows::LeaveOut);
        let model = params.fit(&durations, &features).unwrap();
        assert_eq!(model.names()[2..], ["ph=1.0", "ph=2.0", "ph=3.0"]);
        assert_eq!(model.rows(), [227, 1, 164]);
        all_near(model.coefficients(), &coefficients, 1e-9);
        all_near(&model.standard_errors()[..5], &se, 1e-9);
        near(model.scale(), scale, 1e-9);
        near(model.null_log_likelihood(), log_likelihoods[0], 1e-12);
        near(model.log_likelihood(), log_likelihoods[1], 1e-12);
    }
}

#[test]
fn predictions_are_those_of_r() {
    // As above, fin + age + prio; rows 1, 7 and 100: predict(type = "quantile", p = c(.1, .5, .9)),
    // 1 - psurvreg(c(26, 52, 104), lp, scale, dist).
    let (durations, _) = rossi();
    let features = golden::features(golden::ROSSI, &["fin", "age", "prio"]);
    let rows = [0, 6, 99];
    let some = features.of_rows(&rows);
    let wants = [
        (
            AftFamily::Weibull,
            [
                [25.7158990009166, 98.7275820858703, 232.681437213841],
                [28.8170262854893, 110.6333217427057, 260.740917208365],
                [32.8813566097671, 126.2369568985258, 297.515607493587],
            ],
            [
                [0.898530949196846, 0.753948219650022, 0.474481562593263],
                [0.912812045704926, 0.785993552057545, 0.529588180574197],
                [0.926968568986300, 0.818581175637924, 0.589535239029512],
            ],
        ),
        (
            AftFamily::LogNormal,
            [
                [21.7136034665020, 118.653094340684, 648.374960809180],
                [25.2467942290665, 137.960070150616, 753.877137163427],
                [31.1186391127450, 170.046525354230, 929.212253796925],
            ],
            [
                [0.874019720100768, 0.733204883052821, 0.539617197881784],
                [0.896051210185245, 0.769226577805466, 0.584428812384568],
                [0.921782707200113, 0.814365774497116, 0.644694046852559],
            ],
        ),
        (
            AftFamily::LogLogistic,
            [
                [25.2323613048580, 105.977191424817, 445.109554615085],
                [28.7871049505466, 120.907294210431, 507.816740113361],
                [33.0601201446796, 138.854173763975, 583.194540349513],
            ],
            [
                [0.895793912877037, 0.748398137369533, 0.507208131088094],
                [0.913183040623164, 0.784465516191266, 0.557403048611764],
                [0.928577034994847, 0.818137756535628, 0.608861374792849],
            ],
        ),
        (
            AftFamily::Exponential,
            [
                [19.9354067474888, 131.151322618941, 435.675263289498],
                [23.0045950172893, 151.342939777772, 502.750363610628],
                [27.5186774701183, 181.040246263583, 601.402680368323],
            ],
            [
                [0.871610641995843, 0.759705111240406, 0.577151856044798],
                [0.887737310262608, 0.788077532032289, 0.621066196494104],
                [0.905248335790048, 0.819474549450652, 0.671538537197350],
            ],
        ),
    ];
    for (family, quantiles, chances) in wants {
        let model = AftParams::new(family).fit(&durations, &features).unwrap();
        for (at, share) in [0.1, 0.5, 0.9].into_iter().enumerate() {
            let found = model.quantile(&some, share).unwrap();
            all_near(&found, &quantiles.map(|of_row| of_row[at]), 1e-9);
        }
        let found = model.survival(&some, &[26.0, 52.0, 104.0]).unwrap();
        all_near(found.as_slice().unwrap(), chances.as_flattened(), 1e-9);
        // The mean is the area under the curve.
        if family != AftFamily::LogLogistic || model.scale() < 1.0 {
            let mean = model.mean(&some).unwrap()[0];
            let times: Vec<f64> = (0..400_001)
                .map(|at| (f64::from(at) * 5e-5 - 4.0).exp())
                .collect();
            let curve = model.survival(&some, &times).unwrap();
            let area = |at: usize| {
                (times[at + 1] - times[at]) * f64::midpoint(curve[[0, at]], curve[[0, at + 1]])
            };
            let tail = times[400_000] * curve[[0, 400_000]];
            let sum = times[0] + (0..400_000).map(area).sum::<f64>();
            assert!(
                sum <= mean * (1.0 + 1e-6) && mean <= sum * (1.0 + 1e-6) + 3.0 * tail,
                "{mean} {sum} {tail}"
            );
        }
    }
}

/// Family, coefficients, scale, standard errors, log-likelihood.
type Wide<const N: usize> = (AftFamily, [f64; N], f64, [f64; N], f64);

fn is_that<const N: usize>(model: &Aft, want: &Wide<N>, tolerance: f64) {
    assert_eq!(*model.verdict(), AftVerdict::Converged, "{:?}", want.0);
    all_near(model.coefficients(), &want.1, tolerance);
    near(model.scale(), want.2, tolerance);
    all_near(&model.standard_errors()[..N], &want.3, tolerance);
    near(model.log_likelihood(), want.4, 1e-12);
}

#[test]
fn four_who_left_of_two_thousand_are_those_of_r() {
    // As above, rel.tolerance = 1e-13: t <- c(1, 1, 2, 3, rep(730, 2000)), i <- 0:2003,
    // x <- ((i * 37) %% 101) / 100. For Weibull survreg stops at a scale of 5e-9; there the root of
    // the equation of the scale alone, in decimals of 50 digits.
    let mut exit = vec![730.0; 2004];
    exit[..4].copy_from_slice(&[1.0, 1.0, 2.0, 3.0]);
    let cause: Vec<u16> = (0..2004).map(|row| u16::from(row < 4)).collect();
    let durations = Durations::new(&exit, &cause).unwrap();
    let x: Vec<f64> = (0..2004u32)
        .map(|row| f64::from(row * 37 % 101) / 100.0)
        .collect();
    let varying = Features::from_columns(&[("x", &x)], MissingValues::Refuse).unwrap();
    let ones = vec![1.0; 2004];
    let constant = Features::from_columns(&[("one", &ones)], MissingValues::Refuse).unwrap();
    let fit =
        |family, features: &Features| AftParams::new(family).fit(&durations, features).unwrap();
    let weibull = fit(AftFamily::Weibull, &constant);
    near(weibull.coefficients()[0], 44.759014655888194, 1e-9);
    near(weibull.scale(), 6.14060342218334, 1e-9);
    near(weibull.log_likelihood(), -41.915764522179025, 1e-12);
    let weibull = fit(AftFamily::Weibull, &varying);
    assert_eq!(*weibull.verdict(), AftVerdict::Converged);
    near(weibull.null_log_likelihood(), -41.915764522179025, 1e-12);
    let alone: [Wide<1>; 2] = [
        (
            AftFamily::LogLogistic,
            [44.72330767585701],
            6.136104059475994,
            [19.3015688009855],
            -41.9147166940291,
        ),
        (
            AftFamily::LogNormal,
            [63.01662739728189],
            19.614085094725663,
            [27.4938821898403],
            -41.7484800796621,
        ),
    ];
    for want in &alone {
        is_that(&fit(want.0, &constant), want, 1e-9);
    }
    let with_x: [Wide<2>; 2] = [
        (
            AftFamily::LogLogistic,
            [38.425513438160856, 15.803655823763952],
            6.130719518321519,
            [16.6246877629077, 14.5827415385077],
            -40.9486909729627,
        ),
        (
            AftFamily::LogNormal,
            [55.55467792520618, 14.972028087699476],
            19.14123606799195,
            [24.2818061111316, 13.5186148803437],
            -40.8040702865872,
        ),
    ];
    for want in &with_x {
        is_that(&fit(want.0, &varying), want, 1e-9);
    }
}

#[test]
fn slopes_of_few_scales_are_finite_however_far_in_time() {
    // As above: i <- 0:999, x <- i %% 2, g <- (i * 7) %% 500, left if g < 400 for x = 0 and g < 4 for
    // x = 1, at 2^-k, k <- (i * 13) %% 41; k[k > 20] <- 60; the others are there at 1. In standard
    // deviations of x the slopes are 34 to 46 in log time.
    let left = |row: u32| row * 7 % 500 < if row.is_multiple_of(2) { 400 } else { 4 };
    let exit = |row: u32| match (left(row), row * 13 % 41) {
        (false, _) => 1.0,
        (true, halved @ ..=20) => 0.5f64.powi(i32::try_from(halved).unwrap()),
        (true, _) => 0.5f64.powi(60),
    };
    let cause: Vec<u16> = (0..1000).map(|row| u16::from(left(row))).collect();
    let exit: Vec<f64> = (0..1000).map(exit).collect();
    let x: Vec<f64> = (0..1000u32).map(|row| f64::from(row % 2)).collect();
    let features = Features::from_columns(&[("x", &x)], MissingValues::Refuse).unwrap();
    let durations = Durations::new(&exit, &cause).unwrap();
    let wants: [Wide<2>; 3] = [
        (
            AftFamily::Weibull,
            [-7.484222263070505, 92.54560008581056],
            17.6338398927678,
            [0.883537103188781, 9.5991891671445],
            7627.05080694381,
        ),
        (
            AftFamily::LogLogistic,
            [-16.098904082620788, 83.04230797761898],
            13.893072458003878,
            [1.11513807261498, 7.54457415698251],
            7621.75871787524,
        ),
        (
            AftFamily::LogNormal,
            [-16.372227642572806, 68.31533037104904],
            22.365063906542307,
            [1.03271737019121, 4.31743493826923],
            7636.14878172014,
        ),
    ];
    for want in &wants {
        let model = AftParams::new(want.0).fit(&durations, &features).unwrap();
        is_that(&model, want, 1e-9);
    }
}
