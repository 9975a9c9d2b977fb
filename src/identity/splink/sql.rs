//! The small part of SQL in which Splink writes its conditions.

use crate::{Error, Result};

/// A condition, or a value in one.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Sql {
    /// A column of the left or the right record.
    Column(String, Side),
    Number(f64),
    Text(String),
    /// A function by its name in lower case.
    Call(String, Vec<Sql>),
    /// An operator between two values.
    Binary(&'static str, Box<Sql>, Box<Sql>),
    IsNull(Box<Sql>),
    All(Vec<Sql>),
    Any(Vec<Sql>),
    Not(Box<Sql>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    /// A name, and whether it was in quotes.
    Name(String, bool),
    Number(f64),
    Text(String),
    Sign(&'static str),
}

/// Signs, the longer ones first.
const SIGNS: [&str; 13] = [
    "<=", ">=", "<>", "!=", "=", "<", ">", "(", ")", ",", "-", ".", "*",
];

/// How deep conditions may be nested: they are read by functions that call themselves.
const MOST_DEPTH: usize = 64;

struct Parser<'s> {
    sql: &'s str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

/// Reads a condition.
///
/// # Errors
///
/// [`Error::ModelFormat`] that quotes the condition.
pub(super) fn parse(sql: &str) -> Result<Sql> {
    let mut parser = Parser {
        sql,
        tokens: tokens(sql).ok_or_else(|| unreadable(sql))?,
        at: 0,
        depth: 0,
    };
    let condition = parser.any()?;
    if parser.at < parser.tokens.len() {
        return Err(unreadable(sql));
    }
    Ok(condition)
}

/// The fault of a condition that is not understood.
pub(super) fn unreadable(sql: &str) -> Error {
    let short: String = sql.chars().take(200).collect();
    Error::ModelFormat {
        expected: "a condition that Splink's own comparisons and block_on make; write others as \
                   levels of a Comparison"
            .into(),
        found: short.into(),
    }
}

fn tokens(sql: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = sql.trim_start();
    while let Some(first) = rest.chars().next() {
        let end;
        if first == '"' || first == '\'' {
            let text;
            (text, end) = quoted(rest, first)?;
            tokens.push(match first {
                '"' => Token::Name(text, true),
                _ => Token::Text(text),
            });
        } else if first.is_ascii_digit() {
            let number = |letter: char| !(letter.is_ascii_alphanumeric() || letter == '.');
            end = rest.find(number).unwrap_or(rest.len());
            tokens.push(Token::Number(rest[..end].parse().ok()?));
        } else if first.is_alphabetic() || first == '_' {
            let name = |letter: char| !(letter.is_alphanumeric() || letter == '_');
            end = rest.find(name).unwrap_or(rest.len());
            tokens.push(Token::Name(rest[..end].to_owned(), false));
        } else {
            let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign))?;
            end = sign.len();
            tokens.push(Token::Sign(sign));
        }
        rest = rest[end..].trim_start();
    }
    Some(tokens)
}

/// The text in the quotes at the start, and where what follows begins. Two quotes within
/// it stand for one.
fn quoted(sql: &str, quote: char) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut letters = sql.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter == quote && letters.next_if(|(_, next)| *next == quote).is_none() {
            return Some((text, at + 1));
        }
        text.push(letter);
    }
    None
}

impl Parser<'_> {
    fn fault(&self) -> Error {
        unreadable(self.sql)
    }

    fn word(&mut self, word: &str) -> bool {
        let here = matches!(
            self.tokens.get(self.at),
            Some(Token::Name(name, false)) if name.eq_ignore_ascii_case(word)
        );
        self.at += usize::from(here);
        here
    }

    fn sign(&mut self, sign: &str) -> bool {
        let here = matches!(self.tokens.get(self.at), Some(Token::Sign(found)) if *found == sign);
        self.at += usize::from(here);
        here
    }

    fn any(&mut self) -> Result<Sql> {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return Err(self.fault());
        }
        let mut all = vec![self.all()?];
        while self.word("or") {
            all.push(self.all()?);
        }
        self.depth -= 1;
        Ok(one_or(all, Sql::Any))
    }

    fn all(&mut self) -> Result<Sql> {
        let mut all = vec![self.not()?];
        while self.word("and") {
            all.push(self.not()?);
        }
        Ok(one_or(all, Sql::All))
    }

    fn not(&mut self) -> Result<Sql> {
        let mut negated = false;
        while self.word("not") {
            negated = !negated;
        }
        let condition = self.comparison()?;
        Ok(if negated {
            Sql::Not(Box::new(condition))
        } else {
            condition
        })
    }

    fn comparison(&mut self) -> Result<Sql> {
        let left = self.difference()?;
        if self.word("is") {
            let negated = self.word("not");
            if !self.word("null") {
                return Err(self.fault());
            }
            let null = Sql::IsNull(Box::new(left));
            return Ok(if negated {
                Sql::Not(Box::new(null))
            } else {
                null
            });
        }
        for sign in ["<=", ">=", "=", "<", ">"] {
            if self.sign(sign) {
                let right = self.difference()?;
                return Ok(Sql::Binary(sign, Box::new(left), Box::new(right)));
            }
        }
        Ok(left)
    }

    fn difference(&mut self) -> Result<Sql> {
        let left = self.primary()?;
        if !self.sign("-") {
            return Ok(left);
        }
        let right = self.primary()?;
        Ok(Sql::Binary("-", Box::new(left), Box::new(right)))
    }

    fn primary(&mut self) -> Result<Sql> {
        if self.sign("(") {
            let inner = self.any()?;
            return if self.sign(")") {
                Ok(inner)
            } else {
                Err(self.fault())
            };
        }
        let token = self
            .tokens
            .get(self.at)
            .cloned()
            .ok_or_else(|| self.fault())?;
        self.at += 1;
        match token {
            Token::Number(number) => Ok(Sql::Number(number)),
            Token::Text(text) => Ok(Sql::Text(text)),
            Token::Sign(_) => Err(self.fault()),
            Token::Name(name, quoted) => {
                if !quoted && self.sign("(") {
                    return self.call(&name);
                }
                // l.column and r.column of blocking rules.
                if !quoted && self.sign(".") {
                    let side = match name.as_str() {
                        "l" => Side::Left,
                        "r" => Side::Right,
                        _ => return Err(self.fault()),
                    };
                    let column = self.tokens.get(self.at).cloned();
                    self.at += 1;
                    return match column {
                        Some(Token::Name(column, _)) => Ok(Sql::Column(column, side)),
                        _ => Err(self.fault()),
                    };
                }
                let sided = |suffix, side| {
                    let column = name.strip_suffix(suffix)?;
                    Some(Sql::Column(column.to_owned(), side))
                };
                sided("_l", Side::Left)
                    .or_else(|| sided("_r", Side::Right))
                    .ok_or_else(|| self.fault())
            }
        }
    }

    fn call(&mut self, name: &str) -> Result<Sql> {
        let mut arguments = Vec::new();
        if !self.sign(")") {
            loop {
                arguments.push(self.any()?);
                if self.sign(")") {
                    break;
                }
                if !self.sign(",") {
                    return Err(self.fault());
                }
            }
        }
        Ok(Sql::Call(name.to_ascii_lowercase(), arguments))
    }
}

fn one_or(mut all: Vec<Sql>, several: fn(Vec<Sql>) -> Sql) -> Sql {
    match all.len() {
        1 => all.remove(0),
        _ => several(all),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn conditions_are_read_by_the_rules_of_sql() {
        let column = |name: &str, side| Box::new(Sql::Column(name.to_owned(), side));
        let equal =
            |name: &str| Sql::Binary("=", column(name, Side::Left), column(name, Side::Right));
        let quotes = parse(r#""my ""a""_l" = l."a'b" AND 'it''s' = c_l"#);
        let text = Sql::Text("it's".to_owned());
        assert_eq!(
            quotes.unwrap(),
            Sql::All(vec![
                Sql::Binary(
                    "=",
                    column("my \"a\"", Side::Left),
                    column("a'b", Side::Left)
                ),
                Sql::Binary("=", Box::new(text), column("c", Side::Left)),
            ])
        );
        let read = parse(r#""a_l" = "a_r" OR l.b = r."b" AND NOT ("c c_l" = "c c_r")"#).unwrap();
        let not = Sql::Not(Box::new(equal("c c")));
        assert_eq!(
            read,
            Sql::Any(vec![equal("a"), Sql::All(vec![equal("b"), not])])
        );
    }

    #[test]
    fn what_cannot_be_read_is_quoted() {
        for sql in [
            "",
            "(",
            "\"a_l",
            "a_l =",
            "1 2",
            "x.y = 1",
            "a = b",
            "a_l ; drop",
            "f(a_l",
        ] {
            let message = parse(sql).unwrap_err().to_string();
            assert!(message.contains(sql), "{message}");
        }
        assert!(parse(&"(".repeat(100_000)).is_err());
        assert!(parse(&"a_l - ".repeat(1_000_000)).is_err());
    }

    proptest! {
        #[test]
        fn nothing_panics(sql in "[-a-z_()\"', .<>=0-9é]{0,40}") {
            let _ = parse(&sql);
        }
    }
}
