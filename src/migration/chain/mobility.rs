//! How much customers move.

use serde::Serialize;

use crate::{Error, Result, migration::matrix::TransitionMatrix};

/// How much customers move between states, by three measures that are 0 if nobody does.
///
/// # Example
///
/// See [`TransitionMatrix::mobility`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Mobility {
    /// The mean singular value of P - I (Jafry and Schuermann 2004,
    /// doi:10.1016/j.jbankfin.2004.06.004): about the probability of moving, if it is small and alike.
    pub svd: f64,
    /// (k - trace P) / (k - 1), the mean probability of leaving times k / (k - 1) (Shorrocks 1978,
    /// doi:10.2307/1911433, after Prais 1955).
    pub prais_shorrocks: f64,
    /// The size of the eigenvalue next to 1: by this factor a period brings shares nearer to those of
    /// the long run. 1 if they depend on the start, or go round for ever.
    pub second_eigenvalue: f64,
    /// After how many periods half the distance to the long run is left; `None` if it stays.
    pub half_life: Option<f64>,
}

impl TransitionMatrix {
    /// How much customers move.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] for a single state; [`Error::Degenerate`] if a row is not known;
    /// [`Error::NotConverged`] if the eigenvalues are not found, which has not been seen.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Segment, SegmentId}, migration::TransitionMatrix};
    ///
    /// let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
    /// let states = vec![state(1, "rain"), state(2, "nice"), state(3, "snow")];
    /// let rows = [[0.5, 0.25, 0.25], [0.5, 0.0, 0.5], [0.25, 0.25, 0.5]];
    /// let mobility = TransitionMatrix::given(states, &rows)?.mobility()?;
    /// assert!((mobility.svd - 0.683012701892).abs() < 1e-12);
    /// assert_eq!(mobility.prais_shorrocks, 1.0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn mobility(&self) -> Result<Mobility> {
        let states = self.order();
        if states < 2 {
            return Err(Error::NotEnoughData {
                what: "states to move between".into(),
                needed: 2,
                found: states,
            });
        }
        let matrix = self.dense()?;
        let trace: f64 = (0..states).map(|at| matrix.at(at, at)).sum();
        let eigenvalues = matrix.eigenvalues()?;
        let away = matrix.plus_identity(-1.0);
        // No eigenvalue is beyond 1, but for rounding.
        let second = eigenvalues[1].modulus().min(1.0);
        Ok(Mobility {
            svd: away.singular_values().iter().sum::<f64>() / states as f64,
            prais_shorrocks: (states as f64 - trace) / (states as f64 - 1.0),
            second_eigenvalue: second,
            half_life: (second < 1.0 - 1e-12).then(|| std::f64::consts::LN_2 / -second.ln()),
        })
    }
}
