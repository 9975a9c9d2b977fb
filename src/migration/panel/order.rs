//! The order of labels: as numbers, as dates or as texts.

use chrono::NaiveDate;

use crate::data::day_of_date;

/// The places of labels in their order: by number if all are numbers, by date if all are dates of
/// ISO 8601, else by their bytes. Labels of equal value stand in the order of their bytes.
pub(super) fn sorted(labels: &[String]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by(|&a, &b| labels[a].cmp(&labels[b]));
    if let Some(whole) = all::<i128>(labels, |text| text.parse().ok()) {
        order.sort_by_key(|&at| whole[at]);
    } else if let Some(numbers) = all(labels, number) {
        order.sort_by(|&a, &b| numbers[a].total_cmp(&numbers[b]));
    } else if let Some(days) = days(labels) {
        order.sort_by_key(|&at| days[at]);
    }
    order
}

/// The days of labels that are all dates of ISO 8601.
pub(super) fn days(labels: &[String]) -> Option<Vec<i32>> {
    all(labels, |text| {
        text.parse::<NaiveDate>().ok().map(day_of_date)
    })
}

fn number(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok()?;
    // Zero has one sign here, so that labels of equal value are equal.
    number.is_finite().then_some(number + 0.0)
}

fn all<T>(labels: &[String], read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    labels.iter().map(|label| read(label.trim())).collect()
}
