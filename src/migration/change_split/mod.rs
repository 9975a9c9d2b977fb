//! The question: did customers behave differently, or did only our definitions change, or whose records
//! are whose?
//!
//! # Model
//!
//! Old segments of the first day, `M1(D1)`, the old definition applied to the second day, `M1(D2)`, and
//! the new definition applied to it, `M2(D2)`. For customers whose records were put together otherwise
//! between the days, the first day is of another person: their whole movement is re-matching. For all
//! others it falls into two steps.
//!
//! # Formula
//!
//! ```text
//! total       M1(D1) -> M2(D2)
//! behaviour   M1(D1) -> M1(D2)     customers with the same records
//! definition  M1(D2) -> M2(D2)     customers with the same records
//! re-matching M1(D1) -> M2(D2)     customers with other records
//! after - before = (net of behaviour) + (net of definition) + (net of re-matching)     by segment
//! ```
//!
//! # How to read the numbers
//!
//! Each customer has one [`ChangeCause`], so that causes add up to all customers. A frozen definition
//! leaves the definition matrix with its diagonal alone. A customer who moved by both steps and ended
//! where the journey began has not moved in total; the cause says so.
//!
//! # Limits
//!
//! The order of the steps is a choice: behaviour is told by the old definition. `M1` must be kept, or
//! there is no `M1(D2)`, and behaviour and definition cannot be told apart.
//!
//! # Complexity
//!
//! O(n + k²) for n customers and k segments, in time and room; in parallel where there are many more
//! customers than 65,536 and 16·(k + 1)².
//!
//! # References
//!
//! The split is a definition of this library: the parts add up by construction, and no published method
//! is known that tells a change of definition from one of behaviour.

mod matrix;
mod rematched;
mod split;

pub use self::matrix::ChangeMatrix;
pub use self::rematched::rematched_customers;
pub use self::split::{ChangeCause, ChangeCauses, ChangeSplit, ChangeSplitParams, SegmentChange};

#[cfg(test)]
mod tests;
