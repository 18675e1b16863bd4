#!/usr/bin/env python3
# First inputs for f_walk, f_mh, f_icmp6 and f_rewrite: the packets of
# unit/data/wire.hex.  Usage: seed_wire.py wire.hex DIRECTORY
# To renew a corpus, fuzz a while from these and from what is there, then
#	f_mh.fuzz -merge=1 NEW corpus/f_mh SEEDS
import os
import struct
import sys

hexfile, top = sys.argv[1:]
count = 0


def seed(target, data):
    global count
    os.makedirs(os.path.join(top, target), exist_ok=True)
    with open(os.path.join(top, target, "seed%d" % count), "wb") as f:
        f.write(data)
    count += 1


def upper(p):
    """Next header and octets behind HAO and RH2 headers."""
    nxt, off = p[6], 40
    while nxt in (0, 43, 60):
        nxt, off = p[off], off + (p[off + 1] + 1) * 8
    return nxt, p[off:]


for line in open(hexfile):
    kind, *rest = line.split()
    if kind not in ("message", "strip", "tunnel", "bad", "auth"):
        continue
    for field in rest[1:3]:
        p = bytes.fromhex(field)
        if len(p) < 40:
            continue
        seed("f_walk", p)
        if len(p) < 400:
            seed("f_rewrite", p)
        nxt, data = upper(p)
        if nxt in (58, 135):
            seed("f_icmp6" if nxt == 58 else "f_mh", data)
        # as captured on each kind of link
        for order, magic in (">", 0xa1b2c3d4), ("<", 0xa1b23c4d):
            for link, front in ((1, bytes(12) + b"\x86\xdd"), (101, b""),
                                (1, bytes(12) + b"\x81\0\0\1\x86\xdd"),
                                (113, bytes(14) + b"\x86\xdd")):
                if kind == "tunnel":
                    d = front + p
                    seed("f_walk", struct.pack(
                        order + "IHHIIII", magic, 2, 4, 0, 0, 65535, link) +
                        struct.pack(order + "IIII", 1, 2, len(d), len(d)) + d)
