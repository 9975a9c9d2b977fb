//! Tables that `churn_chances` takes.

use serde::{Deserialize, Serialize};

use super::super::Table;
use crate::{
    Error, Result,
    churn::{
        Calibration, CalibrationMethod, Folds, Judgement, ProbabilityEvaluation, RankEvaluation,
    },
    data::Shared,
};

/// Which column of a table is which of scores of any model and of what became of the customers.
///
/// | column | holds | default |
/// |---|---|---|
/// | score | numbers, higher for those likelier to leave; where they are judged as such, probabilities | `score` |
/// | left | true for who left | `left` |
/// | weight | numbers, how much a row counts | none |
/// | cluster | keys: rows of the same customer, which are not independent | none |
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use arrow_array::{BooleanArray, Float64Array, RecordBatch};
/// use custometry::{arrow::{ScoreColumns, Table}, churn::RankMeasure};
///
/// let batch = RecordBatch::try_from_iter([
///     ("score", Arc::new(Float64Array::from(vec![0.9, 0.8, 0.7, 0.2, 0.1])) as _),
///     ("left", Arc::new(BooleanArray::from(vec![true, false, true, false, false])) as _),
/// ])?;
/// let table = Table::from(batch);
/// let ranks = ScoreColumns::default().ranks(&table)?;
/// assert!((ranks.measure(&RankMeasure::Auc)? - 5.0 / 6.0).abs() < 1e-15);
/// let judged = ScoreColumns::default().judgement(&table, 0.95)?;
/// assert_eq!(judged.auc, ranks.measure(&RankMeasure::Auc)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScoreColumns {
    score: String,
    left: String,
    weight: Option<String>,
    cluster: Option<String>,
}

impl Default for ScoreColumns {
    fn default() -> Self {
        Self {
            score: "score".to_owned(),
            left: "left".to_owned(),
            weight: None,
            cluster: None,
        }
    }
}

impl ScoreColumns {
    /// The customers in the order of their scores.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a column that is not there or of a type that cannot be read;
    /// [`Error::InvalidValue`] for the first row that is null; those of [`RankEvaluation::weighted`].
    ///
    /// # Example
    ///
    /// See [`ScoreColumns`].
    pub fn ranks(&self, table: &Table) -> Result<RankEvaluation> {
        let (scores, left) = self.scores(table)?;
        match self.weights(table)? {
            None => RankEvaluation::new(&scores, &left),
            Some(weights) => RankEvaluation::weighted(&scores, &left, &weights),
        }
    }

    /// The scores as probabilities, beside what came true.
    ///
    /// # Errors
    ///
    /// As [`ranks`](Self::ranks), and those of [`ProbabilityEvaluation::weighted`].
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Float64Array, Int64Array, RecordBatch};
    /// use custometry::arrow::ScoreColumns;
    ///
    /// let batch = RecordBatch::try_from_iter([
    ///     ("chance", Arc::new(Float64Array::from(vec![0.75, 0.25])) as _),
    ///     ("gone", Arc::new(Int64Array::from(vec![1, 0])) as _),
    ///     ("stands_for", Arc::new(Float64Array::from(vec![1.0, 3.0])) as _),
    /// ])?;
    /// let columns = ScoreColumns::default().score("chance").left("gone").weight("stands_for");
    /// let judged = columns.probabilities(&batch.into())?;
    /// assert_eq!((judged.rate(), judged.mean_probability()), (0.25, 0.375));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn probabilities(&self, table: &Table) -> Result<ProbabilityEvaluation> {
        let (scores, left) = self.scores(table)?;
        match self.weights(table)? {
            None => ProbabilityEvaluation::new(&scores, &left),
            Some(weights) => ProbabilityEvaluation::weighted(&scores, &left, &weights),
        }
    }

    /// The curve from the scores to probabilities.
    ///
    /// # Errors
    ///
    /// As [`ranks`](Self::ranks), and those of [`Calibration::fit`].
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{BooleanArray, Float64Array, RecordBatch};
    /// use custometry::{arrow::ScoreColumns, churn::CalibrationMethod};
    ///
    /// let batch = RecordBatch::try_from_iter([
    ///     ("score", Arc::new(Float64Array::from(vec![1.0, 2.0, 3.0])) as _),
    ///     ("left", Arc::new(BooleanArray::from(vec![true, false, true])) as _),
    /// ])?;
    /// let isotonic = ScoreColumns::default().calibration(&batch.into(), CalibrationMethod::Isotonic)?;
    /// assert_eq!(isotonic.calibrate(&[1.0, 3.0])?, [0.5, 1.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn calibration(&self, table: &Table, method: CalibrationMethod) -> Result<Calibration> {
        let (scores, left) = self.scores(table)?;
        let weights = self.weights(table)?;
        Calibration::fit(method, &scores, &left, weights.as_deref())
    }

    /// The figures that a report of chances to leave shows, which take all rows for alike.
    ///
    /// # Errors
    ///
    /// As [`ranks`](Self::ranks), and those of [`Judgement::new`]; [`Error::InvalidParameter`] where a
    /// column of weights is named.
    ///
    /// # Example
    ///
    /// See [`cluster`](Self::cluster).
    pub fn judgement(&self, table: &Table, level: f64) -> Result<Judgement> {
        if let Some(weight) = &self.weight {
            let expected = "none; a judgement takes all rows for alike";
            return Err(Error::parameter("weight", weight.as_str(), expected));
        }
        let (scores, left) = self.scores(table)?;
        let clusters = match &self.cluster {
            None => None,
            Some(cluster) => Some(table.column(cluster)?.numbered()?),
        };
        Judgement::new(&scores, &left, clusters.as_deref(), level)
    }

    /// The column of scores.
    ///
    /// # Example
    ///
    /// See [`probabilities`](Self::probabilities).
    pub fn score(mut self, column: &str) -> Self {
        column.clone_into(&mut self.score);
        self
    }

    /// The column that says who left.
    ///
    /// # Example
    ///
    /// See [`probabilities`](Self::probabilities).
    pub fn left(mut self, column: &str) -> Self {
        column.clone_into(&mut self.left);
        self
    }

    /// The column of how much each row counts; all count the same unless told.
    ///
    /// # Example
    ///
    /// See [`probabilities`](Self::probabilities).
    pub fn weight(mut self, column: &str) -> Self {
        self.weight = Some(column.to_owned());
        self
    }

    /// The column that says which rows belong together, such as those of one customer on several days: a
    /// judgement then has the errors of rows that are not independent.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{BooleanArray, Float64Array, RecordBatch, StringArray};
    /// use custometry::arrow::{ScoreColumns, Table};
    ///
    /// let chances = [0.9, 0.7, 0.6, 0.4, 0.3, 0.1].repeat(2);
    /// let left = [true, true, false, true, false, false].repeat(2);
    /// let who = ["a", "b", "c", "d", "e", "f"].repeat(2);
    /// let table = Table::from(RecordBatch::try_from_iter([
    ///     ("score", Arc::new(Float64Array::from(chances)) as _),
    ///     ("left", Arc::new(BooleanArray::from(left)) as _),
    ///     ("customer", Arc::new(StringArray::from(who)) as _),
    /// ])?);
    /// let rows = ScoreColumns::default();
    /// let customers = ScoreColumns::default().cluster("customer");
    /// // Twice the same customers tell no more than once.
    /// let error = |columns: &ScoreColumns| columns.judgement(&table, 0.95).map(|it| it.auc_se.unwrap());
    /// assert!(error(&customers)? > 1.3 * error(&rows)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cluster(mut self, column: &str) -> Self {
        self.cluster = Some(column.to_owned());
        self
    }

    fn scores(&self, table: &Table) -> Result<(Shared<f64>, Vec<bool>)> {
        Ok((
            table.column(&self.score)?.f64s()?,
            table.column(&self.left)?.flags()?,
        ))
    }

    fn weights(&self, table: &Table) -> Result<Option<Shared<f64>>> {
        match &self.weight {
            None => Ok(None),
            Some(weight) => table.column(weight)?.f64s().map(Some),
        }
    }
}

/// Which column of a table is which of folds that a host made: a row of the table for each row of data
/// in each fold, as [`Folds`] are told in tables.
///
/// | column | holds | default |
/// |---|---|---|
/// | fold | whole numbers: 0 for the first | `fold` |
/// | row | whole numbers: 0 for the first row of the data | `row` |
/// | test | true where the fold tests the row, false where it trains on it | `test` |
///
/// # Example
///
/// ```
/// use custometry::{arrow::{FoldColumns, Tables}, churn::Folds};
///
/// let folds = Folds::from_splits(4, &[(&[0, 1], &[2]), (&[0, 1, 2], &[3])])?;
/// let table = folds.table("folds")?;
/// assert_eq!(table.num_rows(), 7);
/// assert_eq!(FoldColumns::default().read(&table.into(), 4)?, folds);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FoldColumns {
    fold: String,
    row: String,
    test: String,
}

impl Default for FoldColumns {
    fn default() -> Self {
        Self {
            fold: "fold".to_owned(),
            row: "row".to_owned(),
            test: "test".to_owned(),
        }
    }
}

impl FoldColumns {
    /// The folds of so many rows of data.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a column that is not there or of a type that cannot be read;
    /// [`Error::InvalidValue`] for the first row that is null, or of a fold whose number leaves some
    /// before it without any row; those of [`Folds::from_splits`].
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{BooleanArray, Int64Array, RecordBatch};
    /// use custometry::arrow::FoldColumns;
    ///
    /// let batch = RecordBatch::try_from_iter([
    ///     ("part", Arc::new(Int64Array::from(vec![0, 0, 2])) as _),
    ///     ("place", Arc::new(Int64Array::from(vec![0, 1, 0])) as _),
    ///     ("tests", Arc::new(BooleanArray::from(vec![false, true, true])) as _),
    /// ])?;
    /// let columns = FoldColumns::default().fold("part").row("place").test("tests");
    /// let error = columns.read(&batch.into(), 2).unwrap_err().to_string();
    /// assert!(error.contains("column part, row 2"), "{error}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read(&self, table: &Table, rows: usize) -> Result<Folds> {
        let fold = table.column(&self.fold)?;
        let (numbers, test) = (fold.u32s()?, table.column(&self.test)?.flags()?);
        let places = table.column(&self.row)?.u32s()?;
        let count = |&number: &u32| number as usize + 1;
        let count = numbers.iter().map(count).max().unwrap_or(0);
        // A number above that of rows leaves a fold without any.
        let far = |number: &u32| *number as usize >= numbers.len();
        let mut splits = vec![(Vec::new(), Vec::new()); count.min(numbers.len())];
        let gap = |row| fold.refused(row, "leaves a fold before it without rows".to_owned());
        if let Some(row) = numbers.iter().position(far) {
            return Err(gap(row));
        }
        for ((&number, &place), &test) in numbers.iter().zip(&*places).zip(&test) {
            if let Some((trains, tests)) = splits.get_mut(number as usize) {
                let side = if test { tests } else { trains };
                side.push(place as usize);
            }
        }
        let empty = splits
            .iter()
            .position(|(trains, tests)| trains.is_empty() && tests.is_empty());
        if let Some(empty) = empty {
            let after = |number: &u32| *number as usize > empty;
            return Err(gap(numbers.iter().position(after).unwrap_or(0)));
        }
        let splits: Vec<(&[usize], &[usize])> = splits
            .iter()
            .map(|(train, test)| (train.as_slice(), test.as_slice()))
            .collect();
        Folds::from_splits(rows, &splits)
    }

    /// The column of numbers of folds.
    ///
    /// # Example
    ///
    /// See [`read`](Self::read).
    pub fn fold(mut self, column: &str) -> Self {
        column.clone_into(&mut self.fold);
        self
    }

    /// The column of rows of the data.
    ///
    /// # Example
    ///
    /// See [`read`](Self::read).
    pub fn row(mut self, column: &str) -> Self {
        column.clone_into(&mut self.row);
        self
    }

    /// The column that says which rows are tested.
    ///
    /// # Example
    ///
    /// See [`read`](Self::read).
    pub fn test(mut self, column: &str) -> Self {
        column.clone_into(&mut self.test);
        self
    }
}
