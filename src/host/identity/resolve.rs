//! From weighed pairs to customers, and how sure that is.

use super::{
    super::{Answer, Arguments, IntoAnswer, OneOrMore, Room},
    groups, in_bits,
    model::scorer,
    pairs,
    records::BoundBlocking,
};
use crate::{
    Result,
    arrow::{Columns, Tables},
    identity::{
        Alternatives, AlternativesParams, Blocking, Expected, LinkQuality, MatchWeight, PairKind,
        RecordIx, Records, Resolution, ResolveParams, ScoredPairs, b_cubed, blocking_recall,
        pairwise, pairwise_of_links,
    },
};

fn blocking<'a>(arguments: &'a Arguments<'_>) -> Result<&'a Blocking<'a>> {
    Ok(arguments.object::<BoundBlocking>("blocking")?.get())
}

fn scored<'a>(arguments: &'a Arguments<'_>) -> Result<&'a ScoredPairs> {
    arguments.object("scored")
}

pub(super) fn register(room: &mut Room<'_>) {
    resolution(room);
    explanations(room);
    quality(room);
    alternatives(room);
    agreement(room);
}

fn resolution(room: &mut Room<'_>) {
    room.kind::<Resolution>()
        .operation(
            "resolve",
            &[
                "scorer",
                "blocking",
                "scored",
                "params",
                "must_link",
                "cannot_link",
            ],
            |arguments| {
                let known = |name| {
                    if arguments.is_given(name) {
                        pairs(arguments, name)
                    } else {
                        Ok(Vec::new())
                    }
                };
                let params: ResolveParams = arguments.params()?;
                params
                    .must_link(&known("must_link")?)
                    .cannot_link(&known("cannot_link")?)
                    .resolve(scorer(arguments)?, blocking(arguments)?, scored(arguments)?)
            },
        )
        .defaults::<ResolveParams>()
        .tables()
        .get("len", |it| it.cluster().len())
        .get("cluster", |it| it.cluster().to_vec())
        .get("clusters", Resolution::clusters)
        .get("threshold", |it| it.threshold().bits())
        .get("expected", |it| Answer::written(&it.expected()))
        .operation("crosswalk", &["self", "records"], |arguments| {
            arguments
                .this::<Resolution>()?
                .crosswalk(arguments.object::<Records>("records")?)
        });
}

fn explanations(room: &mut Room<'_>) {
    room.kind::<Resolution>()
        .operation("diagnose", &["self", "scorer", "scored"], |arguments| {
            let resolution: &Resolution = arguments.this()?;
            resolution
                .diagnose(scorer(arguments)?, scored(arguments)?)?
                .record_batch()
        })
        .operation(
            "explain_cluster",
            &["self", "scorer", "blocking", "scored", "record"],
            |arguments| {
                let record: RecordIx = arguments.json("record")?;
                let why = arguments.this::<Resolution>()?.explain_cluster(
                    scorer(arguments)?,
                    blocking(arguments)?,
                    scored(arguments)?,
                    record,
                )?;
                in_bits(&why)
            },
        )
        .operation(
            "explain_pair",
            &["self", "scorer", "blocking", "scored", "a", "b"],
            |arguments| {
                let why = arguments.this::<Resolution>()?.explain_pair(
                    scorer(arguments)?,
                    blocking(arguments)?,
                    scored(arguments)?,
                    arguments.json("a")?,
                    arguments.json("b")?,
                )?;
                in_bits(&why)
            },
        );
}

fn quality(room: &mut Room<'_>) {
    room.kind::<LinkQuality>()
        .operation("new", &["blocking", "scored"], |arguments| {
            Ok(LinkQuality::new(blocking(arguments)?, scored(arguments)?))
        })
        .operation("at", &["self", "threshold"], |arguments| {
            let quality: &LinkQuality = arguments.this()?;
            let at = |bits| Ok(quality.at(MatchWeight::from_bits(bits)?));
            match arguments.one_or_more("threshold", |column| Ok(column.f64s()?.to_vec()))? {
                OneOrMore::One(bits) => Answer::written(&at(bits)?),
                OneOrMore::More(bits) => {
                    let all: Result<Vec<Expected>> = bits.iter().map(|&bits| at(bits)).collect();
                    let all = all?;
                    Columns::new()
                        .floats("threshold", bits)
                        .floats("precision", all.iter().map(|it| it.precision).collect())
                        .floats("recall", all.iter().map(|it| it.recall).collect())
                        .floats("f1", all.iter().map(|it| it.f1).collect())
                        .finish()
                        .into_answer()
                }
            }
        })
        .get("blocking_recall", LinkQuality::blocking_recall)
        .get("best_f1", |quality| quality.best_f1().bits())
        .operation("false_discovery", &["self", "at_most"], |arguments| {
            let quality: &LinkQuality = arguments.this()?;
            Ok(quality.false_discovery(arguments.json("at_most")?)?.bits())
        });
}

/// Statistics of a host's own are worked out by it: it takes the crosswalk of each draw, and gives
/// back what it made of them for the interval.
fn alternatives(room: &mut Room<'_>) {
    room.kind::<Alternatives>()
        .operation(
            "draw",
            &["resolution", "scorer", "scored", "params"],
            |arguments| {
                let params: AlternativesParams = arguments.params()?;
                let resolution: &Resolution = arguments.object("resolution")?;
                params.draw(resolution, scorer(arguments)?, scored(arguments)?)
            },
        )
        .defaults::<AlternativesParams>()
        .tables()
        .get("draws", Alternatives::draws)
        .operation("cluster", &["self", "draw"], |arguments| {
            let draw = arguments.json("draw")?;
            Ok(arguments.this::<Alternatives>()?.cluster(draw))
        })
        .operation("customers", &["self", "level"], |arguments| {
            let level = arguments.optional_json("level")?.unwrap_or(0.95);
            arguments.this::<Alternatives>()?.customers(level)
        })
        .operation("crosswalk", &["self", "records", "draw"], |arguments| {
            let draw = arguments.optional_json("draw")?;
            let alternatives: &Alternatives = arguments.this()?;
            alternatives.crosswalk(arguments.object("records")?, draw)
        })
        .operation(
            "interval",
            &["self", "value", "drawn", "level"],
            |arguments| {
                let level = arguments.optional_json("level")?.unwrap_or(0.95);
                let (value, drawn) = (arguments.json("value")?, arguments.numbers("drawn")?);
                let alternatives: &Alternatives = arguments.this()?;
                alternatives.interval(value, &drawn, level)
            },
        );
}

fn agreement(room: &mut Room<'_>) {
    room.function("pairwise", &["found", "truth"], |arguments| {
        let (found, truth) = (groups(arguments, "found")?, groups(arguments, "truth")?);
        Answer::written(&pairwise(&found, &truth)?)
    });
    room.function("b_cubed", &["found", "truth"], |arguments| {
        let (found, truth) = (groups(arguments, "found")?, groups(arguments, "truth")?);
        Answer::written(&b_cubed(&found, &truth)?)
    });
    room.function(
        "pairwise_of_links",
        &["links", "truth", "kind", "records"],
        |arguments| {
            let links = pairs(arguments, "links")?;
            let truth = groups(arguments, "truth")?;
            let kind: PairKind = arguments.optional_json("kind")?.unwrap_or_default();
            let records: &Records = arguments.object("records")?;
            Answer::written(&pairwise_of_links(&links, &truth, kind, records)?)
        },
    );
    room.function("blocking_recall", &["blocking", "truth"], |arguments| {
        blocking_recall(blocking(arguments)?, &groups(arguments, "truth")?)
    });
}
