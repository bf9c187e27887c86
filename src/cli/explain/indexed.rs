//! What is explained with the help of an index: a message with its frames, and a part of any item.

use std::fmt::Display;
use std::path::Path;

use super::{end, screen};
use crate::capture::Source;
use crate::cli::addressed::{self, Indexed};
use crate::cli::args::Options;
use crate::cli::failure::Failure;
use crate::cli::read;
use crate::fields::Cost;
use crate::output::Out;
use crate::output::explain::{self, Manner};
use crate::teach::annotate;
use crate::teach::deflate::Deflated;
use crate::teach::explain::{Explained, Inflated};
use crate::teach::spot::{self, Spotted};
use crate::trace::{Address, Anchored, Bytes, Inflations, Item, LoadedFrame, LoadedMessage, MessageRow, Window};

/// Explains what an address names; whether some of it was cut.
pub fn explain(
    source: Source,
    address: &Address,
    follows: bool,
    manner: Manner,
    options: &Options,
) -> Result<bool, Failure> {
    let file = source.path().display().to_string();
    let indexed = Indexed::read(source, options)?;
    let mut out = screen::out();
    if follows {
        out.end_line();
    }
    let absent = |why: &dyn Display| addressed::absent(&file, why);
    let cut = indexed.look(|bytes| -> Result<bool, Failure> {
        Anchored::of(address.item, bytes.trace()).map_err(|unfound| absent(&unfound))?;
        match address.item {
            Item::Message(number) if address.is_whole() => Ok(message(&mut out, bytes, number, manner)),
            _ => {
                let spotted = spotted(bytes, address).map_err(|missing| absent(&missing))?;
                Ok(explain::spot::push(&mut out, manner, address, &spotted))
            }
        }
    })?;
    end(out)?;
    indexed.end()?;
    Ok(cut)
}

fn spotted(bytes: Bytes<'_>, address: &Address) -> Result<Spotted, spot::Missing> {
    let inflated = match address.item {
        Item::Message(number) => bytes.trace().messages().get(number).and_then(|row| inflated(bytes, &row)),
        _ => None,
    };
    let mut nodes = spot::nodes(bytes, address.item).unwrap_or_default();
    if let (Item::Message(number), Some(inflated)) = (address.item, &inflated)
        && let Some(message) = bytes.trace().messages().get(number)
    {
        annotate::tell_inflated(&mut nodes, &message, inflated);
    }
    Spotted::read(bytes, &nodes, address, inflated.as_ref())
}

/// What a compressed message says.
fn inflated(bytes: Bytes<'_>, message: &MessageRow) -> Option<Window> {
    if !message.compressed {
        return None;
    }
    let mut inflations = Inflations::default();
    while inflations.work(bytes, [message.number], u64::MAX) {}
    inflations.get(message.number).map(|window| (*window).clone())
}

/// The message that ends with a frame, taken apart; `None` where it is not compressed as a whole, or the capture cannot be read
/// twice.
pub fn deflated(file: &Path, frame: u64, options: &Options) -> Option<Deflated> {
    if !file.is_file() {
        return None;
    }
    let options = Options { quiet: true, ..options.clone() };
    let indexed = Indexed::read(read::source(file, &options).ok()?, &options).ok()?;
    indexed.look(|bytes| {
        let row = bytes.trace().frames().get(frame)?;
        let message = bytes.trace().messages().get(row.message?)?;
        Deflated::of_message(bytes, &message)
    })
}

/// Explains each frame of a message, and what comes of it where it is compressed.
fn message(out: &mut Out, bytes: Bytes<'_>, number: u64, manner: Manner) -> bool {
    let Some(row) = bytes.trace().messages().get(number) else { return false };
    let mut cut = false;
    let frames = bytes.trace().message_frames(&row);
    explain::push_message_title(out.buffer(), manner.style, &row, frames.len());
    let said = inflated(bytes, &row);
    for (i, frame) in frames.iter().enumerate() {
        out.end_line();
        let loaded = LoadedFrame::read(bytes, *frame, Cost::Payload);
        let comments = bytes.trace().comments().of([frame.first.packet, frame.last.packet]);
        let mut explained = Explained { comments, ..Explained::frame(&loaded.place(), &loaded.frame()) };
        if i + 1 == frames.len() {
            let message = LoadedMessage::read(bytes, row, Cost::Inflated, said.as_ref());
            let deflated = Deflated::of_message(bytes, &row);
            explained.inflated = Inflated::of(&message.message()).map(|inflated| Inflated { deflated, ..inflated });
        }
        cut |= explain::push(out, manner, &explained);
    }
    cut
}
