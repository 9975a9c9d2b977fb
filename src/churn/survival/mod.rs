//! Survival without covariates: who is still there, for which reason the others left, and whether
//! groups differ.

mod aalen_johansen;
mod kaplan_meier;
mod log_rank;
mod nelson_aalen;
mod risk_table;
mod risk_tables;
#[cfg(test)]
mod tests;

pub(super) use self::kaplan_meier::deviate;
pub use self::{
    aalen_johansen::{AalenJohansen, CumulativeIncidence},
    kaplan_meier::{Band, KaplanMeier, Quantile},
    log_rank::{LogRank, LogRankParams, LogRankWeight},
    nelson_aalen::{NelsonAalen, TiedEvents},
    risk_table::RiskTable,
    risk_tables::{Group, RiskTables},
};
