//! What a live capture has written so far, as one growing run of pcapng bytes.
//!
//! In: whole blocks, from the thread that captures. Out: the same bytes, in order, to whoever reads behind it
//! ([`Reader`], which waits for more), and at any place for whoever goes back ([`GrowingFile::read_at`]). The bytes lie in
//! files, one after another; where nothing is kept, or a file can take no more, they wait in memory until they are read
//! once. So a reader that falls behind costs disk, not memory, and loses nothing.
//!
//! Each file is a whole pcapng capture, and pcapng captures put end to end are one again: a place in the run is all
//! that the stages above need to know. Invariant: a file holds whole blocks only, and no byte follows in a file after
//! one has gone to memory.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::base::file::read_once;
use crate::base::limits::{LIVE_FILES, LIVE_QUEUE_BYTES};

/// How often a waiting writer looks whether it is still wanted.
const LOOK: Duration = Duration::from_millis(50);

/// The run of bytes. A clone is another handle to the same.
#[derive(Debug, Clone, Default)]
pub struct GrowingFile(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// More bytes, or the end.
    more: Condvar,
    /// Room in memory, or nobody who reads.
    room: Condvar,
}

#[derive(Debug, Default)]
struct State {
    files: VecDeque<Piece>,
    /// Bytes in files, those of removed ones included.
    end: u64,
    /// Files begun, and how many of them, the oldest, were removed from their folder.
    begun_files: u64,
    removed_files: u64,
    /// What follows the files.
    queue: VecDeque<Vec<u8>>,
    queued: usize,
    /// Bytes read of the first of them.
    begun: usize,
    /// Where the reader is, in the files.
    read: u64,
    over: bool,
    unread: bool,
}

/// One file of the run.
#[derive(Debug, Clone)]
struct Piece {
    start: u64,
    file: Arc<File>,
    /// Counted from 0.
    number: u64,
}

impl GrowingFile {
    fn state(&self) -> MutexGuard<'_, State> {
        // The state is whole between any two statements that change it.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes that will be appended from now on go to `file`, which is empty.
    pub(super) fn begin_file(&self, file: Arc<File>) {
        let mut state = self.state();
        let (start, number) = (state.end, state.begun_files);
        state.begun_files += 1;
        state.files.push_back(Piece { start, file, number });
        state.forget();
    }

    /// `bytes` were written to the newest file.
    pub(super) fn grown(&self, bytes: u64) {
        self.state().end += bytes;
        self.0.more.notify_all();
    }

    /// The oldest file that was not yet told was removed from its folder.
    pub(super) fn removed_oldest(&self) {
        let mut state = self.state();
        state.removed_files += 1;
        state.forget();
    }

    /// Bytes that no file takes. Waits while too many are waiting to be read, and the capture `goes_on`: what came last
    /// before it ended was received, so it is to be read too, and it is one burst.
    pub(super) fn queue(&self, bytes: Vec<u8>, goes_on: impl Fn() -> bool) {
        let mut state = self.state();
        while state.queued >= LIVE_QUEUE_BYTES && !state.unread && goes_on() {
            state = self.0.room.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
        if !state.unread {
            state.queued += bytes.len();
            state.queue.push_back(bytes);
        }
        self.0.more.notify_all();
    }

    /// No more will come.
    pub(super) fn finish(&self) {
        self.state().over = true;
        self.0.more.notify_all();
    }

    /// The bytes from the start on, waiting for those to come. There is one reader.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader { run: self.clone() }
    }

    /// Fills `buffer` with bytes from `position` on; fewer, or 0, where the run ends so far, or where a file is gone.
    ///
    /// # Errors
    /// Those of the file.
    pub fn read_at(&self, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut done = 0;
        while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let at = position.saturating_add(u64::try_from(done).unwrap_or(u64::MAX));
            let Some((file, from, len)) = self.state().place(at) else { break };
            let len = rest.len().min(len);
            let count = read_once(&file, rest.get_mut(..len).unwrap_or_default(), from)?;
            if count == 0 {
                break;
            }
            done += count;
        }
        Ok(done)
    }

    /// Copies everything that files hold to `to`.
    ///
    /// # Errors
    /// Those of the files.
    pub fn copy_to(&self, to: &mut impl io::Write) -> io::Result<u64> {
        let (mut position, end) = {
            let state = self.state();
            (state.files.front().map_or(0, |piece| piece.start), state.end)
        };
        let mut buffer = vec![0; 1024 * 1024];
        let mut copied = 0;
        while position < end {
            let count = self.read_at(position, &mut buffer)?;
            let whole = u64::try_from(count).unwrap_or(u64::MAX).min(end - position);
            let bytes = buffer.get(..usize::try_from(whole).unwrap_or(0)).unwrap_or_default();
            if bytes.is_empty() {
                break;
            }
            to.write_all(bytes)?;
            (position, copied) = (position + whole, copied + whole);
        }
        Ok(copied)
    }
}

impl State {
    /// The file that holds the byte at `position`, its place there, and how many bytes follow it in this file.
    fn place(&self, position: u64) -> Option<(Arc<File>, u64, usize)> {
        let index = self.files.partition_point(|piece| piece.start <= position).checked_sub(1)?;
        let piece = self.files.get(index)?;
        let end = self.files.get(index + 1).map_or(self.end, |next| next.start);
        let len = usize::try_from(end.checked_sub(position)?).unwrap_or(usize::MAX);
        (len > 0).then(|| (Arc::clone(&piece.file), position - piece.start, len))
    }

    /// Takes bytes from memory; `None` where there are none.
    fn take_queued(&mut self, buffer: &mut [u8]) -> Option<usize> {
        let from = self.queue.front()?.get(self.begun..)?;
        let count = from.len().min(buffer.len());
        buffer.get_mut(..count)?.copy_from_slice(from.get(..count)?);
        self.begun += count;
        if count == from.len() {
            self.queue.pop_front();
            self.begun = 0;
        }
        self.queued = self.queued.saturating_sub(count);
        Some(count)
    }

    /// Lets go of files that nobody can want any more, or that are too many to keep open.
    fn forget(&mut self) {
        while self.files.len() > 1 {
            let next = self.files.get(1).map_or(0, |piece| piece.start);
            let was_read = self.unread || next <= self.read;
            let removed = self.files.front().is_some_and(|piece| piece.number < self.removed_files);
            if !was_read || !(removed || self.files.len() > LIVE_FILES) {
                break;
            }
            self.files.pop_front();
        }
    }
}

/// Reads a [`GrowingFile`] from its start while it grows.
#[derive(Debug)]
pub struct Reader {
    run: GrowingFile,
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let shared = &self.run.0;
        let mut state = self.run.state();
        loop {
            if let Some((file, from, len)) = state.place(state.read) {
                drop(state);
                let len = buffer.len().min(len);
                let into = buffer.get_mut(..len).unwrap_or_default();
                let mut count = read_once(&file, into, from)?;
                if count == 0 {
                    // Somebody cut the file, which the writer counts and says. What follows keeps its place.
                    into.fill(0);
                    count = len;
                }
                let mut state = self.run.state();
                state.read += u64::try_from(count).unwrap_or(0);
                state.forget();
                return Ok(count);
            }
            if let Some(count) = state.take_queued(buffer) {
                shared.room.notify_all();
                return Ok(count);
            }
            if state.over {
                return Ok(0);
            }
            state = shared.more.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut state = self.run.state();
        state.unread = true;
        state.queue.clear();
        state.queued = 0;
        self.run.0.room.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn file(run: &GrowingFile) -> File {
        let file = tempfile::tempfile().unwrap();
        run.begin_file(Arc::new(file.try_clone().unwrap()));
        file
    }

    fn put(run: &GrowingFile, file: &mut File, bytes: &[u8]) {
        file.write_all(bytes).unwrap();
        run.grown(u64::try_from(bytes.len()).unwrap());
    }

    #[test]
    fn a_reader_follows_over_files_and_into_memory() {
        let run = GrowingFile::default();
        let mut reader = run.reader();
        let read = std::thread::spawn(move || {
            let mut all = Vec::new();
            reader.read_to_end(&mut all).unwrap();
            all
        });
        let mut first = file(&run);
        put(&run, &mut first, b"one ");
        put(&run, &mut first, b"two ");
        let mut second = file(&run);
        put(&run, &mut second, b"three ");
        run.queue(b"four ".to_vec(), || true);
        run.queue(b"five".to_vec(), || true);
        run.finish();
        assert_eq!(read.join().unwrap(), b"one two three four five");
        let mut buffer = [0; 7];
        assert_eq!(run.read_at(6, &mut buffer).unwrap(), 7, "over the seam of two files");
        assert_eq!(&buffer, b"o three");
        assert_eq!(run.read_at(14, &mut buffer).unwrap(), 0, "memory is read once");
        let mut copy = Vec::new();
        assert_eq!(run.copy_to(&mut copy).unwrap(), 14);
        assert_eq!(copy, b"one two three ");
    }

    #[test]
    fn a_removed_file_is_kept_until_it_was_read() {
        let run = GrowingFile::default();
        let mut reader = run.reader();
        let mut first = file(&run);
        put(&run, &mut first, b"one ");
        let mut second = file(&run);
        put(&run, &mut second, b"two ");
        run.removed_oldest();
        let mut buffer = [0; 16];
        assert_eq!(reader.read(&mut buffer).unwrap(), 4);
        assert_eq!(&buffer[..4], b"one ");
        assert_eq!(run.read_at(0, &mut buffer).unwrap(), 0, "now it is gone");
        assert_eq!(run.read_at(4, &mut buffer).unwrap(), 4);
        let mut copy = Vec::new();
        run.copy_to(&mut copy).unwrap();
        assert_eq!(copy, b"two ");
    }

    #[test]
    fn what_somebody_cut_off_does_not_move_what_follows() {
        let run = GrowingFile::default();
        let mut reader = run.reader();
        let mut first = file(&run);
        put(&run, &mut first, b"one two ");
        first.set_len(4).unwrap();
        let mut second = file(&run);
        put(&run, &mut second, b"three ");
        run.queue(b"four".to_vec(), || true);
        run.finish();
        let mut all = String::new();
        reader.read_to_string(&mut all).unwrap();
        assert_eq!(all, "one \0\0\0\0three four");
    }

    #[test]
    fn memory_is_bounded_and_a_reader_that_leaves_frees_the_writer() {
        let run = GrowingFile::default();
        let mut reader = run.reader();
        run.queue(vec![0; LIVE_QUEUE_BYTES], || true);
        let asked = std::cell::Cell::new(0);
        let ends_at_the_third = || {
            asked.set(asked.get() + 1);
            asked.get() < 3
        };
        run.queue(vec![1], ends_at_the_third);
        assert_eq!(asked.get(), 3, "full: it waits while the capture goes on");
        reader.read_exact(&mut vec![0; LIVE_QUEUE_BYTES]).unwrap();
        let mut last = [0];
        reader.read_exact(&mut last).unwrap();
        assert_eq!(last, [1], "what came last before the end is read");
        run.queue(vec![2; LIVE_QUEUE_BYTES], || panic!("there is room"));
        drop(reader);
        run.queue(vec![3], || panic!("nobody reads, so nothing has to wait"));
    }
}
