using InferenceMeter.Documents;
using InferenceMeter.LoadTargets;
using InferenceMeter.LoadTesting;
using InferenceMeter.Terminal;
using Spectre.Console;

namespace InferenceMeter.Cli;

/// <summary>Runs load plans against one target, one after the other, with their progress on the terminal.</summary>
/// <param name="session">The target.</param>
/// <param name="stop">Ends a run early; what was measured until then is reported.</param>
internal sealed class LoadTestRunner(LoadTestSession session, CancellationToken stop)
{
    public Task<LoadResult> RunAsync(LoadPlan plan) =>
        LoadScreen.RunAsync(
            AnsiConsole.Console,
            new LoadGenerator(session.Target, plan, TimeProvider.System),
            plan,
            stop
        );

    /// <summary>A result with its target, its price and the time.</summary>
    /// <param name="result">The result.</param>
    /// <param name="isPeak">Whether it is the confirmed highest rate.</param>
    public LoadDocument Document(LoadResult result, bool isPeak = false) =>
        LoadDocument.From(
            result,
            session.Target.Description,
            TimeProvider.System.GetUtcNow(),
            session.Price,
            isPeak,
            session.BatchSize
        );
}
