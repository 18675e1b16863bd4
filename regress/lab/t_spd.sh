#!/usr/bin/env atf-sh
# The daemon in a guest whose kernel has PF_KEY, no Landlock and no nf_tables
# for IPv6: what it shows of the IPsec databases, and that this kernel's
# Parameter Problems stay in all the same.

. "$(atf_get_srcdir)/lib.sh"

PY=/usr/bin/python3
A=2001:db8:aa::1 B=2001:db8:aa::2 HOME_ADDRESS=2001:db8:99::1
KEY1=6b657931aabbccdd6b657931aabbccdd
KEY2=6b657932112233446b657932112233446b657932

# up MODULE...: a guest box with the daemon's configuration, and its peer.
up()
{
	lab_require
	[ -x $PY ] || atf_skip "$PY is not there"
	lab_up box:core peer:core || atf_fail "the guests did not boot"
	cat >"$LAB_DIR/cn.conf" <<-CONF
	user "nobody"; chroot "/var/empty"; log stderr
	state-directory "/tmp/state"
	control socket "/tmp/mip6d.sock"
	correspondent {
	}
	CONF
	lab_modprobe box tun "$@" || atf_fail "modules"
	lab_run box "ip link set core up && ip addr add $A/64 dev core nodad &&
	    sysctl -qw net.ipv6.conf.all.accept_source_route=-1 \
	    net.ipv6.conf.core.accept_source_route=-1" || atf_fail "address"
	lab_run peer "ip link set core up &&
	    ip addr add $B/64 dev core nodad" || atf_fail "address of the peer"
}

daemon()
{
	lab_start box mip6d "$LAB_SOURCE/mip6d/mip6d -d -f $LAB_DIR/cn.conf" ||
	    atf_fail "mip6d"
	lab_try -t 30 box "grep -q 'mip6d: up' $LAB_DIR/box/mip6d.log" ||
	    atf_fail "mip6d does not come up: $(cat "$LAB_DIR/box/mip6d.log")"
}

ctl()
{
	lab_run box "$LAB_SOURCE/mip6ctl/mip6ctl -s /tmp/mip6d.sock $*"
}

# patient FILE ARGUMENT...: the same into that file, again if the parent was too
# busy to answer, as it is where several guests share a processor
patient()
{
	_file=$1 _end=$(($(date +%s) + 400))
	shift
	until ctl "$@" >"$_file"; do
		[ "$(date +%s)" -lt $_end ] || return 1
		sleep 2
	done
}

# ------------------------------------------------------------ the databases

atf_test_case databases
databases_head()
{
	atf_set descr "show spd, show sad: complete, without keys, in pages"
	atf_set timeout 1600
}

# What the kernel is given: by another hand than the one that reads it.
fill()
{
	{
		echo "policy add src $A/128 dst $B/128 proto 135 type 5 dir out" \
		    "priority 10 tmpl proto esp reqid 5 mode transport"
		echo "policy add src $B/128 dst $A/128 proto 135 type 6 dir in" \
		    "priority 10 tmpl proto esp reqid 6 mode transport"
		echo "policy add src ::/0 dst $HOME_ADDRESS/128 dir fwd" \
		    "tmpl src $B dst $A proto esp reqid 7 mode tunnel"
		echo "policy add src 192.0.2.0/24 dst 198.51.100.7/32" \
		    "proto udp dport 53 dir out action block"
		echo "state add src $A dst $B proto esp spi 0x1001 reqid 5" \
		    "mode transport replay-window 32" \
		    "enc cbc(aes) 0x$KEY1 auth-trunc hmac(sha1) 0x$KEY2 96"
		echo "state add src $B dst $A proto esp spi 0x1002 reqid 7" \
		    "mode tunnel replay-window 32" \
		    "enc cbc(aes) 0x$KEY1 auth-trunc hmac(sha1) 0x$KEY2 96"
	} >"$LAB_DIR/xfrm"
	lab_run box "sed 's/^/xfrm /' $LAB_DIR/xfrm | ip -batch -" ||
	    atf_fail "ip xfrm"
}

# A policy of one socket alone, as key management daemons have them for
# themselves; the kernel's dump has it too.
cat_socket_policy()
{
	cat <<-'PYTHON'
	import socket, struct, time
	s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
	selector = struct.pack("=16s16sHHHHHBBBxxxiI", b"", b"", 0, 0, 0, 0,
	    socket.AF_INET6, 0, 0, 0, 0, 0)
	limits = struct.pack("=8Q", *([2 ** 64 - 1] * 4 + [0] * 4))
	policy = selector + limits + bytes(32) + struct.pack("=IIBBBBxxxx",
	    0, 0, 1, 0, 0, 0)
	s.setsockopt(socket.IPPROTO_IPV6, 35, policy)
	print("set", flush=True)
	time.sleep(1000)
	PYTHON
}

cat_judge()
{
	cat <<-'PYTHON'
	import json, sys
	a, b, home = sys.argv[1:4]
	spd, sad = (json.load(open(f)) for f in ("spd.json", "sad.json"))
	assert spd["status"] == sad["status"] == "ok", (spd, sad)
	p, s = spd["rows"], sad["rows"]
	assert all(r["table"] == "policy" for r in p)
	assert all(r["table"] == "sa" for r in s)

	def one(rows, **want):
	    found = [r for r in rows if all(r[k] == v
	        for k, v in want.items())]
	    assert len(found) == 1, (want, found, rows)
	    return found[0]

	r = one(p, direction="out", protocol="mh")
	assert (r["source"], r["destination"]) == (a + "/128", b + "/128"), r
	assert r["type"] == 5 and r["action"] == "ipsec", r
	assert r["requests"].startswith("esp/transport/"), r
	r = one(p, direction="in", protocol="mh")
	assert r["type"] == 6 and r["source"] == b + "/128", r
	r = one(p, direction="fwd")
	assert r["source"] == "::/0" and r["destination"] == home + "/128", r
	assert r["requests"] == "esp/tunnel/%s-%s/unique:7" % (b, a), r
	assert r["protocol"] == "any", r
	r = one(p, source="192.0.2.0/24")
	assert r["destination"] == "198.51.100.7/32", r
	assert r["protocol"] == "udp" and r["destination_port"] == 53, r
	assert r["action"] == "discard" and r["requests"] == "", r
	one(p, direction="socket-out")
	assert len({r["id"] for r in p}) == len(p) == 5, p

	r = one(s, spi="0x00001001")
	assert (r["source"], r["destination"]) == (a, b), r
	assert r["protocol"] == "esp" and r["mode"] == "transport", r
	assert r["encryption"] == "aes-cbc/128", r
	assert r["authentication"] == "hmac-sha1/160", r
	assert r["reqid"] == 5 and r["state"] == "mature", r
	assert r["replay"] == 32 and r["packets"] == 0, r
	r = one(s, spi="0x00001002")
	assert (r["source"], r["destination"], r["mode"]) == (b, a,
	    "tunnel"), r
	assert len(s) == 2, s
	PYTHON
}

databases_body()
{
	up esp6 authenc cbc aes_generic sha1_generic hmac
	# A kernel that can't have PF_KEY says so, and what to do about it.
	lab_run box "cp /mnt/modprobe /mnt/modprobe.old &&
	    sed 's/^case .*/&\n*af_key*|*net-pf-15*) exit 1 ;;/' \
	    /mnt/modprobe.old >/mnt/modprobe"
	daemon
	for db in spd sad; do
		ctl -j show $db >none
		[ $? -eq 4 ] || atf_fail "show $db without PF_KEY: $(cat none)"
		atf_check -o match:"this kernel has no PF_KEY: load af_key" \
		    cat none
	done
	lab_run box "cp /mnt/modprobe.old /mnt/modprobe"
	lab_modprobe box af_key || atf_fail "af_key"

	# Empty is no error.
	for db in spd sad; do
		ctl -j show $db >empty || atf_fail "show $db: $(cat empty)"
		atf_check -o match:'"rows":\[\]' -o match:'"status":"ok"' \
		    cat empty
	done

	fill
	cat_socket_policy >"$LAB_DIR/holder.py"
	lab_start box holder "$PY $LAB_DIR/holder.py"
	lab_try -t 30 box "grep -q set $LAB_DIR/box/holder.log" ||
	    atf_fail "policy of a socket: $(cat "$LAB_DIR/box/holder.log")"
	cat_judge >judge.py
	for db in spd sad; do
		ctl -j show $db >$db.json || atf_fail "-j show $db"
		ctl show $db >$db.text || atf_fail "show $db"
		ctl -n show $db >$db.raw || atf_fail "-n show $db"
		cat $db.text
		[ "$(awk '{ if (length > n) n = length } END { print n }' \
		    $db.text)" -le 80 ] || atf_fail "show $db is too wide"
	done
	$PY judge.py $A $B $HOME_ADDRESS || atf_fail "rows"
	grep -q "0x00001001" sad.text || atf_fail "no SPI in the text"
	grep -q "$HOME_ADDRESS/128" spd.text || atf_fail "no policy in the text"

	# Both keys are in the kernel and nowhere else.
	lab_run box "ip xfrm state" >kernel
	grep -q $KEY1 kernel && grep -q $KEY2 kernel || atf_fail "no keys"
	cat spd.* sad.* "$LAB_DIR/box/mip6d.log" | tr -d ' \n:' |
	    tr 'A-F' 'a-f' >shown
	for k in $KEY1 $KEY2 6b657931 6b657932; do
		! grep -q $k shown || atf_fail "a key is shown"
	done
	! grep -aq -e "key1" -e "key2" shown || atf_fail "a key is shown"

	# Thousands: in pages, each once, by several askers at a time.
	awk -v b=$B 'BEGIN { for (i = 1; i <= 3000; i++) printf "policy add " \
	    "src 2001:db8:1::%x/128 dst %s/128 dir out priority %d tmpl " \
	    "proto esp reqid 9 mode transport\n", i, b, 1000 + i }' \
	    >"$LAB_DIR/many"
	lab_run box "sed 's/^/xfrm /' $LAB_DIR/many | ip -batch -" ||
	    atf_fail "many policies"
	askers=
	for i in 1 2 3; do
		patient many.$i -j show spd 2>many.$i.err &
		askers="$askers $!"
	done
	for i in $askers; do
		wait $i || atf_fail "an asker: $(sort -u many.*.err | tail -n 1)"
	done
	patient alive show processes || atf_fail "the parent is gone"
	for i in 1 2 3; do
		$PY -c '
import json, sys
r = json.load(open(sys.argv[1]))["rows"]
assert len(r) == 3005, len(r)
assert {x["priority"] for x in r} >= set(range(1001, 4001))' many.$i ||
		    atf_fail "pages of asker $i"
	done
	# The socket is closed when nobody waits.
	lab_run box "wc -l </proc/net/pfkey" >sockets
	[ "$(cat sockets)" -eq 1 ] || atf_fail "a PF_KEY socket stays open"
	lab_stop box mip6d || atf_fail "mip6d ends with $?"
}

# -------------------------------------------------------- Parameter Problems

# Destination options with a Home Address option behind an option that this
# kernel does not know and answers (RFC 8200 section 4.2: highest bits 10);
# one with a Home Address option alone; a type 2 routing header.
cat_packets()
{
	cat <<-'PYTHON'
	import socket, struct, sys
	src, dst, home, mark = sys.argv[1:5]
	raw = socket.socket(socket.AF_INET6, socket.SOCK_RAW, 255)
	n6 = lambda a: socket.inet_pton(socket.AF_INET6, a)
	hao = b"\xc9\x10" + n6(home)
	def send(header, proto):
	    body = header + mark.encode()
	    raw.sendto(struct.pack("!IHBB", 6 << 28, len(body), proto, 64) +
	        n6(src) + n6(dst) + body, (dst, 0))
	send(b"\x3b\x02\x9e\x00\x01\x00" + hao, 60)
	send(b"\x3b\x02\x01\x02\x00\x00" + hao, 60)
	send(b"\x3b\x02\x02\x01\0\0\0\0" + n6(home), 43)
	PYTHON
}

# send MARK: the packets, then wait until the net was quiet for a while.
send()
{
	cat_packets >"$LAB_DIR/packets.py"
	lab_run peer "$PY $LAB_DIR/packets.py $B $A $HOME_ADDRESS $1" ||
	    atf_fail "send"
	lab_run peer "ping -c 2 -i 1 $A" >/dev/null || atf_fail "ping"
}

# count FILTER: packets of the box on the net that fit.  The first address is
# the outer one, the others are of packets that are quoted.
count()
{
	tshark -r "$LAB_DIR/core.pcap" -Y "$1" -T fields -e ipv6.src \
	    2>/dev/null | grep -Ec "^$A(,|\$)"
}

# answered FIELDS OPTIONS: so many Parameter Problems of these codes until now
answered()
{
	[ "$(count "icmpv6.type == 4 && icmpv6.code == 0")" -eq "$1" ] &&
	    [ "$(count "icmpv6.type == 4 && icmpv6.code == 2")" -eq "$2" ]
}

# suppressed WHERE: Parameter Problems without the daemon, with it only that
# about the option in front, which is not its business, and again when it has
# ended.
suppressed()
{
	command -v tshark >/dev/null || atf_skip "tshark is not installed"
	send before
	answered 1 1 ||
	    atf_fail "this kernel is silent by itself: the test shows nothing"
	daemon
	# A guest that is busy may need some attempts, half a minute apart.
	lab_try -t 500 box "$LAB_SOURCE/mip6ctl/mip6ctl -s /tmp/mip6d.sock \
	    show globals | grep 'suppressed by.*ip6tables'" ||
	    atf_fail "not suppressed: $(ctl show globals)"
	lab_run box "ip6tables-legacy -t $1 -S MIP6D-OUT" >rules ||
	    atf_fail "no chain in $1"
	send during
	lab_run box "ip6tables-legacy -t $1 -nvL MIP6D-OUT"
	# Nobody tells when somebody takes the rules away: it is looked at.
	lab_run box "ip6tables-legacy -t $1 -F MIP6D-OUT"
	lab_run -t 240 box "until [ \"\$(ip6tables-legacy -t $1 -S MIP6D-OUT)\" = \
	    '$(cat rules)' ]; do sleep 0.2; done" ||
	    atf_fail "the rules are not put back"
	answered 1 2 || atf_fail "the kernel answered what is the shim's"
	# They did arrive: RFC 6275 section 9.3.1, Binding Error 1.
	[ "$(count "mip6.mhtype == 7 && mip6.be.status == 1")" -ge 1 ] ||
	    atf_fail "no Binding Error"
	lab_stop box mip6d || atf_fail "mip6d ends with $?"
	! lab_run box "ip6tables-legacy -t $1 -S | grep MIP6D" ||
	    atf_fail "rules are left"
	send after
	answered 2 3 || atf_fail "the kernel is silent now: rules are left"
}

atf_test_case parameter_problems
parameter_problems_head()
{
	atf_set descr "suppressed by ip6tables in the filter table"
	atf_set timeout 1200
}
parameter_problems_body()
{
	up
	suppressed filter
}

atf_test_case raw_table
raw_table_head()
{
	atf_set descr "suppressed by ip6tables where there is but the raw table"
	atf_set timeout 1200
}
raw_table_body()
{
	up
	lab_run box "cp /mnt/modprobe /mnt/modprobe.old &&
	    sed 's/^case .*/&\n*ip6table_filter*|*ip6table_mangle*) exit 1 ;;/' \
	    /mnt/modprobe.old >/mnt/modprobe"
	suppressed raw
}

atf_init_test_cases()
{
	atf_add_test_case databases
	atf_add_test_case parameter_problems
	atf_add_test_case raw_table
}
