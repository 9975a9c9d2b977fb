//! Against scikit-learn and plain versions.

use proptest::prelude::*;

use super::{Agreement, Contingency, expected::expected_information};
use crate::{
    ErrorKind,
    data::{Assignments, Merge, Segment, SegmentId, date_of_day},
};

const NOWHERE: u32 = u32::MAX;

fn near(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance,
        "found {found}, expected {expected}"
    );
}

/// Rand, adjusted Rand, Fowlkes-Mallows, MI, EMI, AMI, NMI, homogeneity and completeness.
fn measures(agreement: &Agreement) -> [f64; 9] {
    [
        agreement.rand,
        agreement.adjusted_rand,
        agreement.fowlkes_mallows,
        agreement.mutual_information,
        agreement.expected_mutual_information,
        agreement.adjusted_mutual_information,
        agreement.normalised_mutual_information,
        agreement.homogeneity,
        agreement.completeness,
    ]
}

fn check(first: &[u32], second: &[u32], expected: [f64; 9], tolerance: f64) {
    let agreement = Agreement::of_labels(first, second).unwrap();
    for (found, expected) in measures(&agreement).into_iter().zip(expected) {
        near(found, expected, tolerance);
    }
    near(agreement.v_measure(), expected[6], tolerance);
}

/// The species of iris and the best k-means with three clusters, by their counts.
fn iris() -> (Vec<u32>, Vec<u32>) {
    let cells = [(0, 0, 50), (1, 1, 48), (1, 2, 2), (2, 1, 14), (2, 2, 36)];
    let rows = cells
        .iter()
        .flat_map(|&(a, b, n)| std::iter::repeat_n((a, b), n));
    rows.unzip()
}

#[test]
fn iris_is_as_scikit_learn_1_9_1_and_fpc_have_it() {
    let (species, clusters) = iris();
    let expected = [
        0.879731543624,
        0.730238272283,
        0.820808072911,
        0.825591097610,
        0.01359147293472328,
        0.755119167580,
        0.758175680006,
        0.751485402199,
        0.764986151449,
    ];
    check(&species, &clusters, expected, 1e-12);
    let agreement = Agreement::of_labels(&species, &clusters).unwrap();
    // R 4.2.2, fpc 2.2-10.
    near(agreement.variation_of_information, 0.526653679452, 1e-12);
}

#[test]
fn other_labels_are_as_scikit_learn_1_9_1_has_them() {
    let by = |rows: u32, of: fn(u32) -> u32| -> Vec<u32> { (0..rows).map(of).collect() };
    // The example of scikit-learn's test_supervised.py (BSD-3-Clause), and 110 times it.
    let a = [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3];
    let b = [1, 1, 1, 1, 2, 1, 2, 2, 2, 2, 3, 1, 3, 3, 3, 2, 2];
    let cases: [(Vec<u32>, Vec<u32>, [f64; 9]); 5] = [
        (
            a.to_vec(),
            b.to_vec(),
            [
                0.6911764705882353,
                0.2669404517453799,
                0.48795003647426666,
                0.4102186227404535,
                0.15042480258217075,
                0.2782096465726981,
                0.37834992787204075,
                0.3746022423885998,
                0.38217335812507564,
            ],
        ),
        (
            a.repeat(110),
            b.repeat(110),
            [
                0.7091870456047588,
                0.3541791889890675,
                0.5752120278267567,
                0.41021862274045384,
                0.0010711603436839743,
                0.37773516443675115,
                0.3783499278720409,
                0.37460224238859985,
                0.38217335812507575,
            ],
        ),
        (
            vec![0, 0, 0, 1, 1, 1],
            vec![0, 1, 0, 1, 2, 2],
            [
                0.6666666666666666,
                0.24242424242424243,
                0.4714045207910317,
                0.4620981203732969,
                0.27725887222397816,
                0.2987924581708901,
                0.5158037429793889,
                0.6666666666666669,
                0.420619835714305,
            ],
        ),
        (
            by(1_000, |i| i * i % 7),
            by(1_000, |i| (i * i * i + 3 * i) % 11),
            [
                0.6450570570570571,
                -0.0033438449720190407,
                0.22123528150872757,
                1.2716801969403502e-05,
                0.00908801948555451,
                -0.005795668260520161,
                8.074340146532672e-06,
                9.406741256196155e-06,
                7.072559985274948e-06,
            ],
        ),
        // More rows than 2^16, whose square overflows 32 bits.
        (
            by(70_001, |i| i / 1_000 % 13),
            by(70_001, |i| (i / 700 + i % 3) % 17),
            [
                0.8796502221396837,
                0.05460905712338342,
                0.11901350492432283,
                0.5233245639954902,
                0.0013722420258696247,
                0.19365169487767647,
                0.19406201499418035,
                0.20435016882248258,
                0.1847601352653736,
            ],
        ),
    ];
    for (first, second, expected) in cases {
        check(&first, &second, expected, 1e-12);
    }
}

#[test]
fn groupings_without_structure_are_as_scikit_learn_1_9_1_has_them() {
    let ln_6 = 1.7917594692280547;
    let single: Vec<u32> = (0..6).collect();
    let halves = [0, 0, 0, 1, 1, 1];
    let cases: [(&[u32], &[u32], [f64; 9]); 7] = [
        (
            &[0; 5],
            &[3; 5],
            [1.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0],
        ),
        (&[0], &[0], [1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]),
        (
            &[0, 0],
            &[0, 1],
            [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0],
        ),
        (
            &[0; 6],
            &halves,
            [0.4, 0.0, 0.6324555320336759, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0],
        ),
        (
            &single,
            &[0; 6],
            [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0],
        ),
        (
            &single,
            &single,
            [1.0, 1.0, 0.0, ln_6, ln_6, 1.0, 1.0, 1.0, 1.0],
        ),
        (
            &single,
            &halves,
            [
                0.6,
                0.0,
                0.0,
                0.6931471805599447,
                0.6931471805599446,
                0.0,
                0.5578858913022593,
                0.3868528072345413,
                1.0,
            ],
        ),
    ];
    for (first, second, expected) in cases {
        check(first, second, expected, 1e-14);
    }
}

/// Expected information by the law's formula with logarithms of factorials.
fn plain_expected(firsts: &[u64], seconds: &[u64], rows: u64) -> f64 {
    let ln_factorial = |x: u64| (1..=x).map(|i| (i as f64).ln()).sum::<f64>();
    let ln_choose = |n: u64, k: u64| ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k);
    let mut sum = 0.0;
    for &a in firsts {
        for &b in seconds {
            for x in (a + b).saturating_sub(rows).max(1)..=a.min(b) {
                let ln_chance = ln_choose(a, x) + ln_choose(rows - a, b - x) - ln_choose(rows, b);
                let lift = (rows * x) as f64 / (a * b) as f64;
                sum += x as f64 / rows as f64 * lift.ln() * ln_chance.exp();
            }
        }
    }
    sum
}

/// Two groupings of the same rows, some without a cluster.
fn groupings() -> impl Strategy<Value = (Vec<u32>, Vec<u32>)> {
    let label = || prop_oneof![9 => 0u32..6, 1 => Just(NOWHERE)];
    prop::collection::vec((label(), label()), 1..80).prop_map(|mut rows| {
        rows.push((0, 0));
        rows.into_iter().unzip()
    })
}

proptest! {
    #[test]
    fn pairs_are_those_of_the_definition((first, second) in groupings()) {
        let rows: Vec<(u32, u32)> = (first.iter().copied().zip(second.iter().copied()))
            .filter(|&(a, b)| a != NOWHERE && b != NOWHERE)
            .collect();
        let agreement = Agreement::of_labels(&first, &second).unwrap();
        prop_assert_eq!(agreement.rows, rows.len() as u64);
        prop_assert_eq!(agreement.left_out, (first.len() - rows.len()) as u64);
        let (mut pairs, mut agreed) = (0, 0);
        for i in 0..rows.len() {
            for j in 0..i {
                pairs += 1;
                agreed += i32::from((rows[i].0 == rows[j].0) == (rows[i].1 == rows[j].1));
            }
        }
        if pairs > 0 {
            prop_assert!((agreement.rand - f64::from(agreed) / f64::from(pairs)).abs() < 1e-14);
        }
    }

    #[test]
    fn order_and_names_do_not_matter((first, second) in groupings()) {
        let one = Agreement::of_labels(&first, &second).unwrap();
        let swapped = Agreement::of_labels(&second, &first).unwrap();
        let rename = |label: &u32| if *label == NOWHERE { NOWHERE } else { 4_000_000_000 - label };
        let renamed: Vec<u32> = first.iter().map(rename).collect();
        let renamed = Agreement::of_labels(&renamed, &second).unwrap();
        for (one, other) in measures(&one).into_iter().zip(measures(&renamed)) {
            prop_assert!((one - other).abs() < 1e-12);
        }
        for (one, other) in measures(&one)[..7].iter().zip(measures(&swapped)) {
            prop_assert!((one - other).abs() < 1e-12);
        }
        prop_assert!((one.homogeneity - swapped.completeness).abs() < 1e-12);
        let same = Agreement::of_labels(&first, &first).unwrap();
        prop_assert_eq!((same.rand, same.adjusted_rand), (1.0, 1.0));
        prop_assert!((same.adjusted_mutual_information - 1.0).abs() < 1e-12);
        prop_assert!(same.variation_of_information.abs() < 1e-15);
        // Three points of a distance; the third is one cluster.
        let none: Vec<u32> = first.iter().map(|label| label.max(&1) / NOWHERE * NOWHERE).collect();
        let (via, back) = (
            Agreement::of_labels(&none, &first).unwrap().variation_of_information,
            Agreement::of_labels(&none, &second).unwrap().variation_of_information,
        );
        if !first.contains(&NOWHERE) && !second.contains(&NOWHERE) {
            prop_assert!(one.variation_of_information <= via + back + 1e-12);
        }
    }

    #[test]
    fn information_by_chance_is_that_of_the_formula(
        firsts in prop::collection::vec(1u64..30, 1..6),
        cuts in prop::collection::vec(0u64..100, 0..5),
    ) {
        let rows: u64 = firsts.iter().sum();
        let mut ends: Vec<u64> = cuts.iter().map(|cut| cut * rows / 100).collect();
        ends.extend([0, rows]);
        ends.sort_unstable();
        ends.dedup();
        let seconds: Vec<u64> = ends.windows(2).map(|ends| ends[1] - ends[0]).collect();
        let found = expected_information(&firsts, &seconds, rows);
        prop_assert!((found - plain_expected(&firsts, &seconds, rows)).abs() < 1e-11);
    }

    #[test]
    fn tables_of_parts_merge_to_the_table_of_all((first, second) in groupings(), cut in 0usize..100) {
        let at = cut * first.len() / 100;
        let table = |range: std::ops::Range<usize>| {
            Contingency::of_labels(&first[range.clone()], &second[range]).unwrap()
        };
        let (whole, a, b) = (table(0..first.len()), table(0..at), table(at..first.len()));
        prop_assert_eq!(&a.clone().merge(b.clone()).unwrap(), &whole);
        prop_assert_eq!(&b.merge(a).unwrap(), &whole);
        prop_assert_eq!(&whole.neutral().merge(whole.clone()).unwrap(), &whole);
        let totals: u64 = whole.first_totals().iter().map(|(_, count)| count).sum();
        prop_assert_eq!(totals, whole.rows());
    }
}

/// Doubles a table so many times.
fn doubled(mut table: Contingency, times: usize) -> crate::Result<Contingency> {
    for _ in 0..times {
        table = table.clone().merge(table)?;
    }
    Ok(table)
}

#[test]
fn billions_of_rows_do_not_overflow() {
    // The species of iris 2^24 times: 2.5e9 rows. Shares stay, so information does, and that by
    // chance is about (3 - 1)(3 - 1) / 2n (the mean of a chi-square).
    let (species, clusters) = iris();
    let table = Contingency::of_labels(&species, &clusters).unwrap();
    let large = doubled(table.clone(), 24).unwrap().agreement().unwrap();
    assert_eq!(large.rows, 150 << 24);
    near(large.mutual_information, 0.825591097610, 1e-12);
    near(large.variation_of_information, 0.526653679452, 1e-12);
    let by_chance = 2.0 / large.rows as f64;
    near(large.expected_mutual_information / by_chance, 1.0, 1e-6);
    // Pairs of n rows against squares of shares: ARI as n grows.
    let shares = |counts: &[f64]| counts.iter().map(|n| (n / 150.0).powi(2)).sum::<f64>();
    let both = shares(&[50.0, 48.0, 2.0, 14.0, 36.0]);
    let (a, b) = (shares(&[50.0; 3]), shares(&[50.0, 62.0, 38.0]));
    let limit = (both - a * b) / (f64::midpoint(a, b) - a * b);
    near(large.adjusted_rand, limit, 1e-8);
    let error = doubled(table, 25).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overflow);
}

#[test]
fn many_small_clusters_take_no_table() {
    // 200,000 clusters on each side: 4e10 cells, of which 200,000 are held.
    let first: Vec<u32> = (0..400_000).map(|row| row / 2).collect();
    let second: Vec<u32> = (0..400_000).map(|row| row % 200_000).collect();
    let agreement = Agreement::of_labels(&first, &second).unwrap();
    assert!(agreement.adjusted_rand.abs() < 1e-4, "{agreement:?}");
    assert!(agreement.normalised_mutual_information > 0.9);
}

#[test]
fn assignments_are_compared_by_their_segments() {
    let segment = |id: u32| Segment {
        id: SegmentId(id),
        name: format!("segment {id}"),
    };
    let of = |rows: Vec<Option<u32>>| {
        // The largest number is a segment here, and no mark.
        let segments = vec![segment(NOWHERE), segment(2)];
        let rows = rows.into_iter().map(|id| id.map(SegmentId)).collect();
        Assignments::new("v1", date_of_day(0).unwrap(), segments, rows).unwrap()
    };
    let first = of(vec![Some(NOWHERE), Some(NOWHERE), Some(2), None, Some(2)]);
    let second = of(vec![Some(2), Some(2), Some(NOWHERE), Some(2), None]);
    let table = Contingency::of_assignments(&first, &second).unwrap();
    assert_eq!((table.count(NOWHERE, 2), table.count(2, NOWHERE)), (2, 1));
    let agreement = Agreement::of_assignments(&first, &second).unwrap();
    assert_eq!(
        (agreement.rows, agreement.left_out, agreement.adjusted_rand),
        (3, 2, 1.0)
    );
    assert_eq!(
        format!("{table:?}"),
        "Contingency { cells: 2, rows: 3, left_out: 2, .. }"
    );
}

#[test]
fn nothing_to_compare_is_an_error() {
    let error = Agreement::of_labels(&[], &[]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotEnoughData);
    let error = Agreement::of_labels(&[0, NOWHERE], &[NOWHERE, 0]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "needs at least 1 rows with a cluster in both groupings, found 0"
    );
    let error = Agreement::of_labels(&[0, 1], &[0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LengthMismatch);
}
