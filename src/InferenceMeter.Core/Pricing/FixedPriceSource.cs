namespace InferenceMeter.Pricing;

/// <summary>A price that is known already and does not change.</summary>
public sealed class FixedPriceSource(Price price) : IPriceSource
{
    /// <inheritdoc/>
    public TimeSpan? RefreshEvery => null;

    /// <inheritdoc/>
    public Task<Price> ReadAsync(CancellationToken cancellation) => Task.FromResult(price);
}
