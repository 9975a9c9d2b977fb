//! The saved form.

use super::*;
use crate::persist;

#[test]
fn a_model_comes_back_and_a_changed_one_does_not() {
    let (durations, features) = (late_rossi(), features());
    for baseline in [
        HazardBaseline::EachPeriod,
        HazardBaseline::Linear,
        HazardBaseline::Polynomial(3),
    ] {
        let params = params(Link::ComplementaryLogLog, baseline);
        let model = params.fit(&durations, &features).unwrap();
        let text = persist::to_json(&model).unwrap();
        assert!(text.starts_with(r#"{"format":"custometry/discrete_hazard","version":1"#));
        let back: DiscreteHazard = persist::from_json(&text).unwrap();
        assert_eq!(back, model);
        let alive = |model: &DiscreteHazard| model.survival(&features, &[7, 52]).unwrap();
        assert_eq!(alive(&back), alive(&model));
        let mut changes = vec![
            ("\"covariance\":[", "\"covariance\":[-"),
            ("\"covariance\":[", "\"covariance\":[1.0,"),
            ("\"rows\":[432,0,114]", "\"rows\":[100,0,114]"),
            ("\"rows\":[432,0,114]", "\"rows\":[432,0,0]"),
            ("\"person_periods\":19", "\"person_periods\":"),
            ("\"half\":25.5", "\"half\":0.5"),
            ("\"base\":0.0", "\"base\":1.0"),
            ("\"null_log_likelihood\":-", "\"null_log_likelihood\":"),
            ("\"iterations\"", "\"turns\""),
        ];
        if baseline == HazardBaseline::EachPeriod {
            changes.extend([
                ("\"never\"", "\"always\""),
                ("\"never\"", "{\"between\":0.5}"),
                ("period=29", "period=30"),
                ("each_period", "linear"),
            ]);
        } else {
            changes.extend([
                ("\"powers\":[", "\"powers\":[0.5,"),
                ("\"periods\":[]", "\"periods\":[\"never\"]"),
                (
                    "\"converged\"",
                    "{\"infinite_coefficients\":{\"names\":[\"z\"]}}",
                ),
            ]);
        }
        for (from, to) in changes {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from}");
            let read = persist::from_json::<DiscreteHazard>(&changed);
            // Both are infinite: the names alone do not tell which.
            let same = from == "\"never\"" && to == "\"always\"";
            assert_eq!(read.is_err(), !same, "{baseline:?} {from} {to}");
        }
    }
}

#[test]
fn params_are_saved_with_all_they_hold() {
    let params = params(Link::ComplementaryLogLog, HazardBaseline::Polynomial(3))
        .missing(MissingRows::LeaveOut)
        .max_iterations(7);
    let text = serde_json::to_string(&params).unwrap();
    assert_eq!(serde_json::from_str::<HazardParams>(&text).unwrap(), params);
    assert!(serde_json::from_str::<HazardParams>(r#"{"degree":1}"#).is_err());
}
