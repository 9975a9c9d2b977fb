//! Saving and loading fitted objects.
//!
//! A saved object is one line of JSON in an envelope that says what it is:
//!
//! ```text
//! {"format":"custometry/rfm","version":1,"model":{...}}
//! ```
//!
//! Every number comes back with the same bits. Non-finite numbers have no form
//! in JSON and are refused on write. What is read passes the same checks as
//! what is fitted; a format or version that this crate does not know is a
//! [`ModelFormat`](crate::Error::ModelFormat) error naming both sides.
//!
//! # Example
//!
//! ```
//! use custometry::{data::{Currency, Transactions}, persist, value::{RfmParams, SummaryState, Rfm}};
//!
//! let log = Transactions::builder(Currency::EUR)
//!     .text_keys(&["ann", "bob", "cid"])
//!     .days(vec![0, 10, 20])
//!     .amounts(vec![500, 700, 100])
//!     .build()?;
//! let as_of = custometry::data::date_of_day(30).unwrap();
//! let rfm = RfmParams::default().fit(&SummaryState::new(&log)?.summary(as_of)?)?;
//!
//! let text = persist::to_json(&rfm)?;
//! assert!(text.starts_with(r#"{"format":"custometry/rfm","version":1,"model":"#));
//! assert_eq!(persist::from_json::<Rfm>(&text)?, rfm);
//! # Ok::<(), custometry::Error>(())
//! ```

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::{Error, Result, numeric::hash::fnv1a};

/// A fitted object that can be saved.
///
/// # Example
///
/// ```
/// use custometry::{persist::Persist, value::Rfm};
/// assert_eq!((Rfm::FORMAT, Rfm::VERSION), ("custometry/rfm", 1));
/// ```
pub trait Persist: Serialize + DeserializeOwned + PartialEq + sealed::Sealed {
    /// What the object is; the `format` of the envelope.
    const FORMAT: &'static str;
    /// The version of its fields; the `version` of the envelope.
    const VERSION: u32;
}

pub(crate) mod sealed {
    /// Closes [`Persist`](super::Persist): formats are this crate's to give.
    pub trait Sealed {}
}

#[derive(Serialize)]
struct EnvelopeOut<'a, M> {
    format: &'a str,
    version: u32,
    model: &'a M,
}

#[derive(Deserialize)]
struct EnvelopeIn<'a> {
    format: String,
    version: u32,
    #[serde(borrow)]
    model: &'a RawValue,
}

/// Writes an object as one line of JSON.
///
/// The text is read back before it is handed out, so a saved object is known to
/// load, and to be equal to the one in memory.
///
/// # Errors
///
/// [`Error::ModelFormat`] if the object holds a number that is not finite.
///
/// # Example
///
/// See the [module page](self).
pub fn to_json<M: Persist>(model: &M) -> Result<String> {
    let envelope = EnvelopeOut {
        format: M::FORMAT,
        version: M::VERSION,
        model,
    };
    let refused = |found: String| Error::ModelFormat {
        expected: "only finite numbers in the object to save".into(),
        found: found.into(),
    };
    let text = serde_json::to_string(&envelope).map_err(|error| refused(error.to_string()))?;
    // serde_json writes a NaN or an infinity as `null`. Such an object either
    // cannot be read back or comes back different.
    match from_json::<M>(&text) {
        Ok(read) if read == *model => Ok(text),
        Ok(_) => Err(refused("a number that is not finite".into())),
        Err(error) => Err(refused(error.to_string())),
    }
}

/// Reads an object that [`to_json`] wrote, now or in an earlier version.
///
/// # Errors
///
/// [`Error::ModelFormat`] if the text is not JSON, has another format or an
/// unknown version, or holds values that a fit could not have given.
///
/// # Example
///
/// ```
/// use custometry::{ErrorKind, persist, value::Rfm};
///
/// let later = r#"{"format":"custometry/rfm","version":9,"model":{}}"#;
/// let error = persist::from_json::<Rfm>(later).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::ModelFormat);
/// assert!(error.to_string().contains("version 9"));
/// ```
pub fn from_json<M: Persist>(text: &str) -> Result<M> {
    let expected = || format!("{} version {}", M::FORMAT, M::VERSION).into_boxed_str();
    let unreadable = |error: serde_json::Error| Error::ModelFormat {
        expected: expected(),
        found: error.to_string().into(),
    };
    let envelope: EnvelopeIn = serde_json::from_str(text).map_err(unreadable)?;
    if envelope.format != M::FORMAT || envelope.version != M::VERSION {
        return Err(Error::ModelFormat {
            expected: expected(),
            found: format!("{} version {}", envelope.format, envelope.version).into(),
        });
    }
    serde_json::from_str(envelope.model.get()).map_err(unreadable)
}

/// A number that tells one definition from another: FNV-1a over the JSON of a
/// fitted object. The same for the same object, on every machine.
pub(crate) fn fingerprint<M: Persist>(model: &M) -> Result<u64> {
    Ok(fnv1a(to_json(model)?.bytes()))
}

/// A fingerprint of parts that are saved as something else. Equal parts have equal ones.
pub(crate) fn fingerprint_of(parts: &impl Serialize) -> Result<u64> {
    let text = serde_json::to_string(parts).map_err(|error| Error::ModelFormat {
        expected: "parts that can be saved".into(),
        found: error.to_string().into(),
    })?;
    Ok(fnv1a(text.bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Toy {
        number: f64,
        maybe: Option<f64>,
    }
    impl sealed::Sealed for Toy {}
    impl Persist for Toy {
        const FORMAT: &'static str = "custometry/toy";
        const VERSION: u32 = 3;
    }

    fn toy(number: f64, maybe: Option<f64>) -> Toy {
        Toy { number, maybe }
    }

    #[test]
    fn every_bit_comes_back() {
        for bits in [1u64, 0x3fb9_9999_9999_999a, 0x7fef_ffff_ffff_ffff, 1 << 63] {
            let model = toy(f64::from_bits(bits), Some(0.1 + 0.2));
            let read: Toy = from_json(&to_json(&model).unwrap()).unwrap();
            assert_eq!(read.number.to_bits(), bits);
            assert_eq!(read, model);
        }
    }

    #[test]
    fn numbers_that_are_not_finite_are_refused() {
        for model in [
            toy(f64::NAN, None),
            toy(f64::INFINITY, None),
            toy(0.0, Some(f64::NEG_INFINITY)),
        ] {
            let error = to_json(&model).unwrap_err();
            assert!(error.to_string().contains("finite"), "{error}");
        }
    }

    #[test]
    fn foreign_files_are_refused_with_both_sides_named() {
        let cases = [
            ("", "EOF"),
            ("[1, 2]", "expected"),
            (
                r#"{"format":"custometry/toy","version":3}"#,
                "missing field `model`",
            ),
            (
                r#"{"format":"custometry/rfm","version":3,"model":{}}"#,
                "custometry/rfm version 3",
            ),
            (
                r#"{"format":"custometry/toy","version":4,"model":{}}"#,
                "custometry/toy version 4",
            ),
            (
                r#"{"format":"custometry/toy","version":3,"model":{"number":null}}"#,
                "null",
            ),
        ];
        for (text, found) in cases {
            let error = from_json::<Toy>(text).unwrap_err().to_string();
            assert!(
                error.contains("expected custometry/toy version 3"),
                "{error}"
            );
            assert!(error.contains(found), "{error}");
        }
    }
}
