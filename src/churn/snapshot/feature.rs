//! What each feature of a customer is called, and what it reads.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// One feature of a customer, from what was known before the day of the snapshot.
///
/// `days` are the last days before the snapshot, the day before it included; `None` is the whole
/// lookback. Money is in minor units. Purchases are counted by rows of the log of transactions, and
/// refunds (amounts below 0) are rows as well. A purchase day is a day with at least one row that is no
/// refund, as in [`Spells::of_purchases`](crate::churn::Spells::of_purchases). What cannot be known is
/// missing, NaN; which features can be is said for each.
///
/// # Example
///
/// ```
/// use custometry::churn::Feature;
/// assert_eq!(Feature::Money { days: Some(90) }.name(), "money_90d");
/// assert_eq!(Feature::Events { kind: "login".into(), days: None }.name(), "events_login");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Feature {
    /// Days since the customer became one (in the spell that lasts). At least 1.
    Tenure,
    /// Days since the last purchase day: the silence so far. Missing without such a day.
    Recency,
    /// The number of purchases.
    Purchases {
        /// The last days.
        days: Option<u32>,
    },
    /// The number of purchase days.
    PurchaseDays {
        /// The last days.
        days: Option<u32>,
    },
    /// Purchases in 30 days: their number over the days or the tenure, the shorter of the two.
    PurchaseRate {
        /// The last days.
        days: u32,
    },
    /// The sum of the amounts.
    Money {
        /// The last days.
        days: Option<u32>,
    },
    /// The mean of the amounts. Missing without a purchase.
    MoneyMean {
        /// The last days.
        days: Option<u32>,
    },
    /// The standard deviation (of n - 1) of the amounts. Missing below two purchases.
    MoneySd {
        /// The last days.
        days: Option<u32>,
    },
    /// The longest time in days from one purchase day to the next. Missing below two such days.
    MaxGap {
        /// The last days.
        days: Option<u32>,
    },
    /// The silence so far over the mean gap between purchase days. Missing below two such days.
    Overdue {
        /// The last days.
        days: Option<u32>,
    },
    /// Purchases of the shorter time over those of the longer. Missing if the longer has none.
    PurchaseShare {
        /// The shorter time, the last days.
        short: u32,
        /// The longer time, the last days.
        long: u32,
    },
    /// Money of the shorter time over that of the longer. Missing where the longer has not above 0.
    MoneyShare {
        /// The shorter time, the last days.
        short: u32,
        /// The longer time, the last days.
        long: u32,
    },
    /// Purchases of the last days over those of as many days before them, less 1. Missing if there
    /// were none before.
    PurchaseChange {
        /// The last days.
        days: u32,
    },
    /// Money of the last days over that of as many days before them, less 1. Missing if that was not
    /// above 0.
    MoneyChange {
        /// The last days.
        days: u32,
    },
    /// The slope of the line of least squares through the money of months of 30 days back from the
    /// snapshot, in minor units a month. Missing if the tenure is shorter.
    MoneySlope {
        /// How many months, 2 or more.
        months: u32,
    },
    /// The share of a channel among purchases with a channel. Missing without one.
    ChannelShare {
        /// The channel.
        channel: String,
        /// The last days.
        days: Option<u32>,
    },
    /// The entropy in nats of the channels of purchases: 0 if all are of one. Missing without one.
    ChannelEntropy {
        /// The last days.
        days: Option<u32>,
    },
    /// The number of events of a kind.
    Events {
        /// The kind.
        kind: String,
        /// The last days.
        days: Option<u32>,
    },
    /// Days since the last event of a kind. Missing without one.
    EventRecency {
        /// The kind.
        kind: String,
    },
    /// The entropy in nats of the kinds of events. Missing without one.
    KindEntropy {
        /// The last days.
        days: Option<u32>,
    },
}

/// What a feature reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Spells,
    Transactions,
    Channels,
    Events,
}

/// The days of a month.
pub(super) const MONTH: u32 = 30;

impl Feature {
    /// The name of the column.
    ///
    /// # Example
    ///
    /// See [`Feature`].
    pub fn name(&self) -> String {
        let over = |stem: &str, days: &Option<u32>| match days {
            Some(days) => format!("{stem}_{days}d"),
            None => stem.to_owned(),
        };
        match self {
            Self::Tenure => "tenure".into(),
            Self::Recency => "recency".into(),
            Self::Purchases { days } => over("purchases", days),
            Self::PurchaseDays { days } => over("purchase_days", days),
            Self::PurchaseRate { days } => format!("purchase_rate_{days}d"),
            Self::Money { days } => over("money", days),
            Self::MoneyMean { days } => over("money_mean", days),
            Self::MoneySd { days } => over("money_sd", days),
            Self::MaxGap { days } => over("max_gap", days),
            Self::Overdue { days } => over("overdue", days),
            Self::PurchaseShare { short, long } => format!("purchase_share_{short}d_{long}d"),
            Self::MoneyShare { short, long } => format!("money_share_{short}d_{long}d"),
            Self::PurchaseChange { days } => format!("purchase_change_{days}d"),
            Self::MoneyChange { days } => format!("money_change_{days}d"),
            Self::MoneySlope { months } => format!("money_slope_{months}m"),
            Self::ChannelShare { channel, days } => over(&format!("channel_{channel}"), days),
            Self::ChannelEntropy { days } => over("channel_entropy", days),
            Self::Events { kind, days } => over(&format!("events_{kind}"), days),
            Self::EventRecency { kind } => format!("recency_{kind}"),
            Self::KindEntropy { days } => over("kind_entropy", days),
        }
    }

    pub(super) fn source(&self) -> Source {
        match self {
            Self::Tenure => Source::Spells,
            Self::ChannelShare { .. } | Self::ChannelEntropy { .. } => Source::Channels,
            Self::Events { .. } | Self::EventRecency { .. } | Self::KindEntropy { .. } => {
                Source::Events
            }
            _ => Source::Transactions,
        }
    }

    /// The days back that the feature needs, if it says.
    pub(super) fn reach(&self) -> Option<u64> {
        match self {
            Self::Tenure | Self::Recency | Self::EventRecency { .. } => None,
            Self::Purchases { days }
            | Self::PurchaseDays { days }
            | Self::Money { days }
            | Self::MoneyMean { days }
            | Self::MoneySd { days }
            | Self::MaxGap { days }
            | Self::Overdue { days }
            | Self::ChannelShare { days, .. }
            | Self::ChannelEntropy { days }
            | Self::Events { days, .. }
            | Self::KindEntropy { days } => days.map(u64::from),
            Self::PurchaseRate { days } => Some(u64::from(*days)),
            Self::PurchaseShare { long, .. } | Self::MoneyShare { long, .. } => {
                Some(u64::from(*long))
            }
            Self::PurchaseChange { days } | Self::MoneyChange { days } => {
                Some(2 * u64::from(*days))
            }
            Self::MoneySlope { months } => Some(u64::from(MONTH) * u64::from(*months)),
        }
    }

    /// The label of rows that the feature is about.
    pub(super) fn label(&self) -> Option<&str> {
        match self {
            Self::ChannelShare { channel: label, .. }
            | Self::Events { kind: label, .. }
            | Self::EventRecency { kind: label } => Some(label),
            _ => None,
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        let refused =
            |expected: &'static str| Err(Error::parameter("feature", self.name(), expected));
        if self.reach() == Some(0) {
            return refused("1 day or more");
        }
        match self {
            Self::PurchaseShare { short, long } | Self::MoneyShare { short, long }
                if *short == 0 || short >= long =>
            {
                refused("a shorter time of 1 day or more, and a longer one")
            }
            Self::MoneySlope { months } if !(2..=1200).contains(months) => {
                refused("2 to 1200 months")
            }
            _ if self.label().is_some_and(|label| label.trim().is_empty()) => {
                refused("a label that is not blank")
            }
            _ => Ok(()),
        }
    }
}
