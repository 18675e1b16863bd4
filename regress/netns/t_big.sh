#!/usr/bin/env atf-sh
# A configuration with 200,000 mobile nodes, more than 16 MB of text: it
# reaches every process at the start, after a death and by a reload.

. "$(atf_get_srcdir)/test.sh"

NODES=200000

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

rss() { awk '/VmRSS|VmHWM/ { printf "%s %d MB, ", $1, $2 / 1024 }' \
    "/proc/$1/status"; }

report() {
	echo "$1: $(($(date +%s) - since)) s"
	for r in parent net ha control; do
		printf '  %s: %s\n' "$r" "$(rss "$(child_pid host $r)")"
	done
	since=$(date +%s)
}

define nodes "200,000 nodes: start, death of ha and net, reload"
nodes_body() {
	begin ip
	mkdir "$NET_DIR/state"
	ns_add host
	in_ns host sysctl -qw net.ipv6.conf.all.forwarding=1
	big_conf $NODES first > conf; chmod 600 conf
	big_conf $NODES other > conf2
	[ "$(wc -c < conf)" -gt $((16 * 1024 * 1024)) ] || atf_fail "too small"
	since=$(date +%s)
	mip6d_start host conf || atf_fail "no start"
	report start
	for r in ha net; do
		pid=$(child_pid host $r)
		kill -9 "$pid"
		wait_for 60 reborn host $r "$pid" || atf_fail "$r: not ready again"
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
