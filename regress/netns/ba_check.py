#!/usr/bin/python3
"""ba_check.py CAPTURE: are all Binding Acknowledgements in it what RFC 6275
and RFC 4285 make them?  Written from these texts, with Python's hmac.

Keys are those of mnload.c.  Prints "ok COUNT" or what is wrong with one.
"""
import hashlib
import hmac
import struct
import sys


def packets(name):
    data = open(name, "rb").read()
    at = 24
    while at + 16 <= len(data):
        n = struct.unpack_from("<4I", data, at)[2]
        yield data[at + 16:at + 16 + n]
        at += 16 + n


def checksum(src, dst, payload):
    """RFC 8200 8.1; 0 if the one in it is right."""
    d = src + dst + struct.pack("!II", len(payload), 135) + payload
    s = sum(struct.unpack("!%dH" % (len(d) // 2), d))
    while s >> 16:
        s = (s & 0xffff) + (s >> 16)
    return s ^ 0xffff


def options(mh):
    at = 12
    while at < len(mh):
        if mh[at] == 0:
            at += 1
            continue
        yield at, mh[at], mh[at + 2:at + 2 + mh[at + 1]]
        at += 2 + mh[at + 1]


def check(coa, agent, home, mh):
    if checksum(agent, home, mh):
        return "checksum"
    if len(mh) != (mh[1] + 1) * 8 or mh[0] != 59:
        return "Header Len or Payload Proto"
    key = b"mn key %09d" % struct.unpack("!H", home[14:])
    for at, kind, data in options(mh):
        if kind != 9:
            continue
        # RFC 4285 5.1: care-of address | home address | MH data up to and
        # including the SPI; 3.2.2 of it: the checksum is zero.
        if data[0] != 1 or data[1:5] != struct.pack("!I", 256):
            return "subtype or SPI"
        text = bytearray(mh[:at + 7])
        text[4:6] = b"\0\0"
        want = hmac.new(key, coa + home + text, hashlib.sha1).digest()[:12]
        return None if data[5:] == want else "authenticator"
    return "no authentication option"


def main():
    count = 0
    for p in packets(sys.argv[1]):
        p = p[14:]
        src, dst = p[8:24], p[24:40]
        # RFC 6275 9.5.4: a type 2 routing header with the home address.
        if p[6] == 135 and p[40 + 2] == 6:
            sys.exit("without a type 2 routing header")
        if p[6] != 43 or p[40] != 135 or p[64 + 2] != 6:
            continue
        if p[41] != 2 or p[42] != 2 or p[43] != 1:
            sys.exit("routing header")
        wrong = check(dst, src, p[48:64], p[64:40 + p[4] * 256 + p[5]])
        if wrong:
            sys.exit("%d: %s: %s" % (count, wrong, p.hex()))
        count += 1
    print("ok", count)


main()
