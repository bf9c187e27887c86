//! What can be copied or written of the selected frame, in which form.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::form::Form;
use super::markdown::{heads, report};
use super::menu::{self, Choice, Menu};
use super::page::Copies;
use super::page_name::PageName;
use super::pages;
use super::pane::Pane;
use super::rows::Kind;
use super::state::State;
use super::taken::Taken;
use crate::base::{Source, Span};
use crate::fields::{Cost, FrameField, Node};
use crate::output::{clock, record};
use crate::teach::spot;
use crate::trace::{Address, Bytes, Detail, Extent, Item, LoadedFrame, LoadedMessage, MessageRow, Named, Spot, Trace};

/// What is said where a compressed message was not inflated yet.
const NOT_YET: &str = "still inflating; again in a moment";

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
        if let Some(message) = self.whole_message(detail) {
            return Some(whole(message));
        }
        let source = if self.pane == Pane::Bytes { self.bytes.source } else { Source::Unmasked };
        Some(match (source, detail.message) {
            (Source::Message | Source::Inflated, Some(message)) => whole(message),
            (Source::Unmasked | Source::Message | Source::Inflated, _) => of_frame("payload", Part::Payload),
            (source, _) => {
                let len = detail.sources().iter().find(|(own, _)| *own == source).map_or(0, |(_, len)| *len);
                let all = of_frame("bytes on the wire", Part::Run(Span { source, start: 0, len }));
                let packet = format!("packet {}", detail.run().map_or(0, |run| run.packet));
                if source == Source::Packet { Subject { what: packet.clone(), name: packet, ..all } } else { all }
            }
        })
    }

    /// The address of what is selected: of a byte, of a field, of the row, or of the connection whose handshake is shown.
    #[must_use]
    pub fn address(&self) -> Option<Address> {
        if self.subject().is_some_and(|subject| subject.is_handshake()) {
            return Some(Item::Socket(self.connection).into());
        }
        let detail = self.detail.as_ref()?;
        let row = match self.whole_message(detail) {
            Some(message) => Item::Message(message.number),
            None => Item::Frame(detail.row.number),
        };
        Some(self.address_in_pane(detail).unwrap_or(row.into()))
    }

    /// The same as text; empty where nothing is selected.
    #[must_use]
    pub fn address_shown(&self) -> String {
        self.address().map_or(String::new(), |address| address.to_string())
    }

    /// Of a byte or a field; `None` where neither is selected.
    fn address_in_pane(&self, detail: &Detail) -> Option<Address> {
        let (frame, message) = (detail.row.number, detail.message);
        if self.pane == Pane::Bytes && !self.bytes.text {
            let at = Extent { first: self.bytes.cursor, last: self.bytes.cursor };
            let bytes = Spot { bytes: Some(at), ..Spot::default() };
            let payload = Some(Named::Field(FrameField::Payload.into()));
            return Some(match (self.bytes.source, message) {
                (Source::Frame, _) => Address { item: Item::Frame(frame), spot: bytes },
                (Source::Unmasked, _) => Address { item: Item::Frame(frame), spot: Spot { field: payload, ..bytes } },
                (Source::Inflated, Some(message)) => Address { item: Item::Message(message.number), spot: bytes },
                (Source::Message, Some(message)) if !message.compressed => {
                    Address { item: Item::Message(message.number), spot: bytes }
                }
                _ => return self.address_of_field(detail),
            });
        }
        if matches!(self.pane, Pane::Fields | Pane::Bits) { self.address_of_field(detail) } else { None }
    }

    fn address_of_field(&self, detail: &Detail) -> Option<Address> {
        self.field()?;
        let (row, message) = (&detail.row, detail.message.as_ref());
        Some(spot::address_of(&self.tree, self.fields.selected, row.number, message, row.socket))
    }

    /// The message that the selected row is, where a row is a whole message: in a list of messages and in the
    /// conversation. The bytes are those of one frame.
    fn whole_message(&self, detail: &Detail) -> Option<MessageRow> {
        let in_list = self.page == PageName::FRAMES && self.list.rows.kind == Kind::Messages;
        let whole = in_list || pages::copies(self) == Copies::Message;
        detail.message.filter(|_| whole && self.pane != Pane::Bytes)
    }

    /// What a row is here, for the lines of a menu.
    #[must_use]
    pub fn row_name(&self) -> &'static str {
        let whole = self.detail.as_ref().is_some_and(|detail| self.whole_message(detail).is_some());
        if whole { "message" } else { "frame" }
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
    pub fn offered(&self, menu: Menu) -> Vec<&'static menu::Item> {
        let compressed = self.compressed_message().is_some();
        let handshake = self.subject().is_some_and(|subject| subject.is_handshake());
        let offered = |item: &&menu::Item| match item.choice {
            Choice::Copy(Form::Inflated) | Choice::Write(Form::Inflated) => compressed && !handshake,
            Choice::Copy(Form::Payload | Form::Filter | Form::Address) | Choice::Write(Form::Payload) => true,
            Choice::Copy(_) | Choice::Write(_) => !handshake,
            Choice::Conversation | Choice::Picture => true,
        };
        menu.items().iter().filter(offered).collect()
    }

    fn taken(&self, bytes: Bytes<'_>, detail: &Detail, part: Part) -> Result<Taken, &'static str> {
        let length = detail.row.header.length;
        Ok(match part {
            Part::Run(span) => Taken::of(span.len, |range| {
                let place = span.start.saturating_add(range.start)..span.start.saturating_add(range.end);
                detail.window(bytes, span.source, place)
            }),
            Part::Payload => Taken::of(length, |range| detail.window(bytes, Source::Unmasked, range)),
            Part::Message(message) if message.compressed => {
                Taken::inflated(&message, detail.inflated.as_ref().ok_or(NOT_YET)?)
            }
            Part::Message(message) => Taken::of(message.wire_length, |range| bytes.message(&message, range)),
            Part::Heads => Taken::default(),
        })
    }

    /// What is selected, in a form.
    ///
    /// # Errors
    /// Where there is nothing to copy, or not yet: one line that says so.
    pub(super) fn copy(&self, trace: &Trace, form: Form) -> Result<Copy, &'static str> {
        if let Some(subject) = self.subject().filter(Subject::is_handshake) {
            return Ok(self.copy_handshake(trace, form, subject));
        }
        let bytes = Bytes::new(trace, &*self.store);
        let detail = self.detail.as_ref().ok_or("nothing is selected")?;
        match form {
            Form::Raw | Form::Json | Form::Filter | Form::Address => self.copy_row(bytes, detail, form),
            Form::Payload | Form::Inflated | Form::Hex | Form::C | Form::Markdown => {
                self.copy_subject(bytes, detail, form)
            }
        }
    }

    fn copy_handshake(&self, trace: &Trace, form: Form, subject: Subject) -> Copy {
        let Subject { what, name, .. } = subject;
        match form {
            Form::Filter => Copy {
                what: "a display filter for Wireshark".to_owned(),
                bytes: format!("tcp.stream == {}", self.connection.connection).into_bytes(),
                suffix: format!("{name}.txt"),
            },
            Form::Address => {
                let address = format!("{}{}", self.name, self.address_shown());
                Copy {
                    what: format!("the address {address}"),
                    bytes: address.into_bytes(),
                    suffix: format!("{name}.txt"),
                }
            }
            _ => Copy { what, bytes: heads(trace, self.connection).into_bytes(), suffix: format!("{name}.http.txt") },
        }
    }

    /// The row as a whole: the frame, or the message where a row is one.
    fn copy_row(&self, bytes: Bytes<'_>, detail: &Detail, form: Form) -> Result<Copy, &'static str> {
        let message = self.whole_message(detail);
        let number = detail.row.number;
        let name = match &message {
            Some(message) => format!("message {}", message.number),
            None => format!("frame {number}"),
        };
        let (what, bytes, suffix) = match form {
            Form::Raw => {
                let taken = wire(bytes, detail, message.as_ref());
                (taken.said(&format!("{name} as it is on the wire")), taken.bytes, "raw")
            }
            Form::Json => (format!("{name} as JSON"), json(bytes, detail, message)?, "json"),
            Form::Address => {
                let address = format!("{}{}", self.name, self.address_shown());
                (format!("the address {address}"), address.into_bytes(), "txt")
            }
            _ => {
                let filter = wireshark_filter(bytes.trace(), detail, message.as_ref());
                ("a display filter for Wireshark".to_owned(), filter.into_bytes(), "txt")
            }
        };
        Ok(Copy { what, bytes, suffix: format!("{}.{suffix}", name.replace(' ', "")) })
    }

    /// The bytes of what is selected.
    fn copy_subject(&self, bytes: Bytes<'_>, detail: &Detail, form: Form) -> Result<Copy, &'static str> {
        let inflated = self.compressed_message().filter(|_| form == Form::Inflated).map(whole);
        let Subject { what, name, part } = inflated.or_else(|| self.subject()).ok_or("nothing is selected")?;
        let taken = self.taken(bytes, detail, part)?;
        let what = taken.said(&what);
        let (what, bytes, suffix) = match form {
            Form::Hex => (format!("{what} as hex"), hex::encode(&taken.bytes).into_bytes(), "hex"),
            Form::C => (format!("{what} as a C array"), c_array(&name, &taken.bytes).into_bytes(), "c"),
            Form::Markdown => {
                let message = match &part {
                    Part::Message(message) => Some(message),
                    _ => None,
                };
                let report = report(&self.name, &detail.row, message, &taken);
                (format!("{what} as Markdown"), report.into_bytes(), "md")
            }
            _ => {
                let kind = if simdutf8::basic::from_utf8(&taken.bytes).is_ok() { "txt" } else { "bin" };
                (what, taken.bytes, kind)
            }
        };
        Ok(Copy { what, bytes, suffix: format!("{name}.{suffix}") })
    }
}

/// The sequence that puts bytes into the terminal's clipboard (OSC 52); `None` where a terminal would cut it.
#[must_use]
pub fn osc52(bytes: &[u8]) -> Option<Vec<u8>> {
    let encoded = BASE64_STANDARD.encode(bytes);
    (encoded.len() <= CLIPBOARD).then(|| format!("\x1b]52;c;{encoded}\x1b\\").into_bytes())
}

fn c_array(name: &str, bytes: &[u8]) -> String {
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let lines: Vec<String> = bytes
        .chunks(12)
        .map(|line| format!("    {}", line.iter().map(|byte| format!("0x{byte:02x},")).collect::<Vec<_>>().join(" ")))
        .collect();
    format!("static const unsigned char {name}[{}] = {{\n{}\n}};\n", bytes.len(), lines.join("\n"))
}

/// A frame, or all frames of a message in the order of the stream, as on the wire.
fn wire(bytes: Bytes<'_>, detail: &Detail, message: Option<&MessageRow>) -> Taken {
    let mut taken = Taken::default();
    for row in message.map_or_else(|| vec![detail.row], |message| bytes.trace().message_frames(message)) {
        taken.add(row.wire_len(), |range| bytes.frame(&row, range));
    }
    taken
}

/// The line of `sockeye frames --format jsonl`, or that of `sockeye messages`.
fn json(bytes: Bytes<'_>, detail: &Detail, message: Option<MessageRow>) -> Result<Vec<u8>, &'static str> {
    let mut out = Vec::new();
    let mut clock = clock::Clock::default();
    let comments = bytes.trace().comments();
    match message {
        Some(message) if message.compressed && detail.inflated.is_none() => return Err(NOT_YET),
        Some(message) => {
            let loaded = LoadedMessage::read(bytes, message, Cost::Inflated, detail.inflated.as_deref());
            record::message(&mut out, &mut clock, comments, &loaded.place(), &loaded.message());
        }
        None => {
            let loaded = LoadedFrame::read(bytes, detail.row, Cost::Payload);
            record::frame(&mut out, &mut clock, comments, &loaded.place(), &loaded.frame());
        }
    }
    Ok(out)
}

/// A display filter of Wireshark for the packets that carry a frame, or a message: packets and connections have the same
/// numbers there.
fn wireshark_filter(trace: &Trace, detail: &Detail, message: Option<&MessageRow>) -> String {
    let rows = message.map_or_else(|| vec![detail.row], |message| trace.message_frames(message));
    let ends = rows.iter().flat_map(|row| [row.first.packet, row.last.packet]);
    let packets = detail.runs.iter().map(|run| run.packet).chain(ends);
    let (first, last) =
        packets.fold((detail.row.first.packet, 0), |(first, last), packet| (first.min(packet), last.max(packet)));
    let frames = if first == last {
        format!("frame.number == {first}")
    } else {
        format!("frame.number >= {first} && frame.number <= {last}")
    };
    format!("tcp.stream == {} && {frames}", detail.row.socket.connection)
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
    fn an_array_has_a_name_of_c() {
        assert_eq!(c_array("frame1.x", &[1, 255]), "static const unsigned char frame1_x[2] = {\n    0x01, 0xff,\n};\n");
    }
}
