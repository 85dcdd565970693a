using System.Globalization;

namespace InferenceMeter.Commands;

/// <summary>Times as they are typed.</summary>
internal static class Times
{
    /// <summary>Seconds of <c>15ms</c> or <c>2s</c>.</summary>
    /// <exception cref="UserException">It is none.</exception>
    public static double Parse(string option, string text)
    {
        var (unit, factor) =
            text.EndsWith("ms", StringComparison.Ordinal) ? (2, 1e-3)
            : text.EndsWith('s') ? (1, 1)
            : (0, 0);
        return
            factor > 0
            && double.TryParse(text[..^unit], NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && value is > 0 and <= 1e6
            ? value * factor
            : throw new UserException($"{option} is '{text}', accepted: a time such as 15ms or 2s");
    }
}
