//! Objects: logs, states, models, results.
#![allow(unsafe_code, reason = "functions that C finds by name")]

use std::{
    ffi::{CString, c_char},
    ptr,
};

use super::{
    call, cmy_answer, cmy_status,
    guard::{free, guard},
    pointer::{give, handle, place, take_back, text},
    threads,
};
use crate::host::{self, Argument, Object};

/// A log, a state, a fitted model or a result. Immutable; may be used from many threads at once, and
/// freed on any.
#[derive(Debug)]
pub struct cmy_object {
    pub(super) object: Object,
    kind: CString,
}

impl cmy_object {
    pub(super) fn new(object: Object) -> Self {
        // No kind has a NUL in its name.
        let kind = CString::new(object.kind()).unwrap_or_default();
        Self { object, kind }
    }
}

/// The kind of an object, such as "value.BgNbd": the start of the names of its operations. Lent until
/// the object is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_object_kind(
    object: *const cmy_object,
    kind: *mut *const c_char,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (kind, object) =
            unsafe { (place("kind", kind, ptr::null())?, handle("object", object)?) };
        *kind = object.kind.as_ptr();
        Ok(())
    })
}

/// Another handle of the same object, to be freed on its own. Costs nothing: the object is shared.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_object_clone(
    object: *const cmy_object,
    clone: *mut *mut cmy_object,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (clone, object) = unsafe {
            (
                place("clone", clone, ptr::null_mut())?,
                handle("object", object)?,
            )
        };
        *clone = give(cmy_object::new(object.object.clone()));
        Ok(())
    })
}

/// Saves an object as a text, which is one line of JSON: an answer to be read by `cmy_answer_text()`.
/// Kinds that cannot be saved are refused: operations that end in `.to_json` tell which can.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_object_save(
    object: *const cmy_object,
    saved: *mut *mut cmy_answer,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (saved, object) = unsafe {
            (
                place("saved", saved, ptr::null_mut())?,
                handle("object", object)?,
            )
        };
        let operation = format!("{}.to_json", object.object.kind());
        let this = Argument::Object(object.object.clone());
        let answer = call::run(&operation, vec![("self".to_owned(), this)], None)?;
        *saved = give(cmy_answer::new(answer));
        Ok(())
    })
}

/// Reads an object of any kind that was saved, by this or an earlier version of the library, in any
/// language. What is read passes the same checks as what is fitted. Free it with
/// `cmy_object_free()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_load(
    saved: *const c_char,
    saved_len: usize,
    object: *mut *mut cmy_object,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (object, saved) = unsafe {
            (
                place("object", object, ptr::null_mut())?,
                text("saved", saved, saved_len)?,
            )
        };
        let read = threads::run(None, |_| host::load(saved))??;
        *object = give(cmy_object::new(read));
        Ok(())
    })
}

/// Frees a handle of an object; the object itself goes with its last handle. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_object_free(object: *mut cmy_object) {
    // SAFETY: the head of the header.
    free(unsafe { take_back(object) });
}
