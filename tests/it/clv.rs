//! Lifetime value: its parts, its intervals, and what it refuses.

use custometry::{
    ErrorKind,
    data::{Days, DiscountRate, TimeUnit, date_of_day},
    simulate::PurchaseLogParams,
    value::{
        BgNbd, BgNbdParams, BootstrapParams, ClvParams, CohortPeriod, GammaGamma, GammaGammaParams,
        ParetoNbdParams, Prediction, PurchaseHistories, PurchaseModel, RfmParams, SegmentMap,
        SilenceDates, SpendHistories, Summary, SummaryState,
    },
};

use crate::{bg_nbd::close, cdnow};

fn cdnow_summary() -> Summary {
    let as_of = chrono::NaiveDate::from_ymd_opt(1997, 9, 30).unwrap();
    SummaryState::new(&cdnow::log())
        .unwrap()
        .summary(as_of)
        .unwrap()
}

fn annual(rate: f64) -> DiscountRate {
    DiscountRate::annual(rate).unwrap()
}

/// Over a finite horizon purchases are discounted one by one: the same as a fine sum
/// over short steps.
#[test]
fn discounting_against_a_sum_over_days() {
    const STEPS: u32 = 20_000;
    let model = BgNbd::new(TimeUnit::Weeks, 0.243, 4.414, 0.793, 2.426).unwrap();
    let histories = PurchaseHistories::from_columns(
        &[0, 2, 26],
        &[0.0, 213.0, 216.0],
        &[272.0, 272.0, 217.0],
        None,
    )
    .unwrap();
    let rate = annual(0.15);
    let got = model
        .predict(&histories, Prediction::Discounted(Days(365.0), rate))
        .unwrap();
    let until = |days: f64| model.expected_purchases(&histories, Days(days)).unwrap();
    let mut sum = [0.0; 3];
    let step = 365.0 / f64::from(STEPS);
    let mut before = until(0.0);
    for at in 0..STEPS {
        let start = f64::from(at) * step;
        let after = until(start + step);
        for (row, sum) in sum.iter_mut().enumerate() {
            *sum += (after[row] - before[row]) * rate.factor(Days(start + 0.5 * step));
        }
        before = after;
    }
    for (got, sum) in got.iter().zip(sum) {
        close(*got, sum, 1e-9);
    }
}

#[test]
fn value_is_margin_times_spend_times_purchases_for_every_part() {
    let summary = cdnow_summary();
    let histories = PurchaseHistories::new(&summary).unwrap();
    let spends = SpendHistories::new(&summary);
    let purchases = ParetoNbdParams::default().fit(&histories).unwrap();
    let spend = GammaGammaParams::default().fit(&spends).unwrap();
    let params = ClvParams::new(0.3, annual(0.15)).for_ever();
    let clv = params
        .predict(&purchases, &spend, &histories, &spends)
        .unwrap();
    let dert = purchases
        .predict(&histories, Prediction::Residual(annual(0.15)))
        .unwrap();
    let amounts = spend.expected_spend(&spends).unwrap();
    for (at, value) in clv.values().iter().enumerate() {
        close(*value, 0.3 * dert[at] * amounts[at], 1e-14);
    }
    let total = clv.total(0.95).unwrap();
    let scores = RfmParams::default()
        .fit(&summary)
        .unwrap()
        .score(&summary)
        .unwrap();
    let segments = scores
        .assign(&SegmentMap::standard([5, 5, 5]).unwrap())
        .unwrap();
    let by_segment = clv.by_segment(&segments, 0.95).unwrap();
    let by_quarter = clv
        .by_cohort(&summary, CohortPeriod::Quarter, 0.95)
        .unwrap();
    assert_eq!(by_quarter.len(), 1);
    close(by_quarter[0].total, total.value, 1e-12);
    assert_eq!(
        by_quarter[0].estimate.unwrap().se.to_bits(),
        total.se.to_bits()
    );
    let all: f64 = by_segment.iter().map(|segment| segment.total).sum();
    close(all, total.value, 1e-12);
    // The error of the parameters is shared, so that of the whole is at most the sum
    // of those of its parts, and far more than the root of the sum of their squares.
    let errors = by_segment
        .iter()
        .map(|segment| segment.estimate.unwrap().se);
    assert!(total.se <= errors.sum::<f64>() * (1.0 + 1e-12));
}

/// The delta method and the bootstrap tell nearly the same.
#[test]
fn intervals_agree_with_the_bootstrap() {
    let summary = cdnow_summary();
    let histories = PurchaseHistories::new(&summary).unwrap();
    let model = BgNbdParams::default().fit(&histories).unwrap();
    let bootstrap = BootstrapParams::default()
        .replicates(400)
        .fit(&model, &histories)
        .unwrap();
    assert_eq!(bootstrap.failed(), 0);
    for (by_curvature, by_weights) in model
        .estimates(0.9)
        .unwrap()
        .iter()
        .zip(bootstrap.estimates(0.9).unwrap())
    {
        assert!((by_weights.se / by_curvature.se - 1.0).abs() < 0.25);
    }
    for prediction in [
        Prediction::PAlive,
        Prediction::Expected(Days(273.0)),
        Prediction::Discounted(Days(365.0), annual(0.15)),
        Prediction::SilenceAge(0.5),
    ] {
        let delta = model
            .predict_with_intervals(&histories, prediction, 0.9)
            .unwrap();
        let drawn = bootstrap.predict(&histories, prediction, 0.9).unwrap();
        let mut compared = 0;
        for (delta, drawn) in delta.iter().zip(&drawn).step_by(7) {
            let (Some(delta), Some(drawn)) = (delta, drawn) else {
                assert!(matches!(prediction, Prediction::SilenceAge(_)));
                continue;
            };
            assert_eq!(delta.value.to_bits(), drawn.value.to_bits());
            assert!(delta.lo <= delta.value && delta.value <= delta.hi);
            if delta.se > 1e-6 * delta.value {
                compared += 1;
                assert!(
                    (drawn.se / delta.se - 1.0).abs() < 0.4,
                    "{prediction:?}: {delta:?}, {drawn:?}"
                );
            }
        }
        assert!(compared > 50, "{prediction:?}: {compared}");
    }
}

#[test]
fn what_cannot_be_valued_is_refused() {
    let summary = cdnow_summary();
    let histories = PurchaseHistories::new(&summary).unwrap();
    let spends = SpendHistories::new(&summary);
    let purchases = BgNbd::new(TimeUnit::Weeks, 0.243, 4.414, 0.793, 2.426).unwrap();
    let spend = GammaGamma::new(6.25, 3.74, 15.44).unwrap();
    let kind = |params: ClvParams, spend: &GammaGamma| {
        params
            .predict(&purchases, spend, &histories, &spends)
            .unwrap_err()
            .kind()
    };
    let params = |margin| ClvParams::new(margin, annual(0.15));
    for margin in [30.0, 0.0, -0.1, f64::NAN] {
        assert_eq!(kind(params(margin), &spend), ErrorKind::InvalidParameter);
    }
    assert_eq!(
        kind(params(0.3).horizon(Days(f64::NAN)), &spend),
        ErrorKind::InvalidParameter
    );
    let never = ClvParams::new(0.3, annual(0.0)).for_ever();
    assert_eq!(kind(never, &spend), ErrorKind::InvalidParameter);
    let wild = GammaGamma::new(6.25, 0.8, 15.44).unwrap();
    assert_eq!(kind(params(0.3), &wild), ErrorKind::Degenerate);
    // Given parameters have values but no intervals.
    let (params, other) = (
        params(0.3),
        SpendHistories::from_columns(&[1], &[2.0], None).unwrap(),
    );
    let clv = params
        .predict(&purchases, &spend, &histories, &spends)
        .unwrap();
    assert!(
        clv.total(0.95)
            .unwrap_err()
            .to_string()
            .contains("no standard errors")
    );
    let cohorts = clv.by_cohort(&summary, CohortPeriod::Month, 0.95).unwrap();
    assert!(
        cohorts
            .iter()
            .all(|cohort| cohort.estimate.is_none() && cohort.total > 0.0)
    );
    let short = params
        .predict(&purchases, &spend, &histories, &other)
        .unwrap_err();
    assert_eq!(short.kind(), ErrorKind::LengthMismatch);
}

/// x = 2, `t_x` = 30.43 weeks: P(alive) is 0.5 after 62.49125432 weeks, in 30 digits.
#[test]
fn the_silence_age_in_30_digits() {
    let model = BgNbd::new(TimeUnit::Weeks, 0.243, 4.414, 0.793, 2.426).unwrap();
    let recency = [Days::from_weeks(30.43).0];
    let histories = PurchaseHistories::from_columns(&[2], &recency, &recency, None).unwrap();
    let age = model
        .predict(&histories, Prediction::SilenceAge(0.5))
        .unwrap()[0];
    close(age / 7.0, 62.49125432, 1e-9);
}

/// On the silence date P(alive) is below the threshold, the day before it is not.
#[test]
fn silence_dates_are_the_first_day_below_the_threshold() {
    let log = PurchaseLogParams::default()
        .customers(300)
        .generate()
        .unwrap()
        .transactions;
    let state = SummaryState::new(&log).unwrap();
    let summary = state.summary(date_of_day(10_407).unwrap()).unwrap();
    let histories = PurchaseHistories::new(&summary).unwrap();
    let model = BgNbd::new(TimeUnit::Weeks, 0.243, 4.414, 0.793, 2.426).unwrap();
    let stake: Vec<f64> = (0..300).map(|at| f64::from(at % 50)).collect();
    let silent = SilenceDates::new(&model, &summary, &histories, 0.5, &stake).unwrap();
    let mut before = f64::INFINITY;
    let mut seen = 0;
    for (customer, date, value) in silent.by_value() {
        assert!(value <= before);
        before = value;
        seen += 1;
        let first = summary.first_purchase(customer).unwrap();
        let x = summary.frequency()[customer.at()];
        let last = f64::from(summary.recency()[customer.at()]);
        let alive = |date: chrono::NaiveDate| {
            let age = f64::from(u32::try_from((date - first).num_days()).unwrap());
            let known = custometry::value::PurchaseHistory::new(x, Days(last), Days(age.max(last)));
            model.p_alive_one(&known.unwrap())
        };
        assert!(alive(date) < 0.5);
        let day_before = date.pred_opt().unwrap();
        let was_buying =
            (day_before - first).num_days() < i64::from(summary.recency()[customer.at()]);
        assert!(was_buying || alive(day_before) >= 0.5);
    }
    let expected = summary.frequency().iter().filter(|&&x| x > 0).count();
    assert_eq!(seen, expected);
}
