using System.Text.Json;

namespace InferenceMeter.Comparison;

/// <summary>
/// A file holds no bench result that can be used; the message is one line: which, why, how to mend it.
/// </summary>
public sealed class RunFileException(string message) : Exception(message);

/// <summary>Reads what <c>bench --json</c> wrote, today or years ago, here or elsewhere.</summary>
public static class RunFileReader
{
    private const long MaxBytes = 16 * 1024 * 1024;

    /// <summary>Reads one file.</summary>
    /// <param name="label">Its name in the comparison.</param>
    /// <exception cref="RunFileException">It is no such file.</exception>
    public static ComparedRun Read(string path, string label)
    {
        try
        {
            if (string.IsNullOrWhiteSpace(path))
                throw new RunFileException(
                    "a file without a name was given; give files that `inferencemeter bench --json FILE` wrote"
                );
            var file = new FileInfo(path);
            if (!file.Exists)
                throw new RunFileException(
                    $"{path} does not exist; give files that `inferencemeter bench --json FILE` wrote"
                );
            if (file.Length == 0)
                throw new RunFileException($"{path} is empty: its run did not come to an end; measure again");
            if (file.Length > MaxBytes)
                throw new RunFileException($"{path} has {file.Length / 1024 / 1024} MB; a bench result has a few kB");
            return Parse(File.ReadAllText(path), path, label);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RunFileException($"{path} cannot be read: {e.Message}");
        }
    }

    /// <summary>Reads one document.</summary>
    /// <inheritdoc cref="Read"/>
    public static ComparedRun Parse(string json, string path, string label)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = new JsonFacts(document.RootElement);
            if (root.Has("pairs") && root.Has("ratio"))
                throw new RunFileException(
                    $"{path} is a result of `bench --paired`, which tells what the meter itself costs; "
                        + "give results of `bench --json` without --paired"
                );
            if (!root.Has("verdict") || root.Number("schemaVersion") is null || !root.At("engine").Has("model"))
                throw new RunFileException(
                    $"{path} is JSON, but no bench result; give files that `inferencemeter bench --json FILE` wrote"
                );
            return RunDocumentFacts.ToRun(root, JsonFacts.Plain(label));
        }
        catch (JsonException e)
        {
            throw new RunFileException(
                $"{path} is no JSON (line {e.LineNumber + 1}); give files that `inferencemeter bench --json FILE` wrote"
            );
        }
    }
}
