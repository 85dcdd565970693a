using System.Text.Json;
using System.Text.Json.Serialization;

namespace InferenceMeter.Models.Catalog;

/// <summary>A well-known model file.</summary>
public sealed record CatalogModel
{
    /// <summary>The name by which it is pulled, and that of its file.</summary>
    public required string Name { get; init; }

    /// <summary>Other names for it.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>What it is, in a line.</summary>
    public required string About { get; init; }

    /// <summary>Addresses of the same file, tried in this order.</summary>
    public required IReadOnlyList<Uri> Urls { get; init; }

    /// <summary>
    /// SHA-256 of the right file, lower-case hex; <see langword="null"/> when no public source says it.
    /// </summary>
    public string? Sha256 { get; init; }

    /// <summary>MD5 of the right file, lower-case hex, where that is all that is published.</summary>
    public string? Md5 { get; init; }

    /// <summary>Size of the file; <see langword="null"/> when not known.</summary>
    public long? Bytes { get; init; }

    /// <summary>SPDX identifier.</summary>
    public required string Licence { get; init; }

    /// <summary>Precision of its weights.</summary>
    public required string Precision { get; init; }

    /// <summary>Published top-1 accuracy on ImageNet's validation set, percent.</summary>
    public double? Top1 { get; init; }

    /// <summary>Published top-5 accuracy, percent.</summary>
    public double? Top5 { get; init; }

    /// <summary>Public page that says so.</summary>
    public required Uri Source { get; init; }

    /// <summary>Preprocessing, as the sidecar beside the file holds it.</summary>
    public JsonElement Sidecar { get; init; }

    /// <summary>Whether this is one of its names.</summary>
    internal bool IsCalled(string name) => Aliases.Prepend(Name).Contains(name, StringComparer.OrdinalIgnoreCase);
}

/// <summary>
/// The models that are known by name: those of <c>models/catalog.json</c>, or of a file of the user's.
/// </summary>
public sealed class ModelCatalog
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    private static readonly Lazy<ModelCatalog> BuiltIn = new(() =>
    {
        using var stream = typeof(ModelCatalog).Assembly.GetManifestResourceStream("catalog.json")!;
        return new ModelCatalog(JsonSerializer.Deserialize<Document>(stream, Json)!);
    });

    private ModelCatalog(Document document) => (Models, HashesFrom) = (document.Models, document.HashesFrom);

    /// <summary>The name of the model that is pulled when none is named.</summary>
    public const string DefaultName = "resnet50";

    /// <summary>The catalogue of this build.</summary>
    public static ModelCatalog Default => BuiltIn.Value;

    /// <summary>All models.</summary>
    public IReadOnlyList<CatalogModel> Models { get; }

    /// <summary>Who publishes the hashes.</summary>
    public string HashesFrom { get; }

    /// <summary>Names and aliases, to be shown.</summary>
    public string Names => string.Join(", ", Models.SelectMany(model => model.Aliases.Append(model.Name)));

    /// <summary>Reads a catalogue, such as one whose addresses are mirrors of your own.</summary>
    /// <param name="path">A file in the form of <c>models/catalog.json</c>; the built-in one when not given.</param>
    /// <exception cref="ModelException">It cannot be read or used.</exception>
    public static ModelCatalog Load(string? path)
    {
        if (path is null)
            return Default;
        try
        {
            var document = JsonSerializer.Deserialize<Document>(File.ReadAllBytes(path), Json);
            if (document?.Models is not { Count: > 0 })
                throw new ModelException(
                    $"{path}: no models in this catalogue; it has the form of models/catalog.json"
                );
            foreach (var model in document.Models)
                Check(path, model);
            return new ModelCatalog(document);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ModelException(
                $"{path}: cannot be read as a catalogue of models: {OneLine.Of(e)}; it has the form of "
                    + "models/catalog.json",
                e
            );
        }
    }

    /// <summary>The model of this name or alias.</summary>
    public CatalogModel? Find(string name) => Models.FirstOrDefault(model => model.IsCalled(name));

    /// <summary>
    /// A known name that somebody who typed this may have meant; <see langword="null"/> when none is near.
    /// </summary>
    public string? Nearest(string name)
    {
        var most = Math.Max(2, name.Length / 3);
        return Models
            .SelectMany(model => model.Aliases.Prepend(model.Name))
            .Select(known => (Name: known, Distance: EditDistance.Between(known, name)))
            .Where(known => known.Distance <= most)
            .OrderBy(known => known.Distance)
            .Select(known => known.Name)
            .FirstOrDefault();
    }

    /// <summary>What to tell somebody whose name is not known.</summary>
    public string Suggestion(string name) =>
        Nearest(name) is { } nearest ? $"did you mean {nearest}? Known are {Names}" : $"known are {Names}";

    private static void Check(string path, CatalogModel? model)
    {
        if (model is null)
            throw new ModelException($"{path}: one of its models is null; take it out");
        // It becomes a file's name in the cache.
        if (model.Name.Length == 0 || model.Name.IndexOfAny(['/', '\\', ':']) >= 0 || model.Name.StartsWith('.'))
            throw new ModelException(
                $"{path}: the name '{model.Name}' cannot be a file's; use letters, digits, - and ."
            );
        if (model.Aliases.Contains(null!))
            throw new ModelException($"{path}: an alias of {model.Name} is null");
        if (model.Urls.Count == 0 || !model.Urls.All(IsWeb))
            throw new ModelException(
                $"{path}: \"urls\" of {model.Name} must be addresses that begin with http:// or https://"
            );
        if (!IsHex(model.Sha256, 64) || !IsHex(model.Md5, 32))
            throw new ModelException(
                $"{path}: \"sha256\" and \"md5\" of {model.Name} are 64 and 32 hexadecimal digits in lower case"
            );
        if (model.Sidecar.ValueKind is not (JsonValueKind.Object or JsonValueKind.Undefined))
            throw new ModelException($"{path}: \"sidecar\" of {model.Name} must be an object");
    }

    private static bool IsWeb(Uri? url) => url is { IsAbsoluteUri: true, Scheme: "http" or "https" };

    private static bool IsHex(string? text, int digits) =>
        text is null || (text.Length == digits && text.All(char.IsAsciiHexDigitLower));

    private sealed record Document(string HashesFrom, IReadOnlyList<CatalogModel> Models);
}
