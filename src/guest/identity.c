// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest/identity.h"

enum { HOST_ID_SIZE = sizeof(((GuestStart *)NULL)->host_id) };

static uint64_t fnv(uint64_t hash, const void *data, size_t n)
{
        const uint8_t *p = data;

        for (size_t i = 0; i < n; i++)
                hash = (hash ^ p[i]) * 0x100000001b3;
        return hash;
}

/* Spreads every bit over all: FNV alone leaves the high bytes of short texts alike. */
static uint64_t spread(uint64_t x)
{
        x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
        x = (x ^ x >> 27) * 0x94d049bb133111eb;
        return x ^ x >> 31;
}

static uint64_t identity(const uint8_t host_id[static HOST_ID_SIZE], const char *name,
                         const char *purpose, uint64_t number)
{
        uint64_t hash = 0xcbf29ce484222325;

        hash = fnv(hash, host_id, HOST_ID_SIZE);
        hash = fnv(hash, name, strlen(name) + 1);
        hash = fnv(hash, purpose, strlen(purpose) + 1);
        return spread(hash ^ spread(number));
}

static char *format_uuid(uint64_t a, uint64_t b, char buf[static GUEST_UUID_MAX])
{
        (void)snprintf(buf, GUEST_UUID_MAX, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32),
                       (unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff),
                       (unsigned)((b >> 48 & 0x3fff) | 0x8000),
                       (unsigned long long)(b & 0xffffffffffff));
        return buf;
}

char *identity_uuid(const Instance *instance, const GuestStart *start,
                    char buf[static GUEST_UUID_MAX])
{
        return format_uuid(identity(start->host_id, instance->name, "uuid", 0),
                           identity(start->host_id, instance->name, "uuid", 1), buf);
}

/* Of no host: nobody else's kernel knows it. */
char *guest_vgpu_uuid(const char *instance, size_t i, char buf[static GUEST_UUID_MAX])
{
        static const uint8_t any[HOST_ID_SIZE];

        return format_uuid(identity(any, instance, "vgpu", 2 * i),
                           identity(any, instance, "vgpu", 2 * i + 1), buf);
}

/* Of the addresses that anybody may give: 46 bits are free, so that a thousand hosts on one wire do not
 * meet. */
char *guest_mac(const Instance *instance, const GuestStart *start, size_t i,
                char buf[static GUEST_MAC_MAX])
{
        const char *own = instance->networks[i].mac;
        uint64_t m = identity(start->host_id, instance->name, "mac", i);

        if (own)
                (void)snprintf(buf, GUEST_MAC_MAX, "%s", own);
        else
                (void)snprintf(buf, GUEST_MAC_MAX, "%02x:%02x:%02x:%02x:%02x:%02x",
                               (unsigned)((m & 0xfc) | 0x02), (unsigned)(m >> 8 & 0xff),
                               (unsigned)(m >> 16 & 0xff), (unsigned)(m >> 24 & 0xff),
                               (unsigned)(m >> 32 & 0xff), (unsigned)(m >> 40 & 0xff));
        return buf;
}
