//! What became of those who left.

use serde::{Deserialize, Serialize};

use super::Spells;

impl Spells {
    /// What became of those who left: how many came back within so many days of the end.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{ChurnDefinition, Spell, Spells}, data::{CustomerIx, Customers}};
    /// # let definition = ChurnDefinition::Inactivity { days: 30 };
    /// let (customers, _) = Customers::from_texts(&["ann", "bob", "cid"])?;
    /// let spell = |customer, start, end| (CustomerIx(customer), Spell { start, end, cause: None });
    /// let spells = [
    ///     spell(0, 0, Some(40)),
    ///     spell(0, 50, Some(95)), // ann left again, five days before the data end
    ///     spell(1, 0, Some(40)),
    ///     spell(2, 0, None),
    /// ];
    /// let returns = Spells::new(definition, customers, 100, &[""; 0], &spells)?.returns(20);
    /// assert_eq!((returns.returned, returns.confirmed, returns.provisional), (1, 1, 1));
    /// assert_eq!(returns.rate(), Some(0.5));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn returns(&self, within_days: u32) -> ChurnReturns {
        let mut returns = ChurnReturns::default();
        for customer in self.customers.numbers() {
            let mut spells = self.of(customer).peekable();
            while let Some(spell) = spells.next() {
                let Some(end) = spell.end else { break };
                let last = i64::from(end) + i64::from(within_days);
                let back = spells
                    .peek()
                    .is_some_and(|next| i64::from(next.start) <= last);
                match (last < i64::from(self.known_until), back) {
                    (true, true) => returns.returned += 1,
                    (true, false) => returns.confirmed += 1,
                    (false, true) => returns.returned_early += 1,
                    (false, false) => returns.provisional += 1,
                }
            }
        }
        returns
    }
}

/// What became of the ends of spells.
///
/// # Example
///
/// See [`Spells::returns`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChurnReturns {
    /// Ends watched for all the days, with a return within them.
    pub returned: u64,
    /// Ends watched for all the days, without a return within them.
    pub confirmed: u64,
    /// Ends too late to be watched for all the days, without a return so far.
    pub provisional: u64,
    /// Ends too late to be watched for all the days, with a return already. They are no part of the
    /// rate: only returns would be counted of ends that late.
    pub returned_early: u64,
}

impl ChurnReturns {
    /// The reactivation rate: returned / (returned + confirmed). `None` if no end was watched for all
    /// the days.
    ///
    /// # Example
    ///
    /// See [`Spells::returns`].
    pub fn rate(&self) -> Option<f64> {
        let watched = self.returned + self.confirmed;
        (watched > 0).then(|| self.returned as f64 / watched as f64)
    }
}
