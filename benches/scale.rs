//! From transactions to actions at any size: how long, how much memory, and a fingerprint of all that was
//! told, which is the same for any number of threads.
//!
//! ```text
//! cargo run --release -p custometry-benches --bin scale -- --customers 1000000 --threads 2
//! ```

#![expect(clippy::print_stdout, reason = "that is what it is for: to tell")]

use std::{
    hash::Hasher,
    io::{self, Write},
};

use clap::Parser;
use custometry::{
    data::{ContactStatus, ContactStatuses, date_of_day},
    overview::{ActionParams, OverviewInputs, OverviewParams},
    simulate::{PurchaseLogParams, RowOrder},
};

#[path = "../examples/common/steps.rs"]
mod steps;

use steps::Steps;

/// Times the whole road
#[derive(Parser)]
struct Args {
    /// How many customers
    #[arg(long, default_value_t = 1_000_000)]
    customers: u32,
    /// How many threads
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

/// The day on which the simulated logs end.
const LAST_DAY: i32 = 10_407;

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let args = Args::parse();
    rayon::ThreadPoolBuilder::new()
        .num_threads(args.threads)
        .build()?
        .install(|| run(&args))
}

fn run(args: &Args) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let params = PurchaseLogParams::default().customers(args.customers);
    let log = params
        .row_order(RowOrder::Shuffled)
        .generate()?
        .transactions;
    let said = log.customers().numbers().map(|customer| {
        let status = match customer.0 % 10 {
            0 => ContactStatus::Refused,
            1 | 2 => ContactStatus::Unknown,
            _ => ContactStatus::Allowed,
        };
        (customer, status)
    });
    let contact = ContactStatuses::new(log.customers(), said)?;
    println!("{} customers, {} rows", args.customers, log.len());

    let mut steps = Steps::start();
    let inputs = OverviewInputs::new().transactions(&log).contact(&contact);
    let as_of = date_of_day(LAST_DAY).ok_or("no day of the calendar")?;
    let overview = OverviewParams::default().fit_observed(&inputs, as_of, &mut steps.watch(()))?;
    steps.done("the rest of the overview");
    let actions = overview.actions(&ActionParams::default().count(10_000))?;
    steps.done("choosing actions");
    print!("{steps}");
    let mut print = Print::default();
    serde_json::to_writer(&mut print, &overview)?;
    serde_json::to_writer(&mut print, &actions)?;
    println!(
        "{} bytes of answers, fingerprint {:016x}",
        print.bytes,
        print.hash.finish()
    );
    Ok(())
}

/// Takes the fingerprint of what is written.
#[derive(Default)]
struct Print {
    hash: std::hash::DefaultHasher,
    bytes: usize,
}

impl Write for Print {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        // Byte by byte, so that the fingerprint does not depend on the parts.
        part.iter().for_each(|byte| self.hash.write_u8(*byte));
        self.bytes += part.len();
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
