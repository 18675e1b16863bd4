#!/usr/bin/env python3
"""Return routability under the tunnel of ESP (RFC 6275 5.2.5): at the links of
the mobile node no Home Test Init and no Home Test can be seen, in no tunnel
either, but ESP of the tunnel both ways; at that of the correspondent they can.
The rest, by its care-of address, is at the links of both.

usage: ipsec_ro_judge.py CORRESPONDENT HOME AGENT ITS-FILE NODE'S-FILE...
The files are of one interface each, by tcpdump.  A row for each.
"""
import ipaddress
import sys

from ipsec_packet import ESP, IP6, MH, captured, walk

TYPES = {1: "HoTI", 2: "CoTI", 3: "HoT", 4: "CoT", 5: "BU", 6: "BA"}
KINDS = tuple(TYPES.values()) + ("ESP to", "ESP from")


def inmost(p):
    """What is in the packet, in however many tunnels: protocol, source,
    destination, has it a header of Mobile IPv6, what is behind it."""
    chain, hao, rh2, rest = walk(p)
    if chain[-1] == IP6 and len(rest) >= 40:
        return inmost(rest)
    return chain[-1], p[8:24], p[24:40], hao or rh2, rest


def count(name, peer, home, agent):
    c = dict.fromkeys(KINDS, 0)
    for _, p in captured(name):
        if len(p) < 40 or p[0] >> 4 != 6:
            continue
        nh, src, dst, moved, rest = inmost(p)
        if nh == MH and len(rest) > 2 and rest[2] in TYPES:
            if peer in (src, dst) or rest[2] in (1, 3):
                c[TYPES[rest[2]]] += 1
        elif nh == ESP and not moved and home not in (src, dst):
            c["ESP to"] += dst == agent
            c["ESP from"] += src == agent
    return c


def main():
    peer, home, agent = (ipaddress.IPv6Address(a).packed for a in sys.argv[1:4])
    bad = 0
    print("%-24s" % "file" + "".join("%9s" % k for k in KINDS))
    for i, name in enumerate(sys.argv[4:]):
        c = count(name, peer, home, agent)
        may_not = ("HoTI", "HoT") if i > 0 else ("ESP to", "ESP from")
        wrong = [k for k in KINDS if bool(c[k]) == (k in may_not)]
        print("%-24s" % name + "".join("%9d" % c[k] for k in KINDS) +
              ("  WRONG: " + ", ".join(wrong) if wrong else ""))
        bad += bool(wrong)
    sys.exit(1 if bad or len(sys.argv) < 6 else 0)


main()
