//! A picture: a figure with its title and how to read it.

use super::draw::Figure;
use crate::Error;

/// A figure that is drawn at any width, with a title, a sentence on how to read it, and the numbers it
/// is drawn from.
///
/// # Example
///
/// ```
/// use custometry::{data::Currency, report::Picture};
/// let picture = Picture::value_distribution(&[3.0, 12.5, f64::NAN, 180.0], Currency::EUR)?;
/// assert_eq!(picture.name(), "value_distribution");
/// let svg = picture.svg(720.0);
/// assert!(svg.starts_with("<svg ") && svg.contains("<title>What customers are worth</title>"));
/// let (columns, rows) = picture.table();
/// assert_eq!(columns, ["name", "customers", "lo", "hi"]);
/// assert_eq!(rows[0][..2], ["2 to 5 EUR", "1"]);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    name: &'static str,
    title: String,
    reading: String,
    figure: Figure,
}

impl Picture {
    pub(super) fn new(name: &'static str, title: &str, reading: String, figure: Figure) -> Self {
        Self {
            name,
            title: title.to_owned(),
            reading,
            figure,
        }
    }

    /// A short name, good for a file.
    ///
    /// # Example
    ///
    /// See [`Picture`].
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The title.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::Currency, report::Picture};
    /// let picture = Picture::value_distribution(&[3.0], Currency::EUR)?;
    /// assert_eq!(picture.title(), "What customers are worth");
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn title(&self) -> &str {
        &self.title
    }

    /// How to read it, in a sentence or two.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::Currency, report::Picture};
    /// let picture = Picture::value_distribution(&[3.0], Currency::EUR)?;
    /// assert!(picture.reading().starts_with("How many customers"));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn reading(&self) -> &str {
        &self.reading
    }

    /// The picture, so many pixels wide: about 720 for a page, 340 for a phone. Letters are of the same
    /// size at any width. The text holds no script, no style sheet and no reference to anything outside.
    ///
    /// # Example
    ///
    /// See [`Picture`].
    pub fn svg(&self, width: f64) -> String {
        let width = if width.is_finite() {
            width.clamp(240.0, 4_000.0)
        } else {
            720.0
        };
        let title = escaped(&self.title);
        let svg = self.figure.svg(width);
        let titled = format!("<svg role=\"img\" aria-label=\"{title}\" ");
        let svg = svg.replacen("<svg ", &titled, 1);
        let end_of_tag = svg.find('>').map_or(0, |at| at + 1);
        let (tag, rest) = svg.split_at(end_of_tag);
        format!("{tag}\n<title>{title}</title>{rest}")
    }

    /// The numbers that are drawn: the names of the columns, and a row for each mark.
    ///
    /// # Example
    ///
    /// See [`Picture`].
    pub fn table(&self) -> (Vec<&str>, Vec<Vec<String>>) {
        self.figure.table()
    }
}

/// Text as it stands in HTML and SVG.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter => safe.push(letter),
        }
    }
    safe
}

/// The error of a figure without anything in it.
pub(super) fn nothing(what: &'static str) -> Error {
    Error::NotEnoughData {
        what: what.into(),
        needed: 1,
        found: 0,
    }
}
