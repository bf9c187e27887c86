//! `annotate`: what somebody has to say of a place in a capture, kept in a file beside it.
//!
//! In: an address and words; or the id of an annotation that is there. Out: the sidecar with the change made, and a line that
//! says what was done; or the list. The capture is read to find the place, and never written.

mod list;

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::ValueHint;
use jiff::Timestamp;

use super::addressed::{self, Indexed, absent};
use super::args::Options;
use super::failure::{Failure, Status, complain};
use super::format::TextOrJson;
use super::{Outcome, read, screen};
use crate::base::limits::ANNOTATION_BYTES;
use crate::base::number::wide;
use crate::output::Out;
use crate::teach::sidecar::store::{Store, StoreError, state_folder};
use crate::teach::sidecar::{Annotation, Change, Colour, Entry, Place, Sidecar};
use crate::teach::spot;
use crate::trace::{Address, Anchor};

pub(super) const EXAMPLES: &str = "\
Examples:
  sockeye annotate capture.pcap#12.mask 'A client must mask, so that ...'
  sockeye annotate 'capture.pcap#12.payload[4..7]' --label id --colour blue 'the order number'
  sockeye annotate capture.pcap#c0 - < notes.md
  sockeye annotate --list capture.pcap
  sockeye annotate --edit 5f0c21aa capture.pcap 'other words'
  sockeye annotate --remove 5f0c21aa capture.pcap

An address is a frame (#12), a message (#m3), a connection (#c0), or a part of one (#12.mask, \
#12.opcode:2 for a bit, #c0.request.Origin). Annotations are Markdown. They are kept in \
capture.pcap.sockeye.toml, which may be edited by hand; the capture is never written to.

Exit status: 0 done; 1 an argument that makes no sense, no such annotation, or somebody else has \
changed the same; 3 the capture cannot be opened, or the file beside it cannot be read or written; \
14 reading failed part-way.";

/// Arguments of `annotate`.
#[derive(Debug, clap::Args)]
pub struct Annotate {
    /// The place that the annotation is about; with --list, --edit and --remove the capture alone
    #[arg(value_name = "FILE#ADDRESS", value_hint = ValueHint::FilePath)]
    pub place: PathBuf,

    /// What there is to say, as Markdown; '-' reads it from standard input
    pub text: Option<String>,

    /// List the annotations of the capture
    #[arg(long, conflicts_with_all = ["text", "edit", "remove", "label", "colour", "author", "order"])]
    pub list: bool,

    /// Change the annotation with this id: its text, its place, or what other options name
    #[arg(long, value_name = "ID", conflicts_with = "remove")]
    pub edit: Option<String>,

    /// Take the annotation with this id away
    #[arg(long, value_name = "ID", conflicts_with_all = ["text", "label", "colour", "author", "order"])]
    pub remove: Option<String>,

    /// A word or two that stand for it in lists
    #[arg(long)]
    pub label: Option<String>,

    /// How it is marked: yellow, red, green, blue, purple, grey
    #[arg(long, value_name = "COLOUR", value_parser = colour)]
    pub colour: Option<Colour>,

    /// Who says it
    #[arg(long)]
    pub author: Option<String>,

    /// Its place among the others: lower numbers come first; behind all others where nothing is said
    #[arg(long, allow_negative_numbers = true)]
    pub order: Option<i64>,

    /// How to list
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "text", requires = "list")]
    pub format: TextOrJson,
}

fn colour(text: &str) -> Result<Colour, String> {
    Colour::named(text).ok_or_else(|| {
        let names: Vec<&str> = Colour::ALL.iter().map(|colour| colour.name()).collect();
        format!("it is one of {}", names.join(", "))
    })
}

/// Writes an annotation down, changes it, takes it away, or lists them all.
pub fn run(args: &Annotate, options: &Options) -> Outcome {
    if args.list {
        return list::run(&args.place, args.format, options);
    }
    match (&args.edit, &args.remove) {
        (Some(id), _) => edit(id, args, options),
        (_, Some(id)) => remove(id, &args.place),
        _ => add(args, options),
    }
}

fn add(args: &Annotate, options: &Options) -> Outcome {
    let (file, address) = addressed::split(&args.place)?;
    let Some(address) = address else {
        let name = file.display();
        return Err(Failure::argument(anyhow!(
            "{name}: which place of it? {name}#12 is frame 12, {name}#12.mask its mask"
        )));
    };
    let text = text(args)?
        .ok_or_else(|| Failure::argument(anyhow!("what is there to say? Give the text, or '-' to read it")))?;
    let at = anchor(file, &address, options)?;
    let store = store(file)?;
    let sidecar = load(&store)?;
    let annotation = Annotation {
        label: args.label.clone().unwrap_or_default(),
        colour: args.colour.unwrap_or_default(),
        author: args.author.clone().unwrap_or_default(),
        order: args.order.unwrap_or_else(|| sidecar.next_order()),
        made: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        ..Annotation::new(sidecar.new_id(), at, text)
    };
    let id = annotation.id.clone();
    change(&store, Change::added(Entry::Annotation(annotation)))?;
    say(&store, options, &format!("{id} is about {address}"))
}

fn edit(id: &str, args: &Annotate, options: &Options) -> Outcome {
    let (file, address) = addressed::split(&args.place)?;
    let store = store(file)?;
    let was = known(&store, id)?;
    let at = address.map(|address| anchor(file, &address, options)).transpose()?;
    let now = Annotation {
        at: at.unwrap_or_else(|| was.at.clone()),
        text: text(args)?.unwrap_or_else(|| was.text.clone()),
        label: args.label.clone().unwrap_or_else(|| was.label.clone()),
        colour: args.colour.unwrap_or(was.colour),
        author: args.author.clone().unwrap_or_else(|| was.author.clone()),
        order: args.order.unwrap_or(was.order),
        ..was.clone()
    };
    if now == was {
        return Err(Failure::argument(anyhow!(
            "what of {id} shall be changed? Give a text, a place, or --label, --colour ..."
        )));
    }
    change(&store, Change::annotation(was, now))?;
    say(&store, options, &format!("{id} is changed"))
}

fn remove(id: &str, file: &Path) -> Outcome {
    let store = store(addressed::split(file)?.0)?;
    change(&store, Change::removed(Entry::Annotation(known(&store, id)?)))?;
    Ok(Status::Done)
}

/// The annotation of this id.
fn known(store: &Store, id: &str) -> Result<Annotation, Failure> {
    let sidecar = load(store)?;
    if let Some(Entry::Annotation(found)) = sidecar.get(id) {
        return Ok(found);
    }
    let name = store.path().display();
    let ids: Vec<&str> = sidecar.annotations().map(|annotation| annotation.id.as_str()).take(10).collect();
    Err(Failure::argument(match ids.as_slice() {
        [] => anyhow!("{name}: there is no annotation yet"),
        ids => anyhow!("{name}: no annotation has the id '{id}'; there are {}; --list shows all", ids.join(", ")),
    }))
}

/// What was given as text, from wherever.
fn text(args: &Annotate) -> Result<Option<String>, Failure> {
    let text = match args.text.as_deref() {
        Some("-") => {
            let mut text = String::new();
            let mut input = std::io::stdin().lock().take(ANNOTATION_BYTES + 1);
            let read = input.read_to_string(&mut text);
            read.map_err(|error| Failure::argument(anyhow!("standard input: {error}")))?;
            Some(text.trim_end_matches(['\n', '\r']).to_owned())
        }
        text => text.map(str::to_owned),
    };
    match &text {
        Some(text) if text.trim().is_empty() => {
            Err(Failure::argument(anyhow!("the text is empty; --remove takes an annotation away")))
        }
        Some(text) if wide(text.len()) > ANNOTATION_BYTES => Err(Failure::argument(anyhow!(
            "the text is longer than the {ANNOTATION_BYTES} bytes that an annotation may have"
        ))),
        _ => Ok(text),
    }
}

/// Where that is in the capture; it is read to its end, since numbers follow the order in which frames end.
fn anchor(file: &Path, address: &Address, options: &Options) -> Result<Place, Failure> {
    let indexed = Indexed::read(read::source(file, options)?, options)?;
    let name = file.display().to_string();
    let found = indexed.look(|bytes| {
        let anchor = Anchor::of(address, bytes.trace()).map_err(|unfound| absent(&name, unfound))?;
        let nodes = spot::nodes(bytes, address.item).unwrap_or_default();
        if !address.is_whole() {
            spot::find(&nodes, address.item, &address.spot).map_err(|missing| absent(&name, missing))?;
        }
        Ok::<Place, Failure>(Place::Anchor(anchor))
    })?;
    indexed.end()?;
    Ok(found)
}

fn store(file: &Path) -> Result<Store, Failure> {
    Store::of(file, state_folder().as_deref()).map_err(failure)
}

fn load(store: &Store) -> Result<Sidecar, Failure> {
    let sidecar = store.load().map_err(failure)?;
    sidecar.faults.iter().for_each(|fault| complain(&format!("{}, {fault}", store.path().display())));
    Ok(sidecar)
}

fn change(store: &Store, change: Change) -> Result<(), Failure> {
    store.change(&[change]).map(drop).map_err(failure)
}

/// Says what was done, and where it is kept.
fn say(store: &Store, options: &Options, what: &str) -> Outcome {
    if options.quiet {
        return Ok(Status::Done);
    }
    let mut out: Out = screen::out();
    out.buffer().extend_from_slice(format!("{what}, in {}", store.path().display()).as_bytes());
    out.end_line();
    out.flush();
    Ok(Status::Done)
}

fn failure(error: StoreError) -> Failure {
    match error {
        StoreError::Conflict(conflict) => {
            Failure::argument(anyhow!("{conflict}; look at it with --list, then try again"))
        }
        other => Failure::file(anyhow!("{other}")),
    }
}
