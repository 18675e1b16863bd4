# A home agent and a mobile node in the topology of lib.sh, which is sourced
# first: their configurations, and what both ends say.  For tests and measurements.

: "${PAIR_HEAD:=user \"nobody\"; chroot \"/var/empty\"; log stderr; log verbose}"

# pair_up virtual|physical [STATEMENTS]: topology and configurations, nothing
# started; the statements are for ha_conf
pair_up() {
	net_up || return 1
	mkdir -p "$NET_DIR/ha.state" "$NET_DIR/mn.state"
	if [ "$1" = virtual ]; then
		# Its prefix is routed into the tunnel.
		in_ns ha ip addr del $HA_ADDR/64 dev home
		in_ns ha ip addr add $HA_ADDR/128 dev home nodad
		ha_conf virtual "${2:-}"
	else
		ha_conf '"home"' "${2:-}"
	fi
	mn_conf 'interface "wlan0"'
}

# ha_conf LINK [STATEMENTS]: virtual or the name of an interface in quotes, and
# what the home agent has besides one node
ha_conf() {
	_ra='router-advertisements { interval 30ms 70ms; }'
	[ "$1" != virtual ] || _ra=
	cat > "$NET_DIR/ha.conf" <<-CONF
	$PAIR_HEAD; state-directory "$NET_DIR/ha.state"
	home-agent {
		home-link $1 { address $HA_ADDR; prefix $HOME_PREFIX::/64; $_ra }
		mobile-node "mn@example.com" {
			home-address $MN_HOME
			authentication mn-ha spi 256 key "0123456789abcdef"
		}
		${2:-}
	}
	CONF
	chmod 600 "$NET_DIR/ha.conf"
}

# mn_conf STATEMENTS [STATEMENTS]: before and after its home address, of which
# LIFETIME and KEY may be others
mn_conf() {
	cat > "$NET_DIR/mn.conf" <<-CONF
	$PAIR_HEAD; state-directory "$NET_DIR/mn.state"
	mobile-node {
		$1
		home-address $MN_HOME {
			home-prefix $HOME_PREFIX::/64
			home-agent $HA_ADDR
			identifier "mn@example.com"
			lifetime ${LIFETIME:-600s}
			authentication mn-ha spi 256 key "${KEY:-0123456789abcdef}"
		}
		${2:-}
	}
	CONF
	chmod 600 "$NET_DIR/mn.conf"
}

reachable() { in_ns cn ping -c 1 -W 0.3 "${1:-$MN_HOME}"; }

# Both ends know the same care-of address, of this prefix.
agree() {
	_a=$(field mn careof show bul) _b=$(field ha careof show bindings)
	[ "$_a" = "$_b" ] && [ "$(field mn state show bul)" = registered ] &&
	    case $_a in $1*) ;; *) false ;; esac
}
