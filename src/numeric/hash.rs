//! Hashes that are the same on every machine and in every version, for keys, samples
//! and fingerprints.

/// FNV-1a of 64 bits (Fowler, Noll and Vo).
pub(crate) fn fnv1a(bytes: impl IntoIterator<Item = u8>) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(PRIME);
    bytes.into_iter().fold(OFFSET, step)
}

/// Spreads a number over all 64 bits, one to one: the finaliser of `SplitMix64`
/// (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195).
#[inline]
pub(crate) fn mix(mut number: u64) -> u64 {
    number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_their_authors() {
        // The first outputs of SplitMix64 with the seed 1234567, and FNV's own vector.
        let step = 0x9e37_79b9_7f4a_7c15u64;
        let output = |calls: u64| mix(1_234_567u64.wrapping_add(calls.wrapping_mul(step)));
        assert_eq!(output(0), 6_457_827_717_110_365_317);
        assert_eq!(output(1), 3_203_168_211_198_807_973);
        assert_eq!(fnv1a(*b"foobar"), 0x8594_4171_f739_67e8);
    }
}
