"""Packets with extension headers at a home agent: which of them the kernel
gets, who answers them, and that nothing is delivered twice.

    rfc.py plane NETID MAC kernel [mip6]    without mip6d: what the kernel says
    rfc.py plane NETID MAC answers          with it: once, and what is right
    rfc.py plane NETID MAC others           of that, what is the kernel's alone
    rfc.py plane NETID MAC refused          a rule drops datagrams
    rfc.py plane NETID MAC once FILE        datagrams while somebody flushes
                                            rules, until FILE is there
    rfc.py plane NETID MAC taken N          N packets with an HAO
    rfc.py plane NETID MAC length           RFC 6275 9.2, Header Len
    rfc.py plane NETID MAC tunnels          Port Unreachable, by what it quotes
"""
import json
import os
import socket
import struct
import subprocess
import sys
import time

from rfc import *

PEER, WAN, AGENT = "2001:db8:aa::1", "2001:db8:aa::2", "2001:db8:2::1"
PORT, SO_RCVBUFFORCE = 7777, 33
PACE = 0.15

# An option that whoever does not know it drops the packet for and says so,
# one that is skipped, and a Home Address option of 15 octets.
TELL, SKIP = b"\x9e\4\0\0\0\0", b"\x1e\4\0\0\0\0"
SHORT = b"\1\2\0\0\xc9\x0f" + bytes(16)
LEFT = bytes([253, 1]) + bytes(4)
NONE = bytes([253, 0]) + bytes(4)


def option(home):
    return b"\xc9\x10" + n6(home)


def rh2(left, home="2001:db8:3::9"):
    return bytes([2, left]) + bytes(4) + n6(home)


class Test:
    def __init__(self, net, netid, r):
        self.net, self.r = net, r
        self.wan = Port(net, netid + "-peer", "wan")
        self.wan.peer = sys.argv[3]
        self.fences = 0
        fd = os.open("/run/netns/%s-ha" % netid, os.O_RDONLY)
        libc.setns(fd, 0)
        self.udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self.udp.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 22)
        self.udp.bind(("::", PORT))
        self.icmp = socket.socket(socket.AF_INET6, socket.SOCK_RAW, 58)
        libc.setns(ME, 0)
        os.close(fd)
        self.node = Node("mn2.0@example.com", "2001:db8:2::100", 456,
                         b"0123456789abcd10", AGENT)
        self.node.seq = int(time.time() * 50) & 0xffff  # on from the last run

    # What is sent: headers are (Next Header of it, what is behind its length)

    @staticmethod
    def chain(headers, last):
        out, nh = b"", last
        for kind, body in reversed(headers):
            n = -(len(body) + 2) % 8
            if n == 1:
                body += b"\0"
            elif n > 1:
                body += bytes([1, n - 2]) + bytes(n - 2)
            out = bytes([nh, (len(body) + 2) // 8 - 1]) + body + out
            nh = kind
        return nh, out

    def send(self, headers, upper, proto, src=PEER, dst=WAN):
        nh, out = self.chain(headers, proto)
        self.wan.send(packet(src, dst, nh, out + upper))

    def datagram(self, headers, text, src=PEER, dst=WAN, careof=None):
        """With a checksum by src and dst, those of the two ends."""
        d = struct.pack("!HHHH", 5555, PORT, 8 + len(text), 0) + text
        d = d[:6] + struct.pack("!H", cksum(src, dst, 17, d)) + d[8:]
        self.send(headers, d, 17, careof or src, dst)

    def received(self):
        out = []
        try:
            while True:
                out.append(self.udp.recv(2000, socket.MSG_DONTWAIT))
        except BlockingIOError:
            return out

    # What comes back

    def said(self, mark):
        out = []
        for s in self.net.all(lambda s: True, mark):
            h = Headers(s.raw)
            if h.dst != PEER:
                continue
            if h.nh == 58 and h.rest[0] < 128:
                at = struct.unpack("!I", h.rest[4:8])[0]
                # Of a routing header old kernels show the Segments Left.
                if h.rest[:2] == b"\4\0" and at % 8 == 3:
                    at -= 1
                out.append((h.rest[0], h.rest[1], at))
            elif h.nh == 135 and h.rest[2] == 7:
                out.append(("BE", h.rest[6], t6(h.rest[8:24])))
        return out

    def fence(self, mip6d=True):
        """All answers to what was sent before have come: the kernel answers at
        once, and net one packet after the other."""
        self.fences += 1
        home, mark = "2001:db8:fe::%x" % self.fences, self.net.mark()
        if mip6d:
            # A network is told 20 errors a second (RFC 4443 2.4 f).
            time.sleep(PACE)
            self.datagram([(60, option(home))], b"fence")
            ok = self.net.wait(lambda s: n6(home) in s.raw and
                               Headers(s.raw).nh == 135, mark, 5)
        else:
            self.send([], echo(PEER, WAN, seq=self.fences), 58)
            ok = self.net.wait(is_icmp(129), mark, 5)
        if ok is None:
            sys.exit("no answer to what must be answered")
        return home

    def case(self, what, headers, want, got=(), mip6d=True, **kw):
        mark = self.net.mark()
        self.datagram(headers, what.encode(), **kw)
        home = self.fence(mip6d)
        said = [a for a in self.said(mark) if a[2] != home]
        self.r.same("8200 4.2, 4.4", what + ": answers", said, list(want))
        self.r.same("8200 4", what + ": delivered", self.received(),
                    [what.encode()] * len(got))

    # The parts

    def kernel(self, mip6):
        """It must have something to say, or the rest shows nothing."""
        home = "2001:db8:2::77"

        def c(*a):
            self.case(*a, mip6d=False)
        c("HAO", [(60, option(home))], [] if mip6 else [(4, 2, 42)])
        c("HAO at its place", [(60, b"\1\2\0\0" + option(home))],
          [] if mip6 else [(4, 2, 46)])
        c("HAO behind others", [(0, b"\1\4" + bytes(4)), (60, b"\1\4" + bytes(4)),
          (43, NONE), (60, b"\1\2\0\0" + option(home))],
          [] if mip6 else [(4, 2, 70)])
        c("HAO of 15 octets", [(60, SHORT)], [] if mip6 else [(4, 2, 46)])
        c("RH2", [(43, rh2(1))], [] if mip6 else [(4, 0, 42)])
        c("RH2 behind another", [(43, NONE), (43, rh2(1))],
          [] if mip6 else [(4, 0, 50)])
        c("RH2 without segments left", [(43, rh2(0))], [],
          [] if mip6 else [1])

    def others(self):
        """What is the kernel's alone."""
        c = self.case
        c("padding", [(60, b"\1\4" + bytes(4))], [], [1])
        c("option to be skipped", [(60, SKIP)], [], [1])
        c("behind hop-by-hop options", [(0, SKIP), (60, SKIP)], [], [1])
        c("unknown option", [(60, TELL)], [(4, 2, 42)])
        c("unknown option behind a header", [(60, SKIP), (60, TELL)],
          [(4, 2, 50)])
        c("routing header", [(43, LEFT)], [(4, 0, 42)])
        c("routing header without segments left", [(43, NONE)], [], [1])

    def answers(self):
        home, c = "2001:db8:2::77", self.case
        be = [("BE", 1, home)]
        self.others()
        c("HAO", [(60, option(home))], be)
        c("HAO at its place", [(60, b"\1\2\0\0" + option(home))], be)
        c("HAO behind others", [(0, b"\1\4" + bytes(4)),
          (60, b"\1\4" + bytes(4)), (43, NONE),
          (60, b"\1\2\0\0" + option(home))], be)
        c("HAO of 15 octets", [(60, SHORT)], [(4, 0, 47)])
        c("two HAO", [(60, option(home)), (60, option(home))], [(4, 0, 66)])
        c("unknown option before the HAO", [(60, TELL + option(home))],
          [(4, 2, 42)])
        c("routing header before the HAO", [(43, LEFT), (60, option(home))],
          [(4, 0, 42)])
        c("unknown option behind the HAO", [(60, option(home) + TELL)], be)
        # RFC 6275 11.3.3: silently.
        c("RH2", [(43, rh2(1))], [])
        c("RH2 behind another", [(43, NONE), (43, rh2(1))], [])
        c("RH2 without segments left", [(43, rh2(0))], [])
        c("RH2 with two", [(43, rh2(2))], [])
        self.register()
        h, careof = self.node.home, PEER
        c("bound", [(60, option(h))], [], [1], src=h, dst=AGENT,
          careof=careof)
        c("bound, with padding", [(60, SKIP + option(h) + SKIP)], [], [1],
          src=h, dst=AGENT, careof=careof)
        c("bound, behind others", [(0, SKIP), (60, SKIP), (43, NONE),
          (60, option(h))], [], [1], src=h, dst=AGENT, careof=careof)

    def refused(self):
        """A rule refuses them, whatever is in front."""
        for h in ([], [(60, SKIP)], [(0, SKIP), (60, SKIP)]):
            self.datagram(h, b"refused")
        self.fence()
        self.r.same("net", "delivered", self.received(), [])

    def update(self, tail=b""):
        n = self.node
        n.seq = (n.seq + 1) & 0xffff
        m = mobility(5, struct.pack("!HBBH", n.seq, 0xc0, 0, 50),
                     [(3, n6(PEER)), (8, b"\1" + n.name),
                      (10, struct.pack("!Q", n.timestamp()))], n, PEER)
        mark = self.net.mark()
        self.wan.send(packet(PEER, AGENT, 60, hao(n.home, 135) +
                             seal(m, n.home, AGENT) + tail))
        s = self.net.wait(is_mh(6, dst=PEER), mark, 2)
        return s is not None and Headers(s.raw).rest[6] < 128

    def register(self):
        """The time of an agent that begins anew is ahead, for a moment."""
        end = time.monotonic() + 5 * PATIENCE
        while not self.update():
            if time.monotonic() > end:
                sys.exit("the registration is not acknowledged")
            time.sleep(PACE)

    def once(self, file):
        """Each datagram once, whatever becomes of the rules."""
        self.register()
        sent, got, n = 0, {}, 0
        while not os.path.exists(file) or sent < 200:
            n += 1
            for text, headers, kw in (
                    (b"options %d" % n, [(60, SKIP)], {}),
                    (b"bound %d" % n, [(60, option(self.node.home))],
                     {"src": self.node.home, "dst": AGENT, "careof": PEER})):
                self.datagram(headers, text, **kw)
                sent += 1
            time.sleep(0.002)
            for t in self.received():
                got[t] = got.get(t, 0) + 1
        self.fence()
        end = time.monotonic() + 5 * PATIENCE
        while len(got) < sent and time.monotonic() < end:
            for t in self.received():
                got[t] = got.get(t, 0) + 1
            time.sleep(0.01)
        self.r.same("net", "%d datagrams arrived" % sent, len(got), sent)
        self.r.same("net", "twice", [t for t in got if got[t] > 1], [])

    def taken(self, n):
        """The home address of each is in what it earns, once."""
        homes = [self.fence() for i in range(int(n))]
        self.fence()
        for i, home in enumerate(homes):
            bes = [s for s in self.net.seen if n6(home) in s.raw and
                   Headers(s.raw).nh == 135]
            self.r.same("6275 9.3.1", "packet %d: Binding Errors" % i,
                        len(bes), 1)

    def length(self):
        """RFC 6275 9.2, with an HAO and without."""
        home = "2001:db8:2::77"
        short = seal(struct.pack("!BBBBHH", 59, 0, 5, 0, 0, 1), PEER, WAN)
        over = seal(struct.pack("!BBBBHH", 59, 3, 5, 0, 0, 1) + bytes(8),
                    PEER, WAN)

        def c(what, headers, m, want):
            mark = self.net.mark()
            self.send(headers, m, 135)
            fence = self.fence()
            said = [a for a in self.said(mark) if a[2] != fence]
            self.r.same("6275 9.2", what, said, want)
        c("Header Len below its type's: Parameter Problem", [], short,
          [(4, 0, 41)])
        c("the same with trailing octets", [], short + bytes(8),
          [(4, 0, 41)])
        c("Header Len beyond the packet: silence", [], over, [])
        hao_short = seal(short, home, WAN)
        c("with an HAO: Parameter Problem, once", [(60, option(home))],
          hao_short, [(4, 0, 65)])
        c("with an HAO, beyond the packet: silence", [(60, option(home))],
          seal(over, home, WAN), [])
        # Octets behind it are no part of it: a Home Test Init, the raw way.
        init = seal(struct.pack("!BBBBHH8s", 59, 1, 1, 0, 0, 0, b"cookie 1"),
                    PEER, WAN)
        for tail in (b"", bytes(8), b"\xff" * 13):
            mark, seen = self.net.mark(), self.counter("mh_in")
            self.send([], init + tail, 135)
            self.fence()
            self.r.same("6275 9.2", "%d octets behind a Mobility Header"
                        % len(tail), self.counter("mh_in") - seen, 1)
            self.r("6275 9.2", "and %d behind a Binding Update" % len(tail),
                   self.update(tail=tail))

    def tunnels(self):
        """What the kernel's own tunnels would say of a packet in ours is kept
        in, with a Tunnel Encapsulation Limit (RFC 2473 4.1.1), a home address
        and a routing header, too; what is said of others goes out."""
        limit, home = b"\4\1\4\1\1\0", b"\1\2\0\0" + option("2001:db8:2::77")
        chains = [[], [(60, limit)], [(0, SKIP)], [(43, rh2(0))], [(60, home)],
                  [(60, home), (60, limit)], [(43, rh2(0)), (60, limit)],
                  [(0, SKIP), (60, limit)], [(0, SKIP), (43, NONE)],
                  [(60, SKIP * 2 + b"\1\2\0\0"), (60, limit)],
                  [(60, SKIP * 4), (60, limit)]]
        for headers in chains:
            for proto in (41, 17, 6):
                nh, out = self.chain(headers, proto)
                self.r.same("8200 4", "%d behind %s: kept in" %
                            (proto, [kind for kind, _ in headers]),
                            self.kept_in(packet(PEER, WAN, nh,
                                                out + bytes(48))), proto == 41)

    def kept_in(self, quoted):
        """Port Unreachable is; a rule's drop is the sender's error."""
        try:
            self.icmp.sendto(b"\1\4" + bytes(6) + quoted, (PEER, 0))
        except PermissionError:
            return True
        return False

    @staticmethod
    def counter(name):
        out = subprocess.run([os.environ["MIP6CTL"], "-s", os.environ["SOCK"],
                              "-j", "show", "counters"], capture_output=True)
        return next(row["value"] for row in json.loads(out.stdout)["rows"]
                    if row["role"] == "net" and row["name"] == name)


def run(net, netid, r):
    test, part = Test(net, netid, r), sys.argv[4]
    if part == "kernel":
        test.kernel("mip6" in sys.argv[5:])
    else:
        getattr(test, part)(*sys.argv[5:])
