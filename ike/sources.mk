# ike: VICI client and keying.
IKE_SRCS = ike/ike.c ike/charon.c ike/conn.c ike/cred.c \
	ike/discard.c ike/failed.c ike/job.c ike/keying.c ike/load.c \
	ike/node.c ike/sa.c ike/spare.c ike/spis.c ike/vici_codec.c ike/vici_conn.c
IKE_OBJS = $(IKE_SRCS:.c=.$(O))

ike/libike.$(O).a: $(IKE_OBJS)
	rm -f $@ && ar cr $@ $(IKE_OBJS)
	find ike -name '*.d' -exec cat {} + > ike/libike.dep
