//! The whole road in one call, against the rooms it leads through.

use chrono::{Datelike, NaiveDate};
use custometry::{
    Error, ErrorKind, Progress,
    churn::{
        ChurnDefinition, ChurnModelParams, LogisticParams, MissingRows, PeriodRates, PurchaseGaps,
        SnapshotData, Spells,
    },
    data::{
        Assignments, ContactStatus, ContactStatuses, Currency, CustomerIx, CustomerKey, Customers,
        Days, DiscountRate, Events, Merge, Segment, SegmentId, TimeUnit, Transactions, Window,
        date_of_day, day_of_date,
    },
    identity::Records,
    migration::SegmentPanel,
    overview::{
        Absence, ActionParams, Arm, Arms, ChapterKind, GateKind, MovesOrigin, Overview,
        OverviewInputs, OverviewParams, OverviewState, TableColumn, ValueModel,
    },
    persist,
    simulate::{PurchaseLogParams, RowOrder},
    value::{
        BridgeParams, ClvParams, CohortParams, CohortPeriod, GammaGammaParams, MbgNbdParams,
        ProfitParams, ProfitState, PurchaseHistories, RfmParams, SegmentMap, SilenceDates,
        SpendHistories, SummaryState,
    },
};
use std::ops::ControlFlow;

use crate::{
    cdnow,
    same_bits::{bytes, same_bytes},
};

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// The day on which the simulated logs end.
fn last_day() -> NaiveDate {
    date_of_day(10_407).unwrap()
}

fn simulated(customers: u32) -> Transactions {
    let params = PurchaseLogParams::default().customers(customers).seed(5);
    let log = params.row_order(RowOrder::Shuffled).generate().unwrap();
    log.transactions
}

/// Everybody agreed but every fifth, who refused, and every seventh, of whom nothing is known.
fn statuses(customers: &Customers) -> ContactStatuses {
    let said = customers.numbers().filter_map(|customer| {
        let status = if customer.0 % 5 == 0 {
            ContactStatus::Refused
        } else {
            ContactStatus::Allowed
        };
        (customer.0 % 7 != 0).then_some((customer, status))
    });
    ContactStatuses::new(customers, said).unwrap()
}

fn fit(log: &Transactions, as_of: NaiveDate) -> Overview {
    let inputs = OverviewInputs::new().transactions(log);
    OverviewParams::default().fit(&inputs, as_of).unwrap()
}

#[test]
fn every_figure_is_that_of_its_room() {
    let log = cdnow::log();
    let as_of = day(1997, 9, 30);
    let overview = fit(&log, as_of);
    let state = SummaryState::new(&log).unwrap();
    let summary = state.summary(as_of).unwrap();
    assert_eq!(overview.purchases(), Some(&summary));

    // Fader, Hardie and Lee (2005) print these counts of CDNOW.
    let base = overview.base().told().unwrap();
    assert_eq!(
        (base.customers, base.one_time, base.repeat_days),
        (2357, 1411, 2457)
    );

    let rfm = RfmParams::default().fit(&summary).unwrap();
    let scores = rfm.score(&summary).unwrap();
    let map = SegmentMap::standard(rfm.bins()).unwrap();
    let segments = overview.segments().told().unwrap();
    assert_eq!(segments.rfm, rfm);
    assert_eq!(segments.scores, scores);
    assert_eq!(segments.assignments, scores.assign(&map).unwrap());

    let worth = overview.worth().told().unwrap();
    let histories = PurchaseHistories::new(&summary).unwrap();
    let spends = SpendHistories::new(&summary);
    let model = worth.model.as_model();
    let of_room = MbgNbdParams::default().unit(TimeUnit::Weeks);
    assert_eq!(
        worth.model,
        ValueModel::MbgNbd(of_room.fit(&histories).unwrap())
    );
    assert_eq!(
        worth.spend,
        GammaGammaParams::default().fit(&spends).unwrap()
    );
    let params = ClvParams::new(0.3, DiscountRate::annual(0.15).unwrap()).horizon(Days(365.0));
    let clv = params
        .predict(model, &worth.spend, &histories, &spends)
        .unwrap();
    assert_eq!(worth.clv, clv.values());
    assert_eq!(worth.total_interval, Some(clv.total(0.95).unwrap()));
    assert_eq!(
        worth.by_segment,
        clv.by_segment(&segments.assignments, 0.95).unwrap()
    );
    let estimates = clv.by_customer(0.95).unwrap();
    let first = estimates[0].unwrap();
    assert_eq!((worth.clv_lo[0], worth.clv_hi[0]), (first.lo, first.hi));
    assert_eq!(worth.p_alive, model.p_alive(&histories));
    let silence = SilenceDates::new(model, &summary, &histories, 0.5, clv.values()).unwrap();
    assert_eq!(worth.silence_dates, silence.dates());
    // The lowest criterion was taken, and all four models were tried.
    let bics: Vec<f64> = worth.candidates.iter().filter_map(|of| of.bic).collect();
    let least = bics.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(bics.len(), 4);
    let taken = worth.candidates.iter().find(|of| of.bic == Some(least));
    assert_eq!(taken.unwrap().model, worth.model.key());

    let bridge = overview.bridge().told().unwrap();
    let of_room = BridgeParams::new(bridge.opening, bridge.closing).parts(3);
    let of_room = of_room.evaluate(&state).unwrap();
    assert_eq!(bridge.bridge, of_room);
    assert_eq!(bridge.total, of_room.total().unwrap());

    let until = Window::new(NaiveDate::MIN, as_of).unwrap();
    let profit = ProfitState::within(&log, until).unwrap();
    let profit = ProfitParams::default().evaluate(&profit).unwrap();
    assert_eq!(overview.profit().told(), Some(&profit));
    let cohorts = CohortParams::new(CohortPeriod::Month, as_of);
    assert_eq!(
        overview.cohorts().told(),
        Some(&cohorts.evaluate(&state).unwrap())
    );
}

#[test]
fn who_leaves_and_who_moves_is_that_of_its_room() {
    let log = cdnow::log();
    let as_of = day(1997, 9, 30);
    let overview = fit(&log, as_of);
    let state = SummaryState::new(&log).unwrap();
    let summary = state.summary(as_of).unwrap();
    let (base, bridge) = (
        overview.base().told().unwrap(),
        overview.bridge().told().unwrap(),
    );
    let profit = overview.profit().told().unwrap();

    let churn = overview.churn().told().unwrap();
    let gaps = PurchaseGaps::new(&state, as_of).unwrap();
    assert_eq!(Some(churn.threshold), gaps.cheapest(1.0, 1.0).unwrap());
    let days = churn.threshold.days;
    let definition = ChurnDefinition::Inactivity { days };
    let spells = Spells::of_purchases(&state, as_of, definition).unwrap();
    let month = PeriodRates::of_spells(&spells, day(1997, 8, 31), as_of).unwrap();
    assert_eq!(churn.months.last(), Some(&month));
    assert_eq!(churn.returns, spells.returns(days));

    let page = overview.summary();
    assert_eq!(page.revenue, Some(base.revenue));
    assert_eq!(page.bridge, Some(bridge.total.clone()));
    assert_eq!(page.monthly_churn, Some(month.logo_churn(0.95).unwrap()));
    let sales = profit.concentration().unwrap();
    assert_eq!(page.gini, Some(sales.gini().unwrap()));
    assert_eq!(
        page.top_decile_share,
        Some(sales.share_of_top(0.1).unwrap())
    );
    assert!(page.absent.iter().all(|(name, _)| *name == "identity"));

    // From the third to the last quarter that ended, by the segments of today.
    let moves = overview.migration().told().unwrap();
    let quarters = [day(1997, 3, 31), day(1997, 6, 30), as_of];
    assert_eq!(moves.days, quarters);
    let rfm = RfmParams::default().fit(&summary).unwrap();
    let map = SegmentMap::standard(rfm.bins()).unwrap();
    let of_day = |day: NaiveDate| {
        let summary = state.summary(day).unwrap();
        rfm.score(&summary).unwrap().assign(&map).unwrap()
    };
    // Everybody of CDNOW came in the first of them.
    let snapshots = quarters.map(of_day);
    let panel = SegmentPanel::of_assignments(&snapshots.each_ref()).unwrap();
    let flows = panel.flows().unwrap();
    for (found, of_room) in moves.growth.iter().zip(flows.growth()) {
        assert_eq!(
            (&found.state, found.change, found.parts),
            (&of_room.state, of_room.change, of_room.parts)
        );
    }

    let risk = overview.risk().told().unwrap();
    let definition = ChurnDefinition::Inactivity {
        days: risk.within_days,
    };
    // It is learned in the order of the keys.
    let by_key = state.in_key_order().unwrap();
    let daily = by_key.daily_log().unwrap();
    let spells = Spells::of_purchases(&by_key, as_of, definition).unwrap();
    let data = SnapshotData::new(&spells).transactions(&daily);
    let snapshots = risk.model.plan().unwrap().build(&data).unwrap();
    let logistic = LogisticParams::default().missing(MissingRows::Indicate);
    let of_room = ChurnModelParams::default()
        .logistic(logistic)
        .fit_snapshots(&snapshots);
    assert_eq!(risk.model, of_room.unwrap());
    let active = risk.probability.iter().filter(|p| !p.is_nan());
    assert_eq!(active.clone().count(), risk.customers);
    assert!((active.sum::<f64>() - risk.expected_quiet).abs() < 1e-9);
    assert!(risk.tested.told().unwrap().judged.auc > 0.7);
}

/// By hand: the customers of the day, in the segments of that day, and the product of what is left of
/// those who are watched.
#[test]
fn who_stays_in_each_segment_is_told_from_a_day_on() {
    let log = simulated(1_500);
    let as_of = last_day();
    let overview = fit(&log, as_of);
    let churn = overview.churn().told().unwrap();
    let stays = churn.by_segment.told().unwrap();
    let silence = churn.threshold.days;
    let watched = (as_of - stays.from).num_days();
    assert!(watched >= i64::from(silence) && stays.from.succ_opt().unwrap().day() == 1);

    let state = SummaryState::new(&log).unwrap();
    let rfm = &overview.segments().told().unwrap().rfm;
    let map = SegmentMap::standard(rfm.bins()).unwrap();
    let stood = rfm
        .score(&state.summary(stays.from).unwrap())
        .unwrap()
        .assign(&map)
        .unwrap();
    let definition = ChurnDefinition::Inactivity { days: silence };
    let spells = Spells::of_purchases(&state, as_of, definition).unwrap();
    let (from, until) = (day_of_date(stays.from), day_of_date(as_of));
    let mut told = 0;
    for of in &stays.segments {
        let mut days: Vec<(i32, bool)> = Vec::new();
        for customer in log.customers().numbers() {
            let is_of = stood.get(customer.at()) == Some(of.segment.id);
            let spell = spells.of(customer).find(|spell| spell.holds(from));
            if let (true, Some(spell)) = (is_of, spell) {
                days.push((spell.end.unwrap_or(until) - from, spell.end.is_some()));
            }
        }
        told += days.len();
        assert_eq!(of.customers, days.len() as u64);
        assert_eq!(
            of.lost,
            days.iter().filter(|(_, lost)| *lost).count() as u64
        );
        let mut left = 1.0;
        for day in 0..=until - from {
            let at_risk = days.iter().filter(|(until, _)| *until >= day).count();
            let lost = days.iter().filter(|of| **of == (day, true)).count();
            if lost > 0 {
                left *= 1.0 - lost as f64 / at_risk as f64;
            }
            assert!((of.curve.survival_at(f64::from(day)) - left).abs() < 1e-12);
        }
    }
    let there = log
        .customers()
        .numbers()
        .filter(|it| spells.active_on(*it, from))
        .count();
    assert_eq!(told, there);
    assert!(stays.p.unwrap() < 0.01);
}

#[test]
fn chances_are_held_beside_what_came_true() {
    let overview = fit(&cdnow::log(), day(1997, 9, 30));
    let tested = overview.risk().told().unwrap().tested.told().unwrap();
    assert_eq!(tested.calibration.len(), 10);
    let rows: f64 = tested.calibration.iter().map(|bin| bin.customers).sum();
    assert!((rows - tested.rows as f64).abs() < 1e-9);
    for pair in tested.calibration.windows(2) {
        assert!(pair[0].highest <= pair[1].lowest);
    }
    for bin in &tested.calibration {
        assert!(bin.lowest <= bin.mean_probability && bin.mean_probability <= bin.highest);
        assert!(bin.rate.lo <= bin.rate.value && bin.rate.value <= bin.rate.hi);
    }
}

#[test]
fn a_card_holds_what_the_table_holds() {
    let log = cdnow::log();
    let overview = fit(&log, day(1997, 9, 30));
    let table = overview.customers();
    assert_eq!(table.len(), 2357);
    assert!(table.columns().all(|(_, column)| column.len() == 2357));
    let card = overview.card("1516".into()).unwrap().unwrap();
    let at = card.customer.at();
    assert_eq!(card.keys, ["1516"]);
    let Some(TableColumn::Numbers(clv)) = table.column("clv") else {
        panic!("no worth");
    };
    assert_eq!(
        card.worth.as_ref().unwrap().clv.to_bits(),
        clv[at].to_bits()
    );
    let Some(TableColumn::Names(segments)) = table.column("segment") else {
        panic!("no segments");
    };
    assert_eq!(Some(&card.segment.as_ref().unwrap().name[..]), segments[at]);
    let Some(TableColumn::Numbers(risk)) = table.column("risk") else {
        panic!("no risk");
    };
    assert_eq!(
        card.churn
            .as_ref()
            .unwrap()
            .risk
            .unwrap_or(f64::NAN)
            .to_bits(),
        risk[at].to_bits()
    );
    let purchases = card.purchases.as_ref().unwrap();
    assert_eq!(
        purchases.purchase_days,
        overview.purchases().unwrap().frequency()[at] + 1
    );
    let parts: Vec<&str> = card.provenance.iter().map(|of| of.of).collect();
    for part in ["purchases", "segment", "worth", "churn", "risk", "change"] {
        assert!(parts.contains(&part), "{part}");
    }
    assert_eq!(overview.card("nobody".into()).unwrap(), None);
    assert!(!format!("{card:?}{overview:?}{table:?}").contains("1516"));
}

#[test]
fn only_those_who_agreed_are_acted_on_and_the_arms_come_again() {
    let log = cdnow::log();
    let as_of = day(1997, 9, 30);
    let contact = statuses(log.customers());
    let inputs = OverviewInputs::new().transactions(&log).contact(&contact);
    let overview = OverviewParams::default().fit(&inputs, as_of).unwrap();
    let params = ActionParams::default().count(200).hold_out(0.25).seed(9);
    let actions = overview.actions(&params).unwrap();
    assert_eq!(actions.rows().len(), 200);
    for row in actions.rows() {
        let status = contact.as_slice()[row.customer.at()];
        assert_eq!(status, ContactStatus::Allowed);
        assert!((row.propensity - 0.75).abs() < 1e-12);
        assert!(!row.reasons.is_empty());
    }
    let held = |actions: &custometry::overview::Actions| -> Vec<(CustomerIx, Arm)> {
        let rows = actions.rows().iter();
        rows.map(|row| (row.customer, row.arm)).collect()
    };
    assert_eq!(actions.held_out(), 50);
    let again = OverviewParams::default().fit(&inputs, as_of).unwrap();
    let again = again.actions(&params).unwrap();
    assert_eq!(held(&again), held(&actions));
    assert_eq!(again.receipt(), actions.receipt());
    let other = overview.actions(&params.clone().seed(10)).unwrap();
    assert_ne!(held(&other), held(&actions));

    let (refused, unknown) = (actions.counts().refused, actions.counts().unknown);
    let counted = |of: ContactStatus| contact.as_slice().iter().filter(|it| **it == of).count();
    assert_eq!(refused, counted(ContactStatus::Refused) as u64);
    assert_eq!(unknown, counted(ContactStatus::Unknown) as u64);
    let page = overview.summary().contact;
    assert_eq!(page.allowed, counted(ContactStatus::Allowed));

    // Within a budget, whoever is held out.
    let params = ActionParams::default().budget(50.0).arms(Arms::ByKey);
    let within = overview.actions(&params).unwrap();
    let spend: f64 = within.rows().iter().map(|row| row.spend).sum();
    assert!(spend <= 50.0 + 1e-9 && spend > 45.0, "{spend}");
    assert_ne!(within.receipt(), actions.receipt());
    assert!(within.treated_spend() <= within.planned_spend());

    // Without statuses nobody.
    let nobody = fit(&log, as_of).actions(&ActionParams::default()).unwrap();
    assert_eq!(nobody.rows(), []);
    assert_eq!(nobody.counts().unknown, 2357);
}

#[test]
fn what_is_at_stake_is_that_of_the_chapters() {
    let log = cdnow::log();
    let contact = log
        .customers()
        .numbers()
        .map(|it| (it, ContactStatus::Allowed));
    let contact = ContactStatuses::new(log.customers(), contact).unwrap();
    let inputs = OverviewInputs::new().transactions(&log).contact(&contact);
    let overview = OverviewParams::default()
        .fit(&inputs, day(1997, 9, 30))
        .unwrap();
    let actions = overview.actions(&ActionParams::default()).unwrap();
    let (worth, risk) = (
        overview.worth().told().unwrap(),
        overview.risk().told().unwrap(),
    );
    let mut seen = [0; 3];
    for row in actions.rows() {
        let at = row.customer.at();
        let if_active = worth.clv[at] / worth.p_alive[at];
        let (leaves, rate, place) = match row.action.name() {
            "win back" => (1.0 - worth.p_alive[at], 0.05, 0),
            // Who is quiet, but not for as long as it takes to be lost, has no chance to go quiet.
            "retain" if risk.probability[at].is_nan() => (1.0 - worth.p_alive[at], 0.10, 1),
            "retain" => (risk.probability[at], 0.10, 2),
            _ => continue,
        };
        seen[place] += 1;
        let close = |one: f64, other: f64| (one - other).abs() <= 1e-9 * other.abs().max(1e-9);
        assert!(
            close(row.value_at_stake, leaves * if_active),
            "{} is not {leaves} of {if_active}",
            row.value_at_stake
        );
        assert!(close(row.break_even, rate * leaves * if_active));
        assert!(close(row.spend, row.break_even / 2.0) && close(row.gain, row.break_even / 2.0));
        assert_eq!(row.silence_date, worth.silence_dates[at]);
    }
    assert!(seen.iter().all(|count| *count > 20), "{seen:?}");
}

#[test]
fn a_missing_input_takes_its_chapter_along_and_no_other() {
    let nothing = OverviewInputs::new();
    let overview = OverviewParams::default().fit(&nothing, last_day()).unwrap();
    assert_eq!(
        overview.worth().absence(),
        Some(&Absence::NoInput("transactions"))
    );
    assert!(overview.customers().is_empty());
    assert!(overview.actions(&ActionParams::default()).is_err());
    assert_eq!(overview.summary().absent.len(), 11);

    let log = simulated(400);
    let all = fit(&log, last_day());
    assert_eq!(
        all.identity().absence(),
        Some(&Absence::NoInput("records of people"))
    );
    let params = OverviewParams::default()
        .without(ChapterKind::Churn)
        .without(ChapterKind::Kinds);
    let inputs = OverviewInputs::new().transactions(&log);
    let some = params.fit(&inputs, last_day()).unwrap();
    assert_eq!(some.churn().absence(), Some(&Absence::LeftOut));
    assert_eq!(some.kinds().absence(), Some(&Absence::LeftOut));
    // Risk rests on churn, and says so.
    let reason = some.risk().absence().unwrap().to_string();
    assert!(reason.contains("left out"), "{reason}");
    assert_eq!(some.worth(), all.worth());
    assert_eq!(some.migration(), all.migration());
    // There are actions without churn as well.
    let contact = statuses(log.customers());
    let inputs = inputs.contact(&contact);
    let some = params.fit(&inputs, last_day()).unwrap();
    assert!(
        !some
            .actions(&ActionParams::default())
            .unwrap()
            .rows()
            .is_empty()
    );
}

#[test]
fn little_data_get_typed_answers() {
    let log = |keys: &[&str], days: Vec<i32>, amounts: Vec<i64>| {
        let log = Transactions::builder(Currency::EUR).text_keys(keys);
        log.days(days).amounts(amounts).build().unwrap()
    };
    let as_of = date_of_day(400).unwrap();
    let empty = fit(&log(&[], vec![], vec![]), as_of);
    assert_eq!(empty.base().told().unwrap().customers, 0);
    assert_eq!(empty.base().told().unwrap().repeat_rate, None);
    for reason in [
        empty.worth().absence(),
        empty.churn().absence(),
        empty.kinds().absence(),
    ] {
        assert!(matches!(reason, Some(Absence::NoAnswer(_))), "{reason:?}");
    }

    let one = fit(&log(&["ann"], vec![0], vec![900]), as_of);
    let base = one.base().told().unwrap();
    assert_eq!((base.customers, base.one_time), (1, 1));
    assert!(one.segments().told().is_some());
    assert!(one.card("ann".into()).unwrap().is_some());
    let error = one.actions(&ActionParams::default()).unwrap_err();
    assert_eq!(Some(&Absence::NoAnswer(error)), one.worth().absence());

    // Refunds only, all after the day, all on one day.
    for (days, amounts) in [
        (vec![0, 9], vec![-5, -7]),
        (vec![800, 900], vec![5, 7]),
        (vec![7, 7], vec![5, 7]),
    ] {
        let of = fit(&log(&["ann", "bob"], days, amounts), as_of);
        assert_eq!(of.customers().len(), 2);
        let page = of.summary();
        assert!(
            page.absent.iter().any(|(name, _)| *name == "worth"),
            "{page:?}"
        );
    }
}

#[test]
fn parameters_out_of_range_are_refused() {
    let log = simulated(50);
    let inputs = OverviewInputs::new().transactions(&log);
    let default = OverviewParams::default;
    for (params, name) in [
        (default().margin(f64::NAN), "margin"),
        (default().margin(30.0), "margin"),
        (default().level(1.0), "level"),
        (default().silence(0.0), "silence"),
        (default().horizon(Days(0.0)), "horizon"),
        (default().most_kinds(1), "most kinds"),
        (default().quiet_after(0), "days of silence"),
        (default().sample(5), "sample"),
        (default().rfm(RfmParams::default().bins(0, 5, 5)), "bins"),
    ] {
        let error = params.fit(&inputs, last_day()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParameter, "{name}");
    }
    for params in [
        ActionParams::default().hold_out(1.0),
        ActionParams::default().budget(f64::NAN),
    ] {
        let overview = fit(&simulated(400), last_day());
        let error = overview.actions(&params).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    }
}

#[test]
fn whoever_watches_may_stop_it() {
    let log = simulated(300);
    let inputs = OverviewInputs::new().transactions(&log);
    let params = OverviewParams::default();
    let mut stages = Vec::new();
    let mut watch = |progress: Progress| {
        if stages.last() != Some(&progress.stage) {
            stages.push(progress.stage);
        }
        ControlFlow::Continue(())
    };
    let watched = params
        .fit_observed(&inputs, last_day(), &mut watch)
        .unwrap();
    let plain = params.fit(&inputs, last_day()).unwrap();
    assert_eq!(bytes(&watched), bytes(&plain));
    assert!(stages.len() > 4, "{stages:?}");
    for stage in stages {
        let mut stop = |progress: Progress| {
            if progress.stage == stage {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        };
        let stopped = params.fit_observed(&inputs, last_day(), &mut stop);
        assert!(matches!(stopped, Err(Error::Cancelled { .. })), "{stage}");
    }
}

#[test]
fn a_merged_state_gives_the_overview_of_the_log() {
    let log = simulated(1_000);
    let as_of = last_day();
    let part = |of: usize| {
        let rows = (0..log.len()).filter(|row| row % 3 == of);
        let (mut keys, mut days, mut amounts) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            let key = log.customers().key(log.customer()[row]).unwrap();
            keys.push(key.to_string());
            days.push(log.days()[row]);
            amounts.push(log.amounts()[row]);
        }
        let part = Transactions::builder(log.currency()).text_keys(&keys);
        part.days(days).amounts(amounts).build().unwrap()
    };
    let texts: Vec<String> = log.customers().keys().map(|key| key.to_string()).collect();
    let (customers, _) = Customers::from_texts(&texts).unwrap();
    let said = statuses(&customers);
    let states = (0..3).map(|of| {
        let state = OverviewState::new(&part(of), as_of).unwrap();
        state.with_contact(said.clone())
    });
    let merged = states.reduce(|one, other| one.merge(other).unwrap());
    let merged = merged.unwrap().in_key_order().unwrap();
    let whole = {
        let rows: Vec<&str> = log
            .customer()
            .iter()
            .map(|it| &texts[it.at()][..])
            .collect();
        let whole = Transactions::builder(log.currency()).text_keys(&rows);
        whole
            .days(log.days().to_vec())
            .amounts(log.amounts().to_vec())
            .build()
            .unwrap()
    };
    let one = OverviewState::new(&whole, as_of)
        .unwrap()
        .with_contact(said.clone());
    let one = one.in_key_order().unwrap();
    assert_eq!(merged, one);
    let params = OverviewParams::default();
    let (merged, one) = (
        params.fit_state(&merged).unwrap(),
        params.fit_state(&one).unwrap(),
    );
    assert_eq!(bytes(&merged), bytes(&one));

    // Kept and read again.
    let state = one.state().unwrap();
    let text = persist::to_json(state).unwrap();
    assert_eq!(&persist::from_json::<OverviewState>(&text).unwrap(), state);

    // The overview of the log is that of its state, but for the receipt.
    let inputs = OverviewInputs::new().transactions(&whole).contact(&said);
    let of_log = params.fit(&inputs, as_of).unwrap();
    let of_state = params.fit_state(of_log.state().unwrap()).unwrap();
    assert_eq!(bytes(of_log.worth()), bytes(of_state.worth()));
    assert_eq!(bytes(of_log.risk()), bytes(of_state.risk()));
    assert_eq!(bytes(&of_log.customers()), bytes(&of_state.customers()));
}

#[test]
fn the_same_receipt_gives_the_same_bytes() {
    let log = simulated(2_000);
    let contact = statuses(log.customers());
    // Fewer are learned from than there are.
    let params = OverviewParams::default().sample(500);
    same_bytes("an overview and its actions", || {
        let inputs = OverviewInputs::new().transactions(&log).contact(&contact);
        let overview = params.fit(&inputs, last_day()).unwrap();
        let actions = overview
            .actions(&ActionParams::default().budget(500.0))
            .unwrap();
        [bytes(&overview), bytes(&actions)].concat()
    });
    let receipt =
        |log: &Transactions, params: &OverviewParams, contact: Option<&ContactStatuses>| {
            let mut inputs = OverviewInputs::new().transactions(log);
            if let Some(contact) = contact {
                inputs = inputs.contact(contact);
            }
            let quick = [ChapterKind::Kinds, ChapterKind::Worth, ChapterKind::Churn];
            let params = quick
                .into_iter()
                .fold(params.clone(), OverviewParams::without);
            params.fit(&inputs, last_day()).unwrap().receipt().id()
        };
    let ids = [
        receipt(&log, &params, Some(&contact)),
        receipt(&log, &params, None),
        receipt(&log, &params.clone().seed(1), Some(&contact)),
        receipt(&simulated(2_001), &params, Some(&contact)),
    ];
    assert_eq!(ids[0], receipt(&log, &params, Some(&contact)));
    for (at, id) in ids.iter().enumerate() {
        assert!(!ids[..at].contains(id), "{at}");
    }
}

/// The golden receipt is that of `tests/golden/overview/make_receipt.py`, which knows nothing of this library.
/// C and Python are held against the same file.
#[test]
fn the_receipt_is_what_its_documentation_says() {
    let read = cdnow::log();
    let key = |customer: &CustomerIx| match read.customers().key(*customer) {
        Some(CustomerKey::Text(key)) => key.parse::<i64>().unwrap(),
        other => panic!("{other:?}"),
    };
    let keys: Vec<i64> = read.customer().iter().map(key).collect();
    let log = Transactions::builder(Currency::USD)
        .int_keys(&keys)
        .days(read.days().to_vec())
        .amounts(read.amounts().to_vec())
        .build()
        .unwrap();
    let receipt = serde_json::to_string(fit(&log, day(1997, 9, 30)).receipt()).unwrap();
    assert_eq!(
        receipt,
        include_str!("../golden/overview/receipt.txt").trim_end()
    );
}

#[test]
fn people_with_two_keys_are_one_customer_in_all_chapters() {
    let text = ["ann", "bob", "cid", "dan", "eve", "fay"];
    let (mut keys, mut days, mut amounts) = (Vec::new(), Vec::new(), Vec::new());
    for (number, name) in (0..).zip(text) {
        for purchase in 0..4 {
            keys.push(format!("{name}-{}", purchase % 2));
            days.push(number * 3 + purchase * 20);
            amounts.push(1_000);
        }
    }
    let log = Transactions::builder(Currency::EUR).text_keys(&keys);
    let log = log.days(days).amounts(amounts).build().unwrap();
    let of_record: Vec<String> = text
        .iter()
        .flat_map(|name| [format!("{name}-0"), format!("{name}-1")])
        .collect();
    let names: Vec<String> = text
        .iter()
        .flat_map(|name| vec![format!("{name} of {name}ville"); 2])
        .collect();
    let mails: Vec<String> = text
        .iter()
        .flat_map(|name| vec![format!("{name}@{name}.example"); 2])
        .collect();
    let records = Records::builder()
        .text_keys(&of_record)
        .full_name(&names)
        .email(&mails)
        .build()
        .unwrap();
    let said = ContactStatuses::new(
        log.customers(),
        log.customers().numbers().map(|it| {
            let key = log.customers().key(it).unwrap().to_string();
            let refused = key == "bob-1";
            (
                it,
                if refused {
                    ContactStatus::Refused
                } else {
                    ContactStatus::Allowed
                },
            )
        }),
    )
    .unwrap();
    let inputs = OverviewInputs::new()
        .transactions(&log)
        .records(&records)
        .contact(&said);
    let overview = OverviewParams::default()
        .fit(&inputs, date_of_day(200).unwrap())
        .unwrap();
    let identity = overview.identity().told().unwrap();
    assert_eq!(identity.fragmented.unwrap().customers, 12);
    if identity.people == 6 {
        assert_eq!(identity.resolved.unwrap().customers, 6);
        assert_eq!(overview.customers().len(), 6);
        let card = overview.card("bob-0".into()).unwrap().unwrap();
        assert_eq!(card.keys, ["bob-0", "bob-1"]);
        // A refusal in one record holds for the person.
        assert_eq!(card.contact, ContactStatus::Refused);
        assert_eq!(card.purchases.unwrap().purchase_days, 4);
        assert_eq!(
            overview.card("bob-1".into()).unwrap().unwrap().customer,
            card.customer
        );
    } else {
        panic!("{identity:?}");
    }
}

#[test]
fn earlier_segments_are_taken_by_key() {
    let log = Transactions::builder(Currency::EUR)
        .text_keys(&["ann", "bob", "cid"])
        .days(vec![0, 30, 60])
        .amounts(vec![900, 800, 700])
        .build()
        .unwrap();
    // In another order, with one who is no customer of today.
    let (customers, _) = Customers::from_texts(&["eve", "cid", "ann"]).unwrap();
    let segment = |id, name: &str| Segment {
        id: SegmentId(id),
        name: name.into(),
    };
    let all = vec![segment(1, "gold"), segment(2, "tin")];
    let of = |day: i32, rows: [u32; 3]| {
        let rows = rows.map(|id| Some(SegmentId(id))).to_vec();
        Assignments::new("metals", date_of_day(day).unwrap(), all.clone(), rows).unwrap()
    };
    let (winter, spring) = (of(10, [1, 1, 2]), of(50, [1, 2, 2]));
    let inputs = OverviewInputs::new()
        .transactions(&log)
        .earlier(&customers, &spring)
        .earlier(&customers, &winter);
    let as_of = date_of_day(90).unwrap();
    let overview = OverviewParams::default().fit(&inputs, as_of).unwrap();
    let moves = overview.migration().told().unwrap();
    assert_eq!(moves.origin, MovesOrigin::Given);
    assert_eq!(moves.days, [winter.as_of(), spring.as_of()]);
    // Cid went from gold to tin, Ann stayed in it, Bob was in none.
    let growth: Vec<(u64, u64)> = (moves.growth.iter())
        .map(|of| (of.opening, of.closing))
        .collect();
    assert_eq!(growth, [(1, 0), (1, 2)]);
    let card = overview.card("cid".into()).unwrap().unwrap();
    assert_eq!(card.segment_before.as_deref(), Some("gold"));

    // One day alone says nothing where today's segments are of another scheme.
    let inputs = OverviewInputs::new()
        .transactions(&log)
        .earlier(&customers, &winter);
    let overview = OverviewParams::default().fit(&inputs, as_of).unwrap();
    let reason = overview.migration().absence().unwrap().to_string();
    assert!(reason.contains("metals"), "{reason}");

    // With the edges of then today's segments are of one scheme with those of then.
    let before = fit(&log, date_of_day(70).unwrap());
    let kept = before.segments().told().unwrap();
    let inputs = OverviewInputs::new()
        .transactions(&log)
        .earlier(log.customers(), &kept.assignments);
    let overview = OverviewParams::default().fit(&inputs, as_of).unwrap();
    assert!(overview.migration().told().is_none());
    let inputs = inputs.rfm(&kept.rfm);
    let overview = OverviewParams::default().fit(&inputs, as_of).unwrap();
    let moves = overview.migration().told().unwrap();
    assert_eq!(moves.days, [date_of_day(70).unwrap(), as_of]);
    assert_eq!(overview.segments().told().unwrap().rfm, kept.rfm);

    // Nothing of days to come, and one segment a customer.
    let later = OverviewInputs::new()
        .transactions(&log)
        .earlier(&customers, &spring);
    let error = OverviewParams::default()
        .fit(&later, winter.as_of())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    let fewer = OverviewInputs::new()
        .transactions(&log)
        .earlier(log.customers(), &winter);
    assert!(OverviewParams::default().fit(&fewer, as_of).is_ok());
    let (two, _) = Customers::from_texts(&["ann", "bob"]).unwrap();
    let fewer = OverviewInputs::new()
        .transactions(&log)
        .earlier(&two, &winter);
    let error = OverviewParams::default().fit(&fewer, as_of).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LengthMismatch);
}

/// What happens after the day has no say in what is told of it.
#[test]
fn an_overview_is_the_same_without_the_rows_after_its_day() {
    let log = simulated(800);
    let as_of = date_of_day(10_250).unwrap();
    let (mut keys, mut days, mut amounts) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..log.len() {
        if log.days()[row] <= 10_250 {
            let Some(CustomerKey::Int(key)) = log.customers().key(log.customer()[row]) else {
                panic!("simulated keys are whole numbers");
            };
            keys.push(key);
            days.push(log.days()[row]);
            amounts.push(log.amounts()[row]);
        }
    }
    assert!(days.len() < log.len());
    let cut = Transactions::builder(log.currency()).int_keys(&keys);
    let cut = cut.days(days).amounts(amounts).build().unwrap();
    let (whole, cut) = (fit(&log, as_of), fit(&cut, as_of));
    assert_eq!(bytes(&whole.base()), bytes(&cut.base()));
    assert_eq!(whole.summary().revenue, cut.summary().revenue);
    assert_eq!(
        bytes(&whole.bridge().told().unwrap().total),
        bytes(&cut.bridge().told().unwrap().total)
    );
    assert_eq!(
        whole.churn().told().unwrap().threshold,
        cut.churn().told().unwrap().threshold
    );
    assert_eq!(
        whole.worth().told().unwrap().model,
        cut.worth().told().unwrap().model
    );
    // Customers of whom only later rows are known are in no fit, and are told nothing of.
    let (told, of_cut) = (whole.risk().told().unwrap(), cut.risk().told().unwrap());
    assert_eq!(told.customers, of_cut.customers);
    assert!((told.expected_quiet - of_cut.expected_quiet).abs() < 1e-9);
    let window = |first, last| Window::new(date_of_day(first).unwrap(), date_of_day(last).unwrap());
    let params = OverviewParams::default();
    let params = params.bridge(
        window(10_000, 10_200).unwrap(),
        window(10_201, 10_300).unwrap(),
    );
    let inputs = OverviewInputs::new().transactions(&log);
    let error = params.fit(&inputs, as_of).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParameter);
}

/// The day itself counts: whoever bought on it for the first time is at risk from then on.
#[test]
fn who_comes_on_the_day_is_at_risk_and_who_is_lost_on_it_is_not() {
    let log = simulated(800);
    let overview = fit(&log, last_day());
    let (churn, risk) = (
        overview.churn().told().unwrap(),
        overview.risk().told().unwrap(),
    );
    let summary = overview.purchases().unwrap();
    let within = risk.within_days;
    for customer in log.customers().numbers() {
        let silent = summary.days_since_last(customer).unwrap();
        let known = !risk.probability[customer.at()].is_nan();
        assert_eq!(known, silent < within, "{silent} of {within}");
        assert_eq!(
            churn.is_active()[customer.at()],
            silent < churn.threshold.days
        );
    }
}

/// The order of the rows decides how customers are numbered, and nothing that is told of them.
#[test]
fn the_order_of_the_rows_has_no_say_in_the_list() {
    let log = simulated(700);
    let mut order: Vec<usize> = (0..log.len()).collect();
    order.sort_by_key(|row| row.wrapping_mul(7_919) % 10_007);
    let key = |row: &usize| {
        log.customers()
            .key(log.customer()[*row])
            .unwrap()
            .to_string()
    };
    let keys: Vec<String> = order.iter().map(key).collect();
    let shuffled = Transactions::builder(log.currency())
        .text_keys(&keys)
        .days(order.iter().map(|row| log.days()[*row]).collect())
        .amounts(order.iter().map(|row| log.amounts()[*row]).collect())
        .build()
        .unwrap();
    let texts: Vec<String> = (0..log.len()).map(|row| key(&row)).collect();
    let log = Transactions::builder(log.currency()).text_keys(&texts);
    let log = {
        let of = simulated(700);
        let log = log.days(of.days().to_vec()).amounts(of.amounts().to_vec());
        log.build().unwrap()
    };
    assert_ne!(log.customers(), shuffled.customers());
    let list = |log: &Transactions| {
        let agreed = log
            .customers()
            .numbers()
            .map(|it| (it, ContactStatus::Allowed));
        let contact = ContactStatuses::new(log.customers(), agreed).unwrap();
        let inputs = OverviewInputs::new().transactions(log).contact(&contact);
        let overview = OverviewParams::default().fit(&inputs, last_day()).unwrap();
        let params = ActionParams::default().count(100).hold_out(0.5);
        let actions = overview.actions(&params).unwrap();
        let kinds = overview.kinds().told().unwrap().segmentation.scheme();
        let rows = actions.rows().iter().map(|row| {
            let key = log.customers().key(row.customer).unwrap().to_string();
            (key, row.action, row.arm)
        });
        (kinds, rows.collect::<Vec<_>>())
    };
    assert_eq!(list(&log), list(&shuffled));
}

/// A refusal is kept for shards that have the customer, and without transactions.
#[test]
fn a_refusal_is_never_lost() {
    let log = |key: &str| {
        let log = Transactions::builder(Currency::EUR).text_keys(&[key]);
        log.days(vec![0]).amounts(vec![900]).build().unwrap()
    };
    let (both, numbers) = Customers::from_texts(&["ann", "bob"]).unwrap();
    let refused = ContactStatuses::new(&both, [(numbers[1], ContactStatus::Refused)]).unwrap();
    let allowed = ContactStatuses::new(&both, [(numbers[1], ContactStatus::Allowed)]).unwrap();
    let as_of = date_of_day(50).unwrap();
    let of = |key: &str, said: &ContactStatuses| {
        let log = log(key);
        let inputs = OverviewInputs::new().transactions(&log).contact(said);
        OverviewParams::default().fit(&inputs, as_of).unwrap()
    };
    let (ann, bob) = (of("ann", &refused), of("bob", &allowed));
    let (ann, bob) = (ann.state().unwrap().clone(), bob.state().unwrap().clone());
    let merged = OverviewParams::default()
        .fit_state(&ann.merge(bob).unwrap())
        .unwrap();
    let card = merged.card("bob".into()).unwrap().unwrap();
    assert_eq!(card.contact, ContactStatus::Refused);

    let records = Records::builder()
        .text_keys(&["ann", "bob"])
        .city(&["Ulm", "Bonn"]);
    let records = records.build().unwrap();
    let inputs = OverviewInputs::new().records(&records).contact(&refused);
    let overview = OverviewParams::default().fit(&inputs, as_of).unwrap();
    assert_eq!(overview.summary().contact.refused, 1);
}

/// Customers complain before they leave: with the complaints it is better foretold who does.
#[test]
fn events_say_more_of_who_will_leave() {
    let log = simulated(1_500);
    let as_of = last_day();
    // The last purchase of everybody who stayed away afterwards is followed by a complaint.
    let state = SummaryState::new(&log).unwrap();
    let (mut who, mut at, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
    for customer in log.customers().numbers() {
        let days: Vec<NaiveDate> = state.days_of(customer).map(|day| day.date).collect();
        for (place, date) in days.iter().enumerate() {
            let next = days.get(place + 1).copied().unwrap_or(as_of);
            let leaves = (next - *date).num_days() > 60;
            who.push(customer);
            at.push(date.and_hms_opt(12, 0, 0).unwrap().and_utc());
            kinds.push(if leaves { "complaint" } else { "visit" });
        }
    }
    let events = Events::builder(log.customers().clone(), who)
        .at(&at)
        .kinds(&kinds)
        .build()
        .unwrap();
    let plain = fit(&log, as_of);
    let inputs = OverviewInputs::new().transactions(&log).events(&events);
    let told = OverviewParams::default().fit(&inputs, as_of).unwrap();
    let auc = |of: &Overview| of.risk().told().unwrap().tested.told().unwrap().judged.auc;
    assert!(
        auc(&told) > auc(&plain) + 0.02,
        "{} {}",
        auc(&told),
        auc(&plain)
    );
    assert_eq!(told.worth(), plain.worth());
    let card = told
        .card(log.customers().key(CustomerIx(0)).unwrap())
        .unwrap()
        .unwrap();
    assert!(!card.events.is_empty());
    assert!(card.events.windows(2).all(|two| two[0].0 >= two[1].0));
}

#[test]
fn gates_say_what_speaks_against_the_figures() {
    let log = cdnow::log();
    let gates = fit(&log, day(1997, 9, 30)).gates();
    let of = |kind: GateKind| gates.iter().find(|gate| gate.kind == kind).unwrap();
    // From 1997-01-01 to 1997-09-30.
    assert_eq!(of(GateKind::History).value, Some(273.0));
    assert_eq!(of(GateKind::Repeaters).value, Some(946.0));
    assert_eq!(of(GateKind::ContactKnown).value, Some(0.0));
    assert_eq!(of(GateKind::Refunds).value, Some(0.0));
}
