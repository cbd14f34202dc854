// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/attributes.h"
#include "host/foreign.h"
#include "host/note.h"
#include "util/buf.h"

enum { MAX_FILES = 1024, MAX_WORDS = 64 };

static size_t split(char *line, char **words, size_t max)
{
        size_t n = 0;
        char *word;

        while (n < max && (word = strsep(&line, " \t")))
                if (*word)
                        words[n++] = word;
        return n;
}

static bool is_vfio_pci(const char *module)
{
        return streq(module, "vfio-pci") || streq(module, "vfio_pci");
}

/* `options vfio-pci ids=10de:2204` and, in a list of modules, `vfio-pci ids=10de:2204`. */
static int add_vfio_ids(Machine *m, const char *file, unsigned number, const char *text,
                        char *const *words, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                const char *ids = startswith(words[i], "ids=");
                Foreign *f;
                int r;

                if (!ids)
                        continue;
                r = foreign_add(m, FOREIGN_VFIO_IDS, file, number, text, &f);
                if (r >= 0)
                        r = foreign_add_ids(f, ids);
                return r < 0 ? r : 1;
        }
        return 0;
}

static int add_driver(Machine *m, ForeignKind kind, const char *file, unsigned number,
                      const char *text, const char *driver)
{
        Foreign *f;
        int r = foreign_add(m, kind, file, number, text, &f);

        if (r >= 0)
                r = str_list_add(&f->ids, driver);
        return r < 0 ? r : 1;
}

/* `install nvidia /bin/false`: a blacklist that also holds against explicit loading. */
static bool is_nothing(const char *command)
{
        const char *base = strrchr(command, '/');

        base = base ? base + 1 : command;
        return streq(base, "false") || streq(base, "true");
}

/* `softdep nvidia pre: vfio-pci` */
static bool has_pre_vfio(char *const *words, size_t n)
{
        bool pre = false;

        for (size_t i = 0; i < n; i++) {
                if (words[i][strlen(words[i]) - 1] == ':')
                        pre = streq(words[i], "pre:");
                else if (pre && is_vfio_pci(words[i]))
                        return true;
        }
        return false;
}

int foreign_modprobe_line(Machine *m, const char *file, char *line, unsigned number)
{
        _cleanup_free_ char *text = strdup(strstrip(line));
        char *words[MAX_WORDS];
        size_t n;

        if (!text)
                return -ENOMEM;
        n = split(strstrip(line), words, MAX_WORDS);
        if (n < 2 || words[0][0] == '#')
                return 0;
        if (streq(words[0], "options"))
                return is_vfio_pci(words[1]) ? add_vfio_ids(m, file, number, text, words + 2, n - 2)
                                             : 0;
        if (!is_gpu_driver(words[1]))
                return 0;
        if (streq(words[0], "blacklist") ||
            (streq(words[0], "install") && n > 2 && is_nothing(words[2])))
                return add_driver(m, FOREIGN_BLACKLIST, file, number, text, words[1]);
        if (streq(words[0], "softdep") && has_pre_vfio(words + 2, n - 2))
                return add_driver(m, FOREIGN_SOFTDEP, file, number, text, words[1]);
        return 0;
}

/* A kernel that has the module makes its name right where it stands. */
static bool virqfd_exists(const Machine *m)
{
        for (size_t i = 0; i < m->n_kernels; i++)
                if (m->kernels[i].modules[MOD_VFIO_VIRQFD] != MODULE_MISSING)
                        return true;
        return false;
}

int foreign_modules_line(Machine *m, const char *file, char *line, unsigned number)
{
        _cleanup_free_ char *text = strdup(strstrip(line));
        char *words[MAX_WORDS];
        Foreign *f;
        size_t n;
        int r;

        if (!text)
                return -ENOMEM;
        n = split(strstrip(line), words, MAX_WORDS);
        if (n == 0 || words[0][0] == '#' || words[0][0] == ';')
                return 0;
        if (is_vfio_pci(words[0]))
                return add_vfio_ids(m, file, number, text, words + 1, n - 1);
        if (!streq(words[0], "vfio_virqfd") && !streq(words[0], "vfio-virqfd"))
                return 0;
        if (virqfd_exists(m))
                return 1;
        r = foreign_add(m, FOREIGN_VFIO_VIRQFD, file, number, text, &f);
        return r < 0 ? r : 1;
}

/* One file: lines that end in a backslash go on in the next. */
typedef struct Reading {
        Machine *m;
        const char *file;
        int (*line)(Machine *m, const char *file, char *line, unsigned number);
        StrBuf joined;
        unsigned first;
} Reading;

static int read_line(void *userdata, char *line, unsigned number)
{
        Reading *reading = userdata;
        size_t n = strlen(line);
        bool goes_on = n > 0 && line[n - 1] == '\\';
        _cleanup_free_ char *whole = NULL;
        int r;

        if (goes_on)
                line[n - 1] = '\0';
        if (!reading->joined.data)
                reading->first = number;
        if (!goes_on && !reading->joined.data)
                return reading->line(reading->m, reading->file, line, number);
        str_buf_add(&reading->joined, line);
        if (goes_on)
                return 1; /* its end may matter */
        whole = str_buf_take(&reading->joined);
        if (!whole)
                return -ENOMEM;
        r = reading->line(reading->m, reading->file, whole, reading->first);
        return r < 0 ? r : 1;
}

static int read_file(Root *root, Machine *m, const char *file,
                     int (*line)(Machine *m, const char *file, char *line, unsigned number))
{
        Reading reading = { .m = m, .file = file, .line = line };
        int r = root_scan(root, file, ROOT_SCAN_NUMBERED, read_line, &reading);

        str_buf_done(&reading.joined);
        return r < 0 && r != -E2BIG ? note_unseen(m, file, r) : r;
}

/* Debian's modules-load.d/modules.conf is /etc/modules by another name, which is read by its own. */
static bool is_alias(Root *root, const char *file)
{
        _cleanup_free_ char *target = NULL;

        return root_read_link(root, file, &target) >= 0 && streq(target, "../modules");
}

/* Folders by precedence: a file hides its namesakes in later ones. */
static int read_folders(Root *root, Machine *m, const char *const *folders, size_t n,
                        int (*line)(Machine *m, const char *file, char *line, unsigned number))
{
        _cleanup_str_list_ StrList seen = {};

        for (size_t i = 0; i < n; i++) {
                _cleanup_str_list_ StrList names = {};
                int r = root_list(root, folders[i], &names);

                if (r < 0)
                        r = note_unseen(m, folders[i], r);
                for (size_t k = 0; r >= 0 && k < names.n && k < MAX_FILES; k++) {
                        _cleanup_free_ char *file =
                                format_string("%s/%s", folders[i], names.items[k]);

                        if (!file)
                                return -ENOMEM;
                        if (!endswith(file, ".conf") || !text_is_plain(file, "") ||
                            str_list_contains(&seen, names.items[k]) || is_alias(root, file))
                                continue;
                        r = str_list_add(&seen, names.items[k]);
                        if (r >= 0)
                                r = read_file(root, m, file, line);
                }
                if (r < 0)
                        return r;
        }
        return 0;
}

int foreign_modprobe(Root *root, Machine *m)
{
        static const char *const folders[] = { "etc/modprobe.d", "run/modprobe.d",
                                               "usr/lib/modprobe.d" };

        return read_folders(root, m, folders, ARRAY_SIZE(folders), foreign_modprobe_line);
}

int foreign_modules(Root *root, Machine *m)
{
        static const char *const folders[] = { "etc/modules-load.d", "run/modules-load.d",
                                               "usr/lib/modules-load.d" };
        int r = read_file(root, m, "etc/modules", foreign_modules_line);

        if (r >= 0)
                r = read_file(root, m, "etc/initramfs-tools/modules", foreign_modules_line);
        if (r >= 0)
                r = read_folders(root, m, folders, ARRAY_SIZE(folders), foreign_modules_line);
        return r;
}
