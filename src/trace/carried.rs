//! The frame of HTTP/2 that holds a WebSocket frame, found by what stands before its data.
//!
//! In: a [`Detail`] and the reader of its bytes. Out: the header of the DATA frame in which the WebSocket frame begins, and where it
//! stands: in what was decrypted, or in the packet. It is looked for before the data, and believed where it fits them.

use super::detail::Detail;
use super::read::Bytes;
use crate::base::number::wide;
use crate::base::{Source, Span};
use crate::http::h2::frame::{HEADER, flag, kind};

pub use crate::http::h2::frame::Header as Http2Header;

impl Detail {
    /// The DATA frame of HTTP/2 (RFC 9113 section 6.1) in which the frame begins, and where its header stands.
    #[must_use]
    pub fn http2_frame(&self, bytes: Bytes<'_>) -> Option<(Http2Header, Span)> {
        let stream = self.row.socket.stream?.0;
        let run = bytes.trace().runs(self.row.socket, self.row.direction, self.row.offset).next()?;
        // A run of a stream's data begins behind a header, and behind the length of the padding where there is some.
        let (source, data) = match (run.decrypted(), self.records.first()) {
            (Some(plain), Some(first)) => (Source::Decrypted, plain.checked_sub(first.plain)?),
            _ => (Source::Packet, run.packet_position().map(|_| run.into_packet)?),
        };
        [0, 1].into_iter().find_map(|padding| {
            let start = data.checked_sub(wide(HEADER) + padding)?;
            let window = self.window(bytes, source, start..start + wide(HEADER));
            let header = Http2Header::parse(&window.bytes).filter(|_| window.is_whole())?;
            let padded = header.kind == kind::DATA && header.has(flag::PADDED) == (padding == 1);
            let fits = padded && u64::from(header.stream) == stream && u64::from(header.len) >= run.len + padding;
            fits.then_some((header, Span { source, start, len: wide(HEADER) }))
        })
    }
}
