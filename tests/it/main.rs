//! Integration tests: one binary, so that the library is linked once.
#![expect(clippy::print_stderr, reason = "a test that cannot run says so")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "that is how a test fails, also in its helpers"
)]
#![expect(clippy::cast_precision_loss, reason = "counts are small here")]

mod api_surface;
mod bg_bb;
mod bg_nbd;
mod blocking;
mod bridge;
mod cdnow;
mod churn;
mod churn_models;
mod churn_risk;
mod churn_table;
mod clv;
mod cohorts;
mod contract;
mod crosswalk;
mod customer_360;
mod doubts;
mod fellegi_sunter;
mod gamma_gamma;
mod hand_made;
mod holdout;
mod identities;
mod identity;
mod mbg_nbd;
mod merge_law;
mod migration;
mod over_time;
mod overview;
mod pareto_nbd;
mod people;
mod persistence;
mod predictions;
mod profit;
mod programs;
mod random_points;
mod recovery;
mod resolve;
mod rfm;
mod same_bits;
mod segmentation;
mod splink;
mod summary;
mod value;
