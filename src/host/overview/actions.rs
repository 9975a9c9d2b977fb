//! Lists of actions.

use std::sync::Arc;

use super::customers_of;
use crate::{
    Result,
    arrow::{Columns, Tables},
    data::{CustomerIx, CustomerKey},
    host::{Answer, Held, Room},
    overview::{Action, ActionParams, Actions, Overview},
};

/// A list of actions, with the overview whose customers it is of.
pub(super) struct Listed {
    pub(super) overview: Arc<Overview>,
    pub(super) actions: Actions,
}

impl Held for Listed {
    const KIND: &'static str = "overview.Actions";
}

impl Listed {
    /// The keys of customers of the list.
    fn keys<'k>(
        &'k self,
        customers: impl Iterator<Item = CustomerIx> + 'k,
    ) -> impl Iterator<Item = CustomerKey<'k>> + 'k {
        let all = customers_of(&self.overview);
        customers.filter_map(move |customer| all?.key(customer))
    }
}

pub(super) fn register(room: &mut Room<'_>) {
    room.kind::<Listed>()
        .defaults::<ActionParams>()
        .get("len", |it| it.actions.rows().len())
        .get("receipt", |it| it.actions.receipt().to_owned())
        .get("as_of", |it| it.actions.as_of())
        .get("currency", |it| Answer::written(&it.actions.currency()))
        .get("parameters", |it| Answer::written(it.actions.params()))
        .get("counts", |it| Answer::written(it.actions.counts()))
        .operation("count_of", &["self", "action"], |arguments| {
            let action: Action = arguments.json("action")?;
            Ok(arguments.this::<Listed>()?.actions.counts().of(action))
        })
        .get("held_out", |it| it.actions.held_out())
        .get("planned_spend", |it| it.actions.planned_spend())
        .get("treated_spend", |it| it.actions.treated_spend())
        .get("expected_gain", |it| it.actions.expected_gain())
        .get("by_action", |it| it.actions.table("by_action"))
        .operation("table", &["self", "name"], |arguments| {
            let it: &Listed = arguments.this()?;
            let name: Option<String> = arguments.optional_json("name")?;
            let name = name.as_deref().unwrap_or("actions");
            let table = it.actions.table(name)?;
            let rows = it.actions.rows().iter();
            let keyed = |columns: Columns| columns.batch(&table).finish();
            match name {
                "actions" => {
                    let customers = rows.map(|row| row.customer);
                    keyed(Columns::new().some_keys("customer", it.keys(customers)))
                }
                "reasons" => {
                    let customers =
                        rows.flat_map(|row| row.reasons.iter().map(move |_| row.customer));
                    keyed(Columns::new().some_keys("customer", it.keys(customers)))
                }
                _ => Ok(table),
            }
        });
    room.function("Action.name", &["action"], |arguments| {
        let action: Action = arguments.json("action")?;
        Ok(action.name())
    });
    room.function("Action.all", &[], |_| -> Result<Answer> {
        Answer::written(&Action::ALL)
    });
    room.function("Arm.name", &["arm"], |arguments| {
        let arm: crate::overview::Arm = arguments.json("arm")?;
        Ok(arm.name())
    });
}
