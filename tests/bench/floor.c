// SPDX-License-Identifier: LGPL-2.1-or-later
/* The least that any program must do to list GPUs: find the display functions beneath ROOT/sys and
 * read of each what `gpuhost list` shows. No checks, no names, no model. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const attributes[] = {
        "vendor",    "device",   "subsystem_vendor", "subsystem_device", "revision",
        "numa_node", "boot_vga", "sriov_totalvfs",   "reset_method",
};
static const char *const links[] = { "driver", "iommu_group" };

static int read_attribute(int dir, const char *name, char *buf, size_t size)
{
        int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
        ssize_t n;

        if (fd < 0)
                return -1;
        n = read(fd, buf, size - 1);
        (void)close(fd);
        buf[n > 0 ? n : 0] = '\0';
        return 0;
}

static void show(const char *address, int dir)
{
        char buf[256];

        fputs(address, stdout);
        for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
                if (read_attribute(dir, attributes[i], buf, sizeof(buf)) == 0)
                        printf(" %.*s", (int)strcspn(buf, "\n"), buf);
        for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
                ssize_t n = readlinkat(dir, links[i], buf, sizeof(buf) - 1);

                buf[n > 0 ? n : 0] = '\0';
                printf(" %s", buf);
        }
        putchar('\n');
}

int main(int argc, char *argv[])
{
        struct dirent *entry;
        DIR *devices;

        if (argc != 2 || chdir(argv[1]) < 0 || !(devices = opendir("sys/bus/pci/devices")))
                return EXIT_FAILURE;
        while ((entry = readdir(devices))) {
                char class[16] = "";
                int dir;

                if (entry->d_name[0] == '.')
                        continue;
                dir = openat(dirfd(devices), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                if (dir < 0)
                        continue;
                if (read_attribute(dir, "class", class, sizeof(class)) == 0 &&
                    (strncmp(class, "0x03", 4) == 0 || strncmp(class, "0x12", 4) == 0))
                        show(entry->d_name, dir);
                (void)close(dir);
        }
        (void)closedir(devices);
        return EXIT_SUCCESS;
}
