//! What the page is about: purchases that are read from a file, or made up.

use std::path::Path;

use chrono::NaiveDate;
use custometry::{
    data::{Transactions, date_of_day},
    identity::{Records, pairwise},
    overview::{IdentityChapter, IdentityParams, Overview, OverviewInputs, OverviewParams},
    simulate::{PurchaseLogParams, RowOrder},
};

use crate::{
    Args,
    common::{Result, files::Staged, input::Input, over_time::first_purchase, progress},
    contact::Contact,
    identity::{Known, Truth},
    steps::Steps,
    synthetic::{Resolved, Synthetic},
};

/// Purchases, whose they are, and who may be contacted.
pub(crate) struct Base {
    /// The file, or what is in its place.
    pub(crate) name: String,
    pub(crate) as_of: NaiveDate,
    pub(crate) people: People,
    pub(crate) contact: Option<Contact>,
    /// How files were read.
    pub(crate) told: String,
    from: From,
}

enum From {
    File(Box<Input>),
    MadeUp(Box<Transactions>),
}

/// Who the keys of the purchases belong to.
pub(crate) enum People {
    /// Nothing is known of them.
    Unknown,
    /// Of the files that are named.
    Known(Box<Known>),
    /// Nothing is known of the customers of the project's own purchases: it is shown with people who are
    /// made up.
    Shown(Box<Resolved>),
    /// The purchases are made up, and the people with them.
    MadeUp { records: Records, person: Vec<u32> },
}

/// The day on which purchases that are made up end.
const LAST_DAY: i32 = 10_407;

/// How many pairs of records the rules may make for each record.
const PAIRS: u64 = 5;

impl Base {
    pub(crate) fn new(args: &Args, steps: &mut Steps) -> Result<Self> {
        match args.generate {
            Some(customers) => Self::make_up(args, customers, steps),
            None => Self::read(args),
        }
    }

    fn read(args: &Args) -> Result<Self> {
        let input = args.input.read()?;
        let name = input.path.display().to_string();
        let in_file = |error| format!("{name}: {error}");
        let as_of = last_day(&input.log, args.as_of).map_err(in_file)?;
        let shipped = args.input.file.is_none();
        let like = &input.columns.customer.name;
        let known = args.people.read(like)?;
        let customers = shipped.then(|| input.log.customers());
        let contact = args.contact.read(like, customers)?;
        let mut told = input.to_string();
        let people = match known {
            Some(known) => {
                told += &known.people.to_string();
                People::Known(Box::new(known))
            }
            None if shipped => People::Shown(Box::new(Resolved::new(&input.log, as_of)?)),
            None => People::Unknown,
        };
        told += &contact
            .as_ref()
            .map_or_else(String::new, Contact::to_string);
        Ok(Self {
            as_of,
            people,
            contact,
            told,
            name,
            from: From::File(Box::new(input)),
        })
    }

    /// Purchases of so many people, one in five of whom has a second key and a record in another source.
    fn make_up(args: &Args, customers: u32, steps: &mut Steps) -> Result<Self> {
        let last = date_of_day(LAST_DAY).ok_or("no day of the calendar")?;
        let params = PurchaseLogParams::default().customers(customers);
        let params = params
            .seed(args.actions.seed())
            .row_order(RowOrder::Shuffled);
        let made = params.generate_observed(&mut steps.watch(progress::follow()))?;
        let as_of = last_day(&made.transactions, args.as_of.or(Some(last)))?;
        let Synthetic {
            log,
            records,
            person,
        } = Synthetic::of_two_sources(&made.transactions, &mut steps.watch(progress::follow()))?;
        steps.done("making up people");
        let contact = args.contact.read("", Some(log.customers()))?;
        let name = format!("{customers} people who are made up");
        Ok(Self {
            as_of,
            people: People::MadeUp { records, person },
            contact,
            told: format!("{name}, and {} rows of purchases.\n", log.len()),
            name,
            from: From::MadeUp(Box::new(log)),
        })
    }

    pub(crate) fn log(&self) -> &Transactions {
        match &self.from {
            From::File(input) => &input.log,
            From::MadeUp(log) => log,
        }
    }

    /// Rows that could not be read, and amounts that had more decimals than the currency.
    pub(crate) fn faults(&self) -> (u64, u64) {
        match &self.from {
            From::File(input) => (input.rejects.count(), input.rounded),
            From::MadeUp(_) => (0, 0),
        }
    }

    /// The file of rows that could not be read, if one is wanted.
    pub(crate) fn stage_rejects(self, target: Option<&Path>) -> Result<Option<Staged>> {
        match self.from {
            From::File(input) => input.rejects.stage(target),
            From::MadeUp(_) => Ok(None),
        }
    }

    pub(crate) fn records(&self) -> Option<&Records> {
        match &self.people {
            People::Known(known) => Some(&known.records),
            People::MadeUp { records, .. } => Some(records),
            People::Unknown | People::Shown(_) => None,
        }
    }

    /// All of it together.
    pub(crate) fn overview(&self, args: &Args, steps: &mut Steps) -> Result<Overview> {
        let log = self.log();
        let mut params = OverviewParams::default()
            .seed(args.actions.seed())
            .margin(args.worth.margin())
            .discount(args.worth.discount()?)
            .horizon(args.worth.horizon())
            .cohorts(args.over_time.cohort());
        let mut inputs = OverviewInputs::new().transactions(log);
        if let Some(contact) = &self.contact {
            inputs = inputs.contact(&contact.statuses);
        }
        let overview = match &self.people {
            People::Known(known) => {
                known.overview(&params, inputs, log.customers(), self.as_of, steps)?
            }
            People::MadeUp { records, .. } => {
                let most = (records.len() as u64).saturating_mul(PAIRS);
                params = params.identity(IdentityParams::default().most_pairs(most));
                let inputs = inputs.records(records);
                params.fit_observed(&inputs, self.as_of, &mut steps.watch(progress::follow()))?
            }
            People::Unknown | People::Shown(_) => {
                params.fit_observed(&inputs, self.as_of, &mut steps.watch(progress::follow()))?
            }
        };
        steps.done("the rest of the overview");
        Ok(overview)
    }

    /// Who is who of people who are made up to show it.
    pub(crate) fn shown(&self) -> Option<&IdentityChapter> {
        match &self.people {
            People::Shown(shown) => shown.told().map(|(of, _)| of),
            _ => None,
        }
    }

    /// Who is who, and how right that is if it is known; of the overview, or of people who are made up to
    /// show it.
    pub(crate) fn who_is_who<'a>(
        &'a self,
        overview: &'a Overview,
    ) -> Result<Option<(&'a IdentityChapter, Option<Truth>)>> {
        let of = overview.identity().told();
        Ok(match &self.people {
            People::Shown(shown) => shown.told().map(|(of, truth)| (of, Some(truth))),
            People::MadeUp { person, .. } => match of {
                Some(of) => {
                    let pairs = pairwise(of.cluster(), person)?;
                    Some((of, Some(Truth::new(&pairs, None))))
                }
                None => None,
            },
            People::Known(_) | People::Unknown => of.map(|of| (of, None)),
        })
    }
}

/// The last day that counts: the one that is wanted, or else the last of the log.
fn last_day(log: &Transactions, as_of: Option<NaiveDate>) -> Result<NaiveDate> {
    let first = first_purchase(log);
    let last = log.days().iter().copied().max().and_then(date_of_day);
    let (Some(first), Some(last)) = (first, last) else {
        return Err("no purchases: all rows are refunds".into());
    };
    let as_of = as_of.unwrap_or(last);
    if as_of < first {
        let message = format!("--as-of {as_of} is before the first purchase, on {first}");
        return Err(message.into());
    }
    Ok(as_of)
}
