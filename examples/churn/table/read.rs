//! A table of customers, of most of whom it is known whether they left.

use std::collections::{BTreeSet, HashMap, HashSet};

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
    /// Columns of text that were left out, and how many levels they have.
    pub(crate) crowded: Vec<(String, usize)>,
    /// What stands for staying, the first few, and how many others there are.
    pub(crate) staying: Vec<String>,
    pub(crate) other_staying: usize,
    /// Of the rows of which it is known.
    pub(crate) taught: Features,
    /// Of these rows the number of the customer: rows of a customer are not independent.
    pub(crate) customers: Vec<u32>,
    /// The other rows that can be scored, and what is known of them.
    pub(crate) asked: Vec<usize>,
    pub(crate) of_asked: Features,
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
        let wanted = header.others([&id, &label].into_iter().chain(&dropped))?;
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
        let mut columns: Vec<Field> = columns
            .map(|(wanted, texts)| Field { wanted, texts })
            .collect();
        let (taught, asked): (Vec<usize>, Vec<usize>) =
            (0..lines.len()).partition(|&row| labels.left[row].is_some());
        // Names, numbers of telephones and the like tell customers apart, not who leaves.
        let crowded = fields::crowded(&fields::features(path, &lines, &columns, &taught)?);
        if crowded.len() < columns.len() {
            let is_crowded = |field: &Field| crowded.iter().any(|it| it.0 == field.wanted.name);
            columns.retain(|field| !is_crowded(field));
        }
        let features = |rows: &[usize]| fields::features(path, &lines, &columns, rows);
        let of_taught = features(&taught)?;
        fields::refuse_useless(path, &of_taught)?;
        let of_asked = features(&asked)?;
        let groups = Groups::of(&of_taught);
        let asked: Vec<usize> = (asked.iter().enumerate())
            .filter(|&(place, _)| groups.hold(&of_asked, place))
            .map(|(_, &row)| row)
            .collect();
        let of_asked = features(&asked)?;
        Ok(Self {
            customers: numbers(taught.iter().map(|&row| ids[row].as_str()))?,
            taught: of_taught,
            asked,
            of_asked,
            id: id.name,
            ids,
            left: labels.left,
            crowded,
            staying: labels.staying,
            other_staying: labels.others.len(),
        })
    }

    /// Whether the rows of which it is known are of different customers.
    pub(crate) fn is_a_row_each(&self) -> bool {
        let most = self.customers.iter().max();
        most.is_some_and(|&most| most as usize + 1 == self.customers.len())
    }
}

/// What stands in the columns of text of those who are learned from. A group that none of them is in
/// says nothing of who leaves.
struct Groups<'a>(Vec<(&'a str, HashSet<&'a str>, bool)>);

impl<'a> Groups<'a> {
    fn of(taught: &'a Features) -> Self {
        let group = |name: &'a str| {
            let column = taught.categories(name)?;
            let missing = (0..taught.len()).any(|row| column.code(row).is_none());
            Some((name, column.labels().collect(), missing))
        };
        Self(taught.category_names().filter_map(group).collect())
    }

    /// Whether it also stands in a row of others.
    fn hold(&self, others: &Features, row: usize) -> bool {
        self.0.iter().all(|(name, labels, missing)| {
            let label = others.categories(name).and_then(|column| column.label(row));
            label.map_or(*missing, |label| labels.contains(label))
        })
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
    /// What stands for staying beyond those.
    others: BTreeSet<String>,
}

impl Labels {
    fn take(&mut self, said: String, positive: &str) {
        let left = is_value(&said, positive);
        if !left && is_missing(&said) {
            self.left.push(None);
            return;
        }
        self.left.push(Some(left));
        if left || self.staying.contains(&said) {
            return;
        }
        if self.staying.len() < TOLD {
            self.staying.push(said);
        } else {
            self.others.insert(said);
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
