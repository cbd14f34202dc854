// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/initramfs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "host.h"
#include "util/cpio.h"

#define VERSION "6.1.0-32-amd64"
#define IMAGE   "boot/initrd.img-" VERSION

/* A machine with one kernel, a card, and a configuration of one file and one that is masked. */
static const char machine[] =
        "f boot/.keep 0644 \"\"\n"
        "f etc/gpuhost/host.d/50-site.yaml 0644 \"gpus: []\\n\"\n"
        "l etc/gpuhost/host.d/60-off.yaml -> /dev/null\n"
        "l sys/bus/pci/devices/0000:00:01.0 -> ../../../devices/pci0000:00/0000:00:01.0\n"
        "f sys/devices/pci0000:00/0000:00:01.0/class 0444 \"0x030000\\n\"\n"
        "f sys/devices/pci0000:00/0000:00:01.0/device 0444 \"0x2204\\n\"\n"
        "f sys/devices/pci0000:00/0000:00:01.0/vendor 0444 \"0x10de\\n\"\n"
        "f usr/lib/modules/" VERSION "/modules.alias 0644 \""
        "alias pci:v000010DEd*sv*sd*bc03sc*i* nouveau\\n"
        "alias pci:v000010DEd*sv*sd*bc03sc*i* nvidia\\n"
        "alias pci:v00001002d*sv*sd*bc03sc*i* amdgpu\\n\"\n"
        "f usr/lib/modules/" VERSION "/modules.dep 0644 \"kernel/vfio/vfio-pci.ko:\\n\"\n"
        "f usr/sbin/update-initramfs 0755 \"\"\n";

typedef struct World {
        TestRoot t;
        StrBuf archive;
        Machine m;
} World;

static void add(StrBuf *archive, const char *name, uint32_t mode, const char *data)
{
        cpio_add(archive, &(CpioEntry){ .name = name,
                                        .mode = mode,
                                        .links = 1,
                                        .size = strlen(data),
                                        .data = data });
}

static void add_configuration(StrBuf *archive)
{
        add(archive, "etc/gpuhost/host.d", S_IFDIR | 0755, "");
        add(archive, "etc/gpuhost/host.d/50-site.yaml", S_IFREG | 0644, "gpus: []\n");
        add(archive, "etc/gpuhost/host.d/60-off.yaml", S_IFLNK | 0777, "/dev/null");
}

/* As initramfs-tools makes it when a native driver is in there. */
static int setup(void **state)
{
        World *w = calloc(1, sizeof(World));

        assert_non_null(w);
        w->t = test_root_text(machine);
        add(&w->archive, "scripts/init-top/gpuhost", S_IFREG | 0755, "#!/bin/sh\n");
        add(&w->archive, "usr/lib/gpuhost/gpuhost-bind", S_IFREG | 0755, "ELF");
        add(&w->archive, "usr/lib/modules/" VERSION "/kernel/drivers/gpu/drm/nouveau/nouveau.ko.xz",
            S_IFREG | 0644, "x");
        add(&w->archive, "usr/lib/modules/" VERSION "/kernel/drivers/gpu/drm/amd/amdgpu.ko",
            S_IFREG | 0644, "x");
        add(&w->archive, "usr/lib/modules/" VERSION "/kernel/vfio/vfio-pci.ko", S_IFREG | 0644,
            "x");
        *state = w;
        return 0;
}

static int teardown(void **state)
{
        World *w = *state;

        machine_done(&w->m);
        str_buf_done(&w->archive);
        test_root_done(&w->t);
        free(w);
        return 0;
}

static void put_image(World *w, const char *data, size_t n)
{
        _cleanup_free_ char *path = format_string("%s/" IMAGE, w->t.dir);
        _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        assert_true(fd >= 0);
        assert_int_equal(write_all(fd, data, n), 0);
}

static const InitramfsImage *read_image(World *w)
{
        machine_done(&w->m);
        w->m = (Machine){};
        assert_int_equal(machine_read(w->t.root, MACHINE_GPUS | MACHINE_KERNELS | MACHINE_IMAGES,
                                      &(MachineWants){ .images = true }, &w->m),
                         0);
        assert_int_equal(w->m.initramfs_tool, INITRAMFS_TOOLS);
        assert_int_equal(w->m.n_kernels, 1);
        assert_string_equal(w->m.kernels[0].image.path, IMAGE);
        return &w->m.kernels[0].image;
}

static const InitramfsImage *read_archive(World *w)
{
        cpio_add(&w->archive, NULL);
        put_image(w, w->archive.data, w->archive.len);
        return read_image(w);
}

static void what_is_in_it(void **state)
{
        World *w = *state;
        const InitramfsImage *image;

        add_configuration(&w->archive);
        image = read_archive(w);
        assert_null(image->trouble);
        assert_true(image->has_binder);
        assert_null(image->difference);
        assert_int_equal(image->modules.n, 3);
        assert_string_equal(image->modules.items[2], "vfio_pci");
        assert_int_equal(image->n_drivers, 1);
        assert_string_equal(image->drivers[0].module, "nouveau");
        assert_int_equal(image->drivers[0].address.slot, 1);
}

/* Behind an uncompressed part, as microcode is. */
static void what_is_compressed(void **state)
{
        World *w = *state;
        _cleanup_free_ char *plain = format_string("%s/boot/plain", w->t.dir), *data = NULL;
        _cleanup_free_ char *path = format_string("%s/" IMAGE, w->t.dir);
        _cleanup_str_buf_ StrBuf image = {};
        size_t n = 0;
        int status;
        pid_t pid;

        add_configuration(&w->archive);
        assert_true(read_archive(w)->has_binder);
        assert_int_equal(rename(path, plain), 0);
        pid = fork();
        if (pid == 0) {
                execl("/usr/bin/gzip", "gzip", "-n", plain, NULL);
                _exit(127);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        assert_int_equal(root_read_file(w->t.root, "boot/plain.gz", 1 << 20, &data, &n), 0);
        add(&image, "kernel/x86/microcode/AuthenticAMD.bin", S_IFREG | 0644, "micro");
        cpio_add(&image, NULL);
        str_buf_add_n(&image, data, n);
        put_image(w, image.data, image.len);
        assert_true(read_image(w)->has_binder);
        assert_int_equal(w->m.kernels[0].image.n_drivers, 1);
        assert_null(w->m.kernels[0].image.difference);
        /* Cut off within. */
        put_image(w, image.data, image.len - 40);
        assert_string_equal(read_image(w)->trouble, "it is damaged, or not made as others are");
}

static void another_configuration(void **state)
{
        World *w = *state;

        add(&w->archive, "etc/gpuhost/host.d/50-site.yaml", S_IFREG | 0644, "gpus: {}\n");
        add(&w->archive, "etc/gpuhost/host.d/60-off.yaml", S_IFLNK | 0777, "/dev/null");
        assert_string_equal(read_archive(w)->difference, "etc/gpuhost/host.d/50-site.yaml");
}

static void a_link_is_no_file(void **state)
{
        World *w = *state;

        add(&w->archive, "etc/gpuhost/host.d/50-site.yaml", S_IFREG | 0644, "gpus: []\n");
        add(&w->archive, "etc/gpuhost/host.d/60-off.yaml", S_IFREG | 0644, "/dev/null");
        assert_string_equal(read_archive(w)->difference, "etc/gpuhost/host.d/60-off.yaml");
}

static void a_file_more_or_less(void **state)
{
        World *w = *state;

        add(&w->archive, "etc/gpuhost/host.d/50-site.yaml", S_IFREG | 0644, "gpus: []\n");
        assert_string_equal(read_archive(w)->difference, "etc/gpuhost/host.d/60-off.yaml");
        w->archive.len = 0;
        add_configuration(&w->archive);
        add(&w->archive, "usr/lib/gpuhost/host.d/10-old.yaml", S_IFREG | 0644, "");
        assert_string_equal(read_archive(w)->difference, "usr/lib/gpuhost/host.d/10-old.yaml");
}

static void a_binder_that_nothing_runs(void **state)
{
        World *w = *state;

        w->archive.len = 0;
        add(&w->archive, "usr/lib/gpuhost/gpuhost-bind", S_IFREG | 0755, "ELF");
        assert_false(read_archive(w)->has_binder);
}

static void nonsense(void **state)
{
        World *w = *state;

        put_image(w, "no image at all", 15);
        assert_string_equal(read_image(w)->trouble, "it is damaged, or not made as others are");
        put_image(w, "\x89LZO\0\r\n", 7);
        assert_non_null(read_image(w)->trouble);
}

static int keep_excerpt(void *userdata, RootEntry type, const char *path, const char *data,
                        size_t n)
{
        if (type == ROOT_ENTRY_FILE && streq(path, IMAGE) && data)
                str_buf_add_n(userdata, data, n);
        return 0;
}

/* What a capture holds of an image reads as the image itself. */
static void an_excerpt_says_the_same(void **state)
{
        World *w = *state;
        _cleanup_str_buf_ StrBuf excerpt = {};

        add(&w->archive, "bin/busybox", S_IFREG | 0755, "large");
        add_configuration(&w->archive);
        root_observe(w->t.root, &(RootObserver){ keep_excerpt, &excerpt });
        (void)read_archive(w);
        root_observe(w->t.root, NULL);
        assert_null(memmem(excerpt.data, excerpt.len, "gpus: []", 8)); /* it may be secret */
        put_image(w, excerpt.data, excerpt.len);
        assert_true(read_image(w)->has_binder);
        assert_null(w->m.kernels[0].image.difference);
        assert_int_equal(w->m.kernels[0].image.modules.n, 3);
        assert_int_equal(w->m.kernels[0].image.n_drivers, 1);
}

static void not_unasked(void **state)
{
        World *w = *state;

        put_image(w, "no image at all", 15);
        assert_int_equal(machine_read(w->t.root, MACHINE_KERNELS | MACHINE_IMAGES, NULL, &w->m), 0);
        assert_null(w->m.kernels[0].image.path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(what_is_in_it),
                TEST(what_is_compressed),
                TEST(another_configuration),
                TEST(a_link_is_no_file),
                TEST(a_file_more_or_less),
                TEST(a_binder_that_nothing_runs),
                TEST(nonsense),
                TEST(an_excerpt_says_the_same),
                TEST(not_unasked),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
