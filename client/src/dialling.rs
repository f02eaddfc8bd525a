//! From what a user types to what is dialled.
//!
//! There are no dialling rules yet: only separators go (DIA-01); short codes and emergency numbers are never touched (DIA-02).

use sip::uri::Uri;

/// What is dialled: a URI as it is; of anything else only the separators go (DIA-01).
pub(crate) fn target(text: &str, domain: &str) -> Option<(String, Uri)> {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    if lower.starts_with("sip:") || lower.starts_with("sips:") {
        let uri: Uri = text.parse().ok()?;
        let number = uri
            .user()
            .map_or_else(|| uri.host().to_owned(), |user| user.into_owned());
        return Some((number, uri));
    }
    let text = if lower.starts_with("tel:") {
        &text[4..]
    } else {
        text
    };
    let (user, host) = text.split_once('@').unwrap_or((text, domain));
    let separates = |c: char| matches!(c, ' ' | '-' | '.' | '(' | ')' | '/');
    // An address may hold what separates digits; only a number loses it.
    let number: String = if text.contains('@') {
        text.to_owned()
    } else {
        text.replace(separates, "")
    };
    let user = if text.contains('@') { user } else { &number };
    if user.is_empty() || user.chars().any(char::is_control) {
        return None;
    }
    let uri = Uri::sip(Some(user), host, None).ok()?;
    Some((number, uri))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn dialled(text: &str) -> Option<String> {
        target(text, "ipoffice").map(|(_, uri)| uri.as_str().to_owned())
    }

    #[test]
    fn numbers_addresses_and_uris_are_dialled() {
        let table = [
            ("202", "sip:202@ipoffice"),
            (" (0711) 50-5.1/2 ", "sip:0711505 12@ipoffice"),
            ("tel:+49 711 505", "sip:+49711505@ipoffice"),
            ("*17", "sip:*17@ipoffice"),
            ("201@other.example", "sip:201@other.example"),
            (
                "sip:echo@10.0.0.1:5080;transport=tcp",
                "sip:echo@10.0.0.1:5080;transport=tcp",
            ),
        ];
        for (typed, uri) in table {
            assert_eq!(
                dialled(typed).as_deref(),
                Some(uri.replace("505 12", "50512").as_str()),
                "{typed}"
            );
        }
        assert_eq!(dialled(" - "), None);
        assert_eq!(dialled("sip:"), None);
    }

    proptest! {
        /// DIA-01, DIA-02: of digits, stars and pluses nothing is changed, and nothing typed makes the client fail.
        #[test]
        fn only_separators_are_removed(number in "[0-9*+]{1,20}", anything in ".{0,40}") {
            let (shown, uri) = target(&number, "ipoffice").unwrap();
            prop_assert_eq!(&shown, &number);
            prop_assert_eq!(uri.user().unwrap(), number.as_str());
            let _ = target(&anything, "ipoffice");
        }
    }
}
