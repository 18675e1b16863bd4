#!/usr/bin/env atf-sh
# What t_net_route.c has net send, read by tshark: the headers in their order,
# fragments that make a packet, nothing malformed.

# decode CASE: the case leaves its packets in a file; a line for each.
decode()
{
	"$(atf_get_srcdir)"/t_net_route.test "$1" >out 2>&1 ||
	    atf_fail "$1: $(cat out)"
	tshark -r "$1.pcap" -Y '_ws.malformed' >bad 2>/dev/null
	atf_check -o empty cat bad
	tshark -r "$1.pcap" -T fields -E separator=' ' -E occurrence=a \
	    -E aggregator=, -e frame.protocols -e ipv6.fraghdr.offset \
	    -e ipv6.reassembled.length 2>errors | sed 's/ *$//' >seen
	[ -s seen ] || atf_fail "tshark: $(cat errors)"
}

atf_test_case fragments
fragments_head()
{
	atf_set "descr" "tshark puts together what did not fit"
	atf_set "require.progs" "tshark"
	atf_set "timeout" "300"
}
fragments_body()
{
	decode routing_header
	atf_check -o inline:"raw:ipv6:ipv6.routing:data
raw:ipv6:ipv6.routing:ipv6.fraghdr:data 0
raw:ipv6:ipv6.routing:ipv6.fraghdr:data 151 1240
" cat seen
	decode option
	atf_check -o inline:"raw:ipv6:ipv6.dstopts:ipv6.fraghdr:data 0
raw:ipv6:ipv6.dstopts:ipv6.fraghdr:esp 151 1240
" cat seen
	decode again
	atf_check -o inline:"raw:ipv6:ipv6.routing:ipv6.fraghdr:data 308
raw:ipv6:ipv6.routing:ipv6.fraghdr:data 459
" cat seen
	decode both
	atf_check -o inline:"raw:ipv6:ipv6.routing:ipv6.dstopts:data
raw:ipv6:ipv6.routing:ipv6.dstopts:ipv6.fraghdr:data 0
raw:ipv6:ipv6.routing:ipv6.dstopts:ipv6.fraghdr:data 148 1240
" cat seen
	decode nested
	atf_check -o inline:"raw:ipv6:ipv6:ipv6.routing:data
raw:ipv6:ipv6:ipv6.routing:ipv6.fraghdr:data 0
raw:ipv6:ipv6:ipv6.routing:ipv6.fraghdr:data 146 1208
" cat seen
	decode hop_by_hop
	atf_check -o inline:"raw:ipv6:ipv6.hopopts:ipv6.routing:ipv6.fraghdr:data 0
raw:ipv6:ipv6.hopopts:ipv6.routing:ipv6.fraghdr:data 150 1232
raw:ipv6:ipv6.hopopts:ipv6.routing:ipv6.fraghdr:data 0
raw:ipv6:ipv6.hopopts:ipv6.routing:ipv6.fraghdr:data 131 1080
raw:ipv6:ipv6.hopopts:ipv6.routing:ipv6.fraghdr:data 0
raw:ipv6:ipv6.hopopts:ipv6.routing:ipv6.fraghdr:data 4 64
raw:ipv6:ipv6.hopopts:ipv6.dstopts:ipv6.fraghdr:data 0
raw:ipv6:ipv6.hopopts:ipv6.dstopts:ipv6.fraghdr:esp 150 1232
" cat seen
}

atf_init_test_cases()
{
	atf_add_test_case fragments
}
