using System.Text.Json;

namespace InferenceMeter.Inference;

/// <summary>
/// How many nodes of a session's graph each execution provider ran, as ONNX Runtime's own profile of a run tells it.
/// </summary>
internal static class NodeAssignment
{
    private const string KernelSuffix = "_kernel_time";

    /// <summary>Reads a profile, and deletes it.</summary>
    /// <param name="path">File that <c>InferenceSession.EndProfiling</c> names.</param>
    /// <returns>Nodes by provider; copies that ONNX Runtime inserts between devices count as nodes.</returns>
    public static IReadOnlyDictionary<string, int> TakeProfile(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            using var profile = JsonDocument.Parse(stream);
            return Count(profile.RootElement);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>
    /// Events of the category <c>Node</c> carry the provider that ran them; a node that ran twice counts once.
    /// </summary>
    public static IReadOnlyDictionary<string, int> Count(JsonElement profile)
    {
        var nodes = new HashSet<(string Provider, string Node)>();
        foreach (var entry in profile.EnumerateArray())
        {
            if (
                entry.TryGetProperty("cat", out var category)
                && category.ValueEquals("Node")
                && entry.TryGetProperty("name", out var name)
                && name.GetString() is { } node
                && node.EndsWith(KernelSuffix, StringComparison.Ordinal)
                && entry.TryGetProperty("args", out var args)
                && args.TryGetProperty("provider", out var provider)
                && provider.GetString() is { Length: > 0 } by
            )
                nodes.Add((by, node));
        }

        return nodes.CountBy(node => node.Provider).ToDictionary(StringComparer.Ordinal);
    }
}
