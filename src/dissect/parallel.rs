//! The dissector on several threads.
//!
//! One thread reads the capture and finds the segments ([`Load`]); shards, a thread each, own their connections. Where
//! order matters, what they find goes in parcels to the caller's thread, which puts it together ([`Merger`]) and tells
//! the sink. Fixed numbers of loads and of parcels go round: who is faster than the next waits for one to come back.
//! Nothing is locked while packets are worked on.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender, channel, sync_channel};
use std::thread;

use super::dissector::{self, Clock, Counts, Dissector, Options};
use super::findings::{Findings, Ordered, Unordered};
use super::load::{Dealer, Load};
use super::merge::Merger;
use super::order::{Order, Totals};
use super::parcel::{Sender, Step, When};
use super::shard::{Shard, Tally};
use super::sink::{MessagePlace, Sink};
use crate::base::{PacketNumber, limits};
use crate::capture::{Batch, Capture, ReadError};
use crate::net::Net;
use crate::tcp;
use crate::websocket::Message;

/// Dissects a whole capture into one sink, in order: the same calls on one thread as on many.
///
/// # Errors
/// Reading failed part-way; everything read before was told.
pub fn run<S: Sink>(
    capture: &mut Capture,
    options: &Options,
    threads: usize,
    sink: &mut S,
) -> (Counts, Result<(), ReadError>) {
    if threads < 2 {
        return run_here(capture, options, sink);
    }
    let beginning = Beginning::read(capture);
    if options.spread.unwrap_or_else(|| beginning.inflates(options)) {
        run_spread(capture, beginning, options, threads, sink)
    } else {
        run_behind(capture, beginning, options, sink)
    }
}

/// The first batches of a capture.
struct Beginning {
    batches: VecDeque<Batch>,
    result: Result<(), ReadError>,
}

impl Beginning {
    fn read(capture: &mut Capture) -> Beginning {
        let mut batches = VecDeque::new();
        let mut bytes = 0;
        // A batch is larger than usual where a packet is.
        while batches.len() < limits::BATCHES_TRIED && bytes < limits::BATCHES_TRIED * limits::BATCH_BYTES {
            let mut batch = Batch::new();
            match capture.next_batch(&mut batch) {
                Ok(true) => {
                    bytes += batch.memory();
                    batches.push_back(batch);
                }
                Ok(false) => break,
                Err(error) => return Beginning { batches, result: Err(error) },
            }
        }
        Beginning { batches, result: Ok(()) }
    }

    /// Most of its messages are compressed. Then the work is in the shards. Otherwise it is in the sink, which is one, and
    /// to carry each small frame to it from another thread would cost more than to find it.
    fn inflates(&self, options: &Options) -> bool {
        let mut dissector = Dissector::new(options.clone());
        let mut messages = Messages::default();
        for packet in self.batches.iter().flat_map(Batch::packets) {
            dissector.push(&packet, &mut messages);
        }
        messages.compressed > messages.all / 2
    }
}

/// Counts messages.
#[derive(Debug, Default)]
struct Messages {
    all: u64,
    compressed: u64,
}

impl Sink for Messages {
    fn message(&mut self, _: &MessagePlace<'_>, message: &Message<'_>) {
        self.all += 1;
        self.compressed += u64::from(message.compressed);
    }
}

/// One thread reads and finds segments, this one does the rest.
fn run_behind<S: Sink>(
    capture: &mut Capture,
    beginning: Beginning,
    options: &Options,
    sink: &mut S,
) -> (Counts, Result<(), ReadError>) {
    let (to_shard, loads) = sync_channel(limits::LOADS);
    let (back, returned) = channel();
    thread::scope(|scope| {
        let reader = scope.spawn(move || Reader::new(1, beginning).read(capture, &[to_shard], &returned));
        let mut shard = Shard::new(options.clone(), 1);
        let mut order = Order::default();
        let mut last = tcp::Now::default();
        for load in loads {
            if last.packet == 0
                && let Some(packet) = load.batch.get(0)
            {
                sink.started(packet.at());
            }
            let mut findings = Ordered { order: &mut order, sink };
            last = load.end;
            work(&mut shard, 0, &load, &mut findings, |shard, findings, when| {
                if matches!(when.step, Step::Swept | Step::Done) {
                    findings.set_limit(shard.oldest_pending());
                }
            });
            give_back(load, &back);
            sink.caught_up();
            if sink.is_done() {
                break;
            }
        }
        drop(back);
        let mut findings = Ordered { order: &mut order, sink };
        findings.set_limit(Some(0));
        shard.finish(&last, &mut findings);
        order.finish(sink);
        joined(reader.join(), |reader| reader.counts(shard.counts(), order.told()))
    })
}

/// Connections are spread over `threads` shards.
fn run_spread<S: Sink>(
    capture: &mut Capture,
    beginning: Beginning,
    options: &Options,
    threads: usize,
    sink: &mut S,
) -> (Counts, Result<(), ReadError>) {
    let shards = threads.min(limits::SHARDS);
    let (back, returned) = channel();
    let wants = sink.wants();
    thread::scope(|scope| {
        let (mut to_shards, mut workers, mut streams) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..shards {
            let (to_shard, loads) = sync_channel(limits::LOADS);
            let (to_merger, parcels) = sync_channel(limits::PARCELS);
            let (parcel_back, parcels_returned) = channel();
            to_shards.push(to_shard);
            streams.push((parcels, parcel_back));
            let most = (limits::PARCEL_BYTES / shards).max(limits::PARCEL_BYTES_AT_LEAST);
            let sender = Sender::new(to_merger, parcels_returned, wants, most);
            let (back, options) = (back.clone(), options.clone());
            workers.push(scope.spawn(move || send((number, shards), sender, options, &loads, &back)));
        }
        drop(back);
        let reader = scope.spawn(move || Reader::new(shards, beginning).read(capture, &to_shards, &returned));
        let mut merger = Merger::new(streams);
        merger.run(sink);
        let told = merger.order.told();
        // Where the sink wants no more, shards find nobody who takes what they found, and the reader no shard.
        drop(merger);
        let tally = workers.into_iter().map(|worker| finished(worker.join())).fold(Tally::default(), Tally::plus);
        joined(reader.join(), |reader| reader.counts(tally, told))
    })
}

/// A shard whose findings are put in order elsewhere.
fn send(
    (number, shards): (usize, usize),
    mut sender: Sender,
    options: Options,
    loads: &Receiver<Arc<Load>>,
    back: &mpsc::Sender<Load>,
) -> Tally {
    let mut shard = Shard::new(options, shards);
    let mut last = tcp::Now::default();
    for load in loads {
        if last.packet == 0
            && let Some(packet) = load.batch.get(0)
        {
            sender.first(packet.at());
        }
        last = load.end;
        work(&mut shard, number, &load, &mut sender, |shard, sender, when| sender.at(when, shard));
        give_back(load, back);
        sender.send(last.packet);
        if sender.refused {
            return shard.counts();
        }
    }
    sender.at(When { packet: PacketNumber::MAX, step: Step::Sweep }, &shard);
    shard.finish(&last, &mut sender);
    sender.send(PacketNumber::MAX);
    shard.counts()
}

fn finished<T>(joined: thread::Result<T>) -> T {
    match joined {
        Ok(done) => done,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

fn run_here<S: Sink>(capture: &mut Capture, options: &Options, sink: &mut S) -> (Counts, Result<(), ReadError>) {
    let mut dissector = Dissector::new(options.clone());
    let mut batch = Batch::new();
    let mut started = false;
    let result = loop {
        match capture.next_batch(&mut batch) {
            Ok(true) => {}
            Ok(false) => break Ok(()),
            Err(error) => break Err(error),
        }
        for packet in batch.packets() {
            if !std::mem::replace(&mut started, true) {
                sink.started(packet.at());
            }
            dissector.push(&packet, sink);
            if sink.is_done() {
                break;
            }
        }
        sink.caught_up();
        if sink.is_done() {
            break Ok(());
        }
    };
    dissector.finish(sink);
    (dissector.counts(), result)
}

/// Dissects a whole capture into one sink for each of `threads` shards, for sinks that only add up. Frames and
/// messages come without numbers, and connections with numbers of their shard's own.
///
/// # Errors
/// Reading failed part-way; everything read before was told.
pub fn reduce<S: Sink + Send>(
    capture: &mut Capture,
    options: &Options,
    threads: usize,
    make: impl Fn() -> S,
) -> (Vec<S>, Counts, Result<(), ReadError>) {
    let shards = threads.clamp(1, limits::SHARDS);
    let (back, returned) = channel();
    thread::scope(|scope| {
        let mut to_shards = Vec::new();
        let mut workers = Vec::new();
        for number in 0..shards {
            let (to_shard, loads) = sync_channel(limits::LOADS);
            to_shards.push(to_shard);
            let (sink, back, options) = (make(), back.clone(), options.clone());
            workers.push(scope.spawn(move || shard((number, shards), sink, options, &loads, &back)));
        }
        drop(back);
        let beginning = Beginning { batches: VecDeque::new(), result: Ok(()) };
        let (reader, result) = Reader::new(shards, beginning).read(capture, &to_shards, &returned);
        drop(to_shards);
        let mut sinks = Vec::new();
        let mut counts = Tally::default();
        let mut told = Totals::default();
        for worker in workers {
            let done = finished(worker.join());
            counts = counts.plus(done.counts);
            told.frames += done.told.0;
            told.messages += done.told.1;
            sinks.push(done.sink);
        }
        (sinks, reader.counts(counts, told), result)
    })
}

/// What a shard's thread gives back.
struct Done<S> {
    sink: S,
    counts: Tally,
    told: (u64, u64),
}

fn shard<S: Sink>(
    (number, shards): (usize, usize),
    mut sink: S,
    options: Options,
    loads: &Receiver<Arc<Load>>,
    back: &mpsc::Sender<Load>,
) -> Done<S> {
    let mut shard = Shard::new(options, shards);
    let mut findings = Unordered::new(&mut sink);
    let mut last = tcp::Now::default();
    for load in loads {
        last = load.end;
        work(&mut shard, number, &load, &mut findings, |_, _, _| {});
        give_back(load, back);
    }
    shard.finish(&last, &mut findings);
    let told = findings.told();
    Done { sink, counts: shard.counts(), told }
}

/// One load through one shard; `pace` is told each step.
fn work<F: Findings>(
    shard: &mut Shard,
    number: usize,
    load: &Load,
    findings: &mut F,
    pace: impl Fn(&Shard, &mut F, When),
) {
    let sweep = |shard: &mut Shard, findings: &mut F, index: usize| {
        let now = load.now(index);
        pace(shard, findings, When { packet: now.packet, step: Step::Sweep });
        shard.sweep(&now, findings);
        pace(shard, findings, When { packet: now.packet, step: Step::Swept });
        now
    };
    let mut next = 0;
    load.segments(number, |index, segment, at, position| {
        // Packets of others pass too; they matter only where something waits.
        while next < index && shard.is_waiting() {
            sweep(shard, findings, next);
            next += 1;
        }
        let now = if next <= index { sweep(shard, findings, index) } else { load.now(index) };
        next = index + 1;
        pace(shard, findings, When { packet: now.packet, step: Step::Segment });
        shard.push(segment, at, position, &now, findings);
        pace(shard, findings, When { packet: now.packet, step: Step::Done });
    });
    while next < load.packets() && shard.is_waiting() {
        sweep(shard, findings, next);
        next += 1;
    }
}

/// The last shard to be done with a load hands it back to be filled again.
fn give_back(load: Arc<Load>, back: &mpsc::Sender<Load>) {
    if let Some(load) = Arc::into_inner(load) {
        // The reader is gone where the capture has ended; then the memory is too.
        let _ = back.send(load);
    }
}

/// Loads to be filled. One that came back last is taken first: its memory is in a cache still, and where shards keep up
/// only a few of them go round.
struct Spares<'r> {
    returned: &'r Receiver<Load>,
    spare: Vec<Load>,
    under_way: usize,
    /// Of the packets under way.
    bytes: usize,
}

impl Spares<'_> {
    /// Waits for one where as many as there may be, or as much, are under way; `None` where none will come back.
    fn take(&mut self) -> Option<Load> {
        while let Ok(load) = self.returned.try_recv() {
            self.came_back(load);
        }
        while self.under_way >= limits::LOADS || self.bytes >= limits::LOADS_BYTES {
            let load = self.returned.recv().ok()?;
            self.came_back(load);
        }
        Some(self.spare.pop().unwrap_or_default())
    }

    fn goes(&mut self, load: &Load) {
        self.under_way += 1;
        self.bytes += load.batch.memory();
    }

    fn came_back(&mut self, load: Load) {
        self.under_way = self.under_way.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(load.batch.memory());
        // One that was made large for a packet must not stay so while it waits.
        if load.batch.memory() <= 2 * limits::BATCH_BYTES {
            self.spare.push(load);
        }
    }
}

/// Reads batches, finds their segments and deals them.
struct Reader {
    net: Net,
    clock: Clock,
    dealer: Dealer,
    /// What was read before.
    beginning: Beginning,
}

impl Reader {
    fn new(shards: usize, beginning: Beginning) -> Reader {
        Reader { net: Net::default(), clock: Clock::default(), dealer: Dealer::new(shards), beginning }
    }

    /// Fills `batch` with the next packets; `false` at the end.
    fn next(&mut self, capture: &mut Capture, batch: &mut Batch) -> Result<bool, ReadError> {
        if let Some(read) = self.beginning.batches.pop_front() {
            *batch = read;
            return Ok(true);
        }
        std::mem::replace(&mut self.beginning.result, Ok(()))?;
        capture.next_batch(batch)
    }

    fn read(
        mut self,
        capture: &mut Capture,
        to_shards: &[SyncSender<Arc<Load>>],
        returned: &Receiver<Load>,
    ) -> (Reader, Result<(), ReadError>) {
        let mut spares = Spares { returned, spare: Vec::new(), under_way: 0, bytes: 0 };
        let result = loop {
            let Some(mut load) = spares.take() else { break Ok(()) };
            match self.next(capture, &mut load.batch) {
                Ok(true) => {}
                Ok(false) => break Ok(()),
                Err(error) => break Err(error),
            }
            load.deal(&mut self.net, &mut self.clock, &mut self.dealer);
            spares.goes(&load);
            let load = Arc::new(load);
            let Some((last, others)) = to_shards.split_last() else { break Ok(()) };
            // No handle stays here: whoever lets go of the last one hands the load back.
            let refused = others.iter().any(|to_shard| to_shard.send(Arc::clone(&load)).is_err());
            // A shard that is gone wants no more.
            if last.send(load).is_err() || refused {
                break Ok(());
            }
        };
        self.net.finish();
        (self, result)
    }

    fn counts(&self, tally: Tally, told: Totals) -> Counts {
        dissector::counts(&self.net, &self.clock, tally, told)
    }
}

fn joined<T>(
    reader: thread::Result<(Reader, Result<(), ReadError>)>,
    counts: impl FnOnce(&Reader) -> T,
) -> (T, Result<(), ReadError>) {
    match reader {
        Ok((reader, result)) => (counts(&reader), result),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}
