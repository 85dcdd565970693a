using System.Runtime.InteropServices;
using InferenceMeter.Inference;
using InferenceMeter.Models;
using InferenceMeter.Pipeline.Requests;

namespace InferenceMeter.Web.OpenInference;

/// <summary>The best classes of each image, in three tensors.</summary>
internal sealed class BestClasses(ModelDescription model) : IOutputTensors
{
    private const string Scores = "scores";
    private const string Indices = "indices";
    private const string Labels = "labels";

    /// <inheritdoc/>
    public IReadOnlyList<TensorSpec> Specs { get; } =
    [
        new(Scores, "FP32", [-1, model.Top]),
        new(Indices, "INT64", [-1, model.Top]),
        new(Labels, "BYTES", [-1, model.Top]),
    ];

    /// <inheritdoc/>
    public bool NeedsScores => false;

    /// <inheritdoc/>
    public void Check(RequestedOutput output)
    {
        if (!Specs.Any(known => known.Name == output.Name))
            throw ProtocolException.Invalid(
                $"there is no output '{ProtocolException.Shorten(output.Name)}', accepted: "
                    + $"{string.Join(", ", Specs.Select(known => known.Name))}"
            );
        if (output.Classification < 1 || output.Classification > model.Top)
            throw ProtocolException.Invalid($"classification is {output.Classification}, accepted: 1 to {model.Top}");
    }

    /// <inheritdoc/>
    public TensorData Make(RequestedOutput output, IReadOnlyList<ImageAnswer> answers)
    {
        if (output.Classification is { } most)
            return Texts(output.Name, most, answers, model.Classification);
        switch (output.Name)
        {
            case Scores:
                return new TensorData(
                    Scores,
                    "FP32",
                    [answers.Count, model.Top],
                    MemoryMarshal.AsBytes<float>(Flat(answers, best => best.Probability)).ToArray()
                );
            case Indices:
                return new TensorData(
                    Indices,
                    "INT64",
                    [answers.Count, model.Top],
                    MemoryMarshal.AsBytes<long>(Flat(answers, best => (long)best.Index)).ToArray()
                );
            default:
                return Texts(Labels, model.Top, answers, best => model.Label(best.Index));
        }
    }

    private static T[] Flat<T>(IReadOnlyList<ImageAnswer> answers, Func<ScoredClass, T> value) =>
        [.. answers.SelectMany(answer => answer.Classes.Select(value))];

    private static TensorData Texts(
        string name,
        int most,
        IReadOnlyList<ImageAnswer> answers,
        Func<ScoredClass, string> text
    ) => ClassTexts.Write(name, [.. answers.Select(answer => answer.Classes)], most, text);
}
