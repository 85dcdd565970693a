using System.Text.Json;
using System.Text.Json.Serialization;

namespace InferenceMeter.Pricing;

/// <summary>The dated reference figures that lie in the program (<c>references.json</c>), each with its source.</summary>
public sealed class ReferenceCatalog
{
    private ReferenceCatalog(CatalogFile file)
    {
        References = [.. file.References.Select(ToReference).OrderBy(reference => reference.Year)];
        (Trends, Training, Improvements, MlPerf) = (file.Trends, file.Training, file.Improvements, file.MlperfResnet50);
    }

    /// <summary>The catalog of this build.</summary>
    public static ReferenceCatalog Default { get; } = Load();

    /// <summary>All reference lines, in order of their year.</summary>
    public IReadOnlyList<Reference> References { get; }

    /// <summary>Rates at which costs are said to fall.</summary>
    public IReadOnlyList<Trend> Trends { get; }

    /// <summary>What training is reported to have cost.</summary>
    public IReadOnlyList<TrainingCost> Training { get; }

    /// <summary>Reported causes of falling cost.</summary>
    public IReadOnlyList<Improvement> Improvements { get; }

    /// <summary>What MLPerf Inference asks of ResNet-50.</summary>
    public MlPerfResNet50 MlPerf { get; }

    /// <summary>The reference of this id; <see langword="null"/> when there is none.</summary>
    public Reference? Find(string id) => References.FirstOrDefault(reference => reference.Id == id);

    private static ReferenceCatalog Load()
    {
        using var stream =
            typeof(ReferenceCatalog).Assembly.GetManifestResourceStream("InferenceMeter.Pricing.references.json")
            ?? throw new InvalidOperationException("references.json is missing from this build");
        return new ReferenceCatalog(JsonSerializer.Deserialize(stream, CatalogJson.Default.CatalogFile)!);
    }

    private static Reference ToReference(CatalogEntry entry) =>
        new()
        {
            Id = entry.Id,
            Year = entry.Year,
            Kind = entry.Kind,
            Label = entry.Label,
            Source = entry.Source,
            Status = entry.Status,
            Reproduced = entry.Reproduced ?? true,
            ImagesPerSecond = entry.ImagesPerSecond,
            UsdPerHour = entry.UsdPerHour,
            UsdPerBillion =
                entry.UsdPerBillion
                ?? CostPerBillion.Compute(new UsdPerMachineHour(entry.UsdPerHour ?? 0), entry.ImagesPerSecond ?? 0)
                ?? throw new InvalidOperationException(
                    $"reference '{entry.Id}' has neither a cost nor a throughput and a price"
                ),
        };
}

/// <summary>The file as written.</summary>
internal sealed record CatalogFile(
    IReadOnlyList<CatalogEntry> References,
    IReadOnlyList<Trend> Trends,
    IReadOnlyList<TrainingCost> Training,
    IReadOnlyList<Improvement> Improvements,
    MlPerfResNet50 MlperfResnet50
);

/// <summary>One reference as written: a cost, or a throughput and a price.</summary>
internal sealed record CatalogEntry(
    string Id,
    double Year,
    string Kind,
    string Label,
    string Source,
    string? Status,
    bool? Reproduced,
    double? ImagesPerSecond,
    decimal? UsdPerHour,
    decimal? UsdPerBillion
);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(CatalogFile))]
internal sealed partial class CatalogJson : JsonSerializerContext;
