//! `follow`: one connection as a conversation.

use std::path::Path;

use anyhow::anyhow;

use super::args::{Follow as FollowArgs, Options};
use super::failure::{Failure, Status};
use super::format::TextOrJson;
use super::printer::Counted;
use super::{Outcome, addressed, read, screen, selection};
use crate::base::SocketId;
use crate::filter::{Fold, Shows};
use crate::output::Follow;
use crate::output::follow::Form;
use crate::trace::{Address, Item, Spot};

/// Prints a conversation.
pub fn run(args: &FollowArgs, options: &Options) -> Outcome {
    let (file, wanted) = which(args)?;
    let selection = selection::of(options, Shows::Items)?;
    let selection = selection::folding(selection, args.no_heartbeats.then_some(Fold::Talk(wanted)));
    let form = match args.format {
        TextOrJson::Text => Form::Text(screen::style(options)),
        TextOrJson::Jsonl => Form::Json,
    };
    let mut follow = Follow::new(wanted, form, screen::out());
    read::read(file, options, selection, Counted::Frames, &mut follow)?;
    if follow.found() {
        return Ok(Status::Done);
    }
    let (file, wanted) = (file.display(), wanted.label());
    let others: Vec<String> = follow.others().map(|socket| socket.label()).collect();
    Err(Failure::argument(match (others.as_slice(), options.count) {
        (_, Some(count)) => anyhow!(
            "{file}: the first {count} frames (-c) are not of connection {wanted}; `sockeye connections` lists those \
             there are"
        ),
        ([], None) => anyhow!("{file}: no WebSocket connection was found, so none has the number {wanted}"),
        (others, None) => anyhow!(
            "{file}: connection {wanted} is no WebSocket; these are: {}; `sockeye connections` lists all",
            others.join(", ")
        ),
    }))
}

/// The capture and the socket in it: two arguments, or both in one.
fn which(args: &FollowArgs) -> Result<(&Path, SocketId), Failure> {
    if let Some(socket) = args.socket {
        return Ok((&args.file, socket));
    }
    let typed = args.file.to_str().unwrap_or_default();
    let (file, wrong) = match Address::after_file(typed) {
        Some((file, Address { item: Item::Socket(socket), spot })) if spot == Spot::default() => {
            return Ok((Path::new(file), socket));
        }
        Some((file, address)) => {
            let wrong = match address.item {
                Item::Socket(socket) => format!("a connection is followed, not a part of it: {file}#{socket}"),
                Item::Frame(_) | Item::Message(_) => "a connection is followed".to_owned(),
            };
            (Path::new(file), Some(wrong))
        }
        None if args.file.exists() => (args.file.as_path(), None),
        None => {
            addressed::split(&args.file)?;
            (args.file.as_path(), None)
        }
    };
    let file = file.display();
    Err(Failure::argument(match wrong {
        Some(wrong) => anyhow!("'{typed}': {wrong}; `sockeye connections FILE` lists those there are"),
        None => anyhow!(
            "{file}: which connection of it? sockeye follow {file} 0, or {file}#c0; `sockeye connections {file}` lists them"
        ),
    }))
}
