//! How to train a model, and what a training tells.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{FellegiSunter, train::Training};
use crate::{
    Error, Result,
    identity::{Blocking, Comparison, FieldKind, RecordIx, Records},
};

/// How the chance λ that two records taken at random are of one person is found.
///
/// # Example
///
/// ```
/// use custometry::identity::{FellegiSunterParams, Lambda};
/// let params = FellegiSunterParams::default().lambda(Lambda::Given(1e-5));
/// assert_ne!(params, FellegiSunterParams::default());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Lambda {
    /// From how probable the model makes each pair of the blocking. What no rule makes
    /// is not among them.
    #[default]
    Estimated,
    /// It is known.
    Given(f64),
    /// Nearly all pairs of the first so many rules are of one person, and they are so
    /// large a share of all pairs that are.
    Rules {
        /// The first rules of the blocking.
        rules: usize,
        /// From 0 to 1.
        recall: f64,
    },
}

/// Whether pairs of one family are a class of their own.
///
/// # Example
///
/// ```
/// use custometry::identity::{Families, FellegiSunterParams};
/// let params = FellegiSunterParams::default().families(Families::Ignored);
/// assert_ne!(params, FellegiSunterParams::default());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Families {
    /// They are, if there are columns that families share (surname, address, postcode,
    /// town, phone) and columns that they do not.
    #[default]
    Modelled,
    /// They are not: pairs are of one person or of two people taken at random.
    Ignored,
}

/// How to train a model.
///
/// # Example
///
/// ```
/// use custometry::identity::{BlockingParams, FellegiSunterParams, MatchWeight, PairKind, Records};
/// use custometry::simulate::PeopleParams;
/// let people = PeopleParams::default().records(5_000).generate()?;
/// let records = Records::builder()
///     .int_keys(&(0..5_000).collect::<Vec<i64>>())
///     .given_name(&people.given_name)
///     .surname(&people.surname)
///     .birth_dates(&people.birth_date)
///     .postcode(&people.postcode)
///     .email(&people.email)
///     .build()?;
/// let blocking = BlockingParams::suited_to(&records, PairKind::All, 1_000_000)?.block(&records)?;
/// let model = FellegiSunterParams::default().fit(&blocking)?;
/// let scored = model.scorer(&records)?.score(&blocking, MatchWeight::from_bits(0.0)?)?;
///
/// // Most pairs above even odds are of one person.
/// let same = scored.edges().iter().filter(|edge| {
///     people.person[edge.a.at()] == people.person[edge.b.at()]
/// });
/// assert!(same.count() as f64 > 0.9 * scored.edges().len() as f64);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FellegiSunterParams {
    comparisons: Vec<Comparison>,
    pub(super) lambda: Lambda,
    pub(super) families: Families,
    /// Pairs of different values looked at for u.
    pub(super) random_pairs: u64,
    /// Pairs of a rule looked at for m.
    pub(super) training_pairs: u64,
    pub(super) seed: u64,
}

impl Default for FellegiSunterParams {
    /// Comparisons that suit the columns; λ estimated; families modelled; a million
    /// pairs of different values a comparison for u, and a million pairs a rule for m.
    fn default() -> Self {
        Self {
            comparisons: Vec::new(),
            lambda: Lambda::default(),
            families: Families::default(),
            random_pairs: 1_000_000,
            training_pairs: 1_000_000,
            seed: 0,
        }
    }
}

/// How a training went.
///
/// # Example
///
/// See [`TrainingWarning`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TrainingReport {
    /// Pairs that were compared for m.
    pub training_pairs: u64,
    /// Iterations of the last run of expectation and maximisation.
    pub iterations: usize,
    /// Pairs of one person expected among all records.
    pub expected_matches: f64,
    /// The standard error of each u by comparison and level: 0 where it was counted.
    pub u_errors: Vec<Vec<f64>>,
    /// What to look at.
    pub warnings: Vec<TrainingWarning>,
}

/// Something about a training that a person should look at.
///
/// # Example
///
/// ```
/// use custometry::identity::{BlockingParams, BlockingRule, FellegiSunterParams, Records, TrainingWarning};
/// let records = Records::builder()
///     .int_keys(&[1, 2, 3, 4])
///     .surname(&["Lee", "Lee", "Ma", "Li"])
///     .city(&["Bonn", "Bonn", "Ulm", "Ulm"])
///     .build()?;
/// let rules = vec![BlockingRule::on(["surname"])];
/// let blocking = BlockingParams::new(rules).block(&records)?;
/// let model = FellegiSunterParams::default().fit(&blocking)?;
/// // The only rule is on the surname: nothing tells how often it agrees.
/// let warnings = &model.report().unwrap().warnings;
/// assert!(matches!(&warnings[0], TrainingWarning::Untrained { comparison } if comparison == "surname"));
/// assert!(warnings[0].to_string().contains("add a rule"));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TrainingWarning {
    /// Every rule makes pairs that agree on a column of the comparison; its chances m
    /// are the ones that the training began with.
    Untrained {
        /// The name of the comparison.
        comparison: String,
    },
    /// Agreement is rarer among pairs of one person than among others: the two classes
    /// have changed places, or the comparison says nothing.
    LabelSwitch {
        /// The name of the comparison.
        comparison: String,
    },
    /// People of one household may have been taken for one person: they seldom agree on
    /// what is personal.
    PerhapsFamilies {
        /// The name of the comparison.
        comparison: String,
    },
    /// A worse level is worth more than a better one, by more than a bit; both are given
    /// the same worth. See [`LevelOrder`](super::LevelOrder).
    NotMonotone {
        /// The name of the comparison.
        comparison: String,
    },
    /// Two records taken at random agree in every comparison more often than not: nothing
    /// tells people apart, and no estimate means anything.
    AllAlike,
    /// The chances still moved after the last iteration.
    NotConverged {
        /// The largest change of a chance.
        last_change: f64,
    },
    /// No pair could be compared in the columns of the comparison.
    NothingToCompare {
        /// The name of the comparison.
        comparison: String,
    },
}

impl fmt::Display for TrainingWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Untrained { comparison } => write!(
                f,
                "all rules look at {comparison}, so that nothing tells how often it agrees: add a \
                 rule on other columns, or give its m"
            ),
            Self::LabelSwitch { comparison } => write!(
                f,
                "{comparison} agrees less often for one person than for two: check the rules and \
                 the column"
            ),
            Self::PerhapsFamilies { comparison } => write!(
                f,
                "{comparison} seldom agrees for one person: households may have been taken for \
                 people; add a rule on personal columns"
            ),
            Self::NotMonotone { comparison } => write!(
                f,
                "a worse level of {comparison} is worth more than a better one; they are given the \
                 same worth"
            ),
            Self::AllAlike => write!(
                f,
                "the records are so alike that nothing tells people apart: no probability here \
                 means anything; add columns, or take out the rows that are the same"
            ),
            Self::NotConverged { last_change } => write!(
                f,
                "chances still moved by {last_change:e} when the training ended"
            ),
            Self::NothingToCompare { comparison } => {
                write!(f, "no pair has values to compare in {comparison}")
            }
        }
    }
}

impl FellegiSunterParams {
    /// By these comparisons.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::{Comparison, FellegiSunterParams};
    /// let params = FellegiSunterParams::new(vec![Comparison::exact("city")]);
    /// assert_ne!(params, FellegiSunterParams::default());
    /// ```
    pub fn new(comparisons: Vec<Comparison>) -> Self {
        Self {
            comparisons,
            ..Self::default()
        }
    }

    /// How λ is found.
    ///
    /// # Example
    ///
    /// See [`Lambda`].
    pub fn lambda(mut self, lambda: Lambda) -> Self {
        self.lambda = lambda;
        self
    }

    /// Whether pairs of one family are a class of their own.
    ///
    /// # Example
    ///
    /// See [`Families`].
    pub fn families(mut self, families: Families) -> Self {
        self.families = families;
        self
    }

    /// How many pairs of different values of a comparison are looked at for u: all, where
    /// there are no more, or else a sample.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::FellegiSunterParams;
    /// let params = FellegiSunterParams::default().random_pairs(5_000_000).training_pairs(2_000_000).seed(7);
    /// assert_ne!(params, FellegiSunterParams::default());
    /// ```
    pub fn random_pairs(mut self, pairs: u64) -> Self {
        self.random_pairs = pairs;
        self
    }

    /// How many pairs of a rule are looked at for m, and of all rules for λ.
    ///
    /// # Example
    ///
    /// See [`random_pairs`](Self::random_pairs).
    pub fn training_pairs(mut self, pairs: u64) -> Self {
        self.training_pairs = pairs;
        self
    }

    /// The seed of the samples.
    ///
    /// # Example
    ///
    /// See [`random_pairs`](Self::random_pairs).
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Trains on the pairs of a blocking, without labels.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a comparison that cannot be, more comparisons
    /// than a pattern can hold, λ that is no chance, 0 pairs to look at;
    /// [`Error::NotEnoughData`] if the rules make no pairs, or no column suits a
    /// comparison.
    ///
    /// # Example
    ///
    /// See [`FellegiSunterParams`].
    pub fn fit(&self, blocking: &Blocking<'_>) -> Result<FellegiSunter> {
        let training = Training::new(self, blocking)?;
        training.fit(None)
    }

    /// Trains on the pairs of a blocking, with m from pairs that are known to be of one
    /// person. The chances of families, where they are modelled, are found as without
    /// labels.
    ///
    /// # Errors
    ///
    /// As [`fit`](Self::fit); [`Error::InvalidValue`] for a pair that names a record
    /// that does not exist; [`Error::NotEnoughData`] without pairs.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::{BlockingParams, BlockingRule, Comparison, FellegiSunterParams, RecordIx, Records};
    /// let records = Records::builder()
    ///     .int_keys(&[1, 2, 3, 4])
    ///     .surname(&["Lee", "Lee", "Ma", "Ma"])
    ///     .city(&["Bonn", "Ulm", "Ulm", "Ulm"])
    ///     .build()?;
    /// let blocking = BlockingParams::new(vec![BlockingRule::on(["surname"])]).block(&records)?;
    /// let params = FellegiSunterParams::new(vec![Comparison::exact("city")]);
    /// let known = [(RecordIx(0), RecordIx(1)), (RecordIx(2), RecordIx(3))];
    /// let model = params.fit_labelled(&blocking, &known)?;
    /// assert_eq!(model.comparisons()[0].m, [0.5, 0.5]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn fit_labelled(
        &self,
        blocking: &Blocking<'_>,
        matches: &[(RecordIx, RecordIx)],
    ) -> Result<FellegiSunter> {
        if matches.is_empty() {
            return Err(Error::NotEnoughData {
                what: "pairs known to be of one person".into(),
                needed: 1,
                found: 0,
            });
        }
        let training = Training::new(self, blocking)?;
        training.fit(Some(matches))
    }

    /// The comparisons, or those that suit the columns.
    pub(super) fn chosen(&self, records: &Records) -> Vec<Comparison> {
        if !self.comparisons.is_empty() {
            return self.comparisons.clone();
        }
        // The parts of full names say what the whole does, and more.
        let named = records
            .fields()
            .any(|(_, kind)| matches!(kind, FieldKind::GivenName | FieldKind::Surname));
        let suits = |(_, kind): &(&str, FieldKind)| !(named && *kind == FieldKind::FullName);
        let fields = records.fields().filter(suits);
        fields
            .map(|(name, kind)| Comparison::of_kind(name, kind))
            .collect()
    }
}
