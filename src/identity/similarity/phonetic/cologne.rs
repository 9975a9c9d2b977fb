//! Cologne phonetics, for German names.

use super::letters;

/// The code of a name by the Cologne phonetics, made for German: digits, of any
/// number.
///
/// # Example
///
/// ```
/// use custometry::identity::cologne;
/// assert_eq!(cologne("Müller-Lüdenscheidt"), "65752682");
/// assert_eq!(cologne("Meyer"), cologne("Maier"));
/// ```
///
/// # Reference
///
/// Postel (1969), "Die Kölner Phonetik", IBM-Nachrichten 19.
pub fn cologne(name: &str) -> String {
    let letters = letters(name);
    let mut code = String::with_capacity(letters.len());
    let mut last = ' ';
    for (at, &letter) in letters.iter().enumerate() {
        let before = if at == 0 { b' ' } else { letters[at - 1] };
        let next = letters.get(at + 1).copied().unwrap_or(b' ');
        for digit in digits(letter, before, next, code.is_empty()).chars() {
            // The same code twice in a row counts once; vowels part them, and
            // are written only at the start.
            if digit != last && (digit != '0' || code.is_empty()) {
                code.push(digit);
            }
            last = digit;
        }
    }
    code
}

/// The code of a letter between others.
fn digits(letter: u8, before: u8, next: u8, first: bool) -> &'static str {
    match letter {
        b'A' | b'E' | b'I' | b'J' | b'O' | b'U' | b'Y' => "0",
        b'P' if next == b'H' => "3",
        b'B' | b'P' => "1",
        b'D' | b'T' if b"CSZ".contains(&next) => "8",
        b'D' | b'T' => "2",
        b'F' | b'V' | b'W' => "3",
        b'G' | b'K' | b'Q' => "4",
        b'C' if first && b"AHKLOQRUX".contains(&next) => "4",
        b'C' if !first && !b"SZ".contains(&before) && b"AHKOQUX".contains(&next) => "4",
        b'C' | b'S' | b'Z' => "8",
        b'X' if b"CKQ".contains(&before) => "8",
        b'X' => "48",
        b'L' => "5",
        b'M' | b'N' => "6",
        b'R' => "7",
        // H, which is silent.
        _ => "",
    }
}
