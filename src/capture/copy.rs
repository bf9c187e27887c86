//! A capture copied as pcapng.
//!
//! In: a capture, and whether its secrets go along. Out: the blocks of a pcapng as they are, in their byte order; the packets of
//! a pcap, each in a block, with times in nanoseconds. Whatever its reader takes is copied and nothing else, so that a
//! damaged capture becomes a sound one. Decryption secrets are left out unless they are asked for, and counted; so are
//! custom blocks that ask not to be copied (draft-ietf-opsawg-pcapng section 4.9).

mod edits;

use std::io::{self, Write};

use thiserror::Error;

pub(super) use self::edits::Edits;
use super::pcapng::copied;
use super::write::Writer;
use super::{Batch, Capture, Format, ReadError};
use crate::base::Secrets;

/// The name of the program that writes, as files hold it.
const APPLICATION: &str = concat!("sockeye ", env!("CARGO_PKG_VERSION"));

/// What of a capture's secrets is copied.
pub enum Keeping<'k> {
    /// None.
    NoSecrets,
    /// Those that it holds, and those that whoever is asked has for the packets of a batch, before these. After the last packet
    /// it is asked once more.
    Secrets(&'k mut dyn FnMut(&Batch) -> Vec<Secrets>),
}

/// What was copied, and what was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Copied {
    /// Packets copied.
    pub packets: u64,
    /// Decryption secrets blocks left out.
    pub secrets_left_out: u64,
    /// Custom blocks left out since they ask not to be copied.
    pub custom_left_out: u64,
}

/// Why a copy ended early. What was copied before stands.
#[derive(Debug, Error)]
pub enum CopyError {
    /// The capture cannot be read on.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The copy cannot be written on.
    #[error(transparent)]
    Write(#[from] io::Error),
}

/// Copies all of a capture of which nothing was read yet. Where it is still being made, what came is written at once.
///
/// # Errors
/// [`CopyError`]: reading or writing failed.
pub fn copy(capture: &mut Capture, mut keeping: Keeping<'_>, out: &mut impl Write) -> Result<Copied, CopyError> {
    let is_growing = capture.total_size().is_none();
    let mut copied = Copied::default();
    let mut to = if let Format::Pcapng(_) = capture.format {
        capture.about.edits = Some(Edits::new(matches!(keeping, Keeping::Secrets(_))));
        To::Blocks(out)
    } else {
        To::Packets { writer: Writer::new(out, APPLICATION)?, interfaces: 0 }
    };
    let mut batch = Batch::new();
    let result = loop {
        let is_big_endian = matches!(&capture.format, Format::Pcapng(pcapng) if pcapng.is_big_endian());
        let more = capture.next_batch(&mut batch);
        copied.packets += batch.len() as u64;
        let secrets = match &mut keeping {
            Keeping::NoSecrets => Vec::new(),
            Keeping::Secrets(ask) => ask(&batch),
        };
        // Blocks without packets come behind the last packets too.
        to.put(capture, &batch, &secrets, is_big_endian)?;
        match more {
            Ok(true) if is_growing => to.flush()?,
            // Without a packet, where there was a lot of something else.
            Ok(more) if more || !capture.ended => {}
            Ok(_) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    to.flush()?;
    if let Some(edits) = capture.about.edits.take() {
        (copied.secrets_left_out, copied.custom_left_out) = edits.left_out();
    }
    result?;
    Ok(copied)
}

/// Where a capture is copied to.
enum To<'o, W: Write> {
    /// Blocks, as they are.
    Blocks(&'o mut W),
    /// Packets, of which blocks are made.
    Packets {
        writer: Writer<&'o mut W>,
        /// How many of the capture's interfaces are written.
        interfaces: usize,
    },
}

impl<W: Write> To<'_, W> {
    fn put(
        &mut self,
        capture: &mut Capture,
        batch: &Batch,
        secrets: &[Secrets],
        is_big_endian: bool,
    ) -> io::Result<()> {
        match self {
            To::Blocks(out) => {
                let blocks = capture.about.edits.as_mut().map(Edits::take).unwrap_or_default();
                let blocks =
                    if secrets.is_empty() { blocks } else { copied::with_secrets(blocks, is_big_endian, secrets) };
                out.write_all(&blocks)
            }
            To::Packets { writer, interfaces } => {
                secrets.iter().try_for_each(|secrets| writer.secrets(secrets.kind, &secrets.bytes))?;
                // A second one is of a second capture, joined to the first.
                for interface in capture.interfaces().iter().skip(*interfaces) {
                    writer.interface(interface.link, interface.snaplen, interface.name.as_deref())?;
                    *interfaces += 1;
                }
                batch.packets().try_for_each(|packet| {
                    writer.packet(packet.interface, packet.time, packet.wire_len, packet.data, packet.comment)
                })
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            To::Blocks(out) => out.flush(),
            To::Packets { writer, .. } => writer.flush(),
        }
    }
}
