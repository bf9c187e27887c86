//! Some connections of a capture, from their segments to what is found on them.
//!
//! A shard owns its connections; nothing in it is shared. One shard is a whole dissector; with several, each gets the
//! segments of its own connections, in the order of the capture.

use super::afterlife::Afterlife;
use super::counts::{GivenUp, Tally};
use super::keyring::Keyring;
use super::options::Options;
use super::sink::Sink;
use super::stack::{Context, Stack};
use super::traffic_guess::Others;
use crate::base::{At, Origin, PacketNumber, limits};
use crate::net::Segment;
use crate::tcp::{Connections, Now};
use crate::websocket::inflate::Pool;
use crate::websocket::{Look, Scratch};

/// The stages from TCP up, and the state of their connections.
#[derive(Debug)]
pub(super) struct Shard {
    options: Options,
    connections: Connections<Stack>,
    scratch: Scratch,
    /// Decoders of compressed messages.
    pool: Pool,
    others: Others,
    given_up: GivenUp,
    keyring: Keyring,
    afterlife: Afterlife,
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
        let (scratch, others, given_up, keyring, afterlife) = Default::default();
        Shard { options, connections, scratch, pool, others, given_up, keyring, afterlife }
    }

    /// Something waits: [`Shard::sweep`] has to be called for every packet of the capture.
    #[inline]
    pub(super) fn is_waiting(&self) -> bool {
        self.connections.is_waiting() || !self.afterlife.is_empty()
    }

    /// The next segment; its payload comes from `origin`.
    pub(super) fn push(&mut self, segment: &Segment<'_>, at: At, origin: Origin, now: &Now, sink: &mut impl Sink) {
        let (connections, mut context) = self.split(sink);
        connections.push(segment, at, origin, now, &mut context);
    }

    /// The capture has come to `now`: waits that are over end.
    pub(super) fn sweep(&mut self, now: &Now, sink: &mut impl Sink) {
        if self.is_waiting() {
            let (connections, mut context) = self.split(sink);
            if !context.afterlife.is_empty() {
                context.revive(now);
            }
            connections.sweep(now, &mut context);
        }
    }

    /// The capture is over, or nobody wants the rest of it.
    pub(super) fn finish(&mut self, now: &Now, sink: &mut impl Sink) {
        let stopped = sink.is_done();
        let (connections, context) = self.split(sink);
        let mut context = Context { stopped, at_end: !stopped, ..context };
        context.bury();
        connections.finish(now, &mut context);
    }

    /// The oldest packet whose bytes are held back.
    pub(super) fn oldest_pending(&self) -> Option<PacketNumber> {
        self.connections.oldest_pending()
    }

    pub(super) fn counts(&self) -> Tally {
        Tally { tcp: self.connections.counts(), others: self.others, given_up: self.given_up }
    }

    fn split<'s, S: Sink>(&'s mut self, sink: &'s mut S) -> (&'s mut Connections<Stack>, Context<'s, S>) {
        let wants = sink.wants();
        let look = Look { frames: wants.frame_payload, messages: wants.message_payload };
        let Shard { options, connections, scratch, pool, others, given_up, keyring, afterlife } = self;
        let (keyring, bytes, exchanges, stopped) = (Some(keyring), wants.bytes, wants.exchanges, false);
        let at_end = false;
        (
            connections,
            Context {
                options,
                scratch,
                pool,
                others,
                given_up,
                keyring,
                afterlife,
                look,
                bytes,
                exchanges,
                stopped,
                at_end,
                sink,
            },
        )
    }
}
