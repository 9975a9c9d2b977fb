//! Our side of `identity.py`: makes records of persons and writes them as a file that both
//! sides read. Prints one line of JSON a run.

#![allow(
    clippy::disallowed_methods,
    reason = "timing is what this program is for"
)]

use std::{
    error::Error,
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    time::Instant,
};

use clap::{Parser, Subcommand};
use custometry::simulate::PeopleParams;

#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    job: Job,
}

#[derive(Subcommand)]
enum Job {
    /// Writes people.csv to a folder. No value needs quotes; a missing one is empty.
    Generate { records: u32, folder: PathBuf },
}

fn main() -> Result<(), Box<dyn Error>> {
    match Args::parse().job {
        Job::Generate { records, folder } => generate(records, &folder),
    }
}

fn generate(records: u32, folder: &Path) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let made = PeopleParams::default()
        .records(records)
        .generate()
        .map_err(|error| error.to_string())?;
    let seconds = start.elapsed().as_secs_f64();

    fs::create_dir_all(folder)?;
    let mut file = BufWriter::new(File::create(folder.join("people.csv"))?);
    let header = "rec_id,cluster,first_name,last_name,dob,postcode,email,phone";
    writeln!(file, "{header}")?;
    for row in 0..made.record.len() {
        writeln!(
            file,
            "{},{},{},{},{},{},{},{}",
            made.record[row],
            made.person[row],
            made.given_name[row],
            made.surname[row],
            made.birth_date[row],
            made.postcode[row],
            made.email[row],
            made.phone[row],
        )?;
    }
    file.flush()?;
    println!(
        "{}",
        serde_json::json!({"seconds": seconds, "records": records})
    );
    Ok(())
}
