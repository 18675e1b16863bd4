/* The home agent, RFC 6275 section 10: a state machine, see core/engine.h. */
#ifndef MIP6D_HA_HA_H
#define MIP6D_HA_HA_H

#include "core/engine.h"

extern const struct engine_ops	 ha_engine;

#endif
