// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/session.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "claim/foresee.h"
#include "cli/terminal.h"
#include "cli/verb.h"
#include "device/in-use.h"
#include "device/lock.h"
#include "emit/diag.h"
#include "host/capture.h"
#include "host/tree.h"
#include "host/users.h"
#include "supervise/record.h"
#include "util/fd.h"

enum { MAX_REMARKS = 5 };

/* As long as somebody who typed it may be kept waiting without a word. */
static const uint64_t lock_timeout = 30 * 1000 * 1000;

ExitStatus status_worse(ExitStatus a, ExitStatus b)
{
        static const unsigned weight[] = {
                [STATUS_DONE] = 0,
                [STATUS_CHANGES] = 1,
                [STATUS_FAILED] = 2,
                [STATUS_WRONG] = 3,
        };

        return weight[a] > weight[b] ? a : b;
}

ExitStatus session_findings_status(const FindingList *findings)
{
        ExitStatus status = STATUS_DONE;

        for (size_t i = 0; i < findings->n; i++) {
                const Finding *f = findings->items + i;

                if (f->severity != SEVERITY_ERROR)
                        continue;
                if (f->code == FINDING_CONFIG_SYNTAX || f->code == FINDING_CONFIG_SCHEMA)
                        return STATUS_WRONG;
                status = STATUS_FAILED;
        }
        return status;
}

ExitStatus session_files_status(const Session *session)
{
        ExitStatus status = STATUS_DONE;

        for (size_t i = 0; i < session->diag.n; i++) {
                const DiagItem *item = session->diag.items + i;

                if (item->severity != SEVERITY_ERROR)
                        continue;
                if (streq(item->code, finding_specs[FINDING_CONFIG_SYNTAX].code) ||
                    streq(item->code, finding_specs[FINDING_CONFIG_SCHEMA].code))
                        return STATUS_WRONG;
                status = STATUS_FAILED;
        }
        return status;
}

void session_error(const Session *session, const char *format, ...)
{
        _cleanup_str_buf_ StrBuf out = {};
        _cleanup_free_ char *message = NULL;
        va_list ap;

        va_start(ap, format);
        if (vasprintf(&message, format, ap) < 0)
                message = NULL;
        va_end(ap);
        str_buf_add(&out, "gpuhost: ");
        text_add(&out, message ? message : "out of memory");
        str_buf_add_char(&out, '\n');
        terminal_say(&out);
}

void session_say_files(const Session *s)
{
        _cleanup_str_buf_ StrBuf out = {};

        diag_text(&s->diag, SEVERITY_WARNING, &s->error_format, &out);
        terminal_say(&out);
}

/* Who uses which card is asked as a plan asks it. */
static int write_capture(Session *s, Root *root, const MachineWants *wants)
{
        _cleanup_str_buf_ StrBuf users = {};
        _cleanup_plan_ Plan plan = {};
        bool any;
        int r = 0;

        if (root_is_host(root)) {
                r = plan_build(&s->config, &s->machine, PLAN_RUNTIME, &plan);
                if (r >= 0)
                        r = in_use_read(root, &plan, &s->machine, &any);
                users_format(&s->machine, &users);
        }
        if (r < 0 || users.failed)
                return r < 0 ? r : -ENOMEM;
        return capture_write(root, wants, str_buf_get(&users), &s->capture);
}

/* Whether that is wrong, the verb says. Of what does not run, what its start would be. */
static int read_started(Session *s, Root *root)
{
        const char *name = s->arguments->words[0];
        _cleanup_free_ char *path = NULL;

        s->started_error = -ENOENT;
        if (!instance_name_valid(name))
                return 0;
        path = run_record_path(name);
        if (!path)
                return -ENOMEM;
        s->started_error = run_record_read(root, path, &s->started, &s->started_why);
        if (s->started_error == -ENOENT) {
                s->foreseen = true;
                s->started_error = foresee(root, name, &s->started, &s->started_why);
        }
        return s->started_error == -ENOMEM ? -ENOMEM : 0;
}

static int read_all_needed(Session *s, Root *root, Needs needs, MachineParts parts)
{
        _cleanup_(machine_wants_done) MachineWants wants = {};
        int r = 0;

        if (needs & NEED_CONFIG)
                r = config_load(root, 0, &s->config, &s->diag);
        if (r >= 0 && needs & NEED_CONFIG && needs & NEED_MACHINE)
                r = plan_wants(&s->config, &wants);
        if (r >= 0 && needs & NEED_MACHINE)
                r = machine_read(root, parts, &wants, &s->machine);
        if (r >= 0 && needs & NEED_CAPTURE)
                r = write_capture(s, root, &wants);
        if (r >= 0 && s->arguments->command)
                r = read_started(s, root);
        return r;
}

static int read_root(Session *s, const char *path, Needs needs, MachineParts parts)
{
        _cleanup_(root_freep) Root *root = NULL;
        int r = root_open(path, &root);

        return r < 0 ? r : read_all_needed(s, root, needs, parts);
}

/* A file that is no capture at all is wrong in each of its lines. */
static void say_diag(const Session *s, const Diag *diag)
{
        _cleanup_str_buf_ StrBuf out = {};
        Diag first = *diag;

        first.n = diag->n < MAX_REMARKS ? diag->n : MAX_REMARKS;
        diag_text(&first, SEVERITY_INFO, &s->error_format, &out);
        if (first.n < diag->n)
                str_buf_printf(&out, "and %zu more\n", diag->n - first.n);
        terminal_say(&out);
}

/* Thousands of tiny entries that live for a moment: memory is the place for them. */
static const char *unpack_parent(void)
{
        const char *given = secure_getenv("TMPDIR");

        if (given && *given)
                return given;
        return access("/dev/shm", W_OK | X_OK) >= 0 ? "/dev/shm" : "/tmp";
}

/*
 * The folder that a capture is unpacked to lives only while it is read, and signals that would end us
 * wait that long: so it is gone whatever happens, without a handler.
 */
static int read_capture(Session *s, const char *file, Needs needs, MachineParts parts)
{
        _cleanup_diag_ Diag diag = {};
        _cleanup_(tree_removep) char *dir = NULL;
        int r;

        r = tree_unpack(file, unpack_parent(), &diag, &dir);
        if (r < 0) {
                say_diag(s, &diag);
                return diag.n > 0 ? -EBADMSG : r;
        }
        return read_root(s, dir, needs, parts);
}

static int read_capture_undisturbed(Session *s, const char *file, Needs needs, MachineParts parts)
{
        static const int deadly[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGALRM, SIGTSTP };
        sigset_t block, before;
        int r;

        (void)sigemptyset(&block);
        for (size_t i = 0; i < ARRAY_SIZE(deadly); i++)
                (void)sigaddset(&block, deadly[i]);
        (void)sigprocmask(SIG_BLOCK, &block, &before);
        r = read_capture(s, file, needs, parts);
        (void)sigprocmask(SIG_SETMASK, &before, NULL);
        return r;
}

static int read_what_is_there(Session *s, Needs needs, MachineParts parts)
{
        const char *path = s->arguments->root;
        struct stat st;
        int r;

        if (!path)
                return read_root(s, "/", needs, parts);
        if (stat(path, &st) < 0)
                r = -errno;
        else if (S_ISREG(st.st_mode))
                r = read_capture_undisturbed(s, path, needs, parts);
        else
                r = read_root(s, path, needs, parts);
        if (r < 0 && r != -EBADMSG)
                session_error(s, "cannot look at %s: %s", path, strerror(-r));
        return r;
}

static void say_holder(const Session *s, pid_t holder)
{
        char path[64], name[64] = "a process";

        (void)snprintf(path, sizeof(path), "/proc/%d/comm", (int)holder);
        _cleanup_fclose_ FILE *f = fopen(path, "re");
        if (f && fgets(name, sizeof(name), f))
                name[strcspn(name, "\n")] = '\0';
        session_error(s,
                      "%s (pid %d) is changing this host at the moment: try again when it is done",
                      name, (int)holder);
}

static int check_may_change(const Session *s)
{
        if (s->arguments->root) {
                session_error(s,
                              "'%s' changes this machine and no other: --root has no meaning here",
                              s->arguments->verb->name);
                return -EINVAL;
        }
        if (geteuid() != 0) {
                session_error(s, "'%s' changes this machine: try it as root",
                              s->arguments->verb->name);
                return -EPERM;
        }
        return 0;
}

/* Before anything is read: what waits here has to see what the other one did. */
static int lock_host(Session *s)
{
        _cleanup_(root_freep) Root *root = NULL;
        pid_t holder = 0;
        int r = root_open("/", &root);

        if (r >= 0)
                r = host_lock(root, LOCK_OF_CHANGES, lock_timeout, &s->lock, &holder);
        if (r == -EBUSY)
                say_holder(s, holder);
        else if (r < 0)
                session_error(s, "cannot lock /run/gpuhost: %s", strerror(-r));
        return r;
}

/* Who uses a card says when it can be taken: now, or by the next boot. Looked at only where it matters. */
static int plan_with_users(Session *s)
{
        _cleanup_(root_freep) Root *root = NULL;
        bool any = false;
        int r;

        if (s->arguments->root)
                return 0;
        r = root_open("/", &root);
        if (r >= 0)
                r = in_use_read(root, &s->plan, &s->machine, &any);
        if (r < 0 || !any)
                return r;
        plan_done(&s->plan);
        return plan_build(&s->config, &s->machine, PLAN_RUNTIME, &s->plan);
}

int session_load(Session *s, Needs needs, MachineParts parts)
{
        bool changes = needs & (NEED_LOCK | NEED_ROOT) && !s->arguments->dry_run;
        int r = changes ? check_may_change(s) : 0;

        if (r >= 0 && changes && needs & NEED_LOCK)
                r = lock_host(s);
        if (r >= 0)
                r = read_what_is_there(s, needs, parts);
        if (r < 0)
                return r;
        diag_sort(&s->diag);
        if ((needs & NEED_PLAN) == NEED_PLAN) {
                r = plan_build(&s->config, &s->machine, PLAN_RUNTIME, &s->plan);
                if (r >= 0 && needs & NEED_USERS)
                        r = plan_with_users(s);
                if (r < 0)
                        return r;
                s->findings = TAKE_GENERIC(s->plan.findings, (FindingList){});
        }
        r = finding_list_add_diag(&s->findings, &s->diag);
        if (r < 0)
                return r;
        finding_list_sort(&s->findings);
        return 0;
}

void session_done(Session *s)
{
        finding_list_done(&s->findings);
        plan_done(&s->plan);
        machine_done(&s->machine);
        config_done(&s->config);
        diag_done(&s->diag);
        str_buf_done(&s->capture);
        run_record_done(&s->started);
        str_buf_done(&s->started_why);
        s->lock = safe_close(s->lock);
}
