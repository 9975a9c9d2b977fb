//! The chapters.

use std::fmt;

use chrono::NaiveDate;
use custometry::overview::{Actions, Overview, Receipt};
use serde::Serialize;

use crate::{
    Args,
    actions::ToDo,
    as_keyed::{AsKeyed, AsRead},
    attention::Attention,
    base::Base,
    card::Card,
    churn::Churn,
    common::{
        Result, bridge::Bridge, cohorts::Cohorts, over_time::OverTime, profit::Profits, told::Told,
    },
    contact::Counted,
    how_many::HowMany,
    kinds::Kinds,
    moves::Moves,
    rfm::RfmSegments,
    summary::Summary,
    told::told,
    worth::Worth,
};

/// The chapters. `--json` writes each under its own key.
#[derive(Serialize)]
pub(crate) struct Figures<'a> {
    file: String,
    as_of: NaiveDate,
    currency: String,
    rejected_rows: u64,
    rounded_amounts: u64,
    summary: Summary,
    as_keyed: AsKeyed,
    #[serde(flatten)]
    how_many: Option<HowMany>,
    rfm: Told<RfmSegments>,
    kinds: Told<Kinds>,
    look_first: Told<Attention>,
    value: Told<Worth>,
    migration: Told<Moves>,
    #[serde(flatten)]
    over_time: OverTime,
    churn: Told<Churn<'a>>,
    contact: Counted,
    #[serde(flatten)]
    to_do: ToDo,
    #[serde(skip_serializing_if = "Option::is_none")]
    card: Option<Card>,
    receipt: Replay<'a>,
}

/// What it was made of.
#[derive(Serialize)]
struct Replay<'a> {
    id: String,
    #[serde(flatten)]
    receipt: &'a Receipt,
}

impl<'a> Figures<'a> {
    pub(crate) fn new(
        args: &Args,
        given: &Base,
        rows: AsRead,
        overview: &'a Overview,
        actions: Option<&Actions>,
    ) -> Result<Self> {
        let currency = given.log().currency();
        let (rejected_rows, rounded_amounts) = given.faults();
        let summary = overview.purchases().ok_or("no purchases")?;
        let identity = overview.identity().told();
        let base = match identity.and_then(|of| of.fragmented) {
            Some(fragmented) => fragmented,
            None => *overview.base().require("the figures of the base")?,
        };
        let resolved = given.who_is_who(overview)?;
        let how_many = resolved.and_then(|(of, truth)| HowMany::new(&base, of, truth, currency));
        let segments = overview.segments();
        let page = overview.summary();
        Ok(Self {
            file: given.name.clone(),
            as_of: given.as_of,
            currency: currency.code().to_owned(),
            rejected_rows,
            rounded_amounts,
            as_keyed: AsKeyed::new(rows, &base),
            how_many,
            rfm: told(segments, |of| Ok(RfmSegments::new(of, currency))),
            kinds: told(overview.kinds(), |of| Ok(Kinds::new(of))),
            look_first: told(segments, |of| Ok(Attention::new(summary, &of.assignments))),
            value: told(overview.worth(), |of| {
                let segments = segments.require("segments")?;
                Ok(Worth::new(of, summary, &segments.assignments, &args.worth))
            }),
            migration: told(overview.migration(), |of| Ok(Moves::new(of, currency))),
            over_time: over_time(overview),
            churn: Churn::new(overview, summary),
            contact: Counted::new(given.contact.as_ref(), page.contact),
            summary: Summary::new(page, currency),
            to_do: ToDo::new(overview, actions, &args.actions)?,
            card: card(args, given, overview)?,
            receipt: Replay {
                id: overview.receipt().id(),
                receipt: overview.receipt(),
            },
        })
    }
}

fn over_time(overview: &Overview) -> OverTime {
    OverTime {
        bridge: told(overview.bridge(), |of| {
            let segments = of.segments.as_ref();
            let segments = segments.map(|segments| (&of.by_segment[..], segments.segments()));
            Bridge::new(&of.bridge, of.opening, of.closing, segments)
        }),
        profit: told(overview.profit(), |of| Profits::new(of, overview.as_of())),
        cohorts: told(overview.cohorts(), Cohorts::new),
    }
}

/// The card that is asked for.
fn card(args: &Args, given: &Base, overview: &Overview) -> Result<Option<Card>> {
    let Some(key) = &args.card else {
        return Ok(None);
    };
    let card = overview.card(key.trim().into())?;
    let card = card.ok_or_else(|| format!("--card {key}: no row of the file has this customer"))?;
    Card::new(card, given.log(), given.records()).map(Some)
}

impl fmt::Display for Figures<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.summary)?;
        writeln!(f, "1. Who the customers are, up to {}", self.as_of)?;
        match &self.how_many {
            Some(how_many) => writeln!(f, "{how_many}\nBy the keys of the file:")?,
            None => writeln!(
                f,
                "Every key is taken for one customer; which keys are one person's is found out \
                 with records of people: --people FILE."
            )?,
        }
        writeln!(f, "{}", self.as_keyed)?;
        writeln!(
            f,
            "2. Segments, by recency, frequency and money\n{}",
            self.rfm
        )?;
        writeln!(f, "3. Kinds, found in what they do\n{}", self.kinds)?;
        writeln!(f, "4. Whom to look at first\n{}", self.look_first)?;
        writeln!(f, "5. What they are worth\n{}", self.value)?;
        writeln!(f, "6. Who moves where\n{}", self.migration)?;
        self.over_time.show(f, 7)?;
        writeln!(f, "\n10. Who leaves, and when\n{}", self.churn)?;
        write!(f, "11. What to do\n{}{}", self.contact, self.to_do)?;
        if let Some(card) = &self.card {
            write!(f, "\n{card}")?;
        }
        writeln!(f, "\nReceipt: {}", self.receipt.id)
    }
}
