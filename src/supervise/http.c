// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string.h>

#include "supervise/health.h"

enum { STATUS_LINE = 12 }; /* "HTTP/1.1 200" */

int http_status(const char *text, size_t n)
{
        static const char form[] = "HTTP/1.# ###"; /* #: a digit */

        for (size_t i = 0; i < n && i < STATUS_LINE; i++)
                if (form[i] == '#' ? !ascii_isdigit(text[i]) : form[i] != text[i])
                        return -EBADMSG;
        /* What follows ends the number, be it a space or the line. */
        if (n <= STATUS_LINE)
                return 0;
        if (text[9] == '0' || ascii_isdigit(text[STATUS_LINE]))
                return -EBADMSG;
        return (text[9] - '0') * 100 + (text[10] - '0') * 10 + (text[11] - '0');
}
