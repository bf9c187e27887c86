//! Is a stream TLS (RFC 8446, RFC 5246), from its start or behind something that led to it, as SOCKS does?
//!
//! In: a [`Backlog`] of one direction. Out: yes or no, by the headers of its records. What it says inside is not read; the
//! names of a certificate, and what is encrypted, can look like anything.

use crate::base::Backlog;

/// Chunks from whose start records are tried.
const TRIED: usize = 8;

/// Longest record: what TLS 1.2 allows (RFC 5246 section 6.2.3).
const LONGEST: u16 = 16 * 1024 + 2048;

/// Records follow one another from the start of a chunk on, and a chunk ends where one does; or the first of them is a
/// hello. At the very start, the header of one is enough.
pub(super) fn speaks(held: &Backlog) -> bool {
    let starts = matches!(held.start(), [20..=23, 3, 0..=4, ..]);
    let begins = |start: u64| is_hello(held.at(start)) || is_certificate(held.at(start)) || leads_on(held, start);
    starts || held.chunks().take(TRIED).any(|(start, _)| begins(start))
}

/// Two names or more of a certificate, of those for which it is made out (RFC 5280 section 4.2.1.6: dNSName, which DER writes
/// as 0x82, a length and the name). They look like binary frames of a server, one after another.
fn is_certificate(bytes: &[u8]) -> bool {
    let name = |bytes: &[u8]| match bytes {
        [0x82, len @ 4..=0x7f, rest @ ..] => {
            let is_host = |name: &&[u8]| {
                name.contains(&b'.') && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-.*_".contains(byte))
            };
            rest.get(..usize::from(*len)).filter(is_host).map(|name| 2 + name.len())
        }
        _ => None,
    };
    name(bytes).and_then(|len| name(bytes.get(len..)?)).is_some()
}

/// The start of a record with a ClientHello or a ServerHello: type, version, length; type and length of the message.
fn is_hello(bytes: &[u8]) -> bool {
    match bytes {
        [22, 3, 0..=4, high, low, 1 | 2, 0, _, _, 3, 0..=4, ..] => {
            (40..=LONGEST).contains(&u16::from_be_bytes([*high, *low]))
        }
        _ => false,
    }
}

/// Two records or more, the last of which ends where a chunk does.
fn leads_on(held: &Backlog, start: u64) -> bool {
    let mut ends = std::iter::successors(record_end(held, start), |end| record_end(held, *end)).take(64).enumerate();
    ends.any(|(before, end)| before > 0 && held.is_boundary(end))
}

/// The end of the record at `at`.
fn record_end(held: &Backlog, at: u64) -> Option<u64> {
    match *held.at(at).first_chunk::<5>()? {
        [20..=23, 3, 0..=4, high, low] => {
            let len = u16::from_be_bytes([high, low]);
            (1..=LONGEST).contains(&len).then(|| at + 5 + u64::from(len))
        }
        _ => None,
    }
}
