// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Prints the command line of one VM: command ROOT NAME START. ROOT holds etc/gpuhost; START says in
 * words what claim would have decided, a line each; run.py tells which.
 */
#include <stdio.h>
#include <stdlib.h>

#include "config/config.h"
#include "guest/guest.h"
#include "util/parse.h"

/* The words of one line after the first; empty strings behind the last. */
typedef struct Line {
        char *words[4];
} Line;

static uint64_t number(const char *word)
{
        uint64_t n = 0;

        if (parse_u64(word, &n) < 0) {
                fprintf(stderr, "'%s' is no number\n", word);
                exit(2);
        }
        return n;
}

static int set_qemu(GuestStart *start, const Line *line)
{
        start->qemu_major = (unsigned)number(line->words[0]);
        start->qemu_minor = (unsigned)number(line->words[1]);
        return 0;
}

static int set_host_id(GuestStart *start, const Line *line)
{
        memset(start->host_id, (int)number(line->words[0]), sizeof(start->host_id));
        return 0;
}

static int add_function(GuestStart *start, const Line *line)
{
        bool by_fd = streq(line->words[2], "fd");
        StartFunction f = { .slot = (unsigned)number(line->words[1]), .fd = -EBADF };
        int r = pci_address_parse(line->words[0], &f.address);

        if (r < 0)
                return r;
        if (by_fd)
                f.fd = start_add_fd(start, START_FD_VFIO);
        else if (*line->words[2])
                f.romfile = strdup(line->words[2]);
        return start_add_function(start, f);
}

static int add_mdev(GuestStart *start, const Line *line)
{
        return start_add_function(start, (StartFunction){
                                                 .sysfsdev = strdup(line->words[0]),
                                                 .slot = (unsigned)number(line->words[1]),
                                                 .fd = -EBADF,
                                         });
}

static int set_iommufd(GuestStart *start, const Line *line)
{
        start->iommufd = true;
        if (streq(line->words[0], "fd"))
                start->iommufd_fd = start_add_fd(start, START_FD_IOMMUFD);
        return 0;
}

static int set_mmio64(GuestStart *start, const Line *line)
{
        start->mmio64_mb = number(line->words[0]);
        return 0;
}

static int set_node(GuestStart *start, const Line *line)
{
        start->numa_node = (int32_t)number(line->words[0]);
        return 0;
}

static int set_prealloc(GuestStart *start, const Line *line)
{
        start->prealloc = true;
        return 0;
}

static int set_code(GuestStart *start, const Line *line)
{
        start->firmware.code_qcow2 = streq(line->words[1], "qcow2");
        return free_and_strdup(&start->firmware.code, line->words[0]);
}

static int set_vars(GuestStart *start, const Line *line)
{
        start->firmware.vars_qcow2 = streq(line->words[1], "qcow2");
        return free_and_strdup(&start->firmware.vars, line->words[0]);
}

static int set_secure_boot(GuestStart *start, const Line *line)
{
        start->firmware.secure_boot = start->firmware.smm = true;
        return 0;
}

static int set_tpm(GuestStart *start, const Line *line)
{
        start->tpm_fd = start_add_fd(start, START_FD_TPM);
        return 0;
}

static StartImage image_of(GuestStart *start, StartFdKind kind, const Line *line)
{
        bool by_fd = streq(line->words[0], "fd");

        return (StartImage){
                .path = by_fd ? NULL : strdup(line->words[0]),
                .fd = by_fd ? start_add_fd(start, kind) : -EBADF,
                .block = streq(line->words[1], "block"),
        };
}

static int add_disk(GuestStart *start, const Line *line)
{
        return start_add_disk(start, (StartDisk){ .image = image_of(start, START_FD_DISK, line) });
}

static int add_backing(GuestStart *start, const Line *line)
{
        if (start->n_disks == 0)
                return -EINVAL;
        start->disks[start->n_disks - 1].backing = image_of(start, START_FD_BACKING, line);
        return 0;
}

static int add_network(GuestStart *start, const Line *line)
{
        StartNetwork network = { .fd = -EBADF, .vhost_fd = -EBADF };

        if (streq(line->words[0], "tap"))
                network.fd = start_add_fd(start, START_FD_TAP);
        if (streq(line->words[1], "vhost"))
                network.vhost_fd = start_add_fd(start, START_FD_VHOST_NET);
        return start_add_network(start, network);
}

static int add_share(GuestStart *start, const Line *line)
{
        return start_add_share(start, start_add_fd(start, START_FD_SHARE));
}

static int set_seed(GuestStart *start, const Line *line)
{
        return free_and_strdup(&start->seed, line->words[0]);
}

static int add_credential(GuestStart *start, const Line *line)
{
        return str_list_add(&start->credentials, line->words[0]);
}

static int set_vsock(GuestStart *start, const Line *line)
{
        start->vsock_cid = (uint32_t)number(line->words[0]);
        start->vsock_fd = start_add_fd(start, START_FD_VSOCK);
        if (*line->words[1])
                start->notify_port = (uint32_t)number(line->words[1]);
        return 0;
}

static const struct {
        const char *word;
        int (*take)(GuestStart *start, const Line *line);
} words[] = {
        { "backing",     add_backing     },
        { "code",        set_code        },
        { "credential",  add_credential  },
        { "disk",        add_disk        },
        { "function",    add_function    },
        { "host-id",     set_host_id     },
        { "iommufd",     set_iommufd     },
        { "mdev",        add_mdev        },
        { "mmio64",      set_mmio64      },
        { "network",     add_network     },
        { "node",        set_node        },
        { "prealloc",    set_prealloc    },
        { "qemu",        set_qemu        },
        { "secure-boot", set_secure_boot },
        { "seed",        set_seed        },
        { "share",       add_share       },
        { "tpm",         set_tpm         },
        { "vars",        set_vars        },
        { "vsock",       set_vsock       },
};

static int take_line(GuestStart *start, char *text)
{
        char *rest, *word = strtok_r(text, " \n", &rest);
        static char none[] = "";
        Line line;

        if (!word || *word == '#')
                return 0;
        for (size_t i = 0; i < ARRAY_SIZE(line.words); i++) {
                line.words[i] = strtok_r(NULL, " \n", &rest);
                if (!line.words[i])
                        line.words[i] = none;
        }
        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (streq(words[i].word, word))
                        return words[i].take(start, &line);
        fprintf(stderr, "'%s' is no word of a start\n", word);
        return -EINVAL;
}

static int read_start(const char *path, GuestStart *start)
{
        _cleanup_fclose_ FILE *f = fopen(path, "re");
        _cleanup_free_ char *text = NULL;
        size_t size = 0;

        if (!f)
                return -errno;
        while (getline(&text, &size, f) >= 0) {
                int r = take_line(start, text);

                if (r < 0)
                        return r;
        }
        return 0;
}

static int print_command(Root *root, const char *name, GuestStart *start)
{
        _cleanup_(instance_freep) Instance *instance = NULL;
        _cleanup_(config_closep) ConfigReader *reader = NULL;
        _cleanup_guest_command_ GuestCommand command = {};
        _cleanup_str_buf_ StrBuf out = {};
        Diag diag = {};
        int r = config_open(root, 0, &diag, &reader);

        if (r >= 0)
                r = config_find(reader, name, &instance);
        if (r >= 0 && (!instance->valid || diag.n_errors > 0))
                r = -EBADMSG;
        if (r >= 0)
                r = guest_command(instance, start, &command);
        for (size_t i = 0; i < diag.n; i++)
                if (diag.items[i].severity == SEVERITY_ERROR)
                        diag_item_format(diag.items + i, &out);
        diag_done(&diag);
        if (r >= 0)
                guest_command_print(&command, &out);
        fputs(str_buf_get(&out), r < 0 ? stderr : stdout);
        return r;
}

int main(int argc, char **argv)
{
        _cleanup_(root_freep) Root *root = NULL;
        _cleanup_start_ GuestStart start;
        int r;

        start_init(&start);
        if (argc != 4)
                return 2;
        start.qemu = strdup("/usr/bin/qemu-system-x86_64");
        start.console = format_string("/run/gpu-vm/%s/console.sock", argv[2]);
        start.qemu_major = 10;
        r = start.qemu && start.console ? root_open(argv[1], &root) : -ENOMEM;
        if (r >= 0)
                r = read_start(argv[3], &start);
        if (r >= 0)
                r = print_command(root, argv[2], &start);
        if (r < 0)
                fprintf(stderr, "%s: %s\n", argv[2], strerror(-r));
        return r < 0;
}
