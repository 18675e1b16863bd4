#!/usr/bin/python3
"""capture.py FILE: what a third party, tshark, says of the demo's capture.

- nothing is malformed, no ICMPv6 checksum is bad;
- at least three Binding Updates and three Binding Acknowledgements;
- the daemon breaks no TCP or UDP checksum.  A segment that was bad before it
  came to us (a kernel's own: that happens, rarely, with transmit offload off)
  is counted, but not our fault; one that came to us good and left us bad is.
  Port 5001 is the mobile node's end: what goes there is seen first without
  the tunnel, what comes from there first in it.

One pass, since the capture is large.
"""
import subprocess
import sys

BAD_SUM = ("(!icmpv6 && (udp.checksum.status == 0 || "
           "(tcp.checksum.status == 0 && tcp.checksum != 0xffff)))")
ODD = "_ws.malformed || icmpv6.checksum.status == 0"
FIELDS = ["frame.number", "_ws.malformed", "icmpv6.checksum.status",
          "mip6.mhtype", "ipv6.nxt", "tcp.dstport", "tcp.seq_raw",
          "tcp.checksum", "tcp.len"]

# Streams are not put together: tshark calls it malformed when segments that
# were lost come again in other sizes.
cmd = ["tshark", "-r", sys.argv[1], "-o", "tcp.check_checksum:TRUE",
       "-o", "tcp.desegment_tcp_streams:FALSE",
       "-o", "udp.check_checksum:TRUE", "-T", "fields",
       "-Y", f"{ODD} || mip6.mhtype || {BAD_SUM}"]
for f in FIELDS:
    cmd += ["-e", f]
out = subprocess.run(cmd, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                     check=True).stdout.decode()
wrong = []
types = {"5": 0, "6": 0}
plain, tunnelled = {True: set(), False: set()}, {True: set(), False: set()}
for line in out.splitlines():
    number, malformed, icmp, mh, nxt, port, *key = line.split("\t")
    if malformed or icmp == "0":
        wrong.append(f"frame {number}: malformed or bad ICMPv6 checksum")
    elif mh:
        types[mh] = types.get(mh, 0) + 1
    else:
        where = tunnelled if nxt.startswith("41") else plain
        where[port == "5001"].add(tuple(key))
for key in sorted((tunnelled[True] - plain[True]) |
                  (plain[False] - tunnelled[False])):
    wrong.append("checksum broken by us: seq, sum, length " + " ".join(key))
for t, name in (("5", "Binding Updates"), ("6", "Binding Acknowledgements")):
    print(types[t], name)
    if types[t] < 3:
        wrong.append(f"too few {name}")
print(len(plain[True]) + len(tunnelled[False]),
      "segments were bad when they came to us")
print("\n".join(wrong[:20]))
sys.exit(1 if wrong else 0)
