using System.Diagnostics;

namespace InferenceMeter.Pipeline.Requests;

/// <summary>
/// Traces of images that are asked for: a span an image under the caller's (W3C trace context), and under it one for
/// each stage. They are
/// made when the answer is there, from the times that it tells anyway; while nobody listens they cost a comparison.
/// </summary>
public static class RequestTrace
{
    /// <summary>To listen to.</summary>
    public const string SourceName = "InferenceMeter";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>Tells what became of an image.</summary>
    /// <param name="answer">With its times, which end now.</param>
    /// <param name="now">End of the image's way.</param>
    internal static void Tell(ImageAnswer answer, DateTimeOffset now)
    {
        if (!Source.HasListeners())
            return;
        var times = answer.Times;
        var at = now - TimeSpan.FromSeconds(times.Total);
        using var image = Source.StartActivity(
            "classify image",
            ActivityKind.Internal,
            Activity.Current?.Context ?? default,
            startTime: at
        );
        if (image is null)
            return;
        image
            .SetTag("inference.outcome", answer.Outcome.ToString().ToLowerInvariant())
            .SetTag("inference.batch_images", times.BatchImages);
        if (answer.Outcome != AnswerOutcome.Classified)
            image.SetStatus(ActivityStatusCode.Error);
        foreach (
            var (stage, seconds) in new[]
            {
                ("queue", times.Queue),
                ("decode", times.Decode),
                ("batch", times.Batch),
                ("infer", times.Infer),
            }
        )
        {
            if (seconds <= 0)
                continue;
            using var span = Source.StartActivity(stage, ActivityKind.Internal, image.Context, startTime: at);
            at += TimeSpan.FromSeconds(seconds);
            span?.SetEndTime(at.UtcDateTime);
        }

        image.SetEndTime(now.UtcDateTime);
    }
}
