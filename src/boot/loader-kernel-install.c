// SPDX-License-Identifier: LGPL-2.1-or-later
#include "boot/loader.h"
#include "util/buf.h"
#include "util/kernel-arguments.h"

/*
 * kernel-install, for systemd-boot: all arguments of all kernels stand in one file, which is shared with
 * the administrator. Our words in it are those that STATE names. Where the file is absent kernel-install
 * takes the arguments of the running kernel; a file of ours with our words alone would lose root=. So it
 * is made of these, MADE remembers that, and it goes again with us; which the running kernel's arguments
 * do not.
 *
 * `kernel-install add-all` is newer than Debian 12, and looks for kernels where Debian has none: each
 * kernel is added by name.
 */
#define CMDLINE "etc/kernel/cmdline"
#define VENDOR  "usr/lib/kernel/cmdline"
#define STATE   "var/lib/gpuhost/kernel-arguments"
#define MADE    "var/lib/gpuhost/made-kernel-cmdline"
#define TOOL    "usr/bin/kernel-install"

/* Runs a program that sees another /proc/cmdline. */
#define CMDLINE_PROGRAM GPUHOST_PKGLIBDIR "/gpuhost-cmdline"

enum { MAX_CMDLINE = 64 * 1024 };

/* What a loader added for this one boot, or a person for a rescue. */
static bool is_of_one_boot(const char *word)
{
        static const char *const words[] = { "single",    "s",      "S",        "1",
                                             "emergency", "rescue", "recovery", "gpuhost=off" };

        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (streq(word, words[i]))
                        return true;
        return startswith(word, "BOOT_IMAGE=") || startswith(word, "initrd=") ||
               startswith(word, "systemd.unit=") || startswith(word, "systemd.machine_id=");
}

static int read_words(Root *root, const char *path, StrList *ret)
{
        _cleanup_free_ char *text = NULL;
        int r = root_read_file(root, path, MAX_CMDLINE, &text, NULL);

        return r < 0 ? r : kernel_arguments_split(text, ret);
}

/* Ours were added behind all others: of several that are the same the last is ours. */
static bool is_last_of(const StrList *words, size_t i)
{
        for (size_t k = i + 1; k < words->n; k++)
                if (streq(words->items[k], words->items[i]))
                        return false;
        return true;
}

static int without_ours(const StrList *words, const StrList *former, bool seeded, StrList *ret)
{
        for (size_t i = 0; i < words->n; i++) {
                const char *word = words->items[i];
                int r;

                if ((str_list_contains(former, word) && is_last_of(words, i)) ||
                    (seeded && is_of_one_boot(word)))
                        continue;
                r = str_list_add(ret, word);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* What is there already is somebody else's, and enough. Not so with sizes and numbers of pages, which
 * mean something only in their order. */
static int choose_ours(const StrList *theirs, const StrList *arguments, StrList *ret)
{
        for (size_t i = 0; i < arguments->n; i++) {
                const char *word = arguments->items[i];
                int r;

                if (!startswith(word, "hugepages") && str_list_contains(theirs, word))
                        continue;
                r = str_list_add(ret, word);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int render_line(const StrList *theirs, const StrList *ours, char **ret)
{
        _cleanup_str_buf_ StrBuf line = {};

        for (size_t i = 0; i < theirs->n + ours->n; i++) {
                int r = kernel_arguments_add(&line, i < theirs->n ? theirs->items[i]
                                                                  : ours->items[i - theirs->n]);

                if (r < 0)
                        return r;
        }
        str_buf_add_char(&line, '\n');
        *ret = str_buf_take(&line);
        return *ret ? 0 : -ENOMEM;
}

/* What the file holds, or would have to hold. */
static int read_present(Root *root, const Machine *machine, StrList *words, bool *ret_seeded)
{
        int r = read_words(root, CMDLINE, words);

        *ret_seeded = r == -ENOENT;
        if (r != -ENOENT)
                return r;
        r = read_words(root, VENDOR, words);
        return r == -ENOENT ? str_list_append(words, &machine->arguments) : r;
}

/* What kernel-install is to see in place of the running kernel's arguments, which have ours: it looks
 * there as soon as the file that was made has gone. */
static int render_seen(const StrList *theirs, char **ret)
{
        const StrList none = {};
        int r = render_line(theirs, &none, ret);

        if (r >= 0)
                (void)strstrip(*ret);
        return r;
}

/* The file as it is to be; *ours becomes what of it is ours, *ret_seen what stands in for the running
 * kernel's arguments. NULL: nobody looks at those, for the file was there before us. */
static int want_cmdline(Root *root, const Machine *machine, const StrList *arguments, StrList *ours,
                        char **ret_seen, BootWork *work)
{
        _cleanup_str_list_ StrList words = {}, former = {}, theirs = {};
        _cleanup_free_ char *line = NULL;
        bool seeded = false, made = root_exists(root, MADE);
        int r = read_words(root, STATE, &former);

        if (r < 0 && r != -ENOENT)
                return r;
        r = read_present(root, machine, &words, &seeded);
        if (r >= 0)
                r = without_ours(&words, &former, seeded, &theirs);
        if (r >= 0 && (made || seeded))
                r = render_seen(&theirs, ret_seen);
        if (r >= 0 && !arguments && made)
                return boot_work_want_file(root, CMDLINE, NULL, 0644, work);
        if (r >= 0 && arguments)
                r = choose_ours(&theirs, arguments, ours);
        if (r < 0 || (former.n == 0 && ours->n == 0) || (seeded && ours->n == 0))
                return r; /* nothing of ours is in it, or is to be */
        r = render_line(&theirs, ours, &line);
        if (r >= 0 && seeded)
                r = boot_work_want_file(root, MADE, "", 0644, work);
        return r < 0 ? r : boot_work_want_file(root, CMDLINE, line, 0644, work);
}

/* `seen`: see want_cmdline(). */
static int add_kernel(Root *root, const char *version, const char *seen, BootWork *work)
{
        _cleanup_free_ char *image = format_string("/boot/vmlinuz-%s", version);
        _cleanup_free_ char *own = format_string("/usr/lib/modules/%s/vmlinuz", version);
        _cleanup_free_ char *initrd = format_string("/boot/initrd.img-%s", version);

        if (!image || !own || !initrd)
                return -ENOMEM;
        const char *argv[] = { CMDLINE_PROGRAM,
                               seen,
                               "/" TOOL,
                               "add",
                               version,
                               root_exists(root, image) ? image : own,
                               root_exists(root, initrd) ? initrd : NULL,
                               NULL };

        return root_exists(root, argv[5]) ? boot_work_add_command(work, seen ? argv : argv + 2) : 0;
}

static int arguments_work(Root *root, const Machine *machine, const StrList *arguments,
                          BootWork *work)
{
        _cleanup_str_list_ StrList ours = {};
        _cleanup_free_ char *state = NULL, *seen = NULL;
        size_t shared;
        int r;

        if (!root_exists(root, TOOL))
                return -EOPNOTSUPP;
        r = want_cmdline(root, machine, arguments, &ours, &seen, work);
        if (r >= 0 && arguments)
                r = kernel_arguments_render(&ours, &state);
        if (r < 0)
                return r;
        shared = work->n_files;
        r = boot_work_want_file(root, STATE, state, 0644, work);
        if (r >= 0 && !arguments)
                r = boot_work_want_file(root, MADE, NULL, 0644, work);
        for (size_t i = 0; r >= 0 && shared > 0 && i < machine->n_kernels; i++)
                r = add_kernel(root, machine->kernels[i].version, seen, work);
        return r < 0 ? r : 0;
}

const BootLoaderSpec boot_loader_kernel_install = {
        .arguments_work = arguments_work,
};
