//! The true entity of each record.

use std::collections::HashMap;

use regex::Regex;

use crate::common::Result;

/// How the true entity is taken out of its column, and the number of each.
pub(crate) struct Truth {
    pattern: Option<Regex>,
    numbers: HashMap<String, u32>,
    pub(crate) of_rows: Vec<u32>,
}

impl Truth {
    pub(crate) fn new(pattern: Option<&str>) -> Result<Self> {
        let pattern = pattern.map(|text| -> Result<Regex> {
            let refuse = |why: &str| format!("--truth-pattern {text:?}: {why}");
            let pattern = Regex::new(text).map_err(|error| {
                // The last line says what is wrong, those before it show where.
                let error = error.to_string();
                let last = error.lines().last().unwrap_or_default();
                refuse(last.trim_start_matches("error: "))
            })?;
            if pattern.captures_len() < 2 {
                return Err(refuse("it has no group in parentheses that is the entity").into());
            }
            Ok(pattern)
        });
        Ok(Self {
            pattern: pattern.transpose()?,
            numbers: HashMap::new(),
            of_rows: Vec::new(),
        })
    }

    pub(crate) fn push(&mut self, text: &str) -> std::result::Result<(), &'static str> {
        let entity = match &self.pattern {
            None => text,
            Some(pattern) => (pattern.captures(text))
                .and_then(|found| found.get(1))
                .ok_or("the true entity does not match --truth-pattern")?
                .as_str(),
        };
        if entity.is_empty() {
            return Err("the true entity is blank");
        }
        let number = if let Some(&number) = self.numbers.get(entity) {
            number
        } else {
            let number = u32::try_from(self.numbers.len()).map_err(|_| "too many entities")?;
            self.numbers.insert(entity.to_owned(), number);
            number
        };
        self.of_rows.push(number);
        Ok(())
    }
}
