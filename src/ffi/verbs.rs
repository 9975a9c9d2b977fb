//! The verbs of the library as functions of their own: shortcuts over operations by name.
#![allow(unsafe_code, reason = "functions that C finds by name")]

use std::{ffi::c_char, ptr};

use serde_json::{Map, Value};

use super::{
    call::{self, handles, parse},
    cmy_answer, cmy_object, cmy_status, cmy_table,
    guard::{Fallible, guard},
    pointer::{give, handle, optional_text, place, text, values},
};
use crate::{
    Error,
    host::{self, Argument, Object},
};

/// Reads a log or another object from the columns of a table: the operation `kind.read`, such as
/// `data.Transactions.read`. The members of `spec`, a JSON object, are its other arguments by name, such as
/// `{"currency":"EUR","columns":{"customer":"who","day":"when","amount_minor":"cents"}}`; NULL for
/// none. Free the object with `cmy_object_free()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_load_columns(
    kind: *const c_char,
    kind_len: usize,
    table: *const cmy_table,
    spec: *const c_char,
    spec_len: usize,
    object: *mut *mut cmy_object,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (object, kind, table, spec) = unsafe {
            (
                place("object", object, ptr::null_mut())?,
                text("kind", kind, kind_len)?,
                handle("table", table)?,
                optional_text("spec", spec, spec_len)?,
            )
        };
        let mut arguments = members("spec", spec)?;
        arguments.push(("table".to_owned(), Argument::Table(table.table.clone())));
        *object = give(made(&format!("{kind}.read"), arguments)?);
        Ok(())
    })
}

/// Fits a model, or learns anything else that is fitted: the operation `kind.fit`, such as
/// `value.BgNbd.fit`. The inputs are its arguments but `params` in the order in which it takes them;
/// NULL for one that is left out. `params` is the JSON of its parameters: what is left out has its
/// default, a name that is not known is an error. NULL for the defaults, which the operation
/// `kind.params` tells.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_fit(
    kind: *const c_char,
    kind_len: usize,
    inputs: *const *const cmy_object,
    inputs_count: usize,
    params: *const c_char,
    params_len: usize,
    model: *mut *mut cmy_object,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (model, kind, inputs, params) = unsafe {
            (
                place("model", model, ptr::null_mut())?,
                text("kind", kind, kind_len)?,
                objects("inputs", inputs, inputs_count)?,
                optional_text("params", params, params_len)?,
            )
        };
        let mut arguments = Vec::new();
        if let Some(params) = params {
            let params = Argument::Json(parse("params", params)?);
            arguments.push(("params".to_owned(), params));
        }
        let operation = format!("{kind}.fit");
        in_order(&operation, "inputs", inputs, &mut arguments)?;
        *model = give(made(&operation, arguments)?);
        Ok(())
    })
}

/// Asks a fitted model of inputs: the operation `kind.predict` of its kind. The inputs are its
/// arguments after the model itself, in the order in which it takes them; NULL for one that is left
/// out. The members of `rest`, a JSON object, are its other arguments by name, such as
/// `{"prediction":{"expected":365}}`; NULL for none. Free the answer with `cmy_answer_free()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_predict(
    model: *const cmy_object,
    inputs: *const *const cmy_object,
    inputs_count: usize,
    rest: *const c_char,
    rest_len: usize,
    answer: *mut *mut cmy_answer,
) -> cmy_status {
    // SAFETY: as of this function.
    guard(|| unsafe {
        ask_of(
            "predict",
            model,
            (inputs, inputs_count),
            (rest, rest_len),
            answer,
        )
    })
}

/// Asks a fitted model why: the operation `kind.explain` of its kind. As `cmy_predict()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_explain(
    model: *const cmy_object,
    inputs: *const *const cmy_object,
    inputs_count: usize,
    rest: *const c_char,
    rest_len: usize,
    answer: *mut *mut cmy_answer,
) -> cmy_status {
    // SAFETY: as of this function.
    guard(|| unsafe {
        ask_of(
            "explain",
            model,
            (inputs, inputs_count),
            (rest, rest_len),
            answer,
        )
    })
}

/// Puts states of one kind together that were computed in parts, per shard or per day: the operation
/// `kind.merge` of their kind, in the order given. At least one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_merge(
    states: *const *const cmy_object,
    states_count: usize,
    merged: *mut *mut cmy_object,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (merged, states) = unsafe {
            (
                place("merged", merged, ptr::null_mut())?,
                handles("states", states, states_count)?,
            )
        };
        let Some(first) = states.first() else {
            return Err(Error::parameter("states", "an empty list", "one state or more").into());
        };
        let operation = format!("{}.merge", first.object.kind());
        let states = states.iter();
        let states = states
            .map(|it| Argument::Object(it.object.clone()))
            .collect();
        let arguments = vec![("states".to_owned(), Argument::List(states))];
        *merged = give(made(&operation, arguments)?);
        Ok(())
    })
}

/// Who are the best customers, who is leaving, who is growing, what to do: the operation
/// `overview.Overview.fit` of a purchase log (`data.Transactions`) on a day such as "2024-05-31".
/// `params` is the JSON of its parameters; NULL for the defaults. With people, events or contact
/// statuses besides, or with progress, `cmy_call()` runs the same operation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_overview(
    log: *const cmy_object,
    as_of: *const c_char,
    as_of_len: usize,
    params: *const c_char,
    params_len: usize,
    overview: *mut *mut cmy_object,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (overview, log, as_of, params) = unsafe {
            (
                place("overview", overview, ptr::null_mut())?,
                handle("log", log)?,
                text("as_of", as_of, as_of_len)?,
                optional_text("params", params, params_len)?,
            )
        };
        let mut arguments = vec![
            (
                "transactions".to_owned(),
                Argument::Object(log.object.clone()),
            ),
            ("as_of".to_owned(), Argument::Json(as_of.into())),
        ];
        if let Some(params) = params {
            let params = Argument::Json(parse("params", params)?);
            arguments.push(("params".to_owned(), params));
        }
        *overview = give(made("overview.Overview.fit", arguments)?);
        Ok(())
    })
}

/// Runs any operation with objects in the order in which it takes them and the rest by name:
/// `cmy_call()` in one line. Objects go to the arguments, but `params`, that the members of `rest`, a
/// JSON object, do not name; NULL for one that is left out.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_ask(
    operation: *const c_char,
    operation_len: usize,
    inputs: *const *const cmy_object,
    inputs_count: usize,
    rest: *const c_char,
    rest_len: usize,
    answer: *mut *mut cmy_answer,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (answer, (operation, arguments)) = unsafe {
            (
                place("answer", answer, ptr::null_mut())?,
                asked(
                    (operation, operation_len),
                    (inputs, inputs_count),
                    (rest, rest_len),
                )?,
            )
        };
        *answer = give(cmy_answer::new(call::run(operation, arguments, None)?));
        Ok(())
    })
}

/// As `cmy_ask()`, for operations whose answer is an object: constructors such as
/// `value.SummaryState.new`, results such as `value.Rfm.score`. Free it with `cmy_object_free()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_make(
    operation: *const c_char,
    operation_len: usize,
    inputs: *const *const cmy_object,
    inputs_count: usize,
    rest: *const c_char,
    rest_len: usize,
    object: *mut *mut cmy_object,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (object, (operation, arguments)) = unsafe {
            (
                place("object", object, ptr::null_mut())?,
                asked(
                    (operation, operation_len),
                    (inputs, inputs_count),
                    (rest, rest_len),
                )?,
            )
        };
        *object = give(made(operation, arguments)?);
        Ok(())
    })
}

/// An operation, and its arguments: objects in the order in which it takes them, the rest by name.
///
/// # Safety
///
/// Pointers are what the head of the header says.
unsafe fn asked<'a>(
    (operation, operation_len): (*const c_char, usize),
    (inputs, inputs_count): (*const *const cmy_object, usize),
    (rest, rest_len): (*const c_char, usize),
) -> Fallible<(&'a str, Vec<(String, Argument)>)> {
    // SAFETY: as above.
    let (operation, inputs, rest) = unsafe {
        (
            text("operation", operation, operation_len)?,
            objects("inputs", inputs, inputs_count)?,
            optional_text("rest", rest, rest_len)?,
        )
    };
    let mut arguments = members("rest", rest)?;
    in_order(operation, "inputs", inputs, &mut arguments)?;
    Ok((operation, arguments))
}

/// # Safety
///
/// Pointers are what the head of the header says.
unsafe fn ask_of(
    verb: &str,
    model: *const cmy_object,
    (inputs, inputs_count): (*const *const cmy_object, usize),
    (rest, rest_len): (*const c_char, usize),
    answer: *mut *mut cmy_answer,
) -> Fallible<()> {
    // SAFETY: as above.
    let (answer, model, inputs, rest) = unsafe {
        (
            place("answer", answer, ptr::null_mut())?,
            handle("model", model)?,
            objects("inputs", inputs, inputs_count)?,
            optional_text("rest", rest, rest_len)?,
        )
    };
    let operation = format!("{}.{verb}", model.object.kind());
    let mut arguments = members("rest", rest)?;
    let this = Argument::Object(model.object.clone());
    arguments.push(("self".to_owned(), this));
    in_order(&operation, "inputs", inputs, &mut arguments)?;
    *answer = give(cmy_answer::new(call::run(&operation, arguments, None)?));
    Ok(())
}

/// Objects in a row, of which some may be left out.
///
/// # Safety
///
/// `it` points to `count` handles or NULLs.
unsafe fn objects(
    name: &'static str,
    it: *const *const cmy_object,
    count: usize,
) -> Fallible<Vec<Option<Object>>> {
    // SAFETY: as above.
    let pointers = unsafe { values(name, it, count) }?;
    // SAFETY: as above.
    let one = |&pointer: &*const cmy_object| unsafe { pointer.as_ref() };
    let all = pointers.iter().map(one);
    Ok(all.map(|it| it.map(|it| it.object.clone())).collect())
}

/// The members of a JSON object as arguments.
fn members(name: &'static str, text: Option<&str>) -> Fallible<Vec<(String, Argument)>> {
    let members = match text.map(|text| parse(name, text)).transpose()? {
        None => Map::new(),
        Some(Value::Object(members)) => members,
        Some(other) => {
            let expected = "a JSON object: arguments by name";
            return Err(Error::parameter(name, other, expected).into());
        }
    };
    let argument = |(name, value)| (name, Argument::Json(value));
    Ok(members.into_iter().map(argument).collect())
}

/// Gives objects, in their order, to the arguments of an operation that are not named yet. `params` is
/// never one of them: parameters are JSON.
fn in_order(
    operation: &str,
    name: &'static str,
    objects: Vec<Option<Object>>,
    arguments: &mut Vec<(String, Argument)>,
) -> Fallible<()> {
    let mut operations = host::registry().operations();
    let Some((_, found)) = operations.find(|&(there, _)| there == operation) else {
        // The call says so better.
        return Ok(());
    };
    let takes = found.takes().iter();
    let free: Vec<&str> = takes
        .copied()
        .filter(|&taken| taken != "params" && arguments.iter().all(|(named, _)| named != taken))
        .collect();
    if objects.len() > free.len() {
        let expected = format!("at most {}: {}", free.len(), free.join(", "));
        return Err(Error::parameter(name, objects.len(), expected).into());
    }
    for (name, object) in free.into_iter().zip(objects) {
        if let Some(object) = object {
            arguments.push((name.to_owned(), Argument::Object(object)));
        }
    }
    Ok(())
}

/// Runs an operation that answers an object.
fn made(operation: &str, arguments: Vec<(String, Argument)>) -> Fallible<cmy_object> {
    cmy_answer::new(call::run(operation, arguments, None)?).object()
}
