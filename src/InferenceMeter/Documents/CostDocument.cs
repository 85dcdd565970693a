namespace InferenceMeter.Documents;

/// <summary>What a billion images cost on one basis.</summary>
internal sealed record CostDocument
{
    public required string Basis { get; init; }

    public required string Scope { get; init; }

    public required string Window { get; init; }

    public required decimal UsdPerBillionImages { get; init; }

    public required decimal Low { get; init; }

    public required decimal? High { get; init; }

    public required decimal UsdPerHour { get; init; }
}
