#!/usr/bin/python3
"""At what pace a mobile node tells its correspondents that it has moved.

usage: ro_pace.py FILE MOVED COUNT FIRST
FILE is a capture by tcpdump at the node, which moved to 2001:db8:f2::/64 at
MOVED, seconds since the epoch, and has COUNT correspondents in 2001:db8:cc::/48.
FIRST has the addresses of those that were used last.

In no second, of all that was captured, the node sends more than 1000 Mobility
Headers.  After the move each correspondent has Care-of Test Init, Care-of Test,
Binding Update and Binding Acknowledgement in this order, those in FIRST are the
first to be asked, and nobody gets a Home Test Init if the tokens of all are
younger than 170 seconds: they are renewed at 180.  Exit status 0 only if so.
"""
import ipaddress
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lab"))
from ipsec_packet import IP6, MH, captured, walk  # noqa: E402

HOTI, COTI, HOT, COT, BU, BA = range(1, 7)
SENT = (HOTI, COTI, BU)
ORDER = (COTI, COT, BU, BA)
THERE = ipaddress.IPv6Network("2001:db8:f2::/64")
PEERS = ipaddress.IPv6Network("2001:db8:cc::/48")
MOST, FRESH = 1000, 170


def mobility(path):
    """Time, type, source and destination of each Mobility Header; a Home Test
    Init as it is in its tunnel."""
    for when, p in captured(path):
        if len(p) < 40 or p[0] >> 4 != 6:
            continue
        chain, _, _, rest = walk(p)
        if chain[-1] == IP6:
            p = rest
            chain, _, _, rest = walk(p)
        if chain[-1] == MH:
            yield (when, rest[2], ipaddress.IPv6Address(p[8:24]),
                   ipaddress.IPv6Address(p[24:40]))


def fullest(times):
    """The most of them in a second."""
    most = first = 0
    for i, t in enumerate(times):
        while times[first] <= t - 1:
            first += 1
        most = max(most, i + 1 - first)
    return most


def main():
    name, moved, count, last_used = sys.argv[1:5]
    with open(last_used, encoding="ascii") as f:
        last_used = {ipaddress.IPv6Address(line.strip()) for line in f}
    bad = []

    def check(what, good):
        print("%-4s %s" % ("ok" if good else "FAIL", what))
        if not good:
            bad.append(what)

    seen = list(mobility(name))
    sent = [m for m in seen if m[1] in SENT]
    most = fullest([t for t, *_ in sent])
    print("%d Mobility Headers sent, %d in the fullest second; both ways %d, "
          "%d in the fullest second" % (len(sent), most, len(seen),
                                        fullest([t for t, *_ in seen])))
    check("no more than %d in a second" % MOST, most <= MOST)
    here = [m for m in seen if m[0] >= float(moved)]
    begun = next(i for i, m in enumerate(here)
                 if m[1] == COTI and m[2] in THERE)
    first = {}
    for when, kind, src, dst in here[begun:]:
        peer = dst if kind in SENT else src
        if peer in PEERS:
            first.setdefault(peer, {}).setdefault(kind, when)
    check("all of %s are told" % count, len(first) == int(count) and
          all(BA in f for f in first.values()))
    check("tests, then updates", all(
        [k for k, _ in sorted(f.items(), key=lambda i: i[1]) if k in ORDER] ==
        list(ORDER) for f in first.values()))
    asked = [dst for _, kind, _, dst in here[begun:] if kind == COTI]
    check("the last used %d first" % len(last_used),
          set(asked[:len(last_used)]) == last_used)
    age = here[-1][0] - next(t for t, kind, *_ in seen if kind == HOTI)
    check("no home tests: tokens are %d s old at most" % age, age > FRESH or
          not any(kind == HOTI for _, kind, *_ in here[begun:]))
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
