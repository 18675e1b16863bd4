#ifndef BSD_INTTYPES_H
#define BSD_INTTYPES_H

#include <stdint.h>

#define PRId8	"d"
#define PRId16	"d"
#define PRId32	"d"
#define PRId64	__INT64_FMTd__
#define PRIi64	__INT64_FMTi__
#define PRIu8	"u"
#define PRIu16	"u"
#define PRIu32	"u"
#define PRIu64	__UINT64_FMTu__
#define PRIx8	"x"
#define PRIx16	"x"
#define PRIx32	"x"
#define PRIx64	__UINT64_FMTx__
#define PRIX64	__UINT64_FMTX__

#endif
