using System.Buffers;
using Polly;
using Polly.Retry;

namespace InferenceMeter.Images.Stores;

/// <summary>
/// A bucket with what a network needs: requests are counted, made again with growing delays when the store is
/// overloaded or a connection breaks, and given up when nothing arrives for a while.
/// </summary>
internal sealed class BucketStore : IObjectStore, IDisposable
{
    private readonly IBucket _bucket;
    private readonly TimeProvider _time;
    private readonly BucketRetryOptions _options;
    private readonly ResiliencePipeline _retry;

    /// <param name="bucket">Closed with this.</param>
    /// <param name="time">Clock of the delays.</param>
    /// <param name="options">When requests are made again.</param>
    public BucketStore(IBucket bucket, TimeProvider time, BucketRetryOptions options)
    {
        _bucket = bucket;
        _time = time;
        _options = options;
        Traffic = new SourceTraffic(bucket.Kind);
        _retry = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(
                new RetryStrategyOptions
                {
                    ShouldHandle = new PredicateBuilder().Handle<StoreException>(failure =>
                        failure.Fault == StoreFault.Unavailable
                    ),
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    Delay = options.FirstDelay,
                    MaxDelay = options.LongestDelay,
                    MaxRetryAttempts = options.Retries,
                    OnRetry = _ =>
                    {
                        Traffic.Retried();
                        return default;
                    },
                }
            )
            .Build();
    }

    /// <inheritdoc/>
    public SourceTraffic Traffic { get; }

    /// <summary>Its address without a secret and without a slash at the end.</summary>
    public string Address => _bucket.Address;

    /// <summary>The name of an object.</summary>
    public StoredObject Object(string key, long? size) => new(this, key, $"{Address}/{key}", size);

    /// <summary>A page of its objects.</summary>
    /// <inheritdoc cref="IBucket.ListAsync" path="/param"/>
    /// <exception cref="StoreException">It cannot be listed, also after tries again.</exception>
    public ValueTask<ObjectPage> ListAsync(string prefix, string? continuation, CancellationToken stop) =>
        RetryAsync(
            async token =>
            {
                Traffic.Listed();
                return await GuardAsync(limited => _bucket.ListAsync(prefix, continuation, limited), token);
            },
            stop
        );

    /// <inheritdoc/>
    public ValueTask<FetchedImage> ReadAsync(StoredObject item, int most, CancellationToken stop) =>
        item.Size > most
            ? ValueTask.FromResult(FetchedImage.Failed(item.Name, ImageFailure.TooLarge))
            : RetryAsync(token => ReadOnceAsync(item, most, token), stop);

    /// <inheritdoc/>
    public ValueTask<Stream> OpenAsync(StoredObject item, CancellationToken stop) =>
        OpenAsync(item, RemoteContent.Whole, stop);

    /// <inheritdoc/>
    public ValueTask<Stream> OpenSeekableAsync(StoredObject item, CancellationToken stop) =>
        OpenAsync(item, RemoteContent.Pieces, stop);

    /// <summary>Makes one request, and no second one.</summary>
    /// <exception cref="StoreException">It failed.</exception>
    public async ValueTask<ObjectContent> GetOnceAsync(ObjectRequest request, CancellationToken stop)
    {
        Traffic.Got();
        return await GuardAsync(token => _bucket.GetAsync(request, token), stop);
    }

    /// <summary>Reads what arrives next; 0 bytes at the end.</summary>
    /// <exception cref="StoreException">The connection broke, or nothing arrives any more.</exception>
    public async ValueTask<int> ReceiveAsync(Stream body, Memory<byte> buffer, CancellationToken stop)
    {
        var read = await GuardAsync(async token => await body.ReadAsync(buffer, token), stop);
        Traffic.Received(read);
        return read;
    }

    /// <summary>Does it again, after a delay, while the store is overloaded or cannot be reached.</summary>
    public async ValueTask<T> RetryAsync<T>(Func<CancellationToken, Task<T>> run, CancellationToken stop) =>
        await _retry.ExecuteAsync(async token => await run(token), stop);

    /// <summary>A connection that ended before its content did.</summary>
    /// <param name="read">Bytes that arrived.</param>
    /// <param name="length">Bytes that there are.</param>
    public static StoreException EndedEarly(long read, long? length) =>
        new(StoreFault.Unavailable, $"the connection ended after {read:#,0} of {length:#,0} bytes");

    /// <inheritdoc/>
    public void Dispose() => _bucket.Dispose();

    private async ValueTask<Stream> OpenAsync(StoredObject item, long pieces, CancellationToken stop)
    {
        var content = new RemoteContent(this, item, pieces);
        await content.OpenAsync(stop);
        return content;
    }

    private async Task<FetchedImage> ReadOnceAsync(StoredObject item, int most, CancellationToken stop)
    {
        using var content = await GetOnceAsync(new ObjectRequest(item.Key, 0, null, null), stop);
        // It may have grown since it was listed.
        if (content.Length > most)
            return FetchedImage.Failed(item.Name, ImageFailure.TooLarge);
        var length = (int)content.Length;
        var rented = ArrayPool<byte>.Shared.Rent(Math.Max(length, 1));
        try
        {
            for (var read = 0; read < length; )
            {
                var count = await ReceiveAsync(content.Body, rented.AsMemory(read, length - read), stop);
                if (count == 0)
                    throw EndedEarly(read, length);
                read += count;
            }
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(rented);
            throw;
        }

        return new FetchedImage(item.Name, rented, length, ImageFailure.None);
    }

    /// <summary>Limits the time of one request or one read, and says what a failure means.</summary>
    private async Task<T> GuardAsync<T>(Func<CancellationToken, Task<T>> run, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(_options.SilenceLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        try
        {
            return await run(either.Token);
        }
        catch (Exception e) when (e is not StoreException)
        {
            // Libraries dress up what was stopped in exceptions of their own.
            stop.ThrowIfCancellationRequested();
            throw limit.IsCancellationRequested
                ? new StoreException(
                    StoreFault.Unavailable,
                    $"nothing arrived for {_options.SilenceLimit.TotalSeconds:0} seconds",
                    e
                )
                : _bucket.FaultOf(e);
        }
    }
}
