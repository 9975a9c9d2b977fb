//! One form for e-mail addresses.

use serde::{Deserialize, Serialize};

/// An e-mail address in the form in which two are compared.
///
/// # Example
///
/// ```
/// use custometry::identity::normalise_email;
/// let email = normalise_email("Jane.Doe+shop@GMail.com").unwrap();
/// assert_eq!(email.address, "janedoe@gmail.com");
/// assert_eq!((email.user.as_str(), email.domain.as_str()), ("janedoe", "gmail.com"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NormalEmail {
    /// The whole address.
    pub address: String,
    /// What stands before the `@`.
    pub user: String,
    /// What stands behind the `@`.
    pub domain: String,
}

impl NormalEmail {
    /// The address without a `+tag`: a second, weaker key.
    ///
    /// Most hosts deliver `jane+shop@` to `jane@`, but not all do, and two people
    /// may share a mailbox and keep apart by tags. So a tag stays in
    /// [`address`](Self::address), and whoever wants to look past it does so here.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::normalise_email;
    /// let email = normalise_email("jane+shop@example.org").unwrap();
    /// assert_eq!(email.address, "jane+shop@example.org");
    /// assert_eq!(email.tagless(), "jane@example.org");
    /// ```
    pub fn tagless(&self) -> String {
        format!("{}@{}", without_tag(&self.user), self.domain)
    }
}

/// The one form of an e-mail address; `None` if the text is not one address.
///
/// - Blanks, quotes, brackets, `mailto:` and a name before `<...>` are stripped;
///   letters become lower case.
/// - At `gmail.com` and `googlemail.com`, which are one host, dots before the `@`
///   and a `+tag` do not count and are dropped.
/// - Elsewhere dots and tags are kept: a host may tell them apart. See
///   [`NormalEmail::tagless`].
/// - An address has one `@`, letters, digits and the usual signs, and a domain with
///   a dot. Letters of any script are allowed.
///
/// Whether the address belongs to nobody in particular is asked of
/// [`is_generic_email`].
///
/// # Example
///
/// ```
/// use custometry::identity::normalise_email;
/// let address = |text| normalise_email(text).map(|email| email.address);
/// assert_eq!(address(" Jane Doe <JANE@Example.org> ").as_deref(), Some("jane@example.org"));
/// assert_eq!(address("j.doe@googlemail.com").as_deref(), Some("jdoe@gmail.com"));
/// assert_eq!(address("jane at example.org"), None);
/// ```
pub fn normalise_email(text: &str) -> Option<NormalEmail> {
    let lower = plain(text);
    let (user, domain) = stripped(&lower).split_once('@')?;
    if !is_user(user) || !is_domain(domain) {
        return None;
    }
    let (user, domain) = if matches!(domain, "gmail.com" | "googlemail.com") {
        (without_tag(user).replace('.', ""), "gmail.com".to_owned())
    } else {
        (user.to_owned(), domain.to_owned())
    };
    // Nothing but a tag.
    if user.starts_with('+') && domain == "gmail.com" {
        return None;
    }
    Some(NormalEmail {
        address: format!("{user}@{domain}"),
        user,
        domain,
    })
}

/// Lower case, with the full-width signs of East Asian keyboards as ASCII and
/// without the invisible characters that copying brings along.
fn plain(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let visible = text.chars().filter_map(|c| match c {
        '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{ad}' => None,
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0),
        _ => Some(c),
    });
    visible.collect::<String>().to_lowercase()
}

/// The address without what is written around it.
fn stripped(text: &str) -> &str {
    // Nothing of this begins or ends an address, so it may go in any order.
    let around = |c: char| {
        let sign = matches!(
            c,
            '"' | '\'' | '`' | '.' | ',' | ';' | ':' | '<' | '>' | '(' | ')' | '[' | ']'
        );
        sign || matches!(c, '“' | '”' | '‘' | '’' | '«' | '»') || c.is_whitespace()
    };
    let mut text = text.trim_matches(around);
    if let Some(open) = text.rfind('<') {
        text = text[open..].trim_matches(around);
    }
    text.strip_prefix("mailto:")
        .map_or(text, |rest| rest.trim_matches(around))
}

/// A tag begins at the first `+` that has something before it.
fn without_tag(user: &str) -> &str {
    match user.find('+') {
        Some(plus) if plus > 0 => &user[..plus],
        _ => user,
    }
}

fn is_user(user: &str) -> bool {
    // The signs of an atom in RFC 5322, and the dot between atoms.
    let sign = |c| {
        matches!(
            c,
            '!' | '#'..='\'' | '*' | '+' | '-' | '.' | '/' | '=' | '?' | '^'..='`' | '{'..='~'
        )
    };
    let sane = |c: char| is_letter(c) || sign(c);
    without_tag(user).contains(is_letter) && user.chars().all(sane)
}

fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| is_letter(c) || c == '-')
    };
    let Some((_, last)) = domain.rsplit_once('.') else {
        return false;
    };
    // An end of digits is an address of the net, not of a person.
    last.chars().count() >= 2
        && (last.starts_with("xn--") || !last.contains(|c: char| c.is_ascii_digit()))
        && domain.split('.').all(label)
}

/// A letter or digit of any script, or the mark that a letter carries.
fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || !c.is_ascii() && (c.is_alphanumeric() || matches!(c, '\u{300}'..='\u{36f}'))
}

/// Users that say "no address", at any host.
const NOBODY: [&str; 14] = [
    "noreply",
    "donotreply",
    "mailerdaemon",
    "noemail",
    "nomail",
    "noaddress",
    "noemailaddress",
    "nonegiven",
    "notprovided",
    "notavailable",
    "notgiven",
    "donthave",
    "noneofyourbusiness",
    "nospam",
];

/// Users that are made up when they stand at a made-up host, and hosts that are
/// made up when they repeat the user.
const MADE_UP: [&str; 24] = [
    "abc", "asdf", "demo", "dummy", "email", "example", "fake", "mail", "me", "na", "name", "nil",
    "no", "nobody", "noname", "none", "null", "qwerty", "someone", "test", "tester", "unknown",
    "user", "you",
];

/// Whether an address stands for nobody in particular, so that two records that
/// share it need not be the same person.
///
/// - `noreply@`, `noemail@` and the like, at any host;
/// - a made-up word or one letter twice: `test@test.com`, `none@none.com`, `a@a.com`;
/// - a made-up word at a made-up host: `user@example.com`, `name@domain.com`.
///
/// Other people at `example.com` or `example.org` count as people, since made data
/// live there. `info@` counts as well: it may be the only address of a sole trader.
/// The text should come from [`normalise_email`].
///
/// # Example
///
/// ```
/// use custometry::identity::is_generic_email;
/// assert!(is_generic_email("test@test.com"));
/// assert!(is_generic_email("no-reply@shop.example"));
/// assert!(!is_generic_email("jane.doe@example.com"));
/// ```
pub fn is_generic_email(address: &str) -> bool {
    let Some((user, domain)) = address.split_once('@') else {
        return false;
    };
    // Longer than anything listed: save the copy.
    if user.len() > 40 {
        return false;
    }
    let word: String = user.chars().filter(char::is_ascii_alphanumeric).collect();
    let word = word.to_ascii_lowercase();
    if NOBODY.contains(&word.as_str()) {
        return true;
    }
    let host = domain.split_once('.').map_or(domain, |(host, _)| host);
    let made_up_word = MADE_UP.contains(&word.as_str());
    let made_up_host = matches!(
        host,
        "example" | "test" | "domain" | "yourdomain" | "mydomain" | "none" | "noemail" | "nomail"
    );
    made_up_word && (made_up_host || host == word) || host == word && is_one_letter(&word)
}

/// One letter, once or more often.
fn is_one_letter(word: &str) -> bool {
    let mut letters = word.bytes();
    letters
        .next()
        .is_some_and(|first| letters.all(|letter| letter == first))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn address(text: &str) -> Option<String> {
        normalise_email(text).map(|email| email.address)
    }

    #[test]
    fn addresses_have_one_form() {
        let cases = [
            ("jane@example.org", "jane@example.org"),
            ("  JANE@Example.ORG\t", "jane@example.org"),
            ("mailto:jane@example.org", "jane@example.org"),
            ("MAILTO: jane@example.org", "jane@example.org"),
            ("<jane@example.org>", "jane@example.org"),
            ("\"Doe, Jane\" <jane@example.org>;", "jane@example.org"),
            ("'jane@example.org'", "jane@example.org"),
            ("“jane@example.org”", "jane@example.org"),
            ("jane@example.org.", "jane@example.org"),
            ("jane＠ｅxample.org", "jane@example.org"),
            ("\u{feff}jane@example.org\u{200b}", "jane@example.org"),
            ("jane.doe@example.org", "jane.doe@example.org"),
            ("jane+shop@example.org", "jane+shop@example.org"),
            ("Jane.Doe+shop@gmail.com", "janedoe@gmail.com"),
            ("j.a.n.e@googlemail.com", "jane@gmail.com"),
            ("jane.doe@gmail.co.uk", "jane.doe@gmail.co.uk"),
            ("o'brien@example.org", "o'brien@example.org"),
            ("müller@exämple.de", "müller@exämple.de"),
            ("MÜLLER@EXÄMPLE.DE", "müller@exämple.de"),
            ("用户@例子.公司", "用户@例子.公司"),
            ("a..b@docomo.ne.jp", "a..b@docomo.ne.jp"),
            ("x@xn--fiqs8s.xn--fiqs8s", "x@xn--fiqs8s.xn--fiqs8s"),
            ("1234@example.org", "1234@example.org"),
            ("+tag@example.org", "+tag@example.org"),
        ];
        for (text, wanted) in cases {
            assert_eq!(address(text).as_deref(), Some(wanted), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let cases = [
            "",
            "@",
            "jane",
            "jane@",
            "@example.org",
            "jane@example",
            "jane@@example.org",
            "a@b.org c@d.org",
            "a@b.org, c@d.org",
            "jane doe@example.org",
            "jane@exam ple.org",
            "jane@.org",
            "jane@example..org",
            "jane@-example.org",
            "jane@example-.org",
            "jane@example.o",
            "jane@10.0.0.1",
            "jane@example.org/x",
            "n/a",
            "...@gmail.com",
            "+shop@gmail.com",
            "--@example.org",
            "jane(at)example.org",
            "<",
            "mailto:",
            "<<>>@",
        ];
        for text in cases {
            assert_eq!(address(text), None, "{text:?}");
        }
    }

    #[test]
    fn tags_are_looked_past_on_demand() {
        let tagless = |text| normalise_email(text).unwrap().tagless();
        assert_eq!(tagless("jane+a+b@example.org"), "jane@example.org");
        assert_eq!(tagless("jane@example.org"), "jane@example.org");
        // Nothing would be left of the user.
        assert_eq!(tagless("+tag@example.org"), "+tag@example.org");
    }

    #[test]
    fn nobody_is_told_from_people() {
        let nobody = [
            "noreply@shop.com",
            "no-reply@shop.com",
            "no_reply@gmail.com",
            "do.not.reply@x.org",
            "test@test.com",
            "none@none.com",
            "a@a.com",
            "xx@xx.net",
            "na@na.com",
            "abc@abc.com",
            "noemail@gmail.com",
            "no.email@shop.com",
            "user@example.com",
            "test@example.com",
            "none@example.org",
            "nobody@example.com",
            "unknown@example.net",
            "name@domain.com",
            "email@email.com",
            "test@noemail.com",
            "mailer-daemon@x.org",
        ];
        for email in nobody {
            assert!(is_generic_email(email), "{email}");
        }
        let people = [
            "jane@example.com",
            "jane.doe@example.org",
            "info@baker.com",
            "test@shop.com",
            "smith@smith.com",
            "a@shop.com",
            "user@gmail.com",
            "me@jane.org",
            "",
            "noreply",
            "ab@ab.com",
            "用户@用户.com",
        ];
        for email in people {
            assert!(!is_generic_email(email), "{email}");
        }
    }

    #[test]
    fn a_long_text_takes_linear_time() {
        for piece in ["a", "@", "<", "\"", "a.", "é", "mailto:", "+"] {
            let long = piece.repeat((1 << 20) / piece.len());
            assert_eq!(address(&long), None);
            let long = format!("{long}@example.org");
            normalise_email(&long);
            assert!(!is_generic_email(&long));
        }
    }

    proptest! {
        #[test]
        fn an_address_in_its_form_stays(
            text in "[a-zA-Z0-9.+'\"<>@ :İßΣ-]{0,12}@[a-z.<>]{0,3}(gmail\\.com|[a-zA-Z.É-]{3,9}\\.org)|.{0,40}",
        ) {
            if let Some(email) = normalise_email(&text) {
                prop_assert_eq!(&email.address, &format!("{}@{}", email.user, email.domain));
                prop_assert_eq!(normalise_email(&email.address), Some(email.clone()));
                let tagless = normalise_email(&email.tagless()).unwrap();
                prop_assert_eq!(tagless.tagless(), tagless.address);
            }
            is_generic_email(&text);
        }
    }
}
