using InferenceMeter.Batching;
using InferenceMeter.Images;
using InferenceMeter.Inference;

namespace InferenceMeter.Pipeline;

/// <summary>Receives each answer once, from one thread, in the order in which batches finish.</summary>
public interface IClassificationOutput
{
    /// <summary>The image was classified.</summary>
    /// <param name="ticket">Which image.</param>
    /// <param name="classes">Best classes first; only valid during the call.</param>
    void Classified(in ImageTicket ticket, ReadOnlySpan<ScoredClass> classes);

    /// <summary>The image failed.</summary>
    void Failed(in ImageTicket ticket, ImageFailure reason);

    /// <summary>The image was given up untouched: at shutdown, or because nobody waits for it any more.</summary>
    void GivenUp(in ImageTicket ticket) { }

    /// <summary>A batch of answers is complete: what was received so far must survive a kill of the process.</summary>
    void Flush();
}
