//! Key logs: which secrets belong to which connection.
//!
//! In: text in the NSS key log format (RFC 9850; older programs add forms of their own), in pieces. Out: secrets by the
//! client random of the connection, and by what an RSA key exchange or a session has. A line that is none is counted, with
//! the first one's number, and never ends reading. Secrets are wiped when they are let go, and print as nothing.

use hashbrown::HashMap;
use std::fmt;
use zeroize::Zeroizing;

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

/// The secrets of any number of connections.
#[derive(Debug, Clone, Default)]
pub struct KeyLog {
    by_random: HashMap<Random, Vec<(Label, Secret)>>,
    /// The client randoms of handshakes of TLS 1.3, in the order in which they were logged.
    handshakes: Vec<Random>,
    /// Master secrets by session id (`RSA Session-ID:… Master-Key:…`, as OpenSSL prints them).
    by_session: HashMap<Vec<u8>, Secret>,
    /// Premaster secrets by the first eight bytes of what the client encrypted (`RSA …`).
    by_encrypted: HashMap<[u8; 8], Secret>,
    /// The last line, where its end has not come yet.
    unfinished: Zeroizing<Vec<u8>>,
    lines: u64,
    read: Read,
}

impl KeyLog {
    /// Reads on: a file as it grows. Its last line counts when its end has come, or at [`KeyLog::finish`].
    pub fn push(&mut self, text: &[u8]) {
        let mut rest = text;
        while let Some(end) = memchr::memchr2(b'\n', b'\r', rest) {
            let (line, behind) = rest.split_at(end);
            rest = behind.get(1..).unwrap_or_default();
            if self.unfinished.is_empty() {
                self.line(line);
            } else {
                let mut whole = std::mem::take(&mut self.unfinished);
                whole.extend_from_slice(line);
                self.line(&whole);
            }
        }
        // A line longer than any secret is none, and need not be kept to say so.
        let room = limits::KEY_LOG_LINE_BYTES.saturating_sub(self.unfinished.len());
        self.unfinished.extend_from_slice(rest.get(..room).unwrap_or(rest));
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

    /// The client randoms of connections whose server's handshake can be opened, in the order in which they were logged. There
    /// are never fewer of them later.
    #[must_use]
    pub fn handshakes(&self) -> &[Random] {
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
        let text = std::str::from_utf8(line).map(str::trim).unwrap_or("?");
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
        let random: Random = hex::decode(second).ok()?.try_into().ok()?;
        let secret = secret(third)?;
        let Some(label) = label(first) else { return is_of_no_use(first).then_some(false) };
        let of_connection = self.by_random.entry(random).or_default();
        // The same log may be read again, and a program may print a line twice: that is nothing new.
        let known = of_connection.iter().any(|(its, _)| *its == label);
        if !known {
            of_connection.push((label, secret));
            if label == Label::ServerHandshake {
                self.handshakes.push(random);
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
    let bytes = hex::decode(hex).ok().map(Secret::from)?;
    (!bytes.bytes().is_empty()).then_some(bytes)
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
        assert_eq!((log.read().secrets, log.read().bad), (1, 4));
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
