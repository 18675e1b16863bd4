# ike: VICI client and keying.
IKE_SRCS =
