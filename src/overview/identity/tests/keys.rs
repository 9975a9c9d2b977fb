//! Whose keys are, and what is said under them.

use super::*;

#[test]
fn keys_lead_to_customers_and_back() {
    let Resolved { log, keys, chapter } = small_resolved(30);
    let log = log.unwrap();
    assert_eq!(texts(keys.customers()), ["a1", "b", "log:x"]);
    assert_eq!(log.customers(), keys.customers());
    let rows: Vec<u32> = log.customer().iter().map(|customer| customer.0).collect();
    assert_eq!(rows, [0, 1, 2, 0, 1, 0]);
    for (key, customer) in [
        ("a1", Some(0)),
        ("a2", Some(0)),
        ("b", Some(1)),
        ("x", Some(2)),
        ("log:x", Some(2)),
        ("c", None), // a record without a purchase
        ("z", None),
    ] {
        assert_eq!(found(&keys, key), customer, "{key}");
    }
    let own: Vec<Vec<String>> = (0..4).map(|at| keys.keys_of(CustomerIx(at))).collect();
    assert_eq!(own, [vec!["a1", "a2"], vec!["b"], vec!["x"], vec![]]);
    let records = |customer| chapter.records_of(CustomerIx(customer));
    assert_eq!(records(0), [RecordIx(0), RecordIx(1)]);
    assert_eq!(records(1), [RecordIx(2)]);
    assert!(records(2).is_empty() && records(3).is_empty() && records(u32::MAX).is_empty());
    let (others, _) = Customers::from_texts(&["z", "a2", "log:x", "c", "x"]).unwrap();
    let numbers = [None, Some(0), Some(2), None, Some(2)];
    assert_eq!(keys.numbers(&others), numbers.map(|at| at.map(CustomerIx)));
}

#[test]
fn the_stronger_word_of_all_keys_holds() {
    let keys = small_resolved(30).keys;
    let said = statuses(&[
        ("a1", Allowed),
        ("a2", Refused),
        ("b", Allowed),
        ("c", Allowed),
        ("z", Refused),
    ]);
    let (contact, nobody) = keys.contact(&said).unwrap();
    assert_eq!(contact.as_slice(), [Refused, Allowed, Unknown]);
    assert_eq!(contact.customers(), keys.customers());
    assert_eq!(nobody, 2);
    let (contact, _) = keys
        .contact(&statuses(&[("a2", Allowed), ("a1", Unknown)]))
        .unwrap();
    assert_eq!(contact.as_slice(), [Allowed, Unknown, Unknown]);
}

#[test]
fn a_key_of_two_people_is_no_permission_and_a_refusal_for_both() {
    // The number 1 is Ann's in the shop and Bob's in the web.
    let records = records_of(&["shop", "web", "shop", "web"], &["1", "1", "2", "3"]);
    let log = log_of(&["2", "3"], &[0, 1], &[500, 500]);
    let params = known(&[(0, 2), (1, 3)]);
    let of = resolve(&records, None, Some(&log), day(9), &params, LEVEL, &mut ()).unwrap();
    assert_eq!(found(&of.keys, "1"), None);
    assert_eq!(of.keys.keys_of(CustomerIx(0)), ["2", "1"]);
    let all = [("1", Refused), ("2", Allowed), ("3", Allowed)];
    let (contact, nobody) = of.keys.contact(&statuses(&all)).unwrap();
    assert_eq!((contact.as_slice(), nobody), (&[Refused, Refused][..], 0));
    let (contact, nobody) = of.keys.contact(&statuses(&[("1", Allowed)])).unwrap();
    assert_eq!((contact.as_slice(), nobody), (&[Unknown, Unknown][..], 1));
}

#[test]
fn a_key_of_two_people_in_the_log_asks_for_the_source() {
    let records = records_of(&["web", "shop", "web"], &["1", "1", "w"]);
    let log = log_of(&["1"], &[0], &[500]);
    let params = known(&[(1, 2)]);
    let of = |source| {
        resolve(
            &records,
            source,
            Some(&log),
            day(9),
            &params,
            LEVEL,
            &mut (),
        )
    };
    let error = of(None).unwrap_err();
    assert!(
        matches!(error, Error::InvalidParameter { name: "source", .. }),
        "{error}"
    );
    let message = error.to_string();
    assert!(message.contains(r#""shop" and in "web""#), "{message}");
    assert!(message.contains("name the source"), "{message}");

    let shop = of(Some("shop")).unwrap();
    assert_eq!(
        shop.chapter.records_of(CustomerIx(0)),
        [RecordIx(1), RecordIx(2)]
    );
    // Other keys of the web lead to people too, but say nothing of an input keyed as the log.
    assert_eq!(
        (found(&shop.keys, "1"), found(&shop.keys, "w")),
        (Some(0), Some(0))
    );
    let (input, _) = Customers::from_texts(&["1", "w"]).unwrap();
    assert_eq!(shop.keys.numbers(&input), [Some(CustomerIx(0)), None]);
    assert_eq!(shop.keys.keys_of(CustomerIx(0)), ["1", "w"]);
    // But for a refusal.
    let said = statuses(&[("1", Allowed), ("w", Refused), ("x", Refused)]);
    let (contact, nobody) = shop.keys.contact(&said).unwrap();
    assert_eq!((contact.as_slice(), nobody), (&[Refused][..], 1));
    let (contact, nobody) = shop.keys.contact(&statuses(&[("w", Allowed)])).unwrap();
    assert_eq!((contact.as_slice(), nobody), (&[Unknown][..], 1));
    let web = of(Some("web")).unwrap();
    assert_eq!(web.chapter.records_of(CustomerIx(0)), [RecordIx(0)]);

    let error = of(Some("crm")).unwrap_err().to_string();
    assert_eq!(
        error,
        r#"source is "crm", expected one of the sources of the records, ["shop", "web"]"#
    );
}

#[test]
fn one_key_of_one_person_in_two_sources_is_no_clash() {
    let records = records_of(&["web", "shop"], &["1", "1"]);
    let log = log_of(&["1"], &[0], &[500]);
    let params = known(&[(0, 1)]);
    let of = resolve(&records, None, Some(&log), day(9), &params, LEVEL, &mut ()).unwrap();
    assert_eq!(
        of.chapter.records_of(CustomerIx(0)),
        [RecordIx(0), RecordIx(1)]
    );
}

#[test]
fn whole_numbers_and_texts_are_one_key_if_they_read_alike() {
    let ints = Records::builder()
        .int_keys(&[-7, 8, 9])
        .city(&["Ulm"; 3])
        .build()
        .unwrap();
    let text = records_of(&[""; 3], &["-7", "8", "9"]);
    let of_ints = Transactions::builder(Currency::EUR)
        .int_keys(&[8, -7, 5])
        .days(vec![0, 1, 2])
        .amounts(vec![1, 1, 1])
        .build()
        .unwrap();
    let of_text = log_of(&["8", "-7", "5"], &[0, 1, 2], &[1, 1, 1]);
    let params = known(&[(0, 1)]);
    for (records, log) in [
        (&ints, &of_text),
        (&text, &of_ints),
        (&ints, &of_ints),
        (&text, &of_text),
    ] {
        let of = resolve(records, None, Some(log), day(9), &params, LEVEL, &mut ()).unwrap();
        assert_eq!(texts(of.keys.customers()), ["8", "log:5"]);
        for (key, customer) in [
            (8, Some(0)),
            (-7, Some(0)),
            (5, Some(1)),
            (9, None),
            (6, None),
        ] {
            assert_eq!(of.keys.find(key.into()), customer.map(CustomerIx), "{key}");
            assert_eq!(found(&of.keys, &key.to_string()), customer, "{key}");
        }
        for other in [
            "+8",
            "08",
            "-07",
            "8 ",
            "-",
            "",
            "--7",
            "99999999999999999999",
        ] {
            assert_eq!(found(&of.keys, other), None, "{other}");
        }
        let mut own = of.keys.keys_of(CustomerIx(0));
        own.sort();
        assert_eq!(own, ["-7", "8"]);
        let (input, _) = Customers::from_ints(&[5, 9, -7]).unwrap();
        let numbers = [Some(CustomerIx(1)), None, Some(CustomerIx(0))];
        assert_eq!(of.keys.numbers(&input), numbers);
    }
    let zero = Keys::as_they_are(&Customers::from_ints(&[0]).unwrap().0);
    assert_eq!(
        (found(&zero, "0"), found(&zero, "-0"), found(&zero, "00")),
        (Some(0), None, None)
    );
}

#[test]
fn ready_keys_are_customers() {
    let (customers, _) = Customers::from_texts(&["ann", "bob"]).unwrap();
    let keys = Keys::as_they_are(&customers);
    assert_eq!(keys.customers(), &customers);
    assert_eq!((found(&keys, "bob"), found(&keys, "cid")), (Some(1), None));
    assert_eq!(keys.keys_of(CustomerIx(1)), ["bob"]);
    let said = statuses(&[("bob", Allowed), ("cid", Allowed), ("dan", Unknown)]);
    let (contact, nobody) = keys.contact(&said).unwrap();
    assert_eq!((contact.as_slice(), nobody), (&[Unknown, Allowed][..], 2));
    assert!(!format!("{keys:?}").contains("bob"));
}

#[test]
fn the_new_key_of_an_unknown_customer_must_be_free() {
    let records = records_of(&[""; 2], &["log:x", "b"]);
    let log = log_of(&["log:x", "x"], &[0, 1], &[1, 1]);
    let params = known(&[(0, 1)]);
    let error = resolve(&records, None, Some(&log), day(9), &params, LEVEL, &mut ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidValue);
    assert!(error.to_string().contains("give it another"), "{error}");
}
