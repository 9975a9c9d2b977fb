//! The C ABI: what `bindings/c/custometry.h` declares.
//!
//! Plain functions named `cmy_...` over operations by name. Nothing is worked out here: pointers are
//! looked at, the operation runs, its answer or error is handed out.
//!
//! ```text
//! C ──pointers──▶ guard ──▶ operations by name ──▶ the rooms
//!   ◀──status────         (on the threads of the library)
//! ```
//!
//! The header is made from the documentation here by a pinned cbindgen; so it speaks to C programmers,
//! and the rules for pointers stand once, at the head of the header. Examples are
//! `bindings/c/quickstart.c` and the programs of `tests/ffi`.
//!
//! For leaf artifacts only: a Rust program uses the rooms themselves.
#![allow(
    clippy::missing_safety_doc,
    reason = "the head of the header says what every pointer must be"
)]
#![allow(non_camel_case_types, reason = "the names of C")]

// In the order in which the header tells them; blank lines keep it.

mod version;

mod status;

mod last_error;

mod table;

mod columns;

mod object;

mod call;

mod answer;

mod verbs;

mod threads;

mod guard;
mod pointer;

pub use self::{
    answer::{
        cmy_answer, cmy_answer_f64, cmy_answer_field, cmy_answer_free, cmy_answer_i64,
        cmy_answer_item, cmy_answer_json, cmy_answer_len, cmy_answer_object, cmy_answer_table,
        cmy_answer_text, cmy_answer_type, cmy_type,
    },
    call::{
        cmy_arguments, cmy_arguments_free, cmy_arguments_new, cmy_arguments_set_json,
        cmy_arguments_set_object, cmy_arguments_set_objects, cmy_arguments_set_table,
        cmy_arguments_set_tables, cmy_call, cmy_operations, cmy_progress,
    },
    columns::{
        cmy_table_add_bool, cmy_table_add_f64, cmy_table_add_i32, cmy_table_add_i64,
        cmy_table_add_strings, cmy_table_add_text,
    },
    last_error::{
        cmy_last_error_column, cmy_last_error_copy, cmy_last_error_kind, cmy_last_error_message,
        cmy_last_error_row,
    },
    object::{
        cmy_load, cmy_object, cmy_object_clone, cmy_object_free, cmy_object_kind, cmy_object_save,
    },
    status::{cmy_status, cmy_status_name},
    table::{
        cmy_column_type, cmy_table, cmy_table_column_name, cmy_table_column_type,
        cmy_table_columns, cmy_table_copy_f64, cmy_table_copy_i64, cmy_table_export,
        cmy_table_find_column, cmy_table_free, cmy_table_import, cmy_table_new, cmy_table_rows,
        cmy_table_text,
    },
    threads::cmy_set_threads,
    verbs::{
        cmy_ask, cmy_explain, cmy_fit, cmy_load_columns, cmy_make, cmy_merge, cmy_overview,
        cmy_predict,
    },
    version::{CMY_ABI_VERSION, cmy_abi_version, cmy_version_string},
};
