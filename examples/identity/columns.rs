//! Which columns of the files say what of a person: named, or guessed from the headers.

use std::{
    iter,
    path::{Path, PathBuf},
};

use csv::ByteRecord;
use custometry::identity::FieldKind;

use crate::common::{
    Result,
    header::{bare, listed},
};

/// Columns as the person at the terminal named them: by name, or by number from 1.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct ColumnNames {
    /// Column of the key of a record, unique within its file: its name, or its number
    /// from 1
    #[arg(long, value_name = "COL")]
    id: String,

    /// Column of the true entity, to judge the outcome by; never used to find it
    #[arg(long, value_name = "COL")]
    truth: Option<String>,

    /// Column of given names
    #[arg(long, value_name = "COL")]
    given_name: Option<String>,

    /// Column of surnames
    #[arg(long, value_name = "COL")]
    surname: Option<String>,

    /// Column of names in one text
    #[arg(long, value_name = "COL")]
    full_name: Option<String>,

    /// Column of days of birth, in any usual format
    #[arg(long, value_name = "COL")]
    birth_date: Option<String>,

    /// Column of e-mail addresses
    #[arg(long, value_name = "COL")]
    email: Option<String>,

    /// Column of phone numbers
    #[arg(long, value_name = "COL")]
    phone: Option<String>,

    /// Column of addresses; given again, the parts are put together
    #[arg(long, value_name = "COL")]
    address: Vec<String>,

    /// Column of towns
    #[arg(long, value_name = "COL")]
    city: Option<String>,

    /// Column of postcodes
    #[arg(long, value_name = "COL")]
    postcode: Option<String>,

    /// Column of a number that is one person's own; may be given again
    #[arg(long, value_name = "COL")]
    identifier: Vec<String>,

    /// Column of any other text; may be given again
    #[arg(long, value_name = "COL")]
    text: Vec<String>,
}

/// The header of a file.
pub(crate) struct Header {
    pub(crate) path: PathBuf,
    pub(crate) line: u64,
    pub(crate) names: Vec<String>,
}

/// What is read of all files.
pub(crate) struct Plan {
    /// By file.
    pub(crate) id: Vec<usize>,
    pub(crate) truth: Option<Vec<usize>>,
    pub(crate) columns: Vec<Column>,
    pub(crate) guessed: bool,
}

/// A column of the records.
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: FieldKind,
    /// By file, the places in a row whose texts are put together; none in a file that
    /// does not have it.
    pub(crate) places: Vec<Vec<usize>>,
    /// What the headers call it.
    pub(crate) from: String,
}

/// What is looked for: its name among the records, its option, and the names its parts
/// usually go by, the surest first, without anything but letters and digits.
struct Role {
    name: &'static str,
    kind: FieldKind,
    option: &'static str,
    usual: &'static [&'static str],
}

const GIVEN_NAME: Role = Role {
    name: "given_name",
    kind: FieldKind::GivenName,
    option: "--given-name",
    usual: &["givenname firstname forename fname first given christianname vorname prenom"],
};

const SURNAME: Role = Role {
    name: "surname",
    kind: FieldKind::Surname,
    option: "--surname",
    usual: &["surname lastname familyname lname last family nachname"],
};

const FULL_NAME: Role = Role {
    name: "full_name",
    kind: FieldKind::FullName,
    option: "--full-name",
    usual: &["fullname name customername personname contactname displayname"],
};

const BIRTH_DATE: Role = Role {
    name: "birth_date",
    kind: FieldKind::BirthDate,
    option: "--birth-date",
    usual: &["birthdate dateofbirth dob birthday birthdt dateborn born geburtsdatum"],
};

const EMAIL: Role = Role {
    name: "email",
    kind: FieldKind::Email,
    option: "--email",
    usual: &["email emailaddress emailaddr mail mailaddress"],
};

const PHONE: Role = Role {
    name: "phone",
    kind: FieldKind::Phone,
    option: "--phone",
    usual: &[
        "phone phonenumber phoneno mobile mobilephone mobilenumber mobileno cell cellphone \
         telephone telephonenumber telephoneno tel telno homephone phone1 workphone",
    ],
};

/// The first part is of use only together with the second.
const ADDRESS: Role = Role {
    name: "address",
    kind: FieldKind::Address,
    option: "--address",
    usual: &[
        "streetnumber streetno streetnum housenumber houseno housenum buildingnumber",
        "address streetaddress address1 addressline1 addressline addr addr1 street streetname \
         street1 homeaddress residentialaddress postaladdress",
    ],
};

const CITY: Role = Role {
    name: "city",
    kind: FieldKind::City,
    option: "--city",
    usual: &["city suburb town cityname locality place municipality"],
};

const POSTCODE: Role = Role {
    name: "postcode",
    kind: FieldKind::Postcode,
    option: "--postcode",
    usual: &["postcode postalcode zip zipcode zip5 postcd plz"],
};

const IDENTIFIER: Role = Role {
    name: "identifier",
    kind: FieldKind::Identifier,
    option: "--identifier",
    usual: &[
        "ssn socsecid socialsecuritynumber socialsecurityno nationalid nationalidnumber \
         nationalinsurancenumber nino nhsnumber medicarenumber passportnumber passportno \
         passport taxid taxnumber driverslicense driverlicense driverslicence",
    ],
};

const TEXT: Role = Role {
    name: "text",
    kind: FieldKind::Text,
    option: "--text",
    usual: &[],
};

const GUESSED: [Role; 10] = [
    GIVEN_NAME, SURNAME, FULL_NAME, BIRTH_DATE, EMAIL, PHONE, ADDRESS, CITY, POSTCODE, IDENTIFIER,
];

impl ColumnNames {
    pub(crate) fn has_truth(&self) -> bool {
        self.truth.is_some()
    }

    /// Each role with the columns that were named for it.
    fn named(&self) -> Vec<(Role, Vec<&str>)> {
        let once = [
            (GIVEN_NAME, &self.given_name),
            (SURNAME, &self.surname),
            (FULL_NAME, &self.full_name),
            (BIRTH_DATE, &self.birth_date),
            (EMAIL, &self.email),
            (PHONE, &self.phone),
            (CITY, &self.city),
            (POSTCODE, &self.postcode),
        ];
        let once = once
            .into_iter()
            .filter_map(|(role, name)| Some((role, vec![name.as_deref()?])));
        let parts: Vec<&str> = self.address.iter().map(String::as_str).collect();
        let address = Some((ADDRESS, parts)).filter(|(_, parts)| !parts.is_empty());
        let identifiers = self
            .identifier
            .iter()
            .map(|name| (IDENTIFIER, vec![&name[..]]));
        let texts = self.text.iter().map(|name| (TEXT, vec![&name[..]]));
        once.chain(address)
            .chain(identifiers)
            .chain(texts)
            .collect()
    }
}

impl Plan {
    /// Finds the columns in the headers of all files.
    pub(crate) fn new(headers: &[Header], wanted: &ColumnNames) -> Result<Self> {
        let in_all = |option, name: &str| -> Result<Vec<usize>> {
            let found = headers.iter().map(|header| {
                (header.find(option, name)?).ok_or_else(|| {
                    let path = header.path.display();
                    let (line, all) = (header.line, listed(&header.names));
                    let what = format!("no column {name:?} for {option}; the columns are {all}");
                    format!("{path}, line {line}: {what}").into()
                })
            });
            found.collect()
        };
        let id = in_all("--id", &wanted.id)?;
        let truth = wanted.truth.as_deref();
        let truth = truth.map(|name| in_all("--truth", name)).transpose()?;
        let named = wanted.named();
        let guessed = named.is_empty();
        let mut columns = if guessed {
            let taken: Vec<Vec<usize>> = (0..headers.len())
                .map(|file| {
                    iter::once(id[file])
                        .chain(truth.as_ref().map(|at| at[file]))
                        .collect()
                })
                .collect();
            guess_all(headers, &taken)?
        } else {
            let named = named.iter();
            let found = named.map(|(role, names)| find_named(headers, role, names));
            found.collect::<Result<_>>()?
        };
        for at in 1..columns.len() {
            let (name, from) = (&columns[at].name, &columns[at].from);
            if columns[..at]
                .iter()
                .any(|before| before.shares(&columns[at]))
            {
                // Its evidence would count twice.
                return Err(format!("column {from} is named for two columns").into());
            }
            if columns[..at].iter().any(|before| before.name == *name) {
                // The header calls it as the records call another column.
                columns[at].name = format!("other {name}");
            }
        }
        Ok(Self {
            id,
            truth,
            columns,
            guessed,
        })
    }
}

/// A column that was named. Each part must be in one of the files at least.
fn find_named(headers: &[Header], role: &Role, names: &[&str]) -> Result<Column> {
    let mut places = vec![Vec::new(); headers.len()];
    for name in names {
        let mut found = false;
        for (header, places) in headers.iter().zip(&mut places) {
            let at = header.find(role.option, name)?;
            found |= at.is_some();
            places.extend(at);
        }
        if !found {
            let list =
                |header: &Header| format!("{}: {}", header.path.display(), listed(&header.names));
            let all: Vec<String> = headers.iter().map(list).collect();
            let (option, all) = (role.option, all.join("; "));
            return Err(format!("no column {name:?} for {option}; the columns are {all}").into());
        }
    }
    Ok(Column::new(headers, role, places))
}

/// All columns that go by usual names.
fn guess_all(headers: &[Header], taken: &[Vec<usize>]) -> Result<Vec<Column>> {
    let mut columns: Vec<Column> = Vec::new();
    for role in &GUESSED {
        let mut places = Vec::new();
        for (file, header) in headers.iter().enumerate() {
            // Where the parts of names are known, the whole says nothing new.
            let parts = [FieldKind::GivenName, FieldKind::Surname];
            let in_parts = role.kind == FieldKind::FullName
                && (columns.iter())
                    .any(|one| parts.contains(&one.kind) && !one.places[file].is_empty());
            places.push(if in_parts {
                Vec::new()
            } else {
                header.guess(role, &taken[file])?
            });
        }
        if places.iter().any(|at| !at.is_empty()) {
            columns.push(Column::new(headers, role, places));
        }
    }
    if columns.is_empty() {
        let header = &headers[0];
        return Err(format!(
            "{}, line {}: no column looks like one of a person; name them with --given-name, \
             --surname and so on (see --help), the columns are {}",
            header.path.display(),
            header.line,
            listed(&header.names)
        )
        .into());
    }
    Ok(columns)
}

impl Column {
    fn new(headers: &[Header], role: &Role, places: Vec<Vec<usize>>) -> Self {
        let mut from: Vec<String> = Vec::new();
        for (header, places) in headers.iter().zip(&places) {
            let names: Vec<&str> = places.iter().map(|&at| &header.names[at][..]).collect();
            let names = names.join(" + ");
            if !places.is_empty() && !from.contains(&names) {
                from.push(names);
            }
        }
        let name = match role.kind {
            FieldKind::Identifier | FieldKind::Text if !from[0].is_empty() => from[0].clone(),
            _ => role.name.to_owned(),
        };
        Self {
            name,
            kind: role.kind,
            places,
            from: from.join(", "),
        }
    }

    /// Whether a column of a file is a part of both.
    fn shares(&self, other: &Self) -> bool {
        let mut files = self.places.iter().zip(&other.places);
        files.any(|(own, others)| own.iter().any(|at| others.contains(at)))
    }
}

impl Header {
    pub(crate) fn new(path: &Path, line: u64, header: &ByteRecord) -> Self {
        let name = |field: &[u8]| String::from_utf8_lossy(field).trim().to_owned();
        Self {
            path: path.to_owned(),
            line,
            names: header.iter().map(name).collect(),
        }
    }

    /// The column of a name: exactly, or else but for case, or else by number.
    fn find(&self, option: &str, wanted: &str) -> Result<Option<usize>> {
        let wanted = wanted.trim();
        let exact = self.unique(option, &[], |name| name == wanted)?;
        let found = match exact {
            Some(at) => Some(at),
            None => self.unique(option, &[], |name| {
                name.to_lowercase() == wanted.to_lowercase()
            })?,
        };
        let number = || wanted.parse::<usize>().ok()?.checked_sub(1);
        Ok(found.or_else(number).filter(|&at| at < self.names.len()))
    }

    /// The columns of the parts of a role, each by the surest of its usual names; none
    /// unless the last part is there.
    fn guess(&self, role: &Role, taken: &[usize]) -> Result<Vec<usize>> {
        let mut parts = Vec::new();
        for usual in role.usual {
            parts.push(None);
            for usual in usual.split(' ') {
                let fits = |name: &str| bare(name).eq(usual.chars());
                if let Some(at) = self.unique(role.option, taken, fits)? {
                    parts.pop();
                    parts.push(Some(at));
                    break;
                }
            }
        }
        if parts.last().is_none_or(Option::is_none) {
            parts.clear();
        }
        Ok(parts.into_iter().flatten().collect())
    }

    /// The only column whose name fits. Of two the program does not choose.
    fn unique(
        &self,
        option: &str,
        taken: &[usize],
        fits: impl Fn(&str) -> bool,
    ) -> Result<Option<usize>> {
        let all = (0..).zip(&self.names);
        let mut all = all.filter(|(at, name)| !taken.contains(at) && fits(name));
        let found = all.next();
        if let (Some((at, name)), Some((other, other_name))) = (found, all.next()) {
            let (path, line, at, other) = (self.path.display(), self.line, at + 1, other + 1);
            return Err(format!(
                "{path}, line {line}: columns {at} {name:?} and {other} {other_name:?} could both \
                 be meant; say which with {option} {at} or {option} {other}"
            )
            .into());
        }
        Ok(found.map(|(at, _)| at))
    }
}
