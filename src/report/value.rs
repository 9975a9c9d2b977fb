//! What customers are worth.

use super::{
    draw::{
        Axis, BLUE, Bar, Bars, Curve, Field, Figure, Form, GREY, Grid, Lines, Shade, Unit,
        VERMILION, grouped,
    },
    picture::{Picture, nothing},
};
use crate::{
    Error, Result,
    data::{Currency, MinorUnits},
    overview::SegmentFigures,
    value::{BridgeLine, RfmScores, Summary, WhaleCurve},
};

/// Purchase days after the first, from and to, for a row of the map of who is still there.
const FREQUENCIES: [(u32, u32); 8] = [
    (0, 0),
    (1, 1),
    (2, 2),
    (3, 3),
    (4, 6),
    (7, 12),
    (13, 25),
    (26, u32::MAX),
];

/// Columns of the map of who is still there.
const SILENCES: u32 = 6;

/// Points of the whale curve.
const POINTS: usize = 200;

impl Picture {
    /// How many customers there are for each pair of recency and frequency scores.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] without a customer with a purchase.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::*, report::Picture, value::{RfmParams, SummaryState}};
    /// let log = Transactions::builder(Currency::USD).int_keys(&[1, 2, 2]).days(vec![0, 8, 9])
    ///     .amounts(vec![1, 1, 1]).build()?;
    /// let summary = SummaryState::new(&log)?.summary(date_of_day(9).unwrap())?;
    /// let scores = RfmParams::default().bins(2, 2, 2).fit(&summary)?.score(&summary)?;
    /// let picture = Picture::rfm_map(&scores)?;
    /// let (columns, rows) = picture.table();
    /// assert_eq!(columns, ["frequency score", "recency score", "customers"]);
    /// assert_eq!(rows, [["2", "1", "0"], ["2", "2", "1"], ["1", "1", "1"], ["1", "2", "0"]]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn rfm_map(scores: &RfmScores) -> Result<Self> {
        let top = |scores: &[u8]| usize::from(scores.iter().copied().max().unwrap_or(0));
        let (width, height) = (top(scores.recency()), top(scores.frequency()));
        if width == 0 || height == 0 {
            return Err(nothing("customers with a purchase"));
        }
        let mut counts = vec![vec![0_u64; width]; height];
        for (&recency, &frequency) in scores.recency().iter().zip(scores.frequency()) {
            if recency > 0 && frequency > 0 {
                counts[height - usize::from(frequency)][usize::from(recency) - 1] += 1;
            }
        }
        let most = counts.iter().flatten().copied().max().unwrap_or(1).max(1);
        let field = |count: &u64| {
            let value = *count as f64;
            Some(Field {
                value,
                text: grouped(value, 0),
            })
        };
        let grid = Grid {
            across: "recency score".to_owned(),
            columns: (1..=width).map(|score| score.to_string()).collect(),
            up: "frequency score".to_owned(),
            rows: (1..=height).rev().map(|score| score.to_string()).collect(),
            fields: counts
                .iter()
                .map(|row| row.iter().map(field).collect())
                .collect(),
            shade: Shade::More(most as f64),
            told: "customers".to_owned(),
        };
        Ok(Self::new(
            "rfm_map",
            "Who buys often, and who has bought of late",
            "Customers by two scores: to the right those who bought of late, at the top those who buy often. \
             The upper right are the best, the upper left were: they are worth winning back."
                .to_owned(),
            Figure::Grid(grid),
        ))
    }

    /// What each segment brings in.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] without a segment that has customers.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::*, overview::*, report::Picture};
    /// let log = Transactions::builder(Currency::USD).int_keys(&[1]).days(vec![0]).amounts(vec![1250]).build()?;
    /// let inputs = OverviewInputs::new().transactions(&log);
    /// let overview = OverviewParams::default().fit(&inputs, date_of_day(9).unwrap())?;
    /// let segments = &overview.segments().told().unwrap().figures;
    /// let picture = Picture::segment_revenue(segments, Currency::USD)?;
    /// let (columns, rows) = picture.table();
    /// assert_eq!(columns[1], "revenue (USD)");
    /// assert!(rows.iter().any(|row| row[1] == "12.5"));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn segment_revenue(segments: &[SegmentFigures], currency: Currency) -> Result<Self> {
        let bars: Vec<Bar> = (segments.iter())
            .filter(|of| of.customers > 0)
            .map(|of| Bar {
                name: format!("{} ({})", of.segment.name, grouped(of.customers as f64, 0)),
                value: currency.to_f64(of.revenue),
                interval: None,
                ink: BLUE,
            })
            .collect();
        if bars.is_empty() {
            return Err(nothing("segments with customers"));
        }
        let label = format!("revenue ({})", currency.code());
        let axis = Axis::over(&label, Unit::Plain, bars.iter().map(|bar| bar.value));
        Ok(Self::new(
            "segment_revenue",
            "What each segment has brought in",
            "Revenue so far, net of refunds. In brackets: customers.".to_owned(),
            Figure::Bars(Bars { bars, axis }),
        ))
    }

    /// The probability that customers are still there, by how long they have not bought and how often
    /// they had. `p_alive` has an entry a customer, NaN for those without a purchase.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`]; [`Error::NotEnoughData`] without a customer whose probability is known.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::*, report::Picture, value::SummaryState};
    /// let log = Transactions::builder(Currency::USD).int_keys(&[1, 2, 2]).days(vec![0, 8, 9])
    ///     .amounts(vec![1, 1, 1]).build()?;
    /// let summary = SummaryState::new(&log)?.summary(date_of_day(9).unwrap())?;
    /// let picture = Picture::p_alive_map(&summary, &[0.25, 0.75])?;
    /// let (_, rows) = picture.table();
    /// assert!(rows.contains(&vec!["1".into(), "0".into(), "0.75".into()]));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn p_alive_map(summary: &Summary, p_alive: &[f64]) -> Result<Self> {
        Error::check_length("p_alive", summary.len(), p_alive.len())?;
        let customers = summary.customers().numbers();
        let known: Vec<(u32, u32, f64)> = (customers.zip(p_alive))
            .filter(|(_, p)| p.is_finite())
            .filter_map(|(customer, &p)| {
                let silent = summary.days_since_last(customer)?;
                Some((silent, summary.frequency()[customer.at()], p))
            })
            .collect();
        let Some(longest) = known.iter().map(|(silent, ..)| *silent).max() else {
            return Err(nothing("customers with a probability"));
        };
        let step = round_up(longest / SILENCES + 1);
        let columns = (longest / step + 1) as usize;
        let mut sums = vec![vec![(0.0, 0_u32); columns]; FREQUENCIES.len()];
        for (silent, frequency, p) in known {
            let row = FREQUENCIES.iter().position(|(_, to)| frequency <= *to);
            let (sum, count) = &mut sums[row.unwrap_or_default()][(silent / step) as usize];
            *sum += p;
            *count += 1;
        }
        let field = |(sum, count): &(f64, u32)| {
            let value = sum / f64::from(*count);
            (*count > 0).then(|| Field {
                value,
                text: format!("{}%", grouped(value * 100.0, 0)),
            })
        };
        let rows = FREQUENCIES.iter().zip(&sums).rev();
        let rows = rows.filter(|(_, row)| row.iter().any(|(_, count)| *count > 0));
        let (rows, fields) = rows
            .map(|((from, to), row)| (range(*from, *to), row.iter().map(field).collect()))
            .unzip();
        let grid = Grid {
            across: "days since the last purchase, from".to_owned(),
            columns: (0..=longest / step)
                .map(|at| (at * step).to_string())
                .collect(),
            up: "purchases after the first".to_owned(),
            rows,
            fields,
            shade: Shade::More(1.0),
            told: "p_alive".to_owned(),
        };
        Ok(Self::new(
            "p_alive_map",
            "Who is probably still a customer",
            "The mean probability that customers are still there, by the model of purchases. The same silence \
             says more of those who used to buy often."
                .to_owned(),
            Figure::Grid(grid),
        ))
    }

    /// How many customers are worth how much. NaN is left out.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] without a value.
    ///
    /// # Example
    ///
    /// See [`Picture`].
    pub fn value_distribution(values: &[f64], currency: Currency) -> Result<Self> {
        let known = values.iter().copied();
        let mut known: Vec<f64> = known.filter(|value| value.is_finite()).collect();
        if known.is_empty() {
            return Err(nothing("customers with a value"));
        }
        known.sort_unstable_by(f64::total_cmp);
        let edges = edges(&known);
        let code = currency.code();
        let mut bars = Vec::with_capacity(edges.len() + 1);
        let mut below = 0;
        for place in 0..=edges.len() {
            let from = place.checked_sub(1).map(|at| edges[at]);
            let to = edges.get(place).copied();
            let name = match (from, to) {
                (None, Some(to)) => format!("below {} {code}", edge(to)),
                (Some(from), None) => format!("{} {code} and more", edge(from)),
                (Some(from), Some(to)) => format!("{} to {} {code}", edge(from), edge(to)),
                (None, None) => "all".to_owned(),
            };
            let until = to.map_or(known.len(), |to| known.partition_point(|value| *value < to));
            bars.push(Bar {
                name,
                value: (until - below) as f64,
                interval: None,
                ink: BLUE,
            });
            below = until;
        }
        // Nobody is below the first edge or above the last one, unless values are below 0.
        while bars.last().is_some_and(|bar| bar.value <= 0.0) {
            bars.pop();
        }
        if bars[0].value <= 0.0 {
            bars.remove(0);
        }
        let axis = Axis::over("customers", Unit::Count, bars.iter().map(|bar| bar.value));
        Ok(Self::new(
            "value_distribution",
            "What customers are worth",
            "How many customers are worth how much, over the time ahead. Few are worth much: plan for them, \
             not for the mean."
                .to_owned(),
            Figure::Bars(Bars { bars, axis }),
        ))
    }

    /// What the best customers have brought together, from one to all: what rises above the end is lost on
    /// the others.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] without customers.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Currency, Transactions}, report::Picture, value::{ProfitParams, ProfitState}};
    /// let log = Transactions::builder(Currency::EUR).int_keys(&[1, 2, 3]).days(vec![0, 0, 0])
    ///     .amounts(vec![500, -200, 100]).build()?;
    /// let whale = ProfitParams::default().evaluate(&ProfitState::new(&log)?)?.whale_curve()?;
    /// let picture = Picture::whale_curve(&whale, Currency::EUR)?;
    /// let (_, rows) = picture.table();
    /// let heights: Vec<&str> = rows[..4].iter().map(|row| row[2].as_str()).collect();
    /// assert_eq!(heights, ["0", "5", "6", "4"]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn whale_curve(whale: &WhaleCurve, currency: Currency) -> Result<Self> {
        let cumulative = whale.cumulative();
        let Some(last) = cumulative.last() else {
            return Err(nothing("customers"));
        };
        let count = cumulative.len();
        let money = |minor: i64| currency.to_f64(MinorUnits(minor));
        // Some of many points, the peak among them.
        let mut places: Vec<usize> = (1..=POINTS.min(count))
            .map(|point| point * count / POINTS.min(count))
            .collect();
        places.push(whale.profitable().max(1));
        places.sort_unstable();
        places.dedup();
        let mut points = vec![(0.0, 0.0)];
        for place in places {
            points.push((place as f64 / count as f64, money(cumulative[place - 1])));
        }
        let heights = points.iter().map(|point| point.1);
        let label = format!("profit so far ({})", currency.code());
        let lines = Lines {
            y: Axis::over(&label, Unit::Plain, heights),
            x: Axis {
                label: "customers, the best first".to_owned(),
                unit: Unit::Share,
                from: 0.0,
                to: 1.0,
            },
            curves: vec![
                Curve {
                    name: "the best customers together".to_owned(),
                    ink: BLUE,
                    form: Form::Line,
                    points,
                    band: Vec::new(),
                },
                Curve {
                    name: "if all were alike".to_owned(),
                    ink: GREY,
                    form: Form::Dashes,
                    points: vec![(0.0, 0.0), (1.0, money(*last))],
                    band: Vec::new(),
                },
            ],
        };
        Ok(Self::new(
            "whale_curve",
            "Who makes the money",
            "What the best customers have brought in together. The steeper the start, the more hangs on few; \
             where the curve falls, customers cost more than they bring."
                .to_owned(),
            Figure::Lines(lines),
        ))
    }

    /// From the money of one period to that of the next.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::*, report::Picture, value::{BridgeParams, SummaryState}};
    /// let log = Transactions::builder(Currency::EUR).int_keys(&[1, 2]).days(vec![0, 10])
    ///     .amounts(vec![500, 300]).build()?;
    /// let day = |day| date_of_day(day).unwrap();
    /// let periods = BridgeParams::new(Window::new(day(0), day(9))?, Window::new(day(10), day(19))?);
    /// let line = periods.evaluate(&SummaryState::new(&log)?)?.total()?;
    /// let picture = Picture::revenue_bridge(&line, Currency::EUR);
    /// let (_, rows) = picture.table();
    /// assert_eq!(rows.iter().map(|row| row[1].as_str()).collect::<Vec<_>>(), ["5", "3", "0", "0", "0", "-5", "3"]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn revenue_bridge(line: &BridgeLine, currency: Currency) -> Self {
        let bar = |name: &str, money: MinorUnits, ink| Bar {
            name: name.to_owned(),
            value: currency.to_f64(money),
            interval: None,
            ink,
        };
        let change =
            |name, money: MinorUnits| bar(name, money, if money.0 < 0 { VERMILION } else { BLUE });
        let bars = vec![
            bar("period before", line.opening, GREY),
            change("new customers", line.new),
            change("came back", line.reactivated),
            change("bought more", line.expansion),
            change("bought less", line.contraction),
            change("stopped buying", line.lost),
            bar("last period", line.closing, GREY),
        ];
        let label = format!("revenue ({})", currency.code());
        let axis = Axis::over(&label, Unit::Plain, bars.iter().map(|bar| bar.value));
        Self::new(
            "revenue_bridge",
            "What changed in revenue",
            "From the revenue of one period to that of the next: what came from new customers and from those \
             who bought more, and what went with the others. It adds up to the cent."
                .to_owned(),
            Figure::Bars(Bars { bars, axis }),
        )
    }
}

/// A range of whole numbers in words.
fn range(from: u32, to: u32) -> String {
    match (from, to) {
        (from, to) if from == to => from.to_string(),
        (from, u32::MAX) => format!("{from}+"),
        (from, to) => format!("{from} to {to}"),
    }
}

/// The next of 1, 2, 5, 10, 20, 50 and so on.
fn round_up(days: u32) -> u32 {
    let mut tens = 1_u32;
    loop {
        for step in [1, 2, 5] {
            match tens.checked_mul(step) {
                Some(round) if round >= days => return round,
                Some(_) => {}
                None => return days,
            }
        }
        tens = tens.saturating_mul(10);
    }
}

/// An edge with no more digits than it has.
fn edge(value: f64) -> String {
    let tens = [1.0, 10.0, 100.0, 1e3, 1e4, 1e5];
    let is_whole = |scaled: f64| (scaled.round() - scaled).abs() <= scaled.abs() * 1e-9;
    let digits = tens.iter().position(|tens| is_whole(value * tens));
    grouped(value, digits.unwrap_or(tens.len()))
}

/// Values that are no more than this are as good as nothing.
const LEAST: f64 = 1e-6;

/// Edges of 1, 2, 5, 10, 20, 50 and so on, from about the tenth of the values, which ascend, up to the
/// largest.
fn edges(sorted: &[f64]) -> Vec<f64> {
    let largest = sorted[sorted.len() - 1];
    if largest <= LEAST {
        return vec![0.0];
    }
    let positive = sorted.partition_point(|value| *value <= 0.0);
    // Values over more than six powers of ten are told by the largest ones.
    let low = sorted[positive.max(sorted.len() / 10)].max(largest / 1e6);
    let mut power = 1.0;
    while power > low {
        power /= 10.0;
    }
    while power * 10.0 <= low {
        power *= 10.0;
    }
    let mut edges = Vec::new();
    while edges.last().is_none_or(|edge| *edge <= largest) {
        edges.extend([1.0, 2.0, 5.0].map(|step| step * power));
        power *= 10.0;
    }
    let above = edges.partition_point(|edge| *edge <= low);
    edges.drain(..above.saturating_sub(1));
    edges.truncate(edges.partition_point(|edge| *edge <= largest) + 1);
    edges
}
