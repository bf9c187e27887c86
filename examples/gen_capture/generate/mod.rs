//! The generator: a kind of traffic, a number of packets and a seed give a pcap file and the truth about it.
//!
//! Benches and tests include this module by its path; nothing in it uses sockeye, so that its truth is independent.

mod frame;
mod kinds;
mod many;
mod packet;
pub mod random;
mod recorder;
pub mod seal;
pub mod talk;
mod truth;

use std::io::{self, Write};

#[allow(unused_imports, reason = "for benches")]
pub use frame::{request, response};
use recorder::Recorder;
#[allow(unused_imports, reason = "for gen_capture")]
pub use seal::Suite;
pub use truth::Truth;

/// What happens in the capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// A server sends JSON ticks to many clients, each of which answers every 20th
    Ticker,
    /// JSON echoed under permessage-deflate with context takeover on both sides
    Deflate,
    /// Messages in 2 to 20 fragments, with pings and pongs between the fragments
    Fragments,
    /// The ticker with late and doubled packets
    Reorder,
    /// Short connections, one after the other: one message and a close each
    Connections,
    /// Many connections, each of which has its second frame before its first, all at the same time
    Disorder,
    /// One connection with many small frames, several in each segment
    One,
    /// Many connections, all open at the same time, one message each
    Open,
    /// Many compressed connections, all open at the same time, whose second message refers to the first
    Idle,
    /// Connections that were never answered: a SYN each
    Syns,
    /// TLS records whose contents cannot be told
    Tls,
    /// The ticker inside TLS 1.3, as a pcapng that holds the keys: one record a message, or records that are filled (--record)
    Wss,
}

/// What to generate.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// What happens.
    pub kind: Kind,
    /// Packets, about.
    pub packets: u64,
    /// Clients at once, at least 1.
    pub clients: u32,
    /// Percent of data packets that come up to eight packets late.
    pub reorder: u8,
    /// Percent of data packets that come twice.
    pub duplicate: u8,
    /// Connections are not closed: the capture ends before they do.
    pub left_open: bool,
    /// Seed of the random numbers.
    pub seed: u64,
    /// What seals records.
    pub suite: Suite,
    /// Bytes of content that records are filled with; nothing for a record a message.
    pub record: Option<usize>,
}

impl Options {
    /// `packets` packets of one kind, 200 clients, nothing shuffled unless the kind is.
    pub fn new(kind: Kind, packets: u64) -> Options {
        let shuffled = kind == Kind::Reorder;
        let (reorder, duplicate) = if shuffled { (10, 2) } else { (0, 0) };
        Options {
            kind,
            packets,
            clients: 200,
            reorder,
            duplicate,
            left_open: false,
            seed: 1,
            suite: Suite::Aes,
            record: None,
        }
    }
}

/// Writes the capture to `out` and says what is in it.
pub fn generate<W: Write>(options: &Options, out: W) -> io::Result<Truth> {
    let mut recorder = Recorder::new(options, out)?;
    match options.kind {
        Kind::Ticker | Kind::Reorder => kinds::ticker(options, &mut recorder)?,
        Kind::Deflate => kinds::deflate(options, &mut recorder)?,
        Kind::Fragments => kinds::fragments(options, &mut recorder)?,
        Kind::Connections => kinds::connections(options, &mut recorder)?,
        Kind::Disorder => kinds::disorder(options, &mut recorder)?,
        Kind::One => kinds::one(options, &mut recorder)?,
        Kind::Open => many::open_at_once(options, &mut recorder)?,
        Kind::Idle => many::idle(options, &mut recorder)?,
        Kind::Syns => many::syns(options, &mut recorder)?,
        Kind::Tls => many::tls(options, &mut recorder)?,
        Kind::Wss if options.record.is_some() => kinds::filled(options, &mut recorder)?,
        Kind::Wss => kinds::ticker(options, &mut recorder)?,
    }
    recorder.finish()
}
