//! `explain`: one frame, taught.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use anyhow::anyhow;

use super::args::{Explain as ExplainArgs, Options};
use super::failure::{Failure, Status};
use super::printer::Counted;
use super::{Outcome, read, rights, screen};
use crate::base::{Address, PacketComments};
use crate::capture::{self, ReadError, Source};
use crate::dissect::{Sink, Told, Wants};
use crate::output::{Out, Output, Style, Summary, explain};
use crate::teach::explain::{Explained, Inflated, bytes_of_hex, http_head};

/// Bytes taken from standard input: far more than anybody reads an explanation of.
const STANDARD_INPUT: u64 = 1 << 20;

/// Prints an explanation.
pub fn run(args: &ExplainArgs, options: &Options) -> Outcome {
    let style = screen::style(options);
    let places: Option<Vec<(&str, Address)>> = args.what.iter().map(|what| Address::after_file(what)).collect();
    if let Some(places) = places {
        let frames: Vec<(&str, u64)> = places.into_iter().map(frame_of_file).collect::<Result<_, _>>()?;
        let files: Vec<&Path> = frames.iter().map(|(file, _)| Path::new(*file)).collect();
        for (i, (source, (_, number))) in read::sources(&files)?.into_iter().zip(frames).enumerate() {
            from_file(source, number, i > 0, style, options)?;
        }
        return Ok(Status::Done);
    }
    rights::give_up_to_read().map_err(Failure::privilege)?;
    let bytes = match args.what.as_slice() {
        [dash] if dash == "-" => standard_input()?,
        what => given(&what.join(" "))?,
    };
    let mut out = screen::out();
    push(out.buffer(), style, &bytes)?;
    out.flush();
    match out.error() {
        Some(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::output(error)),
        _ => Ok(Status::Done),
    }
}

/// The bytes that arguments spell.
fn given(what: &str) -> Result<Vec<u8>, Failure> {
    bytes_of_hex(what).ok_or_else(|| {
        if Path::new(what).is_file() {
            let frame = format!("name a frame of it: {what}#1");
            return Failure::argument(anyhow!(
                "'{what}' is a file; {frame}; or give its bytes: sockeye explain - < {what}"
            ));
        }
        let way_out = match Address::error_of(what) {
            Some(error) => error.to_string(),
            None if what.chars().all(|c| c.is_ascii_hexdigit()) => "a byte is two digits".to_owned(),
            None => "`sockeye explain -` takes bytes, in hex or as they are, from standard input".to_owned(),
        };
        let what = what.chars().take(80).collect::<String>();
        Failure::argument(anyhow!("'{what}' is neither bytes in hex nor FILE#N, a frame of a capture; {way_out}"))
    })
}

/// Bytes from standard input: in hex, or as they are.
fn standard_input() -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let mut input = std::io::stdin().lock().take(STANDARD_INPUT + 1);
    input.read_to_end(&mut bytes).map_err(|source| {
        Failure::from(ReadError { file: "-".to_owned(), position: bytes.len() as u64, packet: 0, source })
    })?;
    if capture::open_reader("-", std::io::Cursor::new(bytes.clone()), &capture::Options::default()).is_ok() {
        return Err(Failure::argument(anyhow!(
            "standard input is a capture; name a frame of it: sockeye explain -- -#1"
        )));
    }
    if bytes.len() as u64 > STANDARD_INPUT {
        let most = STANDARD_INPUT >> 20;
        return Err(Failure::argument(anyhow!("more than {most} MiB to explain; give the beginning: head -c 1000")));
    }
    Ok(std::str::from_utf8(&bytes).ok().and_then(bytes_of_hex).unwrap_or(bytes))
}

/// Explains every frame in these bytes, and what follows the last.
fn push(out: &mut Vec<u8>, style: Style, mut bytes: &[u8]) -> Result<(), Failure> {
    while let Some((line, len)) = http_head(bytes) {
        let rest = len.and_then(|len| bytes.get(len..)).unwrap_or(&[]);
        explain::push_http(out, style, line, len);
        bytes = rest;
        if bytes.is_empty() {
            return Ok(());
        }
        out.push(b'\n');
    }
    let frames = match bytes.len() {
        1 => Vec::new(),
        _ => Explained::bytes(bytes).map_err(Failure::argument)?,
    };
    let explained: usize = frames.iter().map(|frame| frame.wire.bytes.len()).sum();
    let rest = Explained::beginning(bytes.get(explained..).unwrap_or(&[]));
    for (i, explained) in frames.iter().chain(&rest).enumerate() {
        if i > 0 {
            out.push(b'\n');
        }
        explain::push(out, style, explained);
    }
    if frames.iter().any(|frame| frame.inflated.is_some()) {
        explain::push_inflated_hint(out, style, frames.iter().filter_map(|frame| frame.inflated.as_ref()));
    }
    Ok(())
}

/// `FILE#N`; other items are shown by other commands.
fn frame_of_file((file, address): (&str, Address)) -> Result<(&str, u64), Failure> {
    Err(Failure::argument(match address {
        Address::Frame(number) => return Ok((file, number)),
        Address::Message(number) => anyhow!(
            "{file}{address}: only a frame is explained, FILE#N; those of message {number}: sockeye messages {file} -e n -e frames"
        ),
        Address::Socket(_) => {
            anyhow!("{file}{address}: only a frame is explained, FILE#N; the whole: sockeye follow {file}{address}")
        }
    }))
}

fn from_file(source: Source, number: u64, follows: bool, style: Style, options: &Options) -> Result<(), Failure> {
    let mut out = screen::out();
    if follows {
        out.buffer().push(b'\n');
    }
    let mut one = One { number, style, out, found: None, done: false, seen: 0, comments: Arc::default() };
    let file = source.path().display().to_string();
    read::until(source, options, Counted::Frames, Some(number), &mut one)?;
    if one.done {
        return Ok(());
    }
    Err(Failure::argument(anyhow!("{file}: there is no frame {number}; it has {}", one.seen)))
}

/// Explains the frame of one number.
struct One {
    number: u64,
    style: Style,
    out: Out,
    /// Its explanation, until it is known what the message says that ends with it.
    found: Option<Explained>,
    done: bool,
    seen: u64,
    comments: Arc<PacketComments>,
}

impl One {
    fn explain(&mut self) {
        if let Some(explained) = self.found.take() {
            explain::push(self.out.buffer(), self.style, &explained);
            self.done = true;
        }
    }
}

impl Sink for One {
    fn wants(&self) -> Wants {
        Wants { frame_payload: true, message_payload: true, ..Wants::NOTHING }
    }

    fn tell(&mut self, told: &Told<'_>) {
        match *told {
            Told::Frame(place, frame) => {
                self.seen = place.number;
                if place.number == self.number {
                    let packets = [frame.first.packet, frame.last.packet];
                    let comments = self.comments.of(packets);
                    self.found = Some(Explained { comments, ..Explained::frame(place, frame) });
                }
            }
            Told::Message(place, message) => {
                if place.frames.last() == Some(&self.number)
                    && let Some(found) = &mut self.found
                {
                    found.inflated = Inflated::of(message);
                }
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

    fn finish(&mut self, _: &Summary) {
        self.explain();
        self.out.flush();
    }

    fn flush(&mut self) {}

    fn out(&self) -> &Out {
        &self.out
    }
}
