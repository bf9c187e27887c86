//! How to dissect.

use crate::base::{Owners, SecretLog};
use crate::capture::Capture;

/// What a port's traffic is, by the user's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecodeAs {
    /// WebSocket, with or without a handshake.
    WebSocket,
    /// Not WebSocket, whatever it looks like.
    Nothing,
}

/// How to dissect.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// TCP ports whose traffic the user has named; the first that fits counts.
    pub decode_as: Vec<(u16, DecodeAs)>,
    /// Connections kept at hand on each thread; the state of the others lies in a temporary file. `None` for what
    /// [`crate::base::limits`] has. What is found does not depend on it.
    pub at_hand: Option<usize>,
    /// On several threads, with one sink: connections are spread over them (`true`), or one thread reads and one does the
    /// rest (`false`). `None`: as the capture's beginning has it. What is found does not depend on it.
    pub spread: Option<bool>,
    /// Tells TLS connections too that are not WebSocket and do not behave like one, each as a socket when it is over.
    pub all_tls: bool,
    /// Secrets that open what is sealed, known already or to come. Who reads a capture puts key logs into the capture's own
    /// ([`Capture::secrets`]); what stands here besides is put there when reading begins.
    pub secrets: SecretLog,
    /// Whose connections are, where that is known: on the machine on which they are captured. Who reads a capture says it to
    /// the capture ([`Capture::with_owners`]).
    pub owners: Owners,
}

impl Options {
    /// These options, with the secrets of the capture that is read.
    pub(super) fn reading(&self, capture: &Capture) -> Options {
        let secrets = capture.secrets();
        secrets.take_over(&self.secrets);
        Options { secrets, owners: capture.owners(), ..self.clone() }
    }
}
