namespace InferenceMeter.Pricing;

/// <summary>Where the price of the machine is to come from.</summary>
internal enum PriceOrigin
{
    /// <summary>From the user.</summary>
    Given,

    /// <summary>From the price file, by the name of the machine.</summary>
    Instance,

    /// <summary>From the price file, by the name that the cloud's metadata service tells.</summary>
    Detected,

    /// <summary>From a public price service.</summary>
    Feed,

    /// <summary>From what an owned machine costs.</summary>
    Owned,
}
