//! A column of sockets: which socket each row belongs to, in one packed integer a row.
//!
//! In: sockets, appended. Out: the socket of any row. A connection that is one socket is its own number, so a capture
//! without streams costs what a column of connections costs. Other sockets stand in a table, once each, and rows say
//! where.

use std::collections::HashMap;

use super::packed::Packed;
use crate::base::number::{narrow, wide};
use crate::base::{ConnectionId, SocketId};

/// Rows from here on count in the table.
const LISTED: u64 = 1 << 32;

/// Which socket each row belongs to.
#[derive(Debug, Default)]
pub(super) struct SocketColumn {
    rows: Packed,
    table: Vec<SocketId>,
    by_id: HashMap<SocketId, u64>,
}

impl SocketColumn {
    /// Appends a row.
    pub(super) fn push(&mut self, socket: SocketId) {
        let row = if socket == SocketId::from(socket.connection) {
            u64::from(socket.connection.0)
        } else {
            LISTED + self.listed(socket)
        };
        self.rows.push(row);
    }

    fn listed(&mut self, socket: SocketId) -> u64 {
        let table = &mut self.table;
        *self.by_id.entry(socket).or_insert_with(|| {
            table.push(socket);
            wide(table.len()) - 1
        })
    }

    /// The socket of a row.
    pub(super) fn get(&self, row: usize) -> Option<SocketId> {
        self.named(self.rows.get(row)?)
    }

    /// The socket that an integer of the column stands for.
    pub(super) fn named(&self, value: u64) -> Option<SocketId> {
        match u32::try_from(value) {
            Ok(connection) => Some(ConnectionId(connection).into()),
            Err(_) => self.table.get(narrow(value - LISTED)).copied(),
        }
    }

    /// The integers.
    pub(super) fn packed(&self) -> &Packed {
        &self.rows
    }

    /// Bytes of heap memory of the table.
    pub(super) fn table_memory(&self) -> usize {
        self.table.capacity() * size_of::<SocketId>() + self.by_id.capacity() * (size_of::<(SocketId, u64)>() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::StreamId;

    #[test]
    fn a_socket_comes_back_as_it_went_in() {
        let plain = SocketId::from(ConnectionId(7));
        let stream = |stream| SocketId { stream: Some(StreamId(stream)), ..plain };
        let other = SocketId { file: 1, ..plain };
        let last = SocketId::from(ConnectionId(u32::MAX));
        let mut column = SocketColumn::default();
        let all = [plain, stream(1), stream(u64::MAX), plain, stream(1), other, last];
        all.into_iter().for_each(|socket| column.push(socket));
        assert!(all.into_iter().enumerate().all(|(row, socket)| column.get(row) == Some(socket)));
        assert_eq!((column.get(all.len()), column.table.len()), (None, 3));
    }
}
