//! Batches on their way from the capture to the shards.
//!
//! In: a capture. Out: for each shard every load, in the order of the capture. No thread is there only to read: a shard
//! that has nothing to do reads the next batch, for all, and is a shard again. So threads share all the work, however
//! much of it is reading. One reads at a time.
//!
//! The lock is held to take a load and to hand one over, never while packets are read or worked on. A fixed number of
//! loads goes round: where one shard lags behind, the others read only so far ahead of it.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::clock::Clock;
use super::datagrams::Datagrams;
use super::dealt_batch::{Dealer, DealtBatch};
use crate::base::limits;
use crate::capture::{Batch, Capture, ReadError};
use crate::net::Net;

/// The loads of one capture.
pub(super) struct BatchQueue<'c> {
    state: Mutex<State<'c>>,
    /// A load came, or there is room for one, or nothing more will come.
    changed: Condvar,
}

struct State<'c> {
    /// Away while somebody reads.
    reader: Option<Box<Reader<'c>>>,
    /// What each shard has still to take.
    queues: Vec<VecDeque<Arc<DealtBatch>>>,
    /// To be filled again. One that came back last is taken first: its memory is in a cache still, and where shards
    /// keep up only a few of them go round.
    spare: Vec<DealtBatch>,
    under_way: usize,
    /// Of the packets under way.
    bytes: usize,
    over: bool,
}

impl<'c> BatchQueue<'c> {
    /// The loads of `reader`'s capture, for `shards` shards.
    pub(super) fn new(reader: Reader<'c>, shards: usize) -> BatchQueue<'c> {
        let queues = (0..shards).map(|_| VecDeque::new()).collect();
        let reader = Some(Box::new(reader));
        let state = State { reader, queues, spare: Vec::new(), under_way: 0, bytes: 0, over: false };
        BatchQueue { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// The next load of a shard, which may have to be read first; `None` where there are no more.
    pub(super) fn next(&self, shard: usize) -> Option<Arc<DealtBatch>> {
        let mut state = self.state();
        loop {
            // Reading before the last load is done: who reads only then lets all others wait for it.
            let reads = state.queues.get(shard)?.len() < limits::LOADS_READY && state.can_read();
            if !reads && let Some(load) = state.queues.get_mut(shard)?.pop_front() {
                return Some(load);
            }
            state = self.read_or_wait(state)?;
        }
    }

    /// Reads for the shards, as far ahead as there may be loads, until nothing more will come.
    pub(super) fn read_ahead(&self) {
        let mut state = self.state();
        while let Some(next) = self.read_or_wait(state) {
            state = next;
        }
    }

    /// The last shard to be done with a load hands it back to be filled again.
    pub(super) fn give_back(&self, load: Arc<DealtBatch>) {
        let Some(load) = Arc::into_inner(load) else { return };
        let mut state = self.state();
        let had_room = state.has_room();
        state.take_back(load);
        let makes_room = !had_room && state.has_room();
        drop(state);
        if makes_room {
            self.changed.notify_one();
        }
    }

    /// Nobody wants more.
    pub(super) fn stop(&self) {
        let mut state = self.state();
        state.over = true;
        state.queues.iter_mut().for_each(VecDeque::clear);
        self.changed.notify_all();
    }

    /// Does `work`. Where that panics, others do not wait for what it would have done.
    pub(super) fn with<T>(&self, work: impl FnOnce(&Self) -> T) -> T {
        struct Stop<'l, 'c>(&'l BatchQueue<'c>);
        impl Drop for Stop<'_, '_> {
            fn drop(&mut self) {
                if std::thread::panicking() {
                    self.0.stop();
                }
            }
        }
        let stop = Stop(self);
        work(stop.0)
    }

    /// The reader, after everything. `None` where it was lost with a thread that panicked.
    pub(super) fn into_reader(self) -> Option<Reader<'c>> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.reader.map(|reader| *reader)
    }

    fn state(&self) -> MutexGuard<'_, State<'c>> {
        // The state is whole between any two statements that change it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a load where that can be done now, or waits until something has changed; `None` where nothing more will.
    fn read_or_wait<'s>(&'s self, mut state: MutexGuard<'s, State<'c>>) -> Option<MutexGuard<'s, State<'c>>> {
        if state.over {
            return None;
        }
        let can_read = state.can_read();
        let Some(mut reader) = state.reader.take_if(|_| can_read) else {
            return Some(self.changed.wait(state).unwrap_or_else(PoisonError::into_inner));
        };
        let mut load = state.spare.pop().unwrap_or_default();
        drop(state);
        let read = reader.read(&mut load);
        let mut state = self.state();
        state.reader = Some(reader);
        if read {
            state.hand_out(load)
        } else {
            state.over = true
        }
        self.changed.notify_all();
        Some(state)
    }
}

impl State<'_> {
    fn has_room(&self) -> bool {
        self.under_way < limits::LOADS && self.bytes < limits::LOADS_BYTES
    }

    fn can_read(&self) -> bool {
        !self.over && self.reader.is_some() && self.has_room()
    }

    fn hand_out(&mut self, load: DealtBatch) {
        self.under_way += 1;
        self.bytes += load.batch.memory();
        let load = Arc::new(load);
        if !self.over {
            self.queues.iter_mut().for_each(|queue| queue.push_back(Arc::clone(&load)));
        }
    }

    fn take_back(&mut self, load: DealtBatch) {
        self.under_way = self.under_way.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(load.batch.memory());
        // One that was made large for a packet must not stay so while it waits.
        if load.batch.memory() <= 2 * limits::BATCH_BYTES {
            self.spare.push(load);
        }
    }
}

/// Reads batches, finds their segments and deals them.
pub(super) struct Reader<'c> {
    capture: &'c mut Capture,
    /// What was read before.
    beginning: VecDeque<Batch>,
    pub(super) net: Net,
    pub(super) datagrams: Datagrams,
    pub(super) clock: Clock,
    dealer: Dealer,
    /// How reading ended.
    pub(super) result: Result<(), ReadError>,
}

impl<'c> Reader<'c> {
    /// A reader of `capture` for `shards` shards, of which `beginning` was read already, with that result.
    pub(super) fn new(
        capture: &'c mut Capture,
        (beginning, result): (VecDeque<Batch>, Result<(), ReadError>),
        shards: usize,
    ) -> Reader<'c> {
        Reader {
            capture,
            beginning,
            net: Net::default(),
            datagrams: Datagrams::default(),
            clock: Clock::default(),
            dealer: Dealer::new(shards),
            result,
        }
    }

    /// Fills `load`; `false` at the end of what can be read.
    fn read(&mut self, load: &mut DealtBatch) -> bool {
        if let Some(batch) = self.beginning.pop_front() {
            load.batch = batch;
        } else if self.result.is_err() {
            return false;
        } else {
            match self.capture.next_batch(&mut load.batch) {
                Ok(true) => {}
                Ok(false) => return false,
                Err(error) => {
                    self.result = Err(error);
                    return false;
                }
            }
        }
        load.deal(&mut self.net, &mut self.datagrams, &mut self.clock, &mut self.dealer);
        true
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::thread;

    use super::*;
    use crate::base::{LinkType, PacketNumber, Timestamp};
    use crate::capture::write::Writer;
    use crate::capture::{self, open_reader};

    /// A capture of `count` packets of `len` bytes.
    pub(in crate::dissect) fn capture(count: u64, len: usize) -> Capture {
        let mut out = Writer::new(Vec::new(), "test").unwrap();
        out.interface(LinkType::RAW, 0, None).unwrap();
        let data = vec![0; len];
        for _ in 0..count {
            out.packet(0, Timestamp(1), u32::try_from(len).unwrap(), &data, None).unwrap();
        }
        open_reader("test", std::io::Cursor::new(out.into_inner()), &capture::Options::default()).unwrap()
    }

    fn reader(capture: &mut Capture, shards: usize) -> Reader<'_> {
        Reader::new(capture, (VecDeque::new(), Ok(())), shards)
    }

    /// Takes every load of a shard and gives it back; the numbers of their packets.
    fn take_all(loads: &BatchQueue<'_>, shard: usize, look: impl Fn(&State<'_>)) -> Vec<PacketNumber> {
        let mut numbers = Vec::new();
        while let Some(load) = loads.next(shard) {
            look(&loads.state());
            numbers.extend(load.batch.packets().map(|packet| packet.number));
            loads.give_back(load);
        }
        numbers
    }

    #[test]
    fn each_shard_gets_every_load_in_order() {
        for shards in [1, 2, 5] {
            let mut capture = capture(20_000, 1000);
            let loads = BatchQueue::new(reader(&mut capture, shards), shards);
            let all: Vec<PacketNumber> = (1..=20_000).collect();
            thread::scope(|scope| {
                let took = |shard| {
                    let loads = &loads;
                    scope.spawn(move || take_all(loads, shard, |_| {}))
                };
                let took: Vec<_> = (0..shards).map(took).collect();
                took.into_iter().for_each(|took| assert_eq!(took.join().unwrap(), all));
            });
            assert!(loads.into_reader().unwrap().result.is_ok());
        }
    }

    /// Whoever lags behind holds the others up: there are no more loads than there may be, nor more bytes.
    #[test]
    fn memory_is_bounded() {
        for (count, len) in [(120_000, 200), (50, 5_000_000)] {
            let mut capture = capture(count, len);
            let loads = BatchQueue::new(reader(&mut capture, 2), 2);
            let most = AtomicU64::new(0);
            let look = |state: &State<'_>| {
                assert!(state.under_way <= limits::LOADS);
                // The last one may pass the limit; its buffer has grown by doubling.
                assert!(state.bytes <= limits::LOADS_BYTES + 2 * (len + limits::BATCH_BYTES), "{}", state.bytes);
                most.fetch_max(u64::try_from(state.under_way).unwrap(), Ordering::Relaxed);
            };
            thread::scope(|scope| {
                scope.spawn(|| loads.with(|loads| take_all(loads, 0, look)));
                scope.spawn(|| loads.with(BatchQueue::read_ahead));
                loads.with(|loads| {
                    let first = loads.next(1).unwrap();
                    // Long enough for the others to come as far as they may, where the machine lets them.
                    thread::sleep(std::time::Duration::from_millis(20));
                    look(&loads.state());
                    loads.give_back(first);
                    take_all(loads, 1, look);
                });
            });
            assert!(most.into_inner() > 1);
        }
    }

    #[test]
    fn a_panic_leaves_nobody_waiting() {
        let mut capture = capture(120_000, 200);
        let loads = BatchQueue::new(reader(&mut capture, 2), 2);
        thread::scope(|scope| {
            let waits = scope.spawn(|| take_all(&loads, 0, |_| {}));
            let panics = scope.spawn(|| {
                loads.with(|loads| {
                    let _load = loads.next(1);
                    std::panic::resume_unwind(Box::new("on purpose"));
                })
            });
            assert!(panics.join().is_err());
            // It has not seen all: the one that panicked holds a load, and more than there may be follow.
            assert!(waits.join().unwrap().len() < 120_000);
        });
    }

    #[test]
    fn who_wants_no_more_ends_it_for_all() {
        let mut capture = capture(120_000, 200);
        let loads = BatchQueue::new(reader(&mut capture, 1), 1);
        thread::scope(|scope| {
            scope.spawn(|| loads.read_ahead());
            let load = loads.next(0).unwrap();
            loads.give_back(load);
            loads.stop();
            assert!(loads.next(0).is_none());
        });
        assert!(loads.into_reader().is_some());
    }
}
