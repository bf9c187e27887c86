//! A connection as a line for people.

use super::line::{push_notes, push_time};
use crate::base::{DisplaySafe, Timestamp};
use crate::dissect::{Connection, Evidence};
use crate::output::number::{push_number, push_padded, push_seconds};
use crate::output::style::{Style, Tint};
use crate::websocket::Handshake;

/// The line of column names.
pub const HEADING: &str =
    "   n           time     duration  client                  server                  frames →   frames ←  what";

/// Columns of an address: IPv4 with a port; longer ones push the rest to the right.
const ADDRESS: usize = 21;

/// Appends the line of a connection, with its end.
pub fn push(out: &mut Vec<u8>, style: Style, connection: &Connection, origin: Timestamp) {
    push_padded(out, connection.id.0.into(), 4);
    out.extend_from_slice(b"  ");
    push_time(out, connection.first.time, origin);
    out.extend_from_slice(b"  ");
    push_duration(out, connection.last.time.since(connection.first.time));
    out.extend_from_slice(b"  ");
    push_address(out, style, Tint::Client, &connection.client.to_string());
    out.extend_from_slice(b" \xe2\x86\x92 ");
    push_address(out, style, Tint::Server, &connection.server.to_string());
    push_padded(out, connection.totals.client.frames, 10);
    out.push(b' ');
    push_padded(out, connection.totals.server.frames, 10);
    out.extend_from_slice(b"  ");
    push_what(out, style, connection);
    push_notes(out, style, &connection.notes, usize::MAX);
    out.push(b'\n');
}

/// Seconds with milliseconds: what a duration needs at a glance.
fn push_duration(out: &mut Vec<u8>, nanoseconds: i64) {
    let start = out.len();
    push_seconds(out, nanoseconds);
    out.truncate(out.len().saturating_sub(6));
    let spaces = 11_usize.saturating_sub(out.len() - start + 2);
    out.extend_from_slice(b" s");
    out.resize(out.len() + spaces, b' ');
    if let Some(field) = out.get_mut(start..) {
        field.rotate_right(spaces);
    }
}

fn push_address(out: &mut Vec<u8>, style: Style, tint: Tint, address: &str) {
    style.say(out, tint, address);
    out.resize(out.len() + ADDRESS.saturating_sub(address.len()), b' ');
}

/// What it is, where it goes, and how it was closed.
fn push_what(out: &mut Vec<u8>, style: Style, connection: &Connection) {
    let handshake = connection.handshake.as_deref();
    match connection.evidence {
        Evidence::Handshake => {}
        Evidence::Refused => {
            let status = handshake.and_then(|h| h.response.as_ref()).map_or(0, |response| response.status);
            style.say(out, Tint::Warning, &format!("refused {status}  "));
        }
        Evidence::MidStream { confidence } => out.extend_from_slice(mid_stream(confidence).as_bytes()),
        Evidence::DecodeAs => out.extend_from_slice(b"as told  "),
    }
    push_safe(out, handshake.and_then(|h| h.request_field("Host")).unwrap_or_default());
    push_safe(out, handshake.and_then(Handshake::uri).unwrap_or_default());
    if let Some(subprotocol) = handshake.and_then(Handshake::subprotocol) {
        out.extend_from_slice(b"  ");
        push_safe(out, subprotocol);
    }
    for extension in handshake.map(Handshake::extensions).unwrap_or_default() {
        out.extend_from_slice(b"  ");
        push_safe(out, &extension);
    }
    if let Some(close) = &connection.close {
        out.extend_from_slice(b"  close ");
        match close.code {
            Some(code) => push_number(out, code.into()),
            None => out.extend_from_slice(b"without code"),
        }
        if !close.reason.is_empty() {
            out.extend_from_slice(b" \"");
            push_safe(out, &close.reason);
            out.push(b'"');
        }
        style.say(out, close.by.into(), &format!(" by {}", close.by.name()));
    }
}

fn mid_stream(confidence: f32) -> String {
    // Rounded down: 99.9 % is not certainty.
    format!("mid-stream {} %  ", (confidence * 100.0).floor())
}

fn push_safe(out: &mut Vec<u8>, text: &str) {
    DisplaySafe::text(text).columns(200).write_to(out);
}
