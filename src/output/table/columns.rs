//! Columns of a table, chosen by name.

use thiserror::Error;

use crate::dissect::Wants;
use crate::output::List;
use crate::trace::registry::{
    CONNECTION_FIELDS, ConnectionGetter, FRAME_FIELDS, Field, FrameGetter, MESSAGE_FIELDS, MessageGetter, find, nearest,
};

/// The columns of a table of one kind of item.
#[derive(Debug, Clone)]
pub enum Columns {
    /// Of frames.
    Frames(Vec<&'static Field<FrameGetter>>),
    /// Of messages.
    Messages(Vec<&'static Field<MessageGetter>>),
    /// Of connections.
    Connections(Vec<&'static Field<ConnectionGetter>>),
}

/// A name that no field of this kind of item has.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown field '{name}' of {list}{}", nearest.map_or(String::new(), |name| format!(" (did you mean '{name}'?)")))]
pub struct UnknownField {
    /// What was asked for.
    pub name: String,
    /// Of what: `frames`, `messages`, `connections`.
    pub list: &'static str,
    /// A field whose name is like it.
    pub nearest: Option<&'static str>,
}

/// Columns of CSV where none are named: those of the JSON output.
const FRAMES: &[&str] = &[
    "n",
    "connection",
    "direction",
    "time",
    "packet",
    "last_packet",
    "offset",
    "fin",
    "rsv",
    "opcode",
    "masked",
    "masking_key",
    "length",
    "captured",
    "payload.text",
    "payload.base64",
    "message",
    "notes",
];
const MESSAGES: &[&str] = &[
    "n",
    "connection",
    "direction",
    "time",
    "packet",
    "last_packet",
    "frames",
    "opcode",
    "compressed",
    "wire_length",
    "length",
    "complete",
    "payload.text",
    "payload.base64",
    "notes",
];
const CONNECTIONS: &[&str] = &[
    "n",
    "client",
    "server",
    "evidence",
    "status",
    "version",
    "uri",
    "host",
    "origin",
    "subprotocol",
    "extensions",
    "frames",
    "messages",
    "close.by",
    "close.code",
    "close.reason",
    "time",
    "duration",
    "notes",
];

impl Columns {
    /// The columns of these names, in their order; those of the JSON output where `names` is empty.
    pub fn choose(list: List, names: &[String]) -> Result<Columns, UnknownField> {
        Ok(match list {
            List::Frames => Columns::Frames(choose(list, FRAME_FIELDS, names, FRAMES)?),
            List::Messages => Columns::Messages(choose(list, MESSAGE_FIELDS, names, MESSAGES)?),
            List::Connections => Columns::Connections(choose(list, CONNECTION_FIELDS, names, CONNECTIONS)?),
        })
    }

    /// Their names.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        match self {
            Columns::Frames(columns) => columns.iter().map(|column| column.name()).collect(),
            Columns::Messages(columns) => columns.iter().map(|column| column.name()).collect(),
            Columns::Connections(columns) => columns.iter().map(|column| column.name()).collect(),
        }
    }

    /// What they look at: payloads only where a column shows some of one.
    #[must_use]
    pub fn wants(&self) -> Wants {
        let payload = self.names().iter().any(|name| name.starts_with("payload") || name.starts_with("close."));
        Wants {
            frame_payload: payload && matches!(self, Columns::Frames(_)),
            message_payload: payload && matches!(self, Columns::Messages(_)),
            ..Wants::NOTHING
        }
    }

    /// Whether rows of frames or messages name their connection's parties.
    #[must_use]
    pub fn need_parties(&self) -> bool {
        self.names().iter().any(|name| name.starts_with("connection."))
    }
}

fn choose<G: Copy>(
    list: List,
    fields: &'static [Field<G>],
    names: &[String],
    usual: &[&str],
) -> Result<Vec<&'static Field<G>>, UnknownField> {
    if names.is_empty() {
        return Ok(usual.iter().filter_map(|name| find(fields, name)).collect());
    }
    let unknown = |name: &String| UnknownField {
        name: name.clone(),
        list: list.name(),
        nearest: nearest(fields.iter().flat_map(|field| field.names).copied(), name),
    };
    names.iter().map(|name| find(fields, name).ok_or_else(|| unknown(name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_columns_are_all_known() {
        for (list, usual) in [(List::Frames, FRAMES), (List::Messages, MESSAGES), (List::Connections, CONNECTIONS)] {
            assert_eq!(Columns::choose(list, &[]).unwrap().names(), usual);
        }
    }

    #[test]
    fn an_unknown_name_is_told_with_its_neighbour() {
        let error = Columns::choose(List::Frames, &["n".into(), "opcod".into()]).unwrap_err();
        assert_eq!(error.to_string(), "unknown field 'opcod' of frames (did you mean 'opcode'?)");
        let error = Columns::choose(List::Connections, &["xxxxxxxxxxxxxxxx".into()]).unwrap_err();
        assert_eq!(error.to_string(), "unknown field 'xxxxxxxxxxxxxxxx' of connections");
    }

    #[test]
    fn payloads_are_asked_for_only_where_a_column_shows_them() {
        let wants = |list, name: &str| Columns::choose(list, &[name.to_string()]).unwrap().wants();
        assert_eq!(wants(List::Frames, "length"), Wants::default());
        assert_eq!(wants(List::Frames, "payload.length"), Wants::default(), "another name of length");
        assert!(wants(List::Frames, "payload.hex").frame_payload);
        assert!(wants(List::Frames, "close.code").frame_payload);
        assert!(wants(List::Messages, "payload").message_payload);
        assert_eq!(wants(List::Connections, "close.code"), Wants::default());
    }
}
