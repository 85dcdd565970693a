using InferenceMeter.Metering;

namespace InferenceMeter.Pricing;

/// <summary>From throughput and money to cost per billion.</summary>
public static class CostReadings
{
    /// <summary>
    /// Costs on the bases <c>wall</c>, <c>busy</c> (each window of a steady reading) and <c>capacity</c> (once shown,
    /// at the present price, window <c>start</c>).
    /// Wall is the money spent over the window divided by its images. The others are at the price of an hour of work,
    /// which is the
    /// same but for an owned machine that is not used all the time: busy is that money scaled to the busy share of the
    /// window.
    /// </summary>
    /// <param name="reading">Of the meter.</param>
    /// <param name="prices">Of the machine.</param>
    /// <param name="scope">Of the reading.</param>
    /// <param name="slo">
    /// Highest arrival rate within a latency bound, where a load test has found it: the basis <c>slo</c>, over the
    /// network, at the present price.
    /// </param>
    /// <returns>Only those that can be said: empty while nothing has been steady and no rate is known.</returns>
    public static IReadOnlyList<CostReading> From(
        MeterReading reading,
        PriceTimeline prices,
        Scope scope,
        Estimate? slo = null
    )
    {
        var costs = new List<CostReading>();
        foreach (var window in reading.Windows)
        {
            // A window's money / images is mean price / throughput, because its throughput is images / wall seconds.
            var price = prices.MeanPerHour(window.From, window.To);
            Add(costs, Basis.Wall, scope, window.Window, price, window.ImagesPerSecond);
            var working = prices.MeanPerWorkingHour(window.From, window.To);
            Add(costs, Basis.Busy, scope, window.Window, working, window.ImagesPerBusySecond);
        }

        var now = prices.Current.PerWorkingHour;
        Add(costs, Basis.Capacity, scope, MeasurementWindow.SinceStart, now, reading.Capacity);
        Add(costs, Basis.Slo, Scope.Service, MeasurementWindow.SinceStart, now, slo);
        return costs;
    }

    /// <summary>
    /// The cost at a throughput measured elsewhere, such as the highest arrival rate within a latency bound
    /// (<c>slo</c>).
    /// </summary>
    /// <returns><see langword="null"/> when there is nothing to say.</returns>
    public static CostReading? At(
        Basis basis,
        Scope scope,
        MeasurementWindow window,
        UsdPerMachineHour price,
        Estimate imagesPerSecond
    )
    {
        if (CostPerBillion.Compute(price, imagesPerSecond.Value) is not { } value)
            return null;
        return new CostReading
        {
            Basis = basis,
            Scope = scope,
            Window = window,
            UsdPerBillion = value,
            Low = CostPerBillion.Compute(price, imagesPerSecond.High) ?? 0,
            High = CostPerBillion.Compute(price, imagesPerSecond.Low),
            UsdPerHour = price.Usd,
            ImagesPerSecond = imagesPerSecond,
        };
    }

    private static void Add(
        List<CostReading> costs,
        Basis basis,
        Scope scope,
        MeasurementWindow window,
        UsdPerMachineHour price,
        Estimate? rate
    )
    {
        if (rate is { } known && At(basis, scope, window, price, known) is { } cost)
            costs.Add(cost);
    }
}
