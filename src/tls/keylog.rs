//! Key logs: which secrets belong to which connection.
//!
//! In: text in the NSS key log format (RFC 9850; older programs add forms of their own), in pieces. Out: secrets by the
//! client random of the connection, and by what an RSA key exchange or a session has. A line that is none is counted, with
//! the first one's number, and never ends reading. Secrets are wiped when they are let go, and print as nothing.

use hashbrown::HashMap;
use std::fmt;
use std::sync::OnceLock;
use zeroize::Zeroizing;

use super::schedule::{Keys, tls13_keys};
use super::suite::Suite;
use crate::base::limits;
use crate::base::number::wide;

/// A client random (RFC 8446 section 4.1.2): in a key log, the name of a connection.
pub type Random = [u8; 32];

/// A secret of any length, wiped when it is let go.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Secret {
    fn from(bytes: Vec<u8>) -> Secret {
        Secret(Zeroizing::new(bytes))
    }
}

impl fmt::Debug for Secret {
    /// Says how long it is, and nothing else: it may stand in a log or a panic.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes)", self.0.len())
    }
}

/// What a secret is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Label {
    /// `CLIENT_RANDOM`: the master secret of TLS 1.2 and before (RFC 5246 section 8.1).
    Master,
    /// `PMS_CLIENT_RANDOM`: the premaster secret.
    Premaster,
    /// `CLIENT_EARLY_TRAFFIC_SECRET` (RFC 8446 section 7.1).
    ClientEarly,
    /// `CLIENT_HANDSHAKE_TRAFFIC_SECRET`.
    ClientHandshake,
    /// `SERVER_HANDSHAKE_TRAFFIC_SECRET`.
    ServerHandshake,
    /// `CLIENT_TRAFFIC_SECRET_0`, from which later generations follow (RFC 8446 section 7.2).
    ClientTraffic,
    /// `SERVER_TRAFFIC_SECRET_0`.
    ServerTraffic,
    /// `ECH_SECRET` (RFC 9850 section 2.3): opens the inner hello.
    EchSecret,
    /// `ECH_CONFIG`: what the inner hello was sealed for.
    EchConfig,
}

/// What a line says that has a client random.
fn label(text: &str) -> Option<Label> {
    Some(match text {
        "CLIENT_RANDOM" => Label::Master,
        "PMS_CLIENT_RANDOM" => Label::Premaster,
        "CLIENT_EARLY_TRAFFIC_SECRET" => Label::ClientEarly,
        "CLIENT_HANDSHAKE_TRAFFIC_SECRET" => Label::ClientHandshake,
        "SERVER_HANDSHAKE_TRAFFIC_SECRET" => Label::ServerHandshake,
        // Generation 0 has a number, or lacks it; the ones after it are derived and not looked up.
        "CLIENT_TRAFFIC_SECRET_0" | "CLIENT_TRAFFIC_SECRET" => Label::ClientTraffic,
        "SERVER_TRAFFIC_SECRET_0" | "SERVER_TRAFFIC_SECRET" => Label::ServerTraffic,
        "ECH_SECRET" => Label::EchSecret,
        "ECH_CONFIG" => Label::EchConfig,
        _ => return None,
    })
}

/// Labels that are known and open no records.
fn is_of_no_use(text: &str) -> bool {
    text == "EXPORTER_SECRET"
        || text == "EARLY_EXPORTER_SECRET"
        || text.starts_with("CLIENT_TRAFFIC_SECRET_")
        || text.starts_with("SERVER_TRAFFIC_SECRET_")
        || text.starts_with("QUIC_")
}

/// What a line of a key log calls the connection whose secret it has.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Name {
    /// The client random.
    Random(Random),
    /// The id of the session that is resumed (`RSA Session-ID:…`).
    Session(Vec<u8>),
    /// The first bytes of the encrypted premaster secret (`RSA …`).
    Encrypted([u8; 8]),
}

impl Name {
    /// Of which connection a line is, where it has a secret that may open something.
    #[must_use]
    pub fn of_line(line: &[u8]) -> Option<Name> {
        let mut words = std::str::from_utf8(line).ok()?.split_ascii_whitespace();
        let (first, second, third) = (words.next()?, words.next()?, words.next()?);
        if words.next().is_some() || first.ends_with("EXPORTER_SECRET") {
            return None;
        }
        if first != "RSA" {
            let is_known = label(first).is_some() || is_of_no_use(first);
            return Some(Name::Random(hex::decode(second).ok()?.try_into().ok()?)).filter(|_| is_known);
        }
        match second.strip_prefix("Session-ID:") {
            Some(id) => third.starts_with("Master-Key:").then_some(Name::Session(hex::decode(id).ok()?)),
            None => Some(Name::Encrypted(hex::decode(second).ok()?.try_into().ok()?)),
        }
    }
}

/// What was read of key logs, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Read {
    /// Lines that gave a secret.
    pub secrets: u64,
    /// Lines that are none: neither a secret, nor a comment, nor empty.
    pub bad: u64,
    /// The number of the first of them.
    pub first_bad: u64,
    /// Secrets that found no room ([`limits::KEY_LOG_SECRETS`]).
    pub dropped: u64,
}

/// A handshake of TLS 1.3 whose server's side can be opened.
#[derive(Clone)]
pub struct Handshake {
    /// The client random.
    pub random: Random,
    /// What its secret gives for each suite: whoever tries many handshakes asks again and again.
    keys: OnceLock<Box<[OfSuite; SUITES]>>,
}

/// Keys for one suite, once they were asked for; nothing where the secret is of another.
type OfSuite = OnceLock<Option<Box<Keys>>>;

/// The suites of TLS 1.3 (RFC 8446 appendix B.4): so many, numbered from this one on.
const SUITES: usize = 5;
const FIRST_SUITE: u16 = 0x1301;

impl Handshake {
    /// What opens the server's side, if it is of this suite.
    #[must_use]
    pub fn keys(&self, log: &KeyLog, suite: &Suite) -> Option<&Keys> {
        let keys = self.keys.get_or_init(Box::default).get(usize::from(suite.id.0.checked_sub(FIRST_SUITE)?))?;
        let derived = keys.get_or_init(|| {
            let secret = log.secret(&self.random, Label::ServerHandshake)?;
            // It is as long as what the suite's hash gives (RFC 8446 section 7.1).
            let fits = secret.bytes().len() == suite.hash.output_len();
            tls13_keys(suite, secret).filter(|_| fits).map(Box::new)
        });
        derived.as_deref()
    }
}

impl fmt::Debug for Handshake {
    /// It prints no key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handshake")
    }
}

/// The secrets of any number of connections.
#[derive(Debug, Clone, Default)]
pub struct KeyLog {
    by_random: HashMap<Random, Vec<(Label, Secret)>>,
    /// Handshakes of TLS 1.3, in the order in which they were logged.
    handshakes: Vec<Handshake>,
    /// Master secrets by session id (`RSA Session-ID:… Master-Key:…`, as OpenSSL prints them).
    by_session: HashMap<Vec<u8>, Secret>,
    /// Premaster secrets by the first eight bytes of what the client encrypted (`RSA …`).
    by_encrypted: HashMap<[u8; 8], Secret>,
    /// The last line, where its end has not come yet.
    unfinished: Zeroizing<Vec<u8>>,
    /// The last line ended with a carriage return, to which a line feed may belong.
    has_returned: bool,
    lines: u64,
    read: Read,
}

impl KeyLog {
    /// Reads on: a file as it grows. Its last line counts when its end has come, or at [`KeyLog::finish`].
    pub fn push(&mut self, text: &[u8]) {
        let mut rest = text;
        while let Some(end) = memchr::memchr2(b'\n', b'\r', rest) {
            let (line, behind) = rest.split_at(end);
            let is_return = rest.get(end) == Some(&b'\r');
            rest = behind.get(1..).unwrap_or_default();
            let has_returned = std::mem::replace(&mut self.has_returned, is_return);
            if !self.unfinished.is_empty() {
                self.keep(line);
                let whole = std::mem::take(&mut self.unfinished);
                self.line(&whole);
            } else if is_return || !line.is_empty() || !has_returned {
                self.line(line);
            }
        }
        if !rest.is_empty() {
            self.has_returned = false;
            self.keep(rest);
        }
    }

    /// Keeps what came of a line. One that is longer than any secret is none, and need not be kept to say so.
    fn keep(&mut self, part: &[u8]) {
        let room = (limits::KEY_LOG_LINE_BYTES + 1).saturating_sub(self.unfinished.len());
        self.unfinished.extend_from_slice(part.get(..room).unwrap_or(part));
    }

    /// No more comes: the last line counts without an end too.
    pub fn finish(&mut self) {
        if !self.unfinished.is_empty() {
            let line = std::mem::take(&mut self.unfinished);
            self.line(&line);
        }
    }

    /// What was read so far.
    #[must_use]
    pub fn read(&self) -> Read {
        self.read
    }

    /// A secret of the connection with this client random; the first that was logged counts.
    #[must_use]
    pub fn secret(&self, random: &Random, label: Label) -> Option<&Secret> {
        self.by_random.get(random)?.iter().find(|(its, _)| *its == label).map(|(_, secret)| secret)
    }

    /// Anything is known of the connection with this client random.
    #[must_use]
    pub fn knows(&self, random: &Random) -> bool {
        self.by_random.contains_key(random)
    }

    /// A secret is known that opens records of the connection with this client random.
    #[must_use]
    pub fn opens(&self, random: &Random) -> bool {
        let is_of_records = |label: Label| !matches!(label, Label::EchSecret | Label::EchConfig);
        self.by_random.get(random).is_some_and(|secrets| secrets.iter().any(|(label, _)| is_of_records(*label)))
    }

    /// The connections whose server's handshake can be opened, in the order in which they were logged. There are never fewer of
    /// them later.
    #[must_use]
    pub fn handshakes(&self) -> &[Handshake] {
        &self.handshakes
    }

    /// The client randoms of which something is known, in no order.
    pub fn randoms(&self) -> impl Iterator<Item = &Random> {
        self.by_random.keys()
    }

    /// The master secret of a session that is resumed by its id (RFC 5246 section 7.4.1.2).
    #[must_use]
    pub fn session(&self, id: &[u8]) -> Option<&Secret> {
        self.by_session.get(id)
    }

    /// The premaster secret that an RSA key exchange carried, by the first bytes of what carried it (RFC 5246
    /// section 7.4.7.1).
    #[must_use]
    pub fn encrypted(&self, encrypted: &[u8]) -> Option<&Secret> {
        self.by_encrypted.get(encrypted.first_chunk::<8>()?)
    }

    fn line(&mut self, line: &[u8]) {
        self.lines += 1;
        let fits = line.len() <= limits::KEY_LOG_LINE_BYTES;
        let text = std::str::from_utf8(line).ok().filter(|_| fits).map_or("?", str::trim);
        if text.is_empty() || text.starts_with('#') {
            return;
        }
        match self.entry(text) {
            Some(true) => self.read.secrets += 1,
            Some(false) => {}
            None => {
                self.read.bad += 1;
                if self.read.bad == 1 {
                    self.read.first_bad = self.lines;
                }
            }
        }
    }

    /// Whether a line gave a secret; nothing where it is no line of a key log.
    fn entry(&mut self, text: &str) -> Option<bool> {
        let mut words = text.split_ascii_whitespace();
        let (first, second, third) = (words.next()?, words.next()?, words.next()?);
        if words.next().is_some() {
            return None;
        }
        if wide(self.by_random.len() + self.by_session.len() + self.by_encrypted.len()) >= limits::KEY_LOG_SECRETS {
            self.read.dropped += 1;
            return Some(false);
        }
        if first == "RSA" {
            return self.rsa(second, third);
        }
        let mut random = Random::default();
        hex::decode_to_slice(second, &mut random).ok()?;
        let secret = secret(third)?;
        let Some(label) = label(first) else { return is_of_no_use(first).then_some(false) };
        let of_connection = self.by_random.entry(random).or_default();
        // The same log may be read again, and a program may print a line twice: that is nothing new.
        let known = of_connection.iter().any(|(its, _)| *its == label);
        if !known {
            of_connection.push((label, secret));
            if label == Label::ServerHandshake {
                self.handshakes.push(Handshake { random, keys: OnceLock::new() });
            }
        }
        Some(!known)
    }

    fn rsa(&mut self, name: &str, value: &str) -> Option<bool> {
        if let Some(id) = name.strip_prefix("Session-ID:") {
            let secret = secret(value.strip_prefix("Master-Key:")?)?;
            self.by_session.insert(hex::decode(id).ok()?, secret);
        } else {
            let encrypted: [u8; 8] = hex::decode(name).ok()?.try_into().ok()?;
            self.by_encrypted.insert(encrypted, secret(value)?);
        }
        Some(true)
    }
}

fn secret(hex: &str) -> Option<Secret> {
    // At once as long as it will be: what grows leaves copies behind that nobody wipes.
    let mut bytes = vec![0; hex.len() / 2];
    let decoded = hex::decode_to_slice(hex, &mut bytes);
    let secret = Secret::from(bytes);
    (decoded.is_ok() && !secret.bytes().is_empty()).then_some(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANDOM: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    fn random() -> Random {
        std::array::from_fn(|at| u8::try_from(at).unwrap())
    }

    fn read(text: &str) -> KeyLog {
        let mut log = KeyLog::default();
        log.push(text.as_bytes());
        log.finish();
        log
    }

    #[test]
    fn every_label_that_opens_records_is_read() {
        let labels = [
            ("CLIENT_RANDOM", Label::Master),
            ("PMS_CLIENT_RANDOM", Label::Premaster),
            ("CLIENT_EARLY_TRAFFIC_SECRET", Label::ClientEarly),
            ("CLIENT_HANDSHAKE_TRAFFIC_SECRET", Label::ClientHandshake),
            ("SERVER_HANDSHAKE_TRAFFIC_SECRET", Label::ServerHandshake),
            ("CLIENT_TRAFFIC_SECRET_0", Label::ClientTraffic),
            ("SERVER_TRAFFIC_SECRET", Label::ServerTraffic),
            ("ECH_SECRET", Label::EchSecret),
            ("ECH_CONFIG", Label::EchConfig),
        ];
        for (text, label) in labels {
            let log = read(&format!("{text} {RANDOM} 0a0B\n"));
            assert_eq!(log.secret(&random(), label).unwrap().bytes(), [0x0a, 0x0b], "{text}");
            assert_eq!(log.read(), Read { secrets: 1, ..Read::default() });
        }
    }

    #[test]
    fn later_generations_and_exporters_are_known_and_not_kept() {
        let log = read(&format!(
            "CLIENT_TRAFFIC_SECRET_1 {RANDOM} 00\nEXPORTER_SECRET {RANDOM} 00\nSERVER_TRAFFIC_SECRET_N {RANDOM} 00"
        ));
        assert_eq!(log.read(), Read::default());
        assert!(!log.knows(&random()));
    }

    #[test]
    fn what_is_no_line_is_counted_and_does_not_end_reading() {
        let text = format!(
            "# comment\r\n\r\nCLIENT_RANDOM {RANDOM}\r\nCLIENT_RANDOM 00 00\nNONSENSE {RANDOM} 00\n\u{fffd}\n  CLIENT_RANDOM\t{RANDOM}  ff  "
        );
        let log = read(&text);
        assert_eq!(log.secret(&random(), Label::Master).unwrap().bytes(), [0xff]);
        assert_eq!((log.read().secrets, log.read().bad, log.read().first_bad), (1, 4, 3));
    }

    #[test]
    fn a_line_that_is_too_long_is_none_however_it_comes() {
        let long = limits::KEY_LOG_LINE_BYTES - "CLIENT_RANDOM  ".len() - RANDOM.len();
        for (more, secrets) in [(0, 1), (2, 0), (100, 0)] {
            let text = format!("CLIENT_RANDOM {RANDOM} {}\n", "a".repeat((long + more) / 2 * 2));
            for size in [1, 100, 5000, text.len()] {
                let mut log = KeyLog::default();
                text.as_bytes().chunks(size).for_each(|piece| log.push(piece));
                assert_eq!((log.read().secrets, log.read().bad), (secrets, 1 - secrets), "{more} in pieces of {size}");
            }
        }
    }

    #[test]
    fn a_line_names_its_connection_where_its_secret_opens_something() {
        let named = |line: &str| Name::of_line(line.as_bytes());
        for label in [
            "CLIENT_RANDOM",
            "SERVER_TRAFFIC_SECRET_0",
            "CLIENT_TRAFFIC_SECRET_7",
            "QUIC_SERVER_HANDSHAKE_TRAFFIC_SECRET",
        ] {
            assert_eq!(named(&format!("{label} {RANDOM} 0a")), Some(Name::Random(random())), "{label}");
        }
        assert_eq!(named("RSA 0102030405060708 0a"), Some(Name::Encrypted([1, 2, 3, 4, 5, 6, 7, 8])));
        assert_eq!(named("RSA Session-ID:0909 Master-Key:0a"), Some(Name::Session(vec![9, 9])));
        for line in ["", "# CLIENT_RANDOM", "CLIENT_RANDOM 00 00", "NONSENSE", "RSA 00 00", "\u{fffd}"] {
            assert_eq!(named(line), None, "{line}");
        }
        assert_eq!(named(&format!("EXPORTER_SECRET {RANDOM} 0a")), None);
        assert_eq!(named(&format!("NONSENSE {RANDOM} 0a")), None);
    }

    #[test]
    fn a_line_may_come_in_pieces_and_twice() {
        let text = format!("CLIENT_RANDOM {RANDOM} aa\nCLIENT_RANDOM {RANDOM} bb\n");
        for cut in 0..text.len() {
            let mut log = KeyLog::default();
            let (first, second) = text.as_bytes().split_at(cut);
            log.push(first);
            log.push(second);
            assert_eq!(log.secret(&random(), Label::Master).unwrap().bytes(), [0xaa]);
            assert_eq!(log.read(), Read { secrets: 1, ..Read::default() });
        }
    }

    #[test]
    fn rsa_lines_have_two_forms() {
        let log = read("RSA 0102030405060708 aabb\nRSA Session-ID:0909 Master-Key:cc\n");
        assert_eq!(log.encrypted(&[1, 2, 3, 4, 5, 6, 7, 8, 9]).unwrap().bytes(), [0xaa, 0xbb]);
        assert_eq!(log.session(&[9, 9]).unwrap().bytes(), [0xcc]);
        assert_eq!(log.encrypted(&[1, 2]), None);
    }

    #[test]
    fn secrets_do_not_print() {
        let log = read(&format!("CLIENT_RANDOM {RANDOM} c0ffee\n"));
        let printed = format!("{log:?}").to_lowercase();
        assert!(!printed.contains("c0ffee") && !printed.contains("192, 255, 238"), "{printed}");
    }
}
