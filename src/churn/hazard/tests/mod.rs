//! Golden numbers are of R 4.2.2: `glm` on person-periods made by hand, with `epsilon = 1e-15`.

mod properties;
mod saved;

use super::*;
use crate::{
    churn::golden,
    data::{Categories, MissingValues},
};

const NAMES: [&str; 7] = ["fin", "age", "race", "wexp", "mar", "paro", "prio"];

/// Rossi, Berk and Lenihan (1980): 432 people released from prison, watched for 52 weeks.
fn rossi() -> Durations {
    golden::durations(golden::ROSSI, "week", "arrest")
}

/// The same with weights and with entries, made up.
fn late_rossi() -> Durations {
    // i <- 0:431; w <- 1 + (i %% 3) / 2; entry <- ifelse(i %% 4 < week, i %% 4, 0)
    let rossi = rossi();
    let weights: Vec<f64> = (0..432).map(|row| 1.0 + (row % 3) as f64 / 2.0).collect();
    let entry = |row: usize| {
        let entry = (row % 4) as f64;
        if entry < rossi.exit(row).unwrap() { entry } else { 0.0 }
    };
    let entries: Vec<f64> = (0..432).map(entry).collect();
    let late = rossi.clone().with_entries(&entries).unwrap();
    late.with_weights(&weights).unwrap()
}

fn features() -> Features {
    golden::features(golden::ROSSI, &NAMES)
}

fn params(link: Link, baseline: HazardBaseline) -> HazardParams {
    HazardParams::new().link(link).baseline(baseline)
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

/// Link, coefficients, their errors, and the log-likelihood.
type Golden<const N: usize> = (Link, [f64; N], [f64; N], f64);

#[test]
fn a_linear_baseline_is_that_of_r() {
    // glm(y ~ t + fin + age + race + wexp + mar + paro + prio, binomial(link), person_weeks)
    let cases: [Golden<9>; 2] = [
        (
            Link::Logit,
            [
                -4.509039360196, 0.01821903953273, -0.3823488411759, -0.0575177066345,
                0.3144736910426, -0.1495676456182, -0.4362982620841, -0.08307265058405,
                0.09195298655169,
            ],
            [
                0.61539612738, 0.0063421814798, 0.1920770218, 0.022045094503, 0.30895029398,
                0.21304619933, 0.38273703969, 0.19659675963, 0.028828419416,
            ],
            -681.7730220441,
        ),
        (
            Link::ComplementaryLogLog,
            [
                -4.510378471689, 0.01813455225237, -0.3809780812608, -0.05746249448467,
                0.3124522836962, -0.1475979133037, -0.4346139593981, -0.08314390232536,
                0.09161852160192,
            ],
            [
                0.61346877317, 0.0063158408049, 0.19134540534, 0.021992370247, 0.30781986948,
                0.21227687724, 0.38181573192, 0.19578603874, 0.028637935018,
            ],
            -681.77099628,
        ),
    ];
    for (link, coefficients, errors, log_likelihood) in cases {
        let model = params(link, HazardBaseline::Linear).fit(&rossi(), &features()).unwrap();
        assert_eq!(model.names()[..3], ["(Intercept)", "t", "fin"]);
        near(&model.coefficients(), &coefficients, 1e-10);
        near(&model.standard_errors(), &errors, 1e-9);
        near(&[model.log_likelihood()], &[log_likelihood], 1e-12);
        assert_eq!(model.person_periods(), 19_809);
        assert_eq!(model.events(), 114);
        assert_eq!(*model.verdict(), HazardVerdict::Converged);
    }
    // glm(y ~ t, binomial, person_weeks)
    let model = params(Link::Logit, HazardBaseline::Linear).fit(&rossi(), &features());
    near(&[model.unwrap().null_log_likelihood()], &[-698.4344614154], 1e-12);
}

#[test]
fn a_quadratic_baseline_is_that_of_r() {
    // glm(y ~ t + I(t^2) + fin + age + race + wexp + mar + paro + prio, binomial(link), person_weeks)
    let cases: [Golden<10>; 2] = [
        (
            Link::Logit,
            [
                -4.718587611029, 0.03878264572162, -0.0003747446579358, -0.3831299191683,
                -0.05728411815419, 0.3166173344539, -0.1505546382347, -0.4383342847406,
                -0.08273534542022, 0.09242090712169,
            ],
            [
                0.67546536178, 0.027372615693, 0.00048361752743, 0.19210930651, 0.022034336317,
                0.3090019808, 0.21302015599, 0.38268087038, 0.19664691278, 0.028879745659,
            ],
            -681.4673715445,
        ),
        (
            Link::ComplementaryLogLog,
            [
                -4.720063995622, 0.0386866605531, -0.0003744403735556, -0.3817812322047,
                -0.05722526910473, 0.3145898956735, -0.1486714813824, -0.4366465234781,
                -0.08270919612162, 0.09210754605112,
            ],
            [
                0.67338890121, 0.027276144765, 0.00048178228082, 0.19137598198, 0.021981132694,
                0.30786573708, 0.21224910586, 0.38175561803, 0.19583427785, 0.028689101415,
            ],
            -681.4633488406,
        ),
    ];
    for (link, coefficients, errors, log_likelihood) in cases {
        let params = params(link, HazardBaseline::Polynomial(2));
        let model = params.fit(&rossi(), &features()).unwrap();
        assert_eq!(model.names()[..3], ["(Intercept)", "t", "t^2"]);
        near(&model.coefficients(), &coefficients, 1e-9);
        near(&model.standard_errors(), &errors, 1e-9);
        near(&[model.log_likelihood()], &[log_likelihood], 1e-12);
    }
}

/// Periods 1 and 2, the last with an event, and the columns.
fn picked(all: &[f64]) -> Vec<f64> {
    [0, 1].into_iter().chain(48..56).map(|at| all[at]).collect()
}

#[test]
fn a_coefficient_for_each_period_is_that_of_r() {
    // glm(y ~ 0 + factor(t) + fin + age + race + wexp + mar + paro + prio, binomial(link),
    //     person_weeks) without the weeks 29, 41 and 51, in which nobody was arrested
    let cases: [Golden<10>; 2] = [
        (
            Link::Logit,
            [
                -4.985443701906, -4.982473996266, -3.184787909335, -0.3828834184184,
                -0.05766590856259, 0.3176504970793, -0.152783778547, -0.4360035759154,
                -0.08570945309668, 0.09229410866542,
            ],
            [
                1.1589526602, 1.1591041324, 0.77445406014, 0.19233030897, 0.022065442012,
                0.30938369094, 0.21310323297, 0.38285803632, 0.19681060928, 0.028883044606,
            ],
            -661.5344924441,
        ),
        (
            Link::ComplementaryLogLog,
            [
                -4.987560371246, -4.985728996514, -3.196256510426, -0.3801723678708,
                -0.0575464992129, 0.3142998469116, -0.1495877868362, -0.4340954870881,
                -0.08514260998556, 0.09176941524253,
            ],
            [
                1.1563845232, 1.1570173935, 0.77016967923, 0.19137914486, 0.021992136239,
                0.30786529018, 0.21210348104, 0.38164731008, 0.19577882646, 0.028641539132,
            ],
            -661.5595650027,
        ),
    ];
    for (link, coefficients, errors, log_likelihood) in cases {
        let params = params(link, HazardBaseline::EachPeriod);
        let model = params.fit(&rossi(), &features()).unwrap();
        assert_eq!(model.names().len(), 56);
        near(&picked(&model.coefficients()), &coefficients, 1e-9);
        near(&picked(&model.standard_errors()), &errors, 1e-9);
        near(&[model.log_likelihood()], &[log_likelihood], 1e-12);
        let names = ["period=29", "period=41", "period=51"].map(String::from);
        let verdict = HazardVerdict::InfiniteCoefficients { names: names.to_vec() };
        assert_eq!(*model.verdict(), verdict);
        let hazard = model.hazard(&features(), &[28, 29, 30]).unwrap();
        assert!(hazard[[0, 0]] > 0.0 && hazard[[0, 1]] == 0.0 && hazard[[0, 2]] > 0.0);
    }
}

#[test]
fn weights_and_entries_are_those_of_r() {
    // the same formulas with weights = w, on the person-weeks after entry
    let linear: [Golden<9>; 2] = [
        (
            Link::Logit,
            [
                -4.297338160132, 0.01650108012857, -0.3490715768947, -0.06132589494485,
                0.2186677567613, -0.08462404716445, -0.7202361065488, -0.1171905363783,
                0.1003924346069,
            ],
            [
                0.50671034963, 0.0053037031873, 0.15694000647, 0.018124864966, 0.2496328021,
                0.17249571966, 0.34549226748, 0.16060078134, 0.023218494889,
            ],
            -1017.76619893,
        ),
        (
            Link::ComplementaryLogLog,
            [
                -4.299269361842, 0.01642689922943, -0.3478674485151, -0.06125566691049,
                0.2166261267181, -0.0827730637998, -0.718164881908, -0.1170092994476,
                0.1000041140188,
            ],
            [
                0.50500909898, 0.005280391473, 0.15630588439, 0.018079102135, 0.24859113999,
                0.1718179684, 0.34475600089, 0.15990900493, 0.02304613527,
            ],
            -1017.757103573,
        ),
    ];
    for (link, coefficients, errors, log_likelihood) in linear {
        let params = params(link, HazardBaseline::Linear);
        let model = params.fit(&late_rossi(), &features()).unwrap();
        near(&model.coefficients(), &coefficients, 1e-9);
        near(&model.standard_errors(), &errors, 1e-9);
        near(&[model.log_likelihood()], &[log_likelihood], 1e-12);
        assert_eq!(model.person_periods(), 19_165);
    }
    let each: [Golden<10>; 2] = [
        (
            Link::Logit,
            [
                -3.58536819039, -4.193129106543, -3.126988468626, -0.3497206687928,
                -0.06130941505124, 0.2203054246823, -0.08776738270208, -0.7192130790829,
                -0.1187291455464, 0.1007466989517,
            ],
            [
                0.9500870297, 0.94965531692, 0.64704055828, 0.15717993458, 0.018131248718,
                0.25004229714, 0.17263549005, 0.34566235026, 0.16084290228, 0.023285827243,
            ],
            -984.4814595068,
        ),
        (
            Link::ComplementaryLogLog,
            [
                -3.594663656712, -4.19967987542, -3.138039249194, -0.347293634216,
                -0.06117531087036, 0.2166201134007, -0.08454555786431, -0.7168386765892,
                -0.1178883466726, 0.1002021254451,
            ],
            [
                0.9446670216, 0.94708618646, 0.64343451891, 0.15633982684, 0.0180666531,
                0.24858316009, 0.17173401903, 0.34467167269, 0.15993932953, 0.023058744161,
            ],
            -984.5015681515,
        ),
    ];
    for (link, coefficients, errors, log_likelihood) in each {
        let params = params(link, HazardBaseline::EachPeriod);
        let model = params.fit(&late_rossi(), &features()).unwrap();
        near(&picked(&model.coefficients()), &coefficients, 1e-9);
        near(&picked(&model.standard_errors()), &errors, 1e-9);
        near(&[model.log_likelihood()], &[log_likelihood], 1e-12);
    }
}

fn x_of(x: &[f64]) -> Features {
    Features::from_columns(&[("x", x)], MissingValues::Refuse).unwrap()
}

#[test]
fn bad_input_is_refused_with_a_remedy() {
    let x = x_of(&[1.0, 0.0, 1.0, 0.0]);
    let fit = |params: HazardParams, durations: &Durations, features: &Features| {
        params.fit(durations, features).unwrap_err().to_string()
    };
    let said = |exits: &[f64; 4], causes: &[u16; 4]| {
        fit(HazardParams::new(), &Durations::new(exits, causes).unwrap(), &x)
    };
    let error = said(&[1.0, 2.0, 2.5, 1.0], &[1, 0, 1, 0]);
    assert!(error.starts_with("column exit, row 2") && error.contains("whole number"), "{error}");
    let error = said(&[1.0, 0.0, 2.0, 1.0], &[1, 0, 1, 0]);
    assert!(error.starts_with("column exit, row 1") && error.contains("leave it out"), "{error}");
    assert!(said(&[1.0, 1e7, 2.0, 1.0], &[1, 0, 1, 0]).contains("months"));
    assert_eq!(
        said(&[1.0, 2.0, 2.0, 1.0], &[0; 4]),
        "needs at least 1 rows that left, found 0"
    );
    assert!(said(&[1.0, 2.0, 2.0, 1.0], &[1, 2, 0, 0]).contains("Durations::of_cause"));
    assert!(said(&[1.0, 1.0, 1.0, 1.0], &[1; 4]).contains("hazards are 0 and 1"));
    let good = Durations::new(&[1.0, 2.0, 2.0, 1.0], &[1, 1, 0, 0]).unwrap();
    let half = good.clone().with_entries(&[0.0, 0.5, 1.0, 0.0]).unwrap();
    assert!(fit(HazardParams::new(), &half, &x).starts_with("column entry, row 1"));
    assert!(fit(HazardParams::new(), &good, &x_of(&[1.0])).starts_with("column features"));
    let weighted = x.clone().with_weights(&[1.0; 4]).unwrap();
    assert!(fit(HazardParams::new(), &good, &weighted).contains("Durations::with_weights"));
    assert!(fit(HazardParams::new().max_iterations(0), &good, &x).contains("at least 1"));
    let polynomial = |degree| HazardParams::new().baseline(HazardBaseline::Polynomial(degree));
    assert!(fit(polynomial(9), &good, &x).contains("at most 8"));
    assert!(fit(polynomial(usize::MAX), &good, &x).contains("at most 8"));
    let error = fit(polynomial(2), &good, &x);
    assert!(error.starts_with("needs at least 3 periods") && error.ends_with("found 2"), "{error}");
    let missing = [f64::NAN; 4];
    let missing = Features::from_columns(&[("x", &missing)], MissingValues::Keep).unwrap();
    assert!(fit(HazardParams::new(), &good, &missing).starts_with("column x, row 0"));
    let left_out = HazardParams::new().missing(MissingRows::LeaveOut);
    assert_eq!(
        fit(left_out, &good, &missing),
        "needs at least 1 rows that left, found 0"
    );
    // At risk in one period each, in which all have the same.
    let once = Durations::new(&[1.0, 1.0, 2.0, 2.0], &[1, 0, 1, 0]).unwrap();
    let once = once.with_entries(&[0.0, 0.0, 1.0, 1.0]).unwrap();
    let by_period = x_of(&[0.0, 0.0, 1.0, 1.0]);
    assert!(fit(HazardParams::new(), &once, &by_period).contains("told from periods"));
    let huge = good.with_weights(&[1e308; 4]).unwrap();
    assert!(fit(HazardParams::new(), &huge, &x).contains("smaller weights"));
}

#[test]
fn periods_without_and_with_nothing_but_leavers_are_told_apart() {
    // Of five at risk in period 1 nobody left, in 2 some, in 3 nobody was watched, in 4 both left.
    let durations = Durations::new(&[2.0, 2.0, 2.0, 1.0, 1.0, 4.0, 4.0], &[1, 0, 1, 0, 0, 1, 1]);
    let entries = [0.0, 0.0, 0.0, 0.0, 0.0, 3.0, 3.0];
    let durations = durations.unwrap().with_entries(&entries).unwrap();
    let x = x_of(&[0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0]);
    let model = HazardParams::new().fit(&durations, &x).unwrap();
    assert_eq!(model.names(), ["period=2", "x"]);
    let hazard = model.hazard(&x, &[1, 4]).unwrap();
    assert_eq!(hazard.row(0).to_vec(), [0.0, 1.0]);
    let HazardVerdict::InfiniteCoefficients { names } = model.verdict() else {
        panic!("{:?}", model.verdict());
    };
    assert_eq!(names[..2], ["period=1", "period=4"]);
    let error = model.survival(&x, &[4]).unwrap_err().to_string();
    assert!(error.starts_with("period is 3, expected one of the 4 periods"), "{error}");
    // Who is asked from period 4 on is not asked about period 3.
    let already = [3, 0, 0, 0, 0, 3, 3];
    let ahead = model.conditional_survival(&x, &already, &[0, 1]).unwrap();
    assert_eq!(ahead.row(0).to_vec(), [1.0, 0.0]);
    assert_eq!(ahead.row(1).to_vec(), [1.0, 1.0]);
    assert!(model.survival(&x, &[5]).is_err() && model.hazard(&x, &[0]).is_err());
}

#[test]
fn a_level_that_never_leaves_is_named() {
    let durations = Durations::new(
        &[1.0, 2.0, 3.0, 3.0, 2.0, 1.0, 2.0, 3.0, 3.0, 3.0],
        &[1, 1, 1, 0, 0, 1, 1, 0, 0, 0],
    )
    .unwrap();
    let x = x_of(&[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
    for link in [Link::Logit, Link::ComplementaryLogLog] {
        for baseline in [HazardBaseline::Linear, HazardBaseline::EachPeriod] {
            let model = params(link, baseline).fit(&durations, &x).unwrap();
            let names = vec!["x".to_string()];
            let verdict = HazardVerdict::InfiniteCoefficients { names };
            assert_eq!(*model.verdict(), verdict, "{link:?} {baseline:?}");
            assert!(model.coefficient("x").is_some_and(|b| b < -5.0 && b.is_finite()));
        }
    }
    // All leave in the last period: its slope by the period is infinite.
    let durations = Durations::new(&[2.0, 2.0, 2.0, 1.0], &[1, 1, 1, 0]).unwrap();
    let model = params(Link::Logit, HazardBaseline::Linear)
        .fit(&durations, &x_of(&[0.0, 1.0, 0.0, 1.0]))
        .unwrap();
    let names = vec!["t".to_string()];
    assert_eq!(*model.verdict(), HazardVerdict::InfiniteCoefficients { names });
}

#[test]
fn survival_is_the_product_of_what_hazards_leave() {
    let (durations, features) = (rossi(), features());
    for link in [Link::Logit, Link::ComplementaryLogLog] {
        for baseline in [HazardBaseline::Linear, HazardBaseline::EachPeriod] {
            let model = params(link, baseline).fit(&durations, &features).unwrap();
            let weeks: Vec<u32> = (1..=52).collect();
            let hazard = model.hazard(&features, &weeks).unwrap();
            let alive = model.survival(&features, &weeks).unwrap();
            let mut left = vec![1.0; 432];
            for at in 0..52 {
                for (row, left) in left.iter_mut().enumerate() {
                    *left *= 1.0 - hazard[[row, at]];
                    assert!((*left - alive[[row, at]]).abs() < 1e-13);
                }
            }
            let ages: Vec<u32> = (0..432).map(|row| row % 40).collect();
            let ahead = model.conditional_survival(&features, &ages, &[0, 3, 12]).unwrap();
            for row in 0..432 {
                let age = ages[row] as usize;
                let at = |weeks: usize| if weeks == 0 { 1.0 } else { alive[[row, weeks - 1]] };
                let want = [1.0, at(age + 3) / at(age), at(age + 12) / at(age)];
                near(&ahead.row(row).to_vec(), &want, 1e-12);
            }
            // As many are expected to leave as did: the slope by a constant.
            let at_risk = |row: usize, at: usize| at < durations.exit(row).unwrap() as usize;
            let cells = (0..432).flat_map(|row| (0..52).map(move |at| (row, at)));
            let expected: f64 = cells
                .filter(|&(row, at)| at_risk(row, at))
                .map(|(row, at)| hazard[[row, at]])
                .sum();
            if link == Link::Logit {
                assert!((expected - 114.0).abs() < 1e-8, "{expected}");
            }
        }
    }
}

#[test]
fn predictions_go_as_far_as_the_baseline_does() {
    let features = features();
    let model = params(Link::Logit, HazardBaseline::Linear).fit(&rossi(), &features).unwrap();
    assert!(model.survival(&features, &[520]).is_ok());
    assert!(model.survival(&features, &[100_001]).is_err());
    let old = vec![u32::MAX; 432];
    assert!(model.conditional_survival(&features, &old, &[u32::MAX]).is_err());
    assert_eq!(model.conditional_survival(&features, &old, &[0]).unwrap()[[0, 0]], 1.0);
    assert!(model.conditional_survival(&features, &old[1..], &[0]).is_err());
    assert_eq!(model.survival(&features, &[]).unwrap().dim(), (432, 0));
    let each = HazardParams::new().fit(&rossi(), &features).unwrap();
    let error = each.survival(&features, &[53]).unwrap_err().to_string();
    assert!(error.starts_with("period is 53") && error.contains("HazardBaseline::Linear"));
    let high = model.clone();
    let far = x_of(&[1.0]);
    assert!(high.hazard(&far, &[1]).is_err());
}

#[test]
fn without_columns_it_is_the_life_table() {
    let one = Categories::new(&["a"; 432]).unwrap();
    let none = Features::from_columns(&[], MissingValues::Refuse).unwrap();
    let none = none.with_categories("one", one).unwrap();
    let durations = late_rossi();
    let model = HazardParams::new().fit(&durations, &none).unwrap();
    assert_eq!(model.aliased(), ["one"]);
    let hazard = model.hazard(&none, &[1, 20, 52]).unwrap();
    for (at, week) in [1.0, 20.0, 52.0].into_iter().enumerate() {
        let (mut left, mut at_risk) = (0.0, 0.0);
        for row in 0..432 {
            let weight = durations.weights().unwrap()[row];
            let (entry, exit) = (durations.entry(row).unwrap(), durations.exit(row).unwrap());
            if entry < week && week <= exit {
                at_risk += weight;
                if week == exit && durations.cause()[row] > 0 {
                    left += weight;
                }
            }
        }
        assert!((hazard[[0, at]] - left / at_risk).abs() < 1e-12);
    }
    assert_eq!(model.log_likelihood().to_bits(), model.null_log_likelihood().to_bits());
}
