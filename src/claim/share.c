// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fcntl.h>
#include <sys/stat.h>

#include "claim/folder.h"
#include "claim/helper.h"
#include "claim/start.h"
#include "util/fd.h"
#include "util/log.h"

/*
 * gpu-vm-share@NAME.TAG.service sees a folder of ours that stands for it: `program` is what it runs, and of two
 * links to the host's folder, one that it mounts for writing and one for reading alone, there is one. A name
 * of an instance has no dot.
 */
#define FOLDER  RUN_RECORD_FOLDER "/"
#define SUFFIX  ".share"
#define SOCKETS "run/gpu-vm-share/"

#define CAPABILITIES "modcaps=-mknod:-setfcap"

/* In the folder the guest's root is root, but for devices and files with capabilities: they are as dangerous for
 * the host as they are there. The one that came with QEMU up to 7.2 has options, and a path, of its own. */
static const char words[] =
        "--fd=3 --sandbox=chroot --announce-submounts --" CAPABILITIES " --shared-dir=/";
static const char old_words[] =
        "--fd=3 -f -o sandbox=chroot,announce_submounts," CAPABILITIES ",source=/";

static const struct Program {
        const char *path, *words; /* the folder follows */
} programs[] = {
        { "usr/libexec/virtiofsd",  words     },
        { "usr/lib/virtiofsd",      words     },
        { "usr/lib/qemu/virtiofsd", old_words },
};

static const struct Program *find_program(Root *root)
{
        for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
                if (root_exists(root, programs[i].path))
                        return programs + i;
        return NULL;
}

static int refuse_share(Stage *s, const Share *share, const char *why)
{
        return refuse(s, "%s:%u: share %s: %s",
                      share->origin.file ? share->origin.file : s->instance->file,
                      share->origin.line, share->source, why);
}

static int check_folder(Stage *s, const Share *share)
{
        _cleanup_close_ int fd = root_open_file(s->root, share->source + 1, O_PATH);
        struct stat st;

        if (fd < 0)
                return fd == -ENOMEM ? fd : refuse_share(s, share, strerror(-fd));
        if (fstat(fd, &st) < 0)
                return -errno;
        return S_ISDIR(st.st_mode) ? 0 : refuse_share(s, share, "is no folder");
}

int shares_check(Stage *s)
{
        const Instance *instance = s->instance;
        int r = 0;

        if (instance->n_shares > 0 && !find_program(s->root))
                return refuse_share(s, instance->shares,
                                    "needs virtiofsd, and there is none: install the package "
                                    "virtiofsd, or qemu-system-common where that has it");
        for (size_t i = 0; r >= 0 && i < instance->n_shares; i++)
                r = check_folder(s, instance->shares + i);
        return r;
}

/* `name` is "trainer.models". */
static int prepare(Stage *s, const Share *share, const char *name)
{
        const struct Program *program = find_program(s->root);
        const char *access = share->readonly ? "readonly" : "writable";
        _cleanup_free_ char *folder = format_string(FOLDER "%s" SUFFIX, name), *line = NULL;
        int r;

        if (!program)
                return -ENOENT;
        /* Of an EnvironmentFile=, where blanks part words. */
        line = format_string("VIRTIOFSD=/%s %s%s\n", program->path, program->words, access);
        if (!folder || !line)
                return -ENOMEM;
        if ((r = folder_make(s->root, folder, 0)) < 0 ||
            (r = folder_write(s->root, folder, "program", line, strlen(line), 0)) < 0)
                return r;
        return folder_link(s->root, folder, access, share->source);
}

static int open_share(Stage *s, Opened *opened, const Share *share, int number)
{
        _cleanup_free_ char *name = format_string("%s.%s", s->name, share->tag), *unit = NULL,
                            *path = NULL;
        int r;

        if (!name || !(unit = format_string("gpu-vm-share@%s.service", name)) ||
            !(path = format_string(SOCKETS "%s/socket", name)))
                return -ENOMEM;
        r = prepare(s, share, name);
        if (r < 0)
                return refuse_error(s, r, "cannot prepare /" FOLDER "%s" SUFFIX, name);
        r = helper_start(s, unit, path);
        return r < 0 ? r : opened_put(opened, number, r);
}

int shares_decide(Stage *s)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < s->instance->n_shares; i++) {
                r = start_add_fd(&s->start, START_FD_SHARE);
                if (r >= 0)
                        r = start_add_share(&s->start, r);
        }
        return r;
}

int shares_open(Stage *s, Opened *opened)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < s->instance->n_shares; i++)
                r = open_share(s, opened, s->instance->shares + i, s->start.shares[i]);
        return r;
}

/* "models" of "trainer.models.share", where it is one of this instance's. */
static char *tag_of(const Stage *s, const char *entry)
{
        const char *rest = startswith(entry, s->name);
        size_t n = rest && *rest == '.' ? strlen(rest) : 0, end = strlen(SUFFIX);

        if (n <= 1 + end || !streq(rest + n - end, SUFFIX))
                return NULL;
        return strndup(rest + 1, n - 1 - end);
}

static int stop_share(Stage *s, const char *entry, const char *tag)
{
        _cleanup_free_ char *unit = format_string("gpu-vm-share@%s.%s.service", s->name, tag),
                            *folder = format_string(FOLDER "%s", entry);

        if (!unit || !folder)
                return -ENOMEM;
        helper_stop(s, unit);
        return folder_remove(s->root, folder);
}

/* By what is there: the file may be another one by now. */
void shares_stop(Stage *s)
{
        _cleanup_str_list_ StrList entries = {};
        int r = root_list(s->root, RUN_RECORD_FOLDER, &entries);

        for (size_t i = 0; i < entries.n; i++) {
                _cleanup_free_ char *tag = tag_of(s, entries.items[i]);
                int k = tag ? stop_share(s, entries.items[i], tag) : 0;

                r = k < 0 ? k : r;
        }
        if (r < 0 && r != -ENOENT)
                log_error("cannot remove the shares of %s: %s", s->name, strerror(-r));
}
