//! What a walk sees of the capture: the bytes read so far, and where they stand.

/// A run of the uncompressed capture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window<'a> {
    pub(super) bytes: &'a [u8],
    /// Offset of its first byte in the capture.
    pub(super) base: u64,
    /// No byte comes after it.
    pub(super) ended: bool,
    /// More bytes may come late: what is whole must not wait for them.
    pub(super) live: bool,
    /// The capture ends here because its compressed data does; that has been said.
    pub(super) cut_known: bool,
}

impl Window<'_> {
    /// Offset in the capture of the byte at `at`.
    pub(super) fn position(&self, at: usize) -> u64 {
        self.base + at as u64
    }

    /// The bytes from `at` on.
    #[inline]
    pub(super) fn from(&self, at: usize) -> &[u8] {
        self.bytes.get(at..).unwrap_or_default()
    }

    /// Bytes from `at` on.
    pub(super) fn left(&self, at: usize) -> usize {
        self.bytes.len().saturating_sub(at)
    }
}

/// A run of bytes being passed over, begun at a record or block that was not believed.
#[derive(Debug, Clone)]
pub(super) struct Lost {
    pub(super) from: u64,
    pub(super) why: super::warning::Fault,
    /// Bytes that the record claims, where it may simply be cut off by the end of the capture.
    pub(super) cut: Option<u64>,
}
