//! What moves go with, and moves that are unusual.

use arrow_array::RecordBatch;

use super::{super::Columns, Key, Tell, tell_alone};
use crate::{
    Result,
    arrow::tables::no_table,
    data::SegmentId,
    migration::{Contrast, CriticalMove, Drivers, FeatureDriver, MoveDrivers},
};

tell_alone! {
    /// `moves`, a row a move: `from_id`, `to_id`, and the customers who are `movers` and `stayers`.
    /// `features`, a row a move and feature, the strongest change first: `from_id`, `to_id`, `feature`;
    /// how it changed, as `change_mover_mean`, `change_stayer_mean`, `change_standardised`, `change_t`,
    /// `change_df`, `change_p`, `change_p_adjusted`; how it stood before, likewise from
    /// `level_mover_mean` on; the `auc` of its level; and the customers `missing_before` and
    /// `missing_after`. `downgrades` and `downgrade_features` likewise, the best leading indicator first;
    /// `to_id` is null, any lower segment. `skipped`, a row a move with too few customers: `from_id`,
    /// `to_id`, `customers`.
    Drivers;

    /// `moves`, a row a move, the most critical first: `from_id`, `to_id`, `customers`, their `share` of
    /// the customers of the state before, the `usual_share`, the `threshold` above which it rings, the
    /// `excess` in spreads, `money_at_stake` in the unit of the values, and whether it `rings`.
    [CriticalMove];
}

impl Tell for Drivers {
    const NAMES: &'static [&'static str] = &[
        "moves",
        "features",
        "downgrades",
        "downgrade_features",
        "skipped",
    ];

    fn tell(&self, table: &str, key: Key<'_>) -> Result<RecordBatch> {
        match table {
            "moves" => moves(&self.moves, key),
            "features" => features(&self.moves, key),
            "downgrades" => moves(&self.downgrades, key),
            "downgrade_features" => features(&self.downgrades, key),
            "skipped" => {
                let skipped = &self.skipped;
                let from: Vec<_> = skipped.iter().map(|it| Some(it.0)).collect();
                let to: Vec<_> = skipped.iter().map(|it| Some(it.1)).collect();
                from_to(&from, &to, key)
                    .counts("customers", skipped.iter().map(|it| it.2))
                    .finish()
            }
            _ => no_table(table, Self::NAMES),
        }
    }
}

fn moves(moves: &[MoveDrivers], key: Key<'_>) -> Result<RecordBatch> {
    let from: Vec<_> = moves.iter().map(|it| Some(it.from)).collect();
    let to: Vec<_> = moves.iter().map(|it| it.to).collect();
    from_to(&from, &to, key)
        .counts("movers", moves.iter().map(|it| it.movers))
        .counts("stayers", moves.iter().map(|it| it.stayers))
        .finish()
}

fn features(moves: &[MoveDrivers], key: Key<'_>) -> Result<RecordBatch> {
    let rows = || {
        moves
            .iter()
            .flat_map(|of| of.features.iter().map(move |it| (of, it)))
    };
    let from: Vec<_> = rows().map(|(of, _)| Some(of.from)).collect();
    let to: Vec<_> = rows().map(|(of, _)| of.to).collect();
    let features: Vec<&FeatureDriver> = rows().map(|(_, it)| it).collect();
    let columns =
        from_to(&from, &to, key).texts("feature", features.iter().map(|it| it.feature.as_str()));
    let columns = contrasts(columns, "change", &features, |it| it.change.as_ref());
    let columns = contrasts(columns, "level", &features, |it| it.level.as_ref());
    columns
        .known("auc", features.iter().map(|it| it.auc))
        .counts(
            "missing_before",
            features.iter().map(|it| it.missing_before),
        )
        .counts("missing_after", features.iter().map(|it| it.missing_after))
        .finish()
}

/// A figure of a contrast.
type Part = fn(&Contrast) -> Option<f64>;

fn contrasts(
    columns: Columns,
    name: &str,
    features: &[&FeatureDriver],
    of: fn(&FeatureDriver) -> Option<&Contrast>,
) -> Columns {
    let parts: [(&str, Part); 7] = [
        ("mover_mean", |it| Some(it.mover_mean)),
        ("stayer_mean", |it| Some(it.stayer_mean)),
        ("standardised", |it| it.standardised),
        ("t", |it| it.t),
        ("df", |it| it.df),
        ("p", |it| it.p),
        ("p_adjusted", |it| it.p_adjusted),
    ];
    parts.into_iter().fold(columns, |columns, (part, get)| {
        let values = features.iter().map(|&it| of(it).and_then(get));
        columns.known(&format!("{name}_{part}"), values)
    })
}

impl Tell for [CriticalMove] {
    const NAMES: &'static [&'static str] = &["moves"];

    fn tell(&self, table: &str, key: Key<'_>) -> Result<RecordBatch> {
        if table != "moves" {
            return no_table(table, Self::NAMES);
        }
        let from: Vec<_> = self.iter().map(|it| Some(it.from)).collect();
        let to: Vec<_> = self.iter().map(|it| Some(it.to)).collect();
        from_to(&from, &to, key)
            .counts("customers", self.iter().map(|it| it.customers))
            .floats("share", self.iter().map(|it| it.share).collect())
            .known("usual_share", self.iter().map(|it| it.usual_share))
            .known("threshold", self.iter().map(|it| it.threshold))
            .known("excess", self.iter().map(|it| it.excess))
            .known("money_at_stake", self.iter().map(|it| it.money_at_stake))
            .flags("rings", self.iter().map(|it| it.rings))
            .finish()
    }
}

fn from_to(from: &[Option<SegmentId>], to: &[Option<SegmentId>], key: Key<'_>) -> Columns {
    Columns::new().ids("from", from, key).ids("to", to, key)
}
