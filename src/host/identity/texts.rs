//! Normalisers and similarities: of one text, or of a column of them.

use std::sync::Arc;

use arrow_array::{BooleanArray, Date32Array, Float64Array, Int64Array, StringArray};
use chrono::NaiveDate;
use serde::{Deserialize, de::DeserializeOwned};

use super::super::{Answer, Arguments, IntoAnswer, OneOrMore, Room};
use crate::{
    Error, Result,
    arrow::{Column, Columns},
    data::day_of_date,
    identity::{
        Address, DateOrder, NormalEmail, PersonName, PhoneRegion, PreparedTexts, are_nicknames,
        cologne, cosine_tokens, damerau_levenshtein, date_order_of, double_metaphone, haversine_km,
        is_generic_email, is_generic_text, is_placeholder_date, jaccard_chars, jaccard_qgrams,
        jaccard_tokens, jaro, jaro_winkler, levenshtein, nickname_sets, normalise_address,
        normalise_email, normalise_given_name, normalise_phone, normalise_postcode,
        normalise_surname, normalise_text, nysiis, osa, parse_address, parse_birth_date,
        parse_full_name, postcode_outward, soundex,
    },
};

/// What a function gives: an answer for one text, a column or a table for many.
pub(super) trait Cell: Sized {
    fn one(self) -> Answer;
    fn many(cells: Vec<Option<Self>>) -> Result<Answer>;
}

macro_rules! cells {
    ($($type:ty => $one:expr, $array:ty, $value:expr;)+) => {
        $(impl Cell for $type {
            fn one(self) -> Answer {
                $one(self)
            }

            fn many(cells: Vec<Option<Self>>) -> Result<Answer> {
                let cells = cells.into_iter().map(|cell| cell.map($value));
                Ok(Answer::Column(Arc::new(cells.collect::<$array>())))
            }
        })+
    };
}

cells! {
    String => Answer::Text, StringArray, |text| text;
    f64 => Answer::Float, Float64Array, |number| number;
    bool => Answer::Flag, BooleanArray, |flag| flag;
    i64 => |number| Answer::Int(i128::from(number)), Int64Array, |number| number;
    NaiveDate => Answer::Date, Date32Array, day_of_date;
}

/// Texts by name: a record of one, a table of many.
trait Named: Clone {
    const NAMES: &'static [&'static str];

    fn texts(self) -> Vec<Text>;
}

macro_rules! named {
    ($($type:ty: $it:ident => $($name:literal: $text:expr),+;)+) => {
        $(impl Named for $type {
            const NAMES: &'static [&'static str] = &[$($name),+];

            fn texts(self) -> Vec<Text> {
                let $it = self;
                vec![$($text.into()),+]
            }
        }

        impl Cell for $type {
            fn one(self) -> Answer {
                record(self)
            }

            fn many(cells: Vec<Option<Self>>) -> Result<Answer> {
                table(cells)
            }
        })+
    };
}

named! {
    PersonName: it => "given": it.given, "middle": it.middle, "surname": it.surname,
        "suffix": it.suffix;
    Address: it => "number": it.number, "unit": it.unit, "street": it.street;
    NormalEmail: it => "tagless": it.tagless(), "address": it.address, "user": it.user,
        "domain": it.domain;
    (String, Text): it => "primary": it.0, "alternate": it.1;
}

fn record<N: Named>(named: N) -> Answer {
    let texts = named.texts().into_iter();
    let answers = texts.map(|text| text.map_or(Answer::Nothing, Answer::Text));
    let names = N::NAMES.iter().map(|&name| name.to_owned());
    Answer::Record(names.zip(answers).collect())
}

fn table<N: Named>(rows: Vec<Option<N>>) -> Result<Answer> {
    let mut columns: Vec<Vec<Text>> = vec![Vec::with_capacity(rows.len()); N::NAMES.len()];
    for row in rows {
        let texts = row.map_or_else(|| vec![None; N::NAMES.len()], N::texts);
        for (column, text) in columns.iter_mut().zip(texts) {
            column.push(text);
        }
    }
    let named = N::NAMES.iter().zip(columns);
    let table = named.fold(Columns::new(), |table, (name, texts)| {
        table.known_texts(name, texts)
    });
    table.finish().map(Answer::Table)
}

type Text = Option<String>;

fn texts(arguments: &Arguments<'_>, name: &'static str) -> Result<OneOrMore<Text>> {
    arguments.one_or_more(name, spellings)
}

fn spellings(column: &Column<'_>) -> Result<Vec<Text>> {
    let texts = column.spellings()?.into_iter();
    Ok(texts.map(|text| text.map(Into::into)).collect())
}

/// A function of a text, or of each text of a column; null where there is none.
pub(super) fn each<C: Cell>(
    arguments: &Arguments<'_>,
    name: &'static str,
    of: impl Fn(&str) -> Option<C>,
) -> Result<Answer> {
    let cell = |text: Text| text.and_then(|text| of(&text));
    match texts(arguments, name)? {
        OneOrMore::One(text) => Ok(cell(text).map_or(Answer::Nothing, C::one)),
        OneOrMore::More(texts) => C::many(texts.into_iter().map(cell).collect()),
    }
}

/// A function of two texts `a` and `b`, or of the pairs of two columns; null where one is.
pub(super) fn each_pair<C: Cell>(
    arguments: &Arguments<'_>,
    of: impl Fn(&str, &str) -> Option<C>,
) -> Result<Answer> {
    let (a, b) = (texts(arguments, "a")?, texts(arguments, "b")?);
    paired(a, b, |a: &Text, b: &Text| of(a.as_ref()?, b.as_ref()?))
}

/// A function of two values; one by itself goes with all of a column.
fn paired<V, C: Cell>(
    a: OneOrMore<V>,
    b: OneOrMore<V>,
    of: impl Fn(&V, &V) -> Option<C>,
) -> Result<Answer> {
    match (a, b) {
        (OneOrMore::One(a), OneOrMore::One(b)) => Ok(of(&a, &b).map_or(Answer::Nothing, C::one)),
        (OneOrMore::One(a), OneOrMore::More(b)) => C::many(b.iter().map(|b| of(&a, b)).collect()),
        (OneOrMore::More(a), OneOrMore::One(b)) => C::many(a.iter().map(|a| of(a, &b)).collect()),
        (OneOrMore::More(a), OneOrMore::More(b)) => {
            Error::check_length("b", a.len(), b.len())?;
            C::many(a.iter().zip(&b).map(|(a, b)| of(a, b)).collect())
        }
    }
}

pub(super) fn register(room: &mut Room<'_>) {
    normalisers(room);
    dates_and_names(room);
    similarities(room);
    prepared(room);
}

/// A function of a text as an operation.
fn of_text<C: Cell + 'static>(room: &mut Room<'_>, name: &str, of: fn(&str) -> Option<C>) {
    room.function(name, &["text"], move |arguments| {
        each(arguments, "text", of)
    });
}

/// A function of two texts as an operation.
fn of_pair<C: Cell + 'static>(room: &mut Room<'_>, name: &str, of: fn(&str, &str) -> Option<C>) {
    room.function(name, &["a", "b"], move |arguments| each_pair(arguments, of));
}

fn normalisers(room: &mut Room<'_>) {
    of_text(room, "normalise_text", |text| Some(normalise_text(text)));
    of_text(room, "normalise_given_name", |text| {
        Some(normalise_given_name(text))
    });
    of_text(room, "normalise_surname", |text| {
        Some(normalise_surname(text))
    });
    of_text(room, "normalise_address", |text| {
        Some(normalise_address(text))
    });
    of_text(room, "parse_address", |text| Some(parse_address(text)));
    of_text(room, "parse_full_name", |text| Some(parse_full_name(text)));
    of_text(room, "normalise_email", normalise_email);
    of_text(room, "normalise_postcode", normalise_postcode);
    of_text(room, "postcode_outward", |text| {
        postcode_outward(text).map(str::to_owned)
    });
    of_text(room, "is_generic_email", |text| {
        Some(is_generic_email(text))
    });
    of_text(room, "is_generic_text", |text| Some(is_generic_text(text)));
    of_text(room, "soundex", |text| Some(soundex(text)));
    of_text(room, "nysiis", |text| Some(nysiis(text)));
    of_text(room, "cologne", |text| Some(cologne(text)));
    of_text(room, "double_metaphone", |text| {
        Some(double_metaphone(text))
    });
    room.function("normalise_phone", &["text", "region"], |arguments| {
        let region: PhoneRegion = arguments.optional_json("region")?.unwrap_or_default();
        each(arguments, "text", |text| normalise_phone(text, region))
    });
    room.function("PhoneRegion.new", &["code"], |arguments| {
        let code: String = arguments.json("code")?;
        Ok(PhoneRegion::new(&code)?.code())
    });
}

fn dates_and_names(room: &mut Room<'_>) {
    room.function("parse_birth_date", &["text", "order"], |arguments| {
        let order: DateOrder = arguments.json("order")?;
        each(arguments, "text", |text| parse_birth_date(text, order))
    });
    room.function("date_order_of", &["texts"], |arguments| {
        let texts: Vec<Text> = arguments.column("texts", spellings)?;
        match date_order_of(texts.iter().flatten().map(String::as_str)) {
            Some(order) => Answer::written(&order),
            None => Ok(Answer::Nothing),
        }
    });
    room.function("is_placeholder_date", &["date"], |arguments| {
        Ok(is_placeholder_date(arguments.date("date")?))
    });
    room.function("nickname_sets", &["name"], |arguments| {
        let name: String = arguments.json("name")?;
        let sets = nickname_sets(&name).iter().copied();
        Ok(sets.map(u32::from).collect::<Vec<u32>>())
    });
    of_pair(room, "are_nicknames", |a, b| Some(are_nicknames(a, b)));
}

fn similarities(room: &mut Room<'_>) {
    of_pair(room, "jaro", |a, b| Some(jaro(a, b)));
    of_pair(room, "jaro_winkler", |a, b| Some(jaro_winkler(a, b)));
    of_pair(room, "jaccard_tokens", |a, b| Some(jaccard_tokens(a, b)));
    of_pair(room, "jaccard_chars", |a, b| Some(jaccard_chars(a, b)));
    of_pair(room, "cosine_tokens", |a, b| Some(cosine_tokens(a, b)));
    // No text is longer than 63 bits can say.
    of_pair(room, "levenshtein", |a, b| {
        i64::try_from(levenshtein(a, b)).ok()
    });
    of_pair(room, "osa", |a, b| i64::try_from(osa(a, b)).ok());
    of_pair(room, "damerau_levenshtein", |a, b| {
        i64::try_from(damerau_levenshtein(a, b)).ok()
    });
    room.function("jaccard_qgrams", &["a", "b", "q"], |arguments| {
        let q: usize = arguments.json("q")?;
        each_pair(arguments, |a, b| Some(jaccard_qgrams(a, b, q)))
    });
    room.function("haversine_km", &["a", "b"], |arguments| {
        let (a, b) = (places(arguments, "a")?, places(arguments, "b")?);
        paired(a, b, |&a, &b| Some(haversine_km(a, b)))
    });
}

/// A latitude and a longitude, or a list of them.
fn places(arguments: &Arguments<'_>, name: &'static str) -> Result<OneOrMore<(f64, f64)>> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        One((f64, f64)),
        More(Vec<(f64, f64)>),
    }
    Ok(match arguments.json(name)? {
        Given::One(place) => OneOrMore::One(place),
        Given::More(places) => OneOrMore::More(places),
    })
}

fn prepared(room: &mut Room<'_>) {
    fn ids(arguments: &Arguments<'_>, name: &'static str) -> Result<OneOrMore<u32>> {
        arguments.one_or_more(name, |column| Ok(column.u32s()?.to_vec()))
    }
    /// A function of the numbers of two texts, and a limit of its own.
    fn limited<C: Cell, L: DeserializeOwned + Copy>(
        arguments: &Arguments<'_>,
        limit: &'static str,
        of: fn(&PreparedTexts, u32, u32, L) -> Option<C>,
    ) -> Result<Answer> {
        let limit: L = arguments.json(limit)?;
        let (a, b) = (ids(arguments, "a")?, ids(arguments, "b")?);
        let texts: &PreparedTexts = arguments.this()?;
        paired(a, b, |&a, &b| of(texts, a, b, limit))
    }
    room.kind::<PreparedTexts>()
        .operation("new", &["texts"], |arguments| {
            let texts: Vec<Text> = arguments.column("texts", spellings)?;
            PreparedTexts::new(texts.into_iter().map(Option::unwrap_or_default))
        })
        .get("len", PreparedTexts::len)
        .operation("get", &["self", "id"], |arguments| {
            let texts: &PreparedTexts = arguments.this()?;
            texts.get(arguments.json("id")?).into_answer()
        })
        .operation("jaro_winkler", &["self", "a", "b"], |arguments| {
            let (a, b) = (ids(arguments, "a")?, ids(arguments, "b")?);
            let texts: &PreparedTexts = arguments.this()?;
            paired(a, b, |&a, &b| Some(texts.jaro_winkler(a, b)))
        })
        .operation(
            "jaro_winkler_at_least",
            &["self", "a", "b", "cut"],
            |arguments| limited(arguments, "cut", PreparedTexts::jaro_winkler_at_least),
        )
        .operation(
            "levenshtein_within",
            &["self", "a", "b", "max"],
            |arguments| {
                limited(arguments, "max", |texts, a, b, max| {
                    texts.levenshtein_within(a, b, max).map(i64::from)
                })
            },
        )
        .operation("osa_within", &["self", "a", "b", "max"], |arguments| {
            limited(arguments, "max", |texts, a, b, max| {
                texts.osa_within(a, b, max).map(i64::from)
            })
        })
        .operation("damerau_within", &["self", "a", "b", "max"], |arguments| {
            limited(arguments, "max", |texts, a, b, max| {
                texts.damerau_within(a, b, max).map(i64::from)
            })
        });
}
