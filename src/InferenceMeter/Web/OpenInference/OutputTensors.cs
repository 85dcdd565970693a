using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using InferenceMeter.Inference;
using InferenceMeter.Models;
using InferenceMeter.Pipeline.Requests;

namespace InferenceMeter.Web.OpenInference;

/// <summary>The output tensors of a model: the best classes of each image.</summary>
internal sealed class OutputTensors(ModelDescription model)
{
    private const string Scores = "scores";
    private const string Indices = "indices";
    private const string Labels = "labels";

    /// <summary>The outputs that every model has.</summary>
    public IReadOnlyList<TensorSpec> Specs { get; } =
    [
        new(Scores, "FP32", [-1, model.Top]),
        new(Indices, "INT64", [-1, model.Top]),
        new(Labels, "BYTES", [-1, model.Top]),
    ];

    /// <summary>Checks what is asked for.</summary>
    /// <exception cref="ProtocolException">There is no such output, or not so many classes.</exception>
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

    /// <summary>Fills an output with the answers, an image after the other.</summary>
    public TensorData Make(RequestedOutput output, IReadOnlyList<ImageAnswer> answers)
    {
        if (output.Classification is { } most)
            return Texts(output.Name, most, answers, Classification);
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
                return Texts(Labels, model.Top, answers, best => Label(best.Index));
        }
    }

    private static T[] Flat<T>(IReadOnlyList<ImageAnswer> answers, Func<ScoredClass, T> value) =>
        [.. answers.SelectMany(answer => answer.Classes.Select(value))];

    private static TensorData Texts(
        string name,
        int most,
        IReadOnlyList<ImageAnswer> answers,
        Func<ScoredClass, string> text
    )
    {
        var content = new List<byte>();
        Span<byte> length = stackalloc byte[4];
        foreach (var best in answers.SelectMany(answer => answer.Classes.Take(most)))
        {
            var bytes = Encoding.UTF8.GetBytes(text(best));
            BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
            content.AddRange(length);
            content.AddRange(bytes);
        }

        return new TensorData(name, "BYTES", [answers.Count, most], content.ToArray());
    }

    /// <summary>A class as Triton's extension writes it: <c>score:index:label</c>, or without a label.</summary>
    private string Classification(ScoredClass best)
    {
        var scored = string.Create(CultureInfo.InvariantCulture, $"{best.Probability:0.000000}:{best.Index}");
        var label = Label(best.Index);
        return label.Length > 0 ? $"{scored}:{label}" : scored;
    }

    private string Label(int index) => index < model.Labels.Count ? model.Labels[index] : "";
}
