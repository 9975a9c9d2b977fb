//! Comparisons bound to records: tests on the numbers of values.

use std::sync::Arc;

use chrono::NaiveDate;

use super::{Comparison, EditDistance, Similarity, TermFrequency, Test};
use crate::{
    Error, Result,
    data::day_of_date,
    identity::{
        ColumnPart, PreparedTexts, Records, Values, nickname_sets,
        part::Operand,
        records::MISSING,
        similarity::{common_numbers, day_and_month_exchanged, haversine_km},
    },
};

/// The level of a pair of which nothing can be compared.
pub(in crate::identity) const NO_LEVEL: u8 = u8::MAX;

/// Marks a text that is no day.
const NO_DAY: i32 = i32::MIN;

/// Comparisons bound to records. They see a record as a row: the numbers of its values
/// in the columns that any of them looks at. Pairs are worked on many at a time.
pub(in crate::identity) struct Compiled<'r> {
    records: &'r Records,
    /// The column at each place of a row.
    columns: Vec<usize>,
    operands: Vec<Bound<'r>>,
    comparisons: Vec<Ladder>,
    /// The rows of all records, end to end.
    rows: Vec<u32>,
}

/// Some pairs at work.
struct Work<'w> {
    of: &'w Compiled<'w>,
    pairs: &'w [(u32, u32)],
    levels: &'w mut [u8],
    waiting: &'w mut Vec<u32>,
}

impl Work<'_> {
    /// Asks all waiting pairs; those to which there is a level wait no longer.
    #[inline]
    fn settle(&mut self, level: impl Fn(&[u32], &[u32]) -> Option<u8>) {
        let Self {
            of, pairs, levels, ..
        } = self;
        self.waiting.retain(|&at| {
            let (a, b) = pairs[at as usize];
            let taken = level(of.row(a), of.row(b));
            taken
                .inspect(|&level| levels[at as usize] = level)
                .is_none()
        });
    }
}

/// The levels of some pairs, and the pairs that wait for one. Kept from batch to batch, so
/// that no memory is asked for.
#[derive(Default)]
pub(in crate::identity) struct Levels {
    levels: Vec<u8>,
    waiting: Vec<u32>,
}

/// An operand and what its tests need to know of each value.
struct Bound<'r> {
    part: ColumnPart,
    operand: Operand<'r>,
    /// Its place in a row.
    slot: usize,
    /// Days, for tests on days.
    days: Arc<Vec<i32>>,
    /// Sets of nicknames, for tests on them.
    nicknames: Vec<&'static [u16]>,
}

/// A comparison: whether something is missing, then its steps until one answers.
struct Ladder {
    missing: Missing,
    /// Where the first level is that of equal values of a column: its place in a row.
    equal: Option<usize>,
    steps: Vec<Step>,
    /// The places of its columns in a row, ascending.
    slots: Vec<usize>,
}

/// When there is nothing to compare.
enum Missing {
    /// One of the two has no value at a place of the row.
    Slot(usize),
    /// One of the two has no such part of a text.
    Part(Input),
    Ask(Question),
}

/// One level, or some that one number decides.
enum Step {
    Ask(Question, u8),
    /// Levels by falling similarity.
    Similar {
        of: Input,
        by: Similarity,
        cuts: Vec<(f64, u8)>,
        least: f64,
    },
    /// Levels by rising distance.
    Within {
        of: Input,
        by: EditDistance,
        cuts: Vec<(u32, u8)>,
        most: u32,
    },
    /// Levels by rising numbers of days.
    Days {
        of: Input,
        days: Arc<Vec<i32>>,
        cuts: Vec<(f64, u8)>,
    },
}

/// Texts at a place of a row. Steps have what they need by them: they run for every pair.
struct Input {
    operand: usize,
    slot: usize,
    of_value: Option<Arc<Vec<u32>>>,
    texts: Arc<PreparedTexts>,
}

impl Input {
    /// The texts of both, unless one of them is missing.
    #[inline]
    fn ids(&self, a: &[u32], b: &[u32]) -> Option<(u32, u32)> {
        let (mut a, mut b) = (a[self.slot], b[self.slot]);
        if a == MISSING || b == MISSING {
            return None;
        }
        if let Some(of_value) = &self.of_value {
            (a, b) = (of_value[a as usize], of_value[b as usize]);
        }
        (a != MISSING && b != MISSING).then_some((a, b))
    }
}

/// A [`Test`] with operands in the place of names.
enum Question {
    Missing(usize),
    Exact(usize),
    Swapped(usize, usize),
    Similar(usize, Similarity, f64),
    Within(usize, EditDistance, u32),
    DaysApart(usize, f64),
    DayAndMonthSwapped(usize),
    NumbersApart(usize, f64),
    SharesApart(usize, f64),
    KmApart(usize, f64),
    Common(usize, usize),
    Begins(usize),
    Nicknames(usize),
    All(Vec<Question>),
    Any(Vec<Question>),
    Not(Box<Question>),
    Otherwise,
}

impl<'r> Compiled<'r> {
    /// Binds comparisons to records.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a column that does not exist, or a test that its
    /// column cannot answer.
    pub(in crate::identity) fn new(
        records: &'r Records,
        comparisons: &[&Comparison],
    ) -> Result<Self> {
        let mut compiled = Self {
            records,
            columns: Vec::new(),
            operands: Vec::new(),
            comparisons: Vec::new(),
            rows: Vec::new(),
        };
        for comparison in comparisons {
            comparison.check()?;
            let mut slots = Vec::new();
            for name in comparison.columns() {
                slots.push(compiled.slot(records.column(name)?));
            }
            slots.sort_unstable();
            let missing = compiled.question(&comparison.missing)?;
            let mut steps = Vec::new();
            for (level, one) in (0u8..).zip(&comparison.levels) {
                compiled.add_step(&mut steps, &one.test, level)?;
            }
            let whole = |operand: &usize| compiled.operands[*operand].operand.is_whole();
            let slot = |operand: usize| compiled.operands[operand].slot;
            let equal = match steps.first() {
                Some(Step::Ask(Question::Exact(of), 0)) if whole(of) => Some(slot(*of)),
                _ => None,
            };
            if equal.is_some() {
                steps.remove(0);
            }
            let missing = match missing {
                Question::Missing(of) if whole(&of) => Missing::Slot(slot(of)),
                Question::Missing(of) => match compiled.input(of) {
                    Some(of) => Missing::Part(of),
                    None => Missing::Ask(Question::Missing(of)),
                },
                other => Missing::Ask(other),
            };
            compiled.comparisons.push(Ladder {
                missing,
                equal,
                steps,
                slots,
            });
        }
        compiled.rows = compiled.make_rows();
        Ok(compiled)
    }

    pub(in crate::identity) fn records(&self) -> &'r Records {
        self.records
    }

    /// The place of a column in a row; it is given one if it has none.
    fn slot(&mut self, column: usize) -> usize {
        let found = self.columns.iter().position(|&known| known == column);
        found.unwrap_or_else(|| {
            self.columns.push(column);
            self.columns.len() - 1
        })
    }

    fn operand(&mut self, part: &ColumnPart) -> Result<usize> {
        if let Some(at) = self.operands.iter().position(|bound| bound.part == *part) {
            return Ok(at);
        }
        let operand = Operand::new(self.records, part)?;
        let slot = self.slot(operand.column);
        self.operands.push(Bound {
            part: part.clone(),
            operand,
            slot,
            days: Arc::default(),
            nicknames: Vec::new(),
        });
        Ok(self.operands.len() - 1)
    }

    /// An operand whose values are of the kind that a test needs.
    fn operand_of(
        &mut self,
        part: &ColumnPart,
        what: &'static str,
        fits: impl Fn(&Operand<'_>) -> bool,
    ) -> Result<usize> {
        let at = self.operand(part)?;
        if fits(&self.operands[at].operand) {
            return Ok(at);
        }
        Err(Error::parameter("compared column", part, what))
    }

    fn texts(&mut self, part: &ColumnPart) -> Result<usize> {
        self.operand_of(part, "a column of texts", |operand| {
            operand.texts().is_some()
        })
    }

    fn numbers(&mut self, part: &ColumnPart) -> Result<usize> {
        self.operand_of(part, "a column of numbers", |operand| {
            matches!(operand.values(), Values::Numbers(_))
        })
    }

    fn days(&mut self, part: &ColumnPart) -> Result<usize> {
        let at = self.texts(part)?;
        let bound = &mut self.operands[at];
        if let Some(texts) = bound.operand.texts().filter(|_| bound.days.is_empty()) {
            bound.days = Arc::new(all(texts).map(day_of).collect());
        }
        Ok(at)
    }

    fn question(&mut self, test: &Test) -> Result<Question> {
        Ok(match test {
            Test::Missing(of) => Question::Missing(self.operand(of)?),
            Test::Exact(of) => Question::Exact(self.operand(of)?),
            Test::Swapped(one, other) => Question::Swapped(self.texts(one)?, self.texts(other)?),
            Test::Similar { of, by, at_least } => {
                Question::Similar(self.texts(of)?, *by, *at_least)
            }
            Test::Within { of, by, at_most } => Question::Within(self.texts(of)?, *by, *at_most),
            Test::DaysApart { of, at_most } => Question::DaysApart(self.days(of)?, *at_most),
            Test::DayAndMonthSwapped(of) => Question::DayAndMonthSwapped(self.days(of)?),
            Test::NumbersApart { of, at_most } => {
                Question::NumbersApart(self.numbers(of)?, *at_most)
            }
            Test::SharesApart { of, at_most } => Question::SharesApart(self.numbers(of)?, *at_most),
            Test::KmApart { of, at_most } => {
                let places = |operand: &Operand<'_>| matches!(operand.values(), Values::Places(_));
                Question::KmApart(self.operand_of(of, "a column of places", places)?, *at_most)
            }
            Test::Common { of, at_least } => {
                let sets = |operand: &Operand<'_>| matches!(operand.values(), Values::Sets(_));
                let at = self.operand_of(of, "a column of sets", sets)?;
                Question::Common(at, *at_least as usize)
            }
            Test::Begins(of) => Question::Begins(self.texts(of)?),
            Test::Nicknames(of) => {
                let at = self.texts(of)?;
                let bound = &mut self.operands[at];
                if let Some(texts) = bound.operand.texts() {
                    bound.nicknames = all(texts).map(nickname_sets).collect();
                }
                Question::Nicknames(at)
            }
            Test::All(tests) => Question::All(self.questions(tests)?),
            Test::Any(tests) => Question::Any(self.questions(tests)?),
            Test::Not(test) => Question::Not(Box::new(self.question(test)?)),
            Test::Otherwise => Question::Otherwise,
        })
    }

    fn questions(&mut self, tests: &[Test]) -> Result<Vec<Question>> {
        tests.iter().map(|test| self.question(test)).collect()
    }

    /// Adds a level to the steps: to the last one if the same number decides both, so
    /// that a similarity is worked out once and not once a threshold.
    fn add_step(&mut self, steps: &mut Vec<Step>, test: &Test, level: u8) -> Result<()> {
        match (self.question(test)?, steps.last_mut()) {
            (
                Question::Similar(operand, by, cut),
                Some(Step::Similar {
                    of,
                    by: how,
                    cuts,
                    least,
                }),
            ) if operand == of.operand && by == *how => {
                cuts.push((cut, level));
                *least = least.min(cut);
            }
            (
                Question::Within(operand, by, cut),
                Some(Step::Within {
                    of,
                    by: how,
                    cuts,
                    most,
                }),
            ) if operand == of.operand && by == *how => {
                cuts.push((cut, level));
                *most = (*most).max(cut);
            }
            (Question::DaysApart(operand, cut), Some(Step::Days { of, cuts, .. }))
                if operand == of.operand =>
            {
                cuts.push((cut, level));
            }
            (question, _) => {
                let step = match question {
                    Question::DaysApart(operand, cut) => self.input(operand).map(|of| Step::Days {
                        of,
                        days: Arc::clone(&self.operands[operand].days),
                        cuts: vec![(cut, level)],
                    }),
                    Question::Similar(operand, by, cut) => {
                        self.input(operand).map(|of| Step::Similar {
                            of,
                            by,
                            cuts: vec![(cut, level)],
                            least: cut,
                        })
                    }
                    Question::Within(operand, by, cut) => {
                        self.input(operand).map(|of| Step::Within {
                            of,
                            by,
                            cuts: vec![(cut, level)],
                            most: cut,
                        })
                    }
                    other => Some(Step::Ask(other, level)),
                };
                steps.extend(step);
            }
        }
        Ok(())
    }

    /// An operand of texts as the input of a step.
    fn input(&self, operand: usize) -> Option<Input> {
        let Bound {
            operand: of, slot, ..
        } = &self.operands[operand];
        Some(Input {
            operand,
            slot: *slot,
            of_value: of.of_value().cloned(),
            texts: Arc::clone(of.texts()?),
        })
    }

    fn make_rows(&self) -> Vec<u32> {
        let width = self.columns.len();
        let mut rows = vec![MISSING; self.records.len() * width];
        for (slot, &column) in self.columns.iter().enumerate() {
            let codes = &self.records.columns()[column].codes;
            for (row, &code) in rows.chunks_exact_mut(width).zip(codes) {
                row[slot] = code;
            }
        }
        rows
    }

    /// The values of a record.
    #[inline]
    pub(in crate::identity) fn row(&self, record: u32) -> &[u32] {
        let width = self.columns.len();
        &self.rows[record as usize * width..][..width]
    }

    /// The places in a row that a comparison looks at.
    pub(in crate::identity) fn slots(&self, comparison: usize) -> &[usize] {
        &self.comparisons[comparison].slots
    }

    /// The column at a place of a row.
    pub(in crate::identity) fn column(&self, slot: usize) -> usize {
        self.columns[slot]
    }

    /// The place of a column in a row, if any comparison looks at it.
    pub(in crate::identity) fn slot_of(&self, column: usize) -> Option<usize> {
        self.columns.iter().position(|&known| known == column)
    }

    /// The level of each pair in a comparison, or [`NO_LEVEL`]. Step by step for all
    /// pairs that still wait for a level: each step is a tight loop.
    pub(in crate::identity) fn levels<'l>(
        &self,
        comparison: usize,
        pairs: &[(u32, u32)],
        into: &'l mut Levels,
    ) -> &'l [u8] {
        let ladder = &self.comparisons[comparison];
        let Levels { levels, waiting } = into;
        levels.clear();
        levels.resize(pairs.len(), NO_LEVEL);
        self.start(ladder, pairs, levels, waiting);
        let mut work = Work {
            of: self,
            pairs,
            levels: &mut *levels,
            waiting,
        };
        for step in &ladder.steps {
            match step {
                Step::Ask(Question::Otherwise, level) => work.settle(|_, _| Some(*level)),
                Step::Ask(question, level) => {
                    work.settle(|a, b| (self.ask(question, a, b) == Some(true)).then_some(*level));
                }
                Step::Similar {
                    of,
                    by,
                    cuts,
                    least,
                } => work.settle(|a, b| {
                    let (a, b) = of.ids(a, b)?;
                    let found = similarity(&of.texts, *by, a, b, *least)?;
                    let reached = cuts.iter().find(|(cut, _)| found >= *cut);
                    reached.map(|(_, level)| *level)
                }),
                Step::Within { of, by, cuts, most } => work.settle(|a, b| {
                    let (a, b) = of.ids(a, b)?;
                    let found = distance(&of.texts, *by, a, b, *most)?;
                    let reached = cuts.iter().find(|(cut, _)| found <= *cut);
                    reached.map(|(_, level)| *level)
                }),
                Step::Days { of, days, cuts } => work.settle(|a, b| {
                    let (a, b) = of.ids(a, b)?;
                    let found = f64::from(days_apart(days, a, b)?);
                    let reached = cuts.iter().find(|(cut, _)| found <= *cut);
                    reached.map(|(_, level)| *level)
                }),
            }
        }
        levels
    }

    /// Pairs with nothing to compare get no level, those of equal values the first; the
    /// others wait.
    fn start(
        &self,
        ladder: &Ladder,
        pairs: &[(u32, u32)],
        levels: &mut [u8],
        waiting: &mut Vec<u32>,
    ) {
        waiting.clear();
        for ((at, &(a, b)), level) in (0u32..).zip(pairs).zip(levels) {
            let (a, b) = (self.row(a), self.row(b));
            let nothing = match &ladder.missing {
                Missing::Slot(slot) => a[*slot] == MISSING || b[*slot] == MISSING,
                Missing::Part(of) => of.ids(a, b).is_none(),
                Missing::Ask(question) => self.ask(question, a, b) == Some(true),
            };
            if nothing {
                continue;
            }
            let equal = |slot| a[slot] == b[slot] && a[slot] != MISSING;
            if ladder.equal.is_some_and(equal) {
                *level = 0;
            } else {
                waiting.push(at);
            }
        }
    }

    fn text_of(&self, operand: usize) -> Option<&PreparedTexts> {
        self.operands[operand].operand.texts().map(Arc::as_ref)
    }

    /// The parts of both, unless one of them is missing.
    #[inline]
    fn ids(&self, operand: usize, a: &[u32], b: &[u32]) -> Option<(u32, u32)> {
        let Bound { operand, slot, .. } = &self.operands[operand];
        let (a, b) = (operand.id(a[*slot]), operand.id(b[*slot]));
        (a != MISSING && b != MISSING).then_some((a, b))
    }

    fn ask(&self, question: &Question, a: &[u32], b: &[u32]) -> Option<bool> {
        match question {
            Question::Missing(of) => Some(self.ids(*of, a, b).is_none()),
            Question::Exact(of) => {
                let (a, b) = self.ids(*of, a, b)?;
                Some(a == b)
            }
            Question::Swapped(one, other) => {
                // Values of different columns have numbers of their own.
                let text = |operand: usize, row: &[u32]| {
                    let Bound { operand, slot, .. } = &self.operands[operand];
                    let id = operand.id(row[*slot]);
                    (id != MISSING).then(|| operand.texts().map(|texts| texts.text(id)))?
                };
                let same = |one: Option<&str>, other: Option<&str>| Some(one? == other?);
                let first = same(text(*one, a), text(*other, b));
                if first == Some(false) {
                    return first;
                }
                let second = same(text(*other, a), text(*one, b));
                both(first, second)
            }
            Question::Similar(of, by, cut) => {
                let (a, b) = self.ids(*of, a, b)?;
                let found = similarity(self.text_of(*of)?, *by, a, b, *cut);
                Some(found.is_some_and(|found| found >= *cut))
            }
            Question::Within(of, by, most) => {
                let (a, b) = self.ids(*of, a, b)?;
                Some(distance(self.text_of(*of)?, *by, a, b, *most).is_some())
            }
            Question::DaysApart(of, most) => {
                let (a, b) = self.ids(*of, a, b)?;
                Some(f64::from(days_apart(&self.operands[*of].days, a, b)?) <= *most)
            }
            Question::DayAndMonthSwapped(of) => {
                let (a, b) = self.ids(*of, a, b)?;
                let days = &self.operands[*of].days;
                Some(day_and_month_exchanged(days[a as usize], days[b as usize]))
            }
            Question::NumbersApart(of, most) => {
                let (a, b) = self.numbers_of(*of, a, b)?;
                Some((a - b).abs() <= *most)
            }
            Question::SharesApart(of, most) => {
                let (a, b) = self.numbers_of(*of, a, b)?;
                Some((a - b).abs() <= most * a.abs().max(b.abs()))
            }
            Question::KmApart(of, most) => {
                let (a, b) = self.ids(*of, a, b)?;
                let Values::Places(places) = self.operands[*of].operand.values() else {
                    return None;
                };
                Some(haversine_km(places[a as usize], places[b as usize]) <= *most)
            }
            Question::Common(of, least) => {
                let (a, b) = self.ids(*of, a, b)?;
                let Values::Sets(sets) = self.operands[*of].operand.values() else {
                    return None;
                };
                Some(common_numbers(sets.members(a), sets.members(b)) >= *least)
            }
            Question::Begins(of) => {
                let (a, b) = self.ids(*of, a, b)?;
                let texts = self.text_of(*of)?;
                let (a, b) = (texts.text(a), texts.text(b));
                Some(a.starts_with(b) || b.starts_with(a))
            }
            Question::Nicknames(of) => {
                let (a, b) = self.ids(*of, a, b)?;
                let sets = &self.operands[*of].nicknames;
                let (a, b) = (sets[a as usize], sets[b as usize]);
                Some(a.iter().any(|set| b.contains(set)))
            }
            Question::All(questions) => questions
                .iter()
                .map(|question| self.ask(question, a, b))
                .try_fold(Some(true), |so_far, answer| match both(so_far, answer) {
                    Some(false) => Err(()),
                    other => Ok(other),
                })
                .unwrap_or(Some(false)),
            Question::Any(questions) => questions
                .iter()
                .map(|question| self.ask(question, a, b))
                .try_fold(Some(false), |so_far, answer| match (so_far, answer) {
                    (_, Some(true)) => Err(()),
                    (Some(false), Some(false)) => Ok(Some(false)),
                    _ => Ok(None),
                })
                .unwrap_or(Some(true)),
            Question::Not(question) => self.ask(question, a, b).map(|answer| !answer),
            Question::Otherwise => Some(true),
        }
    }

    fn numbers_of(&self, operand: usize, a: &[u32], b: &[u32]) -> Option<(f64, f64)> {
        let (a, b) = self.ids(operand, a, b)?;
        match self.operands[operand].operand.values() {
            Values::Numbers(numbers) => Some((numbers[a as usize], numbers[b as usize])),
            _ => None,
        }
    }

    /// The column whose values a term frequency counts must be one of the records.
    pub(in crate::identity) fn counted(&self, of: &TermFrequency) -> Result<usize> {
        self.records.column(&of.column)
    }
}

/// "And", where an answer may be missing.
fn both(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn all(texts: &PreparedTexts) -> impl Iterator<Item = &str> {
    #[expect(clippy::cast_possible_truncation, reason = "texts are below 2^32")]
    (0..texts.len() as u32).map(|at| texts.text(at))
}

fn day_of(text: &str) -> i32 {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d");
    date.map_or(NO_DAY, day_of_date)
}

/// The days between two texts, if both are days.
fn days_apart(days: &[i32], a: u32, b: u32) -> Option<u32> {
    let (a, b) = (days[a as usize], days[b as usize]);
    (a != NO_DAY && b != NO_DAY).then_some(a.abs_diff(b))
}

/// The similarity, or nothing if it is below what is needed.
#[inline]
fn similarity(texts: &PreparedTexts, by: Similarity, a: u32, b: u32, least: f64) -> Option<f64> {
    match by {
        Similarity::JaroWinkler => texts.jaro_winkler_at_least(a, b, least),
        by => Some(by.of(texts.text(a), texts.text(b))).filter(|found| *found >= least),
    }
}

/// The distance, or nothing if it is above what is allowed.
#[inline]
fn distance(texts: &PreparedTexts, by: EditDistance, a: u32, b: u32, most: u32) -> Option<u32> {
    match by {
        EditDistance::Levenshtein => texts.levenshtein_within(a, b, most),
        EditDistance::Osa => texts.osa_within(a, b, most),
        EditDistance::DamerauLevenshtein => texts.damerau_within(a, b, most),
    }
}
