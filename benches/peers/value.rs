//! Our side of `value.py`: makes purchase logs and histories as plain columns, and
//! times this crate on them. Prints one line of JSON a run.

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

use clap::{Parser, Subcommand, ValueEnum};
use custometry::{
    data::{Currency, Days, DiscountRate, TimeUnit, Transactions, Window, date_of_day},
    simulate::{PurchaseLogParams, RowOrder},
    value::{
        BgNbd, BgNbdParams, BootstrapParams, BridgeParams, ClvParams, CohortParams, CohortPeriod,
        GammaGamma, ParetoNbdParams, ProfitParams, ProfitState, PurchaseHistories, PurchaseModel,
        SpendHistories, SummaryState,
    },
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
    /// Writes frequency.u32, recency.f64, age.f64 (in weeks) and mean.f64 of the
    /// customers of such a log to a folder.
    Histories { customers: u32, folder: PathBuf },
    /// A case of `value_models.py` on such columns, `runs` times.
    Model {
        case: Case,
        folder: PathBuf,
        runs: usize,
        threads: usize,
    },
    /// From the columns to the answer of a case of `value_money.py`, `runs` times.
    Money {
        question: Question,
        folder: PathBuf,
        runs: usize,
        threads: usize,
    },
    /// From the columns to the summary, `runs` times.
    Summary {
        folder: PathBuf,
        runs: usize,
        threads: usize,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Case {
    BgNbdFit,
    ParetoNbdFit,
    Bootstrap,
    Histories,
    PAlive,
    Expected,
    Clv,
}

#[derive(Clone, Copy, ValueEnum)]
enum Question {
    Bridge,
    Cohorts,
    Profit,
}

fn main() -> Result<(), Box<dyn Error>> {
    match Args::parse().job {
        Job::Generate { customers, folder } => generate(customers, &folder),
        Job::Histories { customers, folder } => histories(customers, &folder),
        Job::Model {
            case,
            folder,
            runs,
            threads,
        } => {
            let pool = pool(threads)?;
            let known = Known::read(&folder)?;
            let mut best = (f64::INFINITY, f64::NAN);
            for _ in 0..runs {
                let (seconds, answer) = pool
                    .install(|| known.run(case))
                    .map_err(|error| error.to_string())?;
                if seconds < best.0 {
                    best = (seconds, answer);
                }
            }
            let (seconds, answer) = best;
            println!(
                "{}",
                serde_json::json!({"seconds": seconds, "answer": answer})
            );
            Ok(())
        }
        Job::Money {
            question,
            folder,
            runs,
            threads,
        } => {
            let pool = pool(threads)?;
            let log = Columns::read(&folder)?;
            for _ in 0..runs {
                pool.install(|| money(&log, question))
                    .map_err(|error| error.to_string())?;
            }
            Ok(())
        }
        Job::Summary {
            folder,
            runs,
            threads,
        } => {
            let pool = pool(threads)?;
            let log = Columns::read(&folder)?;
            for _ in 0..runs {
                pool.install(|| summary(&log))
                    .map_err(|error| error.to_string())?;
            }
            Ok(())
        }
    }
}

fn pool(threads: usize) -> Result<rayon::ThreadPool, rayon::ThreadPoolBuildError> {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build()
}

fn simulate(customers: u32) -> Result<Transactions, Box<dyn Error>> {
    let day = |day| date_of_day(day).ok_or("a day of the calendar");
    let log = PurchaseLogParams::default()
        .customers(customers)
        .acquired_from(day(FIRST_DAY)?, 84)
        .until(day(LAST_DAY)?)
        .row_order(RowOrder::Shuffled)
        .generate()?;
    Ok(log.transactions)
}

fn generate(customers: u32, folder: &Path) -> Result<(), Box<dyn Error>> {
    let log = simulate(customers)?;
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

fn histories(customers: u32, folder: &Path) -> Result<(), Box<dyn Error>> {
    let log = simulate(customers)?;
    let as_of = date_of_day(LAST_DAY + 2).ok_or("a day of the calendar")?;
    let summary = SummaryState::new(&log)?.summary(as_of)?;
    fs::create_dir_all(folder)?;
    let x = summary.frequency().iter().flat_map(|x| x.to_le_bytes());
    fs::write(folder.join("frequency.u32"), x.collect::<Vec<u8>>())?;
    let weeks = |days: &[u32]| -> Vec<u8> {
        let weeks = days.iter().map(|&days| f64::from(days) / 7.0);
        weeks.flat_map(f64::to_le_bytes).collect()
    };
    fs::write(folder.join("recency.f64"), weeks(summary.recency()))?;
    fs::write(folder.join("age.f64"), weeks(summary.age()))?;
    let rows = summary.frequency().iter().zip(summary.repeat_money());
    let mean = rows.map(|(&x, &cents)| match x {
        0 => 0.0,
        _ => cents as f64 / 100.0 / f64::from(x),
    });
    let means = mean.flat_map(f64::to_le_bytes).collect::<Vec<u8>>();
    fs::write(folder.join("mean.f64"), means)?;
    println!("{}", serde_json::json!({"customers": customers}));
    Ok(())
}

/// What is known of each customer, as a host has it in memory.
struct Known {
    frequency: Vec<u32>,
    recency_days: Vec<f64>,
    age_days: Vec<f64>,
    mean: Vec<f64>,
}

/// Seconds, and a number that must agree with the peer's.
type Outcome = Result<(f64, f64), Box<dyn Error + Send + Sync>>;

impl Known {
    fn read(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let floats = |name: &str| -> Result<Vec<f64>, Box<dyn Error>> {
            let bytes = fs::read(folder.join(name))?;
            let all = bytes.as_chunks().0.iter();
            Ok(all.map(|&chunk| f64::from_le_bytes(chunk)).collect())
        };
        let days = |weeks: Vec<f64>| weeks.into_iter().map(|weeks| weeks * 7.0).collect();
        let frequency = fs::read(folder.join("frequency.u32"))?;
        let frequency = frequency.as_chunks().0.iter();
        Ok(Self {
            frequency: frequency.map(|&chunk| u32::from_le_bytes(chunk)).collect(),
            recency_days: days(floats("recency.f64")?),
            age_days: days(floats("age.f64")?),
            mean: floats("mean.f64")?,
        })
    }

    fn histories(&self) -> custometry::Result<PurchaseHistories> {
        let (recency, age) = (&self.recency_days, &self.age_days);
        PurchaseHistories::from_columns(&self.frequency, recency, age, None)
    }

    fn run(&self, case: Case) -> Outcome {
        let given = BgNbd::new(TimeUnit::Weeks, 0.243, 4.414, 0.793, 2.426)?;
        let spend = GammaGamma::new(6.25, 3.74, 15.44)?;
        let ready = self.histories()?;
        let spends = SpendHistories::from_columns(&self.frequency, &self.mean, None)?;
        let model = match case {
            Case::Bootstrap => BgNbdParams::default().fit(&ready)?,
            _ => given,
        };
        // 1 % a month, over twelve months of 4.345 weeks.
        let discount = DiscountRate::effective(0.01, Days::from_weeks(4.345))?;
        let year = ClvParams::new(1.0, discount).horizon(Days::from_weeks(12.0 * 4.345));
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;

        let start = Instant::now();
        let seconds = || start.elapsed().as_secs_f64();
        Ok(match case {
            Case::BgNbdFit => {
                let fitted = BgNbdParams::default().fit(&self.histories()?)?;
                (seconds(), fitted.r())
            }
            Case::ParetoNbdFit => {
                let fitted = ParetoNbdParams::default().fit(&self.histories()?)?;
                (seconds(), fitted.r())
            }
            Case::Bootstrap => {
                let bootstrap = BootstrapParams::default().fit(&model, &ready)?;
                (seconds(), bootstrap.models().len() as f64)
            }
            Case::Histories => {
                let cells = self.histories()?.cells();
                (seconds(), cells as f64)
            }
            Case::PAlive => {
                let alive = model.p_alive(&ready);
                (seconds(), mean(&alive))
            }
            Case::Expected => {
                let expected = model.expected_purchases(&ready, Days::from_weeks(52.0))?;
                (seconds(), mean(&expected))
            }
            Case::Clv => {
                let clv = year.predict(&model, &spend, &ready, &spends)?;
                (seconds(), mean(clv.values()))
            }
        })
    }
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

/// From keys, days, amounts and costs to a bridge, triangles or profits.
fn money(columns: &Columns, question: Question) -> Result<(), Box<dyn Error + Send + Sync>> {
    // As above: having the columns is the input.
    let (days, amounts) = (columns.day.clone(), columns.amount.clone());
    // Costs that a peer can make without a file: 60 % and half a dollar a row.
    let costs: Vec<i64> = amounts.iter().map(|amount| amount * 3 / 5 + 50).collect();
    let day = |day| date_of_day(day).ok_or("a day of the calendar");
    let start = Instant::now();
    let mut log = Transactions::builder(Currency::USD)
        .int_keys(&columns.customer)
        .days(days)
        .amounts(amounts);
    if matches!(question, Question::Profit) {
        log = log.costs(costs);
    }
    let log = log.build()?;
    let built = Instant::now();
    // In minor units: the change, the money of all cells, the profit.
    let answer = match question {
        Question::Bridge => {
            let opening = Window::new(day(LAST_DAY - 729)?, day(LAST_DAY - 365)?)?;
            let closing = Window::new(day(LAST_DAY - 364)?, day(LAST_DAY)?)?;
            let state = SummaryState::new(&log)?;
            let bridge = BridgeParams::new(opening, closing).evaluate(&state)?;
            let ranked = bridge.gaining(100).len() + bridge.declining(100).len();
            assert_eq!(ranked, 200, "enough customers to rank");
            bridge.total()?.change().0
        }
        Question::Cohorts => {
            let params = CohortParams::new(CohortPeriod::Month, day(LAST_DAY)?);
            let cohorts = params.evaluate(&SummaryState::new(&log)?)?;
            let cells = cohorts.rows().iter().flat_map(|cohort| &cohort.cells);
            cells.map(|cell| cell.money.0).sum()
        }
        Question::Profit => {
            let profits = ProfitParams::default().evaluate(&ProfitState::new(&log)?)?;
            let whale = profits.whale_curve()?;
            let gini = profits.concentration()?.gini()?;
            assert!((0.0..1.0).contains(&gini), "a share");
            whale.total().0
        }
    };
    let end = Instant::now();
    let line = serde_json::json!({
        "seconds": (end - start).as_secs_f64(),
        "log_seconds": (built - start).as_secs_f64(),
        "answer": answer,
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
