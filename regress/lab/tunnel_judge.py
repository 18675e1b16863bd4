#!/usr/bin/env python3
"""What is outermost of packets that a tunnel carried, compared.

usage: tunnel_judge.py CAPTURE < EXPECTED

EXPECTED has lines: octets of data of one echo request and its answer, source
of the outermost header, Tunnel Encapsulation Limit beside that (RFC 2473
4.1.1), or none.  There is exactly one such packet.
"""
import collections
import ipaddress
import sys

from ipsec_packet import DST, ICMP6, IP6, captured

LIMIT = bytes([IP6, 0, 4, 1])


def outer(data):
    """Octets of an echo, source and limit of the outermost header, or None."""
    src, limit = str(ipaddress.IPv6Address(data[8:24])), None
    while data[6] in (DST, IP6):
        named = None
        data, nh = data[40:], data[6]
        if nh == DST:
            if data[:4] != LIMIT:
                return None
            named, data = data[4], data[8:]
        limit = limit or ("none" if named is None else str(named))
    if limit is None or data[6] != ICMP6 or data[40] not in (128, 129):
        return None
    return len(data) - 48, src, limit


seen = collections.Counter(outer(p) for _, p in captured(sys.argv[1])
                           if p[0] >> 4 == 6)
wrong = 0
for line in sys.stdin:
    octets, src, limit = line.split()
    if seen[int(octets), src, limit] != 1:
        wrong += 1
        print("not once:", line.strip())
if wrong:
    print("seen:", *(k for k in seen if k), sep="\n")
sys.exit(wrong != 0)
