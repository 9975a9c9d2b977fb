//! What C and Python call: operations by name.
//!
//! Both hosts see the library as objects of some kinds and operations on them:
//!
//! ```text
//! value.BgNbd.fit   histories, params      ->  an object of kind value.BgNbd
//! value.BgNbd.predict  self, histories, ...  ->  a table
//! ```
//!
//! An operation is named `room.Kind.verb`, takes arguments by name ([`Arguments`]: objects, tables,
//! JSON) and gives one [`Answer`]. All of them are in one registry, a file a room here, so that a
//! capability that is added once is there for every host, with the same names, defaults and errors.
//! Parameters are JSON of the serde types of the rooms: a new option changes no signature.
//!
//! ```text
//! host ──arguments──▶ call ──▶ operation of a room ──▶ public functions of the library
//!      ◀───answer────
//! ```

mod answer;
mod arguments;
#[cfg(any(feature = "ffi", test))]
mod json;
mod object;
mod pool;
mod registry;

mod churn;
mod data;
mod identity;
mod migration;
mod overview;
mod segmentation;
mod simulate;
mod value;

use std::sync::OnceLock;

pub(crate) use self::{
    answer::{Answer, IntoAnswer, decimal_text},
    arguments::{Argument, Arguments, Function, OneOrMore, as_money, as_purchase_model},
    object::{Held, Object, held},
    pool::{pool, set_threads},
    registry::Room,
};
use crate::{Error, Observer, Result};

/// Every kind and operation there is.
pub(crate) fn registry() -> &'static registry::Registry {
    static REGISTRY: OnceLock<registry::Registry> = OnceLock::new();
    REGISTRY.get_or_init(|| {
        let mut registry = registry::Registry::default();
        data::register(&mut registry.room("data"));
        identity::register(&mut registry.room("identity"));
        value::register(&mut registry.room("value"));
        segmentation::register(&mut registry.room("segmentation"));
        churn::register(&mut registry.room("churn"));
        migration::register(&mut registry.room("migration"));
        overview::register(&mut registry.room("overview"));
        simulate::register(&mut registry.room("simulate"));
        registry
    })
}

/// Runs an operation.
///
/// # Errors
///
/// [`Error::InvalidParameter`] for a name that no operation has, for an argument that it does not
/// take, that is missing or of the wrong kind; and what the operation itself refuses.
pub(crate) fn call(
    operation: &str,
    arguments: Vec<(String, Argument)>,
    observer: &mut dyn Observer,
) -> Result<Answer> {
    let found = registry().operation(operation)?;
    let mut arguments = Arguments::new(arguments, found.takes(), observer)?;
    found.run(&mut arguments)
}

/// Reads a saved object of any kind: the envelope says which.
///
/// # Errors
///
/// [`Error::ModelFormat`].
pub(crate) fn load(text: &str) -> Result<Object> {
    #[derive(serde::Deserialize)]
    struct Envelope {
        format: String,
    }
    let unreadable = |found: String| Error::ModelFormat {
        expected: "a saved object of custometry".into(),
        found: found.into(),
    };
    let envelope: Envelope =
        serde_json::from_str(text).map_err(|error| unreadable(error.to_string()))?;
    match registry().loader(&envelope.format) {
        Some(load) => load(text),
        None => Err(unreadable(format!("the format {}", envelope.format))),
    }
}
