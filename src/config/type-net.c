// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/type.h"

#include <arpa/inet.h>

#include "config/url.h"
#include "util/parse.h"
#include "util/str.h"

enum { INTERFACE_MAX = 15, HOST_NAME_MAX_BYTES = 253 };

static bool is_interface(const char *s)
{
        static const char allowed[] =
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
        size_t n = strlen(s);

        return n > 0 && n <= INTERFACE_MAX && strspn(s, allowed) == n && !streq(s, ".") &&
               !streq(s, "..") && s[0] != '-';
}

/* The same with %i for the instance. What it becomes is tried when replicas are made. */
static bool is_tap(const char *s)
{
        const char *p = strstr(s, "%i");
        _cleanup_free_ char *filled = NULL;

        if (!p)
                return is_interface(s);
        filled = format_string("%.*sx%s", (int)(p - s), s, p + 2);
        return filled && is_interface(filled);
}

static bool is_ip(const char *s)
{
        struct in6_addr buf;

        return inet_pton(AF_INET, s, &buf) == 1 || inet_pton(AF_INET6, s, &buf) == 1;
}

static bool is_host(const char *s)
{
        const char *p = strstr(s, "%i");
        size_t n = strlen(s);

        if (is_ip(s))
                return true;
        for (; *s; s++)
                if (!ascii_isdigit(*s) && !(*s >= 'a' && *s <= 'z') && !(*s >= 'A' && *s <= 'Z') &&
                    *s != '-' && *s != '.' && s != p)
                        return false;
        return n > 0 && n <= HOST_NAME_MAX_BYTES && s[-1] != '.';
}

/* Six bytes, and not a group's. */
static bool is_mac(const char *s)
{
        unsigned first = 0;

        for (size_t i = 0; i < 6; i++, s += 3) {
                char digits[3] = { s[0], s[0] ? s[1] : '\0' };
                uint64_t v;

                if (strlen(digits) != 2 || parse_hex(digits, 2, &v) < 0 ||
                    s[2] != (i < 5 ? ':' : '\0'))
                        return false;
                if (i == 0)
                        first = (unsigned)v;
        }
        return !(first & 1);
}

static bool is_endpoint(const char *s)
{
        if (*s != '/')
                return false;
        for (; *s; s++)
                if (*s <= ' ' || *s >= 0x7f)
                        return false;
        return true;
}

static bool is_url(const char *s)
{
        uint16_t port;

        return url_port(s, &port) >= 0;
}

static void mac_advise(const Type *type, const char *s, StrBuf *hint)
{
        if (strlen(s) == 17 && s[2] == ':' && strchr("13579bBdDfF", s[1]))
                str_buf_add(hint, "the address of a group; make its first byte even, such as 52");
}

TEXT_TYPE(type_bridge, "interface", is_interface, 0, "a network interface such as br0", NULL);
TEXT_TYPE(type_tap, "interface", is_tap, 0, "a network interface such as tap0 or tap-%i", NULL);
TEXT_TYPE(type_mac, "MAC address", is_mac, 0, "a MAC address such as 52:54:00:12:34:56",
          mac_advise);
TEXT_TYPE(type_host, "host", is_host, 0, "an IP address or a host name", NULL);
TEXT_TYPE(type_url, "URL", is_url, 1024, "a URL such as http://127.0.0.1:8080", NULL);
TEXT_TYPE(type_endpoint, "path of a URL", is_endpoint, 1024, "a path such as /health", NULL);

/* Takes "[…]:" or "…:" off the front: what stands before the host's port. */
static int take_address(const char **s, char **ret)
{
        const char *p = *s, *end;
        _cleanup_free_ char *address = NULL;
        bool bracket = *p == '[';

        end = strchr(p, bracket ? ']' : ':');
        if (!end || (bracket && end[1] != ':') || (!bracket && !strchr(end + 1, ':')))
                return bracket ? -EINVAL : 0;
        address = strndup(p + bracket, (size_t)(end - p) - bracket);
        if (!address)
                return -ENOMEM;
        if (!is_ip(address) || (strchr(address, ':') != NULL) != bracket)
                return -EINVAL;
        *s = end + 1 + bracket;
        *ret = TAKE_PTR(address);
        return 0;
}

static int take_port(const char **s, const char *ends, uint16_t *ret)
{
        size_t n = strcspn(*s, ends);
        char digits[6];
        uint64_t v;

        if (n == 0 || n >= sizeof(digits) || **s == '0')
                return -EINVAL;
        memcpy(digits, *s, n);
        digits[n] = '\0';
        if (parse_u64(digits, &v) < 0 || v > UINT16_MAX)
                return -EINVAL;
        *s += n;
        *ret = (uint16_t)v;
        return 0;
}

/* [ADDRESS:]HOST:GUEST[/tcp|/udp] */
static int forward_parse(const Type *type, const char *s, void *value)
{
        _cleanup_free_ char *address = NULL;
        PortForward forward = {};
        int r = take_address(&s, &address);

        if (r >= 0)
                r = take_port(&s, ":", &forward.host_port);
        if (r >= 0 && *s++ != ':')
                r = -EINVAL;
        if (r >= 0)
                r = take_port(&s, "/", &forward.guest_port);
        if (r < 0)
                return r;
        forward.udp = streq(s, "/udp");
        if (*s && !forward.udp && !streq(s, "/tcp"))
                return -EINVAL;
        forward.host_address = TAKE_PTR(address);
        *(PortForward *)value = forward;
        return 0;
}

static void forward_format(const Type *type, const void *value, char buf[static FORMAT_MAX],
                           ConfigValue *ret)
{
        const PortForward *forward = value;
        const char *address = forward->host_address;
        bool bracket = address && strchr(address, ':');

        static_assert(FORMAT_MAX >= INET6_ADDRSTRLEN + sizeof("[]:65535:65535/udp") - 2,
                      "every forward fits");
        (void)snprintf(buf, FORMAT_MAX, "%s%s%s%u:%u%s", bracket ? "[" : "", address ? address : "",
                       bracket   ? "]:"
                       : address ? ":"
                                 : "",
                       forward->host_port, forward->guest_port, forward->udp ? "/udp" : "");
        *ret = (ConfigValue){ .type = CONFIG_VALUE_STRING, .string = buf };
}

static void forward_advise(const Type *type, const char *s, StrBuf *hint)
{
        uint16_t port;
        const char *p = s;

        if (take_port(&p, "", &port) >= 0)
                str_buf_printf(hint, "both sides are named, the host's first: %s:%s", s, s);
}

static int forward_merge(const Type *type, void *value, const void *other, KeyKinds kinds)
{
        const PortForward *theirs = other;
        PortForward *forward = value;
        int r = free_and_strdup(&forward->host_address, theirs->host_address);

        forward->host_port = theirs->host_port;
        forward->guest_port = theirs->guest_port;
        forward->udp = theirs->udp;
        return r;
}

static void forward_done(const Type *type, void *value)
{
        free(TAKE_PTR(((PortForward *)value)->host_address));
}

static const TypeOps forward_ops = {
        .read = scalar_read,
        .merge = forward_merge,
        .done = forward_done,
        .walk = scalar_walk,
};

const Type type_forward = {
        .name = "port",
        .expected = "[ADDRESS:]HOST:GUEST[/udp], such as 8080:80",
        .ops = &forward_ops,
        .size = sizeof(PortForward),
        .parse = forward_parse,
        .format = forward_format,
        .advise = forward_advise,
};
