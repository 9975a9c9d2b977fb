//! Numbers and tables for people.

use std::fmt;

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};

/// Shown where there is no number.
pub(crate) const NONE: &str = "-";

/// A table whose columns are text up to `texts` and numbers from there on.
pub(crate) fn table<const N: usize>(
    headers: [&str; N],
    texts: usize,
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    table_of(&headers, texts, rows.into_iter().map(Vec::from))
}

/// The same with as many columns as there are headers.
pub(crate) fn table_of(
    headers: &[&str],
    texts: usize,
    rows: impl IntoIterator<Item = Vec<String>>,
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
