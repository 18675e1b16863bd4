#!/usr/bin/env atf-sh
# The network process of the real daemon: a home agent and a mobile node in
# namespaces, and packets that are not theirs.

. "$(atf_get_srcdir)/test.sh"

setup() {
	begin ip radvd ethtool ping
	pair_up virtual || atf_fail "no topology"
	ra_start 0.03 0.07
	mip6d_start ha "$NET_DIR/ha.conf" || atf_fail "no home agent"
}

# The mobile node too, registered from the first foreign link.
setup_mn() {
	setup
	mn_to foreign1
	mip6d_start mn "$NET_DIR/mn.conf" || atf_fail "no mobile node"
	wait_for 15 reachable ||
	    atf_fail "not reachable: $(cat "$NET_DIR/mn.log" "$NET_DIR/ha.log")"
	COA=$(field ha peer show tunnels)
}

packets() { _n=$1; shift; in_ns "$_n" $PY "$SRC/packets.py" "$@"; }

# expect_counter NS NAME VALUE: of the network process, it gets there
expect_counter() {
	wait_for 5 counts "$@" ||
	    atf_fail "$1: $2 is $(counter "$1" net "$2"), not $3"
}
counts() { [ "$(counter "$1" net "$2")" = "$3" ]; }

# receiver NS ADDRESS COUNT: of datagrams, into the file got; process $r
receiver() {
	packets "$1" udp-recv "$2" "$3" > got & r=$!
	wait_for 10 receives "$1" 7777 || atf_fail "nobody receives"
}

# sniffer NS IF: into the file seen, until an echo request; process $s
sniffer() {
	packets "$1" sniff "$2" > seen & s=$!
	wait_for 10 grep -q ready seen || atf_fail "nobody sniffs"
}

# transfer FROM-NS FROM-ADDR TO-NS TO-ADDR MB [dstopts]
transfer() {
	packets "$3" tcp-recv "$4" & _r=$!
	wait_for 10 listens "$3" 7778 || atf_fail "nobody listens"
	packets "$1" tcp-send "$2" "$4" "$5" $6 || atf_fail "transfer $1 to $3"
	wait $_r
}

offloads() {
	for _e in "ha wan" "ha home" "core toha" "core f1" "core tocn" \
	    "cn eth0" "mn wlan0" "sw core-f1" "sw mn-port" "sw ha-home"; do
		set -- "$1" $_e
		in_ns "$2" ethtool -K "$3" tx "$1" sg "$1" tso "$1" gso "$1" \
		    gro "$1" > /dev/null 2>&1
	done
}

define offloads_off "20 MB each way through the tunnel, offloads off" 120
offloads_off_body() {
	setup_mn
	offloads off
	transfer cn $CN_ADDR mn $MN_HOME 20
	transfer mn $MN_HOME cn $CN_ADDR 20
}

define offloads_on "the same with all offloads on, GRO too" 120
offloads_on_body() {
	setup_mn
	offloads on
	transfer cn $CN_ADDR mn $MN_HOME 20
	transfer mn $MN_HOME cn $CN_ADDR 20
}

define small_path "RFC 2473 7, 8: a link of 1300 octets within the tunnel" 120
small_path_body() {
	setup_mn
	in_ns ha ip link set wan mtu 1300
	in_ns core ip link set toha mtu 1300
	# 1280 octets must pass as they are, by fragments of the tunnel packet.
	wait_for 10 in_ns cn ping -c 1 -W 1 -s 1232 $MN_HOME ||
	    atf_fail "1280 octets to the mobile node"
	wait_for 10 in_ns mn ping -c 1 -W 1 -s 1232 -I $MN_HOME $CN_ADDR ||
	    atf_fail "1280 octets from the mobile node"
	[ "$(counter ha net fragmented)" -gt 0 ] || atf_fail "ha: no fragments"
	[ "$(counter mn net fragmented)" -gt 0 ] || atf_fail "mn: no fragments"
	# More is told the sender: TCP finds its size.
	transfer cn $CN_ADDR mn $MN_HOME 5
	transfer mn $MN_HOME cn $CN_ADDR 5
}

define forged "RFC 6275 10.4.5: tunnel packets from who is not registered"
forged_body() {
	setup_mn
	receiver cn $CN_ADDR 1
	# from another care-of address; another home address; of another agent
	packets core forge 2001:db8:f2::66 $HA_ADDR $MN_HOME $CN_ADDR 10 toha
	expect_counter ha dropped_forged 10
	packets core forge "$COA" $HA_ADDR $HOME_PREFIX::101 $CN_ADDR 10 toha
	expect_counter ha dropped_unbound 10
	packets core forge 2001:db8:f2::66 "$COA" $CN_ADDR $MN_HOME 10 f1
	expect_counter mn dropped_forged 10
	[ ! -s got ] || atf_fail "got through: $(cat got)"
	# and what is right gets through
	packets core forge "$COA" $HA_ADDR $MN_HOME $CN_ADDR 1 toha
	wait $r
	atf_check -o inline:"$MN_HOME forged\n" cat got
}

define dstopts "destination options without HAO reach a socket unharmed"
dstopts_body() {
	setup
	receiver ha $HA_ADDR 2
	sniffer cn eth0
	packets cn udp-dstopts $CN_ADDR $HA_ADDR one
	packets cn udp-dstopts $CN_ADDR $HA_ADDR two
	wait $r
	# A Parameter Problem would have come before the answer to this.
	in_ns ha ping -c 1 -W 5 $CN_ADDR > ping.out || atf_fail "no ping"
	wait $s
	printf '%s\n' "$CN_ADDR one" "$CN_ADDR two" > want
	atf_check cmp want got
	! grep -q PP seen || atf_fail "Parameter Problem"
	transfer cn $CN_ADDR ha $HA_ADDR 5 dstopts
	# The kernel has them by the interface that they came by, and no other.
	[ "$(counter ha net captured)" -gt 10 ] || atf_fail "not seen"
	atf_check_equal 0 "$(counter ha net rewritten)"
	atf_check_equal 0 \
	    "$(in_ns ha cat /sys/class/net/mip6/statistics/rx_packets)"
}

define hao_unknown "RFC 6275 9.3.1: HAO without binding earns a Binding Error"
hao_unknown_body() {
	setup
	receiver ha $HA_ADDR 1
	sniffer core toha
	packets core udp-hao 2001:db8:aa::1 $MN_HOME $HA_ADDR secret toha
	wait_for 5 grep -q "^BE 1 $MN_HOME" seen ||
	    atf_fail "no Binding Error: $(cat seen)"
	in_ns ha ping -c 1 -W 5 2001:db8:aa::1 > ping.out || atf_fail "no ping"
	wait $s
	cat seen
	# Code 1 is that of the peer, who knows no Binding Errors.
	! grep -q "PP 2" seen || atf_fail "the kernel's Parameter Problem"
	# The first that is received is the one that may be.
	packets cn udp-dstopts $CN_ADDR $HA_ADDR allowed
	wait $r
	atf_check -o inline:"$CN_ADDR allowed\n" cat got
}

define hao_bound "with a binding it comes from the home address"
hao_bound_body() {
	setup_mn
	receiver ha $HA_ADDR 2
	packets mn udp-hao "$COA" $MN_HOME $HA_ADDR hello wlan0
	packets mn udp-hao "$COA" $MN_HOME $HA_ADDR options wlan0 more
	wait $r
	printf '%s\n' "$MN_HOME hello" "$MN_HOME options" > want
	atf_check cmp want got
}

# Whatever comes by an interface that its source is not reached by is dropped.
strict() {
	in_ns "$1" nft -f - <<-'NFT' || atf_fail "$1: no rules"
	table inet strict {
		chain c {
			type filter hook prerouting priority mangle + 10
			icmpv6 type { nd-router-advert, nd-router-solicit, nd-neighbor-advert, nd-neighbor-solicit } accept
			meta nfproto ipv6 fib saddr . mark . iif oif missing counter drop
		}
	}
	NFT
}

define reverse_path "with a strict reverse path filter on both ends all goes on"
reverse_path_body() {
	begin nft
	setup_mn
	strict ha; strict mn
	wait_for 10 reachable || atf_fail "correspondent to mobile node"
	in_ns mn ping -c 1 -W 5 -I $MN_HOME $CN_ADDR > ping.out ||
	    atf_fail "mobile node to correspondent"
	in_ns ha ping -c 1 -W 5 -I $HA_ADDR $MN_HOME > ping.out ||
	    atf_fail "home agent to mobile node"
	receiver ha $HA_ADDR 2
	packets cn udp-dstopts $CN_ADDR $HA_ADDR options
	packets mn udp-hao "$COA" $MN_HOME $HA_ADDR hao wlan0
	wait $r
	printf '%s\n' "$CN_ADDR options" "$MN_HOME hao" > want
	atf_check cmp want got
	# Registrations, too, and after a movement.
	mn_to foreign2
	wait_for 20 agree 2001:db8:f2: || atf_fail "no registration"
	wait_for 10 reachable || atf_fail "not reachable after a movement"
	for n in ha mn; do
		in_ns $n nft list table inet strict > "rules.$n"
		grep -q 'counter packets 0 ' "rules.$n" ||
		    { cat "rules.$n"; atf_fail "$n: something was dropped"; }
	done
}

define chains "RFC 6275 6.3, 6946, 8200 4.4: an HAO before fragments, behind routes"
chains_body() {
	setup_mn
	# Tunnel packets have an option, which is no reason to capture them.
	_captured=$(counter mn net captured)
	in_ns cn ping -q -c 50 -i 0.01 $MN_HOME > ping.out
	[ $(($(counter mn net captured) - _captured)) -lt 20 ] ||
	    atf_fail "tunnel packets are captured"
	receiver ha $HA_ADDR 4
	_long=$(printf 'long%.0s' $(seq 300))
	packets mn udp-chain "$COA" $MN_HOME $HA_ADDR "$_long" wlan0 fragments
	packets mn udp-chain "$COA" $MN_HOME $HA_ADDR atom wlan0 atomic
	packets mn udp-chain "$COA" $MN_HOME $HA_ADDR route wlan0 none-left
	# This one is not followed, and its sender is told, once.
	sniffer mn wlan0
	packets mn udp-chain "$COA" $MN_HOME $HA_ADDR left wlan0 left
	wait_for 5 grep -q "^PP 0" seen || atf_fail "no Parameter Problem"
	in_ns mn ping -c 1 -W 5 $HA_ADDR > ping.out
	wait $s
	atf_check -o inline:"1\n" grep -c "^PP" seen
	# Fragments of one that is registered elsewhere get nowhere.
	packets mn udp-chain "$COA" $HOME_PREFIX::101 $HA_ADDR "$_long" wlan0 \
	    fragments
	expect_counter ha dropped_no_binding 3
	packets mn udp-hao "$COA" $MN_HOME $HA_ADDR last wlan0
	wait $r
	printf '%s\n' "$MN_HOME $_long" "$MN_HOME atom" "$MN_HOME route" \
	    "$MN_HOME last" > want
	atf_check cmp want got
}

define loop "RFC 2473 4.1.1: two agents whose nodes are at each other's home"
loop_body() {
	begin nft
	setup
	ns_add ha2
	veth core toha2 ha2 wan
	in_ns ha2 sysctl -qw net.ipv6.conf.all.forwarding=1
	addr core toha2 2001:db8:ab::1/64
	addr ha2 wan 2001:db8:ab::2/64
	in_ns ha2 ip -6 addr add 2001:db8:2::1/128 dev lo
	in_ns ha2 ip -6 route add default via 2001:db8:ab::1
	in_ns core ip -6 route add 2001:db8:2::/64 via 2001:db8:ab::2
	mkdir "$NET_DIR/ha2.state"
	sed "s/$HOME_PREFIX:/2001:db8:2:/g; s/mn@/mnb@/; s/ha.state/ha2.state/" \
	    "$NET_DIR/ha.conf" > "$NET_DIR/ha2.conf"
	mip6d_start ha2 "$NET_DIR/ha2.conf" || atf_fail "no second home agent"
	in_ns cn $PY "$SRC/loop.py" $CN_ADDR \
	    mn@example.com $MN_HOME $HA_ADDR \
	    mnb@example.com 2001:db8:2::100 2001:db8:2::1
	wait_for 10 in_loop || atf_fail "not bound: $(cat "$NET_DIR/ha.log")"
	in_ns core nft -f - <<-NFT || atf_fail "no counter"
	table ip6 loop {
		counter through { }
		chain forward {
			type filter hook forward priority 0
			ip6 saddr { $HA_ADDR, 2001:db8:2::1 } ip6 nexthdr != 58 counter name through
		}
	}
	NFT
	# One that fits in, one whose tunnel packets soon are fragments, and one
	# that is too big for the third tunnel; the path MTU is learnt by it.
	for _s in 56 56 1232 1232 1340 1340 56; do
		_before=$(through) _nested=$(nested)
		in_ns cn ping -c 1 -W 0.5 -s $_s $MN_HOME > ping.out
		[ $_s != 56 ] || wait_for 10 ended ||
		    atf_fail "$_s octets: not too deep"
		wait_for 10 quiet || atf_fail "$_s octets never end"
		_n=$(($(through) - _before))
		echo "$_s octets: $_n tunnel packets"
		# Limits 4 to 0.  What fills a link is two fragments in the
		# first tunnel; the large one is two in the next, so that there
		# are 2 + 3 + 4 + 5 + 6 in all.  1340 octets are two fragments
		# from the start, and 5 more for the small one.
		case $_s in 56) _most=5 ;; 1232) _most=20 ;; *) _most=25 ;; esac
		[ $_n -le $_most ] || atf_fail "$_s octets: $_n > $_most"
		[ $_s != 56 ] || [ $_n = 5 ] || atf_fail "$_s octets: $_n < 5"
	done
	# It is the encapsulation limit that ended it, and its source knows.
	[ "$(nested)" -gt 2 ] || atf_fail "not by the limit"
	wait_for 10 tells_source || atf_fail "$(cat ping.out)"
}
in_loop() {
	[ "$(field ha careof show bindings)" = 2001:db8:2::100 ] &&
	    [ "$(field ha2 careof show bindings)" = $MN_HOME ]
}
nested() {
	echo $(($(counter ha net dropped_nested) +
	    $(counter ha2 net dropped_nested)))
}
ended() { [ "$(nested)" -gt "$_nested" ]; }
tells_source() {
	in_ns cn ping -c 1 -W 1 $MN_HOME > ping.out
	grep -q "Address unreachable" ping.out
}
# Nothing more comes while both agents have answered, and ten pings.
quiet() {
	_c=$(through)
	nested > /dev/null
	in_ns cn ping -q -c 10 -i 0.02 -W 1 $HA_ADDR && [ "$(through)" = "$_c" ]
}
through() {
	in_ns core nft list counter ip6 loop through |
	    sed -n 's/.*packets \([0-9]*\) .*/\1/p'
}

define engine_dies "the tunnel goes on while the home agent process is dead"
engine_dies_body() {
	setup_mn
	stream
	kill -9 "$(child_pid ha ha)"
	flows 200 || atf_fail "the stream does not go on"
	stream_judge || atf_fail "packets were lost"
}

define net_dies "a new network process gets its tunnels back from the engines"
net_dies_body() {
	setup_mn
	kill -9 "$(child_pid ha net)"
	wait_for 10 reachable ||
	    atf_fail "home agent: $(cat "$NET_DIR/ha.log")"
	kill -9 "$(child_pid mn net)"
	wait_for 10 reachable ||
	    atf_fail "mobile node: $(cat "$NET_DIR/mn.log")"
}
