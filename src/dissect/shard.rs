//! Some connections of a capture, from their segments to their findings.
//!
//! A shard owns its connections; nothing in it is shared. One shard is a whole dissector; with several, each gets the
//! segments of its own connections, in the order of the capture.

use super::carried::Others;
use super::dissector::Options;
use super::findings::Findings;
use super::flow::{App, Flow};
use crate::base::{At, Origin, PacketNumber, limits};
use crate::net::Segment;
use crate::tcp::{self, Connections, Now};
use crate::websocket::inflate::Pool;
use crate::websocket::{Look, Scratch};

/// The stages from TCP up, and the state of their connections.
#[derive(Debug)]
pub(super) struct Shard {
    options: Options,
    connections: Connections<App>,
    scratch: Scratch,
    /// Decoders of compressed messages.
    pool: Pool,
    others: Others,
}

/// What a shard has counted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) tcp: tcp::Counts,
    pub(super) others: Others,
}

impl Tally {
    /// The same of two shards.
    pub(super) fn plus(self, other: Tally) -> Tally {
        let tcp = tcp::Counts {
            connections: self.tcp.connections + other.tcp.connections,
            forgotten: self.tcp.forgotten + other.tcp.forgotten,
            stray: self.tcp.stray + other.tcp.stray,
        };
        Tally { tcp, others: self.others.plus(other.others) }
    }
}

impl Shard {
    /// One of `shards` shards, which share the memory that connections may take.
    pub(super) fn new(options: Options, shards: usize) -> Shard {
        let at_hand = options.at_hand.unwrap_or(limits::CONNECTIONS_AT_HAND / shards.max(1));
        let pool = Pool::shelved(
            (limits::INFLATERS / shards.max(1)).max(limits::INFLATERS_AT_LEAST),
            limits::INFLATE_HISTORY_BYTES / shards.max(1),
        );
        let connections = Connections::new(at_hand);
        Shard { options, connections, scratch: Scratch::default(), pool, others: Others::default() }
    }

    /// Something waits: [`Shard::sweep`] has to be called for every packet of the capture.
    pub(super) fn is_waiting(&self) -> bool {
        self.connections.is_waiting()
    }

    /// The next segment; `origin` is where its payload lies.
    pub(super) fn push(
        &mut self,
        segment: &Segment<'_>,
        at: At,
        origin: Origin,
        now: &Now,
        findings: &mut impl Findings,
    ) {
        let (connections, mut flow) = self.split(findings);
        connections.push(segment, at, origin, now, &mut flow);
    }

    /// The capture has come to `now`: waits that are over end.
    pub(super) fn sweep(&mut self, now: &Now, findings: &mut impl Findings) {
        let (connections, mut flow) = self.split(findings);
        connections.sweep(now, &mut flow);
    }

    /// The capture is over, or nobody wants the rest of it.
    pub(super) fn finish(&mut self, now: &Now, findings: &mut impl Findings) {
        let stopped = findings.is_done();
        let (connections, flow) = self.split(findings);
        let mut flow = Flow { stopped, ..flow };
        connections.finish(now, &mut flow);
    }

    /// The oldest packet whose bytes are held back.
    pub(super) fn oldest_pending(&self) -> Option<PacketNumber> {
        self.connections.oldest_pending()
    }

    pub(super) fn counts(&self) -> Tally {
        Tally { tcp: self.connections.counts(), others: self.others }
    }

    fn split<'s, F: Findings>(&'s mut self, findings: &'s mut F) -> (&'s mut Connections<App>, Flow<'s, F>) {
        let wants = findings.wants();
        let look = Look { frames: wants.frame_payload, messages: wants.message_payload };
        let Shard { options, connections, scratch, pool, others } = self;
        (
            connections,
            Flow {
                options,
                scratch,
                pool,
                others,
                look,
                bytes: wants.bytes,
                exchanges: false,
                stopped: false,
                findings,
            },
        )
    }
}
