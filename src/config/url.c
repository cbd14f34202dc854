// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config/url.h"

#include "util/parse.h"
#include "util/str.h"

int url_port(const char *url, uint16_t *ret)
{
        const char *host = startswith(url, "http://"), *p;
        bool tls = !host;
        char digits[6];
        uint64_t port;
        size_t n;

        if (tls)
                host = startswith(url, "https://");
        if (!host)
                return -EINVAL;
        for (p = url; *p; p++)
                if (*p <= ' ' || *p >= 0x7f)
                        return -EINVAL;
        n = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?#@");
        if (n == 0 || n > strlen(host) || host[n] == '@')
                return -EINVAL;
        p = host + n;
        if (*p != ':') {
                *ret = tls ? 443 : 80;
                return *p && !strchr("/?#", *p) ? -EINVAL : 0;
        }
        n = strcspn(++p, "/?#");
        if (n == 0 || n >= sizeof(digits))
                return -EINVAL;
        memcpy(digits, p, n);
        digits[n] = '\0';
        if (parse_u64(digits, &port) < 0 || port == 0 || port > UINT16_MAX)
                return -EINVAL;
        *ret = (uint16_t)port;
        return 0;
}
