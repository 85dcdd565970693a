using System.Globalization;
using InferenceMeter.Errors;

namespace InferenceMeter.Settings;

/// <summary>Times as they are typed: <c>15ms</c> or <c>2s</c>.</summary>
internal static class Times
{
    /// <summary>What is accepted, in words.</summary>
    public const string Accepted = "a time such as 15ms or 2s";

    private const double Longest = 1e6;

    /// <summary>Reads a time.</summary>
    /// <param name="text">A number above 0 and at most 1,000,000, with its unit.</param>
    /// <param name="seconds">The time in seconds.</param>
    public static bool TryParse(string text, out double seconds)
    {
        var isMilliseconds = text.EndsWith("ms", StringComparison.Ordinal);
        var unit = isMilliseconds ? "ms" : "s";
        seconds = 0;
        if (
            !text.EndsWith(unit, StringComparison.Ordinal)
            || !double.TryParse(text[..^unit.Length], NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            || value is not (> 0 and <= Longest)
        )
            return false;
        seconds = isMilliseconds ? value / 1e3 : value;
        return true;
    }

    /// <summary>The seconds of a time.</summary>
    /// <param name="option">Name of the option that it is typed for.</param>
    /// <param name="text">As <see cref="TryParse"/> takes it.</param>
    /// <exception cref="UserException">The text is no time.</exception>
    public static double Parse(string option, string text) =>
        TryParse(text, out var seconds)
            ? seconds
            : throw new UserException($"{option} is '{text}', accepted: {Accepted}");
}
