//! Calls of the system that a program which reads captures never makes, ruled out (seccomp): whoever took it over
//! through the bytes it reads could not start programs, trace others, reach services, or use the parts of the kernel in
//! which rights are won. A call is refused with an error, not with the end of the program.

use anyhow::Context;

/// Rules the calls out, for all threads there are and will be. Sockets stay where interfaces are asked for.
///
/// # Errors
/// The kernel, or this machine's processor, has no such filter.
pub(super) fn confine(asks_for_interfaces: bool) -> anyhow::Result<()> {
    for program in filters::all(asks_for_interfaces)? {
        seccompiler::apply_filter_all_threads(&program).context("no filter of calls")?;
    }
    Ok(())
}

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64"))]
mod filters {
    use std::collections::BTreeMap;

    use libc::c_long;
    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    };

    /// Other programs, and their memory.
    const PROGRAMS: &[c_long] = &[
        libc::SYS_execve,
        libc::SYS_execveat,
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        libc::SYS_process_madvise,
        libc::SYS_pidfd_getfd,
        libc::SYS_kcmp,
    ];

    /// File systems and name spaces.
    const PLACES: &[c_long] = &[
        libc::SYS_mount,
        libc::SYS_umount2,
        libc::SYS_mount_setattr,
        libc::SYS_move_mount,
        libc::SYS_open_tree,
        libc::SYS_fsopen,
        libc::SYS_fsconfig,
        libc::SYS_fsmount,
        libc::SYS_fspick,
        libc::SYS_pivot_root,
        libc::SYS_chroot,
        libc::SYS_setns,
        libc::SYS_unshare,
        libc::SYS_swapon,
        libc::SYS_swapoff,
        libc::SYS_quotactl,
        libc::SYS_open_by_handle_at,
        libc::SYS_fanotify_init,
    ];

    /// The kernel itself, and what programs may run in it.
    const KERNEL: &[c_long] = &[
        libc::SYS_init_module,
        libc::SYS_finit_module,
        libc::SYS_delete_module,
        libc::SYS_kexec_load,
        libc::SYS_reboot,
        libc::SYS_bpf,
        libc::SYS_perf_event_open,
        libc::SYS_userfaultfd,
        libc::SYS_io_uring_setup,
        libc::SYS_io_uring_enter,
        libc::SYS_io_uring_register,
        libc::SYS_add_key,
        libc::SYS_request_key,
        libc::SYS_keyctl,
        libc::SYS_syslog,
        libc::SYS_acct,
        libc::SYS_settimeofday,
        libc::SYS_clock_settime,
        libc::SYS_adjtimex,
        libc::SYS_clock_adjtime,
        libc::SYS_sethostname,
        libc::SYS_setdomainname,
        libc::SYS_personality,
    ];

    /// Connections to services of this machine and others. Pairs of sockets are no connections.
    const SERVICES: &[c_long] = &[libc::SYS_connect, libc::SYS_listen, libc::SYS_accept, libc::SYS_accept4];

    /// Numbers of calls with this bit are those of the x32 ABI, which no program here uses.
    #[cfg(target_arch = "x86_64")]
    const X32: c_long = 0x4000_0000;

    /// Calls that have a number of their own there, `execve` to `execveat`.
    #[cfg(target_arch = "x86_64")]
    const ONLY_X32: std::ops::RangeInclusive<c_long> = X32 + 512..=X32 + 547;

    /// New name spaces, as flags of `clone`.
    const SPACES: libc::c_int = libc::CLONE_NEWNS
        | libc::CLONE_NEWCGROUP
        | libc::CLONE_NEWUTS
        | libc::CLONE_NEWIPC
        | libc::CLONE_NEWUSER
        | libc::CLONE_NEWPID
        | libc::CLONE_NEWNET;

    type Rules = BTreeMap<i64, Vec<SeccompRule>>;

    pub(super) fn all(asks_for_interfaces: bool) -> anyhow::Result<[BpfProgram; 2]> {
        let mut rules = Rules::new();
        for number in [PROGRAMS, PLACES, KERNEL, SERVICES].concat() {
            never(&mut rules, number);
        }
        #[cfg(target_arch = "x86_64")]
        {
            never(&mut rules, libc::SYS_kexec_file_load);
            ONLY_X32.for_each(|number| never(&mut rules, number));
        }
        sockets(&mut rules, asks_for_interfaces)?;
        // Each flag by itself: one is enough.
        let spaces = (0..31).map(|bit| 1 << bit).filter(|flag| SPACES & flag != 0);
        let spaces: Vec<SeccompRule> = spaces.map(|flag| has(0, flag)).collect::<Result<_, _>>()?;
        rules.insert(libc::SYS_clone, spaces);
        // What a terminal would take for typed by its user.
        rules.insert(libc::SYS_ioctl, vec![is(1, u64::from(TIOCSTI))?, is(1, u64::from(TIOCLINUX))?]);
        // The flags of this call cannot be looked at. Where it is said not to exist, threads are made by the older one.
        let mut newer = Rules::new();
        never(&mut newer, libc::SYS_clone3);
        Ok([program(rules, libc::EPERM)?, program(newer, libc::ENOSYS)?])
    }

    /// Puts a character into the terminal's input.
    const TIOCSTI: u32 = 0x5412;
    /// Pastes what is selected on the console.
    const TIOCLINUX: u32 = 0x541c;

    fn never(rules: &mut Rules, number: c_long) {
        rules.insert(number, Vec::new());
        #[cfg(target_arch = "x86_64")]
        rules.insert(number | X32, Vec::new());
    }

    /// No socket, or those alone by which the system says what interfaces there are.
    fn sockets(rules: &mut Rules, asks_for_interfaces: bool) -> anyhow::Result<()> {
        never(rules, libc::SYS_socket);
        if asks_for_interfaces {
            let other = [libc::AF_UNIX, libc::AF_NETLINK].map(|family| {
                SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, u64::from(family.unsigned_abs()))
            });
            let [unix, netlink] = other;
            rules.insert(libc::SYS_socket, vec![SeccompRule::new(vec![unix?, netlink?])?]);
        }
        Ok(())
    }

    /// An argument is `value`.
    fn is(argument: u8, value: u64) -> anyhow::Result<SeccompRule> {
        let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)?;
        Ok(SeccompRule::new(vec![condition])?)
    }

    /// An argument has `flag`.
    fn has(argument: u8, flag: libc::c_int) -> anyhow::Result<SeccompRule> {
        let flag = u64::from(flag.unsigned_abs());
        let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Qword, SeccompCmpOp::MaskedEq(flag), flag)?;
        Ok(SeccompRule::new(vec![condition])?)
    }

    /// Refuses what `rules` name with an error, and nothing else.
    fn program(rules: Rules, error: libc::c_int) -> anyhow::Result<BpfProgram> {
        let refused = SeccompAction::Errno(error.unsigned_abs());
        let processor = std::env::consts::ARCH.try_into()?;
        Ok(SeccompFilter::new(rules, SeccompAction::Allow, refused, processor)?.try_into()?)
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")))]
mod filters {
    pub(super) fn all(_: bool) -> anyhow::Result<[seccompiler::BpfProgram; 0]> {
        Err(anyhow::anyhow!("calls cannot be named on this processor"))
    }
}

#[cfg(all(test, any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")))]
mod tests {
    use std::io::ErrorKind;
    use std::net::{TcpStream, UdpSocket};
    use std::os::unix::net::{UnixDatagram, UnixStream};
    use std::process::Command;

    /// On a thread of its own, where alone the filters hold.
    fn confined<T: Send + 'static>(
        asks_for_interfaces: bool,
        action: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let inside = move || {
            rustix::thread::set_no_new_privs(true).ok()?;
            for program in super::filters::all(asks_for_interfaces).unwrap() {
                seccompiler::apply_filter(&program).ok()?;
            }
            Some(action())
        };
        let done = std::thread::spawn(inside).join().unwrap();
        if done.is_none() {
            eprintln!("SKIPPED: this kernel has no filter of calls");
        }
        done
    }

    #[test]
    fn what_leads_to_rights_is_refused() {
        let denied = |kind: ErrorKind| kind == ErrorKind::PermissionDenied;
        confined(false, move || {
            assert!(denied(Command::new("/bin/true").spawn().unwrap_err().kind()));
            assert!(denied(UdpSocket::bind("127.0.0.1:0").unwrap_err().kind()));
            assert!(denied(TcpStream::connect("127.0.0.1:9").unwrap_err().kind()));
            assert!(denied(UnixDatagram::unbound().unwrap_err().kind()));
            let spaces = rustix::thread::UnshareFlags::NEWNET;
            #[expect(deprecated, reason = "it changes this thread alone, and fails")]
            let space = rustix::thread::unshare(spaces);
            assert_eq!(space, Err(rustix::io::Errno::PERM));
        });
    }

    #[test]
    fn what_reading_and_showing_takes_is_not() {
        confined(false, || {
            assert_eq!(std::thread::spawn(|| 7).join().unwrap(), 7);
            UnixStream::pair().unwrap();
            tempfile::tempfile().unwrap();
            assert!(std::fs::read_dir("/").unwrap().next().is_some());
        });
    }

    #[test]
    fn interfaces_are_asked_for_where_a_capture_is_made() {
        let listed = confined(true, || {
            assert_eq!(UdpSocket::bind("127.0.0.1:0").unwrap_err().kind(), ErrorKind::PermissionDenied);
            nix::net::if_::if_nametoindex("lo").unwrap();
            crate::capture::live::list().unwrap()
        });
        assert!(listed.is_none_or(|listed| listed.iter().any(|interface| interface.name == "lo")));
    }
}
