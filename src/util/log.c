// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/fd.h"
#include "util/str.h"

enum {
        MAX_LINE = 900, /* a record of /dev/kmsg takes 1024 bytes in all */
        MAX_ENTRY = 32 * 1024,
};

static LogTarget log_target = LOG_TO_STDERR;
static const char *log_program = "gpuhost";
static int kmsg_fd = -EBADF;
static char log_unit[256]; /* that this process runs in; "": none */

/* "0::/system.slice/gpuhost-bind.service": the last part, if that is a service. */
static void find_unit(void)
{
        _cleanup_close_ int fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
        char text[1024];
        ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
        const char *name;

        log_unit[0] = '\0';
        if (n <= 0)
                return;
        text[n] = '\0';
        text[strcspn(text, "\n")] = '\0';
        name = strrchr(text, '/');
        if (name && endswith(name, ".service") && strlen(name) <= sizeof(log_unit))
                memcpy(log_unit, name + 1, strlen(name));
}

void log_open(LogTarget target, const char *program)
{
        log_target = target;
        log_program = program;
        if (target == LOG_TO_JOURNAL)
                find_unit();
        if (target == LOG_TO_KMSG && kmsg_fd < 0)
                kmsg_fd = open("/dev/kmsg", O_WRONLY | O_NOCTTY | O_CLOEXEC);
}

LogTarget log_target_of_stderr(void)
{
        const char *stream = getenv("JOURNAL_STREAM");
        unsigned long long dev, ino;
        struct stat st;

        /* As systemd.exec(5) has it: what was inherited and since redirected does not count. */
        if (!stream || sscanf(stream, "%llu:%llu", &dev, &ino) != 2 ||
            fstat(STDERR_FILENO, &st) < 0)
                return LOG_TO_STDERR;
        return dev == st.st_dev && ino == st.st_ino ? LOG_TO_JOURNAL : LOG_TO_STDERR;
}

static size_t clean(char *line, int n)
{
        size_t len = n < 0 ? 0 : n >= MAX_LINE ? MAX_LINE - 1 : (size_t)n;

        for (size_t i = 0; i < len; i++)
                if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
                        line[i] = '?';
        return len;
}

static void say(int level, char *line, size_t n)
{
        bool kmsg = log_target == LOG_TO_KMSG && kmsg_fd >= 0;
        char head[64] = "";
        struct iovec parts[3];

        if (kmsg)
                (void)snprintf(head, sizeof(head), "<%d>%s: ", LOG_DAEMON | level, log_program);
        else if (log_target == LOG_TO_JOURNAL)
                (void)snprintf(head, sizeof(head), "<%d>", level);
        else
                (void)snprintf(head, sizeof(head), "%s: ", log_program);
        parts[0] = (struct iovec){ .iov_base = head, .iov_len = strlen(head) };
        parts[1] = (struct iovec){ .iov_base = line, .iov_len = n };
        parts[2] = (struct iovec){ .iov_base = (char[]){ '\n' }, .iov_len = 1 };
        /* In one piece: a write is a record. There is nobody to tell that it failed. */
        (void)!writev(kmsg ? kmsg_fd : STDERR_FILENO, parts, 3);
}

void log_message(int level, const char *format, ...)
{
        char line[MAX_LINE];
        va_list ap;
        int n;

        va_start(ap, format);
        n = vsnprintf(line, sizeof(line), format, ap);
        va_end(ap);
        say(level, line, clean(line, n));
}

/* NAME=value, a line each; what would end a line is no part of a value of ours. */
static void add_field(StrBuf *b, const char *name, const char *value, size_t n)
{
        if (b->len + n > MAX_ENTRY)
                return;
        str_buf_printf(b, "%s=", name);
        str_buf_add_n(b, value, n);
        str_buf_add_char(b, '\n');
}

/* See https://systemd.io/JOURNAL_NATIVE_PROTOCOL. Fits into one datagram, for fields are bounded. Early at
 * boot nobody may be reading yet: a queue that is full is not waited for. */
static bool send_entry(const StrBuf *entry)
{
        const struct sockaddr_un address = { .sun_family = AF_UNIX,
                                             .sun_path = "/run/systemd/journal/socket" };
        _cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        return fd >= 0 && !entry->failed &&
               sendto(fd, entry->data, entry->len, MSG_NOSIGNAL | MSG_DONTWAIT,
                      (const struct sockaddr *)(const void *)&address, sizeof(address)) >= 0;
}

bool log_takes_fields(void)
{
        return log_target == LOG_TO_JOURNAL;
}

static bool to_journal(int level, const char *line, size_t n, const LogField *fields,
                       size_t n_fields)
{
        _cleanup_str_buf_ StrBuf entry = {};
        char number[16];
        int k = snprintf(number, sizeof(number), "%d", level);

        add_field(&entry, "PRIORITY", number, (size_t)k);
        add_field(&entry, "SYSLOG_IDENTIFIER", log_program, strlen(log_program));
        /* Who has ended before the journal looks is in no unit any more. */
        if (log_unit[0])
                add_field(&entry, "OBJECT_SYSTEMD_UNIT", log_unit, strlen(log_unit));
        add_field(&entry, "MESSAGE", line, n);
        for (size_t i = 0; i < n_fields; i++) {
                char value[MAX_LINE];

                if (!fields[i].value)
                        continue;
                k = snprintf(value, sizeof(value), "%s", fields[i].value);
                add_field(&entry, fields[i].name, value, clean(value, k));
        }
        return send_entry(&entry);
}

void log_fields(int level, const LogField *fields, size_t n_fields, const char *format, ...)
{
        char line[MAX_LINE];
        va_list ap;
        size_t n;
        int k;

        va_start(ap, format);
        k = vsnprintf(line, sizeof(line), format, ap);
        va_end(ap);
        n = clean(line, k);
        if (!log_takes_fields() || !to_journal(level, line, n, fields, n_fields))
                say(level, line, n);
}
