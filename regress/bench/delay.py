#!/usr/bin/python3
"""delay.py MS A B [A B ...]: a wire between two interfaces each, that long.

For kernels without sch_netem.  Frames keep what the kernel has still to do on
them (checksums, segments), as they come with a header that says so.
"""
import collections
import select
import socket
import sys
import time

PACKET_VNET_HDR, PACKET_IGNORE_OUTGOING, SOL_PACKET = 15, 23, 263
ETH_P_ALL = 3


def end(name):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    s.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    s.bind((name, ETH_P_ALL))
    s.setblocking(False)
    return s


def main():
    delay = float(sys.argv[1]) / 1000
    ends = [end(name) for name in sys.argv[2:]]
    # The next of an even one, the one before an odd one.
    other = {s: ends[i ^ 1] for i, s in enumerate(ends)}
    due = collections.deque()
    while True:
        pause = max(0, due[0][0] - time.monotonic()) if due else None
        for s in select.select(ends, [], [], pause)[0]:
            try:
                while True:
                    frame = s.recv(70000)
                    due.append((time.monotonic() + delay, other[s], frame))
            except OSError:
                pass
        while due and due[0][0] <= time.monotonic():
            _, out, frame = due.popleft()
            try:
                out.send(frame)
            except OSError:
                pass


main()
