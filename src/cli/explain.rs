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
use crate::websocket::Frame;

/// Prints an explanation.
pub fn run(args: &ExplainArgs, options: &Options) -> Outcome {
    let what = args.what.join(" ");
    let style = screen::style(options);
    if let Some((file, number)) = frame_of_file(&what) {
        return from_file(Path::new(file), number, style, options);
    }
    let bytes = bytes_of_hex(&what).ok_or_else(|| {
        Failure::argument(anyhow!("'{what}' is neither bytes in hex nor FILE#N, a frame of a capture"))
    })?;
    let frames = Explained::bytes(&bytes).map_err(Failure::argument)?;
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
        out.buffer().extend_from_slice(format!("\n{left} bytes follow that end inside a header\n").as_bytes());
    }
    out.flush();
    match out.error() {
        Some(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::output(error)),
        _ => Ok(Status::Done),
    }
}

/// `FILE#N`.
fn frame_of_file(what: &str) -> Option<(&str, u64)> {
    let (file, number) = what.rsplit_once('#')?;
    Some((file, number.parse().ok().filter(|number| *number > 0)?))
}

fn from_file(file: &Path, number: u64, style: Style, options: &Options) -> Outcome {
    let mut one = One { number, style, out: screen::out(), found: false, seen: 0 };
    read::until(file, options, Counted::Frames, Some(number), &mut one)?;
    if one.found {
        return Ok(Status::Done);
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
