//! A user's purchase log, read from a delimited file.

use std::{
    fmt::Display,
    path::{Path, PathBuf},
};

use chrono::{FixedOffset, NaiveDate};
use csv::ByteRecord;
use custometry::data::{Currency, DayBoundary, MinorUnits, Transactions};

use super::{
    Result,
    columns::{Column, ColumnNames, Columns, Money},
    dates::{DateFormat, DateReader, Day},
    progress,
    rejects::{BadRow, Rejects},
    rows::Source,
    tables,
};

/// What to read and how; the same for every program.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct InputArgs {
    /// A CSV file with one purchase a row and a header [default: the CDNOW
    /// purchases that come with the project]
    pub(crate) file: Option<PathBuf>,

    #[command(flatten)]
    columns: ColumnNames,

    /// Three letters for the currency of the amounts
    #[arg(long, value_name = "CODE", default_value = "USD")]
    currency: String,

    /// Decimals of the currency; further ones in the file are rounded
    #[arg(long, value_name = "N", default_value_t = 2)]
    #[arg(value_parser = clap::value_parser!(u8).range(..=i64::from(Currency::MAX_SCALE)))]
    decimals: u8,

    /// How dates are written, as in strftime, if they are not recognised
    #[arg(long, value_name = "FORMAT")]
    date_format: Option<DateFormat>,

    /// Offset from UTC at whose midnight a day ends, for timestamps with a zone
    #[arg(long, value_name = "+HH:MM", allow_hyphen_values = true)]
    utc_offset: Option<FixedOffset>,

    /// Set bad rows aside in this file and go on without them
    #[arg(long, value_name = "FILE")]
    pub(crate) rejects: Option<PathBuf>,
}

/// A purchase log and how it was read.
pub(crate) struct Input {
    pub(crate) path: PathBuf,
    pub(crate) columns: Columns,
    pub(crate) log: Transactions,
    pub(crate) rejects: Rejects,
    /// Amounts and costs that had more decimals than the currency.
    pub(crate) rounded: u64,
    /// Dates that were timestamps with a zone.
    pub(crate) zoned: u64,
    boundary: DayBoundary,
}

impl InputArgs {
    /// Reads the log. Bad rows are an error unless they are to be set aside.
    pub(crate) fn read(&self) -> Result<Input> {
        let shipped =
            || Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/cdnow_purchases.csv");
        let currency = Currency::new(&self.currency, self.decimals)?;
        let boundary = self
            .utc_offset
            .map_or(DayBoundary::Utc, DayBoundary::FixedOffset);
        let dates = DateReader {
            format: self.date_format.clone(),
            boundary,
        };
        let source = Source::open(&self.file.clone().unwrap_or_else(shipped))?;
        let path = source.path.display();

        let mut rows = source.rows();
        let mut row = ByteRecord::new();
        let Some(header) = rows.read(&mut row)? else {
            return Err(format!("{path}, line 1: the file is empty; a header is needed").into());
        };
        let columns = Columns::find(&source.path, header, &row, &self.columns, &dates)?;
        let mut rejects = Rejects::new(&source, &row, self.rejects.is_some())?;
        let mut reader = RowReader {
            source: &source,
            columns: &columns,
            dates,
            currency,
            order: None,
            rounded: 0,
            zoned: 0,
        };

        let (mut keys, mut days) = (Vec::new(), Vec::new());
        let (mut amounts, mut costs) = (Vec::new(), Vec::new());
        let mut count = 0;
        let bar = progress::bar("reading", source.len());
        while let Some(line) = rows.read(&mut row)? {
            count += 1;
            match reader.row(&row) {
                Ok(purchase) => {
                    keys.push(purchase.key);
                    days.push(purchase.day);
                    amounts.push(purchase.amount.0);
                    costs.extend(purchase.cost.map(|cost| cost.0));
                }
                Err(bad) => rejects.push(&source.path, line, &row, &bad)?,
            }
            if count % 10_000 == 0 {
                bar.set_position(rows.position());
            }
        }
        bar.finish_and_clear();

        if count == 0 {
            return Err(format!("{path}, line {header}: no rows below the header").into());
        }
        if let Some(Order::Unknown { line, text }) = &reader.order {
            return Err(format!(
                "{path}, line {line}, {date}: {text} and all others could have the day or the \
                 month first; say which with --date-format %d/%m/%Y or %m/%d/%Y (and %H:%M where \
                 there is a time)",
                date = columns.date
            )
            .into());
        }
        if rejects.count() == count || (rejects.count() > 0 && self.rejects.is_none()) {
            let remedy = "mend them, or set them aside with --rejects FILE";
            let guessed: Option<&dyn Display> = if columns.guessed() {
                Some(&columns)
            } else {
                None
            };
            return Err(rejects.refusal(&source.path, count, remedy, guessed).into());
        }
        let (rounded, zoned) = (reader.rounded, reader.zoned);
        let mut log = Transactions::builder(currency)
            .text_keys(&keys)
            .dates(&days)
            .amounts(amounts);
        if columns.cost.is_some() {
            log = log.costs(costs);
        }
        let log = log.build().map_err(|error| format!("{path}: {error}"))?;
        Ok(Input {
            path: source.path,
            columns,
            log,
            rejects,
            rounded,
            zoned,
            boundary,
        })
    }
}

impl std::fmt::Display for Input {
    /// How the file was read, and how to say otherwise.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.path.display())?;
        writeln!(f, "Read as: {}.", self.columns)?;
        if self.columns.guessed() {
            writeln!(
                f,
                "To say otherwise: --customer, --date, --amount (or --quantity and --unit-price), \
                 each with the name of a column or its number."
            )?;
        }
        let (rounded, currency) = (tables::count(self.rounded), self.log.currency());
        if self.rounded > 0 {
            writeln!(f, "Amounts rounded half to even, to {currency}: {rounded}.")?;
        }
        if self.zoned > 0 {
            let zoned = tables::count(self.zoned);
            let midnight = match self.boundary {
                DayBoundary::FixedOffset(offset) => format!("at UTC offset {offset}"),
                _ => "in UTC (or say --utc-offset)".to_owned(),
            };
            writeln!(
                f,
                "Timestamps with a zone: {zoned}; days end at midnight {midnight}."
            )?;
        }
        if self.rejects.count() > 0 {
            writeln!(
                f,
                "Bad rows set aside: {}.",
                tables::count(self.rejects.count())
            )?;
        }
        Ok(())
    }
}

/// What a row says.
struct Purchase {
    key: String,
    day: NaiveDate,
    amount: MinorUnits,
    cost: Option<MinorUnits>,
}

/// Reads rows.
struct RowReader<'a> {
    source: &'a Source,
    columns: &'a Columns,
    dates: DateReader,
    currency: Currency,
    /// Found out from the whole column when the first date asks for it.
    order: Option<Order>,
    rounded: u64,
    zoned: u64,
}

/// What comes first in dates such as 2/1/2010, by the column as a whole.
enum Order {
    DayFirst,
    MonthFirst,
    /// No date tells; an example.
    Unknown {
        line: u64,
        text: String,
    },
    /// Some dates say one thing and some the other; an example of each.
    Mixed {
        day_first: String,
        month_first: String,
    },
}

impl RowReader<'_> {
    fn row(&mut self, row: &ByteRecord) -> std::result::Result<Purchase, BadRow> {
        let (found, width) = (row.len(), self.columns.width);
        if found != width {
            return Err(BadRow {
                place: None,
                reason: format!("{found} fields, but the header has {width}"),
            });
        }
        let columns = self.columns;
        let key = text(row, &columns.customer)?;
        if key.is_empty() {
            return Err(bad(&columns.customer, "the customer is blank".into()));
        }
        let day = self.day(text(row, &columns.date)?)?;
        let (amount, exact) = match &columns.money {
            Money::Amount(column) => self.money(row, column)?,
            Money::Product {
                quantity,
                unit_price,
            } => {
                let (count, price) = (text(row, quantity)?, text(row, unit_price)?);
                let read = self.currency.parse_product(count, price);
                read.map_err(|error| {
                    // The one of the two that is no number by itself.
                    let whole = self.currency.parse_rounded(count).is_ok();
                    let column = if whole { unit_price } else { quantity };
                    let product = format!("{} times {}", quoted(count), quoted(price));
                    bad(column, not_money(&product, &error))
                })?
            }
        };
        let cost = columns.cost.as_ref();
        let cost = cost.map(|column| self.money(row, column)).transpose()?;
        let inexact = |exact: bool| u64::from(!exact);
        self.rounded += inexact(exact) + cost.map_or(0, |(_, exact)| inexact(exact));
        Ok(Purchase {
            key: key.to_owned(),
            day,
            amount,
            cost: cost.map(|(cost, _)| cost),
        })
    }

    /// The money in a column, and whether it is what is written there.
    fn money(
        &self,
        row: &ByteRecord,
        column: &Column,
    ) -> std::result::Result<(MinorUnits, bool), BadRow> {
        let amount = text(row, column)?;
        let read = self.currency.parse_rounded(amount);
        read.map_err(|error| bad(column, not_money(&quoted(amount), &error)))
    }

    fn day(&mut self, text: &str) -> std::result::Result<NaiveDate, BadRow> {
        let column = &self.columns.date;
        let shown = quoted(text);
        let none = || {
            bad(
                column,
                format!("{shown} is not a date that can be read; --date-format says how"),
            )
        };
        let (day, zoned) = self.dates.read(text).ok_or_else(none)?;
        self.zoned += u64::from(zoned);
        let (day_first, month_first) = match day {
            Day::Known(date) => return Ok(date),
            Day::Either {
                day_first,
                month_first,
            } => (day_first, month_first),
        };
        if self.order.is_none() {
            self.order = Some(self.order_of_column());
        }
        match &self.order {
            Some(Order::MonthFirst) => month_first.ok_or_else(none),
            Some(Order::Mixed {
                day_first,
                month_first,
            }) => Err(bad(
                column,
                format!(
                    "{shown} cannot be read: {day_first} has the day first, {month_first} the \
                     month; say which with --date-format"
                ),
            )),
            // Where it is not known the run ends after this pass, with a message
            // about the column.
            _ => day_first.or(month_first).ok_or_else(none),
        }
    }

    /// Looks through the whole column for dates that can be read in one way only.
    fn order_of_column(&self) -> Order {
        let (mut day_first, mut month_first, mut example) = (None, None, None);
        let mut rows = self.source.rows();
        let mut row = ByteRecord::new();
        // A fault of the file is met again, and told, by the pass that asked.
        while let Ok(Some(line)) = rows.read(&mut row) {
            let Ok(text) = text(&row, &self.columns.date) else {
                continue;
            };
            let Some((
                Day::Either {
                    day_first: day,
                    month_first: month,
                },
                _,
            )) = self.dates.read(text)
            else {
                continue;
            };
            let here = || format!("{} on line {line}", quoted(text));
            match (day, month) {
                (Some(_), None) => drop(day_first.get_or_insert_with(here)),
                (None, Some(_)) => drop(month_first.get_or_insert_with(here)),
                _ => drop(example.get_or_insert_with(|| (line, quoted(text)))),
            }
        }
        match (day_first, month_first) {
            (Some(day_first), Some(month_first)) => Order::Mixed {
                day_first,
                month_first,
            },
            (Some(_), None) => Order::DayFirst,
            (None, Some(_)) => Order::MonthFirst,
            (None, None) => {
                let (line, text) = example.unwrap_or_default();
                Order::Unknown { line, text }
            }
        }
    }
}

/// A field as text, without the blanks around it. Only fields in use need be
/// UTF-8.
pub(crate) fn text<'a>(
    row: &'a ByteRecord,
    column: &Column,
) -> std::result::Result<&'a str, BadRow> {
    let field = row.get(column.at).unwrap_or_default();
    std::str::from_utf8(field).map(str::trim).map_err(|_| {
        let shown = quoted(&String::from_utf8_lossy(field));
        bad(
            column,
            format!("{shown} is not UTF-8; save the file as UTF-8"),
        )
    })
}

pub(crate) fn bad(column: &Column, reason: String) -> BadRow {
    BadRow {
        place: Some(column.to_string()),
        reason,
    }
}

fn not_money(shown: &str, error: &custometry::Error) -> String {
    match error {
        custometry::Error::InvalidParameter { expected, .. } => {
            format!("{shown} is not an amount; expected {expected}")
        }
        other => other.to_string(),
    }
}

/// A text in quotes, cut if it is long, control codes made visible.
pub(crate) fn quoted(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        None => format!("{text:?}"),
        Some((end, _)) => format!("{:?}...", &text[..end]),
    }
}
