#!/usr/bin/python3
"""What went between a correspondent and a home address, phase by phase.

usage: ro_judge.py FILE PHASES CORRESPONDENT HOME
FILE is a capture by tcpdump, PHASES has a line for each phase: when it began
and ended, in seconds since the epoch, and what belongs there:

	home		packets as they are, nothing else
	optimised	Home Address option one way, type 2 routing header the
			other way, nothing in a tunnel (RFC 6275 6.3, 6.4)
	mobile		both of these at once, as both ends are away
	tunnel		in a tunnel or as they are (behind the home agent)
	moving		anything: what was on its way, and the tunnel until the
			correspondent knows better (11.3.1)

Mobility Headers are counted apart.  Prints a row for each phase; exit status 0
only if each of them shows what belongs there, and some of it.
"""
import ipaddress
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lab"))
from ipsec_packet import IP6, MH, captured, walk  # noqa: E402

KINDS = ("plain", "tunnel", "hao", "rh2", "both", "mobility")
# What may be there, and what must.
PHASES = {
    "home": ({"plain", "mobility"}, {"plain"}),
    "optimised": ({"hao", "rh2", "mobility"}, {"hao", "rh2"}),
    "mobile": ({"both", "mobility"}, {"both"}),
    "tunnel": ({"tunnel", "plain", "mobility"}, {"tunnel"}),
    "moving": (set(KINDS), set()),
}


def kind(p, peer, home):
    """Which of KINDS the packet is; None: not one of theirs."""
    src, dst = p[8:24], p[24:40]
    chain, hao, rh2, rest = walk(p)
    proto = chain[-1]
    if proto == IP6:
        inner = {rest[8:24], rest[24:40]}
        if inner != {peer, home}:
            return None
        return "mobility" if walk(rest)[0][-1] == MH else "tunnel"
    ends = {hao or src, rh2 or dst}
    if ends != {peer, home}:
        return None
    if proto == MH:
        return "mobility"
    if hao and rh2:
        return "both"
    return "hao" if hao else "rh2" if rh2 else "plain"


def main():
    name, plan, peer, home = sys.argv[1:5]
    peer = ipaddress.IPv6Address(peer).packed
    home = ipaddress.IPv6Address(home).packed
    phases = []
    with open(plan) as f:
        for line in f:
            begin, end, what = line.split()
            phases.append((float(begin), float(end), what,
                           dict.fromkeys(KINDS, 0)))
    for when, p in captured(name):
        if len(p) < 40 or p[0] >> 4 != 6:
            continue
        k = kind(p, peer, home)
        if k is None:
            continue
        for begin, end, what, count in phases:
            if begin <= when < end:
                count[k] += 1
    print("%-10s %7s" % ("phase", "s") + "".join("%9s" % k for k in KINDS))
    bad = 0
    for begin, end, what, count in phases:
        may, must = PHASES[what]
        wrong = [k for k in KINDS if count[k] and k not in may] + \
            [k for k in must if not count[k]]
        print("%-10s %7.1f" % (what, end - begin) +
              "".join("%9d" % count[k] for k in KINDS) +
              ("  WRONG: " + ", ".join(sorted(wrong)) if wrong else ""))
        bad += bool(wrong)
    sys.exit(1 if bad or not phases else 0)


if __name__ == "__main__":
    main()
