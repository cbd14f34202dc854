// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * lab-agent: runs what the driver sends through a virtio-serial port, any number at a time.
 *
 *   to us:   run ID COMMAND-BYTES INPUT-BYTES\n, the command for sh -c, its standard input
 *   from us: hello BOOT-ID\n once, then for each: done ID STATUS OUT-BYTES ERR-BYTES\n, both outputs
 *
 * Static and started before sysinit.target, so that it answers on a system that is half broken.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define PORT_NAME "lab.agent\n"
#define PORTS     "/sys/class/virtio-ports"

enum { MAX_JOBS = 256 };
static struct job {
        pid_t pid;
        unsigned long id;
        int out, err;
} jobs[MAX_JOBS];

static int open_port_now(void)
{
        DIR *d = opendir(PORTS);
        struct dirent *de;
        int fd = -1;

        while (d && fd < 0 && (de = readdir(d))) {
                char path[600], name[sizeof(PORT_NAME)] = "";
                FILE *f;

                snprintf(path, sizeof(path), PORTS "/%s/name", de->d_name);
                f = fopen(path, "re");
                if (!f)
                        continue;
                if (fgets(name, sizeof(name), f) && strcmp(name, PORT_NAME) == 0) {
                        snprintf(path, sizeof(path), "/dev/%s", de->d_name);
                        fd = open(path, O_RDWR | O_CLOEXEC);
                }
                fclose(f);
        }
        if (d)
                closedir(d);
        return fd;
}

/* The driver may still have to be loaded: then the node's appearance wakes us. */
static int open_port(void)
{
        char buf[4096];
        int watch = inotify_init1(IN_CLOEXEC), fd;

        if (watch < 0 || inotify_add_watch(watch, "/dev", IN_CREATE | IN_ATTRIB) < 0)
                err(1, "inotify on /dev");
        while ((fd = open_port_now()) < 0)
                if (read(watch, buf, sizeof(buf)) < 0)
                        err(1, "inotify");
        close(watch);
        return fd;
}

static void read_all(int fd, char *buf, size_t len)
{
        while (len > 0) {
                ssize_t n = read(fd, buf, len);

                if (n <= 0)
                        errx(1, "the host let go of the port");
                buf += n, len -= n;
        }
}

static void write_all(int fd, const char *buf, size_t len)
{
        while (len > 0) {
                ssize_t n = write(fd, buf, len);

                if (n < 0)
                        err(1, "write to port");
                buf += n, len -= n;
        }
}

static int memory_file(void)
{
        int fd = memfd_create("lab", MFD_CLOEXEC);

        if (fd < 0)
                err(1, "memfd_create");
        return fd;
}

static void send_file(int port, int fd, off_t size)
{
        char buf[65536];

        for (off_t at = 0; at < size;) {
                ssize_t n = pread(fd, buf, size - at < (off_t)sizeof(buf) ? size - at : sizeof(buf),
                                  at);

                if (n <= 0)
                        memset(buf, 0,
                               n = size - at < (off_t)sizeof(buf) ? size - at : sizeof(buf));
                write_all(port, buf, n);
                at += n;
        }
}

static void start(const char *command, int in, unsigned long id)
{
        struct job *j = jobs;
        sigset_t none;

        while (j < jobs + MAX_JOBS && j->pid)
                j++;
        if (j == jobs + MAX_JOBS)
                errx(1, "too many commands at once");
        *j = (struct job){ .id = id, .out = memory_file(), .err = memory_file() };
        j->pid = fork();
        if (j->pid < 0)
                err(1, "fork");
        if (j->pid > 0)
                return;
        setsid();
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        if (dup2(in, 0) < 0 || dup2(j->out, 1) < 0 || dup2(j->err, 2) < 0)
                _exit(127);
        execl("/bin/sh", "sh", "-c", command, NULL);
        _exit(127);
}

static void request(int port)
{
        char line[128];
        size_t n = 0, command_len, input_len;
        unsigned long id;
        char *command, *input;
        int in;

        do
                read_all(port, line + n, 1);
        while (line[n++] != '\n' && n < sizeof(line) - 1);
        line[n] = '\0';
        if (sscanf(line, "run %lu %zu %zu", &id, &command_len, &input_len) != 3)
                errx(1, "not a request: %s", line);
        command = calloc(1, command_len + 1);
        input = malloc(input_len + 1);
        if (!command || !input)
                errx(1, "a request of %zu and %zu bytes is too big", command_len, input_len);
        read_all(port, command, command_len);
        read_all(port, input, input_len);
        in = memory_file();
        write_all(in, input, input_len);
        if (lseek(in, 0, SEEK_SET) < 0)
                err(1, "lseek");
        start(command, in, id);
        close(in);
        free(command);
        free(input);
}

static void finish(int port, struct job *j, int status)
{
        off_t out = lseek(j->out, 0, SEEK_END), err = lseek(j->err, 0, SEEK_END);

        dprintf(port, "done %lu %d %lld %lld\n", j->id,
                WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status), (long long)out,
                (long long)err);
        send_file(port, j->out, out);
        send_file(port, j->err, err);
        close(j->out);
        close(j->err);
        *j = (struct job){ 0 };
}

static void reap(int port)
{
        pid_t pid;
        int status;

        while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
                for (struct job *j = jobs; j < jobs + MAX_JOBS; j++)
                        if (j->pid == pid)
                                finish(port, j, status);
}

static void hello(int port)
{
        char id[64] = "";
        FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");

        if (!f || !fgets(id, sizeof(id), f))
                err(1, "boot_id");
        fclose(f);
        dprintf(port, "hello %s", id);
}

int main(void)
{
        struct signalfd_siginfo info;
        struct pollfd fds[2] = { { .events = POLLIN }, { .events = POLLIN } };
        sigset_t set;
        int port = open_port(), children;

        sigemptyset(&set);
        sigaddset(&set, SIGCHLD);
        sigprocmask(SIG_BLOCK, &set, NULL);
        children = signalfd(-1, &set, SFD_CLOEXEC);
        if (children < 0)
                err(1, "signalfd");
        hello(port);
        fds[0].fd = port, fds[1].fd = children;
        for (;;) {
                if (poll(fds, 2, -1) < 0)
                        err(1, "poll");
                if (fds[1].revents && read(children, &info, sizeof(info)) > 0)
                        reap(port);
                if (fds[0].revents)
                        request(port);
        }
}
