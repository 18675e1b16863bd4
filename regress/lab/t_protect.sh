#!/usr/bin/env atf-sh
# What of the Mobility Headers that arrive at a home agent comes out of a
# socket with a policy of its own that requires ESP (RFC 4877 section 4.2):
# the engine takes what that socket gives it for protected.

. "$(atf_get_srcdir)/lib.sh"

PY=/usr/bin/python3
HA=2001:db8:99::1 NODE=2001:db8:99::10 OTHER=2001:db8:99::20
COA=2001:db8:aa::10 OUT=2001:db8:aa::1

# On the home agent: a raw socket that requires ESP in transport mode, another
# that does not; both print what they get.  A tun, through which comes what
# the shim has rewritten.
cat_listen()
{
	cat <<-'PYTHON'
	import fcntl, os, select, socket, struct, sys
	tun = os.open("/dev/net/tun", os.O_RDWR)
	fcntl.ioctl(tun, 0x400454ca, struct.pack("16sH22x", b"shim", 0x1001))
	os.system("ip link set shim up")
	require = socket.socket(socket.AF_INET6, socket.SOCK_RAW, 135)
	# sadb_x_policy: in, IPsec; one request: ESP, transport, require.
	policy = struct.pack("=HHHBBII", 4, 18, 2, 1, 0, 0, 0) + \
	    struct.pack("=HHBBHIxxxx", 16, 50, 1, 2, 0, 0)
	require.setsockopt(socket.IPPROTO_IPV6, 34, policy)
	any = socket.socket(socket.AF_INET6, socket.SOCK_RAW, 135)
	os.mkfifo(sys.argv[1])
	inject = os.open(sys.argv[1], os.O_RDWR)
	names = {require: "require", any: "any"}
	print("listening", flush=True)
	while True:
	    for s in select.select([require, any, inject], [], [])[0]:
	        if s is inject:
	            os.write(tun, bytes.fromhex(os.read(s, 4096).decode()))
	            continue
	        data, source = s.recvfrom(2048)
	        print(names[s], source[0], data[24:].rstrip(b"\0").decode(),
	            flush=True)
	PYTHON
}

# send.py HOW SOURCE DESTINATION MARK: a Binding Update with that mark as
# data.  plain: from the socket of the source; hex: printed as a packet.
cat_send()
{
	cat <<-'PYTHON'
	import socket, struct, sys
	how, src, dst, mark = sys.argv[1:5]
	n6 = lambda a: socket.inet_pton(socket.AF_INET6, a)
	mh = struct.pack("!BBBBHHHH", 59, 3, 5, 0, 0, 1, 0xc000, 100) + \
	    struct.pack("!BB", 1, 10) + bytes(10) + mark.encode().ljust(8, b"\0")
	def cksum(mh):
	    p = n6(src) + n6(dst) + struct.pack("!II", len(mh), 135) + mh
	    s = sum(struct.unpack("!%dH" % (len(p) // 2), p))
	    while s > 0xffff:
	        s = (s & 0xffff) + (s >> 16)
	    return ~s & 0xffff
	mh = mh[:4] + struct.pack("!H", cksum(mh)) + mh[6:]
	if how == "hex":
	    print((struct.pack("!IHBB", 6 << 28, len(mh), 135, 64) + n6(src) +
	        n6(dst) + mh).hex(), end="")
	    sys.exit()
	s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, 135)
	s.bind((src, 0))
	s.sendto(mh, (dst, 0))
	PYTHON
}

# sa NS SOURCE SPI REQID: an association of that source to the home agent,
# bound to it by its selector; the keys differ by SPI.
sa()
{
	lab_ns box "$1" "ip xfrm state add src $2 dst $HA proto esp spi $3 \
	    reqid $4 mode transport replay-window 32 \
	    enc 'cbc(aes)' 0x000102030405060708090a0b0c0d${3#0x} \
	    auth-trunc 'hmac(sha256)' \
	    0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d${3#0x} \
	    128 sel src $2/128 dst $HA/128"
}

# policies NS DIR REQID SOURCE: the untyped entry of that node.
policy()
{
	lab_ns box "$1" "ip xfrm policy add src $4/128 dst $HA/128 proto 135 \
	    dir $2 priority 1000 tmpl proto esp reqid $3 mode transport"
}

up()
{
	lab_require
	[ -x $PY ] || atf_skip "$PY is not there"
	lab_up box || atf_fail "the guest did not boot"
	lab_modprobe box tun af_key xfrm_user esp6 authenc cbc aes_generic \
	    sha256_generic hmac || atf_fail "modules"
	lab_netns box ha mn && lab_veth box ha e0 mn e1 || atf_fail "veth"
	lab_ns box ha "ip addr add $OUT/64 dev e0 nodad &&
	    ip addr add $HA/128 dev lo nodad &&
	    ip route add $NODE/128 via $COA &&
	    ip route add $OTHER/128 via $COA" || atf_fail "home agent"
	lab_ns box mn "ip addr add $COA/64 dev e1 nodad &&
	    ip addr add $NODE/128 dev lo nodad &&
	    ip addr add $OTHER/128 dev lo nodad &&
	    ip route add $HA/128 via $OUT" || atf_fail "mobile node"
	cat_listen >"$LAB_DIR/listen.py"
	cat_send >"$LAB_DIR/send.py"
	lab_start box listen "ip netns exec ha $PY $LAB_DIR/listen.py /tmp/in"
	lab_try -t 30 box "grep -q listening $LAB_DIR/box/listen.log" ||
	    atf_fail "no sockets: $(cat "$LAB_DIR/box/listen.log")"
}

# send SOURCE MARK: over the wire; shim SOURCE MARK: through the tun.
send()
{
	lab_ns box mn "$PY $LAB_DIR/send.py wire $1 $HA $2" ||
	    atf_fail "send $2"
}

shim()
{
	lab_run box "$PY $LAB_DIR/send.py hex $1 $HA $2 >/tmp/in" ||
	    atf_fail "shim $2"
}

# A last one that surely arrives ends the wait for those that do not.
got()
{
	send $COA "z.$1"
	lab_try -t 10 box "grep -q 'any $COA z.$1' \
	    $LAB_DIR/box/listen.log" || atf_fail "nothing arrives"
	grep "$1" "$LAB_DIR/box/listen.log" | grep -v z. >"got.$1"
	cat "got.$1"
}

atf_test_case required
required_head()
{
	atf_set descr "only what was protected comes out of that socket"
	atf_set timeout 600
}
required_body()
{
	up
	# Without any entry both would hear it: the socket's own is what tells.
	send $NODE bare
	got bare
	grep -q "^any" got.bare || atf_fail "the test sends nothing"
	! grep -q "^require" got.bare || atf_fail "unprotected: bare"
	policy ha in 100 $NODE
	policy ha in 102 $OTHER
	sa ha $NODE 0x1001 100
	sa ha $OTHER 0x1003 102

	# In the clear, with its home address as source and by way of the shim.
	send $NODE clear
	shim $NODE rewrt
	got clear
	got rewrt
	[ ! -s got.clear ] && [ ! -s got.rewrt ] ||
	    atf_fail "unprotected messages arrive"

	# Protected.
	policy mn out 100 $NODE
	sa mn $NODE 0x1001 100
	send $NODE good
	got good
	grep -q "^require $NODE" got.good || atf_fail "protected: not heard"

	# With the source of one and the association of the other.
	lab_ns box mn "ip xfrm state flush"
	lab_ns box mn "ip xfrm state add src $NODE dst $HA proto esp \
	    spi 0x1003 reqid 100 mode transport replay-window 32 \
	    enc 'cbc(aes)' 0x000102030405060708090a0b0c0d1003 \
	    auth-trunc 'hmac(sha256)' \
	    0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1003 \
	    128" || atf_fail "association of the other"
	send $NODE stolen
	got stolen
	lab_ns box ha "cat /proc/net/xfrm_stat" | grep -v "	0$"
	[ ! -s got.stolen ] || atf_fail "another's association is taken"

	# The same where associations are not bound to a source.
	lab_ns box ha "ip xfrm state flush" &&
	lab_ns box ha "ip xfrm state add src $OTHER dst $HA proto esp \
	    spi 0x1003 reqid 102 mode transport replay-window 32 \
	    enc 'cbc(aes)' 0x000102030405060708090a0b0c0d1003 \
	    auth-trunc 'hmac(sha256)' \
	    0x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1003 \
	    128" || atf_fail "association without a selector"
	send $NODE unbnd
	got unbnd
	# Here the socket's policy stands in for the database: who takes the
	# message must know whose the SPI is.
	! grep -q "^any" got.unbnd || atf_fail "the database did not refuse"
}

atf_init_test_cases()
{
	atf_add_test_case required
}
