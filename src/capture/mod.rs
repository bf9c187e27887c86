//! Stage 2: where packets come from, and where they go when they are kept.
//!
//! In: a path, standard input, or any reader. Out: one [`Packet`] after another, in the order of the capture, borrowed
//! from a buffer that is used again; or whole [`Batch`]es of them for other threads. pcap and pcapng, also inside gzip,
//! zstd and lz4, told by content and not by name. Only input that cannot be opened or is no capture is an error. A
//! broken tail or block costs what cannot be read, and one [`Warning`] says where and how much.
//!
//! The bytes go one way: `CountedReader`, `Frames` (decompressed), `Input` (spooled), the buffer of a [`Batch`],
//! where `Pcap` or `Pcapng` finds the packets in place. Memory follows the bytes that came, never a length that a
//! header claims; nothing is allocated or copied for a packet.

pub mod background_reader;
mod batch;
mod compression;
pub mod copy;
mod counted_reader;
mod error;
mod input;
#[cfg(feature = "live")]
pub mod live;
mod metadata;
mod pcap;
mod pcapng;
mod sniff;
mod source;
mod spool;
mod warning;
mod window;
pub mod write;

use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::base::limits::BATCH_BYTES;
use crate::base::{Owners, Packet, PacketComments, PacketNumber, SecretLog};

pub use self::batch::Batch;
pub use self::compression::Compression;
pub use self::error::{OpenError, ReadError};
pub use self::metadata::{Interface, NameRecord, Section, Statistics};
pub use self::pcapng::clock::Clock;
pub use self::sniff::Guess;
pub use self::source::Source;
pub use self::spool::Store;
pub use self::warning::{Damage, Fault, Warning};

use self::compression::Fault as CompressionFault;
use self::input::{Input, open_error};
use self::metadata::Metadata;
use self::pcap::Pcap;
use self::pcapng::Pcapng;
use self::warning::Log;
use self::window::Window;

/// How a capture is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Keep what is read so that [`Capture::store`] can go back to it. A plain file is its own store and costs
    /// nothing; anything else is copied to a temporary file.
    pub spool: bool,
    /// Bytes read at once; a batch holds about as many.
    pub batch_bytes: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options { spool: false, batch_bytes: BATCH_BYTES }
    }
}

/// Opens the capture at `path`; `-` is standard input.
///
/// Waits for the header of the format, so on a pipe until the other side has begun.
///
/// # Errors
/// [`OpenError`] where there is no such file, it cannot be read, or it is no capture.
pub fn open(path: &Path, options: &Options) -> Result<Capture, OpenError> {
    Source::named(path).capture(options)
}

/// Reads a capture from any reader, which may still be written to at its other end. `name` stands for it in messages.
///
/// # Errors
/// [`OpenError`] where the reader fails or what it gives is no capture.
pub fn open_reader(name: &str, reader: impl Read + Send + 'static, options: &Options) -> Result<Capture, OpenError> {
    let input = Input::from_reader(Box::new(reader), name, options.spool)?;
    Capture::new(input, name.to_owned(), options)
}

/// A capture being read.
pub struct Capture {
    file: String,
    format: Format,
    input: Input,
    about: Metadata,
    log: Log,
    batch_bytes: usize,
    /// Bytes of the capture after the last packet given, the first of them at `position`.
    left_over: Vec<u8>,
    position: u64,
    /// Number of the last packet.
    last: PacketNumber,
    ended: bool,
    cut_known: bool,
    failed: Option<std::io::Error>,
    comments: Arc<PacketComments>,
    /// A comment had no room.
    comments_cut: bool,
    /// What [`Self::next_packet`] gives from, and how far it is.
    own: Batch,
    given: usize,
}

/// The format of a capture, and how far its walk is.
#[derive(Debug)]
enum Format {
    Pcap(Pcap),
    Pcapng(Pcapng),
}

impl Capture {
    fn new(mut input: Input, file: String, options: &Options) -> Result<Capture, OpenError> {
        let mut bytes = Vec::new();
        read_head(&mut input, &mut bytes).map_err(|error| open_error(&file, error))?;
        let mut log = Log::new(&file);
        let mut about = Metadata::default();
        let (format, position) = recognise(&bytes, &mut input, &file, &mut about, &mut log)?;
        let left_over = bytes.split_off(position.min(bytes.len()));
        if matches!(format, Format::Pcapng(_)) {
            match input.store().filter(|store| !store.is_growing()) {
                Some(store) => about.secrets.search_with(move || pcapng::ahead::secrets(&store)),
                // Secrets may come behind what they open.
                None => about.secrets.expect_more(),
            }
        }
        Ok(Capture {
            file,
            format,
            input,
            about,
            log,
            batch_bytes: options.batch_bytes.max(1),
            left_over,
            position: position as u64,
            last: 0,
            ended: false,
            cut_known: false,
            failed: None,
            comments: Arc::default(),
            comments_cut: false,
            own: Batch::new(),
            given: 0,
        })
    }

    /// The next packet; `None` at the end.
    ///
    /// # Errors
    /// [`ReadError`] where the source fails. The packets before it have been given; after it comes `None`.
    pub fn next_packet(&mut self) -> Result<Option<Packet<'_>>, ReadError> {
        if self.given >= self.own.len() {
            let mut own = std::mem::take(&mut self.own);
            let more = self.fill(&mut own);
            self.own = own;
            self.given = 0;
            if !more? {
                return Ok(None);
            }
        }
        self.given += 1;
        Ok(self.own.get(self.given - 1))
    }

    /// Fills `batch` with the next packets, at least one; `false` (and an empty batch) at the end. What the batch held
    /// before is overwritten, its memory is used again.
    ///
    /// From a source that may still be written to, a batch ends where no more bytes are ready.
    ///
    /// # Errors
    /// As [`Self::next_packet`].
    pub fn next_batch(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        if self.given < self.own.len() {
            // next_packet has some left: they come first.
            std::mem::swap(&mut self.own, batch);
            batch.packets.drop_front(self.given);
            self.own.packets.begin(0);
            self.given = 0;
            return Ok(true);
        }
        self.fill(batch)
    }

    fn fill(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        batch.packets.begin(self.last + 1);
        batch.buffer.begin(&self.left_over, self.position, self.batch_bytes);
        // The header may have come with packets behind it, which must not wait for what comes after them.
        let mut ready = self.input.live() && !self.left_over.is_empty();
        self.left_over.clear();
        loop {
            if !std::mem::take(&mut ready) {
                self.read(batch);
            }
            let window = Window {
                bytes: batch.buffer.filled(),
                base: batch.buffer.base,
                ended: self.ended,
                live: self.input.live(),
                cut_known: self.cut_known,
            };
            let used = match &mut self.format {
                Format::Pcap(pcap) => pcap.walk(&window, &mut batch.packets, &mut self.about, &mut self.log),
                Format::Pcapng(pcapng) => pcapng.walk(&window, &mut batch.packets, &mut self.about, &mut self.log),
            };
            let mut is_full = false;
            if let Some(edits) = &mut self.about.edits {
                edits.walked(window.base, window.bytes.get(..used).unwrap_or_default());
                is_full = edits.is_full();
            }
            if !batch.is_empty() || self.ended || is_full {
                self.left_over.extend_from_slice(window.from(used));
                self.position = window.position(used);
                self.last = batch.packets.last_number();
                self.log.last_packet(self.last);
                self.keep_comments(batch);
                break;
            }
            batch.buffer.discard(used);
        }
        match self.failed.take_if(|_| batch.is_empty()) {
            Some(source) => {
                let (file, position, packet) = (self.file.clone(), self.position, self.last);
                Err(ReadError { file, position, packet, source })
            }
            None => Ok(!batch.is_empty()),
        }
    }

    fn keep_comments(&mut self, batch: &Batch) {
        for (packet, text) in batch.packets.commented() {
            if self.about.keep(text.len()) {
                self.comments.add(packet, text);
            } else if !std::mem::replace(&mut self.comments_cut, true) {
                self.log.add(batch.buffer.base, packet, 0, Damage::TooMuchText);
            }
        }
    }

    /// Comments on packets, as far as they have been read; those of a batch are there before its packets are given.
    #[must_use]
    pub fn comments(&self) -> Arc<PacketComments> {
        Arc::clone(&self.comments)
    }

    /// Reads more bytes behind those of `batch`: until its buffer is full, or, where they may come slowly, what is there.
    fn read(&mut self, batch: &mut Batch) {
        let live = self.input.live();
        while !self.ended {
            match self.input.read(batch.buffer.free()) {
                Ok(0) => self.end(batch.buffer.base + batch.buffer.filled().len() as u64),
                Ok(count) => batch.buffer.add(count),
                Err(error) => {
                    self.failed = Some(error);
                    self.ended = true;
                    // What the source did not give is not a fault of the capture.
                    self.cut_known = true;
                }
            }
            if let Some(error) = self.input.take_spool_error() {
                let position = batch.buffer.base + batch.buffer.filled().len() as u64;
                self.log.add(position, self.last, 0, Damage::Spool(error.to_string()));
            }
            if live || batch.buffer.room() == 0 {
                break;
            }
        }
    }

    /// The source gave its last byte.
    fn end(&mut self, position: u64) {
        self.ended = true;
        let Some((kind, fault)) = self.input.take_fault() else { return };
        let unused = self.input.unused();
        let (lost, damage) = match fault {
            CompressionFault::Cut => (0, Damage::CompressedCut(kind, self.bytes_read())),
            CompressionFault::Broken(detail) => (unused, Damage::Compressed(kind, detail)),
            CompressionFault::Trailer => (unused, Damage::AfterCompressed(kind)),
            CompressionFault::Checksum => (0, Damage::Checksum(kind)),
        };
        self.cut_known = matches!(damage, Damage::CompressedCut(..) | Damage::Compressed(..));
        self.log.add(position, self.last, lost, damage);
    }

    /// What could not be read so far; after the last packet, of the whole capture.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        self.log.warnings()
    }

    /// Bytes of the file (compressed, where it is) read so far.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.input.counter().load(Ordering::Relaxed)
    }

    /// The counter behind [`Self::bytes_read`], to watch from another thread.
    #[must_use]
    pub fn progress(&self) -> Arc<AtomicU64> {
        self.input.counter()
    }

    /// Size of the file (compressed, where it is), where it is a file.
    #[must_use]
    pub fn total_size(&self) -> Option<u64> {
        self.input.total()
    }

    /// The name it was opened by.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Format, units, byte order and compression in words: `pcap, microseconds, big-endian, gzip`, `pcapng`.
    #[must_use]
    pub fn format(&self) -> String {
        let mut name = match &self.format {
            Format::Pcap(pcap) => pcap.name(),
            Format::Pcapng(_) => "pcapng".to_owned(),
        };
        if let Some(compression) = self.input.compression() {
            name = format!("{name}, {compression}");
        }
        name
    }

    /// What it is compressed with.
    #[must_use]
    pub fn compression(&self) -> Option<Compression> {
        self.input.compression()
    }

    /// The interfaces described so far, over all sections; [`Packet::interface`] counts in them.
    #[must_use]
    pub fn interfaces(&self) -> &[Interface] {
        &self.about.interfaces
    }

    /// The sections begun so far.
    #[must_use]
    pub fn sections(&self) -> &[Section] {
        &self.about.sections
    }

    /// The decryption secrets: those met so far, and those to come as they are read.
    #[must_use]
    pub fn secrets(&self) -> SecretLog {
        self.about.secrets.clone()
    }

    /// Puts its decryption secrets into a log that others know or add to. To be called before anything is read.
    #[must_use]
    pub fn with_secrets(mut self, log: SecretLog) -> Capture {
        log.take_over(&self.about.secrets);
        self.about.secrets = log;
        self
    }

    /// Has others say whose its connections are.
    #[must_use]
    pub fn with_owners(mut self, owners: Owners) -> Capture {
        self.about.owners = owners;
        self
    }

    /// Whose its connections are, as far as others have said it.
    #[must_use]
    pub fn owners(&self) -> Owners {
        self.about.owners.clone()
    }

    /// The names of addresses met so far.
    #[must_use]
    pub fn names(&self) -> &[NameRecord] {
        &self.about.names
    }

    /// Blocks of types that say nothing here (custom, journal, unknown), skipped so far.
    #[must_use]
    pub fn skipped_blocks(&self) -> u64 {
        self.about.skipped_blocks
    }

    /// Random access to the uncompressed capture: always for a plain file, for anything else where
    /// [`Options::spool`] asked for it.
    #[must_use]
    pub fn store(&self) -> Option<Store> {
        self.input.store()
    }
}

impl std::fmt::Debug for Capture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Capture")
            .field("file", &self.file)
            .field("format", &self.format())
            .field("last", &self.last)
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

/// Reads until the longer of the two headers is there, or the input ends.
fn read_head(input: &mut Input, bytes: &mut Vec<u8>) -> std::io::Result<()> {
    let mut some = [0; 4096];
    while bytes.len() < wanted(bytes) {
        let count = input.read(&mut some)?;
        if count == 0 {
            break;
        }
        bytes.extend_from_slice(some.get(..count).unwrap_or_default());
    }
    Ok(())
}

/// Bytes needed to say what a capture that begins so is.
fn wanted(bytes: &[u8]) -> usize {
    match bytes.len() {
        0..4 => 4,
        _ if pcapng::is_pcapng(bytes) => pcapng::HEADER_BYTES,
        _ => pcap::HEADER_BYTES,
    }
}

/// The format, and how many bytes of `bytes` its header takes.
fn recognise(
    bytes: &[u8],
    input: &mut Input,
    file: &str,
    about: &mut Metadata,
    log: &mut Log,
) -> Result<(Format, usize), OpenError> {
    let name = || file.to_owned();
    let cut = |format, wanted: usize| OpenError::Header {
        file: name(),
        format,
        present: bytes.len() as u64,
        wanted: wanted as u64,
    };
    if pcap::is_pcap(bytes) {
        return match Pcap::new(bytes, about, log) {
            Some(pcap) => Ok((Format::Pcap(pcap), pcap::HEADER_BYTES)),
            None => Err(cut("pcap", pcap::HEADER_BYTES)),
        };
    }
    if pcapng::is_pcapng(bytes) {
        if bytes.len() < pcapng::HEADER_BYTES {
            return Err(cut("pcapng", 28));
        }
        if let Some(pcapng) = Pcapng::new(bytes) {
            return Ok((Format::Pcapng(pcapng), 0));
        }
    }
    match (bytes.is_empty(), input.compression(), input.take_fault()) {
        (true, None, _) => Err(OpenError::Empty { file: name() }),
        (_, Some(compression), Some((_, CompressionFault::Cut))) => {
            let size = input.counter().load(Ordering::Relaxed);
            // gzip gives bytes as they come; the others a block at a time, which may be the whole capture.
            let block = if compression == Compression::Gzip { "" } else { ", inside its first block" };
            let why = format!("ends after {size} bytes{block}: nothing of a capture can be read; copy the file again");
            Err(OpenError::NothingInside { file: name(), compression, why })
        }
        (_, Some(compression), Some((_, CompressionFault::Broken(detail)))) => {
            let why = format!("is damaged ({detail}): nothing of a capture can be read; copy the file again");
            Err(OpenError::NothingInside { file: name(), compression, why })
        }
        (true, Some(compression), _) => {
            let why = "is empty inside; was the capture stopped before it wrote anything?".to_owned();
            Err(OpenError::NothingInside { file: name(), compression, why })
        }
        (_, compression, _) => Err(OpenError::NotCapture { file: name(), guess: sniff::guess(bytes, compression) }),
    }
}
