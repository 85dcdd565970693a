namespace InferenceMeter.Pricing;

/// <summary>Where a price comes from.</summary>
public interface IPriceSource
{
    /// <summary>How often it is worth asking again; <see langword="null"/> when the answer does not change.</summary>
    TimeSpan? RefreshEvery { get; }

    /// <summary>The price now.</summary>
    /// <exception cref="PriceException">It cannot be had.</exception>
    Task<Price> ReadAsync(CancellationToken cancellation);
}
