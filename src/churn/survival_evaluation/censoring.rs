//! The chance of not having been censored yet.

use crate::churn::{
    Durations,
    durations::{count_before, near_tie},
};

/// The Kaplan-Meier curve of censoring. Who leaves at a time is taken to have left before anyone is
/// censored at it, and so is not at risk of that.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Censoring {
    /// By place among the times: the chance of not having been censored before it, G(t-).
    before: Vec<f64>,
    times: Vec<f64>,
    near: f64,
    /// After the last time.
    end: f64,
}

impl Censoring {
    pub(super) fn new(durations: &Durations) -> Self {
        let places = durations.times().len();
        let mut left = vec![0.0; places];
        let mut censored = vec![0.0; places];
        let mut entered = vec![0.0; places];
        for (row, &place) in durations.exit_places().iter().enumerate() {
            let weight = durations.weight_of(row);
            let ended = if durations.cause()[row] > 0 {
                &mut left
            } else {
                &mut censored
            };
            ended[place as usize] += weight;
            if let Some(entries) = durations.entry_places() {
                entered[entries[row] as usize] += weight;
            }
        }
        // From the end: who leaves or is censored at a time or later, less who enters then or later.
        let mut exposed = vec![0.0; places];
        let mut now = 0.0f64;
        for place in (0..places).rev() {
            now += censored[place] - entered[place];
            exposed[place] = now.max(censored[place]);
            now += left[place];
        }
        let mut before = vec![0.0; places];
        let mut free = 1.0f64;
        for place in 0..places {
            before[place] = free;
            if censored[place] > 0.0 {
                free *= 1.0 - censored[place] / exposed[place];
            }
        }
        Self {
            before,
            near: near_tie(durations.times()),
            times: durations.times().to_vec(),
            end: free,
        }
    }

    /// G(t-) by place among the times of the durations.
    pub(super) fn before(&self) -> &[f64] {
        &self.before
    }

    /// G(t-) at any time.
    pub(super) fn before_time(&self, time: f64) -> f64 {
        let place = count_before(&self.times, self.near, time);
        self.before.get(place).copied().unwrap_or(self.end)
    }
}
