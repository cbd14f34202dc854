// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/network.h"

#include "host/attributes.h"
#include "host/note.h"
#include "host/protect.h"
#include "util/parse.h"

enum {
        MAX_DEPTH = 8, /* of bridges on VLANs on bonds */
        MAX_LOWER = 256,
        ROUTE_UP = 0x1,       /* linux/route.h, RTF_UP */
        ROUTE_REJECT = 0x200, /* RTF_REJECT: nothing goes out of it */
};

/* Splits at white space; the number of words, at most `max`. */
static size_t split(char *line, char **words, size_t max)
{
        size_t n = 0;
        char *word;

        while (n < max && (word = strsep(&line, " \t")))
                if (*word)
                        words[n++] = word;
        return n;
}

static bool is_way_out(const char *flags)
{
        uint64_t value;

        return parse_hex(flags, 8, &value) >= 0 && value & ROUTE_UP && !(value & ROUTE_REJECT);
}

char *route_interface(char *line)
{
        enum { INTERFACE, DESTINATION, GATEWAY, FLAGS, REFCNT, USE, METRIC, MASK, N };
        char *words[N];

        if (split(line, words, N) < N || !streq(words[DESTINATION], "00000000") ||
            !streq(words[MASK], "00000000") || !is_way_out(words[FLAGS]))
                return NULL;
        return words[INTERFACE];
}

char *route6_interface(char *line)
{
        enum {
                DESTINATION,
                LENGTH,
                SOURCE,
                SOURCE_LENGTH,
                GATEWAY,
                METRIC,
                REFCNT,
                USE,
                FLAGS,
                INTERFACE,
                N
        };
        char *words[N];

        if (split(line, words, N) < N || !streq(words[LENGTH], "00") ||
            strspn(words[DESTINATION], "0") != 32 || !is_way_out(words[FLAGS]))
                return NULL;
        return words[INTERFACE];
}

typedef struct Routes {
        char *(*interface)(char *line);
        StrList *names;
} Routes;

static int route_line(void *userdata, char *line, unsigned number)
{
        const Routes *routes = userdata;
        const char *name = routes->interface(line);
        int r;

        if (!name || streq(name, "lo") || strchr(name, '/') || !text_is_plain(name, ""))
                return 0;
        if (str_list_contains(routes->names, name))
                return 1;
        r = str_list_add(routes->names, name);
        return r < 0 ? r : 1;
}

static int protect_interface(Root *root, Machine *m, const char *name, const char *why,
                             unsigned depth);

static int protect_lower(Root *root, Machine *m, const char *name, const char *why, unsigned depth)
{
        _cleanup_free_ char *path = format_string("sys/class/net/%s", name);
        _cleanup_root_dir_ RootDir dir = ROOT_DIR_NONE;
        _cleanup_str_list_ StrList lower = {};
        int r = path ? root_dir_open(root, path, &dir) : -ENOMEM;

        if (r >= 0)
                r = root_dir_list_prefix(&dir, "lower_", &lower);
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        for (size_t i = 0; i < lower.n && i < MAX_LOWER; i++) {
                r = protect_interface(root, m, lower.items[i] + strlen("lower_"), why, depth + 1);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* A name made of the card's address is not shown: what says it would differ in a capture, which does
 * not hold such addresses. */
static char *describe(const char *name)
{
        const char *address = startswith(name, "enx");

        if (address && strspn(address, "0123456789abcdef") == 12 && !address[12])
                name = "enx…";
        return format_string("carries the default route (%s)", name);
}

static int protect_interface(Root *root, Machine *m, const char *name, const char *why,
                             unsigned depth)
{
        _cleanup_free_ char *path = format_string("sys/class/net/%s", name);
        _cleanup_free_ char *target = NULL, *told = NULL;
        int r = path ? root_read_link(root, path, &target) : -ENOMEM;

        if (r < 0 || depth > MAX_DEPTH)
                return r == -ENOMEM ? r : 0;
        told = why ? strdup(why) : describe(name);
        if (!told)
                return -ENOMEM;
        r = protect_path(m, target, told);
        return r == 0 ? protect_lower(root, m, name, told, depth) : r;
}

static int read_routes(Root *root, Machine *m, const char *path, const Routes *routes)
{
        int r = root_scan(root, path, 0, route_line, (void *)routes);

        return r < 0 ? note_unseen(m, path, r) : 0;
}

int network_protect(Root *root, const MachineWants *wants, Machine *m)
{
        _cleanup_str_list_ StrList names = {};
        int r = read_routes(root, m, "proc/net/route", &(Routes){ route_interface, &names });

        if (r >= 0)
                r = read_routes(root, m, "proc/net/ipv6_route",
                                &(Routes){ route6_interface, &names });
        for (size_t i = 0; r >= 0 && i < names.n; i++)
                r = protect_interface(root, m, names.items[i], NULL, 0);
        if (r < 0)
                return r;
        protections_sort(m);
        return 0;
}
