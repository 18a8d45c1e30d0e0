// The floor: what the kernel alone needs for a container's life on this host, without a runtime, a JSON parser or an engine around it.
//
// It does the same kernel work as ContainerPS does for a container of the default profile (network none): cgroup directories and device rules
// (made beside the clone, as ours are), FIFOs, a detached monitor process, the namespaces, an overlay root, Docker's default mounts, devices,
// masked and read-only paths, capabilities, the same seccomp program, exec, exit record, clean-up. It forks from its own small image, which is
// cheaper than any start of a second executable, so nothing that spawns a shim can be faster than this by construction.
// docs/bench-review.md tells how it was compared with ours, call by call, and what is unequal on purpose.
//
// A removal ends where the engine's does: both directories of the container are renamed into trash directories, name and lock are gone, and
// the trees and the empty cgroups are handed to a deleter that nobody waits for (the engine's is a thread, this one's a process; both delete while the next life begins).
//
// Protocol (stdin/stdout, one line each): "start" | "life" | "exec" | "quit" -> "NANOSECONDS START NANOSECONDS" or "error: text".
//   start  a container that stays (its definition is synced, outside the clock): from the request to a successful execve of a `pause`-like command; it is
//          killed and cleaned outside the clock
//   life   a container that is removed after its run: definition, cgroups, start, exit seen, everything removed, all inside the clock, nothing synced
//   reserve start, reserve life: the same in a series, as the engine has it: the one before has left, made outside of the clock, a detached monitor with a network
//          namespace and, for a life, a writable layer with its overlay; an overlay that is not ready is made beside the clone
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
#include <sys/file.h>
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
static int devices = -1, memory = -1;            // v1: which of them have the device rules and the OOM counter
static char stack[65536] __attribute__((aligned(16))); // of a child that shares this process's memory until it executes
static char *limits[MAX_LIMITS];                 // "CONTROLLER_INDEX/FILE=VALUE"
static int limit_count;
static char *hierarchies[MAX_CONTROLLERS];       // v1: names of the hierarchies that are mounted below /sys/fs/cgroup inside
static int hierarchy_count;
static int cgroup_v2;
static struct sock_fprog seccomp;
static unsigned seccomp_flags;
static unsigned long long keep_capabilities = 0xa80425fbULL; // Docker's default set
static unsigned long long held;                  // what this process has itself

struct container {
    char id[32];
    char directory[256], run_directory[256];
    pid_t pid;
    int pidfd, status;                           // status: socket to the monitor
    int lock;                                    // held while somebody works on the container
    int stays;                                   // definition and exit record are synced; one that is removed after its run needs neither,
                                                 // and all of it but its writable layer lies in the run directory
    int layer_is_ready;                          // it has the spare layer, and that is its overlay
    int root_follows;                            // its process is told by a socket, which brings the overlay; else by a pipe, and it mounts the overlay itself
};

static int home = -1; // in a monitor that was made in reserve: the network namespace it came from. It stands in the container's until that is cloned.

static int serial;
static int reserving;                            // this request is one of a series: it may have its monitor and its writable layer from the reserve
static int detaches;                             // this kernel makes an overlay that is mounted nowhere (6.5), which the starter of a series does
static struct { int root, held; char path[256]; } spare = { .root = -1 }; // the next writable layer, locked, with its overlay; -1: none
static int deletions = -1;                       // pipe to the deleter: one container's id a record
static pid_t deleter;
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

// v1: all denied but what Docker allows. (v2 would load a BPF program.)
static void write_device_rules(const char *directory) {
    static const char *const rules[] = { "c *:* m", "b *:* m", "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 1:8 rwm", "c 1:9 rwm", "c 5:0 rwm", "c 5:1 rwm", "c 5:2 rwm", "c 136:* rwm" };
    char path[512];
    format_path(path, sizeof path, "%s/devices.deny", directory);
    write_text(path, "a", O_WRONLY);
    format_path(path, sizeof path, "%s/devices.allow", directory);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) if (write(fd, rules[i], strlen(rules[i])) < 0) die("write to %s", path);
    close(fd);
}

static void make_cgroups(struct container *c) {
    char path[512];
    for (int i = 0; i < controller_count; i++) {
        format_path(path, sizeof path, "%s/%s", controllers[i], c->id);
        if (mkdir(path, 0755) < 0 && errno != EEXIST) die("mkdir %s", path);
        if (i == devices) write_device_rules(path);
    }
    for (int i = 0; i < limit_count; i++) {
        char file[128], *equals = strchr(limits[i], '=');
        snprintf(file, sizeof file, "%.*s", (int)(equals - limits[i]), limits[i]);
        int index = atoi(file);
        format_path(path, sizeof path, "%s/%s/%s", controllers[index], c->id, strchr(file, '/') + 1);
        write_text(path, equals + 1, O_WRONLY);
    }
}

static void write_new(const char *directory, const char *name, const char *text, int sync) {
    char path[512];
    format_path(path, sizeof path, "%s/%s", directory, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, text, strlen(text)) < 0) die("write %s", path);
    if (sync && fsync(fd) < 0) die("fsync %s", path);
    close(fd);
}

static void sync_directory(const char *path) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) < 0) die("fsync %s", path);
    close(fd);
}

// ---- the next writable layer of a series ----

static void set_option(int context, const char *key, const char *value) {
    if (syscall(SYS_fsconfig, context, value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, key, value, 0) < 0) die("fsconfig %s %s", key, value ? value : "");
}

// Whether lower directories can be named one by one: a string of fsconfig is short.
static int can_detach(void) {
    char layer[4096];
    snprintf(layer, sizeof layer, "%.*s", (int)strcspn(lower, ":"), lower);
    int context = (int)syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC);
    if (context < 0) return 0;
    int can = syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "lowerdir+", layer, 0) == 0;
    close(context);
    return can;
}

// The overlay, mounted nowhere.
static int detached_overlay(const char *directory, int is_volatile) {
    char path[4096];
    int context = (int)syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC);
    if (context < 0) die("fsopen");
    for (const char *layer = lower; *layer; ) {
        size_t length = strcspn(layer, ":");
        format_path(path, sizeof path, "%.*s", (int)length, layer);
        set_option(context, "lowerdir+", path);
        layer += length + (layer[length] == ':');
    }
    format_path(path, sizeof path, "%s/upper", directory);
    set_option(context, "upperdir", path);
    format_path(path, sizeof path, "%s/work", directory);
    set_option(context, "workdir", path);
    set_option(context, "metacopy", "off");
    set_option(context, "redirect_dir", "off");
    if (is_volatile) set_option(context, "volatile", NULL);
    if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0) die("make the overlay of %s", directory);
    int root_mount = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
    if (root_mount < 0) die("fsmount");
    close(context);
    return root_mount;
}

static void make_spare(void) {
    static const char *const parts[] = { "upper", "work" };
    char path[512];
    format_path(spare.path, sizeof spare.path, "%s/spare/%d", root, serial);
    if (mkdir(spare.path, 0700) < 0) die("mkdir %s", spare.path);
    spare.held = open(spare.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (spare.held < 0 || flock(spare.held, LOCK_EX | LOCK_NB) < 0) die("lock %s", spare.path);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        format_path(path, sizeof path, "%s/%s", spare.path, parts[i]);
        if (mkdir(path, 0755) < 0) die("mkdir %s", path);
    }
    spare.root = detached_overlay(spare.path, 1);
}

// As long as anybody but the container held the overlay it would outlive that.
static void let_go_of_spare(void) {
    if (spare.root < 0) return;
    close(spare.root);
    close(spare.held);
    spare.root = -1;
}

// Only a container that goes after its run can have it: its overlay is volatile.
static int took_spare(const struct container *c) {
    if (!reserving || c->stays || spare.root < 0) return 0;
    if (rename(spare.path, c->directory) < 0) die("rename %s", spare.path);
    return 1;
}

static void make_layer(const struct container *c) {
    static const char *const parts[] = { "", "/upper", "/work" };
    char path[512];
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        format_path(path, sizeof path, "%s%s", c->directory, parts[i]);
        if (mkdir(path, 0755) < 0) die("mkdir %s", path);
    }
}

// ---- create ----

// What is written once, by create: the definition last, for with it there is a container.
static void make_definition(struct container *c) {
    static const char *const files[] = { "hosts", "hostname", "resolv.conf" };
    char path[512], text[2400];
    const char *home = c->stays ? c->directory : c->run_directory;
    format_path(path, sizeof path, "%s/locks/%s", run_root, c->id);
    c->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (c->lock < 0 || flock(c->lock, LOCK_EX | LOCK_NB) < 0) die("lock %s", path);
    c->layer_is_ready = took_spare(c);
    if (!c->layer_is_ready) make_layer(c);
    format_path(path, sizeof path, "%s/names/%s", c->stays ? root : run_root, c->id);
    if (symlink(c->id, path) < 0) die("symlink %s", path);
    if (!c->stays && mkdir(c->run_directory, 0700) < 0) die("mkdir %s", c->run_directory);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) write_new(home, files[i], "127.0.0.1 localhost\n", 0);
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    write_new(home, "container.json", text, c->stays);
    if (!c->stays) return;
    format_path(path, sizeof path, "%s/names", root);
    sync_directory(path);
    sync_directory(c->directory);
    sync_directory(root);
}

// What each start makes anew.
static void make_run_directory(const struct container *c) {
    static const char *const fifos[] = { "stdout", "stderr" };
    char path[512];
    if (c->stays && mkdir(c->run_directory, 0700) < 0) die("mkdir %s", c->run_directory);
    write_new(c->run_directory, "state", "", 0);
    for (size_t i = 0; i < sizeof fifos / sizeof *fifos; i++) {
        format_path(path, sizeof path, "%s/%s", c->run_directory, fifos[i]);
        if (mkfifo(path, 0600) < 0) die("mkfifo %s", path);
    }
    if (c->stays) write_new(c->directory, "start", "{\"run\":1}", 0);
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
        lower, c->directory, c->directory, c->stays ? "" : ",volatile");
    if (mount("overlay", target, "overlay", 0, options) < 0) die("mount overlay %s", options);
}

// The image may lack the mount point; asking first would cost a call each, and on an overlay not a cheap one.
static void mount_at(const char *type, const char *path, unsigned long flags, const char *data) {
    if (mount(type, path, type, flags, data) == 0) return;
    if (errno != ENOENT || mkdir(path, 0755) < 0 || mount(type, path, type, flags, data) < 0) die("mount %s on %s", type, path);
}

static void mount_in_new(const char *type, const char *path, unsigned long flags, const char *data) {
    if (mkdir(path, 0755) < 0) die("mkdir %s", path);
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

// The lowest layer has the file. It must not be opened for writing: the overlay would copy it up, with its directory.
static void bind_file(const char *from, const char *to) {
    if (mount(from, to, NULL, MS_BIND, NULL) < 0) die("bind %s on %s", from, to);
}

static void make_mounts(const struct container *c) {
    const unsigned long safe = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    char path[512];
    mount_at("proc", "proc", safe, NULL);
    write_text("proc/sys/net/ipv4/ip_unprivileged_port_start", "0", O_WRONLY);
    write_text("proc/sys/net/ipv4/ping_group_range", "0 2147483647", O_WRONLY);
    mount_at("tmpfs", "dev", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k");
    mount_in_new("devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5");
    mount_at("sysfs", "sys", safe | MS_RDONLY, NULL);
    mount_cgroups();
    mount_in_new("mqueue", "dev/mqueue", safe, NULL);
    mount_in_new("tmpfs", "dev/shm", safe, "mode=1777,size=65536k");
    static const char *const files[] = { "hosts", "hostname", "resolv.conf" };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char to[64];
        format_path(path, sizeof path, "%s/%s", c->stays ? c->directory : c->run_directory, files[i]);
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
    const char *empty = NULL; // one file system masks all directories
    for (size_t i = 0; i < sizeof masked / sizeof *masked; i++) {
        if (mount("/dev/null", masked[i], NULL, MS_BIND, NULL) == 0 || errno == ENOENT) continue;
        if (errno != ENOTDIR) die("mask %s", masked[i]);
        if (empty ? mount(empty, masked[i], NULL, MS_BIND, NULL) : mount("tmpfs", masked[i], "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=0k")) die("mask %s", masked[i]);
        empty = masked[i];
    }
    for (size_t i = 0; i < sizeof read_only / sizeof *read_only; i++) {
        if (mount(read_only[i], read_only[i], NULL, MS_BIND, NULL) < 0) { if (errno == ENOENT) continue; die("bind %s", read_only[i]); }
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

// The cgroups are made while this process is cloned.
static void await(int go) {
    char byte;
    if (read(go, &byte, 1) != 1) _exit(1);
}

// Behind the byte that says go: one byte, and the overlay with it.
union one_descriptor { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr aligned; };

static void send_root(int go, int root_mount) {
    char byte = 'r';
    union one_descriptor control = { .bytes = { 0 } };
    struct iovec data = { &byte, 1 };
    struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof root_mount);
    memcpy(CMSG_DATA(header), &root_mount, sizeof root_mount);
    if (sendmsg(go, &message, MSG_NOSIGNAL) != 1) die("send the root");
}

static int receive_root(int go) {
    char byte;
    int root_mount;
    union one_descriptor control;
    struct iovec data = { &byte, 1 };
    struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes };
    if (recvmsg(go, &message, MSG_CMSG_CLOEXEC) != 1) _exit(1); // the starter has said why
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (!header || header->cmsg_type != SCM_RIGHTS) _exit(1);
    memcpy(&root_mount, CMSG_DATA(header), sizeof root_mount);
    return root_mount;
}

// The working directory is the root afterwards.
static void enter_root(const struct container *c, int go) {
    char target[512];
    if (c->root_follows) {
        int root_mount = receive_root(go);
        format_path(target, sizeof target, "%s/upper", c->directory);
        if (syscall(SYS_move_mount, root_mount, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH) < 0) die("attach the root");
        if (fchdir(root_mount) < 0) die("enter the root");
        return;
    }
    format_path(target, sizeof target, "%s/work", c->directory);
    mount_overlay(c, target);
    if (chdir(target) < 0) die("chdir %s", target);
}

static void become_container(const struct container *c, char *const argv[], int go, int error_pipe) {
    sigset_t none;
    sigemptyset(&none);
    if (!cgroup_v2) { await(go); join_cgroups_v1(c); }
    open_stdio(c);
    if (setsid() < 0) die("setsid");
    if (sethostname(c->id, strlen(c->id)) < 0) die("sethostname");
    if (home < 0) loopback_up();
    if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0) die("propagation");
    enter_root(c, go);
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

struct entry { const struct container *container; char *const *argv; int go, errors; };

// What a monitor is told: at its fork, or, when it was made in reserve, by a message.
struct order { struct container container; char *const *argv; };

static int enter(void *entry) {
    const struct entry *e = entry;
    become_container(e->container, e->argv, e->go, e->errors);
    return 127;
}

// As vfork: the monitor, which has nothing else to do, waits for the execve, and no page table is copied. clone(3) takes no cgroup to be born in:
// with cgroup v2 the child gets a copy of this small image.
static pid_t clone_container(struct entry *e, int *pidfd) {
    const unsigned long namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | (home < 0 ? CLONE_NEWNET : 0);
    if (!cgroup_v2) return clone(enter, stack + sizeof stack, (int)(namespaces | CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD), e, pidfd);
    char path[512];
    format_path(path, sizeof path, "%s/%s", controllers[0], e->container->id);
    int fd = open(path, O_PATH | O_CLOEXEC | O_DIRECTORY);
    if (fd < 0) die("open %s", path);
    struct clone_args arguments = { .flags = namespaces | CLONE_PIDFD | CLONE_INTO_CGROUP | CLONE_NEWCGROUP, .cgroup = (uint64_t)fd,
        .pidfd = (uint64_t)(uintptr_t)pidfd, .exit_signal = SIGCHLD };
    pid_t pid = (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
    if (pid == 0) _exit(enter(e));
    close(fd);
    return pid;
}

enum { SETTLE_MILLISECONDS = 5 };

// A starter that is limited or frozen must not take the monitor along: it goes to the cgroup above the container's, where one acts on it (v1). As ours, when the
// container has run for five milliseconds; one that has ended by then never sees it.
static void leave_starters_cgroup(void) {
    static const char *const acting[] = { "/cpu/", "/memory/", "/pids/", "/freezer/" };
    char path[512];
    for (int i = 0; !cgroup_v2 && i < controller_count; i++)
        for (size_t j = 0; j < sizeof acting / sizeof *acting; j++)
            if (strstr(controllers[i], acting[j])) { format_path(path, sizeof path, "%s/tasks", controllers[i]); write_text(path, "0", O_WRONLY); }
}

// Whether the kernel killed for memory is known from the cgroup alone: read before the clone, when the cgroup may still be in the making (then nobody was
// killed in it), and after the end.
static void read_oom_kills(const struct container *c) {
    char path[512], text[256];
    if (memory < 0) return;
    format_path(path, sizeof path, "%s/%s/memory.oom_control", controllers[memory], c->id);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) return;
    if (fd < 0 || read(fd, text, sizeof text) < 0) die("read %s", path);
    close(fd);
}

static void append_record(const char *directory, const char *name, const char *text, int sync) {
    char path[512];
    format_path(path, sizeof path, "%s/%s", directory, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, text, strlen(text)) < 0) die("append to %s", path);
    if (sync && fdatasync(fd) < 0) die("fdatasync %s", path);
    close(fd);
}

static void detach(void) {
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    prctl(PR_SET_NAME, "floor-monitor", 0, 0, 0);
    setsid();
    if (chdir("/") < 0) die("chdir /");
    int null = open("/dev/null", O_RDWR);
    for (int i = 0; i < 3; i++) dup2(null, i);
    close(null);
}

// The dearest thing that is the same for every container.
static void make_network(void) {
    home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    if (home < 0 || unshare(CLONE_NEWNET) < 0) die("unshare net");
    loopback_up();
}

static void monitor(struct order *order, int status, int go) {
    int errors[2], code = 0, out[2];
    static const char *const fifos[] = { "stdout", "stderr" };
    char path[512], record[256];
    struct order told;
    let_go_of_spare();
    detach();
    if (!order) {
        make_network();
        if (read(status, &told, sizeof told) != sizeof told) _exit(0); // nobody wanted it
        order = &told;
    }
    struct container *c = &order->container;
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
    if (cgroup_v2) await(go); // they are cloned into
    read_oom_kills(c);
    struct entry entry = { c, order->argv, go, errors[1] };
    c->pid = clone_container(&entry, &c->pidfd);
    if (c->pid < 0) die("clone");
    if (home >= 0 && setns(home, CLONE_NEWNET) < 0) die("setns");
    close(errors[1]);
    if (read(errors[0], &code, sizeof code) == sizeof code) c->pid = -code;
    snprintf(record, sizeof record, "{\"event\":\"running\",\"run\":1,\"pid\":%d}\n", c->pid);
    append_record(c->run_directory, "state", record, 0);
    if (write(status, &c->pid, sizeof c->pid) < 0) _exit(1);
    struct pollfd wait[] = { { c->pidfd, POLLIN, 0 }, { out[0], POLLIN, 0 }, { out[1], POLLIN, 0 } };
    for (int patience = SETTLE_MILLISECONDS; ; ) {
        int ready = poll(wait, 3, patience);
        if (ready < 0) _exit(1);
        if (ready == 0) { leave_starters_cgroup(); patience = -1; continue; }
        for (int i = 1; i < 3; i++) if (wait[i].revents) { char drop[4096]; if (read(out[i - 1], drop, sizeof drop) <= 0) wait[i].fd = -1; }
        if (wait[0].revents) break;
    }
    siginfo_t information;
    waitid(P_PIDFD, (id_t)c->pidfd, &information, WEXITED);
    read_oom_kills(c);
    snprintf(record, sizeof record, "{\"event\":\"exited\",\"run\":1,\"code\":%d}\n", information.si_status);
    if (c->stays) append_record(c->directory, "exits", record, 1);
    append_record(c->run_directory, "state", record, 0);
    if (write(status, &information.si_status, sizeof information.si_status) < 0) _exit(1);
    _exit(0);
}

struct starting { int status, go; pid_t first; }; // go: in a series a socket, else a pipe

static struct starting reserve = { .first = -1 };

// Null: one that waits for its order.
static struct starting begin_monitor(struct order *order) {
    struct starting s;
    int pair[2], go[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0 || (reserving && detaches ? socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, go) : pipe2(go, O_CLOEXEC)) < 0) die("socketpair, pipe");
    s.first = vfork();
    if (s.first < 0) die("vfork");
    if (s.first == 0) {
        pid_t second = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
        if (second == 0) { close(pair[0]); close(go[1]); monitor(order, pair[1], go[0]); }
        _exit(second < 0);
    }
    close(pair[1]);
    close(go[0]);
    s.status = pair[0];
    s.go = go[1];
    return s;
}

static void start(struct container *c, char *const argv[]) {
    int state;
    c->root_follows = reserving && detaches;
    struct order order = { *c, argv };
    make_run_directory(c);
    struct starting s = reserve;
    if (!reserving || s.first < 0) s = begin_monitor(&order);
    else if (reserve.first = -1, write(s.status, &order, sizeof order) != sizeof order) die("order");
    c->status = s.status;
    make_cgroups(c);
    if (write(s.go, "g", 1) != 1) die("monitor");
    if (c->root_follows) {
        int root_mount = c->layer_is_ready ? spare.root : detached_overlay(c->directory, !c->stays);
        send_root(s.go, root_mount);
        if (c->layer_is_ready) let_go_of_spare();
        else close(root_mount);
    }
    close(s.go);
    waitpid(s.first, &state, 0);
    if (read(c->status, &c->pid, sizeof c->pid) != sizeof c->pid || c->pid <= 0) die("container did not start (%d)", c->pid);
}

// As the engine in a series: when the container has ended, or, of one that stays, has started, the next monitor is made; behind a life the next layer too. Outside of the
// clock, and before the answer, so that nobody who is measured next pays for the making.
static void replenish(int with_layer) {
    if (!reserving) return;
    if (reserve.first < 0) reserve = begin_monitor(NULL);
    if (with_layer && detaches && spare.root < 0) make_spare();
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

static void remove_cgroups(const char *id) {
    char path[512];
    for (int i = 0; i < controller_count; i++) {
        format_path(path, sizeof path, "%s/%s", controllers[i], id);
        while (rmdir(path) < 0) { if (errno != EBUSY) die("rmdir %s", path); struct timespec t = { 0, 200000 }; nanosleep(&t, NULL); }
    }
}

// Does what nobody waits for; ends when the pipe's other end is closed and nothing is left to do.
static void begin_deleter(void) {
    char id[sizeof ((struct container *)0)->id], path[512];
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) die("pipe2");
    deleter = fork();
    if (deleter < 0) die("fork");
    if (deleter == 0) {
        close(ends[1]);
        while (read(ends[0], id, sizeof id) == sizeof id) {
            remove_cgroups(id);
            format_path(path, sizeof path, "%s/trash/%s", root, id);
            remove_tree(path);
            format_path(path, sizeof path, "%s/trash/%s", run_root, id);
            remove_tree(path);
        }
        _exit(0);
    }
    close(ends[0]);
    deletions = ends[1];
}

static void remove_container(struct container *c) {
    char path[512], trash[512];
    format_path(trash, sizeof trash, "%s/trash/%s", root, c->id);
    if (rename(c->directory, trash) < 0) die("rename %s", c->directory);
    format_path(path, sizeof path, "%s/trash/%s", run_root, c->id);
    if (rename(c->run_directory, path) < 0) die("rename %s", c->run_directory);
    format_path(path, sizeof path, "%s/names/%s", c->stays ? root : run_root, c->id);
    unlink(path);
    format_path(path, sizeof path, "%s/locks/%s", run_root, c->id);
    unlink(path);
    close(c->lock);
    if (write(deletions, c->id, sizeof c->id) != sizeof c->id) die("hand over %s", trash);
}

static void define(struct container *c, int stays) {
    memset(c, 0, sizeof *c);
    c->stays = stays;
    snprintf(c->id, sizeof c->id, "floor-%d-%d", getpid(), serial++);
    format_path(c->directory, sizeof c->directory, "%s/%s", root, c->id);
    format_path(c->run_directory, sizeof c->run_directory, "%s/%s", run_root, c->id);
    make_definition(c);
}

// ---- the three measurements ----

// A monitor in reserve knows them by the same address.
static char *short_command[2], *long_command[] = { "/bin/sleep", "100000", NULL };

static uint64_t life(void) {
    struct container c;
    uint64_t begun = now();
    define(&c, 0);
    start(&c, short_command);
    int code = wait_exit(&c);
    remove_container(&c);
    uint64_t took = now() - begun;
    replenish(1);
    if (code) { errno = 0; die("%s ended with %d", command, code); }
    return took;
}

static uint64_t start_only(void) {
    struct container c;
    define(&c, 1);
    uint64_t begun = now();
    start(&c, long_command);
    uint64_t ended = now();
    replenish(0);
    kill(c.pid, SIGKILL);
    wait_exit(&c);
    remove_container(&c);
    return ended - begun;
}

static struct container standing;

static int tasks[MAX_CONTROLLERS]; // opened before the mount namespace is joined, where their paths do not exist

static int exec_child(void *pidfd) {
    for (int i = 0; i < controller_count; i++)
        if (write(tasks[i], "0", 1) < 0) die("join cgroup %d", i);
    if (setsid() < 0) die("setsid");
    syscall(SYS_keyctl, 1 /* KEYCTL_JOIN_SESSION_KEYRING */, standing.id);
    if (setns(*(int *)pidfd, CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP) < 0) die("setns");
    drop_privileges();
    syscall(SYS_close_range, 3, ~0U, 4);
    char *argv[] = { command, NULL }, *environment[] = { NULL };
    execve(command, argv, environment);
    return 127;
}

static volatile pid_t executed; // set by a vfork child, whose memory is this process's

static uint64_t exec_one(void) {
    if (!standing.id[0]) {
        define(&standing, 1);
        start(&standing, long_command);
        if (flock(standing.lock, LOCK_UN) < 0) die("unlock"); // each exec takes it, as ours
    }
    int out[2], error[2], state, null;
    char lock_path[512];
    format_path(lock_path, sizeof lock_path, "%s/locks/%s", run_root, standing.id);
    executed = -1;
    uint64_t begun = now();
    int lock = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) < 0) die("lock %s", lock_path);
    if ((null = open("/dev/null", O_RDWR | O_CLOEXEC)) < 0) die("open /dev/null");
    if (pipe2(out, O_CLOEXEC) < 0 || pipe2(error, O_CLOEXEC) < 0) die("pipe2");
    int pidfd = (int)syscall(SYS_pidfd_open, standing.pid, 0);
    for (int i = 0; i < controller_count; i++) {
        char path[512];
        format_path(path, sizeof path, "%s/%s/%s", controllers[i], standing.id, cgroup_v2 ? "cgroup.procs" : "tasks");
        if ((tasks[i] = open(path, O_WRONLY | O_CLOEXEC)) < 0) die("open %s", path);
    }
    // A joined pid namespace is for children only, so one more process is cloned, as every runtime does. Both are as vfork: nothing is copied, and
    // this one continues when the command is executed, whose parent it is.
    pid_t helper = vfork();
    if (helper == 0) {
        dup2(null, 0);
        dup2(out[1], 1);
        dup2(error[1], 2);
        if (setns(pidfd, CLONE_NEWPID) < 0) _exit(125);
        executed = clone(exec_child, stack + sizeof stack, CLONE_VM | CLONE_VFORK | CLONE_PARENT | SIGCHLD, &pidfd);
        _exit(executed < 0);
    }
    for (int i = 0; i < controller_count; i++) close(tasks[i]);
    close(out[1]);
    close(error[1]);
    close(null);
    close(lock);
    char drop[4096];
    while (read(out[0], drop, sizeof drop) > 0) { }
    while (read(error[0], drop, sizeof drop) > 0) { }
    if (executed < 0 || waitpid(executed, &state, 0) < 0) die("exec");
    uint64_t took = now() - begun;
    int helped;
    if (waitpid(helper, &helped, 0) < 0 || helped != 0) die("exec, helper %x", helped); // reaped behind the caller's back, as our shim
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
    if (reserve.first >= 0) { close(reserve.status); close(reserve.go); waitpid(reserve.first, NULL, 0); }
    int state;
    if (spare.root >= 0) { let_go_of_spare(); remove_tree(spare.path); }
    if (standing.id[0]) {
        kill_standing();
        wait_exit(&standing);
        remove_container(&standing);
    }
    close(deletions);
    waitpid(deleter, &state, 0);
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

static unsigned long long held_capabilities(void) {
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) < 0) die("capget");
    return data[0].permitted | (unsigned long long)data[1].permitted << 32;
}

static int has_file(const char *directory, const char *name) {
    char path[512];
    format_path(path, sizeof path, "%s/%s", directory, name);
    return access(path, F_OK) == 0;
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
    else { errno = EINVAL; die("unknown argument %s", argument); }
}

#define RESERVE "reserve "

static void make_roots(void) {
    static const char *const parts[] = { "", "/names", "/locks", "/trash", "/spare" };
    char path[512];
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        format_path(path, sizeof path, "%s%s", root, parts[i]);
        mkdir(path, 0755);
        format_path(path, sizeof path, "%s%s", run_root, parts[i]);
        mkdir(path, 0700);
    }
}

int main(int argc, char **argv) {
    char line[4096];
    for (int i = 1; i < argc; i++) parse(argv[i]);
    if (!lower) { errno = EINVAL; die("lower= is missing"); }
    if (seccomp_file) load_seccomp();
    short_command[0] = command; // before any monitor is in reserve, which has a copy of it
    self = getpid();
    held = held_capabilities();
    for (int i = 0; i < controller_count; i++) if (has_file(controllers[i], "devices.allow")) devices = i;
    for (int i = 0; i < controller_count; i++) if (has_file(controllers[i], "memory.oom_control")) memory = i;
    report = fcntl(1, F_DUPFD_CLOEXEC, 100);
    make_roots();
    detaches = can_detach();
    begin_deleter();
    while (fgets(line, sizeof line, stdin)) {
        uint64_t took;
        reserving = !strncmp(line, RESERVE, sizeof RESERVE - 1);
        if (reserving) memmove(line, line + sizeof RESERVE - 1, strlen(line) - sizeof RESERVE + 2);
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
