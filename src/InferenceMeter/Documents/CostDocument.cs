namespace InferenceMeter.Documents;

/// <summary>What a billion images cost on one basis.</summary>
internal sealed record CostDocument(
    string Basis,
    string Scope,
    string Window,
    decimal UsdPerBillionImages,
    decimal Low,
    decimal? High,
    decimal UsdPerHour
);
