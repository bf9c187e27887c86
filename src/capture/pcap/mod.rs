//! pcap (draft-ietf-opsawg-pcap): a file header, then records of 16 bytes and a packet.
//!
//! In: windows over the bytes of the capture. Out: the packets of each window. Both byte orders, microseconds and
//! nanoseconds, and the records of 24 bytes of Kuznetzov's variant. A record that is not believed is put right from
//! what follows, or passed over (`resync.rs`). Invariant: a walk consumes up to a record that is not whole yet and is
//! shorter than [`PACKET_BYTES`], so the caller never needs to hold more than that.

mod record;
mod resync;

use pcap_parser::parse_pcap_header;

use self::record::{ABSURD, HABITS, OVER_ALL, Record, Shape, TIME};
use self::resync::Chain;
use super::batch::{Entry, Found, Packets};
use super::metadata::{Interface, Metadata, Section};
use super::pcapng::clock::Clock;
use super::warning::{Damage, Fault, Log};
use super::window::{Lost, Window};
use crate::base::limits::{PACKET_BYTES, RESYNC_PACKET_BYTES};
use crate::base::{LinkType, Timestamp};

/// Length of the file header.
pub(super) const HEADER_BYTES: usize = 24;

/// Whether `bytes` start a pcap file.
pub(super) fn is_pcap(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [0xd4, 0xc3, 0xb2, 0xa1, ..]
            | [0xa1, 0xb2, 0xc3, 0xd4, ..]
            | [0x4d, 0x3c, 0xb2, 0xa1, ..]
            | [0xa1, 0xb2, 0x3c, 0x4d, ..]
            | [0x34, 0xcd, 0xb2, 0xa1, ..]
            | [0xa1, 0xb2, 0xcd, 0x34, ..]
    )
}

/// What a file header says.
#[derive(Debug, Clone)]
struct Header {
    shape: Shape,
    big: bool,
    modified: bool,
    link: LinkType,
    snaplen: u32,
    version: (u16, u16),
}

impl Header {
    /// `None` where `bytes` are not a whole file header.
    fn parse(bytes: &[u8]) -> Option<Header> {
        // The parser knows the magic number of Kuznetzov's variant in one byte order only; the header is as any other.
        let swapped = match bytes.first_chunk::<HEADER_BYTES>()? {
            [0xa1, 0xb2, 0xcd, 0x34, rest @ ..] => Some([&[0xa1, 0xb2, 0xc3, 0xd4][..], rest].concat()),
            _ => None,
        };
        let (_, header) = parse_pcap_header(swapped.as_deref().unwrap_or(bytes)).ok()?;
        let modified = swapped.is_some() || header.is_modified_format();
        let nanoseconds = header.is_nanosecond_precision();
        // The upper half tells the length of the frame check sequence at the end of each packet.
        let [_, _, high, low] = header.network.0.to_be_bytes();
        let sane = (1..=RESYNC_PACKET_BYTES).contains(&header.snaplen);
        let shape = Shape {
            header_len: if modified { 24 } else { 16 },
            fraction_limit: if nanoseconds { 1_000_000_000 } else { 1_000_000 },
            nanoseconds: if nanoseconds { 1 } else { 1000 },
            limit: if sane { header.snaplen } else { RESYNC_PACKET_BYTES },
        };
        Some(Header {
            shape,
            big: header.is_bigendian(),
            modified,
            link: LinkType(u16::from_be_bytes([high, low])),
            snaplen: header.snaplen,
            version: (header.version_major, header.version_minor),
        })
    }
}

/// A pcap file being walked.
#[derive(Debug)]
pub(super) struct Pcap {
    header: Header,
    interface: u16,
    /// Seconds of the packet before; `None` before the first.
    seconds: Option<u32>,
    /// Oddities that records of this file were seen to have.
    habits: u8,
    /// Position of the packet that was put right last.
    mended: u64,
    lost: Option<Lost>,
}

/// What became of a record that the fast walk did not take.
enum Verdict {
    /// Walk on from here.
    Next(usize),
    /// It cannot be told before more bytes are there.
    More,
    /// It is not believed, and [`Pcap::lost`] says so.
    Lost,
    /// The capture ends.
    End,
}

impl Pcap {
    /// From the first bytes of a file, [`HEADER_BYTES`] at least; `None` where they are no file header.
    pub(super) fn new(bytes: &[u8], about: &mut Metadata, log: &mut Log) -> Option<Pcap> {
        let header = Header::parse(bytes)?;
        let mut pcap = Pcap { header, interface: 0, seconds: None, habits: 0, mended: 0, lost: None };
        pcap.describe(0, 0, about, log);
        Some(pcap)
    }

    /// `pcap, microseconds, little-endian`.
    pub(super) fn name(&self) -> String {
        let Header { shape, big, modified, .. } = &self.header;
        let variant = if *modified { "pcap (modified)" } else { "pcap" };
        let unit = if shape.nanoseconds == 1 { "nanoseconds" } else { "microseconds" };
        format!("{variant}, {unit}, {}", if *big { "big-endian" } else { "little-endian" })
    }

    /// Notes what the file header says.
    fn describe(&mut self, position: u64, packet: u64, about: &mut Metadata, log: &mut Log) {
        let Header { shape, big, link, snaplen, version, .. } = self.header;
        if version.0 != 2 {
            log.add(position, packet, 0, Damage::Version { major: version.0, minor: version.1 });
        }
        let section = u32::try_from(about.sections.len()).unwrap_or(u32::MAX);
        about.sections.push(Section { position, big_endian: big, version, ..Section::default() });
        let clock = Clock::decimal(if shape.nanoseconds == 1 { 9 } else { 6 });
        about.add_interface(Interface { snaplen, ..Interface::new(section, link, clock) });
        self.interface = u16::try_from(about.interfaces.len().saturating_sub(1)).unwrap_or(u16::MAX);
    }

    /// Takes the packets of a window; gives how many of its bytes are done with.
    pub(super) fn walk(
        &mut self,
        window: &Window<'_>,
        out: &mut Packets,
        about: &mut Metadata,
        log: &mut Log,
    ) -> usize {
        let mut at = 0;
        loop {
            if self.lost.is_some() {
                match self.search(window, at, out, log) {
                    Ok(found) => at = found,
                    Err(consumed) => return consumed,
                }
            }
            at = if self.header.big { self.run::<true>(window, at, out) } else { self.run::<false>(window, at, out) };
            match self.judge(window, at, out, about, log) {
                Verdict::Next(next) => at = next,
                Verdict::Lost => {}
                Verdict::End => return window.bytes.len(),
                Verdict::More => return self.hold_back(window, at, out),
            }
        }
    }

    /// The hot path: takes plain whole records one after another, and stops at the first that is anything else.
    ///
    /// Not pcap-parser's `parse_pcap_frame`: it shows a record's header only when the whole record is there, and to
    /// judge a damaged one the header has to be seen first.
    fn run<const BIG: bool>(&mut self, window: &Window<'_>, mut at: usize, out: &mut Packets) -> usize {
        let Header { shape, link, .. } = self.header;
        let interface = self.interface;
        let mut last = self.seconds;
        while let Some(record) = Record::parse::<BIG>(window.from(at)) {
            if shape.oddities(&record, last) != 0 {
                break;
            }
            let start = at + shape.header_len;
            let end = start + record.captured as usize;
            if end > window.bytes.len() {
                break;
            }
            out.push(Found {
                time: shape.time(&record),
                start,
                len: record.captured,
                wire_len: record.wire,
                interface,
                link,
            });
            last = Some(record.seconds);
            at = end;
        }
        self.seconds = last;
        at
    }

    /// Decides on the record at `at`, which the hot path did not take.
    fn judge(
        &mut self,
        window: &Window<'_>,
        at: usize,
        out: &mut Packets,
        about: &mut Metadata,
        log: &mut Log,
    ) -> Verdict {
        let left = window.left(at);
        let Some(record) = self.record(window, at) else {
            if !window.ended {
                return Verdict::More;
            }
            if left > 0 && !window.cut_known {
                let wanted = self.header.shape.header_len as u64;
                log.add(window.position(at), out.last_number(), left as u64, Damage::CutTail { wanted });
            }
            return Verdict::End;
        };
        let shape = self.header.shape;
        let oddities = shape.oddities(&record, self.seconds);
        let whole = shape.header_len + record.captured as usize;
        if oddities == 0 {
            // Nothing is odd but that its end is not there.
            if !window.ended {
                return Verdict::More;
            }
            return self.doubt(window, at, &record, Fault::PastEnd(record.captured.into()), out, log);
        }
        if let Some(verdict) = self.joined(window, at, out, about, log) {
            return verdict;
        }
        if oddities & ABSURD != 0 {
            return self.doubt(window, at, &record, Fault::Length(record.captured.into()), out, log);
        }
        // Where the lengths on the wire lead to records, nothing else is asked: the end of a wrong claim may fall on a
        // later record by chance.
        for attempt in [Pcap::extend, Pcap::repair] {
            match attempt(self, window, at, &record, out, log) {
                Some(Verdict::More) if window.ended || window.live => {}
                Some(verdict) => return verdict,
                None => {}
            }
        }
        match self.confirmed(window, at + whole, &record, oddities) {
            Some(true) => self.accept(at, &record, oddities, out),
            Some(false) => self.doubt(window, at, &record, Fault::Nonsense, out, log),
            None => Verdict::More,
        }
    }

    /// Takes a record in spite of its oddities, which its file may have.
    fn accept(&mut self, at: usize, record: &Record, oddities: u8, out: &mut Packets) -> Verdict {
        self.habits |= oddities & HABITS;
        self.take(at, record, out);
        Verdict::Next(at + self.header.shape.header_len + record.captured as usize)
    }

    /// Whether what follows an odd record bears it out: the capture ends exactly there, or the next header has no
    /// oddity that this one has not. A record that is far from its neighbours in time may be no record at all, so
    /// several have to follow. `None`: more bytes are needed.
    fn confirmed(&self, window: &Window<'_>, next: usize, record: &Record, oddities: u8) -> Option<bool> {
        if next > window.bytes.len() {
            return if window.ended { Some(false) } else { None };
        }
        if oddities & (TIME | OVER_ALL) != 0 {
            match self.timeless_chain(window, next) {
                Chain::Holds => return Some(true),
                Chain::Breaks => return Some(false),
                Chain::Short if window.live => {}
                Chain::Short => return None,
            }
        }
        match self.record(window, next) {
            Some(follower) => {
                let its = self.header.shape.oddities(&follower, Some(record.seconds));
                Some(its & ABSURD == 0 && its & !oddities == 0)
            }
            None if window.ended || window.live => Some(true),
            None => None,
        }
    }

    /// Takes a record as it is, whatever it looks like.
    fn take(&mut self, at: usize, record: &Record, out: &mut Packets) {
        let shape = self.header.shape;
        out.push(Found {
            time: shape.time(record),
            start: at + shape.header_len,
            len: record.captured,
            // A packet cannot have been shorter on the wire than what was kept of it.
            wire_len: record.wire.max(record.captured),
            interface: self.interface,
            link: self.header.link,
        });
        self.seconds = Some(record.seconds);
    }

    /// Two captures simply joined (`cat a b`): the header of the second stands where a record should.
    fn joined(
        &mut self,
        window: &Window<'_>,
        at: usize,
        out: &Packets,
        about: &mut Metadata,
        log: &mut Log,
    ) -> Option<Verdict> {
        let bytes = window.from(at);
        if !is_pcap(bytes) {
            return None;
        }
        if bytes.len() < HEADER_BYTES && !window.ended {
            return Some(Verdict::More);
        }
        self.header = Header::parse(bytes).filter(|header| header.version == (2, 4))?;
        self.seconds = None;
        self.habits = 0;
        log.add(window.position(at), out.last_number(), 0, Damage::Joined);
        self.describe(window.position(at), out.last_number(), about, log);
        Some(Verdict::Next(at + HEADER_BYTES))
    }

    /// Before more bytes are asked for, the last packet is put back, so that should the next record turn out to be
    /// nonsense it can still be seen whether that packet's length was to blame, wherever the window happens to end.
    fn hold_back(&mut self, window: &Window<'_>, at: usize, out: &mut Packets) -> usize {
        let header_len = self.header.shape.header_len;
        let ends_here = |last: &mut Entry| last.start as usize + last.len as usize == at;
        if window.live || out.len() < 2 || !out.last_mut().is_some_and(ends_here) {
            return at;
        }
        let Some(last) = out.pop_if(|last| window.position(last.start as usize) != self.mended) else { return at };
        (last.start as usize).saturating_sub(header_len)
    }

    fn record(&self, window: &Window<'_>, at: usize) -> Option<Record> {
        let bytes = window.from(at);
        if bytes.len() < self.header.shape.header_len {
            return None;
        }
        if self.header.big { Record::parse::<true>(bytes) } else { Record::parse::<false>(bytes) }
    }
}

/// A packet's time: seconds since the epoch and a fraction. A fraction of a second or more is carried over.
fn timestamp(seconds: u32, fraction: u32, nanoseconds: u32) -> Timestamp {
    Timestamp::new(i64::from(seconds), i64::from(fraction) * i64::from(nanoseconds))
}

const _: () = assert!(RESYNC_PACKET_BYTES as usize <= PACKET_BYTES);
