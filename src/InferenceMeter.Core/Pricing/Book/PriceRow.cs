using InferenceMeter.Errors;

namespace InferenceMeter.Pricing.Book;

/// <summary>One price of one machine.</summary>
public sealed record PriceRow
{
    /// <summary>
    /// <c>aws</c>, <c>azure</c>, <c>gcp</c>, or a GPU cloud; empty in a user's row that holds for all.
    /// </summary>
    public required string Cloud { get; init; }

    /// <summary>The cloud's name of the machine.</summary>
    public required string Instance { get; init; }

    /// <summary>The cloud's region; empty in a user's row that holds for all.</summary>
    public required string Region { get; init; }

    /// <summary>How it is bought.</summary>
    public required PurchaseOption Purchase { get; init; }

    /// <summary>What is paid for one <see cref="Unit"/>, in the currency of <see cref="Rate"/>, above 0.</summary>
    public required decimal Amount { get; init; }

    /// <summary>What the amount buys.</summary>
    public required PriceUnit Unit { get; init; }

    /// <summary>The stated exchange rate; <see langword="null"/> for US dollars.</summary>
    public CurrencyRate? Rate { get; init; }

    /// <summary>Virtual CPUs, where known.</summary>
    public int? Vcpus { get; init; }

    /// <summary>
    /// GPUs that are bought together: those of the machine, or 1 where a single one can be had; 0 for none or unknown.
    /// </summary>
    public int Gpus { get; init; }

    /// <summary>Name of the GPU.</summary>
    public string? Gpu { get; init; }

    /// <summary>The day it held.</summary>
    public required DateOnly AsOf { get; init; }

    /// <summary>Where it stands: a public address, or the name of the user's file.</summary>
    public required string Source { get; init; }

    /// <summary>Of the whole machine.</summary>
    public UsdPerMachineHour PerHour =>
        Unit.OfMachine(Rate?.ToUsd(Amount) ?? Amount, Unit.IsPerGpu() ? Math.Max(1, Gpus) : Gpus);

    /// <summary>A GPU with its share of a machine, and not a machine.</summary>
    public bool BuysOneGpu => Unit.IsPerGpu() && Gpus == 1;

    /// <summary>What the price is of, in two words: <c>1 GPU</c>, <c>machine</c>.</summary>
    public string Buys => BuysOneGpu ? "1 GPU" : "machine";

    /// <summary>So many of its GPUs as a whole.</summary>
    /// <param name="gpus">A multiple of <see cref="Gpus"/>.</param>
    /// <exception cref="PriceException">It is not sold by the GPU, or not in that number.</exception>
    public PriceRow WithGpus(int gpus)
    {
        if (!Unit.IsPerGpu())
            throw new PriceException(
                $"{Instance} is a whole machine with {Gpus} GPUs and not sold by the GPU; leave the number of GPUs "
                    + "away",
                ErrorSubject.GpusPaid
            );
        if (gpus % Gpus != 0)
            throw new PriceException(
                $"{Instance} of {Cloud} is sold {Gpus} GPUs at a time; {gpus} cannot be bought",
                ErrorSubject.GpusPaid
            );
        return this with { Gpus = gpus };
    }

    /// <summary>0 in the program's file; a higher one goes before it, whatever it leaves open.</summary>
    internal int Layer { get; init; }

    /// <summary>What tells rows of one file apart.</summary>
    internal (string Cloud, string Instance, string Region, PurchaseOption Purchase) Key =>
        (Cloud.ToLowerInvariant(), Instance.ToLowerInvariant(), Region.ToLowerInvariant(), Purchase);
}
