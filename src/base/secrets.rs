//! Secrets that decrypt packets, as they become known while a capture is read.
//!
//! In: secrets, each with the packet it comes behind: from a pcapng's blocks, from a key log. Out: those that were known
//! at a packet, on whatever thread asks. The log only grows, and whoever reads it says how far its packets have come: a
//! thread that is behind does not see what the reader has met further on, so that any number of threads see the same.
//! What is kept is bounded by who puts it in.

use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use super::ids::PacketNumber;

/// Keys that decrypt packets of a capture (draft-ietf-opsawg-pcapng section 4.7). They print as nothing, and where they can
/// be used (with the feature `tls`) they are wiped when they are let go.
#[derive(Clone, PartialEq, Eq)]
pub struct Secrets {
    /// Their format: [`Secrets::TLS_KEY_LOG`] and others.
    pub kind: u32,
    /// The content, in that format.
    pub bytes: Vec<u8>,
    /// Number of the last packet before them; 0 where they were known from the start.
    pub after: PacketNumber,
}

impl Secrets {
    /// The NSS key log format (draft-ietf-tls-keylogfile).
    pub const TLS_KEY_LOG: u32 = 0x544c_534b;
}

impl fmt::Debug for Secrets {
    /// Says how long they are, and nothing else: it may stand in a log or a panic.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Secrets { kind, bytes, after } = self;
        write!(f, "Secrets({kind:#x}, {} bytes, after packet {after})", bytes.len())
    }
}

#[cfg(feature = "tls")]
impl Drop for Secrets {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.bytes);
    }
}

/// Opens what was sealed with keys that it holds, as often as somebody looks. It prints no key.
pub trait Unseal: fmt::Debug + Send + Sync {
    /// Opens a record in place, with its header, by its number since its keys came into use; `before` are the last bytes of
    /// the stream before it, as many as it [looks back](Unseal::looks_back). The range of its content; nothing where it does
    /// not open: then the bytes may have been changed.
    fn unseal(&self, number: u64, before: &[u8], record: &mut [u8]) -> Option<Range<usize>>;

    /// Bytes before a record on which it hangs: none, mostly.
    fn looks_back(&self) -> usize;

    /// Which keys they are, in words; never the keys.
    fn name(&self) -> String;
}

/// All secrets of a capture, in the order in which they became known. Clones are the same log.
///
/// ```
/// use sockeye::base::{SecretLog, Secrets};
/// let log = SecretLog::default();
/// log.add(Secrets { kind: Secrets::TLS_KEY_LOG, bytes: Vec::new(), after: 7 });
/// let mut seen = 0;
/// assert!(log.news(&mut seen, 7).is_empty());
/// assert_eq!(log.news(&mut seen, 8).len(), 1);
/// assert!(log.news(&mut seen, 9).is_empty());
/// ```
#[derive(Debug, Clone, Default)]
pub struct SecretLog(Arc<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// How many there are: to ask for news where there are none costs a load.
    count: AtomicUsize,
    /// More may come, from where nobody knows how far it is.
    expected: AtomicBool,
    entries: RwLock<Vec<Arc<Secrets>>>,
    /// What looks for those that stand further on in the capture, and what it found.
    search: Mutex<Option<Search>>,
    ahead: OnceLock<Vec<Arc<Secrets>>>,
}

struct Search(Box<dyn FnOnce() -> Vec<Secrets> + Send>);

impl fmt::Debug for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Search")
    }
}

impl SecretLog {
    /// Adds secrets. They may not come behind fewer packets than the last: where they would, they count from there.
    pub fn add(&self, mut secrets: Secrets) {
        let mut entries = self.0.entries.write().unwrap_or_else(PoisonError::into_inner);
        secrets.after = entries.last().map_or(0, |last| last.after).max(secrets.after);
        entries.push(Arc::new(secrets));
        self.0.count.store(entries.len(), Ordering::Release);
    }

    /// What became known before `packet` since `seen` entries were looked at; `seen` goes on to count them.
    pub fn news(&self, seen: &mut usize, packet: PacketNumber) -> Vec<Arc<Secrets>> {
        if self.0.count.load(Ordering::Acquire) <= *seen {
            return Vec::new();
        }
        let entries = self.0.entries.read().unwrap_or_else(PoisonError::into_inner);
        let unseen = entries.get(*seen..).unwrap_or_default();
        let news: Vec<_> = unseen.iter().take_while(|secrets| secrets.after < packet).map(Arc::clone).collect();
        *seen += news.len();
        news
    }

    /// Takes over what another log has by now.
    pub fn take_over(&self, other: &SecretLog) {
        if !Arc::ptr_eq(&self.0, &other.0) {
            if let Some(Search(search)) = other.0.search.lock().unwrap_or_else(PoisonError::into_inner).take() {
                self.search_with(search);
            }
            other.all().iter().for_each(|secrets| self.add(Secrets::clone(secrets)));
            if other.expects_more() {
                self.expect_more();
            }
        }
    }

    /// Says how those are found that stand further on in a capture which can be searched: once, and only if somebody asks.
    pub fn search_with(&self, search: impl FnOnce() -> Vec<Secrets> + Send + 'static) {
        *self.0.search.lock().unwrap_or_else(PoisonError::into_inner) = Some(Search(Box::new(search)));
    }

    /// Those that stand anywhere in the capture, where it can be searched: who has met sealed bytes and has no keys for them
    /// asks. They are the same whenever that is.
    #[must_use]
    pub fn ahead(&self) -> &[Arc<Secrets>] {
        self.0.ahead.get_or_init(|| {
            let search = self.0.search.lock().unwrap_or_else(PoisonError::into_inner).take();
            search.map(|search| search.0().into_iter().map(Arc::new).collect()).unwrap_or_default()
        })
    }

    /// Says that more may come at any time: what they open is worth keeping for a while.
    pub fn expect_more(&self) {
        self.0.expected.store(true, Ordering::Release);
    }

    /// More may come at any time.
    #[must_use]
    pub fn expects_more(&self) -> bool {
        self.0.expected.load(Ordering::Acquire)
    }

    /// All that are known by now, wherever they stand.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Secrets>> {
        self.0.entries.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(byte: u8, after: PacketNumber) -> Secrets {
        Secrets { kind: Secrets::TLS_KEY_LOG, bytes: vec![byte], after }
    }

    #[test]
    fn who_is_behind_does_not_see_what_was_read_ahead() {
        let log = SecretLog::default();
        for (byte, after) in [(0, 0), (1, 3), (2, 3), (3, 10)] {
            log.add(of(byte, after));
        }
        let bytes = |news: Vec<Arc<Secrets>>| news.iter().map(|secrets| secrets.bytes[0]).collect::<Vec<_>>();
        let (mut slow, mut fast) = (0, 0);
        assert_eq!(bytes(log.news(&mut fast, 11)), [0, 1, 2, 3]);
        assert_eq!(bytes(log.news(&mut slow, 1)), [0]);
        assert_eq!(bytes(log.news(&mut slow, 3)), [0; 0]);
        assert_eq!(bytes(log.news(&mut slow, 4)), [1, 2]);
        assert_eq!(bytes(log.news(&mut slow, 11)), [3]);
    }

    #[test]
    fn nothing_secret_is_printed() {
        let log = SecretLog::default();
        log.add(Secrets { kind: Secrets::TLS_KEY_LOG, bytes: b"CLIENT_RANDOM 5ec2e7".to_vec(), after: 3 });
        for text in [format!("{log:?}"), format!("{:#?}", log.all())] {
            assert!(!text.contains("5ec2e7") && !text.contains("67, 76") && text.contains("20 bytes"), "{text}");
        }
    }

    #[test]
    fn the_log_is_in_the_order_of_packets() {
        let log = SecretLog::default();
        log.add(of(0, 5));
        log.add(of(1, 2));
        assert_eq!(log.all()[1].after, 5);
        let mut seen = 0;
        assert!(log.news(&mut seen, 5).is_empty());
        assert_eq!((log.news(&mut seen, 6).len(), seen), (2, 2));
    }
}
