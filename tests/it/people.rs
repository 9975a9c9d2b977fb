//! Simulated people as records to be resolved.

use custometry::{identity::Records, simulate::SimulatedPeople};

pub(crate) fn records(people: &SimulatedPeople) -> Records {
    Records::builder()
        .int_keys(&people.record)
        .given_name(&people.given_name)
        .surname(&people.surname)
        .birth_dates(&people.birth_date)
        .postcode(&people.postcode)
        .email(&people.email)
        .phone(&people.phone)
        .build()
        .unwrap()
}
