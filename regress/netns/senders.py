#!/usr/bin/python3
"""senders.py FIRST COUNT TO SECONDS: a datagram from each of COUNT addresses,
FIRST and those behind it, to what echoes at TO (bench/stream.py), every so many
seconds until killed.
"""
import ipaddress
import socket
import sys
import time

PORT = 5003
first = ipaddress.IPv6Address(sys.argv[1])
count, to, pause = int(sys.argv[2]), sys.argv[3], float(sys.argv[4])
sockets = []
for i in range(count):
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.bind((str(first + i), 0))
    sockets.append(s)
due = time.monotonic()
while True:
    for s in sockets:
        due += pause / count
        if (wait := due - time.monotonic()) > 0:
            time.sleep(wait)
        try:
            s.sendto(b"0", (to, PORT))
        except OSError:
            pass
