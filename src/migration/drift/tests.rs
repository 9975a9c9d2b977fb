use proptest::prelude::*;

use super::*;
use crate::{
    data::{
        Assignments, Categories, Features, Merge, MissingValues, Segment, SegmentId, date_of_day,
    },
    numeric::rng::Stream,
    persist,
};

fn close(found: f64, want: f64, tolerance: f64) {
    assert!((found - want).abs() <= tolerance, "{found} is not {want}");
}

const LABELS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

fn compared(first: &[u64], second: &[u64]) -> Drift {
    let named = |counts: &[u64]| {
        LABELS
            .into_iter()
            .zip(counts.iter().copied())
            .collect::<Vec<_>>()
    };
    let reference = DriftParams::default().totals("x", &named(first)).unwrap();
    let sample = reference.totals(&named(second)).unwrap();
    reference.compare(&sample).unwrap()
}

/// The tests of evidently 0.7 have the Hellinger distance and the p-value of fit; the p-value of two
/// samples is that of a 2 by 6 table.
#[test]
fn psi_and_hellinger_of_the_tests_of_evidently() {
    let drift = compared(&[16, 18, 16, 14, 12, 12], &[16, 16, 16, 16, 16, 8]);
    close(drift.psi, 0.037_218_381_6, 5.1e-11);
    close(drift.hellinger, 0.068_127_74, 5.1e-9);
    close(drift.chi_square_of_fit.p, 0.673_09, 5.1e-6);
    close(drift.chi_square.p, 0.8985, 5.1e-5);
    assert_eq!((drift.chi_square.df, drift.chi_square_of_fit.df), (5, 5));
    close(compared(&[6, 5], &[5, 4]).psi, 0.000_412_34, 5.1e-9);
}

#[test]
fn distances_of_five_shares() {
    let drift = compared(&[25, 30, 20, 15, 10], &[18, 27, 22, 20, 13]);
    close(drift.psi, 0.050_317_335_3, 5.1e-11);
    // The field's .0791678720 is one off in the last digit: in 40 digits it is .07916787194.
    close(drift.js_distance_nats, 0.079_167_871_940_858, 5.1e-14);
    close(drift.js_distance_bits, 0.095_090_305_0, 5.1e-11);
    close(drift.psi, drift.bins.iter().map(|bin| bin.psi).sum(), 1e-15);
}

/// The field's figures of the effect of size: .0118 for 5,000 and 2,000 customers in ten bins, and
/// 3.4e-5 for a million each.
#[test]
fn the_critical_index_shrinks_with_the_sizes() {
    let critical = |n: u64, m: u64| {
        let labels: Vec<String> = (0..10).map(|at| at.to_string()).collect();
        let of = |total: u64| {
            labels
                .iter()
                .map(|l| (l.as_str(), total / 10))
                .collect::<Vec<_>>()
        };
        let reference = DriftParams::default().totals("x", &of(n)).unwrap();
        reference
            .compare(&reference.totals(&of(m)).unwrap())
            .unwrap()
    };
    close(critical(5_000, 2_000).critical_psi, 0.0118, 5e-5);
    close(critical(5_000, 2_000).expected_psi, 9.0 * 0.0007, 1e-12);
    close(critical(1_000_000, 1_000_000).critical_psi, 3.4e-5, 5e-7);
}

/// Uniform, by the test itself against 400 even points.
fn is_uniform(p_values: &[f64]) -> f64 {
    let even: Vec<f64> = (0..400).map(|at| (f64::from(at) + 0.5) / 400.0).collect();
    KolmogorovSmirnov::two_sample(&even, None, p_values, None)
        .unwrap()
        .p
}

#[test]
fn p_values_are_uniform_if_nothing_changed() {
    let (mut psi, mut fit, mut ks) = (Vec::new(), Vec::new(), Vec::new());
    for item in 0..400 {
        let mut draw = Stream::new(11, 1, item);
        let mut sample = |n: usize| (0..n).map(|_| draw.normal()).collect::<Vec<f64>>();
        let (first, second) = (sample(1_000), sample(600));
        let reference = DriftParams::default().numbers("x", &first, None).unwrap();
        let drift = reference
            .compare(&reference.numbers(&second, None).unwrap())
            .unwrap();
        psi.push(drift.p);
        fit.push(drift.chi_square.p);
        ks.push(
            KolmogorovSmirnov::two_sample(&first, None, &second, None)
                .unwrap()
                .p,
        );
    }
    for p_values in [&psi, &fit, &ks] {
        assert!(is_uniform(p_values) > 0.01, "{}", is_uniform(p_values));
    }
    let mean: f64 = psi.iter().sum::<f64>() / 400.0;
    close(mean, 0.5, 0.06);
}

#[test]
fn a_real_change_is_found_and_named() {
    let drift = compared(&[5_000, 5_000], &[5_300, 4_700]);
    assert_eq!(
        (drift.band, drift.verdict),
        (PsiBand::Small, DriftVerdict::Slight)
    );
    assert_eq!(
        compared(&[10, 10], &[14, 6]).verdict,
        DriftVerdict::WithinChance
    );
    assert_eq!(
        compared(&[500, 500], &[800, 200]).verdict,
        DriftVerdict::Large
    );
    let same = compared(&[7], &[9]);
    assert_eq!((same.psi, same.p, same.critical_psi), (0.0, 1.0, 0.0));
    assert_eq!(same.verdict, DriftVerdict::Stable);
}

#[test]
fn missing_and_unseen_values_are_bins() {
    let reference = DriftParams::default()
        .bins(2)
        .numbers("x", &[1.0, 2.0, 3.0, 4.0, f64::NAN], None)
        .unwrap();
    let later = reference
        .numbers(&[0.0, 2.0, 9.0, f64::NAN, f64::NAN], None)
        .unwrap();
    assert_eq!(later.totals(), [2.0, 1.0, 2.0]);
    let drift = reference.compare(&later).unwrap();
    assert_eq!(drift.bins[2].label, "(missing)");
    assert_eq!(drift.zero_bins, 0);
    let unseen = compared(&[5, 5], &[5, 0]);
    assert_eq!(unseen.zero_bins, 1);
    assert!(unseen.psi.is_finite());
    // Something that the reference says cannot be.
    let cannot = compared(&[5, 0], &[5, 5]);
    assert_eq!((cannot.chi_square_of_fit.p, cannot.chi_square.df), (0.0, 1));
    assert_eq!((cannot.impossible_bins, unseen.impossible_bins), (1, 0));
    assert!(cannot.chi_square_of_fit.statistic.is_infinite());
    let plain = serde_json::to_value(&cannot).unwrap();
    assert!(plain["chi_square_of_fit"]["statistic"].is_null());
}

#[test]
fn quantile_bins_hold_what_they_should() {
    let values: Vec<f64> = (0..1_000).rev().map(f64::from).collect();
    let reference = DriftParams::default().numbers("x", &values, None).unwrap();
    assert_eq!(reference.counts().totals()[..10], [100.0; 10]);
    // Most values tied: no bin is empty, and none is lost.
    let tied: Vec<f64> = (0..100).map(|at| f64::from(at).max(70.0)).collect();
    let reference = DriftParams::default().numbers("x", &tied, None).unwrap();
    assert_eq!(reference.counts().totals(), [71.0, 9.0, 10.0, 10.0, 0.0]);
    // One value alone still tells when others come.
    let reference = DriftParams::default()
        .numbers("x", &[3.0; 50], None)
        .unwrap();
    let later = reference
        .numbers(&[3.0, 2.999_999, 3.000_001], None)
        .unwrap();
    assert_eq!(later.totals(), [1.0, 1.0, 1.0, 0.0]);
    // Nearly all at the top.
    let mut top = vec![9.0; 99];
    top.push(1.0);
    let reference = DriftParams::default().numbers("x", &top, None).unwrap();
    assert_eq!(reference.counts().totals(), [1.0, 99.0, 0.0]);
}

#[test]
fn whole_weights_are_copies_for_shares() {
    let values = [5.0, 1.0, 4.0, 2.0, 3.0];
    let weights = [2.0, 1.0, 0.0, 3.0, 1.0];
    let copies = [5.0, 5.0, 1.0, 2.0, 2.0, 2.0, 3.0];
    let params = DriftParams::default().bins(3);
    let weighted = params.numbers("x", &values, Some(&weights)).unwrap();
    let copied = params.numbers("x", &copies, None).unwrap();
    assert_eq!(weighted.labels(), copied.labels());
    assert_eq!(weighted.counts().totals(), copied.counts().totals());
    assert_eq!(weighted.counts().rows(), 4);
    close(weighted.counts().size(), 49.0 / 15.0, 1e-12);
    let ks = |values: &[f64], weights| {
        KolmogorovSmirnov::two_sample(values, weights, &[2.0, 3.5], None).unwrap()
    };
    let (one, other) = (ks(&values, Some(&weights)), ks(&copies, None));
    close(one.statistic, other.statistic, 1e-15);
    assert_eq!((one.at, one.exact, other.exact), (other.at, false, true));
}

/// Quantiles of Kolmogorov's law, as tables have them: 1.2238, 1.3581 and 1.6276 at .1, .05 and .01.
#[test]
fn the_limit_has_the_quantiles_of_the_tables() {
    // Even samples of n and n: l = D sqrt(n / 2); the second is moved by d places.
    let p = |n: u32, moved: u32| {
        let first: Vec<f64> = (0..n).map(f64::from).collect();
        let second: Vec<f64> = first.iter().map(|x| x + f64::from(moved) - 0.5).collect();
        let ks = KolmogorovSmirnov::two_sample(&first, None, &second, None).unwrap();
        (ks.statistic * (f64::from(n) / 2.0).sqrt(), ks.p, ks.exact)
    };
    // The places are l sqrt(2 n), to the next whole number.
    for (want_l, moved, want_p) in [
        (1.2238, 774, 0.1),
        (1.3581, 859, 0.05),
        (1.6276, 1_029, 0.01),
        (0.8276, 523, 0.5),
    ] {
        let (l, p, exact) = p(200_000, moved);
        assert!(!exact);
        close(l, want_l, 1e-3);
        // The law falls by at most 4 l p a unit of l.
        close(p, want_p, 1.2e-3 * 4.0 * want_l * want_p);
    }
}

/// All divisions of the pooled values into two samples.
fn brute_p(first: &[f64], second: &[f64]) -> f64 {
    let pooled: Vec<f64> = first.iter().chain(second).copied().collect();
    let gap = |is_first: &dyn Fn(usize) -> bool| {
        let [n, m] = [first, second].map(|of| i64::try_from(of.len()).unwrap());
        let at = |x: f64| {
            let mut gap = 0i64;
            for (place, &value) in pooled.iter().enumerate() {
                if value <= x {
                    gap += if is_first(place) { m } else { -n };
                }
            }
            gap.abs()
        };
        pooled.iter().map(|&x| at(x)).max().unwrap()
    };
    let seen = gap(&|place| place < first.len());
    let (mut all, mut reached) = (0u32, 0u32);
    for mask in 0u32..1 << pooled.len() {
        if mask.count_ones() as usize == first.len() {
            all += 1;
            reached += u32::from(gap(&|place| mask >> place & 1 == 1) >= seen);
        }
    }
    f64::from(reached) / f64::from(all)
}

#[test]
fn bad_input_is_named() {
    let params = DriftParams::default;
    let error = |result: crate::Result<DriftReference>| result.unwrap_err().to_string();
    let of = |values: &[f64], weights: Option<&[f64]>| params().numbers("x", values, weights);
    assert!(error(of(&[1.0, f64::INFINITY], None)).contains("row 1"));
    assert!(error(of(&[1.0, 2.0], Some(&[1.0, f64::NAN]))).contains("column weights, row 1"));
    assert!(error(of(&[1.0, 2.0], Some(&[1.0]))).contains("length 1, expected 2"));
    assert!(error(of(&[], None)).contains("numbers of x"));
    assert!(error(of(&[f64::NAN], None)).contains("found 0"));
    assert!(error(of(&[1.0], Some(&[0.0]))).contains("found 0"));
    for bins in [0, 1, 1_001] {
        assert!(error(params().bins(bins).numbers("x", &[1.0], None)).starts_with("bins"));
    }
    for level in [0.0, 1.0, f64::NAN] {
        assert!(error(params().level(level).numbers("x", &[1.0], None)).starts_with("level"));
    }
    let floor = params().zero_shares(ZeroShares::As(f64::NAN));
    assert!(floor.numbers("x", &[1.0], None).is_err());
    assert!(error(params().totals("x", &[("a", 1), ("a", 2)])).contains("key a"));

    let numbers = of(&[1.0, 2.0], None).unwrap();
    let column = Categories::new(&["a"]).unwrap();
    assert!(numbers.categories(&column, None).is_err());
    let other = of(&[1.5, 3.0], None).unwrap();
    let found = numbers.compare(other.counts()).unwrap_err().to_string();
    assert!(found.contains("with other bounds"), "{found}");
    assert!(numbers.compare(&numbers.counts().neutral()).is_err());
    assert!(KolmogorovSmirnov::two_sample(&[1.0], None, &[f64::NAN], None).is_err());
}

#[test]
fn only_the_ratios_of_weights_matter_and_extreme_ones_are_refused() {
    let mut draw = Stream::new(4, 1, 0);
    let values: Vec<f64> = (0..80).map(|_| draw.normal()).collect();
    let later: Vec<f64> = (0..80).map(|_| draw.normal() + 0.4).collect();
    let of = |scale: f64| -> crate::Result<(Drift, KolmogorovSmirnov)> {
        let weights: Vec<f64> = (0..80).map(|at| scale * f64::from(1 + at % 2)).collect();
        let reference = DriftParams::default().numbers("x", &values, Some(&weights))?;
        let drift = reference.compare(&reference.numbers(&later, Some(&weights))?)?;
        let saved = persist::to_json(&reference).unwrap();
        assert_eq!(
            persist::from_json::<DriftReference>(&saved).unwrap(),
            reference
        );
        let ks = KolmogorovSmirnov::two_sample(&values, Some(&weights), &later, Some(&weights))?;
        Ok((drift, ks))
    };
    let (drift, ks) = of(1.0).unwrap();
    // By powers of two all sums scale without rounding: from 1.1e-100 to 8.7e99.
    for scale in [2f64.powi(-332), 0.125, 2f64.powi(331)] {
        let (scaled, scaled_ks) = of(scale).unwrap();
        assert_eq!(scaled.verdict, drift.verdict);
        close(scaled.p, drift.p, 1e-9);
        close(scaled.size, drift.size, 1e-9);
        close(scaled_ks.p, ks.p, 1e-9);
    }
    for scale in [1e-170, 9e-101, 1.1e100, 1e160, 5e307] {
        let found = of(scale).unwrap_err();
        assert_eq!(found.kind(), crate::ErrorKind::InvalidValue);
        let found = found.to_string();
        assert!(found.contains("scale the weights"), "{found}");
    }
    let weights = [0.0, -0.0, 1.0, 1e308];
    let found = KolmogorovSmirnov::two_sample(&[1.0; 4], Some(&weights), &[1.0], None);
    let found = found.unwrap_err().to_string();
    assert!(found.contains("row 3 (counted from 0): 1e308"), "{found}");
}

/// Label by label, each search through all of them would be 4e8 comparisons of texts a call.
#[test]
fn many_categories_find_their_bins() {
    let label = |at: u64| format!("category of customers {at}");
    let labels: Vec<String> = (0..20_000).map(label).collect();
    let column = Categories::new(&labels).unwrap();
    let reference = DriftParams::default()
        .categories("x", &column, None)
        .unwrap();
    let table: Vec<(&str, u64)> = labels.iter().map(String::as_str).zip(1..).collect();
    let counts = reference.totals(&table).unwrap();
    let in_order: Vec<f64> = (1..=20_000).map(f64::from).collect();
    assert_eq!(counts.totals()[..20_000], in_order);
    let others: Vec<String> = (10_000..30_000).rev().map(label).collect();
    let later = reference
        .categories(&Categories::new(&others).unwrap(), None)
        .unwrap();
    assert_eq!(later.totals()[9_999..10_001], [0.0, 1.0]);
    assert_eq!(later.totals()[19_999..], [1.0, 10_000.0, 0.0]);
    let saved = persist::to_json(&reference).unwrap();
    assert_eq!(
        persist::from_json::<DriftReference>(&saved).unwrap(),
        reference
    );
    let twice = [table.as_slice(), &[(labels[7].as_str(), 1)]].concat();
    let found = DriftParams::default().totals("x", &twice).unwrap_err();
    assert!(matches!(
        found,
        crate::Error::DuplicateKey {
            first_row: 7,
            row: 20_000,
            ..
        }
    ));
}

#[test]
fn other_schemes_are_refused() {
    let rows = |scheme: &str, name: &str| {
        let segments = vec![Segment {
            id: SegmentId(1),
            name: name.into(),
        }];
        let rows = vec![Some(SegmentId(1)), None];
        Assignments::new(scheme, date_of_day(0).unwrap(), segments, rows).unwrap()
    };
    let reference = DriftParams::default()
        .segments(&rows("v1", "all"), None)
        .unwrap();
    assert_eq!(reference.labels(), ["all", "(no segment)"]);
    assert!(reference.segments(&rows("v2", "all"), None).is_err());
    assert!(reference.segments(&rows("v1", "most"), None).is_err());
}

#[test]
fn tables_of_features_are_compared_column_by_column() {
    let table = |spend: &[f64], never: &[f64], channel: &[&str]| {
        let columns: &[(&str, &[f64])] = &[("spend", spend), ("never", never)];
        Features::from_columns(columns, MissingValues::Keep)
            .unwrap()
            .with_categories("channel", Categories::new(channel).unwrap())
            .unwrap()
    };
    let before = table(&[1.0, 2.0, 3.0], &[f64::NAN; 3], &["web", "web", "shop"]);
    let after = table(&[9.0, 8.0], &[f64::NAN, 1.0], &["web", ""]);
    let drifts = DriftParams::default().features(&before, &after).unwrap();
    let names: Vec<&str> = drifts.iter().map(|drift| drift.feature.as_str()).collect();
    assert_eq!(names, ["spend", "never", "channel"]);
    close(drifts[0].ks.unwrap().statistic, 1.0, 0.0);
    assert!(drifts[1].ks.is_none() && drifts[1].psi > 0.0);
    let other = Features::from_columns(&[("spend", &[1.0])], MissingValues::Keep).unwrap();
    assert!(DriftParams::default().features(&before, &other).is_err());
}

#[test]
fn saved_references_come_back_and_are_checked() {
    let made = DriftParams::default()
        .zero_shares(ZeroShares::As(0.0001))
        .numbers("x", &[1.0, 2.0, 5.0], Some(&[1.0, 0.5, 2.0]))
        .unwrap();
    let text = persist::to_json(&made).unwrap();
    assert_eq!(persist::from_json::<DriftReference>(&text).unwrap(), made);
    let counts = persist::to_json(made.counts()).unwrap();
    assert_eq!(
        &persist::from_json::<DriftCounts>(&counts).unwrap(),
        made.counts()
    );
    for (from, to) in [
        ("\"edges\":[1.0,2.0]", "\"edges\":[2.0,1.0]"),
        ("\"squares\":5.25", "\"squares\":0.1"),
        ("\"squares\":5.25", "\"squares\":-5.25"),
        // Three weights of a sum of 3.5: from 3.5² / 3 = 4.0833... to 3.5² = 12.25.
        ("\"squares\":5.25", "\"squares\":4.0833"),
        ("\"squares\":5.25", "\"squares\":12.2501"),
        ("\"squares\":5.25", "\"squares\":1e300"),
        ("\"totals\":[1.0,", "\"totals\":[1e300,"),
        ("\"rows\":3", "\"rows\":0"),
        ("\"level\":0.05", "\"level\":5.0"),
        ("\"totals\":[1.0,", "\"totals\":[-1.0,"),
        ("\"totals\":[1.0,", "\"totals\":["),
    ] {
        let broken = text.replacen(from, to, 1);
        assert_ne!(broken, text, "{text}");
        assert!(
            persist::from_json::<DriftReference>(&broken).is_err(),
            "{from} {to}"
        );
    }
}

#[test]
fn squares_that_can_be_are_loaded_and_no_others() {
    let reference = DriftParams::default()
        .given_edges("x", &[2.0], &[1.0, 2.0, 5.0], Some(&[1.0, 0.5, 2.0]))
        .unwrap();
    let text = persist::to_json(reference.counts()).unwrap();
    let loads = |from: &str, to: &str| {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{text}");
        persist::from_json::<DriftCounts>(&changed).is_ok()
    };
    let squares = |to: &str| loads("\"squares\":5.25", &format!("\"squares\":{to}"));
    assert!(squares("4.0834") && squares("12.25"));
    assert!(!squares("4.0832") && !squares("12.2501") && !squares("0.0"));
    let empty = |squares: &str| {
        loads(
            "\"totals\":[1.5,2.0,0.0],\"squares\":5.25,\"rows\":3",
            &format!("\"totals\":[0.0,0.0,0.0],\"squares\":{squares},\"rows\":0"),
        )
    };
    assert!(empty("0.0") && !empty("1.0"));
    // Sums of weights that no sample can have.
    for far in ["1e-170", "1e160", "1e308"] {
        let to = format!("\"totals\":[{far},0.0,0.0],\"squares\":0.0,\"rows\":3");
        let from = "\"totals\":[1.5,2.0,0.0],\"squares\":5.25,\"rows\":3";
        assert!(!loads(from, &to), "{far}");
    }
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    let mut draw = Stream::new(3, 1, 0);
    let values: Vec<f64> = (0..60_000).map(|_| draw.normal()).collect();
    let weights: Vec<f64> = (0..60_000).map(|_| draw.uniform()).collect();
    let of = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            DriftParams::default()
                .numbers("x", &values, Some(&weights))
                .unwrap()
        })
    };
    let one = persist::to_json(&of(1)).unwrap();
    for threads in [2, 3, 8] {
        assert_eq!(persist::to_json(&of(threads)).unwrap(), one);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_exact_p_is_the_share_of_divisions(
        first in prop::collection::vec(0u8..6, 1..6), second in prop::collection::vec(0u8..6, 1..6),
    ) {
        let numbers = |of: &[u8]| of.iter().map(|&x| f64::from(x)).collect::<Vec<_>>();
        let (first, second) = (numbers(&first), numbers(&second));
        let ks = KolmogorovSmirnov::two_sample(&first, None, &second, None).unwrap();
        prop_assert!(ks.exact);
        let want = if ks.statistic > 0.0 { brute_p(&first, &second) } else { 1.0 };
        prop_assert!((ks.p - want).abs() < 1e-12, "{} {}", ks.p, want);
    }

    #[test]
    fn counts_merge_over_any_split(
        values in prop::collection::vec(-5.0..5.0f64, 1..60), cut in 0usize..60,
    ) {
        let reference = DriftParams::default().bins(4).numbers("x", &values, None).unwrap();
        let cut = cut.min(values.len());
        let part = |values: &[f64]| reference.numbers(values, None).unwrap();
        let (one, other) = (part(&values[..cut]), part(&values[cut..]));
        let merged = one.clone().merge(other.clone()).unwrap();
        prop_assert_eq!(&merged, reference.counts());
        prop_assert_eq!(&other.merge(one).unwrap(), reference.counts());
        let neutral = merged.neutral();
        prop_assert_eq!(neutral.merge(merged.clone()).unwrap(), merged);
    }

    #[test]
    fn distances_stay_within_their_bounds(
        first in prop::collection::vec(0u64..50, 6), second in prop::collection::vec(0u64..50, 6),
    ) {
        prop_assume!(first.iter().sum::<u64>() > 0 && second.iter().sum::<u64>() > 0);
        let (there, back) = (compared(&first, &second), compared(&second, &first));
        for drift in [&there, &back] {
            prop_assert!(drift.psi >= 0.0 && (0.0..=1.0).contains(&drift.p));
            prop_assert!((0.0..=1.0 + 1e-12).contains(&drift.js_distance_bits));
            prop_assert!((0.0..=1.0).contains(&drift.hellinger));
            // Le Cam: squared Hellinger distance and JS divergence bound one another.
            let square = drift.hellinger.powi(2);
            prop_assert!(drift.js_divergence_bits <= 1.0 + 1e-12 && square <= 2.0 * drift.js_divergence_nats + 1e-12);
        }
        prop_assert!((there.psi - back.psi).abs() < 1e-12);
        prop_assert!((there.js_divergence_nats - back.js_divergence_nats).abs() < 1e-12);
        prop_assert!((there.chi_square.statistic - back.chi_square.statistic).abs() < 1e-9);
    }
}
