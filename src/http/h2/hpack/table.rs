//! The dynamic table (RFC 7541 section 2.3.2 and 4).

use std::collections::VecDeque;
use std::sync::{Arc, LazyLock};

use super::fixed;
use crate::base::number::wide;

/// What an entry takes besides its bytes (RFC 7541 section 4.1).
const OVERHEAD: u64 = 32;

/// The size of a table where nobody said otherwise (RFC 9113 section 6.5.2).
pub(super) const USUAL: u64 = 4096;

/// The static table as entries: most fields of most blocks are among them, and are not copied for each.
static FIXED: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let text = |text: &str| Some(Arc::from(text.as_bytes()));
    fixed::TABLE.iter().map(|(name, value)| Entry { name: text(name), value: text(value) }).collect()
});

/// A name and a value. Nothing where it was put into the table before the capture began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: Option<Arc<[u8]>>,
    pub(super) value: Option<Arc<[u8]>>,
}

impl Entry {
    fn size(&self) -> u64 {
        let len = |text: &Option<Arc<[u8]>>| text.as_ref().map_or(0, |text| wide(text.len()));
        OVERHEAD + len(&self.name) + len(&self.value)
    }
}

/// What an index leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// One that is seen, or is in the static table.
    Entry(Entry),
    /// It may be an entry that the capture lacks.
    Unseen,
    /// There is no such entry.
    Nothing,
}

/// The entries of one direction, the newest first.
#[derive(Debug)]
pub(super) struct Table {
    entries: VecDeque<Entry>,
    size: u64,
    most: u64,
    /// Entries were added that the capture lacks: the oldest ones.
    is_late: bool,
}

impl Table {
    pub(super) fn new(is_late: bool) -> Table {
        Table { entries: VecDeque::new(), size: 0, most: USUAL, is_late }
    }

    /// By index, from 1 on: first the static table (RFC 7541 section 2.3.3).
    pub(super) fn get(&self, index: u64) -> Found {
        let Some(index) = index.checked_sub(1).and_then(|index| usize::try_from(index).ok()) else {
            return Found::Nothing;
        };
        if let Some(entry) = FIXED.get(index) {
            return Found::Entry(entry.clone());
        }
        let dynamic = index - fixed::TABLE.len();
        match self.entries.get(dynamic) {
            Some(entry) => Found::Entry(entry.clone()),
            // No more entries than fit can be meant.
            None if self.is_late && wide(dynamic) < self.most / OVERHEAD => Found::Unseen,
            None => Found::Nothing,
        }
    }

    /// Adds an entry; the oldest make room (RFC 7541 section 4.4).
    pub(super) fn add(&mut self, entry: Entry) {
        let size = entry.size();
        self.shrink(self.most.saturating_sub(size));
        if size <= self.most {
            self.size += size;
            self.entries.push_front(entry);
        } else {
            // Which empties the table, of unseen entries too.
            self.is_late = false;
        }
    }

    /// The table may take so many bytes from now on (RFC 7541 section 4.3).
    pub(super) fn resize(&mut self, most: u64) {
        self.most = most;
        self.shrink(most);
        self.is_late &= most > 0;
    }

    fn shrink(&mut self, size: u64) {
        while self.size > size
            && let Some(oldest) = self.entries.pop_back()
        {
            // An entry that is seen goes only when all that are not have gone.
            self.is_late = false;
            self.size = self.size.saturating_sub(oldest.size());
        }
    }

    /// Entries were lost: what is there is older than those.
    pub(super) fn lose(&mut self) {
        self.entries.clear();
        self.size = 0;
        self.is_late = true;
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }
}

crate::base::pack::pack_struct!(Entry { name, value });
crate::base::pack::pack_struct!(Table { entries, size, most, is_late });
