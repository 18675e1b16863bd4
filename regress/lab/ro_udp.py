#!/usr/bin/python3
"""Datagrams there and back.

    ro_udp.py echo ADDRESS
    ro_udp.py ask ADDRESS SOURCE

The one that asks sends some that fit into a packet and some that do not, each
until it comes back as it went; exit status 0 if all did.
"""
import os
import socket
import sys

PORT, TRIES, SIZES = 5002, 30, (1, 500, 1200, 4000)


def udp(address, port):
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.bind((address, port))
    return s


def echo(address):
    s = udp(address, PORT)
    while True:
        data, who = s.recvfrom(65536)
        s.sendto(data, who)


def asked(s, address, data):
    for _ in range(TRIES):
        s.sendto(data, (address, PORT))
        try:
            while s.recv(65536) != data:
                pass
            return True
        except socket.timeout:
            continue
    return False


def ask(address, source):
    s = udp(source, 0)
    s.settimeout(1)
    sys.exit(not all(asked(s, address, os.urandom(n)) for n in SIZES))


{"echo": echo, "ask": ask}[sys.argv[1]](*sys.argv[2:])
