using CsCheck;
using InferenceMeter.Errors;
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
    public void An_hour_of_the_calendar_costs_what_is_paid_for_it_however_much_the_machine_is_used()
    {
        // 35,040 over 4 x 8,760 hours is 1 an hour; 1 kW x 1.5 x 0.20; 365 / 730 is 0.50 an hour.
        Assert.Equal([1.00m, 0.30m, 0.50m], Server.Parts(watts: 1000).Values);
        Assert.Equal([1.00m, 0.30m, 0.50m], (Server with { Utilization = 0.01m }).Parts(watts: 1000).Values);
    }

    [Fact]
    public void An_hour_of_work_pays_for_the_unused_hours_too() =>
        // (1.00 + 0.50) / 0.5 + 0.30.
        Assert.Equal(3.30m, Server.PerWorkingHour(watts: 1000));

    [Theory]
    [InlineData(0.6, 1.666667)]
    [InlineData(0.5, 2)]
    [InlineData(1, 1)]
    public async Task A_machine_that_runs_day_and_night_has_its_bill_counted_once(double utilization, double working)
    {
        var machine = new OwnedMachine
        {
            PurchaseUsd = 35_040,
            LifeYears = 4,
            Utilization = (decimal)utilization,
        };
        var price = await new OwnedPriceSource(machine, 0, () => null, rate: null, _time).ReadAsync(default);
        var prices = new PriceTimeline(_time, price);

        _time.Advance(TimeSpan.FromDays(365));

        // A quarter of 35,040 in a year, and neither 1.667 nor 2 times that.
        Assert.Equal(8_760m, decimal.Round(prices.TotalSpent(), 6));
        Assert.Equal(working, (double)price.PerWorkingHour.Usd, 1e-6);
    }

    [Fact]
    public void Idle_watts_are_drawn_in_the_hours_that_are_left()
    {
        var machine = Server with { IdleWatts = 200 };

        // 0.5 x 1,000 W + 0.5 x 200 W is 600 W on average: 0.6 x 1.5 x 0.20.
        Assert.Equal(0.18m, machine.Parts(watts: 1000)["electricity"]);
        // All that is paid, by half as many hours.
        Assert.Equal((1.00m + 0.18m + 0.50m) / 0.5m, machine.PerWorkingHour(watts: 1000));
    }

    [Fact]
    public void A_measured_power_has_the_idle_time_in_it() =>
        Assert.Equal(0.30m, (Server with { IdleWatts = 200 }).MeasuredParts(watts: 1000)["electricity"]);

    [Fact]
    public void What_it_is_sold_for_is_not_written_off() =>
        Assert.Equal(0.75m, (Server with { ResidualUsd = 8_760 }).Parts(watts: 0)["depreciation"]);

    [Fact]
    public void The_cost_of_capital_is_what_an_annuity_has_over_equal_parts()
    {
        // 21,000 over two years at 10 %: two payments of 12,100, worth 11,000 + 10,000 today.
        var bought = new OwnedMachine
        {
            PurchaseUsd = 21_000,
            LifeYears = 2,
            CapitalCost = 0.10m,
        };
        // Sold for 2,541, worth 2,100 today: two payments of 10,890.
        var sold = bought with
        {
            ResidualUsd = 2_541,
        };

        Assert.Equal((10_500m, 1_600m), (Yearly(bought, "depreciation"), Yearly(bought, "capital")));
        Assert.Equal((9_229.5m, 1_660.5m), (Yearly(sold, "depreciation"), Yearly(sold, "capital")));
        Assert.DoesNotContain("capital", Server.Parts(watts: 0).Keys);

        static decimal Yearly(OwnedMachine machine, string part) =>
            decimal.Round(machine.Parts(watts: 0)[part] * 8_760, 6);
    }

    [Fact]
    public async Task The_price_is_the_sum_of_its_parts()
    {
        var price = await new OwnedPriceSource(Server, 1000, () => null, rate: null, _time).ReadAsync(default);

        Assert.Equal(
            (1.80m, PriceSource.Owned, new DateOnly(2026, 1, 2)),
            (price.UsdPerHour, price.Source, price.AsOf)
        );
        Assert.Equal(price.UsdPerHour, price.Parts.Values.Sum());
        Assert.Equal(3.30m, price.PerWorkingHour.Usd);
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

        Assert.EndsWith("give its rated power", error.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorSubject.RatedPower, error.Subject);
    }

    [Fact]
    public async Task A_machine_that_costs_nothing_has_no_price() =>
        await Assert.ThrowsAsync<PriceException>(() =>
            new OwnedPriceSource(new OwnedMachine { PurchaseUsd = 0 }, 100, () => null, rate: null, _time).ReadAsync(
                default
            )
        );

    [Fact]
    public void Double_the_amounts_double_the_cost_and_half_the_use_doubles_an_hour_of_work_but_for_its_electricity() =>
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
            var idler = machine with { Utilization = machine.Utilization / 2 };
            var (whole, electricity) = ((double)machine.PerWorkingHour(watts), (double)parts["electricity"]);
            Assert.Equal(
                (2 * (whole - electricity)) + electricity,
                (double)idler.PerWorkingHour(watts),
                1e-9 * Math.Max(1, whole)
            );
            foreach (var (name, usd) in parts)
            {
                Assert.Equal((double)(2 * usd), (double)doubled[name], 1e-9);
                Assert.Equal(usd, idler.Parts(watts)[name]);
            }
        });
}
