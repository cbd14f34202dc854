// SPDX-License-Identifier: LGPL-2.1-or-later
/* The least that a generator must do: of each file under ROOT/etc/gpuhost/vm.d that synthetic.py writes
 * all of libyaml's events, and then the drop-in and link that gpuhost-generator writes. No checks, no
 * other folders, no order, no keys but those. */
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

typedef struct Vm {
        char name[64], description[256], disk[256], restart[32];
        bool autostart;
} Vm;

static const struct {
        const char *key;
        size_t offset, size;
} keys[] = {
        { "description", offsetof(Vm, description), sizeof(((Vm *)NULL)->description) },
        { "source",      offsetof(Vm, disk),        sizeof(((Vm *)NULL)->disk)        },
        { "restart",     offsetof(Vm, restart),     sizeof(((Vm *)NULL)->restart)     },
};

static void take(Vm *vm, const char *key, const char *value)
{
        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
                if (strcmp(key, keys[i].key) == 0)
                        (void)snprintf((char *)vm + keys[i].offset, keys[i].size, "%s", value);
        if (strcmp(key, "autostart") == 0)
                vm->autostart = strcmp(value, "true") == 0;
}

/* Every second scalar is a value, as long as no map or list stands in between. */
static int parse(Vm *vm, const char *text, size_t n)
{
        char key[64] = "";
        yaml_parser_t parser;
        bool done = false;

        if (!yaml_parser_initialize(&parser))
                return -1;
        yaml_parser_set_input_string(&parser, (const unsigned char *)text, n);
        while (!done) {
                yaml_event_t event;

                if (!yaml_parser_parse(&parser, &event))
                        break;
                done = event.type == YAML_STREAM_END_EVENT;
                if (event.type == YAML_SCALAR_EVENT && key[0]) {
                        take(vm, key, (const char *)event.data.scalar.value);
                        key[0] = '\0';
                } else if (event.type == YAML_SCALAR_EVENT) {
                        (void)snprintf(key, sizeof(key), "%s", event.data.scalar.value);
                } else {
                        key[0] = '\0';
                }
                yaml_event_delete(&event);
        }
        yaml_parser_delete(&parser);
        return done ? 0 : -1;
}

static int write_units(int out, const char *file, const Vm *vm)
{
        char text[2048], path[128];
        int n, fd;

        n = snprintf(text, sizeof(text),
                     "# Written by gpuhost-generator. See gpu-vm@.service(8).\n\n[Unit]\n"
                     "SourcePath=/etc/gpuhost/vm.d/%s\nDescription=VM %s: %s\n"
                     "RequiresMountsFor=%s\nStartLimitIntervalSec=10min\nStartLimitBurst=10\n\n"
                     "[Service]\nTimeoutStartSec=90s\nTimeoutStopSec=2min\nRestart=%s\n",
                     file, vm->name, vm->description, vm->disk, vm->restart);
        (void)snprintf(path, sizeof(path), "gpu-vm@%s.service.d", vm->name);
        if (mkdirat(out, path, 0755) < 0)
                return -1;
        (void)snprintf(path, sizeof(path), "gpu-vm@%s.service.d/40-gpuhost.conf", vm->name);
        fd = openat(out, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        if (fd < 0 || write(fd, text, (size_t)n) != n || close(fd) < 0)
                return -1;
        if (!vm->autostart)
                return 0;
        (void)snprintf(path, sizeof(path), "multi-user.target.wants/gpu-vm@%s.service", vm->name);
        return symlinkat("/usr/lib/systemd/system/gpu-vm@.service", out, path);
}

static int generate(int in, int out, const char *file)
{
        static char text[65536];
        Vm vm = {};
        ssize_t n;
        int fd = openat(in, file, O_RDONLY | O_CLOEXEC);

        if (fd < 0)
                return -1;
        n = read(fd, text, sizeof(text));
        if (n < 0 || close(fd) < 0)
                return -1;
        (void)snprintf(vm.name, sizeof(vm.name), "%.*s", (int)(strlen(file) - strlen(".yaml")),
                       file);
        return parse(&vm, text, (size_t)n) < 0 ? -1 : write_units(out, file, &vm);
}

int main(int argc, char *argv[])
{
        struct dirent *entry;
        DIR *files;
        int out;

        if (argc != 3 || (out = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0 ||
            chdir(argv[1]) < 0)
                return EXIT_FAILURE;
        files = opendir("etc/gpuhost/vm.d");
        if (!files)
                return EXIT_SUCCESS;
        (void)mkdirat(out, "multi-user.target.wants", 0755);
        while ((entry = readdir(files)))
                if (entry->d_name[0] != '.' && generate(dirfd(files), out, entry->d_name) < 0)
                        return EXIT_FAILURE;
        (void)closedir(files);
        return EXIT_SUCCESS;
}
