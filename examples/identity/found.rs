//! What was found: rules, a model, clusters, and how well they agree with the truth.

use std::time::Instant;

use custometry::{
    data::Estimate,
    identity::{
        ComparisonModel, DoubtfulMerge, PairKind, RecordIx, Records, RuleReport, b_cubed,
        blocking_recall, pairwise, pairwise_of_links,
    },
};
use serde::Serialize;

use crate::{
    common::Result,
    people::{
        read::{People, ReadColumn},
        resolve::{Estimated, InDoubt, Outcome, Resolved, Shares, Step, resolve},
    },
};

/// Everything that is told. `--json` writes it as it stands.
#[derive(Serialize)]
pub(crate) struct Found {
    pub(crate) files: Vec<File>,
    pub(crate) link: bool,
    pub(crate) guessed: bool,
    pub(crate) records: usize,
    pub(crate) columns: Vec<ReadColumn>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) comparisons: Vec<Comparison>,
    pub(crate) warnings: Vec<String>,
    pub(crate) pairs_scored: u64,
    /// In bits; none where no pair was weighed.
    pub(crate) threshold: Option<f64>,
    pub(crate) clusters: usize,
    /// Clusters of one record.
    pub(crate) singles: usize,
    pub(crate) largest: usize,
    pub(crate) estimated: Option<Estimated>,
    pub(crate) doubt: Option<Doubt>,
    /// Why there is no model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) statement: Option<String>,
    #[serde(flatten)]
    pub(crate) agreement: Option<WithTruth>,
    pub(crate) seconds: Seconds,
    #[serde(skip)]
    pub(crate) largest_clusters: Vec<LargeCluster>,
    /// The cluster of each row.
    #[serde(skip)]
    cluster: Vec<u32>,
}

#[derive(Serialize)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) source: String,
    pub(crate) rows: usize,
}

#[derive(Serialize)]
pub(crate) struct Rule {
    #[serde(rename = "rule")]
    pub(crate) name: String,
    pub(crate) records: u64,
    pub(crate) blocks: u64,
    pub(crate) largest: u64,
    pub(crate) pairs: u64,
    pub(crate) skipped_pairs: u64,
}

#[derive(Serialize)]
pub(crate) struct Comparison {
    pub(crate) name: String,
    pub(crate) levels: Vec<Level>,
}

#[derive(Serialize)]
pub(crate) struct Level {
    pub(crate) name: String,
    pub(crate) m: f64,
    pub(crate) u: f64,
}

/// What is in doubt.
#[derive(Serialize)]
pub(crate) struct Doubt {
    /// Of how many people the records are.
    pub(crate) people: Estimate,
    #[serde(flatten)]
    pub(crate) open: InDoubt,
    /// The merges that are next to even odds.
    pub(crate) most_doubtful: Vec<Merge>,
}

/// A merge by the keys of two records.
#[derive(Serialize)]
pub(crate) struct Merge {
    pub(crate) a: String,
    pub(crate) b: String,
    pub(crate) made: bool,
    pub(crate) probability: f64,
}

#[derive(Serialize)]
pub(crate) struct WithTruth {
    pub(crate) pairwise: Shares,
    pub(crate) b_cubed: Shares,
    pub(crate) blocking_recall: f64,
}

#[derive(Default, Serialize)]
pub(crate) struct Seconds {
    prepare: f64,
    block: f64,
    train: f64,
    score: f64,
    cluster: f64,
}

/// A cluster by the keys of its first records.
pub(crate) struct LargeCluster {
    pub(crate) size: usize,
    pub(crate) keys: Vec<String>,
}

/// Tells the time that each step takes.
pub(crate) struct Watch(Instant);

#[expect(
    clippy::disallowed_methods,
    reason = "the program times the library, which never times itself"
)]
fn now() -> Instant {
    Instant::now()
}

impl Watch {
    pub(crate) fn start() -> Self {
        Self(now())
    }

    /// Seconds since the last call.
    fn lap(&mut self) -> f64 {
        let before = std::mem::replace(&mut self.0, now());
        (self.0 - before).as_secs_f64()
    }
}

impl Found {
    /// What is found among people whose true entities may be known.
    pub(crate) fn new(
        people: &People,
        truth: Option<&[u32]>,
        link: bool,
        watch: &mut Watch,
    ) -> Result<Self> {
        let kind = if link {
            PairKind::AcrossSources
        } else {
            PairKind::All
        };
        let (records, columns) = people.prepare()?;
        let mut found = Self {
            files: (people.files.iter())
                .map(|file| File {
                    path: file.path.display().to_string(),
                    source: file.source.clone(),
                    rows: file.rows,
                })
                .collect(),
            link,
            guessed: people.guessed,
            records: records.len(),
            columns,
            rules: Vec::new(),
            comparisons: Vec::new(),
            warnings: Vec::new(),
            pairs_scored: 0,
            threshold: None,
            clusters: 0,
            singles: 0,
            largest: 0,
            estimated: None,
            doubt: None,
            statement: None,
            agreement: None,
            seconds: Seconds::default(),
            largest_clusters: Vec::new(),
            cluster: Vec::new(),
        };
        found.seconds.prepare = watch.lap();
        let seconds = &mut found.seconds;
        let outcome = resolve(&records, kind, &mut |step| {
            let lap = watch.lap();
            match step {
                Step::Block => seconds.block = lap,
                Step::Train => seconds.train = lap,
                Step::Score => seconds.score = lap,
                Step::Cluster => seconds.cluster = lap,
            }
        })?;
        match outcome {
            Outcome::Resolved(resolved) => {
                found.take(&resolved);
                found.doubt = Some(Doubt::new(&resolved, people)?);
                if let Some(truth) = truth {
                    let recall = blocking_recall(&resolved.blocking, truth)?;
                    found.judge(resolved.resolution.links(), truth, kind, &records, recall)?;
                }
            }
            Outcome::Alone(statement) => {
                found.statement = Some(statement);
                found.cluster = (0u32..).take(records.len()).collect();
                if let Some(truth) = truth {
                    found.judge(&[], truth, kind, &records, 0.0)?;
                    if let Some(with) = &mut found.agreement {
                        // Nothing to find, or nothing of it in any rule.
                        with.blocking_recall = with.pairwise.recall;
                    }
                }
            }
        }
        found.count(people);
        Ok(found)
    }

    /// Takes over what is told of a resolution.
    fn take(&mut self, resolved: &Resolved<'_>) {
        let Resolved {
            blocking,
            model,
            resolution,
            ..
        } = resolved;
        self.rules = blocking.rules().iter().map(Rule::new).collect();
        self.warnings = resolved.warnings();
        self.comparisons = model.comparisons().iter().map(Comparison::new).collect();
        self.pairs_scored = resolved.pairs_scored;
        self.threshold = Some(resolution.threshold().bits());
        self.estimated = Some(resolved.estimate());
        self.cluster = resolution.cluster().to_vec();
    }

    /// Compares the clusters with the truth; of two linked files the links.
    fn judge(
        &mut self,
        links: &[(RecordIx, RecordIx)],
        truth: &[u32],
        kind: PairKind,
        records: &Records,
        blocking_recall: f64,
    ) -> Result<()> {
        let pairs = if self.link {
            pairwise_of_links(links, truth, kind, records)?
        } else {
            pairwise(&self.cluster, truth)?
        };
        self.agreement = Some(WithTruth {
            pairwise: Shares::new(&pairs),
            b_cubed: Shares::new(&b_cubed(&self.cluster, truth)?),
            blocking_recall,
        });
        Ok(())
    }

    /// The clusters in numbers, and the largest of them.
    fn count(&mut self, people: &People) {
        const SHOWN: usize = 3;
        const KEYS: usize = 5;
        let mut rows: Vec<Vec<usize>> = Vec::new();
        for (row, &cluster) in self.cluster.iter().enumerate() {
            let cluster = cluster as usize;
            if rows.len() <= cluster {
                rows.resize(cluster + 1, Vec::new());
            }
            rows[cluster].push(row);
        }
        self.clusters = rows.len();
        self.singles = rows.iter().filter(|rows| rows.len() == 1).count();
        // The sort is stable: of equals the first.
        rows.sort_by_key(|rows| std::cmp::Reverse(rows.len()));
        self.largest = rows.first().map_or(0, Vec::len);
        let several = rows.iter().filter(|rows| rows.len() > 1).take(SHOWN);
        self.largest_clusters = several
            .map(|rows| LargeCluster {
                size: rows.len(),
                keys: (rows.iter().take(KEYS))
                    .map(|&row| people.keys[row].clone())
                    .collect(),
            })
            .collect();
    }

    /// One line a row, in the order of the rows.
    pub(crate) fn to_csv(&self, people: &People) -> Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["source", "id", "cluster"])?;
        for ((cluster, key), &(file, _)) in
            self.cluster.iter().zip(&people.keys).zip(&people.places)
        {
            let source = &people.files[file].source;
            writer.write_record([source, key, &cluster.to_string()])?;
        }
        Ok(writer.into_inner().map_err(|error| error.to_string())?)
    }
}

impl Doubt {
    fn new(resolved: &Resolved<'_>, people: &People) -> Result<Self> {
        const SHOWN: usize = 5;
        const LEVEL: f64 = 0.95;
        let doubtful = resolved.alternatives.doubtful();
        let mut nearest: Vec<&DoubtfulMerge> = doubtful.iter().collect();
        let from_even = |merge: &DoubtfulMerge| (merge.probability - 0.5).abs();
        // The sort is stable: of equals the surer one.
        nearest.sort_by(|one, other| from_even(one).total_cmp(&from_even(other)));
        let key = |record: RecordIx| people.keys[record.at()].clone();
        let most_doubtful = nearest.into_iter().take(SHOWN).map(|merge| Merge {
            a: key(merge.a),
            b: key(merge.b),
            made: merge.made,
            probability: merge.probability,
        });
        Ok(Self {
            people: resolved.alternatives.customers(LEVEL)?,
            open: resolved.in_doubt(),
            most_doubtful: most_doubtful.collect(),
        })
    }
}

impl Rule {
    fn new(report: &RuleReport) -> Self {
        Self {
            name: report.rule.clone(),
            records: report.records,
            blocks: report.blocks,
            largest: report.largest,
            pairs: report.pairs,
            skipped_pairs: report.skipped_pairs,
        }
    }
}

impl Comparison {
    fn new(model: &ComparisonModel) -> Self {
        let chances = model.m.iter().zip(&model.u);
        let levels = model.comparison.levels().iter().zip(chances);
        Self {
            name: model.comparison.name().to_owned(),
            levels: levels
                .map(|(level, (&m, &u))| Level {
                    name: level.name.clone(),
                    m,
                    u,
                })
                .collect(),
        }
    }
}

impl Level {
    /// In bits.
    pub(crate) fn weight(&self) -> f64 {
        (self.m / self.u).log2()
    }
}
