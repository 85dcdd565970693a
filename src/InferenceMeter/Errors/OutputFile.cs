using System.Text.Json;
using System.Text.Json.Serialization;

namespace InferenceMeter.Errors;

/// <summary>The file behind <c>--json</c>.</summary>
internal static class JsonFile
{
    private static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>The same on one line, for the history.</summary>
    public static JsonSerializerOptions Compact { get; } =
        new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>Finds out before the measurement whether its result can be written.</summary>
    /// <exception cref="UserException">It cannot.</exception>
    public static void Probe(string path, string option = "--json") =>
        Try(path, () => File.Open(path, FileMode.OpenOrCreate).Dispose(), option);

    /// <summary>Writes it.</summary>
    /// <exception cref="UserException">It cannot be written.</exception>
    public static void Write<T>(string path, T document) => Try(path, () => File.WriteAllText(path, Text(document)));

    /// <summary>The same as text.</summary>
    public static string Text<T>(T document) => JsonSerializer.Serialize(document, Readable) + "\n";

    private static void Try(string path, Action write, string option = "--json")
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new UserException(
                $"{option} {path} cannot be written: {e.Message}; give a file in a folder that exists and is yours"
            );
        }
    }
}
