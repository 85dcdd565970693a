using System.Text.Json.Serialization;
using InferenceMeter.Metering;

namespace InferenceMeter.Comparison;

/// <summary>
/// A bench result as it was read from a file, whoever wrote it and when; what it does not say is <see langword="null"/>
/// or empty.
/// </summary>
public sealed record ComparedRun
{
    /// <summary>Names it in the comparison: the file's name without its extension, made unique.</summary>
    public required string Label { get; init; }

    /// <summary>Version of the document's form; this program writes 2.</summary>
    public int SchemaVersion { get; init; }

    /// <summary>The hardware in a few words.</summary>
    public string Machine { get; init; } = "";

    /// <summary>
    /// When it was over; <see langword="null"/> also when it is no time at which such a run can have been.
    /// </summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary><c>VALID</c> or <c>INVALID</c>; <c>unknown</c> when it is not said.</summary>
    public Verdict? Verdict { get; init; }

    /// <summary>Why it is INVALID.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>What the measured work includes: <c>model</c>, <c>pipeline</c>, <c>service</c>.</summary>
    public string Scope { get; init; } = "";

    /// <summary>Model name.</summary>
    public string Model { get; init; } = "";

    /// <summary><c>synthetic</c> or <c>pretrained</c>.</summary>
    public string Weights { get; init; } = "";

    /// <summary>The accuracy check that it passed, or <c>not checked</c>.</summary>
    public string AccuracyCheck { get; init; } = "";

    /// <summary>Precision it was run in.</summary>
    public string Precision { get; init; } = "";

    /// <summary>ONNX Runtime execution provider.</summary>
    public string Provider { get; init; } = "";

    /// <summary>Images in a batch.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Throughput, images/s.</summary>
    public Estimate? ImagesPerSecond { get; init; }

    /// <summary>USD per billion images by basis, with the price behind each.</summary>
    public IReadOnlyDictionary<string, ComparedCost> Costs { get; init; } =
        new Dictionary<string, ComparedCost>(StringComparer.Ordinal);

    /// <summary>Where the price is from, and when it held.</summary>
    public string Price { get; init; } = "";

    /// <summary>The price was older than the meter's limit.</summary>
    public bool StalePrice { get; init; }

    /// <summary>Energy of an image, from hardware counters.</summary>
    public double? JoulesPerImage { get; init; }

    /// <summary>99th percentile of latency, seconds.</summary>
    public double? P99Seconds { get; init; }

    /// <summary>What reading its images took; <see langword="null"/> when none were read.</summary>
    public ComparedFetch? Fetch { get; init; }

    /// <summary>What the run was, dimension by dimension, in words that are equal when it is.</summary>
    public IReadOnlyDictionary<Dimension, string> Dimensions { get; init; } = new Dictionary<Dimension, string>();

    /// <summary>
    /// What a reader must know before believing it, a line each: older form, synthetic weights, stale price.
    /// </summary>
    public IReadOnlyList<string> Notices { get; init; } = [];

    /// <summary>Whether it is a result: a VALID verdict.</summary>
    public bool Valid => Verdict == Metering.Verdict.Valid;

    /// <summary><c>VALID</c>, <c>INVALID</c> or <c>unknown</c>.</summary>
    public string VerdictLabel => Verdict?.Label() ?? "unknown";

    /// <summary>
    /// Whether a model was run at all: <c>bench --session null</c> measures the meter's own machinery.
    /// </summary>
    public bool RunsModel => Weights != "none";

    /// <summary>
    /// Whether costs of both are of the same kind of work; never when a run does not say what its work was.
    /// </summary>
    public bool SameWorkAs(ComparedRun other) =>
        other is not null && Scope.Length > 0 && Model.Length > 0 && Scope == other.Scope && Model == other.Model;
}

/// <summary>A cost, USD per billion images, with its 95 % interval and the price it was reckoned with.</summary>
/// <param name="High"><see langword="null"/> when it has no upper bound.</param>
/// <param name="UsdPerHour">Price of the machine.</param>
public sealed record ComparedCost(double Value, double Low, double? High, double UsdPerHour)
{
    /// <summary>
    /// Half of the interval's width as a logarithm; infinite without an upper bound or with a lower bound of 0.
    /// </summary>
    [JsonIgnore]
    public double LogHalfWidth =>
        High is { } high && Low > 0 && high >= Low ? Math.Log(high / Low) / 2 : double.PositiveInfinity;

    /// <summary>The throughput behind it, images/s.</summary>
    public double ImagesPerSecond => UsdPerHour / 3600 / Value * 1e9;
}

/// <summary>What reading images took, for a billion of them.</summary>
/// <param name="Source">Where from, such as <c>s3</c>.</param>
/// <param name="Usd">Of the machine's money, what it waited for images that had not arrived; USD.</param>
/// <param name="Requests">To the store.</param>
/// <param name="Bytes">That arrived.</param>
public sealed record ComparedFetch(string Source, double? Usd, double? Requests, double? Bytes);

/// <summary>What can differ between two runs of the same work, beside the price.</summary>
public enum Dimension
{
    /// <summary>The file of the model: another hash.</summary>
    Model,

    /// <summary>Devices and cores.</summary>
    Hardware,

    /// <summary>ONNX Runtime, execution provider and its options, driver, this program.</summary>
    Software,

    /// <summary>What the model is multiplied in.</summary>
    Precision,

    /// <summary>Images in a batch.</summary>
    Batch,

    /// <summary>Instances, threads, decoders.</summary>
    Configuration,

    /// <summary>
    /// What is decoded: larger photographs cost more. Nothing in the scope of the model, which gets ready tensors.
    /// </summary>
    Images,
}
