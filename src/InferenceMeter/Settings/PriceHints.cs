using InferenceMeter.Pricing;

namespace InferenceMeter.Settings;

/// <summary>What the program adds to the core's messages about prices: the option to give.</summary>
internal static class PriceHints
{
    /// <summary>The message with the option behind it, where one option mends it.</summary>
    public static string Describe(this PriceException failed) =>
        failed.Part switch
        {
            null => failed.Message,
            PricePart.Instance => $"{failed.Message}; `price list` shows all, UserPrices.csv adds yours",
            { } part => $"{failed.Message} ({Option(part)})",
        };

    private static string Option(PricePart part) => Option(Setting(part));

    private static string Setting(PricePart part) =>
        part switch
        {
            PricePart.Cloud => nameof(PricingSettings.Cloud),
            PricePart.Region => nameof(PricingSettings.Region),
            PricePart.Purchase => nameof(PricingSettings.Purchase),
            PricePart.GpusPaid => nameof(PricingSettings.GpusPaid),
            PricePart.RatedPower => nameof(OwnedSettings.Watts),
            PricePart.Given => nameof(PricingSettings.Price),
            _ => throw new ArgumentOutOfRangeException(nameof(part), part, null),
        };

    private static string Option(string setting) =>
        SettingDefinition
            .All.Single(definition =>
                definition.Section is nameof(MeterSettings.Pricing) or nameof(MeterSettings.Owned)
                && definition.Property.Name == setting
            )
            .Attribute.Option;
}
