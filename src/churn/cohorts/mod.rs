//! The question: of the customers who came in March, how many are still here after a week, a month, a
//! year?
//!
//! # Model
//!
//! A customer belongs to the cohort that holds the first day of the first spell, f, and is of age n on
//! the day f + n. What a cohort keeps by an age can be read in three ways ([`CohortReading`]). With the
//! marks `b_0` < `b_1` < ..., a customer counts
//!
//! ```text
//! on the day (N-day)      at mark k if active at the age b_k
//! in the bracket          at mark k if active at any age from b_k to b_(k+1) - 1
//! on or after (unbounded) at mark k if active at the age b_k or at any later one that is known
//! ```
//!
//! over all customers of the cohort. Who comes back counts again. Beside them stands the product-limit
//! curve of the first spell, censored where the data end: the share that has not left by an age, for
//! whom all customers of the cohort are asked, each for as long as is known.
//!
//! # How to read it
//!
//! A cell is there only if it is known in full: the cohort is over and the day, or the whole bracket,
//! is known for its newest customer. The others are `None`, neither 0 nor a share of those who happen
//! to be old enough: the newest cohorts have few cells, and the product-limit curve goes on where they
//! end. Without returns both agree where both are there; with them the cells are above the curve.
//!
//! The first two readings are final where newer data leave the spells of the past as they are: those
//! of contracts, of an inactivity, or of a purchase model that stays the same. They are not where the
//! silence that is allowed is learned from all purchases ([`ChurnDefinition::OwnRhythm`],
//! [`ChurnDefinition::Overdue`], or a purchase model that is fitted anew): then a later purchase can
//! move earlier ends, and cells with them. *On or after* is never final: who is silent on the last day
//! known may be active on a later one, so that its newest cells are too low, and newer data that leave
//! the past as it is can only raise them ([`CohortReading::is_final`]). It is never below the first
//! reading.
//!
//! # Limits
//!
//! Ages are whole days; months are of different length. Small cohorts differ by chance: read the
//! intervals. The curve takes it that those whose time is cut off would have stayed as long as the
//! others of their cohort. In data that begin in the middle of a company's life the first cohorts are
//! those who were there already; give true starts.
//!
//! # Complexity
//!
//! One pass over the spells, and a sort of the first ones for the curves. Memory is 8 bytes a cohort,
//! mark and reading, and O(customers) for the curves. In parallel by customers.
//!
//! # References
//!
//! Amplitude, [Retention analysis](https://amplitude.com/docs/faq/retention-analysis): N-day ("return
//! on"), custom brackets, and unbounded ("return on or after"), whose denominator is those for whom
//! the day has come; here a cell waits until it has come for the whole cohort. E. L. Kaplan, P. Meier (1958), *JASA* 53, 457-481,
//! [doi](https://doi.org/10.1080/01621459.1958.10501452).

mod curve;

#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use self::curve::Counts;
pub use self::curve::{CohortCurve, CohortReading};
use super::{ChurnDefinition, Durations, KaplanMeier, RiskTable, Spells};
use crate::{
    Error, Result,
    data::{CustomerIx, date_of_day, day_of_date},
    numeric::map_chunks,
    value::CohortPeriod,
};

/// The most cohorts.
const MOST_COHORTS: usize = 1_200;
/// The most cells of cohorts and marks together.
const MOST_CELLS: usize = 1 << 18;
/// Customers that are counted together, at least, and the parts of the customers, at most; constants.
const CHUNK: usize = 1 << 13;
const PARTS: usize = 16;

/// By which cohorts to tell customers apart, and at which ages to look at them.
///
/// # Example
///
/// ```
/// use custometry::{churn::*, data::{Currency, date_of_day}, value::CohortPeriod};
///
/// let book = Subscriptions::builder(Currency::EUR)
///     .text_keys(&["ann", "bob", "bob", "cid", "dan"])
///     .starts(vec![0, 10, 60, 40, 70])
///     .ends(vec![None, Some(20), None, Some(65), None])
///     .monthly_money(vec![900; 5])
///     .known_until(date_of_day(80).unwrap())
///     .build()?;
/// let params = CohortCurveParams::by_period(CohortPeriod::Month).days(&[0, 30, 60]);
/// let curves = params.evaluate(&book.spells(0)?)?;
///
/// // Of Ann and Bob, who came in January, Bob was away at the age of 30 days and came back.
/// let january = &curves.rows()[0];
/// assert_eq!((january.start().to_string().as_str(), january.customers()), ("1970-01-01", 2));
/// assert_eq!(january.active(CohortReading::OnDay, 1), Some(1));
/// assert_eq!(january.active(CohortReading::InBracket, 1), Some(2));
/// assert_eq!(january.active(CohortReading::OnOrAfter, 1), Some(2));
/// let share = january.share(CohortReading::OnDay, 1, 0.95)?.unwrap();
/// assert_eq!((share.value, share.lo < 0.1), (0.5, true));
/// // Cid came in February: the age of 60 days has not come.
/// assert_eq!(curves.rows()[1].active(CohortReading::OnDay, 2), None);
/// // March is not over.
/// assert_eq!(curves.rows()[2].active(CohortReading::OnDay, 0), None);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CohortCurveParams {
    cohorts: Grouping,
    #[serde(default = "default_days")]
    days: Vec<u32>,
}

fn default_days() -> Vec<u32> {
    vec![1, 7, 30, 90, 180, 365]
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Grouping {
    Period(CohortPeriod),
    Edges(Vec<NaiveDate>),
}

impl CohortCurveParams {
    /// By periods of the calendar, from the first start of all until the data end. Marks are at
    /// 1, 7, 30, 90, 180 and 365 days.
    ///
    /// # Example
    ///
    /// See [`CohortCurveParams`].
    pub fn by_period(period: CohortPeriod) -> Self {
        Self::new(Grouping::Period(period))
    }

    /// By days of one's own, for weeks or launches: each cohort begins on one of them, in order, and
    /// ends before the next. Who came earlier or later is in none of them. Marks are at 1, 7, 30, 90,
    /// 180 and 365 days.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::*, data::{CustomerIx, Customers, date_of_day}};
    /// # let definition = ChurnDefinition::Inactivity { days: 30 };
    /// # let (customers, _) = Customers::from_ints(&[1, 2])?;
    /// # let spell = |customer, start| (CustomerIx(customer), Spell { start, end: None, cause: None });
    /// # let spells = Spells::new(definition, customers, 90, &[""; 0], &[spell(0, 5), spell(1, 13)])?;
    /// // Two weeks, each from Monday.
    /// let mondays: Vec<_> = [4, 11, 18].iter().filter_map(|&day| date_of_day(day)).collect();
    /// let curves = CohortCurveParams::by_edges(&mondays).evaluate(&spells)?;
    /// assert_eq!(curves.rows().len(), 2);
    /// assert_eq!(curves.rows()[1].active(CohortReading::OnDay, 1), Some(1));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn by_edges(edges: &[NaiveDate]) -> Self {
        Self::new(Grouping::Edges(edges.to_vec()))
    }

    fn new(cohorts: Grouping) -> Self {
        Self {
            cohorts,
            days: default_days(),
        }
    }

    /// The marks: ages in days, ascending. A bracket goes from one to the next, so that the last mark
    /// has none.
    ///
    /// # Example
    ///
    /// See [`CohortCurveParams`].
    pub fn days(mut self, days: &[u32]) -> Self {
        self.days = days.to_vec();
        self
    }

    /// The cohorts and what became of them.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] without a spell, without a mark or with fewer than two edges;
    /// [`Error::InvalidValue`] for marks or edges that are not ascending; [`Error::InvalidParameter`]
    /// for more than 1,200 cohorts; [`Error::Overflow`] for more than 262,144 cells.
    ///
    /// # Example
    ///
    /// See [`CohortCurveParams`].
    pub fn evaluate(&self, spells: &Spells) -> Result<CohortCurves> {
        self.check()?;
        let edges = self.edges(spells)?;
        let cohorts = edges.len() - 1;
        if cohorts.saturating_mul(self.days.len()) > MOST_CELLS {
            return Err(Error::Overflow {
                what: format!("more than {MOST_CELLS} cells; take fewer marks or cohorts").into(),
            });
        }
        let all = spells.customers().len();
        let parts = map_chunks(all, all.div_ceil(PARTS).max(CHUNK), |range| {
            let mut part = Part::new(cohorts, self.days.len());
            for customer in spells.customers().numbers_in(range) {
                part.add(spells, customer, &edges, &self.days);
            }
            part
        });
        let mut sum = Part::new(cohorts, self.days.len());
        let mut members: Vec<(Vec<f64>, Vec<u16>)> = vec![Default::default(); cohorts];
        for part in parts {
            sum.merge(&part);
            for row in part.first_spells {
                let (exits, causes) = &mut members[row.cohort];
                exits.push(f64::from(row.exit));
                causes.push(u16::from(row.left));
            }
        }
        let curves = map_chunks(cohorts, 1, |range| {
            let (exits, causes) = &members[range.start];
            if exits.is_empty() {
                return Ok(None);
            }
            let table = RiskTable::new(&Durations::new(exits, causes)?);
            KaplanMeier::new(&table).map(Some)
        });
        let mut rows = Vec::with_capacity(cohorts);
        for (at, curve) in curves.into_iter().enumerate() {
            let (customers, newest) = (sum.customers[at], sum.newest[at]);
            // Until a cohort is over customers are still to come, of whom nothing is known.
            let over = edges[at + 1] <= spells.known_until() && customers > 0;
            let known = |age: u32| {
                over && i64::from(newest) + i64::from(age) < i64::from(spells.known_until())
            };
            let cells = sum.of_cohort(at).iter().enumerate().map(|(mark, counts)| {
                let next = self.days.get(mark + 1);
                counts.known(
                    known(self.days[mark]),
                    next.is_some_and(|next| known(next - 1)),
                )
            });
            rows.push(CohortCurve {
                start: edges[at],
                end: edges[at + 1],
                customers,
                active: cells.collect(),
                curve: curve?,
            });
        }
        Ok(CohortCurves {
            definition: *spells.definition(),
            known_until: spells.known_until(),
            days: self.days.clone(),
            rows,
            outside: sum.outside,
        })
    }

    fn check(&self) -> Result<()> {
        let too_few = |what: &'static str, needed, found| {
            Err(Error::NotEnoughData {
                what: what.into(),
                needed,
                found,
            })
        };
        if self.days.is_empty() {
            return too_few("marks, in days", 1, 0);
        }
        if let Some(at) = self.days.windows(2).position(|pair| pair[0] >= pair[1]) {
            let reason = "not above the mark before it; give ascending ages";
            return Err(Error::value("days", at + 1, reason));
        }
        let Grouping::Edges(edges) = &self.cohorts else {
            return Ok(());
        };
        if edges.len() < 2 {
            return too_few("edges of cohorts", 2, edges.len());
        }
        if let Some(at) = edges.windows(2).position(|pair| pair[0] >= pair[1]) {
            let reason = "not after the edge before it; give ascending days";
            return Err(Error::value("edges", at + 1, reason));
        }
        Ok(())
    }

    /// The first day of each cohort, and the first day after the last.
    fn edges(&self, spells: &Spells) -> Result<Vec<i32>> {
        let starts = map_chunks(spells.customers().len(), CHUNK, |range| {
            let customers = spells.customers().numbers_in(range);
            let firsts = customers.filter_map(|customer| spells.of(customer).next());
            firsts.map(|spell| spell.start).min()
        });
        let first = starts.into_iter().flatten().min();
        let first = first.and_then(date_of_day);
        let first = first.ok_or_else(|| Error::NotEnoughData {
            what: "customers with a spell".into(),
            needed: 1,
            found: 0,
        })?;
        let edges = match &self.cohorts {
            Grouping::Edges(edges) => edges.iter().copied().map(day_of_date).collect(),
            Grouping::Period(period) => {
                let mut edges = vec![day_of_date(period.start(first))];
                let mut next = period.next(first);
                edges.push(day_of_date(next));
                while day_of_date(next) < spells.known_until() && edges.len() <= MOST_COHORTS + 1 {
                    next = period.next(next);
                    edges.push(day_of_date(next));
                }
                edges
            }
        };
        if edges.len() > MOST_COHORTS + 1 {
            let expected = format!("longer periods: at most {MOST_COHORTS} cohorts are kept apart");
            return Err(Error::parameter("cohorts", edges.len() - 1, expected));
        }
        Ok(edges)
    }
}

/// What is counted of some of the customers. Whole numbers, so that any split gives the same.
struct Part {
    marks: usize,
    customers: Vec<u64>,
    /// The latest start of each cohort.
    newest: Vec<i32>,
    /// By cohort and mark.
    active: Vec<Counts>,
    first_spells: Vec<FirstSpell>,
    outside: u64,
}

/// How long the first spell of a customer was watched, in days, and whether it ended.
struct FirstSpell {
    cohort: usize,
    exit: i32,
    left: bool,
}

impl Part {
    fn new(cohorts: usize, marks: usize) -> Self {
        Self {
            marks,
            customers: vec![0; cohorts],
            newest: vec![i32::MIN; cohorts],
            active: vec![Counts::default(); cohorts * marks],
            first_spells: Vec::new(),
            outside: 0,
        }
    }

    fn add(&mut self, spells: &Spells, customer: CustomerIx, edges: &[i32], days: &[u32]) {
        let Some(first) = spells.of(customer).next() else {
            return;
        };
        let start = first.start;
        let cohort = edges.partition_point(|&edge| edge <= start);
        let Some(cohort) = cohort.checked_sub(1).filter(|&at| at + 1 < edges.len()) else {
            self.outside += 1;
            return;
        };
        self.customers[cohort] += 1;
        self.newest[cohort] = self.newest[cohort].max(start);
        // Spells start before what is known ends, on days of the calendar: no overflow. Who is still
        // there was so on the last day known.
        self.first_spells.push(FirstSpell {
            cohort,
            exit: first.end.unwrap_or(spells.known_until() - 1) - start,
            left: first.end.is_some(),
        });
        let active = &mut self.active[cohort * self.marks..][..self.marks];
        let known_until = i64::from(spells.known_until());
        let end_of = |end: Option<i32>| end.map_or(known_until, i64::from);
        let mut rest = spells.of(customer).peekable();
        let last_end = spells
            .of(customer)
            .next_back()
            .map_or(known_until, |spell| end_of(spell.end));
        for (mark, &age) in days.iter().enumerate() {
            let day = i64::from(start) + i64::from(age);
            if day >= last_end {
                break;
            }
            // Past are the spells that ended on the day or before.
            while rest.next_if(|spell| end_of(spell.end) <= day).is_some() {}
            let Some(spell) = rest.peek() else { break };
            let here = i64::from(spell.start);
            let in_bracket = |&next: &u32| here < i64::from(start) + i64::from(next);
            let counts = &mut active[mark];
            counts.on_day += u64::from(here <= day);
            counts.in_bracket += u64::from(days.get(mark + 1).is_some_and(in_bracket));
            counts.on_or_after += 1;
        }
    }

    fn merge(&mut self, other: &Self) {
        for (sum, more) in self.customers.iter_mut().zip(&other.customers) {
            *sum += more;
        }
        for (newest, other) in self.newest.iter_mut().zip(&other.newest) {
            *newest = (*newest).max(*other);
        }
        for (sum, more) in self.active.iter_mut().zip(&other.active) {
            sum.on_day += more.on_day;
            sum.in_bracket += more.in_bracket;
            sum.on_or_after += more.on_or_after;
        }
        self.outside += other.outside;
    }

    /// Who was active at each mark.
    fn of_cohort(&self, cohort: usize) -> &[Counts] {
        &self.active[cohort * self.marks..][..self.marks]
    }
}

/// What became of the customers who came in each period.
///
/// # Example
///
/// See [`CohortCurveParams`].
#[derive(Debug, Clone, PartialEq)]
pub struct CohortCurves {
    definition: ChurnDefinition,
    known_until: i32,
    days: Vec<u32>,
    rows: Vec<CohortCurve>,
    outside: u64,
}

impl CohortCurves {
    /// What counted as churn.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::*, data::{CustomerIx, Customers, date_of_day}};
    /// # let definition = ChurnDefinition::Inactivity { days: 30 };
    /// # let (customers, _) = Customers::from_ints(&[1, 2])?;
    /// # let spell = |customer, start| (CustomerIx(customer), Spell { start, end: None, cause: None });
    /// # let spells = Spells::new(definition, customers, 90, &[""; 0], &[spell(0, 5), spell(1, 25)])?;
    /// # let edges: Vec<_> = [0, 10, 20].iter().filter_map(|&day| date_of_day(day)).collect();
    /// let curves = CohortCurveParams::by_edges(&edges).days(&[10, 20]).evaluate(&spells)?;
    /// assert_eq!((curves.definition(), curves.known_until()), (&definition, 90));
    /// assert_eq!(curves.days(), [10, 20]);
    /// // One customer came after the last cohort.
    /// assert_eq!((curves.rows()[0].customers(), curves.outside()), (1, 1));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn definition(&self) -> &ChurnDefinition {
        &self.definition
    }

    /// The first day that the data do not cover, counted from 1970-01-01: where what is not over is
    /// censored.
    ///
    /// # Example
    ///
    /// See [`definition`](Self::definition).
    pub fn known_until(&self) -> i32 {
        self.known_until
    }

    /// The marks: ages in days.
    ///
    /// # Example
    ///
    /// See [`definition`](Self::definition).
    pub fn days(&self) -> &[u32] {
        &self.days
    }

    /// The cohorts in order, also where nobody came.
    ///
    /// # Example
    ///
    /// See [`CohortCurveParams`].
    pub fn rows(&self) -> &[CohortCurve] {
        &self.rows
    }

    /// Customers with a spell who came before the first cohort or after the last.
    ///
    /// # Example
    ///
    /// See [`definition`](Self::definition).
    pub fn outside(&self) -> u64 {
        self.outside
    }
}
