#!/usr/bin/python3
"""What the RFCs demand of the wire, asked of the real daemon by scapy.

    rfc.py ha NETID PID MAC     as mobile nodes, hosts and correspondents;
                                mip6d's pid, the MAC address of its wan
    rfc.py trouble NETID PID MAC   the same, while its preconditions change
    rfc.py mn NETID             as home agent and router
    rfc.py plane NETID ...      see rfc_plane.py

One process keeps packet sockets in the namespaces NETID-*, and plays all
other nodes itself.  Each check prints `ok` or `FAIL`, the RFC and section and
what is demanded; the exit status is 1 if one failed.
"""
import collections
import ctypes
import fcntl
import hashlib
import hmac
import os
import select
import socket
import struct
import sys
import time

from scapy.all import conf as scapy_conf
from scapy.layers.inet6 import *
from scapy.layers.l2 import Ether

scapy_conf.verb = 0
libc = ctypes.CDLL(None, use_errno=True)
ME = os.open("/proc/self/ns/net", os.O_RDONLY)


def n6(a):
    return socket.inet_pton(socket.AF_INET6, a)


def t6(b):
    return socket.inet_ntop(socket.AF_INET6, b)


def solicited(a):
    return t6(n6("ff02::1:ff00:0")[:13] + n6(a)[13:])


def group_mac(a):
    return "33:33:" + ":".join("%02x" % b for b in n6(a)[12:])


def ones(data):
    if len(data) % 2:
        data += b"\0"
    s = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while s >> 16:
        s = (s & 0xffff) + (s >> 16)
    return s


def cksum(src, dst, proto, data):
    """RFC 8200 8.1, by hand: the addresses are those of the two ends."""
    return 0xffff - ones(n6(src) + n6(dst) +
                         struct.pack("!II", len(data), proto) + data)


# A busy machine is given so many times the seconds of a quiet one.
PATIENCE = float(os.environ.get("NET_PATIENCE", 6))
SO_TIMESTAMPNS = 35


class Port:
    """One interface of one namespace, on the link layer."""

    def __init__(self, net, ns, name):
        fd = os.open("/run/netns/" + ns, os.O_RDONLY)
        libc.setns(fd, 0)
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        # When a packet came, not when this program got round to it.
        s.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        s.bind((name, 0x86dd))
        raw = fcntl.ioctl(s, 0x8927, struct.pack("256s", name.encode()))
        libc.setns(ME, 0)
        os.close(fd)
        self.mac = ":".join("%02x" % b for b in raw[18:24])
        self.sock, self.net, self.name = s, net, name
        self.peer = None
        self.answers = {}       # address: R bit of the NA that answers an NS
        self.macs = {}          # address: whose it is, if not the port's
        net.ports[s.fileno()] = self

    def send(self, p, dst=None, src=None):
        data = p if isinstance(p, bytes) else bytes(p)
        if dst is None:
            a = t6(data[24:40])
            dst = group_mac(a) if a.startswith("ff") else self.peer
        mac = bytes.fromhex((dst + (src or self.mac)).replace(":", ""))
        self.sock.send(mac + b"\x86\xdd" + data)


Seen = collections.namedtuple("Seen", "t port eth ip raw")


class Net:
    def __init__(self):
        self.ports = {}
        self.seen = []

    def poll(self, timeout):
        for fd in select.select(list(self.ports), [], [], timeout)[0]:
            port = self.ports[fd]
            try:
                frame, extra, _, _ = port.sock.recvmsg(
                    70000, 64, socket.MSG_DONTWAIT)
            except OSError:
                continue
            e = Ether(frame)
            if IPv6 not in e:
                continue
            self.seen.append(Seen(self.when(extra), port, e, e[IPv6],
                                  frame[14:]))
            ns = e.getlayer(ICMPv6ND_NS)
            if ns is not None and ns.tgt in port.answers:
                self.answer(port, e[IPv6].src, ns.tgt)

    @staticmethod
    def when(extra):
        """The kernel's time of arrival on the monotonic clock, seconds."""
        now = time.monotonic()
        for level, kind, data in extra:
            if level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
                sec, nsec = struct.unpack("qq", data[:16])
                return now - max(0, time.time() - sec - nsec * 1e-9)
        return now

    @staticmethod
    def answer(port, src, tgt):
        to = "ff02::1" if src == "::" else src
        mac = port.macs.get(tgt, port.mac)
        port.send(IPv6(src=tgt, dst=to, hlim=255) /
                  ICMPv6ND_NA(tgt=tgt, R=port.answers[tgt], O=1,
                              S=0 if src == "::" else 1) /
                  ICMPv6NDOptDstLLAddr(lladdr=mac), src=mac)

    def mark(self):
        while select.select(list(self.ports), [], [], 0)[0]:
            self.poll(0)
        return len(self.seen)

    def wait(self, match, mark, timeout=1.0, exact=False):
        """The first packet since mark that matches, or None.  exact: that
        there is none is right, so no more time than that is given."""
        end = time.monotonic() + timeout * (1 if exact else PATIENCE)
        i = mark
        while True:
            while i < len(self.seen):
                if match(self.seen[i]):
                    return self.seen[i]
                i += 1
            left = end - time.monotonic()
            if left <= 0:
                return None
            self.poll(left)

    def all(self, match, mark=0):
        self.mark()
        return [s for s in self.seen[mark:] if match(s)]

    def idle(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.poll(left)


class Report:
    def __init__(self):
        self.good = self.bad = 0
        self.sections = collections.Counter()

    def __call__(self, section, what, good, detail=""):
        self.sections[section] += 1
        self.good += bool(good)
        self.bad += not good
        print("%-4s %-14s %s%s" % ("ok" if good else "FAIL", section, what,
              "" if good or detail == "" else ": %s" % (detail,)), flush=True)
        return good

    def same(self, section, what, got, want):
        return self(section, what, got == want,
                    "%r, not %r" % (got, want))

    def end(self):
        print("\n%d checks, %d failed; %s" % (self.good + self.bad, self.bad,
              ", ".join("%s: %d" % i for i in sorted(self.sections.items()))))
        sys.exit(self.bad != 0)


# What is in a packet.

class Headers:
    """The extension headers and the upper layer, from the octets."""

    def __init__(self, raw):
        self.src, self.dst = t6(raw[8:24]), t6(raw[24:40])
        self.hlim, self.nh = raw[7], raw[6]
        self.tc = (raw[0] & 15) << 4 | raw[1] >> 4
        self.flow = int.from_bytes(raw[1:4], "big") & 0xfffff
        self.plen = int.from_bytes(raw[4:6], "big")
        self.hao = self.rh = self.options = None
        self.rest = raw[40:40 + self.plen]
        self.order = []
        while self.nh in (0, 43, 60):
            n = (self.rest[1] + 1) * 8
            h, self.rest = self.rest[:n], self.rest[n:]
            self.order.append(self.nh)
            if self.nh == 43:
                self.rh = h
            elif self.nh == 60 and 0xc9 in [
                    x[0] for x in options(h[2:]) or ()]:
                self.hao = h
            elif self.nh == 60:
                self.options = h
            self.nh = h[0]
        self.home = t6(self.rh[8:24]) if self.rh else None


def is_mh(t, src=None, dst=None):
    def match(s):
        h = Headers(s.raw)
        return (h.nh == 135 and h.rest[2] == t and src in (None, h.src) and
                dst in (None, h.dst))
    return match


def is_icmp(t, dst=None, code=None, target=None):
    def match(s):
        h = Headers(s.raw)
        return (h.nh == 58 and h.rest[0] == t and dst in (None, h.dst) and
                code in (None, h.rest[1]) and
                (target is None or h.rest[8:24] == n6(target)))
    return match


def is_tunnelled(dst):
    def match(s):
        h = Headers(s.raw)
        return h.nh == 41 and h.dst == dst
    return match


def options(data):
    """(type, value, offset) of mobility options; None if malformed."""
    out, i = [], 0
    while i < len(data):
        if data[i] == 0:
            out.append((0, b"", i))
            i += 1
            continue
        if i + 2 > len(data) or i + 2 + data[i + 1] > len(data):
            return None
        out.append((data[i], data[i + 2:i + 2 + data[i + 1]], i))
        i += 2 + data[i + 1]
    return out


# Mobility Headers.

# From the start of the Mobility Header: (multiple, offset) RFC 6275 6.2, RFC
# 4283, RFC 4285.
ALIGN = {2: (2, 0), 3: (8, 6), 9: (4, 1), 10: (8, 2)}


class Node:
    """A mobile node's side of RFC 4285, and its sequence numbers."""

    def __init__(self, name, home, spi, key, agent):
        self.name, self.home, self.spi = name.encode(), home, spi
        self.key, self.agent = key, agent
        self.seq = 100
        self.stamp = 0

    def timestamp(self):
        now = time.time() + 2208988800
        self.stamp = max(self.stamp + 1, int(now * (1 << 32)))
        return self.stamp

    def auth(self, careof, mh):
        """mh: up to and including the SPI, checksum 0"""
        return hmac.new(self.key, n6(careof) + n6(self.home) + mh,
                        hashlib.sha1).digest()[:12]


def seal(mh, src, dst):
    mh = bytearray(mh)
    mh[4:6] = b"\0\0"
    mh[4:6] = struct.pack("!H", cksum(src, dst, 135, bytes(mh)))
    return bytes(mh)


def mobility(t, data, opts, node=None, careof=None, reserved=0, proto=59):
    """A Mobility Header with options, each (type, value), padded as it must
    be, and the MN-HA authentication option if a node is given."""
    out = bytearray(struct.pack("!BBBBH", proto, 0, t, reserved, 0) + data)

    def pad(n):
        if n == 1:
            out.append(0)
        elif n > 1:
            out.extend(bytes([1, n - 2]) + bytes(n - 2))
    todo = list(opts)
    if node is not None:
        todo.append((9, bytes([1]) + struct.pack("!I", node.spi) + bytes(12)))
    for o, v in todo:
        m, at = ALIGN.get(o, (1, 0))
        # The whole ends on eight octets without padding behind the last one.
        if o == 9:
            while (len(out) + 2 + len(v)) % 8 or len(out) % 4 != 1:
                n = next(n for n in range(1, 9)
                         if (len(out) + n + 2 + len(v)) % 8 == 0)
                pad(n)
                break
        elif (len(out) - at) % m:
            pad(m - (len(out) - at) % m)
        out += bytes([o, len(v)]) + v
    if len(out) % 8:
        pad(8 - len(out) % 8)
    out[1] = len(out) // 8 - 1
    if node is not None:
        out[-12:] = node.auth(careof, bytes(out[:-12]))
    return bytes(out)


def hao(home, nh, t=0xc9):
    return bytes([nh, 2, 1, 2, 0, 0, t, 16]) + n6(home)


def packet(src, dst, nh, data, hlim=64, tc=0, flow=0):
    return (struct.pack("!IHBB", 6 << 28 | tc << 20 | flow, len(data), nh,
                        hlim) + n6(src) + n6(dst) + data)


def fragments(src, dst, nh, data, size, before=b"", before_nh=0, ident=7):
    """data behind its fragment headers, in packets; before: what goes before
    each of these headers, its own Next Header being 44."""
    out = []
    for at in range(0, len(data), size):
        part = data[at:at + size]
        more = at + size < len(data)
        head = struct.pack("!BBHI", nh, 0, at | more, ident)
        out.append(packet(src, dst, before_nh if before else 44,
                          before + head + part))
    return out


LIMIT = bytes([0, 4, 1, 4, 1, 1, 0])    # behind a Next Header: RFC 2473 4.1.1


def echo(src, dst, data=b"x" * 16, reply=False, ident=1, seq=1):
    d = struct.pack("!BBHHH", 129 if reply else 128, 0, 0, ident, seq) + data
    c = cksum(src, dst, 58, d)
    return d[:2] + struct.pack("!H", c) + d[4:]


def icmp6(src, dst, t, code, word, data):
    d = struct.pack("!BBHI", t, code, 0, word) + data
    return d[:2] + struct.pack("!H", cksum(src, dst, 58, d)) + d[4:]


def main():
    role, netid = sys.argv[1], sys.argv[2]
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    if role == "ha":
        import rfc_ha as part
    elif role == "trouble":
        import rfc_ha_trouble as part
    elif role == "plane":
        import rfc_plane as part
    else:
        import rfc_mn as part
    r = Report()
    part.run(Net(), netid, r)
    r.end()


if __name__ == "__main__":
    sys.modules["rfc"] = sys.modules["__main__"]
    main()
