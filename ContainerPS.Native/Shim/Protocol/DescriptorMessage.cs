using ContainerPS.Native.Launch;

namespace ContainerPS.Native.Shim.Protocol;

/// <summary>Messages of the starter that bring descriptors along (man 7 unix, SCM_RIGHTS); all of them close-on-exec.</summary>
internal static unsafe class DescriptorMessage
{
    public const int MaximumCount = PlanFormat.InheritedCount + 1;
    private const int HeaderSize = 16;
    private const int SOL_SOCKET = 1;
    private const int SCM_RIGHTS = 1;
    private const long MSG_CMSG_CLOEXEC = 0x4000_0000;
    private const int ECANCELED = 125;

    public struct Control
    {
        public long Length;
        public int Level;
        public int Type;
        public fixed int Descriptors[MaximumCount + 1];
    }

    /// <summary>The length of the message, 0 when the sender has closed its end, or -errno.</summary>
    public static long Receive(long socket, void* bytes, int length, Control* control)
    {
        iovec part;
        part.iov_base = bytes;
        part.iov_len = (ulong)length;
        msghdr message;
        Memory.Clear(&message, sizeof(msghdr));
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = (ulong)sizeof(Control);
        control->Length = 0;
        long result;
        do
        {
            result = Sys.Call(SystemCall.recvmsg, socket, (long)&message, MSG_CMSG_CLOEXEC);
        } while (result == -EINTR);
        return result;
    }

    public static bool Brings(Control* control, long count) =>
        control->Length == HeaderSize + count * sizeof(int) && control->Level == SOL_SOCKET && control->Type == SCM_RIGHTS;

    /// <summary>One descriptor, which comes with one byte; the end of the file means that the starter gave up, it knows why.</summary>
    public static long ReceiveOne(long socket)
    {
        byte unused;
        Control control;
        long length = Receive(socket, &unused, 1, &control);
        if (length < 0)
        {
            return length;
        }

        return length == 1 && Brings(&control, 1) ? control.Descriptors[0] : -ECANCELED;
    }
}
