#!/usr/bin/python3
"""UDP echoes for measuring handovers, and the table of what was measured.

    stream.py echo ADDRESS                  returns what comes, for ever
    stream.py send ADDRESS FILE             one a millisecond until SIGTERM:
                                            "sent received" lines, ns, 0: lost
    stream.py table DIR NAME...             rows from DIR/NAME.{json,sent,at},
                                            of the direct way from NAME.pcap
    stream.py json DIR NAME...              the same, for programs
"""
import json
import os
import signal
import socket
import statistics
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lab"))
from ipsec_packet import MH, captured, walk  # noqa: E402

UDP, BA = 17, 6
PORT = 5003
STEP = 1_000_000
SPARSE = 10         # every so many make up the stream whose losses count
SETTLE = 10_000_000_000


def echo(address):
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IPV6, 78, 1)        # IPV6_FREEBIND
    s.bind((address, PORT))
    while True:
        try:
            data, peer = s.recvfrom(100)
            s.sendto(data, peer)
        except OSError:
            pass


def send(address, path):
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    sent, got, stop = [], {}, []

    def receive():
        while not stop:
            try:
                data = s.recv(100)
                got.setdefault(int(data), time.time_ns())
            except (OSError, ValueError):
                pass

    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    s.settimeout(0.2)
    s.bind(("::", 0))
    threading.Thread(target=receive, daemon=True).start()
    start = time.time_ns()
    while not stop:
        due = start + len(sent) * STEP
        if (wait := due - time.time_ns()) > 0:
            time.sleep(wait * 1e-9)
        sent.append(time.time_ns())
        try:
            s.sendto(b"%d" % (len(sent) - 1), (address, PORT))
        except OSError:
            pass
    time.sleep(0.3)
    with open(path, "w", encoding="ascii") as f:
        for i, t in enumerate(sent):
            print(t, got.get(i, 0), file=f)


def direct(path):
    """(kind, ns, destination) of what says how far routes are optimized: each
    acknowledgement of the home agent, which is in the home address's network,
    and each datagram that comes or goes the direct way."""
    for when, p in captured(path):
        if len(p) < 40 or p[0] >> 4 != 6:
            continue
        chain, hao, rh2, rest = walk(p)
        proto = chain[-1]
        if proto == MH and rest[2] == BA and rh2 and p[8:16] == rh2[:8]:
            yield "ba", when * 1e9, p[24:40]
        elif proto == UDP and rh2:
            yield "direct_in", when * 1e9, p[24:40]
        elif proto == UDP and hao:
            yield "direct_out", when * 1e9, p[8:24]


def add_direct(ms, seen, begin, until):
    """Both directions, from link-up: the acknowledgement is in both clocks."""
    seen = [s for s in seen if begin <= s[1] < until]
    ba = next((s for s in seen if s[0] == "ba"), None)
    if ba is None or ms["ba"] is None:
        return
    for kind in ("direct_in", "direct_out"):
        first = next((s[1] for s in seen if s[0] == kind and s[2] == ba[2]),
                     None)
        if first is not None:
            ms[kind] = (first - ba[1]) / 1e6 + ms["ba"]
    if "direct_in" in ms and "direct_out" in ms:
        ms["bu_direct"] = max(ms["direct_in"], ms["direct_out"]) - ms["bu"]


def handovers(directory, name):
    """One dictionary per handover, in milliseconds."""
    with open(f"{directory}/{name}.json", encoding="ascii") as f:
        rows = [r for r in json.load(f)["rows"] if r.get("kind") == "move"]
    with open(f"{directory}/{name}.at", encoding="ascii") as f:
        at = [int(line) for line in f]
    with open(f"{directory}/{name}.sent", encoding="ascii") as f:
        echoes = [tuple(map(int, line.split())) for line in f]
    rows = rows[-len(at):]
    if len(rows) != len(at):
        sys.exit(f"{name}: {len(rows)} handovers instead of {len(at)}")
    end = at[1:] + [at[-1] + SETTLE]
    pcap = f"{directory}/{name}.pcap"
    seen = list(direct(pcap)) if os.path.exists(pcap) else []
    for r, begin, until in zip(rows, at, end):
        lost = [t for i, (t, back) in enumerate(echoes)
                if begin <= t < until and back == 0 and i % SPARSE == 0]
        ms = {k: r[k + "_ns"] / 1e6 if k + "_ns" in r else None
              for k in ("ra", "bu", "ba", "first_in", "first_out")}
        ms["lost"] = len(lost)
        add_direct(ms, seen, begin, until)
        # After what told where we are: the advertisement, or else the
        # answer to the probe, which the Binding Update follows at once.
        told = ms["ra"] if ms["ra"] is not None else ms["bu"]
        if ms["first_in"] is not None:
            ms["told_first"] = ms["first_in"] - min(told, ms["bu"])
        yield ms


def figure(values):
    values = [v for v in values if v is not None]
    if not values:
        return None
    return (statistics.median(values), min(values), max(values))


COLUMNS = (("ra", "RA"), ("bu", "first BU"), ("ba", "BA"),
           ("first_in", "traffic"), ("told_first", "after RA"),
           ("lost", "lost"), ("direct_in", "direct in"),
           ("direct_out", "direct out"), ("bu_direct", "both after BU"))


def figures(directory, names):
    for name in names:
        rows = list(handovers(directory, name))
        yield name, len(rows), {k: figure(r.get(k) for r in rows)
                                for k, _ in COLUMNS}


def text(f):
    if f is None:
        return "-"
    return "%s (%s-%s)" % tuple("%.1f" % v if v < 10 else "%.0f" % v
                                for v in f) \
        if any(v != int(v) for v in f) else "%d (%d-%d)" % f


def table(directory, *names):
    print("Handovers, ms from link-up: median (minimum-maximum); packets lost "
          "at 10 ms\n")
    for name, n, f in figures(directory, names):
        with open(f"{directory}/{name}.title", encoding="ascii") as t:
            print("%s; n = %d" % (t.read().strip(), n))
        for i in (0, 3, 6):
            if i < 6 or f["direct_in"] is not None:
                print("".join("%26s" % ("%s %s" % (title, text(f[key])))
                              for key, title in COLUMNS[i:i + 3]))


def as_json(directory, *names):
    print(json.dumps([{"name": name, "handovers": n, **{
        k: v and dict(zip(("median", "min", "max"), v))
        for k, v in f.items()}} for name, n, f in
        figures(directory, names)], indent=1))


COMMANDS = {"echo": echo, "send": send, "table": table, "json": as_json}
COMMANDS[sys.argv[1]](*sys.argv[2:])
