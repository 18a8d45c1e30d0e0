using ContainerPS.Native.Launch;

namespace ContainerPS.Engine.Containers.State;

/// <summary>
/// The two records behind a handle, each read again when its file has changed since. What cannot be read leaves what was last known:
/// getters never throw.
/// </summary>
internal sealed class ContainerView
{
    private readonly Lock _gate = new();
    private readonly Func<string> _bootId;
    private readonly Func<int> _cgroupVersion;
    private readonly Func<string, string?> _damageOfLost;
    private readonly bool _frozen;
    private ContainerRecord _record;
    private FileStamp _recordStamp;
    private FileStamp _startStamp;
    private FileStamp _stateStamp;
    private Facts _facts;

    public ContainerView(
        ContainerPaths paths,
        ContainerRecord record,
        FileStamp recordStamp,
        Func<int> cgroupVersion,
        Func<string> bootId,
        Func<string, string?> damageOfLost,
        string? damage = null
    )
    {
        _damageOfLost = damageOfLost;
        Damage = damage;
        Paths = paths;
        _record = record;
        _recordStamp = recordStamp;
        _cgroupVersion = cgroupVersion;
        _bootId = bootId;
        _facts = new Facts(ContainerState.Created, default, null, null, null);
    }

    private ContainerView(ContainerView live, ContainerRecord record, Facts facts)
    {
        Paths = live.Paths;
        Damage = live.Damage;
        _damageOfLost = live._damageOfLost;
        _cgroupVersion = live._cgroupVersion;
        _bootId = live._bootId;
        _record = record;
        _facts = facts;
        _frozen = true;
    }

    /// <summary>What a container's lock makes sure of: nobody else starts it meanwhile. Its end may come at any time.</summary>
    public readonly record struct Seen(StateRecord State, StartRecord? LastStart);

    private sealed record Facts(ContainerState State, StateRecord Current, RunExit? Exit, StartRecord? Start, string? Error);

    public string Id => Paths.Id;

    public ContainerPaths Paths { get; }

    /// <summary>
    /// Why the record cannot be used, as a sentence; null for a container that is well. What its record says is then what could be found
    /// elsewhere.
    /// </summary>
    public string? Damage { get; private set; }

    /// <summary>1 or 2.</summary>
    public int CgroupVersion => _cgroupVersion();

    public ContainerRecord Record
    {
        get
        {
            if (_frozen)
            {
                return _record;
            }

            lock (_gate)
            {
                RefreshRecord(FileStamp.Of(Paths.Record));
                return _record;
            }
        }
    }

    /// <summary>The record as it was last read: for the holder of the lock, and for members that never change.</summary>
    public ContainerRecord KnownRecord => Volatile.Read(ref _record);

    public ContainerState State => Read().State;

    public StateRecord Current => Read().Current;

    public RunExit? Exit => Read().Exit;

    public StartRecord? LastStart => Read().Start;

    public string? Error => Read().Error;

    /// <summary>Both records, by one look at each file; false when there is no container any more.</summary>
    public bool TryLook(out Seen seen)
    {
        var stamp = FileStamp.Of(Paths.Record);
        seen = default;
        lock (_gate)
        {
            if (!stamp.Exists && !IsLost())
            {
                return false;
            }

            if (!_frozen)
            {
                RefreshRecord(stamp);
            }

            Facts facts = Read(isThere: true);
            seen = new Seen(facts.Current, facts.Start);
            return true;
        }
    }

    /// <summary>Whether there is a container still, be its record damaged or lost.</summary>
    public bool IsThere
    {
        get
        {
            lock (_gate)
            {
                return FileStamp.Of(Paths.Record).Exists || IsLost();
            }
        }
    }

    /// <summary>Whether only the record is gone.</summary>
    private bool IsLost()
    {
        if (_damageOfLost(Paths.Id) is not { } damage)
        {
            return false;
        }

        if (!_frozen && Damage != damage)
        {
            Damage = damage;
            // One that is put back is read, be it the same file; and the state is not what it was.
            (_recordStamp, _stateStamp) = (default, default);
        }

        return true;
    }

    public ContainerView Freeze()
    {
        lock (_gate)
        {
            return new ContainerView(this, _frozen ? _record : Record, Read());
        }
    }

    /// <summary>Takes over a record that this process has just written.</summary>
    public void Replace(ContainerRecord record, FileStamp stamp)
    {
        lock (_gate)
        {
            _record = record;
            _recordStamp = stamp;
        }
    }

    private void RefreshRecord(FileStamp stamp)
    {
        if (stamp == _recordStamp || !stamp.Exists)
        {
            return;
        }

        if (ContainerDocuments.ReadRecord(Paths.Record, Paths.Id, out string? damage) is { } record)
        {
            (_record, Damage) = (record, null);
        }
        else
        {
            Damage = damage;
        }

        _recordStamp = stamp;
        _stateStamp = default;
    }

    private Facts Read(bool isThere = false)
    {
        if (_frozen)
        {
            return _facts;
        }

        lock (_gate)
        {
            var state = FileStamp.Of(Paths.State);
            var start = FileStamp.Of(Paths.Start);
            // An unchanged, existing state file settles it: whatever changes the state of a started container writes there.
            if (state.Exists && state == _stateStamp && start == _startStamp)
            {
                return _facts;
            }

            (_stateStamp, _startStamp) = (state, start);
            return _facts = Compose(state, start, isThere);
        }
    }

    private Facts Compose(FileStamp state, FileStamp start, bool isThere)
    {
        // container.json comes last when a container is made and goes first when it is removed: without it, and without a trace of a run,
        // there is no container.
        if (!isThere && !FileStamp.Of(Paths.Record).Exists && !IsLost())
        {
            return Gone();
        }

        StartRecord? last = start.Exists ? StartRecord.TryRead(Paths.Start) : _record.FirstStart;
        // A run root that survived a restart of the host tells of processes of another boot.
        bool ofThisBoot = state.Exists && (last is null || last.BootId == _bootId());
        StateRecord current = ofThisBoot && ContainerDocuments.TryRead(Paths.State) is { } log ? StateLog.Read(log) : default;
        if (Damage is not null)
        {
            return new Facts(ContainerState.Dead, current, current.Exit, last, Damage);
        }

        return current.Last switch
        {
            StateEvent.Running => new Facts(ContainerState.Running, current, null, last, null),
            StateEvent.Paused => new Facts(ContainerState.Paused, current, null, last, null),
            StateEvent.Exited => Ended(current, current.Exit!, last),
            _ when last is null => new Facts(ContainerState.Created, default, null, null, null),
            _ when last.Error is not null => FailedToStart(last),
            _ when ofThisBoot || NeverRan(start) => new Facts(ContainerState.Created, default, null, last, null),
            _ => EndedBefore(last),
        };
    }

    private static Facts Ended(StateRecord current, RunExit exit, StartRecord? last) =>
        new(
            ContainerState.Exited,
            current,
            exit,
            last,
            last?.Error
                ?? (exit.ShellCode is null ? "Its monitor died and the kernel had forgotten its exit code when the next one came." : null)
        );

    /// <summary>The run before, if there was one, is what the container came to.</summary>
    private Facts FailedToStart(StartRecord last) =>
        ContainerDocuments.TryRead(Paths.Exits) is { } log && StateLog.ReadExit(log) is { } exit
            ? Ended(default, exit, last)
            : new Facts(ContainerState.Created, default, null, last, last.Error);

    /// <summary>
    /// Its first start was recorded when it was created. The copy of its document is written before its process runs: without it there was
    /// none.
    /// </summary>
    private bool NeverRan(FileStamp start) => !start.Exists && !FileStamp.Of(Paths.Spec).Exists;

    /// <summary>The run root has no word of the last run: what was recorded durably counts.</summary>
    private Facts EndedBefore(StartRecord last)
    {
        if (ContainerDocuments.TryRead(Paths.Exits) is { } log && StateLog.ReadExit(log, last.Run) is { } exit)
        {
            return Ended(default, exit, last);
        }

        string why = last.BootId == _bootId() ? "Its run directory is gone." : "The host was restarted while it ran.";
        return new Facts(ContainerState.Exited, default, new RunExit(last.Run, -1, 0, false, last.At), last, why);
    }

    private Facts Gone()
    {
        RunExit? exit = ContainerDocuments.TryRead(Paths.RemovedExit) is { } log ? StateLog.ReadExit(log) : _facts.Exit;
        ContainerState state =
            FileStamp.Of(Paths.RunDirectory).Exists || FileStamp.Of(Paths.Directory).Exists
                ? ContainerState.Removing
                : ContainerState.Removed;
        return new Facts(state, default, exit, _facts.Start, null);
    }
}
