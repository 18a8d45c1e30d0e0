using System.Numerics;
using static ContainerPS.Native.Interop.Libc;

namespace ContainerPS.Native.Linux;

/// <summary>Processors that a thread may run on (man 2 sched_setaffinity).</summary>
internal sealed unsafe class ProcessorMask
{
    // 8192 processors: the most that Linux can be built for; a shorter mask is refused by such a kernel.
    private readonly ulong[] _words = new ulong[128];

    /// <summary>Those of the calling thread.</summary>
    public bool TryRead()
    {
        fixed (ulong* words = _words)
        {
            return sched_getaffinity(0, (nuint)(_words.Length * sizeof(ulong)), words) == 0;
        }
    }

    /// <summary>Those of another mask but one; all of them where it has only that one.</summary>
    public void Take(ProcessorMask other, int except)
    {
        other._words.CopyTo(_words, 0);
        if (except < 0 || other.Count <= 1)
        {
            return;
        }

        _words[except / 64] &= ~(1ul << (except % 64));
    }

    /// <summary>Best effort: a thread that may not be moved runs where it is.</summary>
    public void TryApply(int thread)
    {
        fixed (ulong* words = _words)
        {
            sched_setaffinity(thread, (nuint)(_words.Length * sizeof(ulong)), words);
        }
    }

    private int Count
    {
        get
        {
            int count = 0;
            foreach (ulong word in _words)
            {
                count += BitOperations.PopCount(word);
            }

            return count;
        }
    }
}
