using System.CommandLine;
using InferenceMeter.Errors;
using InferenceMeter.Settings;

namespace InferenceMeter.Cli;

/// <summary>
/// The command line's share of the settings: one option a setting, values handed on as text so that all sources are
/// validated alike.
/// </summary>
internal sealed class SettingOptions
{
    private readonly List<(SettingDefinition Definition, Option Option)> _options = [];
    private readonly Option<string?> _file = new("--settings")
    {
        Description =
            "settings file (JSON, as appsettings.json), such as `tune` writes; goes before "
            + "appsettings.json, and what is typed before it",
        HelpName = "FILE",
    };

    /// <summary>Adds the settings that <paramref name="scope"/> takes to <paramref name="command"/>.</summary>
    public SettingOptions(Command command, CommandScopes scope)
    {
        command.Options.Add(_file);
        foreach (var definition in SettingDefinition.All.Where(d => d.Attribute.Commands.HasFlag(scope)))
        {
            var option = Create(definition);
            _options.Add((definition, option));
            command.Options.Add(option);
        }
    }

    /// <summary>
    /// Addresses of the host's own variables, then files, then environment, then what was typed: the later wins.
    /// </summary>
    /// <exception cref="UserException">The file of --settings does not exist, or a file is not JSON.</exception>
    public IConfigurationRoot Configure(ParseResult parsed)
    {
        var builder = new ConfigurationBuilder()
            .AddInMemoryCollection(OfHost())
            .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true)
            .AddJsonFile(Path.GetFullPath("appsettings.json"), optional: true);
        if (parsed.GetValue(_file) is { } file)
        {
            if (!File.Exists(file))
                throw new UserException(
                    $"--settings {file} does not exist; give a file such as `inferencemeter tune` writes"
                );
            builder.AddJsonFile(Path.GetFullPath(file));
        }

        builder.AddEnvironmentVariables().AddInMemoryCollection(Typed(parsed));
        try
        {
            return builder.Build();
        }
        catch (InvalidDataException unreadable)
        {
            // A file that is no JSON: the inner message has the line.
            throw new UserException($"{unreadable.Message} {unreadable.InnerException?.Message}");
        }
    }

    private static IEnumerable<KeyValuePair<string, string?>> OfHost() =>
        HostAddresses.Find() is { } host ? [new(HostAddresses.Key, host.Urls)] : [];

    private static Option Create(SettingDefinition definition)
    {
        var (name, help) = (definition.Attribute.Option, definition.Attribute.Value ?? "N");
        if (definition.IsSwitch)
            return new Option<bool>(name) { Description = definition.Attribute.Description };
        if (definition.IsList)
            return new Option<string[]>(name) { Description = definition.Attribute.Description, HelpName = help };
        return new Option<string?>(name)
        {
            Description = Describe(definition),
            HelpName = help,
            Arity = ArgumentArity.ExactlyOne,
        };
    }

    private IEnumerable<KeyValuePair<string, string?>> Typed(ParseResult parsed) =>
        from pair in _options
        let result = parsed.GetResult(pair.Option)
        where result is { Implicit: false }
        select KeyValuePair.Create(pair.Definition.Key, NotBlank(Text(parsed, pair.Option), pair.Option));

    /// <summary>An unset variable of a script must not pass for an option that was left away.</summary>
    private static string? NotBlank(string? text, Option option) =>
        string.IsNullOrWhiteSpace(text)
            ? throw new UserException($"{option.Name} is given without a value; give one, or leave it away")
            : text;

    private static string? Text(ParseResult parsed, Option option) =>
        option switch
        {
            Option<bool> flag => parsed.GetValue(flag).ToString(),
            Option<string[]> list => string.Join(SettingsReader.ListSeparator, parsed.GetValue(list) ?? []),
            _ => parsed.GetValue((Option<string?>)option),
        };

    private static string Describe(SettingDefinition definition)
    {
        var fallback = definition.Property.GetValue(
            typeof(MeterSettings).GetProperty(definition.Section)!.GetValue(new MeterSettings())
        );
        var range =
            definition.ValueType == typeof(string) && definition.Accepted == "text" ? "" : $" ({definition.Accepted})";
        return $"{definition.Attribute.Description}{range}{(fallback is null ? "" : $" [default: {fallback}]")}";
    }
}
