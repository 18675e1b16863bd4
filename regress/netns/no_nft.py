#!/usr/bin/python3
"""no_nft.py PROGRAM ARGUMENT...: on a kernel without nf_tables, by seccomp.

Sockets of netfilter's netlink family are refused, as such a kernel does.
"""
import ctypes
import os
import struct
import sys

AF_NETLINK, NETLINK_NETFILTER, EPROTONOSUPPORT = 16, 12, 93
SOCKET = {"x86_64": 41, "aarch64": 198}[os.uname().machine]


def code(op, k, yes=0, no=0):
    return struct.pack("HBBI", op, yes, no, k)


LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
program = b"".join([
    code(LOAD, 0), code(EQUAL, SOCKET, 0, 5),
    code(LOAD, 16), code(EQUAL, AF_NETLINK, 0, 3),
    code(LOAD, 32), code(EQUAL, NETLINK_NETFILTER, 0, 1),
    code(RETURN, 0x00050000 | EPROTONOSUPPORT),
    code(RETURN, 0x7fff0000)])
text = ctypes.create_string_buffer(program, len(program))
fprog = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(text))
libc = ctypes.CDLL(None, use_errno=True)
if (libc.prctl(38, 1, 0, 0, 0) != 0 or          # PR_SET_NO_NEW_PRIVS
        libc.prctl(22, 2, fprog, 0, 0) != 0):   # PR_SET_SECCOMP
    sys.exit("seccomp: %s" % os.strerror(ctypes.get_errno()))
os.execv(sys.argv[1], sys.argv[1:])
