//! The example program `churn`, run as its users run it.

use serde_json::Value;

use crate::programs::Folder;

const PROGRAM: &str = "churn";
const ROSSI: &str = include_str!("../golden/churn/rossi.csv");
const LUNG: &str = include_str!("../golden/churn/lung.csv");

fn run(content: &str, more: &[&str]) -> Value {
    let folder = Folder::with("in.csv", content);
    let arguments = [&["survival", "in.csv"], more, &["--json", "out.json"]].concat();
    folder.run(PROGRAM, &arguments).good();
    folder.json("out.json")
}

fn close(found: &Value, expected: f64, tolerance: f64) {
    let found = found.as_f64().unwrap();
    assert!(
        (found - expected).abs() <= tolerance * expected.abs(),
        "{found}, expected {expected}"
    );
}

const NAMES: [&str; 7] = ["fin", "age", "race", "wexp", "mar", "paro", "prio"];
const COLUMNS: [&str; 6] = [
    "--duration",
    "week",
    "--event",
    "arrest",
    "--features",
    "fin,age,race,wexp,mar,paro,prio",
];

/// R 4.2.2, `survival` 3.5.3, converged to 1e-15.
#[test]
fn cox_of_rossi_against_r_survival() {
    let found = run(ROSSI, &COLUMNS);
    assert_eq!(
        (found["n"].as_u64(), found["events"].as_u64()),
        (Some(432), Some(114))
    );
    let coefficients = [
        -0.379422166871210,
        -0.057437743013761,
        0.313899785949295,
        -0.149795697222788,
        -0.433703876690251,
        -0.084871082990837,
        0.091497079351121,
    ];
    let errors = [
        0.191379480712809,
        0.021999470627954,
        0.307992776392939,
        0.212224296158164,
        0.381868057464922,
        0.195756671920923,
        0.028648550073471,
    ];
    let robust = [
        0.195541778880588,
        0.025336146320825,
        0.292328555108875,
        0.218060315186137,
        0.380244465386073,
        0.199200829565688,
        0.028974594811611,
    ];
    let cox = &found["cox"];
    for (at, name) in NAMES.into_iter().enumerate() {
        close(&cox["coef"][name], coefficients[at], 1e-8);
        close(&cox["se"][name], errors[at], 1e-8);
        close(&cox["robust_se"][name], robust[at], 1e-8);
    }
    // cox.zph(fit, "km")
    let tests = &found["ph_test"];
    close(&tests["age"]["chisq"], 5.97398166115190, 1e-8);
    close(&tests["GLOBAL"]["chisq"], 17.69441529602792, 1e-8);
    close(&tests["GLOBAL"]["p"], 0.01342750657630, 1e-8);
    assert_eq!(tests["GLOBAL"]["df"], 7);
    close(&cox["log_likelihood"], -658.74765944609, 1e-12);
    close(&cox["concordance"], 0.6403292471, 1e-9);
    assert_eq!(found["aliased"].as_array().unwrap().len(), 0);

    let breslow = run(ROSSI, &[&COLUMNS[..], &["--ties", "breslow"]].concat());
    close(&breslow["cox"]["coef"]["fin"], -0.379021887795027, 1e-8);
    close(&breslow["cox"]["log_likelihood"], -659.12060567733, 1e-12);
}

/// R: `coxph(... + strata(race))` and `survdiff(Surv(week, arrest) ~ race)`.
#[test]
fn strata_have_curves_and_baselines_of_their_own() {
    let columns = [
        "--features",
        "fin,age,wexp,mar,paro,prio",
        "--strata",
        "race",
    ];
    let found = run(ROSSI, &[&COLUMNS[..4], &columns].concat());
    close(&found["cox"]["coef"]["fin"], -0.37876737428, 1e-7);
    close(&found["cox"]["concordance"], 0.6312036846, 1e-9);
    close(&found["log_rank"]["statistic"], 0.576101713683918, 1e-12);
    for race in ["0", "1"] {
        let km = &found["km"][race];
        let columns = ["time", "survival", "se"].map(|name| km[name].as_array().unwrap().len());
        assert!(columns[0] > 5 && columns.iter().all(|&length| length == columns[0]));
    }
}

#[test]
fn blanks_are_missing_and_texts_are_categories() {
    let found = run(
        LUNG,
        &[
            "--duration",
            "time",
            "--event",
            "status",
            "--features",
            "ph.ecog,age",
        ],
    );
    // A row of 228 has no ph.ecog.
    assert_eq!(found["n"].as_u64(), Some(228));
    assert_eq!(found["cox"]["n"].as_u64(), Some(227));
    assert_eq!(found["cox"]["left_out"].as_u64(), Some(1));

    let text = "months,gone,plan,fee\n1,yes,b,1\n2,no,a,1\n3,yes,c,1\n4,yes,a,1\n,yes,a,1\n5,no,b,1\n6,yes,b,1\n";
    let found = run(
        text,
        &[
            "--duration",
            "months",
            "--event",
            "gone",
            "--features",
            "plan,fee",
        ],
    );
    assert_eq!(
        (found["n"].as_u64(), found["left_out"].as_u64()),
        (Some(6), Some(1))
    );
    assert!(
        found["cox"]["coef"]["plan=b"].is_number() && found["cox"]["coef"]["plan=c"].is_number()
    );
    assert_eq!(found["aliased"][0], "fee");
}

/// Nobody of group a leaves: its coefficient has no limit, and R warns that it may be infinite.
/// The others are told all the same, with the figures of R for the rest: of `b` and `c` alone
/// `coxph(Surv(t, e) ~ x + (g == "c"))` gives the coefficients of `x` and `c`.
#[test]
fn a_coefficient_without_limit_does_not_hide_the_others() {
    let content = "t,e,g,x\n1,1,b,1\n2,1,c,0\n3,1,b,1\n4,1,c,1\n5,1,b,0\n6,1,c,0\n7,1,b,1\n8,0,c,0\n\
                   1,0,a,1\n2,0,a,0\n3,0,a,1\n9,0,a,1\n";
    let columns = ["--duration", "t", "--event", "e", "--features", "x,g"];
    let folder = Folder::with("in.csv", content);
    let arguments = [
        &["survival", "in.csv"],
        &columns[..],
        &["--json", "out.json"],
    ]
    .concat();
    let page = folder.run(PROGRAM, &arguments).good();
    page.says("> 1000000");
    page.says("Note: g=b, g=c: nobody left at one end of it.");
    let found = folder.json("out.json");
    let names = &found["cox"]["verdict"]["infinite_coefficients"]["names"];
    assert_eq!(names, &serde_json::json!(["g=b", "g=c"]));
    let of = |name: &str| found["cox"]["coef"][name].as_f64().unwrap();
    assert!(of("g=b") > 10.0 && of("g=c") > 10.0);
    let (x, c) = (0.544182756221647, -0.182259695653057);
    let rows = content.lines().filter(|row| !row.contains(",a,"));
    let rest = run(&rows.collect::<Vec<_>>().join("\n"), &columns);
    close(&rest["cox"]["coef"]["x"], x, 1e-8);
    close(&rest["cox"]["coef"]["g=c"], c, 1e-8);
    assert!((of("x") - x).abs() < 1e-6 && (of("g=c") - of("g=b") - c).abs() < 1e-6);

    // A column in so small a unit that exp of its coefficient is out of range.
    let tiny = "t,e,x\n1,1,3e-9\n2,1,1e-9\n3,0,2e-9\n4,1,2e-9\n5,1,0\n";
    let found = run(tiny, &[&columns[..5], &["x"]].concat());
    close(&found["cox"]["coef"]["x"], 1079427549.57494, 1e-8);
}

/// All leave at one time: of no two is it known who left first. R has a concordance of NaN, and the
/// log-likelihood of three who leave at once whatever x is, log(1 / 6).
#[test]
fn where_nobody_left_first_there_is_no_concordance() {
    let content = "t,e,x\n1,0,9\n4,1,1\n4,1,2\n4,1,4\n2,0,7\n";
    let columns = ["--duration", "t", "--event", "e", "--features", "x"];
    let folder = Folder::with("in.csv", content);
    let arguments = [
        &["survival", "in.csv"],
        &columns[..],
        &["--json", "out.json"],
    ]
    .concat();
    folder.run(PROGRAM, &arguments).good().says("concordance -");
    let cox = &folder.json("out.json")["cox"];
    assert!(cox["concordance"].is_null());
    close(&cox["log_likelihood"], -f64::ln(6.0), 1e-12);
}

/// R leaves out a constant column of numbers; one of text is told in the same way.
#[test]
fn columns_that_say_the_same_of_all_are_aliased() {
    let content = "t,e,one,same,x\n1,1,1,k,1\n2,0,1,k,2\n3,1,1,k,1\n4,1,1,k,3\n5,1,1,k,0\n";
    let columns = ["--duration", "t", "--event", "e", "--features"];
    let found = run(content, &[&columns[..], &["one,same,x"]].concat());
    assert_eq!(found["aliased"], serde_json::json!(["one", "same"]));
    assert_eq!(found["cox"]["coef"].as_object().unwrap().len(), 1);
}

#[test]
fn faults_of_features_are_told_by_line_and_column() {
    let rows = |fault: &str| {
        let rows = (1..30).map(|row| format!("{row};{};{}", row % 2, row * 7 % 13));
        let rows: Vec<String> = rows.collect();
        format!("t;e;x\n{}\n30;1;{fault}\n", rows.join("\n"))
    };
    let columns = [
        "survival",
        "in.csv",
        "--duration",
        "t",
        "--event",
        "e",
        "--features",
        "x",
    ];
    let refused = |content: &str| {
        let folder = Folder::with("in.csv", content);
        folder.run(PROGRAM, &columns).refused_in_a_line()
    };
    for fault in ["abc", "inf", "1e999", "0x1F", "1 000"] {
        let error = refused(&rows(fault));
        assert!(
            error.contains(&format!(
                "in.csv, line 31, column x is {fault:?}: it is not a number"
            )),
            "{error}"
        );
    }
    let error = refused(&rows("0").replace(";0\n", ";0,5\n"));
    assert!(
        error.contains(
            "line 14, column x is \"0,5\": it is not a number; write decimals with a point"
        ),
        "{error}"
    );
    // A blank is missing, as ever.
    let folder = Folder::with("in.csv", rows(""));
    folder
        .run(PROGRAM, &columns)
        .good()
        .says("1 rows lack a feature");

    let error = refused("t,e,x\n1,1,k\n2,0,k\n3,1,k\n");
    assert!(
        error.contains("in.csv: only one group in column x"),
        "{error}"
    );
    let many: Vec<String> = (1..300).map(|row| format!("{row},1,L{row}")).collect();
    let error = refused(&format!("t,e,x\n{}\n", many.join("\n")));
    assert!(
        error.contains("column x: 299 levels of text in 299 rows"),
        "{error}"
    );
    let error = refused("t,e,x\n1,0,1\n2,0,2\n");
    assert!(error.contains("in.csv: needs at least"), "{error}");
}

#[test]
fn faults_are_told_by_line() {
    let refused = |content: &str, more: &[&str]| {
        let folder = Folder::with("in.csv", content);
        let arguments = [&["survival", "in.csv"], more].concat();
        folder.run(PROGRAM, &arguments).refused_in_a_line()
    };
    let columns = ["--duration", "t", "--event", "e"];
    for (content, said) in [
        ("", "the file is empty"),
        ("t,e\n", "no rows"),
        ("t,e\n1,1\nx,0\n", "line 3, column t"),
        ("t,e\n1,1\n-2,0\n", "line 3, column t"),
        (
            "t;e\n1,5;1\n",
            "line 2, column t is \"1,5\": it is not a number; write decimals with a point",
        ),
        ("t,e\n1,1\n2,2\n", "--event-value"),
        ("t,x\n1,1\n", "no column \"e\""),
    ] {
        let error = refused(content, &columns);
        assert!(error.contains(said), "{error}");
    }
    let error = refused(
        "t,e\n1,1\n",
        &[&columns[..], &["--event-value", "gone"]].concat(),
    );
    assert!(error.contains("no row has"), "{error}");
    let error = refused(
        "t,e,x\n1,0,1\n2,0,2\n",
        &[&columns[..], &["--features", "x"]].concat(),
    );
    assert!(error.contains("needs at least"), "{error}");
}

/// The Telco table: R 4.2.2, `survival` 3.5.3, on the rows with a tenure; those without are at risk at
/// no event.
#[test]
fn cox_of_telco_against_r_survival() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/data/telco_customer_churn.csv"
    );
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("NOT RUN: {path} is not there; the Telco table is not part of the project");
        return;
    };
    let columns = [
        "--duration",
        "tenure",
        "--event",
        "Churn",
        "--event-value",
        "Yes",
        "--features",
        "SeniorCitizen,Partner,Contract,InternetService,PaymentMethod,PaperlessBilling,MonthlyCharges",
    ];
    let efron = run(&text, &columns);
    assert_eq!(
        (efron["n"].as_u64(), efron["events"].as_u64()),
        (Some(7_043), Some(1_869))
    );
    for (name, want) in [
        ("SeniorCitizen", -0.07204599837),
        ("Partner=Yes", -0.57433267683),
        ("Contract=One year", -1.72227503418),
        ("Contract=Two year", -3.42282191659),
        ("InternetService=Fiber optic", 1.47119794881),
        ("InternetService=No", -1.23358307464),
        ("PaymentMethod=Credit card (automatic)", -0.07335057125),
        ("PaymentMethod=Electronic check", 0.66998306004),
        ("PaymentMethod=Mailed check", 0.6307600779),
        ("PaperlessBilling=Yes", 0.18237353927),
        ("MonthlyCharges", -0.03056879809),
    ] {
        close(&efron["cox"]["coef"][name], want, 1e-8);
    }
    close(&efron["cox"]["log_likelihood"], -14031.02604, 1e-9);
    close(&efron["cox"]["concordance"], 0.8523910939, 1e-9);
    let breslow = run(&text, &[&columns[..], &["--ties", "breslow"]].concat());
    close(&breslow["cox"]["log_likelihood"], -14078.41771, 1e-9);
    let fiber = &breslow["cox"]["coef"]["InternetService=Fiber optic"];
    close(fiber, 1.42728024, 1e-8);
}
