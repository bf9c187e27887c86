//! What a capture lacks, and where.
//!
//! In: what the walks and the decompressor found wrong. Out: [`Warning`]s, each one line that names the file, the place
//! and what can be done. At most [`CAPTURE_WARNINGS`] are kept; the last one then counts the rest.

use std::fmt;
use std::sync::Arc;

use super::compression::Compression;
use crate::base::PacketNumber;
use crate::base::limits::CAPTURE_WARNINGS;

/// Something of a capture could not be read; reading went on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Warning {
    /// The capture, as it was named.
    pub file: Arc<str>,
    /// Offset in the uncompressed capture, bytes.
    pub position: u64,
    /// Number of the last packet before it; 0 where there is none.
    pub packet: PacketNumber,
    /// Bytes there were that could not be used. Of the uncompressed capture, but for [`Damage::Compressed`].
    pub lost: u64,
    /// What happened.
    pub damage: Damage,
}

/// What is wrong with a capture.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Damage {
    /// The capture ends inside a packet record or block of `wanted` bytes.
    CutTail {
        /// Bytes it should have.
        wanted: u64,
    },
    /// Bytes that are no record or block were passed over.
    Skipped {
        /// What was wrong with the record or block that should have been there.
        fault: Fault,
        /// Offset at which reading went on; `None` where nothing readable followed.
        resumed: Option<u64>,
    },
    /// A length field was wrong, and what follows shows what it must have been.
    Repaired {
        /// What it said.
        claimed: u64,
        /// What was taken.
        taken: u64,
    },
    /// Another capture file follows in the same file.
    Joined,
    /// A packet claims more bytes than its block holds.
    Overlong {
        /// What it said.
        claimed: u64,
        /// What the block holds.
        taken: u64,
    },
    /// Packets of an interface that was never described.
    UnknownInterface {
        /// Its number in its section.
        interface: u32,
        /// How many packets.
        packets: u64,
    },
    /// More interfaces than can be told apart.
    TooManyInterfaces,
    /// A block that is whole but whose content makes no sense.
    Unreadable {
        /// Block type.
        block: u32,
    },
    /// More secrets, names and comments than are kept.
    TooMuchText,
    /// The file says it is of a version nobody has written down.
    Version {
        /// Major number.
        major: u16,
        /// Minor number.
        minor: u16,
    },
    /// The compressed data ends too early, after so many bytes of it.
    CompressedCut(Compression, u64),
    /// The compressed data is broken.
    Compressed(Compression, String),
    /// What follows the compressed data is something else.
    AfterCompressed(Compression),
    /// The compressed data was read, but its checksum differs.
    Checksum(Compression),
    /// The temporary file could not be written.
    Spool(String),
    /// Further warnings, not kept.
    More(u64),
}

/// Why a record or block was not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Its length cannot be true.
    Length(u64),
    /// The two lengths of a block differ.
    Lengths(u64, u64),
    /// It looks unlike a record, and what follows it does too.
    Nonsense,
    /// It reaches past the end of the capture, but readable records follow inside it.
    PastEnd(u64),
    /// A section does not say in which byte order it is.
    ByteOrder,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Length(length) => write!(f, "it claims {length} bytes"),
            Fault::Lengths(front, back) => write!(f, "its two lengths, {front} and {back}, differ"),
            Fault::Nonsense => f.write_str("its header makes no sense"),
            Fault::PastEnd(length) => write!(f, "it claims {length} bytes, more than there are"),
            Fault::ByteOrder => f.write_str("its byte order mark is wrong"),
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Warning { file, position, packet, lost, damage } = self;
        write!(f, "{file}: ")?;
        match damage {
            Damage::CutTail { wanted } => write!(
                f,
                "the capture ends inside the record after packet {packet}, at offset {position}: {lost} of its {wanted} \
                 bytes are there and were left out; was its writer killed, or is it still writing?"
            ),
            Damage::Skipped { fault, resumed: Some(resumed) } => write!(
                f,
                "the record after packet {packet}, at offset {position}, is damaged ({fault}): {lost} bytes were \
                 passed over, reading went on at offset {resumed}; packets are missing there"
            ),
            Damage::Skipped { fault, resumed: None } => write!(
                f,
                "the record after packet {packet}, at offset {position}, is damaged ({fault}) and nothing readable \
                 follows: the last {lost} bytes were left out; copy the file again if there is an original"
            ),
            Damage::Repaired { claimed, taken } => write!(
                f,
                "packet {packet}, at offset {position}, claims {claimed} bytes; by what follows it has {taken}, which \
                 was taken"
            ),
            Damage::Joined => write!(f, "at offset {position} another capture file begins; its packets follow"),
            Damage::Overlong { claimed, taken } => write!(
                f,
                "packet {packet}, at offset {position}, claims {claimed} bytes but its block holds {taken}, which were \
                 taken"
            ),
            Damage::UnknownInterface { interface, packets } => write!(
                f,
                "{packets} packets, the first after packet {packet} at offset {position}, are of interface {interface}, \
                 which the capture does not describe: left out"
            ),
            Damage::TooManyInterfaces => write!(
                f,
                "more interfaces than can be told apart; packets of the one at offset {position} and later ones are \
                 left out"
            ),
            Damage::Unreadable { block } => {
                write!(f, "the block of type {block:#x} at offset {position} cannot be understood and was left out")
            }
            Damage::TooMuchText => write!(
                f,
                "more secrets, names and comments than are kept; those from offset {position} on are left out"
            ),
            Damage::Version { major, minor } => write!(
                f,
                "the header at offset {position} says version {major}.{minor}, which is unknown; read as the usual one"
            ),
            Damage::CompressedCut(kind, size) => write!(
                f,
                "the {kind} data ends too early, after {size} bytes: {position} bytes of the capture could be read, \
                 {packet} packets; copy the file again if there is an original"
            ),
            Damage::Compressed(kind, detail) => write!(
                f,
                "the {kind} data is damaged ({detail}): {position} bytes of the capture could be read, {packet} \
                 packets; {lost} compressed bytes are left; copy the file again if there is an original"
            ),
            Damage::AfterCompressed(kind) => {
                write!(f, "{lost} bytes after the end of the {kind} data are something else and were left out")
            }
            Damage::Checksum(kind) => write!(
                f,
                "the {kind} checksum is wrong: some of the capture before offset {position} may be damaged; copy the \
                 file again if there is an original"
            ),
            Damage::Spool(error) => write!(
                f,
                "the temporary copy stops at offset {position} ({error}): bytes of later packets cannot be shown; \
                 free some space and open it again"
            ),
            Damage::More(count) => write!(f, "{count} more warnings like these"),
        }
    }
}

/// The warnings about one capture.
#[derive(Debug)]
pub(super) struct Log {
    file: Arc<str>,
    kept: Vec<Warning>,
}

impl Log {
    pub(super) fn new(file: &str) -> Log {
        Log { file: Arc::from(file), kept: Vec::new() }
    }

    pub(super) fn warnings(&self) -> &[Warning] {
        &self.kept
    }

    /// So many packets were read. Where compressed data ends is known before the packets are read that it held.
    pub(super) fn last_packet(&mut self, packet: PacketNumber) {
        let late =
            |warning: &&mut Warning| matches!(warning.damage, Damage::CompressedCut(..) | Damage::Compressed(..));
        if let Some(warning) = self.kept.iter_mut().find(late) {
            warning.packet = packet;
        }
    }

    /// Adds a warning. Packets of one unknown interface are counted in one.
    pub(super) fn add(&mut self, position: u64, packet: PacketNumber, lost: u64, damage: Damage) {
        if let Damage::UnknownInterface { interface, packets } = damage {
            let same = self.kept.iter_mut().find_map(|warning| match &mut warning.damage {
                Damage::UnknownInterface { interface: known, packets } if *known == interface => {
                    Some((packets, &mut warning.lost))
                }
                _ => None,
            });
            if let Some((count, sum)) = same {
                *count += packets;
                *sum += lost;
                return;
            }
        }
        if self.kept.len() < CAPTURE_WARNINGS {
            let file = Arc::clone(&self.file);
            self.kept.push(Warning { file, position, packet, lost, damage });
        } else if let Some(Warning { damage: Damage::More(count), lost: sum, .. }) = self.kept.last_mut() {
            *count += 1;
            *sum += lost;
        } else {
            let file = Arc::clone(&self.file);
            self.kept.push(Warning { file, position, packet, lost, damage: Damage::More(1) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_bounded_and_the_rest_is_counted() {
        let mut log = Log::new("x.pcap");
        for n in 0..100 {
            log.add(n, n, 10, Damage::CutTail { wanted: 20 });
        }
        assert_eq!(log.warnings().len(), CAPTURE_WARNINGS + 1);
        let last = log.warnings().last().unwrap();
        assert_eq!((last.damage.clone(), last.lost), (Damage::More(36), 360));
        assert_eq!(last.to_string(), "x.pcap: 36 more warnings like these");
    }

    #[test]
    fn what_compressed_data_gave_is_counted_at_its_end() {
        let mut log = Log::new("x.gz");
        log.add(9000, 3, 0, Damage::CompressedCut(Compression::Gzip, 700));
        log.last_packet(5);
        assert_eq!(
            log.warnings()[0].to_string(),
            "x.gz: the gzip data ends too early, after 700 bytes: 9000 bytes of the capture could be read, 5 packets; \
             copy the file again if there is an original"
        );
    }

    #[test]
    fn packets_of_one_unknown_interface_make_one_warning() {
        let mut log = Log::new("x");
        for interface in [5, 6, 5, 5] {
            log.add(0, 0, 100, Damage::UnknownInterface { interface, packets: 1 });
        }
        assert_eq!(log.warnings()[0].damage, Damage::UnknownInterface { interface: 5, packets: 3 });
        assert_eq!(log.warnings()[0].lost, 300);
        assert_eq!(log.warnings().len(), 2);
    }
}
