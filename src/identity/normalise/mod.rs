//! One form for what people write in many.

mod address;
mod birth_date;
mod email;
mod family_first;
mod generic;
mod name;
mod nickname;
mod nickname_table;
mod phone;
mod postcode;
mod text;

pub use self::address::{Address, normalise_address, parse_address};
pub use self::birth_date::{DateOrder, date_order_of, is_placeholder_date, parse_birth_date};
pub use self::email::{NormalEmail, is_generic_email, normalise_email};
pub use self::generic::is_generic_text;
pub use self::name::{PersonName, normalise_given_name, normalise_surname, parse_full_name};
pub use self::nickname::{are_nicknames, nickname_sets};
pub use self::phone::{PhoneRegion, normalise_phone};
pub use self::postcode::{normalise_postcode, postcode_outward};
pub use self::text::normalise_text;
