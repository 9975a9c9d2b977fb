//! Standard errors mean what they say: over 200 simulated populations of known truth,
//! it lies within three of them for at least 95 % of each parameter.

use custometry::{
    data::{Estimate, date_of_day},
    simulate::{OpportunityParams, PurchaseLogParams, PurchaseTiming, RenewalParams},
    value::{
        BdwParams, BgBbParams, BgNbdParams, ContractHistories, ContractModel, MbgNbdParams,
        NbdParams, OpportunityHistories, ParetoNbdParams, PurchaseHistories, PurchaseModel,
        SbgParams, SummaryState,
    },
};

const SEEDS: u64 = 200;
/// Three standard errors either way, as a level.
const LEVEL: f64 = 0.9973;

fn check<const N: usize>(name: &str, truth: [f64; N], fit: impl Fn(u64) -> Vec<Estimate>) {
    let mut inside = [0; N];
    for seed in 0..SEEDS {
        for (at, estimate) in fit(seed).iter().enumerate() {
            inside[at] += u32::from(estimate.lo <= truth[at] && truth[at] <= estimate.hi);
        }
    }
    assert!(
        inside.iter().all(|&count| count >= 190),
        "{name}: {inside:?} of 200"
    );
}

/// 2,000 customers who come over a quarter and are observed for a year and a half.
fn histories(timing: PurchaseTiming, seed: u64) -> PurchaseHistories {
    let log = PurchaseLogParams::default()
        .customers(2_000)
        .timing(timing)
        .seed(seed)
        .generate()
        .unwrap();
    let state = SummaryState::new(&log.transactions).unwrap();
    let summary = state.summary(date_of_day(10_407).unwrap()).unwrap();
    PurchaseHistories::new(&summary).unwrap()
}

/// The estimates of a model, or none where a parameter ran off.
fn estimates(model: &impl PurchaseModel) -> Vec<Estimate> {
    model.estimates(LEVEL).unwrap_or_default()
}

#[test]
fn nbd_finds_the_truth() {
    let [r, alpha] = [0.385, 12.07];
    check("NBD", [r, alpha], |seed| {
        let histories = histories(PurchaseTiming::Nbd { r, alpha }, seed);
        estimates(&NbdParams::default().fit(&histories).unwrap())
    });
}

#[test]
fn bg_nbd_finds_the_truth() {
    let truth @ [r, alpha, a, b] = [0.243, 4.414, 0.793, 2.426];
    check("BG/NBD", truth, |seed| {
        let histories = histories(PurchaseTiming::BgNbd { r, alpha, a, b }, seed);
        estimates(&BgNbdParams::default().fit(&histories).unwrap())
    });
}

#[test]
fn mbg_nbd_finds_the_truth() {
    let truth @ [r, alpha, a, b] = [0.525, 6.183, 0.891, 1.614];
    check("MBG/NBD", truth, |seed| {
        let histories = histories(PurchaseTiming::MbgNbd { r, alpha, a, b }, seed);
        estimates(&MbgNbdParams::default().fit(&histories).unwrap())
    });
}

#[test]
fn pareto_nbd_finds_the_truth() {
    let truth @ [r, alpha, s, beta] = [0.553, 10.578, 0.606, 11.669];
    check("Pareto/NBD", truth, |seed| {
        let histories = histories(PurchaseTiming::ParetoNbd { r, alpha, s, beta }, seed);
        estimates(&ParetoNbdParams::default().fit(&histories).unwrap())
    });
}

#[test]
fn bg_bb_finds_the_truth() {
    let truth @ [alpha, beta, gamma, delta] = [1.204, 0.750, 0.657, 2.783];
    check("BG/BB", truth, |seed| {
        let params = OpportunityParams::default().customers(4_000).seed(seed);
        let made = params.laws(alpha, beta, gamma, delta).generate().unwrap();
        let (last, all) = (&made.last, &made.opportunities);
        let histories = OpportunityHistories::from_columns(&made.frequency, last, all, None);
        let model = BgBbParams::default().fit(&histories.unwrap()).unwrap();
        model.estimates(LEVEL).unwrap_or_default()
    });
}

/// 4,000 customers who came in ten cohorts, the last seen for one renewal.
fn contracts([gamma, delta, c]: [f64; 3], seed: u64) -> ContractHistories {
    let params = RenewalParams::default()
        .customers(4_000)
        .cohorts(10)
        .seed(seed);
    let made = params.law(gamma, delta, c).generate().unwrap();
    ContractHistories::from_columns(&made.renewals, &made.lost, None).unwrap()
}

#[test]
fn sbg_finds_the_truth() {
    let truth @ [alpha, beta] = [0.704, 1.182];
    check("sBG", truth, |seed| {
        let model = SbgParams::default().fit(&contracts([alpha, beta, 1.0], seed));
        model.unwrap().estimates(LEVEL).unwrap_or_default()
    });
}

#[test]
fn bdw_finds_the_truth() {
    let truth = [0.456, 0.779, 1.283];
    check("BdW", truth, |seed| {
        let model = BdwParams::default().fit(&contracts(truth, seed));
        model.unwrap().estimates(LEVEL).unwrap_or_default()
    });
}
