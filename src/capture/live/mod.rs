//! Live capture: packets as they pass an interface.
//!
//! In: names of interfaces, a capture filter, [`Options`]. Out: one [`Packet`] after another, borrowed from where the
//! kernel put it, and [`Event`]s of the interfaces. Linux has its own ring ([`ring`]); elsewhere, and on Linux where it
//! is asked for, libpcap is loaded at run time ([`library`]). Nothing here dissects: a packet is what a capture file
//! would hold. What the kernel dropped is counted and can be asked for at any time; it is never silent.

mod blocks;
pub mod bpf;
pub mod error;
pub mod files;
pub mod filter;
#[cfg(target_os = "linux")]
mod frame;
pub mod growing_file;
pub mod interface;
pub mod interfaces;
pub mod library;
pub mod options;
pub mod record;
#[cfg(target_os = "linux")]
mod ring;
#[cfg(target_os = "linux")]
mod ring_source;
pub mod sieve;
pub mod watch;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

pub use error::{Error, Event};
pub use growing_file::GrowingFile;
pub use interface::Interface;
pub use interfaces::list;
pub use options::{Backend, Drops, Options};
pub use record::{Recorder, Stop};
pub use sieve::{Held, Sieve};
pub use watch::Watch;

use crate::base::{LinkType, Packet, Timestamp};
use library::{Handle, Library, Settings};

/// How often interfaces are looked after: a change of name is not something the kernel tells a socket.
const LOOK: Duration = Duration::from_secs(1);
/// How often the capture library is asked: it offers no way to wait for several interfaces that every system has.
const ASK: Duration = Duration::from_millis(1);

/// A capture under way.
pub struct Live {
    sources: Sources,
    events: Vec<Event>,
    packets: u64,
    looked: Instant,
}

enum Sources {
    #[cfg(target_os = "linux")]
    Rings(ring_source::RingSources),
    Library(Vec<LibrarySource>),
}

struct LibrarySource {
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
        let sources = match options.backend {
            #[cfg(target_os = "linux")]
            Backend::Native => {
                let found: Vec<Interface> =
                    names.iter().map(|name| interfaces::find(name)).collect::<Result<_, _>>()?;
                Sources::Rings(ring_source::RingSources::open(&found, options)?)
            }
            _ => Sources::Library(open_library(names, options)?),
        };
        Ok(Live { sources, events: Vec::new(), packets: 0, looked: Instant::now() })
    }

    /// Name and link type of each interface, in the order of [`Packet::interface`].
    #[must_use]
    pub fn interfaces(&self) -> Vec<(String, LinkType)> {
        match &self.sources {
            #[cfg(target_os = "linux")]
            Sources::Rings(sources) => sources.iter().map(|source| (source.name().to_owned(), source.link())).collect(),
            Sources::Library(sources) => {
                sources.iter().map(|source| (source.name.clone(), source.handle.link())).collect()
            }
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
        let taken = match &mut self.sources {
            #[cfg(target_os = "linux")]
            Sources::Rings(sources) => sources.take(now),
            Sources::Library(sources) => take_library(sources, &mut self.events)?,
        };
        self.packets += u64::from(taken.is_some());
        Ok(taken)
    }

    #[expect(clippy::type_complexity, reason = "time, bytes and length of a packet, used in one place")]
    fn taken(&self, index: usize) -> Option<(usize, (Timestamp, &[u8], u32), LinkType)> {
        match &self.sources {
            #[cfg(target_os = "linux")]
            Sources::Rings(sources) => sources.get(index).map(|source| (index, source.taken(), source.link())),
            Sources::Library(sources) => {
                let source = sources.get(index)?;
                Some((index, source.handle.current()?, source.handle.link()))
            }
        }
    }

    fn wait(&mut self, timeout: Duration) -> Result<(), Error> {
        let timeout = timeout.min(LOOK.saturating_sub(self.looked.elapsed()));
        match &mut self.sources {
            #[cfg(target_os = "linux")]
            Sources::Rings(sources) => {
                sources.wait(timeout, &mut self.events)?;
                if self.looked.elapsed() >= LOOK {
                    sources.look(&mut self.events);
                    self.looked = Instant::now();
                }
            }
            Sources::Library(_) => std::thread::sleep(timeout.min(ASK)),
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
        match &self.sources {
            #[cfg(target_os = "linux")]
            Sources::Rings(sources) => sources.iter().all(ring_source::RingSource::gone),
            Sources::Library(sources) => sources.iter().all(|source| source.over),
        }
    }

    /// What the kernel accepted and dropped since the start, all interfaces together.
    pub fn drops(&mut self) -> Drops {
        self.drops_of_each().into_iter().fold(Drops::default(), Drops::plus)
    }

    /// The same for each interface, in the order of [`Packet::interface`].
    pub fn drops_of_each(&mut self) -> Vec<Drops> {
        match &mut self.sources {
            #[cfg(target_os = "linux")]
            Sources::Rings(sources) => sources.drops_of_each(),
            Sources::Library(sources) => {
                let counts = sources.iter().map(|source| source.handle.counts().unwrap_or_default());
                counts.map(|(accepted, dropped)| Drops { accepted, dropped }).collect()
            }
        }
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::new(i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_nanos().into())
}

fn open_library(names: &[String], options: &Options) -> Result<Vec<LibrarySource>, Error> {
    let library = Library::get()?;
    let settings = Settings {
        filter: options.filter.as_deref(),
        promiscuous: options.promiscuous,
        snap: options.snap,
        buffer_bytes: options.ring_bytes / names.len().max(1),
    };
    let open = |name: &String| match library.open(name, &settings) {
        Ok(handle) => Ok(LibrarySource { handle, name: name.clone(), over: false }),
        // The library does not say which names there are.
        Err(Error::UnknownInterface { name, nearest }) => {
            interfaces::find(&name).and(Err(Error::UnknownInterface { name, nearest }))
        }
        Err(error) => Err(error),
    };
    names.iter().map(open).collect()
}

fn take_library(sources: &mut [LibrarySource], events: &mut Vec<Event>) -> Result<Option<usize>, Error> {
    let last = sources.iter().filter(|source| !source.over).count() == 1;
    for (index, source) in sources.iter_mut().enumerate().filter(|(_, source)| !source.over) {
        match source.handle.advance() {
            Ok(true) => return Ok(Some(index)),
            Ok(false) => {}
            Err(message) if last => return Err(Error::Library { interface: source.name.clone(), message }),
            Err(_) => {
                source.over = true;
                events.push(Event::Gone { interface: source.name.clone() });
            }
        }
    }
    Ok(None)
}
