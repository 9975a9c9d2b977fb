//! Which columns of the files say what of a person: named, or guessed from the headers.

use std::iter;

use custometry::identity::FieldKind;

use super::{
    header::Header,
    roles::{
        ADDRESS, BIRTH_DATE, CITY, EMAIL, FULL_NAME, GIVEN_NAME, GUESSED, IDENTIFIER, PHONE,
        POSTCODE, Role, SURNAME, TEXT,
    },
};
use crate::common::{Result, header::listed};

/// Columns as the person at the terminal named them: by name, or by number from 1.
#[derive(Debug, Clone, Default, PartialEq, clap::Args)]
pub(crate) struct PersonColumns {
    /// Column of the key of a record, unique within its file: its name, or its number
    /// from 1 [default: the one with a usual name]
    #[arg(long, value_name = "COL")]
    id: Option<String>,

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

/// What is read of all files.
pub(super) struct Plan {
    /// By file.
    pub(super) id: Vec<usize>,
    pub(super) truth: Option<Vec<usize>>,
    pub(super) columns: Vec<Column>,
    pub(super) id_guessed: bool,
    pub(super) guessed: bool,
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

impl PersonColumns {
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
    /// Finds the columns in the headers of all files. A column called as `like` is the
    /// first guess for the key.
    pub(super) fn new(
        headers: &[Header],
        wanted: &PersonColumns,
        like: Option<&str>,
        truth: Option<&str>,
    ) -> Result<Self> {
        let id = headers.iter().map(|header| match &wanted.id {
            Some(name) => header.need("--id", name),
            None => header.guess_id(like),
        });
        let id = id.collect::<Result<Vec<_>>>()?;
        let in_all = |name| -> Result<Vec<usize>> {
            let found = headers.iter().map(|header| header.need("--truth", name));
            found.collect()
        };
        let truth = truth.map(in_all).transpose()?;
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
            id_guessed: wanted.id.is_none(),
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
        return Err(header.fault(&format!(
            "no column looks like one of a person; name them with --given-name, --surname and so \
             on (see --help), the columns are {}",
            listed(&header.names)
        )));
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
