using System.Runtime.InteropServices;
using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Runtime;

/// <summary>While a foreground verb waits, what its user sends to it is meant for the container.</summary>
internal sealed class SignalForwarding : IDisposable
{
    private static readonly Signal[] _forwarded =
    [
        Signal.Hup,
        Signal.Int,
        Signal.Quit,
        Signal.Term,
        Signal.Usr1,
        Signal.Usr2,
        Signal.Winch,
    ];

    private readonly Pidfd? _process;
    private readonly List<PosixSignalRegistration> _registrations = [];

    private SignalForwarding(int pid)
    {
        _process = Pidfd.TryOpen(pid);
        foreach (Signal signal in _forwarded)
        {
            // A positive number is taken as the system's own (PosixSignal).
            _registrations.Add(
                PosixSignalRegistration.Create(
                    (PosixSignal)(int)signal,
                    context =>
                    {
                        context.Cancel = true;
                        _process?.SendSignal(signal);
                    }
                )
            );
        }
    }

    public static SignalForwarding To(int pid) => new(pid);

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _process?.Dispose();
    }
}
