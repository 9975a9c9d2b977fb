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
    Error, Observer, Result,
    data::{
        Assignments, CustomerIx, Customers, Days, DiscountRate, Events, SegmentId, Transactions,
    },
    numeric::hash::mix,
    value::{CohortParams, SummaryState},
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
    /// Keys of the contact statuses that are nobody's.
    strangers: usize,
    earlier: Vec<Assignments>,
}

impl Overview {
    pub(super) fn of_inputs(
        params: &OverviewParams,
        inputs: &OverviewInputs<'_>,
        as_of: NaiveDate,
        observer: &mut dyn Observer,
    ) -> Result<Self> {
        let receipt = Receipt::of_inputs(params, inputs, as_of)?;
        let log = inputs.transactions;
        let mut resolved = None;
        let (identity, keys) = match inputs.records {
            Some(records) if params.has(ChapterKind::Identity) => {
                let of = identity::resolve(
                    records,
                    inputs.source,
                    log,
                    as_of,
                    &params.identity,
                    params.level,
                    observer,
                )?;
                resolved = of.log;
                (Chapter::Told(of.chapter), of.keys)
            }
            records => {
                let customers = log.map(Transactions::customers);
                let keys = Keys::as_they_are(customers.unwrap_or(&Customers::default()));
                let absence = match records {
                    Some(_) => Absence::LeftOut,
                    None => Absence::NoInput("records of people"),
                };
                (Chapter::Absent(absence), keys)
            }
        };
        let log = resolved.as_ref().or(log);
        let state = log.map(|log| OverviewState::new_observed(log, as_of, observer));
        let (contact, strangers) = match inputs.contact {
            Some(statuses) => {
                let (contact, strangers) = keys.contact(statuses)?;
                (Some(contact), strangers)
            }
            None => (None, 0),
        };
        let state = match (state.transpose()?, contact) {
            (Some(state), Some(contact)) => Some(state.with_contact(contact)),
            (state, _) => state,
        };
        let customers = keys.customers();
        let events = inputs.events.map(|events| {
            let numbers = keys.numbers(events.customers());
            events.of_others(customers, &numbers)
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
            strangers,
            earlier: earlier.collect::<Result<_>>()?,
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
        let keys = Keys::as_they_are(state.summary().customers());
        let mut state = state.clone();
        let mut strangers = 0;
        if let Some(statuses) = state.contact() {
            let (contact, unknown) = keys.contact(statuses)?;
            strangers = unknown;
            state = state.with_contact(contact);
        }
        let base = Base {
            as_of: state.as_of(),
            receipt: Receipt::of_state(params, &state)?,
            identity: Chapter::Absent(Absence::NoInput("records of people")),
            keys,
            state: Some(state),
            events: None,
            strangers,
            earlier: Vec::new(),
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
        let learning = Sample::new(&state, &log, base.events.as_ref(), params)?;
        let segments = Chapter::of(RfmSegments::new(&summary, &params.rfm))?;

        let worth = params.chapter(ChapterKind::Worth, || {
            let sample = match &learning.own {
                Some(own) => Some(own.state.summary(as_of)?),
                None => None,
            };
            let assignments = segments.told().map(|segments| &segments.assignments);
            let terms = params.worth_terms()?;
            Worth::new(&summary, sample.as_ref(), assignments, &terms, observer)
        })?;
        let bridge = params.chapter(ChapterKind::Bridge, || {
            RevenueBridge::new(state.summary(), &summary, &params.rfm, params.bridge)
        })?;
        let profit = params.chapter(ChapterKind::Profit, || over_time::profits(state.profit()))?;
        let cohorts = params.chapter(ChapterKind::Cohorts, || {
            CohortParams::new(params.cohorts, as_of).evaluate(state.summary())
        })?;
        let kinds = params.chapter(ChapterKind::Kinds, || {
            Kinds::new(
                &summary,
                params.most_kinds,
                params.seed,
                params.sample,
                observer,
            )
        })?;
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
            Churn::new(state.summary(), &summary, &sample, &terms, observer)
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
            strangers: base.strangers,
            earlier: base.earlier,
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
            strangers: base.strangers,
            earlier: base.earlier,
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

/// What money loses in a year if nothing else is said.
const YEARLY: f64 = 0.15;

/// What is learned from: all customers, or those who were drawn.
struct Sample<'a> {
    all: Learning<'a>,
    own: Option<Own>,
}

/// The customers who were drawn, with numbers of their own.
struct Own {
    state: SummaryState,
    log: Transactions,
    events: Option<Events>,
}

impl<'a> Sample<'a> {
    fn new(
        state: &'a OverviewState,
        log: &'a Transactions,
        events: Option<&'a Events>,
        params: &OverviewParams,
    ) -> Result<Self> {
        let all = Learning {
            state: state.summary(),
            log,
            events,
        };
        let customers = state.summary().customers();
        let own = match drawn(customers, params.sample, params.seed) {
            None => None,
            Some(drawn) => {
                let mut numbers = vec![None; customers.len()];
                for (number, customer) in (0..).map(CustomerIx).zip(&drawn) {
                    numbers[customer.at()] = Some(number);
                }
                let state = state.summary().of_customers(&drawn)?;
                Some(Own {
                    log: state.daily_log()?,
                    events: events.map(|events| events.of_others(state.customers(), &numbers)),
                    state,
                })
            }
        };
        Ok(Self { all, own })
    }

    fn learning(&self) -> Learning<'_> {
        match &self.own {
            None => self.all,
            Some(own) => Learning {
                state: &own.state,
                log: &own.log,
                events: own.events.as_ref(),
            },
        }
    }
}

/// Some of the customers, in their order, where there are more than are wanted: those with the lowest
/// hashes of their keys, so that neither the order of the rows nor who else there is has a say.
fn drawn(customers: &Customers, wanted: usize, seed: u64) -> Option<Vec<CustomerIx>> {
    if customers.len() <= wanted {
        return None;
    }
    let keys = customers.numbers().zip(customers.keys());
    let mut ranked: Vec<(u64, CustomerIx)> = keys
        .map(|(customer, key)| (mix(seed ^ key.stable_hash()), customer))
        .collect();
    ranked.select_nth_unstable(wanted);
    ranked.truncate(wanted);
    let mut drawn: Vec<CustomerIx> = ranked.into_iter().map(|(_, customer)| customer).collect();
    drawn.sort_unstable();
    Some(drawn)
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
