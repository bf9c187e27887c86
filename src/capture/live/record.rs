//! The thread that captures: packets from the kernel, as pcapng blocks into files or memory, as fast as they come.
//!
//! In: an open [`Live`], where to [`Keep`] its packets and when to [`Stop`]. Out: a [`GrowingFile`] that others read, and the
//! counts of a [`Watch`]. Nothing is dissected here: what is slow to be shown must not make the kernel drop packets.
//!
//! What has come is handed on at once when the kernel has no more, else in runs of [`BURST`] bytes: one write each.
//! Invariant: a write holds whole blocks, so a program that is killed leaves at most its last block broken. A file that
//! can take no more is cut back to its last whole block; that is said, and capture goes on without keeping. So it does
//! where somebody else cuts or removes the file, which is looked for before each write.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::blocks::{Harm, append, harm, has_name, packets_in, packets_left};
use super::error::Error;
use super::files::{Keep, Ring};
use super::growing_file::GrowingFile;
use super::sieve::Sieve;
use super::watch::Watch;
use super::{Drops, Live, now};
use crate::base::{PacketNumber, SecretLog, Timestamp};
use crate::capture::metadata::Statistics;
use crate::capture::write::Writer;

/// Bytes handed on at once.
const BURST: usize = 256 * 1024;
/// Longest wait for a packet, after which the wish to stop and the clock are looked at.
const WAIT: Duration = Duration::from_millis(100);
/// The same while a [`Sieve`] holds packets.
const WAIT_TO_DECIDE: Duration = Duration::from_millis(5);
/// How often the kernel's counts are asked for.
const LOOK: Duration = Duration::from_millis(250);
/// The writing program, as the files name it.
const APPLICATION: &str = concat!("sockeye ", env!("CARGO_PKG_VERSION"));

/// When a capture ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stop {
    /// After so many bytes of one file.
    pub filesize: Option<u64>,
    /// After so long.
    pub duration: Option<Duration>,
    /// After so many packets.
    pub packets: Option<u64>,
    /// After so many files.
    pub files: Option<u64>,
}

/// Captures until it is told to stop.
pub struct Recorder {
    live: Live,
    snap: u32,
    written: GrowingFile,
    watch: Watch,
    stop: Stop,
    out: Writer<Vec<u8>>,
    file: Option<File>,
    /// The file that takes no more.
    left: Option<File>,
    /// Packets are to be kept, whether a file takes them or not.
    keeps: bool,
    /// The name of the file, where it has one.
    name: Option<PathBuf>,
    /// Somebody removed the file: what is written to it is gone at the end.
    is_removed: bool,
    /// Bytes in the file, and packets.
    size: u64,
    packets: u64,
    began: Instant,
    ring: Option<Ring>,
    /// Files made, oldest first, with their packets; of a ring that removes them.
    made: std::collections::VecDeque<(PathBuf, u64)>,
    files: u64,
    start: Timestamp,
    started: Instant,
    looked: Instant,
    drops: Vec<Drops>,
    sieve: Option<Box<dyn Sieve>>,
    /// Secrets that belong into the file, and how many of them are in it.
    secrets: Option<(SecretLog, usize)>,
}

impl Recorder {
    /// Ready to capture. `path` is the name of the file in `keep`, where it has one.
    ///
    /// # Errors
    /// The first blocks cannot be written.
    pub fn new(live: Live, snap: u32, keep: Keep, path: Option<PathBuf>, stop: Stop) -> io::Result<Recorder> {
        let (ring, file) = match keep {
            Keep::Nothing => (None, None),
            Keep::One(file) => (None, Some(file)),
            Keep::Ring(ring, file) => (Some(ring), Some(file)),
        };
        let moment = Instant::now();
        let mut recorder = Recorder {
            live,
            snap,
            written: GrowingFile::default(),
            watch: Watch::default(),
            stop,
            out: Writer::new(Vec::new(), APPLICATION)?,
            keeps: file.is_some(),
            name: path.clone(),
            is_removed: false,
            file: None,
            left: None,
            size: 0,
            packets: 0,
            began: moment,
            ring,
            made: path.into_iter().map(|path| (path, 0)).collect(),
            files: 1,
            start: now(),
            started: moment,
            looked: moment,
            drops: Vec::new(),
            sieve: None,
            secrets: None,
        };
        recorder.begin(file)?;
        recorder.hand_on();
        Ok(recorder)
    }

    /// Keeps only what a sieve lets through.
    #[must_use]
    pub fn through(mut self, sieve: Box<dyn Sieve>) -> Recorder {
        self.sieve = Some(sieve);
        self
    }

    /// Keeps the secrets of a log in the file too, those to come before the packets that come after them. What is not kept
    /// in a file has none.
    #[must_use]
    pub fn with_secrets(mut self, log: SecretLog) -> Recorder {
        self.secrets = Some((log, 0));
        self
    }

    /// The bytes it writes.
    #[must_use]
    pub fn written(&self) -> GrowingFile {
        self.written.clone()
    }

    /// Its counts, and the way to end it.
    #[must_use]
    pub fn watch(&self) -> Watch {
        self.watch.clone()
    }

    /// Captures until it is asked to stop, stops by itself, or no interface is left.
    ///
    /// # Errors
    /// The capture cannot go on. What came before is kept, and the files are whole.
    pub fn run(mut self) -> Result<(), Error> {
        let result = self.capture();
        self.sift(true);
        self.add_secrets();
        self.end_file();
        self.hand_on();
        self.check_file();
        self.check_name();
        result
    }

    fn capture(&mut self) -> Result<(), Error> {
        while !self.watch.is_stopped() {
            self.burst()?;
            self.hand_on();
            let quiet = self.look();
            if quiet && self.live.over() {
                return Err(Error::NoneLeft);
            }
            if self.stops() {
                break;
            }
            if self.rotates() {
                self.rotate();
            }
        }
        Ok(())
    }

    /// Waits for packets and takes those that are there.
    fn burst(&mut self) -> Result<(), Error> {
        let decides = self.sieve.as_ref().is_some_and(|sieve| sieve.is_waiting());
        let mut wait = if decides { WAIT_TO_DECIDE } else { WAIT };
        let mut taken = 0;
        while let Some(packet) = self.live.next_packet(wait)? {
            taken += packet.data.len();
            match &mut self.sieve {
                Some(sieve) => sieve.push(&packet),
                None => {
                    // Writing to memory does not fail; a packet that no block can hold is none that a kernel gives.
                    let _ = self.out.packet(packet.interface, packet.time, packet.wire_len, packet.data, None);
                    self.watch.count(packet.data.len());
                    self.packets += 1;
                }
            }
            wait = Duration::ZERO;
            if taken >= BURST || self.is_full() || self.has_packets() {
                break;
            }
        }
        self.sift(false);
        Ok(())
    }

    /// Takes what the sieve has let through.
    fn sift(&mut self, over: bool) {
        while let Some(held) = self.sieve.as_mut().and_then(|sieve| sieve.next(over)) {
            self.add_secrets();
            let _ = self.out.packet(held.interface, held.time, held.wire_len, &held.data, None);
            self.watch.count(held.data.len());
            self.packets += 1;
            if self.out.get_ref().len() >= BURST {
                self.hand_on();
            }
        }
    }

    /// Writes secrets that became known since the last packet.
    fn add_secrets(&mut self) {
        let Some((log, written)) = self.secrets.as_mut().filter(|_| self.file.is_some()) else { return };
        for secrets in log.news(written, PacketNumber::MAX) {
            let _ = self.out.secrets(secrets.kind, &secrets.bytes);
        }
    }

    /// Tells what happened to interfaces, and now and then what the kernel dropped. True where nothing happened.
    fn look(&mut self) -> bool {
        let events = self.live.events();
        events.iter().for_each(|event| self.watch.say(event.to_string()));
        if self.looked.elapsed() >= LOOK {
            self.looked = Instant::now();
            self.count_drops();
            self.check_file();
        }
        events.is_empty()
    }

    fn count_drops(&mut self) {
        self.drops = self.live.drops_of_each();
        self.watch.set_drops(self.drops.iter().copied().fold(Drops::default(), Drops::plus));
    }

    fn in_file(&self) -> u64 {
        self.size.saturating_add(u64::try_from(self.out.get_ref().len()).unwrap_or(u64::MAX))
    }

    fn is_full(&self) -> bool {
        let ring = self.ring.as_ref().and_then(|ring| ring.rotation.filesize);
        let most = [ring, self.stop.filesize].into_iter().flatten().min();
        self.file.is_some() && most.is_some_and(|most| self.in_file() >= most)
    }

    fn has_packets(&self) -> bool {
        self.stop.packets.is_some_and(|most| self.watch.counts().packets >= most)
    }

    fn is_late(&self) -> bool {
        self.stop.duration.is_some_and(|most| self.started.elapsed() >= most)
    }

    fn stops(&self) -> bool {
        let size = self.file.is_some() && self.stop.filesize.is_some_and(|most| self.size >= most);
        let files = self.stop.files.is_some_and(|most| self.files >= most) && self.rotates();
        size || self.is_late() || files || self.has_packets()
    }

    fn rotates(&self) -> bool {
        let Some(rotation) = self.ring.as_ref().map(|ring| ring.rotation).filter(|_| self.file.is_some()) else {
            return false;
        };
        rotation.filesize.is_some_and(|most| self.size >= most)
            || rotation.duration.is_some_and(|most| self.began.elapsed() >= most)
    }

    /// Begins a section in `file`, or in memory.
    fn begin(&mut self, file: Option<File>) -> io::Result<()> {
        if let Some(file) = &file {
            self.written.begin_file(Arc::new(file.try_clone()?));
        }
        (self.file, self.is_removed) = (file, false);
        let mut bytes = std::mem::take(self.out.get_mut());
        bytes.clear();
        self.out = Writer::new(bytes, APPLICATION)?;
        (self.size, self.packets, self.began) = (0, 0, Instant::now());
        if let Some((_, written)) = &mut self.secrets {
            *written = 0;
        }
        for (name, link) in self.live.interfaces() {
            self.out.interface(link, self.snap, Some(&name))?;
        }
        Ok(())
    }

    /// Writes what was counted at the end of a section.
    fn end_file(&mut self) {
        self.count_drops();
        let time = now();
        for (interface, drops) in (0..).zip(&self.drops) {
            let statistics = Statistics {
                time,
                start: Some(self.start),
                end: Some(time),
                accepted: Some(drops.accepted),
                dropped_by_os: Some(drops.dropped),
                delivered: Some(drops.accepted.saturating_sub(drops.dropped)),
                ..Statistics::default()
            };
            // Writing to memory does not fail.
            let _ = self.out.statistics(interface, &statistics);
        }
    }

    /// Ends this file of the ring and begins the next, and removes the oldest where there are too many.
    fn rotate(&mut self) {
        self.end_file();
        self.hand_on();
        self.check_file();
        let Some(ring) = self.ring.as_mut().filter(|_| self.file.is_some()) else { return };
        let most = ring.rotation.files;
        let next = ring.next();
        if let Some(newest) = self.made.back_mut() {
            newest.1 = self.packets;
        }
        match next {
            Ok((file, path)) => {
                self.files += 1;
                self.name = Some(path.clone());
                self.made.push_back((path, 0));
                if let Err(error) = self.begin(Some(file)) {
                    self.give_up(&format!("the next file cannot be written: {error}"));
                }
                self.remove_oldest(most);
            }
            Err(error) => self.give_up(&format!("the next file cannot be written: {error}")),
        }
    }

    fn remove_oldest(&mut self, most: Option<u64>) {
        while most.is_some_and(|most| u64::try_from(self.made.len()).unwrap_or(u64::MAX) > most.max(1)) {
            let Some((path, packets)) = self.made.pop_front() else { return };
            match std::fs::remove_file(&path) {
                Ok(()) => {
                    self.written.removed_oldest();
                    self.watch.add_removed(packets);
                }
                Err(error) => self.watch.say(format!("{} cannot be removed: {error}", path.display())),
            }
        }
        // Without a limit nothing is removed, and names need not be remembered.
        if most.is_none() {
            self.made.clear();
        }
    }

    /// No file from now on.
    fn give_up(&mut self, why: &str) {
        self.left = self.file.take();
        self.watch.say(format!("from now on packets are shown and not kept: {why}"));
    }

    /// Looks what others did to the file. What that cost is counted and said.
    fn check_file(&mut self) {
        let Some(file) = &self.file else { return };
        match harm(file, self.size, self.name.is_some()) {
            None => {}
            Some(Harm::Removed) if self.is_removed => {}
            Some(Harm::Removed) => {
                self.is_removed = true;
                self.watch.add_unkept(self.in_blocks());
                let next = if self.ring.is_some() { " until the next file begins" } else { "" };
                let name = self.name.as_deref().unwrap_or(Path::new("")).display();
                self.watch.say(format!(
                    "{name} was removed by somebody else: its packets are not kept, and those that come are shown and \
                     not kept{next}"
                ));
            }
            Some(Harm::Cut(len)) => {
                let left = packets_left(file);
                if !self.is_removed {
                    self.watch.add_unkept(self.in_blocks().saturating_sub(left));
                }
                self.give_up(&format!(
                    "the file was cut to {len} bytes by somebody else; {left} packets are left in it"
                ));
                self.begin_in_memory();
            }
        }
    }

    /// Packets that were written to the file.
    fn in_blocks(&self) -> u64 {
        self.packets.saturating_sub(packets_in(self.out.get_ref()))
    }

    /// What follows is a section of its own: somebody who reads behind may lack the end of what was cut.
    fn begin_in_memory(&mut self) {
        let pending = std::mem::take(self.out.get_mut());
        // Writing to memory does not fail.
        let _ = self.begin(None);
        self.out.get_mut().extend_from_slice(&pending);
    }

    /// Whether the file is still found by its name, now that it is finished.
    fn check_name(&mut self) {
        if let (Some(file), Some(name)) = (self.file.as_ref().or(self.left.as_ref()), &self.name)
            && !has_name(file, name)
        {
            self.watch.set_renamed();
        }
    }

    /// Gives what was gathered to the file, or to memory.
    fn hand_on(&mut self) {
        if self.out.get_ref().is_empty() {
            return;
        }
        self.check_file();
        let mut bytes = std::mem::take(self.out.get_mut());
        let mut kept = 0;
        if let Some(file) = &self.file {
            let written = append(file, self.size, &bytes);
            kept = written.as_ref().map_or_else(|(whole, _)| *whole, |()| bytes.len());
            let len = u64::try_from(kept).unwrap_or(u64::MAX);
            self.size += len;
            self.written.grown(len);
            self.watch.add_kept(len);
            if self.is_removed {
                self.watch.add_unkept(packets_in(bytes.get(..kept).unwrap_or_default()));
            }
            if let Err((_, error)) = written {
                let before = if self.is_removed { "" } else { "; what came before is kept" };
                self.give_up(&format!("the file cannot be written: {error}{before}"));
            }
        }
        if kept < bytes.len() {
            let rest = bytes.split_off(kept);
            if self.keeps {
                self.watch.add_unkept(packets_in(&rest));
            }
            self.written.queue(rest, || !self.watch.is_stopped() && !self.is_late());
        }
        bytes.clear();
        *self.out.get_mut() = bytes;
    }
}

impl Drop for Recorder {
    /// Whatever ends it, nobody waits for more.
    fn drop(&mut self) {
        self.written.finish();
        self.watch.set_over();
    }
}
