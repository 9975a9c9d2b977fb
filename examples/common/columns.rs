//! Which column of a file is which: named, or guessed from the header.

use std::{error::Error, fmt, path::Path};

use csv::ByteRecord;

use super::{
    Result,
    dates::DateReader,
    header::{Named, bare, fitting, listed, named},
};

/// A column that the program reads.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    /// Its place in a row, from 0.
    pub(crate) at: usize,
    /// Its name in the header.
    pub(crate) name: String,
    pub(crate) guessed: bool,
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {} ({})", self.at + 1, self.name.escape_debug())
    }
}

/// Where the money of a row stands.
#[derive(Debug, Clone)]
pub(crate) enum Money {
    Amount(Column),
    Product {
        quantity: Column,
        unit_price: Column,
    },
}

/// The columns in use.
#[derive(Debug, Clone)]
pub(crate) struct Columns {
    pub(crate) customer: Column,
    pub(crate) date: Column,
    pub(crate) money: Money,
    /// What the row cost the seller, if that is known.
    pub(crate) cost: Option<Column>,
    /// How many columns the header has, used or not.
    pub(crate) width: usize,
}

/// Columns as the person at the terminal named them.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct ColumnNames {
    /// Column of the customer key: its name, or its number from 1
    #[arg(long, value_name = "COL")]
    customer: Option<String>,

    /// Column of the date or timestamp
    #[arg(long, value_name = "COL")]
    date: Option<String>,

    /// Column of the amount; negative amounts are refunds
    #[arg(long, value_name = "COL", conflicts_with_all = ["quantity", "unit_price"])]
    amount: Option<String>,

    /// Column of the quantity, to be multiplied by the unit price
    #[arg(long, value_name = "COL")]
    quantity: Option<String>,

    /// Column of the unit price
    #[arg(long, value_name = "COL")]
    unit_price: Option<String>,

    /// Column of the cost of the row, in the money of the file; never guessed
    #[arg(long, value_name = "COL")]
    cost: Option<String>,
}

/// What is looked for: its option, and the names it usually goes by, the surest
/// first, without anything but letters.
#[derive(Clone, Copy)]
pub(crate) struct Role<'a> {
    pub(crate) what: &'static str,
    pub(crate) option: &'static str,
    pub(crate) usual: &'a str,
}

pub(crate) const CUSTOMER: Role<'_> = Role {
    what: "the customer",
    option: "--customer",
    usual: "customerid customerkey customernumber customerno customercode customer \
            customeruniqueid custid custno cust clientid clientno client memberid \
            memberno member userid user accountid accountno account householdid \
            householdkey household buyerid buyer shopperid shopper visitorid \
            consumerid cardid cardno customeremail email customername",
};

const DATE: Role<'_> = Role {
    what: "the date",
    option: "--date",
    usual: "date orderdate purchasedate invoicedate transactiondate transdate \
            saledate salesdate paymentdate orderedat purchasedat datetime \
            orderdatetime purchasetimestamp orderpurchasetimestamp ordertimestamp \
            transactiontimestamp timestamp day orderday purchaseday createdat created \
            eventtime time",
};

const AMOUNT: Role<'_> = Role {
    what: "the amount",
    option: "--amount",
    usual: "amount netamount totalamount orderamount purchaseamount transactionamount \
            lineamount invoiceamount paidamount amountpaid netsales nettotal netvalue \
            total ordertotal linetotal totalprice pricetotal totalvalue ordervalue \
            transactionvalue purchasevalue salesvalue paymentvalue revenue netrevenue \
            sales turnover spend spent moneyspent amountspent value dollars \
            dollarvalue amt transactionamt salesamount saleamount",
};

const QUANTITY: Role<'_> = Role {
    what: "the quantity",
    option: "--quantity",
    usual: "quantity qty units numberofunits numberofitems numberofcds itemcount \
            pieces",
};

const UNIT_PRICE: Role<'_> = Role {
    what: "the unit price",
    option: "--unit-price",
    usual: "unitprice priceperunit itemprice price",
};

/// Many columns are called a cost and mean the price, so it is not looked for.
const COST: Role<'_> = Role {
    what: "the cost",
    option: "--cost",
    usual: "",
};

/// A header, and what is said of it in messages.
pub(crate) struct Header<'a> {
    path: &'a Path,
    line: u64,
    names: Vec<String>,
}

impl Columns {
    /// Finds the columns in the header of a file, which stands on `line`.
    pub(crate) fn find(
        path: &Path,
        line: u64,
        header: &ByteRecord,
        wanted: &ColumnNames,
        dates: &DateReader,
    ) -> Result<Self> {
        let header = Header::new(path, line, header);
        let customer = header.need(&CUSTOMER, wanted.customer.as_deref())?;
        let date = header.need(&DATE, wanted.date.as_deref())?;
        let money = header.money(wanted)?;
        let cost = wanted.cost.as_deref();
        let cost = cost.map(|name| header.named(&COST, name)).transpose()?;
        if dates.read(&date.name).is_some() {
            return Err(format!(
                "{}, line {line}, {date}: this is a date, not the name of a column; \
                 the first row must name the columns",
                path.display()
            )
            .into());
        }
        Ok(Self {
            customer,
            date,
            money,
            cost,
            width: header.names.len(),
        })
    }

    /// The columns in use, each with what it is.
    pub(crate) fn used(&self) -> impl Iterator<Item = (&'static str, &Column)> {
        let (first, second) = match &self.money {
            Money::Amount(amount) => (("amount", amount), None),
            Money::Product {
                quantity,
                unit_price,
            } => (("quantity", quantity), Some(("unit price", unit_price))),
        };
        [("customer", &self.customer), ("date", &self.date), first]
            .into_iter()
            .chain(second)
            .chain(self.cost.as_ref().map(|cost| ("cost", cost)))
    }

    /// Whether any of them was guessed.
    pub(crate) fn guessed(&self) -> bool {
        self.used().any(|(_, column)| column.guessed)
    }
}

impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (role, column)) in self.used().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            let how = if column.guessed { " (guessed)" } else { "" };
            let (number, name) = (column.at + 1, column.name.escape_debug());
            write!(f, "{comma}{role} = column {number} \"{name}\"{how}")?;
        }
        Ok(())
    }
}

impl<'a> Header<'a> {
    /// That of a file, which stands on `line`.
    pub(crate) fn new(path: &'a Path, line: u64, header: &ByteRecord) -> Self {
        let name = |field: &[u8]| String::from_utf8_lossy(field).trim().to_owned();
        Self {
            path,
            line,
            names: header.iter().map(name).collect(),
        }
    }
}

impl Header<'_> {
    fn money(&self, wanted: &ColumnNames) -> Result<Money> {
        let (quantity, unit_price) = (wanted.quantity.as_deref(), wanted.unit_price.as_deref());
        if quantity.is_none() && unit_price.is_none() {
            let amount = match wanted.amount.as_deref() {
                Some(name) => Some(self.named(&AMOUNT, name)?),
                None => self.guess(&AMOUNT)?,
            };
            if let Some(amount) = amount {
                return Ok(Money::Amount(amount));
            }
            // One of the two alone is not money.
            if self.guess(&QUANTITY)?.is_none() || self.guess(&UNIT_PRICE)?.is_none() {
                let options = "--amount, or --quantity and --unit-price";
                return Err(self.missing(AMOUNT.what, options));
            }
        }
        Ok(Money::Product {
            quantity: self.need(&QUANTITY, quantity)?,
            unit_price: self.need(&UNIT_PRICE, unit_price)?,
        })
    }

    /// The column of a name or a number, or else the one that is guessed.
    pub(crate) fn need(&self, role: &Role<'_>, wanted: Option<&str>) -> Result<Column> {
        match wanted {
            Some(name) => self.named(role, name),
            None => self
                .guess(role)?
                .ok_or_else(|| self.missing(role.what, role.option)),
        }
    }

    /// The column of a name, or of a number.
    fn named(&self, role: &Role<'_>, wanted: &str) -> Result<Column> {
        let found = self.only(role, named(&self.names, wanted))?;
        found.map(|at| self.column(at, false)).ok_or_else(|| {
            let (wanted, what, all) = (wanted.trim(), role.what, listed(&self.names));
            self.fault(&format!(
                "no column {wanted:?} for {what}; the columns are {all}"
            ))
        })
    }

    /// The column that goes by the surest of the usual names.
    fn guess(&self, role: &Role<'_>) -> Result<Option<Column>> {
        for usual in role.usual.split(' ') {
            let fits = |_, name: &str| bare(name).eq(usual.chars());
            let at = self.only(role, fitting(&self.names, fits))?;
            if let Some(at) = at {
                return Ok(Some(self.column(at, true)));
            }
        }
        Ok(None)
    }

    /// The only column. Of two the program does not choose.
    fn only(&self, role: &Role<'_>, found: Named) -> Result<Option<usize>> {
        match found {
            Named::Nowhere => Ok(None),
            Named::At(at) => Ok(Some(at)),
            Named::Both(at, other) => {
                let (name, other_name) = (&self.names[at], &self.names[other]);
                let (what, option, at, other) = (role.what, role.option, at + 1, other + 1);
                Err(self.fault(&format!(
                    "columns {at} {name:?} and {other} {other_name:?} could both be {what}; say \
                     which with {option} {at} or {option} {other}"
                )))
            }
        }
    }

    fn column(&self, at: usize, guessed: bool) -> Column {
        Column {
            at,
            name: self.names[at].clone(),
            guessed,
        }
    }

    fn missing(&self, what: &str, options: &str) -> Box<dyn Error> {
        let all = listed(&self.names);
        self.fault(&format!(
            "no column looks like {what}; name it with {options}, the columns are {all}"
        ))
    }

    fn fault(&self, what: &str) -> Box<dyn Error> {
        format!("{}, line {}: {what}", self.path.display(), self.line).into()
    }
}
