// SPDX-License-Identifier: LGPL-2.1-or-later
#include "supervise/qmp-stream.h"

#include "util/str.h"

enum { KEEP_BUFFER = 16 * 1024 };

void qmp_message_done(QmpMessage *message)
{
        json_decref(message->whole);
        *message = (QmpMessage){};
}

void qmp_stream_done(QmpStream *stream)
{
        free(stream->data);
        *stream = (QmpStream){};
}

/* What was read goes, and so does the room that one large message took. */
static void compact(QmpStream *s)
{
        if (s->start == 0)
                return;
        s->len -= s->start;
        s->scanned -= s->start;
        if (s->len == 0 && s->capacity > KEEP_BUFFER) {
                qmp_stream_done(s);
                return;
        }
        memmove(s->data, s->data + s->start, s->len);
        s->start = 0;
}

static int make_room(QmpStream *s, size_t n)
{
        size_t capacity = s->capacity ? s->capacity : 4096;
        char *p;

        while (capacity < s->len + n)
                capacity *= 2;
        if (capacity == s->capacity)
                return 0;
        p = realloc(s->data, capacity);
        if (!p)
                return -ENOMEM;
        s->data = p;
        s->capacity = capacity;
        return 0;
}

int qmp_stream_add(QmpStream *s, const char *data, size_t n)
{
        int r;

        if (n == 0)
                return 0;
        compact(s);
        /* Lines that wait to be read count as well: who adds reads them first. */
        if (n > QMP_MESSAGE_MAX || s->len > QMP_MESSAGE_MAX - n)
                return -EMSGSIZE;
        r = make_room(s, n);
        if (r < 0)
                return r;
        memcpy(s->data + s->len, data, n);
        s->len += n;
        return 0;
}

/* The next line that is not blank, which is taken. False: none is whole. */
static bool take_line(QmpStream *s, const char **ret, size_t *ret_n)
{
        for (;;) {
                const char *end = NULL, *line;

                if (s->len > s->scanned)
                        end = memchr(s->data + s->scanned, '\n', s->len - s->scanned);
                if (!end) {
                        s->scanned = s->len;
                        return false;
                }
                line = s->data + s->start;
                s->start = s->scanned = (size_t)(end - s->data) + 1;
                while (line < end && strchr(" \t\r", *line) && *line)
                        line++;
                if (line == end)
                        continue;
                *ret = line;
                *ret_n = (size_t)(end - line);
                return true;
        }
}

static bool understand_greeting(QmpMessage *m, json_t *value)
{
        return json_is_object(value);
}

static bool understand_return(QmpMessage *m, json_t *value)
{
        m->value = value;
        return true;
}

static bool understand_error(QmpMessage *m, json_t *value)
{
        m->text = json_string_value(json_object_get(value, "desc"));
        return m->text;
}

static bool understand_event(QmpMessage *m, json_t *value)
{
        m->text = json_string_value(value);
        m->value = json_object_get(m->whole, "data");
        return m->text && (!m->value || json_is_object(m->value));
}

static const struct {
        const char *key;
        bool (*understand)(QmpMessage *m, json_t *value);
} kinds[] = {
        [QMP_GREETING] = { "QMP",    understand_greeting },
        [QMP_RETURN] = { "return", understand_return   },
        [QMP_ERROR] = { "error",  understand_error    },
        [QMP_EVENT] = { "event",  understand_event    },
};

static bool understand(QmpMessage *m)
{
        json_t *id = json_object_get(m->whole, "id");

        m->has_id = json_is_integer(id) && json_integer_value(id) >= 0;
        m->id = m->has_id ? (uint64_t)json_integer_value(id) : 0;
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
                json_t *value = json_object_get(m->whole, kinds[i].key);

                if (!value)
                        continue;
                m->kind = (QmpKind)i;
                return kinds[i].understand(m, value);
        }
        return false;
}

int qmp_stream_next(QmpStream *s, QmpMessage *ret)
{
        _cleanup_qmp_message_ QmpMessage m = {};
        json_error_t error;
        const char *line;
        size_t n;

        if (!take_line(s, &line, &n))
                return 0;
        m.whole = json_loadb(line, n, 0, &error);
        if (!m.whole)
                return json_error_code(&error) == json_error_out_of_memory ? -ENOMEM : -EBADMSG;
        if (!understand(&m))
                return -EBADMSG;
        *ret = m;
        m = (QmpMessage){};
        return 1;
}
