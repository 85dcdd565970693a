namespace InferenceMeter.Runs;

/// <summary>The verdicts as documents and files have them.</summary>
internal static class VerdictNames
{
    public const string Valid = "VALID";

    public const string Invalid = "INVALID";

    /// <summary>Of a run that was ended before its time.</summary>
    public const string Cancelled = "CANCELLED";
}
