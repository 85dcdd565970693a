namespace InferenceMeter.Pricing.Feeds;

/// <summary>What a price is asked for.</summary>
/// <param name="Instance">Azure's name of the machine (<c>armSkuName</c>): <c>Standard_NC4as_T4_v3</c>.</param>
/// <param name="Region">Azure's name of the region (<c>armRegionName</c>): <c>westeurope</c>.</param>
/// <param name="Purchase">How it is bought.</param>
public sealed record FeedKey(string Instance, string Region, PurchaseOption Purchase)
{
    private const int MaxLength = 64;

    /// <summary>What a user reads: <c>Standard_NC4as_T4_v3 in westeurope, spot</c>.</summary>
    public override string ToString() =>
        $"{FeedText.OneLine(Instance)} in {FeedText.OneLine(Region)}, {Purchase.Label()}";

    /// <summary>Throws unless both names may stand in a query and in a file's name.</summary>
    /// <exception cref="PriceException">They may not.</exception>
    internal void Validate()
    {
        foreach (var (what, name) in new[] { ("machine", Instance), ("region", Region) })
        {
            if (!IsName(name))
                throw new PriceException(
                    $"'{FeedText.OneLine(name)}' is no name of a {what}; write it as Azure does, with "
                        + "letters, digits, '.', '_' and '-' only: Standard_NC4as_T4_v3, westeurope"
                );
        }
    }

    /// <summary>Whether it is 1 to 64 ASCII letters, digits, dots, underscores and dashes.</summary>
    internal static bool IsName(string? name) =>
        name is { Length: > 0 and <= MaxLength }
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
}
