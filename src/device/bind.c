// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/bind.h"

#include <limits.h>

DEFINE_ENUM_TABLE(bind_outcome_table, "outcome", [BIND_SKIPPED] = "skipped",
                  [BIND_UNCHANGED] = "unchanged", [BIND_DONE] = "done", [BIND_REFUSED] = "refused",
                  [BIND_NOT_TAKEN] = "not-taken", [BIND_FAILED] = "failed", [BIND_STUCK] = "stuck");

enum { ATTRIBUTE_PATH_MAX = sizeof("sys/bus/pci/devices//driver_override") + PCI_ADDRESS_MAX };

bool driver_name_plausible(const char *name)
{
        static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
        size_t n = strlen(name);

        return n > 0 && n < DRIVER_NAME_MAX && name[0] != '-' && strspn(name, allowed) == n;
}

static char *attribute_path(PciAddress a, const char *name, char buf[static ATTRIBUTE_PATH_MAX])
{
        char address[PCI_ADDRESS_MAX];

        (void)snprintf(buf, ATTRIBUTE_PATH_MAX, "sys/bus/pci/devices/%s/%s",
                       pci_address_format(a, address), name);
        return buf;
}

int function_driver(Root *root, PciAddress address, char ret[static DRIVER_NAME_MAX])
{
        _cleanup_root_dir_ RootDir dir = ROOT_DIR_NONE;
        char path[ATTRIBUTE_PATH_MAX], target[PATH_MAX];
        const char *name;
        int r = root_dir_open(root, attribute_path(address, "", path), &dir);

        if (r < 0)
                return r == -ENOENT ? -ENODEV : r;
        r = root_dir_read_link(&dir, "driver", target, sizeof(target));
        if (r < 0 && r != -ENOENT)
                return r;
        name = r < 0 ? "" : strrchr(target, '/') ? strrchr(target, '/') + 1 : target;
        if (strlen(name) >= DRIVER_NAME_MAX)
                return -E2BIG;
        memcpy(ret, name, strlen(name) + 1);
        return 0;
}

int function_override(Root *root, PciAddress address, char ret[static DRIVER_NAME_MAX])
{
        char path[ATTRIBUTE_PATH_MAX];
        int r = root_read(root, attribute_path(address, "driver_override", path), ret,
                          DRIVER_NAME_MAX);

        if (r < 0)
                return r == -ENOENT ? -ENODEV : r;
        if (streq(ret, "(null)"))
                ret[0] = '\0';
        return 0;
}

static bool same_but_dashes(const char *a, const char *b)
{
        for (; *a && *b; a++, b++)
                if ((*a == '-' ? '_' : *a) != (*b == '-' ? '_' : *b))
                        return false;
        return *a == *b;
}

int driver_find(Root *root, const char *name, char ret[static DRIVER_NAME_MAX])
{
        _cleanup_str_list_ StrList names = {};
        const char *found = NULL;
        int r = root_list(root, "sys/bus/pci/drivers", &names);

        if (r < 0)
                return r;
        for (size_t i = 0; i < names.n; i++)
                if (streq(names.items[i], name) ||
                    (!found && same_but_dashes(names.items[i], name)))
                        found = names.items[i];
        if (!found || !driver_name_plausible(found))
                return -ENOENT;
        memcpy(ret, found, strlen(found) + 1);
        return 0;
}

/* Notes what went wrong with a write, for which 0 is no error. */
static int note(BindFunction *f, const char *step, int r)
{
        if (r < 0) {
                f->outcome = r == -ETIMEDOUT ? BIND_STUCK : BIND_FAILED;
                f->step = step;
                f->error = r;
        }
        return r;
}

static int write_attribute(Writer *writer, BindFunction *f, const char *name, const char *value,
                           uint64_t timeout)
{
        char path[ATTRIBUTE_PATH_MAX];

        return note(f, name,
                    writer_write(writer, attribute_path(f->address, name, path), value, timeout,
                                 &f->stuck));
}

/* What clears an override is a newline. */
static const char *override_value(const char *driver)
{
        return driver && *driver ? driver : "\n";
}

/* Functions that already have their new override, but for the one that failed, get the old one. */
static void take_back(Writer *writer, const BindFunction *functions, size_t n, uint64_t timeout)
{
        for (size_t i = 0; i < n; i++) {
                BindFunction ignored = functions[i]; /* the first failure is the one to tell */

                (void)write_attribute(writer, &ignored, "driver_override",
                                      override_value(ignored.override), timeout);
        }
}

static int override_all(Writer *writer, BindFunction *functions, size_t n, uint64_t timeout)
{
        for (size_t i = 0; i < n; i++) {
                const char *wanted = override_value(functions[i].driver);
                int r;

                if (streq(override_value(functions[i].override), wanted))
                        continue;
                r = write_attribute(writer, functions + i, "driver_override", wanted, timeout);
                if (r < 0) {
                        take_back(writer, functions, i, timeout);
                        return r;
                }
        }
        return 0;
}

/* Of a function that goes back: is this what it is to leave? */
static bool is_unwanted(const BindFunction *f, const char *driver)
{
        return streq(driver, f->override) || streq_ptr(driver, f->from);
}

/* Is its present driver another than it should have? */
static bool must_leave(const BindFunction *f)
{
        if (!f->was[0])
                return false;
        return f->driver ? !streq(f->was, f->driver) : is_unwanted(f, f->was);
}

static int probe(Writer *writer, BindFunction *f, uint64_t timeout)
{
        char address[PCI_ADDRESS_MAX];
        int r;

        pci_address_format(f->address, address);
        if (must_leave(f)) {
                r = write_attribute(writer, f, "driver/unbind", address, timeout);
                if (r < 0)
                        return r;
        } else if (f->was[0]) {
                f->outcome = BIND_UNCHANGED;
                return 0;
        }
        /* What it returns says little: 6.1 reports success where nothing was bound, 6.12 EINVAL. The
         * driver link is the judge. */
        r = writer_write(writer, "sys/bus/pci/drivers_probe", address, timeout, &f->stuck);
        return r == -ETIMEDOUT ? note(f, "drivers_probe", r) : 0;
}

static int verify(Root *root, BindFunction *f)
{
        int r = note(f, "driver", function_driver(root, f->address, f->is));

        if (r < 0 || f->outcome == BIND_UNCHANGED)
                return r;
        if (f->driver ? streq(f->is, f->driver) : !f->is[0] || !is_unwanted(f, f->is)) {
                f->outcome = BIND_DONE;
                return 0;
        }
        f->outcome = BIND_NOT_TAKEN;
        return -ENXIO;
}

static int read_state(Root *root, BindFunction *f)
{
        int r = note(f, "driver", function_driver(root, f->address, f->was));

        if (r < 0)
                return r;
        memcpy(f->is, f->was, sizeof(f->is));
        return note(f, "driver_override", function_override(root, f->address, f->override));
}

/* Before anything is written: who has what, and may it be taken? */
static int look(Root *root, BindFunction *functions, size_t n)
{
        int first = 0;

        for (size_t i = 0; i < n; i++) {
                BindFunction *f = functions + i;
                int r;

                f->outcome = BIND_SKIPPED;
                r = read_state(root, f);
                if (r >= 0 && must_leave(f) && !f->may_unbind) {
                        f->outcome = BIND_REFUSED;
                        r = -EBUSY;
                }
                if (first == 0)
                        first = r;
        }
        return first;
}

int slot_override(Writer *writer, BindFunction *functions, size_t n, uint64_t timeout_usec)
{
        int r;

        for (size_t i = 0; i < n; i++)
                if (functions[i].driver && !driver_name_plausible(functions[i].driver))
                        return -EINVAL;
        r = look(writer->root, functions, n);
        return r < 0 ? r : override_all(writer, functions, n, timeout_usec);
}

int slot_probe(Writer *writer, BindFunction *functions, size_t n, uint64_t timeout_usec)
{
        int first = 0, r;

        /* The companions hang on function 0, so they are the first to leave it. */
        for (size_t i = n; i-- > 0;) {
                r = probe(writer, functions + i, timeout_usec);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < n; i++) {
                r = verify(writer->root, functions + i);
                if (first == 0)
                        first = r;
        }
        return first;
}

int slot_bind(Writer *writer, BindFunction *functions, size_t n, uint64_t timeout_usec)
{
        int r = slot_override(writer, functions, n, timeout_usec);

        return r < 0 ? r : slot_probe(writer, functions, n, timeout_usec);
}
