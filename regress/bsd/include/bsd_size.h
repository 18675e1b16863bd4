/* size_t and NULL, which many headers give without <stddef.h>. */
#define __need_size_t
#define __need_NULL
#include <stddef.h>
