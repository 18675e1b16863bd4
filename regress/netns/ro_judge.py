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
	moved		the same, of which the capture has more to show: between
			the acknowledgements of the home agent and of the
			correspondent, what the home address sends is in a
			tunnel, and some of it is; after that it has a Home
			Address option

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
    "moved": (set(KINDS), {"tunnel", "hao"}),
}
BA = 6


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


def acknowledges(p, home):
    """Who acknowledges a Binding Update of home by this packet, or None."""
    chain, _, rh2, rest = walk(p)
    if chain[-1] == MH and rh2 == home and rest[2] == BA and rest[6] < 128:
        return p[8:24]
    return None


class Move:
    """What the home address sends before, between and after the two."""

    def __init__(self, peer, home):
        self.peer, self.home = peer, home
        self.agent_knows = self.peer_knows = False
        self.between = {"tunnel": 0, "other": 0}
        self.after = 0

    def see(self, p, k):
        who = acknowledges(p, self.home)
        if who is not None:
            self.peer_knows |= self.agent_knows and who == self.peer
            self.agent_knows |= who != self.peer
        elif k in ("plain", "tunnel", "hao", "both"):
            chain, hao, _, rest = walk(p)
            inner = rest if chain[-1] == IP6 else p
            if (hao or inner[8:24]) != self.home:
                return
            if self.peer_knows:
                self.after += k == "hao"
            elif self.agent_knows:
                self.between["tunnel" if k == "tunnel" else "other"] += 1

    def wrong(self):
        return [what for what, bad in (
            ("no acknowledgement", not self.peer_knows),
            ("between: %s" % self.between, self.between["other"] or
             not self.between["tunnel"]),
            ("nothing after it", not self.after)) if bad]


def main():
    name, plan, peer, home = sys.argv[1:5]
    peer = ipaddress.IPv6Address(peer).packed
    home = ipaddress.IPv6Address(home).packed
    phases = []
    with open(plan) as f:
        for line in f:
            begin, end, what = line.split()
            phases.append((float(begin), float(end), what,
                           dict.fromkeys(KINDS, 0), Move(peer, home)))
    for when, p in captured(name):
        if len(p) < 40 or p[0] >> 4 != 6:
            continue
        k = kind(p, peer, home)
        for begin, end, what, count, move in phases:
            if begin <= when < end:
                move.see(p, k)
                if k is not None:
                    count[k] += 1
    print("%-10s %7s" % ("phase", "s") + "".join("%9s" % k for k in KINDS))
    bad = 0
    for begin, end, what, count, move in phases:
        may, must = PHASES[what]
        wrong = [k for k in KINDS if count[k] and k not in may] + \
            [k for k in must if not count[k]] + \
            (move.wrong() if what == "moved" else [])
        print("%-10s %7.1f" % (what, end - begin) +
              "".join("%9d" % count[k] for k in KINDS) +
              ("  WRONG: " + ", ".join(sorted(wrong)) if wrong else ""))
        bad += bool(wrong)
    sys.exit(1 if bad or not phases else 0)


if __name__ == "__main__":
    main()
