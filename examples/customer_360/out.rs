//! A folder of results: the page for people, and tidy files for everything else.

use std::{
    fs,
    path::{Path, PathBuf},
};

use custometry::{
    data::{CustomerIx, MinorUnits},
    overview::{Actions, CustomerTable, IdentityChapter, Overview, TableColumn},
    report::Report,
    value::Summary,
};
use serde::Serialize;

use crate::common::{
    Result,
    files::{Staged, spare_inputs},
};

/// How wide pictures are, in pixels.
const WIDTH: f64 = 720.0;

/// Said of people who are made up.
const MADE_UP: &str = "Nothing is known of the people behind these purchases. To show what it does, people are \
                       made up, and one customer in five is given a second key.";

/// All that there is to write.
pub(crate) struct Results<'a, F> {
    pub(crate) figures: &'a F,
    pub(crate) overview: &'a Overview,
    pub(crate) actions: Option<&'a Actions>,
    /// Who is who of people who are made up to show it.
    pub(crate) shown: Option<&'a IdentityChapter>,
}

impl<F: Serialize> Results<'_, F> {
    /// Writes what is to become the files of a folder, which is made if it is not there.
    ///
    /// | file | holds |
    /// |---|---|
    /// | `report.html` | the page |
    /// | `overview.json` | what `--json` writes |
    /// | `customers.csv` | a row a customer |
    /// | `actions.csv` | a row an action |
    /// | `pictures/NAME.svg`, `pictures/NAME.csv` | a picture of the page, and its numbers |
    /// None of them may be one of the files that were read.
    pub(crate) fn stage(&self, folder: &Path, read: &[PathBuf]) -> Result<Vec<Staged>> {
        let pictures = folder.join("pictures");
        fs::create_dir_all(&pictures)
            .map_err(|error| format!("cannot make the folder {}: {error}", pictures.display()))?;
        let report = self.report();
        let json = serde_json::to_string_pretty(self.figures)? + "\n";
        let customers = customers(&self.overview.customers(), self.overview)?;
        let mut files: Vec<(PathBuf, Vec<u8>)> = vec![
            (folder.join("report.html"), report.html().into_bytes()),
            (folder.join("overview.json"), json.into_bytes()),
            (folder.join("customers.csv"), customers),
        ];
        if let Some(actions) = self.actions {
            files.push((folder.join("actions.csv"), rows(actions, self.overview)?));
        }
        for picture in report.pictures() {
            let (columns, rows) = picture.table();
            let named = |ending: &str| pictures.join(picture.name()).with_extension(ending);
            files.push((named("svg"), picture.svg(WIDTH).into_bytes()));
            files.push((named("csv"), table(columns, rows)?));
        }
        spare_inputs(files.iter().map(|(path, _)| path), read)?;
        let staged = files
            .into_iter()
            .map(|(path, bytes)| Staged::write(&path, bytes));
        staged.collect()
    }

    fn report(&self) -> Report<'_> {
        let mut report = Report::new(self.overview);
        if let Some(actions) = self.actions {
            report = report.actions(actions);
        }
        if let Some(shown) = self.shown {
            report = report.identity(shown, MADE_UP);
        }
        report
    }
}

fn table<R>(columns: Vec<&str>, rows: impl IntoIterator<Item = R>) -> Result<Vec<u8>>
where
    R: IntoIterator<Item = String>,
{
    let mut file = csv::Writer::from_writer(Vec::new());
    file.write_record(columns)?;
    for row in rows {
        file.write_record(row.into_iter().collect::<Vec<_>>())?;
    }
    Ok(file.into_inner()?)
}

/// Everything that is known of each customer. Money is in units of the currency.
fn customers(known: &CustomerTable<'_>, overview: &Overview) -> Result<Vec<u8>> {
    let currency = overview.purchases().map(Summary::currency);
    let text = |column: &TableColumn<'_>, row: usize| match column {
        TableColumn::Keys(customers) => {
            let number = u32::try_from(row).ok().map(CustomerIx);
            let key = number.and_then(|customer| customers.key(customer));
            key.map_or_else(String::new, |key| key.to_string())
        }
        TableColumn::Names(names) => names[row].unwrap_or_default().to_owned(),
        TableColumn::Dates(days) => days[row].map_or_else(String::new, |day| day.to_string()),
        TableColumn::Counts(counts) => counts[row].map_or_else(String::new, |it| it.to_string()),
        TableColumn::Money(money) => match (money[row], currency) {
            (Some(minor), Some(currency)) => currency.format(MinorUnits(minor)),
            _ => String::new(),
        },
        TableColumn::Numbers(numbers) if numbers[row].is_nan() => String::new(),
        TableColumn::Numbers(numbers) => numbers[row].to_string(),
        _ => String::new(),
    };
    let columns: Vec<_> = known.columns().collect();
    let rows = (0..known.len()).map(|row| columns.iter().map(move |(_, column)| text(column, row)));
    table(known.names().collect(), rows)
}

/// The list of what to do.
fn rows(actions: &Actions, overview: &Overview) -> Result<Vec<u8>> {
    let known = overview.purchases().map(Summary::customers);
    let columns = vec![
        "key",
        "action",
        "value_at_stake",
        "break_even",
        "spend",
        "gain",
        "silence_date",
        "arm",
        "propensity",
        "reasons",
    ];
    let rows = actions.rows().iter().map(|row| {
        let key = known.and_then(|customers| customers.key(row.customer));
        let reasons: Vec<String> = row.reasons.iter().map(ToString::to_string).collect();
        [
            key.map_or_else(String::new, |key| key.to_string()),
            row.action.to_string(),
            row.value_at_stake.to_string(),
            row.break_even.to_string(),
            row.spend.to_string(),
            row.gain.to_string(),
            row.silence_date
                .map_or_else(String::new, |day| day.to_string()),
            row.arm.name().to_owned(),
            row.propensity.to_string(),
            reasons.join("; "),
        ]
    });
    table(columns, rows)
}
