using CsCheck;
using InferenceMeter.Pricing;
using Microsoft.Extensions.Time.Testing;

namespace InferenceMeter.Tests.Pricing;

public sealed class OwnedMachineTests
{
    private static readonly OwnedMachine Server = new()
    {
        PurchaseUsd = 35_040,
        LifeYears = 4,
        Utilization = 0.5m,
        UsdPerKwh = 0.20m,
        Pue = 1.5m,
        Overhead = new UsdPerMachineMonth(365),
    };

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    [Fact]
    public void By_hand()
    {
        // 35,040 over 4 x 8,760 hours is 1 an hour, and every second hour is used; 1 kW x 1.5 x 0.20; 365 / 730 is 0.50 an hour.
        Assert.Equal([2.00m, 0.30m, 1.00m], Server.Parts(watts: 1000).Values);
    }

    [Fact]
    public async Task The_price_is_the_sum_of_its_parts()
    {
        var price = await new OwnedPriceSource(Server, 1000, () => null, rate: null, _time).ReadAsync(default);

        Assert.Equal(
            (3.30m, PriceSource.Owned, new DateOnly(2026, 1, 2)),
            (price.UsdPerHour, price.Source, price.AsOf)
        );
        Assert.Equal(price.UsdPerHour, price.Parts.Values.Sum());
        Assert.Contains("1000 W rated", price.Note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Measured_power_is_energy_over_the_time_since_the_last_look()
    {
        var joules = 5_000.0;
        var source = new OwnedPriceSource(Server, null, () => joules, rate: null, _time);

        var first = source.ReadAsync(default);
        joules += 300;
        _time.Advance(TimeSpan.FromSeconds(1.5));
        Assert.Equal(0.06m, (await first).Parts["electricity"]);
        joules += 5_000;
        _time.Advance(TimeSpan.FromSeconds(10));
        var second = await source.ReadAsync(default);

        Assert.Equal(0.15m, second.Parts["electricity"]);
        Assert.Contains("500 W measured", second.Note, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(10), source.RefreshEvery);
    }

    [Fact]
    public async Task Without_a_counter_the_rated_power_is_asked_for()
    {
        var error = await Assert.ThrowsAsync<PriceException>(() =>
            new OwnedPriceSource(Server, null, () => null, rate: null, _time).ReadAsync(default)
        );

        Assert.Contains("--watts", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_machine_that_costs_nothing_has_no_price() =>
        await Assert.ThrowsAsync<PriceException>(() =>
            new OwnedPriceSource(new OwnedMachine { PurchaseUsd = 0 }, 100, () => null, rate: null, _time).ReadAsync(
                default
            )
        );

    [Fact]
    public void Double_the_amounts_double_the_cost_and_half_the_use_doubles_all_but_the_electricity() =>
        (
            from purchase in Gen.Decimal[0, 1_000_000]
            from years in Gen.Int[1, 20]
            from use in Gen.Decimal[0.01m, 1]
            from tariff in Gen.Decimal[0, 2]
            from overhead in Gen.Decimal[0, 10_000]
            from watts in Gen.Double[0, 20_000]
            select (
                new OwnedMachine
                {
                    PurchaseUsd = purchase,
                    LifeYears = years,
                    Utilization = use,
                    UsdPerKwh = tariff,
                    Overhead = new UsdPerMachineMonth(overhead),
                },
                watts
            )
        ).Sample(drawn =>
        {
            var (machine, watts) = drawn;
            var parts = machine.Parts(watts);
            var doubled = (
                machine with
                {
                    PurchaseUsd = 2 * machine.PurchaseUsd,
                    UsdPerKwh = 2 * machine.UsdPerKwh,
                    Overhead = new UsdPerMachineMonth(2 * machine.Overhead.Usd),
                }
            ).Parts(watts);
            var idler = (machine with { Utilization = machine.Utilization / 2 }).Parts(watts);
            foreach (var (name, usd) in parts)
            {
                Assert.Equal((double)(2 * usd), (double)doubled[name], 1e-9);
                Assert.Equal(
                    (double)(name == "electricity" ? usd : 2 * usd),
                    (double)idler[name],
                    1e-9 * Math.Max(1, (double)usd)
                );
            }
        });
}
