//! Segmentations: groups with names and stable numbers.

use arrow_array::RecordBatch;
use serde::Deserialize;

use super::{super::Object, Answer, Arguments, Held, Room, features, numbers, row};
use crate::{
    Error, Result,
    arrow::{Columns, Tables},
    data::{Customers, Features, SegmentId},
    segmentation::{
        Dbscan, GaussianMixture, KMeans, KPrototypes, NamingReason, Placements, Preparation,
        PreparationParams, ProposedName, RfmGrid, Rules, SegmentExplanation, SegmentModel,
        SegmentModelParams, SegmentProduct, Segmentation, SegmentationParams,
    },
};

pub(super) fn register(room: &mut Room<'_>) {
    let takes = &["features", "fitted_at", "params", "model", "preparation"];
    let kind = room
        .kind::<Segmentation>()
        .operation("fit", takes, |arguments| {
            let params = params(arguments)?;
            let fitted_at = arguments.date("fitted_at")?;
            let (features, observer) = arguments.with_observer::<Features>("features")?;
            params.fit_observed(&features, fitted_at, observer)
        })
        .operation("assign", &["self", "features", "as_of"], |arguments| {
            let segmentation: &Segmentation = arguments.this()?;
            segmentation.assign(features(arguments)?, arguments.date("as_of")?)
        })
        .operation(
            "assign_within",
            &["self", "features", "as_of", "limits"],
            |arguments| {
                let segmentation: &Segmentation = arguments.this()?;
                let (as_of, limits) = (arguments.date("as_of")?, arguments.json("limits")?);
                segmentation.assign_within(features(arguments)?, as_of, &limits)
            },
        )
        .operation("membership", &["self", "features"], membership)
        .operation("explain", &["self", "features", "row"], |arguments| {
            let segmentation: &Segmentation = arguments.this()?;
            segmentation.explain(features(arguments)?, row(arguments)?)
        })
        .operation(
            "explain_against",
            &["self", "features", "row", "other"],
            |arguments| {
                let segmentation: &Segmentation = arguments.this()?;
                let other: SegmentId = arguments.json("other")?;
                segmentation.explain_against(features(arguments)?, row(arguments)?, other)
            },
        )
        // Objects of hosts do not change: the renamed segmentation is another one.
        .operation("rename", &["self", "id", "name"], |arguments| {
            let mut segmentation = arguments.this::<Segmentation>()?.clone();
            segmentation.rename(arguments.json("id")?, &arguments.json::<String>("name")?)?;
            Ok(segmentation)
        })
        .operation("rename_all", &["self", "names"], |arguments| {
            let mut segmentation = arguments.this::<Segmentation>()?.clone();
            segmentation.rename_all(&names(arguments)?)?;
            Ok(segmentation)
        });
    kind.get("name", |it| it.name().to_owned())
        .get("version", Segmentation::version)
        .get("scheme", Segmentation::scheme)
        .get("fitted_at", Segmentation::fitted_at)
        .get("fitted_on", |it| Answer::written(it.fitted_on()))
        .get("preparation", |it| it.preparation().cloned())
        .get("model", |it| Answer::Object(object(it.model())))
        .get("segments", |it| Answer::written(&it.segments()))
        .get("sizes", |it| Answer::written(&it.sizes()))
        .get("places_of_clusters", |it| it.places_of_clusters().to_vec())
        .tables()
        .saved();
    room.kind::<Placements>()
        .tables()
        .operation("table_of", &["self", "customers"], |arguments| {
            let it: &Placements = arguments.this()?;
            let customers: &Customers = arguments.object("customers")?;
            Error::check_length("placements", customers.len(), it.len())?;
            Columns::of(customers).batch(&it.record_batch()?).finish()
        })
        .get("len", Placements::len)
        .get("assignments", |it| it.assignments().clone())
        .get("costs", |it| it.costs().to_vec())
        .get("margins", |it| it.margins().to_vec())
        .get("novel", |it| it.novel().to_vec());
    room.kind::<SegmentExplanation>()
        .tables()
        .get("report", Answer::written);
}

/// The parameters of a segmentation. A model that was fitted before, or holds known groups, and a
/// preparation can be objects beside them.
fn params(arguments: &Arguments<'_>) -> Result<SegmentationParams> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Given {
        name: String,
        model: Option<SegmentModelParams>,
        #[serde(default)]
        preparation: Asked,
        novelty: Option<f64>,
    }
    /// As the parameters are saved.
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Asked {
        #[default]
        Suited,
        This(PreparationParams),
        Fitted(Box<Preparation>),
        None,
    }

    let given: Given = arguments.params()?;
    let model = match (given.model, arguments.optional_any("model")?) {
        (Some(params), None) => params,
        (None, Some(object)) => fitted(object)?,
        (Some(_), Some(_)) | (None, None) => {
            let expected = "either in the parameters or as an object";
            return Err(Error::parameter(
                "model",
                "given twice or not at all",
                expected,
            ));
        }
    };
    let mut params = SegmentationParams::new(&given.name, model);
    if let Some(share) = given.novelty {
        params = params.novelty(share);
    }
    match (
        given.preparation,
        arguments.optional::<Preparation>("preparation")?,
    ) {
        (Asked::Suited, None) => Ok(params),
        (Asked::Suited, Some(preparation)) => Ok(params.prepared_by(preparation.clone())),
        (_, Some(_)) => {
            let expected = "either in the parameters or as an object";
            Err(Error::parameter("preparation", "given twice", expected))
        }
        (Asked::This(asked), None) => Ok(params.preparation(asked)),
        (Asked::Fitted(preparation), None) => Ok(params.prepared_by(*preparation)),
        (Asked::None, None) => Ok(params.unprepared()),
    }
}

/// A model that an object is.
fn fitted(object: &Object) -> Result<SegmentModelParams> {
    fn one<M: Held + Clone>(object: &Object, model: fn(M) -> SegmentModel) -> Option<SegmentModel> {
        object.get::<M>().cloned().map(model)
    }
    let model = one(object, SegmentModel::KMeans)
        .or_else(|| one(object, SegmentModel::GaussianMixture))
        .or_else(|| one(object, SegmentModel::KPrototypes))
        .or_else(|| one(object, SegmentModel::Dbscan))
        .or_else(|| one(object, SegmentModel::Rules));
    if let Some(model) = model {
        return Ok(model.into());
    }
    if let Some(grid) = object.get::<RfmGrid>() {
        return Ok(grid.clone().into());
    }
    if let Some(product) = object.get::<SegmentProduct>() {
        return Ok(product.clone().into());
    }
    let kinds = [
        KMeans::KIND,
        GaussianMixture::KIND,
        KPrototypes::KIND,
        Dbscan::KIND,
        Rules::KIND,
        RfmGrid::KIND,
        SegmentProduct::KIND,
    ];
    let expected = format!("one of: {}", kinds.join(", "));
    Err(Error::parameter("model", object.kind(), expected))
}

/// The object that a model is.
fn object(model: &SegmentModel) -> Object {
    match model {
        SegmentModel::KMeans(model) => Object::new(model.clone()),
        SegmentModel::GaussianMixture(model) => Object::new(model.clone()),
        SegmentModel::KPrototypes(model) => Object::new(model.clone()),
        SegmentModel::Dbscan(model) => Object::new(model.clone()),
        SegmentModel::Rules(model) => Object::new(model.clone()),
        SegmentModel::RfmGrid(grid) => Object::new((**grid).clone()),
        SegmentModel::Product(product) => Object::new((**product).clone()),
    }
}

/// How sure it is of each row which segment it is in: a column a segment under its number; nothing
/// if the model is no mixture.
fn membership(arguments: &mut Arguments<'_>) -> Result<Option<RecordBatch>> {
    let segmentation: &Segmentation = arguments.this()?;
    let membership = segmentation.membership(features(arguments)?)?;
    let ids = segmentation.segments().iter().map(|segment| segment.id.0);
    let table = membership.map(|shares| numbers(ids, shares.view()));
    table.transpose()
}

/// The argument `names`: numbers of segments and their names, such as those proposed.
fn names(arguments: &Arguments<'_>) -> Result<Vec<ProposedName>> {
    /// What else a proposal tells is not asked for.
    #[derive(Deserialize)]
    struct Named {
        id: SegmentId,
        name: String,
    }
    let named: Vec<Named> = arguments.json("names")?;
    let proposed = named.into_iter().map(|Named { id, name }| ProposedName {
        id,
        name,
        rule: None,
        reasons: Vec::<NamingReason>::new(),
    });
    Ok(proposed.collect())
}
