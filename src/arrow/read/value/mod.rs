//! What `value` takes: histories of customers whose log is elsewhere.

mod contracts;
mod opportunities;
mod purchases;
mod spends;

pub use self::{
    contracts::ContractColumns, opportunities::OpportunityColumns, purchases::HistoryColumns,
    spends::SpendColumns,
};

use super::super::Table;
use crate::{Error, Result, data::Customers};

/// The customers of a column of keys, a row each, if there is one.
fn customers_of(table: &Table, column: Option<&str>) -> Result<Option<Customers>> {
    let Some(name) = column else { return Ok(None) };
    let (customers, rows) = table.column(name)?.keys()?;
    // Customers are numbered by first appearance, so that all different keys count up.
    let repeated = rows.iter().enumerate().find(|(row, who)| who.at() != *row);
    match repeated {
        None => Ok(Some(customers)),
        Some((row, who)) => Err(Error::DuplicateKey {
            key: customers
                .key(*who)
                .map(|key| key.to_string())
                .unwrap_or_default()
                .into(),
            first_row: who.at(),
            row,
        }),
    }
}
