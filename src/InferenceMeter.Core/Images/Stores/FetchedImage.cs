using System.Buffers;

namespace InferenceMeter.Images.Stores;

/// <summary>An image that was read, or why it was not.</summary>
/// <param name="Name">Path or address as it is written out.</param>
/// <param name="Buffer">
/// Its bytes, then anything; rented from <see cref="ArrayPool{T}.Shared"/>. <see langword="null"/> when it failed.
/// </param>
/// <param name="Length">Bytes of it.</param>
/// <param name="Failure">Why there are none.</param>
internal readonly record struct FetchedImage(string Name, byte[]? Buffer, int Length, ImageFailure Failure)
{
    /// <summary>The class that it shows, where the source says it.</summary>
    public int? TrueClass { get; init; }

    /// <summary>One that could not be read.</summary>
    public static FetchedImage Failed(string name, ImageFailure failure) => new(name, null, 0, failure);

    /// <summary>Gives the buffer back when nobody takes the image.</summary>
    public void Release()
    {
        if (Buffer is not null)
            ArrayPool<byte>.Shared.Return(Buffer);
    }
}
