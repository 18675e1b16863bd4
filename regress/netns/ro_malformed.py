#!/usr/bin/python3
"""Malformed and wrong messages of route optimization (RFC 6275 9.2, 9.4.1,
9.5.1, 11.3.6, 11.6.2, 11.7.3), on the real daemons.

    ro_malformed.py node NETID MIP6CTL SOCKET
	Home Tests, Care-of Tests, Binding Acknowledgements and Binding Errors at
	a mobile node, of which this program is the correspondent, PEER
    ro_malformed.py cn NETID MIP6CTL SOCKET
	Home Test Inits, Care-of Test Inits and Binding Updates at a correspondent

A row of a table is one message, which is right but for what the row says: it is
counted where the row says, and changes nothing.  The right one is taken in the
end, with reserved bits and an option that is unknown.
"""
import hashlib
import struct
import subprocess
import sys

from ro_attacks import (BA, BE, BU, CAREOF, CN, COT, COTI, DST, ELSEWHERE, HOME,
                        HOT, HOTI, MH, NODE, PEER, AtCn, AtNode, Daemon, Links,
                        ack, cookie_of, init, test)
from cn_node import mac
from rfc import Report, hao, is_mh, n6, packet, seal

OTHER, OTHER_HOME = "2001:db8:cc::a", "2001:db8:1::101"
PARSER = None       # the counter of the engine that can't parse it

NET, MN, OF_CN = "net", "mn", "cn"
# What can be wrong with any message: what, who counts it, how it comes about.
ANY = (
    ("6 octets of it", "dropped_mh_short", lambda m: m[:6]),
    ("8 octets less than it says", "dropped_mh_short",
     lambda m: m[:1] + bytes([m[1] + 1]) + m[2:]),
    ("too short for its type", "dropped_mh_length",
     lambda m: m[:1] + b"\0" + m[2:8]),
    ("something else behind it", "dropped_mh_proto", lambda m: b"\x3a" + m[1:]),
    ("an unknown type", "dropped_mh_type", lambda m: m[:2] + b"\x63" + m[3:]),
    ("octets behind it in the checksum", "dropped_checksum",
     lambda m: m + b"evil" * 2),
    ("an option of which the end is cut off", PARSER,
     lambda m: more(m, b"\xc8\x14evil!!")),
    ("an option without a length", PARSER,
     lambda m: more(m, b"\1\5evil!\xc8")),
)


def more(m, octets):
    """m with octets behind it that it counts as its own."""
    return m[:1] + bytes([m[1] + len(octets) // 8]) + m[2:] + octets


def spoilt(m):
    """With a wrong checksum."""
    return m[:4] + bytes([m[4] ^ 0x55]) + m[5:]


def odd(m):
    """With a Reserved that isn't zero and an option that nobody knows."""
    m = more(m, b"\xc8\6ignore")
    return m[:3] + b"\xff" + m[4:]


class Rows:
    """What both tables need; message() makes a packet of a row."""

    def one(self, kind, what, where, **change):
        self.d.counted(SECTIONS[kind], NAMES[kind] + ": " + what, where,
                       lambda: self.send(kind, **change), self.unchanged)

    def rows(self, kinds, table):
        for kind in kinds:
            for what, counter, how in ANY:
                self.one(kind, what, (NET, counter) if counter else
                         PARSERS[kind], how=how)
            self.one(kind, "a wrong checksum", (NET, "dropped_checksum"),
                     seal=spoilt)
        for kind, what, where, change in table:
            self.one(kind, what, where, **change)


SECTIONS = {HOT: "11.6.2", COT: "11.6.2", BA: "11.7.3", BE: "11.3.6",
            HOTI: "9.4.1", COTI: "9.4.2", BU: "9.5.1"}
NAMES = {HOT: "Home Test", COT: "Care-of Test", BA: "Acknowledgement",
         BE: "Binding Error", HOTI: "Home Test Init", COTI: "Care-of Test Init",
         BU: "Binding Update"}
PARSERS = {HOT: (MN, "hot_ignored"), COT: (MN, "cot_ignored"),
           BA: (MN, "ba_malformed"), BE: (MN, "mh_malformed"),
           HOTI: (OF_CN, "drop_malformed"), COTI: (OF_CN, "drop_malformed"),
           # Nothing may be behind the authenticator.
           BU: (OF_CN, "drop_auth_misplaced")}

# ------------------------------------------------------------ the mobile node

EVIL, WRONG = b"forgedtk", b"the key of others!!!"
# While both tests are under way.
TESTS = (
    (HOT, "from another address", (MN, "hot_ignored"), {"src": OTHER}),
    (HOT, "another cookie", (MN, "hot_ignored"), {"cookie": 1}),
    (HOT, "the cookie of the other test", (MN, "hot_ignored"), {"of": COTI}),
    (HOT, "to the care-of address", (NET, "dropped_no_engine"), {"by": COT}),
    (COT, "from another address", (MN, "cot_ignored"), {"src": OTHER}),
    (COT, "another cookie", (MN, "cot_ignored"), {"cookie": 1}),
    (COT, "the cookie of the other test", (MN, "cot_ignored"), {"of": HOTI}),
    (COT, "to the home address", (MN, "cot_ignored"), {"by": HOT}),
    (COT, "by a routing header", (MN, "cot_ignored"), {"by": BA}),
)
# While an update is to be acknowledged.
ACKS = (
    (BA, "another key", (MN, "peer_not_authentic"), {"key": WRONG}),
    (BA, "unknown status 77, another key", (MN, "peer_not_authentic"),
     {"key": WRONG, "status": 77}),
    (BA, "unknown status 200, another key", (MN, "peer_not_authentic"),
     {"key": WRONG, "status": 200}),
    (BA, "status 135, another key", (MN, "peer_not_authentic"),
     {"key": WRONG, "status": 135}),
    (BA, "no authenticator", (MN, "peer_not_authentic"),
     {"how": lambda m: m[:1] + b"\1" + m[2:12] + b"\1\2\0\0"}),
    (BA, "4 octets of the authenticator", (MN, "peer_not_authentic"),
     {"how": lambda m: m[:1] + b"\2" + m[2:19] + b"\4" + m[20:24]}),
    (BA, "an option behind the authenticator", (MN, "ba_malformed"),
     {"how": lambda m: more(m, b"\xc8\6behind")}),
    (BA, "another sequence number", (MN, "ba_wrong_sequence"), {"seq": 100}),
    (BA, "status 136, another sequence number", (MN, "ba_wrong_sequence"),
     {"status": 136, "seq": 100}),
    (BA, "from another address", (MN, "ba_not_agent"), {"src": OTHER}),
    (BA, "for another home address", (NET, "dropped_not_home"),
     {"home": OTHER_HOME}),
    (BA, "without a routing header", (MN, "ba_wrong_care_of"), {"by": HOT}),
    (BA, "to the care-of address itself", (NET, "dropped_no_engine"),
     {"by": COT}),
)
# When it is bound.
LATER = (
    (BE, "status 0", (MN, "be_ignored"), {"status": 0}),
    (BE, "status 3", (MN, "be_ignored"), {"status": 3}),
    (BE, "status 255", (MN, "be_ignored"), {"status": 255}),
    (BE, "status 2, of nothing that was asked", (MN, "be_ignored"),
     {"status": 2}),
    (BE, "about another home address", (MN, "be_ignored"),
     {"home": OTHER_HOME}),
    (BE, "from another address", (MN, "be_ignored"), {"src": OTHER}),
    (HOT, "once more", (MN, "hot_ignored"), {}),
    (COT, "once more", (MN, "cot_ignored"), {}),
    (BA, "once more", (MN, "ba_not_waiting"), {}),
)


class Malformed(AtNode, Rows):
    """The messages of a correspondent; see the tables for what changes."""

    def made(self, kind, of=None, cookie=0, key=None, status=None, seq=0,
             home=HOME, token=EVIL):
        if kind in (HOT, COT):
            asked = self.mine(of or (HOTI if kind == HOT else COTI))[-1]
            return test(kind, cookie_of(asked) ^ cookie, token)
        if kind == BA:
            return ack(key or self.kbm, self.careof, status or 0,
                       self.seq() - seq & 0xffff, 100)
        return struct.pack("!BBBBHBB", 59, 2, BE, 0, 0,
                           1 if status is None else status, 0) + n6(home)

    def send(self, kind, how=None, seal=None, src=PEER, home=HOME, by=None,
             **change):
        m = self.made(kind, home=home, **change)
        m = how(m) if how else m
        by = by or kind
        to = HOME if by == HOT else home if by == BA else self.careof
        m = sealed(m, src, to, seal)
        self.cn.send(packet(src, self.careof, 43, bytes(
            [MH, 2, 2, 1, 0, 0, 0, 0]) + n6(to) + m) if by == BA else
            packet(src, to, MH, m))

    def unchanged(self):
        return self.state(), [len(self.mine(k)) for k in (HOTI, COTI, BU)]

    def all(self):
        d, r = self.d, self.r
        # Now, as what it asks first is to be seen, and is not sent again soon.
        subprocess.Popen(["ip", "netns", "exec", self.netid + "-mn", "ping",
                          "-q", "-i", "0.05", "-I", HOME, PEER])
        if not r("11.6.1", "tests are begun", d.until(
                lambda: self.mine(HOTI) and self.mine(COTI), 10)):
            return
        self.careof = self.mine(COTI)[-1].src
        self.rows((HOT, COT), TESTS)
        r("11.6.1", "no update by them", not self.mine(BU))
        self.send(HOT, odd, token=self.SECRET_H)
        self.send(COT, odd, token=self.SECRET_C)
        r("6.1.5", "the right ones are taken", d.until(lambda: self.mine(BU)))
        r("5.2.6", "the update is made with their tokens",
          self.made_with(self.mine(BU)[-1]))
        self.rows((BA,), ACKS)
        r("6.3", "no packet has gone by it", not self.by_hao(0))
        self.send(BA)
        self.goes_directly("11.7.3", "the right one is taken")
        self.rows((BE,), LATER)
        self.goes_directly("11.3.6", "after all that")


# ----------------------------------------------------------- the correspondent

INITS = (
    (HOTI, "with a Home Address option", (OF_CN,
                                          "drop_test_home_address_option"),
     {"home": NODE, "src": CAREOF}),
    (COTI, "with a Home Address option", (OF_CN,
                                          "drop_test_home_address_option"),
     {"home": NODE, "src": CAREOF}),
    (HOTI, "by a routing header to the correspondent",
     (NET, "dropped_not_home"), {"routed": CN}),
    (COTI, "from an address that is none", (OF_CN, "drop_source_not_unicast"),
     {"src": "::2"}),
)
AUTH, NONCES, ALT = 5, 4, 3
UPDATES = (
    (BU, "an option of which the end is cut off, no authenticator",
     (OF_CN, "drop_malformed"), {"without": AUTH, "how":
                                 lambda m: more(m, b"\xc8\x14evil!!")}),
    (BU, "an option without a length, no authenticator",
     (OF_CN, "drop_malformed"), {"without": AUTH, "how":
                                 lambda m: more(m, b"\1\5evil!\xc8")}),
    (BU, "no nonce indices", (OF_CN, "drop_no_nonce_indices"),
     {"without": NONCES}),
    (BU, "no authenticator", (OF_CN, "drop_auth_missing"), {"without": AUTH}),
    (BU, "an option behind the authenticator", (OF_CN, "drop_auth_misplaced"),
     {"how": lambda m: more(m, b"\xc8\6behind")}),
    (BU, "4 octets of the authenticator", (OF_CN, "drop_auth_fail"),
     {"auth": 4}),
    (BU, "another key", (OF_CN, "drop_auth_fail"), {"key": WRONG}),
    (BU, "an unknown home nonce", (OF_CN, "refused_home_nonce"), {"ni": 999}),
    (BU, "an unknown care-of nonce", (OF_CN, "refused_careof_nonce"),
     {"ci": 999}),
    (BU, "two unknown nonces", (OF_CN, "refused_nonces"),
     {"ni": 999, "ci": 999}),
    (BU, "for a home agent", (OF_CN, "refused_home_registration"),
     {"flags": 0xc000, "without": NONCES}),
    (BU, "for a home agent, with nonce indices", (OF_CN, "drop_nonce_indices"),
     {"flags": 0xc000}),
    (BU, "a group as care-of address", (OF_CN, "drop_coa_not_unicast"),
     {"alt": "ff0e::1"}),
    (BU, "the correspondent as care-of address", (OF_CN, "drop_auth_fail"),
     {"alt": CN}),
    (BU, "another care-of address", (OF_CN, "drop_auth_fail"),
     {"alt": ELSEWHERE}),
    (BU, "another home address", (OF_CN, "drop_auth_fail"),
     {"home": "2001:db8:66::77"}),
    (BU, "a group as home address", (NET, "dropped_no_binding"),
     {"home": "ff0e::1"}),
    (BU, "by a routing header", (NET, "dropped_not_home"), {"routed": CN}),
)


def option(kind, value):
    return bytes([kind, len(value)]) + value


class AtCnMalformed(AtCn, Rows):
    def made(self, kind, key=None, ni=None, ci=None, flags=0x8000, alt=CAREOF,
             without=None, auth=12, seq=10):
        if kind != BU:
            return init(kind, 6275)
        m = struct.pack("!BBBBHHHH", 59, 0, BU, 0, 0, seq, flags, 100)
        m += b"\1\0"
        m += option(ALT, n6(alt))
        if without != NONCES:
            m += option(NONCES, struct.pack("!HH", ni or self.ni,
                                            ci or self.ci))
        if without != AUTH:
            room = -(len(m) + 2 + auth) % 8
            m += b"\0" if room == 1 else option(1, bytes(room - 2)) \
                if room else b""
            m += option(AUTH, b"")[:1] + bytes([auth])
            m = m[:1] + bytes([(len(m) + auth) // 8 - 1]) + m[2:]
            return m + mac(key or self.key, alt, CN, m)[:auth]
        room = -len(m) % 8
        m += b"\0" if room == 1 else option(1, bytes(room - 2)) if room else b""
        return m[:1] + bytes([len(m) // 8 - 1]) + m[2:]

    def send(self, kind, how=None, seal=None, src=None, home=None, routed=None,
             **change):
        m = self.made(kind, **change)
        m = how(m) if how else m
        if kind == BU:
            src, home = src or CAREOF, home or NODE
        src = src or NODE
        m = sealed(m, home or src, CN, seal)
        nh = MH
        if home is not None:
            m, nh = hao(home, nh) + m, DST
        if routed is not None:
            m, nh = bytes([nh, 2, 2, 1, 0, 0, 0, 0]) + n6(routed) + m, 43
        self.port.send(packet(src, CN, nh, m))

    def unchanged(self):
        c = self.d.counters()
        return self.bindings(), [c[OF_CN, n] for n in (
            "home_tests", "careof_tests", "registrations")]

    def all(self):
        d, r = self.d, self.r
        self.rows((HOTI, COTI), INITS)
        for kind, addr in ((HOTI, NODE), (COTI, CAREOF)):
            mark = self.net.mark()
            self.send(kind, odd, src=addr)
            r(SECTIONS[kind], NAMES[kind] + ": the right one is answered",
              self.net.wait(is_mh(kind + 2, CN, addr), mark))
        self.ni, home, _ = self.token(HOTI, NODE)
        self.ci, careof, _ = self.token(COTI, CAREOF)
        self.key = hashlib.sha1(home + careof).digest()
        self.rows((BU,), UPDATES)
        r.same("9.5.1", "there is no binding", self.bindings(), [])
        self.send(BU)
        r("9.5.1", "the right one is taken", d.until(
            lambda: len(self.bindings()) == 1))


def sealed(m, src, dst, wrong=None):
    m = seal(m, src, dst)
    return wrong(m) if wrong else m


def main():
    what, netid, ctl, sock = sys.argv[1:5]
    net, r = Links(), Report()
    part = {"node": Malformed, "cn": AtCnMalformed}[what]
    part(net, netid, Daemon(ctl, sock, r, net), r).all()
    r.end()


if __name__ == "__main__":
    main()
