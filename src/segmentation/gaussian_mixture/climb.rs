//! One start: from where it begins up to a maximum of the likelihood.

use super::{
    components::{Components, Densities},
    em::Rows,
};
use crate::Result;

/// Where a start has come to.
pub(super) struct Climb {
    pub(super) components: Components,
    pub(super) densities: Densities,
    /// Per unit of weight.
    pub(super) log_likelihood: f64,
    /// What the last step added to it.
    change: f64,
    /// Where the next step leads.
    next: Components,
    pub(super) iterations: usize,
    pub(super) at_rest: bool,
}

/// When a climb stops.
#[derive(Clone, Copy)]
pub(super) struct Until {
    pub(super) tolerance: f64,
    pub(super) iterations: usize,
}

impl Climb {
    pub(super) fn new(
        rows: &Rows,
        begin: Components,
        names: &[String],
        regularisation: f64,
    ) -> Result<Self> {
        let densities = Densities::new(&begin, names)?;
        let (log_likelihood, next) = rows.step(&begin, &densities, regularisation);
        Ok(Self {
            components: begin,
            densities,
            log_likelihood,
            change: f64::INFINITY,
            next,
            iterations: 0,
            at_rest: false,
        })
    }

    /// Goes on until the log-likelihood has come to rest or the iterations are used up.
    pub(super) fn go_on(
        mut self,
        rows: &Rows,
        until: Until,
        names: &[String],
        regularisation: f64,
        watch: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Self> {
        self.at_rest = false;
        while self.iterations < until.iterations && !self.at_rest {
            watch()?;
            let densities = Densities::new(&self.next, names)?;
            let (log_likelihood, next) = rows.step(&self.next, &densities, regularisation);
            let change = log_likelihood - self.log_likelihood;
            self = Self {
                components: self.next,
                densities,
                log_likelihood,
                change,
                next,
                iterations: self.iterations + 1,
                at_rest: at_rest(self.change, change, log_likelihood, until.tolerance),
            };
        }
        Ok(self)
    }

    /// Whether no component is singular or empty.
    pub(super) fn is_sound(&self, regularisation: f64) -> bool {
        let filled = |weight: &f64| *weight > 0.0;
        self.components.weights.iter().all(filled)
            && !self
                .densities
                .singular(regularisation)
                .any(|singular| singular)
    }
}

/// Whether what is still to come is within the tolerance, if changes go on shrinking as they did
/// last (Aitken). A change within rounding is the end in any case.
fn at_rest(before: f64, change: f64, log_likelihood: f64, tolerance: f64) -> bool {
    let rounding = 4.0 * f64::EPSILON * (1.0 + log_likelihood.abs());
    let ratio = change / before;
    let to_come = if (0.0..1.0).contains(&ratio) {
        change * ratio / (1.0 - ratio)
    } else {
        f64::INFINITY
    };
    change.abs() <= rounding || (change.abs() <= tolerance && to_come.abs() <= tolerance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rest_is_judged_by_what_is_still_to_come() {
        // 1e-7 more by halves comes to 1e-7; by steps of 0.99 to 1e-5.
        assert!(at_rest(2e-7, 1e-7, -5.0, 1.1e-7));
        assert!(!at_rest(2e-7, 1e-7, -5.0, 0.9e-7));
        assert!(!at_rest(1e-7 / 0.99, 1e-7, -5.0, 9e-6));
        assert!(at_rest(1e-7 / 0.99, 1e-7, -5.0, 1.1e-5));
        // Steps that grow are not the end, steps of nothing are.
        assert!(!at_rest(1e-7, 2e-7, -5.0, 1e-3));
        assert!(at_rest(0.0, 0.0, -5.0, 1e-300));
        assert!(!at_rest(f64::INFINITY, 1.0, -5.0, 0.1));
    }
}
