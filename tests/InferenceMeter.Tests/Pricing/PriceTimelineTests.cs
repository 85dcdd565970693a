using InferenceMeter.Pricing;
using Microsoft.Extensions.Time.Testing;

namespace InferenceMeter.Tests.Pricing;

public sealed class PriceTimelineTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly PriceTimeline _prices;

    public PriceTimelineTests() => _prices = new PriceTimeline(_time, Usd(1.20m));

    [Fact]
    public void An_hour_costs_the_price_of_an_hour()
    {
        Hours(1);
        Assert.Equal(1.20m, _prices.TotalSpent());

        Hours(0.5);
        Assert.Equal(1.80m, _prices.TotalSpent());
    }

    [Fact]
    public void Money_is_right_to_the_cent_across_changes()
    {
        Hours(1);
        _prices.Set(Usd(3.60m));
        Hours(0.25);
        _prices.Set(Usd(0.40m));
        Hours(2);

        Assert.Equal(1.20m + 0.90m + 0.80m, _prices.TotalSpent());
        Assert.Equal(0.60m + 0.90m + 0.40m, _prices.Spent(At(0.5), At(2.25)));
        Assert.Equal(0.40m, _prices.MeanPerHour(At(1.5), At(3)).Usd);
        Assert.Equal(2.40m, _prices.MeanPerHour(At(0.75), At(1.25)).Usd);
    }

    [Fact]
    public void What_was_spent_stays_spent_when_the_price_changes()
    {
        Hours(1);
        var before = _prices.Spent(At(0), At(1));

        _prices.Set(Usd(1000));
        Hours(1);

        Assert.Equal(before, _prices.Spent(At(0), At(1)));
    }

    [Fact]
    public void No_time_costs_nothing_and_has_the_present_price()
    {
        _prices.Set(Usd(7));

        Assert.Equal(0, _prices.Spent(At(1), At(1)));
        Assert.Equal(0, _prices.Spent(At(2), At(1)));
        Assert.Equal(7, _prices.MeanPerHour(At(2), At(1)).Usd);
    }

    [Fact]
    public void Before_the_start_the_first_price_holds()
    {
        _prices.Set(Usd(9));

        Assert.Equal(1.20m, _prices.Spent(At(-1), At(0)));
    }

    [Fact]
    public void The_same_amount_from_another_source_is_shown_at_once()
    {
        Hours(1);
        var named = Usd(1.20m) with { Source = PriceSource.Api, Note = "spot" };

        _prices.Set(named);
        Hours(1);

        Assert.Same(named, _prices.Current);
        Assert.Equal(2.40m, _prices.TotalSpent());
    }

    [Fact]
    public void Several_changes_at_one_instant_leave_the_last()
    {
        Hours(1);
        foreach (var price in new[] { 5m, 50m, 2m })
            _prices.Set(Usd(price));
        Hours(1);

        Assert.Equal(3.20m, _prices.TotalSpent());
    }

    [Fact]
    public void After_thousands_of_changes_the_total_is_still_right()
    {
        decimal expected = 0;
        var price = 1.20m;
        for (var i = 0; i < 10_000; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(36));
            expected += price / 100;
            price = 1 + i % 7;
            _prices.Set(Usd(price));
        }

        Assert.Equal(expected, _prices.TotalSpent(), 10);

        // The distant past is at its mean price, 4 USD; the recent past is exact.
        Assert.Equal(4, (double)_prices.MeanPerHour(At(10), At(30)).Usd, 0.01);
        Assert.Equal(expected, _prices.Spent(At(0), At(100)), 10);
        Assert.Equal(
            Enumerable.Range(10_000 - 1001, 1000).Sum(i => (1 + i % 7) / 100m),
            _prices.Spent(At(90), At(100)),
            10
        );
    }

    [Fact]
    public void Thousands_of_changes_at_one_instant_lose_nothing()
    {
        Hours(1);
        for (var i = 0; i < 9000; i++)
            _prices.Set(Usd(1 + i % 2));
        Hours(1);

        Assert.Equal(1.20m + 2, _prices.TotalSpent(), 10);
    }

    [Fact]
    public void Total_spent_never_falls()
    {
        var random = new Random(4);
        decimal last = 0;
        for (var i = 0; i < 20_000; i++)
        {
            _time.Advance(TimeSpan.FromTicks(random.Next(0, 3)));
            if (i % 3 == 0)
                _prices.Set(Usd((decimal)random.NextDouble() * 1000 + 0.0001m));
            var total = _prices.TotalSpent();
            Assert.True(total >= last, $"{total} after {last}");
            last = total;
        }
    }

    [Fact]
    public void Changing_and_asking_in_parallel_is_safe_and_loses_nothing()
    {
        Hours(1);
        Parallel.For(
            0,
            4,
            worker =>
            {
                decimal last = 0;
                for (var i = 0; i < 2000; i++)
                {
                    if (worker < 2)
                        _prices.Set(Usd(1 + (worker + i) % 5));
                    var total = _prices.TotalSpent();
                    Assert.True(total >= last);
                    last = total;
                    _ = _prices.MeanPerHour(At(0), At(1)).Usd;
                }
            }
        );

        // Time stood still: whatever the order of the changes, only the first hour has been paid for.
        Assert.Equal(1.20m, _prices.TotalSpent(), 10);
        _prices.Set(Usd(3));
        Hours(2);
        Assert.Equal(7.20m, _prices.TotalSpent(), 10);
    }

    [Fact]
    public void Decades_at_the_highest_price_do_not_overflow()
    {
        _prices.Set(Usd(Price.MaxUsdPerHour));
        Hours(24 * 365 * 30);

        Assert.Equal(Price.MaxUsdPerHour * 24 * 365 * 30, _prices.TotalSpent());
        Assert.Equal(Price.MaxUsdPerHour, _prices.MeanPerHour(At(0), At(24 * 365 * 30)).Usd);
    }

    private static Price Usd(decimal perHour) =>
        new()
        {
            PerHour = new UsdPerMachineHour(perHour),
            Source = PriceSource.Fixed,
            AsOf = new DateOnly(2025, 1, 2),
        };

    private void Hours(double hours) => _time.Advance(TimeSpan.FromHours(hours));

    private long At(double hours) => _prices.StartedAt + (long)(hours * 3600 * _time.TimestampFrequency);
}
