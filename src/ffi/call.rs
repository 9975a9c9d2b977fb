//! Operations by name, with arguments by name.
#![allow(
    unsafe_code,
    reason = "functions that C finds by name, and one of its own"
)]

use std::{
    ffi::{CString, c_char, c_void},
    ops::ControlFlow,
    ptr,
    sync::OnceLock,
};

use serde_json::{Value, json};

use super::{
    cmy_answer, cmy_object, cmy_status, cmy_table,
    guard::{Fallible, free, guard},
    pointer::{give, handle, handle_mut, null, place, take_back, text, values},
    threads,
};
use crate::{
    Error, Observer, Progress,
    host::{self, Answer, Argument},
};

/// Arguments by name, to be filled for a call. Not to be used from two threads at once. What is set
/// is shared or copied: objects and tables may be freed at once.
#[derive(Debug, Default)]
pub struct cmy_arguments {
    named: Vec<(String, Argument)>,
}

/// Is told how far a call has come: `done` of `total` steps of a stage, whose total is 0 where it
/// cannot be known. Anything but 0 ends the call with `CMY_STATUS_CANCELLED`; nothing is left half
/// done. It is called on the thread that made the call. It must return: neither an exception nor a
/// `longjmp` may leave it; and it must not call the library for more work. `stage` is lent for the
/// callback. `context` is what the call was given.
pub type cmy_progress = Option<
    unsafe extern "C" fn(context: *mut c_void, stage: *const c_char, done: u64, total: u64) -> i32,
>;

/// A callback of C as an observer.
struct Watch {
    progress: unsafe extern "C" fn(*mut c_void, *const c_char, u64, u64) -> i32,
    context: *mut c_void,
}

impl Observer for Watch {
    fn step(&mut self, progress: Progress) -> ControlFlow<()> {
        let stage = CString::new(progress.stage).unwrap_or_default();
        // SAFETY: the caller's function with the caller's context, on the caller's thread.
        let stop =
            unsafe { (self.progress)(self.context, stage.as_ptr(), progress.done, progress.total) };
        match stop {
            0 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    }
}

/// Runs an operation on the threads of the library.
pub(super) fn run(
    operation: &str,
    arguments: Vec<(String, Argument)>,
    observer: Option<&mut dyn Observer>,
) -> Fallible<Answer> {
    let work = |observer: &mut dyn Observer| host::call(operation, arguments, observer);
    Ok(threads::run(observer, work)??)
}

/// JSON of the caller.
pub(super) fn parse(name: &'static str, text: &str) -> Fallible<Value> {
    let value = serde_json::from_str(text);
    Ok(value.map_err(|error| Error::parameter(name, text, format!("JSON: {error}")))?)
}

/// All operations there are, as JSON, sorted by name, each with the names of the arguments that it
/// takes: `[{"operation":"value.BgNbd.fit","takes":["histories","params"]}, ...]`. An operation does
/// what the function of its name in the library does. Lent for as long as the process lives.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_operations(
    operations: *mut *const c_char,
    operations_len: *mut usize,
) -> cmy_status {
    static LIST: OnceLock<String> = OnceLock::new();
    guard(|| {
        // SAFETY: the head of the header.
        let (operations, operations_len) = unsafe {
            (
                place("operations", operations, ptr::null())?,
                place("operations_len", operations_len, 0)?,
            )
        };
        let list = LIST.get_or_init(|| {
            let all = host::registry().operations();
            let all = all.map(|(name, it)| json!({"operation": name, "takes": it.takes()}));
            all.collect::<Value>().to_string()
        });
        (*operations, *operations_len) = (list.as_ptr().cast(), list.len());
        Ok(())
    })
}

/// No arguments yet. Free them with `cmy_arguments_free()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_arguments_new(arguments: *mut *mut cmy_arguments) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let arguments = unsafe { place("arguments", arguments, ptr::null_mut()) }?;
        *arguments = give(cmy_arguments::default());
        Ok(())
    })
}

/// Sets an argument to an object. An argument that is set again is replaced.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_arguments_set_object(
    arguments: *mut cmy_arguments,
    name: *const c_char,
    name_len: usize,
    object: *const cmy_object,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (arguments, name, object) = unsafe {
            (
                handle_mut("arguments", arguments)?,
                text("name", name, name_len)?,
                handle("object", object)?,
            )
        };
        arguments.set(name, Argument::Object(object.object.clone()));
        Ok(())
    })
}

/// Sets an argument to a list of objects, in their order.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_arguments_set_objects(
    arguments: *mut cmy_arguments,
    name: *const c_char,
    name_len: usize,
    objects: *const *const cmy_object,
    count: usize,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (arguments, name, objects) = unsafe {
            (
                handle_mut("arguments", arguments)?,
                text("name", name, name_len)?,
                handles("objects", objects, count)?,
            )
        };
        let objects = objects.into_iter();
        let list = objects.map(|it| Argument::Object(it.object.clone()));
        arguments.set(name, Argument::List(list.collect()));
        Ok(())
    })
}

/// Sets an argument to a table. A table of one column also serves where an operation takes a column of
/// numbers or flags.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_arguments_set_table(
    arguments: *mut cmy_arguments,
    name: *const c_char,
    name_len: usize,
    table: *const cmy_table,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (arguments, name, table) = unsafe {
            (
                handle_mut("arguments", arguments)?,
                text("name", name, name_len)?,
                handle("table", table)?,
            )
        };
        arguments.set(name, Argument::Table(table.table.clone()));
        Ok(())
    })
}

/// Sets an argument to a list of tables, in their order.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_arguments_set_tables(
    arguments: *mut cmy_arguments,
    name: *const c_char,
    name_len: usize,
    tables: *const *const cmy_table,
    count: usize,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (arguments, name, tables) = unsafe {
            (
                handle_mut("arguments", arguments)?,
                text("name", name, name_len)?,
                handles("tables", tables, count)?,
            )
        };
        let tables = tables.into_iter();
        let list = tables.map(|it| Argument::Table(it.table.clone()));
        arguments.set(name, Argument::List(list.collect()));
        Ok(())
    })
}

/// Sets an argument to a value in JSON: a number, a text in quotes, a date as "2024-05-31", a list, or
/// parameters such as {"unit":"weeks"}. JSON has no NaN; where one is allowed, say null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_arguments_set_json(
    arguments: *mut cmy_arguments,
    name: *const c_char,
    name_len: usize,
    json: *const c_char,
    json_len: usize,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (arguments, name, json) = unsafe {
            (
                handle_mut("arguments", arguments)?,
                text("name", name, name_len)?,
                text("json", json, json_len)?,
            )
        };
        arguments.set(name, Argument::Json(parse("json", json)?));
        Ok(())
    })
}

/// Frees arguments. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_arguments_free(arguments: *mut cmy_arguments) {
    // SAFETY: the head of the header.
    free(unsafe { take_back(arguments) });
}

/// Runs an operation by name and waits for its answer. `arguments` are left as they are and may be
/// used again; NULL is none. `progress` may be NULL, and so may `context`. Free the answer with
/// `cmy_answer_free()`.
///
/// `CMY_STATUS_INVALID_PARAMETER` for an operation or an argument that is not known, missing or of
/// another kind; the message names those there are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_call(
    operation: *const c_char,
    operation_len: usize,
    arguments: *const cmy_arguments,
    progress: cmy_progress,
    context: *mut c_void,
    answer: *mut *mut cmy_answer,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header; arguments need not be there.
        let (answer, operation, arguments) = unsafe {
            (
                place("answer", answer, ptr::null_mut())?,
                text("operation", operation, operation_len)?,
                arguments.as_ref(),
            )
        };
        let arguments = arguments.map(|it| it.named.clone()).unwrap_or_default();
        let mut watch = progress.map(|progress| Watch { progress, context });
        let observer = watch.as_mut().map(|watch| watch as &mut dyn Observer);
        *answer = give(cmy_answer::new(run(operation, arguments, observer)?));
        Ok(())
    })
}

impl cmy_arguments {
    fn set(&mut self, name: &str, argument: Argument) {
        match self.named.iter_mut().find(|(there, _)| there == name) {
            Some((_, there)) => *there = argument,
            None => self.named.push((name.to_owned(), argument)),
        }
    }
}

/// Handles in a row, all of them there.
///
/// # Safety
///
/// `it` points to `count` handles that live for `'a`.
pub(super) unsafe fn handles<'a, T>(
    name: &'static str,
    it: *const *const T,
    count: usize,
) -> Fallible<Vec<&'a T>> {
    // SAFETY: as above.
    let pointers = unsafe { values(name, it, count) }?;
    let one = |(at, pointer): (usize, &*const T)| {
        // SAFETY: as above.
        let there = unsafe { pointer.as_ref() };
        there.ok_or_else(|| null(&format!("number {at} of {name} (counted from 0)")))
    };
    pointers.iter().enumerate().map(one).collect()
}
