#!/usr/bin/env atf-sh
# The ike process and real charons: what they have is shown, and it connects
# again when they come back.

. "$(atf_get_srcdir)/lib.sh"

MIP6D=$LAB_SOURCE/mip6d/mip6d
MIP6CTL=$LAB_SOURCE/mip6ctl/mip6ctl

# ike_connection LOCAL REMOTE: what a charon is told of the other.
ike_connection()
{
	cat <<EOT
connections {
	lab {
		version = 2
		local_addrs = $1
		remote_addrs = $2
		proposals = aes128-sha256-x25519
		local {
			auth = psk
			id = id-of-$1
		}
		remote {
			auth = psk
			id = id-of-$2
		}
		children {
			all {
				mode = transport
				policies = no
				reqid = 77
				local_ts = $1/128
				remote_ts = $2/128
				esp_proposals = aes128-sha256
			}
		}
	}
}
secrets {
	ike-lab {
		secret = "laboratory"
	}
}
EOT
}

# ike_rows: the rows of `show ike', one a line as name=value.
ike_rows()
{
	lab_ns box a "$MIP6CTL -j -s /run/mip6d.sock show ike" |
	    /usr/bin/env python3 -c '
import json, sys
for r in json.load(sys.stdin)["rows"]:
	print(" ".join("%s=%s" % (k, str(v).replace(" ", "_"))
	    for k, v in sorted(r.items())))'
}

# ike_until PATTERN: wait until a row matches.
ike_until()
{
	lab_wait 30 ike_has "$1" || { cat rows rows.err; return 1; }
}
ike_has() { ike_rows >rows 2>rows.err && grep -Eq -e "$1" rows; }
ike_lacks() { ike_rows >rows && ! grep -Eq -e "$1" rows; }

# ike_load NAME: its connection, as it has none after a start.
ike_load()
{
	atf_check -o match:"loaded connection" -e ignore lab_swanctl box \
	    "ike_$1" --load-all --file "$LAB_DIR/$1.swanctl"
}

# How often charon could not be connected to, and whether that is two more.
ike_failures()
{
	lab_ns box a "$MIP6CTL -j -s /run/mip6d.sock show counters" |
	    tr '{' '\n' | sed -n '/"vici_connect_errors"/s/.*"value": *\([0-9]*\).*/\1/p'
}
ike_failed_more() { [ "$(ike_failures)" -ge $(($1 + 2)) ]; }

ike_reborn()
{
	lab_ns box a "$MIP6CTL -s /run/mip6d.sock show processes" |
	    awk '$1 == "ike" && $3 == "ready" { print $2 }' >new &&
	    [ -s new ] && [ "$(cat new)" != "$pid" ]
}

ike_log()
{
	cat "$LAB_DIR/box/mip6d.log"
}

atf_test_case charon
charon_head()
{
	atf_set descr "show ike: charon's SAs; killed, absent, back again"
	atf_set timeout 600
}
charon_body()
{
	a=2001:db8:a::1
	b=2001:db8:a::2
	lab_require charon
	command -v python3 >/dev/null || atf_skip "python3 is not installed"
	[ -x "$MIP6D" ] || atf_fail "mip6d is not built"
	lab_up box || atf_fail "the guest did not boot"
	lab_netns box a b || atf_fail "namespaces"
	lab_veth box a a0 b b0 || atf_fail "a - b"
	lab_modprobe box af_key xfrm_user esp6 authenc cbc echainiv tun ||
	    atf_fail "modules"
	lab_run box "ip -n a addr add $a/64 dev a0 nodad
	    ip -n b addr add $b/64 dev b0 nodad" || atf_fail "addresses"
	ike_connection $a $b >"$LAB_DIR/a.swanctl"
	ike_connection $b $a >"$LAB_DIR/b.swanctl"

	# mip6d first: charon is not there yet, and that stops nothing.
	cat >"$LAB_DIR/mip6d.conf" <<EOT
user "nobody"
chroot "/run/mip6d.empty"
state-directory "/run/mip6d"
control socket "/run/mip6d.sock"
correspondent {
}
ike {
	vici-socket "$(lab_vici ike_a)"
}
EOT
	chmod 600 "$LAB_DIR/mip6d.conf"
	lab_run box "mkdir -p /run/mip6d /run/mip6d.empty"
	lab_start box mip6d "ip netns exec a $MIP6D -d -v -f \
	    $LAB_DIR/mip6d.conf" || atf_fail "mip6d"
	ike_until "state=(waiting|connecting)" || atf_fail "no answer at all"
	grep -q "last_error=No_such_file_or_directory" rows ||
	    atf_fail "the reason is not told: $(cat rows)"
	lab_time "mip6d without charon"

	lab_charon -n a box ike_a || atf_fail "charon in a"
	lab_charon -n b box ike_b || atf_fail "charon in b"
	ike_until "state=up" || atf_fail "charon was not found"
	grep -q "reconnects=0" rows || atf_fail "$(cat rows)"
	# "strongSwan 5.9.8 charon", and what it runs on.
	lab_swanctl box ike_a --version --daemon >version ||
	    atf_fail "swanctl --version --daemon"
	cat version
	version=$(grep -Eo "[0-9]+\.[0-9]+(\.[0-9]+)?" version | head -n 1)
	grep -Eq "version=charon(-systemd)?_${version:-unknown}$" rows ||
	    atf_fail "not its version: $(cat rows)"
	lab_time "charon is up"

	# What two charons agree on is shown, with the SPIs of the kernel.
	ike_load a
	ike_load b
	atf_check -o match:"completed successfully" \
	    lab_swanctl box ike_a --initiate --child all
	ike_until "name=all .*reqid=77" || atf_fail "no CHILD_SA"
	cat rows
	grep -Eq "local_host=$a local_id=id-of-$a name=lab \
remote_host=$b remote_id=id-of-$b .*role=initiator state=ESTABLISHED" rows ||
	    atf_fail "no IKE_SA"
	lab_ns box a "ip xfrm state" >xfrm
	for w in in out; do
		spi=$(sed -n "s/.* spi_$w=\\([0-9a-f]*\\).*/\\1/p" rows)
		grep -q "spi 0x$spi" xfrm || {
			cat xfrm
			atf_fail "the kernel has no SA with spi_$w $spi"
		}
	done
	lab_ns box a "$MIP6CTL -s /run/mip6d.sock show ike" >text
	cat text
	[ "$(wc -L <text)" -le 80 ] || atf_fail "wider than 80 columns"
	lab_time "an IKE_SA is shown"

	# A rekeyed CHILD_SA replaces the old one by its event alone.
	old=$(sed -n 's/.* spi_in=\([0-9a-f]*\).*/\1/p' rows)
	atf_check -o ignore lab_swanctl box ike_b --rekey --child all
	lab_wait 20 ike_lacks "spi_in=$old" ||
	    atf_fail "not rekeyed: $(cat rows)"
	# The IKE_SA is ended by the other side.
	atf_check -o ignore lab_swanctl box ike_b --terminate --ike lab
	lab_wait 20 ike_lacks "table=(ike|child)_sa" ||
	    atf_fail "it stays: $(cat rows)"
	lab_time "rekeyed and ended"

	# Killed: the reason is logged once, nothing of it is shown any more.
	atf_check -o match:"completed successfully" \
	    lab_swanctl box ike_a --initiate --child all
	ike_until "state=ESTABLISHED" || atf_fail "no IKE_SA again"
	lab_stop box ike_a KILL
	ike_until "state=(waiting|connecting)" || atf_fail "not noticed"
	if grep -q ESTABLISHED rows; then
		atf_fail "SAs of a charon that is not there"
	fi
	ike_until "last_error=Connection_refused" || atf_fail "another reason"
	# A second attempt, and a third, say nothing new.
	n=$(ike_failures)
	lab_wait 30 ike_failed_more "$n" || atf_fail "it does not try again"
	ike_log >log
	grep -q "charon: .*closed by charon; trying again" log ||
	    atf_fail "the end was not logged"
	[ "$(grep -c "WARN.*Connection refused\|: Connection refused; trying" \
	    log)" -eq 1 ] || atf_fail "not logged once"
	for r in cn ike net; do
		lab_ns box a "$MIP6CTL -s /run/mip6d.sock show processes" |
		    grep -Eq "^$r +[0-9]+ +ready .* 0 " ||
		    atf_fail "$r was restarted"
	done
	lab_time "charon was killed"

	# Back again, and what was made while mip6d was not looking is listed.
	lab_charon -n a box ike_a || atf_fail "charon in a, again"
	ike_load a
	ike_until "reconnects=1 .*state=up" || atf_fail "not connected again"
	atf_check -o match:"completed successfully" \
	    lab_swanctl box ike_a --initiate --child all
	ike_until "state=ESTABLISHED" || atf_fail "no IKE_SA after all that"
	lab_time "charon is back"

	# A new ike process lists what is there.
	pid=$(lab_ns box a "$MIP6CTL -s /run/mip6d.sock show processes" |
	    awk '$1 == "ike" { print $2 }')
	lab_run box "kill -KILL $pid" || atf_fail "no process ike"
	lab_wait 20 ike_reborn || atf_fail "ike was not started again"
	ike_until "state=ESTABLISHED" || atf_fail "not listed anew"
	grep -q "name=all" rows || atf_fail "its CHILD_SA is not: $(cat rows)"
	lab_time "a new ike process"
	lab_stop box mip6d || atf_fail "mip6d ended with $?"
}

atf_init_test_cases()
{
	atf_add_test_case charon
}
