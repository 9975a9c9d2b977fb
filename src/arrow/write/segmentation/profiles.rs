//! What segments are like.

use arrow_array::RecordBatch;

use super::super::Columns;
use crate::{
    Result,
    arrow::{Tables, tables::no_table},
    segmentation::{
        CategoryProfile, Distinction, NumericProfile, NumericSummary, Profiles, SegmentProfile,
    },
};

/// In all tables about segments `id` is the number of the segment; null is the population. A
/// statistic that does not exist is null, and numbers are in the units of the features.
///
/// - `segments`, a row a segment after one for the population: `id`, `segment`, `customers`,
///   `weight`, `share` of the weight, `revenue`, `revenue_share`.
/// - `numeric`, a row a segment and numeric feature: `id`, `feature`; `count` of those with a
///   value, `missing`, `weight`; `mean`, `sd`, `median`, `min`, `max`; `index`, 100 times the mean
///   over that of the population; `standardised_difference`.
/// - `quantiles`, a row a segment, numeric feature and share: `id`, `feature`, `share`, `value`.
/// - `categories`, a row a segment and feature of categories: `id`, `feature`, `count`,
///   `missing`, `weight`.
/// - `levels`, a row a segment, feature and label: `id`, `feature`, `level`, `weight`, `share`,
///   `lift`, `standardised_difference`.
/// - `distinguishing`, a row each, the greatest difference first: `id`, `feature`, `level`,
///   `standardised_difference`, `index`, `share`, `lift`.
/// - `exemplars`, a row each, the nearest first: `id`; `row` of the features, from 0;
///   `distance`; `missing`, how many features it misses.
/// - `variance`, a row a numeric feature: `feature`, `f`, `between_degrees`, `within_degrees`,
///   `p_value`, `eta_squared`.
/// - `associations`, a row a feature of categories: `feature`, `chi_square`, `degrees_of_freedom`,
///   `p_value`, `cramers_v`, `smallest_expected`.
impl Tables for Profiles {
    const TABLES: &'static [&'static str] = &[
        "segments",
        "numeric",
        "quantiles",
        "categories",
        "levels",
        "distinguishing",
        "exemplars",
        "variance",
        "associations",
    ];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "segments" => segments(self),
            "numeric" => numeric(self),
            "quantiles" => quantiles(self),
            "categories" => categories(self),
            "levels" => levels(self),
            "distinguishing" => distinguishing(self),
            "exemplars" => exemplars(self),
            "variance" => variance(self),
            "associations" => associations(self),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn number(segment: &SegmentProfile) -> i64 {
    segment.id.0.into()
}

fn segments(it: &Profiles) -> Result<RecordBatch> {
    let (all, parts) = (&it.population, &it.segments);
    // The population's whole weight is its share; of no weight there is none.
    let whole = (all.weight > 0.0).then_some(1.0);
    let whole_revenue = all.revenue.filter(|&revenue| revenue > 0.0).map(|_| 1.0);
    Columns::new()
        .ints(
            "id",
            std::iter::once(None).chain(parts.iter().map(|it| Some(number(it)))),
        )
        .known_texts(
            "segment",
            std::iter::once(None).chain(parts.iter().map(|it| Some(&it.name))),
        )
        .counts(
            "customers",
            std::iter::once(all.customers).chain(parts.iter().map(|it| it.customers)),
        )
        .floats(
            "weight",
            std::iter::once(all.weight)
                .chain(parts.iter().map(|it| it.weight))
                .collect(),
        )
        .known(
            "share",
            std::iter::once(whole).chain(parts.iter().map(|it| Some(it.share))),
        )
        .known(
            "revenue",
            std::iter::once(all.revenue).chain(parts.iter().map(|it| it.revenue)),
        )
        .known(
            "revenue_share",
            std::iter::once(whole_revenue).chain(parts.iter().map(|it| it.revenue_share)),
        )
        .finish()
}

/// A numeric feature of the population or of a segment.
#[derive(Clone, Copy)]
struct Numeric<'p> {
    segment: Option<i64>,
    summary: &'p NumericSummary,
    beside: Option<&'p NumericProfile>,
}

fn numerics(it: &Profiles) -> Vec<Numeric<'_>> {
    let all = it.population.numeric.iter().map(|summary| Numeric {
        segment: None,
        summary,
        beside: None,
    });
    let parts = it.segments.iter().flat_map(|segment| {
        segment.numeric.iter().map(|profile| Numeric {
            segment: Some(number(segment)),
            summary: &profile.summary,
            beside: Some(profile),
        })
    });
    all.chain(parts).collect()
}

fn numeric(it: &Profiles) -> Result<RecordBatch> {
    let all = numerics(it);
    let known = |of: fn(&Numeric<'_>) -> Option<f64>| all.iter().map(of).collect::<Vec<_>>();
    Columns::new()
        .ints("id", all.iter().map(|it| it.segment))
        .texts("feature", all.iter().map(|it| &it.summary.feature))
        .counts("count", all.iter().map(|it| it.summary.count))
        .counts("missing", all.iter().map(|it| it.summary.missing))
        .floats("weight", all.iter().map(|it| it.summary.weight).collect())
        .known("mean", known(|it| it.summary.mean))
        .known("sd", known(|it| it.summary.sd))
        .known("median", known(|it| it.summary.median))
        .known("min", known(|it| it.summary.min))
        .known("max", known(|it| it.summary.max))
        .known("index", known(|it| it.beside?.index))
        .known(
            "standardised_difference",
            known(|it| it.beside?.standardised_difference),
        )
        .finish()
}

fn quantiles(it: &Profiles) -> Result<RecordBatch> {
    let all = numerics(it);
    let cells = || {
        all.iter().flat_map(|it| {
            it.summary
                .quantiles
                .iter()
                .map(move |quantile| (it, quantile))
        })
    };
    Columns::new()
        .ints("id", cells().map(|(it, _)| it.segment))
        .texts("feature", cells().map(|(it, _)| &it.summary.feature))
        .floats(
            "share",
            cells().map(|(_, quantile)| quantile.share).collect(),
        )
        .known("value", cells().map(|(_, quantile)| quantile.value))
        .finish()
}

/// Features of categories, of the population and then of the segments.
fn all_categories(it: &Profiles) -> Vec<(Option<i64>, &CategoryProfile)> {
    let all = it
        .population
        .categories
        .iter()
        .map(|profile| (None, profile));
    let parts = it.segments.iter().flat_map(|segment| {
        let profiles = segment.categories.iter();
        profiles.map(|profile| (Some(number(segment)), profile))
    });
    all.chain(parts).collect()
}

fn categories(it: &Profiles) -> Result<RecordBatch> {
    let all = all_categories(it);
    Columns::new()
        .ints("id", all.iter().map(|(segment, _)| *segment))
        .texts("feature", all.iter().map(|(_, it)| &it.feature))
        .counts("count", all.iter().map(|(_, it)| it.count))
        .counts("missing", all.iter().map(|(_, it)| it.missing))
        .floats("weight", all.iter().map(|(_, it)| it.weight).collect())
        .finish()
}

fn levels(it: &Profiles) -> Result<RecordBatch> {
    let all = all_categories(it);
    let cells = || {
        all.iter().flat_map(|(segment, it)| {
            let levels = it.levels.iter();
            levels.map(move |level| (*segment, &it.feature, level))
        })
    };
    Columns::new()
        .ints("id", cells().map(|(segment, _, _)| segment))
        .texts("feature", cells().map(|(_, feature, _)| feature))
        .texts("level", cells().map(|(_, _, it)| &it.level))
        .floats("weight", cells().map(|(_, _, it)| it.weight).collect())
        .known("share", cells().map(|(_, _, it)| it.share))
        .known("lift", cells().map(|(_, _, it)| it.lift))
        .known(
            "standardised_difference",
            cells().map(|(_, _, it)| it.standardised_difference),
        )
        .finish()
}

fn distinguishing(it: &Profiles) -> Result<RecordBatch> {
    let all = || {
        it.segments.iter().flat_map(|segment| {
            let distinctions = segment.distinguishing.iter();
            distinctions.map(|distinction| (number(segment), distinction))
        })
    };
    let level = |distinction: &Distinction| match distinction {
        Distinction::Numeric { .. } => None,
        Distinction::Level { level, .. } => Some(level.clone()),
    };
    let index = |distinction: &Distinction| match distinction {
        Distinction::Numeric { index, .. } => *index,
        Distinction::Level { .. } => None,
    };
    let share = |distinction: &Distinction| match distinction {
        Distinction::Numeric { .. } => None,
        Distinction::Level { share, .. } => Some(*share),
    };
    let lift = |distinction: &Distinction| match distinction {
        Distinction::Numeric { .. } => None,
        Distinction::Level { lift, .. } => Some(*lift),
    };
    Columns::new()
        .ints("id", all().map(|(segment, _)| segment))
        .texts("feature", all().map(|(_, it)| it.feature()))
        .known_texts("level", all().map(|(_, it)| level(it)))
        .floats(
            "standardised_difference",
            all().map(|(_, it)| it.standardised_difference()).collect(),
        )
        .known("index", all().map(|(_, it)| index(it)))
        .known("share", all().map(|(_, it)| share(it)))
        .known("lift", all().map(|(_, it)| lift(it)))
        .finish()
}

fn exemplars(it: &Profiles) -> Result<RecordBatch> {
    let all = || {
        it.segments.iter().flat_map(|segment| {
            segment
                .exemplars
                .iter()
                .map(|exemplar| (number(segment), exemplar))
        })
    };
    Columns::new()
        .ints("id", all().map(|(segment, _)| segment))
        .counts("row", all().map(|(_, it)| it.row))
        .floats("distance", all().map(|(_, it)| it.distance).collect())
        .counts("missing", all().map(|(_, it)| it.missing))
        .finish()
}

fn variance(it: &Profiles) -> Result<RecordBatch> {
    let all = || it.variance.iter();
    Columns::new()
        .texts("feature", all().map(|it| &it.feature))
        .known("f", all().map(|it| it.f))
        .floats(
            "between_degrees",
            all().map(|it| it.between_degrees).collect(),
        )
        .floats(
            "within_degrees",
            all().map(|it| it.within_degrees).collect(),
        )
        .known("p_value", all().map(|it| it.p_value))
        .known("eta_squared", all().map(|it| it.eta_squared))
        .finish()
}

fn associations(it: &Profiles) -> Result<RecordBatch> {
    let all = || it.associations.iter();
    Columns::new()
        .texts("feature", all().map(|it| &it.feature))
        .known("chi_square", all().map(|it| it.chi_square))
        .floats(
            "degrees_of_freedom",
            all().map(|it| it.degrees_of_freedom).collect(),
        )
        .known("p_value", all().map(|it| it.p_value))
        .known("cramers_v", all().map(|it| it.cramers_v))
        .known("smallest_expected", all().map(|it| it.smallest_expected))
        .finish()
}
