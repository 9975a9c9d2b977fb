//! Numbers and tables for people.

use std::fmt;

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};
use custometry::data::{Currency, MinorUnits};
use serde::{Serialize, Serializer};

use super::Result;

/// Shown where there is no number.
pub(crate) const NONE: &str = "-";

/// A table whose columns are text up to `texts` and numbers from there on.
pub(crate) fn table<const N: usize>(
    headers: [&str; N],
    texts: usize,
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut table = Table::new();
    let line = LineStyle::none().fill('─').junction('─');
    let style = TableStyle::new().bottom_border(line);
    if headers.iter().all(|header| header.is_empty()) {
        table.load_style(style.top_border(line));
    } else {
        table.load_style(style.header_separator(line));
        table.set_header(headers);
    }
    table.add_rows(rows);
    for column in table.column_iter_mut().skip(texts) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.trim_fmt()
}

/// A whole number with its thousands set apart.
pub(crate) fn count(number: impl fmt::Display) -> String {
    thousands(&number.to_string())
}

/// A share as a percentage; nothing where there is no whole.
pub(crate) fn percent(share: Option<f64>) -> String {
    // Adding 0 turns the -0.0 of a small negative share into 0.0.
    let tenths = |share: f64| (1000.0 * share).round() / 10.0 + 0.0;
    share.map_or_else(|| NONE.into(), |share| format!("{:.1}%", tenths(share)))
}

/// A value, or the sign for none.
pub(crate) fn or_none(value: Option<impl fmt::Display>) -> String {
    value.map_or_else(|| NONE.into(), |value| value.to_string())
}

/// Text from a file as it may be sent to a terminal: it can hold control codes.
pub(crate) fn printable(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

/// Sets groups of three digits apart, in the whole part only.
fn thousands(decimal: &str) -> String {
    let (whole, part) = decimal.split_at(decimal.find('.').unwrap_or(decimal.len()));
    let digits = whole.trim_start_matches('-');
    let mut text = whole[..whole.len() - digits.len()].to_owned();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + part
}

/// An amount that knows its currency: grouped text for people, a decimal number
/// in units of currency for JSON.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Money {
    pub(crate) minor: MinorUnits,
    currency: Currency,
}

impl Money {
    pub(crate) fn new(minor: MinorUnits, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// The sum of amounts. A customer's money fits by the library's checks, that
    /// of all customers together need not.
    pub(crate) fn sum(
        amounts: impl IntoIterator<Item = MinorUnits>,
        currency: Currency,
    ) -> Result<Self> {
        let sum: i128 = amounts.into_iter().map(|amount| i128::from(amount.0)).sum();
        let minor = i64::try_from(sum).map_err(
            |_| "the money of all rows together exceeds 9.2e18 minor units; use fewer --decimals",
        )?;
        Ok(Self::new(MinorUnits(minor), currency))
    }

    /// The share in a positive whole.
    pub(crate) fn share_of(self, whole: Self) -> Option<f64> {
        let share = self.minor.0 as f64 / whole.minor.0 as f64;
        (whole.minor.0 > 0).then_some(share)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&thousands(&self.currency.format(self.minor)))
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.currency.to_f64(self.minor))
    }
}
