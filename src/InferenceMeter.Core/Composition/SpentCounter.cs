using InferenceMeter.History;
using InferenceMeter.Pricing;

namespace InferenceMeter.Composition;

/// <summary>
/// The money spent: of this process, and of those before it where a history file carries the count on. Thread-safe.
/// </summary>
internal sealed class SpentCounter(PriceTimeline prices, TimeProvider time)
{
    private volatile Carried _carried = new(null, 0, time.GetUtcNow());

    /// <summary>From when it counts.</summary>
    public DateTimeOffset Since => _carried.Since;

    /// <summary>US dollars until now. Time in which no meter ran is not in it.</summary>
    public decimal Read() => _carried.Usd + prices.TotalSpent();

    /// <summary>Goes on from the count in a history file, unless another meter counts into it.</summary>
    public void CarryOn(HistoryFile history)
    {
        if (!history.TryOwnTotals())
            return;
        _carried = history.ReadTotal() is { } earlier
            ? new Carried(history, earlier.Usd, earlier.Since)
            : _carried with
            {
                History = history,
            };
    }

    /// <summary>
    /// The count, stored before it is told: Prometheus takes a counter that falls for one that began again at 0 and
    /// adds all of it once more,
    /// so after a crash it must go on from no less than what was last scraped.
    /// </summary>
    public decimal Export()
    {
        var (carried, usd) = (_carried, Read());
        carried.History?.SaveTotal(new SpentTotal(usd, carried.Since));
        return usd;
    }

    private sealed record Carried(HistoryFile? History, decimal Usd, DateTimeOffset Since);
}
