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

use clap::{Parser, Subcommand, ValueEnum};
use custometry::{
    identity::{
        BlockingParams, BlockingRule, ColumnPart, Comparison, EditDistance, Families,
        FellegiSunterParams, FieldKind, Level, MatchWeight, Part, Records, ResolveParams,
        Similarity, Test, Threshold,
    },
    simulate::PeopleParams,
};

#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    job: Job,
}

#[derive(Subcommand)]
enum Job {
    /// Writes people.csv to a folder. No value needs quotes; a missing one is empty.
    Generate { records: u32, folder: PathBuf },
    /// From the columns of the file to the pairs that are kept.
    Run {
        folder: PathBuf,
        case: Case,
        threads: usize,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Case {
    Light,
    Heavy,
}

fn main() -> Result<(), Box<dyn Error>> {
    match Args::parse().job {
        Job::Generate { records, folder } => generate(records, &folder),
        Job::Run {
            folder,
            case,
            threads,
        } => {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            let text = fs::read_to_string(folder.join("people.csv"))?;
            let columns = Columns::read(&text)?;
            let line = pool
                .build()?
                .install(|| run(columns, case))
                .map_err(|error| error.to_string())?;
            println!("{line}");
            Ok(())
        }
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

/// The file, column by column, as parts of its text.
struct Columns<'t> {
    keys: Vec<i64>,
    /// In the order of [`NAMES`].
    texts: Vec<Vec<&'t str>>,
}

/// The columns that are compared, from the third of the file on.
const NAMES: [&str; 6] = [
    "first_name",
    "last_name",
    "dob",
    "postcode",
    "email",
    "phone",
];

impl<'t> Columns<'t> {
    fn read(text: &'t str) -> Result<Self, Box<dyn Error>> {
        let mut columns = Self {
            keys: Vec::new(),
            texts: vec![Vec::new(); NAMES.len()],
        };
        for line in text.lines().skip(1) {
            let mut fields = line.split(',');
            columns.keys.push(fields.next().ok_or("no key")?.parse()?);
            for (column, field) in columns.texts.iter_mut().zip(fields.skip(1)) {
                column.push(field);
            }
        }
        Ok(columns)
    }
}

/// The comparisons of the other side, level by level.
fn comparisons() -> Vec<Comparison> {
    let name = |column: &str| {
        Comparison::new(
            column,
            Test::missing(column),
            [0.92, 0.88, 0.7].into_iter().fold(
                vec![Level::new("same", Test::exact(column)).term_frequency(column)],
                |mut levels, cut| {
                    let test = Test::similar(column, Similarity::JaroWinkler, cut);
                    levels.push(Level::new("similar", test));
                    levels
                },
            ),
        )
    };
    let two = |column: &str, test| {
        let levels = vec![
            Level::new("same", Test::exact(column)),
            Level::new("near", test),
        ];
        Comparison::new(column, Test::missing(column), levels)
    };
    let day = || ColumnPart::new("dob", Part::Day);
    let apart = |days| {
        Level::new(
            "apart",
            Test::DaysApart {
                of: day(),
                at_most: days,
            },
        )
    };
    let dob = Comparison::new(
        "dob",
        Test::Missing(day()),
        vec![
            Level::new("same", Test::exact("dob")),
            Level::new(
                "slip",
                Test::within("dob", EditDistance::DamerauLevenshtein, 1),
            ),
            apart(30.4375),
            apart(365.25),
            apart(3652.5),
        ],
    );
    let slip = |column: &str| two(column, Test::within(column, EditDistance::Levenshtein, 1));
    vec![
        name("first_name"),
        name("last_name"),
        dob,
        slip("postcode"),
        two(
            "email",
            Test::similar("email", Similarity::JaroWinkler, 0.92),
        ),
        slip("phone"),
    ]
}

fn rules(case: Case) -> Vec<BlockingRule> {
    let mut rules = vec![
        BlockingRule::on(["email"]),
        BlockingRule::on(["phone"]),
        BlockingRule::on(["first_name", "last_name"]),
        BlockingRule::on(["dob", "postcode"]),
        BlockingRule::on(["dob", "last_name"]),
        BlockingRule::on(["dob", "first_name"]),
    ];
    if case == Case::Heavy {
        let year = || ColumnPart::new("dob", Part::Prefix(4));
        let start = ColumnPart::new("last_name", Part::Prefix(3));
        rules.extend([
            BlockingRule::on(["dob"]),
            BlockingRule::on(["first_name"]).and(year()),
            BlockingRule::on([start]).and(year()),
        ]);
    }
    rules
}

/// The least probability of a pair that is kept, and of an edge between records of one
/// person.
const KEPT: f64 = 0.001;
const EDGE: f64 = 0.95;

fn run(
    columns: Columns<'_>,
    case: Case,
) -> Result<serde_json::Value, Box<dyn Error + Send + Sync>> {
    let mut last = Instant::now();
    let mut lap = || {
        let now = Instant::now();
        (now - std::mem::replace(&mut last, now)).as_secs_f64()
    };
    let mut builder = Records::builder().int_keys(&columns.keys);
    for (name, column) in NAMES.into_iter().zip(&columns.texts) {
        builder = builder.column(name, FieldKind::Verbatim, column);
    }
    drop(columns);
    let records = builder.build()?;
    let prepare = lap();
    let training = [["dob", "postcode"], ["first_name", "last_name"]];
    let training = BlockingParams::new(training.into_iter().map(BlockingRule::on).collect());
    let params = FellegiSunterParams::new(comparisons()).families(Families::Ignored);
    let model = params.fit(&training.block(&records)?)?;
    let train = lap();
    let blocking = BlockingParams::new(rules(case)).block(&records)?;
    let block = lap();
    let scorer = model.scorer(&records)?;
    let bind = lap();
    let scored = scorer.score(&blocking, MatchWeight::from_probability(KEPT)?)?;
    let score = lap();
    let floor = MatchWeight::from_probability(EDGE)?;
    let params = ResolveParams::default().threshold(Threshold::Weight(floor));
    let customers = params.resolve(&scorer, &blocking, &scored)?;
    let cluster = lap();
    let edges = scored.edges().iter().filter(|edge| edge.weight >= floor);
    Ok(serde_json::json!({
        "seconds": prepare + train + block + bind + score + cluster,
        // Blocking and scoring are one step on the other side; u and m are one on ours.
        "stages": {"prior": prepare, "em": train, "predict": block + bind + score, "cluster": cluster},
        "block": block,
        "bind": bind,
        "score": score,
        "pairs": scored.pairs(),
        "kept": scored.edges().len(),
        "edges": edges.count(),
        "clusters": customers.clusters(),
        "peak_mb": peak_mb(),
    }))
}

/// The most memory that the process had, where the system tells.
fn peak_mb() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.unwrap_or_default() / 1024.0
}
