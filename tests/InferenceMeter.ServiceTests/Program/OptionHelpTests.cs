using System.ComponentModel.DataAnnotations;
using System.Reflection;
using InferenceMeter.Settings;
using InferenceMeter.Settings.Load;

namespace InferenceMeter.ServiceTests.Program;

/// <summary>The help pages of <c>load</c> and <c>sweep</c>.</summary>
public sealed class OptionHelpTests
{
    [Theory]
    [InlineData("load", "--rate <N>", "(a number from 0.01 to 1,000,000) [default: 10]")]
    [InlineData("load", "--from-rate <N>", "(a number from 0.01 to 1,000,000) [default: 1]")]
    [InlineData("load", "--concurrency <N>", "(a whole number from 1 to 100,000) [default: 64]")]
    [InlineData("load", "--seconds <N>", "in seconds (a number from 1 to 86,400) [default: 60]")]
    [InlineData("load", "--max-errors <SHARE>", "(a number from 0 to 1) [default: 0]")]
    [InlineData("load", "--bound <TIME>", "15ms in server, as MLPerf's for ResNet-50, else none (a time such as 15ms")]
    [InlineData("load", "--protocol <NAME>", "(classify or v2 or grpc) [default: classify]")]
    [InlineData("load", "<TARGET>", "(self, or an address such as http://host:8080) [default: self]")]
    [InlineData("load", "--target-model <NAME>", "name of the model [default: resnet50]")]
    [InlineData("sweep", "--rates <LIST>", "(numbers from 0.01 to 1,000,000 with commas between them)")]
    [InlineData("sweep", "--batches <LIST>", "(whole numbers from 1 to 4,096 with commas between them)")]
    [InlineData("sweep", "--seconds <N>", "in seconds (a number from 1 to 86,400) [default: 20]")]
    public async Task An_option_tells_its_unit_its_range_and_its_default(string command, string option, string told)
    {
        var (code, output) = await Tool.RunAsync(RunningMeter.Executable, [command, "--help"]);

        Assert.Equal(0, code);
        var line = output
            .Split('\n')
            .Single(line => line.TrimStart().StartsWith(option + " ", StringComparison.Ordinal));
        Assert.Contains(told, line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(typeof(LoadOptions))]
    [InlineData(typeof(SweepOptions))]
    public void Every_option_is_a_property_with_help_and_every_number_has_a_range(Type type)
    {
        var defaults = Activator.CreateInstance(type)!;
        var settable = type.GetProperties().Where(property => property.CanWrite).ToArray();
        var options = OptionDefinition.Of(type);

        Assert.Equal(settable.Select(property => property.Name), options.Select(option => option.Property.Name));
        Assert.Equal(options.Count, options.Select(option => option.Name).Distinct(StringComparer.Ordinal).Count());
        foreach (var option in options)
        {
            Assert.True(option.Help(defaults).Length > 10, option.Name);
            if (option.Syntax.Accepted.Contains("number", StringComparison.Ordinal))
                Assert.NotNull(option.Property.GetCustomAttribute<RangeAttribute>());
        }
    }
}
