//! Who may be contacted: a file of statuses, or drawn ones for the embedded purchases.

use std::{
    fmt::{self, Display},
    path::{Path, PathBuf},
};

use csv::ByteRecord;
use custometry::{
    data::{ContactStatus, ContactStatuses, Customers},
    overview::ContactCounts,
};
use serde::Serialize;

use crate::{
    common::{
        Result,
        columns::{CUSTOMER, Column, Header, Role},
        header::bare,
        input::{bad, quoted, text},
        rejects::{BadRow, Rejects},
        rows::Source,
        tables::count,
    },
    synthetic,
};

/// Who may be contacted.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ContactArgs {
    /// A CSV file of who may be contacted, with the key of a customer and a status: allowed,
    /// refused or unknown (or yes and no, opt-in and opt-out, true and false, 1 and 0). Of several
    /// statuses of a customer a refusal holds before all, and then an agreement
    #[arg(long, value_name = "FILE")]
    pub(crate) contact: Option<PathBuf>,

    /// Column of the customer key in that file: its name, or its number from 1
    #[arg(long, value_name = "COL", requires = "contact")]
    contact_customer: Option<String>,

    /// Column of the status in that file
    #[arg(long, value_name = "COL", requires = "contact")]
    contact_status: Option<String>,
}

/// Who may be contacted, and where that is from.
pub(crate) struct Contact {
    pub(crate) statuses: ContactStatuses,
    origin: Origin,
}

enum Origin {
    Synthetic,
    File(ReadFile),
}

/// A file that was read.
struct ReadFile {
    path: PathBuf,
    columns: Columns,
    rows: u64,
}

struct Columns {
    customer: Column,
    status: Column,
    width: usize,
}

/// What `--json` says of who may be contacted.
#[derive(Serialize)]
pub(crate) struct Counted {
    /// Whether the statuses are drawn.
    pub(crate) synthetic: bool,
    /// Whether any are given at all.
    pub(crate) given: bool,
    #[serde(flatten)]
    counts: ContactCounts,
}

const STATUS: Role<'_> = Role {
    what: "the contact status",
    option: "--contact-status",
    usual: "contactstatus consentstatus optinstatus status contact consent contactconsent \
            marketingconsent emailconsent optin optedin contactallowed maycontact permission \
            contactpermission marketingpermission allowed contactable",
};

impl ContactArgs {
    /// The statuses of the file that is named. Without one they are drawn for purchases that
    /// come with the project, and not known for others. A column called as `like` is the
    /// first guess for the keys.
    pub(crate) fn read(&self, like: &str, shipped: Option<&Customers>) -> Result<Option<Contact>> {
        let (statuses, origin) = match (&self.contact, shipped) {
            (Some(path), _) => {
                let (statuses, file) = self.read_file(path, like)?;
                (statuses, Origin::File(file))
            }
            (None, Some(customers)) => (synthetic::statuses(customers)?, Origin::Synthetic),
            (None, None) => return Ok(None),
        };
        Ok(Some(Contact { statuses, origin }))
    }

    fn read_file(&self, path: &Path, like: &str) -> Result<(ContactStatuses, ReadFile)> {
        let source = Source::open(path)?;
        let shown = path.display();
        let mut rows = source.rows();
        let mut row = ByteRecord::new();
        let Some(line) = rows.read(&mut row)? else {
            return Err(format!("{shown}, line 1: the file is empty; a header is needed").into());
        };
        let columns = self.columns(&Header::new(path, line, &row), like, row.len())?;
        let mut rejects = Rejects::new(&source, &row, false)?;
        let (mut keys, mut said) = (Vec::new(), Vec::new());
        let mut count = 0;
        while let Some(line) = rows.read(&mut row)? {
            count += 1;
            match columns.row(&row) {
                Ok((key, status)) => {
                    keys.push(key.to_owned());
                    said.push(status);
                }
                Err(bad) => rejects.push(path, line, &row, &bad)?,
            }
        }
        if count == 0 {
            return Err(format!("{shown}, line {line}: no rows below the header").into());
        }
        if rejects.count() > 0 {
            let guessed: Option<&dyn Display> = columns.guessed().then_some(&columns);
            let message = rejects.refusal(path, count, "mend or remove them", guessed);
            return Err(message.into());
        }
        let (customers, numbers) = Customers::from_texts(&keys)?;
        let said = numbers.into_iter().zip(said);
        let statuses = ContactStatuses::new(&customers, said)?;
        let file = ReadFile {
            path: path.to_owned(),
            columns,
            rows: count,
        };
        Ok((statuses, file))
    }

    fn columns(&self, header: &Header<'_>, like: &str, width: usize) -> Result<Columns> {
        let like: String = bare(like).collect();
        let usual = format!("{like} {} id key", CUSTOMER.usual);
        let customer = Role {
            option: "--contact-customer",
            usual: usual.trim_start(),
            ..CUSTOMER
        };
        Ok(Columns {
            customer: header.need(&customer, self.contact_customer.as_deref())?,
            status: header.need(&STATUS, self.contact_status.as_deref())?,
            width,
        })
    }
}

impl Columns {
    fn guessed(&self) -> bool {
        self.customer.guessed || self.status.guessed
    }

    fn row<'a>(
        &self,
        row: &'a ByteRecord,
    ) -> std::result::Result<(&'a str, ContactStatus), BadRow> {
        let (found, width) = (row.len(), self.width);
        if found != width {
            return Err(BadRow {
                place: None,
                reason: format!("{found} fields, but the header has {width}"),
            });
        }
        let key = text(row, &self.customer)?;
        if key.is_empty() {
            return Err(bad(&self.customer, "the customer is blank".into()));
        }
        let said = text(row, &self.status)?;
        let status = status_of(said).ok_or_else(|| {
            let expected = "is not allowed, refused or unknown, nor yes or no";
            bad(&self.status, format!("{} {expected}", quoted(said)))
        })?;
        Ok((key, status))
    }
}

/// The status of a word, whatever its case. Nothing said is nothing known.
fn status_of(word: &str) -> Option<ContactStatus> {
    // Signs may part words, and nothing else: -1 is no 1.
    let word = word.trim();
    let parts = |sign: char| matches!(sign, ' ' | '-' | '_');
    let plain = |letter: char| letter.is_alphanumeric() || parts(letter);
    if !word.chars().all(plain) || word.starts_with(parts) || word.ends_with(parts) {
        return None;
    }
    let word: String = bare(word).collect();
    Some(match word.as_str() {
        "allowed" | "yes" | "y" | "optin" | "optedin" | "true" | "1" => ContactStatus::Allowed,
        "refused" | "no" | "n" | "optout" | "optedout" | "false" | "0" => ContactStatus::Refused,
        "unknown" | "" => ContactStatus::Unknown,
        _ => return None,
    })
}

impl Counted {
    pub(crate) fn new(contact: Option<&Contact>, counts: ContactCounts) -> Self {
        let origin = contact.map(|contact| &contact.origin);
        Self {
            synthetic: matches!(origin, Some(Origin::Synthetic)),
            given: origin.is_some(),
            counts,
        }
    }
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ContactCounts {
            allowed,
            refused,
            unknown,
            strangers,
            ..
        } = self.counts;
        if !self.given {
            return writeln!(
                f,
                "Nobody may be contacted: of no customer is it known whether they agreed, and to know \
                 nothing is no permission. Who may be is told with --contact FILE."
            );
        }
        let (allowed, refused, unknown) = (count(allowed), count(refused), count(unknown));
        writeln!(
            f,
            "Customers who may be contacted: {allowed}; who refused: {refused}; of whom it is not \
             known, which is no permission: {unknown}."
        )?;
        if strangers > 0 {
            let strangers = count(strangers);
            writeln!(f, "Keys with a status that are no customer's: {strangers}.")?;
        }
        if self.synthetic {
            writeln!(
                f,
                "These statuses are synthetic, drawn by the keys of the embedded purchases. With \
                 statuses of your own: --contact FILE."
            )?;
        }
        Ok(())
    }
}

impl Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = |what: &str, column: &Column| {
            let how = if column.guessed { " (guessed)" } else { "" };
            let (number, name) = (column.at + 1, column.name.escape_debug());
            format!("{what} = column {number} \"{name}\"{how}")
        };
        let customer = one("customer", &self.customer);
        write!(f, "{customer}, {}", one("status", &self.status))
    }
}

impl Display for Contact {
    /// How the file was read, and how to say otherwise.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Origin::File(ReadFile {
            path,
            columns,
            rows,
        }) = &self.origin
        else {
            return Ok(());
        };
        writeln!(f, "{}: rows: {}.", path.display(), count(rows))?;
        writeln!(f, "Read as: {columns}.")?;
        if columns.guessed() {
            writeln!(f, "To say otherwise: --contact-customer, --contact-status.")?;
        }
        Ok(())
    }
}
