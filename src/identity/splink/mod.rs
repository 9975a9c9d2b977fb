//! Models that Splink trained.
//!
//! Splink (github.com/moj-analytical-services/splink) writes a model as JSON whose levels
//! are conditions in SQL. Those that its ready-made comparisons make, and joins of them
//! by AND, OR and NOT, become levels here.

mod sql;

use serde::Deserialize;

use self::sql::{Side, Sql, parse, unreadable};
use super::{
    BlockingRule, ColumnPart, Comparison, ComparisonModel, EditDistance, FellegiSunter, Key, Level,
    PairKind, Part, Similarity, TermFrequency, Test,
};
use crate::{Error, Result};

/// A model that Splink trained, with its rules.
///
/// Splink compares texts letter by letter: give the columns to [`Records`](super::Records) as
/// [`FieldKind::Verbatim`](super::FieldKind::Verbatim), under the names they have there.
///
/// # Example
///
/// ```
/// use custometry::identity::{FieldKind, RecordIx, Records, SplinkModel};
/// let json = r#"{
///     "link_type": "dedupe_only",
///     "probability_two_random_records_match": 0.001,
///     "blocking_rules_to_generate_predictions": [{"blocking_rule": "l.\"city\" = r.\"city\""}],
///     "comparisons": [{
///         "output_column_name": "name",
///         "comparison_levels": [
///             {"sql_condition": "\"name_l\" IS NULL OR \"name_r\" IS NULL", "is_null_level": true},
///             {"sql_condition": "\"name_l\" = \"name_r\"", "m_probability": 0.8, "u_probability": 0.01},
///             {"sql_condition": "ELSE", "m_probability": 0.2, "u_probability": 0.99}
///         ]
///     }]
/// }"#;
/// let splink = SplinkModel::from_json(json)?;
/// assert_eq!(splink.rules[0].to_string(), "city");
/// let records = Records::builder()
///     .int_keys(&[1, 2])
///     .column("name", FieldKind::Verbatim, &["Ann Lee", "Ann Lee"])
///     .build()?;
/// let weight = splink.model.scorer(&records)?.score_one(RecordIx(0), RecordIx(1))?;
/// let splinks = (0.001f64 / 0.999).log2() + (0.8f64 / 0.01).log2();
/// assert!((weight.bits() - splinks).abs() < 1e-4);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SplinkModel {
    /// λ, the levels, m and u.
    pub model: FellegiSunter,
    /// The rules that Splink predicts by.
    pub rules: Vec<BlockingRule>,
    /// Which records it pairs.
    pub pairs: PairKind,
}

#[derive(Deserialize)]
struct Settings {
    link_type: String,
    probability_two_random_records_match: f64,
    #[serde(default)]
    blocking_rules_to_generate_predictions: Vec<Rule>,
    comparisons: Vec<SplinkComparison>,
}

#[derive(Deserialize)]
struct Rule {
    blocking_rule: String,
    arrays_to_explode: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct SplinkComparison {
    output_column_name: String,
    comparison_levels: Vec<SplinkLevel>,
}

#[derive(Deserialize)]
struct SplinkLevel {
    sql_condition: String,
    label_for_charts: Option<String>,
    m_probability: Option<f64>,
    u_probability: Option<f64>,
    #[serde(default)]
    is_null_level: bool,
    tf_adjustment_column: Option<String>,
    tf_adjustment_weight: Option<f64>,
    tf_minimum_u_value: Option<f64>,
    disable_tf_exact_match_detection: Option<bool>,
}

/// What Splink takes for m where its training reached no pair of a level: so much for
/// the first level, the rest for the others alike.
const UNTRAINED: f64 = 0.95;

impl SplinkModel {
    /// Reads a model as Splink 4 and 5 write it.
    ///
    /// # Errors
    ///
    /// [`Error::ModelFormat`] for what is not such a model, for a condition that is not
    /// understood, quoting it, and for a level without u; as [`FellegiSunter::new`].
    ///
    /// # Example
    ///
    /// See [`SplinkModel`].
    pub fn from_json(text: &str) -> Result<Self> {
        let settings: Settings =
            serde_json::from_str(text).map_err(|error| Error::ModelFormat {
                expected: "the settings of a Splink model".into(),
                found: error.to_string().into(),
            })?;
        let comparisons = settings
            .comparisons
            .iter()
            .map(comparison)
            .collect::<Result<_>>()?;
        let rules = settings.blocking_rules_to_generate_predictions.iter();
        Ok(Self {
            model: FellegiSunter::new(settings.probability_two_random_records_match, comparisons)?,
            rules: rules.map(blocking_rule).collect::<Result<_>>()?,
            pairs: match settings.link_type.as_str() {
                "link_only" => PairKind::AcrossSources,
                "dedupe_only" | "link_and_dedupe" => PairKind::All,
                other => {
                    return Err(Error::ModelFormat {
                        expected: "link_type dedupe_only, link_only or link_and_dedupe".into(),
                        found: other.into(),
                    });
                }
            },
        })
    }
}

fn comparison(of: &SplinkComparison) -> Result<ComparisonModel> {
    // Without a level for missing values there is always something to compare.
    let mut missing = Test::Not(Box::new(Test::Otherwise));
    let (mut levels, mut m, mut u) = (Vec::new(), Vec::new(), Vec::new());
    let real = of
        .comparison_levels
        .iter()
        .filter(|level| !level.is_null_level)
        .count();
    for (at, level) in of.comparison_levels.iter().enumerate() {
        let test = condition(&level.sql_condition)?;
        if level.is_null_level {
            if at > 0 {
                return Err(Error::ModelFormat {
                    expected: "the level of missing values first".into(),
                    found: format!(
                        "{} as level {at} of {}",
                        level.sql_condition, of.output_column_name
                    )
                    .into(),
                });
            }
            missing = test;
            continue;
        }
        let name = level
            .label_for_charts
            .as_ref()
            .unwrap_or(&level.sql_condition);
        let mut made = Level::new(name, test);
        if let Some(column) = &level.tf_adjustment_column {
            // Its own u in the place of that of equal values.
            let own = level.disable_tf_exact_match_detection == Some(true);
            if own && !matches!(made.test, Test::Exact(_)) {
                return Err(Error::ModelFormat {
                    expected: "term frequencies by the u of equal values".into(),
                    found: format!(
                        "disable_tf_exact_match_detection for {} of {}",
                        level.sql_condition, of.output_column_name
                    )
                    .into(),
                });
            }
            let adjust = TermFrequency::new(column)
                .weight(level.tf_adjustment_weight.unwrap_or(1.0))
                .minimum(level.tf_minimum_u_value.unwrap_or(0.0));
            made = made.adjusted(adjust);
        }
        m.push(level.m_probability.unwrap_or_else(|| match levels.len() {
            0 => UNTRAINED,
            _ => (1.0 - UNTRAINED) / (real - 1).max(1) as f64,
        }));
        u.push(level.u_probability.ok_or_else(|| {
            Error::ModelFormat {
                expected: "u_probability for each level".into(),
                found: format!(
                    "none for {} of {}",
                    level.sql_condition, of.output_column_name
                )
                .into(),
            }
        })?);
        levels.push(made);
    }
    if levels
        .last()
        .is_none_or(|last| last.test != Test::Otherwise)
    {
        // Pairs of no level have no weight in Splink; here that is a level worth nothing.
        m.push(1.0);
        u.push(1.0);
    }
    Ok(ComparisonModel::new(
        Comparison::new(&of.output_column_name, missing, levels),
        m,
        u,
    ))
}

fn condition(sql: &str) -> Result<Test> {
    if sql.trim().eq_ignore_ascii_case("else") {
        return Ok(Test::Otherwise);
    }
    test(&parse(sql)?).ok_or_else(|| unreadable(sql))
}

/// A condition as a test; `None` for one that is not understood.
fn test(condition: &Sql) -> Option<Test> {
    match condition {
        Sql::Any(conditions) => missing(conditions).or_else(|| Some(Test::Any(tests(conditions)?))),
        Sql::All(conditions) => swapped(conditions).or_else(|| Some(Test::All(tests(conditions)?))),
        Sql::Not(condition) => Some(Test::Not(Box::new(test(condition)?))),
        Sql::Binary(sign, left, right) => compared(sign, left, right),
        _ => None,
    }
}

fn tests(conditions: &[Sql]) -> Option<Vec<Test>> {
    conditions.iter().map(test).collect()
}

/// "x of the left is null or x of the right is null".
fn missing(conditions: &[Sql]) -> Option<Test> {
    let [Sql::IsNull(one), Sql::IsNull(other)] = conditions else {
        return None;
    };
    both_sides(one, other).map(Test::Missing)
}

/// "x of the left is y of the right, and x of the right is y of the left".
fn swapped(conditions: &[Sql]) -> Option<Test> {
    let [Sql::Binary("=", a, b), Sql::Binary("=", c, d)] = conditions else {
        return None;
    };
    let pair = |one: &Sql, other: &Sql| match (part(one)?, part(other)?) {
        ((x, Side::Left), (y, Side::Right)) | ((y, Side::Right), (x, Side::Left)) => Some((x, y)),
        _ => None,
    };
    let ((x, y), (z, w)) = (pair(a, b)?, pair(c, d)?);
    (x != y && x == w && y == z).then_some(Test::Swapped(x, y))
}

/// The part that two values have in common, one of each record.
fn both_sides(one: &Sql, other: &Sql) -> Option<ColumnPart> {
    let ((one, side), (other, other_side)) = (part(one)?, part(other)?);
    (one == other && side != other_side).then_some(one)
}

fn compared(sign: &str, left: &Sql, right: &Sql) -> Option<Test> {
    match (sign, left, right) {
        ("=", Sql::Number(one), Sql::Number(other)) => {
            (one.to_bits() == other.to_bits()).then_some(Test::Otherwise)
        }
        ("=", ..) => both_sides(left, right).map(Test::Exact),
        (">=", Sql::Call(name, arguments), Sql::Number(least)) => {
            let similar = |by| {
                let [one, other] = &arguments[..] else {
                    return None;
                };
                let of = both_sides(one, other)?;
                Some(Test::similar(of, by, *least))
            };
            match name.as_str() {
                "jaro_winkler_similarity" => similar(Similarity::JaroWinkler),
                "jaro_similarity" => similar(Similarity::Jaro),
                "jaccard" => similar(Similarity::JaccardLetters),
                "array_length" | "len" => common(arguments, *least),
                _ => None,
            }
        }
        ("<=", Sql::Call(name, arguments), Sql::Number(most)) => {
            match (name.as_str(), &arguments[..]) {
                ("levenshtein", [one, other]) => {
                    within(one, other, EditDistance::Levenshtein, *most)
                }
                ("damerau_levenshtein", [one, other]) => {
                    within(one, other, EditDistance::DamerauLevenshtein, *most)
                }
                ("abs", [Sql::Binary("-", one, other)]) => apart(one, other, *most),
                _ => None,
            }
        }
        _ => None,
    }
}

fn whole(number: f64) -> Option<u32> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "compared below"
    )]
    let whole = number as u32;
    // A whole number comes back from the conversion as it was.
    (f64::from(whole).to_bits() == number.to_bits()).then_some(whole)
}

fn within(one: &Sql, other: &Sql, by: EditDistance, most: f64) -> Option<Test> {
    Some(Test::within(both_sides(one, other)?, by, whole(most)?))
}

fn common(arguments: &[Sql], least: f64) -> Option<Test> {
    let [Sql::Call(name, sets)] = arguments else {
        return None;
    };
    let [one, other] = &sets[..] else { return None };
    let known = matches!(name.as_str(), "list_intersect" | "array_intersect");
    let of = both_sides(one, other).filter(|_| known)?;
    let at_least = whole(least)?;
    Some(Test::Common { of, at_least })
}

/// Two numbers, or two days in seconds.
fn apart(one: &Sql, other: &Sql, at_most: f64) -> Option<Test> {
    const SECONDS_A_DAY: f64 = 86_400.0;
    let inside = |of: &Sql| match of {
        Sql::Call(name, arguments) if name == "epoch" => arguments.first().cloned(),
        _ => None,
    };
    match (inside(one), inside(other)) {
        (Some(one), Some(other)) => {
            let of = both_sides(&one, &other)?;
            let at_most = at_most / SECONDS_A_DAY;
            Some(Test::DaysApart { of, at_most })
        }
        (None, None) => {
            let of = both_sides(one, other)?;
            Some(Test::NumbersApart { of, at_most })
        }
        _ => None,
    }
}

/// What Splink's expressions on columns take from them, by regular expression.
const EXTRACTS: [(&str, u32, Part); 6] = [
    ("^[^@]+", 0, Part::EmailUser),
    ("@(.+)$", 1, Part::EmailDomain),
    (
        "^[A-Za-z]{1,2}[0-9][A-Za-z0-9]? [0-9][A-Za-z]{2}$",
        0,
        Part::BritishPostcode,
    ),
    (
        "^[A-Za-z]{1,2}[0-9][A-Za-z0-9]? [0-9]",
        0,
        Part::BritishSector,
    ),
    ("^[A-Za-z]{1,2}[0-9][A-Za-z0-9]?", 0, Part::BritishDistrict),
    ("^[A-Za-z]{1,2}", 0, Part::BritishArea),
];

/// A part of a column, and of which record.
fn part(of: &Sql) -> Option<(ColumnPart, Side)> {
    match of {
        Sql::Column(column, side) => Some((column.as_str().into(), *side)),
        Sql::Call(name, arguments) => match (name.as_str(), &arguments[..]) {
            ("lower", [inner]) => then(inner, Part::Lower),
            ("substring" | "substr", [inner, Sql::Number(start), Sql::Number(letters)]) => {
                (whole(*start)? == 1).then_some(())?;
                then(inner, Part::Prefix(whole(*letters)?))
            }
            ("try_strptime" | "strptime", [inner, Sql::Text(format)]) => match format.as_str() {
                "%Y-%m-%d" => then(inner, Part::Day),
                "%Y%m%d" => then(inner, Part::CompactDay),
                _ => None,
            },
            ("nullif", [Sql::Call(name, arguments), Sql::Text(nothing)])
                if name == "regexp_extract" && nothing.is_empty() =>
            {
                let [inner, Sql::Text(pattern), Sql::Number(group)] = &arguments[..] else {
                    return None;
                };
                let group = whole(*group)?;
                let known = EXTRACTS
                    .iter()
                    .find(|(known, of, _)| known == pattern && *of == group);
                then(inner, known?.2)
            }
            _ => None,
        },
        _ => None,
    }
}

fn then(inner: &Sql, next: Part) -> Option<(ColumnPart, Side)> {
    part(inner).map(|(of, side)| (of.then(next), side))
}

/// Equalities of a rule that Splink blocks on.
fn blocking_rule(rule: &Rule) -> Result<BlockingRule> {
    let sql = &rule.blocking_rule;
    let condition = parse(sql)?;
    let conditions = match &condition {
        Sql::All(all) => &all[..],
        one => std::slice::from_ref(one),
    };
    let key = |condition: &Sql| {
        let Sql::Binary("=", one, other) = condition else {
            return None;
        };
        let of = both_sides(one, other)?;
        let mut sets = rule.arrays_to_explode.iter().flatten();
        if !sets.any(|set| *set == of.column) {
            return Some(Key::from(of));
        }
        of.parts.is_empty().then_some(Key::Elements(of.column))
    };
    let keys = conditions.iter().map(key).collect::<Option<Vec<Key>>>();
    keys.map(BlockingRule::on).ok_or_else(|| unreadable(sql))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_of_splink_become_tests() {
        let user = ColumnPart::new("e", Part::EmailUser);
        let born = ColumnPart::new("d", Part::Day);
        let extract = |side| format!("NULLIF(regexp_extract(\"e_{side}\", '^[^@]+', 0), '')");
        let day = |side| format!("EPOCH(try_strptime(\"d_{side}\", '%Y-%m-%d'))");
        for (sql, expected) in [
            (
                r#""first_l" = "last_r" AND "first_r" = "last_l""#.to_owned(),
                Test::Swapped("first".into(), "last".into()),
            ),
            (
                format!("{} = {}", extract('l'), extract('r')),
                Test::Exact(user),
            ),
            (
                format!("ABS({} - {}) <= 172800", day('l'), day('r')),
                Test::DaysApart {
                    of: born,
                    at_most: 2.0,
                },
            ),
            (
                r#"array_length(list_intersect("p_l", "p_r")) >= 1"#.to_owned(),
                Test::Common {
                    of: "p".into(),
                    at_least: 1,
                },
            ),
            (
                r#"abs("n_l" - "n_r") <= 2.5"#.to_owned(),
                Test::NumbersApart {
                    of: "n".into(),
                    at_most: 2.5,
                },
            ),
            (
                r#"(levenshtein("a_l", "a_r") <= 2) OR (NOT "b_l" = "b_r")"#.to_owned(),
                Test::Any(vec![
                    Test::within("a", EditDistance::Levenshtein, 2),
                    Test::Not(Box::new(Test::exact("b"))),
                ]),
            ),
        ] {
            assert_eq!(condition(&sql).unwrap(), expected, "{sql}");
        }
    }

    /// A model of one comparison, with more in its rule and in its second level.
    fn model_with(of_rule: &str, of_level: &str) -> Result<SplinkModel> {
        SplinkModel::from_json(&format!(
            r#"{{
                "link_type": "link_only",
                "probability_two_random_records_match": 0.001,
                "blocking_rules_to_generate_predictions": [
                    {{"blocking_rule": "l.\"tags\" = r.\"tags\" AND l.\"a\" = r.\"a\""{of_rule}}}
                ],
                "comparisons": [{{
                    "output_column_name": "a",
                    "comparison_levels": [
                        {{"sql_condition": "\"a_l\" = \"a_r\"", "u_probability": 0.01}},
                        {{"sql_condition": "LEVENSHTEIN(\"a_l\", \"a_r\") <= 1", "u_probability": 0.1,
                          "tf_adjustment_column": "a"{of_level}}},
                        {{"sql_condition": "ELSE", "u_probability": 0.9}}
                    ]
                }}]
            }}"#
        ))
    }

    #[test]
    fn sets_that_splink_takes_apart_are_keys_by_element() {
        let rule = |more: &str| model_with(more, "").unwrap().rules[0].to_string();
        assert_eq!(rule(""), "tags, a");
        assert_eq!(rule(r#", "arrays_to_explode": null"#), "tags, a");
        let exploded = rule(r#", "arrays_to_explode": ["tags"]"#);
        assert_eq!(exploded, "an element of tags, a");
        assert_eq!(model_with("", "").unwrap().pairs, PairKind::AcrossSources);
    }

    #[test]
    fn term_frequencies_by_another_u_are_refused() {
        let with = |flag: &str| {
            model_with(
                "",
                &format!(r#", "disable_tf_exact_match_detection": {flag}"#),
            )
        };
        assert!(with("false").is_ok());
        let message = with("true").unwrap_err().to_string();
        assert!(
            message.contains("disable_tf_exact_match_detection"),
            "{message}"
        );
    }

    #[test]
    fn what_is_not_understood_is_refused_with_its_text() {
        for sql in [
            r#""a_l" = "b_r""#,
            r#""a_l" = "a_l""#,
            r#"cosine("a_l", "a_r") >= 0.5"#,
            r#"levenshtein("a_l", "a_r") <= 1.5"#,
            r#"NULLIF(regexp_extract("a_l", 'x', 0), '') = NULLIF(regexp_extract("a_r", 'x', 0), '')"#,
        ] {
            let message = condition(sql).unwrap_err().to_string();
            assert!(message.contains(sql), "{message}");
        }
        let error = SplinkModel::from_json("{}").unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::ModelFormat);
    }
}
