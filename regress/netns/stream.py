#!/usr/bin/python3
"""Judges a stream of echo requests: what was lost, and when.

stream.py PING-OUTPUT [GAPS [OVERFLOW]]

PING-OUTPUT is that of ping -D, GAPS a file of "BEGIN END DROPPED" lines, seconds
since 1970: what was done to the network and how long that took, by the test's
own observation.  What is lost between two replies belongs to a gap if the time
between these replies touches it.  Prints how many were lost in gaps and how
many outside; exit status 0 only if none was outside and none came twice.  So
a slow machine makes gaps longer, but never a lost packet right.  OVERFLOW is
how many packets a queue had no room for while the stream ran, by the kernel's
own count, as it was not emptied in time, and DROPPED how many of them in that
gap: so many as remain may be lost outside of gaps.
"""
import re
import sys

REPLY = re.compile(r"\[([0-9.]+)\].*icmp_seq=([0-9]+) ")


def replies(name):
    """(sequence, time) in order of time; ping counts on beyond 65535."""
    last = 0
    with open(name) as f:
        for line in f:
            m = REPLY.match(line)
            if m is None:
                continue
            seq = int(m.group(2)) + last // 65536 * 65536
            if seq < last - 32768:
                seq += 65536
            last = max(last, seq)
            yield seq, float(m.group(1)), "DUP" in line


def gaps(name):
    with open(name) as f:
        return [(float(begin), float(end), int(dropped))
                for begin, end, dropped in (line.split() for line in f)]


def main():
    seen, twice = {}, 0
    for seq, at, dup in replies(sys.argv[1]):
        twice += dup or seq in seen
        seen.setdefault(seq, at)
    allowed = gaps(sys.argv[2]) if len(sys.argv) > 2 else []
    room = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    room -= sum(dropped for begin, end, dropped in allowed)
    inside, missed, outside, order = 0, 0, [], sorted(seen)
    for a, b in zip(order, order[1:]):
        if b == a + 1:
            continue
        first, last = sorted((seen[a], seen[b]))
        if any(begin <= last and first <= end for begin, end, _ in allowed):
            inside += b - a - 1
        else:
            missed += b - a - 1
            outside.append("%d after %d, %.3f to %.3f" % (b - a - 1, a, first,
                                                          last))
    print("%d replies, %d lost in %d gaps (%s s), outside: %s, twice: %d" % (
        len(seen), inside, len(allowed),
        " ".join("%.2f" % (e - b) for b, e, _ in allowed) or "0",
        "; ".join(outside) or "none", twice))
    if room > 0:
        print("%d packets of all kinds found a queue full outside" % room)
    sys.exit(0 if seen and missed <= max(room, 0) and not twice else 1)


main()
