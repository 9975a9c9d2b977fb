//! What a transition matrix says of the future.
//!
//! # Question
//!
//! How many customers will be in each state next year, where does it end, how long do they take to get
//! there, and how much do they move at all?
//!
//! # Formula
//!
//! ```text
//! forecast       n_t = n_0 P^t
//! long run       pi = pi P in each class of states that is never left
//! absorption     N = (I - Q)^-1, B = N R, steps N 1
//! first passage  m_ij = 1 + sum over l other than j of p_il m_lj
//! in a state     1 / (1 - p_ii) periods, half of them for ln 2 / -ln p_ii
//! mobility       mean singular value of P - I; (k - trace P) / (k - 1); |lambda_2|
//! ```
//!
//! where Q holds the steps among transient states and R those out of them.
//!
//! # How to read the numbers
//!
//! A *class* is a set of states that can all be reached from one another. A class that can be left is
//! transient: in the long run nobody is there. A class that cannot is recurrent, and has long-run
//! shares of its own. With several recurrent classes the long run depends on the start. A class of
//! period d is visited in turns: the shares at one time go round for ever, and the long-run shares are
//! the average over time.
//!
//! # Limits
//!
//! All of it extrapolates: it says where the moves of the observed periods lead if they go on.
//! Customers that come from outside are not in it unless "outside" is a state.
//!
//! # Complexity
//!
//! O(k²) a step and replicate of a forecast, O(k³) for the rest, O(k⁴) for the first passages of all pairs.
//!
//! # References
//!
//! - Kemeny, J. G. and Snell, J. L. (1976), *Finite Markov Chains*, Springer.
//! - Grassmann, W. K., Taksar, M. I. and Heyman, D. P. (1985), "Regenerative analysis and steady
//!   state distributions for Markov chains", doi:10.1287/opre.33.5.1107.
//! - Jafry, Y. and Schuermann, T. (2004), "Measurement, estimation and comparison of credit migration
//!   matrices", doi:10.1016/j.jbankfin.2004.06.004.

mod absorption;
mod classes;
mod forecast;
mod long_run;
mod mobility;
mod passage;

pub(super) use self::classes::Classes;
pub use self::{
    absorption::Absorption,
    classes::StateClass,
    forecast::{Forecast, ForecastParams},
    long_run::{LongRun, SteadyState},
    mobility::Mobility,
    passage::Sojourn,
};

#[cfg(test)]
mod tests;
