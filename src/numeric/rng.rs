//! Random numbers that depend on what they are for, not on when they are drawn.
//!
//! Philox 4x32-10 (Salmon, Moraes, Dror and Shaw 2011, "Parallel random numbers:
//! as easy as 1, 2, 3", doi:10.1145/2063384.2063405) scrambles a counter under a
//! key. The key is the seed, the counter names the item, so item 7 draws the
//! same numbers on any thread, in any order, alone or among a million.

/// The random numbers of one item under one seed.
#[derive(Clone)]
pub(crate) struct Stream {
    key: [u32; 2],
    counter: [u32; 4],
    block: [u32; 4],
    /// Numbers of `block` already given.
    used: usize,
}

const ROUNDS: u32 = 10;
const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
/// The golden ratio and the square root of 3 less 1, as fractions of 2^32.
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];

#[expect(clippy::cast_possible_truncation, reason = "halves of a word")]
fn halves(word: u64) -> [u32; 2] {
    [word as u32, (word >> 32) as u32]
}

fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..ROUNDS {
        let [low0, high0] = halves(u64::from(MULTIPLIERS[0]) * u64::from(counter[0]));
        let [low1, high1] = halves(u64::from(MULTIPLIERS[1]) * u64::from(counter[2]));
        counter = [
            high1 ^ counter[1] ^ key[0],
            low1,
            high0 ^ counter[3] ^ key[1],
            low0,
        ];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counter
}

impl Stream {
    /// The stream of an item. `purpose` keeps apart the streams that one item
    /// has under one seed.
    pub(crate) fn new(seed: u64, purpose: u32, item: u64) -> Self {
        let [low, high] = halves(item);
        Self {
            key: halves(seed),
            counter: [0, purpose, low, high],
            block: [0; 4],
            used: 4,
        }
    }

    fn next_u32(&mut self) -> u32 {
        if self.used == self.block.len() {
            self.block = philox(self.counter, self.key);
            self.counter[0] = self.counter[0].wrapping_add(1);
            self.used = 0;
        }
        self.used += 1;
        self.block[self.used - 1]
    }

    pub(crate) fn next_u64(&mut self) -> u64 {
        let low = u64::from(self.next_u32());
        low | u64::from(self.next_u32()) << 32
    }

    /// Uniform on the open interval (0, 1), on a grid of 2^-52.
    pub(crate) fn uniform(&mut self) -> f64 {
        ((self.next_u64() >> 12) as f64 + 0.5) / (1u64 << 52) as f64
    }

    /// A whole number below `count`; 0 if there is none. The high word of a product: off
    /// from uniform by less than `count` / 2^64.
    pub(crate) fn below(&mut self, count: u64) -> u64 {
        let product = u128::from(self.next_u64()) * u128::from(count);
        (product >> 64) as u64
    }

    /// A place in something of length `len`.
    pub(crate) fn index(&mut self, len: usize) -> usize {
        #[expect(clippy::cast_possible_truncation, reason = "below a length")]
        let at = self.below(len as u64) as usize;
        at
    }

    /// Exponential with mean 1.
    pub(crate) fn exponential(&mut self) -> f64 {
        -self.uniform().ln()
    }

    /// Standard normal, by the polar method (Marsaglia and Bray 1964,
    /// doi:10.1137/1006063). The second number of each pair is let go: keeping
    /// it would make a draw depend on the draw before.
    pub(crate) fn normal(&mut self) -> f64 {
        loop {
            let u = 2.0 * self.uniform() - 1.0;
            let v = 2.0 * self.uniform() - 1.0;
            let s = u * u + v * v;
            if s > 0.0 && s < 1.0 {
                return u * (-2.0 * s.ln() / s).sqrt();
            }
        }
    }

    /// The logarithm of a gamma variate of scale 1 (Marsaglia and Tsang 2000,
    /// doi:10.1145/358407.358414). As a logarithm, so that tiny shapes, whose
    /// variates underflow, still compare and divide.
    pub(crate) fn ln_gamma(&mut self, shape: f64) -> f64 {
        // Below 1 the method does not apply: a variate of shape + 1 times
        // U^(1 / shape) has the wanted law.
        let boost = if shape < 1.0 {
            self.uniform().ln() / shape
        } else {
            0.0
        };
        let d = if shape < 1.0 { shape + 1.0 } else { shape } - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let root = 1.0 + c * x;
            if root <= 0.0 {
                continue;
            }
            let v = root * root * root;
            if self.uniform().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d.ln() + v.ln() + boost;
            }
        }
    }

    /// Gamma with the given shape and scale 1.
    pub(crate) fn gamma(&mut self, shape: f64) -> f64 {
        self.ln_gamma(shape).exp()
    }

    /// Beta, as the share of one gamma variate in the sum of two.
    pub(crate) fn beta(&mut self, a: f64, b: f64) -> f64 {
        let x = self.ln_gamma(a);
        let y = self.ln_gamma(b);
        1.0 / (1.0 + (y - x).exp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn philox_against_the_known_answers_of_random123() {
        // kat_vectors of Random123 1.14, philox4x32 with 10 rounds.
        let cases = [
            (
                [0; 4],
                [0; 2],
                [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8],
            ),
            (
                [u32::MAX; 4],
                [u32::MAX; 2],
                [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd],
            ),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ];
        for (counter, key, expected) in cases {
            assert_eq!(philox(counter, key), expected);
        }
    }

    #[test]
    fn streams_are_their_own() {
        let first = |seed, purpose, item| Stream::new(seed, purpose, item).next_u64();
        let all = [
            first(1, 0, 0),
            first(2, 0, 0),
            first(1, 1, 0),
            first(1, 0, 1),
            first(1, 0, 1 << 32),
        ];
        for (at, number) in all.iter().enumerate() {
            assert!(!all[..at].contains(number));
        }
        assert_eq!(first(1, 0, 0), all[0]);
    }

    /// Mean and variance within five standard errors of the truth.
    fn check_moments(name: &str, mean: f64, variance: f64, mut draw: impl FnMut(u64) -> f64) {
        const N: u64 = 100_000;
        let draws: Vec<f64> = (0..N).map(&mut draw).collect();
        let n = N as f64;
        let got = draws.iter().sum::<f64>() / n;
        let spread = draws.iter().map(|x| (x - got).powi(2)).sum::<f64>() / n;
        let fourth = draws.iter().map(|x| (x - got).powi(4)).sum::<f64>() / n;
        let se = (variance / n).sqrt();
        assert!(
            (got - mean).abs() < 5.0 * se,
            "{name}: mean {got}, truth {mean}"
        );
        let se = ((fourth - spread * spread) / n).sqrt();
        let off = (spread - variance).abs();
        assert!(
            off < 5.0 * se,
            "{name}: variance {spread}, truth {variance}"
        );
    }

    #[test]
    fn whole_numbers_are_below_and_even() {
        let mut draw = Stream::new(7, 0, 0);
        let mut counts = [0u32; 7];
        (0..70_000).for_each(|_| counts[draw.index(7)] += 1);
        // Five standard errors of a count of 10,000.
        assert!(counts.iter().all(|count| count.abs_diff(10_000) < 463));
        assert_eq!(draw.below(1), 0);
        assert_eq!(draw.below(0), 0);
        assert!((0..100).all(|_| draw.below(u64::MAX) < u64::MAX));
    }

    #[test]
    fn draws_have_the_moments_of_their_laws() {
        let stream = |item| Stream::new(7, 0, item);
        check_moments("uniform", 0.5, 1.0 / 12.0, |i| stream(i).uniform());
        check_moments("exponential", 1.0, 1.0, |i| stream(i).exponential());
        check_moments("normal", 0.0, 1.0, |i| stream(i).normal());
        for shape in [0.05, 0.5, 1.0, 4.2, 90.0] {
            check_moments("gamma", shape, shape, |i| stream(i).gamma(shape));
        }
        for (a, b) in [(0.8f64, 2.4f64), (0.05, 0.02), (30.0, 4.0)] {
            let n = a + b;
            let variance = a * b / (n * n * (n + 1.0));
            check_moments("beta", a / n, variance, |i| stream(i).beta(a, b));
        }
    }
}
