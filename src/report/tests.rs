use proptest::prelude::*;

use super::{
    Picture, Report,
    draw::{Unit, grouped, short},
    picture::escaped,
};
use crate::{
    Result,
    churn::{Durations, KaplanMeier, ProbabilityEvaluation, RiskTable},
    data::{
        Assignments, ContactStatus, ContactStatuses, Currency, Features, MissingValues, Segment,
        SegmentId, Transactions, date_of_day,
    },
    migration::SegmentPanel,
    overview::{ActionParams, Overview, OverviewInputs, OverviewParams},
    segmentation::ProfileParams,
    simulate::PurchaseLogParams,
    value::{ProfitParams, ProfitState, RfmParams, SummaryState},
};

/// Widths of a page and of a phone.
const WIDTHS: [f64; 2] = [720.0, 340.0];

/// How often a text stands in another.
fn count(text: &str, part: &str) -> usize {
    text.matches(part).count()
}

/// Whether every tag is closed, in its order, and what stands between tags has no mark of one.
fn is_well_formed(markup: &str) -> bool {
    const OPEN: [&str; 3] = ["meta", "link", "!doctype"];
    let mut open: Vec<&str> = Vec::new();
    for (at, piece) in markup.split('<').enumerate() {
        if at == 0 {
            continue;
        }
        let Some((tag, text)) = piece.split_once('>') else {
            return false;
        };
        if text.contains('>') {
            return false;
        }
        let name = tag
            .trim_start_matches('/')
            .split_whitespace()
            .next()
            .unwrap_or_default();
        if tag.starts_with('/') {
            if open.pop() != Some(name) {
                return false;
            }
        } else if !tag.ends_with('/') && !OPEN.contains(&name) {
            open.push(name);
        }
    }
    open.is_empty()
}

/// Whether nothing is asked of the world outside.
fn asks_for_nothing(markup: &str) -> bool {
    let name_of_svg = "http://www.w3.org/2000/svg";
    let rest = markup.replace(name_of_svg, "");
    ![
        "<script", "http:", "https:", "//", "url(", "@import", " src=", " onload",
    ]
    .iter()
    .any(|sign| rest.contains(sign))
}

fn log() -> Result<Transactions> {
    Ok(PurchaseLogParams::default()
        .customers(600)
        .generate()?
        .transactions)
}

fn overview(log: &Transactions) -> Result<Overview> {
    let agreed = log
        .customers()
        .numbers()
        .map(|who| (who, ContactStatus::Allowed));
    let contact = ContactStatuses::new(log.customers(), agreed)?;
    let inputs = OverviewInputs::new().transactions(log).contact(&contact);
    OverviewParams::default().fit(&inputs, date_of_day(10_407).unwrap())
}

#[test]
fn a_page_has_every_chapter_and_asks_for_nothing() -> Result<()> {
    let overview = overview(&log()?)?;
    let actions = overview.actions(&ActionParams::default().count(10))?;
    let report = Report::new(&overview)
        .title("<Ours> & \"yours\"")
        .actions(&actions);
    let names: Vec<&str> = report.pictures().iter().map(Picture::name).collect();
    assert_eq!(
        names,
        [
            "rfm_map",
            "segment_revenue",
            "segment_profiles",
            "value_distribution",
            "p_alive_map",
            "whale_curve",
            "revenue_bridge",
            "flows",
            "survival_curves",
            "calibration",
            "actions"
        ]
    );
    let page = report.html();
    assert!(is_well_formed(&page));
    assert!(asks_for_nothing(&page));
    assert!(page.contains("<title>&lt;Ours&gt; &amp; &quot;yours&quot;</title>"));
    // Each picture is there for a page and for a phone.
    assert_eq!(count(&page, "<svg "), 2 * names.len());
    let first = actions.rows()[0].reasons[0].to_string();
    assert!(page.contains(&escaped(&first)));
    assert!(page.contains(&overview.receipt().id()));
    Ok(())
}

#[test]
fn what_is_not_there_is_told_and_not_drawn() -> Result<()> {
    let log = Transactions::builder(Currency::EUR)
        .int_keys(&[1])
        .days(vec![0])
        .amounts(vec![900])
        .build()?;
    let inputs = OverviewInputs::new().transactions(&log);
    let few = OverviewParams::default().fit(&inputs, date_of_day(0).unwrap())?;
    let page = Report::new(&few).html();
    assert!(is_well_formed(&page) && page.contains("no worth"));
    let nothing = OverviewParams::default().fit(&OverviewInputs::new(), date_of_day(0).unwrap())?;
    let report = Report::new(&nothing);
    assert!(report.pictures().is_empty());
    assert!(is_well_formed(&report.html()) && report.html().contains("needs transactions"));
    Ok(())
}

#[test]
fn pictures_have_a_mark_for_each_number() -> Result<()> {
    let summary = SummaryState::new(&log()?)?.summary(date_of_day(10_407).unwrap())?;
    let scores = RfmParams::default().fit(&summary)?.score(&summary)?;
    let map = Picture::rfm_map(&scores)?;
    for width in WIDTHS {
        let svg = map.svg(width);
        assert!(is_well_formed(&svg) && asks_for_nothing(&svg));
        assert_eq!(count(&svg, "<rect "), 25);
        assert!(svg.contains("recency score") && svg.contains("frequency score"));
    }
    let told: usize = map
        .table()
        .1
        .iter()
        .map(|row| row[2].parse::<usize>().unwrap())
        .sum();
    assert_eq!(told, summary.buyers());

    let judged = ProbabilityEvaluation::new(&[0.1, 0.2, 0.7, 0.8], &[false, false, true, false])?;
    let calibration = Picture::calibration(&judged.calibration_curve(2, 0.95)?)?;
    // Two groups and two colours of the legend.
    assert_eq!(count(&calibration.svg(720.0), "<rect "), 4);
    assert!(calibration.svg(720.0).contains("foretold chance"));
    Ok(())
}

#[test]
fn a_phone_shows_the_last_two_periods() -> Result<()> {
    let panel = SegmentPanel::builder()
        .int_keys(&[1, 1, 1, 2, 2, 2])
        .periods(&["2001", "2002", "2003", "2001", "2002", "2003"])
        .segments(&["a", "b", "a", "b", "b", "b"])
        .build()?;
    let flows = Picture::flows(&panel.flows()?)?;
    assert!(flows.svg(720.0).contains("2001") && !flows.svg(340.0).contains("2001"));
    assert!(flows.svg(340.0).contains("2003"));
    // Nodes: a and b in 2001, b in 2002, a and b in 2003.
    assert_eq!(count(&flows.svg(720.0), "<rect "), 5);
    assert_eq!(count(&flows.svg(720.0), "<polygon "), 4);
    Ok(())
}

#[test]
fn names_of_others_do_no_harm() -> Result<()> {
    let name = "<script>alert('$1 & \"2\"')</script>";
    let features = Features::from_columns(&[(name, &[1.0, 2.0, 9.0][..])], MissingValues::Refuse)?;
    let segment = Segment {
        id: SegmentId(0),
        name: name.into(),
    };
    let rows = vec![Some(SegmentId(0)); 3];
    let kinds = Assignments::new("k", date_of_day(0).unwrap(), vec![segment], rows)?;
    let profiles = ProfileParams::default().profile(&features, &kinds)?;
    let curve = KaplanMeier::new(&RiskTable::new(&Durations::new(&[1.0, 2.0], &[1, 0])?))?;
    for picture in [
        Picture::segment_profiles(&profiles)?,
        Picture::survival_curves(&[(name, &curve)], 0.95)?,
    ] {
        for width in WIDTHS {
            let svg = picture.svg(width);
            assert!(is_well_formed(&svg) && !svg.contains("<script"), "{svg}");
        }
    }
    Ok(())
}

#[test]
fn what_there_is_nothing_of_is_an_error() {
    let currency = Currency::EUR;
    assert!(Picture::value_distribution(&[], currency).is_err());
    assert!(Picture::value_distribution(&[f64::NAN, f64::INFINITY], currency).is_err());
    assert!(Picture::segment_revenue(&[], currency).is_err());
    assert!(Picture::survival_curves(&[], 0.95).is_err());
    assert!(Picture::calibration(&[]).is_err());
}

#[test]
fn the_whale_of_many_customers_keeps_its_peak() -> Result<()> {
    let customers: Vec<i64> = (0..3_000).collect();
    let amounts: Vec<i64> = customers.iter().map(|at| 1_234 - at).collect();
    let log = Transactions::builder(Currency::EUR)
        .int_keys(&customers)
        .days(vec![0; 3_000])
        .amounts(amounts)
        .build()?;
    let whale = ProfitParams::default()
        .evaluate(&ProfitState::new(&log)?)?
        .whale_curve()?;
    let picture = Picture::whale_curve(&whale, Currency::EUR)?;
    let peak = Currency::EUR.to_f64(whale.peak()).to_string();
    let (_, rows) = picture.table();
    assert!(rows.len() < 250 && rows.iter().any(|row| row[2] == peak));
    assert!(is_well_formed(&picture.svg(720.0)));
    Ok(())
}

#[test]
fn numbers_are_written_as_people_read_them() {
    assert_eq!(grouped(1_234_567.891, 2), "1,234,567.89");
    assert_eq!(grouped(-999.6, 0), "−1,000");
    assert_eq!(grouped(-0.001, 2), "0.00");
    assert_eq!(grouped(f64::NAN, 0), "–");
    assert_eq!(short("0.12794334660693896"), "0.1279");
    assert_eq!(short("83127.5600001"), "83,127.6");
    assert_eq!(
        (short("1516").as_str(), short("Champions").as_str()),
        ("1516", "Champions")
    );
    assert_eq!(Unit::Share.write(0.1234), "12.3%");
    assert_eq!(Unit::Plain.write(0.5), "0.50");
    assert_eq!(Unit::Plain.write(1_500.0), "1,500");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any values at all, of any size and sign.
    #[test]
    fn every_value_is_in_one_bar(values in prop::collection::vec(prop::num::f64::ANY, 0..40)) {
        let known = values.iter().filter(|value| value.is_finite()).count();
        if let Ok(picture) = Picture::value_distribution(&values, Currency::EUR) {
            let (_, rows) = picture.table();
            let told: usize = rows.iter().map(|row| row[1].parse::<usize>().unwrap()).sum();
            prop_assert_eq!(told, known);
            prop_assert!(is_well_formed(&picture.svg(340.0)));
        } else {
            prop_assert_eq!(known, 0);
        }
    }

    /// Any width and any curve.
    #[test]
    fn curves_are_drawn_at_any_width(
        width in prop::num::f64::ANY,
        days in prop::collection::vec(0.0..1e9_f64, 1..30),
    ) {
        let lost: Vec<u16> = (0..days.len()).map(|at| u16::from(at % 3 == 0)).collect();
        let curve = KaplanMeier::new(&RiskTable::new(&Durations::new(&days, &lost)?))?;
        if let Ok(picture) = Picture::survival_curves(&[("all", &curve)], 0.9) {
            prop_assert!(is_well_formed(&picture.svg(width)));
        }
    }
}

/// Each customer with the silence for a chance: what a field tells is within its column.
#[test]
fn fields_are_means_of_their_customers() -> Result<()> {
    let summary = SummaryState::new(&log()?)?.summary(date_of_day(10_407).unwrap())?;
    let silent = |customer| f64::from(summary.days_since_last(customer).unwrap());
    let alive: Vec<f64> = summary
        .customers()
        .numbers()
        .map(|it| silent(it) / 1e4)
        .collect();
    let picture = Picture::p_alive_map(&summary, &alive)?;
    let (_, rows) = picture.table();
    let step = rows[1][1].parse::<f64>().unwrap();
    let mut told = 0;
    for row in rows.iter().filter(|row| !row[2].is_empty()) {
        let from: f64 = row[1].parse().unwrap();
        let days = row[2].parse::<f64>().unwrap() * 1e4;
        assert!(days > from - 1e-9 && days < from + step, "{row:?}");
        told += 1;
    }
    assert!(told > 10);
    Ok(())
}

#[test]
fn the_smallest_and_the_largest_values_have_bars() -> Result<()> {
    for value in [5e-324, 1e-300, 1e-7, 0.0, -1e300, 1e300, f64::MAX] {
        let picture = Picture::value_distribution(&[value, -value, 3.0], Currency::EUR)?;
        let told: usize = picture
            .table()
            .1
            .iter()
            .map(|row| row[1].parse::<usize>().unwrap())
            .sum();
        assert_eq!(told, 3, "{value}");
        Picture::value_distribution(&[value], Currency::EUR)?.svg(340.0);
    }
    let days = [1e-300, 1.0, 1e300];
    let curve = KaplanMeier::new(&RiskTable::new(&Durations::new(&days, &[1, 1, 1])?))?;
    assert!(is_well_formed(
        &Picture::survival_curves(&[("all", &curve)], 0.9)?.svg(720.0)
    ));
    Ok(())
}
