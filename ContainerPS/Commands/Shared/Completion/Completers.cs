using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using ContainerPS.Engine;
using ContainerPS.Native.Linux;

namespace ContainerPS.Commands;

/// <summary>Completes the last word of an argument from a list of texts.</summary>
public abstract class TextCompleter : IArgumentCompleter
{
    private protected TextCompleter() { }

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName,
        string parameterName,
        string wordToComplete,
        CommandAst commandAst,
        IDictionary fakeBoundParameters
    )
    {
        string word = (wordToComplete ?? "").Trim('\'', '"');
        return Safely()
            .Where(c => c.Text.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            .Select(c => new CompletionResult(c.Text, c.Text, CompletionResultType.ParameterValue, c.ToolTip));
    }

    private protected abstract IEnumerable<(string Text, string ToolTip)> Candidates();

    // A store that cannot be read completes to nothing: an error in the middle of typing helps nobody, the command itself will tell.
    private List<(string Text, string ToolTip)> Safely()
    {
        try
        {
            return [.. Candidates()];
        }
        catch (Exception e) when (e is EngineException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}

/// <summary>Names of containers.</summary>
public sealed class ContainerNameCompleter : TextCompleter
{
    private protected override IEnumerable<(string, string)> Candidates() =>
        EngineSession.Current.Containers.List().Select(c => (c.Name, $"{c.State} {c.Image}"));
}

/// <summary>Short ids of containers.</summary>
public sealed class ContainerIdCompleter : TextCompleter
{
    private protected override IEnumerable<(string, string)> Candidates() =>
        EngineSession.Current.Containers.List().Select(c => (c.ShortId, $"{c.Name} {c.State}"));
}

/// <summary>Names of images.</summary>
public sealed class ImageNameCompleter : TextCompleter
{
    private protected override IEnumerable<(string, string)> Candidates() =>
        EngineSession.Current.Images.List().Where(i => i.Reference is not null).Select(i => (i.ToString(), i.Id));
}

/// <summary>Short ids of images.</summary>
public sealed class ImageIdCompleter : TextCompleter
{
    private protected override IEnumerable<(string, string)> Candidates() =>
        EngineSession.Current.Images.List().Select(i => (i.ShortId, i.ToString()));
}

/// <summary>Names of signals.</summary>
public sealed class SignalCompleter : TextCompleter
{
    private protected override IEnumerable<(string, string)> Candidates() =>
        Enum.GetValues<Signal>()
            .Distinct()
            .Select(s =>
                (s.ToString().ToUpperInvariant(), FormattableString.Invariant($"SIG{s.ToString().ToUpperInvariant()} ({(int)s})"))
            );
}

/// <summary>Kinds of things that events are about.</summary>
public sealed class EventTypeCompleter : TextCompleter
{
    private protected override IEnumerable<(string, string)> Candidates() => EventTypes.All.Select(type => (type, $"Events of {type}s"));
}

/// <summary>Actions of events.</summary>
public sealed class EventActionCompleter : TextCompleter
{
    private protected override IEnumerable<(string, string)> Candidates() => EventActions.All.Select(action => (action, action));
}

/// <summary>Names of capabilities.</summary>
public sealed class CapabilityCompleter : TextCompleter
{
    // capabilities(7), by number.
    private static readonly string[] Names =
    [
        "CHOWN",
        "DAC_OVERRIDE",
        "DAC_READ_SEARCH",
        "FOWNER",
        "FSETID",
        "KILL",
        "SETGID",
        "SETUID",
        "SETPCAP",
        "LINUX_IMMUTABLE",
        "NET_BIND_SERVICE",
        "NET_BROADCAST",
        "NET_ADMIN",
        "NET_RAW",
        "IPC_LOCK",
        "IPC_OWNER",
        "SYS_MODULE",
        "SYS_RAWIO",
        "SYS_CHROOT",
        "SYS_PTRACE",
        "SYS_PACCT",
        "SYS_ADMIN",
        "SYS_BOOT",
        "SYS_NICE",
        "SYS_RESOURCE",
        "SYS_TIME",
        "SYS_TTY_CONFIG",
        "MKNOD",
        "LEASE",
        "AUDIT_WRITE",
        "AUDIT_CONTROL",
        "SETFCAP",
        "MAC_OVERRIDE",
        "MAC_ADMIN",
        "SYSLOG",
        "WAKE_ALARM",
        "BLOCK_SUSPEND",
        "AUDIT_READ",
        "PERFMON",
        "BPF",
        "CHECKPOINT_RESTORE",
    ];

    private protected override IEnumerable<(string, string)> Candidates() => Names.Append("ALL").Select(n => (n, "CAP_" + n));
}

/// <summary>Modes of a namespace: the fixed ones, and those of containers.</summary>
public sealed class NamespaceCompleter : TextCompleter
{
    private protected override IEnumerable<(string, string)> Candidates() =>
        new[] { ("private", "A namespace of its own"), ("host", "The host's own") }.Concat(
            EngineSession.Current.Containers.List().Select(c => ("container:" + c.Name, $"That of {c.Name}"))
        );
}

/// <summary>Modes of the ipc namespace: another container's cannot be had, because its /dev/shm cannot.</summary>
public sealed class IpcCompleter : TextCompleter
{
    private protected override IEnumerable<(string, string)> Candidates() =>
        [("private", "A namespace of its own"), ("host", "The host's own")];
}

/// <summary>Modes of the network.</summary>
public sealed class NetworkCompleter : TextCompleter
{
    private protected override IEnumerable<(string, string)> Candidates() =>
        new[] { ("none", "Loopback only"), ("host", "The host's own") }.Concat(
            EngineSession.Current.Containers.List().Select(c => ("container:" + c.Name, $"That of {c.Name}"))
        );
}
