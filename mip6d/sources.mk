# One list a folder; a new file is one new word.
WIRE_SRCS = mip6d/wire/addr.c mip6d/wire/buf.c mip6d/wire/cga.c mip6d/wire/cgakey.c mip6d/wire/cgaopt.c \
	mip6d/wire/cgarsa.c mip6d/wire/cksum.c \
	mip6d/wire/icmp6.c mip6d/wire/ip6.c mip6d/wire/mh.c \
	mip6d/wire/mhauth.c mip6d/wire/mhmsg.c mip6d/wire/mhopt.c \
	mip6d/wire/nd.c mip6d/wire/pcap.c mip6d/wire/print.c \
	mip6d/wire/rewrite.c mip6d/wire/text.c
CORE_SRCS = mip6d/core/role.c mip6d/core/encap.c mip6d/core/msg.c mip6d/core/counter.c \
	mip6d/core/report.c mip6d/core/wheel.c mip6d/core/log.c \
	mip6d/core/clock.c mip6d/core/clock_read.c mip6d/core/slept.c mip6d/core/timer.c mip6d/core/busy.c mip6d/core/ipc.c mip6d/core/verb.c \
	mip6d/core/ctl.c mip6d/core/htab.c mip6d/core/limit.c mip6d/core/glob.c mip6d/core/access.c mip6d/core/statickey.c mip6d/core/why.c \
	mip6d/core/ipc_out.c mip6d/core/ipc_one.c mip6d/core/held.c mip6d/core/file.c \
	mip6d/core/records.c

CHILD_SRCS = mip6d/core/child.c mip6d/core/past.c mip6d/core/stage.c mip6d/core/shell.c \
	mip6d/core/sandbox.c

# What must be in the kernel, for all systems (rows, rowtab, kinds and hosts are pure).
ROWS_SRCS = mip6d/kern/rows.c mip6d/kern/rowtab.c mip6d/kern/hosts.c \
	mip6d/kern/kinds.c mip6d/kern/keep.c mip6d/kern/stale.c \
	mip6d/kern/want.c mip6d/kern/contract.c

CONF_SRCS = mip6d/conf/mem.c mip6d/conf/error.c mip6d/conf/lex.c \
	mip6d/conf/parse.c mip6d/conf/apply.c mip6d/conf/value.c \
	mip6d/conf/tree.c mip6d/conf/print.c mip6d/conf/file.c \
	mip6d/conf/conf.c mip6d/conf/list.c \
	mip6d/conf/check.c mip6d/conf/global.c mip6d/conf/auth.c \
	mip6d/conf/ha.c mip6d/conf/mn.c mip6d/conf/statickey.c mip6d/conf/ro.c mip6d/conf/cn.c mip6d/conf/ike.c \
	mip6d/conf/ipsec.c mip6d/conf/identity.c mip6d/conf/pattern.c \
	mip6d/conf/check_ipsec.c mip6d/conf/check_cga.c mip6d/conf/check_static.c
PARENT_SRCS = mip6d/parent/parent.c mip6d/parent/openfiles.c mip6d/parent/tell.c mip6d/parent/proc.c mip6d/parent/children.c mip6d/parent/confsend.c \
	mip6d/parent/watch.c mip6d/parent/pulse.c mip6d/parent/sleep.c mip6d/parent/notify.c \
	mip6d/parent/peers.c mip6d/parent/suspect.c \
	mip6d/parent/verbs.c mip6d/parent/reload.c mip6d/parent/query.c \
	mip6d/parent/drops.c mip6d/parent/forward.c mip6d/parent/advert.c mip6d/parent/listen.c mip6d/parent/pidfile.c \
	mip6d/parent/undo.c mip6d/parent/support.c \
	mip6d/parent/kernel.c mip6d/parent/tun.c mip6d/parent/snapshot.c mip6d/parent/request.c \
	mip6d/parent/capture.c mip6d/parent/statedir.c mip6d/parent/confrows.c \
	mip6d/parent/pfkey.c mip6d/parent/pfrows.c mip6d/parent/connect.c \
	mip6d/parent/keyfile.c mip6d/parent/manual.c mip6d/parent/owned.c mip6d/parent/prims.c \
	mip6d/parent/asked.c mip6d/parent/planner.c mip6d/parent/sadb.c mip6d/parent/sweep.c
# The planning of IPsec, in the order in which each calls those before.
SEC_SRCS = mip6d/sec/spd.c mip6d/sec/prim.c mip6d/sec/ask.c mip6d/sec/node.c mip6d/sec/reqid.c \
	mip6d/sec/spi.c mip6d/sec/leftover.c mip6d/sec/orphan.c \
	mip6d/sec/plan.c mip6d/sec/dump.c mip6d/sec/compare.c \
	mip6d/sec/heal.c mip6d/sec/job.c mip6d/sec/request.c \
	mip6d/sec/heard.c mip6d/sec/keys.c mip6d/sec/watch.c \
	mip6d/sec/configure.c mip6d/sec/rows.c mip6d/sec/sec.c mip6d/sec/shell.c
# The process that holds private keys.
CGA_SRCS = mip6d/cga/form.c mip6d/cga/key.c mip6d/cga/cga.c
CONTROL_SRCS = mip6d/control/asked.c mip6d/control/client.c \
	mip6d/control/turn.c mip6d/control/query.c mip6d/control/silence.c \
	mip6d/control/control.c
# In order, as above.
STORE_SRCS = mip6d/store/statefile.c mip6d/store/journal.c \
	mip6d/store/timefile.c mip6d/store/save.c mip6d/store/store.c
# Pure: no descriptors, no events.
NET_PURE_SRCS = mip6d/net/addrs.c mip6d/net/bind.c mip6d/net/bound.c mip6d/net/dispatch.c \
	mip6d/net/encap.c mip6d/net/entry_point.c mip6d/net/exit_point.c \
	mip6d/net/forward.c mip6d/net/groups.c mip6d/net/homes.c \
	mip6d/net/icmp.c mip6d/net/ipsec.c mip6d/net/mh.c \
	mip6d/net/defend.c mip6d/net/pmtu.c mip6d/net/credit.c mip6d/net/protect.c mip6d/net/reason.c \
	mip6d/net/reply.c mip6d/net/sent.c mip6d/net/selector.c mip6d/net/flow.c mip6d/net/share.c mip6d/net/shim.c mip6d/net/spi.c \
	mip6d/net/twice.c mip6d/net/observe.c mip6d/net/owner.c mip6d/net/plane.c \
	mip6d/net/plane_user.c mip6d/net/tell.c
NET_SRCS = $(NET_PURE_SRCS) mip6d/net/batch.c mip6d/net/capture.c \
	mip6d/net/fds.c mip6d/net/handed.c mip6d/net/input.c \
	mip6d/net/join.c mip6d/net/net.c mip6d/net/output.c mip6d/net/raw.c \
	mip6d/net/sockets.c mip6d/net/transport.c mip6d/net/tun.c \
	mip6d/net/whole.c $(CAPTURE_SRC)
# In order: each file uses those before it alone.
HA_SRCS = mip6d/ha/saved.c mip6d/ha/record.c mip6d/ha/out.c \
	mip6d/ha/history.c mip6d/ha/note.c mip6d/ha/node.c \
	mip6d/ha/link.c mip6d/ha/self.c mip6d/ha/retire.c mip6d/ha/clock.c \
	mip6d/ha/hold.c mip6d/ha/bc.c mip6d/ha/why.c mip6d/ha/ra.c \
	mip6d/ha/dad.c mip6d/ha/agents.c mip6d/ha/dhaad.c mip6d/ha/proxynd.c mip6d/ha/anycast.c \
	mip6d/ha/linkset.c \
	mip6d/ha/policy.c mip6d/ha/route.c mip6d/ha/tunnel.c mip6d/ha/ba.c \
	mip6d/ha/step.c mip6d/ha/binding.c mip6d/ha/walk.c \
	mip6d/ha/restore.c mip6d/ha/auth.c mip6d/ha/bu.c mip6d/ha/query.c \
	mip6d/ha/ha.c
MN_SRCS = mip6d/mn/evidence.c mip6d/mn/exchange.c mip6d/mn/static.c mip6d/mn/peer.c mip6d/mn/test.c mip6d/mn/turn.c mip6d/mn/pair.c mip6d/mn/rules.c \
	mip6d/mn/ero.c mip6d/mn/optimise.c mip6d/mn/answers.c \
	mip6d/mn/cgain.c mip6d/mn/hold.c \
	mip6d/mn/peering.c mip6d/mn/save.c mip6d/mn/resume.c mip6d/mn/handover.c \
	mip6d/mn/emit.c mip6d/mn/router.c mip6d/mn/link.c mip6d/mn/lacks.c \
	mip6d/mn/homelink.c mip6d/mn/nd.c mip6d/mn/form.c mip6d/mn/movement.c \
	mip6d/mn/stale.c mip6d/mn/ifaces.c mip6d/mn/careof.c mip6d/mn/path.c \
	mip6d/mn/keys.c mip6d/mn/traffic.c mip6d/mn/why.c mip6d/mn/bu.c \
	mip6d/mn/bul.c mip6d/mn/place.c mip6d/mn/home.c mip6d/mn/ba.c mip6d/mn/errors.c \
	mip6d/mn/ndin.c mip6d/mn/ways.c mip6d/mn/query.c \
	mip6d/mn/mn.c
# In order, as above.
CN_SRCS = mip6d/cn/out.c mip6d/cn/note.c mip6d/cn/nonce.c \
	mip6d/cn/network.c mip6d/cn/own.c mip6d/cn/bc.c mip6d/cn/tomb.c \
	mip6d/cn/route.c mip6d/cn/pair.c mip6d/cn/why.c mip6d/cn/send.c mip6d/cn/static.c \
	mip6d/cn/binding.c mip6d/cn/walk.c mip6d/cn/tests.c mip6d/cn/key.c \
	mip6d/cn/cga.c mip6d/cn/bu.c \
	mip6d/cn/query.c mip6d/cn/cn.c
# A new engine is a word here, and its list.
ENGINE_SRCS = $(HA_SRCS) $(MN_SRCS) $(CN_SRCS)

WIRE_OBJS = $(WIRE_SRCS:.c=.$(O))
MIP6D_SRCS = $(CORE_SRCS) $(CHILD_SRCS) $(ROWS_SRCS) $(KERN_SRCS) $(CONF_SRCS) $(SEC_SRCS) $(CGA_SRCS) $(PARENT_SRCS) $(CONTROL_SRCS) $(STORE_SRCS) \
	$(NET_SRCS) $(ENGINE_SRCS)
MIP6D_OBJS = $(MIP6D_SRCS:.c=.$(O))

mip6d/libwire.$(O).a: $(WIRE_OBJS)
	rm -f $@ && ar cr $@ $(WIRE_OBJS)
	find mip6d/wire -name "*.d" -exec cat {} + > mip6d/libwire.dep

# Everything but main: the daemon and its tests link the same archive.
mip6d/libmip6d.$(O).a: $(MIP6D_OBJS)
	rm -f $@ && ar cr $@ $(MIP6D_OBJS)
	find mip6d/[!w]* -name '*.d' -exec cat {} + > mip6d/libmip6d.dep

mip6d/mip6d$(EXE_$(O)): mip6d/main.$(O) mip6d/libmip6d.$(O).a \
    ike/libike.$(O).a libpfkey/libpfkey.$(O).a mip6d/libwire.$(O).a
	$(LINK) -o $@ mip6d/main.$(O) ike/libike.$(O).a mip6d/libmip6d.$(O).a \
		ike/libike.$(O).a libpfkey/libpfkey.$(O).a \
		mip6d/libwire.$(O).a $(LIBS)

mip6d/main.o mip6d/main.asan: mip6d/paths.h

mip6d/conf/parse.c: mip6d/conf/parse.y
	$(YACC) -o $@ mip6d/conf/parse.y
