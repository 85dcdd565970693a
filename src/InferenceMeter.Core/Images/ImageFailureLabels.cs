namespace InferenceMeter.Images;

/// <summary>Names of failures in metrics, output lines and API answers.</summary>
public static class ImageFailureLabels
{
    /// <summary>
    /// The metric label <c>reason</c>: <c>unreadable</c>, <c>not_found</c>, <c>forbidden</c>, <c>too_large</c>,
    /// <c>unsupported</c>, <c>corrupt</c>, <c>truncated</c>, <c>inference</c>.
    /// </summary>
    public static string ToLabel(this ImageFailure failure) =>
        failure switch
        {
            ImageFailure.None => "none",
            ImageFailure.Unreadable => "unreadable",
            ImageFailure.NotFound => "not_found",
            ImageFailure.Forbidden => "forbidden",
            ImageFailure.TooLarge => "too_large",
            ImageFailure.Unsupported => "unsupported",
            ImageFailure.Corrupt => "corrupt",
            ImageFailure.Truncated => "truncated",
            ImageFailure.Inference => "inference",
            _ => throw new ArgumentOutOfRangeException(nameof(failure), failure, "no such failure"),
        };
}
