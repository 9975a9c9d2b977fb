use proptest::prelude::*;

use super::{
    contrast::{Weighted, auc, benjamini_hochberg},
    *,
};
use crate::{
    ErrorKind,
    data::{Assignments, Features, MissingValues, Segment, SegmentId, date_of_day},
    migration::{KolmogorovSmirnov, TransitionCounts},
    numeric::rng::Stream,
    persist,
};

fn close(found: f64, want: f64, tolerance: f64) {
    assert!((found - want).abs() <= tolerance, "{found} is not {want}");
}

fn plain(values: &[f64]) -> Vec<Weighted> {
    values.iter().map(|&x| (x, 1.0)).collect()
}

/// R 4.3, `t.test(extra ~ group, data = sleep)`: t = -1.8608, df = 17.776, p-value = 0.07939.
#[test]
fn welch_on_the_sleep_data_of_student() {
    let first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
    let second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
    let contrast = Contrast::of(&plain(&first), &plain(&second));
    close(contrast.mover_mean, 0.75, 1e-12);
    close(contrast.stayer_mean, 2.33, 1e-12);
    close(contrast.t.unwrap(), -1.8608, 5.1e-5);
    close(contrast.df.unwrap(), 17.776, 5.1e-4);
    close(contrast.p.unwrap(), 0.07939, 5.1e-6);
    // Shifted far away it is the same to 8 digits.
    let far = |values: &[f64]| values.iter().map(|x| (x + 1e6, 1.0)).collect::<Vec<_>>();
    let moved = Contrast::of(&far(&first), &far(&second));
    close(moved.t.unwrap(), contrast.t.unwrap(), 1e-8);
}

/// The 15 p-values of Benjamini and Hochberg (1995), section 4.1: four are significant at .05.
#[test]
fn four_of_fifteen_hypotheses_of_the_paper() {
    let p = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
        0.5719, 0.6528, 0.7590, 1.0,
    ];
    let adjusted = benjamini_hochberg(&p);
    assert_eq!(adjusted.iter().filter(|&&q| q <= 0.05).count(), 4);
    close(adjusted[3], 0.0095 * 15.0 / 4.0, 1e-15);
    close(adjusted[0], 0.0015, 1e-15);
    close(adjusted[14], 1.0, 0.0);
    let mut turned = p;
    turned.reverse();
    let mut back = benjamini_hochberg(&turned);
    back.reverse();
    assert_eq!(back, adjusted);
}

#[test]
fn groups_that_do_not_vary_are_not_tested() {
    let same = Contrast::of(&plain(&[2.0, 2.0]), &plain(&[3.0, 3.0]));
    assert_eq!((same.standardised, same.p), (None, None));
    let one = Contrast::of(&plain(&[2.0]), &plain(&[3.0, 4.0]));
    assert_eq!((one.mover_mean, one.p), (2.0, None));
    let half = Contrast::of(&plain(&[2.0, 2.0]), &plain(&[3.0, 4.0]));
    close(half.df.unwrap(), 1.0, 1e-12);
}

fn segments(count: u32) -> Vec<Segment> {
    let segment = |id: u32| Segment {
        id: SegmentId(id),
        name: format!("segment {id}"),
    };
    (1..=count).map(segment).collect()
}

fn assigned(rows: &[u32]) -> Assignments {
    let rows = rows
        .iter()
        .map(|&id| (id > 0).then_some(SegmentId(id)))
        .collect();
    Assignments::new("v1", date_of_day(0).unwrap(), segments(3), rows).unwrap()
}

fn table(columns: &[(&str, &[f64])]) -> Features {
    Features::from_columns(columns, MissingValues::Keep).unwrap()
}

#[test]
fn what_is_planted_is_found() {
    let n = 900;
    let mut draw = Stream::new(21, 1, 0);
    let mut noise = || (0..n).map(|_| draw.normal()).collect::<Vec<f64>>();
    let (plain_before, plain_after, calls, mut visits, visits_before) =
        (noise(), noise(), noise(), noise(), noise());
    let mut to = Vec::new();
    let mut pick = Stream::new(21, 2, 0);
    for at in 0..n {
        // Who calls often goes down; who goes up visits more afterwards.
        let down = calls[at] + 0.5 * pick.normal() > 1.0;
        let up = !down && pick.uniform() < 0.2;
        to.push(if down {
            1
        } else if up {
            3
        } else {
            2
        });
        visits[at] += if up { 2.0 } else { 0.0 };
    }
    let before = table(&[
        ("plain", &plain_before),
        ("calls", &calls),
        ("visits", &visits_before),
    ]);
    let after = table(&[
        ("plain", &plain_after),
        ("calls", &calls),
        ("visits", &visits),
    ]);
    let scale = [1, 2, 3].map(SegmentId);
    let params = DriverParams::default().scale(&scale);
    let of = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let (from, to) = (assigned(&[2; 900]), assigned(&to));
        pool.install(|| params.drivers(&before, &after, &from, &to).unwrap())
    };
    let drivers = of(1);
    let leading = &drivers.downgrades[0];
    assert_eq!(
        (
            leading.from,
            leading.to,
            leading.features[0].feature.as_str()
        ),
        (SegmentId(2), None, "calls")
    );
    assert!(leading.features[0].auc.unwrap() > 0.9);
    let up = drivers
        .moves
        .iter()
        .find(|of| of.to == Some(SegmentId(3)))
        .unwrap();
    assert_eq!(up.features[0].feature, "visits");
    let change = up.features[0].change.unwrap();
    assert!(
        (1.0..2.0).contains(&change.standardised.unwrap()),
        "{change:?}"
    );
    assert!(change.p_adjusted.unwrap() < 1e-6);
    for of in drivers.moves.iter().chain(&drivers.downgrades) {
        let noise = of.features.iter().find(|of| of.feature == "plain").unwrap();
        assert!(noise.level.unwrap().p_adjusted.unwrap() > 0.05);
        // Calls do not change at all: nothing to test.
        let calls = of.features.iter().find(|of| of.feature == "calls").unwrap();
        assert_eq!(calls.change.unwrap().p, None);
    }
    assert_eq!(drivers.tests, 3 * 5);
    for threads in [2, 3, 8] {
        assert_eq!(of(threads), drivers);
    }
}

#[test]
fn p_values_are_uniform_if_movers_are_as_stayers() {
    let p_values: Vec<f64> = (0..400)
        .map(|item| {
            let mut draw = Stream::new(8, 3, item);
            let mut sample = |n: usize| (0..n).map(|_| (draw.normal(), 1.0)).collect::<Vec<_>>();
            let (movers, stayers) = (sample(25), sample(60));
            Contrast::of(&movers, &stayers).p.unwrap()
        })
        .collect();
    let even: Vec<f64> = (0..400).map(|at| (f64::from(at) + 0.5) / 400.0).collect();
    let ks = KolmogorovSmirnov::two_sample(&even, None, &p_values, None).unwrap();
    assert!(ks.p > 0.01, "{ks:?}");
}

#[test]
fn nobody_is_dropped_silently() {
    let values = [1.0, 2.0, f64::NAN, 4.0, 5.0, 6.0, 9.0];
    let later = [2.0, 2.0, 3.0, f64::NAN, 7.0, 6.0, 9.0];
    let (from, to) = (
        assigned(&[1, 1, 1, 1, 1, 1, 0]),
        assigned(&[1, 1, 2, 2, 2, 0, 3]),
    );
    let (before, after) = (table(&[("x", &values)]), table(&[("x", &later)]));
    let params = DriverParams::default().min_customers(2);
    let drivers = params.drivers(&before, &after, &from, &to).unwrap();
    let of = &drivers.moves[0];
    assert_eq!((of.movers, of.stayers), (3, 2));
    assert_eq!((drivers.left, drivers.entered), (1, 1));
    assert_eq!(
        (of.features[0].missing_before, of.features[0].missing_after),
        (1, 1)
    );
    close(of.features[0].change.unwrap().mover_mean, 2.0, 0.0);
    assert_eq!(of.features[0].auc, Some(1.0));
    let few = params
        .clone()
        .min_customers(3)
        .drivers(&before, &after, &from, &to)
        .unwrap();
    assert_eq!(few.skipped, [(SegmentId(1), SegmentId(2), 3)]);
    // A row of weight 0 is not there.
    let weighted = before
        .clone()
        .with_weights(&[1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0])
        .unwrap();
    let drivers = params.drivers(&weighted, &after, &from, &to).unwrap();
    assert_eq!(drivers.moves[0].movers, 2);
    assert_eq!(drivers.moves[0].features[0].change, None);
}

#[test]
fn bad_input_is_refused() {
    let (x, y) = (table(&[("x", &[1.0, 2.0])]), table(&[("y", &[1.0, 2.0])]));
    let rows = assigned(&[1, 2]);
    let params = DriverParams::default;
    let kind = |result: crate::Result<Drivers>| result.unwrap_err().kind();
    assert_eq!(
        kind(params().drivers(&x, &y, &rows, &rows)),
        ErrorKind::VersionMismatch
    );
    assert_eq!(
        kind(params().drivers(&x, &x, &rows, &assigned(&[1]))),
        ErrorKind::LengthMismatch
    );
    let short = table(&[("x", &[1.0])]);
    assert_eq!(
        kind(params().drivers(&x, &short, &rows, &rows)),
        ErrorKind::LengthMismatch
    );
    let one = params().min_customers(1);
    assert_eq!(
        kind(one.drivers(&x, &x, &rows, &rows)),
        ErrorKind::InvalidParameter
    );
    let unknown = params().scale(&[SegmentId(9)]);
    assert_eq!(
        kind(unknown.drivers(&x, &x, &rows, &rows)),
        ErrorKind::InvalidParameter
    );
    let twice = params().scale(&[SegmentId(1), SegmentId(1)]);
    assert_eq!(
        kind(twice.drivers(&x, &x, &rows, &rows)),
        ErrorKind::DuplicateKey
    );
    let far = table(&[("x", &[1.0, 2.0])]);
    let far = far.with_weights(&[1.0, 1e160]).unwrap();
    let found = params().drivers(&far, &x, &rows, &rows).unwrap_err();
    assert!(found.to_string().contains("scale the weights"), "{found}");
    let other = Assignments::new("v2", rows.as_of(), segments(3), vec![None, None]).unwrap();
    assert_eq!(
        kind(params().drivers(&x, &x, &rows, &other)),
        ErrorKind::VersionMismatch
    );
}

fn counts(rows: [[u64; 3]; 3]) -> TransitionCounts {
    TransitionCounts::new(segments(3), &rows).unwrap()
}

#[test]
fn a_watch_rings_where_a_share_is_beyond_what_is_usual() {
    let history = [
        counts([[80, 20, 0], [5, 95, 0], [0, 0, 0]]),
        counts([[70, 30, 0], [6, 94, 0], [0, 0, 0]]),
        counts([[60, 40, 0], [7, 93, 0], [1, 1, 2]]),
    ];
    let watch = MoveWatchParams::default().fit(&history).unwrap();
    let latest = counts([[45, 55, 0], [7, 91, 2], [3, 0, 7]]);
    let moves = watch.check(&latest, Some(&[50.0, 20.0, 60.0])).unwrap();
    // 90 of 300, smoothed; between the three periods the spread is .1.
    let smoothed = |moved: f64| (moved + 0.5) / 301.0;
    let chance = |p: f64| (p * (1.0 - p) * (1.0 / 100.0 + 1.0 / 300.0)).sqrt();
    let worst = moves[0];
    assert_eq!((worst.from.0, worst.to.0, worst.rings), (1, 2, true));
    close(worst.usual_share.unwrap(), 0.3, 1e-12);
    close(worst.threshold.unwrap(), smoothed(90.0) + 0.2, 1e-12);
    close(worst.excess.unwrap(), (0.55 - smoothed(90.0)) / 0.1, 1e-12);
    close(worst.money_at_stake.unwrap(), 55.0 * 30.0, 1e-9);
    // Never seen before: two of them ring, though no money is lost.
    let first = moves[1];
    assert_eq!((first.from.0, first.to.0, first.rings), (2, 3, true));
    assert_eq!(first.usual_share, Some(0.0));
    let p = smoothed(0.0);
    close(first.excess.unwrap(), (0.02 - p) / chance(p), 1e-12);
    let single = counts([[100, 0, 0], [7, 92, 1], [0, 0, 0]]);
    assert!(
        watch
            .check(&single, None)
            .unwrap()
            .iter()
            .all(|of| !of.rings)
    );
    assert_eq!(first.money_at_stake, Some(0.0));
    // One period tells of no spread: no threshold.
    let untold = moves.iter().find(|of| of.from.0 == 3).unwrap();
    assert_eq!(
        (untold.threshold, untold.rings, untold.money_at_stake),
        (None, false, Some(30.0))
    );
    // The spread of shares is small, but a hundred customers spread more than that.
    let quiet = moves
        .iter()
        .find(|of| (of.from.0, of.to.0) == (2, 1))
        .unwrap();
    close(
        quiet.threshold.unwrap(),
        smoothed(18.0) + 2.0 * chance(smoothed(18.0)),
        1e-12,
    );
    assert!(!quiet.rings);
    let large = MoveWatchParams::default()
        .min_customers(3)
        .fit(&history)
        .unwrap();
    assert!(
        large
            .check(&latest, None)
            .unwrap()
            .iter()
            .all(|of| !of.rings || of.from.0 == 1)
    );
}

#[test]
fn saved_watches_come_back_and_are_checked() {
    let period = counts([[8, 2, 0], [5, 4, 1], [0, 1, 3]]);
    let made = MoveWatchParams::default()
        .z(1.5)
        .fit(&[period.clone(), period.clone()])
        .unwrap();
    let text = persist::to_json(&made).unwrap();
    assert_eq!(persist::from_json::<MoveWatch>(&text).unwrap(), made);
    for (from, to) in [
        ("\"z\":1.5", "\"z\":-1.5"),
        ("\"moved\":4", "\"moved\":40"),
        ("\"moved\":4,\"exposed\":20", "\"moved\":0,\"exposed\":0"),
        ("\"sd\":0.0", "\"sd\":1.5"),
        ("\"sd\":0.0", "\"sd\":-0.5"),
        ("null,{", "{"),
        ("null,{", "{\"moved\":1,\"exposed\":2,\"sd\":0.0},{"),
    ] {
        let broken = text.replacen(from, to, 1);
        assert_ne!(broken, text, "{text}");
        assert!(
            persist::from_json::<MoveWatch>(&broken).is_err(),
            "{from} {to}"
        );
    }
    let kind = |result: crate::Result<MoveWatch>| result.unwrap_err().kind();
    let params = MoveWatchParams::default;
    assert_eq!(
        kind(params().fit(std::slice::from_ref(&period))),
        ErrorKind::NotEnoughData
    );
    assert_eq!(
        kind(params().z(f64::NAN).fit(&[period.clone(), period.clone()])),
        ErrorKind::InvalidParameter
    );
    let other = TransitionCounts::new(segments(1), &[[1]]).unwrap();
    assert_eq!(
        kind(params().fit(&[period.clone(), other.clone()])),
        ErrorKind::VersionMismatch
    );
    let crowd = counts([[u64::MAX, 0, 0], [0, 0, 0], [0, 0, 0]]);
    assert_eq!(
        kind(params().fit(&[crowd.clone(), crowd])),
        ErrorKind::Overflow
    );
    assert!(made.check(&other, None).is_err());
    assert!(made.check(&period, Some(&[1.0])).is_err());
    assert!(made.check(&period, Some(&[1.0, f64::NAN, 1.0])).is_err());
}

/// A move of 1 % in 100 customers a period, past and present, and nothing changes. At two spreads a
/// normal share rings in 2.3 % of periods; whole customers make it more.
#[test]
fn a_watch_seldom_rings_if_nothing_changed() {
    let trials = 2_000;
    let mut rung = 0;
    for item in 0..trials {
        let mut draw = Stream::new(5, 1, item);
        let mut period = || {
            let moved = (0..100).filter(|_| draw.uniform() < 0.01).count() as u64;
            counts([[100 - moved, moved, 0], [0, 1, 0], [0, 0, 1]])
        };
        let history = [period(), period(), period()];
        let watch = MoveWatchParams::default().fit(&history).unwrap();
        let moves = watch.check(&period(), None).unwrap();
        rung += u64::from(moves.iter().any(|of| of.rings));
    }
    let rate = rung as f64 / trials as f64;
    assert!((0.005..0.08).contains(&rate), "{rate}");
}

#[test]
fn a_period_of_one_customer_does_not_rule() {
    let history = [
        counts([[990, 10, 0], [0, 1, 0], [0, 0, 1]]),
        counts([[985, 15, 0], [0, 1, 0], [0, 0, 1]]),
        counts([[0, 1, 0], [0, 1, 0], [0, 0, 1]]),
    ];
    let watch = MoveWatchParams::default().fit(&history).unwrap();
    let latest = counts([[900, 100, 0], [0, 1, 0], [0, 0, 1]]);
    let found = watch.check(&latest, None).unwrap()[0];
    close(found.usual_share.unwrap(), 26.0 / 2_001.0, 1e-15);
    assert!(found.threshold.unwrap() < 0.08, "{found:?}");
    assert!(found.rings);
    // Of a few customers no share is beyond chance: the threshold is never passed.
    let few = [
        counts([[1, 1, 0], [0, 1, 0], [0, 0, 1]]),
        counts([[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
    ];
    let watch = MoveWatchParams::default().fit(&few).unwrap();
    let latest = counts([[0, 2, 0], [0, 1, 0], [0, 0, 1]]);
    let found = watch.check(&latest, None).unwrap()[0];
    assert_eq!((found.threshold, found.rings), (Some(1.0), false));
}

#[test]
fn a_large_move_that_was_never_seen_ranks_first() {
    let usual = counts([[9_000, 1_000, 0], [500, 9_500, 0], [0, 0, 1]]);
    let watch = MoveWatchParams::default()
        .fit(&[usual.clone(), usual])
        .unwrap();
    let latest = counts([[8_000, 2_000, 0], [900, 8_600, 500], [0, 0, 1]]);
    let moves = watch.check(&latest, None).unwrap();
    let shown: Vec<_> = moves
        .iter()
        .map(|of| (of.from.0, of.to.0, of.rings))
        .collect();
    assert_eq!(shown, [(2, 3, true), (1, 2, true), (2, 1, true)]);
    assert!(moves[0].excess > moves[1].excess);
    // So it does among moves that cost the same.
    let same = watch.check(&latest, Some(&[7.0; 3])).unwrap();
    assert_eq!((same[0].from.0, same[0].to.0), (2, 3));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn auc_is_the_share_of_pairs(
        movers in prop::collection::vec((0u8..6, 1u8..4), 1..15),
        stayers in prop::collection::vec((0u8..6, 1u8..4), 1..15),
    ) {
        let of = |rows: &[(u8, u8)]| {
            rows.iter().map(|&(x, w)| (f64::from(x), f64::from(w))).collect::<Vec<_>>()
        };
        let (movers, stayers) = (of(&movers), of(&stayers));
        let (mut wins, mut all) = (0.0, 0.0);
        for (x, w) in &movers {
            for (y, v) in &stayers {
                all += w * v;
                wins += w * v * if x > y { 1.0 } else if x < y { 0.0 } else { 0.5 };
            }
        }
        prop_assert!((auc(&movers, &stayers) - wins / all).abs() < 1e-12);
        prop_assert!((auc(&movers, &stayers) + auc(&stayers, &movers) - 1.0).abs() < 1e-12);
    }
}
