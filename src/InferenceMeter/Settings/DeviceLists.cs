using System.Globalization;

namespace InferenceMeter.Settings;

/// <summary>Settings that are lists in one text.</summary>
internal static class DeviceLists
{
    /// <summary>Reads <c>all</c> or <c>0,2</c>.</summary>
    /// <param name="numbers"><see langword="null"/> for all.</param>
    /// <returns>Whether it is one of them.</returns>
    public static bool TryDevices(string text, out IReadOnlyList<int>? numbers)
    {
        numbers = null;
        if (text == "all")
            return true;
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        var parsed = parts
            .Select(part =>
                int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1
            )
            .ToArray();
        if (parsed.Contains(-1) || parsed.Distinct().Count() != parsed.Length)
            return false;
        numbers = parsed;
        return true;
    }

    /// <summary>Reads <c>key=value,key=value</c>.</summary>
    /// <returns>The pairs; <see langword="null"/> when it is no such list.</returns>
    public static IReadOnlyDictionary<string, string>? Options(string? text)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (
            var pair in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        )
        {
            if (pair.Split('=', 2) is not [{ Length: > 0 } key, { Length: > 0 } value] || !options.TryAdd(key, value))
                return null;
        }

        return options;
    }
}
