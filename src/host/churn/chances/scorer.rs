//! One question to all models, and what speaks for their answers.

use std::sync::Arc;

use arrow_array::RecordBatch;
use self_cell::self_cell;

use crate::{
    Error, Result,
    arrow::Tables,
    churn::{
        Aft, ChurnModel, Contributions, Cox, DiscreteHazard, Reason, ReasonParams, Reasons, Scorer,
        ScorerInput,
    },
    data::{Categories, Days, Features, Shared},
    host::{Answer, Arguments, Held, Object, Room, value::Histories},
    numeric::map_chunks,
    value::{BgNbd, MbgNbd, Nbd, ParetoNbd},
};

/// Customers whose reasons are looked for together.
const ROWS: usize = 1_024;

pub(super) fn register(room: &mut Room<'_>) {
    room.function("churn_probability", SCORED, |arguments| {
        let customers = Customers::of(arguments)?;
        let model = scorer(arguments)?;
        model.churn_probability(&customers.input(), arguments.json::<Days>("horizon")?)
    });
    room.function("contributions", SCORED, |arguments| {
        let customers = Customers::of(arguments)?;
        let (model, horizon) = (scorer(arguments)?, arguments.json::<Days>("horizon")?);
        Explained::try_new(customers, |customers| {
            model.contributions(&customers.input(), horizon)
        })
    });
    room.kind::<ChurnModel>().operation(
        "contributions",
        &["self", "features", "offset"],
        |arguments| {
            let customers = Customers {
                features: Some(arguments.share("features")?),
                offset: arguments.optional_numbers("offset")?,
                ..Customers::default()
            };
            let model: &ChurnModel = arguments.this()?;
            Explained::try_new(customers, |customers| {
                let missing = || Error::parameter("features", "missing", "those of the customers");
                let features = customers.features.as_deref().ok_or_else(missing)?;
                model.contributions(features, customers.offset.as_deref())
            })
        },
    );
    contributions(room);
    reasons(room);
}

/// What is asked of every model.
const SCORED: &[&str] = &[
    "model",
    "horizon",
    "features",
    "ages",
    "strata",
    "offset",
    "histories",
    "days_per_unit",
];

/// The argument `model`.
fn scorer<'a>(arguments: &'a Arguments<'_>) -> Result<&'a dyn Scorer> {
    fn one<M: Held + Scorer>(object: &Object) -> Option<&dyn Scorer> {
        object.get::<M>().map(|model| model as _)
    }
    let object = arguments.any("model")?;
    one::<ChurnModel>(object)
        .or_else(|| one::<Cox>(object))
        .or_else(|| one::<Aft>(object))
        .or_else(|| one::<DiscreteHazard>(object))
        .or_else(|| one::<BgNbd>(object))
        .or_else(|| one::<MbgNbd>(object))
        .or_else(|| one::<ParetoNbd>(object))
        .or_else(|| one::<Nbd>(object))
        .ok_or_else(|| {
            let expected = "a model that tells how likely customers are to leave";
            Error::parameter("model", object.kind(), expected)
        })
}

/// The customers to score, and all that is known of them.
#[derive(Default)]
struct Customers {
    features: Option<Arc<Features>>,
    ages: Option<Shared<f64>>,
    strata: Option<Arc<Categories>>,
    offset: Option<Shared<f64>>,
    histories: Option<Arc<Histories>>,
    days_per_unit: Option<f64>,
}

impl Customers {
    fn of(arguments: &Arguments<'_>) -> Result<Self> {
        Ok(Self {
            features: arguments.optional_share("features")?,
            ages: arguments.optional_numbers("ages")?,
            strata: arguments.optional_labels("strata")?,
            offset: arguments.optional_numbers("offset")?,
            histories: arguments.optional_share("histories")?,
            days_per_unit: arguments.optional_json("days_per_unit")?,
        })
    }

    fn input(&self) -> ScorerInput<'_> {
        let mut input = ScorerInput::new();
        if let Some(features) = &self.features {
            input = input.features(features);
        }
        if let Some(ages) = &self.ages {
            input = input.ages(ages);
        }
        if let Some(strata) = &self.strata {
            input = input.strata(strata);
        }
        if let Some(offset) = &self.offset {
            input = input.offset(offset);
        }
        if let Some(histories) = &self.histories {
            input = input.histories(&histories.histories);
        }
        if let Some(days) = self.days_per_unit {
            input = input.days_per_unit(days);
        }
        input
    }
}

self_cell!(
    /// Contributions beside the customers they are of.
    struct Explained {
        owner: Customers,
        #[covariant]
        dependent: Contributions,
    }
);

impl Held for Explained {
    const KIND: &'static str = "churn.Contributions";
}

impl Tables for Explained {
    const TABLES: &'static [&'static str] = Contributions::TABLES;

    fn table(&self, name: &str) -> Result<RecordBatch> {
        self.borrow_dependent().table(name)
    }
}

self_cell!(
    /// Reasons beside the contributions they are made of.
    struct Grouped {
        owner: Arc<Explained>,
        #[covariant]
        dependent: Reasons,
    }
);

impl Held for Grouped {
    const KIND: &'static str = "churn.Reasons";
}

fn contributions(room: &mut Room<'_>) {
    room.kind::<Explained>()
        .get("rows", |it| it.borrow_dependent().rows())
        .get("features", |it| it.borrow_dependent().features().to_vec())
        .get("base", |it| it.borrow_dependent().base())
        .get("values", |it| it.table("contributions"))
        .operation("strongest", &["self", "row", "count"], |arguments| {
            let added = arguments.this::<Explained>()?.borrow_dependent();
            Answer::written(&added.strongest(arguments.json("row")?, arguments.json("count")?))
        })
        .operation("reasons", &["self", "params"], |arguments| {
            let params: ReasonParams = arguments.params()?;
            Grouped::try_new(arguments.share("self")?, |explained| {
                explained.borrow_dependent().reasons(&params)
            })
        })
        .tables();
}

fn reasons(room: &mut Room<'_>) {
    room.kind::<Grouped>()
        .defaults::<ReasonParams>()
        .operation("strongest", &["self", "row", "count"], |arguments| {
            let reasons = arguments.this::<Grouped>()?.borrow_dependent();
            Answer::written(&reasons.strongest(arguments.json("row")?, arguments.json("count")?))
        })
        .operation(
            "strongest_of_all",
            &["self", "count", "table"],
            |arguments| {
                let it: &Grouped = arguments.this()?;
                let (reasons, count) = (it.borrow_dependent(), arguments.json("count")?);
                let rows = it.borrow_owner().borrow_dependent().rows();
                let parts = map_chunks(rows, ROWS, |rows| {
                    let reasons = rows.map(|row| reasons.strongest(row, count));
                    reasons.collect::<Vec<Vec<Reason>>>()
                });
                let all = parts.concat();
                match arguments.optional_json::<String>("table")? {
                    Some(name) => all.table(&name),
                    None => all.record_batch(),
                }
            },
        );
}
