use proptest::prelude::*;

use super::*;
use crate::persist;

/// Thirty scores with a tie, and weights; who left is typed, as made from a formula in R.
fn scores() -> Vec<f64> {
    (0..30)
        .map(|i| f64::from((i * 37) % 29 + 1) / 31.0)
        .collect()
}

fn weights() -> Vec<f64> {
    (0..30).map(|i| 1.0 + f64::from(i % 4) / 2.0).collect()
}

fn who(marks: &str) -> Vec<bool> {
    marks.bytes().map(|mark| mark == b'1').collect()
}

const MIXED: &str = "101101111000001000101101011010";
const CURVED: &str = "000100111000011010101101100000";
const STEEP: &str = "101101110111011011101110110110";

fn assert_near(found: &[f64], wanted: &[f64], tolerance: f64) {
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(wanted) {
        assert!(
            (found - wanted).abs() <= tolerance * (1.0 + wanted.abs()),
            "{found} is not {wanted}"
        );
    }
}

fn numbers(calibration: &Calibration) -> Vec<f64> {
    let parameters = calibration.parameters();
    parameters.into_iter().map(|(_, value)| value).collect()
}

/// R 4.2.2: `glm(t ~ s, quasibinomial, weights = w, control = list(epsilon = 1e-15))`, t being the
/// targets of Platt, `(sum(w[y==1])+1)/(sum(w[y==1])+2)` and `1/(sum(w[y==0])+2)`.
#[test]
fn platt_agrees_with_r() {
    let (scores, left) = (scores(), who(MIXED));
    let plain = Calibration::fit(CalibrationMethod::Platt, &scores, &left, None).unwrap();
    assert_near(
        &numbers(&plain),
        &[2.8450889866677, -1.3331593048567],
        1e-12,
    );
    let fitted = plain.calibrate(&scores[..3]).unwrap();
    let wanted = [0.22419547836474, 0.37585817969899, 0.55652009391855];
    assert_near(&fitted, &wanted, 1e-13);
    let weights = weights();
    let weighted =
        Calibration::fit(CalibrationMethod::Platt, &scores, &left, Some(&weights)).unwrap();
    assert_near(
        &numbers(&weighted),
        &[3.6462552374513, -1.7158231461622],
        1e-12,
    );
    let fitted = weighted.calibrate(&scores[..3]).unwrap();
    let wanted = [0.16823305887614, 0.34136147224988, 0.57046195864730];
    assert_near(&fitted, &wanted, 1e-13);
}

/// R 4.2.2: `glm(y ~ log(s) + I(-log(1-s)), quasibinomial, weights = w, epsilon = 1e-15)`; where the
/// first is negative, as in the second case, the fit without it.
#[test]
fn beta_agrees_with_r() {
    let (scores, weights) = (scores(), weights());
    let fit = |marks: &str, weights: Option<&[f64]>| {
        Calibration::fit(CalibrationMethod::Beta, &scores, &who(marks), weights).unwrap()
    };
    let wanted = [1.57031328792559, 0.24603980737592, 0.72276213361342];
    assert_near(&numbers(&fit(CURVED, None)), &wanted, 1e-11);
    let weighted = fit(CURVED, Some(&weights));
    let wanted = [1.53673089902784, 0.62287722220812, 0.26992938499197];
    assert_near(&numbers(&weighted), &wanted, 1e-11);
    let wanted = [0.0067814430073813, 0.1951276890554571, 0.4605435447474154];
    assert_near(&weighted.calibrate(&scores[..3]).unwrap(), &wanted, 1e-12);
    let wanted = [0.0, 1.6485177956882, -1.2829181086413];
    assert_near(&numbers(&fit(MIXED, None)), &wanted, 1e-11);
    let wanted = [0.0, 4.3684878674089, -1.4591523995064];
    assert_near(&numbers(&fit(STEEP, Some(&weights))), &wanted, 1e-11);
}

/// scikit-learn 1.9.1: `IsotonicRegression(out_of_bounds="clip").fit(s, y, sample_weight=w)`,
/// its thresholds, and `predict([0, .1, .2, .35, .5, .7, 1])`.
#[test]
fn isotonic_agrees_with_scikit_learn() {
    let (scores, left, weights) = (scores(), who(MIXED), weights());
    let at = [0.0, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0];
    let plain = Calibration::fit(CalibrationMethod::Isotonic, &scores, &left, None).unwrap();
    let ends: Vec<f64> = plain
        .blocks()
        .iter()
        .flat_map(|block| [block.from, block.to])
        .collect();
    let wanted = [
        0.03225806, 0.16129032, 0.19354839, 0.48387097, 0.51612903, 0.74193548, 0.77419355,
        0.93548387,
    ];
    assert_near(&ends, &wanted, 1e-8);
    let wanted = [1.0 / 6.0, 1.0 / 6.0, 0.4, 0.4, 0.45, 0.5, 1.0];
    assert_near(&plain.calibrate(&at).unwrap(), &wanted, 1e-15);
    let weighted =
        Calibration::fit(CalibrationMethod::Isotonic, &scores, &left, Some(&weights)).unwrap();
    let wanted = [
        0.09523809523809523,
        0.09523809523809523,
        0.375,
        0.4340277777777777,
        0.4722222222222222,
        0.5,
        1.0,
    ];
    assert_near(&weighted.calibrate(&at).unwrap(), &wanted, 1e-15);
    assert_eq!(weighted.verdict(), CalibrationVerdict::FewRows);
}

const CURVES: [CalibrationMethod; 3] = [
    CalibrationMethod::Platt,
    CalibrationMethod::Isotonic,
    CalibrationMethod::Beta,
];

/// The weighted log-loss or squared error per row that a curve minimises.
fn loss(method: CalibrationMethod, p: &[f64], left: &[bool], weights: &[f64]) -> f64 {
    let mut sum = 0.0;
    for (row, p) in p.iter().enumerate() {
        sum += weights[row]
            * match (method, left[row]) {
                (CalibrationMethod::Isotonic, left) => (p - f64::from(u8::from(left))).powi(2),
                (_, true) => -p.ln(),
                (_, false) => -(1.0 - p).ln(),
            };
    }
    sum
}

proptest! {
    #[test]
    fn curves_rise_and_are_probabilities(
        rows in proptest::collection::vec((0u8..40, any::<bool>(), 0u8..4), 3..80),
        asked in proptest::collection::vec(0.0..=1.0_f64, 1..30),
    ) {
        let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.0) / 39.0).collect();
        let left: Vec<bool> = rows.iter().map(|row| row.1).collect();
        let weights: Vec<f64> = rows.iter().map(|row| f64::from(row.2)).collect();
        let mut asked = asked;
        asked.sort_unstable_by(f64::total_cmp);
        for method in CURVES {
            let fitted = Calibration::fit(method, &scores, &left, Some(&weights));
            let calibration = match fitted {
                Ok(calibration) => calibration,
                Err(Error::NotEnoughData { .. }) => continue,
                Err(Error::Degenerate { .. }) if method == CalibrationMethod::Beta => continue,
                Err(error) => return Err(TestCaseError::fail(error.to_string())),
            };
            let made = calibration.calibrate(&asked).unwrap();
            prop_assert!(made.iter().all(|p| (0.0..=1.0).contains(p)));
            prop_assert!(made.windows(2).all(|pair| pair[0] <= pair[1] + 1e-15));
            let text = persist::to_json(&calibration).unwrap();
            prop_assert_eq!(&persist::from_json::<Calibration>(&text).unwrap(), &calibration);
            // The mean prediction is the rate of leaving, but for the targets of Platt.
            if method != CalibrationMethod::Platt {
                let made = calibration.calibrate(&scores).unwrap();
                let off: f64 = (0..rows.len())
                    .map(|row| weights[row] * (made[row] - f64::from(u8::from(left[row]))))
                    .sum();
                prop_assert!(off.abs() < 1e-6, "{method:?} {off}");
            }
        }
    }

    #[test]
    fn no_other_curve_of_the_kind_is_better(
        rows in proptest::collection::vec((1u8..20, any::<bool>(), 1u8..4), 3..40),
        moves in proptest::collection::vec(-0.2..0.2_f64, 3),
    ) {
        let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.0) / 20.0).collect();
        let left: Vec<bool> = rows.iter().map(|row| row.1).collect();
        let weights: Vec<f64> = rows.iter().map(|row| f64::from(row.2)).collect();
        let fit = |method| Calibration::fit(method, &scores, &left, Some(&weights));
        if let Ok(beta) = fit(CalibrationMethod::Beta) {
            let of = |a: f64, b: f64, c: f64| {
                let p: Vec<f64> = scores
                    .iter()
                    .map(|s| 1.0 / (1.0 + (-(c + a * s.ln() - b * (-s).ln_1p())).exp()))
                    .collect();
                loss(CalibrationMethod::Beta, &p, &left, &weights)
            };
            let [a, b, c] = numbers(&beta)[..] else { unreachable!() };
            let moved = of((a + moves[0]).max(0.0), (b + moves[1]).max(0.0), c + moves[2]);
            prop_assert!(of(a, b, c) <= moved + 1e-9);
        }
        if let Ok(isotonic) = fit(CalibrationMethod::Isotonic) {
            // Any rising curve, such as this one, has no smaller squared error.
            let best = isotonic.calibrate(&scores).unwrap();
            let other: Vec<f64> = scores.iter().map(|s| (0.5 + moves[0] + s * moves[1].abs()).clamp(0.0, 1.0)).collect();
            let of = |p: &[f64]| loss(CalibrationMethod::Isotonic, p, &left, &weights);
            prop_assert!(of(&best) <= of(&other) + 1e-12);
        }
    }

    #[test]
    fn weights_are_repetitions(
        rows in proptest::collection::vec((1u8..20, any::<bool>(), 0u8..4), 3..40),
    ) {
        let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.0) / 20.0).collect();
        let left: Vec<bool> = rows.iter().map(|row| row.1).collect();
        let weights: Vec<f64> = rows.iter().map(|row| f64::from(row.2)).collect();
        let times = |row: &(u8, bool, u8)| usize::from(row.2);
        let many: Vec<(f64, bool)> = rows
            .iter()
            .flat_map(|row| vec![(f64::from(row.0) / 20.0, row.1); times(row)])
            .collect();
        let (many_scores, many_left): (Vec<f64>, Vec<bool>) = many.into_iter().unzip();
        for method in CURVES {
            let weighted = Calibration::fit(method, &scores, &left, Some(&weights));
            let repeated = Calibration::fit(method, &many_scores, &many_left, None);
            prop_assert_eq!(weighted.is_ok(), repeated.is_ok());
            if let (Ok(weighted), Ok(repeated)) = (weighted, repeated) {
                let (a, b) = (weighted.calibrate(&scores), repeated.calibrate(&scores));
                for (a, b) in a.unwrap().iter().zip(b.unwrap()) {
                    prop_assert!((a - b).abs() < 1e-7, "{method:?}: {a} {b}");
                }
            }
        }
    }
}

#[test]
fn scores_of_any_size_do() {
    let left = who(MIXED);
    let wanted = Calibration::fit(CalibrationMethod::Platt, &scores(), &left, None)
        .unwrap()
        .calibrate(&scores())
        .unwrap();
    // From far below 1 to the end of the range, and far from 0.
    for (scale, shift) in [(1e-150, 0.0), (1e306, 0.0), (1.0, 1e6), (1e-3, -40.0)] {
        let scaled: Vec<f64> = scores().iter().map(|s| s * scale + shift).collect();
        let fitted = Calibration::fit(CalibrationMethod::Platt, &scaled, &left, None).unwrap();
        assert_near(&fitted.calibrate(&scaled).unwrap(), &wanted, 1e-8);
    }
    let wide = [-1.7e308, 1.7e308, -1e308, 1e308];
    let fitted = Calibration::fit(
        CalibrationMethod::Isotonic,
        &wide,
        &[false, true, false, true],
        None,
    );
    assert_near(&fitted.unwrap().calibrate(&[0.0]).unwrap(), &[0.5], 1e-15);
}

#[test]
fn separation_is_finite_or_said() {
    let (scores, left) = ([0.1, 0.2, 0.8, 0.9], [false, false, true, true]);
    let platt = Calibration::fit(CalibrationMethod::Platt, &scores, &left, None).unwrap();
    let made = platt.calibrate(&scores).unwrap();
    // The targets are 3/4 and 1/4.
    assert!(made[0] > 0.15 && made[3] < 0.85, "{made:?}");
    let beta = |scores: &[f64], left: &[bool]| {
        Calibration::fit(CalibrationMethod::Beta, scores, left, None)
    };
    let error = beta(&scores, &left).unwrap_err();
    assert!(error.to_string().contains("calibrate by Platt"), "{error}");
    // They touch: still no curve is steep enough.
    assert!(beta(&[0.5, 0.5, 0.9], &[false, true, true]).is_err());
    // Only in the middle, or only the wrong way: the best rising curve is flat.
    let middle = beta(&[0.1, 0.4, 0.5, 0.6, 0.9], &who("01110")).unwrap();
    assert!(middle.calibrate(&[0.5]).unwrap()[0] < 1.0);
    let falling = beta(&scores, &[true, true, false, false]).unwrap();
    assert_eq!(falling.verdict(), CalibrationVerdict::Flat);
    assert_eq!(numbers(&falling), [0.0, 0.0, 0.0]);
    let equal = Calibration::fit(CalibrationMethod::Platt, &[3.0; 4], &left, None).unwrap();
    assert_eq!(equal.verdict(), CalibrationVerdict::Flat);
    assert_near(&equal.calibrate(&[3.0, 1e300]).unwrap(), &[0.5, 0.5], 1e-15);
    // Scores at the ends count as 2^-52 from there.
    let ends = beta(&[0.0, 0.0, 1.0, 1.0, 0.5], &who("01011")).unwrap();
    let made = ends.calibrate(&[0.0, 1.0]).unwrap();
    assert!(made[0] > 0.0 && made[1] < 1.0);
}

#[test]
fn what_cannot_be_is_named() {
    let left = [true, false, true];
    let error = |scores: &[f64], left: &[bool], weights: Option<&[f64]>| {
        Calibration::fit(CalibrationMethod::Beta, scores, left, weights)
            .unwrap_err()
            .to_string()
    };
    let scores = [0.2, 0.1, 0.3];
    assert!(error(&[0.2, 1.5, 0.3], &left, None).starts_with("column scores, row 1"));
    assert!(error(&[0.2, 0.3, f64::NAN], &left, None).starts_with("column scores, row 2"));
    assert!(error(&scores, &left[..2], None).starts_with("column left has length 2"));
    assert!(error(&scores, &left, Some(&[1.0])).starts_with("column weights has length 1"));
    assert!(error(&scores, &left, Some(&[1.0, -1.0, 1.0])).starts_with("column weights, row 1"));
    assert!(error(&scores, &left, Some(&[f64::MAX; 3])).starts_with("overflow"));
    assert!(error(&scores, &[true; 3], None).contains("who stayed"));
    assert!(error(&scores, &left, Some(&[0.0, 1.0, 0.0])).contains("who left"));
    assert!(error(&[], &[], None).contains("who left"));
    let platt = Calibration::fit(CalibrationMethod::Platt, &scores, &left, None).unwrap();
    let asked = platt.calibrate(&[1.0, f64::INFINITY]).unwrap_err();
    assert!(asked.to_string().starts_with("column scores, row 1"));
    let plain = Calibration::fit(CalibrationMethod::None, &scores, &left, None).unwrap();
    assert_eq!(plain.calibrate(&scores).unwrap(), scores);
    assert!(plain.calibrate(&[-0.1]).is_err());
}

#[test]
fn a_saved_form_that_no_fit_gives_is_refused() {
    let isotonic =
        Calibration::fit(CalibrationMethod::Isotonic, &scores(), &who(MIXED), None).unwrap();
    let text = persist::to_json(&isotonic).unwrap();
    for (from, to) in [
        (r#""value":0.4"#, r#""value":0.1"#),
        (r#""value":0.4"#, r#""value":1.4"#),
        (r#""rows":30"#, r#""rows":29"#),
        (r#""left":15"#, r#""left":0"#),
        (r#""left":15"#, r#""left":30"#),
        (r#"{"curve""#, r#"{"more":1,"curve""#),
    ] {
        let broken = text.replacen(from, to, 1);
        assert_ne!(broken, text, "{from}");
        assert!(persist::from_json::<Calibration>(&broken).is_err(), "{to}");
    }
    let falling = r#"{"format":"custometry/calibration","version":1,"model":{"curve":{"platt":{"centre":0.0,"slope":-1.0,"level":0.0}},"rows":3,"left":1}}"#;
    assert!(persist::from_json::<Calibration>(falling).is_err());
}

#[test]
fn threads_do_not_matter() {
    let scores: Vec<f64> = (0..50_000_u32)
        .map(|i| f64::from(i.wrapping_mul(2_654_435_761) % 9_973) / 9_973.0)
        .collect();
    let left: Vec<bool> = (0..50_000_u32)
        .map(|i| f64::from(i.wrapping_mul(40_503) % 997) / 997.0 < scores[i as usize])
        .collect();
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            CURVES.map(|method| {
                let fitted = Calibration::fit(method, &scores, &left, None).unwrap();
                let made = fitted.calibrate(&scores).unwrap();
                (fitted, made)
            })
        })
    };
    let one = run(1);
    assert_eq!(one[1].0.verdict(), CalibrationVerdict::Sound);
    for threads in [2, 3, 8] {
        assert_eq!(run(threads), one);
    }
}
