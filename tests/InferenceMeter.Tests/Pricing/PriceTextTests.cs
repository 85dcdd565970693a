using InferenceMeter.Pricing;

namespace InferenceMeter.Tests.Pricing;

public sealed class PriceTextTests
{
    [Theory]
    [InlineData("2.49/hour", 2.49, null, PriceUnit.MachineHour)]
    [InlineData("2.49 USD/hour", 2.49, "USD", PriceUnit.MachineHour)]
    [InlineData("1450eur/month", 1450, "EUR", PriceUnit.MachineMonth)]
    [InlineData(" 1.99 / gpu-hour ", 1.99, null, PriceUnit.GpuHour)]
    [InlineData("900GBP/gpu_month", 900, "GBP", PriceUnit.GpuMonth)]
    [InlineData("3/machine_hour", 3, null, PriceUnit.MachineHour)]
    public void An_amount_a_currency_and_what_it_buys(string text, double amount, string? currency, PriceUnit unit) =>
        Assert.Equal(new PriceText((decimal)amount, currency, unit), PriceText.Parse(text));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("2.49")]
    [InlineData("/hour")]
    [InlineData("2.49/week")]
    [InlineData("2,49/hour")]
    [InlineData("-1/hour")]
    [InlineData("0/hour")]
    [InlineData("1e3/hour")]
    [InlineData("2.49 dollars/hour")]
    [InlineData("2.49/hour/month")]
    [InlineData("99999999999999999999999999999999/hour")]
    public void A_price_without_its_unit_is_no_price(string? text) => Assert.Null(PriceText.Parse(text));

    [Theory]
    [InlineData("2,49/hour", "decimals are written with a point")]
    [InlineData("2.49", "it does not say what it buys")]
    [InlineData("1450EUR/mo", "'mo' is no unit")]
    [InlineData("$2.49/hour", "three letters")]
    [InlineData("-1/hour", "no number above 0")]
    public void What_is_wrong_with_a_price_is_said(string text, string expected)
    {
        Assert.Null(PriceText.Parse(text));
        Assert.Contains(expected, PriceText.Hint(text), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PriceUnit.MachineHour, 2)]
    [InlineData(PriceUnit.MachineMonth, 2d / 730)]
    [InlineData(PriceUnit.GpuHour, 16)]
    [InlineData(PriceUnit.GpuMonth, 16d / 730)]
    public void Each_unit_comes_to_its_own_price_of_a_machine_of_eight_gpus(PriceUnit unit, double expected) =>
        Assert.Equal(expected, (double)unit.OfMachine(2, gpus: 8).Usd, 1e-12);
}
