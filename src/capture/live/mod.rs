//! Live capture: packets as they pass an interface.
//!
//! In: names of interfaces, a capture filter, [`Options`]. Out: one [`Packet`] after another, borrowed from where the
//! kernel put it, and [`Event`]s of the interfaces. Linux has its own ring ([`ring`]); elsewhere, and on Linux where it
//! is asked for, libpcap is loaded at run time ([`library`]). Nothing here dissects: a packet is what a capture file
//! would hold. What the kernel dropped is counted and can be asked for at any time; it is never silent.

pub mod bpf;
pub mod error;
pub mod files;
pub mod filter;
#[cfg(target_os = "linux")]
mod frame;
pub mod interfaces;
pub mod library;
pub mod record;
#[cfg(target_os = "linux")]
mod ring;
#[cfg(target_os = "linux")]
mod tap;
pub mod trail;
pub mod watch;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

pub use error::{Error, Event};
pub use interfaces::{Interface, list};
pub use record::{Recorder, Stop};
pub use trail::Trail;
pub use watch::Watch;

use crate::base::{LinkType, Packet, Timestamp};
use library::{Handle, Library, Settings};

/// How often interfaces are looked after: a change of name is not something the kernel tells a socket.
const LOOK: Duration = Duration::from_secs(1);
/// How often the capture library is asked: it offers no way to wait for several interfaces that every system has.
const ASK: Duration = Duration::from_millis(1);

/// How to capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Capture filter, in libpcap's language.
    pub filter: Option<String>,
    /// Also what is addressed to others. Not on `any`.
    pub promiscuous: bool,
    /// Bytes kept of each packet.
    pub snap: u32,
    /// Bytes of the rings, all together.
    pub ring_bytes: usize,
    /// Who captures.
    pub backend: Backend,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            filter: None,
            promiscuous: true,
            // What tcpdump and dumpcap keep: more than any link carries.
            snap: 262_144,
            // At a low rate a block is used up each millisecond: this is half a second without loss.
            ring_bytes: 64 * 1024 * 1024,
            backend: Backend::Native,
        }
    }
}

/// Who captures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Backend {
    /// The kernel's ring on Linux, the capture library elsewhere.
    #[default]
    Native,
    /// The capture library.
    Library,
}

/// What the kernel counted since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Drops {
    /// Packets that passed the filter, dropped ones included.
    pub accepted: u64,
    /// Packets dropped for lack of room.
    pub dropped: u64,
}

impl Drops {
    fn plus(self, other: Drops) -> Drops {
        Drops { accepted: self.accepted + other.accepted, dropped: self.dropped + other.dropped }
    }
}

/// A capture under way.
pub struct Live {
    taps: Taps,
    events: Vec<Event>,
    packets: u64,
    looked: Instant,
}

enum Taps {
    #[cfg(target_os = "linux")]
    Rings(tap::Taps),
    Library(Vec<LibraryTap>),
}

struct LibraryTap {
    handle: Handle<'static>,
    name: String,
    over: bool,
}

impl Live {
    /// Opens every interface named and starts to capture.
    ///
    /// # Errors
    /// Whatever keeps one of them from opening; none is then left open.
    pub fn open(names: &[String], options: &Options) -> Result<Live, Error> {
        if names.is_empty() {
            return Err(Error::NoInterface);
        }
        let taps = match options.backend {
            #[cfg(target_os = "linux")]
            Backend::Native => {
                let found: Vec<Interface> =
                    names.iter().map(|name| interfaces::find(name)).collect::<Result<_, _>>()?;
                Taps::Rings(tap::Taps::open(&found, options)?)
            }
            _ => Taps::Library(open_library(names, options)?),
        };
        Ok(Live { taps, events: Vec::new(), packets: 0, looked: Instant::now() })
    }

    /// Name and link type of each interface, in the order of [`Packet::interface`].
    #[must_use]
    pub fn interfaces(&self) -> Vec<(String, LinkType)> {
        match &self.taps {
            #[cfg(target_os = "linux")]
            Taps::Rings(taps) => taps.iter().map(|tap| (tap.name().to_owned(), tap.link())).collect(),
            Taps::Library(taps) => taps.iter().map(|tap| (tap.name.clone(), tap.handle.link())).collect(),
        }
    }

    /// The next packet, waiting for it at most `timeout`.
    ///
    /// `None` says that none came, that a signal interrupted the wait, or that something happened to an interface: ask
    /// [`Live::events`]. [`Packet::position`] is 0; who writes the packet knows better.
    ///
    /// # Errors
    /// [`Error::Wait`] and [`Error::Library`]: the capture cannot go on.
    pub fn next_packet(&mut self, timeout: Duration) -> Result<Option<Packet<'_>>, Error> {
        let taken = match self.take()? {
            Some(index) => Some(index),
            None if timeout.is_zero() => None,
            None => {
                self.wait(timeout)?;
                self.take()?
            }
        };
        let Some((index, (time, data, wire_len), link)) = taken.and_then(|index| self.taken(index)) else {
            return Ok(None);
        };
        let (number, interface) = (self.packets, u32::try_from(index).unwrap_or(u32::MAX));
        Ok(Some(Packet { number, time, link, data, wire_len, interface, position: 0, comment: None }))
    }

    fn take(&mut self) -> Result<Option<usize>, Error> {
        let taken = match &mut self.taps {
            #[cfg(target_os = "linux")]
            Taps::Rings(taps) => taps.take(now),
            Taps::Library(taps) => take_library(taps, &mut self.events)?,
        };
        self.packets += u64::from(taken.is_some());
        Ok(taken)
    }

    #[expect(clippy::type_complexity, reason = "time, bytes and length of a packet, used in one place")]
    fn taken(&self, index: usize) -> Option<(usize, (Timestamp, &[u8], u32), LinkType)> {
        match &self.taps {
            #[cfg(target_os = "linux")]
            Taps::Rings(taps) => taps.get(index).map(|tap| (index, tap.taken(), tap.link())),
            Taps::Library(taps) => {
                let tap = taps.get(index)?;
                Some((index, tap.handle.current()?, tap.handle.link()))
            }
        }
    }

    fn wait(&mut self, timeout: Duration) -> Result<(), Error> {
        let timeout = timeout.min(LOOK.saturating_sub(self.looked.elapsed()));
        match &mut self.taps {
            #[cfg(target_os = "linux")]
            Taps::Rings(taps) => {
                taps.wait(timeout, &mut self.events)?;
                if self.looked.elapsed() >= LOOK {
                    taps.look(&mut self.events);
                    self.looked = Instant::now();
                }
            }
            Taps::Library(_) => std::thread::sleep(timeout.min(ASK)),
        }
        Ok(())
    }

    /// What happened to interfaces since the last call.
    pub fn events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Whether no interface is left to capture on.
    #[must_use]
    pub fn over(&self) -> bool {
        match &self.taps {
            #[cfg(target_os = "linux")]
            Taps::Rings(taps) => taps.iter().all(tap::Tap::gone),
            Taps::Library(taps) => taps.iter().all(|tap| tap.over),
        }
    }

    /// What the kernel accepted and dropped since the start, all interfaces together.
    pub fn drops(&mut self) -> Drops {
        self.drops_of_each().into_iter().fold(Drops::default(), Drops::plus)
    }

    /// The same for each interface, in the order of [`Packet::interface`].
    pub fn drops_of_each(&mut self) -> Vec<Drops> {
        match &mut self.taps {
            #[cfg(target_os = "linux")]
            Taps::Rings(taps) => taps.drops_of_each(),
            Taps::Library(taps) => {
                let counts = taps.iter().map(|tap| tap.handle.counts().unwrap_or_default());
                counts.map(|(accepted, dropped)| Drops { accepted, dropped }).collect()
            }
        }
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::new(i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_nanos().into())
}

fn open_library(names: &[String], options: &Options) -> Result<Vec<LibraryTap>, Error> {
    let library = Library::get()?;
    let settings = Settings {
        filter: options.filter.as_deref(),
        promiscuous: options.promiscuous,
        snap: options.snap,
        buffer_bytes: options.ring_bytes / names.len().max(1),
    };
    let open = |name: &String| match library.open(name, &settings) {
        Ok(handle) => Ok(LibraryTap { handle, name: name.clone(), over: false }),
        // The library does not say which names there are.
        Err(Error::UnknownInterface { name, nearest }) => {
            interfaces::find(&name).and(Err(Error::UnknownInterface { name, nearest }))
        }
        Err(error) => Err(error),
    };
    names.iter().map(open).collect()
}

fn take_library(taps: &mut [LibraryTap], events: &mut Vec<Event>) -> Result<Option<usize>, Error> {
    let last = taps.iter().filter(|tap| !tap.over).count() == 1;
    for (index, tap) in taps.iter_mut().enumerate().filter(|(_, tap)| !tap.over) {
        match tap.handle.advance() {
            Ok(true) => return Ok(Some(index)),
            Ok(false) => {}
            Err(message) if last => return Err(Error::Library { interface: tap.name.clone(), message }),
            Err(_) => {
                tap.over = true;
                events.push(Event::Gone { interface: tap.name.clone() });
            }
        }
    }
    Ok(None)
}
