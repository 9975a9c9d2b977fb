//! What customers leave after costs, what they cost to win, and what may be spent to keep them.

use arrow_array::RecordBatch;
use serde_json::{Map, Value};

use super::money::segment_columns;
use crate::{
    Error, Result,
    arrow::Columns,
    data::{Assignments, Currency, Customers, MinorUnits, Transactions, Window},
    host::{Answer, Arguments, Held, Room, as_money, data::currency},
    value::{
        AbcParams, Acquisition, AcquisitionLine, AcquisitionParams, Activity, Allocation,
        Concentration, CustomerProfit, Payback, ProfitGroup, ProfitParams, ProfitState,
        Profitability, RetentionOffer, SummaryState, WhaleCurve,
    },
};

pub(super) fn register(room: &mut Room<'_>) {
    room.kind::<ProfitState>()
        .operation("new", &["log", "window"], |arguments| {
            let log: &Transactions = arguments.object("log")?;
            match arguments.optional_json::<Window>("window")? {
                Some(window) => ProfitState::within(log, window),
                None => ProfitState::new(log),
            }
        })
        .merged()
        .saved()
        .get("in_key_order", ProfitState::in_key_order)
        .get("currency", |state| Answer::written(&state.currency()))
        .get("window", |state| Answer::written(&state.window()))
        .get("customers", |state| state.customers().clone());
    allocation(room);
    profitability(room);
    whale_curve(room);
    concentration(room);
    acquisition(room);
    room.function(
        "RetentionOffer.break_even",
        &["values", "leaves", "params"],
        |arguments| {
            let offer: RetentionOffer = arguments.params()?;
            let (values, leaves) = (arguments.numbers("values")?, arguments.numbers("leaves")?);
            offer.break_even(&values, &leaves)
        },
    );
}

/// A cost shared out, with its currency.
struct Shares {
    allocation: Allocation,
    currency: Currency,
}

impl Held for Shares {
    const KIND: &'static str = "value.Allocation";
}

fn allocation(room: &mut Room<'_>) {
    room.kind::<Shares>()
        .operation(
            "new",
            &["cost", "units", "currency", "capacity"],
            |arguments| {
                let currency = currency(arguments)?;
                let mut activity = Activity::new(arguments.money("cost", currency)?);
                if let Some(capacity) = arguments.optional_json("capacity")? {
                    activity = activity.capacity(capacity);
                }
                let units = arguments.counts("units")?;
                let units: Vec<u64> = units.iter().copied().map(u64::from).collect();
                Ok(Shares {
                    allocation: activity.allocate(&units)?,
                    currency,
                })
            },
        )
        .get("unallocated", |it| {
            Answer::money(it.allocation.unallocated(), it.currency)
        })
        .operation("table", &["self", "name"], |arguments| {
            let it: &Shares = arguments.this()?;
            named_table(arguments, "allocation")?;
            let costs = it.allocation.costs().iter();
            Columns::new()
                .money("cost", it.currency, costs.map(|&minor| MinorUnits(minor)))
                .finish()
        });
}

/// The argument `name` of an object with one table.
fn named_table(arguments: &Arguments<'_>, table: &'static str) -> Result<()> {
    match arguments.optional_json::<String>("name")? {
        Some(name) if name != table => Err(Error::parameter("table", name, table)),
        _ => Ok(()),
    }
}

fn profitability(room: &mut Room<'_>) {
    room.kind::<Profitability>()
        .operation(
            "evaluate",
            &["state", "costs_to_serve", "activity_names", "activities"],
            |arguments| {
                let state: &ProfitState = arguments.object("state")?;
                profit_params(arguments, state.currency())?.evaluate(state)
            },
        )
        .get("customers", |it| it.customers().clone())
        .get("currency", |it| Answer::written(&it.currency()))
        .get("window", |it| Answer::written(&it.window()))
        .get("basis", |it| -> Result<Answer> {
            Ok(Answer::record([
                ("basis", Answer::written(&it.basis())?),
                ("statement", Answer::Text(it.basis().statement().to_owned())),
            ]))
        })
        .get("whale_curve", |it| -> Result<Curve> {
            Ok(Curve {
                of: it.whale_curve()?,
                customers: it.customers().clone(),
                currency: it.currency(),
            })
        })
        .get("concentration", |it| -> Result<Spread> {
            Ok(Spread {
                concentration: it.concentration()?,
                currency: it.currency(),
            })
        })
        .operation("unprofitable", &["self", "count"], |arguments| {
            let it: &Profitability = arguments.this()?;
            customer_profits(it, &it.unprofitable(arguments.json("count")?))
        })
        .operation("most_profitable", &["self", "count"], |arguments| {
            let it: &Profitability = arguments.this()?;
            customer_profits(it, &it.most_profitable(arguments.json("count")?))
        })
        .operation("by_segment", &["self", "segments"], |arguments| {
            let it: &Profitability = arguments.this()?;
            by_segment(it, arguments.object("segments")?)
        })
        .operation(
            "abc_params",
            &[],
            |_| Answer::written(&AbcParams::default()),
        )
        .operation("assign_abc", &["self", "as_of", "params"], |arguments| {
            let as_of = arguments.date("as_of")?;
            arguments
                .params::<AbcParams>()?
                .assign(arguments.this()?, as_of)
        })
        .tables();
}

/// Costs to serve: columns of a table under their names, in units of currency, and activities that were
/// shared out, with their names.
fn profit_params(arguments: &Arguments<'_>, currency: Currency) -> Result<ProfitParams> {
    let mut params = ProfitParams::default();
    if let Some(table) = arguments.optional_table("costs_to_serve")? {
        for name in table.names() {
            let costs = table.column(name)?.amounts(currency)?;
            params = params.cost_to_serve(name, costs.to_vec());
        }
    }
    let names: Vec<String> = arguments
        .optional_json("activity_names")?
        .unwrap_or_default();
    if names.is_empty() {
        return Ok(params);
    }
    let activities = arguments.objects::<Shares>("activities")?;
    Error::check_length("activities", names.len(), activities.len())?;
    for (name, shares) in names.iter().zip(activities) {
        if shares.currency != currency {
            return Err(Error::VersionMismatch {
                what: "currency of an activity",
                expected: currency.code().into(),
                found: shares.currency.code().into(),
            });
        }
        params = params.activity(name, shares.allocation.clone());
    }
    Ok(params)
}

fn customer_profits(it: &Profitability, lines: &[CustomerProfit]) -> Result<RecordBatch> {
    let keys = lines.iter().filter_map(|line| it.customers().key(line.who));
    let money = |of: fn(&CustomerProfit) -> MinorUnits| lines.iter().map(of);
    let currency = it.currency();
    Columns::new()
        .some_keys("customer", keys)
        .money("net_sales", currency, money(|line| line.net_sales))
        .money("costs", currency, money(|line| line.costs))
        .money("to_serve", currency, money(|line| line.to_serve))
        .money("profit", currency, money(|line| line.profit))
        .finish()
}

fn by_segment(it: &Profitability, segments: &Assignments) -> Result<RecordBatch> {
    let groups = it.by_segment(segments)?;
    let ids: Vec<_> = groups.iter().map(|group| group.group).collect();
    let currency = it.currency();
    segment_columns(segments, &ids)
        .counts("customers", groups.iter().map(|it| it.customers))
        .counts("unprofitable", groups.iter().map(|it| it.unprofitable))
        .money("net_sales", currency, groups.iter().map(|it| it.net_sales))
        .money("costs", currency, groups.iter().map(|it| it.costs))
        .money("to_serve", currency, groups.iter().map(|it| it.to_serve))
        .money("profit", currency, groups.iter().map(|it| it.profit))
        .known("margin", groups.iter().map(ProfitGroup::margin))
        .finish()
}

/// A whale curve, with its customers and currency.
struct Curve {
    of: WhaleCurve,
    customers: Customers,
    currency: Currency,
}

impl Held for Curve {
    const KIND: &'static str = "value.WhaleCurve";
}

fn whale_curve(room: &mut Room<'_>) {
    room.kind::<Curve>()
        .get("total", |it| Answer::money(it.of.total(), it.currency))
        .get("peak", |it| Answer::money(it.of.peak(), it.currency))
        .get("losses", |it| Answer::money(it.of.losses(), it.currency))
        .get("profitable", |it| it.of.profitable())
        .get("unprofitable", |it| it.of.unprofitable())
        .get("peak_percent", |it| it.of.peak_percent())
        .get("loss_drag", |it| it.of.loss_drag())
        .get("break_even", |it| it.of.break_even())
        .operation("table", &["self", "name"], |arguments| {
            let it: &Curve = arguments.this()?;
            named_table(arguments, "whale_curve")?;
            let order = it.of.order();
            let keys = order.iter().filter_map(|&who| it.customers.key(who));
            let cumulative = it.of.cumulative().iter();
            Columns::new()
                .counts("rank", 1..=order.len())
                .some_keys("customer", keys)
                .money(
                    "cumulative_profit",
                    it.currency,
                    cumulative.map(|&minor| MinorUnits(minor)),
                )
                .finish()
        });
}

/// A concentration, with its currency.
struct Spread {
    concentration: Concentration,
    currency: Currency,
}

impl Held for Spread {
    const KIND: &'static str = "value.Concentration";
}

fn concentration(room: &mut Room<'_>) {
    room.kind::<Spread>()
        .operation("new", &["amounts", "currency"], |arguments| {
            let currency = currency(arguments)?;
            let amounts = arguments.amounts("amounts", currency)?;
            Ok(Spread {
                concentration: Concentration::new(&amounts)?,
                currency,
            })
        })
        .get("customers", |it| it.concentration.customers())
        .get("negative", |it| it.concentration.negative())
        .get("total", |it| {
            Answer::money(it.concentration.total(), it.currency)
        })
        .get("gini", |it| it.concentration.gini())
        .operation("share_of_top", &["self", "share"], |arguments| {
            let it: &Spread = arguments.this()?;
            it.concentration.share_of_top(arguments.json("share")?)
        })
        .operation("customers_for", &["self", "share"], |arguments| {
            let it: &Spread = arguments.this()?;
            it.concentration.customers_for(arguments.json("share")?)
        });
}

/// What customers cost to win, with its currency.
struct Won {
    acquisition: Acquisition,
    currency: Currency,
}

impl Held for Won {
    const KIND: &'static str = "value.Acquisition";
}

fn acquisition(room: &mut Room<'_>) {
    room.kind::<Won>()
        .operation(
            "evaluate",
            &["state", "sources", "spend", "params"],
            |arguments| {
                let state: &SummaryState = arguments.object("state")?;
                let mut params: AcquisitionParams = arguments.params()?;
                // What was spent comes apart from the parameters, since it is money.
                let spend: Option<Map<String, Value>> = arguments.optional_json("spend")?;
                for (source, money) in spend.into_iter().flatten() {
                    let money = as_money("spend", &money, state.currency())?;
                    params = params.spend(&source, money);
                }
                Ok(Won {
                    acquisition: params.evaluate(state, arguments.object("sources")?)?,
                    currency: state.currency(),
                })
            },
        )
        .get("measure", |it| Answer::written(&it.acquisition.measure))
        .get("currency", |it| Answer::written(&it.currency))
        .operation("table", &["self", "name"], |arguments| {
            let it: &Won = arguments.this()?;
            let name: Option<String> = arguments.optional_json("name")?;
            match name.as_deref() {
                None | Some("sources") => acquisition_lines(&it.acquisition.sources, it.currency),
                Some("blended") => {
                    let line = std::slice::from_ref(&it.acquisition.blended);
                    acquisition_lines(line, it.currency)
                }
                Some(other) => Err(Error::parameter("table", other, "one of: sources, blended")),
            }
        });
}

/// Lines, a row each: what a customer cost to win and has brought, in units of currency, and when the
/// costs were earned back.
fn acquisition_lines(lines: &[AcquisitionLine], currency: Currency) -> Result<RecordBatch> {
    let unit = currency.unit();
    let paid_back = |line: &AcquisitionLine| match line.payback {
        Payback::After { days, observed } => ("after", Some(days), Some(observed)),
        Payback::NotWithin { days } => ("not_within", Some(days), None),
        Payback::NothingSpent => ("nothing_spent", None, None),
        Payback::NobodyWon => ("nobody_won", None, None),
    };
    let paid_back: Vec<_> = lines.iter().map(paid_back).collect();
    Columns::new()
        .known_texts("source", lines.iter().map(|line| line.source.as_deref()))
        .counts("customers", lines.iter().map(|line| line.customers))
        .money("spend", currency, lines.iter().map(|line| line.spend))
        .known("cac", lines.iter().map(|line| line.cac.map(|it| it / unit)))
        .money("money", currency, lines.iter().map(|line| line.money))
        .known("ltv", lines.iter().map(|line| line.ltv.map(|it| it / unit)))
        .counts("observed", lines.iter().map(|line| line.observed))
        .known("ltv_to_cac", lines.iter().map(|line| line.ltv_to_cac))
        .texts("payback", paid_back.iter().map(|(what, ..)| *what))
        .ints(
            "payback_days",
            paid_back.iter().map(|(_, days, _)| days.map(i64::from)),
        )
        .ints(
            "payback_observed",
            paid_back
                .iter()
                .map(|(.., observed)| observed.and_then(|count| i64::try_from(count).ok())),
        )
        .finish()
}
