#!/usr/bin/env atf-sh
# A configuration with 200,000 mobile nodes, more than 16 MB of text: it
# reaches every process at the start, after a death and by a reload.

NODES=200000

setup() {
	SRC=$(atf_get_srcdir)
	TOP=$(cd "$SRC/../.." && pwd)
	MIP6D=$TOP/mip6d/mip6d MIP6CTL=$TOP/mip6ctl/mip6ctl
	NET_ID=m6b$$ NET_DIR=$(pwd)/net
	echo "$NET_ID" > net_id
	# shellcheck source=lib.sh
	. "$SRC/lib.sh"
	why=$(net_need ip) || atf_skip "$why"
	mkdir -p "$NET_DIR/state"
	ns_add host
	in_ns host sysctl -qw net.ipv6.conf.all.forwarding=1
}

teardown() {
	SRC=$(atf_get_srcdir)
	[ -f net_id ] || return 0
	NET_ID=$(cat net_id) NET_DIR=$(pwd)/net
	. "$SRC/lib.sh"
	net_down
}

# big_conf NODES WORD: all nodes, WORD is in their names and keys
big_conf() {
	awk -v n="$1" -v w="$2" -v dir="$NET_DIR" 'BEGIN {
		print "user nobody\nlog stderr"
		print "state-directory \"" dir "/state\""
		print "home-agent {\n\thome-link virtual {"
		print "\t\taddress 2001:db8:1::1\n\t\tprefix 2001:db8:1::/64\n\t}"
		for (i = 0; i < n; i++)
			printf "\tmobile-node \"%s%d@example.com\" {\n" \
			    "\t\thome-address 2001:db8:1:0:1::%x:%x\n" \
			    "\t\tauthentication mn-ha spi %d " \
			    "key \"%s-%032d\"\n\t}\n", w, i,
			    int(i / 65536), i % 65536, 256 + i, w, i
		print "}"
	}'
}

ready() { ctl host -j show processes | /usr/bin/python3 -c '
import json, sys
for r in json.load(sys.stdin)["rows"]:
    if r["role"] == sys.argv[1]:
        sys.exit(r["state"] != "ready" or r["pid"] == int(sys.argv[2]))
sys.exit(1)' "$1" "$2"; }

knows() { ctl host show node "$1" | grep -q "$1"; }

rss() { awk '/VmRSS|VmHWM/ { printf "%s %d MB, ", $1, $2 / 1024 }' \
    "/proc/$1/status"; }

report() {
	echo "$1: $(($(date +%s) - since)) s"
	for r in parent net ha control; do
		printf '  %s: %s\n' "$r" "$(rss "$(child_pid host $r)")"
	done
	since=$(date +%s)
}

atf_test_case nodes cleanup
nodes_head() {
	atf_set require.user root
	atf_set timeout 300
	atf_set descr "200,000 nodes: start, death of ha and net, reload"
}
nodes_body() {
	setup
	big_conf $NODES first > conf; chmod 600 conf
	big_conf $NODES other > conf2
	[ "$(wc -c < conf)" -gt $((16 * 1024 * 1024)) ] || atf_fail "too small"
	since=$(date +%s)
	mip6d_start host conf || atf_fail "no start"
	report start
	for r in ha net; do
		pid=$(child_pid host $r)
		kill -9 "$pid"
		wait_for 60 ready $r "$pid" || atf_fail "$r: not ready again"
		report "$r again"
	done
	pid=$(child_pid host ha)
	cp conf2 conf
	ctl host reload || atf_fail "reload"
	report reload
	atf_check_equal "$(child_pid host ha)" "$pid"
	# The keys are wiped, and nothing of the text is left open.
	for r in parent net ha control; do
		p=$(child_pid host $r)
		ls -l "/proc/$p/fd" > fds || atf_fail "$r: no descriptors"
		! grep -E 'memfd|deleted' fds || atf_fail "$r: left open"
	done
	mip6d_stop host || atf_fail "does not end"
}
nodes_cleanup() { teardown; }

atf_init_test_cases() {
	atf_add_test_case nodes
}
