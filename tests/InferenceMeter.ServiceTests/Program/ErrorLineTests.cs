using InferenceMeter.Cli;
using InferenceMeter.Errors;
using InferenceMeter.Images;
using InferenceMeter.Settings;

namespace InferenceMeter.ServiceTests.Program;

public sealed class ErrorLineTests
{
    public static TheoryData<ErrorSubject> Subjects => [.. Enum.GetValues<ErrorSubject>()];

    [Theory]
    [MemberData(nameof(Subjects))]
    public void Every_subject_of_a_failure_has_an_option(ErrorSubject subject) =>
        Assert.EndsWith(
            $" ({ErrorLine.Options[subject]})",
            ErrorLine.Of(new ImageSourceException("it broke") { Subject = subject }),
            StringComparison.Ordinal
        );

    [Fact]
    public void The_options_are_those_that_the_program_takes()
    {
        string[] known = [.. SettingDefinition.All.Select(setting => setting.Attribute.Option), .. EvaluateOptions()];

        Assert.All(
            ErrorLine.Options.Values.SelectMany(options => options.Split(';')[0].Split(" or ")),
            one => Assert.Contains(one, known)
        );
    }

    [Fact]
    public void A_failure_without_a_subject_and_one_of_the_program_are_told_as_they_are()
    {
        Assert.Equal("error: it broke", ErrorLine.Of(new ImageSourceException("it broke")));
        Assert.Equal("error: --x is 3", ErrorLine.Of(new UserException("--x is 3")));
    }

    [Fact]
    public void A_message_of_several_lines_becomes_one() =>
        Assert.Equal("error: it broke here", ErrorLine.Of(new ImageSourceException("it broke\nhere")));

    [Theory]
    [InlineData("gs://bucket/prefix) (--images)", "--images", "/nowhere")]
    [InlineData("cannot be read: ", "--manifest", "/nowhere")]
    [InlineData("on each line (--manifest)", "--manifest", "/nowhere")]
    public async Task A_command_adds_the_option_to_what_the_core_says(string expected, params string[] arguments)
    {
        var (code, output) = await Tool.RunAsync(RunningMeter.Executable, ["bench", .. arguments]);

        Assert.Equal(ExitCodes.BadSettings, code);
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    private static IEnumerable<string> EvaluateOptions() =>
        Cli.Models.EvaluateCommand.Create((_, _, _) => { }).Options.Select(option => option.Name);
}
