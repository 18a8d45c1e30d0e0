using System.Runtime.CompilerServices;
using System.Text;
using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Launch;

/// <summary>
/// One track of a plan being written. Every operation has a sentence in the continuous form ("mounting proc on /proc"), which explains its
/// failure: the shim only knows its index. Ordinary use:
/// <code>
///   PlanValue fd = track.Open("opening the root file system", PlanValue.CurrentDirectory, plan.Utf8(path), O_PATH | O_DIRECTORY);
///   track.Call("entering it", SystemCall.fchdir, [fd]);
///   track.Close(fd);                                        // and the slot is free again
/// </code>
/// </summary>
internal sealed class PlanTrack
{
    private readonly PlanBuilder _plan;
    private PlanOperation[] _operations;
    private PlanPieces.Range[] _sentences;

    // Of a plan that is shown only: names of arguments, by operation.
    private readonly List<string?[]?> _texts = [];

    // Slots that this track gave back. Each track runs in a process of its own with slots of its own from the clone on: one given back here
    // may still be read by the other, but never be overwritten for it, as long as it is only used again here.
    private readonly Stack<PlanValue> _released = new();

    internal PlanTrack(PlanBuilder plan, PlanTrackName name, int capacity)
    {
        this._plan = plan;
        _operations = new PlanOperation[capacity];
        _sentences = new PlanPieces.Range[capacity];
        Name = name;
    }

    public PlanTrackName Name { get; }

    public int Count { get; private set; }

    internal PlanPieces Pieces => _plan.Pieces;

    /// <summary>A system call whose result is of no interest beyond its failure.</summary>
    public void Call(
        [InterpolatedStringHandlerArgument("")] PlanSentence doing,
        SystemCall call,
        ReadOnlySpan<PlanValue> arguments,
        int accept = 0,
        int alsoAccept = 0
    ) => Add(doing, PlanOperationCode.Syscall, (uint)call, arguments, accept: accept, alsoAccept: alsoAccept);

    /// <summary>A system call whose result goes to a new slot: a descriptor, or -errno where that errno is accepted.</summary>
    public PlanValue CallInto(
        [InterpolatedStringHandlerArgument("")] PlanSentence doing,
        SystemCall call,
        ReadOnlySpan<PlanValue> arguments,
        int accept = 0,
        int alsoAccept = 0
    )
    {
        PlanValue result = TakeSlot();
        Add(doing, PlanOperationCode.Syscall, (uint)call, arguments, result, accept: accept, alsoAccept: alsoAccept);
        return result;
    }

    /// <summary>A system call that is tried again each millisecond while the kernel answers EBUSY.</summary>
    public void CallWhileBusy(
        [InterpolatedStringHandlerArgument("")] PlanSentence doing,
        SystemCall call,
        ReadOnlySpan<PlanValue> arguments,
        int attempts,
        int accept = 0,
        int alsoAccept = 0
    ) => Add(doing, PlanOperationCode.SyscallWhileBusy, (uint)call, arguments, aux: (uint)attempts, accept: accept, alsoAccept: alsoAccept);

    /// <summary>openat with O_CLOEXEC added: no descriptor of a plan survives an exec by accident.</summary>
    public PlanValue Open(
        [InterpolatedStringHandlerArgument("")] PlanSentence doing,
        PlanValue directory,
        PlanValue path,
        int flags,
        uint mode = 0,
        int accept = 0
    )
    {
        const int closeOnExec = 0x80000;
        return CallInto(doing, SystemCall.openat, [directory, path, flags | closeOnExec, mode], accept);
    }

    /// <summary>Closes a descriptor and gives its slot back.</summary>
    public void Close(PlanValue slot)
    {
        Call("closing a descriptor", SystemCall.close, [slot]);
        Release(slot);
    }

    /// <summary>The slot's value is not needed in this track any more.</summary>
    public void Release(PlanValue slot)
    {
        if (slot.IsSlot && _plan.SlotName(slot.Value) is null)
        {
            _released.Push(new PlanValue(PlanArgumentKind.Slot, slot.Value));
        }
    }

    public void Expect(
        [InterpolatedStringHandlerArgument("")] PlanSentence otherwise,
        PlanValue value,
        PlanComparison comparison,
        PlanValue expected,
        int errno = 0
    ) => Add(otherwise, PlanOperationCode.Expect, (uint)comparison, [value, expected, 0, errno]);

    /// <param name="otherwise">What was checked, for the failure.</param>
    /// <param name="descriptor">The open file.</param>
    /// <param name="format">S_IFMT bits: S_IFDIR, S_IFREG, S_IFCHR, S_IFSOCK.</param>
    /// <param name="device">For a device node the st_rdev it must have, else -1.</param>
    public void ExpectFileType(
        [InterpolatedStringHandlerArgument("")] PlanSentence otherwise,
        PlanValue descriptor,
        int format,
        long device = -1
    ) => Add(otherwise, PlanOperationCode.ExpectFileType, 0, [descriptor, format, device]);

    public void ExpectFileSystem([InterpolatedStringHandlerArgument("")] PlanSentence otherwise, PlanValue descriptor, PlanValue magic) =>
        Add(otherwise, PlanOperationCode.ExpectFileSystem, 0, [descriptor, magic]);

    /// <summary>Leaves out what is written until the result is disposed, when the comparison holds.</summary>
    public IDisposable Unless(PlanValue value, PlanComparison comparison, PlanValue other)
    {
        int at = Count;
        Add("deciding", PlanOperationCode.SkipIf, (uint)comparison, [value, other, 0]);
        return new Block(this, at);
    }

    /// <summary>Opens (and, as told, makes) an untrusted path beneath a root descriptor.</summary>
    public PlanValue Resolve(
        [InterpolatedStringHandlerArgument("")] PlanSentence doing,
        PlanValue root,
        PlanValue path,
        PlanMake make,
        uint mode = Modes.Mode0755,
        int openFlags =
            0x200000 /* O_PATH */
        ,
        int accept = 0,
        int alsoAccept = 0
    )
    {
        PlanValue result = TakeSlot();
        Add(doing, PlanOperationCode.Resolve, 0, [root, path, (long)make, mode, openFlags], result, accept: accept, alsoAccept: alsoAccept);
        return result;
    }

    /// <summary>Opens, writes once, closes. A number of `first` or `second` replaces \x01 and \x02 in path and text.</summary>
    public void WriteFile(
        [InterpolatedStringHandlerArgument("")] PlanSentence doing,
        PlanValue directory,
        string path,
        string text,
        PlanValue? first = null,
        PlanValue? second = null,
        int openFlags = 0,
        int accept = 0,
        int alsoAccept = 0
    ) =>
        Add(
            doing,
            PlanOperationCode.WriteFile,
            0,
            [directory, _plan.Utf8(path), _plan.Utf8(text), Encoding.UTF8.GetByteCount(text), first ?? 0, second ?? 0],
            aux: (uint)openFlags,
            accept: accept,
            alsoAccept: alsoAccept
        );

    public void WriteDescriptor(
        [InterpolatedStringHandlerArgument("")] PlanSentence doing,
        PlanValue descriptor,
        string text,
        PlanValue? first = null,
        PlanValue? second = null,
        int accept = 0
    ) =>
        Add(
            doing,
            PlanOperationCode.WriteDescriptor,
            0,
            [descriptor, 0, _plan.Utf8(text), Encoding.UTF8.GetByteCount(text), first ?? 0, second ?? 0],
            accept: accept
        );

    public void Signal([InterpolatedStringHandlerArgument("")] PlanSentence doing, int barrier) =>
        Add(doing, PlanOperationCode.Signal, (uint)barrier, []);

    public void Wait([InterpolatedStringHandlerArgument("")] PlanSentence doing, int barrier) =>
        Add(doing, PlanOperationCode.Wait, (uint)barrier, []);

    /// <summary>Makes the process that runs `track`. Its pid and pidfd go to the slots returned.</summary>
    public (PlanValue Pid, PlanValue Pidfd) Clone(
        [InterpolatedStringHandlerArgument("")] PlanSentence doing,
        PlanTrackName track,
        PlanValue flags,
        PlanValue? cgroup = null
    )
    {
        PlanValue pid = TakeSlot();
        PlanValue pidfd = TakeSlot();
        Add(doing, PlanOperationCode.Clone, (uint)track, [flags, cgroup ?? PlanValue.None], pid, aux: (uint)pidfd.Value);
        return (pid, pidfd);
    }

    /// <summary>Waits for a descriptor that the starter sends.</summary>
    public PlanValue ReceiveDescriptor([InterpolatedStringHandlerArgument("")] PlanSentence doing, PlanValue socket)
    {
        PlanValue result = TakeSlot();
        Add(doing, PlanOperationCode.ReceiveDescriptor, 0, [socket], result);
        return result;
    }

    /// <summary>
    /// Lets the process of the Clone of the Child track have the shim's memory instead of a copy; decided when both sides are written.
    /// </summary>
    public void ShareMemoryAtClone()
    {
        int at = Array.FindIndex(
            _operations,
            operation => operation is { Code: PlanOperationCode.Clone, Number: (uint)PlanTrackName.Child }
        );
        _operations[at].C = (long)PlanCloneMemory.Shared;
    }

    /// <summary>
    /// Whether it has an operation that the two sides of a clone do together, or that has more than a memory to share: the shim would
    /// refuse to share it.
    /// </summary>
    public bool NeedsMemoryOfItsOwn
    {
        get
        {
            foreach (ref readonly PlanOperation operation in _operations.AsSpan(0, Count))
            {
                if (PlanCloneRule.NeedsMemoryOfItsOwn(operation.Code))
                {
                    return true;
                }
            }

            return false;
        }
    }

    public void EndHelper([InterpolatedStringHandlerArgument("")] PlanSentence doing) => Add(doing, PlanOperationCode.EndHelper, 0, []);

    /// <summary>Runs a program and waits for it. The pid replaces \x01 in what it reads on its standard input.</summary>
    public void SpawnHook(
        [InterpolatedStringHandlerArgument("")] PlanSentence doing,
        string program,
        IEnumerable<string> arguments,
        IEnumerable<string> environment,
        string input,
        PlanValue pid,
        int timeoutMilliseconds
    ) =>
        Add(
            doing,
            PlanOperationCode.SpawnHook,
            (uint)timeoutMilliseconds,
            [
                _plan.Utf8(program),
                _plan.Strings(arguments),
                _plan.Strings(environment),
                _plan.Utf8(input),
                Encoding.UTF8.GetByteCount(input),
                pid,
            ]
        );

    public void CopyTree([InterpolatedStringHandlerArgument("")] PlanSentence doing, PlanValue source, PlanValue destination) =>
        Add(doing, PlanOperationCode.CopyTree, 0, [source, destination]);

    public void VerifyWorkingDirectory([InterpolatedStringHandlerArgument("")] PlanSentence doing) =>
        Add(doing, PlanOperationCode.VerifyWorkingDirectory, 0, []);

    /// <summary>The child's last operation. Candidates are absolute paths (a PATH look-up is unrolled by the planner).</summary>
    public void Exec(
        [InterpolatedStringHandlerArgument("")] PlanSentence doing,
        IEnumerable<string> candidates,
        PlanValue arguments,
        PlanValue environment
    ) => Add(doing, PlanOperationCode.Exec, 0, [_plan.Strings(candidates), arguments, environment]);

    public void AwaitExec([InterpolatedStringHandlerArgument("")] PlanSentence doing) => Add(doing, PlanOperationCode.AwaitExec, 0, []);

    public void ReportCreated([InterpolatedStringHandlerArgument("")] PlanSentence doing) =>
        Add(doing, PlanOperationCode.ReportCreated, 0, []);

    public void KillCgroup([InterpolatedStringHandlerArgument("")] PlanSentence doing, PlanValue directory, int milliseconds) =>
        Add(doing, PlanOperationCode.KillCgroup, 0, [directory, milliseconds]);

    public PlanValue Sum([InterpolatedStringHandlerArgument("")] PlanSentence doing, PlanValue left, PlanValue right)
    {
        PlanValue result = TakeSlot();
        Add(doing, PlanOperationCode.Add, 0, [left, right], result);
        return result;
    }

    internal string SentenceAt(int index) => _plan.Pieces.Join(_sentences[index]);

    internal ref readonly PlanOperation OperationAt(int index) => ref _operations[index];

    internal string? TextAt(int index, int argument) => index < _texts.Count ? _texts[index]?[argument] : null;

    private PlanValue TakeSlot() => _released.TryPop(out PlanValue slot) ? slot : _plan.Slot();

    private void Add(
        in PlanSentence sentence,
        PlanOperationCode code,
        uint number,
        ReadOnlySpan<PlanValue> arguments,
        PlanValue? result = null,
        uint aux = 0,
        int accept = 0,
        int alsoAccept = 0
    )
    {
        if (Count == _operations.Length)
        {
            Array.Resize(ref _operations, Math.Max(Count * 2, 8));
            Array.Resize(ref _sentences, _operations.Length);
        }

        _sentences[Count] = sentence.In(_plan.Pieces);
        _operations[Count++] = new PlanOperation
        {
            Code = code,
            Number = number,
            Aux = aux,
            Result = result is { } slot ? (byte)slot.Value : PlanFormat.NoSlot,
            Accepted = checked((byte)accept),
            AlsoAccepted = checked((byte)alsoAccept),
            Kinds = KindsOf(arguments),
            A = At(arguments, 0),
            B = At(arguments, 1),
            C = At(arguments, 2),
            D = At(arguments, 3),
            E = At(arguments, 4),
            F = At(arguments, 5),
        };
        if (_plan.IsShown)
        {
            _texts.Add(TextsOf(arguments));
        }
    }

    private static long At(ReadOnlySpan<PlanValue> arguments, int index) => index < arguments.Length ? arguments[index].Value : 0;

    private static ushort KindsOf(ReadOnlySpan<PlanValue> arguments)
    {
        int kinds = 0;
        for (int i = 0; i < arguments.Length; i++)
        {
            kinds |= (int)arguments[i].Kind << (2 * i);
        }

        return (ushort)kinds;
    }

    private static string?[]? TextsOf(ReadOnlySpan<PlanValue> arguments)
    {
        string?[]? texts = null;
        for (int i = 0; i < arguments.Length; i++)
        {
            if (arguments[i].Text is { } text)
            {
                (texts ??= new string?[6])[i] = text;
            }
        }

        return texts;
    }

    private void EndBlock(int at) => _operations[at].C = Count - at - 1;

    private sealed class Block(PlanTrack track, int at) : IDisposable
    {
        public void Dispose() => track.EndBlock(at);
    }
}
