#!/usr/bin/python3
"""A mobile node that is none of ours and has a CGA, for a correspondent: RFC
4866, by packets that are made here, behind a Home Address option.

    cn_cga_node.py INTERFACE CORRESPONDENT CAREOF OTHER

Both care-of addresses are its own; so is the home address, which is new in each
run and is put on the interface.  Prints the status and the lifetime of each
acknowledgement; one whose authenticator, routing header or tokens are wrong
ends it, with the exit status 1.
"""
import hashlib
import os
import socket
import struct
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "unit"),
                os.path.join(HERE, "..", "scenario")]
import cn_cga                                           # noqa: E402
import cn_node                                          # noqa: E402
from cryptography.hazmat.primitives.asymmetric import padding   # noqa: E402
from rfc import Headers, hao, packet, seal              # noqa: E402

MH, DST, IPV6 = 135, 60, 0x86dd
ZERO = bytes(8)


def options(mh):
    """Those of an acknowledgement, by type."""
    found, at = {}, 12
    while at < len(mh):
        if mh[at] == 0:
            at += 1
            continue
        found[mh[at]] = mh[at + 2:at + 2 + mh[at + 1]]
        at += 2 + mh[at + 1]
    return found


class Node:
    def __init__(self, interface, cn):
        self.cn = cn
        self.own = cn_cga.Node(2040, 1)
        subprocess.run(["ip", "-6", "addr", "add", self.own.home + "/128",
                        "dev", interface, "nodad"], check=True)
        self.out = socket.socket(socket.AF_INET6, socket.SOCK_RAW,
                                 socket.IPPROTO_RAW)
        self.seen = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM,
                                  socket.htons(IPV6))
        self.seen.bind((interface, IPV6))
        self.seen.settimeout(2)

    def tests(self, careof):
        """The index and the token of both tests."""
        return (cn_node.Node(self.cn, self.own.home).test(1),
                cn_node.Node(self.cn, careof).test(2))

    def send(self, careof, mh):
        mh = seal(bytes.fromhex(mh), self.own.home, self.cn)
        self.out.sendto(packet(careof, self.cn, DST,
                               hao(self.own.home, MH) + mh), (self.cn, 0))

    def answer(self, careof, seq):
        """The acknowledgement with that number, at that care-of address."""
        while True:
            h = Headers(self.seen.recv(4096))
            if h.nh == MH and h.rest[2] == 6 and h.dst == careof and \
                    struct.unpack("!H", h.rest[8:10])[0] == seq:
                break
        if h.home != self.own.home or h.src != self.cn:
            sys.exit("the acknowledgement goes to somebody else")
        return h.rest[:(h.rest[1] + 1) * 8]

    def ask(self, kbm, careof, seq, lifetime, indices, spoilt=False, **kw):
        over = careof if lifetime else self.own.home
        update = cn_cga.update(self.own, kbm, over, seq, lifetime, indices,
                               **kw)
        if spoilt:
            self.own.key, key = cn_cga.Node(2040, 0).key, self.own.key
            update = cn_cga.update(self.own, kbm, over, seq, lifetime,
                                   indices, **kw)
            self.own.key = key
        self.send(careof, update)
        mh = self.answer(careof, seq)
        status, given = mh[6], struct.unpack("!H", mh[10:12])[0] * 4
        data = mh[:4] + b"\0\0" + mh[6:-12]
        if status not in (147, 150) and \
                mh[-12:] != cn_node.mac(kbm, over, self.cn, data):
            sys.exit(f"the authenticator of {status} is wrong")
        print(status, given)
        return options(mh)


def sha1(data):
    return hashlib.sha1(data).digest()


def main():
    interface, cn, careof, other = sys.argv[1:]
    cn_cga.CN = cn
    node = Node(interface, cn)
    (hi, ht), (ci, ct) = node.tests(careof)
    # Nothing is there by which it could be.
    node.ask(sha1(ZERO), careof, 1, 400, (0, 0))
    # Early and signed, then complete by what came of it.
    got = node.ask(sha1(ht + ZERO), careof, 2, 86400, (hi, 0), sign=True,
                   test=True)
    token = node.own.key.decrypt(got[14], padding.PKCS1v15())
    if len(token) != 8 or got[16] != ct:
        sys.exit("not the tokens that there are")
    node.ask(sha1(token + got[16]), careof, 3, 86400, (0, 1))
    # It moves, and a signature that is not right does not move it back.
    got = node.ask(sha1(token + ZERO), other, 4, 4000, (0, 0), test=True)
    node.ask(sha1(token + got[16]), other, 5, 4000, (0, 1))
    node.ask(sha1(ht + ct), careof, 6, 4000, (hi, ci), sign=True,
             spoilt=True)
    node.ask(sha1(ht + ct), careof, 6, 400, (hi, ci))
    node.ask(sha1(token + ZERO), careof, 6, 4000, (0, 0))
    print(node.own.home)


if __name__ == "__main__":
    main()
