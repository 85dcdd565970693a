namespace InferenceMeter.Pricing;

/// <summary>What of the description of a price would have to be said, or said otherwise.</summary>
public enum PricePart
{
    /// <summary>The name of the machine.</summary>
    Instance,

    /// <summary>Its cloud.</summary>
    Cloud,

    /// <summary>Its region.</summary>
    Region,

    /// <summary>How it is bought.</summary>
    Purchase,

    /// <summary>How many GPUs are paid for.</summary>
    GpusPaid,

    /// <summary>The rated power of an owned machine.</summary>
    RatedPower,

    /// <summary>The price that the user gave.</summary>
    Given,
}
