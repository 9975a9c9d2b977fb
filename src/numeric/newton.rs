//! Damped Newton minimisation in a box, for likelihoods of a few parameters.
//!
//! Each step solves (H + μD) p = -g, D the diagonal of H. The damping μ grows
//! until H + μD is positive definite and the step lowers the value about as
//! much as its quadratic model says, and shrinks again as steps succeed.
//! Parameters at a bound that the value pushes against are held there.
//!
//! The end is judged by the Newton decrement gᵀ H⁻¹ g, twice the fall that the
//! quadratic model still promises. In units of log-likelihood it means the same
//! for 20 customers and for 20 million; a tolerance on the gradient does not,
//! and is why other fitters report failure at a perfect optimum.

use super::cholesky::Cholesky;

/// The value of a function with its gradient and Hessian (row by row).
#[derive(Debug, Clone)]
pub(crate) struct Point {
    pub(crate) value: f64,
    pub(crate) gradient: Vec<f64>,
    pub(crate) hessian: Vec<f64>,
}

impl Point {
    fn is_finite(&self) -> bool {
        self.value.is_finite()
            && self.gradient.iter().all(|g| g.is_finite())
            && self.hessian.iter().all(|h| h.is_finite())
    }
}

/// How the search is run.
#[derive(Debug, Clone)]
pub(crate) struct Newton {
    /// The box: a lower and an upper bound for each parameter.
    pub(crate) bounds: Vec<(f64, f64)>,
    /// The decrement below which the search has converged.
    pub(crate) tolerance: f64,
    pub(crate) max_iterations: usize,
}

/// Which bound a parameter rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    Inside,
    AtLower,
    AtUpper,
}

/// How the search ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ending {
    /// A minimum inside the box.
    Converged,
    /// A minimum over the parameters inside; the others rest on their bounds
    /// and would go further.
    OnBoundary,
    /// No step lowers the value although the decrement is above the tolerance,
    /// or the iterations ran out.
    Unfinished,
}

/// Where the search ended.
#[derive(Debug, Clone)]
pub(crate) struct Minimum {
    pub(crate) at: Vec<f64>,
    pub(crate) point: Point,
    pub(crate) rests: Vec<Rest>,
    pub(crate) decrement: f64,
    pub(crate) iterations: usize,
    pub(crate) ending: Ending,
}

/// Damping beyond which a step is too short to matter.
const MAX_DAMPING: f64 = 1e20;
const MIN_DAMPING: f64 = 1e-12;
/// The longest step in any parameter: they are logarithms, so a factor e^2.
const MAX_STEP: f64 = 2.0;

impl Newton {
    /// Minimises `f` from `start`. `None` if the value at the start is not
    /// finite. `f` is told where to evaluate and gives `None` where it cannot.
    pub(crate) fn minimise(
        &self,
        start: &[f64],
        mut f: impl FnMut(&[f64]) -> Option<Point>,
    ) -> Option<Minimum> {
        let mut at = self.project(start.to_vec());
        let mut point = f(&at).filter(Point::is_finite)?;
        let mut damping = 0.0f64;
        let mut decrement = f64::INFINITY;
        let mut iterations = 0;
        let mut finished = false;
        while iterations < self.max_iterations {
            iterations += 1;
            let rests = self.rests(&at, &point.gradient);
            let free: Vec<usize> = (0..at.len())
                .filter(|&k| rests[k] == Rest::Inside)
                .collect();
            let plain = step(&point, &free, 0.0);
            decrement = plain.as_ref().map_or(f64::INFINITY, |step| step.decrement);
            if decrement <= self.tolerance {
                at = self.last_step(at, &free, plain);
                finished = true;
                break;
            }
            // Without curvature in some direction, and nothing to gain that the
            // value could show: a ridge, better slid along than stepped along.
            let flat = plain.is_none()
                && flattest(&point, &free).is_some_and(|s| s.decrement <= noise(&point));
            let slid = flat
                .then(|| self.slide(&at, &point, &free, &mut f))
                .flatten();
            let next = slid.or_else(|| self.descend(&at, &point, &free, &mut damping, &mut f));
            let Some(next) = next else { break };
            (at, point) = next;
        }
        let rests = self.rests(&at, &point.gradient);
        let ending = match (finished, rests.iter().all(|&rest| rest == Rest::Inside)) {
            (false, _) => Ending::Unfinished,
            (true, true) => Ending::Converged,
            (true, false) => Ending::OnBoundary,
        };
        Some(Minimum {
            at,
            point,
            rests,
            decrement,
            iterations,
            ending,
        })
    }

    /// The step that the search ends with. It is known already and squares the error;
    /// to look at the value there would show nothing. On a ridge it may be long, and
    /// is not taken.
    fn last_step(&self, at: Vec<f64>, free: &[usize], plain: Option<Step>) -> Vec<f64> {
        const SHORT: f64 = 1e-3;
        match plain {
            Some(step) if step.by.iter().all(|by| by.abs() < SHORT) => {
                self.project(moved(&at, free, &step.by, 1.0))
            }
            _ => at,
        }
    }

    /// One accepted step; `None` if no step is of use.
    fn descend(
        &self,
        at: &[f64],
        point: &Point,
        free: &[usize],
        damping: &mut f64,
        f: &mut impl FnMut(&[f64]) -> Option<Point>,
    ) -> Option<(Vec<f64>, Point)> {
        let noise = noise(point);
        while *damping < MAX_DAMPING {
            let tried = step(point, free, *damping).and_then(|step| {
                let longest = step.by.iter().fold(0.0f64, |most, by| most.max(by.abs()));
                // No further than the first bound: a step cut in one parameter
                // only would leave the floor of the valley.
                let times = self.times_to_bound(at, free, &step.by);
                let shrink = (MAX_STEP / longest).min(times).min(1.0);
                let to = self.project(moved(at, free, &step.by, shrink));
                let next = f(&to).filter(Point::is_finite)?;
                let fall = point.value - next.value;
                let promised = 0.5 * step.decrement * shrink;
                // Near the end the fall drowns in rounding; there the step is
                // judged by the gradient, which still resolves it.
                let good = fall > 1e-4 * promised
                    || (promised <= noise && fall.abs() <= noise && flatter(&next, point, free));
                good.then_some((to, next, fall / promised))
            });
            if let Some((to, next, quality)) = tried {
                if quality > 0.5 {
                    *damping = if *damping > MIN_DAMPING {
                        *damping / 10.0
                    } else {
                        0.0
                    };
                }
                return Some((to, next));
            }
            *damping = (*damping * 8.0).max(1e-4);
        }
        None
    }

    /// Goes along a direction in which the value is flat to rounding, downhill by
    /// the slope, to the bound. A valley that falls for ever looks like this from
    /// some point on. `None` if the value rises on the way.
    fn slide(
        &self,
        at: &[f64],
        point: &Point,
        free: &[usize],
        f: &mut impl FnMut(&[f64]) -> Option<Point>,
    ) -> Option<(Vec<f64>, Point)> {
        let step = flattest(point, free)?;
        let times = self.times_to_bound(at, free, &step.by);
        if !times.is_finite() {
            return None;
        }
        let to = self.project(moved(at, free, &step.by, times));
        let next = f(&to).filter(Point::is_finite)?;
        (next.value <= point.value + noise(point)).then_some((to, next))
    }

    /// How often a step fits before the first bound that is still ahead.
    fn times_to_bound(&self, at: &[f64], free: &[usize], by: &[f64]) -> f64 {
        free.iter().zip(by).fold(f64::INFINITY, |least, (&k, &by)| {
            let (lower, upper) = self.bounds[k];
            let room = if by > 0.0 {
                upper - at[k]
            } else {
                at[k] - lower
            };
            if room > 0.0 && by.abs() > 0.0 {
                least.min(room / by.abs())
            } else {
                least
            }
        })
    }

    fn project(&self, mut at: Vec<f64>) -> Vec<f64> {
        for (x, (lower, upper)) in at.iter_mut().zip(&self.bounds) {
            *x = x.clamp(*lower, *upper);
        }
        at
    }

    /// A parameter rests on a bound if it is there and the value falls outward,
    /// or is flat: the slope may be rounding.
    fn rests(&self, at: &[f64], gradient: &[f64]) -> Vec<Rest> {
        const FLAT: f64 = 1e-6;
        let rest = |((&x, &slope), &(lower, upper)): ((&f64, &f64), &(f64, f64))| {
            if x <= lower && slope > -FLAT {
                Rest::AtLower
            } else if x >= upper && slope < FLAT {
                Rest::AtUpper
            } else {
                Rest::Inside
            }
        };
        at.iter()
            .zip(gradient)
            .zip(&self.bounds)
            .map(rest)
            .collect()
    }
}

/// A place moved by so many steps over the free parameters.
fn moved(at: &[f64], free: &[usize], by: &[f64], times: f64) -> Vec<f64> {
    let mut to = at.to_vec();
    for (&k, by) in free.iter().zip(by) {
        to[k] += by * times;
    }
    to
}

/// What a value cannot resolve: sums of many terms carry about this much.
fn noise(point: &Point) -> f64 {
    1e-13 * point.value.abs()
}

/// Whether the slope over the free parameters is smaller than before.
fn flatter(next: &Point, point: &Point, free: &[usize]) -> bool {
    let slope = |p: &Point| free.iter().map(|&k| p.gradient[k].powi(2)).sum::<f64>();
    slope(next) < slope(point)
}

/// The step with the least damping that gives one.
fn flattest(point: &Point, free: &[usize]) -> Option<Step> {
    let dampings = [1e-12, 1e-10, 1e-8, 1e-6, 1e-4];
    dampings
        .into_iter()
        .find_map(|damping| step(point, free, damping))
}

struct Step {
    by: Vec<f64>,
    decrement: f64,
}

/// The damped Newton step over the free parameters; `None` if the damped
/// Hessian is not positive definite.
fn step(point: &Point, free: &[usize], damping: f64) -> Option<Step> {
    let n = point.gradient.len();
    let m = free.len();
    let mut matrix = vec![0.0; m * m];
    for (row, &i) in free.iter().enumerate() {
        for (column, &j) in free.iter().enumerate() {
            matrix[row * m + column] = point.hessian[i * n + j];
        }
        // At least a little of the identity, for a diagonal that is not positive.
        let scale = point.hessian[i * n + i].abs().max(1e-8);
        matrix[row * m + row] += damping * scale;
    }
    let gradient: Vec<f64> = free.iter().map(|&k| point.gradient[k]).collect();
    let by = Cholesky::new(m, &matrix)?.solve(&gradient);
    let decrement = by.iter().zip(&gradient).map(|(p, g)| p * g).sum();
    Some(Step {
        by: by.into_iter().map(|p| -p).collect(),
        decrement,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn newton(bounds: &[(f64, f64)]) -> Newton {
        Newton {
            bounds: bounds.to_vec(),
            tolerance: 1e-20,
            max_iterations: 200,
        }
    }

    /// 100 (y - x²)² + (1 - x)²: a bent valley whose Hessian is indefinite off
    /// the floor.
    #[expect(
        clippy::unnecessary_wraps,
        reason = "the form that the optimiser asks for"
    )]
    fn rosenbrock(at: &[f64]) -> Option<Point> {
        let (x, y) = (at[0], at[1]);
        let bend = y - x * x;
        Some(Point {
            value: 100.0 * bend * bend + (1.0 - x).powi(2),
            gradient: vec![-400.0 * x * bend - 2.0 * (1.0 - x), 200.0 * bend],
            hessian: vec![
                1200.0 * x * x - 400.0 * y + 2.0,
                -400.0 * x,
                -400.0 * x,
                200.0,
            ],
        })
    }

    #[test]
    fn the_bent_valley_is_walked_to_its_end() {
        let wide = newton(&[(-50.0, 50.0); 2]);
        for start in [[-1.2, 1.0], [0.0, 5.0], [8.0, -3.0], [-40.0, 40.0]] {
            let found = wide.minimise(&start, rosenbrock).unwrap();
            assert_eq!(found.ending, Ending::Converged, "{start:?}");
            assert!(
                found.point.value < 1e-20 && found.iterations < 100,
                "{found:?}"
            );
            assert!((found.at[0] - 1.0).abs() < 1e-9, "{:?}", found.at);
            assert!((found.at[1] - 1.0).abs() < 1e-9, "{:?}", found.at);
        }
    }

    #[test]
    fn a_bound_in_the_way_is_named() {
        // Over x >= 1.5 the minimum is at x = 1.5, y = 2.25.
        let found = newton(&[(1.5, 9.0), (-9.0, 9.0)])
            .minimise(&[3.0, 0.0], rosenbrock)
            .unwrap();
        assert_eq!(found.ending, Ending::OnBoundary);
        assert_eq!(found.rests, [Rest::AtLower, Rest::Inside]);
        assert!((found.at[1] - 2.25).abs() < 1e-9);
    }

    #[test]
    fn a_value_without_a_minimum_ends_on_its_bound() {
        // e^-x falls for ever.
        let fall = |at: &[f64]| {
            let value = (-at[0]).exp();
            Some(Point {
                value,
                gradient: vec![-value],
                hessian: vec![value],
            })
        };
        let found = newton(&[(-3.0, 12.0)]).minimise(&[0.0], fall).unwrap();
        assert_eq!(found.ending, Ending::OnBoundary);
        assert_eq!(found.rests, [Rest::AtUpper]);
        let found = newton(&[(-3.0, 1e9)]).minimise(&[0.0], fall).unwrap();
        assert!(found.at[0] > 20.0, "{found:?}");
    }

    #[test]
    fn a_ridge_flat_to_rounding_is_followed_to_its_bound() {
        // (x - y)² + e^-(x + y): the floor of the valley falls for ever, and soon
        // by less than rounding.
        let ridge = |at: &[f64]| {
            let (across, along) = (at[0] - at[1], (-at[0] - at[1]).exp());
            Some(Point {
                value: 1e3 + across * across + along,
                gradient: vec![2.0 * across - along, -2.0 * across - along],
                hessian: vec![2.0 + along, along - 2.0, along - 2.0, 2.0 + along],
            })
        };
        let found = newton(&[(-40.0, 40.0); 2])
            .minimise(&[0.5, -1.0], ridge)
            .unwrap();
        assert_eq!(found.ending, Ending::OnBoundary, "{found:?}");
        assert!(found.at.iter().all(|&x| x > 39.9), "{found:?}");
    }

    #[test]
    fn convergence_is_seen_through_the_rounding_of_a_large_value() {
        // A large offset hides the last falls, as a sum over many customers does.
        let hidden = |at: &[f64]| {
            let mut point = rosenbrock(at)?;
            point.value += 1e7;
            Some(point)
        };
        let found = newton(&[(-50.0, 50.0); 2])
            .minimise(&[-1.2, 1.0], hidden)
            .unwrap();
        assert_eq!(found.ending, Ending::Converged);
        assert!((found.at[0] - 1.0).abs() < 1e-8);
    }

    #[test]
    fn places_without_a_value_are_stepped_around() {
        // ln x with x > 0 only: -ln x + x has its minimum at 1.
        let guarded = |at: &[f64]| {
            let x = at[0];
            (x > 0.0).then(|| Point {
                value: x - x.ln(),
                gradient: vec![1.0 - 1.0 / x],
                hessian: vec![1.0 / (x * x)],
            })
        };
        let wide = newton(&[(-100.0, 100.0)]);
        let found = wide.minimise(&[30.0], guarded).unwrap();
        assert_eq!(found.ending, Ending::Converged);
        assert!((found.at[0] - 1.0).abs() < 1e-9);
        assert!(wide.minimise(&[-1.0], guarded).is_none());
    }

    #[test]
    fn running_out_of_iterations_is_told() {
        let mut short = newton(&[(-50.0, 50.0); 2]);
        short.max_iterations = 3;
        let found = short.minimise(&[-1.2, 1.0], rosenbrock).unwrap();
        assert_eq!(found.ending, Ending::Unfinished);
        assert!(found.decrement > short.tolerance);
    }
}
