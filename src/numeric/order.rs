//! Numbers as whole numbers in the same order, which sort faster.

/// A whole number that compares as the number does; -0 is 0.
pub(crate) fn to_order(number: f64) -> u64 {
    // + 0.0 makes -0 a 0.
    let bits = (number + 0.0).to_bits();
    if bits >> 63 == 1 {
        !bits
    } else {
        bits | 1 << 63
    }
}

/// The number back from [`to_order`].
pub(crate) fn from_order(order: u64) -> f64 {
    let bits = if order >> 63 == 1 {
        order & !(1 << 63)
    } else {
        !order
    };
    f64::from_bits(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_order_and_come_back() {
        let numbers = [
            f64::NEG_INFINITY,
            f64::MIN,
            -1.0,
            -f64::MIN_POSITIVE,
            0.0,
            1e-320,
            0.5,
            f64::MAX,
            f64::INFINITY,
        ];
        let orders = numbers.map(to_order);
        assert!(orders.is_sorted_by(|a, b| a < b));
        let back = orders.map(from_order);
        assert_eq!(back.map(f64::to_bits), numbers.map(f64::to_bits));
        assert_eq!(to_order(-0.0), to_order(0.0));
    }
}
