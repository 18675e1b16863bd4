#!/usr/bin/python3
"""correspondents.py table|json DIR COUNT...: from DIR/COUNT.{pcap,at}, how long
it takes after a move until all correspondents have acknowledged it.
"""
import ipaddress
import json
import os
import statistics
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lab"))
from ipsec_packet import IP6, MH, captured, walk  # noqa: E402

HOTI, COTI, BU, BA = 1, 2, 5, 6
AGENT = ipaddress.IPv6Address("2001:db8:1::1").packed
WINDOW = 1


def mobility(path):
    """Time, type and source of each Mobility Header, in a tunnel or not."""
    for when, p in captured(path):
        if len(p) < 40 or p[0] >> 4 != 6:
            continue
        chain, _, _, rest = walk(p)
        if chain[-1] == IP6:
            p = rest
            chain, _, _, rest = walk(p)
        if chain[-1] == MH:
            yield when, rest[2], p[8:24]


def fullest(times):
    """The most of them in a window of that length."""
    most = first = 0
    for i, t in enumerate(times):
        while times[first] <= t - WINDOW:
            first += 1
        most = max(most, i + 1 - first)
    return most


def moves(directory, count):
    """One dictionary for each move."""
    with open(f"{directory}/{count}.at", encoding="ascii") as f:
        at = [int(line) / 1e9 for line in f]
    seen = list(mobility(f"{directory}/{count}.pcap"))
    for begin, until in zip(at, at[1:] + [float("inf")]):
        here = [s for s in seen if begin <= s[0] < until]
        home = min(t for t, kind, src in here if kind == BA and src == AGENT)
        last = {src: t for t, kind, src in reversed(here)
                if kind == BA and src != AGENT}
        if len(last) != int(count):
            sys.exit(f"{count}: {len(last)} acknowledgements")
        times = sorted(last.values())
        messages = [m for m in here if m[0] <= times[-1]]
        yield {"half": (times[len(times) // 2] - home) * 1e3,
               "all": (times[-1] - home) * 1e3,
               "messages": len(messages) / int(count),
               "sent": fullest([t for t, kind, _ in here
                                if kind in (HOTI, COTI, BU)]),
               "seen": fullest([t for t, _, _ in here])}


COLUMNS = ("half", "all", "messages", "sent", "seen")
WIDTHS, DIGITS = (18, 18, 16, 18, 18), (0, 0, 1, 0, 0)


def figures(directory, counts):
    """The first move is to a link where none has been tested from yet."""
    for count in counts:
        rows = list(moves(directory, count))
        for link, part in (("new", rows[:1]), ("known", rows[1:])):
            if part:
                yield count, link, len(part), {
                    c: (statistics.median(r[c] for r in part),
                        min(r[c] for r in part), max(r[c] for r in part))
                    for c in COLUMNS}


def table(directory, *counts):
    print("A move with many correspondents, ms from the home agent's "
          "acknowledgement: median (minimum-maximum);\nMobility Headers for "
          "each of them, and in the fullest second: those that the node has "
          "sent, and all\n")
    print("%15s%7s%6s%18s%18s%16s%18s%18s" % (
        "correspondents", "link", "moves", "half of them", "all", "messages",
        "sent/s", "both ways/s"))
    for count, link, n, f in figures(directory, counts):
        print("%15s%7s%6d" % (count, link, n) + "".join(
            "%*s" % (width, "%.*f (%.*f-%.*f)" % (d, f[c][0], d, f[c][1], d,
                                                  f[c][2]))
            for c, width, d in zip(COLUMNS, WIDTHS, DIGITS)))


def as_json(directory, *counts):
    print(json.dumps([{
        "correspondents": int(count), "link": link, "moves": n,
        **{c: dict(zip(("median", "min", "max"), v)) for c, v in f.items()}}
        for count, link, n, f in figures(directory, counts)], indent=1))


{"table": table, "json": as_json}[sys.argv[1]](*sys.argv[2:])
