//! The chapters of an overview.

use std::{marker::PhantomData, sync::Arc};

use serde::Deserialize;

use super::{OfOverview, absence, answer, customers_of, figures, object};
use crate::{
    Error, Result,
    arrow::Tables,
    churn::PeriodRates,
    data::{Currency, CustomerIx},
    host::{
        Answer, Arguments, Held, IntoAnswer, Room, churn::returns, data::match_report,
        migration::told_test, registry::Kind, value,
    },
    migration::Growth,
    overview::{
        Absence, Chapter, Churn, IdentityChapter, Kinds, Moves, Overview, RevenueBridge,
        RfmSegments, Risk, ValueModel, Worth,
    },
    value::Summary,
};

/// A chapter with a kind of its own.
trait OfAnOverview: Send + Sync + Sized + 'static {
    /// `overview.Type`.
    const KIND: &'static str;

    /// Its name in an overview.
    const NAME: &'static str;

    fn of(overview: &Overview) -> &Chapter<Self>;
}

macro_rules! chapters {
    ($($type:ident: $name:ident;)+) => {
        $(impl OfAnOverview for $type {
            const KIND: &'static str = concat!("overview.", stringify!($type));
            const NAME: &'static str = stringify!($name);

            fn of(overview: &Overview) -> &Chapter<Self> {
                overview.$name()
            }
        })+
    };
}

chapters! {
    IdentityChapter: identity;
    RfmSegments: segments;
    Worth: worth;
    RevenueBridge: bridge;
    Kinds: kinds;
    Moves: migration;
    Churn: churn;
    Risk: risk;
}

/// A chapter that is told, with its overview: the chapters alone know neither keys nor currency.
struct Told<T> {
    overview: Arc<Overview>,
    chapter: PhantomData<fn() -> T>,
}

impl<T: OfAnOverview> Held for Told<T> {
    const KIND: &'static str = T::KIND;
}

impl<T: OfAnOverview> Told<T> {
    /// The error is why it is not there.
    fn new(overview: &Arc<Overview>) -> Result<Self> {
        T::of(overview).require(T::NAME)?;
        Ok(Self {
            overview: Arc::clone(overview),
            chapter: PhantomData,
        })
    }

    fn get(&self) -> Result<&T> {
        T::of(&self.overview).require(T::NAME)
    }

    /// Chapters with money have purchases.
    fn currency(&self) -> Currency {
        currency_of(&self.overview)
    }
}

fn currency_of(overview: &Overview) -> Currency {
    overview
        .purchases()
        .map_or(Currency::EUR, Summary::currency)
}

impl<T: OfAnOverview> Kind<'_, Told<T>> {
    /// What a chapter says of itself.
    fn told<A: IntoAnswer>(
        self,
        name: &str,
        get: impl Fn(&T) -> A + Send + Sync + 'static,
    ) -> Self {
        self.get(name, move |it| -> Result<Answer> {
            get(it.get()?).into_answer()
        })
    }

    /// The tables of the overview that are of the chapter, the main one first.
    fn chapter_tables(self, names: &'static [&'static str]) -> Self {
        self.operation("table", &["self", "name"], move |arguments| {
            let it: &Told<T> = arguments.this()?;
            let name: Option<String> = arguments.optional_json("name")?;
            let name = name
                .as_deref()
                .or(names.first().copied())
                .unwrap_or_default();
            if names.contains(&name) {
                return it.overview.table(name);
            }
            let expected = format!("one of: {}", names.join(", "));
            Err(Error::parameter("table", name, expected))
        })
    }
}

/// The chapters by name.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Name {
    Base,
    Identity,
    Segments,
    Worth,
    Bridge,
    Profit,
    Cohorts,
    Kinds,
    Migration,
    Churn,
    Risk,
}

impl Name {
    const ALL: [(&'static str, Self); 11] = [
        ("base", Self::Base),
        ("identity", Self::Identity),
        ("segments", Self::Segments),
        ("worth", Self::Worth),
        ("bridge", Self::Bridge),
        ("profit", Self::Profit),
        ("cohorts", Self::Cohorts),
        ("kinds", Self::Kinds),
        ("migration", Self::Migration),
        ("churn", Self::Churn),
        ("risk", Self::Risk),
    ];

    fn absence(self, of: &Overview) -> Option<&Absence> {
        match self {
            Self::Base => of.base().absence(),
            Self::Identity => of.identity().absence(),
            Self::Segments => of.segments().absence(),
            Self::Worth => of.worth().absence(),
            Self::Bridge => of.bridge().absence(),
            Self::Profit => of.profit().absence(),
            Self::Cohorts => of.cohorts().absence(),
            Self::Kinds => of.kinds().absence(),
            Self::Migration => of.migration().absence(),
            Self::Churn => of.churn().absence(),
            Self::Risk => of.risk().absence(),
        }
    }

    /// The chapter, or the error that is why it is not there.
    fn require(self, of: &Arc<Overview>) -> Result<Answer> {
        match self {
            Self::Base => figures::base(of.base().require("base")?, currency_of(of)),
            Self::Profit => answer(of.profit().require("profit")?.clone()),
            Self::Cohorts => answer(of.cohorts().require("cohorts")?.clone()),
            Self::Identity => answer(Told::<IdentityChapter>::new(of)?),
            Self::Segments => answer(Told::<RfmSegments>::new(of)?),
            Self::Worth => answer(Told::<Worth>::new(of)?),
            Self::Bridge => answer(Told::<RevenueBridge>::new(of)?),
            Self::Kinds => answer(Told::<Kinds>::new(of)?),
            Self::Migration => answer(Told::<Moves>::new(of)?),
            Self::Churn => answer(Told::<Churn>::new(of)?),
            Self::Risk => answer(Told::<Risk>::new(of)?),
        }
    }
}

/// Each chapter under its name: nothing where it is not there. `absence` says why, and `require` is the
/// chapter or an error.
pub(super) fn of_overview(kind: OfOverview<'_>) {
    let mut kind = kind
        .operation("absence", &["self", "chapter"], |arguments| {
            let chapter: Name = arguments.json("chapter")?;
            let of = chapter.absence(arguments.this()?);
            of.map(absence).transpose()
        })
        .operation("require", &["self", "chapter"], |arguments| {
            let chapter: Name = arguments.json("chapter")?;
            chapter.require(&arguments.share("self")?)
        });
    for (name, chapter) in Name::ALL {
        kind = kind.operation(name, &["self"], move |arguments: &mut Arguments<'_>| {
            let overview: Arc<Overview> = arguments.share("self")?;
            match chapter.absence(&overview) {
                Some(_) => Ok(Answer::Nothing),
                None => chapter.require(&overview),
            }
        });
    }
}

pub(super) fn register(room: &mut Room<'_>) {
    identity(room);
    segments(room);
    kinds(room);
    worth(room);
    bridge(room);
    migration(room);
    churn(room);
    risk(room);
}

fn identity(room: &mut Room<'_>) {
    room.kind::<Told<IdentityChapter>>()
        .told("records", |it| it.records)
        .told("people", |it| it.people)
        .told("pairs_compared", |it| it.pairs_compared)
        .told("threshold", |it| it.threshold)
        .told("expected", |it| Answer::written(&it.expected))
        .told("weakly_linked", |it| it.weakly_linked)
        .told("with_conflicts", |it| it.with_conflicts)
        .told("doubtful_merges", |it| it.doubtful_merges)
        .told("warnings", |it| Answer::written(&it.warnings))
        .told("statement", |it| it.statement.clone())
        .get("matched", |it| {
            let matched = it.get()?.matched;
            let told = matched.map(|report| match_report(&report, it.currency()));
            told.transpose()
        })
        .get("fragmented", |it| {
            let figures = it.get()?.fragmented;
            let told = figures.map(|of| figures::base(&of, it.currency()));
            told.transpose()
        })
        .get("resolved", |it| {
            let figures = it.get()?.resolved;
            let told = figures.map(|of| figures::base(&of, it.currency()));
            told.transpose()
        })
        .told("people_interval", |it| it.people_interval)
        .told("doubts", |it| {
            it.doubts.as_ref().map(figures::doubts).transpose()
        })
        .told("cluster", |it| it.cluster().to_vec())
        .operation("records_of", &["self", "key"], |arguments| {
            let it: &Told<IdentityChapter> = arguments.this()?;
            let found = it.overview.find(arguments.key("key")?);
            let Some(customer) = found else {
                return Ok(Vec::new());
            };
            let records = it.get()?.records_of(customer).iter();
            Ok(records.map(|record| record.0).collect::<Vec<u32>>())
        })
        .chapter_tables(&["people"]);
}

fn segments(room: &mut Room<'_>) {
    room.kind::<Told<RfmSegments>>()
        .told("rfm", |it| it.rfm.clone())
        .told("assignments", |it| it.assignments.clone())
        .get("scores", |it| -> Result<Option<value::Scores>> {
            let scores = &it.get()?.scores;
            let customers = customers_of(&it.overview);
            Ok(customers.map(|customers| value::Scores {
                scores: scores.clone(),
                customers: customers.clone(),
            }))
        })
        .chapter_tables(&["segments"]);
}

fn kinds(room: &mut Room<'_>) {
    room.kind::<Told<Kinds>>()
        .told("panel", |it| it.panel.clone())
        .told("segmentation", |it| it.segmentation.clone())
        .told("assignments", |it| it.assignments.clone())
        .told("stability", |it| it.stability.clone())
        .told("profiles", |it| it.profiles.clone())
        .told("looked_at", |it| it.looked_at);
}

fn worth(room: &mut Room<'_>) {
    room.kind::<Told<Worth>>()
        .told("model", |it| match &it.model {
            ValueModel::Nbd(model) => object(model.clone()),
            ValueModel::BgNbd(model) => object(model.clone()),
            ValueModel::MbgNbd(model) => object(model.clone()),
            ValueModel::ParetoNbd(model) => object(model.clone()),
        })
        .told("model_key", |it| it.model.key().to_owned())
        .told("tried_on", |it| it.tried_on)
        .told("spend", |it| it.spend.clone())
        .told("margin", |it| it.margin)
        .told("horizon", |it| it.horizon)
        .told("discount", |it| it.discount.per_day())
        .told("p_alive", |it| it.p_alive.clone())
        .told("expected_purchases", |it| it.expected_purchases.clone())
        .told("discounted_purchases", |it| it.discounted_purchases.clone())
        .told("mean_spend", |it| it.mean_spend.clone())
        .told("clv", |it| it.clv.clone())
        .told("clv_lo", |it| it.clv_lo.clone())
        .told("clv_hi", |it| it.clv_hi.clone())
        .told("silence_threshold", |it| it.silence_threshold)
        .told("total", |it| it.total)
        .told("total_interval", |it| it.total_interval)
        .chapter_tables(&["worth", "worth_models", "worth_by_segment"]);
}

fn bridge(room: &mut Room<'_>) {
    room.kind::<Told<RevenueBridge>>()
        .told("opening", |it| Answer::written(&it.opening))
        .told("closing", |it| Answer::written(&it.closing))
        .told("bridge", |it| it.bridge.clone())
        .told("total", |it| {
            value::bridge_line(&it.total, it.bridge.currency())
        })
        .told("segments", |it| it.segments.clone())
        .told("by_segment", |it| match &it.segments {
            Some(segments) => {
                let ids: Vec<_> = it.by_segment.iter().map(|of| of.group).collect();
                let columns = value::segment_columns(segments, &ids);
                let groups = &it.by_segment;
                value::bridge_groups(columns, groups, it.bridge.currency()).map(Some)
            }
            None => Ok(None),
        });
}

fn migration(room: &mut Room<'_>) {
    let grown =
        |of: &Growth| figures::growth(&of.state.name, [of.opening, of.closing], of.rate, of.p);
    room.kind::<Told<Moves>>()
        .told("scheme", |it| it.scheme.clone())
        .told("origin", |it| Answer::written(&it.origin))
        .told("days", |it| {
            Answer::List(it.days.iter().copied().map(Answer::Date).collect())
        })
        .told("flows", |it| it.flows.clone())
        .told("fastest_growing", move |it| {
            it.fastest_growing.as_ref().map(grown)
        })
        .told("fastest_shrinking", move |it| {
            it.fastest_shrinking.as_ref().map(grown)
        })
        .told("stationarity", |it| it.stationarity.as_ref().map(told_test))
        .told("before", |it| it.before.clone())
        .chapter_tables(&["growth", "ways"]);
}

fn churn(room: &mut Room<'_>) {
    room.kind::<Told<Churn>>()
        .told("definition", |it| Answer::written(&it.definition))
        .told("threshold", |it| figures::faults(&it.threshold))
        .told("of_ended_gaps", |it| it.of_ended_gaps)
        .told("months", |it| {
            let months = it.months.iter().cloned();
            Answer::List(months.map(object::<PeriodRates>).collect())
        })
        .told("returns", |it| returns(it.returns))
        .told("cohorts_p", |it| it.cohorts_p)
        .told("first_purchase", |it| {
            it.first_purchase.told().map(figures::drivers).transpose()
        })
        .told("first_purchase_absence", |it| {
            it.first_purchase.absence().map(absence).transpose()
        })
        .told("drivers", |it| {
            it.drivers.told().map(figures::drivers).transpose()
        })
        .told("drivers_absence", |it| {
            it.drivers.absence().map(absence).transpose()
        })
        .told("learned_from", |it| it.learned_from)
        .told("active", |it| it.active)
        .told("is_active", |it| it.is_active().to_vec())
        .chapter_tables(&[
            "stays",
            "stay_shares",
            "months",
            "limits",
            "snapshots",
            "drivers",
            "first_purchase",
        ]);
}

fn risk(room: &mut Room<'_>) {
    room.kind::<Told<Risk>>()
        .told("within_days", |it| it.within_days)
        .told("model", |it| it.model.clone())
        .told("tested", |it| {
            it.tested.told().map(figures::risk_test).transpose()
        })
        .told("tested_absence", |it| {
            it.tested.absence().map(absence).transpose()
        })
        .told("probability", |it| it.probability.clone())
        .told("customers", |it| it.customers)
        .told("expected_quiet", |it| it.expected_quiet)
        .operation("reasons", &["self", "keys", "count", "table"], reasons)
        .chapter_tables(&["risk"]);
}

/// What speaks for leaving of customers by key, as the tables of reasons; `customer` is their place in the
/// list. Nothing for keys that nobody has.
fn reasons(arguments: &mut Arguments<'_>) -> Result<Answer> {
    let it: &Told<Risk> = arguments.this()?;
    let (risk, count) = (it.get()?, arguments.json("count")?);
    let (keys, rows) = arguments.keys("keys")?;
    let of = |row: &CustomerIx| match keys.key(*row).and_then(|key| it.overview.find(key)) {
        Some(customer) => risk.reasons(customer, count),
        None => Ok(Vec::new()),
    };
    let all = rows.iter().map(of).collect::<Result<Vec<_>>>()?;
    match arguments.optional_json::<String>("table")? {
        Some(name) => all[..].table(&name)?.into_answer(),
        None => all[..].record_batch()?.into_answer(),
    }
}
