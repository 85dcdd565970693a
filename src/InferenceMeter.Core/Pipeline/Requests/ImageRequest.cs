using InferenceMeter.Images;
using InferenceMeter.Inference;

namespace InferenceMeter.Pipeline.Requests;

/// <summary>An image on its way through the pipeline, and who waits for it.</summary>
internal sealed class ImageRequest(
    bool isPixels,
    bool wantsScores,
    long arrival,
    long? deadline,
    TimeProvider time,
    RequestStatistics? statistics,
    CancellationToken gone
) : IImageRequest
{
    private readonly TaskCompletionSource<ImageAnswer> _answer = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private (long Started, long Ended)? _decoded;
    private BatchRun? _ran;
    private float[] _scores = [];
    private ImageAnswer? _prepared;

    public bool IsPixels => isPixels;

    public bool WantsScores => wantsScores;

    public bool IsWanted => !gone.IsCancellationRequested && !(time.GetTimestamp() >= deadline);

    /// <summary>Ends once, with what became of it.</summary>
    public Task<ImageAnswer> Answer => _answer.Task;

    public void Decoded(long started, long ended) => _decoded = (started, ended);

    public void Scored(ReadOnlySpan<float> scores) => _scores = scores.ToArray();

    public void Ran(in BatchRun run) => _ran = run;

    /// <summary>What is going to be told.</summary>
    public void Prepare(AnswerOutcome outcome, ImageFailure failure, ReadOnlySpan<ScoredClass> classes)
    {
        var now = time.GetTimestamp();
        _prepared = new ImageAnswer(outcome, failure, classes.ToArray(), Times(now)) { Scores = _scores };
        if (outcome == AnswerOutcome.Classified && _ran is { } run)
            statistics?.Classified(run, _decoded is { } decode ? decode.Ended - decode.Started : 0, now);
    }

    /// <summary>Tells it.</summary>
    public void Complete() => _answer.TrySetResult(_prepared!);

    private AnswerTimes Times(long now) =>
        new()
        {
            Queue = Seconds(arrival, _decoded?.Started ?? now),
            Decode = _decoded is { } decode ? Seconds(decode.Started, decode.Ended) : 0,
            Batch = _decoded is { } done && _ran is { } run ? Seconds(done.Ended, run.Started) : 0,
            Infer = _ran is { } ran ? Seconds(ran.Started, ran.Ended) : 0,
            Total = Seconds(arrival, now),
            BatchImages = _ran?.Images ?? 0,
        };

    private double Seconds(long from, long to) => Math.Max(0, time.GetElapsedTime(from, to).TotalSeconds);
}
