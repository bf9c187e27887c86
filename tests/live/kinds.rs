//! Programs of each kind that are installed, over TLS: what they said is read, or it is said what would make them write keys, as the
//! table behind `keys-howto` has it. Browsers on HTTP/2, and both legs of what stands in front of a server.
//!
//! Servers are of Python and of Node; what is true is what they print that was said. What is not installed is not tested, which
//! standard error says.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::link::Pair;
use crate::program::{Ended, PATIENCE, Program, SOCKEYE, blocks, folder, sockeye};
use crate::run::{SECRETS, run};

/// Every test of this file.
pub const TESTS: &[(&str, fn())] = &[
    ("kinds::clients_are_read_or_told", clients_are_read_or_told),
    ("kinds::a_context_that_writes_none_is_told", a_context_that_writes_none_is_told),
    ("kinds::browsers_are_read", browsers_are_read),
    ("kinds::a_sandbox_is_not_hurt", a_sandbox_is_not_hurt),
    ("kinds::both_legs_of_nginx", both_legs_of_nginx),
    ("kinds::haproxy_prints_a_key_log", haproxy_prints_a_key_log),
];

/// A program is there.
fn has(program: &str) -> bool {
    let there = std::env::split_paths(&std::env::var_os("PATH").unwrap()).any(|folder| folder.join(program).is_file());
    if !there {
        eprintln!("SKIPPED: {program} is not installed");
    }
    there
}

/// A folder with certificates and scripts, a namespace, and a server in it.
struct Sealed {
    pair: Pair,
    folder: tempfile::TempDir,
    servers: Vec<Child>,
}

/// Files of the folder.
const FILES: [(&str, &str); 7] = [
    ("peer.py", include_str!("wss/peer.py")),
    ("h2.js", include_str!("wss/h2.js")),
    ("client.js", include_str!("wss/client.js")),
    ("web.js", include_str!("wss/web.js")),
    ("client.rb", include_str!("wss/client.rb")),
    ("client.go", include_str!("wss/client.go")),
    ("Client.java", include_str!("wss/Client.java")),
];

/// What makes an authority, and a certificate by it: not every client takes one that is its own authority.
const CERTIFICATES: &str = "\
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca-key.pem -out ca.pem -days 2 -subj '/CN=Tests of sockeye'
openssl req -newkey rsa:2048 -nodes -keyout key.pem -out request.pem -subj /CN=localhost
printf 'subjectAltName=DNS:localhost\\nbasicConstraints=critical,CA:FALSE\\nextendedKeyUsage=serverAuth\\n' > leaf.ext
openssl x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 -extfile leaf.ext -out cert.pem
cat cert.pem key.pem > both.pem";

impl Sealed {
    /// Without a server.
    fn new() -> Option<Sealed> {
        if !has("python3") || !has("openssl") {
            return None;
        }
        let (pair, folder) = (Pair::new(), folder());
        for (name, text) in FILES {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let made = Command::new("sh").args(["-ec", CERTIFICATES]).current_dir(folder.path()).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Some(Sealed { pair, folder, servers: Vec::new() })
    }

    /// With the server of Python.
    fn serving() -> Option<Sealed> {
        let mut sealed = Sealed::new()?;
        sealed.serve("said", "ready", &["python3", "peer.py", "serve"]);
        Some(sealed)
    }

    /// Starts a program in the namespace, which prints into a file; waits until that has `ready`.
    fn serve(&mut self, file: &str, ready: &str, command: &[&str]) {
        let printed = File::create(self.folder.path().join(file)).unwrap();
        let mut server = Command::new("ip");
        server.args(["netns", "exec", &self.pair.left.name]).args(command).env_remove("SSLKEYLOGFILE");
        server.current_dir(self.folder.path()).stdout(printed.try_clone().unwrap()).stderr(printed);
        self.servers.push(server.stdin(Stdio::null()).spawn().unwrap());
        self.wait(file, ready);
    }

    fn wait(&self, file: &str, text: &str) {
        let begun = std::time::Instant::now();
        while !self.read(file).contains(text) {
            assert!(begun.elapsed() < PATIENCE, "no {text} in {file}:\n{}", self.read(file));
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// What was said at the server since it was asked last: `client first`, `server first`, ...
    fn said(&self, from: &mut usize) -> Vec<String> {
        let all: Vec<String> = self.read("said").lines().map(str::to_owned).collect();
        let new = all[*from..].iter().filter(|line| line.starts_with("client ") || line.starts_with("server "));
        let new = new.cloned().collect();
        *from = all.len();
        new
    }

    /// `run` in the folder, a line a message.
    fn run(&self, kept: &str, command: &[&str]) -> Ended {
        let folder = self.folder.path().to_str().unwrap();
        let mut words = vec!["env", "-C", folder, "NODE_NO_WARNINGS=1", "NODE_EXTRA_CA_CERTS=ca.pem"];
        words.extend(command);
        run(&self.pair.left, &["-w", &self.path(kept), "--messages", "--format", "jsonl"], &words)
    }
}

impl Drop for Sealed {
    fn drop(&mut self) {
        for server in &mut self.servers {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

/// Messages as they are printed, in the form of what the server prints.
fn messages(printed: &str) -> Vec<String> {
    let lines = printed.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let line = |line: serde_json::Value| {
        format!("{} {}", line["direction"].as_str().unwrap(), line["payload"]["text"].as_str().unwrap())
    };
    lines.map(line).collect()
}

/// A client, what it needs beside itself, the command, and what it is a kind of.
struct Client {
    kind: &'static str,
    needs: &'static [&'static str],
    /// Makes it, where it has to be made.
    made: &'static [&'static str],
    command: &'static [&'static str],
    /// Secrets come by themselves.
    writes: bool,
}

const CLIENTS: &[Client] = &[
    Client { kind: "Python", needs: &["python3"], made: &[], command: &["python3", "peer.py", "talk"], writes: true },
    Client { kind: "Node", needs: &["node"], made: &[], command: &["node", "client.js"], writes: true },
    Client {
        kind: "Deno",
        needs: &["deno"],
        made: &[],
        command: &["deno", "run", "-A", "--cert", "ca.pem", "web.js"],
        writes: true,
    },
    Client { kind: "Bun", needs: &["bun"], made: &[], command: &["bun", "client.js"], writes: true },
    // Its own WebSocket is another matter, as the table says.
    Client { kind: "Bun", needs: &["bun"], made: &[], command: &["bun", "web.js"], writes: false },
    Client { kind: "Go", needs: &["go"], made: &["go", "build", "client.go"], command: &["./client"], writes: false },
    Client {
        kind: "Go",
        needs: &["go"],
        made: &["go", "build", "client.go"],
        command: &["./client", "log"],
        writes: true,
    },
    Client {
        kind: "Java",
        needs: &["java", "javac"],
        made: &["javac", "Client.java"],
        command: &["java", "-cp", ".", "Client"],
        writes: false,
    },
    Client { kind: "OpenSSL", needs: &["ruby"], made: &[], command: &["ruby", "client.rb"], writes: false },
    Client {
        kind: "curl",
        needs: &["curl"],
        made: &[],
        command: &["curl", "-s", "--cacert", "ca.pem", "https://localhost:4443/"],
        writes: true,
    },
    Client {
        kind: "GnuTLS",
        needs: &["wget"],
        made: &[],
        command: &["wget", "-qO", "/dev/null", "--ca-certificate=ca.pem", "https://localhost:4443/"],
        writes: true,
    },
];

/// The clients that talk no WebSocket.
const PLAIN: [&str; 2] = ["curl", "GnuTLS"];

fn clients_are_read_or_told() {
    let Some(sealed) = Sealed::serving() else { return };
    let mut from = 0;
    for client in CLIENTS.iter().filter(|client| client.needs.iter().all(|program| has(program))) {
        let what = client.command.join(" ");
        if let Some((program, arguments)) = client.made.split_first() {
            let mut make = Command::new(program);
            make.args(arguments).env("GOCACHE", sealed.path("cache")).env("GO111MODULE", "off");
            let made = make.current_dir(sealed.folder.path()).output().unwrap();
            assert!(made.status.success(), "{what}: {}", String::from_utf8_lossy(&made.stderr));
        }
        let ended = sealed.run("kept.pcapng", client.command);
        assert_eq!(ended.code, Some(0), "{what}: {}", ended.error);
        let said = sealed.said(&mut from);
        assert_eq!(said.len(), if PLAIN.contains(&client.kind) { 0 } else { 6 }, "{what}");
        let (kinds, _) = blocks(sealed.path("kept.pcapng").as_ref());
        assert_eq!(kinds.contains(&SECRETS), client.writes, "{what}: {}", ended.error);
        if client.writes {
            assert_eq!(messages(&ended.out), said, "{what}: {}", ended.error);
            assert!(!ended.error.contains("closed: it wrote"), "{what}: {}", ended.error);
            all_is_open(&sealed.path("kept.pcapng"), &what);
        } else {
            assert_eq!(messages(&ended.out), Vec::<String>::new(), "{what}");
            assert!(ended.error.contains("stays closed: it wrote no secrets of it"), "{what}: {}", ended.error);
            // The way out of its kind, in the words of the table.
            let page = sockeye(&["keys-howto", client.kind]);
            let way = page.lines().nth(1).unwrap().trim().to_owned();
            assert!(ended.error.contains(&way), "{what}: {way}\n{}", ended.error);
        }
        let by_itself = sockeye(&["keys-howto", client.kind]).contains("(`run` sets it)");
        let asked_for = client.command.contains(&"log") || client.command.contains(&"web.js");
        assert!(by_itself == client.writes || asked_for, "keys-howto is wrong about {}", client.kind);
    }
}

/// No record of TLS is left closed.
fn all_is_open(kept: &str, what: &str) {
    let fields = ["--format", "fields", "-e", "tls.opened", "-e", "tls.closed"];
    let rows = sockeye(&[&["connections", "--all", "-q", kept], &fields[..]].concat());
    assert!(!rows.is_empty(), "{what}");
    for row in rows.lines() {
        let (opened, closed) = row.split_once('\t').unwrap();
        assert!(opened.parse::<u64>().unwrap() > 0 && closed == "0", "{what}: {row}");
    }
}

fn a_context_that_writes_none_is_told() {
    let Some(sealed) = Sealed::serving() else { return };
    let ended = sealed.run("kept.pcapng", &["python3", "peer.py", "talk-closed"]);
    assert!(ended.error.contains("the TLS connection of python"), "{}", ended.error);
    assert!(ended.error.contains("context.keylog_filename"), "{}", ended.error);
}

/// The server of HTTP/2, whose page talks.
fn with_page() -> Option<Sealed> {
    if !has("node") {
        return None;
    }
    let mut sealed = Sealed::new()?;
    sealed.serve("said", "ready", &["node", "h2.js", "4444"]);
    Some(sealed)
}

const PAGE: &str = "https://localhost:4444/";

fn chromium(profile: &str) -> Vec<String> {
    let words = ["chromium", "--headless", "--disable-gpu", "--ignore-certificate-errors", "--dump-dom", PAGE];
    let mut words: Vec<String> = words.map(str::to_owned).to_vec();
    words.push(format!("--user-data-dir={profile}"));
    words
}

fn browsers_are_read() {
    let Some(sealed) = with_page() else { return };
    let mut from = 0;
    let mut browsers = Vec::new();
    if has("chromium") {
        // Root has no sandbox there.
        browsers.push([chromium(&sealed.path("chromium")), vec!["--no-sandbox".to_owned()]].concat());
    }
    if has("firefox-esr") && has("certutil") {
        let profile = format!("sql:{}", sealed.path("firefox"));
        fs::create_dir(sealed.path("firefox")).unwrap();
        let trusts = ["-A", "-n", "tests", "-t", "C,,", "-i", &sealed.path("ca.pem"), "-d", &profile];
        for arguments in [&["-N", "--empty-password", "-d", &profile][..], &trusts] {
            assert!(Command::new("certutil").args(arguments).status().unwrap().success());
        }
        let words = ["firefox-esr", "--headless", "--no-remote", "--screenshot", &sealed.path("page.png"), PAGE];
        let profile = ["--profile".to_owned(), sealed.path("firefox")];
        browsers.push([&words.map(str::to_owned)[..], &profile].concat());
    }
    for browser in browsers {
        let browser: Vec<&str> = browser.iter().map(String::as_str).collect();
        let ended = sealed.run("kept.pcapng", &browser);
        let said = sealed.said(&mut from);
        assert_eq!((ended.code, said.len()), (Some(0), 6), "{browser:?}: {}", ended.error);
        assert_eq!(messages(&ended.out), said, "{browser:?}: {}", ended.error);
        // On HTTP/2, the close too.
        let kept = sealed.path("kept.pcapng");
        let row = sockeye(&["connections", "-q", "--format", "jsonl", &kept]);
        let row: serde_json::Value = serde_json::from_str(row.lines().next().unwrap()).unwrap();
        assert_eq!(
            (row["http2"]["connect_protocol"].as_bool(), row["close"]["code"].as_u64()),
            (Some(true), Some(1000))
        );
    }
}

/// A user without a name, who can have no sandbox but those that anybody can make.
const USER: &str = "41234";

fn a_sandbox_is_not_hurt() {
    if !has("chromium") || !has("setpriv") {
        return;
    }
    let Some(sealed) = with_page() else { return };
    for name in ["alone", "run"] {
        fs::create_dir(sealed.path(name)).unwrap();
        std::os::unix::fs::chown(sealed.path(name), Some(41234), Some(41234)).unwrap();
    }
    let alone = chromium(&sealed.path("alone"));
    let setpriv = ["setpriv", "--reuid", USER, "--regid", USER, "--clear-groups", "env", "HOME=/tmp"];
    let mut command = Command::new("timeout");
    command.args(["60", "ip", "netns", "exec", &sealed.pair.left.name]).args(setpriv).args(&alone);
    let plain = command.output().unwrap();
    if !String::from_utf8_lossy(&plain.stdout).contains("<title>messages") {
        eprintln!("SKIPPED: the browser has no sandbox here, also by itself");
        return;
    }
    let mut from = 0;
    let _ = sealed.said(&mut from);
    let mut command = Command::new("ip");
    command.args(["netns", "exec", &sealed.pair.left.name, "env"]);
    command.args([format!("SUDO_UID={USER}"), format!("SUDO_GID={USER}")]);
    command.args([SOCKEYE, "run", "--messages", "--format", "jsonl", "--", "env", "HOME=/tmp"]);
    let ended = Program::spawn(command.args(chromium(&sealed.path("run")))).end();
    assert_eq!((ended.code, messages(&ended.out)), (Some(0), sealed.said(&mut from)), "{}", ended.error);
    assert_eq!(from, 13, "six lines of each, and the first");
}

/// `run` starts what stands in front, so both its legs are the program's: one sealed with keys of the client, one in the clear.
fn both_legs_of_nginx() {
    if !has("nginx") {
        return;
    }
    let Some(mut sealed) = Sealed::new() else { return };
    sealed.serve("said", "ready", &["python3", "peer.py", "serve-plain"]);
    let place = sealed.path("");
    fs::write(sealed.path("nginx.conf"), include_str!("wss/nginx.conf").replace("FOLDER", place.trim_end_matches('/')))
        .unwrap();
    let script =
        "nginx -p . -c nginx.conf & nginx=$!; python3 peer.py talk; status=$?; kill $nginx; wait $nginx; exit $status";
    let ended = sealed.run("kept.pcapng", &["sh", "-c", script]);
    let (mut from, kept) = (0, sealed.path("kept.pcapng"));
    let said = sealed.said(&mut from);
    assert_eq!((ended.code, said.len()), (Some(0), 6), "{}", ended.error);
    let rows = sockeye(&["connections", "-q", "--format", "jsonl", &kept]);
    let rows: Vec<serde_json::Value> = rows.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let sealed_rows = rows.iter().filter(|row| !row["tls"].is_null()).count();
    assert_eq!((rows.len(), sealed_rows), (2, 1), "{rows:?}");
    for row in rows {
        let filter = format!("tcp.stream == {}", row["n"]);
        let leg = sockeye(&["messages", "-q", "--format", "jsonl", "-Y", &filter, &kept]);
        assert_eq!(messages(&leg), said, "{row}");
    }
}

/// The client writes no secrets; what HAProxy prints is a key log, as `keys-howto` says it.
fn haproxy_prints_a_key_log() {
    if !has("haproxy") {
        return;
    }
    let Some(mut sealed) = Sealed::new() else { return };
    sealed.serve("said", "ready", &["python3", "peer.py", "serve-plain"]);
    fs::write(sealed.path("haproxy.cfg"), include_str!("wss/haproxy.cfg")).unwrap();
    sealed.serve("keys", "", &["haproxy", "-f", "haproxy.cfg"]);
    let (kept, keys) = (sealed.path("kept.pcapng"), sealed.path("keys"));
    let live = Program::live(&sealed.pair.left, &["lo", "-w", &kept, "--lines"]);
    let talk = Command::new("ip")
        .args(["netns", "exec", &sealed.pair.left.name, "python3", &sealed.path("peer.py"), "talk-closed"])
        .output()
        .unwrap();
    assert!(talk.status.success(), "{}", String::from_utf8_lossy(&talk.stderr));
    // It prints when the connection is over.
    sealed.wait("keys", "SERVER_TRAFFIC_SECRET_0");
    live.interrupt();
    let mut from = 0;
    let said = sealed.said(&mut from);
    assert_eq!(said.len(), 6);
    for (leg, filter) in [("sealed", "tls"), ("clear", "not tls")] {
        let printed = sockeye(&["messages", "-q", "--format", "jsonl", "--keylog", &keys, "-Y", filter, &kept]);
        assert_eq!(messages(&printed), said, "{leg}");
    }
    all_is_open_but_clear(&kept, &keys);
    assert!(Path::new(&keys).exists());
}

fn all_is_open_but_clear(kept: &str, keys: &str) {
    let rows = sockeye(&["connections", "-q", "--keylog", keys, "--format", "fields", "-e", "tls.closed", kept]);
    assert!(rows.lines().all(|closed| closed.is_empty() || closed == "0"), "{rows}");
}
