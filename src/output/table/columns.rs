//! Columns of a table, chosen by name.

use thiserror::Error;

use crate::dissect::Wants;
use crate::fields::{ConnectionField, Cost, Field, FrameField, MessageField, Scope, find, listed, nearest};
use crate::output::List;

/// The columns of a table of one kind of item.
#[derive(Debug, Clone)]
pub enum Columns {
    /// Of frames.
    Frames(Vec<FrameField>),
    /// Of messages.
    Messages(Vec<MessageField>),
    /// Of connections.
    Connections(Vec<ConnectionField>),
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
const FRAMES: &[FrameField] = &[
    FrameField::Number,
    FrameField::Connection,
    FrameField::Direction,
    FrameField::Time,
    FrameField::Packet,
    FrameField::LastPacket,
    FrameField::Offset,
    FrameField::Fin,
    FrameField::Rsv,
    FrameField::Opcode,
    FrameField::Masked,
    FrameField::MaskingKey,
    FrameField::Length,
    FrameField::Captured,
    FrameField::PayloadText,
    FrameField::PayloadBase64,
    FrameField::Message,
    FrameField::Notes,
];
const MESSAGES: &[MessageField] = &[
    MessageField::Number,
    MessageField::Connection,
    MessageField::Direction,
    MessageField::Time,
    MessageField::Packet,
    MessageField::LastPacket,
    MessageField::Frames,
    MessageField::Opcode,
    MessageField::Compressed,
    MessageField::WireLength,
    MessageField::Length,
    MessageField::Complete,
    MessageField::PayloadText,
    MessageField::PayloadBase64,
    MessageField::Notes,
];
const CONNECTIONS: &[ConnectionField] = &[
    ConnectionField::Number,
    ConnectionField::Client,
    ConnectionField::Server,
    ConnectionField::Evidence,
    ConnectionField::Status,
    ConnectionField::Version,
    ConnectionField::Uri,
    ConnectionField::Host,
    ConnectionField::Origin,
    ConnectionField::Subprotocol,
    ConnectionField::Extensions,
    ConnectionField::Frames,
    ConnectionField::Messages,
    ConnectionField::CloseBy,
    ConnectionField::CloseCode,
    ConnectionField::CloseReason,
    ConnectionField::Time,
    ConnectionField::Duration,
    ConnectionField::Notes,
];

impl Columns {
    /// The columns of these names, in their order; those of the JSON output where `names` is empty.
    pub fn choose(list: List, names: &[String]) -> Result<Columns, UnknownField> {
        Ok(match list {
            List::Frames => Columns::Frames(choose(list, names, FRAMES)?),
            List::Messages => Columns::Messages(choose(list, names, MESSAGES)?),
            List::Connections => Columns::Connections(choose(list, names, CONNECTIONS)?),
        })
    }

    /// What the table says of them.
    fn fields(&self) -> Vec<&'static Field> {
        match self {
            Columns::Frames(columns) => columns.iter().map(|column| column.field()).collect(),
            Columns::Messages(columns) => columns.iter().map(|column| column.field()).collect(),
            Columns::Connections(columns) => columns.iter().map(|column| column.field()).collect(),
        }
    }

    /// Their names.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.fields().into_iter().map(Field::name).collect()
    }

    /// What they look at: payloads only where a column shows some of one.
    #[must_use]
    pub fn wants(&self) -> Wants {
        let payload = self.fields().iter().any(|field| field.cost >= Cost::Payload);
        Wants {
            frame_payload: payload && matches!(self, Columns::Frames(_)),
            message_payload: payload && matches!(self, Columns::Messages(_)),
            ..Wants::NOTHING
        }
    }

    /// Whether rows of frames or messages name their connection's parties.
    #[must_use]
    pub fn need_parties(&self) -> bool {
        // A connection has them itself.
        let rows = !matches!(self, Columns::Connections(_));
        rows && self.fields().iter().any(|field| field.cost == Cost::Handshake)
    }
}

fn choose<S: Scope>(list: List, names: &[String], usual: &[S]) -> Result<Vec<S>, UnknownField> {
    if names.is_empty() {
        return Ok(usual.to_vec());
    }
    let unknown = |name: &String| UnknownField {
        name: name.clone(),
        list: list.name(),
        nearest: nearest(listed::<S>().flat_map(|field| field.field().names).copied(), name),
    };
    names.iter().map(|name| find(name).ok_or_else(|| unknown(name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_columns_are_all_known() {
        for (list, usual) in
            [(List::Frames, FRAMES.len()), (List::Messages, MESSAGES.len()), (List::Connections, CONNECTIONS.len())]
        {
            let names: Vec<String> =
                Columns::choose(list, &[]).unwrap().names().into_iter().map(String::from).collect();
            assert_eq!(names.len(), usual);
            assert!(Columns::choose(list, &names).is_ok(), "all of them can be asked for");
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
