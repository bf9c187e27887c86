//! Exchanges under way, where somebody wants them.
//!
//! In: heads and bytes of bodies, as they are read. Out: [`Exchange`]s that are over. What belongs together is
//! [`super::pairing`]'s to say; here it is written down.

use std::collections::VecDeque;

use super::exchange::{Exchange, Message};
use super::head::{RequestHead, ResponseHead};
use crate::base::{At, Side, limits};

/// Where a head lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct HeadPlace {
    pub(super) offset: u64,
    pub(super) len: u64,
    pub(super) first: At,
    pub(super) last: At,
}

/// The two kinds of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    Request,
    Response,
}

/// An exchange under way.
#[derive(Debug)]
struct Open {
    exchange: Exchange,
    /// A response is to come.
    waits: bool,
    /// The request's body is being read.
    asking: bool,
    /// The response's body is being read.
    answering: bool,
}

/// The exchanges of a connection.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// In the order in which they began.
    open: VecDeque<Open>,
    over: Vec<Exchange>,
}

impl Ledger {
    /// A request was read. `newer`: its response was, and so many others that wait for their requests came after that.
    pub(super) fn request(&mut self, client: Side, head: RequestHead, place: HeadPlace, newer: Option<usize>) {
        self.ended(Which::Request, false);
        let request = Some(message(head, place));
        let own = newer.and_then(|newer| self.open.iter_mut().rev().filter(|one| one.is_unasked()).nth(newer));
        if let Some(own) = own {
            own.exchange.request = request;
            own.asking = true;
        } else {
            let exchange = Exchange { client, request, response: None };
            self.open.push_back(Open { exchange, waits: true, asking: true, answering: false });
        }
    }

    /// A request was sent whose first line is lost.
    pub(super) fn lost_request(&mut self, client: Side) {
        self.ended(Which::Request, false);
        let exchange = Exchange { client, request: None, response: None };
        self.open.push_back(Open { exchange, waits: true, asking: false, answering: false });
    }

    /// A final response was read. `skipped`: to the oldest request without one, but for so many; `None`: to a request
    /// that was not read.
    pub(super) fn response(&mut self, client: Side, head: ResponseHead, place: HeadPlace, skipped: Option<usize>) {
        self.ended(Which::Response, false);
        self.unanswered(skipped.unwrap_or(0));
        let response = Some(message(head, place));
        let own = skipped.and_then(|_| self.open.iter_mut().find(|one| one.waits));
        if let Some(own) = own {
            own.exchange.response = response;
            (own.waits, own.answering) = (false, true);
        } else {
            let exchange = Exchange { client, request: None, response };
            self.open.push_back(Open { exchange, waits: false, asking: false, answering: true });
        }
    }

    /// The oldest requests that wait were answered in bytes that are lost.
    pub(super) fn unanswered(&mut self, count: usize) {
        self.open.iter_mut().filter(|one| one.waits).take(count).for_each(|one| one.waits = false);
    }

    /// Bytes of the body that is being read.
    pub(super) fn body(&mut self, which: Which, bytes: u64, at: At) {
        let Some(one) = self.reading(which) else { return };
        let (body_bytes, last) = match (which, &mut one.exchange) {
            (Which::Request, Exchange { request: Some(message), .. }) => (&mut message.body_bytes, &mut message.last),
            (Which::Response, Exchange { response: Some(message), .. }) => (&mut message.body_bytes, &mut message.last),
            _ => return,
        };
        *body_bytes = body_bytes.saturating_add(bytes);
        *last = at;
    }

    /// The message that is being read has ended; `whole` where its last byte was read.
    pub(super) fn ended(&mut self, which: Which, whole: bool) {
        let Some(one) = self.reading(which) else { return };
        match which {
            Which::Request => {
                one.asking = false;
                one.exchange.request.iter_mut().for_each(|message| message.whole = whole);
            }
            Which::Response => {
                one.answering = false;
                one.exchange.response.iter_mut().for_each(|message| message.whole = whole);
            }
        }
    }

    fn reading(&mut self, which: Which) -> Option<&mut Open> {
        self.open.iter_mut().rev().find(|one| match which {
            Which::Request => one.asking,
            Which::Response => one.answering,
        })
    }

    /// Takes those that are over, and the oldest where too many are not.
    pub(super) fn take(&mut self) -> Vec<Exchange> {
        let mut unasked = self.open.iter().filter(|one| one.is_unasked()).count();
        let mut index = 0;
        while let Some(one) = self.open.get(index) {
            let goes_on =
                one.waits || one.asking || one.answering || (one.is_unasked() && unasked <= limits::HTTP_UNASKED);
            if goes_on && self.open.len() <= limits::HTTP_UNANSWERED {
                index += 1;
            } else {
                unasked -= usize::from(one.is_unasked());
                self.over.extend(self.open.remove(index).map(|one| one.exchange));
            }
        }
        std::mem::take(&mut self.over)
    }

    /// No more will come: all are over.
    pub(super) fn finish(&mut self) {
        self.over.extend(self.open.drain(..).map(|one| one.exchange));
    }
}

impl Open {
    /// Its response waits for a request that the capture has late.
    fn is_unasked(&self) -> bool {
        self.exchange.request.is_none() && self.exchange.response.is_some()
    }
}

fn message<H>(head: H, place: HeadPlace) -> Message<H> {
    let HeadPlace { offset, len, first, last } = place;
    Message { head, offset, head_bytes: len, body_bytes: 0, first, last, whole: false }
}

crate::base::pack::pack_struct!(Open { exchange, waits, asking, answering });
crate::base::pack::pack_struct!(Ledger { open, over });
