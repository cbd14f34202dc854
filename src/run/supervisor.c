// SPDX-License-Identifier: LGPL-2.1-or-later
#include "run/supervisor.h"

#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "util/fd.h"

enum { READ_SIZE = 4096, DRAIN_READS = 64 };

static void on_line(void *userdata, const char *line)
{
        tell_log(userdata, LOG_WARNING, "qemu: %s", line);
}

/* 1: something was read; 0: nothing is there now, and with -EPIPE there never will be. */
static int read_output(Supervisor *s)
{
        char data[READ_SIZE];
        ssize_t n = read(s->child.output, data, sizeof(data));

        if (n < 0)
                return errno == EAGAIN || errno == EINTR ? 0 : -errno;
        if (n == 0)
                return -EPIPE;
        last_words_add(&s->words, data, (size_t)n, on_line, s);
        return 1;
}

static int on_output(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        Supervisor *s = userdata;

        return read_output(s) < 0 ? sd_event_source_set_enabled(source, SD_EVENT_OFF) : 0;
}

static int on_stop_signal(sd_event_source *source, const struct signalfd_siginfo *info,
                          void *userdata)
{
        stop_asked(userdata);
        return 0;
}

/* What it said before it ended comes first: that tells why. */
static RunExit judge(Supervisor *s)
{
        _cleanup_str_buf_ StrBuf words = {}, last = {};
        RunExit code;

        /* There is nothing left to stop. */
        s->phase = PHASE_STOPPING;
        s->stop = STOP_LEFT;
        qmp_drain(s->qmp);
        for (unsigned i = 0; i < DRAIN_READS && read_output(s) > 0; i++)
                ;
        if (!s->ending.asked && !s->ending.told)
                helpers_look(s);
        last_words_end(&s->words, on_line, s);
        last_words_join(&s->words, &last);
        s->ending.last_words = str_buf_get(&last);
        code = ending_judge(&s->ending, &words);
        s->told_usec = 0;
        tell_status(s, "%s", str_buf_get(&words));
        tell_log(s, code == RUN_EXIT_ENDED ? LOG_INFO : LOG_ERR, "%s: %s", s->record->name,
                 str_buf_get(&words));
        return code;
}

static int on_child(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        Supervisor *s = userdata;
        int r = child_reap(&s->child, &s->ending.code, &s->ending.status);

        if (r == 0)
                return 0;
        return sd_event_exit(s->event, r < 0 ? RUN_EXIT_FAILED : (int)judge(s));
}

static int add_signals(Supervisor *s)
{
        static const int signals[] = { SIGTERM, SIGINT };
        sigset_t set;

        (void)sigemptyset(&set);
        for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
                (void)sigaddset(&set, signals[i]);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
                return -errno;
        for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
                int r = sd_event_add_signal(s->event, NULL, signals[i], on_stop_signal, s);

                if (r < 0)
                        return r;
        }
        return 0;
}

/* Stopped at its start: it is let go once we listen. */
static int copy_command(const Supervisor *s, StrList *ret)
{
        int r = str_list_append(ret, &s->record->argv);

        return r < 0 ? r : str_list_add(ret, "-S");
}

static int start_child(Supervisor *s, int *fds, int monitor)
{
        _cleanup_free_ int *all = calloc(s->record->fds.n + 1, sizeof(*all));
        _cleanup_str_list_ StrList argv = {};
        int r;

        if (!all || copy_command(s, &argv) < 0)
                return -ENOMEM;
        all[0] = monitor;
        memcpy(all + 1, fds, s->record->fds.n * sizeof(*all));
        r = child_start(&argv, all, s->record->fds.n + 1, &s->child);
        /* QEMU's now, and QEMU's alone: what they hold is free when it has ended. */
        for (size_t i = 0; i < s->record->fds.n; i++) {
                const char *name = s->record->fds.items[i];

                if (r >= 0 && run_fd_helper(name))
                        r = helpers_watch(s, name, TAKE_FD(fds[i]));
                else
                        fds[i] = safe_close(fds[i]);
        }
        if (r < 0)
                tell_log(s, LOG_ERR, "%s: cannot run %s: %s", s->record->name, argv.items[0],
                         strerror(-r));
        return r;
}

static int watch_child(Supervisor *s)
{
        int r = sd_event_add_io(s->event, &s->pidfd_source, s->child.pidfd, EPOLLIN, on_child, s);

        if (r >= 0)
                r = sd_event_add_io(s->event, &s->output_source, s->child.output, EPOLLIN,
                                    on_output, s);
        if (r >= 0)
                r = sd_event_source_set_priority(s->output_source, SD_EVENT_PRIORITY_NORMAL + 10);
        return r;
}

static int start_machine(Supervisor *s, int *fds)
{
        _cleanup_close_ int ours = -EBADF, theirs = -EBADF;
        int pair[2], r;

        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
                return -errno;
        ours = pair[0];
        theirs = pair[1];
        r = start_child(s, fds, theirs);
        if (r >= 0)
                r = watch_child(s);
        return r < 0 ? r : qmp_new(s->event, TAKE_FD(ours), &start_handlers, s, &s->qmp);
}

static void supervisor_done(Supervisor *s)
{
        start_done(s);
        helpers_done(s);
        qmp_free(s->qmp);
        guest_free(s->guest);
        health_free(s->health);
        sd_event_source_disable_unref(s->next_check);
        sd_event_source_disable_unref(s->stop_timer);
        sd_event_source_disable_unref(s->pidfd_source);
        sd_event_source_disable_unref(s->output_source);
        child_done(&s->child);
        sd_event_unref(s->event);
        ending_done(&s->ending);
        free(s->guest_status);
}

static int run(Supervisor *s, int *fds)
{
        int r = sd_event_new(&s->event);

        if (r >= 0)
                r = add_signals(s);
        if (r >= 0)
                r = watch_begin(s);
        if (r >= 0)
                r = start_begin(s);
        if (r >= 0)
                r = start_machine(s, fds);
        return r < 0 ? r : sd_event_loop(s->event);
}

RunExit supervise(const RunRecord *record, int *fds)
{
        _cleanup_(supervisor_done) Supervisor s = { .record = record, .child = CHILD_NONE };
        int r = run(&s, fds);

        if (r >= 0)
                return (RunExit)r;
        tell_log(&s, LOG_ERR, "%s: %s", record->name, strerror(-r));
        return RUN_EXIT_FAILED;
}
