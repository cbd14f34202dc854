// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bind/record.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "device/stuck.h"
#include "host/early.h"
#include "util/buf.h"
#include "util/fd.h"

enum { PROTECTED_MAX = 1024 * 1024 };

/* All that is written here is ASCII but for messages, which quote what people wrote. */
static void add_string(StrBuf *b, const char *s)
{
        if (!s) {
                str_buf_add(b, "null");
                return;
        }
        str_buf_add_char(b, '"');
        for (; *s; s++)
                if ((unsigned char)*s < ' ' || *s == '"' || *s == '\\')
                        str_buf_printf(b, "\\u%04x", (unsigned)(unsigned char)*s);
                else
                        str_buf_add_char(b, *s);
        str_buf_add_char(b, '"');
}

static void add_member(StrBuf *b, const char *key, const char *value)
{
        str_buf_printf(b, "\"%s\":", key);
        add_string(b, value);
}

static const char *or_null(const char *s)
{
        return *s ? s : NULL;
}

static void add_function(StrBuf *b, const BindFunction *f)
{
        char address[PCI_ADDRESS_MAX];

        str_buf_add_char(b, '{');
        add_member(b, "address", pci_address_format(f->address, address));
        str_buf_add_char(b, ',');
        add_member(b, "outcome", enum_to_string(&bind_outcome_table, (int)f->outcome));
        str_buf_add_char(b, ',');
        add_member(b, "wanted", f->driver);
        str_buf_add_char(b, ',');
        add_member(b, "driver", or_null(f->is));
        str_buf_add_char(b, ',');
        add_member(b, "driver_before", or_null(f->was));
        str_buf_add_char(b, ',');
        add_member(b, "failed_at", f->step);
        str_buf_printf(b, ",\"error\":%d}", f->error);
}

static void add_slots(StrBuf *b, const SlotList *slots)
{
        bool first = true;

        str_buf_add(b, "\"functions\":[");
        for (size_t i = 0; i < slots->n; i++)
                for (size_t k = 0; k < slots->items[i].n; k++) {
                        str_buf_add(b, first ? "\n" : ",\n");
                        add_function(b, slots->items[i].functions + k);
                        first = false;
                }
        str_buf_add_char(b, ']');
}

static void add_findings(StrBuf *b, const FindingList *findings)
{
        str_buf_add(b, "\"findings\":[");
        for (size_t i = 0; i < findings->n; i++) {
                const Finding *f = findings->items + i;

                str_buf_add(b, i ? ",\n{" : "\n{");
                add_member(b, "code", finding_specs[f->code].code);
                str_buf_add_char(b, ',');
                add_member(b, "severity", enum_to_string(&severity_table, (int)f->severity));
                str_buf_add_char(b, ',');
                add_member(b, "subject", f->subject);
                str_buf_add_char(b, ',');
                add_member(b, "message", f->message);
                str_buf_add_char(b, '}');
        }
        str_buf_add_char(b, ']');
}

/* The folder is ours alone to write to: what stands in it is believed later. */
static int open_folder(Root *root)
{
        _cleanup_close_ int run = root_open_file(root, "run", O_RDONLY | O_DIRECTORY);
        int fd;

        if (run < 0)
                return run;
        if (mkdirat(run, "gpuhost", 0755) < 0 && errno != EEXIST)
                return -errno;
        fd = openat(run, "gpuhost", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

static int write_whole(int folder, const char *name, const void *data, size_t n)
{
        _cleanup_free_ char *temporary = format_string("%s.new", name);
        _cleanup_close_ int fd = -EBADF;
        int r;

        if (!temporary)
                return -ENOMEM;
        fd = openat(folder, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (fd < 0)
                return -errno;
        r = write_all(fd, data, n);
        if (r >= 0 && renameat(folder, temporary, folder, name) < 0)
                r = -errno;
        if (r < 0)
                (void)unlinkat(folder, temporary, 0);
        return r;
}

static int mark_stuck(Root *root, const SlotList *slots)
{
        for (size_t i = 0; i < slots->n; i++)
                for (size_t k = 0; k < slots->items[i].n; k++) {
                        const BindFunction *f = slots->items[i].functions + k;
                        int r = f->outcome == BIND_STUCK ? stuck_mark(root, f->address) : 0;

                        if (r < 0)
                                return r;
                }
        return 0;
}

static int leave_protected(Root *root, int folder)
{
        _cleanup_free_ char *text = NULL;
        size_t n = 0;
        int r = root_read_file(root, PROTECTED_FILE, PROTECTED_MAX, &text, &n);

        if (r < 0)
                return r == -ENOENT ? 0 : r;
        return write_whole(folder, "protected", text, n);
}

int record_write(const BindArguments *arguments, Root *root, const SlotList *slots,
                 const FindingList *findings)
{
        const char *stage = arguments->initrd ? "initrd" : arguments->has_device ? "udev" : "boot";
        _cleanup_close_ int folder = open_folder(root);
        char name[sizeof("bind-.json") + PCI_ADDRESS_MAX] = "bind.json";
        char address[PCI_ADDRESS_MAX];
        _cleanup_str_buf_ StrBuf b = {};
        int r;

        if (folder < 0)
                return folder;
        if (arguments->has_device)
                (void)snprintf(name, sizeof(name), "bind-%s.json",
                               pci_address_format(arguments->device, address));
        str_buf_add_char(&b, '{');
        add_member(&b, "stage", stage);
        str_buf_add(&b, ",\n");
        add_slots(&b, slots);
        str_buf_add(&b, ",\n");
        add_findings(&b, findings);
        str_buf_add(&b, "}\n");
        r = b.failed ? -ENOMEM : write_whole(folder, name, b.data, b.len);
        if (r >= 0)
                r = mark_stuck(root, slots);
        if (r >= 0 && arguments->initrd)
                r = leave_protected(root, folder);
        return r;
}
