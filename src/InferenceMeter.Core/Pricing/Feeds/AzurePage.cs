using System.Text.Json;
using System.Text.Json.Serialization;

namespace InferenceMeter.Pricing.Feeds;

/// <summary>A page of Azure's price list as it comes; every field may be missing.</summary>
internal sealed record AzurePage(
    [property: JsonPropertyName("BillingCurrency")] string? BillingCurrency,
    [property: JsonPropertyName("Items")] IReadOnlyList<AzureItem?>? Items,
    [property: JsonPropertyName("NextPageLink")] string? NextPageLink
)
{
    /// <summary>The page in these bytes.</summary>
    /// <param name="body">What came.</param>
    /// <param name="host">Who sent it, for the message.</param>
    /// <exception cref="PriceException">It is no page of prices.</exception>
    public static AzurePage Parse(MemoryStream body, string host)
    {
        try
        {
            if (JsonSerializer.Deserialize(body, AzureJson.Default.AzurePage) is { Items: not null } page)
                return page;
            throw new PriceException(
                $"{host} answered without a list of prices (no 'Items'); check the address of the price service"
            );
        }
        catch (JsonException broken)
        {
            var what =
                body.TryGetBuffer(out var bytes) && bytes.AsSpan().TrimStart(" \t\r\n"u8).StartsWith("<"u8)
                    ? "a web page instead of prices (a proxy, or a page to log in?)"
                    : $"text that is no price list (line {broken.LineNumber + 1 ?? 1}, byte "
                        + $"{broken.BytePositionInLine ?? 0})";
            throw new PriceException(
                $"{host} answered with {what}; check the address of the price service and the way to it",
                broken
            );
        }
    }
}

/// <summary>One price of one meter as it comes.</summary>
internal sealed record AzureItem
{
    public string? CurrencyCode { get; init; }

    public decimal? RetailPrice { get; init; }

    public string? ArmRegionName { get; init; }

    public string? EffectiveStartDate { get; init; }

    public string? EffectiveEndDate { get; init; }

    public string? MeterId { get; init; }

    public string? MeterName { get; init; }

    public string? ProductName { get; init; }

    public string? SkuName { get; init; }

    public string? UnitOfMeasure { get; init; }

    public string? Type { get; init; }

    public bool? IsPrimaryMeterRegion { get; init; }

    public string? ArmSkuName { get; init; }

    public string? ReservationTerm { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(AzurePage))]
internal sealed partial class AzureJson : JsonSerializerContext;
