//! How people are resolved.

use serde::{Deserialize, Serialize};

use crate::identity::{
    AlternativesParams, BlockingParams, FellegiSunterParams, Records, ResolveParams,
};

/// How people are resolved: which records are compared, what an agreement is worth, from
/// where on two records are one person, and how alternatives are drawn.
///
/// The defaults suit records whose columns are known by their kind: rules, comparisons and
/// the threshold are chosen by the records themselves.
///
/// # Example
///
/// ```
/// use custometry::identity::{BlockingParams, BlockingRule, ResolveParams, Threshold};
/// use custometry::overview::IdentityParams;
///
/// // Records that share an e-mail address or a phone number are compared, and of those that
/// // are taken for one person one in a hundred may be wrong.
/// let rules = vec![BlockingRule::on(["email"]), BlockingRule::on(["phone"])];
/// let params = IdentityParams::default()
///     .blocking(BlockingParams::new(rules))
///     .resolve(ResolveParams::default().threshold(Threshold::FalseDiscovery(0.01)));
///
/// let saved = serde_json::to_string(&params).unwrap();
/// assert_eq!(serde_json::from_str::<IdentityParams>(&saved).unwrap(), params);
/// assert_eq!(serde_json::from_str::<IdentityParams>("{}").unwrap(), IdentityParams::default());
/// assert!(serde_json::from_str::<IdentityParams>(r#"{"blockin":null}"#).is_err());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IdentityParams {
    blocking: Option<BlockingParams>,
    most_pairs: Option<u64>,
    pub(super) training: FellegiSunterParams,
    pub(super) resolve: ResolveParams,
    pub(super) alternatives: AlternativesParams,
}

/// How many pairs the rules that are chosen may make: so many, or so many a record if that
/// is more.
const MOST_PAIRS: u64 = 2_000_000;
const MOST_PAIRS_PER_RECORD: u64 = 50;

impl IdentityParams {
    /// Which records are compared. Unless it is set, rules that suit the columns
    /// ([`BlockingParams::suited_to`]), for any two records.
    ///
    /// # Example
    ///
    /// See [`IdentityParams`].
    pub fn blocking(mut self, blocking: BlockingParams) -> Self {
        self.blocking = Some(blocking);
        self
    }

    /// How many pairs the rules that suit the columns may make. Unless it is set, two
    /// million, or fifty a record if that is more. Rules that are given have a limit of
    /// their own ([`BlockingParams::max_pairs`]).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::overview::IdentityParams;
    /// assert_ne!(IdentityParams::default().most_pairs(500_000), IdentityParams::default());
    /// ```
    pub fn most_pairs(mut self, pairs: u64) -> Self {
        self.most_pairs = Some(pairs);
        self
    }

    /// What an agreement is worth, and how that is learnt.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{identity::FellegiSunterParams, overview::IdentityParams};
    /// let other = IdentityParams::default().training(FellegiSunterParams::default().seed(7));
    /// assert_ne!(other, IdentityParams::default());
    /// ```
    pub fn training(mut self, training: FellegiSunterParams) -> Self {
        self.training = training;
        self
    }

    /// From where on two records are one person, and what is known of some of them. It does
    /// not count where the rules pair no two records.
    ///
    /// # Example
    ///
    /// See [`IdentityParams`].
    pub fn resolve(mut self, resolve: ResolveParams) -> Self {
        self.resolve = resolve;
        self
    }

    /// How many alternatives are drawn, and from which seed: the intervals come from them.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{identity::AlternativesParams, overview::IdentityParams};
    /// let other = IdentityParams::default().alternatives(AlternativesParams::default().seed(7));
    /// assert_ne!(other, IdentityParams::default());
    /// ```
    pub fn alternatives(mut self, alternatives: AlternativesParams) -> Self {
        self.alternatives = alternatives;
        self
    }

    /// The rules that are given, if any are.
    pub(super) fn rules(&self) -> Option<&BlockingParams> {
        self.blocking.as_ref()
    }

    /// The limit of the rules that suit some records.
    pub(super) fn pairs_allowed(&self, records: &Records) -> u64 {
        let by_records = MOST_PAIRS_PER_RECORD.saturating_mul(records.len() as u64);
        self.most_pairs.unwrap_or(by_records.max(MOST_PAIRS))
    }
}
