//! What is found: curves by group, whether they differ, and what drives leaving.

use custometry::{
    Error,
    churn::{
        ConcordanceParams, Cox, CoxCustomers, CoxData, CoxParams, CoxVerdict, KaplanMeier, LogRank,
        LogRankParams, Reference, RiskTable, RiskTables, Ties, TimeTransform,
    },
    data::Estimate,
};
use serde::{Serialize, Serializer};

use crate::{
    SurvivalArgs, TiesArg,
    common::Result,
    read::{Customers, Regression},
};

/// The level of intervals.
pub(crate) const LEVEL: f64 = 0.95;

/// Everything that is told. `--json` writes it as it stands.
#[derive(Serialize)]
pub(crate) struct Survival {
    pub(crate) file: String,
    pub(crate) n: usize,
    pub(crate) events: usize,
    /// Rows without a duration, an event, an entry or a group.
    pub(crate) left_out: usize,
    pub(crate) km: Curves,
    /// Whether the groups differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) log_rank: Option<LogRank>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cox: Option<Regressed>,
    /// Whether each ratio is the same at all times, by feature, and GLOBAL for all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ph_test: Option<Named<SameAtAllTimes>>,
    /// Columns without a coefficient: constant, or made up by others.
    pub(crate) aliased: Vec<String>,
}

/// One curve, or one by group.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Curves {
    Whole(Box<Curve>),
    Groups(Named<Curve>),
}

/// A share of customers who are still there, by time.
#[derive(Serialize)]
pub(crate) struct Curve {
    pub(crate) n: f64,
    pub(crate) events: f64,
    /// None where more than half are still there at the end.
    pub(crate) median: Option<f64>,
    time: Vec<f64>,
    survival: Vec<f64>,
    se: Vec<f64>,
    #[serde(skip)]
    pub(crate) whole: KaplanMeier,
}

impl Curve {
    fn new(table: &RiskTable) -> Result<Self> {
        let curve = KaplanMeier::new(table)?;
        Ok(Self {
            n: (0..=table.causes())
                .filter_map(|cause| table.left(cause))
                .flatten()
                .sum(),
            events: table.events().iter().sum(),
            median: curve.median().value,
            time: curve.times().to_vec(),
            survival: curve.survival().to_vec(),
            se: curve.se().to_vec(),
            whole: curve,
        })
    }
}

/// The test that a ratio does not change with time.
#[derive(Serialize)]
pub(crate) struct SameAtAllTimes {
    pub(crate) chisq: f64,
    pub(crate) df: usize,
    pub(crate) p: f64,
}

/// What drives leaving, by the name of the column.
#[derive(Serialize)]
pub(crate) struct Regressed {
    pub(crate) n: usize,
    pub(crate) events: usize,
    /// Rows without one of the features.
    pub(crate) left_out: usize,
    pub(crate) ties: Ties,
    pub(crate) coef: Named<f64>,
    pub(crate) se: Named<f64>,
    pub(crate) robust_se: Named<f64>,
    #[serde(skip)]
    pub(crate) ratios: Vec<Estimate>,
    pub(crate) log_likelihood: f64,
    pub(crate) log_likelihood_null: f64,
    /// None where of no two customers it is known who left first.
    pub(crate) concordance: Option<f64>,
    pub(crate) iterations: usize,
    pub(crate) verdict: CoxVerdict,
}

/// Values by name, in order.
pub(crate) struct Named<T>(pub(crate) Vec<(String, T)>);

impl<T: Serialize> Serialize for Named<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl Survival {
    pub(crate) fn new(args: &SurvivalArgs, customers: &Customers) -> Result<Self> {
        let durations = &customers.durations;
        let mut log_rank = None;
        let km = match &customers.strata {
            None => Curves::Whole(Box::new(Curve::new(&RiskTable::new(durations))?)),
            Some(groups) => {
                let tables = RiskTables::new(durations, groups)?;
                // One group, or nobody who left, is no reason to tell nothing at all.
                log_rank = LogRankParams::default().test(&tables).ok();
                let curve = |group: &custometry::churn::Group| {
                    Ok((group.name.clone(), Curve::new(&group.table)?))
                };
                let curves = tables.groups().iter().map(curve).collect::<Result<_>>()?;
                Curves::Groups(Named(curves))
            }
        };
        let ties = match args.ties {
            TiesArg::Efron => Ties::Efron,
            TiesArg::Breslow => Ties::Breslow,
        };
        let mut aliased = Vec::new();
        let mut ph_test = None;
        let cox = match &customers.regression {
            None => None,
            Some(regression) => {
                let (cox, found, test) = regress(regression, ties).map_err(|error| {
                    let remedy = match error {
                        Error::NotConverged { .. } => {
                            "; group rare levels, and leave out columns that tell nearly every row \
                             from the others"
                        }
                        _ => "",
                    };
                    format!("{}: {error}{remedy}", args.file.display())
                })?;
                aliased = cox.aliased().to_vec();
                ph_test = test;
                Some(found)
            }
        };
        Ok(Self {
            file: args.file.display().to_string(),
            n: durations.len(),
            events: durations.events(),
            left_out: customers.left_out,
            km,
            log_rank,
            cox,
            ph_test,
            aliased,
        })
    }
}

type Test = Option<Named<SameAtAllTimes>>;

fn regress(regression: &Regression, ties: Ties) -> custometry::Result<(Cox, Regressed, Test)> {
    let Regression {
        durations,
        features,
        ..
    } = regression;
    let mut data = CoxData::new(durations, features);
    if let Some(strata) = &regression.strata {
        data = data.strata(strata);
    }
    let cox = CoxParams::default().ties(ties).fit(&data)?;
    let named = |values: &[f64]| {
        let names = cox.names().iter().cloned();
        Named(names.zip(values.iter().copied()).collect())
    };
    let score = cox.linear_predictor(&CoxCustomers::new(features), Reference::Mean)?;
    let judge = ConcordanceParams::new();
    let judged = match &regression.strata {
        None => judge.count(durations, &score),
        Some(strata) => judge.fit_within(durations, &score, strata),
    };
    let concordance = match judged {
        Ok(judged) => Some(judged.value),
        Err(Error::Degenerate { .. }) => None,
        Err(error) => return Err(error),
    };
    let test = match cox.proportionality(&data, TimeTransform::KaplanMeier) {
        Ok(test) => Some(test),
        // An infinite coefficient may leave nothing to compare with.
        Err(Error::Degenerate { .. }) => None,
        Err(error) => return Err(error),
    };
    let test = test.map(|test| {
        let terms = test.terms.into_iter().chain([test.global]);
        let named = terms.map(|term| {
            let found = SameAtAllTimes {
                chisq: term.statistic,
                df: term.degrees,
                p: term.p,
            };
            (term.term, found)
        });
        Named(named.collect())
    });
    let (log_likelihood_null, log_likelihood) = cox.log_likelihood();
    let found = Regressed {
        n: cox.rows(),
        events: cox.events(),
        left_out: regression.left_out,
        ties,
        coef: named(cox.coefficients()),
        se: named(&cox.standard_errors()),
        robust_se: named(&cox.residuals(&data)?.robust_errors()),
        ratios: cox.hazard_ratios(LEVEL)?,
        log_likelihood,
        log_likelihood_null,
        concordance,
        iterations: cox.iterations(),
        verdict: cox.verdict().clone(),
    };
    Ok((cox, found, test))
}
