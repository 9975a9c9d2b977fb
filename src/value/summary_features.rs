//! A summary as features.

use super::Summary;
use crate::{
    Result,
    data::{CustomerIx, Features, MissingValues},
};

impl Summary {
    /// The customers as rows of numbers, in their order, for rules and models of segments:
    ///
    /// ```text
    /// recency     days from the last purchase day to as_of: what marketers call recency
    /// frequency   purchase days, the first one too
    /// monetary    all money up to as_of in units of currency, net of all refunds
    /// tenure      days from the first purchase day to as_of
    /// mean_spend  monetary over frequency
    /// ```
    ///
    /// Money is what [`RfmMoney`](super::RfmMoney) scores. Without a purchase all five are missing.
    ///
    /// # Errors
    ///
    /// None in practice: the columns are of one length and their names differ.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Currency, Transactions, date_of_day}, value::SummaryState};
    ///
    /// let log = Transactions::builder(Currency::USD)
    ///     .text_keys(&["ann", "ann", "ann", "bob"])
    ///     .days(vec![0, 6, 8, 3])
    ///     .amounts(vec![1000, 500, -200, -400])
    ///     .build()?;
    /// let features = SummaryState::new(&log)?.summary(date_of_day(10).unwrap())?.features()?;
    /// assert_eq!(features.names(), ["recency", "frequency", "monetary", "tenure", "mean_spend"]);
    /// // Ann bought on two days for 15 dollars, and 2 were given back; bob was only refunded.
    /// assert_eq!(features.view().row(0).to_vec(), [4.0, 2.0, 13.0, 10.0, 6.5]);
    /// assert!(features.view().row(1).iter().all(|value| value.is_nan()));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn features(&self) -> Result<Features> {
        let unit = self.currency().unit();
        let row = |customer: CustomerIx| {
            let recency = f64::from(self.days_since_last(customer)?);
            let frequency = f64::from(self.frequency()[customer.at()]) + 1.0;
            let money = self.total_money(customer)?.0 as f64;
            let tenure = f64::from(self.age()[customer.at()]);
            // One division each, as RFM has it: equal ratios give equal floats.
            Some([
                recency,
                frequency,
                money / unit,
                tenure,
                money / (unit * frequency),
            ])
        };
        let mut columns = [const { Vec::new() }; 5];
        for customer in self.customers().numbers() {
            let row = row(customer).unwrap_or([f64::NAN; 5]);
            for (column, value) in columns.iter_mut().zip(row) {
                column.push(value);
            }
        }
        let names = ["recency", "frequency", "monetary", "tenure", "mean_spend"];
        let named: Vec<(&str, &[f64])> = names
            .into_iter()
            .zip(columns.iter().map(Vec::as_slice))
            .collect();
        Features::from_columns(&named, MissingValues::Keep)
    }
}
