//! What every purchase model can be asked, written once.
//!
//! Each model has a private core that implements [`Process`]; the macro gives the
//! model the public methods, inherent and documented, on top of it. A model is a
//! struct with the fields `core` and `report`.

use super::{PurchaseHistories, PurchaseHistory};
use crate::{
    Error, Result,
    data::{Days, TimeUnit},
    numeric::map_chunks,
};

/// The questions that a model's core answers.
pub(super) trait Process: Sync {
    fn unit(&self) -> TimeUnit;
    /// The chance that a customer with this history is still active.
    fn p_alive(&self, history: &PurchaseHistory) -> f64;
    /// Purchases expected over a horizon after the history.
    fn expected(&self, history: &PurchaseHistory, horizon: Days) -> f64;
    /// Purchases expected of a new customer, the first one not counted.
    fn expected_of_new(&self, horizon: Days) -> f64;
}

/// Histories predicted together; a constant.
const CHUNK: usize = 1 << 10;

/// One prediction a cell, handed to every customer in it.
pub(super) fn predict(
    histories: &PurchaseHistories,
    one: impl Fn(&PurchaseHistory) -> f64 + Sync,
) -> Vec<f64> {
    let (cells, _) = histories.weighted();
    let by_cell = map_chunks(cells.len(), CHUNK, |range| {
        cells[range].iter().map(&one).collect::<Vec<f64>>()
    });
    histories.by_customer(&by_cell.concat())
}

pub(super) fn check_horizon(horizon: Days) -> Result<()> {
    // Written so that NaN fails as well.
    if horizon.0 >= 0.0 && horizon.0.is_finite() {
        return Ok(());
    }
    Err(Error::parameter(
        "horizon",
        horizon.0,
        "a finite number of days, not negative",
    ))
}

/// Gives a purchase model its public methods.
macro_rules! purchase_model {
    ($model:ident) => {
        impl $model {
            /// The unit of time of the rates.
            ///
            /// # Example
            ///
            /// See the type.
            pub fn unit(&self) -> $crate::data::TimeUnit {
                $crate::value::purchase_model::Process::unit(&self.core)
            }

            /// What the fit told besides the parameters; `None` if they were given.
            ///
            /// # Example
            ///
            /// See [`FitReport`].
            pub fn fit_report(&self) -> Option<&FitReport> {
                self.report.as_ref()
            }

            /// P(alive) of each customer: the chance of not having dropped out by
            /// the end of observation. NaN for a customer without a purchase.
            ///
            /// # Example
            ///
            /// See the page of the room.
            pub fn p_alive(&self, histories: &$crate::value::PurchaseHistories) -> Vec<f64> {
                use $crate::value::purchase_model::{Process, predict};
                predict(histories, |history| Process::p_alive(&self.core, history))
            }

            /// P(alive) of one history.
            ///
            /// # Example
            ///
            /// See the page of the room.
            pub fn p_alive_one(&self, history: &$crate::value::PurchaseHistory) -> f64 {
                $crate::value::purchase_model::Process::p_alive(&self.core, history)
            }

            /// The purchases expected of each customer over `horizon` after the end
            /// of observation. NaN for a customer without a purchase.
            ///
            /// # Errors
            ///
            /// [`Error::InvalidParameter`]($crate::Error::InvalidParameter) unless
            /// the horizon is finite and not negative.
            ///
            /// # Example
            ///
            /// See the page of the room.
            pub fn expected_purchases(
                &self,
                histories: &$crate::value::PurchaseHistories,
                horizon: $crate::data::Days,
            ) -> $crate::Result<Vec<f64>> {
                use $crate::value::purchase_model::{Process, check_horizon, predict};
                check_horizon(horizon)?;
                Ok(predict(histories, |history| {
                    Process::expected(&self.core, history, horizon)
                }))
            }

            /// The purchases expected of one history over `horizon`.
            ///
            /// # Errors
            ///
            /// [`Error::InvalidParameter`]($crate::Error::InvalidParameter) unless
            /// the horizon is finite and not negative.
            ///
            /// # Example
            ///
            /// See the page of the room.
            pub fn expected_purchases_one(
                &self,
                history: &$crate::value::PurchaseHistory,
                horizon: $crate::data::Days,
            ) -> $crate::Result<f64> {
                use $crate::value::purchase_model::{Process, check_horizon};
                check_horizon(horizon)?;
                Ok(Process::expected(&self.core, history, horizon))
            }

            /// The purchases expected of a new customer over `horizon` after the
            /// first purchase, which is not counted.
            ///
            /// # Errors
            ///
            /// [`Error::InvalidParameter`]($crate::Error::InvalidParameter) unless
            /// the horizon is finite and not negative.
            ///
            /// # Example
            ///
            /// See the page of the room.
            pub fn expected_of_new_customer(
                &self,
                horizon: $crate::data::Days,
            ) -> $crate::Result<f64> {
                use $crate::value::purchase_model::{Process, check_horizon};
                check_horizon(horizon)?;
                Ok(Process::expected_of_new(&self.core, horizon))
            }
        }
    };
}
pub(super) use purchase_model;
