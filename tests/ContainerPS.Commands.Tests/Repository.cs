using System.Reflection;

namespace ContainerPS.Commands.Tests;

/// <summary>Where this build took place, and where its packages are.</summary>
internal static class Repository
{
    public static string Root { get; } = Metadata("RepositoryRoot");

    /// <summary>The module as it was laid out.</summary>
    public static string Module { get; } = Metadata("ModuleOutput");

    public static string PowerShellVersion { get; } = Metadata("PowerShellVersion");

    /// <summary>The package of the dotnet tool: its <c>tools</c> folder is a whole PowerShell.</summary>
    public static string PowerShellPackage { get; } = Metadata("PowerShellPackage");

    /// <summary>The manifest of the Pester that runs everything.</summary>
    public static string Pester { get; } = Metadata("Pester");

    /// <summary>The manifest of the Pester before it.</summary>
    public static string OlderPester { get; } = Metadata("OlderPester");

    private static string Metadata(string key) =>
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
