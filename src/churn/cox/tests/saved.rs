use serde_json::{Value, json};

use super::*;
use crate::persist::{from_json, to_json};

fn stratified() -> Cox {
    let rossi = rossi();
    let race = race();
    let features = with_plans();
    let data = CoxData::new(&rossi, &features).strata(&race);
    CoxParams::default().fit(&data).unwrap()
}

#[test]
fn what_is_saved_is_read_to_the_last_bit() {
    let cox = stratified();
    let back: Cox = from_json(&to_json(&cox).unwrap()).unwrap();
    assert_eq!(back, cox);
}

#[test]
fn damaged_forms_are_refused() {
    let whole: Value = serde_json::from_str(&to_json(&stratified()).unwrap()).unwrap();
    let damages: [(&str, Value); 14] = [
        ("/model/kept", json!([1, 0, 2, 3])),
        ("/model/kept", json!([0, 1, 2, 9])),
        ("/model/names", json!(["fin", "age", "plan=p1", "plan=p9"])),
        ("/model/aliased", json!(["fin"])),
        ("/model/coefficients", json!([1.0])),
        ("/model/covariance/1", json!(7.0)),
        ("/model/covariance/0", json!(-1.0)),
        ("/model/events", json!(433)),
        ("/model/events", json!(0)),
        (
            "/model/verdict",
            json!({"infinite_coefficients": {"names": ["gone"]}}),
        ),
        ("/model/strata", json!(["0"])),
        ("/model/strata", json!(["0", "0"])),
        ("/model/baselines/0/times/0", json!(60.0)),
        ("/model/baselines/0/hazard/0", json!(0.0)),
    ];
    for (place, damage) in damages {
        let mut form = whole.clone();
        *form.pointer_mut(place).unwrap() = damage;
        let refused = from_json::<Cox>(&form.to_string());
        assert!(refused.is_err(), "{place}");
    }
}
