//! Names from small hand-made profiles.

use super::*;
use crate::{
    data::{Assignments, Categories, Features, MissingValues, Segment, date_of_day},
    segmentation::ProfileParams,
};

/// Three pairs of customers; nobody in the fourth segment.
fn profiles() -> Profiles {
    let columns: &[(&str, &[f64])] = &[
        ("spend", &[9.0, 9.5, 1.0, 1.2, 1.0, 1.2]),
        ("visits", &[2.0, 2.0, 3.0, 3.0, 3.0, 3.0]),
    ];
    let channel = Categories::new(&["web", "shop", "web", "shop", "web", "shop"]).unwrap();
    let features = Features::from_columns(columns, MissingValues::Refuse)
        .unwrap()
        .with_categories("channel", channel)
        .unwrap();
    let segments = [1, 2, 3, 4].map(|id| Segment {
        id: SegmentId(id),
        name: format!("s{id}"),
    });
    let rows = [1, 1, 2, 2, 3, 3].map(|id| Some(SegmentId(id))).to_vec();
    let day = date_of_day(0).unwrap();
    let assignments = Assignments::new("v", day, segments.to_vec(), rows).unwrap();
    ProfileParams::default()
        .distinguishing(0)
        .profile(&features, &assignments)
        .unwrap()
}

fn names(rules: &NamingRules) -> Vec<String> {
    let proposed = rules.propose(&profiles()).unwrap();
    proposed.into_iter().map(|proposed| proposed.name).collect()
}

#[test]
fn features_in_words_are_unique_and_ordered_by_strength() {
    let rules = NamingRules::standard();
    assert_eq!(
        names(&rules),
        [
            "Low visits, high spend",
            "High visits, low spend",
            "High visits, low spend (2)",
            "Empty"
        ]
    );
    assert_eq!(names(&rules.clone().words(1))[0], "Low visits");
    assert_eq!(names(&rules.clone().words(0))[1], "Typical (2)");
    assert_eq!(names(&rules.cuts(-5.0, 5.0))[2], "Typical (3)");
}

#[test]
fn the_first_rule_that_is_met_names() {
    let rules = NamingRules::standard()
        .rule(
            &[("spend", NamingLevel::High), ("visits", NamingLevel::High)],
            "never",
        )
        .rule(&[("spend", NamingLevel::High)], "{visits} but {spend}!")
        .rule(&[], "rest")
        .rule(&[], "never (2)");
    let proposed = rules.propose(&profiles()).unwrap();
    assert_eq!(
        names(&rules),
        ["low visits but high spend!", "rest", "rest (2)", "Empty"]
    );
    assert_eq!((proposed[0].rule, proposed[3].rule), (Some(1), None));
    assert_eq!(proposed[0].reasons.len(), 1);
    // A number is not given twice, even if a rule gives it.
    let tricky = NamingRules::standard()
        .rule(&[("spend", NamingLevel::High)], "a (2)")
        .rule(&[], "a");
    assert_eq!(names(&tricky), ["a (2)", "a", "a (3)", "Empty"]);
}

#[test]
fn category_labels_have_words() {
    let channel = Categories::new(&["web", "web", "shop", "shop", "shop"]).unwrap();
    let features = Features::from_columns(&[], MissingValues::Refuse)
        .unwrap()
        .with_categories("channel", channel)
        .unwrap();
    let segments = [1, 2].map(|id| Segment {
        id: SegmentId(id),
        name: String::new(),
    });
    let rows = [1, 1, 2, 2, 2].map(|id| Some(SegmentId(id))).to_vec();
    let day = date_of_day(0).unwrap();
    let assignments = Assignments::new("v", day, segments.to_vec(), rows).unwrap();
    let profiles = ProfileParams::default()
        .profile(&features, &assignments)
        .unwrap();
    let proposed = NamingRules::standard().propose(&profiles).unwrap();
    assert_eq!(proposed[0].name, "Channel often web");
    assert_eq!(proposed[1].name, "Channel often shop");
}

#[test]
fn tables_are_checked_and_saved() {
    let refused = |rules: NamingRules| rules.propose(&profiles()).unwrap_err().to_string();
    let standard = NamingRules::standard;
    assert!(refused(standard().cuts(0.0, 1.0)).starts_with("low cut is 0"));
    assert!(refused(standard().cuts(-1.0, f64::NAN)).starts_with("high cut is NaN"));
    let unknown = standard().rule(&[("age", NamingLevel::Low)], "young");
    assert!(refused(unknown).starts_with("naming rule is age"));
    for name in [" ", "{spend", "spend}", "{sp{end}", "{age}", "{channel}"] {
        refused(standard().rule(&[], name));
    }
    let rules = standard().rule(&[("spend", NamingLevel::High)], "big");
    let text = serde_json::to_string(&rules).unwrap();
    assert_eq!(serde_json::from_str::<NamingRules>(&text).unwrap(), rules);
    assert!(serde_json::from_str::<NamingRules>(r#"{"word":1}"#).is_err());
}
