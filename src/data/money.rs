//! Money: whole minor units of one currency, exact from the text of a file on.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// An amount of money in minor units (cents, pence, sen). Negative for refunds.
///
/// # Example
///
/// ```
/// use custometry::data::{Currency, MinorUnits};
/// let price = Currency::USD.parse("11.77")?;
/// assert_eq!(price, MinorUnits(1177));
/// assert_eq!(Currency::USD.format(price), "11.77");
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct MinorUnits(pub i64);

impl MinorUnits {
    /// A sum of amounts, if it fits; `whose` says of what, as in "one customer".
    pub(crate) fn from_sum(sum: i128, whose: &str) -> Result<Self> {
        match i64::try_from(sum) {
            Ok(minor) => Ok(Self(minor)),
            Err(_) => Err(Self::too_much(whose)),
        }
    }

    /// The error for a sum that does not fit.
    pub(crate) fn too_much(whose: &str) -> Error {
        let remedy = "exceeds 9.2e18 minor units; use a smaller scale";
        Error::Overflow {
            what: format!("the money of {whose} {remedy}").into(),
        }
    }
}

/// A currency and its number of decimals: one for all amounts of a log.
///
/// # Example
///
/// ```
/// use custometry::data::Currency;
/// let dinar = Currency::new("KWD", 3)?;
/// assert_eq!((dinar.code(), dinar.scale()), ("KWD", 3));
/// assert_eq!(dinar.parse("1.5")?.0, 1500);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "CurrencyFields", into = "CurrencyFields")]
pub struct Currency {
    code: [u8; 3],
    scale: u8,
}

/// How a currency is saved.
#[derive(Serialize, Deserialize)]
struct CurrencyFields {
    code: String,
    scale: u8,
}

impl TryFrom<CurrencyFields> for Currency {
    type Error = Error;
    fn try_from(fields: CurrencyFields) -> Result<Self> {
        Self::new(&fields.code, fields.scale)
    }
}

impl From<Currency> for CurrencyFields {
    fn from(currency: Currency) -> Self {
        Self {
            code: currency.code().to_owned(),
            scale: currency.scale,
        }
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Currency({self})")
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with {} decimals", self.code(), self.scale)
    }
}

impl Currency {
    /// United States dollar, 2 decimals.
    pub const USD: Self = Self::known(*b"USD", 2);
    /// Euro, 2 decimals.
    pub const EUR: Self = Self::known(*b"EUR", 2);
    /// Pound sterling, 2 decimals.
    pub const GBP: Self = Self::known(*b"GBP", 2);
    /// Swiss franc, 2 decimals.
    pub const CHF: Self = Self::known(*b"CHF", 2);
    /// Japanese yen, no decimals.
    pub const JPY: Self = Self::known(*b"JPY", 0);

    /// The most decimals a currency may have.
    pub const MAX_SCALE: u8 = 12;

    const fn known(code: [u8; 3], scale: u8) -> Self {
        Self { code, scale }
    }

    /// A currency by its three-letter code and the number of its decimals.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless the code is three capital ASCII
    /// letters and the scale at most [`MAX_SCALE`](Self::MAX_SCALE).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::Currency;
    /// assert_eq!(Currency::new("JPY", 0)?, Currency::JPY);
    /// assert!(Currency::new("yen", 0).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn new(code: &str, scale: u8) -> Result<Self> {
        let letters: Option<[u8; 3]> = code.as_bytes().try_into().ok();
        let Some(letters) = letters.filter(|bytes| bytes.iter().all(u8::is_ascii_uppercase)) else {
            return Err(Error::parameter(
                "currency code",
                format!("{code:?}"),
                "three capital letters such as EUR (ISO 4217)",
            ));
        };
        if scale > Self::MAX_SCALE {
            return Err(Error::parameter(
                "currency scale",
                scale,
                "a number of decimals from 0 to 12",
            ));
        }
        Ok(Self::known(letters, scale))
    }

    /// A currency with the number of decimals that ISO 4217 gives it.
    ///
    /// Nearly all have two. A code that is not in the standard is taken with two as well; where that
    /// is wrong, [`new`](Self::new) says how many there are.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless the code is three capital ASCII letters.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::Currency;
    /// assert_eq!(Currency::iso("JPY")?, Currency::JPY);
    /// assert_eq!(Currency::iso("KWD")?.scale(), 3);
    /// assert_eq!(Currency::iso("SEK")?.scale(), 2);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn iso(code: &str) -> Result<Self> {
        // ISO 4217 list one, 2024: all that have other than two decimals.
        let scale = match code {
            "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF"
            | "UGX" | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
            "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
            "CLF" | "UYW" => 4,
            _ => 2,
        };
        Self::new(code, scale)
    }

    /// The three-letter code.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(custometry::data::Currency::GBP.code(), "GBP");
    /// ```
    pub fn code(&self) -> &str {
        // The constructors admit ASCII letters only.
        std::str::from_utf8(&self.code).unwrap_or("XXX")
    }

    /// The number of decimals.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(custometry::data::Currency::JPY.scale(), 0);
    /// ```
    pub fn scale(&self) -> u8 {
        self.scale
    }

    /// How many minor units make one unit of currency, as `f64`.
    pub(crate) fn unit(&self) -> f64 {
        self.unit_i128() as f64
    }

    fn unit_i128(&self) -> i128 {
        10i128.pow(u32::from(self.scale))
    }

    /// Reads a decimal number exactly: an optional sign, digits, an optional
    /// point and digits. Blanks around it are allowed.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] if the text is not such a number (group
    /// separators, currency signs and exponents are refused rather than guessed
    /// at), has decimals other than 0 beyond the scale of the currency, or is
    /// out of range.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{Currency, MinorUnits};
    /// assert_eq!(Currency::EUR.parse(" -0.50 ")?, MinorUnits(-50));
    /// assert_eq!(Currency::EUR.parse("7.100")?, MinorUnits(710));
    /// assert!(Currency::EUR.parse("7.101").is_err());
    /// assert!(Currency::EUR.parse("1,000").is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn parse(&self, text: &str) -> Result<MinorUnits> {
        let (minor, exact) = self.round(text, Decimal::parse(text))?;
        if exact {
            return Ok(minor);
        }
        Err(Error::parameter(
            "amount",
            format!("{text:?}"),
            format!(
                "at most {} decimals in {}; round it first, or use parse_rounded",
                self.scale,
                self.code()
            ),
        ))
    }

    /// Reads a decimal number like [`parse`](Self::parse) and rounds decimals
    /// beyond the scale half to even. Says whether it was exact.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse), but for decimals beyond the scale.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{Currency, MinorUnits};
    /// assert_eq!(Currency::EUR.parse_rounded("0.125")?, (MinorUnits(12), false));
    /// assert_eq!(Currency::EUR.parse_rounded("0.135")?, (MinorUnits(14), false));
    /// assert_eq!(Currency::EUR.parse_rounded("0.130")?, (MinorUnits(13), true));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn parse_rounded(&self, text: &str) -> Result<(MinorUnits, bool)> {
        self.round(text, Decimal::parse(text))
    }

    /// Reads a quantity and a unit price and gives their product, rounded once,
    /// half to even. Says whether it was exact.
    ///
    /// # Errors
    ///
    /// As [`parse_rounded`](Self::parse_rounded), for either number.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{Currency, MinorUnits};
    /// assert_eq!(Currency::GBP.parse_product("-6", "2.55")?, (MinorUnits(-1530), true));
    /// assert_eq!(Currency::GBP.parse_product("0.5", "0.05")?, (MinorUnits(2), false));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn parse_product(&self, quantity: &str, unit_price: &str) -> Result<(MinorUnits, bool)> {
        let text = format!("{quantity} x {unit_price}");
        let product = Decimal::parse(quantity)
            .and_then(|quantity| quantity.times(&Decimal::parse(unit_price)?));
        self.round(&text, product)
    }

    /// The amount nearest to a binary floating-point number, half to even.
    ///
    /// The number is taken at its exact binary value: `1.005` is stored a little
    /// below 1.005 and gives 1.00. Text is the better source where there is one.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] if it is not finite or out of range.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{Currency, MinorUnits};
    /// assert_eq!(Currency::USD.from_f64(0.125)?, MinorUnits(12));
    /// assert_eq!(Currency::USD.from_f64(0.375)?, MinorUnits(38));
    /// assert!(Currency::USD.from_f64(f64::NAN).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn from_f64(&self, amount: f64) -> Result<MinorUnits> {
        // -2^63 is the first float inside the range, 2^63 the first one past it.
        // A NaN is in no range.
        const LIMIT: f64 = 9_223_372_036_854_775_808.0;
        let unit = self.unit();
        let scaled = amount * unit;
        if !(-LIMIT..LIMIT).contains(&scaled) {
            return Err(Error::parameter(
                "amount",
                amount,
                format!(
                    "a finite number within ±9.2e18 minor units of {}",
                    self.code()
                ),
            ));
        }
        // The product is rounded; fused multiply-add gives what was lost, which
        // decides where the product only looks like a tie.
        let lost = amount.mul_add(unit, -scaled);
        let floor = scaled.floor();
        let tie = (scaled - floor).to_bits() == 0.5f64.to_bits();
        let rounded = match lost.partial_cmp(&0.0) {
            Some(std::cmp::Ordering::Less) if tie => floor,
            Some(std::cmp::Ordering::Greater) if tie => floor + 1.0,
            _ => scaled.round_ties_even(),
        };
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the range is checked above"
        )]
        Ok(MinorUnits(rounded as i64))
    }

    /// The amount in units of currency, for models and display.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{Currency, MinorUnits};
    /// assert!((Currency::USD.to_f64(MinorUnits(1177)) - 11.77).abs() < 1e-12);
    /// ```
    pub fn to_f64(&self, amount: MinorUnits) -> f64 {
        amount.0 as f64 / self.unit()
    }

    /// The amount as decimal text, with all decimals of the currency.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{Currency, MinorUnits};
    /// assert_eq!(Currency::USD.format(MinorUnits(-5)), "-0.05");
    /// assert_eq!(Currency::JPY.format(MinorUnits(1500)), "1500");
    /// ```
    pub fn format(&self, amount: MinorUnits) -> String {
        let sign = if amount.0 < 0 { "-" } else { "" };
        let digits = amount.0.unsigned_abs();
        let unit = self.unit_i128().unsigned_abs();
        let (whole, part) = (u128::from(digits) / unit, u128::from(digits) % unit);
        if self.scale == 0 {
            return format!("{sign}{whole}");
        }
        format!(
            "{sign}{whole}.{part:0width$}",
            width = usize::from(self.scale)
        )
    }

    /// Brings a decimal to the scale of the currency, half to even.
    fn round(
        &self,
        text: &str,
        decimal: std::result::Result<Decimal, &'static str>,
    ) -> Result<(MinorUnits, bool)> {
        let refused = |expected| Error::parameter("amount", format!("{text:?}"), expected);
        let decimal = decimal.map_err(refused)?;
        let (minor, exact) = decimal
            .at_scale(u32::from(self.scale))
            .ok_or_else(|| refused(TOO_LARGE))?;
        Ok((MinorUnits(minor), exact))
    }
}

const TOO_LARGE: &str = "an amount within ±9.2e18 minor units";

/// ± `magnitude` x 10^-`decimals`, and a little more if `cut`.
struct Decimal {
    negative: bool,
    magnitude: u128,
    decimals: u32,
    /// Whether decimals past the last one kept, not all 0, were cut off.
    cut: bool,
}

impl Decimal {
    /// Decimals kept: enough for any scale, and few enough to fit beside the 19
    /// digits of the largest amount.
    const KEPT: u32 = 18;

    fn parse(text: &str) -> std::result::Result<Self, &'static str> {
        const FORM: &str = "a decimal number such as -12.34, without group separators, \
                            currency signs or exponent";
        let (negative, digits) = match text.trim().as_bytes() {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] | rest => (false, rest),
        };
        let mut number = Self {
            negative,
            magnitude: 0,
            decimals: 0,
            cut: false,
        };
        let (mut seen_point, mut any_digit) = (false, false);
        for &byte in digits {
            match byte {
                b'.' if !seen_point => seen_point = true,
                b'0'..=b'9' => {
                    any_digit = true;
                    if number.decimals == Self::KEPT {
                        number.cut |= byte != b'0';
                        continue;
                    }
                    number.decimals += u32::from(seen_point);
                    number.magnitude = number
                        .magnitude
                        .checked_mul(10)
                        .and_then(|m| m.checked_add(u128::from(byte - b'0')))
                        .ok_or(TOO_LARGE)?;
                }
                _ => return Err(FORM),
            }
        }
        if any_digit { Ok(number) } else { Err(FORM) }
    }

    fn times(&self, other: &Self) -> std::result::Result<Self, &'static str> {
        if self.cut || other.cut {
            return Err("numbers of at most 18 decimals");
        }
        Ok(Self {
            negative: self.negative != other.negative,
            magnitude: self
                .magnitude
                .checked_mul(other.magnitude)
                .ok_or(TOO_LARGE)?,
            decimals: self.decimals + other.decimals,
            cut: false,
        })
    }

    /// The number in units of 10^-`scale`, half to even, and whether that is
    /// exact. `None` if it is out of range.
    fn at_scale(&self, scale: u32) -> Option<(i64, bool)> {
        let (rounded, exact) = if self.decimals <= scale {
            let shift = 10u128.pow(scale - self.decimals);
            (self.magnitude.checked_mul(shift)?, !self.cut)
        } else {
            // At most 36 decimals, of a product: the divisor fits.
            let divisor = 10u128.pow(self.decimals - scale);
            let (floor, rest) = (self.magnitude / divisor, self.magnitude % divisor);
            let tie = rest == divisor - rest;
            let up = rest > divisor - rest || (tie && (self.cut || floor % 2 == 1));
            (floor + u128::from(up), rest == 0 && !self.cut)
        };
        let rounded = i128::try_from(rounded).ok()?;
        let signed = if self.negative { -rounded } else { rounded };
        Some((i64::try_from(signed).ok()?, exact))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_is_read_exactly_or_refused() {
        let usd = Currency::USD;
        let good = [
            ("0", 0),
            ("-0", 0),
            (".5", 50),
            ("5.", 500),
            ("+12.3", 1230),
            ("92233720368547758.07", i64::MAX),
            ("-92233720368547758.08", i64::MIN),
            ("1.1000000000000000000000000000000000000000000000", 110),
        ];
        for (text, minor) in good {
            assert_eq!(usd.parse(text), Ok(MinorUnits(minor)), "{text}");
        }
        let bad = [
            "",
            " ",
            ".",
            "-",
            "+-1",
            "1.2.3",
            "1,5",
            "$1",
            "1e3",
            "0x1",
            "NaN",
            "inf",
            "１",
            "92233720368547758.08",
            "1.001",
            "99999999999999999999999999999999999999999999",
            "0.00000000000000000000000000000000000000000000000000000000001",
        ];
        for text in bad {
            let error = usd.parse(text).unwrap_err().to_string();
            assert!(error.starts_with("amount is"), "{text}: {error}");
        }
    }

    #[test]
    fn floats_round_at_their_exact_value() {
        let usd = Currency::USD;
        // 1.115 is stored as 1.11499999999999999, 8.345 as 8.3450000000000006:
        // times 100 both look like or near a tie.
        for (amount, minor) in [
            (1.115, 111),
            (1.005, 100),
            (0.285, 28),
            (2.5e-2, 3),
            (-0.125, -12),
            (-0.375, -38),
            (8.345, 835),
        ] {
            let exact = usd.from_f64(amount).unwrap();
            let text = format!("{amount:.60}");
            assert_eq!(exact, usd.parse_rounded(&text).unwrap().0, "{amount}");
            assert_eq!(exact, MinorUnits(minor), "{amount}");
        }
        for amount in [
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            1e17,
            -1e17,
            f64::MAX,
        ] {
            assert!(usd.from_f64(amount).is_err(), "{amount}");
        }
        assert_eq!(
            usd.from_f64(-92_233_720_368_547_758.08),
            Ok(MinorUnits(i64::MIN))
        );
    }

    proptest! {
        #[test]
        fn text_round_trips(minor in any::<i64>(), scale in 0u8..=12) {
            let currency = Currency::new("ABC", scale).unwrap();
            let text = currency.format(MinorUnits(minor));
            prop_assert_eq!(currency.parse(&text), Ok(MinorUnits(minor)));
        }

        /// The decimal expansion of a float is exact and finite, so the text
        /// reader is an oracle for the float reader.
        #[test]
        fn floats_agree_with_their_full_decimal_text(amount in -1e9f64..1e9, scale in 0u8..=4) {
            let currency = Currency::new("ABC", scale).unwrap();
            let coarse = (amount * 64.0).round() / 64.0; // many exact ties among these
            for amount in [coarse, amount] {
                let digits = format!("{amount:.20}"); // 64ths need 6; the others are cut
                let from_text = currency.parse_rounded(&digits).unwrap().0;
                prop_assert_eq!(currency.from_f64(amount).unwrap(), from_text);
            }
        }

        #[test]
        fn any_text_gets_an_answer(text in ".{0,60}") {
            let _ = Currency::USD.parse(&text);
            let _ = Currency::USD.parse_product(&text, &text);
        }
    }

    #[test]
    fn a_saved_currency_is_checked() {
        let text = serde_json::to_string(&Currency::CHF).unwrap();
        assert_eq!(text, r#"{"code":"CHF","scale":2}"#);
        assert_eq!(
            serde_json::from_str::<Currency>(&text).unwrap(),
            Currency::CHF
        );
        assert!(serde_json::from_str::<Currency>(r#"{"code":"CHF","scale":77}"#).is_err());
    }
}
