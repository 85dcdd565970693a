using System.Runtime.InteropServices;
using InferenceMeter.Inference;
using InferenceMeter.Models;
using InferenceMeter.Pipeline.Requests;

namespace InferenceMeter.Web.OpenInference;

/// <summary>
/// The probabilities of all classes of each image in one tensor, as clients of Triton's classification extension want a
/// model's output.
/// </summary>
internal sealed class AllScores(ModelDescription model) : IOutputTensors
{
    private const string Scores = "scores";

    /// <inheritdoc/>
    public IReadOnlyList<TensorSpec> Specs { get; } = [new(Scores, "FP32", [-1, model.Classes])];

    /// <inheritdoc/>
    public bool NeedsScores => true;

    /// <inheritdoc/>
    public void Check(RequestedOutput output)
    {
        if (output.Name != Scores)
            throw ProtocolException.Invalid(
                $"there is no output '{ProtocolException.Shorten(output.Name)}', accepted: {Scores}"
            );
        if (output.Classification < 1)
            throw ProtocolException.Invalid($"classification is {output.Classification}, accepted: from 1");
    }

    /// <inheritdoc/>
    public TensorData Make(RequestedOutput output, IReadOnlyList<ImageAnswer> answers)
    {
        var probabilities = answers.Select(Probabilities);
        if (output.Classification is not { } asked)
            return new TensorData(
                Scores,
                "FP32",
                [answers.Count, model.Classes],
                MemoryMarshal.AsBytes<float>(probabilities.SelectMany(image => image).ToArray()).ToArray()
            );
        // As Triton, which answers all classes where more are asked for.
        var most = Math.Min(asked, model.Classes);
        return ClassTexts.Write(
            Scores,
            [.. probabilities.Select(image => Best(image, most))],
            most,
            model.Classification
        );
    }

    /// <summary>
    /// The softmax of an image's logits. Its sum is known from the best class, whose probability the graph gave: so
    /// both agree, also where a background class that is cut off has a share.
    /// </summary>
    private float[] Probabilities(ImageAnswer answer)
    {
        if (model.OutputsProbabilities)
            return [.. answer.Scores];
        var best = answer.Classes[0];
        var highest = answer.Scores[best.Index];
        return [.. answer.Scores.Select(score => best.Probability * MathF.Exp(score - highest))];
    }

    private static IReadOnlyList<ScoredClass> Best(float[] probabilities, int most) =>
        [
            .. probabilities
                .Select((probability, index) => new ScoredClass(index, probability))
                .OrderByDescending(scored => scored.Probability)
                .Take(most),
        ];
}
