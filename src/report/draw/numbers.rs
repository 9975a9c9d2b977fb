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

/// The ends of an interval in a table; nothing where there is none.
pub(super) fn ends(interval: Option<(f64, f64)>) -> [String; 2] {
    interval.map_or_else(Default::default, |(lo, hi)| {
        [lo.to_string(), hi.to_string()]
    })
}

/// A number of a table with no more digits than people read; anything else as it is.
pub(in crate::report) fn short(cell: &str) -> String {
    match cell.parse::<f64>() {
        // Without a point it may be a name, such as that of a day.
        Ok(value) if value.is_finite() && cell.len() > 7 && cell.contains('.') => {
            let digits = if value.abs() >= 100.0 { 1 } else { 4 };
            grouped(value, digits)
        }
        _ => cell.to_owned(),
    }
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
        // As many digits as the distance of two numbers has, three at most.
        let is_whole = |scaled: f64| (scaled - scaled.round()).abs() < 1e-6;
        let digits = [1.0, 10.0, 100.0]
            .iter()
            .take_while(|tens| !is_whole(step * **tens))
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
