using System.Text.Json;

namespace InferenceMeter.Models.Accuracy;

/// <summary>Evaluations in a folder, a small file each: the last one of a model, precision and provider.</summary>
/// <param name="folder">Made when something is saved.</param>
public sealed class AccuracyStore(string folder)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The one in the cache of models.</summary>
    /// <param name="cacheFolder">The user's cache folder when not given.</param>
    public static AccuracyStore InCache(string? cacheFolder) =>
        new(Path.Combine(new ModelCache(cacheFolder).Folder, "accuracy"));

    /// <summary>What is known; <see langword="null"/> when nothing is, or its file is damaged.</summary>
    public AccuracyRecord? Find(string modelSha256, string precision, string provider)
    {
        if (modelSha256.Length == 0)
            return null;
        try
        {
            var record = JsonSerializer.Deserialize<AccuracyRecord>(
                File.ReadAllText(FileOf(modelSha256, precision, provider)),
                Json
            );
            // The name is a shortened hash: what is inside decides.
            return
                record is { Images: > 0, Top1: >= 0 }
                && record.Top1 <= record.Images
                && (record.ModelSha256, record.Precision, record.Provider) == (modelSha256, precision, provider)
                ? record
                : null;
        }
        catch (Exception e)
            when (e is IOException or UnauthorizedAccessException or JsonException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Keeps it in place of an earlier one.</summary>
    /// <returns>Its file.</returns>
    /// <exception cref="IOException">It cannot be written (also <see cref="UnauthorizedAccessException"/>).</exception>
    public string Save(AccuracyRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        Directory.CreateDirectory(folder);
        var file = FileOf(record.ModelSha256, record.Precision, record.Provider);
        var temporary = $"{file}.{Guid.NewGuid():N}.tmp";
        File.WriteAllText(temporary, JsonSerializer.Serialize(record, Json));
        File.Move(temporary, file, overwrite: true);
        return file;
    }

    private string FileOf(string sha256, string precision, string provider)
    {
        var model = sha256[..Math.Min(16, sha256.Length)];
        var ranOn = provider.Replace("ExecutionProvider", "", StringComparison.Ordinal).ToLowerInvariant();
        return Path.Combine(folder, $"{model}-{precision}-{ranOn}.json");
    }
}
