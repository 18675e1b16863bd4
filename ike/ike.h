/* The ike process: what talks to charon. */
#ifndef IKE_IKE_H
#define IKE_IKE_H

#include "core/child.h"

extern const struct child_ops	ike_ops;

#endif
