using System.Globalization;

namespace InferenceMeter.History;

/// <summary>How values that SQLite has no exact type for are written: text that reads back to the same value.</summary>
internal static class StoredText
{
    // Always the same length, so that comparing as text is comparing in time.
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'";

    public static string Of(decimal money) => money.ToString(CultureInfo.InvariantCulture);

    public static string Of(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    /// <exception cref="FormatException">Not a number: the file was changed by hand.</exception>
    public static decimal Money(string text) => decimal.Parse(text, NumberStyles.Number, CultureInfo.InvariantCulture);

    /// <exception cref="FormatException">Not a time: the file was changed by hand.</exception>
    public static DateTimeOffset Time(string text) =>
        DateTimeOffset.ParseExact(
            text,
            TimeFormat,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal
        );
}
