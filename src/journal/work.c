// SPDX-License-Identifier: LGPL-2.1-or-later
#include "journal/work.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "util/atomic.h"
#include "util/command.h"
#include "util/fd.h"

enum { FILE_MAX = 1024 * 1024 };

/* An initramfs for each of several kernels, on a slow disk. */
static const uint64_t command_timeout = UINT64_C(20) * 60 * 1000 * 1000;

static int read_opened(int fd, char **ret_text, mode_t *ret_mode)
{
        _cleanup_free_ char *text = NULL;
        struct stat st;
        size_t n = 0;
        int r;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return S_ISDIR(st.st_mode) ? -EISDIR : -EBADMSG;
        r = read_all(fd, FILE_MAX, &text, &n);
        if (r < 0)
                return r == -E2BIG ? -EFBIG : r;
        if (strlen(text) != n)
                return -EBADMSG;
        *ret_text = TAKE_PTR(text);
        *ret_mode = st.st_mode & 07777;
        return 0;
}

/* NULL where there is no such file. */
static int read_text(Root *root, const char *path, char **ret_text, mode_t *ret_mode)
{
        _cleanup_close_ int fd =
                root_open_file(root, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

        if (fd == -ENOENT) {
                *ret_text = NULL;
                *ret_mode = 0;
                return 0;
        }
        return fd < 0 ? fd : read_opened(fd, ret_text, ret_mode);
}

int journal_write(Journal *j, const char *path, const char *text, mode_t mode)
{
        return text ? root_write_atomic(j->root, path, text, strlen(text), mode)
                    : root_unlink_sync(j->root, path);
}

int journal_put_file(Journal *j, const char *path, const char *text, mode_t mode)
{
        _cleanup_free_ char *is = NULL;
        JournalFile file = { .wanted_mode = mode };
        mode_t is_mode;
        int r = read_text(j->root, path, &is, &is_mode);

        if (r < 0)
                return r;
        if (mode == ROOT_MODE_KEEP)
                file.wanted_mode = is ? is_mode : 0644;
        if (streq_ptr(is, text) && (!text || is_mode == file.wanted_mode))
                return root_write_clean(j->root, path);
        file.path = (char *)path;
        file.former = is;
        file.former_mode = is_mode;
        file.wanted = (char *)text;
        r = journal_note_file(j, &file);
        if (r >= 0)
                r = journal_write(j, path, text, file.wanted_mode);
        return r < 0 ? r : 1;
}

int journal_restore_file(Journal *j, const JournalFile *file)
{
        _cleanup_free_ char *is = NULL, *path = strdup(file->path);
        bool back = false;
        mode_t mode;
        int r = path ? read_text(j->root, path, &is, &mode) : -ENOMEM;

        if (r < 0)
                return r;
        if (!streq_ptr(is, file->former) || (is && mode != file->former_mode)) {
                if (!streq_ptr(is, file->wanted))
                        return -ESTALE;
                r = journal_write(j, path, file->former, file->former_mode);
                back = true;
        }
        if (r >= 0)
                r = root_write_clean(j->root, path);
        if (r >= 0)
                r = journal_note_undone(j, path);
        return r < 0 ? r : back;
}

static int run_one(Journal *j, size_t i, const JournalListener *listener)
{
        const StrList *argv = &j->commands[i].argv;
        _cleanup_str_buf_ StrBuf output = {};
        int status = 0, r;

        if (listener)
                listener->begins(listener->userdata, argv);
        r = command_run(argv, command_timeout, &output, &status);
        if (listener)
                listener->ended(listener->userdata, argv, r, status, str_buf_get(&output));
        if (r >= 0 && status != 0)
                r = -EIO;
        return r < 0 ? r : journal_note_command(j, argv, false);
}

int journal_run_pending(Journal *j, const JournalListener *listener)
{
        int first = 0;
        bool any = false;

        for (size_t i = 0; i < j->n_commands; i++) {
                int r;

                if (!j->commands[i].pending)
                        continue;
                any = true;
                r = run_one(j, i, listener);
                if (first == 0)
                        first = r;
        }
        return first < 0 ? first : any;
}

static int note_pending(Journal *j, const StrList *argv)
{
        for (size_t i = 0; i < j->n_commands; i++)
                if (&j->commands[i].argv == argv && j->commands[i].pending)
                        return 0;
        return journal_note_command(j, argv, true);
}

int journal_rerun_all(Journal *j)
{
        for (size_t i = 0; i < j->n_commands; i++) {
                int r = note_pending(j, &j->commands[i].argv);

                if (r < 0)
                        return r;
        }
        return 0;
}

int journal_do_files(Journal *j, const BootWork *work)
{
        bool any = work->n_commands > 0;

        for (size_t i = 0; i < work->n_commands; i++) {
                int r = journal_note_command(j, &work->commands[i].argv, true);

                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < work->n_files; i++) {
                const BootFile *f = work->files + i;
                int r = journal_put_file(j, f->path, f->text, f->mode);

                if (r < 0)
                        return r;
                any |= r > 0;
        }
        return any;
}
