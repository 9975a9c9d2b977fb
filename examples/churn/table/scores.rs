//! One line a customer: the chance to leave, and what speaks for it.

use custometry::churn::{Contributions, Direction, ReasonParams, ReasonValue, Reasons};

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
        let contributions = |features| whole.model.contributions(features, None);
        let of_taught = contributions(&known.taught)?;
        let of_taught = of_taught.reasons(&params)?;
        let of_asked = known
            .asked
            .as_ref()
            .map(|asked| contributions(&asked.features));
        let of_asked: Option<Contributions> = of_asked.transpose()?;
        let of_asked: Option<Reasons> = match &of_asked {
            None => None,
            Some(contributions) => Some(contributions.reasons(&params)?),
        };
        let mut writer = csv::Writer::from_writer(Vec::new());
        let mut header = vec![known.id.clone(), "probability".into()];
        header.extend(["out_of_fold", "fold", "left"].map(str::to_owned));
        header.extend((1..=REASONS).map(|at| format!("reason_{at}")));
        writer.write_record(&header)?;
        let (mut taught, mut asked) = (0..whole.of_taught.len(), 0..whole.of_asked.len());
        for (id, left) in known.ids.iter().zip(&known.left) {
            let mut record = vec![id.clone()];
            let mut reasons = match left {
                Some(left) => {
                    let row = taught.next().unwrap_or_default();
                    let fold = whole.tested.fold_of_row()[row];
                    record.push(whole.of_taught[row].to_string());
                    record.push(whole.tested.probabilities()[row].to_string());
                    record.push(fold.map_or_else(String::new, |fold| (fold + 1).to_string()));
                    record.push(u8::from(*left).to_string());
                    of_taught.strongest(row, REASONS)
                }
                None => {
                    let row = asked.next().unwrap_or_default();
                    record.push(whole.of_asked[row].to_string());
                    record.resize(record.len() + 3, String::new());
                    let reasons = of_asked.as_ref();
                    reasons.map_or_else(Vec::new, |reasons| reasons.strongest(row, REASONS))
                }
            };
            reasons.truncate(REASONS);
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
