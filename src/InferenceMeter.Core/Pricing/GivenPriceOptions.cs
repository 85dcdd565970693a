using InferenceMeter.Errors;

namespace InferenceMeter.Pricing;

/// <summary>A price that the user gives.</summary>
internal sealed record GivenPriceOptions
{
    /// <summary>What is paid for one <see cref="Unit"/>, in the currency of <see cref="Rate"/>, above 0.</summary>
    public required decimal Amount { get; init; }

    /// <summary>What the amount buys.</summary>
    public PriceUnit Unit { get; init; } = PriceUnit.MachineHour;

    /// <summary>Its exchange rate; <see langword="null"/> for US dollars.</summary>
    public CurrencyRate? Rate { get; init; }

    /// <summary>As the user wrote it; <see langword="null"/> for a bare number.</summary>
    public string? Written { get; init; }

    /// <summary>The day it held; <see langword="null"/>: today.</summary>
    public DateOnly? AsOf { get; init; }

    /// <summary>
    /// GPUs that a price per GPU is paid for; <see langword="null"/>: those that the model runs on.
    /// </summary>
    public int? GpusPaid { get; init; }

    /// <summary>The price of the machine.</summary>
    /// <param name="gpusUsed">GPUs that the model runs on; <see langword="null"/> when that is not known yet.</param>
    /// <param name="today">The day in UTC.</param>
    /// <exception cref="PriceException">It is for a GPU and there is none, or it is out of range.</exception>
    public Price ToPrice(int? gpusUsed, DateOnly today)
    {
        var isPerGpu = Unit.IsPerGpu();
        var gpus = GpusPaid ?? gpusUsed ?? 0;
        if (isPerGpu && gpus == 0)
            throw new PriceException(
                $"the price {Written} is for one GPU, and the model runs on none; give the price of the machine, or "
                    + "say how many GPUs are paid for",
                ErrorSubject.GpusPaid
            );
        var perHour = Unit.OfMachine(Rate?.ToUsd(Amount) ?? Amount, gpus);
        if (perHour.Usd > Price.MaxUsdPerHour)
            throw new PriceException(
                $"the price {Written} comes to {perHour.Usd:#,0.##} USD/hour; at most {Price.MaxUsdPerHour:#,0} is "
                    + "accepted",
                ErrorSubject.GivenPrice
            );
        var written = Written is null ? "" : $": {Written}";
        return new Price
        {
            PerHour = perHour,
            Source = PriceSource.Fixed,
            AsOf = AsOf ?? today,
            Note = $"set by the user{written}{(isPerGpu ? $" x {gpus}" : "")}",
            Rate = Rate,
            Gpus = isPerGpu ? gpus : null,
        };
    }
}
