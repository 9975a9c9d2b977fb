//! A table of customers, of most of whom it is known whether they left.

use std::collections::HashMap;

use csv::ByteRecord;
use custometry::data::Features;

use crate::{
    TableArgs,
    common::{
        Result, progress,
        rows::Source,
        tables::printable,
        wanted::{Header, Wanted},
    },
    fields::{self, Field, is_missing, is_value},
};

/// How many values of staying are told.
const TOLD: usize = 5;

/// What is known of the customers.
pub(crate) struct Known {
    /// The name of the column of keys.
    pub(crate) id: String,
    /// By row.
    pub(crate) ids: Vec<String>,
    /// By row; none where it is not known.
    pub(crate) left: Vec<Option<bool>>,
    /// What stands for staying, the first few.
    pub(crate) staying: Vec<String>,
    /// Of the rows of which it is known.
    pub(crate) taught: Features,
    /// Of these rows the number of the customer: rows of a customer are not independent.
    pub(crate) customers: Vec<u32>,
    /// Of the other rows, if there are any.
    pub(crate) asked: Option<Asked>,
}

/// Rows of which it is not known whether the customer left.
pub(crate) struct Asked {
    pub(crate) features: Features,
    lines: Vec<u64>,
}

impl Known {
    pub(crate) fn read(args: &TableArgs) -> Result<Self> {
        let source = Source::open(&args.file)?;
        let path = source.path.as_path();
        let mut rows = source.rows();
        let header = Header::read(path, &mut rows)?;
        let (id, label) = (header.find(&args.id)?, header.find(&args.label)?);
        let find = |name: &String| header.find(name);
        let dropped: Vec<Wanted> = args.drop.iter().map(find).collect::<Result<_>>()?;
        header.differ([&id, &label].into_iter().chain(&dropped))?;
        let wanted = header.others([&id, &label].into_iter().chain(&dropped));
        if wanted.is_empty() {
            return Err(header.fault("no column is left to tell by who leaves"));
        }

        let mut lines = Vec::new();
        let mut ids = Vec::new();
        let mut labels = Labels::default();
        let mut texts = vec![Vec::new(); wanted.len()];
        let mut row = ByteRecord::new();
        let bar = progress::bar("reading", source.len());
        while let Some(line) = rows.read(&mut row)? {
            header.fits(line, &row)?;
            let key = id.text(path, line, &row)?;
            if key.is_empty() {
                return Err(id.fault(path, line, &key, "each row needs a key"));
            }
            ids.push(key);
            labels.take(label.text(path, line, &row)?, &args.positive);
            for (column, wanted) in texts.iter_mut().zip(&wanted) {
                column.push(wanted.text(path, line, &row)?);
            }
            lines.push(line);
            if lines.len().is_multiple_of(10_000) {
                bar.set_position(rows.position());
            }
        }
        bar.finish_and_clear();
        if lines.is_empty() {
            return Err(header.fault("no rows below the header"));
        }
        labels.check(args, &header)?;

        let columns = wanted.iter().zip(&texts);
        let columns: Vec<Field> = columns
            .map(|(wanted, texts)| Field { wanted, texts })
            .collect();
        let (taught, asked): (Vec<usize>, Vec<usize>) =
            (0..lines.len()).partition(|&row| labels.left[row].is_some());
        let features = |rows: &[usize]| fields::features(path, &lines, &columns, rows);
        Ok(Self {
            taught: features(&taught)?,
            customers: numbers(taught.iter().map(|&row| ids[row].as_str()))?,
            asked: if asked.is_empty() {
                None
            } else {
                Some(Asked {
                    features: features(&asked)?,
                    lines: asked.iter().map(|&row| lines[row]).collect(),
                })
            },
            id: id.name,
            ids,
            left: labels.left,
            staying: labels.staying,
        })
    }

    /// Whether the rows of which it is known are of different customers.
    pub(crate) fn is_a_row_each(&self) -> bool {
        let most = self.customers.iter().max();
        most.is_some_and(|&most| most as usize + 1 == self.customers.len())
    }
}

impl Asked {
    /// A fault of a row, with the line that it stands on.
    pub(crate) fn in_the_file(&self, args: &TableArgs, error: custometry::Error) -> String {
        let path = args.file.display();
        match error {
            custometry::Error::InvalidValue {
                column,
                row,
                reason,
            } => {
                let line = self.lines.get(row).copied().unwrap_or_default();
                format!(
                    "{path}, line {line}, column {}: {reason}",
                    printable(&column)
                )
            }
            other => format!("{path}: {other}"),
        }
    }
}

/// A number for each row, equal for equal keys.
fn numbers<'a>(keys: impl Iterator<Item = &'a str>) -> Result<Vec<u32>> {
    let mut seen: HashMap<&str, u32> = HashMap::new();
    keys.map(|key| {
        let next = u32::try_from(seen.len())?;
        Ok(*seen.entry(key).or_insert(next))
    })
    .collect()
}

/// What the rows say of leaving.
#[derive(Default)]
struct Labels {
    left: Vec<Option<bool>>,
    staying: Vec<String>,
}

impl Labels {
    fn take(&mut self, said: String, positive: &str) {
        let left = is_value(&said, positive);
        if !left && is_missing(&said) {
            self.left.push(None);
            return;
        }
        self.left.push(Some(left));
        if !left && self.staying.len() < TOLD && !self.staying.contains(&said) {
            self.staying.push(said);
        }
    }

    /// `Ok` if some left and some stayed.
    fn check(&self, args: &TableArgs, header: &Header<'_>) -> Result<()> {
        let (value, column) = (&args.positive, printable(&args.label));
        if !self.left.contains(&Some(true)) {
            let found = match self.staying.as_slice() {
                [] => "nothing".into(),
                staying => printable(&staying.join(", ")),
            };
            return Err(header.fault(&format!(
                "no row has {value:?} in column {column}; what stands there is {found}"
            )));
        }
        if !self.left.contains(&Some(false)) {
            return Err(header.fault(&format!(
                "all rows have {value:?} in column {column}: where nobody stayed, nothing tells who \
                 leaves"
            )));
        }
        Ok(())
    }
}
