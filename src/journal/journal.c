// SPDX-License-Identifier: LGPL-2.1-or-later
#include "journal/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include "journal/learn.h"
#include "journal/record.h"
#include "util/atomic.h"
#include "util/fd.h"

#define JOURNAL_HEADER "gpuhost journal 1\n"

enum { JOURNAL_MAX = 64 * 1024 * 1024 };

bool journal_has_pending(const Journal *j)
{
        for (size_t i = 0; i < j->n_commands; i++)
                if (j->commands[i].pending)
                        return true;
        return false;
}

/* The text up to where it makes sense: *ret_size. */
static int learn_all(Journal *j, char *text, unsigned *ret_line)
{
        char *p = text + strlen(JOURNAL_HEADER);
        unsigned number = 1;

        for (char *end; (end = strchr(p, '\n')); p = end + 1) {
                int r;

                *end = '\0';
                number++;
                r = journal_learn(j, p);
                if (r == -EBADMSG && !end[1])
                        break;
                if (r < 0) {
                        *ret_line = number;
                        return r;
                }
        }
        j->size = (size_t)(p - text);
        return 0;
}

int journal_open(Root *root, Journal *ret, unsigned *ret_line)
{
        _cleanup_journal_ Journal j = { .root = root };
        _cleanup_free_ char *text = NULL;
        int r = root_read_file(root, JOURNAL_FILE, JOURNAL_MAX, &text, NULL);

        if (r < 0 && r != -ENOENT)
                return r;
        if (r >= 0 && startswith(text, JOURNAL_HEADER)) {
                r = learn_all(&j, text, ret_line);
                if (r < 0)
                        return r;
        } else if (r >= 0 && !startswith(JOURNAL_HEADER, text)) {
                *ret_line = 1;
                return -EBADMSG;
        }
        *ret = TAKE_GENERIC(j, (Journal){});
        return 0;
}

static int open_to_append(Root *root)
{
        const char *slash = strrchr(JOURNAL_FILE, '/');
        _cleanup_free_ char *parent = strndup(JOURNAL_FILE, (size_t)(slash - JOURNAL_FILE));
        _cleanup_close_ int folder = -EBADF, fd = -EBADF;
        int r = parent ? root_make_dir(root, parent) : -ENOMEM;

        if (r < 0)
                return r;
        folder = root_open_file(root, parent, O_RDONLY | O_DIRECTORY);
        if (folder < 0)
                return folder;
        fd = openat(folder, slash + 1, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0 || fsync(folder) < 0)
                return -errno;
        return TAKE_FD(fd);
}

static int write_at_end(int fd, size_t size, const StrBuf *line)
{
        int r;

        if (ftruncate(fd, (off_t)size) < 0 || lseek(fd, (off_t)size, SEEK_SET) < 0)
                return -errno;
        r = write_all(fd, line->data, line->len);
        if (r >= 0 && fsync(fd) < 0)
                r = -errno;
        if (r < 0) /* half a line means nothing, but need not take the room that others lack */
                (void)!ftruncate(fd, (off_t)size);
        return r;
}

static int append(Journal *j, RecordKind kind, const char *const fields[], size_t n)
{
        _cleanup_str_buf_ StrBuf record = {}, line = {};
        _cleanup_close_ int fd = -EBADF;
        int r;

        record_format(kind, fields, n, &record);
        str_buf_add(&line, j->size == 0 ? JOURNAL_HEADER : "");
        str_buf_add(&line, str_buf_get(&record));
        if (record.failed || line.failed)
                return -ENOMEM;
        fd = open_to_append(j->root);
        if (fd < 0)
                return fd;
        r = write_at_end(fd, j->size, &line);
        if (r < 0)
                return r;
        j->size += line.len;
        record.data[record.len - 1] = '\0';
        return journal_learn(j, record.data);
}

static const char *format_mode(const char *text, mode_t mode, char buf[static 8])
{
        (void)snprintf(buf, 8, "%04o", (unsigned)(mode & 07777));
        return text ? buf : NULL;
}

int journal_note_file(Journal *j, const JournalFile *f)
{
        char before[8], then[8];

        return append(j, RECORD_FILE,
                      (const char *const[]){
                              f->path, format_mode(f->former, f->former_mode, before), f->former,
                              format_mode(f->wanted, f->wanted_mode, then), f->wanted },
                      5);
}

int journal_note_command(Journal *j, const StrList *argv, bool pending)
{
        if (argv->n == 0 || argv->n > RECORD_FIELDS)
                return -E2BIG;
        return append(j, pending ? RECORD_RUN : RECORD_RAN, (const char *const *)argv->items,
                      argv->n);
}

int journal_note_function(Journal *j, const JournalFunction *f)
{
        char address[PCI_ADDRESS_MAX];

        return append(j, RECORD_FUNCTION,
                      (const char *const[]){ pci_address_format(f->address, address), f->driver,
                                             f->override, f->wanted },
                      4);
}

int journal_note_attribute(Journal *j, const JournalAttribute *a)
{
        return append(j, RECORD_ATTRIBUTE, (const char *const[]){ a->path, a->former, a->wrote },
                      3);
}

int journal_note_undone(Journal *j, const char *what)
{
        return append(j, RECORD_UNDONE, (const char *const[]){ what }, 1);
}

int journal_finish(Journal *j)
{
        int r;

        if (j->n_files + j->n_functions + j->n_attributes > 0 || journal_has_pending(j))
                return 0;
        r = root_unlink_sync(j->root, JOURNAL_FILE);
        if (r >= 0)
                j->size = 0;
        return r;
}
