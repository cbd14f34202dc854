// SPDX-License-Identifier: LGPL-2.1-or-later
#include "journal/execute.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot/initramfs.h"
#include "device/lock.h"
#include "fake-kernel.h"
#include "journal/record.h"
#include "unit.h"
#include "util/atomic.h"
#include "util/command.h"
#include "util/fd.h"

/*
 * A host with a card, a boot loader that a command configures from two files, and kill -9: every system
 * call that changes something, every write to sysfs and every command can be the last.
 */

#define GPU     "0000:01:00.0"
#define AUDIO   "0000:01:00.1"
#define DROP_IN "etc/default/grub.d/zz-gpuhost.cfg"
#define WORDS   "var/lib/gpuhost/kernel-arguments"
#define MENU    "boot/grub/grub.cfg"
#define D3COLD  "sys/bus/pci/devices/" GPU "/d3cold_allowed"

enum { KILLED = 99 };

/* ---- the last system call ---- */

static unsigned steps, last_step; /* 0: nobody is killed */
static bool in_kernel;            /* what the fake kernel does is no step of ours */

static void step(void)
{
        if (!in_kernel && last_step > 0 && ++steps == last_step)
                _exit(KILLED);
}

#define WRAP(type, name, parameters, arguments)                                                    \
        type __real_##name parameters;                                                             \
        type __wrap_##name parameters;                                                             \
        type __wrap_##name parameters                                                              \
        {                                                                                          \
                step();                                                                            \
                return __real_##name arguments;                                                    \
        }

/* Whoever is killed leaves what the kernel has; only power that goes does not. */
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
        step();
        return 0;
}

WRAP(int, ftruncate, (int fd, off_t n), (fd, n))
WRAP(int, mkdirat, (int fd, const char *p, mode_t mode), (fd, p, mode))
WRAP(int, unlinkat, (int fd, const char *p, int flags), (fd, p, flags))
WRAP(int, renameat, (int a, const char *p, int b, const char *q), (a, p, b, q))
WRAP(ssize_t, write, (int fd, const void *data, size_t n), (fd, data, n))

/* What the kernel does for a write to sysfs is one step. */
#define WRAP_KERNEL(name, parameters, arguments)                                                   \
        int __real_##name parameters;                                                              \
        int __wrap_##name parameters;                                                              \
        int __wrap_##name parameters                                                               \
        {                                                                                          \
                int r;                                                                             \
                                                                                                   \
                step();                                                                            \
                in_kernel = true;                                                                  \
                r = __real_##name arguments;                                                       \
                in_kernel = false;                                                                 \
                return r;                                                                          \
        }

WRAP_KERNEL(watched_write,
            (Root * root, const char *path, const char *value, uint64_t timeout, pid_t *ret_stuck),
            (root, path, value, timeout, ret_stuck))
WRAP_KERNEL(writer_write,
            (Writer * writer, const char *path, const char *value, uint64_t timeout,
             pid_t *ret_stuck),
            (writer, path, value, timeout, ret_stuck))

/* ---- the host ---- */

typedef struct Host {
        FakeKernel *k;
        Machine machine;
        PciDevice devices[2];
        const PciDevice *companions[1];
        Protection protection;
        GpuEntry entry;
        GpuPlan gpu;
        Step steps[5];
        Plan plan;
        StrList commands; /* that have run */
        int status;       /* of commands */
} Host;

static Host *host;

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
        step();
        in_kernel = true;
        assert_int_equal(str_list_add(&host->commands, argv->items[0]), 0);
        (void)!root_read_file(host->k->root, DROP_IN, 4096, &drop_in, NULL);
        (void)!root_read_file(host->k->root, WORDS, 4096, &words, NULL);
        menu = format_string("menu %s%s", drop_in ? drop_in : "", words ? words : "");
        if (host->status == 0)
                fake_put(host->k, MENU, menu);
        in_kernel = false;
        step();
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
        step();
        in_kernel = true;
        fake_put(host->k, "boot/grub/grubenv", "3");
        in_kernel = false;
        return 0;
}

int boot_watchdog_remove(Root *root, const Machine *machine)
{
        return root_unlink_sync(root, "boot/grub/grubenv");
}

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

static Host *host_new(void)
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

static void host_free(Host *h)
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

static int setup(void **state)
{
        *state = host_new();
        return 0;
}

static int teardown(void **state)
{
        host_free(*state);
        return 0;
}

/* ---- what is done to it ---- */

typedef int (*Action)(Executor *e);

static int apply(Executor *e)
{
        return execute_apply(e, _STEP_MAX);
}

static int revert(Executor *e)
{
        return execute_revert(e, 0);
}

/* As a program does it: the lock, the journal, the work. */
static int act(Host *h, Action action, OutcomeList *ret)
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

/* Every file and link, but for what gpuhost keeps for itself and what is only written to. */
static char *look(const Host *h)
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

static void assert_looks(const Host *h, const char *expected, const char *when, unsigned n)
{
        _cleanup_free_ char *is = look(h);

        if (streq(is, expected))
                return;
        print_message("# %s, killed at step %u: expected\n%s\n# but there is\n%s\n", when, n,
                      expected, is);
        fail();
}

static void assert_journal_gone(const Host *h)
{
        assert_false(root_exists(h->k->root, JOURNAL_FILE));
}

/* ---- tests ---- */

static void apply_and_revert(void **state)
{
        Host *h = *state;
        _cleanup_free_ char *before = look(h), *protected = NULL;

        assert_int_equal(act(h, apply, NULL), 0);
        assert_string_equal(fake_driver(h->k, GPU), "vfio-pci");
        assert_string_equal(fake_driver(h->k, AUDIO), "vfio-pci");
        protected = fake_text(h->k, "var/lib/gpuhost/protected");
        assert_string_equal(protected, "0000:02:00.0 holds / (nvme0n1p2)\n");
        assert_int_equal(h->commands.n, 1);
        assert_int_equal(act(h, revert, NULL), 0);
        assert_looks(h, before, "apply and revert", 0);
        assert_journal_gone(h);
        assert_int_equal(h->commands.n, 2);
        assert_int_equal(act(h, revert, NULL), 0); /* nothing to do */
        assert_int_equal(h->commands.n, 2);
        assert_journal_gone(h);
}

static void apply_twice_is_once(void **state)
{
        Host *h = *state;
        _cleanup_free_ char *before = look(h), *after = NULL;

        assert_int_equal(act(h, apply, NULL), 0);
        after = look(h);
        assert_int_equal(act(h, apply, NULL), 0);
        assert_looks(h, after, "apply again", 0);
        assert_int_equal(h->commands.n, 1);
        assert_int_equal(act(h, revert, NULL), 0);
        assert_looks(h, before, "revert", 0);
}

/* Runs it in a child that is killed at the n-th step; false when it came to its end before. */
static bool act_killed(Host *h, Action action, unsigned n)
{
        int status;
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid == 0) {
                last_step = n;
                _exit(act(h, action, NULL) < 0);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_in_set(WEXITSTATUS(status), ((const LargestIntegralType[]){ 0, KILLED }), 2);
        return WEXITSTATUS(status) == KILLED;
}

/* first is killed at every step, then second has to lead to the wanted state. */
static unsigned kill_everywhere(Action before, Action first, Action second, const char *expected,
                                const char *what)
{
        for (unsigned n = 1;; n++) {
                Host *h = host_new();
                bool killed;

                if (before)
                        assert_int_equal(act(h, before, NULL), 0);
                killed = act_killed(h, first, n);
                assert_int_equal(act(h, second, NULL), 0);
                assert_looks(h, expected, what, n);
                if (second == revert)
                        assert_journal_gone(h);
                host_free(h);
                if (!killed)
                        return n;
        }
}

static void killed_at_every_step(void **state)
{
        Host *h = host_new();
        _cleanup_free_ char *fresh = look(h), *applied = NULL;

        assert_int_equal(act(h, apply, NULL), 0);
        applied = look(h);
        host_free(h);
        assert_true(kill_everywhere(NULL, apply, apply, applied, "apply, apply") > 50);
        assert_true(kill_everywhere(NULL, apply, revert, fresh, "apply, revert") > 50);
        assert_true(kill_everywhere(apply, revert, revert, fresh, "revert, revert") > 40);
        assert_true(kill_everywhere(apply, revert, apply, applied, "revert, apply") > 40);
}

static void nvidia_host(Host *h)
{
        fake_function(h->k, GPU, "nvidia", "nvidia");
        fake_put(h->k, "proc/driver/nvidia/gpus/" GPU "/information", "Device Minor: \t 0\n");
        fake_put(h->k, "run/nvidia-persistenced/socket", "");
        fake_put(h->k, "usr/bin/nvidia-smi", "");
        fake_put(h->k, "proc/900/comm", "nvidia-persiste\n");
        fake_link(h->k, "proc/900/fd/3", "/dev/nvidia0");
}

static void persistence_daemon_is_asked(void **state)
{
        Host *h = *state;

        nvidia_host(h);
        assert_int_equal(act(h, apply, NULL), 0);
        assert_string_equal(fake_driver(h->k, GPU), "vfio-pci");
        assert_string_equal(h->commands.items[0], "0");
        assert_int_equal(act(h, revert, NULL), 0);
        assert_string_equal(fake_driver(h->k, GPU), "nvidia");
        assert_true(str_list_contains(&h->commands, "1")); /* given back with the card */
        assert_journal_gone(h);
}

static int take(Executor *e)
{
        _cleanup_slots_ SlotList slots = {};

        assert_int_equal(slots_from_plan(e->plan, STEP_BIND, STEP_NOW, NULL, &slots), 0);
        return execute_bind(e, slots.items);
}

static int release(Executor *e)
{
        _cleanup_slots_ SlotList slots = {};
        int r = slots_from_plan(e->plan, STEP_BIND, STEP_NOW, NULL, &slots);

        for (size_t i = 0; r >= 0 && i < slots.items[0].n; i++)
                slots.items[0].functions[i].driver = NULL;
        if (r >= 0)
                r = execute_return(e, slots.items);
        if (r >= 0)
                r = execute_commands(e);
        return r < 0 ? r : journal_finish(e->journal);
}

static void take_and_release(void **state)
{
        Host *h = *state;

        nvidia_host(h);
        assert_int_equal(act(h, take, NULL), 0);
        assert_string_equal(fake_driver(h->k, GPU), "vfio-pci");
        assert_string_equal(fake_driver(h->k, AUDIO), "vfio-pci");
        assert_int_equal(act(h, release, NULL), 0);
        assert_string_equal(fake_driver(h->k, GPU), "nvidia");
        assert_int_equal(h->commands.n, 2);
        assert_string_equal(h->commands.items[1], "1");
        assert_journal_gone(h);
}

static void persistence_is_given_back_where_the_card_stays(void **state)
{
        Host *h = *state;

        nvidia_host(h);
        fake_put(h->k, "proc/812/comm", "python3\n");
        fake_link(h->k, "proc/812/fd/5", "/dev/nvidia0");
        assert_int_equal(act(h, apply, NULL), 1);
        assert_string_equal(fake_driver(h->k, GPU), "nvidia");
        assert_string_equal(h->commands.items[0], "0");
        assert_string_equal(h->commands.items[1], "1");
        assert_true(root_exists(h->k->root, "proc/900/fd"));
}

static void held_card_is_named_and_left(void **state)
{
        Host *h = *state;
        _cleanup_outcomes_ OutcomeList outcomes = {};

        fake_put(h->k, "sys/bus/pci/devices/" GPU "/drm/card0/dev", "226:0\n");
        fake_put(h->k, "sys/bus/pci/devices/" GPU "/drm/card0/uevent", "DEVNAME=dri/card0\n");
        fake_put(h->k, "proc/812/comm", "Xorg\n");
        fake_put(h->k, "proc/812/cgroup", "0::/system.slice/gdm.service\n");
        fake_link(h->k, "proc/812/fd/3", "/dev/dri/card0");
        assert_int_equal(act(h, apply, &outcomes), 1);
        assert_string_equal(fake_driver(h->k, GPU), "nouveau");
        for (size_t i = 0; i < outcomes.n; i++)
                if (outcomes.items[i].kind == OUTCOME_HELD) {
                        assert_string_equal(outcomes.items[i].target, GPU);
                        assert_string_equal(outcomes.items[i].detail,
                                            "Xorg (pid 812, gdm.service) holds /dev/dri/card0\n");
                        return;
                }
        fail_msg("nobody said so");
}

static void stuck_card_is_marked_and_left_alone(void **state)
{
        Host *h = *state;
        size_t n;

        h->k->fail_path = "/unbind";
        h->k->fail_with = -ETIMEDOUT;
        assert_int_equal(act(h, apply, NULL), 1);
        assert_true(root_exists(h->k->root, "run/gpuhost/stuck/" AUDIO));
        n = h->k->log.len;
        assert_int_equal(act(h, apply, NULL), 1);
        assert_null(strstr(str_buf_get(&h->k->log) + n, "unbind"));
        assert_int_equal(act(h, revert, NULL), 1);
        assert_null(strstr(str_buf_get(&h->k->log) + n, "driver_override"));
        assert_true(root_exists(h->k->root, JOURNAL_FILE)); /* there is still something to undo */
}

static void command_that_fails_is_pending(void **state)
{
        Host *h = *state;
        _cleanup_outcomes_ OutcomeList outcomes = {};
        _cleanup_free_ char *before = look(h);

        h->status = 1;
        assert_int_equal(act(h, apply, &outcomes), 1);
        assert_string_equal(outcomes.items[outcomes.n - 1].detail, "what it says\n");
        h->status = 0;
        assert_int_equal(act(h, apply, NULL), 0); /* the files are right, and yet it runs */
        assert_int_equal(h->commands.n, 2);
        assert_int_equal(act(h, apply, NULL), 0);
        assert_int_equal(h->commands.n, 2);
        h->status = 1;
        assert_int_equal(act(h, revert, NULL), 1);
        h->status = 0;
        assert_int_equal(act(h, revert, NULL), 0);
        assert_looks(h, before, "revert", 0);
        assert_journal_gone(h);
}

static void what_others_changed_is_theirs(void **state)
{
        Host *h = *state;
        _cleanup_outcomes_ OutcomeList outcomes = {};
        _cleanup_free_ char *text = NULL;
        bool said = false;

        assert_int_equal(act(h, apply, NULL), 0);
        fake_put(h->k, "var/lib/gpuhost/protected", "edited\n");
        fake_put(h->k, "sys/bus/pci/devices/" GPU "/driver_override", "pci-stub\n");
        fake_put(h->k, D3COLD, "5\n");
        assert_int_equal(act(h, revert, &outcomes), 0);
        text = fake_text(h->k, "var/lib/gpuhost/protected");
        assert_string_equal(text, "edited\n");
        assert_string_equal(fake_driver(h->k, AUDIO), "snd_hda_intel");
        assert_string_equal(fake_driver(h->k, GPU), "vfio-pci");
        for (size_t i = 0; i < outcomes.n; i++)
                said |= outcomes.items[i].kind == OUTCOME_LEFT;
        assert_true(said);
        assert_journal_gone(h);
}

static int revert_files(Executor *e)
{
        return execute_revert(e, REVERT_BOOT_FILES);
}

static void removal_leaves_bindings(void **state)
{
        Host *h = *state;
        _cleanup_free_ char *menu = NULL;

        assert_int_equal(act(h, apply, NULL), 0);
        assert_int_equal(act(h, revert_files, NULL), 0);
        assert_string_equal(fake_driver(h->k, GPU), "vfio-pci");
        assert_false(root_exists(h->k->root, DROP_IN));
        menu = fake_text(h->k, MENU);
        assert_string_equal(menu, "menu ");
        assert_int_equal(act(h, revert, NULL), 0);
        assert_string_equal(fake_driver(h->k, GPU), "nouveau");
        assert_journal_gone(h);
}

static int only_arguments(Executor *e)
{
        return execute_apply(e, STEP_KERNEL_ARGUMENTS);
}

static void only_steps_of_one_kind(void **state)
{
        Host *h = *state;

        assert_int_equal(act(h, only_arguments, NULL), 0);
        assert_string_equal(fake_driver(h->k, GPU), "nouveau");
        assert_true(root_exists(h->k->root, DROP_IN));
        assert_false(root_exists(h->k->root, "var/lib/gpuhost/protected"));
}

static void initramfs_is_built(void **state)
{
        Host *h = *state;

        h->plan.n_steps = 1;
        h->steps[0].code = STEP_INITRAMFS;
        h->steps[0].when = STEP_BOOT;
        memcpy(h->steps[0].target, "6.1.0", sizeof("6.1.0"));
        assert_int_equal(act(h, apply, NULL), 1); /* nobody knows how */
        assert_int_equal(h->commands.n, 0);
        h->machine.initramfs_tool = INITRAMFS_TOOLS;
        assert_int_equal(act(h, apply, NULL), 0);
        assert_int_equal(h->commands.n, 1);
        assert_string_equal(h->commands.items[0], "/usr/sbin/update-initramfs");
}

/* The firmware counts, whoever boots. What nobody writes is wrong only where there is something to be
 * written, and that is told by a step of its own. */
static void counted_without_a_loader(void **state)
{
        Host *h = *state;
        _cleanup_free_ char *count = NULL;

        h->machine.boot_loader =
                (BootLoader){ .kind = BOOT_LOADER_RPI, .watchdog.kind = BOOT_WATCHDOG_EFI };
        h->plan.n_steps = 1;
        h->steps[0].code = STEP_BOOT_WATCHDOG;
        h->steps[0].when = STEP_BOOT;
        assert_int_equal(act(h, apply, NULL), 0);
        count = fake_text(h->k, "boot/grub/grubenv");
        assert_string_equal(count, "3");
        h->steps[0].code = STEP_KERNEL_ARGUMENTS;
        assert_int_equal(act(h, apply, NULL), 1);
        h->steps[0].code = STEP_BOOT_WATCHDOG;
        h->machine.boot_loader.watchdog.kind = BOOT_WATCHDOG_GRUBENV;
        assert_int_equal(act(h, apply, NULL), 1);
}

/* What cannot be remembered is not done. */
static void journal_that_cannot_be_written(void **state)
{
        Host *h = *state;
        _cleanup_free_ char *before = look(h);

        fake_put(h->k, JOURNAL_FILE "/in-the-way", "");
        assert_true(act(h, apply, NULL) != 0);
        assert_string_equal(fake_driver(h->k, GPU), "nouveau");
        assert_int_equal(h->k->log.len, 0);
        assert_looks(h, before, "no journal", 0);
}

static void broken_journals(void **state)
{
        static const struct {
                const char *text;
                int r;
                unsigned line;
        } cases[] = {
                { "",                                                 0,        0 },
                { "gpuhost jou",                                      0,        0 },
                { "gpuhost journal 1\nrun \"/bin/tr",                 0,        0 },
                { "gpuhost journal 1\nrun \"/bin/true\"\nnonsense\n", 0,        0 },
                { "gpuhost journal 1\nnonsense\nrun \"/bin/true\"\n", -EBADMSG, 2 },
                { "gpuhost journal 2\n",                              -EBADMSG, 1 },
        };
        Host *h = *state;

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_journal_ Journal j = {};
                unsigned line = 0;

                fake_put(h->k, JOURNAL_FILE, cases[i].text);
                assert_int_equal(journal_open(h->k->root, &j, &line), cases[i].r);
                assert_int_equal(line, cases[i].line);
        }
}

/* A line is appended behind what makes sense, whatever a crash left there. */
static void torn_line_is_overwritten(void **state)
{
        Host *h = *state;
        _cleanup_journal_ Journal j = {}, again = {};
        _cleanup_free_ char *text = NULL;
        unsigned line = 0;

        fake_put(h->k, JOURNAL_FILE, "gpuhost journal 1\nrun \"/bin/true\"\nfile \"a\" - - \"06");
        assert_int_equal(journal_open(h->k->root, &j, &line), 0);
        assert_int_equal(j.n_files, 0);
        assert_int_equal(journal_note_undone(&j, "x"), 0);
        assert_int_equal(journal_open(h->k->root, &again, &line), 0);
        assert_true(journal_has_pending(&again));
        text = fake_text(h->k, JOURNAL_FILE);
        assert_string_equal(text, "gpuhost journal 1\nrun \"/bin/true\"\nundone \"x\"\n");
}

static void lock_is_for_one(void **state)
{
        Host *h = *state;
        int ready[2], done[2], lock = -EBADF, status;
        pid_t pid, holder = 0;
        char c;

        assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
        assert_int_equal(pipe2(done, O_CLOEXEC), 0);
        pid = fork();
        if (pid == 0) {
                if (host_lock(h->k->root, LOCK_OF_CHANGES, 0, &lock, &holder) < 0)
                        _exit(1);
                (void)!write(ready[1], "x", 1);
                (void)!read(done[0], &c, 1);
                _exit(0);
        }
        assert_int_equal(read(ready[0], &c, 1), 1);
        assert_int_equal(host_lock(h->k->root, LOCK_OF_CHANGES, 1000, &lock, &holder), -EBUSY);
        assert_int_equal(holder, pid);
        assert_int_equal(write(done[1], "x", 1), 1);
        assert_int_equal(host_lock(h->k->root, LOCK_OF_CHANGES, 60 * 1000 * 1000, &lock, &holder),
                         0);
        (void)safe_close(lock);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        for (size_t i = 0; i < 2; i++) {
                (void)safe_close(ready[i]);
                (void)safe_close(done[i]);
        }
}

static void records_survive(void **state)
{
        static const char odd[] = "a \"b\" \\ c\n\td\x01\xc3\xa9";
        const char *fields[] = { "path", NULL, odd, "0644", "" };
        _cleanup_str_buf_ StrBuf line = {};
        _cleanup_record_ Record record = {};

        record_format(RECORD_FILE, fields, 5, &line);
        assert_string_equal(str_buf_get(&line), "file \"path\" - \"a \\\"b\\\" \\\\ c\\n\\x09d\\x01"
                                                "\\xc3\\xa9\" \"0644\" \"\"\n");
        line.data[line.len - 1] = '\0';
        assert_int_equal(record_parse(line.data, &record), 0);
        assert_int_equal(record.n, 5);
        for (size_t i = 0; i < 5; i++)
                assert_true(streq_ptr(record.fields[i], fields[i]));
        for (size_t n = 1; n < line.len - 1; n++) {
                _cleanup_free_ char *part = strndup(line.data, n);
                _cleanup_record_ Record none = {};

                assert_int_equal(record_parse(part, &none), -EBADMSG);
        }
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
        const struct CMUnitTest tests[] = {
                CASE(apply_and_revert),
                CASE(apply_twice_is_once),
                CASE(initramfs_is_built),
                CASE(counted_without_a_loader),
                cmocka_unit_test(killed_at_every_step),
                CASE(persistence_daemon_is_asked),
                CASE(take_and_release),
                CASE(persistence_is_given_back_where_the_card_stays),
                CASE(held_card_is_named_and_left),
                CASE(stuck_card_is_marked_and_left_alone),
                CASE(command_that_fails_is_pending),
                CASE(what_others_changed_is_theirs),
                CASE(removal_leaves_bindings),
                CASE(only_steps_of_one_kind),
                CASE(journal_that_cannot_be_written),
                CASE(broken_journals),
                CASE(torn_line_is_overwritten),
                CASE(lock_is_for_one),
                cmocka_unit_test(records_survive),
        };

        return cmocka_run_group_tests_name("journal", tests, NULL, NULL);
}
