//! What a TLS connection had better not be, and how it went wrong: notes, from what is known of it at its end.
//!
//! In: [`Facts`], and what a connection has heard of its own ending ([`Ending`]). Out: notes, in the order of the table. Versions as
//! RFC 8996, suites as RFC 9325 section 4.1 and RFC 7465.

use super::alert;
use super::connection::Facts;
use super::suite::{Cipher, SuiteId};
use crate::base::{At, Code, Note, Side, Sides};

/// An alert, as it was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// Who sent it.
    pub by: Side,
    /// Its level.
    pub level: u8,
    /// Its description.
    pub description: u8,
    /// Where.
    pub at: At,
}

/// How a connection ended.
#[derive(Debug, Clone, Default)]
pub struct Ending {
    /// Alerts, in order.
    pub alerts: Vec<Heard>,
    /// Records of each side that did not open although their keys are known, and where the first of them arrived.
    pub unopened: Sides<(u64, At)>,
    /// Sides whose application data could not be opened for want of keys.
    pub lacks_keys: Sides<bool>,
    /// Who finished the connection of TCP first, where it was finished and not reset or left, and where.
    pub finished: Option<(Side, At)>,
}

/// Why a suite is weak; nothing where it is not, or is not known to be.
#[must_use]
pub fn weakness(suite: SuiteId) -> Option<&'static str> {
    const RC4: &str = "RC4 (RFC 7465)";
    const SHORT: &str = "a cipher of less than 128 bits";
    match suite.0 {
        // Suites whose records are not read, by their numbers.
        0x0003..=0x0005 | 0x0017..=0x0018 | 0x0020 | 0x0024 | 0x0028 | 0x002b | 0x008a | 0x008e | 0x0092 => {
            return Some(RC4);
        }
        0xc002 | 0xc007 | 0xc00c | 0xc011 | 0xc016 | 0xc033 => return Some(RC4),
        0x0006..=0x0016 | 0x0019..=0x001b | 0x001e..=0x001f | 0x0022..=0x0023 | 0x0026..=0x0027 | 0x0029..=0x002a => {
            return Some(SHORT);
        }
        0x008b | 0x008f | 0x0093 | 0xc003 | 0xc008 | 0xc00d | 0xc012 | 0xc017 | 0xc01a..=0xc01c | 0xc034 => {
            return Some(SHORT);
        }
        _ => {}
    }
    let suite = suite.suite()?;
    let name = suite.name;
    let begins = |beginnings: &[&str]| beginnings.iter().any(|beginning| name.starts_with(beginning));
    Some(match () {
        () if matches!(suite.cipher, Cipher::Null(_)) => "nothing is encrypted",
        () if name.contains("_anon_") => "nobody is authenticated",
        () if begins(&["RSA_WITH_", "RSA_PSK_WITH_"]) => {
            "static RSA: whoever gets the server's key reads what was recorded"
        }
        () if begins(&["DH_", "ECDH_"]) => {
            "static Diffie-Hellman: whoever gets the server's key reads what was recorded"
        }
        () => return None,
    })
}

/// What is to be said of a connection at its end.
#[must_use]
pub fn notes(facts: &Facts, ending: &Ending) -> Vec<Note> {
    let mut notes = Vec::new();
    let client = facts.client.unwrap_or(Side::A);
    let name = |side: Side| side.direction(client).name();
    if let Some(server) = &facts.server_hello {
        let old = match server.version {
            0x0300 => Some("SSL 3.0"),
            0x0301 => Some("TLS 1.0"),
            0x0302 => Some("TLS 1.1"),
            _ => None,
        };
        notes.extend(old.map(|version| Note::new(Code::TlsVersion).with_detail(version)));
        if let Some(why) = weakness(server.suite) {
            notes.push(Note::new(Code::TlsSuite).with_detail(format!("{}: {why}", server.suite)));
        }
    }
    for heard in ending.alerts.iter().filter(|heard| heard.level == alert::FATAL) {
        let detail = format!("{}: {}", name(heard.by), alert::described(heard.description));
        notes.push(Note::new(Code::TlsAlert).with_detail(detail).with_at(heard.at));
    }
    for side in [client, client.other()] {
        let (unopened, first) = *ending.unopened.get(side);
        if unopened > 0 {
            let plural = if unopened == 1 { "" } else { "s" };
            let detail = format!("{unopened} record{plural} of the {}", name(side));
            notes.push(Note::new(Code::TlsUnopened).with_detail(detail).with_at(first));
        }
        if facts.has_keys && *ending.lacks_keys.get(side) {
            let detail = format!("those of the {}; those of the other side are there", name(side));
            notes.push(Note::new(Code::TlsKeysMissing).with_detail(detail));
        }
    }
    if let Some((side, at)) = ending.finished
        && !*ending.lacks_keys.get(side)
        && ending.unopened.get(side).0 == 0
        && !ending.alerts.iter().any(|heard| heard.by == side)
    {
        notes.push(Note::new(Code::TlsCloseMissing).with_detail(format!("of the {}", name(side))).with_at(at));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::hello::ServerHello;

    #[test]
    fn suites_are_weak_as_the_rfcs_say() {
        // RSA_WITH_AES_128_CBC_SHA, RC4_128_SHA, 3DES_EDE_CBC_SHA, NULL_SHA256, ECDH_RSA_WITH_AES_128_CBC_SHA, DH_anon.
        for (suite, word) in [
            (0x002f, "static RSA"),
            (0x0005, "RC4"),
            (0x000a, "128 bits"),
            (0x003b, "nothing"),
            (0xc00e, "static Diffie"),
            (0x0034, "nobody"),
        ] {
            // What the table of suites lacks is not judged.
            let known = SuiteId(suite).suite().is_some() || matches!(word, "RC4" | "128 bits");
            assert_eq!(weakness(SuiteId(suite)).is_some_and(|why| why.contains(word)), known, "{suite:04x}");
        }
        for suite in [0x1301, 0x1303, 0xc02f, 0xcca8, 0xc028, 0x009e] {
            assert_eq!(weakness(SuiteId(suite)), None, "{suite:04x}");
        }
    }

    #[test]
    fn old_versions_are_named() {
        for (version, name) in [(0x0300, "SSL 3.0"), (0x0301, "TLS 1.0"), (0x0302, "TLS 1.1")] {
            let hello = ServerHello { version, ..ServerHello::default() };
            let facts = Facts { server_hello: Some(hello), ..Facts::default() };
            let notes = notes(&facts, &Ending::default());
            assert_eq!(notes, [Note::new(Code::TlsVersion).with_detail(name)]);
        }
    }

    #[test]
    fn alerts_have_the_names_of_the_registry() {
        assert_eq!(alert::described(20), "bad_record_mac (20)");
        assert_eq!(alert::described(121), "ech_required (121)");
        assert_eq!(alert::described(200), "unknown (200)");
    }
}
