// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/service.h"

#include <time.h>

#include "util/command.h"

#define SYSTEMCTL  "/usr/bin/systemctl"
#define JOURNALCTL "/usr/bin/journalctl"

/* For an answer; and over what a unit's own timeout says, which pinned memory may extend. */
static const uint64_t answer_timeout = 30ULL * 1000 * 1000, slack = 15ULL * 60 * 1000 * 1000;

const char *service_name(const char *instance, char buf[static SERVICE_NAME_MAX])
{
        (void)snprintf(buf, SERVICE_NAME_MAX, "gpu-vm@%s.service", instance);
        return buf;
}

static int run(const char *const *words, uint64_t timeout, StrBuf *output, int *ret_status)
{
        _cleanup_str_list_ StrList argv = {};
        int r = 0;

        for (; r >= 0 && *words; words++)
                r = str_list_add(&argv, *words);
        return r < 0 ? r : command_run(&argv, timeout, output, ret_status);
}

int service_is_active(const char *instance, bool *ret)
{
        char unit[SERVICE_NAME_MAX];
        const char *const words[] = { SYSTEMCTL, "is-active", "--quiet",
                                      service_name(instance, unit), NULL };
        _cleanup_str_buf_ StrBuf output = {};
        int status = 0, r = run(words, answer_timeout, &output, &status);

        if (r < 0)
                return r;
        *ret = status == 0;
        return 0;
}

static void add_line(StrBuf *out, char *text)
{
        char *line = strstrip(text);

        line[strcspn(line, "\n")] = '\0';
        str_buf_add(out, line);
}

/* The last error of the unit's processes since then: the stage that refused said why. */
static int last_error(const char *unit, time_t since, StrBuf *why)
{
        char from[32], match[SERVICE_NAME_MAX + sizeof("_SYSTEMD_UNIT=")];
        const char *const words[] = { JOURNALCTL,     "--quiet",   "--no-pager",
                                      "--output=cat", "--lines=1", "--priority=err",
                                      from,           match,       NULL };
        _cleanup_str_buf_ StrBuf output = {};
        int status = 0, r;

        (void)snprintf(from, sizeof(from), "--since=@%lld", (long long)since);
        (void)snprintf(match, sizeof(match), "_SYSTEMD_UNIT=%s", unit);
        r = run(words, answer_timeout, &output, &status);
        if (r >= 0 && status == 0 && output.data)
                add_line(why, output.data);
        return r;
}

static int change(const char *verb, const char *instance, uint64_t expected, StrBuf *why)
{
        char unit[SERVICE_NAME_MAX];
        const char *const words[] = { SYSTEMCTL, verb, service_name(instance, unit), NULL };
        _cleanup_str_buf_ StrBuf output = {};
        time_t since = time(NULL);
        int status = 0, r = run(words, expected + slack, &output, &status);

        if (r < 0 || status == 0)
                return r;
        r = last_error(unit, since, why);
        if (r < 0)
                return r;
        if (why->len == 0 && output.data)
                add_line(why, output.data);
        return why->failed ? -ENOMEM : -EIO;
}

int service_start(const char *instance, uint64_t expected, StrBuf *why)
{
        return change("start", instance, expected, why);
}

int service_stop(const char *instance, uint64_t expected, StrBuf *why)
{
        return change("stop", instance, expected, why);
}
