// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/running.h"

#include "host/note.h"
#include "util/parse.h"

#define SLICE  "sys/fs/cgroup/system.slice/system-gpu\\x2dvm.slice"
#define UNIT   "gpu-vm@"
#define SUFFIX ".service"

enum {
        MAX_RUNNING = 4096,
        START_FIELD = 22, /* of proc_pid_stat(5), in hundredths of a second since the boot */
        HZ = 100,
};

/* 0 where it cannot be told. */
static uint64_t read_number(const RootDir *dir, const char *name)
{
        char text[32];
        uint64_t value;

        if (root_dir_read(dir, name, text, sizeof(text)) < 0 || parse_u64(text, &value) < 0)
                return 0;
        return value;
}

/* The first line is as good as any: the others were started later, or it has gone. 0 where there are more
 * than anybody reads: then it is not told since when. */
static int first_process(const RootDir *dir, uint64_t *ret)
{
        char text[4096];
        int r = root_dir_read(dir, "cgroup.procs", text, sizeof(text));

        if (r == -E2BIG) {
                *ret = 0;
                return 0;
        }
        if (r < 0)
                return r;
        text[strcspn(text, "\n")] = '\0';
        return parse_u64(text, ret);
}

/* Seconds since the process was started. The name in it may hold anything, up to the last ')'. */
static uint64_t age_of(Root *root, uint64_t pid)
{
        char path[48], text[1024], now[64];
        char *field, *rest;
        uint64_t started, up;

        (void)snprintf(path, sizeof(path), "proc/%llu/stat", (unsigned long long)pid);
        if (root_read(root, path, text, sizeof(text)) < 0 ||
            root_read(root, "proc/uptime", now, sizeof(now)) < 0)
                return 0;
        now[strcspn(now, ".")] = '\0';
        rest = strrchr(text, ')');
        for (unsigned i = 2; rest && i < START_FIELD; i++)
                rest = strchr(rest + 1, ' ');
        if (!rest || parse_u64(now, &up) < 0)
                return 0;
        field = rest + 1;
        field[strcspn(field, " ")] = '\0';
        return parse_u64(field, &started) < 0 || started / HZ > up ? 0 : up - started / HZ;
}

static int add(Root *root, Machine *m, const RootDir *slice, const char *unit)
{
        const char *name = startswith(unit, UNIT), *end = name ? endswith(name, SUFFIX) : NULL;
        _cleanup_root_dir_ RootDir dir = ROOT_DIR_NONE;
        uint64_t pid;

        if (!end || root_dir_open_at(slice, unit, &dir) < 0 || first_process(&dir, &pid) < 0)
                return 0; /* none of ours, or ended by now */
        if (!GROW(m->running, m->n_running))
                return -ENOMEM;
        m->running[m->n_running] = (Running){
                .instance = strndup(name, (size_t)(end - name)),
                .memory = read_number(&dir, "memory.current"),
                .seconds = age_of(root, pid),
        };
        return m->running[m->n_running++].instance ? 0 : -ENOMEM;
}

int running_read(Root *root, const MachineWants *wants, Machine *m)
{
        _cleanup_root_dir_ RootDir slice = ROOT_DIR_NONE;
        _cleanup_str_list_ StrList units = {};
        int r = root_is_observed(root) ? -ENOENT : root_dir_open(root, SLICE, &slice);

        if (r >= 0)
                r = root_dir_list(&slice, &units);
        if (r < 0)
                return r == -ENOENT ? 0 : note_unseen(m, SLICE, r);
        for (size_t i = 0; r >= 0 && i < units.n && i < MAX_RUNNING; i++)
                r = add(root, m, &slice, units.items[i]);
        return r;
}
