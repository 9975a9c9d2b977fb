//! Double Metaphone.

use super::plain;

/// Longest code.
const LENGTH: usize = 4;

/// Stands for Ç, which does not sound like C.
const CEDILLA: u8 = b'\xc7';

/// The Double Metaphone codes of a name, of at most four sounds: how it is
/// likely said in English, and a second way if there is one, such as in the
/// language it comes from. X stands for "sh" and 0 for "th".
///
/// Two names sound alike if one of their codes is the same.
///
/// # Example
///
/// ```
/// use custometry::identity::double_metaphone;
/// assert_eq!(double_metaphone("Smith"), ("SM0".into(), Some("XMT".into())));
/// assert_eq!(double_metaphone("Schmidt"), ("XMT".into(), Some("SMT".into())));
/// assert_eq!(double_metaphone("Peter"), ("PTR".into(), None));
/// ```
///
/// # Reference
///
/// Philips (2000), "The double metaphone search algorithm", C/C++ Users Journal
/// 18(6), with the amendments of Apache Commons Codec.
pub fn double_metaphone(name: &str) -> (String, Option<String>) {
    let mut speaker = Speaker::new(name);
    speaker.speak();
    let (primary, alternate) = (speaker.primary, speaker.alternate);
    let differs = alternate != primary;
    (primary, differs.then_some(alternate))
}

/// Reads a name letter by letter and writes down its sounds.
struct Speaker {
    /// Upper-case letters without accents; blanks and signs of ASCII stay.
    word: Vec<u8>,
    at: usize,
    slavo_germanic: bool,
    primary: String,
    alternate: String,
}

fn spelling(name: &str) -> Vec<u8> {
    let mut word = Vec::with_capacity(name.len());
    for char in name.trim().chars().flat_map(char::to_uppercase) {
        match char {
            'Ç' => word.push(CEDILLA),
            _ if char.is_whitespace() => word.push(b' '),
            _ if char.is_ascii() => word.push(char as u8),
            _ => word.extend(plain(char).bytes()),
        }
    }
    word
}

fn vowel(letter: u8) -> bool {
    b"AEIOUY".contains(&letter)
}

impl Speaker {
    fn new(name: &str) -> Self {
        let word = spelling(name);
        let has = |part: &[u8]| word.windows(part.len()).any(|window| window == part);
        Self {
            at: 0,
            slavo_germanic: [&b"W"[..], b"K", b"CZ", b"WITZ"].into_iter().any(has),
            word,
            primary: String::new(),
            alternate: String::new(),
        }
    }

    /// Writes a sound.
    fn say(&mut self, sound: &str) {
        self.say_or(sound, sound);
    }

    /// Writes a sound and another way to say it.
    fn say_or(&mut self, primary: &str, alternate: &str) {
        for (code, sound) in [
            (&mut self.primary, primary),
            (&mut self.alternate, alternate),
        ] {
            let room = LENGTH - code.len();
            code.extend(sound.chars().take(room));
        }
    }

    /// The letter so many places from here; a blank outside of the word.
    fn letter(&self, offset: isize) -> u8 {
        let at = self.at.checked_add_signed(offset);
        at.and_then(|at| self.word.get(at)).copied().unwrap_or(b' ')
    }

    /// Whether one of these stands so many places from here.
    fn has(&self, offset: isize, parts: &[&str]) -> bool {
        let rest = self.at.checked_add_signed(offset);
        let rest = rest.and_then(|at| self.word.get(at..)).unwrap_or_default();
        parts.iter().any(|part| rest.starts_with(part.as_bytes()))
    }

    /// Whether the word starts with one of these.
    fn starts(&self, parts: &[&str]) -> bool {
        parts
            .iter()
            .any(|part| self.word.starts_with(part.as_bytes()))
    }

    fn germanic(&self) -> bool {
        self.starts(&["VAN ", "VON ", "SCH"])
    }

    fn is_first(&self) -> bool {
        self.at == 0
    }

    fn is_last(&self) -> bool {
        self.at + 1 == self.word.len()
    }

    /// 2 if the letter is doubled, else 1.
    fn once(&self) -> usize {
        1 + usize::from(self.letter(0) == self.letter(1))
    }

    fn speak(&mut self) {
        if !self
            .word
            .iter()
            .any(|letter| letter.is_ascii_uppercase() || *letter == CEDILLA)
        {
            return;
        }
        if self.starts(&["GN", "KN", "PN", "WR", "PS"]) {
            self.at = 1;
        }
        while self.at < self.word.len()
            && (self.primary.len() < LENGTH || self.alternate.len() < LENGTH)
        {
            self.at += self.step();
        }
    }

    /// Says the letter here; how many letters that took.
    fn step(&mut self) -> usize {
        let letter = self.letter(0);
        let same = |sound: &'static str, speaker: &mut Self| {
            speaker.say(sound);
            speaker.once()
        };
        match letter {
            b'A' | b'E' | b'I' | b'O' | b'U' | b'Y' => {
                if self.is_first() {
                    self.say("A");
                }
                1
            }
            b'B' => same("P", self),
            CEDILLA => {
                self.say("S");
                1
            }
            b'C' => self.c(),
            b'D' => self.d(),
            b'F' | b'V' => same("F", self),
            b'G' => self.g(),
            b'H' => self.h(),
            b'J' => self.j(),
            b'K' | b'Q' => same("K", self),
            b'L' => self.l(),
            b'M' => self.m(),
            b'N' => same("N", self),
            b'P' => self.p(),
            b'R' => self.r(),
            b'S' => self.s(),
            b'T' => self.t(),
            b'W' => self.w(),
            b'X' => self.x(),
            b'Z' => self.z(),
            _ => 1,
        }
    }

    fn c(&mut self) -> usize {
        // "Bacher", "Macher", but not "Bach" before a soft vowel; "Chianti".
        let germanic = self.at > 1
            && !vowel(self.letter(-2))
            && self.has(-1, &["ACH"])
            && (!b"IE".contains(&self.letter(2)) || self.has(-2, &["BACHER", "MACHER"]));
        if germanic || self.has(0, &["CHIA"]) {
            self.say("K");
            2
        } else if self.is_first() && self.has(0, &["CAESAR"]) {
            self.say("S");
            2
        } else if self.has(0, &["CH"]) {
            self.ch();
            2
        } else if self.has(0, &["CZ"]) && !self.has(-2, &["WICZ"]) {
            self.say_or("S", "X"); // "Czerny"
            2
        } else if self.has(1, &["CIA"]) {
            self.say("X"); // "focaccia"
            3
        } else if self.has(0, &["CC"]) && !(self.at == 1 && self.letter(-1) == b'M') {
            self.cc()
        } else if self.has(0, &["CK", "CG", "CQ"]) {
            self.say("K");
            2
        } else if self.has(0, &["CI", "CE", "CY"]) {
            let italian = self.has(0, &["CIO", "CIE", "CIA"]);
            self.say_or("S", if italian { "X" } else { "S" });
            2
        } else {
            self.say("K");
            if self.has(1, &[" C", " Q", " G"]) {
                3 // "Mac Caffrey"
            } else if self.has(1, &["C", "K", "Q"]) && !self.has(1, &["CE", "CI"]) {
                2
            } else {
                1
            }
        }
    }

    fn ch(&mut self) {
        let greek = self.is_first()
            && self.has(1, &["HARAC", "HARIS", "HOR", "HYM", "HIA", "HEM"])
            && !self.starts(&["CHORE"]);
        let before = self.is_first() || b"AOUE".contains(&self.letter(-1));
        // Outside of the word there are blanks, so the end counts.
        let hard = before && b"LRNMBHFVW ".contains(&self.letter(2));
        let inside = self.at > 1 && b"TS".contains(&self.letter(2));
        let roots = self.has(-2, &["ORCHES", "ARCHIT", "ORCHID"]);
        if !self.is_first() && self.has(0, &["CHAE"]) {
            self.say_or("K", "X"); // "Michael"
        } else if greek || self.germanic() || roots || inside || hard {
            self.say("K");
        } else if self.is_first() {
            self.say("X");
        } else if self.starts(&["MC"]) {
            self.say("K");
        } else {
            self.say_or("X", "K");
        }
    }

    fn cc(&mut self) -> usize {
        if self.has(2, &["I", "E", "H"]) && !self.has(2, &["HU"]) {
            let accident = self.at == 1 && self.letter(-1) == b'A';
            if accident || self.has(-1, &["UCCEE", "UCCES"]) {
                self.say("KS");
            } else {
                self.say("X"); // "Bertucci"
            }
            3
        } else {
            self.say("K");
            2
        }
    }

    fn d(&mut self) -> usize {
        if self.has(0, &["DG"]) {
            if self.has(2, &["I", "E", "Y"]) {
                self.say("J"); // "edge"
                3
            } else {
                self.say("TK"); // "Edgar"
                2
            }
        } else {
            self.say("T");
            1 + usize::from(self.has(1, &["T", "D"]))
        }
    }

    fn g(&mut self) -> usize {
        let soft_start = self.is_first()
            && self.has(
                1,
                &[
                    "Y", "ES", "EP", "EB", "EL", "EY", "IB", "IL", "IN", "IE", "EI", "ER",
                ],
            );
        let soft_er = self.has(1, &["ER", "Y"])
            && !self.starts(&["DANGER", "RANGER", "MANGER"])
            && !self.has(-1, &["E", "I", "RGY", "OGY"]);
        if self.letter(1) == b'H' {
            self.gh();
            2
        } else if self.letter(1) == b'N' {
            if self.at == 1 && vowel(self.letter(-1)) && !self.slavo_germanic {
                self.say_or("KN", "N");
            } else if !self.has(2, &["EY"]) && !self.slavo_germanic {
                self.say_or("N", "KN");
            } else {
                self.say("KN");
            }
            2
        } else if self.has(1, &["LI"]) && !self.slavo_germanic {
            self.say_or("KL", "L"); // "Tagliaro"
            2
        } else if soft_start || soft_er {
            self.say_or("K", "J");
            2
        } else if self.has(1, &["E", "I", "Y"]) || self.has(-1, &["AGGI", "OGGI"]) {
            if self.germanic() || self.has(1, &["ET"]) {
                self.say("K");
            } else if self.has(1, &["IER"]) {
                self.say("J");
            } else {
                self.say_or("J", "K");
            }
            2
        } else {
            self.say("K");
            self.once()
        }
    }

    fn gh(&mut self) {
        if self.is_first() {
            self.say(if self.letter(2) == b'I' { "J" } else { "K" });
        } else if !vowel(self.letter(-1)) {
            self.say("K");
        } else if self.has(-2, &["B", "H", "D"])
            || self.has(-3, &["B", "H", "D"])
            || self.has(-4, &["B", "H"])
        {
            // Silent, as in "Hugh".
        } else if self.letter(-1) == b'U' && self.has(-3, &["C", "G", "L", "R", "T"]) {
            self.say("F"); // "laugh", "McLaughlin"
        } else if self.letter(-1) != b'I' {
            self.say("K");
        }
    }

    fn h(&mut self) -> usize {
        // Heard before a vowel, at the start or after another vowel.
        if (self.is_first() || vowel(self.letter(-1))) && vowel(self.letter(1)) {
            self.say("H");
            2
        } else {
            1
        }
    }

    fn j(&mut self) -> usize {
        let jose = self.has(0, &["JOSE"]);
        let san = self.starts(&["SAN "]);
        if jose || san {
            let alone = self.is_first() && self.letter(4) == b' ';
            if alone || self.word.len() == 4 || san {
                self.say("H");
            } else {
                self.say_or("J", "H");
            }
            return 1;
        }
        let spanish = vowel(self.letter(-1)) && !self.slavo_germanic && self.has(1, &["A", "O"]);
        if self.is_first() {
            self.say_or("J", "A");
        } else if spanish {
            self.say_or("J", "H");
        } else if self.is_last() {
            self.say_or("J", "");
        } else if !self.has(1, &["L", "T", "K", "S", "N", "M", "B", "Z"])
            && !self.has(-1, &["S", "K", "L"])
        {
            self.say("J");
        }
        self.once()
    }

    fn l(&mut self) -> usize {
        let third_last = self.at + 3 == self.word.len();
        let ends = |parts: &[&str]| parts.iter().any(|end| self.word.ends_with(end.as_bytes()));
        let spanish = (third_last && self.has(-1, &["ILLO", "ILLA", "ALLE"]))
            || (ends(&["AS", "OS", "A", "O"]) && self.has(-1, &["ALLE"]));
        if self.letter(1) == b'L' && spanish {
            self.say_or("L", "");
        } else {
            self.say("L");
        }
        self.once()
    }

    fn m(&mut self) -> usize {
        self.say("M");
        let next_is_last = self.at + 2 == self.word.len();
        let silent_b = self.has(-1, &["UMB"]) && (next_is_last || self.has(2, &["ER"]));
        if silent_b { 2 } else { self.once() }
    }

    fn p(&mut self) -> usize {
        if self.letter(1) == b'H' {
            self.say("F");
            2
        } else {
            self.say("P");
            1 + usize::from(self.has(1, &["P", "B"]))
        }
    }

    fn r(&mut self) -> usize {
        // French, as in "Rogier"; but not "Hochmeier".
        let silent = self.is_last()
            && self.at > 3
            && !self.slavo_germanic
            && self.has(-2, &["IE"])
            && !self.has(-4, &["ME", "MA"]);
        self.say_or(if silent { "" } else { "R" }, "R");
        self.once()
    }

    fn s(&mut self) -> usize {
        if self.has(-1, &["ISL", "YSL"]) {
            1 // "island"
        } else if self.is_first() && self.has(0, &["SUGAR"]) {
            self.say_or("X", "S");
            1
        } else if self.has(0, &["SH"]) {
            let germanic = self.has(1, &["HEIM", "HOEK", "HOLM", "HOLZ"]);
            self.say(if germanic { "S" } else { "X" });
            2
        } else if self.has(0, &["SIO", "SIA"]) {
            self.say_or("S", if self.slavo_germanic { "S" } else { "X" });
            3
        } else if self.letter(1) == b'Z' {
            self.say_or("S", "X");
            2
        } else if self.is_first() && self.has(1, &["M", "N", "L", "W"]) {
            self.say_or("S", "X"); // "Smith" like "Schmidt"
            1
        } else if self.has(0, &["SC"]) {
            self.sc();
            3
        } else {
            let silent = self.is_last() && self.at > 1 && self.has(-2, &["AI", "OI"]);
            self.say_or(if silent { "" } else { "S" }, "S"); // "Artois"
            self.once()
        }
    }

    fn sc(&mut self) {
        if self.letter(2) == b'H' {
            if self.has(3, &["ER", "EN"]) {
                self.say_or("X", "SK"); // "Schenker"
            } else if self.has(3, &["OO", "UY", "ED", "EM"]) {
                self.say("SK"); // "school"
            } else if self.is_first() && !vowel(self.letter(3)) && self.letter(3) != b'W' {
                self.say_or("X", "S");
            } else {
                self.say("X");
            }
        } else if self.has(2, &["I", "E", "Y"]) {
            self.say("S");
        } else {
            self.say("SK");
        }
    }

    fn t(&mut self) -> usize {
        if self.has(0, &["TION", "TIA", "TCH"]) {
            self.say("X");
            3
        } else if self.has(0, &["TH", "TTH"]) {
            if self.has(2, &["OM", "AM"]) || self.germanic() {
                self.say("T"); // "Thomas"
            } else {
                self.say_or("0", "T");
            }
            2
        } else {
            self.say("T");
            1 + usize::from(self.has(1, &["T", "D"]))
        }
    }

    fn w(&mut self) -> usize {
        if self.has(0, &["WR"]) {
            self.say("R");
            2
        } else if self.is_first() && vowel(self.letter(1)) {
            self.say_or("A", "F"); // "Wasserman" like "Vasserman"
            1
        } else if self.is_first() && self.has(0, &["WH"]) {
            self.say("A");
            1
        } else if (self.is_last() && !self.is_first() && vowel(self.letter(-1)))
            || self.has(-1, &["EWSKI", "EWSKY", "OWSKI", "OWSKY"])
            || self.starts(&["SCH"])
        {
            self.say_or("", "F"); // "Arnow" like "Arnoff"
            1
        } else if self.has(0, &["WICZ", "WITZ"]) {
            self.say_or("TS", "FX");
            4
        } else {
            1
        }
    }

    fn x(&mut self) -> usize {
        if self.is_first() {
            self.say("S");
            return 1;
        }
        // Silent at the end of French names, as in "Breaux".
        if !(self.is_last() && self.has(-2, &["AU", "OU"])) {
            self.say("KS");
        }
        1 + usize::from(self.has(1, &["C", "X"]))
    }

    fn z(&mut self) -> usize {
        if self.letter(1) == b'H' {
            self.say("J"); // "Zhang"
            return 2;
        }
        let slavic = self.slavo_germanic && !self.is_first() && self.letter(-1) != b'T';
        let other = slavic || self.has(1, &["ZO", "ZI", "ZA"]);
        self.say_or("S", if other { "TS" } else { "S" });
        self.once()
    }
}
