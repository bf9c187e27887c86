//! One connection as a ladder: two lifelines, an arrow a frame, fragments bracketed.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::handshake::{halves, no_frames};
use crate::base::number::wide;
use crate::base::{Direction, Severity, SocketId, Timestamp};
use crate::trace::{Bytes, FrameRow, Trace};
use crate::tui::keys::{Action, Place, places};
use crate::tui::line::{self, Line, Role};
use crate::tui::page::{About, Copies, Finding, Page};
use crate::tui::page_name::PageName;
use crate::tui::pane::Pane;
use crate::tui::pattern::Pattern;
use crate::tui::pings::answer;
use crate::tui::rows::{Kind, Rows};
use crate::tui::scroll::{scrolled, stepped};
use crate::tui::state::State;
use crate::tui::text;
use crate::tui::theme::glyph;
use crate::websocket::Opcode;

/// Columns from which on each rung has its time.
const TIMED: usize = 60;

/// What this page is.
pub(super) static ABOUT: About = About {
    name: PageName("ladder"),
    shows: "one connection between two lifelines",
    place: Place {
        title: "On the ladder",
        keys: &[
            places::foot(Action::Open, "frame", "to this frame"),
            places::here(Action::Down, "the next frame of this connection"),
            places::here(Action::Find, "find in the frames of this connection"),
        ],
    },
    shows_selected: true,
    copies: Copies::Selected,
    page: || Box::<Ladder>::default(),
};

/// The page.
#[derive(Default)]
struct Ladder {
    /// The first row shown.
    top: u64,
    /// The visible lines.
    lines: Vec<Line>,
}

impl Ladder {
    /// The visible lines of the ladder. Its rows are the two halves of the handshake, then the connection's frames.
    fn lay_out(&mut self, state: &State, bytes: Bytes<'_>, width: usize, height: usize) -> Vec<Line> {
        let trace = bytes.trace();
        let Some(list) = trace.connections().get(state.connection) else { return Vec::new() };
        let told = list.told.as_ref();
        // Where there is little room, the arrows get what the times would take.
        let timed = width >= TIMED;
        let arrow = width.saturating_sub(if timed { 18 } else { 6 }).max(8);
        let halves = told.map(|told| halves(told, arrow.saturating_sub(6))).unwrap_or_default();
        let before = wide(halves.len());
        let frames = wide(list.frame_count());
        let selected = wide(list.index_of(state.list.selected)).min(frames.saturating_sub(1));
        let room = wide(height.saturating_sub(1));
        // The first frame brings the handshake with it.
        let line = if selected == 0 { 0 } else { selected + before };
        self.top = scrolled(self.top, line, room, frames + before);
        let mut lines = vec![lifelines(trace, state.connection, arrow, timed)];
        for row in self.top..(frames + before).min(self.top + room) {
            let index = usize::try_from(row.saturating_sub(before)).unwrap_or(usize::MAX);
            let half = usize::try_from(row).ok().and_then(|row| halves.get(row));
            match (half, list.frame(index).and_then(|frame| trace.frames().get(frame))) {
                (Some((direction, words, time)), _) => {
                    let line = rung(*direction, "", words, '─', arrow);
                    lines.push(if timed { with_time(state, line, *time, Role::Dim) } else { line });
                }
                (None, Some(frame)) => {
                    let line = frame_rung(state, bytes, &frame, arrow);
                    let role = if state.find.is_hit(frame.number) { Role::Found } else { Role::Dim };
                    let line = if timed { with_time(state, line, frame.first.time, role) } else { line };
                    lines.push(Line { selected: row == selected + before, ..line });
                }
                (None, None) => {}
            }
        }
        if frames == 0 {
            lines.extend(Line::of("  ", Role::Dim).wrapped(no_frames(list), Role::Dim, width, 4));
            lines.truncate(height);
        }
        lines
    }
}

impl Page for Ladder {
    fn frames(&mut self, state: &State, bytes: Bytes<'_>, area: Rect) -> Vec<u64> {
        // Which messages are seen is known only once the page is laid out.
        self.settle(state, bytes, area);
        let Some(list) = bytes.trace().connections().get(state.connection) else { return Vec::new() };
        // The handshake has at most two rows before the first frame.
        let first = usize::try_from(self.top.saturating_sub(2)).unwrap_or(usize::MAX);
        let rows = usize::from(area.height) + 2;
        (first..first.saturating_add(rows)).map_while(|index| list.frame(index)).collect()
    }

    fn settle(&mut self, state: &State, bytes: Bytes<'_>, area: Rect) {
        self.lines = self.lay_out(state, bytes, usize::from(area.width), usize::from(area.height));
    }

    fn draw(&self, state: &State, area: Rect, buffer: &mut Buffer) {
        line::draw(&state.theme, &self.lines, state.pane == Pane::Page, area, buffer);
    }

    fn step(&mut self, state: &mut State, action: Action, times: u64) {
        let shared = state.trace.clone();
        let trace = shared.read();
        let Some(list) = trace.connections().get(state.connection) else { return };
        let rows = wide(list.frame_count());
        let here = wide(list.index_of(state.list.selected)).min(rows.saturating_sub(1));
        let row = stepped(action, here, rows, state.scene.areas.rows_of_page(), times);
        state.choose_frame(usize::try_from(row).ok().and_then(|row| list.frame(row)));
    }

    fn click(&mut self, state: &mut State, line: u64) {
        let shared = state.trace.clone();
        let trace = shared.read();
        let Some(list) = trace.connections().get(state.connection) else { return };
        let before = wide(list.told.as_ref().map_or(0, |told| halves(told, 0).len()));
        let row = line.checked_sub(1).and_then(|line| (self.top + line).checked_sub(before));
        state.choose_frame(row.and_then(|row| usize::try_from(row).ok()).and_then(|row| list.frame(row)));
    }

    fn find(&mut self, state: &mut State, _pattern: &Pattern, _forward: bool) -> Finding {
        Finding::Frames {
            rows: Rows { kind: Kind::Frames, only: Some(state.connection), frozen: None },
            entries: false,
        }
    }

    fn open(&mut self, state: &mut State) {
        let shared = state.trace.clone();
        let trace = shared.read();
        if trace.connections().get(state.connection).is_none_or(|row| row.frame_count() == 0) {
            return state.show(PageName::HANDSHAKE);
        }
        state.leave_filter_for(&trace);
        state.show(PageName::FRAMES);
    }
}

/// The line above the lifelines: who stands at each, the server's name ending at its line.
fn lifelines(trace: &Trace, id: SocketId, arrow: usize, timed: bool) -> Line {
    let told = trace.connections().get(id).and_then(|row| row.told.as_ref());
    let Some(told) = told else { return Line::of(format!(" connection {}", id.label()), Role::Title) };
    let (client, server) = (told.client.to_string(), told.server.to_string());
    let room = (arrow + 2).saturating_sub(text::width(&client) + text::width(&server));
    let line = Line::of(format!("  {client}"), Role::Side(Direction::Client));
    if room == 0 {
        return line;
    }
    let line = line.and(" ".repeat(room), Role::Dim).and(server, Role::Side(Direction::Server));
    if timed { line.right(format!("connection {} ", id.label()), Role::Dim) } else { line }
}

fn frame_rung(state: &State, bytes: Bytes<'_>, frame: &FrameRow, arrow: usize) -> Line {
    let trace = bytes.trace();
    let message = frame.message.and_then(|message| trace.messages().get(message));
    let fragments = message.filter(|message| message.frame_count > 1);
    let (bracket, stroke) = match fragments {
        Some(message) if frame.number == message.first_frame => ("┌ ", '─'),
        Some(message) if frame.number == message.last_frame => ("└ ", '═'),
        Some(_) => ("│ ", '─'),
        None if frame.is_data() => ("", '═'),
        None => ("", '─'),
    };
    let opcode = frame.header.opcode;
    let mut words = format!("#{} {} {}", frame.number, opcode.short_name(), text::count(frame.header.length));
    match (fragments, answer(bytes, frame)) {
        (Some(message), _) if frame.number == message.last_frame => {
            words.push_str(&format!(" FIN  message {}: {}", message.number, text::size(message.length)));
        }
        (_, Some(answer)) => words.push_str(&format!("  {answer}")),
        _ => {}
    }
    if frame.header.length > 0 || opcode == Opcode::Close {
        let room = arrow.saturating_sub(text::width(bracket) + text::width(&words) + 8);
        if room > 4 {
            words.push_str(&format!("  {}", text::cut(&state.preview(bytes, frame), room)));
        }
    }
    let line = rung(frame.direction, bracket, &words, stroke, arrow);
    let mark = frame.severity.filter(|severity| *severity >= Severity::Warning);
    match mark {
        Some(severity) => line.right(format!("{} ", glyph(severity)), Role::Finding(severity)),
        None => line,
    }
}

fn with_time(state: &State, line: Line, time: Timestamp, role: Role) -> Line {
    line.right(state.time_text(time, None), role).right(" ", Role::Dim)
}

/// One arrow with words in it.
fn rung(direction: Direction, bracket: &str, words: &str, stroke: char, arrow: usize) -> Line {
    let room = arrow.saturating_sub(text::width(bracket) + 4);
    let words = format!(" {} ", text::cut(words, room.saturating_sub(2)));
    let rest: String =
        std::iter::repeat_n(stroke, room.saturating_sub(text::width(&words)).saturating_add(1)).collect();
    let side = Role::Side(direction);
    match direction {
        Direction::Client => Line::of("  │", Role::Dim)
            .and(bracket.to_owned(), Role::Label)
            .and(stroke.to_string(), side)
            .and(words, Role::Text)
            .and(format!("{rest}▶"), side)
            .and("│", Role::Dim),
        Direction::Server => Line::of("  │", Role::Dim)
            .and(bracket.to_owned(), Role::Label)
            .and(format!("◀{rest}"), side)
            .and(words, Role::Text)
            .and(stroke.to_string(), side)
            .and("│", Role::Dim),
    }
}
