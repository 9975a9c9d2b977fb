//! What `data` takes besides purchases.

mod assignments;
mod contact;
mod crosswalk;
mod events;
mod features;

pub use self::{
    assignments::AssignmentColumns, contact::ContactColumns, crosswalk::CrosswalkColumns,
    events::EventColumns, features::FeatureColumns,
};
