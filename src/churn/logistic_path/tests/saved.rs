//! The saved form.

use super::*;

#[test]
fn a_path_comes_back_and_a_changed_one_does_not() {
    let rossi = Rossi::new(Both);
    let params = LogisticPathParams::new().l1_share(0.5).count(5);
    let path = params.fit(&rossi.data(Both)).unwrap();
    let text = persist::to_json(&path).unwrap();
    assert!(text.starts_with(r#"{"format":"custometry/logistic_path","version":1"#));
    let back: LogisticPath = persist::from_json(&text).unwrap();
    assert_eq!(back, path);
    let predicted = |path: &LogisticPath| path.predict(3, &rossi.features, None).unwrap();
    assert_eq!(predicted(&back), predicted(&path));
    let changes = [
        ("\"kept\":[0,1", "\"kept\":[1,0"),
        ("\"kept\":[0,1", "\"kept\":[0"),
        ("\"l1_share\":0.5", "\"l1_share\":1.5"),
        ("\"rows\":[370,0,", "\"rows\":[12,0,"),
        ("\"penalties\":[", "\"penalties\":[0.0,"),
        ("\"deviances\":[1", "\"deviances\":[-1"),
        ("\"null_deviance\":1", "\"null_deviance\":-1"),
        ("\"means\":[", "\"means\":[0.5,"),
        ("\"coefficients\":[[", "\"coefficients\":[[0.5,"),
        ("\"l1_share\"", "\"l2_share\""),
    ];
    for (from, to) in changes {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        assert!(
            persist::from_json::<LogisticPath>(&changed).is_err(),
            "{to}"
        );
    }
}

#[test]
fn params_are_saved_with_all_they_hold() {
    let params = LogisticPathParams::new()
        .l1_share(0.2)
        .penalties(&[0.1, 0.2])
        .count(7);
    let params = params.smallest_share(0.3).missing(MissingRows::LeaveOut);
    let text = serde_json::to_string(&params).unwrap();
    assert_eq!(
        serde_json::from_str::<LogisticPathParams>(&text).unwrap(),
        params
    );
    assert!(serde_json::from_str::<LogisticPathParams>(r#"{"lasso":1}"#).is_err());
}
