#!/usr/bin/env python3
"""How many Binding Updates a second a node with IPsec sent: packets to the
home agent with Home Address option and ESP (RFC 6275 11.8, MAX_UPDATE_RATE).

usage: ipsec_rate.py FILE AGENT UPDATES-A-SECOND
Reads what tcpdump -i any writes (LINUX_SLL, LINUX_SLL2) and Ethernet.
"""
import ipaddress
import sys

from ipsec_packet import DST, ESP, captured

# A busy guest lets packets come closer together than they were meant to leave,
# so the rate is that of five seconds, to which one second's burst may be added.
WINDOW = 5


def updates(name, agent):
    """Times of each packet; one that is forwarded is seen twice."""
    seen = set()
    for at, p in captured(name):
        if len(p) < 72 or p[0] >> 4 != 6 or p[24:40] != agent or \
                p[6] != DST or p[40] != ESP:
            continue
        esp = p[40 + (p[41] + 1) * 8:][:8]
        if esp not in seen:
            seen.add(esp)
            yield at


def main():
    times = list(updates(sys.argv[1],
                         ipaddress.IPv6Address(sys.argv[2]).packed))
    most = max(sum(t <= x < t + WINDOW for x in times) for t in times)
    print("%d Binding Updates in %.1f s, at most %d in %g s" % (
        len(times), times[-1] - times[0], most, WINDOW))
    sys.exit(0 if most <= int(sys.argv[3]) * (WINDOW + 1) else 1)


main()
