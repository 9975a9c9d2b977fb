//! Operations of `simulate`.

use super::{Answer, Arguments, Room, data::currency, held};
use crate::{
    Error, Result,
    simulate::{
        CauseHazard, ChurnHistory, ChurnParams, OpportunityHistory, OpportunityParams,
        PeopleParams, PurchaseLog, PurchaseLogParams, RenewalHistory, RenewalParams,
        SimulatedPeople,
    },
};

held!(
    "simulate": ChurnHistory, OpportunityHistory, PurchaseLog, RenewalHistory, SimulatedPeople
);

pub(super) fn register(room: &mut Room<'_>) {
    room.kind::<PurchaseLog>()
        .operation("generate", &["params", "currency"], |arguments| {
            let mut params: PurchaseLogParams = arguments.params()?;
            if arguments.is_given("currency") {
                params = params.currency(currency(arguments)?);
            }
            params.generate_observed(arguments.observer())
        })
        .defaults::<PurchaseLogParams>()
        .tables()
        .get("transactions", |log| log.transactions.clone());
    room.kind::<SimulatedPeople>()
        .operation("generate", &["params"], |arguments| {
            let params: PeopleParams = arguments.params()?;
            params.generate_observed(arguments.observer())
        })
        .defaults::<PeopleParams>()
        .tables();
    room.kind::<OpportunityHistory>()
        .operation("generate", &["params"], |arguments| {
            arguments.params::<OpportunityParams>()?.generate()
        })
        .defaults::<OpportunityParams>()
        .tables();
    room.kind::<RenewalHistory>()
        .operation("generate", &["params"], |arguments| {
            arguments.params::<RenewalParams>()?.generate()
        })
        .defaults::<RenewalParams>()
        .tables();
    room.kind::<ChurnHistory>()
        .operation("generate", &["params"], |arguments| {
            arguments.params::<ChurnParams>()?.generate()
        })
        .defaults::<ChurnParams>()
        .tables()
        .get("features", |history| history.features.clone())
        .operation("survival", &["self", "days"], survival);
    room.function(
        "CauseHazard.new",
        &["shape", "scale", "coefficients"],
        |arguments| {
            let coefficients: Vec<f64> = arguments.json("coefficients")?;
            let (shape, scale) = (arguments.json("shape")?, arguments.json("scale")?);
            Answer::written(&CauseHazard::new(shape, scale, &coefficients))
        },
    );
    room.function(
        "CauseHazard.cumulative",
        &["hazard", "features", "days"],
        |arguments| {
            let hazard: CauseHazard = arguments.json("hazard")?;
            let features = arguments.numbers("features")?;
            Error::check_length("features", hazard.coefficients().len(), features.len())?;
            Ok(hazard.cumulative(&features, arguments.json("days")?))
        },
    );
}

/// The chance of each customer to be there still after so many days.
fn survival(arguments: &mut Arguments<'_>) -> Result<Vec<f64>> {
    let (history, days): (&ChurnHistory, f64) = (arguments.this()?, arguments.json("days")?);
    let rows = 0..history.exit.len();
    Ok(rows.map(|row| history.survival(row, days)).collect())
}
