using InferenceMeter.Batching;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace InferenceMeter.Inference;

/// <summary>
/// One instance that survives its session. A failing batch is tried once more as it is, then image by image, so that
/// one bad image never costs its neighbours. When not even one image can be run, the session itself is suspect: it is
/// re-created with back-off and the images get one more chance. A batch that does not fit the device's memory is run in
/// halves, and no larger one is asked for again. While sessions keep failing the circuit is open: work
/// waits (and is not burnt) until the next attempt is due, and <see cref="InstanceHealth"/> says why. A lost device is
/// not retried.
/// </summary>
public sealed class ResilientSession : IDisposable
{
    private readonly IInferenceSessionFactory _factory;
    private readonly InstanceHealth _health;
    private readonly ResiliencePipeline _retryOnce;
    private readonly ResiliencePipeline _circuit;
    private readonly ResiliencePipeline _reopen;
    private readonly Action<int> _limitBatches;
    private readonly TimeProvider _time;
    private IInferenceSession _session;
    private ImageBatch? _part;

    /// <summary>Opens the first session.</summary>
    /// <param name="factory">Of the device it runs on.</param>
    /// <param name="health">Where it says how it is.</param>
    /// <param name="options">Patience.</param>
    /// <param name="time">Clock of the waiting.</param>
    /// <param name="limitBatches">Told the most images a batch may have when the device ran out of memory.</param>
    /// <exception cref="InferenceException">
    /// It cannot be opened: at start that is the user's to know, not ours to retry.
    /// </exception>
    public ResilientSession(
        IInferenceSessionFactory factory,
        InstanceHealth health,
        ResilienceOptions options,
        TimeProvider time,
        Action<int>? limitBatches = null
    )
    {
        ArgumentNullException.ThrowIfNull(factory);
        ArgumentNullException.ThrowIfNull(options);
        _factory = factory;
        _health = health;
        _time = time;
        _limitBatches = limitBatches ?? (_ => { });
        var handled = new PredicateBuilder().Handle<Exception>(CanBeMended);
        // Trying a batch again that does not fit would only find the same memory full.
        var unlucky = new PredicateBuilder().Handle<Exception>(e => CanBeMended(e) && !IsOutOfMemory(e));
        _retryOnce = Builder()
            .AddRetry(
                new RetryStrategyOptions
                {
                    ShouldHandle = unlucky,
                    MaxRetryAttempts = 1,
                    Delay = TimeSpan.Zero,
                }
            )
            .Build();
        _circuit = Builder()
            .AddCircuitBreaker(
                new CircuitBreakerStrategyOptions
                {
                    ShouldHandle = handled,
                    // A batch gets here only after a fresh session failed on each of its images too: one such batch is
                    // evidence enough.
                    FailureRatio = 0.01,
                    MinimumThroughput = 2,
                    SamplingDuration = options.CircuitWindow,
                    BreakDurationGenerator = broken => new(Backoff(options, broken.HalfOpenAttempts)),
                    OnOpened = opened => Report(opened.Outcome.Exception),
                    OnClosed = _ => Report(null),
                }
            )
            .Build();
        _reopen = Builder()
            .AddRetry(
                new RetryStrategyOptions
                {
                    ShouldHandle = handled,
                    MaxRetryAttempts = options.ReopenAttempts,
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    Delay = options.FirstBackoff,
                    MaxDelay = options.MaxBackoff,
                }
            )
            .Build();
        _session = factory.Create();

        ResiliencePipelineBuilder Builder() => new() { TimeProvider = time };
    }

    /// <summary>Runs a batch, whatever it takes.</summary>
    /// <param name="batch">1 or more images.</param>
    /// <param name="failed">
    /// Set to <see langword="true"/> for each image that could not be run, also alone; length at least
    /// <c>batch.Count</c>.
    /// </param>
    /// <param name="cancellation">Ends the waiting for an open circuit, never a running batch.</param>
    /// <returns>Scores of the images that did not fail.</returns>
    /// <exception cref="OperationCanceledException">Cancelled while waiting; the batch has not been run.</exception>
    /// <exception cref="InferenceException">
    /// The device is lost (<see cref="InferenceFault.DeviceLost"/>); the batch has not been run.
    /// </exception>
    public BatchResult Run(ImageBatch batch, bool[] failed, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(failed);
        Array.Clear(failed);
        while (true)
        {
            try
            {
                return _circuit.Execute(
                    static (state, _) => state.Self.RunOrRecover(state.batch, state.failed),
                    (Self: this, batch, failed),
                    CancellationToken.None
                );
            }
            catch (BrokenCircuitException open)
            {
                WaitUntilDue(open.RetryAfter ?? TimeSpan.FromMilliseconds(100), cancellation);
            }
            catch (Exception broken) when (CanBeMended(broken))
            {
                Array.Fill(failed, true);
                return new BatchResult(batch.Capacity, _factory.Model.Top);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session.Dispose();
        _part?.Dispose();
    }

    private BatchResult RunOrRecover(ImageBatch batch, bool[] failed)
    {
        try
        {
            return _retryOnce.Execute(static state => state._session.Run(state.batch), (_session, batch));
        }
        catch (Exception first) when (CanBeMended(first))
        {
            if (IsOutOfMemory(first) && batch.Count > 1)
                return RunSmaller(batch, failed);
            if (RunInParts(batch, 1, failed) is { } some)
                return some;
            // Nothing runs: the session, not an image, is broken. A fresh one gets one attempt before the images are
            // given up.
            Reopen();
            return RunInParts(batch, 1, failed)
                ?? throw new InferenceException(
                    $"no image of a batch could be run, also on a fresh session: {first.Message}",
                    first
                );
        }
    }

    /// <summary>Halves the batch until it fits.</summary>
    private BatchResult RunSmaller(ImageBatch batch, bool[] failed)
    {
        for (var size = (batch.Count + 1) / 2; ; size = (size + 1) / 2)
        {
            // A fresh session: the old one's memory is fragmented, or sized for the batches that do not fit.
            Reopen();
            try
            {
                var result =
                    RunInParts(batch, size, failed, letOutOfMemoryPass: size > 1)
                    ?? throw new InferenceException("out of memory, also with single images")
                    {
                        Fault = InferenceFault.OutOfMemory,
                    };
                _limitBatches(size);
                // A part that failed for another reason has one bad image in it, not many.
                return failed.AsSpan(0, batch.Count).Contains(true) ? RunInParts(batch, 1, failed) ?? result : result;
            }
            catch (InferenceException full) when (size > 1 && IsOutOfMemory(full))
            {
                // Halve again.
            }
        }
    }

    private BatchResult? RunInParts(ImageBatch batch, int size, bool[] failed, bool letOutOfMemoryPass = false)
    {
        if (_part?.Capacity != PartCapacity(batch, size))
        {
            _part?.Dispose();
            _part = new ImageBatch(PartCapacity(batch, size), batch.Height, batch.Width, _factory.PixelMemory);
        }

        BatchResult? all = null;
        for (var first = 0; first < batch.Count; first += size)
        {
            var count = Math.Min(size, batch.Count - first);
            for (var i = 0; i < count; i++)
                _part.CopyFrom(batch, first + i, i);
            (_part.Count, _part.FullCount) = (count, size);
            _part.WantsScores = batch.WantsScores;
            try
            {
                var part = _session.Run(_part);
                all ??= new BatchResult(batch.Capacity, part.Top);
                all.CopyFrom(part, first, count);
                failed.AsSpan(first, count).Clear();
            }
            catch (Exception broken) when (CanBeMended(broken) && !(letOutOfMemoryPass && IsOutOfMemory(broken)))
            {
                failed.AsSpan(first, count).Fill(true);
            }
        }

        return all;
    }

    // A model that is frozen to a batch size is run with whole buffers only.
    private int PartCapacity(ImageBatch batch, int size) => _factory.Model.FixedBatch ?? Math.Min(size, batch.Capacity);

    private void Reopen()
    {
        _session.Dispose();
        _session = new BrokenSession();
        _session = _reopen.Execute(static factory => factory.Create(), _factory);
        _health.Recreated();
    }

    private ValueTask Report(Exception? reason)
    {
        _health.Set(reason);
        return default;
    }

    private void WaitUntilDue(TimeSpan due, CancellationToken cancellation)
    {
        using var elapsed = new CancellationTokenSource(due + TimeSpan.FromMilliseconds(1), _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(elapsed.Token, cancellation);
        either.Token.WaitHandle.WaitOne();
        cancellation.ThrowIfCancellationRequested();
    }

    private static bool CanBeMended(Exception e) =>
        e is not OperationCanceledException and not InferenceException { Fault: InferenceFault.DeviceLost };

    private static bool IsOutOfMemory(Exception e) => e is InferenceException { Fault: InferenceFault.OutOfMemory };

    private static TimeSpan Backoff(ResilienceOptions options, int attempts) =>
        TimeSpan.FromTicks(Math.Min(options.MaxBackoff.Ticks, options.FirstBackoff.Ticks << Math.Min(attempts, 20)));

    /// <summary>
    /// Stands in while no session could be opened, so that the next batch finds something to fail on and try again.
    /// </summary>
    private sealed class BrokenSession : IInferenceSession
    {
        public BatchResult Run(ImageBatch batch) => throw new InferenceException("the session could not be re-created");

        public void Dispose() { }
    }
}
