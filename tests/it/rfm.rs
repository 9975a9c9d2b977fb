//! RFM at its edges: ties, one customer, refunds, future dates, frozen edges,
//! nested bins.

use chrono::NaiveDate;
use custometry::{
    Error, ErrorKind,
    data::{Currency, SegmentId, Transactions, date_of_day},
    persist,
    value::{Binning, Nesting, Rfm, RfmMoney, RfmParams, SegmentMap, Summary, SummaryState, Ties},
};
use proptest::prelude::*;

fn day(number: i32) -> NaiveDate {
    date_of_day(number).unwrap()
}

/// Rows of customer, day, amount in cents.
fn summary(rows: &[(i64, i32, i64)], as_of: i32) -> Summary {
    let log = Transactions::builder(Currency::USD)
        .int_keys(&rows.iter().map(|row| row.0).collect::<Vec<_>>())
        .days(rows.iter().map(|row| row.1).collect())
        .amounts(rows.iter().map(|row| row.2).collect())
        .build()
        .unwrap();
    SummaryState::new(&log)
        .unwrap()
        .summary(day(as_of))
        .unwrap()
}

/// Customers who bought on 1, 1, 2, 4, 8 and 255 days.
fn tied() -> Summary {
    let mut rows = Vec::new();
    for (customer, times) in (0..).zip([1, 1, 2, 4, 8, 255]) {
        rows.extend((0..times).map(|back| (customer, 300 - back, 100)));
    }
    summary(&rows, 300)
}

#[test]
fn ties_get_one_score_and_the_empty_bins_are_reported() {
    let rfm = RfmParams::default().fit(&tied()).unwrap();
    let scores = rfm.score(&tied()).unwrap();
    assert_eq!(scores.frequency(), [2, 2, 3, 4, 5, 5]);
    // All bought today: the middle score, and four empty bins.
    assert_eq!(scores.recency(), [3; 6]);
    assert_eq!(rfm.recency_bins().sizes, [0, 0, 6, 0, 0]);
    assert_eq!(rfm.recency_bins().empty(), 4);
    let bins = rfm.frequency_bins();
    assert_eq!(bins.sizes, [0, 2, 1, 1, 2]);
    assert_eq!(bins.edges, [None, Some(1.0), Some(2.0), Some(4.0)]);

    let lowest = RfmParams::default()
        .ties(Ties::Lowest)
        .fit(&tied())
        .unwrap();
    assert_eq!(
        lowest.score(&tied()).unwrap().frequency(),
        [1, 1, 3, 4, 5, 5]
    );
}

#[test]
fn edges_that_repeat_are_refused() {
    let edges = vec![1.0, 1.0, 2.0, 4.0, 8.0, 255.0];
    let params = RfmParams::default().frequency(Binning::Fixed { edges });
    let error = params.fit(&tied()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "frequency is cut at 1 and then at 1, expected edges that rise, each once; leave out \
         repeated ones"
    );
    let edges = vec![1.0, 2.0, 4.0, 8.0];
    let params = RfmParams::default().frequency(Binning::Fixed { edges });
    let scores = params.fit(&tied()).unwrap().score(&tied()).unwrap();
    assert_eq!(scores.frequency(), [1, 1, 2, 3, 4, 5]);
}

#[test]
fn one_customer_is_the_best_there_is() {
    let one = summary(&[(7, 10, 500)], 20);
    let scores = RfmParams::default().fit(&one).unwrap().score(&one).unwrap();
    assert_eq!(scores.code(0), Some(555));
    assert_eq!(scores.code(1), None);
    let segments = scores
        .assign(&SegmentMap::standard([5, 5, 5]).unwrap())
        .unwrap();
    assert_eq!(segments.name_of(0), Some("Champions"));
}

#[test]
fn refunds_only_and_no_purchase_yet_are_too_little_data() {
    for (rows, as_of) in [
        (vec![(1, 10, -500), (2, 11, -100)], 20), // refunds only
        (vec![(1, 10, 500), (2, 11, 100)], 9),    // as_of before the first purchase
        (vec![], 0),
    ] {
        let error = RfmParams::default()
            .fit(&summary(&rows, as_of))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotEnoughData);
        let message = format!(
            "needs at least 1 customers with a purchase up to {}, found 0",
            day(as_of)
        );
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn refunded_and_future_customers_stand_apart() {
    // 1 bought, 2 was only refunded, 3 comes after as_of, 4 bought and got it back.
    let rows = [
        (1, 5, 900),
        (2, 6, -400),
        (3, 30, 800),
        (4, 7, 500),
        (4, 8, -500),
    ];
    let known = summary(&rows, 10);
    let scores = RfmParams::default()
        .bins(2, 2, 2)
        .fit(&known)
        .unwrap()
        .score(&known)
        .unwrap();
    let codes: Vec<_> = (0..4).map(|row| scores.code(row)).collect();
    // 4 bought later than 1, as often, for less.
    assert_eq!(codes, [Some(122), None, None, Some(221)]);
    assert_eq!(scores.combined(), [5.0, 0.0, 0.0, 5.0]);
    let segments = scores
        .assign(&SegmentMap::standard([2, 2, 2]).unwrap())
        .unwrap();
    assert_eq!(segments.get(1), Some(SegmentId(0)));
    assert_eq!(segments.name_of(2), Some("No purchase"));
}

#[test]
fn money_is_total_or_mean_as_asked() {
    // 1 spends 30 on each of two days, 2 spends 50 once.
    let known = summary(&[(1, 1, 3000), (1, 2, 3000), (2, 2, 5000)], 3);
    let score = |money| {
        let params = RfmParams::default().bins(1, 1, 2).money(money);
        params.fit(&known).unwrap().score(&known).unwrap()
    };
    assert_eq!(score(RfmMoney::Total).monetary(), [2, 1]);
    assert_eq!(score(RfmMoney::MeanPerPurchaseDay).monetary(), [1, 2]);
}

#[test]
fn edges_in_currency_hold_to_the_cent() {
    let known = summary(&[(1, 1, 1250), (2, 1, 1251), (3, 1, -1)], 3);
    let rule = Binning::Fixed { edges: vec![12.50] };
    let scores = RfmParams::default()
        .monetary(rule)
        .fit(&known)
        .unwrap()
        .score(&known)
        .unwrap();
    assert_eq!(scores.monetary(), [1, 2, 0]);
}

#[test]
fn frozen_edges_do_not_move_with_the_base() {
    let spring: Vec<(i64, i32, i64)> = (0..100).map(|c| (c, 50, 100 * (c + 1))).collect();
    let rfm = RfmParams::default().fit(&summary(&spring, 60)).unwrap();
    let again = persist::from_json::<Rfm>(&persist::to_json(&rfm).unwrap()).unwrap();
    // A thousand rich customers join: those of spring keep their scores.
    let mut autumn = spring.clone();
    autumn.extend((1_000..2_000).map(|c| (c, 50, 1_000_000)));
    let before = rfm.score(&summary(&spring, 60)).unwrap();
    let after = again.score(&summary(&autumn, 60)).unwrap();
    assert_eq!(before.monetary(), &after.monetary()[..100]);
    assert!(after.monetary()[100..].iter().all(|&m| m == 5));
    // Refitted, they would have moved; and the schemes tell the two apart.
    let refit = RfmParams::default().fit(&summary(&autumn, 60)).unwrap();
    let moved = refit.score(&summary(&autumn, 60)).unwrap();
    assert_eq!(moved.monetary()[99], 1);
    let map = SegmentMap::standard([5, 5, 5]).unwrap();
    let scheme =
        |scores: &custometry::value::RfmScores| scores.assign(&map).unwrap().scheme().to_owned();
    assert_eq!(scheme(&before), scheme(&after));
    assert_ne!(scheme(&after), scheme(&moved));
}

/// Hughes' nested bins: sort by recency into two halves, each half by frequency
/// into two, each quarter by money into two: eight cells of one customer.
#[test]
fn nested_bins_make_even_cells() {
    let mut rows = Vec::new();
    for customer in 0..8i64 {
        let (old, seldom, cheap) = (customer & 4 > 0, customer & 2 > 0, customer & 1 > 0);
        let last = if old { 10 } else { 90 };
        // The old ones buy more often and for more than all recent ones.
        let times = if seldom { 1 } else { 3 } + if old { 5 } else { 0 };
        let amount = if cheap { 100 } else { 900 } * if old { 50 } else { 1 };
        rows.extend((0..times).map(|back| (customer, last - back, amount)));
    }
    let known = summary(&rows, 100);
    let params = RfmParams::default()
        .bins(2, 2, 2)
        .money(RfmMoney::MeanPerPurchaseDay);
    let nested = params.clone().nesting(Nesting::Nested).fit(&known).unwrap();
    let codes: Vec<_> = {
        let scores = nested.score(&known).unwrap();
        (0..8).map(|row| scores.code(row).unwrap()).collect()
    };
    assert_eq!(codes, [222, 221, 212, 211, 122, 121, 112, 111]);
    // Independent bins put all the old ones on top in frequency.
    let independent = params.fit(&known).unwrap().score(&known).unwrap();
    assert_eq!(independent.frequency(), [1, 1, 1, 1, 2, 2, 2, 2]);
    // The frozen form is whole: nested edges survive saving.
    let again = persist::from_json::<Rfm>(&persist::to_json(&nested).unwrap()).unwrap();
    assert_eq!(again, nested);
}

#[test]
fn parameters_are_checked_and_scores_and_maps_must_fit() {
    let known = tied();
    let refused = |params: RfmParams| params.fit(&known).unwrap_err().to_string();
    assert!(
        refused(RfmParams::default().bins(10, 5, 5)).starts_with("recency is cut into 10 bins")
    );
    assert!(
        refused(RfmParams::default().bins(5, 0, 5)).starts_with("frequency is cut into 0 bins")
    );
    for weights in [[f64::NAN, 1.0, 1.0], [-1.0, 1.0, 1.0], [0.0, 0.0, 0.0]] {
        let [r, f, m] = weights;
        assert!(refused(RfmParams::default().weights(r, f, m)).starts_with("weights is ["));
    }
    let rfm = RfmParams::default().fit(&known).unwrap();
    let error = rfm
        .score(&known)
        .unwrap()
        .assign(&SegmentMap::standard([3, 3, 3]).unwrap());
    assert_eq!(error.unwrap_err().kind(), ErrorKind::VersionMismatch);

    let log = Transactions::builder(Currency::EUR)
        .int_keys(&[1])
        .days(vec![0])
        .amounts(vec![1]);
    let euros = SummaryState::new(&log.build().unwrap())
        .unwrap()
        .summary(day(0))
        .unwrap();
    assert!(matches!(
        rfm.score(&euros),
        Err(Error::VersionMismatch {
            what: "currency",
            ..
        })
    ));
}

#[test]
fn parameters_travel_as_json_and_typos_are_refused() {
    let params = RfmParams::default().bins(3, 4, 5).nesting(Nesting::Nested);
    let text = serde_json::to_string(&params).unwrap();
    assert_eq!(serde_json::from_str::<RfmParams>(&text).unwrap(), params);
    assert_eq!(
        serde_json::from_str::<RfmParams>("{}").unwrap(),
        RfmParams::default()
    );
    assert!(serde_json::from_str::<RfmParams>(r#"{"tie":"midrank"}"#).is_err());
}

proptest! {
    /// Better in a measure is never scored lower, whatever the bins and ties,
    /// and the order of the rows does not matter.
    #[test]
    fn better_never_scores_lower(
        rows in prop::collection::vec((0i64..12, 0i32..40, 0i64..5_000), 1..80),
        bins in 1u8..=9,
        ties in prop::sample::select(vec![Ties::Midrank, Ties::Lowest, Ties::Highest]),
    ) {
        let known = summary(&rows, 40);
        let params = RfmParams::default().bins(bins, bins, bins).ties(ties);
        let scores = params.fit(&known).unwrap().score(&known).unwrap();
        let numbers: Vec<_> = known.customers().numbers().collect();
        for &a in &numbers {
            for &b in &numbers {
                let (i, j) = (a.at(), b.at());
                if known.days_since_last(a) <= known.days_since_last(b) {
                    prop_assert!(scores.recency()[i] >= scores.recency()[j]);
                }
                if known.frequency()[i] >= known.frequency()[j] {
                    prop_assert!(scores.frequency()[i] >= scores.frequency()[j]);
                }
                if known.total_money(a) >= known.total_money(b) {
                    prop_assert!(scores.monetary()[i] >= scores.monetary()[j]);
                }
            }
        }
        let mut backwards = rows.clone();
        backwards.reverse();
        let turned = summary(&backwards, 40);
        let other = params.fit(&turned).unwrap().score(&turned).unwrap();
        for (at, key) in known.customers().keys().enumerate() {
            let there = turned.customers().find(key).unwrap();
            prop_assert_eq!(scores.code(at), other.code(there.at()));
        }
    }
}
