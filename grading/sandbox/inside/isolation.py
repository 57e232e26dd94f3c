"""Shut a freshly forked process away from its template, its siblings and whatever comes after it.

The process gets its own user, pid, network, ipc, uts and mount namespaces, so it can neither see nor signal anything outside;
its /tmp and /dev/shm are new, small and die with it; /proc is empty, all else is read-only; it has no capability left.

A new pid namespace takes in the next child of whoever makes it. So that the template can make one child after the other apart,
each by a single fork, it lives in user and pid namespaces of its own, and goes back there after each.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal

from grading.sandbox.inside import seccomp

NAMESPACES = {
    "mount": 0x00020000,
    "uts": 0x04000000,
    "ipc": 0x08000000,
    "user": 0x10000000,
    "pid": 0x20000000,
    "net": 0x40000000,
}
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38
USERS = 60_000  # that a template started by root has for its children, each another
INSIDE = 1000  # what an answer sees as its own user
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND = 1, 2, 4, 8, 32, 4096
NODES = ("/dev/null", "/dev/zero", "/dev/urandom")  # all devices that there are inside
LAST_CAPABILITY = 63
MOST_FILES = resource.getrlimit(resource.RLIMIT_NOFILE)[0]  # before any limit of ours

libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends, whatever the reason (Linux only; elsewhere nothing)."""
    if hasattr(libc, "prctl"):
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def enter_own_namespaces(first_uid: int) -> int:
    """Go on as the first process of user and pid namespaces of its own; returns a handle on the latter, for `fork_apart`.

    Started by root, it goes on without any right of root's: as user `first_uid` of the machine, with USERS of them to give to its
    children. (0: started by an ordinary user, there is only that one.) The process that called stays behind and ends with the
    one that goes on.
    """
    if first_uid:
        _unshare_with_users(first_uid)
    else:
        _unshare("user", "pid")
    child = os.fork()
    if child:
        os.closerange(0, MOST_FILES)  # else nobody would hear that the child hung up
        os.waitpid(child, 0)
        os._exit(0)
    die_with_parent()
    return os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)


def _unshare_with_users(first: int) -> None:
    """Enter new user and pid namespaces whose users 0 … USERS - 1 are `first` and following outside; only root may say so."""
    waits, tells = os.pipe()
    myself, helper = os.getpid(), os.fork()
    if helper == 0:  # who is to be mapped can't do it
        os.close(tells)
        os.read(waits, 1)
        for name in ("uid_map", "gid_map"):
            with open(f"/proc/{myself}/{name}", "w") as file:
                file.write(f"0 {first} {USERS}")
        os._exit(0)
    _check(libc.unshare(NAMESPACES["user"] | NAMESPACES["pid"]), "unshare user pid")
    os.close(tells)
    _check(os.waitpid(helper, 0)[1], "mapping of users")
    os.close(waits)
    become(0)


def become(user: int) -> None:
    """Go on as this user of the namespace."""
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # else /proc/self would not be ours to write to
    die_with_parent()  # forgotten with the change of user


def fork_apart(home: int) -> int:
    """os.fork() with the child as the first process of a new pid namespace; the caller's other children stay at home."""
    _unshare("pid")
    child = None
    try:
        child = os.fork()
        return child
    finally:
        if child != 0:  # also when there was no fork
            _check(libc.setns(home, NAMESPACES["pid"]), "setns")


def leave_all_others() -> None:
    """Move this process, which `fork_apart` made, into new namespaces of every other kind."""
    _unshare("user", "net", "ipc", "uts", "mount")


def _unshare(*kinds: str) -> None:
    """Enter new namespaces; of a new user namespace, as user INSIDE, whoever that is outside."""
    uid, gid = os.getuid(), os.getgid()
    _check(libc.unshare(sum(NAMESPACES[kind] for kind in kinds)), f"unshare {' '.join(kinds)}")
    if "user" in kinds:
        for name, text in (("setgroups", "deny"), ("uid_map", f"{INSIDE} {uid} 1"), ("gid_map", f"{INSIDE} {gid} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)


def private_mounts(megabytes: int) -> None:
    """Cover /tmp and /dev/shm with new memory of the given size, and /proc with nothing."""
    size = f"mode=0700,nr_inodes=1024,size={megabytes}m".encode()
    for place, flags, options in (
        (b"/tmp", MS_NOSUID | MS_NODEV, size),
        (b"/dev/shm", MS_NOSUID | MS_NODEV, size),
        (b"/proc", MS_NOSUID | MS_NODEV | MS_RDONLY, b"mode=0555,size=4k"),
    ):
        _check(libc.mount(b"none", place, b"tmpfs", flags, options), f"mount {place.decode()}")


def freeze_nodes() -> None:
    """Make the mounts of the device nodes read-only: they can be read and written still, but their rights and times stay."""
    for node in NODES:
        kept = os.statvfs(node).f_flag & (MS_NOSUID | MS_NODEV | MS_NOEXEC)
        flags = MS_REMOUNT | MS_BIND | MS_RDONLY | kept
        _check(libc.mount(None, node.encode(), None, flags, None), f"mount {node}")


def no_further_namespaces() -> None:
    """Forbid user namespaces below this one, where the kernel lets us say so (the filter forbids them as well)."""
    try:
        with open("/proc/sys/user/max_user_namespaces", "w") as file:
            file.write("0")
    except OSError:
        pass


def keep_only(channel: int) -> None:
    """Close every file but the channel; standard input, output and error become /dev/null."""
    null = os.open("/dev/null", os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.closerange(3, channel)
    os.closerange(channel + 1, MOST_FILES)


def limit(cpu_seconds: int, memory_mb: int, file_mb: int) -> None:
    """Bound CPU time, memory beyond what the template already maps, file size, open files and threads."""
    bounds = {
        "RLIMIT_CPU": (cpu_seconds, cpu_seconds),  # the kernel kills: no handler can stop it
        "RLIMIT_FSIZE": (file_mb * 2**20,) * 2,
        "RLIMIT_NOFILE": (64, 64),
        "RLIMIT_NPROC": (64, 64),
        "RLIMIT_CORE": (0, 0),
        "RLIMIT_MEMLOCK": (0, 0),
        "RLIMIT_SIGPENDING": (256, 256),
        "RLIMIT_MSGQUEUE": (0, 0),
    }
    mapped = mapped_bytes()
    if mapped:
        bounds["RLIMIT_AS"] = (mapped + memory_mb * 2**20,) * 2
    for name, pair in bounds.items():
        if hasattr(resource, name):
            resource.setrlimit(getattr(resource, name), pair)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def mapped_bytes() -> int:
    """Bytes of address space in use, or 0 where /proc does not say."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def prefer_for_oom_kill() -> None:
    """Should memory run out after all, the kernel takes this process before any other."""
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")
    except OSError:
        pass


def drop_capabilities() -> None:
    """Give up all capabilities for good."""
    for capability in range(LAST_CAPABILITY + 1):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)  # EINVAL beyond the last one that the kernel knows
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    _check(libc.capset(header, (ctypes.c_uint32 * 6)()), "capset")
    _check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")


def filter_system_calls() -> None:
    """Refuse all but harmless system calls from now on."""
    seccomp.install(libc)


def _check(result: int, what: str) -> None:
    if result:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")
