using ContainerPS.Engine.Common;

namespace ContainerPS.Engine.Tests.Common;

public sealed class RollbackTests
{
    [Fact]
    public void Leaving_without_commit_undoes_in_reverse()
    {
        var done = new List<string>();
        Assert.Throws<InvalidOperationException>(() =>
            Rollback.Run(rollback =>
            {
                rollback.Add("one", () => done.Add("one"));
                rollback.Add("two", () => done.Add("two"));
                throw new InvalidOperationException("first");
            })
        );
        Assert.Equal(["two", "one"], done);
    }

    [Fact]
    public void The_first_failure_stays_first_and_the_others_are_attached()
    {
        EngineException failure = Assert.Throws<EngineException>(() =>
            Rollback.Run(rollback =>
            {
                rollback.Add("removing the cgroup", () => throw new IOException("busy"));
                throw new EngineException(ErrorIds.EngineFailure, EngineErrorKind.Failure, "first");
            })
        );
        Assert.Equal("first", failure.Message);
        Assert.Contains("removing the cgroup: busy", Assert.Single(failure.UndoFailures).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void After_commit_nothing_is_undone()
    {
        bool undone = false;
        using (var rollback = new Rollback())
        {
            rollback.Add("x", () => undone = true);
            rollback.Commit();
        }

        Assert.False(undone);
    }
}
