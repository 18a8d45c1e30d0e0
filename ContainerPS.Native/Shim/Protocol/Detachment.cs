using ContainerPS.Native.Launch;

namespace ContainerPS.Native.Shim.Protocol;

/// <summary>
/// How the monitor leaves its starter. Only what the container's process must inherit is done before the clone, and in reserve what it may;
/// the rest waits until it costs the start nothing: until the shim would wait anyway (two processors work side by side then), or until the
/// start is told, when the shim slept meanwhile.
/// </summary>
internal static unsafe class Detachment
{
    public static bool IsDetached;
    public static long StartTicks;
    private static bool _isPrepared;
    private static bool _isComplete;
    private static long _startersOomScore;

    private static ReadOnlySpan<byte> OomScore => "/proc/self/oom_score_adj\0"u8;

    /// <summary>
    /// The second fork: the first process ends at once and is reaped by the starter, the second belongs to nobody. A direct child would
    /// stay a zombie in pwsh when it ends. Returns true in the process that stays.
    /// </summary>
    public static bool Fork()
    {
        // Before the plan is mapped and anything is touched: the fewer pages there are, the cheaper the fork.
        long pid = Sys.Fork();
        if (pid < 0)
        {
            return false;
        }

        if (pid > 0)
        {
            Sys.ExitGroup(0);
        }

        // Before the clone, because a child inherits it: Ctrl+C in the starter's terminal goes to every process of its foreground group.
        Sys.Call(SystemCall.setsid);
        IsDetached = true;
        return true;
    }

    /// <summary>What a monitor in reserve does while nobody waits for it. A container's process that inherits it notices nothing.</summary>
    public static void Prepare()
    {
        if (!IsDetached || _isPrepared)
        {
            return;
        }

        _isPrepared = true;

        // Processes that the container's init leaves behind where it shares a pid namespace come to us, not to PID 1.
        Sys.Call(SystemCall.prctl, PR_SET_CHILD_SUBREAPER, 1);
        ReadOnlySpan<byte> root = "/\0"u8;

        // A working directory keeps its file system busy for the container's whole life.
        Sys.Call(SystemCall.chdir, (long)root.Pointer);
        NullStandardStreams();
        if (ProcessStatus.TryRead(0, out ProcessStatus.Fields fields))
        {
            StartTicks = fields.StartTicks;
        }
    }

    /// <summary>What the others know a monitor by: its name and the start time in the state file.</summary>
    public static void Identify()
    {
        if (!IsDetached)
        {
            return;
        }

        ReadOnlySpan<byte> name = "containerps-mon\0"u8;
        Sys.Call(SystemCall.prctl, PR_SET_NAME, (long)name.Pointer);
        Prepare();
    }

    /// <summary>Called before the first wait of the parent; the second call does nothing.</summary>
    public static void Complete()
    {
        if (!IsDetached || _isComplete)
        {
            return;
        }

        _isComplete = true;
        Identify();
        IgnoreBrokenPipes();
        LowerOomScore();
    }

    /// <summary>The starter's terminal must not be held open by a monitor.</summary>
    public static void NullStandardStreams()
    {
        long device = Sys.OpenLiteral("/dev/null\0"u8, O_RDWR);
        if (device < 0)
        {
            return;
        }

        for (int i = 0; i < 3; i++)
        {
            Sys.Call(SystemCall.dup3, device, i, 0);
        }

        Sys.Close(device);
    }

    /// <summary>
    /// A reader of the container's output that goes away must not take the monitor along. Only after the clone: an ignored signal is
    /// inherited through exec.
    /// </summary>
    private static void IgnoreBrokenPipes()
    {
        const int SIGPIPE = 13;
        const long SIG_IGN = 1;
        long* action = stackalloc long[4];
        action[0] = SIG_IGN;
        action[1] = 0;
        action[2] = 0;
        action[3] = 0;
        Sys.Call(SystemCall.rt_sigaction, SIGPIPE, (long)action, 0, 8);
    }

    /// <summary>Best effort: without CAP_SYS_RESOURCE the kernel refuses a lower score, and the monitor lives with its starter's.</summary>
    private static void LowerOomScore()
    {
        long file = Sys.OpenLiteral(OomScore, O_RDWR);
        if (file < 0)
        {
            return;
        }

        byte* text = stackalloc byte[16];
        long length = Sys.Read(file, text, 15);
        text[length > 0 ? length : 0] = 0;
        _startersOomScore = Number(text);
        WriteOomScore(file, -999);
        Sys.Close(file);
    }

    /// <summary>For programs that the monitor starts: the kernel may kill them as it may their starter.</summary>
    public static void RestoreOomScore()
    {
        long file = Sys.OpenLiteral(OomScore, O_WRONLY);
        if (file >= 0)
        {
            WriteOomScore(file, _startersOomScore);
            Sys.Close(file);
        }
    }

    private static void WriteOomScore(long file, long score)
    {
        byte* text = stackalloc byte[16];
        TextBuffer number = new(text, 16);
        number.Number(score);
        Sys.Write(file, text, number.Length);
    }

    private static long Number(byte* text)
    {
        bool isNegative = *text == (byte)'-';
        long value = 0;
        for (byte* at = isNegative ? text + 1 : text; *at is >= (byte)'0' and <= (byte)'9'; at++)
        {
            value = value * 10 + (*at - '0');
        }

        return isNegative ? -value : value;
    }

    /// <summary>For programs that the monitor starts: signals as a new process expects them.</summary>
    public static void RestoreSignals()
    {
        const int SIGPIPE = 13;
        long* words = stackalloc long[4];
        words[0] = 0;
        words[1] = 0;
        words[2] = 0;
        words[3] = 0;
        Sys.Call(SystemCall.rt_sigaction, SIGPIPE, (long)words, 0, 8);
        Sys.Call(SystemCall.rt_sigprocmask, SIG_SETMASK, (long)words, 0, 8);
    }
}
