//! Tables that `simulate` takes.
