using System.Diagnostics;
using ContainerPS.Native.Cgroups;

namespace ContainerPS.Native.Tests.Cgroups;

/// <summary>A small C program that tries to exceed limits, compiled once, run inside a group.</summary>
internal static class Probe
{
    private const string Source = """
        #define _GNU_SOURCE
        #include <errno.h>
        #include <fcntl.h>
        #include <sched.h>
        #include <signal.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/mman.h>
        #include <sys/resource.h>
        #include <sys/stat.h>
        #include <sys/sysmacros.h>
        #include <sys/wait.h>
        #include <time.h>
        #include <unistd.h>

        static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + t.tv_nsec / 1e9; }

        int main(int argc, char **argv)
        {
            const char *what = argv[1];
            long n = argc > 2 ? atol(argv[2]) : 0;
            setvbuf(stdout, NULL, _IONBF, 0);
            if (!strcmp(what, "fork")) {
                int made = 0;
                for (long i = 0; i < n; i++) {
                    pid_t pid = fork();
                    if (pid == 0) { pause(); _exit(0); }
                    if (pid < 0) { printf("refused %d after %d\n", errno, made); kill(0, SIGKILL); }
                    made++;
                }
                printf("made %d\n", made);
                kill(0, SIGKILL);
            }
            if (!strcmp(what, "memory")) {
                char *p = mmap(NULL, n << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                for (long i = 0; i < n << 20; i += 4096) p[i] = 1;
                printf("touched %ld\n", n);
                if (argc > 3) pause();
            }
            if (!strcmp(what, "spin")) {
                double end = now() + n / 1000.0;
                while (now() < end) { }
                struct rusage r; getrusage(RUSAGE_SELF, &r);
                printf("%ld\n", (r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000 + (r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1000);
            }
            if (!strcmp(what, "burn")) {
                write(1, "ready\n", 6);
                for (;;) { }
            }
            if (!strcmp(what, "affinity")) {
                cpu_set_t set; sched_getaffinity(0, sizeof set, &set);
                printf("%d\n", CPU_COUNT(&set));
            }
            if (!strcmp(what, "huge")) {
                void *p = mmap(NULL, n << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
                if (p == MAP_FAILED) { printf("refused %d\n", errno); return 0; }
                memset(p, 1, n << 20);
                printf("mapped\n");
            }
            if (!strcmp(what, "open")) {
                int fd = open(argv[2], O_RDONLY | O_NONBLOCK);
                printf(fd < 0 ? "refused %d\n" : "opened\n", errno);
            }
            if (!strcmp(what, "mknod")) {
                int r = mknod(argv[2], S_IFCHR | 0600, makedev(1, 11));
                printf(r < 0 ? "refused %d\n" : "made\n", errno);
                unlink(argv[2]);
            }
            if (!strcmp(what, "write")) {
                int fd = open(argv[3], O_WRONLY | O_DIRECT);
                void *block; if (fd < 0 || posix_memalign(&block, 4096, 65536)) { perror("open"); return 1; }
                memset(block, 7, 65536);
                double start = now();
                for (long done = 0; done < n << 20; done += 65536) if (write(fd, block, 65536) != 65536) { perror("write"); return 1; }
                printf("%.0f\n", (now() - start) * 1000);
            }
            if (!strcmp(what, "read")) {
                int fd = open(argv[3], O_RDONLY | O_DIRECT);
                void *block; if (fd < 0 || posix_memalign(&block, 4096, 4096)) { perror("open"); return 1; }
                double start = now();
                for (long i = 0; i < n; i++) if (pread(fd, block, 4096, i * 4096) != 4096) { perror("read"); return 1; }
                printf("%.0f\n", (now() - start) * 1000);
            }
            if (!strcmp(what, "readfor")) {
                int fd = open(argv[3], O_RDONLY | O_DIRECT);
                void *block; if (fd < 0 || posix_memalign(&block, 4096, 65536)) { perror("open"); return 1; }
                long count = 0; double end = now() + n / 1000.0;
                while (now() < end) { if (pread(fd, block, 65536, (count % 256) * 65536) != 65536) { perror("read"); return 1; } count++; }
                printf("%ld\n", count);
            }
            if (!strcmp(what, "readall")) {
                int fd = open(argv[3], O_RDONLY | O_DIRECT);
                for (int i = 0; i < n; i++) if (fork() == 0) break;
                void *block; if (fd < 0 || posix_memalign(&block, 4096, 65536)) { perror("open"); return 1; }
                write(1, "ready\n", 6);
                for (long i = 0;; i++) if (pread(fd, block, 65536, i * 65536 % (16 << 20)) != 65536) { perror("read"); return 1; }
            }
            if (!strcmp(what, "wait")) {
                signal(SIGTERM, SIG_IGN);
                for (long i = 0; i < n; i++) if (fork() == 0) break;
                write(1, "ready\n", 6);
                for (;;) pause();
            }
            return 0;
        }
        """;

    private static readonly Lazy<string> Compiled = new(() => CCompiler.Compile(Source, "cgroup-probe"));

    /// <summary>Runs it in the group to its end.</summary>
    public static (int ExitCode, string Output) Run(Cgroup group, params string[] arguments)
    {
        using Process process = Start(group, arguments);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output.Trim());
    }

    /// <summary>Starts it in the group: a shell joins as a container's first process does, then becomes the probe.</summary>
    public static Process Start(Cgroup group, params string[] arguments)
    {
        string join = string.Concat(group.JoinFiles.Select(file => $"echo 0 > {file} && "));
        string unified = group.JoinFiles.Count == 0 ? $"echo $$ > {group.UnifiedDirectory}/cgroup.procs && " : "";
        ProcessStartInfo start = new(
            "/usr/bin/setsid",
            ["-w", "/bin/sh", "-c", $"{join}{unified}exec \"$0\" \"$@\"", Compiled.Value, .. arguments]
        )
        {
            RedirectStandardOutput = true,
        };
        return Process.Start(start)!;
    }
}
