#!/usr/bin/env atf-sh
# What wire/ builds, read by tshark: each field as it was meant, nothing
# malformed, every checksum right.

atf_test_case fields
fields_head()
{
	atf_set "descr" "tshark sees in every packet what was built"
	atf_set "require.progs" "tshark"
	atf_set "timeout" "120"
}
fields_body()
{
	dir=$(atf_get_srcdir)
	"$dir"/wire_pcap.test all.pcap >expected || atf_fail "no capture"
	cut -f2 expected | sort -u >names
	set --
	while read -r name; do
		set -- "$@" -e "$name"
	done <names
	TZ=UTC tshark -r all.pcap -T fields \
	    -E occurrence=a -E aggregator=, "$@" >seen 2>errors ||
	    atf_fail "tshark: $(cat errors)"
	# tshark 4.0 takes the Option Length of RFC 4285, 4866 and 5026
	# options as if it counted type and length, and shows two octets too few.
	awk -F '\t' '
	BEGIN { split("cgar.cga_par sign.sign phkt.phkt mocot.co_keygen_tok " \
		"dnsu.mn_id auth.auth_data", f, " "); for (i in f) short["mip6." f[i]] = 1 }
	FILENAME == "names" { name[$1] = FNR; next }
	FILENAME == "seen" { for (i = 1; i <= NF; i++) v[FNR, i] = $i
		frames = FNR; next }
	{ n++; got = v[$1, name[$2]]
	  cut = $3 ","
	  gsub(/....,/, ",", cut)
	  sub(/,$/, "", cut)
	  if (got != $3 && !(short[$2] && got == cut)) {
		printf "frame %d %s: %s, not %s\n", $1, $2, got, $3
		bad = 1
	  } }
	END { if (n < 90 || frames < 25) { print n, "fields"; bad = 1 }
		print n " fields of " frames " packets compared"
		exit bad }' names seen expected || atf_fail "fields differ"
}

atf_test_case complaints
complaints_head()
{
	atf_set "descr" "nothing malformed, no bad checksum"
	atf_set "require.progs" "tshark"
	atf_set "timeout" "120"
}
complaints_body()
{
	dir=$(atf_get_srcdir)
	"$dir"/wire_pcap.test all.pcap >expected || atf_fail "no capture"
	tshark -r all.pcap -Y \
	    '_ws.malformed || _ws.expert.severity >= 0x600000' >bad 2>/dev/null
	atf_check -o empty cat bad
	tshark -r all.pcap -V >verbose 2>/dev/null
	atf_check -s exit:1 grep -i 'incorrect\|malformed' verbose
}

atf_test_case checksums
checksums_head()
{
	atf_set "descr" "scapy computes the same checksums"
	atf_set "timeout" "120"
}
checksums_body()
{
	dir=$(atf_get_srcdir)
	for python in python3 /usr/bin/python3; do
		$python -c 'import scapy.layers.inet6' 2>/dev/null && break
	done || atf_skip "no scapy"
	"$dir"/wire_pcap.test all.pcap >expected || atf_fail "no capture"
	frames=$(tail -n 1 expected | cut -f1)
	atf_check -o inline:"$frames right, 0 wrong\n" \
	    $python "$dir"/data/check_cksum.py all.pcap
	# and it can fail: octet 6 of the Mobility Header in the first packet
	printf '\001' | dd of=all.pcap bs=1 seek=86 conv=notrunc 2>/dev/null
	atf_check -s exit:1 -o inline:"1 wrong\n$((frames - 1)) right, 1 wrong\n" \
	    $python "$dir"/data/check_cksum.py all.pcap
}

atf_init_test_cases()
{
	atf_add_test_case fields
	atf_add_test_case complaints
	atf_add_test_case checksums
}
