//! Small values of the room, as JSON: what their Rust constructors make.

use serde::Deserialize;

use super::super::{Answer, Arguments, IntoAnswer, OneOrMore, Room};
use crate::{
    Result,
    identity::{
        BlockingRule, ColumnPart, Comparison, EditDistance, FieldKind, HotBlocks, Key, Level,
        MatchWeight, Part, Similarity, TermFrequency, Test, Threshold,
    },
};

/// A column by name, or a part of one.
#[derive(Deserialize)]
#[serde(untagged)]
enum Of {
    Column(String),
    Part(ColumnPart),
}

impl From<Of> for ColumnPart {
    fn from(of: Of) -> Self {
        match of {
            Of::Column(column) => column.as_str().into(),
            Of::Part(part) => part,
        }
    }
}

/// A column by name, a part of one, or a key.
#[derive(Deserialize)]
#[serde(untagged)]
enum OfKey {
    Column(String),
    Part(ColumnPart),
    Key(Key),
}

impl From<OfKey> for Key {
    fn from(of: OfKey) -> Self {
        match of {
            OfKey::Column(column) => column.as_str().into(),
            OfKey::Part(part) => part.into(),
            OfKey::Key(key) => key,
        }
    }
}

fn of(arguments: &Arguments<'_>) -> Result<ColumnPart> {
    Ok(arguments.json::<Of>("of")?.into())
}

fn column(arguments: &Arguments<'_>) -> Result<String> {
    arguments.json("column")
}

pub(super) fn register(room: &mut Room<'_>) {
    weights(room);
    parts(room);
    keys(room);
    rules(room);
    tests(room);
    levels(room);
    comparisons(room);
    suited_comparisons(room);
}

fn weights(room: &mut Room<'_>) {
    room.function("MatchWeight.from_bits", &["bits"], |arguments| {
        Ok(super::weight(arguments, "bits")?.bits())
    });
    room.function(
        "MatchWeight.from_probability",
        &["probability"],
        |arguments| Ok(MatchWeight::from_probability(arguments.json("probability")?)?.bits()),
    );
    room.function("MatchWeight.probability", &["bits"], |arguments| {
        let probability = |bits| Ok(MatchWeight::from_bits(bits)?.probability());
        match arguments.one_or_more("bits", |column| Ok(column.f64s()?.to_vec()))? {
            OneOrMore::One(bits) => Ok(Answer::Float(probability(bits)?)),
            OneOrMore::More(all) => {
                let all: Result<Vec<f64>> = all.into_iter().map(probability).collect();
                all?.into_answer()
            }
        }
    });
    room.function("Threshold.weight", &["bits"], |arguments| {
        Answer::written(&Threshold::Weight(super::weight(arguments, "bits")?))
    });
}

fn parts(room: &mut Room<'_>) {
    room.function("ColumnPart.new", &["column", "part"], |arguments| {
        let column = column(arguments)?;
        Answer::written(&match arguments.optional_json("part")? {
            Some(part) => ColumnPart::new(&column, part),
            None => ColumnPart::from(column.as_str()),
        })
    });
    room.function("ColumnPart.then", &["of", "part"], |arguments| {
        let part: Part = arguments.json("part")?;
        Answer::written(&of(arguments)?.then(part))
    });
    room.function("ColumnPart.of", &["of", "text"], |arguments| {
        let part = of(arguments)?;
        super::texts::each(arguments, "text", |text| Some(part.of(text)?.into_owned()))
    });
    room.function("ColumnPart.text", &["of"], |arguments| {
        Ok(of(arguments)?.to_string())
    });
    room.function("Part.of", &["part", "text"], |arguments| {
        let part: Part = arguments.json("part")?;
        super::texts::each(arguments, "text", |text| Some(part.of(text)?.into_owned()))
    });
    room.function("Similarity.of", &["similarity", "a", "b"], |arguments| {
        let similarity: Similarity = arguments.json("similarity")?;
        super::texts::each_pair(arguments, |a, b| Some(similarity.of(a, b)))
    });
    room.function("EditDistance.of", &["distance", "a", "b"], |arguments| {
        let distance: EditDistance = arguments.json("distance")?;
        super::texts::each_pair(arguments, |a, b| i64::try_from(distance.of(a, b)).ok())
    });
}

fn keys(room: &mut Room<'_>) {
    let mut key = |name: &str, make: fn(ColumnPart) -> Key| {
        room.function(&format!("Key.{name}"), &["of"], move |arguments| {
            Answer::written(&make(of(arguments)?))
        });
    };
    key("part", Key::Part);
    key("deletions", Key::Deletions);
    key("words", Key::Words);
    key("nicknames", Key::Nicknames);
    room.function("Key.elements", &["column"], |arguments| {
        Answer::written(&Key::Elements(column(arguments)?))
    });
    room.function("Key.bands", &["of", "q", "bands", "rows"], |arguments| {
        Answer::written(&Key::Bands {
            of: of(arguments)?,
            q: arguments.json("q")?,
            bands: arguments.json("bands")?,
            rows: arguments.json("rows")?,
        })
    });
    room.function("Key.text", &["key"], |arguments| {
        Ok(Key::from(arguments.json::<OfKey>("key")?).to_string())
    });
}

fn rules(room: &mut Room<'_>) {
    room.function("BlockingRule.on", &["keys"], |arguments| {
        Answer::written(&BlockingRule::on(arguments.json::<Vec<OfKey>>("keys")?))
    });
    room.function(
        "BlockingRule.neighbourhood",
        &["keys", "window"],
        |arguments| {
            let keys: Vec<Of> = arguments.json("keys")?;
            let rule = BlockingRule::neighbourhood(keys, arguments.json("window")?);
            Answer::written(&rule)
        },
    );
    room.function("BlockingRule.and", &["rule", "key"], |arguments| {
        let rule: BlockingRule = arguments.json("rule")?;
        Answer::written(&rule.and(arguments.json::<OfKey>("key")?))
    });
    room.function(
        "BlockingRule.hot_blocks",
        &["rule", "above", "policy"],
        |arguments| {
            let rule: BlockingRule = arguments.json("rule")?;
            let policy: HotBlocks = arguments.json("policy")?;
            Answer::written(&rule.hot_blocks(arguments.json("above")?, policy))
        },
    );
    room.function("BlockingRule.keys", &["rule"], |arguments| {
        Answer::written(&arguments.json::<BlockingRule>("rule")?.keys())
    });
    room.function("BlockingRule.text", &["rule"], |arguments| {
        Ok(arguments.json::<BlockingRule>("rule")?.to_string())
    });
    room.function("HotBlocks.sub_block", &["parts"], |arguments| {
        let parts = arguments.json::<Vec<Of>>("parts")?.into_iter();
        Answer::written(&HotBlocks::SubBlock(parts.map(ColumnPart::from).collect()))
    });
}

fn tests(room: &mut Room<'_>) {
    let mut test = |name: &str, make: fn(ColumnPart) -> Test| {
        room.function(&format!("Test.{name}"), &["of"], move |arguments| {
            Answer::written(&make(of(arguments)?))
        });
    };
    test("missing", Test::Missing);
    test("exact", Test::Exact);
    test("day_and_month_swapped", Test::DayAndMonthSwapped);
    test("begins", Test::Begins);
    test("nicknames", Test::Nicknames);
    let mut apart = |name: &str, make: fn(ColumnPart, f64) -> Test| {
        room.function(
            &format!("Test.{name}"),
            &["of", "at_most"],
            move |arguments| Answer::written(&make(of(arguments)?, arguments.json("at_most")?)),
        );
    };
    apart("days_apart", |of, at_most| Test::DaysApart { of, at_most });
    apart("numbers_apart", |of, at_most| Test::NumbersApart {
        of,
        at_most,
    });
    apart("shares_apart", |of, at_most| Test::SharesApart {
        of,
        at_most,
    });
    apart("km_apart", |of, at_most| Test::KmApart { of, at_most });
    room.function("Test.swapped", &["one", "other"], |arguments| {
        let part = |name| Ok(arguments.json::<Of>(name)?.into());
        Answer::written(&Test::Swapped(part("one")?, part("other")?))
    });
    room.function("Test.similar", &["of", "by", "at_least"], |arguments| {
        let (by, at_least) = (arguments.json("by")?, arguments.json("at_least")?);
        Answer::written(&Test::similar(of(arguments)?, by, at_least))
    });
    room.function("Test.within", &["of", "by", "at_most"], |arguments| {
        let (by, at_most) = (arguments.json("by")?, arguments.json("at_most")?);
        Answer::written(&Test::within(of(arguments)?, by, at_most))
    });
    room.function("Test.common", &["of", "at_least"], |arguments| {
        let at_least = arguments.json("at_least")?;
        Answer::written(&Test::Common {
            of: of(arguments)?,
            at_least,
        })
    });
    room.function("Test.all", &["tests"], |arguments| {
        Answer::written(&Test::All(arguments.json("tests")?))
    });
    room.function("Test.any", &["tests"], |arguments| {
        Answer::written(&Test::Any(arguments.json("tests")?))
    });
    room.function("Test.not", &["test"], |arguments| {
        Answer::written(&Test::Not(Box::new(arguments.json("test")?)))
    });
    room.function("Test.otherwise", &[], |_| Answer::written(&Test::Otherwise));
}

fn levels(room: &mut Room<'_>) {
    room.function(
        "TermFrequency.new",
        &["column", "weight", "minimum"],
        |arguments| {
            let mut by = TermFrequency::new(&column(arguments)?);
            if let Some(weight) = arguments.optional_json("weight")? {
                by = by.weight(weight);
            }
            if let Some(minimum) = arguments.optional_json("minimum")? {
                by = by.minimum(minimum);
            }
            Answer::written(&by)
        },
    );
    room.function("Level.new", &["name", "test"], |arguments| {
        let name: String = arguments.json("name")?;
        Answer::written(&Level::new(&name, arguments.json("test")?))
    });
    room.function("Level.term_frequency", &["level", "column"], |arguments| {
        let level: Level = arguments.json("level")?;
        Answer::written(&level.term_frequency(&column(arguments)?))
    });
    room.function("Level.adjusted", &["level", "by"], |arguments| {
        let level: Level = arguments.json("level")?;
        Answer::written(&level.adjusted(arguments.json("by")?))
    });
}

fn comparisons(room: &mut Room<'_>) {
    room.function(
        "Comparison.new",
        &["name", "missing", "levels"],
        |arguments| {
            let name: String = arguments.json("name")?;
            let (missing, levels) = (arguments.json("missing")?, arguments.json("levels")?);
            Answer::written(&Comparison::new(&name, missing, levels))
        },
    );
    room.function("Comparison.of_kind", &["column", "kind"], |arguments| {
        let kind: FieldKind = arguments.json("kind")?;
        Answer::written(&Comparison::of_kind(&column(arguments)?, kind))
    });
    room.function("Comparison.names", &["given", "surname"], |arguments| {
        let (given, surname): (String, String) =
            (arguments.json("given")?, arguments.json("surname")?);
        Answer::written(&Comparison::names(&given, &surname))
    });
    room.function(
        "Comparison.jaro_winkler",
        &["column", "at_least"],
        |arguments| {
            let cuts: Vec<f64> = arguments.json("at_least")?;
            Answer::written(&Comparison::jaro_winkler(&column(arguments)?, &cuts))
        },
    );
    room.function(
        "Comparison.edits",
        &["column", "by", "at_most"],
        |arguments| {
            let cuts: Vec<u32> = arguments.json("at_most")?;
            let by: EditDistance = arguments.json("by")?;
            Answer::written(&Comparison::edits(&column(arguments)?, by, &cuts))
        },
    );
    room.function("Comparison.set", &["column", "at_least"], |arguments| {
        let cuts: Vec<u32> = arguments.json("at_least")?;
        Answer::written(&Comparison::set(&column(arguments)?, &cuts))
    });
    room.function("Comparison.numbers", &["column", "at_most"], |arguments| {
        let cuts: Vec<f64> = arguments.json("at_most")?;
        Answer::written(&Comparison::numbers(&column(arguments)?, &cuts))
    });
    room.function("Comparison.places", &["column", "at_most"], |arguments| {
        let cuts: Vec<f64> = arguments.json("at_most")?;
        Answer::written(&Comparison::places(&column(arguments)?, &cuts))
    });
}

/// Comparisons that need nothing but their column.
fn suited_comparisons(room: &mut Room<'_>) {
    let mut suited = |name: &str, make: fn(&str) -> Comparison| {
        room.function(
            &format!("Comparison.{name}"),
            &["column"],
            move |arguments| Answer::written(&make(&column(arguments)?)),
        );
    };
    suited("exact", Comparison::exact);
    suited("given_name", Comparison::given_name);
    suited("surname", Comparison::surname);
    suited("birth_date", Comparison::birth_date);
    suited("email", Comparison::email);
    suited("phone", Comparison::phone);
    suited("identifier", Comparison::identifier);
    suited("postcode", Comparison::postcode);
    suited("address", Comparison::address);
}
