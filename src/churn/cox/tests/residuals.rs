//! Golden numbers are of R 4.2.2 and survival 3.5.3: `residuals(fit, type)` of rows 1, 2, 5 and 64,
//! robust errors from `residuals(fit, "dfbeta", weighted = TRUE)`.

use super::*;

const ROWS: [usize; 4] = [0, 1, 4, 63];

struct Golden<'a> {
    martingale: [f64; 4],
    /// Row by row.
    score: &'a [f64],
    robust: &'a [f64],
    /// Of two events, by their place.
    schoenfeld: [(usize, &'a [f64]); 2],
    squared_deviance: f64,
}

#[track_caller]
fn check(cox: &Cox, data: &CoxData<'_>, golden: &Golden<'_>) {
    let residuals = cox.residuals(data).unwrap();
    let martingale = ROWS.map(|row| residuals.martingale()[row]);
    near(&martingale, &golden.martingale, 1e-9);
    let score: Vec<f64> = ROWS
        .iter()
        .flat_map(|&row| residuals.score().row(row).to_vec())
        .collect();
    near(&score, golden.score, 1e-8);
    near(&residuals.robust_errors(), golden.robust, 1e-9);
    for (place, want) in golden.schoenfeld {
        let found = residuals.schoenfeld().row(place).to_vec();
        for (found, want) in found.iter().zip(want) {
            assert!((found - want).abs() < 1e-9, "{found} {want}");
        }
    }
    let squares: f64 = residuals.deviance().iter().map(|d| d * d).sum();
    near(&[squares], &[golden.squared_deviance], 1e-9);
}

#[test]
fn with_weights_they_are_those_of_r() {
    let weights: Vec<f64> = column("age").iter().map(|age| age / 20.0).collect();
    let rossi = rossi().with_weights(&weights).unwrap();
    let features = columns(&["fin", "age", "prio"]);
    let data = CoxData::new(&rossi, &features);
    let cox = CoxParams::default().fit(&data).unwrap();
    near(
        &cox.standard_errors(),
        &[0.179318200616260, 0.016395983686202, 0.025836830598759],
        1e-9,
    );
    check(
        &cox,
        &data,
        &Golden {
            martingale: [
                0.90934992610376,
                0.81398599698946,
                -0.47464448384158,
                -0.36999111258188,
            ],
            score: &[
                -0.36490090171722,
                2.8654011438523,
                -0.67338224889598,
                -0.32376787308266,
                -4.6965508845600,
                3.46964593453011,
                0.19462394478939,
                2.3392317960814,
                0.30222593091903,
                0.15171171754676,
                -4.4663894525830,
                -2.72434013424448,
            ],
            robust: &[0.198603431344676, 0.023488166181642, 0.026624631743207],
            schoenfeld: [
                (0, &[-0.39103393245092, -3.64440160915620, -4.0784809344623]),
                (
                    113,
                    &[-0.42413395081557, 8.68563894876646, -1.3993119563873],
                ),
            ],
            squared_deviance: 475.3208832072,
        },
    );
}

#[test]
fn with_ties_by_breslow_they_are_those_of_r() {
    let rossi = rossi();
    let features = columns(&["fin", "age", "prio"]);
    let data = CoxData::new(&rossi, &features);
    let cox = CoxParams::default().ties(Ties::Breslow).fit(&data).unwrap();
    check(
        &cox,
        &data,
        &Golden {
            martingale: [
                0.91388555698110,
                0.81231484790179,
                -0.47997654607169,
                -0.33305590702788,
            ],
            score: &[
                -0.37946035773555,
                3.9155729568388,
                -0.76818724041336,
                -0.33041590659516,
                -3.7637908743883,
                3.36594527421595,
                0.20271147953663,
                1.8159466238926,
                0.35779639879729,
                0.14066157239265,
                -4.4018643696768,
                -2.41617219964364,
            ],
            robust: &[0.190272822369672, 0.023367389311051, 0.026813150046060],
            schoenfeld: [
                (0, &[-0.40180159429086, -2.51939043299514, -4.2594558199427]),
                (
                    113,
                    &[-0.43317872147772, 9.87481007161688, -1.4932538865449],
                ),
            ],
            squared_deviance: 480.1260005957,
        },
    );
}

#[test]
fn within_strata_they_are_those_of_r() {
    let rossi = rossi();
    let features = columns(&["fin", "prio"]);
    let race = race();
    let data = CoxData::new(&rossi, &features).strata(&race);
    // Strata are in the order of the data, in which race 1 comes first.
    let left = column("arrest");
    let of_first = (column("race").iter().zip(&left))
        .filter(|&(race, left)| race * left > 0.5)
        .count();
    let cox = CoxParams::default().fit(&data).unwrap();
    check(
        &cox,
        &data,
        &Golden {
            martingale: [
                0.88307252528700,
                0.85291723625033,
                -0.27102484729882,
                -0.88510786310682,
            ],
            score: &[
                -0.374228373140584,
                -0.67359608239268,
                -0.357232093023033,
                3.60289871230458,
                0.089224348466922,
                0.35105917258201,
                0.383545620218715,
                -6.47648909659256,
            ],
            robust: &[0.191615398515907, 0.026396159924522],
            schoenfeld: [
                (of_first, &[0.68541701862614, -2.8499988956592]),
                (of_first - 1, &[-0.44909971398881, -1.4675656722100]),
            ],
            squared_deviance: 490.84834953516,
        },
    );
}

#[test]
fn with_entries_they_are_those_of_r() {
    let (heart, features) = heart();
    let data = CoxData::new(&heart, &features);
    let cox = CoxParams::default().fit(&data).unwrap();
    check(
        &cox,
        &data,
        &Golden {
            martingale: [
                0.73396808456375,
                0.86288076773483,
                -0.26462245756597,
                -0.18680542227379,
            ],
            score: &[
                -12.13147255497362,
                -0.069698615025826,
                -0.579158817957927,
                3.61038070901599,
                -0.063927550848748,
                -0.118593293035513,
                1.93880587884887,
                0.020990529638467,
                0.061690962272617,
                -0.17157504775653,
                -0.171567454273098,
                0.054766421677247,
            ],
            robust: &[0.014711679499024, 0.335669310975144, 0.309027296618142],
            schoenfeld: [
                (0, &[6.0747039412009, 0.922585181484005, 0.0]),
                (74, &[9.6326241110658, -0.099460268597025, 0.12260488907157]),
            ],
            squared_deviance: 201.16751902079,
        },
    );
}
