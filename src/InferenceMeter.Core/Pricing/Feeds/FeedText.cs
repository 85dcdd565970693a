namespace InferenceMeter.Pricing.Feeds;

/// <summary>Text of others, made fit for a line of ours.</summary>
internal static class FeedText
{
    private const int MaxLength = 160;

    /// <summary>Without control characters and line breaks, and not longer than a line.</summary>
    public static string OneLine(string? text)
    {
        var line = string.Concat((text ?? "").Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c))
            .Trim();
        return line.Length <= MaxLength ? line : $"{line[..MaxLength]}...";
    }
}
