/* The control process: clients of the control sockets; no keys, no packets. */
#ifndef MIP6D_CONTROL_CONTROL_H
#define MIP6D_CONTROL_CONTROL_H

#include "core/child.h"

extern const struct child_ops	 control_ops;

#endif
