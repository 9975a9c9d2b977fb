//! What was known of a customer before a day, and nothing else.

use super::track::View;

/// What was known of a customer before the day of a snapshot.
///
/// Rows that happened or were recorded on the day or later are not in it, nor are those before the
/// lookback; there is no way from here to the log.
///
/// # Example
///
/// See [`HostFeature`](super::HostFeature).
#[derive(Clone, Copy)]
pub struct History<'a> {
    pub(super) day: i32,
    /// Days since the customer became one.
    pub(super) tenure: i64,
    pub(super) purchases: View<'a>,
    pub(super) events: View<'a>,
    pub(super) channels: &'a [String],
    pub(super) kinds: &'a [String],
}

impl std::fmt::Debug for History<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("History")
            .field("day", &self.day)
            .field("purchases", &self.purchases.days.len())
            .field("events", &self.events.days.len())
            .finish_non_exhaustive()
    }
}

impl<'a> History<'a> {
    /// The day of the snapshot, counted from 1970-01-01.
    ///
    /// # Example
    ///
    /// See [`HostFeature`](super::HostFeature).
    pub fn day(&self) -> i32 {
        self.day
    }

    /// Days since the customer became one, at least 1.
    ///
    /// # Example
    ///
    /// See [`HostFeature`](super::HostFeature).
    pub fn tenure_days(&self) -> i64 {
        self.tenure
    }

    /// The day of each row of the log of purchases, ascending: those of refunds too, and a day as often
    /// as it has rows. A day with refunds only is no purchase day of [`Feature`](super::Feature) and
    /// spells; [`amounts`](Self::amounts) tells them apart.
    ///
    /// # Example
    ///
    /// See [`HostFeature`](super::HostFeature).
    pub fn purchase_days(&self) -> &'a [i32] {
        self.purchases.days
    }

    /// The amounts of these rows, in minor units.
    ///
    /// # Example
    ///
    /// See [`HostFeature`](super::HostFeature).
    pub fn amounts(&self) -> &'a [i64] {
        self.purchases.amounts
    }

    /// The channel of one of these rows; `None` if it has none.
    ///
    /// # Example
    ///
    /// See [`HostFeature`](super::HostFeature).
    pub fn channel(&self, row: usize) -> Option<&'a str> {
        let label = *self.purchases.labels.get(row)?;
        self.channels.get(label as usize).map(String::as_str)
    }

    /// The days of events, ascending.
    ///
    /// # Example
    ///
    /// See [`HostFeature`](super::HostFeature).
    pub fn event_days(&self) -> &'a [i32] {
        self.events.days
    }

    /// The kind of one of these events.
    ///
    /// # Example
    ///
    /// See [`HostFeature`](super::HostFeature).
    pub fn event_kind(&self, row: usize) -> Option<&'a str> {
        let label = *self.events.labels.get(row)?;
        self.kinds.get(label as usize).map(String::as_str)
    }
}
