//! HTTP exchanges, as the two programs that spoke counted them: a client that polls, one that polls long, and a
//! WebSocket, each with the bytes of its heads.

use std::collections::BTreeMap;
use std::path::Path;

use sockeye::capture;
use sockeye::dissect::{self, Options, Sink, Told, Wants};
use sockeye::http::ExchangeKind;

/// By path and kind: exchanges, bytes of request heads, of response heads, of request and of response bodies.
#[derive(Debug, Default, PartialEq, Eq)]
struct Sums(BTreeMap<(String, &'static str), [u64; 5]>);

impl Sink for Sums {
    fn wants(&self) -> Wants {
        Wants { exchanges: true, ..Wants::NOTHING }
    }

    fn tell(&mut self, told: &Told<'_>) {
        let Told::Exchange { exchange, .. } = told else { return };
        let (request, response) = (exchange.request.as_ref().unwrap(), exchange.response.as_ref().unwrap());
        assert!(request.first.packet < response.first.packet && request.first.time < response.first.time);
        let kind = match exchange.kind() {
            ExchangeKind::Plain => "plain",
            ExchangeKind::Upgraded => "upgraded",
            ExchangeKind::Refused => "refused",
            ExchangeKind::Tunnel => "tunnel",
        };
        let path = request.head.target.split('?').next().unwrap().to_owned();
        let sums = self.0.entry((path, kind)).or_default();
        let more = [1, request.head_bytes, response.head_bytes, request.body_bytes, response.body_bytes];
        sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
    }

    fn is_done(&self) -> bool {
        false
    }
}

fn sums(file: &str, threads: usize) -> Sums {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let mut sums = Sums::default();
    let mut capture = capture::open(&path, &capture::Options::default()).unwrap();
    let options = Options { spread: Some(threads > 2), ..Options::default() };
    dissect::run(&mut capture, &options, threads, &mut sums).1.unwrap();
    sums
}

#[test]
fn polling_costs_what_its_client_and_server_counted() {
    for threads in 1..=3 {
        let Sums(sums) = sums("samples/polling-vs-websocket.pcap", threads);
        let of = |path: &str, kind| sums.get(&(path.to_owned(), kind)).copied();
        assert_eq!(of("/PollingStock//PollingStock", "plain"), Some([15, 10_740, 3_615, 0, 4_290]));
        assert_eq!(of("/long/PollingStock", "plain"), Some([4, 2_828, 964, 0, 1_144]));
        assert_eq!(of("/ticks", "upgraded"), Some([1, 189, 129, 0, 0]));
        assert_eq!(sums.len(), 3, "{sums:?}");
    }
}

#[test]
fn an_upgrade_that_was_refused_and_a_tunnel_are_told_as_what_they_are() {
    let kinds = |file| {
        let mut kinds = BTreeMap::<_, u64>::new();
        sums(file, 1).0.into_iter().for_each(|((_, kind), [count, ..])| *kinds.entry(kind).or_default() += count);
        kinds
    };
    // The sample's server answers 401, 403 and 302 before it lets each client in.
    let refused = kinds("samples/auth-origin-redirect.pcap");
    assert_eq!((refused.get("refused"), refused.get("upgraded")), (Some(&3), Some(&3)));
    let tunnel = kinds("samples/proxy-connect.pcap");
    assert_eq!((tunnel.get("tunnel"), tunnel.get("upgraded")), (Some(&1), Some(&1)));
}
