//! What is to be done outside, done: files written, searches begun, the terminal told.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{self, Path};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::thread;

use super::config::setting::Setting;
use super::effect::Effect;
use super::event::Event;
use super::inspector::Inspector;
use super::live::capture::LiveCapture;
use super::live::keep::Keep;
use super::search::{Search, search};
use super::terminal::Screen;
use super::text;
use super::writing::{Content, Unwritten, Write};
use super::{config, draw};
use crate::base::number::wide;
use crate::trace::{ReadAt, Shared};

/// What effects work on.
pub(super) struct World {
    pub(super) screen: Screen,
    sender: Sender<Event>,
    /// The number of the newest search.
    newest: Arc<AtomicU64>,
}

impl World {
    /// Effects on this screen; what comes of them later is sent.
    pub(super) fn new(screen: Screen, sender: Sender<Event>) -> World {
        World { screen, sender, newest: Arc::default() }
    }

    /// Does what an update asks for; `false` to leave.
    pub(super) fn apply(&mut self, effect: Effect, inspector: &mut Inspector) -> io::Result<bool> {
        match effect {
            Effect::Quit => return Ok(false),
            Effect::Suspend => self.screen.suspend()?,
            Effect::Mouse(on) => self.screen.set_mouse(on)?,
            Effect::Send(bytes) => self.screen.send(&bytes)?,
            Effect::Redraw => self.screen.forget(),
            Effect::Filter(filtered) => {
                let (trace, store) = (inspector.state.trace.clone(), inspector.state.store.clone());
                let events = self.sender.clone();
                thread::Builder::new().name("filter".to_owned()).spawn(move || {
                    filtered.go_on(&trace, &*store, || {
                        // Nobody listens any more when the view is closed.
                        let _ = events.send(Event::Filtered);
                    });
                })?;
            }
            Effect::Search(search) => {
                start_search(
                    inspector.state.trace.clone(),
                    inspector.state.store.clone(),
                    search,
                    &self.newest,
                    self.sender.clone(),
                )?;
            }
            Effect::LeaveOff(number) => self.newest.store(number, Ordering::Relaxed),
            Effect::Keep(keep) => {
                if let Some(live) = &inspector.state.live {
                    start_keeping(live.clone(), keep, self.sender.clone());
                }
            }
            Effect::Save(setting) => inspector.state.message = Some(save(&setting)),
            Effect::Write(write) => {
                let picture;
                let bytes = match &write.content {
                    Content::Bytes(bytes) => bytes,
                    Content::Screen => {
                        inspector.settle(self.screen.size()?);
                        picture = draw::picture(inspector).into_bytes();
                        &picture
                    }
                };
                let result = write_file(&write.file, bytes).map(|()| wide(bytes.len()));
                inspector.update(Event::Wrote(outcome(write, result)));
            }
        }
        Ok(true)
    }
}

/// Puts something into the user's configuration; gives what is to be said.
fn save(setting: &Setting) -> String {
    let Some(folder) = config::folder() else { return "this user has no folder for a configuration".to_owned() };
    let file = folder.join("config.toml");
    let said = match setting.put_into_file(&file) {
        Ok(()) => format!("{}: saved in {}", setting.what(), file.display()),
        Err(wrong) => format!("{}: not saved: {wrong}", setting.what()),
    };
    text::safe(&said)
}

/// Starts a search on a thread of its own. What it finds comes as events.
fn start_search(
    trace: Shared,
    store: Arc<dyn ReadAt>,
    wanted: Search,
    newest: &Arc<AtomicU64>,
    events: Sender<Event>,
) -> io::Result<()> {
    newest.store(wanted.number, Ordering::Relaxed);
    let newest = newest.clone();
    thread::Builder::new().name("search".to_owned()).spawn(move || {
        search(&trace, &*store, &wanted, &newest, |outcome| {
            // Nobody listens any more when the view is closed.
            let _ = events.send(Event::Searched(wanted.number, outcome));
        });
    })?;
    Ok(())
}

/// Keeps what was captured on a thread of its own, and tells how that went.
fn start_keeping(live: LiveCapture, keep: Keep, events: Sender<Event>) {
    thread::spawn(move || {
        let result = live.keep(&keep);
        // Nobody listens after the end.
        let _ = events.send(Event::Kept(keep, result));
    });
}

/// Writes a new file; one that is there already is left alone, and one that cannot be written to its end is taken away.
fn write_file(file: &str, bytes: &[u8]) -> io::Result<()> {
    let mut made = File::create_new(file)?;
    made.write_all(bytes).inspect_err(|_| drop(fs::remove_file(file)))
}

/// What to say of a file, and where it was not written, what other name may do.
fn outcome(write: Write, result: io::Result<u64>) -> Result<String, Box<Unwritten>> {
    let path = Path::new(&write.file);
    let whole = path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let folder = whole.parent().unwrap_or(&whole).display();
    let name = whole.file_name().map_or_else(|| write.file.clone().into(), |name| name.to_string_lossy());
    let error = match result {
        Ok(size) => return Ok(format!("wrote {}, {}, to {name} in {folder}", write.what, text::size(size))),
        Err(error) => error,
    };
    let (why, file) = match error.kind() {
        io::ErrorKind::AlreadyExists => {
            (format!("{name} is in {folder} already, and is left as it is; another name?"), unused(path))
        }
        _ => (format!("cannot write {name} in the folder {folder}: {error}"), write.file.clone()),
    };
    Err(Box::new(Unwritten { why, write: Write { file, ..write } }))
}

/// A name like this one that no file has: `name-2.txt` for `name.txt`.
fn unused(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let suffix = path.extension().map(|suffix| format!(".{}", suffix.to_string_lossy())).unwrap_or_default();
    let numbered = (2..100).map(|number| path.with_file_name(format!("{stem}-{number}{suffix}")));
    let free = numbered.into_iter().find(|path| fs::symlink_metadata(path).is_err());
    free.unwrap_or_else(|| path.to_owned()).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(file: &Path, bytes: &[u8]) -> Result<String, Box<Unwritten>> {
        let file = file.to_str().unwrap().to_owned();
        let result = write_file(&file, bytes).map(|()| wide(bytes.len()));
        outcome(Write { what: "payload".to_owned(), file, content: Content::Bytes(bytes.to_vec()) }, result)
    }

    #[test]
    fn a_file_that_is_there_is_left_alone_and_another_name_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.b.txt");
        assert_eq!(
            written(&file, b"one").unwrap(),
            format!("wrote payload, 3 B, to a.b.txt in {}", folder.path().display())
        );
        let again = written(&file, b"two").unwrap_err();
        assert_eq!(std::fs::read(&file).unwrap(), b"one");
        assert!(again.why.starts_with("a.b.txt is in ") && again.why.contains(folder.path().to_str().unwrap()));
        assert_eq!(again.write.file, folder.path().join("a.b-2.txt").to_str().unwrap());
        assert_eq!(again.write.content, Content::Bytes(b"two".to_vec()));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed_and_a_folder_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(folder.path().join("elsewhere"), &link).unwrap();
        assert!(written(&link, b"x").is_err() && !folder.path().join("elsewhere").exists());
        let missing = folder.path().join("missing").join("x.txt");
        let why = written(&missing, b"x").unwrap_err().why;
        assert!(
            why.starts_with(&format!("cannot write x.txt in the folder {}", missing.parent().unwrap().display())),
            "{why}"
        );
    }
}
