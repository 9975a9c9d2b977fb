//! Coefficients that grow without limit, those that only seem to, and digits that get lost.

use super::*;

#[test]
fn hazards_that_entries_leave_no_digit_of_are_refused() {
    let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0, 10.0], &[1, 1, 1, 1, 0])
        .unwrap()
        .with_entries(&[0.0, 0.0, 0.0, 0.0, 8.0])
        .unwrap();
    let x = [1.0, 0.0, 1.0, 0.0, 1.0];
    let x = Features::from_columns(&[("x", &x)], MissingValues::Refuse).unwrap();
    let data = CoxData::new(&durations, &x);
    let fit = |offset: f64| CoxParams::default().fit(&data.offset(&[0.0, 0.0, 0.0, 0.0, offset]));
    // The last row is at risk at no event and says nothing, however hazardous.
    let plain = fit(0.0).unwrap();
    near(
        fit(40.0).unwrap().coefficients(),
        plain.coefficients(),
        1e-12,
    );
    // Here it is at risk at the last event but not before.
    let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0, 10.0], &[1, 1, 1, 1, 1])
        .unwrap()
        .with_entries(&[0.0, 0.0, 0.0, 0.0, 8.0])
        .unwrap();
    let data = CoxData::new(&durations, &x);
    let error = CoxParams::default().fit(&data.offset(&[0.0, 0.0, 0.0, 0.0, 40.0]));
    assert!(error.unwrap_err().to_string().contains("lose their digits"));
    let near_enough = CoxParams::default()
        .fit(&data.offset(&[0.0, 0.0, 0.0, 0.0, 10.0]))
        .unwrap();
    near(near_enough.coefficients(), plain.coefficients(), 1e-9);
}

/// Rows of time, left, entry and level; levels alone say who leaves when.
fn told_apart(rows: &[(f64, f64, &str)]) -> Cox {
    let exits: Vec<f64> = rows.iter().map(|row| row.0).collect();
    let entries: Vec<f64> = rows.iter().map(|row| row.1).collect();
    let levels: Vec<&str> = rows.iter().map(|row| row.2).collect();
    let durations = Durations::new(&exits, &vec![1; rows.len()])
        .unwrap()
        .with_entries(&entries)
        .unwrap();
    let one: Vec<&str> = vec!["all"; rows.len()];
    let features =
        Features::from_columns(&[("one", &vec![1.0; rows.len()])], MissingValues::Refuse)
            .unwrap()
            .with_categories("g", Categories::new(&levels).unwrap())
            .unwrap()
            .with_categories("same", Categories::new(&one).unwrap())
            .unwrap();
    CoxParams::default()
        .fit(&CoxData::new(&durations, &features))
        .unwrap()
}

#[test]
fn who_is_told_apart_without_error_has_infinite_coefficients() {
    // In a chain: each level leaves before the next.
    let names: Vec<String> = (0..40).map(|at| format!("{at:02}")).collect();
    let chain: Vec<(f64, f64, &str)> = (1..)
        .zip(&names)
        .map(|(time, name)| (f64::from(time), 0.0, name.as_str()))
        .collect();
    let cox = told_apart(&chain);
    let all: Vec<String> = names[1..].iter().map(|name| format!("g={name}")).collect();
    assert_eq!(
        *cox.verdict(),
        CoxVerdict::InfiniteCoefficients { names: all }
    );
    assert_eq!(cox.aliased(), ["one", "same"]);
    // Ratios beyond the range of numbers are told.
    let ratios = cox.hazard_ratios(0.95).unwrap();
    assert!(ratios.iter().all(|ratio| ratio.hi <= f64::MAX));

    // With entries, where the sums at risk lose digits on the way.
    let entries = [
        (2.0, 0.0, "c"),
        (7.0, 5.0, "a"),
        (2.0, 0.0, "c"),
        (1.0, 0.0, "a"),
        (3.0, 1.0, "b"),
    ];
    let names = ["g=b", "g=c"].map(String::from).to_vec();
    let infinite = CoxVerdict::InfiniteCoefficients { names };
    assert_eq!(*told_apart(&entries).verdict(), infinite);

    // By a number of which two values lie close together.
    let x =
        Features::from_columns(&[("x", &[0.0, 0.001, 1.0, 5.0])], MissingValues::Refuse).unwrap();
    let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0], &[1; 4]).unwrap();
    let cox = CoxParams::default()
        .fit(&CoxData::new(&durations, &x))
        .unwrap();
    let names = vec!["x".to_string()];
    assert_eq!(*cox.verdict(), CoxVerdict::InfiniteCoefficients { names });
}

#[test]
fn columns_that_nearly_make_each_other_up_are_a_fit() {
    // coxph(Surv(t, e) ~ x + y, control = coxph.control(eps = 1e-14, toler.chol = 1e-14))
    let of = |cell: fn(u32) -> f64| (0..100).map(cell).collect::<Vec<f64>>();
    let x = of(|i| 20.0 + 40.0 * f64::from(i * 37 % 101) / 101.0);
    let noise = of(|i| 1e-3 * (f64::from(i * 53 % 97) / 97.0 - 0.5));
    let y: Vec<f64> = x.iter().zip(&noise).map(|(x, noise)| x + noise).collect();
    let times = of(|i| f64::from(i * 71 % 89 + 1));
    let left: Vec<u16> = (0..100).map(|i| u16::from(i % 3 > 0)).collect();
    let durations = Durations::new(&times, &left).unwrap();
    let features = Features::from_columns(&[("x", &x), ("y", &y)], MissingValues::Refuse).unwrap();
    let cox = CoxParams::default()
        .fit(&CoxData::new(&durations, &features))
        .unwrap();
    assert_eq!(*cox.verdict(), CoxVerdict::Converged);
    near(
        cox.coefficients(),
        &[-17.3883649174607, 17.3852521524357],
        1e-6,
    );
    near(
        &cox.standard_errors(),
        &[437.356443355103, 437.354987726304],
        1e-6,
    );

    // Who was gone before anybody left says nothing, however odd.
    let alone = Features::from_columns(&[("x", &x)], MissingValues::Refuse).unwrap();
    let plain = CoxParams::default()
        .fit(&CoxData::new(&durations, &alone))
        .unwrap();
    near(plain.coefficients(), &[-0.00305483344328285], 1e-9);
    for odd in [1e4, 1e7, 1e12] {
        let with = |column: &[f64], more: f64| [column, &[more]].concat();
        let durations =
            Durations::new(&with(&times, 0.5), &[left.as_slice(), &[0]].concat()).unwrap();
        let x = with(&x, odd);
        let alone = Features::from_columns(&[("x", &x)], MissingValues::Refuse).unwrap();
        let cox = CoxParams::default()
            .fit(&CoxData::new(&durations, &alone))
            .unwrap();
        assert_eq!(*cox.verdict(), CoxVerdict::Converged);
        near(cox.coefficients(), plain.coefficients(), 1e-12);
        let at = |cox: &Cox| cox.baseline(0, Reference::Row(&[30.0])).unwrap().1;
        near(&at(&cox), &at(&plain), 1e-6);
    }
}

#[test]
fn columns_that_tell_apart_together_are_all_named() {
    let rows: [[f64; 4]; 7] = [
        [9.0; 4],
        [1.0, 0.0, 0.0, 0.0],
        [0.0, 1.0, 0.0, 0.0],
        [0.0, 0.0, 1.0, 0.0],
        [0.0, 0.0, 0.0, 1.0],
        [0.0; 4],
        [0.0; 4],
    ];
    let columns: Vec<Vec<f64>> = (0..4).map(|at| rows.map(|row| row[at]).to_vec()).collect();
    let names = ["a", "b", "c", "d"];
    let named: Vec<(&str, &[f64])> = names
        .into_iter()
        .zip(columns.iter().map(Vec::as_slice))
        .collect();
    let features = Features::from_columns(&named, MissingValues::Refuse).unwrap();
    let durations =
        Durations::new(&[1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0], &[1, 0, 0, 0, 0, 0, 0]).unwrap();
    let data = CoxData::new(&durations, &features);
    let cox = CoxParams::default().fit(&data).unwrap();
    let names = names.map(String::from).to_vec();
    assert_eq!(*cox.verdict(), CoxVerdict::InfiniteCoefficients { names });
    // No column of a ridge is, in whatever unit.
    for ridge in [0.1, 10.0] {
        let x = [3e4, 3e4, 3e4, 0.0, 0.0, 0.0];
        let x = Features::from_columns(&[("x", &x)], MissingValues::Refuse).unwrap();
        let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], &[1; 6]).unwrap();
        let fit = CoxParams::default()
            .ridge(ridge)
            .fit(&CoxData::new(&durations, &x))
            .unwrap();
        assert_eq!(*fit.verdict(), CoxVerdict::Converged);
        // The slope of the likelihood is that of the cost: with r = exp(30000 beta),
        // 3 - 3r/(3r+3) - 2r/(2r+3) - r/(r+3) = ridge beta / 30000.
        let beta = fit.coefficients()[0];
        let r = (3e4 * beta).exp();
        let slope = 3.0 - 3.0 * r / (3.0 * r + 3.0) - 2.0 * r / (2.0 * r + 3.0) - r / (r + 3.0);
        near(&[slope], &[ridge * beta / 3e4], 1e-4);
    }
}
