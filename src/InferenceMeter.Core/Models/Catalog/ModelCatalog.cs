using System.Text.Json;

namespace InferenceMeter.Models.Catalog;

/// <summary>A well-known model file.</summary>
public sealed record CatalogModel
{
    /// <summary>By which it is pulled.</summary>
    public required string Name { get; init; }

    /// <summary>What it is, in a line.</summary>
    public required string About { get; init; }

    /// <summary>Where it is.</summary>
    public required Uri Url { get; init; }

    /// <summary>Of the right file, lower-case hex; <see langword="null"/> when no public source says it.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Its size; <see langword="null"/> when not known.</summary>
    public long? Bytes { get; init; }

    /// <summary>SPDX identifier.</summary>
    public required string Licence { get; init; }

    /// <summary>Of its weights.</summary>
    public required string Precision { get; init; }

    /// <summary>Published top-1 accuracy on ImageNet's validation set, percent.</summary>
    public double? Top1 { get; init; }

    /// <summary>Published top-5 accuracy, percent.</summary>
    public double? Top5 { get; init; }

    /// <summary>Public page that says so.</summary>
    public required Uri Source { get; init; }

    /// <summary>Preprocessing, as the sidecar beside the file holds it.</summary>
    public JsonElement Sidecar { get; init; }
}

/// <summary>The models that this build knows by name (<c>models/catalog.json</c>).</summary>
public sealed class ModelCatalog
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
    };

    private static readonly Lazy<ModelCatalog> FromFile = new(() =>
    {
        using var stream = typeof(ModelCatalog).Assembly.GetManifestResourceStream("catalog.json")!;
        var document = JsonSerializer.Deserialize<Document>(stream, Json)!;
        return new ModelCatalog(document.Models, document.HashesFrom);
    });

    private ModelCatalog(IReadOnlyList<CatalogModel> models, string hashesFrom) =>
        (Models, HashesFrom) = (models, hashesFrom);

    /// <summary>Of this build.</summary>
    public static ModelCatalog Default => FromFile.Value;

    /// <summary>All of them.</summary>
    public IReadOnlyList<CatalogModel> Models { get; }

    /// <summary>Who says the hashes.</summary>
    public string HashesFrom { get; }

    /// <summary>The one of this name.</summary>
    public CatalogModel? Find(string name) => Models.FirstOrDefault(model => model.Name == name);

    private sealed record Document(string HashesFrom, IReadOnlyList<CatalogModel> Models);
}
