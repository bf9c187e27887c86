//! The opening handshake in full: what was asked, what was answered, what was agreed on, and whether it holds.

mod carriage;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::base::number::wide;
use crate::base::{At, Direction, Severity, SocketId, Timestamp};
use crate::dissect::{Evidence, Socket};
use crate::trace::{Bytes, ConnectionRow, Trace};
use crate::tui::areas::Areas;
use crate::tui::hit::Hit;
use crate::tui::keys::{Action, Place, places};
use crate::tui::line::{self, Line, Role};
use crate::tui::page::{About, Copies, Finding, Page};
use crate::tui::page_name::PageName;
use crate::tui::pane::Pane;
use crate::tui::pattern::Pattern;
use crate::tui::scroll::{scrolled, stepped};
use crate::tui::state::State;
use crate::tui::text;
use crate::tui::theme::glyph;
use crate::websocket::Handshake;

/// What this page is.
pub(super) static ABOUT: About = About {
    name: PageName::HANDSHAKE,
    shows: "what was asked, answered and agreed on",
    place: Place {
        title: "In the handshake",
        keys: &[
            places::here(Action::Down, "a line on"),
            places::here(Action::Find, "find in this handshake"),
            places::here(Action::Copy, "copy both heads"),
        ],
    },
    shows_selected: false,
    copies: Copies::Handshake,
    page: || Box::<HandshakePage>::default(),
};

/// The page.
#[derive(Default)]
struct HandshakePage {
    /// The connection that was shown: another one is shown from its first line on.
    of: Option<SocketId>,
    /// The first line shown.
    top: usize,
    /// The line in which something was found.
    found: Option<usize>,
    /// Columns of its lines.
    width: usize,
    /// Lines that are seen.
    height: usize,
    /// The visible lines.
    lines: Vec<Line>,
}

impl Page for HandshakePage {
    fn areas(&self, _state: &State, body: Rect, areas: &mut Areas) {
        areas.page(body);
    }

    fn settle(&mut self, state: &State, bytes: Bytes<'_>, area: Rect) {
        if self.of != Some(state.connection) {
            (self.of, self.top, self.found) = (Some(state.connection), 0, None);
        }
        (self.width, self.height) = (usize::from(area.width), usize::from(area.height));
        let mut lines = lines(bytes.trace(), state.connection, self.width, usize::MAX);
        self.top = self.top.min(lines.len().saturating_sub(self.height));
        if let Some(line) = self.found.filter(|_| state.find.marking).and_then(|line| lines.get_mut(line)) {
            line.selected = true;
        }
        self.lines = lines.into_iter().skip(self.top).collect();
    }

    fn draw(&self, state: &State, area: Rect, buffer: &mut Buffer) {
        line::draw(&state.theme, &self.lines, state.pane == Pane::Page, area, buffer);
    }

    fn step(&mut self, state: &mut State, action: Action, times: u64) {
        let here = wide(self.top);
        let to = stepped(action, here, u64::from(u16::MAX), state.scene.areas.rows_of_page(), times);
        self.top = usize::try_from(to).unwrap_or(0);
    }

    fn open(&mut self, _state: &mut State) {}

    fn find(&mut self, state: &mut State, pattern: &Pattern, forward: bool) -> Finding {
        let lines = lines(&state.trace.read(), state.connection, self.width, usize::MAX);
        let has = |line: &Line| pattern.is_in(line.text().as_bytes());
        // From 1 on, so that there is a place before the first line.
        let places: Vec<usize> = (1..).zip(&lines).filter(|(_, line)| has(line)).map(|(place, _)| place).collect();
        let Some((place, hit)) = Hit::next(&places, self.found.map_or(self.top, |line| line + 1), forward) else {
            self.found = None;
            return Finding::Lines(None);
        };
        self.found = Some(place - 1);
        let top = scrolled(wide(self.top), wide(place - 1), wide(self.height.max(1)), wide(lines.len()));
        self.top = usize::try_from(top).unwrap_or(0);
        Finding::Lines(Some(hit))
    }
}

/// Everything about the start and the end of a connection, in lines of at most `width` columns where they can be
/// broken, and at most `most` lines a value.
pub(super) fn lines(trace: &Trace, id: SocketId, width: usize, most: usize) -> Vec<Line> {
    let Some(row) = trace.connections().get(id) else { return Vec::new() };
    let Some(told) = &row.told else { return vec![Line::of(" nothing is known of this connection", Role::Dim)] };
    let mut lines = vec![
        Line::of(format!(" Connection {}  ", id.label()), Role::Title)
            .and(told.client.to_string(), Role::Side(Direction::Client))
            .and(" → ", Role::Dim)
            .and(told.server.to_string(), Role::Side(Direction::Server)),
        match told.evidence {
            Evidence::Refused => {
                let answer = told.handshake.as_ref().and_then(|handshake| handshake.response.as_ref());
                let words = answer.map_or(String::new(), |answer| format!("{} {}", answer.status, answer.reason));
                Line::of(" refused  ", Role::Finding(Severity::Warning)).and(text::safe(&words), Role::Text)
            }
            Evidence::Unanswered(ending) => {
                Line::of(" never answered  ", Role::Finding(Severity::Warning)).and(ending.to_string(), Role::Text)
            }
            Evidence::Tls => Line::of(" not read  ", Role::Finding(Severity::Warning))
                .and("its keys are not known: `sockeye keys-howto` says how to get them", Role::Text),
            _ => Line::of(" taken for WebSocket by ", Role::Label).and(evidence(told), Role::Text),
        },
    ];
    if let Some(process) = told.process.get() {
        let name = format!("{} ({})", text::safe(&process.name), process.id);
        lines.push(Line::of(" of the process ", Role::Label).and(name, Role::Text));
    }
    for placed in trace.notes().of_socket(id) {
        let rule = placed.note.code.rule();
        let detail = placed.note.detail.as_deref().map_or(String::new(), |detail| format!(" {}", text::safe(detail)));
        let packet = placed.note.at.map_or(String::new(), |at| format!(", packet {}", at.packet));
        let sentence = format!("{}{detail} ({}{packet})", rule.sentence, rule.clause);
        let head = format!(" {} {}  ", glyph(rule.severity), rule.name);
        let head = Line::of(head, Role::Finding(rule.severity));
        lines.extend(head.wrapped(&sentence, Role::Text, width, most));
    }
    if let Some(handshake) = &told.handshake {
        // Nothing was agreed on where the server refused, or said nothing.
        if told.evidence.is_websocket() {
            agreement(handshake, width, most, &mut lines);
        }
        carriage::lines(told, width, most, &mut lines);
        heads(handshake, width, most, &mut lines);
    } else {
        carriage::lines(told, width, most, &mut lines);
    }
    if let Some(close) = &told.close {
        lines.push(Line::default());
        let code =
            close.code.map_or("no code".to_owned(), |code| format!("{code} {}", crate::websocket::close::name(code)));
        let words = format!("{code}  {}", text::safe(&close.reason));
        let head = Line::of(" closed by the ", Role::Label).and(format!("{}  ", close.by.name()), Role::Side(close.by));
        lines.extend(head.wrapped(words.trim_end(), Role::Text, width, most));
    }
    lines
}

fn named(name: &str, value: &str, width: usize, most: usize) -> Vec<Line> {
    Line::of(format!(" {name}  "), Role::Label).wrapped(value, Role::Text, width, most)
}

pub(super) fn evidence(told: &Socket) -> String {
    match told.evidence {
        Evidence::MidStream { confidence } => format!("mid-stream, {} % sure", Evidence::percent(confidence)),
        other => other.name().to_owned(),
    }
}

/// What every opening handshake asks for.
const ASKS: &str = "  Upgrade: websocket";

/// What every extended CONNECT for a WebSocket asks for.
const ASKS_HTTP2: &str = "  :protocol websocket";

/// The halves of a handshake in a few words each, as far as they are known. A long URI loses its middle to `columns`.
pub(super) fn halves(told: &Socket, columns: usize) -> Vec<(Direction, String, Timestamp)> {
    let Some(handshake) = &told.handshake else { return Vec::new() };
    let mut halves = Vec::new();
    if let Some(request) = &handshake.request {
        let (method, target) = (text::safe(&request.method), text::safe(&request.target));
        let asks = if request.http2 { ASKS_HTTP2 } else { ASKS };
        let room = columns.saturating_sub(text::width(&method) + text::width(asks) + 1).max(8);
        let words = format!("{method} {}{asks}", text::shorten(&target, room));
        halves.push((Direction::Client, words, request.at.time));
    }
    if let Some(response) = &handshake.response {
        let outcome = match told.evidence {
            Evidence::Refused => "refused".to_owned(),
            _ => accepted(handshake),
        };
        let line = format!("{} {}", response.status, response.reason);
        let words = format!("{}  {outcome}", line.trim_end());
        halves.push((Direction::Server, text::safe(&words), response.at.time));
    }
    halves
}

fn accepted(handshake: &Handshake) -> String {
    let accept = match (handshake.accept(), handshake.expected_accept()) {
        (Some(got), Some(wanted)) if got == wanted => "Accept ✓  ",
        (None, _) | (_, None) => "",
        _ => "Accept ✖  ",
    };
    let chosen = handshake.extensions().join(", ");
    format!("{accept}{}", if chosen.is_empty() { "no extensions" } else { &chosen })
}

/// Why there is no frame to show of a connection.
pub(super) fn no_frames(row: &ConnectionRow) -> &'static str {
    match &row.told {
        Some(told) if matches!(told.evidence, Evidence::Refused) => {
            "the server refused the upgrade, so no frames follow; 6 shows both heads in full"
        }
        Some(told) if matches!(told.evidence, Evidence::Unanswered(_)) => {
            "the upgrade was never answered, so no frames follow; 6 shows the request in full"
        }
        Some(told) if told.evidence == Evidence::Tls => {
            "TLS whose keys are not known: `sockeye keys-howto` says how to get them; 6 shows what is known"
        }
        _ if row.over => "no frames in this connection",
        _ => "no frames so far",
    }
}

/// What the two sides agreed on, offered against chosen, and the answer to the key computed again.
fn agreement(handshake: &Handshake, width: usize, most: usize, lines: &mut Vec<Line>) {
    lines.push(Line::default());
    lines.push(Line::of(" Agreed", Role::Title));
    if let Some(version) = handshake.version() {
        let draft = handshake.draft().map_or(String::new(), |draft| format!("  {} ({})", draft.name(), draft.date()));
        lines.extend(named("  version       ", &format!("{}{draft}", text::safe(version)), width, most));
    } else if let Some(draft) = handshake.draft() {
        lines.extend(named("  version       ", &draft.to_string(), width, most));
    }
    challenge(handshake, width, most, lines);
    let accept = match (handshake.accept(), handshake.expected_accept()) {
        (Some(got), Some(wanted)) if got == wanted => {
            Some((format!("{} ✓ answers the key", text::safe(got)), Role::Right))
        }
        (Some(got), Some(wanted)) => {
            Some((format!("{} ✖ should be {wanted}", text::safe(got)), Role::Finding(Severity::Error)))
        }
        (None, Some(wanted)) => Some((format!("missing, should be {wanted}"), Role::Finding(Severity::Error))),
        (Some(got), None) => Some((format!("{}, to a key that is not known", text::safe(got)), Role::Text)),
        (None, None) => None,
    };
    let is_judged = !handshake.is_http2() && handshake.response.as_ref().is_some_and(|head| !head.cut);
    if let Some((accept, role)) = accept.filter(|_| is_judged) {
        lines.extend(Line::of("   accept          ", Role::Label).wrapped(&accept, role, width, most));
    }
    let offered = handshake.subprotocols_offered().join(", ");
    let chosen = handshake.subprotocol().unwrap_or("none");
    if !offered.is_empty() || chosen != "none" {
        let value = format!("{} offered, {} chosen", or_none(&offered), text::safe(chosen));
        lines.extend(named("  subprotocol   ", &value, width, most));
    }
    let offered: Vec<String> = handshake.extensions_offered().iter().map(ToString::to_string).collect();
    let chosen = handshake.extensions();
    if !offered.is_empty() || !chosen.is_empty() {
        lines.extend(named("  extensions    ", &format!("{} offered", or_none(&offered.join(", "))), width, most));
        lines.extend(named("                ", &format!("{} chosen", or_none(&chosen.join(", "))), width, most));
    }
    if let Some(deflate) = handshake.deflate() {
        for side in Direction::BOTH {
            let kept = if deflate.takeover(side) { "context kept" } else { "no context kept" };
            let value = format!("window of 2^{} bytes, {kept}", deflate.window_bits(side));
            let head = Line::of(format!("   {:<15} ", format!("{} sends", side.name())), Role::Side(side));
            lines.extend(head.wrapped(&value, Role::Text, width, most));
        }
    }
}

/// The challenge of draft-hixie-76 and its answer, computed again.
fn challenge(handshake: &Handshake, width: usize, most: usize, lines: &mut Vec<Line>) {
    let Some(challenge) = handshake.request.as_ref().and_then(|request| request.challenge) else { return };
    lines.extend(named("  challenge     ", &hex::encode(challenge), width, most));
    let Some(answer) = handshake.response.as_ref().and_then(|response| response.answer) else { return };
    let (words, role) = match handshake.expected_answer() {
        Some(wanted) if wanted == answer => (" ✓ answers the challenge".to_owned(), Role::Right),
        Some(wanted) => (format!(" ✖ should be {}", hex::encode(wanted)), Role::Finding(Severity::Error)),
        None => (", to keys that the draft has refused".to_owned(), Role::Text),
    };
    let value = format!("{}{words}", hex::encode(answer));
    lines.extend(Line::of("   answer          ", Role::Label).wrapped(&value, role, width, most));
}

fn or_none(text: &str) -> String {
    if text.is_empty() { "none".to_owned() } else { text::safe(text) }
}

fn heads(handshake: &Handshake, width: usize, most: usize, lines: &mut Vec<Line>) {
    if let Some(request) = &handshake.request {
        let first = request.line();
        head(Direction::Client, &first, request.at, width, most, lines);
        fields(&request.fields, width, most, lines);
        cut(request.cut, lines);
    }
    if let Some(response) = &handshake.response {
        let first = format!("{} {}", response.status, response.reason);
        head(Direction::Server, &first, response.at, width, most, lines);
        fields(&response.fields, width, most, lines);
        cut(response.cut, lines);
        body(handshake, width, most, lines);
    }
}

/// What a refusal says besides its head.
fn body(handshake: &Handshake, width: usize, most: usize, lines: &mut Vec<Line>) {
    let Some((body, text)) = handshake.refusal_body() else { return };
    lines.push(Line::default());
    let kept = match text {
        Some(text) => {
            for line in text.lines() {
                lines.extend(Line::of("   ", Role::Label).wrapped(&text::safe(line), Role::Text, width, most));
            }
            text.len()
        }
        None => {
            let hex = hex::encode(&body.bytes);
            lines.extend(Line::of("   ", Role::Label).wrapped(&hex, Role::Text, width, most));
            body.bytes.len()
        }
    };
    let more = body.length.saturating_sub(wide(kept));
    if more > 0 {
        lines.push(Line::of(format!("   {more} more bytes are not kept"), Role::Dim));
    }
}

/// The first line of a head, with its packet at the right edge.
fn head(side: Direction, first: &str, at: At, width: usize, most: usize, lines: &mut Vec<Line>) {
    lines.push(Line::default());
    let packet = format!("packet {} ", at.packet);
    let room = width.saturating_sub(text::width(&packet) + 1);
    let wrapped = text::wrap(&text::safe(first), room.saturating_sub(1).max(8), most);
    let mut wrapped = wrapped.into_iter().map(|words| Line::of(format!(" {words}"), Role::Side(side)));
    lines.extend(wrapped.next().map(|line| line.right(packet, Role::Dim)));
    lines.extend(wrapped);
}

fn fields(fields: &[(String, String)], width: usize, most: usize, lines: &mut Vec<Line>) {
    for (name, value) in fields {
        let (name, value) = (text::safe(name), text::safe(value));
        // A name that is no name of a field may be of any length.
        if text::width(&name) + 6 > width {
            lines.extend(Line::of("   ", Role::Label).wrapped(&format!("{name}: {value}"), Role::Text, width, most));
        } else {
            lines.extend(Line::of(format!("   {name}: "), Role::Label).wrapped(&value, Role::Text, width, most));
        }
    }
}

fn cut(cut: bool, lines: &mut Vec<Line>) {
    if cut {
        lines.push(Line::of("   … the rest of this head is not known", Role::Dim));
    }
}
