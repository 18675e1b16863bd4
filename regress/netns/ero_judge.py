#!/usr/bin/python3
"""Enhanced route optimization (RFC 4866) in a capture, judged by hashlib, hmac
and the package cryptography alone.

usage: ero_judge.py FILE CORRESPONDENT HOME PARAMETERS KEY
FILE is a capture by tcpdump, PARAMETERS and KEY are what the mobile node has:
that its home address is a CGA of them (RFC 3972 5) is computed here.  Of each
Binding Update to the correspondent, and of each acknowledgement, the
authenticator must be right with tokens that the capture has shown before, a
permanent one decrypted with KEY, and so must signatures.  Prints a row for each:

	seconds BU number SIGNED TOKEN CARE-OF lifetime address
	seconds BA number STATUS [token] [test]

SIGNED is signed or -, TOKEN is permanent or tested, CARE-OF is early, tested or
home.  Exit status 0 only if all of it was right.
"""
import hashlib
import hmac
import ipaddress
import os
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lab"))
from ipsec_packet import IP6, MH, captured, walk  # noqa: E402

TAG = bytes.fromhex("5F2705868D6C4C56A2469EBB9B2A2E13")    # RFC 4866 7
HOT, COT, BU, BA = 3, 4, 5, 6
NONCES, BAD, PARAMS, SIGNATURE, TOKEN, TESTINIT, TEST = 4, 5, 12, 13, 14, 15, 16
ZERO = bytes(8)


class Wrong(Exception):
    pass


def check_cga(params, home):
    """RFC 3972 5."""
    sec = home[8] >> 5
    hash1 = bytearray(hashlib.sha1(params).digest()[:8])
    iid = bytearray(home[8:])
    hash1[0] &= 0x1c
    iid[0] &= 0x1c
    hash2 = hashlib.sha1(params[:16] + bytes(9) + params[25:]).digest()
    if params[16:24] != home[:8] or params[24] > 2 or hash1 != iid or \
            any(hash2[:2 * sec]):
        raise Wrong("the home address is no CGA of the parameters")


def options(m, at):
    """Type, offset and octets of each."""
    while at < len(m):
        if m[at] == 0:
            at += 1
            continue
        if at + 2 + m[at + 1] > len(m):
            raise Wrong("an option is cut")
        yield m[at], at, m[at + 2:at + 2 + m[at + 1]]
        at += 2 + m[at + 1]


def authenticator(m, opts, kbm, careof, peer):
    """RFC 6275 6.2.7; checksum and option count as 0 and not at all."""
    kind, at, value = opts[-1]
    if kind != BAD or len(value) != 12 or at + 14 != len(m):
        raise Wrong("no authenticator at the end")
    over = careof + peer + m[:4] + bytes(2) + m[6:at + 2]
    return hmac.new(kbm, over, hashlib.sha1).digest()[:12] == value


class Judge:
    def __init__(self, peer, home, params, key):
        self.peer, self.home, self.params, self.key = peer, home, params, key
        self.tested, self.careof = {}, {}   # tokens by index, and by address
        self.permanent, self.kbm = None, {}

    def home_tokens(self, index):
        if index != 0:
            return [self.tested.get(index)]
        return [self.permanent]

    def careof_tokens(self, index, careof):
        if careof == self.home:
            return [b""]
        if index == 0:
            return [ZERO]
        return self.careof.get(careof, [])

    def signature(self, m, opts, careof):
        """RFC 4866 4.5, 5.1, 5.2."""
        parts = [o for o in opts if o[0] == PARAMS]
        sig = [o for o in opts if o[0] == SIGNATURE]
        if not parts and not sig:
            return "-"
        if not parts or len(sig) != 1:
            raise Wrong("parameters without a signature, or the other way")
        end = parts[0][1]
        for _, at, value in parts:
            if at != end or (len(value) != 255 and at != parts[-1][1]):
                raise Wrong("parameters are split in another way")
            end = at + 2 + len(value)
        if sig[0][1] != end or b"".join(o[2] for o in parts) != self.params:
            raise Wrong("other parameters, or a signature elsewhere")
        over = TAG + careof + self.peer + m[:4] + bytes(2) + m[6:end]
        self.key.public_key().verify(sig[0][2], over, padding.PKCS1v15(),
                                     hashes.SHA1())
        return "signed"

    def update(self, m, careof):
        opts = list(options(m, 12))
        seq = int.from_bytes(m[6:8], "big")
        lifetime = int.from_bytes(m[10:12], "big") * 4
        nonces = [o[2] for o in opts if o[0] == NONCES]
        if len(nonces) != 1:
            raise Wrong("no Nonce Indices")
        h, c = (int.from_bytes(nonces[0][i:i + 2], "big") for i in (0, 2))
        keys = [hashlib.sha1(a + b).digest() for a in self.home_tokens(h)
                for b in self.careof_tokens(c, careof) if a is not None]
        good = [k for k in keys if authenticator(m, opts, k, careof,
                                                 self.peer)]
        if not good:
            raise Wrong(f"update {seq}: nonces {h} and {c}: a wrong "
                        "authenticator")
        self.kbm[seq] = good[0], careof
        return "BU %d %s %s %s %d %s" % (
            seq, self.signature(m, opts, careof),
            "tested" if h else "permanent",
            "home" if careof == self.home else "tested" if c else "early",
            lifetime, ipaddress.IPv6Address(careof))

    def answer(self, m):
        opts = list(options(m, 12))
        status, seq = m[6], int.from_bytes(m[8:10], "big")
        row = "BA %d %d" % (seq, status)
        # RFC 6275 9.5.4: an error may have no authenticator.
        if opts and opts[-1][0] == BAD or status < 128:
            kbm, careof = self.kbm[seq]
            if not authenticator(m, opts, kbm, careof, self.peer):
                raise Wrong(f"acknowledgement {seq}: a wrong authenticator")
            for kind, _, value in opts:
                if kind == TOKEN:
                    self.permanent = self.key.decrypt(value,
                                                      padding.PKCS1v15())
                    if len(self.permanent) != 8:
                        raise Wrong("a token that has not 8 octets")
                    row += " token"
                elif kind == TEST:
                    self.careof.setdefault(careof, []).append(value)
                    row += " test"
        return row

    def message(self, p):
        """The row of a packet, or None."""
        src, dst = p[8:24], p[24:40]
        chain, hao, rh2, m = walk(p)
        if chain[-1] == IP6:
            return self.message(m)
        if chain[-1] != MH:
            return None
        m = m[:(m[1] + 1) * 8]
        if m[2] == HOT and (src, rh2 or dst) == (self.peer, self.home):
            self.tested[int.from_bytes(m[6:8], "big")] = m[16:24]
        elif m[2] == COT and src == self.peer:
            self.careof.setdefault(dst, []).append(m[16:24])
        elif m[2] == BU and (hao or src, dst) == (self.home, self.peer):
            alternate = [o[2] for o in options(m, 12) if o[0] == 3]
            return self.update(m, alternate[0] if alternate else src)
        elif m[2] == BA and (src, rh2 or dst) == (self.peer, self.home):
            return self.answer(m)
        return None


def main():
    name, peer, home, params, key = sys.argv[1:6]
    with open(params, "rb") as f:
        params = f.read()
    with open(key, "rb") as f:
        key = serialization.load_pem_private_key(f.read(), None)
    spki = key.public_key().public_bytes(
        serialization.Encoding.DER,
        serialization.PublicFormat.SubjectPublicKeyInfo)
    judge = Judge(ipaddress.IPv6Address(peer).packed,
                  ipaddress.IPv6Address(home).packed, params, key)
    if params[25:25 + len(spki)] != spki:
        raise Wrong("the parameters are of another key")
    check_cga(params, judge.home)
    begin, last, n = None, None, 0
    for when, p in captured(name):
        if len(p) < 40 or p[0] >> 4 != 6:
            continue
        row = judge.message(p)
        # Each is captured on each interface that it passes.
        if row is None or row == last:
            continue
        begin, last, n = begin or when, row, n + 1
        print("%9.4f %s" % (when - begin, row))
    if n == 0:
        raise Wrong("nothing was registered")


if __name__ == "__main__":
    try:
        main()
    except Wrong as e:
        sys.exit(f"ero_judge: {e}")
    except InvalidSignature:
        sys.exit("ero_judge: a signature is wrong")
