//! What is learnt from features.

use ndarray::ArrayView1;

use super::{
    CategoryReport, ColumnParams, ColumnReport, Missing, Outside, Preparation, PreparationParams,
    PreparationReport, PreparationWarning as Warning, Scale, Transform,
    category::CategoryColumn,
    column::{Curve, LARGEST, NumericColumn, Ranks},
    distribution::{Distribution, Moments},
    power::{LIMIT, box_cox_lambda, yeo_johnson_lambda},
};
use crate::{Error, Result, data::Features, numeric::map_chunks};

/// A skew beyond it is worth a warning: that of an exponential law.
pub(in crate::segmentation) const SKEWED: f64 = 2.0;

/// Spread over size, below which a power has eaten the digits of a column.
const FLATTENED: f64 = 1e-9;

pub(super) fn fit(params: &PreparationParams, features: &Features) -> Result<Preparation> {
    let rows = Rows::new(params, features)?;
    let names = features.names();
    let fitted = map_chunks(names.len(), 1, |range| {
        let column = |at: usize| {
            let name = &names[at];
            fit_column(
                name,
                params.of_column(name),
                features.view().column(at),
                &rows,
            )
        };
        range.map(column).collect::<Result<Vec<_>>>()
    });
    let mut columns = Vec::new();
    let mut report = PreparationReport {
        rows: rows.counted(|_| true),
        set_apart: rows.counted(|row| rows.apart[row]),
        columns: Vec::new(),
        categories: Vec::new(),
        warnings: Vec::new(),
    };
    for chunk in fitted {
        for (column, told, warnings) in chunk? {
            columns.push(column);
            report.columns.push(told);
            report.warnings.extend(warnings);
        }
    }
    let mut categories = Vec::new();
    for name in features.category_names() {
        let Some(column) = features.categories(name) else {
            continue;
        };
        let counts = |row: usize| rows.weight(row) > 0.0 && !rows.apart[row];
        let fitted = CategoryColumn::fit(name, params.of_category(name), column, counts)?;
        // Names the first row that is refused.
        fitted.places(column, |row| rows.weight(row) <= 0.0 || rows.apart[row])?;
        if fitted.levels.len() == 1 {
            report.warnings.push(Warning::OneLevel {
                column: name.to_owned(),
            });
        }
        report.categories.push(CategoryReport {
            name: name.to_owned(),
            levels: fitted.levels.len(),
            missing: rows.counted(|row| !rows.apart[row] && column.code(row).is_none()),
        });
        categories.push(fitted);
    }
    Preparation::assemble(columns, categories, report)
}

/// Which rows count, and how much.
struct Rows<'a> {
    weights: Option<&'a [f64]>,
    apart: Vec<bool>,
}

impl<'a> Rows<'a> {
    fn new(params: &PreparationParams, features: &'a Features) -> Result<Self> {
        let own_segment = |name: &String| params.of_column(name).missing == Missing::OwnSegment;
        let mut apart = vec![false; features.len()];
        for (at, _) in features
            .names()
            .iter()
            .enumerate()
            .filter(|(_, name)| own_segment(name))
        {
            for (apart, value) in apart.iter_mut().zip(features.view().column(at)) {
                *apart |= value.is_nan();
            }
        }
        let weights = features.weights();
        if weights.is_some_and(|weights| weights.iter().sum::<f64>() > 1e300) {
            return Err(Error::Overflow {
                what: "the weights of rows come to more than 1e300; divide all by one number"
                    .into(),
            });
        }
        Ok(Self { weights, apart })
    }

    fn weight(&self, row: usize) -> f64 {
        match self.weights {
            Some(weights) => weights.get(row).copied().unwrap_or(0.0),
            None => 1.0,
        }
    }

    /// Rows with a weight above 0 for which something is true.
    fn counted(&self, is: impl Fn(usize) -> bool) -> usize {
        let counted = |&row: &usize| self.weight(row) > 0.0 && is(row);
        (0..self.apart.len()).filter(counted).count()
    }
}

type Fitted = (NumericColumn, ColumnReport, Vec<Warning>);

/// Each step is learnt from what the step before leaves.
#[expect(
    clippy::too_many_lines,
    reason = "the steps of a column in the order in which a value passes them"
)]
fn fit_column(
    name: &str,
    params: &ColumnParams,
    values: ArrayView1<'_, f64>,
    rows: &Rows<'_>,
) -> Result<Fitted> {
    let mut column = NumericColumn {
        name: name.to_owned(),
        missing: params.missing,
        fill: None,
        bounds: None,
        floor: None,
        curve: Curve::None,
        centre: 0.0,
        scale: 1.0,
        root: params.weight.sqrt(),
    };
    let (mut present, mut absent) = (Vec::new(), Vec::new());
    for (row, &value) in values.iter().enumerate() {
        if value.is_nan() && params.missing == Missing::Refuse && !rows.apart[row] {
            return Err(column.refusal(row, value));
        }
        if !rows.apart[row] && rows.weight(row) > 0.0 {
            let side = if value.is_nan() {
                &mut absent
            } else {
                &mut present
            };
            side.push((value, rows.weight(row)));
        }
    }
    let learnt_from = present.len() + absent.len();
    let raw = Distribution::new(present.clone());
    if raw.is_empty() {
        return Err(Error::NotEnoughData {
            what: format!("rows with a value in column {name} that count").into(),
            needed: 1,
            found: 0,
        });
    }

    column.fill = match params.missing {
        Missing::Refuse | Missing::OwnSegment => None,
        Missing::Constant(value) => Some(value),
        Missing::Median | Missing::IndicatorAndMedian => Some(raw.quantile(0.5)),
    };
    let filled = match column.fill {
        Some(fill) if !absent.is_empty() => {
            present.extend(absent.iter().map(|&(_, weight)| (fill, weight)));
            Distribution::new(present)
        }
        _ => raw.clone(),
    };
    let total = filled.total();
    column.bounds =
        (params.winsorise).map(|(low, high)| (filled.quantile(low), filled.quantile(high)));
    let beyond = |x: f64| column.bounds.is_some_and(|(low, high)| x < low || x > high);
    let winsorised = filled.weight_where(beyond) / total;
    let clipped = filled.map(|x| column.entered(x));

    column.curve = blank_curve(params.transform);
    let clamped = match column.curve.lower() {
        Some(lower) => clipped.weight_where(|x| x <= lower) / total,
        None => 0.0,
    };
    if let Some(lower) = column.curve.lower() {
        column.floor = floor(&column, params.outside, lower, &clipped, values, rows)?;
    }
    let entered = clipped.map(|x| column.entered(x));
    column.curve = curve(name, params.transform, &entered)?;
    let follow = |x: f64| {
        let mut one = [x];
        column.curve.follow(&mut one);
        one[0]
    };
    let after = entered.map(follow);
    let moments = after.moments();
    let flat = FLATTENED * moments.min.abs().max(moments.max.abs());
    if column.curve.lambda().is_some() && moments.sd <= flat {
        return Err(no_power(name));
    }
    (column.centre, column.scale) = scale(name, params.scale, &after, &moments)?;
    let mut ends = [moments.min, moments.max];
    for end in &mut ends {
        *end = (*end - column.centre) / column.scale * column.root;
    }
    // Written so that NaN fails as well.
    if !(ends.iter().all(|end| end.abs() <= LARGEST) && column.check().is_ok()) {
        return Err(Error::Overflow {
            what: format!(
                "column {name} goes from {:e} to {:e}, and the squares of its prepared values are \
                 too large for a number; take its logarithm, scale it, or give it in larger units",
                raw.moments().min,
                raw.moments().max
            )
            .into(),
        });
    }
    let report = ColumnReport {
        name: name.to_owned(),
        rows: learnt_from,
        missing: rows.counted(|row| values[row].is_nan()),
        before: raw.moments().into(),
        after: moments.into(),
        lambda: column.curve.lambda(),
        centre: column.centre,
        scale: column.scale,
        bounds: column.bounds,
        winsorised,
        clamped,
        constant: raw.values.len() == 1,
    };
    let warnings = warnings(&report, params, &raw, rows);
    Ok((column, report, warnings))
}

/// The curve of a transform as far as its domain goes, before anything is learnt for it.
fn blank_curve(transform: Transform) -> Curve {
    match transform {
        Transform::None | Transform::QuantileRank => Curve::None,
        Transform::Ln => Curve::Ln,
        Transform::Log1p => Curve::Log1p,
        Transform::BoxCox => Curve::BoxCox { lambda: 1.0 },
        Transform::YeoJohnson => Curve::YeoJohnson { lambda: 1.0 },
    }
}

/// What a value at or below the edge of the domain is clamped to: the least value above it.
/// Without clamping the first such row is an error.
fn floor(
    column: &NumericColumn,
    outside: Outside,
    lower: f64,
    clipped: &Distribution,
    values: ArrayView1<'_, f64>,
    rows: &Rows<'_>,
) -> Result<Option<f64>> {
    let at_edge = |&row: &usize| {
        !rows.apart[row] && rows.weight(row) > 0.0 && column.entered(values[row]) <= lower
    };
    if outside == Outside::Refuse {
        return match (0..values.len()).find(at_edge) {
            Some(row) => Err(column.refusal(row, values[row])),
            None => Ok(None),
        };
    }
    match clipped.values.iter().find(|&&x| x > lower) {
        Some(&least) => Ok(Some(least)),
        None => Err(Error::Degenerate {
            what: format!(
                "no value of column {} is above {lower}, so that none is left to clamp to; use \
                 Yeo-Johnson or no transform",
                column.name
            )
            .into(),
        }),
    }
}

fn curve(name: &str, transform: Transform, values: &Distribution) -> Result<Curve> {
    let lambda = |found: Option<f64>| match (found, values.values.as_slice()) {
        (_, [only]) => Err(constant(name, *only)),
        (found, _) => found.ok_or_else(|| no_power(name)),
    };
    Ok(match transform {
        Transform::BoxCox => Curve::BoxCox {
            lambda: lambda(box_cox_lambda(values))?,
        },
        Transform::YeoJohnson => Curve::YeoJohnson {
            lambda: lambda(yeo_johnson_lambda(values))?,
        },
        Transform::QuantileRank => Curve::QuantileRank(ranks(values)),
        Transform::None | Transform::Ln | Transform::Log1p => blank_curve(transform),
    })
}

fn ranks(values: &Distribution) -> Ranks {
    let total = values.total();
    let mut before = 0.0;
    let mid = |weight: &f64| {
        let share = (before + 0.5 * weight) / total;
        before += weight;
        share.min(1.0)
    };
    Ranks {
        shares: values.weights.iter().map(mid).collect(),
        values: values.values.clone(),
    }
}

/// What the transformed values are centred on and divided by.
fn scale(name: &str, scale: Scale, after: &Distribution, moments: &Moments) -> Result<(f64, f64)> {
    if scale != Scale::None && after.values.len() == 1 {
        return Err(constant(name, moments.min));
    }
    Ok(match scale {
        Scale::None => (0.0, 1.0),
        Scale::ZScore => (moments.mean, moments.sd),
        Scale::MinMax => (moments.min, moments.max - moments.min),
        Scale::Robust => {
            let median = after.quantile(0.5);
            let range = after.quantile(0.75) - after.quantile(0.25);
            if range <= 0.0 {
                return Err(Error::Degenerate {
                    what: format!(
                        "the middle half of column {name} is {median} throughout, so that its \
                         interquartile range is 0; scale it by the z-score"
                    )
                    .into(),
                });
            }
            (median, range)
        }
    })
}

fn constant(name: &str, value: f64) -> Error {
    Error::Degenerate {
        what: format!(
            "column {name} is {value} for all rows when it comes to be scaled; leave it out, or \
             scale it by none and transform it by none"
        )
        .into(),
    }
}

fn no_power(name: &str) -> Error {
    Error::Degenerate {
        what: format!(
            "no power of column {name} within ±{LIMIT} is likeliest and keeps its values apart: \
             they lie too far from 0 for their spread, or too close to it; subtract what they have \
             in common, give them in other units, or use the quantile rank"
        )
        .into(),
    }
}

fn warnings(
    report: &ColumnReport,
    params: &ColumnParams,
    raw: &Distribution,
    rows: &Rows<'_>,
) -> Vec<Warning> {
    let column = || report.name.clone();
    let mut all = Vec::new();
    let skew = report.after.skew;
    match raw.values.len() {
        1 => all.push(Warning::Constant {
            column: column(),
            value: report.before.min,
        }),
        2 => all.push(Warning::TwoValues { column: column() }),
        _ if params.transform == Transform::None && skew.abs() > SKEWED => {
            let fits = match report.after.min {
                min if skew > 0.0 && min > 0.0 => Transform::Ln,
                min if skew > 0.0 && min > -1.0 => Transform::Log1p,
                _ => Transform::YeoJohnson,
            };
            all.push(Warning::Skewed {
                column: column(),
                skew,
                fits,
            });
        }
        _ => {}
    }
    let share = report.missing as f64 / rows.counted(|_| true) as f64;
    if share > 0.5 {
        all.push(Warning::MostlyMissing {
            column: column(),
            share,
        });
    }
    if report.winsorised > 0.0 {
        all.push(Warning::Winsorised {
            column: column(),
            share: report.winsorised,
        });
    }
    if report.clamped > 0.0 {
        all.push(Warning::Clamped {
            column: column(),
            share: report.clamped,
        });
    }
    all
}
