//! Requests and responses together: which upgrade was accepted, which refused, and where a tunnel begins.
//!
//! In: heads, in capture order. Out: what becomes of both sides. Normally a request comes before its response. A
//! capture may show them the other way round, or one side only, or may begin between the two; then a 101 response
//! belongs to the upgrade request that the client's next bytes confirm, and other responses are paired in order.

use super::body::Body;
use super::conversation::Conversation;
use super::exchange::{Refusal, RefusalBody, Unanswered};
use super::head::{RequestHead, ResponseHead};
use super::ledger::HeadPlace;
use super::side::{Head, State, Then};
use super::sniff::{Sniff, sniff};
use super::unpaired::{Answered, Asked, Asking};
use super::verdict::{Early, Reason, Upgrade};
use crate::base::number::distance;
use crate::base::{Side, limits};

impl Conversation {
    /// A head was read; its side stands after it.
    pub(super) fn head(&mut self, side: Side, head: Head) {
        self.client = Some(if matches!(head, Head::Request(_)) { side } else { side.other() });
        if self.ledger.is_some() {
            self.note_head(side, &head);
        }
        match head {
            Head::Request(request) => self.request(side, *request),
            Head::Response(response) => self.response(side, *response),
        }
        if let State::Passed | State::Head | State::Undecided = self.streams.get(side).state
            && let Some((ledger, which)) = self.noting(side)
        {
            ledger.ended(which, true);
        }
    }

    /// A head was read, and somebody wants the exchanges.
    #[cold]
    fn note_head(&mut self, side: Side, head: &Head) {
        let stream = self.streams.get(side);
        let (offset, first) = stream.head_start;
        let len = distance(offset, stream.head_end);
        let had = stream.head_acknowledges.unwrap_or(0);
        let Some(ledger) = &mut self.ledger else { return };
        match head {
            Head::Request(request) => {
                let place = HeadPlace { offset, len, first, last: request.at };
                let answered = self.answered.iter().filter(|answered| answered.end > had).count();
                ledger.request(side, RequestHead::clone(request), place, answered.checked_sub(1));
            }
            Head::Response(response) if response.status != 101 && response.status < 200 => {}
            Head::Response(response) => {
                let place = HeadPlace { offset, len, first, last: response.at };
                let skipped = match response.status {
                    101 => self.asked.iter().position(Asked::may_switch),
                    _ => (!self.asked.is_empty()).then_some(0),
                };
                ledger.response(side.other(), ResponseHead::clone(response), place, skipped);
            }
        }
    }

    fn request(&mut self, side: Side, request: RequestHead) {
        let stream = self.streams.get(side);
        let open = stream.doubtful;
        let body = if open { None } else { Body::of_request(&request.fields) };
        // A response that the client had when it sent this request is not the answer to it.
        if let Some(had) = stream.head_acknowledges {
            self.answered.retain(|answered| answered.end > had);
        }
        let told = self.response_told && self.asking.is_none() && self.answered.is_empty();
        if request.asks_for_websocket() || (told && request.may_ask_for_websocket()) {
            if body.is_none() && !open && request.is_hixie_76() {
                self.streams.get_mut(side).state = State::Challenge(Box::new(request));
            } else {
                self.websocket_request(side, request, body);
            }
            return;
        }
        let answered = self.answered.pop_front();
        if request.method != "CONNECT" {
            if answered.is_none() {
                self.ask(match request.method.as_str() {
                    "HEAD" => Asked::Head,
                    _ if request.cut => Asked::Cut(Box::new(request)),
                    _ => Asked::Plain,
                });
            }
            self.go_on(side, body, Then::Head);
        } else if answered.is_some_and(|answered| answered.until_close) {
            self.enter_tunnel(side);
        } else {
            self.ask(Asked::Connect);
            self.go_on(side, body, Then::Undecided);
        }
    }

    /// An upgrade was asked for; its challenge, if any, was read.
    pub(super) fn websocket_request(&mut self, side: Side, request: RequestHead, body: Option<Body>) {
        let perhaps = self.answered.pop_front().map(|answered| answered.head);
        let only = perhaps.is_none();
        let had = self.streams.get(side).head_acknowledges;
        let asking = Box::new(Asking { request, perhaps, had });
        if !only && self.streams.get(side).head_acknowledges.is_some() {
            self.refuse(side, *asking, None);
            self.go_on(side, body, Then::Head);
        } else if self.response_told {
            self.asking = Some(asking);
            self.go_on(side, body, if only { Then::WebSocket } else { Then::Undecided });
        } else {
            self.ask(Asked::WebSocket(asking));
            self.go_on(side, body, Then::Undecided);
        }
    }

    pub(super) fn ask(&mut self, asked: Asked) {
        if self.asked.len() >= limits::HTTP_UNANSWERED {
            self.asked.pop_front();
        }
        self.asked.push_back(asked);
    }

    pub(super) fn go_on(&mut self, side: Side, body: Option<Body>, then: Then) {
        match body {
            Some(body) => self.streams.get_mut(side).state = State::Body(body, then),
            None => self.after_body(side, then),
        }
    }

    fn response(&mut self, side: Side, response: ResponseHead) {
        match response.status {
            101 => return self.switch(side, response),
            100..200 => return,
            _ => {}
        }
        let stream = self.streams.get_mut(side);
        let body = if stream.doubtful { None } else { Body::of_response(&response, false) };
        // How long the body is may stand in the bytes that are lost.
        let unknown = response.cut && body == Some(Body::UntilClose);
        stream.doubtful |= unknown;
        let body = body.filter(|_| !unknown);
        match self.asked.pop_front() {
            None => self.response_before_request(side, response, body),
            Some(Asked::Plain | Asked::Cut(_) | Asked::Lost(_)) => self.go_on(side, body, Then::Head),
            Some(Asked::Head) => {}
            Some(Asked::Connect) if response.status < 300 => self.enter_tunnel(side.other()),
            Some(Asked::Connect) => {
                self.go_on(side, body, Then::Head);
                self.release(side.other());
            }
            Some(Asked::WebSocket(asking)) => self.answer(side, *asking, response, body),
            Some(Asked::Told) => {
                self.streams.get_mut(side).doubtful = true;
                self.told().response = Some(response);
                self.pass(side);
            }
        }
    }

    fn response_before_request(&mut self, side: Side, mut head: ResponseHead, body: Option<Body>) {
        if let Some(body) = body {
            self.streams.get_mut(side).state = State::PerhapsBody(body);
        }
        if head.status < 300 {
            // Hardly a refusal: where only this side was captured, its fields would be kept for nothing.
            head.fields = Vec::new();
        }
        if self.answered.len() >= limits::HTTP_UNASKED {
            self.answered.pop_front();
        }
        let stream = self.streams.get(side);
        let (end, received) = (stream.offset, stream.head_acknowledges);
        self.answered.push_back(Answered { head, end, received, until_close: matches!(body, Some(Body::UntilClose)) });
    }

    /// A final response that is not 101, to an upgrade.
    fn answer(&mut self, side: Side, mut asking: Asking, response: ResponseHead, body: Option<Body>) {
        let client = side.other();
        if asking.perhaps.is_some() && !self.streams.get(client).held.backlog().is_empty() {
            // The client went on before this response: the one seen before it was the answer.
            self.refuse(client, asking, None);
            self.release(client);
            self.response(side, response);
        } else if response.may_have_switched() && matches!(body, None | Some(Body::UntilClose)) {
            let (request, response) = (Box::new(asking.request), Box::new(response));
            self.streams.get_mut(side).state = State::PerhapsSwitched(request, response, body);
            self.is_told_by_client(client);
        } else {
            asking.perhaps = Some(response);
            self.refuse(client, asking, body.as_ref());
            self.go_on(side, body, Then::Head);
            self.release(client);
        }
    }

    /// What was perhaps the answer was it; `body` is that of the answer, where it begins here.
    pub(super) fn refuse(&mut self, client: Side, asking: Asking, body: Option<&Body>) {
        if let Asking { request, perhaps: Some(response), .. } = asking {
            self.refused(Refusal { client, request, response, body: RefusalBody::default() }, body);
        }
    }

    /// A 101 response.
    fn switch(&mut self, side: Side, response: ResponseHead) {
        let named = response.names_websocket();
        let to_other = !named && response.field("Upgrade").is_some();
        let cut = response.cut;
        let asked = self.asked.iter().position(Asked::may_switch);
        if to_other || (asked.is_none() && !named && !cut) {
            self.over = Some(Reason::Switched);
            return;
        }
        let request = match asked.and_then(|index| self.asked.drain(..=index).next_back()) {
            Some(Asked::WebSocket(asking)) if asking.perhaps.is_none() => Some(Box::new(asking.request)),
            Some(Asked::WebSocket(asking)) => {
                self.asking = Some(asking);
                None
            }
            Some(Asked::Cut(request)) => Some(request),
            _ => None,
        };
        let answer = match &request {
            Some(request) => request.is_hixie_76() && response.field("Sec-WebSocket-Accept").is_none(),
            None => response.is_hixie_76(),
        };
        if answer && !self.streams.get(side).doubtful {
            self.streams.get_mut(side).state = State::Answer(request, Box::new(response));
        } else {
            self.accepted(side, request.map(|request| *request), response);
        }
    }

    /// An upgrade was accepted; the answer to its challenge, if any, was read.
    pub(super) fn accepted(&mut self, side: Side, request: Option<RequestHead>, response: ResponseHead) {
        let client = side.other();
        let asked = request.is_some();
        let upgrade = self.told();
        upgrade.request = request;
        upgrade.response = Some(response);
        self.response_told = true;
        let end = self.streams.get(side).start().offset;
        self.request_end = self.streams.get(side).head_acknowledges;
        self.pass(side);
        if !asked {
            if self.is_told_by_what_follows(client) {
                self.stop_waiting();
            }
            return;
        }
        let stream = self.streams.get_mut(client);
        match &mut stream.state {
            State::Undecided if stream.doubtful => self.pass_from_known(client),
            State::Undecided => {
                let bytes = stream.held.backlog().stream_len();
                let early = stream
                    .held
                    .backlog()
                    .first()
                    .filter(|_| stream.held.received_at_start().is_some_and(|had| had < end));
                self.told().early = early.map(|first| Early { bytes, first });
                self.pass(client);
            }
            State::Body(_, then) => *then = Then::WebSocket,
            State::Passed => {}
            _ => {
                // It was not waited for, and read on as HTTP.
                let stream = self.streams.get_mut(client);
                let start = stream.start().offset;
                stream.doubtful |= start != stream.head_end;
                self.pass_from_known(client);
            }
        }
    }

    /// Where the client's stream is understood again at the latest, behind `offset`: where a response of which the
    /// request was not read shows that it has ended; and what comes there.
    pub(super) fn end_of_unread_request(&mut self, offset: u64) -> Option<(u64, Then)> {
        self.answered.retain(|answered| answered.received.is_none_or(|received| received > offset));
        match self.answered.pop_front() {
            Some(answered) if answered.received.is_some() => answered.received.map(|place| (place, Then::Head)),
            Some(answered) => {
                self.answered.push_front(answered);
                None
            }
            None if self.response_told => self.request_end.map(|place| (place, Then::WebSocket)),
            None => None,
        }
    }

    /// The same for the server: where the client had received what came before it asked for an upgrade.
    pub(super) fn start_of_answer(&mut self, offset: u64) -> Option<(u64, Then)> {
        let had = |asked: &Asked| match asked {
            Asked::WebSocket(asking) => asking.had,
            Asked::Lost(had) => *had,
            _ => None,
        };
        let index = self.asked.iter().position(|asked| had(asked).is_some_and(|had| had > offset))?;
        let had = self.asked.get(index).and_then(had)?;
        // What was asked before has been answered.
        self.asked.drain(..index);
        if let Some(ledger) = &mut self.ledger {
            ledger.unanswered(index);
        }
        Some((had, Then::Head))
    }

    /// Hands the client to the caller, from the end of its request on where that is known.
    fn pass_from_known(&mut self, client: Side) {
        if !self.streams.get(client).doubtful || !self.skips_to_known(client) {
            self.pass(client);
        }
    }

    /// The client stands after the request that completes a told handshake.
    pub(super) fn complete(&mut self, side: Side) {
        if let Some(asking) = self.asking.take() {
            self.told().request = Some(asking.request);
        }
        self.pass(side);
    }

    /// A CONNECT was accepted: both sides start anew.
    fn enter_tunnel(&mut self, client: Side) {
        self.tunnel = true;
        if !self.response_told {
            self.client = None;
        }
        // Where the server is further already, its later responses have shown that this one had no body.
        let last = self.answered.is_empty();
        let server = self.streams.get_mut(client.other());
        match server.state {
            _ if !last => {}
            State::PerhapsBody(_) => {
                server.state = State::Head;
                self.reread(client.other());
            }
            State::Body(Body::UntilClose, _) => {
                server.state = State::Head;
                server.doubtful = true;
            }
            _ => {}
        }
        self.release(client);
    }

    /// A side that waited for a response goes on with HTTP.
    pub(super) fn release(&mut self, side: Side) {
        let stream = self.streams.get_mut(side);
        match &mut stream.state {
            State::Body(_, then) => *then = Then::Head,
            State::Undecided => {
                stream.state = State::Head;
                self.reread(side);
            }
            _ => {}
        }
    }

    /// A side's next bytes, of which this is the first, are no head.
    pub(super) fn foreign(&mut self, side: Side, first: Option<u8>) {
        let stream = self.streams.get(side);
        let doubtful = stream.doubtful || stream.tail.is_some();
        if doubtful && self.skips_to_known(side) {
            return;
        }
        if self.response_told || self.request_told {
            let stream = self.streams.get_mut(side);
            stream.doubtful |= stream.start().offset != stream.head_end;
            if self.client != Some(side)
                && let Some(response) = self.implied(side, first)
            {
                self.told().response = Some(response);
            }
            self.complete(side);
            return;
        }
        let asked = self.asked.iter().position(|asked| matches!(asked, Asked::WebSocket(_)));
        match asked.and_then(|index| self.asked.drain(..=index).next_back()) {
            // The response is among the lost bytes.
            Some(Asked::WebSocket(asking)) if doubtful && self.client == Some(side.other()) => {
                self.told().request = Some(asking.request);
                self.told().response = self.implied(side, first);
                self.pass(side);
                self.response_told = true;
                self.pass_from_known(side.other());
            }
            _ => self.over = Some(if doubtful { Reason::Gap } else { Reason::Foreign }),
        }
    }

    /// The client's bytes tell which response was its request's.
    pub(super) fn is_told_by_what_follows(&self, side: Side) -> bool {
        if !matches!(self.streams.get(side).state, State::Undecided) {
            return false;
        }
        let follows = || sniff(self.streams.get(side).held.backlog().bytes());
        match (&self.asking, self.asked.back()) {
            (Some(_), _) => follows() != Sniff::Undecided,
            (None, Some(Asked::WebSocket(asking))) => asking.perhaps.is_some() && follows() == Sniff::Request,
            _ => false,
        }
    }

    /// Decides what waits for a response, by what the client sent after its request.
    pub(super) fn stop_waiting(&mut self) {
        let Some(side) = self.client else { return };
        let stream = self.streams.get(side);
        if !matches!(stream.state, State::Undecided) {
            return;
        }
        let nothing = stream.held.backlog().is_empty();
        let http = matches!(sniff(stream.held.backlog().bytes()), Sniff::Request);
        if let Some(asking) = self.asking.take() {
            if http && asking.perhaps.is_some() {
                self.refuse(side, *asking, None);
                self.release(side);
            } else {
                self.asking = Some(asking);
                self.complete(side);
            }
            return;
        }
        match self.asked.pop_back() {
            Some(Asked::WebSocket(asking)) if http => {
                if asking.perhaps.is_some() {
                    self.refuse(side, *asking, None);
                } else {
                    self.asked.push_back(Asked::WebSocket(asking));
                }
                self.release(side);
            }
            Some(Asked::WebSocket(asking)) if !nothing => {
                self.asked.push_back(Asked::Told);
                self.request_told = true;
                self.told().request = Some(asking.request);
                self.pass(side);
            }
            Some(Asked::Connect) if !nothing => self.enter_tunnel(side),
            Some(other) => self.asked.push_back(other),
            None => {}
        }
    }

    /// The connection is over: what was perhaps a refusal was one, and what was asked besides is never answered.
    pub(super) fn end_asked(&mut self) {
        self.refused_in_full();
        let Some(client) = self.client else { return };
        let doubtful = self.streams.get(client.other()).doubtful;
        for asked in std::mem::take(&mut self.asked) {
            match asked {
                Asked::WebSocket(asking) if asking.perhaps.is_some() => self.refuse(client, *asking, None),
                Asked::WebSocket(asking) => {
                    self.unanswered.push(Unanswered { client, request: asking.request, doubtful });
                }
                _ => {}
            }
        }
    }

    /// What this call tells of an upgrade.
    fn told(&mut self) -> &mut Upgrade {
        let client = self.client.unwrap_or(Side::A);
        self.upgrade.get_or_insert_with(|| Box::new(Upgrade::new(client)))
    }

    /// Hands a side to the caller.
    fn pass(&mut self, side: Side) {
        let stream = self.streams.get_mut(side);
        let start = stream.start();
        let held = std::mem::take(&mut stream.held).into_backlog();
        stream.forget();
        stream.state = State::Passed;
        let upgrade = self.told();
        *upgrade.starts.get_mut(side) = Some(start);
        *upgrade.held.get_mut(side) = held;
    }
}
