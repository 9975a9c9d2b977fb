//! Objects that a host holds.

use std::{any::Any, fmt, sync::Arc};

use crate::{Error, Result};

/// A type whose objects hosts can hold, with the name they know it by.
pub(crate) trait Held: Any + Send + Sync {
    /// `room.Type`.
    const KIND: &'static str;
}

/// An object of some kind, shared and immutable.
#[derive(Clone)]
pub(crate) struct Object {
    kind: &'static str,
    value: Arc<dyn Any + Send + Sync>,
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Object").field(&self.kind).finish()
    }
}

impl Object {
    pub(crate) fn new<T: Held>(value: T) -> Self {
        Self {
            kind: T::KIND,
            value: Arc::new(value),
        }
    }

    /// An object that others hold too.
    pub(crate) fn of<T: Held>(shared: Arc<T>) -> Self {
        Self {
            kind: T::KIND,
            value: shared,
        }
    }

    pub(crate) fn kind(&self) -> &'static str {
        self.kind
    }

    /// The object, if it is of that kind.
    pub(crate) fn get<T: Held>(&self) -> Option<&T> {
        self.value.downcast_ref()
    }

    /// The same, shared; for what keeps an object for longer than a call.
    pub(crate) fn share<T: Held>(&self) -> Option<Arc<T>> {
        Arc::clone(&self.value).downcast().ok()
    }

    /// The object, or an error that names the argument it was given for.
    pub(super) fn require<T: Held>(&self, argument: &'static str) -> Result<&T> {
        self.get()
            .ok_or_else(|| Error::parameter(argument, self.kind, format!("a {}", T::KIND)))
    }
}

/// Gives types of a room their names: `held!("value": Rfm, Summary)`.
macro_rules! held {
    ($room:literal: $($type:ident),+ $(,)?) => {
        $(impl $crate::host::Held for $type {
            const KIND: &'static str = concat!($room, ".", stringify!($type));
        })+
    };
}
pub(crate) use held;
