//! What can be copied or written of the selected frame, in which form.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::entries::is_entry;
use super::form::Form;
use super::menu::{Choice, Item, Menu};
use super::page::Copies;
use super::pages;
use super::pane::Pane;
use super::preview::message_line;
use super::rows::Kind;
use super::state::State;
use super::text;
use crate::base::{Direction, SocketId, Source, Span};
use crate::fields::{Cost, FrameField, Node};
use crate::output::record;
use crate::trace::{Bytes, Detail, Inflations, LoadedFrame, MessageRow, Trace};
use crate::websocket::Opcode;

/// Base64 characters a terminal takes in one OSC 52 sequence: hterm and older xterms cut beyond this.
pub const CLIPBOARD: usize = 74_994;

/// Something to copy or to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// What it is, for people.
    pub what: String,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The end of a file name that suits it.
    pub suffix: String,
}

/// What is copied: its name for people, the start of a file's name, and where its bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// What it is, for people.
    pub what: String,
    name: String,
    part: Part,
}

/// Where the bytes of a [`Subject`] are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// A run of bytes of the selected frame, of one source.
    Run(Span),
    /// All of the selected frame's payload.
    Payload,
    /// A whole message, inflated where it was compressed.
    Message(MessageRow),
    /// The heads of a connection's handshake.
    Heads,
}

impl Subject {
    /// It is of a connection, and not of a frame.
    #[must_use]
    pub fn is_handshake(&self) -> bool {
        self.part == Part::Heads
    }
}

impl State {
    /// What is copied here: of the bytes what is shown of them, of the fields the selected one, else the payload, or
    /// the whole message where the rows are messages; and where a handshake is shown, that.
    #[must_use]
    pub fn subject(&self) -> Option<Subject> {
        if pages::copies(self) == Copies::Handshake && self.scene.counts[2] > 0 {
            let id = self.connection;
            let what = format!("handshake of connection {}", id.label());
            return Some(Subject { what, name: format!("connection{}", id.label()), part: Part::Heads });
        }
        let detail = self.detail.as_ref()?;
        let of_frame = |what: &str, part| {
            let number = detail.row.number;
            Subject { what: format!("{what} of frame {number}"), name: format!("frame{number}"), part }
        };
        if self.pane == Pane::Bytes && self.bytes.text {
            return Some(match self.text_message(detail) {
                Some(message) => Subject { what: format!("text of message {}", message.number), ..whole(message) },
                None => of_frame("text", Part::Payload),
            });
        }
        if let Some((field, span)) = self.copied_field(detail) {
            let name = format!("frame{}.{}", detail.row.number, field.field.name());
            return Some(Subject { what: field.label.to_string(), name, part: Part::Run(span) });
        }
        let source = if self.pane == Pane::Bytes { self.bytes.source } else { Source::Unmasked };
        Some(match (source, detail.message, self.list.rows.kind) {
            (Source::Message | Source::Inflated, Some(message), _) => whole(message),
            (_, Some(message), Kind::Messages) if self.pane != Pane::Bytes => whole(message),
            (Source::Unmasked | Source::Message | Source::Inflated, ..) => of_frame("payload", Part::Payload),
            (source, ..) => {
                let len = detail.sources().iter().find(|(own, _)| *own == source).map_or(0, |(_, len)| *len);
                let all = of_frame("bytes on the wire", Part::Run(Span { source, start: 0, len }));
                let packet = format!("packet {}", detail.row.first.packet);
                if source == Source::Packet { Subject { what: packet.clone(), name: packet, ..all } } else { all }
            }
        })
    }

    /// The selected field, where it is what is copied, and its bytes. Among the bytes it is only while it is seen
    /// there.
    fn copied_field(&self, detail: &Detail) -> Option<(&Node, Span)> {
        let field = self.field()?;
        let span = field.span?;
        let shown = detail.translate(span, self.bytes.source);
        match self.pane {
            Pane::Page => None,
            // Of a payload or a message all is shown: only a part of it is worth a name of its own.
            Pane::Bytes => match self.bytes.source {
                Source::Frame | Source::Packet => shown.map(|span| (field, span)),
                Source::Unmasked if field.depth > 0 && !field.is(FrameField::Payload) => {
                    shown.map(|span| (field, span))
                }
                _ => None,
            },
            Pane::Fields | Pane::Bits if field.is(FrameField::Payload) || field.depth == 0 => None,
            Pane::Fields | Pane::Bits => Some((field, shown.unwrap_or(span))),
        }
    }

    /// The selected frame's message, where that is compressed: there is something to inflate.
    #[must_use]
    pub fn compressed_message(&self) -> Option<MessageRow> {
        self.detail.as_ref()?.message.filter(|message| message.compressed)
    }

    /// The lines that a menu has here: what is inflated is offered only of what was compressed, and of a handshake nothing
    /// that a frame has.
    #[must_use]
    pub fn offered(&self, menu: Menu) -> Vec<&'static Item> {
        let compressed = self.compressed_message().is_some();
        let handshake = self.subject().is_some_and(|subject| subject.is_handshake());
        let offered = |item: &&Item| match item.choice {
            Choice::Copy(Form::Inflated) | Choice::Write(Form::Inflated) => compressed && !handshake,
            Choice::Copy(Form::Payload | Form::Filter) | Choice::Write(Form::Payload) => true,
            Choice::Copy(_) | Choice::Write(_) => !handshake,
            Choice::Conversation | Choice::Picture => true,
        };
        menu.items().iter().filter(offered).collect()
    }

    fn bytes_of(&self, bytes: Bytes<'_>, detail: &Detail, part: Part) -> Result<Vec<u8>, &'static str> {
        Ok(match part {
            Part::Run(span) => detail.window(bytes, span.source, span.start..span.start.saturating_add(span.len)).bytes,
            Part::Payload => detail.window(bytes, Source::Unmasked, 0..u64::MAX).bytes,
            Part::Message(message) if message.compressed => {
                detail.inflated.as_ref().ok_or("still inflating; again in a moment")?.bytes.clone()
            }
            Part::Message(message) => bytes.message(&message, 0..u64::MAX).bytes,
            Part::Heads => Vec::new(),
        })
    }

    /// What is selected, in a form.
    ///
    /// # Errors
    /// Where there is nothing to copy, or not yet: one line that says so.
    pub(super) fn copy(&self, trace: &Trace, form: Form) -> Result<Copy, &'static str> {
        let bytes = Bytes::new(trace, &*self.store);
        if let Some(Subject { what, name, .. }) = self.subject().filter(Subject::is_handshake) {
            return Ok(match form {
                Form::Filter => Copy {
                    what: "a display filter for Wireshark".to_owned(),
                    bytes: format!("tcp.stream == {}", self.connection.connection).into_bytes(),
                    suffix: format!("{name}.txt"),
                },
                _ => {
                    Copy { what, bytes: heads(trace, self.connection).into_bytes(), suffix: format!("{name}.http.txt") }
                }
            });
        }
        let detail = self.detail.as_ref().ok_or("nothing is selected")?;
        let number = detail.row.number;
        let frame = |what: &str, bytes: Vec<u8>, suffix: &str| Copy {
            what: what.to_owned(),
            bytes,
            suffix: format!("frame{number}.{suffix}"),
        };
        match form {
            Form::Raw => {
                let wire = detail.window(bytes, Source::Frame, 0..u64::MAX).bytes;
                return Ok(frame(&format!("frame {number} as it is on the wire"), wire, "raw"));
            }
            Form::Json => return Ok(frame(&format!("frame {number} as JSON"), json(bytes, detail), "json")),
            Form::Filter => {
                return Ok(frame("a display filter for Wireshark", wireshark_filter(detail).into_bytes(), "txt"));
            }
            Form::Address => {
                let address = format!("{}#{number}", self.name);
                return Ok(frame(&format!("the address {address}"), address.into_bytes(), "txt"));
            }
            Form::Payload | Form::Inflated | Form::Hex | Form::C | Form::Markdown => {}
        }
        let inflated = self.compressed_message().filter(|_| form == Form::Inflated).map(whole);
        let Subject { what, name, part } = inflated.or_else(|| self.subject()).ok_or("nothing is selected")?;
        let payload = self.bytes_of(bytes, detail, part)?;
        let (what, bytes, suffix) = match form {
            Form::Hex => (format!("{what} as hex"), hex::encode(&payload).into_bytes(), "hex"),
            Form::C => (format!("{what} as a C array"), c_array(&name, &payload).into_bytes(), "c"),
            Form::Markdown => (format!("{what} as Markdown"), self.markdown(detail, &payload).into_bytes(), "md"),
            _ => {
                let kind = if simdutf8::basic::from_utf8(&payload).is_ok() { "txt" } else { "bin" };
                (what, payload, kind)
            }
        };
        Ok(Copy { what, bytes, suffix: format!("{name}.{suffix}") })
    }

    fn markdown(&self, detail: &Detail, payload: &[u8]) -> String {
        let row = &detail.row;
        let head = format!(
            "**{}#{}** connection {} {} {}, {} B, packet {}\n\n",
            self.name,
            row.number,
            row.socket,
            row.direction.name(),
            row.header.opcode.short_name(),
            row.header.length,
            row.first.packet,
        );
        let (kind, body) = match simdutf8::basic::from_utf8(payload) {
            Ok(text) => match super::pretty::json(text) {
                Some(pretty) => ("json", pretty),
                None => ("text", text.to_owned()),
            },
            Err(_) => ("", dump(payload)),
        };
        // A fence longer than any in the text keeps the text inside.
        let longest = body.split(|c| c != '`').map(str::len).max().unwrap_or(0);
        let fence = "`".repeat(longest.max(2) + 1);
        format!("{head}{fence}{kind}\n{body}\n{fence}\n")
    }
}

/// The sequence that puts bytes into the terminal's clipboard (OSC 52); `None` where a terminal would cut it.
#[must_use]
pub fn osc52(bytes: &[u8]) -> Option<Vec<u8>> {
    let encoded = BASE64_STANDARD.encode(bytes);
    (encoded.len() <= CLIPBOARD).then(|| format!("\x1b]52;c;{encoded}\x1b\\").into_bytes())
}

/// Sixteen bytes a line, in hex and as text.
#[must_use]
pub fn dump(bytes: &[u8]) -> String {
    let line = |(index, line): (usize, &[u8])| {
        let hex: Vec<String> = line.iter().map(|byte| format!("{byte:02x}")).collect();
        let text: String = line.iter().map(|b| if (0x20..0x7f).contains(b) { char::from(*b) } else { '.' }).collect();
        format!("{:04x}  {:<47}  {text}", index * 16, hex.join(" "))
    };
    bytes.chunks(16).enumerate().map(line).collect::<Vec<_>>().join("\n")
}

fn c_array(name: &str, bytes: &[u8]) -> String {
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let lines: Vec<String> = bytes
        .chunks(12)
        .map(|line| format!("    {}", line.iter().map(|byte| format!("0x{byte:02x},")).collect::<Vec<_>>().join(" ")))
        .collect();
    format!("static const unsigned char {name}[{}] = {{\n{}\n}};\n", bytes.len(), lines.join("\n"))
}

fn json(bytes: Bytes<'_>, detail: &Detail) -> Vec<u8> {
    let loaded = LoadedFrame::read(bytes, detail.row, Cost::Payload);
    let mut out = Vec::new();
    let mut clock = crate::output::clock::Clock::default();
    record::frame(&mut out, &mut clock, bytes.trace().comments(), &loaded.place(), &loaded.frame());
    out
}

/// A display filter of Wireshark for the packets that carry a frame: packets and connections have the same numbers
/// there.
fn wireshark_filter(detail: &Detail) -> String {
    let row = &detail.row;
    let ends = [row.first.packet, row.last.packet];
    let packets = detail.runs.iter().map(|run| run.packet).chain(ends);
    let (first, last) =
        packets.fold((row.first.packet, 0), |(first, last), packet| (first.min(packet), last.max(packet)));
    let frames = if first == last {
        format!("frame.number == {first}")
    } else {
        format!("frame.number >= {first} && frame.number <= {last}")
    };
    format!("tcp.stream == {} && {frames}", row.socket.connection)
}

/// A whole message as something to copy.
fn whole(message: MessageRow) -> Subject {
    let inflated = if message.compressed { ", inflated" } else { "" };
    Subject {
        what: format!("message {}{inflated}", message.number),
        name: format!("message{}", message.number),
        part: Part::Message(message),
    }
}

/// Both heads of a handshake, as far as they are known, as the view shows them.
fn heads(trace: &Trace, id: SocketId) -> String {
    let told = trace.connections().get(id).and_then(|row| row.told.as_ref());
    let Some(handshake) = told.and_then(|told| told.handshake.as_ref()) else { return String::new() };
    let head = |first: String, fields: &[(String, String)]| {
        let fields = fields.iter().map(|(name, value)| format!("{name}: {value}\n"));
        std::iter::once(first + "\n").chain(fields).collect::<String>()
    };
    let request = handshake.request.as_ref().map(|request| {
        head(format!("{} {} HTTP/1.{}", request.method, request.target, request.minor_version), &request.fields)
    });
    let response = handshake.response.as_ref();
    let response = response.map(|response| head(format!("{} {}", response.status, response.reason), &response.fields));
    request.into_iter().chain(response).collect::<Vec<_>>().join("\n")
}

/// A whole connection as Markdown: a line a message or control frame, its text below.
#[must_use]
pub(super) fn conversation(state: &State, trace: &Trace) -> String {
    use std::fmt::Write as _;
    let bytes = Bytes::new(trace, &*state.store);
    let mut out = String::new();
    let mut inflations = Inflations::default();
    let Some(list) = trace.connections().get(state.connection) else { return out };
    if let Some(told) = &list.told {
        let _ = writeln!(out, "# Connection {}: {} → {}\n", told.id.label(), told.client, told.server);
    }
    for frame in list.frames_from(0).filter(|frame| is_entry(trace, *frame)) {
        let Some(row) = trace.frames().get(frame) else { continue };
        let who = if row.direction == Direction::Client { "client" } else { "server" };
        let message = row.message.and_then(|message| trace.messages().get(message));
        let opcode = message.map_or(row.header.opcode, |message| message.opcode);
        let time = text::of_day(row.first.time);
        let _ = writeln!(out, "- **{who}** {time} #{frame} {}", opcode.short_name());
        let words = match &message {
            Some(message) => {
                // Those on the screen are inflated already; here all are wanted.
                inflations.work(bytes, [message.number], u64::MAX);
                message_line(bytes, message, inflations.get(message.number).as_deref())
            }
            None => state.preview(bytes, &row),
        };
        if row.header.length > 0 || opcode == Opcode::Close {
            let _ = writeln!(out, "  `` {} ``", words.replace('`', "'"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clipboards_get_only_what_they_take() {
        assert_eq!(osc52(b"Hello").unwrap(), b"\x1b]52;c;SGVsbG8=\x1b\\");
        assert!(osc52(&vec![0; 56_244]).is_some());
        assert!(osc52(&vec![0; 56_247]).is_none());
    }

    #[test]
    fn arrays_and_dumps() {
        assert_eq!(c_array("frame1.x", &[1, 255]), "static const unsigned char frame1_x[2] = {\n    0x01, 0xff,\n};\n");
        assert_eq!(dump(b"Hi\x00"), format!("0000  48 69 00{}Hi.", " ".repeat(41)));
    }
}
