namespace InferenceMeter.Images.Stores;

/// <summary>A place with images that a user names: a folder, a file, a list, or a prefix of a bucket.</summary>
internal interface IImageLocation : IDisposable
{
    /// <summary>The metric label <c>source</c>.</summary>
    string Kind { get; }

    /// <summary>What it is and where, for messages: <c>the image folder photos</c>.</summary>
    string Name { get; }

    /// <summary>Whether its answers come over a network and take milliseconds.</summary>
    bool IsRemote { get; }

    /// <summary>Images in it; <see langword="null"/> while that is not known.</summary>
    long? Images { get; }

    /// <summary>
    /// Whether every process that lists it finds each image at the same place, so that parts can be told by places.
    /// Else they are told by names.
    /// </summary>
    bool HasPlaces { get; }

    /// <summary>What is in it and is neither image nor archive; <see langword="null"/> when nothing is.</summary>
    string? Remark { get; }

    /// <summary>What was read of it.</summary>
    IReadOnlyList<SourceTraffic> Traffic { get; }

    /// <summary>Its images and archives, in an order that stays.</summary>
    /// <param name="anew">Look again, because what was found before may be gone.</param>
    /// <param name="stop">Gives up.</param>
    /// <exception cref="StoreException">It cannot be listed, also after tries again.</exception>
    IAsyncEnumerable<StoredObject> ListAsync(bool anew, CancellationToken stop);

    /// <summary>
    /// Whether an image could not be read because the whole location is lost, and in what way.
    /// </summary>
    /// <param name="failure">Of that image.</param>
    /// <param name="stop">Gives up.</param>
    /// <returns>
    /// What became of it, to follow its name: <c>is gone</c>. <see langword="null"/> when it is still there, and only
    /// that image is not.
    /// </returns>
    ValueTask<string?> FindLossAsync(StoreException failure, CancellationToken stop);
}
