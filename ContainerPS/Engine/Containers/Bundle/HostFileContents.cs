using System.Net;
using System.Text;
using ContainerPS.Engine.Containers.Definition;
using ContainerPS.Engine.Containers.State;

namespace ContainerPS.Engine.Containers.Bundle;

/// <summary>What /etc/hosts, /etc/hostname and /etc/resolv.conf of a container say.</summary>
internal static class HostFileContents
{
    private const string Localhost = """
        127.0.0.1	localhost
        ::1	localhost ip6-localhost ip6-loopback
        fe00::	ip6-localnet
        ff00::	ip6-mcastprefix
        ff02::1	ip6-allnodes
        ff02::2	ip6-allrouters

        """;

    public static byte[] Hosts(ContainerDefinition definition, string hostname)
    {
        bool shared = NamespaceMode.Parse(definition.NetworkMode, "The network", "none").Owner == NamespaceOwner.Host;
        var text = new StringBuilder(shared ? ReadHost("/etc/hosts") : Localhost);
        if (!shared)
        {
            text.Append("127.0.1.1\t")
                .Append(definition.Domainname is { } domain ? $"{hostname}.{domain} {hostname}" : hostname)
                .Append('\n');
        }

        foreach (string entry in definition.ExtraHosts)
        {
            int colon = entry.IndexOf(':', StringComparison.Ordinal);
            text.Append(entry.AsSpan(colon + 1)).Append('\t').Append(entry.AsSpan(0, colon)).Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    public static byte[] ResolvConf(ContainerDefinition definition)
    {
        string[] host =
            definition.Dns.Count == 0 || definition.DnsSearch.Count == 0 || definition.DnsOptions.Count == 0 ? HostResolver() : [];
        bool own = NamespaceMode.Parse(definition.NetworkMode, "The network", "none").Owner != NamespaceOwner.Host;
        var text = new StringBuilder();
        Append(
            text,
            definition.Dns.Count > 0
                ? definition.Dns.Select(server => "nameserver " + server)
                : host.Where(line => Keyword(line) == "nameserver" && !(own && IsLoopback(line)))
        );
        Append(
            text,
            definition.DnsSearch.Count > 0
                ? [$"search {string.Join(' ', definition.DnsSearch)}"]
                : host.Where(line => Keyword(line) is "search" or "domain")
        );
        Append(
            text,
            definition.DnsOptions.Count > 0
                ? [$"options {string.Join(' ', definition.DnsOptions)}"]
                : host.Where(line => Keyword(line) == "options")
        );
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Append(StringBuilder text, IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            text.Append(line).Append('\n');
        }
    }

    private static string Keyword(string line) => line.Split([' ', '\t'], 2)[0];

    // A resolver on the host's loopback cannot be reached from another network namespace.
    private static bool IsLoopback(string line) =>
        IPAddress.TryParse(line["nameserver".Length..].Trim(), out IPAddress? address) && IPAddress.IsLoopback(address);

    private static string[] HostResolver()
    {
        var stamp = FileStamp.Of("/etc/resolv.conf");
        Resolver? known = Volatile.Read(ref _resolver);
        if (known?.Stamp == stamp)
        {
            return known.Lines;
        }

        string[] lines = ReadHost("/etc/resolv.conf").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Volatile.Write(ref _resolver, new Resolver(stamp, lines));
        return lines;
    }

    private static Resolver? _resolver;

    private sealed record Resolver(FileStamp Stamp, string[] Lines);

    private static string ReadHost(string path) => File.Exists(path) ? File.ReadAllText(path) : "";
}
