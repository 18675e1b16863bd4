#!/usr/bin/env atf-sh
# Route optimization (RFC 6275 9, 11.6, 11.7.2): a mobile node and correspondents
# of all kinds, one of ours among them, in network namespaces.

. "$(atf_get_srcdir)/test.sh"

# ro_up [STATEMENTS] [CORRESPONDENT]: the pair, with what the node's block about
# correspondents has besides, and a correspondent with that in its block; none,
# if it is "plain".
ro_up() {
	begin radvd tcpdump ping $PY
	pair_up virtual || atf_fail "no network"
	mn_conf "interface \"wlan0\"; ${STATEMENTS:-}" "route-optimisation {
		after ${AFTER:-3}
		${1:-}
	}"
	cn_conf cn "${2:-}"
	ra_start 0.03 0.07
	mn_to foreign1
	mip6d_start ha "$NET_DIR/ha.conf" || atf_fail "no home agent"
	[ "${2:-}" = plain ] || mip6d_start cn "$NET_DIR/cn.conf" ||
	    atf_fail "no correspondent"
	mip6d_start mn "$NET_DIR/mn.conf" || atf_fail "no mobile node"
	wait_for 15 agree 2001:db8:f1: || atf_fail "not registered"
}

# peer FIELD: of the node's row about the correspondent
peer() { rows mn "show bul" "$1" "agent=$CN_ADDR"; }
peer_is() { [ "$(peer state)" = "$1" ]; }

# direct PREFIX: both ends have agreed on this care-of address.
direct() {
	_coa=$(peer careof)
	peer_is optimized && [ "$_coa" = "$(rows cn "show bindings" careof \
	    "home=$MN_HOME")" ] || return 1
	case $_coa in $1*) ;; *) false ;; esac
}

# way_is NS SOURCE DESTINATION FIELD VALUE: as "show path" tells it
way_is() {
	[ "$(rows "$1" "show path" "$4" "source=$2" "destination=$3")" = "$5" ]
}

# said PATTERN NS ARGUMENT: why has that to say about it
said() {
	ctl "$2" why "$3" > why
	cat why
	grep -q "$1" why || atf_fail "$2 says nothing of $1"
}

# phase WHAT COMMAND...: what the capture shows while it runs is of that kind
phase() {
	_what=$1 _begin=$(now); shift
	"$@" || atf_fail "$*"
	echo "$_begin $(now) $_what" >> "$NET_DIR/phases"
}
judged() {
	tcpdump_stop "$NET_DIR/core.pcap"
	atf_check -o save:judged $PY "$SRC/ro_judge.py" "$NET_DIR/core.pcap" \
	    "$NET_DIR/phases" $CN_ADDR $MN_HOME
	cat judged
}

# tests_in CAPTURE: how many Care-of Test Inits
tests_in() {
	tshark -r "$1" -Y "mip6.mhtype == 2" > tests 2> tests.err || return 1
	wc -l < tests
}

define moves "direct ways from each link; nothing is lost but by the link" 90
moves_body() {
	ro_up
	tcpdump_start core any "$NET_DIR/core.pcap"
	stream || atf_fail "no replies"
	wait_for 10 direct 2001:db8:f1: || atf_fail "no direct way"
	way_is mn $MN_HOME $CN_ADDR way direct &&
	    way_is mn $MN_HOME $CN_ADDR local "$(peer careof)" &&
	    way_is mn $MN_HOME others way tunnel &&
	    way_is cn $CN_ADDR $MN_HOME way direct &&
	    way_is cn $CN_ADDR $MN_HOME remote "$(peer careof)" ||
	    atf_fail "$(ctl mn show path; ctl cn show path)"
	flows 5
	phase optimised flows 100
	for l in 2 1; do
		gap_begin
		mn_to foreign$l
		wait_for 15 direct 2001:db8:f$l: || atf_fail "not at foreign$l"
		wait_for 5 reachable || atf_fail "not reachable at foreign$l"
		gap_end
		flows 5
		phase optimised flows 100
	done
	stream_judge || atf_fail "packets were lost"
	judged
}

# seen_in CAPTURE FILTER: how many packets of it tshark finds
seen_in() {
	tshark -r "$1" -Y "$2" > seen 2> seen.err || return 1
	wc -l < seen
}

define static_key "RFC 4449: moves without a test, also over the death of all of the correspondent" 120
static_key_body() {
	command -v tshark > /dev/null || atf_skip "tshark is not installed"
	key='key 0x000102030405060708090a0b0c0d0e0f10111213 \
	    home-nonce 0x0011223344556677 care-of-nonce "care-of nonce"'
	ro_up "static-key $CN_ADDR $key" "static-key $MN_HOME $key"
	tcpdump_start core any "$NET_DIR/core.pcap"
	stream || atf_fail "no replies"
	wait_for 10 direct 2001:db8:f1: || atf_fail "no direct way"
	[ "$(peer authenticated)" = "static key" ] || atf_fail "no static key"
	flows 5
	phase optimised flows 100
	gap_begin
	mn_to foreign2
	wait_for 15 direct 2001:db8:f2: || atf_fail "not at foreign2"
	wait_for 5 reachable || atf_fail "not reachable at foreign2"
	gap_end
	flows 5
	phase optimised flows 100
	before=$(rows cn "show bindings" sequence)
	gap_begin
	mip6d_kill cn
	mip6d_start cn "$NET_DIR/cn.conf" || atf_fail "no correspondent"
	wait_for 30 direct 2001:db8:f2: || atf_fail "no direct way again"
	wait_for 5 reachable || atf_fail "not reachable"
	gap_end
	after=$(rows cn "show bindings" sequence)
	[ $(((after - before) & 0xffff)) -gt 0 ] &&
	    [ $(((after - before) & 0xffff)) -lt 1000 ] ||
	    atf_fail "sequence number $after after $before"
	[ "$(stat -c %a "$NET_DIR/cn.state/cn.state")" = 600 ] ||
	    atf_fail "others may read cn.state"
	flows 5
	phase optimised flows 100
	said "by static key" mn $CN_ADDR
	said "by its static key" cn $MN_HOME
	ctl cn show configuration > shown
	grep -q "static-key $MN_HOME key removed home-nonce removed" shown ||
	    atf_fail "$(cat shown)"
	stream_judge || atf_fail "packets were lost"
	judged
	n=$(seen_in "$NET_DIR/core.pcap" "mip6.mhtype >= 1 and mip6.mhtype <= 4") ||
	    atf_fail "tshark"
	[ "$n" = 0 ] || atf_fail "$n tests"
	n=$(seen_in "$NET_DIR/core.pcap" "mip6.mhtype == 5 and \
	    ipv6.dst == $CN_ADDR") || atf_fail "tshark"
	[ "$n" -gt 0 ] || atf_fail "no Binding Update"
}

define restarts "a correspondent is killed, in part and as a whole, and stopped" 120
restarts_body() {
	ro_up
	stream || atf_fail "no replies"
	wait_for 10 direct 2001:db8:f1: || atf_fail "no direct way"
	old=$(child_pid cn cn)
	gap_begin
	kill -9 "$old"
	wait_for 15 reborn cn cn "$old" || atf_fail "no other engine"
	wait_for 15 direct 2001:db8:f1: || atf_fail "no direct way again"
	wait_for 5 reachable || atf_fail "not reachable"
	gap_end
	flows 50
	# As it has none for the node any more, which is told so, and may find
	# nobody there for some time.
	gap_begin
	mip6d_stop cn
	[ -z "$(in_ns cn ip -6 route show table 7170417)" ] ||
	    atf_fail "a route is left"
	anew
	gap_begin
	mip6d_kill cn
	anew
	stream_judge || atf_fail "packets were lost"
}

# anew: it begins again; the direct way comes back by itself
anew() {
	mip6d_start cn "$NET_DIR/cn.conf" || atf_fail "no correspondent"
	wait_for 15 direct 2001:db8:f1: || atf_fail "no direct way again"
	wait_for 5 reachable || atf_fail "not reachable"
	gap_end
	flows 50
}

define plain_host "a host without Mobile IPv6: all by the tunnel, three attempts at most" 90
plain_host_body() {
	command -v tshark > /dev/null || atf_skip "tshark is not installed"
	ro_up "hold-down 600s" plain
	tcpdump_start core any "$NET_DIR/core.pcap"
	stream || atf_fail "no replies"
	wait_for 15 peer_is "no mobility" || atf_fail "$(ctl mn show bul)"
	phase tunnel flows 200
	said "does not know the protocol" mn $CN_ADDR
	stream_judge || atf_fail "packets were lost"
	judged
	# Each is seen twice, as it comes and as it goes: RFC 6275 5.2.9, 12.
	n=$(tests_in "$NET_DIR/core.pcap") || atf_fail "tshark"
	[ "$n" -ge 2 ] && [ "$n" -le 6 ] ||
	    atf_fail "$((n / 2)) Care-of Test Inits"
}

define refused "a correspondent whose rules deny it: all by the tunnel" 60
refused_body() {
	ro_up "" "deny home-address $HOME_PREFIX::/64"
	stream || atf_fail "no replies"
	wait_for 15 peer_is refused || atf_fail "$(ctl mn show bul)"
	[ "$(peer status)" = 129 ] || atf_fail "status $(peer status)"
	tcpdump_start core any "$NET_DIR/core.pcap"
	phase tunnel flows 100
	said 129 mn $CN_ADDR
	said "access" cn $MN_HOME
	stream_judge || atf_fail "packets were lost"
	judged
}

define stops "a node that stops leaves no binding behind" 60
stops_body() {
	ro_up
	stream || atf_fail "no replies"
	wait_for 10 direct 2001:db8:f1: || atf_fail "no direct way"
	gap_begin
	mip6d_stop mn
	wait_for 10 unbound || atf_fail "a binding is left: $(ctl cn show bindings)"
	gap_end
}
unbound() { [ -z "$(rows cn "show bindings" careof)" ]; }

define own_addresses "what is not bound with an address goes by the home agent" 60
own_addresses_body() {
	other=2001:db8:cc::7
	ro_up
	in_ns cn ip addr add $other/64 dev eth0 nodad preferred_lft 0
	stream || atf_fail "no replies"
	wait_for 10 direct 2001:db8:f1: || atf_fail "no direct way"
	tcpdump_start core any "$NET_DIR/core.pcap"
	in_ns cn ping -c 2 -W 2 -i 0.2 -I $other $MN_HOME > ping ||
	    atf_fail "not reachable from $other"
	tcpdump_stop "$NET_DIR/core.pcap"
	atf_check -o match:"$other > $MN_HOME: ICMP6, echo request" -e ignore \
	    tcpdump -n -r "$NET_DIR/core.pcap" "src host $other"
	stream_judge || atf_fail "packets were lost"
}

# attacks PART NS [ARGUMENT]: see ro_attacks.py; malformed PART NS: and
# ro_malformed.py
attacks() { by_scapy ro_attacks.py "$@"; }
malformed() { by_scapy ro_malformed.py "$@"; }
by_scapy() {
	_file=$1 _part=$2 _of=$3; shift 3
	in_ns core $PY "$SRC/$_file" "$_part" "$NET_ID" "$MIP6CTL" \
	    "$NET_DIR/$_of.sock" "$@" > attacks 2>&1 || {
		cat attacks
		atf_fail "$(grep -c ^FAIL attacks) checks"
	}
	cat attacks
}
$PY -c 'import scapy' 2> /dev/null || by_scapy() { atf_skip "no scapy"; }

# hostile_up: a mobile node whose correspondent, PEER, a program plays
hostile_up() {
	ro_up "" plain
	in_ns core ip neigh add $PEER lladdr "$(mac_of cn eth0)" dev tocn
}
# traffic_up: from there to it
traffic_up() {
	ip netns exec "$(ns mn)" ping -n -i 0.05 -I $MN_HOME $PEER \
	    > "$NET_DIR/ping" 2>&1 &
	echo $! >> "$NET_DIR/pids"
}
PEER=2001:db8:cc::9
mac_of() { in_ns "$1" cat "/sys/class/net/$2/address"; }

define attacks_at_node "forged tests, acknowledgements, routing headers at a mobile node" 90
attacks_at_node_body() {
	hostile_up
	traffic_up
	attacks node mn
}

define errors_at_node "forged Binding Errors cause a test in ten seconds, and no more" 90
errors_at_node_body() {
	hostile_up
	traffic_up
	attacks errors mn
}

define errors_of_many "100,000 Binding Errors a second of others: one of its own is heeded" 90
errors_of_many_body() {
	[ -x "$TOP/regress/bench/rrload.bench" ] ||
	    atf_fail "make regress/bench/rrload.bench first"
	hostile_up
	traffic_up
	attacks crowd mn "$TOP/regress/bench/rrload.bench"
}

define malformed_at_node "malformed tests, acknowledgements, errors at a mobile node" 120
malformed_at_node_body() {
	# There is time for the whole table before it asks again.
	STATEMENTS="initial-bindack-timeout 60s; max-bindack-timeout 60s"
	hostile_up
	malformed node mn
}

define malformed_at_cn "malformed test inits and updates at a correspondent" 90
malformed_at_cn_body() {
	begin $PY
	net_up || atf_fail "no network"
	in_ns core ip route add blackhole 2001:db8:66::/64
	cn_conf cn
	mip6d_start cn "$NET_DIR/cn.conf" || atf_fail "no correspondent"
	malformed cn cn
}

define attacks_at_cn "forged and copied updates, options without a binding, floods at a correspondent and by it" 90
attacks_at_cn_body() {
	ro_up
	ip_in core <<-IP
	route add blackhole 2001:db8:66::/64
	route add blackhole 2001:db8:6600::/40
	IP
	tcpdump_start core any "$NET_DIR/core.pcap"
	stream || atf_fail "no replies"
	wait_for 10 direct 2001:db8:f1: || atf_fail "no direct way"
	flows 5
	phase optimised attacks cn cn "$NET_DIR/core.pcap"
	judged
	stream_judge || atf_fail "packets were lost"
	# Here is who asks in the middle of the flood.
	ip_in core <<-IP
	address add 2001:db8:66::1/128 dev lo
	address add 2001:db8:66::2/128 dev lo
	IP
	attacks flood cn
	direct 2001:db8:f1: || atf_fail "no direct way after the flood"
}

define replays_at_cn "what was sent before all nonces ended is worth nothing after it" 90
replays_at_cn_body() {
	ro_up
	tcpdump_start core any "$NET_DIR/core.pcap"
	stream || atf_fail "no replies"
	wait_for 10 direct 2001:db8:f1: || atf_fail "no direct way"
	gap_begin
	mn_to foreign2
	wait_for 15 direct 2001:db8:f2: || atf_fail "not at foreign2"
	tcpdump_stop "$NET_DIR/core.pcap"
	old=$(child_pid cn cn)
	kill -9 "$old"
	wait_for 15 reborn cn cn "$old" || atf_fail "no other engine"
	wait_for 15 direct 2001:db8:f2: || atf_fail "no direct way again"
	wait_for 5 reachable || atf_fail "not reachable"
	gap_end
	attacks replays cn "$NET_DIR/core.pcap" "$NET_DIR/mn.sock"
	direct 2001:db8:f2: || atf_fail "no direct way in the end"
	stream_judge || atf_fail "packets were lost"
}
