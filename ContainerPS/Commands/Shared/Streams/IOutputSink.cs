using System.Management.Automation;

namespace ContainerPS.Commands;

/// <summary>Where what a command in a container writes goes: down the pipeline, on its thread, or into a job.</summary>
internal interface IOutputSink
{
    /// <summary>A line or a chunk of standard output, or the result.</summary>
    void Output(object value);

    /// <summary>A line of standard error.</summary>
    void ErrorLine(string line);

    /// <summary>The exit code, as a shell would tell it; before <see cref="Failed"/>.</summary>
    void Exited(int exitCode);

    /// <summary>It ended otherwise than well.</summary>
    void Failed(ErrorRecord error);
}
