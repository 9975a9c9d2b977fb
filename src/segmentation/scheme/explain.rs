//! Why a customer is in a segment, and what would have to change.

use serde::Serialize;

use super::{model::SegmentModel, segmentation::Segmentation};
use crate::{
    Error, Result,
    data::{Features, Segment, SegmentId},
    segmentation::{Preparation, Prepared, RuleExplanation, RuleValue, placed::NOWHERE},
};

/// Why a customer is in a segment.
///
/// # Example
///
/// See [`Segmentation::explain`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SegmentExplanation {
    /// Where the customer is; none where no segment reaches as far.
    pub segment: Option<Segment>,
    /// What speaks for it.
    pub reasons: SegmentReasons,
}

/// What speaks for a segment, by the kind of model.
///
/// # Example
///
/// See [`Segmentation::explain`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SegmentReasons {
    /// The model measures: what each feature adds to the distance from another segment.
    Features(FeatureReasons),
    /// The rule that holds, and those before it that do not.
    Rule(RuleExplanation),
    /// The cell of a grid of scores.
    Scores {
        /// Recency, frequency and money; 0 for a customer without a purchase.
        scores: [u8; 3],
    },
    /// Of each of the two segmentations that were multiplied.
    Both(Box<[SegmentExplanation; 2]>),
    /// The value of this column is missing, and that is a segment of its own.
    Missing {
        /// The column.
        feature: String,
    },
    /// There is no other segment.
    Alone,
    /// No segment reaches as far.
    Nowhere,
}

/// What each feature says for the own segment against another, and what would have to change for
/// the customer to belong to the other.
///
/// ```text
/// margin = base + sum of all contributions
/// ```
///
/// # Example
///
/// See [`Segmentation::explain`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FeatureReasons {
    /// The segment that the own one is compared with.
    pub against: Segment,
    /// By how much the other segment costs more than the own.
    pub margin: f64,
    /// What does not depend on the customer: in a mixture, sizes and shapes of the segments.
    pub base: f64,
    /// By prepared column, the strongest first.
    pub contributions: Vec<FeatureContribution>,
    /// Features each of which alone would move the customer, the smallest change first.
    pub flips: Vec<FeatureFlip>,
    /// All numeric features together, moved straight at the other segment until it is as near; none
    /// where numbers alone cannot do it.
    pub shortest: Option<ShortestFlip>,
}

/// What one prepared column adds to the margin.
///
/// # Example
///
/// See [`Segmentation::explain`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FeatureContribution {
    /// The column of the features that it comes from.
    pub feature: String,
    /// The prepared column.
    pub prepared: String,
    /// The customer's value, in the original units.
    pub value: RuleValue,
    /// The middle of the own segment, in the original units; for a column of 0 and 1 a share.
    pub own: RuleValue,
    /// The middle of the other segment.
    pub other: RuleValue,
    /// Above 0 if it speaks for the own segment. In prepared units, squared:
    /// (x - other)² - (x - own)²; in a mixture, in units of the logarithm of the density.
    pub contribution: f64,
}

/// A change of one feature that moves a customer.
///
/// # Example
///
/// See [`Segmentation::explain`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FeatureFlip {
    /// The column of the features.
    pub feature: String,
    /// The customer's value.
    pub from: f64,
    /// The value at which the other segment becomes as near.
    pub to: f64,
    /// The change in prepared units, where features can be compared.
    pub effort: f64,
    /// Where the customer is just beyond that value. A third segment may lie between.
    pub becomes: Segment,
}

/// A change of all numeric features together that moves a customer.
///
/// # Example
///
/// See [`Segmentation::explain`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ShortestFlip {
    /// The length of the change in prepared units.
    pub effort: f64,
    /// Each feature with its value now and its value there.
    pub changes: Vec<(String, f64, f64)>,
    /// Where the customer is just beyond.
    pub becomes: Segment,
}

/// How far beyond a border a customer is put to see what lies there, as a share of the way.
const BEYOND: f64 = 1e-6;

/// Curvature below this share of the values it was taken from is rounding.
const STRAIGHT: f64 = 1e-11;

impl Segmentation {
    /// Why a customer is in the segment and not in the runner-up, and what would have to change.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a row that is not there; else as [`assign`](Self::assign).
    ///
    /// # Example
    ///
    /// ```
    /// # use chrono::NaiveDate;
    /// # use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// let columns: &[(&str, &[f64])] =
    ///     &[("visits", &[1.0, 2.0, 3.0, 20.0, 22.0]), ("spend", &[20.0, 30.0, 10.0, 60.0, 70.0])];
    /// let features = Features::from_columns(columns, MissingValues::Refuse)?;
    /// # let day = NaiveDate::from_ymd_opt(2024, 12, 31).unwrap();
    /// let params = SegmentationParams::new("habits", KMeansParams::new(2)).unprepared();
    /// let segmentation = params.fit(&features, day)?;
    ///
    /// let SegmentReasons::Features(why) = segmentation.explain(&features, 0)?.reasons else {
    ///     panic!("k-means measures")
    /// };
    /// // Centres are (2, 20) and (21, 65); the first customer has (1, 20).
    /// assert_eq!(why.contributions[0].feature, "spend");
    /// assert_eq!(why.contributions[0].contribution, 45.0 * 45.0);
    /// assert_eq!(why.contributions[1].contribution, 20.0 * 20.0 - 1.0);
    /// assert_eq!(why.margin, 2_424.0);
    /// // With as many visits, so much spend would make the difference.
    /// assert_eq!(why.flips[0].feature, "spend");
    /// assert!((why.flips[0].to - (20.0 + 2_424.0 / 90.0)).abs() < 1e-9);
    /// assert_eq!(why.flips[0].becomes, why.against);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn explain(&self, features: &Features, row: usize) -> Result<SegmentExplanation> {
        self.explanation(features, row, None)
    }

    /// As [`explain`](Self::explain), against a segment of one's choice.
    ///
    /// # Errors
    ///
    /// As `explain`, and [`Error::InvalidParameter`] for a number that no segment has, one that is
    /// the customer's own or that of missing values, and for a model that does not measure.
    ///
    /// # Example
    ///
    /// ```
    /// # use chrono::NaiveDate;
    /// # use custometry::{data::{Features, MissingValues, SegmentId}, segmentation::*};
    /// let spend = [1.0, 2.0, 3.0, 20.0, 22.0, 90.0];
    /// let features = Features::from_columns(&[("spend", &spend)], MissingValues::Refuse)?;
    /// # let day = NaiveDate::from_ymd_opt(2024, 12, 31).unwrap();
    /// let params = SegmentationParams::new("spenders", KMeansParams::new(3)).unprepared();
    /// let segmentation = params.fit(&features, day)?;
    /// let why = segmentation.explain_against(&features, 0, SegmentId(3))?;
    /// let SegmentReasons::Features(why) = why.reasons else { panic!("k-means measures") };
    /// // Halfway from 2 to 90 a customer has long been among those of 21.
    /// assert_eq!((why.flips[0].to, why.flips[0].becomes.id), (46.0, SegmentId(2)));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn explain_against(
        &self,
        features: &Features,
        row: usize,
        other: SegmentId,
    ) -> Result<SegmentExplanation> {
        let Some(place) = self.segments().iter().position(|s| s.id == other) else {
            return Err(Error::parameter(
                "segment",
                other.0,
                "a number of a segment",
            ));
        };
        self.explanation(features, row, Some(place))
    }

    fn explanation(
        &self,
        features: &Features,
        row: usize,
        against: Option<usize>,
    ) -> Result<SegmentExplanation> {
        if row >= features.len() {
            let expected = format!("a row below {}", features.len());
            return Err(Error::parameter("row", row, expected));
        }
        let customer = features.of_rows(&[row]);
        let (placed, prepared) = self.place(&customer).map_err(|error| at_row(error, row))?;
        let parts = self.parts();
        let apart = prepared.as_ref().and_then(Prepared::set_apart);
        let column = apart.map_or(NOWHERE, |apart| apart[0]);
        let clusters = self.model().clusters();
        let own = match column {
            NOWHERE => placed.cluster[0],
            column => column.saturating_add(u32::try_from(clusters).unwrap_or(NOWHERE)),
        };
        let place = parts.places.get(own as usize);
        let segment = place.map(|&place| parts.segments[place as usize].clone());
        let chosen = against.map(|place| self.cluster_at(place));
        let refused = |expected: &'static str| {
            let id = against.map_or(0, |place| parts.segments[place].id.0);
            Error::parameter("segment", id, expected)
        };
        if chosen.is_some() && !self.model().measures() {
            return Err(refused("none: rules, grids and products do not measure"));
        }
        if chosen.is_some_and(|other| other as usize >= clusters || other == own) {
            return Err(refused("another segment than the own, with a middle"));
        }
        let reasons = if column != NOWHERE {
            let own = self.preparation().map(Preparation::own_segment_columns);
            let feature = own.and_then(|own| own.get(column as usize));
            SegmentReasons::Missing {
                feature: feature.cloned().unwrap_or_default(),
            }
        } else if own == NOWHERE {
            SegmentReasons::Nowhere
        } else {
            match self.model() {
                SegmentModel::Rules(rules) => SegmentReasons::Rule(rules.explain(&customer, 0)?),
                SegmentModel::RfmGrid(grid) => SegmentReasons::Scores {
                    scores: grid.scores(&customer)?[0],
                },
                SegmentModel::Product(product) => SegmentReasons::Both(Box::new([
                    product.first().explain(&customer, 0)?,
                    product.second().explain(&customer, 0)?,
                ])),
                _ => match chosen.unwrap_or(placed.runner_up[0]) {
                    NOWHERE => SegmentReasons::Alone,
                    other => {
                        let seen = prepared.as_ref().map_or(&customer, Prepared::features);
                        let compared = Compared::new(self, &customer, seen, [own, other]);
                        SegmentReasons::Features(compared.reasons()?)
                    }
                },
            }
        };
        Ok(SegmentExplanation { segment, reasons })
    }

    /// The cluster, or after them the column, whose segment has a place.
    fn cluster_at(&self, place: usize) -> u32 {
        let mut places = self.parts().places.iter().zip(0u32..);
        let found = places.find(|(known, _)| **known as usize == place);
        found.map_or(NOWHERE, |(_, cluster)| cluster)
    }
}

/// A customer between two clusters.
struct Compared<'a> {
    segmentation: &'a Segmentation,
    customer: &'a Features,
    /// The customer as the model sees them.
    seen: &'a Features,
    point: Vec<f64>,
    own: Side,
    other: Side,
}

/// A cluster, and its middle in the prepared columns of numbers.
struct Side {
    cluster: u32,
    middle: Vec<f64>,
}

/// A cost in parts: what does not depend on the customer, and what each column adds.
type Terms = (f64, Vec<f64>);

impl<'a> Compared<'a> {
    fn new(
        segmentation: &'a Segmentation,
        customer: &'a Features,
        seen: &'a Features,
        clusters: [u32; 2],
    ) -> Self {
        let point = seen.view().row(0).to_vec();
        let [own, other] = clusters.map(|cluster| Side {
            middle: segmentation.model().middle(cluster, &point),
            cluster,
        });
        Self {
            segmentation,
            customer,
            seen,
            point,
            own,
            other,
        }
    }

    fn reasons(&self) -> Result<FeatureReasons> {
        let (base, terms) = self.gap_terms(&self.point)?;
        let margin = base + terms.iter().sum::<f64>();
        let mut contributions = Vec::with_capacity(terms.len());
        let middles = [&self.point, &self.own.middle, &self.other.middle];
        let [now, own, other] = middles.map(|point| self.restored(point));
        let ([now, own, other], names) = ([now?, own?, other?], self.seen.names());
        for (at, &contribution) in terms.iter().enumerate().take(names.len()) {
            contributions.push(FeatureContribution {
                feature: self.source(at).to_owned(),
                prepared: names[at].clone(),
                value: RuleValue::Number(now[at]),
                own: RuleValue::Number(own[at]),
                other: RuleValue::Number(other[at]),
                contribution,
            });
        }
        if let SegmentModel::KPrototypes(model) = self.segmentation.model() {
            let modes = [&self.own, &self.other].map(|side| model.modes(side.cluster));
            let [own, other] = modes.map(Option::unwrap_or_default);
            let label = |label: Option<&str>| match label {
                Some(label) => RuleValue::Label(label.to_owned()),
                None => RuleValue::Missing,
            };
            let columns = model
                .columns()
                .skip(names.len())
                .zip(own.iter().zip(&other));
            for ((name, (own, other)), &contribution) in columns.zip(&terms[names.len()..]) {
                let column = self.seen.categories(name);
                contributions.push(FeatureContribution {
                    feature: name.to_owned(),
                    prepared: name.to_owned(),
                    value: label(column.and_then(|column| column.label(0))),
                    own: label(*own),
                    other: label(*other),
                    contribution,
                });
            }
        }
        let strength = |found: &FeatureContribution| found.contribution.abs();
        contributions.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
        let place = self.segmentation.parts().places[self.other.cluster as usize];
        Ok(FeatureReasons {
            against: self.segmentation.segments()[place as usize].clone(),
            margin,
            base,
            contributions,
            flips: self.flips()?,
            shortest: self.shortest()?,
        })
    }

    /// What the other cluster costs more, in parts.
    fn gap_terms(&self, point: &[f64]) -> Result<Terms> {
        let (own_base, own) = self.terms(point, &self.own)?;
        let (other_base, other) = self.terms(point, &self.other)?;
        let terms = other.iter().zip(&own).map(|(other, own)| other - own);
        Ok((other_base - own_base, terms.collect()))
    }

    fn terms(&self, point: &[f64], side: &Side) -> Result<Terms> {
        let off = point.iter().zip(&side.middle).map(|(x, middle)| x - middle);
        let squares = off.map(|off| off * off);
        Ok(match self.segmentation.model() {
            SegmentModel::GaussianMixture(model) => model.terms(point, side.cluster),
            SegmentModel::KPrototypes(model) => {
                let terms = model.contributions(self.seen, 0, side.cluster)?;
                let categories = terms.into_iter().skip(point.len());
                (0.0, squares.chain(categories).collect())
            }
            _ => (0.0, squares.collect()),
        })
    }

    fn gap(&self, point: &[f64]) -> Result<f64> {
        let (base, terms) = self.gap_terms(point)?;
        Ok(base + terms.iter().sum::<f64>())
    }

    fn source(&self, at: usize) -> &str {
        match self.segmentation.preparation() {
            Some(preparation) => preparation.source_of(at).unwrap_or_default(),
            None => &self.seen.names()[at],
        }
    }

    fn restored(&self, point: &[f64]) -> Result<Vec<f64>> {
        match self.segmentation.preparation() {
            Some(preparation) => preparation.restore(point),
            None => Ok(point.to_vec()),
        }
    }

    /// The prepared columns that are a number of the customer, not a mark or a category.
    fn numbers(&self) -> impl Iterator<Item = usize> + '_ {
        let names = self.seen.names();
        (0..names.len()).filter(move |&at| self.source(at) == names[at])
    }

    fn flips(&self) -> Result<Vec<FeatureFlip>> {
        let point = &self.point;
        let mut flips = Vec::new();
        for at in self.numbers() {
            let mut direction = vec![0.0; point.len()];
            direction[at] = self.stride(at);
            let Some((there, beyond)) = self.border(&direction)? else {
                continue;
            };
            let to = self.restored(&there)?[at];
            let Some(becomes) = self.becomes(&beyond, &[at])? else {
                continue;
            };
            flips.push(FeatureFlip {
                feature: self.source(at).to_owned(),
                from: self.value(at),
                to,
                effort: (there[at] - point[at]).abs(),
                becomes,
            });
        }
        flips.sort_by(|a, b| a.effort.total_cmp(&b.effort));
        Ok(flips)
    }

    fn shortest(&self) -> Result<Option<ShortestFlip>> {
        let point = &self.point;
        // Across the border that halves the way between two centres, and in a mixture, where
        // there is no such border, at the other middle.
        let from = match self.segmentation.model() {
            SegmentModel::GaussianMixture(_) => point,
            _ => &self.own.middle,
        };
        let mut direction = vec![0.0; point.len()];
        let numbers: Vec<usize> = self.numbers().collect();
        for &at in &numbers {
            direction[at] = self.other.middle[at] - from[at];
        }
        let Some((there, beyond)) = self.border(&direction)? else {
            return Ok(None);
        };
        let restored = self.restored(&there)?;
        let Some(becomes) = self.becomes(&beyond, &numbers)? else {
            return Ok(None);
        };
        let square = |at: usize| (there[at] - point[at]) * (there[at] - point[at]);
        let change = |&at: &usize| (self.source(at).to_owned(), self.value(at), restored[at]);
        Ok(Some(ShortestFlip {
            effort: (0..point.len()).map(square).sum::<f64>().sqrt(),
            changes: numbers.iter().map(change).collect(),
            becomes,
        }))
    }

    /// The customer's value of the feature of a prepared column.
    fn value(&self, at: usize) -> f64 {
        let column = self.customer.column(self.source(at));
        column.map_or(f64::NAN, |column| column[0])
    }

    /// A step of a size that means something in a column.
    fn stride(&self, at: usize) -> f64 {
        let (point, middles) = (&self.point, [self.own.middle[at], self.other.middle[at]]);
        let far = (point[at] - middles[0])
            .abs()
            .max((point[at] - middles[1]).abs());
        if far > 0.0 { far } else { 1.0 }
    }

    /// The nearest point either way along a line at which both clusters cost the same, and one
    /// just beyond it. The gap is quadratic in the way, so three points of it tell all.
    fn border(&self, direction: &[f64]) -> Result<Option<(Vec<f64>, Vec<f64>)>> {
        let point = &self.point;
        let at = |step: f64| -> Vec<f64> {
            let moved = point.iter().zip(direction).map(|(x, by)| x + step * by);
            moved.collect()
        };
        let [back, here, ahead] = [self.gap(&at(-1.0))?, self.gap(point)?, self.gap(&at(1.0))?];
        let mut square = 0.5 * (ahead + back) - here;
        let line = 0.5 * (ahead - back);
        if square.abs() <= STRAIGHT * (ahead.abs() + back.abs() + here.abs()) {
            square = 0.0;
        }
        let Some(step) = nearest_root(square, line, here) else {
            return Ok(None);
        };
        Ok(Some((at(step), at(step + step * BEYOND))))
    }

    /// The segment of the customer with the values of some prepared columns; none if that is
    /// still the own, or if there is no such customer.
    fn becomes(&self, point: &[f64], columns: &[usize]) -> Result<Option<Segment>> {
        let restored = self.restored(point)?;
        let mut values = self.customer.view().to_owned();
        for &column in columns {
            let named = |name: &String| name == self.source(column);
            let Some(at) = self.customer.names().iter().position(named) else {
                return Ok(None);
            };
            values[(0, at)] = restored[column];
        }
        if !values.iter().all(|value| !value.is_infinite()) {
            return Ok(None);
        }
        let names = self.customer.names().to_vec();
        let categories = (self.customer.category_names())
            .filter_map(|name| Some((name.to_owned(), self.customer.categories(name)?.clone())))
            .collect();
        let changed = Features::from_parts(names, values, categories, None);
        // What the preparation refuses is no customer.
        let Ok((placed, _)) = self.segmentation.place(&changed) else {
            return Ok(None);
        };
        let cluster = placed.cluster[0];
        let place = self.segmentation.parts().places.get(cluster as usize);
        let place = place.filter(|_| cluster != self.own.cluster);
        Ok(place.map(|&place| self.segmentation.segments()[place as usize].clone()))
    }
}

/// The root of a x² + b x + c that is nearest to 0.
fn nearest_root(a: f64, b: f64, c: f64) -> Option<f64> {
    let root = if a == 0.0 {
        -c / b
    } else {
        let discriminant = b * b - 4.0 * a * c;
        // The larger root without cancellation; the smaller one by the product of both.
        let sum = -0.5 * (b + discriminant.sqrt().copysign(b));
        let (one, other) = (sum / a, c / sum);
        if other.abs() < one.abs() { other } else { one }
    };
    root.is_finite().then_some(root)
}

/// An error about the one row that was looked at, as of the row that it is.
fn at_row(error: Error, row: usize) -> Error {
    match error {
        Error::InvalidValue { column, reason, .. } => Error::InvalidValue {
            column,
            row,
            reason,
        },
        other => other,
    }
}
