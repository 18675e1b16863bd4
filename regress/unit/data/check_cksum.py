#!/usr/bin/env python3
# Compare the checksum of each Mobility Header and ICMPv6 message in a capture
# with the one that scapy computes (with the home address of HAO and RH2 in
# the pseudo-header).
import sys
from scapy.all import raw, rdpcap
from scapy.layers.inet6 import (HAO, IPv6, IPv6ExtHdrDestOpt, _ICMPv6,
                                 _MobilityHeader)

right = wrong = 0
for i, p in enumerate(rdpcap(sys.argv[1])):
    p = IPv6(raw(p))
    layer = p
    while layer and not isinstance(layer, (_ICMPv6, _MobilityHeader)):
        layer = layer.payload
    if not layer:
        sys.exit("packet %d: nothing to check" % (i + 1))
    was = layer.cksum
    layer.delfieldval("cksum")
    # scapy builds from the cached octets unless told that they are stale
    q = layer
    while q:
        q.raw_packet_cache = None
        # and it sees an HAO only if there is no padding in front of it
        if isinstance(q, IPv6ExtHdrDestOpt):
            home = [o for o in q.options if isinstance(o, HAO)]
            q.options = home or q.options
        q = q.underlayer
    again = IPv6(raw(p))
    for _ in range(20):
        if isinstance(again, (_ICMPv6, _MobilityHeader)):
            break
        again = again.payload
    if again.cksum == was:
        right += 1
    else:
        wrong += 1
        print(i + 1, "wrong")
print(right, "right,", wrong, "wrong")
sys.exit(wrong != 0)
