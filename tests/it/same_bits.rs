//! Every public computation gives the same bytes on 1, 2, 3 and 8 threads.

use custometry::{
    data::{
        Assignments, ContactStatus, ContactStatuses, Customers, Days, Merge, Transactions,
        date_of_day,
    },
    persist,
    simulate::{PurchaseLog, PurchaseLogParams, RowOrder},
    value::{
        BgNbdParams, MbgNbdParams, Nesting, PurchaseHistories, PurchaseModel, RfmParams,
        SegmentMap, SummaryState,
    },
};

/// Runs `compute` under pools of several sizes and compares what it gives.
pub(crate) fn same_bytes(name: &str, compute: impl Fn() -> Vec<u8> + Sync) {
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(&compute)
    };
    let alone = run(1);
    assert!(!alone.is_empty(), "{name} gave nothing to compare");
    for threads in [2, 3, 8] {
        assert!(
            run(threads) == alone,
            "{name} differs between 1 and {threads} threads"
        );
    }
}

fn bytes(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

/// More rows and customers than one chunk of any step.
fn population() -> PurchaseLog {
    let params = PurchaseLogParams::default().customers(40_000).seed(3);
    params.row_order(RowOrder::Shuffled).generate().unwrap()
}

fn columns(log: &Transactions) -> Vec<u8> {
    let keys: Vec<String> = log.customers().keys().map(|key| key.to_string()).collect();
    bytes(&(keys, log.customer(), log.days(), log.amounts()))
}

#[test]
fn simulated_populations() {
    same_bytes("simulate", || {
        let made = population();
        let truth = &made.truth;
        let mut all = columns(&made.transactions);
        for column in [&truth.rate_per_week, &truth.dropout, &truth.mean_spend] {
            all.extend(column.iter().flat_map(|x| x.to_bits().to_le_bytes()));
        }
        all.extend(truth.active.iter().map(|&active| u8::from(active)));
        all
    });
}

#[test]
fn customers_and_contact() {
    let log = population().transactions;
    let ints: Vec<i64> = log
        .customer()
        .iter()
        .map(|at| i64::from(at.0) * 17 % 30_011)
        .collect();
    let texts: Vec<String> = ints.iter().map(|key| format!("c{key}")).collect();
    same_bytes("customers", || {
        let (by_int, rows) = Customers::from_ints(&ints).unwrap();
        let (by_text, text_rows) = Customers::from_texts(&texts).unwrap();
        let both = by_int.union(&by_int.in_key_order().0).unwrap();
        let said = rows.iter().map(|&row| (row, ContactStatus::Allowed));
        let contact = ContactStatuses::new(&by_int, said).unwrap();
        bytes(&(by_int, rows, by_text, text_rows, both, contact))
    });
}

#[test]
fn summaries_scores_and_segments() {
    let log = population().transactions;
    let as_of = date_of_day(10_300).unwrap();
    same_bytes("value", || {
        let state = SummaryState::new(&log).unwrap();
        let twice = state.clone().merge(state.in_key_order().unwrap()).unwrap();
        let summary = state.summary(as_of).unwrap();
        let mut all = bytes(&(&state, &twice, &summary));
        for nesting in [Nesting::Independent, Nesting::Nested] {
            let rfm = RfmParams::default().nesting(nesting).fit(&summary).unwrap();
            let scores = rfm.score(&summary).unwrap();
            let map = SegmentMap::standard([5, 5, 5]).unwrap();
            let segments: Assignments = scores.assign(&map).unwrap();
            all.extend(persist::to_json(&rfm).unwrap().bytes());
            all.extend(bytes(&(scores, segments)));
        }
        all
    });
}

#[test]
fn purchase_models() {
    let log = population().transactions;
    let state = SummaryState::new(&log).unwrap();
    let summary = state.summary(date_of_day(10_300).unwrap()).unwrap();
    same_bytes("purchase models", || {
        let histories = PurchaseHistories::new(&summary).unwrap();
        let bg = BgNbdParams::default().fit(&histories).unwrap();
        let mbg = MbgNbdParams::default().fit(&histories).unwrap();
        let year = Days(365.0);
        let mut all = persist::to_json(&bg).unwrap();
        all.push_str(&persist::to_json(&mbg).unwrap());
        let columns = [
            bg.p_alive(&histories),
            bg.expected_purchases(&histories, year).unwrap(),
            mbg.p_alive(&histories),
            mbg.expected_purchases(&histories, year).unwrap(),
        ];
        let bits = columns
            .iter()
            .flatten()
            .flat_map(|x| x.to_bits().to_le_bytes());
        all.bytes().chain(bits).collect()
    });
}
