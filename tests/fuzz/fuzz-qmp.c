// SPDX-License-Identifier: LGPL-2.1-or-later
/* What QEMU says, in one piece and in many: both are understood alike, up to what is no QMP. */
#include "fuzz.h"
#include "supervise/qmp-stream.h"

/* Adds up what was understood, so that two ways can be compared. */
static int read_messages(QmpStream *s, uint64_t *sum)
{
        for (;;) {
                _cleanup_qmp_message_ QmpMessage m = {};
                int r = qmp_stream_next(s, &m);

                if (r <= 0)
                        return r;
                HOLDS(m.whole);
                HOLDS(m.kind != QMP_EVENT || (m.text && (!m.value || json_is_object(m.value))));
                HOLDS(m.kind != QMP_ERROR || m.text);
                HOLDS(m.kind != QMP_RETURN || m.value);
                *sum = *sum * 31 + (uint64_t)m.kind + m.id * 7 + (m.text ? strlen(m.text) : 0);
        }
}

static int in_pieces(const uint8_t *data, size_t size, size_t piece, uint64_t *sum)
{
        _cleanup_qmp_stream_ QmpStream s = {};
        int r = 0;

        for (size_t i = 0; i < size && r >= 0; i += piece) {
                size_t n = size - i < piece ? size - i : piece;

                r = qmp_stream_add(&s, (const char *)data + i, n);
                if (r >= 0)
                        r = read_messages(&s, sum);
                HOLDS(s.len - s.start <= QMP_MESSAGE_MAX);
        }
        return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        uint64_t whole = 0, pieces = 0;
        int a = in_pieces(data, size, size + 1, &whole), b = in_pieces(data, size, 3, &pieces);

        HOLDS(a == b && whole == pieces);
        return 0;
}
