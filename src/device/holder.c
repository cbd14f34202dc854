// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/holder.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "device/driver-use.h"
#include "device/node.h"
#include "util/parse.h"

void holder_done(Holder *h)
{
        free(h->command);
        free(h->unit);
        free(h->what);
        *h = (Holder){};
}

void holder_list_done(HolderList *list)
{
        for (size_t i = 0; i < list->n; i++)
                holder_done(list->items + i);
        free(list->items);
        *list = (HolderList){};
}

void holder_format(const Holder *holder, StrBuf *out)
{
        if (holder->pid == 0) {
                str_buf_printf(out, "the kernel uses module %s", holder->what);
                return;
        }
        str_buf_printf(out, "%s (pid %d", holder->command, (int)holder->pid);
        if (holder->unit)
                str_buf_printf(out, ", %s", holder->unit);
        str_buf_printf(out, ") holds %s", holder->what);
}

/* The innermost unit of a cgroup path; what a container does below its scope is its own affair. */
static int unit_line(void *userdata, char *line, unsigned number)
{
        char **unit = userdata, *save = NULL, *path = strstr(line, "::/");

        if (!path)
                return 0;
        for (char *part = strtok_r(path + 3, "/", &save); part; part = strtok_r(NULL, "/", &save))
                if ((endswith(part, ".service") || endswith(part, ".scope")) &&
                    free_and_strdup(unit, part) < 0)
                        return -ENOMEM;
        return 1;
}

static int add_holder(Root *root, HolderList *list, const char *pid, const char *node)
{
        _cleanup_free_ char *comm = format_string("proc/%s/comm", pid);
        _cleanup_free_ char *cgroup = format_string("proc/%s/cgroup", pid);
        char command[64] = "?";
        uint64_t number = 0;
        Holder h = {};
        int r = -ENOMEM;

        if (!comm || !cgroup || !GROW(list->items, list->n))
                return -ENOMEM;
        (void)!root_read(root, comm, command, sizeof(command));
        r = root_scan(root, cgroup, 0, unit_line, &h.unit);
        h.pid = parse_u64(pid, &number) < 0 ? 0 : (pid_t)number;
        h.command = strdup(command);
        h.what = format_string("/dev/%s", node);
        list->items[list->n++] = h;
        return r == -ENOMEM || !h.command || !h.what ? -ENOMEM : 0;
}

static const DeviceNode *match_number(const DeviceNodeList *nodes, const struct stat *st)
{
        if (!S_ISCHR(st->st_mode) && !S_ISBLK(st->st_mode))
                return NULL;
        for (size_t i = 0; i < nodes->n; i++) {
                const DeviceNode *n = nodes->items + i;

                if (n->block == S_ISBLK(st->st_mode) && major(st->st_rdev) == n->major &&
                    minor(st->st_rdev) == n->minor)
                        return n;
        }
        return NULL;
}

static const DeviceNode *match_path(const DeviceNodeList *nodes, const char *path)
{
        const char *name = startswith(path, "/dev/");

        for (size_t i = 0; name && i < nodes->n; i++)
                if (streq(nodes->items[i].name, name))
                        return nodes->items + i;
        return NULL;
}

/* What one look over all processes needs, and finds. */
typedef struct Scan {
        Root *root;
        const DeviceNodeList *nodes; /* of the functions that are asked about */
        DriverUse *uses;
        size_t n_uses;
        HolderList *list;
        const char *pid;
        const DeviceNode *held; /* by this process */
} Scan;

/* A node inside a container has another path, and a fixture has no device numbers: either will do. */
static const DeviceNode *match(const Scan *s, const DeviceNodeList *nodes, int dir_fd,
                               const char *link, const char *target)
{
        const DeviceNode *node = match_path(nodes, target);
        struct stat st;

        if (node || target[0] != '/' || !root_is_host(s->root) || fstatat(dir_fd, link, &st, 0) < 0)
                return node;
        return match_number(nodes, &st);
}

static int scan_fds(Scan *s)
{
        _cleanup_free_ char *path = format_string("proc/%s/fd", s->pid);
        _cleanup_root_dir_ RootDir dir = ROOT_DIR_NONE;
        _cleanup_str_list_ StrList names = {};
        char target[PATH_MAX];
        int r = path ? root_dir_open(s->root, path, &dir) : -ENOMEM;

        if (r >= 0)
                r = root_dir_list(&dir, &names);
        if (r < 0)
                return r;
        for (size_t i = 0; i < names.n; i++) {
                const DeviceNode *node;

                if (root_dir_read_link(&dir, names.items[i], target, sizeof(target)) < 0)
                        continue; /* closed since */
                node = match(s, s->nodes, dir.fd, names.items[i], target);
                s->held = s->held ? s->held : node;
                for (size_t u = 0; u < s->n_uses; u++)
                        if (match(s, &s->uses[u].nodes, dir.fd, names.items[i], target))
                                s->uses[u].explained++;
        }
        return 0;
}

/* "7f12…-7f13… rw-s 00100000 00:05 312                 /dev/dri/card0" */
static int map_line(void *userdata, char *line, unsigned number)
{
        Scan *s = userdata;
        char *path = strchr(line, '/'), *space = strchr(line, ' ');
        _cleanup_free_ char *link = NULL;
        struct stat st;

        if (s->held || !path || !space || strlen(space) < 5 || space[4] != 's')
                return 0; /* nodes are mapped shared */
        s->held = match_path(s->nodes, path);
        if (s->held || !root_is_host(s->root))
                return 0;
        *space = '\0';
        link = format_string("/proc/%s/map_files/%s", s->pid, line);
        if (!link)
                return -ENOMEM;
        if (stat(link, &st) == 0)
                s->held = match_number(s->nodes, &st);
        return 0;
}

static int scan_process(Scan *s)
{
        _cleanup_free_ char *maps = format_string("proc/%s/maps", s->pid);
        int r = scan_fds(s);

        if (r >= 0 && !s->held)
                r = maps ? root_scan(s->root, maps, 0, map_line, s) : -ENOMEM;
        if (r == -ENOENT || r == -ESRCH)
                return 0; /* it has ended, or is a fixture without maps */
        if (r == -EACCES || r == -EPERM)
                s->list->incomplete = true;
        else if (r < 0)
                return r;
        return s->held ? add_holder(s->root, s->list, s->pid, s->held->name) : 0;
}

static int scan_processes(Scan *s)
{
        _cleanup_str_list_ StrList names = {};
        int r = root_list(s->root, "proc", &names);

        for (size_t i = 0; r >= 0 && i < names.n; i++) {
                if (!ascii_isdigit(names.items[i][0]))
                        continue;
                s->pid = names.items[i];
                s->held = NULL;
                r = scan_process(s);
        }
        return r;
}

static int add_kernel(HolderList *list, const DriverUse *use)
{
        Holder h = { .what = strdup(use->module) };

        if (!h.what || !GROW(list->items, list->n)) {
                free(h.what);
                return -ENOMEM;
        }
        list->items[list->n++] = h;
        return 0;
}

static int find(Scan *s, const PciAddress *functions, size_t n, DeviceNodeList *nodes)
{
        int r = 0;

        for (size_t i = 0; r >= 0 && i < n; i++)
                r = device_nodes_add(s->root, functions[i], nodes);
        if (r >= 0)
                r = driver_uses_read(s->root, functions, n, &s->uses, &s->n_uses);
        if (r >= 0)
                r = scan_processes(s);
        /* With a process to name, how many references its driver has is no news. */
        for (size_t i = 0; r >= 0 && s->list->n == 0 && i < s->n_uses; i++)
                if (s->uses[i].references > s->uses[i].dependents + s->uses[i].explained)
                        r = add_kernel(s->list, s->uses + i);
        return r;
}

int holders_find(Root *root, const PciAddress *functions, size_t n, HolderList *ret)
{
        _cleanup_device_nodes_ DeviceNodeList nodes = {};
        _cleanup_holders_ HolderList list = {};
        Scan s = { .root = root, .nodes = &nodes, .list = &list };
        int r = find(&s, functions, n, &nodes);

        driver_uses_free(s.uses, s.n_uses);
        if (r < 0)
                return r;
        *ret = TAKE_GENERIC(list, (HolderList){});
        return 0;
}
