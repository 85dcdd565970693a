namespace InferenceMeter.Documents;

/// <summary>A class of an answer.</summary>
internal sealed record ClassDocument(int Index, string? Name, float Probability);

/// <summary>Where the time of an answer went, in seconds.</summary>
internal sealed record TimesDocument
{
    public required double Queue { get; init; }

    public required double Decode { get; init; }

    public required double Batch { get; init; }

    public required double Infer { get; init; }

    public required double Total { get; init; }
}

/// <summary>An image's answer.</summary>
internal sealed record ClassifiedDocument
{
    /// <summary>Of the file, when it was one of several.</summary>
    public required string? Name { get; init; }

    /// <summary>Best first; absent when it failed.</summary>
    public required IReadOnlyList<ClassDocument>? Classes { get; init; }

    /// <summary>
    /// Why it failed: <c>too_large</c>, <c>unsupported</c>, <c>corrupt</c>, <c>truncated</c>, <c>inference</c>.
    /// </summary>
    public required string? Error { get; init; }

    public required TimesDocument Seconds { get; init; }

    /// <summary>Images that were run together with it, itself included.</summary>
    public required int BatchImages { get; init; }

    /// <summary>The machine's price for the share of it that worked on this image, for as long as it did.</summary>
    public required decimal Usd { get; init; }
}

/// <summary>Answers, in the order of the images.</summary>
internal sealed record ClassifyDocument
{
    public required string Model { get; init; }

    public required string Precision { get; init; }

    public required string Weights { get; init; }

    public required IReadOnlyList<ClassifiedDocument> Images { get; init; }

    public required decimal Usd { get; init; }

    public required decimal UsdPerHour { get; init; }
}
