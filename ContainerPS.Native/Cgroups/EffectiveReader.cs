namespace ContainerPS.Native.Cgroups;

/// <summary>Reads control files and keeps, by member name, where each was found or why it was not.</summary>
internal sealed class EffectiveReader(Cgroup group)
{
    private readonly Dictionary<string, CgroupValue> _values = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, CgroupValue> Values => _values;

    public string? Text(string name, string controller, string file) => TextOfFirst(name, controller, file);

    /// <summary>The first of the files that this kernel has.</summary>
    public string? TextOfFirst(string name, string controller, params ReadOnlySpan<string> files)
    {
        if (!group.Host.Has(controller))
        {
            CgroupException missing = group.Host.Missing(controller);
            _values[name] = new(name, controller, null, null, IsSupported: false, missing.Message);
            return null;
        }

        CgroupDirectory? directory = group.Directory(controller);
        if (directory is not { Exists: true })
        {
            _values[name] = NotJoined(name, controller, files[0]);
            return null;
        }

        foreach (string file in files)
        {
            if (directory.TryRead(file) is { } text)
            {
                _values[name] = new(name, controller, directory.PathOf(file), text, IsSupported: true, null);
                return text;
            }
        }

        _values[name] = new(
            name,
            controller,
            directory.PathOf(files[0]),
            null,
            IsSupported: false,
            $"This kernel ({Linux.HostFacts.KernelRelease}) has no file {files[0]}."
        );
        return null;
    }

    public void Missing(string name, string reason) => _values[name] = new(name, null, null, null, IsSupported: false, reason);

    /// <summary>A member that is computed from another one's file.</summary>
    public void Same(string name, string other) => _values[name] = _values[other] with { Name = name };

    public IReadOnlyList<(string PageSize, long Limit)> Hugetlb()
    {
        bool unified = group.Host.HierarchyOf("hugetlb")?.IsUnified == true;
        List<(string, long)> limits = [];
        foreach (string size in PageSizes.All)
        {
            string? text = Text("HugetlbMax", "hugetlb", unified ? $"hugetlb.{size}.max" : $"hugetlb.{size}.limit_in_bytes");
            if (ControlText.Limit(text) is { } limit)
            {
                limits.Add((size, limit));
            }
        }

        return limits;
    }

    public IReadOnlyList<(string Device, string Limits)> Rdma() =>
        [
            .. ControlText
                .Lines(Text("RdmaMax", "rdma", "rdma.max"))
                .Select(line => line.Split(' ', 2))
                .Where(parts => parts.Length == 2)
                .Select(parts => (parts[0], parts[1])),
        ];

    private CgroupValue NotJoined(string name, string controller, string file) =>
        new(
            name,
            controller,
            $"{group.Host.HierarchyOf(controller)!.PathOf(group.Path)}/{file}",
            null,
            IsSupported: true,
            "The group is not in this hierarchy: no limit of it was asked for."
        );
}
