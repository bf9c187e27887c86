//! Where what is remembered of a capture lies, and how it gets there.
//!
//! In: a [`Session`], the folder of this user's state, and bytes of the capture, from which its name is made. Out: a file
//! of lines, readable by its owner only. Several inspectors may have the same capture open: each reads what the others
//! have written, under a lock, before it writes, and writes a new file that takes the place of the old one at once, so that
//! whoever is ended in the middle loses nothing. Only plain files of a sensible size are read, links are not followed, and
//! what cannot be read or written is said once and left alone.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use sha1::{Digest, Sha1};

use super::config;
use super::session::Session;
use super::state::State;
use super::text;
use crate::base::limits::SESSION_BYTES;
use crate::base::number::wide;
use crate::base::small_file;
use crate::trace::ReadAt;

/// Bytes of a capture that its name is made from: enough to tell captures apart, and read at once whatever the size.
const HASHED: usize = 64 * 1024;

/// The folder of the files, in that of this program.
const FOLDER: &str = "captures";

/// The file whose lock says that somebody is writing.
const LOCK: &str = "lock";

/// What is remembered of the capture that is shown.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The folder of all that is remembered; `None` where this user has none.
    folder: Option<PathBuf>,
    /// The folder in which earlier versions kept it.
    earlier: Option<PathBuf>,
    /// The name of the capture, once enough of it has been read.
    name: Option<String>,
    /// What was read or written last.
    known: Session,
    /// What was tried to be written last: where that fails, it is tried again only when there is more.
    tried: Session,
    /// It was said that it cannot be read or written.
    said: bool,
}

impl Memory {
    /// That of this user.
    pub fn of_user() -> Memory {
        let earlier = config::folder().map(|folder| folder.join(FOLDER));
        Memory::within(config::state_folder().map(|folder| folder.join(FOLDER)), earlier)
    }

    /// In these folders.
    fn within(folder: Option<PathBuf>, earlier: Option<PathBuf>) -> Memory {
        let earlier = earlier.filter(|earlier| Some(earlier) != folder.as_ref());
        Memory { folder, earlier, ..Memory::default() }
    }

    /// Takes up what is remembered, as soon as it is known which capture this is: when its first bytes have been read, or
    /// all of them (`whole`).
    pub fn recall(&mut self, state: &mut State, whole: bool) {
        let Some(folder) = self.folder.clone().filter(|_| self.name.is_none()) else { return };
        let Some(name) = name_of(&*state.store, whole) else { return };
        self.name = Some(name.clone());
        // A capture that is just being made was never looked at before.
        if state.live.is_some() {
            return;
        }
        match self.remembered(&folder, &name) {
            Ok(Some(session)) => {
                (self.known, self.tried) = (session.clone(), session.clone());
                state.resume(session);
            }
            Ok(None) => {}
            Err(wrong) => self.complain(state, &wrong),
        }
    }

    fn remembered(&self, folder: &Path, name: &str) -> Result<Option<Session>, String> {
        let file = folder.join(name);
        let session = read(&file).map_err(said_of(&file))?;
        let Some(earlier) = self.earlier.as_ref().map(|earlier| earlier.join(name)) else { return Ok(session) };
        if session.is_some() {
            return Ok(session);
        }
        let Ok(Some(session)) = read(&earlier) else { return Ok(None) };
        // It is taken over once: from then on only the new place counts.
        if change(folder, name, &session, &Session::default()).is_ok() {
            let _ = fs::remove_file(earlier);
        }
        Ok(Some(session))
    }

    /// Writes marks and the time reference down as soon as they are made. What is only where one stood can wait.
    pub fn keep_up(&mut self, state: &mut State) {
        if self.name.is_none() {
            let finished = state.trace.read().progress().finished;
            self.recall(state, finished);
        }
        let reference = state.reference.map(|reference| reference.0);
        let news = state.marks != self.tried.marks || reference != self.tried.reference;
        if news && self.name.is_some() {
            let mut session = self.known.clone();
            (session.marks, session.reference) = (state.marks.clone(), reference);
            self.tried = session.clone();
            if let Err(wrong) = self.keep(state, session) {
                self.complain(state, &wrong);
            }
        }
    }

    /// Writes down what is left to be written when the user leaves; gives what is to be said.
    pub fn keep_all(&mut self, state: &mut State) -> Option<String> {
        // A live capture is whole when it is left.
        if state.live.is_some() {
            self.recall(state, true);
        }
        let wrong = self.keep(state, state.session()).err()?;
        // A program that watches an interface may have given up the right to write there; where one stood is no loss.
        let is_loss = state.live.is_none() || !state.marks.is_empty();
        (is_loss && !self.said).then(|| format!("what was done in this capture is not remembered: {wrong}"))
    }

    fn keep(&mut self, state: &mut State, session: Session) -> Result<(), String> {
        // Of a live capture that nobody keeps there is nothing to come back to.
        let lost = state.live.as_ref().is_some_and(|live| live.kept.is_none() && live.saved == 0);
        let Some((folder, name)) = self.folder.as_ref().zip(self.name.as_ref()).filter(|_| !lost) else {
            return Ok(());
        };
        if session == self.known {
            return Ok(());
        }
        let merged = change(folder, name, &session, &self.known).map_err(said_of(folder))?;
        // Marks that others have set are there at once.
        state.marks = merged.marks.clone();
        self.known = session;
        self.known.marks = merged.marks;
        self.tried = self.known.clone();
        Ok(())
    }

    fn complain(&mut self, state: &mut State, wrong: &str) {
        if !std::mem::replace(&mut self.said, true) {
            let before = state.message.take().map(|message| format!("{message}; but ")).unwrap_or_default();
            state.message = Some(text::safe(&format!("{before}marks are forgotten at the end: {wrong}")));
        }
    }
}

fn said_of(path: &Path) -> impl Fn(io::Error) -> String + use<> {
    let path = path.display().to_string();
    move |error| format!("{path}: {error}")
}

/// The name of a capture, made from its first bytes; `None` where it has none yet.
fn name_of(store: &dyn ReadAt, whole: bool) -> Option<String> {
    let mut bytes = vec![0; HASHED];
    let mut len = 0;
    while let Some(rest) = bytes.get_mut(len..).filter(|rest| !rest.is_empty()) {
        match store.read_at(wide(len), rest) {
            Ok(0) | Err(_) => break,
            Ok(read) => len += read,
        }
    }
    // A file header alone is the same for all captures of a tool.
    let known = len == HASHED || whole && len > 64;
    known.then(|| hex::encode(Sha1::digest(bytes.get(..len).unwrap_or_default())))
}

/// What a file says; `None` where there is none.
fn read(path: &Path) -> io::Result<Option<Session>> {
    let bytes = small_file::read(path, SESSION_BYTES)?;
    Ok(bytes.map(|bytes| Session::read(&String::from_utf8_lossy(&bytes))))
}

/// Changes a file from what was known `before`, and gives what it says then.
fn change(folder: &Path, name: &str, session: &Session, before: &Session) -> io::Result<Session> {
    make_folder(folder)?;
    let _lock = lock(folder)?;
    let path = folder.join(name);
    let there = read(&path)?;
    let merged = session.merged(before, there.clone().unwrap_or_default());
    if merged.is_empty() {
        if there.is_some() {
            fs::remove_file(path)?;
        }
    } else if Some(&merged) != there.as_ref() {
        small_file::replace(&path, merged.write().as_bytes(), None)?;
    }
    Ok(merged)
}

/// The folder in which this user's captures are remembered, there from now on; `None` where this user has none. Whoever
/// confines itself to writing in some folders asks for it before.
#[must_use]
pub fn remembering() -> Option<PathBuf> {
    let folder = config::state_folder()?.join(FOLDER);
    make_folder(&folder).ok().map(|()| folder)
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// The lock of a folder, until it is dropped. Where the file system knows no locks, it goes without.
fn lock(folder: &Path) -> io::Result<File> {
    let mut how = OpenOptions::new();
    small_file::lock(small_file::open_plain(
        &folder.join(LOCK),
        SESSION_BYTES,
        how.read(true).write(true).create(true),
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::sample::Sample;
    use crate::tui::theme::Theme;
    use std::sync::Arc;

    /// Somebody who has the sample open.
    struct User {
        memory: Memory,
        state: State,
    }

    impl User {
        fn at(folder: &Path) -> User {
            let sample = Sample::session();
            let store = Arc::new(sample.store.clone());
            let mut state = State::new(sample.shared(), store, "x".to_owned(), Theme::dark());
            let (new, old) = (folder.join("state"), folder.join("config"));
            let mut memory = Memory::within(Some(new), Some(old));
            memory.recall(&mut state, true);
            User { memory, state }
        }

        fn mark(&mut self, letter: char, frame: u64) {
            let row = self.state.trace.read().frames().get(frame).unwrap();
            self.state.marks.insert(letter, crate::trace::Bookmark::of(&row));
            self.memory.keep_up(&mut self.state);
        }

        fn marks(&self) -> String {
            self.state.marks.keys().collect()
        }
    }

    /// The one file of a folder that is no lock.
    fn file(folder: &Path) -> PathBuf {
        let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let files: Vec<PathBuf> = files.filter(|file| !file.ends_with(LOCK)).collect();
        assert_eq!(files.len(), 1, "{files:?}");
        files[0].clone()
    }

    #[test]
    fn marks_are_there_as_soon_as_they_are_made_and_those_of_others_too() {
        let folder = tempfile::tempdir().unwrap();
        let (mut one, mut two) = (User::at(folder.path()), User::at(folder.path()));
        one.mark('a', 3);
        assert_eq!(User::at(folder.path()).marks(), "a", "nobody has left yet");
        two.mark('b', 5);
        assert_eq!((two.marks().as_str(), User::at(folder.path()).marks().as_str()), ("ab", "ab"));
        one.state.marks.remove(&'a');
        one.memory.keep_up(&mut one.state);
        two.mark('c', 6);
        assert_eq!(User::at(folder.path()).marks(), "bc");
        // Whoever leaves later takes nothing away.
        two.state.list.selected = 7;
        assert_eq!((two.memory.keep_all(&mut two.state), one.memory.keep_all(&mut one.state)), (None, None));
        let again = User::at(folder.path());
        assert_eq!(again.marks(), "bc");
        assert!(again.state.wanted.is_some());
    }

    #[test]
    fn nothing_to_remember_makes_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut user = User::at(folder.path());
        assert_eq!(user.memory.keep_all(&mut user.state), None);
        assert!(!folder.path().join("state").exists());
        user.mark('a', 1);
        user.state.marks.clear();
        user.memory.keep_up(&mut user.state);
        assert!(fs::read_dir(folder.path().join("state")).unwrap().all(|file| file.unwrap().file_name() == LOCK));
    }

    #[test]
    fn a_file_in_the_earlier_place_is_taken_over_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut user = User::at(folder.path());
        user.mark('a', 3);
        let (new, old) = (file(&folder.path().join("state")), folder.path().join("config"));
        fs::create_dir(&old).unwrap();
        let old = old.join(new.file_name().unwrap());
        fs::rename(&new, &old).unwrap();
        assert_eq!(User::at(folder.path()).marks(), "a");
        assert!(new.exists() && !old.exists());
        // A file that comes there later is that of an earlier version, and stays its own.
        fs::write(&old, "sockeye 1\nmark z 0 client 0\n").unwrap();
        assert_eq!(User::at(folder.path()).marks(), "a");
        assert!(old.exists());
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let mut user = User::at(folder.path());
        user.mark('a', 3);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let state = folder.path().join("state");
        assert_eq!((mode(&file(&state)), mode(&state.join(LOCK)), mode(&state)), (0o600, 0o600, 0o700));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_of_this_program_is_left_alone_and_said_once() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let mut user = User::at(folder.path());
        user.mark('a', 3);
        let path = file(&folder.path().join("state"));
        let elsewhere = folder.path().join("elsewhere");
        let huge = |path: &Path| File::create(path).unwrap().set_len(500_000_000).unwrap();
        let link = |path: &Path| {
            fs::write(&elsewhere, "sockeye 1\nmark z 0 client 0\n").unwrap();
            symlink(&elsewhere, path).unwrap();
        };
        let socket = |path: &Path| drop(std::os::unix::net::UnixListener::bind(path).unwrap());
        let folder_there = |path: &Path| fs::create_dir(path).unwrap();
        type Make<'a> = &'a dyn Fn(&Path);
        let cases: [(Make<'_>, &str); 4] = [
            (&huge, "longer than this program writes it"),
            (&link, "it is a link"),
            (&folder_there, "it is no plain file"),
            (&socket, ""),
        ];
        for (make, why) in cases {
            fs::remove_file(&path).or_else(|_| fs::remove_dir(&path)).unwrap();
            make(&path);
            let before = fs::symlink_metadata(&path).unwrap();
            let mut user = User::at(folder.path());
            let said = user.state.message.take().unwrap();
            assert!(said.contains(why) && said.contains(path.to_str().unwrap()), "{said}");
            user.mark('b', 2);
            assert_eq!(user.state.message, None, "it is said once");
            assert_eq!(user.memory.keep_all(&mut user.state), None);
            let after = fs::symlink_metadata(&path).unwrap();
            assert_eq!((after.len(), after.file_type()), (before.len(), before.file_type()));
        }
        assert!(!fs::read_to_string(&elsewhere).unwrap().contains("mark b"));
    }

    #[test]
    fn where_nothing_can_be_written_it_is_said_when_something_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        // No folder can be made where a file is, whoever one is.
        fs::write(folder.path().join("state"), "").unwrap();
        let mut user = User::at(folder.path());
        assert!(user.state.message.take().is_some_and(|said| said.contains("state")));
        fs::remove_file(folder.path().join("state")).unwrap();
        let mut user = User::at(folder.path());
        fs::write(folder.path().join("state"), "").unwrap();
        user.state.message = Some("mark a is frame 3".to_owned());
        user.mark('a', 3);
        let said = user.state.message.take().unwrap();
        assert!(said.starts_with("mark a is frame 3; but marks are forgotten at the end: "), "{said}");
        user.mark('b', 5);
        assert_eq!((user.state.message.take(), user.memory.keep_all(&mut user.state)), (None, None));
        assert_eq!(user.marks(), "ab", "they are there until the end");
        let mut user = User { memory: Memory { said: false, ..user.memory }, state: user.state };
        user.state.list.selected = 7;
        assert!(user.memory.keep_all(&mut user.state).is_some_and(|said| said.contains("is not remembered")));
    }

    #[test]
    fn whoever_holds_the_lock_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let mut user = User::at(folder.path());
        user.mark('a', 3);
        let state = folder.path().join("state");
        let held = lock(&state).unwrap();
        let writer = std::thread::spawn(move || {
            user.mark('b', 5);
            user.state.message
        });
        drop(held);
        assert_eq!(writer.join().unwrap(), None);
        assert_eq!(User::at(folder.path()).marks(), "ab");
    }

    #[test]
    fn a_capture_has_a_name_once_enough_of_it_is_there() {
        assert_eq!(name_of(&vec![1; HASHED - 1], false), None);
        let name = name_of(&vec![1; HASHED], false).unwrap();
        assert_eq!(name_of(&vec![1; 2 * HASHED], false).unwrap(), name);
        assert!(name_of(&vec![1; 65], true).is_some() && name_of(&vec![1; 64], true).is_none());
    }
}
