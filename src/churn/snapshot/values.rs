//! The values of features, from what was known before each snapshot.

use super::{
    feature::{Feature, MONTH, Source},
    track::{Known, Windows},
};

/// What the features of one customer are made of, for each of some days.
#[derive(Clone, Copy)]
pub(super) struct Facts<'a> {
    /// The days of the snapshots, ascending.
    pub(super) days: &'a [i32],
    /// On each of them the days since the customer became one, at least 1.
    pub(super) tenures: &'a [i64],
    pub(super) purchases: Known<'a>,
    pub(super) events: Known<'a>,
}

/// A feature that knows the places of its windows and of its label.
pub(super) struct Reading<'a> {
    feature: &'a Feature,
    windows: Vec<usize>,
    /// `None` if no row has the label.
    label: Option<u32>,
    /// The number of labels.
    labels: usize,
}

impl<'a> Reading<'a> {
    /// Adds the windows that the feature needs to those of its log. `labels` are those of the log, in
    /// order.
    pub(super) fn new(feature: &'a Feature, windows: &mut Windows, labels: &[String]) -> Self {
        let label = feature.label().and_then(|wanted| {
            let place = labels.binary_search_by(|label| label.as_str().cmp(wanted));
            u32::try_from(place.ok()?).ok()
        });
        Self {
            feature,
            windows: wanted(feature, windows),
            label,
            labels: labels.len(),
        }
    }

    /// The values of a customer for each day; NaN where missing. `room` is used again from call to
    /// call.
    pub(super) fn fill<'v>(
        &self,
        facts: &Facts<'_>,
        room: &mut Vec<u32>,
        values: impl Iterator<Item = &'v mut f64>,
    ) {
        let known = match self.feature.source() {
            Source::Events => facts.events,
            Source::Spells | Source::Transactions | Source::Channels => facts.purchases,
        };
        let rows = known.window(self.window(0));
        let day = |at: usize| facts.days[at];
        match self.feature {
            Feature::Tenure => each(values, |at| facts.tenures[at] as f64),
            Feature::Recency => each(values, |at| silence(rows.purchase_days(at), day(at))),
            Feature::Purchases { .. } => each(values, |at| rows.count(at) as f64),
            Feature::PurchaseDays { .. } => {
                each(values, |at| rows.purchase_days(at).len() as f64);
            }
            Feature::PurchaseRate { days } => each(values, |at| {
                // Purchases of an earlier spell are not of this tenure.
                let time = facts.tenures[at].min(i64::from(*days));
                let start = i64::from(day(at)) - time;
                let bought = rows.view(at).days;
                let earlier = bought.partition_point(|&row| i64::from(row) < start);
                (bought.len() - earlier) as f64 / time as f64 * f64::from(MONTH)
            }),
            Feature::Money { .. } => each(values, |at| rows.money(at)),
            Feature::MoneyMean { .. } => {
                each(values, |at| over(rows.money(at), rows.count(at) as f64));
            }
            Feature::MoneySd { .. } => each(values, |at| {
                deviation(rows.money(at), rows.view(at).amounts)
            }),
            Feature::MaxGap { .. } => each(values, |at| longest_gap(rows.purchase_days(at))),
            Feature::Overdue { .. } => {
                each(values, |at| overdue(rows.purchase_days(at), day(at)));
            }
            Feature::PurchaseShare { .. } => {
                let whole = known.window(self.window(1));
                each(values, |at| {
                    over(rows.count(at) as f64, whole.count(at) as f64)
                });
            }
            Feature::MoneyShare { .. } => {
                let whole = known.window(self.window(1));
                each(values, |at| over(rows.money(at), whole.money(at)));
            }
            Feature::PurchaseChange { .. } => {
                let before = known.between(self.window(1), self.window(0));
                each(values, |at| {
                    over(rows.count(at) as f64, before.count(at) as f64) - 1.0
                });
            }
            Feature::MoneyChange { .. } => {
                let before = known.between(self.window(1), self.window(0));
                each(values, |at| over(rows.money(at), before.money(at)) - 1.0);
            }
            Feature::MoneySlope { months } => each(values, |at| self.slope(facts, *months, at)),
            Feature::ChannelShare { .. } => each(values, |at| {
                let labels = rows.view(at).labels;
                let named = labels.iter().filter(|&&label| self.is_named(label)).count();
                over(self.count(labels) as f64, named as f64)
            }),
            Feature::ChannelEntropy { .. } => {
                each(values, |at| self.entropy(rows.view(at).labels, room));
            }
            Feature::Events { .. } => {
                each(values, |at| self.count(rows.view(at).labels) as f64);
            }
            Feature::EventRecency { .. } => each(values, |at| {
                let events = rows.view(at);
                let labels = events.labels.iter();
                let last = labels.rev().position(|&label| Some(label) == self.label);
                let days = events.days;
                last.map_or(f64::NAN, |after| {
                    silence(&days[..days.len() - after], day(at))
                })
            }),
            Feature::KindEntropy { .. } => {
                each(values, |at| self.entropy(rows.view(at).labels, room));
            }
        }
    }

    /// The lookback where the feature names no window.
    fn window(&self, at: usize) -> usize {
        self.windows.get(at).copied().unwrap_or(Windows::ALL)
    }

    fn is_named(&self, label: u32) -> bool {
        (label as usize) < self.labels
    }

    fn count(&self, labels: &[u32]) -> usize {
        let is_it = |&&label: &&u32| Some(label) == self.label;
        labels.iter().filter(is_it).count()
    }

    /// The entropy of the rows that are labelled.
    fn entropy(&self, labels: &[u32], room: &mut Vec<u32>) -> f64 {
        room.clear();
        room.extend(labels.iter().filter(|&&label| self.is_named(label)));
        if room.is_empty() {
            return f64::NAN;
        }
        room.sort_unstable();
        let share = |run: &[u32]| run.len() as f64 / room.len() as f64;
        let terms = room.chunk_by(|a, b| a == b).map(share);
        // Of one label alone the sum is -0.
        terms.map(|share| -share * libm::log(share)).sum::<f64>() + 0.0
    }

    fn slope(&self, facts: &Facts<'_>, months: u32, at: usize) -> f64 {
        if facts.tenures[at] < i64::from(months) * i64::from(MONTH) {
            return f64::NAN;
        }
        // Month 0 is the oldest; around their middle the months are symmetric.
        let middle = f64::from(months - 1) / 2.0;
        let (mut cross, mut square) = (0.0, 0.0);
        let next = self.windows[1..].iter().chain([&Windows::NONE]);
        for (month, (&longer, &shorter)) in (0..months).zip(self.windows.iter().zip(next)) {
            let money = facts.purchases.between(longer, shorter).money(at);
            let away = f64::from(month) - middle;
            cross += away * money;
            square += away * away;
        }
        cross / square
    }
}

fn each<'v>(values: impl Iterator<Item = &'v mut f64>, mut of: impl FnMut(usize) -> f64) {
    for (at, value) in values.enumerate() {
        *value = of(at);
    }
}

/// The places of the windows of a feature, in the order in which it reads them.
fn wanted(feature: &Feature, windows: &mut Windows) -> Vec<usize> {
    let mut place = |days: u64| windows.place(days);
    match feature {
        Feature::Tenure | Feature::Recency | Feature::EventRecency { .. } => Vec::new(),
        Feature::Purchases { days }
        | Feature::PurchaseDays { days }
        | Feature::Money { days }
        | Feature::MoneyMean { days }
        | Feature::MoneySd { days }
        | Feature::MaxGap { days }
        | Feature::Overdue { days }
        | Feature::ChannelShare { days, .. }
        | Feature::ChannelEntropy { days }
        | Feature::Events { days, .. }
        | Feature::KindEntropy { days } => days.iter().map(|&days| place(days.into())).collect(),
        Feature::PurchaseRate { days } => vec![place((*days).into())],
        Feature::PurchaseShare { short, long } | Feature::MoneyShare { short, long } => {
            vec![place((*short).into()), place((*long).into())]
        }
        Feature::PurchaseChange { days } | Feature::MoneyChange { days } => {
            vec![place((*days).into()), place(2 * u64::from(*days))]
        }
        Feature::MoneySlope { months } => {
            let back = |month: u32| u64::from(MONTH) * u64::from(month);
            (1..=*months)
                .rev()
                .map(|month| place(back(month)))
                .collect()
        }
    }
}

fn silence(days: &[i32], day: i32) -> f64 {
    let last = days.last();
    last.map_or(f64::NAN, |&last| (i64::from(day) - i64::from(last)) as f64)
}

/// A ratio to something above 0, else missing.
fn over(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { f64::NAN }
}

fn longest_gap(days: &[i32]) -> f64 {
    let gaps = days.windows(2);
    let longest = gaps.map(|two| i64::from(two[1]) - i64::from(two[0])).max();
    longest.map_or(f64::NAN, |gap| gap as f64)
}

fn overdue(days: &[i32], day: i32) -> f64 {
    let [first, .., last] = days else {
        return f64::NAN;
    };
    let span = (i64::from(*last) - i64::from(*first)) as f64;
    silence(days, day) / (span / (days.len() - 1) as f64)
}

fn deviation(money: f64, amounts: &[i64]) -> f64 {
    if amounts.len() < 2 {
        return f64::NAN;
    }
    let mean = money / amounts.len() as f64;
    let squares = amounts.iter().map(|&amount| (amount as f64 - mean).powi(2));
    (squares.sum::<f64>() / (amounts.len() - 1) as f64).sqrt()
}
