// SPDX-License-Identifier: LGPL-2.1-or-later
#include "lease/store.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"
#include "util/fd.h"
#include "util/str.h"

/* The socket on which PID 1 listens. */
typedef struct Manager {
        char dir[32], path[64];
        int fd;
} Manager;

static int setup(void **state)
{
        Manager *m = calloc(1, sizeof(Manager));
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        assert_non_null(m);
        memcpy(m->dir, "/tmp/gpuhost-store-XXXXXX", sizeof("/tmp/gpuhost-store-XXXXXX"));
        assert_non_null(mkdtemp(m->dir));
        (void)snprintf(m->path, sizeof(m->path), "%s/notify", m->dir);
        memcpy(address.sun_path, m->path, strlen(m->path) + 1);
        m->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        assert_true(m->fd >= 0);
        assert_int_equal(bind(m->fd, (struct sockaddr *)(void *)&address, sizeof(address)), 0);
        assert_int_equal(setenv("NOTIFY_SOCKET", m->path, 1), 0);
        *state = m;
        return 0;
}

static int teardown(void **state)
{
        Manager *m = *state;

        safe_close(m->fd);
        (void)unlink(m->path);
        (void)rmdir(m->dir);
        (void)unsetenv("NOTIFY_SOCKET");
        free(m);
        return 0;
}

/* What was said, and the descriptor that came along. */
static int hear(const Manager *m, char *text, size_t size)
{
        union {
                struct cmsghdr head;
                char data[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(64)];
        } control = {};
        struct iovec part = { .iov_base = text, .iov_len = size - 1 };
        struct msghdr message = { .msg_iov = &part,
                                  .msg_iovlen = 1,
                                  .msg_control = &control,
                                  .msg_controllen = sizeof(control) };
        ssize_t n = recvmsg(m->fd, &message, MSG_CMSG_CLOEXEC);
        int fd = -EBADF;

        assert_true(n >= 0);
        text[n] = '\0';
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
                if (c->cmsg_type == SCM_RIGHTS)
                        memcpy(&fd, CMSG_DATA(c), sizeof(fd));
        return fd;
}

static void a_descriptor_is_handed_over(void **state)
{
        char text[256], name[STORE_NAME_MAX];
        _cleanup_close_ int theirs = -EBADF, here = open("/dev/null", O_RDWR | O_CLOEXEC);

        assert_int_equal(store_put(store_name_of_lease("0000:01:00.0", name), here), 0);
        theirs = hear(*state, text, sizeof(text));
        assert_string_equal(text, "FDSTORE=1\nFDPOLL=0\nFDNAME=claim-0000-01-00.0");
        assert_true(theirs >= 0);
        assert_int_not_equal(theirs, here);
}

static void and_taken_back(void **state)
{
        char text[256];

        assert_int_equal(store_drop("disk0"), 0);
        assert_int_equal(hear(*state, text, sizeof(text)), -EBADF);
        assert_string_equal(text, "FDSTOREREMOVE=1\nFDNAME=disk0");
}

static void until_all_is_read(void **state)
{
        char text[256];
        int status;
        pid_t pid = fork();

        if (pid == 0)
                _exit(store_settle(30 * 1000 * 1000) == 0 ? 0 : 1);
        safe_close(hear(*state, text, sizeof(text)));
        assert_string_equal(text, "BARRIER=1");
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        assert_int_equal(store_settle(10 * 1000), -ETIMEDOUT); /* nobody reads that */
}

static void nobody_listens(void **state)
{
        assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
        assert_int_equal(store_put("x", STDIN_FILENO), -ENOTCONN);
        assert_int_equal(store_drop("x"), -ENOTCONN);
        assert_int_equal(store_settle(1000), -ENOTCONN);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(a_descriptor_is_handed_over, setup, teardown),
                cmocka_unit_test_setup_teardown(and_taken_back, setup, teardown),
                cmocka_unit_test_setup_teardown(until_all_is_read, setup, teardown),
                cmocka_unit_test(nobody_listens),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
