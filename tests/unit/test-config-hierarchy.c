// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which files count, and which are refused. */
#include "config-world.h"

#include <sched.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define VM "etc/gpuhost/vm.d/"

static void highest_tree_wins(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();

        config_world_write(w, "usr/lib/gpuhost/vm.d/a.yaml", "nonsense: 1\n");
        config_world_write(w, "run/gpuhost/vm.d/a.json", "{\"nonsense\": 1}");
        config_world_write(w, "etc/gpuhost/vm.d/a.yml", "description: etc\n");
        config_world_write(w, "usr/lib/gpuhost/vm.d/b.yaml", "nonsense: 1\n");
        config_world_write(w, "run/gpuhost/vm.d/b.yaml", "description: run\n");
        config_world_write(w, "usr/lib/gpuhost/vm.d/c.yaml", "description: lib\n");
        assert_string_equal(config_world_load(w), "");
        assert_int_equal(w->config.n_instances, 3);
        assert_string_equal(config_world_instance(w, "a")->description, "etc");
        assert_string_equal(config_world_instance(w, "b")->description, "run");
        assert_string_equal(config_world_instance(w, "c")->description, "lib");
        assert_string_equal(config_world_instance(w, "a")->file, "/etc/gpuhost/vm.d/a.yml");
}

static void masked(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();

        config_world_write(w, "usr/lib/gpuhost/vm.d/a.yaml", "nonsense: 1\n");
        config_world_write(w, "usr/lib/gpuhost/vm.d/b.yaml", "nonsense: 1\n");
        config_world_write(w, "usr/lib/gpuhost/vm.d/Bad.yaml", "nonsense: 1\n");
        config_world_write(w, VM "a.yaml", "");
        config_world_link(w, VM "b.json", "/dev/null"); /* no /dev below this root */
        config_world_link(w, VM "Bad.yaml", "/dev/null");
        assert_string_equal(config_world_load(w), "");
        assert_int_equal(w->config.n_instances, 0);
        config_world_write(w, "dev/null", "");
        assert_string_equal(config_world_load(w), "");
        assert_int_equal(w->config.n_instances, 0);
}

/* A masked file takes no name. */
static void masked_does_not_clash(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();

        config_world_write(w, VM "a.yaml", "replicas: 2\n");
        config_world_write(w, VM "a-1.yaml", "");
        config_world_link(w, "etc/gpuhost/container.d/a.yaml", "/dev/null");
        assert_string_equal(config_world_load(w), "");
        assert_int_equal(w->config.n_instances, 2);
}

static void two_extensions(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();

        config_world_write(w, VM "a.yaml", "autostart: true\n");
        config_world_write(w, VM "a.json", "{}");
        config_world_write(w, "etc/gpuhost/host.d/50.yaml", "gpu_policy: shared\n");
        config_world_write(w, "etc/gpuhost/host.d/50.yml", "gpu_policy: shared\n");
        assert_string_equal(config_world_load(w),
                            "host.d/50.yaml: '50' is said twice: 50.yml stands beside it"
                            " | remove one of the two\n"
                            "vm.d/a.yaml: 'a' is said twice: a.json stands beside it"
                            " | remove one of the two\n");
        assert_false(w->config.host_valid);
        assert_false(config_world_instance(w, "a")->valid);
        assert_false(config_world_instance(w, "a")->autostart);
}

static void other_files(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();

        config_world_write(w, VM ".a.yaml", "nonsense: 1\n");
        config_world_write(w, VM "a.yaml~", "nonsense: 1\n");
        config_world_write(w, VM "a.yaml.dpkg-old", "nonsense: 1\n");
        config_world_write(w, VM "a.conf", "nonsense: 1\n");
        config_world_write(w, VM "README", "nonsense: 1\n");
        config_world_write(w, VM ".yaml", "nonsense: 1\n");
        config_world_write(w, VM "dir.yaml/x", "nonsense: 1\n");
        config_world_write(w, "etc/gpuhost/container.d", "no folder\n");
        assert_string_equal(config_world_load(w), "");
        assert_int_equal(w->config.n_instances, 0);
}

static void links(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();

        config_world_write(w, "srv/a.yaml", "description: elsewhere\n");
        config_world_link(w, VM "a.yaml", "/srv/a.yaml"); /* absolute: below the root */
        config_world_link(w, VM "b.yaml", "nowhere");
        config_world_link(w, VM "c.yaml", "c.yaml");
        assert_string_equal(
                config_world_load(w),
                "vm.d/b.yaml: is a link to nothing | remove it, or correct where it leads\n"
                "vm.d/c.yaml: cannot be read: Too many levels of symbolic links"
                " | see what it is\n");
        assert_string_equal(config_world_instance(w, "a")->description, "elsewhere");
        assert_false(config_world_instance(w, "b")->valid);
}

static void no_files(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();
        _cleanup_free_ char *pipe = format_string("%s/" VM "pipe.yaml", w->dir);

        config_world_write(w, VM "a.yaml", "autostart: true\n");
        assert_int_equal(mkfifo(pipe, 0644), 0);
        assert_string_equal(config_world_load(w),
                            "vm.d/pipe.yaml: is no file | remove it, or write a file there\n");
}

static void bad_names(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();

        config_world_write(w, VM "Upper.yaml", "{}");
        config_world_write(w, VM "good.yaml", "autostart: true\n");
        config_world_write(w, VM "abcdefghijklmnopqrstuvwxyz0123.yaml", "{}");
        assert_string_equal(
                config_world_load(w),
                "vm.d/Upper.yaml: 'Upper' cannot be a name"
                " | a name begins with a-z or 0-9 and holds at most 28 of a-z, 0-9, _ and -\n"
                "vm.d/abcdefghijklmnopqrstuvwxyz0123.yaml: "
                "'abcdefghijklmnopqrstuvwxyz0123' cannot be a name"
                " | a name begins with a-z or 0-9 and holds at most 28 of a-z, 0-9, _ and -\n");
        assert_int_equal(w->config.n_instances, 1);
}

static void sizes(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();
        size_t n = 1024 * 1024;
        _cleanup_free_ char *text = malloc(n + 1);

        assert_non_null(text);
        memset(text, '\n', n + 1);
        config_world_write_n(w, VM "fits.yaml", text, n);
        config_world_write_n(w, VM "large.yaml", text, n + 1);
        assert_string_equal(
                config_world_load(w),
                "vm.d/large.yaml: is larger than 1 MiB | no configuration is that long\n");
        assert_true(config_world_instance(w, "fits")->valid);
}

/* On the machine itself, files that others may write are refused. A child becomes root of a machine
 * that is only this folder. */
static void as_root(const ConfigWorld *w, int write_to)
{
        uid_t uid = getuid();
        Diag diag = {};
        Config config = {};
        Root *root;

        if (uid != 0 && unshare(CLONE_NEWUSER) < 0)
                _exit(77);
        if (chroot(w->dir) < 0 || chdir("/") < 0)
                _exit(77);
        if (root_open("/", &root) < 0 || !root_is_host(root) ||
            config_load(root, 0, &config, &diag) < 0)
                _exit(1);
        for (size_t i = 0; i < diag.n; i++)
                (void)dprintf(write_to, "%s %s: %s\n", diag.items[i].code, diag.items[i].file,
                              diag.items[i].message);
        (void)dprintf(write_to, "host %d, instances %zu\n", config.host_valid, config.n_instances);
        config_done(&config);
        diag_done(&diag);
        root_free(root);
        _exit(0);
}

static void check_trust(const ConfigWorld *w, const char *expected)
{
        int ends[2], status;
        char text[2048] = "";
        size_t n = 0;
        ssize_t k;
        pid_t pid;

        assert_int_equal(pipe(ends), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0)
                as_root(w, ends[1]);
        (void)close(ends[1]);
        while ((k = read(ends[0], text + n, sizeof(text) - 1 - n)) > 0)
                n += (size_t)k;
        text[n] = '\0';
        (void)close(ends[0]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        if (WEXITSTATUS(status) == 77)
                skip();
        assert_int_equal(WEXITSTATUS(status), 0);
        assert_string_equal(text, expected);
}

static void set_mode(const ConfigWorld *w, const char *path, mode_t mode)
{
        _cleanup_free_ char *whole = format_string("%s/%s", w->dir, path);

        assert_int_equal(chmod(whole, mode), 0);
}

static void trust(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();

        config_world_write(w, "etc/gpuhost/host.d/a.yaml", "gpu_policy: shared\n");
        config_world_write(w, VM "a.yaml", "autostart: true\n");
        check_trust(w, "host 1, instances 1\n");

        set_mode(w, VM "a.yaml", 0664);
        check_trust(
                w, "config-untrusted /etc/gpuhost/vm.d/a.yaml: can be written by others than root\n"
                   "host 1, instances 1\n");
        set_mode(w, VM "a.yaml", 0644);
        set_mode(w, "etc/gpuhost/host.d/a.yaml", 0602);
        check_trust(
                w,
                "config-untrusted /etc/gpuhost/host.d/a.yaml: can be written by others than root\n"
                "host 0, instances 1\n");
        set_mode(w, "etc/gpuhost/host.d/a.yaml", 0644);
        set_mode(w, "etc/gpuhost/vm.d", 0777);
        check_trust(
                w,
                "config-untrusted /etc/gpuhost/vm.d: can be written by others than root\n"
                "config-untrusted /etc/gpuhost/vm.d/a.yaml: stands in a folder that is not trusted\n"
                "host 1, instances 1\n");
        set_mode(w, "etc/gpuhost/vm.d", 0755);
        set_mode(w, "etc/gpuhost/host.d", 0775);
        check_trust(
                w,
                "config-untrusted /etc/gpuhost/host.d: can be written by others than root\n"
                "config-untrusted /etc/gpuhost/host.d/a.yaml: stands in a folder that is not trusted\n"
                "host 0, instances 1\n");
        set_mode(w, "etc/gpuhost/host.d", 0755);
        if (getuid() == 0) {
                _cleanup_free_ char *file = format_string("%s/" VM "a.yaml", w->dir);

                assert_int_equal(chown(file, 65534, 65534), 0);
                check_trust(w,
                            "config-untrusted /etc/gpuhost/vm.d/a.yaml: does not belong to root\n"
                            "host 1, instances 1\n");
        }
        /* Elsewhere than on the machine itself, nobody asks. */
        set_mode(w, VM "a.yaml", 0666);
        assert_string_equal(config_world_load(w), "");
}

static void unreadable(void **state)
{
        _cleanup_config_world_ ConfigWorld *w = config_world_new();
        uid_t uid = geteuid();

        config_world_write(w, VM "a.yaml", "autostart: true\n");
        config_world_write(w, "etc/gpuhost/profile.d/a.yaml", "autostart: true\n");
        set_mode(w, "", 0755);
        set_mode(w, VM "a.yaml", 0);
        set_mode(w, "etc/gpuhost/profile.d", 0);
        if (uid == 0)
                assert_int_equal(seteuid(65534), 0); /* root reads everything */
        (void)config_world_load(w);
        assert_int_equal(seteuid(uid), 0);
        assert_string_equal(
                str_buf_get(&w->remarks),
                "profile.d: cannot be read: Permission denied | run as root to have it read\n"
                "vm.d/a.yaml: cannot be read: Permission denied | run as root to have it read\n");
        assert_string_equal(w->diag.items[0].code, "config-unreadable");
        assert_true(w->config.host_valid);
        assert_false(config_world_instance(w, "a")->valid);
        set_mode(w, "etc/gpuhost/profile.d", 0755);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(highest_tree_wins),
                cmocka_unit_test(masked),
                cmocka_unit_test(masked_does_not_clash),
                cmocka_unit_test(two_extensions),
                cmocka_unit_test(other_files),
                cmocka_unit_test(links),
                cmocka_unit_test(no_files),
                cmocka_unit_test(bad_names),
                cmocka_unit_test(sizes),
                cmocka_unit_test(trust),
                cmocka_unit_test(unreadable),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
