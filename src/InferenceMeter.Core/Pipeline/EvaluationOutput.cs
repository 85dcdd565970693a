using InferenceMeter.Batching;
using InferenceMeter.Images;
using InferenceMeter.Inference;
using InferenceMeter.Metering;
using InferenceMeter.Models.Accuracy;

namespace InferenceMeter.Pipeline;

/// <summary>Counts answers against the truth, and against those of another model.</summary>
/// <param name="truth">
/// Goes before the classes that the source of the images knows; <see langword="null"/> when only those are, or only two
/// models are compared.
/// </param>
/// <param name="other">
/// Best class that another model gave, by the image's name; <see langword="null"/> when there is none.
/// </param>
public sealed class EvaluationOutput(GroundTruth? truth, IReadOnlyDictionary<string, int>? other)
    : IClassificationOutput
{
    private readonly Dictionary<string, int> _answers = new(StringComparer.Ordinal);
    private long _known;
    private long _top1;
    private long _top5;
    private long _compared;
    private long _alike;
    private long _otherInTop5;

    /// <summary>Best class by image.</summary>
    public IReadOnlyDictionary<string, int> Answers => _answers;

    /// <summary>Images whose class came first, of those with a known class.</summary>
    public Proportion Top1 => new(_top1, _known);

    /// <summary>Images whose class was among the best five.</summary>
    public Proportion Top5 => new(_top5, _known);

    /// <summary>Images for which both models have the same best class.</summary>
    public Proportion Agreement => new(_alike, _compared);

    /// <summary>Images for which the other's best class is among the five of this.</summary>
    public Proportion OtherInTop5 => new(_otherInTop5, _compared);

    /// <summary>Images without a known class.</summary>
    public long Unlabelled => _answers.Count - _known;

    /// <inheritdoc/>
    public void Classified(in ImageTicket ticket, ReadOnlySpan<ScoredClass> classes)
    {
        _answers[ticket.Name] = classes[0].Index;
        if ((truth?.Find(ticket.Name) ?? ticket.TrueClass) is { } right)
        {
            _known++;
            if (classes[0].Index == right)
                _top1++;
            if (Has(classes, right))
                _top5++;
        }

        if (other is null || !other.TryGetValue(ticket.Name, out var answer))
            return;
        _compared++;
        if (classes[0].Index == answer)
            _alike++;
        if (Has(classes, answer))
            _otherInTop5++;
    }

    /// <inheritdoc/>
    public void Failed(in ImageTicket ticket, ImageFailure reason)
    {
        // The pipeline counts it; an image that cannot be decoded says nothing of the model.
    }

    /// <inheritdoc/>
    public void Flush()
    {
        // Nothing is written on the way.
    }

    private static bool Has(ReadOnlySpan<ScoredClass> classes, int index)
    {
        foreach (var scored in classes)
        {
            if (scored.Index == index)
                return true;
        }

        return false;
    }
}
