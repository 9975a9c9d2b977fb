use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::{
    ErrorKind,
    data::{CustomerIx, Merge, SegmentId, merge_all},
    persist,
};

fn panel(rows: &[(i64, u32, &str, i64)]) -> SegmentPanel {
    let keys: Vec<i64> = rows.iter().map(|row| row.0).collect();
    let periods: Vec<String> = rows.iter().map(|row| row.1.to_string()).collect();
    let segments: Vec<&str> = rows.iter().map(|row| row.2).collect();
    SegmentPanel::builder()
        .int_keys(&keys)
        .periods(&periods)
        .segments(&segments)
        .values(Currency::EUR, rows.iter().map(|row| row.3).collect())
        .order(&["A", "B", "C", "D"])
        .period_order(&["0", "1", "2", "3"])
        .build()
        .unwrap()
}

/// Stocks and flows by hand: c1 to c10 before, c11 to c13 born, c10 gone.
fn toy() -> Flows {
    let before = ["A", "A", "A", "B", "B", "B", "C", "C", "C", "C"];
    let after = [
        (1, "A"),
        (2, "A"),
        (3, "B"),
        (4, "B"),
        (5, "A"),
        (6, "C"),
        (7, "C"),
        (8, "C"),
        (9, "B"),
        (11, "A"),
        (12, "C"),
        (13, "C"),
    ];
    let mut keys: Vec<i64> = (1..=10).collect();
    keys.extend(after.map(|row| row.0));
    let periods: Vec<&str> = [["before"; 10].as_slice(), &["now"; 12]].concat();
    let segments: Vec<&str> = before.into_iter().chain(after.map(|row| row.1)).collect();
    let panel = SegmentPanel::builder()
        .int_keys(&keys)
        .periods(&periods)
        .segments(&segments)
        .build();
    panel.unwrap().flows().unwrap()
}

#[test]
fn the_published_stocks_and_flows() {
    let flows = toy();
    let rows: Vec<[u64; 6]> = (flows.balance().iter())
        .map(|row| {
            let it = row.customers;
            assert_eq!(it.returned + it.paused, 0);
            [
                it.opening, it.born, it.arrived, it.left, it.churned, it.closing,
            ]
        })
        .collect();
    // A: 3+1+1-1-0=4; B: 3+0+2-2-0=3; C: 4+2+1-1-1=5.
    assert_eq!(
        rows,
        [[3, 1, 1, 1, 0, 4], [3, 0, 2, 2, 0, 3], [4, 2, 1, 1, 1, 5]]
    );
    let counts = flows.pooled().unwrap();
    let cells: Vec<Vec<u64>> = counts
        .cells()
        .rows()
        .into_iter()
        .map(|row| row.to_vec())
        .collect();
    assert_eq!(cells, [[2, 1, 0], [1, 1, 1], [0, 1, 2]]);
    // The same, with c10 outside, and nobody of those who were born.
    let with_outside = &flows.by_step_with_outside().unwrap()[0];
    let cells: Vec<u64> = with_outside.cells().iter().copied().collect();
    assert_eq!(cells, [2, 1, 0, 0, 1, 1, 1, 0, 0, 1, 2, 1, 0, 0, 0, 0]);
    let growth: Vec<i64> = flows.growth().iter().map(|growth| growth.change).collect();
    assert_eq!(growth, [1, 0, 1]);
    assert_eq!(flows.fastest_growing().unwrap().state.name, "A"); // a third, against a quarter
    assert_eq!(flows.fastest_shrinking(), None);
}

#[test]
fn whether_a_state_grew_is_a_question_of_who_went_in_and_out() {
    // B: 2 in, 2 out. C: 3 in, 2 out: 2 (P(3) + P(4) + P(5)) of five fair coins, which is 1.
    let growth = toy().growth();
    assert!((growth[1].p - 1.0).abs() < 1e-12 && (growth[2].p - 1.0).abs() < 1e-12);
    assert!((growth[2].se - 5f64.sqrt()).abs() < 1e-15);
    // 8 in, none out: 2 / 2^8. 9 in, 1 out: 2 · 11 / 2^10.
    let rows: Vec<_> = (0..8).map(|key| (key, 1, "A", 0)).collect();
    let growth = panel(&rows).flows().unwrap().growth_between(0, 1).unwrap();
    assert!((growth[0].p - 2.0 / 256.0).abs() < 1e-14);
    let mut rows: Vec<_> = (0..9).map(|key| (key, 1, "B", 0)).collect();
    rows.push((99, 0, "B", 0));
    let growth = panel(&rows).flows().unwrap().growth_between(0, 1).unwrap();
    assert!((growth[1].p - 22.0 / 1024.0).abs() < 1e-14);
    // Of ten millions, the normal law with half a customer less.
    let (more, less) = (5_003_000u64, 4_997_000u64);
    let z = ((more - less - 1) as f64) / ((more + less) as f64).sqrt();
    let normal = 2.0 * crate::numeric::special::normal_cdf(-z);
    assert!((growth::same_chance(more, less) / normal - 1.0).abs() < 1e-6);
}

#[test]
fn one_period_no_customer_and_a_state_that_is_never_left_are_answered() {
    let one = panel(&[(1, 0, "A", 5), (2, 0, "B", 7)]);
    let one = SegmentPanel::builder()
        .numbered(
            one.customers().unwrap().clone(),
            vec![CustomerIx(0), CustomerIx(1)],
        )
        .periods(&["x", "x"])
        .segments(&["A", "B"])
        .values(Currency::EUR, vec![5, 7])
        .build()
        .unwrap();
    let flows = one.flows().unwrap();
    assert_eq!((flows.steps(), flows.balance().len()), (0, 0));
    assert_eq!(flows.pooled().unwrap().total(), 0);
    let stock = flows.stock(0).unwrap()[1];
    assert_eq!((stock.customers, stock.money), (1, Some(MinorUnits(7))));
    let growth = &flows.growth()[0];
    assert_eq!((growth.opening, growth.closing, growth.change), (1, 1, 0));
    assert!((growth.p - 1.0).abs() < 1e-15);
    assert_eq!(flows.sankey().nodes.len(), 2);
    assert!(flows.at_risk(None, 0.95).unwrap().is_empty());
    assert!(flows.at_risk(None, 1.5).is_err());
    let text = persist::to_json(flows.state()).unwrap();
    assert_eq!(
        &persist::from_json::<FlowState>(&text).unwrap(),
        flows.state()
    );

    let none: [&str; 0] = [];
    let empty = SegmentPanel::builder()
        .int_keys(&[])
        .periods(&none)
        .segments(&none);
    let empty = empty.order(&["A"]).build().unwrap();
    let flows = empty.flows().unwrap();
    assert_eq!(flows.growth()[0].closing, 0);
    assert_eq!(flows.sankey().nodes, []);
    assert!(flows.stock(0).is_err() && flows.mix(0, 0).is_err());
    assert_eq!(empty.triples().unwrap().total(), 0);
    assert!(FlowState::by_cohort(&empty).unwrap().is_empty());

    let stuck = panel(&[
        (1, 0, "A", 1),
        (1, 1, "A", 1),
        (1, 2, "A", 1),
        (1, 3, "A", 1),
    ]);
    let flows = stuck.flows().unwrap();
    assert!(flows.at_risk(None, 0.95).unwrap().is_empty());
    assert_eq!(flows.pooled().unwrap().total(), 3);
    assert_eq!(
        flows.growth_between(2, 2).unwrap_err().kind(),
        ErrorKind::InvalidParameter
    );
}

#[test]
fn sums_that_do_not_fit_are_refused() {
    let large = i64::MAX / 2;
    let state = FlowState::new(&panel(&[(1, 0, "A", large), (1, 1, "A", large)])).unwrap();
    assert_eq!(state.flows().unwrap_err().kind(), ErrorKind::Overflow);
    // The state itself holds them.
    let both = state.clone().merge(state).unwrap();
    let text = persist::to_json(&both).unwrap();
    assert_eq!(persist::from_json::<FlowState>(&text).unwrap(), both);
}

#[test]
fn saved_flows_are_checked() {
    let state = FlowState::new(&panel(&[(1, 0, "A", 3), (1, 1, "B", 4), (2, 1, "B", 9)])).unwrap();
    let text = persist::to_json(&state).unwrap();
    assert!(
        text.contains(r#"[[{"in":0},{"in":1},1,3,4],["not_yet",{"in":1},1,0,9]]"#),
        "{text}"
    );
    for (good, bad) in [
        (r#"{"in":0},{"in":1},1,3,4"#, r#"{"in":0},{"in":1},2,3,4"#),
        (r#"{"in":0},{"in":1},1,3,4"#, r#"{"in":0},{"in":1},1,4,4"#),
        (r#"{"in":0},{"in":1},1,3,4"#, r#"{"in":0},{"in":7},1,3,4"#),
        (
            r#"["not_yet",{"in":1},1,0,9]"#,
            r#"["not_yet",{"in":1},1,2,9]"#,
        ),
        (r#""periods":["0","#, r#""periods":["#),
        (
            r#""currency":{"code":"EUR","scale":2}"#,
            r#""currency":null"#,
        ),
    ] {
        let broken = text.replace(good, bad);
        assert_ne!(broken, text);
        assert!(persist::from_json::<FlowState>(&broken).is_err(), "{bad}");
    }
}

#[test]
fn saved_flows_that_hindsight_forbids_are_refused() {
    // One state, three periods; a customer a path, without money.
    let load = |periods: &str, path: &[&str]| {
        let place = |at: usize| match path[at] {
            "in" => r#"{"in":0}"#.to_owned(),
            outside => format!("{outside:?}"),
        };
        let steps = (1..path.len()).map(|at| format!("[[{},{},1,0,0]]", place(at - 1), place(at)));
        let state = FlowState::new(&panel(&[(1, 0, "A", 0), (1, 1, "A", 0), (1, 2, "A", 0)]));
        let good = persist::to_json(&state.unwrap()).unwrap();
        let states = &good[..good.find(r#""periods""#).unwrap()];
        let text = format!(
            r#"{states}"periods":{periods},"currency":null,"first":[[{},1,0]],"steps":[{}]}}}}"#,
            place(0),
            steps.collect::<Vec<_>>().join(",")
        );
        persist::from_json::<FlowState>(&text).map_err(|error| error.to_string())
    };
    let three = r#"["1","2","3"]"#;
    for good in [
        ["in", "in", "in"],
        ["in", "inactive", "in"],
        ["in", "churned", "churned"],
        ["in", "in", "churned"],
        ["not_yet", "in", "churned"],
        ["not_yet", "not_yet", "in"],
        ["not_yet", "not_yet", "not_yet"],
    ] {
        assert!(
            load(three, &good).is_ok(),
            "{good:?}: {:?}",
            load(three, &good)
        );
    }
    for bad in [
        ["in", "churned", "in"],
        ["in", "churned", "inactive"],
        ["in", "churned", "not_yet"],
        ["in", "not_yet", "in"],
        ["in", "inactive", "churned"],
        ["in", "inactive", "not_yet"],
        ["in", "inactive", "inactive"],
        ["in", "in", "inactive"],
        ["not_yet", "inactive", "in"],
        ["not_yet", "churned", "churned"],
    ] {
        let error = load(three, &bad).unwrap_err();
        assert!(error.contains("a step that cannot be"), "{bad:?}: {error}");
    }
    for bad in ["inactive", "churned"] {
        let error = load(three, &[bad, "in", "in"]).unwrap_err();
        assert!(
            error.contains("outside in the first period"),
            "{bad}: {error}"
        );
    }
    let long = ["in", "inactive", "inactive", "in"];
    assert!(load(r#"["1","2","3","4"]"#, &long).is_ok());
    assert!(load(r#"["1"]"#, &["in"]).is_ok());
    let error = load("[]", &["in"]).unwrap_err();
    assert!(error.contains("no period"), "{error}");
    let error = load(r#"["1","2","1"]"#, &["in", "in", "in"]).unwrap_err();
    assert!(
        error.contains("period 1 occurs in row 0 and again in row 2"),
        "{error}"
    );
}

#[test]
fn parts_must_be_of_one_definition() {
    let of = |order: &[&str], periods: &[&str], money: bool| {
        let panel = SegmentPanel::builder()
            .int_keys(&[1])
            .periods(&["1"])
            .segments(&["A"]);
        let panel = panel.order(order).period_order(periods);
        let panel = if money {
            panel.values(Currency::EUR, vec![5])
        } else {
            panel
        };
        FlowState::new(&panel.build().unwrap()).unwrap()
    };
    let one = of(&["A", "B"], &["1", "2"], true);
    for other in [
        of(&["B", "A"], &["1", "2"], true),
        of(&["A", "B"], &["1", "3"], true),
        of(&["A", "B"], &["1", "2"], false),
    ] {
        let error = one.clone().merge(other).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::VersionMismatch);
    }
}

#[test]
fn many_states_are_counted_by_sorting_as_few_are_in_tables() {
    let names: Vec<String> = (0..300).map(|at| at.to_string()).collect();
    let states: Vec<Segment> = (0..)
        .zip(&names)
        .map(|(at, name)| Segment {
            id: SegmentId(at),
            name: name.clone(),
        })
        .collect();
    // On both sides of the limits: 4 tables, 1 table, sorting.
    for order in [3usize, 40, 60, 150, 300] {
        let code = |at: usize, mix: usize| u16::try_from(at * mix % 7_919 % order).unwrap();
        let from: Vec<u16> = (0..70_001).map(|at| code(at, 31)).collect();
        let to: Vec<u16> = (0..70_001).map(|at| code(at, 57)).collect();
        let counts = TransitionCounts::of_codes(states[..order].to_vec(), &from, &to).unwrap();
        let mut naive = vec![0u64; order * order];
        for (&from, &to) in from.iter().zip(&to) {
            naive[usize::from(from) * order + usize::from(to)] += 1;
        }
        assert!(counts.cells().iter().eq(&naive));
        let mut stray = to.clone();
        stray[69_000] = u16::try_from(order).unwrap();
        stray[69_500] = u16::MAX;
        let error =
            TransitionCounts::of_codes(states[..order].to_vec(), &from, &stray).unwrap_err();
        assert!(
            error.to_string().contains("column to, row 69000"),
            "{error}"
        );
    }
}

/// A customer's state (1 to 4) and money by period; state 0 is none.
type Path = Vec<(usize, i64)>;

fn paths() -> impl Strategy<Value = Vec<Path>> {
    prop::collection::vec(prop::collection::vec((0usize..5, -50i64..100), 4), 0..25)
}

fn panel_of(paths: &[Path]) -> SegmentPanel {
    let mut rows = Vec::new();
    for (key, path) in (0..).zip(paths) {
        for (period, &(state, money)) in (0..).zip(path) {
            if state > 0 {
                rows.push((key, period, ["A", "B", "C", "D"][state - 1], money));
            }
        }
    }
    panel(&rows)
}

/// The name of each place of a path, by the definition.
fn names(path: &Path) -> Vec<&'static str> {
    let there = |at: &usize| path[*at].0 > 0;
    let (first, last) = ((0..4).find(there), (0..4).rfind(there));
    let name = |at: usize| match path[at].0 {
        0 if first.is_none_or(|first| at < first) => "not yet",
        0 if last.is_some_and(|last| at > last) => "churned",
        0 => "inactive",
        state => ["A", "B", "C", "D"][state - 1],
    };
    (0..4).map(name).collect()
}

proptest! {
    #[test]
    fn flows_agree_with_counting_by_hand(all in paths()) {
        let panel = panel_of(&all);
        let flows = panel.flows().unwrap();
        let inside = |name: &str| name.len() == 1;
        // (step, from, to): customers, money before, money after.
        let mut cells: HashMap<(usize, &str, &str), (u64, i64, i64)> = HashMap::new();
        let mut triples = 0;
        for path in all.iter().filter(|path| path.iter().any(|it| it.0 > 0)) {
            let names = names(path);
            triples += names.windows(3).filter(|it| it.iter().all(|name| inside(name))).count();
            for step in 0..3 {
                let money = |at: usize| if path[at].0 > 0 { path[at].1 } else { 0 };
                let cell = cells.entry((step, names[step], names[step + 1])).or_default();
                *cell = (cell.0 + 1, cell.1 + money(step), cell.2 + money(step + 1));
            }
        }
        prop_assert_eq!(panel.triples().unwrap().total(), triples as u64);
        let place = |presence: Presence| presence.name(flows.states()).to_owned();
        for step in 0..3 {
            let moves = flows.moves(step).unwrap();
            prop_assert_eq!(moves.len(), cells.keys().filter(|key| key.0 == step).count());
            for it in moves {
                let (from, to) = (place(it.from), place(it.to));
                let cell = cells[&(step, &from[..], &to[..])];
                prop_assert_eq!((it.customers, it.before.unwrap().0, it.after.unwrap().0), cell);
            }
            let counts = flows.of_step(step).unwrap();
            for (from, row) in ["A", "B", "C", "D"].iter().zip(counts.cells().rows()) {
                for (to, &count) in ["A", "B", "C", "D"].iter().zip(row) {
                    prop_assert_eq!(count, cells.get(&(step, *from, *to)).map_or(0, |cell| cell.0));
                }
            }
        }
        let by_step = merge_all(flows.by_step().unwrap()).unwrap().unwrap();
        prop_assert_eq!(by_step, flows.pooled().unwrap());

        // Balances, of states and of all, hold exactly, and their stocks are the stocks.
        for row in flows.balance().iter().chain(&flows.total_balance()) {
            let it = row.customers;
            prop_assert_eq!(
                it.opening + it.born + it.returned + it.arrived,
                it.closing + it.left + it.paused + it.churned
            );
            prop_assert_eq!(it.opening, it.stayed + it.left + it.paused + it.churned);
            let it = row.money.unwrap();
            prop_assert_eq!(
                it.opening.0 + it.born.0 + it.returned.0 + it.arrived.0 + it.change.0,
                it.closing.0 + it.left.0 + it.paused.0 + it.churned.0
            );
            let Some(state) = &row.state else { continue };
            let stock = |period: usize| {
                let here = all.iter().map(|path| path[period]);
                let here = here.filter(|it| it.0 > 0 && ["A", "B", "C", "D"][it.0 - 1] == state.name);
                here.fold((0, 0), |sum, it| (sum.0 + 1, sum.1 + it.1))
            };
            prop_assert_eq!((row.customers.opening, it.opening.0), stock(row.step));
            prop_assert_eq!((row.customers.closing, it.closing.0), stock(row.step + 1));
            let sum = |is: &dyn Fn(&str, &str) -> bool| -> u64 {
                let some = cells.iter().filter(|(key, _)| key.0 == row.step && is(key.1, key.2));
                some.map(|(_, cell)| cell.0).sum()
            };
            let name = &state.name[..];
            let it = row.customers;
            prop_assert_eq!(it.born, sum(&|from, to| from == "not yet" && to == name));
            prop_assert_eq!(it.returned, sum(&|from, to| from == "inactive" && to == name));
            prop_assert_eq!(it.paused, sum(&|from, to| from == name && to == "inactive"));
            prop_assert_eq!(it.churned, sum(&|from, to| from == name && to == "churned"));
            prop_assert_eq!(it.left, sum(&|from, to| from == name && inside(to) && to != name));
        }

        // The parts of growth sum to the change, and growth of steps to the whole.
        for (place, growth) in flows.growth().iter().enumerate() {
            prop_assert_eq!(growth.parts.sum(), growth.change);
            prop_assert_eq!(i128::from(growth.closing) - i128::from(growth.opening), i128::from(growth.change));
            let money = growth.money.unwrap();
            prop_assert_eq!(money.parts.sum(), money.change);
            prop_assert_eq!(money.closing.0 - money.opening.0, money.change.0);
            let steps = (0..3).map(|at| flows.growth_between(at, at + 1).unwrap()[place].change);
            prop_assert_eq!(steps.sum::<i64>(), growth.change);
        }

        // The graph conserves at every node.
        let graph = flows.sankey();
        for (at, node) in graph.nodes.iter().enumerate() {
            let into = graph.links.iter().filter(|link| link.target == at);
            let out = graph.links.iter().filter(|link| link.source == at);
            if node.period > 0 {
                let sum = into.fold((0, 0), |sum, it| (sum.0 + it.customers, sum.1 + it.after.unwrap().0));
                prop_assert_eq!(sum, (node.customers, node.money.unwrap().0));
            }
            if node.period < 3 {
                let sum = out.fold((0, 0), |sum, it| (sum.0 + it.customers, sum.1 + it.before.unwrap().0));
                prop_assert_eq!(sum, (node.customers, node.money.unwrap().0));
            }
        }

        // Ways up, down and outside, by hand.
        let scale: Vec<SegmentId> = [2, 0, 1].map(SegmentId).to_vec(); // C, A, B; D is not on it
        let rank = |name: &str| ["C", "A", "B"].iter().position(|it| *it == name);
        let ladder = flows.ladder(&scale).unwrap().pooled;
        let sum = |is: &dyn Fn(&str, &str) -> bool| -> u64 {
            cells.iter().filter(|(key, _)| is(key.1, key.2)).map(|(_, cell)| cell.0).sum()
        };
        let both = |a: &str, b: &str| rank(a).zip(rank(b));
        prop_assert_eq!(ladder.up.customers, sum(&|a, b| both(a, b).is_some_and(|(a, b)| a < b)));
        prop_assert_eq!(ladder.down.customers, sum(&|a, b| both(a, b).is_some_and(|(a, b)| a > b)));
        prop_assert_eq!(ladder.stayed.customers, sum(&|a, b| both(a, b).is_some_and(|(a, b)| a == b)));
        prop_assert_eq!(ladder.entered.customers, sum(&|a, b| !inside(a) && inside(b)));
        prop_assert_eq!(ladder.exited.customers, sum(&|a, b| inside(a) && !inside(b)));
        prop_assert_eq!(
            ladder.off_scale.customers,
            sum(&|a, b| inside(a) && inside(b) && (a == "D" || b == "D"))
        );
        let directions = flows.pooled().unwrap().directions(&scale).unwrap();
        prop_assert_eq!(
            [ladder.up, ladder.stayed, ladder.down, ladder.off_scale].map(|rungs| rungs.customers),
            [directions.up, directions.stayed, directions.down, directions.off_scale]
        );

        for path in flows.at_risk(Some(&scale), 0.9).unwrap() {
            let (from, to) = (&path.from_name[..], &path.to_name[..]);
            prop_assert_eq!(path.customers, sum(&|a, b| a == from && b == to));
            prop_assert_eq!(path.exposed, sum(&|a, _| a == from));
            prop_assert!(both(from, to).is_none_or(|(a, b)| a > b));
            let now = flows.stock(3).unwrap()[path.from.0 as usize];
            prop_assert_eq!((now.customers, now.money), (path.standing, path.standing_money));
            let share = path.customers as f64 / path.exposed as f64;
            let expected = now.money.unwrap().0 as f64 * share;
            prop_assert!((path.money_at_risk.unwrap() - expected).abs() < 1e-9);
            prop_assert!(path.probability.lo <= share && share <= path.probability.hi);
        }
    }

    #[test]
    fn the_mix_leaves_nothing_over(all in paths()) {
        let flows = panel_of(&all).flows().unwrap();
        let stock = |period| {
            let stocks = flows.stock(period).unwrap();
            stocks.iter().fold((0.0, 0.0), |sum: (f64, f64), it| {
                (sum.0 + it.customers as f64, sum.1 + it.money.unwrap().0 as f64)
            })
        };
        let (before, after) = (stock(0), stock(3));
        match flows.mix(0, 3) {
            Err(error) => {
                prop_assert_eq!(error.kind(), ErrorKind::NotEnoughData);
                prop_assert!(before.0.min(after.0) < 0.5);
            }
            Ok(mix) => {
                prop_assert!((mix.opening + mix.mix + mix.within - mix.closing).abs() < 1e-9);
                let each = (mix.mix + mix.within) * f64::midpoint(before.0, after.0);
                prop_assert!((mix.volume + each - (after.1 - before.1)).abs() < 1e-9);
                // The mix by its definition, without the mean of all.
                let (s0, s1) = (flows.stock(0).unwrap(), flows.stock(3).unwrap());
                let mut plain = 0.0;
                for (a, b) in s0.iter().zip(&s1) {
                    let each = |it: &Stock| {
                        (it.customers > 0).then(|| it.money.unwrap().0 as f64 / it.customers as f64)
                    };
                    let old = each(a).or(each(b)).unwrap_or(0.0);
                    let new = each(b).unwrap_or(old);
                    plain += (b.customers as f64 / after.0 - a.customers as f64 / before.0)
                        * f64::midpoint(old, new);
                }
                prop_assert!((plain - mix.mix).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn any_split_of_customers_merges_to_the_whole(
        all in paths(),
        shards in prop::collection::vec(0usize..3, 25),
    ) {
        let whole = FlowState::new(&panel_of(&all)).unwrap();
        let part = |shard: usize| {
            let mine = |at: usize| shards[at] == shard;
            let some = all.iter().enumerate().filter(|(at, _)| mine(*at));
            let some: Vec<Path> = some.map(|(_, path)| path.clone()).collect();
            FlowState::new(&panel_of(&some)).unwrap()
        };
        let [a, b, c] = [0, 1, 2].map(part);
        let left = a.clone().merge(b.clone()).unwrap().merge(c.clone()).unwrap();
        let right = c.merge(b.merge(a).unwrap()).unwrap();
        prop_assert_eq!(&left, &whole);
        prop_assert_eq!(&right, &whole);
        prop_assert_eq!(&whole.neutral().merge(whole.clone()).unwrap(), &whole);
        let text = persist::to_json(&whole).unwrap();
        prop_assert_eq!(&persist::from_json::<FlowState>(&text).unwrap(), &whole);

        // Cohorts are a split as well.
        let cohorts = FlowState::by_cohort(&panel_of(&all)).unwrap();
        for (period, cohort) in cohorts.iter().enumerate() {
            let born = all.iter().filter(|path| path.iter().position(|it| it.0 > 0) == Some(period));
            let first = cohort.flows().unwrap().stock(period).unwrap();
            prop_assert_eq!(first.iter().map(|it| it.customers).sum::<u64>(), born.count() as u64);
        }
        prop_assert_eq!(&merge_all(cohorts).unwrap().unwrap(), &whole);
    }
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    // Past one chunk of customers, with and without money.
    let periods: Vec<Vec<Option<SegmentId>>> = (1..=3usize)
        .map(|period| {
            let of = |row: usize| match row * (period + 6) % 7_919 % 6 {
                5 => None,
                state => Some(SegmentId(u32::try_from(state).unwrap())),
            };
            (0..150_001).map(of).collect()
        })
        .collect();
    let segments: Vec<Segment> = (0..5)
        .map(|id| Segment {
            id: SegmentId(id),
            name: id.to_string(),
        })
        .collect();
    let run = || {
        let all: Vec<_> = (0..)
            .zip(&periods)
            .map(|(day, rows)| {
                let day = crate::data::date_of_day(day).unwrap();
                crate::data::Assignments::new("v1", day, segments.clone(), rows.clone()).unwrap()
            })
            .collect();
        let plain = SegmentPanel::of_assignments(&all.iter().collect::<Vec<_>>()).unwrap();
        let money = |rows: &Vec<Option<SegmentId>>| -> Vec<i64> {
            (1..)
                .zip(rows)
                .map(|(row, id)| if id.is_some() { row } else { 0 })
                .collect()
        };
        let columns: Vec<Vec<i64>> = periods.iter().map(money).collect();
        let valued = plain.clone().with_values(Currency::EUR, &columns).unwrap();
        let states = [&plain, &valued].map(|panel| FlowState::new(panel).unwrap());
        let json = states
            .each_ref()
            .map(|state| persist::to_json(state).unwrap());
        let triples = persist::to_json(&plain.triples().unwrap()).unwrap();
        let pooled = states.map(|state| state.flows().unwrap().pooled().unwrap());
        assert_eq!(pooled[0], pooled[1]);
        (json, triples)
    };
    let expected = run();
    for threads in [1, 2, 3, 8] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        assert!(pool.install(run) == expected);
    }
}
