//! `follow`: one connection as a conversation.

use anyhow::anyhow;

use super::args::{Follow as FollowArgs, Options};
use super::failure::{Failure, Status};
use super::format::TextOrJson;
use super::printer::Counted;
use super::{Outcome, read, screen};
use crate::base::ConnectionId;
use crate::output::Follow;
use crate::output::follow::Form;

/// Prints a conversation.
pub fn run(args: &FollowArgs, options: &Options) -> Outcome {
    let form = match args.format {
        TextOrJson::Text => Form::Text(screen::style(options)),
        TextOrJson::Jsonl => Form::Json,
    };
    let mut follow = Follow::new(ConnectionId(args.connection).into(), form, screen::out());
    read::read(&args.file, options, Counted::Frames, &mut follow)?;
    if follow.found() {
        return Ok(Status::Done);
    }
    let (file, wanted) = (args.file.display(), args.connection);
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
