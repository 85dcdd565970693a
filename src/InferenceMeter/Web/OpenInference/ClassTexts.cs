using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using InferenceMeter.Inference;
using InferenceMeter.Models;

namespace InferenceMeter.Web.OpenInference;

/// <summary>Writes classes as BYTES, a text each.</summary>
internal static class ClassTexts
{
    /// <summary>A tensor of texts.</summary>
    /// <param name="name">The name of the output.</param>
    /// <param name="images">The classes of each image, best first, the same number for all.</param>
    /// <param name="most">Of these, how many are written.</param>
    /// <param name="text">What is written of a class.</param>
    public static TensorData Write(
        string name,
        IReadOnlyList<IReadOnlyList<ScoredClass>> images,
        int most,
        Func<ScoredClass, string> text
    )
    {
        var content = new List<byte>();
        Span<byte> length = stackalloc byte[4];
        foreach (var best in images.SelectMany(classes => classes.Take(most)))
        {
            var bytes = Encoding.UTF8.GetBytes(text(best));
            BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
            content.AddRange(length);
            content.AddRange(bytes);
        }

        return new TensorData(name, "BYTES", [images.Count, most], content.ToArray());
    }

    /// <summary>A class as Triton's extension writes it: <c>score:index:label</c>, or without a label.</summary>
    public static string Classification(this ModelDescription model, ScoredClass best)
    {
        var scored = string.Create(CultureInfo.InvariantCulture, $"{best.Probability:0.000000}:{best.Index}");
        var label = model.Label(best.Index);
        return label.Length > 0 ? $"{scored}:{label}" : scored;
    }

    /// <summary>The name of a class; empty when it is not known.</summary>
    public static string Label(this ModelDescription model, int index) =>
        index < model.Labels.Count ? model.Labels[index] : "";
}
