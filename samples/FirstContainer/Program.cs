// A first container, from PowerShell: hosts PowerShell in this process and runs README's own script in it, First.ps1, shown as it goes.
//
//   sudo dotnet run --project samples/FirstContainer
//
// Another script can be named: sudo dotnet run --project samples/FirstContainer -- other.ps1
// The exit code is 0 when all of the script succeeded, 130 when Ctrl-C ended it. Also then it removes what it made.

using System.Management.Automation.Runspaces;
using System.Reflection;
using System.Runtime.InteropServices;
using FirstContainer;
using Microsoft.PowerShell;

if (!Environment.IsPrivilegedProcess)
{
    Console.Error.WriteLine("Containers need root: sudo dotnet run --project samples/FirstContainer");
    return 125;
}

// PowerShell reads both when its first runspace opens: a sample reports nothing, and asks for no updates.
Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");
Environment.SetEnvironmentVariable("POWERSHELL_UPDATECHECK", "Off");

string module = Assembly
    .GetExecutingAssembly()
    .GetCustomAttributes<AssemblyMetadataAttribute>()
    .Single(data => data.Key == "Module")
    .Value!;

// CreateDefault2 lacks the standard modules in a program that is built for one runtime identifier.
var session = InitialSessionState.CreateDefault();
session.ImportPSModule(module);
session.ThrowOnRunspaceOpenError = true;

string script = args.Length > 0 ? Path.GetFullPath(args[0]) : Path.Combine(AppContext.BaseDirectory, "First.ps1");

// The script takes ./rootfs where there is one.
DirectoryInfo work = Directory.CreateTempSubdirectory("first-container-");

// PowerShell ends a script at SIGINT, which runs its `finally`, and takes that for a success.
bool interrupted = false;
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => interrupted = true);
try
{
    BusyBox.MakeRootFs(Path.Combine(work.FullName, "rootfs"));
    Environment.CurrentDirectory = work.FullName;
    string show = Path.Combine(AppContext.BaseDirectory, "Show.ps1");
    int exitCode = ConsoleShell.Start(session, "", "", ["-NoProfile", "-NonInteractive", "-File", show, script]);
    return interrupted ? 130 : exitCode;
}
finally
{
    Environment.CurrentDirectory = "/";
    work.Delete(recursive: true);
}
