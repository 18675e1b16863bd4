# Tests.  unit, scenario and fuzz programs are built with sanitizers; each
# area has its own list, so that one can grow without the others.

UNIT_CORE = regress/unit/t_buf.test regress/unit/t_file.test regress/unit/t_sleep.test regress/unit/t_wheel.test \
	regress/unit/t_msg.test regress/unit/t_ipc.test regress/unit/t_held.test regress/unit/t_shell.test regress/unit/t_child.test regress/unit/t_parent.test

UNIT_WIRE = regress/unit/t_wire_scapy.test regress/unit/t_wire_ip6.test \
	regress/unit/t_wire_chain.test \
	regress/unit/t_wire_mh.test regress/unit/t_wire_cga.test regress/unit/t_wire_cgarsa.test \
	regress/unit/t_wire_rewrite.test \
	regress/unit/t_wire_icmp6.test regress/unit/t_wire_print.test \
	regress/unit/wire_pcap.test

UNIT_PFKEY = regress/unit/t_pfkey_layout.test \
	regress/unit/t_pfkey_parse.test regress/unit/t_pfkey_client.test \
	regress/unit/t_pfkey_faults.test regress/unit/t_pfkey_print.test

UNIT_CONF = regress/unit/t_conf.test regress/unit/t_conf_bad.test \
	regress/unit/t_conf_identity.test

UNIT_CTL = regress/unit/t_why.test regress/unit/t_verb.test regress/unit/t_ctl.test \
	regress/unit/t_output.test regress/unit/t_ctl_check.test regress/unit/t_ctl_cga.test \
	regress/unit/t_control.test

UNIT_PARENT = regress/unit/t_reload.test regress/unit/t_parent.test regress/unit/t_spd.test \
	regress/unit/t_pidfile.test regress/unit/t_listen.test regress/unit/t_guard.test \
	regress/unit/t_capture.test \
	regress/unit/t_state.test regress/unit/t_npf.test \
	regress/unit/t_ipsec_move.test regress/unit/t_ipsec_watch.test regress/unit/t_sec_away.test regress/unit/t_rows.test

UNIT_PROCS = regress/unit/t_watch.test regress/unit/t_sandbox.test regress/unit/t_cga.test \
	regress/unit/t_peers.test regress/unit/t_notify.test \
	regress/unit/t_job_faults.test regress/unit/t_sec.test regress/unit/t_request.test

UNIT_NET = regress/unit/t_net_fds.test regress/unit/t_net_output.test regress/unit/t_net_many.test regress/unit/t_net_shim.test regress/unit/t_net_dispatch.test \
	regress/unit/t_net_tunnel.test regress/unit/t_net_model.test regress/unit/t_net_observe.test regress/unit/t_net_route.test regress/unit/t_net_credit.test regress/unit/t_net_ipsec.test \
	regress/unit/t_net_defend.test regress/unit/t_net_plane.test \
	regress/unit/t_net_paths.test regress/unit/t_net_flows.test

UNIT_HA = regress/unit/t_ha_dhaad.test regress/unit/t_ha_tables.test regress/unit/t_ha_policy.test

UNIT_MN = regress/unit/t_mn_register.test regress/unit/t_mn_ba.test \
	regress/unit/t_mn_bul.test regress/unit/t_mn_movement.test \
	regress/unit/t_mn_home.test regress/unit/t_mn_errors.test \
	regress/unit/t_mn_query.test regress/unit/t_mn_keys.test \
	regress/unit/t_mn_many.test regress/unit/t_mn_evidence.test \
	regress/unit/t_mn_exchange.test regress/unit/t_mn_life.test \
	regress/unit/t_mn_peers.test \
	regress/unit/t_clocks.test

UNIT_IKE = regress/unit/t_vici_codec.test regress/unit/t_vici_conn.test \
	regress/unit/t_ike_sa.test regress/unit/t_ike_charon.test \
	regress/unit/t_ike_keying.test regress/unit/t_ike_agent.test \
	regress/unit/t_vici_parent.test

# Fuzz targets, without suffix: .replay runs saved inputs, .fuzz is libFuzzer.
FUZZ_CORE = regress/fuzz/f_ipc regress/fuzz/f_pipe

FUZZ_WIRE = regress/fuzz/f_walk regress/fuzz/f_mh regress/fuzz/f_icmp6 \
	regress/fuzz/f_rewrite regress/fuzz/f_cga regress/fuzz/f_cgaopt

FUZZ_PFKEY = regress/fuzz/f_pfkey

FUZZ_CONF = regress/fuzz/f_conf

FUZZ_CTL = regress/fuzz/f_ctl regress/fuzz/f_report

FUZZ_NET = regress/fuzz/f_shim

FUZZ_KERN = regress/fuzz/f_npf

FUZZ_MN = regress/fuzz/f_mn regress/fuzz/f_mnro

FUZZ_HA = regress/fuzz/f_ha

FUZZ_CN = regress/fuzz/f_cn

FUZZ_IKE = regress/fuzz/f_vici

FUZZ_STORE = regress/fuzz/f_state

BENCH_WIRE = regress/bench/b_wire.bench

BENCH_NET = regress/bench/b_net.bench

BENCH_HA = regress/bench/b_ha.bench

BENCH_MN = regress/bench/b_mn.bench

BENCH_CN = regress/bench/b_cn.bench

# Plays many mobile nodes, for tests and measurements of the real daemon.
MNLOAD = regress/netns/mnload.bench regress/bench/rrload.bench

# The scenario runner.
SCENARIO_SRCS = regress/scenario/run.c regress/scenario/encode.c \
	regress/scenario/decode.c regress/scenario/rr.c regress/scenario/kept.c \
	regress/scenario/answer.c regress/scenario/routes.c \
	regress/scenario/peer.c regress/scenario/node.c
SCENARIO_OBJS = $(SCENARIO_SRCS:.c=.asan)
SCENARIO_RUN = regress/scenario/run.san
SCENARIO_TESTS = regress/scenario/t_scenarios.test

UNIT_BSD = regress/unit/t_bsd_kern.test
BSD_OBJS = mip6d/kern/bsd.fbsd mip6d/kern/bsd_addrs.fbsd \
	mip6d/kern/bsd_address.fbsd mip6d/kern/bsd_caps.fbsd \
	mip6d/kern/bsd_events.fbsd mip6d/kern/bsd_fd.fbsd \
	mip6d/kern/bsd_msg.fbsd mip6d/kern/bsd_route.fbsd \
	mip6d/kern/bsd_router.fbsd \
	mip6d/kern/bsd_rows.fbsd mip6d/kern/bsd_stale.fbsd mip6d/kern/freebsd.fbsd \
	mip6d/kern/freebsd_ipfw.fbsd \
	regress/bsd/fake/kernel.fbsd regress/bsd/fake/ipfw.fbsd

UNIT_TESTS = $(UNIT_CORE) $(UNIT_OS) $(UNIT_WIRE) $(UNIT_PFKEY) $(UNIT_CONF) \
	$(UNIT_CTL) $(UNIT_PARENT) $(UNIT_PROCS) $(UNIT_NET) $(UNIT_HA) $(UNIT_MN) $(UNIT_IKE)
FUZZ_TARGETS = $(FUZZ_CORE) $(FUZZ_WIRE) $(FUZZ_PFKEY) $(FUZZ_CONF) \
	$(FUZZ_CTL) $(FUZZ_NET) $(FUZZ_KERN) $(FUZZ_HA) $(FUZZ_CN) $(FUZZ_MN) $(FUZZ_IKE) \
	$(FUZZ_STORE)
BENCHES = $(BENCH_WIRE) $(BENCH_NET) $(BENCH_HA) $(BENCH_MN) $(BENCH_CN)

TEST_LIBS = regress/sanitize.asan mip6ctl/libmip6ctl.asan.a ike/libike.asan.a mip6d/libmip6d.asan.a libpfkey/libpfkey.asan.a mip6d/libwire.asan.a
BENCH_LIBS = mip6d/libmip6d.o.a ike/libike.o.a libpfkey/libpfkey.o.a mip6d/libwire.o.a

# Files of mip6d/kern for a BSD, on the kernel of regress/bsd/fake.
.SUFFIXES: .fbsd
.c.fbsd:
	clang -nostdinc -std=c11 -g -O1 -fPIE -U__linux__ -D__FreeBSD__=14 \
		-D_GNU_SOURCE -include regress/bsd/fake/rename.h -I. -Imip6d \
		-isystem regress/bsd/libs -isystem regress/bsd/include \
		-isystem `clang -print-resource-dir`/include -MMD -MP \
		-MF $@.d -MT $@ -c -o $@ $<

.c.test:
	$(COMPILE) $(OPT_asan) $(CFLAGS) -MMD -MP -MF $@.d -MT $@ -o $@ $< \
		$(TEST_LIBS) $(OS_LDFLAGS_SAN) -latf-c $(LIBS)
.c.replay:
	$(COMPILE) $(OPT_asan) $(CFLAGS) -o $@ $< regress/fuzz/replay.c \
		$(TEST_LIBS) $(OS_LDFLAGS_SAN) $(LIBS)
.c.fuzz:
	clang $(M_CPPFLAGS) $(M_CFLAGS) -O1 -g \
		-fsanitize=fuzzer,address,undefined -o $@ $< \
		$(FUZZ_LIB_SRCS) $(OS_LDFLAGS_SAN) $(LIBS)
.c.bench:
	$(COMPILE) $(OPT_o) $(CFLAGS) -o $@ $< $(BENCH_LIBS) $(OS_LDFLAGS) \
		-latf-c $(LIBS)

# libFuzzer wants its own instrumentation: compile the sources along.
FUZZ_LIB_SRCS = $(WIRE_SRCS) $(PFKEY_SRCS) $(CONF_SRCS) $(CTL_SRCS) \
	$(NET_PURE_SRCS) $(ENGINE_SRCS) mip6d/core/wheel.c mip6d/core/counter.c \
	mip6d/core/msg.c mip6d/core/busy.c mip6d/core/clock.c mip6d/core/clock_read.c \
	mip6d/core/encap.c mip6d/core/ipc.c mip6d/core/ipc_out.c mip6d/core/limit.c \
	mip6d/core/role.c mip6d/core/report.c mip6d/core/verb.c \
	mip6d/core/ctl.c mip6d/core/file.c mip6d/core/glob.c mip6d/core/access.c mip6d/core/why.c mip6d/core/htab.c ike/vici_codec.c ike/sa.c \
	mip6d/core/log.c mip6d/store/statefile.c mip6d/store/journal.c

$(UNIT_TESTS) $(SCENARIO_TESTS): $(TEST_LIBS)
regress/unit/t_bsd_kern.asan: $(BSD_OBJS) $(TEST_LIBS)
$(UNIT_BSD): regress/unit/t_bsd_kern.asan $(BSD_OBJS) $(TEST_LIBS)
	$(LINK_asan) -o $@ regress/unit/t_bsd_kern.asan $(BSD_OBJS) \
		$(TEST_LIBS) -latf-c $(LIBS)
$(FUZZ_TARGETS:=.replay): $(TEST_LIBS) regress/fuzz/replay.c
$(FUZZ_TARGETS:=.fuzz): mip6d/conf/parse.c
$(BENCHES) $(MNLOAD): $(BENCH_LIBS)

# The runner of scenarios is asked by t_cn_tokens.sh, too.
unit-programs: $(UNIT_TESTS) $(SCENARIO_RUN) mip6ctl/mip6ctl.san mip6d/mip6d.san
replay-programs: $(FUZZ_TARGETS:=.replay)
# What changes a message changes a library too.
$(SCENARIO_OBJS): regress/scenario/run.h $(TEST_LIBS)
$(SCENARIO_RUN): $(SCENARIO_OBJS) $(TEST_LIBS)
	$(LINK_asan) -o $@ $(SCENARIO_OBJS) $(TEST_LIBS) $(LIBS)

scenario-programs: $(SCENARIO_RUN) $(SCENARIO_TESTS)
test-programs: unit-programs replay-programs scenario-programs
fuzz-programs: $(FUZZ_TARGETS:=.fuzz)
bench-programs: $(BENCHES)

# Figures: programs that measure in memory, then scripts that need namespaces.
BENCH_SCRIPTS = regress/bench/registrations.sh regress/bench/handover.sh \
	regress/bench/correspondents.sh regress/bench/peers.sh \
	regress/bench/tests.sh regress/bench/faults.sh \
	regress/bench/ipsec.sh
bench: bench-programs programs $(MNLOAD)
	for b in $(BENCHES); do echo; echo "== $$b"; ./$$b || exit 1; done
	for b in $(BENCH_SCRIPTS); do echo; echo "== $$b"; sh $$b || exit 1; done
.PHONY: unit-programs replay-programs scenario-programs test-programs fuzz-programs bench-programs

# Lines of the parsers that the saved inputs reach: regress/fuzz/coverage.txt
coverage: mip6d/conf/parse.c
	@CPPFLAGS="$(M_CPPFLAGS)" LIB_SRCS="$(FUZZ_LIB_SRCS)" LIBS="$(LIBS)" \
		sh regress/fuzz/coverage.sh
.PHONY: coverage

# Handovers between two foreign links; needs root.
bench-handover: programs
	sh regress/bench/handover.sh
# Processes that die and hang while packets flow; needs root.
bench-faults: programs
	sh regress/bench/faults.sh
# Moves and registrations with IKEv2, against charon alone; needs no root.
bench-ipsec: programs
	sh regress/bench/ipsec.sh
.PHONY: bench-handover bench-faults bench-ipsec

# What goes out in each scenario and test of an engine: make transcripts DIR=d
# before a change and after it, and diff -r.
transcripts:
	$(MAKE) SANITIZE=1 test-programs
	sh regress/transcripts.sh "$(DIR)"
# Instructions for a message and for a packet, counted by valgrind.
instructions: bench-programs
	sh regress/bench/callgrind.sh
# How much code root may run, by folder.
root-lines: programs
	sh regress/bench/root_lines.sh
.PHONY: transcripts instructions root-lines

# What is run.  The layers are the folders of regress/ with a Kyuafile.
LAYERS = unit scenario fuzz netns lab

check: deps
	$(MAKE) programs $(MNLOAD)
	$(MAKE) SANITIZE=1 programs test-programs
	sh regress/check.sh $(LAYERS)
check-unit:
	$(MAKE) SANITIZE=1 unit-programs
	sh regress/check.sh unit
check-scenario:
	$(MAKE) SANITIZE=1 scenario-programs
	sh regress/check.sh scenario
check-fuzz:
	$(MAKE) SANITIZE=1 replay-programs
	sh regress/check.sh fuzz
check-netns:
	$(MAKE) programs $(MNLOAD)
	$(MAKE) SANITIZE=1 programs
	sh regress/check.sh netns
# Each kind of death of each process; a part of check-netns.
check-faults:
	$(MAKE) programs
	sh regress/check.sh netns/t_faults.sh
check-lab:
	$(MAKE) programs
	sh regress/check.sh lab
# Every file as the BSDs' compilers see it; a part of check-unit.
bsd-syntax: mip6d/conf/parse.c mip6d/paths.h
	sh regress/bsd/syntax.sh
# The headers that this takes, compared with those of a real system:
#	make check-bsd-headers SYSTEM=netbsd SYSROOT=/somewhere
check-bsd-headers: mip6d/conf/parse.c mip6d/paths.h
	sh regress/bsd/compare.sh $(SYSTEM) $(SYSROOT)
.PHONY: bsd-syntax check-bsd-headers
lint: mip6d/libwire.$(O).a mip6d/libmip6d.$(O).a
	sh regress/lint/lint.sh
.PHONY: check-unit check-scenario check-fuzz check-netns check-faults check-lab
