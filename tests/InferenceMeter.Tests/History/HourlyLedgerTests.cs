using CsCheck;
using InferenceMeter.History;
using InferenceMeter.Pricing;
using Microsoft.Extensions.Time.Testing;

namespace InferenceMeter.Tests.History;

public sealed class HourlyLedgerTests
{
    private static readonly DateTimeOffset Midnight = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Nothing_new_is_no_entry_and_an_idle_minute_is_time_only()
    {
        var time = new ClockThatJumps(Midnight);
        var ledger = new HourlyLedger(time, "a");
        Assert.Empty(ledger.Advance(Totals(0)));

        time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(
            [
                new HourRecord
                {
                    Hour = Midnight,
                    Machine = "a",
                    WallSeconds = 60,
                },
            ],
            ledger.Advance(Totals(0))
        );
    }

    [Fact]
    public void Work_over_an_hours_end_is_split_by_time()
    {
        var time = new ClockThatJumps(Midnight.AddMinutes(50));
        var ledger = new HourlyLedger(time, "a");
        time.Advance(TimeSpan.FromMinutes(80));

        var parts = ledger.Advance(
            new LedgerTotals
            {
                ImagesOk = 81,
                ImagesFailed = 8,
                BusySeconds = 40,
                SpentUsd = 0.10m,
                EnergyJoules = 800,
            }
        );

        Assert.Equal([Midnight, Midnight.AddHours(1), Midnight.AddHours(2)], parts.Select(part => part.Hour));
        Assert.Equal([600, 3600, 600], parts.Select(part => part.WallSeconds));
        Assert.Equal([10, 60, 11], parts.Select(part => part.ImagesOk));
        Assert.Equal([1, 6, 1], parts.Select(part => part.ImagesFailed));
        Assert.Equal([5.0, 30, 5], parts.Select(part => part.BusySeconds));
        Assert.Equal([0.0125m, 0.075m, 0.0125m], parts.Select(part => part.SpentUsd));
        Assert.Equal([100.0, 600, 100], parts.Select(part => part.EnergyJoules!.Value));
    }

    [Fact]
    public void An_hour_that_ends_now_is_one_entry()
    {
        var time = new ClockThatJumps(Midnight);
        var ledger = new HourlyLedger(time, "a");
        time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(Midnight, Assert.Single(ledger.Advance(Totals(7))).Hour);
    }

    [Fact]
    public void Work_without_time_is_not_lost()
    {
        var ledger = new HourlyLedger(new ClockThatJumps(Midnight), "a");

        Assert.Equal(7, Assert.Single(ledger.Advance(Totals(7))).ImagesOk);
        Assert.Empty(ledger.Advance(Totals(7)));
    }

    [Fact]
    public void What_falls_or_is_no_number_counts_as_unchanged_until_it_is_higher_again()
    {
        var ledger = new HourlyLedger(new ClockThatJumps(Midnight), "a");
        ledger.Advance(
            new LedgerTotals
            {
                ImagesOk = 10,
                ImagesFailed = 0,
                BusySeconds = 5,
                SpentUsd = 1,
                EnergyJoules = 100,
            }
        );

        Assert.Empty(
            ledger.Advance(
                new LedgerTotals
                {
                    ImagesOk = 8,
                    ImagesFailed = 0,
                    BusySeconds = double.NaN,
                    SpentUsd = 0.5m,
                    EnergyJoules = null,
                }
            )
        );

        var part = Assert.Single(
            ledger.Advance(
                new LedgerTotals
                {
                    ImagesOk = 11,
                    ImagesFailed = 0,
                    BusySeconds = 6,
                    SpentUsd = 1.25m,
                    EnergyJoules = 130,
                }
            )
        );
        Assert.Equal((1, 1.0, 0.25m, 30.0), (part.ImagesOk, part.BusySeconds, part.SpentUsd, part.EnergyJoules!.Value));
    }

    [Fact]
    public void A_day_with_changing_load_and_prices_adds_up_to_the_cent_and_so_does_each_hour()
    {
        var time = new FakeTimeProvider(Midnight);
        var prices = new PriceTimeline(time, Usd(1.337m));
        var ledger = new HourlyLedger(time, "a");
        var parts = new List<HourRecord>();
        var (images, failed, busy) = (0L, 0L, 0.0);
        for (var step = 1; step <= 24 * 360; step++)
        {
            time.Advance(TimeSpan.FromSeconds(5));
            if (step % 977 == 0)
                prices.Set(Usd(0.5m + step % 31 / 7m));
            time.Advance(TimeSpan.FromSeconds(5));
            images = images + step % 1000;
            failed = failed + step % 3;
            busy = busy + step % 10;
            parts.AddRange(
                ledger.Advance(
                    new LedgerTotals
                    {
                        ImagesOk = images,
                        ImagesFailed = failed,
                        BusySeconds = busy,
                        SpentUsd = prices.TotalSpent(),
                        EnergyJoules = null,
                    }
                )
            );
        }

        var hours = parts.GroupBy(part => part.Hour).ToArray();
        var anHour = 3600 * time.TimestampFrequency;
        Assert.Equal(24, hours.Length);
        Assert.All(hours, hour => Assert.Equal(3600, hour.Sum(part => part.WallSeconds), 1e-6));
        Assert.All(
            hours.Select((hour, i) => (Spent: hour.Sum(part => part.SpentUsd), From: prices.StartedAt + i * anHour)),
            hour => Assert.Equal(prices.Spent(hour.From, hour.From + anHour), hour.Spent, 2)
        );
        Assert.Equal(Math.Round(prices.TotalSpent(), 12), parts.Sum(part => part.SpentUsd));
        Assert.Equal((images, failed), (parts.Sum(part => part.ImagesOk), parts.Sum(part => part.ImagesFailed)));
        Assert.Equal(busy, parts.Sum(part => part.BusySeconds), 1e-6);
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(5)]
    public void A_clock_that_is_set_moves_work_but_neither_loses_nor_doubles_it(int jump)
    {
        var time = new ClockThatJumps(Midnight.AddHours(6).AddMinutes(45));
        var ledger = new HourlyLedger(time, "a");
        time.Advance(TimeSpan.FromMinutes(10));
        var parts = ledger.Advance(Totals(100)).ToList();

        time.Jump(TimeSpan.FromHours(jump));
        time.Advance(TimeSpan.FromMinutes(10));
        parts.AddRange(ledger.Advance(Totals(200)));

        Assert.Equal(
            [Midnight.AddHours(6), Midnight.AddHours(6 + jump), Midnight.AddHours(7 + jump)],
            parts.Select(part => part.Hour)
        );
        Assert.Equal([600, 300, 300], parts.Select(part => part.WallSeconds));
        Assert.Equal([100, 50, 50], parts.Select(part => part.ImagesOk));
    }

    [Fact]
    public void Whatever_the_steps_the_parts_add_up_to_the_totals() =>
        Gen.Select(
                Gen.Long[0, 4 * TimeSpan.TicksPerHour],
                Gen.Long[-TimeSpan.TicksPerDay, TimeSpan.TicksPerDay],
                Gen.Long[0, long.MaxValue / 64],
                Gen.Long[0, 1_000_000_000_000_000]
            )
            .Array[1, 30]
            .Sample(
                steps =>
                {
                    var time = new ClockThatJumps(Midnight);
                    var ledger = new HourlyLedger(time, "a");
                    var totals = Totals(0);
                    var parts = new List<HourRecord>();
                    foreach (var (elapsed, jump, images, money) in steps)
                    {
                        time.Advance(new TimeSpan(elapsed));
                        if (money % 5 == 0)
                            time.Jump(new TimeSpan(jump));
                        totals = totals with
                        {
                            ImagesOk = totals.ImagesOk + images,
                            SpentUsd = totals.SpentUsd + money / 1_000_000_000_000m,
                        };
                        parts.AddRange(ledger.Advance(totals));
                    }

                    Assert.Equal(totals.ImagesOk, parts.Sum(part => part.ImagesOk));
                    Assert.Equal(totals.SpentUsd, parts.Sum(part => part.SpentUsd));
                    Assert.Equal(
                        new TimeSpan(steps.Sum(step => step.Item1)).TotalSeconds,
                        parts.Sum(part => part.WallSeconds),
                        1e-3
                    );
                    Assert.All(
                        parts,
                        part => Assert.True(part is { ImagesOk: >= 0, SpentUsd: >= 0, WallSeconds: >= 0 and <= 3600 })
                    );
                    Assert.All(parts, part => Assert.Equal(0, part.Hour.UtcTicks % TimeSpan.TicksPerHour));
                },
                iter: 300
            );

    private static LedgerTotals Totals(long images) =>
        new LedgerTotals
        {
            ImagesOk = images,
            ImagesFailed = 0,
            BusySeconds = 0,
            SpentUsd = 0,
            EnergyJoules = null,
        };

    private static Price Usd(decimal perHour) =>
        new()
        {
            PerHour = new UsdPerMachineHour(perHour),
            Source = PriceSource.Fixed,
            AsOf = new DateOnly(2026, 1, 2),
        };
}
