using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace InferenceMeter.Settings;

/// <summary>One setting as the configuration, the command line and the error messages see it.</summary>
internal sealed record SettingDefinition(string Section, PropertyInfo Property, SettingAttribute Attribute)
{
    /// <summary>Every setting, in the order of the help page.</summary>
    public static IReadOnlyList<SettingDefinition> All { get; } =
    [
        .. from section in typeof(MeterSettings).GetProperties()
        from property in section.PropertyType.GetProperties()
        let attribute = property.GetCustomAttribute<SettingAttribute>()
        where attribute is not null
        select new SettingDefinition(section.Name, property, attribute),
    ];

    private static readonly Dictionary<Type, string> Kinds = new()
    {
        [typeof(bool)] = "true or false",
        [typeof(string)] = "text",
        [typeof(IReadOnlyList<string>)] = "text, or a list of texts",
        [typeof(decimal)] = "a number",
        [typeof(DateOnly)] = "a date such as 2026-11-23",
    };

    /// <summary>Configuration key, such as <c>Pricing:UsdPerHour</c>.</summary>
    public string Key => $"{Section}:{Property.Name}";

    public Type ValueType => Nullable.GetUnderlyingType(Property.PropertyType) ?? Property.PropertyType;

    /// <summary>Whether it takes several values: a list in a file, an option that is repeated.</summary>
    public bool IsList => ValueType == typeof(IReadOnlyList<string>);

    /// <summary>A switch is given without a value on the command line.</summary>
    public bool IsSwitch => ValueType == typeof(bool) && Attribute.Value is null;

    /// <summary>What the setting takes, in words: <c>a whole number from 1 to 4,096</c>.</summary>
    public string Accepted
    {
        get
        {
            if (Property.GetCustomAttribute<AllowedValuesAttribute>() is { } allowed)
                return string.Join(" or ", allowed.Values);
            var kind = Kinds.GetValueOrDefault(ValueType, "a whole number");
            if (Property.GetCustomAttribute<RegularExpressionAttribute>() is { } pattern)
                return $"text of the form {pattern.Pattern}";
            return Property.GetCustomAttribute<RangeAttribute>() is { } range
                ? $"{kind} from {Grouped(range.Minimum)} to {Grouped(range.Maximum)}"
                : kind;
        }
    }

    /// <summary>
    /// One line for a value that cannot be used: where it stands, what it is, what would be accepted.
    /// </summary>
    public string Refuse(string? value) =>
        $"{Key} ({Attribute.Option}) is '{value}', accepted: {Accepted}{CommaHint(value)}";

    /// <summary>A decimal comma is what most of the world writes.</summary>
    private string CommaHint(string? value) =>
        ValueType == typeof(decimal) && value?.Contains(',') == true
            ? "; write decimals with a point, such as 2.49"
            : "";

    private static string Grouped(object bound) =>
        decimal.TryParse(bound.ToString(), out var number) ? number.ToString("#,0.######") : $"{bound}";
}
