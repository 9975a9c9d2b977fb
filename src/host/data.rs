//! Operations of `data`.

use chrono::{DateTime, NaiveDate, Utc};

use super::{Answer, Arguments, Room, held};
use crate::{
    Error, Result,
    arrow::{
        AssignmentColumns, Columns, ContactColumns, CrosswalkColumns, EventColumns, FeatureColumns,
        Tables, TransactionColumns,
    },
    data::{
        Assignments, Categories, ContactStatuses, Crosswalk, Currency, CustomerIx, CustomerKey,
        Customers, DayBoundary, Days, DiscountRate, Estimate, Events, Features, MatchReport,
        MinorUnits, TimeUnit, Transactions, UnknownCustomers, Window, date_of_day, day_of_date,
    },
};

held!(
    "data": Assignments, Categories, ContactStatuses, Crosswalk, Customers, Events, Features,
    Transactions,
);

pub(super) fn register(room: &mut Room<'_>) {
    customers(room);
    logs(room);
    columns_of_customers(room);
    crosswalk(room);
    money(room);
    time(room);
    estimates(room);
}

fn customers(room: &mut Room<'_>) {
    room.kind::<Customers>()
        .operation("new", &["keys"], |arguments| Ok(arguments.keys("keys")?.0))
        .tables()
        .get("len", Customers::len)
        .operation("key", &["self", "number"], |arguments| {
            let number = CustomerIx(arguments.json("number")?);
            let key = arguments.this::<Customers>()?.key(number);
            Ok(key.map_or(Answer::Nothing, key_answer))
        })
        .operation("find", &["self", "key"], |arguments| {
            let found = arguments.this::<Customers>()?.find(arguments.key("key")?);
            Ok(found.map(|number| number.0))
        })
        .operation("union", &["self", "other"], |arguments| {
            let other = arguments.object("other")?;
            let (customers, numbers) = arguments.this::<Customers>()?.union(other)?;
            numbered(customers, "numbers", &numbers)
        })
        .get("in_key_order", |it| {
            let (customers, old) = it.in_key_order();
            numbered(customers, "before", &old)
        });
}

/// Customers and numbers that go with them.
fn numbered(customers: Customers, name: &str, numbers: &[CustomerIx]) -> Result<Answer> {
    let numbers: Vec<u32> = numbers.iter().map(|number| number.0).collect();
    Ok(Answer::record([
        ("customers", answer(customers)?),
        (name, answer(numbers)?),
    ]))
}

fn logs(room: &mut Room<'_>) {
    room.kind::<Transactions>()
        .operation("read", &["table", "currency", "columns"], |arguments| {
            let columns: TransactionColumns =
                arguments.optional_json("columns")?.unwrap_or_default();
            columns.read(arguments.table("table")?, currency(arguments)?)
        })
        .tables()
        .get("len", Transactions::len)
        .get("currency", |log| Answer::written(&log.currency()))
        .get("customers", |log| log.customers().clone())
        .operation(
            "rekey",
            &["self", "source", "crosswalk", "unknown"],
            |arguments| {
                let log: &Transactions = arguments.this()?;
                let source: String = arguments.json("source")?;
                let unknown: Option<UnknownCustomers> = arguments.optional_json("unknown")?;
                let crosswalk = arguments.object("crosswalk")?;
                let (rekeyed, report) =
                    log.rekey(&source, crosswalk, unknown.unwrap_or_default())?;
                Ok(Answer::record([
                    ("log", answer(rekeyed)?),
                    ("report", match_report(&report, log.currency())?),
                ]))
            },
        );
    room.kind::<Events>()
        .operation("read", &["table", "columns"], |arguments| {
            let columns: EventColumns = arguments.optional_json("columns")?.unwrap_or_default();
            columns.read(arguments.table("table")?)
        })
        .tables()
        .get("len", Events::len)
        .get("customers", |log| log.customers().clone())
        .get("currency", |log| match log.amounts() {
            Some((currency, _)) => Answer::written(&currency),
            None => Ok(Answer::Nothing),
        });
}

pub(super) fn match_report(report: &MatchReport, currency: Currency) -> Result<Answer> {
    Ok(Answer::record([
        ("known_customers", answer(report.known_customers)?),
        ("unknown_customers", answer(report.unknown_customers)?),
        ("known_rows", answer(report.known_rows)?),
        ("unknown_rows", answer(report.unknown_rows)?),
        ("known_money", Answer::money(report.known_money, currency)),
        (
            "unknown_money",
            Answer::money(report.unknown_money, currency),
        ),
        ("customers_before", answer(report.customers_before)?),
        ("customers_after", answer(report.customers_after)?),
    ]))
}

/// Features, segments and contact: a row a customer.
fn columns_of_customers(room: &mut Room<'_>) {
    room.kind::<Features>()
        .operation("read", &["table", "columns", "customers"], |arguments| {
            let columns: FeatureColumns = arguments.optional_json("columns")?.unwrap_or_default();
            let table = arguments.table("table")?;
            match arguments.optional("customers")? {
                Some(customers) => columns.read_for(table, customers),
                None => columns.read(table),
            }
        })
        .tables()
        .get("len", Features::len)
        .get("names", |it| it.names().to_vec())
        .get("category_names", |it| {
            it.category_names()
                .map(str::to_owned)
                .collect::<Vec<String>>()
        })
        .get("weights", |it| it.weights().map(<[f64]>::to_vec))
        .operation("column", &["self", "name"], |arguments| {
            let name: String = arguments.json("name")?;
            let column = arguments.this::<Features>()?.column(&name);
            Ok(column.map(|column| column.to_vec()))
        })
        .operation("categories", &["self", "name"], |arguments| {
            let name: String = arguments.json("name")?;
            Ok(arguments.this::<Features>()?.categories(&name).cloned())
        })
        .operation(
            "with_categories",
            &["self", "name", "column"],
            |arguments| {
                let name: String = arguments.json("name")?;
                let features: Features = arguments.this::<Features>()?.clone();
                features.with_categories(&name, arguments.labels("column")?)
            },
        )
        .operation("with_weights", &["self", "weights"], |arguments| {
            let features: Features = arguments.this::<Features>()?.clone();
            features.with_weights(&arguments.numbers("weights")?)
        });
    room.kind::<Categories>()
        .operation("new", &["labels"], |arguments| arguments.labels("labels"))
        .tables()
        .get("len", Categories::len)
        .get("labels", |it| {
            it.labels().map(str::to_owned).collect::<Vec<String>>()
        });
    room.kind::<Assignments>()
        .operation(
            "read",
            &["table", "scheme", "as_of", "columns", "customers"],
            |arguments| {
                let columns: AssignmentColumns =
                    arguments.optional_json("columns")?.unwrap_or_default();
                let table = arguments.table("table")?;
                let scheme: String = arguments.json("scheme")?;
                let as_of = arguments.date("as_of")?;
                match arguments.optional("customers")? {
                    Some(customers) => columns.read_for(table, &scheme, as_of, customers),
                    None => columns.read(table, &scheme, as_of),
                }
            },
        )
        .tables()
        .operation("table_of", &["self", "customers"], |arguments| {
            let it: &Assignments = arguments.this()?;
            let customers: &Customers = arguments.object("customers")?;
            Error::check_length("segment", customers.len(), it.len())?;
            Columns::of(customers).batch(&it.record_batch()?).finish()
        })
        .get("len", Assignments::len)
        .get("scheme", |it| it.scheme().to_owned())
        .get("as_of", Assignments::as_of)
        .get("segments", |it| Answer::written(&it.segments()))
        .saved();
    room.kind::<ContactStatuses>()
        .operation("read", &["table", "columns", "customers"], |arguments| {
            let columns: ContactColumns = arguments.optional_json("columns")?.unwrap_or_default();
            let table = arguments.table("table")?;
            match arguments.optional("customers")? {
                Some(customers) => columns.read_for(table, customers),
                None => columns.read(table),
            }
        })
        .tables()
        .merged()
        .get("customers", |it| it.customers().clone())
        .get("in_key_order", ContactStatuses::in_key_order);
}

fn crosswalk(room: &mut Room<'_>) {
    room.kind::<Crosswalk>()
        .operation("read", &["table", "columns"], |arguments| {
            let columns: CrosswalkColumns = arguments.optional_json("columns")?.unwrap_or_default();
            columns.read(arguments.table("table")?)
        })
        .tables()
        .get("len", Crosswalk::len)
        .get("customers", |it| it.customers().clone())
        .get("sources", |it| {
            it.sources().map(str::to_owned).collect::<Vec<String>>()
        })
        .operation("find", &["self", "source", "key"], |arguments| {
            let it: &Crosswalk = arguments.this()?;
            let source: String = arguments.json("source")?;
            let found = it.find(&source, arguments.key("key")?);
            let key = found.and_then(|customer| it.customers().key(customer));
            Ok(key.map_or(Answer::Nothing, key_answer))
        })
        .saved();
}

fn money(room: &mut Room<'_>) {
    let rounded = |currency: Currency, (minor, exact): (MinorUnits, bool)| {
        Answer::record([
            ("amount", Answer::money(minor, currency)),
            ("exact", Answer::Flag(exact)),
        ])
    };
    room.function("Currency.new", &["code", "scale"], |arguments| {
        let code: String = arguments.json("code")?;
        Answer::written(&Currency::new(&code, arguments.json("scale")?)?)
    });
    room.function("Currency.iso", &["code"], |arguments| {
        let code: String = arguments.json("code")?;
        Answer::written(&Currency::iso(&code)?)
    });
    room.function("Currency.parse", &["currency", "text"], |arguments| {
        let currency = currency(arguments)?;
        let text: String = arguments.json("text")?;
        Ok(Answer::money(currency.parse(&text)?, currency))
    });
    room.function(
        "Currency.parse_rounded",
        &["currency", "text"],
        move |arguments| {
            let currency = currency(arguments)?;
            let text: String = arguments.json("text")?;
            Ok(rounded(currency, currency.parse_rounded(&text)?))
        },
    );
    room.function(
        "Currency.parse_product",
        &["currency", "quantity", "unit_price"],
        move |arguments| {
            let currency = currency(arguments)?;
            let quantity: String = arguments.json("quantity")?;
            let price: String = arguments.json("unit_price")?;
            Ok(rounded(
                currency,
                currency.parse_product(&quantity, &price)?,
            ))
        },
    );
    room.function(
        "Currency.from_float",
        &["currency", "amount"],
        |arguments| {
            let currency = currency(arguments)?;
            let minor = currency.from_f64(arguments.json("amount")?)?;
            Ok(Answer::money(minor, currency))
        },
    );
    room.function("Currency.to_float", &["currency", "amount"], |arguments| {
        let currency = currency(arguments)?;
        Ok(currency.to_f64(arguments.money("amount", currency)?))
    });
    room.function("Currency.format", &["currency", "amount"], |arguments| {
        let currency = currency(arguments)?;
        Ok(currency.format(arguments.money("amount", currency)?))
    });
    room.function(
        "Currency.minor_units",
        &["currency", "amount"],
        |arguments| {
            let currency = currency(arguments)?;
            Ok(arguments.money("amount", currency)?.0)
        },
    );
}

fn time(room: &mut Room<'_>) {
    room.function("day_of_date", &["date"], |arguments| {
        Ok(day_of_date(arguments.date("date")?))
    });
    room.function("date_of_day", &["day"], |arguments| {
        Ok(date_of_day(arguments.json("day")?))
    });
    room.function("DayBoundary.date", &["boundary", "instant"], |arguments| {
        let boundary: DayBoundary = arguments.json("boundary")?;
        let instant: DateTime<Utc> = arguments.json("instant")?;
        Ok(boundary.date(instant))
    });
    room.function("Days.from_weeks", &["weeks"], |arguments| {
        Ok(Days::from_weeks(arguments.json("weeks")?))
    });
    room.function("TimeUnit.count", &["unit", "days"], |arguments| {
        let unit: TimeUnit = arguments.json("unit")?;
        Ok(unit.count(arguments.json("days")?))
    });

    // A rate is its rate a day, compounded continuously.
    room.function("DiscountRate.annual", &["rate"], |arguments| {
        Ok(DiscountRate::annual(arguments.json("rate")?)?.per_day())
    });
    room.function("DiscountRate.effective", &["rate", "period"], |arguments| {
        let rate = DiscountRate::effective(arguments.json("rate")?, arguments.json("period")?)?;
        Ok(rate.per_day())
    });
    room.function("DiscountRate.continuous", &["per_day"], |arguments| {
        Ok(DiscountRate::continuous(arguments.json("per_day")?)?.per_day())
    });
    room.function("DiscountRate.factor", &["per_day", "after"], |arguments| {
        let rate: DiscountRate = arguments.json("per_day")?;
        Ok(rate.factor(arguments.json("after")?))
    });

    room.function("Window.new", &["first", "last"], |arguments| {
        let window = Window::new(arguments.date("first")?, arguments.date("last")?)?;
        Answer::written(&window)
    });
    room.function("Window.days", &["window"], |arguments| {
        Ok(arguments.json::<Window>("window")?.days())
    });
    room.function("Window.contains", &["window", "date"], |arguments| {
        let date: NaiveDate = arguments.date("date")?;
        Ok(arguments.json::<Window>("window")?.contains(date))
    });
}

fn estimates(room: &mut Room<'_>) {
    room.function("Estimate.normal", &["value", "se", "level"], |arguments| {
        let (value, se) = (arguments.json("value")?, arguments.json("se")?);
        Estimate::normal(value, se, arguments.json("level")?)
    });
    room.function(
        "Estimate.with_interval",
        &["value", "se", "lower", "upper", "level"],
        |arguments| {
            let (value, se) = (arguments.json("value")?, arguments.json("se")?);
            let (lower, upper) = (arguments.json("lower")?, arguments.json("upper")?);
            Estimate::with_interval(value, se, lower, upper, arguments.json("level")?)
        },
    );
    room.function(
        "Estimate.exp",
        &["value", "se", "lower", "upper", "level"],
        |arguments| {
            let (value, se) = (arguments.json("value")?, arguments.json("se")?);
            let (lower, upper) = (arguments.json("lower")?, arguments.json("upper")?);
            let level = arguments.json("level")?;
            Ok(Estimate::with_interval(value, se, lower, upper, level)?.exp())
        },
    );
}

/// The key of a customer as a text or a whole number.
pub(super) fn key_answer(key: CustomerKey<'_>) -> Answer {
    match key {
        CustomerKey::Int(key) => Answer::Int(key.into()),
        CustomerKey::Text(key) => Answer::Text(key.to_owned()),
    }
}

fn answer(it: impl super::IntoAnswer) -> Result<Answer> {
    it.into_answer()
}

/// The argument `currency`: a code such as "EUR", or code and decimals.
pub(super) fn currency(arguments: &Arguments<'_>) -> Result<Currency> {
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Given {
        Code(String),
        Full(Currency),
    }
    match arguments.json("currency")? {
        Given::Code(code) => Currency::iso(&code),
        Given::Full(currency) => Ok(currency),
    }
}
