using System.Diagnostics;

namespace ContainerPS.House.Tests;

/// <summary>
/// A build by root in another user's clone leaves nothing that this user's next build could not overwrite (Directory.Build.targets).
/// </summary>
public sealed class Ownership : IDisposable
{
    private const string Somebody = "65534";
    private readonly DirectoryInfo _clone = Directory.CreateTempSubdirectory("containerps-clone-");

    public void Dispose() => _clone.Delete(recursive: true);

    [SkippableFact]
    public void What_a_build_by_root_makes_belongs_to_the_owner_of_the_clone()
    {
        Skip.IfNot(Environment.IsPrivilegedProcess, "only root can build in the clone of another user");
        File.Copy(Path.Combine(SourceTree.Root, "Directory.Build.targets"), Path.Combine(_clone.FullName, "Directory.Build.targets"));
        Write(
            "Directory.Build.props",
            "<Project><PropertyGroup><RepositoryRoot>$(MSBuildThisFileDirectory)</RepositoryRoot></PropertyGroup></Project>"
        );
        Write(
            "a/a.csproj",
            """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>
              <!-- As the module's layout does it: after the build, outside of the project. -->
              <Target Name="LayOut" AfterTargets="Build"><Copy SourceFiles="$(TargetPath)" DestinationFolder="../out" /></Target>
            </Project>
            """
        );
        Write("a/a.cs", "this does not compile");
        Run("chown", "-R", $"{Somebody}:{Somebody}", _clone.FullName);

        Assert.Equal(1, Run("dotnet", "build", Path.Combine(_clone.FullName, "a")));
        Assert.True(Directory.Exists(Path.Combine(_clone.FullName, "a/obj")));
        Assert.Empty(FilesOfRoot());

        File.WriteAllText(Path.Combine(_clone.FullName, "a/a.cs"), "class A;");
        Assert.Equal(0, Run("dotnet", "build", Path.Combine(_clone.FullName, "a")));
        Assert.True(File.Exists(Path.Combine(_clone.FullName, "out/a.dll")));
        Assert.Empty(FilesOfRoot());
    }

    /// <summary>`sudo dotnet test` restores the benchmark too, and does not build it.</summary>
    [SkippableFact]
    public void What_a_restore_of_the_solution_by_root_makes_belongs_to_the_owner_of_the_clone()
    {
        Skip.IfNot(Environment.IsPrivilegedProcess, "only root can restore in the clone of another user");
        File.Copy(Path.Combine(SourceTree.Root, "Directory.Solution.targets"), Path.Combine(_clone.FullName, "Directory.Solution.targets"));
        Write(
            "a/a.csproj",
            """<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup></Project>"""
        );
        Assert.Equal(0, Run("dotnet", "new", "sln", "--format", "sln", "--name", "all", "--output", _clone.FullName));
        string solution = Path.Combine(_clone.FullName, "all.sln");
        Assert.Equal(0, Run("dotnet", "sln", solution, "add", Path.Combine(_clone.FullName, "a")));
        Run("chown", "-R", $"{Somebody}:{Somebody}", _clone.FullName);

        Assert.Equal(0, Run("dotnet", "restore", solution));
        Assert.True(File.Exists(Path.Combine(_clone.FullName, "a/obj/project.assets.json")));
        Assert.Empty(FilesOfRoot());
    }

    private string[] FilesOfRoot()
    {
        using Process find = Process.Start(
            new ProcessStartInfo("find", [_clone.FullName, "-mindepth", "1", "-user", "root"]) { RedirectStandardOutput = true }
        )!;
        string found = find.StandardOutput.ReadToEnd();
        find.WaitForExit();
        Assert.Equal(0, find.ExitCode);
        return found.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static int Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }

    private void Write(string path, string text)
    {
        string file = Path.Combine(_clone.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
