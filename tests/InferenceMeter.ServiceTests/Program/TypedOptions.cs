using System.CommandLine;
using InferenceMeter.Cli;
using InferenceMeter.Settings;

namespace InferenceMeter.ServiceTests.Program;

/// <summary>Options read from a command line, without running the command.</summary>
internal static class TypedOptions
{
    public static OptionsResult<T> Read<T>(IReadOnlyList<OptionRule<T>> rules, IReadOnlyList<string> arguments)
        where T : class, new()
    {
        var command = new RootCommand();
        var options = new CommandOptions<T>(command, rules);
        var parsed = command.Parse(arguments);
        Assert.Empty(parsed.Errors.Select(error => error.Message));
        return options.Read(parsed);
    }
}
