//! Whole pcapng blocks in a file that is being written, and what others may do to that file meanwhile.
//!
//! In: a file, and blocks. Out: the file with them, or cut back to its last whole block, and how many of them are in it;
//! whether somebody cut or removed the file. A name is compared with the open file, which is what counts.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::base::file::{read_at, write_up_to};

/// Type of an enhanced packet block.
const PACKET_BLOCK: u32 = 6;

/// Bytes read at once where packets are counted; more than any block that is written here holds.
const WINDOW: usize = 512 * 1024;

/// What somebody else did to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Harm {
    /// It ends here, before what was written to it does.
    Cut(u64),
    /// No name leads to it: it is gone when it is closed.
    Removed,
}

/// What somebody did to a file that `size` bytes were written to.
pub(super) fn harm(file: &File, size: u64, has_name: bool) -> Option<Harm> {
    let about = file.metadata().ok()?;
    if about.len() < size {
        return Some(Harm::Cut(about.len()));
    }
    #[cfg(unix)]
    if has_name && std::os::unix::fs::MetadataExt::nlink(&about) == 0 {
        return Some(Harm::Removed);
    }
    // Elsewhere a file that is open cannot be removed.
    let _ = has_name;
    None
}

/// `path` is still a name of this file, as far as can be seen: root may have been given up to somebody who may not look
/// into its folder.
pub(super) fn has_name(file: &File, path: &Path) -> bool {
    let named = match std::fs::symlink_metadata(path) {
        Ok(named) => named,
        Err(error) => return error.kind() != io::ErrorKind::NotFound,
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        file.metadata().is_ok_and(|open| (open.dev(), open.ino()) == (named.dev(), named.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = (file, named);
        true
    }
}

/// Packets in whole blocks of a file.
pub(super) fn packets_left(file: &File) -> u64 {
    let mut window = vec![0; WINDOW];
    let (mut at, mut packets) = (0u64, 0u64);
    while let Ok(count) = read_at(file, &mut window, at) {
        let bytes = window.get(..count).unwrap_or_default();
        let whole = whole_blocks(bytes, bytes.len());
        packets = packets.saturating_add(packets_in(bytes.get(..whole).unwrap_or_default()));
        at = at.saturating_add(u64::try_from(whole).unwrap_or(u64::MAX));
        if whole == 0 || count < WINDOW {
            break;
        }
    }
    packets
}

/// Writes whole blocks behind the first `size` bytes of a file. Where that fails the file is cut back to its last whole
/// block, and the bytes of `blocks` that stand in it come with the error.
pub(super) fn append(file: &File, size: u64, blocks: &[u8]) -> Result<(), (usize, io::Error)> {
    write_up_to(file, blocks, size).map_err(|(written, error)| cut_back(file, size, blocks, written, error))
}

fn cut_back(file: &File, size: u64, blocks: &[u8], written: usize, error: io::Error) -> (usize, io::Error) {
    let whole = whole_blocks(blocks, written);
    // Where even this fails the file ends in half a block, which readers pass over.
    let _ = file.set_len(size.saturating_add(u64::try_from(whole).unwrap_or(0)));
    (whole, error)
}

/// Bytes of the whole blocks among the first `len`.
fn whole_blocks(blocks: &[u8], len: usize) -> usize {
    block_ends(blocks).take_while(|(_, end)| *end <= len).last().map_or(0, |(_, end)| end)
}

/// Type and end of each block.
fn block_ends(blocks: &[u8]) -> impl Iterator<Item = (u32, usize)> + '_ {
    let word = |at: usize| blocks.get(at..)?.first_chunk().map(|word| u32::from_le_bytes(*word));
    let mut at = 0usize;
    std::iter::from_fn(move || {
        let (kind, len) = (word(at)?, word(at.checked_add(4)?)?);
        at = at.checked_add(usize::try_from(len).ok().filter(|len| *len >= 12)?)?;
        Some((kind, at))
    })
}

pub(super) fn packets_in(blocks: &[u8]) -> u64 {
    u64::try_from(block_ends(blocks).filter(|(kind, _)| *kind == PACKET_BLOCK).count()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{LinkType, Timestamp};
    use crate::capture::write::Writer;

    #[test]
    fn blocks_are_told_apart_and_packets_counted() {
        let mut out = Writer::new(Vec::new(), "test").unwrap();
        out.interface(LinkType::ETHERNET, 0, None).unwrap();
        out.packet(0, Timestamp(1), 3, b"abc", None).unwrap();
        out.packet(0, Timestamp(2), 4, b"abcd", None).unwrap();
        let bytes = out.into_inner();
        assert_eq!(packets_in(&bytes), 2);
        let ends: Vec<(u32, usize)> = block_ends(&bytes).collect();
        assert_eq!(ends.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [0x0a0d_0d0a, 1, 6, 6]);
        assert_eq!(ends.last().unwrap().1, bytes.len());
        assert_eq!(packets_in(&bytes[..bytes.len() - 60]), 1, "half a head of a block is none");
    }

    #[test]
    fn what_others_do_to_a_file_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept");
        let file = super::super::files::open(&path).unwrap().file;
        append(&file, 0, &[7; 100]).unwrap();
        assert_eq!(harm(&file, 100, true), None);
        assert!(has_name(&file, &path));
        File::options().write(true).open(&path).unwrap().set_len(60).unwrap();
        assert_eq!(harm(&file, 100, true), Some(Harm::Cut(60)));
        std::fs::rename(&path, folder.path().join("other")).unwrap();
        assert_eq!(harm(&file, 60, true), None, "what is called otherwise is there");
        assert!(!has_name(&file, &path));
        std::fs::write(&path, "another").unwrap();
        assert!(!cfg!(unix) || !has_name(&file, &path));
        std::fs::remove_file(folder.path().join("other")).unwrap();
        if cfg!(unix) {
            assert_eq!(harm(&file, 60, true), Some(Harm::Removed));
        }
        assert_eq!(harm(&file, 60, false), None, "a spool has no name from the start");
    }

    #[test]
    fn packets_are_counted_in_what_is_left_of_a_file() {
        let mut out = Writer::new(Vec::new(), "test").unwrap();
        out.interface(LinkType::ETHERNET, 0, None).unwrap();
        let mut ends = Vec::new();
        for number in 0..50_000 {
            out.packet(0, Timestamp(number), 3, b"abc", None).unwrap();
            ends.push(out.get_ref().len());
        }
        let bytes = out.into_inner();
        assert!(bytes.len() > 3 * WINDOW, "more than are read at once: {}", bytes.len());
        let file = tempfile::tempfile().unwrap();
        append(&file, 0, &bytes).unwrap();
        for (whole, len) in [(50_000, bytes.len()), (0, 10), (0, 0), (1, ends[0]), (30_000, ends[30_000] - 1)] {
            file.set_len(u64::try_from(len).unwrap()).unwrap();
            assert_eq!(packets_left(&file), whole, "{len} bytes");
            append(&file, 0, &bytes).unwrap();
        }
    }
}
