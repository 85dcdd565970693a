using InferenceMeter.Images;

namespace InferenceMeter.Batching;

/// <summary>Who is in a slot of a batch: enough to answer for the image after its pixels are gone.</summary>
/// <param name="Sequence">Position in the source's order.</param>
/// <param name="Name">Path, address or generated name.</param>
/// <param name="ArrivalTimestamp"><see cref="TimeProvider.GetTimestamp"/> when the source handed it out.</param>
/// <param name="Request">Who waits for it; <see langword="null"/> for an image of the background load.</param>
public readonly record struct ImageTicket(
    long Sequence,
    string Name,
    long ArrivalTimestamp,
    IImageRequest? Request = null
)
{
    /// <summary>The class that it shows, where the source says it.</summary>
    public int? TrueClass { get; init; }
}
