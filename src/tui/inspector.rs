//! The inspector: what all pages share, the pages, and how what is visible is looked up before it is drawn. Only what is
//! visible is looked up: forty rows, whatever the capture holds.

use super::areas::Areas;
use super::pages::Pages;
use super::state::State;
use super::text;
use crate::base::number::wide;
use crate::base::{Severity, SocketId};
use crate::dissect::Evidence;
use crate::teach::annotate;
use crate::trace::{Bytes, Trace};

/// Bytes inflated in one step, between two looks at the keys: about a millisecond.
const INFLATED_AT_ONCE: u64 = 256 * 1024;

/// The inspector.
pub struct Inspector {
    /// What all pages share.
    pub state: State,
    /// The pages, each with what only it remembers.
    pub(crate) pages: Pages,
}

impl Inspector {
    /// An inspector that begins like this.
    #[must_use]
    pub fn new(state: State) -> Inspector {
        Inspector { state, pages: Pages::default() }
    }

    /// Looks up what is to be drawn at this size.
    pub fn settle(&mut self, size: (u16, u16)) {
        let Inspector { state, pages } = self;
        state.size = size;
        state.settle_filter();
        let shared = state.trace.clone();
        let trace = shared.read();
        let store = state.store.clone();
        let bytes = Bytes::new(&trace, &*store);
        state.select(&trace);
        state.go_on(&trace);
        state.select_shown(&trace);
        state.load(bytes);
        state.arrive();
        state.count(&trace);
        let (areas, body) = Areas::frame(size);
        state.scene.areas = areas;
        let mut page = pages.get_mut(state.page);
        if let (Some(page), Some(body)) = (&page, body) {
            let mut areas = areas;
            page.areas(state, body, &mut areas);
            state.scene.areas = areas;
        }
        let area = state.scene.areas.page;
        let frames = page.as_mut().zip(area).map(|(page, area)| page.frames(state, bytes, area));
        state.inflate(bytes, frames.unwrap_or_default());
        if let Some((page, area)) = page.zip(area) {
            page.settle(state, bytes, area);
        }
        state.settle_columns(bytes);
        state.settle_hit();
        state.settle_fields();
        state.settle_bits(bytes);
        state.settle_bytes(bytes);
        state.settle_text(bytes);
        state.scene.uri = uri(&trace, state.connection);
    }
}

impl State {
    /// Where the filter does not show the selected frame, another that it does is selected, once one is found.
    fn select_shown(&mut self, trace: &Trace) {
        let Some(shown) = &self.list.rows.shown else { return };
        let row = self.list.rows.row_of_all(trace, self.list.selected);
        if row >= shown.decided() || shown.nth(shown.rank(row)) == Some(row) {
            return;
        }
        let nearest = self.list.rows.row(trace, self.list.selected);
        if let Some(frame) = self.list.rows.frame(trace, nearest) {
            self.list.selected = frame;
        }
    }

    /// What there is.
    fn count(&mut self, trace: &Trace) {
        self.scene.counts = [trace.frames().count(), trace.messages().count(), wide(trace.connections().count())];
        self.scene.findings =
            [trace.notes().of_severity(Severity::Error), trace.notes().of_severity(Severity::Warning)];
        self.scene.progress = trace.progress();
        self.scene.rows = self.list.rows.len(trace);
        self.scene.all = self.list.rows.all(trace);
        self.scene.shown = self.list.rows.shown.as_ref().map_or((0, 0), |shown| (shown.plain(), shown.folded()));
        self.scene.decided = self.list.rows.shown.as_ref().map_or(0, |shown| shown.decided());
        self.scene.row = (self.list.rows.row(trace, self.list.selected) + 1).min(self.scene.rows);
        self.scene.diagram_height = self.diagram_height();
    }

    /// Inflates the selected message and those of the frames that are seen, as far as one step goes.
    fn inflate(&mut self, bytes: Bytes<'_>, frames: Vec<u64>) {
        let selected = self.detail.as_ref().and_then(|detail| detail.message);
        let trace = bytes.trace();
        let seen = frames.into_iter().filter_map(|frame| {
            let row = trace.frames().get(frame).filter(|row| row.compressed)?;
            row.message
        });
        let wanted: Vec<u64> = selected.map(|message| message.number).into_iter().chain(seen).collect();
        self.busy = self.inflations.work(bytes, wanted, INFLATED_AT_ONCE);
        if let (Some(detail), Some(message)) = (&mut self.detail, selected) {
            let inflated = self.inflations.get(message.number);
            if detail.inflate(inflated.clone())
                && let Some(inflated) = inflated
            {
                annotate::tell_inflated(&mut self.tree, &message, &inflated);
            }
        }
    }
}

fn uri(trace: &Trace, id: SocketId) -> String {
    let told = trace.connections().get(id).and_then(|row| row.told.as_ref());
    let Some(told) = told else { return String::new() };
    let handshake = told.handshake.as_ref();
    let host = handshake.and_then(|handshake| handshake.host());
    let host = host.map_or_else(|| told.server.to_string(), text::safe);
    if told.evidence == Evidence::Tls {
        let name = told.tls.as_ref().and_then(|tls| tls.server_name.as_deref());
        return format!("TLS  {}", name.map_or_else(|| told.server.to_string(), text::safe));
    }
    let scheme = if told.tls.is_some() { "wss" } else { "ws" };
    format!("{scheme}://{host}{}", text::safe(handshake.and_then(|handshake| handshake.uri()).unwrap_or("")))
}
