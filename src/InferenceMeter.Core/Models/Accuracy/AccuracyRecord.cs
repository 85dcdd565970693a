using System.Text.Json.Serialization;

namespace InferenceMeter.Models.Accuracy;

/// <summary>What an evaluation found: of one model file, in one precision, on one provider.</summary>
public sealed record AccuracyRecord
{
    /// <summary>
    /// MLPerf Inference's quality target for ResNet-50: 99 % of the reference's 76.456 % (mlcommons/inference,
    /// vision/classification_and_detection).
    /// </summary>
    public const double PassingTop1 = 0.75695;

    /// <summary>Images of ILSVRC 2012's validation set.</summary>
    public const int PassingImages = 50_000;

    /// <summary>SHA-256 of the model file.</summary>
    public required string ModelSha256 { get; init; }

    /// <summary>Precision it was run in.</summary>
    public required string Precision { get; init; }

    /// <summary>ONNX Runtime's name of the execution provider.</summary>
    public required string Provider { get; init; }

    /// <summary>Images with a known class that were classified.</summary>
    public required long Images { get; init; }

    /// <summary>Of them, whose class came first.</summary>
    public required long Top1 { get; init; }

    /// <summary>Of them, whose class was among the best five.</summary>
    public required long Top5 { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The label of readings: <c>passed</c>, <c>measured 68.1 % on 64 images</c>.</summary>
    [JsonIgnore]
    public string Label
    {
        get
        {
            if (Images <= 0)
                return ModelDescription.NotChecked;
            if (Images == PassingImages && (double)Top1 / Images >= PassingTop1)
                return "passed";
            var plural = Images == 1 ? "" : "s";
            return FormattableString.Invariant($"measured {100.0 * Top1 / Images:0.0} % on {Images:#,0} image{plural}");
        }
    }
}
