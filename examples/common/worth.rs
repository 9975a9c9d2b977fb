//! How to look ahead, and what money is worth then.

use custometry::data::{Days, DiscountRate};

use super::Result;

/// How to look ahead and what money is worth.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct WorthArgs {
    /// How many days to look ahead
    #[arg(
        long,
        value_name = "DAYS",
        default_value_t = 365.0,
        allow_negative_numbers = true
    )]
    horizon: f64,

    /// The margin, as a share of revenue
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = 0.3,
        allow_negative_numbers = true
    )]
    margin: f64,

    /// What money loses in worth by coming a year later, as a share
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = 0.15,
        allow_negative_numbers = true
    )]
    annual_discount: f64,
}

impl WorthArgs {
    pub(crate) fn horizon(&self) -> Days {
        Days(self.horizon)
    }

    pub(crate) fn margin(&self) -> f64 {
        self.margin
    }

    pub(crate) fn discount(&self) -> Result<DiscountRate> {
        Ok(DiscountRate::annual(self.annual_discount)?)
    }
}

impl std::fmt::Display for WorthArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "over {} days, margin {:.0}%, discounted at {:.0}% a year",
            self.horizon,
            100.0 * self.margin,
            100.0 * self.annual_discount
        )
    }
}
