//! One connection as a conversation: what the client says stands left, what the server says stands right.
//!
//! An entry is a whole message, at its last frame, or a control frame. Entries have as many lines as their text needs,
//! so the page is laid out from its first entry on, and only as far as it is visible.

use ratatui::layout::Rect;

use super::along::{Along, AlongPage, Row};
use super::handshake::{halves, no_frames};
use crate::base::{Direction, Severity, SocketId};
use crate::dissect::Tls;
use crate::trace::{Bytes, ConnectionRow, Trace};
use crate::tui::entries::{entry_after, entry_before, is_entry, nearest};
use crate::tui::keys::{Action, Place, places};
use crate::tui::line::{Line, Role};
use crate::tui::page::{About, Copies};
use crate::tui::page_name::PageName;
use crate::tui::pings::answer;
use crate::tui::state::State;
use crate::tui::text;
use crate::tui::theme::glyph;
use crate::websocket::Opcode;

/// Lines of text of one entry.
const LINES: usize = 6;

/// Columns below which the two sides nearly stand under each other, without times.
const NARROW: usize = 60;

/// What this page is.
pub(super) static ABOUT: About = About {
    name: PageName("talk"),
    shows: "one connection as a conversation, with round trips",
    place: Place {
        title: "In the conversation",
        keys: &[
            places::foot(Action::Open, "frame", "to this frame"),
            places::here(Action::Down, "the next message or control frame"),
            places::here(Action::Find, "find in this conversation"),
            places::here(Action::Export, "write the conversation to a file: x, then t"),
        ],
    },
    shows_selected: true,
    copies: Copies::Message,
    page: || Box::<AlongPage<Talk>>::default(),
};

/// The page. Its top is the frame of the first entry shown.
#[derive(Default)]
struct Talk;

impl Along for Talk {
    const ENTRIES: bool = true;

    fn lay_out(top: &mut u64, state: &State, list: &ConnectionRow, bytes: Bytes<'_>, area: Rect) -> Vec<Row> {
        let trace = bytes.trace();
        let (width, height) = (usize::from(area.width), usize::from(area.height));
        let selected = nearest(trace, list.id, state.list.selected);
        let mut lines = vec![(ends(trace, list.id, width), None)];
        lines.extend(below(list, width).map(|line| (line, None)));
        if list.frame_count() == 0 {
            lines.extend(only_handshake(state, list, width).into_iter().map(|line| (line, None)));
            return lines;
        }
        let room = height.saturating_sub(lines.len());
        // From the selected entry upwards: how far up may the view begin so that it is still seen whole?
        let mut used = entry(state, bytes, selected, width).len();
        let mut first = selected;
        while used < room
            && let Some(before) = entry_before(trace, list.id, first)
        {
            used += entry(state, bytes, before, width).len();
            if used > room {
                break;
            }
            first = before;
        }
        *top = (*top).max(first).min(selected);
        if !is_entry(trace, *top) {
            *top = nearest(trace, list.id, *top);
        }
        for frame in list.frames_from(*top).filter(|frame| is_entry(trace, *frame)) {
            if lines.len() >= height {
                break;
            }
            // The empty line after it belongs to none.
            lines.extend(entry(state, bytes, frame, width).into_iter().map(|line| {
                let selected = frame == selected && !line.parts.is_empty();
                (Line { selected, ..line }, Some(frame))
            }));
        }
        lines
    }

    fn seen(top: u64, trace: &Trace, list: &ConnectionRow, lines: u16) -> Vec<u64> {
        list.frames_from(top).filter(|frame| is_entry(trace, *frame)).take(usize::from(lines)).collect()
    }

    fn step(state: &State, trace: &Trace, list: &ConnectionRow, action: Action, times: u64) -> Option<u64> {
        let here = nearest(trace, list.id, state.list.selected);
        // A page holds about four lines an entry.
        let page = state.scene.areas.rows_of_page();
        let entries = |lines: u64| (lines / 4).max(1).saturating_mul(times);
        let walk = |steps: u64, forward: bool| {
            let next = |frame: &u64| {
                if forward { entry_after(trace, list.id, *frame) } else { entry_before(trace, list.id, *frame) }
            };
            let steps = usize::try_from(steps).unwrap_or(usize::MAX);
            std::iter::successors(Some(here), next).take(steps.saturating_add(1)).last()
        };
        match action {
            Action::Down => walk(times, true),
            Action::Up => walk(times, false),
            Action::PageDown => walk(entries(page), true),
            Action::PageUp => walk(entries(page), false),
            Action::HalfDown => walk(entries(page / 2), true),
            Action::HalfUp => walk(entries(page / 2), false),
            Action::Top => list.frame(0).map(|frame| nearest(trace, list.id, frame)),
            Action::Bottom => list.frame_count().checked_sub(1).and_then(|last| list.frame(last)),
            _ => None,
        }
    }

    fn stands_for(trace: &Trace, list: &ConnectionRow, frame: u64) -> u64 {
        nearest(trace, list.id, frame)
    }
}

/// What carries it, in one line.
fn below(list: &ConnectionRow, width: usize) -> Option<Line> {
    let told = list.told.as_deref()?;
    let tls = told.tls.as_deref().map(Tls::line);
    let request = told.handshake.as_deref().and_then(|handshake| handshake.request.as_ref());
    let http2 = told.http2.as_deref().map(|http2| {
        let asked = request.map_or_else(String::new, |request| format!("  {} {}", request.method, request.target));
        format!("{}{asked}", http2.line())
    });
    let words: Vec<String> = tls.into_iter().chain(http2).map(|words| text::safe(&words)).collect();
    (!words.is_empty()).then(|| Line::of(text::cut(&format!(" {}", words.join("  ")), width), Role::Dim))
}

/// Of a connection without frames there is at least what was asked and answered.
fn only_handshake(state: &State, list: &ConnectionRow, width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let room = width.saturating_sub(shift(Direction::Client, width) + 16);
    for (direction, words, time) in list.told.as_deref().map(|told| halves(told, room)).unwrap_or_default() {
        let line = Line::of(" ".repeat(shift(direction, width)), Role::Text)
            .and(format!("{} ", direction.arrow()), Role::Side(direction))
            .and(words, Role::Text);
        let time = state.time_text(time, None);
        lines.push(if width < NARROW { line } else { line.right(format!("{time} "), Role::Dim) });
        lines.push(Line::default());
    }
    lines.extend(Line::of(" ", Role::Dim).wrapped(no_frames(list), Role::Dim, width, LINES));
    lines
}

fn entry(state: &State, bytes: Bytes<'_>, frame: u64, width: usize) -> Vec<Line> {
    let trace = bytes.trace();
    let Some(row) = trace.frames().get(frame) else { return Vec::new() };
    let message = row.message.and_then(|message| trace.messages().get(message));
    let narrow = width < NARROW;
    let right = shift(Direction::Server, width);
    let shift = shift(row.direction, width);
    let room = (width - right).saturating_sub(3).max(10);
    let indent = " ".repeat(shift);
    let (opcode, length, severity) = match message {
        Some(message) => (message.opcode, message.length, message.severity.max(row.severity)),
        None => (row.header.opcode, row.header.length, row.severity),
    };
    let mut head = Line::of(indent.clone(), Role::Text)
        .and(format!("{} ", text::arrow(row.direction, opcode)), Role::Side(row.direction))
        .and(opcode.short_name(), if opcode.is_control() { Role::Control } else { Role::Side(row.direction) })
        .and(format!(" {}", text::size(length)), Role::Dim);
    if let Some(message) = message.filter(|message| message.frame_count > 1) {
        head = head.and(format!(" in {} frames", message.frame_count), Role::Dim);
    }
    if let Some(answer) = answer(bytes, &row) {
        head = head.and(format!("  {answer}"), Role::Label);
    }
    if let Some(severity) = severity.filter(|severity| *severity >= Severity::Warning) {
        let code = trace.notes().of_frame(frame).next().map_or("", |placed| placed.note.code.name());
        head = head.and(format!("  {} {code}", glyph(severity)), Role::Finding(severity));
    }
    let time = state.time_text(row.first.time, None);
    let time = if narrow { String::new() } else { format!("{time}  ") };
    let number = if state.find.is_hit(frame) { Role::Found } else { Role::Dim };
    let mut lines = vec![head.right(time, Role::Dim).right(format!("#{frame}"), number).right(" ", Role::Dim)];
    let text = match &message {
        Some(message) => state.message_preview(bytes, message),
        None => state.preview(bytes, &row),
    };
    if length > 0 || opcode == Opcode::Close {
        let wrapped = text::wrap(&text, room, LINES);
        lines.extend(
            wrapped
                .into_iter()
                .map(|part| Line::of(format!("{indent}▌"), Role::Side(row.direction)).and(part, Role::Text)),
        );
    }
    lines.push(Line::default());
    lines
}

/// Columns before what a side says: the server stands to the right.
fn shift(direction: Direction, width: usize) -> usize {
    match direction {
        Direction::Client => 1,
        Direction::Server if width < NARROW => width / 6,
        Direction::Server => width * 2 / 5,
    }
}

/// The line above everything: who talks.
fn ends(trace: &Trace, id: SocketId, width: usize) -> Line {
    let told = trace.connections().get(id).and_then(|row| row.told.as_ref());
    let Some(told) = told else { return Line::of(format!(" connection {}", id.label()), Role::Title) };
    let client = format!(" {} ", told.client);
    let gap = (width * 2 / 5).saturating_sub(text::width(&client)).max(1);
    let line = Line::of(client, Role::Side(Direction::Client))
        .and(" ".repeat(gap), Role::Dim)
        .and(told.server.to_string(), Role::Side(Direction::Server));
    if width < NARROW { line } else { line.right(format!("connection {} ", id.label()), Role::Dim) }
}
