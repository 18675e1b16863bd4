#!/usr/bin/python3
"""checksums.py CAPTURE: does the daemon break what passes through it?

Reads, with tshark, all segments with a bad TCP or UDP checksum.  One that was
bad before it came to us (a kernel's own: they happen, rarely, with transmit
offload off) is listed but is not our fault; one that left us bad and came to
us good is.  Port 5001 is the mobile node's end: what goes there is seen first
without the tunnel, what comes from there first in it.
"""
import subprocess
import sys

FIELDS = ["ipv6.nxt", "tcp.dstport", "tcp.seq_raw", "tcp.checksum",
          "tcp.len"]
cmd = ["tshark", "-r", sys.argv[1], "-o", "tcp.check_checksum:TRUE",
       "-o", "udp.check_checksum:TRUE", "-T", "fields",
       "-Y", "!icmpv6 && (udp.checksum.status == 0 || (tcp.checksum.status "
       "== 0 && tcp.checksum != 0xffff))"]
for f in FIELDS:
    cmd += ["-e", f]
out = subprocess.run(cmd, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                     check=True).stdout.decode()
plain, tunnelled = {True: set(), False: set()}, {True: set(), False: set()}
for line in out.splitlines():
    nxt, port, *key = line.split("\t")
    to_node = port == "5001"
    where = tunnelled if nxt.startswith("41") else plain
    where[to_node].add(tuple(key))
broken = (tunnelled[True] - plain[True]) | (plain[False] - tunnelled[False])
kernel = len(plain[True]) + len(tunnelled[False])
print(kernel, "segments were bad when they came to us")
for key in sorted(broken):
    print("broken by us: seq, checksum, length", *key)
sys.exit(1 if broken else 0)
