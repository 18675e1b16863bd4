#ifndef MIP6D_CN_CN_H
#define MIP6D_CN_CN_H

#include "core/engine.h"

extern const struct engine_ops	cn_engine;

#endif
