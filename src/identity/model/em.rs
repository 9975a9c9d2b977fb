//! m: how records of one person compare, from pairs of which nobody said so.
//!
//! Each training rule makes a set of pairs, in which agreement on the columns of the
//! rule says nothing: comparisons that look at these are left out there. All sets share
//! the chances m, and h of families; each has its own shares of pairs of one person and
//! of one family. All are found together by expectation and maximisation (Dempster, Laird and
//! Rubin 1977) over the patterns of agreement, with u fixed.

use super::patterns::Patterns;
use crate::identity::comparison::NO_LEVEL;

/// The pairs of one training rule.
pub(super) struct Session {
    pub(super) patterns: Patterns,
    /// Whether each comparison counts in it.
    pub(super) allows: Vec<bool>,
    /// The share of pairs of one person, and of one family.
    pub(super) matches: f64,
    pub(super) families: f64,
}

/// The chances of the levels of one comparison.
#[derive(Clone)]
pub(super) struct Chances {
    pub(super) m: Vec<f64>,
    pub(super) u: Vec<f64>,
    /// Of families, where they agree on it more often than by chance.
    pub(super) h: Option<Vec<f64>>,
    /// The most that families may agree in the best level.
    pub(super) h_at_most: f64,
}

/// How probable a pattern makes each class.
#[derive(Clone, Copy, Default)]
pub(super) struct Posterior {
    pub(super) matches: f64,
    pub(super) families: f64,
}

/// What is added to each level before shares are taken: no chance becomes 0, and a
/// level that was never seen is not impossible.
const PSEUDO: f64 = 0.5;

/// The least and the most share of a class among the pairs of a session.
const LEAST: f64 = 1e-6;
const MOST: f64 = 1.0 - 1e-3;

/// How probable a pattern is in each class, in logarithms.
#[derive(Clone, Copy, Default)]
pub(super) struct Likelihood {
    matches: f64,
    random: f64,
    families: f64,
}

/// The logarithms of chances: taken once, not for every pattern.
pub(super) struct Logarithms {
    /// By comparison and level.
    levels: Vec<Vec<Likelihood>>,
    has_families: bool,
}

impl Logarithms {
    pub(super) fn new(chances: &[Chances]) -> Self {
        let ln = |chance: f64| chance.max(1e-300).ln();
        let of_one = |Chances { m, u, h, .. }: &Chances| {
            let level = |at: usize| Likelihood {
                matches: ln(m[at]),
                random: ln(u[at]),
                families: ln(h.as_ref().unwrap_or(u)[at]),
            };
            (0..m.len()).map(level).collect()
        };
        Self {
            levels: chances.iter().map(of_one).collect(),
            has_families: chances.iter().any(|one| one.h.is_some()),
        }
    }

    /// How probable a pattern is, by the comparisons that are allowed.
    pub(super) fn of(&self, levels: &[u8], allows: impl Fn(usize) -> bool) -> Likelihood {
        let mut sum = Likelihood::default();
        for (at, &level) in levels.iter().enumerate() {
            if level == NO_LEVEL || !allows(at) {
                continue;
            }
            let one = self.levels[at][usize::from(level)];
            sum.matches += one.matches;
            sum.random += one.random;
            sum.families += one.families;
        }
        sum
    }

    /// The chance of each class given a pattern, by the shares of pairs of one person and
    /// of one family.
    pub(super) fn posterior(&self, of: Likelihood, (matches, families): (f64, f64)) -> Posterior {
        let m = of.matches + matches.ln();
        let u = of.random + (1.0 - matches - families).max(1e-300).ln();
        let h = of.families + families.ln();
        let most = if self.has_families {
            m.max(u).max(h)
        } else {
            m.max(u)
        };
        let (m, u) = ((m - most).exp(), (u - most).exp());
        let h = if self.has_families {
            (h - most).exp()
        } else {
            0.0
        };
        Posterior {
            matches: m / (m + u + h),
            families: h / (m + u + h),
        }
    }
}

/// How an iteration ended.
pub(super) struct Ending {
    pub(super) iterations: usize,
    /// The largest change of a chance in the last one.
    pub(super) last_change: f64,
}

pub(super) const TOLERANCE: f64 = 1e-7;
const MOST_ITERATIONS: usize = 1_000;

/// Finds m unless it is known, h, and the shares of each session.
pub(super) fn fit(sessions: &mut [Session], chances: &mut [Chances], m_is_known: bool) -> Ending {
    let mut ending = Ending {
        iterations: 0,
        last_change: f64::INFINITY,
    };
    while ending.iterations < MOST_ITERATIONS && ending.last_change > TOLERANCE {
        ending.last_change = step(sessions, chances, m_is_known);
        ending.iterations += 1;
    }
    ending
}

/// One iteration; gives the largest change of a chance.
fn step(sessions: &mut [Session], chances: &mut [Chances], m_is_known: bool) -> f64 {
    let logarithms = Logarithms::new(chances);
    let empty = || -> Vec<Vec<f64>> {
        chances
            .iter()
            .map(|one| vec![PSEUDO; one.m.len()])
            .collect()
    };
    let (mut of_m, mut of_h) = (empty(), empty());
    for session in sessions.iter_mut() {
        let shares = (session.matches, session.families);
        let (mut matches, mut families, mut total) = (0.0, 0.0, 0.0);
        for at in 0..session.patterns.len() {
            let (levels, count) = (session.patterns.levels(at), session.patterns.counts[at]);
            let allows = |comparison: usize| session.allows[comparison];
            let found = logarithms.posterior(logarithms.of(levels, allows), shares);
            matches += count * found.matches;
            families += count * found.families;
            total += count;
            for (comparison, &level) in levels.iter().enumerate() {
                if level == NO_LEVEL || !session.allows[comparison] {
                    continue;
                }
                of_m[comparison][usize::from(level)] += count * found.matches;
                of_h[comparison][usize::from(level)] += count * found.families;
            }
        }
        if total > 0.0 {
            session.matches = (matches / total).clamp(LEAST, MOST);
            let most = (1.0 - session.matches - LEAST).max(LEAST);
            session.families = (families / total).clamp(LEAST.min(most), most);
        }
    }
    let mut change = 0.0f64;
    for (at, one) in chances.iter_mut().enumerate() {
        // What no session looks at keeps the chances that it has.
        if !sessions.iter().any(|session| session.allows[at]) {
            continue;
        }
        let mut update = |old: &mut Vec<f64>, sums: &[f64]| {
            let total: f64 = sums.iter().sum();
            for (old, sum) in old.iter_mut().zip(sums) {
                let new = sum / total;
                change = change.max((new - *old).abs());
                *old = new;
            }
        };
        if !m_is_known {
            update(&mut one.m, &of_m[at]);
        }
        if let Some(old) = &mut one.h {
            update(old, &of_h[at]);
            at_most(old, one.h_at_most);
        }
    }
    change
}

/// Takes from the best level what is above a bound, and gives it to the others.
fn at_most(chances: &mut [f64], bound: f64) {
    if chances[0] > bound {
        let rest = (1.0 - bound) / (1.0 - chances[0]);
        for chance in chances.iter_mut().skip(1) {
            *chance *= rest;
        }
        chances[0] = bound;
    }
}
