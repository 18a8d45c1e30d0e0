using System.Diagnostics;
using System.Globalization;

namespace ContainerPS.Bench;

/// <summary>
/// A warm pwsh with the module loaded, that runs one line when asked and says how many milliseconds it took by its own clock.
/// </summary>
public sealed class PowerShellHost : IDisposable
{
    private readonly Process _process;

    public PowerShellHost(string pwsh, string module, IReadOnlyDictionary<string, string> environment)
    {
        string loop = $$"""
            $ErrorActionPreference = 'Stop'
            Import-Module '{{module}}'
            while ($null -ne ($line = [Console]::In.ReadLine())) {
                try {
                    $block = [scriptblock]::Create($line)
                    $clock = [Diagnostics.Stopwatch]::StartNew()
                    $null = & $block
                    $took = $clock.Elapsed.TotalMilliseconds
                    [Console]::Out.WriteLine($took.ToString([cultureinfo]::InvariantCulture))
                }
                catch { [Console]::Out.WriteLine("error: $_") }
            }
            """;
        var start = new ProcessStartInfo(pwsh, ["-NoProfile", "-NonInteractive", "-Command", loop])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach ((string? name, string? value) in environment)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
    }

    public double Measure(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
        string? answer = _process.StandardOutput.ReadLine();
        return double.TryParse(answer, NumberStyles.Float, CultureInfo.InvariantCulture, out double milliseconds)
            ? milliseconds
            : throw new InvalidOperationException($"pwsh could not run '{line}': {answer ?? "it ended"}");
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(5000))
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
