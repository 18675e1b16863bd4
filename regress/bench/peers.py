#!/usr/bin/python3
"""peers.py FILE AT CORRESPONDENT HOME: from a capture at the mobile node, how
long after each moment in AT, "what seconds", packets had both ways the header of
the direct way again, after the acknowledgement of a Binding Update.  Exit status
1 if a median is not below two seconds.
"""
import ipaddress
import os
import statistics
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lab"))
from ipsec_packet import MH, captured, walk  # noqa: E402

BA, AIM = 6, 2000
TITLES = {"mip6d_stop": "stopped and started", "mip6d_kill": "killed and started"}


def seen(path, peer, home):
    """Time and what of each packet of these two that says something."""
    for when, p in captured(path):
        if len(p) < 40 or p[0] >> 4 != 6:
            continue
        chain, hao, rh2, rest = walk(p)
        if chain[-1] == MH:
            if rest[2] == BA and p[8:24] == peer and rest[6] < 128:
                yield when, "ba"
        elif rh2 == home and p[8:24] == peer:
            yield when, "in"
        elif hao == home and p[24:40] == peer:
            yield when, "out"


def main():
    path, at, peer, home = sys.argv[1:]
    found = list(seen(path, ipaddress.IPv6Address(peer).packed,
                      ipaddress.IPv6Address(home).packed))
    took = {}
    with open(at, encoding="ascii") as f:
        for line in f:
            what, begin = line.split()
            rest = [s for s in found if s[0] >= float(begin)]
            bound = next(t for t, k in rest if k == "ba")
            both = max(next(t for t, k in rest if t > bound and k == way)
                       for way in ("in", "out"))
            took.setdefault(what, []).append((both - float(begin)) * 1e3)
    print("A correspondent that begins anew, ms until both ways are direct "
          "again: median (minimum-maximum)\n")
    for what, ms in took.items():
        print("%-20s n = %d %8.0f (%.0f-%.0f)" % (
            TITLES[what], len(ms), statistics.median(ms), min(ms), max(ms)))
    sys.exit(any(statistics.median(ms) >= AIM for ms in took.values()))


if __name__ == "__main__":
    main()
