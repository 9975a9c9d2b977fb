//! Two segmentations held against one another, and what changes are due to.

use arrow_array::RecordBatch;

use super::{super::Columns, Places, choice};
use crate::{
    Result,
    arrow::{Tables, tables::no_table},
    data::{Segment, SegmentId},
    migration::{
        AlignedPair, Alignment, ChangeMatrix, ChangeSplit, ClusterEvents, ClusterFate,
        ClusterOrigin, OverlapCounts, SharedPart,
    },
};

/// `overlap`, a row an old and a new segment: `old`, `new`, `customers` in both. `old`, a row an old
/// segment: `segment`, and its customers without a new one, `went`. `new`, a row a new segment:
/// `segment`, and its customers without an old one, `came`.
impl Tables for OverlapCounts {
    const TABLES: &'static [&'static str] = &["overlap", "old", "new"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        let (old, new) = (self.old_segments(), self.new_segments());
        match name {
            "overlap" => {
                let pairs = || (0..old.len()).flat_map(|a| (0..new.len()).map(move |b| (a, b)));
                Columns::new()
                    .state_names("old", old, pairs().map(|pair| Some(pair.0)))
                    .state_names("new", new, pairs().map(|pair| Some(pair.1)))
                    .counts("customers", self.both().iter().copied())
                    .finish()
            }
            "old" => segments(old)
                .counts("went", self.went().iter().copied())
                .finish(),
            "new" => segments(new)
                .counts("came", self.came().iter().copied())
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `pairs`, a row a pair: the segments `old` and `new`, `customers` in both, `old_customers`,
/// `new_customers`, the `jaccard` index and its `margin` over the best rival. `segments`, a row a segment
/// of the common scheme, that of the old one: `segment_id`, `segment`. `unmatched_old`: `segment`.
/// `unmatched_new`, a row a new segment without a pair: `segment`, and the fresh segment that it
/// `becomes`.
impl Tables for Alignment {
    const TABLES: &'static [&'static str] =
        &["pairs", "segments", "unmatched_old", "unmatched_new"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        let pairs = self.pairs();
        match name {
            "pairs" => {
                let name_by = |columns: Columns, name, of, id: fn(&AlignedPair) -> SegmentId| {
                    let ids: Vec<_> = pairs.iter().map(id).collect();
                    by_id(columns, name, of, &ids)
                };
                let columns = name_by(Columns::new(), "old", self.old_segments(), |it| it.old);
                let columns = name_by(columns, "new", self.new_segments(), |it| it.new);
                columns
                    .counts("customers", pairs.iter().map(|it| it.customers))
                    .counts("old_customers", pairs.iter().map(|it| it.old_customers))
                    .counts("new_customers", pairs.iter().map(|it| it.new_customers))
                    .floats("jaccard", pairs.iter().map(|it| it.jaccard).collect())
                    .floats("margin", pairs.iter().map(|it| it.margin).collect())
                    .finish()
            }
            "segments" => {
                let all = self.segments();
                Columns::new()
                    .ints("segment_id", all.iter().map(|it| i64::from(it.id.0)))
                    .texts("segment", all.iter().map(|it| it.name.as_str()))
                    .finish()
            }
            "unmatched_old" => Columns::new()
                .texts("segment", self.unmatched_old().map(|it| it.name.as_str()))
                .finish(),
            "unmatched_new" => Columns::new()
                .texts(
                    "segment",
                    self.unmatched_new().map(|(it, _)| it.name.as_str()),
                )
                .texts(
                    "becomes",
                    self.unmatched_new().map(|(_, it)| it.name.as_str()),
                )
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `old`, a row an old segment: `segment`, its `fate` ("survived", "absorbed", "split", "vanished"),
/// customers who `stayed` and who `went`. `fates`, a row a segment that a fate names: `segment`, the
/// `relation` ("to" or "into" a new segment, "with" an old one), and the `other` segment. `old_parts`, a
/// row an old segment and a new one that has part of it: `segment`, `part`, `customers`, and their
/// `share` of those who stayed. `new`, `origins` and `new_parts` likewise for the new segments: `origin`
/// ("survives", "merged", "part", "emerged"), `came`, the relations "from" and "of" an old segment.
impl Tables for ClusterEvents {
    const TABLES: &'static [&'static str] =
        &["old", "new", "fates", "origins", "old_parts", "new_parts"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        let old: Vec<&Segment> = self.old.iter().map(|it| &it.segment).collect();
        let new: Vec<&Segment> = self.new.iter().map(|it| &it.segment).collect();
        match name {
            "old" => Columns::new()
                .texts("segment", old.iter().map(|it| it.name.as_str()))
                .texts("fate", self.old.iter().map(|it| fate(&it.fate).0))
                .counts("stayed", self.old.iter().map(|it| it.stayed))
                .counts("went", self.old.iter().map(|it| it.went))
                .finish(),
            "new" => Columns::new()
                .texts("segment", new.iter().map(|it| it.name.as_str()))
                .texts("origin", self.new.iter().map(|it| origin(&it.origin).0))
                .counts("stayed", self.new.iter().map(|it| it.stayed))
                .counts("came", self.new.iter().map(|it| it.came))
                .finish(),
            "fates" => links(
                self.old.iter().flat_map(|it| {
                    let (_, links) = fate(&it.fate);
                    links.into_iter().map(|link| (&it.segment, link))
                }),
                |relation| if relation == "with" { &old } else { &new },
            ),
            "origins" => links(
                self.new.iter().flat_map(|it| {
                    let (_, links) = origin(&it.origin);
                    links.into_iter().map(|link| (&it.segment, link))
                }),
                |_| &old,
            ),
            "old_parts" => parts(self.old.iter().map(|it| (&it.segment, &it.parts[..])), &new),
            "new_parts" => parts(self.new.iter().map(|it| (&it.segment, &it.parts[..])), &old),
            _ => no_table(name, Self::TABLES),
        }
    }
}

type Link = (&'static str, SegmentId);

fn fate(fate: &ClusterFate) -> (&'static str, Vec<Link>) {
    match fate {
        ClusterFate::Survived { to } => ("survived", vec![("to", *to)]),
        ClusterFate::Absorbed { into, with } => {
            let with = with.iter().map(|&id| ("with", id));
            (
                "absorbed",
                [("into", *into)].into_iter().chain(with).collect(),
            )
        }
        ClusterFate::Split { into } => ("split", into.iter().map(|&id| ("into", id)).collect()),
        ClusterFate::Vanished => ("vanished", Vec::new()),
    }
}

fn origin(origin: &ClusterOrigin) -> (&'static str, Vec<Link>) {
    match origin {
        ClusterOrigin::Survives { from } => ("survives", vec![("from", *from)]),
        ClusterOrigin::Merged { from } => ("merged", from.iter().map(|&id| ("from", id)).collect()),
        ClusterOrigin::Part { of } => ("part", of.iter().map(|&id| ("of", id)).collect()),
        ClusterOrigin::Emerged => ("emerged", Vec::new()),
    }
}

fn links<'e>(
    rows: impl Iterator<Item = (&'e Segment, Link)>,
    others: impl Fn(&str) -> &'e [&'e Segment],
) -> Result<RecordBatch> {
    let rows: Vec<_> = rows.collect();
    let other = |(_, (relation, id)): &(&Segment, Link)| name_of(others(relation), *id);
    Columns::new()
        .texts("segment", rows.iter().map(|(it, _)| it.name.as_str()))
        .texts("relation", rows.iter().map(|(_, (relation, _))| relation))
        .known_texts("other", rows.iter().map(other))
        .finish()
}

fn parts<'e>(
    rows: impl Iterator<Item = (&'e Segment, &'e [SharedPart])>,
    others: &[&Segment],
) -> Result<RecordBatch> {
    let rows = rows.flat_map(|(segment, parts)| parts.iter().map(move |part| (segment, part)));
    let rows: Vec<_> = rows.collect();
    let part = |(_, part): &(&Segment, &SharedPart)| name_of(others, part.segment);
    Columns::new()
        .texts("segment", rows.iter().map(|(it, _)| it.name.as_str()))
        .known_texts("part", rows.iter().map(part))
        .counts("customers", rows.iter().map(|(_, part)| part.customers))
        .floats("share", rows.iter().map(|(_, part)| part.share).collect())
        .finish()
}

fn name_of<'s>(segments: &[&'s Segment], id: SegmentId) -> Option<&'s str> {
    let named = segments.iter().find(|segment| segment.id == id);
    named.map(|segment| segment.name.as_str())
}

/// `moves`, a row a pair of segments, and of none: `from` and `to` (null for customers without a
/// segment), `customers`.
impl Tables for ChangeMatrix {
    const TABLES: &'static [&'static str] = &["moves"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        if name != "moves" {
            return no_table(name, Self::TABLES);
        }
        let states = self.counts().states();
        let order = states.len();
        let places = || (0..order).map(Some).chain([None]);
        let pairs = || places().flat_map(|from| places().map(move |to| (from, to)));
        let cells = self.counts().cells();
        let rows = cells.rows().into_iter().map(|row| row.to_vec());
        let mut customers = Vec::with_capacity((order + 1) * (order + 1));
        for (row, &left) in rows.zip(self.left()) {
            customers.extend(row);
            customers.push(left);
        }
        customers.extend(self.entered());
        customers.push(self.outside());
        Columns::new()
            .state_names("from", states, pairs().map(|pair| pair.0))
            .state_names("to", states, pairs().map(|pair| pair.1))
            .counts("customers", customers)
            .finish()
    }
}

/// `segments`, a row a segment: `segment`, customers `before` and `after`, and the net changes by
/// `behaviour`, `definition` and `rematching`. `causes`, a row a customer in the order of the
/// assignments: the `cause` ("unchanged", "behaviour", "definition", "both", "cancelled",
/// "rematching").
impl Tables for ChangeSplit {
    const TABLES: &'static [&'static str] = &["segments", "causes"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        let of = &self.segments;
        match name {
            "segments" => Columns::new()
                .texts("segment", of.iter().map(|it| it.segment.name.as_str()))
                .counts("before", of.iter().map(|it| it.before))
                .ints("behaviour", of.iter().map(|it| it.behaviour))
                .ints("definition", of.iter().map(|it| it.definition))
                .ints("rematching", of.iter().map(|it| it.rematching))
                .counts("after", of.iter().map(|it| it.after))
                .finish(),
            "causes" => {
                // The few causes that there are, by first appearance.
                let mut names = Vec::new();
                let mut met = Vec::new();
                let places: Vec<_> = (self.causes.iter())
                    .map(|cause| {
                        let place = met.iter().position(|it| it == cause);
                        Some(place.unwrap_or_else(|| {
                            met.push(*cause);
                            names.push(choice(cause).unwrap_or_default());
                            met.len() - 1
                        }))
                    })
                    .collect();
                Columns::new()
                    .named("cause", names.iter().map(String::as_str), places)
                    .finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn segments(segments: &[Segment]) -> Columns {
    Columns::new().texts("segment", segments.iter().map(|it| it.name.as_str()))
}

fn by_id(columns: Columns, name: &str, segments: &[Segment], ids: &[SegmentId]) -> Columns {
    let places = Places::of(segments);
    columns.state_names(name, segments, ids.iter().map(|&id| places.find(id)))
}
