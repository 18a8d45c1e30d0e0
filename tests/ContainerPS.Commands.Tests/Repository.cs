using System.Reflection;

namespace ContainerPS.Commands.Tests;

/// <summary>Where this build took place.</summary>
internal static class Repository
{
    public static string Root { get; } = Metadata("RepositoryRoot");

    /// <summary>The module as it was laid out.</summary>
    public static string Module { get; } = Metadata("ModuleOutput");

    private static string Metadata(string key) =>
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
