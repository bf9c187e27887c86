//! What people write about a capture, kept in a file beside it: annotations and lessons.
//!
//! In: the text of a `FILE.sockeye.toml`, and [`Change`]s. Out: [`Annotation`]s and [`Lesson`]s; the text with the changes made,
//! in which everything else is as its user left it: comments, order, and what a later version knows. An entry that makes no
//! sense is a [`Fault`] with its line, stays in the file, and keeps nobody from the others. A text that is no TOML, or whose
//! version is a later one, is not changed at all.
//!
//! ```toml
//! version = 1
//!
//! [capture]                       # which capture it is about, wherever that lies
//! name = "hello.pcap"
//! size = 278
//! sha256 = "…"
//!
//! [[annotation]]
//! id = "5f0c21aa"
//! at = "c0 client 0.mask"         # an anchor, or an address: "#1.mask"
//! text = "A client *must* mask."
//! label = "why?"
//! colour = "yellow"
//! author = "R. Teacher"
//! made = "2026-11-29T12:00:00Z"
//! order = 1
//! ```
//!
//! A [`Lesson`] stands in `[[lesson]]`, its steps in `[[lesson.step]]`. The file itself, its lock and its place are
//! [`store`]'s.

mod annotation;
mod change;
mod entry;
mod lesson;
mod place;
pub mod store;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use toml_edit::{ArrayOfTables, Document, DocumentMut, Item, Table, value};

pub use annotation::{Annotation, Colour};
pub use change::{Change, Conflict, Entry};
pub use lesson::{Lesson, Question, Step};
pub use place::Place;

use entry::Reader;

/// The version of the file that is written, and the last that is understood.
const VERSION: i64 = 1;

/// What new files begin with.
const HEADING: &str = "# Annotations and lessons of sockeye. Edit it as you like; comments stay.\nversion = 1\n";

/// The annotations and lessons of one capture.
#[derive(Debug, Clone, Default)]
pub struct Sidecar {
    document: DocumentMut,
    /// Which capture it is about, where it says so.
    pub capture: Option<CaptureMark>,
    annotations: Vec<Annotation>,
    lessons: Vec<Lesson>,
    /// What in it makes no sense.
    pub faults: Vec<Fault>,
}

/// Which capture something is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CaptureMark {
    /// Its name when it was last seen, without its folder.
    pub name: String,
    /// Its length in bytes.
    pub size: u64,
    /// What [`store::fingerprint`] makes of its bytes, in hex.
    pub sha256: String,
}

/// Something in the file that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The line of the file, from 1.
    pub line: usize,
    /// What is wrong, in a sentence without its full stop.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for Fault {}

impl Sidecar {
    /// Reads the text of the file; an empty one is that of a new file.
    ///
    /// # Errors
    /// [`Fault`]: it is no TOML, or of a version that is not known here, and must not be written over.
    pub fn parse(text: &str) -> Result<Sidecar, Fault> {
        let line = |at: usize| text.get(..at).unwrap_or(text).matches('\n').count() + 1;
        let document = Document::parse(text).map_err(|error| Fault {
            line: line(error.span().map_or(0, |span| span.start)),
            message: error.message().lines().collect::<Vec<_>>().join(", "),
        })?;
        let mut reader = Reader::new(&line);
        let version = document.get("version").and_then(Item::as_integer).unwrap_or(VERSION);
        if version > VERSION {
            let message = format!("it is of version {version}, and this program knows those up to {VERSION}");
            return Err(Fault { line: 1, message });
        }
        let capture = document.get("capture").and_then(Item::as_table).map(|table| CaptureMark {
            name: reader.text(table, "name").unwrap_or_default(),
            size: reader.number(table, "size").unwrap_or_default(),
            sha256: reader.text(table, "sha256").unwrap_or_default(),
        });
        let mut annotations: Vec<Annotation> = reader.all(&document, "annotation", Annotation::read);
        let mut lessons: Vec<Lesson> = reader.all(&document, "lesson", Lesson::read);
        let mut seen = HashSet::new();
        annotations.retain(|annotation| reader.is_new(&mut seen, &annotation.id));
        lessons.retain(|lesson| reader.is_new(&mut seen, &lesson.id));
        annotations.sort_by_key(|annotation| annotation.order);
        let faults = reader.faults;
        Ok(Sidecar { document: document.into_mut(), capture, annotations, lessons, faults })
    }

    /// The text of the file.
    #[must_use]
    pub fn text(&self) -> String {
        self.document.to_string()
    }

    /// The annotations, those of a lower order first.
    pub fn annotations(&self) -> impl Iterator<Item = &Annotation> {
        self.annotations.iter()
    }

    /// The lessons, as they stand in the file.
    pub fn lessons(&self) -> impl Iterator<Item = &Lesson> {
        self.lessons.iter()
    }

    /// One of either, by its id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Entry> {
        let annotation = self.annotations.iter().find(|known| known.id == id).cloned().map(Entry::Annotation);
        annotation.or_else(|| self.lessons.iter().find(|known| known.id == id).cloned().map(Entry::Lesson))
    }

    /// An id that nothing in it has.
    #[must_use]
    pub fn new_id(&self) -> String {
        // Two who write at once do not know of each other: ids are drawn, not counted.
        loop {
            let id = format!("{:08x}", RandomState::new().build_hasher().finish() & 0xffff_ffff);
            if self.get(&id).is_none() {
                return id;
            }
        }
    }

    /// The order that puts an annotation behind all others.
    #[must_use]
    pub fn next_order(&self) -> i64 {
        self.annotations.iter().map(|annotation| annotation.order).max().unwrap_or(0).saturating_add(1)
    }

    /// It holds nothing that anybody wrote.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.annotations.is_empty() && self.lessons.is_empty() && self.faults.is_empty()
    }

    /// Says which capture it is about.
    pub fn mark(&mut self, mark: &CaptureMark) {
        self.begin();
        if self.capture.as_ref() == Some(mark) {
            return;
        }
        let table = self.document.entry("capture").or_insert_with(|| Item::Table(Table::new()));
        if let Some(table) = table.as_table_mut() {
            entry::set(table, "name", Some(value(&mark.name)));
            entry::set(table, "size", Some(value(i64::try_from(mark.size).unwrap_or(i64::MAX))));
            entry::set(table, "sha256", Some(value(&mark.sha256)));
        }
        self.capture = Some(mark.clone());
    }

    /// A new file says what it is.
    fn begin(&mut self) {
        if self.document.contains_key("version") {
            return;
        }
        if self.document.is_empty() && self.document.to_string().is_empty() {
            self.document = HEADING.parse().unwrap_or_default();
        } else {
            self.document.insert("version", value(VERSION));
        }
    }

    /// The array of tables of this name.
    fn tables(&mut self, name: &str) -> Option<&mut ArrayOfTables> {
        self.document.entry(name).or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new())).as_array_of_tables_mut()
    }
}
