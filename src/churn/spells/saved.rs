//! The saved form.

use serde::Deserialize;

use super::{NO_CAUSE, OPEN, Spell, Spells};
use crate::{
    Error, Result,
    churn::ChurnDefinition,
    data::Customers,
    persist::{self, Persist},
};

/// How spells are saved.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fields {
    definition: ChurnDefinition,
    customers: Customers,
    known_until: i32,
    causes: Vec<String>,
    offsets: Vec<u32>,
    starts: Vec<i32>,
    ends: Vec<i32>,
    end_causes: Vec<u32>,
}

impl TryFrom<Fields> for Spells {
    type Error = Error;

    fn try_from(fields: Fields) -> Result<Self> {
        let rows = fields.starts.len();
        Error::check_length("ends", rows, fields.ends.len())?;
        Error::check_length("end_causes", rows, fields.end_causes.len())?;
        Error::check_length("offsets", fields.customers.len() + 1, fields.offsets.len())?;
        let ordered = fields.offsets.is_sorted() && fields.offsets.first() == Some(&0);
        if !ordered || fields.offsets.last().map(|&last| last as usize) != Some(rows) {
            let reason = "offsets grow from 0 to the number of spells";
            return Err(Error::value("offsets", 0, reason));
        }
        let mut spells = Vec::with_capacity(rows);
        for (customer, bounds) in fields.customers.numbers().zip(fields.offsets.windows(2)) {
            for row in bounds[0] as usize..bounds[1] as usize {
                let (end, cause) = (fields.ends[row], fields.end_causes[row]);
                let spell = Spell {
                    start: fields.starts[row],
                    end: (end != OPEN).then_some(end),
                    cause: (cause != NO_CAUSE).then_some(cause),
                };
                spells.push((customer, spell));
            }
        }
        let (definition, known_until) = (fields.definition, fields.known_until);
        let made = Self::new(
            definition,
            fields.customers,
            known_until,
            &fields.causes,
            &spells,
        )?;
        // What was saved is in order, and nothing of it reaches beyond what is known.
        let same = |row: &usize| {
            let (start, end) = (made.starts.get(*row), made.ends.get(*row));
            start == fields.starts.get(*row) && end == fields.ends.get(*row)
        };
        match (0..rows).find(|row| !same(row)) {
            None => Ok(made),
            Some(row) => {
                let reason = format!("not in order, or not known before day {known_until}");
                Err(Error::value("spell", row, reason))
            }
        }
    }
}

impl persist::sealed::Sealed for Spells {}
impl Persist for Spells {
    const FORMAT: &'static str = "custometry/churn-spells";
    const VERSION: u32 = 1;
}
