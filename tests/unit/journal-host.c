// SPDX-License-Identifier: LGPL-2.1-or-later
#include "journal-host.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boot/initramfs.h"
#include "device/lock.h"
#include "last-call.h"
#include "util/atomic.h"
#include "util/command.h"
#include "util/fd.h"

static Host *host;

/* ---- commands and boot/ ---- */

/* The daemon closes the card, and opens it again. */
static int persistence(const char *mode, int *ret_status)
{
        if (streq(mode, "0"))
                assert_int_equal(root_unlink_sync(host->k->root, "proc/900/fd/3"), 0);
        else
                fake_link(host->k, "proc/900/fd/3", "/dev/nvidia0");
        assert_int_equal(str_list_add(&host->commands, mode), 0);
        *ret_status = 0;
        return 0;
}

/* Stands in for update-grub: what it makes depends on what it finds. */
int command_run(const StrList *argv, uint64_t timeout_usec, StrBuf *output, int *ret_status)
{
        _cleanup_free_ char *drop_in = NULL, *words = NULL, *menu = NULL;

        if (streq(argv->items[0], "/usr/bin/nvidia-smi"))
                return persistence(argv->items[4], ret_status);
        last_call_step();
        last_call_pause(true);
        assert_int_equal(str_list_add(&host->commands, argv->items[0]), 0);
        (void)!root_read_file(host->k->root, DROP_IN, 4096, &drop_in, NULL);
        (void)!root_read_file(host->k->root, WORDS, 4096, &words, NULL);
        menu = format_string("menu %s%s", drop_in ? drop_in : "", words ? words : "");
        if (host->status == 0)
                fake_put(host->k, MENU, menu);
        last_call_pause(false);
        last_call_step();
        *ret_status = host->status;
        str_buf_add(output, "what it says\n");
        return 0;
}

void boot_work_done(BootWork *work)
{
        for (size_t i = 0; i < work->n_files; i++) {
                free(work->files[i].path);
                free(work->files[i].text);
        }
        for (size_t i = 0; i < work->n_commands; i++)
                str_list_done(&work->commands[i].argv);
        free(work->files);
        free(work->commands);
        *work = (BootWork){};
}

static void add_file(BootWork *work, const char *path, const char *text)
{
        bool room = GROW(work->files, work->n_files);

        assert_true(room);
        assert(work->files); /* for those who read code without running it */
        work->files[work->n_files++] = (BootFile){ .path = strdup(path),
                                                   .text = text ? strdup(text) : NULL,
                                                   .mode = 0644 };
}

/* The loader's part, in the same terms as the real ones: nothing to do is empty work. */
int boot_arguments_work(Root *root, const Machine *machine, const StrList *arguments, BootWork *ret)
{
        BootWork work = {};

        if (machine->boot_loader.kind == BOOT_LOADER_RPI)
                return -EOPNOTSUPP;
        if (arguments ? !root_exists(root, DROP_IN) : root_exists(root, DROP_IN))
                add_file(&work, DROP_IN, arguments ? "args='$gpuhost_args'\n" : NULL);
        if (arguments ? !root_exists(root, WORDS) : root_exists(root, WORDS))
                add_file(&work, WORDS, arguments ? "intel_iommu=on\n" : NULL);
        if (work.n_files > 0) {
                work.commands = calloc(1, sizeof(BootCommand));
                assert_non_null(work.commands);
                work.n_commands = 1;
                assert_int_equal(str_list_add(&work.commands->argv, "/usr/sbin/update-grub"), 0);
        }
        *ret = work;
        return 0;
}

int boot_initramfs_work(Root *root, const Machine *machine, const StrList *versions, BootWork *ret)
{
        BootWork work = {};

        if (machine->initramfs_tool == INITRAMFS_UNKNOWN)
                return -EOPNOTSUPP;
        assert_string_equal(versions->items[0], "6.1.0");
        work.commands = calloc(1, sizeof(BootCommand));
        assert_non_null(work.commands);
        work.n_commands = 1;
        assert_int_equal(str_list_add(&work.commands->argv, "/usr/sbin/update-initramfs"), 0);
        *ret = work;
        return 0;
}

int boot_watchdog_arm(Root *root, const Machine *machine)
{
        last_call_step();
        last_call_pause(true);
        fake_put(host->k, "boot/grub/grubenv", "3");
        last_call_pause(false);
        return 0;
}

int boot_watchdog_remove(Root *root, const Machine *machine)
{
        return root_unlink_sync(root, "boot/grub/grubenv");
}

/* ---- the host ---- */

static PciDevice device(unsigned function, uint16_t class)
{
        return (PciDevice){
                .address = { .bus = 1, .function = (uint8_t)function },
                  .class = class
        };
}

static Step make_step(StepCode code, StepWhen when, const char *target)
{
        return (Step){
                .code = code,
                .when = when,
                .target = strdup(target),
                .action = strdup("do it"),
                .reason = strdup("it is declared"),
                .driver = "vfio-pci",
                .number = 0,
        };
}

Host *host_new(void)
{
        Host *h = calloc(1, sizeof(Host));

        assert_non_null(h);
        host = h;
        h->k = fake_kernel_new();
        fake_put(h->k, "sys/bus/pci/drivers/vfio-pci/unbind", "");
        fake_function(h->k, GPU, "nouveau", "nouveau");
        fake_function(h->k, AUDIO, "snd_hda_intel", "snd_hda_intel");
        fake_put(h->k, D3COLD, "1");
        fake_put(h->k, "proc/1/comm", "init\n");
        fake_put(h->k, "proc/1/fd/.none", "");
        fake_put(h->k, "run/.none", "");
        fake_put(h->k, "etc/default/grub.d/other.cfg", "theirs\n");
        fake_put(h->k, "var/lib/gpuhost/.none", "");
        fake_put(h->k, MENU, "menu ");
        h->devices[0] = device(0, PCI_CLASS_VGA);
        h->devices[1] = device(1, PCI_CLASS_AUDIO);
        h->companions[0] = h->devices + 1;
        h->gpu = (GpuPlan){ .device = h->devices,
                            .entry = &h->entry,
                            .role = ROLE_PASSTHROUGH,
                            .companions = h->companions,
                            .n_companions = 1 };
        h->protection =
                (Protection){ .address = { .bus = 2 }, .why = (char *)"holds / (nvme0n1p2)" };
        h->machine = (Machine){ .protections = &h->protection, .n_protections = 1 };
        h->steps[0] = make_step(STEP_D3COLD, STEP_NOW, GPU);
        h->steps[1] = make_step(STEP_BIND, STEP_NOW, GPU);
        h->steps[2] = make_step(STEP_BIND, STEP_NOW, AUDIO);
        h->steps[3] = make_step(STEP_KERNEL_ARGUMENTS, STEP_BOOT, "grub");
        h->steps[4] = make_step(STEP_BOOT_WATCHDOG, STEP_BOOT, "host");
        h->plan = (Plan){
                .gpus = &h->gpu, .n_gpus = 1, .steps = h->steps, .n_steps = 5, .boot_watched = true
        };
        return h;
}

void host_free(Host *h)
{
        for (size_t i = 0; i < 5; i++) {
                free(h->steps[i].target);
                free(h->steps[i].action);
                free(h->steps[i].reason);
        }
        str_list_done(&h->commands);
        fake_kernel_free(h->k);
        free(h);
        host = NULL;
}

int host_setup(void **state)
{
        *state = host_new();
        return 0;
}

int host_teardown(void **state)
{
        host_free(*state);
        return 0;
}

/* ---- what is done to it ---- */

int apply(Executor *e)
{
        return execute_apply(e, _STEP_MAX);
}

int revert(Executor *e)
{
        return execute_revert(e, 0);
}

int act(Host *h, Action action, OutcomeList *ret)
{
        _cleanup_executor_ Executor e = { .machine = &h->machine, .plan = &h->plan };
        _cleanup_journal_ Journal j = {};
        _cleanup_close_ int lock = -EBADF;
        pid_t holder = 0;
        unsigned line = 0;
        int r = host_lock(h->k->root, LOCK_OF_CHANGES, 0, &lock, &holder);

        if (r >= 0)
                r = journal_open(h->k->root, &j, &line);
        if (r < 0)
                return r;
        e.journal = &j;
        r = action(&e);
        if (r >= 0 && outcome_list_is_bad(&e.outcomes))
                r = 1;
        if (ret)
                *ret = TAKE_GENERIC(e.outcomes, (OutcomeList){});
        return r;
}

/* ---- what it looks like ---- */

static const char *const of_ours[] = { "run", "var/lib/gpuhost/journal", "/drivers_probe",
                                       "/unbind", NULL };
static StrBuf *shown;
static size_t prefix;

/* An override that is unset reads "(null)" or nothing. */
static bool is_unset(const char *name, const char *text)
{
        return endswith(name, "/driver_override") &&
               (!text[strspn(text, "|")] || streq(text, "(null)|"));
}

static void show_file(const char *path, const char *name, mode_t mode)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        char text[4096] = "";

        assert_true(fd >= 0 && read(fd, text, sizeof(text) - 1) >= 0);
        for (char *p = text; (p = strchr(p, '\n'));)
                *p = '|';
        if (!is_unset(name, text))
                str_buf_printf(shown, "f %s %04o %s\n", name, (unsigned)mode & 07777, text);
}

static int show_entry(const char *path, const struct stat *st, int type, struct FTW *walk)
{
        const char *name = path[prefix] ? path + prefix + 1 : "";
        char target[256] = "";

        for (const char *const *skip = of_ours; *skip; skip++)
                if (startswith(name, *skip) || endswith(name, *skip))
                        return 0;
        if (type == FTW_F)
                show_file(path, name, st->st_mode);
        if (type == FTW_SL && readlink(path, target, sizeof(target) - 1) > 0)
                str_buf_printf(shown, "l %s %s\n", name, target);
        return 0;
}

char *look(const Host *h)
{
        _cleanup_str_buf_ StrBuf all = {}, sorted = {};
        _cleanup_str_list_ StrList lines = {};
        char *state = NULL;

        shown = &all;
        prefix = strlen(h->k->dir);
        assert_int_equal(nftw(h->k->dir, show_entry, 16, FTW_PHYS), 0);
        for (char *line = strtok_r(all.data, "\n", &state); line;
             line = strtok_r(NULL, "\n", &state))
                assert_int_equal(str_list_add(&lines, line), 0);
        str_list_sort(&lines);
        for (size_t i = 0; i < lines.n; i++)
                str_buf_printf(&sorted, "%s\n", lines.items[i]);
        return str_buf_take(&sorted);
}

void assert_looks(const Host *h, const char *expected, const char *when, unsigned n)
{
        _cleanup_free_ char *is = look(h);

        if (streq(is, expected))
                return;
        print_message("# %s, killed at step %u: expected\n%s\n# but there is\n%s\n", when, n,
                      expected, is);
        fail();
}

void assert_journal_gone(const Host *h)
{
        assert_false(root_exists(h->k->root, JOURNAL_FILE));
}
