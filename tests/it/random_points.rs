//! A million models and histories at random: every prediction is a number in its
//! range, and silence never speaks for a customer.

use custometry::{
    data::{Days, DiscountRate, TimeUnit},
    value::{BgNbd, MbgNbd, Nbd, ParetoNbd, Prediction, PurchaseHistory, PurchaseModel},
};
use rayon::prelude::*;

/// A quarter of a million for each model.
const POINTS: u64 = 250_000;

/// How well two ways to the same number agree far from all data: with 2,700 purchases
/// in half an hour and a horizon of 270 years the expectation has eight digits.
const FAR: f64 = 1e-7;

/// Uniform on [0, 1), by splitmix64 (Steele, Lea and Flood 2014,
/// doi:10.1145/2660193.2660195).
struct Draw(u64);

impl Draw {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Between two numbers, even in logarithms.
    fn spread(&mut self, low: f64, high: f64) -> f64 {
        (low.ln() + (high / low).ln() * self.uniform()).exp()
    }
}

struct Point {
    frequency: u32,
    recency: f64,
    age: f64,
    horizon: Days,
}

impl Point {
    fn draw(draw: &mut Draw) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let frequency = match draw.uniform() {
            chance if chance < 0.2 => 0,
            _ => draw.spread(1.0, 5_000.0) as u32,
        };
        let age = draw.spread(0.01, 5_000.0);
        // A tenth of the last purchases are at the very end.
        let share = (draw.uniform() * 1.1).clamp(1e-9, 1.0);
        Self {
            frequency,
            recency: if frequency == 0 { 0.0 } else { age * share },
            age,
            horizon: Days(draw.spread(0.01, 1e5)),
        }
    }

    fn history(&self, age: f64) -> PurchaseHistory {
        PurchaseHistory::new(self.frequency, Days(self.recency), Days(age)).unwrap()
    }
}

fn check(name: &str, make: impl Fn(&mut Draw) -> Box<dyn PurchaseModel> + Sync) {
    let faults: Vec<String> = (0..POINTS)
        .into_par_iter()
        .filter_map(|number| {
            let mut draw = Draw(number);
            let model = make(&mut draw);
            let point = Point::draw(&mut draw);
            fault(model.as_ref(), &point, number).map(|what| {
                let Point {
                    frequency: x,
                    recency,
                    age,
                    horizon,
                } = point;
                format!("{what}: {model:?}, x {x}, t_x {recency:?}, T {age:?}, {horizon:?}")
            })
        })
        .collect();
    let shown = &faults[..faults.len().min(5)];
    assert!(
        faults.is_empty(),
        "{name}: {} faults\n{}",
        faults.len(),
        shown.join("\n")
    );
}

/// What is wrong with the predictions at a point. The dearer ones are asked of some
/// points only.
fn fault(model: &dyn PurchaseModel, point: &Point, number: u64) -> Option<String> {
    let now = point.history(point.age);
    let ask = |prediction| model.predict_one(&now, prediction).unwrap();
    let alive = ask(Prediction::PAlive);
    let in_range = |share: f64| (0.0..=1.0).contains(&share);
    if !in_range(alive) {
        return Some(format!("P(alive) {alive}"));
    }
    let log_likelihood = model.log_likelihood_one(&now);
    if !log_likelihood.is_finite() {
        return Some(format!("log-likelihood {log_likelihood}"));
    }
    // Longer silence, by a little and by a lot. Rounding may take an ulp.
    for longer in [1.001, 1.5, 20.0] {
        let later = model.p_alive_one(&point.history(point.age * longer));
        if !in_range(later) || later > alive * (1.0 + 1e-13) {
            return Some(format!(
                "P(alive) {alive}, after {longer} times as long {later}"
            ));
        }
    }
    let stays = ask(Prediction::PAliveIn(point.horizon));
    if !in_range(stays) || stays > alive * (1.0 + 1e-12) {
        return Some(format!("P(alive) {alive}, later {stays}"));
    }
    let expected = ask(Prediction::Expected(point.horizon));
    if !expected.is_finite() || expected < 0.0 {
        return Some(format!("expected {expected}"));
    }
    if !number.is_multiple_of(32) {
        return None;
    }
    for n in [0, 1, 7] {
        let exactly = ask(Prediction::Exactly(n, point.horizon));
        if !in_range(exactly) {
            return Some(format!("P({n}) {exactly}"));
        }
    }
    let rate = DiscountRate::annual(0.15).unwrap();
    let discounted = ask(Prediction::Discounted(point.horizon, rate));
    if !discounted.is_finite() || discounted < 0.0 || discounted > expected * (1.0 + FAR) {
        return Some(format!("discounted {discounted} of {expected}"));
    }
    let residual = ask(Prediction::Residual(rate));
    if !residual.is_finite() || residual < discounted * (1.0 - FAR) {
        return Some(format!("discounted {discounted} of all {residual}"));
    }
    let silence = ask(Prediction::SilenceAge(0.5));
    if silence.is_nan() || silence < point.recency * (1.0 - 1e-12) {
        return Some(format!("silent at {silence}"));
    }
    None
}

#[test]
fn nbd_is_sound_everywhere() {
    check("NBD", |draw| {
        let (r, alpha) = (draw.spread(0.01, 100.0), draw.spread(0.01, 1e4));
        Box::new(Nbd::new(TimeUnit::Days, r, alpha).unwrap())
    });
}

fn beta_geometric(draw: &mut Draw) -> [f64; 4] {
    [
        draw.spread(0.01, 100.0),
        draw.spread(0.01, 1e4),
        draw.spread(0.01, 100.0),
        draw.spread(0.01, 100.0),
    ]
}

#[test]
fn bg_nbd_is_sound_everywhere() {
    check("BG/NBD", |draw| {
        let [r, alpha, a, b] = beta_geometric(draw);
        Box::new(BgNbd::new(TimeUnit::Days, r, alpha, a, b).unwrap())
    });
}

#[test]
fn mbg_nbd_is_sound_everywhere() {
    check("MBG/NBD", |draw| {
        let [r, alpha, a, b] = beta_geometric(draw);
        Box::new(MbgNbd::new(TimeUnit::Days, r, alpha, a, b).unwrap())
    });
}

#[test]
fn pareto_nbd_is_sound_everywhere() {
    check("Pareto/NBD", |draw| {
        let (r, alpha) = (draw.spread(0.01, 100.0), draw.spread(0.01, 1e4));
        let (s, beta) = (draw.spread(0.01, 100.0), draw.spread(0.01, 1e4));
        Box::new(ParetoNbd::new(TimeUnit::Days, r, alpha, s, beta).unwrap())
    });
}
