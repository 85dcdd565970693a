namespace InferenceMeter.Pricing;

/// <summary>A stated exchange rate: money in another currency becomes US dollars only through one.</summary>
/// <param name="Currency">ISO 4217 code, upper case: <c>EUR</c>.</param>
/// <param name="UsdPerUnit">US dollars for one unit of it, above 0.</param>
/// <param name="AsOf">The day it held.</param>
public sealed record CurrencyRate(string Currency, decimal UsdPerUnit, DateOnly AsOf)
{
    /// <summary>The dollar itself.</summary>
    public const string Usd = "USD";

    /// <summary>An amount of this currency in US dollars.</summary>
    public decimal ToUsd(decimal amount) => amount * UsdPerUnit;
}
