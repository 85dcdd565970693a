namespace InferenceMeter.Images.Stores;

/// <summary>Files or a bucket, as what reads images sees them. Thread-safe.</summary>
internal interface IObjectStore
{
    /// <summary>What was asked of it.</summary>
    SourceTraffic Traffic { get; }

    /// <summary>Reads a whole image.</summary>
    /// <param name="item">Of this store.</param>
    /// <param name="most">Bytes; a larger one fails as <see cref="ImageFailure.TooLarge"/> and is not held.</param>
    /// <param name="stop">Gives up.</param>
    /// <exception cref="StoreException">It could not be read, also after tries again.</exception>
    ValueTask<FetchedImage> ReadAsync(StoredObject item, int most, CancellationToken stop);

    /// <summary>Opens it for reading from front to back; a broken connection is made again where it broke.</summary>
    /// <exception cref="StoreException">It cannot be opened. Reading the stream throws it, too.</exception>
    ValueTask<Stream> OpenAsync(StoredObject item, CancellationToken stop);

    /// <summary>Opens it for reading at any place.</summary>
    /// <inheritdoc cref="OpenAsync" path="/exception"/>
    ValueTask<Stream> OpenSeekableAsync(StoredObject item, CancellationToken stop);
}
