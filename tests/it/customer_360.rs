//! The example program `customer_360`, run as its users run it.

use std::{
    fs,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{
    over_time::{adds_up, agrees, cents},
    programs::{Folder, Run, program},
};

mod actions;
mod churn;
mod generate;
mod out;
mod people;

const PROGRAM: &str = "customer_360";

/// The one error line of a run on a file of this content.
fn refusal(content: impl AsRef<[u8]>, arguments: &[&str]) -> String {
    let folder = Folder::with("log.csv", content);
    let run = folder.run(PROGRAM, &[&["log.csv"], arguments].concat());
    assert_eq!(folder.names(), ["log.csv"]);
    run.refused_in_a_line()
}

/// The figures of a run on a file of this content.
fn figures(content: impl AsRef<[u8]>, arguments: &[&str]) -> Value {
    let folder = Folder::with("log.csv", content);
    let written = ["log.csv", "--json", "out.json"];
    folder.run(PROGRAM, &[&written, arguments].concat()).good();
    folder.json("out.json")
}

/// First and last day of a log of dates written one way or the other.
fn days(dates: &[&str], arguments: &[&str]) -> (String, String) {
    let rows: Vec<String> = dates.iter().map(|date| format!("a;{date};1")).collect();
    let log = format!("customer;date;amount\n{}\n", rows.join("\n"));
    let keyed = figures(log, arguments)["as_keyed"].clone();
    let day = |key: &str| keyed[key].as_str().unwrap().to_owned();
    (day("first_day"), day("last_day"))
}

#[test]
fn the_cdnow_purchases_give_the_published_counts() {
    let folder = Folder::new();
    let arguments = [
        "--as-of",
        "1997-09-30",
        "--json",
        "out.json",
        "--card",
        "1516",
    ];
    let run = folder.run(PROGRAM, &arguments).good();
    run.says("customer = column 1 \"customer\" (guessed)");
    run.says("To say otherwise: --customer");
    for chapter in [
        "1. Who",
        "2. Segments",
        "3. Kinds",
        "4. Whom",
        "5. What they are worth",
        "6. Who moves where",
        "7. What changed",
        "8. Who makes money",
        "9. Cohorts",
        "10. Who leaves, and when",
        "11. What to do",
        "12. Customer 1516",
    ] {
        run.says(chapter);
    }
    run.says("2,357");

    let json = folder.json("out.json");
    let keyed = &json["as_keyed"];
    assert_eq!(keyed["customers"], 2357);
    assert_eq!(keyed["transactions"], 6919);
    assert_eq!(keyed["repeat_days"], 2457);
    assert_eq!(keyed["one_time"], 1411);
    assert_eq!(json["as_of"], "1997-09-30");
    assert_eq!(json["currency"], "USD");
    assert_eq!(json["rejected_rows"], 0);
    assert_eq!(json["card"]["key"], "1516");

    let segments = json["rfm"]["segments"].as_array().unwrap();
    let ids: Vec<u64> = segments.iter().map(|s| s["id"].as_u64().unwrap()).collect();
    assert_eq!(
        ids,
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0],
        "all, in the order of the map"
    );
    let total = |key: &str| {
        segments
            .iter()
            .map(|s| s[key].as_f64().unwrap())
            .sum::<f64>()
    };
    assert!((total("customers") - 2357.0).abs() < 1e-9);
    assert!((total("share_of_customers") - 1.0).abs() < 1e-9);
    assert!((total("share_of_revenue") - 1.0).abs() < 1e-9);
    assert!((total("revenue") - keyed["revenue"].as_f64().unwrap()).abs() < 1e-6);
    for segment in segments {
        let empty = segment["customers"] == 0;
        assert_eq!(segment["median_recency_days"].is_null(), empty, "{segment}");
    }
    assert_eq!(json["look_first"].as_array().unwrap().len(), 10);

    let worth = &json["value"];
    let number = |value: &Value| value.as_f64().unwrap();
    let by_segment = worth["segments"].as_array().unwrap().iter();
    let sum: f64 = by_segment.map(|segment| number(&segment["clv"])).sum();
    assert!((sum / number(&worth["clv"]) - 1.0).abs() < 1e-9);
    let interval = &worth["clv_interval"];
    assert!(number(&interval["lo"]) < sum && sum < number(&interval["hi"]));
    assert_eq!(worth["most_valuable"].as_array().unwrap().len(), 10);
}

#[test]
fn money_over_time_is_that_of_the_rows() {
    let folder = Folder::new();
    let days = ["1997-09-30", "1998-06-15", "1997-02-01"];
    for (as_of, period) in days.into_iter().zip(["month", "month", "year"]) {
        let arguments = ["--as-of", as_of, "--cohort", period, "--json", "out.json"];
        folder.run(PROGRAM, &arguments).good();
        let json = folder.json("out.json");
        agrees(&json, as_of);
        let revenue = cents(&json["as_keyed"]["revenue"]);
        assert_eq!(cents(&json["profit"]["whale"]["total"]), revenue);
        assert_eq!(json["cohorts"]["period"], period);

        let segments = json["bridge"]["segments"].as_array().unwrap();
        assert_eq!(segments.len(), 11);
        segments.iter().for_each(adds_up);
        for name in [
            "opening",
            "new",
            "reactivated",
            "expansion",
            "contraction",
            "lost",
            "closing",
        ] {
            let sum: i64 = segments.iter().map(|segment| cents(&segment[name])).sum();
            assert_eq!(sum, cents(&json["bridge"][name]), "{name}");
        }
        // Who had not bought by then is in the segment for that.
        let none = segments
            .iter()
            .find(|segment| segment["name"] == "No purchase");
        assert_eq!(none.unwrap()["closing"], json["bridge"]["new"]);
    }
    let run = folder.run(PROGRAM, &["--as-of", "1997-04-15"]).good();
    run.says("* not over yet");
    run.says("is not over on 1997-04-15");
}

/// By hand: Ann 30.00 - 5.00 - 12.34, Bob 10.00 - 15.01, Cid 8.00 - 0 - 0.
#[test]
fn costs_are_taken_off_to_the_cent() {
    let log = "customer,date,amount,cost\n\
               ann,2020-01-01,30.00,12.345\n\
               bob,2020-01-02,10,15.01\n\
               ann,2020-01-03,-5,0\n\
               cid,2020-01-04,8.00,0.00\n\
               cid,2020-02-04,100,1\n";
    let folder = Folder::with("log.csv", log);
    let arguments = ["log.csv", "--as-of", "2020-01-31", "--json", "out.json"];
    let run = folder
        .run(PROGRAM, &[&arguments[..], &["--cost", "COST"]].concat())
        .good();
    run.says("amount = column 3 \"amount\" (guessed), cost = column 4 \"cost\".");
    run.says("Amounts rounded half to even, to USD with 2 decimals: 1.");
    run.says("The largest losses:");
    let json = folder.json("out.json");
    let profit = &json["profit"];
    assert_eq!(profit["basis"], "costs");
    for (name, expected) in [
        ("gross_sales", 48_00),
        ("refunds", -5_00),
        ("net_sales", 43_00),
        ("costs", 27_35), // 12.345 is halfway: to even, 12.34
        ("contribution", 15_65),
        ("profit", 15_65),
    ] {
        assert_eq!(cents(&profit[name]), expected, "{name}");
    }
    let whale = &profit["whale"];
    assert_eq!(
        (cents(&whale["peak"]), cents(&whale["total"])),
        (20_66, 15_65)
    );
    assert_eq!(
        (&whale["profitable"], &whale["unprofitable"]),
        (&2.into(), &1.into())
    );
    // Ann's 12.66 are not enough.
    assert_eq!(whale["break_even"], 2);
    let peak = whale["peak_percent"].as_f64().unwrap();
    assert!((peak - 100.0 * 20.66 / 15.65).abs() < 1e-9);
    assert!((whale["loss_drag"].as_f64().unwrap() - (peak - 100.0)).abs() < 1e-9);
    // (25 - 8) * 2 + (25 - 10) * 2 + (10 - 8) * 2 over 2 * 3 * 43.
    assert!((profit["gini"].as_f64().unwrap() - 68.0 / 258.0).abs() < 1e-12);
    let worst = profit["unprofitable_customers"].as_array().unwrap();
    assert_eq!(worst.len(), 1);
    assert_eq!(worst[0]["key"], "bob");
    assert_eq!(cents(&worst[0]["profit"]), -5_01);
    assert_eq!(profit["most_profitable"][0]["key"], "ann");
    assert_eq!(cents(&profit["most_profitable"][0]["costs"]), 12_34);
    // A tenth of three is nobody.
    assert!(profit["top_decile_share"].is_null());
    run.says("needs at least 10 customers");

    // Without the column the same rows are revenue, and nothing is rounded.
    let json = figures(log, &["--as-of", "2020-01-31"]);
    assert_eq!(json["profit"]["basis"], "revenue");
    assert_eq!(json["profit"]["profit"], json["as_keyed"]["revenue"]);
    assert_eq!(json["rounded_amounts"], 0);
}

#[test]
fn a_cost_that_cannot_be_read_is_a_bad_row() {
    let log =
        "customer,date,amount,cost\nann,2020-01-01,5,2\nann,2020-01-02,5,\nbob,2020-01-03,7,?\n";
    let folder = Folder::with("log.csv", log);
    let message = folder.run(PROGRAM, &["log.csv", "--cost", "4"]).refused();
    for line in [
        "2 of 3 rows cannot be read",
        "\nlog.csv, line 3, column 4 (cost): \"\" is not an amount",
        "\nlog.csv, line 4, column 4 (cost): \"?\" is not an amount",
    ] {
        assert!(message.contains(line), "{line:?} is not in\n{message}");
    }
    let json = figures(log, &["--cost", "4", "--rejects", "bad.csv"]);
    assert_eq!(json["rejected_rows"], 2);
    assert_eq!(json["profit"]["profit"], 3.0);
}

/// Each gets an answer, in money or in words.
#[test]
fn logs_of_which_little_can_be_told() {
    let told = |rows: &str| figures(format!("customer,date,amount\n{rows}"), &[]);
    let error = |json: &Value| json["error"].as_str().unwrap().to_owned();

    for rows in ["ann,2020-01-01,5\n", "ann,2020-01-01,5\nbob,2020-01-01,5\n"] {
        let json = told(rows);
        assert!(error(&json["bridge"]).contains("of one day"));
        assert_eq!(json["profit"]["gini"], 0.0);
        assert_eq!(json["cohorts"]["rows"][0]["cells"][0]["complete"], false);
        assert_eq!(json["cohorts"]["by_age"].as_array().unwrap().len(), 0);
    }

    // Two days are two periods.
    let json = told("ann,2020-01-01,5\nann,2020-01-02,7\n");
    assert_eq!(json["bridge"]["opening_period"]["last"], "2020-01-01");
    assert_eq!(cents(&json["bridge"]["expansion"]), 2_00);

    // More is given back than was ever bought.
    let json = told("ann,2020-01-01,5\nann,2020-01-09,-30\nbob,2020-01-10,5\n");
    let (profit, bridge) = (&json["profit"], &json["bridge"]);
    assert_eq!(cents(&profit["whale"]["total"]), -20_00);
    assert_eq!(cents(&profit["whale"]["peak"]), 5_00);
    for share in ["peak_percent", "loss_drag", "break_even"] {
        assert!(profit["whale"][share].is_null(), "{share}");
    }
    assert!(profit["gini"].is_null() && profit["top_decile_share"].is_null());
    let statement = profit["statement"].as_str().unwrap();
    assert!(statement.contains("-2000 minor units"), "{statement}");
    adds_up(bridge);
    assert_eq!(cents(&bridge["lost"]), -35_00);

    // Nobody paid anything.
    let json = told("ann,2020-01-01,0\nbob,2020-01-09,0\n");
    assert_eq!(json["profit"]["abc"].as_array().unwrap().len(), 0);
    assert!(json["bridge"]["net_retention"].is_null());

    // Refunds of purchases before the log begins.
    let json = told("ann,2020-01-01,-5\nann,2020-01-03,9\nbob,2020-01-05,-2\n");
    assert_eq!(cents(&json["cohorts"]["outside"]), -7_00);
    assert_eq!(cents(&json["profit"]["profit"]), 2_00);

    // More periods than are kept apart.
    let json = told("ann,1800-01-01,5\nann,2020-01-01,5\n");
    assert!(error(&json["cohorts"]).contains("at most 1200 periods"));
    assert_eq!(json["bridge"]["opening_period"]["first"], "2018-01-02");
}

#[test]
fn the_last_day_of_the_file_is_the_default() {
    let folder = Folder::new();
    folder.run(PROGRAM, &["--json", "out.json"]).good();
    let json = folder.json("out.json");
    assert_eq!(json["as_of"], "1998-06-30");
    assert_eq!(json["as_keyed"]["rows_after_as_of"], 0);
}

#[test]
fn columns_are_guessed_named_and_numbered() {
    let log = "Customer ID;Order_Date;Kind;Total;other\nann;2020-01-01;x;5.00;7\n";
    let revenue = |arguments| figures(log, arguments)["as_keyed"]["revenue"].clone();
    assert_eq!(revenue(&[]), 5.0);
    assert_eq!(revenue(&["--amount", "other"]), 7.0);
    assert_eq!(revenue(&["--amount", "OTHER"]), 7.0);
    assert_eq!(revenue(&["--amount", "5"]), 7.0);

    // A name goes before a number.
    let numbered = "customer,date,4,x\nann,2020-01-01,5,7\n";
    let json = figures(numbered, &["--amount", "4"]);
    assert_eq!(json["as_keyed"]["revenue"], 5.0);
}

#[test]
fn quantity_times_price_is_exact() {
    let log = "cust,invoicedate,Quantity,Price\na,2010-12-01,6,2.55\na,2010-12-02,-1,2.55\n\
               a,2010-12-03,3,0.335\n";
    let json = figures(log, &[]);
    assert_eq!(json["as_keyed"]["revenue"], 13.75); // 1.005 is halfway: to even, 1.00
    assert_eq!(json["as_keyed"]["refunds"], -2.55);
    assert_eq!(json["as_keyed"]["refund_rows"], 1);
    assert_eq!(json["rounded_amounts"], 1);
}

#[test]
fn dates_are_read_as_they_are_written() {
    let pair = |first: &str, last: &str| (first.to_owned(), last.to_owned());
    let forms = [
        "2010-12-01",
        "20101201",
        "1.12.2010",
        "2010/12/01",
        "2010-12-01 08:26:00",
        "2010-12-01T08:26:00Z",
        "2010-12-01 08:26:00.123456 UTC",
        "2010-12-01T23:00:00-00:30",
        "13/12/2010 8:26 PM",
        "1/12/10",
    ];
    assert_eq!(days(&forms, &[]), pair("2010-12-01", "2010-12-13"));
    assert_eq!(
        days(&["12/1/2010 8:26", "12/13/10"], &[]),
        pair("2010-12-01", "2010-12-13")
    );
    // The two readings agree, so nobody needs to be asked.
    assert_eq!(
        days(&["1/1/2010", "2/2/2010"], &[]),
        pair("2010-01-01", "2010-02-02")
    );

    let late = ["2010-12-01T23:30:00-06:00"];
    assert_eq!(days(&late, &[]).0, "2010-12-02");
    assert_eq!(days(&late, &["--utc-offset", "-06:00"]).0, "2010-12-01");

    let told = |format| days(&["1/2/2010"], &["--date-format", format]).0;
    assert_eq!(told("%d/%m/%Y"), "2010-02-01");
    assert_eq!(told("%m/%d/%Y"), "2010-01-02");
    assert_eq!(
        days(&["1291190400"], &["--date-format", "%s"]).0,
        "2010-12-01"
    );
}

#[test]
fn an_order_of_day_and_month_that_cannot_be_known_is_asked_for() {
    let message = refusal("customer,date,amount\na,12/1/2010,6\na,1/2/2010,6\n", &[]);
    assert!(message.starts_with("error: log.csv, line 2, column 2 (date): \"12/1/2010\""));
    assert!(message.contains("--date-format"), "{message}");

    // Where some rows say one thing and some the other, none of them counts.
    let log = "customer,date,amount\na,31/1/2010,6\na,1/31/2010,6\nb,2/3/2010,5\nc,2010-02-03,5\n";
    let folder = Folder::with("log.csv", log);
    let message = folder.run(PROGRAM, &["log.csv"]).refused();
    assert!(message.contains("3 of 4 rows"), "{message}");
    folder
        .run(PROGRAM, &["log.csv", "--rejects", "bad.csv"])
        .good();
    assert_eq!(folder.read("bad.csv").lines().count(), 4);
}

#[test]
fn bad_rows_are_listed_with_their_lines_or_set_aside() {
    let log = b"customer,note,date,amount\r\n\
        ann,\"two\r\nlines\",2020-01-01,1\r\n\
        \r\n\
        bob,x,31/31/1999,2\r\n\
        ,x,2020-01-01,3\r\n\
        cid,x,2020-01-01\r\n\
        dan,\"q\r\nq\",2020-01-01,\"1,000\"\r\n\
        M\xfcller,x,2020-01-01,4\r\n\
        eve,\xfc\xfc,2020-01-02,5";
    let folder = Folder::with("log.csv", log);
    let message = folder
        .run(PROGRAM, &["log.csv", "--json", "out.json"])
        .refused();
    for line in [
        "log.csv: 5 of 7 rows cannot be read",
        "--rejects",
        "\nlog.csv, line 5, column 3 (date): \"31/31/1999\" is not a date",
        "\nlog.csv, line 6, column 1 (customer): the customer is blank",
        "\nlog.csv, line 7: 3 fields, but the header has 4",
        "\nlog.csv, line 8, column 4 (amount): \"1,000\" is not an amount",
        "\nlog.csv, line 10, column 1 (customer): \"M\u{fffd}ller\" is not UTF-8",
    ] {
        assert!(message.contains(line), "{line:?} is not in\n{message}");
    }
    assert_eq!(folder.names(), ["log.csv"], "nothing is written");

    let arguments = ["log.csv", "--rejects", "bad.csv", "--json", "out.json"];
    folder
        .run(PROGRAM, &arguments)
        .good()
        .says("Bad rows set aside: 5.");
    assert_eq!(folder.names(), ["bad.csv", "log.csv", "out.json"]);
    assert_eq!(folder.json("out.json")["rejected_rows"], 5);
    assert_eq!(folder.json("out.json")["as_keyed"]["transactions"], 2);
    let bad = folder.read("bad.csv");
    assert!(
        bad.starts_with("line,reason,customer,note,date,amount\n5,"),
        "{bad}"
    );
    assert!(bad.contains(",bob,x,31/31/1999,2\n"), "{bad}");
    assert!(bad.contains("\"q\r\nq\""), "{bad}");
    assert!(
        fs::read(folder.0.join("bad.csv")).unwrap().contains(&0xfc),
        "bytes as they were"
    );
}

#[test]
fn ten_bad_rows_are_shown_and_all_counted() {
    let log = "customer,date,amount\n".to_owned() + &"a,never,1\n".repeat(25) + "a,2020-01-01,1\n";
    let folder = Folder::with("log.csv", log);
    let message = folder.run(PROGRAM, &["log.csv"]).refused();
    assert!(message.contains("25 of 26 rows"), "{message}");
    assert_eq!(message.matches("is not a date").count(), 10);
    assert!(message.contains("line 11,") && !message.contains("line 12,"));

    let folder = Folder::with("log.csv", "customer,date,amount\na,never,1\n");
    let message = folder
        .run(PROGRAM, &["log.csv", "--rejects", "bad.csv"])
        .refused();
    assert!(message.contains("1 of 1 rows"), "{message}");
    assert_eq!(folder.names(), ["log.csv"]);
}

#[test]
fn files_that_cannot_be_used_are_refused_in_a_line() {
    let cases: [(&[u8], &str); 9] = [
        (b"", "log.csv, line 1: the file is empty"),
        (b"customer,date,amount\r\n", "log.csv, line 1: no rows below the header"),
        (b"customer\nann\n", "log.csv, line 1: no column looks like the date; name it with --date"),
        (b"customer,date\nann,2020-01-01\n", "log.csv, line 1: no column looks like the amount"),
        (b"customer,date,amount,Amount\na,2020-01-01,1,2\n", "say which with --amount 3 or --amount 4"),
        (b"\xff\xfec\0u\0", "it is in UTF-16"),
        (b"customer,date,amount,note\na,2020-01-01,1,\"oh\nb,2020-01-01,1,x\n", "line 2: a quote is opened"),
        (b"customer,date,amount\na,2020-01-01,-5\n", "log.csv: no purchases: all rows are refunds"),
        (
            b"customer,date,amount\na,2020-01-01,92233720368547758.07\nb,2020-01-01,92233720368547758.07\n",
            "log.csv: the money of all rows together exceeds",
        ),
    ];
    for (log, expected) in cases {
        let message = refusal(log, &["--json", "out.json"]);
        assert!(message.contains(expected), "{message}");
    }
    let headless = refusal(
        "4,1997-01-01,5\n4,1997-01-02,5\n",
        &["--customer=1", "--date=2", "--amount=3"],
    );
    assert!(
        headless.contains("line 1, column 2 (1997-01-01): this is a date"),
        "{headless}"
    );

    let folder = Folder::new();
    let message = folder.run(PROGRAM, &["missing.csv"]).refused_in_a_line();
    assert!(
        message.starts_with("error: cannot read missing.csv: "),
        "{message}"
    );
    let message = folder.run(PROGRAM, &["."]).refused_in_a_line();
    assert_eq!(message, "error: cannot read .: it is a directory");
}

#[test]
fn arguments_that_do_not_fit_the_file_are_refused_in_a_line() {
    let log = "customer,date,amount\nann,2020-01-05,1\n";
    for (arguments, expected) in [
        (
            ["--as-of", "2020-01-04"],
            "--as-of 2020-01-04 is before the first purchase, on 2020-01-05",
        ),
        (
            ["--card", "bob"],
            "--card bob: no row of the file has this customer",
        ),
        (
            ["--amount", "price"],
            "no column \"price\" for the amount; the columns are 1 \"customer\"",
        ),
        (["--amount", "4"], "no column \"4\" for the amount"),
        (
            ["--cost", "price"],
            "no column \"price\" for the cost; the columns are 1 \"customer\"",
        ),
        (["--currency", "usd"], "currency code is \"usd\""),
        (
            ["--json", "log.csv"],
            "cannot write log.csv: it is a file that is read",
        ),
        (["--json", "."], "it is a directory"),
        (
            ["--json", "no/such/folder.json"],
            "cannot write no/such/folder.json: ",
        ),
    ] {
        let message = refusal(log, &arguments);
        assert!(message.contains(expected), "{message}");
    }
    for usage in [
        ["--as-of", "soon"],
        ["--decimals", "13"],
        ["--date-format", "%Q"],
        ["--cohort", "week"],
    ] {
        assert_eq!(
            Folder::new().run(PROGRAM, &usage).code,
            Some(2),
            "{usage:?}"
        );
    }
}

#[test]
fn a_file_that_cannot_be_written_takes_the_other_with_it() {
    let folder = Folder::with("log.csv", "customer,date,amount\nann,2020-01-05,1\n");
    let run = folder.run(
        PROGRAM,
        &[
            "log.csv",
            "--json",
            "out.json",
            "--rejects",
            "no/such/folder.csv",
        ],
    );
    run.refused_in_a_line();
    assert_eq!(folder.names(), ["log.csv"]);
}

#[test]
fn customers_without_a_purchase_keep_their_place() {
    let log = "customer,date,amount\nann,2020-01-01,10\nbob,2020-01-02,-4\ncid,2020-02-01,7\n";
    let json = figures(log, &["--as-of", "2020-01-31", "--card", "bob"]);
    let keyed = &json["as_keyed"];
    assert_eq!(
        (&keyed["customers"], &keyed["without_purchase"]),
        (&1.into(), &2.into())
    );
    assert_eq!(
        (&keyed["transactions"], &keyed["rows_after_as_of"]),
        (&3.into(), &1.into())
    );
    assert_eq!(keyed["revenue"], 6.0);
    let card = &json["card"];
    assert_eq!(
        (&card["segment"], &card["rfm_code"]),
        (&"No purchase".into(), &Value::Null)
    );
    assert_eq!(card["refund_money"], -4.0);
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let mut child = Command::new(program(PROGRAM))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    Run::of(&child.wait_with_output().unwrap()).good();
}
