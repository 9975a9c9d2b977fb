//! Customers under contract: how many renew, and what the renewals are worth.
//!
//! - `histories`: what was seen, in counts by renewal.
//! - `law`: what a model of renewals is to the code around it, and its likelihood.
//! - `prediction`: what can be asked.
//! - `model`: the questions, written once for all models.
//! - `sbg`, `bdw`: the models.

mod bdw;
mod histories;
mod law;
mod model;
mod prediction;
mod sbg;

pub use self::bdw::{Bdw, BdwParams};
pub use self::histories::ContractHistories;
pub use self::model::ContractModel;
pub use self::prediction::ContractPrediction;
pub use self::sbg::{Sbg, SbgParams};
