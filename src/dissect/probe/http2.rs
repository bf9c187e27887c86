//! Is a stream HTTP/2 (RFC 9113), from its preface on or joined after it?
//!
//! In: a [`Backlog`] of one direction. Out: yes or no. HTTP/2 may carry WebSocket (RFC 8441): then each segment holds a
//! frame header of HTTP/2 and behind it a frame of WebSocket, which is the best likeness of a WebSocket there is.

use crate::base::Backlog;

/// Chunks from whose start frames are tried.
const TRIED: usize = 8;

/// Frames followed from there.
const FRAMES: usize = 32;

/// Longest frame believed: what every peer takes (RFC 9113 section 4.2), which hardly any raises.
const LONGEST: u64 = 16 * 1024;

/// What a client says first (RFC 9113 section 3.4), where it stands in the first segments.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n";

/// Frames from the start of a chunk on end where a chunk does. The 24 bits of one length say so as surely as anything.
pub(super) fn speaks(held: &Backlog) -> bool {
    let mut starts = held.chunks().take(TRIED).map(|(start, _)| held.at(start));
    if held.start().starts_with(PREFACE) || starts.any(|start| start.starts_with(PREFACE)) {
        return true;
    }
    held.chunks().take(TRIED).any(|(start, _)| {
        let mut ends = std::iter::successors(frame_end(held, start), |end| frame_end(held, *end));
        ends.by_ref().take(FRAMES).any(|end| held.is_boundary(end))
    })
}

/// The end of the frame at `at` (RFC 9113 section 4.1: length, type, flags, stream), if it may be one by the rules of
/// its type (section 6).
fn frame_end(held: &Backlog, at: u64) -> Option<u64> {
    let [0, high, low, kind, _, stream @ ..] = *held.at(at).first_chunk::<9>()? else { return None };
    let len = u64::from(u16::from_be_bytes([high, low]));
    let stream = u32::from_be_bytes(stream);
    let fits = match kind {
        // DATA, HEADERS, PUSH_PROMISE, CONTINUATION.
        0 | 1 | 5 | 9 => stream != 0 && (len > 0 || kind == 0),
        // PRIORITY and RST_STREAM.
        2 => stream != 0 && len == 5,
        3 => stream != 0 && len == 4,
        // SETTINGS, PING, GOAWAY.
        4 => stream == 0 && len.is_multiple_of(6),
        6 => stream == 0 && len == 8,
        7 => stream == 0 && len >= 8,
        // WINDOW_UPDATE.
        8 => len == 4,
        _ => false,
    };
    (fits && len <= LONGEST && stream >> 31 == 0).then(|| at + 9 + len)
}
