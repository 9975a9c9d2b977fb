//! Features in order, saved with whatever is fitted to them.

use serde::{Deserialize, Serialize};

use super::{HostFeature, feature::Feature};
use crate::{Error, Result};

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

/// The version of what the features mean. Since 2 a day of refunds only is no purchase day.
const VERSION: u32 = 2;

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
