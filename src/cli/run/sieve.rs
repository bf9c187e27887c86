//! Lets through what a program and the processes below it send and receive.
//!
//! In: every packet; whose connections are, as the [helper](crate::cli::owners::helper) says it and as the key log shows it: a client
//! random in it is the program's. Out: packets of those connections and of such as nobody can tell, over TCP, and the program's
//! QUIC, which is [named](super::quic). All wait a moment, so
//! that the secrets that open them come before them; where it is not known yet whose one is, all behind it wait with it,
//! and the order stays.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use hashbrown::HashMap;

use super::quic::{Initial, Quic};
use super::report::Report;
use crate::base::limits::{OWNED_CONNECTIONS, UNDECIDED_BYTES};
use crate::base::{self, BothEnds, Owners, Packet, PacketNumber, SecretLog};
use crate::capture::live::{Held, Sieve};
use crate::cli::owners::helper::{Process, Questions, Whose};
use crate::cli::owners::{Protocol, Question};
use crate::dissect;
use crate::tls::keylog::{KeyLog, Random};

/// How long every packet waits: programs write secrets before they use them, and the key log is looked at every few
/// milliseconds.
const DELAY: Duration = Duration::from_millis(50);
/// How long it may take to know whose a connection is.
const PATIENCE: Duration = Duration::from_millis(400);
/// What has begun so shortly before the capture ends has begun after the program.
const JUST_BEGUN: Duration = Duration::from_millis(200);
/// How soon it is asked again: a socket may not be anybody's yet.
const AGAIN: Duration = Duration::from_millis(20);
/// The same where it could not be told for long.
const AGAIN_LATER: Duration = Duration::from_secs(1);
/// A connection that was silent for so long is forgotten where there are too many.
const SILENCE: Duration = Duration::from_secs(60);

/// Whose a connection is, so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It was asked.
    Asked,
    /// The program's.
    Own,
    /// Another's.
    Other,
    /// Another's, unless secrets of it come.
    Unlikely,
    /// Nobody knows.
    Undecided,
}

#[derive(Debug)]
struct Flow {
    verdict: Verdict,
    process: Option<Process>,
    /// Of its ClientHello, where it was seen.
    random: Option<Random>,
    begun: Instant,
    asked: Instant,
    /// An answer is still to come.
    waits: bool,
    /// It carried something.
    carried: bool,
    used: Instant,
}

impl Flow {
    fn new(now: Instant) -> Flow {
        let (verdict, process, random) = (Verdict::Asked, None, None);
        Flow { verdict, process, random, begun: now, asked: now, waits: true, carried: false, used: now }
    }
}

/// A packet that waits.
struct Waiting {
    held: Held,
    question: Question,
    initial: Option<Initial>,
    since: Instant,
}

/// The sieve.
pub(super) struct OwnSieve {
    ends: dissect::Ends,
    queue: VecDeque<Waiting>,
    queued: usize,
    flows: HashMap<Question, Flow>,
    quic: Quic,
    questions: Questions,
    log: SecretLog,
    seen: usize,
    keys: KeyLog,
    owners: Owners,
    report: Report,
}

impl OwnSieve {
    pub fn new(questions: Questions, log: SecretLog) -> OwnSieve {
        OwnSieve {
            ends: dissect::Ends::default(),
            queue: VecDeque::new(),
            queued: 0,
            flows: HashMap::new(),
            quic: Quic::default(),
            questions,
            log,
            seen: 0,
            keys: KeyLog::default(),
            owners: Owners::told(),
            report: Report::default(),
        }
    }

    /// What there is to say in the end.
    pub fn report(&self) -> Report {
        self.report.clone()
    }

    /// Whose connections are, as far as it is known when their packets are let through.
    pub fn owners(&self) -> Owners {
        self.owners.clone()
    }

    /// A packet of a connection.
    fn meet(&mut self, met: &Met) -> &Flow {
        let (now, question) = (Instant::now(), met.question);
        // The same SYN once more is not another connection.
        let is_known = self.flows.get(&question).is_some_and(|flow| !met.opens || flow.used.elapsed() < AGAIN_LATER);
        if !is_known {
            self.make_room(now);
            self.questions.ask(question);
            self.owners.forget(question.ends);
            if let Some(before) = self.flows.insert(question, Flow::new(now)) {
                self.tell(&before);
            }
        }
        let flow = self.flows.entry(question).or_insert_with(|| Flow::new(now));
        flow.used = now;
        flow.carried |= met.carries;
        flow.random = flow.random.or(met.hello);
        flow
    }

    fn make_room(&mut self, now: Instant) {
        if self.flows.len() < OWNED_CONNECTIONS {
            return;
        }
        let old = |flow: &Flow| now.duration_since(flow.used) >= SILENCE || flow.verdict == Verdict::Other;
        let gone: Vec<Flow> = self.flows.extract_if(|_, flow| old(flow)).map(|(_, flow)| flow).collect();
        gone.iter().for_each(|flow| self.tell(flow));
        if self.flows.len() >= OWNED_CONNECTIONS {
            // Those that are met again are asked for again.
            self.flows.clear();
        }
    }

    /// Counts a connection of which nothing more comes.
    fn tell(&self, flow: &Flow) {
        let is_open = flow.random.as_ref().map(|random| self.keys.knows(random));
        match flow.verdict {
            Verdict::Own => self.report.add_own(is_open, flow.process.as_ref()),
            // Where nothing was said, nothing is shown.
            Verdict::Undecided if flow.carried => self.report.add_undecided(),
            Verdict::Undecided | Verdict::Asked | Verdict::Other | Verdict::Unlikely => {}
        }
    }

    /// Whether packets of a connection are kept; nothing where that is not known yet.
    fn judge(&mut self, question: Question, over: bool) -> Option<bool> {
        let OwnSieve { flows, questions, keys, owners, .. } = self;
        let flow = flows.get_mut(&question)?;
        let answer = questions.answer(question);
        flow.waits &= answer.is_none();
        match answer {
            Some(Whose::Own(process)) => {
                if question.protocol == Protocol::Tcp {
                    owners.add(question.ends, base::Process { id: process.id, name: process.name.clone() });
                }
                (flow.verdict, flow.process) = (Verdict::Own, Some(process));
            }
            Some(Whose::Other) if flow.verdict != Verdict::Own => flow.verdict = Verdict::Other,
            Some(Whose::Unlikely) if flow.verdict == Verdict::Asked => flow.verdict = Verdict::Unlikely,
            _ => {}
        }
        if flow.random.as_ref().is_some_and(|random| keys.knows(random)) {
            flow.verdict = Verdict::Own;
        }
        let is_late = over || flow.begun.elapsed() >= PATIENCE;
        match flow.verdict {
            // The capture goes on for longer than that when the program is over.
            Verdict::Asked if over && flow.begun.elapsed() < JUST_BEGUN => flow.verdict = Verdict::Other,
            // QUIC is named and not shown: what may be anybody's is not named.
            Verdict::Asked if is_late && question.protocol == Protocol::Udp => flow.verdict = Verdict::Other,
            Verdict::Asked if is_late => flow.verdict = Verdict::Undecided,
            Verdict::Unlikely if is_late => flow.verdict = Verdict::Other,
            _ => {}
        }
        let again = match flow.verdict {
            Verdict::Asked => Some(AGAIN),
            Verdict::Undecided => Some(AGAIN_LATER),
            Verdict::Own if flow.process.is_none() => Some(AGAIN_LATER),
            _ => None,
        };
        let lost = flow.asked.elapsed() >= AGAIN_LATER;
        if again.is_some_and(|again| flow.asked.elapsed() >= again) && (!flow.waits || lost) {
            (flow.asked, flow.waits) = (Instant::now(), true);
            questions.ask(question);
        }
        match flow.verdict {
            Verdict::Own | Verdict::Undecided => Some(true),
            Verdict::Other => Some(false),
            Verdict::Asked | Verdict::Unlikely => None,
        }
    }

    fn pop(&mut self) -> Option<Held> {
        let Waiting { held, question, initial, .. } = self.queue.pop_front()?;
        self.queued -= held.data.len();
        if let Some(initial) = initial {
            let whose = self.flows.get(&question).filter(|flow| flow.verdict == Verdict::Own);
            if let Some(process) = whose.and_then(|flow| flow.process.as_ref()) {
                self.quic.push(&initial, process);
            }
        }
        Some(held)
    }
}

impl Sieve for OwnSieve {
    fn push(&mut self, packet: &Packet<'_>) {
        let mut met = None;
        self.ends.push(packet, |sent| {
            met.get_or_insert_with(|| Met::of(&sent));
        });
        // What is neither TCP nor QUIC is nobody's here.
        let is_ours = |met: &Met| {
            met.question.protocol == Protocol::Tcp || met.initial.is_some() || self.flows.contains_key(&met.question)
        };
        let Some(met) = met.filter(is_ours) else { return };
        if self.meet(&met).verdict == Verdict::Other {
            return;
        }
        self.queued += packet.data.len();
        let Met { question, initial, .. } = met;
        self.queue.push_back(Waiting { held: Held::of(packet), question, initial, since: Instant::now() });
    }

    fn next(&mut self, over: bool) -> Option<Held> {
        for secrets in self.log.news(&mut self.seen, PacketNumber::MAX) {
            self.keys.push(&secrets.bytes);
        }
        while let Some(Waiting { question, since, .. }) = self.queue.front() {
            let (question, at_once) = (*question, over || self.queued > UNDECIDED_BYTES);
            if since.elapsed() < DELAY && !at_once {
                return None;
            }
            match self.judge(question, at_once) {
                Some(true) => return self.pop(),
                Some(false) => drop(self.pop()),
                None if at_once => return self.pop(),
                None => return None,
            }
        }
        if over {
            let flows = std::mem::take(&mut self.flows);
            flows.values().for_each(|flow| self.tell(flow));
            self.quic.finish(&self.report);
        }
        None
    }

    fn is_waiting(&self) -> bool {
        !self.queue.is_empty()
    }
}

/// What a packet says of its connection.
struct Met {
    question: Question,
    opens: bool,
    hello: Option<Random>,
    carries: bool,
    initial: Option<Initial>,
}

impl Met {
    fn of(sent: &dissect::Sent<'_>) -> Met {
        let ends: BothEnds = if sent.from <= sent.to { (sent.from, sent.to) } else { (sent.to, sent.from) };
        let protocol = if sent.udp { Protocol::Udp } else { Protocol::Tcp };
        let hello = if sent.udp { None } else { random_of(sent.payload) };
        let carries = !sent.payload.is_empty() || sent.cut > 0;
        Met { question: Question { protocol, ends }, opens: sent.opens, hello, carries, initial: Initial::of(sent) }
    }
}

/// The random of a ClientHello that begins here (RFC 8446 section 4.1.2), in a record of its own (section 5.1).
fn random_of(payload: &[u8]) -> Option<Random> {
    match payload {
        [0x16, 0x03, _, _, _, 0x01, _, _, _, 0x03, _, rest @ ..] => rest.first_chunk().copied(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_hello_is_known_by_its_beginning() {
        let mut hello = vec![0x16, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3];
        hello.extend(0..32);
        assert_eq!(random_of(&hello), Some(std::array::from_fn(|at| u8::try_from(at).unwrap())));
        assert_eq!(random_of(&hello[..42]), None);
        hello[5] = 2;
        assert_eq!(random_of(&hello), None);
    }
}
