/*
 * The mobile node (RFC 6275 section 11): movement detection, care-of
 * addresses, the Binding Update List, leaving and returning home.  A state
 * machine without I/O, see core/engine.h.
 */
#ifndef MIP6D_MN_MN_H
#define MIP6D_MN_MN_H

#include "core/engine.h"

extern const struct engine_ops mn_engine;

#endif
