//! Rules that suit the columns there are.

use super::{
    BlockingParams, BlockingRule, HotBlocks, Key, MAX_PAIRS, PairKind, blocks::RuleBlocks,
};
use crate::{
    Error, Result,
    identity::{ColumnPart, FieldKind, Part, Records},
};

/// Hot blocks of the rules chosen here: cut to a window, so that many equal keys cost
/// time in proportion to their number.
const HOT: u32 = 1_000;
const WINDOW: u32 = 50;

impl BlockingParams {
    /// Rules that suit the columns of records, under a budget of pairs. Each candidate is
    /// a pair of columns that few people share, or one that is nearly unique; they are
    /// taken from the one of fewest pairs on, as long as the budget lasts. Of more than
    /// 100,000 records, pairs by keys of which a record has several are estimated.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] if no column can be a key within the budget.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::{BlockingParams, PairKind, Records};
    /// let records = Records::builder()
    ///     .int_keys(&[1, 2, 3])
    ///     .surname(&["Lee", "Lee", "Ma"])
    ///     .email(&["ann@x.org", "ann@x.org", ""])
    ///     .build()?;
    /// let params = BlockingParams::suited_to(&records, PairKind::All, 1_000)?;
    /// assert!(params.rules().iter().any(|rule| rule.to_string() == "email"));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn suited_to(records: &Records, kind: PairKind, max_pairs: u64) -> Result<Self> {
        let by_rank = records.by_rank();
        let mut counted = Vec::new();
        for (order, rule) in candidates(records).into_iter().enumerate() {
            let rule = rule.hot_blocks(HOT, HotBlocks::Window(WINDOW));
            let pairs = RuleBlocks::about_pairs(records, &by_rank, &rule, kind)?;
            counted.push((pairs, order, rule));
        }
        counted.sort_by_key(|(pairs, order, _)| (*pairs, *order));
        let mut left = max_pairs;
        let mut chosen = Vec::new();
        for (pairs, order, rule) in counted {
            if pairs > 0 && pairs <= left {
                left -= pairs;
                chosen.push((order, rule));
            }
        }
        if chosen.is_empty() {
            return Err(Error::NotEnoughData {
                what: format!(
                    "rules that pair records within {max_pairs} pairs; add columns, or allow more"
                )
                .into(),
                needed: 1,
                found: 0,
            });
        }
        chosen.sort_by_key(|(order, _)| *order);
        let rules = chosen.into_iter().map(|(_, rule)| rule).collect();
        let params = Self::new(rules).pairs(kind);
        Ok(params.max_pairs(max_pairs.max(MAX_PAIRS)))
    }
}

/// All rules that may suit the columns, the strictest kind of evidence first.
fn candidates(records: &Records) -> Vec<BlockingRule> {
    let of = |kinds: &[FieldKind]| -> Vec<String> {
        let fits = |(_, kind): &(&str, FieldKind)| kinds.contains(kind);
        let names = records.fields().filter(fits);
        names.map(|(name, _)| name.to_owned()).collect()
    };
    let whole = |column: &String| Key::from(column.as_str());
    let part = |column: &String, part| Key::Part(ColumnPart::new(column, part));
    let mut rules = Vec::new();
    // One value is nearly enough.
    for column in of(&[FieldKind::Identifier, FieldKind::Email, FieldKind::Phone]) {
        rules.push(BlockingRule::on([whole(&column)]));
    }
    for column in of(&[FieldKind::Set]) {
        rules.push(BlockingRule::on([Key::Elements(column)]));
    }
    // Two that do not go together by themselves.
    let given = of(&[FieldKind::GivenName]);
    let surname = of(&[FieldKind::Surname]);
    let born = of(&[FieldKind::BirthDate]);
    let postcode = of(&[FieldKind::Postcode]);
    let address = of(&[FieldKind::Address]);
    let city = of(&[FieldKind::City]);
    let others = of(&[FieldKind::Text, FieldKind::Verbatim]);
    let groups = [&given, &surname, &born, &postcode, &address, &city, &others];
    for (at, one) in groups.iter().enumerate() {
        for other in &groups[at + 1..] {
            for one in *one {
                rules.extend(
                    other
                        .iter()
                        .map(|other| BlockingRule::on([whole(one), whole(other)])),
                );
            }
        }
    }
    // Allowing for a slip in one of them.
    for surname in &surname {
        for born in &born {
            let year = part(born, Part::Year);
            rules.push(BlockingRule::on([
                Key::deletions(surname.as_str()),
                whole(born),
            ]));
            for given in &given {
                let sound = part(given, Part::DoubleMetaphone);
                let rule = BlockingRule::on([part(surname, Part::DoubleMetaphone), sound]);
                rules.push(rule.and(year.clone()));
            }
        }
    }
    // One value that some share: it finds those who differ in all else.
    for group in groups {
        rules.extend(group.iter().map(|column| BlockingRule::on([whole(column)])));
    }
    for column in surname.iter().chain(&given).chain(&born).chain(&city) {
        rules.push(BlockingRule::on([Key::deletions(column.as_str())]));
    }
    for column in of(&[FieldKind::Email]) {
        rules.push(BlockingRule::on([part(&column, Part::EmailUser)]));
        rules.push(BlockingRule::on([Key::deletions(column.as_str())]));
    }
    for column in of(&[FieldKind::Phone, FieldKind::Identifier]) {
        rules.push(BlockingRule::on([Key::deletions(column.as_str())]));
    }
    for column in &address {
        let bands = Key::Bands {
            of: column.as_str().into(),
            q: 3,
            bands: 8,
            rows: 4,
        };
        rules.push(BlockingRule::on([bands]));
    }
    let names = of(&[FieldKind::FullName]);
    rules.extend(names.iter().map(|column| BlockingRule::on([whole(column)])));
    rules
}
