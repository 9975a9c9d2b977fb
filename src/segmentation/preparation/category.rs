//! One column of categories, frozen.

use serde::{Deserialize, Serialize};

use super::{CategoryParams, Encoding, MissingCategory, UnknownCategory};
use crate::{Error, Result, data::Categories};

/// More one-hot columns than this are a mistake: keys, postcodes, free text.
const MOST_LEVELS: usize = 1_000;

/// The label that stands for none where the column is carried through.
const MISSING: &str = "(missing)";

/// Marks a row that is of no level.
pub(super) const NO_LEVEL: u32 = u32::MAX;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CategoryColumn {
    pub(super) name: String,
    pub(super) encoding: Encoding,
    missing: MissingCategory,
    unknown: UnknownCategory,
    /// The square root of the weight of the column.
    pub(super) root: f64,
    /// In the order of their bytes.
    pub(super) levels: Vec<String>,
}

impl CategoryColumn {
    /// Levels are the labels of the rows that count.
    pub(super) fn fit(
        name: &str,
        params: &CategoryParams,
        column: &Categories,
        counts: impl Fn(usize) -> bool,
    ) -> Result<Self> {
        let mut seen = vec![false; column.labels().len()];
        for row in (0..column.len()).filter(|&row| counts(row)) {
            let code = column.code(row).map(|code| code as usize);
            if let Some(seen) = code.and_then(|code| seen.get_mut(code)) {
                *seen = true;
            }
        }
        let there = column.labels().zip(&seen).filter(|(_, seen)| **seen);
        let mut levels: Vec<String> = there.map(|(label, _)| label.to_owned()).collect();
        levels.sort_unstable();
        let made = Self {
            name: name.to_owned(),
            encoding: params.encoding,
            missing: params.missing,
            unknown: params.unknown,
            root: params.weight.sqrt(),
            levels,
        };
        made.check()?;
        Ok(made)
    }

    /// What a fit could not have given.
    pub(super) fn check(&self) -> Result<()> {
        let levels = self.levels.len();
        if self.encoding == Encoding::OneHot && levels > MOST_LEVELS {
            return Err(Error::Overflow {
                what: format!(
                    "column {} has {levels} levels, and one-hot takes at most {MOST_LEVELS}; group \
                     the rare ones, leave it out, or carry it through natively",
                    self.name
                )
                .into(),
            });
        }
        if self.carries_missing() && self.levels.iter().any(|level| level == MISSING) {
            return Err(Error::parameter(
                "level",
                MISSING,
                format!(
                    "another label in column {}: this one stands for rows without any",
                    self.name
                ),
            ));
        }
        let rise = self.levels.windows(2).all(|pair| pair[0] < pair[1]);
        if !(rise && self.root > 0.0 && self.root.is_finite()) {
            return Err(Error::parameter(
                "column",
                &self.name,
                "levels in order and a weight above 0",
            ));
        }
        Ok(())
    }

    fn carries_missing(&self) -> bool {
        self.encoding == Encoding::Native && self.missing == MissingCategory::OwnLevel
    }

    /// The names of the one-hot columns.
    pub(super) fn names(&self) -> impl Iterator<Item = String> + '_ {
        let levels = match self.encoding {
            Encoding::OneHot => self.levels.as_slice(),
            Encoding::Native => &[],
        };
        let missing =
            self.encoding == Encoding::OneHot && self.missing == MissingCategory::OwnLevel;
        levels
            .iter()
            .map(|level| format!("{}={level}", self.name))
            .chain(missing.then(|| format!("{} missing", self.name)))
    }

    /// For each row the place of its level, the one after the last for no label.
    pub(super) fn places(
        &self,
        column: &Categories,
        apart: impl Fn(usize) -> bool,
    ) -> Result<Vec<u32>> {
        let place_of = |label: &str| {
            let known = |level: &String| level.as_str().cmp(label);
            let place = self.levels.binary_search_by(known).ok()?;
            u32::try_from(place).ok()
        };
        let of_label: Vec<Option<u32>> = column.labels().map(place_of).collect();
        let none = u32::try_from(self.levels.len()).unwrap_or(NO_LEVEL);
        let place = |row: usize| {
            if apart(row) {
                return Ok(NO_LEVEL);
            }
            let code = column.code(row).map(|code| code as usize);
            match code.map(|code| of_label.get(code).copied().flatten()) {
                Some(Some(place)) => Ok(place),
                Some(None) if self.unknown == UnknownCategory::AllZero => Ok(NO_LEVEL),
                None if self.missing == MissingCategory::OwnLevel => Ok(none),
                Some(None) => Err(self.refusal(row, column.label(row))),
                None => Err(self.refusal(row, None)),
            }
        };
        (0..column.len()).map(place).collect()
    }

    fn refusal(&self, row: usize, label: Option<&str>) -> Error {
        let reason = match label {
            Some(label) => format!(
                "the level {label:?} was not there at the fit; fit again, or have unknown levels \
                 count as none"
            ),
            None => "the label is missing; drop the row, or make it a level of its own".to_owned(),
        };
        Error::value(&self.name, row, reason)
    }

    /// The column as it is carried through.
    pub(super) fn carried(&self, column: &Categories) -> Result<Categories> {
        let blank = |row| column.code(row).is_none();
        if !self.carries_missing() || !(0..column.len()).any(blank) {
            return Ok(column.clone());
        }
        let label = |row| column.label(row).unwrap_or(MISSING);
        Categories::new(&(0..column.len()).map(label).collect::<Vec<_>>())
    }
}
