// SPDX-License-Identifier: LGPL-2.1-or-later
#include "supervise/qmp.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include "supervise/qmp-stream.h"
#include "util/buf.h"
#include "util/fd.h"
#include "util/str.h"

enum {
        MAX_PENDING = 16,
        READ_SIZE = 8 * 1024,
        DRAIN_READS = 256, /* 2 MiB: what a socket holds is less */
};

typedef struct Pending {
        Qmp *qmp;
        uint64_t id; /* 0: free */
        QmpReply reply;
        sd_event_source *timer;
} Pending;

struct Qmp {
        sd_event *event;
        sd_event_source *source;
        int fd;
        const QmpHandlers *handlers;
        void *userdata;
        QmpStream in;
        StrBuf out;
        Pending pending[MAX_PENDING];
        uint64_t last_id;
        bool ended;
};

static void pending_done(Pending *p)
{
        p->timer = sd_event_source_disable_unref(p->timer);
        p->id = 0;
}

Qmp *qmp_free(Qmp *qmp)
{
        if (!qmp)
                return NULL;
        for (size_t i = 0; i < MAX_PENDING; i++)
                pending_done(qmp->pending + i);
        sd_event_source_disable_unref(qmp->source);
        sd_event_unref(qmp->event);
        safe_close(qmp->fd);
        qmp_stream_done(&qmp->in);
        str_buf_done(&qmp->out);
        free(qmp);
        return NULL;
}

static void end(Qmp *qmp, int error)
{
        if (qmp->ended)
                return;
        qmp->ended = true;
        qmp->source = sd_event_source_disable_unref(qmp->source);
        for (size_t i = 0; i < MAX_PENDING; i++)
                pending_done(qmp->pending + i);
        qmp->handlers->ended(qmp->userdata, error);
}

static Pending *find_pending(Qmp *qmp, uint64_t id)
{
        for (size_t i = 0; i < MAX_PENDING; i++)
                if (qmp->pending[i].id == id)
                        return qmp->pending + i;
        return NULL;
}

/* The answer to what was never asked is nonsense; one that comes too late is nothing. */
static int take_reply(Qmp *qmp, const QmpMessage *m)
{
        Pending *p;
        QmpReply reply;

        if (!m->has_id || m->id == 0 || m->id > qmp->last_id)
                return -EBADMSG;
        p = find_pending(qmp, m->id);
        if (!p)
                return 0;
        reply = p->reply;
        pending_done(p);
        reply(qmp->userdata, m->kind == QMP_ERROR ? -EREMOTEIO : 0, m->value, m->text);
        return 0;
}

static int take_message(Qmp *qmp, const QmpMessage *m)
{
        switch (m->kind) {
        case QMP_GREETING:
                qmp->handlers->greeted(qmp->userdata);
                return 0;
        case QMP_EVENT:
                qmp->handlers->event(qmp->userdata, m->text, m->value);
                return 0;
        default:
                return take_reply(qmp, m);
        }
}

static int take_messages(Qmp *qmp)
{
        while (!qmp->ended) {
                _cleanup_qmp_message_ QmpMessage m = {};
                int r = qmp_stream_next(&qmp->in, &m);

                if (r <= 0)
                        return r;
                r = take_message(qmp, &m);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* 1: something was read; 0: nothing is there now. */
static int read_some(Qmp *qmp)
{
        char data[READ_SIZE];
        ssize_t n = recv(qmp->fd, data, sizeof(data), MSG_DONTWAIT);
        int r;

        if (n < 0)
                return errno == EAGAIN || errno == EINTR ? 0 : -errno;
        if (n == 0)
                return -ECONNRESET;
        r = qmp_stream_add(&qmp->in, data, (size_t)n);
        if (r >= 0)
                r = take_messages(qmp);
        return r < 0 ? r : 1;
}

static int watch(Qmp *qmp)
{
        return sd_event_source_set_io_events(qmp->source,
                                             EPOLLIN | (qmp->out.len > 0 ? EPOLLOUT : 0U));
}

static int write_some(Qmp *qmp)
{
        ssize_t n;

        if (qmp->out.len == 0)
                return 0;
        n = send(qmp->fd, qmp->out.data, qmp->out.len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0)
                return errno == EAGAIN || errno == EINTR ? 0 : -errno;
        qmp->out.len -= (size_t)n;
        memmove(qmp->out.data, qmp->out.data + n, qmp->out.len);
        return 0;
}

/* One read a round: other sources get their turn, however much QEMU says. */
static int on_io(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        Qmp *qmp = userdata;
        int r = 0;

        if (events & EPOLLOUT)
                r = write_some(qmp);
        if (r >= 0 && events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                r = read_some(qmp);
        if (r >= 0 && !qmp->ended)
                r = watch(qmp);
        if (r < 0)
                end(qmp, r == -ECONNRESET || r == -EPIPE ? 0 : r);
        return 0;
}

int qmp_new(sd_event *event, int fd, const QmpHandlers *handlers, void *userdata, Qmp **ret)
{
        _cleanup_(qmp_freep) Qmp *qmp = calloc(1, sizeof(*qmp));
        int r;

        if (!qmp) {
                safe_close(fd);
                return -ENOMEM;
        }
        qmp->event = sd_event_ref(event);
        qmp->fd = fd;
        qmp->handlers = handlers;
        qmp->userdata = userdata;
        r = sd_event_add_io(event, &qmp->source, fd, EPOLLIN, on_io, qmp);
        if (r >= 0) /* after signals and deadlines, so that no storm of events puts these off */
                r = sd_event_source_set_priority(qmp->source, SD_EVENT_PRIORITY_NORMAL + 10);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(qmp);
        return 0;
}

static int on_timeout(sd_event_source *source, uint64_t usec, void *userdata)
{
        Pending *p = userdata;
        QmpReply reply = p->reply;

        pending_done(p);
        reply(p->qmp->userdata, -ETIMEDOUT, NULL, NULL);
        return 0;
}

int qmp_command(Qmp *qmp, const char *name, uint64_t timeout_usec, QmpReply reply)
{
        Pending *p = find_pending(qmp, 0);
        int r = 0;

        if (qmp->ended)
                return -EPIPE;
        if (!p)
                return -EBUSY;
        if (timeout_usec > 0)
                r = sd_event_add_time_relative(qmp->event, &p->timer, CLOCK_MONOTONIC, timeout_usec,
                                               0, on_timeout, p);
        if (r < 0)
                return r;
        p->qmp = qmp;
        p->reply = reply;
        p->id = ++qmp->last_id;
        str_buf_printf(&qmp->out, "{\"execute\":\"%s\",\"id\":%ju}\n", name, (uintmax_t)p->id);
        if (qmp->out.failed) {
                pending_done(p);
                return -ENOMEM;
        }
        return watch(qmp);
}

void qmp_drain(Qmp *qmp)
{
        int r = 1;

        for (unsigned i = 0; r > 0 && !qmp->ended && i < DRAIN_READS; i++)
                r = read_some(qmp);
        if (r < 0)
                end(qmp, r == -ECONNRESET ? 0 : r);
}
