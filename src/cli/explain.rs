//! `explain`: one frame, taught.

use std::path::Path;

use anyhow::anyhow;

use super::args::{Explain as ExplainArgs, Options};
use super::failure::{Failure, Status};
use super::printer::Counted;
use super::{Outcome, read, screen};
use crate::dissect::{FramePlace, Sink, Wants};
use crate::output::{Out, Output, Style, Summary, explain};
use crate::teach::explain::{Explained, bytes_of_hex};
use crate::websocket::{Frame, Opcode};

/// Prints an explanation.
pub fn run(args: &ExplainArgs, options: &Options) -> Outcome {
    let what = args.what.join(" ");
    let style = screen::style(options);
    let places: Option<Vec<(&str, u64)>> = args.what.iter().map(|what| frame_of_file(what)).collect();
    if let Some(places) = places {
        for (i, (file, number)) in places.into_iter().enumerate() {
            from_file(Path::new(file), number, i > 0, style, options)?;
        }
        return Ok(Status::Done);
    }
    let bytes = bytes_of_hex(&what).ok_or_else(|| {
        Failure::argument(anyhow!("'{what}' is neither bytes in hex nor FILE#N, a frame of a capture"))
    })?;
    let frames = match bytes.len() {
        1 => Vec::new(),
        _ => Explained::bytes(&bytes).map_err(Failure::argument)?,
    };
    let mut out = screen::out();
    for (i, explained) in frames.iter().enumerate() {
        if i > 0 {
            out.buffer().push(b'\n');
        }
        explain::push(out.buffer(), style, explained);
    }
    let explained: usize = frames.iter().map(|frame| frame.wire.bytes.len()).sum();
    if explained < bytes.len() {
        let left = bytes.len() - explained;
        if !frames.is_empty() {
            out.buffer().push(b'\n');
        }
        let words = if left == 1 { "byte follows that ends" } else { "bytes follow that end" };
        out.buffer().extend_from_slice(format!("{left} {words} inside a header\n").as_bytes());
        let rest = bytes.get(explained..).unwrap_or(&[]);
        out.buffer().extend_from_slice(cut_header(rest).as_bytes());
    }
    out.flush();
    match out.error() {
        Some(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::output(error)),
        _ => Ok(Status::Done),
    }
}

/// What the beginning of a header says, and what it lacks (RFC 6455 section 5.2).
fn cut_header(bytes: &[u8]) -> String {
    let Some(first) = bytes.first() else { return String::new() };
    let opcode = Opcode::from_bits(*first);
    let mut words =
        format!("FIN {}, RSV {:03b}, opcode {} {}", first >> 7, first >> 4 & 7, opcode.bits(), opcode.short_name());
    let Some(second) = bytes.get(1) else { return words + "; MASK and length are missing\n" };
    words += &format!(", MASK {}, length {}", second >> 7, second & 0x7f);
    let extended = match second & 0x7f {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let key = if second & 0x80 != 0 { 4 } else { 0 };
    let have = bytes.len().saturating_sub(2);
    let lacks = [("length", extended, have.min(extended)), ("key", key, have.saturating_sub(extended).min(key))];
    for (name, wanted, there) in lacks.into_iter().filter(|(_, wanted, there)| there < wanted) {
        words += &format!("; {} of {wanted} {name} bytes missing", wanted - there);
    }
    words + "\n"
}

/// `FILE#N`.
fn frame_of_file(what: &str) -> Option<(&str, u64)> {
    let (file, number) = what.rsplit_once('#')?;
    Some((file, number.parse().ok().filter(|number| *number > 0)?))
}

fn from_file(file: &Path, number: u64, follows: bool, style: Style, options: &Options) -> Result<(), Failure> {
    let mut out = screen::out();
    if follows {
        out.buffer().push(b'\n');
    }
    let mut one = One { number, style, out, found: false, seen: 0 };
    read::until(file, options, Counted::Frames, Some(number), &mut one)?;
    if one.found {
        return Ok(());
    }
    Err(Failure::argument(anyhow!("{}: there is no frame {number}; it has {}", file.display(), one.seen)))
}

/// Explains the frame of one number.
struct One {
    number: u64,
    style: Style,
    out: Out,
    found: bool,
    seen: u64,
}

impl Sink for One {
    fn wants(&self) -> Wants {
        Wants { frame_payload: true, ..Wants::default() }
    }

    fn frame(&mut self, place: &FramePlace, frame: &Frame<'_>) {
        self.seen = place.number;
        if place.number == self.number {
            self.found = true;
            explain::push(self.out.buffer(), self.style, &Explained::frame(place, frame));
        }
    }
}

impl Output for One {
    fn finish(&mut self, _: &Summary) {
        self.out.flush();
    }

    fn flush(&mut self) {}

    fn out(&self) -> &Out {
        &self.out
    }
}
