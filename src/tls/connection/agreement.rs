//! From what both sides said and the key log to keys: which hello counts, and what opens the records of either side.

use super::{Connection, TLS13};
use crate::base::Side;
use crate::tls::keylog::{KeyLog, Label};
use crate::tls::protection::{Generation, Material};
use crate::tls::record::Record;
use crate::tls::schedule::Prf;
use crate::tls::suite::Suite;

impl Connection {
    /// Which of two hellos counts, as far as the key log tells (RFC 9849 section 6.1.4): secrets are logged by its random.
    pub(super) fn uncover(&mut self, keys: &KeyLog) {
        let (Some(outer), Some(server)) = (&self.outer, &self.facts.server_hello) else { return };
        if server.version < TLS13 || outer.is_known(keys) {
            self.covers(false);
        } else if let (Some(suite), Some(inner)) = (server.suite.suite(), outer.open(keys)) {
            let is_accepted = outer.is_confirmed(&inner, suite.hash);
            self.covers(is_accepted);
            if is_accepted {
                self.facts.client_hello = Some(inner.hello);
                self.facts.ech.get_or_insert_default().is_open = true;
            }
        }
    }

    /// It is known now whether the server took the hidden hello.
    fn covers(&mut self, is_accepted: bool) {
        self.outer = None;
        self.facts.ech.get_or_insert_default().is_accepted = Some(is_accepted);
    }

    /// Nothing is logged by the random of a hello that may hide another: other secrets are tried on the first record that the
    /// server seals.
    pub(super) fn try_logged(&mut self, side: Side, record: &Record<'_>, keys: &KeyLog) {
        let is_first = self.sides.get(side).protection.is_closed() && !self.waiting.has(side) && !record.is_guess;
        if !is_first || Some(side) == self.facts.client || self.version() < TLS13 {
            return;
        }
        let suite = self.facts.server_hello.as_ref().and_then(|hello| hello.suite.suite());
        let random = self.outer.as_mut().zip(suite).and_then(|(outer, suite)| outer.try_logged(keys, &suite, record));
        if let (Some(random), Some(hello)) = (random, &mut self.facts.client_hello) {
            // What else it says is hidden still.
            (hello.random, hello.server_name) = (random, None);
            hello.alpn.clear();
            self.covers(true);
            self.agree(keys);
        }
    }

    /// An RSA key exchange carries a secret that the log may have (RFC 5246 section 7.4.7.1).
    pub(super) fn key_exchange(&mut self, body: &[u8], keys: &KeyLog) {
        let (Some(client), Some(server)) = (&self.facts.client_hello, &self.facts.server_hello) else { return };
        let Some(suite) = server.suite.suite() else { return };
        // Two bytes of length.
        let encrypted = body.get(2..).and_then(|behind| keys.encrypted(behind));
        let Some(premaster) = encrypted.or_else(|| keys.secret(&client.random, Label::Premaster)) else { return };
        let prf = Prf::of(server.version, &suite);
        self.master = Some(match server.extended_master_secret {
            // Of all messages up to this one.
            true => prf.extended_master(premaster, &self.transcript),
            false => prf.master(premaster, &client.random, &server.random),
        });
        // Where the beginning of a stream was lost, what the keys open may have come before.
        self.agree(keys);
    }

    pub(super) fn has_keys(&mut self, keys: &KeyLog) {
        self.facts.has_keys |= self.facts.client_hello.as_ref().is_some_and(|hello| keys.opens(&hello.random));
    }

    /// Secrets that are known by now become keys.
    pub(super) fn agree(&mut self, keys: &KeyLog) {
        self.uncover(keys);
        self.has_keys(keys);
        self.asked = keys.read().secrets;
        self.has_news = true;
        if self.version() >= TLS13 {
            self.agree13(keys);
        } else if let Some((suite, [client, server])) = self.materials(keys)
            && let Some(client_side) = self.facts.client
        {
            for (side, material) in [(client_side, client), (client_side.other(), server)] {
                let half = self.sides.get_mut(side);
                if half.is_changed && half.protection.is_closed() {
                    half.protection.change(&suite, material);
                }
            }
        }
    }

    fn agree13(&mut self, keys: &KeyLog) {
        let (Some(client), Some(client_hello), Some(server_hello)) =
            (self.facts.client, &self.facts.client_hello, &self.facts.server_hello)
        else {
            return;
        };
        let Some(suite) = server_hello.suite.suite() else { return };
        let random = client_hello.random;
        let phases = [
            (client, Generation::Early, Label::ClientEarly),
            (client, Generation::Handshake, Label::ClientHandshake),
            (client, Generation::Application(0), Label::ClientTraffic),
            (client.other(), Generation::Handshake, Label::ServerHandshake),
            (client.other(), Generation::Application(0), Label::ServerTraffic),
        ];
        for (side, generation, label) in phases {
            if let Some(secret) = keys.secret(&random, label) {
                self.sides.get_mut(side).protection.add(&suite, generation, secret);
            }
        }
    }

    /// Before TLS 1.3: what opens the records of client and server.
    pub(super) fn materials(&self, keys: &KeyLog) -> Option<(Suite, [Material; 2])> {
        let (client, server) = (self.facts.client_hello.as_ref()?, self.facts.server_hello.as_ref()?);
        let suite = server.suite.suite()?;
        let prf = Prf::of(server.version, &suite);
        let logged = keys.secret(&client.random, Label::Master).or_else(|| keys.session(&server.session));
        let master = logged.or(self.master.as_ref())?;
        let (version, encrypt_then_mac) = (server.version, server.encrypt_then_mac);
        let of_sides = prf.keys(suite.cipher, master, &client.random, &server.random);
        Some((suite, of_sides.map(|keys| Material::Keys { version, encrypt_then_mac, keys })))
    }

    /// ChangeCipherSpec: what this side sends from here on has the new keys.
    pub(super) fn change(&mut self, side: Side, keys: &KeyLog) {
        if self.version() >= TLS13 {
            // It is there for the sake of boxes on the way (RFC 8446 appendix D.4).
            return;
        }
        self.sides.get_mut(side).is_changed = true;
        self.has_news = true;
        self.has_keys(keys);
        if let Some((suite, [client, server])) = self.materials(keys) {
            let material = if Some(side) == self.facts.client { client } else { server };
            self.sides.get_mut(side).protection.change(&suite, material);
        }
    }

    /// Before TLS 1.3 data are sealed, so that a ChangeCipherSpec before them was lost.
    pub(super) fn has_lost_change(&self, side: Side) -> bool {
        let is_before_13 = self.facts.server_hello.as_ref().is_some_and(|hello| hello.version < TLS13);
        is_before_13 && !self.sides.get(side).is_changed
    }

    /// ChangeCipherSpec was lost, and the Finished behind it or more.
    pub(super) fn change_late(&mut self, side: Side, keys: &KeyLog) {
        let lost = self.sides.get(side).protection.lost();
        self.change(side, keys);
        self.sides.get_mut(side).protection.lose(lost);
    }
}
