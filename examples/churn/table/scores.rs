//! One line a customer: the chance to leave, and what speaks for it.

use custometry::churn::{Direction, ReasonParams, ReasonValue};

use super::{Known, Risk};
use crate::common::Result;

/// How many reasons are told of each customer.
const REASONS: usize = 3;

impl Risk {
    /// The customers in the order of the file, as a CSV file. The chance of a customer of whom it is known
    /// comes twice: by the model of all, and by one that did not see the customer.
    pub(crate) fn scores(&self, known: &Known) -> Result<Vec<u8>> {
        let whole = &self.whole;
        let params = ReasonParams::new().only(Direction::Raises);
        let of_taught = whole.model.contributions(&known.taught, None)?;
        let of_taught = of_taught.reasons(&params)?;
        let of_asked = if known.asked.is_empty() {
            None
        } else {
            Some(whole.model.contributions(&known.of_asked, None)?)
        };
        let of_asked = of_asked
            .as_ref()
            .map(|all| all.reasons(&params))
            .transpose()?;
        let mut writer = csv::Writer::from_writer(Vec::new());
        let mut header = vec![known.id.clone(), "probability".into()];
        header.extend(["out_of_fold", "fold", "left"].map(str::to_owned));
        header.extend((1..=REASONS).map(|at| format!("reason_{at}")));
        writer.write_record(&header)?;
        let mut asked = known.asked.iter().zip(0..).peekable();
        let mut taught = 0;
        for (row, (id, left)) in known.ids.iter().zip(&known.left).enumerate() {
            let mut record = vec![id.clone()];
            let mut reasons = Vec::new();
            if let Some(left) = left {
                let at = taught;
                taught += 1;
                let fold = whole.tested.fold_of_row()[at];
                record.push(whole.of_taught[at].to_string());
                record.push(whole.tested.probabilities()[at].to_string());
                record.push(fold.map_or_else(String::new, |fold| (fold + 1).to_string()));
                record.push(u8::from(*left).to_string());
                reasons = of_taught.strongest(at, REASONS);
            } else if let Some((_, at)) = asked.next_if(|(asked, _)| **asked == row) {
                record.push(whole.of_asked[at].to_string());
                record.resize(record.len() + 3, String::new());
                reasons = of_asked
                    .as_ref()
                    .map_or_else(Vec::new, |all| all.strongest(at, REASONS));
            } else {
                record.resize(5, String::new());
            }
            let told = reasons.iter().flat_map(|reason| &reason.parts);
            record.extend(told.map(|part| format!("{}={}", part.feature, words(&part.value))));
            record.resize(header.len(), String::new());
            writer.write_record(&record)?;
        }
        Ok(writer.into_inner()?)
    }
}

fn words(value: &ReasonValue) -> String {
    match value {
        ReasonValue::Number(number) => number.to_string(),
        ReasonValue::Level(level) => level.clone(),
        _ => "missing".to_owned(),
    }
}
