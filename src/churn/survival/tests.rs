//! Against R's `survival` 3.5.3 (R 4.2.2) and published figures; laws.

use proptest::prelude::*;

use super::*;
use crate::{
    churn::{
        Durations,
        golden::{
            ANDERSON, G3, HEART, LUNG, LYMPHOMA, REGIMES, ROSSI, WALTONS, column, durations,
            numbers,
        },
    },
    data::{Categories, Merge, merge_all},
    persist,
};

fn close(got: f64, want: f64) {
    assert!(
        (got - want).abs() <= 1e-10 * want.abs().max(1e-3),
        "{got} is not {want}"
    );
}

fn all_close(got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len());
    for (&got, &want) in got.iter().zip(want) {
        close(got, want);
    }
}

fn curve(durations: &Durations) -> KaplanMeier {
    KaplanMeier::new(&RiskTable::new(durations)).unwrap()
}

fn near(found: f64, want: f64, tolerance: f64) {
    assert!((found - want).abs() <= tolerance, "{found}, not {want}");
}

fn at(curve: &KaplanMeier, times: &[f64]) -> Vec<f64> {
    times.iter().map(|&time| curve.survival_at(time)).collect()
}

fn se_at(curve: &KaplanMeier, times: &[f64]) -> Vec<f64> {
    let se = |&time: &f64| curve.estimate(time, Band::Plain, 0.95).unwrap().se;
    times.iter().map(se).collect()
}

fn digits(got: f64, want: f64, unit: f64) {
    assert!((got - want).abs() <= 0.51 * unit, "{got} is not {want}");
}

#[test]
fn curve_of_waltons_against_r_survival() {
    let waltons = durations(WALTONS, "T", "E");
    assert_eq!((waltons.len(), waltons.events()), (163, 156));
    let curve = curve(&waltons);
    let times = [6.0, 20.0, 40.0, 50.0, 60.0];
    let survival = [
        0.9938650307,
        0.9136503067,
        0.7778374233,
        0.6168168456,
        0.3115236594,
    ];
    let se = [
        0.006116121449,
        0.022059831817,
        0.032657305155,
        0.038234055619,
        0.036517780097,
    ];
    for ((&got, want), (got_se, want_se)) in at(&curve, &times)
        .iter()
        .zip(survival)
        .zip(se_at(&curve, &times).into_iter().zip(se))
    {
        digits(got, want, 1e-10);
        digits(got_se, want_se, 1e-12);
    }
    let log_log = curve.estimate(40.0, Band::LogLog, 0.95).unwrap();
    digits(log_log.lo, 0.7056735522, 1e-10);
    digits(log_log.hi, 0.8343794819, 1e-10);
    let log = curve.estimate(40.0, Band::Log, 0.95).unwrap();
    digits(log.lo, 0.7163930355, 1e-10);
    digits(log.hi, 0.8445518412, 1e-10);
    let median = curve.median();
    assert_eq!(
        (median.value, median.lo, median.hi),
        (Some(56.0), Some(53.0), Some(58.0))
    );
    let mean = curve.restricted_mean(60.0, 0.95).unwrap();
    digits(mean.value, 48.277494817, 1e-9);
    digits(mean.se, 1.193727657, 1e-9);
}

#[test]
fn hazard_of_waltons_against_r_survival() {
    let table = RiskTable::new(&durations(WALTONS, "T", "E"));
    // summary(survfit(Surv(T, E) ~ 1), times = c(20, 40, 60)), and with ctype = 2.
    let together = (
        TiedEvents::Together,
        [0.0895995991104115, 0.2483487643104667, 1.093932886118863],
        [0.0239546460185739, 0.0414976451971325, 0.1084027166110589],
    );
    let in_turn = (
        TiedEvents::InTurn,
        [0.0900165211898291, 0.2503584569299272, 1.159439383515037],
        [0.0240668577851287, 0.0418369397831405, 0.1164577072751036],
    );
    for (ties, hazard, se) in [together, in_turn] {
        let curve = NelsonAalen::new(&table, ties).unwrap();
        for (k, time) in [20.0, 40.0, 60.0].into_iter().enumerate() {
            close(curve.hazard_at(time), hazard[k]);
            let place = curve
                .times()
                .iter()
                .rposition(|&step| step <= time)
                .unwrap();
            close(curve.se()[place], se[k]);
        }
    }
}

#[test]
fn bands_of_rossi_against_r_survival() {
    let curve = curve(&durations(ROSSI, "week", "arrest"));
    for (band, lo, hi) in [
        (Band::Plain, 0.8438135996, 0.9061864004),
        (Band::Log, 0.8443628218, 0.9067488291),
        (Band::LogLog, 0.8399754058, 0.9028037957),
        (Band::Logit, 0.8403423248, 0.9030027484),
        (Band::ArcSine, 0.842193734, 0.9044741366),
    ] {
        let estimate = curve.estimate(26.0, band, 0.95).unwrap();
        digits(estimate.value, 0.875, 1e-10);
        digits(
            estimate.lo,
            lo,
            if band == Band::ArcSine { 1e-9 } else { 1e-10 },
        );
        digits(estimate.hi, hi, 1e-10);
    }
    let se = [0.008808217636, 0.01591172116, 0.02120510198];
    for (got, want) in se_at(&curve, &[10.0, 26.0, 52.0]).into_iter().zip(se) {
        digits(got, want, 1e-11);
    }
}

#[test]
fn restricted_means_of_rossi_against_r_survival() {
    let aid = Categories::new(&column(ROSSI, "fin")).unwrap();
    let tables = RiskTables::new(&durations(ROSSI, "week", "arrest"), &aid).unwrap();
    for (group, mean, se) in [(0, 44.8333333, 0.9176715405), (1, 46.875, 0.7933248959)] {
        let curve = KaplanMeier::new(&tables.groups()[group].table).unwrap();
        let got = curve.restricted_mean(52.0, 0.95).unwrap();
        digits(got.value, mean, 1e-7);
        digits(got.se, se, 1e-10);
    }
}

#[test]
fn curve_of_lung_against_r_survival() {
    let lung = durations(LUNG, "time", "status");
    let curve = curve(&lung);
    digits(curve.survival_at(365.0), 0.4092416245, 1e-10);
    digits(curve.survival_at(700.0), 0.1423915057, 1e-10);
    digits(se_at(&curve, &[365.0])[0], 0.03582363817, 1e-11);
    // quantile(survfit(Surv(time, status) ~ 1), c(.25, .5, .75))
    for (share, value, lo, hi) in [
        (0.25, 170.0, 145.0, 197.0),
        (0.5, 310.0, 285.0, 363.0),
        (0.75, 550.0, 460.0, 654.0),
    ] {
        let got = curve.quantile(share, Band::Log, 0.95).unwrap();
        assert_eq!(
            (got.value, got.lo, got.hi),
            (Some(value), Some(lo), Some(hi))
        );
    }
    let mean = curve.restricted_mean(365.0, 0.95).unwrap();
    digits(mean.value, 263.221866482, 1e-9);
    digits(mean.se, 7.798859086, 1e-9);
}

#[test]
fn level_curves_have_the_median_of_r_survival() {
    // quantile(survfit(Surv(t, d) ~ 1), .5): the middle of where the curve is level at one half.
    for (times, events, median) in [
        (
            vec![1.0, 2.0, 3.0, 4.0, 9.0, 9.0],
            vec![1, 1, 1, 0, 0, 0],
            6.0,
        ),
        (vec![1.0, 2.0, 3.0, 4.0], vec![1, 1, 0, 0], 3.0),
        (vec![1.0, 2.0, 3.0, 4.0], vec![1, 1, 0, 1], 3.0),
    ] {
        let got = curve(&Durations::new(&times, &events).unwrap()).median();
        assert_eq!(got.value, Some(median));
        assert_eq!(got.hi, None);
    }
}

#[test]
fn delayed_entries_against_r_survival() {
    // summary(survfit(Surv(start, stop, event) ~ 1, heart), times = c(30, 100, 365, 1000))
    let heart = durations(HEART, "stop", "event")
        .with_entries(&numbers(HEART, "start"))
        .unwrap();
    let curve = curve(&heart);
    let times = [30.0, 100.0, 365.0, 1000.0];
    let survival = [
        0.775608159703284,
        0.494008259839502,
        0.321224014934242,
        0.205081358437773,
    ];
    let se = [
        0.0412215564663214,
        0.0499462573155231,
        0.0477296189245803,
        0.0493895460924949,
    ];
    all_close(&at(&curve, &times), &survival);
    all_close(&se_at(&curve, &times), &se);
}

#[test]
fn weights_against_r_survival() {
    // survfit(Surv(t, d) ~ 1, weights = w, robust = FALSE), at its event times.
    let weighted = Durations::new(
        &[3.0, 5.0, 5.0, 7.0, 9.0, 9.0, 12.0, 15.0],
        &[1, 0, 1, 1, 0, 1, 1, 0],
    )
    .unwrap()
    .with_weights(&[1.0, 2.5, 0.5, 3.0, 1.0, 1.5, 2.0, 0.25])
    .unwrap();
    let curve = curve(&weighted);
    let times = [3.0, 5.0, 7.0, 9.0, 12.0];
    let survival = [
        0.9148936170212766,
        0.8723404255319149,
        0.5346602608098834,
        0.3658201784488676,
        0.0406466864943186,
    ];
    let se = [
        0.0814043161357683,
        0.0973533190222932,
        0.1638789522509844,
        0.1599243661774847,
        0.0786770161358958,
    ];
    all_close(&at(&curve, &times), &survival);
    all_close(&se_at(&curve, &times), &se);
}

#[test]
fn competing_causes_against_r_survival() {
    // survfit(Surv(t, factor(cause)) ~ 1): pstate and std.err.
    let ten = Durations::new(
        &[1.0, 2.0, 2.0, 3.0, 4.0, 5.0, 5.0, 6.0, 7.0, 8.0],
        &[1, 2, 0, 1, 0, 2, 1, 1, 0, 2],
    );
    let curve = AalenJohansen::new(&RiskTable::new(&ten.unwrap())).unwrap();
    let (first, second) = (curve.of_cause(1).unwrap(), curve.of_cause(2).unwrap());
    let five = curve.place(5.0).unwrap();
    close(curve.survival()[five], 0.411428571428571);
    close(first.share()[five], 0.351428571428571);
    close(second.share()[five], 0.237142857142857);
    close(curve.survival_se()[five], 0.1755902997114866);
    close(first.se()[five], 0.1666234735089815);
    close(second.se()[five], 0.1490694165887126);
    let eight = curve.place(8.0).unwrap();
    assert_eq!(
        (curve.survival()[eight], curve.survival_se()[eight]),
        (0.0, 0.0)
    );
    close(second.share()[eight], 0.511428571428571);
    close(first.se()[eight], 0.1777734004968073);
    close(second.se()[eight], 0.1777734004968073);
}

#[test]
fn variances_of_sas_hold() {
    // Variances of cause 2 of the example of SAS, as lifelines' tests print them.
    let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[0, 1, 1, 2, 2, 0]);
    let curve = AalenJohansen::new(&RiskTable::new(&durations.unwrap())).unwrap();
    let variances = curve.of_cause(2).unwrap().se().iter().map(|se| se * se);
    all_close(
        &variances.collect::<Vec<_>>(),
        &[0.0, 0.0, 0.0, 0.032, 0.048, 0.048],
    );
}

fn log_rank(durations: &Durations, labels: &[&str], weight: LogRankWeight) -> LogRank {
    let groups = Categories::new(labels).unwrap();
    let tables = RiskTables::new(durations, &groups).unwrap();
    LogRankParams::default()
        .weight(weight)
        .test(&tables)
        .unwrap()
}

const EARLY: LogRankWeight = LogRankWeight::FlemingHarrington {
    rho: 1.0,
    gamma: 0.0,
};

#[test]
fn log_rank_tests_against_r_survival() {
    let plain = LogRankWeight::LogRank;
    let waltons = durations(WALTONS, "T", "E");
    let groups = column(WALTONS, "group");
    digits(
        log_rank(&waltons, &groups, plain).statistic,
        122.2491256,
        1e-7,
    );
    digits(
        log_rank(&waltons, &groups, EARLY).statistic,
        139.8439342,
        1e-7,
    );

    let rossi = durations(ROSSI, "week", "arrest");
    digits(
        log_rank(&rossi, &column(ROSSI, "fin"), plain).statistic,
        3.837569577,
        1e-9,
    );
    let race = log_rank(&rossi, &column(ROSSI, "race"), plain);
    close(race.statistic, 0.576101713683918);
    all_close(&race.observed, &[12.0, 102.0]);
    all_close(&race.expected, &[14.709347908949, 99.290652091051]);
    let v = 12.7417883289863;
    all_close(&race.covariance, &[v, -v, -v, v]);
    let both: Vec<String> = column(ROSSI, "race")
        .iter()
        .zip(column(ROSSI, "mar"))
        .map(|(race, mar)| format!("{race}{mar}"))
        .collect();
    let both: Vec<&str> = both.iter().map(String::as_str).collect();
    let four = log_rank(&rossi, &both, plain);
    close(four.statistic, 4.36060068773022);
    assert_eq!(four.degrees, 3);
    digits(four.p, 0.225066541, 1e-9);

    let lung = durations(LUNG, "time", "status");
    let sex = column(LUNG, "sex");
    digits(log_rank(&lung, &sex, plain).statistic, 10.32674195, 1e-8);
    digits(log_rank(&lung, &sex, EARLY).statistic, 12.7141514, 1e-7);
}

#[test]
fn weighted_tests_of_leukemia_against_published_figures() {
    // Log-rank and rho = 1 by R; the others by logrank_test of lifelines 0.30.3.
    let anderson = durations(ANDERSON, "t", "status");
    let arm = column(ANDERSON, "Rx");
    let statistic = |weight| log_rank(&anderson, &arm, weight).statistic;
    close(statistic(LogRankWeight::LogRank), 16.7929409892165);
    close(statistic(EARLY), 14.4571508187171);
    close(statistic(LogRankWeight::Wilcoxon), 13.457852049631065);
    close(statistic(LogRankWeight::TaroneWare), 15.123575301872705);
    close(statistic(LogRankWeight::Peto), 14.08413986685654);
}

#[test]
fn a_stratified_test_against_r_survival() {
    // survdiff(Surv(time, status) ~ sex + strata(inst), lung), which leaves out a row without inst.
    let institutes = column(LUNG, "inst");
    let kept: Vec<u32> = (0u32..)
        .zip(&institutes)
        .filter(|(_, institute)| !institute.is_empty())
        .map(|(row, _)| row)
        .collect();
    let pick = |column: Vec<&'static str>| -> Vec<&str> {
        kept.iter().map(|&row| column[row as usize]).collect()
    };
    let lung = durations(LUNG, "time", "status").of_rows(&kept);
    let sex = Categories::new(&pick(column(LUNG, "sex"))).unwrap();
    let strata = Categories::new(&pick(institutes)).unwrap();
    let tables = RiskTables::stratified(&lung, &sex, &strata).unwrap();
    let test = LogRankParams::default().test(&tables).unwrap();
    close(test.statistic, 8.52446736332317);
}

#[test]
fn a_tiny_log_rank_test_against_lifelines() {
    let times = [10.0, 20.0, 30.0, 10.0, 20.0, 50.0];
    let groups = ["1", "1", "1", "0", "0", "0"];
    for (events, statistic, p) in [
        ([1, 1, 1, 1, 1, 1], 0.254237, 0.614107),
        ([1, 0, 1, 1, 0, 1], 0.384615, 0.535143),
    ] {
        let test = log_rank(
            &Durations::new(&times, &events).unwrap(),
            &groups,
            LogRankWeight::LogRank,
        );
        digits(test.statistic, statistic, 1e-6);
        digits(test.p, p, 1e-6);
    }
}

#[test]
fn data_that_say_nothing_are_told_apart() {
    let censored = Durations::new(&[1.0, 2.0], &[0, 0]).unwrap();
    let curve = curve(&censored);
    assert_eq!((curve.survival_at(5.0), curve.median().value), (1.0, None));
    let two = RiskTables::new(&censored, &Categories::new(&["a", "b"]).unwrap()).unwrap();
    let error = LogRankParams::default().test(&two).unwrap_err();
    assert!(error.to_string().contains("nobody left"), "{error}");
    let one = RiskTables::new(&censored, &Categories::new(&["a", "a"]).unwrap()).unwrap();
    assert!(LogRankParams::default().test(&one).is_err());
    let weight = LogRankWeight::FlemingHarrington {
        rho: -1.0,
        gamma: 0.0,
    };
    assert!(LogRankParams::default().weight(weight).test(&two).is_err());
    assert!(curve.estimate(f64::NAN, Band::Log, 0.95).is_err());
    assert!(curve.estimate(1.0, Band::Log, 1.0).is_err());
    assert!(curve.quantile(0.0, Band::Log, 0.9).is_err());
    assert!(curve.restricted_mean(2.5, 0.9).is_err());
    // Somebody enters after all of the others are gone.
    let gap = Durations::new(&[1.0, 5.0], &[1, 1])
        .unwrap()
        .with_entries(&[0.0, 3.0])
        .unwrap();
    assert_eq!(self::curve(&gap).survival(), [0.0, 0.0]);
}

#[test]
fn saved_tables_come_back_and_false_ones_are_refused() {
    let table = RiskTable::new(&durations(ROSSI, "week", "arrest"));
    let text = persist::to_json(&table).unwrap();
    assert_eq!(persist::from_json::<RiskTable>(&text).unwrap(), table);
    for (from, to) in [
        ("\"times\":[1.0,2.0", "\"times\":[2.0,1.0"),
        ("\"entered\":[0.0", "\"entered\":[1e9"),
        ("\"entered\":[0.0", "\"entered\":[-1.0"),
        ("\"entered\":[0.0,", "\"entered\":["),
    ] {
        assert!(text.contains(from), "{from}");
        assert!(
            persist::from_json::<RiskTable>(&text.replacen(from, to, 1)).is_err(),
            "{to}"
        );
    }
}

/// Rows of (entry, time watched, cause, weight, group).
fn rows() -> impl Strategy<Value = Vec<(u8, u8, u16, u8, u8)>> {
    prop::collection::vec((0u8..6, 1u8..20, 0u16..3, 1u8..4, 0u8..3), 1..60)
}

fn of_rows(rows: &[(u8, u8, u16, u8, u8)]) -> Durations {
    let exits: Vec<f64> = rows.iter().map(|row| f64::from(row.0 + row.1)).collect();
    let entries: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
    let causes: Vec<u16> = rows.iter().map(|row| row.2).collect();
    let weights: Vec<f64> = rows.iter().map(|row| f64::from(row.3)).collect();
    let durations = Durations::new(&exits, &causes).unwrap();
    durations
        .with_entries(&entries)
        .unwrap()
        .with_weights(&weights)
        .unwrap()
}

proptest! {
    #[test]
    fn tables_count_what_a_loop_counts(rows in rows()) {
        let table = RiskTable::new(&of_rows(&rows));
        let at_risk = table.at_risk();
        for (place, &time) in table.times().iter().enumerate() {
            let here: u32 = rows.iter()
                .filter(|row| f64::from(row.0) < time && f64::from(row.0 + row.1) >= time)
                .map(|row| u32::from(row.3))
                .sum();
            prop_assert_eq!(at_risk[place].to_bits(), f64::from(here).to_bits());
            for cause in 0..=table.causes() {
                let gone: u32 = rows.iter()
                    .filter(|row| usize::from(row.2) == cause)
                    .filter(|row| f64::from(row.0 + row.1).to_bits() == time.to_bits())
                    .map(|row| u32::from(row.3))
                    .sum();
                let counted = table.left(cause).unwrap()[place];
                prop_assert_eq!(counted.to_bits(), f64::from(gone).to_bits());
            }
        }
    }

    #[test]
    fn tables_of_parts_merge_to_that_of_all(rows in rows(), cut in 0usize..60) {
        let cut = cut.min(rows.len());
        let parts: Vec<RiskTable> = [&rows[..cut], &rows[cut..]]
            .into_iter()
            .filter(|part| !part.is_empty())
            .map(|part| RiskTable::new(&of_rows(part)))
            .collect();
        let whole = RiskTable::new(&of_rows(&rows));
        let merged = merge_all(parts.clone()).unwrap().unwrap();
        prop_assert_eq!(&merged, &whole);
        let neutral = whole.neutral();
        prop_assert_eq!(&neutral.merge(whole.clone()).unwrap(), &whole);
        let turned = merge_all(parts.into_iter().rev()).unwrap().unwrap();
        prop_assert_eq!(&turned, &whole);
    }

    #[test]
    fn groups_are_the_tables_of_their_rows(rows in rows()) {
        let labels: Vec<String> = rows.iter().map(|row| row.4.to_string()).collect();
        let groups = RiskTables::new(&of_rows(&rows), &Categories::new(&labels).unwrap()).unwrap();
        for group in groups.groups() {
            let of_group: Vec<_> = rows.iter()
                .filter(|row| row.4.to_string() == group.name)
                .copied()
                .collect();
            let alone = RiskTable::new(&of_rows(&of_group));
            prop_assert_eq!(group.table.times(), alone.times());
            prop_assert_eq!(group.table.at_risk(), alone.at_risk());
        }
    }

    #[test]
    fn weights_are_rows_repeated(rows in rows()) {
        let repeated: Vec<_> = rows.iter()
            .flat_map(|&(entry, time, cause, weight, group)| {
                std::iter::repeat_n((entry, time, cause, 1, group), usize::from(weight))
            })
            .collect();
        prop_assert_eq!(RiskTable::new(&of_rows(&rows)), RiskTable::new(&of_rows(&repeated)));
    }

    #[test]
    fn shares_of_causes_and_of_those_still_there_add_up(rows in rows()) {
        let table = RiskTable::new(&of_rows(&rows));
        let curve = AalenJohansen::new(&table).unwrap();
        let survival = KaplanMeier::new(&table).unwrap();
        for (place, &share) in curve.survival().iter().enumerate() {
            prop_assert!((share - survival.survival()[place]).abs() < 1e-15);
            let gone: f64 = (1..)
                .map_while(|cause| curve.of_cause(cause))
                .map(|gone| gone.share()[place])
                .sum();
            prop_assert!((share + gone - 1.0).abs() < 1e-12);
            prop_assert!(place == 0 || share <= curve.survival()[place - 1]);
        }
    }

    #[test]
    fn one_cause_is_the_complement_of_survival(rows in rows()) {
        let one: Vec<_> = rows.iter().map(|&(a, b, c, d, e)| (a, b, c.min(1), d, e)).collect();
        let table = RiskTable::new(&of_rows(&one));
        let curve = AalenJohansen::new(&table).unwrap();
        if let Some(gone) = curve.of_cause(1) {
            for place in 0..curve.times().len() {
                prop_assert!((gone.share()[place] + curve.survival()[place] - 1.0).abs() < 1e-12);
                let (one, other) = (gone.se()[place], curve.survival_se()[place]);
                prop_assert!((one * one - other * other).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn intervals_hold_the_curve_and_stay_shares(rows in rows()) {
        let curve = curve(&of_rows(&rows));
        for band in [Band::Plain, Band::Log, Band::LogLog, Band::Logit, Band::ArcSine] {
            let (lo, hi) = curve.intervals(band, 0.9).unwrap();
            for (place, &share) in curve.survival().iter().enumerate() {
                prop_assert!(0.0 <= lo[place] && lo[place] <= share + 1e-12);
                prop_assert!(share - 1e-12 <= hi[place] && hi[place] <= 1.0);
            }
        }
    }
}

#[test]
fn many_groups_take_the_sorted_way_to_the_same_tables() {
    // Times by groups by columns are past what is held whole.
    let rows = 4_000u32;
    let exits: Vec<f64> = (0..rows)
        .map(|row| f64::from(row * 7919 % 1_999) + 0.5)
        .collect();
    let causes: Vec<u16> = [0, 1, 2].into_iter().cycle().take(4_000).collect();
    let labels: Vec<String> = (0..rows).map(|row| (row % 900).to_string()).collect();
    let durations = Durations::new(&exits, &causes).unwrap();
    let groups = RiskTables::new(&durations, &Categories::new(&labels).unwrap()).unwrap();
    let pooled = merge_all(groups.groups().iter().map(|group| group.table.clone()));
    assert_eq!(pooled.unwrap().unwrap(), RiskTable::new(&durations));
    for group in groups.groups().iter().step_by(97) {
        let rows: Vec<u32> = (0..rows)
            .filter(|row| (row % 900).to_string() == group.name)
            .collect();
        let alone = RiskTable::new(&durations.of_rows(&rows));
        assert_eq!(group.table.times(), alone.times());
        assert_eq!(group.table.at_risk(), alone.at_risk());
        assert_eq!(group.table.events(), alone.events());
    }
}

#[test]
fn curves_are_looked_up_with_the_ties_of_their_times() {
    let exits = [0.1 + 0.2, 0.3, 0.7, 1.1];
    let table = RiskTable::new(&Durations::new(&exits, &[1, 2, 1, 0]).unwrap());
    let hazard = NelsonAalen::new(&table, TiedEvents::Together).unwrap();
    let shares = AalenJohansen::new(&table).unwrap();
    let curve = KaplanMeier::new(&table).unwrap();
    for time in [0.3, 0.1 + 0.2, 0.3 - 1e-9] {
        near(curve.survival_at(time), 0.5, 1e-15);
        near(
            curve.estimate(time, Band::Log, 0.95).unwrap().value,
            0.5,
            1e-15,
        );
        near(hazard.hazard_at(time), 0.5, 1e-15);
        assert_eq!(shares.place(time), Some(0));
    }
    near(curve.survival_at(0.3 - 1e-7), 1.0, 1e-15);
    assert_eq!(shares.place(0.3 - 1e-7), None);
    near(curve.survival_at(0.6 + 0.1), 0.25, 1e-15);
    // 1.1 and 1.1 with rounding is the end of the curve; beyond it nothing is known.
    assert!(curve.restricted_mean(1.1 + 1e-9, 0.95).is_ok());
    assert!(curve.restricted_mean(1.2, 0.95).is_err());
}

#[test]
fn many_rows_are_counted_in_parts_as_their_weights_are_summed() {
    let rows = 60_000u32;
    let exit: Vec<f64> = (0..rows).map(|row| f64::from(row * 7 % 90 + 5)).collect();
    let entry: Vec<f64> = (0..rows).map(|row| f64::from(row % 5)).collect();
    let cause: Vec<u16> = (0..rows)
        .map(|row| u16::from(row % 3 == 0) + u16::from(row % 9 == 0))
        .collect();
    let counted = Durations::new(&exit, &cause)
        .unwrap()
        .with_entries(&entry)
        .unwrap();
    let summed = counted
        .clone()
        .with_weights(&vec![1.0; exit.len()])
        .unwrap();
    assert_eq!(RiskTable::new(&counted), RiskTable::new(&summed));
}

#[test]
fn further_log_rank_tests_against_r_survival() {
    // survdiff(Surv(time, event) ~ group)
    let event = |&cell: &&str| u16::from(cell == "True");
    let cause: Vec<u16> = column(G3, "event").iter().map(event).collect();
    let glioma = Durations::new(&numbers(G3, "time"), &cause).unwrap();
    let test = log_rank(&glioma, &column(G3, "group"), LogRankWeight::LogRank);
    close(test.statistic, 6.06288781598279);
    let stages = column(LYMPHOMA, "Stage_group");
    let test = log_rank(
        &durations(LYMPHOMA, "Time", "Censor"),
        &stages,
        LogRankWeight::LogRank,
    );
    close(test.statistic, 6.70971035761313);
    // Six kinds of regime: survdiff, and survfit(Surv(duration, observed) ~ 1).
    let all = durations(REGIMES, "duration", "observed");
    let test = log_rank(&all, &column(REGIMES, "regime"), LogRankWeight::LogRank);
    close(test.statistic, 322.599077920699);
    let times = [1.0, 4.0, 10.0, 20.0, 40.0];
    let survival = [
        0.7217920353982301,
        0.4188353553744795,
        0.1813498776460851,
        0.0909942096236270,
        0.0301433632463886,
    ];
    let se = [
        0.01053881083223785,
        0.01199949510192756,
        0.01017147470447827,
        0.00857319811903808,
        0.00732280656557228,
    ];
    all_close(&at(&curve(&all), &times), &survival);
    all_close(&se_at(&curve(&all), &times), &se);
}
