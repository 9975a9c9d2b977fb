//! From inputs to an overview.

use chrono::NaiveDate;

use super::{
    Absence, Chapter, ChapterKind, Churn, Kinds, Moves, Overview, OverviewInputs, OverviewParams,
    OverviewState, Receipt, RevenueBridge, RfmSegments, Worth,
    churn::{ChurnTerms, Learning, Risk},
    identity::{self, BaseFigures, IdentityChapter, Keys},
    over_time,
    worth::WorthTerms,
};
use crate::{
    Error, ErrorKind, Observer, Result,
    data::{
        Assignments, ContactStatuses, CustomerIx, Customers, Days, DiscountRate, Events, SegmentId,
        Transactions,
    },
    numeric::hash::mix,
    observer::report,
    value::{CohortParams, Rfm, Summary, SummaryState},
};

/// What is missing where there are no transactions.
const LOG: &str = "transactions";

/// What all chapters start from.
struct Base {
    as_of: NaiveDate,
    receipt: Receipt,
    identity: Chapter<IdentityChapter>,
    keys: Keys,
    state: Option<OverviewState>,
    events: Option<Events>,
    /// Of the customers of the base.
    contact: Option<ContactStatuses>,
    /// Keys of the contact statuses that are nobody's.
    strangers: usize,
    earlier: Vec<Assignments>,
    rfm: Option<Rfm>,
}

impl Overview {
    pub(super) fn of_inputs(
        params: &OverviewParams,
        inputs: &OverviewInputs<'_>,
        as_of: NaiveDate,
        observer: &mut dyn Observer,
    ) -> Result<Self> {
        params.check_day(as_of)?;
        inputs.check(as_of)?;
        let receipt = Receipt::of_inputs(params, inputs, as_of)?;
        let WhoIsWho {
            identity,
            keys,
            resolved,
        } = WhoIsWho::new(params, inputs, as_of, observer)?;
        let log = resolved.as_ref().or(inputs.transactions);
        let state = log.map(|log| OverviewState::new_observed(log, as_of, observer));
        let mut state = state.transpose()?;
        let (contact, strangers) = told_of(&keys, inputs.contact)?;
        // Keys that were resolved are no keys of the state. Otherwise it keeps what was said of those
        // whom another shard may have.
        let said = if resolved.is_some() {
            contact.as_ref()
        } else {
            inputs.contact
        };
        if let Some(said) = said {
            state = state.map(|state| state.with_contact(said.clone()));
        }
        let customers = keys.customers();
        let events = inputs.events.map(|events| {
            let numbers = keys.numbers(events.customers());
            events.of_others(customers, &numbers, as_of)
        });
        let earlier = inputs.earlier.iter().map(|(of, segments)| {
            let numbers = keys.numbers(of);
            for_others(segments, &numbers, customers.len())
        });
        let base = Base {
            as_of,
            receipt,
            identity,
            events,
            contact,
            strangers,
            earlier: earlier.collect::<Result<_>>()?,
            rfm: inputs.rfm.cloned(),
            state,
            keys,
        };
        Self::new(params, base, observer)
    }

    pub(super) fn of_state(
        params: &OverviewParams,
        state: &OverviewState,
        observer: &mut dyn Observer,
    ) -> Result<Self> {
        params.check_day(state.as_of())?;
        let keys = Keys::as_they_are(state.summary().customers());
        let (contact, strangers) = told_of(&keys, state.contact())?;
        let base = Base {
            as_of: state.as_of(),
            receipt: Receipt::of_state(params, state)?,
            identity: Chapter::Absent(Absence::NoInput("records of people")),
            keys,
            state: Some(state.clone()),
            events: None,
            contact,
            strangers,
            earlier: Vec::new(),
            rfm: None,
        };
        Self::new(params, base, observer)
    }

    fn new(params: &OverviewParams, base: Base, observer: &mut dyn Observer) -> Result<Self> {
        let as_of = base.as_of;
        let Some(state) = base.state else {
            return Ok(Self::without_log(base, params));
        };
        let summary = state.summary().summary(as_of)?;
        let log = state.summary().daily_log()?;
        let learning = Sample::new(&state, &summary, base.events.as_ref(), params)?;
        let edges = (&params.rfm, base.rfm.as_ref());
        let segments = Chapter::of(RfmSegments::new(&summary, edges.0, edges.1))?;
        let mut done = 0;
        let mut step = |observer: &mut dyn Observer| {
            done += 1;
            report(observer, "putting the overview together", done, CHAPTERS)
        };
        step(observer)?;

        let worth = params.chapter(ChapterKind::Worth, || {
            let fewer = learning.drawn.len() < summary.buyers();
            let sample = fewer.then(|| learning.state.summary(as_of)).transpose()?;
            let assignments = segments.told().map(|segments| &segments.assignments);
            let terms = params.worth_terms()?;
            Worth::new(&summary, sample.as_ref(), assignments, &terms, observer)
        })?;
        let bridge = params.chapter(ChapterKind::Bridge, || {
            RevenueBridge::new(state.summary(), &summary, edges, params.bridge)
        })?;
        step(observer)?;
        let profit = params.chapter(ChapterKind::Profit, || over_time::profits(state.profit()))?;
        let cohorts = params.chapter(ChapterKind::Cohorts, || {
            CohortParams::new(params.cohorts, as_of).evaluate(state.summary())
        })?;
        step(observer)?;
        let kinds = params.chapter(ChapterKind::Kinds, || {
            let terms = (params.most_kinds, params.seed);
            Kinds::new(&summary, &learning.drawn, terms, observer)
        })?;
        step(observer)?;
        let migration = params.chapter(ChapterKind::Migration, || {
            if base.earlier.is_empty() {
                let segments = segments.require("segments")?;
                let (quarters, level) = (params.quarters, params.level);
                Moves::of_quarters(state.summary(), &summary, segments, quarters, level)
            } else {
                let today = segments.told().map(|segments| &segments.assignments);
                Moves::of_given(&base.earlier, today, params.level)
            }
        })?;
        let terms = ChurnTerms {
            quiet_after: params.quiet_after,
            model: params.risk.clone().seed(params.seed),
            level: params.level,
            as_of,
        };
        let sample = learning.learning();
        let churn = params.chapter(ChapterKind::Churn, || {
            Churn::new(
                state.summary(),
                &summary,
                &segments,
                &sample,
                &terms,
                observer,
            )
        })?;
        let risk = params.chapter(ChapterKind::Risk, || {
            let of = churn.require("churn")?;
            let first = over_time::first_purchase(&summary);
            let first = first.ok_or_else(|| over_time::no_purchase(as_of))?;
            let events = base.events.as_ref();
            let since = (of.threshold.days, first);
            Risk::new(
                state.summary(),
                &log,
                events,
                &sample,
                since,
                &terms,
                observer,
            )
        })?;
        Ok(Self {
            receipt: base.receipt,
            level: params.level,
            figures: Chapter::Told(BaseFigures::new(&summary)?),
            identity: base.identity,
            segments,
            worth,
            bridge,
            profit,
            cohorts,
            kinds,
            migration,
            churn,
            risk,
            contact: base.contact,
            strangers: base.strangers,
            events: base.events,
            keys: base.keys,
            summary: Some(summary),
            state: Some(state),
        })
    }

    /// Only who is who can be told.
    fn without_log(base: Base, params: &OverviewParams) -> Self {
        fn absent<T>(params: &OverviewParams, chapter: Option<ChapterKind>) -> Chapter<T> {
            match chapter {
                Some(chapter) if !params.has(chapter) => Chapter::Absent(Absence::LeftOut),
                _ => Chapter::Absent(Absence::NoInput(LOG)),
            }
        }
        Self {
            receipt: base.receipt,
            level: params.level,
            figures: absent(params, None),
            identity: base.identity,
            segments: absent(params, None),
            worth: absent(params, Some(ChapterKind::Worth)),
            bridge: absent(params, Some(ChapterKind::Bridge)),
            profit: absent(params, Some(ChapterKind::Profit)),
            cohorts: absent(params, Some(ChapterKind::Cohorts)),
            kinds: absent(params, Some(ChapterKind::Kinds)),
            migration: absent(params, Some(ChapterKind::Migration)),
            churn: absent(params, Some(ChapterKind::Churn)),
            risk: absent(params, Some(ChapterKind::Risk)),
            contact: base.contact,
            strangers: base.strangers,
            events: base.events,
            keys: base.keys,
            summary: None,
            state: None,
        }
    }
}

impl OverviewParams {
    /// A chapter, if it is wanted.
    fn chapter<T>(
        &self,
        chapter: ChapterKind,
        tell: impl FnOnce() -> Result<T>,
    ) -> Result<Chapter<T>> {
        if self.has(chapter) {
            return Chapter::of(tell());
        }
        Ok(Chapter::Absent(Absence::LeftOut))
    }

    fn worth_terms(&self) -> Result<WorthTerms> {
        let discount = match self.discount {
            Some(rate) => rate,
            None => DiscountRate::annual(YEARLY)?,
        };
        Ok(WorthTerms {
            unit: self.unit,
            margin: self.margin,
            discount,
            horizon: Days(self.horizon),
            silence: self.silence,
            level: self.level,
        })
    }
}

/// Who is who, and the log of those who were resolved.
struct WhoIsWho {
    identity: Chapter<IdentityChapter>,
    keys: Keys,
    resolved: Option<Transactions>,
}

impl WhoIsWho {
    /// Where people cannot be resolved every key is a customer, and the chapter says why.
    fn new(
        params: &OverviewParams,
        inputs: &OverviewInputs<'_>,
        as_of: NaiveDate,
        observer: &mut dyn Observer,
    ) -> Result<Self> {
        let log = inputs.transactions;
        let absence = match inputs.records {
            None => Absence::NoInput("records of people"),
            Some(_) if !params.has(ChapterKind::Identity) => Absence::LeftOut,
            Some(records) => {
                let (of, source) = (&params.identity, inputs.source);
                let level = params.level;
                match identity::resolve(records, source, log, as_of, of, level, observer) {
                    Ok(of) => {
                        return Ok(Self {
                            identity: Chapter::Told(of.chapter),
                            keys: of.keys,
                            resolved: of.log,
                        });
                    }
                    Err(error) if of_the_data(&error) => Absence::NoAnswer(error),
                    Err(error) => return Err(error),
                }
            }
        };
        let customers = log.map(Transactions::customers);
        Ok(Self {
            identity: Chapter::Absent(absence),
            keys: Keys::as_they_are(customers.unwrap_or(&Customers::default())),
            resolved: None,
        })
    }
}

/// Whether the records admit no answer, in place of being asked wrongly.
fn of_the_data(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotEnoughData | ErrorKind::Degenerate | ErrorKind::NotConverged
    )
}

/// Who may be contacted of the customers of the base, and how many keys are nobody's.
fn told_of(
    keys: &Keys,
    statuses: Option<&ContactStatuses>,
) -> Result<(Option<ContactStatuses>, usize)> {
    let Some(statuses) = statuses else {
        return Ok((None, 0));
    };
    let (contact, strangers) = keys.contact(statuses)?;
    Ok((Some(contact), strangers))
}

/// How many steps there are beside those of the rooms.
const CHAPTERS: usize = 4;

/// What money loses in a year if nothing else is said.
const YEARLY: f64 = 0.15;

/// What is learned from: the customers who were drawn, with numbers of their own in the order of their keys,
/// so that the order of the rows has no say in what is learned.
struct Sample {
    drawn: Vec<CustomerIx>,
    state: SummaryState,
    log: Transactions,
    events: Option<Events>,
}

impl Sample {
    fn new(
        state: &OverviewState,
        summary: &Summary,
        events: Option<&Events>,
        params: &OverviewParams,
    ) -> Result<Self> {
        let drawn = drawn(summary, params.sample, params.seed);
        let mut numbers = vec![None; summary.len()];
        for (number, customer) in (0..).map(CustomerIx).zip(&drawn) {
            numbers[customer.at()] = Some(number);
        }
        let state = state.summary().of_customers(&drawn)?;
        let as_of = summary.as_of();
        Ok(Self {
            log: state.daily_log()?,
            events: events.map(|events| events.of_others(state.customers(), &numbers, as_of)),
            state,
            drawn,
        })
    }

    fn learning(&self) -> Learning<'_> {
        Learning {
            state: &self.state,
            log: &self.log,
            events: self.events.as_ref(),
        }
    }
}

/// The customers with a purchase, or some of them where there are more than are wanted: those with the
/// lowest hashes of their keys. In the order of the keys.
fn drawn(summary: &Summary, wanted: usize, seed: u64) -> Vec<CustomerIx> {
    let customers = summary.customers();
    let keys = customers.numbers().zip(customers.keys());
    let bought = keys.zip(summary.has_purchase());
    let mut ranked: Vec<(u64, CustomerIx)> = bought
        .filter(|(_, bought)| *bought)
        .map(|((customer, key), _)| (mix(seed ^ key.stable_hash()), customer))
        .collect();
    if ranked.len() > wanted {
        ranked.select_nth_unstable(wanted);
        ranked.truncate(wanted);
    }
    let mut drawn: Vec<CustomerIx> = ranked.into_iter().map(|(_, customer)| customer).collect();
    drawn.sort_by(|one, other| customers.key(*one).cmp(&customers.key(*other)));
    drawn
}

/// Segments of an earlier day for the customers of today. Where several of the earlier ones are one
/// customer now, the first of them that had a segment counts.
fn for_others(
    segments: &Assignments,
    numbers: &[Option<CustomerIx>],
    customers: usize,
) -> Result<Assignments> {
    Error::check_length("earlier segments", numbers.len(), segments.len())?;
    let mut rows: Vec<Option<SegmentId>> = vec![None; customers];
    for (number, segment) in numbers.iter().zip(segments.iter()) {
        if let Some(number) = number {
            rows[number.at()] = rows[number.at()].or(segment);
        }
    }
    Assignments::new(
        segments.scheme(),
        segments.as_of(),
        segments.segments().to_vec(),
        rows,
    )
}
