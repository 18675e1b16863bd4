#!/usr/bin/env atf-sh
# mip6ctl: its JSON as a JSON parser sees it, its exit codes.

atf_test_case json
json_head()
{
	atf_set require.progs "python3"
}
json_body()
{
	"$(atf_get_srcdir)/t_output.test" -s "$(atf_get_srcdir)" \
	    -r result json_files || atf_fail "json_files did not run"
	cat > judge.py <<'EOF'
import json

def once(pairs):
    assert len(set(k for k, _ in pairs)) == len(pairs), pairs
    return dict(pairs)

def load(name):
    raw = open(name, "rb").read()
    return json.loads(raw.decode("utf-8"), object_pairs_hook=once)

d = load("empty.json")
assert d == {"verb": "show bindings", "rows": [], "status": "ok",
    "text": ""}, d
d = load("error.json")
assert d["status"] == "error"
assert d["text"][:127] == "".join(map(chr, range(1, 128)))
assert set(d["text"][127:]) == {"\ufffd"}
d = load("full.json")
assert len(d["rows"]) == 3 and d["text"] == "done"
b, all, k = d["rows"]
assert b["table"] == "binding" and b["home"] == "2001:db8::1"
assert b["identifier"] == "a\"b\\c\n\t\x01\x7f", b["identifier"]
assert b["lifetime_ms"] == 420000
assert all["identifier"][:127] == "".join(map(chr, range(1, 128)))
assert k["big"] == 2 ** 64 - 1 and k["negative"] == -2 ** 63
assert k["yes"] is True and k["no"] is False and k["ms"] == -1
assert k["wall"] == 1700000000
assert k["utf8"] == "\u00e9\u20ac\U0001f600"
assert set(k["notutf8"]) == {"\ufffd"}
assert k["twice"] == "first" and k["table"] == "kinds"
assert k["quote\"in\\name"] == "x"
EOF
	atf_check python3 judge.py
}

ctl="$(atf_get_srcdir)/../../mip6ctl/mip6ctl.san"

# A daemon of one answer, given in hex; it says nothing if that is empty.
one_answer()
{
	cat > daemon.py <<'EOF'
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind("sock")
s.listen(1)
open("ready", "w").close()
c, _ = s.accept()
c.recv(4096)
c.sendall(bytes.fromhex(sys.argv[1]))
c.close()
EOF
}

daemon()
{
	rm -f sock ready
	python3 daemon.py "$1" &
	while [ ! -e ready ]; do sleep 0.05; done
}

# exit code, answer, arguments...
exits()
{
	want=$1 answer=$2
	shift 2
	daemon "$answer"
	atf_check -s "exit:$want" -o save:out -e save:err "$ctl" -s sock "$@"
	wait
}

atf_test_case exit_codes
exit_codes_head()
{
	atf_set require.progs "python3"
}
exit_codes_body()
{
	one_answer
	# usage
	atf_check -s exit:1 -e match:"^usage: mip6ctl" "$ctl"
	atf_check -s exit:1 -e match:"^usage: mip6ctl" "$ctl" -x status
	atf_check -o match:"^usage: mip6ctl" -o match:"^  show kernel  " \
	    "$ctl" help
	atf_check -s exit:1 -e match:'ambiguous "b": bindings, bul' \
	    "$ctl" show b
	atf_check -s exit:1 -e match:"usage: move ADDRESS" "$ctl" move
	# nobody there
	atf_check -s exit:2 -e match:"none: No such file" \
	    "$ctl" -s none status
	# END: length, version, type, zero, status, errno, text
	exits 0 "0000000d 01 03 0000 00 0000 0000" status
	exits 0 "0000000f 01 03 0000 00 0000 0002 6f6b" reload
	atf_check -o inline:"ok\n" cat out
	exits 1 "0000000d 01 03 0000 01 0016 0000" status
	exits 3 "0000000d 01 03 0000 02 0001 0000" status
	exits 4 "0000000d 01 03 0000 03 0000 0000" status
	exits 4 "0000000f 01 03 0000 04 0002 0002 1b63" status
	atf_check -o inline:'mip6ctl: \\033c\n' cat err
	# it goes away before or in the middle of an answer
	exits 2 "" status
	exits 2 "0000000d 01 03 0000 00" status
	# another version, other protocols, rows that are none
	exits 5 "0000000d 02 03 0000 00 0000 0000" status
	exits 5 "485454502f312e3120343030" status
	exits 5 "0000000d 01 03 0000 05 0000 0000" status
	exits 5 "0000000a 01 02 0000 ffff" status
	exits 5 "00010001 01 02 0000" -j status
	atf_check -o match:'"status":"protocol"' cat out
	atf_check -o ignore python3 -m json.tool out
}

# A daemon that is there and says nothing, or every now and then that it is
# still at work: only the first is given up.
atf_test_case silence
silence_head()
{
	atf_set require.progs "python3"
}
silence_body()
{
	cat > daemon.py <<'EOF'
import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind("sock")
s.listen(1)
open("ready", "w").close()
c, _ = s.accept()
c.recv(4096)
for i in range(int(sys.argv[1])):
    time.sleep(0.5)
    c.sendall(bytes.fromhex("00000008 01 02 0000"))
if int(sys.argv[1]) > 0:
    c.sendall(bytes.fromhex("0000000f 01 03 0000 00 0000 0002 6f6b"))
else:
    c.recv(1)
EOF
	exits 2 0 -j status
	atf_check -o inline:"mip6ctl: control does not answer (stopped or busy)
" cat err
	atf_check -o match:'"role":"control"' -o match:'"status":"error"' cat out
	atf_check -o ignore python3 -m json.tool out
	exits 0 6 reload
	atf_check -o inline:"ok\n" cat out
	# It does not even accept: its queue is full.
	rm -f sock ready
	cat > daemon.py <<'EOF'
import os, socket, time
s = socket.socket(socket.AF_UNIX)
s.bind("sock")
s.listen(0)
mine = []
for i in range(2):
    c = socket.socket(socket.AF_UNIX)
    c.setblocking(False)
    try:
        c.connect("sock")
    except OSError:
        pass
    mine.append(c)
open("ready", "w").close()
while not os.path.exists("done"):
    time.sleep(0.05)
EOF
	daemon
	atf_check -s exit:2 -e match:"does not answer|refused" "$ctl" -s sock \
	    status
	touch done
	wait
}

# Packets that scapy has built.
atf_test_case decode
decode_head()
{
	atf_set require.progs "/usr/bin/python3"
}
decode_body()
{
	/usr/bin/python3 -c 'import scapy' || atf_skip "scapy is not there"
	cat > make.py <<'EOF'
from scapy.all import *
bu = IPv6(src="2001:db8:2::1", dst="2001:db8:1::1") / \
    IPv6ExtHdrDestOpt(options=[HAO(hoa="2001:db8:1::10")]) / \
    MIP6MH_BU(seq=7, flags="AHL", mhtime=105)
bu = IPv6(bytes(bu))
eth = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
wrpcap("some.pcap", [eth / bu, eth / IP() / UDP()])
open("bu", "w").write(bytes(bu).hex())
open("mh", "w").write(bytes(bu)[40 + 24:].hex(":"))
EOF
	atf_check -e ignore /usr/bin/python3 make.py
	atf_check -o save:out "$ctl" decode some.pcap
	atf_check -o match:'^1 [0-9.]+ ip6 2001:db8:2::1 > 2001:db8:1::1' \
	    -o match:'home 2001:db8:1::10, mh type BU seq 7 flags AHL' \
	    -o match:'^2 [0-9.]+ not IPv6$' cat out
	atf_check -o match:'checksum: ok' -o match:'lifetime: 420s' \
	    "$ctl" decode "$(cat bu)"
	atf_check -o match:'^mh$' -o match:'type: Binding Update' \
	    "$ctl" decode "$(cat mh)"
	atf_check -o save:json "$ctl" -j decode some.pcap
	atf_check -o inline:"2 ok\n" python3 -c \
	    'import json; d = json.load(open("json"));
print(len(d["rows"]), d["status"])'
	# cut anywhere: refused with a reason, or what was whole is printed
	size=$(wc -c < some.pcap)
	n=0
	while [ $n -lt "$size" ]; do
		head -c $n some.pcap > cut.pcap
		"$ctl" decode cut.pcap > cut 2>&1
		case $? in
		0|1)	;;
		*)	cat cut; atf_fail "cut at $n" ;;
		esac
		n=$((n + 7))
	done
	atf_check -s exit:1 -e match:"neither a file nor hexadecimal" \
	    "$ctl" decode 3b0
	atf_check -s exit:1 -e match:"not a file" "$ctl" decode /
}

atf_init_test_cases()
{
	atf_add_test_case decode
	atf_add_test_case json
	atf_add_test_case exit_codes
	atf_add_test_case silence
}
