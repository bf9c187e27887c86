//! Two network namespaces with a virtual Ethernet pair between them, and doing things inside them.

use std::fs::File;
use std::os::fd::AsFd;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// Runs a command of iproute2; its output where it succeeded.
pub fn ip(arguments: &str) -> Result<Output, String> {
    let output =
        Command::new("ip").args(arguments.split_whitespace()).output().map_err(|error| format!("ip: {error}"))?;
    if output.status.success() {
        return Ok(output);
    }
    Err(format!("ip {arguments}: {}", String::from_utf8_lossy(&output.stderr).trim()))
}

/// Why these tests cannot run here, if they cannot.
pub fn what_is_lacking() -> Option<String> {
    let pair = match Pair::try_new() {
        Ok(pair) => pair,
        Err(error) => return Some(format!("no network namespaces ({error})")),
    };
    let names = ["left".to_owned()];
    let opened = pair.left.run(|| sockeye::capture::live::Live::open(&names, &Default::default()).map(drop));
    opened.err().map(|error| error.to_string())
}

/// A network namespace.
#[derive(Clone)]
pub struct Space {
    pub name: String,
}

impl Space {
    /// Runs `action` on a thread of its own inside the namespace.
    pub fn run<T: Send>(&self, action: impl FnOnce() -> T + Send) -> T {
        std::thread::scope(|scope| {
            let inside = scope.spawn(|| {
                let space = File::open(format!("/run/netns/{}", self.name)).unwrap();
                move_into_link_name_space(space.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
                action()
            });
            inside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Runs a command of iproute2 inside the namespace.
    pub fn ip(&self, arguments: &str) {
        ip(&format!("-n {} {arguments}", self.name)).unwrap();
    }
}

/// Addresses of `left` and `right` on the link, and the last part of those above it.
const HARDWARE: [(&str, u8); 2] = [("02:07:00:00:00:01", 1), ("02:07:00:00:00:02", 2)];

/// `left` in one namespace and `right` in the other, with addresses 10.7.0.1 and 10.7.0.2, fd07::1 and fd07::2.
pub struct Pair {
    pub left: Space,
    pub right: Space,
}

impl Pair {
    pub fn new() -> Pair {
        Pair::try_new().unwrap()
    }

    fn try_new() -> Result<Pair, String> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let tag = format!("sockeye-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let (left, right) = (Space { name: format!("{tag}-l") }, Space { name: format!("{tag}-r") });
        ip(&format!("netns add {}", left.name))?;
        let pair = Pair { left, right };
        ip(&format!("netns add {}", pair.right.name))?;
        let (l, r) = (&pair.left.name, &pair.right.name);
        let [(left, _), (right, _)] = HARDWARE;
        ip(&format!("link add left address {left} netns {l} type veth peer name right address {right} netns {r}"))?;
        for (space, end, host) in [(l, "left", 1), (r, "right", 2)] {
            ip(&format!("-n {space} addr add 10.7.0.{host}/24 dev {end}"))?;
            ip(&format!("-n {space} addr add fd07::{host}/64 dev {end} nodad"))?;
            ip(&format!("-n {space} link set {end} up"))?;
            // Who has to ask for the other end's address keeps some of what is sent meanwhile, and drops the rest.
            let [left, right] = HARDWARE;
            let (hardware, other) = if host == 1 { right } else { left };
            ip(&format!("-n {space} neigh add 10.7.0.{other} lladdr {hardware} dev {end} nud permanent"))?;
            ip(&format!("-n {space} neigh add fd07::{other} lladdr {hardware} dev {end} nud permanent"))?;
            ip(&format!("-n {space} link set lo up"))?;
        }
        Ok(pair)
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        for space in [&self.left, &self.right] {
            let _ = ip(&format!("netns del {}", space.name));
        }
    }
}
