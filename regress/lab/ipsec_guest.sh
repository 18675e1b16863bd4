# ipsec_guest.sh: mobile node and home agent with IKEv2 and IPsec, within one
# guest of the laboratory: the network namespaces of regress/netns/lib.sh, a
# charon and a mip6d at either end.  Sourced by what runs in the guest.
#
# Settings, to be made before ig_up:
#	TOP	the source tree			OUT	where logs are to go
#	KEYS	psk, cert or manual		PROTECT	of the ipsec block
#	KM_HA	key-mobility of the agent	KM_MN	... of the node
#	SA_LIFETIME				IKE_LIFETIME
#	MN_LIFETIME	of its bindings
#	MN_INTERFACES	of the node's configuration
#	DOS_PROTECTION	no: charon lets many come from one address at once
#	ROAM	yes: charon looks after changes of addresses itself

: "${TOP:?}" "${OUT:=/tmp}"
: "${KEYS:=psk}" "${PROTECT:=payload}" "${KM_HA:=yes}" "${KM_MN:=yes}"
: "${SA_LIFETIME:=1h}" "${IKE_LIFETIME:=0s}" "${ROAM:=no}" "${DOS_PROTECTION:=yes}"
: "${MN_LIFETIME:=600s}"
[ -n "${MN_INTERFACES:-}" ] || MN_INTERFACES='interface "wlan0"'
NET_ID=g NET_DIR=/tmp/net NET_LOOKS="0.1 0.3 0.6 1"
MIP6D=$TOP/mip6d/mip6d MIP6CTL=$TOP/mip6ctl/mip6ctl
PYTHON=/usr/bin/python3
CHARON=/usr/lib/ipsec/charon
mkdir -p $NET_DIR /tmp/empty
chmod 755 /tmp/empty

# shellcheck source=../netns/lib.sh
. "$TOP/regress/netns/lib.sh"

K16=6d69703664206d69703664206d697036
K32=${K16}${K16}

# Found when they are needed they take seconds, when somebody waits.
ig_modules()
{
	modprobe -qa af_key xfrm_user esp6 authenc cbc aes_generic \
	    sha256_generic hmac seqiv echainiv tun veth bridge sch_netem \
	    nf_tables ip6_tables ip6table_filter ip6table_raw ip6t_rt \
	    ip6t_rpfilter xt_u32 xt_tcpudp
	# An association brings the algorithms that have other names.
	ip -batch - <<-IP
	xfrm state add src ::1 dst ::2 proto esp spi 0x9999 mode transport enc cbc(aes) 0x$K16 auth-trunc hmac(sha256) 0x$K32 128
	xfrm state delete src ::1 dst ::2 proto esp spi 0x9999
	IP
	# What the kernel asks for besides is not there, and each question
	# starts a process.
	echo > /proc/sys/kernel/modprobe
}

# ig_charon NS: start it, and wait for its socket.
ig_charon()
{
	cat > $NET_DIR/$1.strongswan.conf <<CONF
charon {
	load = random nonce drbg openssl kdf hmac sha1 sha2 aes gcm pem pkcs1 pkcs8 x509 pubkey constraints kernel-netlink socket-default vici
	install_routes = no
	install_virtual_ip = no
	process_route = $ROAM
	retransmit_timeout = 1.0
	dos_protection = $DOS_PROTECTION
	plugins {
		vici {
			socket = unix://$NET_DIR/$1.vici
		}
		kernel-netlink {
			roam_events = $ROAM
		}
	}
	filelog {
		lab {
			path = $NET_DIR/$1.charon.log
			time_format = %H:%M:%S
			time_add_ms = yes
			ike_name = yes
			flush_line = yes
			default = 1
			knl = 2
		}
	}
}
CONF
	mkdir -p $NET_DIR/$1.run
	rm -f $NET_DIR/$1.vici
	cat > $NET_DIR/$1.charon.sh <<CONF
# Alone in its mount namespace, it finds its own /run.
mount --bind $NET_DIR/$1.run /run || exit 1
STRONGSWAN_CONF=$NET_DIR/$1.strongswan.conf
export STRONGSWAN_CONF
exec $CHARON
CONF
	ip netns exec "$(ns "$1")" unshare -m --propagation private \
	    sh $NET_DIR/$1.charon.sh > $NET_DIR/$1.charon.out 2>&1 &
	echo $! > $NET_DIR/$1.charon.pid
	cat $NET_DIR/$1.charon.pid >> $NET_DIR/pids
	wait_for 20 test -S $NET_DIR/$1.vici
}

ig_charon_kill()
{
	kill -9 "$(cat $NET_DIR/$1.charon.pid)"
	rm -f $NET_DIR/$1.run/charon.pid
}

# ig_certificate NAME IDENTITY: with its key, signed by the authority.
ig_certificate()
{
	printf 'subjectAltName=email:%s\n' "$2" > $NET_DIR/$1.ext
	openssl ecparam -name prime256v1 -genkey -noout \
	    -out $NET_DIR/$1.key 2>/dev/null &&
	openssl req -new -key $NET_DIR/$1.key -subj "/CN=$1" \
	    -out $NET_DIR/$1.csr 2>/dev/null &&
	openssl x509 -req -in $NET_DIR/$1.csr -CA $NET_DIR/ca.crt \
	    -CAkey $NET_DIR/ca.key -CAcreateserial -days 30 \
	    -extfile $NET_DIR/$1.ext -out $NET_DIR/$1.crt 2>/dev/null
}

ig_authority()
{
	openssl ecparam -name prime256v1 -genkey -noout \
	    -out $NET_DIR/ca.key 2>/dev/null &&
	openssl req -x509 -new -key $NET_DIR/ca.key -subj "/CN=laboratory" \
	    -days 30 -out $NET_DIR/ca.crt 2>/dev/null &&
	ig_certificate ha ha@example.com && ig_certificate mn mn@example.com
}

# What the ipsec block says of how keys come about; ig_keys SIDE.
ig_keys()
{
	case $KEYS in
	psk)	echo 'secret "a secret of the laboratory"' ;;
	cert)	[ "$1" = ha ] || printf '%s\n' \
		    "certificate \"$NET_DIR/mn.crt\"" \
		    "private-key \"$NET_DIR/mn.key\"" ;;
	manual)	cat <<CONF
security-association binding to-agent {
	spi 4097
	encryption aes-cbc 0x$K16
	integrity hmac-sha256-96 0x$K32
}
security-association binding from-agent {
	spi 4098
	encryption aes-cbc 0x$K16
	integrity hmac-sha256-96 0x$K32
}
security-association tunnel to-agent {
	spi 4099
	encryption aes-cbc 0x$K16
	integrity hmac-sha256-96 0x$K32
}
security-association tunnel from-agent {
	spi 4100
	encryption aes-cbc 0x$K16
	integrity hmac-sha256-96 0x$K32
}
CONF
	;;
	esac
}

# The ike block: ig_ike SIDE KEY-MOBILITY.
ig_ike()
{
	[ $KEYS != manual ] || return 0
	echo "ike {"
	echo "vici-socket \"$NET_DIR/$1.vici\""
	echo "key-mobility $2"
	echo "sa-lifetime $SA_LIFETIME"
	echo "ike-lifetime $IKE_LIFETIME"
	[ "$1" = mn ] || echo 'identity "ha@example.com"'
	if [ $KEYS = cert ]; then
		echo "authority \"$NET_DIR/ca.crt\""
		[ "$1" = mn ] || printf '%s\n' \
		    "certificate \"$NET_DIR/ha.crt\"" \
		    "private-key \"$NET_DIR/ha.key\""
	fi
	echo "}"
}

ig_configurations()
{
	cat > $NET_DIR/ha.conf <<CONF
user "nobody"
chroot "/tmp/empty"
log stderr
state-directory "$NET_DIR/ha.state"
control socket "$NET_DIR/ha.sock"
$(ig_ike ha $KM_HA)
home-agent {
	update-rate 100
	${RULES_HA:-}
	home-link "home" {
		address $HA_ADDR
		prefix $HOME_PREFIX::/64
		router-advertisements {
			interval 500ms 1s
		}
	}
	mobile-node {
		home-address $MN_HOME
		authentication ipsec
		ipsec {
			identity "mn@example.com"
			protect $PROTECT
			$(ig_keys ha)
		}
	}
	${EXTRA_HA:-}
}
CONF
	cat > $NET_DIR/mn.conf <<CONF
user "nobody"
chroot "/tmp/empty"
log stderr
state-directory "$NET_DIR/mn.state"
control socket "$NET_DIR/mn.sock"
$(ig_ike mn $KM_MN)
mobile-node {
	$MN_INTERFACES
	home-address $MN_HOME {
		home-prefix $HOME_PREFIX::/64
		home-agent $HA_ADDR
		lifetime $MN_LIFETIME
		authentication ipsec
		ipsec {
			identity "mn@example.com"
			home-agent-identity "ha@example.com"
			protect $PROTECT
			$(ig_keys mn)
		}
	}
	${EXTRA_MN:-}
}
CONF
}

# As that of lib.sh, but a guest is slow, its files are in memory, and its log
# goes on from one daemon to the next.
ig_mip6d()
{
	chmod 600 $NET_DIR/$1.conf
	: >> $NET_DIR/$1.log
	_ups=$(ig_ups "$1")
	ip netns exec "$(ns "$1")" "$MIP6D" -d -v -f $NET_DIR/$1.conf \
	    >> $NET_DIR/$1.log 2>&1 &
	echo $! > $NET_DIR/$1.pid
	cat $NET_DIR/$1.pid >> $NET_DIR/pids
	wait_for 60 ig_is_up "$1" || { cat $NET_DIR/$1.log; return 1; }
}

# How often a daemon of this log has come up.
ig_ups() { grep -c ': up$' $NET_DIR/$1.log; }
ig_is_up() { [ "$(ig_ups "$1")" -gt "$_ups" ]; }

ig_at()
{
	ctl_asked ha show bindings
	grep -A 1 ' bound' "$_out" | grep -q "2001:db8:f$1:"
}
ig_home() { ctl_asked mn show bul && grep -q 'at home' "$_out"; }
# ig_field NS VERB FIELD: its values, one a row that has it.
ig_field() { rows "$1" "$2" "$3"; }

# Both kinds of associations are there: for Binding Updates and the tunnel.
ig_children() { [ "$(ig_field "$1" "show ike" spi_in | wc -l)" -ge 2 ]; }

ig_keys_up() { [ "$(ig_field "$1" "show sa" keys)" = up ]; }

# ig_move home|foreign1|foreign2: and wait until it is registered.
ig_move()
{
	mn_to "$1"
	case $1 in
	home)	wait_for "${2:-15}" ig_home ;;
	*)	wait_for "${2:-15}" ig_at "${1#foreign}" ;;
	esac
}

# ig_up: everything, the node at home and with keys.
ig_up()
{
	ig_modules
	net_up || return 1
	[ $KEYS != cert ] || ig_authority || return 1
	ig_configurations
	case $MN_INTERFACES in
	*eth1*)
		veth mn eth1 sw mn-port2
		printf '%s\n' "link set mn-port2 down" \
		    "link set mn-port2 master foreign2" |
		    ip -n "$(ns sw)" -batch - ;;
	esac
	ra_start 0.5 1
	tcpdump_start core any $NET_DIR/core.pcap || return 1
	if [ $KEYS != manual ]; then
		ig_charon ha || return 1
		ig_charon mn || return 1
	fi
	mn_to home
	ig_mip6d ha || return 1
	ig_mip6d mn || return 1
	wait_for 20 ig_home || return 1
	[ $KEYS = manual ] || wait_for 60 ig_children mn
}

# The traffic of the node passes, both ways.
ig_reach() { in_ns cn ping -6 -n -c 3 -i 0.2 -W 2 $MN_HOME >/dev/null; }

ig_save()
{
	cp $NET_DIR/*.log $NET_DIR/*.pcap $NET_DIR/*.conf $NET_DIR/*.out \
	    "$OUT"/ 2>/dev/null
	for _n in ha mn; do
		for _w in "show sa" "show spd" "show sad" "show ike" \
		    "show counters" status check; do
			echo "# $_n $_w"
			# shellcheck disable=SC2086
			ctl $_n $_w
		done
	done > "$OUT"/state.txt 2>&1
}

# How many of everything there are at NS, to be compared.
ig_counts()
{
	printf '%s states, %s policies, %s IKE_SAs\n' \
	    "$(in_ns "$1" ip xfrm state | grep -c '^src')" \
	    "$(in_ns "$1" ip xfrm policy | grep -c 'dir ')" \
	    "$(ctl "$1" show ike 2>/dev/null | grep -c ESTABLISHED)"
}
