//! The code of the New York State Identification and Intelligence System.

use super::letters;

/// Longest code.
const LENGTH: usize = 6;

const STARTS: [(&[u8], &[u8]); 6] = [
    (b"MAC", b"MCC"),
    (b"KN", b"NN"),
    (b"K", b"C"),
    (b"PH", b"FF"),
    (b"PF", b"FF"),
    (b"SCH", b"SSS"),
];
const ENDS: [(&[u8], u8); 7] = [
    (b"EE", b'Y'),
    (b"IE", b'Y'),
    (b"DT", b'D'),
    (b"RT", b'D'),
    (b"RD", b'D'),
    (b"NT", b'D'),
    (b"ND", b'D'),
];

/// The NYSIIS code of a name, of at most six letters. It keeps where the vowels
/// were, and so tells more names apart than [`soundex`](fn@super::soundex).
///
/// # Example
///
/// ```
/// use custometry::identity::nysiis;
/// assert_eq!(nysiis("Brian"), "BRAN");
/// assert_eq!(nysiis("Brown"), "BRAN");
/// assert_eq!(nysiis("Knuth"), "NAT");
/// ```
///
/// # Reference
///
/// Taft (1970), "Name search techniques", New York State Identification and
/// Intelligence System, special report 1.
pub fn nysiis(name: &str) -> String {
    let mut name = letters(name);
    for (start, by) in STARTS {
        if name.starts_with(start) {
            name[..by.len()].copy_from_slice(by);
        }
    }
    // One end only: the D of NT is not that of ND.
    if let Some((end, by)) = ENDS.iter().find(|(end, _)| name.ends_with(end)) {
        name.truncate(name.len() - end.len());
        name.push(*by);
    }
    let Some(&first) = name.first() else {
        return String::new();
    };
    let mut code = vec![first];
    for at in 1..name.len() {
        transcribe(&mut name, at);
        if name[at] != name[at - 1] {
            code.push(name[at]);
        }
    }
    // The first letter stays, whatever it is.
    if code.len() > 1 && code.ends_with(b"S") {
        code.pop();
    }
    if code.len() > 2 && code.ends_with(b"AY") {
        code.remove(code.len() - 2);
    }
    if code.len() > 1 && code.ends_with(b"A") {
        code.pop();
    }
    code.truncate(LENGTH);
    code.into_iter().map(char::from).collect()
}

fn vowel(letter: u8) -> bool {
    b"AEIOU".contains(&letter)
}

/// Rewrites the letter at a place after the first, and those that go with it.
fn transcribe(name: &mut [u8], at: usize) {
    let before = name[at - 1];
    let next = name.get(at + 1).copied().unwrap_or(b' ');
    let silent_h = !vowel(before) || !vowel(next);
    let by: &[u8] = match name[at] {
        b'E' if next == b'V' => b"AF",
        letter if vowel(letter) => b"A",
        b'Q' => b"G",
        b'Z' => b"S",
        b'M' => b"N",
        b'K' if next == b'N' => b"NN",
        b'K' => b"C",
        b'S' if name[at..].starts_with(b"SCH") => b"SSS",
        b'P' if next == b'H' => b"FF",
        b'H' if silent_h => &[before],
        b'W' if vowel(before) => &[before],
        _ => return,
    };
    name[at..at + by.len()].copy_from_slice(by);
}
