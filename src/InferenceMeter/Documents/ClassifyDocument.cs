namespace InferenceMeter.Documents;

/// <summary>A class of an answer.</summary>
internal sealed record ClassDocument(int Index, string? Name, float Probability);

/// <summary>Where the time of an answer went, in seconds.</summary>
internal sealed record TimesDocument(double Queue, double Decode, double Batch, double Infer, double Total);

/// <summary>An image's answer.</summary>
/// <param name="Name">Of the file, when it was one of several.</param>
/// <param name="Classes">Best first; absent when it failed.</param>
/// <param name="Error">Why it failed: <c>too_large</c>, <c>unsupported</c>, <c>corrupt</c>, <c>truncated</c>, <c>inference</c>.</param>
/// <param name="BatchImages">Images that were run together with it, itself included.</param>
/// <param name="Usd">The machine's price for the share of it that worked on this image, for as long as it did.</param>
internal sealed record ClassifiedDocument(
    string? Name,
    IReadOnlyList<ClassDocument>? Classes,
    string? Error,
    TimesDocument Seconds,
    int BatchImages,
    decimal Usd
);

/// <summary>Answers, in the order of the images.</summary>
internal sealed record ClassifyDocument(
    string Model,
    string Precision,
    string Weights,
    IReadOnlyList<ClassifiedDocument> Images,
    decimal Usd,
    decimal UsdPerHour
);
