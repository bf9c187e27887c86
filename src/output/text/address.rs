//! Where a connection goes, in a column: the URI, and what was agreed on.
//!
//! In: a connection and the columns there are. Out: its URI, shortened in the middle where there is no room for all of it,
//! so that host and the end of the path stay; then subprotocol and extensions.

use unicode_width::UnicodeWidthChar;

use crate::base::DisplaySafe;
use crate::base::display::Piece;
use crate::dissect::{Evidence, Socket};

/// Columns that a URI keeps while there are words behind it.
const URI: usize = 24;

/// Columns that the URI takes at least, if it is that long.
pub(super) fn least(connection: &Socket) -> usize {
    let (uri, _) = words_of(connection, false);
    width(&uri).min(URI)
}

/// Appends it, in `columns`; gives the columns taken.
pub(super) fn push(out: &mut Vec<u8>, connection: &Socket, columns: usize) -> usize {
    for in_full in [true, false] {
        let (uri, words) = words_of(connection, in_full);
        let start = out.len();
        let shown = DisplaySafe::text(&(uri + &words)).columns(columns).write_to(out);
        if !shown.cut {
            return shown.columns;
        }
        out.truncate(start);
    }
    let (uri, words) = words_of(connection, false);
    let (of_uri, of_words) = (width(&uri), width(&words));
    let share = if of_words + of_uri.min(URI) <= columns { columns - of_words } else { columns * 2 / 3 };
    let uri_columns = share.max(of_uri.min(URI)).min(columns);
    let taken = push_middle(out, &uri, uri_columns);
    let left = columns.saturating_sub(taken);
    // A word of which next to nothing is seen says nothing.
    if left > 6 && !words.is_empty() {
        taken + DisplaySafe::text(&words).columns(left).write_to(out).columns
    } else {
        taken
    }
}

/// The URI with its host, and what was agreed on, as it was on the wire; in short without a host that is the server's
/// address. A target that names the host itself is the URI (RFC 9112 section 3.2.2).
fn words_of(connection: &Socket, in_full: bool) -> (String, String) {
    let Some(handshake) = connection.handshake.as_deref() else { return of_tls(connection) };
    let (host, target) = (handshake.host().unwrap_or_default(), handshake.uri().unwrap_or_default());
    let named = !has_host(target) && (in_full || host != connection.server.to_string());
    let uri = if named { format!("{host}{target}") } else { target.to_string() };
    let tls = connection.tls.as_deref();
    // The name that was asked for is the host, mostly.
    let other = |name: &&String| host.rsplit_once(':').map_or(host, |(name, _)| name) != name.as_str();
    let sni = tls.and_then(|tls| tls.server_name.as_ref()).filter(other).cloned();
    let agreed = handshake.subprotocol().map(String::from).into_iter().chain(handshake.extensions());
    let agreed = agreed.chain(tls.map(|tls| tls.short())).chain(sni);
    (uri, agreed.map(|agreed| format!("  {agreed}")).collect())
}

/// Where no handshake was read: the name that the client asked TLS for, and what else is known of that.
fn of_tls(connection: &Socket) -> (String, String) {
    let Some(tls) = connection.tls.as_deref() else { return Default::default() };
    let mut words: Vec<String> = tls.server_name.iter().cloned().collect();
    if connection.evidence == Evidence::Tls {
        words.push(tls.version_name().unwrap_or_else(|| "TLS".to_owned()));
        words.extend(tls.guess.iter().map(|guess| guess.reason.clone()));
        words.push(format!("{} B → {} B ←", tls.bytes.client, tls.bytes.server));
        words.extend(tls.alpn.iter().map(|alpn| format!("ALPN {alpn}")));
        words.extend(tls.suite_name.clone());
        words.extend(tls.ech.iter().map(|ech| format!("ECH {}", ech.line())));
        if let Some(certificate) = &tls.certificate {
            let names = certificate.names_line();
            words.extend((!names.is_empty()).then(|| format!("certificate {names}")));
            words.extend(certificate.issuer_line().map(|issuer| format!("issued by {issuer}")));
            words.push(format!("valid {}", certificate.validity_line()));
        }
    } else {
        words.push(tls.short());
    }
    let mut words = words.into_iter();
    let first = words.next().unwrap_or_default();
    (first, words.map(|word| format!("  {word}")).collect())
}

/// The target is in absolute form: it has a scheme and a host.
fn has_host(target: &str) -> bool {
    let scheme = |scheme: &str| {
        let letters = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(letters)
    };
    target.split_once("://").is_some_and(|(before, _)| scheme(before))
}

fn width(text: &str) -> usize {
    let mut out = Vec::new();
    DisplaySafe::text(text).write_to(&mut out).columns
}

/// Appends text with `…` in the place of what has no room, two thirds of the way; gives the columns taken.
fn push_middle(out: &mut Vec<u8>, text: &str, columns: usize) -> usize {
    let units = units(text);
    let all: usize = units.iter().map(|(_, columns)| columns).sum();
    if all <= columns {
        units.iter().for_each(|(unit, _)| out.extend_from_slice(unit.as_bytes()));
        return all;
    }
    let room = columns.saturating_sub(1);
    let behind = fitting(units.iter().rev(), room / 3);
    let before = fitting(units.iter(), room - behind.1);
    let (front, back) = (units.get(..before.0), units.get(units.len() - behind.0..));
    front.unwrap_or_default().iter().for_each(|(unit, _)| out.extend_from_slice(unit.as_bytes()));
    out.extend_from_slice("…".as_bytes());
    back.unwrap_or_default().iter().for_each(|(unit, _)| out.extend_from_slice(unit.as_bytes()));
    before.1 + 1 + behind.1
}

/// How many units fit into `room`, and their columns.
fn fitting<'u>(units: impl Iterator<Item = &'u (String, usize)>, room: usize) -> (usize, usize) {
    let mut fit = (0, 0);
    for (_, columns) in units {
        if fit.1 + columns > room {
            break;
        }
        fit = (fit.0 + 1, fit.1 + columns);
    }
    fit
}

/// Text made safe, in what must not be parted: a character with its marks, or what stands for a hidden one.
fn units(text: &str) -> Vec<(String, usize)> {
    let mut units: Vec<(String, usize)> = Vec::new();
    for piece in DisplaySafe::text(text).pieces() {
        match piece {
            Piece::Escaped(escape) => units.push((escape.to_string(), escape.columns())),
            Piece::Plain { text, .. } => {
                for c in text.chars() {
                    match (c.width().unwrap_or(0), units.last_mut()) {
                        (0, Some((unit, _))) => unit.push(c),
                        (columns, _) => units.push((c.to_string(), columns)),
                    }
                }
            }
        }
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    fn middle(text: &str, columns: usize) -> (String, usize) {
        let mut out = Vec::new();
        let taken = push_middle(&mut out, text, columns);
        (String::from_utf8(out).unwrap(), taken)
    }

    #[test]
    fn the_middle_goes_and_both_ends_stay() {
        assert_eq!(middle("example.org/a/long/path?token=1", 31), ("example.org/a/long/path?token=1".into(), 31));
        assert_eq!(middle("example.org/a/long/path?token=1", 16), ("example.or…ken=1".into(), 16));
        assert_eq!(middle("abc", 1), ("…".into(), 1));
        assert_eq!(middle("漢字漢字漢字", 8), ("漢字…字".into(), 7));
        assert_eq!(middle("abcdefgh\u{202e}x", 10), ("abcdefgh…x".into(), 10));
    }

    #[test]
    fn a_target_in_absolute_form_has_its_host() {
        assert!(has_host("http://example.org/chat") && has_host("ws://h"));
        assert!(!has_host("/chat?next=http://h/") && !has_host("*") && !has_host("h:80") && !has_host("://h"));
    }
}
