namespace InferenceMeter.Errors;

/// <summary>What a user changes to mend a failure.</summary>
public enum ErrorSubject
{
    /// <summary>Where the images are.</summary>
    Images,

    /// <summary>The list of image files.</summary>
    ImageManifest,

    /// <summary>The execution provider.</summary>
    Provider,

    /// <summary>The numbers of the devices.</summary>
    Devices,

    /// <summary>The arithmetic that the model runs in.</summary>
    Precision,

    /// <summary>The file that says which class each image shows.</summary>
    TruthLabels,

    /// <summary>The file that gives the synset of each class.</summary>
    Synsets,

    /// <summary>Going on where an earlier run stopped.</summary>
    Resume,

    /// <summary>The name of the machine whose price is looked up.</summary>
    PricedInstance,

    /// <summary>The cloud whose price is looked up.</summary>
    PriceCloud,

    /// <summary>The region whose price is looked up.</summary>
    PriceRegion,

    /// <summary>How the machine is bought: on demand, spot, reserved.</summary>
    PurchaseOption,

    /// <summary>How many GPUs are paid for.</summary>
    GpusPaid,

    /// <summary>The rated power of an owned machine.</summary>
    RatedPower,

    /// <summary>The price that was given.</summary>
    GivenPrice,
}
