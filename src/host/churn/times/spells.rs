//! Spells, contracts, gaps between purchases, and rates of periods.

use chrono::NaiveDate;

use super::date;
use crate::{
    Error, Result,
    arrow::{Columns, SpellColumns, SubscriptionColumns, Tables, spells as table_of},
    churn::{
        ChurnDefinition, ChurnReturns, CompoundedRates, PeriodRates, PurchaseGaps, RateScale,
        RevenueFlows, Spells, Subscriptions,
    },
    data::{Currency, CustomerIx, CustomerKey, Customers, MinorUnits, day_of_date},
    host::{Answer, Arguments, IntoAnswer, Object, Room, data::currency, held},
};

held!("churn": PeriodRates, PurchaseGaps, Spells, Subscriptions);

pub(super) fn register(room: &mut Room<'_>) {
    spells(room);
    subscriptions(room);
    gaps(room);
    rates(room);
    rates_asked(room);
}

fn spells(room: &mut Room<'_>) {
    room.kind::<Spells>()
        .operation(
            "read",
            &["table", "definition", "known_until", "customers", "columns"],
            |arguments| {
                let columns: SpellColumns = arguments.optional_json("columns")?.unwrap_or_default();
                columns.read(
                    arguments.table("table")?,
                    arguments.optional::<Customers>("customers")?,
                    arguments.json("definition")?,
                    arguments.date("known_until")?,
                )
            },
        )
        .operation(
            "of_purchases",
            &["state", "as_of", "definition"],
            |arguments| {
                let definition: ChurnDefinition = arguments.json("definition")?;
                let as_of = arguments.date("as_of")?;
                Spells::of_purchases(arguments.object("state")?, as_of, definition)
            },
        )
        .operation(
            "of_purchase_model",
            &["state", "as_of", "model", "below"],
            |arguments| {
                let (as_of, below) = (arguments.date("as_of")?, arguments.json("below")?);
                let model = arguments.purchase_model("model")?;
                Spells::of_purchase_model(arguments.object("state")?, as_of, model, below)
            },
        )
        .operation("returns", &["self", "within_days"], |arguments| {
            let within = arguments.json("within_days")?;
            returns(arguments.this::<Spells>()?.returns(within))
        })
        .operation("of", &["self", "customer"], |arguments| {
            let it: &Spells = arguments.this()?;
            let customer = find(it.customers(), arguments.key("customer")?)?;
            let rows: Vec<_> = it.of(customer).map(|spell| (customer, spell)).collect();
            table_of(it, &rows)
        })
        .operation("active_on", &["self", "day"], |arguments| {
            let (it, day): (&Spells, _) = (arguments.this()?, day_of_date(arguments.date("day")?));
            let customers = it.customers();
            let active = customers.numbers().map(|of| it.active_on(of, day));
            Columns::of(customers).flags("active", active).finish()
        })
        .get("definition", |it| Answer::written(it.definition()))
        .get("customers", |it| it.customers().clone())
        .get("known_until", |it| date(it.known_until()))
        .get("causes", |it| it.causes().to_vec())
        .get("len", Spells::len)
        .tables()
        .saved();
}

/// A customer by key.
fn find(customers: &Customers, key: CustomerKey<'_>) -> Result<CustomerIx> {
    let unknown = || Error::parameter("customer", key, "the key of one of the customers");
    customers.find(key).ok_or_else(unknown)
}

pub(in crate::host) fn returns(it: ChurnReturns) -> Result<Answer> {
    Ok(Answer::record([
        ("returned", it.returned.into_answer()?),
        ("confirmed", it.confirmed.into_answer()?),
        ("provisional", it.provisional.into_answer()?),
        ("returned_early", it.returned_early.into_answer()?),
        ("rate", it.rate().into_answer()?),
    ]))
}

fn subscriptions(room: &mut Room<'_>) {
    room.kind::<Subscriptions>()
        .operation(
            "read",
            &["table", "currency", "known_until", "customers", "columns"],
            |arguments| {
                let columns: SubscriptionColumns =
                    arguments.optional_json("columns")?.unwrap_or_default();
                columns.read(
                    arguments.table("table")?,
                    arguments.optional::<Customers>("customers")?,
                    currency(arguments)?,
                    arguments.date("known_until")?,
                )
            },
        )
        .operation("money_on", &["self", "day"], |arguments| {
            let it: &Subscriptions = arguments.this()?;
            let day = day_of_date(arguments.date("day")?);
            let customers = it.customers();
            let money = customers.numbers().map(|of| it.money_on(of, day));
            let money = money.collect::<Result<Vec<MinorUnits>>>()?;
            Columns::of(customers)
                .money("monthly_money", it.currency(), money)
                .finish()
        })
        .operation("spells", &["self", "allowed_gap_days"], |arguments| {
            let gap = allowed_gap(arguments)?;
            arguments.this::<Subscriptions>()?.spells(gap)
        })
        .operation("spells_with_grace", &["self", "grace_days"], |arguments| {
            let grace = arguments.json("grace_days")?;
            arguments.this::<Subscriptions>()?.spells_with_grace(grace)
        })
        .get("customers", |it| it.customers().clone())
        .get("currency", |it| Answer::written(&it.currency()))
        .get("known_until", |it| date(it.known_until()))
        .get("len", Subscriptions::len);
}

/// The argument `allowed_gap_days`; none is allowed unless told.
fn allowed_gap(arguments: &Arguments<'_>) -> Result<u32> {
    Ok(arguments
        .optional_json("allowed_gap_days")?
        .unwrap_or_default())
}

fn gaps(room: &mut Room<'_>) {
    room.kind::<PurchaseGaps>()
        .operation("new", &["state", "as_of"], |arguments| {
            PurchaseGaps::new(arguments.object("state")?, arguments.date("as_of")?)
        })
        .get("completed", PurchaseGaps::completed)
        .get("open", PurchaseGaps::open)
        .operation("threshold", &["self", "followed"], |arguments| {
            let followed = arguments.json("followed")?;
            arguments.this::<PurchaseGaps>()?.threshold(followed)
        })
        .operation("completed_threshold", &["self", "followed"], |arguments| {
            let it: &PurchaseGaps = arguments.this()?;
            it.completed_threshold(arguments.json("followed")?)
        })
        .operation(
            "cheapest",
            &["self", "false_alarm_weight", "missed_weight"],
            |arguments| {
                let alarm = arguments.json("false_alarm_weight")?;
                let missed = arguments.json("missed_weight")?;
                let it: &PurchaseGaps = arguments.this()?;
                Answer::written(&it.cheapest(alarm, missed)?)
            },
        )
        .tables();
}

fn rates(room: &mut Room<'_>) {
    room.kind::<PeriodRates>()
        .operation(
            "of_subscriptions",
            &["subscriptions", "allowed_gap_days", "from", "to"],
            |arguments| {
                let (from, to) = (arguments.date("from")?, arguments.date("to")?);
                let book = arguments.object("subscriptions")?;
                PeriodRates::of_subscriptions(book, allowed_gap(arguments)?, from, to)
            },
        )
        .operation(
            "series",
            &["subscriptions", "allowed_gap_days", "days"],
            |arguments| {
                let days: Vec<NaiveDate> = arguments.json("days")?;
                let book = arguments.object("subscriptions")?;
                let rates = PeriodRates::series(book, allowed_gap(arguments)?, &days)?;
                let rates = rates
                    .into_iter()
                    .map(|rates| Answer::Object(Object::new(rates)));
                Ok(Answer::List(rates.collect()))
            },
        )
        .operation("of_spells", &["spells", "from", "to"], |arguments| {
            let (from, to) = (arguments.date("from")?, arguments.date("to")?);
            PeriodRates::of_spells(arguments.object("spells")?, from, to)
        })
        .operation("compound", &["periods"], |arguments| {
            compounded(&PeriodRates::compound(&periods(arguments)?)?)
        })
        .operation("table_of", &["periods"], |arguments| {
            periods(arguments)?.as_slice().record_batch()
        })
        .operation("logo_churn", &["self", "level"], |arguments| {
            let it: &PeriodRates = arguments.this()?;
            it.logo_churn(super::super::level(arguments)?)
        })
        .tables()
        .merged()
        .saved();
    room.function("RateScale.of", &["scale", "churn", "days"], |arguments| {
        let scale: RateScale = arguments.json("scale")?;
        scale.of(arguments.json("churn")?, arguments.json("days")?)
    });
}

fn compounded(it: &CompoundedRates) -> Result<Answer> {
    Ok(Answer::record([
        ("from", Answer::Date(it.from)),
        ("to", Answer::Date(it.to)),
        ("days", it.days.into_answer()?),
        ("logo_churn", Answer::Float(it.logo_churn)),
        (
            "net_revenue_retention",
            it.net_revenue_retention.into_answer()?,
        ),
        (
            "gross_revenue_retention",
            it.gross_revenue_retention.into_answer()?,
        ),
    ]))
}

/// The argument `periods`, in their order.
fn periods(arguments: &Arguments<'_>) -> Result<Vec<PeriodRates>> {
    let periods = arguments.objects::<PeriodRates>("periods")?;
    Ok(periods.into_iter().cloned().collect())
}

/// What rates say of themselves.
fn rates_asked(room: &mut Room<'_>) {
    room.kind::<PeriodRates>()
        .get("definition", |it| Answer::written(it.definition()))
        .get("from", PeriodRates::from)
        .get("to", PeriodRates::to)
        .get("days", PeriodRates::days)
        .get("at_start", PeriodRates::at_start)
        .get("at_end", PeriodRates::at_end)
        .get("lost", PeriodRates::lost)
        .get("won", PeriodRates::won)
        .get("returned", PeriodRates::returned)
        .get("came_and_went", PeriodRates::came_and_went)
        .get("flows", |it| {
            let money = it.flows().zip(it.currency());
            money.map(|(flows, currency)| told(flows, currency))
        })
        .get("currency", |it| Answer::written(&it.currency()))
        .get("gross_churn", PeriodRates::gross_churn)
        .get("net_revenue_retention", PeriodRates::net_revenue_retention)
        .get(
            "gross_revenue_retention",
            PeriodRates::gross_revenue_retention,
        )
        .get("quick_ratio", PeriodRates::quick_ratio);
}

fn told(flows: &RevenueFlows, currency: Currency) -> Answer {
    let money = |minor| Answer::money(minor, currency);
    Answer::record([
        ("start", money(flows.start)),
        ("churned", money(flows.churned)),
        ("contraction", money(flows.contraction)),
        ("expansion", money(flows.expansion)),
        ("new", money(flows.new)),
        ("reactivation", money(flows.reactivation)),
        ("end", money(flows.end())),
    ])
}
