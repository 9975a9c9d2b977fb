//! Names in scripts of East Asia, in which the family name comes first.

use super::name::PersonName;

/// Chinese family names of two characters, in both scripts.
const HAN_FAMILIES: &[&str] = &[
    "欧阳", "歐陽", "司马", "司馬", "上官", "诸葛", "諸葛", "夏侯", "皇甫", "尉迟", "尉遲", "公孙",
    "公孫", "慕容", "司徒", "令狐", "宇文", "长孙", "長孫", "东方", "東方", "独孤", "獨孤", "南宫",
    "南宮", "端木", "轩辕", "軒轅", "呼延", "西门", "西門", "申屠", "太史", "闻人", "聞人", "赫连",
    "赫連", "澹台", "澹臺", "濮阳", "濮陽", "淳于", "鲜于", "鮮于", "万俟", "第五",
];

/// Korean family names of two syllables.
const HANGUL_FAMILIES: &[&str] = &[
    "남궁", "황보", "제갈", "선우", "독고", "사공", "서문", "동방",
];

/// The parts of a name in Han characters, kana or Hangul; `None` if the name is
/// not one, or is a single word that cannot be cut. A middle dot in the text
/// tells a foreign name, in its own order.
pub(super) fn split_family_first(tokens: &[String], text: &str) -> Option<PersonName> {
    if text.contains(['·', '・', '･']) {
        return None;
    }
    let in_script =
        |token: &String| all(token, is_han) || all(token, is_hangul) || all(token, is_japanese);
    if !tokens.iter().all(in_script) {
        return None;
    }
    let (family, given) = match tokens {
        [] => return None,
        [word] => {
            let (family, given) = word.split_at(family_bytes(word)?);
            (family.to_owned(), given.to_owned())
        }
        [family, given @ ..] => (family.clone(), given.join(" ")),
    };
    Some(PersonName {
        given,
        surname: family,
        ..PersonName::default()
    })
}

/// The bytes of the family name at the head of a name without a blank.
fn family_bytes(word: &str) -> Option<usize> {
    let known = if all(word, is_han) {
        HAN_FAMILIES
    } else if all(word, is_hangul) {
        HANGUL_FAMILIES
    } else {
        return None;
    };
    let count = word.chars().take(5).count();
    if !(2..=4).contains(&count) {
        return None;
    }
    let long = known.iter().find(|family| word.starts_with(**family));
    match long {
        // Of two characters the second is the given name, come what may.
        Some(family) if count > 2 => Some(family.len()),
        _ => word.chars().next().map(char::len_utf8),
    }
}

fn all(word: &str, is: fn(char) -> bool) -> bool {
    word.chars().all(is)
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{323af}')
}

fn is_hangul(c: char) -> bool {
    matches!(c, '\u{ac00}'..='\u{d7a3}')
}

/// Han, kana, and the marks of repetition and length.
fn is_japanese(c: char) -> bool {
    is_han(c)
        || matches!(c, '\u{3005}' | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{30fc}')
}
