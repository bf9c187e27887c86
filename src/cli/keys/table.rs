//! What writes a key log, and how: one table, for people and for what `run` says of a program that wrote none.
//!
//! In: the name of a program, or the libraries that it has loaded. Out: the kind it is of. In each text FILE stands for the
//! key log.

/// A kind of program.
#[derive(Debug)]
pub struct Kind {
    /// Its name, for people.
    pub name: &'static str,
    /// Names of programs of this kind, as the system has them; `*` at the end stands for anything.
    pub programs: &'static [&'static str],
    /// Beginnings of the names of libraries that make a program one of this kind, where its own name says nothing.
    pub libraries: &'static [&'static str],
    /// The variable or the argument that makes it write, in one line.
    pub how: &'static str,
    /// Since which version, as a sentence without its end.
    pub since: &'static str,
    /// `run` sets what it takes.
    pub by_itself: bool,
    /// Where it does not, and what to do then.
    pub otherwise: &'static str,
    /// What keeps it from QUIC, where it speaks that by itself; nothing where it does not.
    pub quic: &'static str,
}

/// All of them, in the order of the page.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "Chromium",
        programs: &[
            "chrom*",
            "google-chrome*",
            "brave*",
            "msedge*",
            "microsoft-edge*",
            "opera*",
            "vivaldi*",
            "headless_shell",
        ],
        libraries: &[],
        how: "SSLKEYLOGFILE=FILE, or --ssl-key-log-file=FILE",
        since: "All versions in use; Chrome, Edge, Brave, Opera, Vivaldi as well",
        by_itself: true,
        otherwise: "A browser that runs already opens the page in its old process, which knows nothing of the \
                    variable: close it first, or add --user-data-dir=$(mktemp -d). Browsers in a Snap or Flatpak \
                    see a file system of their own: name a FILE that they can write.",
        quic: "--disable-quic",
    },
    Kind {
        name: "Electron",
        programs: &["electron*", "code", "slack", "discord", "signal-desktop", "teams*"],
        libraries: &[],
        how: "SSLKEYLOGFILE=FILE, or --ssl-key-log-file=FILE",
        since: "All versions in use, for what its windows open",
        by_itself: true,
        otherwise: "A program that runs already hands the work to its old process: end that first. What its Node \
                    side opens needs the way of Node, where the program lets it.",
        quic: "--disable-quic",
    },
    Kind {
        name: "Firefox",
        programs: &["firefox*", "librewolf*", "thunderbird*", "waterfox*", "tor-browser"],
        libraries: &["libssl3.so", "libnss3.so"],
        how: "SSLKEYLOGFILE=FILE",
        since: "The builds of Mozilla, all versions in use; other programs on NSS as well",
        by_itself: true,
        otherwise: "Distributions may build NSS without it (NSS_ALLOW_SSLKEYLOGFILE=1 builds it in): take \
                    Mozilla's own build. One that runs already opens the page in its old process: close it first, \
                    or add --no-remote --profile $(mktemp -d).",
        quic: "network.http.http3.enable set to false (about:config)",
    },
    Kind {
        name: "curl",
        programs: &["curl", "git-remote-https"],
        libraries: &["libcurl.so", "libcurl-gnutls.so"],
        how: "SSLKEYLOGFILE=FILE",
        since: "From 7.58 on with OpenSSL; with wolfSSL, GnuTLS and rustls as well; whatever uses libcurl",
        by_itself: true,
        otherwise: "Builds on Schannel or Secure Transport write none: `curl --version` names the library in use.",
        quic: "--http2 or --http1.1",
    },
    Kind {
        name: "Node",
        programs: &["node*", "npm*", "npx*", "yarn", "pnpm", "ts-node", "tsx", "wscat"],
        libraries: &["libnode.so"],
        how: "NODE_OPTIONS=--tls-keylog=FILE, or node --tls-keylog=FILE",
        since: "From 12.16 and 13.2 on; Node does not read SSLKEYLOGFILE",
        by_itself: true,
        otherwise: "A program that sets NODE_OPTIONS for its children takes it away from them. Before 12.16, in \
                    the program: socket.on('keylog', line => fs.appendFileSync(FILE, line)).",
        quic: "",
    },
    Kind {
        name: "Python",
        programs: &["python*", "pypy*", "gunicorn", "uvicorn", "hypercorn", "daphne", "pytest", "ipython*"],
        libraries: &["libpython"],
        how: "SSLKEYLOGFILE=FILE",
        since: "From 3.8 on, for contexts of ssl.create_default_context(); urllib3 1.26 and requests as well",
        by_itself: true,
        otherwise: "A context made with ssl.SSLContext(...), as servers often do, reads no variable. In the \
                    program: context.keylog_filename = os.environ.get('SSLKEYLOGFILE').",
        quic: "",
    },
    Kind {
        name: "Go",
        programs: &["go"],
        libraries: &[],
        how: "in the program: tls.Config{KeyLogWriter: file}",
        since: "From 1.8 on; no variable does it by itself",
        by_itself: false,
        otherwise: "Some programs read SSLKEYLOGFILE and set KeyLogWriter themselves. Else, where the program is \
                    yours: open os.Getenv(\"SSLKEYLOGFILE\") to append, and set it in every tls.Config.",
        quic: "",
    },
    Kind {
        name: "Java",
        programs: &["java", "javaw", "gradle*", "mvn*", "kotlin*", "scala*", "sbt"],
        libraries: &["libjvm.so"],
        how: "JAVA_TOOL_OPTIONS=-javaagent:extract-tls-secrets.jar=FILE",
        since: "From Java 6 on, with the agent extract-tls-secrets (github.com/neykov); Java itself writes none",
        by_itself: false,
        otherwise: "Under `run`: sockeye run -- sh -c 'JAVA_TOOL_OPTIONS=-javaagent:JAR=$SSLKEYLOGFILE exec java \
                    ...'. Netty on BoringSSL or OpenSSL is native code, and the agent does not see it.",
        quic: "",
    },
    Kind {
        name: ".NET",
        programs: &["dotnet", "pwsh"],
        libraries: &["libcoreclr.so", "libSystem.Security.Cryptography.Native.OpenSsl.so"],
        how: "SSLKEYLOGFILE=FILE, and the switch System.Net.EnableSslKeyLogging",
        since: "From 9 on, on Linux, where OpenSSL does the work",
        by_itself: false,
        otherwise: "The switch stands in NAME.runtimeconfig.json: \"configProperties\": \
                    {\"System.Net.EnableSslKeyLogging\": true}; or in the program, before the first connection: \
                    AppContext.SetSwitch(\"System.Net.EnableSslKeyLogging\", true).",
        quic: "",
    },
    Kind {
        name: "OpenSSL",
        programs: &["openssl", "socat", "stunnel*", "websocat", "ruby*", "php*", "perl"],
        libraries: &["libssl.so"],
        how: "openssl s_client -keylogfile FILE; of other programs it depends",
        since: "From 1.1.1 on; from 3.5 on SSLKEYLOGFILE, in a library that was built with enable-sslkeylog, which is \
                not the rule",
        by_itself: false,
        otherwise: "A program that is linked with libssl.so takes a small library in between \
                    (LD_PRELOAD=libsslkeylog.so, from the sources of Peter Wu's wireshark-notes) that reads \
                    SSLKEYLOGFILE. Where it is yours: SSL_CTX_set_keylog_callback.",
        quic: "",
    },
    Kind {
        name: "GnuTLS",
        programs: &["gnutls-cli", "wget"],
        libraries: &["libgnutls.so"],
        how: "SSLKEYLOGFILE=FILE",
        since: "All versions in use, whatever program is linked with it",
        by_itself: true,
        otherwise: "Programs with the set-user-ID bit do not read it. wget may be built on OpenSSL: `wget \
                    --version` says.",
        quic: "",
    },
    Kind {
        name: "rustls",
        programs: &[],
        libraries: &[],
        how: "in the program: config.key_log = Arc::new(rustls::KeyLogFile::new())",
        since: "All versions in use; then SSLKEYLOGFILE=FILE says where",
        by_itself: false,
        otherwise: "rustls reads no variable unless its program says so. Where it is yours, add that line to \
                    each ClientConfig and ServerConfig, behind an option.",
        quic: "",
    },
    Kind {
        name: "Bun",
        programs: &["bun*"],
        libraries: &[],
        how: "BUN_OPTIONS=--tls-keylog=FILE, or bun --tls-keylog=FILE",
        since: "From 1.4 on, for sockets of node:tls and what is built on them",
        by_itself: true,
        otherwise: "Its own WebSocket and fetch write none, nor do older versions: run the program with Node or Deno \
                    to look at its traffic.",
        quic: "",
    },
    Kind {
        name: "Deno",
        programs: &["deno*"],
        libraries: &[],
        how: "SSLKEYLOGFILE=FILE",
        since: "From 2.7 on",
        by_itself: true,
        otherwise: "Older versions write none: upgrade, or run the program with Node.",
        quic: "",
    },
    Kind {
        name: "nginx",
        programs: &["nginx*", "openresty"],
        libraries: &[],
        how: "NGINX Plus: ssl_key_log FILE; and proxy_ssl_key_log FILE;",
        since: "From NGINX Plus R33 (1.27.2) on; the open source version writes none by itself",
        by_itself: false,
        otherwise: "The open source version takes the small library of OpenSSL programs: LD_PRELOAD before nginx, \
                    and `env SSLKEYLOGFILE;` in nginx.conf. Or capture behind it, where it speaks plainly.",
        quic: "",
    },
    Kind {
        name: "Envoy",
        programs: &["envoy*"],
        libraries: &[],
        how: "in its configuration: common_tls_context: {key_log: {path: FILE}}",
        since: "The versions in use, of listeners and of clusters",
        by_itself: false,
        otherwise: "It writes them out every ten seconds; --file-flush-interval-msec 50 has them there sooner. They \
                    may be limited to addresses: local_address_range and remote_address_range.",
        quic: "",
    },
    Kind {
        name: "HAProxy",
        programs: &["haproxy*"],
        libraries: &[],
        how: "tune.ssl.keylog on, and the secrets in a log-format",
        since: "From 2.4 on, with OpenSSL 1.1.1",
        by_itself: false,
        otherwise: "With `log stdout format raw local0`, what it prints is the key log, where the log-format has these \
                    lines, joined by \\n: CLIENT_HANDSHAKE_TRAFFIC_SECRET %[ssl_fc_client_random,hex] \
                    %[ssl_fc_client_handshake_traffic_secret], the same with SERVER and server, and \
                    CLIENT_TRAFFIC_SECRET_0 %[ssl_fc_client_random,hex] %[ssl_fc_client_traffic_secret_0], the same \
                    with SERVER and server.",
        quic: "",
    },
    Kind {
        name: "mitmproxy",
        programs: &["mitmproxy", "mitmdump", "mitmweb"],
        libraries: &[],
        how: "SSLKEYLOGFILE=FILE, or MITMPROXY_SSLKEYLOGFILE=FILE",
        since: "All versions in use; keys of both its sides",
        by_itself: true,
        otherwise: "Keys come for connections that it decrypts, not for those that it passes on.",
        quic: "",
    },
];

/// The kind of a program, by its name.
pub fn of_program(program: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.programs.iter().any(|name| is_named(name, program)))
}

/// The kind of a program, by a library that it has loaded.
pub fn of_library(library: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.libraries.iter().any(|name| library.starts_with(name)))
}

/// The kind that people call so.
pub fn named(name: &str) -> Option<&'static Kind> {
    let is_it = |kind: &&Kind| kind.name.trim_start_matches('.').eq_ignore_ascii_case(name.trim_start_matches('.'));
    KINDS.iter().find(is_it).or_else(|| of_program(&name.to_ascii_lowercase())).or_else(|| of_library(name))
}

fn is_named(pattern: &str, program: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => program.starts_with(beginning),
        None => pattern == program,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_known_by_what_the_system_calls_them() {
        let kinds = [
            ("chromium", "Chromium"),
            ("google-chrome-stable", "Chromium"),
            ("firefox-esr", "Firefox"),
            ("node", "Node"),
            ("python3.11", "Python"),
            ("curl", "curl"),
            ("deno", "Deno"),
            ("nginx", "nginx"),
        ];
        for (program, kind) in kinds {
            assert_eq!(of_program(program).map(|kind| kind.name), Some(kind), "{program}");
        }
        assert!(of_program("a.out").is_none());
        for (library, kind) in [
            ("libssl.so.3", "OpenSSL"),
            ("libgnutls.so.30", "GnuTLS"),
            ("libssl3.so", "Firefox"),
            ("libjvm.so", "Java"),
        ] {
            assert_eq!(of_library(library).map(|kind| kind.name), Some(kind), "{library}");
        }
    }

    #[test]
    fn kinds_are_found_by_any_name_that_people_have_for_them() {
        for (name, kind) in [
            ("go", "Go"),
            ("NET", ".NET"),
            (".net", ".NET"),
            ("RUSTLS", "rustls"),
            ("chrome", "Chromium"),
            ("Node", "Node"),
        ] {
            assert_eq!(named(name).map(|kind| kind.name), Some(kind), "{name}");
        }
        assert!(named("cobol").is_none());
    }

    #[test]
    fn every_kind_says_how_and_names_no_program_twice() {
        let mut programs: Vec<&str> = KINDS.iter().flat_map(|kind| kind.programs).copied().collect();
        let all = programs.len();
        programs.sort_unstable();
        programs.dedup();
        assert_eq!(programs.len(), all);
        for kind in KINDS {
            assert!(kind.how.len() <= 72, "{}", kind.name);
            assert!(kind.otherwise.ends_with('.') && !kind.otherwise.contains("  "), "{}", kind.name);
        }
    }
}
