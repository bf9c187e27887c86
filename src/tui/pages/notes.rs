//! The notes: a line a rule with how often it was broken, and under an unfolded one a line for each place.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::base::number::wide;
use crate::base::{Code, Direction, Severity, Source};
use crate::dissect::NotePlace;
use crate::trace::{Bookmark, Bytes, PlacedNote, Trace};
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

/// What this page is.
pub(super) static ABOUT: About = About {
    name: PageName("notes"),
    shows: "what breaks a rule, and where",
    place: Place {
        title: "Among the notes",
        keys: &[
            places::foot(Action::Open, "unfold, go", "unfold a rule; from a place, to its frame"),
            places::here(Action::Down, "the next rule or place; its frame is selected"),
            places::here(Action::Find, "find in rules and places, folded ones too"),
        ],
    },
    shows_selected: false,
    copies: Copies::Selected,
    page: || Box::<Notes>::default(),
};

/// What a line stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NoteLine {
    /// A rule, and how often it was broken.
    Rule(Code, u64),
    /// A place: the index of a kept note.
    Place(usize),
}

/// The page.
#[derive(Default)]
struct Notes {
    /// The selected line.
    selected: u64,
    /// The first line shown.
    top: u64,
    /// The rule whose places are shown.
    open: Option<Code>,
    /// The places of that rule among the kept notes, as far as they were looked for.
    places: Vec<u32>,
    looked_at: usize,
    /// The visible lines.
    lines: Vec<Line>,
}

impl Notes {
    /// Folds or unfolds a rule.
    fn turn(&mut self, code: Code) {
        self.open = if self.open == Some(code) { None } else { Some(code) };
        self.places.clear();
        self.looked_at = 0;
    }

    /// Looks for more places of the rule that is unfolded.
    fn look(&mut self, trace: &Trace) {
        let Some(open) = self.open else { return };
        for index in self.looked_at..trace.notes().kept() {
            if trace.notes().code(index) == Some(open) {
                self.places.push(u32::try_from(index).unwrap_or(u32::MAX));
            }
        }
        self.looked_at = trace.notes().kept();
    }

    /// The rules that were broken, the gravest and most frequent first.
    fn rules(trace: &Trace) -> Vec<(Code, u64)> {
        let mut rules: Vec<(Code, u64)> = trace.notes().counts().collect();
        rules.sort_by_key(|(code, count)| (std::cmp::Reverse(code.rule().severity), std::cmp::Reverse(*count)));
        rules
    }

    /// Number of lines, and what one of them stands for.
    fn at(&self, trace: &Trace, line: u64) -> (u64, Option<NoteLine>) {
        let rules = Notes::rules(trace);
        let places = wide(self.places.len());
        let open = rules.iter().position(|(code, _)| Some(*code) == self.open).and_then(|at| u64::try_from(at).ok());
        let all = wide(rules.len()) + if open.is_some() { places } else { 0 };
        let rule = |line: u64| {
            let (code, count) = *usize::try_from(line).ok().and_then(|line| rules.get(line))?;
            Some(NoteLine::Rule(code, count))
        };
        let found = match open {
            Some(open) if line > open && line - open <= places => {
                let index = usize::try_from(line - open - 1).ok().and_then(|index| self.places.get(index));
                index.and_then(|index| usize::try_from(*index).ok()).map(NoteLine::Place)
            }
            Some(open) if line > open => rule(line - places),
            _ => rule(line),
        };
        (all, found)
    }

    /// The visible lines of the findings.
    fn lay_out(&mut self, state: &State, trace: &Trace, width: usize, height: usize) -> Vec<Line> {
        self.look(trace);
        let (all, _) = self.at(trace, 0);
        // What is wrong with the file itself stands above everything.
        let mut lines: Vec<Line> = state.warnings.iter().flat_map(|words| warning_lines(words, width)).collect();
        lines.truncate(height / 2);
        if all == 0 {
            let words = if trace.progress().finished { " nothing to find fault with" } else { " nothing so far" };
            lines.extend([Line::default(), Line::of(words, Role::Dim)]);
            return lines;
        }
        let room = wide(height - lines.len());
        self.selected = self.selected.min(all - 1);
        self.top = scrolled(self.top, self.selected, room, all);
        let rows = self.top..all.min(self.top + room);
        let columns = columns(trace);
        lines.extend(rows.filter_map(|row| {
            let line = match self.at(trace, row).1? {
                NoteLine::Rule(code, count) => rule_line(code, count, self.open == Some(code), columns, width),
                NoteLine::Place(index) => place_line(trace, &trace.notes().get(index)?),
            };
            Some(Line { selected: row == self.selected, ..line })
        }));
        lines
    }

    /// Every line that there would be if all rules were unfolded, with what it says.
    fn unfolded(trace: &Trace) -> Vec<(Code, Option<usize>, String)> {
        let mut places: Vec<(Code, usize)> =
            (0..trace.notes().kept()).filter_map(|index| Some((trace.notes().code(index)?, index))).collect();
        let rules = Notes::rules(trace);
        let order = |code: Code| rules.iter().position(|(rule, _)| *rule == code);
        places.sort_by_cached_key(|(code, index)| (order(*code), *index));
        let mut lines = Vec::with_capacity(rules.len() + places.len());
        for (code, count) in &rules {
            let words = rule_line(*code, *count, false, (0, 0), usize::from(u16::MAX)).text();
            lines.push((*code, None, words));
            let from = places.partition_point(|(other, _)| order(*other) < order(*code));
            let own = places.iter().skip(from).take_while(|(other, _)| other == code);
            lines.extend(own.filter_map(|(_, index)| {
                Some((*code, Some(*index), place_line(trace, &trace.notes().get(*index)?).text()))
            }));
        }
        lines
    }

    /// Selects a line, unfolding its rule.
    fn choose(&mut self, trace: &Trace, code: Code, place: Option<usize>) {
        if place.is_some() && self.open != Some(code) {
            self.turn(code);
        }
        self.look(trace);
        let wanted = |line: &NoteLine| match (line, place) {
            (NoteLine::Rule(rule, _), None) => *rule == code,
            (NoteLine::Place(index), Some(place)) => *index == place,
            _ => false,
        };
        let (all, _) = self.at(trace, 0);
        self.selected = (0..all).find(|line| self.at(trace, *line).1.is_some_and(|line| wanted(&line))).unwrap_or(0);
    }

    /// The selected place's frame is selected too, so that everything about it stands beside.
    fn show_place(&self, state: &mut State, trace: &Trace) {
        if let (_, Some(NoteLine::Place(index))) = self.at(trace, self.selected) {
            let placed = trace.notes().get(index);
            state.choose_frame(placed.as_ref().and_then(|placed| frame_of(trace, placed)));
            if let Some(placed) = placed {
                state.connection = placed.socket;
            }
        }
    }
}

impl Page for Notes {
    fn settle(&mut self, state: &State, bytes: Bytes<'_>, area: Rect) {
        self.lines = self.lay_out(state, bytes.trace(), usize::from(area.width), usize::from(area.height));
    }

    fn draw(&self, state: &State, area: Rect, buffer: &mut Buffer) {
        line::draw(&state.theme, &self.lines, state.pane == Pane::Page, area, buffer);
    }

    fn step(&mut self, state: &mut State, action: Action, times: u64) {
        let shared = state.trace.clone();
        let trace = shared.read();
        let (all, _) = self.at(&trace, 0);
        self.selected = stepped(action, self.selected, all, state.scene.areas.rows_of_page(), times);
        self.show_place(state, &trace);
    }

    fn click(&mut self, state: &mut State, line: u64) {
        let shared = state.trace.clone();
        let trace = shared.read();
        // What is wrong with the file stands above, and is no line to select.
        let (all, _) = self.at(&trace, 0);
        let above = wide(self.lines.len()).saturating_sub(all.saturating_sub(self.top));
        let Some(row) = line.checked_sub(above).map(|line| self.top + line).filter(|row| *row < all) else { return };
        self.selected = row;
        self.show_place(state, &trace);
    }

    fn find(&mut self, state: &mut State, pattern: &Pattern, forward: bool) -> Finding {
        let shared = state.trace.clone();
        let trace = shared.read();
        let lines = Notes::unfolded(&trace);
        let here = match self.at(&trace, self.selected).1 {
            Some(NoteLine::Rule(code, _)) => lines.iter().position(|(rule, place, _)| *rule == code && place.is_none()),
            Some(NoteLine::Place(index)) => lines.iter().position(|(_, place, _)| *place == Some(index)),
            None => None,
        };
        let has = lines.iter().enumerate().filter(|(_, (.., words))| pattern.is_in(words.as_bytes()));
        let places: Vec<usize> = has.map(|(line, _)| line).collect();
        let Some((line, hit)) = Hit::next(&places, here.unwrap_or(0), forward) else { return Finding::Lines(None) };
        if let Some((code, place, _)) = lines.get(line) {
            self.choose(&trace, *code, *place);
            self.show_place(state, &trace);
        }
        Finding::Lines(Some(hit))
    }

    fn open(&mut self, state: &mut State) {
        let shared = state.trace.clone();
        let trace = shared.read();
        match self.at(&trace, self.selected).1 {
            Some(NoteLine::Rule(code, _)) => self.turn(code),
            Some(NoteLine::Place(index)) => {
                self.show_place(state, &trace);
                state.leave_filter_for(&trace);
                let placed = trace.notes().get(index);
                let frame = placed.as_ref().and_then(|placed| frame_of(&trace, placed));
                let handshake = placed.is_some_and(|placed| placed.note.code.name().starts_with("ws.handshake"));
                // What is wrong with a handshake is seen there, also where no frame came of it.
                state.show(if handshake || frame.is_none() { PageName::HANDSHAKE } else { PageName::FRAMES });
            }
            None => {}
        }
    }
}

/// What is wrong with the file, in as many lines as it takes to read all of it.
fn warning_lines(words: &str, width: usize) -> Vec<Line> {
    let head = format!(" {} capture  ", glyph(Severity::Warning));
    let indent = text::width(&head);
    let wrapped = text::wrap(words, width.saturating_sub(indent + 1).max(10), 8);
    let line = |(index, part): (usize, String)| match index {
        0 => Line::of(head.clone(), Role::Finding(Severity::Warning)).and(part, Role::Text),
        _ => Line::of(" ".repeat(indent), Role::Text).and(part, Role::Text),
    };
    wrapped.into_iter().enumerate().map(line).collect()
}

/// Columns of the names of the rules that were broken, and of their counts.
fn columns(trace: &Trace) -> (usize, usize) {
    let widths =
        Notes::rules(trace).into_iter().map(|(code, count)| (code.rule().name.len(), text::count(count).len()));
    widths.fold((0, 0), |(name, count), (own_name, own_count)| (name.max(own_name), count.max(own_count)))
}

fn rule_line(code: Code, count: u64, open: bool, (name, digits): (usize, usize), width: usize) -> Line {
    let rule = code.rule();
    let fold = if open { "▾" } else { "▸" };
    let line = Line::of(format!(" {fold} "), Role::Dim)
        .and(format!("{} {:<name$}", glyph(rule.severity), rule.name), Role::Finding(rule.severity))
        .and(format!("  ×{:<digits$}  ", text::count(count)), Role::Label)
        .and(rule.sentence, Role::Text);
    if width >= 100 { line.right(format!("{} ", rule.clause), Role::Dim) } else { line }
}

fn place_line(trace: &Trace, placed: &PlacedNote) -> Line {
    let (place, about) = match placed.place {
        NotePlace::Frame(number) => {
            let row = trace.frames().get(number);
            let what = row.map_or(String::new(), |row| {
                format!(
                    "{} {} {}",
                    text::arrow(row.direction, row.header.opcode),
                    row.header.opcode.short_name(),
                    text::size(row.header.length)
                )
            });
            (format!("#{number}"), what)
        }
        NotePlace::Message(number) => {
            let row = trace.messages().get(number);
            let what = row.map_or(String::new(), |row| {
                format!("{} {} {}", row.direction.arrow(), row.opcode.short_name(), text::size(row.length))
            });
            (format!("message {number}"), what)
        }
        NotePlace::Socket => (String::new(), String::new()),
    };
    let detail = placed.note.detail.as_deref().map(text::safe).unwrap_or_default();
    let connection = format!("connection {}", placed.socket.label());
    let (place, right) = match (place.is_empty(), placed.packet) {
        (false, _) => (place, connection),
        (true, Some(packet)) if packet > 0 => (connection, format!("packet {packet}")),
        (true, _) => (connection, String::new()),
    };
    Line::of(format!("      {place:<14} "), Role::Label)
        .and(if about.is_empty() { about } else { format!("{about:<18} ") }, Role::Text)
        .and(detail, Role::Dim)
        .right(format!("{right} "), Role::Dim)
}

/// The frame that shows what a note speaks of.
fn frame_of(trace: &Trace, placed: &PlacedNote) -> Option<u64> {
    match placed.place {
        NotePlace::Frame(number) => Some(number),
        NotePlace::Message(number) => trace.messages().get(number).map(|message| message.last_frame),
        NotePlace::Socket => {
            // A gap is in the frame that lacks those bytes, of whichever side.
            let gap = placed.note.span.filter(|span| span.source == Source::Stream).map(|span| span.start);
            let lacks = |direction| {
                let offset = gap?;
                let row = Bookmark { socket: placed.socket, direction, offset }.holder(trace)?;
                let at = offset.saturating_sub(row.payload_offset());
                let mut holes = trace.frames().holes(row.number).iter();
                holes.any(|hole| at >= hole.start && at - hole.start < hole.len).then_some(row.number)
            };
            if let Some(frame) = Direction::BOTH.into_iter().find_map(lacks) {
                return Some(frame);
            }
            // Else the frame under way at that packet: frames are numbered in the order in which they end.
            let list = trace.connections().get(placed.socket)?;
            let packet = placed.packet.unwrap_or(0);
            let (mut low, mut high) = (0, list.frame_count().saturating_sub(1));
            while low < high {
                let middle = low + (high - low) / 2;
                let ended = list.frame(middle).and_then(|frame| trace.frames().get(frame))?.last.packet;
                if ended < packet { low = middle + 1 } else { high = middle }
            }
            list.frame(low)
        }
    }
}
