//! Purchases that are made up.

use std::process::Command;

use super::PROGRAM;
use crate::programs::{Folder, Run, program};

#[test]
fn people_are_made_up_and_found_again_on_any_number_of_threads() {
    let folder = Folder::new();
    let run = |threads: &str| {
        let output = Command::new(program(PROGRAM))
            .args(["--generate", "3000", "--json", threads])
            .env("RAYON_NUM_THREADS", threads)
            .current_dir(&folder.0)
            .output()
            .unwrap();
        Run::of(&output).good()
    };
    let told = run("1");
    told.says("3000 people who are made up");
    told.says("Seconds by step");
    told.says("in all");
    run("2");
    assert_eq!(folder.read("1"), folder.read("2"));

    let found = folder.json("1");
    let customers = |of: &str| found[of]["customers"].as_u64().unwrap();
    assert!(customers("fragmented") > 3_200);
    assert!(
        (2_950..=3_050).contains(&customers("resolved")),
        "{}",
        customers("resolved")
    );
    assert!(found["identity"]["pairwise"]["precision"].as_f64().unwrap() > 0.95);
    assert!(found["identity"]["pairwise"]["recall"].as_f64().unwrap() > 0.8);
    assert_eq!(found["actions"].as_array().unwrap().len(), 10);
}

#[test]
fn a_file_and_made_up_people_exclude_one_another() {
    let folder = Folder::with("log.csv", "customer,date,amount\na,2024-01-05,10\n");
    let run = folder.run(PROGRAM, &["log.csv", "--generate", "10"]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("cannot be used with"), "{}", run.err);
    let none = folder.run(PROGRAM, &["--generate", "0"]);
    assert_eq!(none.code, Some(2));
}
