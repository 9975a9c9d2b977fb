//! What segments are like: profiles, names and a simple tree.

use super::{Answer, Room, assignments, features, row};
use crate::{
    data::{Assignments, SegmentId},
    segmentation::{
        NamingLevel, NamingRules, ProfileInputs, ProfileParams, Profiles, Surrogate,
        SurrogateExplanation, SurrogateParams,
    },
};

pub(super) fn register(room: &mut Room<'_>) {
    room.kind::<Profiles>()
        .operation(
            "profile",
            &[
                "features",
                "assignments",
                "params",
                "revenue",
                "exemplars_in",
            ],
            |arguments| {
                let params: ProfileParams = arguments.params()?;
                let revenue = arguments.optional_numbers("revenue")?;
                let mut inputs = ProfileInputs::default();
                if let Some(revenue) = &revenue {
                    inputs = inputs.revenue(revenue);
                }
                if let Some(space) = arguments.optional("exemplars_in")? {
                    inputs = inputs.exemplars_in(space);
                }
                params.profile_with(features(arguments)?, assignments(arguments)?, inputs)
            },
        )
        .defaults::<ProfileParams>()
        .operation("segment", &["self", "id"], |arguments| {
            let id: SegmentId = arguments.json("id")?;
            Answer::written(&arguments.this::<Profiles>()?.segment(id))
        })
        .get("population", |it| Answer::written(&it.population))
        .get("unassigned", |it| it.unassigned)
        .get("report", Answer::written)
        .tables();
    room.function("NamingRules.params", &[], |_| {
        Answer::written(&NamingRules::standard())
    });
    room.function(
        "NamingRules.propose",
        &["profiles", "params"],
        |arguments| {
            let rules: NamingRules = arguments.params()?;
            Answer::written(&rules.propose(arguments.object("profiles")?)?)
        },
    );
    room.function("NamingLevel.word", &["level"], |arguments| {
        Ok(arguments.json::<NamingLevel>("level")?.word())
    });
    room.kind::<Surrogate>()
        .operation("fit", &["features", "assignments", "params"], |arguments| {
            let params: SurrogateParams = arguments.params()?;
            let assignments: &Assignments = assignments(arguments)?;
            params.fit(features(arguments)?, assignments)
        })
        .defaults::<SurrogateParams>()
        .operation("assign", &["self", "features"], |arguments| {
            let found = super::assign(arguments, Surrogate::assign)?;
            let number = |id: Option<SegmentId>| id.map(|id| id.0);
            Ok(found.into_iter().map(number).collect::<Vec<Option<u32>>>())
        })
        .operation("explain_one", &["self", "features", "row"], |arguments| {
            let tree: &Surrogate = arguments.this()?;
            tree.explain_one(features(arguments)?, row(arguments)?)
        })
        .get("fidelity", Surrogate::fidelity)
        .get("by_segment", |it| Answer::written(&it.by_segment()))
        .get("leaves", |it| Answer::written(&it.leaves()))
        .tables()
        .saved();
    room.kind::<SurrogateExplanation>()
        .get("report", Answer::written)
        .get("statement", |it| it.leaf.to_string())
        .get("number", |it| it.number)
        .tables();
}
