// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/verb.h"
#include "util/fd.h"

/* A file that is there is replaced whole or not at all. */
static int write_file(const char *path, const StrBuf *text)
{
        _cleanup_free_ char *temporary = format_string("%s.XXXXXX", path);
        _cleanup_close_ int fd = -EBADF;
        mode_t mask;
        int r;

        if (!temporary)
                return -ENOMEM;
        fd = mkostemp(temporary, O_CLOEXEC);
        if (fd < 0)
                return -errno;
        mask = umask(0);
        (void)umask(mask);
        r = write_all(fd, str_buf_get(text), text->len);
        if (r >= 0 && fchmod(fd, 0666 & ~mask) < 0)
                r = -errno;
        if (r >= 0 && rename(temporary, path) < 0)
                r = -errno;
        if (r < 0)
                (void)unlink(temporary);
        return r;
}

int verb_capture(Session *s, StrBuf *out)
{
        const char *path = s->arguments->n_words > 0 ? s->arguments->words[0] : "-";
        int r;

        if (s->arguments->json != JSON_OFF) {
                Json *object = json_map();

                json_put(&object, "capture", json_text(str_buf_get(&s->capture)));
                json_print(object, (JsonMode)s->arguments->json, out);
        } else
                str_buf_add_n(out, str_buf_get(&s->capture), s->capture.len);
        if (streq(path, "-") || out->failed)
                return STATUS_DONE;
        r = write_file(path, out);
        str_buf_done(out);
        if (r < 0)
                session_error(s, "cannot write %s: %s", path, strerror(-r));
        return r;
}
