//! On the way to an address: the item is selected as soon as it is read, and what in it is meant once it is there.
//!
//! In: an [`Address`], typed or given on the command line. Out: page, frame, field and byte that it names. What the capture
//! does not have is said when it is read to its end; a key that is pressed before ends the wait.

use super::page_name::PageName;
use super::pane::Pane;
use super::state::State;
use crate::base::{SocketId, Source};
use crate::teach::spot;
use crate::trace::{Address, Anchored, Item, Named, Spot, Trace};

/// Where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Going {
    /// What is gone to.
    pub address: Address,
    /// The frame that was selected for it, once there is one.
    frame: Option<u64>,
}

impl State {
    /// Goes to what an address names, now or when it is read.
    pub(super) fn go_to_address(&mut self, address: Address) {
        self.wanted = None;
        self.going = Some(Going { address, frame: None });
    }

    /// Selects the item, where it has been read.
    pub(super) fn go_on(&mut self, trace: &Trace) {
        let Some(going) = self.going.take() else { return };
        match (Anchored::of(going.address.item, trace), going.address.item) {
            (Err(_), _) if !trace.progress().finished => self.going = Some(going),
            (Err(unfound), _) => self.message = Some(unfound.to_string()),
            (Ok(_), Item::Socket(socket)) => self.go_to_socket(socket, &going.address.spot, trace),
            (Ok(_), Item::Frame(number)) => self.go_to_frame(number, going),
            (Ok(_), Item::Message(number)) => {
                let frame = trace.messages().get(number).map_or(0, |message| message.last_frame);
                self.go_to_frame(frame, going);
            }
        }
    }

    fn go_to_frame(&mut self, frame: u64, going: Going) {
        self.select_frame(frame);
        self.pane = Pane::Page;
        self.going = Some(Going { frame: Some(frame), ..going });
    }

    /// A connection is shown by its frames; what was said when it was opened, by its handshake.
    fn go_to_socket(&mut self, socket: SocketId, wanted: &Spot, trace: &Trace) {
        if *wanted == Spot::default() {
            self.connection = socket;
            return self.only(Some(socket));
        }
        let told = trace.connections().get(socket).and_then(|row| row.told.as_deref());
        let nodes = told.map(crate::teach::annotate::socket_nodes).unwrap_or_default();
        self.show(PageName::HANDSHAKE);
        self.connection = socket;
        self.message = Some(match spot::find(&nodes, Item::Socket(socket), wanted) {
            Ok(found) => {
                let node = nodes.get(found.node);
                node.map_or(String::new(), |node| super::text::safe(&format!("{}: {}", node.label, node.text)))
            }
            Err(missing) => missing.to_string(),
        });
    }

    /// Shows what is meant of the frame that was gone to.
    pub(super) fn arrive(&mut self) {
        let Some(Going { address, frame: Some(frame) }) = &self.going else { return };
        let (address, frame) = (address.clone(), *frame);
        self.going = None;
        if self.detail.as_ref().is_none_or(|detail| detail.row.number != frame) {
            self.message = Some(format!("the filter hides frame {frame}; an empty one shows all"));
            return;
        }
        if address.is_whole() {
            return;
        }
        let found = match spot::find(&self.tree, address.item, &address.spot) {
            Ok(found) => found,
            Err(missing) => {
                self.message = Some(missing.to_string());
                return;
            }
        };
        self.choose_field(found.node);
        let is_payload = matches!(address.spot.field, Some(Named::Field(_)))
            && found.span.is_some_and(|span| span.source == Source::Unmasked);
        match found.span.filter(|_| address.spot.bytes.is_some() || is_payload) {
            Some(span) => {
                self.focus(Pane::Bytes);
                self.bytes.text = false;
                self.bytes.steps = false;
                self.bytes.source = span.source;
                self.bytes.cursor = span.start;
            }
            None => {
                self.focus(Pane::Fields);
                self.put_cursor_on_field();
            }
        }
    }
}
