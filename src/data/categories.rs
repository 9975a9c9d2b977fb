//! A column of labels, each different label stored once.

use std::fmt;

use super::customers::Texts;
use crate::Result;

/// Marks a row without a label.
const NONE: u32 = u32::MAX;

/// A text column (items, channels, orders, sources) held as codes into its
/// different labels, which are in order of first appearance. Blank rows have no
/// label.
///
/// # Example
///
/// ```
/// use custometry::data::Categories;
/// let channel = Categories::new(&["web", "", "shop", "web"])?;
/// assert_eq!(channel.labels().collect::<Vec<_>>(), ["web", "shop"]);
/// assert_eq!(channel.code(3), Some(0));
/// assert_eq!(channel.label(1), None);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Categories {
    labels: Texts,
    codes: Vec<u32>,
}

impl fmt::Debug for Categories {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Categories")
            .field("rows", &self.len())
            .field("labels", &self.labels.len())
            .finish_non_exhaustive()
    }
}

impl Categories {
    /// Codes a column of labels.
    ///
    /// # Errors
    ///
    /// [`Error::Overflow`](crate::Error::Overflow) at more than 2^32 - 1
    /// different labels.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::Categories;
    /// assert_eq!(Categories::new(&["a", "b", "a"])?.labels().len(), 2);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn new<S: AsRef<str> + Sync>(rows: &[S]) -> Result<Self> {
        let (all, mut codes) = Texts::number(rows)?;
        let mut labels = Texts::default();
        let mut next = 0;
        // Blank labels fall out, so the labels after them move up.
        let kept: Vec<u32> = all
            .iter()
            .map(|label| {
                if label.trim().is_empty() {
                    return NONE;
                }
                labels.push(label);
                next += 1;
                next - 1
            })
            .collect();
        for code in &mut codes {
            *code = kept[*code as usize];
        }
        Ok(Self { labels, codes })
    }

    /// The number of rows.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(custometry::data::Categories::new(&["a", ""])?.len(), 2);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there are no rows.
    ///
    /// # Example
    ///
    /// ```
    /// assert!(custometry::data::Categories::new::<&str>(&[])?.is_empty());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// The different labels, in order of first appearance.
    ///
    /// # Example
    ///
    /// ```
    /// let items = custometry::data::Categories::new(&["tea", "milk", "tea"])?;
    /// assert_eq!(items.labels().nth(1), Some("milk"));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn labels(&self) -> impl ExactSizeIterator<Item = &str> {
        self.labels.iter()
    }

    /// The place of a row's label among [`labels`](Self::labels); `None` if the
    /// row is blank or does not exist.
    ///
    /// # Example
    ///
    /// ```
    /// let items = custometry::data::Categories::new(&["tea", "", "milk"])?;
    /// assert_eq!((items.code(1), items.code(2)), (None, Some(1)));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn code(&self, row: usize) -> Option<u32> {
        self.codes.get(row).copied().filter(|&code| code != NONE)
    }

    /// The label of a row; `None` if the row is blank or does not exist.
    ///
    /// # Example
    ///
    /// ```
    /// let items = custometry::data::Categories::new(&["tea", ""])?;
    /// assert_eq!((items.label(0), items.label(1)), (Some("tea"), None));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn label(&self, row: usize) -> Option<&str> {
        self.code(row).map(|code| self.labels.at(code as usize))
    }

    /// Some rows, in the order given; the same as if the others had never been.
    pub(super) fn of_rows(&self, rows: &[usize]) -> Self {
        let mut labels = Texts::default();
        let mut moved = vec![NONE; self.labels.len()];
        let mut next = 0;
        let codes = rows.iter().map(|&row| {
            let code = self.codes[row];
            if code == NONE {
                return NONE;
            }
            let place = &mut moved[code as usize];
            if *place == NONE {
                labels.push(self.labels.at(code as usize));
                *place = next;
                next += 1;
            }
            *place
        });
        let codes = codes.collect();
        Self { labels, codes }
    }
}
