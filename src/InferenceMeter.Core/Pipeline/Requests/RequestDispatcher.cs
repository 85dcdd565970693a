using InferenceMeter.Metering;

namespace InferenceMeter.Pipeline.Requests;

/// <summary>
/// Where images are asked for: takes as many as the meter can hold at once, turns the others away at once, and waits
/// for the answers.
/// Thread-safe.
/// </summary>
public sealed class RequestDispatcher : IDisposable
{
    private readonly Func<InferencePipeline?> _pipeline;
    private readonly WorkCounters _counters;
    private readonly Func<double?> _imagesPerSecond;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _closed = new();
    private int _held;

    /// <param name="pipeline">That works; <see langword="null"/> while there is none.</param>
    /// <param name="counters">Told of what is turned away; what is taken is counted by the pipeline.</param>
    /// <param name="limit">Images that may be in the meter at once.</param>
    /// <param name="imagesPerSecond">Of late: from it who is turned away learns when to come again.</param>
    /// <param name="time">Clock of deadlines.</param>
    public RequestDispatcher(
        Func<InferencePipeline?> pipeline,
        WorkCounters counters,
        int limit,
        Func<double?> imagesPerSecond,
        TimeProvider time
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        _pipeline = pipeline;
        _counters = counters;
        Limit = limit;
        _imagesPerSecond = imagesPerSecond;
        _time = time;
    }

    /// <summary>Images that may be in the meter at once: waiting, being decoded, running.</summary>
    public int Limit { get; }

    /// <summary>Images that are in it now.</summary>
    public int Held => Volatile.Read(ref _held);

    /// <summary>Classifies images.</summary>
    /// <param name="images">
    /// Encoded, or pixels of the model's input size, uint8 <c>[H, W, 3]</c>; they must not change before this ends.
    /// </param>
    /// <param name="isPixels">Which of both.</param>
    /// <param name="arrival">Timestamp from which latency counts.</param>
    /// <param name="timeout">After this they are no longer wanted; <see langword="null"/>: never.</param>
    /// <param name="gone">Who asked does not wait any more.</param>
    /// <returns>
    /// An answer for each, in their order; also when <paramref name="gone"/>: the images may be in use until then.
    /// </returns>
    /// <exception cref="RequestRefusedException">None of them was taken.</exception>
    public Task<IReadOnlyList<ImageAnswer>> ClassifyAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> images,
        bool isPixels,
        long arrival,
        TimeSpan? timeout,
        CancellationToken gone
    ) => ClassifyAsync(images, isPixels, arrival, timeout, new AnswerDemand(), gone);

    /// <summary>Classifies images, and does beside it what is demanded.</summary>
    /// <param name="images">
    /// Encoded, or pixels of the model's input size, uint8 <c>[H, W, 3]</c>; they must not change before this ends.
    /// </param>
    /// <param name="isPixels">Which of both.</param>
    /// <param name="arrival">Timestamp from which latency counts.</param>
    /// <param name="timeout">After this they are no longer wanted; <see langword="null"/>: never.</param>
    /// <param name="demand">What is wanted beside the best classes.</param>
    /// <param name="gone">Who asked does not wait any more.</param>
    /// <returns>
    /// An answer for each, in their order; also when <paramref name="gone"/>: the images may be in use until then.
    /// </returns>
    /// <exception cref="RequestRefusedException">None of them was taken.</exception>
    public async Task<IReadOnlyList<ImageAnswer>> ClassifyAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> images,
        bool isPixels,
        long arrival,
        TimeSpan? timeout,
        AnswerDemand demand,
        CancellationToken gone
    )
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(demand);
        if (images.Count > Limit)
            throw Refused(
                images.Count,
                RefusalReason.TooMany,
                $"{images.Count:#,0} images in one request; this meter takes {Limit:#,0} at once"
            );
        if (_pipeline() is not { } pipeline || _closed.IsCancellationRequested)
            throw Refused(images.Count, RefusalReason.NotServing, "the meter is not running");
        if (Interlocked.Add(ref _held, images.Count) > Limit)
        {
            Interlocked.Add(ref _held, -images.Count);
            throw Refused(
                images.Count,
                RefusalReason.Full,
                $"{Limit:#,0} images are waiting or running already; come again in a moment"
            );
        }

        var deadline = timeout is { } wait
            ? arrival + (long)(wait.TotalSeconds * _time.TimestampFrequency)
            : (long?)null;
        var answers = new Task<ImageAnswer>[images.Count];
        for (var i = 0; i < images.Count; i++)
            answers[i] = Submit(
                pipeline,
                new ImageRequest(isPixels, demand.Scores, arrival, deadline, _time, demand.Statistics, gone),
                images[i],
                arrival
            );
        return await Task.WhenAll(answers);
    }

    /// <summary>After the pipeline has ended: what it could not answer is told so.</summary>
    public void Close() => _closed.Cancel();

    /// <inheritdoc/>
    public void Dispose() => _closed.Dispose();

    private async Task<ImageAnswer> Submit(
        InferencePipeline pipeline,
        ImageRequest request,
        ReadOnlyMemory<byte> image,
        long arrival
    )
    {
        var stopped = new ImageAnswer(AnswerOutcome.Stopped, Images.ImageFailure.None, [], default);
        try
        {
            if (!pipeline.TrySubmit(request, "request", image, arrival))
                return stopped;
            try
            {
                var answer = await request.Answer.WaitAsync(_closed.Token);
                RequestTrace.Tell(answer, _time.GetUtcNow());
                return answer;
            }
            catch (OperationCanceledException)
            {
                return stopped;
            }
            finally
            {
                pipeline.Answered();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _held);
        }
    }

    private RequestRefusedException Refused(int images, RefusalReason reason, string message)
    {
        _counters.AddHandedOut(images, requested: true);
        _counters.AddRejected(images, requested: true);
        // By then about half of what waits has been answered.
        var seconds = _imagesPerSecond() is > 0 and var rate ? Math.Clamp(Math.Ceiling(Limit / rate / 2), 1, 60) : 1;
        return new RequestRefusedException(reason, message, TimeSpan.FromSeconds(seconds));
    }
}

/// <summary>Why images were turned away.</summary>
public enum RefusalReason
{
    /// <summary>As many as the meter holds are in it.</summary>
    Full,

    /// <summary>More in one request than it ever holds.</summary>
    TooMany,

    /// <summary>It is starting or ending.</summary>
    NotServing,
}

/// <summary>Images were turned away before any work.</summary>
public sealed class RequestRefusedException(RefusalReason reason, string message, TimeSpan retryAfter)
    : Exception(message)
{
    /// <summary>Why.</summary>
    public RefusalReason Reason { get; } = reason;

    /// <summary>When it is worth to come again.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}
