namespace InferenceMeter.Pricing.Book;

/// <summary>The price of one machine of the file.</summary>
/// <param name="book">The file.</param>
/// <param name="query">The machine.</param>
/// <param name="gpus">
/// GPUs that are paid for, of a row that is sold by the GPU; <see langword="null"/> for as many as the row has.
/// </param>
public sealed class InstancePriceSource(PriceBook book, PriceQuery query, int? gpus = null) : IPriceSource
{
    /// <inheritdoc/>
    public TimeSpan? RefreshEvery => null;

    /// <inheritdoc/>
    public Task<Price> ReadAsync(CancellationToken cancellation) => Task.FromResult(PriceBook.ToPrice(Row()));

    private PriceRow Row()
    {
        var row = book.Find(query);
        return gpus is { } paid ? row.WithGpus(paid) : row;
    }
}
