using InferenceMeter.History;

namespace InferenceMeter.Hosting;

/// <summary>Puts what the meter did into the hours of the history file; a file that cannot be written costs nothing but its rows.</summary>
internal sealed class HistoryKeeper : IDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(10);

    private readonly MeterParts _parts;
    private readonly HourlyLedger _ledger;
    private readonly CancellationTokenSource _ended = new();
    private Task _work = Task.CompletedTask;

    public HistoryKeeper(MeterParts parts) => (_parts, _ledger) = (parts, new HourlyLedger(parts.Time, parts.Machine));

    /// <summary>Begins to write, every ten seconds.</summary>
    public void Start()
    {
        if (_parts.History is not null) _work = Task.Run(RunAsync);
    }

    /// <summary>Writes what is still to be written.</summary>
    public void Dispose()
    {
        _ended.Cancel();
        _work.GetAwaiter().GetResult();
        if (_parts.History is not null) Write();
        _ended.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(Step, _parts.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_ended.Token)) Write();
        }
        catch (OperationCanceledException)
        {
            // The last step is written by who ends it.
        }
    }

    private void Write()
    {
        var work = _parts.Counters.Snapshot();
        var hours = _ledger.Advance(new LedgerTotals(work.Ok, work.Failed, _parts.Meter.Read().TotalBusySeconds, _parts.Prices.TotalSpent(), _parts.Sensors.Joules()));
        foreach (var hour in hours) _parts.History!.Add(hour);
        _parts.Money.Spent.Export();
    }
}
