using System.Text.Json;
using System.Text.Json.Serialization;

namespace InferenceMeter.Pricing;

/// <summary>
/// The dated reference figures that lie in the program (<c>references.json</c>), each with its source.
/// </summary>
public sealed class ReferenceCatalog
{
    private ReferenceCatalog(CatalogFile file)
    {
        References = [.. file.References.Select(WithCost).OrderBy(reference => reference.Year)];
        Trends = file.Trends;
        Training = file.Training;
        Improvements = file.Improvements;
        Claims = file.Claims;
        MlPerf = file.MlperfResnet50;
    }

    /// <summary>The catalog of this build.</summary>
    public static ReferenceCatalog Default { get; } = Load();

    /// <summary>All references, in order of their year.</summary>
    public IReadOnlyList<Reference> References { get; }

    /// <summary>Rates at which costs are said to fall.</summary>
    public IReadOnlyList<Trend> Trends { get; }

    /// <summary>What training is reported to have cost.</summary>
    public IReadOnlyList<TrainingCost> Training { get; }

    /// <summary>Reported causes of falling cost.</summary>
    public IReadOnlyList<Improvement> Improvements { get; }

    /// <summary>Every quantitative claim of the report that started this program.</summary>
    public IReadOnlyList<SeedClaim> Claims { get; }

    /// <summary>What MLPerf Inference asks of ResNet-50.</summary>
    public MlPerfResNet50 MlPerf { get; }

    /// <summary>
    /// The references that have a cost, in order of their year: those that can be drawn and compared with.
    /// </summary>
    public IEnumerable<Reference> Priced => References.Where(reference => reference.UsdPerBillion is not null);

    /// <summary>The reference of this id; <see langword="null"/> when there is none.</summary>
    public Reference? Find(string id) => References.FirstOrDefault(reference => reference.Id == id);

    private static ReferenceCatalog Load()
    {
        const string Name = "InferenceMeter.Pricing.references.json";
        using var stream =
            typeof(ReferenceCatalog).Assembly.GetManifestResourceStream(Name)
            ?? throw new InvalidOperationException("references.json is missing from this build");
        return new ReferenceCatalog(JsonSerializer.Deserialize(stream, CatalogJson.Default.CatalogFile)!);
    }

    /// <summary>A published cost stays as it is; without one it is worked out.</summary>
    private static Reference WithCost(Reference read)
    {
        if (read.UsdPerBillion is not null)
            return read;
        var price = read.UsdPerHour ?? read.Prices?.Low;
        return price is { } usd ? read with { UsdPerBillion = read.At(usd) } : read;
    }
}

/// <summary>The file as written.</summary>
internal sealed record CatalogFile
{
    public required IReadOnlyList<Reference> References { get; init; }

    public required IReadOnlyList<Trend> Trends { get; init; }

    public required IReadOnlyList<TrainingCost> Training { get; init; }

    public required IReadOnlyList<Improvement> Improvements { get; init; }

    public required IReadOnlyList<SeedClaim> Claims { get; init; }

    public required MlPerfResNet50 MlperfResnet50 { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectRequiredConstructorParameters = true
)]
[JsonSerializable(typeof(CatalogFile))]
internal sealed partial class CatalogJson : JsonSerializerContext;
