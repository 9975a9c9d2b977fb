//! Our side of `value.py`: makes a purchase log as plain columns, and times this
//! crate on it. Prints one line of JSON a run.

#![allow(
    clippy::disallowed_methods,
    reason = "timing is what this program is for"
)]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    error::Error,
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

use clap::{Parser, Subcommand};
use custometry::{
    data::{Currency, Transactions, date_of_day},
    simulate::{PurchaseLogParams, RowOrder},
    value::SummaryState,
};

/// 2015-01-01, from where the log runs for 365 weeks.
const FIRST_DAY: i32 = 16_436;
const LAST_DAY: i32 = FIRST_DAY + 365 * 7 - 1;

#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    job: Job,
}

#[derive(Subcommand)]
enum Job {
    /// Writes customer.i64, day.i32 and amount.i64, shuffled, to a folder.
    Generate { customers: u32, folder: PathBuf },
    /// From the columns to the summary, `runs` times.
    Summary {
        folder: PathBuf,
        runs: usize,
        threads: usize,
    },
}

fn main() -> Result<(), Box<dyn Error>> {
    match Args::parse().job {
        Job::Generate { customers, folder } => generate(customers, &folder),
        Job::Summary {
            folder,
            runs,
            threads,
        } => {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()?;
            let log = Columns::read(&folder)?;
            for _ in 0..runs {
                pool.install(|| summary(&log))
                    .map_err(|error| error.to_string())?;
            }
            Ok(())
        }
    }
}

fn generate(customers: u32, folder: &Path) -> Result<(), Box<dyn Error>> {
    let day = |day| date_of_day(day).ok_or("a day of the calendar");
    let log = PurchaseLogParams::default()
        .customers(customers)
        .acquired_from(day(FIRST_DAY)?, 84)
        .until(day(LAST_DAY)?)
        .row_order(RowOrder::Shuffled)
        .generate()?
        .transactions;
    fs::create_dir_all(folder)?;
    let keys = log
        .customer()
        .iter()
        .flat_map(|at| i64::from(at.0).to_le_bytes());
    fs::write(folder.join("customer.i64"), keys.collect::<Vec<u8>>())?;
    let days = log.days().iter().flat_map(|day| day.to_le_bytes());
    fs::write(folder.join("day.i32"), days.collect::<Vec<u8>>())?;
    let amounts = log.amounts().iter().flat_map(|amount| amount.to_le_bytes());
    fs::write(folder.join("amount.i64"), amounts.collect::<Vec<u8>>())?;
    println!(
        "{}",
        serde_json::json!({"rows": log.len(), "customers": customers})
    );
    Ok(())
}

/// The columns, as a host has them in memory.
struct Columns {
    customer: Vec<i64>,
    day: Vec<i32>,
    amount: Vec<i64>,
}

impl Columns {
    fn read(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let longs = |name: &str| -> Result<Vec<i64>, Box<dyn Error>> {
            let bytes = fs::read(folder.join(name))?;
            Ok(bytes
                .as_chunks()
                .0
                .iter()
                .map(|&chunk| i64::from_le_bytes(chunk))
                .collect())
        };
        let days = fs::read(folder.join("day.i32"))?;
        Ok(Self {
            customer: longs("customer.i64")?,
            day: days
                .as_chunks()
                .0
                .iter()
                .map(|&chunk| i32::from_le_bytes(chunk))
                .collect(),
            amount: longs("amount.i64")?,
        })
    }
}

fn summary(columns: &Columns) -> Result<(), Box<dyn Error + Send + Sync>> {
    // The log owns its columns: copying them is not part of the work, having
    // them is the input.
    let (days, amounts) = (columns.day.clone(), columns.amount.clone());
    let start = Instant::now();
    let log = Transactions::builder(Currency::USD)
        .int_keys(&columns.customer)
        .days(days)
        .amounts(amounts)
        .build()?;
    let built = Instant::now();
    let before = reset_peak();
    let state = SummaryState::new(&log)?;
    let folded = Instant::now();
    let summary = state.summary(date_of_day(LAST_DAY + 2).ok_or("a day of the calendar")?)?;
    let end = Instant::now();
    let beyond = PEAK.load(Ordering::Relaxed).saturating_sub(before);
    let repeats: u64 = summary.frequency().iter().map(|&x| u64::from(x)).sum();
    let days = repeats + summary.buyers() as u64;
    let line = serde_json::json!({
        "seconds": (end - start).as_secs_f64(),
        "log_seconds": (built - start).as_secs_f64(),
        "state_seconds": (folded - built).as_secs_f64(),
        "summary_seconds": (end - folded).as_secs_f64(),
        "customers": summary.len(),
        "purchase_days": days,
        "mean_frequency": repeats as f64 / summary.len() as f64,
        "bytes_beyond_log": beyond,
        "bytes_allowed": 12 * days + 64 * summary.len() as u64,
    });
    println!("{line}");
    Ok(())
}

/// Counts what is allocated, so that memory means what the work holds and not
/// what the allocator keeps.
struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every call is handed on to the system allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(now, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let now = NOW.fetch_add(size, Ordering::Relaxed) + size;
        PEAK.fetch_max(now - layout.size(), Ordering::Relaxed);
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// Sets the peak back to what is allocated now, and gives it.
fn reset_peak() -> usize {
    let now = NOW.load(Ordering::Relaxed);
    PEAK.store(now, Ordering::Relaxed);
    now
}
