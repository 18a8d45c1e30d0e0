using System.Runtime.ExceptionServices;

namespace ContainerPS.Engine.Common;

/// <summary>
/// Undo as a type. The ordinary use: <c>using var rollback = new Rollback();</c>, after each acquisition
/// <c>rollback.Add("what it undoes", …)</c>, and <see cref="Commit"/> when all is well. Leaving without commit runs the steps in reverse.
/// </summary>
/// <remarks>
/// A step that fails does not stop the others. So that the first failure stays first, run the work through <see cref="Run"/>: it attaches
/// the failures of the undoing to the exception that caused it. Disposed outside of it, failures of steps are thrown as one.
/// </remarks>
public sealed class Rollback : IDisposable
{
    private readonly Stack<(string What, Action Undo)> _steps = new();

    /// <summary>Runs work that acquires; undoes on failure and attaches what failed while undoing.</summary>
    public static T Run<T>(Func<Rollback, T> work)
    {
        var rollback = new Rollback();
        try
        {
            T? result = work(rollback);
            rollback.Commit();
            return result;
        }
        catch (Exception first)
        {
            Attach(first, rollback.Undo());
            throw;
        }
    }

    /// <inheritdoc cref="Run{T}"/>
    public static void Run(Action<Rollback> work) =>
        Run(rollback =>
        {
            work(rollback);
            return true;
        });

    /// <summary>Adds a step to be run, in reverse order, unless <see cref="Commit"/> comes first.</summary>
    /// <param name="what">For the message when the step itself fails: "removing the cgroup /x".</param>
    /// <param name="undo">The step. It may find its thing gone already.</param>
    public void Add(string what, Action undo) => _steps.Push((what, undo));

    /// <summary>Keeps everything: forgets the steps. Idempotent.</summary>
    public void Commit() => _steps.Clear();

    /// <summary>Runs the steps in reverse and returns what failed. Idempotent.</summary>
    public IReadOnlyList<Exception> Undo()
    {
        List<Exception>? failures = null;
        while (_steps.TryPop(out (string What, Action Undo) step))
        {
            try
            {
                step.Undo();
            }
            catch (Exception failure)
            {
                (failures ??= []).Add(new InvalidOperationException($"Undo failed: {step.What}: {failure.Message}", failure));
            }
        }

        return failures ?? [];
    }

    public void Dispose()
    {
        IReadOnlyList<Exception> failures = Undo();
        if (failures.Count == 1)
        {
            ExceptionDispatchInfo.Throw(failures[0]);
        }

        if (failures.Count > 1)
        {
            throw new AggregateException(failures);
        }
    }

    private static void Attach(Exception first, IReadOnlyList<Exception> failures)
    {
        if (failures.Count == 0)
        {
            return;
        }

        if (first is EngineException engine)
        {
            engine.UndoFailures = [.. engine.UndoFailures, .. failures];
        }
        else
        {
            first.Data["UndoFailures"] = string.Join(Environment.NewLine, failures.Select(failure => failure.Message));
        }
    }
}
