"""A system-call filter for what namespaces leave open: new processes, kernel keyrings, further namespaces, exotic interfaces.

Keyrings outlive a process and are shared by all processes of a user, so without this one submission could leave a note for
the next. Threads stay allowed. On a machine other than x86-64 or AArch64 there is no filter; the namespaces hold without it.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

LOAD, JEQ, JGE, JSET, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
NUMBER, ARCHITECTURE, ARGUMENT_0 = 0, 4, 16  # offsets in struct seccomp_data
CLONE_THREAD = 0x00010000
X32 = 0x40000000
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2

# name: (x86-64, AArch64)
DENIED = {
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "mount_setattr": (442, 442),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "memfd_create": (319, 279),  # memory that no limit of the process counts
    "memfd_secret": (447, 447),
}
MACHINES = {"x86_64": (0, 0xC000003E, 56, 435), "aarch64": (1, 0xC00000B7, 220, 435)}  # column, audit id, clone, clone3


def program(machine: str) -> bytes:
    """The filter as BPF instructions; empty for a machine that is not known."""
    if machine not in MACHINES:
        return b""
    column, audit, clone, clone3 = MACHINES[machine]
    denied = [numbers[column] for numbers in DENIED.values() if numbers[column] is not None]
    refuse = ERRNO | errno.EPERM
    code = [(LOAD, 0, 0, ARCHITECTURE), (JEQ, 1, 0, audit), (RETURN, 0, 0, KILL), (LOAD, 0, 0, NUMBER)]
    if machine == "x86_64":
        code += [(JGE, 0, 1, X32), (RETURN, 0, 0, refuse)]
    # the C library falls back to clone, whose flags can be looked at
    code += [(JEQ, 0, 1, clone3), (RETURN, 0, 0, ERRNO | errno.ENOSYS)]
    for number in denied:
        code += [(JEQ, 0, 1, number), (RETURN, 0, 0, refuse)]
    code += [
        (JEQ, 1, 0, clone),
        (RETURN, 0, 0, ALLOW),
        (LOAD, 0, 0, ARGUMENT_0),
        (JSET, 0, 1, CLONE_THREAD),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, refuse),
    ]
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in code)


def install(libc: ctypes.CDLL) -> bool:
    """Put the filter on this process for good; needs no_new_privs. Return whether there was one to put."""
    code = program(os.uname().machine)
    if not code:
        return False

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))

    filled = Program(len(code) // 8, code)
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(filled), 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp filter refused")
    return True
