using ContainerPS;
using ContainerPS.Bench;

// Usage: ContainerPS.Bench [--json FILE] [--only TEXT] [--runs N]
// Every row is interleaved; medians are printed. Run it with nothing else at work on the machine; the load is printed with each row.
string? Option(string name) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;

string? only = Option("--only");
int? runs = Option("--runs") is { } text ? int.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : null;
string module = Path.Combine(Workspace.Repository, "out", "ContainerPS");
string? pwsh = Peers.Find("pwsh");

using var workspace = new Workspace(Path.Combine(Path.GetTempPath(), $"containerps-bench-{Environment.ProcessId}"));
Container model = Rows.Stand(workspace.Engine);
using var floor = new FloorProcess(
    FloorProcess.Compile(workspace.Root),
    workspace.FloorSettings(model.Pid ?? throw new InvalidOperationException("The container does not run."))
);
workspace.WriteSameBundle(model.Id);
workspace.Engine.Containers.Remove(model, force: true);
using PowerShellHost? shell = pwsh is null ? null : new PowerShellHost(pwsh, module, workspace.Environment_);
var peers = new Peers(floor, workspace.Bundle, workspace.SameBundle, Workspace.ImageName);
var rows = new Rows(workspace, floor, peers, shell, pwsh, module);

Console.WriteLine(Machine.Description);
foreach ((string? name, string? version) in peers.Versions)
{
    Console.WriteLine($"{name}: {version}");
}

Console.WriteLine();

var results = new List<RowResult>();
try
{
    foreach (Row row in rows.All().Where(row => only is null || row.Title.Contains(only, StringComparison.OrdinalIgnoreCase)))
    {
        RowResult result = Interleaved.Run(row with { Runs = runs ?? row.Runs });
        Report.Print(result);
        results.Add(result);
    }
}
catch (InvalidOperationException failure)
{
    Console.Error.WriteLine(failure.Message);
    return 2;
}
finally
{
    rows.Finish();
}

if (Option("--json") is { } file)
{
    Report.WriteJson(file, results, peers.Versions);
}

return results.SelectMany(Report.Verdicts).All(verdict => verdict.Holds == true) ? 0 : 1;
