//! Files written by earlier versions load in every later one, and mean the same.

use custometry::{
    ErrorKind,
    data::{
        Assignments, Categories, ContactStatus, ContactStatuses, Crosswalk, Currency, CustomerIx,
        Features, MissingValues, SegmentId, TimeUnit, Transactions, date_of_day,
    },
    identity::{Comparison, ComparisonModel, FellegiSunter, LevelOrder},
    migration::{
        Alignment, AlignmentParams, DriftCounts, DriftParams, DriftReference, FlowState, Generator,
        MoveWatch, MoveWatchParams, OverlapCounts, SegmentPanel, TransitionCounts,
        TransitionMatrix, TripleCounts,
    },
    overview::OverviewState,
    persist::{self, Persist},
    segmentation::{
        ColumnParams, Condition, DbscanParams, GaussianMixtureParams, KMeansParams,
        KMeansStreamParams, KPrototypesParams, MismatchWeight, PreparationParams, RfmGrid, Rule,
        RulesParams, SegmentModelParams, SegmentProduct, Segmentation, SegmentationParams,
        SurrogateParams, Transform,
    },
    value::{
        Bdw, BgBb, BgNbd, ContractHistories, GammaGamma, GammaGammaParams, LabelledState, MbgNbd,
        Measure, Nbd, Nesting, ParetoNbd, ProfitState, Rfm, RfmParams, Sbg, SegmentMap,
        SpendHistories, SummaryState,
    },
};

fn path(name: &str) -> std::path::PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/models/v1");
    std::path::Path::new(folder).join(name)
}

/// The object that each file was written from. A file is written once, by the
/// first version that has the format, and never again: run with
/// `WRITE_NEW_GOLDEN_MODELS=1` to write those that are missing.
pub(crate) fn check<M: Persist + std::fmt::Debug>(name: &str, model: &M) {
    let path = path(name);
    if !path.exists() && std::env::var_os("WRITE_NEW_GOLDEN_MODELS").is_some() {
        std::fs::write(&path, persist::to_json(model).unwrap()).unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(&persist::from_json::<M>(&text).unwrap(), model, "{name}");
    let later = text.replacen("\"version\":1", "\"version\":2", 1);
    let error = persist::from_json::<M>(&later).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ModelFormat);
    for side in ["version 1", "version 2"] {
        assert!(error.to_string().contains(side), "{error}");
    }
}

fn state() -> SummaryState {
    let log = Transactions::builder(Currency::EUR)
        .text_keys(&["ann", "bob", "ann", "cid", "ann", "bob"])
        .days(vec![0, 3, 40, 50, 88, 4])
        .amounts(vec![2_510, 933, 3_107, 429, 2_003, -100])
        .build()
        .unwrap();
    SummaryState::new(&log).unwrap()
}

/// A model by its numbers, with every part that a file can have but a report.
fn fellegi_sunter() -> FellegiSunter {
    let names = Comparison::names("given_name", "surname");
    let share = 1.0 / names.levels().len() as f64;
    let levels = vec![share; names.levels().len()];
    let born = Comparison::birth_date("birth_date");
    let m = vec![0.9, 0.05, 0.02, 0.01, 0.01, 0.01];
    let mut of_born = ComparisonModel::new(born, m.clone(), m.into_iter().rev().collect());
    of_born.family = Some(vec![0.1 + 0.2, 0.1, 0.1, 0.1, 0.2, 0.2]);
    let of_names = ComparisonModel::new(names, levels.clone(), levels);
    let model = FellegiSunter::new(1e-5, vec![of_names, of_born]).unwrap();
    model
        .with_families(3e-6)
        .unwrap()
        .level_order(LevelOrder::Falling)
}

#[test]
fn files_of_version_1_load() {
    let state = state();
    let summary = state.summary(date_of_day(90).unwrap()).unwrap();
    let params = RfmParams::default()
        .bins(3, 2, 3)
        .weights(0.5, 0.3, 0.1 + 0.1);
    let rfm = params.clone().fit(&summary).unwrap();
    let nested = params.nesting(Nesting::Nested).fit(&summary).unwrap();
    let map = SegmentMap::standard([3, 2, 3]).unwrap();
    let segments = rfm.score(&summary).unwrap().assign(&map).unwrap();
    check::<SummaryState>("summary-state.json", &state);
    check::<Rfm>("rfm.json", &rfm);
    check::<Rfm>("rfm-nested.json", &nested);
    check::<SegmentMap>("segment-map.json", &map);
    check::<Assignments>("assignments.json", &segments);
    let log = Transactions::builder(Currency::EUR)
        .text_keys(&["ann", "bob", "ann"])
        .days(vec![0, 3, 40])
        .amounts(vec![2_510, 933, 3_107])
        .costs(vec![1_000, 900, 10])
        .channels(&["web", "", "shop"])
        .build()
        .unwrap();
    let labelled = LabelledState::contribution(&log, log.channels().unwrap()).unwrap();
    assert_eq!(labelled.measure(), Measure::Contribution);
    check::<LabelledState>("labelled-state.json", &labelled);
    check::<ProfitState>("profit-state.json", &ProfitState::new(&log).unwrap());
    let said = [(CustomerIx(1), ContactStatus::Refused)];
    let contact = ContactStatuses::new(log.customers(), said).unwrap();
    let overview = OverviewState::new(&log, date_of_day(30).unwrap()).unwrap();
    check::<OverviewState>("overview-state.json", &overview.with_contact(contact));
    check::<FellegiSunter>("fellegi-sunter.json", &fellegi_sunter());
    let crosswalk = Crosswalk::of_persons([
        ("shop", "A-17".into(), 4),
        ("web", 9.into(), 4),
        ("shop", "B-2".into(), 0),
    ]);
    check::<Crosswalk>("crosswalk.json", &crosswalk.unwrap());
    let bg = BgNbd::new(TimeUnit::Weeks, 0.243, 4.414, 0.793, 2.426).unwrap();
    check::<BgNbd>("bg-nbd.json", &bg);
    let mbg = MbgNbd::new(TimeUnit::Days, 0.525, 43.281, 0.891, 1.614).unwrap();
    check::<MbgNbd>("mbg-nbd.json", &mbg);
    let nbd = Nbd::new(TimeUnit::Weeks, 0.385, 12.07).unwrap();
    check::<Nbd>("nbd.json", &nbd);
    let pareto = ParetoNbd::new(TimeUnit::Weeks, 0.553, 10.578, 0.606, 11.669).unwrap();
    check::<ParetoNbd>("pareto-nbd.json", &pareto);
    let bg_bb = BgBb::new(1.204, 0.750, 0.657, 2.783).unwrap();
    check::<BgBb>("bg-bb.json", &bg_bb);
    let gamma_gamma = GammaGamma::new(6.25, 3.74, 15.44).unwrap();
    check::<GammaGamma>("gamma-gamma.json", &gamma_gamma);
    let contracts = ContractHistories::from_survivors(&[[1000, 631, 468]]).unwrap();
    check::<ContractHistories>("contract-histories.json", &contracts);
    check::<Sbg>("sbg.json", &Sbg::new(0.704, 1.182).unwrap());
    check::<Bdw>("bdw.json", &Bdw::new(0.456, 0.779, 1.283).unwrap());
}

/// Of objects whose figures are found by long ways: the file loads and is saved as it was.
fn loads<M: Persist + std::fmt::Debug>(name: &str, model: &M) {
    let path = path(name);
    if !path.exists() && std::env::var_os("WRITE_NEW_GOLDEN_MODELS").is_some() {
        std::fs::write(&path, persist::to_json(model).unwrap()).unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap();
    let read = persist::from_json::<M>(&text).unwrap();
    assert_eq!(persist::to_json(&read).unwrap(), text, "{name}");
}

#[test]
fn migrations_of_version_1_load() {
    let panel = SegmentPanel::builder()
        .text_keys(&["ann", "ann", "ann", "bob", "bob", "cid", "cid", "cid"])
        .periods(&[
            "2024-03-31",
            "2024-06-30",
            "2024-09-30",
            "2024-03-31",
            "2024-09-30",
            "2024-03-31",
            "2024-06-30",
            "2024-09-30",
        ])
        .segments(&["low", "high", "high", "high", "low", "high", "low", "low"])
        .values(
            Currency::EUR,
            vec![100, 4_205, 3_999, 5_000, 250, 4_800, 199, 0],
        )
        .order(&["low", "high"])
        .build()
        .unwrap();
    let state = FlowState::new(&panel).unwrap();
    let flows = state.flows().unwrap();
    let counts = flows.pooled().unwrap();
    check::<FlowState>("flows.json", &state);
    check::<TripleCounts>("triple-counts.json", &panel.triples().unwrap());
    let (low, high) = (counts.states()[0].id, counts.states()[1].id);
    let open = TransitionCounts::new(counts.states().to_vec(), &[[7, 3], [0, 5]]).unwrap();
    let closed = open.clone().impossible(high, low).unwrap();
    check::<TransitionCounts>("transition-counts.json", &closed);
    let matrix = TransitionMatrix::of_counts(&closed)
        .absorbing(high)
        .unwrap();
    check::<TransitionMatrix>("transition-matrix.json", &matrix);
    let rates = Generator::of_durations(&open, &[0.1 + 0.2, 11.5]).unwrap();
    check::<Generator>("generator.json", &rates);
    let watch = MoveWatchParams::default()
        .fit(&flows.by_step().unwrap())
        .unwrap();
    check::<MoveWatch>("move-watch.json", &watch);

    let values = [0.1 + 0.2, 1.5, f64::NAN, 7.0, 2.5];
    let reference = DriftParams::default()
        .bins(3)
        .numbers("visits", &values, None)
        .unwrap();
    let later = reference.numbers(&[1.0, 9.0], Some(&[0.5, 2.0])).unwrap();
    check::<DriftReference>("drift-reference.json", &reference);
    check::<DriftCounts>("drift-counts.json", &later);
    let day = date_of_day(20_000).unwrap();
    let of = |scheme: &str, rows: [SegmentId; 4]| {
        let rows = rows.iter().copied().map(Some).collect();
        Assignments::new(scheme, day, counts.states().to_vec(), rows).unwrap()
    };
    let (old, new) = (
        of("v1", [low, low, high, high]),
        of("v2", [high, high, low, high]),
    );
    let overlap = OverlapCounts::of_assignments(&old, &new).unwrap();
    let alignment = AlignmentParams::default().align(&overlap).unwrap();
    check::<OverlapCounts>("overlap-counts.json", &overlap);
    check::<Alignment>("alignment.json", &alignment);
}

#[test]
fn segmentations_of_version_1_load() {
    let columns: &[(&str, &[f64])] = &[
        ("recency", &[3.0, 5.0, 200.0, 260.0, 4.0, 310.0, 2.0, 190.0]),
        ("frequency", &[9.0, 7.0, 1.0, 0.0, 8.0, 1.0, 9.0, 2.0]),
        (
            "monetary",
            &[900.0, 750.0, 40.0, 10.0, 810.0, 20.0, 1_000.0, 33.0],
        ),
    ];
    let features = Features::from_columns(columns, MissingValues::Refuse).unwrap();
    let channel = ["web", "web", "shop", "shop", "web", "", "web", "shop"];
    let mixed = features
        .clone()
        .with_categories("channel", Categories::new(&channel).unwrap());
    let (mixed, day) = (mixed.unwrap(), date_of_day(20_000).unwrap());
    let column = ColumnParams::default().transform(Transform::Log1p);
    let logs = PreparationParams::default().all(column);
    let of = |name: &str, model: SegmentModelParams| SegmentationParams::new(name, model);

    loads("preparation.json", &logs.fit(&features).unwrap());
    let means = KMeansParams::new(2);
    loads("k-means.json", &means.fit(&features).unwrap());
    let names = ["recency", "frequency", "monetary"];
    let mut stream = KMeansStreamParams::new(2).buffer(4).open(&names).unwrap();
    stream.update(&features).unwrap();
    loads("k-means-stream.json", &stream);
    loads(
        "gaussian-mixture.json",
        &GaussianMixtureParams::new(1).fit(&features).unwrap(),
    );
    let prototypes = KPrototypesParams::new(2).gamma(MismatchWeight::Value(0.1 + 0.2));
    loads("k-prototypes.json", &prototypes.fit(&mixed).unwrap());
    loads(
        "dbscan.json",
        &DbscanParams::new(300.0, 2).fit(&features).unwrap(),
    );
    let often =
        Condition::quantile_at_least("frequency", 0.5).and(Condition::below("recency", 90.0));
    let rules = RulesParams::new(vec![Rule::new(SegmentId(7), "often", often)]);
    let rules = rules.otherwise(SegmentId(3), "seldom");
    loads("rules.json", &rules.fit(&features).unwrap());
    let summary = state().summary(date_of_day(90).unwrap()).unwrap();
    let rfm = RfmParams::default().bins(2, 2, 2).fit(&summary).unwrap();
    let grid = RfmGrid::new(rfm, SegmentMap::standard([2, 2, 2]).unwrap()).unwrap();
    loads("rfm-grid.json", &grid);

    let habits = of("habits", means.into())
        .preparation(logs)
        .fit(&features, day)
        .unwrap();
    loads::<Segmentation>("segmentation.json", &habits);
    let assignments = habits.assign(&features, day).unwrap().into_assignments();
    let surrogate = SurrogateParams::default()
        .fit(&features, &assignments)
        .unwrap();
    loads("surrogate.json", &surrogate);
    let rules = of("rules", rules.into()).fit(&features, day).unwrap();
    let product = SegmentProduct::new(habits, rules).unwrap();
    let product = of("both", product.into()).fit(&features, day).unwrap();
    loads::<Segmentation>("segmentation-product.json", &product);
}

#[test]
fn a_file_with_impossible_values_is_refused() {
    let text = std::fs::read_to_string(path("rfm.json")).unwrap();
    for (good, bad) in [
        ("\"scale\":2", "\"scale\":99"),
        ("\"weights\":[0.5", "\"weights\":[-0.5"),
        ("\"sizes\":[[", "\"sizes\":[[1,"),
    ] {
        let broken = text.replacen(good, bad, 1);
        assert_ne!(broken, text, "{good} is in the file");
        let error = persist::from_json::<Rfm>(&broken).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ModelFormat, "{bad}: {error}");
    }
    let text = std::fs::read_to_string(path("summary-state.json")).unwrap();
    let broken = text.replacen("\"customer\":[0", "\"customer\":[9", 1);
    let error = persist::from_json::<SummaryState>(&broken).unwrap_err();
    assert!(
        error.to_string().contains("column customer, row 0"),
        "{error}"
    );
}

/// A fitted model carries its report, and comes back whole.
#[test]
fn a_fitted_model_keeps_its_report() {
    let model = custometry::value::BgNbdParams::default()
        .fit(&crate::bg_nbd::cdnow_histories())
        .unwrap();
    let text = persist::to_json(&model).unwrap();
    assert_eq!(persist::from_json::<BgNbd>(&text).unwrap(), model);
    for (good, bad) in [
        ("\"r\":0.", "\"r\":-0."),
        ("\"covariance\":[0.", "\"covariance\":[-0."),
    ] {
        let broken = text.replacen(good, bad, 1);
        assert_ne!(broken, text, "{good} is in the file");
        let error = persist::from_json::<BgNbd>(&broken).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ModelFormat, "{error}");
    }
}

/// So does a spend model, with what it tells of the data.
#[test]
fn a_fitted_spend_model_keeps_what_it_told() {
    let (x, mean) = ([1, 2, 5, 3, 1, 4], [10.0, 14.0, 40.0, 22.0, 17.0, 9.0]);
    let spends = SpendHistories::from_columns(&x, &mean, None).unwrap();
    let model = GammaGammaParams::default().fit(&spends).unwrap();
    let text = persist::to_json(&model).unwrap();
    assert!(text.contains("correlation"));
    assert_eq!(persist::from_json::<GammaGamma>(&text).unwrap(), model);
}
