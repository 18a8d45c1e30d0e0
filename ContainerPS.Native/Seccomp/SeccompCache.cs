using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ContainerPS.Native.Oci;

namespace ContainerPS.Native.Seccomp;

/// <summary>
/// Compiled filters by (profile, version of our compaction, architecture, kernel, libseccomp version): in memory for the process, as files
/// for the next one. A file is written beside its name and renamed, and carries a digest of itself: one that a power cut tore is compiled
/// again.
/// </summary>
public static class SeccompCache
{
    private const int DigestSize = 32;
    private const int HeaderSize = 8 + DigestSize;

    private static readonly ConditionalWeakTable<LinuxSeccomp, SeccompFilter> _byProfile = [];
    private static readonly ConcurrentDictionary<string, SeccompFilter> _byKey = new();

    /// <summary>The file name of the library that is installed, which ends in its version; "unknown" where none is found.</summary>
    public static string LibraryVersion =>
        LibSeccomp.FindVersion() is var name && name.LastIndexOf(".so.", StringComparison.Ordinal) is var at and >= 0
            ? name[(at + 4)..]
            : "unknown";

    /// <summary>The filter of a profile; without a directory it is kept in memory only. The directory is made if it is missing.</summary>
    public static SeccompFilter Get(LinuxSeccomp profile, string? directory)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return _byProfile.GetValue(profile, missing => _byKey.GetOrAdd(KeyOf(missing), key => Load(missing, directory, key)));
    }

    internal static string KeyOf(LinuxSeccomp profile, int compaction = SeccompCompaction.Version)
    {
        byte[] document = JsonSerializer.SerializeToUtf8Bytes(profile, OciJson.Default.LinuxSeccomp);
        byte[] host = Encoding.UTF8.GetBytes(
            $"\n{compaction} {System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture} "
                + $"{Linux.HostFacts.KernelRelease} {LibSeccomp.FindVersion()}"
        );
        return Convert.ToHexStringLower(SHA256.HashData([.. document, .. host]));
    }

    private static SeccompFilter Load(LinuxSeccomp profile, string? directory, string key)
    {
        if (directory is null)
        {
            return SeccompCompiler.Compile(profile);
        }

        string path = $"{directory}/{key}.bpf";
        if (TryRead(path) is { } kept)
        {
            return kept;
        }

        SeccompFilter filter = SeccompCompiler.Compile(profile);
        Keep(filter, directory, path);
        return filter;
    }

    private static SeccompFilter? TryRead(string path)
    {
        try
        {
            return File.Exists(path) ? Decode(File.ReadAllBytes(path)) : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>What cannot be kept, on a full disk for one, is compiled again by the next process.</summary>
    private static void Keep(SeccompFilter filter, string directory, string path)
    {
        string temporary = $"{path}.{Environment.ProcessId}.{Environment.CurrentManagedThreadId}";
        try
        {
            Directory.CreateDirectory(directory);
            File.WriteAllBytes(temporary, Encode(filter));
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Linux.Files.TryUnlink(temporary);
        }
    }

    /// <summary>Flags, instruction count, SHA-256 of both and the program, program.</summary>
    internal static byte[] Encode(SeccompFilter filter)
    {
        byte[] bytes = new byte[HeaderSize + filter.Program.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, filter.Flags);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), filter.InstructionCount);
        filter.Program.CopyTo(bytes, HeaderSize);
        Digest(bytes).CopyTo(bytes, 8);
        return bytes;
    }

    internal static SeccompFilter? Decode(byte[] bytes)
    {
        if (
            bytes.Length < HeaderSize
            || bytes.Length - HeaderSize != BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4)) * (long)SeccompFilter.InstructionSize
            || !Digest(bytes).AsSpan().SequenceEqual(bytes.AsSpan(8, DigestSize))
        )
        {
            return null;
        }

        return new SeccompFilter(bytes[HeaderSize..], BinaryPrimitives.ReadUInt32LittleEndian(bytes));
    }

    private static byte[] Digest(byte[] bytes) => SHA256.HashData([.. bytes.AsSpan(0, 8), .. bytes.AsSpan(HeaderSize)]);
}
