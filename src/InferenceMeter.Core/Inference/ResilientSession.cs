using InferenceMeter.Batching;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace InferenceMeter.Inference;

/// <summary>
/// One instance that survives its session. A failing batch is tried once more as it is, then image by image, so that
/// one bad image never costs its neighbours. When not even one image can be run, the session itself is suspect: it is
/// re-created with back-off and the images get one more chance. While sessions keep failing the circuit is open: work
/// waits (and is not burnt) until the next attempt is due, and <see cref="InstanceHealth"/> says why.
/// </summary>
public sealed class ResilientSession : IDisposable
{
    private readonly IInferenceSessionFactory _factory;
    private readonly InstanceHealth _health;
    private readonly ResiliencePipeline _retryOnce;
    private readonly ResiliencePipeline _circuit;
    private readonly ResiliencePipeline _reopen;
    private readonly TimeProvider _time;
    private IInferenceSession _session;
    private ImageBatch? _single;

    /// <summary>Opens the first session.</summary>
    /// <exception cref="InferenceException">It cannot be opened: at start that is the user's to know, not ours to retry.</exception>
    public ResilientSession(IInferenceSessionFactory factory, InstanceHealth health, ResilienceOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(factory);
        ArgumentNullException.ThrowIfNull(options);
        (_factory, _health, _time) = (factory, health, time);
        var handled = new PredicateBuilder().Handle<Exception>(e => e is not OperationCanceledException);
        _retryOnce = Builder().AddRetry(new RetryStrategyOptions { ShouldHandle = handled, MaxRetryAttempts = 1, Delay = TimeSpan.Zero }).Build();
        _circuit = Builder().AddCircuitBreaker(new CircuitBreakerStrategyOptions
        {
            ShouldHandle = handled,
            // A batch gets here only after a fresh session failed on each of its images too: one such batch is evidence enough.
            FailureRatio = 0.01,
            MinimumThroughput = 2,
            SamplingDuration = options.CircuitWindow,
            BreakDurationGenerator = broken => new(Backoff(options, broken.HalfOpenAttempts)),
            OnOpened = opened => Report(opened.Outcome.Exception),
            OnClosed = _ => Report(null),
        }).Build();
        _reopen = Builder().AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = handled,
            MaxRetryAttempts = options.ReopenAttempts,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = options.FirstBackoff,
            MaxDelay = options.MaxBackoff,
        }).Build();
        _session = factory.Create();

        ResiliencePipelineBuilder Builder() => new() { TimeProvider = time };
    }

    /// <summary>Runs a batch, whatever it takes.</summary>
    /// <param name="batch">1 or more images.</param>
    /// <param name="failed">Set to <see langword="true"/> for each image that could not be run, also alone; length at least <c>batch.Count</c>.</param>
    /// <param name="cancellation">Ends the waiting for an open circuit, never a running batch.</param>
    /// <returns>Scores of the images that did not fail.</returns>
    /// <exception cref="OperationCanceledException">Cancelled while waiting; the batch has not been run.</exception>
    public BatchResult Run(ImageBatch batch, bool[] failed, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(failed);
        Array.Clear(failed);
        while (true)
        {
            try
            {
                return _circuit.Execute(static (state, _) => state.Self.RunOrRecover(state.batch, state.failed), (Self: this, batch, failed), CancellationToken.None);
            }
            catch (BrokenCircuitException open)
            {
                WaitUntilDue(open.RetryAfter ?? TimeSpan.FromMilliseconds(100), cancellation);
            }
            catch (Exception broken) when (broken is not OperationCanceledException)
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
        _single?.Dispose();
    }

    private BatchResult RunOrRecover(ImageBatch batch, bool[] failed)
    {
        try
        {
            return _retryOnce.Execute(static state => state._session.Run(state.batch), (_session, batch));
        }
        catch (Exception first) when (first is not OperationCanceledException)
        {
            if (RunOneByOne(batch, failed) is { } some) return some;
            // Nothing runs: the session, not an image, is broken. A fresh one gets one attempt before the images are given up.
            Reopen();
            return RunOneByOne(batch, failed) ?? throw new InferenceException($"no image of a batch could be run, also on a fresh session: {first.Message}", first);
        }
    }

    private BatchResult? RunOneByOne(ImageBatch batch, bool[] failed)
    {
        _single ??= new ImageBatch(batch.Capacity, batch.Height, batch.Width);
        BatchResult? all = null;
        for (var i = 0; i < batch.Count; i++)
        {
            _single.CopyFrom(batch, i, 0);
            _single.Count = 1;
            try
            {
                var one = _session.Run(_single);
                all ??= new BatchResult(batch.Capacity, one.Top);
                all.CopyFrom(one, i, 1);
                failed[i] = false;
            }
            catch (Exception alone) when (alone is not OperationCanceledException)
            {
                failed[i] = true;
            }
        }

        return all;
    }

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

    private static TimeSpan Backoff(ResilienceOptions options, int attempts) =>
        TimeSpan.FromTicks(Math.Min(options.MaxBackoff.Ticks, options.FirstBackoff.Ticks << Math.Min(attempts, 20)));

    /// <summary>Stands in while no session could be opened, so that the next batch finds something to fail on and try again.</summary>
    private sealed class BrokenSession : IInferenceSession
    {
        public BatchResult Run(ImageBatch batch) => throw new InferenceException("the session could not be re-created");

        public void Dispose() { }
    }
}
