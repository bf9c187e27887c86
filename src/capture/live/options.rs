//! How to capture live, and what the kernel counts.

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
    pub(super) fn plus(self, other: Drops) -> Drops {
        Drops { accepted: self.accepted + other.accepted, dropped: self.dropped + other.dropped }
    }
}
