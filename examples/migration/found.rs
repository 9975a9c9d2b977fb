//! What is found: who moved where, whether that changes, and where it leads.

use std::time::Instant;

use custometry::{
    Result as Answer,
    data::{Currency, Estimate, MinorUnits, Segment, SegmentId},
    migration::{
        Balance, ChainTest, ChainTestParams, ChainTestVerdict, CommonPath, CriticalMove,
        CustomerBalance, CustomerParts, DriftParams, DriftVerdict, Flows, ForecastParams, Growth,
        LadderStep, MoveWatchParams, Presence, RiskPath, SegmentPanel, SequenceMeans, Stays,
        TransitionCounts, TransitionMatrix,
    },
};
use serde::Serialize;

use crate::{
    Args,
    common::{Result, money::Money},
    read::Panel,
};

/// How sure intervals are.
pub(crate) const LEVEL: f64 = 0.95;

/// The most moves, of all steps, that are held side by side.
const MOST_CELLS: usize = 1 << 26;

/// The most paths that are told.
const PATHS: usize = 20;

/// Everything that is told. `--json` writes it as it stands.
#[derive(Serialize)]
pub(crate) struct Found {
    pub(crate) file: String,
    pub(crate) customers: usize,
    pub(crate) periods: Vec<String>,
    /// The segments, in their order.
    pub(crate) states: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) currency: Option<String>,
    /// Customers who were in a segment in two consecutive periods, of all steps, rows from.
    pub(crate) counts: Vec<Vec<u64>>,
    /// Rows from; none for a segment that nobody was in before a step.
    pub(crate) probabilities: Vec<Option<Vec<f64>>>,
    /// From the first period to the last.
    pub(crate) growth: Vec<GrowthRow>,
    pub(crate) fastest_growing: Option<String>,
    pub(crate) fastest_shrinking: Option<String>,
    pub(crate) tests: Tests,
    /// The shares in the long run; none where they depend on the start or are not known.
    pub(crate) steady_state: Option<Vec<f64>>,
    pub(crate) mobility: Option<MobilityRow>,
    /// The customers of the last period, so many periods later.
    pub(crate) forecast: Vec<ForecastRow>,
    /// By step and segment, and for all segments together.
    pub(crate) balance: Vec<BalanceRow>,
    /// Where the segments have an order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ladder: Option<LadderRow>,
    /// The ways down and out, or all ways where segments have no order.
    pub(crate) at_risk: Vec<RiskRow>,
    /// The moves of the last step, held against those of the steps before; the ones that ring
    /// stand first.
    pub(crate) critical_moves: Vec<CriticalRow>,
    /// How far the shares of the segments went from the first period to the last.
    pub(crate) drift: Option<DriftRow>,
    pub(crate) sequences: SequencesRow,
    /// What could not be told, and why.
    pub(crate) notes: Vec<String>,
    /// In all, without reading the file.
    pub(crate) seconds: f64,
    #[serde(skip)]
    pub(crate) intervals: Vec<Vec<Option<Estimate>>>,
}

#[derive(Serialize)]
pub(crate) struct GrowthRow {
    pub(crate) segment: String,
    pub(crate) opening: u64,
    pub(crate) closing: u64,
    pub(crate) change: i64,
    pub(crate) rate: Option<f64>,
    /// What went in and out over all steps.
    pub(crate) parts: CustomerParts,
    pub(crate) se: f64,
    pub(crate) p: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) money: Option<MoneyGrowth>,
}

#[derive(Serialize)]
pub(crate) struct MoneyGrowth {
    opening: Money,
    closing: Money,
    change: Money,
    born: Money,
    returned: Money,
    arrived: Money,
    stayers: Money,
    left: Money,
    paused: Money,
    churned: Money,
}

#[derive(Serialize)]
pub(crate) struct Tests {
    /// Whether the probabilities are those of all steps in each step.
    pub(crate) stationarity: Option<Test>,
    /// Whether the segment before the last tells more than the last alone.
    pub(crate) order: Option<Test>,
    /// Whether where customers go depends on where they were.
    pub(crate) independence: Option<Test>,
}

#[derive(Serialize)]
pub(crate) struct Test {
    pub(crate) g: f64,
    pub(crate) pearson: f64,
    pub(crate) df: u64,
    /// Of Pearson's chi-square.
    pub(crate) p: f64,
    pub(crate) p_g: f64,
    pub(crate) cells: u64,
    pub(crate) smallest_expected: f64,
    pub(crate) verdict: ChainTestVerdict,
}

#[derive(Serialize)]
pub(crate) struct MobilityRow {
    pub(crate) svd: f64,
    pub(crate) prais: f64,
    pub(crate) second_eigenvalue: f64,
    pub(crate) half_life: Option<f64>,
}

#[derive(Serialize)]
pub(crate) struct ForecastRow {
    pub(crate) step: usize,
    /// By segment.
    pub(crate) customers: Vec<f64>,
    pub(crate) lo: Vec<f64>,
    pub(crate) hi: Vec<f64>,
    /// With the mean value that a customer of each segment had in the last period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) worth: Option<f64>,
}

#[derive(Serialize)]
pub(crate) struct BalanceRow {
    pub(crate) step: usize,
    pub(crate) from: String,
    pub(crate) to: String,
    /// None for all segments together.
    pub(crate) segment: Option<String>,
    #[serde(flatten)]
    pub(crate) customers: CustomerBalance,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) money: Option<MoneyBalance>,
}

#[derive(Serialize)]
pub(crate) struct MoneyBalance {
    pub(crate) opening: Money,
    born: Money,
    returned: Money,
    arrived: Money,
    change: Money,
    left: Money,
    paused: Money,
    churned: Money,
    pub(crate) closing: Money,
}

#[derive(Serialize)]
pub(crate) struct LadderRow {
    pub(crate) upgraded: u64,
    pub(crate) stayed: u64,
    pub(crate) downgraded: u64,
    pub(crate) entered: u64,
    pub(crate) exited: u64,
}

#[derive(Serialize)]
pub(crate) struct RiskRow {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) customers: u64,
    pub(crate) probability: f64,
    pub(crate) lo: f64,
    pub(crate) hi: f64,
    /// Who is in the segment now, and how many of them are expected to go this way.
    pub(crate) standing: u64,
    pub(crate) expected: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) money_at_risk: Option<f64>,
}

#[derive(Serialize)]
pub(crate) struct CriticalRow {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) customers: u64,
    pub(crate) share: f64,
    pub(crate) usual_share: Option<f64>,
    pub(crate) threshold: Option<f64>,
    pub(crate) rings: bool,
}

#[derive(Serialize)]
pub(crate) struct DriftRow {
    pub(crate) psi: f64,
    pub(crate) p: f64,
    pub(crate) critical_psi: f64,
    pub(crate) verdict: DriftVerdict,
    js_distance: f64,
    hellinger: f64,
}

#[derive(Serialize)]
pub(crate) struct SequencesRow {
    pub(crate) means: Option<SequenceMeans>,
    pub(crate) stays: Vec<StayRow>,
    pub(crate) paths: Vec<PathRow>,
}

/// In periods.
#[derive(Serialize)]
pub(crate) struct StayRow {
    pub(crate) segment: String,
    pub(crate) completed: u64,
    pub(crate) censored: u64,
    pub(crate) mean_completed: Option<f64>,
    pub(crate) expected: Option<f64>,
}

#[derive(Serialize)]
pub(crate) struct PathRow {
    pub(crate) path: Vec<String>,
    pub(crate) customers: u64,
    pub(crate) share: f64,
}

impl Found {
    #[expect(
        clippy::disallowed_methods,
        reason = "the program times the library, which never times itself"
    )]
    pub(crate) fn new(args: &Args, read: &Panel) -> Result<Self> {
        let start = Instant::now();
        let panel = &read.panel;
        let cells = panel.periods().len() * panel.states().len().pow(2);
        if cells > MOST_CELLS {
            return Err(format!(
                "{} periods of {} segments have too many possible moves; give coarser periods, or \
                 fewer segments",
                panel.periods().len(),
                panel.states().len()
            )
            .into());
        }
        let mut notes = Notes::default();
        if read.rounded > 0 {
            notes.add(&format!(
                "{} values had more than {} decimals and were rounded",
                read.rounded, args.columns.decimals
            ));
        }
        if panel.periods().len() < 2 {
            notes.add("there is one period only, and nobody moves within it");
        }
        let flows = panel.flows()?;
        let states = panel.states();
        let rows = Rows(panel.currency());
        let counts = flows.pooled()?;
        let matrix = TransitionMatrix::of_counts(&counts);
        let seen = seen(&flows, &counts, &matrix)?;
        let ids: Vec<SegmentId> = states.iter().map(|state| state.id).collect();
        let scale = (!args.order.is_empty()).then_some(&ids[..]);
        let name = |growth: Growth| growth.state.name;
        let intervals = ids.iter().map(|&from| {
            let cells = ids.iter().map(|&to| matrix.interval(from, to, LEVEL));
            cells.collect::<Answer<Vec<_>>>()
        });
        Ok(Self {
            file: args.file.display().to_string(),
            customers: panel.len(),
            periods: panel.periods().to_vec(),
            states: states.iter().map(|state| state.name.clone()).collect(),
            currency: panel.currency().map(|currency| currency.code().to_owned()),
            counts: counts
                .cells()
                .outer_iter()
                .map(|row| row.to_vec())
                .collect(),
            probabilities: (ids.iter())
                .map(|&from| matrix.row(from).map(<[f64]>::to_vec))
                .collect(),
            growth: flows
                .growth()
                .iter()
                .map(|growth| rows.growth(growth))
                .collect(),
            fastest_growing: flows.fastest_growing().map(name),
            fastest_shrinking: flows.fastest_shrinking().map(name),
            tests: tests(panel, &flows, &counts, &mut notes)?,
            steady_state: notes.unless("the long run", steady_state(states, &seen)),
            mobility: notes.unless("mobility", mobility(&seen)),
            forecast: notes
                .unless("a forecast", forecast(args, &flows, &matrix))
                .unwrap_or_default(),
            balance: (flows.balance().iter())
                .chain(&flows.total_balance())
                .map(|balance| rows.balance(balance))
                .collect(),
            ladder: match scale {
                Some(scale) => Some(ladder(&flows.ladder(scale)?.pooled)),
                None => None,
            },
            at_risk: (flows.at_risk(scale, LEVEL)?.iter().take(PATHS))
                .map(|path| rows.path(path))
                .collect(),
            critical_moves: critical_moves(&flows)?,
            drift: match flows.steps() {
                0 => None,
                _ => notes.unless("drift", drift(&flows)),
            },
            sequences: sequences(panel),
            intervals: intervals.collect::<Answer<_>>()?,
            notes: notes.0,
            seconds: start.elapsed().as_secs_f64(),
        })
    }
}

/// What could not be told, and why.
#[derive(Default)]
struct Notes(Vec<String>);

impl Notes {
    fn add(&mut self, note: &str) {
        self.0.push(note.to_owned());
    }

    /// The answer, or none and a note of why.
    fn unless<T>(&mut self, what: &str, answer: Answer<T>) -> Option<T> {
        match answer {
            Ok(answer) => Some(answer),
            Err(error) => {
                self.add(&format!("{what} cannot be told: {error}"));
                None
            }
        }
    }
}

fn tests(
    panel: &SegmentPanel,
    flows: &Flows,
    counts: &TransitionCounts,
    notes: &mut Notes,
) -> Result<Tests> {
    let params = ChainTestParams::default();
    let test = |found: ChainTest| Test {
        g: found.g,
        pearson: found.pearson,
        df: found.df,
        p: found.p_pearson,
        p_g: found.p_g,
        cells: found.cells,
        smallest_expected: found.smallest_expected,
        verdict: found.verdict,
    };
    let triples = panel.triples()?;
    let stationarity = flows
        .by_step()
        .and_then(|steps| params.stationarity(&steps));
    let stationarity = stationarity.map(test);
    let order = params.first_order(&triples).map(test);
    let independence = params.independence(counts).map(test);
    Ok(Tests {
        stationarity: notes.unless("stationarity", stationarity),
        order: notes.unless("order", order),
        independence: notes.unless("independence", independence),
    })
}

/// The matrix without segments that nobody was ever in, which have no part in the long run.
fn seen(
    flows: &Flows,
    counts: &TransitionCounts,
    matrix: &TransitionMatrix,
) -> Answer<TransitionMatrix> {
    for period in 0..flows.periods().len() {
        for (state, stock) in flows.states().iter().zip(flows.stock(period)?) {
            if stock.customers > 0 && matrix.row(state.id).is_none() {
                return Ok(matrix.clone());
            }
        }
    }
    Ok(TransitionMatrix::of_counts(&counts.visited()?))
}

/// The share of each segment in the long run, 0 where nobody was seen.
fn steady_state(states: &[Segment], seen: &TransitionMatrix) -> Answer<Vec<f64>> {
    let shares = seen.steady_state()?.shares;
    let share = |state: &Segment| {
        let at = seen.states().iter().position(|it| it.id == state.id);
        at.map_or(0.0, |at| shares[at])
    };
    Ok(states.iter().map(share).collect())
}

fn mobility(seen: &TransitionMatrix) -> Answer<MobilityRow> {
    let found = seen.mobility()?;
    Ok(MobilityRow {
        svd: found.svd,
        prais: found.prais_shorrocks,
        second_eigenvalue: found.second_eigenvalue,
        half_life: found.half_life,
    })
}

/// The customers of the last period who go on from segment to segment: those who leave the
/// segments, and those who come, are not in it.
fn forecast(args: &Args, flows: &Flows, matrix: &TransitionMatrix) -> Answer<Vec<ForecastRow>> {
    let last = flows.periods().len().saturating_sub(1);
    let stock = flows.stock(last)?;
    let start: Vec<u64> = stock.iter().map(|stock| stock.customers).collect();
    let mut params = ForecastParams::new(args.steps).level(LEVEL).seed(args.seed);
    if let Some(currency) = flows.currency() {
        let mean = stock.iter().map(|stock| {
            let all = stock.money.map_or(0.0, |all| currency.to_f64(all));
            all / stock.customers.max(1) as f64
        });
        params = params.values(mean.collect());
    }
    let found = params.customers(matrix, &start)?;
    let row = |step: usize| {
        let of = |pick: fn(&Estimate) -> f64| {
            let states = found.step(step).unwrap_or_default();
            states.iter().map(pick).collect()
        };
        ForecastRow {
            step,
            customers: of(|it| it.value),
            lo: of(|it| it.lo),
            hi: of(|it| it.hi),
            worth: found.worth(step).map(|worth| worth.value),
        }
    };
    Ok((1..=found.steps()).map(row).collect())
}

/// None where there are fewer than two steps before the last one to tell what is usual.
fn critical_moves(flows: &Flows) -> Answer<Vec<CriticalRow>> {
    let steps = flows.by_step_with_outside()?;
    let Some((latest, history)) = steps.split_last().filter(|(_, history)| history.len() > 1)
    else {
        return Ok(Vec::new());
    };
    let watch = MoveWatchParams::default().fit(history)?;
    let name = |id: SegmentId| {
        let state = watch.states().iter().find(|state| state.id == id);
        state.map_or_else(String::new, |state| state.name.clone())
    };
    let row = |found: &CriticalMove| CriticalRow {
        from: name(found.from),
        to: name(found.to),
        customers: found.customers,
        share: found.share,
        usual_share: found.usual_share,
        threshold: found.threshold,
        rings: found.rings,
    };
    Ok(watch.check(latest, None)?.iter().map(row).collect())
}

/// Of the shares of the segments, from the first period to the last.
fn drift(flows: &Flows) -> Answer<DriftRow> {
    let totals = |period: usize| -> Answer<Vec<(&str, u64)>> {
        let stock = flows.stock(period)?;
        let names = flows.states().iter().map(|state| state.name.as_str());
        Ok(names
            .zip(stock.iter().map(|stock| stock.customers))
            .collect())
    };
    let last = flows.periods().len().saturating_sub(1);
    let reference = DriftParams::default().totals("segment", &totals(0)?)?;
    let found = reference.compare(&reference.totals(&totals(last)?)?)?;
    Ok(DriftRow {
        psi: found.psi,
        p: found.p,
        critical_psi: found.critical_psi,
        verdict: found.verdict,
        js_distance: found.js_distance_nats,
        hellinger: found.hellinger,
    })
}

fn sequences(panel: &SegmentPanel) -> SequencesRow {
    let found = panel.sequences();
    let stay = |stays: &Stays| StayRow {
        segment: stays.state.name.clone(),
        completed: stays.completed,
        censored: stays.censored,
        mean_completed: stays.mean_completed,
        expected: stays.expected,
    };
    let path = |found: CommonPath| PathRow {
        path: found.names,
        customers: found.customers,
        share: found.share,
    };
    SequencesRow {
        means: found.means(),
        stays: found.stays().iter().map(stay).collect(),
        paths: found.paths(PATHS).into_iter().map(path).collect(),
    }
}

fn ladder(step: &LadderStep) -> LadderRow {
    LadderRow {
        upgraded: step.up.customers,
        stayed: step.stayed.customers,
        downgraded: step.down.customers,
        entered: step.entered.customers,
        exited: step.exited.customers,
    }
}

/// What the library found, for a file whose values have a currency or that has no values.
struct Rows(Option<Currency>);

impl Rows {
    /// Money where there is a currency, made by `of` from amounts.
    fn money<M, T>(
        &self,
        found: Option<M>,
        of: impl Fn(M, &dyn Fn(MinorUnits) -> Money) -> T,
    ) -> Option<T> {
        let currency = self.0?;
        found.map(|found| of(found, &|amount| Money::new(amount, currency)))
    }

    fn growth(&self, found: &Growth) -> GrowthRow {
        GrowthRow {
            segment: found.state.name.clone(),
            opening: found.opening,
            closing: found.closing,
            change: found.change,
            rate: found.rate,
            parts: found.parts,
            se: found.se,
            p: found.p,
            money: self.money(found.money, |money, of| MoneyGrowth {
                opening: of(money.opening),
                closing: of(money.closing),
                change: of(money.change),
                born: of(money.parts.born),
                returned: of(money.parts.returned),
                arrived: of(money.parts.arrived),
                stayers: of(money.parts.stayers),
                left: of(money.parts.left),
                paused: of(money.parts.paused),
                churned: of(money.parts.churned),
            }),
        }
    }

    fn balance(&self, found: &Balance) -> BalanceRow {
        BalanceRow {
            step: found.step,
            from: found.from.clone(),
            to: found.to.clone(),
            segment: found
                .state
                .as_ref()
                .map(|state: &Segment| state.name.clone()),
            customers: found.customers,
            money: self.money(found.money, |money, of| MoneyBalance {
                opening: of(money.opening),
                born: of(money.born),
                returned: of(money.returned),
                arrived: of(money.arrived),
                change: of(money.change),
                left: of(money.left),
                paused: of(money.paused),
                churned: of(money.churned),
                closing: of(money.closing),
            }),
        }
    }

    fn path(&self, found: &RiskPath) -> RiskRow {
        let to = match found.to {
            Presence::Inactive => "(inactive)".to_owned(),
            Presence::Churned => "(gone)".to_owned(),
            _ => found.to_name.clone(),
        };
        let scale = self
            .0
            .map_or(1.0, |currency| 10f64.powi(i32::from(currency.scale())));
        RiskRow {
            from: found.from_name.clone(),
            to,
            customers: found.customers,
            probability: found.probability.value,
            lo: found.probability.lo,
            hi: found.probability.hi,
            standing: found.standing,
            expected: found.expected,
            money_at_risk: found.money_at_risk.map(|minor| minor / scale),
        }
    }
}
