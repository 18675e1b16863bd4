/*
 * The difference of two lists of associations or of policies.  Both are sorted
 * by key and walked side by side: n log n, whatever the kernel returned.  What
 * to do about a difference is the caller's affair.
 */
#include <stdlib.h>
#include <string.h>

#include "libpfkey/internal.h"

typedef int key_cmp_fn(const void *, const void *);
typedef bool same_fn(const void *, const void *);

struct item {
	const void	*entry;
	size_t		 index;
};

static int
cmp_u32(uint32_t a, uint32_t b)
{
	return (a < b ? -1 : a > b);
}

/* An association is known by type, destination and SPI (RFC 4301 4.1). */
static int
sa_key_cmp(const void *va, const void *vb)
{
	const struct pfkey_sa	*a = va, *b = vb;
	int			 r;

	if ((r = cmp_u32(a->satype, b->satype)) != 0 ||
	    (r = cmp_u32(a->spi, b->spi)) != 0)
		return (r);
	return (pfkey_addr_cmp(&a->dst, &b->dst));
}

static bool
lifetime_same(const struct pfkey_lifetime *a, const struct pfkey_lifetime *b)
{
	return (a->allocations == b->allocations && a->bytes == b->bytes &&
	    a->addtime == b->addtime && a->usetime == b->usetime);
}

/* Keys, state and what has been used so far are not compared. */
static bool
sa_same(const void *va, const void *vb)
{
	const struct pfkey_sa	*a = va, *b = vb;

	return (pfkey_addr_equal(&a->src, &b->src) && a->mode == b->mode &&
	    a->reqid == b->reqid && a->auth == b->auth &&
	    a->encrypt == b->encrypt && a->natt_type == b->natt_type &&
	    a->natt_sport == b->natt_sport &&
	    a->natt_dport == b->natt_dport &&
	    lifetime_same(&a->hard, &b->hard) &&
	    lifetime_same(&a->soft, &b->soft));
}

/* A policy is known by direction and selector. */
static int
policy_key_cmp(const void *va, const void *vb)
{
	const struct pfkey_policy	*pa = va, *pb = vb;
	const struct pfkey_selector	*a = &pa->sel, *b = &pb->sel;
	int				 r;

	if ((r = cmp_u32(pa->dir, pb->dir)) != 0 ||
	    (r = pfkey_addr_cmp(&a->src, &b->src)) != 0 ||
	    (r = pfkey_addr_cmp(&a->dst, &b->dst)) != 0 ||
	    (r = cmp_u32(a->src_plen, b->src_plen)) != 0 ||
	    (r = cmp_u32(a->dst_plen, b->dst_plen)) != 0 ||
	    (r = cmp_u32(a->proto, b->proto)) != 0 ||
	    (r = cmp_u32(a->has_type, b->has_type)) != 0 ||
	    (r = cmp_u32(a->type, b->type)) != 0 ||
	    (r = cmp_u32(a->code, b->code)) != 0 ||
	    (r = cmp_u32(a->sport, b->sport)) != 0)
		return (r);
	return (cmp_u32(a->dport, b->dport));
}

static bool
request_same(const struct pfkey_request *a, const struct pfkey_request *b)
{
	return (a->proto == b->proto && a->mode == b->mode &&
	    a->level == b->level && a->reqid == b->reqid &&
	    pfkey_addr_equal(&a->src, &b->src) &&
	    pfkey_addr_equal(&a->dst, &b->dst));
}

/* The kernel's id and what has been used so far are not compared. */
static bool
policy_same(const void *va, const void *vb)
{
	const struct pfkey_policy	*a = va, *b = vb;
	unsigned int			 i;

	if (a->action != b->action || a->priority != b->priority ||
	    a->nrequests != b->nrequests ||
	    !lifetime_same(&a->hard, &b->hard) ||
	    !lifetime_same(&a->soft, &b->soft))
		return (false);
	for (i = 0; i < a->nrequests && i < PFKEY_MAX_POLICY; i++)
		if (!request_same(&a->requests[i], &b->requests[i]))
			return (false);
	return (true);
}

static int
item_sa_cmp(const void *va, const void *vb)
{
	const struct item	*a = va, *b = vb;
	int			 r = sa_key_cmp(a->entry, b->entry);

	return (r != 0 ? r : a->index < b->index ? -1 : a->index > b->index);
}

static int
item_policy_cmp(const void *va, const void *vb)
{
	const struct item	*a = va, *b = vb;
	int			 r = policy_key_cmp(a->entry, b->entry);

	return (r != 0 ? r : a->index < b->index ? -1 : a->index > b->index);
}

/* Entries of size bytes, sorted by key and then by their place; NULL: ENOMEM */
static struct item *
sorted(const void *list, size_t n, size_t size, key_cmp_fn *cmp)
{
	struct item	*items;
	size_t		 i;

	if ((items = calloc(n + 1, sizeof(*items))) == NULL)
		return (NULL);
	for (i = 0; i < n; i++) {
		items[i].entry = (const uint8_t *)list + i * size;
		items[i].index = i;
	}
	if (n > 1)
		qsort(items, n, sizeof(*items), cmp);
	return (items);
}

static void
walk(const struct item *a, size_t na, const struct item *b, size_t nb,
    key_cmp_fn *key_cmp, same_fn *same, pfkey_diff_fn *fn, void *arg)
{
	size_t	 i = 0, j = 0;
	int	 r;

	while (i < na || j < nb) {
		if (i == na)
			r = 1;
		else if (j == nb)
			r = -1;
		else
			r = key_cmp(a[i].entry, b[j].entry);
		if (r < 0)
			fn(arg, PFKEY_ONLY_A, a[i++].index, 0);
		else if (r > 0)
			fn(arg, PFKEY_ONLY_B, 0, b[j++].index);
		else {
			if (!same(a[i].entry, b[j].entry))
				fn(arg, PFKEY_CHANGED, a[i].index,
				    b[j].index);
			i++;
			j++;
		}
	}
}

static enum pfkey_error
diff(const void *a, size_t na, const void *b, size_t nb, size_t size,
    key_cmp_fn *item_cmp, key_cmp_fn *key_cmp, same_fn *same,
    pfkey_diff_fn *fn, void *arg)
{
	struct item	*ia, *ib;

	ia = sorted(a, na, size, item_cmp);
	ib = sorted(b, nb, size, item_cmp);
	if (ia == NULL || ib == NULL) {
		free(ia);
		free(ib);
		return (PFKEY_E_NOMEM);
	}
	walk(ia, na, ib, nb, key_cmp, same, fn, arg);
	free(ia);
	free(ib);
	return (PFKEY_OK);
}

/*
 * Call fn for each association that is in one list only or differs; it gets
 * the indices in a and in b, 0 where there is none.  The key is type, SPI and
 * destination.  PFKEY_E_NOMEM: fn was not called.
 */
enum pfkey_error
pfkey_diff_sas(const struct pfkey_sa *a, size_t na, const struct pfkey_sa *b,
    size_t nb, pfkey_diff_fn *fn, void *arg)
{
	return (diff(a, na, b, nb, sizeof(*a), item_sa_cmp, sa_key_cmp,
	    sa_same, fn, arg));
}

/* As pfkey_diff_sas() for policies; the key is direction and selector. */
enum pfkey_error
pfkey_diff_policies(const struct pfkey_policy *a, size_t na,
    const struct pfkey_policy *b, size_t nb, pfkey_diff_fn *fn, void *arg)
{
	return (diff(a, na, b, nb, sizeof(*a), item_policy_cmp,
	    policy_key_cmp, policy_same, fn, arg));
}
