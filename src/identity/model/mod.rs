//! The model of Fellegi and Sunter: what agreement and disagreement are worth.

mod em;
mod frequencies;
mod patterns;
mod random;
mod scorer;
mod train;
mod training;
mod weight;

use serde::{Deserialize, Serialize};

pub use self::{
    frequencies::TermFrequencies,
    scorer::{ComparisonScore, Edge, PairExplanation, ScoredPairs, Scorer},
    training::{Families, FellegiSunterParams, Lambda, TrainingReport, TrainingWarning},
    weight::MatchWeight,
};
use super::{Comparison, Records};
use crate::{Error, Result, persist};

/// A comparison, and how probable each of its levels is.
///
/// # Example
///
/// ```
/// use custometry::identity::{Comparison, ComparisonModel};
/// let city = ComparisonModel::new(Comparison::exact("city"), vec![0.9, 0.1], vec![0.01, 0.99]);
/// assert_eq!(city.m[0] / city.u[0], 90.0);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ComparisonModel {
    /// The comparison.
    pub comparison: Comparison,
    /// The chance of each level where the two are of one person.
    pub m: Vec<f64>,
    /// The chance of each level where they are of two people taken at random.
    pub u: Vec<f64>,
    /// The chance of each level where they are of two people of one family; `None` where
    /// that is the same as for people taken at random.
    pub family: Option<Vec<f64>>,
}

impl ComparisonModel {
    /// A comparison with the chances of its levels.
    ///
    /// # Example
    ///
    /// See [`ComparisonModel`].
    pub fn new(comparison: Comparison, m: Vec<f64>, u: Vec<f64>) -> Self {
        Self {
            comparison,
            m,
            u,
            family: None,
        }
    }

    fn check(&self) -> Result<()> {
        self.comparison.check()?;
        let levels = self.comparison.levels().len();
        let name = self.comparison.name();
        for (what, column) in [
            ("m", Some(&self.m)),
            ("u", Some(&self.u)),
            ("family", self.family.as_ref()),
        ] {
            let Some(column) = column else { continue };
            Error::check_length(&format!("{what} of {name}"), levels, column.len())?;
            if let Some(row) = column
                .iter()
                .position(|chance| !(0.0..=1.0).contains(chance))
            {
                let reason = format!("{} is not a chance, from 0 to 1", column[row]);
                return Err(Error::value(&format!("{what} of {name}"), row, reason));
            }
        }
        Ok(())
    }
}

/// Whether a worse level of a comparison may be worth more than a better one.
///
/// It happens where the better one is common for other reasons: to have the same name
/// by chance is more probable than to have two names of one letter's difference.
///
/// # Example
///
/// ```
/// use custometry::identity::{Comparison, ComparisonModel, EditDistance, FellegiSunter, LevelOrder, RecordIx, Records};
/// let records = Records::builder().int_keys(&[1, 2]).surname(&["lee", "le"]).build()?;
/// let surname = Comparison::edits("surname", EditDistance::Osa, &[1]);
/// let one = ComparisonModel::new(surname, vec![0.6, 0.3, 0.1], vec![0.004, 0.001, 0.995]);
/// let free = FellegiSunter::new(0.5, vec![one])?;
/// let weight = |model: &FellegiSunter| -> custometry::Result<f64> {
///     let why = model.scorer(&records)?.explain(RecordIx(0), RecordIx(1))?;
///     Ok(why.comparisons[0].weight.bits())
/// };
/// assert!((weight(&free)? - 300f64.log2()).abs() < 1e-4);
/// // Both levels together: 0.9 to 0.005.
/// let falling = free.level_order(LevelOrder::Falling);
/// assert!((weight(&falling)? - 180f64.log2()).abs() < 1e-4);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LevelOrder {
    /// Levels are worth log2(m/u), whatever their order.
    #[default]
    Free,
    /// Neighbouring levels of which the worse would be worth more are worth what they
    /// are together (pool adjacent violators).
    Falling,
}

/// The model of Fellegi and Sunter (1969): how probable it is that two records are of
/// one person, given how they compare.
///
/// ```text
/// W = log2(λ/(1 - λ)) + Σ_k log2(m_kl/u_kl) + term frequencies
/// ```
///
/// where λ is the chance that two records taken at random are of one person, and m and u
/// are the chances of level l of comparison k for records of one person and of two.
/// Comparisons are taken to be independent of each other, given which of the two it is.
///
/// # Families
///
/// Two people of one household share surname, address and phone, and so agree on several
/// comparisons at once, which independence takes for strong evidence. With a third class
/// for such pairs, of chance η and with levels of chance h, the weight is against both
/// alternatives:
///
/// ```text
/// W = -log2(2^-W(u) + 2^-W(h))        W(h) = log2(λ/η) + Σ_k log2(m_kl/h_kl)
/// ```
///
/// # Example
///
/// ```
/// use custometry::identity::{Comparison, ComparisonModel, FellegiSunter, RecordIx, Records};
/// let records = Records::builder()
///     .int_keys(&[1, 2, 3])
///     .surname(&["Lee", "Lee", "Ma"])
///     .city(&["Bonn", "Bonn", ""])
///     .build()?;
/// let of = |column| {
///     ComparisonModel::new(Comparison::exact(column), vec![0.9, 0.1], vec![0.01, 0.99])
/// };
/// let mut surname = of("surname");
/// let model = FellegiSunter::new(1e-3, vec![surname, of("city")])?;
/// let scorer = model.scorer(&records)?;
/// let same = scorer.score_one(RecordIx(0), RecordIx(1))?;
/// let other = scorer.score_one(RecordIx(0), RecordIx(2))?;
/// assert!(same > other);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct FellegiSunter {
    lambda: f64,
    /// η, where there is a class for families.
    families: Option<f64>,
    comparisons: Vec<ComparisonModel>,
    level_order: LevelOrder,
    report: Option<TrainingReport>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    lambda: f64,
    families: Option<f64>,
    comparisons: Vec<ComparisonModel>,
    level_order: LevelOrder,
    report: Option<TrainingReport>,
}

impl From<FellegiSunter> for Fields {
    fn from(model: FellegiSunter) -> Self {
        let FellegiSunter {
            lambda,
            families,
            comparisons,
            level_order,
            report,
        } = model;
        Self {
            lambda,
            families,
            comparisons,
            level_order,
            report,
        }
    }
}

impl TryFrom<Fields> for FellegiSunter {
    type Error = Error;
    fn try_from(fields: Fields) -> Result<Self> {
        let Fields {
            lambda,
            families,
            comparisons,
            level_order,
            report,
        } = fields;
        let model = Self {
            lambda,
            families,
            comparisons,
            level_order,
            report,
        };
        model.check()?;
        Ok(model)
    }
}

impl FellegiSunter {
    /// A model by its numbers, without a class for families.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless λ is above 0 and below 1, for no comparison,
    /// and for a comparison that cannot be; [`Error::LengthMismatch`] unless there is an
    /// m and a u for each level; [`Error::InvalidValue`] for one that is no chance.
    ///
    /// # Example
    ///
    /// See [`FellegiSunter`].
    pub fn new(lambda: f64, comparisons: Vec<ComparisonModel>) -> Result<Self> {
        let model = Self {
            lambda,
            families: None,
            comparisons,
            level_order: LevelOrder::Free,
            report: None,
        };
        model.check()?;
        Ok(model)
    }

    /// The same model with a class for pairs of one family, of a chance η.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless η is above 0 and below 1 - λ.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::{Comparison, ComparisonModel, FellegiSunter};
    /// let of = |column| {
    ///     ComparisonModel::new(Comparison::exact(column), vec![0.9, 0.1], vec![0.01, 0.99])
    /// };
    /// let mut surname = of("surname");
    /// surname.family = Some(vec![0.95, 0.05]);
    /// let model = FellegiSunter::new(1e-4, vec![surname, of("given_name")])?.with_families(1e-4)?;
    /// assert_eq!(model.families(), Some(1e-4));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn with_families(mut self, eta: f64) -> Result<Self> {
        self.families = Some(eta);
        self.check()?;
        Ok(self)
    }

    /// The same model with another rule for the order of levels. A trained model has
    /// [`LevelOrder::Falling`], one made by its numbers [`LevelOrder::Free`].
    ///
    /// # Example
    ///
    /// See [`LevelOrder`].
    pub fn level_order(mut self, order: LevelOrder) -> Self {
        self.level_order = order;
        self
    }

    fn check(&self) -> Result<()> {
        let share = |name, value: f64, most: f64| {
            if value > 0.0 && value < most {
                return Ok(());
            }
            Err(Error::parameter(
                name,
                value,
                format!("above 0 and below {most}"),
            ))
        };
        share("lambda", self.lambda, 1.0)?;
        if let Some(eta) = self.families {
            share("chance of a family", eta, 1.0 - self.lambda)?;
        }
        if self.comparisons.is_empty() {
            return Err(Error::parameter("number of comparisons", 0, "at least 1"));
        }
        self.comparisons.iter().try_for_each(ComparisonModel::check)
    }

    /// λ: the chance that two records taken at random are of one person.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::{Comparison, ComparisonModel, FellegiSunter};
    /// let city = ComparisonModel::new(Comparison::exact("city"), vec![0.9, 0.1], vec![0.01, 0.99]);
    /// let model = FellegiSunter::new(1e-3, vec![city])?;
    /// assert_eq!((model.lambda(), model.comparisons().len()), (1e-3, 1));
    /// assert_eq!((model.families(), model.report()), (None, None));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn lambda(&self) -> f64 {
        self.lambda
    }

    /// η: the chance that two records taken at random are of one family, where the
    /// model has a class for them.
    ///
    /// # Example
    ///
    /// See [`lambda`](Self::lambda).
    pub fn families(&self) -> Option<f64> {
        self.families
    }

    /// The comparisons and the chances of their levels.
    ///
    /// # Example
    ///
    /// See [`lambda`](Self::lambda).
    pub fn comparisons(&self) -> &[ComparisonModel] {
        &self.comparisons
    }

    /// For each level of a comparison, the m and the u that its weight is made of.
    fn worth(&self, m: &[f64], u: &[f64]) -> Vec<(f64, f64)> {
        let plain = m.iter().copied().zip(u.iter().copied());
        match self.level_order {
            LevelOrder::Free => plain.collect(),
            LevelOrder::Falling => falling(plain),
        }
    }

    /// How the training went; `None` for a model made by its numbers.
    ///
    /// # Example
    ///
    /// See [`lambda`](Self::lambda).
    pub fn report(&self) -> Option<&TrainingReport> {
        self.report.as_ref()
    }

    /// The model bound to records, with the term frequencies of these records.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a column that the records do not have, or that
    /// cannot answer what is asked of it.
    ///
    /// # Example
    ///
    /// See [`FellegiSunter`].
    pub fn scorer<'r>(&self, records: &'r Records) -> Result<Scorer<'r>> {
        Scorer::new(self, records, &TermFrequencies::default())
    }

    /// The model bound to records, with term frequencies from elsewhere: of a census, or
    /// of the records that the model was trained on. Columns without a table use those
    /// of the records.
    ///
    /// # Errors
    ///
    /// As [`scorer`](Self::scorer).
    ///
    /// # Example
    ///
    /// See [`TermFrequencies`].
    pub fn scorer_with<'r>(
        &self,
        records: &'r Records,
        frequencies: &TermFrequencies,
    ) -> Result<Scorer<'r>> {
        Scorer::new(self, records, frequencies)
    }
}

/// Pools neighbouring levels of which the worse is worth more.
fn falling(levels: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    // Runs of levels that are worth the same: their m, their u, and how many they are.
    let mut runs: Vec<(f64, f64, usize)> = Vec::new();
    for (m, u) in levels {
        runs.push((m, u, 1));
        while let [.., before, last] = &mut runs[..] {
            if before.0 * last.1 >= last.0 * before.1 {
                break;
            }
            *before = (before.0 + last.0, before.1 + last.1, before.2 + last.2);
            runs.pop();
        }
    }
    let repeat = |(m, u, count)| std::iter::repeat_n((m, u), count);
    runs.into_iter().flat_map(repeat).collect()
}

impl persist::sealed::Sealed for FellegiSunter {}
impl persist::Persist for FellegiSunter {
    const FORMAT: &'static str = "custometry/fellegi-sunter";
    const VERSION: u32 = 1;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn worse_levels_are_worth_no_more(levels in prop::collection::vec((0.01f64..1.0, 0.01f64..1.0), 1..8)) {
            let pooled = falling(levels.iter().copied());
            prop_assert_eq!(pooled.len(), levels.len());
            let worth: Vec<f64> = pooled.iter().map(|(m, u)| m / u).collect();
            prop_assert!(worth.is_sorted_by(|a, b| *a >= *b - 1e-9), "{:?}", worth);
            // Levels in order are left as they are.
            if levels.is_sorted_by(|a, b| a.0 * b.1 >= b.0 * a.1) {
                prop_assert_eq!(pooled, levels);
            }
        }
    }
}
