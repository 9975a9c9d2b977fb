//! Profitability against plain sums, and what cannot be told.

use custometry::{
    ErrorKind,
    data::{
        Assignments, Currency, CustomerIx, Days, DiscountRate, MinorUnits, Segment, SegmentId,
        Transactions, date_of_day,
    },
    value::{
        AbcParams, AcquisitionLine, AcquisitionParams, Activity, Concentration, Payback,
        ProfitBasis, ProfitParams, ProfitState, RetentionOffer, SummaryState,
    },
};
use proptest::prelude::*;

use crate::bridge::days;

/// A row of a log: customer, day, amount, cost.
type Row = (i64, i32, i64, i64);

fn log(rows: &[Row]) -> Transactions {
    Transactions::builder(Currency::EUR)
        .int_keys(&rows.iter().map(|row| row.0).collect::<Vec<_>>())
        .days(rows.iter().map(|row| row.1).collect())
        .amounts(rows.iter().map(|row| row.2).collect())
        .costs(rows.iter().map(|row| row.3).collect())
        .build()
        .unwrap()
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec((0i64..15, 0i32..40, -300i64..900, -50i64..600), 1..90)
}

/// The differences of all pairs over twice n times the total, pair by pair.
fn gini_by_pairs(amounts: &[i64]) -> f64 {
    let pairs = amounts
        .iter()
        .flat_map(|a| amounts.iter().map(move |b| (a - b).abs()));
    let total: i64 = amounts.iter().sum();
    pairs.sum::<i64>() as f64 / (2.0 * amounts.len() as f64 * total as f64)
}

proptest! {
    #[test]
    fn gini_is_the_double_sum(amounts in prop::collection::vec(-200i64..1_000, 1..70)) {
        let concentration = Concentration::new(&amounts).unwrap();
        let total: i64 = amounts.iter().sum();
        prop_assert_eq!(concentration.total().0, total);
        if total <= 0 {
            prop_assert_eq!(concentration.gini().unwrap_err().kind(), ErrorKind::Degenerate);
            prop_assert_eq!(concentration.share_of_top(0.5).unwrap_err().kind(), ErrorKind::Degenerate);
            return Ok(());
        }
        let (gini, pairs) = (concentration.gini().unwrap(), gini_by_pairs(&amounts));
        prop_assert!((gini - pairs).abs() < 1e-12, "{gini}, {pairs}");
        let mut falling = amounts.clone();
        falling.sort_unstable_by_key(|amount| -amount);
        let tenth = falling.len() / 10;
        if tenth > 0 {
            let top = falling[..tenth].iter().sum::<i64>() as f64 / total as f64;
            prop_assert!((concentration.share_of_top(0.1).unwrap() - top).abs() < 1e-15);
        } else {
            prop_assert_eq!(concentration.share_of_top(0.1).unwrap_err().kind(), ErrorKind::NotEnoughData);
        }
        let held = |count: usize| falling[..count].iter().sum::<i64>() as f64;
        let few = concentration.customers_for(0.8).unwrap();
        prop_assert!(held(few) >= 0.8 * total as f64 && held(few - 1) < 0.8 * total as f64);
    }

    #[test]
    fn every_sum_agrees_with_plain_ones(rows in rows(), calls in 0i64..5_000, salt in any::<u64>()) {
        let log = log(&rows);
        let state = ProfitState::new(&log).unwrap();
        let customers = log.customers().len();
        let units: Vec<u64> = (0..customers).map(|at| salt >> (at % 60) & 7).collect();
        let shared = Activity::new(MinorUnits(calls)).allocate(&units).unwrap();
        let credit: Vec<i64> = (0..customers).map(|at| i64::try_from(salt >> (at % 50) & 63).unwrap() - 20).collect();
        let profits = ProfitParams::default()
            .activity("calls", shared.clone())
            .cost_to_serve("credit", credit.clone())
            .evaluate(&state)
            .unwrap();
        let mut total = 0;
        for customer in log.customers().numbers() {
            let key = log.customers().key(customer).unwrap().to_string();
            let mine = rows.iter().filter(|row| row.0.to_string() == key);
            let plain: i64 = mine.map(|row| row.2 - row.3).sum();
            let plain = plain - shared.costs()[customer.at()] - credit[customer.at()];
            prop_assert_eq!(profits.profit()[customer.at()], plain);
            total += plain;
        }
        let ladder = profits.ladder().unwrap();
        let sum = |of: fn(&Row) -> i64| rows.iter().map(of).sum::<i64>();
        prop_assert_eq!(ladder.gross_sales.0, sum(|row| row.2.max(0)));
        prop_assert_eq!(ladder.refunds.0, sum(|row| row.2.min(0)));
        prop_assert_eq!(ladder.net_sales.0, sum(|row| row.2));
        prop_assert_eq!(ladder.costs.0, sum(|row| row.3));
        prop_assert_eq!(ladder.of_customers.0, total);
        let spent = calls + credit.iter().sum::<i64>();
        prop_assert_eq!(ladder.profit.0, ladder.contribution.0 - spent);

        // The whale curve ends at the total, and falls from its peak on.
        let whale = profits.whale_curve().unwrap();
        prop_assert_eq!(whale.total().0, total);
        prop_assert_eq!(whale.cumulative().last().copied(), Some(total));
        let best = whale.cumulative().iter().copied().max().unwrap().max(0);
        prop_assert_eq!(whale.peak().0, best);
        prop_assert_eq!(whale.losses().0, total - best);
        let losing = profits.profit().iter().filter(|profit| **profit < 0);
        prop_assert_eq!(whale.unprofitable(), losing.clone().count());
        prop_assert_eq!(losing.sum::<i64>(), whale.losses().0);
        match whale.break_even() {
            Ok(count) => {
                prop_assert!(whale.cumulative()[count - 1] >= total);
                prop_assert!(count == 1 || whale.cumulative()[count - 2] < total);
                let drag = whale.peak_percent().unwrap() - 100.0;
                prop_assert!((whale.loss_drag().unwrap() - drag).abs() < 1e-9);
            }
            Err(error) => {
                prop_assert_eq!(error.kind(), ErrorKind::Degenerate);
                prop_assert!(total <= 0);
            }
        }
        let unprofitable = profits.unprofitable(usize::MAX);
        prop_assert_eq!(unprofitable.len(), whale.unprofitable());
        prop_assert!(unprofitable.is_sorted_by_key(|customer| (customer.profit, customer.who)));

        // Deciles and segments add up.
        let deciles = profits.deciles().unwrap();
        prop_assert_eq!(deciles.iter().map(|decile| decile.profit.0).sum::<i64>(), total);
        prop_assert_eq!(deciles.iter().map(|decile| decile.customers).sum::<u64>(), customers as u64);
        prop_assert_eq!(deciles[9].cumulative_profit.0, total);
        let classes = AbcParams::default().assign(&profits, date_of_day(50).unwrap());
        if let Ok(classes) = classes {
            let table = profits.by_segment(&classes).unwrap();
            prop_assert_eq!(table.iter().map(|class| class.profit.0).sum::<i64>(), total);
            prop_assert_eq!(table.iter().map(|class| class.net_sales.0).sum::<i64>(), ladder.net_sales.0);
            // All of A sell more than any of B, and these more than any of C.
            let of = |class: u32| -> Vec<i64> {
                let of_class = |customer: &CustomerIx| classes.get(customer.at()) == Some(SegmentId(class));
                let members = log.customers().numbers().filter(of_class);
                members.map(|customer| profits.net_sales()[customer.at()]).collect()
            };
            let (a, b, c) = (of(1), of(2), of(3));
            prop_assert!(!a.is_empty());
            for (upper, lower) in [(&a, &b), (&b, &c), (&a, &c)] {
                if let (Some(least), Some(most)) = (upper.iter().min(), lower.iter().max()) {
                    prop_assert!(least >= most);
                }
            }
        } else {
            prop_assert!(profits.net_sales().iter().all(|sales| *sales <= 0));
        }
    }

    #[test]
    fn what_is_shared_out_is_what_was_spent(
        cost in -10_000i64..10_000,
        units in prop::collection::vec(0u64..50, 0..30),
        spare in 0u64..100,
        with_capacity in any::<bool>(),
    ) {
        let used: u64 = units.iter().sum();
        let mut activity = Activity::new(MinorUnits(cost));
        let capacity = if with_capacity { used + spare } else { used };
        if with_capacity {
            activity = activity.capacity(capacity);
        }
        let shared = activity.allocate(&units).unwrap();
        let given: i64 = shared.costs().iter().sum();
        prop_assert_eq!(given + shared.unallocated().0, cost);
        if used == 0 {
            prop_assert_eq!(shared.unallocated().0, cost);
            return Ok(());
        }
        // Nobody is more than a minor unit away from their share.
        for (units, given) in units.iter().zip(shared.costs()) {
            let exact = cost as f64 * *units as f64 / capacity as f64;
            prop_assert!((*given as f64 - exact).abs() < 1.0);
        }
    }

    #[test]
    fn acquisition_agrees_with_a_plain_account(
        rows in prop::collection::vec((0i64..10, 0i32..120, -300i64..900, 0i64..300), 1..60),
        spend in 0i64..3_000,
        horizon in 1u32..100,
    ) {
        let log = log(&rows);
        let state = SummaryState::contribution(&log).unwrap();
        let as_of = 110;
        let ad = Segment { id: SegmentId(1), name: "ad".to_owned() };
        let all = vec![Some(SegmentId(1)); log.customers().len()];
        let day = date_of_day(as_of).unwrap();
        let sources = Assignments::new("source", day, vec![ad], all).unwrap();
        let rate = DiscountRate::annual(0.2).unwrap();
        let params = AcquisitionParams::new(day).spend("ad", MinorUnits(spend)).horizon(horizon).discount(rate);
        let line = params.evaluate(&state, &sources).unwrap().blended;
        let plain = plain_acquisition(&rows, as_of, spend, horizon, rate);
        prop_assert_eq!(line.customers, plain.0);
        prop_assert_eq!(line.money.0, plain.1);
        match (line.ltv, plain.2) {
            (Some(ltv), Some(expected)) => prop_assert!((ltv - expected).abs() < 1e-9 * expected.abs().max(1.0)),
            (got, expected) => prop_assert_eq!(got, expected),
        }
        prop_assert_eq!(line.payback, plain.3);
    }
}

/// Customers, their money, lifetime value and payback, day by day.
fn plain_acquisition(
    rows: &[Row],
    as_of: i32,
    spend: i64,
    horizon: u32,
    rate: DiscountRate,
) -> (u64, i64, Option<f64>, Payback) {
    let firsts: Vec<Option<i32>> = (0..10)
        .map(|customer| {
            let bought = rows
                .iter()
                .filter(|row| row.0 == customer && row.2 >= 0 && row.1 <= as_of);
            bought.map(|row| row.1).min()
        })
        .collect();
    let won = firsts.iter().flatten().count();
    let cac = spend as f64 / won as f64;
    let (mut money, mut brought, mut ltv) = (0, 0.0, None);
    let mut payback = None;
    let mut longest = 0;
    for age in 0..=as_of {
        let there = firsts
            .iter()
            .flatten()
            .filter(|first| as_of - **first >= age)
            .count();
        if there == 0 {
            break;
        }
        longest = age.unsigned_abs();
        let mut of_age = 0;
        for (customer, first) in (0i64..).zip(&firsts) {
            let Some(first) = first else { continue };
            let mine = rows
                .iter()
                .filter(|row| row.0 == customer && row.1 == first + age && row.1 <= as_of);
            of_age += mine.map(|row| row.2 - row.3).sum::<i64>();
        }
        money += of_age;
        brought += rate.factor(Days(age.into())) * of_age as f64 / there as f64;
        if payback.is_none() && spend > 0 && brought >= cac {
            payback = Some(Payback::After {
                days: longest,
                observed: there as u64,
            });
        }
        if longest + 1 == horizon {
            ltv = Some(brought);
        }
    }
    let open = match (won, spend) {
        (0, _) => Payback::NobodyWon,
        (_, 0) => Payback::NothingSpent,
        _ => Payback::NotWithin { days: longest },
    };
    (won as u64, money, ltv, payback.unwrap_or(open))
}

/// Refund-heavy, negative, zero-cost and empty data: amounts are told, shares refused.
#[test]
fn what_has_no_shares_still_has_amounts() {
    let refunds =
        ProfitState::new(&log(&[(1, 0, -500, 0), (2, 0, 200, 100), (1, 1, 100, 0)])).unwrap();
    let profits = ProfitParams::default().evaluate(&refunds).unwrap();
    let whale = profits.whale_curve().unwrap();
    assert_eq!(
        (whale.total().0, whale.peak().0, whale.losses().0),
        (-300, 100, -400)
    );
    for error in [
        whale.peak_percent().unwrap_err(),
        whale.break_even().map(|_| 0.0).unwrap_err(),
        profits.concentration().unwrap().gini().unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Degenerate);
        assert!(error.to_string().contains("minor units"), "{error}");
    }
    assert_eq!(profits.ladder().unwrap().refunds.0, -500);

    // A cost of 0 in every row is a cost; no column of costs is none.
    let free = ProfitState::new(&log(&[(1, 0, 500, 0)])).unwrap();
    assert_eq!(
        ProfitParams::default().evaluate(&free).unwrap().basis(),
        ProfitBasis::Costs
    );
    let plain = Transactions::builder(Currency::EUR)
        .int_keys(&[1])
        .days(vec![0])
        .amounts(vec![500])
        .build()
        .unwrap();
    assert_eq!(
        SummaryState::contribution(&plain).unwrap_err().kind(),
        ErrorKind::InvalidParameter
    );
    let plain = ProfitState::new(&plain).unwrap();
    let profits = ProfitParams::default().evaluate(&plain).unwrap();
    assert_eq!(
        (profits.basis(), profits.profit()),
        (ProfitBasis::Revenue, &[500][..])
    );
    let served = ProfitParams::default().cost_to_serve("calls", vec![20]);
    assert_eq!(served.evaluate(&plain).unwrap().basis(), ProfitBasis::Costs);

    // A period without rows has customers, none of them active.
    let quiet = ProfitState::within(&log(&[(1, 0, 500, 0)]), days(5, 9)).unwrap();
    let profits = ProfitParams::default().evaluate(&quiet).unwrap();
    assert_eq!(
        (profits.active().count(), profits.ladder().unwrap().profit.0),
        (0, 0)
    );
    for error in [
        profits.whale_curve().map(|_| ()).unwrap_err(),
        profits.deciles().map(|_| ()).unwrap_err(),
        profits.concentration().map(|_| ()).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::NotEnoughData);
    }
    // Nobody sells: all cumulated sales are 0.
    let nothing = ProfitState::new(&log(&[(1, 0, 0, 0), (2, 0, 0, 0)])).unwrap();
    let profits = ProfitParams::default().evaluate(&nothing).unwrap();
    let error = AbcParams::default()
        .assign(&profits, date_of_day(0).unwrap())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Degenerate);
}

#[test]
fn bad_input_is_named() {
    let state = ProfitState::new(&log(&[(1, 0, 500, 0), (2, 0, 300, 0)])).unwrap();
    let calls = |costs: Vec<i64>| ProfitParams::default().cost_to_serve("calls", costs);
    let profits = calls(vec![1, 2]).evaluate(&state).unwrap();
    let day = date_of_day(0).unwrap();
    for (error, words) in [
        (
            calls(vec![1]).evaluate(&state).unwrap_err(),
            "column calls has length 1, expected 2",
        ),
        (
            calls(vec![1, 2])
                .cost_to_serve("calls", vec![0, 0])
                .evaluate(&state)
                .unwrap_err(),
            "key cost to serve calls occurs in row 0 and again in row 1",
        ),
        (
            calls(vec![i64::MIN, 0]).evaluate(&state).unwrap_err(),
            "overflow: the money of one customer",
        ),
        (
            Activity::new(MinorUnits(5))
                .capacity(3)
                .allocate(&[2, 2])
                .unwrap_err(),
            "capacity is 3, expected at least 4",
        ),
        (
            Activity::new(MinorUnits(5))
                .allocate(&[u64::MAX, 1])
                .unwrap_err(),
            "overflow: more than",
        ),
        (
            AbcParams::default()
                .ends(0.9, 0.8)
                .assign(&profits, day)
                .unwrap_err(),
            "ends is 0.9 and 0.8",
        ),
        (
            AbcParams::default()
                .ends(f64::NAN, 0.8)
                .assign(&profits, day)
                .unwrap_err(),
            "ends is NaN",
        ),
        (
            profits
                .concentration()
                .unwrap()
                .share_of_top(0.0)
                .unwrap_err(),
            "share is 0",
        ),
        (
            profits
                .concentration()
                .unwrap()
                .share_of_top(0.1)
                .unwrap_err(),
            "needs at least 10 customers",
        ),
        (
            Concentration::new(&[i64::MAX, i64::MIN]).unwrap_err(),
            "overflow",
        ),
    ] {
        assert!(error.to_string().starts_with(words), "{error}");
    }
    let rich = ProfitState::new(&log(&[(1, 0, i64::MAX, 0), (1, 1, 1, 0)]));
    assert_eq!(rich.unwrap_err().kind(), ErrorKind::Overflow);
}

#[test]
fn an_offer_that_cannot_be_judged_is_said() {
    for (error, words) in [
        (
            RetentionOffer::new(1.5)
                .break_even_one(1.0, 0.5)
                .unwrap_err(),
            "save rate is 1.5",
        ),
        (
            RetentionOffer::new(0.5)
                .incentive(-1.0)
                .break_even_one(1.0, 0.5)
                .unwrap_err(),
            "incentive is -1",
        ),
        (
            RetentionOffer::new(0.5)
                .break_even(&[1.0, f64::INFINITY], &[0.5, 0.5])
                .unwrap_err(),
            "column value, row 1",
        ),
        (
            RetentionOffer::new(0.5)
                .break_even(&[1.0, 1.0], &[0.5, -0.5])
                .unwrap_err(),
            "column chance to leave, row 1",
        ),
    ] {
        assert!(error.to_string().starts_with(words), "{error}");
    }
    // Of a customer without a purchase nothing is known, and nothing is told.
    let spend = RetentionOffer::new(0.5)
        .break_even(&[f64::NAN, 10.0], &[f64::NAN, 0.5])
        .unwrap();
    assert!(spend[0].is_nan() && (spend[1] - 2.5).abs() < 1e-15);
}

#[test]
fn sources_are_told_apart() {
    let rows: Vec<Row> = vec![
        (1, 0, 900, 500),
        (1, 40, 700, 400),
        (2, 3, 600, 500),
        (3, 5, 800, 300),
    ];
    let log = log(&rows);
    let segment = |id, name: &str| Segment {
        id: SegmentId(id),
        name: name.to_owned(),
    };
    let day = date_of_day(60).unwrap();
    let rows = vec![Some(SegmentId(1)), Some(SegmentId(2)), None];
    let sources = Assignments::new(
        "source",
        day,
        vec![segment(1, "ad"), segment(2, "mail")],
        rows,
    )
    .unwrap();
    let state = SummaryState::contribution(&log).unwrap();
    let params = AcquisitionParams::new(day)
        .spend("ad", MinorUnits(600))
        .spend("tv", MinorUnits(1_000))
        .horizon(30);
    let made = params.evaluate(&state, &sources).unwrap();
    let told =
        |line: &AcquisitionLine| (line.source.clone(), line.customers, line.cac, line.payback);
    let name = |name: &str| Some(name.to_owned());
    let after = Payback::After {
        days: 40,
        observed: 1,
    };
    assert_eq!(told(&made.sources[0]), (name("ad"), 1, Some(600.0), after));
    assert_eq!(
        told(&made.sources[1]),
        (name("mail"), 1, Some(0.0), Payback::NothingSpent)
    );
    assert_eq!(
        told(&made.sources[2]),
        (name("tv"), 0, None, Payback::NobodyWon)
    );
    assert_eq!(
        told(&made.sources[3]),
        (None, 1, Some(0.0), Payback::NothingSpent)
    );
    assert_eq!(made.blended.spend, MinorUnits(1_600));
    assert_eq!(made.sources[0].ltv, Some(400.0));
    for (params, words) in [
        (AcquisitionParams::new(day).horizon(0), "horizon is 0"),
        (
            AcquisitionParams::new(day).spend("ad", MinorUnits(-1)),
            "column spend, row 0",
        ),
        (
            AcquisitionParams::new(day)
                .spend("ad", MinorUnits(1))
                .spend("ad", MinorUnits(2)),
            "key source ad occurs in row 0 and again in row 1",
        ),
    ] {
        let error = params.evaluate(&state, &sources).unwrap_err();
        assert!(error.to_string().starts_with(words), "{error}");
    }
}

/// The totals fit, but not what is lost between the peak and the end.
#[test]
fn a_whale_that_falls_too_far_is_an_overflow() {
    let large = 5 << 60;
    let log = log(&[(1, 0, large, 0), (2, 0, -large, 0), (3, 0, -large, 0)]);
    let profits = ProfitParams::default()
        .evaluate(&ProfitState::new(&log).unwrap())
        .unwrap();
    assert_eq!(
        profits.whale_curve().unwrap_err().kind(),
        ErrorKind::Overflow
    );
}
