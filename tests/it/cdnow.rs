//! The CDNOW purchases that ship with the examples, against published figures.

use chrono::NaiveDate;
use custometry::{
    data::{Currency, Transactions},
    value::{Summary, SummaryState},
};

/// The log of the example data; columns customer, date, quantity, amount.
pub(crate) fn log() -> Transactions {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/examples/data/cdnow_purchases.csv"
    );
    read(
        &std::fs::read_to_string(path).unwrap(),
        0,
        1,
        3,
        ',',
        "%Y-%m-%d",
        true,
    )
}

fn read(
    text: &str,
    customer: usize,
    date: usize,
    amount: usize,
    separator: char,
    format: &str,
    header: bool,
) -> Transactions {
    let (mut keys, mut dates, mut amounts) = (Vec::new(), Vec::new(), Vec::new());
    for line in text.lines().skip(usize::from(header)) {
        let fields: Vec<&str> = line
            .split(separator)
            .filter(|field| !field.is_empty())
            .collect();
        keys.push(fields[customer]);
        dates.push(NaiveDate::parse_from_str(fields[date], format).unwrap());
        amounts.push(Currency::USD.parse(fields[amount]).unwrap().0);
    }
    Transactions::builder(Currency::USD)
        .text_keys(&keys)
        .dates(&dates)
        .amounts(amounts)
        .build()
        .unwrap()
}

fn at_39_weeks(log: &Transactions) -> Summary {
    let as_of = NaiveDate::from_ymd_opt(1997, 9, 30).unwrap();
    SummaryState::new(log).unwrap().summary(as_of).unwrap()
}

/// Fader, Hardie and Lee 2005 and the R package BTYD 2.4.3: 2,357 customers,
/// 2,457 repeat purchase days in 39 weeks, by number of repeats 1411 439 214 100
/// 62 38 29 and 64 of seven or more, at most 29; 946 repeaters with a mean spend
/// of $35.08.
#[test]
fn cdnow_sample_against_fader_hardie_lee_2005() {
    let log = log();
    assert_eq!(log.len(), 6_919);
    let summary = at_39_weeks(&log);
    assert_eq!((summary.len(), summary.buyers()), (2_357, 2_357));
    assert_eq!(summary.frequency().iter().sum::<u32>(), 2_457);
    assert_eq!(summary.frequency().iter().max(), Some(&29));
    let mut histogram = [0; 8];
    for &repeats in summary.frequency() {
        histogram[repeats.min(7) as usize] += 1;
    }
    assert_eq!(histogram, [1411, 439, 214, 100, 62, 38, 29, 64]);
    let means: Vec<f64> = (summary.repeat_money().iter().zip(summary.frequency()))
        .filter(|&(_, &repeats)| repeats > 0)
        .map(|(&money, &repeats)| money as f64 / 100.0 / f64::from(repeats))
        .collect();
    assert_eq!(means.len(), 946);
    let mean = means.iter().sum::<f64>() / 946.0;
    assert!((mean - 35.08).abs() < 0.005, "{mean}");
}

/// BTYD 2.4.3 walkthrough: customer 1516 has x = 26, `t_x` = 216 days, T = 217
/// days; 1,882 repeat purchase days fall in the 39 weeks after.
#[test]
fn cdnow_customer_1516_against_btyd() {
    let log = log();
    let summary = at_39_weeks(&log);
    let customer = summary.customers().find("1516".into()).unwrap();
    let row = |column: &[u32]| column[customer.at()];
    assert_eq!(row(summary.frequency()), 26);
    assert_eq!(row(summary.recency()), 216);
    assert_eq!(row(summary.age()), 217);

    let whole = SummaryState::new(&log)
        .unwrap()
        .summary(NaiveDate::from_ymd_opt(1998, 6, 30).unwrap())
        .unwrap();
    let repeats = |summary: &Summary| summary.frequency().iter().sum::<u32>();
    assert_eq!(repeats(&whole) - repeats(&summary), 1_882);
    assert_eq!(summary.days_after_as_of(), 1_882);
}

/// The full CDNOW log, which does not ship: 69,659 rows of 23,570 customers.
#[test]
fn cdnow_master_against_its_documentation() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/data/CDNOW_master.txt"
    );
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("NOT RUN: {path} is not there; the full CDNOW log is not part of the project");
        return;
    };
    let log = read(&text, 0, 1, 3, ' ', "%Y%m%d", true);
    assert_eq!((log.len(), log.customers().len()), (69_659, 23_570));
    // Dataset documentation: total sales of $2,500,315.63.
    assert_eq!(log.amounts().iter().sum::<i64>(), 250_031_563);
    let summary = at_39_weeks(&log);
    assert_eq!(summary.buyers(), 23_570);
}
