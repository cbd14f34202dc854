// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/kernels.h"

#include "host/attributes.h"
#include "host/note.h"

enum { MAX_KERNELS = 256 };

static void normalise(char *name)
{
        for (; *name; name++)
                if (*name == '-')
                        *name = '_';
}

bool module_names_equal(const char *a, const char *b)
{
        for (; *a && *b; a++, b++)
                if ((*a == '-' ? '_' : *a) != (*b == '-' ? '_' : *b))
                        return false;
        return *a == *b;
}

char *module_name_of(char *line)
{
        char *end = line + strcspn(line, ":"), *base, *suffix;

        *end = '\0';
        base = strrchr(line, '/');
        base = base ? base + 1 : line;
        suffix = strstr(base, ".ko");
        if (!suffix || suffix == base || (suffix[3] && suffix[3] != '.'))
                return NULL;
        *suffix = '\0';
        normalise(base);
        return base;
}

/* Debian names NVIDIA's module after its branch, so that several can be installed: nvidia-current,
 * nvidia-current-open, nvidia-tesla-470, nvidia-legacy-390xx. nvidia-current-drm is another module. */
static bool is_nvidia_branch(const char *name)
{
        const char *branch = startswith(name, "nvidia_tesla_");
        size_t digits;

        if (streq(name, "nvidia_current") || streq(name, "nvidia_current_open") ||
            streq(name, "nvidia_tesla"))
                return true;
        branch = branch ? branch : startswith(name, "nvidia_legacy_");
        digits = branch ? strspn(branch, "0123456789") : 0;
        return digits > 0 && (!branch[digits] || streq(branch + digits, "xx"));
}

int module_id_of(const char *name)
{
        for (int i = 0; i < _MOD_MAX; i++)
                if (streq(name, module_names[i]))
                        return i;
        return is_nvidia_branch(name) ? MOD_NVIDIA : -1;
}

/* One pass over an index of modules. */
typedef struct Index {
        Kernel *kernel;
        ModuleState state; /* of all modules that it lists */
        StrList *absent;   /* wanted drivers, by module name, that no index had yet */
} Index;

static bool is_wanted(StrList *absent, const char *name)
{
        for (size_t i = 0; i < absent->n; i++)
                if (streq(absent->items[i], name)) {
                        absent->items[i][0] = '\0'; /* found: it matches no name any more */
                        return true;
                }
        return false;
}

static int index_line(void *userdata, char *line, unsigned number)
{
        Index *index = userdata;
        const char *name = module_name_of(line);
        int id = name ? module_id_of(name) : -1;

        if (!name)
                return 0;
        if (id >= 0)
                index->kernel->modules[id] = index->state;
        return is_wanted(index->absent, name) || id >= 0;
}

static int read_index(Root *root, const char *folder, const char *name, Index *index)
{
        _cleanup_free_ char *path = format_string("%s/%s/%s", folder, index->kernel->version, name);

        return path ? root_scan(root, path, 0, index_line, index) : -ENOMEM;
}

static int wanted_modules(const MachineWants *wants, StrList *ret)
{
        for (size_t i = 0; i < wants->drivers.n; i++) {
                int r = str_list_add(ret, wants->drivers.items[i]);

                if (r < 0)
                        return r;
                normalise(ret->items[i]);
        }
        return 0;
}

static int note_missing(const MachineWants *wants, const StrList *absent, Kernel *k)
{
        for (size_t i = 0; i < absent->n; i++) {
                int r = absent->items[i][0] ? str_list_add(&k->missing, wants->drivers.items[i])
                                            : 0;

                if (r < 0)
                        return r;
        }
        return 0;
}

/* -ENOENT where the folder holds no kernel: headers and leftovers have no modules.dep. */
static int read_modules(Root *root, const char *folder, const MachineWants *wants, Kernel *k)
{
        _cleanup_str_list_ StrList absent = {};
        Index index = { .kernel = k, .state = MODULE_LOADABLE, .absent = &absent };
        int r = wanted_modules(wants, &absent);

        if (r >= 0)
                r = read_index(root, folder, "modules.dep", &index);
        if (r < 0)
                return r;
        index.state = MODULE_BUILTIN;
        r = read_index(root, folder, "modules.builtin", &index);
        if (r < 0 && r != -ENOENT)
                return r;
        return note_missing(wants, &absent, k);
}

static const struct {
        const char *name;
        size_t offset;
} options[] = {
        { "INTEL_IOMMU_DEFAULT_ON",            offsetof(Kernel, intel_iommu_default_on)            },
        { "INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF",
         offsetof(Kernel,                                       intel_iommu_default_on_intgpu_off) },
        { "AMD_IOMMU",                         offsetof(Kernel, amd_iommu)                         },
        { "IOMMUFD",                           offsetof(Kernel, iommufd)                           },
        { "VFIO_DEVICE_CDEV",                  offsetof(Kernel, vfio_device_cdev)                  },
};

static KconfigState *option_of(Kernel *k, size_t i)
{
        return (KconfigState *)(void *)((char *)k + options[i].offset);
}

/* "CONFIG_IOMMUFD=m". What is not set stands there as a comment, or not at all. */
static int config_line(void *userdata, char *line, unsigned number)
{
        const char *name = startswith(line, "CONFIG_"), *value = strchr(line, '=');

        for (size_t i = 0; name && value && i < ARRAY_SIZE(options); i++)
                if (strlen(options[i].name) == (size_t)(value - name) &&
                    startswith(name, options[i].name)) {
                        *option_of(userdata, i) = value[1] == 'y'   ? KCONFIG_YES
                                                  : value[1] == 'm' ? KCONFIG_MODULE
                                                                    : KCONFIG_NO;
                        return 1;
                }
        return 0;
}

static int read_config(Root *root, Kernel *k)
{
        _cleanup_free_ char *boot = format_string("boot/config-%s", k->version);
        _cleanup_free_ char *modules = format_string("usr/lib/modules/%s/config", k->version);
        Kernel read = {};
        int r;

        if (!boot || !modules)
                return -ENOMEM;
        for (size_t i = 0; i < ARRAY_SIZE(options); i++)
                *option_of(&read, i) = KCONFIG_NO;
        r = root_scan(root, boot, 0, config_line, &read);
        if (r < 0 && r != -ENOMEM)
                r = root_scan(root, modules, 0, config_line, &read);
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        k->config_readable = true;
        for (size_t i = 0; i < ARRAY_SIZE(options); i++)
                *option_of(k, i) = *option_of(&read, i);
        return 0;
}

static Kernel *find_kernel(const Machine *m, const char *version)
{
        for (size_t i = 0; i < m->n_kernels; i++)
                if (streq(m->kernels[i].version, version))
                        return m->kernels + i;
        return NULL;
}

static int add_kernel(Machine *m, const char *version, Kernel **ret)
{
        if (!GROW(m->kernels, m->n_kernels))
                return -ENOMEM;
        *ret = m->kernels + m->n_kernels;
        **ret = (Kernel){ .version = strdup(version) };
        if (!(*ret)->version)
                return -ENOMEM;
        m->n_kernels++;
        return 0;
}

static void drop_last_kernel(Machine *m)
{
        kernel_done(m->kernels + --m->n_kernels);
}

static int read_kernel(Root *root, const char *folder, const char *version,
                       const MachineWants *wants, Machine *m)
{
        Kernel *k;
        int r;

        if (!text_is_plain(version, "") || find_kernel(m, version) || m->n_kernels >= MAX_KERNELS)
                return 0;
        r = add_kernel(m, version, &k);
        if (r >= 0)
                r = read_modules(root, folder, wants, k);
        if (r >= 0)
                return read_config(root, k);
        drop_last_kernel(m);
        return note_unseen(m, folder, r);
}

/* A kernel that runs without modules of its own, in a container or a small VM: what it can do is
 * built in. */
static int read_bare_kernel(Root *root, const char *version, Machine *m)
{
        _cleanup_root_dir_ RootDir dir = ROOT_DIR_NONE;
        Kernel *k;
        int r = add_kernel(m, version, &k);

        if (r < 0)
                return r;
        k->running = true;
        if (root_dir_open(root, "sys/module", &dir) >= 0)
                for (int i = 0; i < _MOD_MAX; i++)
                        if (root_dir_exists(&dir, module_names[i]))
                                k->modules[i] = MODULE_BUILTIN;
        return read_config(root, k);
}

static int mark_running(Root *root, Machine *m)
{
        char version[256];
        Kernel *k;
        int r = root_read(root, "proc/sys/kernel/osrelease", version, sizeof(version));

        if (r < 0)
                return note_unseen(m, "proc/sys/kernel/osrelease", r);
        if (!*version || strchr(version, '/') || !text_is_plain(version, ""))
                return 0;
        k = find_kernel(m, version);
        if (!k)
                return read_bare_kernel(root, version, m);
        k->running = true;
        return 0;
}

static int compare_kernels(const void *a, const void *b)
{
        return strverscmp(((const Kernel *)a)->version, ((const Kernel *)b)->version);
}

int kernels_read(Root *root, const MachineWants *wants, Machine *m)
{
        /* The second is a link to the first, but on machines without merged /usr. */
        static const char *const folders[] = { "usr/lib/modules", "lib/modules" };
        int r = 0;

        for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(folders); i++) {
                _cleanup_str_list_ StrList versions = {};

                r = root_list(root, folders[i], &versions);
                if (r < 0)
                        r = note_unseen(m, folders[i], r);
                for (size_t k = 0; r >= 0 && k < versions.n; k++)
                        r = read_kernel(root, folders[i], versions.items[k], wants, m);
        }
        if (r >= 0)
                r = mark_running(root, m);
        if (r >= 0 && m->n_kernels > 1)
                qsort(m->kernels, m->n_kernels, sizeof(Kernel), compare_kernels);
        return r;
}
