//! What a copy of a pcapng has otherwise than its source.
//!
//! In: from the walk, the few blocks that are not copied as they are, by where they stand; then the bytes walked over. Out:
//! the bytes of the copy. The walk's way through packets that are in order knows nothing of it.

use crate::base::limits::BATCH_BYTES;

/// A run of bytes of the capture, and what the copy has for it.
#[derive(Debug)]
struct Edit {
    position: u64,
    len: usize,
    instead: Vec<u8>,
}

/// The copy as it is made.
#[derive(Debug)]
pub(in super::super) struct Edits {
    /// In the order of their places; of two at one place the second counts.
    list: Vec<Edit>,
    /// Bytes of the copy, not taken yet.
    copy: Vec<u8>,
    with_secrets: bool,
    secrets_left_out: u64,
    custom_left_out: u64,
}

impl Edits {
    pub(super) fn new(with_secrets: bool) -> Edits {
        Edits { list: Vec::new(), copy: Vec::new(), with_secrets, secrets_left_out: 0, custom_left_out: 0 }
    }

    /// These bytes are not copied.
    pub(in super::super) fn leave_out(&mut self, position: u64, len: usize) {
        self.instead(position, len).clear();
    }

    /// A block of secrets.
    pub(in super::super) fn secrets(&mut self, position: u64, len: usize, is_understood: bool) {
        if !self.with_secrets || !is_understood {
            self.secrets_left_out += u64::from(!self.with_secrets);
            self.leave_out(position, len);
        }
    }

    /// A block that asks not to be copied.
    pub(in super::super) fn custom(&mut self, position: u64, len: usize) {
        self.custom_left_out += 1;
        self.leave_out(position, len);
    }

    /// A block that is copied otherwise than it is: to be changed where it is given back.
    pub(in super::super) fn block(&mut self, position: u64, block: &[u8]) -> &mut Vec<u8> {
        let is_new = self.list.last().is_none_or(|last| last.position != position);
        let instead = self.instead(position, block.len());
        if is_new {
            instead.extend_from_slice(block);
        }
        instead
    }

    fn instead(&mut self, position: u64, len: usize) -> &mut Vec<u8> {
        let same = self.list.pop_if(|last| last.position == position);
        let edit = same.unwrap_or(Edit { position, len, instead: Vec::new() });
        &mut self.list.push_mut(edit).instead
    }

    /// These bytes, from `base` on, have been walked over.
    pub(in super::super) fn walked(&mut self, base: u64, bytes: &[u8]) {
        let mut at = base;
        let from = |position: u64| bytes.get(usize::try_from(position.saturating_sub(base)).unwrap_or(usize::MAX)..);
        for Edit { position, len, instead } in self.list.drain(..) {
            let as_it_is = usize::try_from(position.saturating_sub(at)).unwrap_or(usize::MAX);
            self.copy.extend_from_slice(from(at).and_then(|rest| rest.get(..as_it_is)).unwrap_or_default());
            self.copy.extend_from_slice(&instead);
            at = position + len as u64;
        }
        self.copy.extend_from_slice(from(at).unwrap_or_default());
    }

    /// So much was copied that it is to be taken before more is read.
    pub(in super::super) fn is_full(&self) -> bool {
        self.copy.len() >= BATCH_BYTES
    }

    /// Takes what was copied since it was last taken.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.copy)
    }

    /// Blocks of secrets, and custom blocks, that were left out.
    pub(super) fn left_out(&self) -> (u64, u64) {
        (self.secrets_left_out, self.custom_left_out)
    }
}
