using InferenceMeter.Errors;

namespace InferenceMeter.Pricing;

/// <summary>The price of an owned machine, at its rated power or at the power that is measured.</summary>
/// <param name="machine">What is paid.</param>
/// <param name="ratedWatts">Power while it works; <see langword="null"/> to measure it.</param>
/// <param name="joules">Energy from hardware counters so far; asked when no power is rated.</param>
/// <param name="rate">Exchange rate that the amounts went through.</param>
/// <param name="time">Clock.</param>
public sealed class OwnedPriceSource(
    OwnedMachine machine,
    double? ratedWatts,
    Func<double?> joules,
    CurrencyRate? rate,
    TimeProvider time
) : IPriceSource
{
    /// <summary>Long enough for counters that are read once a second, short against the machine's changes.</summary>
    private static readonly TimeSpan Measure = TimeSpan.FromSeconds(10);

    private (long At, double Joules)? _last;

    /// <inheritdoc/>
    public TimeSpan? RefreshEvery => ratedWatts is null ? Measure : null;

    /// <inheritdoc/>
    public async Task<Price> ReadAsync(CancellationToken cancellation)
    {
        var watts = ratedWatts ?? await MeasureAsync(cancellation);
        // A counter has counted idle time too; rated watts are those of work.
        var parts = ratedWatts is null ? machine.MeasuredParts(watts) : machine.Parts(watts);
        var usd = parts.Values.Sum();
        if (usd is <= 0 or > Price.MaxUsdPerHour)
            throw new PriceException(
                $"the owned machine comes to {usd:0.######} USD/hour; give a purchase price, a tariff or a "
                    + $"monthly overhead that add up to more than 0 and at most {Price.MaxUsdPerHour:#,0}"
            );
        return new Price
        {
            PerHour = new UsdPerMachineHour(usd),
            PerWorkingHour = new UsdPerMachineHour(machine.PerWorkingHour(watts)),
            Source = PriceSource.Owned,
            AsOf = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime),
            Note = Note(watts),
            Rate = rate,
            Parts = parts,
        };
    }

    private string Note(double watts)
    {
        var residual = machine.ResidualUsd > 0 ? $" less ${machine.ResidualUsd:#,0.##}" : "";
        var capital = machine.CapitalCost > 0 ? $" at {machine.CapitalCost:0.##%} a year" : "";
        var idle = machine.IdleWatts is { } drawn ? $", {drawn:0} W idle" : "";
        return $"owned: ${machine.PurchaseUsd:#,0.##}{residual} over {machine.LifeYears:0.##} years{capital}, "
            + $"{machine.Utilization:0.#%} used, {watts:0} W "
            + $"{(ratedWatts is null ? "measured" : "rated")}{idle}, PUE {machine.Pue:0.##}";
    }

    private async Task<double> MeasureAsync(CancellationToken cancellation)
    {
        // The first time there is nothing before: a second, which sensors need for a new figure.
        if (_last is null)
        {
            _last = (time.GetTimestamp(), Read());
            await Task.Delay(TimeSpan.FromSeconds(1.5), time, cancellation);
        }

        var (from, before) = _last.Value;
        var now = (At: time.GetTimestamp(), Joules: Read());
        _last = now;
        var seconds = time.GetElapsedTime(from, now.At).TotalSeconds;
        return seconds > 0 ? Math.Max(0, now.Joules - before) / seconds : 0;
    }

    private double Read() =>
        joules()
        ?? throw new PriceException(
            "the power of this machine cannot be measured here (no energy counter can be read); give its "
                + "rated power",
            ErrorSubject.RatedPower
        );
}
