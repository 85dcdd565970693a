using InferenceMeter.Errors;
using InferenceMeter.Settings;

namespace InferenceMeter.ServiceTests.Program;

/// <summary>Times as they are typed.</summary>
public sealed class TimesTests
{
    [Theory]
    [InlineData("15ms", 0.015)]
    [InlineData("0.5ms", 0.0005)]
    [InlineData("2s", 2)]
    [InlineData("1000000s", 1e6)]
    public void A_number_with_its_unit_is_a_time(string text, double seconds) =>
        Assert.Equal(seconds, Times.Parse("--bound", text), 1e-12);

    [Theory]
    [InlineData("")]
    [InlineData("15")]
    [InlineData("s")]
    [InlineData("ms")]
    [InlineData("0s")]
    [InlineData("-1ms")]
    [InlineData("NaNs")]
    [InlineData("1000001s")]
    [InlineData("1m")]
    [InlineData("1,5s")]
    public void Anything_else_is_refused(string text)
    {
        var refused = Assert.Throws<UserException>(() => Times.Parse("--max-p99", text));

        Assert.Equal($"--max-p99 is '{text}', accepted: a time such as 15ms or 2s", refused.Message);
    }
}
