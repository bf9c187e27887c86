//! `explain`: one frame, or an opening handshake, taught.

mod indexed;

use std::borrow::Cow;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use anyhow::anyhow;

use super::args::{Explain as ExplainArgs, Options};
use super::failure::{Failure, Status};
use super::printer::Counted;
use super::{Outcome, read, rights, screen};
use crate::base::PacketComments;
use crate::base::limits::DUMP_BYTES;
use crate::base::number::wide;
use crate::capture::{self, ReadError, Source};
use crate::dissect::{Sink, Socket, Told, Wants};
use crate::output::explain::handshake::{push as push_handshake, push_title};
use crate::output::explain::{self, Manner, deflate};
use crate::output::{Out, Output, Summary, follow};
use crate::teach::deflate::Deflated;
use crate::teach::dump::{self, Dump, Form};
use crate::teach::explain::{Explained, Inflated};
use crate::teach::handshake::{self, Head};
use crate::trace::{Address, Item};
use crate::websocket::Handshake;

/// Prints an explanation.
pub fn run(args: &ExplainArgs, options: &Options) -> Outcome {
    let manner = Manner { style: screen::style(options), full: args.full };
    let places: Option<Vec<(&str, Address)>> = args.what.iter().map(|what| Address::after_file(what)).collect();
    let cut = match places {
        Some(_) if args.deflate => {
            let wrong = "--deflate takes bytes; of a capture name the frame alone, FILE#N: its handshake says what is compressed";
            return Err(Failure::argument(anyhow!(wrong)));
        }
        Some(places) => {
            let files: Vec<&Path> = places.iter().map(|(file, _)| Path::new(*file)).collect();
            let mut cut = false;
            for (i, (source, (_, address))) in read::sources(&files, options)?.into_iter().zip(&places).enumerate() {
                cut |= match address.item {
                    Item::Frame(_) | Item::Socket(_) if address.is_whole() => {
                        from_file(source, address.item, i > 0, manner, options)?
                    }
                    _ => indexed::explain(source, address, i > 0, manner, options)?,
                };
            }
            cut
        }
        None => {
            rights::give_up_to_read().map_err(Failure::privilege)?;
            let read = match args.what.as_slice() {
                [dash] if dash == "-" => standard_input()?,
                what => given(&what.join(" "))?,
            };
            let mut out = screen::out();
            if let Some(form) = read.form.words() {
                explain::push_form(out.buffer(), manner.style, form, read.bytes.len());
            }
            let cut = match args.deflate {
                true => deflate::push_payload(&mut out, manner, &Deflated::of(&read.bytes, &[])),
                false => push(&mut out, manner, &read.bytes)?,
            };
            end(out)?;
            cut
        }
    };
    if cut {
        let mut out = screen::out();
        explain::push_cut(out.buffer(), manner.style);
        end(out)?;
    }
    Ok(Status::Done)
}

/// Writes what is left.
fn end(mut out: Out) -> Result<(), Failure> {
    out.flush();
    match out.error() {
        Some(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::output(error)),
        _ => Ok(()),
    }
}

/// The bytes that arguments spell.
fn given(what: &str) -> Result<Dump, Failure> {
    if is_head(what) {
        return Ok(as_they_are(what.as_bytes().to_vec()));
    }
    dump::read(what).map_err(|wrong| {
        if Path::new(what).is_file() {
            let frame = format!("name a frame of it: {what}#1");
            return Failure::argument(anyhow!(
                "'{what}' is a file; {frame}; or give its bytes: sockeye explain - < {what}"
            ));
        }
        let way_out = match Address::error_of(what) {
            Some(error) if what.split_once('#').is_some_and(|(file, _)| file == "-" || Path::new(file).is_file()) => {
                return Failure::address(&error);
            }
            Some(error) => error.to_string(),
            None => format!("{wrong}; `sockeye explain -` takes bytes, as text or as they are, from standard input"),
        };
        let what = what.chars().take(80).collect::<String>();
        Failure::argument(anyhow!("'{what}' is neither bytes in hex nor FILE#N, a frame of a capture; {way_out}"))
    })
}

/// Bytes from standard input: as text, or as they are.
fn standard_input() -> Result<Dump, Failure> {
    let mut bytes = Vec::new();
    let most = wide(DUMP_BYTES);
    // Text takes four or five letters a byte, and has offsets and comments.
    let mut input = std::io::stdin().lock().take(8 * most + 1);
    input.read_to_end(&mut bytes).map_err(|source| {
        Failure::from(ReadError { file: "-".to_owned(), position: wide(bytes.len()), packet: 0, source })
    })?;
    if capture::open_reader("-", std::io::Cursor::new(bytes.clone()), &capture::Options::default()).is_ok() {
        return Err(Failure::argument(anyhow!(
            "standard input is a capture; name a frame of it: sockeye explain -- -#1"
        )));
    }
    let too_long = || {
        let most = most >> 20;
        Failure::argument(anyhow!("standard input: more than {most} MiB to explain; give the beginning: head -c 1000"))
    };
    match text_of(&bytes) {
        Some(_) if wide(bytes.len()) > 8 * most => Err(too_long()),
        Some(text) if !is_head(&text) => dump::read(&text).map_err(|wrong| {
            let way_out = "bytes are read as hex, as xxd, hexdump -C, od or Wireshark print them, as an array or a \
                           string of a program, in base64, or as they are";
            Failure::argument(anyhow!("standard input: {wrong}; {way_out}"))
        }),
        _ if wide(bytes.len()) > most => Err(too_long()),
        _ => Ok(as_they_are(bytes)),
    }
}

/// Bytes that are text, as it is: no frame has only letters, because its first byte is none.
fn text_of(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let text = match bytes.strip_prefix(b"\xff\xfe") {
        // What a redirection of PowerShell writes.
        Some(rest) => {
            let (pairs, _) = rest.as_chunks();
            let units = pairs.iter().map(|pair| u16::from_le_bytes(*pair));
            Cow::Owned(char::decode_utf16(units).collect::<Result<String, _>>().ok()?)
        }
        None => Cow::Borrowed(std::str::from_utf8(bytes).ok()?),
    };
    let is_text = !text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\x0c' | '\x1b'));
    is_text.then_some(text)
}

/// Text is the head of an HTTP message.
fn is_head(text: &str) -> bool {
    handshake::head(text.as_bytes()).is_some()
}

fn as_they_are(bytes: Vec<u8>) -> Dump {
    Dump { bytes, form: Form::Hex }
}

/// Explains every frame in these bytes, and what follows the last; a handshake where they begin with one.
fn push(out: &mut Out, manner: Manner, mut bytes: &[u8]) -> Result<bool, Failure> {
    let mut cut = false;
    let mut known = Handshake::default();
    while let Some((line, len)) = handshake::head(bytes) {
        let rest = len.and_then(|len| bytes.get(len..)).unwrap_or(&[]);
        push_title(out.buffer(), manner.style, line, len);
        match handshake::parse(bytes).filter(handshake::is_upgrade) {
            Some(Head::Request(request)) => known.request = Some(request),
            Some(Head::Response(response)) => known.response = Some(response),
            None => {}
        }
        bytes = rest;
        let more = handshake::head(bytes).is_some();
        if known != Handshake::default() && (!more || known.response.is_some()) {
            out.end_line();
            cut |= push_handshake(out, manner, &std::mem::take(&mut known));
        }
        if bytes.is_empty() {
            return Ok(cut);
        }
        out.end_line();
    }
    let frames = match bytes.len() {
        1 => Vec::new(),
        _ => Explained::bytes(bytes).map_err(Failure::argument)?,
    };
    let explained: usize = frames.iter().map(|frame| frame.wire.bytes.len()).sum();
    let rest = Explained::beginning(bytes.get(explained..).unwrap_or(&[]));
    for (i, explained) in frames.iter().chain(&rest).enumerate() {
        if i > 0 {
            out.end_line();
        }
        cut |= explain::push(out, manner, explained);
    }
    if frames.iter().any(|frame| frame.inflated.is_some()) {
        let inflated = frames.iter().filter_map(|frame| frame.inflated.as_ref());
        explain::push_inflated_hint(out.buffer(), manner.style, inflated);
    }
    Ok(cut)
}

fn from_file(source: Source, item: Item, follows: bool, manner: Manner, options: &Options) -> Result<bool, Failure> {
    let mut out = screen::out();
    if follows {
        out.end_line();
    }
    let mut one = One {
        item,
        manner,
        out,
        found: None,
        socket: None,
        done: false,
        cut: false,
        seen: 0,
        comments: Arc::default(),
    };
    let name = source.path().display().to_string();
    match item {
        Item::Frame(number) => {
            let result = read::until(source, options, None, Counted::Frames, Some(number), &mut one);
            if let Some(inflated) = one.found.as_mut().and_then(|found| found.inflated.as_mut()) {
                // What it refers to is found with an index: the capture is read again, where that can be done.
                inflated.deflated = indexed::deflated(Path::new(&name), number, options);
            }
            one.explain();
            end(one.out)?;
            result?;
            if !one.done {
                return Err(Failure::argument(anyhow!("{name}: there is no frame {number}; it has {}", one.seen)));
            }
        }
        // Its frames are known once it has ended: it is looked up in an index.
        Item::Message(_) => {}
        Item::Socket(id) => {
            let result = read::until(source, options, None, Counted::Frames, None, &mut one);
            one.explain();
            end(one.out)?;
            result?;
            if !one.done {
                let label = id.label();
                return Err(Failure::argument(match &one.socket {
                    Some(_) => anyhow!(
                        "{name}: the capture lacks the handshake of connection {label}; its frames: sockeye follow {name} {label}"
                    ),
                    None => anyhow!(
                        "{name}: connection {label} is no WebSocket; `sockeye connections {name}` lists those there are"
                    ),
                }));
            }
        }
    }
    Ok(one.cut)
}

/// Explains the one item.
struct One {
    item: Item,
    manner: Manner,
    out: Out,
    /// The explanation of a frame, until it is known what the message says that ends with it.
    found: Option<Explained>,
    /// The socket whose handshake is explained.
    socket: Option<Socket>,
    done: bool,
    cut: bool,
    seen: u64,
    comments: Arc<PacketComments>,
}

impl One {
    fn explain(&mut self) {
        if let Some(explained) = self.found.take() {
            self.cut = explain::push(&mut self.out, self.manner, &explained);
            self.done = true;
        }
        if let Some(socket @ Socket { handshake: Some(handshake), client, server, id, .. }) = &self.socket {
            let title = format!("the opening handshake of connection {}, {client} to {server}\n", id.label());
            let buffer = self.out.buffer();
            buffer.extend_from_slice(title.as_bytes());
            follow::carriage(buffer, self.manner.style, socket);
            buffer.push(b'\n');
            self.cut = push_handshake(&mut self.out, self.manner, handshake);
            self.done = true;
        }
    }
}

impl Sink for One {
    fn wants(&self) -> Wants {
        let frames = matches!(self.item, Item::Frame(_));
        Wants { frame_payload: frames, message_payload: frames, ..Wants::NOTHING }
    }

    fn tell(&mut self, told: &Told<'_>) {
        match (*told, self.item) {
            (Told::Frame(place, frame), Item::Frame(number)) => {
                self.seen = place.number;
                if place.number == number {
                    let packets = [frame.first.packet, frame.last.packet];
                    let comments = self.comments.of(packets);
                    self.found = Some(Explained { comments, ..Explained::frame(place, frame) });
                }
            }
            (Told::Message(place, message), Item::Frame(number)) => {
                if place.frames.last() == Some(&number)
                    && let Some(found) = &mut self.found
                {
                    found.inflated = Inflated::of(message);
                }
            }
            // Told again when more is known.
            (Told::Opened(socket) | Told::Closed(socket), Item::Socket(id)) if socket.id == id => {
                self.socket = Some(socket.clone());
            }
            _ => {}
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}

impl Output for One {
    fn comments(&mut self, comments: &Arc<PacketComments>) {
        self.comments = Arc::clone(comments);
    }

    /// It is explained once what it refers to is known too.
    fn finish(&mut self, _: &Summary) {}

    fn flush(&mut self) {}

    fn out(&self) -> &Out {
        &self.out
    }
}
