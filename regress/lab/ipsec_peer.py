#!/usr/bin/env python3
"""Binding Updates and Acknowledgements of a peer that is no more than a kernel
with Mobile IPv6: what goes around them, ESP among it, is that kernel's.

usage: ipsec_peer.py node HOME AGENT CARE-OF
       ipsec_peer.py agent HOME AGENT PROGRAM

The node sends updates, a second apart and each with the next number, or with
one more than the agent says it had, until one is acknowledged with status 0.
The agent has PROGRAM CARE-OF make the way there when an update comes from
another place than the last, and acknowledges.
"""
import ipaddress
import socket
import struct
import subprocess
import sys

from ipsec_packet import MH, update

UPDATE, ACKNOWLEDGEMENT, ALTERNATE_COA, TRIES = 5, 6, 3, 60
ACCEPTED, OUT_OF_WINDOW = 0, 135


def mh_socket(address):
    s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, MH)
    s.bind((address, 0))
    return s


def node(home, agent, careof):
    s, n = mh_socket(home), 0
    s.settimeout(1)
    for _ in range(TRIES):
        n += 1
        s.sendto(update(*(ipaddress.IPv6Address(a).packed
                          for a in (home, agent, careof)), n), (agent, 0))
        try:
            mh = s.recv(2048)
        except socket.timeout:
            continue
        print(mh.hex())
        if mh[2] == ACKNOWLEDGEMENT and mh[6] == ACCEPTED:
            return 0
        if mh[2] == ACKNOWLEDGEMENT and mh[6] == OUT_OF_WINDOW:
            n = struct.unpack_from("!H", mh, 8)[0]
    return 1


def alternate(mh):
    """The address in the update's option, or None."""
    at = 12
    while at + 2 <= len(mh):
        if mh[at] == 0:
            at += 1
            continue
        if mh[at] == ALTERNATE_COA:
            return str(ipaddress.IPv6Address(mh[at + 2:at + 18]))
        at += 2 + mh[at + 1]
    return None


def agent(home, address, program):
    s, last = mh_socket(address), None
    print("ready", flush=True)
    while True:
        mh, peer = s.recvfrom(2048)
        careof = alternate(mh)
        if mh[2] != UPDATE or peer[0] != home or careof is None:
            continue
        if careof != last:
            subprocess.run(["sh", program, careof], check=True)
            last = careof
        seq, _, lifetime = struct.unpack_from("!HHH", mh, 6)
        # The kernel puts the checksum in.
        s.sendto(struct.pack("!BBBBHBBHHBBxx", 59, 1, ACKNOWLEDGEMENT, 0, 0, 0,
                             0, seq, lifetime, 1, 2), (home, 0))
        print(careof, seq, flush=True)


sys.exit({"node": node, "agent": agent}[sys.argv[1]](*sys.argv[2:]))
