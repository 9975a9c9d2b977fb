//! From transactions to actions at any size: how long, how much memory, and a fingerprint of all that was
//! told, which is the same for any number of threads.
//!
//! ```text
//! cargo run --release -p custometry-benches --bin scale -- --customers 1000000 --threads 2
//! ```

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "that is what it is for: to time and to tell"
)]

use std::{
    fs,
    hash::Hasher,
    io::{self, Write},
    ops::ControlFlow,
    time::{Duration, Instant},
};

use clap::Parser;
use custometry::{
    Progress,
    data::{ContactStatus, ContactStatuses, date_of_day},
    overview::{ActionParams, OverviewInputs, OverviewParams},
    simulate::{PurchaseLogParams, RowOrder},
};

/// Times the whole road
#[derive(Parser)]
struct Args {
    /// How many customers
    #[arg(long, default_value_t = 1_000_000)]
    customers: u32,
    /// How many threads
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Whether to tell what takes how long
    #[arg(long)]
    stages: bool,
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

    let mut stages: Vec<(&'static str, Duration)> = Vec::new();
    let mut last = Instant::now();
    let mut watch = |progress: Progress| {
        match stages.last_mut() {
            Some((stage, spent)) if *stage == progress.stage => *spent += last.elapsed(),
            _ => stages.push((progress.stage, last.elapsed())),
        }
        last = Instant::now();
        ControlFlow::Continue(())
    };
    let start = Instant::now();
    let inputs = OverviewInputs::new().transactions(&log).contact(&contact);
    let as_of = date_of_day(LAST_DAY).ok_or("no day of the calendar")?;
    let overview = OverviewParams::default().fit_observed(&inputs, as_of, &mut watch)?;
    let fitted = start.elapsed();
    let actions = overview.actions(&ActionParams::default().count(10_000))?;
    let all = start.elapsed();
    println!(
        "overview {:.2} s, actions {:.2} s",
        fitted.as_secs_f64(),
        (all - fitted).as_secs_f64()
    );
    println!("in all {:.2} s", all.as_secs_f64());
    if let Some(peak) = peak_memory() {
        println!(
            "peak memory {:.2} GiB, the log included",
            peak / (1024.0 * 1024.0)
        );
    }
    if args.stages {
        // A stage is reported when a step of it is done or begins.
        for (stage, spent) in stages {
            println!("{:8.2} s up to: {stage}", spent.as_secs_f64());
        }
    }
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

/// The peak of the memory of this process in KiB, where the system tells it.
fn peak_memory() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
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
