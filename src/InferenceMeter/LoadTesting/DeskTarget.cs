using InferenceMeter.Serving;

namespace InferenceMeter.LoadTesting;

/// <summary>This process's own pipeline, without a network.</summary>
internal sealed class DeskTarget(RequestDesk desk, SampleSet samples, bool isPixels, TimeProvider time) : ILoadTarget
{
    private readonly byte[][] _images = isPixels ? samples.Pixels : samples.Encoded;

    public string Description => $"in process, {(isPixels ? "pixels" : "encoded images")}, {_images.Length} distinct";

    public string? LastError { get; private set; }

    public async ValueTask<QueryOutcome> SendAsync(ReadOnlyMemory<int> samples, CancellationToken cancellation)
    {
        try
        {
            var images = new ReadOnlyMemory<byte>[samples.Length];
            for (var i = 0; i < images.Length; i++)
                images[i] = _images[samples.Span[i] % _images.Length];
            foreach (
                var answer in await desk.ClassifyAsync(
                    images,
                    isPixels,
                    time.GetTimestamp(),
                    timeout: null,
                    cancellation
                )
            )
            {
                if (answer.Outcome == AnswerOutcome.Classified)
                    continue;
                LastError = $"an image was {answer.Outcome.ToString().ToLowerInvariant()}";
                return QueryOutcome.Error;
            }

            return QueryOutcome.Ok;
        }
        catch (RequestRefusedException refused)
        {
            LastError = refused.Message;
            return refused.Reason == RefusalReason.Full ? QueryOutcome.Rejected : QueryOutcome.Error;
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
