use super::*;
use crate::persist;

fn model() -> Logistic {
    let (features, left) = rossi();
    let levels: Vec<&str> = (0..432).map(|row| ["a", "b", "c"][row % 3]).collect();
    let features = features
        .with_categories("group", Categories::new(&levels).unwrap())
        .unwrap();
    LogisticParams::default()
        .fit(&LogisticData::new(&features, &left))
        .unwrap()
}

#[test]
fn a_saved_model_comes_back_to_the_last_bit() {
    let separated = {
        let features = features(&[("x", &[1.0, 2.0, 3.0, 4.0])]);
        let left = [false, false, true, true];
        LogisticParams::default()
            .fit(&LogisticData::new(&features, &left))
            .unwrap()
    };
    for model in [model(), separated] {
        let text = persist::to_json(&model).unwrap();
        assert!(text.starts_with(r#"{"format":"custometry/logistic","version":1,"#));
        assert_eq!(persist::from_json::<Logistic>(&text).unwrap(), model);
    }
}

#[test]
fn what_cannot_be_is_refused() {
    let text = persist::to_json(&model()).unwrap();
    let model = text.split_once(r#""model":"#).unwrap().1;
    let whole: serde_json::Value = serde_json::from_str(&model[..model.len() - 1]).unwrap();
    let refused = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut other = whole.clone();
        change(&mut other);
        assert_ne!(other, whole, "the change has changed nothing");
        assert!(serde_json::from_value::<Logistic>(other).is_err());
    };
    assert!(serde_json::from_value::<Logistic>(whole.clone()).is_ok());
    refused(&|model| model["linear"]["kept"][0] = 3.into());
    refused(&|model| model["linear"]["kept"][8] = 99.into());
    refused(&|model| model["linear"]["base"] = 7.0.into());
    refused(&|model| model["linear"]["means"] = serde_json::json!([1.0]));
    refused(&|model| model["linear"]["coefficients"][1] = 7.0.into());
    refused(&|model| model["linear"]["design"]["numbers"][1] = "fin".into());
    refused(&|model| model["linear"]["more"] = 1.into());
    refused(&|model| model["coefficients"][1] = 7.0.into());
    refused(&|model| model["coefficients"] = serde_json::json!([]));
    refused(&|model| model["covariance"][0] = (-1.0).into());
    refused(&|model| model["covariance"][1] = 100.0.into());
    refused(&|model| model["covariance"] = serde_json::json!([1.0]));
    refused(&|model| model["ridge"] = (-1.0).into());
    refused(&|model| model["log_likelihood"] = 1.0.into());
    refused(&|model| model["null_log_likelihood"] = (-1.0).into());
    refused(&|model| model["left"] = 0.into());
    refused(&|model| model["left"] = 432.into());
    refused(&|model| model["link"] = "probit".into());
    refused(&|model| model["more"] = 1.into());
    for columns in [
        serde_json::json!([]),
        serde_json::json!(["z"]),
        serde_json::json!(["age", "fin"]),
    ] {
        refused(&|model| model["verdict"] = serde_json::json!({"separated": {"columns": columns}}));
    }
}

#[test]
fn parameters_are_read_with_defaults_and_without_others() {
    let read = |text: &str| serde_json::from_str::<LogisticParams>(text);
    assert_eq!(read("{}").unwrap(), LogisticParams::default());
    let params = read(r#"{"link":"complementary_log_log","ridge":2.0}"#).unwrap();
    assert_eq!(
        params,
        LogisticParams::default()
            .link(Link::ComplementaryLogLog)
            .ridge(2.0)
    );
    assert!(read(r#"{"rigde":2.0}"#).is_err());
}
