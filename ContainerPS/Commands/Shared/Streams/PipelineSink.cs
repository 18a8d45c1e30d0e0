using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>Output down the pipeline of a cmdlet, its exit code in <c>$LASTEXITCODE</c>.</summary>
internal sealed class PipelineSink(EngineCmdlet cmdlet) : IOutputSink
{
    public void Output(object value) => cmdlet.WriteObject(value, enumerateCollection: false);

    public void ErrorLine(string line) => cmdlet.WriteInformation(line, CommandRun.StderrTags);

    public void Exited(int exitCode) => cmdlet.SessionState.PSVariable.Set("global:LASTEXITCODE", exitCode);

    public void Failed(ErrorRecord error) => cmdlet.WriteError(error);
}
