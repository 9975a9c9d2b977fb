//! Which rows train and which test, so that nothing of a test row is known in training.

use std::fmt;

use crate::{Error, Result, churn::Snapshots, numeric::rng::Stream};

/// The purposes of the random numbers: those who stayed, those who left, and clusters.
const STAYED: u32 = 0x4653;
const LEFT: u32 = 0x464C;
const CLUSTERS: u32 = 0x4643;

/// Rows to train on, and rows to test on.
///
/// # Example
///
/// See [`Folds`].
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fold {
    /// Rows to train on, ascending.
    pub train: Vec<usize>,
    /// Rows to test on, ascending; none of them is trained on.
    pub test: Vec<usize>,
}

impl fmt::Debug for Fold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fold")
            .field("train", &self.train.len())
            .field("test", &self.test.len())
            .finish()
    }
}

/// A list of folds: each has rows to train on and other rows to test on, and no row is tested twice.
///
/// [`stratified`](Self::stratified) is for a table with one row a customer,
/// [`grouped`](Self::grouped) for several rows a customer, [`by_customer`](Self::by_customer) and
/// [`forward`](Self::forward) for [`Snapshots`], whose dates say what was known when. Rows drawn at random out of several of one
/// customer would put the same customer on both sides, and test memory.
///
/// # Example
///
/// ```
/// use custometry::churn::Folds;
///
/// let left = [true, false, false, true, false, false, false, true, false];
/// let folds = Folds::stratified(&left, 3, 42)?;
/// for fold in folds.as_slice() {
///     // Each third has one who left.
///     assert_eq!((fold.train.len(), fold.test.len()), (6, 3));
///     assert_eq!(fold.test.iter().filter(|&&row| left[row]).count(), 1);
/// }
/// assert_eq!(folds, Folds::stratified(&left, 3, 42)?);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folds {
    rows: usize,
    folds: Vec<Fold>,
}

impl Folds {
    /// Folds with nearly as many leavers, and as many rows, in each: those who left are dealt out in a
    /// random order, and then the others. Each row is tested once.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] below two folds, and for more folds than rows.
    ///
    /// # Example
    ///
    /// See [`Folds`].
    pub fn stratified(left: &[bool], folds: usize, seed: u64) -> Result<Self> {
        check_folds(folds, left.len(), "rows")?;
        let mut fold_of = vec![0; left.len()];
        let mut next = 0;
        for (kind, purpose) in [(true, LEFT), (false, STAYED)] {
            let of_kind = (0..left.len()).filter(|&row| left[row] == kind);
            let mut rows: Vec<usize> = of_kind.collect();
            shuffle(&mut rows, &mut Stream::new(seed, purpose, 0));
            for row in rows {
                fold_of[row] = next;
                next = (next + 1) % folds;
            }
        }
        Ok(Self::partition(&fold_of, folds))
    }

    /// Folds that keep the rows of a cluster, such as a customer, together: clusters are dealt out in
    /// a random order, so that each fold has nearly as many. Each row is tested once.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] below two folds, and for more folds than clusters.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::Folds;
    /// let customers = [7, 7, 3, 9, 3, 9, 9, 1];
    /// for fold in Folds::grouped(&customers, 2, 42)?.as_slice() {
    ///     let tested = |customer: &u32| fold.test.iter().any(|&row| customers[row] == *customer);
    ///     assert!(fold.train.iter().all(|&row| !tested(&customers[row])));
    /// }
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn grouped(clusters: &[u32], folds: usize, seed: u64) -> Result<Self> {
        let mut known = clusters.to_vec();
        known.sort_unstable();
        known.dedup();
        check_folds(folds, known.len(), "clusters")?;
        let mut order: Vec<usize> = (0..known.len()).collect();
        shuffle(&mut order, &mut Stream::new(seed, CLUSTERS, 0));
        let mut fold_of_place = vec![0; known.len()];
        for (turn, place) in order.into_iter().enumerate() {
            fold_of_place[place] = turn % folds;
        }
        let fold_of = |cluster: &u32| {
            let place = known.binary_search(cluster);
            place.map_or(0, |place| fold_of_place[place])
        };
        let fold_of: Vec<usize> = clusters.iter().map(fold_of).collect();
        Ok(Self::partition(&fold_of, folds))
    }

    /// [Grouped](Self::grouped) folds of snapshots: the rows of a customer are in the same.
    ///
    /// # Errors
    ///
    /// As [`grouped`](Self::grouped), clusters being customers.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{ChurnDefinition, Folds, Spell, FeatureSet, SnapshotData, SnapshotPlan, Spells}, data::{Customers, date_of_day}};
    /// let (customers, rows) = Customers::from_ints(&[7, 8])?;
    /// let definition = ChurnDefinition::Inactivity { days: 60 };
    /// let stays = Spell { start: 0, end: None, cause: None };
    /// let spells = Spells::new(definition, customers, 200, &["price"], &[(rows[0], stays), (rows[1], stays)])?;
    /// let plan = SnapshotPlan::every(30, date_of_day(30).unwrap(), 2).features(FeatureSet::new(vec![])?);
    /// let folds = Folds::by_customer(&plan.build(&SnapshotData::new(&spells))?, 2, 42)?;
    /// let mut tested: Vec<&[usize]> = folds.as_slice().iter().map(|fold| fold.test.as_slice()).collect();
    /// tested.sort_unstable();
    /// assert_eq!(tested, [[0, 1], [2, 3]]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn by_customer(snapshots: &Snapshots, folds: usize, seed: u64) -> Result<Self> {
        let customers: Vec<u32> = snapshots.clusters().iter().map(|who| who.0).collect();
        Self::grouped(&customers, folds, seed)
    }

    /// A fold for each date of snapshots that can be tested: trained is on what was known on that
    /// day, `embargo` days aside, as in [`Snapshots::forward_splits`]. The first dates are not
    /// tested, and rows whose outcome is not known are nowhere.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] if no date can be tested.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{ChurnDefinition, Folds, Spell, FeatureSet, SnapshotData, SnapshotPlan, Spells}, data::{Customers, date_of_day}};
    /// let (customers, rows) = Customers::from_ints(&[7])?;
    /// let definition = ChurnDefinition::Inactivity { days: 60 };
    /// let spells = Spells::new(definition, customers, 200, &["price"], &[(rows[0], Spell { start: 0, end: None, cause: None })])?;
    /// let plan = SnapshotPlan::every(30, date_of_day(30).unwrap(), 5).horizon(60).features(FeatureSet::new(vec![])?);
    /// let snapshots = plan.build(&SnapshotData::new(&spells))?;
    /// let folds = Folds::forward(&snapshots, 0)?;
    /// // On day 120 the windows of days 30 and 60 are over.
    /// assert_eq!((&folds.as_slice()[1].train, &folds.as_slice()[1].test), (&vec![0, 1], &vec![3]));
    /// assert_eq!(folds.rows(), 5);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn forward(snapshots: &Snapshots, embargo: u32) -> Result<Self> {
        let splits = snapshots.forward_splits(embargo)?.into_iter();
        let fold = |split: super::Split| Fold {
            train: split.train,
            test: split.test,
        };
        Ok(Self {
            rows: snapshots.len(),
            folds: splits.map(fold).collect(),
        })
    }

    /// Folds of one's own, each the rows to train on and the rows to test on, of a table of so many rows.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a row that is not there, is in a fold twice, or is tested by
    /// two folds; [`Error::Overflow`] for more than 4 294 967 295 rows.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::Folds;
    /// let folds = Folds::from_splits(4, &[(&[1, 0], &[2]), (&[0, 1, 2], &[3])])?;
    /// assert_eq!(folds.as_slice()[0].train, [0, 1]);
    /// assert!(Folds::from_splits(4, &[(&[0, 1], &[1, 2])]).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn from_splits(rows: usize, splits: &[(&[usize], &[usize])]) -> Result<Self> {
        if u32::try_from(rows).is_err() {
            return Err(Error::Overflow {
                what: "more than 4294967295 rows; split them".into(),
            });
        }
        let mut tested = vec![false; rows];
        let mut folds = Vec::with_capacity(splits.len());
        for (at, (train, test)) in splits.iter().enumerate() {
            let mut seen = vec![false; rows];
            for &row in train.iter().chain(*test) {
                let expected = || format!("below {rows}, the number of rows");
                let seen = seen
                    .get_mut(row)
                    .ok_or_else(|| Error::parameter("row of a fold", row, expected()))?;
                if std::mem::replace(seen, true) {
                    let expected = format!("a row once in fold {at}");
                    return Err(Error::parameter("row of a fold", row, expected));
                }
            }
            for &row in *test {
                if std::mem::replace(&mut tested[row], true) {
                    let expected = format!("a row that no fold before {at} tests");
                    return Err(Error::parameter("row of a fold", row, expected));
                }
            }
            let ascending = |rows: &[usize]| {
                let mut rows = rows.to_vec();
                rows.sort_unstable();
                rows
            };
            folds.push(Fold {
                train: ascending(train),
                test: ascending(test),
            });
        }
        Ok(Self { rows, folds })
    }

    /// Each fold against all the others.
    fn partition(fold_of: &[usize], folds: usize) -> Self {
        let mut sizes = vec![0; folds];
        for &fold in fold_of {
            sizes[fold] += 1;
        }
        let empty = |&size: &usize| Fold {
            train: Vec::with_capacity(fold_of.len() - size),
            test: Vec::with_capacity(size),
        };
        let mut made: Vec<Fold> = sizes.iter().map(empty).collect();
        for (row, &of_row) in fold_of.iter().enumerate() {
            for (at, fold) in made.iter_mut().enumerate() {
                if at == of_row {
                    fold.test.push(row);
                } else {
                    fold.train.push(row);
                }
            }
        }
        Self {
            rows: fold_of.len(),
            folds: made,
        }
    }

    /// The number of rows of the table, whether they are in a fold or not.
    ///
    /// # Example
    ///
    /// See [`forward`](Self::forward).
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The folds.
    ///
    /// # Example
    ///
    /// See [`Folds`].
    pub fn as_slice(&self) -> &[Fold] {
        &self.folds
    }
}

fn check_folds(folds: usize, items: usize, what: &str) -> Result<()> {
    if folds >= 2 && folds <= items {
        return Ok(());
    }
    let expected = format!("2 or more, and not more than there are {what}, which are {items}");
    Err(Error::parameter("folds", folds, expected))
}

/// Every order is as likely (Fisher and Yates).
fn shuffle(items: &mut [usize], draw: &mut Stream) {
    for last in (1..items.len()).rev() {
        items.swap(last, draw.index(last + 1));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check_partition(folds: &Folds, rows: usize) {
        let mut tested = vec![0; rows];
        for fold in folds.as_slice() {
            let mut all = [fold.train.clone(), fold.test.clone()].concat();
            assert!(fold.train.is_sorted() && fold.test.is_sorted());
            all.sort_unstable();
            assert!(all.into_iter().eq(0..rows), "each row on one side");
            for &row in &fold.test {
                tested[row] += 1;
            }
        }
        assert!(tested.iter().all(|&times| times == 1));
    }

    #[test]
    fn folds_that_would_tell_of_test_rows_are_refused() {
        let made = Folds::from_splits(5, &[(&[3, 0], &[1]), (&[], &[4, 2])]).unwrap();
        assert_eq!((made.rows(), made.as_slice().len()), (5, 2));
        assert_eq!(
            (&made.as_slice()[0].train, &made.as_slice()[1].test),
            (&vec![0, 3], &vec![2, 4])
        );
        let said = |splits: &[(&[usize], &[usize])]| {
            Folds::from_splits(5, splits).unwrap_err().to_string()
        };
        assert!(said(&[(&[5], &[1])]).contains("below 5, the number of rows"));
        assert!(
            said(&[(&[0], &[1]), (&[2], &[2])]).contains("is 2, expected a row once in fold 1")
        );
        assert!(said(&[(&[0, 0], &[1])]).contains("is 0, expected a row once in fold 0"));
        assert!(
            said(&[(&[0], &[1]), (&[0], &[2, 1])]).contains("is 1, expected a row that no fold")
        );
        assert!(Folds::from_splits(usize::MAX, &[]).is_err());
    }

    proptest! {
        #[test]
        fn stratified_folds_partition_rows_and_share_leavers(
            left in proptest::collection::vec(any::<bool>(), 2..200),
            count in 2usize..12,
            seed in any::<u64>(),
        ) {
            let made = Folds::stratified(&left, count, seed);
            if count > left.len() {
                prop_assert!(made.is_err());
                return Ok(());
            }
            let folds = made.unwrap();
            check_partition(&folds, left.len());
            let spread = |of: &dyn Fn(&Fold) -> usize| {
                let sizes = folds.as_slice().iter().map(of);
                sizes.clone().max().unwrap() - sizes.min().unwrap()
            };
            prop_assert!(spread(&|fold| fold.test.len()) <= 1);
            let gone = |fold: &Fold| fold.test.iter().filter(|&&row| left[row]).count();
            prop_assert!(spread(&gone) <= 1);
        }

        #[test]
        fn grouped_folds_partition_rows_and_keep_clusters(
            clusters in proptest::collection::vec(0u32..30, 2..200),
            count in 2usize..12,
            seed in any::<u64>(),
        ) {
            let mut known = clusters.clone();
            known.sort_unstable();
            known.dedup();
            let made = Folds::grouped(&clusters, count, seed);
            if count > known.len() {
                prop_assert!(made.is_err());
                return Ok(());
            }
            let folds = made.unwrap();
            check_partition(&folds, clusters.len());
            let mut sizes = Vec::new();
            for fold in folds.as_slice() {
                let mut tested: Vec<u32> = fold.test.iter().map(|&row| clusters[row]).collect();
                tested.sort_unstable();
                tested.dedup();
                prop_assert!(fold.train.iter().all(|&row| tested.binary_search(&clusters[row]).is_err()));
                sizes.push(tested.len());
            }
            prop_assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1);
        }
    }

    #[test]
    fn another_seed_gives_other_folds() {
        let left: Vec<bool> = (0..50).map(|row| row % 3 == 0).collect();
        let of = |seed| Folds::stratified(&left, 5, seed).unwrap();
        assert_ne!(of(1), of(2));
        let clusters: Vec<u32> = (0..50).map(|row| row / 2).collect();
        let of = |seed| Folds::grouped(&clusters, 5, seed).unwrap();
        assert_ne!(of(1), of(2));
        // Neither the rows nor the order of clusters say which fold.
        let first: Vec<usize> = of(1).as_slice()[0].test.clone();
        assert!(first.windows(2).any(|pair| pair[1] - pair[0] > 9));
    }

    #[test]
    fn numbers_of_folds_that_cannot_be_are_refused() {
        let error = Folds::stratified(&[true, false, true], 1, 0).unwrap_err();
        assert!(error.to_string().starts_with("folds is 1"));
        assert!(Folds::stratified(&[], 2, 0).is_err());
        let error = Folds::grouped(&[1, 1, 2], 3, 0).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("there are clusters, which are 2")
        );
    }
}
