//! What C hands over, looked at before it is used.
#![allow(unsafe_code, reason = "pointers of C are read here")]

use std::{
    ffi::{CStr, c_char},
    slice, str,
};

use super::guard::{Fallible, Fault};

/// The length of a text that ends with a NUL: `CMY_NTS` of the header.
const NUL_ENDED: usize = usize::MAX;

/// A handle of ours.
///
/// # Safety
///
/// `it` is NULL or a handle that this library gave and that lives for `'a`.
pub(super) unsafe fn handle<'a, T>(name: &'static str, it: *const T) -> Fallible<&'a T> {
    // SAFETY: as above.
    unsafe { it.as_ref() }.ok_or_else(|| null(name))
}

/// A handle that is being filled.
///
/// # Safety
///
/// As [`handle`], and no other thread uses it.
pub(super) unsafe fn handle_mut<'a, T>(name: &'static str, it: *mut T) -> Fallible<&'a mut T> {
    // SAFETY: as above.
    unsafe { it.as_mut() }.ok_or_else(|| null(name))
}

/// A place for an output, blank until there is one.
///
/// # Safety
///
/// `it` is NULL or a place for a `T`.
pub(super) unsafe fn place<'a, T>(name: &'static str, it: *mut T, blank: T) -> Fallible<&'a mut T> {
    if it.is_null() {
        return Err(null(name));
    }
    // SAFETY: as above. Written before it is borrowed, since C need not have set it.
    unsafe {
        it.write(blank);
        Ok(&mut *it)
    }
}

/// Values in a row.
///
/// # Safety
///
/// `it` points to `len` values that live for `'a`, or `len` is 0.
pub(super) unsafe fn values<'a, T>(
    name: &'static str,
    it: *const T,
    len: usize,
) -> Fallible<&'a [T]> {
    checked(name, it, len)?;
    if len == 0 {
        return Ok(&[]);
    }
    // SAFETY: as above, and checked to be no NULL, aligned and of a possible length.
    Ok(unsafe { slice::from_raw_parts(it, len) })
}

/// Values that need not be there.
///
/// # Safety
///
/// As [`values`], or NULL.
pub(super) unsafe fn optional_values<'a, T>(
    name: &'static str,
    it: *const T,
    len: usize,
) -> Fallible<Option<&'a [T]>> {
    if it.is_null() {
        return Ok(None);
    }
    // SAFETY: as above.
    unsafe { values(name, it, len) }.map(Some)
}

/// A buffer of the caller for `len` values, which need not be set.
///
/// # Safety
///
/// `it` has room for `len` values.
pub(super) unsafe fn buffer<'a, T: Copy + Default>(
    name: &'static str,
    it: *mut T,
    len: usize,
) -> Fallible<&'a mut [T]> {
    checked(name, it, len)?;
    if len == 0 {
        return Ok(&mut []);
    }
    // SAFETY: as above, and checked as for `values`. Set before it is borrowed.
    unsafe {
        it.write_bytes(0, len);
        Ok(slice::from_raw_parts_mut(it, len))
    }
}

/// UTF-8 of a length, or ended by a NUL.
///
/// # Safety
///
/// `it` points to `len` bytes that live for `'a`, to a text that ends with a NUL if `len` is
/// `CMY_NTS`, or `len` is 0.
pub(super) unsafe fn text<'a>(
    name: &'static str,
    it: *const c_char,
    len: usize,
) -> Fallible<&'a str> {
    let bytes = if len == NUL_ENDED {
        if it.is_null() {
            return Err(null(name));
        }
        // SAFETY: as above.
        unsafe { CStr::from_ptr(it) }.to_bytes()
    } else {
        // SAFETY: as above.
        unsafe { values(name, it.cast::<u8>(), len) }?
    };
    str::from_utf8(bytes).map_err(|_| Fault::BadUtf8 {
        what: name.to_owned(),
        row: None,
    })
}

/// A text that need not be there.
///
/// # Safety
///
/// As [`text`], or NULL.
pub(super) unsafe fn optional_text<'a>(
    name: &'static str,
    it: *const c_char,
    len: usize,
) -> Fallible<Option<&'a str>> {
    if it.is_null() {
        return Ok(None);
    }
    // SAFETY: as above.
    unsafe { text(name, it, len) }.map(Some)
}

/// Takes a handle back.
///
/// # Safety
///
/// `it` is NULL or a handle that this library gave and that nobody uses any more.
pub(super) unsafe fn take_back<T>(it: *mut T) -> Option<Box<T>> {
    // SAFETY: as above; handles are boxes.
    (!it.is_null()).then(|| unsafe { Box::from_raw(it) })
}

/// A handle of something.
pub(super) fn give<T>(it: T) -> *mut T {
    Box::into_raw(Box::new(it))
}

pub(super) fn null(name: &str) -> Fault {
    Fault::NullPointer(name.to_owned())
}

/// What the language asks of the parts of a slice.
fn checked<T>(name: &'static str, it: *const T, len: usize) -> Fallible<()> {
    if len == 0 {
        return Ok(());
    }
    if it.is_null() {
        return Err(null(name));
    }
    let bytes = len.checked_mul(size_of::<T>());
    if !it.is_aligned() || bytes.is_none_or(|bytes| isize::try_from(bytes).is_err()) {
        return Err(Fault::Misuse(format!(
            "{name} is no array of {len} values: not aligned, or larger than memory can be"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::ptr;

    use super::*;

    #[test]
    fn null_is_empty_only_where_there_is_nothing_to_read() {
        // SAFETY: nothing is read.
        unsafe {
            assert!(values::<f64>("x", ptr::null(), 0).unwrap().is_empty());
            assert!(matches!(
                values::<f64>("x", ptr::null(), 1),
                Err(Fault::NullPointer(_))
            ));
            let aligned = ptr::without_provenance::<f64>(8);
            assert!(matches!(
                values("x", aligned, usize::MAX / 2),
                Err(Fault::Misuse(_))
            ));
            let askew = ptr::without_provenance::<f64>(9);
            assert!(matches!(values("x", askew, 1), Err(Fault::Misuse(_))));
            assert_eq!(text("x", ptr::null(), 0).unwrap(), "");
            assert!(text("x", ptr::null(), NUL_ENDED).is_err());
            assert!(optional_text("x", ptr::null(), 5).unwrap().is_none());
        }
    }

    #[test]
    fn a_text_ends_at_its_length_or_at_its_nul() {
        let bytes = c"caf\xc3\xa9";
        // SAFETY: lengths are those of the literals.
        unsafe {
            assert_eq!(text("x", bytes.as_ptr(), NUL_ENDED).unwrap(), "café");
            assert_eq!(text("x", bytes.as_ptr(), 3).unwrap(), "caf");
            let half = text("x", bytes.as_ptr(), 4);
            assert!(matches!(half, Err(Fault::BadUtf8 { row: None, .. })));
        }
    }
}
