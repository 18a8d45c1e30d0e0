// The floor: what the kernel alone needs for a container's life on this host, without a runtime, a JSON parser or an engine around it.
//
// It does the same kernel work as ContainerPS does for a container of the default profile (network none): cgroup directories and limits,
// FIFOs, a detached monitor process, the namespaces, an overlay root, Docker's default mounts, devices, masked and read-only paths,
// capabilities, the same seccomp program, exec, exit record, clean-up. It forks from its own small image, which is cheaper than any
// start of a second executable, so nothing that spawns a shim can be faster than this by construction.
//
// Protocol (stdin/stdout, one line each): "start" | "life" | "exec" | "quit" -> "NANOSECONDS START NANOSECONDS" or "error: text".
//   start  the time from the request to a successful execve of `pause`-like command in the container; the container is then killed and cleaned outside the clock
//   life   cgroups and directories made, started, exit seen, everything removed: all inside the clock
//   exec   a process in the namespaces and cgroup of a standing container that was made when first asked for
//   run	PROGRAM	ARGUMENT...   (tabs between) starts a program with its output thrown away and waits for it: how peers' executables are timed
// Configuration comes as NAME=VALUE arguments, see parse().
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_CONTROLLERS = 16, MAX_LIMITS = 32, FIRST_DROPPED_CAPABILITY = 0, LAST_CAPABILITY = 40 };

static char *root = "/tmp/containerps-floor";   // durable directory: upper, work, files of the container
static char *run_root = "/tmp/containerps-floor-run"; // FIFOs, state
static char *lower;                              // lowerdir list, top first, ':' between
static char *seccomp_file;                       // raw struct sock_filter[]
static char *command = "/bin/true";
static char *controllers[MAX_CONTROLLERS];       // directory under which the container's cgroup is made, one a v1 hierarchy; v2: one
static int controller_count;
static char *limits[MAX_LIMITS];                 // "CONTROLLER_INDEX/FILE=VALUE"
static int limit_count;
static char *hierarchies[MAX_CONTROLLERS];       // v1: names of the hierarchies that are mounted below /sys/fs/cgroup inside
static int hierarchy_count;
static int cgroup_v2;
static int durable;                              // 1: definition and exit record are synced, as for a container that stays
static struct sock_fprog seccomp;
static unsigned seccomp_flags;
static unsigned long long keep_capabilities = 0xa80425fbULL; // Docker's default set

struct container {
    char id[32];
    char directory[256], run_directory[256];
    pid_t pid;
    int pidfd, status;                           // status: socket to the monitor
};

static int serial;
static int report = 1; // where errors go: the original standard output, also from the monitor and the container

static pid_t self; // the process that is asked; not its monitors and containers
static void kill_standing(void);

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000ULL + (uint64_t)t.tv_nsec;
}

static void die(const char *format, ...) {
    va_list list;
    int code = errno;
    va_start(list, format);
    dprintf(report, "error: ");
    vdprintf(report, format, list);
    dprintf(report, ": %s\n", strerror(code));
    if (getpid() == self) kill_standing();
    _exit(1);
}

static void write_text(const char *path, const char *text, int flags) {
    int fd = open(path, flags | O_CLOEXEC, 0644);
    if (fd < 0) die("open %s", path);
    if (write(fd, text, strlen(text)) < 0) die("write %s to %s", text, path);
    close(fd);
}

static void format_path(char *to, size_t size, const char *format, ...) {
    va_list list;
    va_start(list, format);
    if (vsnprintf(to, size, format, list) >= (int)size) die("path too long");
    va_end(list);
}

// ---- what the engine does before it starts the shim ----

static void make_cgroups(struct container *c) {
    char path[512];
    for (int i = 0; i < controller_count; i++) {
        format_path(path, sizeof path, "%s/%s", controllers[i], c->id);
        if (mkdir(path, 0755) < 0 && errno != EEXIST) die("mkdir %s", path);
    }
    for (int i = 0; i < limit_count; i++) {
        char file[128], *equals = strchr(limits[i], '=');
        snprintf(file, sizeof file, "%.*s", (int)(equals - limits[i]), limits[i]);
        int index = atoi(file);
        format_path(path, sizeof path, "%s/%s/%s", controllers[index], c->id, strchr(file, '/') + 1);
        write_text(path, equals + 1, O_WRONLY);
    }
}

static void synced_file(const char *directory, const char *name, const char *text) {
    char temporary[512], path[512];
    format_path(temporary, sizeof temporary, "%s/.%s.tmp", directory, name);
    format_path(path, sizeof path, "%s/%s", directory, name);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, text, strlen(text)) < 0) die("write %s", temporary);
    if (durable && fsync(fd) < 0) die("fsync %s", temporary);
    close(fd);
    if (rename(temporary, path) < 0) die("rename %s", path);
    if (!durable) return;
    fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) < 0) die("fsync %s", directory);
    close(fd);
}

static void make_directories(struct container *c) {
    static const char *const parts[] = { "", "/upper", "/work", "/log" };
    static const char *const fifos[] = { "stdout", "stderr" };
    static const char *const files[] = { "hosts", "hostname", "resolv.conf" };
    char path[512], text[8192];
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        format_path(path, sizeof path, "%s%s", c->directory, parts[i]);
        if (mkdir(path, 0755) < 0) die("mkdir %s", path);
    }
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    synced_file(c->directory, "container.json", text);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        format_path(path, sizeof path, "%s/%s", c->directory, files[i]);
        write_text(path, "127.0.0.1 localhost\n", O_WRONLY | O_CREAT);
    }
    if (mkdir(c->run_directory, 0700) < 0) die("mkdir %s", c->run_directory);
    for (size_t i = 0; i < sizeof fifos / sizeof *fifos; i++) {
        format_path(path, sizeof path, "%s/%s", c->run_directory, fifos[i]);
        if (mkfifo(path, 0600) < 0) die("mkfifo %s", path);
    }
    format_path(path, sizeof path, "%s/names", root);
    mkdir(path, 0755);
    format_path(path, sizeof path, "%s/names/%s", root, c->id);
    if (symlink(c->id, path) < 0) die("symlink %s", path);
}

// ---- what the child does between clone and exec ----

static void join_cgroups_v1(const struct container *c) {
    char path[512];
    for (int i = 0; i < controller_count; i++) {
        format_path(path, sizeof path, "%s/%s/tasks", controllers[i], c->id);
        write_text(path, "0", O_WRONLY);
    }
    if (unshare(CLONE_NEWCGROUP) < 0) die("unshare cgroup");
}

static void mount_overlay(const struct container *c, const char *target) {
    char options[4096];
    format_path(options, sizeof options, "lowerdir=%s,upperdir=%s/upper,workdir=%s/work,metacopy=off,redirect_dir=off%s",
        lower, c->directory, c->directory, durable ? "" : ",volatile");
    if (mount("overlay", target, "overlay", 0, options) < 0) die("mount overlay %s", options);
}

static void mount_at(const char *type, const char *path, unsigned long flags, const char *data) {
    if (mkdir(path, 0755) < 0 && errno != EEXIST) die("mkdir %s", path);
    if (mount(type, path, type, flags, data) < 0) die("mount %s on %s", type, path);
}

static void mount_cgroups(void) {
    const unsigned long safe = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    char path[128];
    if (cgroup_v2) { mount_at("cgroup2", "sys/fs/cgroup", safe | MS_RDONLY, NULL); return; }
    if (mount("tmpfs", "sys/fs/cgroup", "tmpfs", safe, "mode=755") < 0) die("mount tmpfs on sys/fs/cgroup");
    for (int i = 0; i < hierarchy_count; i++) {
        format_path(path, sizeof path, "sys/fs/cgroup/%s", hierarchies[i]);
        if (mkdir(path, 0755) < 0 || mount("cgroup", path, "cgroup", safe | MS_RDONLY, hierarchies[i]) < 0) die("mount cgroup on %s", path);
    }
    if (mount(NULL, "sys/fs/cgroup", NULL, safe | MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) < 0) die("remount sys/fs/cgroup");
}

static void bind_file(const char *from, const char *to) {
    int fd = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) die("create %s", to);
    close(fd);
    if (mount(from, to, NULL, MS_BIND | MS_REC, NULL) < 0) die("bind %s on %s", from, to);
}

static void make_mounts(const struct container *c) {
    const unsigned long safe = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    char path[512];
    mount_at("proc", "proc", safe, NULL);
    write_text("proc/sys/net/ipv4/ip_unprivileged_port_start", "0", O_WRONLY);
    write_text("proc/sys/net/ipv4/ping_group_range", "0 2147483647", O_WRONLY);
    mount_at("tmpfs", "dev", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k");
    mount_at("devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5");
    mount_at("sysfs", "sys", safe | MS_RDONLY, NULL);
    mount_cgroups();
    mount_at("mqueue", "dev/mqueue", safe, NULL);
    mount_at("tmpfs", "dev/shm", safe, "mode=1777,size=65536k");
    mkdir("etc", 0755);
    static const char *const files[] = { "hosts", "hostname", "resolv.conf" };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char to[64];
        format_path(path, sizeof path, "%s/%s", c->directory, files[i]);
        format_path(to, sizeof to, "etc/%s", files[i]);
        bind_file(path, to);
    }
}

static void make_devices(void) {
    static const struct { const char *name; int major, minor; } nodes[] = {
        { "null", 1, 3 }, { "zero", 1, 5 }, { "full", 1, 7 }, { "random", 1, 8 }, { "urandom", 1, 9 }, { "tty", 5, 0 } };
    static const char *const links[][2] = {
        { "/proc/self/fd", "fd" }, { "/proc/self/fd/0", "stdin" }, { "/proc/self/fd/1", "stdout" }, { "/proc/self/fd/2", "stderr" },
        { "pts/ptmx", "ptmx" } };
    char path[64];
    mode_t mask = umask(0);
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
        format_path(path, sizeof path, "dev/%s", nodes[i].name);
        if (mknod(path, S_IFCHR | 0666, makedev((unsigned)nodes[i].major, (unsigned)nodes[i].minor)) < 0) die("mknod %s", path);
    }
    umask(mask);
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        format_path(path, sizeof path, "dev/%s", links[i][1]);
        if (symlink(links[i][0], path) < 0) die("symlink %s", path);
    }
}

static void protect_paths(void) {
    static const char *const masked[] = { "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
        "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware" };
    static const char *const read_only[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger" };
    struct stat s;
    for (size_t i = 0; i < sizeof masked / sizeof *masked; i++) {
        if (stat(masked[i], &s) < 0) continue;
        int done = S_ISDIR(s.st_mode) ? mount("tmpfs", masked[i], "tmpfs", MS_RDONLY, "size=0k") : mount("/dev/null", masked[i], NULL, MS_BIND, NULL);
        if (done < 0) die("mask %s", masked[i]);
    }
    for (size_t i = 0; i < sizeof read_only / sizeof *read_only; i++) {
        if (mount(read_only[i], read_only[i], NULL, MS_BIND | MS_REC, NULL) < 0) { if (errno == ENOENT) continue; die("bind %s", read_only[i]); }
        if (mount(NULL, read_only[i], NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0) die("remount %s", read_only[i]);
    }
}

static void loopback_up(void) {
    struct ifreq request = { 0 };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    strcpy(request.ifr_name, "lo");
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0) die("loopback up");
    close(fd);
}

static void drop_privileges(void) {
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct data[2] = { { 0 } };
    unsigned long long held;
    if (syscall(SYS_capget, &header, data) < 0) die("capget");
    held = data[0].permitted | (unsigned long long)data[1].permitted << 32;
    for (int i = FIRST_DROPPED_CAPABILITY; i <= LAST_CAPABILITY; i++)
        if (!(keep_capabilities >> i & 1) && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0 && errno != EINVAL) die("drop capability %d", i);
    if (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0) die("set ids");
    for (int i = 0; i < 2; i++) {
        unsigned set = (unsigned)((keep_capabilities & held) >> (32 * i));
        data[i].effective = data[i].permitted = set;
        data[i].inheritable = 0;
    }
    if (seccomp.len && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, seccomp_flags, &seccomp) < 0) die("seccomp");
    if (syscall(SYS_capset, &header, data) < 0) die("capset");
}

static void open_stdio(const struct container *c) {
    static const char *const names[] = { "stdout", "stderr" };
    char path[512];
    int null = open("/dev/null", O_RDONLY);
    if (null < 0 || dup2(null, 0) < 0) die("stdin");
    for (int i = 0; i < 2; i++) {
        format_path(path, sizeof path, "%s/%s", c->run_directory, names[i]);
        int fd = open(path, O_RDWR);
        if (fd < 0 || dup2(fd, i + 1) < 0) die("open %s", path);
        close(fd);
    }
    if (null > 2) close(null);
}

static void become_container(const struct container *c, char *const argv[], int error_pipe) {
    char target[512];
    sigset_t none;
    sigemptyset(&none);
    if (!cgroup_v2) join_cgroups_v1(c);
    open_stdio(c);
    if (setsid() < 0) die("setsid");
    if (sethostname(c->id, strlen(c->id)) < 0) die("sethostname");
    loopback_up();
    if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0) die("propagation");
    format_path(target, sizeof target, "%s/work", c->directory);
    mount_overlay(c, target);
    if (chdir(target) < 0) die("chdir %s", target);
    make_mounts(c);
    make_devices();
    if (syscall(SYS_pivot_root, ".", ".") < 0) die("pivot_root");
    if (umount2(".", MNT_DETACH) < 0) die("detach the old root");
    if (chdir("/") < 0) die("chdir /");
    protect_paths();
    syscall(SYS_keyctl, 1 /* KEYCTL_JOIN_SESSION_KEYRING */, c->id);
    drop_privileges();
    sigprocmask(SIG_SETMASK, &none, NULL);
    syscall(SYS_close_range, 3, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */);
    char *environment[] = { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", NULL };
    execve(argv[0], argv, environment);
    int code = errno;
    if (write(error_pipe, &code, sizeof code) < 0) _exit(1);
    _exit(127);
}

// ---- the monitor ----

static pid_t clone_container(const struct container *c, int *pidfd) {
    char path[512];
    struct clone_args arguments = { .flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_PIDFD,
        .pidfd = (uint64_t)(uintptr_t)pidfd, .exit_signal = SIGCHLD };
    if (cgroup_v2) {
        format_path(path, sizeof path, "%s/%s", controllers[0], c->id);
        int fd = open(path, O_PATH | O_CLOEXEC | O_DIRECTORY);
        if (fd < 0) die("open %s", path);
        arguments.flags |= CLONE_INTO_CGROUP | CLONE_NEWCGROUP;
        arguments.cgroup = (uint64_t)fd;
    }
    return (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
}

static void append_record(const char *directory, const char *name, const char *text, int sync) {
    char path[512];
    format_path(path, sizeof path, "%s/%s", directory, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, text, strlen(text)) < 0) die("append to %s", path);
    if (sync && fdatasync(fd) < 0) die("fdatasync %s", path);
    close(fd);
}

static void monitor(struct container *c, char *const argv[], int status) {
    int errors[2], code = 0, out[2];
    static const char *const fifos[] = { "stdout", "stderr" };
    char path[512], record[256];
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    prctl(PR_SET_NAME, "floor-monitor", 0, 0, 0);
    setsid();
    if (chdir("/") < 0) die("chdir /");
    int null = open("/dev/null", O_RDWR);
    for (int i = 0; i < 3; i++) dup2(null, i);
    close(null);
    for (int i = 0; i < 2; i++) {
        format_path(path, sizeof path, "%s/%s", c->run_directory, fifos[i]);
        out[i] = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        if (out[i] < 0) die("open %s", path);
    }
    format_path(path, sizeof path, "%s/monitor.lock", c->run_directory);
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0 || pipe2(errors, O_CLOEXEC) < 0) die("lock, pipe");
    struct flock whole = { .l_type = F_WRLCK };
    fcntl(lock, F_OFD_SETLK, &whole);
    c->pid = clone_container(c, &c->pidfd);
    if (c->pid < 0) die("clone3");
    if (c->pid == 0) become_container(c, argv, errors[1]);
    close(errors[1]);
    if (read(errors[0], &code, sizeof code) == sizeof code) c->pid = -code;
    snprintf(record, sizeof record, "{\"event\":\"running\",\"run\":1,\"pid\":%d}\n", c->pid);
    append_record(c->run_directory, "state", record, 0);
    if (write(status, &c->pid, sizeof c->pid) < 0) _exit(1);
    struct pollfd wait[] = { { c->pidfd, POLLIN, 0 }, { out[0], POLLIN, 0 }, { out[1], POLLIN, 0 } };
    for (;;) {
        if (poll(wait, 3, -1) < 0) _exit(1);
        for (int i = 1; i < 3; i++) if (wait[i].revents) { char drop[4096]; if (read(out[i - 1], drop, sizeof drop) <= 0) wait[i].fd = -1; }
        if (wait[0].revents) break;
    }
    siginfo_t information;
    waitid(P_PIDFD, (id_t)c->pidfd, &information, WEXITED);
    snprintf(record, sizeof record, "{\"event\":\"exited\",\"run\":1,\"code\":%d}\n", information.si_status);
    if (durable) append_record(c->directory, "exits", record, 1);
    append_record(c->run_directory, "state", record, 0);
    if (write(status, &information.si_status, sizeof information.si_status) < 0) _exit(1);
    _exit(0);
}

static void start(struct container *c, char *const argv[]) {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) die("socketpair");
    pid_t first = fork();
    if (first < 0) die("fork");
    if (first == 0) {
        pid_t second = fork();
        if (second == 0) { close(pair[0]); monitor(c, argv, pair[1]); }
        _exit(second < 0);
    }
    close(pair[1]);
    c->status = pair[0];
    int state;
    waitpid(first, &state, 0);
    if (read(c->status, &c->pid, sizeof c->pid) != sizeof c->pid || c->pid <= 0) die("container did not start (%d)", c->pid);
}

static int wait_exit(struct container *c) {
    int code = -1;
    if (read(c->status, &code, sizeof code) != sizeof code) die("no exit record");
    close(c->status);
    return code;
}

// ---- removal ----

// What is there is not known (the container may have written): the directory is walked, by descriptors.
static void empty_directory(int fd) {
    char entries[4096];
    for (long length; (length = syscall(SYS_getdents64, fd, entries, sizeof entries)) > 0; )
        for (long at = 0; at < length; ) {
            struct { uint64_t inode, offset; unsigned short length; unsigned char type; char name[]; } *entry = (void *)(entries + at);
            at += entry->length;
            if (!strcmp(entry->name, ".") || !strcmp(entry->name, "..")) continue;
            if (entry->type == 4 /* DT_DIR */) {
                int inner = openat(fd, entry->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                if (inner < 0) die("open %s", entry->name);
                empty_directory(inner);
                close(inner);
                if (unlinkat(fd, entry->name, AT_REMOVEDIR) < 0) die("rmdir %s", entry->name);
            }
            else if (unlinkat(fd, entry->name, 0) < 0) die("unlink %s", entry->name);
        }
}

static void remove_tree(const char *path) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) die("open %s", path);
    empty_directory(fd);
    close(fd);
    if (rmdir(path) < 0) die("rmdir %s", path);
}

static void remove_container(struct container *c) {
    static const char *const run_files[] = { "stdout", "stderr", "state", "monitor.lock" };
    char path[512];
    for (int i = 0; i < controller_count; i++) {
        format_path(path, sizeof path, "%s/%s", controllers[i], c->id);
        while (rmdir(path) < 0) { if (errno != EBUSY) die("rmdir %s", path); struct timespec t = { 0, 200000 }; nanosleep(&t, NULL); }
    }
    for (size_t i = 0; i < sizeof run_files / sizeof *run_files; i++) { format_path(path, sizeof path, "%s/%s", c->run_directory, run_files[i]); unlink(path); }
    if (rmdir(c->run_directory) < 0) die("rmdir %s", c->run_directory);
    format_path(path, sizeof path, "%s/names/%s", root, c->id);
    unlink(path);
    remove_tree(c->directory);
}

static void define(struct container *c) {
    memset(c, 0, sizeof *c);
    snprintf(c->id, sizeof c->id, "floor-%d-%d", getpid(), serial++);
    format_path(c->directory, sizeof c->directory, "%s/%s", root, c->id);
    format_path(c->run_directory, sizeof c->run_directory, "%s/%s", run_root, c->id);
    make_directories(c);
}

// ---- the three measurements ----

static uint64_t life(void) {
    struct container c;
    char *argv[] = { command, NULL };
    uint64_t begun = now();
    define(&c);
    make_cgroups(&c);
    start(&c, argv);
    int code = wait_exit(&c);
    remove_container(&c);
    uint64_t took = now() - begun;
    if (code) { errno = 0; die("%s ended with %d", command, code); }
    return took;
}

static uint64_t start_only(void) {
    struct container c;
    char *argv[] = { "/bin/sleep", "1000", NULL };
    define(&c);
    uint64_t begun = now();
    make_cgroups(&c);
    start(&c, argv);
    uint64_t ended = now();
    kill(c.pid, SIGKILL);
    wait_exit(&c);
    remove_container(&c);
    return ended - begun;
}

static struct container standing;

static int tasks[MAX_CONTROLLERS]; // v1: opened before the mount namespace is joined, where their paths do not exist

static void exec_child(void) {
    for (int i = 0; !cgroup_v2 && i < controller_count; i++)
        if (write(tasks[i], "0", 1) < 0) die("join cgroup %d", i);
    drop_privileges();
    syscall(SYS_close_range, 3, ~0U, 4);
    char *argv[] = { command, NULL }, *environment[] = { NULL };
    execve(command, argv, environment);
    _exit(127);
}

static uint64_t exec_one(void) {
    if (!standing.id[0]) { char *argv[] = { "/bin/sleep", "100000", NULL }; define(&standing); make_cgroups(&standing); start(&standing, argv); }
    int out[2], error[2], state;
    uint64_t begun = now();
    if (pipe2(out, O_CLOEXEC) < 0 || pipe2(error, O_CLOEXEC) < 0) die("pipe2");
    int pidfd = (int)syscall(SYS_pidfd_open, standing.pid, 0);
    pid_t helper = fork();
    if (helper == 0) {
        dup2(out[1], 1);
        dup2(error[1], 2);
        for (int i = 0; !cgroup_v2 && i < controller_count; i++) {
            char path[512];
            format_path(path, sizeof path, "%s/%s/tasks", controllers[i], standing.id);
            if ((tasks[i] = open(path, O_WRONLY | O_CLOEXEC)) < 0) die("open %s", path);
        }
        // The pid namespace is for the child only, so one more process is cloned, as every runtime does.
        if (setns(pidfd, CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP) < 0) _exit(125);
        pid_t inner = fork();
        if (inner == 0) exec_child();
        if (waitpid(inner, &state, 0) < 0) _exit(125);
        _exit(WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state));
    }
    close(out[1]);
    close(error[1]);
    char drop[4096];
    while (read(out[0], drop, sizeof drop) > 0) { }
    while (read(error[0], drop, sizeof drop) > 0) { }
    waitpid(helper, &state, 0);
    uint64_t took = now() - begun;
    close(out[0]);
    close(error[0]);
    close(pidfd);
    if (!WIFEXITED(state) || WEXITSTATUS(state)) { errno = 0; die("exec ended with %x", state); }
    return took;
}

static void kill_standing(void) {
    if (standing.pid > 0) kill(standing.pid, SIGKILL);
}

static uint64_t run_program(char *words) {
    char *argv[64];
    int count = 0, state;
    words[strcspn(words, "\n")] = 0;
    for (char *word = strtok(words, "\t"); word && count < 63; word = strtok(NULL, "\t")) argv[count++] = word;
    argv[count] = NULL;
    uint64_t begun = now();
    pid_t pid = vfork();
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, 0);
        dup2(null, 1);
        dup2(null, 2);
        execvp(argv[0], argv);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &state, 0) < 0) die("run %s", argv[0]);
    uint64_t took = now() - begun;
    if (!WIFEXITED(state) || WEXITSTATUS(state)) { errno = 0; die("%s ended with status %x", argv[0], state); }
    return took;
}

static void finish(void) {
    if (!standing.id[0]) return;
    kill_standing();
    wait_exit(&standing);
    remove_container(&standing);
}

static void load_seccomp(void) {
    struct stat s;
    int fd = open(seccomp_file, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &s) < 0) die("open %s", seccomp_file);
    seccomp.filter = malloc((size_t)s.st_size);
    seccomp.len = (unsigned short)((size_t)s.st_size / sizeof(struct sock_filter));
    if (read(fd, seccomp.filter, (size_t)s.st_size) != s.st_size) die("read %s", seccomp_file);
    close(fd);
}

static void parse(char *argument) {
    char *value = strchr(argument, '=');
    if (!value) die("NAME=VALUE expected, not %s", argument);
    *value++ = 0;
    if (!strcmp(argument, "root")) root = value;
    else if (!strcmp(argument, "run")) run_root = value;
    else if (!strcmp(argument, "lower")) lower = value;
    else if (!strcmp(argument, "seccomp")) seccomp_file = value;
    else if (!strcmp(argument, "seccomp_flags")) seccomp_flags = (unsigned)atoi(value);
    else if (!strcmp(argument, "command")) command = value;
    else if (!strcmp(argument, "cgroup") && controller_count < MAX_CONTROLLERS) controllers[controller_count++] = value;
    else if (!strcmp(argument, "hierarchy") && hierarchy_count < MAX_CONTROLLERS) hierarchies[hierarchy_count++] = value;
    else if (!strcmp(argument, "limit") && limit_count < MAX_LIMITS) limits[limit_count++] = value;
    else if (!strcmp(argument, "v2")) cgroup_v2 = atoi(value);
    else if (!strcmp(argument, "durable")) durable = atoi(value);
    else { errno = EINVAL; die("unknown argument %s", argument); }
}

int main(int argc, char **argv) {
    char line[4096];
    for (int i = 1; i < argc; i++) parse(argv[i]);
    if (!lower) { errno = EINVAL; die("lower= is missing"); }
    if (seccomp_file) load_seccomp();
    self = getpid();
    report = fcntl(1, F_DUPFD_CLOEXEC, 100);
    mkdir(root, 0755);
    mkdir(run_root, 0700);
    while (fgets(line, sizeof line, stdin)) {
        uint64_t took;
        if (!strcmp(line, "life\n")) took = life();
        else if (!strcmp(line, "start\n")) took = start_only();
        else if (!strcmp(line, "exec\n")) took = exec_one();
        else if (!strncmp(line, "run\t", 4)) took = run_program(line + 4);
        else break;
        printf("%llu\n", (unsigned long long)took);
        fflush(stdout);
    }
    finish();
    return 0;
}
