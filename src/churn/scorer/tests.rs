use proptest::prelude::*;

use super::*;
use crate::{
    churn::{
        AftFamily, AftParams, CalibrationMethod, ChurnModelParams, CoxData, CoxParams, Durations,
        HazardBaseline, HazardParams, Link, LogisticData, LogisticParams, Reference,
    },
    data::{Categories, Features, MissingValues, TimeUnit},
    value::PurchaseHistories,
};

fn features(rows: u32) -> Features {
    let column = |of: fn(u32) -> f64| (0..rows).map(of).collect::<Vec<f64>>();
    let calls = column(|row| f64::from(row % 4));
    let fee = column(|row| 19.9 + f64::from(row * 7 % 13) / 3.0);
    let plans: Vec<&str> = (0..rows)
        .map(|row| ["basic", "plus", "pro"][(row / 2 % 3) as usize])
        .collect();
    let columns: &[(&str, &[f64])] = &[("calls", &calls), ("fee", &fee)];
    Features::from_columns(columns, MissingValues::Refuse)
        .unwrap()
        .with_categories("plan", Categories::new(&plans).unwrap())
        .unwrap()
}

fn left(rows: u32) -> Vec<bool> {
    let left = |row: u32| (row * row * 3 + row * 4) % 13 < 1 + 2 * (row % 4) + 2 * (row / 2 % 3);
    (0..rows).map(left).collect()
}

fn model(method: CalibrationMethod, link: Link) -> ChurnModel {
    let (features, left) = (features(120), left(120));
    ChurnModelParams::default()
        .logistic(LogisticParams::default().link(link))
        .calibration(method)
        .folds(4)
        .horizon(Days(30.0))
        .fit(&LogisticData::new(&features, &left))
        .unwrap()
}

fn cox() -> Cox {
    let times: Vec<f64> = (0..120).map(|row| f64::from(row * 37 % 101 + 3)).collect();
    let gone: Vec<u16> = (0..120).map(|row| u16::from(row % 3 > 0)).collect();
    let durations = Durations::new(&times, &gone).unwrap();
    let features = features(120);
    CoxParams::default()
        .fit(&CoxData::new(&durations, &features))
        .unwrap()
}

fn aft(family: AftFamily) -> Aft {
    let times: Vec<f64> = (0..120).map(|row| f64::from(row * 37 % 101 + 3)).collect();
    let gone: Vec<u16> = (0..120).map(|row| u16::from(row % 3 > 0)).collect();
    let durations = Durations::new(&times, &gone).unwrap();
    AftParams::new(family)
        .fit(&durations, &features(120))
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn contributions_add_up_to_the_last_bit(
        rows in proptest::collection::vec((-1e3..1e3_f64, -1e-3..1e3_f64, 0usize..3, -5.0..5.0_f64), 1..40),
        is_offset in any::<bool>(),
        method in 0usize..4,
        is_hazard in any::<bool>(),
    ) {
        use CalibrationMethod::{Beta, Isotonic, None as Plain, Platt};
        let link = if is_hazard { Link::ComplementaryLogLog } else { Link::Logit };
        let model = model([Plain, Platt, Isotonic, Beta][method], link);
        let of = |at: fn(&(f64, f64, usize, f64)) -> f64| rows.iter().map(at).collect::<Vec<f64>>();
        let (calls, fee, offset) = (of(|row| row.0), of(|row| row.1), of(|row| row.3));
        let plans: Vec<&str> = rows.iter().map(|row| ["basic", "plus", "pro"][row.2]).collect();
        // In another order than in the fit.
        let columns: &[(&str, &[f64])] = &[("fee", &fee), ("calls", &calls)];
        let features = Features::from_columns(columns, MissingValues::Refuse)
            .unwrap()
            .with_categories("plan", Categories::new(&plans).unwrap())
            .unwrap();
        let offset = is_offset.then_some(offset.as_slice());
        let made = model.contributions(&features, offset).unwrap();
        let scores = model.logistic().linear_predictor(&features, offset).unwrap();
        let risks = model.predict(&features, offset).unwrap();
        for (row, score) in scores.iter().enumerate() {
            let mut sum = made.base();
            for part in made.row(row).unwrap() {
                sum += part;
            }
            sum += offset.map_or(0.0, |offset| offset[row]);
            prop_assert_eq!(sum.to_bits(), score.to_bits());
            prop_assert_eq!(made.score(row).unwrap().to_bits(), score.to_bits());
            prop_assert_eq!(made.probability(row).unwrap().to_bits(), risks[row].to_bits());
        }
        prop_assert_eq!(made.score(rows.len()), None);
        prop_assert!(made.strongest(rows.len(), 3).is_empty());
    }

    #[test]
    fn probabilities_do_not_fall_with_the_horizon(
        ages in proptest::collection::vec(0.0..200.0_f64, 12),
        purchases in proptest::collection::vec((0u32..30, 0.0..1.0_f64, 1.0..400.0_f64), 12),
        horizon in 0.0..120.0_f64,
        more in 0.0..120.0_f64,
    ) {
        let features = features(12);
        let frequency: Vec<u32> = purchases.iter().map(|row| row.0).collect();
        let age: Vec<f64> = purchases.iter().map(|row| row.2).collect();
        let recency: Vec<f64> = purchases
            .iter()
            .map(|row| if row.0 == 0 { 0.0 } else { (row.1 * row.2).max(0.1) })
            .collect();
        let histories = PurchaseHistories::from_columns(&frequency, &recency, &age, None).unwrap();
        let customers = ScorerInput::new().features(&features).ages(&ages).histories(&histories);
        let weeks = TimeUnit::Weeks;
        let models: Vec<Box<dyn Scorer>> = vec![
            Box::new(cox()),
            Box::new(aft(AftFamily::Weibull)),
            Box::new(aft(AftFamily::LogNormal)),
            Box::new(aft(AftFamily::LogLogistic)),
            Box::new(aft(AftFamily::Exponential)),
            Box::new(BgNbd::new(weeks, 0.243, 4.414, 0.793, 2.426).unwrap()),
            Box::new(MbgNbd::new(weeks, 0.525, 6.183, 0.891, 1.614).unwrap()),
            Box::new(ParetoNbd::new(weeks, 0.553, 10.578, 0.606, 11.669).unwrap()),
        ];
        for model in &models {
            let ask = |days: f64| model.churn_probability(&customers, Days(days)).unwrap();
            let (soon, later) = (ask(horizon), ask(horizon + more));
            for (soon, later) in soon.iter().zip(&later) {
                prop_assert!((0.0..=1.0).contains(soon) && (0.0..=1.0).contains(later));
                prop_assert!(*soon <= later + 1e-12, "{model:?} {soon} {later}");
            }
        }
    }
}

#[test]
fn survival_is_of_those_who_are_there() {
    let (cox, aft) = (cox(), aft(AftFamily::Weibull));
    let features = features(6);
    let ages = [0.0, 5.0, 20.0, 40.0, 60.0, 80.0];
    let weeks: Vec<f64> = ages.iter().map(|age| age * 7.0).collect();
    let customers = ScorerInput::new().features(&features).ages(&ages);
    let in_weeks = ScorerInput::new()
        .features(&features)
        .ages(&weeks)
        .days_per_unit(7.0);
    let risks = cox.churn_probability(&customers, Days(10.0)).unwrap();
    let same = cox.churn_probability(&in_weeks, Days(70.0)).unwrap();
    let rows = CoxCustomers::new(&features);
    for (row, &age) in ages.iter().enumerate() {
        let alive = cox.survival(&rows, &[age, age + 10.0]).unwrap();
        let wanted = 1.0 - alive[[row, 1]] / alive[[row, 0]];
        assert!((risks[row] - wanted).abs() < 1e-12 && (same[row] - wanted).abs() < 1e-12);
    }
    let risks = aft.churn_probability(&customers, Days(10.0)).unwrap();
    for (row, &age) in ages.iter().enumerate() {
        let alive = aft.survival(&features, &[age, age + 10.0]).unwrap();
        let wanted = 1.0 - alive[[row, 1]] / alive[[row, 0]];
        assert!((risks[row] - wanted).abs() < 1e-12);
    }
}

/// Of Pareto/NBD, with S(t) = (beta / (beta + t))^s and the rate of purchases integrated out, the
/// chance to be alive h later is that of the likelihood with dropout later than T + h. By the trapezoid
/// over both rates, in logarithms.
#[test]
fn a_purchase_model_tells_who_is_not_active_at_the_end() {
    let (r, alpha, s, beta) = (0.553, 10.578, 0.606, 11.669);
    let model = ParetoNbd::new(TimeUnit::Weeks, r, alpha, s, beta).unwrap();
    let (x, recency, age, ahead) = (3_u32, 20.0, 30.0, 8.0);
    let histories =
        PurchaseHistories::from_columns(&[x], &[recency * 7.0], &[age * 7.0], None).unwrap();
    let customers = ScorerInput::new().histories(&histories);
    let found = model
        .churn_probability(&customers, Days(ahead * 7.0))
        .unwrap()[0];
    let grid: Vec<f64> = (0..3_000)
        .map(|at| (-30.0 + 0.012 * f64::from(at)).exp())
        .collect();
    let (mut all, mut alive) = (0.0, 0.0);
    for &rate in &grid {
        for &dropout in grid.iter().step_by(2) {
            let both = rate + dropout;
            let prior =
                rate.powf(r) * (-alpha * rate).exp() * dropout.powf(s) * (-beta * dropout).exp();
            let bought = rate.powi(3) * prior;
            let left_before = dropout / both * ((-both * recency).exp() - (-both * age).exp());
            all += bought * (left_before + (-both * age).exp());
            alive += bought * (-both * age - dropout * ahead).exp();
        }
    }
    assert!(
        (found - (1.0 - alive / all)).abs() < 1e-6,
        "{found} {}",
        1.0 - alive / all
    );
}

#[test]
fn what_a_model_needs_and_cannot_is_named() {
    let features = features(3);
    let nobody = ScorerInput::new();
    let known = nobody.features(&features);
    let error = |model: &dyn Scorer, customers: &ScorerInput<'_>, days: f64| {
        let error = model.churn_probability(customers, Days(days)).unwrap_err();
        assert!(model.contributions(customers, Days(days)).is_err());
        error.to_string()
    };
    let (cox, aft) = (cox(), aft(AftFamily::Weibull));
    assert!(error(&cox, &known, 30.0).contains("ScorerInput::ages"));
    assert!(error(&aft, &known, 30.0).contains("ScorerInput::ages"));
    assert!(error(&cox, &nobody.ages(&[1.0; 3]), 30.0).contains("ScorerInput::features"));
    let aged = known.ages(&[1.0; 3]);
    for bad in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(error(&cox, &aged, bad).starts_with("horizon is"));
        assert!(error(&aft, &aged, bad).starts_with("horizon is"));
    }
    assert!(error(&cox, &aged.days_per_unit(0.0), 1.0).starts_with("days_per_unit is 0"));
    assert!(error(&cox, &known.ages(&[1.0]), 1.0).contains("ages"));
    let bg = BgNbd::new(TimeUnit::Weeks, 0.243, 4.414, 0.793, 2.426).unwrap();
    assert!(error(&bg, &aged, 30.0).contains("ScorerInput::histories"));
    let nbd = Nbd::new(TimeUnit::Weeks, 0.385, 12.07).unwrap();
    assert!(error(&nbd, &aged, 30.0).contains("in which customers leave"));
    let text = aft
        .contributions(&aged, Days(30.0))
        .unwrap_err()
        .to_string();
    assert!(text.starts_with("model is Aft"));

    let model = model(CalibrationMethod::Platt, Link::Logit);
    assert!(error(&model, &known, 31.0).contains("30 days, that of the fit"));
    assert!(error(&model, &known, f64::NAN).starts_with("horizon is NaN"));
    assert!(error(&model, &nobody, 30.0).contains("ScorerInput::features"));
    assert!(model.churn_probability(&known, Days(30.0)).is_ok());
    let (all, left) = (self::features(120), left(120));
    let unknown = ChurnModelParams::default()
        .folds(4)
        .fit(&LogisticData::new(&all, &left))
        .unwrap();
    assert!(error(&unknown, &known, 30.0).contains("ChurnModelParams::horizon"));
    assert!(unknown.contributions(&features, None).is_ok());
    assert!(unknown.contributions(&features, Some(&[1.0])).is_err());
}

#[test]
fn hazards_are_asked_in_whole_periods() {
    let months: Vec<f64> = (0..120).map(|row| f64::from(row * 37 % 11 + 1)).collect();
    let gone: Vec<u16> = (0..120).map(|row| u16::from(row % 3 > 0)).collect();
    let durations = Durations::new(&months, &gone).unwrap();
    let params = HazardParams::new().baseline(HazardBaseline::Linear);
    let model = params.fit(&durations, &features(120)).unwrap();
    let features = features(4);
    // Months of 30.4375 days: new, not yet one, just one, and two and a half.
    let ages = [0.0, 30.0, 30.4375, 76.0];
    let customers = ScorerInput::new()
        .features(&features)
        .ages(&ages)
        .days_per_unit(30.4375);
    let risks = model
        .churn_probability(&customers, Days(2.0 * 30.4375))
        .unwrap();
    let alive = model
        .conditional_survival(&features, &[0, 0, 1, 2], &[2])
        .unwrap();
    for (row, risk) in risks.iter().enumerate() {
        assert_eq!(risk.to_bits(), (1.0 - alive[[row, 0]]).to_bits());
    }
    let more = model
        .churn_probability(&customers, Days(3.0 * 30.4375))
        .unwrap();
    assert!(risks.iter().zip(&more).all(|(two, three)| two < three));
    assert_eq!(
        model.churn_probability(&customers, Days(0.0)).unwrap(),
        [0.0; 4]
    );
    let error = |customers: &ScorerInput<'_>, days: f64| {
        let error = model.churn_probability(customers, Days(days)).unwrap_err();
        error.to_string()
    };
    assert!(error(&customers, 30.0).contains("whole number of periods of 30.4375 days"));
    assert!(error(&customers, 1e300).contains("whole number of periods"));
    let bad = [0.0, -1.0, 0.0, 0.0];
    assert!(error(&customers.ages(&bad), 30.4375).starts_with("column ages, row 1"));
    assert!(Scorer::contributions(&model, &customers, Days(30.4375)).is_err());
}

#[test]
fn cox_is_explained_by_feature() {
    let cox = cox();
    let (features, ages, offset) = (features(30), [12.0; 30], [0.25; 30]);
    let customers = ScorerInput::new()
        .features(&features)
        .ages(&ages)
        .offset(&offset);
    let made = Scorer::contributions(&cox, &customers, Days(40.0)).unwrap();
    assert_eq!(made.features(), ["calls", "fee", "plan"]);
    let rows = CoxCustomers::new(&features).offset(&offset);
    let predictor = cox.linear_predictor(&rows, Reference::Mean).unwrap();
    let risks = cox.churn_probability(&customers, Days(40.0)).unwrap();
    for (row, predictor) in predictor.iter().enumerate() {
        assert!((made.score(row).unwrap() - predictor).abs() < 1e-12);
        assert_eq!(
            made.probability(row).unwrap().to_bits(),
            risks[row].to_bits()
        );
    }
    // What the probability would be at the mean of a number, by asking for such a customer.
    let calls = features.column("calls").unwrap();
    let reason = made
        .strongest(7, 3)
        .into_iter()
        .find(|reason| reason.name == "calls")
        .unwrap();
    let beta = cox.coefficients()[0];
    let mean = calls[7] - reason.contribution / beta;
    let column = vec![mean; 30];
    let fee = features.column("fee").unwrap().to_vec();
    let columns: &[(&str, &[f64])] = &[("calls", &column), ("fee", &fee)];
    let at_mean = Features::from_columns(columns, MissingValues::Refuse)
        .unwrap()
        .with_categories("plan", features.categories("plan").unwrap().clone())
        .unwrap();
    let customers = ScorerInput::new()
        .features(&at_mean)
        .ages(&ages)
        .offset(&offset);
    let there = cox.churn_probability(&customers, Days(40.0)).unwrap()[7];
    assert!((reason.probability_change - (there - risks[7])).abs() < 1e-12);
}

#[test]
fn reasons_are_ordered_and_grouped() {
    let model = model(CalibrationMethod::Platt, Link::Logit);
    let features = features(24);
    let made = model.contributions(&features, None).unwrap();
    for row in 0..24 {
        let all = made.strongest(row, 9);
        assert_eq!(all.len(), 3);
        assert!(
            all.windows(2)
                .all(|pair| pair[0].contribution.abs() >= pair[1].contribution.abs())
        );
        for reason in &all {
            let raises = reason.contribution > 0.0;
            assert_eq!(reason.direction == Direction::Raises, raises);
            assert_eq!(reason.probability_change < 0.0, raises);
            assert!(reason.actionable);
        }
        assert_eq!(made.strongest(row, 1), all[..1]);
        let plan = all.iter().find(|reason| reason.name == "plan").unwrap();
        let label = features.categories("plan").unwrap().label(row).unwrap();
        assert_eq!(plan.parts[0].value, ReasonValue::Level(label.to_owned()));
    }
    // The change is that of a customer with the mean.
    let calls = made
        .strongest(3, 9)
        .into_iter()
        .find(|reason| reason.name == "calls")
        .unwrap();
    let b = model.logistic().coefficient("calls").unwrap();
    let at_mean = 3.0 - calls.contribution / b;
    let other = Features::from_columns(
        &[
            ("calls", &[at_mean]),
            ("fee", &[features.column("fee").unwrap()[3]]),
        ],
        MissingValues::Refuse,
    )
    .unwrap()
    .with_categories("plan", Categories::new(&["plus"]).unwrap())
    .unwrap();
    let there = model.predict(&other, None).unwrap()[0];
    let now = made.probability(3).unwrap();
    assert!((calls.probability_change - (there - now)).abs() < 1e-12);

    let params = ReasonParams::new()
        .family("offer", &["plan", "fee"])
        .not_actionable(&["fee", "plan"]);
    let reasons = made.reasons(&params).unwrap();
    for row in 0..24 {
        let of_row = reasons.strongest(row, 9);
        assert_eq!(of_row.len(), 2);
        let offer = of_row.iter().find(|reason| reason.name == "offer").unwrap();
        assert!(!offer.actionable);
        // In the order of the features.
        let names: Vec<&str> = offer
            .parts
            .iter()
            .map(|part| part.feature.as_str())
            .collect();
        assert_eq!(names, ["fee", "plan"]);
        let sum = offer.parts[0].contribution + offer.parts[1].contribution;
        assert_eq!(sum.to_bits(), offer.contribution.to_bits());
    }
    let lowering = made
        .reasons(&params.clone().only(Direction::Lowers))
        .unwrap();
    assert!((0..24).all(|row| {
        lowering
            .strongest(row, 9)
            .iter()
            .all(|r| r.contribution < 0.0)
    }));

    let error = |params: ReasonParams| made.reasons(&params).unwrap_err().to_string();
    assert!(error(ReasonParams::new().family("f", &["none"])).contains("feature is \"none\""));
    assert!(error(ReasonParams::new().not_actionable(&["none"])).contains("feature is \"none\""));
    assert!(error(ReasonParams::new().family(" ", &["fee"])).starts_with("family is"));
    assert!(error(ReasonParams::new().family("calls", &["fee"])).starts_with("family is"));
    let twice = ReasonParams::new()
        .family("a", &["fee"])
        .family("b", &["plan", "fee"]);
    assert!(error(twice).contains("features in one family each"));
    let twice = ReasonParams::new()
        .family("a", &["fee"])
        .family("a", &["plan"]);
    assert!(error(twice).contains("families declared once each"));
    assert!(
        made.reasons(&ReasonParams::new().family("fee", &["fee", "plan"]))
            .is_ok()
    );
    let text = format!("{made:?} {:?}", ScorerInput::new().features(&features));
    assert!(!text.contains("19.9"), "{text}");
}
