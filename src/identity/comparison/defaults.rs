//! Comparisons that suit each kind of column.

use super::{Comparison, EditDistance, Level, Similarity, TermFrequency, Test};
use crate::identity::{ColumnPart, FieldKind, Part};

/// A level on letters that differ is rarer evidence than it seems by how common the
/// value is: an uncommon name is as easily mistyped as a common one.
const FUZZY: f64 = 0.5;

fn fuzzy(name: &str, column: &str, test: Test) -> Level {
    Level::new(name, test).adjusted(TermFrequency::new(column).weight(FUZZY))
}

fn same(column: &str) -> Level {
    Level::new("same", Test::exact(column)).term_frequency(column)
}

impl Comparison {
    /// The comparison that suits a kind of column.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::{Comparison, FieldKind};
    /// let email = Comparison::of_kind("email", FieldKind::Email);
    /// assert_eq!(email, Comparison::email("email"));
    /// ```
    pub fn of_kind(column: &str, kind: FieldKind) -> Self {
        match kind {
            FieldKind::GivenName => Self::given_name(column),
            FieldKind::Surname | FieldKind::FullName => Self::surname(column),
            FieldKind::BirthDate => Self::birth_date(column),
            FieldKind::Email => Self::email(column),
            FieldKind::Phone => Self::phone(column),
            FieldKind::Postcode => Self::postcode(column),
            FieldKind::Address => Self::address(column),
            FieldKind::Identifier => Self::identifier(column),
            FieldKind::City | FieldKind::Text => Self::jaro_winkler(column, &[0.92, 0.8]),
            FieldKind::Verbatim => Self::exact(column),
            FieldKind::Set => Self::set(column, &[2, 1]),
            FieldKind::Number => Self::numbers(column, &[0.0]),
            FieldKind::Place => Self::places(column, &[0.1, 1.0, 10.0, 100.0]),
        }
    }

    /// The same or not.
    ///
    /// # Example
    ///
    /// See [`name`](Self::name).
    pub fn exact(column: &str) -> Self {
        Self::new(column, Test::missing(column), vec![same(column)])
    }

    /// The same, or as similar as falling thresholds say.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::Comparison;
    /// assert_eq!(Comparison::jaro_winkler("city", &[0.92, 0.8]).levels().len(), 4);
    /// ```
    pub fn jaro_winkler(column: &str, at_least: &[f64]) -> Self {
        let mut levels = vec![same(column)];
        levels.extend(at_least.iter().map(|&cut| {
            let test = Test::similar(column, Similarity::JaroWinkler, cut);
            fuzzy(&format!("Jaro-Winkler at least {cut}"), column, test)
        }));
        Self::new(column, Test::missing(column), levels)
    }

    /// The same, or within rising numbers of changes.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::{Comparison, EditDistance};
    /// let plate = Comparison::edits("plate", EditDistance::Osa, &[1, 2]);
    /// assert_eq!(plate.levels()[1].name, "at most 1 changes");
    /// ```
    pub fn edits(column: &str, by: EditDistance, at_most: &[u32]) -> Self {
        let mut levels = vec![same(column)];
        levels.extend(at_most.iter().map(|&cut| {
            let test = Test::within(column, by, cut);
            fuzzy(&format!("at most {cut} changes"), column, test)
        }));
        Self::new(column, Test::missing(column), levels)
    }

    /// Given names: the same, a short form, nearly the same, an initial.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::Comparison;
    /// let names: Vec<String> =
    ///     Comparison::given_name("given_name").levels().iter().map(|level| level.name.clone()).collect();
    /// assert_eq!(names[..2], ["same", "short form"]);
    /// ```
    pub fn given_name(column: &str) -> Self {
        let mut levels = Self::jaro_winkler(column, &[0.92, 0.85]).levels;
        levels.insert(1, Level::new("short form", Test::Nicknames(column.into())));
        let place = levels.len() - 1;
        levels.insert(place, Level::new("initial", Test::Begins(column.into())));
        Self::new(column, Test::missing(column), levels)
    }

    /// Family names: the same or similar.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::Comparison;
    /// assert_eq!(Comparison::surname("surname").name(), "surname");
    /// ```
    pub fn surname(column: &str) -> Self {
        Self::jaro_winkler(column, &[0.92, 0.85, 0.7])
    }

    /// Given name and family name as one: both the same, swapped, both similar, one of
    /// them the same.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::{Comparison, Test};
    /// let names = Comparison::names("given_name", "surname");
    /// assert!(matches!(names.levels()[1].test, Test::Swapped(..)));
    /// ```
    pub fn names(given: &str, surname: &str) -> Self {
        let like = |column: &str, cut| Test::similar(column, Similarity::JaroWinkler, cut);
        let both = |cut| Test::All(vec![like(given, cut), like(surname, cut)]);
        let missing = Test::All(vec![Test::missing(given), Test::missing(surname)]);
        let same = Test::All(vec![Test::exact(given), Test::exact(surname)]);
        let levels = vec![
            Level::new("both the same", same),
            Level::new("swapped", Test::Swapped(given.into(), surname.into())),
            Level::new("both nearly the same", both(0.92)),
            Level::new("both alike", both(0.88)),
            Level::new("the same surname", Test::exact(surname)).term_frequency(surname),
            Level::new("the same given name", Test::exact(given)).term_frequency(given),
        ];
        Self::new(&format!("{given}, {surname}"), missing, levels)
    }

    /// Days of birth: the same, one slip, within a month, a year, ten years.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::Comparison;
    /// assert_eq!(Comparison::birth_date("born").levels()[1].name, "one slip");
    /// ```
    pub fn birth_date(column: &str) -> Self {
        let slip = vec![
            Test::within(column, EditDistance::Osa, 1),
            Test::DayAndMonthSwapped(column.into()),
        ];
        let apart = |name: &str, at_most| {
            let of = column.into();
            Level::new(name, Test::DaysApart { of, at_most })
        };
        let levels = vec![
            same(column),
            Level::new("one slip", Test::Any(slip)),
            apart("within a month", 31.0),
            apart("within a year", 366.0),
            apart("within ten years", 3653.0),
        ];
        Self::new(column, Test::missing(column), levels)
    }

    /// E-mail addresses: the same, the same user elsewhere, one slip. There is no level
    /// for users that are merely alike: most contain the name, which has been compared.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::Comparison;
    /// assert_eq!(Comparison::email("email").levels()[1].name, "the same user");
    /// ```
    pub fn email(column: &str) -> Self {
        let user = ColumnPart::new(column, Part::EmailUser);
        let slip = Test::within(column, EditDistance::Osa, 1);
        let levels = vec![
            same(column),
            Level::new("the same user", Test::Exact(user)),
            Level::new("one slip", slip),
        ];
        Self::new(column, Test::missing(column), levels)
    }

    /// Phone numbers: the same, the same but for the code, one slip.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::Comparison;
    /// assert_eq!(Comparison::phone("phone").levels().len(), 4);
    /// ```
    pub fn phone(column: &str) -> Self {
        let local = ColumnPart::new(column, Part::Suffix(7));
        let levels = vec![
            same(column),
            Level::new("the same last digits", Test::Exact(local)),
            Level::new("one slip", Test::within(column, EditDistance::Osa, 1)),
        ];
        Self::new(column, Test::missing(column), levels)
    }

    /// Numbers that are given to one person: the same, one slip, two.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::Comparison;
    /// assert_eq!(Comparison::identifier("card").levels().len(), 4);
    /// ```
    pub fn identifier(column: &str) -> Self {
        Self::edits(column, EditDistance::Osa, &[1, 2])
    }

    /// Postcodes: the same, one slip, the same area.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::Comparison;
    /// assert_eq!(Comparison::postcode("postcode").levels().len(), 4);
    /// ```
    pub fn postcode(column: &str) -> Self {
        let area = ColumnPart::new(column, Part::Prefix(3));
        let levels = vec![
            same(column),
            Level::new("one slip", Test::within(column, EditDistance::Osa, 1)),
            Level::new("the same area", Test::Exact(area)),
        ];
        Self::new(column, Test::missing(column), levels)
    }

    /// Addresses: the same, nearly the same, or with words in common.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::Comparison;
    /// assert_eq!(Comparison::address("address").levels()[2].name, "half of the words");
    /// ```
    pub fn address(column: &str) -> Self {
        let near = Test::similar(column, Similarity::JaroWinkler, 0.92);
        let words = Test::similar(column, Similarity::JaccardWords, 0.5);
        let levels = vec![
            same(column),
            fuzzy("Jaro-Winkler at least 0.92", column, near),
            Level::new("half of the words", words),
        ];
        Self::new(column, Test::missing(column), levels)
    }

    /// Sets: at least so many elements in common, from more to fewer.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::Comparison;
    /// assert_eq!(Comparison::set("phones", &[2, 1]).levels()[0].name, "2 in common");
    /// ```
    pub fn set(column: &str, at_least: &[u32]) -> Self {
        let level = |&at_least: &u32| {
            let of = column.into();
            Level::new(
                &format!("{at_least} in common"),
                Test::Common { of, at_least },
            )
        };
        let levels = at_least.iter().map(level).collect();
        Self::new(column, Test::missing(column), levels)
    }

    /// Numbers: at most so far apart, from less to more.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::Comparison;
    /// assert_eq!(Comparison::numbers("height", &[0.01, 0.05]).levels().len(), 3);
    /// ```
    pub fn numbers(column: &str, at_most: &[f64]) -> Self {
        let level = |&at_most: &f64| {
            let of = column.into();
            Level::new(
                &format!("within {at_most}"),
                Test::NumbersApart { of, at_most },
            )
        };
        let levels = at_most.iter().map(level).collect();
        Self::new(column, Test::missing(column), levels)
    }

    /// Places: at most so many kilometres apart, from less to more.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::Comparison;
    /// assert_eq!(Comparison::places("home", &[1.0, 10.0]).levels()[1].name, "within 10 km");
    /// ```
    pub fn places(column: &str, at_most: &[f64]) -> Self {
        let level = |&at_most: &f64| {
            let of = column.into();
            Level::new(
                &format!("within {at_most} km"),
                Test::KmApart { of, at_most },
            )
        };
        let levels = at_most.iter().map(level).collect();
        Self::new(column, Test::missing(column), levels)
    }
}
