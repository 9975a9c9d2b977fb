//! Golden numbers are of R 4.2.2 and survival 3.5.3, `cox.zph(fit, transform)$table`.

use super::*;
use crate::churn::{ProportionalityTest, TimeTransform};

fn test_of(cox: &Cox, data: &CoxData<'_>, transform: TimeTransform) -> ProportionalityTest {
    cox.proportionality(data, transform).unwrap()
}

#[track_caller]
fn statistics(test: &ProportionalityTest, want: &[f64]) {
    let terms = test.terms.iter().chain([&test.global]);
    let found: Vec<f64> = terms.map(|term| term.statistic).collect();
    near(&found, want, 1e-8);
}

#[test]
fn rossi_by_four_clocks_is_that_of_r() {
    let rossi = rossi();
    let features = columns(&NAMES);
    let data = CoxData::new(&rossi, &features);
    let cox = CoxParams::default().fit(&data).unwrap();
    let goldens = [
        (
            TimeTransform::KaplanMeier,
            [
                0.06242975008938,
                5.97398166115190,
                2.06826538335464,
                4.22459563869861,
                1.01102156455446,
                0.01838329913584,
                0.52058426700615,
                17.69441529602792,
            ],
        ),
        (
            TimeTransform::Identity,
            [
                0.008950558265546,
                6.615943797908315,
                2.144426252606247,
                3.876755129842703,
                1.031348318844202,
                0.028176598686423,
                0.424798411107574,
                18.182687081388895,
            ],
        ),
        (
            TimeTransform::Log,
            [
                0.13759943517909,
                8.23149835044422,
                1.61708493678580,
                2.08585484515458,
                1.12597331496406,
                0.21920281035175,
                0.01347907136426,
                17.66157059372281,
            ],
        ),
        (
            TimeTransform::Rank,
            [
                1.38380844698329,
                0.89642146210988,
                2.25997814684971,
                4.15968375665104,
                0.08959214199911,
                0.02185165567727,
                1.64080348262927,
                11.02518343483588,
            ],
        ),
    ];
    for (transform, want) in goldens {
        statistics(&test_of(&cox, &data, transform), &want);
    }
    let test = test_of(&cox, &data, TimeTransform::KaplanMeier);
    near(
        &[test.terms[1].p, test.global.p],
        &[0.01451846271031, 0.01342750657630],
        1e-8,
    );
    assert_eq!(
        (test.terms[1].term.as_str(), test.terms[1].degrees),
        ("age", 1)
    );
    assert_eq!(
        (test.global.term.as_str(), test.global.degrees),
        ("GLOBAL", 7)
    );
}

#[test]
fn breslow_strata_weights_and_entries_are_those_of_r() {
    let rossi = rossi();
    let features = columns(&["fin", "age", "prio"]);
    let data = CoxData::new(&rossi, &features);
    let breslow = CoxParams::default().ties(Ties::Breslow);
    statistics(
        &test_of(
            &breslow.fit(&data).unwrap(),
            &data,
            TimeTransform::KaplanMeier,
        ),
        &[
            0.06225593647436,
            6.28984409515862,
            0.50969450308506,
            7.09213765506222,
        ],
    );

    let weights: Vec<f64> = column("age").iter().map(|age| age / 20.0).collect();
    let weighted = rossi.clone().with_weights(&weights).unwrap();
    let data = CoxData::new(&weighted, &features);
    let cox = CoxParams::default().fit(&data).unwrap();
    statistics(
        &test_of(&cox, &data, TimeTransform::Rank),
        &[
            2.027179414961,
            2.226555442784,
            1.212358159643,
            5.190633906102,
        ],
    );
    statistics(
        &test_of(&cox, &data, TimeTransform::Identity),
        &[
            0.06713690378261,
            11.38678269578324,
            0.09066237092784,
            11.72807549474365,
        ],
    );
    statistics(
        &test_of(&cox, &data, TimeTransform::KaplanMeier),
        &[
            0.1956700749739,
            10.3257947128227,
            0.1440133917006,
            10.7796486449182,
        ],
    );

    let race = race();
    let two = columns(&["fin", "age"]);
    let data = CoxData::new(&rossi, &two).strata(&race);
    let cox = CoxParams::default().fit(&data).unwrap();
    statistics(
        &test_of(&cox, &data, TimeTransform::KaplanMeier),
        &[0.003915179972615, 6.032836462070144, 6.033461243420981],
    );
    statistics(
        &test_of(&cox, &data, TimeTransform::Rank),
        &[1.0294515142148, 0.8554395814927, 1.8184293799229],
    );

    let (heart, features) = heart();
    let data = CoxData::new(&heart, &features);
    let cox = CoxParams::default().fit(&data).unwrap();
    statistics(
        &test_of(&cox, &data, TimeTransform::KaplanMeier),
        &[
            0.89537708353500,
            0.09683511198428,
            0.12826652600381,
            1.37925280135257,
        ],
    );
    statistics(
        &test_of(&cox, &data, TimeTransform::Rank),
        &[
            0.86583584733699,
            0.00481433856659,
            0.16535625341957,
            1.22672772352903,
        ],
    );
    statistics(
        &test_of(&cox, &data, TimeTransform::Log),
        &[
            0.44756530192453,
            0.01056883829129,
            0.08874848090927,
            0.65863435716497,
        ],
    );
}

#[test]
fn a_category_is_one_term() {
    let rossi = rossi();
    let features = with_plans();
    let data = CoxData::new(&rossi, &features);
    let cox = CoxParams::default().fit(&data).unwrap();
    let test = test_of(&cox, &data, TimeTransform::KaplanMeier);
    statistics(
        &test,
        &[
            0.02051475532235,
            6.01099743163016,
            0.68790948682772,
            6.91929897283187,
        ],
    );
    assert_eq!(
        (test.terms[2].term.as_str(), test.terms[2].degrees),
        ("plan", 2)
    );
    near(&[test.terms[2].p], &[0.70896101247862], 1e-8);
}

#[test]
fn what_cannot_be_tested_is_told() {
    let rossi = rossi();
    let features = columns(&["fin", "age"]);
    let data = CoxData::new(&rossi, &features);
    let cox = CoxParams::default().fit(&data).unwrap();
    let other = golden::durations(golden::ROSSI, "week", "fin");
    let error = cox.proportionality(&CoxData::new(&other, &features), TimeTransform::Log);
    assert!(error.unwrap_err().to_string().contains("those of the fit"));

    // All left at one time: there is no clock, and nothing to test.
    let at_once = Durations::new(&[3.0, 3.0, 3.0, 5.0, 5.0], &[1, 1, 1, 0, 0]).unwrap();
    let x = [1.0, 0.0, 1.0, 0.0, 1.0];
    let x = Features::from_columns(&[("x", &x)], MissingValues::Refuse).unwrap();
    let data = CoxData::new(&at_once, &x);
    let test = test_of(
        &CoxParams::default().fit(&data).unwrap(),
        &data,
        TimeTransform::Rank,
    );
    assert_eq!(
        (test.global.degrees, test.global.p.to_bits()),
        (0, 1.0_f64.to_bits())
    );

    let at_zero = Durations::new(&[0.0, 1.0, 2.0, 3.0, 4.0], &[1; 5]).unwrap();
    let data = CoxData::new(&at_zero, &x);
    let cox = CoxParams::default().fit(&data).unwrap();
    let error = cox.proportionality(&data, TimeTransform::Log).unwrap_err();
    assert!(error.to_string().contains("row 0"));
    assert!(cox.proportionality(&data, TimeTransform::Rank).is_ok());
}
