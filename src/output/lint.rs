//! Conformance findings, grouped by rule.
//!
//! In: every note, wherever it stands. Out: for each rule that was broken how often, and its first places; and whether
//! that fails the check. Memory: a few places a rule, whatever the capture holds.

mod policy;

pub use policy::{Policy, UnknownRule};

use super::clock::Clock;
use super::json::{self, Object, member};
use super::number::{push_number, push_seconds};
use super::out::Out;
use super::style::{Style, glyph};
use super::{Output, Summary};
use crate::base::note::{RULES, Rule};
use crate::base::{At, DisplaySafe, Severity, SocketId, Timestamp};
use crate::dissect::{NotePlace, Sink, Told, Wants};

/// Places kept for one rule.
const PLACES: usize = 5;

/// How findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A paragraph a rule.
    Text(Style),
    /// An object a rule, and one for the sum.
    Json,
    /// Nothing: only [`Lint::failed`] counts.
    Silent,
}

/// Where a rule was broken.
#[derive(Debug, Clone)]
struct Place {
    socket: SocketId,
    place: NotePlace,
    at: At,
    detail: Option<String>,
}

#[derive(Debug, Clone, Default)]
struct Group {
    count: u64,
    places: Vec<Place>,
}

/// Groups notes by rule and writes them at the end.
pub struct Lint {
    form: Form,
    policy: Policy,
    out: Out,
    groups: Vec<Group>,
    origin: Timestamp,
    /// WebSocket connections.
    connections: u64,
}

impl Lint {
    /// Writes to `out`; `policy` says what fails.
    #[must_use]
    pub fn new(form: Form, policy: Policy, out: Out) -> Lint {
        let groups = vec![Group::default(); RULES.len()];
        Lint { form, policy, out, groups, origin: Timestamp::default(), connections: 0 }
    }

    /// Whether anything was found that fails the check: an error, or what the policy denies.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.findings().any(|(rule, _)| self.policy.fails(rule))
    }

    /// What was found and is not allowed, worst first, then in the order of the table.
    fn findings(&self) -> impl Iterator<Item = (&'static Rule, &Group)> {
        let all = RULES.iter().zip(&self.groups).filter(|(rule, group)| group.count > 0 && !self.policy.allows(rule));
        let mut all: Vec<_> = all.collect();
        all.sort_by_key(|(rule, _)| std::cmp::Reverse(rule.severity));
        all.into_iter()
    }

    /// Findings of each severity: errors, warnings, notes.
    fn totals(&self) -> [(Severity, u64); 3] {
        [Severity::Error, Severity::Warning, Severity::Note].map(|severity| {
            let of = self.findings().filter(|(rule, _)| rule.severity == severity);
            (severity, of.map(|(_, group)| group.count).sum())
        })
    }

    fn text(&self, style: Style) -> Vec<u8> {
        let mut out = Vec::new();
        for (rule, group) in self.findings() {
            heading(&mut out, style, rule, group.count, self.policy.denies(rule));
            for place in &group.places {
                out.extend_from_slice(b"    ");
                push_place(&mut out, place, self.origin);
            }
            let more = group.count - group.places.len() as u64;
            if more > 0 {
                out.extend_from_slice(b"    and ");
                push_number(&mut out, more);
                out.extend_from_slice(b" more\n");
            }
        }
        let words = self
            .totals()
            .map(|(severity, count)| format!("{count} {}{}", severity.name(), if count == 1 { "" } else { "s" }));
        out.extend_from_slice(words.join(", ").as_bytes());
        if self.connections == 0 {
            // A check that had nothing to check must not look like one that was passed.
            out.extend_from_slice(b"; no WebSocket connection in this capture");
        }
        out.push(b'\n');
        out
    }

    fn json(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut clock = Clock::default();
        for (rule, group) in self.findings() {
            let mut object = Object::open(&mut out, "finding");
            member!(object, "code", word, rule.name);
            member!(object, "severity", word, rule.severity.name());
            member!(object, "clause", word, rule.clause);
            member!(object, "sentence", text, rule.sentence);
            member!(object, "count", number, group.count);
            member!(object, "fails", flag, self.policy.fails(rule));
            member!(object, "places", raw, "");
            json::list(object.buffer(), &group.places, |out, place| json_place(out, &mut clock, place));
            object.close();
            out.push(b'\n');
        }
        let [(_, errors), (_, warnings), (_, notes)] = self.totals();
        let mut object = Object::open(&mut out, "lint");
        member!(object, "errors", number, errors);
        member!(object, "warnings", number, warnings);
        member!(object, "notes", number, notes);
        member!(object, "connections", number, self.connections);
        member!(object, "failed", flag, self.failed());
        object.close();
        out.push(b'\n');
        out
    }
}

fn heading(out: &mut Vec<u8>, style: Style, rule: &Rule, count: u64, denied: bool) {
    style.say(out, rule.severity.into(), &format!("{} {}", glyph(rule.severity), rule.name));
    let denied = if denied { ", denied" } else { "" };
    let times = if count == 1 { "once".to_string() } else { format!("{count} times") };
    let words = format!("  {}{denied}  {times}  {}\n  {}\n", rule.severity.name(), rule.clause, rule.sentence);
    out.extend_from_slice(words.as_bytes());
}

/// `frame 12, connection 0, packet 33, 0.012345678 s: detail`.
fn push_place(out: &mut Vec<u8>, place: &Place, origin: Timestamp) {
    let item = match place.place {
        NotePlace::Frame(n) => format!("frame {n}, "),
        NotePlace::Message(n) => format!("message {n}, "),
        NotePlace::Socket => String::new(),
    };
    let words = format!("{item}connection {}, packet {}, ", place.socket.label(), place.at.packet);
    out.extend_from_slice(words.as_bytes());
    push_seconds(out, place.at.time.since(origin));
    out.extend_from_slice(b" s");
    if let Some(detail) = &place.detail {
        out.extend_from_slice(b": ");
        DisplaySafe::text(detail).columns(200).write_to(out);
    }
    out.push(b'\n');
}

fn json_place(out: &mut Vec<u8>, clock: &mut Clock, place: &Place) {
    out.extend_from_slice(b"{\"connection\":");
    let mut object = Object::within(out);
    object.number(place.socket.connection.0.into());
    if let Some(stream) = place.socket.stream {
        member!(object, "stream", number, stream.0);
    }
    match place.place {
        NotePlace::Frame(n) => member!(object, "frame", number, n),
        NotePlace::Message(n) => member!(object, "message", number, n),
        NotePlace::Socket => {}
    }
    member!(object, "packet", number, place.at.packet);
    member!(object, "time", time, clock, place.at);
    if let Some(detail) = &place.detail {
        member!(object, "detail", text, detail);
    }
    object.close();
}

impl Sink for Lint {
    fn wants(&self) -> Wants {
        Wants::NOTHING
    }

    fn tell(&mut self, told: &Told<'_>) {
        match *told {
            Told::Started(first) => self.origin = first.time,
            Told::Closed(connection) => {
                self.connections += u64::from(connection.evidence.is_websocket());
            }
            Told::Note { socket, place, note, at } if !place.is_mark(note.code) => {
                let Some(group) = self.groups.get_mut(note.code as usize) else { return };
                group.count += 1;
                if group.places.len() < PLACES {
                    let detail = note.detail.as_deref().map(String::from);
                    group.places.push(Place { socket, place, at, detail });
                }
            }
            _ => {}
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}

impl Output for Lint {
    fn finish(&mut self, _: &Summary) {
        let text = match self.form {
            Form::Text(style) => self.text(style),
            Form::Json => self.json(),
            Form::Silent => Vec::new(),
        };
        self.out.buffer().extend_from_slice(&text);
        self.out.flush();
    }

    fn flush(&mut self) {}

    fn out(&self) -> &Out {
        &self.out
    }
}

#[cfg(test)]
mod tests;
