use proptest::prelude::*;

use super::{eigenvalues::Eigenvalue, *};

fn square(rows: &[&[f64]]) -> Square {
    Square::from_fn(rows.len(), |row, column| rows[row][column])
}

fn gap(one: &Square, other: &Square) -> f64 {
    one.zip(other, |a, b| (a - b).abs())
        .cells()
        .iter()
        .fold(0.0, |most: f64, cell| most.max(*cell))
}

fn off_diagonals() -> impl Strategy<Value = Square> {
    (1usize..7, prop::collection::vec(0.0f64..1.0, 49)).prop_map(|(order, cells)| {
        let rates = Square::from_fn(order, |row, column| {
            if row == column {
                0.0
            } else {
                cells[row * 7 + column] * 0.3
            }
        });
        let sums: Vec<f64> = (0..order).map(|row| rates.row(row).iter().sum()).collect();
        Square::from_fn(order, |row, column| {
            if row == column {
                -sums[row]
            } else {
                rates.at(row, column)
            }
        })
    })
}

#[test]
fn singular_matrices_have_no_factors() {
    assert!(square(&[&[1.0, 2.0], &[2.0, 4.0]]).lu().is_none());
    assert!(square(&[&[0.0]]).lu().is_none());
    assert!(square(&[&[f64::NAN]]).lu().is_none());
}

#[test]
fn determinants_and_powers_of_known_matrices() {
    let a = square(&[&[0.0, 2.0, 1.0], &[1.0, 0.0, 3.0], &[4.0, 1.0, 0.0]]);
    // By Sarrus: 0 + 24 + 1 - 0 - 0 - 0.
    let (above, size) = a.lu().unwrap().ln_determinant();
    assert!(above && (size - 25f64.ln()).abs() < 1e-14);
    let swapped = square(&[&[0.0, 2.0], &[3.0, 0.0]]).lu().unwrap();
    assert!(!swapped.ln_determinant().0);
    let fibonacci = square(&[&[1.0, 1.0], &[1.0, 0.0]]);
    assert_eq!(
        fibonacci.power(50).cells()[1].to_bits(),
        12_586_269_025f64.to_bits()
    );
    assert_eq!(fibonacci.power(0), Square::identity(2));
}

#[test]
fn exponentials_that_are_known_in_closed_form() {
    let turn = |angle: f64| square(&[&[0.0, -angle], &[angle, 0.0]]);
    for angle in [1e-3f64, 1.0, 20.0] {
        let (sine, cosine) = angle.sin_cos();
        let want = square(&[&[cosine, -sine], &[sine, cosine]]);
        assert!(gap(&turn(angle).exponential().unwrap(), &want) < 1e-13);
    }
    let nilpotent = square(&[&[0.0, 1.0, 2.0], &[0.0, 0.0, 3.0], &[0.0, 0.0, 0.0]]);
    let want = square(&[&[1.0, 1.0, 3.5], &[0.0, 1.0, 3.0], &[0.0, 0.0, 1.0]]);
    assert!(gap(&nilpotent.exponential().unwrap(), &want) < 1e-15);
    assert!(square(&[&[1e4]]).exponential().is_none());
    assert!(square(&[&[f64::NAN]]).exponential().is_none());
}

/// Three states in a row: of first and last p = e^-t, t e^-t and 1 - (1 + t) e^-t, each to its own size.
#[test]
fn exponentials_of_rates_keep_small_probabilities() {
    for time in [1e-9f64, 1e-3, 1.0, 30.0] {
        let rates = square(&[&[-time, time, 0.0], &[0.0, -time, time], &[0.0, 0.0, 0.0]]);
        let moved = rates.exponential_of_rates().unwrap();
        let stays = (-time).exp();
        assert!((moved.at(0, 0) / stays - 1.0).abs() < 1e-13);
        assert!((moved.at(0, 1) / (time * stays) - 1.0).abs() < 1e-13);
        if time < 0.1 {
            let both = time * time * (0.5 - time / 3.0 + time * time / 8.0 - time.powi(3) / 30.0);
            assert!((moved.at(0, 2) / both - 1.0).abs() < 1e-13);
        }
        assert_eq!(moved.row(2), [0.0, 0.0, 1.0]);
    }
    let huge = square(&[&[0.0, 1e308, 1e308], &[0.0; 3], &[0.0; 3]]);
    assert!(huge.exponential_of_rates().is_none());
}

#[test]
fn logarithms_that_are_known_in_closed_form() {
    let e = std::f64::consts::E;
    let shear = square(&[&[e, e], &[0.0, e]]);
    let want = square(&[&[1.0, 1.0], &[0.0, 1.0]]);
    assert!(gap(&shear.logarithm().unwrap(), &want) < 1e-14);
    // A turn by less than half a circle.
    let (sine, cosine) = 3.0f64.sin_cos();
    let turn = square(&[&[cosine, -sine], &[sine, cosine]]);
    let want = square(&[&[0.0, -3.0], &[3.0, 0.0]]);
    assert!(gap(&turn.logarithm().unwrap(), &want) < 1e-13);
    assert!(square(&[&[-1.0, 0.0], &[0.0, 2.0]]).logarithm().is_none());
    assert!(square(&[&[0.5, 0.5], &[0.5, 0.5]]).logarithm().is_none());
    assert_eq!(Square::identity(3).logarithm(), Some(Square::zeros(3)));
}

#[test]
fn eigenvalues_of_known_matrices() {
    // A cycle of five: the fifth roots of 1.
    let cycle = Square::from_fn(5, |row, column| {
        f64::from(u8::from(column == (row + 1) % 5))
    });
    let found = cycle.eigenvalues().unwrap();
    for at in 0..5u8 {
        let (sine, cosine) = (f64::from(at) * std::f64::consts::TAU / 5.0).sin_cos();
        let near =
            |value: &&Eigenvalue| (value.real - cosine).hypot(value.imaginary - sine) < 1e-13;
        assert_eq!(found.iter().filter(near).count(), 1, "{found:?}");
    }
    // The companion of (x - 1)(x - 2)(x - 3)(x - 4).
    let companion = square(&[
        &[10.0, -35.0, 50.0, -24.0],
        &[1.0, 0.0, 0.0, 0.0],
        &[0.0, 1.0, 0.0, 0.0],
        &[0.0, 0.0, 1.0, 0.0],
    ]);
    for (value, want) in companion
        .eigenvalues()
        .unwrap()
        .iter()
        .zip([4.0, 3.0, 2.0, 1.0])
    {
        assert!((value.real - want).abs() < 1e-11 && value.imaginary.abs() < 1e-11);
    }
    assert_eq!(Square::zeros(3).eigenvalues().unwrap().len(), 3);
    let block = square(&[&[1.0, 0.0], &[1.0, 1.0]]);
    assert!(
        block
            .eigenvalues()
            .unwrap()
            .iter()
            .all(|value| (value.real - 1.0).abs() < 1e-15)
    );
}

#[test]
fn singular_values_keep_what_is_small() {
    // Of [[1, 1], [0, e]]: their product is e, and the sum of their squares 2 + e^2.
    let small = 1e-12;
    let values = square(&[&[1.0, 1.0], &[0.0, small]]).singular_values();
    assert!((values[0] * values[1] / small - 1.0).abs() < 1e-14);
    assert!((values[0] - 2.0f64.sqrt()).abs() < 1e-15);
    assert_eq!(Square::zeros(2).singular_values(), [0.0, 0.0]);
}

proptest! {
    #[test]
    fn solutions_multiply_back(cells in prop::collection::vec(-2.0f64..2.0, 25)) {
        let a = Square::from_fn(5, |row, column| cells[row * 5 + column]).plus_identity(7.0);
        let lu = a.lu().unwrap();
        prop_assert!(gap(&a.times(&lu.inverse()), &Square::identity(5)) < 1e-13);
        let x = lu.solve(&cells[..5]);
        for (back, want) in a.times_column(&x).iter().zip(&cells) {
            prop_assert!((back - want).abs() < 1e-13);
        }
        let eigenvalues = a.eigenvalues().unwrap();
        let trace: f64 = (0..5).map(|at| a.at(at, at)).sum();
        let sum: f64 = eigenvalues.iter().map(|value| value.real).sum();
        prop_assert!((sum - trace).abs() < 1e-11);
        let product: f64 = eigenvalues.iter().map(Eigenvalue::modulus).product();
        let determinant = lu.ln_determinant().1.exp();
        prop_assert!((product / determinant - 1.0).abs() < 1e-10);
        let singular: f64 = a.singular_values().iter().product();
        prop_assert!((singular / determinant - 1.0).abs() < 1e-11);
        let squares: f64 = a.singular_values().iter().map(|value| value * value).sum();
        let cells: f64 = a.cells().iter().map(|cell| cell * cell).sum();
        prop_assert!((squares / cells - 1.0).abs() < 1e-12);
    }

    #[test]
    fn exponentials_of_rates_are_those_of_any_matrix(rates in off_diagonals(), time in 0.0f64..40.0) {
        let rates = rates.scaled(time);
        let (own, general) = (rates.exponential_of_rates().unwrap(), rates.exponential().unwrap());
        prop_assert!(gap(&own, &general) < 2e-13, "{}", gap(&own, &general));
        prop_assert!(own.cells().iter().all(|cell| *cell >= 0.0));
    }

    #[test]
    fn logarithms_undo_exponentials(rates in off_diagonals()) {
        let moved = rates.exponential().unwrap();
        for row in 0..moved.order() {
            prop_assert!((moved.row(row).iter().sum::<f64>() - 1.0).abs() < 1e-14);
        }
        let back = moved.logarithm().unwrap();
        prop_assert!(gap(&back, &rates) < 1e-11, "{}", gap(&back, &rates));
        prop_assert!(gap(&back.exponential().unwrap(), &moved) < 1e-13);
    }
}
