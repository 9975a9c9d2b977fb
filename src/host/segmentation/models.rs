//! Models that look for groups.

use arrow_array::RecordBatch;

use super::{Answer, Arguments, Room, assign, features, numbers, with};
use crate::{
    Error, Result,
    data::Features,
    segmentation::{
        Dbscan, DbscanParams, GaussianMixture, GaussianMixtureParams, KMeans, KMeansParams,
        KMeansStream, KMeansStreamParams, KPrototypes, KPrototypesParams, LimitedAssignment,
        RadiusProposal,
    },
};

pub(super) fn register(room: &mut Room<'_>) {
    k_means(room);
    gaussian_mixture(room);
    k_prototypes(room);
    dbscan(room);
}

fn k_means(room: &mut Room<'_>) {
    room.kind::<KMeans>()
        .operation("fit", &["features", "params"], |arguments| {
            let params: KMeansParams = arguments.params()?;
            let (features, observer) = arguments.with_observer::<Features>("features")?;
            params.fit_observed(&features, observer)
        })
        .operation("assign", &["self", "features"], |arguments| {
            assign(arguments, KMeans::assign)
        })
        .operation(
            "assign_within",
            &["self", "features", "limits"],
            |arguments| {
                let model: &KMeans = arguments.this()?;
                model.assign_within(features(arguments)?, &arguments.json("limits")?)
            },
        )
        .get("clusters", KMeans::clusters)
        .get("columns", |it| it.columns().to_vec())
        .get("sizes", |it| it.sizes().to_vec())
        .get("within", |it| it.within().to_vec())
        .get("inertia", KMeans::inertia)
        .get("iterations", KMeans::iterations)
        .get("verdict", |it| Answer::written(&it.verdict()))
        .get("limits", |it| {
            it.limits().map(|limits| {
                let increase = Answer::Float(limits.cost_increase());
                with(limits, [("cost_increase", increase)])
            })
        })
        .tables()
        .saved();
    room.kind::<LimitedAssignment>()
        .tables()
        .get("cluster", |it| it.cluster.clone())
        .get("cost", |it| it.cost)
        .get("unlimited_cost", |it| it.unlimited_cost)
        .get("moved", |it| it.moved)
        .get("sizes", |it| Answer::written(&it.sizes));
    room.kind::<KMeansStream>()
        .operation("open", &["columns", "params"], |arguments| {
            let params: KMeansStreamParams = arguments.params()?;
            params.open(&arguments.json::<Vec<String>>("columns")?)
        })
        // Objects of hosts do not change: the stream with the rows is another one.
        .operation("update", &["self", "features"], |arguments| {
            let mut stream = arguments.this::<KMeansStream>()?.clone();
            stream.update(features(arguments)?)?;
            Ok(stream)
        })
        .operation("model", &["self"], |arguments| {
            arguments.this::<KMeansStream>()?.model()
        })
        .get("columns", |it| it.columns().to_vec())
        .get("rows", KMeansStream::rows)
        .get("recent_inertia", KMeansStream::recent_inertia)
        .saved();
}

fn gaussian_mixture(room: &mut Room<'_>) {
    room.kind::<GaussianMixture>()
        .operation("fit", &["features", "params"], |arguments| {
            let params: GaussianMixtureParams = arguments.params()?;
            let (features, observer) = arguments.with_observer::<Features>("features")?;
            params.fit_observed(&features, observer)
        })
        .operation("assign", &["self", "features"], |arguments| {
            assign(arguments, GaussianMixture::assign)
        })
        .operation("log_density", &["self", "features"], |arguments| {
            assign(arguments, GaussianMixture::log_density)
        })
        .operation("membership", &["self", "features"], |arguments| {
            let shares = assign(arguments, GaussianMixture::membership)?;
            numbers(0..shares.ncols(), shares.view())
        })
        .operation("covariance", &["self", "cluster"], covariance)
        .get("clusters", GaussianMixture::clusters)
        .get("names", |it| it.names().to_vec())
        .get("weights", |it| it.weights().to_vec())
        .get("log_likelihood", GaussianMixture::log_likelihood)
        .get("parameters", GaussianMixture::parameters)
        .get("bic", GaussianMixture::bic)
        .get("aic", GaussianMixture::aic)
        .get("icl", GaussianMixture::icl)
        .get("iterations", GaussianMixture::iterations)
        .get("verdict", |it| Answer::written(&it.verdict()))
        .get("statement", |it| it.verdict().statement())
        .get("soundness", |it| Answer::written(&it.soundness()))
        .tables()
        .saved();
}

/// The covariance of a cluster: a row and a column a feature.
fn covariance(arguments: &mut Arguments<'_>) -> Result<RecordBatch> {
    let model: &GaussianMixture = arguments.this()?;
    let cluster: usize = arguments.json("cluster")?;
    let values = model.covariance(cluster).ok_or_else(|| {
        let expected = format!("a cluster below {}", model.clusters());
        Error::parameter("cluster", cluster, expected)
    })?;
    numbers(model.names(), values.view())
}

fn k_prototypes(room: &mut Room<'_>) {
    room.kind::<KPrototypes>()
        .operation("fit", &["features", "params"], |arguments| {
            let params: KPrototypesParams = arguments.params()?;
            let (features, observer) = arguments.with_observer::<Features>("features")?;
            params.fit_observed(&features, observer)
        })
        .operation("assign", &["self", "features"], |arguments| {
            assign(arguments, KPrototypes::assign)
        })
        .operation(
            "contributions",
            &["self", "features", "row", "cluster"],
            |arguments| {
                let model: &KPrototypes = arguments.this()?;
                let features = features(arguments)?;
                model.contributions(features, super::row(arguments)?, arguments.json("cluster")?)
            },
        )
        .get("clusters", KPrototypes::clusters)
        .get("columns", |it| {
            it.columns().map(str::to_owned).collect::<Vec<String>>()
        })
        .get("sizes", |it| it.sizes().to_vec())
        .get("gamma", KPrototypes::gamma)
        .get("cost", KPrototypes::cost)
        .get("iterations", KPrototypes::iterations)
        .get("converged", KPrototypes::converged)
        .tables()
        .saved();
}

fn dbscan(room: &mut Room<'_>) {
    room.kind::<Dbscan>()
        .operation("fit", &["features", "params"], |arguments| {
            let params: DbscanParams = arguments.params()?;
            params.fit(features(arguments)?)
        })
        .operation("propose_radius", &["features", "min_points"], |arguments| {
            DbscanParams::propose_radius(features(arguments)?, arguments.json("min_points")?)
        })
        .operation("assign", &["self", "features"], |arguments| {
            assign(arguments, Dbscan::assign)
        })
        .get("clusters", Dbscan::clusters)
        .get("columns", |it| it.columns().to_vec())
        .get("parameters", |it| Answer::written(&it.params()))
        .get("sizes", |it| it.sizes().to_vec())
        .get("noise", Dbscan::noise)
        .get("core_clusters", |it| it.core_clusters().to_vec())
        .tables()
        .saved();
    room.kind::<RadiusProposal>()
        .tables()
        .get("radius", |it| it.radius)
        .get("core_share", |it| it.core_share)
        .get("curve", |it| it.curve.clone());
}
