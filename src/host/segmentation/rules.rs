//! Groups that somebody has defined.

use super::{Answer, Room, features};
use crate::{
    segmentation::{
        Condition, RfmGrid, RuleExplanation, RuleReport, Rules, RulesParams, SegmentProduct,
        Segmentation,
    },
    value::{Rfm, SegmentMap},
};

pub(super) fn register(room: &mut Room<'_>) {
    room.kind::<Rules>()
        .operation("fit", &["features", "params"], |arguments| {
            let params: RulesParams = arguments.params()?;
            params.fit(features(arguments)?)
        })
        .operation("assign", &["self", "features"], |arguments| {
            super::assign(arguments, Rules::assign)
        })
        .operation("rule_of", &["self", "features"], |arguments| {
            super::assign(arguments, Rules::rule_of)
        })
        .operation("explain", &["self", "features", "row"], |arguments| {
            let rules: &Rules = arguments.this()?;
            rules.explain(features(arguments)?, super::row(arguments)?)
        })
        .operation("validate", &["self", "features"], |arguments| {
            let rules: &Rules = arguments.this()?;
            match arguments.optional("features")? {
                Some(features) => rules.validate_on(features),
                None => Ok(rules.validate()),
            }
        })
        .get("rules", |it| Answer::written(&it.rules()))
        .get("frozen", |it| Answer::written(&it.frozen()))
        .get("segments", |it| Answer::written(&it.segments()))
        .get("columns", |it| {
            it.columns().map(str::to_owned).collect::<Vec<String>>()
        })
        .tables()
        .saved();
    room.kind::<RuleReport>()
        .get("report", Answer::written)
        .get("statement", RuleReport::to_string)
        .tables();
    room.kind::<RuleExplanation>()
        .get("report", Answer::written)
        .get("statement", RuleExplanation::to_string)
        .tables();
    room.function("Condition.statement", &["condition"], |arguments| {
        Ok(arguments.json::<Condition>("condition")?.to_string())
    });
    room.kind::<RfmGrid>()
        .operation("new", &["rfm", "map", "columns"], |arguments| {
            let rfm: &Rfm = arguments.object("rfm")?;
            let map: &SegmentMap = arguments.object("map")?;
            let grid = RfmGrid::new(rfm.clone(), map.clone())?;
            match arguments.optional_json::<[String; 3]>("columns")? {
                Some(columns) => Ok(grid.columns(columns.each_ref().map(String::as_str))),
                None => Ok(grid),
            }
        })
        .operation("assign", &["self", "features"], |arguments| {
            super::assign(arguments, RfmGrid::assign)
        })
        .get("segments", |it| Answer::written(&it.segments()))
        .tables()
        .saved();
    room.kind::<SegmentProduct>()
        .operation("new", &["first", "second"], |arguments| {
            let first: &Segmentation = arguments.object("first")?;
            let second: &Segmentation = arguments.object("second")?;
            SegmentProduct::new(first.clone(), second.clone())
        })
        .get("first", |it| it.first().clone())
        .get("second", |it| it.second().clone());
}
