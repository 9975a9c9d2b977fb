//! Whether groups are apart, say the same and would be found again, and how many there are.

use std::sync::Arc;

use super::{Answer, Room, features, matrix, stated, with};
use crate::{
    Result,
    data::{Assignments, Features},
    segmentation::{
        Agreement, Contingency, Dispersion, MixtureVerdict, Panel, PanelIndex, PanelParams,
        SegmentModelParams, Segmentation, Silhouette, SilhouetteParams, Stability, StabilityParams,
        StabilityVerdict,
    },
};

pub(super) fn register(room: &mut Room<'_>) {
    agreement(room);
    apart(room);
    stability(room);
    panel(room);
}

fn agreement(room: &mut Room<'_>) {
    room.kind::<Contingency>()
        .operation("of_labels", &["first", "second"], |arguments| {
            Contingency::of_labels(
                &arguments.clusters("first")?,
                &arguments.clusters("second")?,
            )
        })
        .operation("of_assignments", &["first", "second"], |arguments| {
            let first: &Assignments = arguments.object("first")?;
            Contingency::of_assignments(first, arguments.object("second")?)
        })
        .operation("count", &["self", "first", "second"], |arguments| {
            let (first, second) = (arguments.json("first")?, arguments.json("second")?);
            Ok(arguments.this::<Contingency>()?.count(first, second))
        })
        .operation("agreement", &["self"], |arguments| {
            told(&arguments.this::<Contingency>()?.agreement()?)
        })
        .get("rows", Contingency::rows)
        .get("left_out", Contingency::left_out)
        .tables()
        .merged();
    room.function("Agreement.of_labels", &["first", "second"], |arguments| {
        let first = arguments.clusters("first")?;
        told(&Agreement::of_labels(
            &first,
            &arguments.clusters("second")?,
        )?)
    });
    room.function(
        "Agreement.of_assignments",
        &["first", "second"],
        |arguments| {
            let first: &Assignments = arguments.object("first")?;
            told(&Agreement::of_assignments(
                first,
                arguments.object("second")?,
            )?)
        },
    );
}

fn told(agreement: &Agreement) -> Result<Answer> {
    with(
        agreement,
        [("v_measure", Answer::Float(agreement.v_measure()))],
    )
}

fn apart(room: &mut Room<'_>) {
    room.kind::<Silhouette>()
        .operation("evaluate", &["features", "labels", "params"], |arguments| {
            let params: SilhouetteParams = arguments.params()?;
            params.evaluate(features(arguments)?, &arguments.clusters("labels")?)
        })
        .operation(
            "evaluate_distances",
            &["distances", "labels", "params"],
            |arguments| {
                let params: SilhouetteParams = arguments.params()?;
                let distances = matrix(arguments.table("distances")?)?;
                params.evaluate_distances(distances.view(), &arguments.clusters("labels")?)
            },
        )
        .defaults::<SilhouetteParams>()
        .get("mean", |it| it.mean)
        .get("rows", |it| it.rows)
        .get("compared", |it| it.compared)
        .get("values", |it| it.values().map(<[f64]>::to_vec))
        .tables();
    room.kind::<Dispersion>()
        .operation("of_labels", &["features", "labels"], |arguments| {
            Dispersion::of_labels(features(arguments)?, &arguments.clusters("labels")?)
        })
        .get("within", |it| it.within)
        .get("between", |it| it.between)
        .get("total", |it| it.total)
        .get("rows", |it| it.rows)
        .get("explained", Dispersion::explained)
        .get("calinski_harabasz", Dispersion::calinski_harabasz)
        .get("davies_bouldin", Dispersion::davies_bouldin)
        .tables();
}

fn stability(room: &mut Room<'_>) {
    room.kind::<Stability>()
        .operation("evaluate", &["features", "model", "params"], |arguments| {
            let params: StabilityParams = arguments.params()?;
            let model: SegmentModelParams = arguments.json("model")?;
            let (features, observer) = arguments.with_observer::<Features>("features")?;
            params.evaluate_observed(&features, model, observer)
        })
        .operation(
            "evaluate_segmentation",
            &["segmentation", "features", "model", "params"],
            |arguments| {
                let params: StabilityParams = arguments.params()?;
                let model: SegmentModelParams = arguments.json("model")?;
                let segmentation: Arc<Segmentation> = arguments.share("segmentation")?;
                let (features, observer) = arguments.with_observer::<Features>("features")?;
                params.evaluate_segmentation_observed(&segmentation, &features, model, observer)
            },
        )
        .defaults::<StabilityParams>()
        .get("resamples", |it| it.resamples)
        .get("failed", |it| it.failed)
        .get("adjusted_rand", |it| it.adjusted_rand)
        .get("least_jaccard", Stability::least_jaccard)
        .tables();
    room.function("StabilityVerdict.of", &["mean_jaccard"], |arguments| {
        Answer::written(&StabilityVerdict::of(arguments.json("mean_jaccard")?))
    });
    room.function("StabilityVerdict.statement", &["verdict"], |arguments| {
        let verdict: StabilityVerdict = arguments.json("verdict")?;
        Ok(verdict.statement())
    });
    room.function("MixtureVerdict.statement", &["verdict"], |arguments| {
        let verdict: MixtureVerdict = arguments.json("verdict")?;
        Ok(verdict.statement())
    });
}

fn panel(room: &mut Room<'_>) {
    room.kind::<Panel>()
        .operation("evaluate", &["features", "params"], |arguments| {
            let params: PanelParams = arguments.params()?;
            let (features, observer) = arguments.with_observer::<Features>("features")?;
            params.evaluate_observed(&features, observer)
        })
        .operation("row", &["self", "k"], |arguments| {
            let row = arguments.this::<Panel>()?.row(arguments.json("k")?);
            Answer::written(&row)
        })
        .operation("preferred", &["self", "index"], |arguments| {
            let index: PanelIndex = arguments.json("index")?;
            Ok(arguments.this::<Panel>()?.preferred(index))
        })
        .get("recommendation", |it| {
            let recommendation = &it.recommendation;
            Ok(Answer::record([
                ("k", Answer::written(&recommendation.k)?),
                ("reasons", stated(&recommendation.reasons)?),
                ("against", stated(&recommendation.against)?),
            ]))
        })
        .get("warnings", |it| stated(&it.warnings))
        .tables();
    room.function("PanelIndex.name", &["index"], |arguments| {
        Ok(arguments.json::<PanelIndex>("index")?.name())
    });
}
