//! Recency, frequency and money, and the segments drawn from them.

use serde::Deserialize;

use super::Scores;
use crate::{
    Result,
    arrow::{Columns, Tables},
    data::SegmentId,
    host::{Answer, IntoAnswer, Room},
    value::{Rfm, RfmParams, SegmentMap, SegmentRule, Summary},
};

pub(super) fn register(room: &mut Room<'_>) {
    room.kind::<Rfm>()
        .operation("fit", &["summary", "params"], |arguments| {
            arguments
                .params::<RfmParams>()?
                .fit(arguments.object("summary")?)
        })
        .defaults::<RfmParams>()
        .operation("score", &["self", "summary"], |arguments| {
            let summary: &Summary = arguments.object("summary")?;
            Ok(Scores {
                scores: arguments.this::<Rfm>()?.score(summary)?,
                customers: summary.customers().clone(),
            })
        })
        .get("bins", |rfm| Answer::written(&rfm.bins()))
        .get("empty_bins", |rfm| -> Result<Answer> {
            Ok(Answer::record([
                ("recency", rfm.recency_bins().empty().into_answer()?),
                ("frequency", rfm.frequency_bins().empty().into_answer()?),
                ("monetary", rfm.monetary_bins().empty().into_answer()?),
            ]))
        })
        .tables()
        .saved();
    room.kind::<Scores>()
        .get("len", |it| it.scores.len())
        .get("customers", |it| it.customers.clone())
        .operation("assign", &["self", "map"], |arguments| {
            let it: &Scores = arguments.this()?;
            it.scores.assign(arguments.object("map")?)
        })
        .operation("table", &["self", "name"], |arguments| {
            let it: &Scores = arguments.this()?;
            let name: Option<String> = arguments.optional_json("name")?;
            let scores = it.scores.table(name.as_deref().unwrap_or("scores"))?;
            Columns::of(&it.customers).batch(&scores).finish()
        });
    segment_map(room);
}

/// A rule as hosts write it: a segment, and the first and last of the scores that belong to it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    id: SegmentId,
    name: String,
    recency: (u8, u8),
    frequency: (u8, u8),
    monetary: (u8, u8),
}

/// The segment of customers without a purchase.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoPurchase {
    id: SegmentId,
    name: String,
}

fn segment_map(room: &mut Room<'_>) {
    room.kind::<SegmentMap>()
        .operation(
            "new",
            &["scheme", "bins", "rules", "no_purchase"],
            |arguments| {
                let scheme: String = arguments.json("scheme")?;
                let rules: Vec<Rule> = arguments.json("rules")?;
                let none: NoPurchase = arguments.json("no_purchase")?;
                let range = |(first, last): (u8, u8)| first..=last;
                let rule = |it: Rule| {
                    let (recency, frequency) = (range(it.recency), range(it.frequency));
                    SegmentRule::new(it.id, &it.name, recency, frequency, range(it.monetary))
                };
                let rules = rules.into_iter().map(rule).collect();
                let bins = arguments.json("bins")?;
                SegmentMap::new(&scheme, bins, rules, (none.id, &none.name))
            },
        )
        .operation("standard", &["bins"], |arguments| {
            let bins: Option<[usize; 3]> = arguments.optional_json("bins")?;
            SegmentMap::standard(bins.unwrap_or([5, 5, 5]))
        })
        .get("scheme", |map| map.scheme().to_owned())
        .get("bins", |map| Answer::written(&map.bins()))
        .get("segments", |map| Answer::written(&map.segments()))
        .operation("segment", &["self", "scores"], |arguments| {
            let scores: [u8; 3] = arguments.json("scores")?;
            Ok(arguments.this::<SegmentMap>()?.segment(scores).0)
        })
        .operation("name", &["self", "scores"], |arguments| {
            let scores: [u8; 3] = arguments.json("scores")?;
            Ok(arguments.this::<SegmentMap>()?.name(scores).to_owned())
        })
        .tables()
        .saved();
}
