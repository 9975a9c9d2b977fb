//! Private kernels: reductions in a fixed order, an optimiser, special
//! functions, quantiles, random numbers.
//!
//! They are written and proved here before the models that use them, so a few
//! have no caller yet; the `expect` below falls away with the last of them.

#![cfg_attr(
    not(test),
    expect(dead_code, reason = "the rooms to come use the rest")
)]

pub(crate) mod binomial;
pub(crate) mod cholesky;
mod chunks;
mod dispatch;
mod exponential;
pub(crate) mod hash;
pub(crate) mod lanes;
pub(crate) mod matrix;
pub(crate) mod newton;
mod order;
pub(crate) mod quadrature;
pub(crate) mod quantile;
pub(crate) mod rng;
pub(crate) mod special;

pub(crate) use self::{
    chunks::{Stage, fill_rows, first_where, map_chunks, map_chunks_observed, map_items_observed},
    dispatch::dispatch,
    exponential::exp_of_negative,
    order::{from_order, to_order},
};
