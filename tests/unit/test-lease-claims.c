// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lease/claims.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "host.h"

enum { SHORT = 250 * 1000, LONG = 30 * 1000 * 1000 };

static const PciAddress card = { .bus = 1 }, other = { .bus = 2 };

static TestRoot empty(void)
{
        return test_root_text("d run/gpuhost\n");
}

static int take(Root *root, const char *instance, const PciAddress *wants, size_t n, bool shared,
                LeaseList *list, char **ret_holder)
{
        const Lease *taken;
        int r;

        for (size_t i = 0; i < n; i++)
                assert_int_equal(lease_list_add(list, wants[i], shared), 0);
        r = lease_take(root, instance, list, &taken, ret_holder);
        for (size_t i = 0; i < list->n; i++)
                assert_int_equal(list->items[i].fd >= 0, r == 0);
        return r;
}

static char *text_of(Root *root, const char *path)
{
        char *text = NULL;

        return root_read_file(root, path, 4096, &text, NULL) < 0 ? strdup("(none)") : text;
}

static void assert_text(Root *root, const char *path, const char *expected)
{
        _cleanup_free_ char *text = text_of(root, path);

        assert_string_equal(text, expected);
}

static void one_has_it_and_the_other_is_told(void **state)
{
        _cleanup_test_root_ TestRoot t = empty();
        _cleanup_leases_ LeaseList mine = {}, theirs = {};
        _cleanup_free_ char *holder = NULL;

        assert_int_equal(take(t.root, "trainer", &card, 1, false, &mine, &holder), 0);
        assert_text(t.root, "run/gpuhost/claims/0000:01:00.0", "trainer\n");
        assert_int_equal(
                take(t.root, "demo", (PciAddress[]){ other, card }, 2, false, &theirs, &holder),
                -EBUSY);
        assert_string_equal(holder, "trainer");
        /* All or nothing. */
        assert_text(t.root, "run/gpuhost/claims/0000:02:00.0", "(none)");
        assert_text(t.root, "run/gpuhost/claims/0000:01:00.0", "trainer\n");
}

/* The planner reads what is written here. */
static void a_claim_is_seen_by_host(void **state)
{
        _cleanup_test_root_ TestRoot t = empty();
        _cleanup_leases_ LeaseList mine = {};
        _cleanup_machine_ Machine m = {};
        _cleanup_free_ char *holder = NULL;
        int32_t group;

        assert_int_equal(lease_list_add_group(&mine, 12, false), 0);
        assert_int_equal(take(t.root, "trainer", &card, 1, false, &mine, &holder), 0);
        assert_int_equal(machine_read(t.root, MACHINE_CLAIMS, NULL, &m), 0);
        assert_int_equal(m.n_claims, 1);
        assert_string_equal(m.claims[0].instance, "trainer");
        assert_int_equal(m.unseen.n, 0);
        assert_text(t.root, "run/gpuhost/claims/group-12", "trainer\n");
        assert_int_equal(lease_parse_group("group-12", &group), 0);
        assert_int_equal(group, 12);
        assert_int_equal(lease_parse_group("0000:01:00.0", &group), -EINVAL);
        assert_int_equal(lease_parse_group("group-", &group), -EINVAL);
}

static void shared_ones_stand_beside_each_other(void **state)
{
        _cleanup_test_root_ TestRoot t = empty();
        _cleanup_leases_ LeaseList a = {}, b = {}, alone = {};
        _cleanup_free_ char *holder = NULL;

        assert_int_equal(take(t.root, "web", &card, 1, true, &a, &holder), 0);
        assert_int_equal(take(t.root, "ollama", &card, 1, true, &b, &holder), 0);
        assert_int_equal(take(t.root, "vm", &card, 1, false, &alone, &holder), -EBUSY);
        assert_string_equal(holder, "web, ollama");
        assert_int_equal(lease_forget(t.root, "web"), 0);
        assert_text(t.root, "run/gpuhost/claims/0000:01:00.0", "ollama\n");
        assert_int_equal(lease_forget(t.root, "ollama"), 0);
        assert_text(t.root, "run/gpuhost/claims/0000:01:00.0", "(none)");
}

/* A lock is gone with its process; the file is not. */
static void what_the_dead_had_is_swept(void **state)
{
        _cleanup_test_root_ TestRoot t = empty();
        _cleanup_leases_ LeaseList mine = {};
        _cleanup_str_list_ StrList swept = {};
        _cleanup_free_ char *holder = NULL;
        int status;
        pid_t pid;

        assert_int_equal(take(t.root, "alive", &other, 1, false, &mine, &holder), 0);
        pid = fork();
        if (pid == 0) {
                LeaseList list = {};
                const Lease *taken;

                if (lease_list_add(&list, card, false) < 0 ||
                    lease_take(t.root, "dead", &list, &taken, &holder) < 0)
                        _exit(1);
                _exit(0);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        assert_text(t.root, "run/gpuhost/claims/0000:01:00.0", "dead\n");
        assert_int_equal(lease_sweep(t.root, &swept), 0);
        assert_int_equal(swept.n, 1);
        assert_string_equal(swept.items[0], "0000:01:00.0");
        assert_text(t.root, "run/gpuhost/claims/0000:01:00.0", "(none)");
        assert_text(t.root, "run/gpuhost/claims/0000:02:00.0", "alive\n");
}

static void what_carries_a_name_is_found_and_forgotten(void **state)
{
        _cleanup_test_root_ TestRoot t = empty();
        _cleanup_leases_ LeaseList mine = {}, theirs = {};
        _cleanup_str_list_ StrList found = {}, left = {};
        _cleanup_free_ char *holder = NULL;

        assert_int_equal(take(t.root, "a", (PciAddress[]){ other, card }, 2, false, &mine, &holder),
                         0);
        assert_int_equal(take(t.root, "b", &(PciAddress){ .bus = 3 }, 1, false, &theirs, &holder),
                         0);
        assert_int_equal(lease_find(t.root, "a", &found), 0);
        assert_int_equal(found.n, 2);
        assert_string_equal(found.items[0], "0000:01:00.0");
        assert_string_equal(found.items[1], "0000:02:00.0");
        assert_int_equal(lease_forget(t.root, "a"), 0);
        assert_int_equal(lease_find(t.root, "a", &left), 0);
        assert_int_equal(left.n, 0);
        assert_text(t.root, "run/gpuhost/claims/0000:03:00.0", "b\n");
}

/* Whoever cleans up has it for itself, be it by PID 1 or by its own hand. */
static void leftovers_are_adopted(void **state)
{
        _cleanup_test_root_ TestRoot t = empty();
        _cleanup_leases_ LeaseList kept = {}, dead = {}, own = {}, rival = {};
        _cleanup_free_ char *holder = NULL;

        assert_int_equal(take(t.root, "a", &card, 1, false, &kept, &holder), 0);
        assert_int_equal(take(t.root, "a", &other, 1, false, &dead, &holder), 0);
        lease_list_done(&dead);
        assert_int_equal(lease_adopt(t.root, "a", &own), 0);
        assert_int_equal(own.n, 2);
        assert_int_equal(own.items[0].fd, -EBADF);
        assert_true(own.items[1].fd >= 0);
        assert_int_equal(take(t.root, "b", &other, 1, false, &rival, &holder), -EBUSY);
        assert_string_equal(holder, "a");
}

/* Somebody who may read a claim must not be able to lock it. */
static void locks_are_for_root(void **state)
{
        _cleanup_test_root_ TestRoot t = empty();
        _cleanup_leases_ LeaseList mine = {};
        _cleanup_free_ char *holder = NULL, *path = NULL;
        struct stat st;

        assert_int_equal(take(t.root, "a", &card, 1, false, &mine, &holder), 0);
        path = format_string("%s/" LEASE_LOCKS, t.dir);
        assert_non_null(path);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0700);
        assert_int_equal(fstat(mine.items[0].fd, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
}

static void the_gate_lets_one_through(void **state)
{
        _cleanup_test_root_ TestRoot t = empty();
        int fd = -EBADF, none = -EBADF;

        assert_int_equal(lease_gate(t.root, SHORT, &fd), 0);
        assert_int_equal(lease_gate(t.root, SHORT, &none), -EBUSY);
        fd = safe_close(fd);
        assert_int_equal(lease_gate(t.root, SHORT, &none), 0);
        safe_close(none);
}

/* 1: it had both cards for itself. 2: it was told who has one. Else something is wrong. */
static int race_once(Root *root, const char *name, const char *rival, int proof)
{
        _cleanup_leases_ LeaseList list = {};
        _cleanup_free_ char *holder = NULL;
        const Lease *taken;
        int gate = -EBADF, r;
        char alone = 0;

        if (lease_list_add(&list, card, false) < 0 || lease_list_add(&list, other, false) < 0 ||
            lease_gate(root, LONG, &gate) < 0)
                return -1;
        r = lease_take(root, name, &list, &taken, &holder);
        safe_close(gate);
        if (r == -EBUSY)
                return holder && streq(holder, rival) ? 2 : -2;
        if (r < 0 || pread(proof, &alone, 1, 0) != 1 || alone != 'f' ||
            pwrite(proof, "b", 1, 0) != 1)
                return -3;
        (void)usleep(500);
        if (pwrite(proof, "f", 1, 0) != 1 || lease_gate(root, LONG, &gate) < 0)
                return -4;
        r = lease_forget(root, name);
        lease_list_done(&list);
        safe_close(gate);
        return r < 0 ? -5 : 1;
}

/* Until each has had them often. */
static int race(Root *root, const char *name, const char *rival, int proof)
{
        for (unsigned won = 0; won < 50;) {
                int r = race_once(root, name, rival, proof);

                if (r < 0)
                        return -r;
                won += r == 1;
        }
        return 0;
}

/* Two processes want two cards at once: never two owners, no deadlock, and every loser knows why. */
static void a_race_has_one_winner(void **state)
{
        _cleanup_test_root_ TestRoot t = empty();
        char file[] = "/tmp/gpuhost-race-XXXXXX";
        _cleanup_close_ int proof = mkstemp(file);
        pid_t pid;
        int status;

        assert_true(proof >= 0);
        assert_int_equal(unlink(file), 0);
        assert_int_equal(pwrite(proof, "f", 1, 0), 1);
        pid = fork();
        if (pid == 0)
                _exit(race(t.root, "ping", "pong", proof));
        assert_int_equal(race(t.root, "pong", "ping", proof), 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(one_has_it_and_the_other_is_told),
                cmocka_unit_test(a_claim_is_seen_by_host),
                cmocka_unit_test(shared_ones_stand_beside_each_other),
                cmocka_unit_test(what_the_dead_had_is_swept),
                cmocka_unit_test(what_carries_a_name_is_found_and_forgotten),
                cmocka_unit_test(leftovers_are_adopted),
                cmocka_unit_test(locks_are_for_root),
                cmocka_unit_test(the_gate_lets_one_through),
                cmocka_unit_test(a_race_has_one_winner),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
