using System.Reflection;
using InferenceMeter.Pricing;

namespace InferenceMeter.Tests.Pricing;

/// <summary>
/// A well-known tool quoted monthly prices as hourly ones for years: 730 times too much. Here that does not compile.
/// </summary>
public sealed class RatesTests
{
    private static readonly Type[] Rates =
    [
        typeof(UsdPerMachineHour),
        typeof(UsdPerGpuHour),
        typeof(UsdPerMachineMonth),
        typeof(UsdPerGpuMonth),
        typeof(UsdPerMachineTerm),
    ];

    [Fact]
    public void A_month_is_730_hours() => Assert.Equal(1m, new UsdPerMachineMonth(730).PerHour().Usd);

    [Fact]
    public void Eight_gpus_cost_eight_times_one() => Assert.Equal(15.92m, new UsdPerGpuHour(1.99m).OfMachine(8).Usd);

    [Fact]
    public void A_gpus_month_becomes_a_machines_hour_by_both_steps_alone() =>
        Assert.Equal(16m, new UsdPerGpuMonth(1460).PerHour().OfMachine(8).Usd);

    [Theory]
    [InlineData(8760, 1, 1)]
    [InlineData(26_280, 3, 1)]
    public void A_term_is_spread_over_all_of_its_hours(int usd, int years, int expected) =>
        Assert.Equal(expected, new UsdPerMachineTerm(usd, years).PerHour().Usd);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_machine_has_a_gpu_to_be_priced_by(int gpus) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new UsdPerGpuHour(1).OfMachine(gpus));

    [Fact]
    public void No_rate_turns_into_another_or_into_a_number_by_itself()
    {
        foreach (var rate in Rates)
            Assert.DoesNotContain(
                rate.GetMethods(BindingFlags.Public | BindingFlags.Static),
                method => method.Name is "op_Implicit" or "op_Explicit"
            );
    }

    [Fact]
    public void Only_a_machines_hours_can_be_added_up()
    {
        foreach (var rate in Rates)
        {
            var operators = rate.GetMethods(BindingFlags.Public | BindingFlags.Static)
                .Where(method =>
                    method.Name.StartsWith("op_", StringComparison.Ordinal)
                    && method.Name is not ("op_Equality" or "op_Inequality")
                );
            Assert.All(
                operators,
                method =>
                    Assert.Equal(
                        [typeof(UsdPerMachineHour), typeof(UsdPerMachineHour)],
                        method.GetParameters().Select(parameter => parameter.ParameterType)
                    )
            );
        }
    }

    [Fact]
    public void The_cost_of_a_billion_takes_nothing_but_a_machines_hour()
    {
        Assert.All(
            typeof(CostPerBillion)
                .GetMethods()
                .Where(method =>
                    method.Name is nameof(CostPerBillion.Compute) or nameof(CostPerBillion.ImagesPerSecondNeeded)
                ),
            method => Assert.Equal(typeof(UsdPerMachineHour), method.GetParameters()[0].ParameterType)
        );
        Assert.Equal(typeof(UsdPerMachineHour), typeof(Price).GetProperty(nameof(Price.PerHour))!.PropertyType);
        Assert.False(typeof(Price).GetProperty(nameof(Price.UsdPerHour))!.CanWrite);
    }
}
