//! American Soundex.

use super::letters;

/// The code of each letter: 0 for vowels, 9 for H and W, which are passed over.
const CODES: &[u8; 26] = b"01230129022455012623019202";

/// Length of a code.
const LENGTH: usize = 4;

/// The American Soundex code of a name: its first letter and the classes of the
/// next three consonants, as the census of the United States files names.
///
/// Letters of one class side by side, or with only H or W between, count once.
///
/// # Example
///
/// ```
/// use custometry::identity::soundex;
/// assert_eq!(soundex("Robert"), "R163");
/// assert_eq!(soundex("Rupert"), "R163");
/// assert_eq!(soundex("Müller"), soundex("Muller"));
/// assert_eq!(soundex("Иван"), "");
/// ```
///
/// # Reference
///
/// Russell (1918), US patent 1,261,167; rules of the National Archives.
pub fn soundex(name: &str) -> String {
    let letters = letters(name);
    let class = |letter: u8| CODES[usize::from(letter - b'A')];
    let Some(&first) = letters.first() else {
        return String::new();
    };
    let mut code = String::with_capacity(LENGTH);
    code.push(char::from(first));
    let mut last = class(first);
    for &letter in &letters[1..] {
        let class = class(letter);
        if class == b'9' {
            continue;
        }
        if class != b'0' && class != last && code.len() < LENGTH {
            code.push(char::from(class));
        }
        last = class;
    }
    while code.len() < LENGTH {
        code.push('0');
    }
    code
}
