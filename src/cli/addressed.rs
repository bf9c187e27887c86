//! `FILE#ADDRESS` as an argument: the capture, the place in it, and the capture's index where more than the streams' order is
//! needed to find it.

use std::path::Path;
use std::sync::Arc;

use anyhow::anyhow;

use super::args::Options;
use super::failure::{Failure, complain};
use super::read;
use crate::capture::{self, ReadError, Source};
use crate::dissect;
use crate::trace::{Address, Bytes, Indexer, Item, Progress, ReadAt, Shared, Trace};

/// The capture, and the place in it where one is named. What there is under the whole name is a capture.
pub fn split(typed: &Path) -> Result<(&Path, Option<Address>), Failure> {
    let Some(text) = typed.to_str().filter(|_| !typed.exists()) else { return Ok((typed, None)) };
    if let Some((file, address)) = Address::after_file(text) {
        return Ok((Path::new(file), Some(address)));
    }
    match (Address::error_of(text), text.rsplit_once('#')) {
        // What stands before a sign is no capture: then nothing was meant behind it.
        (Some(error), Some((file, _))) if Path::new(file).exists() || file == "-" => Err(Failure::address(&error)),
        _ => Ok((typed, None)),
    }
}

/// The options with a filter that shows this item, and nothing else of what they show.
pub fn only(item: Item, options: &Options) -> Options {
    let own = match item {
        Item::Frame(number) => format!("ws.number == {number}"),
        Item::Message(number) => format!("ws.message == {number}"),
        Item::Socket(socket) => {
            let stream = socket.stream.map(|stream| format!(" && ws.stream == {stream}"));
            format!("tcp.stream == {}{}", socket.connection, stream.unwrap_or_default())
        }
    };
    let filter = match &options.filter {
        Some(filter) => format!("({filter}) && {own}"),
        None => own,
    };
    Options { filter: Some(filter), ..options.clone() }
}

/// A capture that was read to its end, with its index.
pub struct Indexed {
    shared: Shared,
    store: Arc<dyn ReadAt>,
    result: Result<(), ReadError>,
}

impl Indexed {
    /// Reads a capture. What was read is there even where reading fails: that is told at the [end](Self::end).
    pub fn read(source: Source, options: &Options) -> Result<Indexed, Failure> {
        let capture = source.capture(&capture::Options { spool: true, ..capture::Options::default() })?;
        let store: Arc<dyn ReadAt> = match capture.store() {
            Some(store) => Arc::new(store),
            None => Arc::new(Vec::new()),
        };
        let mut indexer = Indexer::new();
        let shared = indexer.shared();
        let driven = dissect::drive(capture, &read::dissecting(options), read::threads(options), &mut indexer);
        indexer.flush(Progress { finished: true, ..Progress::default() });
        if !options.quiet {
            let warnings = driven.capture.iter().flat_map(|capture| capture.warnings());
            warnings.for_each(|warning| complain(&warning.to_string()));
        }
        Ok(Indexed { shared, store, result: driven.result })
    }

    /// Whether reading failed, once what was read is shown.
    pub fn end(self) -> Result<(), Failure> {
        Ok(self.result?)
    }

    /// Shows what was found, and what reads its bytes back.
    pub fn look<T>(&self, look: impl FnOnce(Bytes<'_>) -> T) -> T {
        let trace = self.shared.read();
        let trace: &Trace = &trace;
        look(Bytes::new(trace, &*self.store))
    }
}

/// What is said where a capture does not have an item.
pub fn absent(file: &str, why: impl std::fmt::Display) -> Failure {
    Failure::argument(anyhow!("{file}: {why}"))
}
