using System.CommandLine;
using InferenceMeter.Settings;

namespace InferenceMeter.Cli;

/// <summary>
/// The options that one command alone takes, on its command line; values are handed on as text so that all of them are
/// validated alike.
/// </summary>
/// <typeparam name="T">A record of options, whose properties are annotated.</typeparam>
internal sealed class CommandOptions<T>
    where T : class, new()
{
    private readonly List<(string Name, Func<ParseResult, string?> Text)> _typed = [];
    private readonly IReadOnlyList<OptionRule<T>> _rules;

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="rules">What must hold between its options.</param>
    public CommandOptions(Command command, IReadOnlyList<OptionRule<T>> rules)
    {
        _rules = rules;
        var defaults = new T();
        foreach (var definition in OptionDefinition.Of(typeof(T)))
            _typed.Add((definition.Name, Add(command, definition, definition.Help(defaults))));
    }

    /// <summary>Reads what was typed.</summary>
    public OptionsResult<T> Read(ParseResult parsed)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, text) in _typed)
        {
            if (text(parsed) is { } given)
                texts.Add(name, given);
        }

        return OptionsReader.Read(texts, _rules);
    }

    /// <returns>Finds the text that was typed; <see langword="null"/> when it was not.</returns>
    private static Func<ParseResult, string?> Add(Command command, OptionDefinition definition, string help)
    {
        if (definition.IsSwitch)
        {
            var option = new Option<bool>(definition.Name) { Description = help };
            command.Options.Add(option);
            return parsed => parsed.GetValue(option) ? "true" : null;
        }

        if (definition.IsArgument)
        {
            var argument = new Argument<string?>(definition.Name)
            {
                Description = help,
                Arity = ArgumentArity.ZeroOrOne,
            };
            command.Arguments.Add(argument);
            return parsed => parsed.GetValue(argument);
        }

        var valued = new Option<string?>(definition.Name)
        {
            Description = help,
            HelpName = definition.ValueName,
            Arity = ArgumentArity.ExactlyOne,
        };
        command.Options.Add(valued);
        return parsed => parsed.GetValue(valued);
    }
}
