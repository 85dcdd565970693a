namespace InferenceMeter.Pricing;

/// <summary>
/// Keeps the price up to date where its source changes. A source that fails leaves the last price in force, and says
/// so.
/// </summary>
internal sealed class PriceRefresher(IPriceSource source, PriceTimeline prices, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Again = TimeSpan.FromMinutes(5);

    private readonly CancellationTokenSource _ended = new();
    private Task _work = Task.CompletedTask;

    /// <summary>Why the price could not be asked for again, one line; <see langword="null"/> when it could.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Begins to ask; a source that does not change is never asked again.</summary>
    public void Start()
    {
        if (source.RefreshEvery is { } every)
            _work = RunAsync(every, _ended.Token);
    }

    public void Dispose()
    {
        _ended.Cancel();
        // Nothing but waiting can be under way, or a request that the token ends.
        _work.GetAwaiter().GetResult();
        _ended.Dispose();
    }

    private async Task RunAsync(TimeSpan every, CancellationToken ended)
    {
        var wait = every;
        while (true)
        {
            try
            {
                await Task.Delay(wait, time, ended);
                var price = await source.ReadAsync(ended);
                // What somebody set over the API is what they want until they set another.
                if (prices.Current.Source != PriceSource.Api)
                    prices.Set(price);
                (Trouble, wait) = (null, every);
            }
            catch (OperationCanceledException) when (ended.IsCancellationRequested)
            {
                return;
            }
            catch (PriceException e)
            {
                (Trouble, wait) = (
                    $"the price is that of {prices.Current.AsOf:yyyy-MM-dd}: {e.Message}",
                    every < Again ? every : Again
                );
            }
        }
    }
}
