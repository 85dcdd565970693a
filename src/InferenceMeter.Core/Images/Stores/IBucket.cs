using System.Net.Http.Headers;

namespace InferenceMeter.Images.Stores;

/// <summary>
/// One bucket of an object store, by its vendor's library. Each call is one request: counting, trying again and going
/// on where a connection broke are <see cref="BucketStore"/>'s. Thread-safe.
/// </summary>
internal interface IBucket : IDisposable
{
    /// <summary>The metric label <c>source</c>: <c>s3</c>, <c>azure</c>, <c>gcs</c>.</summary>
    string Kind { get; }

    /// <summary>Its address without a secret and without a slash at the end: <c>s3://bucket</c>.</summary>
    string Address { get; }

    /// <summary>A page of its objects, ordered by their keys.</summary>
    /// <param name="prefix">How their keys begin.</param>
    /// <param name="continuation">Of the page before; <see langword="null"/> for the first.</param>
    /// <param name="stop">Gives up.</param>
    Task<ObjectPage> ListAsync(string prefix, string? continuation, CancellationToken stop);

    /// <summary>The content of an object, from some byte on.</summary>
    /// <param name="request">Which bytes.</param>
    /// <param name="stop">Gives up.</param>
    Task<ObjectContent> GetAsync(ObjectRequest request, CancellationToken stop);

    /// <summary>What an exception of its library means.</summary>
    StoreException FaultOf(Exception failure);
}

/// <summary>A page of objects.</summary>
/// <param name="Objects">With their sizes in bytes.</param>
/// <param name="Continuation">Gets the next page; <see langword="null"/> for the last.</param>
internal sealed record ObjectPage(IReadOnlyList<(string Key, long Size)> Objects, string? Continuation);

/// <summary>Which bytes of an object.</summary>
/// <param name="Key">Of the object.</param>
/// <param name="From">First byte, from 0.</param>
/// <param name="Length">Bytes at most; <see langword="null"/>: to the end.</param>
/// <param name="Version">
/// Only when the object still is of this version; else the call fails with <see cref="StoreFault.Changed"/>.
/// </param>
internal readonly record struct ObjectRequest(string Key, long From, long? Length, string? Version)
{
    /// <summary>Whether the whole object is asked for.</summary>
    public bool IsWhole => From == 0 && Length is null;

    /// <summary>The value of the HTTP header <c>Range</c>; <see langword="null"/> for the whole object.</summary>
    public string? Range
    {
        get
        {
            if (IsWhole)
                return null;
            return Length is { } length ? $"bytes={From}-{From + length - 1}" : $"bytes={From}-";
        }
    }
}

/// <summary>Bytes of an object, as they arrive.</summary>
/// <param name="Body">Closed by who asked for it.</param>
/// <param name="Length">Bytes that it will give.</param>
/// <param name="Size">Bytes of the whole object.</param>
/// <param name="Version">Of the object, such as its ETag.</param>
internal sealed record ObjectContent(Stream Body, long Length, long Size, string? Version) : IDisposable
{
    /// <summary>The size of the whole object, of the header <c>Content-Range: bytes 0-9/1000</c>.</summary>
    public static long? SizeOf(string? contentRange) =>
        ContentRangeHeaderValue.TryParse(contentRange, out var range) ? range.Length : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Body.Dispose();
        }
        catch (Exception)
        {
            // Some libraries check a hash here, also of content that was not wanted to its end.
        }
    }
}
