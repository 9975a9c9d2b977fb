//! Versions.
#![allow(unsafe_code, reason = "functions that C finds by name")]

use std::ffi::c_char;

/// The version of this interface that the header was made for. Within a version, functions are only
/// added; a function that changes gets another name. Unstable before version 1.0 of the library.
pub const CMY_ABI_VERSION: u32 = 1;

/// The version of the interface that the library has. A program built with this header needs
/// `cmy_abi_version() == CMY_ABI_VERSION`.
#[unsafe(no_mangle)]
pub extern "C" fn cmy_abi_version() -> u32 {
    CMY_ABI_VERSION
}

/// The version of the library, such as "0.1.0". Lives as long as the process.
#[unsafe(no_mangle)]
pub extern "C" fn cmy_version_string() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}
