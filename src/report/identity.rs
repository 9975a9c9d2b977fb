//! How many customers there are.

use super::{
    draw::{Axis, BLUE, Bar, Bars, Figure, ORANGE, Unit},
    picture::Picture,
};
use crate::overview::BaseFigures;

impl Picture {
    /// How many customers there seem to be if every key is taken for one, and how many there are.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::*, overview::{OverviewInputs, OverviewParams}, report::Picture};
    /// let base = |keys: &[i64]| -> custometry::Result<_> {
    ///     let log = Transactions::builder(Currency::EUR).int_keys(keys).days(vec![0; keys.len()])
    ///         .amounts(vec![900; keys.len()]).build()?;
    ///     let inputs = OverviewInputs::new().transactions(&log);
    ///     let overview = OverviewParams::default().fit(&inputs, date_of_day(9).unwrap())?;
    ///     Ok(*overview.base().told().unwrap())
    /// };
    /// let picture = Picture::fragmented_and_resolved(&base(&[1, 2, 3])?, &base(&[1, 2, 2])?);
    /// let (_, rows) = picture.table();
    /// assert_eq!((rows[0][1].as_str(), rows[1][1].as_str()), ("3", "2"));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn fragmented_and_resolved(fragmented: &BaseFigures, resolved: &BaseFigures) -> Self {
        let bar = |name: &str, of: &BaseFigures, ink| Bar {
            name: name.to_owned(),
            value: of.customers as f64,
            interval: None,
            ink,
        };
        let bars = vec![
            bar("keys of the files", fragmented, ORANGE),
            bar("people", resolved, BLUE),
        ];
        let axis = Axis::over("customers", Unit::Count, bars.iter().map(|bar| bar.value));
        Self::new(
            "fragmented_and_resolved",
            "How many customers there are",
            "If every key of the files is taken for a customer, one person with several keys counts \
             several times, and seems to buy less often. People are what is left when keys of one person \
             are put together."
                .to_owned(),
            Figure::Bars(Bars { bars, axis }),
        )
    }
}
