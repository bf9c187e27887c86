//! gzip, zstd and lz4 around a capture, told by content and not by name.
//!
//! In: a [`CountedReader`] of compressed bytes: any number of gzip members, zstd or lz4 frames one after another, and skippable
//! frames between them (RFC 1952 section 2.2, RFC 8878 section 3.1). Out: what they hold. Data that is cut or broken
//! gives what could be decompressed before it, and then a [`Fault`] and the end; only a source that fails is an error.
//! Invariant: the memory used is that of one window and one block, whatever sizes the headers claim.

use std::fmt;
use std::io::{self, Read};

use flate2::bufread::GzDecoder;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::counted_reader::CountedReader;
use crate::base::limits::ZSTD_WINDOW_BYTES;

/// What a capture is compressed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// gzip, RFC 1952.
    Gzip,
    /// zstd, RFC 8878.
    Zstd,
    /// The lz4 frame format.
    Lz4,
}

impl Compression {
    /// `gzip`, `zstd` or `lz4`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Compression::Gzip => "gzip",
            Compression::Zstd => "zstd",
            Compression::Lz4 => "lz4",
        }
    }

    /// By the first bytes of a member or frame.
    pub(super) fn of(magic: &[u8]) -> Option<Compression> {
        match magic {
            [0x1f, 0x8b, ..] => Some(Compression::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Compression::Zstd),
            [0x04, 0x22, 0x4d, 0x18, ..] => Some(Compression::Lz4),
            // zstd and lz4 share skippable frames; the parallel zstd tools begin with one.
            _ if is_skippable(magic) => Some(Compression::Zstd),
            _ => None,
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn is_skippable(magic: &[u8]) -> bool {
    matches!(magic, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// Why decompression ended before its source did, or with a doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// The source ended inside a member or frame.
    Cut,
    /// It cannot be decompressed.
    Broken(String),
    /// It was decompressed, and its checksum differs.
    Checksum,
    /// Something else follows.
    Trailer,
}

/// A reader of what a run of members and frames holds.
pub(super) struct Frames {
    kind: Compression,
    member: Member,
    fault: Option<Fault>,
    /// Bytes taken from the source before the end, and not used.
    unused: u64,
}

/// The member or frame being read.
enum Member {
    Between(CountedReader),
    Gzip(Box<GzDecoder<CountedReader>>),
    Zstd(Box<Zstd>),
    Lz4(Box<lz4_flex::frame::FrameDecoder<CountedReader>>),
    Over,
}

/// Bytes decompressed at once. Where the data is broken, flate2 does not say how many of them were still good: so many
/// at most are lost before the damage.
const GZIP_STEP: usize = 4096;

impl Frames {
    pub(super) fn new(kind: Compression, reader: CountedReader) -> Frames {
        Frames { kind, member: Member::Between(reader), fault: None, unused: 0 }
    }

    /// What was wrong, once; told when it is known, at the latest when [`Self::read`] gives 0.
    pub(super) fn take_fault(&mut self) -> Option<(Compression, Fault)> {
        self.fault.take().map(|fault| (self.kind, fault))
    }

    /// Bytes that the source gave and that were not used; known at the end.
    pub(super) fn unused(&self) -> u64 {
        self.unused
    }

    /// Some of the next bytes; 0 at the end. Errors: those of the source.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let result = match &mut self.member {
                Member::Over => return Ok(0),
                Member::Between(_) => {
                    self.begin()?;
                    continue;
                }
                Member::Gzip(decoder) => {
                    let room = buffer.len().min(GZIP_STEP);
                    decoder.read(buffer.get_mut(..room).unwrap_or_default())
                }
                Member::Zstd(zstd) => zstd.read(buffer),
                Member::Lz4(decoder) => decoder.read(buffer),
            };
            match result {
                Ok(0) => self.end()?,
                Ok(count) => return Ok(count),
                Err(error) => return self.fail(error),
            }
        }
    }

    /// Looks at what follows and makes a decoder for it.
    fn begin(&mut self) -> io::Result<()> {
        let Member::Between(mut reader) = std::mem::replace(&mut self.member, Member::Over) else { return Ok(()) };
        let magic = match reader.peek(8) {
            Ok(magic) => magic,
            Err(copy) => return Err(reader.original(copy)),
        };
        if magic.is_empty() {
            return Ok(());
        }
        if is_skippable(magic) {
            let length = magic.get(4..8).and_then(|field| field.try_into().ok()).map_or(0, u32::from_le_bytes);
            match reader.skip(8 + u64::from(length)) {
                Ok(true) => self.member = Member::Between(reader),
                Ok(false) => self.fault = Some(Fault::Cut),
                Err(copy) => return Err(reader.original(copy)),
            }
            return Ok(());
        }
        let Some(kind) = Compression::of(magic) else {
            // Tapes and block devices pad with zeros; that is nothing to speak of.
            if magic.iter().any(|&byte| byte != 0) {
                self.fault = Some(Fault::Trailer);
                self.unused = reader.buffered() as u64;
            }
            return Ok(());
        };
        self.kind = kind;
        self.member = match kind {
            Compression::Gzip => Member::Gzip(Box::new(GzDecoder::new(reader))),
            Compression::Zstd => Member::Zstd(Box::new(Zstd::new(reader))),
            Compression::Lz4 => Member::Lz4(Box::new(lz4_flex::frame::FrameDecoder::new(reader))),
        };
        Ok(())
    }

    /// A member or frame gave its last byte.
    fn end(&mut self) -> io::Result<()> {
        self.member = match std::mem::replace(&mut self.member, Member::Over) {
            Member::Gzip(decoder) => Member::Between(decoder.into_inner()),
            Member::Zstd(mut zstd) => {
                if let Some(error) = zstd.reader.take_error() {
                    return Err(error);
                }
                match zstd.fault.take() {
                    Some(fault @ Fault::Checksum) => {
                        self.fault = Some(fault);
                        Member::Between(zstd.reader)
                    }
                    Some(fault) => {
                        self.fault = Some(fault);
                        self.unused = zstd.reader.buffered() as u64;
                        Member::Over
                    }
                    None => Member::Between(zstd.reader),
                }
            }
            Member::Lz4(decoder) => {
                let reader = decoder.into_inner();
                // lz4_flex takes the end of its source between two blocks for the end of the frame.
                if reader.starved() {
                    self.fault = Some(Fault::Cut);
                    Member::Over
                } else {
                    Member::Between(reader)
                }
            }
            other => other,
        };
        Ok(())
    }

    /// A decoder failed: because its source did, because that ended, or because the data is broken.
    fn fail(&mut self, error: io::Error) -> io::Result<usize> {
        let mut reader = match std::mem::replace(&mut self.member, Member::Over) {
            Member::Gzip(decoder) => decoder.into_inner(),
            Member::Lz4(decoder) => decoder.into_inner(),
            Member::Zstd(zstd) => zstd.reader,
            Member::Between(reader) => reader,
            Member::Over => return Ok(0),
        };
        if let Some(error) = reader.take_error() {
            return Err(error);
        }
        self.fault = Some(if reader.starved() { Fault::Cut } else { Fault::Broken(one_line(&error)) });
        self.unused = reader.buffered() as u64;
        Ok(0)
    }
}

fn one_line(error: &dyn fmt::Display) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ").chars().take(160).collect()
}

/// One zstd frame. Not `ruzstd::decoding::StreamingDecoder`: that keeps back what its window still holds when the
/// frame is cut, and does not compare the checksum.
struct Zstd {
    decoder: FrameDecoder,
    reader: CountedReader,
    begun: bool,
    fault: Option<Fault>,
}

/// The end of a frame: an empty last block, and a checksum should one be due. Given to the decoder in place of what a
/// cut frame lacks, it makes it give out all it has.
const ENDING: &[u8] = &[1, 0, 0, 0, 0, 0, 0];

impl Zstd {
    fn new(reader: CountedReader) -> Zstd {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(ZSTD_WINDOW_BYTES);
        Zstd { decoder, reader, begun: false, fault: None }
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.begun {
            self.begun = true;
            if let Err(error) = self.decoder.init(&mut self.reader) {
                self.blame(&error);
                return Ok(0);
            }
        }
        while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
            let step = BlockDecodingStrategy::UptoBlocks(1);
            if let Err(error) = self.decoder.decode_blocks(&mut self.reader, step) {
                self.blame(&error);
                if self.decoder.decode_blocks(ENDING, BlockDecodingStrategy::UptoBlocks(1)).is_err() {
                    return Ok(0);
                }
            }
        }
        let count = self.decoder.read(buffer)?;
        let said = self.decoder.get_checksum_from_data();
        if count == 0 && self.fault.is_none() && said.is_some() && said != self.decoder.get_calculated_checksum() {
            self.fault = Some(Fault::Checksum);
        }
        Ok(count)
    }

    fn blame(&mut self, error: &dyn fmt::Display) {
        self.fault = Some(if self.reader.starved() { Fault::Cut } else { Fault::Broken(one_line(error)) });
    }
}
