//! What a TLS connection had better not be, and how it went wrong: notes, from what is known of it at its end.
//!
//! In: [`Facts`], and what a connection has heard of its own ending ([`Ending`]). Out: notes, in the order of the table. Versions as
//! RFC 8996, suites as RFC 9325 sections 4.1 and 4.2.

use super::alert;
use super::connection::Facts;
use super::suite::SuiteId;
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

/// Why a suite is weak; nothing where it is not, or is not known to be. The first reason that there is, in the order of RFC 9325
/// section 4.1: what must not be, and then what should not.
#[must_use]
pub fn weakness(suite: SuiteId, encrypt_then_mac: bool) -> Option<&'static str> {
    let name = suite.name()?;
    let begins = |beginnings: &[&str]| beginnings.iter().any(|beginning| name.starts_with(beginning));
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    Some(match () {
        // The last are those of RFC 9150.
        () if has(&["WITH_NULL"]) || begins(&["SHA256_", "SHA384_"]) => "nothing is encrypted",
        () if has(&["RC4"]) => "RC4 (RFC 7465)",
        () if has(&["EXPORT", "WITH_DES", "RC2"]) => "a cipher of less than 112 bits",
        () if has(&["_anon_"]) => "nobody is authenticated (RFC 5246 A.5)",
        () if has(&["3DES"]) => "3DES, which is worth 112 bits: less than 128",
        () if begins(&["RSA_WITH_", "RSA_PSK_WITH_"]) => {
            "static RSA: whoever gets the server's key reads what was recorded"
        }
        () if begins(&["DH_", "ECDH_"]) => {
            "static Diffie-Hellman: whoever gets the server's key reads what was recorded"
        }
        () if begins(&["DHE_", "PSK_DHE_"]) => "Diffie-Hellman in finite fields, which is fragile (the Raccoon attack)",
        () if has(&["_CBC"]) && !encrypt_then_mac => "CBC without encrypt-then-MAC (RFC 9325 4.2)",
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
            0x0300 => Some("SSL 3.0 (RFC 7568)"),
            0x0301 => Some("TLS 1.0"),
            0x0302 => Some("TLS 1.1"),
            _ => None,
        };
        notes.extend(old.map(|version| Note::new(Code::TlsVersion).with_detail(version)));
        if let Some(why) = weakness(server.suite, server.encrypt_then_mac) {
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

    /// One suite or more of each sentence of RFC 9325 sections 4.1 and 4.2, by their numbers in IANA's registry.
    #[test]
    fn suites_are_weak_as_the_rfcs_say() {
        let classes: &[(&[u16], &str)] = &[
            (&[0x0001, 0x003b, 0x00b0, 0xc006, 0xc015, 0xc0b4, 0xc0b5], "nothing"),
            (&[0x0003, 0x0004, 0x0005, 0x0018, 0xc007, 0xc011, 0xc016, 0x0066], "RC4"),
            (&[0x0006, 0x0008, 0x0009, 0x0011, 0x0019, 0x001e, 0x0062], "less than 112"),
            (&[0x000a, 0x0016, 0x008b, 0xc008, 0xc012, 0xc01a], "less than 128"),
            (&[0x001b, 0x0034, 0x00a6, 0xc018], "nobody"),
            (&[0x0007, 0x002f, 0x0096, 0x009c, 0xc09c, 0xccae], "static RSA"),
            (&[0x0030, 0x00a4, 0xc004, 0xc00e, 0xc02d], "static Diffie"),
            (&[0x0033, 0x009e, 0x00aa, 0xc0aa, 0xccaa], "finite fields"),
        ];
        for (suites, word) in classes {
            for suite in *suites {
                let why = weakness(SuiteId(*suite), true);
                assert!(why.is_some_and(|why| why.contains(word)), "{suite:04x}: {why:?}");
            }
        }
        for suite in [0xc009, 0xc013, 0xc027, 0xc028, 0x008c, 0xc076] {
            assert_eq!(weakness(SuiteId(suite), true), None, "{suite:04x}");
            assert!(weakness(SuiteId(suite), false).is_some_and(|why| why.contains("CBC")), "{suite:04x}");
        }
        // Those that section 4.2 recommends, and others that are sealed with their tag.
        for suite in [0xc02f, 0xc030, 0xc02b, 0xc02c, 0xcca8, 0xcca9, 0x1301, 0x1303, 0xc0ac, 0x00a8, 0x0a0a] {
            assert_eq!(weakness(SuiteId(suite), false), None, "{suite:04x}");
        }
    }

    /// By the names that IANA's registry has for them (tests/data/tls/suites.txt).
    #[test]
    fn no_suite_of_the_registry_is_forgotten() {
        let registry = include_str!("../../tests/data/tls/suites.txt");
        for line in registry.lines() {
            let (id, name) = line.split_once(' ').unwrap();
            let id = SuiteId(u16::from_str_radix(&id[2..], 16).unwrap());
            assert_eq!(id.to_string(), name);
            let method = name["TLS_".len()..].split_once("_WITH_").map(|(method, _)| method);
            let is_forward = method.is_none_or(|method| {
                method.starts_with("ECDHE_")
                    || matches!(method, "PSK" | "KRB5" | "ECCPWD" | "ECJPAKE")
                    || method.starts_with("SRP_SHA")
                    || method.starts_with("GOST")
            });
            let is_old = ["NULL", "RC4", "DES", "RC2", "EXPORT"].iter().any(|word| name.contains(word));
            let is_bare = matches!(name, "TLS_SHA256_SHA256" | "TLS_SHA384_SHA384");
            assert_eq!(weakness(id, true).is_some(), is_old || is_bare || !is_forward, "{line}");
        }
        assert!(registry.lines().count() > 330);
    }

    #[test]
    fn old_versions_are_named() {
        for (version, name) in [(0x0300, "SSL 3.0 (RFC 7568)"), (0x0301, "TLS 1.0"), (0x0302, "TLS 1.1")] {
            let hello = ServerHello { version, suite: SuiteId(0xc02f), ..ServerHello::default() };
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
