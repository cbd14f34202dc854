// SPDX-License-Identifier: LGPL-2.1-or-later
#include "supervise/guest.h"

#include <linux/vm_sockets.h>
#include <string.h>
#include <sys/epoll.h>

#include "util/fd.h"

enum {
        MAX_LINES = 4, /* at once; further ones wait in the kernel's queue, which has room for 8 */
        BACKLOG = 8,
        CALLS_A_SECOND = 8, /* a guest can call as often as it likes */
        FIRST_UNPRIVILEGED_PORT = 1024,
        LINE_TIMEOUT_SEC = 5,
};

/* A connection that is heard out. */
typedef struct Line {
        Guest *guest;
        int fd; /* negative: free */
        sd_event_source *source, *timer;
        char text[GUEST_MESSAGE_MAX];
        size_t n;
} Line;

struct Guest {
        sd_event *event;
        sd_event_source *source;
        int fd;
        uint32_t cid;
        GuestSpeaks speaks;
        GuestHeard heard;
        void *userdata;
        Line *lines[MAX_LINES];
};

int guest_listen(uint32_t cid, int *ret_fd)
{
        const struct sockaddr_vm address = {
                .svm_family = AF_VSOCK,
                .svm_cid = VMADDR_CID_ANY,
                .svm_port = cid,
        };
        _cleanup_close_ int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        if (fd < 0 ||
            bind(fd, (const struct sockaddr *)(const void *)&address, sizeof(address)) < 0 ||
            listen(fd, BACKLOG) < 0)
                return -errno;
        *ret_fd = TAKE_FD(fd);
        return 0;
}

bool guest_speaks(const struct sockaddr_storage *peer, uint32_t cid)
{
        struct sockaddr_vm address;

        if (peer->ss_family != AF_VSOCK)
                return false;
        memcpy(&address, peer, sizeof(address));
        return address.svm_cid == cid && address.svm_port < FIRST_UNPRIVILEGED_PORT;
}

static Line *line_free(Line *line)
{
        if (!line)
                return NULL;
        sd_event_source_disable_unref(line->source);
        sd_event_source_disable_unref(line->timer);
        safe_close(line->fd);
        free(line);
        return NULL;
}
DEFINE_CLEANUP(Line *, line_free)

/* Accepting goes on where there is a place again. */
static int hang_up(Line *line)
{
        Guest *guest = line->guest;

        for (size_t i = 0; i < MAX_LINES; i++)
                if (guest->lines[i] == line)
                        guest->lines[i] = NULL;
        line_free(line);
        return sd_event_source_set_enabled(guest->source, SD_EVENT_ON);
}

static int on_silence(sd_event_source *source, uint64_t usec, void *userdata)
{
        return hang_up(userdata);
}

static int on_words(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        Line *line = userdata;
        GuestMessage message;
        ssize_t n = recv(fd, line->text + line->n, sizeof(line->text) - line->n, MSG_DONTWAIT);

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        if (n > 0) {
                line->n += (size_t)n;
                /* The end of the message is that of the connection: a longer one is none. */
                return line->n < sizeof(line->text) ? 0 : hang_up(line);
        }
        if (n == 0 && line->n > 0) {
                guest_message_parse(line->text, line->n, &message);
                line->guest->heard(line->guest->userdata, &message);
        }
        return hang_up(line);
}

static int line_new(Guest *guest, int fd, Line **ret)
{
        _cleanup_(line_freep) Line *line = calloc(1, sizeof(*line));
        int r;

        if (!line)
                return -ENOMEM;
        line->guest = guest;
        line->fd = -EBADF;
        r = sd_event_add_io(guest->event, &line->source, fd, EPOLLIN, on_words, line);
        if (r >= 0)
                r = sd_event_source_set_priority(line->source, SD_EVENT_PRIORITY_NORMAL + 10);
        if (r >= 0)
                r = sd_event_add_time_relative(guest->event, &line->timer, CLOCK_MONOTONIC,
                                               LINE_TIMEOUT_SEC * 1000000ULL, 0, on_silence, line);
        if (r < 0)
                return r;
        line->fd = fd;
        *ret = TAKE_PTR(line);
        return 0;
}

static Line **free_place(Guest *guest)
{
        for (size_t i = 0; i < MAX_LINES; i++)
                if (!guest->lines[i])
                        return guest->lines + i;
        return NULL;
}

static int on_call(sd_event_source *source, int listening, uint32_t events, void *userdata)
{
        Guest *guest = userdata;
        Line **place = free_place(guest);
        struct sockaddr_storage peer = {};
        socklen_t size = sizeof(peer);
        _cleanup_close_ int fd = -EBADF;

        if (!place)
                return sd_event_source_set_enabled(source, SD_EVENT_OFF);
        fd = accept4(listening, (struct sockaddr *)(void *)&peer, &size,
                     SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0 || !guest->speaks(&peer, guest->cid))
                return 0;
        if (line_new(guest, fd, place) >= 0)
                (void)TAKE_FD(fd);
        return 0;
}

int guest_new(sd_event *event, int fd, uint32_t cid, GuestSpeaks speaks, GuestHeard heard,
              void *userdata, Guest **ret)
{
        _cleanup_(guest_freep) Guest *guest = calloc(1, sizeof(*guest));
        int r;

        if (!guest) {
                safe_close(fd);
                return -ENOMEM;
        }
        guest->event = sd_event_ref(event);
        guest->fd = fd;
        guest->cid = cid;
        guest->speaks = speaks;
        guest->heard = heard;
        guest->userdata = userdata;
        r = sd_event_add_io(event, &guest->source, fd, EPOLLIN, on_call, guest);
        if (r >= 0)
                r = sd_event_source_set_ratelimit(guest->source, 1000000, CALLS_A_SECOND);
        if (r >= 0)
                r = sd_event_source_set_priority(guest->source, SD_EVENT_PRIORITY_NORMAL + 10);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(guest);
        return 0;
}

Guest *guest_free(Guest *guest)
{
        if (!guest)
                return NULL;
        for (size_t i = 0; i < MAX_LINES; i++)
                line_free(guest->lines[i]);
        sd_event_source_disable_unref(guest->source);
        sd_event_unref(guest->event);
        safe_close(guest->fd);
        free(guest);
        return NULL;
}
