// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/initramfs.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/decompress.h"
#include "host/initramfs-config.h"
#include "host/kernels.h"
#include "host/note.h"
#include "util/cpio.h"
#include "util/fd.h"

/* Where distributions put the image of a kernel. */
static const struct {
        const char *before, *after; /* the version */
} paths[] = {
        { "boot/initrd.img-", ""     },
        { "boot/initramfs-",  ".img" },
        { "boot/initrd-",     ""     },
};

static const char binder[] = "usr/lib/gpuhost/gpuhost-bind";

/* What runs the binder: of initramfs-tools, and of dracut by its older and newer places. */
static const char *const hooks[] = {
        "scripts/init-top/gpuhost",
        "usr/lib/dracut/hooks/pre-udev/00-gpuhost.sh",
        "lib/dracut/hooks/pre-udev/00-gpuhost.sh",
        "var/lib/dracut/hooks/pre-udev/00-gpuhost.sh",
};

enum { MAX_MODULES = 16384 };

/* One image while it is read. */
typedef struct Scan {
        InitramfsImage *image;
        ConfigFiles *files;
        StrList modules; /* all that it carries */
        StrBuf excerpt;  /* for an observer: an archive with what mattered */
        bool observed, has_binder, has_hook;
} Scan;

static bool wants(void *userdata, const CpioEntry *entry)
{
        return config_files_concern(entry->name) && !S_ISDIR(entry->mode);
}

static bool is_hook(const char *name)
{
        for (size_t i = 0; i < ARRAY_SIZE(hooks); i++)
                if (streq(name, hooks[i]))
                        return true;
        return false;
}

/* An excerpt tells whether a copy is as the file is, and not what is in it: there may be serial numbers,
 * which a capture leaves out of the file too. */
static void add_comparison(Scan *s, const CpioEntry *entry, bool same)
{
        CpioEntry told = { .name = entry->name, .mode = entry->mode, .links = 2 };

        if (!same) {
                told.links = 1;
                told.data = "differs";
                told.size = strlen(told.data);
        }
        cpio_add(&s->excerpt, &told);
}

static int saw_config(Scan *s, const CpioEntry *entry)
{
        bool same = config_files_same(s->files, entry);

        if (s->observed)
                add_comparison(s, entry, same);
        if (same || s->image->difference)
                return 0;
        return free_and_strdup(&s->image->difference, entry->name);
}

static int saw_module(Scan *s, const CpioEntry *entry)
{
        char path[CPIO_NAME_MAX];
        const char *name;

        if (!strstr(entry->name, "lib/modules/") || s->modules.n >= MAX_MODULES)
                return 0;
        (void)snprintf(path, sizeof(path), "%s", entry->name);
        name = module_name_of(path);
        return name ? str_list_add(&s->modules, name) : 0;
}

static int saw(void *userdata, const CpioEntry *entry)
{
        Scan *s = userdata;
        bool is_binder = streq(entry->name, binder), runs_it = is_hook(entry->name);

        if (S_ISDIR(entry->mode))
                return 0;
        if (config_files_concern(entry->name))
                return saw_config(s, entry);
        s->has_binder |= is_binder;
        s->has_hook |= runs_it;
        if (s->observed && (is_binder || runs_it))
                cpio_add(&s->excerpt, entry);
        return saw_module(s, entry);
}

static ssize_t read_file(void *userdata, void *buf, size_t n)
{
        ssize_t k;

        do
                k = read(*(int *)userdata, buf, n);
        while (k < 0 && errno == EINTR);
        return k < 0 ? -errno : k;
}

/* What is in front uncompressed, as microcode is, and then the rest. */
static int scan_file(int fd, Scan *s, const char **ret_program)
{
        const CpioVisitor visitor = { wants, saw, s };
        _cleanup_decompressor_ Decompressor d = DECOMPRESSOR_NONE;
        CpioEnd end;
        int r = cpio_read(&(CpioSource){ read_file, &fd }, &visitor, &end);

        if (r < 0 || !end.more)
                return r;
        *ret_program = decompressor_program(end.magic, sizeof(end.magic));
        if (!*ret_program)
                return -EBADMSG;
        if (lseek(fd, (off_t)end.offset, SEEK_SET) < 0)
                return -errno;
        r = decompressor_start(*ret_program, fd, &d);
        if (r >= 0)
                r = cpio_read(&(CpioSource){ decompressor_read, &d }, &visitor, &end);
        if (r < 0)
                return r;
        return end.more ? -EBADMSG : decompressor_end(&d);
}

static char *trouble_of(int error, const char *program)
{
        switch (error) {
        case -ENOENT:
                return format_string("%s, which is needed to read it, is not installed", program);
        case -EBADMSG:
                return strdup("it is damaged, or not made as others are");
        case -EFBIG:
        case -ETIMEDOUT:
                return strdup("it is too large to be looked through");
        default:
                return strdup(strerror(-error));
        }
}

/* The functions as a module names those that it is for: "pci:v000010DEd00002684sv…". */
static char *modalias_of(const PciDevice *d, char *buf, size_t size)
{
        (void)snprintf(buf, size, "pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X",
                       (unsigned)d->id.vendor, (unsigned)d->id.device,
                       (unsigned)d->subsystem.vendor, (unsigned)d->subsystem.device,
                       (unsigned)d->class >> 8, (unsigned)d->class & 0xff, (unsigned)d->interface);
        return buf;
}

static bool goes_with_a_gpu(const Machine *m, const PciDevice *d)
{
        for (size_t i = 0; i < m->n_devices; i++)
                if (pci_device_is_gpu(m->devices + i) &&
                    pci_address_same_slot(m->devices[i].address, d->address))
                        return true;
        return false;
}

/* One pass over modules.alias. */
typedef struct Aliases {
        const Machine *machine;
        const StrList *modules;
        InitramfsImage *image;
} Aliases;

static int add_driver(InitramfsImage *image, const PciDevice *d, const char *module)
{
        for (size_t i = 0; i < image->n_drivers; i++)
                if (pci_address_equal(image->drivers[i].address, d->address) &&
                    streq(image->drivers[i].module, module))
                        return 0;
        if (!GROW(image->drivers, image->n_drivers))
                return -ENOMEM;
        image->drivers[image->n_drivers] =
                (ImageDriver){ .address = d->address, .module = strdup(module) };
        return image->drivers[image->n_drivers++].module ? 0 : -ENOMEM;
}

/* "alias pci:v000010DEd*sv*sd*bc03sc*i* nouveau" */
static int alias_line(void *userdata, char *line, unsigned number)
{
        const Aliases *a = userdata;
        const char *pattern = startswith(line, "alias pci:");
        char *module = strrchr(line, ' ');
        bool matters = false;

        if (!pattern || !module || module < pattern)
                return 0;
        *module++ = '\0';
        if (!str_list_contains(a->modules, module))
                return 0;
        for (size_t i = 0; i < a->machine->n_devices; i++) {
                const PciDevice *d = a->machine->devices + i;
                char modalias[96];
                int r;

                if (fnmatch(pattern - strlen("pci:"), modalias_of(d, modalias, sizeof(modalias)),
                            0) ||
                    !goes_with_a_gpu(a->machine, d))
                        continue;
                r = add_driver(a->image, d, module);
                if (r < 0)
                        return r;
                matters = true;
        }
        return matters;
}

static int find_drivers(Root *root, const Machine *m, const char *version, const Scan *s)
{
        _cleanup_free_ char *path = format_string("usr/lib/modules/%s/modules.alias", version);
        Aliases a = { .machine = m, .modules = &s->modules, .image = s->image };
        int r = path ? root_scan(root, path, 0, alias_line, &a) : -ENOMEM;

        return r == -ENOMEM ? r : 0;
}

/* Of all modules the few that somebody asks about. */
static int keep_modules(const MachineWants *wanted, const StrList *all, InitramfsImage *image)
{
        for (size_t i = 0; i < all->n; i++) {
                const char *name = all->items[i];
                bool keep = module_id_of(name) >= 0;
                int r;

                for (size_t k = 0; !keep && k < wanted->drivers.n; k++)
                        keep = module_names_equal(wanted->drivers.items[k], name);
                keep = keep && !str_list_contains(&image->modules, name);
                r = keep ? str_list_add(&image->modules, name) : 0;
                if (r < 0)
                        return r;
        }
        return 0;
}

static void add_module(Scan *s, const char *name)
{
        char path[CPIO_NAME_MAX];

        (void)snprintf(path, sizeof(path), "usr/lib/modules/%s.ko", name);
        cpio_add(&s->excerpt, &(CpioEntry){ .name = path, .mode = S_IFREG | 0644, .links = 1 });
}

/* An archive with what mattered, which reads as the image does. */
static int tell_excerpt(Root *root, Scan *s)
{
        const InitramfsImage *image = s->image;

        for (size_t i = 0; i < image->modules.n; i++)
                add_module(s, image->modules.items[i]);
        for (size_t i = 0; i < image->n_drivers; i++)
                add_module(s, image->drivers[i].module);
        cpio_add(&s->excerpt, NULL);
        return s->excerpt.failed
                       ? -ENOMEM
                       : root_tell_excerpt(root, image->path, s->excerpt.data, s->excerpt.len);
}

static int finish(Root *root, const MachineWants *wanted, const Machine *m, const char *version,
                  Scan *s)
{
        const char *missing = config_files_missing(s->files);
        int r = 0;

        s->image->has_binder = s->has_binder && s->has_hook;
        if (missing && !s->image->difference)
                r = free_and_strdup(&s->image->difference, missing);
        if (r >= 0)
                r = keep_modules(wanted, &s->modules, s->image);
        if (r >= 0)
                r = find_drivers(root, m, version, s);
        return r < 0 || !s->observed ? r : tell_excerpt(root, s);
}

static int read_image(Root *root, const MachineWants *wanted, Machine *m, ConfigFiles *files,
                      Kernel *k, int fd)
{
        Scan s = { .image = &k->image, .files = files, .observed = root_is_observed(root) };
        const char *program = NULL;
        int r = scan_file(fd, &s, &program);

        if (r == -ENOMEM)
                ;
        else if (r < 0) {
                (void)config_files_missing(files);
                k->image.trouble = trouble_of(r, program);
                r = k->image.trouble ? 0 : -ENOMEM;
        } else
                r = finish(root, wanted, m, k->version, &s);
        str_list_done(&s.modules);
        str_buf_done(&s.excerpt);
        return r;
}

static int read_kernel(Root *root, const MachineWants *wanted, Machine *m, ConfigFiles *files,
                       Kernel *k)
{
        for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
                _cleanup_close_ int fd = -EBADF;
                _cleanup_free_ char *path =
                        format_string("%s%s%s", paths[i].before, k->version, paths[i].after);

                if (!path)
                        return -ENOMEM;
                fd = root_open_file(root, path, O_RDONLY | O_NONBLOCK);
                if (fd == -ENOENT)
                        continue;
                if (fd < 0)
                        return note_unseen(m, path, fd);
                k->image.path = TAKE_PTR(path);
                return read_image(root, wanted, m, files, k, fd);
        }
        return 0;
}

int initramfs_read(Root *root, const MachineWants *wanted, Machine *m)
{
        _cleanup_config_files_ ConfigFiles files = {};
        int r = 0;

        m->initramfs_tool = root_exists(root, "usr/sbin/update-initramfs") ? INITRAMFS_TOOLS
                            : root_exists(root, "usr/bin/dracut")          ? INITRAMFS_DRACUT
                            : root_exists(root, "usr/bin/mkinitcpio")      ? INITRAMFS_MKINITCPIO
                                                                           : INITRAMFS_UNKNOWN;
        if (!wanted->images)
                return 0;
        r = config_files_read(root, &files);
        for (size_t i = 0; r >= 0 && i < m->n_kernels; i++)
                r = read_kernel(root, wanted, m, &files, m->kernels + i);
        return r;
}
