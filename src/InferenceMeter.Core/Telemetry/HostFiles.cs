using System.Globalization;

namespace InferenceMeter.Telemetry;

/// <summary>
/// Small text files of the kernel under a root folder; whatever cannot be read is <see langword="null"/> or empty,
/// never an exception.
/// </summary>
internal sealed class HostFiles(string root)
{
    /// <summary>The lines of a file; empty when it cannot be read.</summary>
    public string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(Path.Combine(root, path));
        }
        catch (Exception)
        {
            // Absent, not permitted, or a driver that fails the read: a sensor that is silent, not an error of the
            // meter.
            return [];
        }
    }

    /// <summary>The first line of a file without surrounding space.</summary>
    public string? Line(string path) => Lines(path).FirstOrDefault()?.Trim();

    /// <summary>The whole number, not negative, that a file consists of.</summary>
    public long? Count(string path) => ParseCount(Line(path));

    /// <summary>
    /// Paths below the root of the folders in <paramref name="path"/> that match a pattern, in order of their names.
    /// </summary>
    public IReadOnlyList<string> Folders(string path, string pattern)
    {
        try
        {
            // Links to folders count: everything below /sys/class is one.
            return
            [
                .. Directory
                    .EnumerateDirectories(Path.Combine(root, path), pattern)
                    .Order(StringComparer.Ordinal)
                    .Select(folder => Path.Combine(path, Path.GetFileName(folder))),
            ];
        }
        catch (Exception)
        {
            return [];
        }
    }

    /// <summary>The number after a key in lines such as <c>nr_throttled 12</c> or <c>VmRSS:  1708 kB</c>.</summary>
    public static long? Value(string[] lines, string key)
    {
        foreach (var line in lines)
        {
            var words = Words(line);
            if (words.Length >= 2 && words[0] == key)
                return ParseCount(words[1]);
        }

        return null;
    }

    public static string[] Words(string line) => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    public static long? ParseCount(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
