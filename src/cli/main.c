// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fcntl.h>
#include <unistd.h>

#include "cli/help.h"
#include "cli/terminal.h"
#include "cli/verb.h"

/* A descriptor that is closed would be given to the next file that is opened, and then be written to.
 * What stands in for it cannot be: so writing fails as it would have. */
static void guard_descriptors(void)
{
        for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
                if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
                        (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

static void say_unseen(const Session *s)
{
        _cleanup_str_buf_ StrBuf line = {};

        if (s->arguments->quiet || s->arguments->json != JSON_OFF || s->machine.unseen.n == 0 ||
            !(s->arguments->verb->needs & SAY_UNSEEN))
                return;
        for (size_t i = 0; i < s->machine.unseen.n; i++)
                str_buf_printf(&line, "%s%s", i > 0 ? ", " : "", s->machine.unseen.items[i]);
        session_error(s, "not seen: %s%s", str_buf_get(&line), geteuid() ? "; try it as root" : "");
}

/* Looking into images of kernels costs seconds, and who does one kind of step at each boot needs none. */
static MachineParts parts_of(const Arguments *a)
{
        if (a->only != _STEP_MAX && a->only != STEP_INITRAMFS)
                return a->verb->parts & ~(MachineParts)(MACHINE_IMAGES | MACHINE_PREFLIGHT);
        return a->verb->parts;
}

static int run_verb(Session *s, StrBuf *out)
{
        const Arguments *a = s->arguments;

        if (a->version) {
                str_buf_add(out, "gpuhost " GPUHOST_VERSION "\n");
                return STATUS_DONE;
        }
        if (a->help && a->verb && !a->verb->hidden) {
                help_verb(a->verb, &s->format, out);
                return STATUS_DONE;
        }
        if (a->help) {
                help_overview(&s->format, out);
                return STATUS_DONE;
        }
        if (!a->verb)
                return greet(s, out);
        int r = session_load(s, a->verb->needs, parts_of(a));
        if (r < 0)
                return r;
        say_unseen(s);
        if (a->verb->needs & SAY_FILES && a->json == JSON_OFF)
                session_say_files(s);
        return a->verb->run(s, out);
}

/* The exit status of a run that ended with `r`. */
static int finish(const Session *s, int r, const StrBuf *out)
{
        int w;

        if (r == -ENOMEM || out->failed) {
                session_error(s, "out of memory");
                return STATUS_FAILED;
        }
        if (r < 0) /* whoever failed said so */
                return r == -EBADMSG ? STATUS_WRONG : STATUS_FAILED;
        w = terminal_write(out, !s->arguments->no_pager);
        if (w < 0) {
                session_error(s, "cannot write: %s", strerror(-w));
                return STATUS_FAILED;
        }
        return r;
}

int main(int argc, char **argv)
{
        _cleanup_arguments_ Arguments arguments = {};
        _cleanup_free_ char *error = NULL;
        _cleanup_str_buf_ StrBuf out = {};
        _cleanup_session_ Session session = { .arguments = &arguments, .lock = -EBADF };
        int r;

        guard_descriptors();
        session.format = terminal_format(STDOUT_FILENO);
        session.error_format = terminal_format(STDERR_FILENO);
        r = arguments_parse(argv + (argc > 0), &arguments, &error);
        if (r == -EINVAL) {
                session_error(&session, "%s", error);
                return STATUS_WRONG;
        }
        session.format.legend = !arguments.no_legend;
        session.format.hints = !arguments.no_legend && !arguments.quiet;
        if (r >= 0)
                r = run_verb(&session, &out);
        return finish(&session, r, &out);
}
