// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/mounts.h"

#include "host/note.h"
#include "util/parse.h"

enum { MAX_MOUNTS = 1024 };

/* Without these the running host is lost, or does not come back. */
static const char *const vital[] = {
        "/", "/usr", "/var", "/boot", "/boot/grub", "/boot/efi", "/efi"
};

void mount_list_done(MountList *list)
{
        for (size_t i = 0; i < list->n; i++) {
                free(list->items[i].point);
                free(list->items[i].type);
                free(list->items[i].source);
        }
        free(list->items);
        *list = (MountList){};
}

static int add_mount(MountList *list, const char *point, const char *type, const char *source,
                     Mount **ret)
{
        Mount *mount;

        if (list->n >= MAX_MOUNTS)
                return -E2BIG;
        if (!GROW(list->items, list->n))
                return -ENOMEM;
        mount = list->items + list->n++;
        *mount = (Mount){
                .point = strdup(point),
                .type = strdup(type),
                .source = strdup(source),
        };
        if (!mount->point || !mount->type || !mount->source)
                return -ENOMEM;
        *ret = mount;
        return 0;
}

/* The kernel writes space, tab, newline and backslash as \040 and the like. In place. */
static void unescape(char *s)
{
        char *out = s;

        for (; *s; out++) {
                if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
                    s[3] >= '0' && s[3] <= '7') {
                        *out = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
                        s += 4;
                } else
                        *out = *s++;
        }
        *out = '\0';
}

typedef struct Reading {
        MountList mounts, swaps;
        StrList swap_files; /* on whatever mount they are */
} Reading;

static bool holds_swap(const Reading *reading, const char *point)
{
        size_t n = strlen(point);

        for (size_t i = 0; i < reading->swap_files.n; i++) {
                const char *rest = startswith(reading->swap_files.items[i], point);

                if (rest && (*rest == '/' || (n > 0 && point[n - 1] == '/')))
                        return true;
        }
        return false;
}

static bool is_vital(const Reading *reading, const char *point)
{
        for (size_t i = 0; i < ARRAY_SIZE(vital); i++)
                if (streq(point, vital[i]))
                        return true;
        return holds_swap(reading, point);
}

static bool parse_number(const char *s, unsigned *ret_major, unsigned *ret_minor)
{
        const char *colon = strchr(s, ':');
        char major[16] = {};
        uint64_t a, b;

        if (!colon || (size_t)(colon - s) >= sizeof(major))
                return false;
        memcpy(major, s, (size_t)(colon - s));
        if (parse_u64(major, &a) < 0 || parse_u64(colon + 1, &b) < 0 || a > UINT32_MAX ||
            b > UINT32_MAX)
                return false;
        *ret_major = (unsigned)a;
        *ret_minor = (unsigned)b;
        return true;
}

/* "28 1 253:1 / / rw,relatime shared:1 - ext4 /dev/mapper/vg0-root rw", proc_pid_mountinfo(5) */
static int mount_line(void *userdata, char *line, unsigned number)
{
        enum { ID, PARENT, NUMBER, ROOT, POINT, N };
        char *separator = strstr(line, " - "), *words[N], *type, *source;
        Reading *reading = userdata;
        unsigned major, minor;
        Mount *mount;
        int r;

        if (!separator)
                return 0;
        *separator = '\0';
        for (size_t i = 0; i < N; i++) {
                words[i] = strsep(&line, " ");
                if (!words[i])
                        return 0;
        }
        separator += strlen(" - ");
        type = strsep(&separator, " ");
        source = strsep(&separator, " ");
        unescape(words[POINT]);
        if (!source || !is_vital(reading, words[POINT]) ||
            !parse_number(words[NUMBER], &major, &minor))
                return 0;
        unescape(source);
        r = add_mount(&reading->mounts, words[POINT], type, source, &mount);
        if (r < 0)
                return r;
        mount->major = major;
        mount->minor = minor;
        return 1;
}

/* "/dev/dm-2  partition  8388604  0  -2", below a line of headings. Zram has no disk. */
static int swap_line(void *userdata, char *line, unsigned number)
{
        Reading *reading = userdata;
        char *name = strsep(&line, " \t");
        Mount *mount;
        int r;

        if (number == 1 || !line || name[0] != '/' || startswith(name, "/dev/zram"))
                return number == 1;
        unescape(name);
        if (!startswith(name, "/dev/"))
                r = str_list_add(&reading->swap_files, name);
        else
                r = add_mount(&reading->swaps, "swap", "", name, &mount);
        return r < 0 ? r : 1;
}

/* Swap comes first, for files of it make other mounts vital, and is told of last. */
static int read_both(Root *root, Machine *m, Reading *reading)
{
        int r = root_scan(root, "proc/swaps", 0, swap_line, reading);

        if (r < 0)
                r = note_unseen(m, "proc/swaps", r);
        if (r < 0)
                return r;
        r = root_scan(root, "proc/self/mountinfo", 0, mount_line, reading);
        if (r < 0)
                r = note_unseen(m, "proc/self/mountinfo", r);
        for (size_t i = 0; r >= 0 && i < reading->swaps.n; i++) {
                Mount *swap = reading->swaps.items + i;

                if (!GROW(reading->mounts.items, reading->mounts.n))
                        return -ENOMEM;
                reading->mounts.items[reading->mounts.n++] = *swap;
                *swap = (Mount){};
        }
        return r;
}

int mounts_read(Root *root, Machine *m, MountList *ret)
{
        Reading reading = {};
        int r = read_both(root, m, &reading);

        str_list_done(&reading.swap_files);
        mount_list_done(&reading.swaps);
        if (r < 0) {
                mount_list_done(&reading.mounts);
                return r;
        }
        *ret = reading.mounts;
        return 0;
}
