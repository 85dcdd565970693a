using System.Text.Json;
using InferenceMeter.Errors;

namespace InferenceMeter.Comparison;

/// <summary>
/// A file holds no bench result that can be used; the message is one line: which, why, how to mend it.
/// </summary>
public sealed class RunFileException(string message) : MeterException(message);

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
                    "a file without a name was given; give results that a bench run wrote as JSON"
                );
            var file = new FileInfo(path);
            if (!file.Exists)
                throw new RunFileException($"{path} does not exist; give results that a bench run wrote as JSON");
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
                    $"{path} is a paired result, which tells what the meter itself costs; "
                        + "give results of plain bench runs"
                );
            if (!root.Has("verdict") || root.Number("schemaVersion") is null || !root.At("engine").Has("model"))
                throw new RunFileException(
                    $"{path} is JSON, but no bench result; give results that a bench run wrote as JSON"
                );
            return RunDocumentFacts.ToRun(root, JsonFacts.Plain(label));
        }
        catch (JsonException e)
        {
            throw new RunFileException(
                $"{path} is no JSON (line {e.LineNumber + 1}); give results that a bench run wrote as JSON"
            );
        }
    }
}
