namespace InferenceMeter.Web.OpenInference;

/// <summary>Triton's request parameter <c>timeout</c>.</summary>
internal static class InferTimeouts
{
    /// <summary>An hour.</summary>
    public const long MostMicroseconds = 3_600_000_000;
}
