//! Who may be contacted.

use serde::{Deserialize, Serialize};

use super::{CustomerIx, Customers, Merge, merge::sealed};
use crate::{Error, Result};

/// Whether a customer may be contacted.
///
/// Order is by strength: what two records of one person say is combined by the
/// stronger word, so a refusal in any record holds for the person.
///
/// # Example
///
/// ```
/// use custometry::data::ContactStatus::{Allowed, Refused, Unknown};
/// assert_eq!(Allowed.max(Refused), Refused);
/// assert_eq!(Allowed.max(Unknown), Allowed);
/// ```
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum ContactStatus {
    /// Nothing is known; the default. It is not a permission.
    #[default]
    Unknown,
    /// The customer agreed.
    Allowed,
    /// The customer refused.
    Refused,
}

impl ContactStatus {
    /// The status in a word, for tables.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(custometry::data::ContactStatus::Refused.name(), "refused");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Allowed => "allowed",
            Self::Refused => "refused",
        }
    }
}

/// The contact status of every customer, in the order of the customers.
///
/// # Example
///
/// ```
/// use custometry::data::{ContactStatus, ContactStatuses, Customers};
///
/// let (customers, rows) = Customers::from_texts(&["ann", "bob", "ann"])?;
/// let said = [ContactStatus::Allowed, ContactStatus::Allowed, ContactStatus::Refused];
/// let contact = ContactStatuses::new(&customers, rows.into_iter().zip(said))?;
/// assert_eq!(contact.as_slice(), [ContactStatus::Refused, ContactStatus::Allowed]);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Fields")]
pub struct ContactStatuses {
    customers: Customers,
    statuses: Vec<ContactStatus>,
}

impl ContactStatuses {
    /// Statuses from any number of records a customer; those without a record
    /// are [`Unknown`](ContactStatus::Unknown).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] for a record of a customer who does not exist.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{ContactStatus, ContactStatuses, CustomerIx, Customers};
    /// let (customers, _) = Customers::from_ints(&[1])?;
    /// let unknown = ContactStatuses::new(&customers, [])?;
    /// assert_eq!(unknown.as_slice(), [ContactStatus::Unknown]);
    /// let nobody = [(CustomerIx(1), ContactStatus::Allowed)];
    /// assert!(ContactStatuses::new(&customers, nobody).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn new(
        customers: &Customers,
        records: impl IntoIterator<Item = (CustomerIx, ContactStatus)>,
    ) -> Result<Self> {
        let mut statuses = vec![ContactStatus::Unknown; customers.len()];
        for (row, (customer, said)) in records.into_iter().enumerate() {
            let Some(status) = statuses.get_mut(customer.at()) else {
                let count = customers.len();
                let reason = format!(
                    "number {} of {count} customers (counted from 0)",
                    customer.0
                );
                return Err(Error::value("customer", row, reason));
            };
            *status = said.max(*status);
        }
        Ok(Self {
            customers: customers.clone(),
            statuses,
        })
    }

    /// The customers.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{ContactStatuses, Customers};
    /// let none = ContactStatuses::new(&Customers::default(), [])?;
    /// assert!(none.customers().is_empty());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn customers(&self) -> &Customers {
        &self.customers
    }

    /// One status a customer.
    ///
    /// # Example
    ///
    /// See [`ContactStatuses`].
    pub fn as_slice(&self) -> &[ContactStatus] {
        &self.statuses
    }

    /// The same statuses with customers in the order of their keys.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{ContactStatus, ContactStatuses, CustomerIx, Customers};
    /// let (customers, _) = Customers::from_ints(&[2, 1])?;
    /// let two = ContactStatuses::new(&customers, [(CustomerIx(0), ContactStatus::Allowed)])?;
    /// let sorted = two.in_key_order();
    /// assert_eq!(sorted.as_slice(), [ContactStatus::Unknown, ContactStatus::Allowed]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn in_key_order(&self) -> Self {
        let (customers, old) = self.customers.in_key_order();
        let statuses = old.iter().map(|from| self.statuses[from.at()]).collect();
        Self {
            customers,
            statuses,
        }
    }
}

impl sealed::Sealed for ContactStatuses {}

impl Merge for ContactStatuses {
    fn neutral(&self) -> Self {
        Self {
            customers: Customers::default(),
            statuses: Vec::new(),
        }
    }

    fn merge(self, other: Self) -> Result<Self> {
        let (customers, numbers) = self.customers.union(&other.customers)?;
        let mut statuses = self.statuses;
        statuses.resize(customers.len(), ContactStatus::Unknown);
        for (number, said) in numbers.iter().zip(other.statuses) {
            let status = &mut statuses[number.at()];
            *status = said.max(*status);
        }
        Ok(Self {
            customers,
            statuses,
        })
    }
}

/// What is written, checked when it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    customers: Customers,
    statuses: Vec<ContactStatus>,
}

impl TryFrom<Fields> for ContactStatuses {
    type Error = Error;

    fn try_from(fields: Fields) -> Result<Self> {
        Error::check_length(
            "contact status",
            fields.customers.len(),
            fields.statuses.len(),
        )?;
        Ok(Self {
            customers: fields.customers,
            statuses: fields.statuses,
        })
    }
}
