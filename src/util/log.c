// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { MAX_LINE = 900 }; /* a record of /dev/kmsg takes 1024 bytes in all */

static LogTarget log_target = LOG_TO_STDERR;
static const char *log_program = "gpuhost";
static int kmsg_fd = -EBADF;

void log_open(LogTarget target, const char *program)
{
        log_target = target;
        log_program = program;
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

void log_message(int level, const char *format, ...)
{
        bool kmsg = log_target == LOG_TO_KMSG && kmsg_fd >= 0;
        char head[64] = "", line[MAX_LINE];
        struct iovec parts[3];
        int n;
        va_list ap;

        va_start(ap, format);
        n = vsnprintf(line, sizeof(line), format, ap);
        va_end(ap);
        if (kmsg)
                (void)snprintf(head, sizeof(head), "<%d>%s: ", LOG_DAEMON | level, log_program);
        else if (log_target == LOG_TO_JOURNAL)
                (void)snprintf(head, sizeof(head), "<%d>", level);
        else
                (void)snprintf(head, sizeof(head), "%s: ", log_program);
        parts[0] = (struct iovec){ .iov_base = head, .iov_len = strlen(head) };
        parts[1] = (struct iovec){ .iov_base = line, .iov_len = clean(line, n) };
        parts[2] = (struct iovec){ .iov_base = (char[]){ '\n' }, .iov_len = 1 };
        /* In one piece: a write is a record. There is nobody to tell that it failed. */
        (void)!writev(kmsg ? kmsg_fd : STDERR_FILENO, parts, 3);
}
