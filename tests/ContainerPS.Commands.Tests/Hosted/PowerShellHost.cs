using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace ContainerPS.Commands.Tests.Hosted;

/// <summary>
/// PowerShell in this process, with the module as it was laid out. One runspace for all tests of the collection, one after another, and one
/// store: the environment that names the store belongs to the process.
/// </summary>
public sealed class PowerShellHost : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("containerps-hosted-");
    private readonly Runspace _runspace;

    public PowerShellHost()
    {
        Environment.SetEnvironmentVariable("CONTAINERPS_ROOT", Path.Combine(_folder.FullName, "root"));
        Environment.SetEnvironmentVariable("CONTAINERPS_RUNROOT", Path.Combine(_folder.FullName, "run"));
        Environment.SetEnvironmentVariable("CONTAINERPS_CGROUP_PARENT", "/containerps-test-" + Guid.NewGuid().ToString("N")[..8]);

        // Not CreateDefault2: with a RuntimeIdentifier its session has no standard modules.
        var state = InitialSessionState.CreateDefault();
        state.ThrowOnRunspaceOpenError = true;
        state.ImportPSModule([Path.Combine(Repository.Module, "ContainerPS.psd1")]);
        _runspace = RunspaceFactory.CreateRunspace(state);
        _runspace.Open();
        Commands =
        [
            .. Run("Get-Command -Module ContainerPS -CommandType Cmdlet").Output.Select(o => (CmdletInfo)o.BaseObject).OrderBy(c => c.Name),
        ];
    }

    /// <summary>Why no container can be created here; null when one can. Nothing is started: root is all that this needs.</summary>
    public static string? Obstacle => Environment.IsPrivilegedProcess ? null : "needs root";

    /// <summary>The cmdlets as PowerShell sees them.</summary>
    public IReadOnlyList<CmdletInfo> Commands { get; }

    /// <summary>A root file system with one file, to make images of.</summary>
    public string RootFs
    {
        get
        {
            string path = Path.Combine(_folder.FullName, "rootfs");
            if (!Directory.Exists(path))
            {
                Directory.CreateDirectory(Path.Combine(path, "etc"));
                File.WriteAllText(Path.Combine(path, "etc/passwd"), "root:x:0:0:root:/:/bin/sh\n");
            }

            return path;
        }
    }

    /// <summary>Runs a script; what ends it is the last of the errors.</summary>
    /// <param name="script">Its arguments are <c>$args</c>.</param>
    /// <param name="arguments">Objects, given as they are.</param>
    internal ShellResult Run(string script, params object?[] arguments)
    {
        using var shell = PowerShell.Create(_runspace);
        shell.AddScript(script, useLocalScope: true);
        Array.ForEach(arguments, argument => shell.AddArgument(argument));
        var output = new List<PSObject>();
        try
        {
            shell.Invoke(null, output);
            return new ShellResult(output, [.. shell.Streams.Error], [.. shell.Streams.Warning.Select(w => w.Message)]);
        }
        catch (RuntimeException ended)
        {
            return new ShellResult(output, [.. shell.Streams.Error, ended.ErrorRecord], []);
        }
    }

    /// <summary>Does something where this thread has the runspace: static binding looks up commands in it.</summary>
    internal T Inside<T>(Func<T> action)
    {
        Runspace? before = Runspace.DefaultRunspace;
        Runspace.DefaultRunspace = _runspace;
        try
        {
            return action();
        }
        finally
        {
            Runspace.DefaultRunspace = before;
        }
    }

    public void Dispose()
    {
        ShellResult removal = Run("Get-Container | Remove-Container -Force -ErrorAction Stop");
        // The engine deletes in the background what it has removed: closing it waits for that.
        _runspace.Dispose();
        _folder.Delete(recursive: true);
        Assert.Empty(removal.Errors);
    }
}

/// <summary>What a script wrote.</summary>
internal sealed record ShellResult(IReadOnlyList<PSObject> Output, IReadOnlyList<ErrorRecord> Errors, IReadOnlyList<string> Warnings)
{
    /// <summary>The output as text, when nothing failed.</summary>
    public IReadOnlyList<string> Texts
    {
        get
        {
            Assert.True(Errors.Count == 0, string.Join(Environment.NewLine, Errors));
            return [.. Output.Select(o => o?.ToString() ?? "")];
        }
    }

    /// <summary>The one object, when nothing failed.</summary>
    public T One<T>()
    {
        Assert.True(Errors.Count == 0, string.Join(Environment.NewLine, Errors));
        return (T)Assert.Single(Output).BaseObject;
    }

    /// <summary>The id of the one error, without the cmdlet, and nothing was written.</summary>
    public string ErrorId
    {
        get
        {
            Assert.Empty(Output);
            return Assert.Single(Errors).FullyQualifiedErrorId.Split(',')[0];
        }
    }
}

/// <summary>All that is hosted shares one runspace, so it runs one after another.</summary>
[CollectionDefinition(Name)]
[System.Diagnostics.CodeAnalysis.SuppressMessage("Naming", "CA1711", Justification = "It is a collection of tests.")]
public sealed class HostedCollection : ICollectionFixture<PowerShellHost>
{
    public const string Name = "Hosted PowerShell";
}
