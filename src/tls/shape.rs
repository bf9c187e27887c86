//! Whether a TLS connection that nobody has keys for behaves like a WebSocket: a guess, from sizes, directions and times of its
//! records.
//!
//! In: the hellos, and each sealed record's side, length and time. Out: a [`Guess`] with its reasons in words, or nothing. Counters
//! only, whatever comes. It asks for what HTTP/1.1 does not do: a client that sends, unasked or in answer, less than the shortest request
//! has, and a server that answers with less than the shortest response. Downloads, polling, uploads and streams of events do neither.
//! HTTP/2 has small records of its own, so where it may be spoken nothing is guessed.

use super::hello::{ClientHello, ServerHello};
use super::record::ContentType;
use crate::base::number::wide;
use crate::base::{Side, Timestamp};

/// The shortest request for an upgrade that keeps RFC 6455 section 4.1 has some 140 bytes, and no server wants more than 16 KiB.
const REQUEST: std::ops::RangeInclusive<u64> = 140..=16 * 1024;

/// The shortest response that keeps section 4.2.2.
const RESPONSE: u64 = 129;

/// Shorter than any request that programs send: a line, the host and one field more.
const BELOW_REQUEST: u64 = 60;

/// Shorter than `HTTP/1.1 200 OK` with a length and no content.
const BELOW_RESPONSE: u64 = 38;

/// `100 Continue`, which may stand alone (RFC 9110 section 15.2.1).
const CONTINUE: u64 = 25;

/// A masked frame without payload (RFC 6455 section 5.2). Less is an alert or a message of the handshake.
const SHORTEST_FRAME: u64 = 6;

/// An alert, as at the end of a connection (RFC 8446 section 6).
const ALERT: u64 = 2;

/// What fits into a frame with a short length.
const SMALL: u64 = 126 + 6;

/// A client that was quiet for so long begins something new, nanoseconds.
const PAUSE: i64 = 200_000_000;

/// Signs that no HTTP/1.1 gives, at least, and their share of what either side has begun: one in so many.
const SIGNS: u64 = 3;
const SHARE: u64 = 5;

/// No number of signs makes it surer.
const SUREST: f32 = 0.9;

/// Bytes that a record has more than its content, where the suite is not known.
const USUAL_OVERHEAD: u64 = 24;

/// What is supposed.
#[derive(Debug, Clone, PartialEq)]
pub struct Guess {
    /// How sure, below 1: more signs are surer. It is no measured share.
    pub confidence: f32,
    /// Why, in words.
    pub reason: String,
}

/// The connection so far.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    /// HTTP/1.1 may be spoken inside.
    is_possible: bool,
    is_tls13: bool,
    overhead: u64,
    client: Option<Side>,
    phase: Phase,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    /// Whose the last record was.
    spoke: Option<Side>,
    /// When the client's last was.
    client_spoke: Option<Timestamp>,
    /// The client's last record may be a head, whose body follows.
    is_head: bool,
    /// The most that one record of the server had before the client spoke again.
    response: u64,
    /// Small records of the client, and of the server.
    small: (u64, u64),
    /// What either side has begun.
    begun: u64,
    /// Records of the client that are no request.
    no_requests: u64,
    /// Answers of the server that are none of HTTP.
    no_responses: u64,
    /// How often the server has gone on after a pause, unasked.
    unasked: u64,
    period: Period,
}

/// How far the connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Phase {
    /// The handshake, of which TLS 1.3 seals the rest.
    #[default]
    Handshake,
    /// What the client sends next is its request.
    Request,
    /// It was sent.
    Response,
    /// The client has spoken again.
    Open,
    /// It does not begin as a WebSocket does.
    Other,
}

/// Whether small records of the client come at regular times: their number, mean interval and sum of squared differences
/// (Welford's method).
#[derive(Debug, Clone, Copy, Default)]
struct Period {
    last: Option<Timestamp>,
    count: u32,
    mean: f64,
    squares: f64,
}

impl Shape {
    /// For a connection with these hellos.
    #[must_use]
    pub fn new(client_hello: &ClientHello, server_hello: &ServerHello, client: Side) -> Shape {
        let is_tls13 = server_hello.version >= 0x0304;
        let overhead = server_hello.suite.suite().map_or(USUAL_OVERHEAD, |suite| {
            let cipher = suite.cipher;
            // The type of the content is sealed too; before, a vector stands before blocks.
            let vector = if cipher.mac().is_some() && server_hello.version >= 0x0302 { 16 } else { 0 };
            wide(if is_tls13 { cipher.tag_len() + 1 } else { cipher.least_overhead() + vector })
        });
        let offers = |name: &str| client_hello.alpn.iter().any(|offered| offered == name);
        let is_possible = match server_hello.alpn.as_deref() {
            Some(chosen) => chosen == "http/1.1",
            // In TLS 1.3 what was chosen is sealed.
            None => client_hello.alpn.is_empty() || offers("http/1.1") && !(is_tls13 && offers("h2")),
        };
        let phase = if is_tls13 { Phase::Handshake } else { Phase::Request };
        Shape { is_possible, is_tls13, overhead, client: Some(client), phase, ..Shape::default() }
    }

    /// The next sealed record: the type that its header has, and how long what stands behind the header is.
    pub fn record(&mut self, side: Side, content_type: u8, len: u64, time: Timestamp) {
        if ContentType::of(content_type) != Some(ContentType::ApplicationData) || !self.is_possible {
            return;
        }
        self.first.get_or_insert(time);
        let content = len.saturating_sub(self.overhead);
        if Some(side) == self.client {
            self.client_record(content, time);
            self.client_spoke = Some(time);
        } else {
            self.server_record(content, time);
        }
        self.spoke = Some(side);
        self.last = Some(time);
    }

    fn client_record(&mut self, content: u64, time: Timestamp) {
        match self.phase {
            // The first that a client of TLS 1.3 seals is the end of its handshake.
            Phase::Handshake => self.phase = Phase::Request,
            Phase::Request if REQUEST.contains(&content) => (self.phase, self.is_head) = (Phase::Response, true),
            Phase::Request => self.phase = Phase::Other,
            Phase::Response if self.response < RESPONSE => self.phase = Phase::Other,
            Phase::Response | Phase::Open => {
                self.phase = Phase::Open;
                self.frame_of_client(content, time);
            }
            Phase::Other => {}
        }
    }

    fn frame_of_client(&mut self, content: u64, time: Timestamp) {
        self.small.0 += u64::from((SHORTEST_FRAME..SMALL).contains(&content));
        let paused = self.client_spoke.is_none_or(|last| time.0.saturating_sub(last.0) >= PAUSE);
        let begins = self.spoke != self.client || paused;
        self.begun += u64::from(begins);
        let is_short = (SHORTEST_FRAME..BELOW_REQUEST).contains(&content);
        // Behind a head a body may come, and tickets may stand between the two.
        if is_short && begins && (!self.is_head || paused) {
            self.no_requests += 1;
            self.period.next(time);
        }
        self.is_head = content >= BELOW_REQUEST;
    }

    fn server_record(&mut self, content: u64, time: Timestamp) {
        match self.phase {
            Phase::Request if !self.is_tls13 => self.phase = Phase::Other,
            Phase::Response => self.response = self.response.max(content),
            Phase::Open => {
                self.small.1 += u64::from((ALERT + 1..SMALL).contains(&content));
                let paused = self.last.is_none_or(|last| time.0.saturating_sub(last.0) >= PAUSE / 2);
                let answers = self.spoke == self.client;
                self.begun += u64::from(answers);
                self.unasked += u64::from(!answers && paused);
                let is_short = (SHORTEST_FRAME..BELOW_RESPONSE).contains(&content) && content != CONTINUE;
                self.no_responses += u64::from(is_short && answers);
            }
            Phase::Handshake | Phase::Request | Phase::Other => {}
        }
    }

    /// What is supposed by now.
    #[must_use]
    pub fn verdict(&self) -> Option<Guess> {
        let signs = self.no_requests + self.no_responses;
        let is_enough = signs >= SIGNS && signs.saturating_mul(SHARE) >= self.begun;
        if self.phase != Phase::Open || !is_enough || self.no_requests == 0 || self.small.1 == 0 {
            return None;
        }
        // Counts of records are far below what a float holds; of more, the nearest will do.
        #[expect(clippy::cast_precision_loss, reason = "a guess, not a count")]
        let confidence = (signs as f32 / (signs + 2) as f32).min(SUREST);
        Some(Guess { confidence, reason: self.reason() })
    }

    fn reason(&self) -> String {
        let lasted = self.first.zip(self.last).map_or(0, |(first, last)| last.0.saturating_sub(first.0).max(0));
        let (from_client, from_server) = self.small;
        let seconds = lasted / 1_000_000_000;
        let lasted = if seconds >= 10 { format!("{seconds} s") } else { format!("{} ms", lasted / 1_000_000) };
        let mut reason =
            format!("{lasted}, {from_client} small records from the client and {from_server} from the server");
        if self.unasked > 0 {
            reason += &format!(", {} times the server spoke unasked", self.unasked);
        }
        if let Some(seconds) = self.period.seconds() {
            reason += &format!(", one from the client every {seconds} s");
        }
        reason
    }
}

impl Period {
    fn next(&mut self, time: Timestamp) {
        if let Some(last) = self.last.replace(time) {
            let interval = (time.0.saturating_sub(last.0)).max(0);
            #[expect(clippy::cast_precision_loss, reason = "an interval of a connection, not a date")]
            let interval = interval as f64 / 1e9;
            self.count = self.count.saturating_add(1);
            let from_mean = interval - self.mean;
            self.mean += from_mean / f64::from(self.count);
            self.squares += from_mean * (interval - self.mean);
        }
    }

    /// The interval, where it is regular and long enough to be meant: within a tenth.
    fn seconds(&self) -> Option<String> {
        let deviation = (self.squares / f64::from(self.count.max(1))).sqrt();
        let is_regular = self.count >= 3 && self.mean >= 0.5 && deviation <= self.mean / 10.0;
        is_regular.then(|| format!("{:.0}", self.mean.max(1.0)))
    }
}

crate::base::pack::pack_struct!(Shape {
    is_possible,
    is_tls13,
    overhead,
    client,
    phase,
    first,
    last,
    spoke,
    client_spoke,
    is_head,
    response,
    small,
    begun,
    no_requests,
    no_responses,
    unasked,
    period
});
crate::base::pack::pack_enum!(Phase { 0 Handshake, 1 Request, 2 Response, 3 Open, 4 Other });
crate::base::pack::pack_struct!(Period { last, count, mean, squares });
