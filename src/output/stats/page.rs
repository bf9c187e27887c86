//! Totals as a page for people.

use super::{Connections, Side, Stats, Tally};
use crate::base::note::RULES;
use crate::base::{DisplaySafe, Timestamp};
use crate::output::Summary;
use crate::output::clock::Clock;
use crate::output::number::{push_number, push_padded, push_seconds};
use crate::output::style::{Style, Tint, glyph};
use crate::websocket::Opcode;

/// Columns of the names on the left.
const NAME: usize = 14;
/// Columns of a count.
const COUNT: usize = 14;
/// What clients of QUIC asked for that is named in the page.
const QUIC_SHOWN: usize = 6;
/// Protocols that are named with it.
const QUIC_ALPN_SHOWN: usize = 3;

/// Appends the page, without its last line end.
pub fn push(stats: &mut Stats, style: Style, summary: &Summary) {
    let Stats { out, tally, .. } = stats;
    let out = out.buffer();
    capture(out, style, summary);
    span(out, style, summary.span);
    packets(out, style, summary);
    connections(out, style, tally, summary);
    out.push(b'\n');
    sides(out, style, tally);
    out.push(b'\n');
    notes(out, style, tally);
}

fn capture(out: &mut Vec<u8>, style: Style, summary: &Summary) {
    name(out, style, "capture");
    DisplaySafe::text(&summary.file).write_to(out);
    out.extend_from_slice(b"  ");
    DisplaySafe::text(&summary.format).write_to(out);
    out.push(b'\n');
    if summary.packets == 0 {
        name(out, style, "");
        out.extend_from_slice(b"no packets, only a capture header\n");
    }
    for warning in &summary.warnings {
        name(out, style, "");
        style.paint(out, Tint::Warning, |out| DisplaySafe::text(&format!("▲ {warning}")).write_to(out));
        out.push(b'\n');
    }
}

fn connections(out: &mut Vec<u8>, style: Style, tally: &Tally, summary: &Summary) {
    name(out, style, "connections");
    push_number(out, summary.connections);
    out.extend_from_slice(b" TCP\n");
    let Connections { handshake, mid_stream, decode_as, refused, unanswered, like, .. } = tally.connections;
    let evidence = [("by handshake", handshake), ("mid-stream", mid_stream), ("as told", decode_as)];
    name(out, style, "WebSockets");
    push_number(out, tally.connections.websockets());
    parted(out, evidence.into_iter().filter(|(_, count)| *count > 0));
    for (count, what) in [(refused, " refused"), (unanswered, " unanswered"), (like, " in TLS, by its behaviour")] {
        if count > 0 {
            out.extend_from_slice(b"; ");
            push_number(out, count);
            out.extend_from_slice(what.as_bytes());
        }
    }
    out.push(b'\n');
    if tally.connections.carriers().next().is_some() {
        name(out, style, "  inside");
        for (i, (name, count)) in tally.connections.carriers().enumerate() {
            out.extend_from_slice(if i == 0 { b"" } else { b", " });
            push_number(out, count);
            out.extend_from_slice(format!(" {name}").as_bytes());
        }
        out.push(b'\n');
    }
    if !summary.others.is_empty() {
        name(out, style, "others");
        push_number(out, summary.others.iter().map(|(_, count)| count).sum());
        parted(out, summary.others.iter().copied());
        out.push(b'\n');
    }
    quic(out, style, summary);
}

/// What clients of QUIC asked for: a line with the first few.
fn quic(out: &mut Vec<u8>, style: Style, summary: &Summary) {
    if summary.quic.is_empty() {
        return;
    }
    name(out, style, "QUIC");
    push_number(out, summary.quic.iter().map(|quic| quic.connections).sum());
    for (i, quic) in summary.quic.iter().take(QUIC_SHOWN).enumerate() {
        out.extend_from_slice(if i == 0 { b": " } else { b", " });
        push_number(out, quic.connections);
        let server = quic.server_name.as_deref().unwrap_or("(no name)");
        let alpn: String = quic.alpn.iter().take(QUIC_ALPN_SHOWN).map(|name| format!(" {name}")).collect();
        DisplaySafe::text(&format!(" {server}{alpn}")).write_to(out);
    }
    let more: u64 = summary.quic.iter().skip(QUIC_SHOWN).map(|quic| quic.connections).sum();
    if more > 0 {
        out.extend_from_slice(b", ");
        push_number(out, more);
        out.extend_from_slice(b" others");
    }
    out.push(b'\n');
}

/// What each side sent: a row a count; rows inside others only where there is something to count.
fn sides(out: &mut Vec<u8>, style: Style, tally: &Tally) {
    out.resize(out.len() + NAME, b' ');
    style.say(out, Tint::Client, "      client →");
    style.say(out, Tint::Server, "      ← server");
    out.extend_from_slice(b"         total\n");
    let mut row = |title: &str, count: &dyn Fn(&Side) -> u64| {
        let (client, server) = (count(&tally.sides.client), count(&tally.sides.server));
        if title.starts_with(' ') && client == 0 && server == 0 {
            return;
        }
        name(out, style, title);
        push_padded(out, client, COUNT);
        push_padded(out, server, COUNT);
        push_padded(out, client.saturating_add(server), COUNT);
        out.push(b'\n');
    };
    row("frames", &Side::all_frames);
    for bits in 0..16_u8 {
        let title = format!("  {}", Opcode::from_bits(bits).short_name());
        row(&title, &|side| side.frames.get(usize::from(bits)).copied().unwrap_or(0));
    }
    row("messages", &|side| side.messages);
    row("  compressed", &|side| side.compressed);
    row("payload bytes", &|side| side.payload);
    row("  missing", &|side| side.missing);
    row("message bytes", &|side| side.message_bytes);
    row("  inflated", &|side| side.inflated);
}

fn notes(out: &mut Vec<u8>, style: Style, tally: &Tally) {
    name(out, style, "notes");
    push_number(out, tally.notes.iter().sum());
    let met = RULES.iter().zip(tally.notes.iter()).filter(|(_, count)| **count > 0);
    for (rule, count) in met {
        out.push(b'\n');
        push_padded(out, *count, NAME + COUNT);
        out.extend_from_slice(b"  ");
        style.say(out, rule.severity.into(), &format!("{} {}", glyph(rule.severity), rule.name));
        out.extend_from_slice(b"  ");
        out.extend_from_slice(rule.sentence.as_bytes());
    }
}

/// Frames by the name of their opcode, those that were met.
pub fn opcodes(frames: &[u64; 16]) -> impl Iterator<Item = (&'static str, u64)> + '_ {
    (0_u8..)
        .zip(frames)
        .filter(|(_, count)| **count > 0)
        .map(|(bits, count)| (Opcode::from_bits(bits).short_name(), *count))
}

fn name(out: &mut Vec<u8>, style: Style, name: &str) {
    style.say(out, Tint::Faint, name);
    out.resize(out.len() + NAME.saturating_sub(name.len()), b' ');
}

fn span(out: &mut Vec<u8>, style: Style, span: Option<(Timestamp, Timestamp)>) {
    let Some((first, last)) = span else { return };
    let mut clock = Clock::default();
    name(out, style, "time");
    clock.push(out, first);
    out.extend_from_slice(b" to ");
    clock.push(out, last);
    out.extend_from_slice(b", ");
    push_seconds(out, last.since(first));
    out.extend_from_slice(b" s\n");
}

fn packets(out: &mut Vec<u8>, style: Style, summary: &Summary) {
    name(out, style, "packets");
    push_number(out, summary.packets);
    parted(out, summary.kinds.iter().map(|(name, count)| (name.as_str(), *count)));
    out.push(b'\n');
}

/// `: 3 TCP, 2 UDP`.
fn parted<'n>(out: &mut Vec<u8>, counts: impl Iterator<Item = (&'n str, u64)>) {
    for (i, (name, count)) in counts.enumerate() {
        out.extend_from_slice(if i == 0 { b": " } else { b", " });
        push_number(out, count);
        out.push(b' ');
        out.extend_from_slice(name.as_bytes());
    }
}
