using InferenceMeter.Images;

namespace InferenceMeter.Pipeline.Requests;

/// <summary>
/// What became of the requests for one model: how many, where their time went, and the batches that ran for them.
/// Thread-safe; counting an image allocates nothing, but for the first batch of a size.
/// </summary>
/// <param name="time">Clock of all timestamps.</param>
public sealed class RequestStatistics(TimeProvider time)
{
    private const long NoBatch = -1;

    private readonly Lock _gate = new();
    private readonly SortedDictionary<int, BatchState> _batches = [];
    private long _batch = NoBatch;
    private BatchState _size = new();
    private long _told;
    private DurationState _success;
    private DurationState _fail;
    private DurationState _queue;
    private DurationState _input;
    private DurationState _infer;
    private DurationState _output;
    private long _images;
    private DateTimeOffset? _last;

    /// <summary>A request was answered. Where its time went is told of the image that was answered last.</summary>
    /// <param name="answers">One per image, all classified.</param>
    /// <param name="arrival">Timestamp at which the request came.</param>
    public void Answered(IReadOnlyList<ImageAnswer> answers, long arrival)
    {
        ArgumentNullException.ThrowIfNull(answers);
        var last = default(AnswerTimes);
        foreach (var answer in answers)
        {
            if (answer.Times.Total >= last.Total)
                last = answer.Times;
        }

        var duration = time.GetElapsedTime(arrival);
        var now = time.GetUtcNow();
        lock (_gate)
        {
            _images += answers.Count;
            _last = now - duration;
            _success.Add(duration);
            _queue.Add(TimeSpan.FromSeconds(last.Queue + last.Batch));
            _input.Add(TimeSpan.FromSeconds(last.Decode));
            _infer.Add(TimeSpan.FromSeconds(last.Infer));
            _output.Add(
                TimeSpan.FromSeconds(Math.Max(0, last.Total - last.Queue - last.Decode - last.Batch - last.Infer))
            );
        }
    }

    /// <summary>A request was not answered: refused, too late, broken, or not an image.</summary>
    /// <param name="arrival">Timestamp at which the request came.</param>
    public void Failed(long arrival)
    {
        var duration = time.GetElapsedTime(arrival);
        var now = time.GetUtcNow();
        lock (_gate)
        {
            _last = now - duration;
            _fail.Add(duration);
        }
    }

    /// <summary>The counts now, all of the same instant.</summary>
    public RequestStatisticsSnapshot Snapshot()
    {
        lock (_gate)
        {
            return new RequestStatisticsSnapshot
            {
                LastRequest = _last,
                Images = _images,
                Batches = _batches.Values.Sum(size => size.Infer.Count),
                Success = _success.Snapshot(),
                Fail = _fail.Snapshot(),
                Queue = _queue.Snapshot(),
                Input = _input.Snapshot(),
                Infer = _infer.Snapshot(),
                Output = _output.Snapshot(),
                BySize =
                [
                    .. _batches.Select(size => new BatchStatistics(
                        size.Key,
                        size.Value.Input.Snapshot(),
                        size.Value.Infer.Snapshot(),
                        size.Value.Output.Snapshot()
                    )),
                ],
            };
        }
    }

    /// <summary>
    /// An image of these requests was classified. Batches are answered one after the other, so the first image of
    /// another batch is a batch more.
    /// </summary>
    /// <param name="run">The batch that it was in.</param>
    /// <param name="decode">Ticks that its decoding took.</param>
    /// <param name="now">Timestamp of its answer.</param>
    internal void Classified(in BatchRun run, long decode, long now)
    {
        lock (_gate)
        {
            if (run.Order != _batch)
            {
                if (!_batches.TryGetValue(run.Images, out var size))
                    _batches.Add(run.Images, size = new BatchState());
                (_batch, _size) = (run.Order, size);
                _told = run.Ended;
                size.Input.Count++;
                size.Output.Count++;
                size.Infer.Add(time.GetElapsedTime(run.Started, run.Ended));
            }

            _size.Input.Time += TimeSpan.FromSeconds((double)decode / time.TimestampFrequency);
            _size.Output.Time += time.GetElapsedTime(_told, now);
            _told = now;
        }
    }

    private sealed class BatchState
    {
        public DurationState Input;
        public DurationState Infer;
        public DurationState Output;
    }

    private struct DurationState
    {
        public long Count;
        public TimeSpan Time;

        public void Add(TimeSpan duration)
        {
            Count++;
            if (duration > TimeSpan.Zero)
                Time += duration;
        }

        public readonly CountedTime Snapshot() => new(Count, Time);
    }
}
