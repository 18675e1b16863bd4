#!/usr/bin/python3
"""Attacks on route optimization (RFC 6275 15.4, 15.5, RFC 4866), on the real
daemons.

    ro_attacks.py node NETID MIP6CTL SOCKET
	on the mobile node; this program is its correspondent, PEER, and the
	forger on the links of both
    ro_attacks.py errors NETID MIP6CTL SOCKET
	the same with Binding Errors
    ro_attacks.py crowd NETID MIP6CTL SOCKET RRLOAD
	the same while 100,000 a second come in the name of others
    ro_attacks.py cn NETID MIP6CTL SOCKET CAPTURE
	on the correspondent, with which the mobile node in CAPTURE has a
	binding; this program is another mobile node, and the forger
    ro_attacks.py replays NETID MIP6CTL SOCKET CAPTURE SOCKET-OF-NODE
	what the node in CAPTURE had sent before the correspondent began anew
    ro_attacks.py flood NETID MIP6CTL SOCKET
	tests asked for in the name of whole networks

Each attack is shown by what counts it, by the state that stays as it was and by
what is on the links; what differs from it by that alone is taken.  Each check
prints `ok` or `FAIL`; the exit status is 1 if one failed.
"""
import hashlib
import json
import os
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lab")]
from cn_node import Node, mac, update  # noqa: E402
from ipsec_packet import captured  # noqa: E402
from rfc import (ME, PATIENCE, Headers, Net, Port, Report, cksum, echo,  # noqa: E402
                 hao, is_mh, libc, n6, packet, seal, t6)

HOME, AGENT, CN = "2001:db8:1::100", "2001:db8:aa::2", "2001:db8:cc::2"
PEER = "2001:db8:cc::9"
# A node and others of the forger; routed to the core, which forgets them.
NODE, CAREOF, ELSEWHERE = "2001:db8:66::1", "2001:db8:66::2", "2001:db8:66::3"
UNBOUND = "2001:db8:66::4"
# One that has others flooded, where it is, and whom.
MOVER, THERE, VICTIM = "2001:db8:66::5", "2001:db8:66::6", "2001:db8:66::7"
HOTI, COTI, HOT, COT, BU, BA, BE = range(1, 8)
MH, UDP, DST, IP6, ICMP6 = 135, 17, 60, 41, 58
IP6_LEN = 40
RATE = 20000    # tests a second that a flood asks for


class Links(Net):
    """The correspondent's link answers pings while it is told to."""
    answers = None

    def poll(self, timeout):
        before = len(self.seen)
        super().poll(timeout)
        for s in self.seen[before:]:
            if self.answers is not None and s.port is self.answers:
                self.pong(s)

    def pong(self, s):
        h = Headers(s.raw)
        if h.dst != PEER or h.nh != ICMP6 or h.rest[0] != 128:
            return
        ident, seq = struct.unpack("!HH", h.rest[4:8])
        reply = echo(PEER, HOME, h.rest[8:], True, ident, seq)
        if h.hao is None:
            s.port.send(packet(PEER, HOME, ICMP6, reply))
        else:
            s.port.send(routed(PEER, h.src, HOME, ICMP6, reply))


def routed(src, dst, home, nh, data):
    return packet(src, dst, 43, bytes([nh, 2, 2, 1, 0, 0, 0, 0]) + n6(home) +
                  data)


class Daemon:
    def __init__(self, ctl, sock, report, net):
        self.ctl, self.sock, self.report, self.net = ctl, sock, report, net

    def rows(self, *verb):
        for _ in range(int(PATIENCE) + 1):
            p = subprocess.run([self.ctl, "-s", self.sock, "-j", *verb],
                               stdout=subprocess.PIPE, check=False)
            if p.returncode == 0:
                break
        found = []

        def walk(x):
            if isinstance(x, list):
                for y in x:
                    walk(y)
            elif isinstance(x, dict):
                found.append({k: v for k, v in x.items()
                              if not isinstance(v, (list, dict))})
                for y in x.values():
                    walk(y)
        for line in json_values(p.stdout.decode()):
            walk(line)
        return found

    def counters(self):
        return {(r["role"], r["name"]): r["value"]
                for r in self.rows("show", "counters") if "value" in r}

    def until(self, true, seconds=5):
        end = time.monotonic() + seconds * PATIENCE
        while not true():
            if time.monotonic() > end:
                return False
            self.net.poll(0.02)
        return True

    def counted(self, section, what, where, attack, same, more=1):
        """attack() is counted there, and leaves the rest as it was."""
        before, state = self.counters(), same()
        attack()
        good = self.until(lambda: self.counters()[where] >=
                          before[where] + more)
        self.report(section, what + ": counted", good, "%s, but %s" % (
            where, {k: v - before[k] for k, v in self.counters().items()
                    if v != before[k]}))
        self.report.same(section, what + ": changes nothing", same(), state)


def json_values(text):
    decoder, at = json.JSONDecoder(), 0
    while at < len(text.rstrip()):
        value, at = decoder.raw_decode(text, at)
        yield value
        at = re.compile(r"\s*").match(text, at).end()


def init(kind, cookie):
    return struct.pack("!BBBBHHQ", 59, 1, kind, 0, 0, 0, cookie)


def test(kind, cookie, token, index=1):
    return struct.pack("!BBBBHHQ", 59, 2, kind, 0, 0, index, cookie) + token


def cookie_of(h):
    return struct.unpack("!Q", h.rest[8:16])[0]


def ack(kbm, careof, status, seq, units):
    m = struct.pack("!BBBBHBBHH", 59, 3, BA, 0, 0, status, 0, seq, units)
    m += b"\x01\x04\0\0\0\0" + bytes([5, 12])
    return m + mac(kbm, careof, PEER, m)


# ------------------------------------------------------------ the mobile node

class AtNode:
    SECRET_H, SECRET_C = b"home tok", b"careoftk"

    def __init__(self, net, netid, d, r):
        self.net, self.netid, self.d, self.r = net, netid, d, r
        self.cn = Port(net, netid + "-cn", "eth0")
        self.cn.peer = self.mac_of("core", "tocn")
        self.link = {}
        node = self.mac_of("mn", "wlan0")
        for n in ("f1", "f2"):
            self.link[n] = Port(net, netid + "-core", n)
            self.link[n].peer = node
        net.answers = self.cn
        self.kbm = hashlib.sha1(self.SECRET_H + self.SECRET_C).digest()
        self.mark = 0

    def mac_of(self, ns, name):
        p = Port(Net(), self.netid + "-" + ns, name)
        p.sock.close()
        return p.mac

    def mine(self, kind, since=0):
        """Messages of that kind to the correspondent, as it gets them."""
        return [Headers(s.raw) for s in self.net.all(
            lambda s: s.port is self.cn and is_mh(kind, dst=PEER)(s), since)]

    def row(self):
        return next((r for r in self.d.rows("show", "bul")
                     if r.get("agent") == PEER), {})

    def direct(self):
        return self.row().get("state") == "optimized"

    def state(self):
        c, row = self.d.counters(), self.row()
        return ([c["mn", n] for n in ("hot_taken", "cot_taken", "peer_accepted",
                                      "peer_refused", "peer_held")],
                row.get("state"), row.get("careof"),
                [s.rest[6:8] for s in self.mine(BU)[-1:]])

    def by_hao(self, since):
        return self.net.all(lambda s: s.port is self.cn and self.is_ping(s) and
                            Headers(s.raw).hao is not None, since)

    @staticmethod
    def is_ping(s):
        h = Headers(s.raw)
        return h.nh == ICMP6 and h.rest[0] == 128 and h.dst == PEER

    def home_test(self, m):
        """As the correspondent sends it, by way of the home agent."""
        return lambda: self.cn.send(packet(PEER, HOME, MH,
                                           seal(m, PEER, HOME)))

    def on_link(self, name, p):
        return lambda: self.link[name].send(p)

    def tests(self):
        r, d = self.r, self.d
        if not r("11.6.1", "tests are begun", d.until(
                lambda: self.mine(HOTI) and self.mine(COTI), 10)):
            r.end()
        self.careof = self.mine(COTI)[-1].src

        def h():
            return cookie_of(self.mine(HOTI)[-1])

        def c():
            return cookie_of(self.mine(COTI)[-1])
        evil = b"forgedtk"
        at_home = seal(test(HOT, h(), evil), PEER, HOME)
        attacks = (
            ("a Home Test, wrong cookie", ("mn", "hot_ignored"),
             self.home_test(test(HOT, h() ^ 1, evil))),
            ("a Home Test outside the tunnel", ("mn", "hot_not_tunnelled"),
             self.on_link("f1", packet(PEER, HOME, MH, at_home))),
            ("a Home Test by a routing header", ("mn", "hot_ignored"),
             self.on_link("f1", routed(PEER, self.careof, HOME, MH,
                                       at_home))),
            ("a Home Test in the tunnel of another", ("net", "dropped_forged"),
             self.on_link("f1", packet("2001:db8:f1::1", self.careof, IP6,
                                       packet(PEER, HOME, MH, at_home)))),
            ("a Care-of Test, wrong cookie", ("mn", "cot_ignored"),
             lambda: self.care_of_test(c() ^ 1, evil)),
            ("a Care-of Test to the home address", ("mn", "cot_ignored"),
             self.home_test(test(COT, c(), evil))))
        for what, where, attack in attacks:
            d.counted("11.6.2", what, where, attack, self.state)
        self.home_test(test(HOT, h(), self.SECRET_H))()
        self.care_of_test(c(), self.SECRET_C)
        r("11.6.2", "the right ones are taken", d.until(
            lambda: self.mine(BU)))

    def care_of_test(self, cookie, token, to=None, link=None):
        to = to or self.careof
        p = packet(PEER, to, MH, seal(test(COT, cookie, token), PEER, to))
        (self.link[link] if link else self.cn).send(p)

    def made_with(self, bu):
        m = bu.rest
        return m[-12:] == mac(self.kbm, bu.src, PEER,
                              m[:4] + b"\0\0" + m[6:-12])

    def routed_ack(self, m):
        return lambda: self.cn.send(routed(PEER, self.careof, HOME, MH,
                                           seal(m, PEER, HOME)))

    def good_ack(self):
        return ack(self.kbm, self.careof, 0, self.seq(), 100)

    def seq(self):
        return struct.unpack("!H", self.mine(BU)[-1].rest[6:8])[0]

    def acks(self):
        r, d = self.r, self.d
        r("5.2.6", "the update is made with the right tokens",
          self.made_with(self.mine(BU)[-1]))
        wrong = hashlib.sha1(b"another").digest()
        last = self.seq()
        attacks = (
            ("an acknowledgement, wrong key", "peer_not_authentic",
             self.routed_ack(ack(wrong, self.careof, 0, last, 100))),
            ("a refusal, wrong key", "peer_not_authentic",
             self.routed_ack(ack(wrong, self.careof, 129, last, 0))),
            ("an acknowledgement to the home address", "ba_wrong_care_of",
             self.home_test(ack(self.kbm, self.careof, 0, last, 100))),
            ("an acknowledgement of an older update", "ba_wrong_sequence",
             self.routed_ack(ack(self.kbm, self.careof, 0,
                                 last - 100 & 0xffff, 100))))
        for what, where, attack in attacks:
            d.counted("11.7.3", what, ("mn", where), attack, self.state)
        r("6.3", "no packet has gone by it", not self.by_hao(0))
        self.routed_ack(self.good_ack())()
        self.goes_directly("11.7.3", "the right one is taken")

    def goes_directly(self, section, what):
        mark = self.net.mark()
        self.r(section, what + ": packets go directly", self.d.until(
            lambda: self.direct() and self.by_hao(mark)))

    def foreign(self):
        """A routing header makes no relay of the node (RFC 6275 6.4)."""
        for to in ("2001:db8:cc::77", self.careof, "2001:db8:f1::1"):
            p = routed(PEER, self.careof, to, ICMP6, echo(PEER, to, b"evil" * 4))
            mark = self.net.mark()
            self.d.counted("6.4", "a routing header to " + to,
                           ("net", "dropped_not_home"),
                           lambda: self.cn.send(p), self.state)
            self.r("6.4", "nothing comes of it", not self.net.all(
                lambda s: s.raw[24:40] != n6(self.careof) and
                s.port is not self.cn and b"evil" * 4 in s.raw and
                s.raw[6] != 43, mark))
        mark = self.net.mark()
        self.cn.send(routed(PEER, self.careof, HOME, ICMP6,
                            echo(PEER, HOME, b"good" * 4)))
        self.r("6.4", "one to the home address is taken", self.d.until(
            lambda: self.net.all(lambda s: b"good" * 4 in s.raw and
                                 s.port is self.cn, mark)))

    def error(self):
        m = struct.pack("!BBBBHBB", 59, 2, BE, 0, 0, 1, 0) + n6(HOME)
        self.cn.send(packet(PEER, self.careof, MH,
                            seal(m, PEER, self.careof)))

    def serve(self, since):
        """Answer what the node asks from then on, as a correspondent does."""
        for h in self.mine(HOTI, since):
            self.home_test(test(HOT, cookie_of(h), self.SECRET_H))()
        for h in self.mine(COTI, since):
            self.care_of_test(cookie_of(h), self.SECRET_C, h.src)
        if self.mine(COTI, since):
            self.careof = self.mine(COTI, since)[-1].src
        if self.mine(BU, since):
            self.routed_ack(self.good_ack())()

    def errors(self):
        """Anybody can say that there is no binding (11.3.6)."""
        def asked(since):
            return [s.t for s in self.net.all(
                lambda s: s.port is self.cn and is_mh(HOTI, dst=PEER)(s),
                since)]
        self.r("11.7.3", "there is a direct way", self.d.until(
            lambda: (self.serve(0), self.direct())[1], 10))
        mark = self.net.mark()
        self.r("6.4", "packets come and go", self.d.until(
            lambda: len(self.by_hao(mark)) > 3))
        mark = self.net.mark()
        for n in range(3):
            self.d.counted("11.3.6", "an error while packets come, %d" % n,
                           ("mn", "peer_progress"), self.error, self.state)
        self.r.same("11.3.6", "they cause no test", len(asked(mark)), 0)
        # Nothing comes back any more: they are believed after two seconds.
        self.net.answers = None
        self.r("11.3.6", "an error is believed when nothing comes",
               self.d.until(lambda: (self.error(), asked(mark))[1], 5))
        first, bound, at = (asked(mark) or [0])[0], 0, mark
        while time.monotonic() < first + 9.7:
            self.error()
            at, since = self.net.mark(), at
            self.serve(since)
            bound += self.direct()
            self.net.idle(0.1)
        times = [t - first for t in asked(mark)]
        self.r("11.3.6", "a hundred of them cause one test in 10 s",
               len(times) == 1, times)
        self.r("11.3.6", "after which it was direct again", bound > 0)
        self.net.answers = self.cn
        self.r("11.3.6", "and is in the end", self.d.until(
            lambda: (self.serve(at), self.direct())[1], 12))
        self.goes_directly("11.3.6", "without errors")

    def crowd(self, rrload):
        """Of so many errors of others none counts, and the right one does."""
        r, d, net = self.r, self.d, self.net
        r("11.7.3", "there is a direct way", d.until(
            lambda: (self.serve(0), self.direct())[1], 10))
        mark = net.mark()
        r("6.4", "packets come and go", d.until(
            lambda: len(self.by_hao(mark)) > 3))
        for p in self.link.values():    # It need not see them all.
            del net.ports[p.sock.fileno()]
        before, mark, tries = self.state(), net.mark(), 0
        base = d.counters()["mn", "be_ignored"]
        with subprocess.Popen([
                rrload, "-i", "f1", "-m", self.link["f1"].peer, "-c",
                self.careof, "-o", HOME, "-r", "100000", "-s", "600",
                "errors"]) as flood:
            r("11.3.6", "tens of thousands are counted", d.until(
                lambda: d.counters()["mn", "be_ignored"] > base + 50000, 20))
            r.same("11.3.6", "they change nothing", self.state(), before)
            r("11.3.6", "nor traffic", self.by_hao(mark))
            r("11.3.6", "they cause no test", not self.mine(HOTI, mark))
            # Nothing comes any more, and the correspondent says why.
            net.answers = None
            while not self.mine(HOTI, mark) and tries < 600:
                self.error()
                tries += 1
                net.idle(0.1)
            r("11.3.6", "the right one is heeded, of %d" % tries,
              self.mine(HOTI, mark))
            r("11.3.6", "while they go on", flood.poll() is None)
            flood.kill()
        net.answers = self.cn
        r("11.3.6", "and it is direct in the end", d.until(
            lambda: (self.serve(mark), self.direct())[1], 12))

    def moves(self):
        old, mark, first = self.careof, self.net.mark(), self.mine(COTI)[-1]
        for how in (("down",), ("master", "foreign2"), ("up",)):
            subprocess.run(["ip", "-n", self.netid + "-sw", "link", "set",
                            "mn-port", *how], check=True)
        if not self.r("11.6.1", "a new care-of address is tested", self.d.until(
                lambda: self.mine(COTI, mark), 15)):
            return
        new = self.mine(COTI, mark)[-1]
        before = self.state()
        for to, cookie in ((old, cookie_of(new)), (old, cookie_of(first))):
            self.care_of_test(cookie, b"forgedtk", to, "f2")
        self.careof = new.src
        self.d.counted("11.6.2", "a Care-of Test with a former cookie",
                       ("mn", "cot_ignored"), lambda: self.care_of_test(
                           cookie_of(first), b"forgedtk", None, "f2"),
                       self.state)
        self.r.same("11.6.2", "Care-of Tests to the former address",
                    self.state()[0][1], before[0][1])
        self.r.same("11.7.2", "no update by them", len(self.mine(BU, mark)), 0)
        self.d.until(lambda: (self.serve(mark), self.direct() and
                              self.row().get("careof") == new.src)[1])
        self.r("5.2.6", "the update is made with the right tokens",
               self.made_with(self.mine(BU, mark)[-1]))
        self.goes_directly("11.7.3", "after the movement")


def at_node(net, netid, d, r):
    a = AtNode(net, netid, d, r)
    a.tests()
    a.acks()
    a.foreign()
    a.moves()


def crowd(net, netid, d, r, rrload):
    AtNode(net, netid, d, r).crowd(rrload)


def errors(net, netid, d, r):
    AtNode(net, netid, d, r).errors()


# ----------------------------------------------------------- the correspondent

class AtCn:
    def __init__(self, net, netid, d, r):
        self.net, self.netid, self.d, self.r = net, netid, d, r
        self.port = Port(net, netid + "-core", "tocn")
        self.port.peer = self.cn = self.cn_mac()
        self.heard = listener(netid + "-cn", CN)

    def cn_mac(self):
        p = Port(Net(), self.netid + "-cn", "eth0")
        p.sock.close()
        return p.mac

    def bindings(self):
        keys = ("home", "careof", "sequence", "seq", "granted", "state")
        return sorted([str({k: r.get(k) for k in keys})
                       for r in self.d.rows("show", "bindings")
                       if "careof" in r])

    def token(self, kind, addr, tries=20):
        """Index and token, and after how many tries."""
        for n in range(1, tries + 1):
            mark = self.net.mark()
            self.port.send(packet(addr, CN, MH,
                                  seal(init(kind, 6275 + n), addr, CN)))
            s = self.net.wait(is_mh(kind + 2, CN, addr), mark, 1, True)
            if s is not None:
                m = Headers(s.raw).rest
                return struct.unpack("!H", m[6:8])[0], m[16:24], n
        return None, None, tries + 1

    def update(self, kbm, home, careof, seq, life, indices, src=None):
        over = home if life == 0 else careof
        m = update(kbm, CN, over, careof, seq, life, indices)
        return packet(src or careof, CN, DST,
                      hao(home, MH) + seal(m, home, CN))

    def answer(self, p):
        """Status of what answers to that update."""
        mark = self.net.mark()
        self.port.send(p)
        s = self.net.wait(lambda s: s.port is self.port and
                          is_mh(BA, CN)(s), mark, 2)
        return None if s is None else Headers(s.raw).rest[6]

    def wrong(self, what, where, p):
        mark = self.net.mark()
        self.d.counted("9.5.1", what, ("cn", where),
                       lambda: self.port.send(p), self.bindings)
        return mark

    def updates(self, capture):
        d, r = self.d, self.r
        (hi, ht, _), (ci, ct, _) = (self.token(HOTI, NODE),
                                    self.token(COTI, CAREOF))
        (ei, et, _) = self.token(COTI, ELSEWHERE)
        vi, _, _ = self.token(HOTI, HOME)
        kbm = hashlib.sha1(ht + ct).digest()
        good = self.update(kbm, NODE, CAREOF, 10, 400, (hi, ci))
        mark = self.net.mark()
        flipped = good[:-1] + bytes([good[-1] ^ 1])
        # Its checksum is right all the same.
        m = bytearray(flipped[64:])
        m = seal(bytes(m), NODE, CN)
        self.wrong("an authenticator that is wrong", "drop_auth_fail",
                   good[:64] + m)
        self.wrong("tokens of another pair, for a node that is bound",
                   "drop_auth_fail",
                   self.update(kbm, HOME, CAREOF, 30000, 400, (vi, ci)))
        self.wrong("a care-of address with the token of another",
                   "drop_auth_fail",
                   self.update(kbm, NODE, ELSEWHERE, 10, 400, (hi, ei)))
        self.wrong("the deletion of another's binding", "drop_auth_fail",
                   self.update(hashlib.sha1(ht).digest(), HOME, HOME, 30000, 0,
                               (vi, ci), CAREOF))
        r("9.5.4", "none of them is answered", not self.net.all(
            lambda s: s.port is self.port and is_mh(BA)(s), mark))
        before = self.bindings()
        r.same("9.5.1", "the right one is taken", self.answer(good), 0)
        r.same("9.5.1", "as a binding more", len(self.bindings()),
               len(before) + 1)
        d.counted("9.5.1", "the same once more", ("cn", "refused_sequence"),
                  lambda: self.port.send(good), self.bindings)
        own = self.of_node(capture)
        if r("11.7.2", "an update of the node was captured", own is not None):
            d.counted("9.5.1", "that of the node once more",
                      ("cn", "refused_sequence"),
                      lambda: self.port.send(own), self.bindings)
        self.good, self.key = good, (hi, ht, ci, ei, et)

    @staticmethod
    def of_node(capture):
        for _, p in captured(capture):
            if len(p) > 64 and p[0] >> 4 == 6 and p[24:40] == n6(CN):
                h = Headers(p)
                if h.nh == MH and h.rest[2] == BU and h.hao:
                    return p
        return None

    def deleted(self):
        hi, ht, ci, _, _ = self.key
        before = self.bindings()
        self.r.same("9.5.3", "the deletion is taken", self.answer(self.update(
            hashlib.sha1(ht).digest(), NODE, NODE, 11, 0, (hi, ci), CAREOF)), 0)
        self.r.same("9.5.3", "and one binding gone", len(self.bindings()),
                    len(before) - 1)
        self.d.counted("5.2.8", "the update of the binding that was deleted",
                       ("cn", "refused_replay"),
                       lambda: self.port.send(self.good), self.bindings)

    def datagram(self, src, home, text):
        head = struct.pack("!HHHH", 5555, 7777, 8 + len(text), 0) + text
        sum_ = cksum(home, CN, UDP, head)
        return packet(src, CN, DST, hao(home, UDP) + head[:6] +
                      struct.pack("!H", sum_ or 0xffff) + head[8:])

    def delivered(self):
        """Who has sent the datagrams that came."""
        came = []
        try:
            while True:
                came.append(self.heard.recvfrom(2000)[1][0])
        except BlockingIOError:
            return came

    def errors(self, mark, dst):
        return [Headers(s.raw).rest for s in self.net.all(
            lambda s: s.port is self.port and is_mh(BE, CN, dst)(s), mark)]

    def options(self):
        """A Home Address option is worth nothing without a binding (9.3.1)."""
        r, d = self.r, self.d
        self.port.send(self.datagram(CAREOF, NODE, b"good"))
        came = []
        r("9.3.1", "one of the binding is taken", d.until(
            lambda: came.extend(self.delivered()) or came))
        r.same("9.3.1", "and comes from the home address", came, [NODE])
        for what, src, home in (
                ("of nobody", CAREOF, UNBOUND),
                ("from another care-of address", ELSEWHERE, NODE),
                ("of the mobile node", CAREOF, HOME)):
            mark = self.net.mark()
            d.counted("9.3.1", "an option " + what,
                      ("net", "dropped_no_binding"),
                      lambda: self.port.send(self.datagram(src, home, b"evil")),
                      self.bindings)
            r("9.3.3", "a Binding Error of status 1", d.until(
                lambda: [m[6] for m in self.errors(mark, src)] == [1]))
            r.same("9.3.3", "it names the home address",
                   self.errors(mark, src)[0][8:24], n6(home))
        mark, start = self.net.mark(), time.monotonic()
        d.counted("9.3.1", "300 options of nobody",
                  ("net", "dropped_no_binding"), lambda: [
                      self.port.send(self.datagram(CAREOF, UNBOUND, b"evil"))
                      for _ in range(300)], self.bindings, 300)
        got = len(self.errors(mark, CAREOF))
        most = 20 * (2 + time.monotonic() - start)
        r("9.3.3", "their errors are rate-limited", 0 < got <= most,
          "%d, not 1 to %d" % (got, most))
        r.same("9.3.1", "nothing of it is delivered", self.delivered(), [])


    def speak(self, n):
        """n datagrams to MOVER: how many go to which address."""
        mark = self.net.mark()
        for _ in range(n):
            self.heard.sendto(bytes(1000), (MOVER, 5555))

        def out():
            return [Headers(s.raw) for s in self.net.all(
                lambda s: s.port is self.port and s.raw[8:24] == n6(CN) and
                Headers(s.raw).nh == UDP, mark)]
        self.d.until(lambda: len(out()) >= n)
        to = [h.dst for h in out() if h.home in (None, MOVER)]
        return {dst: to.count(dst) for dst in to}

    def pair(self):
        return next((r for r in self.d.rows("show", "tunnels")
                     if r.get("home") == MOVER), {})

    def credit(self):
        """Who has somebody else flooded must have sent as much (RFC 4866)."""
        r, d, each = self.r, self.d, IP6_LEN + 8 + 1000
        (hi, ht, _), (ci, ct, _) = (self.token(HOTI, MOVER),
                                    self.token(COTI, THERE))
        (vi, vt, _) = self.token(COTI, VICTIM)

        def moved(careof, seq, token, index):
            return self.answer(self.update(
                hashlib.sha1(ht + token).digest(), MOVER, careof, seq, 400,
                (hi, index)))
        r.same("4866 4.10", "a node is bound", moved(THERE, 1, ct, ci), 0)
        # The acknowledgement doesn't wait for the kernel's first route.
        r("4866 4.10", "what goes to it gets another way", d.until(
            lambda: self.speak(1) == {THERE: 1}))
        r.same("4866 4.10", "and gets all where it is", self.speak(5),
               {THERE: 5})
        for _ in range(20):
            self.port.send(self.datagram(THERE, MOVER, bytes(1000)))
        r("4866 4.10", "what it sends is taken", d.until(
            lambda: self.pair().get("packets_in") == 20))
        # It may age by a part each five seconds that this takes.
        r("4866 4.10", "and is its credit",
          each <= self.pair()["credit"] <= 20 * each, self.pair()["credit"])
        r.same("4866 4.2", "it says that it is where another is",
               moved(VICTIM, 2, bytes(8), 0), 0)
        before = d.counters()
        went = self.speak(50)
        n = went.get(VICTIM, 0)
        r("4866 4.10", "the other gets no more than it has sent",
          0 < n <= 20 and went == {VICTIM: n, MOVER: 50 - n}, went)
        now = {k: v - before[k] for k, v in d.counters().items()}
        r.same("4866 4.10", "which is counted", [now["net", c] for c in (
            "credit_out", "credit_out_octets", "credit_lacked",
            "credit_lacked_octets")], [n, n * each, 50 - n, (50 - n) * each])
        r("4866 4.10", "and shown", self.pair()["unverified"] is True and
          self.pair()["credit"] < each, self.pair())
        r("4866 4.10", "why it goes home is said", "careof-unverified" in
          str(d.rows("why", MOVER)), d.rows("why", MOVER))
        self.delivered()
        self.port.send(self.datagram(VICTIM, MOVER, bytes(1000)))
        r("4866 4.10", "what comes from there is taken", d.until(
            self.delivered))
        r.same("4866 4.10", "and brings nothing", self.speak(5), {MOVER: 5})
        r.same("4866 4.3", "it is there after all", moved(VICTIM, 3, vt, vi), 0)
        r.same("4866 4.10", "and gets all there", self.speak(5), {VICTIM: 5})
        r("4866 4.10", "which is said no more", "careof-unverified" not in
          str(d.rows("why", MOVER)))


def listener(ns, addr):
    fd = os.open("/run/netns/" + ns, os.O_RDONLY)
    libc.setns(fd, 0)
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.bind((addr, 7777))
    s.setblocking(False)
    libc.setns(ME, 0)
    os.close(fd)
    return s


def at_cn(net, netid, d, r, capture):
    a = AtCn(net, netid, d, r)
    a.updates(capture)
    a.options()
    a.deleted()
    a.credit()


def replays(net, netid, d, r, capture, sock):
    """All nonces have ended with the process that had them (5.2.7, 5.2.8)."""
    a, node = AtCn(net, netid, d, r), Daemon(d.ctl, sock, r, net)
    then = {HOTI: [], COTI: [], BU: []}
    for _, p in captured(capture):
        if len(p) >= 56 and p[0] >> 4 == 6 and p[24:40] == n6(CN):
            h = Headers(p)
            if h.nh == MH and h.rest[2] in then and \
                    p[:7] + p[8:] not in then[h.rest[2]]:
                then[h.rest[2]].append(p[:7] + p[8:])     # but its Hop Limit
    row = next(x for x in node.rows("show", "bul") if x.get("agent") == CN)

    def state():
        return a.bindings(), [{k: x.get(k) for k in (
            "agent", "state", "careof")} for x in node.rows("show", "bul")]

    def again(p):
        return lambda: a.port.send(p[:7] + b"\x40" + p[7:])

    r("5.2.8", "there is something to send again: %s" %
      {k: len(v) for k, v in then.items()}, all(then.values()))
    for p in then[BU]:
        d.counted("5.2.7", "an update", ("cn", "refused_nonces"), again(p),
                  state)
    # Who is asked in somebody's name answers: to the node, which has not asked.
    for p in then[HOTI]:
        node.counted("11.6.2", "a Home Test Init", ("mn", "hot_ignored"),
                     again(p), state)
    for p in then[COTI]:
        if t6(p[7:23]) == row["careof"]:
            node.counted("11.6.2", "a Care-of Test Init",
                         ("mn", "cot_ignored"), again(p), state)


class Flood(AtCn):
    """Tests asked for from random addresses, of as many networks."""
    NETWORK = 0x20010db866 << 88        # /40, also routed to the core

    def resident(self):
        """kB of the engine's memory."""
        pid = next(p["pid"] for p in self.d.rows("show", "processes")
                   if p.get("role") == "cn")
        with open("/proc/%d/status" % pid) as f:
            return next(int(x.split()[1]) for x in f
                        if x.startswith("VmRSS:"))

    def block(self, n=20000, bits=88):
        made = []
        for i in range(n):
            addr = t6((self.NETWORK | random.getrandbits(bits)).to_bytes(
                16, "big"))
            made.append(packet(addr, CN, MH, seal(
                init(HOTI + i % 2, i + 1), addr, CN)))
        return made

    def send(self, packets, rate):
        start = time.monotonic()
        for n, p in enumerate(packets):
            if n % 100 == 0:
                time.sleep(max(0, start + n / rate - time.monotonic()))
            self.port.send(p)

    def seen(self):
        c = self.d.counters()
        return c["cn", "home_test_inits"] + c["cn", "careof_test_inits"]

    @staticmethod
    def tries(kind, addr):
        """After how many tries a node there has its answer."""
        n = Node(CN, addr)
        n.test(kind)
        n.s.close()
        return n.tries


def flood(net, netid, d, r):
    random.seed(6275)
    a = Flood(net, netid, d, r)
    state = a.bindings()
    block = a.block()
    a.send(block, RATE)
    a.tries(HOTI, NODE)
    # One network has no more than its share, and takes nobody else's.
    net_base = d.counters()["cn", "drop_test_rate_network"]
    a.send(a.block(2000, 64), RATE)
    r("9.4", "a network is held to its share", d.until(
        lambda: d.counters()["cn", "drop_test_rate_network"] > net_base + 500))
    tries = [a.tries(HOTI, NODE), a.tries(COTI, CAREOF)]
    r("9.4", "which is not that of others", max(tries) <= 3, tries)
    before, base = a.resident(), a.seen()
    # In the middle of it a node asks for what it needs.
    child = os.fork()
    if child == 0:
        while True:
            a.send(block, RATE)
    d.until(lambda: a.seen() > base + 1000)
    tries = [a.tries(kind, addr) for _ in range(10) for kind, addr in
             ((HOTI, NODE), (COTI, CAREOF))]
    r("9.4", "a node has its answers within 3 tries", max(tries) <= 3, tries)
    r("9.4", "while it goes on", d.until(lambda: a.seen() > base + 20000, 10))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    a.tries(HOTI, NODE)
    after = a.resident()
    r("9.4", "memory does not grow by it", after - before <= 128,
      "%d kB, then %d" % (before, after))
    r.same("9.4", "nor are there bindings", a.bindings(), state)


def main():
    what, netid, ctl, sock = sys.argv[1:5]
    net, r = Links(), Report()
    part = {"node": at_node, "errors": errors, "cn": at_cn, "crowd": crowd,
            "replays": replays, "flood": flood}[what]
    part(net, netid, Daemon(ctl, sock, r, net), r, *sys.argv[5:])
    r.end()


if __name__ == "__main__":
    main()
