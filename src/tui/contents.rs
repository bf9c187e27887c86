//! What a capture turned out to hold, for whoever finds no frames in it and wonders why.
//!
//! In: the totals at the end of reading. Out: lines to show in place of the list: what was there, and the way on.

use super::text;
use crate::dissect::{Counts, TrafficGuess};

/// The totals that matter where there is no frame.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contents {
    /// Packets.
    pub packets: u64,
    /// Packets by kind.
    pub kinds: Vec<(String, u64)>,
    /// TCP connections.
    pub connections: u64,
    /// What those carry that are not WebSocket.
    pub others: Vec<(TrafficGuess, u64)>,
}

impl From<&Counts> for Contents {
    fn from(counts: &Counts) -> Contents {
        let kinds = counts.net.iter().filter(|(name, _)| name != "packets");
        Contents {
            packets: counts.net.packets,
            kinds: kinds.map(|(name, count)| (name.into_owned(), count)).collect(),
            connections: counts.tcp.connections,
            others: counts.others.iter().collect(),
        }
    }
}

impl Contents {
    /// What to say where no connection is WebSocket, nor asked to be: what there was, then a line for each thing that
    /// may be the reason or may be tried.
    #[must_use]
    pub fn instead(&self) -> Vec<String> {
        if self.packets == 0 {
            return vec!["an empty capture: no packets in it".to_owned()];
        }
        let packets = text::plural(self.packets, "packet");
        if self.connections == 0 {
            let kinds = listed(self.kinds.iter().map(|(name, count)| (name.as_str(), *count)));
            return vec![format!("no TCP in this capture, so no WebSocket; {packets}{kinds}")];
        }
        let others = self.listed_others();
        let connections = text::plural(self.connections, "TCP connection");
        let mut lines = vec![
            format!("no WebSocket in this capture ({packets} read)"),
            format!("{connections}{others}"),
            String::new(),
        ];
        lines.extend(self.others.iter().filter_map(|(carried, _)| about(*carried)).map(str::to_owned));
        lines.push("· sockeye stats FILE says more of what there is".to_owned());
        lines
    }

    /// How many of `rows` connections, of which none has a frame, are TLS that only behaves like a WebSocket.
    #[must_use]
    pub fn like(&self, rows: u64) -> u64 {
        let others: u64 = self.others.iter().map(|(_, count)| count).sum();
        let tls = self.others.iter().find(|(carried, _)| *carried == TrafficGuess::Tls).map_or(0, |(_, count)| *count);
        rows.saturating_sub(self.connections.saturating_sub(others)).min(tls)
    }

    /// What there is besides the connections that asked for WebSocket.
    #[must_use]
    pub fn besides(&self) -> Option<String> {
        let others: u64 = self.others.iter().map(|(_, count)| count).sum();
        (others > 0).then(|| format!("· {} did not{}", text::plural(others, "TCP connection"), self.listed_others()))
    }

    fn listed_others(&self) -> String {
        listed(self.others.iter().map(|(carried, count)| (carried.name(), *count)))
    }
}

/// Why connections that carry this show no frames, and what may be tried.
fn about(carried: TrafficGuess) -> Option<&'static str> {
    match carried {
        TrafficGuess::Tls => {
            Some("· TLS: its keys are not known; --keylog FILE names them, sockeye keys-howto says how to get them")
        }
        TrafficGuess::Http2 => Some("· HTTP/2: nobody asked for a WebSocket inside it (RFC 8441)"),
        TrafficGuess::Http => Some("· HTTP: nobody asked for an upgrade, or it did not arrive as one"),
        TrafficGuess::Unknown => Some(
            "· other: frames whose handshake is missing may be among them, not clear enough to be taken for WebSocket; \
             sockeye -d tcp.port==PORT,websocket FILE takes a port for it",
        ),
        TrafficGuess::Silent => None,
    }
}

/// `: 2 TLS, 1 HTTP`.
fn listed<'a>(kinds: impl Iterator<Item = (&'a str, u64)>) -> String {
    let kinds: Vec<String> = kinds.map(|(name, count)| format!("{} {name}", text::count(count))).collect();
    if kinds.is_empty() { String::new() } else { format!(": {}", kinds.join(", ")) }
}
