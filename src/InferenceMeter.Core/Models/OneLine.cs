namespace InferenceMeter.Models;

/// <summary>Messages of other libraries, made fit for one line of a terminal.</summary>
internal static class OneLine
{
    /// <summary>The first non-empty line of an exception's message.</summary>
    public static string Of(Exception exception) =>
        exception
            .Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .FirstOrDefault()
        ?? exception.GetType().Name;
}
