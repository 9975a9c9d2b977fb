//! Who is who: how likely it is that two records are the same person.

mod normalise;
mod similarity;
