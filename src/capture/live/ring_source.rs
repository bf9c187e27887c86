//! One interface under capture through its ring, or all of them through one (Linux).
//!
//! In: an [`Interface`] and [`Options`]. Out: packets as a capture file holds them, borrowed from the ring. `any` is one
//! cooked ring over every interface: interfaces that appear later are in it, packets of all of them stand in the
//! kernel's order, and the cooked header names the interface of each, which is what tcpdump writes for `any` too. A
//! named interface gets a ring of its own and keeps its link header, unless that is one that only its own kind of
//! interface knows: then its ring is cooked.

use std::io::ErrorKind;
use std::ops::Range;
use std::time::Duration;

use super::bpf::Program;
use super::error::{Error, Event};
use super::filter;
use super::frame::{HEADROOM, Head, Progress, Shape, finish};
use super::interface::Interface;
use super::options::{Drops, Options};
use super::ring::{Failed, Poller, Ring, Setup};
use crate::base::{LinkType, Timestamp};

/// Block of a ring: holds the largest packet of a loopback interface (64 KiB) with its header.
const BLOCK_BYTES: u32 = 128 * 1024;
/// Longest time a packet waits in a block: what a person watching does not notice. Each wait may use up a block, so
/// this and the number of blocks decide how long the program may be busy elsewhere without loss at a low rate.
const RETIRE: Duration = Duration::from_millis(1);
/// Longest time after which a packet is surely visible, on kernels that count in ticks of 10 ms too.
const SETTLE_NANOSECONDS: i64 = 12_000_000;

/// Where a packet that was just taken lies in its block.
#[derive(Debug, Clone, Default)]
struct Taken {
    range: Range<usize>,
    time: Timestamp,
    wire: u32,
}

/// A ring and how far it has been read.
#[derive(Debug)]
pub(super) struct RingSource {
    ring: Ring,
    name: String,
    /// `None` for all interfaces.
    index: Option<u32>,
    link: LinkType,
    shape: Shape,
    /// Decides on finished packets, where the kernel cannot.
    late_filter: Option<Program>,
    snap: usize,
    progress: Option<Progress>,
    head: Option<Head>,
    taken: Taken,
    loopback: Option<u32>,
    state: State,
    drops: Drops,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Up,
    Down,
    Gone,
}

impl RingSource {
    /// Opens a ring. `loopback` is the loopback interface's number, `share` the number of rings in all.
    pub(super) fn open(
        to: &Interface,
        options: &Options,
        loopback: Option<u32>,
        share: usize,
    ) -> Result<RingSource, Error> {
        let index = (to.index != 0).then_some(to.index);
        let link = to.link.unwrap_or(LinkType::LINUX_SLL2);
        let shape = match link {
            LinkType::ETHERNET => Shape::Ethernet,
            LinkType::RAW => Shape::Raw,
            _ => Shape::Cooked,
        };
        let compiled = options.filter.as_deref().map(|text| filter::compile(text, link)).transpose()?;
        let (early, late_filter) = split_filter(compiled, shape);
        let doubled = loopback.filter(|doubled| index.is_none_or(|index| index == *doubled));
        let early = if late_filter.is_none() { early.with_snap(options.snap.max(1)) } else { early };
        let early = doubled.map_or(early.clone(), |loopback| early.without_outgoing_on(loopback));
        let blocks = options.ring_bytes / usize::try_from(BLOCK_BYTES).unwrap_or(usize::MAX) / share.max(1);
        let ring = Ring::open(&Setup {
            interface: index,
            cooked: shape == Shape::Cooked,
            promiscuous: options.promiscuous,
            filter: &early,
            block_bytes: BLOCK_BYTES,
            blocks: u32::try_from(blocks).unwrap_or(u32::MAX).max(4),
            retire: RETIRE,
            headroom: HEADROOM,
        })
        .map_err(|failed| refusal(&to.name, failed))?;
        Ok(RingSource {
            ring,
            name: to.name.clone(),
            index,
            link,
            shape,
            late_filter,
            snap: usize::try_from(options.snap).unwrap_or(usize::MAX),
            progress: None,
            head: None,
            taken: Taken::default(),
            loopback: doubled,
            state: State::Up,
            drops: Drops::default(),
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn link(&self) -> LinkType {
        self.link
    }

    pub(super) fn gone(&self) -> bool {
        self.state == State::Gone
    }

    /// The time of the next packet, where one is there.
    pub(super) fn peek(&mut self) -> Option<Timestamp> {
        while self.head.is_none() {
            self.advance()?;
        }
        self.head.as_ref().map(|head| head.time)
    }

    /// Reads the next head; `None` where the kernel has given no more blocks.
    fn advance(&mut self) -> Option<()> {
        let mut progress = match self.progress.take() {
            Some(progress) => progress,
            None if self.ring.acquire() => Progress::start(self.ring.block()),
            None => return None,
        };
        match progress.next(self.ring.block()) {
            // The filter keeps these out; a kernel that does not know its two fields lets them through.
            Some(head) if head.outgoing() && self.loopback == Some(head.interface()) => self.progress = Some(progress),
            Some(head) => (self.progress, self.head) = (Some(progress), Some(head)),
            None => self.ring.release(),
        }
        Some(())
    }

    /// Makes the next packet the taken one; false where the late filter rejects it or there is none.
    pub(super) fn take(&mut self) -> bool {
        let Some(head) = self.head.take() else { return false };
        let (mut range, wire) = finish(self.ring.block_mut(), &head, self.shape);
        let rejects = |filter: &Program| match self.ring.block().get(range.clone()) {
            Some(packet) => filter.run(packet, wire) == 0,
            None => true,
        };
        if self.late_filter.as_ref().is_some_and(rejects) {
            return false;
        }
        range.end = range.end.min(range.start.saturating_add(self.snap));
        self.taken = Taken { range, time: head.time, wire };
        true
    }

    /// The packet taken last: time, bytes, length on the wire.
    pub(super) fn taken(&self) -> (Timestamp, &[u8], u32) {
        let bytes = self.ring.block().get(self.taken.range.clone()).unwrap_or_default();
        (self.taken.time, bytes, self.taken.wire)
    }

    /// Asks the kernel how many packets it dropped since the start.
    pub(super) fn drops(&mut self) -> Drops {
        if let Ok(counts) = self.ring.counts() {
            self.drops.accepted += u64::from(counts.accepted);
            self.drops.dropped += u64::from(counts.dropped);
        }
        self.drops
    }

    /// What has happened to the interface: an error waits on its socket.
    pub(super) fn trouble(&mut self) -> Option<Event> {
        self.ring.take_error()?;
        self.look().or_else(|| {
            let was = std::mem::replace(&mut self.state, State::Down);
            (was == State::Up).then(|| Event::Down { interface: self.name.clone() })
        })
    }

    /// Looks whether the interface is still there, under which name, and up again.
    pub(super) fn look(&mut self) -> Option<Event> {
        let index = self.index.filter(|_| self.state != State::Gone)?;
        // nix gives an empty name where the system gives none.
        let name = nix::net::if_::if_indextoname(index).map(|name| name.to_string_lossy().into_owned());
        let Some(name) = name.ok().filter(|name| !name.is_empty()) else {
            self.state = State::Gone;
            return Some(Event::Gone { interface: self.name.clone() });
        };
        if name != self.name {
            let from = std::mem::replace(&mut self.name, name.clone());
            return Some(Event::Renamed { from, to: name });
        }
        if self.state == State::Down && super::interfaces::find(&self.name).is_ok_and(|interface| interface.up) {
            self.state = State::Up;
            return Some(Event::Up { interface: self.name.clone() });
        }
        None
    }
}

/// The part of a filter that the kernel runs, and the part that has to wait for the finished packet.
fn split_filter(filter: Option<filter::Filter>, shape: Shape) -> (Program, Option<Program>) {
    let Some(filter) = filter else { return (Program::accept_all(), None) };
    let early = match shape {
        _ if filter.looks_at_tags => None,
        Shape::Cooked => filter.program.clone().for_cooked_socket(),
        Shape::Ethernet | Shape::Raw => Some(filter.program.clone()),
    };
    match early {
        Some(early) => (early, None),
        None => (Program::accept_all(), Some(filter.program)),
    }
}

fn refusal(interface: &str, failed: Failed) -> Error {
    let interface = interface.to_owned();
    match failed.source.kind() {
        ErrorKind::PermissionDenied => {
            Error::NotPermitted { interface, program: std::env::current_exe().unwrap_or_default() }
        }
        _ => Error::Open { interface, call: failed.call, source: failed.source },
    }
}

/// Several sources as one.
#[derive(Debug, Default)]
pub(super) struct RingSources {
    sources: Vec<RingSource>,
    poller: Poller,
}

impl RingSources {
    pub(super) fn open(interfaces: &[Interface], options: &Options) -> Result<RingSources, Error> {
        let all = super::interfaces::list()?;
        let loopback = all.iter().find(|interface| interface.loopback).map(|interface| interface.index);
        let open = |interface: &Interface| RingSource::open(interface, options, loopback, interfaces.len());
        let mut sources =
            RingSources { sources: interfaces.iter().map(open).collect::<Result<_, _>>()?, poller: Poller::default() };
        // A ring on an interface that is down opens, and waits for it.
        for (source, interface) in sources.sources.iter_mut().zip(interfaces) {
            source.state = if interface.up { State::Up } else { State::Down };
        }
        Ok(sources)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &RingSource> {
        self.sources.iter()
    }

    pub(super) fn get(&self, index: usize) -> Option<&RingSource> {
        self.sources.get(index)
    }

    /// Takes the next packet in the order of time, where there is one; the source it is on.
    ///
    /// With several rings a packet is held until it is old enough that no other ring can still show an earlier one.
    pub(super) fn take(&mut self, now: impl Fn() -> Timestamp) -> Option<usize> {
        loop {
            let mut first: Option<(Timestamp, usize)> = None;
            let mut silent = false;
            for (index, source) in self.sources.iter_mut().enumerate() {
                match source.peek() {
                    Some(time) if first.is_none_or(|(earliest, _)| time < earliest) => first = Some((time, index)),
                    Some(_) => {}
                    None => silent = silent || source.state == State::Up,
                }
            }
            let (time, index) = first?;
            // A clock that was set back would hold packets of the future for ever.
            let young = || (-1_000_000_000..SETTLE_NANOSECONDS).contains(&now().since(time));
            if self.sources.len() > 1 && silent && young() {
                return None;
            }
            if self.sources.get_mut(index)?.take() {
                return Some(index);
            }
        }
    }

    /// Waits for a packet, at most `timeout`, and reports what happened to interfaces.
    pub(super) fn wait(&mut self, timeout: Duration, events: &mut Vec<Event>) -> Result<(), Error> {
        // A packet that is only held back is not something poll tells of.
        let held = self.sources.iter().any(|source| source.head.is_some());
        let timeout = if held { timeout.min(Duration::from_millis(1)) } else { timeout };
        let open = || self.sources.iter().enumerate().filter(|(_, source)| !source.gone());
        let indices: Vec<usize> = open().map(|(index, _)| index).collect();
        self.poller.wait(open().map(|(_, source)| &source.ring), timeout).map_err(Error::Wait)?;
        for (position, index) in indices.into_iter().enumerate() {
            if self.poller.failed(position) {
                events.extend(self.sources.get_mut(index).and_then(RingSource::trouble));
            }
        }
        Ok(())
    }

    /// Looks after every interface; to be called now and then.
    pub(super) fn look(&mut self, events: &mut Vec<Event>) {
        events.extend(self.sources.iter_mut().filter_map(RingSource::look));
    }

    pub(super) fn drops_of_each(&mut self) -> Vec<Drops> {
        self.sources.iter_mut().map(RingSource::drops).collect()
    }
}
