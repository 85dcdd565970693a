using System.Threading.Channels;
using InferenceMeter.Batching;
using InferenceMeter.Errors;
using InferenceMeter.Images;
using InferenceMeter.Inference;
using InferenceMeter.Metering;

namespace InferenceMeter.Pipeline;

/// <summary>Answers images: top classes, output, counters. An image is counted here and nowhere else.</summary>
internal sealed class SinkStage(
    ChannelReader<SinkItem> queue,
    IBatchFeed feed,
    IClassificationOutput? output,
    PipelineOptions options,
    int top,
    PipelineRecorder recorder
)
{
    private readonly ScoredClass[] _top = new ScoredClass[top];
    private long _unusable;

    public async Task RunAsync()
    {
        while (await queue.WaitToReadAsync())
        {
            var started = recorder.Now;
            while (queue.TryRead(out var item))
                Take(item);
            recorder.Busy(Stage.Sink, started);
        }

        output?.Flush();
    }

    private void Take(in SinkItem item)
    {
        if (item.Batch is not { } batch)
        {
            if (item.Failure == ImageFailure.None)
                GiveUp(item.Ticket);
            else
                Fail(item.Ticket, item.Failure, 0);
            if (item.Ticket.Request is not null)
                output?.Flush();
            return;
        }

        var run = new BatchRun(batch.Order, batch.Run.Started, batch.Run.Ended, batch.Count);
        for (var i = 0; i < batch.Count; i++)
        {
            if (item.Result is null && item.Failure == ImageFailure.None)
                GiveUp(batch.Ticket(i));
            else
            {
                batch.Ticket(i).Request?.Ran(run);
                if (item.Result is null || item.Failed?[i] == true)
                    Fail(batch.Ticket(i), ImageFailure.Inference, item.Device);
                else
                {
                    if (batch.Ticket(i).Request is { WantsScores: true } request)
                        request.Scored(item.Result.ScoresOf(i));
                    Answer(batch.Ticket(i), item.Result.Read(i, _top), item.Device);
                }
            }
        }

        output?.Flush();
        if (batch.IsRequested)
            Forget(batch);
        feed.Return(batch);
    }

    /// <summary>A batch outlives its requests by far.</summary>
    private static void Forget(ImageBatch batch)
    {
        for (var i = 0; i < batch.Count; i++)
            batch.Ticket(i) = default;
    }

    private void Answer(in ImageTicket ticket, int count, int device)
    {
        if (count == 0)
        {
            // Probabilities that are no numbers are no classification.
            Fail(ticket, ImageFailure.Inference, device);
            return;
        }

        output?.Classified(ticket, _top.AsSpan(0, count));
        recorder.Answered(device, options.Scope, ticket.ArrivalTimestamp, ticket.Request is not null);
    }

    private void GiveUp(in ImageTicket ticket)
    {
        output?.GivenUp(ticket);
        recorder.GivenUp(ticket.Request is not null);
    }

    private void Fail(in ImageTicket ticket, ImageFailure reason, int device)
    {
        output?.Failed(ticket, reason);
        recorder.Failed(reason, device, ticket.Request is not null);
        if (
            ticket.Request is null
            && reason != ImageFailure.Inference
            && ticket.Sequence < options.FirstPassImages
            && ++_unusable == options.FirstPassImages
        )
            throw new ImageSourceException(
                $"not one of the {_unusable:#,0} images can be used "
                    + $"({reason.ToLabel()}{(_unusable > 1 ? " and the like" : "")}); give others"
            )
            {
                Subject = ErrorSubject.Images,
            };
    }
}
