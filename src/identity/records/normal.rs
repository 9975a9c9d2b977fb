//! Which normaliser is for which kind of column.

use super::{FieldKind, field::Normal};
use crate::identity::{
    DateOrder, PhoneRegion, is_generic_email, is_generic_text, is_placeholder_date,
    normalise_address, normalise_email, normalise_given_name, normalise_phone, normalise_postcode,
    normalise_surname, normalise_text, parse_birth_date,
};

/// How the columns of one table are normalised.
pub(super) struct Normaliser {
    pub(super) region: PhoneRegion,
    pub(super) date_order: DateOrder,
}

impl Normaliser {
    /// One form of a raw text of a kind of column.
    pub(super) fn normal<'t>(&self, kind: FieldKind, raw: &'t str) -> Normal<'t> {
        let text = raw.trim();
        if text.is_empty() {
            return Normal::Blank;
        }
        if kind == FieldKind::Verbatim {
            return Normal::Known(text.into());
        }
        let plain = normalise_text(text);
        if is_generic_text(&plain) {
            return Normal::Generic;
        }
        let readable = |normal: Option<String>| match normal {
            Some(normal) => Normal::Known(normal.into()),
            None => Normal::Unreadable,
        };
        let known = |normal: String| match normal.as_str() {
            "" => Normal::Blank,
            _ => Normal::Known(normal.into()),
        };
        match kind {
            FieldKind::GivenName => known(normalise_given_name(text)),
            FieldKind::Surname => known(normalise_surname(text)),
            FieldKind::BirthDate => match parse_birth_date(text, self.date_order) {
                Some(date) if is_placeholder_date(date) => Normal::Generic,
                date => readable(date.map(|date| date.to_string())),
            },
            FieldKind::Email => match normalise_email(text) {
                Some(email) if is_generic_email(&email.address) => Normal::Generic,
                email => readable(email.map(|email| email.address)),
            },
            FieldKind::Phone => readable(normalise_phone(text, self.region)),
            FieldKind::Address => known(normalise_address(text)),
            FieldKind::Postcode => readable(normalise_postcode(text)),
            FieldKind::Identifier => {
                // 12-34 567 and 1234567 are one number.
                let joined: String = plain
                    .chars()
                    .filter(|letter| !letter.is_whitespace())
                    .collect();
                let same = joined.chars().all(|letter| joined.starts_with(letter));
                if joined.chars().count() > 3 && same {
                    Normal::Generic
                } else {
                    known(joined)
                }
            }
            _ => known(plain),
        }
    }
}
