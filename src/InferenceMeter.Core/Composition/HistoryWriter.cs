using InferenceMeter.History;

namespace InferenceMeter.Composition;

/// <summary>
/// Puts what the meter did into the hours of the history file; what a file cannot take now waits for when it can.
/// </summary>
internal sealed class HistoryWriter(Meter meter) : IDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(10);

    /// <summary>What a file that is locked or full has not taken yet, an entry an hour.</summary>
    private readonly List<HourRecord> _waiting = [];
    private readonly CancellationTokenSource _ended = new();
    private Task _work = Task.CompletedTask;

    /// <summary>Begins to write, every ten seconds.</summary>
    public void Start()
    {
        if (meter.History is not null)
            _work = Task.Run(RunAsync);
    }

    /// <summary>Writes what is still to be written.</summary>
    public void Dispose()
    {
        _ended.Cancel();
        _work.GetAwaiter().GetResult();
        if (meter.History is not null)
            Write();
        _ended.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(Step, meter.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_ended.Token))
                Write();
        }
        catch (OperationCanceledException)
        {
            // The last step is written by who ends it.
        }
    }

    private void Write()
    {
        var work = meter.Counters.Snapshot();
        var hours = meter.Ledger.Advance(
            new LedgerTotals
            {
                ImagesOk = work.Ok,
                ImagesFailed = work.Failed,
                BusySeconds = meter.Throughput.Read().TotalBusySeconds,
                SpentUsd = meter.Prices.TotalSpent(),
                EnergyJoules = meter.Sensors.Joules(),
            }
        );
        foreach (var hour in hours)
            Join(hour);
        _waiting.RemoveAll(meter.History!.Add);
        meter.Cost.Spent.Export();
    }

    private void Join(HourRecord hour)
    {
        var index = _waiting.FindIndex(waiting => waiting.Hour == hour.Hour);
        if (index < 0)
        {
            _waiting.Add(hour);
            return;
        }

        var before = _waiting[index];
        _waiting[index] = before with
        {
            WallSeconds = before.WallSeconds + hour.WallSeconds,
            BusySeconds = before.BusySeconds + hour.BusySeconds,
            ImagesOk = before.ImagesOk + hour.ImagesOk,
            ImagesFailed = before.ImagesFailed + hour.ImagesFailed,
            SpentUsd = before.SpentUsd + hour.SpentUsd,
            EnergyJoules = before.EnergyJoules is null
                ? hour.EnergyJoules
                : before.EnergyJoules + (hour.EnergyJoules ?? 0),
        };
    }
}
