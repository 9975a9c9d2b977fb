//! Records of people from users' files, and which of them are of one person: shared by
//! the programs that know people.

pub(crate) mod columns;
mod header;
pub(crate) mod read;
pub(crate) mod resolve;
mod roles;
