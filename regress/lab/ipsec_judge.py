#!/usr/bin/env python3
"""What a capture between mobile node and home agent must show (RFC 4877 4.2):
Home Address option + ESP, type 2 routing header + ESP, no Mobility Header in
clear between the node, wherever it is, and its home agent, and nothing between
its home address and the agent's own address that is in no tunnel and has no
header of Mobile IPv6.

usage: ipsec_judge.py FILE AGENT HOME none|return-routability|payload [ESP]
ESP is how many packets of the tunnel are expected at least.
Reads what tcpdump -i any writes (LINUX_SLL, LINUX_SLL2) and Ethernet.
"""
import ipaddress
import sys

from ipsec_packet import DST, ESP, IP6, MH, ROUTING, captured, walk


def main():
    name, agent, node, protect = sys.argv[1:5]
    least = int(sys.argv[5]) if len(sys.argv) > 5 else 0
    agent = ipaddress.IPv6Address(agent).packed
    node = ipaddress.IPv6Address(node).packed
    count = dict.fromkeys(("hao+esp", "rh2+esp", "esp", "clear", "tunnel", "bare"), 0)
    for _, p in captured(name):
        if len(p) < 40 or p[0] >> 4 != 6:
            continue
        src, dst = p[8:24], p[24:40]
        if agent not in (src, dst):
            continue
        chain, hao, rh2, rest = walk(p)
        home = hao or rh2
        if chain[-1] == MH:
            count["clear"] += 1
        elif chain == [DST, ESP] and home == node:
            count["hao+esp"] += 1
        elif chain == [ROUTING, ESP] and home == node:
            count["rh2+esp"] += 1
        elif chain[-1] == ESP:
            count["esp"] += 1
        elif chain[-1] == IP6 and (node in (rest[8:24], rest[24:40])):
            count["tunnel"] += 1
        elif node in (src, dst):
            count["bare"] += 1
    print("Home Address option + ESP: %(hao+esp)d, type 2 routing header + "
          "ESP: %(rh2+esp)d,\nother ESP (the tunnel): %(esp)d, Mobility "
          "Headers in clear: %(clear)d, tunnel in clear: %(tunnel)d,\n"
          "between home address and agent past the tunnel: %(bare)d" % count)
    ok = count["hao+esp"] and count["rh2+esp"] and not count["clear"] and \
        not count["bare"] and count["esp"] >= least
    if protect == "payload":
        ok = ok and count["esp"] and not count["tunnel"]
    sys.exit(0 if ok else 1)


main()
