using System.Text;

namespace ContainerPS.Engine.Containers.Attach;

/// <summary>Collects pieces of output into lines, a stream apart from the other.</summary>
internal sealed class OutputLines
{
    private readonly MemoryStream[] _streams = [new(), new()];

    public void Add(OutputChunk chunk) => _streams[(int)chunk.Stream].Write(chunk.Data);

    /// <summary>The lines of a stream; a last one without line feed counts.</summary>
    public IReadOnlyList<string> Of(ContainerStream stream)
    {
        string text = Encoding.UTF8.GetString(_streams[(int)stream].GetBuffer(), 0, (int)_streams[(int)stream].Length);
        if (text.Length == 0)
        {
            return [];
        }

        return (text[^1] == '\n' ? text[..^1] : text).Split('\n');
    }
}
