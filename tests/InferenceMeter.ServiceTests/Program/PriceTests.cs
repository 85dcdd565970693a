namespace InferenceMeter.ServiceTests.Program;

public sealed class PriceTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    [Theory]
    [InlineData("--usd-per-hour 2.49", "$2.49/hour")]
    [InlineData("--price 730/month", "$1.00/hour")]
    [InlineData("--price 1.99/gpu-hour --gpus-paid 8", "$15.92/hour")]
    [InlineData("--price 1460EUR/month --exchange-rate 1.1", "$2.20/hour")]
    [InlineData("--price 2/hour --currency EUR --exchange-rate 1.1 --exchange-rate-date 2026-01-02", "$2.20/hour")]
    [InlineData(
        "--price-source owned --purchase-price 35040 --tariff 0.2 --pue 1.5 --watts 1000 --utilization "
            + "0.5 --overhead-per-month 365",
        "$1.80/hour"
    )]
    [InlineData(
        "--price-source owned --purchase-price 35040 --tariff 0 --watts 0 --utilization 0.5",
        "$2.00, for busy, capacity and slo"
    )]
    [InlineData(
        "--price-source owned --purchase-price 21000 --life-years 2 --capital-cost 0.1 --tariff 0 --watts 0",
        "$1.381279/hour"
    )]
    public async Task Show_says_what_the_settings_come_to(string options, string expected)
    {
        var (code, output) = await Run($"price show {options}");

        Assert.Equal(0, code);
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--price 2.49", "what it buys, such as 2.49/hour")]
    [InlineData("--price 2/hour --usd-per-hour 2", "leave one away")]
    [InlineData("--price 2EUR/hour", "amounts in EUR need Pricing:ExchangeRate")]
    [InlineData("--price 2/hour --exchange-rate 1.1", "no amount is in another currency")]
    [InlineData("--price 2GBP/hour --currency EUR --exchange-rate 1.1", "one exchange rate cannot serve both")]
    [InlineData("--price 2/gpu-hour", "say how many GPUs are paid for (--gpus-paid)")]
    [InlineData("--price 900000000/hour", "at most 1,000,000 is accepted (--price)")]
    [InlineData("--price 2/hour --gpus-paid 8", "goes with a price per GPU")]
    [InlineData("--price-source fixed", "needs Pricing:UsdPerHour")]
    [InlineData("--price-source instance", "needs Pricing:Instance")]
    [InlineData("--price-source feed --instance Standard_NC4as_T4_v3", "needs Pricing:Region")]
    [InlineData("--price-source feed --instance x --region y --cloud aws", "only azure has a public price service")]
    [InlineData("--price-source owned --tariff 0.1", "needs Owned:PurchasePrice")]
    [InlineData("--price-source owned --purchase-price 100", "needs Pricing:Tariff")]
    [InlineData(
        "--price-source owned --purchase-price 100 --tariff 1 --residual-value 200",
        "more than the 100 that was paid"
    )]
    [InlineData("--price-source owned --purchase-price 100 --tariff 1 --idle-watts 200", "needs Owned:Watts")]
    [InlineData(
        "--price-source owned --purchase-price 100 --tariff 1 --watts 100 --idle-watts 200",
        "more than the 100 W of work"
    )]
    [InlineData("--watts 300", "need Pricing:Source (--price-source) owned")]
    [InlineData("--price-source spot", "accepted: fixed or instance or auto or feed or owned")]
    [InlineData(
        "--price 1450EUR/mo --exchange-rate 1.1",
        "'mo' is no unit; units are hour, month, gpu-hour and gpu-month"
    )]
    [InlineData("--price 2,49/hour", "decimals are written with a point, such as 2.49")]
    [InlineData("--usd-per-hour 2,49", "write decimals with a point, such as 2.49")]
    [InlineData(
        "--price-source owned --purchase-price 100 --watts 100 --tariff 21",
        "accepted: at most 5. If it is in cents, give 0.21"
    )]
    [InlineData("--usd-per-hour 1 --price-date 2999-01-01", "is 2999-01-01, which is still to come")]
    [InlineData(
        "--price 1EUR/hour --exchange-rate 1 --exchange-rate-date 2999-01-01",
        "(--exchange-rate-date) is 2999-01-01, which is still to come"
    )]
    [InlineData("--price-date 23.11.2026 --usd-per-hour 1", "a date such as 2026-11-23")]
    [InlineData("--user-prices nowhere.csv", "which does not exist")]
    [InlineData("--currency EURO --usd-per-hour 1", "Pricing:Currency (--currency) is 'EURO'")]
    public async Task A_price_given_twice_half_or_in_no_known_unit_is_refused_in_a_line(string options, string expected)
    {
        var (code, output) = await Run($"price show {options}");

        Assert.Equal(2, code);
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_old_price_is_shown_as_stale()
    {
        var (_, output) = await Run("price show --usd-per-hour 2.49 --price-date 2020-01-01");

        Assert.Matches("STALE, [0-9]+ days old", output);
    }

    [Fact]
    public async Task A_price_that_cannot_be_read_is_one_error_and_not_two()
    {
        var (_, output) = await Run("price show --price 1450EUR/mo --exchange-rate 1.1 --gpus-paid 2");

        Assert.StartsWith("1 setting cannot be used", output, StringComparison.Ordinal);
        Assert.Equal(2, output.Trim().Split('\n').Length);
    }

    [Fact]
    public async Task An_old_exchange_rate_is_shown_with_its_own_day()
    {
        var (_, output) = await Run("price show --price 2EUR/hour --exchange-rate 1.1 --exchange-rate-date 2020-01-01");

        Assert.Matches("with an exchange rate of 2020-01-01: STALE, [0-9]+ days old", output);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private Task<(int Code, string Output)> Run(string arguments) =>
        Tool.RunAsync(
            RunningMeter.Executable,
            arguments.Split(' '),
            folder: _folder.FullName,
            environment: new Dictionary<string, string> { ["XDG_CACHE_HOME"] = _folder.FullName }
        );
}
