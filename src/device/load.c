// SPDX-License-Identifier: LGPL-2.1-or-later
#include "device/load.h"

#include "util/command.h"

#define BIND_PROGRAM GPUHOST_PKGLIBDIR "/gpuhost-bind"

enum { LOAD_TIMEOUT = 60 * 1000 * 1000 };

int driver_load_apart(const char *driver, StrBuf *why)
{
        _cleanup_free_ char *option = format_string("--load=%s", driver);
        _cleanup_str_list_ StrList argv = {};
        _cleanup_str_buf_ StrBuf output = {};
        int status = 0, r = option ? str_list_add(&argv, BIND_PROGRAM) : -ENOMEM;

        if (r >= 0)
                r = str_list_add(&argv, option);
        if (r >= 0)
                r = command_run(&argv, LOAD_TIMEOUT, &output, &status);
        if (r < 0)
                str_buf_add(why, strerror(-r));
        else if (status != 0)
                str_buf_add(why, output.data ? strstrip(output.data) : "");
        return r < 0 ? r : status ? -EIO : 0;
}
