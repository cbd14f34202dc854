// SPDX-License-Identifier: LGPL-2.1-or-later
#include "supervise/record.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <unistd.h>

#include "supervise/record-keys.h"
#include "util/atomic.h"
#include "util/fd.h"

enum {
        MAX_FILE = 1024 * 1024,
        MAX_FDNAME = 255, /* sd_notify(3) */
};

static bool is_numeric_address(const char *s)
{
        struct in6_addr address;

        return inet_pton(AF_INET, s, &address) == 1 || inet_pton(AF_INET6, s, &address) == 1;
}

/* It becomes part of a request's first line. */
static bool is_endpoint(const char *s)
{
        if (*s != '/')
                return false;
        for (; *s; s++)
                if (*s <= ' ' || *s >= 0x7f)
                        return false;
        return true;
}

static const char *check_health(const RunRecord *record)
{
        const RunHealth *health = &record->health;
        bool http = health->type == HEALTH_HTTP;

        if (health->type == HEALTH_READY && record->vsock_cid == 0)
                return "vsock_cid: 0, and health.type is ready";
        if (!http && health->type != HEALTH_TCP)
                return NULL;
        if (!health->address || !is_numeric_address(health->address))
                return "health.address: not a numeric address";
        if (health->port == 0)
                return "health.port: not a port";
        if (http && (!health->endpoint || !is_endpoint(health->endpoint)))
                return "health.endpoint: not a path";
        return NULL;
}

static bool is_fdname(const char *s)
{
        size_t n = strlen(s);

        for (const char *p = s; *p; p++)
                if (*p < ' ' || *p >= 0x7f || *p == ':')
                        return false;
        return n > 0 && n <= MAX_FDNAME;
}

static const char *check_fds(const StrList *fds)
{
        for (size_t i = 0; i < fds->n; i++) {
                const StrList before = { .items = fds->items, .n = i };

                if (!is_fdname(fds->items[i]))
                        return "fds: not names of descriptors";
                if (str_list_contains(&before, fds->items[i]))
                        return "fds: a name stands twice";
        }
        return NULL;
}

/* What is wrong with values that are each of their type, or NULL. */
static const char *check(const RunRecord *record)
{
        const char *wrong;

        if (!instance_name_valid(record->name))
                return "name: not an instance's";
        if (record->argv.items[0][0] != '/')
                return "argv: begins with no absolute path";
        if (record->vsock_cid > 0 && record->vsock_cid < RUN_VSOCK_CID_MIN)
                return "vsock_cid: below 1024";
        wrong = check_fds(&record->fds);
        return wrong ? wrong : check_health(record);
}

int run_record_parse(const char *text, size_t n, RunRecord *ret, StrBuf *why)
{
        _cleanup_run_record_ RunRecord record = {};
        json_error_t error;
        const char *wrong;
        json_t *map;
        int r;

        if (n > MAX_FILE) {
                str_buf_add(why, "larger than 1 MiB");
                return -EBADMSG;
        }
        map = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
        if (!json_is_object(map)) {
                str_buf_printf(why, "no JSON map: %s", map ? "something else" : error.text);
                json_decref(map);
                return -EBADMSG;
        }
        r = record_keys_read(map, &record, why);
        json_decref(map);
        if (r < 0)
                return r;
        wrong = check(&record);
        if (wrong) {
                str_buf_add(why, wrong);
                return -EBADMSG;
        }
        *ret = record;
        record = (RunRecord){};
        return 0;
}

int run_record_format(const RunRecord *record, char **ret)
{
        json_t *map = record_keys_write(record);
        char *text = map ? json_dumps(map, JSON_INDENT(2)) : NULL;

        json_decref(map);
        if (!text)
                return -ENOMEM;
        *ret = text;
        return 0;
}

int run_record_read(Root *root, const char *path, RunRecord *ret, StrBuf *why)
{
        _cleanup_free_ char *text = NULL;
        size_t n;
        int r = root_read_file(root, path, MAX_FILE, &text, &n);

        if (r == -E2BIG) {
                str_buf_add(why, "larger than 1 MiB");
                return -EBADMSG;
        }
        return r < 0 ? r : run_record_parse(text, n, ret, why);
}

/* Until then it is root's alone. */
static int give_to(Root *root, const char *path, uid_t uid, gid_t gid)
{
        _cleanup_close_ int fd = root_open_file(root, path, O_RDONLY | O_NOFOLLOW);

        if (fd < 0)
                return fd;
        return fchown(fd, uid, gid) < 0 ? -errno : 0;
}

int run_record_write(Root *root, const RunRecord *record, uid_t uid, gid_t gid, StrBuf *why)
{
        _cleanup_free_ char *text = NULL, *path = run_record_path(record->name);
        _cleanup_run_record_ RunRecord again = {};
        int r;

        if (!path)
                return -ENOMEM;
        r = run_record_format(record, &text);
        if (r >= 0)
                r = run_record_parse(text, strlen(text), &again, why);
        if (r < 0)
                return r == -EBADMSG ? -EINVAL : r;
        r = root_write_atomic(root, path, text, strlen(text), 0400);
        return r < 0 ? r : give_to(root, path, uid, gid);
}
