//! Cross-validation.

use super::*;
use crate::churn::LogisticPathValidation;

const PENALTIES: [f64; 7] = [0.1, 0.05, 0.02, 0.01, 0.005, 0.001, 0.0001];

/// Every fifth row is in the same fold.
fn folds() -> Folds {
    let of = |fold: usize| (0..432).partition(|row| row % 5 != fold);
    let lists: Vec<(Vec<usize>, Vec<usize>)> = (0..5).map(of).collect();
    let splits: Vec<(&[usize], &[usize])> = lists
        .iter()
        .map(|(train, test)| (train.as_slice(), test.as_slice()))
        .collect();
    Folds::from_splits(432, &splits).unwrap()
}

fn validate(case: Case) -> LogisticPathValidation {
    let rossi = Rossi::new(case);
    let params = LogisticPathParams::new().penalties(&PENALTIES);
    params.cross_validate(&rossi.data(case), &folds()).unwrap()
}

#[test]
fn it_is_that_of_glmnet() {
    // cv.glmnet(X, y, family = "binomial", lambda = .., foldid = i %% 5 + 1): cvm, cvsd,
    // lambda.min and lambda.1se
    let plain = validate(Plain);
    let deviances = [
        1.15598142836,
        1.13837628528,
        1.12553405048,
        1.12635505232,
        1.12860734313,
        1.13218347526,
        1.13317541919,
    ];
    let errors = [
        0.0264869874498,
        0.0266939572601,
        0.035050532663,
        0.0397933556648,
        0.0420573290258,
        0.0438698921926,
        0.0442556904443,
    ];
    near(&plain.deviances, &deviances, 1e-10);
    near(&plain.standard_errors, &errors, 1e-10);
    assert_eq!((plain.best(), plain.one_se(), plain.folds), (2, 0, 5));
    let both = validate(Both);
    let deviances = [
        1.20439712739,
        1.19128409494,
        1.171446297,
        1.17131588366,
        1.17398622355,
        1.17865261513,
        1.18017684979,
    ];
    let errors = [
        0.0141488526571,
        0.0165515473738,
        0.013502271868,
        0.0170028818478,
        0.0200970016133,
        0.0222266727587,
        0.0227093630875,
    ];
    near(&both.deviances, &deviances, 1e-10);
    near(&both.standard_errors, &errors, 1e-10);
    assert_eq!((both.best(), both.one_se()), (3, 2));
}

#[test]
fn folds_that_cannot_be_are_refused() {
    let rossi = Rossi::new(Plain);
    let data = rossi.data(Plain);
    let params = LogisticPathParams::new().count(3);
    let rows: Vec<usize> = (1..431).collect();
    let said = |splits: &[(&[usize], &[usize])]| {
        let folds = Folds::from_splits(432, splits).unwrap();
        params
            .cross_validate(&data, &folds)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(said(&[(&rows, &[0])]), "needs at least 2 folds, found 1");
    assert!(said(&[(&rows, &[0]), (&rows, &[])]).contains("rows to test"));
    assert!(said(&[(&rows, &[0]), (&[], &rows)]).contains("rows that left"));
    let short = Folds::from_splits(2, &[(&[0], &[1]), (&[1], &[0])]).unwrap();
    let error = params
        .cross_validate(&data, &short)
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("column folds has length 2"), "{error}");
}
