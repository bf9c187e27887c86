//! Secrets from key logs that go along with a capture: those of its connections, and no others.
//!
//! In: key logs, as far as they have come, and the packets of a capture, batch by batch. Out: for each batch the lines of
//! connections that begin in it; lines that come after their connection, with the next batch. Lines are wiped when they are let
//! go.

use std::collections::{HashMap, HashSet};

use zeroize::Zeroizing;

use crate::base::limits::KEY_LOG_SECRETS;
use crate::base::number::wide;
use crate::base::{SecretLog, Secrets};
use crate::capture::Batch;
use crate::tls::keylog::Name;
use crate::tls::sighting::names_in;

/// Lines of key logs, by connection.
pub(super) struct KeyLines {
    log: SecretLog,
    seen: usize,
    lines: HashMap<Name, Zeroizing<Vec<u8>>>,
    /// Connections in the capture whose lines may come yet.
    sighted: HashSet<Name>,
    /// Connections of which lines were found.
    found: HashSet<Name>,
}

impl KeyLines {
    pub fn new(log: SecretLog) -> KeyLines {
        KeyLines { log, seen: 0, lines: HashMap::new(), sighted: HashSet::new(), found: HashSet::new() }
    }

    /// The secrets that belong before these packets.
    pub fn before(&mut self, batch: &Batch) -> Vec<Secrets> {
        let mut text = Zeroizing::new(Vec::new());
        for secrets in self.log.news(&mut self.seen, u64::MAX) {
            self.take(&secrets, &mut text);
        }
        if self.seen > 0 || self.log.expects_more() {
            batch.packets().for_each(|packet| names_in(packet.data, |name| self.sight(name, &mut text)));
        }
        if text.is_empty() {
            return Vec::new();
        }
        vec![Secrets { kind: Secrets::TLS_KEY_LOG, bytes: std::mem::take(&mut *text), after: 0 }]
    }

    /// Connections whose secrets went along.
    pub fn found(&self) -> usize {
        self.found.len()
    }

    fn take(&mut self, secrets: &Secrets, text: &mut Vec<u8>) {
        for line in secrets.bytes.split(|byte| matches!(byte, b'\n' | b'\r')) {
            let Some(name) = Name::of_line(line) else { continue };
            if self.found.contains(&name) || self.sighted.remove(&name) {
                push(text, line);
                self.found.insert(name);
            } else if wide(self.lines.len()) < KEY_LOG_SECRETS {
                push(self.lines.entry(name).or_default(), line);
            }
        }
    }

    fn sight(&mut self, name: Name, text: &mut Vec<u8>) {
        if let Some(lines) = self.lines.remove(&name) {
            text.extend_from_slice(&lines);
            self.found.insert(name);
        } else if self.log.expects_more() && wide(self.sighted.len()) < KEY_LOG_SECRETS && !self.found.contains(&name) {
            self.sighted.insert(name);
        }
    }
}

fn push(text: &mut Vec<u8>, line: &[u8]) {
    text.extend_from_slice(line);
    text.push(b'\n');
}
