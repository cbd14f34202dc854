// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/hugepages.h"

#include "util/parse.h"

#define NODES "sys/devices/system/node"

enum { MAX_NODES = 1024 };

static bool read_number(Root *root, const char *path, uint64_t *ret)
{
        char text[32];

        return root_read(root, path, text, sizeof(text)) >= 0 && parse_u64(text, ret) >= 0;
}

static int read_node(Root *root, const char *name, Machine *m)
{
        char path[128];
        uint64_t number;
        NodePages node;

        if (parse_u64(name + strlen("node"), &number) < 0 || number > INT32_MAX)
                return 0;
        (void)snprintf(path, sizeof(path),
                       NODES "/node%llu/hugepages/hugepages-2048kB/nr_hugepages",
                       (unsigned long long)number);
        if (!read_number(root, path, &node.pages))
                return 0;
        node.node = (int32_t)number;
        if (!GROW(m->hugepages_2m, m->n_hugepages_2m))
                return -ENOMEM;
        m->hugepages_2m[m->n_hugepages_2m++] = node;
        return 0;
}

/* None of it is there with a kernel without huge pages, or without NUMA. */
int hugepages_read(Root *root, const MachineWants *wants, Machine *m)
{
        _cleanup_root_dir_ RootDir dir = ROOT_DIR_NONE;
        _cleanup_str_list_ StrList names = {};
        int r;

        if (!read_number(root, "sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages",
                         &m->hugepages_2m_total))
                m->hugepages_2m_total = 0;
        r = root_dir_open(root, NODES, &dir);
        if (r >= 0)
                r = root_dir_list_prefix(&dir, "node", &names);
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        for (size_t i = 0; r >= 0 && i < names.n && i < MAX_NODES; i++)
                r = read_node(root, names.items[i], m);
        return r;
}
