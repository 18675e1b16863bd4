#!/usr/bin/python3
"""A correspondent that is no more than a kernel with Mobile IPv6 and this: it
answers the tests of return routability, checks Binding Updates and acknowledges
them (RFC 6275 9.4, 9.5).  What is in packets beside that is its kernel's.

    ro_peer.py ADDRESS PROGRAM

runs `sh PROGRAM HOME CAREOF` when a node is bound there, and for CAREOF takes
`none` when its binding is deleted.  Prints a line for each update.
"""
import hashlib
import os
import socket
import struct
import subprocess
import sys

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..",
                             "netns")]
from cn_node import CHECKSUM, MH, mac  # noqa: E402

HOTI, COTI, HOT, COT, BU, BA = range(1, 7)
AUTHORIZATION, HOME_ADDRESS = 5, 201
INDEX = 7
SECRET = os.urandom(20)


def token(address, which):
    """A keygen token (RFC 6275 5.2.5), without a nonce that would change."""
    return hashlib.sha1(SECRET + socket.inet_pton(socket.AF_INET6, address) +
                        bytes([which])).digest()[:8]


def options(data, at):
    """Options as data, and where each begins; those that pad are passed over."""
    found = {}
    while at + 2 <= len(data):
        if data[at] == 0:
            at += 1
            continue
        found[data[at]] = data[at + 2:at + 2 + data[at + 1]], at
        at += 2 + data[at + 1]
    return found


def careof(ancillary):
    """Where a packet came from: in the Home Address option, as the kernel has
    put the home address in its place."""
    for _, kind, data in ancillary:
        if kind == socket.IPV6_DSTOPTS:
            found = options(data, 2)
            if HOME_ADDRESS in found:
                return socket.inet_ntop(socket.AF_INET6,
                                        found[HOME_ADDRESS][0])
    return None


class Peer:
    def __init__(self, address, program):
        self.address, self.program, self.bound = address, program, {}
        self.s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, MH)
        self.s.setsockopt(socket.IPPROTO_IPV6, CHECKSUM, 4)
        self.s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVDSTOPTS, 1)
        self.s.bind((address, 0))

    def test(self, mh, source):
        kind = mh[2] + HOT - HOTI
        self.s.sendto(struct.pack("!BBBBHH", 59, 2, kind, 0, 0, INDEX) +
                      mh[8:16] + token(source, int(kind == COT)), (source, 0))

    def update(self, mh, home, away):
        seq, _, lifetime = struct.unpack_from("!HHH", mh, 6)
        deletes = lifetime == 0
        coa = home if deletes else away
        key = hashlib.sha1(token(home, 0) +
                           (b"" if deletes else token(coa, 1))).digest()
        sent, at = options(mh, 12)[AUTHORIZATION]
        covered = mh[:4] + b"\0\0" + mh[6:at + 2]
        if sent != mac(key, coa, self.address, covered):
            print("WRONG", home, coa, flush=True)
            return
        where = "none" if deletes else coa
        if self.bound.get(home) != where:
            subprocess.run(["sh", self.program, home, where], check=True)
            self.bound[home] = where
        ack = struct.pack("!BBBBHBBHH", 59, 3, BA, 0, 0, 0, 0, seq, lifetime)
        ack += bytes([1, 4, 0, 0, 0, 0, AUTHORIZATION, 12])
        self.s.sendto(ack + mac(key, coa, self.address, ack), (home, 0))
        print(home, where, seq, flush=True)

    def run(self):
        print("ready", flush=True)
        while True:
            mh, ancillary, _, source = self.s.recvmsg(2048, 256)
            if mh[2] in (HOTI, COTI):
                self.test(mh, source[0])
            elif mh[2] == BU:
                self.update(mh, source[0], careof(ancillary))


if __name__ == "__main__":
    Peer(*sys.argv[1:]).run()
