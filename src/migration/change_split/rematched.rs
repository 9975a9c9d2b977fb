//! Customers whose records were put together otherwise.

use crate::data::{Crosswalk, Customers};

/// Whether the records of each customer were put together otherwise: whether a record that both
/// crosswalks know belongs to the customer in one of them only. New records and records that fell away
/// change nothing; merged customers, and those who were split, are re-matched on both sides.
///
/// Customers are told by their keys in the two crosswalks; one that neither knows is not re-matched.
///
/// # Example
///
/// ```
/// use custometry::{data::{Crosswalk, Customers}, migration::rematched_customers};
///
/// let spring = Crosswalk::of_persons([("web", 1.into(), 10), ("shop", 7.into(), 11), ("web", 2.into(), 12)])?;
/// // Persons 10 and 11 were found to be one; person 12 has one more record.
/// let summer = Crosswalk::of_persons([
///     ("web", 1.into(), 10), ("shop", 7.into(), 10), ("web", 2.into(), 12), ("shop", 8.into(), 12),
/// ])?;
/// let (customers, _) = Customers::from_ints(&[10, 11, 12, 13])?;
/// assert_eq!(rematched_customers(&spring, &summer, &customers), [true, true, false, false]);
/// # Ok::<(), custometry::Error>(())
/// ```
pub fn rematched_customers(
    before: &Crosswalk,
    after: &Crosswalk,
    customers: &Customers,
) -> Vec<bool> {
    let mut rematched = vec![false; customers.len()];
    for (source, record, old) in before.entries() {
        let Some(new) = after.find(source, record) else {
            continue;
        };
        let (old, new) = (before.customers().key(old), after.customers().key(new));
        if old != new {
            for key in [old, new].into_iter().flatten() {
                if let Some(customer) = customers.find(key) {
                    rematched[customer.at()] = true;
                }
            }
        }
    }
    rematched
}
