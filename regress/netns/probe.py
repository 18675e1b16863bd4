#!/usr/bin/python3
"""A stream of numbered datagrams that are sent back, and what is lost of it.

probe.py echo ADDRESS PORT
	sends back whatever comes
probe.py send SOURCE DESTINATION PORT MILLISECONDS
	sends one each so many milliseconds and answers commands, lines on
	standard input:
	mark		what counts begins here
	pause, go	send none, or again
	answered N T	"ok" when N more have been answered, "no" after T seconds
	report T	when RUN in a row have been answered: "LOST LONGEST", of
			those sent since the mark how many were not answered and
			the longest outage, from the first one lost to the next
			one that was answered, in milliseconds; "never LOST 0"
			after T seconds
"""
import os
import select
import socket
import struct
import sys
import time

RUN = 20
PORT_BUFFER = 1 << 20


def echo(addr, port):
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PORT_BUFFER)
    s.bind((addr, port))
    while True:
        data, peer = s.recvfrom(64)
        try:
            s.sendto(data, peer)
        except OSError:
            pass


class Stream:
    def __init__(self, source, destination, port, interval):
        self.s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self.s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PORT_BUFFER)
        self.s.bind((source, 0))
        self.s.setblocking(False)
        self.to = (destination, port)
        self.interval = interval
        self.sent, self.got = [], bytearray()
        self.marked, self.answers = 0, 0
        self.paused = False
        self.wait = None

    def send(self):
        try:
            self.s.sendto(struct.pack("!I", len(self.sent)), self.to)
        except OSError:
            pass    # as good as lost
        self.sent.append(time.monotonic())
        self.got.append(0)

    def receive(self):
        while True:
            try:
                data = self.s.recv(64)
            except BlockingIOError:
                return
            except OSError:
                continue    # an ICMPv6 error about one of them
            n = struct.unpack("!I", data[:4])[0]
            if n < len(self.got) and not self.got[n]:
                self.got[n] = 1
                self.answers += 1

    def outage(self, end):
        """Number lost since the mark, and the longest outage in ms."""
        lost, longest, first = 0, 0.0, None
        for n in range(self.marked, end):
            if not self.got[n]:
                lost += 1
                if first is None:
                    first = n
            elif first is not None:
                longest = max(longest, self.sent[n] - self.sent[first])
                first = None
        if first is not None:
            longest = max(longest, self.sent[end] - self.sent[first])
        return lost, longest * 1000

    def run_since(self, n):
        """Where RUN in a row begin that were sent from number n on."""
        found = self.got.find(b"\1" * RUN, n)
        return None if found == -1 else found

    def command(self, line):
        word, *args = line.split()
        if word == "mark":
            self.marked = len(self.sent)
        elif word in ("pause", "go"):
            self.paused = word == "pause"
        elif word == "answered":
            self.wait = ("answered", self.answers + int(args[0]),
                         time.monotonic() + float(args[1]))
        elif word == "report":
            self.wait = ("report", len(self.sent),
                         time.monotonic() + float(args[0]))

    def check(self):
        if self.wait is None:
            return
        what, n, until = self.wait
        if what == "answered":
            text = "ok" if self.answers >= n else None
            late = "no"
        else:
            end = self.run_since(n)
            text = None
            if end is not None:
                text = "%d %.0f" % self.outage(end)
            late = "never %d 0" % (len(self.got) - self.marked -
                                   sum(self.got[self.marked:]))
        if text is None and time.monotonic() > until:
            text = late
        if text is not None:
            self.wait = None
            print(text, flush=True)

    def run(self):
        due, buf = time.monotonic(), b""
        while True:
            now = time.monotonic()
            if now >= due:
                if not self.paused:
                    self.send()
                due = max(due + self.interval, now - 10 * self.interval)
            ready = select.select([self.s, 0], [], [],
                                  max(0, due - time.monotonic()))[0]
            if self.s in ready:
                self.receive()
            if 0 in ready:
                data = os.read(0, 4096)
                if not data:
                    return
                *lines, buf = (buf + data).split(b"\n")
                for line in lines:
                    self.command(line.decode())
            self.check()


if sys.argv[1] == "echo":
    echo(sys.argv[2], int(sys.argv[3]))
else:
    Stream(sys.argv[2], sys.argv[3], int(sys.argv[4]),
           float(sys.argv[5]) / 1000).run()
