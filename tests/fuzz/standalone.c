// SPDX-License-Identifier: LGPL-2.1-or-later
/* Replays corpora through a fuzzer where libFuzzer is missing (gcc). Takes the same arguments:
 * files and folders; options are libFuzzer's and mean nothing here. */
#include <sys/stat.h>

#include "fuzz.h"

static void run_file(const char *path)
{
        _cleanup_fclose_ FILE *f = fopen(path, "re");
        _cleanup_free_ uint8_t *data = NULL;
        struct stat st;

        HOLDS(f && fstat(fileno(f), &st) == 0);
        data = malloc((size_t)st.st_size + 1);
        HOLDS(data);
        HOLDS(fread(data, 1, (size_t)st.st_size, f) == (size_t)st.st_size);
        /* Of exactly the input's size, for ASan. */
        uint8_t *exact = realloc(data, st.st_size > 0 ? (size_t)st.st_size : 1);
        HOLDS(exact);
        data = exact;
        (void)LLVMFuzzerTestOneInput(data, (size_t)st.st_size);
}

static unsigned run_folder(const char *path)
{
        _cleanup_closedir_ DIR *dir = opendir(path);
        unsigned n = 0;

        if (!dir) {
                run_file(path);
                return 1;
        }
        for (struct dirent *entry; (entry = readdir(dir));) {
                _cleanup_free_ char *file = NULL;

                if (entry->d_name[0] == '.')
                        continue;
                HOLDS(asprintf(&file, "%s/%s", path, entry->d_name) >= 0);
                run_file(file);
                n++;
        }
        return n;
}

int main(int argc, char *argv[])
{
        unsigned n = 0;

        for (int i = 1; i < argc; i++)
                if (argv[i][0] != '-')
                        n += run_folder(argv[i]);
        printf("%u inputs\n", n);
        return n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
