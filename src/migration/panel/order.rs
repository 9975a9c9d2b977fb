//! The order of labels: as numbers, as dates or as texts.

use std::cmp::Ordering;

use chrono::NaiveDate;

use crate::data::day_of_date;

/// The places of labels in their order: by number if all are numbers, by date if all are dates of
/// ISO 8601, else by their bytes. Fails with the places of two labels of equal value, such as "1" and
/// "01": which comes first nobody could tell, nor whether they are meant to be one.
pub(super) fn sorted(labels: &[String]) -> Result<Vec<usize>, [usize; 2]> {
    if let Some(whole) = all::<i128>(labels, |text| text.parse().ok()) {
        by(labels, |a, b| whole[a].cmp(&whole[b]))
    } else if let Some(numbers) = all(labels, number) {
        by(labels, |a, b| numbers[a].total_cmp(&numbers[b]))
    } else if let Some(days) = days(labels) {
        by(labels, |a, b| days[a].cmp(&days[b]))
    } else {
        by(labels, |a, b| labels[a].cmp(&labels[b]))
    }
}

fn by(
    labels: &[String],
    compare: impl Fn(usize, usize) -> Ordering,
) -> Result<Vec<usize>, [usize; 2]> {
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_by(|&a, &b| compare(a, b));
    let mut pairs = order.windows(2).map(|pair| [pair[0], pair[1]]);
    match pairs.find(|&[a, b]| compare(a, b).is_eq()) {
        Some(same) => Err(same),
        None => Ok(order),
    }
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
