//! Features by name and by definition, saved with whatever is fitted to them.

use serde::{Deserialize, Serialize};

use super::{
    HostFeature,
    history::{History, View},
};
use crate::{Error, Result};

/// One feature of a customer, from what was known before the day of the snapshot.
///
/// `days` are the last days before the snapshot, the day before it included; `None` is the whole
/// lookback. Money is in minor units. A purchase is a row of the log of transactions. What cannot be
/// known is missing, NaN; which features can be is said for each.
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
    /// Days since the last purchase: the silence so far. Missing without a purchase.
    Recency,
    /// The number of purchases.
    Purchases {
        /// The last days.
        days: Option<u32>,
    },
    /// The number of different days with a purchase.
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
    /// The longest time in days between two days with a purchase. Missing below two such days.
    MaxGap {
        /// The last days.
        days: Option<u32>,
    },
    /// The silence so far over the mean gap between days with a purchase. Missing below two such days.
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

const MONTH: u32 = 30;

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

    fn check(&self) -> Result<()> {
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
            Self::ChannelShare { channel: label, .. }
            | Self::Events { kind: label, .. }
            | Self::EventRecency { kind: label }
                if label.trim().is_empty() =>
            {
                refused("a label that is not blank")
            }
            _ => Ok(()),
        }
    }

    /// The value for a customer; NaN where missing.
    pub(super) fn of(&self, known: &History<'_>) -> f64 {
        let bought = |days: &Option<u32>| last_of(known.purchases, known.day, *days);
        match self {
            Self::Tenure => known.tenure_days() as f64,
            Self::Recency => silence(known.purchases, known.day),
            Self::Purchases { days } => bought(days).days.len() as f64,
            Self::PurchaseDays { days } => distinct(bought(days).days) as f64,
            Self::PurchaseRate { days } => {
                // Purchases of an earlier spell are not of this tenure.
                let time = known.tenure_days().min(i64::from(*days));
                let within = u32::try_from(time).unwrap_or(*days);
                bought(&Some(within)).days.len() as f64 / time as f64 * f64::from(MONTH)
            }
            Self::Money { days } => bought(days).money() as f64,
            Self::MoneyMean { days } => mean(bought(days)),
            Self::MoneySd { days } => deviation(bought(days)),
            Self::MaxGap { days } => {
                let gaps = bought(days).days.windows(2);
                let longest = gaps.map(|two| i64::from(two[1]) - i64::from(two[0])).max();
                longest
                    .filter(|&gap| gap > 0)
                    .map_or(f64::NAN, |gap| gap as f64)
            }
            Self::Overdue { days } => {
                let view = bought(days);
                match (view.days.first(), view.days.last()) {
                    (Some(&first), Some(&last)) if first < last => {
                        let span = (i64::from(last) - i64::from(first)) as f64;
                        let gaps = (distinct(view.days) - 1) as f64;
                        silence(view, known.day) / (span / gaps)
                    }
                    _ => f64::NAN,
                }
            }
            Self::PurchaseShare { short, long } => {
                let of = |days: u32| bought(&Some(days)).days.len() as f64;
                over(of(*short), of(*long))
            }
            Self::MoneyShare { short, long } => {
                let of = |days: u32| bought(&Some(days)).money() as f64;
                over(of(*short), of(*long))
            }
            Self::PurchaseChange { days } => {
                let (now, before) = two_windows(known, *days);
                over(now.days.len() as f64, before.days.len() as f64) - 1.0
            }
            Self::MoneyChange { days } => {
                let (now, before) = two_windows(known, *days);
                over(now.money() as f64, before.money() as f64) - 1.0
            }
            Self::MoneySlope { months } => slope(known, *months),
            Self::ChannelShare { channel, days } => {
                let view = bought(days);
                let named = view
                    .labels
                    .iter()
                    .filter(|&&at| (at as usize) < known.channels.len());
                let of = count(view.labels, known.channels, channel);
                over(of as f64, named.count() as f64)
            }
            Self::ChannelEntropy { days } => entropy(bought(days).labels, known.channels.len()),
            Self::Events { kind, days } => {
                let view = last_of(known.events, known.day, *days);
                count(view.labels, known.kinds, kind) as f64
            }
            Self::EventRecency { kind } => {
                let wanted = place(known.kinds, kind);
                let last = known
                    .events
                    .labels
                    .iter()
                    .rposition(|&at| Some(at as usize) == wanted);
                last.map_or(f64::NAN, |row| {
                    (i64::from(known.day) - i64::from(known.events.days[row])) as f64
                })
            }
            Self::KindEntropy { days } => entropy(
                last_of(known.events, known.day, *days).labels,
                known.kinds.len(),
            ),
        }
    }
}

fn last_of(view: View<'_>, day: i32, days: Option<u32>) -> View<'_> {
    days.map_or(view, |days| view.since(i64::from(day) - i64::from(days)))
}

fn two_windows<'a>(known: &History<'a>, days: u32) -> (View<'a>, View<'a>) {
    let middle = i64::from(known.day) - i64::from(days);
    let before = known
        .purchases
        .since(middle - i64::from(days))
        .until(middle);
    (known.purchases.since(middle), before)
}

fn silence(view: View<'_>, day: i32) -> f64 {
    let last = view.days.last();
    last.map_or(f64::NAN, |&last| (i64::from(day) - i64::from(last)) as f64)
}

/// A ratio to something above 0, else missing.
fn over(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { f64::NAN }
}

fn distinct(days: &[i32]) -> usize {
    days.chunk_by(|a, b| a == b).count()
}

fn mean(view: View<'_>) -> f64 {
    over(view.money() as f64, view.days.len() as f64)
}

fn deviation(view: View<'_>) -> f64 {
    if view.days.len() < 2 {
        return f64::NAN;
    }
    let mean = mean(view);
    let squares = view
        .amounts
        .iter()
        .map(|&amount| (amount as f64 - mean).powi(2));
    (squares.sum::<f64>() / (view.days.len() - 1) as f64).sqrt()
}

fn slope(known: &History<'_>, months: u32) -> f64 {
    if known.tenure_days() < i64::from(months) * i64::from(MONTH) {
        return f64::NAN;
    }
    // Month 0 is the oldest; around their middle the months are symmetric.
    let middle = f64::from(months - 1) / 2.0;
    let (mut cross, mut square) = (0.0, 0.0);
    for month in 0..months {
        let from = i64::from(known.day) - i64::from(MONTH) * i64::from(months - month);
        let view = known.purchases.since(from).until(from + i64::from(MONTH));
        let away = f64::from(month) - middle;
        cross += away * view.money() as f64;
        square += away * away;
    }
    cross / square
}

fn place(labels: &[String], wanted: &str) -> Option<usize> {
    labels
        .binary_search_by(|label| label.as_str().cmp(wanted))
        .ok()
}

fn count(rows: &[u32], labels: &[String], wanted: &str) -> usize {
    place(labels, wanted).map_or(0, |at| {
        rows.iter().filter(|&&row| row as usize == at).count()
    })
}

/// The entropy of the rows that are labelled.
fn entropy(rows: &[u32], labels: usize) -> f64 {
    let mut named: Vec<u32> = rows
        .iter()
        .copied()
        .filter(|&at| (at as usize) < labels)
        .collect();
    if named.is_empty() {
        return f64::NAN;
    }
    named.sort_unstable();
    let share = |run: &[u32]| run.len() as f64 / named.len() as f64;
    let terms = named.chunk_by(|a, b| a == b).map(share);
    // Of one label alone the sum is -0.
    terms.map(|share| -share * share.ln()).sum::<f64>() + 0.0
}

/// Features in the order of their columns.
///
/// # Example
///
/// ```
/// use custometry::churn::{Feature, FeatureSet};
///
/// let set = FeatureSet::purchases().with(Feature::Events { kind: "login".into(), days: Some(30) })?;
/// assert_eq!(set.names().last().unwrap(), "events_login_30d");
/// assert!(set.with(Feature::Recency).is_err(), "it is there");
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Fields")]
pub struct FeatureSet {
    version: u32,
    features: Vec<Feature>,
}

/// The version of what the features mean.
const VERSION: u32 = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    version: u32,
    features: Vec<Feature>,
}

impl TryFrom<Fields> for FeatureSet {
    type Error = Error;
    fn try_from(fields: Fields) -> Result<Self> {
        if fields.version != VERSION {
            return Err(Error::VersionMismatch {
                what: "version of the features",
                expected: VERSION.to_string().into(),
                found: fields.version.to_string().into(),
            });
        }
        Self::new(fields.features)
    }
}

impl Default for FeatureSet {
    fn default() -> Self {
        Self::purchases()
    }
}

impl FeatureSet {
    /// A set of features.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] if a feature cannot be (a time of 0 days, a blank label), and
    /// [`Error::DuplicateKey`] if two have the same name.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::{Feature, FeatureSet};
    /// let set = FeatureSet::new(vec![Feature::Tenure, Feature::Recency])?;
    /// assert_eq!(set.names(), ["tenure", "recency"]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn new(features: Vec<Feature>) -> Result<Self> {
        let mut set = Self {
            version: VERSION,
            features: Vec::new(),
        };
        for feature in features {
            set = set.with(feature)?;
        }
        Ok(set)
    }

    /// The features that a log of purchases gives: how long, how recent, how often, how much, and
    /// how that changed in the last 30, 90 and 180 days.
    ///
    /// # Example
    ///
    /// See [`FeatureSet`].
    pub fn purchases() -> Self {
        let mut features = vec![Feature::Tenure, Feature::Recency];
        for days in [Some(30), Some(90), Some(180), None] {
            features.push(Feature::Purchases { days });
            features.push(Feature::Money { days });
        }
        features.extend([
            Feature::PurchaseDays { days: None },
            Feature::PurchaseRate { days: 180 },
            Feature::MoneyMean { days: None },
            Feature::MoneySd { days: None },
            Feature::MaxGap { days: None },
            Feature::Overdue { days: None },
            Feature::PurchaseShare {
                short: 30,
                long: 90,
            },
            Feature::MoneyShare {
                short: 30,
                long: 90,
            },
            Feature::PurchaseChange { days: 90 },
            Feature::MoneyChange { days: 90 },
            Feature::MoneySlope { months: 6 },
        ]);
        Self {
            version: VERSION,
            features,
        }
    }

    /// The set with one more feature, the last.
    ///
    /// # Errors
    ///
    /// Those of [`new`](Self::new).
    ///
    /// # Example
    ///
    /// See [`FeatureSet`].
    pub fn with(mut self, feature: Feature) -> Result<Self> {
        feature.check()?;
        let name = feature.name();
        if let Some(first) = self.features.iter().position(|known| known.name() == name) {
            return Err(Error::DuplicateKey {
                key: name.into(),
                first_row: first,
                row: self.features.len(),
            });
        }
        self.features.push(feature);
        Ok(self)
    }

    /// The features, in the order of their columns.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::{Feature, FeatureSet};
    /// assert_eq!(FeatureSet::purchases().as_slice()[0], Feature::Tenure);
    /// ```
    pub fn as_slice(&self) -> &[Feature] {
        &self.features
    }

    /// The names of the columns.
    ///
    /// # Example
    ///
    /// See [`FeatureSet`].
    pub fn names(&self) -> Vec<String> {
        self.features.iter().map(Feature::name).collect()
    }

    /// The names of these features and those of the host, if all are different.
    pub(super) fn names_with(&self, hosts: &[HostFeature<'_>]) -> Result<Vec<String>> {
        let mut names = self.names();
        for host in hosts {
            if host.name.trim().is_empty() {
                let expected = "a name that is not blank";
                return Err(Error::parameter("feature name", "blank", expected));
            }
            if let Some(first) = names.iter().position(|name| name == host.name) {
                return Err(Error::DuplicateKey {
                    key: host.name.into(),
                    first_row: first,
                    row: names.len(),
                });
            }
            names.push(host.name.to_owned());
        }
        Ok(names)
    }
}
