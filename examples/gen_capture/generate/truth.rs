//! What a generated capture holds.

use serde::Serialize;

use super::talk::Side;

/// The truth about a capture; sums over all its connections.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Truth {
    /// Packets.
    pub packets: u64,
    /// Bytes of the file.
    pub file_bytes: u64,
    /// TCP connections; all of them WebSockets, but for the kinds `syns` and `tls`.
    pub connections: u64,
    /// Frames.
    pub frames: u64,
    /// Frames by who sent them.
    pub client_frames: u64,
    /// Frames by who sent them.
    pub server_frames: u64,
    /// Frames with opcode 0.
    pub continuation: u64,
    /// Frames with opcode 1.
    pub text: u64,
    /// Frames with opcode 2.
    pub binary: u64,
    /// Frames with opcode 8.
    pub close: u64,
    /// Frames with opcode 9.
    pub ping: u64,
    /// Frames with opcode 10.
    pub pong: u64,
    /// Data messages.
    pub messages: u64,
    /// Payload bytes of all frames, as on the wire.
    pub payload_bytes: u64,
    /// Bytes of all messages, inflated.
    pub message_bytes: u64,
    /// Data packets that come late.
    pub late_packets: u64,
    /// Data packets that come a second time.
    pub doubled_packets: u64,
}

impl Truth {
    /// Counts a frame whose header starts with `first`.
    pub fn frame(&mut self, side: Side, first: u8, length: usize) {
        self.frames += 1;
        match side {
            Side::Client => self.client_frames += 1,
            Side::Server => self.server_frames += 1,
        }
        match first & 0x0f {
            0 => self.continuation += 1,
            1 => self.text += 1,
            2 => self.binary += 1,
            8 => self.close += 1,
            9 => self.ping += 1,
            _ => self.pong += 1,
        }
        self.payload_bytes += length as u64;
    }

    /// Counts a message of `length` bytes after inflating.
    pub fn message(&mut self, length: usize) {
        self.messages += 1;
        self.message_bytes += length as u64;
    }
}
