using System.Reflection;

namespace InferenceMeter.Settings;

/// <summary>One option of one command, as the command line, its help and the error messages see it.</summary>
internal sealed class OptionDefinition
{
    private readonly SettingAttribute _attribute;

    private OptionDefinition(PropertyInfo property, SettingAttribute attribute)
    {
        Property = property;
        _attribute = attribute;
        Syntax = OptionSyntax.Of(property);
    }

    public PropertyInfo Property { get; }

    public OptionSyntax Syntax { get; }

    /// <summary>As it is typed, such as <c>--rate</c>.</summary>
    public string Name => _attribute.Option;

    /// <summary>Placeholder of the value in the help.</summary>
    public string ValueName => _attribute.Value ?? "N";

    /// <summary>A switch is given without a value.</summary>
    public bool IsSwitch => Property.PropertyType == typeof(bool);

    /// <summary>An argument is given by its place and not by its name, such as <c>TARGET</c>.</summary>
    public bool IsArgument => !Name.StartsWith("--", StringComparison.Ordinal);

    /// <summary>Options of a record of options, in the order of the help page.</summary>
    public static IReadOnlyList<OptionDefinition> Of(Type options) =>
        [
            .. from property in options.GetProperties()
            let attribute = property.GetCustomAttribute<SettingAttribute>()
            where attribute is not null
            select new OptionDefinition(property, attribute),
        ];

    /// <summary>A line for the help page: what it is, what is accepted, and the default.</summary>
    /// <param name="defaults">Options as they are when nothing is typed.</param>
    public string Help(object defaults)
    {
        if (IsSwitch)
            return _attribute.Description;
        var accepted = Property.PropertyType == typeof(string) ? "" : $" ({Syntax.Accepted})";
        var fallback = Syntax.Write(Property.GetValue(defaults));
        return $"{_attribute.Description}{accepted}{(string.IsNullOrEmpty(fallback) ? "" : $" [default: {fallback}]")}";
    }

    /// <summary>A line for a text that cannot be used: which part of it, and what would be accepted.</summary>
    /// <param name="text">What was typed.</param>
    /// <param name="part">The part of it that cannot be read.</param>
    public string Refuse(string text, string part)
    {
        var verb = part == text ? "is" : "has";
        var hint =
            Syntax.HasDecimals && part.Contains(',', StringComparison.Ordinal)
                ? "; write decimals with a point, such as 2.5"
                : "";
        return $"{Name} {verb} '{part}', accepted: {Syntax.Accepted}{hint}";
    }
}
