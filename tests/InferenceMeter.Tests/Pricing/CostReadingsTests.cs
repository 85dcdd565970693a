using InferenceMeter.Metering;
using InferenceMeter.Pricing;
using InferenceMeter.Tests.Metering;
using Microsoft.Extensions.Time.Testing;

namespace InferenceMeter.Tests.Pricing;

public sealed class CostReadingsTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly PriceTimeline _prices;
    private readonly long _second;

    public CostReadingsTests()
    {
        _prices = new PriceTimeline(_time, Usd(3.60m));
        _second = _time.TimestampFrequency;
    }

    [Fact]
    public void Wall_pays_for_all_time_busy_for_the_engines_and_capacity_is_the_best_level()
    {
        var reading = Reading(Window(MeasurementWindow.TenSeconds, 0, 10, images: 10_000, busySeconds: 5)) with
        {
            Capacity = new Estimate(4000, 3900, 4100),
        };

        var costs = CostReadings.From(reading, _prices, Scope.Pipeline);

        Assert.Equal([Basis.Wall, Basis.Busy, Basis.Capacity], costs.Select(cost => cost.Basis));
        Assert.Equal([1000m, 500m, 250m], costs.Select(cost => decimal.Round(cost.UsdPerBillion, 9)));
        Assert.Equal(
            [MeasurementWindow.TenSeconds, MeasurementWindow.TenSeconds, MeasurementWindow.SinceStart],
            costs.Select(cost => cost.Window)
        );
        Assert.All(costs, cost => Assert.Equal((Scope.Pipeline, 3.60m), (cost.Scope, cost.UsdPerHour)));
    }

    [Fact]
    public void The_fastest_throughput_bounds_the_cost_from_below()
    {
        var cost = CostReadings.At(
            Basis.Slo,
            Scope.Service,
            MeasurementWindow.SinceStart,
            new UsdPerMachineHour(3.60m),
            new Estimate(1000, 800, 1250)
        )!;

        Assert.Equal((800m, 1000m, 1250m), (cost.Low, cost.UsdPerBillion, cost.High!.Value));
        Assert.Equal(Basis.Slo, cost.Basis);
    }

    [Fact]
    public void Without_a_lower_bound_of_throughput_the_cost_has_no_upper_one()
    {
        var cost = CostReadings.At(
            Basis.Wall,
            Scope.Model,
            MeasurementWindow.TenSeconds,
            new UsdPerMachineHour(3.60m),
            new Estimate(1000, 0, 2000)
        )!;

        Assert.Null(cost.High);
        Assert.Equal(500, cost.Low);
        Assert.Null(
            CostReadings.At(
                Basis.Wall,
                Scope.Model,
                MeasurementWindow.TenSeconds,
                new UsdPerMachineHour(3.60m),
                new Estimate(0, 0, 2000)
            )
        );
    }

    [Fact]
    public void A_price_change_in_the_middle_of_a_window_counts_for_its_part_of_it()
    {
        _time.Advance(TimeSpan.FromSeconds(60));
        _prices.Set(Usd(7.20m));
        _time.Advance(TimeSpan.FromSeconds(20));

        var reading = Reading(
            Window(MeasurementWindow.TenSeconds, 70, 80, 10_000, 10),
            Window(MeasurementWindow.OneMinute, 20, 80, 60_000, 60)
        );
        var costs = CostReadings.From(reading, _prices, Scope.Model).Where(cost => cost.Basis == Basis.Wall).ToArray();

        Assert.Equal(2000m, decimal.Round(costs[0].UsdPerBillion, 9));

        // 40 s at 3.60 and 20 s at 7.20 are 4.80 on average: the money spent over the images made.
        Assert.Equal(4.80m, decimal.Round(costs[1].UsdPerHour, 9));
        Assert.Equal(
            (double)_prices.Spent(_prices.StartedAt + 20 * _second, _prices.StartedAt + 80 * _second) / 60_000 * 1e9,
            (double)costs[1].UsdPerBillion,
            1e-6
        );
    }

    [Fact]
    public void Capacity_is_at_the_present_price()
    {
        _time.Advance(TimeSpan.FromSeconds(60));
        _prices.Set(Usd(7.20m));

        var cost = Assert.Single(
            CostReadings.From(Reading() with { Capacity = new Estimate(2000, 2000, 2000) }, _prices, Scope.Model)
        );

        Assert.Equal((Basis.Capacity, 1000m), (cost.Basis, cost.UsdPerBillion));
    }

    [Fact]
    public void Hours_of_work_that_pay_for_unused_ones_raise_busy_capacity_and_slo_and_never_the_bill()
    {
        var owned = Usd(3.60m) with { PerWorkingHour = new UsdPerMachineHour(6.00m) };
        var prices = new PriceTimeline(_time, owned);
        var window = Window(MeasurementWindow.TenSeconds, 0, 10, images: 10_000, busySeconds: 5);
        var reading = Reading(window) with { Capacity = Exactly(4000) };

        var costs = CostReadings.From(reading, prices, Scope.Pipeline, Exactly(2000));

        // 3.60 and 6.00 USD/hour are 0.001 and 0.00166.. a second, for 1,000, 2,000, 4,000 and 2,000 images.
        Assert.Equal([Basis.Wall, Basis.Busy, Basis.Capacity, Basis.Slo], costs.Select(cost => cost.Basis));
        Assert.Equal([1000m, 833.33m, 416.67m, 833.33m], costs.Select(cost => decimal.Round(cost.UsdPerBillion, 2)));
        Assert.Equal([3.60m, 6.00m, 6.00m, 6.00m], costs.Select(cost => decimal.Round(cost.UsdPerHour, 9)));
        Assert.Equal(3.60m, prices.Spent(prices.StartedAt, prices.StartedAt + (3600 * _second)));
    }

    [Fact]
    public void Nothing_steady_nothing_said()
    {
        var window = Window(MeasurementWindow.TenSeconds, 0, 10, 10_000, 5) with
        {
            ImagesPerSecond = null,
            ImagesPerBusySecond = null,
        };

        Assert.Empty(CostReadings.From(Reading(window), _prices, Scope.Model));
        Assert.Empty(CostReadings.From(Reading(), _prices, Scope.Model));
    }

    [Fact]
    public void A_meter_that_worked_three_quarters_of_the_time_costs_a_third_more_on_the_wall_than_busy()
    {
        var engine = new MeterSimulation();
        engine.Work(until: 90, batchSeconds: 0.15, images: 30, pause: 0.05);

        var costs = CostReadings.From(engine.Readings[^1], _prices, Scope.Model);

        var (wall, busy) = (Cost(Basis.Wall), Cost(Basis.Busy));
        Assert.Equal(3.60 / 3600 / 150 * 1e9, wall, 30.0);
        Assert.Equal(4 / 3.0, wall / busy, 0.005);
        Assert.Equal(9, costs.Count);

        double Cost(Basis basis) =>
            (double)
                costs.Single(cost => cost.Basis == basis && cost.Window == MeasurementWindow.OneMinute).UsdPerBillion;
    }

    private static Price Usd(decimal perHour) =>
        new()
        {
            PerHour = new UsdPerMachineHour(perHour),
            Source = PriceSource.Fixed,
            AsOf = new DateOnly(2025, 1, 2),
        };

    private WindowReading Window(MeasurementWindow window, int from, int to, long images, double busySeconds) =>
        new()
        {
            Window = window,
            From = _prices.StartedAt + from * _second,
            To = _prices.StartedAt + to * _second,
            Images = images,
            WallSeconds = to - from,
            BusySeconds = busySeconds,
            ImagesPerSecond = Exactly((double)images / (to - from)),
            ImagesPerBusySecond = Exactly(images / busySeconds),
        };

    private MeterReading Reading(params WindowReading[] windows) =>
        new()
        {
            At = _time.GetTimestamp(),
            State = MeasurementState.Steady,
            StartedAt = _prices.StartedAt,
            Windows = windows,
            TotalImages = 0,
            TotalBatches = 0,
            TotalWallSeconds = 0,
            TotalBusySeconds = 0,
            InFlight = 0,
        };

    private static Estimate Exactly(double value) => new(value, value, value);
}
