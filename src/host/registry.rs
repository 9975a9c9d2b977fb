//! Kinds and operations by name.

use std::{collections::BTreeMap, marker::PhantomData};

use serde::Serialize;

use super::{Answer, Arguments, Held, IntoAnswer, Object};
use crate::{
    Error, Result,
    arrow::Tables,
    data::{Merge, merge_all},
    persist::{self, Persist},
};

type Run = Box<dyn Fn(&mut Arguments<'_>) -> Result<Answer> + Send + Sync>;
type Load = fn(&str) -> Result<Object>;

/// Something that can be done.
pub(crate) struct Operation {
    takes: Vec<&'static str>,
    run: Run,
}

impl Operation {
    /// The names of its arguments.
    pub(crate) fn takes(&self) -> &[&'static str] {
        &self.takes
    }

    pub(super) fn run(&self, arguments: &mut Arguments<'_>) -> Result<Answer> {
        (self.run)(arguments)
    }
}

/// Kinds and operations by name.
#[derive(Default)]
pub(crate) struct Registry {
    operations: BTreeMap<String, Operation>,
    /// How to read a format of saved objects.
    loaders: BTreeMap<&'static str, Load>,
}

impl Registry {
    /// A room, to fill.
    pub(super) fn room(&mut self, name: &'static str) -> Room<'_> {
        Room {
            registry: self,
            name,
        }
    }

    /// The names of all operations, ascending.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (&str, &Operation)> {
        self.operations
            .iter()
            .map(|(name, operation)| (name.as_str(), operation))
    }

    fn add(&mut self, name: String, operation: Operation) {
        let double = self.operations.insert(name, operation);
        debug_assert!(double.is_none(), "two operations of one name");
    }

    pub(super) fn operation(&self, name: &str) -> Result<&Operation> {
        let unknown = || {
            let (kind, _) = name.rsplit_once('.').unwrap_or((name, ""));
            let start = format!("{kind}.");
            let near: Vec<&str> = self
                .operations
                .keys()
                .filter_map(|operation| operation.strip_prefix(&start))
                .collect();
            let expected = if near.is_empty() {
                "an operation such as value.Rfm.fit".to_owned()
            } else {
                format!("one of those of {kind}: {}", near.join(", "))
            };
            Error::parameter("operation", name, expected)
        };
        self.operations.get(name).ok_or_else(unknown)
    }

    pub(super) fn loader(&self, format: &str) -> Option<Load> {
        self.loaders.get(format).copied()
    }
}

/// A room that is being filled with operations.
pub(crate) struct Room<'r> {
    registry: &'r mut Registry,
    name: &'static str,
}

impl Room<'_> {
    /// A function of the room itself.
    pub(crate) fn function<A: IntoAnswer>(
        &mut self,
        name: &str,
        takes: &[&'static str],
        run: impl Fn(&mut Arguments<'_>) -> Result<A> + Send + Sync + 'static,
    ) {
        let operation = Operation {
            takes: takes.to_vec(),
            run: Box::new(move |arguments| run(arguments)?.into_answer()),
        };
        self.registry
            .add(format!("{}.{name}", self.name), operation);
    }

    /// A kind of objects, to be given operations.
    pub(crate) fn kind<T: Held>(&mut self) -> Kind<'_, T> {
        Kind {
            registry: self.registry,
            held: PhantomData,
        }
    }
}

/// A kind of objects that is being given operations.
pub(crate) struct Kind<'r, T> {
    registry: &'r mut Registry,
    held: PhantomData<T>,
}

impl<T: Held> Kind<'_, T> {
    /// An operation of the kind; those of an object take `self`.
    pub(crate) fn operation<A: IntoAnswer>(
        self,
        name: &str,
        takes: &[&'static str],
        run: impl Fn(&mut Arguments<'_>) -> Result<A> + Send + Sync + 'static,
    ) -> Self {
        let operation = Operation {
            takes: takes.to_vec(),
            run: Box::new(move |arguments| run(arguments)?.into_answer()),
        };
        self.registry.add(format!("{}.{name}", T::KIND), operation);
        self
    }

    /// What an object says of itself.
    pub(crate) fn get<A: IntoAnswer>(
        self,
        name: &str,
        get: impl Fn(&T) -> A + Send + Sync + 'static,
    ) -> Self {
        self.operation(name, &["self"], move |arguments| {
            get(arguments.this()?).into_answer()
        })
    }

    /// The parameters that a fit of the kind has by default, as JSON.
    pub(crate) fn defaults<P: Default + Serialize>(self) -> Self {
        self.operation("params", &[], |_| Answer::written(&P::default()))
    }

    /// Objects that can be saved.
    pub(crate) fn saved(self) -> Self
    where
        T: Persist,
    {
        self.registry.loaders.insert(T::FORMAT, |text| {
            Ok(Object::new(persist::from_json::<T>(text)?))
        });
        self.get("to_json", persist::to_json)
    }

    /// Objects told in tables.
    pub(crate) fn tables(self) -> Self
    where
        T: Tables,
    {
        self.operation("table", &["self", "name"], |arguments| {
            let it: &T = arguments.this()?;
            match arguments.optional_json::<String>("name")? {
                Some(name) => it.table(&name),
                None => it.record_batch(),
            }
        })
    }

    /// States of shards, put together in the order given.
    pub(crate) fn merged(self) -> Self
    where
        T: Merge + Clone,
    {
        self.operation("merge", &["states"], |arguments| {
            let states = arguments.objects::<T>("states")?;
            let merged = merge_all(states.into_iter().cloned())?;
            merged.ok_or_else(|| Error::parameter("states", "an empty list", "one state or more"))
        })
    }
}
