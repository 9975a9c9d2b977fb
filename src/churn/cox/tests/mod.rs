//! Golden numbers are of R 4.2.2 and survival (`coxph`, `eps = 1e-15`) unless said.

mod curves;
mod infinite;
mod proportionality;
mod residuals;
mod saved;

use super::*;
use crate::{
    churn::{Band, Durations, golden},
    data::{Categories, Estimate, Features, MissingValues},
};

const NAMES: [&str; 7] = ["fin", "age", "race", "wexp", "mar", "paro", "prio"];

/// Rossi, Berk and Lenihan (1980): 432 people released from prison, watched for a year.
fn rossi() -> Durations {
    golden::durations(golden::ROSSI, "week", "arrest")
}

fn column(name: &str) -> Vec<f64> {
    golden::numbers(golden::ROSSI, name)
}

fn columns(names: &[&str]) -> Features {
    golden::features(golden::ROSSI, names)
}

/// Crowley and Hu (1977): candidates for a heart, watched from entries on.
fn heart() -> (Durations, Features) {
    let heart = golden::durations(golden::HEART, "stop", "event")
        .with_entries(&golden::numbers(golden::HEART, "start"))
        .unwrap();
    let features = golden::features(golden::HEART, &["age", "surgery", "transplant"]);
    (heart, features)
}

/// The race of each row, a stratum.
fn race() -> Categories {
    let race: Vec<String> = column("race").iter().map(ToString::to_string).collect();
    Categories::new(&race).unwrap()
}

/// Two columns and a category of three levels.
fn with_plans() -> Features {
    let plan = |prio: &f64| format!("p{}", prio % 3.0);
    let plans: Vec<String> = column("prio").iter().map(plan).collect();
    columns(&["fin", "age"])
        .with_categories("plan", Categories::new(&plans).unwrap())
        .unwrap()
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

#[test]
fn rossi_by_efron_and_breslow_is_that_of_r() {
    let rossi = rossi();
    let features = columns(&NAMES);
    let data = CoxData::new(&rossi, &features);
    let cox = CoxParams::default().fit(&data).unwrap();
    near(
        cox.coefficients(),
        &[
            -0.379422166871210,
            -0.057437743013761,
            0.313899785949295,
            -0.149795697222788,
            -0.433703876690251,
            -0.084871082990837,
            0.091497079351121,
        ],
        1e-9,
    );
    near(
        &cox.standard_errors(),
        &[
            0.191379480712809,
            0.021999470627954,
            0.307992776392939,
            0.212224296158164,
            0.381868057464922,
            0.195756671920923,
            0.028648550073471,
        ],
        1e-9,
    );
    let (null, fitted) = cox.log_likelihood();
    near(
        &[null, fitted],
        &[-675.38063234687, -658.74765944609],
        1e-12,
    );
    let tests = [cox.likelihood_ratio_test(), cox.score_test()];
    near(&tests, &[33.2659458, 33.5286889], 1e-8);
    assert!((cox.wald_test() - 32.11).abs() < 0.005);
    assert_eq!(
        (cox.rows(), cox.events(), cox.verdict()),
        (432, 114, &CoxVerdict::Converged)
    );
    let cox = CoxParams::default().ties(Ties::Breslow).fit(&data).unwrap();
    near(
        cox.coefficients(),
        &[
            -0.379021887795027,
            -0.057245925363557,
            0.314129765068245,
            -0.151114599627457,
            -0.432782572549051,
            -0.084982835751605,
            0.091111540500466,
        ],
        1e-9,
    );
    let (null, fitted) = cox.log_likelihood();
    near(
        &[null, fitted],
        &[-675.68338941750, -659.12060567733],
        1e-12,
    );
}

#[test]
fn strata_weights_and_entries_are_those_of_r() {
    let rossi = rossi();
    // coxph(Surv(week, arrest) ~ fin + age + wexp + mar + paro + prio + strata(race))
    let features = columns(&["fin", "age", "wexp", "mar", "paro", "prio"]);
    let race: Vec<&str> = column("race")
        .into_iter()
        .map(|x| if x > 0.5 { "black" } else { "other" })
        .collect();
    let race = Categories::new(&race).unwrap();
    let data = CoxData::new(&rossi, &features).strata(&race);
    let cox = CoxParams::default().fit(&data).unwrap();
    near(
        cox.coefficients(),
        &[
            -0.3787673746405,
            -0.0576397455683,
            -0.14274992542,
            -0.4388166856383,
            -0.08576395460007,
            0.09221383943097,
        ],
        1e-9,
    );
    let (null, fitted) = cox.log_likelihood();
    near(&[null, fitted], &[-636.9269673316, -620.5636085144], 1e-12);

    // coxph(Surv(week, arrest) ~ fin + race + wexp + mar + paro + prio, weights = age)
    let features = columns(&["fin", "race", "wexp", "mar", "paro", "prio"]);
    let weighted = rossi.clone().with_weights(&column("age")).unwrap();
    let cox = CoxParams::default()
        .fit(&CoxData::new(&weighted, &features))
        .unwrap();
    near(
        cox.coefficients(),
        &[
            -0.5074077320654,
            0.3237926703062,
            -0.4152496255515,
            -0.627494217901,
            0.03691840509018,
            0.08094974323641,
        ],
        1e-9,
    );
    near(
        &cox.standard_errors()[..2],
        &[0.04017598756319, 0.06630808139217],
        1e-9,
    );
    let (null, fitted) = cox.log_likelihood();
    near(&[null, fitted], &[-23715.29385397, -23380.8697971], 1e-12);

    // coxph(Surv(pmin(prio, week - 1), week, arrest) ~ fin + age + race)
    let (cox, ..) = late(&rossi);
    near(
        cox.coefficients(),
        &[-0.3395470023928, -0.07250637179236, 0.2386555464504],
        1e-9,
    );
    near(
        &cox.standard_errors(),
        &[0.1901993584513, 0.02096171432964, 0.3060133524929],
        1e-9,
    );
    let (null, fitted) = cox.log_likelihood();
    near(&[null, fitted], &[-669.7892130149, -660.1298734283], 1e-12);
}

/// A fit with entries.
fn late(rossi: &Durations) -> (Cox, Durations, Features) {
    let pairs = column("prio").into_iter().zip(column("week"));
    let entry: Vec<f64> = pairs.map(|(prio, week)| prio.min(week - 1.0)).collect();
    let durations = rossi.clone().with_entries(&entry).unwrap();
    let features = columns(&["fin", "age", "race"]);
    let cox = CoxParams::default()
        .fit(&CoxData::new(&durations, &features))
        .unwrap();
    (cox, durations, features)
}

#[test]
fn residuals_and_robust_errors_are_those_of_r() {
    let rossi = rossi();
    let features = columns(&NAMES);
    let data = CoxData::new(&rossi, &features);
    let residuals = CoxParams::default()
        .fit(&data)
        .unwrap()
        .residuals(&data)
        .unwrap();
    near(
        &residuals.robust_errors(),
        &[
            0.195541778880588,
            0.025336146320825,
            0.292328555108875,
            0.218060315186137,
            0.380244465386073,
            0.199200829565688,
            0.028974594811611,
        ],
        1e-9,
    );
    let martingale = [
        0.9030557804181,
        0.8075084466257,
        0.6761131362934,
        -0.1342650646004,
    ];
    near(&residuals.martingale()[..4], &martingale, 1e-9);
    let deviance = [
        1.691486766916,
        1.296298235875,
        0.9499977620678,
        -0.5181989282128,
    ];
    near(&residuals.deviance()[..4], &deviance, 1e-9);
    let squares: f64 = residuals.deviance().iter().map(|d| d * d).sum();
    near(&[squares], &[481.8409256], 1e-7);
    let first = |residuals: &ndarray::Array2<f64>| residuals.row(0).to_vec();
    near(
        &first(residuals.score()),
        &[
            -0.374716407191,
            3.861228555631,
            0.09795481549165,
            -0.4135857994674,
            -0.06340936121799,
            0.3596968721176,
            -0.7540357732345,
        ],
        1e-9,
    );
    near(
        &first(&residuals.dfbeta()),
        &[
            -0.01412700169396,
            0.002780122285669,
            0.00699786233067,
            -0.02494975412631,
            -0.008041437342294,
            0.01474849387574,
            -0.0009378918992593,
        ],
        1e-8,
    );
    near(
        &first(residuals.schoenfeld()),
        &[
            -0.3992516729616,
            -2.529560268483,
            0.1000507802168,
            -0.4207464616616,
            -0.06206079500115,
            -0.5827210537711,
            -4.278027911627,
        ],
        1e-9,
    );
    near(
        &first(&residuals.scaled_schoenfeld()),
        &[
            -2.109101718673,
            -0.1345515888785,
            1.366329251071,
            -2.494301420126,
            0.09556836294044,
            -3.211543509917,
            -0.4223430838645,
        ],
        1e-8,
    );
}

#[test]
fn clusters_are_those_of_r() {
    let rossi = rossi();
    // coxph(Surv(week, arrest) ~ fin + age + cluster(prio))
    let features = columns(&["fin", "age"]);
    let prio = column("prio").into_iter();
    let clusters: Vec<u32> = prio.map(|x| x.to_string().parse().unwrap()).collect();
    let data = CoxData::new(&rossi, &features).clusters(&clusters);
    let cox = CoxParams::default().fit(&data).unwrap();
    near(
        cox.coefficients(),
        &[-0.3279000950954, -0.07148280120882],
        1e-9,
    );
    let robust = cox.residuals(&data).unwrap().robust_errors();
    near(&robust, &[0.09928936313496, 0.01765899142108], 1e-9);
}

/// The log-likelihood by its definition, over all rows for each event.
fn naive(times: &[f64], entry: &[f64], left: &[u16], x: &[f64], beta: f64, ties: Ties) -> f64 {
    let mut sum = 0.0;
    let e = |row: usize| (beta * x[row]).exp();
    let mut seen: Vec<f64> = Vec::new();
    for at in 0..times.len() {
        let time = times[at];
        if left[at] == 0 || seen.iter().any(|&seen| seen.total_cmp(&time).is_eq()) {
            continue;
        }
        seen.push(time);
        let risk: f64 = (0..x.len())
            .filter(|&r| entry[r] < time && time <= times[r])
            .map(e)
            .sum();
        let same = |&r: &usize| left[r] > 0 && times[r].total_cmp(&time).is_eq();
        let dead: Vec<usize> = (0..x.len()).filter(same).collect();
        let of_dead: f64 = dead.iter().map(|&r| e(r)).sum();
        for (l, &row) in dead.iter().enumerate() {
            let share = l as f64 / dead.len() as f64;
            let share = if ties == Ties::Efron { share } else { 0.0 };
            sum += beta * x[row] - (risk - share * of_dead).ln();
        }
    }
    sum
}

proptest::proptest! {
    #[test]
    fn the_fit_is_at_the_top_of_the_naive_likelihood(
        rows in proptest::collection::vec((0u8..4, 1u8..6, 0u16..2, 0u8..4), 6..40),
        efron in 0u8..2,
    ) {
        let entry: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
        let times: Vec<f64> = rows.iter().map(|row| f64::from(row.0 + row.1)).collect();
        let left: Vec<u16> = rows.iter().map(|row| row.2).collect();
        let x: Vec<f64> = rows.iter().map(|row| f64::from(row.3)).collect();
        let ties = if efron > 0 { Ties::Efron } else { Ties::Breslow };
        let durations = Durations::new(&times, &left).unwrap().with_entries(&entry).unwrap();
        let features = Features::from_columns(&[("x", &x)], MissingValues::Refuse).unwrap();
        let data = CoxData::new(&durations, &features);
        let cox = match CoxParams::default().ties(ties).fit(&data) {
            Ok(cox) => cox,
            Err(error) => {
                let kind = error.kind();
                let fits = [crate::ErrorKind::NotEnoughData, crate::ErrorKind::Degenerate];
                proptest::prop_assert!(fits.contains(&kind), "{error}");
                return Ok(());
            }
        };
        let at = |beta: f64| naive(&times, &entry, &left, &x, beta, ties);
        let beta = cox.coefficients()[0];
        let (null, fitted) = cox.log_likelihood();
        proptest::prop_assert!((null - at(0.0)).abs() < 1e-9);
        proptest::prop_assert!((fitted - at(beta)).abs() < 1e-8);
        if *cox.verdict() == CoxVerdict::Converged {
            let h = 1e-4;
            let slope = (at(beta + h) - at(beta - h)) / (2.0 * h);
            let curve = (2.0 * at(beta) - at(beta + h) - at(beta - h)) / (h * h);
            proptest::prop_assert!(slope.abs() < 1e-5, "{slope}");
            let information = cox.covariance()[0].recip();
            proptest::prop_assert!((curve - information).abs() < 1e-4 * (1.0 + information));
        }
    }
}

#[test]
fn bad_data_are_refused_with_the_remedy() {
    let durations = Durations::new(&[1.0, 2.0, 3.0], &[1, 1, 0]).unwrap();
    let columns = |x: &[f64]| Features::from_columns(&[("x", x)], MissingValues::Keep).unwrap();
    let said = |durations: &Durations, x: &Features| {
        let fit = CoxParams::default().fit(&CoxData::new(durations, x));
        fit.unwrap_err().to_string()
    };
    let x = columns(&[0.0, 1.0, 2.0]);
    let weighted = x.clone().with_weights(&[1.0; 3]).unwrap();
    assert!(said(&durations, &weighted).contains("Durations::with_weights"));
    let causes = Durations::new(&[1.0, 2.0, 3.0], &[1, 2, 0]).unwrap();
    assert!(said(&causes, &x).contains("Durations::of_cause"));
    let nobody = Durations::new(&[1.0, 2.0, 3.0], &[0; 3]).unwrap();
    assert!(said(&nobody, &x).contains("customers who left"));
    assert!(said(&durations, &columns(&[5.0; 3])).contains("no column varies"));
    assert!(said(&durations, &columns(&[5.0; 2])).contains("features"));
    assert!(said(&durations, &columns(&[0.0, f64::NAN, 1.0])).contains("row 1"));
    let tied = Durations::new(&[2.0; 3], &[1; 3]).unwrap();
    assert!(said(&tied, &columns(&[4.0; 3])).contains("no column varies"));
}

#[test]
fn few_events_among_many_rows_and_all_threads_give_one_answer() {
    let count = 40_000;
    let times: Vec<f64> = (0..count).map(|row| f64::from(row % 365 + 1)).collect();
    let left: Vec<u16> = (0..count)
        .map(|row| u16::from(row % 17_000 == 99))
        .collect();
    let x: Vec<f64> = (0..count).map(|row| f64::from(row * 7919 % 1009)).collect();
    let durations = Durations::new(&times, &left).unwrap();
    let features = Features::from_columns(&[("x", &x)], MissingValues::Refuse).unwrap();
    let fit = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            CoxParams::default()
                .fit(&CoxData::new(&durations, &features))
                .unwrap()
        })
    };
    let one = fit(1);
    assert_eq!(one.events(), 3);
    assert!(one.standard_errors()[0] > 0.0);
    for threads in [2, 3, 8] {
        assert_eq!(fit(threads), one);
    }
}

/// Rossi many times over: several blocks of rows, which must come to the same as one.
#[test]
fn many_blocks_are_one() {
    const TIMES: u32 = 150;
    let rossi = rossi();
    let (_, late, features) = late(&rossi);
    let race: Vec<String> = column("race").into_iter().map(|x| x.to_string()).collect();
    let strata = Categories::new(&race).unwrap();
    let rows: Vec<u32> = (0..TIMES).flat_map(|_| 0..432).collect();
    let places: Vec<usize> = rows.iter().map(|&row| row as usize).collect();
    let weights = vec![1.0 / f64::from(TIMES); rows.len()];
    let many = late.of_rows(&rows).with_weights(&weights).unwrap();
    let many_features = features.of_rows(&places);
    let many_race: Vec<&str> = places.iter().map(|&row| race[row].as_str()).collect();
    let many_strata = Categories::new(&many_race).unwrap();
    let params = CoxParams::default().ties(Ties::Breslow);
    let one = CoxData::new(&late, &features);
    let all = CoxData::new(&many, &many_features);
    for (one, all) in [(one, all), (one.strata(&strata), all.strata(&many_strata))] {
        let (few, many) = (params.fit(&one).unwrap(), params.fit(&all).unwrap());
        near(many.coefficients(), few.coefficients(), 1e-9);
        near(&many.standard_errors(), &few.standard_errors(), 1e-9);
        let (_, times) = few.baseline(0, Reference::Mean).unwrap();
        let (_, again) = many.baseline(0, Reference::Mean).unwrap();
        near(&again, &times, 1e-9);
    }
}

#[test]
fn the_unit_of_weights_does_not_matter() {
    let (rossi, features) = (rossi(), columns(&["fin", "age", "prio"]));
    let plain = CoxParams::default()
        .fit(&CoxData::new(&rossi, &features))
        .unwrap();
    for unit in [1e-9, 1e9] {
        let weighted = rossi.clone().with_weights(&vec![unit; 432]).unwrap();
        let cox = CoxParams::default()
            .fit(&CoxData::new(&weighted, &features))
            .unwrap();
        near(cox.coefficients(), plain.coefficients(), 1e-9);
        assert_eq!(cox.verdict(), &CoxVerdict::Converged);
    }
}

#[test]
fn who_was_at_risk_at_no_event_changes_nothing() {
    // One who came after the event at 2 and was gone before that at 3, with e^40 times the hazard.
    let exits = [1.0, 2.0, 3.0, 4.0, 2.8];
    let durations = Durations::new(&exits, &[1, 1, 1, 1, 0]).unwrap();
    let durations = durations.with_entries(&[0.0, 0.0, 0.0, 0.0, 2.2]).unwrap();
    let x = [1.0, 0.0, 1.0, 0.0, 1.0];
    let x = Features::from_columns(&[("x", &x)], MissingValues::Refuse).unwrap();
    let offset = [0.0, 0.0, 0.0, 0.0, 40.0];
    let cox = CoxParams::default()
        .fit(&CoxData::new(&durations, &x).offset(&offset))
        .unwrap();
    // R: coxph(Surv(a, b, d) ~ x + offset(o)): loglik -log(24) without x.
    near(&[cox.log_likelihood().0], &[-24f64.ln()], 1e-12);
}

#[test]
fn offsets_far_from_zero_are_refused() {
    let (rossi, features) = (rossi(), columns(&["fin"]));
    for offset in [-800.0, 800.0] {
        let offsets = [offset; 432];
        let data = CoxData::new(&rossi, &features).offset(&offsets);
        let error = CoxParams::default().fit(&data).unwrap_err();
        assert!(error.to_string().contains("shift the offsets"), "{error}");
    }
}

#[test]
fn a_ridge_draws_as_that_of_r() {
    // coxph(Surv(week, arrest) ~ ridge(..., theta = 1, scale = FALSE))
    let rossi = rossi();
    let features = columns(&NAMES);
    let data = CoxData::new(&rossi, &features);
    let cox = CoxParams::default().ridge(1.0).fit(&data).unwrap();
    near(
        cox.coefficients(),
        &[
            -0.364060767620026,
            -0.057980891217605,
            0.289409045930569,
            -0.149598393851400,
            -0.383739597230322,
            -0.082206246050026,
            0.091332726753633,
        ],
        1e-8,
    );
    near(
        &cox.standard_errors(),
        &[
            0.187730269975224,
            0.021953173440480,
            0.291504524632506,
            0.207276318536239,
            0.350247353523439,
            0.192121821225228,
            0.028582257892854,
        ],
        1e-8,
    );
    near(&[cox.log_likelihood().1], &[-658.76362074313], 1e-10);
    let error = cox.proportionality(&data, TimeTransform::Rank).unwrap_err();
    assert!(error.to_string().contains("ridge"));
    // Columns that make each other up share what one has alone, at half the cost.
    let twice: Vec<(&str, Vec<f64>)> = ["a", "b"].map(|name| (name, column("prio"))).to_vec();
    let twice: Vec<(&str, &[f64])> = twice.iter().map(|(name, x)| (*name, &x[..])).collect();
    let twice = Features::from_columns(&twice, MissingValues::Refuse).unwrap();
    let both = CoxParams::default()
        .ridge(1.0)
        .fit(&CoxData::new(&rossi, &twice))
        .unwrap();
    let alone = columns(&["prio"]);
    let one = CoxParams::default()
        .ridge(0.5)
        .fit(&CoxData::new(&rossi, &alone))
        .unwrap();
    let half = 0.5 * one.coefficients()[0];
    near(both.coefficients(), &[half, half], 1e-9);
    for bad in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(CoxParams::default().ridge(bad).fit(&data).is_err());
    }
}

#[test]
fn many_copies_apart_are_one() {
    // Strata of several blocks, with ties by Efron that go over their borders.
    const COPIES: usize = 150;
    let names = ["fin", "age", "prio"];
    let single = rossi();
    let features = columns(&names);
    let data = CoxData::new(&single, &features);
    let one = CoxParams::default().fit(&data).unwrap();
    let residuals = one.residuals(&data).unwrap();

    let exits = column("week").repeat(COPIES);
    let durations = Durations::new(&exits, &single.cause().repeat(COPIES)).unwrap();
    let columns: Vec<Vec<f64>> = names.map(|name| column(name).repeat(COPIES)).to_vec();
    let named: Vec<(&str, &[f64])> = names
        .into_iter()
        .zip(columns.iter().map(Vec::as_slice))
        .collect();
    let many_features = Features::from_columns(&named, MissingValues::Refuse).unwrap();
    let copies: Vec<String> = (0..exits.len())
        .map(|row| (row / single.len()).to_string())
        .collect();
    let copies = Categories::new(&copies).unwrap();
    let many_data = CoxData::new(&durations, &many_features).strata(&copies);
    let many = CoxParams::default().fit(&many_data).unwrap();
    near(many.coefficients(), one.coefficients(), 1e-10);
    let root = (COPIES as f64).sqrt();
    let errors: Vec<f64> = many.standard_errors().iter().map(|se| se * root).collect();
    near(&errors, &one.standard_errors(), 1e-10);

    let many_residuals = many.residuals(&many_data).unwrap();
    for copy in [0, 40, COPIES - 1] {
        let rows = copy * single.len()..(copy + 1) * single.len();
        near(
            &many_residuals.martingale()[rows.clone()],
            residuals.martingale(),
            1e-8,
        );
        let score = many_residuals.score();
        for (row, want) in rows.zip(residuals.score().rows()) {
            for (found, want) in score.row(row).iter().zip(want) {
                assert!((found - want).abs() < 1e-8, "{found} {want}");
            }
        }
        let events = copy * single.events()..(copy + 1) * single.events();
        for (event, want) in events.zip(residuals.schoenfeld().rows()) {
            for (found, want) in many_residuals.schoenfeld().row(event).iter().zip(want) {
                assert!((found - want).abs() < 1e-8, "{found} {want}");
            }
        }
    }
    let test = one
        .proportionality(&data, TimeTransform::KaplanMeier)
        .unwrap();
    let many_test = many
        .proportionality(&many_data, TimeTransform::KaplanMeier)
        .unwrap();
    let share = many_test.global.statistic / COPIES as f64;
    near(&[share], &[test.global.statistic], 1e-8);
}
