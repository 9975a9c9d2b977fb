use super::*;
use crate::{
    churn::golden,
    data::{Features, MissingValues},
    persist,
};

fn near(found: f64, want: f64, tolerance: f64) {
    assert!(
        (found - want).abs() <= tolerance * want.abs().max(1.0),
        "{found}, not {want}"
    );
}

fn rossi() -> (Durations, Features) {
    let names = ["fin", "age", "race", "wexp", "mar", "paro", "prio"];
    let features = golden::features(golden::ROSSI, &names);
    (golden::durations(golden::ROSSI, "week", "arrest"), features)
}

#[test]
fn rossi_is_that_of_r() {
    // R 4.2.2, survival 3.5.3: survreg(Surv(week, arrest) ~ ., dist, rel.tolerance = 1e-14):
    // intercept, fin, prio, scale, se of fin and log(scale), log-likelihoods.
    let (durations, features) = rossi();
    let want = [
        (
            AftFamily::Weibull,
            [
                3.990134797204686,
                0.2721633597459617,
                -0.0658169048219990,
                0.7124053338573338,
                0.1379619168489516,
                0.0890266906993255,
                -696.624396947785,
                -679.916563937091,
            ],
        ),
        (
            AftFamily::Exponential,
            [
                4.050691537930798,
                0.366264337185624,
                -0.0856592107896187,
                1.0,
                0.1911157062743198,
                f64::NAN,
                -701.977025993375,
                -686.365940853551,
            ],
        ),
        (
            AftFamily::LogNormal,
            [
                4.267665703822376,
                0.3428476792434298,
                -0.0655175101376406,
                1.2945699261266794,
                0.1640863321426942,
                0.0764358800839660,
                -697.910424777669,
                -683.234625278392,
            ],
        ),
        (
            AftFamily::LogLogistic,
            [
                3.918304143028932,
                0.2888761393896543,
                -0.0691822442974525,
                0.6471347560103619,
                0.145585226177798,
                0.0864163385146915,
                -696.674468693215,
                -679.938411052732,
            ],
        ),
    ];
    for (family, want) in want {
        let model = AftParams::new(family).fit(&durations, &features).unwrap();
        near(model.coefficient("(Intercept)").unwrap(), want[0], 1e-8);
        near(model.coefficient("fin").unwrap(), want[1], 1e-8);
        near(model.coefficient("prio").unwrap(), want[2], 1e-8);
        near(model.scale(), want[3], 1e-8);
        let se = model.standard_errors();
        near(se[1], want[4], 1e-7);
        if family.has_scale() {
            near(se[8], want[5], 1e-7);
        }
        near(model.null_log_likelihood(), want[6], 1e-11);
        near(model.log_likelihood(), want[7], 1e-11);
        let text = persist::to_json(&model).unwrap();
        assert_eq!(persist::from_json::<Aft>(&text).unwrap(), model);
        let median = model.quantile(&features, 0.5).unwrap();
        let half = model.survival(&features, &median[3..4]).unwrap();
        near(half[[3, 0]], 0.5, 1e-12);
    }
}

#[test]
fn delayed_entry_of_exponentials_is_exposure() {
    let durations = Durations::new(&[5., 9., 4., 7.], &[1, 0, 1, 1]).unwrap();
    let durations = durations.with_entries(&[2., 0., 1., 6.]).unwrap();
    let none = Features::from_columns(&[("one", &[1.0; 4])], MissingValues::Refuse).unwrap();
    let model = AftParams::new(AftFamily::Exponential)
        .fit(&durations, &none)
        .unwrap();
    assert_eq!(model.aliased(), ["one"]);
    // 3 + 9 + 3 + 1 months for 3 who left.
    near(
        model.coefficient("(Intercept)").unwrap(),
        (16.0f64 / 3.0).ln(),
        1e-9,
    );
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let features =
        Features::from_columns(&[("a", &[1.0, 1.0, 0.0])], MissingValues::Refuse).unwrap();
    let said = |exit: &[f64], cause: &[u16]| {
        let durations = Durations::new(exit, cause).unwrap();
        AftParams::new(AftFamily::Weibull)
            .fit(&durations, &features)
            .unwrap_err()
            .to_string()
    };
    assert!(said(&[1., 0., 2.], &[1, 1, 1]).starts_with("column exit, row 1"));
    assert!(said(&[1., 3., 2.], &[0, 0, 0]).contains("rows that left"));
    assert!(said(&[1., 3., 2.], &[1, 2, 0]).contains("of_cause"));
    assert!(said(&[1., 3., 2.], &[1, 1, 0]).contains("no finite best value"));
}

#[test]
fn waltons_is_that_of_other_programs() {
    // Fruit flies, waltons_dataset.csv of the Python package lifelines. Maxima to full precision by
    // general optimisers; exponential in closed form, 8087 days for 156 deaths.
    let durations = golden::durations(golden::WALTONS, "T", "E");
    let ones = vec![1.0; durations.len()];
    let constant = Features::from_columns(&[("one", &ones)], MissingValues::Refuse).unwrap();
    let fit = |family| {
        let model = AftParams::new(family).fit(&durations, &constant).unwrap();
        (
            model.coefficient("(Intercept)").unwrap(),
            model.scale(),
            model.log_likelihood(),
        )
    };
    let (intercept, _, value) = fit(AftFamily::Exponential);
    near(intercept.exp(), 8087.0 / 156.0, 1e-9);
    near(value, -771.9125085, 1e-9);
    let (intercept, scale, value) = fit(AftFamily::Weibull);
    near(intercept.exp(), 55.7330784648, 1e-9);
    near(1.0 / scale, 3.450510348, 1e-6);
    near(value, -672.0621873, 1e-9);
    let (intercept, scale, _) = fit(AftFamily::LogNormal);
    near(intercept, 3.82883604067, 1e-9);
    near(scale, 0.51237503763, 1e-9);
    let (intercept, scale, _) = fit(AftFamily::LogLogistic);
    near(intercept.exp(), 50.323443415, 1e-9);
    near(1.0 / scale, 4.0285953587, 1e-9);
}
