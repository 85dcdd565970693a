using InferenceMeter.Batching;
using InferenceMeter.Images;
using InferenceMeter.Inference;
using InferenceMeter.Pipeline;

namespace InferenceMeter.Serving;

/// <summary>Hands answers to those who wait for them, after they are counted.</summary>
public sealed class RequestOutput : IClassificationOutput
{
    private readonly List<ImageRequest> _ready = [];

    /// <inheritdoc/>
    public void Classified(in ImageTicket ticket, ReadOnlySpan<ScoredClass> classes) =>
        Prepare(ticket, AnswerOutcome.Classified, ImageFailure.None, classes);

    /// <inheritdoc/>
    public void Failed(in ImageTicket ticket, ImageFailure reason) => Prepare(ticket, AnswerOutcome.Failed, reason, []);

    /// <inheritdoc/>
    public void GivenUp(in ImageTicket ticket)
    {
        if (ticket.Request is ImageRequest request)
            Prepare(ticket, request.IsWanted ? AnswerOutcome.Stopped : AnswerOutcome.Dropped, ImageFailure.None, []);
    }

    /// <inheritdoc/>
    public void Flush()
    {
        foreach (var request in _ready)
            request.Complete();
        _ready.Clear();
    }

    private void Prepare(
        in ImageTicket ticket,
        AnswerOutcome outcome,
        ImageFailure failure,
        ReadOnlySpan<ScoredClass> classes
    )
    {
        if (ticket.Request is not ImageRequest request)
            return;
        request.Prepare(outcome, failure, classes);
        _ready.Add(request);
    }
}
