#!/bin/sh
# Processes of a home agent and a mobile node that die or hang while packets
# flow: the longest outage in milliseconds, and how many packets were lost.
#
#	faults.sh [-j] [-n COUNT] [-i MS] [9|STOP...]
#
# Method: the node sends a datagram each MS milliseconds (1) from its home
# address through the tunnel, and the correspondent sends it back.  Lost is what
# was not answered; the outage is from the first one lost to the next answered.
# A process is ended by kill -9 COUNT times (5), or stopped by kill -STOP once
# and left to itself.  The parent, and all processes, are started again the
# moment they are gone, as a service manager does, and come last in each round:
# a process that dies a second time is started again more slowly.  A parent that
# was stopped goes on after some seconds.  Beside the worst outage stands the aim,
# and "missed" where it was longer; on a busy machine it may be.
#
# Needs root: the nodes are network namespaces.
set -u

TOP=$(cd "$(dirname "$0")/../.." && pwd)
MIP6D=$TOP/mip6d/mip6d MIP6CTL=$TOP/mip6ctl/mip6ctl
PYTHON=${PYTHON:-/usr/bin/python3}
PROBE=$TOP/regress/netns/probe.py
NET_ID=bench$$ NET_DIR=$(mktemp -d)
format=table count=5 interval=1

while getopts jn:i: o; do
	case $o in
	j)	format=json ;;
	n)	count=$OPTARG ;;
	i)	interval=$OPTARG ;;
	*)	echo "usage: faults.sh [-j] [-n count] [-i ms] [9|STOP ...]" >&2
		exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- 9 STOP

# shellcheck source=../netns/lib.sh
. "$TOP/regress/netns/lib.sh"
# shellcheck source=../netns/faults_lib.sh
. "$TOP/regress/netns/faults_lib.sh"
why=$(net_need ip radvd nft "$PYTHON") || { echo "faults: $why"; exit 1; }
trap 'net_down; rm -rf "$NET_DIR"' EXIT
trap 'exit 1' INT TERM

# What is stopped: all of a daemon would be its service manager's to notice.
victims() {
	case $1 in
	9)	echo "ha:net ha:ha ha:control ha:ike mn:net mn:mn mn:control" \
		    "ha:parent mn:parent ha:all mn:all" ;;
	STOP)	echo "ha:ha ha:net ha:control ha:ike ha:parent" \
		    "mn:mn mn:net mn:control mn:parent" ;;
	esac
}

# one NODE:ROLE SIGNAL
one() {
	fault "${1%:*}" "${1#*:}" traffic "$2" 2> "$NET_DIR/err" || {
		echo "${1%:*} ${1#*:} -$2: $fault_why" >&2
		cat "$NET_DIR/err" >&2
		failed=1
	}
	echo "${1%:*} ${1#*:} $2 $fault_ms $fault_lost"
}

faults_up "$interval" 2> "$NET_DIR/err" || { cat "$NET_DIR/err"; exit 1; }
failed=0
for signal; do
	n=$count
	[ "$signal" = STOP ] && n=1
	i=0
	while [ $i -lt "$n" ]; do
		i=$((i + 1))
		for v in $(victims "$signal"); do
			one "$v" "$signal"
		done
	done
done > "$NET_DIR/samples"

"$PYTHON" - "$format" "$interval" "$NET_DIR/samples" <<'PY'
import json, sys

form, interval, name = sys.argv[1:]
# The longest outages that are meant; none for the others.  One that is stopped
# is killed at the fifth tick, one each second, that has found it silent: up to
# six seconds later.
aims = {("parent", "9"): 1000, ("all", "9"): 1000, ("net", "9"): 250,
        ("net", "STOP"): 6250}
rows, where = {}, {"ha": "home agent", "mn": "mobile node"}
for line in open(name):
    node, role, signal, ms, lost = line.split()
    if ms != "-":
        rows.setdefault((node, role, signal), []).append(
            (float(ms), int(lost)))
out = []
for (node, role, signal), v in rows.items():
    ms = sorted(x[0] for x in v)
    aim = aims.get((role, signal), 0)
    out.append({"node": node, "process": role, "signal": signal,
                "times": len(v), "ms_median": ms[len(ms) // 2],
                "ms_max": ms[-1], "packets_lost_max": max(x[1] for x in v),
                "aim_ms": aim, "missed": ms[-1] > aim})
if form == "json":
    print(json.dumps({"interval_ms": float(interval), "rows": out}, indent=1))
    sys.exit()
print("One datagram each %s ms there and back; outage in ms, packets lost."
      % interval)
print("%-12s %-8s %-5s %5s %8s %8s %8s %8s" % (
    "node", "process", "kill", "times", "median", "worst", "aim", "lost"))
for r in out:
    print("%-12s %-8s %-5s %5d %8.0f %8.0f %8d %8d%s" % (
        where[r["node"]], r["process"], "-" + r["signal"], r["times"],
        r["ms_median"], r["ms_max"], r["aim_ms"], r["packets_lost_max"],
        "  missed" if r["missed"] else ""))
PY
exit $failed
