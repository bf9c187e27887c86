//! Changes of a sidecar: made, unmade, and made again on what somebody else has written meanwhile.
//!
//! A change says what an entry was when its maker saw it and what it shall be. On a newer text each part of the entry that only
//! one of the two changed is taken from that one; where both changed the same part otherwise it is a [`Conflict`], and theirs
//! stays.

use std::fmt;

use toml_edit::Table;

use super::{Annotation, Lesson, Sidecar};

/// An annotation or a lesson.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// An annotation.
    Annotation(Annotation),
    /// A lesson.
    Lesson(Lesson),
}

impl Entry {
    /// Its name in the file.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Entry::Annotation(annotation) => &annotation.id,
            Entry::Lesson(lesson) => &lesson.id,
        }
    }
}

/// One thing that is done to a sidecar.
///
/// ```
/// use sockeye::teach::sidecar::{Annotation, Change, Entry, Sidecar};
/// let mut sidecar = Sidecar::parse("# mine\n").unwrap();
/// let note = Annotation::new("a".to_owned(), "#1.mask".parse().unwrap(), "why?");
/// let change = Change::added(Entry::Annotation(note));
/// sidecar.change(&change).unwrap();
/// assert!(sidecar.text().contains("text = \"why?\"") && sidecar.text().contains("# mine"));
/// sidecar.change(&change.undone()).unwrap();
/// assert_eq!(sidecar.annotations().count(), 0);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What was there; `None` where it is new.
    pub was: Option<Entry>,
    /// What shall be there; `None` where it goes.
    pub now: Option<Entry>,
}

/// Somebody else has changed the same since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Its id.
    pub id: String,
    /// What they made of it; `None` where they took it away.
    pub theirs: Option<Box<Entry>>,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.theirs.as_deref() {
            None => write!(f, "{} was removed meanwhile by somebody else", self.id),
            Some(Entry::Annotation(theirs)) => {
                write!(f, "{} was changed meanwhile by somebody else, to: {}", self.id, theirs.text)
            }
            Some(Entry::Lesson(_)) => write!(f, "the lesson {} was changed meanwhile by somebody else", self.id),
        }
    }
}

impl std::error::Error for Conflict {}

impl Change {
    /// Something new.
    #[must_use]
    pub fn added(entry: Entry) -> Change {
        Change { was: None, now: Some(entry) }
    }

    /// Something taken away.
    #[must_use]
    pub fn removed(entry: Entry) -> Change {
        Change { was: Some(entry), now: None }
    }

    /// One annotation made another, under the same id.
    #[must_use]
    pub fn annotation(was: Annotation, now: Annotation) -> Change {
        Change { was: Some(Entry::Annotation(was)), now: Some(Entry::Annotation(now)) }
    }

    /// What takes it back.
    #[must_use]
    pub fn undone(&self) -> Change {
        Change { was: self.now.clone(), now: self.was.clone() }
    }
}

impl Sidecar {
    /// Makes a change; gives what was made, which may hold what somebody else changed in the same entry. That is what
    /// undoing is made from.
    ///
    /// # Errors
    /// [`Conflict`]; then nothing has changed.
    pub fn change(&mut self, change: &Change) -> Result<Change, Conflict> {
        let Some(id) = change.now.as_ref().or(change.was.as_ref()).map(|entry| entry.id().to_owned()) else {
            return Ok(change.clone());
        };
        let there = self.get(&id);
        let conflict = |theirs: Option<Entry>| Conflict { id: id.clone(), theirs: theirs.map(Box::new) };
        let now = match (&there, &change.was, &change.now) {
            (there, was, now) if there == was || there == now => now.clone(),
            (Some(Entry::Annotation(theirs)), Some(Entry::Annotation(was)), Some(Entry::Annotation(now))) => {
                let merged = merged(was, theirs, now).ok_or_else(|| conflict(there.clone()))?;
                Some(Entry::Annotation(merged))
            }
            (None, Some(_), None) => None,
            (theirs, ..) => return Err(conflict(theirs.clone())),
        };
        self.begin();
        self.put(&id, there.as_ref(), now.as_ref());
        Ok(Change { was: there, now })
    }

    fn put(&mut self, id: &str, was: Option<&Entry>, now: Option<&Entry>) {
        match was.or(now) {
            Some(Entry::Annotation(_)) => {
                let annotation = now.and_then(|now| if let Entry::Annotation(now) = now { Some(now) } else { None });
                self.put_table("annotation", id, annotation.map(|now| |table: &mut Table| now.write(table)));
                self.annotations.retain(|known| known.id != id);
                self.annotations.extend(annotation.cloned());
                self.annotations.sort_by_key(|annotation| annotation.order);
            }
            Some(Entry::Lesson(_)) => {
                let lesson = |entry: Option<&Entry>| match entry {
                    Some(Entry::Lesson(lesson)) => Some(lesson.clone()),
                    _ => None,
                };
                let (was, now) = (lesson(was), lesson(now));
                let write = now.as_ref().map(|now| |table: &mut Table| now.write(table, was.as_ref()));
                self.put_table("lesson", id, write);
                match (self.lessons.iter_mut().find(|known| known.id == id), now) {
                    (Some(known), Some(now)) => *known = now,
                    (Some(_), None) => self.lessons.retain(|known| known.id != id),
                    (None, now) => self.lessons.extend(now),
                }
            }
            None => {}
        }
    }

    /// Writes the table of an entry, or takes it away.
    fn put_table(&mut self, name: &str, id: &str, write: Option<impl FnOnce(&mut Table)>) {
        let Some(tables) = self.tables(name) else { return };
        let index = tables.iter().position(|table| table.get("id").and_then(|item| item.as_str()) == Some(id));
        match (index.and_then(|index| Some((index, tables.get_mut(index)?))), write) {
            (Some((_, table)), Some(write)) => write(table),
            (None, Some(write)) => {
                let mut table = Table::new();
                write(&mut table);
                tables.push(table);
            }
            (Some((index, _)), None) => drop(tables.remove(index)),
            (None, None) => {}
        }
        if tables.is_empty() {
            self.document.remove(name);
        }
    }
}

/// Each part from whoever changed it; `None` where both did, and not alike.
fn merged(was: &Annotation, theirs: &Annotation, ours: &Annotation) -> Option<Annotation> {
    fn part<T: PartialEq + Clone>(was: &T, theirs: &T, ours: &T) -> Option<T> {
        if ours == was || ours == theirs { Some(theirs.clone()) } else { (theirs == was).then(|| ours.clone()) }
    }
    Some(Annotation {
        id: ours.id.clone(),
        at: part(&was.at, &theirs.at, &ours.at)?,
        text: part(&was.text, &theirs.text, &ours.text)?,
        label: part(&was.label, &theirs.label, &ours.label)?,
        colour: part(&was.colour, &theirs.colour, &ours.colour)?,
        author: part(&was.author, &theirs.author, &ours.author)?,
        made: part(&was.made, &theirs.made, &ours.made)?,
        order: part(&was.order, &theirs.order, &ours.order)?,
    })
}
