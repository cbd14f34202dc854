// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/terminal.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/fd.h"
#include "util/parse.h"
#include "util/str.h"

enum { MAX_PAGER_WORDS = 16, EXIT_NO_PAGER = 127 };

static unsigned columns_of(int fd)
{
        const char *columns = getenv("COLUMNS");
        struct winsize size;
        uint64_t n;

        if (columns && parse_u64(columns, &n) >= 0 && n >= 20 && n <= 4096)
                return (unsigned)n;
        if (!isatty(fd))
                return 0;
        if (ioctl(fd, TIOCGWINSZ, &size) >= 0 && size.ws_col >= 20)
                return size.ws_col;
        return 80;
}

static bool wants_color(int fd)
{
        const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

        return isatty(fd) && (!no || !*no) && term && *term && !streq(term, "dumb");
}

/* The locale's name is enough: loading it would cost more than the rest of a small verb. */
static bool speaks_utf8(void)
{
        static const char *const variables[] = { "LC_ALL", "LC_CTYPE", "LANG" };

        for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
                const char *locale = getenv(variables[i]);

                if (locale && *locale)
                        return strcasestr(locale, "utf-8") || strcasestr(locale, "utf8");
        }
        return false;
}

TextFormat terminal_format(int fd)
{
        return (TextFormat){
                .width = columns_of(fd),
                .color = wants_color(fd),
                .unicode = speaks_utf8(),
                .legend = true,
                .hints = true,
        };
}

static bool fits_terminal(const StrBuf *text)
{
        struct winsize size;
        size_t lines = 0;

        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_row == 0)
                return false;
        for (const char *p = str_buf_get(text); (p = strchr(p, '\n')); p++)
                lines++;
        return lines < size.ws_row;
}

/* The words of $GPUHOST_PAGER or $PAGER, parted at white space: there is no shell. None: no pager. */
static size_t pager_words(char *buf, size_t size, char *words[static MAX_PAGER_WORDS + 1])
{
        const char *pager = getenv("GPUHOST_PAGER");
        char *state = NULL;
        size_t n = 0;

        if (!pager)
                pager = getenv("PAGER");
        if (!pager)
                pager = "less -FRSX";
        if (strlen(pager) >= size)
                return 0;
        (void)strcpy(buf, pager);
        for (char *word = strtok_r(buf, " \t", &state); word && n < MAX_PAGER_WORDS;
             word = strtok_r(NULL, " \t", &state))
                words[n++] = word;
        words[n] = NULL;
        return n == 1 && streq(words[0], "cat") ? 0 : n;
}

static _Noreturn void run_pager(int from, char **words)
{
        /* Who looks at a host with sudo has asked for a look, not for a shell of root's. */
        (void)setenv("LESSSECURE", "1", 0);
        if (dup2(from, STDIN_FILENO) >= 0)
                (void)execvp(words[0], words);
        _exit(EXIT_NO_PAGER);
}

/* Feeds the pager and waits for it; -ENOENT where it does not start. */
static int feed_pager(const StrBuf *text, char **words)
{
        void (*pipe_before)(int), (*interrupt_before)(int);
        int fds[2], status, r = 0;
        pid_t pid;

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        pid = fork();
        if (pid == 0)
                run_pager(fds[0], words);
        (void)safe_close(fds[0]);
        pipe_before = signal(SIGPIPE, SIG_IGN); /* it may be left before the end */
        interrupt_before = signal(SIGINT, SIG_IGN);
        if (pid > 0)
                r = write_all(fds[1], str_buf_get(text), text->len);
        (void)safe_close(fds[1]);
        while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
                ;
        if (r == -EPIPE)
                r = 0;
        if (pid < 0 || (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NO_PAGER))
                r = -ENOENT;
        (void)signal(SIGPIPE, pipe_before);
        (void)signal(SIGINT, interrupt_before);
        return r;
}

int terminal_write(const StrBuf *text, bool pager)
{
        char buf[256], *words[MAX_PAGER_WORDS + 1];
        int r;

        if (text->failed)
                return -ENOMEM;
        if (text->len == 0)
                return 0;
        if (pager && isatty(STDOUT_FILENO) && !fits_terminal(text) &&
            pager_words(buf, sizeof(buf), words) > 0 && feed_pager(text, words) >= 0)
                return 0;
        r = write_all(STDOUT_FILENO, str_buf_get(text), text->len);
        return r == -EPIPE ? 0 : r;
}

void terminal_say(const StrBuf *text)
{
        int r = write_all(STDERR_FILENO, str_buf_get(text), text->len);

        (void)r;
}
