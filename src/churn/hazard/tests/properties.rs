//! What holds for any data.

use proptest::prelude::*;

use super::*;
use crate::churn::{LogisticData, LogisticParams};

/// The rows of the data as person-periods: those of `Logistic`.
struct Expanded {
    columns: Vec<Vec<f64>>,
    left: Vec<bool>,
    weights: Vec<f64>,
}

impl Expanded {
    /// With columns for the baseline: powers, or a one for each of these periods, and only those.
    fn new(durations: &Durations, raw: &[Vec<f64>], baseline: &Baseline) -> Self {
        let width = match baseline {
            Baseline::Powers(degree) => *degree,
            Baseline::Periods(periods) => periods.len() - 1,
        };
        let mut all = Self {
            columns: vec![Vec::new(); width + raw.len()],
            left: Vec::new(),
            weights: Vec::new(),
        };
        for row in 0..durations.len() {
            let exit = whole(durations.exit(row).unwrap());
            let entry = whole(durations.entry(row).unwrap_or(0.0));
            for period in entry + 1..=exit {
                match baseline {
                    Baseline::Powers(degree) => {
                        let mut power = 1.0;
                        for column in &mut all.columns[..*degree] {
                            power *= period as f64;
                            column.push(power);
                        }
                    }
                    Baseline::Periods(periods) => {
                        let Some(place) = periods.iter().position(|&known| known == period) else {
                            continue;
                        };
                        for at in 1..periods.len() {
                            all.columns[at - 1].push(f64::from(u8::from(at == place)));
                        }
                    }
                }
                for (column, raw) in all.columns[width..].iter_mut().zip(raw) {
                    column.push(raw[row]);
                }
                all.left.push(period == exit && durations.cause()[row] > 0);
                let weights = durations.weights();
                all.weights
                    .push(weights.map_or(1.0, |weights| weights[row]));
            }
        }
        all
    }
}

enum Baseline {
    Powers(usize),
    Periods(Vec<usize>),
}

fn named(raw: &[Vec<f64>]) -> Features {
    let names: Vec<String> = (0..raw.len()).map(|at| format!("x{at}")).collect();
    let columns: Vec<(&str, &[f64])> = names
        .iter()
        .map(String::as_str)
        .zip(raw.iter().map(Vec::as_slice))
        .collect();
    Features::from_columns(&columns, MissingValues::Refuse).unwrap()
}

/// Exits, entries, who left, weights, and two columns.
#[derive(Debug, Clone)]
struct Case {
    durations: Durations,
    raw: Vec<Vec<f64>>,
}

fn cases() -> impl Strategy<Value = Case> {
    (30usize..80).prop_flat_map(|rows| {
        let life = (1u32..6, 0u32..5, any::<bool>(), 0.2..3.0f64);
        (
            prop::collection::vec(life, rows),
            prop::collection::vec(-2.0..2.0f64, rows),
            prop::collection::vec(0.0..1.0f64, rows),
        )
            .prop_map(|(lives, a, b)| {
                let exit: Vec<f64> = lives.iter().map(|life| f64::from(life.0)).collect();
                let entry = |life: &(u32, u32, bool, f64)| f64::from(life.1.min(life.0 - 1) / 2);
                let entry: Vec<f64> = lives.iter().map(entry).collect();
                let cause: Vec<u16> = lives.iter().map(|life| u16::from(life.2)).collect();
                let weight: Vec<f64> = lives.iter().map(|life| life.3).collect();
                let durations = Durations::new(&exit, &cause).unwrap();
                let durations = durations.with_entries(&entry).unwrap();
                Case {
                    durations: durations.with_weights(&weight).unwrap(),
                    raw: vec![a, b],
                }
            })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn it_is_the_regression_on_person_periods(case in cases(), is_hazard in any::<bool>()) {
        let link = if is_hazard { Link::ComplementaryLogLog } else { Link::Logit };
        let features = named(&case.raw);
        for degree in [0, 1, 2] {
            let params = params(link, HazardBaseline::Polynomial(degree));
            let Ok(model) = params.fit(&case.durations, &features) else { continue };
            prop_assume!(*model.verdict() == HazardVerdict::Converged);
            let rows = Expanded::new(&case.durations, &case.raw, &Baseline::Powers(degree));
            let columns = named(&rows.columns).with_weights(&rows.weights).unwrap();
            let logistic = LogisticParams::default().link(link);
            let logistic = logistic.fit(&LogisticData::new(&columns, &rows.left)).unwrap();
            for (a, b) in model.coefficients().iter().zip(logistic.coefficients()) {
                prop_assert!((a - b).abs() < 1e-8 * (1.0 + b.abs()), "{a} {b}");
            }
            for (a, b) in model.standard_errors().iter().zip(logistic.standard_errors()) {
                prop_assert!((a - b).abs() < 1e-7 * b, "{a} {b}");
            }
            prop_assert!((model.log_likelihood() - logistic.log_likelihood()).abs() < 1e-9);
            prop_assert_eq!(model.person_periods(), rows.left.len() as u64);
        }
    }

    #[test]
    fn so_it_is_with_a_coefficient_for_each_period(case in cases(), is_hazard in any::<bool>()) {
        let link = if is_hazard { Link::ComplementaryLogLog } else { Link::Logit };
        let features = named(&case.raw);
        let model = params(link, HazardBaseline::EachPeriod).fit(&case.durations, &features);
        let Ok(model) = model else { return Ok(()) };
        let names = model.names();
        let prefix = "period=";
        if let HazardVerdict::InfiniteCoefficients { names } = model.verdict() {
            prop_assume!(names.iter().all(|name| name.starts_with(prefix)));
        }
        let periods: Vec<usize> = names
            .iter()
            .filter_map(|name| name.strip_prefix(prefix)?.parse().ok())
            .collect();
        let count = periods.len();
        let rows = Expanded::new(&case.durations, &case.raw, &Baseline::Periods(periods));
        let columns = named(&rows.columns).with_weights(&rows.weights).unwrap();
        let logistic = LogisticParams::default().link(link);
        let logistic = logistic.fit(&LogisticData::new(&columns, &rows.left)).unwrap();
        let theirs = logistic.coefficients();
        for (at, ours) in model.coefficients().iter().enumerate() {
            let theirs = match at {
                0 => theirs[0],
                at if at < count => theirs[0] + theirs[at],
                at => theirs[at],
            };
            prop_assert!((ours - theirs).abs() < 1e-8 * (1.0 + theirs.abs()), "{ours} {theirs}");
        }
        let (ours, theirs) = (model.standard_errors(), logistic.standard_errors());
        for (a, b) in ours[count..].iter().zip(&theirs[count..]) {
            prop_assert!((a - b).abs() < 1e-7 * b, "{a} {b}");
        }
        prop_assert!((model.log_likelihood() - logistic.log_likelihood()).abs() < 1e-9);
    }

    #[test]
    fn units_of_columns_do_not_matter(case in cases()) {
        let params = params(Link::Logit, HazardBaseline::Linear);
        let Ok(model) = params.fit(&case.durations, &named(&case.raw)) else { return Ok(()) };
        prop_assume!(*model.verdict() == HazardVerdict::Converged);
        let scaled = |column: &Vec<f64>| column.iter().map(|x| 1e6 * x + 1e7).collect();
        let raw: Vec<Vec<f64>> = case.raw.iter().map(scaled).collect();
        let other = params.fit(&case.durations, &named(&raw)).unwrap();
        let (ours, theirs) = (model.coefficients(), other.coefficients());
        for at in [2, 3] {
            prop_assert!((ours[at] - 1e6 * theirs[at]).abs() < 1e-7 * (1.0 + ours[at].abs()));
        }
        prop_assert!((model.log_likelihood() - other.log_likelihood()).abs() < 1e-8);
    }
}

#[test]
fn threads_do_not_matter() {
    // More rows than a part has.
    let rows = 9_000usize;
    let exit: Vec<f64> = (0..rows).map(|row| 1.0 + (row * 7 % 13) as f64).collect();
    let cause: Vec<u16> = (0..rows).map(|row| u16::from(row * 31 % 10 < 3)).collect();
    let durations = Durations::new(&exit, &cause).unwrap();
    let raw: Vec<Vec<f64>> = [17, 29, 5]
        .iter()
        .map(|by| {
            (0..rows)
                .map(|row| (row * by % 101) as f64 / 50.0)
                .collect()
        })
        .collect();
    let features = named(&raw);
    let fit = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap().install(|| {
            let each = HazardParams::new().fit(&durations, &features).unwrap();
            let params = params(Link::ComplementaryLogLog, HazardBaseline::Polynomial(3));
            (each, params.fit(&durations, &features).unwrap())
        })
    };
    let one = fit(1);
    for threads in [2, 3, 8] {
        assert_eq!(fit(threads), one);
    }
}
