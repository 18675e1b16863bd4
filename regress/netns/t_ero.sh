#!/usr/bin/env atf-sh
# Enhanced route optimization (RFC 4866) from end to end: a mobile node whose
# home address is a CGA and a correspondent, in network namespaces.

. "$(atf_get_srcdir)/test.sh"

# ero_up [CORRESPONDENT]: the pair, with what the correspondent has in its block,
# both registered
ero_up() {
	begin radvd tcpdump ping $PY
	$PY -c 'import cryptography' || atf_skip "python3-cryptography is missing"
	"$MIP6CTL" cga new -k "$NET_DIR/home.key" -o "$NET_DIR/home.cga" \
	    $HOME_PREFIX::/64 > made || atf_fail "no address"
	MN_HOME=$(sed -n 's/^address: *//p' made)
	IN_HOME="cga-parameters \"$NET_DIR/home.cga\"
	    cga-key \"$NET_DIR/home.key\""
	pair_up virtual || atf_fail "no network"
	mn_conf 'interface "wlan0"' "route-optimisation { after 3 }"
	cn_conf cn "${1:-}"
	ra_start 0.03 0.07
	mn_to foreign1
	mip6d_start ha "$NET_DIR/ha.conf" || atf_fail "no home agent"
	mip6d_start cn "$NET_DIR/cn.conf" || atf_fail "no correspondent"
	tcpdump_start core any "$NET_DIR/core.pcap"
	mip6d_start mn "$NET_DIR/mn.conf" || atf_fail "no mobile node"
	wait_for 15 agree 2001:db8:f1: || atf_fail "not registered"
}

# peer FIELD: of the node's row about the correspondent
peer() { rows mn "show bul" "$1" "agent=$CN_ADDR"; }

# direct PREFIX: both ends have agreed on this care-of address, which is verified
direct() {
	_coa=$(peer careof)
	[ "$(peer state)" = optimized ] && [ "$_coa" = "$(rows cn \
	    "show bindings" careof "home=$MN_HOME" state=bound)" ] || return 1
	case $_coa in $1*) ;; *) false ;; esac
}

# judged: what the capture has of updates, in the file judged
judged() {
	tcpdump_stop "$NET_DIR/core.pcap"
	$PY "$SRC/ero_judge.py" "$NET_DIR/core.pcap" $CN_ADDR "$MN_HOME" \
	    "$NET_DIR/home.cga" "$NET_DIR/home.key" > judged 2>&1 ||
	    { cat judged; atf_fail "not as RFC 4866 wants it"; }
	cat judged
}
# row PATTERN...: those rows, in that order, and others between them
row() {
	_at=0
	for _p; do
		_n=$(awk -v at=$_at -v p="$_p" 'NR > at && $0 ~ p { print NR; exit }' \
		    judged)
		[ -n "$_n" ] || atf_fail "no row like $_p behind row $_at"
		_at=$_n
	done
}
rows_like() { grep -Ec "$1" judged; }

# decoded: tshark takes every Mobility Header without complaint
decoded() {
	command -v tshark > /dev/null || return 0
	tshark -r "$NET_DIR/core.pcap" -Y 'mipv6 && (_ws.malformed || _ws.expert)' \
	    > complaints 2> tshark.err || atf_fail "$(cat tshark.err)"
	[ ! -s complaints ] || atf_fail "tshark: $(cat complaints)"
	tshark -r "$NET_DIR/core.pcap" -Y mipv6 > seen 2> tshark.err
	[ -s seen ] || atf_fail "tshark has seen none"
}

# at LINK: moved there, and nothing is lost but until the node is registered
at() {
	gap_begin
	mn_to foreign$1
	wait_for 15 direct 2001:db8:f$1: || atf_fail "not at foreign$1"
	wait_for 5 reachable $MN_HOME || atf_fail "not reachable at foreign$1"
	gap_end
}

SIGNED='BU [0-9]+ signed tested'
EARLY='BU [0-9]+ - permanent early'
WHOLE='BU [0-9]+ - permanent tested'
TESTED='BU [0-9]+ - tested tested'

define moves "signed once, then a token: a move is early, and verified afterwards" 90
moves_body() {
	ero_up
	stream || atf_fail "no replies"
	wait_for 10 direct 2001:db8:f1: || atf_fail "no direct way"
	flows 20
	at 2
	flows 60
	at 1
	flows 20
	stream_judge || atf_fail "packets were lost"
	judged
	row "$SIGNED tested [0-9]+ 2001:db8:f1:" "BA [0-9]+ 0 token" \
	    "$EARLY [0-9]+ 2001:db8:f2:" "BA [0-9]+ 0 test" \
	    "$WHOLE [0-9]+ 2001:db8:f2:" "BA [0-9]+ 0$" \
	    "permanent (early|tested) [0-9]+ 2001:db8:f1:"
	[ "$(rows_like signed)" -eq 1 ] || atf_fail "signed more than once"
	[ "$(rows_like "$TESTED")" -eq 0 ] || atf_fail "return routability"
	# One for the home address, ever; of care-of addresses one, before that.
	for c in hoti_sent coti_sent; do
		[ "$(counter mn mn $c)" -eq 1 ] || atf_fail "more than one $c"
	done
	decoded
}

# cga_gets SIGNAL: the process with the keys, whose pid is in old
cga_gets() {
	old=$(child_pid mn cga)
	kill -"$1" "$old" || atf_fail "no process cga"
}

define killed "the process with the keys is killed: moves go on, and so do signatures" 120
killed_body() {
	ero_up
	stream || atf_fail "no replies"
	wait_for 10 direct 2001:db8:f1: || atf_fail "no direct way"
	flows 20
	cga_gets KILL
	at 2
	wait_for 15 reborn mn cga "$old" || atf_fail "no other process"
	# Its binding is gone, and with it the token.
	gap_begin
	mip6d_stop cn
	mip6d_start cn "$NET_DIR/cn.conf" || atf_fail "no correspondent"
	wait_for 15 direct 2001:db8:f2: || atf_fail "no direct way again"
	wait_for 5 reachable $MN_HOME || atf_fail "not reachable"
	gap_end
	stream_judge || atf_fail "packets were lost"
	judged
	row "$SIGNED" token "$EARLY [0-9]+ 2001:db8:f2:" "$WHOLE" \
	    "BA [0-9]+ 147" "$SIGNED [a-z]+ [0-9]+ 2001:db8:f2:" token
	[ "$(counter mn cga signed)" -eq 1 ] || atf_fail "not by the new process"
}

define stopped "the process with the keys hangs: return routability instead" 150
stopped_body() {
	ero_up
	cga_gets STOP
	stream || atf_fail "no replies"
	wait_for 20 direct 2001:db8:f1: || atf_fail "no direct way"
	wait_for 15 reborn mn cga "$old" || atf_fail "it still hangs"
	at 2
	stream_judge || atf_fail "packets were lost"
	judged
	row "$TESTED [0-9]+ 2001:db8:f1:" "BA [0-9]+ 0$"
}

define plain_peer "a correspondent that does not know RFC 4866: as without it" 90
plain_peer_body() {
	ero_up "enhanced-route-optimisation no"
	stream || atf_fail "no replies"
	wait_for 10 direct 2001:db8:f1: || atf_fail "no direct way"
	flows 20
	at 2
	stream_judge || atf_fail "packets were lost"
	judged
	row "BU [0-9]+ (signed|-) tested tested [0-9]+ 2001:db8:f1:" "BA [0-9]+ 0$" \
	    "$TESTED [0-9]+ 2001:db8:f2:" "BA [0-9]+ 0$"
	[ "$(rows_like permanent)" -eq 0 ] || atf_fail "a token of nobody"
	decoded
}

define reloads "a key that is wrong is refused with a reload, and what was stays" 60
reloads_body() {
	ero_up
	cp "$NET_DIR/mn.conf" good.conf
	chmod 644 "$NET_DIR/home.key"
	reload_fails "expected mode 0600, found 0644"
	chmod 600 "$NET_DIR/home.key"
	"$MIP6CTL" cga new -k other.key -o other.cga fe80:: > other ||
	    atf_fail "no other key"
	cp "$NET_DIR/home.key" good.key
	cp other.key "$NET_DIR/home.key"
	reload_fails "is not the key of the cga-parameters"
	stream || atf_fail "no replies"
	wait_for 10 direct 2001:db8:f1: || atf_fail "no direct way"
	flows 20
	[ "$(counter mn cga signed)" -eq 1 ] || atf_fail "not signed"
	# Not at a reload alone: who has taken over the file has no use of it.
	old=$(child_pid mn cga)
	kill -KILL "$old"
	wait_for 15 reborn mn cga "$old" || atf_fail "no other process"
	wait_for 5 said_of_key || atf_fail "nobody says what is wrong: $(ctl mn why)"
	cp good.key "$NET_DIR/home.key"
	ctl_asked mn reload || atf_fail "$(cat "$_out.err")"
	wait_for 5 key_is_fine || atf_fail "$(ctl mn why)"
	stream_judge || atf_fail "packets were lost"
	judged
	grep -c 'BEGIN .*PRIVATE' "$NET_DIR"/*.log > leaks
	! grep -v ':0$' leaks || atf_fail "a key is in a log"
}
said_of_key() { ctl mn why > why; grep -q "is not the key of these" why; }
key_is_fine() { ! said_of_key; }
reload_fails() {
	if ctl mn reload > reload 2>&1; then atf_fail "taken: $1"; fi
	grep -q "mn.conf:[0-9]*:[0-9]*: cga-key: .*$1" reload || {
		cat reload
		atf_fail "it does not say: $1"
	}
}

define added "a key that comes and goes with a reload" 90
added_body() {
	ero_up
	cp "$NET_DIR/mn.conf" with.conf
	sed '/cga-/d' with.conf > "$NET_DIR/mn.conf"
	ctl mn reload || atf_fail "not without a key"
	wait_for 10 no_keys || atf_fail "$(ctl mn show processes)"
	! grep -q cga-away why || atf_fail "nobody wants it, and it is missed"
	stream || atf_fail "no replies"
	wait_for 10 direct 2001:db8:f1: || atf_fail "no direct way"
	cp with.conf "$NET_DIR/mn.conf"
	ctl mn reload || atf_fail "not with a key"
	wait_for 10 reborn mn cga none || atf_fail "$(ctl mn show processes)"
	# With what there is by return routability a token is got at once, or when
	# the binding is made anew.
	gap_begin
	mip6d_stop cn
	mip6d_start cn "$NET_DIR/cn.conf" || atf_fail "no correspondent"
	wait_for 15 direct 2001:db8:f1: || atf_fail "no direct way again"
	wait_for 5 reachable $MN_HOME || atf_fail "not reachable"
	gap_end
	at 2
	stream_judge || atf_fail "packets were lost"
	judged
	row "$TESTED [0-9]+ 2001:db8:f1:" "$SIGNED" token "$EARLY [0-9]+ 2001:db8:f2:"
}
no_keys() { ctl mn why > why; [ -z "$(child_pid mn cga)" ]; }
