using System.Globalization;
using System.Text.RegularExpressions;

namespace InferenceMeter.Pricing;

/// <summary>
/// A price as a person writes it, with its unit always said: <c>2.49/hour</c>, <c>1450 EUR/month</c>, <c>1.99
/// USD/gpu-hour</c>.
/// </summary>
/// <param name="Amount">In <paramref name="Currency"/>, above 0.</param>
/// <param name="Currency">ISO 4217 code, upper case; <see langword="null"/> when none was written.</param>
/// <param name="Unit">What the amount buys.</param>
public sealed partial record PriceText(decimal Amount, string? Currency, PriceUnit Unit)
{
    /// <summary>What is accepted, for messages.</summary>
    public const string Form =
        "an amount, its currency unless it is that of all amounts, and what it buys, such as 2.49/hour, 1450EUR/month "
        + "or 1.99USD/gpu-hour";

    /// <summary>Reads it.</summary>
    /// <returns><see langword="null"/> when it has not that form, or no amount above 0.</returns>
    public static PriceText? Parse(string? text)
    {
        var match = Pattern().Match(text ?? "");
        if (
            !match.Success
            || !decimal.TryParse(
                match.Groups["amount"].ValueSpan,
                NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture,
                out var amount
            )
            || amount <= 0
        )
            return null;
        var currency = match.Groups["currency"] is { Success: true } given ? given.Value.ToUpperInvariant() : null;
        return PriceUnits.Parse(match.Groups["unit"].Value.Replace('-', '_')) is { } unit
            ? new PriceText(amount, currency, unit)
            : null;
    }

    /// <summary>What is wrong with a text that <see cref="Parse"/> does not read, in words.</summary>
    public static string Hint(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var slash = text.IndexOf('/');
        var amount = slash < 0 ? text : text[..slash];
        var unit = slash < 0 ? "" : text[(slash + 1)..].Trim();
        if (amount.Contains(','))
            return "decimals are written with a point, such as 2.49, and thousands without a sign";
        if (slash < 0)
            return "it does not say what it buys";
        if (PriceUnits.Parse(unit.Replace('-', '_')) is null)
            return $"'{unit}' is no unit; units are hour, month, gpu-hour and gpu-month";
        return amount.Any(c => c is '$' or '\u20AC' or '\u00A3')
            ? "the currency is written as three letters behind the amount"
            : "the amount is no number above 0";
    }

    // Unit names are those of price files, with a hyphen as well, and the plain words for a machine.
    [GeneratedRegex(
        @"^\s*(?<amount>[0-9]+(\.[0-9]+)?)\s*(?<currency>[A-Za-z]{3})?\s*/\s*(?<unit>[a-z_-]+)\s*$",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex Pattern();
}
