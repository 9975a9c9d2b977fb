//! Who of the customers of today will go quiet, how sure that is, and what speaks for it.

use std::fmt;

use chrono::{Days, NaiveDate};
use custometry::{
    churn::{
        ChurnDefinition, ChurnModelParams, Direction, Feature, FeatureSet, Folds, LogisticParams,
        MissingRows, Outcome, ReasonParams, ReasonPart, ReasonValue, Scorer, ScorerInput,
        SnapshotData, SnapshotPlan, Snapshots, Spells,
    },
    data::{self, Currency, MinorUnits},
};
use serde::Serialize;

use super::{EVERY, Result};
use crate::{
    Analysis,
    common::{
        money::Money,
        tables::{count, or_none, percent, printable, table},
        told::Told,
    },
    judged::Judged,
};

/// The most snapshots that are learned from.
const SNAPSHOTS: u32 = 24;

/// The mean amount of a customer.
const MONEY: &str = "money_mean";

/// How many customers are listed, and how many reasons of each.
const LISTED: usize = 10;
const REASONS: usize = 2;

#[derive(Serialize)]
pub(super) struct Risk {
    /// After how many days without a purchase a customer is quiet, and within how many that is foretold.
    horizon_days: u32,
    /// Rows that were learned from, and how many of them went quiet.
    rows: usize,
    went_quiet: usize,
    /// How right models of earlier dates were about later ones.
    tested: Told<Tested>,
    /// Who bought of late, and how many of them are to be expected to go quiet.
    customers: usize,
    expected_quiet: f64,
    /// Those with the most money times chance.
    first: Vec<AtRisk>,
    #[serde(skip)]
    currency: String,
}

#[derive(Serialize)]
struct Tested {
    dates: usize,
    rows: usize,
    #[serde(flatten)]
    judged: Judged,
}

#[derive(Serialize)]
struct AtRisk {
    key: String,
    probability: f64,
    revenue: Option<Money>,
    reasons: Vec<Said>,
}

/// What speaks for leaving.
#[derive(Serialize)]
struct Said {
    feature: String,
    value: ReasonValue,
    contribution: f64,
}

impl Risk {
    /// The horizon is as long as the silence that is called quiet. Within less, those who bought of late
    /// could not go quiet, whatever they do.
    pub(super) fn new(
        analysis: &Analysis<'_>,
        quiet_days: u32,
        first: NaiveDate,
        as_of: NaiveDate,
    ) -> Result<Self> {
        let horizon = quiet_days;
        let definition = ChurnDefinition::Inactivity { days: quiet_days };
        let spells = Spells::of_purchases(&analysis.state, as_of, definition)?;
        let log = SnapshotData::new(&spells).transactions(analysis.log);
        let snapshots = plan(horizon, first, as_of)?.build(&log)?;
        let params = ChurnModelParams::default()
            .logistic(LogisticParams::default().missing(MissingRows::Indicate));
        let model = params.fit_snapshots(&snapshots)?;
        let now = model.plan_on(&[as_of]).ok_or("no plan")?.build(&log)?;

        // From here on any other model would do.
        let scorer: &dyn Scorer = &model;
        let input = ScorerInput::new().features(now.features());
        let within = data::Days(f64::from(horizon));
        let risks = scorer.churn_probability(&input, within)?;
        let contributions = scorer.contributions(&input, within)?;
        let reasons = contributions.reasons(&ReasonParams::new().only(Direction::Raises))?;
        let spent = |row: usize| analysis.summary.total_money(now.clusters()[row]);
        let at_stake = |row: &usize| spent(*row).map_or(0.0, |money| money.0 as f64 * risks[*row]);
        let mut rows: Vec<usize> = (0..now.len()).collect();
        // Stable: of equals, who came first in the file comes first.
        rows.sort_by(|one, other| at_stake(other).total_cmp(&at_stake(one)));
        let at_risk = |&row: &usize| AtRisk {
            key: or_none(analysis.summary.customers().key(now.clusters()[row])),
            probability: risks[row],
            revenue: spent(row).map(|money| Money::new(money, analysis.summary.currency())),
            reasons: (reasons.strongest(row, REASONS).into_iter())
                .flat_map(|reason| reason.parts)
                .map(|part| Said::new(part, analysis.summary.currency()))
                .collect(),
        };
        Ok(Self {
            horizon_days: horizon,
            rows: model.logistic().rows(),
            went_quiet: model.logistic().left(),
            tested: Tested::new(&params, &snapshots).into(),
            customers: now.len(),
            expected_quiet: risks.iter().sum(),
            first: rows.iter().take(LISTED).map(at_risk).collect(),
            currency: analysis.summary.currency().code().to_owned(),
        })
    }
}

impl Said {
    /// Money in units of its currency, as it is everywhere else.
    fn new(part: ReasonPart, currency: Currency) -> Self {
        let value = match part.value {
            ReasonValue::Number(minor) if part.feature == MONEY => {
                ReasonValue::Number(minor * currency.to_f64(MinorUnits(1)))
            }
            value => value,
        };
        Self {
            feature: part.feature,
            value,
            contribution: part.contribution,
        }
    }
}

impl Tested {
    fn new(params: &ChurnModelParams, snapshots: &Snapshots) -> Result<Self> {
        let folds = Folds::forward(snapshots, 0)?;
        let tested = params.cross_validate_snapshots(snapshots, &folds)?;
        let rows = tested.fold_of_row().iter().zip(snapshots.outcomes());
        let (mut chances, mut lost, mut customers) = (Vec::new(), Vec::new(), Vec::new());
        let of_rows = tested.probabilities().iter().zip(snapshots.clusters());
        for ((fold, outcome), (&chance, customer)) in rows.zip(of_rows) {
            if fold.is_some() {
                chances.push(chance);
                lost.push(matches!(outcome, Outcome::Churned { .. }));
                customers.push(customer.0);
            }
        }
        Ok(Self {
            dates: folds.as_slice().len(),
            rows: chances.len(),
            judged: Judged::new(&chances, &lost, Some(&customers))?,
        })
    }
}

/// Snapshots back from the last day of which it is known what became of its customers, as far as there
/// were any for a while.
fn plan(horizon: u32, first: NaiveDate, as_of: NaiveDate) -> Result<SnapshotPlan> {
    let back = |times: u32| {
        let days = u64::from(horizon) + u64::from(EVERY * times);
        as_of.checked_sub_days(Days::new(days))
    };
    let mut dates: Vec<NaiveDate> = (0..SNAPSHOTS)
        .map_while(back)
        .take_while(|date| (*date - first).num_days() >= i64::from(EVERY))
        .collect();
    if dates.is_empty() {
        return Err(format!(
            "from {first} to {as_of} are too few days: who went quiet within {horizon} days is known of \
             no day before"
        )
        .into());
    }
    dates.reverse();
    let features = FeatureSet::new(vec![
        Feature::Recency,
        Feature::Tenure,
        Feature::PurchaseDays { days: None },
        Feature::MoneyMean { days: None },
        Feature::Overdue { days: None },
    ])?;
    Ok(SnapshotPlan::on(&dates).horizon(horizon).features(features))
}

impl fmt::Display for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "Of {} customers who are not {} are to be expected to be within {} days, by what became of \
             {} customers on earlier days, {} of them quiet then. First those with the most revenue \
             times chance:",
            count(self.customers),
            count(format!("{:.0}", self.expected_quiet)),
            self.horizon_days,
            count(self.rows),
            count(self.went_quiet),
        )?;
        let revenue = format!("Revenue, {}", self.currency);
        let headers = [
            "Customer",
            "What speaks for it",
            "Chance to go quiet",
            &revenue,
        ];
        let rows = self.first.iter().map(|customer| {
            let said: Vec<String> = customer.reasons.iter().map(words).collect();
            [
                printable(&customer.key),
                said.join(", "),
                percent(Some(customer.probability)),
                or_none(customer.revenue),
            ]
        });
        writeln!(f, "{}", table(headers, 2, rows))?;
        writeln!(
            f,
            "How right such chances were, learned on earlier days than those they are of:"
        )?;
        self.tested.show(f, |tested, f| {
            let judged = &tested.judged;
            let slope = judged.calibration_slope.map(|slope| format!("{slope:.2}"));
            let error = judged.auc_se.map(|error| format!("{error:.3}"));
            writeln!(
                f,
                "{} rows of {} days; area under the ROC curve {:.3} (error {}), Brier score {:.4}, \
                 lift of the first tenth {:.2}, calibration slope {}.",
                count(tested.rows),
                tested.dates,
                judged.auc,
                or_none(error),
                judged.brier,
                judged.lift_at_10,
                or_none(slope),
            )
        })
    }
}

/// A reason in words.
fn words(said: &Said) -> String {
    let ReasonValue::Number(value) = said.value else {
        return said.feature.clone();
    };
    let days = |days: f64| match format!("{days:.0}").as_str() {
        "1" => "1 day".to_owned(),
        days => format!("{days} days"),
    };
    match said.feature.as_str() {
        "recency" => format!("silent for {}", days(value)),
        "tenure" => format!("a customer for {}", days(value)),
        "purchase_days" => format!("{} with a purchase", days(value)),
        MONEY => format!("{value:.2} a purchase"),
        "overdue" => format!("silent for {value:.1} usual gaps"),
        other => other.to_owned(),
    }
}
