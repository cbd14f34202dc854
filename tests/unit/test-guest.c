// SPDX-License-Identifier: LGPL-2.1-or-later
#include "supervise/guest.h"

#include <linux/vm_sockets.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "unit.h"
#include "util/buf.h"
#include "util/fd.h"
#include "util/str.h"

static void messages(void **state)
{
        static const struct {
                const char *text;
                bool ready, stopping;
                const char *status;
        } cases[] = {
                { "READY=1",                               true,  false, NULL      },
                { "READY=1\n",                             true,  false, NULL      },
                { "READY=0",                               false, false, NULL      },
                { "READY=11",                              false, false, NULL      },
                { "READY",                                 false, false, NULL      },
                { "XREADY=1",                              false, false, NULL      },
                { "",                                      false, false, NULL      },
                { "\n\n\nX_SYSTEMD=a\nSTATUS=up\nREADY=1", true,  false, "up"      },
                { "STOPPING=1\nSTATUS=",                   false, true,  ""        },
                { "STATUS=a\033[2Jb\xff",                  false, false, "a?[2Jb?" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                GuestMessage m;

                print_message("# %zu\n", i);
                guest_message_parse(cases[i].text, strlen(cases[i].text), &m);
                assert_int_equal(m.ready, cases[i].ready);
                assert_int_equal(m.stopping, cases[i].stopping);
                assert_int_equal(m.has_status, cases[i].status != NULL);
                if (cases[i].status)
                        assert_string_equal(m.status, cases[i].status);
        }
}

static void long_status(void **state)
{
        _cleanup_str_buf_ StrBuf b = {};
        GuestMessage m;

        str_buf_add(&b, "STATUS=");
        str_buf_fill(&b, 'a', 4000);
        guest_message_parse(b.data, b.len, &m);
        assert_int_equal(strlen(m.status), GUEST_STATUS_MAX - 1);
}

static void who_may_speak(void **state)
{
        static const struct {
                sa_family_t family;
                unsigned cid, port;
                bool may;
        } cases[] = {
                { AF_VSOCK, 1030, 1023, true  },
                { AF_VSOCK, 1030, 1024, false },
                { AF_VSOCK, 1031, 1023, false },
                { AF_VSOCK, 2,    1,    false },
                { AF_UNIX,  1030, 1023, false },
                { AF_VSOCK, 1030, ~0U,  false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct sockaddr_vm address = { .svm_family = cases[i].family,
                                               .svm_cid = cases[i].cid,
                                               .svm_port = cases[i].port };
                struct sockaddr_storage peer = {};

                memcpy(&peer, &address, sizeof(address));
                assert_int_equal(guest_speaks(&peer, 1030), cases[i].may);
        }
}

typedef struct Line {
        sd_event *event;
        Guest *guest;
        struct sockaddr_un address;
        unsigned n_heard, n_ready;
        char status[GUEST_STATUS_MAX];
} Line;

static bool may_speak = true;

static bool speaks(const struct sockaddr_storage *peer, uint32_t cid)
{
        return may_speak;
}

static void on_heard(void *userdata, const GuestMessage *m)
{
        Line *l = userdata;

        l->n_heard++;
        l->n_ready += m->ready;
        (void)snprintf(l->status, sizeof(l->status), "%s", m->has_status ? m->status : "");
}

/* The vsock's part is played by a socket of an abstract name. */
static void line_begin(Line *l)
{
        socklen_t size = sizeof(sa_family_t);
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        may_speak = true;
        l->address.sun_family = AF_UNIX;
        assert_int_equal(bind(fd, (struct sockaddr *)(void *)&l->address, size), 0);
        size = sizeof(l->address);
        assert_int_equal(getsockname(fd, (struct sockaddr *)(void *)&l->address, &size), 0);
        assert_int_equal(listen(fd, 64), 0);
        assert_true(sd_event_new(&l->event) >= 0);
        assert_int_equal(guest_new(l->event, fd, 1030, speaks, on_heard, l, &l->guest), 0);
}

static void line_done(Line *l)
{
        guest_free(l->guest);
        sd_event_unref(l->event);
}
#define _cleanup_line_ _cleanup_(line_done)

static int call(Line *l)
{
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        socklen_t size = (socklen_t)(sizeof(sa_family_t) + 1 + strlen(l->address.sun_path + 1));

        assert_int_equal(connect(fd, (struct sockaddr *)(void *)&l->address, size), 0);
        return fd;
}

static void settle(Line *l)
{
        while (sd_event_run(l->event, 0) > 0)
                ;
}

static void say(Line *l, int fd, const char *text)
{
        assert_true(send(fd, text, strlen(text), MSG_NOSIGNAL) >= 0);
        settle(l);
}

static void in_pieces(void **state)
{
        _cleanup_line_ Line l = {};
        int fd;

        line_begin(&l);
        fd = call(&l);
        say(&l, fd, "READY=1\nSTA");
        say(&l, fd, "TUS=up");
        assert_int_equal(l.n_heard, 0);
        safe_close(fd);
        settle(&l);
        assert_int_equal(l.n_heard, 1);
        assert_int_equal(l.n_ready, 1);
        assert_string_equal(l.status, "up");
}

/* 1: the other side has hung up. */
static bool hung_up(int fd)
{
        char c;

        return recv(fd, &c, 1, MSG_DONTWAIT) <= 0 && errno != EAGAIN;
}

static void not_heard(void **state)
{
        _cleanup_line_ Line l = {};
        _cleanup_close_ int stranger = -EBADF, talker = -EBADF, silent = -EBADF;
        char block[GUEST_MESSAGE_MAX];

        line_begin(&l);
        may_speak = false;
        stranger = call(&l);
        say(&l, stranger, "");
        errno = 0;
        assert_true(hung_up(stranger));
        may_speak = true;
        talker = call(&l);
        memset(block, 'a', sizeof(block));
        memcpy(block, "READY=1\n", 8);
        assert_true(send(talker, block, sizeof(block), MSG_NOSIGNAL) > 0);
        settle(&l);
        errno = 0;
        assert_true(hung_up(talker));
        silent = call(&l);
        assert_int_equal(shutdown(silent, SHUT_WR), 0);
        settle(&l);
        assert_int_equal(l.n_heard, 0);
}

/* Who keeps lines busy keeps others waiting, no longer than a line lasts. */
static void many(void **state)
{
        _cleanup_line_ Line l = {};
        int fds[6];

        line_begin(&l);
        for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
                fds[i] = call(&l);
                say(&l, fds[i], "READY=1");
        }
        assert_int_equal(shutdown(fds[5], SHUT_WR), 0);
        settle(&l);
        assert_int_equal(l.n_heard, 0);
        for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
                safe_close(fds[i]);
                settle(&l);
        }
        while (l.n_heard < ARRAY_SIZE(fds))
                assert_true(sd_event_run(l.event, 3000000) > 0);
        assert_int_equal(l.n_ready, ARRAY_SIZE(fds));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(messages),      cmocka_unit_test(long_status),
                cmocka_unit_test(who_may_speak), cmocka_unit_test(in_pieces),
                cmocka_unit_test(not_heard),     cmocka_unit_test(many),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
