//! Measures live capture: how long from a message being sent to its line being printed, and the highest rate of packets
//! without loss, beside `tcpdump -w` and `dumpcap -w` in the same run.
//!
//! ```sh
//! cargo build --release --workspace --example live_bench --example gen_capture --bin sockeye
//! target/release/examples/gen_capture --kind ticker --packets 1000000 /tmp/ticker.pcap
//! sudo target/release/examples/live_bench target/release/sockeye /tmp/ticker.pcap
//! ```
//!
//! A third argument is the kernel's buffer in megabytes, the same for every program; 64 where it is not given.
//!
//! Needs root, on Linux: it makes a virtual Ethernet pair and takes it away again. Packets are captured where they are
//! sent, so that what is lost was lost between the kernel and the program and nowhere else.

#[cfg(target_os = "linux")]
mod latency;
#[cfg(target_os = "linux")]
mod rate;

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("live_bench runs on Linux only");
}

#[cfg(target_os = "linux")]
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (Some(sockeye), Some(capture)) = (arguments.first(), arguments.get(1)) else {
        eprintln!("usage: live_bench SOCKEYE CAPTURE [MEGABYTES] (see the head of examples/live_bench/main.rs)");
        std::process::exit(1);
    };
    latency::measure(sockeye);
    let megabytes = arguments.get(2).map_or(64, |text| text.parse().expect("a number of megabytes"));
    rate::measure(sockeye, std::path::Path::new(capture), megabytes);
}

/// A program that captures.
#[cfg(target_os = "linux")]
struct Program {
    child: std::process::Child,
    error: std::io::BufReader<std::process::ChildStderr>,
    said: String,
}

#[cfg(target_os = "linux")]
impl Program {
    /// Starts it, and waits until it says that it listens. `None` where it is not installed.
    fn start(command: &[&str], out: std::process::Stdio, listens: &str) -> Option<Program> {
        use std::io::BufRead;
        let mut command_line = std::process::Command::new(command.first()?);
        command_line.args(command.get(1..)?).stdin(std::process::Stdio::null()).stdout(out);
        let mut child = command_line.stderr(std::process::Stdio::piped()).spawn().ok()?;
        let mut error = std::io::BufReader::new(child.stderr.take()?);
        let mut said = String::new();
        while !said.contains(listens) {
            if error.read_line(&mut said).ok()? == 0 {
                eprintln!("{}: {said}", command.join(" "));
                return None;
            }
        }
        Some(Program { child, error, said })
    }

    /// Ends it as Ctrl-C does; everything it said.
    fn end(mut self) -> String {
        use std::io::Read;
        let id = i32::try_from(self.child.id()).expect("a process number");
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(id), nix::sys::signal::Signal::SIGINT).expect("it runs");
        self.error.read_to_string(&mut self.said).expect("text");
        self.child.wait().expect("it ends");
        self.said
    }
}
