//! What to say where a list came out empty, or totals are of nothing.
//!
//! In: the totals of a capture. Out: a line for standard error that says what was there instead, and the way on.

use super::args::Options;
use super::failure::complain;
use super::read::Read;
use crate::dissect::TrafficGuess;
use crate::output::{List, Summary};

/// Says it, where there is something to say and somebody wants to hear it.
pub fn say(read: &Read, list: List, options: &Options) {
    let asked_for = !options.quiet && options.count != Some(0);
    if asked_for && let Some(line) = nothing_found(&read.summary, list, read.frames) {
        complain(&line);
    }
}

/// `None` where `list` had something to show, or would have: `frames` is how many frames were found.
fn nothing_found(summary: &Summary, list: List, frames: u64) -> Option<String> {
    if frames > 0 {
        return None;
    }
    let file = &summary.file;
    let (packets, connections) = (summary.packets, summary.connections);
    let others: u64 = summary.others.iter().map(|(_, count)| count).sum();
    if packets == 0 {
        return Some(format!("{file}: no packets, only a capture header"));
    }
    if connections == 0 {
        return Some(format!("{file}: no TCP in {}", counted(packets, "packet", &summary.kinds)));
    }
    if others < connections {
        let asked = counted::<&str>(connections - others, "connection", &[]);
        return (list != List::Connections)
            .then(|| format!("{file}: no frames; `sockeye connections` lists {asked} that asked for WebSocket"));
    }
    let what = counted(connections, "TCP connection", &summary.others);
    let met = |carried: TrafficGuess| summary.others.iter().any(|(name, _)| *name == carried.name());
    let ways_on = [
        (TrafficGuess::Unknown, "; -d tcp.port==PORT,websocket reads a port as WebSocket all the same"),
        (
            TrafficGuess::Tls,
            "; TLS is not decrypted: capture where it is plain, behind the proxy or server that ends it",
        ),
        (
            TrafficGuess::Http2,
            "; WebSocket inside HTTP/2 (RFC 8441) is not read: have the client or proxy speak HTTP/1.1",
        ),
    ];
    let way_on: String = ways_on.into_iter().filter(|(carried, _)| met(*carried)).map(|(_, way)| way).collect();
    Some(format!("{file}: no WebSocket in {what}{way_on}"))
}

/// `3 TCP connections: 2 TLS, 1 HTTP`.
fn counted<S: AsRef<str>>(count: u64, noun: &str, kinds: &[(S, u64)]) -> String {
    let kinds: Vec<String> = kinds.iter().map(|(name, count)| format!("{count} {}", name.as_ref())).collect();
    let plural = if count == 1 { "" } else { "s" };
    let colon = if kinds.is_empty() { "" } else { ": " };
    format!("{count} {noun}{plural}{colon}{}", kinds.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(packets: u64, connections: u64, others: Vec<(&'static str, u64)>) -> Summary {
        let kinds = if connections > 0 { vec![] } else { vec![("UDP".to_owned(), packets)] };
        Summary { file: "a.pcap".into(), packets, kinds, connections, others, ..Summary::default() }
    }

    #[test]
    fn an_empty_list_says_what_was_there_instead() {
        let said = |summary, frames| nothing_found(&summary, List::Frames, frames);
        assert_eq!(said(summary(3, 1, vec![]), 2), None);
        assert_eq!(said(summary(0, 0, vec![]), 0).unwrap(), "a.pcap: no packets, only a capture header");
        assert_eq!(said(summary(1, 0, vec![]), 0).unwrap(), "a.pcap: no TCP in 1 packet: 1 UDP");
        assert_eq!(
            said(summary(9, 3, vec![("TLS", 2), ("HTTP", 1)]), 0).unwrap(),
            "a.pcap: no WebSocket in 3 TCP connections: 2 TLS, 1 HTTP; TLS is not decrypted: capture where it is plain, \
             behind the proxy or server that ends it"
        );
        assert!(said(summary(9, 1, vec![("other", 1)]), 0).unwrap().contains("-d tcp.port=="));
        let both = said(summary(9, 3, vec![("TLS", 1), ("HTTP/2", 2)]), 0).unwrap();
        assert!(both.contains("TLS is not decrypted") && both.contains("have the client or proxy speak HTTP/1.1"));
        let refused = summary(9, 3, vec![("HTTP", 1)]);
        assert_eq!(
            said(refused.clone(), 0).unwrap(),
            "a.pcap: no frames; `sockeye connections` lists 2 connections that asked for WebSocket"
        );
        assert_eq!(nothing_found(&refused, List::Connections, 0), None, "they are in the list");
    }
}
