"""A filter of system calls: an answer may make those of `system_calls`, and no others.

Namespaces hide what is not the answer's; this closes what they leave open. Threads stay allowed. On a machine other than x86-64
or AArch64 there is no filter; the namespaces hold without it.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

from grading.sandbox.inside.system_calls import ALLOWED, BY_ARGUMENT, NEWEST

LOAD, JEQ, JGE, JGT, JSET, RETURN = 0x20, 0x15, 0x35, 0x25, 0x45, 0x06
ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data; an argument has 8 bytes
CLONE_THREAD = 0x00010000
X32 = 0x40000000
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
MACHINES = {"x86_64": (0, 0xC000003E, 56, 435), "aarch64": (1, 0xC00000B7, 220, 435)}  # column, audit id, clone, clone3

Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, constant


def program(machine: str) -> bytes:
    """The filter as BPF instructions; empty for a machine that is not known."""
    if machine not in MACHINES:
        return b""
    column, audit, clone, clone3 = MACHINES[machine]
    code = [(LOAD, 0, 0, ARCHITECTURE), (JEQ, 1, 0, audit), (RETURN, 0, 0, KILL), (LOAD, 0, 0, NUMBER)]
    if machine == "x86_64":
        code += [(JGE, 0, 1, X32), (RETURN, 0, 0, _refused("EPERM"))]
    # newer ones fall back to older ones, whose arguments can be looked at
    code += [(JGT, 0, 1, NEWEST), (RETURN, 0, 0, _refused("ENOSYS")), *_if(clone3, [(RETURN, 0, 0, _refused("ENOSYS"))])]
    threads = [(LOAD, 0, 0, ARGUMENTS), (JSET, 0, 1, CLONE_THREAD), (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, _refused("EPERM"))]
    code += _if(clone, threads)
    for numbers, argument, values, error in BY_ARGUMENT.values():
        choice: list[Instruction] = [(LOAD, 0, 0, ARGUMENTS + 8 * argument)]
        for value in values:
            choice += _if(value, [(RETURN, 0, 0, ALLOW)])
        code += _if(numbers[column], [*choice, (RETURN, 0, 0, _refused(error))])
    for each in ALLOWED.values():
        number = each[column]
        if number is not None:
            code += _if(number, [(RETURN, 0, 0, ALLOW)])
    code.append((RETURN, 0, 0, _refused("EPERM")))
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in code)


def _if(value: int, then: list[Instruction]) -> list[Instruction]:
    """`then`, done if what was loaded is `value`; it must end with a return."""
    return [(JEQ, 0, len(then), value), *then]


def _refused(error: str) -> int:
    return ERRNO | getattr(errno, error)


def install(libc: ctypes.CDLL) -> bool:
    """Put the filter on this process for good; needs no_new_privs. Return whether there was one to put.

    Raises OSError if the kernel refuses it.
    """
    code = program(os.uname().machine)
    if not code:
        return False

    class SocketFilter(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))

    filled = SocketFilter(len(code) // 8, code)
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(filled), 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp filter refused")
    return True
