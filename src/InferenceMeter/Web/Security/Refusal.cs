namespace InferenceMeter.Web.Security;

/// <summary>Why a request is turned away before an endpoint sees it.</summary>
/// <param name="Status">The HTTP status; gRPC's is derived from it.</param>
/// <param name="Detail">One sentence: what is wrong, and what to do about it.</param>
internal sealed record Refusal(int Status, string Detail)
{
    /// <summary>The title of the problem details; <see langword="null"/> for the status's own.</summary>
    public string? Title { get; init; }

    /// <summary>How long to wait before retrying; <see langword="null"/> where that would not help.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
