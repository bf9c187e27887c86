//! How long to wait for bytes that may still come.
//!
//! A stage asks no clock: "now" is how far the capture has been read. What is decided depends only on when a wait
//! began and on the packet at hand, so that it is the same whoever asks, however often, on however many threads.

use crate::base::Timestamp;

/// How far the capture has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Now {
    /// Number of the packet at hand.
    pub packet: u64,
    /// Where it lies in the capture, bytes.
    pub position: u64,
    /// The latest time of any packet so far: clocks step back, patience does not.
    pub time: Timestamp,
}

/// A wait is over when any of the three has passed: packets bound the order, bytes the memory, time the delay of a
/// live view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Packets of the capture.
    pub packets: u64,
    /// Bytes of the capture.
    pub bytes: u64,
    /// Nanoseconds.
    pub nanoseconds: i64,
}

impl Patience {
    /// Whether a wait that began at `since` is over.
    #[must_use]
    pub fn is_over(&self, since: &Now, now: &Now) -> bool {
        now.packet.saturating_sub(since.packet) > self.packets
            || now.position.saturating_sub(since.position) > self.bytes
            || now.time.since(since.time) > self.nanoseconds
    }
}

/// For the first segments of a connection joined mid-stream: its start may be shuffled.
pub const JOIN: Patience = Patience { packets: 64, bytes: 1 << 20, nanoseconds: 50_000_000 };

/// For a missing run that the receiver has acknowledged: it was sent and got through, so only the capture can have
/// it out of order; captures of several queues or interfaces shuffle packets by tens.
pub const ACKNOWLEDGED: Patience = Patience { packets: 512, bytes: 4 << 20, nanoseconds: 500_000_000 };

/// For a missing run without an acknowledgement: a retransmission may come after a time-out, or only one side is
/// captured. The bytes bound what all connections together can hold out of order.
pub const UNACKNOWLEDGED: Patience = Patience { packets: 262_144, bytes: 16 << 20, nanoseconds: 20_000_000_000 };

/// After a reset, for what was sent before it and captured after it.
pub const CLOSING: Patience = Patience { packets: 64, bytes: 1 << 20, nanoseconds: 50_000_000 };

/// Between two looks at bytes that are held until it is known what they are.
pub const HOLDING: Patience = Patience { packets: 512, bytes: 4 << 20, nanoseconds: 500_000_000 };

crate::base::pack::pack_struct!(Now { packet, position, time });
