using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration.Json;

namespace InferenceMeter.Settings;

/// <summary>The settings, or every reason why they cannot be used.</summary>
internal sealed record SettingsResult(MeterSettings Settings, IReadOnlyList<string> Errors);

/// <summary>Reads and validates all settings in one go, so that a user mends everything at once.</summary>
internal static class SettingsReader
{
    /// <summary>Parts of a settings file that are not ours to read, and what `tune` says about its result.</summary>
    private static readonly string[] OfOthers = ["AllowedHosts", "Kestrel", "Logging", "Tuned"];

    /// <summary>Between the values of a list that is handed on as one text; no path or address has one.</summary>
    public const char ListSeparator = '\n';

    /// <summary>Reads the settings.</summary>
    /// <param name="configuration">Files, environment and command line, layered.</param>
    public static SettingsResult Read(IConfiguration configuration)
    {
        var errors = new List<string>();
        var settings = new MeterSettings();
        foreach (var definition in SettingDefinition.All)
        {
            var section = typeof(MeterSettings).GetProperty(definition.Section)!.GetValue(settings)!;
            if (definition.IsList)
            {
                definition.Property.SetValue(section, Values(configuration.GetSection(definition.Key)));
                continue;
            }

            var text = configuration[definition.Key];
            if (configuration.GetSection(definition.Key).GetChildren().Any())
                errors.Add(
                    $"{definition.Key} ({definition.Attribute.Option}) is a list or an object, accepted: "
                        + $"{definition.Accepted}"
                );
            if (string.IsNullOrWhiteSpace(text))
                continue;
            if (TryConvert(text, definition, out var value))
                definition.Property.SetValue(section, value);
            else
                errors.Add(definition.Refuse(text));
        }

        errors.AddRange(UnknownSections(configuration));
        errors.AddRange(UnknownKeys(configuration));
        errors.AddRange(SettingsRules.Check(settings));
        return new(settings, errors);
    }

    /// <summary>
    /// A text goes before a list: it is typed, or of the environment, and a list of a file must not be mixed into it.
    /// </summary>
    private static string[] Values(IConfigurationSection list)
    {
        var values = list.Value?.Split(ListSeparator) ?? [.. list.GetChildren().Select(child => child.Value ?? "")];
        return [.. values.Where(value => !string.IsNullOrWhiteSpace(value))];
    }

    private static bool TryConvert(string text, SettingDefinition definition, out object? value)
    {
        value = null;
        try
        {
            value = Convert(text, definition.ValueType);
        }
        catch (Exception e)
            when (e is FormatException or ArgumentException or OverflowException or NotSupportedException)
        {
            return false;
        }

        var converted = value;
        return definition.Property.GetCustomAttributes<ValidationAttribute>().All(rule => rule.IsValid(converted));
    }

    private static object? Convert(string text, Type type)
    {
        if (type == typeof(decimal))
            return decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (type == typeof(DateOnly))
            return DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);
        return TypeDescriptor.GetConverter(type).ConvertFromInvariantString(text);
    }

    /// <summary>Of files only: an environment is full of what others put there.</summary>
    private static IEnumerable<string> UnknownSections(IConfiguration configuration)
    {
        var sections = SettingDefinition.All.Select(d => d.Section).Distinct().ToList();
        return from file in (configuration as IConfigurationRoot)?.Providers.OfType<JsonConfigurationProvider>() ?? []
            from name in file.GetChildKeys([], null).Distinct(StringComparer.OrdinalIgnoreCase)
            where !sections.Concat(OfOthers).Contains(name, StringComparer.OrdinalIgnoreCase)
            select $"{name} in {file.Source.Path} is no section of settings; these are {string.Join(", ", sections)}";
    }

    private static IEnumerable<string> UnknownKeys(IConfiguration configuration) =>
        from section in SettingDefinition.All.GroupBy(d => d.Section, StringComparer.OrdinalIgnoreCase)
        from child in configuration.GetSection(section.Key).GetChildren()
        where !section.Any(d => d.Property.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase))
        select $"{section.Key}:{child.Key} is no setting; {section.Key} has "
            + $"{string.Join(", ", section.Select(d => d.Property.Name))}";
}
