using ContainerPS.Native.Linux;

namespace ContainerPS.Native.Cgroups;

/// <summary>Collects what is to be written, checks that it can be, then writes it in order and undoes it in reverse.</summary>
internal sealed class SettingList(Cgroup group)
{
    private readonly List<CgroupSetting> _settings = [];

    public IReadOnlyList<CgroupSetting> Settings => _settings;

    public CgroupHost Host => group.Host;

    /// <summary>A value that is the file's only one: what it says now puts it back.</summary>
    public void Set(string controller, string file, string value)
    {
        string? old = Old(controller, file);
        Add(controller, file, value, old, old);
    }

    /// <summary>A value of one key ("8:0 rbps=1") in a file that holds many.</summary>
    public void SetKeyed(string controller, string file, string key, string value, string absent)
    {
        string? old = Old(controller, file);
        string before = ControlText.Line(old, key) ?? absent;
        Add(controller, file, $"{key} {value}", old is null ? null : $"{key} {before}", old is null ? null : $"{key} {before}");
    }

    /// <summary>A part of one key's line ("8:0 rbps=1"), with what puts it back.</summary>
    public void SetPart(string controller, string file, string value, string before)
    {
        string? old = group.HasDefaults(controller) ? null : before;
        Add(controller, file, value, old, old);
    }

    /// <summary>A line of a file that we know nothing about: it can be put back only when the file is one value.</summary>
    public void SetAny(string controller, string file, string value, bool isOnly)
    {
        string? old = Old(controller, file);
        Add(controller, file, value, old, isOnly && old?.Contains('\n', StringComparison.Ordinal) == false ? old : null);
    }

    /// <summary>A value that no old one can be read for.</summary>
    public void Command(string controller, string file, string value, string? undo = null) => Add(controller, file, value, null, undo);

    /// <summary>What the file says now; null in a new group, whose values are the kernel's defaults.</summary>
    public string? Old(string controller, string file) => group.HasDefaults(controller) ? null : group.Directory(controller)?.TryRead(file);

    /// <summary>Whether the file can be asked for; what the group is not in yet is believed to have what a kernel may have.</summary>
    public bool Has(string controller, string file) => !group.IsIn(controller) || group.Directory(controller)!.Has(file);

    /// <summary>Whether the file is there; false while the group is not in that controller.</summary>
    public bool HasNow(string controller, string file) => group.IsIn(controller) && group.Directory(controller)!.Has(file);

    /// <summary>Throws when the controller is not on this host.</summary>
    public void Require(string controller)
    {
        if (!Host.Has(controller))
        {
            throw Host.Missing(controller);
        }
    }

    /// <summary>Something that is done rather than written (a device program), in its place among the writes.</summary>
    public void Act(string controller, string file, string value, Action action) =>
        _settings.Add(
            new()
            {
                Controller = controller,
                File = file,
                Value = value,
                Action = action,
            }
        );

    public void Write()
    {
        int done = 0;
        try
        {
            while (done < _settings.Count)
            {
                WriteRun(ref done);
            }
        }
        catch (LinuxException failure)
        {
            CgroupSetting setting = _settings[done];
            IReadOnlyList<string> left = Undo(done);
            throw CgroupException.FromWrite(setting.Controller, group.Path, setting.File, setting.Value, failure, left);
        }
    }

    private void Add(string controller, string file, string value, string? old, string? undo)
    {
        Require(controller);
        CgroupDirectory? directory = group.Directory(controller);
        string path = directory?.PathOf(file) ?? $"{Host.HierarchyOf(controller)!.PathOf(group.Path)}/{file}";
        if (!group.HasDefaults(controller) && !Has(controller, file))
        {
            throw new CgroupException(
                CgroupErrorKind.ControllerUnavailable,
                $"The kernel has no file {path}.",
                CgroupHints.ForWrite(path, Interop.Libc.ENOENT)
            )
            {
                Controller = controller,
                Path = group.Path,
                File = path,
                Value = value,
                Errno = Interop.Libc.ENOENT,
            };
        }

        _settings.Add(
            new()
            {
                Controller = controller,
                File = path,
                Name = file,
                Value = value,
                OldValue = old,
                Undo = undo,
            }
        );
    }

    // Neighbours that go to one file (the device list) share one open; each is a write(2) of its own, as the kernel parses them.
    private void WriteRun(ref int done)
    {
        CgroupSetting first = _settings[done];
        if (first.Action is not null)
        {
            first.Action();
            done++;
            return;
        }

        using FileDescriptor open = group.Ensure(first.Controller).OpenToWrite(first.Name);
        while (done < _settings.Count && _settings[done].File == first.File)
        {
            CgroupDirectory.WriteText(open, _settings[done].Value);
            done++;
        }
    }

    // The first error stays the one that is told; what could not be put back goes with it.
    private List<string> Undo(int end)
    {
        List<string> left = [];
        for (int index = end - 1; index >= 0; index--)
        {
            if (_settings[index] is { Undo: { } undo } setting && !TryWrite(setting, undo))
            {
                left.Add(setting.File);
            }
        }

        return left;
    }

    private bool TryWrite(CgroupSetting setting, string value)
    {
        try
        {
            group.Directory(setting.Controller)?.Write(setting.Name, value);
            return true;
        }
        catch (LinuxException)
        {
            return false;
        }
    }
}
