//! Numbers as people read them.

/// What a number counts, and how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum Unit {
    /// Whole things.
    Count,
    /// Shares, told in per cent.
    Share,
    /// Plain numbers.
    Plain,
}

/// With separators of thousands and so many digits after the point.
pub(in crate::report) fn grouped(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let plain = format!("{:.digits$}", value.abs());
    let (whole, rest) = plain.split_at(plain.find('.').unwrap_or(plain.len()));
    let mut text = String::new();
    // What is rounded to nothing has no sign.
    if value < 0.0 && plain.contains(|digit: char| matches!(digit, '1'..='9')) {
        text.push('−');
    }
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text + rest
}

impl Unit {
    /// A number with as many digits as tell something.
    pub(in crate::report) fn write(self, value: f64) -> String {
        match self {
            Self::Count => grouped(value, 0),
            Self::Share => format!("{}%", grouped(value * 100.0, 1)),
            Self::Plain => {
                let size = value.abs();
                let digits = if !(1e-12..100.0).contains(&size) {
                    0
                } else if size >= 10.0 {
                    1
                } else {
                    2
                };
                grouped(value, digits)
            }
        }
    }

    /// The numbers of an axis, with as many digits as their distance asks for.
    pub(super) fn ticks(self, values: &[f64]) -> Vec<String> {
        let scale = if self == Self::Share { 100.0 } else { 1.0 };
        let step = match values {
            [one, two, ..] => (two - one).abs() * scale,
            _ => 1.0,
        };
        let most = values
            .iter()
            .fold(0.0_f64, |most, value| most.max(value.abs()))
            * scale;
        let (divisor, sign) = if most >= 1e7 && step >= 1e5 {
            (1e6, " M")
        } else if most >= 1e5 && step >= 1e3 {
            (1e3, " k")
        } else {
            (1.0, "")
        };
        let step = step / divisor;
        let digits = [1.0, 0.1, 0.01]
            .iter()
            .take_while(|&&size| {
                (step / size).fract().abs() > 1e-9 && ((step / size).fract() - 1.0).abs() > 1e-9
            })
            .count();
        let sign = if self == Self::Share { "%" } else { sign };
        let write = |value: &f64| {
            let text = grouped(value * scale / divisor, digits);
            // Nothing is nothing in any unit.
            let bare = *value == 0.0 && self != Self::Share;
            if bare { text } else { text + sign }
        };
        values.iter().map(write).collect()
    }
}
