namespace InferenceMeter.Settings;

/// <summary>Reads and validates all options of one command, so that a user mends everything at once.</summary>
internal static class OptionsReader
{
    /// <summary>Reads the options.</summary>
    /// <typeparam name="T">A record of options, whose properties are annotated.</typeparam>
    /// <param name="typed">Texts by the names of the options that were typed.</param>
    /// <param name="rules">What must hold between the options.</param>
    public static OptionsResult<T> Read<T>(IReadOnlyDictionary<string, string> typed, IEnumerable<OptionRule<T>> rules)
        where T : class, new()
    {
        var options = new T();
        var errors = new List<string>();
        var refused = new HashSet<string>(StringComparer.Ordinal);
        foreach (var definition in OptionDefinition.Of(typeof(T)))
        {
            if (!typed.TryGetValue(definition.Name, out var text))
                continue;
            var read = definition.Syntax.Read(text);
            if (read.Refused is { } part)
            {
                refused.Add(definition.Name);
                errors.Add(definition.Refuse(text, part));
            }
            else
            {
                definition.Property.SetValue(options, read.Value);
            }
        }

        var given = typed.Keys.ToHashSet(StringComparer.Ordinal);
        errors.AddRange(
            rules
                .Where(rule => !rule.Names.Any(refused.Contains))
                .Select(rule => rule.Check(options, given))
                .OfType<string>()
        );
        return new OptionsResult<T>(options, errors);
    }
}
